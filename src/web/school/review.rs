//! What is in doubt of instructors, before a reviewer.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::instructor::Entry;
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::{InstructorError, Match};
use crate::service::access::Reviewer;
use crate::service::instructors::{Considered, EntryError};
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Sent, Signed};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::instructors::{failed, number};
use super::pages;
use super::views::{CandidateView, WaitingView, contest_name};

const QUEUE: &str = "/staff/instructors";

async fn contests(site: &Site) -> Result<Vec<Programme>, Failure> {
    site.service.contests_with_instructors().await.map_err(|e| Failure::service(Door::Page, &e))
}

async fn queued(
    site: &Site,
    reviewer: &Reviewer,
    frame: Frame,
    (said, error): (Option<Message>, Option<Message>),
) -> Result<Response, Failure> {
    let frame = frame.at("account").on(QUEUE);
    let (waiting, first) = site.service.doubtful_instructors(reviewer).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let contests = contests(site).await?;
    let first: Vec<WaitingView> = first.iter().map(|one| WaitingView::of(one, &contests)).collect();
    let desk = Desk::of(reviewer.visitor(), QUEUE);
    let page = pages::Queue { frame: &frame, desk: &desk, waiting, first: &first, said: said.as_ref(), error: error.as_ref() };
    Ok(if error.is_some() { render_with(StatusCode::CONFLICT, &page) } else { render(&page) })
}

/// GET /staff/instructors
pub async fn queue(State(site): State<Site>, As(reviewer): As<Reviewer>, frame: Frame) -> Result<Response, Failure> {
    queued(&site, &reviewer, frame, (None, None)).await
}

/// GET /staff/instructors/{id}
pub async fn page(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<Reviewer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    considered(&site, &reviewer, frame, number(&id)?, None, now).await
}

async fn considered(
    site: &Site,
    reviewer: &Reviewer,
    frame: Frame,
    id: i64,
    error: Option<Message>,
    now: Instant,
) -> Result<Response, Failure> {
    let Considered { record, candidates } = site.service.consider_instructor(reviewer, id, now).await.map_err(failed)?;
    let Match::Review(doubt) = &record.state else {
        let said = Message::of(&InstructorError::Decided);
        return queued(site, reviewer, frame, (None, Some(said))).await;
    };
    let frame = frame.at("account").on(&format!("{QUEUE}/{id}"));
    let contests = contests(site).await?;
    let who = &record.instructor;
    let deadline = contests.iter().find(|c| c.id == who.contest).and_then(Programme::contest).map(|c| c.timeline.registration_deadline);
    let document = who.document.as_ref().map(|d| format!("{} {}", frame.say(d.kind().zh(), d.kind().en()), d.number()));
    let candidates: Vec<CandidateView> = candidates.iter().map(CandidateView::of).collect();
    let page = pages::Decide {
        frame: &frame,
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        token: &site.service.form_token(reviewer.visitor()),
        id,
        seen: record.changed_at.millis(),
        name: who.name.as_str(),
        telephone: who.telephone.as_str(),
        document: document.as_deref(),
        school: &record.school,
        contest: &contest_name(&contests, &who.contest),
        entered: &Moment(record.entered_at),
        late: deadline.is_some_and(|deadline| matches!(Entry::judge(Some(record.entered_at), deadline), Entry::Late { .. })),
        doubt: &Message::new(doubt.zh(), doubt.en()),
        candidates: &candidates,
        error: error.as_ref(),
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// What a reviewer decides: a field for each award that is chosen.
#[derive(Deserialize)]
pub struct DecisionForm {
    token: String,
    #[serde(default)]
    seen: i64,
    #[serde(default, rename = "do")]
    act: String,
    #[serde(default)]
    note: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl Signed for DecisionForm {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/instructors/{id}
pub async fn decide(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Reviewer, DecisionForm>,
) -> Result<Response, Failure> {
    let id = number(&id)?;
    let DecisionForm { seen, act, note, rest, .. } = sent.form;
    let seen = Instant::from_millis(seen).map_err(|_| Failure::page(ProblemKind::BadRequest))?;
    let chosen: Vec<String> = rest.keys().filter_map(|key| key.strip_prefix("award-")).map(str::to_owned).collect();
    let awards = match act.as_str() {
        "match" if chosen.is_empty() => {
            let error = Message::new("请先勾选对应的奖项", "Tick the awards first");
            return considered(&site, &sent.who, frame, id, Some(error), now).await;
        }
        "match" => chosen,
        "refuse" => Vec::new(),
        _ => return Err(Failure::page(ProblemKind::BadRequest)),
    };
    match site.service.decide_instructor(&sent.who, (id, seen), &awards, &note, now).await {
        Ok(()) => {
            let said = Message::new(format!("第 {id} 号已处理"), format!("Number {id} is decided"));
            queued(&site, &sent.who, frame, (Some(said), None)).await
        }
        Err(error @ EntryError::Instructor(InstructorError::Decided)) => {
            queued(&site, &sent.who, frame, (None, Some(Message::of(&error)))).await
        }
        Err(error) => Err(failed(error)),
    }
}
