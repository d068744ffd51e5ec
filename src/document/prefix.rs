//! The part of the file that all certificates of a plate begin with.

use sha2::{Digest as _, Sha256, Sha512};

/// The bytes, and the states of both hashes after them: the signature of each document takes up where the state stands, so that
/// the prefix is hashed once for all.
#[derive(Clone)]
pub struct Prefix {
    bytes: Vec<u8>,
    sha256: Sha256,
    sha512: Sha512,
}

impl Prefix {
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let (mut sha256, mut sha512) = (Sha256::new(), Sha512::new());
        sha256.update(&bytes);
        sha512.update(&bytes);
        Self { bytes, sha256, sha512 }
    }

    /// The bytes, from the start of the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 after the prefix.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256.clone()
    }

    /// SHA-512 after the prefix.
    #[must_use]
    pub fn sha512(&self) -> Sha512 {
        self.sha512.clone()
    }
}

impl std::fmt::Debug for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prefix({} bytes)", self.bytes.len())
    }
}
