//! A certificate as the registry keeps it.

use super::claims::Claims;
use super::digest::Digest;
use super::status::Status;
use super::time::Instant;

/// Everything that is needed to make the file of a certificate, again and again to the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What is certified.
    pub claims: Claims,
    /// When the number was reserved: the signing time that the file names.
    pub reserved_at: Instant,
    /// The frozen version of the template.
    pub template: Digest,
    /// The SHA-256 fingerprint of the signing certificate.
    pub signer: Digest,
}

/// The facts with their state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What was recorded before anything was signed.
    pub facts: Facts,
    /// The public and the holder see it from this instant on.
    pub release: Instant,
    /// Where it is in its life.
    pub status: Status,
}

impl Certificate {
    /// Whether the public may learn of it at `now`: completed and released.
    #[must_use]
    pub fn is_public(&self, now: Instant) -> bool {
        self.status != Status::Reserved && now >= self.release
    }
}
