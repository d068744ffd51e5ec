//! Public notices: which there are, one with its list, and what one may save of it.
//!
//! A name that is searched goes by POST and comes back masked in the address, so that no address has a person's name in it.

use std::sync::Arc;

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::award::AwardLevel;
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::text::tidy;
use crate::domain::time::Instant;
use crate::registry::{EntryQuery, PageTurn};
use crate::service::notice::PublicNotice;
use crate::service::{Service, ServiceError};

use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::notice_pages::{self, Searched};
use super::notice_view::{EntryView, MovedView, NoticeView, StatementView};
use super::pages;
use super::question::Question;

/// Entries on a page.
const PAGE: u32 = 50;
/// Characters of a field that is searched.
const MOST: usize = 60;

pub fn failed(error: &ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

/// The notice of a contest, if the public meets it now.
pub async fn known(service: &Service, id: &str, now: Instant) -> Result<PublicNotice, Failure> {
    let id: Slug = id.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    service.notice(&id, now).await.map_err(|e| failed(&e))?.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// GET /notices
pub async fn all(State(service): State<Arc<Service>>, Question { now }: Question, frame: Frame) -> Result<Response, Failure> {
    let frame = frame.at("notices");
    let notices = service.notices(now).await.map_err(|e| failed(&e))?;
    let views: Vec<NoticeView> = notices.iter().map(|notice| NoticeView::new(&frame, notice, now)).collect();
    Ok(pages::render(&notice_pages::Notices { frame: &frame, notices: &views }))
}

/// What is searched; the name is masked.
#[derive(Deserialize, Default)]
pub struct Search {
    #[serde(default)]
    school: String,
    #[serde(default)]
    work: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    level: String,
    after: Option<i64>,
    before: Option<i64>,
}

fn bounded(typed: &str) -> String {
    tidy(typed).chars().take(MOST).collect()
}

fn encode(text: &str) -> String {
    let byte = |b: u8| {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'*') { char::from(b).to_string() } else { format!("%{b:02X}") }
    };
    text.bytes().map(byte).collect()
}

impl Search {
    /// As it is searched: bounded, the name masked, a level that is none left out.
    fn searched(&self) -> Searched {
        let name = bounded(&self.name);
        // A text with a star in it is masked already.
        let name =
            if name.is_empty() || name.contains('*') { name } else { PersonName::parse(&name).map_or(String::new(), |n| n.masked()) };
        let level = AwardLevel::from_code(&self.level).map_or(String::new(), |level| level.code().to_owned());
        let mut searched = Searched {
            school: bounded(&self.school),
            work: bounded(&self.work),
            name,
            category: bounded(&self.category),
            level,
            query: String::new(),
        };
        let fields = [
            ("school", &searched.school),
            ("work", &searched.work),
            ("name", &searched.name),
            ("category", &searched.category),
            ("level", &searched.level),
        ];
        let written = fields.iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| format!("{key}={}&", encode(text)));
        searched.query = written.collect();
        searched
    }
}

impl Searched {
    fn entries(&self, turn: PageTurn) -> EntryQuery {
        EntryQuery {
            school: self.school.clone(),
            work: self.work.clone(),
            holder: self.name.clone(),
            category: self.category.clone(),
            level: AwardLevel::from_code(&self.level),
            turn,
            limit: PAGE,
        }
    }
}

/// GET /notices/{contest}
pub async fn one(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(id): Path<String>,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(search) = search.map_err(|_| Failure::page(ProblemKind::BadRequest))?;
    let frame = frame.at("notices");
    let notice = known(&service, &id, now).await?;
    let searched = search.searched();
    let turn = match (search.after, search.before) {
        (_, Some(place)) => PageTurn::Before(place),
        (after, None) => PageTurn::After(after.unwrap_or(0)),
    };
    let page = service.notice_page(&notice, &searched.entries(turn)).await.map_err(|e| failed(&e))?;
    let categories = service.notice_categories(&notice).await.map_err(|e| failed(&e))?;
    let statements = service.notice_statements(&notice).await.map_err(|e| failed(&e))?;
    let statements: Vec<StatementView> = statements.into_iter().map(StatementView::from).collect();
    let moved = service.dates_moved(&notice.programme.id).await.map_err(|e| failed(&e))?;
    let moved: Vec<MovedView> = moved.into_iter().map(|moved| MovedView::new(&frame, moved)).collect();
    let earlier = page.rows.first().map(|r| r.place).filter(|_| page.earlier);
    let later = page.rows.last().map(|r| r.place).filter(|_| page.later);
    let entries: Vec<EntryView> = page.rows.into_iter().map(EntryView::from).collect();
    Ok(pages::render(&notice_pages::Notice {
        frame: &frame,
        notice: &NoticeView::new(&frame, &notice, now),
        entries: &entries,
        found: page.found,
        searched: &searched,
        categories: &categories,
        statements: &statements,
        moved: &moved,
        earlier,
        later,
    }))
}

/// POST /notices/{contest}/search: masks the name, and leads to the page of what was found.
pub async fn search(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    Path(id): Path<String>,
    form: Result<Form<Search>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(form) = form.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    let notice = known(&service, &id, now).await?;
    let query = form.searched().query;
    Ok(Redirect::to(&format!("/notices/{}?{query}#list", notice.programme.id)).into_response())
}

fn saved(kind: &'static str, name: &str, bytes: impl IntoResponse) -> Result<Response, Failure> {
    let disposition =
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(|_| Failure::page(ProblemKind::Internal))?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}

/// GET /notices/{contest}/lists/{digest}: the text that a statement signs.
pub async fn list(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let notice = known(&service, &id, now).await?;
    let digest: Digest = digest.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    let text = service.list_text(&notice, &digest).await.map_err(|e| failed(&e))?.ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    let short = digest.to_string();
    saved("application/jsonl; charset=utf-8", &format!("{}-{}.jsonl", notice.programme.id, short.get(..16).unwrap_or_default()), text)
}

/// GET /notices/{contest}/statements/{seq}
pub async fn statement(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    Path((id, seq)): Path<(String, i64)>,
) -> Result<Response, Failure> {
    let notice = known(&service, &id, now).await?;
    let statements = service.notice_statements(&notice).await.map_err(|e| failed(&e))?;
    let found = statements.into_iter().find(|s| s.seq == seq).ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    saved("application/jose", &format!("{}-{}-{seq}.jws", notice.programme.id, found.act.code()), found.jws)
}

/// GET /notices/{contest}/pdf
pub async fn pdf(State(service): State<Arc<Service>>, Question { now }: Question, Path(id): Path<String>) -> Result<Response, Failure> {
    let notice = known(&service, &id, now).await?;
    let pdf = service.notice_pdf(&notice).await.map_err(|error| {
        tracing::error!(%error, "the PDF of a notice cannot be made");
        Failure::page(ProblemKind::FileUnavailable)
    })?;
    saved("application/pdf", &format!("{}.pdf", notice.programme.id), pdf.as_ref().clone())
}
