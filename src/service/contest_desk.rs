//! A contest as the staff see it: what may be done with it now, what each waits for, and what would be fixed and signed.

use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::notice::{Closing, NoticeError, NoticeState, Phase, Publication};
use crate::domain::number::{CertificateNumber, Series};
use crate::domain::postponement::{MoveReason, Postponement};
use crate::domain::programme::{Contest, Programme, Timeline};
use crate::domain::public_list::{Entry, ListError, PublicList};
use crate::domain::time::Instant;
use crate::registry::{ContestCounts, ContestRecord, DatesMoved, NoticeStatement};

use super::access::ContestMandate;
use super::{Service, ServiceError};

/// A contest with everything that its page tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContestOverview {
    /// As it is recorded.
    pub record: ContestRecord,
    /// What only contests have.
    pub contest: Contest,
    /// How much of everything there is.
    pub counts: ContestCounts,
    /// The signed statements about its notice.
    pub statements: Vec<NoticeStatement>,
    /// How its dates were moved.
    pub moved: Vec<DatesMoved>,
    /// What the public meets now.
    pub phase: Phase,
}

/// What stands in the way of an act on a contest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The notice does not allow it.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// The list is fixed.
    #[error("名单已公示并固定；如有遗漏须撤下公示后重新公示 / the list is published and fixed")]
    Fixed,
    /// Nothing was imported.
    #[error("请先导入获奖名单 / import the award list first")]
    NoList,
    /// Dates are changed with everything else.
    #[error("公示前请在“修改”中改日期 / before publication, dates are changed with everything else")]
    NotFixed,
}

/// What may be done with a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContestAct {
    /// Change what it says.
    Edit,
    /// Import a list.
    Import,
    /// Fix the list and publish it.
    Publish,
    /// Move dates later.
    Move,
    /// Sign what remained.
    Close,
    /// Take the notice off the open web.
    Withdraw,
}

impl ContestOverview {
    /// What stands in the way of an act at `now`; nothing if it may be done.
    ///
    /// # Errors
    /// [`Obstacle`].
    pub fn may(&self, act: ContestAct, now: Instant) -> Result<(), Obstacle> {
        let (state, timeline) = (&self.record.state, &self.record.timeline);
        match act {
            ContestAct::Edit | ContestAct::Import if state.is_fixed() => Err(Obstacle::Fixed),
            ContestAct::Edit | ContestAct::Import => Ok(()),
            ContestAct::Move if state.is_fixed() => Ok(()),
            ContestAct::Move => Err(Obstacle::NotFixed),
            ContestAct::Publish => {
                let list = Digest::of(b"");
                state.clone().publish(Publication { at: now, entries: 0, list }, timeline)?;
                if self.counts.awards == 0 { Err(Obstacle::NoList) } else { Ok(()) }
            }
            ContestAct::Close => {
                let list = Digest::of(b"");
                state.clone().close(Closing { at: now, entries: 0, list }, timeline, self.counts.open)?;
                Ok(())
            }
            ContestAct::Withdraw => match state {
                NoticeState::Published { .. } | NoticeState::Closed { .. } => Ok(()),
                NoticeState::Draft => Err(NoticeError::NotPublished.into()),
                NoticeState::Withdrawn { .. } => Err(NoticeError::AlreadyWithdrawn.into()),
            },
        }
    }

    /// An example of its certificate numbers: the first of the year of its release.
    #[must_use]
    pub fn example(&self) -> Option<CertificateNumber> {
        example(&self.record.programme, &self.record.timeline)
    }
}

/// The first number that a contest would give.
#[must_use]
pub fn example(programme: &Programme, timeline: &Timeline) -> Option<CertificateNumber> {
    let year = u16::try_from(timeline.release.beijing_date().year()).ok()?;
    Series::new(programme.pattern.clone(), programme.series, year).ok()?.number(1).ok()
}

/// What publishing would fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WouldPublish {
    /// Entries.
    pub entries: usize,
    /// The list's SHA-256.
    pub digest: String,
}

impl Service {
    /// A contest of the records with everything that its page tells.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn contest_overview(&self, _: &ContestMandate, id: &Slug, now: Instant) -> Result<Option<ContestOverview>, ServiceError> {
        let Some(record) = self.registry.contest(id).await? else { return Ok(None) };
        let Some(contest) = record.programme.contest().cloned() else { return Ok(None) };
        let counts = self.registry.contest_counts(id).await?;
        let statements = self.registry.notice_statements(id).await?;
        let moved = self.registry.dates_moved(id).await?;
        let phase = record.state.phase(&record.timeline, now);
        Ok(Some(ContestOverview { record, contest, counts, statements, moved, phase }))
    }

    /// What publishing would fix now.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; the answer itself says why the list cannot be published.
    pub async fn would_publish(
        &self,
        _: &ContestMandate,
        contest: &ContestOverview,
    ) -> Result<Result<WouldPublish, ListError>, ServiceError> {
        let (awards, _) = self.registry.contest_awards(&contest.record.programme.id).await?;
        let entries: Vec<Entry> = awards.iter().filter_map(|record| Entry::of(&record.id, &record.award)).collect();
        let list = PublicList::arrange(entries, &contest.contest.categories);
        Ok(list.map(|list| WouldPublish { entries: list.entries().len(), digest: list.digest().to_string() }))
    }

    /// Moves dates later, once the list is published.
    ///
    /// # Errors
    /// [`ServiceError`] with a [`crate::registry::ContestError`] that says why not.
    pub async fn postpone(
        &self,
        id: &Slug,
        to: &Postponement,
        reason: &MoveReason,
        mandate: &ContestMandate,
        now: Instant,
    ) -> Result<Timeline, ServiceError> {
        Ok(self.registry.postpone(id, to, reason, mandate.actor(), now).await?)
    }

    /// How the dates of a notice were moved, for the public.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn dates_moved(&self, id: &Slug) -> Result<Vec<DatesMoved>, ServiceError> {
        Ok(self.registry.dates_moved(id).await?)
    }

    /// The names of the templates that a contest may use: the folders that have one.
    #[must_use]
    pub fn template_names(&self) -> Vec<Slug> {
        let folders = std::fs::read_dir(&self.config.templates).into_iter().flatten().flatten();
        let mut names: Vec<Slug> = folders
            .filter(|folder| folder.path().join("template.toml").is_file())
            .filter_map(|folder| folder.file_name().to_str()?.parse().ok())
            .collect();
        names.sort();
        names
    }

    /// A contest as the form changes it: that of the records, or of the configuration while nobody has published it.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn editable_contest(&self, _: &ContestMandate, id: &Slug) -> Result<Option<(Programme, Contest, NoticeState)>, ServiceError> {
        let recorded = self.registry.contest(id).await?;
        let state = recorded.as_ref().map_or(NoticeState::Draft, |record| record.state.clone());
        let configured = || self.config.programmes.iter().find(|p| p.id == *id).cloned();
        let Some(programme) = recorded.map(|record| record.programme).or_else(configured) else { return Ok(None) };
        Ok(programme.contest().cloned().map(|contest| (programme, contest, state)))
    }
}
