//! The only place of this room that reads the clock.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use crate::domain::time::Instant;

use super::errors::{Door, Failure, ProblemKind};
use super::router::Site;

/// When the request is answered: a handler takes it as an argument.
pub struct Now(pub Instant);

impl<S: Send + Sync> FromRequestParts<S> for Now
where
    Site: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Site::from_ref(state).service.clock().now() {
            Ok(instant) => Ok(Self(instant)),
            Err(_) => {
                tracing::error!("the machine's clock is out of range");
                Err(Failure::new(Door::of(parts.uri.path()), ProblemKind::Internal))
            }
        }
    }
}
