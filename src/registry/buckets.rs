//! Token buckets that every process of a service shares.

use sqlx::Row as _;

use crate::domain::limit::{Limit, Taken};
use crate::domain::time::Instant;

use super::{Registry, RegistryError};

impl Registry {
    /// Takes `count` tokens from a bucket at `now`, in one statement, so that any number of processes share it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_tokens(&self, bucket: &str, limit: Limit, count: u32, now: Instant) -> Result<Taken, RegistryError> {
        let (at, cost) = (now.millis(), limit.cost(count));
        let latest = at + limit.span();
        if at + cost > latest {
            return Ok(limit.take(at, count, now));
        }
        let taken = sqlx::query(
            "INSERT INTO bucket (id, full_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET full_at = \
             CASE WHEN bucket.full_at > $3 THEN bucket.full_at ELSE $3 END + $4 \
             WHERE CASE WHEN bucket.full_at > $3 THEN bucket.full_at ELSE $3 END + $4 <= $5 RETURNING full_at",
        )
        .bind(bucket.to_owned())
        .bind(at + cost)
        .bind(at)
        .bind(cost)
        .bind(latest)
        .fetch_optional(&self.pool)
        .await?;
        if let Some(row) = taken {
            return Ok(Taken::Granted { full_at: row.try_get(0)? });
        }
        let row = sqlx::query("SELECT full_at FROM bucket WHERE id = $1").bind(bucket.to_owned()).fetch_optional(&self.pool).await?;
        let full_at = row.map_or(Ok(at), |r| r.try_get(0))?;
        // Another process may have swept the bucket in between; the next question is then granted.
        Ok(match limit.take(full_at, count, now) {
            Taken::Granted { .. } => Taken::Refused { retry_after: 1 },
            refused => refused,
        })
    }

    /// Forgets buckets that are full: they are as new ones.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn sweep_buckets(&self, now: Instant) -> Result<u64, RegistryError> {
        let done = sqlx::query("DELETE FROM bucket WHERE full_at <= $1").bind(now.millis()).execute(&self.pool).await?;
        Ok(done.rows_affected())
    }
}
