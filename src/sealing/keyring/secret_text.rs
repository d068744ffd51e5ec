//! Private keys as text: PKCS#8 (RFC 5958) in PEM, in the clear or encrypted with a passphrase (PBES2, RFC 8018).

use std::convert::Infallible;

use der::pem::{LineEnding, PemLabel};
use der::{Encode, SecretDocument};
use p256::ecdsa;
use pkcs8::pkcs5::pbes2;
use pkcs8::rand_core::{TryCryptoRng, TryRng};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::{KeyError, Random, SecretKey};

/// The caller's source of random bytes as the traits of the cryptographic crates want it.
pub(super) struct Source<'a>(pub(super) Random<'a>);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

pub(super) fn write(key: &SecretKey, passphrase: Option<&str>, random: Random) -> Result<Zeroizing<String>, KeyError> {
    let failed = |e: &dyn std::fmt::Display| KeyError::Make(e.to_string());
    let document = match key {
        SecretKey::P256(key) => key.to_pkcs8_der(),
        // Version 1, without the public key: older OpenSSL does not read version 2.
        SecretKey::Ed25519(key) => ed25519_dalek::pkcs8::KeypairBytes { secret_key: key.to_bytes(), public_key: None }.to_pkcs8_der(),
    }
    .map_err(|e| failed(&e))?;
    let Some(passphrase) = passphrase else {
        return document.to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(|e| failed(&e));
    };
    let parameters = pbes2::Parameters::generate_scrypt(&mut Source(random)).map_err(|e| failed(&e))?;
    let encrypted = parameters.encrypt(passphrase, document.as_bytes()).map_err(|e| failed(&e))?;
    let info = EncryptedPrivateKeyInfoOwned {
        encryption_algorithm: parameters.into(),
        encrypted_data: der::asn1::OctetString::new(encrypted).map_err(|e| failed(&e))?,
    };
    let der = SecretDocument::try_from(info.to_der().map_err(|e| failed(&e))?).map_err(|e| failed(&e))?;
    der.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(|e| failed(&e))
}

pub(super) fn read(pem: &str, passphrase: Option<&str>) -> Result<SecretKey, KeyError> {
    let (label, document) = SecretDocument::from_pem(pem.trim_start()).map_err(|_| KeyError::NotAKey)?;
    let document = if label == EncryptedPrivateKeyInfoRef::PEM_LABEL {
        let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
        let info = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| KeyError::NotAKey)?;
        info.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?
    } else if label == PrivateKeyInfoRef::PEM_LABEL {
        document
    } else {
        return Err(KeyError::NotAKey);
    };
    let info = PrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| KeyError::NotAKey)?;
    if info.algorithm.oid == ed25519_dalek::pkcs8::ALGORITHM_OID {
        let key = ed25519_dalek::SigningKey::try_from(info).map_err(|_| KeyError::NotAKey)?;
        return Ok(SecretKey::Ed25519(Box::new(key)));
    }
    ecdsa::SigningKey::from_pkcs8_der(document.as_bytes()).map(SecretKey::P256).map_err(|_| KeyError::Algorithm)
}
