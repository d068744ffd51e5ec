//! Keys of integrators.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use crate::domain::api_key::{ApiKey, ApiKeyId, ApiKeyName, ApiSecret, Quota, Scopes};
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

const COLUMNS: &str = "id, name, per_day, burst, scopes, issuer, created_at, revoked_at";

impl Registry {
    /// Records a key, of which the secret is kept as a keyed hash alone, and says so in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_api_key(&self, key: &ApiKey, secret: &ApiSecret, actor: &str) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let burst = key.quota.limit().burst();
        let issuer = key.scopes.issuer().map_or_else(String::new, |issuer| format!("；{} {issuer}", key.scopes));
        let detail = format!("{}；每日 {} 次，一次至多 {burst} 次{issuer}", key.name.as_str(), key.quota.per_day());
        self.append(&mut tx, key.created_at, actor, "api-key add", key.id.as_str(), &detail).await?;
        sqlx::query(
            "INSERT INTO api_key (id, hash, name, per_day, burst, scopes, issuer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(key.id.as_str().to_owned())
        .bind(self.keys.api_key_hash(secret))
        .bind(key.name.as_str().to_owned())
        .bind(i64::from(key.quota.per_day()))
        .bind(i64::from(burst))
        .bind(key.scopes.to_string())
        .bind(key.scopes.issuer().map(|issuer| issuer.as_str().to_owned()))
        .bind(key.created_at.millis())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The key with this secret, revoked or not. It is found by its keyed hash, so that the time that this takes says nothing of how much of
    /// a guess was right.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown key is `None`.
    pub async fn api_key(&self, secret: &ApiSecret) -> Result<Option<ApiKey>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM api_key WHERE hash = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(self.keys.api_key_hash(secret)).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Every key, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM api_key ORDER BY created_at, id");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Makes a key open nothing from now on, and says so in the audit trail. Answers whether there was such a key in use; if not, nothing
    /// is written.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn revoke_api_key(&self, id: &ApiKeyId, at: Instant, actor: &str) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(at.millis())
            .bind(id.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.append(&mut tx, at, actor, "api-key revoke", id.as_str(), "").await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn read(row: &AnyRow) -> Result<ApiKey, RegistryError> {
    let record = Record::new("api_key", row, "id")?;
    let count = |column| record.get::<i64>(column).and_then(|n| u32::try_from(n).map_err(|_| record.inconsistent(column)));
    let revoked_at = record.get::<Option<i64>>("revoked_at")?;
    let issuer = record.optional("issuer", |text| text.parse().ok())?;
    Ok(ApiKey {
        id: record.parsed("id", |text| ApiKeyId::parse(text).ok())?,
        name: record.parsed("name", |text| ApiKeyName::parse(text).ok())?,
        quota: Quota::new(count("per_day")?, Some(count("burst")?)).map_err(|_| record.inconsistent("per_day"))?,
        scopes: record.parsed("scopes", |text| Scopes::parse(text.split(' '), issuer).ok())?,
        created_at: record.instant("created_at")?,
        revoked_at: revoked_at.map(Instant::from_millis).transpose().map_err(|_| record.inconsistent("revoked_at"))?,
    })
}
