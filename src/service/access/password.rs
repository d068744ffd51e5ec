//! Hashing of passwords: argon2id with OWASP's parameters (19 MiB, two passes, one lane), off the threads that serve.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::domain::password::Password;
use crate::service::{Service, ServiceError};

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

impl Service {
    /// The PHC string of a password.
    pub(in crate::service) async fn hash_password(&self, password: Password, salt: [u8; 16]) -> Result<String, ServiceError> {
        hash(password, salt).await
    }
}

/// The PHC string of a password.
pub(super) async fn hash(password: Password, salt: [u8; 16]) -> Result<String, ServiceError> {
    let made = tokio::task::spawn_blocking(move || hasher().hash_password_with_salt(password.as_str().as_bytes(), &salt)).await?;
    made.map(|h: argon2::password_hash::phc::PasswordHash| h.to_string()).map_err(|e| ServiceError::Password(e.to_string()))
}

/// Whether a password has this PHC string. Without one the same work is done for nothing, so that time does not tell who has an account.
pub(super) async fn is_right(password: Password, phc: Option<String>) -> Result<bool, ServiceError> {
    let checked = tokio::task::spawn_blocking(move || match phc {
        Some(phc) => {
            let hash = PasswordHash::new(&phc).map_err(|e| ServiceError::Password(e.to_string()))?;
            Ok(hasher().verify_password(password.as_str().as_bytes(), &hash).is_ok())
        }
        None => {
            let _: Result<PasswordHash, _> = hasher().hash_password_with_salt(password.as_str().as_bytes(), &[0; 16]);
            Ok(false)
        }
    });
    checked.await?
}
