//! The centre's side of claims: what waits, one claim with everything that helps to decide it, and the decision.

use crate::domain::award::{Achievement, Award, Holder};
use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState};
use crate::domain::digest::Digest;
use crate::domain::holding::Agreement;
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::offer::Offer;
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;
use crate::registry::{
    Account, Approval, AwardRecord, ClaimCounts, ClaimError, ClaimFilter, ClaimMove, ClaimRecord, JobKind, Known, NewJob,
};
use crate::service::access::{CentreReviewer, Random};
use crate::service::messages::Notification;
use crate::service::{Service, ServiceError};

use super::ClaimRefusal;

/// Claims approved in one commit.
const CHUNK: usize = 128;
/// Claims of an offer approved by one request: some seconds of work.
const AT_ONCE: usize = 4 * CHUNK;

/// A claim with both sides.
#[derive(Debug, Clone)]
pub struct ClaimFile {
    /// The claim.
    pub record: ClaimRecord,
    /// What is claimed.
    pub offer: Offer,
    /// The award that entitles to it.
    pub award: AwardRecord,
    /// The name of the contest.
    pub contest: String,
    /// The account.
    pub account: Account,
    /// What verification has shown about it.
    pub known: Known,
    /// Whether the award list has a number that the account had before the present one, and had when the list came.
    pub is_earlier_telephone: bool,
    /// What a reviewer should look at.
    pub warnings: Vec<ClaimWarning>,
    /// What happened to it.
    pub history: Vec<ClaimMove>,
}

/// What a reviewer should look at before approving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimWarning {
    /// The name that the centre verified is not that of the award.
    Name(PersonName),
    /// The document that the centre verified is not that of the award list.
    Document,
    /// The telephone of the award list is not the account's, nor was it when the list came.
    Telephone,
    /// An objection holds the award back: it cannot be approved.
    Held,
    /// The award does not fit the offer's rules as they are now.
    NotEntitled,
}

/// What came of an approval of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Approved now.
    pub approved: Vec<ClaimId>,
    /// Left as they are: decided meanwhile, held back, or without the centre's verification.
    pub left: Vec<ClaimId>,
}

impl Service {
    /// How many claims are where, and those asked for.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn claim_queue(
        &self,
        _: &CentreReviewer,
        filter: &ClaimFilter,
        now: Instant,
    ) -> Result<(ClaimCounts, Vec<ClaimRecord>), ServiceError> {
        Ok((self.registry.claim_counts(now).await?, self.registry.claims(filter).await?))
    }

    /// What the catalogue offers, for the reviewer's filter.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn offers_for_review(&self, _: &CentreReviewer) -> Result<Vec<Offer>, ServiceError> {
        Ok(self.registry.offers().await?.into_iter().map(|record| record.offer).collect())
    }

    /// A claim with both sides. That it was read is in the audit trail.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn claim_file(&self, reviewer: &CentreReviewer, id: ClaimId, now: Instant) -> Result<Option<ClaimFile>, ServiceError> {
        let Some(record) = self.registry.claim(id).await? else { return Ok(None) };
        self.registry.note(&reviewer.actor(), "read claim", &id.to_string(), "", now).await?;
        let Some(file) = self.filed(record).await? else { return Ok(None) };
        Ok(Some(ClaimFile { history: self.registry.claim_history(id).await?, ..file }))
    }

    async fn filed(&self, record: ClaimRecord) -> Result<Option<ClaimFile>, ServiceError> {
        let Some(offer) = self.registry.offer(&record.offer).await? else { return Ok(None) };
        let Some((award, held)) = self.registry.award(&record.award).await? else { return Ok(None) };
        let Some(account) = self.registry.account(record.account).await? else { return Ok(None) };
        let known = self.registry.known_of(&[record.account]).await?.remove(&record.account).unwrap_or_default();
        let contest = self.programmes().await?.into_iter().find(|p| p.id == award.award.programme);
        let contest = contest.map_or_else(|| award.award.programme.to_string(), |p| p.name);
        let differs = Agreement::of(award.award.holder.telephone.as_ref(), Some(&account.telephone)) == Agreement::Different;
        let is_earlier_telephone = differs && self.registry.is_listed_under(&award.id, account.id).await?;
        let warnings = warnings(&offer.offer, &award.award, &known, (differs && !is_earlier_telephone, held));
        let (offer, history) = (offer.offer, Vec::new());
        Ok(Some(ClaimFile { record, offer, award, contest, account, known, is_earlier_telephone, warnings, history }))
    }

    /// Approves claims: their certificates are made at once, by a batch of each programme, each once, however many approve at the same
    /// time. Claims that are not in review are left.
    ///
    /// # Errors
    /// [`ServiceError`]; chunks that were approved before stay so.
    pub async fn approve_claims(&self, reviewer: &CentreReviewer, ids: &[ClaimId], now: Instant) -> Result<Reviewed, ServiceError> {
        let (actor, mut reviewed, mut programmes) = (reviewer.actor(), Reviewed::default(), Vec::new());
        for chunk in ids.chunks(CHUNK) {
            let mut approvals = Vec::new();
            for id in chunk {
                match self.to_certify(*id).await? {
                    Some((programme, award)) => {
                        approvals.push(Approval { claim: *id, award });
                        if !programmes.contains(&programme) {
                            programmes.push(programme);
                        }
                    }
                    None => reviewed.left.push(*id),
                }
            }
            self.vault.barrier().await?;
            let approved = self.registry.approve_claims(&approvals, &actor, now).await?;
            reviewed.left.extend(approvals.iter().map(|approval| approval.claim).filter(|claim| !approved.contains(claim)));
            reviewed.approved.extend(approved);
        }
        if !reviewed.approved.is_empty() {
            for programme in &programmes {
                let job = NewJob { programme, kind: JobKind::Issue, occasion: None, actor: &actor, at: now };
                self.registry.queue_job(&job).await?;
            }
        }
        Ok(reviewed)
    }

    /// Approves the claims of an offer that wait, so far as nothing about them asks for a person's eye, some five hundred at once. Answers
    /// what came of it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn approve_undoubted(&self, reviewer: &CentreReviewer, offer: &Slug, now: Instant) -> Result<Reviewed, ServiceError> {
        let mut reviewed = Reviewed::default();
        loop {
            let skip = u32::try_from(reviewed.left.len()).unwrap_or(u32::MAX);
            let limit = u32::try_from(CHUNK).unwrap_or(u32::MAX);
            let filter = ClaimFilter { state: Some(ClaimState::InReview), offer: Some(offer.clone()), skip, limit };
            let page = self.registry.claims(&filter).await?;
            if page.is_empty() {
                return Ok(reviewed);
            }
            let mut sure = Vec::new();
            for record in page {
                let id = record.id;
                match self.filed(record).await? {
                    Some(file) if file.warnings.is_empty() && file.known.centre.is_some() => sure.push(id),
                    _ => reviewed.left.push(id),
                }
            }
            let done = self.approve_claims(reviewer, &sure, now).await?;
            // What another reviewer decided meanwhile waits no more, and what stays is passed over: each round has others before it.
            for id in done.left {
                if self.registry.claim(id).await?.is_some_and(|claim| claim.state == ClaimState::InReview) {
                    reviewed.left.push(id);
                }
            }
            reviewed.approved.extend(done.approved);
            if reviewed.approved.len() >= AT_ONCE {
                return Ok(reviewed);
            }
        }
    }

    /// Sends a claim back to be put right.
    ///
    /// # Errors
    /// [`ClaimRefusal::Claim`] if it is not in review.
    pub async fn send_claim_back(
        &self,
        reviewer: &CentreReviewer,
        id: ClaimId,
        reason: &CorrectionReason,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ClaimRefusal> {
        self.decide(reviewer, id, (ClaimEvent::Return, reason), (now, source)).await
    }

    /// Refuses a claim; what was paid for it is due back.
    ///
    /// # Errors
    /// [`ClaimRefusal::Claim`] if it is not in review.
    pub async fn refuse_claim(
        &self,
        reviewer: &CentreReviewer,
        id: ClaimId,
        reason: &CorrectionReason,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ClaimRefusal> {
        self.decide(reviewer, id, (ClaimEvent::Refuse, reason), (now, source)).await
    }

    async fn decide(
        &self,
        reviewer: &CentreReviewer,
        id: ClaimId,
        (event, reason): (ClaimEvent, &CorrectionReason),
        (now, source): (Instant, Random<'_>),
    ) -> Result<(), ClaimRefusal> {
        let claim = self.registry.decide_claim(id, (event, reason.as_str()), &reviewer.actor(), now).await?;
        let notification = if event == ClaimEvent::Return { Notification::ClaimReturned } else { Notification::ClaimRefused };
        // The decision stands, whatever becomes of the message.
        if let Err(error) = self.notify(claim.account, &notification, now, source).await {
            tracing::warn!(%error, claim = %id, "the holder of a decided claim could not be told");
        }
        Ok(())
    }

    /// What a claim's certificate is made from: whom the centre has verified, with the portrait in the vault under its digest.
    async fn to_certify(&self, id: ClaimId) -> Result<Option<(Slug, Award)>, ServiceError> {
        let Some(record) = self.registry.claim(id).await?.filter(|claim| claim.state == ClaimState::InReview) else { return Ok(None) };
        let Some(offer) = self.registry.offer(&record.offer).await? else { return Ok(None) };
        let Some((award, _)) = self.registry.award(&record.award).await? else { return Ok(None) };
        let Some(account) = self.registry.account(record.account).await? else { return Ok(None) };
        let Some(identity) = self.centre_identity(record.account).await? else { return Ok(None) };
        let Some(jpeg) = self.centre_portrait(record.account).await? else { return Ok(None) };
        let portrait = Digest::of(&jpeg);
        self.vault.put_many(vec![(portrait, jpeg)]).await?;
        let holder = Holder {
            name: identity.real_name.name,
            document: Some(identity.real_name.document),
            telephone: Some(account.telephone),
            school: award.award.holder.school,
        };
        let programme = offer.offer.programme.id.clone();
        let award = Award { programme: programme.clone(), holder, achievement: offer.offer.achievement(), portrait: Some(portrait) };
        Ok(Some((programme, award)))
    }
}

fn warnings(offer: &Offer, award: &Award, known: &Known, (other_telephone, held): (bool, bool)) -> Vec<ClaimWarning> {
    let mut all = Vec::new();
    if let Some(real) = &known.centre {
        if !award.holder.name.matches_typed(real.name.as_str()) {
            all.push(ClaimWarning::Name(real.name.clone()));
        }
        if Agreement::of(award.holder.document.as_ref(), Some(&real.document)) == Agreement::Different {
            all.push(ClaimWarning::Document);
        }
    }
    if other_telephone {
        all.push(ClaimWarning::Telephone);
    }
    if held {
        all.push(ClaimWarning::Held);
    }
    let is_award = matches!(award.achievement, Achievement::Award { .. });
    if !is_award || !offer.fits(award) {
        all.push(ClaimWarning::NotEntitled);
    }
    all
}

impl From<ClaimError> for ServiceError {
    fn from(error: ClaimError) -> Self {
        Self::Registry(error.into())
    }
}
