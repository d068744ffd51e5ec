//! All records as they are at one instant, for a copy of them, while everything else goes on; and records filled into an empty database.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::cells::{self, Cell, CellKind, Table};
use super::rows::{ROWS, placeholders};
use super::{Registry, RegistryError};

/// The end of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailHead {
    /// The last entry's number.
    pub last: i64,
    /// Its digest, which binds all before it.
    pub digest: String,
}

/// A transaction that sees all records as they were when it began, and writes none.
pub struct Snapshot {
    tx: Transaction<'static, Any>,
    is_postgres: bool,
    /// The version of the tables.
    pub schema: i64,
    /// The end of the audit trail.
    pub trail: TrailHead,
    /// Every table.
    pub tables: Vec<Table>,
}

/// A transaction that fills an empty database; nothing of it is there before [`Refill::commit`].
pub struct Refill {
    tx: Transaction<'static, Any>,
    is_postgres: bool,
    /// Every table of the version that the database was brought to.
    pub tables: Vec<Table>,
}

impl Registry {
    fn is_postgres(&self) -> bool {
        self.bytes_type == "BYTEA"
    }

    /// Begins to read all records as they are now. On SQLite the log of writes grows until it is dropped, on PostgreSQL nothing is
    /// vacuumed meanwhile; nobody waits for it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn snapshot(&self) -> Result<Snapshot, RegistryError> {
        let is_postgres = self.is_postgres();
        let begin = if is_postgres { "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" } else { "BEGIN" };
        let mut tx = self.pool.begin_with(begin).await?;
        // The first question fixes the instant.
        let head = sqlx::query("SELECT last_id, digest FROM event_head WHERE id = 1").fetch_one(&mut *tx).await?;
        let trail = TrailHead { last: head.try_get(0)?, digest: head.try_get(1)? };
        let schema = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").fetch_one(&mut *tx).await?.try_get(0)?;
        let tables = cells::tables(&mut tx, is_postgres).await?;
        Ok(Snapshot { tx, is_postgres, schema, trail, tables })
    }

    /// Whether there is nothing in the database: no table, or none that has more than the migrations put there.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn is_empty(&self) -> Result<bool, RegistryError> {
        let mut tx = self.pool.begin().await?;
        for table in cells::tables(&mut tx, self.is_postgres()).await? {
            let all = if table.name == "event_head" { " WHERE last_id <> 0" } else { "" };
            let sql = format!("SELECT COUNT(*) FROM {}{all}", table.quoted());
            if sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *tx).await?.try_get::<i64, _>(0)? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins to fill an empty database, whose tables are of the version that the rows are of. What the migrations put there is removed.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn refill(&self) -> Result<Refill, RegistryError> {
        let is_postgres = self.is_postgres();
        let mut tx = self.write().await?;
        let tables = cells::tables(&mut tx, is_postgres).await?;
        // Rows come table by table, in whatever order: references are looked at once all are there.
        if is_postgres {
            constrain(&mut tx, "DEFERRABLE INITIALLY DEFERRED").await?;
        } else {
            sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *tx).await?;
        }
        for table in &tables {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {}", table.quoted()))).execute(&mut *tx).await?;
        }
        Ok(Refill { tx, is_postgres, tables })
    }
}

/// Sets when PostgreSQL looks at every reference between tables.
async fn constrain(tx: &mut Transaction<'static, Any>, when: &str) -> Result<(), RegistryError> {
    let sql = "SELECT CAST(CAST(conrelid AS regclass) AS TEXT), CAST(conname AS TEXT) FROM pg_constraint \
               WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace)";
    for row in sqlx::query(sql).fetch_all(&mut **tx).await? {
        let (table, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let sql = format!("ALTER TABLE {table} ALTER CONSTRAINT \"{}\" {when}", name.replace('"', "\"\""));
        sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await?;
    }
    Ok(())
}

impl Snapshot {
    /// Gives each row of a table to `each`, in an order that is the same on every database; answers how many there were.
    ///
    /// # Errors
    /// [`RegistryError`], or what `each` answers.
    pub async fn rows<E: From<RegistryError>>(&mut self, table: &Table, each: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<u64, E> {
        cells::read(&mut self.tx, self.is_postgres, table, each).await
    }
}

impl Refill {
    /// Adds rows to a table.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn insert(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), RegistryError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<_> = rows.by_ref().take(ROWS).collect();
            let places = placeholders(chunk.len(), table.columns.len(), 0);
            let sql = format!("INSERT INTO {} ({}) VALUES {places}", table.quoted(), table.column_list());
            let kinds = table.columns.iter().map(|(_, kind)| *kind).cycle();
            let query =
                chunk.into_iter().flatten().zip(kinds).fold(sqlx::query(AssertSqlSafe(sql)), |query, (cell, kind)| match (cell, kind) {
                    (Cell::Integer(value), _) => query.bind(value),
                    (Cell::Text(value), _) => query.bind(value),
                    (Cell::Bytes(value), _) => query.bind(value),
                    (Cell::Null, CellKind::Integer) => query.bind(None::<i64>),
                    (Cell::Null, CellKind::Text) => query.bind(None::<String>),
                    (Cell::Null, CellKind::Bytes) => query.bind(None::<Vec<u8>>),
                });
            query.execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Reads the rows of a table back, as [`Snapshot::rows`] does.
    ///
    /// # Errors
    /// [`RegistryError`], or what `each` answers.
    pub async fn rows<E: From<RegistryError>>(&mut self, table: &Table, each: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<u64, E> {
        cells::read(&mut self.tx, self.is_postgres, table, each).await
    }

    /// Makes everything durable, once every reference leads to a row.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn commit(mut self) -> Result<(), RegistryError> {
        if self.is_postgres {
            sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *self.tx).await?;
            constrain(&mut self.tx, "NOT DEFERRABLE").await?;
        }
        Ok(self.tx.commit().await?)
    }
}
