//! The account's e-mail address, for notices.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::email::Email as Address;
use crate::service::access::{CodeTyped, Visitor};
use crate::service::entropy;
use crate::web::advice::{Message, bounded};
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::question::Asker;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Settled, Signed};

use super::account::behind;
use super::{Refusal, pages, printed, ticket, to};

/// The address.
#[derive(Deserialize)]
pub struct Begin {
    token: String,
    email: String,
}

impl Signed for Begin {
    fn token(&self) -> &str {
        &self.token
    }
}

/// The code that was sent there.
#[derive(Deserialize)]
pub struct Confirm {
    token: String,
    email: String,
    ticket: String,
    code: String,
}

impl Signed for Confirm {
    fn token(&self) -> &str {
        &self.token
    }
}

fn page(site: &Site, frame: Frame, visitor: &Visitor, typed: &str, refusal: Option<&Refusal>) -> Response {
    let page = pages::Email {
        frame: &frame.at("account").on("/account/email"),
        token: &site.service.form_token(visitor),
        now: visitor.email().map(Address::as_str),
        email: &bounded(typed),
        error: refusal.map(|r| &r.message),
    };
    printed(&page, refusal)
}

fn second(site: &Site, frame: Frame, visitor: &Visitor, (email, ticket): (&Address, &str), refusal: Option<&Refusal>) -> Response {
    let page = pages::EmailConfirm {
        frame: &frame.at("account").on("/account/email"),
        token: &site.service.form_token(visitor),
        email: email.as_str(),
        ticket,
        error: refusal.map(|r| &r.message),
    };
    printed(&page, refusal)
}

fn address(typed: &str) -> Result<Address, Refusal> {
    Address::parse(typed).map_err(|error| Refusal::new(Message::of(&error)))
}

/// GET /account/email
pub async fn form(State(site): State<Site>, As(Settled(visitor)): As<Settled>, frame: Frame) -> Response {
    page(&site, frame, &visitor, "", None)
}

/// POST /account/email: sends a code there.
pub async fn send(State(site): State<Site>, asker: Asker, frame: Frame, sent: Sent<Settled, Begin>) -> Result<Response, Failure> {
    let Settled(visitor) = &sent.who;
    let email = match address(&sent.form.email) {
        Ok(email) => email,
        Err(refusal) => return Ok(page(&site, frame, visitor, &sent.form.email, Some(&refusal))),
    };
    match site.service.send_email_code(visitor, &email, asker.address, asker.now, &mut entropy::fill).await {
        Ok(ticket) => Ok(second(&site, frame, visitor, (&email, &ticket.text()), None)),
        Err(error) => Ok(page(&site, frame, visitor, &sent.form.email, Some(&Refusal::of(error)?))),
    }
}

/// POST /account/email/confirm
pub async fn confirm(State(site): State<Site>, asker: Asker, frame: Frame, sent: Sent<Settled, Confirm>) -> Result<Response, Failure> {
    let Settled(visitor) = &sent.who;
    let email = match address(&sent.form.email) {
        Ok(email) => email,
        Err(refusal) => return Ok(page(&site, frame, visitor, &sent.form.email, Some(&refusal))),
    };
    let ticket = match ticket(&sent.form.ticket) {
        Ok(ticket) => ticket,
        Err(refusal) => return Ok(second(&site, frame, visitor, (&email, ""), Some(&refusal))),
    };
    let typed = CodeTyped { ticket: &ticket, code: &sent.form.code };
    match site.service.confirm_email(visitor, &email, typed, asker.now).await {
        Ok(()) => Ok(to("/account")),
        Err(error) => Ok(second(&site, frame, visitor, (&email, &sent.form.ticket), Some(&Refusal::of(error)?))),
    }
}

/// POST /account/email/remove
pub async fn remove(State(site): State<Site>, asker: Asker, sent: Sent<Settled, Bare>) -> Result<Response, Gate> {
    site.service.remove_email(&sent.who.0, asker.now).await.map_err(|e| behind(&e))?;
    Ok(to("/account"))
}
