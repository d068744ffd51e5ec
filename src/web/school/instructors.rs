//! The instructors of a school: listed, searched, entered one by one, changed, removed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::time::Instant;
use crate::registry::InstructorError;
use crate::service::access::School;
use crate::service::instructors::{EntryError, InstructorForm};
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Sent, Signed};

use super::pages;
use super::views::{InstructorView, Tally};

/// Where the list is.
pub const LIST: &str = "/account/school/instructors";
/// Instructors that the page shows; more are found by search.
const SHOWN: usize = 100;

/// What the page of the list says besides.
#[derive(Default)]
pub struct Said<'a> {
    pub wanted: &'a str,
    pub said: Option<Message>,
    pub error: Option<Message>,
}

/// A failure that no form can show.
pub fn failed(error: EntryError) -> Failure {
    match error {
        EntryError::Service(error) => Failure::service(Door::Page, &error),
        EntryError::Instructor(_) => Failure::page(ProblemKind::NotFound),
        EntryError::Faults(_) | EntryError::TooMany | EntryError::Stale => Failure::page(ProblemKind::BadRequest),
    }
}

pub fn number(id: &str) -> Result<i64, Failure> {
    id.parse().map_err(|_| Failure::page(ProblemKind::NotFound))
}

/// The page of the list.
pub async fn listed(site: &Site, school: &School, frame: Frame, said: Said<'_>) -> Result<Response, Failure> {
    let (frame, service) = (frame.at("account").on(LIST), &site.service);
    let behind = |e| Failure::service(Door::Page, &e);
    let verified = service.verified_school(school).await.map_err(behind)?;
    let contests = service.contests_with_instructors().await.map_err(behind)?;
    let records = service.own_instructors(school, said.wanted).await.map_err(behind)?;
    let lines: Vec<InstructorView> = records.iter().take(SHOWN).map(|record| InstructorView::of(record, &contests)).collect();
    let page = pages::Instructors {
        frame: &frame,
        token: &service.form_token(school.visitor()),
        school: verified.as_deref(),
        lines: &lines,
        more: records.len().saturating_sub(SHOWN),
        wanted: said.wanted,
        said: said.said.as_ref(),
        error: said.error.as_ref(),
        tally: &Tally::of(&records),
    };
    Ok(if said.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /account/school/instructors
pub async fn page(State(site): State<Site>, As(school): As<School>, frame: Frame) -> Result<Response, Failure> {
    listed(&site, &school, frame, Said::default()).await
}

/// What is looked for: it is private, and so comes in a body.
#[derive(Deserialize)]
pub struct SearchForm {
    token: String,
    #[serde(default)]
    q: String,
}

impl Signed for SearchForm {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/school/instructors/search
pub async fn search(State(site): State<Site>, frame: Frame, sent: Sent<School, SearchForm>) -> Result<Response, Failure> {
    listed(&site, &sent.who, frame, Said { wanted: &bounded(&sent.form.q), ..Said::default() }).await
}

/// The form of one instructor as a browser sends it.
#[derive(Deserialize)]
pub struct OneForm {
    token: String,
    #[serde(default)]
    contest: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    telephone: String,
    #[serde(default)]
    document_kind: String,
    #[serde(default)]
    document_number: String,
}

impl Signed for OneForm {
    fn token(&self) -> &str {
        &self.token
    }
}

impl OneForm {
    fn read(self) -> InstructorForm {
        let Self { contest, name, telephone, document_kind, document_number, .. } = self;
        let [contest, name, telephone, document_kind, document_number] =
            [contest, name, telephone, document_kind, document_number].map(|text| bounded(&text));
        InstructorForm { contest, name, telephone, document_kind, document_number }
    }
}

async fn form_page(
    site: &Site,
    school: &School,
    frame: Frame,
    (id, form): (Option<i64>, &InstructorForm),
    error: Option<EntryError>,
) -> Result<Response, Failure> {
    let path = id.map_or_else(|| format!("{LIST}/new"), |id| format!("{LIST}/{id}"));
    let frame = frame.at("account").on(&path);
    let contests = site.service.contests_with_instructors().await.map_err(|e| Failure::service(Door::Page, &e))?;
    let (faults, error) = match error {
        Some(EntryError::Faults(faults)) => (faults.into_iter().map(|(place, fault)| (place, Message::of(&fault))).collect(), None),
        Some(error @ (EntryError::Instructor(_) | EntryError::TooMany)) => (Vec::new(), Some(Message::of(&error))),
        Some(error) => return Err(failed(error)),
        None => (Vec::new(), None),
    };
    let token = site.service.form_token(school.visitor());
    let page =
        pages::InstructorPage { frame: &frame, token: &token, id, form, faults: &faults, error: error.as_ref(), contests: &contests };
    Ok(if faults.is_empty() && error.is_none() { render(&page) } else { render_with(StatusCode::BAD_REQUEST, &page) })
}

/// GET /account/school/instructors/new
pub async fn new(State(site): State<Site>, As(school): As<School>, frame: Frame) -> Result<Response, Failure> {
    form_page(&site, &school, frame, (None, &InstructorForm::default()), None).await
}

/// POST /account/school/instructors/new
pub async fn enter(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<School, OneForm>) -> Result<Response, Failure> {
    let form = sent.form.read();
    match site.service.enter_instructor(&sent.who, &form, now).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(error) => form_page(&site, &sent.who, frame, (None, &form), Some(error)).await,
    }
}

/// GET /account/school/instructors/{id}
pub async fn edit(State(site): State<Site>, As(school): As<School>, frame: Frame, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = number(&id)?;
    let records = site.service.own_instructors(&school, "").await.map_err(|e| Failure::service(Door::Page, &e))?;
    let record = records.into_iter().find(|record| record.id == id).ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    form_page(&site, &school, frame, (Some(id), &InstructorForm::of(&record.instructor)), None).await
}

/// POST /account/school/instructors/{id}
pub async fn change(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<School, OneForm>,
) -> Result<Response, Failure> {
    let (id, form) = (number(&id)?, sent.form.read());
    match site.service.change_instructor(&sent.who, id, &form, now).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(error @ EntryError::Instructor(InstructorError::Unknown)) => Err(failed(error)),
        Err(error) => form_page(&site, &sent.who, frame, (Some(id), &form), Some(error)).await,
    }
}

/// POST /account/school/instructors/{id}/remove
pub async fn remove(
    State(site): State<Site>,
    Now(now): Now,
    Path(id): Path<String>,
    sent: Sent<School, Bare>,
) -> Result<Response, Failure> {
    removed(&site, &sent.who, number(&id)?, now).await
}

async fn removed(site: &Site, school: &School, id: i64, now: Instant) -> Result<Response, Failure> {
    site.service.remove_instructor(school, id, now).await.map_err(failed)?;
    Ok(Redirect::to(LIST).into_response())
}
