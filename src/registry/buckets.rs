//! Token buckets that every process of a service shares.
//!
//! A bucket outlives the process that fills it, but need not outlive a power cut: its writes go over connections of their own that do not
//! wait for the disk. What is asked at the same time is written with one statement.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::{AnyPool, AssertSqlSafe, Row as _};

use crate::domain::limit::{Limit, Taken};
use crate::domain::time::Instant;

use super::rows::ROWS;
use super::together::{Together, Turn, Waiting};
use super::{Registry, RegistryError};

/// Tokens that someone wants.
pub(super) struct Want {
    bucket: String,
    limit: Limit,
    count: u32,
    now: Instant,
}

type Given = Result<Taken, Arc<sqlx::Error>>;

/// Readers who wait for tokens.
pub(super) type Wants = Together<Want, Given>;

impl Registry {
    /// Takes `count` tokens from a bucket at `now`, in one statement, so that any number of processes share it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_tokens(&self, bucket: &str, limit: Limit, count: u32, now: Instant) -> Result<Taken, RegistryError> {
        let at = now.millis();
        if limit.cost(count) > limit.span() {
            return Ok(limit.take(at, count, now));
        }
        let (given, turn) = self.wants.put(Want { bucket: bucket.to_owned(), limit, count, now });
        if let Some(turn) = turn {
            tokio::spawn(give_all(self.buckets.clone(), turn));
        }
        given.await.map_err(|_| RegistryError::Unanswered)?.map_err(RegistryError::Shared)
    }

    /// Gives back tokens that were taken for what turned out to be in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn give_back_tokens(&self, bucket: &str, limit: Limit, count: u32) -> Result<(), RegistryError> {
        let sql = "UPDATE bucket SET full_at = full_at - $1 WHERE id = $2";
        sqlx::query(sql).bind(limit.cost(count)).bind(bucket.to_owned()).execute(&self.buckets).await?;
        Ok(())
    }

    /// Forgets buckets that are full: they are as new ones.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn sweep_buckets(&self, now: Instant) -> Result<u64, RegistryError> {
        let done = sqlx::query("DELETE FROM bucket WHERE full_at <= $1").bind(now.millis()).execute(&self.buckets).await?;
        Ok(done.rows_affected())
    }
}

/// Gives until nobody waits.
async fn give_all(pool: AnyPool, mut turn: Turn<Want, Given>) {
    while let Some(mut wants) = turn.next() {
        // In the order of their names, so that two processes never wait for each other's rows.
        wants.sort_by(|a, b| a.key.bucket.cmp(&b.key.bucket));
        while !wants.is_empty() {
            let (now, later) = alike(wants);
            wants = later;
            give(&pool, now).await;
        }
    }
}

/// Questions that wait for one statement.
type Queue = Vec<Waiting<Want, Given>>;

/// Those who want as many tokens by the same limit as the first does, each from another bucket; and the others.
fn alike(wants: Queue) -> (Queue, Queue) {
    let Some(shape) = wants.first().map(|first| (first.key.limit, first.key.count)) else { return (Vec::new(), wants) };
    let mut buckets = HashSet::new();
    wants.into_iter().partition(|Waiting { key, .. }| (key.limit, key.count) == shape && buckets.insert(key.bucket.clone()))
}

async fn give(pool: &AnyPool, wants: Queue) {
    match take(pool, &wants).await {
        Ok(taken) => wants.into_iter().zip(taken).for_each(|(want, taken)| drop(want.answer.send(Ok(taken)))),
        Err(error) => {
            let error = Arc::new(error);
            wants.into_iter().for_each(|want| drop(want.answer.send(Err(error.clone()))));
        }
    }
}

/// Takes as many tokens by one limit from each bucket, all of which differ.
async fn take(pool: &AnyPool, wants: &[Waiting<Want, Given>]) -> Result<Vec<Taken>, sqlx::Error> {
    // They came within a moment: the last one's instant stands for all.
    let Some(Want { limit, count, now, .. }) = wants.iter().map(|want| &want.key).max_by_key(|want| want.now.millis()) else {
        return Ok(Vec::new());
    };
    let (at, cost) = (now.millis(), limit.cost(*count));
    let rows = (0..wants.len()).map(|row| format!("(${}, $1)", row + 5)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "INSERT INTO bucket (id, full_at) VALUES {rows} ON CONFLICT (id) DO UPDATE SET full_at = \
         CASE WHEN bucket.full_at > $2 THEN bucket.full_at ELSE $2 END + $3 \
         WHERE CASE WHEN bucket.full_at > $2 THEN bucket.full_at ELSE $2 END + $3 <= $4 RETURNING id, full_at"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(at + cost).bind(at).bind(cost).bind(at + limit.span());
    let granted = wants.iter().fold(query, |query, want| query.bind(want.key.bucket.clone())).fetch_all(pool).await?;
    let granted: HashMap<String, i64> =
        granted.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
    let mut taken = Vec::with_capacity(wants.len());
    for Waiting { key: want, .. } in wants {
        taken.push(match granted.get(&want.bucket) {
            Some(full_at) => Taken::Granted { full_at: *full_at },
            None => refusal(pool, want).await?,
        });
    }
    Ok(taken)
}

/// When a bucket that had too few tokens will have enough.
async fn refusal(pool: &AnyPool, want: &Want) -> Result<Taken, sqlx::Error> {
    let row = sqlx::query("SELECT full_at FROM bucket WHERE id = $1").bind(want.bucket.clone()).fetch_optional(pool).await?;
    let full_at = row.map_or(Ok(want.now.millis()), |r| r.try_get(0))?;
    // Another process may have swept the bucket in between; the next question is then granted.
    Ok(match want.limit.take(full_at, want.count, want.now) {
        Taken::Granted { .. } => Taken::Refused { retry_after: 1 },
        refused => refused,
    })
}

/// Buckets that one statement writes.
pub(super) const MOST: usize = ROWS;
