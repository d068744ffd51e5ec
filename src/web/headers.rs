//! Headers that every answer carries.

use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// For answers that name a person, or that change.
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// No script at all, styles and pictures from here, forms to here, no frame around it.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page that shows the reader's own picture, which has no address here.
const WITH_PICTURE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// In the extensions of an answer that shows the picture that was sent.
#[derive(Debug, Clone, Copy)]
pub struct ShowsPicture;

const FIXED: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Addresses of certificates and links stay here.
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
];

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Two years, once the public address is an `https` one.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Adds the fixed headers; only the start page and the form for files may be indexed.
pub async fn guard(https: bool, request: Request, next: Next) -> Response {
    let indexed = matches!(request.uri().path(), "/" | "/verify") || request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let shows_picture = response.extensions().get::<ShowsPicture>().is_some();
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    if shows_picture {
        headers.insert(header::CONTENT_SECURITY_POLICY, WITH_PICTURE);
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TRANSPORT_SECURITY);
    }
    if !indexed {
        headers.insert(ROBOTS, HeaderValue::from_static("noindex, nofollow"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    response
}
