//! Deciding an objection, and what an upheld one does to awards: with a trail of both sides of each change.

use serde_json::{Value, json};
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::award::Award;
use crate::domain::eligibility::Held;
use crate::domain::issuer::Slug;
use crate::domain::objection::DecisionReason;
use crate::domain::public_list::{Entry, Standing};
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;

use super::awards::{self, AwardRecord};
use super::contests::{ContestError, count};
use super::notice_entries;
use super::objections::{COLUMNS, reason_place};
use super::rows::Record;
use super::{Registry, RegistryError};

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was not upheld; the list stays.
    Rejected,
    /// It was upheld, with what that changes; nothing, where the objection is against the list and no single entry is wrong.
    Upheld(Vec<Remedy>),
}

/// What an upheld objection does to one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The place of the entry.
    pub place: i64,
    /// What is done.
    pub act: Act,
    /// What the public reads at the entry.
    pub remark: CorrectionReason,
}

/// What is done to an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is taken off the list, and never certified.
    Withdraw,
    /// It is put right.
    Change {
        /// As it stood when the change was made up.
        before: Box<Award>,
        /// As it is to stand.
        after: Box<Award>,
    },
}

/// A change of a list, as the public may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The place of the entry.
    pub place: i64,
    /// `changed` or `withdrawn`.
    pub act: Standing,
    /// When.
    pub at: Instant,
    /// What the public reads.
    pub remark: String,
}

impl Registry {
    /// The award of an entry.
    ///
    /// # Errors
    /// [`ContestError::NoEntry`].
    pub async fn award_at(&self, contest: &Slug, place: i64) -> Result<AwardRecord, RegistryError> {
        let entry = self.entry(contest, place).await?.ok_or(ContestError::NoEntry(place))?.entry;
        let sql = format!("SELECT {} FROM award WHERE id = $1", awards::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(entry.award).fetch_one(&self.pool).await?;
        awards::read(&row, &self.keys)
    }

    /// Decides an objection, does to the list what that means, and lets go of what only it held back, in one commit.
    ///
    /// # Errors
    /// [`ContestError`] if it was decided before, an entry is not there or withdrawn already, an award was changed meanwhile or certified.
    pub async fn decide_objection(
        &self,
        id: i64,
        verdict: &Verdict,
        reason: DecisionReason,
        actor: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let upheld = matches!(verdict, Verdict::Upheld(_));
        let action = if upheld { "uphold objection" } else { "reject objection" };
        self.append(&mut tx, at, actor, action, &id.to_string(), "").await?;
        let sql = format!("SELECT {COLUMNS} FROM objection o WHERE o.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?.ok_or(ContestError::NoObjection(id))?;
        let objection = self.read_objection_row(&row)?;
        let state = objection.state.decide(upheld, at, reason.clone()).map_err(ContestError::from)?;
        let sql = "UPDATE objection SET state = $1, decided_at = $2, reason = $3 WHERE id = $4";
        sqlx::query(sql)
            .bind(state.code().to_owned())
            .bind(at.millis())
            .bind(self.keys.seal_field(&reason_place(id), reason.as_str()))
            .bind(id)
            .execute(&mut *tx)
            .await?;
        if let Verdict::Upheld(remedies) = verdict {
            for remedy in remedies {
                self.apply(&mut tx, &objection.contest, id, remedy, (actor, at)).await?;
            }
        }
        if let Some(award) = &objection.award {
            hold(&mut tx, award).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn apply(
        &self,
        tx: &mut Transaction<'static, Any>,
        contest: &Slug,
        objection: i64,
        remedy: &Remedy,
        (actor, at): (&str, Instant),
    ) -> Result<(), RegistryError> {
        let mut row = notice_entries::at(tx, contest, remedy.place).await?.ok_or(ContestError::NoEntry(remedy.place))?;
        if row.standing == Standing::Withdrawn {
            return Err(ContestError::EntryWithdrawn(remedy.place).into());
        }
        let id = row.entry.award.clone();
        let sql = format!("SELECT {}, certificate FROM award WHERE id = $1", awards::COLUMNS);
        let found = sqlx::query(AssertSqlSafe(sql)).bind(id.clone()).fetch_one(&mut **tx).await?;
        let record = Record::new("award", &found, "id")?;
        if let Some(number) = record.optional("certificate", |t| t.parse().ok())? {
            return Err(ContestError::Certified(number).into());
        }
        let current = awards::read(&found, &self.keys)?.award;
        let after = match &remedy.act {
            Act::Withdraw => None,
            Act::Change { before, .. } if **before != current => return Err(ContestError::Moved(contest.clone()).into()),
            Act::Change { after, .. } => Some(after.as_ref()),
        };
        row.remark = remedy.remark.as_str().to_owned();
        row.standing = if after.is_some() { Standing::Changed } else { Standing::Withdrawn };
        if let Some(award) = after {
            row.entry = Entry::of(&id, award).ok_or_else(|| record.inconsistent("achievement"))?;
            self.rewrite(tx, &id, award).await?;
        } else {
            let sql = "UPDATE award SET held = $1 WHERE id = $2";
            sqlx::query(sql).bind(Held::Withdrawn.code().to_owned()).bind(id.clone()).execute(&mut **tx).await?;
        }
        notice_entries::amend(tx, contest, &row).await?;
        self.leave_trail(tx, &id, objection, (&current, after), &row.remark, (actor, at)).await?;
        let action = if after.is_some() { "change award" } else { "withdraw award" };
        self.append(tx, at, actor, action, &id, &format!("objection {objection}")).await
    }

    /// Writes the facts of an award that can be put right. Document, telephone and portrait stay.
    async fn rewrite(&self, tx: &mut Transaction<'static, Any>, id: &str, award: &Award) -> Result<(), RegistryError> {
        let sql = "UPDATE award SET holder_name = $1, school = $2, achievement = $3 WHERE id = $4";
        sqlx::query(sql)
            .bind(award.holder.name.as_str().to_owned())
            .bind(award.holder.school.clone())
            .bind(award.achievement.to_bytes())
            .bind(id.to_owned())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    async fn leave_trail(
        &self,
        tx: &mut Transaction<'static, Any>,
        award: &str,
        objection: i64,
        (before, after): (&Award, Option<&Award>),
        remark: &str,
        (actor, at): (&str, Instant),
    ) -> Result<(), RegistryError> {
        let sql = "SELECT COALESCE(MAX(seq), 0) + 1 FROM award_change WHERE award = $1";
        let seq: i64 = sqlx::query(sql).bind(award.to_owned()).fetch_one(&mut **tx).await?.try_get(0)?;
        let sealed = |side: &str, award_facts: &Award| {
            self.keys.seal_field(&format!("award_change/{side}/{award}/{seq}"), &facts(award_facts).to_string())
        };
        let sql = "INSERT INTO award_change (award, seq, objection, at, actor, act, before, after, remark) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        sqlx::query(sql)
            .bind(award.to_owned())
            .bind(seq)
            .bind(objection)
            .bind(at.millis())
            .bind(actor.to_owned())
            .bind(if after.is_some() { "changed" } else { "withdrawn" })
            .bind(sealed("before", before))
            .bind(after.map(|award| sealed("after", award)))
            .bind(remark.to_owned())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// What objections did to the list of a contest, in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn list_changes(&self, contest: &Slug) -> Result<Vec<Change>, RegistryError> {
        let sql = "SELECT c.award AS row_key, e.place, c.act, c.at, c.remark FROM award_change c JOIN notice_entry e ON e.award = c.award \
                   WHERE e.contest = $1 ORDER BY c.at, e.place, c.seq";
        let rows = sqlx::query(sql).bind(contest.as_str().to_owned()).fetch_all(&self.pool).await?;
        let read = |row| {
            let record = Record::new("award_change", row, "row_key")?;
            Ok(Change {
                place: record.get("place")?,
                act: record.parsed("act", Standing::from_code)?,
                at: record.instant("at")?,
                remark: record.get("remark")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Both sides of each change of an award, the first change first: whole facts, for the committee alone, and in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn award_trail(&self, award: &str, actor: &str, at: Instant) -> Result<Vec<(Value, Option<Value>)>, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "read award changes", award, "").await?;
        let sql = "SELECT award AS row_key, seq, before, after FROM award_change WHERE award = $1 ORDER BY seq";
        let rows = sqlx::query(sql).bind(award.to_owned()).fetch_all(&mut *tx).await?;
        tx.commit().await?;
        let read = |row| {
            let record = Record::new("award_change", row, "row_key")?;
            let seq: i64 = record.get("seq")?;
            let open = |side: &str, column: &'static str, sealed: &[u8]| {
                let text = self.keys.open_field(&format!("award_change/{side}/{award}/{seq}"), sealed);
                text.ok().and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(|| record.inconsistent(column))
            };
            let before = open("before", "before", &record.get::<Vec<u8>>("before")?)?;
            let after = record.get::<Option<Vec<u8>>>("after")?.map(|sealed| open("after", "after", &sealed)).transpose()?;
            Ok((before, after))
        };
        rows.iter().map(read).collect()
    }
}

/// Holds an award back, or lets it go, by what is decided about it.
async fn hold(tx: &mut Transaction<'static, Any>, award: &str) -> Result<(), RegistryError> {
    let sql = "SELECT COUNT(*) FROM objection WHERE award = $1 AND state = 'open'";
    let open = count(&sqlx::query(sql).bind(award.to_owned()).fetch_one(&mut **tx).await?)?;
    let held: Option<String> =
        sqlx::query("SELECT held FROM award WHERE id = $1").bind(award.to_owned()).fetch_one(&mut **tx).await?.try_get(0)?;
    let held = Held::of(held.as_deref() == Some(Held::Withdrawn.code()), open);
    sqlx::query("UPDATE award SET held = $1 WHERE id = $2")
        .bind(held.map(|h| h.code().to_owned()))
        .bind(award.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The facts that can change, as they are sealed.
fn facts(award: &Award) -> Value {
    let achievement: String = award.achievement.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
    json!({ "holder": award.holder.name.as_str(), "school": award.holder.school, "achievement": achievement })
}
