//! Mistakes that holders report about their certificates, and what the staff decide.

use crate::domain::correction::Edits;
use crate::domain::number::CertificateNumber;
use crate::domain::report::Report;
use crate::domain::status::{CorrectionReason, CorrectionReasonError, Status};
use crate::domain::time::Instant;
use crate::registry::{HoldingError, RegistryError, ReportRecord};

use super::access::{Issuer, Random, Student};
use super::desk::Mandate;
use super::desk::certificates::CorrectAtDeskError;
use super::holdings::{AwardProgress, OwnAward};
use super::messages::Notification;
use super::{Service, ServiceError};

/// Reports that are shown.
const QUEUE: u32 = 50;

/// Why a report is not taken, or not decided.
#[derive(Debug, thiserror::Error)]
pub enum ReportingError {
    /// There is no certificate that it could be about.
    #[error("证书发布后才能反馈证书内容有误 / a mistake is reported once the certificate is there")]
    NoCertificate,
    /// The report does not allow it.
    #[error(transparent)]
    Report(#[from] HoldingError),
    /// What the holder is told is missing or too long.
    #[error(transparent)]
    Answer(#[from] CorrectionReasonError),
    /// The certificate cannot be corrected so.
    #[error(transparent)]
    Correct(#[from] CorrectAtDeskError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for ReportingError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Holding(error) => Self::Report(error),
            other => Self::Service(other.into()),
        }
    }
}

/// A report with the certificate that counts now.
#[derive(Debug, Clone)]
pub struct ReportFile {
    /// The report.
    pub record: ReportRecord,
    /// The last certificate of the award: another than the one reported once that was corrected.
    pub current: Option<crate::domain::certificate::Certificate>,
}

impl ReportFile {
    /// Whether the certificate was corrected since the report.
    #[must_use]
    pub fn is_corrected(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.facts.claims.number != self.record.number)
    }
}

/// How a report is decided.
#[derive(Clone)]
pub enum ReportRuling {
    /// The certificate is corrected, if it was not since; the text is its public reason.
    Accept(Box<Edits>),
    /// It stays as it is.
    Refuse,
}

impl Service {
    /// Takes a holder's report about the certificate of an award of theirs.
    ///
    /// # Errors
    /// [`ReportingError`].
    pub async fn report_mistake(&self, student: &Student, own: &OwnAward, report: &Report, now: Instant) -> Result<(), ReportingError> {
        let AwardProgress::Certified(certificate) = &own.progress else { return Err(ReportingError::NoCertificate) };
        let number = &certificate.facts.claims.number;
        Ok(self.registry.add_report((&own.id, number), student.visitor().id(), report, now).await?)
    }

    /// What a holder has reported about an award of theirs, the latest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_reports(&self, student: &Student, award: &str) -> Result<Vec<ReportRecord>, ServiceError> {
        Ok(self.registry.reports_of(student.visitor().id(), award).await?)
    }

    /// How many reports are open, and the oldest of them.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn open_reports(&self, _: &Issuer) -> Result<(u64, Vec<(i64, CertificateNumber, Instant)>), ServiceError> {
        Ok((self.registry.count_open_reports().await?, self.registry.open_reports(QUEUE).await?))
    }

    /// A report with its certificate. That it was read is in the audit trail.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn report_file(&self, issuer: &Issuer, id: i64, now: Instant) -> Result<Option<ReportFile>, ServiceError> {
        let Some(record) = self.registry.read_out_report(id, &issuer.actor(), now).await? else { return Ok(None) };
        let mut current = self.registry.certificate(&record.number).await?;
        while let Some(Status::Corrected { successor, .. }) = current.as_ref().map(|c| &c.status) {
            current = self.registry.certificate(&successor.clone()).await?;
        }
        Ok(Some(ReportFile { record, current }))
    }

    /// Decides a report; its holder is told that it was.
    ///
    /// # Errors
    /// [`ReportingError`]; a correction that was made stays, and the report is accepted with it when it is decided again.
    pub async fn decide_report(
        &self,
        issuer: &Issuer,
        file: &ReportFile,
        (ruling, answer): (ReportRuling, &str),
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ReportingError> {
        let accepted = matches!(ruling, ReportRuling::Accept(_));
        let reason = CorrectionReason::parse(answer)?;
        if let ReportRuling::Accept(edits) = ruling
            && !file.is_corrected()
        {
            self.correct_at_desk(&Mandate::of(issuer), &file.record.number, *edits, answer).await?;
        }
        let account = self.registry.decide_report(file.record.id, accepted, &reason, &issuer.actor(), now).await?;
        Ok(self.notify(account, &Notification::ReportDecided, now, source).await?)
    }
}
