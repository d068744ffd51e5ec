//! The door for a list: a spreadsheet of numbers and names goes in, and comes back with a verdict for each row.
//!
//! Nothing of a list stays here. The page of the answer carries the workbook and the statement about it in two forms, each with a keyed
//! digest; a button sends one back, and if it is what was made here it is answered as a file to save. So an employer sees a page first
//! and saves files under their names in any browser, without a script, and any process of the service can answer.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::domain::digest::Digest;
use crate::service::Service;
use crate::service::award_list::grid::Bounds;
use crate::service::check_list::book::{self, Mood, Said};
use crate::service::check_list::sheet::MAX_LINES;
use crate::service::check_list::{CheckListError, CheckedList, RowAnswer};

use super::WebSettings;
use super::advice::Message;
use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::origin::SameSite;
use super::pages;
use super::question::{Asker, Question, refused};
use super::upload::{self, Sent};
use super::view::{AchievementView, Moment, NamedView};

/// Rows that the page of the answer shows; the workbook has all.
const SHOWN: usize = 20;

/// What a list may have in bytes, and how much of a larger one is read before the connection is cut.
pub fn settings(site: WebSettings) -> WebSettings {
    WebSettings { max_file_bytes: site.max_file_bytes.min(Bounds::PUBLIC.file), ..site }
}

/// GET /list
pub async fn form(State(site): State<WebSettings>, frame: Frame) -> Response {
    pages::render(&page(&frame.at("list"), site, None))
}

fn page<'a>(frame: &'a Frame, site: WebSettings, error: Option<&'a Message>) -> pages::List<'a> {
    pages::List { frame, max_megabytes: settings(site).max_file_bytes / (1024 * 1024), max_rows: MAX_LINES, error }
}

/// POST /list
pub async fn check(
    State(service): State<Arc<Service>>,
    State(site): State<WebSettings>,
    Question { now }: Question,
    Asker { address, .. }: Asker,
    frame: Frame,
    request: Request,
) -> Result<Response, Failure> {
    let frame = frame.at("list");
    let wrong = |message: Message| pages::render_with(StatusCode::BAD_REQUEST, &page(&frame, site, Some(&message)));
    let Sent::File(file) = upload::from_form(request, Door::Page, settings(site)).await? else {
        return Ok(wrong(Message::new("请先选择名单文件", "Choose a list first")));
    };
    let checked = match service.check_list(file, address, now).await {
        Ok(checked) => checked,
        Err(CheckListError::Fault(fault)) => return Ok(wrong(Message::of(&fault))),
        Err(error) => return Err(failed(error)),
    };
    let workbook = service.write_list(&checked).await.map_err(failed)?;
    let statement = service.state_list(&checked, &workbook).map_err(|e| Failure::service(Door::Page, &e))?;
    let view = ListView::new(&service, &checked, &workbook, &statement);
    Ok(pages::render(&pages::ListAnswer { frame: &frame, list: &view }))
}

fn failed(error: CheckListError) -> Failure {
    match error {
        CheckListError::Limited(error) => refused(Door::Page, error),
        CheckListError::Service(error) => Failure::service(Door::Page, &error),
        CheckListError::Fault(_) => Failure::page(ProblemKind::BadRequest),
        CheckListError::Book(error) => {
            tracing::error!(%error, "the answer to a list cannot be written");
            Failure::page(ProblemKind::Internal)
        }
    }
}

/// What the page of an answer shows.
pub struct ListView {
    /// Words, colour and number of rows of each verdict that occurs.
    pub counts: Vec<(Message, &'static str, usize)>,
    pub rows: usize,
    /// Whether every row is confirmed and stands.
    pub all_valid: bool,
    pub lines: Vec<LineView>,
    /// Rows that are in the workbook only.
    pub more: usize,
    pub aside: Vec<String>,
    pub workbook: Parcel,
    pub statement: Parcel,
    pub sha256: String,
    pub checked_at: Moment,
}

/// One row of it.
pub struct LineView {
    pub place: String,
    /// Number and name, where the row has both.
    pub asked: Option<(String, String)>,
    pub verdict: Message,
    pub class: &'static str,
    pub certified: Option<(AchievementView, NamedView)>,
    pub advice: Message,
}

/// A file that the page carries to be saved.
pub struct Parcel {
    pub name: String,
    pub file: String,
    pub seal: String,
    pub kilobytes: usize,
}

impl Parcel {
    fn new(service: &Service, name: String, file: &[u8]) -> Self {
        let seal = URL_SAFE_NO_PAD.encode(service.parcel_code(&name, file));
        Self { file: URL_SAFE_NO_PAD.encode(file), seal, kilobytes: file.len().div_ceil(1024), name }
    }
}

fn class(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "good",
        Mood::Bad => "revoked",
        Mood::Unsure => "corrected",
    }
}

impl ListView {
    fn new(service: &Service, checked: &CheckedList, workbook: &[u8], statement: &str) -> Self {
        let counts = book::counts(&checked.tally).into_iter().filter(|(.., count)| *count > 0);
        let several = checked.list.sheets.len() > 1;
        let lines = checked.verdicts().take(SHOWN).map(|(sheet, line, answer)| {
            let said = Said::of(line, answer);
            let certified = match answer {
                Some(RowAnswer::Confirmed(c)) => {
                    let achievement = AchievementView { zh: c.achievement_zh.clone(), en: c.achievement_en.clone() };
                    Some((achievement, c.programme.clone().into()))
                }
                _ => None,
            };
            LineView {
                place: if several { format!("{} {}", sheet.name, line.row) } else { line.row.to_string() },
                asked: line.content.as_ref().ok().map(|row| (row.number.to_string(), row.name.to_string())),
                verdict: Message::new(said.verdict.0, said.verdict.1),
                class: class(said.mood),
                certified,
                advice: Message::new(said.advice.0, said.advice.1),
            }
        });
        let stem = format!("yinxin-list-{}", checked.checked_at.beijing().strftime("%Y-%m-%d-%H%M%S"));
        Self {
            counts: counts.map(|(zh, en, mood, count)| (Message::new(zh, en), class(mood), count)).collect(),
            rows: checked.tally.rows,
            all_valid: checked.tally.valid == checked.tally.rows,
            lines: lines.collect(),
            more: checked.tally.rows.saturating_sub(SHOWN),
            aside: checked.list.aside.clone(),
            sha256: Digest::of(workbook).to_string(),
            workbook: Parcel::new(service, format!("{stem}.xlsx"), workbook),
            statement: Parcel::new(service, format!("{stem}.jws"), statement.as_bytes()),
            checked_at: Moment(checked.checked_at),
        }
    }
}

/// A parcel as it comes back.
#[derive(Deserialize)]
pub struct Returned {
    name: String,
    file: String,
    seal: String,
}

/// POST /list/files: a file that the page of an answer carried, as a file to save.
pub async fn save(
    State(service): State<Arc<Service>>,
    _: SameSite,
    _: Question,
    parcel: Result<Form<Returned>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(parcel) = parcel.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    let bad = || Failure::page(ProblemKind::BadRequest);
    let file = URL_SAFE_NO_PAD.decode(&parcel.file).map_err(|_| bad())?;
    let seal = URL_SAFE_NO_PAD.decode(&parcel.seal).ok().and_then(|seal| seal.try_into().ok()).ok_or_else(bad)?;
    if !service.is_parcel(&parcel.name, &file, &seal) {
        return Err(bad());
    }
    let kind = if parcel.name.ends_with(".xlsx") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else {
        "application/jose"
    };
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", parcel.name)).map_err(|_| bad())?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, file).into_response())
}
