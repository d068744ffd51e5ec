//! Accounts: who may sign in, and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::domain::account::{AccountId, Offices};
use crate::domain::email::Email;
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::rows::{ROWS, Record, placeholders};
use super::{Registry, RegistryError};

/// The columns that make an [`Account`].
pub(super) const COLUMNS: &str =
    "account.id, telephone_sealed, email_sealed, name_sealed, password, offices, totp_sealed, totp_step, created_at, closed_at";

/// An account as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// The telephone that it signs in with.
    pub telephone: Telephone,
    /// Where it reads notices besides, if it has said so.
    pub email: Option<Email>,
    /// The name of the person who uses it.
    pub name: PersonName,
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
    /// The name of the person who uses it.
    pub name: PersonName,
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
            "INSERT INTO account (id, telephone_hash, telephone_sealed, name_hash, name_sealed, password, offices, totp_step, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8) ON CONFLICT (telephone_hash) DO NOTHING",
        )
        .bind(id.clone())
        .bind(self.keys.telephone_hash(&account.telephone))
        .bind(self.keys.seal_field(&telephone_place(&id), account.telephone.as_str()))
        .bind(self.keys.name_hash(&account.name))
        .bind(self.keys.seal_field(&name_place(&id), account.name.as_str()))
        .bind(account.password.clone())
        .bind(account.offices.to_string())
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let sql = "INSERT INTO account_telephone (account_id, telephone_hash, from_at) VALUES ($1, $2, $3)";
        let query = sqlx::query(sql).bind(id).bind(self.keys.telephone_hash(&account.telephone)).bind(now.millis());
        query.execute(&mut *tx).await?;
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

    /// The first `most` accounts of people with this name, in the order in which they were made.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn accounts_by_name(&self, name: &PersonName, most: u32) -> Result<Vec<Account>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM account WHERE name_hash = $1 ORDER BY created_at, id LIMIT $2");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(self.keys.name_hash(name)).bind(i64::from(most)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_account(row)).collect()
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

    /// The names of the people behind some accounts, by the accounts' own; what is no account's is left out.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn account_names(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, PersonName>, RegistryError> {
        let mut names = BTreeMap::new();
        let ids: Vec<&String> = ids.iter().filter(|id| id.parse::<AccountId>().is_ok()).collect();
        for chunk in ids.chunks(ROWS) {
            let sql = format!("SELECT {COLUMNS} FROM account WHERE id IN {}", placeholders(1, chunk.len(), 0));
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind((*id).clone()));
            for row in query.fetch_all(&self.pool).await? {
                let account = self.read_account(&row)?;
                names.insert(account.id.to_string(), account.name);
            }
        }
        Ok(names)
    }

    /// Reads the columns of [`COLUMNS`].
    pub(super) fn read_account(&self, row: &AnyRow) -> Result<Account, RegistryError> {
        let record = Record::new("account", row, "id")?;
        let open = |place: String, sealed: Vec<u8>, column| self.keys.open_field(&place, &sealed).map_err(|_| record.inconsistent(column));
        let telephone = open(telephone_place(&record.key), record.get("telephone_sealed")?, "telephone_sealed")?;
        let name = open(name_place(&record.key), record.get("name_sealed")?, "name_sealed")?;
        let totp = match record.get::<Option<Vec<u8>>>("totp_sealed")? {
            Some(sealed) => Some(Zeroizing::new(open(totp_place(&record.key), sealed, "totp_sealed")?)),
            None => None,
        };
        let email = match record.get::<Option<Vec<u8>>>("email_sealed")? {
            Some(sealed) => {
                let opened = open(email_place(&record.key), sealed, "email_sealed")?;
                Some(Email::parse(&opened).map_err(|_| record.inconsistent("email_sealed"))?)
            }
            None => None,
        };
        let closed_at = match record.get::<Option<i64>>("closed_at")? {
            Some(millis) => Some(Instant::from_millis(millis).map_err(|_| record.inconsistent("closed_at"))?),
            None => None,
        };
        Ok(Account {
            id: record.parsed("id", |t| t.parse().ok())?,
            telephone: Telephone::parse(&telephone).map_err(|_| record.inconsistent("telephone_sealed"))?,
            email,
            name: PersonName::parse(&name).map_err(|_| record.inconsistent("name_sealed"))?,
            password: record.get("password")?,
            offices: record.parsed("offices", |t| t.parse().ok())?,
            totp,
            totp_step: record.get("totp_step")?,
            created_at: record.instant("created_at")?,
            closed_at,
        })
    }
}

pub(super) fn telephone_place(id: &str) -> String {
    format!("account/telephone/{id}")
}

pub(super) fn email_place(id: &str) -> String {
    format!("account/email/{id}")
}

fn name_place(id: &str) -> String {
    format!("account/name/{id}")
}

pub(super) fn totp_place(id: &str) -> String {
    format!("account/totp/{id}")
}
