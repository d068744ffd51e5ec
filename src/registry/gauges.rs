//! What is counted for whoever watches the service.

use sqlx::Row as _;

use super::{Registry, RegistryError};

/// How much waits, and for whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queues {
    /// Batches that are queued or running.
    pub jobs: u64,
    /// Messages and letters that did not leave yet.
    pub messages: u64,
    /// Certificates whose number is reserved and whose file is not made.
    pub reserved: u64,
}

impl Registry {
    /// The queues, by one statement over indexes.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn queues(&self) -> Result<Queues, RegistryError> {
        let sql = "SELECT (SELECT COUNT(*) FROM issuing_job WHERE ended_at IS NULL), (SELECT COUNT(*) FROM outgoing_message), \
                   (SELECT COUNT(*) FROM certificate WHERE state = 'reserved')";
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        let count = |at: usize| Ok::<_, sqlx::Error>(u64::try_from(row.try_get::<i64, _>(at)?).unwrap_or(0));
        Ok(Queues { jobs: count(0)?, messages: count(1)?, reserved: count(2)? })
    }
}
