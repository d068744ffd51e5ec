//! Importing a list in three steps: it is uploaded, read and shown, and imported when the clerk says so. Between them the file lies sealed
//! in the vault, for one account and one hour. Reading and importing run beside the request, which may end before them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::award::{Achievement, AwardLevel, Role};
use crate::domain::award_list::AwardList;
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::{ContestError, DraftState, ImportDraft, RegistryError, Seen};

use super::access::{ContestMandate, Issuer};
use super::award_list::{self, ReadList, Rejection, Words};
use super::import::{ListFile, read_list};
use super::{Service, ServiceError, entropy};

/// For how long an uploaded list is kept, in milliseconds.
pub const KEPT: i64 = 3_600_000;
/// A step that takes longer has broken off, in milliseconds: the process that did it is gone.
pub const ABANDONED: i64 = 300_000;
/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = award_list::grid::Bounds::IMPORT.file;
/// Rows that the preview shows.
const FIRST: usize = 10;
/// Problems that the page shows; all are in the annotated copy.
const SHOWN: usize = 200;
/// Random bytes before a file in the vault, so that its address there does not tell what it is.
const VEIL: usize = 32;

/// What became of an uploaded list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// It was understood.
    Read(Preview),
    /// It has problems.
    Refused(Refused),
    /// It was imported.
    Imported {
        /// Awards that were not known before.
        new: u64,
        /// Awards that an earlier list had brought.
        known: u64,
    },
    /// It was not imported, in both languages.
    NotImported(String),
}

/// What a list would bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Awards that are not known.
    pub new: u64,
    /// Awards that are.
    pub known: u64,
    /// The very same file was imported before.
    pub imported: bool,
    /// How many of each category, in their order in the list.
    pub categories: Vec<(String, u64)>,
    /// How many of each level, by its code, the highest first.
    pub levels: Vec<(String, u64)>,
    /// How many of each role, by its code.
    pub roles: Vec<(String, u64)>,
    /// Categories that the contest does not have: such a list is not published.
    pub strange: Vec<String>,
    /// The first rows.
    pub first: Vec<FirstRow>,
    /// What a person should know: place, Chinese, English.
    pub notices: Vec<(String, String, String)>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the fact of the same name")]
pub struct FirstRow {
    pub holder: String,
    pub school: String,
    pub category: String,
    pub subject: String,
    pub work: String,
    /// Its code.
    pub level: String,
    /// Its code.
    pub role: String,
}

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// How many problems it has.
    pub count: usize,
    /// The first of them.
    pub shown: Vec<ProblemLine>,
}

/// One problem, in both languages where it has words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the part of the same name")]
pub struct ProblemLine {
    pub place: String,
    pub value: String,
    pub message: (String, String),
    pub advice: (String, String),
}

/// An uploaded list as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// As it is recorded.
    pub record: ImportDraft,
    /// What was read of it.
    pub report: Option<Report>,
}

impl Draft {
    /// Whether something goes on with it that the page waits for.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self.record.state, DraftState::Reading | DraftState::Importing)
    }

    /// Whether what went on with it has broken off.
    #[must_use]
    pub fn is_abandoned(&self, now: Instant) -> bool {
        self.record.state == DraftState::Failed || (self.is_busy() && now.millis() - self.record.since.millis() > ABANDONED)
    }
}

/// Why a list is not taken, or not imported.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such contest in the records.
    #[error("没有赛事 {0} / there is no contest {0}")]
    NoContest(Slug),
    /// The list is fixed.
    #[error(transparent)]
    Contest(#[from] ContestError),
    /// It is another account's, has ended, or was never there.
    #[error("这份名单已过期或不存在，请重新上传 / the list has expired or is not there: upload it again")]
    Gone,
    /// It is not waiting for a confirmation.
    #[error("这份名单不在待确认状态 / the list does not wait for a confirmation")]
    NotReady,
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for DeskError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Contest(error) => Self::Contest(error),
            error => Self::Service(error.into()),
        }
    }
}

impl Service {
    /// Takes a list in and begins to read it. Answers its id and the task that reads.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn upload_list(
        self: &Arc<Self>,
        issuer: &Issuer,
        contest: &Slug,
        (name, bytes): (String, Vec<u8>),
        now: Instant,
    ) -> Result<(String, tokio::task::JoinHandle<()>), DeskError> {
        let record = self.registry.contest(contest).await?.ok_or_else(|| DeskError::NoContest(contest.clone()))?;
        if record.state.is_fixed() {
            return Err(ContestError::ListFixed(contest.clone()).into());
        }
        let mut random = [0; VEIL + 16];
        entropy::fill(&mut random);
        let (veil, id) = random.split_at(VEIL);
        let id: String = id.iter().map(|b| format!("{b:02x}")).collect();
        let veiled = [veil, &bytes].concat();
        let file = Digest::of(&veiled);
        // The row first: whatever is in the vault is found again, and goes with it.
        let draft = ImportDraft {
            id: id.clone(),
            account: issuer.visitor().id().to_string(),
            contest: contest.clone(),
            file,
            name,
            state: DraftState::Reading,
            since: now,
            report: None,
            seen: Seen { count: 0, last: 0 },
            ends_at: now.plus_millis(KEPT),
        };
        self.registry.add_import_draft(&draft).await?;
        self.vault.put_many(vec![(file, veiled)]).await.map_err(ServiceError::from)?;
        let service = Arc::clone(self);
        let task = tokio::spawn(async move {
            let outcome = service.read_draft(record.programme, &draft.name, bytes).await;
            let turned = match outcome {
                Ok((to, report, seen)) => {
                    service.registry.turn_import_draft(&draft.id, (DraftState::Reading, to), Some(&written(&report)), Some(seen), now).await
                }
                Err(error) => {
                    tracing::error!(%error, "an uploaded list could not be read");
                    service.registry.turn_import_draft(&draft.id, (DraftState::Reading, DraftState::Failed), None, None, now).await
                }
            };
            if let Err(error) = turned {
                tracing::error!(%error, "what was read of a list could not be recorded");
            }
        });
        Ok((id, task))
    }

    async fn read_draft(&self, programme: Programme, name: &str, bytes: Vec<u8>) -> Result<(DraftState, Report, Seen), ServiceError> {
        let (name, contest) = (name.to_owned(), programme.id.clone());
        let categories = programme.contest().map(|c| c.categories.clone()).unwrap_or_default();
        let read =
            tokio::task::spawn_blocking(move || read_for(&programme, &name, &bytes).map_err(|rejection| refused(&rejection))).await?;
        let read = match read {
            Ok(read) => read,
            Err(refused) => return Ok((DraftState::Refused, Report::Refused(refused), Seen { count: 0, last: 0 })),
        };
        let (known, imported, seen) = self.registry.foresee_import(&read.list, &contest).await?;
        let notices = read.notices.iter().map(|n| (n.place.to_string(), n.words.zh.clone(), n.words.en.clone())).collect();
        let preview = preview(&read.list, (known, imported), &categories, notices);
        Ok((DraftState::Ready, Report::Read(preview), seen))
    }

    /// An account's own list.
    ///
    /// # Errors
    /// [`DeskError::Gone`] for any other, and one that has ended.
    pub async fn import_draft(&self, issuer: &Issuer, contest: &Slug, id: &str, now: Instant) -> Result<Draft, DeskError> {
        let record = self.registry.import_draft(issuer.visitor().id(), contest, id, now).await?.ok_or(DeskError::Gone)?;
        let report = record.report.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Ok(Draft { record, report })
    }

    /// A copy of a list that has problems, with each beside its row, and the name to save it under.
    ///
    /// # Errors
    /// [`DeskError::Gone`] if it has none, or is not there.
    pub async fn error_sheet(&self, issuer: &Issuer, contest: &Slug, id: &str, now: Instant) -> Result<Vec<u8>, DeskError> {
        let draft = self.import_draft(issuer, contest, id, now).await?;
        if draft.record.state != DraftState::Refused {
            return Err(DeskError::Gone);
        }
        let programme = self.registry.contest(contest).await?.ok_or_else(|| DeskError::NoContest(contest.clone()))?.programme;
        let bytes = self.draft_file(&draft.record).await?;
        let make = move || match read_for(&programme, &draft.record.name, &bytes) {
            Ok(_) => None,
            Err(rejection) => award_list::report(&draft.record.name, &rejection).ok(),
        };
        tokio::task::spawn_blocking(make).await.map_err(ServiceError::from)?.ok_or(DeskError::Gone)
    }

    async fn draft_file(&self, draft: &ImportDraft) -> Result<Vec<u8>, DeskError> {
        let mut bytes = self.vault.get(&draft.file).await.map_err(ServiceError::from)?.ok_or(DeskError::Gone)?;
        bytes.drain(..VEIL.min(bytes.len()));
        Ok(bytes)
    }

    /// Begins to import a list that was read and shown. Answers the task that does it.
    ///
    /// # Errors
    /// [`DeskError`]; [`DeskError::NotReady`] if it is being imported already.
    pub async fn confirm_import(
        self: &Arc<Self>,
        issuer: &Issuer,
        contest: &Slug,
        id: &str,
        now: Instant,
    ) -> Result<tokio::task::JoinHandle<()>, DeskError> {
        let draft = self.import_draft(issuer, contest, id, now).await?;
        let programme = self.registry.contest(contest).await?.ok_or_else(|| DeskError::NoContest(contest.clone()))?.programme;
        let bytes = self.draft_file(&draft.record).await?;
        if !self.registry.turn_import_draft(id, (DraftState::Ready, DraftState::Importing), None, None, now).await? {
            return Err(DeskError::NotReady);
        }
        let (service, mandate) = (Arc::clone(self), ContestMandate::of(issuer));
        Ok(tokio::spawn(async move {
            let outcome = service.import_draft_file(programme, &draft.record, bytes, &mandate, now).await;
            let (to, report) = match outcome {
                Ok(report @ Report::NotImported(_)) => (DraftState::Failed, report),
                Ok(report) => (DraftState::Done, report),
                Err(error) => {
                    tracing::error!(%error, "a list could not be imported");
                    (
                        DraftState::Failed,
                        Report::NotImported("导入未完成，请重新上传 / the import broke off: upload the list again".to_owned()),
                    )
                }
            };
            let (step, report) = ((DraftState::Importing, to), written(&report));
            if let Err(error) = service.registry.turn_import_draft(&draft.record.id, step, Some(&report), None, now).await {
                tracing::error!(%error, "what was imported could not be recorded");
            }
        }))
    }

    async fn import_draft_file(
        &self,
        programme: Programme,
        draft: &ImportDraft,
        bytes: Vec<u8>,
        mandate: &ContestMandate,
        now: Instant,
    ) -> Result<Report, ServiceError> {
        let (name, contest) = (draft.name.clone(), programme.id.clone());
        let read = tokio::task::spawn_blocking(move || read_for(&programme, &name, &bytes).ok()).await?;
        let moved = || Report::NotImported(ContestError::Moved(contest.clone()).to_string());
        let Some(read) = read else { return Ok(moved()) };
        match self.registry.import_if(&read.list, Some((&contest, draft.seen)), now, mandate.actor()).await {
            Ok(imported) => Ok(Report::Imported { new: imported.new, known: imported.known }),
            Err(RegistryError::Contest(error)) => Ok(Report::NotImported(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets uploaded lists that have ended, with their files. Answers how many there were.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn sweep_imports(&self, now: Instant) -> Result<usize, ServiceError> {
        let ended = self.registry.ended_import_drafts(now).await?;
        for (id, file) in &ended {
            self.vault.delete(file).await?;
            self.registry.forget_import_draft(id).await?;
        }
        Ok(ended.len())
    }
}

/// Reads a list for one contest: a row that names another one is a problem with its place.
fn read_for(programme: &Programme, name: &str, bytes: &[u8]) -> Result<ReadList, Rejection> {
    let file = ListFile { name, bytes, programme: Some(&programme.id), portraits: &|_| None };
    read_list(std::slice::from_ref(programme), &file)
}

fn written(report: &Report) -> String {
    // Texts and numbers alone: this cannot fail.
    serde_json::to_string(report).unwrap_or_default()
}

fn refused(rejection: &Rejection) -> Refused {
    let both = |words: Words| (words.zh, words.en);
    let line = |problem: &award_list::Problem| ProblemLine {
        place: problem.place.to_string(),
        value: problem.value.clone(),
        message: both(problem.fault.message()),
        advice: both(problem.fault.advice()),
    };
    Refused { count: rejection.count(), shown: rejection.problems.iter().take(SHOWN).map(line).collect() }
}

fn add(counts: &mut Vec<(String, u64)>, key: &str) {
    match counts.iter_mut().find(|(known, _)| known == key) {
        Some((_, count)) => *count += 1,
        None => counts.push((key.to_owned(), 1)),
    }
}

fn preview(list: &AwardList, (known, imported): (u64, bool), allowed: &[String], notices: Vec<(String, String, String)>) -> Preview {
    let (mut categories, mut levels, mut roles, mut first) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for award in &list.awards {
        let Achievement::Award { level, role, category, subject, work, .. } = &award.achievement else { continue };
        add(&mut categories, category);
        add(&mut levels, level.code());
        add(&mut roles, role.code());
        if first.len() < FIRST {
            first.push(FirstRow {
                holder: award.holder.name.as_str().to_owned(),
                school: award.holder.school.clone(),
                category: category.clone(),
                subject: subject.clone(),
                work: work.clone(),
                level: level.code().to_owned(),
                role: role.code().to_owned(),
            });
        }
    }
    let strange = categories.iter().map(|(name, _)| name).filter(|name| !allowed.is_empty() && !allowed.contains(name)).cloned().collect();
    levels.sort_by_key(|(code, _)| AwardLevel::ALL.into_iter().position(|level| level.code() == code));
    roles.sort_by_key(|(code, _)| Role::ALL.into_iter().position(|role| role.code() == code));
    let total = u64::try_from(list.awards.len()).unwrap_or(u64::MAX);
    Preview { new: total - known.min(total), known, imported, categories, levels, roles, strange, first, notices }
}
