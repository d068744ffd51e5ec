//! The account's own page: who it is, where it is signed in, its password.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::account::Session;
use crate::service::ServiceError;
use crate::service::access::{AccessError, Visitor};
use crate::service::entropy;
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Cookie, Entered, Gate, Sent, Settled, Signed};
use crate::web::view::Moment;

use super::{Refusal, pages, printed, to};

/// A session as its account sees it.
pub struct SessionView {
    pub name: String,
    pub browser: String,
    pub began: Moment,
    pub seen: Moment,
    /// Whether it is the one that asks.
    pub here: bool,
}

impl SessionView {
    pub fn of(session: Session, here: &str) -> Self {
        Self {
            here: session.name == here,
            name: session.name,
            browser: session.browser,
            began: Moment(session.began),
            seen: Moment(session.seen),
        }
    }
}

pub(super) fn behind(error: &ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

/// GET /account
pub async fn page(State(site): State<Site>, Now(now): Now, As(Settled(visitor)): As<Settled>, frame: Frame) -> Result<Response, Failure> {
    let sessions = site.service.sessions(&visitor, now).await.map_err(|e| behind(&e))?;
    let sessions: Vec<SessionView> = sessions.into_iter().map(|session| SessionView::of(session, visitor.session())).collect();
    Ok(render(&pages::Account {
        frame: &frame.at("account"),
        visitor: &visitor,
        sessions: &sessions,
        token: &site.service.form_token(&visitor),
    }))
}

/// A session to be ended.
#[derive(Deserialize)]
pub struct End {
    token: String,
    name: String,
}

impl Signed for End {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/sessions/end
pub async fn end(State(site): State<Site>, sent: Sent<Settled, End>) -> Result<Response, Failure> {
    let Settled(visitor) = &sent.who;
    if !site.service.end_session(visitor, &sent.form.name).await.map_err(|e| behind(&e))? {
        return Err(Failure::page(ProblemKind::NotFound));
    }
    if sent.form.name == visitor.session() {
        return Ok(left(&site));
    }
    Ok(to("/account"))
}

/// POST /account/sessions/end-others
pub async fn end_others(State(site): State<Site>, sent: Sent<Settled, Bare>) -> Result<Response, Failure> {
    site.service.end_other_sessions(&sent.who.0).await.map_err(|e| behind(&e))?;
    Ok(to("/account"))
}

/// POST /sign-out
pub async fn sign_out(State(site): State<Site>, sent: Sent<Entered, Bare>) -> Result<Response, Failure> {
    let Entered(visitor) = &sent.who;
    site.service.end_session(visitor, visitor.session()).await.map_err(|e| behind(&e))?;
    Ok(left(&site))
}

fn left(site: &Site) -> Response {
    let mut response = to("/sign-in");
    Cookie::Session.take(&mut response, site);
    response
}

fn password_page(site: &Site, frame: Frame, visitor: &Visitor, refusal: Option<&Refusal>) -> Response {
    let page = pages::Password {
        frame: &frame.at("account"),
        token: &site.service.form_token(visitor),
        telephone: visitor.telephone().as_str(),
        error: refusal.map(|r| &r.message),
    };
    printed(&page, refusal)
}

/// GET /account/password
pub async fn password_form(State(site): State<Site>, As(Settled(visitor)): As<Settled>, frame: Frame) -> Response {
    password_page(&site, frame, &visitor, None)
}

/// The form for a new password.
#[derive(Deserialize)]
pub struct NewPassword {
    token: String,
    old: String,
    new: String,
}

impl Signed for NewPassword {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/password: every session ends, this one goes on under another secret.
pub async fn change_password(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    sent: Sent<Settled, NewPassword>,
) -> Result<Response, Gate> {
    let Settled(visitor) = &sent.who;
    let changed = site.service.change_password(visitor, &sent.form.old, &sent.form.new, now, &mut entropy::fill).await;
    let refusal = match changed {
        Ok(secret) => {
            let mut response = to("/account");
            Cookie::Session.set(&mut response, &secret, !visitor.offices().is_staff(), &site);
            return Ok(response);
        }
        Err(AccessError::Credentials) => Refusal::new(Message::new("原密码不正确", "The old password is wrong")),
        Err(error) => Refusal::of(error)?,
    };
    Ok(password_page(&site, frame, visitor, Some(&refusal)))
}
