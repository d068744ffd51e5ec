//! A batch that the server runs, as it is recorded.

use crate::domain::issuer::Slug;
use crate::domain::time::Instant;

/// What a batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Looks at every award and makes nothing.
    Check,
    /// Issues.
    Issue,
}

impl JobKind {
    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Issue => "issue",
        }
    }

    /// The inverse of [`JobKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Check, Self::Issue].into_iter().find(|k| k.code() == code)
    }
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// Everything was done.
    Done,
    /// Somebody stopped it.
    Stopped,
    /// The programme may not be certified yet.
    Waiting,
    /// The preflight found problems, or the series is too short: no number was reserved.
    Refused,
    /// Something failed behind the scenes.
    Failed,
}

impl JobOutcome {
    const ALL: [Self; 5] = [Self::Done, Self::Stopped, Self::Waiting, Self::Refused, Self::Failed];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == code)
    }
}

/// What a running batch is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// Nothing yet.
    Begun,
    /// Completing what an earlier run left.
    Resume,
    /// Looking at every award.
    Preflight,
    /// Making certificates.
    Issue,
}

impl StageKind {
    const ALL: [Self; 4] = [Self::Begun, Self::Resume, Self::Preflight, Self::Issue];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Begun => "",
            Self::Resume => "resume",
            Self::Preflight => "preflight",
            Self::Issue => "issue",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What it is at.
    pub stage: StageKind,
    /// Since when.
    pub since: Instant,
    /// Steps of the stage that are done.
    pub done: u64,
    /// Steps of the stage.
    pub total: u64,
}

/// A batch as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Its number.
    pub id: i64,
    /// The programme.
    pub programme: Slug,
    /// What it does.
    pub kind: JobKind,
    /// Who started it.
    pub actor: String,
    /// When it was started.
    pub queued_at: Instant,
    /// When a process first took it.
    pub started_at: Option<Instant>,
    /// How far it is, once a process has said so.
    pub standing: Option<Standing>,
    /// When its process last said how far it is.
    pub beat_at: Option<Instant>,
    /// Somebody wants it stopped.
    pub stop_wanted: bool,
    /// When and how it ended.
    pub ended: Option<(Instant, JobOutcome)>,
    /// Certificates that it issued.
    pub issued: u64,
    /// Certificates of other runs that it completed.
    pub resumed: u64,
    /// Why not everything was done, `中文 / English`.
    pub detail: String,
    /// Awards that cannot be certified as they stand.
    pub problem_count: u64,
}

/// A batch to be queued.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    /// The programme.
    pub programme: &'a Slug,
    /// What it does.
    pub kind: JobKind,
    /// Of a batch that no person starts: why. Of one occasion there is one batch ever.
    pub occasion: Option<&'a str>,
    /// Who starts it.
    pub actor: &'a str,
    /// When.
    pub at: Instant,
}

/// What became of a batch that was to be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// It waits for a process.
    New(i64),
    /// Another one of the programme is not over yet.
    Running(i64),
    /// There was one on this occasion.
    Known,
}

/// What a process says of the batch that it runs.
#[derive(Debug, Clone, Copy)]
pub struct Beat<'a> {
    /// The batch.
    pub job: i64,
    /// The process.
    pub worker: &'a str,
    /// Until when the batch is its own, by the machine's clock.
    pub lease_until: Instant,
    /// How far it is.
    pub standing: Standing,
    /// Now.
    pub at: Instant,
}

/// How a batch ended, for its record.
#[derive(Debug, Clone)]
pub struct Ending<'a> {
    /// How.
    pub outcome: JobOutcome,
    /// Certificates that it issued.
    pub issued: u64,
    /// Certificates of other runs that it completed.
    pub resumed: u64,
    /// Why not everything was done.
    pub detail: &'a str,
    /// Awards that cannot be certified as they stand, as a text that is sealed, and how many.
    pub problems: Option<(&'a str, u64)>,
    /// When.
    pub at: Instant,
}
