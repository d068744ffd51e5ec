//! Sessions, known browsers and one-time codes: secrets that others hold, of which the records have keyed hashes alone.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::account::{AccountId, CodePurpose, Session};
use crate::domain::time::Instant;

use super::accounts::{self, Account};
use super::rows::Record;
use super::{Registry, RegistryError};

const SESSION: &str = "session";
const BROWSER: &str = "browser";
const CODE: &str = "code";
const COLUMNS: &str = "name, began_at, seen_at, ends_at, browser, second_factor";

/// What a one-time code belongs to.
#[derive(Debug, Clone, Copy)]
pub struct CodePlace<'a> {
    /// What it is good for.
    pub purpose: CodePurpose,
    /// Where it was sent.
    pub to: &'a str,
    /// The secret of the browser that asked for it.
    pub ticket: &'a [u8],
}

impl Registry {
    /// Records a session under the secret in its cookie.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn begin_session(&self, secret: &[u8], account: AccountId, session: &Session) -> Result<(), RegistryError> {
        let sql = "INSERT INTO session (id, name, account_id, began_at, seen_at, ends_at, browser, second_factor) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sqlx::query(sql)
            .bind(self.keys.secret_hash(SESSION, &[secret]))
            .bind(session.name.clone())
            .bind(account.to_string())
            .bind(session.began.millis())
            .bind(session.seen.millis())
            .bind(session.ends.millis())
            .bind(session.browser.clone())
            .bind(i64::from(session.second_factor))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The session whose cookie has this secret, with its account: nothing if it has ended or the account is closed.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn session(&self, secret: &[u8], now: Instant) -> Result<Option<(Account, Session)>, RegistryError> {
        let sql = format!(
            "SELECT {}, {COLUMNS} FROM session JOIN account ON account.id = session.account_id \
             WHERE session.id = $1 AND session.ends_at > $2 AND account.closed_at IS NULL",
            accounts::COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(self.keys.secret_hash(SESSION, &[secret]))
            .bind(now.millis())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(|row| Ok((self.read_account(row)?, read(row)?))).transpose()
    }

    /// Notes that a session is used: it ends that much later than now.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn touch_session(&self, name: &str, now: Instant, ends: Instant) -> Result<(), RegistryError> {
        let sql = "UPDATE session SET seen_at = $1, ends_at = $2 WHERE name = $3";
        sqlx::query(sql).bind(now.millis()).bind(ends.millis()).bind(name.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// Notes that a session has shown the second factor, under a new secret: what was known before is worth nothing after.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn strengthen_session(&self, name: &str, secret: &[u8]) -> Result<(), RegistryError> {
        let sql = "UPDATE session SET second_factor = 1, id = $1 WHERE name = $2";
        sqlx::query(sql).bind(self.keys.secret_hash(SESSION, &[secret])).bind(name.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// The sessions of an account that have not ended, the latest use first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn sessions(&self, account: AccountId, now: Instant) -> Result<Vec<Session>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM session WHERE account_id = $1 AND ends_at > $2 ORDER BY seen_at DESC, name");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).bind(now.millis()).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Ends the session whose cookie has this secret, whoever has it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn leave_session(&self, secret: &[u8]) -> Result<(), RegistryError> {
        let id = self.keys.secret_hash(SESSION, &[secret]);
        sqlx::query("DELETE FROM session WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }

    /// Ends the sessions of an account but the one of this name. Answers how many there were.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn end_other_sessions(&self, account: AccountId, name: &str) -> Result<u64, RegistryError> {
        let sql = "DELETE FROM session WHERE account_id = $1 AND name <> $2";
        Ok(sqlx::query(sql).bind(account.to_string()).bind(name.to_owned()).execute(&self.pool).await?.rows_affected())
    }

    /// Ends one session of an account; `false` if the account has none of this name.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn end_session(&self, account: AccountId, name: &str) -> Result<bool, RegistryError> {
        let sql = "DELETE FROM session WHERE account_id = $1 AND name = $2";
        Ok(sqlx::query(sql).bind(account.to_string()).bind(name.to_owned()).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// Remembers that an account has signed in from the browser with this cookie.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn remember_browser(&self, secret: &[u8], account: AccountId, ends: Instant) -> Result<(), RegistryError> {
        let sql = "INSERT INTO known_browser (id, account_id, ends_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (id, account_id) DO UPDATE SET ends_at = excluded.ends_at";
        let id = self.keys.secret_hash(BROWSER, &[secret]);
        sqlx::query(sql).bind(id).bind(account.to_string()).bind(ends.millis()).execute(&self.pool).await?;
        Ok(())
    }

    /// Whether the account has signed in from the browser with this cookie.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn knows_browser(&self, secret: &[u8], account: AccountId, now: Instant) -> Result<bool, RegistryError> {
        let sql = "SELECT 1 FROM known_browser WHERE id = $1 AND account_id = $2 AND ends_at > $3";
        let id = self.keys.secret_hash(BROWSER, &[secret]);
        let row = sqlx::query(sql).bind(id).bind(account.to_string()).bind(now.millis()).fetch_optional(&self.pool).await?;
        Ok(row.is_some())
    }

    /// Keeps a code for a purpose at a telephone, for the browser that has the ticket. Who asks for a code elsewhere neither replaces it nor
    /// spends its tries.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn keep_code(&self, place: &CodePlace<'_>, code: &str, ends: Instant, tries: u32) -> Result<(), RegistryError> {
        sqlx::query("INSERT INTO one_time_code (id, hash, ends_at, tries_left) VALUES ($1, $2, $3, $4)")
            .bind(self.code_hash(place, &[]))
            .bind(self.code_hash(place, &[code.as_bytes()]))
            .bind(ends.millis())
            .bind(i64::from(tries))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Spends a code: a right one is gone after that, a wrong one has cost a try. Each step is one statement, so that two at once do
    /// not spend the same code or the same try.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn spend_code(&self, place: &CodePlace<'_>, code: &str, now: Instant) -> Result<bool, RegistryError> {
        let id = self.code_hash(place, &[]);
        let right = sqlx::query("DELETE FROM one_time_code WHERE id = $1 AND hash = $2 AND ends_at > $3 AND tries_left > 0")
            .bind(id.clone())
            .bind(self.code_hash(place, &[code.as_bytes()]))
            .bind(now.millis())
            .execute(&self.pool)
            .await?;
        if right.rows_affected() == 1 {
            return Ok(true);
        }
        let sql = "UPDATE one_time_code SET tries_left = tries_left - 1 WHERE id = $1 AND tries_left > 0";
        sqlx::query(sql).bind(id).execute(&self.pool).await?;
        Ok(false)
    }

    fn code_hash(&self, place: &CodePlace<'_>, code: &[&[u8]]) -> String {
        let place = [place.purpose.code().as_bytes(), place.to.as_bytes(), place.ticket];
        self.keys.secret_hash(CODE, &[&place, code].concat())
    }

    /// Forgets sessions, browsers and codes that have ended.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn sweep_sessions(&self, now: Instant) -> Result<u64, RegistryError> {
        let mut gone = 0;
        for table in ["session", "known_browser", "one_time_code", "outgoing_message"] {
            let sql = format!("DELETE FROM {table} WHERE ends_at <= $1");
            gone += sqlx::query(AssertSqlSafe(sql)).bind(now.millis()).execute(&self.pool).await?.rows_affected();
        }
        Ok(gone)
    }
}

/// Reads the columns of [`COLUMNS`].
fn read(row: &AnyRow) -> Result<Session, RegistryError> {
    let record = Record::new("session", row, "name")?;
    Ok(Session {
        began: record.instant("began_at")?,
        seen: record.instant("seen_at")?,
        ends: record.instant("ends_at")?,
        browser: record.get("browser")?,
        second_factor: row.try_get::<i64, _>("second_factor")? == 1,
        name: record.key,
    })
}
