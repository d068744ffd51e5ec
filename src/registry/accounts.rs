//! Accounts: who may sign in, and what they may do.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use zeroize::Zeroizing;

use crate::domain::account::{AccountId, Offices};
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

/// The columns that make an [`Account`].
pub(super) const COLUMNS: &str = "account.id, telephone_sealed, password, offices, totp_sealed, totp_step, created_at, closed_at";

/// An account as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// The telephone that it signs in with.
    pub telephone: Telephone,
    /// The password's argon2id hash as a PHC string.
    pub password: String,
    /// What it may do.
    pub offices: Offices,
    /// The secret of the second factor, once there is one.
    pub totp: Option<Zeroizing<String>>,
    /// The last step of the second factor that was used.
    pub totp_step: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was closed; it cannot sign in since then.
    pub closed_at: Option<Instant>,
}

/// What makes an account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its name.
    pub id: AccountId,
    /// Its telephone.
    pub telephone: Telephone,
    /// The password's hash as a PHC string.
    pub password: String,
    /// What it may do.
    pub offices: Offices,
}

impl Registry {
    /// Records an account and says so in the audit trail. `false` if another account has the telephone; nothing changes then.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_account(&self, account: &NewAccount, now: Instant, actor: &str) -> Result<bool, RegistryError> {
        let id = account.id.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, actor, "add account", &id, &account.offices.to_string()).await?;
        let added = sqlx::query(
            "INSERT INTO account (id, telephone_hash, telephone_sealed, password, offices, totp_step, created_at) \
             VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (telephone_hash) DO NOTHING",
        )
        .bind(id.clone())
        .bind(self.keys.telephone_hash(&account.telephone))
        .bind(self.keys.seal_field(&telephone_place(&id), account.telephone.as_str()))
        .bind(account.password.clone())
        .bind(account.offices.to_string())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The account with this telephone, closed or not.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn account_by_telephone(&self, telephone: &Telephone) -> Result<Option<Account>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account WHERE telephone_hash = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(self.keys.telephone_hash(telephone)).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_account(row)).transpose()
    }

    /// The account with this name, closed or not.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_account(row)).transpose()
    }

    /// The accounts of the staff in the order in which they were made.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn staff(&self) -> Result<Vec<Account>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account WHERE offices NOT IN ('student', 'school') ORDER BY created_at, id");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_account(row)).collect()
    }

    /// Sets a new password and ends every session of the account.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_password(&self, id: AccountId, password: &str, now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &id.to_string(), "set password", &id.to_string(), "").await?;
        sqlx::query("UPDATE account SET password = $1 WHERE id = $2")
            .bind(password.to_owned())
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        for table in ["session", "known_browser"] {
            let sql = format!("DELETE FROM {table} WHERE account_id = $1");
            sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).execute(&mut *tx).await?;
        }
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
    ) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        let detail = if closed_at.is_some() { "closed".to_owned() } else { offices.to_string() };
        self.append(&mut tx, now, actor, "set roles", &id.to_string(), &detail).await?;
        let done = sqlx::query("UPDATE account SET offices = $1, closed_at = $2 WHERE id = $3")
            .bind(offices.to_string())
            .bind(closed_at.map(Instant::millis))
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM session WHERE account_id = $1").bind(id.to_string()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps the secret of a second factor; `None` takes it away, for a person who lost their device.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_totp(&self, id: AccountId, secret: Option<&str>, now: Instant, actor: &str) -> Result<(), RegistryError> {
        let sealed = secret.map(|s| self.keys.seal_field(&totp_place(&id.to_string()), s));
        let mut tx = self.write().await?;
        let action = if secret.is_some() { "set second factor" } else { "remove second factor" };
        self.append(&mut tx, now, actor, action, &id.to_string(), "").await?;
        sqlx::query("UPDATE account SET totp_sealed = $1, totp_step = 0 WHERE id = $2")
            .bind(sealed)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
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

    /// Reads the columns of [`COLUMNS`].
    pub(super) fn read_account(&self, row: &AnyRow) -> Result<Account, RegistryError> {
        let record = Record::new("account", row, "id")?;
        let open = |place: String, sealed: Vec<u8>, column| self.keys.open_field(&place, &sealed).map_err(|_| record.inconsistent(column));
        let telephone = open(telephone_place(&record.key), record.get("telephone_sealed")?, "telephone_sealed")?;
        let totp = match record.get::<Option<Vec<u8>>>("totp_sealed")? {
            Some(sealed) => Some(Zeroizing::new(open(totp_place(&record.key), sealed, "totp_sealed")?)),
            None => None,
        };
        let closed_at = match record.get::<Option<i64>>("closed_at")? {
            Some(millis) => Some(Instant::from_millis(millis).map_err(|_| record.inconsistent("closed_at"))?),
            None => None,
        };
        Ok(Account {
            id: record.parsed("id", |t| t.parse().ok())?,
            telephone: Telephone::parse(&telephone).map_err(|_| record.inconsistent("telephone_sealed"))?,
            password: record.get("password")?,
            offices: record.parsed("offices", |t| t.parse().ok())?,
            totp,
            totp_step: record.get("totp_step")?,
            created_at: record.instant("created_at")?,
            closed_at,
        })
    }

    /// How many accounts there are of whatever kind.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_accounts(&self) -> Result<u64, RegistryError> {
        let count: i64 = sqlx::query("SELECT COUNT(*) FROM account").fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

fn telephone_place(id: &str) -> String {
    format!("account/telephone/{id}")
}

fn totp_place(id: &str) -> String {
    format!("account/totp/{id}")
}
