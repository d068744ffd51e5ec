//! What the staff see of a contest: how much of everything there is, and dates that were moved after the list was published.

use sqlx::Row as _;

use crate::domain::issuer::Slug;
use crate::domain::postponement::{MoveReason, Postponement};
use crate::domain::programme::Timeline;
use crate::domain::time::Instant;

use super::contests::{ContestError, count};
use super::rows::Record;
use super::{Registry, RegistryError};

/// How much of everything a contest has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContestCounts {
    /// Awards that were imported and not withdrawn.
    pub awards: u64,
    /// Awards with a certificate.
    pub certified: u64,
    /// Awards that an open objection holds back.
    pub held: u64,
    /// Objections.
    pub objections: u64,
    /// Objections that wait for a decision.
    pub open: u64,
}

/// Dates as they were moved once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatesMoved {
    /// When that was done.
    pub at: Instant,
    /// Registration deadline, before and after.
    pub registration: (Instant, Instant),
    /// Release, before and after.
    pub release: (Instant, Instant),
    /// Claim deadline, before and after.
    pub claims: (Instant, Instant),
    /// What the public reads.
    pub reason: String,
}

impl Registry {
    /// How much of everything a contest has.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn contest_counts(&self, id: &Slug) -> Result<ContestCounts, RegistryError> {
        let sql = "SELECT (SELECT COUNT(*) FROM award WHERE programme = $1 AND (held IS NULL OR held <> 'withdrawn')), \
                   (SELECT COUNT(*) FROM award WHERE programme = $2 AND certificate IS NOT NULL), \
                   (SELECT COUNT(*) FROM award WHERE programme = $3 AND held = 'objection'), \
                   (SELECT COUNT(*) FROM objection WHERE contest = $4), \
                   (SELECT COUNT(*) FROM objection WHERE contest = $5 AND state = 'open')";
        let mut query = sqlx::query(sql);
        for _ in 0..5 {
            query = query.bind(id.as_str().to_owned());
        }
        let row = query.fetch_one(&self.pool).await?;
        let at = |index: usize| Ok::<_, RegistryError>(u64::try_from(row.try_get::<i64, _>(index)?).unwrap_or(0));
        Ok(ContestCounts { awards: at(0)?, certified: at(1)?, held: at(2)?, objections: at(3)?, open: at(4)? })
    }

    /// Moves dates of a contest whose list was published, with the reason that the public reads, in one commit.
    ///
    /// # Errors
    /// [`ContestError::NotFixed`] before its list is published, [`ContestError::Issued`] if the release would move though certificates were
    /// made for it, [`ContestError::Dates`] if these dates cannot be moved so.
    pub async fn postpone(
        &self,
        id: &Slug,
        to: &Postponement,
        reason: &MoveReason,
        actor: &str,
        at: Instant,
    ) -> Result<Timeline, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "move dates", id.as_str(), reason.as_str()).await?;
        let record = self.known_contest(&mut tx, id).await?;
        if !record.state.is_fixed() {
            return Err(ContestError::NotFixed(id.clone()).into());
        }
        let before = record.timeline;
        let after = to.apply(&before, at).map_err(|source| ContestError::Dates { contest: id.clone(), source })?;
        if after.release != before.release {
            let sql = "SELECT COUNT(*) FROM award WHERE programme = $1 AND certificate IS NOT NULL";
            let made = count(&sqlx::query(sql).bind(id.as_str().to_owned()).fetch_one(&mut *tx).await?)?;
            if made > 0 {
                return Err(ContestError::Issued(id.clone(), made).into());
            }
        }
        sqlx::query("UPDATE contest SET registration_until = $1, release_at = $2, claim_until = $3 WHERE id = $4")
            .bind(after.registration_deadline.millis())
            .bind(after.release.millis())
            .bind(after.claim_deadline.millis())
            .bind(id.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
        let sql = "INSERT INTO contest_move (contest, seq, at, actor, registration_before, registration_after, release_before, release_after, \
                   claim_before, claim_after, reason) SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
                   FROM contest_move WHERE contest = $11";
        sqlx::query(sql)
            .bind(id.as_str().to_owned())
            .bind(at.millis())
            .bind(actor.to_owned())
            .bind(before.registration_deadline.millis())
            .bind(after.registration_deadline.millis())
            .bind(before.release.millis())
            .bind(after.release.millis())
            .bind(before.claim_deadline.millis())
            .bind(after.claim_deadline.millis())
            .bind(reason.as_str().to_owned())
            .bind(id.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// How the dates of a contest were moved, the first time first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn dates_moved(&self, id: &Slug) -> Result<Vec<DatesMoved>, RegistryError> {
        let sql = "SELECT contest AS row_key, at, registration_before, registration_after, release_before, release_after, claim_before, \
                   claim_after, reason FROM contest_move WHERE contest = $1 ORDER BY seq";
        let rows = sqlx::query(sql).bind(id.as_str().to_owned()).fetch_all(&self.pool).await?;
        let read = |row| {
            let record = Record::new("contest_move", row, "row_key")?;
            Ok(DatesMoved {
                at: record.instant("at")?,
                registration: (record.instant("registration_before")?, record.instant("registration_after")?),
                release: (record.instant("release_before")?, record.instant("release_after")?),
                claims: (record.instant("claim_before")?, record.instant("claim_after")?),
                reason: record.get("reason")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
