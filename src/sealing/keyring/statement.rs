//! The service's own key: it signs what the service states, and nothing else, so that whoever steals it from a web server can make no
//! certificate with it.

use std::fmt;

use ed25519_dalek::{Signature, Signer, VerifyingKey};
use zeroize::Zeroizing;

use crate::domain::digest::{Digest, hexadecimal};

use super::{KeyError, Random, SecretKey, secret_text};

/// Bytes in the name of a statement key: twice as many as in a proof key's, so that no name can be taken for one of the other kind.
const KID_BYTES: usize = 8;

/// What the service signs statements and the list of states with: Ed25519.
pub struct StatementKey {
    key: ed25519_dalek::SigningKey,
    kid: String,
}

impl StatementKey {
    pub(super) fn new(key: ed25519_dalek::SigningKey) -> Self {
        Self { kid: kid(&key.verifying_key()), key }
    }

    /// Reads the text that [`StatementKey::key_pem`] gives.
    ///
    /// # Errors
    /// [`KeyError`] if it is no Ed25519 key or the passphrase is wrong.
    pub fn from_pem(key: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        match secret_text::read(key, passphrase)? {
            SecretKey::Ed25519(key) => Ok(Self::new(*key)),
            SecretKey::P256(_) => Err(KeyError::Algorithm),
        }
    }

    /// The key's name: the first 8 bytes of SHA-256 of the raw public key in lower-case hexadecimal digits.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What a checker needs.
    #[must_use]
    pub fn public(&self) -> PublicStatementKey {
        PublicStatementKey { kid: self.kid.clone(), key: self.key.verifying_key() }
    }

    /// The private key as PKCS#8 PEM; encrypted if there is a passphrase.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn key_pem(&self, passphrase: Option<&str>, random: Random) -> Result<Zeroizing<String>, KeyError> {
        secret_text::write(&SecretKey::Ed25519(Box::new(self.key.clone())), passphrase, random)
    }

    pub(in crate::sealing) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for StatementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementKey").field("kid", &self.kid).field("key", &"[elided]").finish()
    }
}

/// The public half of a statement key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicStatementKey {
    kid: String,
    key: VerifyingKey,
}

impl PublicStatementKey {
    /// The key of these 32 bytes, unless it is none that can prove anything.
    pub(super) fn of_bytes(bytes: [u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())?;
        Some(Self { kid: kid(&key), key })
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(in crate::sealing) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

fn kid(key: &VerifyingKey) -> String {
    hexadecimal(&Digest::of(key.as_bytes()).as_bytes()[..KID_BYTES])
}
