//! The school's own verification, and the letter that it stamps.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::domain::proofing::{CaseKind, Field, Place};
use crate::service::access::School;
use crate::service::instructors::LetterError;
use crate::service::proofing::{Applicant, PictureLink};
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::origin::SameSite;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Sent};
use crate::web::verification::failed;
use crate::web::verification::own::{self, After, Said, SchoolQuery};
use crate::web::verification::views::StepView;

use super::pages;
use super::views::{DeadlineView, Tally};

/// GET /account/school
pub async fn overview(State(site): State<Site>, Now(now): Now, As(school): As<School>, frame: Frame) -> Result<Response, Failure> {
    let (frame, service) = (frame.at("account"), &site.service);
    let behind = |e| Failure::service(Door::Page, &e);
    let case = service.own_case(&Applicant::from(&school), CaseKind::School).await.map_err(failed)?;
    let verified = service.verified_school(&school).await.map_err(behind)?;
    let records = service.own_instructors(&school, "").await.map_err(behind)?;
    let contests = service.contests_with_instructors().await.map_err(behind)?;
    let page = pages::Overview {
        frame: &frame,
        step: &StepView::new(&frame, CaseKind::School, case.as_ref(), now),
        school: verified.as_deref(),
        tally: &Tally::of(&records),
        deadlines: &DeadlineView::all(&frame, &contests, &records, now),
    };
    Ok(crate::web::pages::render(&page))
}

/// GET /account/school/verification
pub async fn form(
    State(site): State<Site>,
    Now(now): Now,
    As(school): As<School>,
    frame: Frame,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Response, Failure> {
    let saved = after.is_ok_and(|Query(after)| after.saved);
    own::shown_case(&site, &(&school).into(), frame.at("account"), CaseKind::School, Said { saved, ..Said::default() }, now).await
}

/// POST /account/school/verification
pub async fn send(
    State(site): State<Site>,
    _: SameSite,
    As(school): As<School>,
    Now(now): Now,
    frame: Frame,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Failure> {
    own::received(&site, &(&school).into(), CaseKind::School, frame, (&headers, request), now).await
}

/// POST /account/school/verification/anew
pub async fn anew(State(site): State<Site>, Now(now): Now, sent: Sent<School, Bare>) -> Result<Response, Failure> {
    own::begun_anew(&site, &(&sent.who).into(), CaseKind::School, now).await
}

/// GET /account/school/verification/pictures/{slot}/{until}/{code}
pub async fn picture(
    State(site): State<Site>,
    Now(now): Now,
    As(school): As<School>,
    Path((slot, until, code)): Path<(String, i64, String)>,
) -> Result<Response, Failure> {
    own::opened(&site, &(&school).into(), (CaseKind::School, &slot), PictureLink { until, code }, now).await
}

/// GET /account/school/schools
pub async fn schools(State(site): State<Site>, _: As<School>, Query(query): Query<SchoolQuery>) -> Result<Response, Failure> {
    own::names(&site, &query).await
}

/// GET /account/school/letter
pub async fn letter(State(site): State<Site>, Now(now): Now, As(school): As<School>, frame: Frame) -> Result<Response, Failure> {
    match site.service.letter_of_authorisation(&school, now).await {
        Ok(pdf) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"letter-of-authorisation.pdf\""),
                (header::CACHE_CONTROL, "private, no-store"),
            ];
            Ok((headers, pdf).into_response())
        }
        Err(error @ LetterError::NoSchool) => {
            let slips = vec![(Place::Field(Field::School), Message::of(&error))];
            let frame = frame.at("account").on("/account/school/verification");
            own::shown_case(&site, &(&school).into(), frame, CaseKind::School, Said { slips, saved: false }, now).await
        }
        Err(LetterError::Service(error)) => Err(Failure::service(Door::Page, &error)),
        // A name with a character that no font has, or fonts that are not there: for the operator to see.
        Err(error) => {
            tracing::error!(%error, "a letter of authorisation cannot be set");
            Err(Failure::page(ProblemKind::Internal))
        }
    }
}
