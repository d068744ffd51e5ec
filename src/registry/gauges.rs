//! What is counted for whoever watches the service.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::claim::ClaimState;

use super::rows::placeholders;
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
    /// Orders that wait to be paid.
    pub placed: u64,
    /// Payments that are due back.
    pub due_back: u64,
    /// Notices to issuers' systems that are tried, or tried again.
    pub deliveries: u64,
}

impl Registry {
    /// The queues, by one statement over indexes.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn queues(&self) -> Result<Queues, RegistryError> {
        let sql = "SELECT (SELECT COUNT(*) FROM issuing_job WHERE ended_at IS NULL), (SELECT COUNT(*) FROM outgoing_message), \
                   (SELECT COUNT(*) FROM certificate WHERE state = 'reserved'), (SELECT COUNT(*) FROM fee_order WHERE state = 'placed'), \
                   (SELECT COUNT(*) FROM payment WHERE standing = 'due-back'), \
                   (SELECT COUNT(*) FROM webhook_delivery WHERE state = 'waiting')";
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        let count = |at: usize| Ok::<_, sqlx::Error>(u64::try_from(row.try_get::<i64, _>(at)?).unwrap_or(0));
        Ok(Queues {
            jobs: count(0)?,
            messages: count(1)?,
            reserved: count(2)?,
            placed: count(3)?,
            due_back: count(4)?,
            deliveries: count(5)?,
        })
    }

    /// How many claims are in each state that is not final, those without any too. What is final is not counted, so that the answer costs
    /// what is open and not all that ever was.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_claims(&self) -> Result<Vec<(ClaimState, u64)>, RegistryError> {
        let open: Vec<ClaimState> = ClaimState::ALL.into_iter().filter(|state| !state.is_final()).collect();
        let sql = format!("SELECT state, COUNT(*) FROM claim WHERE state IN {} GROUP BY state", placeholders(1, open.len(), 0));
        let query = open.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, state| query.bind(state.code()));
        let mut counts: Vec<(ClaimState, u64)> = open.iter().map(|state| (*state, 0)).collect();
        for row in query.fetch_all(&self.pool).await? {
            let (code, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            if let Some((_, known)) = counts.iter_mut().find(|(state, _)| state.code() == code) {
                *known = u64::try_from(count).unwrap_or(0);
            }
        }
        Ok(counts)
    }
}
