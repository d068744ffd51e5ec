//! Messages that wait to be sent: sealed, since they have telephones and codes in them.

use sqlx::Row as _;

use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

/// A message that is due.
#[derive(Clone, PartialEq, Eq)]
pub struct DueMessage {
    /// Its name, the same at each try.
    pub id: String,
    /// What was queued.
    pub content: String,
    /// How often it was tried before.
    pub tries: i64,
}

impl std::fmt::Debug for DueMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DueMessage({}, tried {} times)", self.id, self.tries)
    }
}

/// Messages that are taken at once: so few that they are done with before they are due again.
const AT_ONCE: i64 = 5;

impl Registry {
    /// Queues a message that is worth nothing after `ends`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn queue_message(&self, id: &str, content: &str, now: Instant, ends: Instant) -> Result<(), RegistryError> {
        sqlx::query("INSERT INTO outgoing_message (id, sealed, tries, next_at, ends_at) VALUES ($1, $2, 0, $3, $4)")
            .bind(id.to_owned())
            .bind(self.keys.seal_field(&place(id), content))
            .bind(now.millis())
            .bind(ends.millis())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes messages that are due: each is due again at `again`, unless it is [`sent`](Self::message_sent) by then, so that a process that
    /// dies loses none, and two processes never take the same one at once.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_due_messages(&self, now: Instant, again: Instant) -> Result<Vec<DueMessage>, RegistryError> {
        let sql =
            "SELECT id, sealed, tries, next_at FROM outgoing_message WHERE next_at <= $1 AND ends_at > $1 ORDER BY next_at, id LIMIT $2";
        let rows = sqlx::query(sql).bind(now.millis()).bind(AT_ONCE).fetch_all(&self.pool).await?;
        let mut taken = Vec::new();
        for row in &rows {
            let record = Record::new("outgoing_message", row, "id")?;
            let sql = "UPDATE outgoing_message SET next_at = $1, tries = tries + 1 WHERE id = $2 AND next_at = $3";
            let next_at: i64 = row.try_get("next_at")?;
            let mine = sqlx::query(sql).bind(again.millis()).bind(record.key.clone()).bind(next_at).execute(&self.pool).await?;
            if mine.rows_affected() == 1 {
                let sealed: Vec<u8> = record.get("sealed")?;
                let content = self.keys.open_field(&place(&record.key), &sealed).map_err(|_| record.inconsistent("sealed"))?;
                taken.push(DueMessage { content, tries: record.get("tries")?, id: record.key });
            }
        }
        Ok(taken)
    }

    /// Forgets a message that was sent.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn message_sent(&self, id: &str) -> Result<(), RegistryError> {
        sqlx::query("DELETE FROM outgoing_message WHERE id = $1").bind(id.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// Says when a message that was not sent is tried again.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn postpone_message(&self, id: &str, next: Instant) -> Result<(), RegistryError> {
        let sql = "UPDATE outgoing_message SET next_at = $1 WHERE id = $2";
        sqlx::query(sql).bind(next.millis()).bind(id.to_owned()).execute(&self.pool).await?;
        Ok(())
    }
}

fn place(id: &str) -> String {
    format!("message/{id}")
}
