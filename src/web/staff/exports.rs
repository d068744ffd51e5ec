//! Spreadsheets to take along.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::account::Office;
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;
use crate::service::access::{Administrator, Issuer, Staff, Visitor, Warrant};
use crate::service::desk::Mandate;
use crate::service::desk::contest_export::{ArchiveError, ContestWanted};
use crate::service::desk::exports::{Export, ExportError, Privacy, WholeReason};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Sent, Signed};

use super::audit::Asked;
use super::{Desk, behind};

const PAGE: &str = "/staff/exports";

#[derive(Template)]
#[template(path = "staff/exports.html")]
struct Exports<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    programmes: &'a [Programme],
    is_issuer: bool,
    is_administrator: bool,
    error: Option<&'a Message>,
}

async fn show(site: &Site, frame: Frame, visitor: &Visitor, error: Option<&Message>) -> Result<Response, Failure> {
    let page = Exports {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(visitor, PAGE),
        token: &site.service.form_token(visitor),
        programmes: &site.service.programmes().await.map_err(behind)?,
        is_issuer: visitor.offices().has(Office::Issuer),
        is_administrator: visitor.offices().has(Office::Administrator),
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/exports
pub async fn page(State(site): State<Site>, As(staff): As<Staff>, frame: Frame) -> Result<Response, Failure> {
    show(&site, frame, staff.visitor(), None).await
}

/// What to export.
#[derive(Deserialize)]
pub struct Wanted {
    token: String,
    #[serde(default)]
    programme: String,
    whole: Option<String>,
    #[serde(default)]
    reason: String,
}

impl Signed for Wanted {
    fn token(&self) -> &str {
        &self.token
    }
}

impl Wanted {
    fn programme(&self) -> Result<Slug, Message> {
        self.programme.parse().map_err(|_| Message::new("请选择赛事或项目", "Choose a programme"))
    }

    fn privacy(&self) -> Result<Privacy, Message> {
        match self.whole {
            None => Ok(Privacy::Masked),
            Some(_) => WholeReason::parse(&self.reason).map(Privacy::Whole).map_err(|error| Message::of(&error)),
        }
    }
}

/// A spreadsheet that is saved and that no cache keeps.
fn saved(export: Export) -> Result<Response, Failure> {
    saved_as("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &export.file_name, export.bytes)
}

fn saved_as(kind: &'static str, file_name: &str, bytes: Vec<u8>) -> Result<Response, Failure> {
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{file_name}\""));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name.map_err(|_| Failure::page(ProblemKind::Internal))?),
    ];
    Ok((headers, bytes).into_response())
}

/// The spreadsheet, or the page with what was wrong.
async fn answered(site: &Site, frame: Frame, visitor: &Visitor, outcome: Result<Export, ExportError>) -> Result<Response, Failure> {
    match outcome {
        Ok(export) => saved(export),
        Err(error @ ExportError::NoProgramme(_)) => show(site, frame, visitor, Some(&Message::of(&error))).await,
        Err(ExportError::Service(error)) => Err(behind(error)),
        Err(ExportError::Sheet(error)) => {
            tracing::error!(%error, "a spreadsheet could not be written");
            Err(Failure::page(ProblemKind::Internal))
        }
    }
}

/// POST /staff/exports/certificates
pub async fn certificates(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Wanted>) -> Result<Response, Failure> {
    let visitor = sent.who.visitor();
    match sent.form.programme() {
        Err(message) => show(&site, frame, visitor, Some(&message)).await,
        Ok(programme) => {
            let outcome = site.service.export_certificates(&Mandate::of(&sent.who), &programme, now).await;
            answered(&site, frame, visitor, outcome).await
        }
    }
}

/// POST /staff/exports/awards
pub async fn awards(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Wanted>) -> Result<Response, Failure> {
    let visitor = sent.who.visitor();
    match sent.form.programme().and_then(|programme| Ok((programme, sent.form.privacy()?))) {
        Err(message) => show(&site, frame, visitor, Some(&message)).await,
        Ok((programme, privacy)) => {
            let outcome = site.service.export_awards(&Mandate::of(&sent.who), &programme, &privacy, now).await;
            answered(&site, frame, visitor, outcome).await
        }
    }
}

/// POST /staff/exports/contest: one archive, made in memory, one at a time.
pub async fn contest(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Wanted>) -> Result<Response, Failure> {
    static ONE_AT_A_TIME: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(1);
    let visitor = sent.who.visitor();
    let (contest, privacy) = match sent.form.programme().and_then(|programme| Ok((programme, sent.form.privacy()?))) {
        Err(message) => return show(&site, frame, visitor, Some(&message)).await,
        Ok(asked) => asked,
    };
    // The semaphore is never closed.
    let _turn = ONE_AT_A_TIME.acquire().await.ok();
    let wanted = ContestWanted { contest: &contest, privacy: &privacy, files: false };
    let mut out = std::io::Cursor::new(Vec::new());
    match site.service.export_contest(&Mandate::of(&sent.who), &wanted, &mut out, now).await {
        Ok(_) => saved_as("application/zip", &format!("contest-{contest}.zip"), out.into_inner()),
        Err(ArchiveError::Part(ExportError::Service(error))) => Err(behind(error)),
        Err(error @ ArchiveError::NoContest(_)) => show(&site, frame, visitor, Some(&Message::of(&error))).await,
        Err(error) => {
            tracing::error!(%error, "a contest could not be exported");
            Err(Failure::page(ProblemKind::Internal))
        }
    }
}

/// POST /staff/exports/accounts
pub async fn accounts(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    sent: Sent<Administrator, Wanted>,
) -> Result<Response, Failure> {
    let visitor = sent.who.visitor();
    match sent.form.privacy() {
        Err(message) => show(&site, frame, visitor, Some(&message)).await,
        Ok(privacy) => {
            let outcome = site.service.export_accounts(&Warrant::of(&sent.who), &privacy, now).await;
            answered(&site, frame, visitor, outcome).await
        }
    }
}

/// The filter of the audit trail as a form sends it.
#[derive(Deserialize)]
pub struct TrailWanted {
    token: String,
    #[serde(flatten)]
    asked: Asked,
}

impl Signed for TrailWanted {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/exports/audit
pub async fn audit(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    sent: Sent<Administrator, TrailWanted>,
) -> Result<Response, Failure> {
    let visitor = sent.who.visitor();
    match sent.form.asked.filter() {
        Err(message) => show(&site, frame, visitor, Some(&message)).await,
        Ok(filter) => {
            let outcome = site.service.export_trail(&Warrant::of(&sent.who), &filter, now).await;
            answered(&site, frame, visitor, outcome).await
        }
    }
}

/// POST /staff/issuing/{job}/problems
pub async fn problems(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Bare>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    let outcome = site.service.export_problems(&Mandate::of(&sent.who), id, now).await;
    answered(&site, frame, sent.who.visitor(), outcome).await
}
