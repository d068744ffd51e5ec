//! Accounts that move to a new telephone: the requests, and the move itself, which is one commit.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::{AccountId, Office};
use crate::domain::moving::{MoveNote, MoveState};
use crate::domain::proofing::{CaseKind, CaseState};
use crate::domain::status::CorrectionReason;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::accounts::{Account, email_place, telephone_place, totp_place};
use super::rows::Record;
use super::{Registry, RegistryError};

/// Tables whose rows simply go on with the account that goes on.
const FOLLOWING: &[&str] = &["claim", "fee_order", "coupon_grant"];
/// Tables of which an account has one row for each award: a row goes on where there is none yet.
const FOLLOWING_ONCE: &[&str] = &["award_match", "holder_report"];

/// Why a request to move is not made or decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// There is none of this number.
    #[error("没有这项申请 / there is no such request")]
    Unknown,
    /// It was decided before.
    #[error("此项申请已处理 / the request was decided already")]
    Decided,
    /// The account has asked already.
    #[error("您已提交过申请，请等待处理结果 / you have asked already: wait for the decision")]
    Asked,
    /// Nobody has the old number, or somebody who is no student.
    #[error("该手机号没有可以迁移的学生账号，只能驳回 / no student’s account has this number: it can only be refused")]
    NoAccount,
    /// The account that asks is closed, or is no student's.
    #[error("申请人的账号已关闭 / the account that asks was closed")]
    Closed,
    /// What was verified does not show one person, and no reason was given.
    #[error("两个账号的认证不能证明是同一人：同意时须写明理由 / the verifications do not show one person: give a reason if you approve")]
    Unreasoned,
}

/// A request to move, as recorded.
#[derive(Debug, Clone)]
pub struct MoveRecord {
    /// Counted from 1.
    pub id: i64,
    /// The new account, which asks.
    pub account: AccountId,
    /// The telephone of the earlier account.
    pub telephone: Telephone,
    /// What the holder says.
    pub note: String,
    /// What became of it.
    pub state: MoveState,
    /// Since when it waits.
    pub asked_at: Instant,
    /// Why it was refused, or approved without proof.
    pub reason: Option<String>,
}

/// What a move has brought together.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The account that goes on.
    pub earlier: AccountId,
    /// The telephone that it had.
    pub old_telephone: Telephone,
    /// Whether a case of the centre that counts came with the new account.
    pub centre: bool,
}

const COLUMNS: &str = "CAST(id AS TEXT) AS row_key, id, account_id, telephone, note, state, asked_at, reason";

impl Registry {
    /// Keeps a request to move.
    ///
    /// # Errors
    /// [`MoveError::Asked`] if the account has one that is not decided.
    pub async fn ask_move(&self, account: AccountId, telephone: &Telephone, note: &MoveNote, now: Instant) -> Result<(), RegistryError> {
        let by = account.to_string();
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM account_move").fetch_one(&mut *tx).await?.try_get(0)?;
        let sql = "INSERT INTO account_move (id, account_id, telephone, telephone_hash, note, state, asked_at) \
                   VALUES ($1, $2, $3, $4, $5, 'asked', $6) ON CONFLICT DO NOTHING";
        let added = sqlx::query(sql)
            .bind(id)
            .bind(by.clone())
            .bind(self.keys.seal_field(&place("telephone", id), telephone.as_str()))
            .bind(self.keys.telephone_hash(telephone))
            .bind(self.keys.seal_field(&place("note", id), note.as_str()))
            .bind(now.millis())
            .execute(&mut *tx)
            .await?;
        if added.rows_affected() == 0 {
            return Err(MoveError::Asked.into());
        }
        self.append(&mut tx, now, &by, "ask to move", &id.to_string(), "").await?;
        tx.commit().await?;
        Ok(())
    }

    /// The last request of an account.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn last_move(&self, account: AccountId) -> Result<Option<MoveRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account_move WHERE account_id = $1 ORDER BY id DESC LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_move(row)).transpose()
    }

    /// The first requests that wait, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_moves(&self, limit: u32) -> Result<Vec<MoveRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account_move WHERE state = 'asked' ORDER BY asked_at, id LIMIT $1");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_move(row)).collect()
    }

    /// One request, whatever became of it. That somebody read it is in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn read_out_move(&self, id: i64, actor: &str, at: Instant) -> Result<Option<MoveRecord>, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "read move", &id.to_string(), "").await?;
        let found = self.move_in(&mut tx, id).await?;
        if found.is_some() {
            tx.commit().await?;
        }
        Ok(found)
    }

    /// Refuses a request, for a reason that its holder reads.
    ///
    /// # Errors
    /// [`MoveError`] if there is none, or it was decided.
    pub async fn refuse_move(&self, id: i64, reason: &CorrectionReason, actor: &str, at: Instant) -> Result<MoveRecord, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "refuse move", &id.to_string(), "").await?;
        let asked = self.asked_in(&mut tx, id).await?;
        self.decide(&mut tx, id, (MoveState::Refused, None), Some(reason), at).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// Moves an account: the earlier one takes over telephone, password, second factor and sessions of the new one, and whatever the new one
    /// has that it has not; the new one is closed. One commit.
    ///
    /// # Errors
    /// [`MoveError`] if there is no such request, it was decided, or there is nothing to move; nothing is changed then.
    pub async fn approve_move(
        &self,
        id: i64,
        earlier: AccountId,
        reason: Option<&CorrectionReason>,
        actor: &str,
        at: Instant,
    ) -> Result<Moved, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "approve move", &id.to_string(), "").await?;
        let asked = self.asked_in(&mut tx, id).await?;
        let new = self.student_in(&mut tx, asked.account).await?.ok_or(MoveError::Closed)?;
        let old = self.student_in(&mut tx, earlier).await?.ok_or(MoveError::NoAccount)?;
        // The number may have gone on since the reviewer looked.
        if old.telephone != asked.telephone || old.id == new.id {
            return Err(MoveError::NoAccount.into());
        }
        self.hand_over_account(&mut tx, &new, &old, at).await?;
        let mut centre = false;
        for kind in [CaseKind::RealName, CaseKind::Enrolment, CaseKind::Centre] {
            let came = self.hand_over_cases(&mut tx, (&new, &old), kind, (actor, at)).await?;
            centre |= came && kind == CaseKind::Centre;
        }
        let (from, to) = (new.id.to_string(), old.id.to_string());
        for table in FOLLOWING {
            let sql = format!("UPDATE {table} SET account_id = $1 WHERE account_id = $2");
            sqlx::query(AssertSqlSafe(sql)).bind(to.clone()).bind(from.clone()).execute(&mut *tx).await?;
        }
        for table in FOLLOWING_ONCE {
            let sql = format!(
                "UPDATE {table} SET account_id = $1 WHERE account_id = $2 AND award NOT IN (SELECT award FROM {table} WHERE account_id = $1)"
            );
            sqlx::query(AssertSqlSafe(sql)).bind(to.clone()).bind(from.clone()).execute(&mut *tx).await?;
        }
        self.decide(&mut tx, id, (MoveState::Approved, Some(old.id)), reason, at).await?;
        tx.commit().await?;
        Ok(Moved { earlier: old.id, old_telephone: old.telephone, centre })
    }

    /// Telephone, password, second factor, address, sessions and browsers.
    async fn hand_over_account(
        &self,
        tx: &mut Transaction<'static, Any>,
        new: &Account,
        old: &Account,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let (from, to) = (new.id.to_string(), old.id.to_string());
        super::telephones::keep_grants(tx, &from).await?;
        super::telephones::keep_grants(tx, &to).await?;
        // The closed account lets go of its number, which is the other's from now on.
        let nobodys = self.keys.secret_hash("telephone of a moved account", &[from.as_bytes()]);
        let sql = "UPDATE account SET telephone_hash = $1, closed_at = $2, totp_sealed = NULL, email_sealed = NULL WHERE id = $3";
        sqlx::query(sql).bind(nobodys).bind(at.millis()).bind(from.clone()).execute(&mut **tx).await?;
        let email = new.email.as_ref().or(old.email.as_ref());
        sqlx::query(
            "UPDATE account SET telephone_hash = $1, telephone_sealed = $2, password = $3, totp_sealed = $4, totp_step = $5, email_sealed = $6 \
             WHERE id = $7",
        )
        .bind(self.keys.telephone_hash(&new.telephone))
        .bind(self.keys.seal_field(&telephone_place(&to), new.telephone.as_str()))
        .bind(new.password.clone())
        .bind(new.totp.as_ref().map(|secret| self.keys.seal_field(&totp_place(&to), secret)))
        .bind(new.totp_step)
        .bind(email.map(|email| self.keys.seal_field(&email_place(&to), email.as_str())))
        .bind(to.clone())
        .execute(&mut **tx)
        .await?;
        let sql = "UPDATE account_telephone SET until_at = $1 WHERE account_id = $2 AND until_at IS NULL";
        sqlx::query(sql).bind(at.millis()).bind(to.clone()).execute(&mut **tx).await?;
        // Whoever has the lost telephone in hand is signed in no more.
        for table in ["session", "known_browser"] {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE account_id = $1"))).bind(to.clone()).execute(&mut **tx).await?;
        }
        for table in ["account_telephone", "session", "known_browser"] {
            let sql = format!("UPDATE {table} SET account_id = $1 WHERE account_id = $2");
            sqlx::query(AssertSqlSafe(sql)).bind(to.clone()).bind(from.clone()).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// The cases of a kind go on where the earlier account has none, or none that counts while the new one has. Answers whether one that
    /// counts came.
    async fn hand_over_cases(
        &self,
        tx: &mut Transaction<'static, Any>,
        (new, old): (&Account, &Account),
        kind: CaseKind,
        (actor, at): (&str, Instant),
    ) -> Result<bool, RegistryError> {
        let (theirs, ours) = (self.live_in(tx, new.id, kind).await?, self.live_in(tx, old.id, kind).await?);
        let counts = |case: &super::Case| matches!(case.state, CaseState::Approved { .. });
        let came = theirs.as_ref().is_some_and(counts);
        let goes = theirs.is_some() && ours.as_ref().is_none_or(|ours| came && !counts(ours));
        if !goes {
            return Ok(false);
        }
        let (from, to) = (new.id.to_string(), old.id.to_string());
        // What was begun and does not count changes places, by way of a kind that there is not: an account has one live case of each.
        let begun = ours.map(|case| case.id);
        if let Some(id) = begun {
            sqlx::query("UPDATE proofing_case SET kind = 'moving' WHERE id = $1").bind(id).execute(&mut **tx).await?;
        }
        let sql = "UPDATE proofing_case SET account_id = $1 WHERE account_id = $2 AND kind = $3";
        sqlx::query(sql).bind(to.clone()).bind(from.clone()).bind(kind.code()).execute(&mut **tx).await?;
        if let Some(id) = begun {
            // Whoever handed in first in time did so, whichever account it was.
            let first = "(SELECT first_submitted_at FROM proofing_case WHERE id = $1)";
            let sql = format!(
                "UPDATE proofing_case SET first_submitted_at = {first} WHERE account_id = $2 AND kind = $3 AND first_submitted_at > {first}"
            );
            sqlx::query(AssertSqlSafe(sql)).bind(id).bind(to.clone()).bind(kind.code()).execute(&mut **tx).await?;
            sqlx::query("UPDATE proofing_case SET kind = $1, account_id = $2 WHERE id = $3")
                .bind(kind.code())
                .bind(from)
                .bind(id)
                .execute(&mut **tx)
                .await?;
        }
        if came {
            self.supersede_in(tx, (old.id, kind), (actor, at)).await?;
        }
        Ok(came)
    }

    async fn student_in(&self, tx: &mut Transaction<'static, Any>, id: AccountId) -> Result<Option<Account>, RegistryError> {
        let sql = format!("SELECT {} FROM account WHERE id = $1", super::accounts::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&mut **tx).await?;
        let account = row.as_ref().map(|row| self.read_account(row)).transpose()?;
        Ok(account.filter(|account| account.closed_at.is_none() && account.offices.has(Office::Student)))
    }

    async fn decide(
        &self,
        tx: &mut Transaction<'static, Any>,
        id: i64,
        (state, earlier): (MoveState, Option<AccountId>),
        reason: Option<&CorrectionReason>,
        at: Instant,
    ) -> Result<(), RegistryError> {
        sqlx::query("UPDATE account_move SET state = $1, earlier = $2, decided_at = $3, reason = $4 WHERE id = $5")
            .bind(state.code())
            .bind(earlier.map(|id| id.to_string()))
            .bind(at.millis())
            .bind(reason.map(|reason| self.keys.seal_field(&place("reason", id), reason.as_str())))
            .bind(id)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    async fn asked_in(&self, tx: &mut Transaction<'static, Any>, id: i64) -> Result<MoveRecord, RegistryError> {
        let found = self.move_in(tx, id).await?.ok_or(MoveError::Unknown)?;
        if found.state == MoveState::Asked { Ok(found) } else { Err(MoveError::Decided.into()) }
    }

    async fn move_in(&self, tx: &mut Transaction<'static, Any>, id: i64) -> Result<Option<MoveRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account_move WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut **tx).await?;
        row.as_ref().map(|row| self.read_move(row)).transpose()
    }

    fn read_move(&self, row: &AnyRow) -> Result<MoveRecord, RegistryError> {
        let record = Record::new("account_move", row, "row_key")?;
        let id: i64 = record.get("id")?;
        let open = |column: &'static str, sealed: Vec<u8>| {
            self.keys.open_field(&place(column, id), &sealed).map_err(|_| record.inconsistent(column))
        };
        let telephone = open("telephone", record.get("telephone")?)?;
        let reason: Option<Vec<u8>> = record.get("reason")?;
        Ok(MoveRecord {
            id,
            account: record.parsed("account_id", |t| t.parse().ok())?,
            telephone: Telephone::parse(&telephone).map_err(|_| record.inconsistent("telephone"))?,
            note: open("note", record.get("note")?)?,
            state: record.parsed("state", MoveState::from_code)?,
            asked_at: record.instant("asked_at")?,
            reason: reason.map(|sealed| open("reason", sealed)).transpose()?,
        })
    }
}

fn place(column: &str, id: i64) -> String {
    format!("account_move/{column}/{id}")
}
