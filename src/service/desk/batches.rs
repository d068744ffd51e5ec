//! Batches that the server runs: the staff start one by a page, or the release of a contest does; any process that issues takes it.
//!
//! A process holds a batch by a lease that it renews while it works. If it dies, the lease ends and another one goes on: issuing itself
//! completes what was reserved, so nothing is lost and nothing is made twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::registry::{Beat, Ending, JobKind, JobOutcome, JobRecord, NewJob, Queued, StageKind, Standing, Whose};
use crate::service::clock;
use crate::service::issue::{IssueError, Issued, Order};
use crate::service::press_room::PressRoom;
use crate::service::progress::{Progress, Stage};
use crate::service::{Service, ServiceError};

use super::Mandate;

/// How often a process says how far its batch is.
const BEAT: Duration = Duration::from_millis(500);
/// For how long a batch is its process's after that, in milliseconds: far longer than a beat, so that a slow disk loses no batch.
pub const LEASE: i64 = 20_000;
/// How long before the release what is eligible is made, in milliseconds.
const BEFORE_RELEASE: i64 = 3_600_000;
/// For how long after the release it is made up for, in milliseconds.
const AFTER_RELEASE: i64 = 86_400_000;
/// Under which name the audit trail has what no person started.
const BY_ITSELF: &str = "release";

/// Why a batch was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No such programme in the configuration or the records.
    #[error("没有赛事或项目 {0} / there is no programme {0}")]
    NoProgramme(Slug),
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<crate::registry::RegistryError> for StartError {
    fn from(error: crate::registry::RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// An award that cannot be certified as it stands, or what stood in the way of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The holder as the list names them; empty where it is not about one.
    pub holder: String,
    /// Their school.
    pub school: String,
    /// What is wrong, `中文 / English` each.
    pub problems: Vec<String>,
}

/// A process that runs batches.
#[derive(Debug, Clone)]
pub struct Worker {
    name: String,
    lease: i64,
    leaving: Arc<AtomicBool>,
}

impl Worker {
    /// A process under a name that no other one has.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self::with_lease(random, LEASE)
    }

    /// The same with a lease of so many milliseconds.
    #[must_use]
    pub fn with_lease(random: [u8; 16], lease: i64) -> Self {
        let name = random.iter().map(|b| format!("{b:02x}")).collect();
        Self { name, lease, leaving: Arc::default() }
    }

    /// The process will end: what has begun is finished, and the batch is given back.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Whether it will end.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    fn lease_from(&self, machine: Instant) -> Instant {
        machine.plus_millis(self.lease)
    }
}

/// Leases go by the machine's clock, which no trial sets.
fn machine() -> Instant {
    clock::now().unwrap_or(Instant::EPOCH)
}

/// Follows a batch, and tells it when to stop.
struct Tracker<'a> {
    worker: &'a Worker,
    standing: Mutex<Standing>,
    stop: AtomicBool,
    lost: AtomicBool,
    issued: Mutex<(u64, u64)>,
    now: &'a (dyn Fn() -> Instant + Sync),
}

impl Progress for Tracker<'_> {
    fn stage(&self, stage: Stage, total: u64) {
        let stage = match stage {
            Stage::Resume => StageKind::Resume,
            Stage::Issue => StageKind::Issue,
            // A batch has no other.
            _ => StageKind::Preflight,
        };
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Standing { stage, since: (self.now)(), done: 0, total };
    }

    fn advance(&self, steps: u64) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.done += steps;
        let mut made = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        match standing.stage {
            StageKind::Issue => made.0 += steps,
            StageKind::Resume => made.1 += steps,
            StageKind::Begun | StageKind::Preflight => {}
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.lost.load(Ordering::Relaxed) || self.worker.is_leaving()
    }
}

impl Tracker<'_> {
    fn standing(&self) -> Standing {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn made(&self) -> (u64, u64) {
        *self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Queues a batch of a programme.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start_batch(&self, mandate: &Mandate, programme: &Slug, kind: JobKind, at: Instant) -> Result<Queued, StartError> {
        if !self.programmes().await?.iter().any(|p| p.id == *programme) {
            return Err(StartError::NoProgramme(programme.clone()));
        }
        Ok(self.registry.queue_job(&NewJob { programme, kind, occasion: None, actor: mandate.actor(), at }).await?)
    }

    /// Wants a batch stopped. `false` if it is over.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn stop_batch(&self, mandate: &Mandate, job: i64, at: Instant) -> Result<bool, ServiceError> {
        Ok(self.registry.stop_job(job, machine(), mandate.actor(), at).await?)
    }

    /// A batch.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn batch(&self, _: &Mandate, job: i64) -> Result<Option<JobRecord>, ServiceError> {
        Ok(self.registry.job(job).await?)
    }

    /// What a batch found wrong. That it was read is in the audit trail.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn batch_problems(&self, mandate: &Mandate, job: i64, at: Instant) -> Result<Vec<Obstacle>, ServiceError> {
        let Some(text) = self.registry.job_problems(job, mandate.actor(), at).await? else { return Ok(Vec::new()) };
        serde_json::from_str(&text).map_err(|_| {
            let row = job.to_string();
            crate::registry::RegistryError::Inconsistent { table: "issuing_job", column: "problems", row }.into()
        })
    }

    /// Queues what the release of contests calls for, where the configuration says so: an hour before the release, and once more at it.
    /// Over all processes each is queued once.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn start_releases(&self, now: Instant) -> Result<u64, ServiceError> {
        if !self.config.issue_at_release {
            return Ok(0);
        }
        let mut started = 0;
        for programme in self.programmes().await? {
            let Some(release) = programme.contest().map(|contest| contest.timeline.release) else { continue };
            let part = match now.millis() - release.millis() {
                0..AFTER_RELEASE => "at",
                ahead if (-BEFORE_RELEASE..0).contains(&ahead) => "before",
                _ => continue,
            };
            let open = self.registry.count_awards_without_certificate(&programme.id, Whose::Everybodys).await?;
            if open == 0 || self.may_certify(&programme, now).await?.is_err() {
                continue;
            }
            let occasion = format!("{}/{part}/{}", programme.id, release.millis());
            let new = NewJob { programme: &programme.id, kind: JobKind::Issue, occasion: Some(&occasion), actor: BY_ITSELF, at: now };
            started += u64::from(matches!(self.registry.queue_job(&new).await?, Queued::New(_)));
        }
        Ok(started)
    }

    /// Takes a batch that no process runs and sees it through. `false` if there is none, or this process does not issue.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; what a batch itself fails of is in its record.
    pub async fn work_once(&self, worker: &Worker) -> Result<bool, ServiceError> {
        let Some(room) = self.room.clone() else { return Ok(false) };
        let start = self.clock().now().unwrap_or(Instant::EPOCH);
        let machine = machine();
        let Some(job) = self.registry.take_job(&worker.name, machine, worker.lease_from(machine), start).await? else { return Ok(false) };
        let clock = move || self.clock().now().unwrap_or(start);
        let begun = Standing { stage: StageKind::Begun, since: start, done: 0, total: 0 };
        let tracker = Tracker {
            worker,
            standing: Mutex::new(begun),
            stop: AtomicBool::new(job.stop_wanted),
            lost: AtomicBool::default(),
            issued: Mutex::default(),
            now: &clock,
        };
        let outcome = {
            let run = self.run_batch(&room, &job, &tracker, &clock);
            tokio::select! { outcome = run => outcome, () = self.beat(&job, &tracker, &clock) => return Ok(true) }
        };
        self.end_batch(&job, &tracker, outcome, clock()).await?;
        Ok(true)
    }

    async fn run_batch(
        &self,
        room: &Arc<PressRoom>,
        job: &JobRecord,
        tracker: &Tracker<'_>,
        clock: &(dyn Fn() -> Instant + Sync),
    ) -> Result<Issued, IssueError> {
        let order = Order { programmes: std::slice::from_ref(&job.programme), out: None, clock, progress: tracker };
        match job.kind {
            JobKind::Issue => self.issue(room, &order).await,
            JobKind::Check => self.rehearse(room, &order).await.map(|_| Issued::default()),
        }
    }

    /// Says again and again how far a batch is. It ends when the batch is another process's.
    async fn beat(&self, job: &JobRecord, tracker: &Tracker<'_>, clock: &(dyn Fn() -> Instant + Sync)) {
        let mut ticks = tokio::time::interval(BEAT);
        loop {
            ticks.tick().await;
            let lease_until = tracker.worker.lease_from(machine());
            let beat = Beat { job: job.id, worker: &tracker.worker.name, lease_until, standing: tracker.standing(), at: clock() };
            match self.registry.beat_job(&beat).await {
                Ok(Some(stop)) => tracker.stop.store(stop, Ordering::Relaxed),
                Ok(None) => {
                    // Whoever has it now completes what was reserved here.
                    tracing::warn!(job = job.id, "a batch was taken over by another process");
                    tracker.lost.store(true, Ordering::Relaxed);
                    return;
                }
                // The lease lasts for many beats.
                Err(error) => tracing::warn!(%error, job = job.id, "how far a batch is could not be recorded"),
            }
        }
    }

    async fn end_batch(
        &self,
        job: &JobRecord,
        tracker: &Tracker<'_>,
        outcome: Result<Issued, IssueError>,
        at: Instant,
    ) -> Result<(), ServiceError> {
        let (issued, resumed) = tracker.made();
        let stopped = tracker.stop.load(Ordering::Relaxed);
        if outcome.is_ok() && !stopped && tracker.worker.is_leaving() {
            return Ok(self.registry.release_job(job.id, &tracker.worker.name, (issued, resumed)).await?);
        }
        let (outcome, detail, obstacles) = told(job, outcome, stopped);
        let count = u64::try_from(obstacles.len()).unwrap_or(u64::MAX);
        let text = if obstacles.is_empty() { None } else { serde_json::to_string(&obstacles).ok() };
        // How far it came is what the page shows of a batch that is over.
        let beat = Beat { job: job.id, worker: &tracker.worker.name, lease_until: machine(), standing: tracker.standing(), at };
        self.registry.beat_job(&beat).await?;
        let problems = text.as_deref().map(|text| (text, count));
        let ending = Ending { outcome, issued, resumed, detail: &detail, problems, at };
        self.registry.end_job(job, &tracker.worker.name, &ending).await?;
        Ok(())
    }
}

/// An outcome as the staff read it. What names a person is among the obstacles, which are sealed.
fn told(job: &JobRecord, outcome: Result<Issued, IssueError>, stopped: bool) -> (JobOutcome, String, Vec<Obstacle>) {
    let about_all = |text: String| vec![Obstacle { holder: String::new(), school: String::new(), problems: vec![text] }];
    match outcome {
        Ok(issued) => match issued.waiting.into_iter().next() {
            Some((_, why)) => (JobOutcome::Waiting, why.to_string(), Vec::new()),
            None if stopped => (JobOutcome::Stopped, String::new(), Vec::new()),
            None => (JobOutcome::Done, String::new(), Vec::new()),
        },
        Err(IssueError::Preflight(problems)) => {
            let obstacles = problems.into_iter().map(|p| Obstacle { holder: p.holder, school: p.school, problems: p.problems }).collect();
            (JobOutcome::Refused, String::new(), obstacles)
        }
        Err(error @ (IssueError::Series(_) | IssueError::NoProgramme(_))) => (JobOutcome::Refused, error.to_string(), Vec::new()),
        Err(IssueError::Press(error)) => (JobOutcome::Failed, String::new(), about_all(error.to_string())),
        Err(error @ (IssueError::Service(_) | IssueError::Copy { .. })) => {
            tracing::error!(%error, job = job.id, "a batch failed");
            let detail = "服务内部出错，已记入日志；已完成的证书不受影响，可再次启动 / something failed behind the scenes and is in the log; what \
                          was completed stands, and the batch can be started again";
            (JobOutcome::Failed, detail.to_owned(), Vec::new())
        }
    }
}
