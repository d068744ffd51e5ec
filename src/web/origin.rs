//! Whether a form was sent from a page of this site.
//!
//! The holder's pages need no cookie: the token in their address is what allows to act, and no other site knows it. This is the second
//! lock, for a token that leaked into a page elsewhere.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::errors::{Door, Failure, ProblemKind};
use super::router::Site;

/// A request that no other site's page sent, as far as the browser says.
pub struct SameSite;

impl<S: Send + Sync> FromRequestParts<S> for SameSite
where
    Site: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let site = Site::from_ref(state);
        if is_same_site(&parts.headers, site.service.public_url()) {
            return Ok(Self);
        }
        Err(Failure::new(Door::of(parts.uri.path()), ProblemKind::CrossSite))
    }
}

/// What `Sec-Fetch-Site` says, and where a browser does not send it, `Origin` (RFC 6454, 7). A page without a referrer, as all here are,
/// sends `Origin: null` (Fetch, "append a request Origin header"): then the token in the address stands alone, as for a client without
/// either header.
fn is_same_site(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN.as_str()) {
        None | Some("null") => true,
        Some(origin) => {
            let here = text(header::HOST.as_str()).filter(|host| !host.is_empty());
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            origin == public_url || (here.is_some() && authority == here)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sites_page_is_known_by_what_its_browser_says() {
        let allowed = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            is_same_site(&headers, "https://yinxin.example")
        };
        assert!(allowed(&[]) && allowed(&[("origin", "null")]) && allowed(&[("origin", "https://yinxin.example")]));
        assert!(allowed(&[("sec-fetch-site", "same-origin"), ("origin", "null")]) && allowed(&[("sec-fetch-site", "none")]));
        assert!(allowed(&[("origin", "http://10.0.0.7:8080"), ("host", "10.0.0.7:8080")]));
        for site in ["cross-site", "same-site", ""] {
            assert!(!allowed(&[("sec-fetch-site", site), ("origin", "https://yinxin.example")]), "{site}");
        }
        for origin in ["https://evil.example", "https://yinxin.example.evil.example", "http://yinxin.example", "x"] {
            assert!(!allowed(&[("origin", origin), ("host", "yinxin.example:1")]), "{origin}");
        }
    }
}
