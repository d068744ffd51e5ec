//! What the centre's reviewers see of claims.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::account::AccountId;
use crate::domain::claim::{ClaimId, ClaimState};
use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::registry::awards::{self, AwardRecord};
use crate::registry::rows::Record;
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

    /// Claims that were issued and whose holders were not told.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn untold_claims(&self, limit: u32) -> Result<Vec<(ClaimId, AccountId)>, RegistryError> {
        let sql =
            "SELECT CAST(id AS TEXT) AS row_key, id, account_id FROM claim WHERE state = 'issued' AND told_at IS NULL ORDER BY id LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("claim", row, "row_key")?;
            Ok((ClaimId(record.get("id")?), record.parsed("account_id", |t| t.parse().ok())?))
        };
        rows.iter().map(read).collect()
    }

    /// Takes the telling of a holder upon this process. `false` if another one has.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_claim_telling(&self, claim: ClaimId, now: Instant) -> Result<bool, RegistryError> {
        let sql = "UPDATE claim SET told_at = $1 WHERE id = $2 AND told_at IS NULL";
        Ok(sqlx::query(sql).bind(now.millis()).bind(claim.0).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// One award, and whether it is held back.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn award(&self, id: &str) -> Result<Option<(AwardRecord, bool)>, RegistryError> {
        let sql = format!("SELECT {}, held FROM award WHERE id = $1", awards::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(&self.pool).await?;
        row.map(|row| Ok((awards::read(&row, &self.keys)?, row.try_get::<Option<String>, _>("held")?.is_some()))).transpose()
    }

    /// Offers with approved claims whose certificates are not complete: how many, and when the last was approved.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn approved_claims(&self) -> Result<Vec<(Slug, u64, Instant)>, RegistryError> {
        let sql =
            "SELECT offer, COUNT(*) AS n, MAX(changed_at) AS last_at FROM claim WHERE state = 'approved' GROUP BY offer ORDER BY offer";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("claim", row, "offer")?;
            let count = u64::try_from(record.get::<i64>("n")?).unwrap_or(0);
            Ok((record.parsed("offer", |t| t.parse().ok())?, count, record.instant("last_at")?))
        };
        rows.iter().map(read).collect()
    }
}
