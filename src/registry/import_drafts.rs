//! A list between its upload and its import. The file lies in the vault; what is private here is sealed.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::account::AccountId;
use crate::domain::award_list::AwardList;
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::time::Instant;

use super::contests::count;
use super::notices::{AWARDS_SEEN, Seen};
use super::rows::{ROWS, Record};
use super::{Registry, RegistryError, corrections};

/// Where an uploaded list is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftState {
    /// It is being read.
    Reading,
    /// It was understood, and waits for the clerk.
    Ready,
    /// It has problems.
    Refused,
    /// It is being imported.
    Importing,
    /// It was imported.
    Done,
    /// Reading or importing broke off.
    Failed,
}

impl DraftState {
    const ALL: [Self; 6] = [Self::Reading, Self::Ready, Self::Refused, Self::Importing, Self::Done, Self::Failed];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Ready => "ready",
            Self::Refused => "refused",
            Self::Importing => "importing",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// An uploaded list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportDraft {
    /// Its name: 128 random bits.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// For which contest.
    pub contest: Slug,
    /// Its address in the vault.
    pub file: Digest,
    /// The name that the clerk's program gave it.
    pub name: String,
    /// Where it is in its life.
    pub state: DraftState,
    /// Since when.
    pub since: Instant,
    /// What was read of it, as the service writes it.
    pub report: Option<String>,
    /// The awards of the contest when it was read.
    pub seen: Seen,
    /// When it ends by itself.
    pub ends_at: Instant,
}

const COLUMNS: &str = "id, account, contest, file, name, state, since, report, seen_count, seen_last, ends_at";

impl Registry {
    /// Records a list that was uploaded.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_import_draft(&self, draft: &ImportDraft) -> Result<(), RegistryError> {
        let sql = "INSERT INTO import_draft (id, account, contest, file, name, state, since, seen_count, seen_last, ends_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        sqlx::query(sql)
            .bind(draft.id.clone())
            .bind(draft.account.clone())
            .bind(draft.contest.as_str().to_owned())
            .bind(draft.file.to_string())
            .bind(self.keys.seal_field(&name_place(&draft.id), &draft.name))
            .bind(draft.state.code().to_owned())
            .bind(draft.since.millis())
            .bind(i64::try_from(draft.seen.count).unwrap_or(i64::MAX))
            .bind(draft.seen.last)
            .bind(draft.ends_at.millis())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// An account's list for a contest, unless it has ended.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn import_draft(
        &self,
        account: AccountId,
        contest: &Slug,
        id: &str,
        now: Instant,
    ) -> Result<Option<ImportDraft>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM import_draft WHERE id = $1 AND account = $2 AND contest = $3 AND ends_at > $4");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_owned())
            .bind(account.to_string())
            .bind(contest.as_str().to_owned())
            .bind(now.millis())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(|row| self.read_draft(row)).transpose()
    }

    /// Brings a list from one state into the next, with what was read of it. `false` if it was not in that state: then nothing happens.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn turn_import_draft(
        &self,
        id: &str,
        (from, to): (DraftState, DraftState),
        report: Option<&str>,
        seen: Option<Seen>,
        now: Instant,
    ) -> Result<bool, RegistryError> {
        let sql = "UPDATE import_draft SET state = $1, since = $2, report = COALESCE($3, report), \
                   seen_count = COALESCE($4, seen_count), seen_last = COALESCE($5, seen_last) WHERE id = $6 AND state = $7";
        let done = sqlx::query(sql)
            .bind(to.code().to_owned())
            .bind(now.millis())
            .bind(report.map(|text| self.keys.seal_field(&report_place(id), text)))
            .bind(seen.map(|s| i64::try_from(s.count).unwrap_or(i64::MAX)))
            .bind(seen.map(|s| s.last))
            .bind(id.to_owned())
            .bind(from.code().to_owned())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The files of lists that have ended. They go out of the vault first, the rows after them by [`Registry::forget_import_drafts`].
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn ended_import_drafts(&self, now: Instant) -> Result<Vec<(String, Digest)>, RegistryError> {
        let sql = "SELECT id, file FROM import_draft WHERE ends_at <= $1 LIMIT 100";
        let rows = sqlx::query(sql).bind(now.millis()).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("import_draft", row, "id")?;
            let file = record.parsed("file", |t| t.parse().ok())?;
            Ok((record.key, file))
        };
        rows.iter().map(read).collect()
    }

    /// Forgets a list.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn forget_import_draft(&self, id: &str) -> Result<(), RegistryError> {
        sqlx::query("DELETE FROM import_draft WHERE id = $1").bind(id.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// How many awards of a list are known already, whether its very file was imported, and what awards its contest has: at one instant.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn foresee_import(&self, list: &AwardList, contest: &Slug) -> Result<(u64, bool, Seen), RegistryError> {
        let mut tx = self.pool.begin().await?;
        let row = sqlx::query(AWARDS_SEEN).bind(contest.as_str().to_owned()).fetch_one(&mut *tx).await?;
        let seen = Seen { count: count(&row)?, last: row.try_get(1)? };
        let sql = "SELECT COUNT(*) FROM award_list WHERE id = $1";
        let imported = count(&sqlx::query(sql).bind(list.source.to_string()).fetch_one(&mut *tx).await?)? > 0;
        let mut known = 0;
        for chunk in list.awards.chunks(ROWS) {
            let ids: Vec<String> = chunk.iter().map(|award| self.keys.award_id(award)).collect();
            let corrected = corrections::known_by_correction(&mut tx, &ids).await?;
            let places = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(",");
            let mut query = sqlx::query(AssertSqlSafe(format!("SELECT id FROM award WHERE id IN ({places})")));
            for id in &ids {
                query = query.bind(id.clone());
            }
            let found = query.fetch_all(&mut *tx).await?;
            let mut found: std::collections::BTreeSet<String> = found.iter().filter_map(|row| row.try_get(0).ok()).collect();
            found.extend(corrected);
            known += u64::try_from(ids.iter().filter(|id| found.contains(*id)).count()).unwrap_or(0);
        }
        tx.rollback().await?;
        Ok((known, imported, seen))
    }

    fn read_draft(&self, row: &AnyRow) -> Result<ImportDraft, RegistryError> {
        let record = Record::new("import_draft", row, "id")?;
        let id = record.key.clone();
        let open = |place: String, column: &'static str, sealed: &[u8]| {
            self.keys.open_field(&place, sealed).map_err(|_| record.inconsistent(column))
        };
        let report = record.get::<Option<Vec<u8>>>("report")?.map(|sealed| open(report_place(&id), "report", &sealed)).transpose()?;
        Ok(ImportDraft {
            account: record.get("account")?,
            contest: record.parsed("contest", |t| t.parse().ok())?,
            file: record.parsed("file", |t| t.parse().ok())?,
            name: open(name_place(&id), "name", &record.get::<Vec<u8>>("name")?)?,
            state: record.parsed("state", |t| DraftState::ALL.into_iter().find(|s| s.code() == t))?,
            since: record.instant("since")?,
            report,
            seen: Seen {
                count: u64::try_from(record.get::<i64>("seen_count")?).map_err(|_| record.inconsistent("seen_count"))?,
                last: record.get("seen_last")?,
            },
            ends_at: record.instant("ends_at")?,
            id,
        })
    }
}

fn name_place(id: &str) -> String {
    format!("import_draft/name/{id}")
}

fn report_place(id: &str) -> String {
    format!("import_draft/report/{id}")
}
