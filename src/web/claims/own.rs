//! What a holder may claim, has claimed, and does with a claim.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState};
use crate::domain::time::Instant;
use crate::service::access::Student;
use crate::service::claims::{ClaimRefusal, OwnClaim, read_contact};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::awards::FactsView;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Signed};
use crate::web::view::Moment;

use super::OWN;
use super::views::{ClaimRow, ClaimableView, MoveView, OfferView, class, next, pay_anew};

/// Has the browser load the page again.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

#[derive(Template)]
#[template(path = "claims/list.html")]
struct List<'a> {
    frame: &'a Frame,
    claimable: &'a [ClaimableView],
    claims: &'a [ClaimRow],
    is_verified: bool,
}

/// A claim with what can be done with it.
struct OneView {
    id: ClaimId,
    offer: OfferView,
    contest: Option<FactsView>,
    class: &'static str,
    word: Message,
    next: Message,
    submitted: Moment,
    fee: String,
    telephone: String,
    email: String,
    reason: Option<String>,
    history: Vec<MoveView>,
    /// The award whose certificate it is.
    certified: Option<String>,
    number: Option<String>,
    can_pay: bool,
    has_order: bool,
    wants_centre: bool,
    can_resubmit: bool,
    can_withdraw: bool,
    can_change: bool,
    is_paid: bool,
    just_submitted: bool,
}

impl OneView {
    fn of(site: &Site, frame: &Frame, own: &OwnClaim) -> Self {
        let record = &own.record;
        let state = record.state;
        let has_order = own.history.iter().any(|one| one.event == Some(ClaimEvent::PlaceOrder));
        Self {
            id: record.id,
            offer: OfferView::of(site, &own.offer),
            contest: own.award.as_ref().map(|own| FactsView::of(&own.award)),
            class: class(state),
            word: Message::new(state.zh(), state.en()),
            next: if own.is_paid_back() { pay_anew(frame, record) } else { next(frame, record, own.centre_decides) },
            submitted: Moment(record.submitted),
            fee: record.fee.to_string(),
            telephone: record.contact.telephone.as_str().to_owned(),
            email: record.contact.email.as_str().to_owned(),
            reason: record.reason.clone().filter(|_| matches!(state, ClaimState::Returned | ClaimState::Refused)),
            history: own.history.iter().rev().map(MoveView::of).collect(),
            certified: record.certified.clone().filter(|_| state == ClaimState::Issued && own.certified.is_some()),
            number: record.number.as_ref().filter(|_| state == ClaimState::Issued).map(ToString::to_string),
            can_pay: state == ClaimState::Submitted,
            has_order,
            wants_centre: !own.is_verified_by_centre && own.centre_decides.is_none() && !state.is_final(),
            can_resubmit: state == ClaimState::Returned,
            can_withdraw: state.after(ClaimEvent::Withdraw).is_ok(),
            can_change: state.after(ClaimEvent::Withdraw).is_ok(),
            is_paid: state.is_paid(),
            just_submitted: state == ClaimState::Submitted && !has_order,
        }
    }
}

#[derive(Template)]
#[template(path = "claims/one.html")]
struct One<'a> {
    frame: &'a Frame,
    token: &'a str,
    claim: &'a OneView,
    telephone: &'a str,
    email: &'a str,
    error: Option<&'a Slip>,
}

fn failed(error: &crate::service::ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

/// GET /account/claims
pub async fn list(State(site): State<Site>, Now(now): Now, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    let desk = site.service.claim_desk(&student, now).await.map_err(|e| failed(&e))?;
    let frame = frame.at("account");
    let claimable: Vec<ClaimableView> = desk.claimable.iter().map(|one| ClaimableView::of(&site, &frame, one)).collect();
    let claims: Vec<ClaimRow> = desk.claims.iter().map(|(claim, offer)| ClaimRow::of(&frame, claim, offer.as_ref(), now)).collect();
    Ok(render(&List { frame: &frame, claimable: &claimable, claims: &claims, is_verified: desk.is_verified }))
}

async fn own(site: &Site, student: &Student, id: &str, now: Instant) -> Result<OwnClaim, Failure> {
    let not_found = || Failure::page(ProblemKind::NotFound);
    let id: ClaimId = id.parse().map_err(|_| not_found())?;
    site.service.own_claim(student, id, now).await.map_err(|e| failed(&e))?.ok_or_else(not_found)
}

fn shown(site: &Site, student: &Student, frame: Frame, own: &OwnClaim, again: Option<(&Contact, &Slip)>) -> Response {
    let frame = frame.at("account").on(&format!("{OWN}/{}", own.record.id));
    let view = OneView::of(site, &frame, own);
    let (telephone, email) = again.map_or((view.telephone.as_str(), view.email.as_str()), |(typed, _)| (&typed.telephone, &typed.email));
    let token = site.service.form_token(student.visitor());
    let error = again.map(|(_, error)| error);
    let page = One { frame: &frame, token: &token, claim: &view, telephone, email, error };
    let mut response = if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) };
    if own.record.state == ClaimState::Approved {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("3"));
    }
    response
}

/// GET /account/claims/{id}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let own = own(&site, &student, &id, now).await?;
    Ok(shown(&site, &student, frame, &own, None))
}

/// Where the holder is reached.
#[derive(Deserialize)]
pub struct Contact {
    token: String,
    #[serde(default)]
    telephone: String,
    #[serde(default)]
    email: String,
}

impl Signed for Contact {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/claims/{id}/contact
pub async fn contact(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Student, Contact>,
) -> Result<Response, Gate> {
    let (student, typed) = (&sent.who, &sent.form);
    let own = own(&site, student, &id, now).await?;
    let changed = match read_contact(&typed.telephone, &typed.email) {
        Ok(contact) => site.service.change_claim_contact(student, own.record.id, &contact, now).await,
        Err(error) => Err(error),
    };
    answered(&site, student, frame, &own, changed, Some(typed))
}

/// POST /account/claims/{id}/resubmit
pub async fn resubmit(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Student, Bare>,
) -> Result<Response, Gate> {
    let own = own(&site, &sent.who, &id, now).await?;
    let done = site.service.resubmit_claim(&sent.who, own.record.id, now).await;
    answered(&site, &sent.who, frame, &own, done, None)
}

/// POST /account/claims/{id}/withdraw
pub async fn withdraw(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Student, Bare>,
) -> Result<Response, Gate> {
    let own = own(&site, &sent.who, &id, now).await?;
    let done = site.service.withdraw_claim(&sent.who, own.record.id, now).await;
    answered(&site, &sent.who, frame, &own, done, None)
}

/// Back to the claim's page, or the page with what was refused.
fn answered(
    site: &Site,
    student: &Student,
    frame: Frame,
    own: &OwnClaim,
    done: Result<(), ClaimRefusal>,
    typed: Option<&Contact>,
) -> Result<Response, Gate> {
    let message = match done {
        Ok(()) => return Ok(Redirect::to(&format!("{OWN}/{}", own.record.id)).into_response()),
        Err(ClaimRefusal::Service(error)) => return Err(failed(&error).into()),
        Err(error) => Slip::of(&error),
    };
    let kept = Contact {
        token: String::new(),
        telephone: own.record.contact.telephone.as_str().to_owned(),
        email: own.record.contact.email.as_str().to_owned(),
    };
    Ok(shown(site, student, frame, own, Some((typed.unwrap_or(&kept), &message))))
}

/// What was wrong, in one message, and at which fields.
pub struct Slip {
    pub message: Message,
    pub telephone: bool,
    pub email: bool,
}

impl Slip {
    pub fn of(error: &ClaimRefusal) -> Self {
        let ClaimRefusal::Contact { telephone, email } = error else {
            return Self { message: Message::of(error), telephone: false, email: false };
        };
        let all: Vec<Message> = telephone.iter().map(Message::of).chain(email.iter().map(Message::of)).collect();
        let join = |of: fn(&Message) -> &str, by: &str| all.iter().map(of).collect::<Vec<_>>().join(by);
        let message = Message::new(join(|m| &m.zh, "；"), join(|m| &m.en, "; "));
        Self { message, telephone: telephone.is_some(), email: email.is_some() }
    }

    /// Whether the telephone is to be marked, for a page that may have no slip.
    pub fn at_telephone(slip: Option<&Self>) -> bool {
        slip.is_some_and(|slip| slip.telephone)
    }

    /// Whether the e-mail is to be marked.
    pub fn at_email(slip: Option<&Self>) -> bool {
        slip.is_some_and(|slip| slip.email)
    }
}
