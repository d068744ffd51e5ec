//! The reviewers' queue.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::account::AccountId;
use crate::domain::proofing::CaseKind;
use crate::domain::time::Instant;
use crate::registry::WaitingCase;
use crate::service::access::{CentreReviewer, Reviewer};
use crate::service::proofing::Examiner;
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Sent, Signed, Standing};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::pages;

/// An office with a queue of its own.
pub trait Bench: Examiner + Standing {
    /// Where its queue is.
    const QUEUE: &'static str;
    /// What its queue is called.
    const NAME: (&'static str, &'static str);
}

impl Bench for Reviewer {
    const QUEUE: &'static str = "/staff/reviews";
    const NAME: (&'static str, &'static str) = ("认证审核", "Reviews");
}

impl Bench for CentreReviewer {
    const QUEUE: &'static str = "/staff/centre-reviews";
    const NAME: (&'static str, &'static str) = ("中心认证审核", "Centre’s verifications");
}

/// A case that waits.
pub struct WaitingView {
    pub id: i64,
    pub kind: CaseKind,
    pub submitted: Moment,
    pub due: String,
    pub late: bool,
    pub mine: bool,
    pub taken: bool,
}

impl WaitingView {
    fn new(frame: &Frame, case: WaitingCase, me: AccountId, now: Instant) -> Self {
        let mine = case.held_by == Some(me);
        Self {
            id: case.id,
            kind: case.kind,
            submitted: Moment(case.submitted),
            due: frame.end(&Moment(case.due)),
            late: case.due <= now,
            mine,
            taken: case.held_by.is_some() && !mine,
        }
    }
}

/// What the address says.
#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    done: bool,
}

/// GET /staff/reviews, /staff/centre-reviews
pub async fn page<B: Bench>(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<B>,
    frame: Frame,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Response, Failure> {
    let done = after.is_ok_and(|Query(after)| after.done);
    let said = Message::new("没有其他待审核的认证了", "No other case waits");
    shown(&site, &reviewer, frame, (done.then_some(&said), None), now).await
}

/// The queue with what there is to say above it.
pub async fn shown<B: Bench>(
    site: &Site,
    reviewer: &B,
    frame: Frame,
    (said, error): (Option<&Message>, Option<&Message>),
    now: Instant,
) -> Result<Response, Failure> {
    let frame = frame.at("account").on(B::QUEUE);
    let queue = site.service.review_queue(reviewer, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let me = reviewer.who().id();
    let first: Vec<WaitingView> = queue.first.into_iter().map(|case| WaitingView::new(&frame, case, me, now)).collect();
    let page = pages::Queue {
        frame: &frame,
        desk: &Desk::of(reviewer.who(), B::QUEUE),
        queue: B::QUEUE,
        name: B::NAME,
        token: &site.service.form_token(reviewer.who()),
        waiting: queue.counts.waiting,
        late: queue.counts.late,
        mine: queue.counts.mine,
        first: &first,
        said,
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::CONFLICT, &page) } else { render(&page) })
}

/// The case that the reviewer passes over, if there is one.
#[derive(Deserialize)]
pub struct Next {
    token: String,
    after: Option<i64>,
}

impl Signed for Next {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/reviews/next, /staff/centre-reviews/next
pub async fn next<B: Bench>(State(site): State<Site>, Now(now): Now, sent: Sent<B, Next>) -> Result<Response, Failure> {
    to_next(&site, &sent.who, sent.form.after, now).await
}

/// Leads to the next case, or to the queue if none waits.
pub async fn to_next<B: Bench>(site: &Site, reviewer: &B, pass_over: Option<i64>, now: Instant) -> Result<Response, Failure> {
    let next = site.service.next_case(reviewer, pass_over, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let path = next.map_or_else(|| format!("{}?done=true", B::QUEUE), |id| format!("{}/{id}", B::QUEUE));
    Ok(Redirect::to(&path).into_response())
}
