//! A holder's awards.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use crate::service::access::Student;
use crate::service::holdings::{AwardProgress, OwnAward};
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent};

use super::pages;
use super::views::{AwardView, MaybeView};

/// Has the browser load the page again, as the page of an import does.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// GET /account/awards
pub async fn list(State(site): State<Site>, Now(now): Now, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    let holdings = site.service.holdings(&student, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let frame = frame.at("account");
    let awards: Vec<AwardView> = holdings.own.into_iter().map(|own| AwardView::of(&frame, own)).collect();
    let maybe: Vec<MaybeView> = holdings.maybe.into_iter().map(|maybe| MaybeView::of(maybe, holdings.is_verified)).collect();
    Ok(render(&pages::List {
        frame: &frame,
        awards: &awards,
        maybe: &maybe,
        telephone: &student.visitor().telephone_masked(),
        is_verified: holdings.is_verified,
    }))
}

pub(super) async fn own(site: &Site, student: &Student, id: &str, now: crate::domain::time::Instant) -> Result<OwnAward, Failure> {
    let found = site.service.own_award(student, id, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    found.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// GET /account/awards/{id}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let own = own(&site, &student, &id, now).await?;
    let frame = frame.at("account");
    let award = AwardView::of(&frame, own);
    let mut response = render(&pages::One { frame: &frame, token: &site.service.form_token(student.visitor()), award: &award });
    if award.being_made {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("2"));
    }
    Ok(response)
}

/// POST /account/awards/{id}/certificate: leads to the certificate; one that nothing stands in the way of is made.
pub async fn certificate(
    State(site): State<Site>,
    Now(now): Now,
    Path(id): Path<String>,
    sent: Sent<Student, Bare>,
) -> Result<Response, Gate> {
    let own = own(&site, &sent.who, &id, now).await?;
    site.service.ask_for_certificate(&sent.who, &own, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let to = match &own.progress {
        AwardProgress::Certified(certificate) => format!("/d/{}", site.service.own_certificate_link(certificate, now)),
        AwardProgress::BeingMade | AwardProgress::Ready | AwardProgress::Waiting(_) => format!("/account/awards/{id}"),
    };
    Ok(Redirect::to(&to).into_response())
}
