//! What holders report, before an issuer.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::correction::Edits;
use crate::domain::time::Instant;
use crate::service::access::Issuer;
use crate::service::entropy;
use crate::service::reports::{ReportFile, ReportRuling, ReportingError};
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::decision::number;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::pages;
use super::views::ReportView;

pub const QUEUE: &str = "/staff/reports";

/// A report in the queue.
pub struct WaitingView {
    pub id: i64,
    pub number: String,
    pub since: Moment,
}

/// A report and what the certificate says.
pub struct FileView {
    pub id: i64,
    pub number: String,
    pub current: String,
    pub is_corrected: bool,
    pub holder: String,
    pub school: String,
    pub name_wanted: String,
    pub school_wanted: String,
    pub report: ReportView,
}

impl FileView {
    fn of(file: &ReportFile) -> Self {
        let claims = file.current.as_ref().map(|current| &current.facts.claims);
        let record = &file.record;
        Self {
            id: record.id,
            number: record.number.to_string(),
            current: claims.map_or_else(String::new, |claims| claims.number.to_string()),
            is_corrected: file.is_corrected(),
            holder: claims.map_or_else(String::new, |claims| claims.holder.to_string()),
            school: claims.map_or_else(String::new, |claims| claims.school.clone()),
            name_wanted: record.report.name.as_ref().map_or_else(String::new, ToString::to_string),
            school_wanted: record.report.school.clone().unwrap_or_default(),
            report: ReportView::of(record),
        }
    }
}

/// GET /staff/reports
pub async fn queue(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Failure> {
    let (waiting, reports) = site.service.open_reports(&issuer).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let view = |(id, number, at): (i64, crate::domain::number::CertificateNumber, Instant)| WaitingView {
        id,
        number: number.to_string(),
        since: Moment(at),
    };
    Ok(render(&pages::Reports {
        frame: &frame.at("account"),
        desk: &Desk::of(issuer.visitor(), QUEUE),
        waiting,
        reports: &reports.into_iter().map(view).collect::<Vec<_>>(),
    }))
}

/// The decision.
#[derive(Deserialize, Default)]
pub struct Decision {
    token: String,
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub school: String,
    #[serde(default)]
    pub answer: String,
}

impl Signed for Decision {
    fn token(&self) -> &str {
        &self.token
    }
}

async fn file_of(site: &Site, issuer: &Issuer, id: i64, now: Instant) -> Result<ReportFile, Failure> {
    let file = site.service.report_file(issuer, id, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    file.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

fn shown(site: &Site, issuer: &Issuer, frame: Frame, file: &ReportFile, (typed, error): (&Decision, Option<&Message>)) -> Response {
    let page = pages::ReportedMistake {
        frame: &frame.at("account").on(&format!("{QUEUE}/{}", file.record.id)),
        desk: &Desk::of(issuer.visitor(), QUEUE),
        token: &site.service.form_token(issuer.visitor()),
        file: &FileView::of(file),
        typed,
        error,
    };
    if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) }
}

/// GET /staff/reports/{id}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let file = file_of(&site, &issuer, number(&id)?, now).await?;
    let report = &file.record.report;
    let wanted = Decision {
        name: report.name.as_ref().map_or_else(String::new, ToString::to_string),
        school: report.school.clone().unwrap_or_default(),
        ..Decision::default()
    };
    Ok(shown(&site, &issuer, frame, &file, (&wanted, None)))
}

/// POST /staff/reports/{id}
pub async fn decide(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Decision>,
) -> Result<Response, Gate> {
    let (issuer, typed) = (&sent.who, &sent.form);
    let file = file_of(&site, issuer, number(&id)?, now).await?;
    let given = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
    let ruling = match typed.verdict.as_str() {
        "accept" => ReportRuling::Accept(Box::new(Edits { holder: given(&typed.name), school: given(&typed.school), ..Edits::default() })),
        "refuse" => ReportRuling::Refuse,
        _ => return Err(Failure::page(ProblemKind::BadRequest).into()),
    };
    let error = match site.service.decide_report(issuer, &file, (ruling, &typed.answer), now, &mut entropy::fill).await {
        Ok(()) => return Ok(Redirect::to(QUEUE).into_response()),
        Err(ReportingError::Service(error)) => return Err(Failure::service(Door::Page, &error).into()),
        Err(error) => Message::of(&error),
    };
    Ok(shown(&site, issuer, frame, &file, (typed, Some(&error))))
}
