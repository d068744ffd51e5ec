//! Requests to move before a reviewer: both accounts beside each other.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::moving::{MoveState, Sameness};
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;
use crate::registry::MoveRecord;
use crate::service::access::Reviewer;
use crate::service::entropy;
use crate::service::moving::{MoveFile, MoveSide, MovingError};
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::decision::{Decision, number};
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Sent};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::pages;

pub const QUEUE: &str = "/staff/moves";

/// A request in the queue.
pub struct WaitingView {
    pub id: i64,
    pub since: Moment,
}

impl WaitingView {
    fn of(record: &MoveRecord) -> Self {
        Self { id: record.id, since: Moment(record.asked_at) }
    }
}

/// A line of the comparison.
pub struct LineView {
    pub label: Message,
    pub earlier: String,
    pub new: String,
    /// Whether both say the same, where that says something.
    pub agrees: Option<bool>,
}

/// A request with both sides.
pub struct MoveView {
    pub id: i64,
    pub asked_at: Moment,
    pub note: String,
    pub found: bool,
    pub certain: bool,
    pub finding: Message,
    /// Whether the earlier account has a second factor, which it loses.
    pub second_factor: bool,
    pub lines: Vec<LineView>,
    pub state: Option<Message>,
    pub reason: Option<String>,
}

impl MoveView {
    fn of(frame: &Frame, file: MoveFile) -> Self {
        let found = file.earlier.is_some();
        let waits = file.record.state == MoveState::Asked;
        let finding = match file.sameness {
            _ if !found => Message::new("该手机号没有可以转移的学生账号", "No student’s account has this number"),
            Sameness::Certain => Message::new(
                "同一人：两个账号以同一证件、同一姓名通过实名认证",
                "The same person: both were verified with one document under one name",
            ),
            Sameness::OtherName => Message::new("两个账号的证件相同，姓名不同，请核实", "One document under different names: look into it"),
            Sameness::OtherDocument => Message::new(
                "两个账号以不同的证件通过实名认证，可能不是同一人",
                "Both were verified, with different documents: perhaps two people",
            ),
            Sameness::Unproven => Message::new(
                "原账号没有通过实名认证，不能由证件证明是同一人",
                "The earlier account was not verified: documents prove nothing",
            ),
        };
        let lines = if waits { lines(frame, &file) } else { Vec::new() };
        let state = match file.record.state {
            MoveState::Asked => None,
            MoveState::Approved => Some(Message::new("已同意转移", "Moved")),
            MoveState::Refused => Some(Message::new("已驳回", "Refused")),
        };
        Self {
            id: file.record.id,
            asked_at: Moment(file.record.asked_at),
            note: file.record.note,
            found,
            certain: found && file.sameness == Sameness::Certain,
            finding,
            second_factor: file.earlier.as_ref().is_some_and(|side| side.account.totp.is_some()),
            lines,
            state,
            reason: file.record.reason,
        }
    }
}

fn lines(frame: &Frame, file: &MoveFile) -> Vec<LineView> {
    let none = || "—".to_owned();
    let (new, earlier) = (&file.new, file.earlier.as_ref());
    let line = |label: (&str, &str), of: &dyn Fn(&MoveSide) -> Option<String>, compared: bool| {
        let (one, other) = (earlier.and_then(of), of(new));
        let agrees = (compared && one.is_some() && other.is_some()).then(|| one == other);
        LineView { label: Message::new(label.0, label.1), earlier: one.unwrap_or_else(none), new: other.unwrap_or_else(none), agrees }
    };
    let real = |side: &MoveSide| side.known.real_name.clone();
    vec![
        LineView {
            label: Message::new("手机号", "Telephone"),
            earlier: file.record.telephone.as_str().to_owned(),
            new: new.account.telephone.as_str().to_owned(),
            agrees: None,
        },
        line(("账号姓名", "Name of the account"), &|side| Some(side.account.name.to_string()), true),
        line(("实名认证的姓名", "Verified name"), &|side| real(side).map(|real| real.name.to_string()), true),
        line(
            ("实名认证的证件", "Verified document"),
            &|side| {
                real(side)
                    .map(|real| format!("{} {}", frame.say(real.document.kind().zh(), real.document.kind().en()), real.document.number()))
            },
            true,
        ),
        line(("学籍认证的学校", "Verified school"), &|side| side.known.school.clone(), true),
        line(("注册时间", "Registered"), &|side| Some(frame.moment(&Moment(side.account.created_at))), false),
        line(("最近使用", "Last used"), &|side| side.last_used.map(|at| frame.moment(&Moment(at))), false),
    ]
}

/// GET /staff/moves
pub async fn queue(State(site): State<Site>, As(reviewer): As<Reviewer>, frame: Frame) -> Result<Response, Failure> {
    let moves = site.service.moves(&reviewer).await.map_err(|e| Failure::service(Door::Page, &e))?;
    Ok(render(&pages::Queue {
        frame: &frame.at("account").on(QUEUE),
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        moves: &moves.iter().map(WaitingView::of).collect::<Vec<_>>(),
    }))
}

async fn shown(
    site: &Site,
    reviewer: &Reviewer,
    frame: Frame,
    id: i64,
    (reason, error): (&str, Option<Message>),
    now: Instant,
) -> Result<Response, Failure> {
    let file = site.service.move_file(reviewer, id, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let frame = frame.at("account").on(&format!("{QUEUE}/{id}"));
    let file = MoveView::of(&frame, file.ok_or_else(|| Failure::page(ProblemKind::NotFound))?);
    let page = pages::One {
        frame: &frame,
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        token: &site.service.form_token(reviewer.visitor()),
        file: &file,
        reason,
        error: error.as_ref(),
    };
    Ok(if page.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/moves/{id}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<Reviewer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    shown(&site, &reviewer, frame, number(&id)?, ("", None), now).await
}

/// POST /staff/moves/{id}
pub async fn decide(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Reviewer, Decision>,
) -> Result<Response, Failure> {
    let (id, form) = (number(&id)?, &sent.form);
    let reason = match (form.verdict.as_str(), form.reason.trim().is_empty()) {
        ("approve", true) => Ok(None),
        ("approve" | "refuse", _) => CorrectionReason::parse(&form.reason)
            .map(Some)
            .map_err(|_| Message::new("理由应为 1 至 200 字", "A reason has 1 to 200 characters")),
        _ => return Err(Failure::page(ProblemKind::BadRequest)),
    };
    let error = match reason {
        Ok(reason) => {
            let service = &site.service;
            let done = match &reason {
                Some(reason) if form.verdict == "refuse" => service.refuse_move(&sent.who, id, reason, now, &mut entropy::fill).await,
                reason => service.approve_move(&sent.who, id, reason.as_ref(), now, &mut entropy::fill).await,
            };
            match done {
                Ok(()) => return Ok(Redirect::to(QUEUE).into_response()),
                Err(MovingError::Service(error)) => return Err(Failure::service(Door::Page, &error)),
                Err(error) => Message::of(&error),
            }
        }
        Err(error) => error,
    };
    shown(&site, &sent.who, frame, id, (&bounded(&form.reason), Some(error)), now).await
}
