//! Public lookup by certificate number or by identity number.

use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::answers::PublicCertificate;
use super::{Service, ServiceError};

impl Service {
    /// The released certificate with this number.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; an unknown number is `None`.
    pub async fn look_up_number(&self, number: &CertificateNumber, now: Instant) -> Result<Option<PublicCertificate>, ServiceError> {
        let certificate = self.registry.certificate(number).await?;
        Ok(certificate.and_then(|c| PublicCertificate::of(&c, now)))
    }

    /// The released certificate with a number and a holder as someone else wrote them. What is not there, what is no number, and what is
    /// another person's are the same `None`.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn confirm(&self, number: &str, holder: &str, now: Instant) -> Result<Option<PublicCertificate>, ServiceError> {
        let Ok(number) = CertificateNumber::parse_typed(number) else { return Ok(None) };
        let certificate = self.registry.certificate(&number).await?;
        Ok(certificate.filter(|c| c.facts.claims.holder.matches_typed(holder)).and_then(|c| PublicCertificate::of(&c, now)))
    }

    /// The released certificates of the person with this document, in the order of their numbers.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; a person without certificates gives an empty list.
    pub async fn look_up_identity(&self, document: &IdentityDocument, now: Instant) -> Result<Vec<PublicCertificate>, ServiceError> {
        let certificates = self.registry.certificates_by_document(document).await?;
        Ok(certificates.iter().filter_map(|c| PublicCertificate::of(c, now)).collect())
    }
}
