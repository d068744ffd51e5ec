//! Checked → sealed → released. Each step consumes the one before, so nothing unchecked is signed and nothing is released
//! that was not read back.

use std::fmt;

use sha2::Digest as _;

use crate::document::checks::{Checked, SlotError};
use crate::domain::certificate::Facts;
use crate::domain::digest::Digest;
use crate::domain::issuer::SignatureAlgorithm;
use crate::domain::status::SealedFile;
use crate::domain::time::Instant;

pub use super::cms::SignError;
use super::keyring::SigningIdentity;
use super::verify::{Verdict, Verifier};

/// The document cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The place reserved for the signature does not take it.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// The signature could not be made.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A signed file that nobody may have yet.
pub struct Sealed {
    bytes: Vec<u8>,
}

/// What the record says of a file, for the reading back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The fingerprint of the signing certificate.
    pub signer: Digest,
    /// The signing time; files name it to the second.
    pub signed_at: Instant,
}

impl From<&Facts> for Expected {
    fn from(facts: &Facts) -> Self {
        Self { signer: facts.signer, signed_at: facts.reserved_at }
    }
}

/// A signed file that was read back and found genuine.
#[derive(Clone, PartialEq, Eq)]
pub struct Released {
    bytes: Vec<u8>,
    file: SealedFile,
}

/// The signed file did not read back as what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadBackError {
    /// The verifier does not find it genuine.
    #[error("签名文件回读未通过：{0} / the signed file does not read back: {0}")]
    NotGenuine(String),
    /// Signed with another key than the record names.
    #[error("签名证书与记录不符 / signed with another certificate than the record names")]
    Signer,
    /// The file names another signing time than the record.
    #[error("签名时间与记录不符 / another signing time than the record's")]
    SignedAt,
}

/// Signs a document: PAdES B-B over the whole file.
///
/// # Errors
/// [`SealError`] if the reserved place is too small or the signature cannot be made.
pub fn seal(checked: Checked, identity: &SigningIdentity) -> Result<Sealed, SealError> {
    let (head, rest) = checked.covered_tail();
    let der = match identity.algorithm() {
        SignatureAlgorithm::EcdsaP256 => {
            let digest = checked.prefix().sha256().chain_update(head).chain_update(rest).finalize();
            identity.frame().sign(&digest, identity.key())?
        }
        SignatureAlgorithm::Ed25519 => {
            let digest = checked.prefix().sha512().chain_update(head).chain_update(rest).finalize();
            identity.frame().sign(&digest, identity.key())?
        }
    };
    Ok(Sealed { bytes: checked.fill(&der)? })
}

impl Sealed {
    /// Verifies the file with the code that verifies anyone's, and compares it with the record.
    ///
    /// # Errors
    /// [`ReadBackError`]; the file is gone then.
    pub fn read_back(self, verifier: &Verifier, expected: &Expected) -> Result<Released, ReadBackError> {
        let report = verifier.verify(&self.bytes);
        if report.verdict() != Verdict::Genuine {
            let problems: Vec<String> = report.problems().map(|problem| problem.to_string()).collect();
            return Err(ReadBackError::NotGenuine(problems.join("; ")));
        }
        if report.signer.as_ref().map(|signer| signer.fingerprint) != Some(expected.signer) {
            return Err(ReadBackError::Signer);
        }
        let seconds = |at: Instant| at.millis().div_euclid(1000);
        if report.signed_at.map(seconds) != Some(seconds(expected.signed_at)) {
            return Err(ReadBackError::SignedAt);
        }
        let digest = report.digest.ok_or_else(|| ReadBackError::NotGenuine(String::new()))?;
        let length = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        Ok(Released { file: SealedFile { digest, bytes: length }, bytes: self.bytes })
    }
}

impl Released {
    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the record keeps of it.
    #[must_use]
    pub fn file(&self) -> &SealedFile {
        &self.file
    }

    /// Both, for storing.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, SealedFile) {
        (self.bytes, self.file)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("bytes", &self.bytes.len()).finish()
    }
}

impl fmt::Debug for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Released").field("file", &self.file).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
