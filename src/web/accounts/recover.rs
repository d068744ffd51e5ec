//! A new password for who has forgotten the old one.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::account::CodePurpose;
use crate::domain::telephone::Telephone;
use crate::service::access::{CodeQuestion, CodeTyped, Recovery};
use crate::service::entropy;
use crate::web::advice::bounded;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::origin::SameSite;
use crate::web::question::Asker;
use crate::web::router::Site;
use crate::web::session::Cookie;

use super::{Refusal, pages, printed, telephone, ticket, to};

/// The first form.
#[derive(Deserialize)]
pub struct Begin {
    telephone: String,
}

/// The second.
#[derive(Deserialize)]
pub struct Confirm {
    telephone: String,
    ticket: String,
    code: String,
    password: String,
}

fn page(frame: Frame, typed: &str, refusal: Option<&Refusal>) -> Response {
    let frame = frame.at("account").on("/recover");
    let page = pages::Recover { frame: &frame, telephone: &bounded(typed), error: refusal.map(|r| &r.message) };
    printed(&page, refusal)
}

fn second(frame: Frame, telephone: &Telephone, ticket: &str, refusal: Option<&Refusal>) -> Response {
    let frame = frame.at("account").on("/recover");
    let page = pages::RecoverConfirm { frame: &frame, telephone, ticket, error: refusal.map(|r| &r.message) };
    printed(&page, refusal)
}

/// GET /recover
pub async fn form(frame: Frame) -> Response {
    page(frame, "", None)
}

/// POST /recover: sends a code, if there is an account; the answer is the same without one.
pub async fn send(
    State(site): State<Site>,
    _: SameSite,
    asker: Asker,
    frame: Frame,
    headers: HeaderMap,
    form: Result<Form<Begin>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(form) = form.map_err(|refused| Failure::page(ProblemKind::of_status(refused.status())))?;
    let telephone = match telephone(&form.telephone) {
        Ok(telephone) => telephone,
        Err(refusal) => return Ok(page(frame, &form.telephone, Some(&refusal))),
    };
    let browser = Cookie::Browser.read(&headers, &site);
    let question = CodeQuestion {
        purpose: CodePurpose::Recover,
        telephone: &telephone,
        browser: browser.as_ref(),
        from: asker.address,
        now: asker.now,
    };
    match site.service.send_code(&question, &mut entropy::fill).await {
        Ok(ticket) => Ok(second(frame, &telephone, &ticket.text(), None)),
        Err(error) => Ok(page(frame, &form.telephone, Some(&Refusal::of(error)?))),
    }
}

/// POST /recover/confirm
pub async fn confirm(
    State(site): State<Site>,
    _: SameSite,
    asker: Asker,
    frame: Frame,
    form: Result<Form<Confirm>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(form) = form.map_err(|refused| Failure::page(ProblemKind::of_status(refused.status())))?;
    let telephone = match telephone(&form.telephone) {
        Ok(telephone) => telephone,
        Err(refusal) => return Ok(page(frame, &form.telephone, Some(&refusal))),
    };
    let ticket = match ticket(&form.ticket) {
        Ok(ticket) => ticket,
        Err(refusal) => return Ok(second(frame, &telephone, "", Some(&refusal))),
    };
    let recovery = Recovery {
        telephone: &telephone,
        code: CodeTyped { ticket: &ticket, code: &form.code },
        password: &form.password,
        from: asker.address,
        now: asker.now,
    };
    match site.service.recover(&recovery, &mut entropy::fill).await {
        Ok(()) => Ok(to("/sign-in?done=recovered")),
        Err(error) => Ok(second(frame, &telephone, &form.ticket, Some(&Refusal::of(error)?))),
    }
}
