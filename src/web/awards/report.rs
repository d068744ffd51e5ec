//! A mistake that a holder reports about a certificate of theirs.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::report::Report;
use crate::domain::time::Instant;
use crate::service::access::Student;
use crate::service::reports::ReportingError;
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};

use super::own::own;
use super::pages;
use super::views::{AwardView, ReportView};

/// The form.
#[derive(Deserialize, Default)]
pub struct Typed {
    token: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub school: String,
    #[serde(default)]
    pub text: String,
}

impl Signed for Typed {
    fn token(&self) -> &str {
        &self.token
    }
}

async fn shown(
    site: &Site,
    student: &Student,
    frame: Frame,
    id: &str,
    (typed, error): (&Typed, Option<&Message>),
    now: Instant,
) -> Result<Response, Failure> {
    let award = own(site, student, id, now).await?;
    let reports = site.service.own_reports(student, id).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let frame = frame.at("account").on(&format!("/account/awards/{id}/report"));
    let page = pages::Report {
        frame: &frame,
        token: &site.service.form_token(student.visitor()),
        award: &AwardView::of(&frame, award),
        reports: &reports.iter().map(ReportView::of).collect::<Vec<_>>(),
        typed,
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /account/awards/{id}/report
pub async fn form(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    shown(&site, &student, frame, &id, (&Typed::default(), None), now).await
}

/// POST /account/awards/{id}/report
pub async fn send(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Student, Typed>,
) -> Result<Response, Gate> {
    let typed = &sent.form;
    let error = match Report::parse(&typed.name, &typed.school, &typed.text) {
        Err(error) => Message::of(&error),
        Ok(report) => {
            let award = own(&site, &sent.who, &id, now).await?;
            match site.service.report_mistake(&sent.who, &award, &report, now).await {
                Ok(()) => return Ok(Redirect::to(&format!("/account/awards/{id}/report")).into_response()),
                Err(ReportingError::Service(error)) => return Err(Failure::service(Door::Page, &error).into()),
                Err(error) => Message::of(&error),
            }
        }
    };
    Ok(shown(&site, &sent.who, frame, &id, (typed, Some(&error)), now).await?)
}
