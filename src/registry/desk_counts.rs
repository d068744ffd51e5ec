//! What the desk counts: one statement each, over indexes.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::issuer::Slug;
use crate::domain::proofing::CaseKind;
use crate::domain::time::Instant;

use super::proofing::of_kinds;
use super::rows::Record;
use super::{Registry, RegistryError};

/// Where the awards and certificates of a programme stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgrammeCounts {
    /// Awards.
    pub awards: u64,
    /// Awards without a certificate that nothing holds back.
    pub open: u64,
    /// Awards under an objection that is not decided.
    pub disputed: u64,
    /// Awards that were withdrawn.
    pub withdrawn: u64,
    /// Certificates that wait for their file.
    pub reserved: u64,
    /// Certificates that stand.
    pub valid: u64,
    /// Certificates that were taken back.
    pub revoked: u64,
    /// Certificates that others replace.
    pub corrected: u64,
}

/// How many of something wait, and since when the oldest does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chores {
    /// How many.
    pub count: u64,
    /// The oldest.
    pub oldest: Option<Instant>,
}

impl Registry {
    /// Where the awards and certificates of each programme stand.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn programme_counts(&self) -> Result<BTreeMap<Slug, ProgrammeCounts>, RegistryError> {
        let mut all: BTreeMap<Slug, ProgrammeCounts> = BTreeMap::new();
        let awards = "SELECT programme, COALESCE(held, '') AS standing, COUNT(*) AS how_many, COUNT(*) - COUNT(certificate) AS open FROM award \
                      GROUP BY programme, held";
        for row in sqlx::query(awards).fetch_all(&self.pool).await? {
            let (programme, standing, count) = counted(&row, "award")?;
            let counts = all.entry(programme).or_default();
            counts.awards += count;
            match standing.as_str() {
                "objection" => counts.disputed += count,
                "withdrawn" => counts.withdrawn += count,
                _ => counts.open += u64::try_from(row.try_get::<i64, _>("open")?).unwrap_or(0),
            }
        }
        let certificates = "SELECT programme, state AS standing, COUNT(*) AS how_many FROM certificate GROUP BY programme, state";
        for row in sqlx::query(certificates).fetch_all(&self.pool).await? {
            let (programme, standing, count) = counted(&row, "certificate")?;
            let counts = all.entry(programme).or_default();
            match standing.as_str() {
                "reserved" => counts.reserved += count,
                "valid" => counts.valid += count,
                "revoked" => counts.revoked += count,
                _ => counts.corrected += count,
            }
        }
        Ok(all)
    }

    /// Objections that are not decided.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_objections(&self) -> Result<Chores, RegistryError> {
        self.chores("SELECT COUNT(*), MIN(filed_at) FROM objection WHERE state = 'open'", &[]).await
    }

    /// Cases of some kinds that wait for a reviewer.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn cases_to_review(&self, kinds: &[CaseKind]) -> Result<Chores, RegistryError> {
        let sql = format!("SELECT COUNT(*), MIN(due_at) FROM proofing_case WHERE state = 'submitted' AND {}", of_kinds(kinds));
        self.chores(sql, &[]).await
    }

    /// Claims that wait for a decision, and when the first of them is due.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claims_to_review(&self) -> Result<Chores, RegistryError> {
        self.chores("SELECT COUNT(*), MIN(due_at) FROM claim WHERE state = 'in-review'", &[]).await
    }

    /// Doubtful matches of awards and accounts that wait.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn waiting_matches(&self) -> Result<Chores, RegistryError> {
        self.chores("SELECT COUNT(*), MIN(found_at) FROM award_match WHERE state = 'open'", &[]).await
    }

    /// Accounts that ask to move to a new telephone.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn waiting_moves(&self) -> Result<Chores, RegistryError> {
        self.chores("SELECT COUNT(*), MIN(asked_at) FROM account_move WHERE state = 'asked'", &[]).await
    }

    /// Mistakes that holders reported and nobody decided.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn waiting_reports(&self) -> Result<Chores, RegistryError> {
        self.chores("SELECT COUNT(*), MIN(reported_at) FROM holder_report WHERE state = 'open'", &[]).await
    }

    /// Messages to telephones that could not be delivered at least `tries` times.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn stuck_messages(&self, tries: u32, now: Instant) -> Result<Chores, RegistryError> {
        let sql = "SELECT COUNT(*), MIN(next_at) FROM outgoing_message WHERE tries >= $1 AND ends_at > $2";
        self.chores(sql, &[i64::from(tries), now.millis()]).await
    }

    /// Endpoints of issuers' systems that stopped by themselves, and since when.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn stopped_webhooks(&self) -> Result<Chores, RegistryError> {
        self.chores("SELECT COUNT(*), MIN(changed_at) FROM webhook_endpoint WHERE state = 'stopped'", &[]).await
    }

    /// Accounts of the staff that have not set up the second factor.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn staff_without_second_factor(&self) -> Result<Chores, RegistryError> {
        let sql = "SELECT COUNT(*), MIN(created_at) FROM account WHERE offices NOT IN ('student', 'school') AND totp_sealed IS NULL \
                   AND closed_at IS NULL";
        self.chores(sql, &[]).await
    }

    async fn chores(&self, sql: impl Into<String>, values: &[i64]) -> Result<Chores, RegistryError> {
        let query = values.iter().fold(sqlx::query(AssertSqlSafe(sql.into())), |query, value| query.bind(*value));
        let row = query.fetch_one(&self.pool).await?;
        let oldest = row.try_get::<Option<i64>, _>(1)?.and_then(|millis| Instant::from_millis(millis).ok());
        Ok(Chores { count: u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0), oldest })
    }
}

fn counted(row: &AnyRow, table: &'static str) -> Result<(Slug, String, u64), RegistryError> {
    let record = Record::new(table, row, "programme")?;
    let programme = record.parsed("programme", |t| t.parse().ok())?;
    let count = u64::try_from(record.get::<i64>("how_many")?).map_err(|_| record.inconsistent("programme"))?;
    Ok((programme, record.get("standing")?, count))
}
