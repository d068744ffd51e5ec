//! What the codes of many certificates leave out. A heading never changes, and none is removed: paper stays.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::award::CertificateKind;
use crate::domain::digest::{Digest, hexadecimal, of_hexadecimal};
use crate::domain::heading::{Heading, Mark};
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::complete::Completion;
use super::rows::{Record, placeholders};
use super::{Registry, RegistryError};

const COLUMNS: usize = 11;
const ALL: &str = "id, mark, proof_key, kind, before_digits, width, after_digits, achievement, programme, issued_on, release_at";

/// Keeps the headings of the certificates that were completed, each with the instant from which the public sees it.
pub(super) async fn keep_headings(
    tx: &mut Transaction<'static, Any>,
    files: &[Completion],
    done: &[(CertificateNumber, i64)],
) -> Result<(), RegistryError> {
    let released: BTreeMap<_, _> = done.iter().map(|(number, release)| (number, *release)).collect();
    // In one order for all, so that two processes never wait for each other.
    let mut kept: BTreeMap<Digest, (&Heading, i64)> = BTreeMap::new();
    for Completion { number, heading, .. } in files {
        if let Some(release) = released.get(number) {
            let earliest = &mut kept.entry(heading.digest()).or_insert((heading, *release)).1;
            *earliest = (*earliest).min(*release);
        }
    }
    if kept.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO heading ({ALL}) VALUES {} ON CONFLICT (id) DO UPDATE SET release_at = excluded.release_at \
         WHERE excluded.release_at < heading.release_at",
        placeholders(kept.len(), COLUMNS, 0)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (id, (heading, release)) in kept {
        let Heading { proof_key, kind, before, width, after, achievement, programme, issued_on } = heading.clone();
        query = query.bind(id.to_string()).bind(hexadecimal(&heading.mark())).bind(hexadecimal(&proof_key)).bind(kind.code());
        query = query.bind(before).bind(i64::from(width)).bind(after).bind(achievement).bind(programme);
        query = query.bind(issued_on.to_string()).bind(release);
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

impl Registry {
    /// The headings with a mark, whether published or not.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn headings(&self, mark: Mark) -> Result<Vec<Heading>, RegistryError> {
        let sql = AssertSqlSafe(format!("SELECT {ALL} FROM heading WHERE mark = $1 ORDER BY id"));
        let rows = sqlx::query(sql).bind(hexadecimal(&mark)).fetch_all(&self.pool).await?;
        rows.iter().map(heading_of).collect()
    }

    /// How many headings have a certificate that is released at `now`. They never become fewer.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_published_headings(&self, now: Instant) -> Result<usize, RegistryError> {
        let sql = "SELECT COUNT(*) FROM heading WHERE release_at <= $1";
        let count: i64 = sqlx::query(sql).bind(now.millis()).fetch_one(&self.pool).await?.try_get(0)?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The headings of which a certificate is released at `now`, in the order of their digests.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn published_headings(&self, now: Instant) -> Result<Vec<Heading>, RegistryError> {
        let sql = AssertSqlSafe(format!("SELECT {ALL} FROM heading WHERE release_at <= $1 ORDER BY id"));
        let rows = sqlx::query(sql).bind(now.millis()).fetch_all(&self.pool).await?;
        rows.iter().map(heading_of).collect()
    }
}

fn heading_of(row: &AnyRow) -> Result<Heading, RegistryError> {
    let record = Record::new("heading", row, "id")?;
    let heading = Heading {
        proof_key: record.parsed("proof_key", |text| of_hexadecimal(text).ok())?,
        kind: record.parsed("kind", CertificateKind::from_code)?,
        before: record.get("before_digits")?,
        width: u8::try_from(record.get::<i64>("width")?).map_err(|_| record.inconsistent("width"))?,
        after: record.get("after_digits")?,
        achievement: record.get("achievement")?,
        programme: record.get("programme")?,
        issued_on: record.parsed("issued_on", |text| text.parse().ok())?,
    };
    if heading.digest().to_string() == record.key { Ok(heading) } else { Err(record.inconsistent("id")) }
}
