//! Many numbers at once: one statement for each 32, so that a list of thousands takes no longer than people wait.

use std::collections::{BTreeSet, HashMap, HashSet};

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::certificate::Certificate;
use crate::domain::limit::Limit;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::certificates::{COLUMNS, read};
use super::rows::{ROWS, placeholders};
use super::{Registry, RegistryError};

impl Registry {
    /// The certificates with these numbers, in whatever state, by number. Unknown numbers are left out.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn certificates_by_numbers(
        &self,
        numbers: &[CertificateNumber],
    ) -> Result<HashMap<CertificateNumber, Certificate>, RegistryError> {
        let mut found = HashMap::with_capacity(numbers.len());
        for chunk in numbers.chunks(ROWS) {
            let sql = format!("SELECT {COLUMNS} FROM certificate WHERE number IN {}", placeholders(1, chunk.len(), 0));
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, number| query.bind(number.as_str().to_owned()));
            for row in query.fetch_all(&self.pool).await? {
                let certificate = read(&row)?;
                found.insert(certificate.facts.claims.number.clone(), certificate);
            }
        }
        Ok(found)
    }

    /// Takes one token from each of the buckets at `now`, in one commit. Answers the buckets that had one.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_from_each(&self, buckets: &BTreeSet<String>, limit: Limit, now: Instant) -> Result<HashSet<String>, RegistryError> {
        let (at, cost) = (now.millis(), limit.cost(1));
        let latest = at + limit.span();
        let mut tx = self.buckets.begin_with(self.begin_write).await?;
        let mut granted = HashSet::with_capacity(buckets.len());
        // In their order, so that two lists that share some never wait for each other in a circle.
        let ids: Vec<&String> = buckets.iter().collect();
        for chunk in ids.chunks(ROWS) {
            let values: Vec<String> = (1..=chunk.len()).map(|n| format!("(${}, {})", n + 4, at + cost)).collect();
            let sql = format!(
                "INSERT INTO bucket (id, full_at) VALUES {} ON CONFLICT (id) DO UPDATE SET full_at = \
                 CASE WHEN bucket.full_at > $1 THEN bucket.full_at ELSE $1 END + $2 \
                 WHERE CASE WHEN bucket.full_at > $3 THEN bucket.full_at ELSE $3 END + $2 <= $4 RETURNING id",
                values.join(",")
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(at).bind(cost).bind(at).bind(latest);
            let query = chunk.iter().fold(query, |query, id| query.bind((*id).clone()));
            for row in query.fetch_all(&mut *tx).await? {
                granted.insert(row.try_get(0)?);
            }
        }
        tx.commit().await?;
        Ok(granted)
    }
}
