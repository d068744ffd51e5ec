//! Many rows in one statement, and columns as domain values.

use std::fmt::Write as _;

use sqlx::any::AnyRow;
use sqlx::{Any, ColumnIndex, Decode, Row as _, Type};

use crate::domain::time::Instant;

use super::RegistryError;

/// Rows written with one statement. SQLite's driver looks every parameter up by name among all of the statement's, so that the time for a
/// statement grows with their square: 500 rows of 13 columns took seven times as long a row as 32 do.
pub const ROWS: usize = 32;

/// `($1,$2),($3,$4)` for two rows of two columns with none before them.
pub fn placeholders(rows: usize, columns: usize, before: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 1..=columns {
            // Writing to a String cannot fail.
            let _ = write!(text, "{}${}", if column == 1 { "" } else { "," }, before + row * columns + column);
        }
        text.push(')');
    }
    text
}

/// A row of one table, for errors that name the place.
pub struct Record<'a> {
    pub table: &'static str,
    pub row: &'a AnyRow,
    pub key: String,
}

impl<'a> Record<'a> {
    /// Reads the key column first.
    pub fn new(table: &'static str, row: &'a AnyRow, key_column: &str) -> Result<Self, RegistryError> {
        Ok(Self { table, row, key: row.try_get::<String, _>(key_column)? })
    }

    /// A column as the database has it.
    pub fn get<T>(&self, column: &'static str) -> Result<T, RegistryError>
    where
        T: Decode<'a, Any> + Type<Any>,
        &'static str: ColumnIndex<AnyRow>,
    {
        Ok(self.row.try_get(column)?)
    }

    /// A text column as a domain value.
    pub fn parsed<T>(&self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, RegistryError> {
        parse(self.get::<&str>(column)?).ok_or_else(|| self.inconsistent(column))
    }

    /// A text column that may be null as a domain value.
    pub fn optional<T>(&self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, RegistryError> {
        match self.get::<Option<&str>>(column)? {
            None => Ok(None),
            Some(text) => parse(text).map(Some).ok_or_else(|| self.inconsistent(column)),
        }
    }

    /// A column of milliseconds.
    pub fn instant(&self, column: &'static str) -> Result<Instant, RegistryError> {
        Instant::from_millis(self.get(column)?).map_err(|_| self.inconsistent(column))
    }

    /// The error that names this place.
    pub fn inconsistent(&self, column: &'static str) -> RegistryError {
        RegistryError::Inconsistent { table: self.table, column, row: self.key.clone() }
    }
}
