//! What the centre's reviewers see of claims.

use sqlx::AssertSqlSafe;
use sqlx::Row as _;

use crate::domain::claim::ClaimState;
use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::registry::{Registry, RegistryError};

use super::{COLUMNS, ClaimRecord};

/// How many claims are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClaimCounts {
    /// That wait for a decision.
    pub in_review: u64,
    /// Those of them that are past their due instant.
    pub late: u64,
    /// That are not paid.
    pub unpaid: u64,
    /// That wait for the centre's verification.
    pub unverified: u64,
    /// Whose certificates are being made.
    pub approved: u64,
}

/// Which claims are asked for.
#[derive(Debug, Clone, Default)]
pub struct ClaimFilter {
    /// In this state.
    pub state: Option<ClaimState>,
    /// Of this offer.
    pub offer: Option<Slug>,
    /// After this many.
    pub skip: u32,
    /// So many at most.
    pub limit: u32,
}

impl Registry {
    /// How many claims are where.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claim_counts(&self, now: Instant) -> Result<ClaimCounts, RegistryError> {
        let sql = "SELECT COUNT(CASE WHEN state = 'in-review' THEN 1 END), \
                   COUNT(CASE WHEN state = 'in-review' AND due_at <= $1 THEN 1 END), \
                   COUNT(CASE WHEN state IN ('submitted', 'awaiting-payment') THEN 1 END), \
                   COUNT(CASE WHEN state = 'awaiting-verification' THEN 1 END), COUNT(CASE WHEN state = 'approved' THEN 1 END) \
                   FROM claim WHERE state IN ('submitted', 'awaiting-payment', 'awaiting-verification', 'in-review', 'approved')";
        let row = sqlx::query(sql).bind(now.millis()).fetch_one(&self.pool).await?;
        let count = |at: usize| Ok::<_, RegistryError>(u64::try_from(row.try_get::<i64, _>(at)?).unwrap_or(0));
        Ok(ClaimCounts { in_review: count(0)?, late: count(1)?, unpaid: count(2)?, unverified: count(3)?, approved: count(4)? })
    }

    /// Claims, what is due first before the others; one more than the limit says that there are more.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claims(&self, filter: &ClaimFilter) -> Result<Vec<ClaimRecord>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM claim WHERE ($1 = '' OR state = $1) AND ($2 = '' OR offer = $2) \
             ORDER BY COALESCE(due_at, 9000000000000000), id LIMIT $3 OFFSET $4"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.state.map_or("", ClaimState::code))
            .bind(filter.offer.as_ref().map_or_else(String::new, ToString::to_string))
            .bind(i64::from(filter.limit))
            .bind(i64::from(filter.skip))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| self.read_claim(row)).collect()
    }
}
