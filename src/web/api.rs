//! The API: the pages' answers as JSON or as signed statements, their failures as problem documents.

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::service::Service;
use crate::service::statement::Asked;

use super::WebSettings;
use super::advice::{self, Message};
use super::answer::Answering;
use super::errors::{Door, Failure, Finished, ProblemKind};
use super::lookup::read_identity;
use super::question::{Asker, Question, refused};
use super::upload::{self, Sent};
use super::view::{CertificateView, FileView, LookupView};

/// GET /api/v1/certificates/{number}
pub async fn certificate(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    answering: Answering,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let Path(typed) = number.map_err(|_| Failure::api(ProblemKind::InvalidNumber))?;
    let number = advice::read_number(&typed).map_err(|m| Failure::api(ProblemKind::InvalidNumber).detail(m))?;
    let found = service.look_up_number(&number, now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    match found {
        Some(certificate) => {
            answering.give(&service.asked_number(&number), &CertificateView::new(certificate, service.public_url(), now), now)
        }
        None => answering.miss(&service.asked_number(&number), ProblemKind::CertificateNotFound, service.hints(&typed, &number, now), now),
    }
}

/// The body of a lookup: by number, or by identity number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    number: Option<String>,
    /// With a number: the name that is compared with the holder's.
    holder: Option<String>,
    identity_number: Option<String>,
    /// The code of the kind of document; without it the number's form decides.
    document_kind: Option<String>,
}

/// A [`Lookup`] that came as a JSON object: serde by itself would take its fields as an array too.
pub struct Wanted(Lookup);

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Lookup;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Lookup, A::Error> {
                Lookup::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Object).map(Self)
    }
}

/// POST /api/v1/lookups: a lookup that finds nothing is answered with an empty list.
pub async fn lookup(
    State(service): State<Arc<Service>>,
    Asker { now, address }: Asker,
    answering: Answering,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<Response, Failure> {
    // The rejection's own text may repeat what was sent; it goes nowhere.
    let Json(Wanted(body)) = body.map_err(|r| Failure::api(ProblemKind::of_status(r.status())))?;
    let (asked, found) = match (body.number, body.identity_number) {
        (Some(typed), None) if body.holder.is_some() && body.document_kind.is_none() => {
            return by_name(&service, &typed, body.holder.as_deref().unwrap_or_default(), Asker { now, address }, answering).await;
        }
        (Some(typed), None) if body.document_kind.is_none() => {
            let number = advice::read_number(&typed).map_err(|m| Failure::api(ProblemKind::InvalidNumber).detail(m))?;
            service.count_question(address, now).await.map_err(|e| refused(Door::Api, e))?;
            (service.asked_number(&number), service.look_up_number(&number, now).await.map(|found| found.into_iter().collect()))
        }
        (None, Some(typed)) if body.holder.is_none() => {
            let document = read_identity(&typed, body.document_kind.as_deref().unwrap_or_default())
                .map_err(|m| Failure::api(ProblemKind::InvalidIdentity).detail(m))?;
            service.count_identity_question(address, &document, now).await.map_err(|e| refused(Door::Api, e))?;
            (Asked::identity(&document), service.look_up_identity(&document, now).await)
        }
        _ => {
            return Err(Failure::api(ProblemKind::BadRequest).detail(Message::new(
                "请给出 number（可附 holder），或者 identity_number（可附 document_kind）",
                "Give either number with an optional holder, or identity_number with an optional document_kind",
            )));
        }
    };
    let found = found.map_err(|e| Failure::service(Door::Api, &e))?;
    answering.give(&asked, &LookupView::new(found, service.public_url(), now), now)
}

/// By number, with the name that the reader was given.
async fn by_name(service: &Service, typed: &str, holder: &str, asker: Asker, answering: Answering) -> Result<Response, Failure> {
    let Asker { now, address } = asker;
    let number = advice::read_number(typed).map_err(|m| Failure::api(ProblemKind::InvalidNumber).detail(m))?;
    if holder.trim().is_empty() {
        return Err(Failure::api(ProblemKind::BadRequest).detail(Message::new("holder 不能为空", "holder is empty")));
    }
    service.count_name_question(address, &number, now).await.map_err(|e| refused(Door::Api, e))?;
    let found = service.match_holder(&number, holder, now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let holder_matches = found.as_ref().map(|found| found.matches);
    let view = LookupView::new(found.map(|found| found.certificate), service.public_url(), now);
    let asked = Asked::Name { number: number.to_string(), holder: holder.trim().to_owned() };
    answering.give(&asked, &LookupView { holder_matches, ..view }, now)
}

/// POST /api/v1/verifications: the file as the whole body, or as the field `file` of a form.
pub async fn verification(
    State(service): State<Arc<Service>>,
    State(settings): State<WebSettings>,
    Question { now }: Question,
    answering: Answering,
    request: Request,
) -> Result<Response, Failure> {
    let Sent::File(pdf) = upload::from_body(request, Door::Api, settings).await? else {
        let message = Message::new("没有收到文件", "No file was sent");
        return Err(Failure::api(ProblemKind::BadRequest).detail(message));
    };
    let answer = service.check_file(&pdf, now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let asked = Asked::File { sha256: answer.sha256, bytes: pdf.len() };
    answering.give(&asked, &FileView::new(answer, service.public_url(), now), now)
}

/// GET /healthz: the process answers.
pub async fn health() -> &'static str {
    "ok\n"
}

/// GET /readyz: the process and the registry behind it answer.
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.is_ready().await {
        return "ready\n".into_response();
    }
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response();
    response.extensions_mut().insert(Finished);
    response
}
