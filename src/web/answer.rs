//! An answer of the API in the form that its asker wants: JSON, or the same JSON in a signed statement.
//!
//! A handler takes [`Answering`] and gives its view to it; that is all it takes for an endpoint to have both forms.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::hints::Hint;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::statement::Asked;

use super::errors::{Door, Failure, Finished, ProblemKind};
use super::etag::{self, Checked};
use super::language::thousandths;
use super::view::Moment;

/// A JWS in compact form: RFC 7515, 9.2.1.
pub const JOSE: &str = "application/jose";
const JSON: &str = "application/json";

/// Gives an answer as JSON or as a statement.
pub struct Answering {
    service: Arc<Service>,
    signed: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Answering
where
    Arc<Service>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self { service: FromRef::from_ref(state), signed: wants_statement(&parts.headers) })
    }
}

/// Nothing was found, as a statement says it; the members are those of the problem document.
#[derive(Serialize)]
pub struct Miss {
    code: &'static str,
    title: String,
    title_zh: String,
    checked_at: Moment,
}

impl Miss {
    pub fn of(kind: ProblemKind, now: Instant) -> Self {
        let title = kind.title();
        Self { code: kind.code(), title: title.en, title_zh: title.zh, checked_at: Moment(now) }
    }
}

impl Answering {
    /// # Errors
    /// A failure if the answer cannot be signed.
    pub fn give(&self, asked: &Asked, answer: &impl Serialize, now: Instant) -> Result<Response, Failure> {
        let mut response = if self.signed {
            let jws = self.service.state(asked, StatusCode::OK.as_u16(), answer, now).map_err(|e| Failure::service(Door::Api, &e))?;
            statement(jws)
        } else {
            Json(answer).into_response()
        };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
        Ok(response)
    }

    /// The same for an answer that its asker may keep: as JSON it has a tag. A statement is about its time, and has none.
    ///
    /// # Errors
    /// A failure if the answer cannot be signed.
    pub fn give_kept(
        &self,
        asked: impl FnOnce() -> Asked,
        headers: &HeaderMap,
        answer: &impl Checked,
        now: Instant,
    ) -> Result<Response, Failure> {
        if self.signed { self.give(&asked(), answer, now) } else { Ok(etag::answer(headers, answer)) }
    }

    /// Says that there is no such thing: a problem document with hints at what was typed, or a statement that there was none.
    ///
    /// # Errors
    /// The failure that becomes the problem document.
    pub fn miss(&self, asked: &Asked, kind: ProblemKind, hints: Vec<Hint>, now: Instant) -> Result<Response, Failure> {
        if !self.signed {
            return Err(Failure::api(kind).hints(hints));
        }
        let jws = self.service.state(asked, kind.status().as_u16(), &Miss::of(kind, now), now);
        let mut response = statement(jws.map_err(|e| Failure::service(Door::Api, &e))?);
        *response.status_mut() = kind.status();
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
        response.extensions_mut().insert(Finished);
        Ok(response)
    }
}

/// A statement's text as an answer.
pub fn statement(jws: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(JOSE))], jws).into_response()
}

/// RFC 9110, 12.5.1: the statement has to be named, no wildcard means it; beside JSON the one of higher weight counts, of equal ones the
/// first.
fn wants_statement(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let ranges = accepted.take(32).map(|range| {
        let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters.split(';').find(|p| p.trim_start().starts_with("q=")).map_or(1_000, thousandths);
        (name.trim().to_ascii_lowercase(), weight)
    });
    let ranges: Vec<_> = ranges.collect();
    let named = |wanted: &str| ranges.iter().position(|(name, _)| name == wanted);
    let Some(jose) = named(JOSE) else { return false };
    let weight = |at: usize| ranges.get(at).map_or(0, |(_, weight)| *weight);
    let json = named(JSON);
    let other = json.or_else(|| named("application/*")).or_else(|| named("*/*")).map_or(0, weight);
    weight(jose) > other || weight(jose) == other && weight(jose) > 0 && json.is_none_or(|json| jose < json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_given_to_whoever_names_it() {
        let wants = |accept: &str| wants_statement(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).unwrap())]));
        for accept in [
            "application/jose",
            "Application/JOSE;q=0.1",
            "application/jose, */*",
            "application/json;q=0.5, application/jose;v=1;q=0.6",
            "application/jose, application/json",
            "text/html, application/jose;q=0.8, */*;q=0.1",
        ] {
            assert!(wants(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "application/json, application/jose",
            "application/jose;q=0",
            "application/jose;q=0.5, */*",
            "application/jose;q=0.5, application/json",
            "application/jose+json",
        ] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wants_statement(&HeaderMap::new()));
    }
}
