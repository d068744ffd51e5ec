//! What is changed about an account. Each change is in the audit trail, and in the same commit ends the sessions that it concerns.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::{AccountId, Offices};
use crate::domain::email::Email;
use crate::domain::time::Instant;

use super::accounts::{email_place, totp_place};
use super::{Registry, RegistryError};

/// What came of a change of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reassigned {
    /// It is done.
    Done,
    /// There is no such account.
    Unknown,
    /// Nothing was changed: no administrator would be left.
    LastAdministrator,
}

impl Registry {
    /// Sets a new password and ends every session of the account. Browsers that it knew are strangers from then on.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_password(&self, id: AccountId, password: &str, now: Instant) -> Result<(), RegistryError> {
        let id = id.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &id, "set password", &id, "").await?;
        sqlx::query("UPDATE account SET password = $1 WHERE id = $2").bind(password.to_owned()).bind(id.clone()).execute(&mut *tx).await?;
        forget(&mut tx, &id, &["session", "known_browser"]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets what an account may do, or closes it, and ends its sessions.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_offices(
        &self,
        id: AccountId,
        offices: &Offices,
        closed_at: Option<Instant>,
        now: Instant,
        actor: &str,
    ) -> Result<Reassigned, RegistryError> {
        let id = id.to_string();
        let mut tx = self.write().await?;
        let (action, detail) = if closed_at.is_some() { ("close account", String::new()) } else { ("set roles", offices.to_string()) };
        // The trail's lock comes first, so that two who take each other's role away do so one after the other.
        self.append(&mut tx, now, actor, action, &id, &detail).await?;
        let before = administrators(&mut tx).await?;
        let done = sqlx::query("UPDATE account SET offices = $1, closed_at = $2 WHERE id = $3")
            .bind(offices.to_string())
            .bind(closed_at.map(Instant::millis))
            .bind(id.clone())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(Reassigned::Unknown);
        }
        if before > 0 && administrators(&mut tx).await? == 0 {
            tx.rollback().await?;
            return Ok(Reassigned::LastAdministrator);
        }
        forget(&mut tx, &id, &["session"]).await?;
        tx.commit().await?;
        Ok(Reassigned::Done)
    }

    /// Sets where an account reads notices besides, or nowhere.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_email(&self, id: AccountId, email: Option<&Email>, now: Instant) -> Result<(), RegistryError> {
        let id = id.to_string();
        let sealed = email.map(|email| self.keys.seal_field(&email_place(&id), email.as_str()));
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &id, if email.is_some() { "set email" } else { "remove email" }, &id, "").await?;
        sqlx::query("UPDATE account SET email_sealed = $1 WHERE id = $2").bind(sealed).bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps the secret of a second factor for an account that has none. Answers whether it was kept.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_totp(&self, id: AccountId, secret: &str, now: Instant) -> Result<bool, RegistryError> {
        let id = id.to_string();
        let sealed = self.keys.seal_field(&totp_place(&id), secret);
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &id, "set second factor", &id, "").await?;
        let done = sqlx::query("UPDATE account SET totp_sealed = $1, totp_step = 0 WHERE id = $2 AND totp_sealed IS NULL")
            .bind(sealed)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Takes the second factor away from a person who lost their device, and ends the account's sessions. `false` if it has none.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn remove_totp(&self, id: AccountId, now: Instant, actor: &str) -> Result<bool, RegistryError> {
        let id = id.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, actor, "remove second factor", &id, "").await?;
        let sql = "UPDATE account SET totp_sealed = NULL WHERE id = $1 AND totp_sealed IS NOT NULL";
        let done = sqlx::query(sql).bind(id.clone()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        forget(&mut tx, &id, &["session", "known_browser"]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Spends a step of the second factor: `false` if it, or a later one, was spent before.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn spend_totp_step(&self, id: AccountId, step: i64) -> Result<bool, RegistryError> {
        let done = sqlx::query("UPDATE account SET totp_step = $1 WHERE id = $2 AND totp_step < $1")
            .bind(step)
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends every session of an account by another's hand. Answers how many there were.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn end_sessions_of(&self, id: AccountId, now: Instant, actor: &str) -> Result<u64, RegistryError> {
        let id = id.to_string();
        let mut tx = self.write().await?;
        let sql = "SELECT COUNT(*) FROM session WHERE account_id = $1 AND ends_at > $2";
        self.lock_trail(&mut tx).await?;
        let open: i64 = sqlx::query(sql).bind(id.clone()).bind(now.millis()).fetch_one(&mut *tx).await?.try_get(0)?;
        self.append(&mut tx, now, actor, "end sessions", &id, &open.to_string()).await?;
        forget(&mut tx, &id, &["session"]).await?;
        tx.commit().await?;
        Ok(u64::try_from(open).unwrap_or(0))
    }

    /// Notes in the audit trail that somebody read about accounts.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn note_account_read(&self, subject: &str, detail: &str, now: Instant, actor: &str) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, now, actor, "read account", subject, detail).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// How many open accounts may change others.
async fn administrators(tx: &mut Transaction<'static, Any>) -> Result<i64, RegistryError> {
    let sql = "SELECT COUNT(*) FROM account WHERE offices LIKE '%administrator%' AND closed_at IS NULL";
    Ok(sqlx::query(sql).fetch_one(&mut **tx).await?.try_get(0)?)
}

/// Deletes an account's rows of some tables.
async fn forget(tx: &mut Transaction<'static, Any>, id: &str, tables: &[&str]) -> Result<(), RegistryError> {
    for table in tables {
        let sql = format!("DELETE FROM {table} WHERE account_id = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).execute(&mut **tx).await?;
    }
    Ok(())
}
