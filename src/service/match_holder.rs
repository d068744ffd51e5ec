//! Whether a certificate is that of a person whom the reader names. Counted for each certificate, so that a name cannot be guessed.

use std::net::IpAddr;

use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::answers::PublicCertificate;
use super::limits::LimitedError;
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
    /// Counts a question whether a certificate is a named person's: against the address, then against the certificate, known to us or not.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address asked too often, or the certificate was asked for with names too often.
    pub async fn count_name_question(&self, from: IpAddr, number: &CertificateNumber, now: Instant) -> Result<(), LimitedError> {
        self.count_question(from, now).await?;
        let bucket = self.registry.keys().name_bucket(number);
        self.take_one(&bucket, self.config.limits.name, now).await
    }

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
