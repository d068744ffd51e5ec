//! The audit trail: append only, each entry bound to all before it by a digest, so that a removed or changed line shows.

use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row as _, Transaction};

use crate::domain::digest::Digest;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place, counted from 1.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what: a number, a list's digest.
    pub subject: String,
    /// What else the reader of the trail should know; never personal data.
    pub detail: String,
}

/// Entries read in one step.
const PAGE: i64 = 1_000;

impl Registry {
    /// An entry of the audit trail by itself: that somebody read something.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn note(&self, actor: &str, action: &str, subject: &str, detail: &str, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, action, subject, detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Locks the trail's head until the transaction ends, before what will be entered is known.
    pub(super) async fn lock_trail(&self, tx: &mut Transaction<'static, Any>) -> Result<(), RegistryError> {
        sqlx::query("UPDATE event_head SET last_id = last_id WHERE id = 1").execute(&mut **tx).await?;
        Ok(())
    }

    /// Adds an entry within a transaction. It locks the trail's head, so that entries have one order.
    pub(super) async fn append(
        &self,
        tx: &mut Transaction<'static, Any>,
        at: Instant,
        actor: &str,
        action: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), RegistryError> {
        let head =
            sqlx::query("UPDATE event_head SET last_id = last_id + 1 WHERE id = 1 RETURNING last_id, digest").fetch_one(&mut **tx).await?;
        let event = Event {
            id: head.try_get(0)?,
            at,
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        };
        let digest = event.digest(&head.try_get::<String, _>(1)?);
        sqlx::query("INSERT INTO event (id, at, actor, action, subject, detail, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(event.id)
            .bind(at.millis())
            .bind(event.actor)
            .bind(event.action)
            .bind(event.subject)
            .bind(event.detail)
            .bind(digest.clone())
            .execute(&mut **tx)
            .await?;
        sqlx::query("UPDATE event_head SET digest = $1 WHERE id = 1").bind(digest).execute(&mut **tx).await?;
        Ok(())
    }

    /// Entries after `after`, in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn events(&self, after: i64, limit: u32) -> Result<Vec<Event>, RegistryError> {
        let mut connection = self.pool.acquire().await?;
        Ok(page(&mut connection, after, i64::from(limit)).await?.into_iter().map(|(event, _)| event).collect())
    }

    /// Recomputes the whole trail. Answers the first entry that does not fit, or `None` if all do.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn verify_event_chain(&self) -> Result<Option<i64>, RegistryError> {
        let mut connection = self.pool.acquire().await?;
        let (mut last, mut chain) = (0, String::new());
        loop {
            let entries = page(&mut connection, last, PAGE).await?;
            if entries.is_empty() {
                break;
            }
            for (event, recorded) in entries {
                if event.id != last + 1 || event.digest(&chain) != recorded {
                    return Ok(Some(last + 1));
                }
                (last, chain) = (event.id, recorded);
            }
        }
        let head = sqlx::query("SELECT last_id, digest FROM event_head WHERE id = 1").fetch_one(&mut *connection).await?;
        let fits = head.try_get::<i64, _>(0)? == last && head.try_get::<String, _>(1)? == chain;
        Ok((!fits).then_some(last + 1))
    }
}

/// The columns that make an [`Event`] and its digest.
pub(super) const COLUMNS: &str = "CAST(id AS TEXT) AS row_key, id, at, actor, action, subject, detail, digest";

async fn page(connection: &mut AnyConnection, after: i64, limit: i64) -> Result<Vec<(Event, String)>, RegistryError> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(limit).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Reads the columns of [`COLUMNS`].
pub(super) fn read(row: &AnyRow) -> Result<(Event, String), RegistryError> {
    let record = Record::new("event", row, "row_key")?;
    let event = Event {
        id: record.get("id")?,
        at: record.instant("at")?,
        actor: record.get("actor")?,
        action: record.get("action")?,
        subject: record.get("subject")?,
        detail: record.get("detail")?,
    };
    Ok((event, record.get("digest")?))
}

impl Event {
    /// The digest of this entry and of the digest before it.
    pub(super) fn digest(&self, before: &str) -> String {
        let (id, at) = (self.id.to_string(), self.at.millis().to_string());
        let fields = [before, &id, &at, &self.actor, &self.action, &self.subject, &self.detail];
        // Each field with its length, so that no two entries give the same bytes.
        let bytes: Vec<u8> = fields.iter().flat_map(|f| format!("{}:{f}", f.len()).into_bytes()).collect();
        Digest::of(&bytes).to_string()
    }
}
