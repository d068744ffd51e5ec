//! One log line a request: method, matched route, status, latency, request number. Never the path itself, a query or a body,
//! since numbers, tokens and names stand in them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use tracing::Span;

use crate::service::clock;

/// The request's number, unique among the processes that started at different milliseconds.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives requests their numbers.
#[derive(Debug)]
pub struct Counter {
    start: i64,
    given: AtomicU64,
}

impl Counter {
    pub fn new() -> Self {
        Self { start: clock::now().map_or(0, |at| at.millis()), given: AtomicU64::new(0) }
    }

    /// Gives a request the next number.
    pub fn number(&self, request: &mut Request) -> RequestId {
        let text = format!("{:x}-{:x}", self.start, self.given.fetch_add(1, Ordering::Relaxed) + 1);
        let id = RequestId(text.into());
        request.extensions_mut().insert(id.clone());
        id
    }
}

impl RequestId {
    /// The answer names its request.
    pub fn name(&self, response: &mut Response) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(HEADER, value);
        }
    }
}

/// The span of a request.
pub fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().map_or("", |id| &*id.0);
    tracing::info_span!("request", method = %request.method(), route, id)
}

/// The log line.
pub fn answered<B>(response: &axum::http::Response<B>, latency: Duration, _: &Span) {
    tracing::info!(status = response.status().as_u16(), latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), "answered");
}
