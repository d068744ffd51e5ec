//! The life of a certificate. Each state holds the data that it has; a change consumes the state before.

use super::digest::Digest;
use super::number::CertificateNumber;
use super::time::Instant;

/// The signed file of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// SHA-256 of the PDF's bytes: its address in the vault.
    pub digest: Digest,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Where a certificate is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The number and the facts are recorded, the file is not yet made. The public sees nothing of it.
    Reserved,
    /// Signed, read back, released.
    Valid {
        /// The file.
        file: SealedFile,
    },
    /// Taken back; the number keeps resolving and says so.
    Revoked {
        /// The file as it was issued.
        file: SealedFile,
        /// When it was taken back.
        at: Instant,
        /// The reason that the public reads.
        reason: RevocationReason,
    },
    /// Replaced by a certificate with right facts.
    Corrected {
        /// The file as it was issued.
        file: SealedFile,
        /// When it was replaced.
        at: Instant,
        /// The number that replaces this one.
        successor: CertificateNumber,
        /// The reason that the public reads.
        reason: CorrectionReason,
    },
}

/// Why a certificate was taken back: 1 to 200 characters that the public reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationReason(String);

/// No reason, or more than a public answer has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("吊销原因应为 1 至 200 字，实际 {0} 字 / a reason has 1 to 200 characters, this has {0}")]
pub struct ReasonError(usize);

impl RevocationReason {
    /// # Errors
    /// [`ReasonError`] if nothing remains after tidying, or more than 200 characters do.
    pub fn parse(typed: &str) -> Result<Self, ReasonError> {
        public_text(typed).map(Self).map_err(ReasonError)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a certificate was replaced: 1 to 200 characters that the public reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionReason(String);

/// No reason, or more than a public answer has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("更正原因应为 1 至 200 字，实际 {0} 字 / a reason has 1 to 200 characters, this has {0}")]
pub struct CorrectionReasonError(usize);

impl CorrectionReason {
    /// # Errors
    /// [`CorrectionReasonError`] if nothing remains after tidying, or more than 200 characters do.
    pub fn parse(typed: &str) -> Result<Self, CorrectionReasonError> {
        public_text(typed).map(Self).map_err(CorrectionReasonError)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn public_text(typed: &str) -> Result<String, usize> {
    let text = super::text::tidy(typed);
    match text.chars().count() {
        1..=200 => Ok(text),
        n => Err(n),
    }
}

/// A change that the state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The certificate was completed before.
    #[error("证书已签发 / the certificate is issued already")]
    AlreadyIssued,
    /// The certificate has no file yet.
    #[error("证书尚未签发完成 / the certificate is not issued yet")]
    NotIssued,
    /// The certificate was revoked before.
    #[error("证书已吊销 / the certificate is revoked already")]
    AlreadyRevoked,
    /// The certificate was replaced before.
    #[error("证书已更正换发为 {0}，如需再改请更正 {0} / the certificate is replaced already, by {0}; to change more, correct that one")]
    AlreadyCorrected(CertificateNumber),
    /// A successor is reserved and not completed yet.
    #[error("证书正在更正换发为 {0}；运行 yinxin issue 续办后再试 / it is being replaced by {0}: run yinxin issue, then try again")]
    BeingCorrected(CertificateNumber),
}

impl Status {
    /// Reserved → valid.
    ///
    /// # Errors
    /// [`TransitionError::AlreadyIssued`] in any other state.
    pub fn complete(self, file: SealedFile) -> Result<Self, TransitionError> {
        match self {
            Self::Reserved => Ok(Self::Valid { file }),
            _ => Err(TransitionError::AlreadyIssued),
        }
    }

    /// Valid → revoked.
    ///
    /// # Errors
    /// [`TransitionError`] saying which state stands in the way.
    pub fn revoke(self, at: Instant, reason: RevocationReason) -> Result<Self, TransitionError> {
        let file = self.replaceable()?;
        Ok(Self::Revoked { file, at, reason })
    }

    /// Valid → corrected.
    ///
    /// # Errors
    /// [`TransitionError`] saying which state stands in the way.
    pub fn correct(self, at: Instant, successor: CertificateNumber, reason: CorrectionReason) -> Result<Self, TransitionError> {
        let file = self.replaceable()?;
        Ok(Self::Corrected { file, at, successor, reason })
    }

    fn replaceable(self) -> Result<SealedFile, TransitionError> {
        match self {
            Self::Valid { file } => Ok(file),
            Self::Reserved => Err(TransitionError::NotIssued),
            Self::Revoked { .. } => Err(TransitionError::AlreadyRevoked),
            Self::Corrected { successor, .. } => Err(TransitionError::AlreadyCorrected(successor)),
        }
    }

    /// The file, once there is one.
    #[must_use]
    pub fn file(&self) -> Option<&SealedFile> {
        match self {
            Self::Reserved => None,
            Self::Valid { file } | Self::Revoked { file, .. } | Self::Corrected { file, .. } => Some(file),
        }
    }

    /// The name in records and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Valid { .. } => "valid",
            Self::Revoked { .. } => "revoked",
            Self::Corrected { .. } => "corrected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_move_forward_only() {
        let file = SealedFile { digest: Digest::of(b"x"), bytes: 1 };
        let at = Instant::from_millis(0).unwrap();
        let reason = RevocationReason::parse(" 成绩有误 ").unwrap();
        let valid = Status::Reserved.complete(file.clone()).unwrap();
        assert_eq!(Status::Reserved.revoke(at, reason.clone()), Err(TransitionError::NotIssued));
        assert_eq!(valid.clone().complete(file.clone()), Err(TransitionError::AlreadyIssued));
        let revoked = valid.clone().revoke(at, reason.clone()).unwrap();
        assert_eq!(revoked.code(), "revoked");
        assert!(revoked.file().is_some());
        assert_eq!(revoked.clone().revoke(at, reason.clone()), Err(TransitionError::AlreadyRevoked));
        let successor: CertificateNumber = "ABC123".parse().unwrap();
        let slip = CorrectionReason::parse("姓名有误").unwrap();
        assert_eq!(revoked.correct(at, successor.clone(), slip.clone()), Err(TransitionError::AlreadyRevoked));
        assert_eq!(Status::Reserved.correct(at, successor.clone(), slip.clone()), Err(TransitionError::NotIssued));
        let corrected = valid.correct(at, successor.clone(), slip.clone()).unwrap();
        assert_eq!((corrected.code(), corrected.file()), ("corrected", Some(&file)));
        assert_eq!(corrected.clone().correct(at, successor.clone(), slip), Err(TransitionError::AlreadyCorrected(successor.clone())));
        assert_eq!(corrected.revoke(at, reason), Err(TransitionError::AlreadyCorrected(successor)));
        assert!(RevocationReason::parse("  ").is_err());
        assert!(CorrectionReason::parse(&"因".repeat(201)).is_err());
    }
}
