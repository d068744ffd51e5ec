//! Cases of verification: what was filled in is sealed, documents are searched by keyed hash, every move is in the case's history and in the
//! audit trail.

mod files;
mod moves;
mod queue;

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::digest::Digest;
use crate::domain::identity::IdentityDocument;
use crate::domain::proofing::{CaseKind, CaseState, NotPossible, Proofed, Reasons, Slot, Standing, Typed};
use crate::domain::text::fold_search;
use crate::domain::time::Instant;

use super::holdings::Known;
use super::rows::{ROWS, Record, placeholders};
use super::{Registry, RegistryError};

pub use moves::Submission;
pub(super) use queue::of_kinds;
pub use queue::{QueueCounts, Ruling, Waiting};

/// Why a case does not allow what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofingError {
    /// The case does not go that way.
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    /// There is no such case.
    #[error("没有这项认证 / there is no such case")]
    Unknown,
    /// Another reviewer has it, or one's own time with it is over.
    #[error(
        "该认证正由另一位审核员处理，或您的处理时限已过，请重新领取 / another reviewer has this case, or your time with it is over: take the next one"
    )]
    NotYours,
}

/// A case as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Counted from 1.
    pub id: i64,
    /// Whose it is.
    pub account: AccountId,
    /// What it verifies.
    pub kind: CaseKind,
    /// Where it is in its life.
    pub state: CaseState,
    /// What was filled in: private.
    pub typed: Typed,
    /// Its pictures.
    pub files: Vec<CaseFile>,
    /// When it was last changed.
    pub changed_at: Instant,
    /// When it was first submitted.
    pub first_submitted: Option<Instant>,
}

impl Case {
    /// The picture in a slot, if it is there and not deleted.
    #[must_use]
    pub fn picture(&self, slot: Slot) -> Option<Digest> {
        self.files.iter().find(|file| file.slot == slot).and_then(|file| file.file)
    }
}

/// A picture of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// What it shows.
    pub slot: Slot,
    /// Its address in the vault; none once it is deleted.
    pub file: Option<Digest>,
    /// When it came.
    pub added_at: Instant,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
}

/// Whom or what a case is about: no two accounts should have the same.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// The person with this document.
    Document(&'a IdentityDocument),
    /// The school with this name.
    School(&'a str),
}

/// A line of a case's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// When.
    pub at: Instant,
    /// The account that did it, or `retention`.
    pub actor: String,
    /// What: `open`, the code of an [`Event`](crate::domain::proofing::Event), `delete pictures`, or `reuse` with the name of a picture.
    pub act: String,
    /// Why it was sent back.
    pub reasons: Option<Reasons>,
}

impl CaseEvent {
    /// The picture of the real-name verification that the applicant agreed to hand to the centre, if it is that.
    #[must_use]
    pub fn reused(&self) -> Option<Slot> {
        self.act.strip_prefix(moves::REUSED).and_then(Slot::from_code)
    }
}

const COLUMNS: &str = "CAST(id AS TEXT) AS row_key, id, account_id, kind, state, content, reasons, changed_at, first_submitted_at, \
                       submitted_at, due_at, decided_at";
/// The states of which an account has at most one case of a kind.
const LIVE: &str = "('draft', 'submitted', 'returned', 'approved')";

impl Registry {
    /// The account's live case of a kind.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn live_case(&self, account: AccountId, kind: CaseKind) -> Result<Option<Case>, RegistryError> {
        let mut tx = self.pool.begin().await?;
        let case = self.live_in(&mut tx, account, kind).await?;
        tx.commit().await?;
        Ok(case)
    }

    /// What happened to a case, in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn case_history(&self, case: i64, kind: CaseKind) -> Result<Vec<CaseEvent>, RegistryError> {
        let sql =
            "SELECT CAST(case_id AS TEXT) AS row_key, seq, at, actor, act, reasons FROM proofing_event WHERE case_id = $1 ORDER BY seq";
        let rows = sqlx::query(sql).bind(case).fetch_all(&self.pool).await?;
        let event = |row: &AnyRow| {
            let record = Record::new("proofing_event", row, "row_key")?;
            let place = event_place(case, record.get("seq")?);
            Ok(CaseEvent {
                at: record.instant("at")?,
                actor: record.get("actor")?,
                act: record.get("act")?,
                reasons: self.opened_reasons(&record, &place, kind)?,
            })
        };
        rows.iter().map(event).collect()
    }

    /// Where an account stands.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn proofed(&self, account: AccountId) -> Result<Proofed, RegistryError> {
        let sql = "SELECT kind, MIN(first_submitted_at) AS first_at, MAX(CASE WHEN state = 'approved' THEN decided_at END) AS since_at \
                   FROM proofing_case WHERE account_id = $1 GROUP BY kind";
        let rows = sqlx::query(sql).bind(account.to_string()).fetch_all(&self.pool).await?;
        let mut proofed = Proofed::default();
        for row in &rows {
            let record = Record::new("proofing_case", row, "kind")?;
            let standing = Standing { verified_since: maybe(&record, "since_at")?, first_submitted: maybe(&record, "first_at")? };
            match record.parsed("kind", CaseKind::from_code)? {
                CaseKind::RealName => proofed.real_name = standing,
                CaseKind::Enrolment => proofed.enrolment = standing,
                CaseKind::School => proofed.school = standing,
                CaseKind::Centre => proofed.centre = standing,
            }
        }
        Ok(proofed)
    }

    /// Where accounts stand, and their verified names. Accounts without a case are left out.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn known_of(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Known>, RegistryError> {
        let mut all: HashMap<AccountId, Known> = HashMap::new();
        for chunk in accounts.chunks(ROWS) {
            let sql = format!(
                "SELECT {COLUMNS} FROM proofing_case WHERE state <> 'draft' AND account_id IN {} ORDER BY id",
                placeholders(1, chunk.len(), 0)
            );
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, account| query.bind(account.to_string()));
            for row in query.fetch_all(&self.pool).await? {
                let case = self.read_case(&row)?;
                all.entry(case.account).or_default().add(case);
            }
        }
        Ok(all)
    }

    /// How many other accounts have had this person or school approved.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn others_with(&self, subject: Subject<'_>, account: AccountId) -> Result<u64, RegistryError> {
        let sql = "SELECT COUNT(DISTINCT account_id) FROM proofing_case WHERE document_hash = $1 AND account_id <> $2 \
                   AND state IN ('approved', 'reopened', 'superseded')";
        let count: i64 =
            sqlx::query(sql).bind(self.subject_hash(subject)).bind(account.to_string()).fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn subject_hash(&self, subject: Subject<'_>) -> String {
        match subject {
            Subject::Document(document) => self.keys.document_hash(document),
            Subject::School(name) => self.keys.secret_hash("school", &[fold_search(name).as_bytes()]),
        }
    }

    pub(super) async fn live_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        account: AccountId,
        kind: CaseKind,
    ) -> Result<Option<Case>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM proofing_case WHERE account_id = $1 AND kind = $2 AND state IN {LIVE}");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).bind(kind.code());
        let row = query.fetch_optional(&mut **tx).await?;
        self.with_files(tx, row).await
    }

    async fn case_in(&self, tx: &mut Transaction<'static, Any>, id: i64) -> Result<Option<Case>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM proofing_case WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut **tx).await?;
        self.with_files(tx, row).await
    }

    async fn with_files(&self, tx: &mut Transaction<'static, Any>, row: Option<AnyRow>) -> Result<Option<Case>, RegistryError> {
        let Some(row) = row else { return Ok(None) };
        let mut case = self.read_case(&row)?;
        let sql = "SELECT slot, file, added_at, deleted_at FROM proofing_file WHERE case_id = $1 ORDER BY slot";
        let rows = sqlx::query(sql).bind(case.id).fetch_all(&mut **tx).await?;
        case.files = rows.iter().map(read_file).collect::<Result<_, _>>()?;
        Ok(Some(case))
    }

    fn read_case(&self, row: &AnyRow) -> Result<Case, RegistryError> {
        let record = Record::new("proofing_case", row, "row_key")?;
        let id: i64 = record.get("id")?;
        let kind = record.parsed("kind", CaseKind::from_code)?;
        let content: Vec<u8> = record.get("content")?;
        let text = self.keys.open_field(&content_place(id), &content).map_err(|_| record.inconsistent("content"))?;
        let (submitted, decided) = (|| record.instant("submitted_at"), || record.instant("decided_at"));
        let state = match record.get::<String>("state")?.as_str() {
            "draft" => CaseState::Draft,
            "submitted" => CaseState::Submitted { at: submitted()?, due: record.instant("due_at")? },
            "returned" => {
                let reasons = self.opened_reasons(&record, &reasons_place(id), kind)?.ok_or_else(|| record.inconsistent("reasons"))?;
                CaseState::Returned { at: decided()?, reasons }
            }
            "approved" => CaseState::Approved { at: decided()? },
            "reopened" => CaseState::Reopened { approved: decided()? },
            "superseded" => CaseState::Superseded { approved: decided()? },
            _ => return Err(record.inconsistent("state")),
        };
        Ok(Case {
            id,
            account: record.parsed("account_id", |t| t.parse().ok())?,
            kind,
            state,
            typed: Typed::read(&text).ok_or_else(|| record.inconsistent("content"))?,
            files: Vec::new(),
            changed_at: record.instant("changed_at")?,
            first_submitted: maybe(&record, "first_submitted_at")?,
        })
    }

    fn opened_reasons(&self, record: &Record<'_>, place: &str, kind: CaseKind) -> Result<Option<Reasons>, RegistryError> {
        let Some(sealed) = record.get::<Option<Vec<u8>>>("reasons")? else { return Ok(None) };
        let text = self.keys.open_field(place, &sealed).map_err(|_| record.inconsistent("reasons"))?;
        Reasons::read(kind, &text).map(Some).ok_or_else(|| record.inconsistent("reasons"))
    }

    /// Adds a line to a case's history, and its move to the audit trail.
    async fn tell(
        &self,
        tx: &mut Transaction<'static, Any>,
        (case, kind): (i64, CaseKind),
        act: &str,
        reasons: Option<&Reasons>,
        (actor, at): (&str, Instant),
    ) -> Result<(), RegistryError> {
        // The trail's lock comes first: it orders the histories too.
        let detail = reasons.map(|r| r.listed().map(|reason| reason.code()).collect::<Vec<_>>().join(" ")).unwrap_or_default();
        self.append(tx, at, actor, &format!("{act} {}", kind.code()), &case.to_string(), &detail).await?;
        let sql = "SELECT COALESCE(MAX(seq), 0) + 1 FROM proofing_event WHERE case_id = $1";
        let seq: i64 = sqlx::query(sql).bind(case).fetch_one(&mut **tx).await?.try_get(0)?;
        sqlx::query("INSERT INTO proofing_event (case_id, seq, at, actor, act, reasons) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(case)
            .bind(seq)
            .bind(at.millis())
            .bind(actor.to_owned())
            .bind(act.to_owned())
            .bind(reasons.map(|r| self.keys.seal_field(&event_place(case, seq), &r.write())))
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

fn read_file(row: &AnyRow) -> Result<CaseFile, RegistryError> {
    let record = Record::new("proofing_file", row, "slot")?;
    Ok(CaseFile {
        slot: record.parsed("slot", Slot::from_code)?,
        file: record.optional("file", |t| t.parse().ok())?,
        added_at: record.instant("added_at")?,
        deleted_at: maybe(&record, "deleted_at")?,
    })
}

/// A column of milliseconds that may be null.
fn maybe(record: &Record<'_>, column: &'static str) -> Result<Option<Instant>, RegistryError> {
    let millis = record.get::<Option<i64>>(column)?;
    millis.map(|millis| Instant::from_millis(millis).map_err(|_| record.inconsistent(column))).transpose()
}

fn content_place(case: i64) -> String {
    format!("proofing_case/content/{case}")
}

fn reasons_place(case: i64) -> String {
    format!("proofing_case/reasons/{case}")
}

fn event_place(case: i64, seq: i64) -> String {
    format!("proofing_event/reasons/{case}/{seq}")
}
