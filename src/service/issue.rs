//! Issuing: awards become numbered, signed, recorded certificates.
//!
//! preflight → reserve → compose → check → seal → read back → complete, in chunks: one transaction to reserve, all cores to
//! make, one transaction to complete. A crash anywhere leaves reserved rows, which the next run completes to the same bytes.

use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::document::plate::Plate;
use crate::domain::certificate::Facts;
use crate::domain::certify;
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;
use crate::domain::eligibility::NotYet;
use crate::domain::issuer::{Issuer, Slug};
use crate::domain::number::{CertificateNumber, Series, SeriesError};
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::{AwardRecord, Completion, RegistryError, Reservation, Reserved, Whose};

use super::key_folder::KeySet;
use super::press_room::{self, Made, PressError, PressRoom};
use super::progress::{Progress, Stage};
use super::{Service, ServiceError};

/// Certificates made between two commits: enough to make a commit cheap, few enough to keep memory small.
const CHUNK: u32 = 128;

/// Awards read at once for the preflight.
const PREFLIGHT_PAGE: u32 = 2_000;

/// Problems that are reported at most; a list this bad is repaired at its source.
const MAX_PROBLEMS: usize = 1_000;

/// What to issue.
pub struct Order<'a> {
    /// The programmes; empty for all of the configuration and the records.
    pub programmes: &'a [Slug],
    /// A folder that gets a copy of each file made in this run as `NUMBER.pdf`.
    pub out: Option<&'a Path>,
    /// The clock.
    pub clock: &'a (dyn Fn() -> Instant + Sync),
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// Certificates reserved and completed in this run.
    pub issued: u64,
    /// Certificates that an earlier or a parallel run had reserved and this one completed.
    pub resumed: u64,
    /// Programmes that may not be certified yet.
    pub waiting: Vec<(Slug, NotYet)>,
}

/// Why nothing, or not everything, was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// No such programme in the configuration or the records.
    #[error("没有赛事或项目 {0} / there is no programme {0}")]
    NoProgramme(Slug),
    /// The preflight found problems; no number was reserved.
    #[error("预检发现 {} 处问题，未占用任何编号 / the preflight found problems; no number was reserved:\n{}", .0.len(), report(.0))]
    Preflight(Vec<PreflightProblem>),
    /// The series has too few numbers left; no number was reserved.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// A certificate could not be made; its number stays reserved and the next run tries again.
    #[error(transparent)]
    Press(#[from] PressError),
    /// Registry, vault or a task failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A copy could not be written.
    #[error("无法写入 {path} / cannot write: {source}")]
    Copy {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<RegistryError> for IssueError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// An award that cannot be certified as it stands.
#[derive(Debug)]
pub struct PreflightProblem {
    /// The programme.
    pub programme: Slug,
    /// The holder as the list names them.
    pub holder: String,
    /// Their school, as the list names it.
    pub school: String,
    /// What is wrong, a line each.
    pub problems: Vec<String>,
}

fn report(problems: &[PreflightProblem]) -> String {
    let line = |p: &PreflightProblem| format!("  {} · {}: {}", p.programme, p.holder, p.problems.join("; "));
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One programme's part of a run.
pub(super) struct Run {
    pub programme: Programme,
    pub issuer: Issuer,
    pub series: Series,
    pub issue_day: Date,
    pub template: Digest,
    pub keys: Arc<KeySet>,
    pub plate: Arc<Plate>,
    /// The last award that the preflight saw; later ones wait for the next run.
    up_to: i64,
    wanted: u64,
}

impl Service {
    /// Issues a certificate for every award that is eligible and has none.
    ///
    /// # Errors
    /// [`IssueError`]; whatever was completed before stays, whatever was reserved is completed by the next run.
    pub async fn issue(&self, room: &Arc<PressRoom>, order: &Order<'_>) -> Result<Issued, IssueError> {
        let mut issued = Issued::default();
        let mut runs = Vec::new();
        for programme in self.ordered(order).await? {
            match self.may_certify(&programme, (order.clock)()).await? {
                Err(not_yet) => issued.waiting.push((programme.id, not_yet)),
                Ok(()) => {
                    self.admit_registered(&programme, (order.clock)()).await?;
                    let day = certify::issue_day(&programme, (order.clock)());
                    runs.push(self.plan(room, programme, day).await?);
                }
            }
        }
        issued.resumed += self.resume(room, order).await?;
        self.preflight(&mut runs, order).await?;
        order.progress.stage(Stage::Issue, runs.iter().map(|r| r.wanted).sum());
        for run in &runs {
            issued.issued += self.run(room, run, order).await?;
        }
        issued.resumed += self.resume(room, order).await?;
        Ok(issued)
    }

    async fn ordered(&self, order: &Order<'_>) -> Result<Vec<Programme>, IssueError> {
        let all = self.programmes().await?;
        if order.programmes.is_empty() {
            return Ok(all);
        }
        let find = |id: &Slug| all.iter().find(|p| p.id == *id).cloned().ok_or_else(|| IssueError::NoProgramme(id.clone()));
        order.programmes.iter().map(find).collect()
    }

    /// Looks at every award of a programme that has no certificate, whether it may be certified yet or not, and makes nothing.
    ///
    /// # Errors
    /// [`IssueError`], with every problem at once.
    pub async fn rehearse(&self, room: &Arc<PressRoom>, order: &Order<'_>) -> Result<u64, IssueError> {
        let mut runs = Vec::new();
        for programme in self.ordered(order).await? {
            let day = certify::issue_day(&programme, (order.clock)());
            runs.push(self.plan(room, programme, day).await?);
        }
        self.preflight(&mut runs, order).await?;
        Ok(runs.iter().map(|run| run.wanted).sum())
    }

    /// Freezes the template, makes the plate, fixes day and series.
    pub(super) async fn plan(&self, room: &PressRoom, programme: Programme, issue_day: Date) -> Result<Run, IssueError> {
        let issuer = self.config.issuers.iter().find(|i| i.id == programme.issuer).cloned();
        let issuer = issuer.ok_or_else(|| PressError::NoIssuerKey(programme.issuer.clone()))?;
        let keys = room.current_keys(&issuer.id)?;
        let edition = self.edition_of_today(room, &programme, &issuer)?;
        let plate = room.plate(&edition, Arc::clone(room.fonts()), &keys, &issuer)?;
        self.keep_edition(&edition, programme.template.as_str()).await?;
        let year = u16::try_from(issue_day.year()).unwrap_or(0);
        let series = Series::new(programme.pattern.clone(), programme.series, year)?;
        Ok(Run { issuer, series, issue_day, template: edition.digest(), keys, plate, up_to: 0, wanted: 0, programme })
    }

    /// Looks at every award of every run before any number is reserved, and reports every problem at once.
    async fn preflight(&self, runs: &mut [Run], order: &Order<'_>) -> Result<(), IssueError> {
        let mut problems = Vec::new();
        for run in runs.iter_mut() {
            let wanted = self.registry.count_awards_without_certificate(&run.programme.id, Whose::of(&run.programme)).await?;
            order.progress.stage(Stage::Preflight, wanted);
            loop {
                let page = self
                    .registry
                    .awards_without_certificate(&run.programme.id, Whose::of(&run.programme), run.up_to, PREFLIGHT_PAGE)
                    .await?;
                let Some(last) = page.last() else { break };
                run.up_to = last.seq;
                run.wanted += u64::try_from(page.len()).unwrap_or(u64::MAX);
                problems.extend(page.par_iter().filter_map(|award| self.preflight_one(run, award)).collect::<Vec<_>>());
                order.progress.advance(u64::try_from(page.len()).unwrap_or(0));
            }
            self.registry.check_room(&run.series, run.wanted).await?;
        }
        problems.truncate(MAX_PROBLEMS);
        if problems.is_empty() { Ok(()) } else { Err(IssueError::Preflight(problems)) }
    }

    fn preflight_one(&self, run: &Run, award: &AwardRecord) -> Option<PreflightProblem> {
        // The last number of the series is as wide as any.
        let number = run.series.number(run.series.capacity()).ok()?;
        let claims = certify::claims(&award.award, number, &run.issuer, &run.programme, &self.issue_of(run));
        let problems = run.problems(&claims);
        if problems.is_empty() {
            return None;
        }
        let holder = &award.award.holder;
        Some(PreflightProblem {
            programme: run.programme.id.clone(),
            holder: holder.name.to_string(),
            school: holder.school.clone(),
            problems,
        })
    }

    pub(super) fn issue_of(&self, run: &Run) -> certify::Issue<'_> {
        certify::Issue { day: run.issue_day, verify_at: &self.config.public_url }
    }

    /// Reserves chunk after chunk; while one is being stored the next is made.
    async fn run(&self, room: &Arc<PressRoom>, run: &Run, order: &Order<'_>) -> Result<u64, IssueError> {
        let mut issued = 0;
        let mut made = Vec::new();
        loop {
            // Whoever stops a run stops it between chunks: what was reserved is completed.
            let more = async { if order.progress.is_stopped() { Ok(Vec::new()) } else { self.reserve_and_make(room, run, order).await } };
            let (stored, next) = tokio::join!(self.store(std::mem::take(&mut made), order), more);
            issued += stored?;
            made = next?;
            if made.is_empty() {
                return Ok(issued);
            }
        }
    }

    async fn reserve_and_make(&self, room: &Arc<PressRoom>, run: &Run, order: &Order<'_>) -> Result<Vec<Made>, IssueError> {
        let now = (order.clock)();
        let build = |award: &AwardRecord, number: CertificateNumber| self.reservation(run, award, number, now);
        let reserved = self.registry.reserve(&run.series, (&run.programme.id, Whose::of(&run.programme)), run.up_to, CHUNK, build).await?;
        self.make(room, reserved).await
    }

    fn reservation(&self, run: &Run, award: &AwardRecord, number: CertificateNumber, now: Instant) -> Reservation {
        let claims = certify::claims(&award.award, number, &run.issuer, &run.programme, &self.issue_of(run));
        let facts = Facts { claims, reserved_at: now, template: run.template, signer: run.keys.identity.fingerprint() };
        Reservation { facts, release: certify::release(&run.programme, now) }
    }

    /// Makes what was reserved and never completed, by whatever run.
    async fn resume(&self, room: &Arc<PressRoom>, order: &Order<'_>) -> Result<u64, IssueError> {
        let mut resumed = 0;
        loop {
            let left = self.registry.reserved(CHUNK).await?;
            if left.is_empty() || order.progress.is_stopped() {
                return Ok(resumed);
            }
            if resumed == 0 {
                order.progress.stage(Stage::Resume, self.registry.counts().await?.reserved);
            }
            let made = self.make(room, left).await?;
            let looked_at = u64::try_from(made.len()).unwrap_or(0);
            resumed += self.store(made, order).await?;
            order.progress.advance(looked_at);
        }
    }

    /// All cores make the files of a chunk.
    pub(super) async fn make(&self, room: &Arc<PressRoom>, chunk: Vec<Reserved>) -> Result<Vec<Made>, IssueError> {
        for reserved in &chunk {
            self.prepare_plate(room, &reserved.facts).await?;
        }
        let with_portrait = |Reserved { facts, .. }| async move { Ok::<_, ServiceError>((self.portrait_of(&facts).await?, facts)) };
        let work: Vec<_> = stream::iter(chunk).map(with_portrait).buffered(self.vault.at_once()).try_collect().await?;
        let room = Arc::clone(room);
        let make_one = move |(portrait, facts): &(Option<Vec<u8>>, Facts)| room.make(facts, portrait.as_deref());
        let make = move || work.par_iter().map(make_one).collect::<Result<Vec<_>, _>>();
        Ok(tokio::task::spawn_blocking(make).await.map_err(ServiceError::from)??)
    }

    pub(super) async fn portrait_of(&self, facts: &Facts) -> Result<Option<Vec<u8>>, ServiceError> {
        match &facts.claims.portrait {
            Some(digest) => Ok(self.vault.get(digest).await?),
            None => Ok(None),
        }
    }

    /// Files first, durable; then the records, in one commit.
    pub(super) async fn store(&self, made: Vec<Made>, order: &Order<'_>) -> Result<u64, IssueError> {
        if made.is_empty() {
            return Ok(0);
        }
        if let Some(folder) = order.out {
            write_copies(folder, &made)?;
        }
        let (completed, files): (Vec<_>, Vec<_>) = made.into_iter().map(parted).unzip();
        let count = u64::try_from(files.len()).unwrap_or(0);
        self.vault.put_many(files).await.map_err(ServiceError::from)?;
        self.vault.barrier().await.map_err(ServiceError::from)?;
        let changed = self.registry.complete(&completed, (order.clock)()).await?;
        order.progress.advance(count);
        Ok(changed)
    }
}

impl Run {
    /// Why a certificate with these claims cannot be made; empty if it can.
    pub(super) fn problems(&self, claims: &Claims) -> Vec<String> {
        let face = self.plate.preflight(claims).err().unwrap_or_default();
        let proven = press_room::proven(claims, &self.keys.proof);
        face.iter().map(ToString::to_string).chain(proven.err().map(|e| e.to_string())).collect()
    }
}

/// What the records keep of a certificate, and its file under its digest.
fn parted(made: Made) -> (Completion, (Digest, Vec<u8>)) {
    let (bytes, file) = made.released.into_parts();
    let digest = file.digest;
    (Completion { number: made.number, file, code: made.code, heading: made.heading }, (digest, bytes))
}

fn write_copies(folder: &Path, made: &[Made]) -> Result<(), IssueError> {
    made.par_iter().try_for_each(|made| {
        let path = folder.join(format!("{}.pdf", made.number));
        std::fs::write(&path, made.released.bytes()).map_err(|source| IssueError::Copy { path, source })
    })
}
