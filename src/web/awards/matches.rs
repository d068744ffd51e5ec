//! Doubtful matches of awards and accounts, before a reviewer.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::holding::Doubt;
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;
use crate::registry::{MatchRecord, MatchState};
use crate::service::access::Reviewer;
use crate::service::holdings::{MatchError, MatchFile};
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::decision::{Decision, number};
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::pages;
use super::views::FactsView;

pub const QUEUE: &str = "/staff/matches";

/// A match in the queue: nothing private but the holder's name on the list.
pub struct WaitingView {
    pub id: i64,
    pub programme: String,
    pub holder: String,
    pub doubt: Doubt,
    pub since: Moment,
}

impl WaitingView {
    fn of(record: &MatchRecord) -> Self {
        Self {
            id: record.id,
            programme: record.award.award.programme.to_string(),
            holder: record.award.award.holder.name.to_string(),
            doubt: record.doubt,
            since: Moment(record.found_at),
        }
    }
}

/// A line of the comparison.
pub struct SideView {
    pub label: Message,
    pub listed: String,
    pub account: String,
    pub agrees: bool,
}

/// A match with both sides.
pub struct MatchView {
    pub id: i64,
    pub programme: String,
    pub facts: FactsView,
    pub doubt: Doubt,
    pub sides: Vec<SideView>,
    pub state: Option<Message>,
    pub is_verified: bool,
}

impl MatchView {
    fn of(file: MatchFile) -> Self {
        let holder = &file.record.award.award.holder;
        let real = file.known.real_name.as_ref();
        let name = real.map_or(&file.account.name, |real| &real.name);
        let side = |label: (&str, &str), listed: String, account: String, agrees: bool| SideView {
            label: Message::new(label.0, label.1),
            listed,
            account,
            agrees,
        };
        let none = || "—".to_owned();
        let document = |d: Option<&crate::domain::identity::IdentityDocument>| d.map_or_else(none, |d| d.number().to_owned());
        let sides = vec![
            side(("姓名", "Name"), holder.name.to_string(), name.to_string(), holder.name.matches_typed(name.as_str())),
            side(
                ("手机号", "Telephone"),
                holder.telephone.as_ref().map_or_else(none, |t| t.as_str().to_owned()),
                file.account.telephone.as_str().to_owned(),
                holder.telephone.as_ref() == Some(&file.account.telephone),
            ),
            side(
                ("证件号码", "Document"),
                document(holder.document.as_ref()),
                document(real.map(|r| &r.document)),
                holder.document.is_some() && holder.document.as_ref() == real.map(|r| &r.document),
            ),
            side(
                ("学校", "School"),
                if holder.school.is_empty() { none() } else { holder.school.clone() },
                file.known.school.clone().unwrap_or_else(none),
                file.known.school.as_deref() == Some(holder.school.as_str()),
            ),
        ];
        let state = match file.record.state {
            MatchState::Open => None,
            MatchState::Confirmed => Some(Message::new("已确认属于该账号", "Confirmed")),
            MatchState::Refused => Some(Message::new("已确认不属于该账号", "Refused")),
        };
        Self {
            id: file.record.id,
            programme: file.programme.map_or_else(|| file.record.award.award.programme.to_string(), |p| p.name),
            facts: FactsView::of(&file.record.award.award),
            doubt: file.record.doubt,
            is_verified: real.is_some(),
            sides,
            state,
        }
    }
}

/// GET /staff/matches
pub async fn queue(State(site): State<Site>, As(reviewer): As<Reviewer>, frame: Frame) -> Result<Response, Failure> {
    let (waiting, matches) = site.service.doubtful_matches(&reviewer).await.map_err(|e| Failure::service(Door::Page, &e))?;
    Ok(render(&pages::Matches {
        frame: &frame.at("account"),
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        waiting,
        matches: &matches.iter().map(WaitingView::of).collect::<Vec<_>>(),
    }))
}

/// What the form says again.
struct Again<'a> {
    reason: &'a str,
    error: Option<Message>,
}

async fn shown(site: &Site, reviewer: &Reviewer, frame: Frame, id: i64, again: Again<'_>, now: Instant) -> Result<Response, Failure> {
    let file = site.service.match_file(reviewer, id, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let file = MatchView::of(file.ok_or_else(|| Failure::page(ProblemKind::NotFound))?);
    let page = pages::Match {
        frame: &frame.at("account").on(&format!("{QUEUE}/{id}")),
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        token: &site.service.form_token(reviewer.visitor()),
        file: &file,
        reason: again.reason,
        error: again.error.as_ref(),
    };
    Ok(if page.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/matches/{id}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<Reviewer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    shown(&site, &reviewer, frame, number(&id)?, Again { reason: "", error: None }, now).await
}

/// POST /staff/matches/{id}
pub async fn decide(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Reviewer, Decision>,
) -> Result<Response, Gate> {
    let id = number(&id)?;
    let reason = match sent.form.verdict.as_str() {
        "confirm" => Ok(None),
        "refuse" => CorrectionReason::parse(&sent.form.reason).map(Some).map_err(|e| Message::of(&e)),
        _ => return Err(Failure::page(ProblemKind::BadRequest).into()),
    };
    let error = match &reason {
        Ok(reason) => {
            let verdict = reason.as_ref().map_or(Ok(()), Err);
            match site.service.decide_match(&sent.who, id, verdict, now).await {
                Ok(()) => return Ok(Redirect::to(QUEUE).into_response()),
                Err(MatchError::Service(error)) => return Err(Failure::service(Door::Page, &error).into()),
                Err(MatchError::Match(error)) => Message::of(&error),
            }
        }
        Err(error) => error.clone(),
    };
    let again = Again { reason: &bounded(&sent.form.reason), error: Some(error) };
    Ok(shown(&site, &sent.who, frame, id, again, now).await?)
}
