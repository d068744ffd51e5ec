//! Style sheet and pictures, built in, at addresses that name their content and so may be kept for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::digest::Digest;

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

/// The address of the style sheet.
pub fn style() -> &'static str {
    &STYLE.url
}

/// The address of the seal.
pub fn seal() -> &'static str {
    &SEAL.url
}

/// GET /assets/{name}
pub async fn get(Path(name): Path<String>) -> Response {
    let Some(asset) = [&*STYLE, &*SEAL].into_iter().find(|a| a.url.strip_prefix("/assets/") == Some(name.as_str())) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.bytes).into_response()
}

/// GET /favicon.ico
pub async fn favicon() -> Redirect {
    Redirect::to(seal())
}
