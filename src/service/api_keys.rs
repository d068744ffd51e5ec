//! Keys of integrators: made and taken back by the operator, recognised at the API.

use crate::domain::api_key::{ApiKey, ApiKeyId, ApiKeyName, ApiSecret, Quota, Scopes};
use crate::domain::time::Instant;

use super::{Service, ServiceError};

impl Service {
    /// Makes a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn add_api_key(
        &self,
        name: ApiKeyName,
        (quota, scopes): (Quota, Scopes),
        random: impl Fn(&mut [u8]),
        actor: &str,
        now: Instant,
    ) -> Result<(ApiKey, ApiSecret), ServiceError> {
        let (mut id, mut bits) = ([0u8; 6], [0u8; 32]);
        random(&mut id);
        random(&mut bits);
        let key = ApiKey { id: ApiKeyId::of_random(id), name, quota, scopes, created_at: now, revoked_at: None };
        let secret = ApiSecret::of_random(bits);
        self.registry.add_api_key(&key, &secret, actor).await?;
        Ok((key, secret))
    }

    /// The key in use with this secret: an unknown one and one that was taken back are the same `None`.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn recognise(&self, secret: &ApiSecret) -> Result<Option<ApiKey>, ServiceError> {
        Ok(self.registry.api_key(secret).await?.filter(|key| key.revoked_at.is_none()))
    }

    /// Every key, the oldest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, ServiceError> {
        Ok(self.registry.api_keys().await?)
    }

    /// Takes a key back at once. Answers whether there was such a key in use.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn revoke_api_key(&self, id: &ApiKeyId, actor: &str, now: Instant) -> Result<bool, ServiceError> {
        Ok(self.registry.revoke_api_key(id, now, actor).await?)
    }
}
