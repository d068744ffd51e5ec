//! What follows an approval: the certificate is made, and its holder is told.

use crate::domain::time::Instant;
use crate::registry::{JobKind, NewJob};
use crate::service::access::Random;
use crate::service::messages::Notification;
use crate::service::{Service, ServiceError};

/// Holders who are told at once.
const AT_ONCE: u32 = 200;

impl Service {
    /// Starts a batch for every offer with approved claims that none is running for: those that were approved while one ran. Each set of
    /// approvals is started once, so that a certificate that cannot be made does not start batches for ever. Answers how many were started.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn issue_approved(&self, now: Instant) -> Result<u64, ServiceError> {
        let mut started = 0;
        for (programme, approved, last) in self.registry.approved_claims().await? {
            if self.registry.has_open_job(&programme).await? {
                continue;
            }
            let occasion = format!("claims of {programme}: {approved} to {}", last.millis());
            let job = NewJob { programme: &programme, kind: JobKind::Issue, occasion: Some(&occasion), actor: "claims", at: now };
            self.registry.queue_job(&job).await?;
            started += 1;
        }
        Ok(started)
    }

    /// Tells holders whose claims were issued, each once. Answers how many were told.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn tell_of_claims(&self, now: Instant, source: Random<'_>) -> Result<u64, ServiceError> {
        let mut told = 0;
        loop {
            let untold = self.registry.untold_claims(AT_ONCE).await?;
            if untold.is_empty() {
                return Ok(told);
            }
            for (claim, account) in untold {
                if self.registry.take_claim_telling(claim, now).await? {
                    self.notify(account, &Notification::ClaimIssued, now, source).await?;
                    told += 1;
                }
            }
        }
    }
}
