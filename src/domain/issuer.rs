//! Who issues: a contest committee or a qualification centre.

use std::fmt;
use std::str::FromStr;

/// A short key of an issuer, contest or programme: 1 to 40 characters of `a`–`z`, `0`–`9` and inner hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// The text is no slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("标识“{0}”只能由 1 至 40 个小写字母、数字和中间的连字符组成 / “{0}” must be 1 to 40 of a–z, 0–9 and inner hyphens")]
pub struct SlugError(String);

impl Slug {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > 40 || !text.bytes().all(good) || text.starts_with('-') || text.ends_with('-') {
            return Err(SlugError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The algorithm of an issuer's PDF signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256, deterministic by RFC 6979: the readers that people have show it as valid.
    #[default]
    EcdsaP256,
    /// Ed25519 with SHA-512 by ISO/TS 32002 and RFC 8419.
    Ed25519,
}

impl SignatureAlgorithm {
    /// The name in configuration and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "p256",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The inverse of [`SignatureAlgorithm::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::EcdsaP256, Self::Ed25519].into_iter().find(|a| a.code() == code)
    }
}

/// An issuer as it appears on certificates and in public answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its key in configuration, records and key files.
    pub id: Slug,
    /// The full Chinese name, as on the seal.
    pub name: String,
    /// The English name.
    pub name_en: String,
    /// The algorithm of its PDF signatures.
    pub algorithm: SignatureAlgorithm,
}
