//! Instructors whom schools enter, and the awards that are theirs. Who they are is sealed; each reading by staff is in the audit trail.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::instructor::{Doubt, Instructor};
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

/// Why an instructor is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstructorError {
    /// There is none with this number, or it is another school's.
    #[error("没有这位指导教师 / there is no such instructor")]
    Unknown,
    /// The school has entered the same one for the same contest.
    #[error("该指导教师已添加到这项赛事 / this instructor has been entered for this contest")]
    Twice,
    /// The account does not speak for the school any more.
    #[error("院校认证未通过，不能添加指导教师 / the school is not verified")]
    NotVerified,
    /// It was decided or changed meanwhile.
    #[error("该记录已被处理或修改，请重新查看 / it was decided or changed meanwhile: look again")]
    Decided,
}

/// What is known of an instructor's awards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// These awards are theirs.
    Matched(Vec<String>),
    /// A reviewer decides.
    Review(Doubt),
    /// None is: a reviewer has said so.
    Refused,
}

/// An instructor as recorded: private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstructorRecord {
    /// Counted from 1.
    pub id: i64,
    /// The account that entered them.
    pub account: AccountId,
    /// Its verified school then.
    pub school: String,
    /// Who.
    pub instructor: Instructor,
    /// When they were entered: the deadline is about it.
    pub entered_at: Instant,
    /// When something of it was last changed.
    pub changed_at: Instant,
    /// What is known of their awards.
    pub state: Match,
    /// What the reviewer said to the school; may be empty.
    pub note: String,
}

/// An instructor to be recorded, with the awards that are theirs or why a reviewer decides.
pub type Entered = (Instructor, Result<Vec<String>, Doubt>);

/// An instructor that waits for a reviewer, without what is private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingInstructor {
    /// Counted from 1.
    pub id: i64,
    /// The contest.
    pub contest: Slug,
    /// The school.
    pub school: String,
    /// Why it waits.
    pub doubt: Doubt,
    /// When it was entered.
    pub entered_at: Instant,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Person {
    name: String,
    telephone: String,
    document: Option<(String, String)>,
}

pub(super) const COLUMNS: &str = "CAST(i.id AS TEXT) AS row_key, i.id, i.account_id, i.contest, i.school, i.sealed, i.entered_at, i.changed_at, \
                       i.state, i.doubt, i.note";

impl Registry {
    /// Records instructors of an account that speaks for a school. Answers how many there were that had not been entered before.
    ///
    /// # Errors
    /// [`InstructorError::NotVerified`]; nothing is recorded then.
    pub async fn add_instructors(&self, account: AccountId, school: &str, entered: &[Entered], now: Instant) -> Result<u64, RegistryError> {
        let me = account.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &me, "add instructors", &me, &entered.len().to_string()).await?;
        // Asked under the trail's lock, which a reopening takes too.
        let sql = "SELECT COUNT(*) FROM proofing_case WHERE account_id = $1 AND kind = 'school' AND state = 'approved'";
        let verified: i64 = sqlx::query(sql).bind(me.clone()).fetch_one(&mut *tx).await?.try_get(0)?;
        if verified == 0 {
            return Err(InstructorError::NotVerified.into());
        }
        let mut id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) FROM instructor").fetch_one(&mut *tx).await?.try_get(0)?;
        let mut added = 0;
        for (instructor, found) in entered {
            let sql = "INSERT INTO instructor (id, account_id, contest, school, sealed, name_hash, telephone_hash, document_hash, entered_at, \
                       changed_at, state, doubt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11) ON CONFLICT DO NOTHING";
            let (state, doubt) = state_columns(found);
            let inserted = sqlx::query(sql)
                .bind(id + 1)
                .bind(me.clone())
                .bind(instructor.contest.as_str().to_owned())
                .bind(school.to_owned())
                .bind(self.keys.seal_field(&place(id + 1), &written(instructor)))
                .bind(self.keys.name_hash(&instructor.name))
                .bind(self.keys.telephone_hash(&instructor.telephone))
                .bind(instructor.document.as_ref().map(|d| self.keys.document_hash(d)))
                .bind(now.millis())
                .bind(state)
                .bind(doubt)
                .execute(&mut *tx)
                .await?;
            if inserted.rows_affected() == 1 {
                id += 1;
                added += 1;
                put_awards(&mut tx, id, found.as_deref().unwrap_or_default()).await?;
            }
        }
        tx.commit().await?;
        Ok(added)
    }

    /// Changes an instructor of an account; `entered_at` is what counts for the deadline from then on.
    ///
    /// # Errors
    /// [`InstructorError`].
    pub async fn change_instructor(
        &self,
        account: AccountId,
        (id, school): (i64, &str),
        (instructor, found): &Entered,
        entered_at: Instant,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let me = account.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &me, "change instructor", &id.to_string(), "").await?;
        let (name, telephone) = (self.keys.name_hash(&instructor.name), self.keys.telephone_hash(&instructor.telephone));
        let sql = "SELECT COUNT(*) FROM instructor WHERE account_id = $1 AND contest = $2 AND name_hash = $3 AND telephone_hash = $4 AND id <> $5";
        let query = sqlx::query(sql).bind(me.clone()).bind(instructor.contest.as_str()).bind(name.clone()).bind(telephone.clone()).bind(id);
        if query.fetch_one(&mut *tx).await?.try_get::<i64, _>(0)? > 0 {
            return Err(InstructorError::Twice.into());
        }
        let sql = "UPDATE instructor SET contest = $1, sealed = $2, name_hash = $3, telephone_hash = $4, document_hash = $5, entered_at = $6, \
                   changed_at = $7, state = $8, doubt = $9, note = NULL, decided_at = NULL, school = $12 WHERE id = $10 AND account_id = $11";
        let (state, doubt) = state_columns(found);
        let changed = sqlx::query(sql)
            .bind(instructor.contest.as_str())
            .bind(self.keys.seal_field(&place(id), &written(instructor)))
            .bind(name)
            .bind(telephone)
            .bind(instructor.document.as_ref().map(|d| self.keys.document_hash(d)))
            .bind(entered_at.millis())
            .bind(now.millis())
            .bind(state)
            .bind(doubt)
            .bind(id)
            .bind(me)
            .bind(school.to_owned())
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 0 {
            return Err(InstructorError::Unknown.into());
        }
        forget_awards(&mut tx, id).await?;
        put_awards(&mut tx, id, found.as_deref().unwrap_or_default()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes an instructor of an account; the audit trail says so.
    ///
    /// # Errors
    /// [`InstructorError::Unknown`].
    pub async fn remove_instructor(&self, account: AccountId, id: i64, now: Instant) -> Result<(), RegistryError> {
        let me = account.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &me, "remove instructor", &id.to_string(), "").await?;
        let sql = "SELECT COUNT(*) FROM instructor WHERE id = $1 AND account_id = $2";
        if sqlx::query(sql).bind(id).bind(me).fetch_one(&mut *tx).await?.try_get::<i64, _>(0)? == 0 {
            return Err(InstructorError::Unknown.into());
        }
        forget_awards(&mut tx, id).await?;
        sqlx::query("DELETE FROM instructor WHERE id = $1").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The instructors of an account, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn instructors_of(&self, account: AccountId) -> Result<Vec<InstructorRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM instructor i WHERE i.account_id = $1 ORDER BY i.id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).fetch_all(&self.pool).await?;
        let sql = "SELECT a.instructor, a.award FROM instructor_award a JOIN instructor i ON i.id = a.instructor WHERE i.account_id = $1 \
                   ORDER BY a.instructor, a.award";
        let pairs = sqlx::query(sql).bind(account.to_string()).fetch_all(&self.pool).await?;
        let pairs: Vec<(i64, String)> =
            pairs.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, RegistryError>>()?;
        rows.iter().map(|row| self.read_instructor(row, &pairs)).collect()
    }

    /// How many instructors an account has.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_instructors(&self, account: AccountId) -> Result<u64, RegistryError> {
        let query = sqlx::query("SELECT COUNT(*) FROM instructor WHERE account_id = $1").bind(account.to_string());
        Ok(u64::try_from(query.fetch_one(&self.pool).await?.try_get::<i64, _>(0)?).unwrap_or_default())
    }

    /// An instructor for a reviewer; the audit trail says that they read it.
    ///
    /// # Errors
    /// [`InstructorError::Unknown`].
    pub async fn read_instructor_for(&self, id: i64, reviewer: AccountId, now: Instant) -> Result<InstructorRecord, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &reviewer.to_string(), "read instructor", &id.to_string(), "").await?;
        let record = self.instructor_in(&mut tx, id).await?.ok_or(InstructorError::Unknown)?;
        tx.commit().await?;
        Ok(record)
    }

    /// The first instructors that wait for a reviewer, the oldest first, and how many there are.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn waiting_instructors(&self, limit: u32) -> Result<(u64, Vec<WaitingInstructor>), RegistryError> {
        let count: i64 = sqlx::query("SELECT COUNT(*) FROM instructor WHERE state = 'review'").fetch_one(&self.pool).await?.try_get(0)?;
        let sql = "SELECT CAST(id AS TEXT) AS row_key, id, contest, school, doubt, entered_at FROM instructor WHERE state = 'review' \
                   ORDER BY entered_at, id LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let waiting = |row: &AnyRow| {
            let record = Record::new("instructor", row, "row_key")?;
            Ok::<_, RegistryError>(WaitingInstructor {
                id: record.get("id")?,
                contest: record.parsed("contest", |t| t.parse().ok())?,
                school: record.get("school")?,
                doubt: record.parsed("doubt", Doubt::from_code)?,
                entered_at: record.instant("entered_at")?,
            })
        };
        Ok((u64::try_from(count).unwrap_or_default(), rows.iter().map(waiting).collect::<Result<_, _>>()?))
    }

    /// Decides which awards are an instructor's; none means that no award is. `seen` is when the one who decides last saw it changed.
    ///
    /// # Errors
    /// [`InstructorError::Decided`] if it does not wait any more, or was changed since; [`InstructorError::Unknown`].
    pub async fn decide_instructor(
        &self,
        (id, seen): (i64, Instant),
        reviewer: AccountId,
        awards: &[String],
        note: &str,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let act = if awards.is_empty() { "refuse instructor" } else { "match instructor" };
        self.append(&mut tx, now, &reviewer.to_string(), act, &id.to_string(), &awards.join(" ")).await?;
        let record = self.instructor_in(&mut tx, id).await?.ok_or(InstructorError::Unknown)?;
        if !matches!(record.state, Match::Review(_)) || record.changed_at != seen {
            return Err(InstructorError::Decided.into());
        }
        let sql = "UPDATE instructor SET state = $1, note = $2, decided_at = $3, changed_at = $3 WHERE id = $4";
        let note = (!note.is_empty()).then(|| self.keys.seal_field(&note_place(id), note));
        let state = if awards.is_empty() { "refused" } else { "matched" };
        sqlx::query(sql).bind(state).bind(note).bind(now.millis()).bind(id).execute(&mut *tx).await?;
        put_awards(&mut tx, id, awards).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn instructor_in(&self, tx: &mut Transaction<'static, Any>, id: i64) -> Result<Option<InstructorRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM instructor i WHERE i.id = $1");
        let Some(row) = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut **tx).await? else { return Ok(None) };
        let sql = "SELECT award FROM instructor_award WHERE instructor = $1 ORDER BY award";
        let awards = sqlx::query(sql).bind(id).fetch_all(&mut **tx).await?;
        let pairs: Vec<(i64, String)> = awards.iter().map(|row| Ok((id, row.try_get(0)?))).collect::<Result<_, RegistryError>>()?;
        self.read_instructor(&row, &pairs).map(Some)
    }

    pub(super) fn read_instructor(&self, row: &AnyRow, awards: &[(i64, String)]) -> Result<InstructorRecord, RegistryError> {
        let record = Record::new("instructor", row, "row_key")?;
        let id: i64 = record.get("id")?;
        let text = self.keys.open_field(&place(id), &record.get::<Vec<u8>>("sealed")?).map_err(|_| record.inconsistent("sealed"))?;
        let contest = record.parsed("contest", |t| t.parse().ok())?;
        let note = match record.get::<Option<Vec<u8>>>("note")? {
            Some(sealed) => self.keys.open_field(&note_place(id), &sealed).map_err(|_| record.inconsistent("note"))?,
            None => String::new(),
        };
        let state = match record.get::<&str>("state")? {
            "matched" => Match::Matched(awards.iter().filter(|(of, _)| *of == id).map(|(_, award)| award.clone()).collect()),
            "review" => Match::Review(record.parsed("doubt", Doubt::from_code)?),
            "refused" => Match::Refused,
            _ => return Err(record.inconsistent("state")),
        };
        Ok(InstructorRecord {
            id,
            account: record.parsed("account_id", |t| t.parse().ok())?,
            school: record.get("school")?,
            instructor: read_person(contest, &text).ok_or_else(|| record.inconsistent("sealed"))?,
            entered_at: record.instant("entered_at")?,
            changed_at: record.instant("changed_at")?,
            state,
            note,
        })
    }
}

fn state_columns(found: &Result<Vec<String>, Doubt>) -> (&'static str, Option<&'static str>) {
    match found {
        Ok(_) => ("matched", None),
        Err(doubt) => ("review", Some(doubt.code())),
    }
}

pub(super) async fn put_awards(tx: &mut Transaction<'static, Any>, id: i64, awards: &[String]) -> Result<(), RegistryError> {
    for award in awards {
        let sql = "INSERT INTO instructor_award (instructor, award) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(id).bind(award.clone()).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn forget_awards(tx: &mut Transaction<'static, Any>, id: i64) -> Result<(), RegistryError> {
    sqlx::query("DELETE FROM instructor_award WHERE instructor = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}

fn written(instructor: &Instructor) -> String {
    let person = Person {
        name: instructor.name.as_str().to_owned(),
        telephone: instructor.telephone.as_str().to_owned(),
        document: instructor.document.as_ref().map(|d| (d.kind().code().to_owned(), d.number().to_owned())),
    };
    // Texts alone: this cannot fail.
    serde_json::to_string(&person).unwrap_or_default()
}

fn read_person(contest: Slug, text: &str) -> Option<Instructor> {
    let Person { name, telephone, document } = serde_json::from_str(text).ok()?;
    let document = match document {
        Some((kind, number)) => Some(IdentityDocument::parse(DocumentKind::from_code(&kind)?, &number).ok()?),
        None => None,
    };
    Some(Instructor { contest, name: PersonName::parse(&name).ok()?, telephone: Telephone::parse(&telephone).ok()?, document })
}

fn place(id: i64) -> String {
    format!("instructor/sealed/{id}")
}

fn note_place(id: i64) -> String {
    format!("instructor/note/{id}")
}
