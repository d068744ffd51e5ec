//! Public lookup by certificate number or by identity number.

use crate::domain::hints::{self, Hint};
use crate::domain::identity::IdentityDocument;
use crate::domain::number::{CertificateNumber, Pattern};
use crate::domain::programme::Programme;
use crate::domain::time::Instant;

use super::answers::PublicCertificate;
use super::{Service, ServiceError};

fn patterns(programmes: &[Programme]) -> Vec<&Pattern> {
    programmes.iter().map(|programme| &programme.pattern).collect()
}

impl Service {
    /// What to look at in a number that was typed and not found.
    #[must_use]
    pub fn hints(&self, typed: &str, number: &CertificateNumber, now: Instant) -> Vec<Hint> {
        hints::hints(typed, number, &patterns(&self.known_programmes()), now.beijing_date().year())
    }

    /// Whether a text typed as a certificate's number may be an identity number: then it goes into no address and onto no page.
    #[must_use]
    pub fn looks_like_identity(&self, typed: &str) -> bool {
        hints::looks_like_identity(typed, &patterns(&self.known_programmes()))
    }

    /// The released certificate with this number.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; an unknown number is `None`.
    pub async fn look_up_number(&self, number: &CertificateNumber, now: Instant) -> Result<Option<PublicCertificate>, ServiceError> {
        Ok(self.registry.find(number, now).await?.and_then(|found| PublicCertificate::found(found, now)))
    }

    /// The released certificates of the person with this document, in the order of their numbers; none for a person who does not want to
    /// be found by it.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; a person without certificates gives an empty list.
    pub async fn look_up_identity(&self, document: &IdentityDocument, now: Instant) -> Result<Vec<PublicCertificate>, ServiceError> {
        let certificates = self.registry.listed_certificates_by_document(document).await?;
        Ok(certificates.iter().filter_map(|c| PublicCertificate::of(c, now)).collect())
    }
}
