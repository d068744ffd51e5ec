//! Objections as they are handed in, followed and read. Who objects and why is sealed; each reading by staff is in the audit trail.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::digest::Digest;
use crate::domain::eligibility::Held;
use crate::domain::issuer::Slug;
use crate::domain::notice::NotAccepted;
use crate::domain::objection::{DecisionReason, Form, Objection, ObjectionState};
use crate::domain::receipt::ReceiptCode;
use crate::domain::time::Instant;

use super::contests::{ContestError, count};
use super::notice_entries;
use super::rows::Record;
use super::{Registry, RegistryError};

/// What a file of an objection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePurpose {
    /// The person's signature.
    Signature,
    /// The organisation's seal.
    Seal,
    /// What the grounds refer to.
    Attachment,
}

impl FilePurpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Seal, Self::Attachment];

    /// The name in records and forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Seal => "seal",
            Self::Attachment => "attachment",
        }
    }
}

/// How a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredKind {
    /// A picture, encoded here.
    Jpeg,
    /// A document as it was sent.
    Pdf,
}

impl StoredKind {
    /// The name in records, and the ending of a file's name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Pdf => "pdf",
        }
    }
}

/// A file that is in the vault already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// What it is.
    pub purpose: FilePurpose,
    /// How it is stored.
    pub kind: StoredKind,
    /// Its address in the vault.
    pub file: Digest,
    /// The name that it was sent under: private.
    pub name: String,
}

/// An objection to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObjection<'a> {
    /// The code on its receipt.
    pub receipt: &'a ReceiptCode,
    /// The contest.
    pub contest: &'a Slug,
    /// The place of the entry that it is against; none for the whole list.
    pub place: Option<i64>,
    /// What it says.
    pub objection: &'a Objection,
    /// Signature or seal, and attachments.
    pub files: &'a [NewFile],
    /// When it came.
    pub at: Instant,
}

/// An objection without what is private in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionRecord {
    /// Its number, counted from 1.
    pub id: i64,
    /// The contest.
    pub contest: Slug,
    /// The award that it is against; none for the whole list.
    pub award: Option<String>,
    /// The place of that award in the list as it is published now.
    pub place: Option<i64>,
    /// In which form it came.
    pub form: Form,
    /// When.
    pub filed_at: Instant,
    /// What became of it.
    pub state: ObjectionState,
    /// When content and files were deleted.
    pub erased_at: Option<Instant>,
}

/// A file of an objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Counted from 1.
    pub seq: i64,
    /// What it is.
    pub purpose: FilePurpose,
    /// How it is stored.
    pub kind: StoredKind,
    /// Its address in the vault.
    pub file: Digest,
    /// The name that it was sent under.
    pub name: String,
}

/// What is private in an objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionContent {
    /// What it says.
    pub objection: Objection,
    /// Its files.
    pub files: Vec<FileRecord>,
}

pub(super) const COLUMNS: &str = "CAST(o.id AS TEXT) AS row_key, o.id, o.contest, o.award, o.form, o.filed_at, o.state, o.decided_at, \
                       o.reason, o.erased_at, \
                       (SELECT MIN(e.place) FROM notice_entry e WHERE e.contest = o.contest AND e.award = o.award) AS place";

impl Registry {
    /// Records an objection and holds back the award that it is against, in one commit, if its notice accepts one at its time. Answers its
    /// number; the same receipt again changes nothing.
    ///
    /// # Errors
    /// [`ContestError::NotAccepted`] or [`ContestError::NoEntry`].
    pub async fn file_objection(&self, new: &NewObjection<'_>) -> Result<i64, RegistryError> {
        let hash = self.keys.receipt_hash(new.receipt);
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let before = sqlx::query("SELECT id FROM objection WHERE receipt = $1").bind(hash.clone()).fetch_optional(&mut *tx).await?;
        if let Some(row) = before {
            tx.rollback().await?;
            return Ok(row.try_get(0)?);
        }
        let record = self.contest_in(&mut tx, new.contest).await?.ok_or(ContestError::NotAccepted(NotAccepted::NoNotice))?;
        record.state.accepts_objections(&record.timeline, new.at).map_err(ContestError::from)?;
        let award = match new.place {
            Some(place) => Some(notice_entries::at(&mut tx, new.contest, place).await?.ok_or(ContestError::NoEntry(place))?.entry.award),
            None => None,
        };
        let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM objection").fetch_one(&mut *tx).await?.try_get(0)?;
        sqlx::query(
            "INSERT INTO objection (id, receipt, contest, award, form, content, filed_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open')",
        )
        .bind(id)
        .bind(hash)
        .bind(new.contest.as_str().to_owned())
        .bind(award.clone())
        .bind(new.objection.form().code().to_owned())
        .bind(self.keys.seal_field(&content_place(id), &new.objection.write()))
        .bind(new.at.millis())
        .execute(&mut *tx)
        .await?;
        for (seq, file) in (1i64..).zip(new.files) {
            sqlx::query("INSERT INTO objection_file (objection, seq, purpose, kind, file, name) VALUES ($1, $2, $3, $4, $5, $6)")
                .bind(id)
                .bind(seq)
                .bind(file.purpose.code().to_owned())
                .bind(file.kind.code().to_owned())
                .bind(file.file.to_string())
                .bind(self.keys.seal_field(&file_place(id, seq), &file.name))
                .execute(&mut *tx)
                .await?;
        }
        if let Some(award) = award {
            let sql = "UPDATE award SET held = $1 WHERE id = $2 AND held IS NULL";
            sqlx::query(sql).bind(Held::ByObjection.code().to_owned()).bind(award).execute(&mut *tx).await?;
        }
        self.append(&mut tx, new.at, "objector", "objection", &id.to_string(), new.contest.as_str()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The objection with this receipt, without what is private but the reason of the decision.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn objection_by_receipt(&self, code: &ReceiptCode) -> Result<Option<ObjectionRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM objection o WHERE o.receipt = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(self.keys.receipt_hash(code)).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_objection_row(row)).transpose()
    }

    /// Objections after one, in the order in which they came; of one contest, or of all.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn objections(
        &self,
        contest: Option<&Slug>,
        open_only: bool,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ObjectionRecord>, RegistryError> {
        let state = if open_only { "AND o.state = 'open'" } else { "" };
        let sql =
            format!("SELECT {COLUMNS} FROM objection o WHERE o.id > $1 AND ($2 = '' OR o.contest = $3) {state} ORDER BY o.id LIMIT $4");
        let of = contest.map_or_else(String::new, |slug| slug.as_str().to_owned());
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(after).bind(of.clone()).bind(of).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_objection_row(row)).collect()
    }

    /// One objection, without what is private but the reason of the decision.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn objection(&self, id: i64) -> Result<Option<ObjectionRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM objection o WHERE o.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_objection_row(row)).transpose()
    }

    /// How many objections against the whole list of a contest are open.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_list_objections(&self, contest: &Slug) -> Result<u64, RegistryError> {
        let sql = "SELECT COUNT(*) FROM objection WHERE contest = $1 AND award IS NULL AND state = 'open'";
        count(&sqlx::query(sql).bind(contest.as_str().to_owned()).fetch_one(&self.pool).await?)
    }

    /// What is private in an objection. That it was read, by whom and when, is in the audit trail before it is answered.
    ///
    /// # Errors
    /// [`ContestError::NoObjection`]; [`ContestError::Erased`] once its time is over.
    pub async fn read_objection(&self, id: i64, actor: &str, at: Instant) -> Result<ObjectionContent, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "read objection", &id.to_string(), "").await?;
        let sql = "SELECT CAST(id AS TEXT) AS row_key, content FROM objection WHERE id = $1";
        let row = sqlx::query(sql).bind(id).fetch_optional(&mut *tx).await?.ok_or(ContestError::NoObjection(id))?;
        let record = Record::new("objection", &row, "row_key")?;
        let sealed: Vec<u8> = record.get("content")?;
        if sealed.is_empty() {
            return Err(ContestError::Erased(id).into());
        }
        let text = self.keys.open_field(&content_place(id), &sealed).map_err(|_| record.inconsistent("content"))?;
        let objection = Objection::read(&text).ok_or_else(|| record.inconsistent("content"))?;
        let sql =
            "SELECT CAST(seq AS TEXT) AS row_key, seq, purpose, kind, file, name FROM objection_file WHERE objection = $1 ORDER BY seq";
        let rows = sqlx::query(sql).bind(id).fetch_all(&mut *tx).await?;
        let files = rows.iter().map(|row| self.read_file_row(id, row)).collect::<Result<Vec<_>, _>>()?;
        tx.commit().await?;
        Ok(ObjectionContent { objection, files })
    }

    /// Enters into the audit trail that a file of an objection is read, and answers where it is.
    ///
    /// # Errors
    /// [`ContestError::NoObjection`] if there is no such file.
    pub async fn read_objection_file(&self, id: i64, seq: i64, actor: &str, at: Instant) -> Result<FileRecord, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "read objection file", &id.to_string(), &seq.to_string()).await?;
        let sql =
            "SELECT CAST(seq AS TEXT) AS row_key, seq, purpose, kind, file, name FROM objection_file WHERE objection = $1 AND seq = $2";
        let row = sqlx::query(sql).bind(id).bind(seq).fetch_optional(&mut *tx).await?.ok_or(ContestError::NoObjection(id))?;
        let file = self.read_file_row(id, &row)?;
        tx.commit().await?;
        Ok(file)
    }

    pub(super) fn read_objection_row(&self, row: &AnyRow) -> Result<ObjectionRecord, RegistryError> {
        let record = Record::new("objection", row, "row_key")?;
        let id: i64 = record.get("id")?;
        let decision = || {
            let sealed: Vec<u8> = record.get("reason")?;
            let text = self.keys.open_field(&reason_place(id), &sealed).map_err(|_| record.inconsistent("reason"))?;
            let reason = DecisionReason::parse(&text).map_err(|_| record.inconsistent("reason"))?;
            Ok::<_, RegistryError>((record.instant("decided_at")?, reason))
        };
        let state = match record.get::<String>("state")?.as_str() {
            "open" => ObjectionState::Open,
            "rejected" => decision().map(|(at, reason)| ObjectionState::Rejected { at, reason })?,
            "upheld" => decision().map(|(at, reason)| ObjectionState::Upheld { at, reason })?,
            _ => return Err(record.inconsistent("state")),
        };
        let erased_at = record.get::<Option<i64>>("erased_at")?;
        let erased_at = erased_at.map(|millis| Instant::from_millis(millis).map_err(|_| record.inconsistent("erased_at")));
        Ok(ObjectionRecord {
            id,
            contest: record.parsed("contest", |t| t.parse().ok())?,
            award: record.get("award")?,
            place: record.get("place")?,
            form: record.parsed("form", Form::from_code)?,
            filed_at: record.instant("filed_at")?,
            state,
            erased_at: erased_at.transpose()?,
        })
    }

    fn read_file_row(&self, id: i64, row: &AnyRow) -> Result<FileRecord, RegistryError> {
        let record = Record::new("objection_file", row, "row_key")?;
        let seq: i64 = record.get("seq")?;
        let sealed: Vec<u8> = record.get("name")?;
        Ok(FileRecord {
            seq,
            purpose: record.parsed("purpose", |t| FilePurpose::ALL.into_iter().find(|p| p.code() == t))?,
            kind: record.parsed("kind", |t| [StoredKind::Jpeg, StoredKind::Pdf].into_iter().find(|k| k.code() == t))?,
            file: record.parsed("file", |t| t.parse().ok())?,
            name: self.keys.open_field(&file_place(id, seq), &sealed).map_err(|_| record.inconsistent("name"))?,
        })
    }
}

fn content_place(id: i64) -> String {
    format!("objection/content/{id}")
}

pub(super) fn reason_place(id: i64) -> String {
    format!("objection/reason/{id}")
}

fn file_place(id: i64, seq: i64) -> String {
    format!("objection_file/name/{id}/{seq}")
}
