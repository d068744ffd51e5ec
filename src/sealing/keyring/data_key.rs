//! The master key of the personal data, kept as text like the other keys: 32 random bytes in the place of an Ed25519 seed.

use zeroize::Zeroizing;

use super::{KeyError, Random, SecretKey, secret_text};

/// The key from which the keys of registry and vault are derived.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new key.
    #[must_use]
    pub fn make(random: Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random(&mut *bytes);
        Self(bytes)
    }

    /// Reads what [`DataKey::key_pem`] gives.
    ///
    /// # Errors
    /// [`KeyError`] if the text does not parse or the passphrase is wrong.
    pub fn from_pem(key: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        match secret_text::read(key, passphrase)? {
            SecretKey::Ed25519(key) => Ok(Self(Zeroizing::new(key.to_bytes()))),
            SecretKey::P256(_) => Err(KeyError::Mismatch),
        }
    }

    /// The key as PKCS#8 text, encrypted when a passphrase is given.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn key_pem(&self, passphrase: Option<&str>, random: Random) -> Result<Zeroizing<String>, KeyError> {
        let key = SecretKey::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&self.0)));
        secret_text::write(&key, passphrase, random)
    }

    /// The bytes, for deriving.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        *self.0
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey([elided])")
    }
}
