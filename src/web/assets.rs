//! Style sheet and pictures, built in, at addresses that name their content and so may be kept for ever.

use std::sync::LazyLock;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::digest::Digest;
use crate::service::Service;

struct Asset {
    url: String,
    content_type: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Digest::of(bytes).to_string();
        let short = digest.get(..16).unwrap_or_default();
        Self { url: format!("/assets/{stem}-{short}.{extension}"), content_type, bytes }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", include_bytes!("static/style.css")));
static SEAL: LazyLock<Asset> = LazyLock::new(|| Asset::new("seal", "svg", "image/svg+xml", include_bytes!("static/seal.svg")));

/// What the staff's pages have beside the style of all.
static DESK: LazyLock<Asset> = LazyLock::new(|| Asset::new("desk", "css", "text/css; charset=utf-8", include_bytes!("static/desk.css")));

/// What the pages of contests and objections have beside it.
static CONTESTS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("contests", "css", "text/css; charset=utf-8", include_bytes!("static/contests.css")));

/// What a holder's pages of orders and coupons have beside it.
static ORDERS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("orders", "css", "text/css; charset=utf-8", include_bytes!("static/orders.css")));

/// What the guides have beside it.
static HELP: LazyLock<Asset> = LazyLock::new(|| Asset::new("help", "css", "text/css; charset=utf-8", include_bytes!("static/help.css")));

/// The address of the style sheet of the guides.
pub fn help() -> &'static str {
    &HELP.url
}

/// What the pages of verification have beside the style of all, what saves their forms, and the reviewers' keys.
static VERIFICATION: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("verification", "css", "text/css; charset=utf-8", include_bytes!("static/verification.css")));
static DRAFT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("draft", "js", "text/javascript; charset=utf-8", include_bytes!("static/draft.js")));
static REVIEW: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("review", "js", "text/javascript; charset=utf-8", include_bytes!("static/review.js")));

/// The address of the style sheet of verification.
pub fn verification() -> &'static str {
    &VERIFICATION.url
}

/// The address of the script that saves a form as one types.
pub fn draft() -> &'static str {
    &DRAFT.url
}

/// The address of the script with the reviewers' keys.
pub fn review() -> &'static str {
    &REVIEW.url
}

/// What draws a signature.
static SIGN: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("sign", "js", "text/javascript; charset=utf-8", include_bytes!("static/sign.js")));

/// What copies a number.
static COPY: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("copy", "js", "text/javascript; charset=utf-8", include_bytes!("static/copy.js")));

/// The address of the script that copies a number.
pub fn copy() -> &'static str {
    &COPY.url
}

/// What shows how far a batch is.
static BATCH: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("batch", "js", "text/javascript; charset=utf-8", include_bytes!("static/batch.js")));

/// The address of the script that shows how far a batch is.
pub fn batch() -> &'static str {
    &BATCH.url
}

/// The address of the script that draws a signature.
pub fn sign() -> &'static str {
    &SIGN.url
}

/// The address of the style sheet.
pub fn style() -> &'static str {
    &STYLE.url
}

/// The address of the staff's own style sheet.
pub fn desk() -> &'static str {
    &DESK.url
}

/// The address of the style sheet of contests and objections.
pub fn contests() -> &'static str {
    &CONTESTS.url
}

/// The address of the style sheet of orders and coupons.
pub fn orders() -> &'static str {
    &ORDERS.url
}

/// The address of the seal.
pub fn seal() -> &'static str {
    &SEAL.url
}

/// The address of the picture of an issuer's seal.
pub async fn seal_of(service: &Service, issuer: &str) -> Option<String> {
    Some(format!("/assets/{}", service.seal(issuer).await?.name))
}

/// GET /assets/{name}
pub async fn get(State(service): State<Arc<Service>>, Path(name): Path<String>) -> Response {
    let built_in = [&*STYLE, &*SEAL, &*SIGN, &*BATCH, &*COPY, &*DESK, &*VERIFICATION, &*DRAFT, &*REVIEW, &*CONTESTS, &*ORDERS, &*HELP];
    if let Some(asset) = built_in.into_iter().find(|a| a.url.strip_prefix("/assets/") == Some(name.as_str())) {
        return kept(asset.content_type, asset.bytes);
    }
    match service.seal_named(&name).await {
        Some(seal) => kept(seal.content_type, seal.bytes.clone()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn kept(content_type: &'static str, bytes: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, bytes).into_response()
}

/// GET /favicon.ico
pub async fn favicon() -> Redirect {
    Redirect::to(seal())
}
