//! Instructors from a spreadsheet: chosen, looked at, confirmed.

use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;
use crate::service::access::{AccessError, School};
use crate::service::award_list::Rejection;
use crate::service::award_list::instructors::MAX_INSTRUCTORS;
use crate::service::instructors::{EntryError, ListError};
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::objections::{broken, bytes};
use crate::web::origin::SameSite;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Sent, Signed};

use super::instructors::{LIST, Said, failed, listed};
use super::{MAX_SHEET, pages};

/// Problems that the page lists.
const SHOWN: usize = 200;
/// A text field, in bytes.
const MAX_TEXT: usize = 256;

async fn contests(site: &Site) -> Result<Vec<Programme>, Failure> {
    site.service.contests_with_instructors().await.map_err(|e| Failure::service(Door::Page, &e))
}

/// What was wrong with a list.
enum Wrong {
    Said(Message),
    Rejected(Box<Rejection>),
}

async fn shown(site: &Site, school: &School, frame: Frame, wrong: Option<Wrong>) -> Result<Response, Failure> {
    let frame = frame.at("account").on(&format!("{LIST}/list"));
    let (error, problems, more) = match wrong {
        None => (None, Vec::new(), 0),
        Some(Wrong::Said(message)) => (Some(message), Vec::new(), 0),
        Some(Wrong::Rejected(rejection)) => {
            let view = |problem: &crate::service::award_list::Problem| {
                let (message, advice) = (problem.fault.message(), problem.fault.advice());
                (problem.place.to_string(), problem.value.clone(), Message::new(message.zh, message.en), Message::new(advice.zh, advice.en))
            };
            let error = Message::new(
                format!("名单有 {} 处问题，未添加任何一行", rejection.count()),
                format!("The list has {} problem(s); nothing of it was entered", rejection.count()),
            );
            let problems: Vec<_> = rejection.problems.iter().take(SHOWN).map(view).collect();
            let more = rejection.count() - problems.len();
            (Some(error), problems, more)
        }
    };
    let page = pages::ListPage {
        frame: &frame,
        token: &site.service.form_token(school.visitor()),
        contests: &contests(site).await?,
        error: error.as_ref(),
        problems: &problems,
        more,
        most: MAX_INSTRUCTORS,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /account/school/instructors/list
pub async fn page(State(site): State<Site>, As(school): As<School>, frame: Frame) -> Result<Response, Failure> {
    shown(&site, &school, frame, None).await
}

/// GET /account/school/instructors/template
pub async fn template(State(site): State<Site>, _: As<School>) -> Result<Response, Failure> {
    let workbook = crate::service::instructors::template(&contests(&site).await?).map_err(|error| {
        tracing::error!(%error, "the template of instructors cannot be written");
        Failure::page(ProblemKind::Internal)
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"instructors.xlsx\""),
    ];
    Ok((headers, workbook).into_response())
}

/// What was sent.
#[derive(Default)]
struct SentList {
    token: String,
    contest: Option<Slug>,
    /// The file; none if it is larger than any may be.
    file: Option<Vec<u8>>,
}

async fn read(request: Request) -> Result<SentList, Failure> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Failure::page(ProblemKind::BadRequest))?;
    let mut sent = SentList { file: Some(Vec::new()), ..SentList::default() };
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            sent.file = bytes(part, MAX_SHEET).await?;
            continue;
        }
        let text = bytes(part, MAX_TEXT).await?.ok_or_else(|| Failure::page(ProblemKind::TooLarge))?;
        let text = String::from_utf8(text).map_err(|_| Failure::page(ProblemKind::BadRequest))?;
        match name.as_str() {
            "token" => sent.token = text,
            "contest" => sent.contest = text.parse().ok(),
            _ => {}
        }
    }
    Ok(sent)
}

/// POST /account/school/instructors/list
pub async fn preview(
    State(site): State<Site>,
    _: SameSite,
    As(school): As<School>,
    Now(now): Now,
    frame: Frame,
    request: Request,
) -> Result<Response, Failure> {
    let counted = site.service.count_action(school.visitor(), now).await;
    counted.map_err(|error| match error {
        AccessError::TooMany(wait) => Failure::page(ProblemKind::TooMany).retry_after(wait.seconds),
        AccessError::Service(error) => Failure::service(Door::Page, &error),
        _ => Failure::page(ProblemKind::BadRequest),
    })?;
    let sent = read(request).await?;
    if !site.service.is_form_token(school.visitor(), &sent.token) {
        return Err(Failure::page(ProblemKind::FormExpired));
    }
    let said = |zh: &str, en: &str| Some(Wrong::Said(Message::new(zh, en)));
    let file = match sent.file {
        None => return shown(&site, &school, frame, said("文件不能超过 4 MB", "The file may have at most 4 MB")).await,
        Some(file) if file.is_empty() => return shown(&site, &school, frame, said("请先选择名单文件", "Choose a list first")).await,
        Some(file) => file,
    };
    match site.service.preview_instructors(&school, file, sent.contest, now).await {
        Ok(preview) => {
            let frame = frame.at("account").on(&format!("{LIST}/list"));
            let name = site.service.verified_school(&school).await.map_err(|e| Failure::service(Door::Page, &e))?;
            Ok(render(&pages::PreviewPage {
                frame: &frame,
                token: &site.service.form_token(school.visitor()),
                school: &name.unwrap_or_default(),
                rows: &preview.rows,
                contests: &contests(&site).await?,
                parcel: &preview.parcel,
            }))
        }
        Err(ListError::Rejected(rejection)) => shown(&site, &school, frame, Some(Wrong::Rejected(rejection))).await,
        Err(ListError::Entry(error @ EntryError::Instructor(_))) => {
            shown(&site, &school, frame, Some(Wrong::Said(Message::of(&error)))).await
        }
        Err(ListError::Entry(error)) => Err(failed(error)),
    }
}

/// What a preview hands back.
#[derive(Deserialize)]
pub struct Confirmation {
    token: String,
    #[serde(default)]
    parcel: String,
}

impl Signed for Confirmation {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/school/instructors/list/confirm
pub async fn confirm(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<School, Confirmation>) -> Result<Response, Failure> {
    match site.service.confirm_instructors(&sent.who, &sent.form.parcel, now).await {
        Ok(added) => {
            let said = Message::new(format!("已添加 {added} 位指导教师"), format!("{added} instructor(s) were entered"));
            listed(&site, &sent.who, frame, Said { said: Some(said), ..Said::default() }).await
        }
        Err(error @ (EntryError::Stale | EntryError::TooMany | EntryError::Instructor(_))) => {
            listed(&site, &sent.who, frame, Said { error: Some(Message::of(&error)), ..Said::default() }).await
        }
        Err(error) => Err(failed(error)),
    }
}
