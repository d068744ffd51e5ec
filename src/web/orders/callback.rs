//! POST /pay/callback/{provider}: what a gateway tells. An answer of 204 says that it is recorded; with any other one the gateway tells it
//! again, as Standard Webhooks has it.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::sealing::webhook::{ID, SIGNATURE, TIMESTAMP, WebhookHeaders};
use crate::service::entropy;
use crate::service::orders::HearingError;
use crate::service::payment::NotHeard;
use crate::web::errors::{Door, Failure, Finished, ProblemKind};
use crate::web::question::{Asker, refused};
use crate::web::router::Site;

/// A few words for the other side's log.
fn words(status: StatusCode, words: &'static str) -> Response {
    let mut response = (status, words).into_response();
    response.extensions_mut().insert(Finished);
    response
}

/// POST /pay/callback/{provider}
pub async fn hear(
    State(site): State<Site>,
    Asker { now, address }: Asker,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = WebhookHeaders { id: header(ID), timestamp: header(TIMESTAMP), signature: header(SIGNATURE) };
    let error = match site.service.hear_payment(&provider, signed, &body, now, &mut entropy::fill).await {
        Ok(()) => return Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => error,
    };
    // Who is not believed is counted like any stranger; a gateway that is believed is not, however much it has to tell.
    if !matches!(error, HearingError::Service(_)) {
        site.service.count_question(address, now).await.map_err(|error| refused(Door::Page, error))?;
    }
    match error {
        HearingError::NoProvider => Err(Failure::page(ProblemKind::NotFound)),
        HearingError::Not(NotHeard::Forged(error)) => {
            tracing::warn!(%error, provider, "a notice of a payment was not believed");
            Ok(words(StatusCode::UNAUTHORIZED, "not believed\n"))
        }
        HearingError::Not(NotHeard::Body) => {
            tracing::warn!(provider, "a notice of a payment was not understood");
            Ok(words(StatusCode::BAD_REQUEST, "not understood\n"))
        }
        HearingError::Service(error) => Err(Failure::service(Door::Page, &error)),
    }
}
