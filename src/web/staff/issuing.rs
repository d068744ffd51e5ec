//! Issuing: what of each programme can be issued, batches that the server runs, and how far they are.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};

use crate::domain::issuer::Slug;
use crate::registry::{JobKind, JobOutcome, JobRecord, Queued, StageKind};
use crate::service::access::Issuer;
use crate::service::desk::Mandate;
use crate::service::desk::batches::{Obstacle, StartError};
use crate::service::desk::overview::ProgrammeStanding;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::headers::{Allowance, NO_STORE};
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Signed};
use crate::web::view::Moment;

use super::{Desk, behind};

const PAGE: &str = "/staff/issuing";

/// How often a page hears how far its batch is.
const TELL: Duration = Duration::from_millis(500);
/// How often before the browser asks anew: who has lost the office, or a server that ends, does not hold the line for long.
const TELLS: u32 = 20;

/// A batch as a list shows it.
pub struct BatchView {
    pub id: i64,
    pub programme: String,
    pub kind: JobKind,
    pub by: String,
    pub queued: Moment,
    pub ended: Option<(Moment, JobOutcome)>,
    pub running: bool,
    pub issued: u64,
    pub problems: u64,
}

impl BatchView {
    pub fn new(job: &JobRecord, names: &std::collections::BTreeMap<String, String>, titles: &[ProgrammeStanding]) -> Self {
        let title = titles.iter().find(|p| p.programme.id == job.programme).map(|p| p.programme.name.clone());
        Self {
            id: job.id,
            programme: title.unwrap_or_else(|| job.programme.to_string()),
            kind: job.kind,
            by: names.get(&job.actor).cloned().unwrap_or_else(|| job.actor.clone()),
            queued: Moment(job.queued_at),
            ended: job.ended.map(|(at, outcome)| (Moment(at), outcome)),
            running: job.ended.is_none() && job.started_at.is_some(),
            issued: job.issued + job.resumed,
            problems: job.problem_count,
        }
    }

    /// How it stands, in one word.
    pub fn word(&self) -> (&'static str, &'static str, &'static str) {
        word(self.ended.map(|(_, outcome)| outcome), self.running)
    }
}

/// The word for an outcome, in both languages, and its colour.
fn word(outcome: Option<JobOutcome>, running: bool) -> (&'static str, &'static str, &'static str) {
    match outcome {
        Some(JobOutcome::Done) => ("已完成", "Done", "good"),
        Some(JobOutcome::Stopped) => ("已停止", "Stopped", "corrected"),
        Some(JobOutcome::Waiting) => ("尚不能签发", "Not yet", "corrected"),
        Some(JobOutcome::Refused) => ("预检未通过", "Problems found", "revoked"),
        Some(JobOutcome::Failed) => ("失败", "Failed", "revoked"),
        None if running => ("进行中", "Running", "good"),
        None => ("等待中", "Queued", "corrected"),
    }
}

#[derive(Template)]
#[template(path = "staff/issuing.html")]
struct Issuing<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    programmes: &'a [ProgrammeStanding],
    batches: &'a [BatchView],
    /// Programmes with a batch that is not over, and the batch.
    open: &'a [(Slug, i64)],
}

impl Issuing<'_> {
    /// When a contest's certificates become public.
    fn release(&self, standing: &ProgrammeStanding) -> Option<Moment> {
        standing.programme.contest().map(|contest| Moment(contest.timeline.release))
    }

    /// Whether a programme has anything to issue now.
    fn ready(&self, standing: &ProgrammeStanding) -> bool {
        standing.not_yet.is_none() && standing.counts.open + standing.counts.reserved > 0
    }

    fn running(&self, programme: &Slug) -> Option<i64> {
        self.open.iter().find(|(id, _)| id == programme).map(|(_, job)| *job)
    }
}

/// GET /staff/issuing
pub async fn page(State(site): State<Site>, Now(now): Now, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Failure> {
    let (programmes, batches) = site.service.issuing(&Mandate::of(&issuer), now).await.map_err(behind)?;
    let names = super::names(&site, issuer.visitor(), batches.iter().map(|job| job.actor.as_str())).await?;
    let open: Vec<_> = batches.iter().filter(|job| job.ended.is_none()).map(|job| (job.programme.clone(), job.id)).collect();
    Ok(render(&Issuing {
        frame: &frame.at("account"),
        desk: &Desk::of(issuer.visitor(), PAGE),
        token: &site.service.form_token(issuer.visitor()),
        batches: &batches.iter().map(|job| BatchView::new(job, &names, &programmes)).collect::<Vec<_>>(),
        programmes: &programmes,
        open: &open,
    }))
}

/// What to start.
#[derive(Deserialize)]
pub struct Start {
    token: String,
    programme: String,
    kind: String,
}

impl Signed for Start {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/issuing: on to the batch, also to one that runs already.
pub async fn start(State(site): State<Site>, Now(now): Now, sent: Sent<Issuer, Start>) -> Result<Response, Failure> {
    let wrong = || Failure::page(ProblemKind::BadRequest);
    let programme: Slug = sent.form.programme.parse().map_err(|_| wrong())?;
    let kind = JobKind::from_code(&sent.form.kind).ok_or_else(wrong)?;
    match site.service.start_batch(&Mandate::of(&sent.who), &programme, kind, now).await {
        Ok(Queued::New(job) | Queued::Running(job)) => Ok(Redirect::to(&format!("{PAGE}/{job}")).into_response()),
        Ok(Queued::Known) => Ok(Redirect::to(PAGE).into_response()),
        Err(error @ StartError::NoProgramme(_)) => Err(wrong().detail(Message::of(&error))),
        Err(StartError::Service(error)) => Err(behind(error)),
    }
}

/// How far a batch is, as its page and the events say it.
#[derive(Serialize)]
struct StandingView {
    done: u64,
    total: u64,
    says: String,
}

impl StandingView {
    fn new(job: &JobRecord, frame: &Frame) -> Self {
        let Some(standing) = job.standing else {
            let says = frame.say("等待服务器开始", "Waiting for a server to begin").to_owned();
            return Self { done: 0, total: 0, says };
        };
        let (zh, en) = match standing.stage {
            StageKind::Begun => ("准备中", "Getting ready"),
            StageKind::Resume => ("续办上次未完成的证书", "Completing what an earlier run left"),
            StageKind::Preflight => ("预检", "Preflight"),
            StageKind::Issue => ("签发", "Issuing"),
        };
        let mut says = frame.say(zh, en).to_owned();
        if standing.total > 0 {
            says += &format!(" {} / {}", standing.done, standing.total);
            if let (Some((per_second, left)), None) = (pace(job), job.ended) {
                says += &match frame.is_english() {
                    true => format!(" · {per_second} a second · {left} s left"),
                    false => format!(" · 每秒 {per_second} 份 · 剩余约 {left} 秒"),
                };
            }
        }
        if job.stop_wanted && job.ended.is_none() {
            says += frame.say(" · 正在停止", " · stopping");
        }
        Self { done: standing.done, total: standing.total, says }
    }
}

/// Steps a second, and the seconds that the rest takes at that pace.
fn pace(job: &JobRecord) -> Option<(u64, u64)> {
    let standing = job.standing?;
    let millis = u64::try_from(job.beat_at?.millis() - standing.since.millis()).ok().filter(|millis| *millis > 0)?;
    let per_second = standing.done.saturating_mul(1_000).checked_div(millis).filter(|pace| *pace > 0)?;
    Some((per_second, standing.total.saturating_sub(standing.done).div_ceil(per_second)))
}

#[derive(Template)]
#[template(path = "staff/batch.html")]
struct Batch<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    batch: &'a BatchView,
    standing: &'a StandingView,
    stop_wanted: bool,
    detail: &'a str,
    obstacles: &'a [Obstacle],
    resumed: u64,
    issues_here: bool,
}

/// GET /staff/issuing/{job}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let mandate = Mandate::of(&issuer);
    let job = found(&site, &mandate, &id).await?;
    let obstacles = site.service.batch_problems(&mandate, job.id, now).await.map_err(behind)?;
    let (programmes, _) = site.service.issuing(&mandate, now).await.map_err(behind)?;
    let names = super::names(&site, issuer.visitor(), [job.actor.as_str()]).await?;
    let page = render(&Batch {
        frame: &frame.clone().at("account"),
        desk: &Desk::of(issuer.visitor(), PAGE),
        token: &site.service.form_token(issuer.visitor()),
        batch: &BatchView::new(&job, &names, &programmes),
        standing: &StandingView::new(&job, &frame),
        stop_wanted: job.stop_wanted,
        detail: &job.detail,
        obstacles: &obstacles,
        resumed: job.resumed,
        issues_here: site.service.issues(),
    });
    Ok((Extension(Allowance::Live), page).into_response())
}

async fn found(site: &Site, mandate: &Mandate, id: &str) -> Result<JobRecord, Failure> {
    let id = id.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    site.service.batch(mandate, id).await.map_err(behind)?.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// GET /staff/issuing/{job}/events (HTML standard, 9.2: server-sent events)
pub async fn events(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame, Path(id): Path<String>) -> Result<Response, Failure> {
    let mandate = Mandate::of(&issuer);
    let job = found(&site, &mandate, &id).await?;
    let stream = told(site, mandate, frame, job.id);
    let mut response = (Extension(Allowance::Live), Sse::new(stream).keep_alive(KeepAlive::default())).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    Ok(response)
}

fn told(site: Site, mandate: Mandate, frame: Frame, id: i64) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(0), move |turn: Option<u32>| {
        let (site, mandate, frame) = (site.clone(), mandate.clone(), frame.clone());
        async move {
            let turn = turn.filter(|turn| *turn < TELLS)?;
            if turn > 0 {
                tokio::time::sleep(TELL).await;
            }
            // A registry that does not answer ends the stream, and the browser asks anew.
            let job = site.service.batch(&mandate, id).await.ok()??;
            if job.ended.is_some() {
                // A browser hears no event without data.
                return Some((Ok(Event::default().event("end").data("end")), None));
            }
            let event = Event::default().event("standing").retry(TELL).json_data(StandingView::new(&job, &frame)).ok()?;
            Some((Ok(event), Some(turn + 1)))
        }
    })
}

/// POST /staff/issuing/{job}/stop
pub async fn stop(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    let mandate = Mandate::of(&sent.who);
    let job = found(&site, &mandate, &id).await?;
    site.service.stop_batch(&mandate, job.id, now).await.map_err(behind)?;
    Ok(Redirect::to(&format!("{PAGE}/{}", job.id)).into_response())
}
