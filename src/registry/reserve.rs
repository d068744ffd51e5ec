//! Reserving numbers: the one act that must never leave a hole or a twin.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::certificate::Facts;
use crate::domain::issuer::Slug;
use crate::domain::number::{CertificateNumber, Series};
use crate::domain::time::Instant;

use super::awards::{self, AwardRecord, Whose};
use super::certificates;
use super::rows::{ROWS, placeholders};
use super::{Registry, RegistryError};

/// What is recorded with a number before anything is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Everything that the file will state.
    pub facts: Facts,
    /// The public sees it from then on.
    pub release: Instant,
}

/// A recorded reservation that waits for its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// Everything that the file will state.
    pub facts: Facts,
}

impl Registry {
    /// Reserves the next numbers of a series for the next awards of a programme, at most `limit`, none after award `up_to`.
    ///
    /// One commit: the series' row is locked first, so that any number of processes take turns; numbers and facts are written
    /// together, so that a crash leaves both or neither.
    ///
    /// # Errors
    /// [`RegistryError::Series`] if the series has too few numbers; nothing is written then or after any other error.
    pub async fn reserve(
        &self,
        series: &Series,
        (programme, whose): (&Slug, Whose),
        up_to: i64,
        limit: u32,
        build: impl Fn(&AwardRecord, CertificateNumber) -> Reservation + Send,
    ) -> Result<Vec<Reserved>, RegistryError> {
        let mut tx = self.write().await?;
        let used = lock(&mut tx, &series.id()).await?;
        let awards = self.next_awards(&mut tx, (programme, whose), up_to, limit).await?;
        if awards.is_empty() {
            tx.rollback().await?;
            return Ok(Vec::new());
        }
        let count = u64::try_from(awards.len()).unwrap_or(u64::MAX);
        series.check_room(used, count)?;
        let mut new = Vec::with_capacity(awards.len());
        for (seq, award) in (used + 1..).zip(awards) {
            let reservation = build(&award, series.number(seq)?);
            let document_hash = award.award.holder.document.as_ref().map(|d| self.keys.document_hash(d));
            new.push(NewRow { seq, award_id: award.id, generation: 0, document_hash, reservation });
        }
        for rows in new.chunks(ROWS) {
            insert(&mut tx, &series.id(), programme, rows).await?;
            mark_awards(&mut tx, rows).await?;
        }
        advance(&mut tx, &series.id(), used + count).await?;
        tx.commit().await?;
        Ok(new.into_iter().map(|row| Reserved { facts: row.reservation.facts }).collect())
    }

    /// Whether `wanted` more numbers fit into a series.
    ///
    /// # Errors
    /// [`RegistryError::Series`] if not.
    pub async fn check_room(&self, series: &Series, wanted: u64) -> Result<(), RegistryError> {
        let row = sqlx::query("SELECT last_seq FROM series WHERE id = $1").bind(series.id()).fetch_optional(&self.pool).await?;
        let used: i64 = row.map_or(Ok(0), |r| r.try_get(0))?;
        Ok(series.check_room(u64::try_from(used).unwrap_or(0), wanted)?)
    }

    /// Reservations that were never completed, whoever made them, in the order of their numbers.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn reserved(&self, limit: u32) -> Result<Vec<Reserved>, RegistryError> {
        let sql = format!("SELECT {} FROM certificate WHERE state = 'reserved' ORDER BY number LIMIT $1", certificates::COLUMNS);
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Reserved { facts: certificates::read(row)?.facts })).collect()
    }

    async fn next_awards(
        &self,
        tx: &mut Transaction<'static, Any>,
        (programme, whose): (&Slug, Whose),
        up_to: i64,
        limit: u32,
    ) -> Result<Vec<AwardRecord>, RegistryError> {
        let (columns, open) = (awards::COLUMNS, whose.open());
        let sql = format!("SELECT {columns} FROM award WHERE programme = $1 AND {open} AND seq <= $2 ORDER BY seq LIMIT $3");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(programme.as_str()).bind(up_to).bind(i64::from(limit)).fetch_all(&mut **tx).await?;
        rows.iter().map(|row| awards::read(row, &self.keys)).collect()
    }
}

/// A certificate to be recorded as reserved.
pub(super) struct NewRow {
    pub seq: u64,
    pub award_id: String,
    pub generation: i64,
    pub document_hash: Option<String>,
    pub reservation: Reservation,
}

pub(super) async fn insert(
    tx: &mut Transaction<'static, Any>,
    series: &str,
    programme: &Slug,
    rows: &[NewRow],
) -> Result<(), RegistryError> {
    let sql = format!(
        "INSERT INTO certificate (number, series_id, seq, award_id, generation, programme, claims, template, signer, document_hash, \
         reserved_at, release_at, state) VALUES {}",
        placeholders(rows.len(), 13, 0)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for NewRow { seq, award_id, generation, document_hash, reservation: Reservation { facts, release } } in rows {
        query = query
            .bind(facts.claims.number.as_str().to_owned())
            .bind(series.to_owned())
            .bind(i64::try_from(*seq).unwrap_or(i64::MAX))
            .bind(award_id.clone())
            .bind(*generation)
            .bind(programme.as_str().to_owned())
            .bind(facts.claims.to_bytes())
            .bind(facts.template.to_string())
            .bind(facts.signer.to_string())
            .bind(document_hash.clone())
            .bind(facts.reserved_at.millis())
            .bind(release.millis())
            .bind("reserved");
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Locks the row of a series, making it if it is new; answers the last number given.
pub(super) async fn lock(tx: &mut Transaction<'static, Any>, series: &str) -> Result<u64, RegistryError> {
    sqlx::query("INSERT INTO series (id, last_seq) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING")
        .bind(series.to_owned())
        .execute(&mut **tx)
        .await?;
    let row = sqlx::query("UPDATE series SET last_seq = last_seq WHERE id = $1 RETURNING last_seq")
        .bind(series.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    let last: i64 = row.try_get(0)?;
    u64::try_from(last).map_err(|_| RegistryError::Inconsistent { table: "series", column: "last_seq", row: series.to_owned() })
}

pub(super) async fn advance(tx: &mut Transaction<'static, Any>, series: &str, last: u64) -> Result<(), RegistryError> {
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    sqlx::query("UPDATE series SET last_seq = $1 WHERE id = $2").bind(last).bind(series.to_owned()).execute(&mut **tx).await?;
    Ok(())
}

async fn mark_awards(tx: &mut Transaction<'static, Any>, rows: &[NewRow]) -> Result<(), RegistryError> {
    let sql = format!(
        "WITH v (award_id, number) AS (VALUES {}) UPDATE award SET certificate = v.number FROM v WHERE award.id = v.award_id",
        placeholders(rows.len(), 2, 0)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for row in rows {
        query = query.bind(row.award_id.clone()).bind(row.reservation.facts.claims.number.as_str().to_owned());
    }
    query.execute(&mut **tx).await?;
    Ok(())
}
