//! What every checker may have, from anywhere: the public keys and the signed list of states. `docs/statements.md` describes both.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::digest::Digest;
use crate::service::Service;
use crate::service::statement::ServedStates;

use super::answer::JOSE;
use super::clock::Now;
use super::errors::{Door, Failure, ProblemKind};
use super::etag;
use super::language::thousandths;

/// How long the key set may be kept, in seconds.
const KEY_SET_AGE: u32 = 3600;

/// GET /.well-known/jwks.json
pub async fn key_set(State(service): State<Arc<Service>>, headers: HeaderMap) -> Result<Response, Failure> {
    let json = service.key_set();
    let tag = tag(&Digest::of(json.as_bytes()));
    let body = (!is_known(&headers, &tag)).then(|| Body::from(json.to_owned()));
    public(&format!("public, max-age={KEY_SET_AGE}"), &tag, "application/json", body)
}

/// GET /.well-known/revocations.jws
pub async fn states(State(service): State<Arc<Service>>, Now(now): Now, headers: HeaderMap) -> Result<Response, Failure> {
    let served = service.states(now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let left = (served.next_update.millis() - now.millis()).max(0) / 1000;
    let (cache, tag) = (format!("public, max-age={left}"), tag(&served.digest));
    if is_known(&headers, &tag) {
        return public(&cache, &tag, JOSE, None);
    }
    let packed = accepts_gzip(&headers);
    let bytes = Bytes::from_owner(Text { served, packed });
    let mut response = public(&cache, &tag, JOSE, Some(Body::from(bytes)))?;
    if packed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// The text of a list, which its readers share.
struct Text {
    served: Arc<ServedStates>,
    packed: bool,
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        if self.packed { &self.served.gzip } else { self.served.jws.as_bytes() }
    }
}

/// Weak, since the same content is sent packed and plain (RFC 9110, 8.8.1).
fn tag(digest: &Digest) -> String {
    format!("W/\"{}\"", digest.to_string().get(..32).unwrap_or_default())
}

/// RFC 9110, 13.1.2, by weak comparison.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    etag::holds(headers, tag.trim_start_matches("W/"))
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let codings =
        headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut codings =
        codings.map(|coding| coding.split_once(';').map_or((coding.trim(), 1_000), |(name, q)| (name.trim(), thousandths(q))));
    codings.any(|(name, weight)| name.eq_ignore_ascii_case("gzip") && weight > 0)
}

/// An answer that any page may read and any cache may keep; without a body it says that the reader has it.
fn public(cache: &str, tag: &str, kind: &'static str, body: Option<Body>) -> Result<Response, Failure> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Failure::api(ProblemKind::Internal));
    let mut response = match body {
        Some(body) => ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response(),
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, value(cache)?);
    headers.insert(header::ETAG, value(tag)?);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag"));
    Ok(response)
}
