//! Publishing, closing and withdrawing a notice. Each takes the lock of the audit trail first, as importing a list and deciding an objection
//! do, so that what was looked at is what is fixed.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::issuer::Slug;
use crate::domain::notice::{Closing, NoticeError, Publication, WithdrawalReason};
use crate::domain::public_list::PublicList;
use crate::domain::time::Instant;

use super::awards::{self, AwardRecord};
use super::contests::{ContestError, count};
use super::notice_entries;
use super::rows::Record;
use super::{Registry, RegistryError};

/// What a statement of a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeAct {
    /// The list as it was published.
    Published,
    /// The list as it remained.
    Closed,
}

impl NoticeAct {
    /// The name in records and statements.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Closed => "closed",
        }
    }
}

/// A signed statement about a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeStatement {
    /// Counted from 1.
    pub seq: i64,
    /// What it says.
    pub act: NoticeAct,
    /// When it was made.
    pub made_at: Instant,
    /// The signed text.
    pub jws: String,
}

/// What a list was made from: if that has changed when it is to be fixed, it is not fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Awards of the contest, or changes of its list.
    pub count: u64,
    /// The last of them.
    pub last: i64,
}

pub(super) const AWARDS_SEEN: &str =
    "SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM award WHERE programme = $1 AND (held IS NULL OR held <> 'withdrawn')";
const CHANGES_SEEN: &str =
    "SELECT COUNT(*), COALESCE(MAX(c.objection), 0) FROM award_change c JOIN objection o ON o.id = c.objection WHERE o.contest = $1";

impl Registry {
    /// Every award of a contest that was not withdrawn, in the order of import, and what was seen.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn contest_awards(&self, contest: &Slug) -> Result<(Vec<AwardRecord>, Seen), RegistryError> {
        let columns = awards::COLUMNS;
        let sql = format!("SELECT {columns} FROM award WHERE programme = $1 AND (held IS NULL OR held <> 'withdrawn') ORDER BY seq");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(contest.as_str().to_owned()).fetch_all(&self.pool).await?;
        let records = rows.iter().map(|row| awards::read(row, &self.keys)).collect::<Result<Vec<_>, _>>()?;
        let seen = Seen { count: u64::try_from(records.len()).unwrap_or(u64::MAX), last: records.last().map_or(0, |r| r.seq) };
        Ok((records, seen))
    }

    /// What objections have changed so far.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn changes_seen(&self, contest: &Slug) -> Result<Seen, RegistryError> {
        let row = sqlx::query(CHANGES_SEEN).bind(contest.as_str().to_owned()).fetch_one(&self.pool).await?;
        Ok(Seen { count: count(&row)?, last: row.try_get(1)? })
    }

    /// Fixes a list that was made from what was `seen`, with the statement about it, in one commit.
    ///
    /// # Errors
    /// [`ContestError`] if the notice does not allow it, or the awards are others now.
    pub async fn publish_notice(
        &self,
        contest: &Slug,
        (list, seen): (&PublicList, Seen),
        publication: Publication,
        statement: &str,
        actor: &str,
    ) -> Result<(), RegistryError> {
        let at = publication.at;
        let mut tx = self.write().await?;
        let detail = format!("{} entries, {}", publication.entries, publication.list);
        self.append(&mut tx, at, actor, "publish notice", contest.as_str(), &detail).await?;
        let record = self.known_contest(&mut tx, contest).await?;
        let state = record.state.publish(publication, &record.timeline).map_err(|source| refused(contest, source))?;
        still(&mut tx, AWARDS_SEEN, contest, seen).await?;
        notice_entries::replace(&mut tx, contest, list).await?;
        self.set_state(&mut tx, contest, &state).await?;
        keep(&mut tx, contest, NoticeAct::Published, at, statement).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Fixes the final list, whose changes were `seen`, with the statement about it, in one commit.
    ///
    /// # Errors
    /// [`ContestError`] if the notice does not allow it, or objections were decided meanwhile.
    pub async fn close_notice(
        &self,
        contest: &Slug,
        closing: Closing,
        seen: Seen,
        statement: &str,
        actor: &str,
    ) -> Result<(), RegistryError> {
        let at = closing.at;
        let mut tx = self.write().await?;
        let detail = format!("{} entries, {}", closing.entries, closing.list);
        self.append(&mut tx, at, actor, "close notice", contest.as_str(), &detail).await?;
        let record = self.known_contest(&mut tx, contest).await?;
        let sql = "SELECT COUNT(*) FROM objection WHERE contest = $1 AND state = 'open'";
        let undecided = count(&sqlx::query(sql).bind(contest.as_str().to_owned()).fetch_one(&mut *tx).await?)?;
        let state = record.state.close(closing, &record.timeline, undecided).map_err(|source| refused(contest, source))?;
        still(&mut tx, CHANGES_SEEN, contest, seen).await?;
        self.set_state(&mut tx, contest, &state).await?;
        keep(&mut tx, contest, NoticeAct::Closed, at, statement).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a notice off the open web; what was recorded of it stays.
    ///
    /// # Errors
    /// [`ContestError`] if it is not there.
    pub async fn withdraw_notice(&self, contest: &Slug, at: Instant, reason: WithdrawalReason, actor: &str) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "withdraw notice", contest.as_str(), reason.as_str()).await?;
        let record = self.known_contest(&mut tx, contest).await?;
        let state = record.state.withdraw(at, reason).map_err(|source| refused(contest, source))?;
        self.set_state(&mut tx, contest, &state).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The statements about a contest's notice, in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn notice_statements(&self, contest: &Slug) -> Result<Vec<NoticeStatement>, RegistryError> {
        let sql = "SELECT CAST(seq AS TEXT) AS row_key, seq, act, made_at, jws FROM notice_statement WHERE contest = $1 ORDER BY seq";
        let rows = sqlx::query(sql).bind(contest.as_str().to_owned()).fetch_all(&self.pool).await?;
        let read = |row| {
            let record = Record::new("notice_statement", row, "row_key")?;
            let act = record.parsed("act", |t| [NoticeAct::Published, NoticeAct::Closed].into_iter().find(|a| a.code() == t))?;
            Ok(NoticeStatement { seq: record.get("seq")?, act, made_at: record.instant("made_at")?, jws: record.get("jws")? })
        };
        rows.iter().map(read).collect()
    }
}

fn refused(contest: &Slug, source: NoticeError) -> ContestError {
    ContestError::Notice { contest: contest.clone(), source }
}

pub(super) async fn still(tx: &mut Transaction<'static, Any>, sql: &'static str, contest: &Slug, seen: Seen) -> Result<(), RegistryError> {
    let row = sqlx::query(sql).bind(contest.as_str().to_owned()).fetch_one(&mut **tx).await?;
    let now = Seen { count: count(&row)?, last: row.try_get(1)? };
    if now == seen { Ok(()) } else { Err(ContestError::Moved(contest.clone()).into()) }
}

async fn keep(
    tx: &mut Transaction<'static, Any>,
    contest: &Slug,
    act: NoticeAct,
    at: Instant,
    statement: &str,
) -> Result<(), RegistryError> {
    let sql = "INSERT INTO notice_statement (contest, seq, act, made_at, jws) \
               SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4 FROM notice_statement WHERE contest = $5";
    sqlx::query(sql)
        .bind(contest.as_str().to_owned())
        .bind(act.code().to_owned())
        .bind(at.millis())
        .bind(statement.to_owned())
        .bind(contest.as_str().to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
