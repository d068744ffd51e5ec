//! Certificates at the desk: found by any field, read, taken back, corrected. Each search and each reading is in the audit trail.

use crate::domain::certificate::Certificate;
use crate::domain::correction::{Correction, Edits};
use crate::domain::number::CertificateNumber;
use crate::domain::status::RevocationReason;
use crate::domain::time::Instant;
use crate::registry::{CertificateFilter, Correctable};
use crate::service::correct::{CorrectError, Corrected, Request};
use crate::service::download::{Download, DownloadError};
use crate::service::issue::Order;
use crate::service::progress::Silent;
use crate::service::{Service, ServiceError};

use super::Mandate;

/// Certificates on one page.
pub const PAGE: usize = 50;

/// Certificates that a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// At most [`PAGE`] of them, in the order of their numbers.
    pub certificates: Vec<Certificate>,
    /// There are more after them.
    pub more: bool,
}

/// A certificate as the staff read it.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The certificate, and what stands behind it.
    pub current: Correctable,
    /// Every certificate of the award, the first one first.
    pub line: Vec<Certificate>,
}

/// Why nothing was corrected.
#[derive(Debug, thiserror::Error)]
pub enum CorrectAtDeskError {
    /// The signing keys are elsewhere.
    #[error(
        "本进程没有签发密钥，不能更正：请在有密钥的机器上运行 yinxin correct / this process has no signing keys: run yinxin correct where they are"
    )]
    NotHere,
    /// As the command line says it.
    #[error(transparent)]
    Correct(#[from] CorrectError),
}

impl Service {
    /// Certificates that have all that is given, after `after`.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn find_certificates(
        &self,
        mandate: &Mandate,
        filter: &CertificateFilter,
        after: Option<&CertificateNumber>,
        at: Instant,
    ) -> Result<Found, ServiceError> {
        let most = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
        let mut certificates = self.registry.search_certificates(filter, after, most).await?;
        let more = certificates.len() > PAGE;
        certificates.truncate(PAGE);
        let detail = format!("by {}: {}{} found", filter.fields(), certificates.len(), if more { "+" } else { "" });
        self.registry.note(mandate.actor(), "search certificates", "", &detail, at).await?;
        Ok(Found { certificates, more })
    }

    /// A certificate with what stands behind it.
    ///
    /// # Errors
    /// [`ServiceError`]; an unknown number is `None`.
    pub async fn dossier(&self, mandate: &Mandate, number: &CertificateNumber, at: Instant) -> Result<Option<Dossier>, ServiceError> {
        let Some(current) = self.registry.correctable(number).await? else { return Ok(None) };
        self.registry.note_certificate_read(number.as_str(), "", at, mandate.actor()).await?;
        let line = self.registry.line_of(number).await?;
        Ok(Some(Dossier { current, line }))
    }

    /// The file of a certificate, before its release too.
    ///
    /// # Errors
    /// [`DownloadError`].
    pub async fn file_at_desk(&self, mandate: &Mandate, number: &CertificateNumber, at: Instant) -> Result<Download, DownloadError> {
        let certificate = self.registry.certificate(number).await.map_err(ServiceError::from)?.ok_or(DownloadError::NotFound)?;
        self.registry.note_certificate_read(number.as_str(), "file", at, mandate.actor()).await.map_err(ServiceError::from)?;
        self.file_of(&certificate).await
    }

    /// Takes a certificate back.
    ///
    /// # Errors
    /// As [`Service::revoke`].
    pub async fn revoke_at_desk(
        &self,
        mandate: &Mandate,
        number: &CertificateNumber,
        reason: RevocationReason,
        at: Instant,
    ) -> Result<(), ServiceError> {
        self.revoke(number, reason, mandate.actor(), at).await
    }

    /// What a correction would change, its successor's page looked at; nothing is written.
    ///
    /// # Errors
    /// [`CorrectAtDeskError`].
    pub async fn preview_correction(
        &self,
        mandate: &Mandate,
        number: &CertificateNumber,
        edits: &Edits,
        reason: &str,
        at: Instant,
    ) -> Result<Correction, CorrectAtDeskError> {
        let room = self.room.clone().ok_or(CorrectAtDeskError::NotHere)?;
        let clock = move || at;
        let order = Order { programmes: &[], out: None, clock: &clock, progress: &Silent };
        let request = Request { number, edits: edits.clone(), portrait: None, reason, actor: mandate.actor() };
        Ok(self.rehearse_correction(&room, request, &order).await?)
    }

    /// Issues the successor of a certificate.
    ///
    /// # Errors
    /// [`CorrectAtDeskError`].
    pub async fn correct_at_desk(
        &self,
        mandate: &Mandate,
        number: &CertificateNumber,
        edits: Edits,
        reason: &str,
    ) -> Result<Corrected, CorrectAtDeskError> {
        let room = self.room.clone().ok_or(CorrectAtDeskError::NotHere)?;
        let start = self.clock().now().unwrap_or(Instant::EPOCH);
        let clock = move || self.clock().now().unwrap_or(start);
        let order = Order { programmes: &[], out: None, clock: &clock, progress: &Silent };
        let request = Request { number, edits, portrait: None, reason, actor: mandate.actor() };
        Ok(self.correct(&room, request, &order).await?)
    }
}
