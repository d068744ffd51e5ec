//! Objections, for the officer alone: the queue, one case with its files, and its decision. Each reading is in the audit trail.

mod view;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::domain::correction::Edits;
use crate::domain::objection::{DecisionReason, MAX_REASON};
use crate::domain::time::Instant;
use crate::registry::{ContestError, RegistryError, StoredKind};
use crate::service::ServiceError;
use crate::service::access::{ObjectionsMandate, ObjectionsOfficer};
use crate::service::objection_desk::{FileLink, FileLinkRefused};
use crate::service::objections::{DecideError, Decision, Step};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::headers::Allowance;
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::routes::routes;
use crate::web::session::{As, Gate, Sent, Signed};

use super::Desk;
use view::{CaseView, Facts, QueueRow, StateView};

const SECTION: &str = "/staff/objections";
/// Objections on the page of the queue.
const MOST: u32 = 200;
/// What the public reads at an entry, unless the officer says something else.
const REMARK: &str = "经公示异议核实";

routes! {
    /// The pages of objections.
    ROUTES, routes {
        get "/staff/objections" => queue;
        get "/staff/objections/{objection}" => one;
        post "/staff/objections/{objection}" => decide;
        get "/staff/objections/files/{link}" => file;
    }
}

#[derive(Template)]
#[template(path = "staff/objections.html")]
struct QueuePage<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    open: &'a [QueueRow],
    decided: &'a [QueueRow],
    /// Whether there are more than the page shows.
    more: bool,
}

#[derive(Template)]
#[template(path = "staff/objection.html")]
struct CasePage<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    case: &'a CaseView,
    filled: &'a Filled,
    refused: &'a [Message],
}

impl CasePage<'_> {
    fn max_reason(&self) -> usize {
        MAX_REASON
    }

    /// Whether a decision is the one that was chosen.
    fn is(&self, code: &str) -> bool {
        self.filled.decision == code
    }
}

/// The form of the decision.
#[derive(Deserialize, Default)]
pub struct Filled {
    token: String,
    /// The entry that the decision does something to; empty for none.
    #[serde(default)]
    entry: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    remark: String,
    #[serde(flatten)]
    facts: Facts,
}

impl Signed for Filled {
    fn token(&self) -> &str {
        &self.token
    }
}

/// Which entry of a list that was objected to as a whole is looked at.
#[derive(Deserialize, Default)]
pub struct Looked {
    #[serde(default)]
    entry: String,
}

fn failed(error: &ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

/// Nothing there is not found; what the records do not allow is said.
fn refused(error: &ServiceError) -> Failure {
    match error {
        ServiceError::Registry(RegistryError::Contest(
            ContestError::NoObjection(_) | ContestError::NoEntry(_) | ContestError::Erased(_),
        )) => Failure::page(ProblemKind::NotFound).detail(Message::of(error)),
        error => failed(error),
    }
}

fn number(typed: &str) -> Result<i64, Failure> {
    typed.parse().map_err(|_| Failure::page(ProblemKind::NotFound))
}

/// GET /staff/objections
async fn queue(State(site): State<Site>, Now(now): Now, As(officer): As<ObjectionsOfficer>, frame: Frame) -> Result<Response, Failure> {
    let frame = frame.at("account");
    let records = site.service.objection_queue(&ObjectionsMandate::of(&officer), MOST + 1).await.map_err(|e| failed(&e))?;
    let programmes = site.service.programmes().await.map_err(|e| failed(&e))?;
    let more = records.len() > MOST as usize;
    let rows = records.into_iter().take(MOST as usize).map(|record| QueueRow::new(record, &programmes, now));
    let (open, decided): (Vec<QueueRow>, Vec<QueueRow>) = rows.partition(|row| row.state.is_open());
    let desk = Desk::of(officer.visitor(), SECTION);
    Ok(render(&QueuePage { frame: &frame, desk: &desk, open: &open, decided: &decided, more }))
}

async fn show(
    site: &Site,
    frame: Frame,
    officer: &ObjectionsOfficer,
    (id, entry): (i64, Option<i64>),
    again: Option<(Filled, Vec<Message>)>,
    now: Instant,
) -> Result<Response, Failure> {
    let frame = frame.at("account");
    let case = CaseView::read(site, officer, (id, entry), now).await?;
    let facts = case.entry.as_ref().map(|entry| entry.facts.clone()).unwrap_or_default();
    let (filled, wrong) = again.unwrap_or_else(|| (Filled { remark: REMARK.to_owned(), facts, ..Filled::default() }, Vec::new()));
    let page = CasePage {
        frame: &frame,
        desk: &Desk::of(officer.visitor(), SECTION),
        token: &site.service.form_token(officer.visitor()),
        case: &case,
        filled: &filled,
        refused: &wrong,
    };
    Ok(if wrong.is_empty() { render(&page) } else { render_with(StatusCode::BAD_REQUEST, &page) })
}

/// GET /staff/objections/{objection}
async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(officer): As<ObjectionsOfficer>,
    frame: Frame,
    Path(id): Path<String>,
    Query(looked): Query<Looked>,
) -> Result<Response, Failure> {
    show(&site, frame, &officer, (number(&id)?, looked.entry.trim().parse().ok()), None, now).await
}

/// What the form asks for.
fn decision(filled: &Filled) -> Result<Decision, Message> {
    let remark = filled.remark.clone();
    let place = || {
        let none = Message::new("请先选择要处理的条目", "Choose the entry first");
        filled.entry.trim().parse::<i64>().map_err(|_| none)
    };
    match filled.decision.as_str() {
        "reject" => Ok(Decision::Reject),
        "uphold" => Ok(Decision::Uphold(Vec::new())),
        "withdraw" => Ok(Decision::Uphold(vec![Step { place: place()?, edits: None, remark }])),
        "change" => Ok(Decision::Uphold(vec![Step { place: place()?, edits: Some(Box::new(edits(&filled.facts))), remark }])),
        _ => Err(Message::new("请选择处理结果", "Choose a decision")),
    }
}

fn edits(facts: &Facts) -> Edits {
    Edits {
        holder: Some(facts.holder.clone()),
        school: Some(facts.school.clone()),
        level: Some(facts.level.clone()),
        role: Some(facts.role.clone()),
        category: Some(facts.category.clone()),
        subject: Some(facts.subject.clone()),
        work: Some(facts.work.clone()),
        team: Some(facts.team.clone()),
        instructors: Some(facts.instructors.clone()),
        ..Edits::default()
    }
}

/// What the officer may put right.
fn told(error: DecideError) -> Result<Vec<Message>, Failure> {
    match error {
        DecideError::Facts { errors, .. } => Ok(errors.iter().map(Message::of).collect()),
        DecideError::Service(ServiceError::Registry(RegistryError::Contest(error @ ContestError::NoObjection(_)))) => {
            Err(Failure::page(ProblemKind::NotFound).detail(Message::of(&error)))
        }
        DecideError::Service(ServiceError::Registry(RegistryError::Contest(error))) => Ok(vec![Message::of(&error)]),
        DecideError::Service(error) => Err(failed(&error)),
        error => Ok(vec![Message::of(&error)]),
    }
}

/// POST /staff/objections/{objection}
async fn decide(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<ObjectionsOfficer, Filled>,
) -> Result<Response, Gate> {
    let id = number(&id)?;
    let (officer, filled) = (sent.who, sent.form);
    let parsed = (decision(&filled), DecisionReason::parse(&filled.reason).map_err(|slip| reason_message(&slip)));
    let wrong = match parsed {
        (Ok(decision), Ok(reason)) => {
            let mandate = ObjectionsMandate::of(&officer);
            match site.service.decide_objection(id, decision, reason, &mandate, now).await {
                Ok(()) => return Ok(Redirect::to(&format!("{SECTION}/{id}")).into_response()),
                Err(error) => told(error)?,
            }
        }
        (decision, reason) => decision.err().into_iter().chain(reason.err()).collect(),
    };
    let entry = filled.entry.trim().parse().ok();
    Ok(show(&site, frame, &officer, (id, entry), Some((filled, wrong)), now).await?)
}

fn reason_message(slip: &crate::domain::objection::Slip) -> Message {
    let message = Message::of(slip);
    Message::new(format!("理由：{}", message.zh), format!("Reason: {}", message.en))
}

/// GET /staff/objections/files/{link}: a picture for its page; anything else is saved, never shown.
async fn file(
    State(site): State<Site>,
    Now(now): Now,
    As(officer): As<ObjectionsOfficer>,
    Path(link): Path<String>,
) -> Result<Response, Failure> {
    let link: FileLink = link.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    let (objection, record, bytes) = match site.service.linked_objection_file(&officer, &link, now).await {
        Ok(found) => found,
        Err(error @ FileLinkRefused::Invalid) => return Err(Failure::page(ProblemKind::NotFound).detail(Message::of(&error))),
        Err(error @ FileLinkRefused::Expired) => return Err(Failure::page(ProblemKind::NotFound).detail(Message::of(&error))),
        Err(FileLinkRefused::Service(error)) => return Err(refused(&error)),
    };
    // The name under which it was sent is not repeated: it may be made to mislead.
    let (kind, shown, ending) = match record.kind {
        StoredKind::Jpeg => ("image/jpeg", "inline", "jpg"),
        StoredKind::Pdf => ("application/pdf", "attachment", "pdf"),
    };
    let name = format!("{shown}; filename=\"objection-{objection}-{}.{ending}\"", record.seq);
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::page(ProblemKind::Internal))?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, name)];
    Ok((Extension(Allowance::Sandboxed), headers, bytes).into_response())
}
