//! Headers that every answer carries.

use axum::http::HeaderMap;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::Response;

/// For answers that name a person, or that change.
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// No script at all, styles and pictures from here, forms to here, no frame around it.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a few answers need beside what every page may do; a handler puts it among the extensions of its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// The scanner: scripts and workers from here, questions to here, the camera. Its files carry it too, since a worker obeys the headers
    /// of its own script.
    Scanner,
    /// An answer that shows the reader's own picture, which has no address here.
    Picture,
    /// A form on which a signature can be drawn: a script from here.
    Drawing,
    /// A page that shows how far something is: a script from here, which asks here.
    Live,
    /// A form that a script saves as one types: a script from here, questions to here.
    Saving,
    /// A page without an answer that other sites may put into a frame.
    Framed,
    /// A script that other sites may load.
    Shared,
    /// A picture made here that is opened by itself: browsers show it on a page of their own, which has styles.
    Viewed,
    /// What a stranger sent: it may do nothing at all, should a browser show it.
    Sandboxed,
}

const SCANNER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; manifest-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const SCANNER_PERMISSIONS: HeaderValue = HeaderValue::from_static("camera=(self), geolocation=(), microphone=(), payment=(), usb=()");
const PICTURE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const DRAWING_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const LIVE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);
const SAVING_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);
const FRAMED_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors *",
);
const VIEWED_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
const SANDBOXED_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'");

impl Allowance {
    fn apply(self, headers: &mut HeaderMap) {
        match self {
            Self::Scanner => {
                headers.insert(header::CONTENT_SECURITY_POLICY, SCANNER_POLICY);
                headers.insert(PERMISSIONS, SCANNER_PERMISSIONS);
            }
            Self::Picture => {
                headers.insert(header::CONTENT_SECURITY_POLICY, PICTURE_POLICY);
            }
            Self::Drawing => {
                headers.insert(header::CONTENT_SECURITY_POLICY, DRAWING_POLICY);
            }
            Self::Live => {
                headers.insert(header::CONTENT_SECURITY_POLICY, LIVE_POLICY);
            }
            Self::Saving => {
                headers.insert(header::CONTENT_SECURITY_POLICY, SAVING_POLICY);
            }
            Self::Framed => {
                headers.insert(header::CONTENT_SECURITY_POLICY, FRAMED_POLICY);
                headers.remove(header::X_FRAME_OPTIONS);
                headers.insert(RESOURCE_POLICY, CROSS_ORIGIN);
                headers.remove(header::SET_COOKIE);
            }
            Self::Viewed => {
                headers.insert(header::CONTENT_SECURITY_POLICY, VIEWED_POLICY);
            }
            Self::Sandboxed => {
                headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOXED_POLICY);
            }
            Self::Shared => {
                headers.insert(RESOURCE_POLICY, CROSS_ORIGIN);
            }
        }
    }
}

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");

const FIXED: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Addresses of certificates and links stay here.
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (PERMISSIONS, HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()")),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
];

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Two years, once the public address is an `https` one.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Whether search engines may show the page of a path: only those that say nothing of anybody.
pub fn is_indexed(path: &str) -> bool {
    matches!(path, "/" | "/verify" | "/scan" | "/embed/guide" | "/help") || path.starts_with("/assets/") || path.starts_with("/help/")
}

/// Adds the fixed headers.
pub fn guard(https: bool, indexed: bool, response: &mut Response) {
    let allowance = response.extensions().get::<Allowance>().copied();
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    if let Some(allowance) = allowance {
        allowance.apply(headers);
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
}
