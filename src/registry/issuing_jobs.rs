//! Batches that the server runs: one row each, with a lease, so that over all processes one runs at a time for a programme, and what a
//! process leaves behind another one goes on with.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::issuer::Slug;
use crate::domain::time::Instant;

use super::issuing_job::{Beat, Ending, JobKind, JobOutcome, JobRecord, NewJob, Queued, StageKind, Standing};
use super::rows::Record;
use super::{Registry, RegistryError};

const COLUMNS: &str = "CAST(id AS TEXT) AS row_key, id, programme, kind, actor, queued_at, started_at, stage, stage_at, stage_done, \
                       stage_total, beat_at, stop_wanted, ended_at, outcome, issued, resumed, detail, problem_count";

impl Registry {
    /// Queues a batch and says so in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn queue_job(&self, new: &NewJob<'_>) -> Result<Queued, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let queued = self.queue_job_in(&mut tx, new).await?;
        if matches!(queued, Queued::New(_)) {
            tx.commit().await?;
        }
        Ok(queued)
    }

    /// The same within a transaction, which holds the audit trail's lock.
    pub(super) async fn queue_job_in(&self, tx: &mut Transaction<'static, Any>, new: &NewJob<'_>) -> Result<Queued, RegistryError> {
        let sql = "SELECT id FROM issuing_job WHERE programme = $1 AND ended_at IS NULL";
        if let Some(row) = sqlx::query(sql).bind(new.programme.as_str().to_owned()).fetch_optional(&mut **tx).await? {
            return Ok(Queued::Running(row.try_get(0)?));
        }
        let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM issuing_job").fetch_one(&mut **tx).await?.try_get(0)?;
        let sql = "INSERT INTO issuing_job (id, programme, kind, occasion, actor, queued_at, stage, stage_done, stage_total, stop_wanted, \
                   issued, resumed, detail, problem_count) VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0, 0, 0, 0, '', 0) \
                   ON CONFLICT (occasion) DO NOTHING";
        let added = sqlx::query(sql)
            .bind(id)
            .bind(new.programme.as_str().to_owned())
            .bind(new.kind.code())
            .bind(new.occasion.map(str::to_owned))
            .bind(new.actor.to_owned())
            .bind(new.at.millis())
            .execute(&mut **tx)
            .await?;
        if added.rows_affected() == 0 {
            return Ok(Queued::Known);
        }
        let action = if new.kind == JobKind::Issue { "start issuing" } else { "start preflight" };
        self.append(tx, new.at, new.actor, action, new.programme.as_str(), &format!("batch {id}")).await?;
        Ok(Queued::New(id))
    }

    /// Takes the oldest batch that no process runs, until `lease_until`; `machine` is now by the clock that leases go by.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_job(
        &self,
        worker: &str,
        machine: Instant,
        lease_until: Instant,
        now: Instant,
    ) -> Result<Option<JobRecord>, RegistryError> {
        const FREE: &str = "ended_at IS NULL AND (worker IS NULL OR lease_until < $1)";
        let sql = format!("SELECT {COLUMNS} FROM issuing_job WHERE {FREE} ORDER BY id LIMIT 1");
        let Some(row) = sqlx::query(AssertSqlSafe(sql)).bind(machine.millis()).fetch_optional(&self.pool).await? else { return Ok(None) };
        let job = read(&row)?;
        let sql = format!(
            "UPDATE issuing_job SET worker = $2, lease_until = $3, started_at = COALESCE(started_at, $4), stage = '', stage_at = $4, \
             stage_done = 0, stage_total = 0, beat_at = $4 WHERE id = $5 AND {FREE}"
        );
        let taken = sqlx::query(AssertSqlSafe(sql))
            .bind(machine.millis())
            .bind(worker.to_owned())
            .bind(lease_until.millis())
            .bind(now.millis())
            .bind(job.id)
            .execute(&self.pool)
            .await?;
        Ok((taken.rows_affected() == 1).then_some(job))
    }

    /// Says how far a batch is, and keeps it for its process. Answers whether it is to be stopped; `None` if it is another's by now.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn beat_job(&self, beat: &Beat<'_>) -> Result<Option<bool>, RegistryError> {
        let sql = "UPDATE issuing_job SET lease_until = $1, stage = $2, stage_at = $3, stage_done = $4, stage_total = $5, beat_at = $6 \
                   WHERE id = $7 AND worker = $8 AND ended_at IS NULL RETURNING stop_wanted";
        let row = sqlx::query(sql)
            .bind(beat.lease_until.millis())
            .bind(beat.standing.stage.code())
            .bind(beat.standing.since.millis())
            .bind(i64::try_from(beat.standing.done).unwrap_or(i64::MAX))
            .bind(i64::try_from(beat.standing.total).unwrap_or(i64::MAX))
            .bind(beat.at.millis())
            .bind(beat.job)
            .bind(beat.worker.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get::<i64, _>(0)).transpose()?.map(|wanted| wanted != 0))
    }

    /// Gives a batch back, which its process does not go on with, with what it issued and completed.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn release_job(&self, job: i64, worker: &str, (issued, resumed): (u64, u64)) -> Result<(), RegistryError> {
        let sql = "UPDATE issuing_job SET worker = NULL, issued = issued + $1, resumed = resumed + $2 \
                   WHERE id = $3 AND worker = $4 AND ended_at IS NULL";
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        sqlx::query(sql).bind(count(issued)).bind(count(resumed)).bind(job).bind(worker.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// Ends a batch and says so in the audit trail. `false` if it is another process's by now.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn end_job(&self, job: &JobRecord, worker: &str, ending: &Ending<'_>) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let detail = format!("batch {}: {}, {} issued, {} resumed", job.id, ending.outcome.code(), ending.issued, ending.resumed);
        let action = if job.kind == JobKind::Issue { "end issuing" } else { "end preflight" };
        self.append(&mut tx, ending.at, &job.actor, action, job.programme.as_str(), &detail).await?;
        let sql = "UPDATE issuing_job SET ended_at = $1, outcome = $2, issued = issued + $3, resumed = resumed + $4, detail = $5, problem_count = $6, \
                   problems = $7 WHERE id = $8 AND worker = $9 AND ended_at IS NULL";
        let ended = sqlx::query(sql)
            .bind(ending.at.millis())
            .bind(ending.outcome.code())
            .bind(count(ending.issued))
            .bind(count(ending.resumed))
            .bind(ending.detail.to_owned())
            .bind(count(ending.problems.map_or(0, |(_, n)| n)))
            .bind(ending.problems.map(|(text, _)| self.keys.seal_field(&place(job.id), text)))
            .bind(job.id)
            .bind(worker.to_owned())
            .execute(&mut *tx)
            .await?;
        if ended.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Wants a batch stopped; one that no process runs ends at once. `false` if it is over.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn stop_job(&self, job: i64, machine: Instant, actor: &str, at: Instant) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "stop issuing", &job.to_string(), "").await?;
        let sql = "UPDATE issuing_job SET stop_wanted = 1 WHERE id = $1 AND ended_at IS NULL";
        if sqlx::query(sql).bind(job).execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let sql = "UPDATE issuing_job SET ended_at = $1, outcome = 'stopped' WHERE id = $2 AND (worker IS NULL OR lease_until < $3)";
        sqlx::query(sql).bind(at.millis()).bind(job).bind(machine.millis()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A batch.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn job(&self, id: i64) -> Result<Option<JobRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM issuing_job WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Whether a batch of a programme is not over yet.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn has_open_job(&self, programme: &Slug) -> Result<bool, RegistryError> {
        let sql = "SELECT COUNT(*) FROM issuing_job WHERE programme = $1 AND ended_at IS NULL AND kind = 'issue'";
        let open: i64 = sqlx::query(sql).bind(programme.as_str().to_owned()).fetch_one(&self.pool).await?.try_get(0)?;
        Ok(open > 0)
    }

    /// The last batches, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn jobs(&self, limit: u32) -> Result<Vec<JobRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM issuing_job ORDER BY id DESC LIMIT $1");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// What a batch found wrong with awards, as it was given to [`end_job`](Self::end_job). That it was read is in the audit trail before.
    ///
    /// # Errors
    /// [`RegistryError`]; a batch that found nothing has none.
    pub async fn job_problems(&self, id: i64, actor: &str, at: Instant) -> Result<Option<String>, RegistryError> {
        let row = sqlx::query("SELECT problems FROM issuing_job WHERE id = $1").bind(id).fetch_optional(&self.pool).await?;
        let sealed = row.map(|row| row.try_get::<Option<Vec<u8>>, _>(0)).transpose()?.flatten();
        let Some(sealed) = sealed else { return Ok(None) };
        self.note(actor, "read issuing problems", &id.to_string(), "", at).await?;
        let opened = self.keys.open_field(&place(id), &sealed);
        opened.map(Some).map_err(|_| RegistryError::Inconsistent { table: "issuing_job", column: "problems", row: id.to_string() })
    }
}

fn place(job: i64) -> String {
    format!("issuing/problems/{job}")
}

fn read(row: &AnyRow) -> Result<JobRecord, RegistryError> {
    let record = Record::new("issuing_job", row, "row_key")?;
    let instant = |column: &'static str| match record.get::<Option<i64>>(column)? {
        None => Ok(None),
        Some(millis) => Instant::from_millis(millis).map(Some).map_err(|_| record.inconsistent(column)),
    };
    let count = |column: &'static str| u64::try_from(record.get::<i64>(column)?).map_err(|_| record.inconsistent(column));
    let stage = record.parsed("stage", StageKind::from_code)?;
    let standing = match instant("stage_at")? {
        None => None,
        Some(since) => Some(Standing { stage, since, done: count("stage_done")?, total: count("stage_total")? }),
    };
    let ended = match (instant("ended_at")?, record.optional("outcome", JobOutcome::from_code)?) {
        (Some(at), Some(outcome)) => Some((at, outcome)),
        (None, None) => None,
        _ => return Err(record.inconsistent("outcome")),
    };
    Ok(JobRecord {
        id: record.get("id")?,
        programme: record.parsed("programme", |t| t.parse().ok())?,
        kind: record.parsed("kind", JobKind::from_code)?,
        actor: record.get("actor")?,
        queued_at: record.instant("queued_at")?,
        started_at: instant("started_at")?,
        beat_at: instant("beat_at")?,
        stop_wanted: record.get::<i64>("stop_wanted")? != 0,
        issued: count("issued")?,
        resumed: count("resumed")?,
        detail: record.get("detail")?,
        problem_count: count("problem_count")?,
        standing,
        ended,
    })
}
