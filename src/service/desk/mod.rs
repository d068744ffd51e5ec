//! What the staff do at their desk: batches, certificates, the audit trail, exports. Each call takes what allows it.

pub mod batches;
pub mod certificates;
pub mod contest_export;
pub mod exports;
pub mod overview;
mod sheet;
pub mod trail;

pub use sheet::SheetError;

use crate::service::access::Issuer;

/// What lets somebody issue, revoke, correct and search: an issuer's session, or the machine on which the service runs.
#[derive(Debug, Clone)]
pub struct Mandate {
    actor: String,
}

impl Mandate {
    /// An issuer's.
    #[must_use]
    pub fn of(issuer: &Issuer) -> Self {
        Self { actor: issuer.actor() }
    }

    /// The operator's, who has the data folder and its keys in hand.
    #[must_use]
    pub fn of_operator(name: &str) -> Self {
        Self { actor: name.to_owned() }
    }

    pub(in crate::service) fn actor(&self) -> &str {
        &self.actor
    }
}
