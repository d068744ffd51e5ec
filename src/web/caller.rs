//! Who calls the API, what they pay with, and what every answer of the API says besides its body: what is left of the quota, and that
//! programs in other sites' pages may read it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::api_key::{ApiKey, ApiSecret, Scope};
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::limits::{Allowance, LimitedError, Payer};

use super::errors::{Door, Failure, ProblemKind};
use super::question::{Asker, refused};
use super::router::Site;

/// Where the API begins.
pub const API: &str = "/api/v1/";

/// A program that calls the API. What it asks is not counted yet.
pub struct Caller {
    /// When.
    pub now: Instant,
    payer: Payer,
    ledger: Ledger,
}

impl Caller {
    /// Counts `questions` by number or file.
    ///
    /// # Errors
    /// [`Failure`] if who pays has asked too often.
    pub async fn ask(&self, service: &Service, questions: u32) -> Result<(), Failure> {
        self.enter(service.count(&self.payer, questions, self.now).await)
    }

    /// Counts a question by identity number.
    ///
    /// # Errors
    /// [`Failure`] if who pays, or the person, was asked for too often.
    pub async fn ask_for(&self, service: &Service, document: &IdentityDocument) -> Result<(), Failure> {
        self.enter(service.count_identity(&self.payer, document, self.now).await)
    }

    /// Counts a question whether a certificate is a named person's.
    ///
    /// # Errors
    /// [`Failure`] if who pays has asked too often, or the certificate was asked for with names too often.
    pub async fn ask_whether(&self, service: &Service, number: &CertificateNumber) -> Result<(), Failure> {
        self.enter(service.count_name(&self.payer, number, self.now).await)
    }

    fn enter(&self, counted: Result<Allowance, LimitedError>) -> Result<(), Failure> {
        match counted {
            Ok(allowance) => {
                self.ledger.write(allowance);
                Ok(())
            }
            Err(error) => {
                if let LimitedError::TooMany(wait) = &error {
                    self.ledger.write(wait.allowance());
                }
                Err(refused(Door::Api, error))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Site: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let caller = Self::of_any_scope(parts, state).await?;
        if caller.key().is_some_and(|key| !key.scopes.has(Scope::Lookup)) {
            caller.ask(&Site::from_ref(state).service, 1).await?;
            return Err(Failure::api(ProblemKind::InsufficientScope));
        }
        Ok(caller)
    }
}

impl Caller {
    /// The key that pays, if one does.
    pub fn key(&self) -> Option<&ApiKey> {
        match &self.payer {
            Payer::Key(key) => Some(key),
            Payer::Address(_) => None,
        }
    }

    /// A caller, whatever its key may do.
    ///
    /// # Errors
    /// [`Failure`] if it has a key that opens nothing.
    pub async fn of_any_scope<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Self, Failure>
    where
        Site: FromRef<S>,
    {
        let Asker { now, address } = Asker::from_request_parts(parts, state).await?;
        let ledger = parts.extensions.get::<Ledger>().cloned().unwrap_or_default();
        let by_address = Self { now, payer: Payer::Address(address), ledger };
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(by_address);
        }
        let service = Site::from_ref(state).service;
        let key = match secret(&parts.headers) {
            Some(secret) => service.recognise(&secret).await.map_err(|e| Failure::service(Door::Api, &e))?,
            None => None,
        };
        match key {
            Some(key) => Ok(Self { payer: Payer::Key(key), ..by_address }),
            None => {
                // A wrong key is a question too: it costs a look into the records.
                by_address.ask(&service, 1).await?;
                Err(Failure::api(ProblemKind::InvalidApiKey))
            }
        }
    }
}

/// The key in `Authorization: Bearer` (RFC 6750, 2.1); the scheme's case does not matter (RFC 9110, 11.1).
fn secret(headers: &HeaderMap) -> Option<ApiSecret> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| ApiSecret::parse(token.trim()).ok()).flatten()
}

/// Where a handler writes what is left, for the layer around it.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Option<Allowance>>>);

impl Ledger {
    fn write(&self, allowance: Allowance) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(allowance);
    }

    fn read(&self) -> Option<Allowance> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks an answer that pages of other sites may not read.
#[derive(Debug, Clone, Copy)]
pub struct SameOriginOnly;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, retry-after, ratelimit, ratelimit-policy, x-request-id");
/// A day, in seconds; browsers keep a preflight for less.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("86400");

impl Ledger {
    /// Gives a question to the API a ledger.
    pub fn open(request: &mut Request) -> Option<Self> {
        request.uri().path().starts_with(API).then(|| {
            let ledger = Self::default();
            request.extensions_mut().insert(ledger.clone());
            ledger
        })
    }

    /// Adds to the answer what is left (draft-ietf-httpapi-ratelimit-headers-11) and who may read it (the Fetch standard, 3.3). No door of
    /// the API looks at a cookie, so any origin may read, without credentials. tower-http's layer for this would answer every OPTIONS of
    /// every page as well.
    pub fn close(&self, response: &mut Response) {
        let shared = response.extensions().get::<SameOriginOnly>().is_none();
        let headers = response.headers_mut();
        if let Some(allowance) = self.read() {
            for (name, value) in fields(allowance) {
                headers.extend(HeaderValue::from_str(&value).ok().map(|value| (name, value)));
            }
        }
        if shared {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// The answer to a browser that asks whether a page of another site may call the API.
pub fn preflight(request: &Request) -> Option<Response> {
    let asks = request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    (asks && request.uri().path().starts_with(API)).then(allowed)
}

fn allowed() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, authorization, content-type, if-none-match")),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Structured fields (RFC 9651): `RateLimit-Policy: "address";q=60;w=60` and `RateLimit: "address";r=57;t=3`. A bucket is a window in which it
/// fills; `t` says when it will be full, or of a refusal the same as `Retry-After`.
fn fields(allowance: Allowance) -> [(HeaderName, String); 2] {
    let (name, limit) = (allowance.policy.name, allowance.policy.limit);
    let window = u64::try_from(limit.span()).unwrap_or(0).div_ceil(1_000);
    [
        (RATE_LIMIT_POLICY, format!("\"{name}\";q={};w={window}", limit.burst())),
        (RATE_LIMIT, format!("\"{name}\";r={};t={}", allowance.left, allowance.seconds)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_of_the_right_form_is_a_key() {
        let key = format!("yx_{}", "a1Z".repeat(14) + "0");
        let of = |values: &[&str]| {
            let headers = values.iter().map(|v| (header::AUTHORIZATION, HeaderValue::from_str(v).unwrap())).collect();
            secret(&headers).map(|s| s.reveal().to_owned())
        };
        assert_eq!(of(&[&format!("Bearer {key}")]), Some(key.clone()));
        assert_eq!(of(&[&format!("bearer  {key}")]), Some(key.clone()));
        for wrong in
            [key.clone(), format!("Basic {key}"), "Bearer".into(), "Bearer ".into(), format!("Bearer {key} x"), format!("Bearer{key}")]
        {
            assert_eq!(of(&[&wrong]), None, "{wrong}");
        }
        assert_eq!(of(&[&format!("Bearer {key}"), &format!("Bearer {key}")]), None, "two are none");
    }
}
