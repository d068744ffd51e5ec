//! What is to be told.
//!
//! Where no system listens, this costs one question to a table of a few rows in a commit of certificates, and one in a move of a claim.

use std::collections::BTreeSet;

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState};
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::domain::webhook::{CertificateFact, ClaimFact, EndpointId, Event, EventId, EventKind, EventKinds};
use crate::registry::rows::{ROWS, Record, placeholders};
use crate::registry::{Registry, RegistryError, certificates};

/// Events that are given to their endpoints in one commit.
const AT_ONCE: i64 = 200;

impl Registry {
    /// The id of what happened: the same for the same, so that whoever tells it twice tells it once.
    fn event_id(&self, event: &Event, occasion: &str) -> Result<EventId, RegistryError> {
        let digits = self.keys.secret_hash("webhook event", &[event.kind.as_bytes(), event.subject.as_bytes(), occasion.as_bytes()]);
        EventId::parse(&format!("evt_{digits:.32}")).map_err(|_| RegistryError::Inconsistent {
            table: "webhook_event",
            column: "id",
            row: event.subject.clone(),
        })
    }

    /// Tells what happened to certificates, in the transaction in which it does.
    pub(in crate::registry) async fn tell_of_certificates(
        &self,
        tx: &mut Transaction<'static, Any>,
        kind: EventKind,
        numbers: &[CertificateNumber],
        at: Instant,
    ) -> Result<(), RegistryError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query("SELECT DISTINCT issuer FROM webhook_endpoint").fetch_all(&mut **tx).await?;
        let listening = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<BTreeSet<String>, RegistryError>>()?;
        if listening.is_empty() {
            return Ok(());
        }
        for chunk in numbers.chunks(ROWS) {
            let (columns, places) = (certificates::COLUMNS, placeholders(1, chunk.len(), 0));
            let sql = format!("SELECT {columns} FROM certificate WHERE number IN {places} ORDER BY number");
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, number| query.bind(number.as_str().to_owned()));
            let mut events = Vec::new();
            for row in query.fetch_all(&mut **tx).await? {
                let (successor, certificate) =
                    (Record::new("certificate", &row, "number")?.optional("successor", |t| t.parse().ok())?, certificates::read(&row)?);
                let claims = certificate.facts.claims;
                if listening.contains(claims.issuer.id.as_str()) {
                    let fact = CertificateFact {
                        number: claims.number,
                        issuer: claims.issuer.id,
                        programme: claims.programme.id,
                        issued_on: claims.issued_on,
                        release: certificate.release,
                        replaces: claims.replaces,
                        successor,
                    };
                    let event = Event::of_certificate(kind, &fact, at);
                    events.push((self.event_id(&event, "")?, event));
                }
            }
            put(tx, &events).await?;
        }
        Ok(())
    }

    /// Tells how a claim moved, in the transaction in which it does; `seq` is its place in the claim's history.
    pub(in crate::registry) async fn tell_of_claim(
        &self,
        tx: &mut Transaction<'static, Any>,
        (claim, seq): (ClaimId, i64),
        act: &str,
        state: ClaimState,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let kinds = EventKind::of_claim(ClaimEvent::from_code(act), state);
        if kinds.is_empty() {
            return Ok(());
        }
        let sql = "SELECT o.id, o.issuer, (SELECT a.certificate FROM award a WHERE a.id = c.certified) AS number FROM claim c \
                   JOIN offer o ON o.id = c.offer WHERE c.id = $1 AND EXISTS (SELECT 1 FROM webhook_endpoint e WHERE e.issuer = o.issuer)";
        let Some(row) = sqlx::query(sql).bind(claim.0).fetch_optional(&mut **tx).await? else { return Ok(()) };
        let record = Record::new("claim", &row, "id")?;
        let fact = ClaimFact {
            claim,
            issuer: record.parsed("issuer", |t| t.parse().ok())?,
            offer: record.parsed("id", |t| t.parse().ok())?,
            state,
            // One that is only reserved is nobody's business yet.
            certificate: record.optional("number", |t| t.parse().ok())?.filter(|_| state == ClaimState::Issued),
        };
        let mut events = Vec::new();
        for kind in kinds {
            let event = Event::of_claim(kind, &fact, at);
            events.push((self.event_id(&event, &seq.to_string())?, event));
        }
        put(tx, &events).await
    }

    /// Queues a test for one endpoint. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn test_webhook(&self, endpoint: &EndpointId, id: &EventId, actor: &str, at: Instant) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "webhook test", endpoint.as_str(), "").await?;
        let sql = "SELECT issuer FROM webhook_endpoint WHERE id = $1";
        let Some(row) = sqlx::query(sql).bind(endpoint.as_str().to_owned()).fetch_optional(&mut *tx).await? else { return Ok(false) };
        let issuer: Slug = row.try_get::<String, _>(0)?.parse().map_err(|_| RegistryError::Inconsistent {
            table: "webhook_endpoint",
            column: "issuer",
            row: endpoint.to_string(),
        })?;
        put(&mut tx, &[(id.clone(), Event::test(&issuer, endpoint, at))]).await?;
        // It goes to this endpoint alone, so it is given to it here.
        sqlx::query("UPDATE webhook_event SET fanned_at = $1 WHERE id = $2")
            .bind(at.millis())
            .bind(id.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
        deliver(&mut tx, endpoint.as_str(), id.as_str(), at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives what happened to the endpoints that want it, and that were there when it did. Answers how many events there were.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn fan_out_webhooks(&self, now: Instant) -> Result<usize, RegistryError> {
        let sql = "SELECT id FROM webhook_event WHERE fanned_at IS NULL LIMIT 1";
        if sqlx::query(sql).fetch_optional(&self.pool).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let sql = "SELECT id, issuer, kind, at FROM webhook_event WHERE fanned_at IS NULL ORDER BY at, id LIMIT $1";
        let events = sqlx::query(sql).bind(AT_ONCE).fetch_all(&mut *tx).await?;
        let endpoints = sqlx::query("SELECT id, issuer, events, created_at FROM webhook_endpoint ORDER BY id").fetch_all(&mut *tx).await?;
        for event in &events {
            let event = Record::new("webhook_event", event, "id")?;
            let kind = event.parsed("kind", EventKind::from_code)?;
            for endpoint in &endpoints {
                let endpoint = Record::new("webhook_endpoint", endpoint, "id")?;
                let wanted = endpoint.parsed("events", |text| EventKinds::parse(text.split(' ')).ok())?;
                let theirs = endpoint.get::<&str>("issuer")? == event.get::<&str>("issuer")?;
                if theirs && wanted.has(kind) && endpoint.instant("created_at")? <= event.instant("at")? {
                    deliver(&mut tx, &endpoint.key, &event.key, now).await?;
                }
            }
            sqlx::query("UPDATE webhook_event SET fanned_at = $1 WHERE id = $2")
                .bind(now.millis())
                .bind(event.key.clone())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(events.len())
    }

    /// Forgets what happened before an instant, with what came of telling it. Answers how many events there were.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn sweep_webhooks(&self, before: Instant) -> Result<u64, RegistryError> {
        let mut tx = self.write().await?;
        const OLD: &str = "event IN (SELECT id FROM webhook_event WHERE at < $1)";
        for table in ["webhook_attempt", "webhook_delivery"] {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE {OLD}"))).bind(before.millis()).execute(&mut *tx).await?;
        }
        let gone = sqlx::query("DELETE FROM webhook_event WHERE at < $1").bind(before.millis()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}

async fn put(tx: &mut Transaction<'static, Any>, events: &[(EventId, Event)]) -> Result<(), RegistryError> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO webhook_event (id, issuer, kind, subject, body, at) VALUES {} ON CONFLICT (id) DO NOTHING",
        placeholders(events.len(), 6, 0)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (id, event) in events {
        query = query
            .bind(id.as_str().to_owned())
            .bind(event.issuer.as_str().to_owned())
            .bind(event.kind)
            .bind(event.subject.clone())
            .bind(event.body.clone())
            .bind(event.at.millis());
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Queues an event for an endpoint, once.
async fn deliver(tx: &mut Transaction<'static, Any>, endpoint: &str, event: &str, now: Instant) -> Result<(), RegistryError> {
    let sql = "INSERT INTO webhook_delivery (endpoint, event, state, tries, sent, next_at) VALUES ($1, $2, 'waiting', 0, 0, $3) \
               ON CONFLICT (endpoint, event) DO NOTHING";
    sqlx::query(sql).bind(endpoint.to_owned()).bind(event.to_owned()).bind(now.millis()).execute(&mut **tx).await?;
    Ok(())
}
