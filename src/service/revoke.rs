//! Taking a certificate back.

use crate::domain::number::CertificateNumber;
use crate::domain::status::RevocationReason;
use crate::domain::time::Instant;

use super::{Service, ServiceError};

impl Service {
    /// Takes the certificate back, with the reason that the public will read. The number keeps resolving and says so.
    ///
    /// # Errors
    /// [`ServiceError::Registry`] if there is no such certificate or its state forbids it.
    pub async fn revoke(
        &self,
        number: &CertificateNumber,
        reason: RevocationReason,
        actor: &str,
        now: Instant,
    ) -> Result<(), ServiceError> {
        Ok(self.registry.revoke(number, now, reason, actor).await?)
    }
}
