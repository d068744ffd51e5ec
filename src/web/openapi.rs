//! The OpenAPI document of the API, and a page of it for people.
//!
//! Each handler describes itself (`utoipa::path`) and each view its fields; what every operation has in common is added here once: the
//! problems that it may answer with, in the words of [`super::errors`], the headers, the keys, the examples.

mod examples;
mod finish;
mod readable;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::OpenApi;

use crate::domain::digest::Digest;

use super::errors::ProblemDocument;
use super::language::Frame;
use super::{api, bulk, etag, pages, partners};

pub use readable::{OperationView, Texts};

#[derive(OpenApi)]
#[openapi(
    info(title = "Yinxin certificate verification"),
    paths(
        api::certificate,
        api::lookup,
        bulk::lookups,
        api::verification,
        partners::claims::claims,
        partners::claims::claim,
        partners::issuances::issue,
        partners::issuances::issuance,
        document
    ),
    components(schemas(ProblemDocument))
)]
struct Described;

/// The document as it is served, and what the page shows of it.
pub struct Manual {
    json: String,
    tag: String,
    pub base: String,
    pub guide: Texts,
    pub operations: Vec<OperationView>,
}

impl Manual {
    /// The manual of a site that the public reaches at `base`.
    pub fn new(base: &str) -> Self {
        let described = serde_json::to_value(Described::openapi()).unwrap_or(Value::Null);
        let document = finish::finish(described, base);
        let json = document.to_string();
        let tag = format!("\"{:.32}\"", Digest::of(json.as_bytes()).to_string());
        Self {
            base: base.to_owned(),
            guide: Texts::of(&document["info"], "description"),
            operations: readable::operations(&document, base),
            json,
            tag,
        }
    }
}

/// The document may be an hour old: what it describes only grows.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// This document
///
/// The OpenAPI 3.1 description of the API.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "get_openapi",
    tag = "about",
    extensions(
        ("x-summary-zh" = json!("本文档")),
        ("x-description-zh" = json!("接口的 OpenAPI 3.1 描述。")),
    ),
    security(()),
    responses((status = 200, description = "The document.", body = Object, content_type = "application/json"), (status = 304, description = "The document is the one whose `ETag` was sent.")),
)]
pub async fn document(State(manual): State<Arc<Manual>>, headers: HeaderMap) -> Response {
    let tag = HeaderValue::from_str(&format!("W/{}", manual.tag)).unwrap_or(HeaderValue::from_static("W/\"\""));
    let fixed = [(header::ETAG, tag), (header::CACHE_CONTROL, AN_HOUR)];
    if etag::holds(&headers, &manual.tag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], manual.json.clone()).into_response()
}

/// GET /api: the document for people.
pub async fn page(State(manual): State<Arc<Manual>>, frame: Frame) -> Response {
    pages::render(&pages::Api { frame: &frame.at("api"), manual: &manual })
}
