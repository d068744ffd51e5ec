//! Looking certificates up by their numbers: whatever is asked at the same time, with one statement.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Row as _};

use crate::domain::certificate::Certificate;
use crate::domain::claims::Claims;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::certificates::{COLUMNS, claims, read};
use super::rows::Record;
use super::together::{Together, Turn, Waiting};
use super::{CodeMark, Registry, RegistryError};

/// Numbers that one statement asks for. More would only make the first of them wait for the last.
pub(super) const MOST: usize = 32;

/// A statement is prepared once for each of these counts; what is missing is filled up with the last number again.
const SIZES: [usize; 4] = [1, 4, 12, MOST];

static STATEMENTS: LazyLock<[String; 4]> = LazyLock::new(|| {
    SIZES.map(|size| {
        let mut sql = format!("SELECT {FEW} FROM certificate WHERE number IN ($1");
        for at in 2..=size {
            // Writing to a String cannot fail.
            let _ = write!(sql, ", ${at}");
        }
        sql + ") AND state = 'valid'"
    })
});

/// What a reader's question needs of a certificate that stands. Each column costs the driver about as much as the search for the row.
const FEW: &str = "number, claims, release_at, code_mark";

/// A certificate as a lookup needs it. Whatever does not stand, is not released or is not there takes a second statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nearly all stand; the others are rare and read once more")]
pub enum Found {
    /// It stands and is released: what it states, and the mark of the code on it if one is kept.
    Valid {
        /// What it states.
        claims: Claims,
        /// Of the code that was put on it.
        code: Option<CodeMark>,
    },
    /// It is in another state, or not released yet.
    Other(Certificate),
}

impl Found {
    /// What it states.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        match self {
            Self::Valid { claims, .. } => claims,
            Self::Other(certificate) => &certificate.facts.claims,
        }
    }
}

/// What a reader gets: the row, or why there is none.
type Row = Result<Option<Arc<AnyRow>>, Arc<sqlx::Error>>;

/// Readers who wait for rows.
pub(super) type Lookups = Together<String, Row>;

impl Registry {
    /// The certificate with this number as a lookup needs it, as it is recorded now.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown number is `None`.
    pub async fn find(&self, number: &CertificateNumber, now: Instant) -> Result<Option<Found>, RegistryError> {
        let (answer, turn) = self.lookups.put(number.as_str().to_owned());
        if let Some(turn) = turn {
            // Not within this question, which its reader may give up while others wait for the same statement.
            tokio::spawn(answer_all(self.pool.clone(), turn));
        }
        let found = answer.await.map_err(|_| RegistryError::Unanswered)?;
        if let Some(row) = found.map_err(RegistryError::Shared)? {
            let (found, release) = valid(&row)?;
            if now >= release {
                return Ok(Some(found));
            }
        }
        // What the public does not see takes the same two statements whether it is there or not: time tells nothing.
        Ok(self.certificate(number).await?.map(Found::Other))
    }

    /// The certificate with this number, in whatever state, with everything that is recorded of it.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown number is `None`.
    pub async fn certificate(&self, number: &CertificateNumber) -> Result<Option<Certificate>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM certificate WHERE number = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(number.as_str().to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }
}

/// The certificate of a row with [`FEW`] columns, and from when on the public sees it.
fn valid(row: &AnyRow) -> Result<(Found, Instant), RegistryError> {
    let record = Record::new("certificate", row, "number")?;
    let code = match record.get::<Option<&[u8]>>("code_mark")? {
        Some(bytes) => Some(CodeMark::from_bytes(bytes.try_into().map_err(|_| record.inconsistent("code_mark"))?)),
        None => None,
    };
    Ok((Found::Valid { claims: claims(&record)?, code }, record.instant("release_at")?))
}

/// Answers until nobody waits. The connection is kept as long.
async fn answer_all(pool: AnyPool, mut turn: Turn<String, Row>) {
    let mut kept = None;
    loop {
        // Requests that have arrived put their numbers first.
        tokio::task::yield_now().await;
        let Some(group) = turn.next() else { return };
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
async fn select(connection: &mut AnyConnection, group: &[Waiting<String, Row>]) -> Result<HashMap<String, Arc<AnyRow>>, sqlx::Error> {
    let at = SIZES.iter().position(|size| *size >= group.len()).unwrap_or(SIZES.len() - 1);
    let keys = group.iter().chain(std::iter::repeat_n(&group[group.len() - 1], SIZES[at] - group.len()));
    let query = keys.fold(sqlx::query(AssertSqlSafe(STATEMENTS[at].as_str())), |query, waiting| query.bind(waiting.key.clone()));
    let rows = query.fetch_all(connection).await?;
    rows.into_iter().map(|row| Ok((row.try_get("number")?, Arc::new(row)))).collect()
}
