//! Notices to issuers' own systems: the staff say where, [`sender`] sends them. `docs/webhooks.md` tells receivers how to read them.

mod client;
pub mod sender;

use zeroize::Zeroizing;

use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::domain::webhook::{BOTH_SECRETS, DeliveryState, EndpointId, EndpointState, EndpointUrl, EventId, EventKinds, Reach, UrlError};
use crate::registry::{DeliveryRecord, EndpointRecord, NewEndpoint};
use crate::sealing::webhook::WebhookSecret;

use super::access::Random;
use super::desk::Mandate;
use super::{Service, ServiceError};

pub(super) use client::Client;

/// Endpoints of one issuer, at most.
pub const MOST: usize = 20;
/// Notices that the log shows.
pub const SHOWN: u32 = 100;
/// For how long what happened is kept to be sent again, in milliseconds: 30 days.
pub const KEPT: i64 = 30 * 86_400_000;

/// What the staff typed of an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct TypedEndpoint<'a> {
    /// Whose certificates and claims.
    pub issuer: &'a str,
    /// Where.
    pub url: &'a str,
    /// The kinds that are ticked.
    pub events: &'a [&'a str],
}

/// A secret on its only way out.
pub type ShownSecret = Zeroizing<String>;

/// Why an endpoint was not made.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// No issuer of the configuration.
    #[error("请选择颁发机构 / choose an issuer")]
    Issuer,
    /// The address.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// No kinds.
    #[error("请至少选择一种事件 / choose at least one kind of event")]
    Events,
    /// There are [`MOST`].
    #[error("每个颁发机构至多 {MOST} 个接收地址 / an issuer has {MOST} endpoints at most")]
    TooMany,
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<crate::registry::RegistryError> for EndpointError {
    fn from(error: crate::registry::RegistryError) -> Self {
        Self::Service(error.into())
    }
}

fn secret(source: Random<'_>) -> Result<ShownSecret, ServiceError> {
    let mut bytes = vec![0; 32];
    source(&mut bytes);
    WebhookSecret::from_bytes(bytes).map(|secret| secret.reveal()).map_err(|e| ServiceError::Message(e.to_string()))
}

impl Service {
    /// Which networks notices may go to.
    #[must_use]
    pub fn webhook_reach(&self) -> Reach {
        self.config.webhook_reach
    }

    /// Makes an endpoint. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub async fn add_webhook(
        &self,
        mandate: &Mandate,
        typed: TypedEndpoint<'_>,
        source: Random<'_>,
        at: Instant,
    ) -> Result<(EndpointId, ShownSecret), EndpointError> {
        let issuer: Slug = typed.issuer.parse().map_err(|_| EndpointError::Issuer)?;
        if !self.config.issuers.iter().any(|known| known.id == issuer) {
            return Err(EndpointError::Issuer);
        }
        let url = EndpointUrl::parse(typed.url, self.config.webhook_reach)?;
        let events = EventKinds::parse(typed.events.iter().copied()).map_err(|_| EndpointError::Events)?;
        if self.registry.webhook_endpoints().await?.iter().filter(|known| known.issuer == issuer).count() >= MOST {
            return Err(EndpointError::TooMany);
        }
        let mut id = [0; 6];
        source(&mut id);
        let (id, secret) = (EndpointId::of_random(id), secret(source)?);
        let new = NewEndpoint { id: &id, issuer: &issuer, url: &url, events: &events, secret: &secret };
        self.registry.add_webhook_endpoint(&new, mandate.actor(), at).await?;
        Ok((id, secret))
    }

    /// Every endpoint.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn webhooks(&self, _: &Mandate) -> Result<Vec<EndpointRecord>, ServiceError> {
        Ok(self.registry.webhook_endpoints().await?)
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn webhook(&self, _: &Mandate, id: &EndpointId) -> Result<Option<EndpointRecord>, ServiceError> {
        Ok(self.registry.webhook_endpoint(id).await?)
    }

    /// The last notices for an endpoint; `only` those in a state.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn webhook_log(
        &self,
        _: &Mandate,
        id: &EndpointId,
        only: Option<DeliveryState>,
    ) -> Result<Vec<DeliveryRecord>, ServiceError> {
        Ok(self.registry.webhook_deliveries(id, only, SHOWN).await?)
    }

    /// Gives an endpoint another secret; for a day the one before signs too. `None` if there is no such endpoint.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn rotate_webhook(
        &self,
        mandate: &Mandate,
        id: &EndpointId,
        source: Random<'_>,
        at: Instant,
    ) -> Result<Option<ShownSecret>, ServiceError> {
        let secret = secret(source)?;
        let until = at.plus_millis(BOTH_SECRETS);
        let done = self.registry.rotate_webhook_secret(id, &secret, until, mandate.actor(), at).await?;
        Ok(done.then_some(secret))
    }

    /// Pauses an endpoint, or lets it go on. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn pause_webhook(&self, mandate: &Mandate, id: &EndpointId, paused: bool, at: Instant) -> Result<bool, ServiceError> {
        let state = if paused { EndpointState::Paused } else { EndpointState::Active };
        Ok(self.registry.set_webhook_state(id, state, mandate.actor(), at).await?)
    }

    /// Forgets an endpoint. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn delete_webhook(&self, mandate: &Mandate, id: &EndpointId, at: Instant) -> Result<bool, ServiceError> {
        Ok(self.registry.delete_webhook_endpoint(id, mandate.actor(), at).await?)
    }

    /// Queues a test. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn test_webhook(&self, mandate: &Mandate, id: &EndpointId, source: Random<'_>, at: Instant) -> Result<bool, ServiceError> {
        let mut bits = [0; 16];
        source(&mut bits);
        Ok(self.registry.test_webhook(id, &EventId::of_random(bits), mandate.actor(), at).await?)
    }

    /// Sends one notice again. `false` if it was not meant for the endpoint, or waits anyway.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn replay_webhook(&self, mandate: &Mandate, id: &EndpointId, event: &EventId, at: Instant) -> Result<bool, ServiceError> {
        Ok(self.registry.replay_webhook(id, event, mandate.actor(), at).await?)
    }

    /// Sends everything again that happened since an instant. Answers how many notices there are.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn replay_webhooks_since(
        &self,
        mandate: &Mandate,
        id: &EndpointId,
        since: Instant,
        at: Instant,
    ) -> Result<u64, ServiceError> {
        Ok(self.registry.replay_webhooks_since(id, since, mandate.actor(), at).await?)
    }

    /// Forgets what happened more than [`KEPT`] ago. Answers how much.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn sweep_webhooks(&self, now: Instant) -> Result<u64, ServiceError> {
        Ok(self.registry.sweep_webhooks(now.plus_millis(-KEPT)).await?)
    }
}
