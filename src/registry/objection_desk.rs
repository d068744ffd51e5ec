//! The officer's queue of objections, and what is deleted of those that were decided long ago.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use crate::domain::digest::Digest;
use crate::domain::time::Instant;

use super::objections::{COLUMNS, ObjectionRecord};
use super::rows::Record;
use super::{Registry, RegistryError};

/// An objection whose time is over, with its files in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueObjection {
    /// Its number.
    pub id: i64,
    /// Its files.
    pub files: Vec<Digest>,
}

impl Registry {
    /// Objections without what is private in them: open ones first, the oldest first; then decided ones, the latest decision first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn objection_queue(&self, limit: u32) -> Result<Vec<ObjectionRecord>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM objection o ORDER BY CASE WHEN o.state = 'open' THEN 0 ELSE 1 END, \
             CASE WHEN o.state = 'open' THEN o.id ELSE -o.decided_at END, o.id LIMIT $1"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_objection_row(row)).collect()
    }

    /// Objections that were decided before `before` and still have what is private in them.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn objections_due(&self, before: Instant) -> Result<Vec<DueObjection>, RegistryError> {
        let sql = "SELECT id FROM objection WHERE state <> 'open' AND erased_at IS NULL AND decided_at <= $1 ORDER BY decided_at LIMIT 100";
        let rows = sqlx::query(sql).bind(before.millis()).fetch_all(&self.pool).await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let id: i64 = sqlx::Row::try_get(&row, 0)?;
            let sql = "SELECT CAST(seq AS TEXT) AS row_key, file FROM objection_file WHERE objection = $1 ORDER BY seq";
            let files = sqlx::query(sql).bind(id).fetch_all(&self.pool).await?;
            let read = |row: &AnyRow| Record::new("objection_file", row, "row_key")?.parsed("file", |t| t.parse().ok());
            due.push(DueObjection { id, files: files.iter().map(read).collect::<Result<_, RegistryError>>()? });
        }
        Ok(due)
    }

    /// Deletes what is private in a decided objection, whose files have left the vault; that there was one, and how it was decided, stays.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn erase_objection(&self, id: i64, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, "retention", "erase objection", &id.to_string(), "").await?;
        sqlx::query("DELETE FROM objection_file WHERE objection = $1").bind(id).execute(&mut *tx).await?;
        let sql = "UPDATE objection SET content = $1, erased_at = $2 WHERE id = $3 AND state <> 'open' AND erased_at IS NULL";
        let done = sqlx::query(sql).bind(Vec::<u8>::new()).bind(at.millis()).bind(id).execute(&mut *tx).await?;
        if done.rows_affected() == 1 {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        Ok(())
    }
}
