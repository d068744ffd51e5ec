//! The only place of this room that reads the clock.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::domain::time::Instant;

use super::errors::{Door, Failure, ProblemKind};

/// When the request is answered: a handler takes it as an argument.
pub struct Now(pub Instant);

/// The instant now; `None` if the machine's clock is outside the years 0001 to 9999.
#[allow(clippy::disallowed_methods, reason = "this is the edge that the rule points to")]
pub fn now() -> Option<Instant> {
    Instant::from_timestamp(jiff::Timestamp::now()).ok()
}

impl<S: Send + Sync> FromRequestParts<S> for Now {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        match now() {
            Some(instant) => Ok(Self(instant)),
            None => {
                tracing::error!("the machine's clock is out of range");
                Err(Failure::new(Door::of(parts.uri.path()), ProblemKind::Internal))
            }
        }
    }
}
