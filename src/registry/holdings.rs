//! Whose award it is: awards that resemble an account, the matches that people decide, and the holders who registered in time.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::account::AccountId;
use crate::domain::eligibility::Held;
use crate::domain::holding::{Agreement, Doubt};
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::proofing::{CaseKind, CaseState, Field, Proofed, RealName};
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;

use super::awards::{self, AwardRecord};
use super::rows::{ROWS, Record, placeholders};
use super::telephones::{IMPORTED, holder_of};
use super::{Case, Registry, RegistryError};

/// Why a match or a report stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldingError {
    /// There is none of this number.
    #[error("没有这一项 / there is no such item")]
    Unknown,
    /// It was decided before.
    #[error("此项已处理 / it was decided already")]
    Decided,
    /// The award was confirmed for another account.
    #[error("该奖项已确认属于另一账号 / the award was confirmed for another account")]
    Taken,
    /// A report about the award is not decided yet.
    #[error("您对该奖项已有一份反馈正在处理 / your report about this award is being looked at")]
    Reported,
}

/// What verification has shown about an account.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Where it stands.
    pub proofed: Proofed,
    /// The verified name and document.
    pub real_name: Option<RealName>,
    /// The verified school, as it is on the list of schools.
    pub school: Option<String>,
    /// The name and document that the issuing centre has verified.
    pub centre: Option<RealName>,
}

impl Known {
    /// Takes in a case that was submitted at least once.
    pub(super) fn add(&mut self, case: Case) {
        let approved = if let CaseState::Approved { at } = case.state { Some(at) } else { None };
        let standing = match case.kind {
            CaseKind::RealName => &mut self.proofed.real_name,
            CaseKind::Enrolment => &mut self.proofed.enrolment,
            CaseKind::Centre => &mut self.proofed.centre,
            // A school's account holds no award.
            CaseKind::School => return,
        };
        standing.verified_since = standing.verified_since.max(approved);
        standing.first_submitted = [standing.first_submitted, case.first_submitted].into_iter().flatten().min();
        match case.kind {
            CaseKind::RealName if approved.is_some() => self.real_name = RealName::parse(&case.typed).ok(),
            CaseKind::Centre if approved.is_some() => self.centre = RealName::parse(&case.typed).ok(),
            CaseKind::Enrolment if approved.is_some() => self.school = Some(case.typed.get(Field::School).to_owned()),
            _ => {}
        }
    }
}

/// An award that may be an account's.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The award.
    pub record: AwardRecord,
    /// Whether an objection holds it back.
    pub held: Option<Held>,
    /// The number of its certificate, once one is reserved.
    pub certificate: Option<CertificateNumber>,
    /// What was decided about it and this account, if anybody had to.
    pub match_state: Option<MatchState>,
    /// Whether it was confirmed for another account.
    pub is_anothers: bool,
    /// Whether its telephone was this account's when it was imported.
    pub telephone: Agreement,
    /// Whether a school has entered the instructor whose award it is, with the telephone and name of the account.
    pub is_entered: bool,
}

/// What became of a doubtful match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchState {
    /// It waits for a reviewer.
    Open,
    /// The award is the account's.
    Confirmed,
    /// It is not.
    Refused,
}

impl MatchState {
    fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Open, Self::Confirmed, Self::Refused].into_iter().find(|state| state.code() == code)
    }
}

/// A doubtful match, as the reviewer's queue has it.
#[derive(Debug, Clone)]
pub struct MatchRecord {
    /// Counted from 1.
    pub id: i64,
    /// The award.
    pub award: AwardRecord,
    /// The account.
    pub account: AccountId,
    /// Why it is doubtful.
    pub doubt: Doubt,
    /// What became of it.
    pub state: MatchState,
    /// Since when it waits.
    pub found_at: Instant,
}

/// An award whose holder was not found registered yet.
#[derive(Debug, Clone)]
pub struct Unadmitted {
    /// The award.
    pub record: AwardRecord,
    /// The account for which a reviewer confirmed it.
    pub confirmed: Option<AccountId>,
    /// The account whose telephone it was imported with, unless a reviewer refused it.
    pub by_telephone: Option<AccountId>,
}

impl Registry {
    /// Awards that share a telephone that the account has or had, document, or name and school with it, and those about which somebody
    /// decided for it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn awards_like(&self, account: AccountId, name: &PersonName, known: &Known) -> Result<Vec<Candidate>, RegistryError> {
        let document = known.real_name.as_ref().map(|real| self.keys.document_hash(&real.document));
        let sql = format!(
            "SELECT {}, held, certificate, \
             CASE WHEN telephone_hash IS NULL THEN 'unknown' WHEN {holder} = $1 THEN 'same' ELSE 'different' END AS telephone_is, \
             (SELECT m.state FROM award_match m WHERE m.award = award.id AND m.account_id = $1) AS match_state, \
             (SELECT COUNT(*) FROM award_match m WHERE m.award = award.id AND m.account_id <> $1 AND m.state = 'confirmed') AS taken, \
             (SELECT COUNT(*) FROM instructor_award e JOIN instructor i ON i.id = e.instructor WHERE e.award = award.id AND \
             i.state = 'matched' AND {vouched} = $1 AND i.name_hash = $5) AS entered \
             FROM award WHERE id IN (SELECT a.id FROM award a JOIN account_telephone n ON n.telephone_hash = a.telephone_hash \
             WHERE n.account_id = $1 \
             UNION SELECT id FROM award WHERE document_hash = $2 \
             UNION SELECT id FROM award WHERE holder_name = $3 AND school = $4 \
             UNION SELECT e.award FROM instructor_award e JOIN instructor i ON i.id = e.instructor \
             JOIN account_telephone n ON n.telephone_hash = i.telephone_hash WHERE n.account_id = $1 \
             UNION SELECT award FROM award_match WHERE account_id = $1) ORDER BY seq",
            awards::COLUMNS,
            holder = holder_of("award.telephone_hash", IMPORTED),
            vouched = holder_of("i.telephone_hash", "i.entered_at"),
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(account.to_string())
            .bind(document)
            .bind(name.as_str().to_owned())
            .bind(known.school.clone())
            .bind(self.keys.name_hash(name))
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let record = Record::new("award", row, "id")?;
            Ok(Candidate {
                record: awards::read(row, &self.keys)?,
                held: record.optional("held", Held::from_code)?,
                certificate: record.optional("certificate", |t| t.parse().ok())?,
                match_state: record.optional("match_state", MatchState::from_code)?,
                is_anothers: record.get::<i64>("taken")? > 0,
                telephone: match record.get::<&str>("telephone_is")? {
                    "same" => Agreement::Same,
                    "different" => Agreement::Different,
                    _ => Agreement::Unknown,
                },
                is_entered: record.get::<i64>("entered")? > 0,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Puts doubtful matches into the reviewers' queue; those that were there stay as they are.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn note_doubts(&self, account: AccountId, doubts: &[(String, Doubt)], now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        for (award, doubt) in doubts {
            let sql = "INSERT INTO award_match (id, award, account_id, doubt, state, found_at) \
                       VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM award_match), $1, $2, $3, 'open', $4) \
                       ON CONFLICT (award, account_id) DO NOTHING";
            let added = sqlx::query(sql)
                .bind(award.clone())
                .bind(account.to_string())
                .bind(doubt.code())
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
            if added.rows_affected() == 1 {
                self.append(&mut tx, now, &account.to_string(), "doubtful match", award, doubt.code()).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The first doubtful matches that wait, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_matches(&self, limit: u32) -> Result<Vec<MatchRecord>, RegistryError> {
        let sql = format!("{} WHERE m.state = 'open' ORDER BY m.found_at, m.id LIMIT $1", matches());
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_match(row)).collect()
    }

    /// How many doubtful matches wait.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_open_matches(&self) -> Result<u64, RegistryError> {
        let count: i64 = sqlx::query("SELECT COUNT(*) FROM award_match WHERE state = 'open'").fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// One match, whatever became of it. That somebody read it is in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn read_out_match(&self, id: i64, actor: &str, at: Instant) -> Result<Option<MatchRecord>, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "read match", &id.to_string(), "").await?;
        let sql = format!("{} WHERE m.id = $1", matches());
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
        let found = row.as_ref().map(|row| self.read_match(row)).transpose()?;
        if found.is_some() {
            tx.commit().await?;
        }
        Ok(found)
    }

    /// Decides a doubtful match.
    ///
    /// # Errors
    /// [`HoldingError`] if there is none, it was decided, or the award was confirmed for another account.
    pub async fn decide_match(
        &self,
        id: i64,
        verdict: Result<(), &CorrectionReason>,
        actor: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let action = if verdict.is_ok() { "confirm match" } else { "refuse match" };
        self.append(&mut tx, at, actor, action, &id.to_string(), "").await?;
        let row = sqlx::query("SELECT award, state FROM award_match WHERE id = $1").bind(id).fetch_optional(&mut *tx).await?;
        let row = row.ok_or(HoldingError::Unknown)?;
        let (award, state): (String, String) = (row.try_get("award")?, row.try_get("state")?);
        if state != MatchState::Open.code() {
            return Err(HoldingError::Decided.into());
        }
        let sql = "SELECT COUNT(*) FROM award_match WHERE award = $1 AND state = 'confirmed'";
        let confirmed: i64 = sqlx::query(sql).bind(award).fetch_one(&mut *tx).await?.try_get(0)?;
        if verdict.is_ok() && confirmed > 0 {
            return Err(HoldingError::Taken.into());
        }
        let state = if verdict.is_ok() { MatchState::Confirmed } else { MatchState::Refused };
        sqlx::query("UPDATE award_match SET state = $1, decided_at = $2, reason = $3 WHERE id = $4")
            .bind(state.code())
            .bind(at.millis())
            .bind(verdict.err().map(|reason| self.keys.seal_field(&reason_place(id), reason.as_str())))
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Why the matches of an account were refused, by award.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn refusals_of(&self, account: AccountId) -> Result<Vec<(String, String)>, RegistryError> {
        let sql = "SELECT CAST(id AS TEXT) AS row_key, id, award, reason FROM award_match WHERE account_id = $1 AND state = 'refused'";
        let rows = sqlx::query(sql).bind(account.to_string()).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("award_match", row, "row_key")?;
            let sealed: Vec<u8> = record.get("reason")?;
            let reason = self.keys.open_field(&reason_place(record.get("id")?), &sealed).map_err(|_| record.inconsistent("reason"))?;
            Ok((record.get("award")?, reason))
        };
        rows.iter().map(read).collect()
    }

    /// Awards of a programme that could be certified but for their holder's registration, in the order of import, after `after_seq`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn unadmitted(&self, programme: &Slug, after_seq: i64, limit: u32) -> Result<Vec<Unadmitted>, RegistryError> {
        let sql = format!(
            "SELECT {}, (SELECT m.account_id FROM award_match m WHERE m.award = award.id AND m.state = 'confirmed') AS confirmed, \
             (SELECT a.id FROM account a WHERE a.id = {holder} AND a.closed_at IS NULL AND NOT EXISTS \
             (SELECT 1 FROM award_match m WHERE m.award = award.id AND m.account_id = a.id AND m.state = 'refused')) AS by_telephone \
             FROM award WHERE programme = $1 AND certificate IS NULL AND held IS NULL AND admitted_at IS NULL AND seq > $2 \
             ORDER BY seq LIMIT $3",
            awards::COLUMNS,
            holder = holder_of("award.telephone_hash", IMPORTED),
        );
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(programme.as_str()).bind(after_seq).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("award", row, "id")?;
            let account = |column| record.optional(column, |t| t.parse::<AccountId>().ok());
            Ok(Unadmitted {
                confirmed: account("confirmed")?,
                by_telephone: account("by_telephone")?,
                record: awards::read(row, &self.keys)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Lets awards be certified whose holders were found registered. One commit.
    ///
    /// # Errors
    /// [`RegistryError`]; nothing is changed then.
    pub async fn admit(&self, programme: &Slug, admitted: &[String], actor: &str, at: Instant) -> Result<(), RegistryError> {
        if admitted.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "admit awards", programme.as_str(), &admitted.len().to_string()).await?;
        for chunk in admitted.chunks(ROWS) {
            let sql = format!("UPDATE award SET admitted_at = $1 WHERE id IN {}", placeholders(1, chunk.len(), 1));
            let query = sqlx::query(AssertSqlSafe(sql)).bind(at.millis());
            chunk.iter().fold(query, |query, award| query.bind(award.clone())).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Admitted awards whose certificates were released and whose holders were not told: award, programme, account.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn untold(&self, now: Instant, limit: u32) -> Result<Vec<(String, Slug, AccountId)>, RegistryError> {
        let sql = format!(
            "SELECT id, programme, account_id FROM (SELECT award.id, award.programme, COALESCE( \
             (SELECT m.account_id FROM award_match m WHERE m.award = award.id AND m.state = 'confirmed'), {holder}, \
             (SELECT MIN({vouched}) FROM instructor_award e JOIN instructor i ON i.id = e.instructor \
             WHERE e.award = award.id AND i.state = 'matched')) AS account_id \
             FROM award JOIN certificate c ON c.number = award.certificate WHERE award.admitted_at IS NOT NULL AND \
             award.told_at IS NULL AND c.state = 'valid' AND c.release_at <= $1) due WHERE account_id IS NOT NULL LIMIT $2",
            holder = holder_of("award.telephone_hash", IMPORTED),
            vouched = holder_of("i.telephone_hash", "i.entered_at"),
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(now.millis()).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("award", row, "id")?;
            let account = record.parsed("account_id", |t| t.parse().ok())?;
            Ok((record.key.clone(), record.parsed("programme", |t| t.parse().ok())?, account))
        };
        rows.iter().map(read).collect()
    }

    /// Takes the telling of a holder upon this process. `false` if another one has.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_telling(&self, award: &str, now: Instant) -> Result<bool, RegistryError> {
        let sql = "UPDATE award SET told_at = $1 WHERE id = $2 AND told_at IS NULL";
        Ok(sqlx::query(sql).bind(now.millis()).bind(award.to_owned()).execute(&self.pool).await?.rows_affected() == 1)
    }

    fn read_match(&self, row: &AnyRow) -> Result<MatchRecord, RegistryError> {
        let record = Record::new("award_match", row, "row_key")?;
        Ok(MatchRecord {
            id: record.get("match_id")?,
            award: awards::read(row, &self.keys)?,
            account: record.parsed("account_id", |t| t.parse().ok())?,
            doubt: record.parsed("doubt", Doubt::from_code)?,
            state: record.parsed("state", MatchState::from_code)?,
            found_at: record.instant("found_at")?,
        })
    }
}

/// Matches with their awards: the columns of both.
fn matches() -> String {
    let columns: Vec<String> = awards::COLUMNS.split(", ").map(|column| format!("award.{column}")).collect();
    format!(
        "SELECT {}, CAST(m.id AS TEXT) AS row_key, m.id AS match_id, m.account_id, m.doubt, m.state, m.found_at \
         FROM award_match m JOIN award ON award.id = m.award",
        columns.join(", ")
    )
}

fn reason_place(id: i64) -> String {
    format!("award_match/reason/{id}")
}
