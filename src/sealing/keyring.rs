//! Keys and certificates as values, and the texts that they are kept in: PKCS#8 for secrets, PEM for certificates.
//!
//! Secrets are wiped when they are dropped and never printed.

mod data_key;
mod key_set;
pub mod make;
mod secret_text;
mod statement;
mod trust;

use std::fmt;

use der::{Decode, DecodePem, Encode, EncodePem, pem::LineEnding};
use p256::ecdsa;
use spki::EncodePublicKey;
use x509_cert::Certificate;
use zeroize::Zeroizing;

use crate::domain::digest::Digest;
use crate::domain::issuer::{SignatureAlgorithm, Slug};
use crate::domain::time::Instant;

use super::cms::Frame;
pub use data_key::DataKey;
pub use key_set::StatementKeys;
pub use statement::{PublicStatementKey, StatementKey};
pub use trust::{KID_BYTES, PublicProofKey, Trust, TrustError};

/// Where random bytes come from: fills the buffer it is given.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// A key or certificate cannot be made, read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is no PKCS#8 private key in PEM.
    #[error("不是 PKCS#8 PEM 私钥 / not a PKCS#8 private key in PEM")]
    NotAKey,
    /// The key is encrypted, and no passphrase was given.
    #[error("私钥已加密，需要口令 / the private key is encrypted: a passphrase is needed")]
    PassphraseNeeded,
    /// The passphrase does not open the key.
    #[error("口令不正确或私钥已损坏 / the passphrase is wrong or the key is damaged")]
    WrongPassphrase,
    /// A key of another algorithm than P-256 and Ed25519.
    #[error("私钥须为 P-256 或 Ed25519（尚不支持 RSA）/ the key must be P-256 or Ed25519 (RSA is not supported yet)")]
    Algorithm,
    /// The text is no certificate in PEM.
    #[error("不是 PEM 证书 / not a certificate in PEM")]
    NotACertificate,
    /// The certificate belongs to another key.
    #[error("证书与私钥不匹配 / the certificate is not for this private key")]
    Mismatch,
    /// The certificate cannot be encoded or signed, for instance since a name is too long for X.509.
    #[error("无法生成证书：{0} / the certificate cannot be made: {0}")]
    Make(String),
}

/// The secret half of a signing key.
pub(super) enum SecretKey {
    /// ECDSA on P-256.
    P256(ecdsa::SigningKey),
    /// Ed25519; boxed by its size.
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

impl SecretKey {
    pub(super) fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::P256(_) => SignatureAlgorithm::EcdsaP256,
            Self::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    fn public_key(&self) -> Result<spki::Document, KeyError> {
        let made = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
        };
        made.map_err(|e| KeyError::Make(e.to_string()))
    }
}

/// What an issuer signs PDF files with.
pub struct SigningIdentity {
    issuer: Slug,
    certificate: Vec<u8>,
    fingerprint: Digest,
    key: SecretKey,
    frame: Frame,
}

impl SigningIdentity {
    /// Reads the two texts that [`SigningIdentity::key_pem`] and [`SigningIdentity::certificate_pem`] give.
    ///
    /// # Errors
    /// [`KeyError`] if one of them does not parse, the passphrase is wrong, or they do not belong together.
    pub fn from_pem(issuer: Slug, key: &str, certificate: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        Self::new(issuer, secret_text::read(key, passphrase)?, read_certificate(certificate)?)
    }

    fn new(issuer: Slug, key: SecretKey, certificate: Certificate) -> Result<Self, KeyError> {
        let encoded = |e: der::Error| KeyError::Make(e.to_string());
        let public = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(encoded)?;
        if public != key.public_key()?.as_bytes() {
            return Err(KeyError::Mismatch);
        }
        let der = certificate.to_der().map_err(encoded)?;
        let frame = Frame::new(&certificate, &der, key.algorithm()).map_err(encoded)?;
        Ok(Self { issuer, fingerprint: Digest::of(&der), certificate: der, key, frame })
    }

    /// Whose seal it is.
    #[must_use]
    pub fn issuer(&self) -> &Slug {
        &self.issuer
    }

    /// The algorithm of its signatures.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }

    /// The certificate's DER bytes.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// SHA-256 of the certificate's DER bytes.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// The last second in which the certificate is valid (RFC 5280, 4.1.2.5); `None` if no calendar has it.
    #[must_use]
    pub fn valid_until(&self) -> Option<Instant> {
        let certificate = Certificate::from_der(&self.certificate).ok()?;
        let seconds = certificate.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
        Instant::from_millis(i64::try_from(seconds).ok()?.checked_mul(1_000)?).ok()
    }

    /// The length of the longest signature it makes, in bytes of DER: what a document must reserve.
    #[must_use]
    pub fn signature_bytes(&self) -> usize {
        self.frame.longest()
    }

    /// The private key as PKCS#8 PEM; encrypted (PBES2: scrypt, AES-256-CBC) if there is a passphrase.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn key_pem(&self, passphrase: Option<&str>, random: Random) -> Result<Zeroizing<String>, KeyError> {
        secret_text::write(&self.key, passphrase, random)
    }

    /// The certificate as PEM.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn certificate_pem(&self) -> Result<String, KeyError> {
        certificate_pem(&self.certificate)
    }

    pub(super) fn key(&self) -> &SecretKey {
        &self.key
    }

    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("SigningIdentity");
        out.field("issuer", &self.issuer).field("fingerprint", &self.fingerprint).field("key", &"[elided]").finish_non_exhaustive()
    }
}

/// The certificate authority of an installation: used to make signing certificates, then kept offline.
pub struct RootIdentity {
    certificate: Certificate,
    key: ecdsa::SigningKey,
}

impl RootIdentity {
    /// Reads the two texts that [`RootIdentity::key_pem`] and [`RootIdentity::certificate_pem`] give.
    ///
    /// # Errors
    /// [`KeyError`] if one of them does not parse, the passphrase is wrong, or they do not belong together.
    pub fn from_pem(key: &str, certificate: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let certificate = read_certificate(certificate)?;
        let SecretKey::P256(key) = secret_text::read(key, passphrase)? else { return Err(KeyError::Algorithm) };
        let public = key.verifying_key().to_public_key_der().map_err(|e| KeyError::Make(e.to_string()))?;
        match certificate.tbs_certificate().subject_public_key_info().to_der() {
            Ok(der) if der == public.as_bytes() => Ok(Self { certificate, key }),
            _ => Err(KeyError::Mismatch),
        }
    }

    /// The private key as PKCS#8 PEM; encrypted if there is a passphrase.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn key_pem(&self, passphrase: Option<&str>, random: Random) -> Result<Zeroizing<String>, KeyError> {
        secret_text::write(&SecretKey::P256(self.key.clone()), passphrase, random)
    }

    /// The certificate's DER bytes.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn certificate(&self) -> Result<Vec<u8>, KeyError> {
        self.certificate.to_der().map_err(|e| KeyError::Make(e.to_string()))
    }

    /// The certificate as PEM.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn certificate_pem(&self) -> Result<String, KeyError> {
        certificate_pem(&self.certificate()?)
    }
}

impl fmt::Debug for RootIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.certificate.tbs_certificate().subject().to_string();
        f.debug_struct("RootIdentity").field("subject", &subject).field("key", &"[elided]").finish_non_exhaustive()
    }
}

/// What an issuer signs the facts in the QR code with.
pub struct ProofKey {
    issuer: Slug,
    key: ed25519_dalek::SigningKey,
    kid: [u8; KID_BYTES],
}

impl ProofKey {
    fn new(issuer: Slug, key: ed25519_dalek::SigningKey) -> Self {
        Self { issuer, kid: trust::kid(&key.verifying_key()), key }
    }

    /// Reads the text that [`ProofKey::key_pem`] gives.
    ///
    /// # Errors
    /// [`KeyError`] if it is no Ed25519 key or the passphrase is wrong.
    pub fn from_pem(issuer: Slug, key: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        match secret_text::read(key, passphrase)? {
            SecretKey::Ed25519(key) => Ok(Self::new(issuer, *key)),
            SecretKey::P256(_) => Err(KeyError::Algorithm),
        }
    }

    /// The first bytes of SHA-256 of the raw public key: the key's name in the proof.
    #[must_use]
    pub fn kid(&self) -> [u8; KID_BYTES] {
        self.kid
    }

    /// Whose proof it is.
    #[must_use]
    pub fn issuer(&self) -> &Slug {
        &self.issuer
    }

    /// What a checker needs, with the name that it shows.
    #[must_use]
    pub fn public(&self, issuer_name: &str) -> PublicProofKey {
        PublicProofKey { issuer: self.issuer.clone(), issuer_name: issuer_name.to_owned(), key: self.key.verifying_key() }
    }

    /// The private key as PKCS#8 PEM; encrypted if there is a passphrase.
    ///
    /// # Errors
    /// [`KeyError::Make`] if encoding fails.
    pub fn key_pem(&self, passphrase: Option<&str>, random: Random) -> Result<Zeroizing<String>, KeyError> {
        secret_text::write(&SecretKey::Ed25519(Box::new(self.key.clone())), passphrase, random)
    }

    pub(super) fn key(&self) -> &ed25519_dalek::SigningKey {
        &self.key
    }
}

impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofKey").field("issuer", &self.issuer).field("kid", &self.kid).field("key", &"[elided]").finish()
    }
}

fn read_certificate(pem: &str) -> Result<Certificate, KeyError> {
    Certificate::from_pem(pem).map_err(|_| KeyError::NotACertificate)
}

fn certificate_pem(der: &[u8]) -> Result<String, KeyError> {
    let certificate = Certificate::from_der(der).map_err(|_| KeyError::NotACertificate)?;
    certificate.to_pem(LineEnding::LF).map_err(|e| KeyError::Make(e.to_string()))
}

#[cfg(test)]
mod tests;
