//! The claim page: what is claimed and by which award, as verification and award list have it; where the holder is reached can be typed.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::issuer::Slug;
use crate::domain::proofing::RealName;
use crate::domain::time::Instant;
use crate::registry::ClaimError;
use crate::service::access::Student;
use crate::service::claims::{ClaimRefusal, Claimable, read_contact};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};

use super::OWN;
use super::own::Slip;
use super::views::ClaimableView;

#[derive(Template)]
#[template(path = "claims/form.html")]
struct Page<'a> {
    frame: &'a Frame,
    token: &'a str,
    one: &'a ClaimableView,
    name: &'a str,
    document_kind: Message,
    /// Masked, and whole for the one whose it is.
    document: (&'a str, &'a str),
    telephone: &'a str,
    email: &'a str,
    error: Option<&'a Slip>,
}

/// What is claimed.
#[derive(Deserialize)]
pub struct Which {
    award: String,
    offer: String,
}

/// The form.
#[derive(Deserialize)]
pub struct Claim {
    token: String,
    #[serde(default)]
    award: String,
    #[serde(default)]
    offer: String,
    #[serde(default)]
    telephone: String,
    #[serde(default)]
    email: String,
}

impl Signed for Claim {
    fn token(&self) -> &str {
        &self.token
    }
}

fn failed(error: &crate::service::ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

async fn found(site: &Site, student: &Student, award: &str, offer: &str, now: Instant) -> Result<(Slug, Claimable, RealName), Failure> {
    let not_found = || Failure::page(ProblemKind::NotFound);
    let offer: Slug = offer.parse().map_err(|_| not_found())?;
    let one = site.service.claimable(student, award, &offer, now).await.map_err(|e| failed(&e))?.ok_or_else(not_found)?;
    let real = site.service.own_real_name(student).await.map_err(|e| failed(&e))?.ok_or_else(not_found)?;
    Ok((offer, one, real))
}

struct Typed<'a> {
    telephone: &'a str,
    email: &'a str,
}

fn show(
    site: &Site,
    student: &Student,
    frame: Frame,
    (one, real): (&Claimable, &RealName),
    typed: &Typed<'_>,
    error: Option<&Slip>,
) -> Response {
    let which = [("award", one.own.id.as_str()), ("offer", one.offer.programme.id.as_str())];
    let frame = frame.at("account").on("/account/claims/new").keeping(&which);
    let page = Page {
        frame: &frame,
        token: &site.service.form_token(student.visitor()),
        one: &ClaimableView::of(site, &frame, one),
        name: real.name.as_str(),
        document_kind: Message::new(real.document.kind().zh(), real.document.kind().en()),
        document: (&real.document.masked(), real.document.number()),
        telephone: typed.telephone,
        email: typed.email,
        error,
    };
    if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) }
}

/// GET /account/claims/new
pub async fn new(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    frame: Frame,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Failure> {
    let Ok(Query(which)) = which else { return Ok(Redirect::to(OWN).into_response()) };
    let (_, one, real) = match found(&site, &student, &which.award, &which.offer, now).await {
        Ok(found) => found,
        // What is missing, the list says.
        Err(_) => return Ok(Redirect::to(OWN).into_response()),
    };
    let visitor = student.visitor();
    let email = visitor.email().map_or("", |email| email.as_str());
    Ok(show(&site, &student, frame, (&one, &real), &Typed { telephone: visitor.telephone().as_str(), email }, None))
}

/// POST /account/claims
pub async fn submit(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Student, Claim>) -> Result<Response, Gate> {
    let (student, typed) = (&sent.who, &sent.form);
    let (offer, one, real) = match found(&site, student, &typed.award, &typed.offer, now).await {
        Ok(found) => found,
        Err(_) if typed.award.is_empty() => return Err(Failure::page(ProblemKind::BadRequest).into()),
        Err(failure) => return Err(failure.into()),
    };
    let claimed = match read_contact(&typed.telephone, &typed.email) {
        Ok(contact) => site.service.submit_claim(student, (&typed.award, &offer), &contact, now).await,
        Err(error) => Err(error),
    };
    let message = match claimed {
        // A form that is sent twice leads to the one claim that there is.
        Ok(id) | Err(ClaimRefusal::Claim(ClaimError::Twice(id))) => return Ok(Redirect::to(&format!("{OWN}/{id}")).into_response()),
        Err(ClaimRefusal::Service(error)) => return Err(failed(&error).into()),
        Err(error) => Slip::of(&error),
    };
    let again = Typed { telephone: &typed.telephone, email: &typed.email };
    Ok(show(&site, student, frame, (&one, &real), &again, Some(&message)))
}
