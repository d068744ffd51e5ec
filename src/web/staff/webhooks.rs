//! Notices to issuers' own systems: where they go, what was sent, and what can be done about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};

use crate::domain::contest_form::{Edge, write_instant};
use crate::domain::time::Instant;
use crate::domain::webhook::{DeliveryState, EndpointId, EndpointState, EventId, EventKind, Reach};
use crate::registry::{DeliveryRecord, EndpointRecord};
use crate::service::access::Issuer;
use crate::service::desk::Mandate;
use crate::service::entropy;
use crate::service::webhooks::{EndpointError, ShownSecret, TypedEndpoint};
use crate::web::advice::{Message, bounded};
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::headers::NO_STORE;
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::routes::routes;
use crate::web::session::{As, Bare, Fields, Gate, Sent};
use crate::web::view::Moment;

use super::{Desk, behind};

const SECTION: &str = "/staff/webhooks";

routes! {
    /// The pages of notices to issuers' systems.
    ROUTES, routes {
        get "/staff/webhooks" => list;
        post "/staff/webhooks" => add;
        get "/staff/webhooks/{endpoint}" => one;
        post "/staff/webhooks/{endpoint}/secret" => rotate;
        post "/staff/webhooks/{endpoint}/pause" => pause;
        post "/staff/webhooks/{endpoint}/resume" => resume;
        post "/staff/webhooks/{endpoint}/test" => test;
        post "/staff/webhooks/{endpoint}/replay" => replay;
        post "/staff/webhooks/{endpoint}/delete" => delete;
    }
}

/// One that can be chosen.
struct Choice {
    id: String,
    name: String,
}

/// An endpoint as the pages show it.
struct EndpointView {
    id: String,
    url: String,
    issuer: String,
    events: Vec<EventKind>,
    state: EndpointState,
    made: Moment,
    old_until: Option<Moment>,
    failing_since: Option<Moment>,
    waiting: u64,
    given_up: u64,
}

impl EndpointView {
    fn of(site: &Site, record: EndpointRecord, now: Instant) -> Self {
        let issuer = site.service.config().issuers.iter().find(|issuer| issuer.id == record.issuer);
        Self {
            id: record.id.to_string(),
            url: record.url.to_string(),
            issuer: issuer.map_or_else(|| record.issuer.to_string(), |issuer| issuer.name.clone()),
            events: record.events.iter().collect(),
            state: record.state,
            made: Moment(record.created_at),
            old_until: record.old_until.filter(|until| *until > now).map(Moment),
            failing_since: record.failing_since.map(Moment),
            waiting: record.waiting,
            given_up: record.given_up,
        }
    }

    /// How it stands: in both languages, and its colour.
    fn word(&self) -> (&'static str, &'static str, &'static str) {
        match (self.state, self.failing_since.is_some()) {
            (EndpointState::Active, false) => ("启用", "Active", "good"),
            (EndpointState::Active, true) => ("投递失败，重试中", "Failing, being retried", "corrected"),
            (EndpointState::Paused, _) => ("已暂停", "Paused", ""),
            (EndpointState::Stopped, _) => ("已自动停用", "Stopped by itself", "revoked"),
        }
    }
}

/// What was tried once.
struct AttemptView {
    at: Moment,
    said: Message,
    took: i64,
}

/// A notice as the log shows it.
struct DeliveryView {
    event: String,
    kind: Message,
    code: String,
    subject: String,
    happened: Moment,
    state: DeliveryState,
    next: Moment,
    attempts: Vec<AttemptView>,
}

impl DeliveryView {
    fn of(record: DeliveryRecord) -> Self {
        let (zh, en) = EventKind::from_code(&record.kind).map_or(("测试", "Test"), EventKind::words);
        let attempt = |attempt: crate::registry::AttemptRecord| AttemptView {
            at: Moment(attempt.at),
            said: match attempt.outcome {
                Ok(status) => Message::new(format!("HTTP {status}"), format!("HTTP {status}")),
                Err(why) => Message::new(why.words().0, why.words().1),
            },
            took: attempt.took_ms,
        };
        Self {
            event: record.event.as_str().to_owned(),
            kind: Message::new(zh, en),
            code: record.kind,
            subject: record.subject,
            happened: Moment(record.at),
            state: record.state,
            next: Moment(record.next_at),
            attempts: record.attempts.into_iter().map(attempt).collect(),
        }
    }

    fn word(&self) -> (&'static str, &'static str, &'static str) {
        match self.state {
            DeliveryState::Waiting if self.attempts.is_empty() => ("待投递", "Waiting", ""),
            DeliveryState::Waiting => ("将重试", "To be retried", "corrected"),
            DeliveryState::Delivered => ("已送达", "Delivered", "good"),
            DeliveryState::GivenUp => ("已放弃", "Given up", "revoked"),
        }
    }
}

/// What was typed of a new endpoint.
#[derive(Default)]
struct Typed {
    issuer: String,
    url: String,
    events: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/webhooks.html")]
struct List<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    endpoints: &'a [EndpointView],
    issuers: &'a [Choice],
    typed: &'a Typed,
    is_private: bool,
    error: Option<&'a Message>,
}

impl List<'_> {
    fn is_ticked(&self, kind: EventKind) -> bool {
        self.typed.events.iter().any(|code| code == kind.code())
    }
}

#[derive(Template)]
#[template(path = "staff/webhook.html")]
struct One<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    endpoint: &'a EndpointView,
    deliveries: &'a [DeliveryView],
    /// Shown this once.
    secret: Option<&'a str>,
    since: &'a str,
    said: Option<&'a Message>,
    error: Option<&'a Message>,
}

async fn show_list(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    typed: &Typed,
    error: Option<&Message>,
    now: Instant,
) -> Result<Response, Gate> {
    let endpoints = site.service.webhooks(&Mandate::of(issuer)).await.map_err(behind)?;
    let choice = |issuer: &crate::domain::issuer::Issuer| Choice { id: issuer.id.to_string(), name: issuer.name.clone() };
    let page = List {
        frame: &frame.at("account").on(SECTION),
        desk: &Desk::of(issuer.visitor(), SECTION),
        token: &site.service.form_token(issuer.visitor()),
        endpoints: &endpoints.into_iter().map(|record| EndpointView::of(site, record, now)).collect::<Vec<_>>(),
        issuers: &site.service.config().issuers.iter().map(choice).collect::<Vec<_>>(),
        typed,
        is_private: site.service.webhook_reach() == Reach::Private,
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// What a page of one endpoint says besides.
#[derive(Default)]
struct Besides<'a> {
    secret: Option<&'a str>,
    said: Option<Message>,
    error: Option<Message>,
    since: String,
}

async fn show_one(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    id: &EndpointId,
    besides: Besides<'_>,
    now: Instant,
) -> Result<Response, Gate> {
    let mandate = Mandate::of(issuer);
    let record = site.service.webhook(&mandate, id).await.map_err(behind)?.ok_or_else(missing)?;
    let log = site.service.webhook_log(&mandate, id, None).await.map_err(behind)?;
    let page = One {
        frame: &frame.at("account").on(&format!("{SECTION}/{id}")),
        desk: &Desk::of(issuer.visitor(), SECTION),
        token: &site.service.form_token(issuer.visitor()),
        endpoint: &EndpointView::of(site, record, now),
        deliveries: &log.into_iter().map(DeliveryView::of).collect::<Vec<_>>(),
        secret: besides.secret,
        since: &besides.since,
        said: besides.said.as_ref(),
        error: besides.error.as_ref(),
    };
    let mut response = if besides.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) };
    if besides.secret.is_some() {
        response.headers_mut().insert(axum::http::header::CACHE_CONTROL, NO_STORE);
    }
    Ok(response)
}

fn missing() -> Failure {
    Failure::page(ProblemKind::NotFound)
}

fn endpoint(id: &str) -> Result<EndpointId, Failure> {
    EndpointId::parse(id).map_err(|_| missing())
}

fn to(id: &EndpointId) -> Response {
    Redirect::to(&format!("{SECTION}/{id}")).into_response()
}

/// GET /staff/webhooks
async fn list(State(site): State<Site>, Now(now): Now, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Gate> {
    let typed = Typed { events: EventKind::ALL.iter().map(|kind| kind.code().to_owned()).collect(), ..Typed::default() };
    show_list(&site, frame, &issuer, &typed, None, now).await
}

/// POST /staff/webhooks: the answer shows the secret, which no other page does.
async fn add(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Fields>) -> Result<Response, Gate> {
    let (issuer, form) = (&sent.who, &sent.form);
    let events: Vec<&str> = form.all("event").take(2 * EventKind::ALL.len()).collect();
    let new = TypedEndpoint { issuer: form.get("issuer"), url: form.get("url"), events: &events };
    match site.service.add_webhook(&Mandate::of(issuer), new, &mut entropy::fill, now).await {
        Ok((id, secret)) => show_secret(&site, frame, issuer, &id, &secret, now).await,
        Err(EndpointError::Service(error)) => Err(behind(error).into()),
        Err(error) => {
            let typed = Typed {
                issuer: bounded(new.issuer),
                url: new.url.chars().take(500).collect(),
                events: events.into_iter().map(str::to_owned).collect(),
            };
            show_list(&site, frame, issuer, &typed, Some(&Message::of(&error)), now).await
        }
    }
}

async fn show_secret(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    id: &EndpointId,
    secret: &ShownSecret,
    now: Instant,
) -> Result<Response, Gate> {
    show_one(site, frame, issuer, id, Besides { secret: Some(secret), ..Besides::default() }, now).await
}

/// GET /staff/webhooks/{endpoint}
async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Gate> {
    show_one(&site, frame, &issuer, &endpoint(&id)?, Besides::default(), now).await
}

/// POST /staff/webhooks/{endpoint}/secret
async fn rotate(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Bare>,
) -> Result<Response, Gate> {
    let id = endpoint(&id)?;
    let done = site.service.rotate_webhook(&Mandate::of(&sent.who), &id, &mut entropy::fill, now).await.map_err(behind)?;
    show_secret(&site, frame, &sent.who, &id, &done.ok_or_else(missing)?, now).await
}

async fn set_paused(site: &Site, id: &str, issuer: &Issuer, paused: bool, now: Instant) -> Result<Response, Gate> {
    let id = endpoint(id)?;
    let done = site.service.pause_webhook(&Mandate::of(issuer), &id, paused, now).await.map_err(behind)?;
    if done { Ok(to(&id)) } else { Err(missing().into()) }
}

/// POST /staff/webhooks/{endpoint}/pause
async fn pause(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    set_paused(&site, &id, &sent.who, true, now).await
}

/// POST /staff/webhooks/{endpoint}/resume
async fn resume(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    set_paused(&site, &id, &sent.who, false, now).await
}

/// POST /staff/webhooks/{endpoint}/test
async fn test(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    let id = endpoint(&id)?;
    let done = site.service.test_webhook(&Mandate::of(&sent.who), &id, &mut entropy::fill, now).await.map_err(behind)?;
    if done { Ok(to(&id)) } else { Err(missing().into()) }
}

/// POST /staff/webhooks/{endpoint}/replay: one notice, or everything since an instant.
async fn replay(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Fields>,
) -> Result<Response, Gate> {
    let (id, mandate) = (endpoint(&id)?, Mandate::of(&sent.who));
    if let Ok(event) = EventId::parse(sent.form.get("event")) {
        site.service.replay_webhook(&mandate, &id, &event, now).await.map_err(behind)?;
        return Ok(to(&id));
    }
    let typed = sent.form.get("since");
    let Ok(since) = Instant::parse_beijing(typed) else {
        let error = Message::new("请按“2026-12-01 09:00”的样子输入北京时间", "Enter a Beijing time like 2026-12-01 09:00");
        let besides = Besides { error: Some(error), since: bounded(typed), ..Besides::default() };
        return show_one(&site, frame, &sent.who, &id, besides, now).await;
    };
    let count = site.service.replay_webhooks_since(&mandate, &id, since, now).await.map_err(behind)?;
    let en = if count == 1 { "1 notice is sent again".to_owned() } else { format!("{count} notices are sent again") };
    let said = Message::new(format!("已将 {count} 条事件重新排入投递"), en);
    let besides = Besides { said: Some(said), since: write_instant(since, Edge::Start), ..Besides::default() };
    show_one(&site, frame, &sent.who, &id, besides, now).await
}

/// POST /staff/webhooks/{endpoint}/delete
async fn delete(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    site.service.delete_webhook(&Mandate::of(&sent.who), &endpoint(&id)?, now).await.map_err(behind)?;
    Ok(Redirect::to(SECTION).into_response())
}
