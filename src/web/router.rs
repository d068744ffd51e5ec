//! Every route, and the layers around them.

use std::sync::Arc;
use std::time::Instant as Stopwatch;

use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::{
    Router,
    response::{IntoResponse, Response},
};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::service::Service;

use super::{Meter, WebSettings, caller, errors, headers, language, openapi, routes, trace};

/// What handlers stand on.
#[derive(Clone)]
pub struct Site {
    pub service: Arc<Service>,
    pub settings: WebSettings,
    pub manual: Arc<openapi::Manual>,
    /// Counts requests, where somebody reads the counts.
    pub meter: Option<Arc<Meter>>,
}

impl FromRef<Site> for Arc<openapi::Manual> {
    fn from_ref(site: &Site) -> Self {
        site.manual.clone()
    }
}

impl FromRef<Site> for Arc<Service> {
    fn from_ref(site: &Site) -> Self {
        site.service.clone()
    }
}

impl FromRef<Site> for WebSettings {
    fn from_ref(site: &Site) -> Self {
        site.settings
    }
}

/// The site over `service`.
pub fn router(service: Arc<Service>, settings: WebSettings) -> Router {
    measured(service, settings, None)
}

/// The same, with its requests counted.
pub fn measured(service: Arc<Service>, settings: WebSettings, meter: Option<Arc<Meter>>) -> Router {
    let manual = Arc::new(openapi::Manual::new(service.public_url()));
    let site = Site { service, settings, manual, meter };
    surround(routes::bounded(settings).fallback(unknown), &site).with_state(site)
}

/// The layers, outermost first.
fn surround(routes: Router<Site>, site: &Site) -> Router<Site> {
    let https = site.service.public_url().starts_with("https://");
    let outermost = Arc::new((trace::Counter::new(), site.meter.clone()));
    let compressed = DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"));
    // As one layer: each `Router::layer` by itself wraps every route in one more box, and a request clones all of them. Each `from_fn` costs
    // a box as well, so there is one on either side of what has to see the answer as it goes out.
    routes.layer((
        from_fn(move |request: Request, next: Next| outside(outermost.clone(), https, request, next)),
        TraceLayer::new_for_http().make_span_with(trace::span).on_request(()).on_response(trace::answered).on_failure(()),
        CompressionLayer::new().compress_when(compressed),
        from_fn_with_state(site.service.clone(), inside),
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, site.settings.timeout),
    ))
}

/// The request gets its number, the answer what every answer has.
async fn outside(outermost: Arc<(trace::Counter, Option<Arc<Meter>>)>, https: bool, mut request: Request, next: Next) -> Response {
    let (counter, meter) = &*outermost;
    let id = counter.number(&mut request);
    let watch = meter.as_ref().map(|meter| (meter, Stopwatch::now(), request.extensions().get::<MatchedPath>().cloned()));
    let (choice, indexed) = (language::chosen(request.uri()), headers::is_indexed(request.uri().path()));
    let mut response = next.run(request).await;
    language::remember(choice, https, &mut response);
    headers::guard(https, indexed, &mut response);
    id.name(&mut response);
    if let Some((meter, watch, route)) = watch {
        meter.count(route.as_ref().map(MatchedPath::as_str), response.status(), watch.elapsed());
    }
    response
}

/// Failures are printed; the API's answers say who may read them, and what is left.
async fn inside(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    if let Some(preflight) = caller::preflight(&request) {
        return preflight;
    }
    let ledger = caller::Ledger::open(&mut request);
    let wardrobe = errors::Wardrobe::of(&request);
    let mut response = wardrobe.dress(next.run(request).await, service.public_url());
    if let Some(ledger) = ledger {
        ledger.close(&mut response);
    }
    response
}

async fn unknown() -> impl IntoResponse {
    StatusCode::NOT_FOUND
}
