//! Sends what waits. Any process that serves or works does; an endpoint that is slow holds up nobody else's.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::domain::time::Instant;
use crate::domain::webhook::EndpointId;
use crate::registry::{DueDelivery, EndpointRecord};
use crate::sealing::webhook::{WebhookSecret, seconds};
use crate::service::{Service, ServiceError};

use super::client::Parcel;

/// How often it is looked for what happened.
const LOOK: Duration = Duration::from_secs(1);
/// Notices that are on their way to one endpoint from one process at once.
const AT_ONCE: u32 = 8;
/// After so many milliseconds a notice that was taken and of which nothing was heard is sent by whoever finds it: four times as long as an
/// attempt may take.
const TAKEN: i64 = 60_000;

impl Service {
    /// Gives what happened to the endpoints that want it. Answers how many events there were.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn fan_out_webhooks(&self, now: Instant) -> Result<usize, ServiceError> {
        Ok(self.registry.fan_out_webhooks(now).await?)
    }

    /// Sends what is due, one round for each endpoint. Answers how many attempts were made.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; an endpoint that fails is no error.
    pub async fn send_webhooks(&self, now: Instant) -> Result<usize, ServiceError> {
        while self.registry.fan_out_webhooks(now).await? > 0 {}
        let mut sent = 0;
        for endpoint in self.registry.due_webhook_endpoints(now).await? {
            sent += self.send_to(&endpoint, now).await?;
        }
        Ok(sent)
    }

    /// Sends what is due for one endpoint, some at once. Answers how many.
    async fn send_to(&self, id: &EndpointId, now: Instant) -> Result<usize, ServiceError> {
        let Some(endpoint) = self.registry.webhook_endpoint(id).await? else { return Ok(0) };
        let texts = self.registry.webhook_secrets(id, now).await?;
        let secrets: Result<Vec<_>, _> = texts.iter().map(|text| WebhookSecret::parse(text)).collect();
        let secrets = secrets.map_err(|e| ServiceError::Message(e.to_string()))?;
        let due = self.registry.take_due_deliveries(id, (now, now.plus_millis(TAKEN)), AT_ONCE).await?;
        let attempts = due.iter().map(|delivery| self.attempt(&endpoint, &secrets, delivery, now));
        for attempt in join_all(attempts).await {
            attempt?;
        }
        Ok(due.len())
    }

    async fn attempt(
        &self,
        endpoint: &EndpointRecord,
        secrets: &[WebhookSecret],
        due: &DueDelivery,
        now: Instant,
    ) -> Result<(), ServiceError> {
        let id = due.event.as_str();
        let signature = secrets.iter().map(|secret| secret.sign(id, now, due.body.as_bytes())).collect::<Vec<_>>().join(" ");
        let parcel = Parcel { id, timestamp: seconds(now).to_string(), signature, body: due.body.clone() };
        let clock = std::time::Instant::now();
        let outcome = self.webhook_client.post(&endpoint.url, self.config.webhook_reach, parcel).await;
        let after = now.plus_millis(i64::try_from(clock.elapsed().as_millis()).unwrap_or(0));
        if !outcome.is_success() {
            // Neither the address nor the body: both may be nobody else's business.
            tracing::info!(endpoint = %endpoint.id, event = id, tries = due.tries, ?outcome, "a notice was not taken");
        }
        if self.registry.webhook_attempted(&endpoint.id, due, outcome, (now, after)).await? {
            tracing::warn!(endpoint = %endpoint.id, "an endpoint stopped: the staff see it");
        }
        Ok(())
    }
}

/// Sends for as long as the task lives.
pub async fn run(service: Arc<Service>) {
    let mut ticks = tokio::time::interval(LOOK);
    let mut running: JoinSet<EndpointId> = JoinSet::new();
    let mut busy: HashSet<EndpointId> = HashSet::new();
    loop {
        ticks.tick().await;
        while let Some(done) = running.try_join_next() {
            match done {
                Ok(id) => {
                    busy.remove(&id);
                }
                // A task that broke has told nobody whose it was.
                Err(_) => busy.clear(),
            }
        }
        let Ok(now) = service.clock().now() else { continue };
        match service.fan_out_webhooks(now).await {
            // There may be more.
            Ok(1..) => ticks.reset_immediately(),
            Ok(0) => {}
            Err(error) => tracing::warn!(%error, "events could not be given to their endpoints"),
        }
        match service.registry.due_webhook_endpoints(now).await {
            Ok(due) => {
                for id in due.into_iter().filter(|id| busy.insert(id.clone())).collect::<Vec<_>>() {
                    running.spawn(drain(Arc::clone(&service), id));
                }
            }
            Err(error) => tracing::warn!(%error, "due notices could not be read"),
        }
    }
}

/// Sends to one endpoint until nothing is due.
async fn drain(service: Arc<Service>, id: EndpointId) -> EndpointId {
    loop {
        let Ok(now) = service.clock().now() else { return id };
        match service.send_to(&id, now).await {
            Ok(1..) => {}
            Ok(0) => return id,
            Err(error) => {
                tracing::warn!(%error, endpoint = %id, "notices could not be sent");
                return id;
            }
        }
    }
}
