//! Rows of any table, whatever its columns: what a copy of all records is made of.
//!
//! Tables and columns come from the database's own catalogue, so that a table that is added later is in the copy without a word here.

use futures_util::StreamExt as _;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::RegistryError;

/// What a column holds. Migrations know these three types and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// BIGINT.
    Integer,
    /// TEXT.
    Text,
    /// BLOB or BYTEA.
    Bytes,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// Of a column of integers.
    Integer(i64),
    /// Of a column of texts.
    Text(String),
    /// Of a column of bytes.
    Bytes(Vec<u8>),
}

/// A table as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<(String, CellKind)>,
    /// Those that its rows are ordered by: the primary key, or all columns where there is none.
    pub order: Vec<usize>,
}

/// sqlx's own table of migrations: its types differ from database to database, and migrating writes it.
const MIGRATIONS: &str = "_sqlx_migrations";

/// Every table but that of the migrations, in the order of names.
pub(super) async fn tables(tx: &mut Transaction<'static, Any>, is_postgres: bool) -> Result<Vec<Table>, RegistryError> {
    let sql = if is_postgres {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    };
    let rows = sqlx::query(sql).fetch_all(&mut **tx).await?;
    let mut names = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
    names.retain(|name| name != MIGRATIONS);
    names.sort();
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        tables.push(table(tx, is_postgres, name).await?);
    }
    Ok(tables)
}

async fn table(tx: &mut Transaction<'static, Any>, is_postgres: bool, name: String) -> Result<Table, RegistryError> {
    let sql = if is_postgres {
        "SELECT CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT), CAST(COALESCE(k.ordinal_position, 0) AS BIGINT) \
         FROM information_schema.columns c LEFT JOIN information_schema.table_constraints t ON t.table_schema = c.table_schema \
         AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY' LEFT JOIN information_schema.key_column_usage k \
         ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name AND k.table_name = c.table_name \
         AND k.column_name = c.column_name WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position"
    } else {
        "SELECT name, type, CAST(pk AS BIGINT) FROM pragma_table_info($1) ORDER BY cid"
    };
    let rows = sqlx::query(sql).bind(name.clone()).fetch_all(&mut **tx).await?;
    let (mut columns, mut key) = (Vec::with_capacity(rows.len()), Vec::new());
    for (at, row) in rows.iter().enumerate() {
        let (column, typed): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let kind = match typed.to_ascii_uppercase().as_str() {
            "BIGINT" => CellKind::Integer,
            "TEXT" => CellKind::Text,
            "BLOB" | "BYTEA" => CellKind::Bytes,
            _ => return Err(RegistryError::ColumnType { table: name, column, typed }),
        };
        columns.push((column, kind));
        match row.try_get::<i64, _>(2)? {
            0 => {}
            place => key.push((place, at)),
        }
    }
    key.sort_unstable();
    let order = if key.is_empty() { (0..columns.len()).collect() } else { key.into_iter().map(|(_, at)| at).collect() };
    Ok(Table { name, columns, order })
}

impl Table {
    /// Its name as SQL has it.
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Its columns as SQL has them.
    pub(super) fn column_list(&self) -> String {
        self.columns.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ")
    }

    /// All rows in an order that does not depend on the database: texts by their bytes.
    fn select(&self, is_postgres: bool) -> String {
        let place = |at: &usize| {
            let (name, kind) = self.columns.get(*at)?;
            let collation = if is_postgres && *kind == CellKind::Text { " COLLATE \"C\"" } else { "" };
            Some(format!("{}{collation}", quoted(name)))
        };
        let order = self.order.iter().filter_map(place).collect::<Vec<_>>().join(", ");
        format!("SELECT {} FROM {} ORDER BY {order}", self.column_list(), self.quoted())
    }
}

/// Gives each row of a table to `each`; answers how many there were.
pub(super) async fn read<E: From<RegistryError>>(
    tx: &mut Transaction<'static, Any>,
    is_postgres: bool,
    table: &Table,
    mut each: impl FnMut(Vec<Cell>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut rows = sqlx::query(AssertSqlSafe(table.select(is_postgres))).fetch(&mut **tx);
    let mut count = 0;
    while let Some(row) = rows.next().await {
        let row = row.map_err(RegistryError::from)?;
        each(cells(table, &row)?)?;
        count += 1;
    }
    Ok(count)
}

fn cells(table: &Table, row: &AnyRow) -> Result<Vec<Cell>, RegistryError> {
    let cell = |(at, (_, kind)): (usize, &(String, CellKind))| -> Result<Cell, RegistryError> {
        let found = match kind {
            CellKind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Cell::Integer),
            CellKind::Text => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
            CellKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
        };
        Ok(found.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}

/// A name of the catalogue inside a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
