//! Every route, and the layers around them.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRef, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{
    Router,
    response::{IntoResponse, Response},
};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::service::Service;

use super::language::{self, Frame};
use super::{
    WebSettings, accounts, api, assets, bulk, caller, certificate, download, embed, errors, headers, list, lookup, notices, objections,
    openapi, qr, scan, shared, sharing, statement, trace, upload, verify, well_known,
};

/// The largest form or JSON document, in bytes.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// What handlers stand on.
#[derive(Clone)]
pub struct Site {
    pub service: Arc<Service>,
    pub settings: WebSettings,
    pub manual: Arc<openapi::Manual>,
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
    let manual = Arc::new(openapi::Manual::new(service.public_url()));
    let site = Site { service, settings, manual };
    let small = Router::new()
        .route("/", get(lookup::start))
        .route("/lookup", get(lookup::by_number).post(lookup::by_identity))
        .route("/c/{number}/statement", get(statement::get))
        .route("/.well-known/jwks.json", get(well_known::key_set))
        .route("/.well-known/revocations.jws", get(well_known::states))
        .route("/c/{number}", get(certificate::get).post(certificate::compare))
        .route("/q/{digits}", get(qr::get))
        .route("/Q/{digits}", get(qr::get))
        .route("/p/{token}", get(download::glimpse))
        .route("/d/{token}", get(download::page))
        .route("/d/{token}/pdf", get(download::pdf))
        .route("/d/{token}/png", get(download::png))
        .route("/d/{token}/sharing", get(sharing::get).post(sharing::make))
        .route("/d/{token}/sharing/{id}/end", post(sharing::end))
        .route("/d/{token}/listing", post(sharing::listing))
        .route("/s/{token}", get(shared::door).post(shared::open))
        .route("/s/{token}/{pass}", get(shared::page))
        .route("/s/{token}/{pass}/pdf", get(shared::pdf))
        .route("/s/{token}/{pass}/png", get(shared::png))
        .route("/problems", get(errors_page))
        .route("/api", get(openapi::page))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/certificates/{number}", get(api::certificate))
        .route("/api/v1/lookups", post(api::lookup))
        .route("/assets/{name}", get(assets::get))
        .route("/scan", get(scan::page))
        .route("/sw.js", get(scan::service_worker))
        .route("/manifest.webmanifest", get(scan::manifest))
        .route("/assets/scan/{version}/{*path}", get(scan::file))
        .route("/embed", get(embed::form))
        .route("/embed.js", get(embed::script))
        .route("/embed/guide", get(embed::guide))
        .route("/favicon.ico", get(assets::favicon))
        .route("/healthz", get(api::health))
        .route("/readyz", get(api::ready))
        .fallback(unknown)
        .layer((RequestBodyLimitLayer::new(MAX_FORM_BYTES), DefaultBodyLimit::max(MAX_FORM_BYTES)));
    let files = Router::new()
        .route("/verify", get(verify::form).post(verify::check))
        .route("/api/v1/verifications", post(api::verification))
        .layer((RequestBodyLimitLayer::new(upload::drained(settings)), DefaultBodyLimit::disable()));
    let notices = Router::new()
        .route("/notices", get(notices::all))
        .route("/notices/{contest}", get(notices::one))
        .route("/notices/{contest}/search", post(notices::search))
        .route("/notices/{contest}/pdf", get(notices::pdf))
        .route("/notices/{contest}/lists/{digest}", get(notices::list))
        .route("/notices/{contest}/statements/{seq}", get(notices::statement))
        .route("/objections", get(objections::follow_form).post(objections::follow))
        .layer((RequestBodyLimitLayer::new(MAX_FORM_BYTES), DefaultBodyLimit::max(MAX_FORM_BYTES)));
    let handed_in = Router::new()
        .route("/notices/{contest}/objection", get(objections::form).post(objections::hand_in))
        .layer((RequestBodyLimitLayer::new(objections::MAX_BODY), DefaultBodyLimit::disable()));
    let bulk = Router::new()
        .route("/api/v1/lookups/bulk", post(bulk::lookups))
        .layer((RequestBodyLimitLayer::new(bulk::MAX_BYTES), DefaultBodyLimit::max(bulk::MAX_BYTES)));
    let lists = Router::new()
        .route("/list", get(list::form).post(list::check))
        .route("/list/files", post(list::save))
        .layer((RequestBodyLimitLayer::new(upload::drained(list::settings(settings))), DefaultBodyLimit::disable()));
    let all = small.merge(files).merge(lists).merge(notices).merge(handed_in).merge(bulk).merge(accounts::routes(MAX_FORM_BYTES));
    surround(all, &site).with_state(site)
}

/// The layers, outermost first.
fn surround(routes: Router<Site>, site: &Site) -> Router<Site> {
    let https = site.service.public_url().starts_with("https://");
    let counter = Arc::new(trace::Counter::new());
    let compressed = DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"));
    // As one layer: each `Router::layer` by itself wraps every route in one more box, and a request clones all of them. Each `from_fn` costs
    // a box as well, so there is one on either side of what has to see the answer as it goes out.
    routes.layer((
        from_fn(move |request: Request, next: Next| outside(counter.clone(), https, request, next)),
        TraceLayer::new_for_http().make_span_with(trace::span).on_request(()).on_response(trace::answered).on_failure(()),
        CompressionLayer::new().compress_when(compressed),
        from_fn_with_state(site.service.clone(), inside),
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, site.settings.timeout),
    ))
}

/// The request gets its number, the answer what every answer has.
async fn outside(counter: Arc<trace::Counter>, https: bool, mut request: Request, next: Next) -> Response {
    let id = counter.number(&mut request);
    let (choice, indexed) = (language::chosen(request.uri()), headers::is_indexed(request.uri().path()));
    let mut response = next.run(request).await;
    language::remember(choice, https, &mut response);
    headers::guard(https, indexed, &mut response);
    id.name(&mut response);
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

/// GET /problems: what the `type` of a problem document points to.
async fn errors_page(frame: Frame) -> impl IntoResponse {
    super::pages::render(&super::pages::Problems { frame: &frame })
}
