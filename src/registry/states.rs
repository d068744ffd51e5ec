//! Which certificates do not stand.

use sqlx::any::AnyRow;

use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

/// The numbers of certificates that do not stand, in no particular order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fallen {
    /// Taken back.
    pub revoked: Vec<CertificateNumber>,
    /// Replaced by another certificate.
    pub corrected: Vec<CertificateNumber>,
}

impl Registry {
    /// Every certificate that was released by `now` and does not stand.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn fallen(&self, now: Instant) -> Result<Fallen, RegistryError> {
        Ok(Fallen { revoked: self.in_state("revoked", now).await?, corrected: self.in_state("corrected", now).await? })
    }

    async fn in_state(&self, state: &str, now: Instant) -> Result<Vec<CertificateNumber>, RegistryError> {
        // The second condition repeats the index's own: a bound value alone would not let SQLite use a partial index.
        let sql = "SELECT number FROM certificate WHERE state = $1 AND state IN ('revoked', 'corrected') AND release_at <= $2";
        let rows = sqlx::query(sql).bind(state.to_owned()).bind(now.millis()).fetch_all(&self.pool).await?;
        let number = |row: &AnyRow| Record::new("certificate", row, "number")?.parsed("number", |text| text.parse().ok());
        rows.iter().map(number).collect()
    }
}
