//! What was sent, and what waits to be.

use sqlx::any::AnyRow;

use crate::domain::time::Instant;
use crate::domain::webhook::{DeliveryState, EndpointId, EventId, Outcome, PATIENCE, Unanswered};
use crate::registry::rows::Record;
use crate::registry::{Registry, RegistryError};

/// A notice that this process sends now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Its name.
    pub event: EventId,
    /// What is sent.
    pub body: String,
    /// Which attempt this is, since it was queued or replayed: from 1.
    pub tries: u32,
    /// Which attempt this is at all.
    pub sent: i64,
}

/// A notice and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its name.
    pub event: EventId,
    /// What it tells: the name of its kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When that happened.
    pub at: Instant,
    /// Where it is.
    pub state: DeliveryState,
    /// Attempts ever.
    pub sent: u64,
    /// When it is tried next, while it waits.
    pub next_at: Instant,
    /// The attempts, the latest first.
    pub attempts: Vec<AttemptRecord>,
}

/// An attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptRecord {
    /// When.
    pub at: Instant,
    /// The status of the answer, or why there was none.
    pub outcome: Result<u16, Unanswered>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

impl Registry {
    /// Endpoints that are to be sent something.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn due_webhook_endpoints(&self, now: Instant) -> Result<Vec<EndpointId>, RegistryError> {
        let sql = "SELECT id FROM webhook_endpoint e WHERE e.state = 'active' AND EXISTS (SELECT 1 FROM webhook_delivery d \
                   WHERE d.endpoint = e.id AND d.state = 'waiting' AND d.next_at <= $1) ORDER BY id";
        let rows = sqlx::query(sql).bind(now.millis()).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| Record::new("webhook_endpoint", row, "id")?.parsed("id", |t| EndpointId::parse(t).ok());
        rows.iter().map(read).collect()
    }

    /// Takes notices that are due for an endpoint: each is due again at `again` unless this process says before what came of it, so that a
    /// process that dies loses none, and two never send the same one at once.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn take_due_deliveries(
        &self,
        endpoint: &EndpointId,
        (now, again): (Instant, Instant),
        limit: u32,
    ) -> Result<Vec<DueDelivery>, RegistryError> {
        let sql = "SELECT d.event, v.body, d.tries, d.sent, d.next_at FROM webhook_delivery d JOIN webhook_event v ON v.id = d.event \
                   WHERE d.endpoint = $1 AND d.state = 'waiting' AND d.next_at <= $2 AND EXISTS (SELECT 1 FROM webhook_endpoint e \
                   WHERE e.id = $1 AND e.state = 'active') ORDER BY d.next_at, d.event LIMIT $3";
        let rows =
            sqlx::query(sql).bind(endpoint.as_str().to_owned()).bind(now.millis()).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let mut taken = Vec::new();
        for row in &rows {
            let record = Record::new("webhook_delivery", row, "event")?;
            let (tries, sent): (i64, i64) = (record.get("tries")?, record.get("sent")?);
            let sql = "UPDATE webhook_delivery SET next_at = $1, tries = tries + 1, sent = sent + 1 \
                       WHERE endpoint = $2 AND event = $3 AND state = 'waiting' AND sent = $4 AND next_at = $5";
            let mine = sqlx::query(sql)
                .bind(again.millis())
                .bind(endpoint.as_str().to_owned())
                .bind(record.key.clone())
                .bind(sent)
                .bind(record.get::<i64>("next_at")?)
                .execute(&self.pool)
                .await?;
            if mine.rows_affected() == 1 {
                taken.push(DueDelivery {
                    event: record.parsed("event", |t| EventId::parse(t).ok())?,
                    body: record.get("body")?,
                    tries: u32::try_from(tries + 1).map_err(|_| record.inconsistent("tries"))?,
                    sent: sent + 1,
                });
            }
        }
        Ok(taken)
    }

    /// Records what came of an attempt: the notice is delivered, waits for its next attempt or is given up; an endpoint at which nothing has
    /// succeeded for days, or that wants nothing any more, stops. Answers whether it stopped now.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn webhook_attempted(
        &self,
        endpoint: &EndpointId,
        due: &DueDelivery,
        outcome: Outcome,
        (began, now): (Instant, Instant),
    ) -> Result<bool, RegistryError> {
        let (status, failure) = match outcome {
            Outcome::Answered { status, .. } => (Some(i64::from(status)), None),
            Outcome::Unanswered(why) => (None, Some(why.code())),
        };
        let next = if outcome.is_success() { None } else { outcome.next(due.tries, &due.event, now) };
        let state = match (outcome.is_success(), next) {
            (true, _) => DeliveryState::Delivered,
            (false, Some(_)) => DeliveryState::Waiting,
            (false, None) => DeliveryState::GivenUp,
        };
        let mut tx = self.write().await?;
        let sql = "UPDATE webhook_delivery SET state = $1, next_at = $2, last_at = $3, last_status = $4, last_failure = $5 \
                   WHERE endpoint = $6 AND event = $7 AND sent = $8";
        let done = sqlx::query(sql)
            .bind(state.code())
            .bind(next.unwrap_or(now).millis())
            .bind(began.millis())
            .bind(status)
            .bind(failure)
            .bind(endpoint.as_str().to_owned())
            .bind(due.event.as_str().to_owned())
            .bind(due.sent)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            // The endpoint is gone, or another process has sent it meanwhile.
            return Ok(false);
        }
        let sql = "INSERT INTO webhook_attempt (endpoint, event, seq, at, status, failure, took_ms) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                   ON CONFLICT (endpoint, event, seq) DO NOTHING";
        sqlx::query(sql)
            .bind(endpoint.as_str().to_owned())
            .bind(due.event.as_str().to_owned())
            .bind(due.sent)
            .bind(began.millis())
            .bind(status)
            .bind(failure)
            .bind((now.millis() - began.millis()).max(0))
            .execute(&mut *tx)
            .await?;
        let id = endpoint.as_str().to_owned();
        if outcome.is_success() {
            let sql = "UPDATE webhook_endpoint SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
            sqlx::query(sql).bind(id).execute(&mut *tx).await?;
            tx.commit().await?;
            return Ok(false);
        }
        let sql = "UPDATE webhook_endpoint SET failing_since = $1 WHERE id = $2 AND failing_since IS NULL";
        sqlx::query(sql).bind(began.millis()).bind(id.clone()).execute(&mut *tx).await?;
        let limit = if outcome.is_gone() { now } else { now.plus_millis(-PATIENCE) };
        let sql =
            "UPDATE webhook_endpoint SET state = 'stopped', changed_at = $1 WHERE id = $2 AND state = 'active' AND failing_since <= $3";
        let stopped = sqlx::query(sql).bind(now.millis()).bind(id).bind(limit.millis()).execute(&mut *tx).await?.rows_affected() == 1;
        tx.commit().await?;
        if stopped {
            let why = if outcome.is_gone() { "410 Gone" } else { "nothing succeeded for three days" };
            self.note("webhooks", "webhook stop", endpoint.as_str(), why, now).await?;
        }
        Ok(stopped)
    }

    /// Sends a notice to an endpoint again, as if it had just happened. `false` if it was never meant for it, or waits anyway.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn replay_webhook(&self, endpoint: &EndpointId, event: &EventId, actor: &str, at: Instant) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "webhook replay", endpoint.as_str(), event.as_str()).await?;
        let sql = "UPDATE webhook_delivery SET state = 'waiting', tries = 0, next_at = $1 WHERE endpoint = $2 AND event = $3 \
                   AND state <> 'waiting'";
        let query = sqlx::query(sql).bind(at.millis()).bind(endpoint.as_str().to_owned()).bind(event.as_str().to_owned());
        if query.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Sends everything again that happened since an instant and that the endpoint wants, also what happened before the endpoint was made.
    /// Answers how many notices there are.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn replay_webhooks_since(
        &self,
        endpoint: &EndpointId,
        since: Instant,
        actor: &str,
        at: Instant,
    ) -> Result<u64, RegistryError> {
        let mut tx = self.write().await?;
        let sql = "SELECT id, issuer, events FROM webhook_endpoint WHERE id = $1";
        let Some(row) = sqlx::query(sql).bind(endpoint.as_str().to_owned()).fetch_optional(&mut *tx).await? else { return Ok(0) };
        let record = Record::new("webhook_endpoint", &row, "id")?;
        let (issuer, kinds): (String, String) = (record.get("issuer")?, record.get("events")?);
        // The kinds are names of our own, and none is a part of another.
        let sql = "INSERT INTO webhook_delivery (endpoint, event, state, tries, sent, next_at) \
                   SELECT $1, v.id, 'waiting', 0, 0, $2 FROM webhook_event v WHERE v.issuer = $3 AND v.at >= $4 AND v.fanned_at IS NOT NULL \
                   AND (' ' || $5 || ' ') LIKE ('% ' || v.kind || ' %') \
                   ON CONFLICT (endpoint, event) DO UPDATE SET state = 'waiting', tries = 0, next_at = excluded.next_at \
                   WHERE webhook_delivery.state <> 'waiting'";
        let queued = sqlx::query(sql)
            .bind(endpoint.as_str().to_owned())
            .bind(at.millis())
            .bind(issuer)
            .bind(since.millis())
            .bind(kinds)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        let detail = format!("since {}: {queued}", since.rfc3339_beijing());
        self.append(&mut tx, at, actor, "webhook replay", endpoint.as_str(), &detail).await?;
        tx.commit().await?;
        Ok(queued)
    }

    /// Notices for an endpoint with their attempts, the latest first; `only` those in a state.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn webhook_deliveries(
        &self,
        endpoint: &EndpointId,
        only: Option<DeliveryState>,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, RegistryError> {
        let sql = "SELECT d.event, v.kind, v.subject, v.at, d.state, d.sent, d.next_at FROM webhook_delivery d \
                   JOIN webhook_event v ON v.id = d.event WHERE d.endpoint = $1 AND ($2 = '' OR d.state = $2) \
                   ORDER BY COALESCE(d.last_at, d.next_at) DESC, d.event LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(endpoint.as_str().to_owned())
            .bind(only.map_or("", DeliveryState::code))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in &rows {
            let record = Record::new("webhook_delivery", row, "event")?;
            let sql = "SELECT event, at, status, failure, took_ms FROM webhook_attempt WHERE endpoint = $1 AND event = $2 \
                       ORDER BY seq DESC LIMIT 20";
            let attempts = sqlx::query(sql).bind(endpoint.as_str().to_owned()).bind(record.key.clone()).fetch_all(&self.pool).await?;
            deliveries.push(DeliveryRecord {
                event: record.parsed("event", |t| EventId::parse(t).ok())?,
                kind: record.get("kind")?,
                subject: record.get("subject")?,
                at: record.instant("at")?,
                state: record.parsed("state", DeliveryState::from_code)?,
                sent: u64::try_from(record.get::<i64>("sent")?).map_err(|_| record.inconsistent("sent"))?,
                next_at: record.instant("next_at")?,
                attempts: attempts.iter().map(attempt).collect::<Result<_, _>>()?,
            });
        }
        Ok(deliveries)
    }
}

fn attempt(row: &AnyRow) -> Result<AttemptRecord, RegistryError> {
    let record = Record::new("webhook_attempt", row, "event")?;
    let status = record.get::<Option<i64>>("status")?.map(u16::try_from).transpose().map_err(|_| record.inconsistent("status"))?;
    let outcome = match (status, record.optional("failure", Unanswered::from_code)?) {
        (Some(status), None) => Ok(status),
        (None, Some(why)) => Err(why),
        _ => return Err(record.inconsistent("failure")),
    };
    Ok(AttemptRecord { at: record.instant("at")?, outcome, took_ms: record.get("took_ms")? })
}
