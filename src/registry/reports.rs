//! Mistakes that holders report about their certificates.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::account::AccountId;
use crate::domain::number::CertificateNumber;
use crate::domain::report::Report;
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{HoldingError, Registry, RegistryError};

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportState {
    /// It waits.
    Open,
    /// The certificate was corrected.
    Accepted {
        /// When.
        at: Instant,
        /// What its holder reads.
        answer: String,
    },
    /// The certificate stays.
    Refused {
        /// When.
        at: Instant,
        /// What its holder reads.
        answer: String,
    },
}

/// A report as recorded.
#[derive(Debug, Clone)]
pub struct ReportRecord {
    /// Counted from 1.
    pub id: i64,
    /// The award.
    pub award: String,
    /// Who reported.
    pub account: AccountId,
    /// The certificate that it was about.
    pub number: CertificateNumber,
    /// What it says: private.
    pub report: Report,
    /// When it came.
    pub at: Instant,
    /// What became of it.
    pub state: ReportState,
}

const COLUMNS: &str = "CAST(id AS TEXT) AS row_key, id, award, account_id, number, content, state, reported_at, decided_at, answer";

impl Registry {
    /// Takes a report in.
    ///
    /// # Errors
    /// [`HoldingError::Reported`] while one of the account about the award is open.
    pub async fn add_report(
        &self,
        (award, number): (&str, &CertificateNumber),
        account: AccountId,
        report: &Report,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, &account.to_string(), "report mistake", number.as_str(), "").await?;
        let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM holder_report").fetch_one(&mut *tx).await?.try_get(0)?;
        let sql = "SELECT COUNT(*) FROM holder_report WHERE award = $1 AND account_id = $2 AND state = 'open'";
        let open: i64 = sqlx::query(sql).bind(award.to_owned()).bind(account.to_string()).fetch_one(&mut *tx).await?.try_get(0)?;
        if open > 0 {
            return Err(HoldingError::Reported.into());
        }
        let sql = "INSERT INTO holder_report (id, award, account_id, number, content, state, reported_at) \
                   VALUES ($1, $2, $3, $4, $5, 'open', $6)";
        sqlx::query(sql)
            .bind(id)
            .bind(award.to_owned())
            .bind(account.to_string())
            .bind(number.as_str().to_owned())
            .bind(self.keys.seal_field(&content_place(id), &report.write()))
            .bind(at.millis())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What an account reported about an award, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn reports_of(&self, account: AccountId, award: &str) -> Result<Vec<ReportRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM holder_report WHERE account_id = $1 AND award = $2 ORDER BY id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).bind(award.to_owned()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_report(row)).collect()
    }

    /// Open reports, the oldest first: number, certificate, when.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_reports(&self, limit: u32) -> Result<Vec<(i64, CertificateNumber, Instant)>, RegistryError> {
        let sql = "SELECT CAST(id AS TEXT) AS row_key, id, number, reported_at FROM holder_report WHERE state = 'open' \
                   ORDER BY reported_at, id LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("holder_report", row, "row_key")?;
            Ok((record.get("id")?, record.parsed("number", |t| t.parse().ok())?, record.instant("reported_at")?))
        };
        rows.iter().map(read).collect()
    }

    /// How many reports are open.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_open_reports(&self) -> Result<u64, RegistryError> {
        let sql = "SELECT COUNT(*) FROM holder_report WHERE state = 'open'";
        let count: i64 = sqlx::query(sql).fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// One report. That somebody read it is in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn read_out_report(&self, id: i64, actor: &str, at: Instant) -> Result<Option<ReportRecord>, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "read report", &id.to_string(), "").await?;
        let sql = format!("SELECT {COLUMNS} FROM holder_report WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
        let found = row.as_ref().map(|row| self.read_report(row)).transpose()?;
        if found.is_some() {
            tx.commit().await?;
        }
        Ok(found)
    }

    /// Decides a report. Answers whose it was.
    ///
    /// # Errors
    /// [`HoldingError`] if there is none, or it was decided.
    pub async fn decide_report(
        &self,
        id: i64,
        accepted: bool,
        answer: &CorrectionReason,
        actor: &str,
        at: Instant,
    ) -> Result<AccountId, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, if accepted { "accept report" } else { "refuse report" }, &id.to_string(), "").await?;
        let sql = "SELECT CAST(id AS TEXT) AS row_key, account_id FROM holder_report WHERE id = $1";
        let row = sqlx::query(sql).bind(id).fetch_optional(&mut *tx).await?.ok_or(HoldingError::Unknown)?;
        let account = Record::new("holder_report", &row, "row_key")?.parsed("account_id", |t| t.parse().ok())?;
        let sql = "UPDATE holder_report SET state = $1, decided_at = $2, answer = $3 WHERE id = $4 AND state = 'open'";
        let done = sqlx::query(sql)
            .bind(if accepted { "accepted" } else { "refused" })
            .bind(at.millis())
            .bind(self.keys.seal_field(&answer_place(id), answer.as_str()))
            .bind(id)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(HoldingError::Decided.into());
        }
        tx.commit().await?;
        Ok(account)
    }

    fn read_report(&self, row: &AnyRow) -> Result<ReportRecord, RegistryError> {
        let record = Record::new("holder_report", row, "row_key")?;
        let id: i64 = record.get("id")?;
        let open =
            |place: &str, column: &'static str, sealed: &[u8]| self.keys.open_field(place, sealed).map_err(|_| record.inconsistent(column));
        let content = open(&content_place(id), "content", &record.get::<Vec<u8>>("content")?)?;
        let decided = || {
            let sealed: Vec<u8> = record.get("answer")?;
            Ok::<_, RegistryError>((record.instant("decided_at")?, open(&answer_place(id), "answer", &sealed)?))
        };
        let state = match record.get::<String>("state")?.as_str() {
            "open" => ReportState::Open,
            "accepted" => decided().map(|(at, answer)| ReportState::Accepted { at, answer })?,
            "refused" => decided().map(|(at, answer)| ReportState::Refused { at, answer })?,
            _ => return Err(record.inconsistent("state")),
        };
        Ok(ReportRecord {
            id,
            award: record.get("award")?,
            account: record.parsed("account_id", |t| t.parse().ok())?,
            number: record.parsed("number", |t| t.parse().ok())?,
            report: Report::read(&content).ok_or_else(|| record.inconsistent("content"))?,
            at: record.instant("reported_at")?,
            state,
        })
    }
}

fn content_place(id: i64) -> String {
    format!("holder_report/content/{id}")
}

fn answer_place(id: i64) -> String {
    format!("holder_report/answer/{id}")
}
