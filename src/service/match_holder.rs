//! Whether a certificate is that of a person whom the reader names. Questions are counted for each certificate, so that a name cannot be
//! guessed.

use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::answers::PublicCertificate;
use super::{Service, ServiceError};

/// A certificate and whether the name that was given is its holder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// What anyone may know of it.
    pub certificate: PublicCertificate,
    /// The comparison of [`crate::domain::name::PersonName::matches_typed`].
    pub matches: bool,
}

impl Service {
    /// The released certificate `number`, and whether `name` is its holder's.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; an unknown number is `None`.
    pub async fn match_holder(&self, number: &CertificateNumber, name: &str, now: Instant) -> Result<Option<Matched>, ServiceError> {
        let certificate = self.registry.certificate(number).await?;
        Ok(certificate.and_then(|certificate| {
            let matches = certificate.facts.claims.holder.matches_typed(name);
            Some(Matched { certificate: PublicCertificate::of(&certificate, now)?, matches })
        }))
    }
}
