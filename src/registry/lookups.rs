//! Looking certificates up by their numbers: whatever is asked at the same time, with one statement.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Row as _};

use crate::domain::certificate::Certificate;
use crate::domain::number::CertificateNumber;

use super::certificates::{COLUMNS, read};
use super::together::{Together, Turn, Waiting};
use super::{Registry, RegistryError};

/// Numbers that one statement asks for. More would only make the first of them wait for the last.
pub(super) const MOST: usize = 32;

/// A statement is prepared once for each of these counts; what is missing is filled up with the last number again.
const SIZES: [usize; 4] = [1, 4, 12, MOST];

static STATEMENTS: LazyLock<[String; 4]> = LazyLock::new(|| {
    SIZES.map(|size| {
        let mut sql = format!("SELECT {COLUMNS} FROM certificate WHERE number IN ($1");
        for at in 2..=size {
            // Writing to a String cannot fail.
            let _ = write!(sql, ", ${at}");
        }
        sql + ")"
    })
});

/// What a reader gets: the row, or why there is none.
type Found = Result<Option<Arc<AnyRow>>, Arc<sqlx::Error>>;

/// Readers who wait for rows.
pub(super) type Lookups = Together<String, Found>;

impl Registry {
    /// The certificate with this number, in whatever state, as it is recorded now.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown number is `None`.
    pub async fn certificate(&self, number: &CertificateNumber) -> Result<Option<Certificate>, RegistryError> {
        let (answer, turn) = self.lookups.put(number.as_str().to_owned());
        if let Some(turn) = turn {
            // Not within this question, which its reader may give up while others wait for the same statement.
            tokio::spawn(answer_all(self.pool.clone(), turn));
        }
        let found = answer.await.map_err(|_| RegistryError::Unanswered)?;
        found.map_err(RegistryError::Shared)?.map(|row| read(&row)).transpose()
    }
}

/// Answers until nobody waits. The connection is kept as long.
async fn answer_all(pool: AnyPool, mut turn: Turn<String, Found>) {
    let mut kept = None;
    while let Some(group) = turn.next() {
        let connection = match kept.take() {
            Some(connection) => Ok(connection),
            None => pool.acquire().await,
        };
        let found = match connection {
            Ok(mut connection) => {
                let rows = select(&mut connection, &group).await;
                // A connection that failed goes back, to be tried before its next use.
                kept = rows.is_ok().then_some(connection);
                rows
            }
            Err(error) => Err(error),
        };
        match found {
            Ok(rows) => group.into_iter().for_each(|Waiting { key, answer }| drop(answer.send(Ok(rows.get(&key).cloned())))),
            Err(error) => {
                let error = Arc::new(error);
                group.into_iter().for_each(|waiting| drop(waiting.answer.send(Err(error.clone()))));
            }
        }
    }
}

/// The rows of a group, by number.
async fn select(connection: &mut AnyConnection, group: &[Waiting<String, Found>]) -> Result<HashMap<String, Arc<AnyRow>>, sqlx::Error> {
    let at = SIZES.iter().position(|size| *size >= group.len()).unwrap_or(SIZES.len() - 1);
    let keys = group.iter().chain(std::iter::repeat_n(&group[group.len() - 1], SIZES[at] - group.len()));
    let query = keys.fold(sqlx::query(AssertSqlSafe(STATEMENTS[at].as_str())), |query, waiting| query.bind(waiting.key.clone()));
    let rows = query.fetch_all(connection).await?;
    rows.into_iter().map(|row| Ok((row.try_get("number")?, Arc::new(row)))).collect()
}
