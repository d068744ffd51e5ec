//! Another telephone for the account, for who knows its password.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::telephone::Telephone;
use crate::service::access::{AccessError, CodeTyped, Visitor};
use crate::service::entropy;
use crate::web::advice::{Message, bounded};
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::question::Asker;
use crate::web::router::Site;
use crate::web::session::{As, Sent, Settled, Signed};

use super::{Refusal, pages, printed, telephone, ticket, to};

/// The new number, and the password.
#[derive(Deserialize)]
pub struct Begin {
    token: String,
    telephone: String,
    password: String,
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
    telephone: String,
    ticket: String,
    code: String,
}

impl Signed for Confirm {
    fn token(&self) -> &str {
        &self.token
    }
}

fn page(site: &Site, frame: Frame, visitor: &Visitor, typed: &str, refusal: Option<&Refusal>) -> Response {
    let page = pages::NewTelephone {
        frame: &frame.at("account").on("/account/telephone"),
        token: &site.service.form_token(visitor),
        now: &visitor.telephone_masked(),
        telephone: &bounded(typed),
        is_student: visitor.student().is_some(),
        error: refusal.map(|r| &r.message),
    };
    printed(&page, refusal)
}

fn second(site: &Site, frame: Frame, visitor: &Visitor, (new, ticket): (&Telephone, &str), refusal: Option<&Refusal>) -> Response {
    let page = pages::NewTelephoneConfirm {
        frame: &frame.at("account").on("/account/telephone"),
        token: &site.service.form_token(visitor),
        telephone: new,
        ticket,
        error: refusal.map(|r| &r.message),
    };
    printed(&page, refusal)
}

/// GET /account/telephone
pub async fn form(State(site): State<Site>, As(Settled(visitor)): As<Settled>, frame: Frame) -> Response {
    page(&site, frame, &visitor, "", None)
}

/// POST /account/telephone: sends a code there.
pub async fn send(State(site): State<Site>, asker: Asker, frame: Frame, sent: Sent<Settled, Begin>) -> Result<Response, Failure> {
    let Settled(visitor) = &sent.who;
    let typed = &sent.form.telephone;
    let new = match telephone(typed) {
        Ok(new) => new,
        Err(refusal) => return Ok(page(&site, frame, visitor, typed, Some(&refusal))),
    };
    let wanted = (&new, sent.form.password.as_str());
    let refusal = match site.service.send_telephone_code(visitor, wanted, asker.address, asker.now, &mut entropy::fill).await {
        Ok(ticket) => return Ok(second(&site, frame, visitor, (&new, &ticket.text()), None)),
        Err(AccessError::Credentials) => Refusal::new(Message::new("密码不正确", "The password is wrong")),
        Err(AccessError::Unknown) => Refusal::new(Message::new("这就是您现在的手机号", "This is the number that you have now")),
        Err(error) => Refusal::of(error)?,
    };
    Ok(page(&site, frame, visitor, typed, Some(&refusal)))
}

/// POST /account/telephone/confirm
pub async fn confirm(State(site): State<Site>, asker: Asker, frame: Frame, sent: Sent<Settled, Confirm>) -> Result<Response, Failure> {
    let Settled(visitor) = &sent.who;
    let new = match telephone(&sent.form.telephone) {
        Ok(new) => new,
        Err(refusal) => return Ok(page(&site, frame, visitor, &sent.form.telephone, Some(&refusal))),
    };
    let ticket = match ticket(&sent.form.ticket) {
        Ok(ticket) => ticket,
        Err(refusal) => return Ok(second(&site, frame, visitor, (&new, ""), Some(&refusal))),
    };
    let typed = CodeTyped { ticket: &ticket, code: &sent.form.code };
    match site.service.confirm_telephone(visitor, &new, typed, asker.now, &mut entropy::fill).await {
        Ok(()) => Ok(to("/account")),
        Err(error) => Ok(second(&site, frame, visitor, (&new, &sent.form.ticket), Some(&Refusal::of(error)?))),
    }
}
