//! A notice from its publication to its end: the list is fixed, signed, and read by the public.
//!
//! The text of a fixed list lies in the vault under its own digest, which the statement about it signs: whoever has an old copy can compare,
//! whatever objections changed since.

use serde::Serialize;

use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::notice::{Closing, NoticeError, NoticeState, Phase, Publication, WithdrawalReason};
use crate::domain::programme::{Contest, Programme};
use crate::domain::public_list::{Entry, ListError, PublicList, Standing};
use crate::domain::time::Instant;
use crate::registry::{Change, ContestError, ContestRecord, EntryQuery, EntryRow, NoticeAct, NoticeStatement, Page, RegistryError};

use super::access::ContestMandate;
use super::contests::SaveError;
use super::statement::Asked;
use super::{Service, ServiceError};

/// Why a notice was not published, closed or withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// There is no such contest.
    #[error("没有赛事 {0} / there is no contest {0}")]
    NoContest(Slug),
    /// The list cannot be published.
    #[error(transparent)]
    List(#[from] ListError),
    /// The notice does not allow it.
    #[error("{contest}：{source}")]
    Notice {
        /// Whose.
        contest: Slug,
        /// Why.
        source: NoticeError,
    },
    /// A contest of the configuration cannot be taken into the records.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The records do not allow it, registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for PublishError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// A notice as the public meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicNotice {
    /// The contest.
    pub programme: Programme,
    /// What only contests have.
    pub contest: Contest,
    /// What was published.
    pub publication: Publication,
    /// What remained, once it is closed.
    pub closing: Option<Closing>,
    /// What may be done in it now: never [`Phase::Hidden`].
    pub phase: Phase,
}

impl PublicNotice {
    fn of(record: ContestRecord, now: Instant) -> Option<Self> {
        let phase = record.state.phase(&record.timeline, now);
        if phase == Phase::Hidden {
            return None;
        }
        let (publication, closing) = (record.state.publication()?.clone(), record.state.closing().cloned());
        Some(Self { contest: record.programme.contest()?.clone(), programme: record.programme, publication, closing, phase })
    }

    /// The digest of the list that counts now by a statement: the final one, or the one as it was published.
    #[must_use]
    pub fn list(&self) -> &Digest {
        self.closing.as_ref().map_or(&self.publication.list, |closing| &closing.list)
    }
}

/// What a statement about a notice says.
#[derive(Serialize)]
struct Stated<'a> {
    contest: &'a str,
    name: &'a str,
    edition: &'a str,
    document_number: &'a str,
    organisers: &'a [String],
    notice_opens: String,
    notice_closes: String,
    entries: usize,
    list_sha256: String,
    list_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_list_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<StatedChange>>,
}

/// What objections changed: places are those of the published list.
#[derive(Serialize)]
struct StatedChange {
    place: i64,
    act: &'static str,
    decided_at: String,
    remark: String,
}

impl From<Change> for StatedChange {
    fn from(change: Change) -> Self {
        Self { place: change.place, act: change.act.code(), decided_at: change.at.rfc3339_beijing(), remark: change.remark }
    }
}

impl Service {
    /// Fixes the award list of a contest and signs its digest. The public reads it from the start of the notice period on.
    ///
    /// # Errors
    /// [`PublishError`]; nothing is published then.
    pub async fn publish_notice(&self, id: &Slug, mandate: &ContestMandate, now: Instant) -> Result<Publication, PublishError> {
        let record = self.recorded(id, mandate, now).await?;
        let contest = record.programme.contest().ok_or_else(|| PublishError::NoContest(id.clone()))?;
        let (awards, seen) = self.registry.contest_awards(id).await?;
        let entries: Vec<Entry> = awards.iter().filter_map(|record| Entry::of(&record.id, &record.award)).collect();
        let list = PublicList::arrange(entries, &contest.categories)?;
        let publication = Publication { at: now, entries: u32::try_from(list.entries().len()).unwrap_or(u32::MAX), list: list.digest() };
        // Asked before anything is signed; the registry asks again when it fixes the list.
        let refused = |source| PublishError::Notice { contest: id.clone(), source };
        record.state.clone().publish(publication.clone(), &record.timeline).map_err(refused)?;
        self.keep_list(&list).await?;
        let statement = self.state_notice(&record.programme, contest, &list, None, now)?;
        self.registry.publish_notice(id, (&list, seen), publication.clone(), &statement, mandate.actor()).await?;
        Ok(publication)
    }

    /// Ends a notice whose period is over and whose objections are decided, and signs what remained.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn close_notice(&self, id: &Slug, mandate: &ContestMandate, now: Instant) -> Result<Closing, PublishError> {
        let record = self.registry.contest(id).await?.ok_or_else(|| PublishError::NoContest(id.clone()))?;
        let contest = record.programme.contest().ok_or_else(|| PublishError::NoContest(id.clone()))?;
        let seen = self.registry.changes_seen(id).await?;
        let rows = self.registry.entries(id).await?;
        let list = PublicList::in_order(rows.into_iter().filter(|r| r.standing != Standing::Withdrawn).map(|r| r.entry).collect());
        let closing = Closing { at: now, entries: u32::try_from(list.entries().len()).unwrap_or(u32::MAX), list: list.digest() };
        let refused = |source| PublishError::Notice { contest: id.clone(), source };
        record.state.clone().close(closing.clone(), &record.timeline, 0).map_err(refused)?;
        let publication = record.state.publication().ok_or_else(|| refused(NoticeError::NotPublished))?;
        let changes = self.registry.list_changes(id).await?;
        self.keep_list(&list).await?;
        let statement = self.state_notice(&record.programme, contest, &list, Some((publication, changes)), now)?;
        self.registry.close_notice(id, closing.clone(), seen, &statement, mandate.actor()).await?;
        Ok(closing)
    }

    /// Takes a notice off the open web.
    ///
    /// # Errors
    /// [`ServiceError`] if it is not there.
    pub async fn withdraw_notice(
        &self,
        id: &Slug,
        reason: WithdrawalReason,
        mandate: &ContestMandate,
        now: Instant,
    ) -> Result<(), ServiceError> {
        Ok(self.registry.withdraw_notice(id, now, reason, mandate.actor()).await?)
    }

    /// The contest in the records; one of the configuration is taken into them.
    async fn recorded(&self, id: &Slug, mandate: &ContestMandate, now: Instant) -> Result<ContestRecord, PublishError> {
        if let Some(record) = self.registry.contest(id).await? {
            return Ok(record);
        }
        let of_configuration = self.config.programmes.iter().find(|p| p.id == *id && p.contest().is_some());
        let programme = of_configuration.ok_or_else(|| PublishError::NoContest(id.clone()))?;
        let timeline = programme.contest().map(|c| c.timeline).ok_or_else(|| PublishError::NoContest(id.clone()))?;
        if now >= timeline.notice.end() {
            // Else a contest whose notice was held elsewhere would need one here.
            return Err(PublishError::Notice { contest: id.clone(), source: NoticeError::PeriodOver(timeline.notice.end()) });
        }
        self.save_contest(programme, mandate, now).await?;
        self.registry.contest(id).await?.ok_or_else(|| PublishError::NoContest(id.clone()))
    }

    async fn keep_list(&self, list: &PublicList) -> Result<(), ServiceError> {
        let text = list.text().into_bytes();
        self.vault.put_many(vec![(Digest::of(&text), text)]).await?;
        Ok(self.vault.barrier().await?)
    }

    fn state_notice(
        &self,
        programme: &Programme,
        contest: &Contest,
        list: &PublicList,
        closed: Option<(&Publication, Vec<Change>)>,
        now: Instant,
    ) -> Result<String, ServiceError> {
        let act = if closed.is_some() { NoticeAct::Closed } else { NoticeAct::Published };
        let digest = list.digest();
        let (published, changes) = closed.unzip();
        let stated = Stated {
            contest: programme.id.as_str(),
            name: &programme.name,
            edition: &contest.edition,
            document_number: &contest.document_number,
            organisers: &contest.organisers,
            notice_opens: contest.timeline.notice.start().rfc3339_beijing(),
            notice_closes: contest.timeline.notice.end().rfc3339_beijing(),
            entries: list.entries().len(),
            list_sha256: digest.to_string(),
            list_url: self.list_url(&programme.id, &digest),
            published_list_sha256: published.map(|p: &Publication| p.list.to_string()),
            changes: changes.map(|changes| changes.into_iter().map(StatedChange::from).collect()),
        };
        self.state(&Asked::Notice { contest: programme.id.to_string(), act: act.code() }, 200, &stated, now)
    }

    fn list_url(&self, id: &Slug, digest: &Digest) -> String {
        format!("{}/notices/{id}/lists/{digest}", self.public_url())
    }

    /// The notices that the public meets at `now`, the latest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notices(&self, now: Instant) -> Result<Vec<PublicNotice>, ServiceError> {
        Ok(self.registry.contests().await?.into_iter().filter_map(|record| PublicNotice::of(record, now)).collect())
    }

    /// The notice of a contest, if the public meets it at `now`.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notice(&self, id: &Slug, now: Instant) -> Result<Option<PublicNotice>, ServiceError> {
        Ok(self.registry.contest(id).await?.and_then(|record| PublicNotice::of(record, now)))
    }

    /// A page of the list of a notice.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notice_page(&self, notice: &PublicNotice, query: &EntryQuery) -> Result<Page, ServiceError> {
        Ok(self.registry.search_entries(&notice.programme.id, query).await?)
    }

    /// The categories that occur in the list of a notice.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notice_categories(&self, notice: &PublicNotice) -> Result<Vec<String>, ServiceError> {
        Ok(self.registry.entry_categories(&notice.programme.id).await?)
    }

    /// One entry of a notice.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notice_entry(&self, notice: &PublicNotice, place: i64) -> Result<Option<EntryRow>, ServiceError> {
        Ok(self.registry.entry(&notice.programme.id, place).await?)
    }

    /// The signed statements about a notice.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notice_statements(&self, notice: &PublicNotice) -> Result<Vec<NoticeStatement>, ServiceError> {
        Ok(self.registry.notice_statements(&notice.programme.id).await?)
    }

    /// The text of a list that a statement about this notice signs.
    ///
    /// # Errors
    /// [`ServiceError`] if the vault does not answer; a digest of anything else is `None`.
    pub async fn list_text(&self, notice: &PublicNotice, digest: &Digest) -> Result<Option<Vec<u8>>, ServiceError> {
        let known = notice.publication.list == *digest || notice.closing.as_ref().is_some_and(|closing| closing.list == *digest);
        if known { Ok(self.vault.get(digest).await?) } else { Ok(None) }
    }
}

/// Whether a contest's list may still be changed, in words for the command line.
#[must_use]
pub fn state_words(state: &NoticeState) -> String {
    format!("{} / {}", state.zh(), state.code())
}

impl From<ContestError> for ServiceError {
    fn from(error: ContestError) -> Self {
        Self::Registry(error.into())
    }
}
