//! A list is uploaded, looked at, and imported. The page of an uploaded list follows what goes on with it, by itself and without script.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::award::{AwardLevel, Role};
use crate::domain::time::Instant;
use crate::registry::DraftState;
use crate::service::access::{AccessError, Issuer};
use crate::service::contest_desk::{ContestAct, ContestOverview};
use crate::service::import_desk::{DeskError, Draft, MAX_FILE, Preview, Report};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::origin::SameSite;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent};

use super::super::Desk;
use super::{SECTION, desk, failed, known, printed, slug, to, upload};

/// For so long an answer waits for a list that is read or imported quickly.
const PATIENCE: Duration = Duration::from_millis(1_500);
const REFRESH: HeaderName = HeaderName::from_static("refresh");

#[derive(Template)]
#[template(path = "staff/import.html")]
struct FormPage<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    id: &'a str,
    name_zh: &'a str,
    name_en: &'a str,
    categories: &'a [String],
    awards: u64,
    megabytes: usize,
    waits: Option<&'a Message>,
    wrong: Option<&'a Message>,
}

#[derive(Template)]
#[template(path = "staff/import_draft.html")]
struct DraftPage<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    id: &'a str,
    name_zh: &'a str,
    name_en: &'a str,
    draft: &'a Draft,
    abandoned: bool,
    wrong: Option<&'a Message>,
}

impl DraftPage<'_> {
    fn level(&self, code: &str) -> &'static str {
        AwardLevel::from_code(code).map_or("", |level| self.frame.say(level.zh(), level.en()))
    }

    fn role(&self, code: &str) -> &'static str {
        Role::from_code(code).map_or("", |role| self.frame.say(role.zh(), role.en()))
    }

    fn rows(&self, preview: &Preview) -> u64 {
        preview.new + preview.known
    }

    fn not_imported(&self, both: &str) -> String {
        self.frame.half(both).to_owned()
    }
}

fn form_page(site: &Site, frame: Frame, issuer: &Issuer, overview: &ContestOverview, wrong: Option<&Message>, now: Instant) -> Response {
    let programme = &overview.record.programme;
    let waits = overview.may(ContestAct::Import, now).err().map(|obstacle| Message::of(&obstacle));
    let page = FormPage {
        frame: &frame.at("account"),
        desk: &desk(issuer),
        token: &site.service.form_token(issuer.visitor()),
        id: programme.id.as_str(),
        name_zh: &programme.name,
        name_en: &programme.name_en,
        categories: &overview.contest.categories,
        awards: overview.counts.awards,
        megabytes: MAX_FILE >> 20,
        waits: waits.as_ref(),
        wrong,
    };
    printed(&page, wrong.is_some())
}

/// GET /staff/contests/{contest}/import
pub async fn form(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let overview = known(&site, &issuer, &id, now).await?;
    Ok(form_page(&site, frame, &issuer, &overview, None, now))
}

/// What the person may put right; what is not there is not found.
fn told(error: DeskError) -> Result<Message, Failure> {
    match error {
        DeskError::Service(error) => Err(failed(&error)),
        DeskError::Gone | DeskError::NoContest(_) => Err(Failure::page(ProblemKind::NotFound).detail(Message::of(&error))),
        error => Ok(Message::of(&error)),
    }
}

/// POST /staff/contests/{contest}/import
pub async fn upload(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    _: SameSite,
    frame: Frame,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    site.service.count_action(issuer.visitor(), now).await.map_err(|error| match error {
        AccessError::TooMany(wait) => Failure::page(ProblemKind::TooMany).retry_after(wait.seconds),
        AccessError::Service(error) => Failure::service(Door::Page, &error),
        _ => Failure::page(ProblemKind::BadRequest),
    })?;
    let sent = upload::read(request).await?;
    if !site.service.is_form_token(issuer.visitor(), &sent.token) {
        return Err(Failure::page(ProblemKind::FormExpired));
    }
    let overview = known(&site, &issuer, &id, now).await?;
    let refused = |message: &Message| Ok(form_page(&site, frame.clone(), &issuer, &overview, Some(message), now));
    if sent.too_large {
        let most = MAX_FILE >> 20;
        return refused(&Message::new(format!("文件不能超过 {most} MB"), format!("A file may have at most {most} MB")));
    }
    if sent.bytes.is_empty() {
        return refused(&Message::new("请选择名单文件", "Choose the file of the list"));
    }
    let contest = &overview.record.programme.id;
    match site.service.upload_list(&issuer, contest, (sent.name, sent.bytes), now).await {
        Ok((draft, task)) => {
            // A short list is read by the time that its page is asked for; a long one is followed there.
            let _ = tokio::time::timeout(PATIENCE, task).await;
            Ok(to(&format!("{SECTION}/{contest}/import/{draft}")))
        }
        Err(error) => refused(&told(error)?),
    }
}

async fn draft_page(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    (contest, id): (&str, &str),
    wrong: Option<&Message>,
    now: Instant,
) -> Result<Response, Failure> {
    let overview = known(site, issuer, contest, now).await?;
    let programme = &overview.record.programme;
    let draft = match site.service.import_draft(issuer, &programme.id, id, now).await {
        Ok(draft) => draft,
        Err(error) => return Err(told(error).map_or_else(|failure| failure, |m| Failure::page(ProblemKind::NotFound).detail(m))),
    };
    let abandoned = draft.is_abandoned(now);
    let page = DraftPage {
        frame: &frame.at("account"),
        desk: &desk(issuer),
        token: &site.service.form_token(issuer.visitor()),
        id: programme.id.as_str(),
        name_zh: &programme.name,
        name_en: &programme.name_en,
        draft: &draft,
        abandoned,
        wrong,
    };
    let mut response = printed(&page, wrong.is_some());
    if draft.is_busy() && !abandoned {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("1"));
    }
    Ok(response)
}

/// GET /staff/contests/{contest}/import/{draft}
pub async fn follow(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path((contest, draft)): Path<(String, String)>,
) -> Result<Response, Failure> {
    draft_page(&site, frame, &issuer, (&contest, &draft), None, now).await
}

/// POST /staff/contests/{contest}/import/{draft}: it is imported as it was shown, or not at all.
pub async fn confirm(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path((contest, draft)): Path<(String, String)>,
    sent: Sent<Issuer, Bare>,
) -> Result<Response, Gate> {
    match site.service.confirm_import(&sent.who, &slug(&contest)?, &draft, now).await {
        Ok(task) => {
            let _ = tokio::time::timeout(PATIENCE, task).await;
            Ok(to(&format!("{SECTION}/{contest}/import/{draft}")))
        }
        Err(error) => {
            let message = told(error)?;
            Ok(draft_page(&site, frame, &sent.who, (&contest, &draft), Some(&message), now).await?)
        }
    }
}

/// GET /staff/contests/{contest}/import/{draft}/problems.xlsx
pub async fn problems(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    Path((contest, draft)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let sheet = match site.service.error_sheet(&issuer, &slug(&contest)?, &draft, now).await {
        Ok(sheet) => sheet,
        Err(error) => return Err(told(error).map_or_else(|failure| failure, |m| Failure::page(ProblemKind::NotFound).detail(m))),
    };
    let kind = HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{contest}-problems.xlsx\""));
    let name = name.map_err(|_| Failure::page(ProblemKind::NotFound))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], sheet).into_response())
}
