//! Where notices go.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::domain::webhook::{EndpointId, EndpointState, EndpointUrl, EventKinds, Reach};
use crate::registry::rows::Record;
use crate::registry::{Registry, RegistryError};

/// An endpoint to be recorded.
pub struct NewEndpoint<'a> {
    /// Its id.
    pub id: &'a EndpointId,
    /// Whose certificates and claims it hears of.
    pub issuer: &'a Slug,
    /// Where it is.
    pub url: &'a EndpointUrl,
    /// What it wants to hear of.
    pub events: &'a EventKinds,
    /// `whsec_…`; it is kept sealed.
    pub secret: &'a str,
}

/// An endpoint as recorded, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRecord {
    /// Its id.
    pub id: EndpointId,
    /// Whose certificates and claims it hears of.
    pub issuer: Slug,
    /// Where it is.
    pub url: EndpointUrl,
    /// What it wants to hear of.
    pub events: EventKinds,
    /// Whether it is sent anything.
    pub state: EndpointState,
    /// When it was made.
    pub created_at: Instant,
    /// Until when the secret before this one signs too.
    pub old_until: Option<Instant>,
    /// Since when nothing has succeeded.
    pub failing_since: Option<Instant>,
    /// Deliveries that wait, and those that were given up.
    pub waiting: u64,
    /// Those that were given up.
    pub given_up: u64,
}

const COLUMNS: &str = "id, issuer, url, events, state, created_at, old_until, failing_since, \
                       (SELECT COUNT(*) FROM webhook_delivery d WHERE d.endpoint = webhook_endpoint.id AND d.state = 'waiting') AS waiting, \
                       (SELECT COUNT(*) FROM webhook_delivery d WHERE d.endpoint = webhook_endpoint.id AND d.state = 'given-up') AS given_up";

impl Registry {
    /// Records an endpoint.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_webhook_endpoint(&self, new: &NewEndpoint<'_>, actor: &str, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let detail = format!("{} {}: {}", new.issuer, new.url, new.events);
        self.append(&mut tx, at, actor, "webhook add", new.id.as_str(), &detail).await?;
        let sql = "INSERT INTO webhook_endpoint (id, issuer, url, events, state, secret, created_at, changed_at) \
                   VALUES ($1, $2, $3, $4, 'active', $5, $6, $6)";
        sqlx::query(sql)
            .bind(new.id.as_str().to_owned())
            .bind(new.issuer.as_str().to_owned())
            .bind(new.url.as_str().to_owned())
            .bind(new.events.to_string())
            .bind(self.keys.seal_field(&place(new.id), new.secret))
            .bind(at.millis())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Every endpoint, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn webhook_endpoints(&self) -> Result<Vec<EndpointRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM webhook_endpoint ORDER BY created_at, id");
        sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn webhook_endpoint(&self, id: &EndpointId) -> Result<Option<EndpointRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str().to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// The secrets that sign for an endpoint at `now`: the newest first.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown endpoint has none.
    pub async fn webhook_secrets(&self, id: &EndpointId, now: Instant) -> Result<Vec<String>, RegistryError> {
        let sql = "SELECT id, secret, CASE WHEN old_until > $1 THEN old_secret END AS old_secret FROM webhook_endpoint WHERE id = $2";
        let row = sqlx::query(sql).bind(now.millis()).bind(id.as_str().to_owned()).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let record = Record::new("webhook_endpoint", &row, "id")?;
        let sealed = [record.get::<Option<Vec<u8>>>("secret")?, record.get("old_secret")?];
        let open = |sealed: Vec<u8>| self.keys.open_field(&place(id), &sealed).map_err(|_| record.inconsistent("secret"));
        sealed.into_iter().flatten().map(open).collect()
    }

    /// Gives an endpoint another secret; the one before signs too until `old_until`. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn rotate_webhook_secret(
        &self,
        id: &EndpointId,
        secret: &str,
        old_until: Instant,
        actor: &str,
        at: Instant,
    ) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "webhook rotate", id.as_str(), "").await?;
        let sql = "UPDATE webhook_endpoint SET old_secret = secret, old_until = $1, secret = $2, changed_at = $3 WHERE id = $4";
        let done = sqlx::query(sql)
            .bind(old_until.millis())
            .bind(self.keys.seal_field(&place(id), secret))
            .bind(at.millis())
            .bind(id.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Pauses an endpoint, or lets it go on: what waited is sent then. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_webhook_state(&self, id: &EndpointId, state: EndpointState, actor: &str, at: Instant) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        let action = if state == EndpointState::Active { "webhook resume" } else { "webhook pause" };
        self.append(&mut tx, at, actor, action, id.as_str(), "").await?;
        let sql = "UPDATE webhook_endpoint SET state = $1, changed_at = $2, failing_since = NULL WHERE id = $3";
        let done = sqlx::query(sql).bind(state.code()).bind(at.millis()).bind(id.as_str().to_owned()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        // What an endpoint could not take meanwhile is not kept waiting for its next hour.
        let sql = "UPDATE webhook_delivery SET next_at = $1 WHERE endpoint = $2 AND state = 'waiting' AND tries > 0 AND next_at > $1 \
                   AND last_at IS NOT NULL";
        if state == EndpointState::Active {
            sqlx::query(sql).bind(at.millis()).bind(id.as_str().to_owned()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets an endpoint with its secrets and everything that was sent there. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn delete_webhook_endpoint(&self, id: &EndpointId, actor: &str, at: Instant) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "webhook delete", id.as_str(), "").await?;
        for table in ["webhook_attempt", "webhook_delivery"] {
            let sql = format!("DELETE FROM {table} WHERE endpoint = $1");
            sqlx::query(AssertSqlSafe(sql)).bind(id.as_str().to_owned()).execute(&mut *tx).await?;
        }
        let done = sqlx::query("DELETE FROM webhook_endpoint WHERE id = $1").bind(id.as_str().to_owned()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}

fn place(id: &EndpointId) -> String {
    format!("webhook/secret/{id}")
}

fn read(row: &AnyRow) -> Result<EndpointRecord, RegistryError> {
    let record = Record::new("webhook_endpoint", row, "id")?;
    let instant = |column: &'static str| match record.get::<Option<i64>>(column)? {
        None => Ok(None),
        Some(millis) => Instant::from_millis(millis).map(Some).map_err(|_| record.inconsistent(column)),
    };
    let count = |column: &'static str| u64::try_from(record.get::<i64>(column)?).map_err(|_| record.inconsistent(column));
    Ok(EndpointRecord {
        id: record.parsed("id", |t| EndpointId::parse(t).ok())?,
        issuer: record.parsed("issuer", |t| t.parse().ok())?,
        // Where it may go now is asked when it is called.
        url: record.parsed("url", |t| EndpointUrl::parse(t, Reach::Private).ok())?,
        events: record.parsed("events", |t| EventKinds::parse(t.split(' ')).ok())?,
        state: record.parsed("state", EndpointState::from_code)?,
        created_at: record.instant("created_at")?,
        old_until: instant("old_until")?,
        failing_since: instant("failing_since")?,
        waiting: count("waiting")?,
        given_up: count("given_up")?,
    })
}
