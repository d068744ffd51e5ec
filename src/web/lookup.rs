//! The start page, and lookup by certificate number and by identity number.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::service::Service;

use super::advice::{self, Message};
use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::pages;
use super::question::{Asker, refused};
use super::view::LookupView;

/// More characters than any spelling of an identity number has.
const MAX_IDENTITY: usize = 100;

/// GET /
pub async fn start(frame: Frame) -> Response {
    pages::render(&pages::Lookup { frame: &frame.at("lookup"), typed: "", number_error: None, identity_error: None, kind: None })
}

/// The query of the first form.
#[derive(Deserialize)]
pub struct ByNumber {
    number: Option<String>,
}

/// GET /lookup?number=…: leads to the certificate's page, or says what is wrong with the number.
pub async fn by_number(
    State(service): State<Arc<Service>>,
    Asker { now, address }: Asker,
    frame: Frame,
    Query(query): Query<ByNumber>,
) -> Result<Response, Failure> {
    let frame = frame.at("lookup");
    let Some(typed) = query.number else { return Ok(Redirect::to("/").into_response()) };
    let number = match advice::read_number(&typed) {
        Ok(number) => number,
        Err(_) if service.looks_like_identity(&typed) => return Ok(identity_in_wrong_form(&frame)),
        Err(message) => return Ok(number_refused(&frame, &typed, &message)),
    };
    // What may be either goes into an address only if a certificate has it.
    if service.looks_like_identity(&typed) {
        service.count_question(address, now).await.map_err(|e| refused(Door::Page, e))?;
        let found = service.look_up_number(&number, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
        if found.is_none() {
            return Ok(identity_in_wrong_form(&frame));
        }
    }
    Ok(Redirect::to(&format!("/c/{number}")).into_response())
}

/// The start page, saying what is wrong with the number that was typed.
pub fn number_refused(frame: &Frame, typed: &str, message: &Message) -> Response {
    let typed = advice::bounded(typed);
    let page =
        pages::Lookup { frame: &frame.without_address(), typed: &typed, number_error: Some(message), identity_error: None, kind: None };
    pages::render_with(StatusCode::BAD_REQUEST, &page)
}

/// The start page for an identity number that was typed as a certificate's; it is not shown again.
pub fn identity_in_wrong_form(frame: &Frame) -> Response {
    let message = Message::new(
        "您刚才输入的像是身份证件号码，不是证书编号。为保护隐私，请在这里重新输入",
        "What you entered looks like an identity number, not a certificate number. To keep it private, enter it here instead",
    );
    let frame = frame.without_address();
    let page = pages::Lookup { frame: &frame, typed: "", number_error: None, identity_error: Some(&message), kind: None };
    pages::render_with(StatusCode::BAD_REQUEST, &page)
}

/// The second form.
#[derive(Deserialize)]
pub struct ByIdentity {
    identity_number: String,
    /// Empty: by the number's form.
    #[serde(default)]
    document_kind: String,
}

/// Reads an identity number of a kind that is named by its code, or of any kind if that is empty.
///
/// # Errors
/// The message for the person; it does not repeat the number.
pub fn read_identity(typed: &str, kind: &str) -> Result<IdentityDocument, Message> {
    if typed.trim().is_empty() {
        return Err(Message::new("请输入证件号码", "Enter an identity number"));
    }
    if typed.chars().count() > MAX_IDENTITY {
        return Err(Message::of(&crate::domain::identity::IdentityError::Unrecognised));
    }
    if kind.is_empty() {
        return IdentityDocument::parse_any(typed).map_err(|e| Message::of(&e));
    }
    let kind = kind_of(kind).ok_or_else(|| Message::new("请选择列表中的证件类型", "Choose a kind of document from the list"))?;
    IdentityDocument::parse(kind, typed).map_err(|e| Message::of(&e))
}

fn kind_of(code: &str) -> Option<DocumentKind> {
    DocumentKind::ALL.into_iter().find(|k| k.code() == code)
}

/// POST /lookup: the number comes in the body and is never shown or logged again, but for its mask.
pub async fn by_identity(
    State(service): State<Arc<Service>>,
    Asker { now, address }: Asker,
    frame: Frame,
    form: Result<Form<ByIdentity>, FormRejection>,
) -> Result<Response, Failure> {
    let frame = frame.at("lookup");
    let Form(form) = form.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    let document = match read_identity(&form.identity_number, &form.document_kind) {
        Ok(document) => document,
        Err(message) => {
            let kind = kind_of(&form.document_kind);
            let page = pages::Lookup { frame: &frame, typed: "", number_error: None, identity_error: Some(&message), kind };
            return Ok(pages::render_with(StatusCode::BAD_REQUEST, &page));
        }
    };
    service.count_identity_question(address, &document, now).await.map_err(|e| refused(Door::Page, e))?;
    let found = service.look_up_identity(&document, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let found = LookupView::new(found, service.public_url(), now);
    Ok(pages::render(&pages::Certificates {
        frame: &frame,
        document_kind: document.kind(),
        document_masked: &document.masked(),
        found: &found,
    }))
}
