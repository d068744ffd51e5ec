//! The verify button that other sites put on their pages.
//!
//! What another site shows is that site's word. So nothing here answers inside another site: the button and the form both open a page of
//! this site in a tab of its own, where the address bar says whose it is. The form is the only page that may stand in a frame. It has no
//! personal data, reads and sets no cookie, and its submission changes nothing: who lays something over it to steal a click
//! gains a lookup that anybody may do.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::domain::number::CertificateNumber;
use crate::service::Service;

use super::headers::Allowance;
use super::language::Frame;
use super::{pages, scan};

const SCRIPT: &str = include_str!("static/embed.js");

/// What the frame's address may say.
#[derive(Debug, Deserialize)]
pub struct Wish {
    #[serde(default)]
    number: String,
}

/// GET /embed. What is no number is not repeated.
pub async fn form(State(service): State<Arc<Service>>, frame: Frame, Query(wish): Query<Wish>) -> impl IntoResponse {
    let number = CertificateNumber::parse_typed(&wish.number).map(|number| number.to_string()).unwrap_or_default();
    (Extension(Allowance::Framed), pages::render(&pages::Embed { frame: &frame, number: &number, host: scan::host(&service) }))
}

/// GET /embed.js
pub async fn script() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, Extension(Allowance::Shared), SCRIPT)
}

/// GET /embed/guide
pub async fn guide(State(service): State<Arc<Service>>, frame: Frame) -> impl IntoResponse {
    pages::render(&pages::EmbedGuide { frame: &frame, base: service.public_url(), host: scan::host(&service) })
}
