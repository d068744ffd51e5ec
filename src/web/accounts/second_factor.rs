//! The second factor: shown by who has one, set up by who has none.

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::document::qr::{QUIET, Symbol};
use crate::service::access::{Enrolment, SecondFactorError, Visitor};
use crate::service::entropy;
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::router::Site;
use crate::web::session::{As, Cookie, Entered, Next, Sent, Signed};

use super::{Refusal, pages, printed, to};

/// What the address says.
#[derive(Deserialize)]
pub struct Asked {
    next: Option<String>,
}

/// A code, and the secret that it proves, where one was offered.
#[derive(Deserialize)]
pub struct Code {
    token: String,
    code: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    next: String,
}

impl Signed for Code {
    fn token(&self) -> &str {
        &self.token
    }
}

fn page(
    site: &Site,
    frame: Frame,
    visitor: &Visitor,
    offer: Option<Enrolment>,
    next: Next,
    refusal: Option<&Refusal>,
) -> Result<Response, Failure> {
    let (frame, token) = (frame.at("account"), site.service.form_token(visitor));
    let error = refusal.map(|r| &r.message);
    let Some(offer) = offer else {
        let page = pages::SecondFactor { frame: &frame, token: &token, next: next.path(), error };
        return Ok(printed(&page, refusal));
    };
    let symbol = Symbol::of_text(&offer.uri).map_err(|error| {
        tracing::error!(%error, "the address of a second factor is no QR code");
        Failure::page(ProblemKind::Internal)
    })?;
    let page = pages::SecondFactorOffer {
        frame: &frame,
        token: &token,
        next: next.path(),
        error,
        secret: &offer.secret,
        spaced: &spaced(&offer.secret),
        side: symbol.size() + 2 * QUIET,
        path: &symbol.svg_path(),
        staff: visitor.offices().is_staff(),
    };
    Ok(printed(&page, refusal))
}

/// In groups of four, as people type.
fn spaced(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

/// GET /account/second-factor
pub async fn form(
    State(site): State<Site>,
    As(Entered(visitor)): As<Entered>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let next = Next::read(asked.next.as_deref());
    match (visitor.has_second_factor(), visitor.owes_second_factor()) {
        (true, false) => Ok(to(next.path())),
        (true, true) => page(&site, frame, &visitor, None, next, None),
        (false, _) => {
            let offer = site.service.offer_second_factor(&visitor, &mut entropy::fill);
            page(&site, frame, &visitor, Some(offer), next, None)
        }
    }
}

/// POST /account/second-factor: a right code gives the session a new secret.
pub async fn show(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Entered, Code>) -> Result<Response, Failure> {
    let Entered(visitor) = &sent.who;
    let next = Next::read(Some(&sent.form.next));
    let enrolling = !visitor.has_second_factor();
    let shown = if enrolling {
        site.service.enrol_second_factor(visitor, &sent.form.secret, &sent.form.code, now, &mut entropy::fill).await
    } else {
        site.service.show_second_factor(visitor, &sent.form.code, now, &mut entropy::fill).await
    };
    let refusal = match shown {
        Ok(secret) => {
            let next = if visitor.offices().is_staff() { next.of_staff() } else { next };
            let mut response = to(next.path());
            Cookie::Session.set(&mut response, &secret, !visitor.offices().is_staff(), &site);
            return Ok(response);
        }
        Err(SecondFactorError::Access(error)) => Refusal::of(error)?,
        Err(error) => Refusal::new(Message::of(&error)),
    };
    let offer = enrolling.then(|| site.service.offer_again(visitor, &sent.form.secret, &mut entropy::fill));
    page(&site, frame, visitor, offer, next, Some(&refusal))
}
