//! A holder's awards: which are theirs, what each still waits for, and the way to its certificate.

use std::collections::HashMap;

use crate::domain::account::AccountId;
use crate::domain::award::{Achievement, Award, Role};
use crate::domain::certificate::Certificate;
use crate::domain::eligibility::NotYet;
use crate::domain::holding::{Agreement, Doubt, Match, Obstacle, Registered, Resemblance, obstacles};
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::programme::Programme;
use crate::domain::proofing::Standing;
use crate::domain::status::{CorrectionReason, Status};
use crate::domain::time::Instant;
use crate::registry::{Account, Candidate, HoldingError, JobKind, Known, MatchRecord, MatchState, NewJob, RegistryError, Unadmitted};

use super::access::{Random, Reviewer, Student};
use super::download::LinkToken;
use super::messages::Notification;
use super::{Service, ServiceError};

/// Awards whose holders are looked for at once.
const PAGE: u32 = 1_000;
/// For how long a link lasts that a signed-in holder follows.
const LINK: i64 = 3_600_000;
/// Holders who are told at once.
const TOLD_AT_ONCE: u32 = 200;
/// Doubtful matches that are shown.
const QUEUE: u32 = 50;

/// An award of the account.
#[derive(Debug, Clone)]
pub struct OwnAward {
    /// Its name.
    pub id: String,
    /// The award.
    pub award: Award,
    /// The contest or ability programme, unless the configuration has lost it.
    pub programme: Option<Programme>,
    /// How far it is.
    pub progress: AwardProgress,
}

/// How far an award is on its way to a certificate.
#[derive(Debug, Clone)]
pub enum AwardProgress {
    /// The certificate can be had: the one that counts now, where it was corrected.
    Certified(Box<Certificate>),
    /// Its number is reserved, its file is being made.
    BeingMade,
    /// Nothing stands in its way: it is made when its holder asks for it, or with the next batch.
    Ready,
    /// Something does.
    Waiting(Vec<Obstacle>),
}

/// An award that may be the account's, of which no more is said than that.
#[derive(Debug, Clone)]
pub struct MaybeOwn {
    /// The name of the contest.
    pub programme: String,
    /// Why it is doubtful.
    pub doubt: Option<Doubt>,
    /// Why it was refused; without a reason it waits.
    pub refused: Option<String>,
}

/// What an account holds.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Its awards, in the order of the lists.
    pub own: Vec<OwnAward>,
    /// Awards that may be its own.
    pub maybe: Vec<MaybeOwn>,
    /// Whether its real name is verified: doubtful matches are looked at after that.
    pub is_verified: bool,
}

/// A doubtful match with everything that helps to decide it.
#[derive(Debug, Clone)]
pub struct MatchFile {
    /// The match.
    pub record: MatchRecord,
    /// The account.
    pub account: Account,
    /// What verification has shown.
    pub known: Known,
    /// The contest, unless the configuration has lost it.
    pub programme: Option<Programme>,
}

/// Why a match is not decided.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    /// The match does not allow it.
    #[error(transparent)]
    Match(#[from] HoldingError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for MatchError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Holding(error) => Self::Match(error),
            other => Self::Service(other.into()),
        }
    }
}

/// What is the same for every award of an account.
struct Holder<'a> {
    account: AccountId,
    name: &'a PersonName,
    known: &'a Known,
}

impl Holder<'_> {
    fn resembles(&self, candidate: &Candidate) -> Match {
        let award = &candidate.record.award;
        let school = (!award.holder.school.is_empty()).then_some(award.holder.school.as_str());
        let document = self.known.real_name.as_ref().map(|real| &real.document);
        let resemblance = Resemblance {
            telephone: candidate.telephone,
            name: award.holder.name.matches_typed(self.name.as_str()),
            document: Agreement::of(award.holder.document.as_ref(), document),
            school: Agreement::of(school, self.known.school.as_deref()),
        };
        resemblance.judge()
    }
}

/// Contests with whether they may be certified, each asked once.
#[derive(Default)]
struct Contests {
    programmes: Vec<Programme>,
    certifiable: HashMap<Slug, Result<(), NotYet>>,
}

impl Service {
    /// The awards of a student's account, and those that may be. Likenesses that nobody has decided yet go to the reviewers.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn holdings(&self, student: &Student, now: Instant) -> Result<Holdings, ServiceError> {
        let visitor = student.visitor();
        let known = self.registry.known_of(&[visitor.id()]).await?.remove(&visitor.id()).unwrap_or_default();
        let name = known.real_name.as_ref().map_or(visitor.name(), |real| &real.name);
        let holder = Holder { account: visitor.id(), name, known: &known };
        let candidates = self.registry.awards_like(holder.account, holder.name, &known).await?;
        let mut contests = Contests { programmes: self.programmes().await?, ..Contests::default() };
        let refusals: HashMap<String, String> = self.registry.refusals_of(holder.account).await?.into_iter().collect();
        let mut found = Holdings { is_verified: known.real_name.is_some(), ..Holdings::default() };
        let mut doubts = Vec::new();
        for candidate in candidates {
            let likeness = if candidate.is_entered { Match::Certain } else { holder.resembles(&candidate) };
            let doubt = match (candidate.match_state, likeness) {
                (Some(MatchState::Confirmed), _) | (None, Match::Certain) if !candidate.is_anothers => {
                    found.own.push(self.own(&holder, candidate, &mut contests, now).await?);
                    continue;
                }
                (Some(MatchState::Open | MatchState::Refused), Match::Doubtful(doubt)) => Some(doubt),
                (Some(MatchState::Open | MatchState::Refused), _) => None,
                (None, Match::Doubtful(doubt)) if !candidate.is_anothers => {
                    doubts.push((candidate.record.id.clone(), doubt));
                    Some(doubt)
                }
                _ => continue,
            };
            let programme = contests.programme(&candidate.record.award.programme).map(|p| p.name.clone());
            let refused = refusals.get(&candidate.record.id).cloned();
            found.maybe.push(MaybeOwn { programme: programme.unwrap_or_default(), doubt, refused });
        }
        if found.is_verified && !doubts.is_empty() {
            self.registry.note_doubts(holder.account, &doubts, now).await?;
        }
        Ok(found)
    }

    /// One award of a student's account; another's is as unknown as one that is not there.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_award(&self, student: &Student, id: &str, now: Instant) -> Result<Option<OwnAward>, ServiceError> {
        Ok(self.holdings(student, now).await?.own.into_iter().find(|own| own.id == id))
    }

    /// The link by which a signed-in holder has the certificate of an award of theirs, good for an hour.
    #[must_use]
    pub fn own_certificate_link(&self, certificate: &Certificate, now: Instant) -> LinkToken {
        self.link(&certificate.facts.claims.number, now.plus_millis(LINK))
    }

    /// Has the certificate of an award made that nothing stands in the way of, by a batch of its programme: whoever else is ready gets
    /// theirs too, and each once, however often it is asked for.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn ask_for_certificate(&self, student: &Student, own: &OwnAward, now: Instant) -> Result<(), ServiceError> {
        let (AwardProgress::Ready, Some(programme)) = (&own.progress, &own.programme) else { return Ok(()) };
        let actor = student.actor();
        self.registry.queue_job(&NewJob { programme: &programme.id, kind: JobKind::Issue, occasion: None, actor: &actor, at: now }).await?;
        Ok(())
    }

    async fn own(
        &self,
        holder: &Holder<'_>,
        candidate: Candidate,
        contests: &mut Contests,
        now: Instant,
    ) -> Result<OwnAward, ServiceError> {
        let programme = contests.programme(&candidate.record.award.programme).cloned();
        let progress = match (&candidate.certificate, &programme) {
            (Some(number), _) => self.certified(number, &candidate, now).await?,
            (None, None) => AwardProgress::Waiting(Vec::new()),
            (None, Some(programme)) => {
                let certifiable = match contests.certifiable.get(&programme.id) {
                    Some(known) => *known,
                    None => {
                        let asked = self.may_certify(programme, now).await?;
                        contests.certifiable.insert(programme.id.clone(), asked);
                        asked
                    }
                };
                let registered = self.registered(holder.known, &candidate).await?;
                let registration = programme.registration_deadline().map(|deadline| (&registered, deadline));
                let release = programme.contest().map_or(now, |contest| contest.timeline.release);
                let all = obstacles(registration, candidate.held, certifiable, release, now);
                match all.is_empty() {
                    false => AwardProgress::Waiting(all),
                    true if self.registry.has_open_job(&programme.id).await? => AwardProgress::BeingMade,
                    true => AwardProgress::Ready,
                }
            }
        };
        Ok(OwnAward { id: candidate.record.id, award: candidate.record.award, programme, progress })
    }

    /// How far an award with a number is; where its certificate was corrected, the last one counts.
    async fn certified(&self, number: &CertificateNumber, candidate: &Candidate, now: Instant) -> Result<AwardProgress, ServiceError> {
        let mut certificate = self.registry.certificate(number).await?;
        while let Some(Status::Corrected { successor, .. }) = certificate.as_ref().map(|c| &c.status) {
            certificate = self.registry.certificate(&successor.clone()).await?;
        }
        Ok(match certificate {
            None => AwardProgress::BeingMade,
            Some(certificate) if now < certificate.release => {
                let held = candidate.held.map(Obstacle::Held);
                AwardProgress::Waiting(held.into_iter().chain([Obstacle::NotReleased { at: certificate.release }]).collect())
            }
            Some(Certificate { status: Status::Reserved, .. }) => AwardProgress::BeingMade,
            Some(certificate) => AwardProgress::Certified(Box::new(certificate)),
        })
    }

    async fn registered(&self, known: &Known, candidate: &Candidate) -> Result<Registered, ServiceError> {
        let role = role_of(&candidate.record.award);
        let vouched = if role == Role::Instructor { self.vouched(&candidate.record.id).await? } else { Standing::default() };
        Ok(Registered { role, proofed: known.proofed, vouched })
    }

    /// Since when a verified school vouches for the instructor of an award.
    async fn vouched(&self, award: &str) -> Result<Standing, ServiceError> {
        let entered = self.registry.first_entered(award).await?;
        Ok(Standing { verified_since: entered, first_submitted: entered })
    }

    /// Lets those awards of a contest be certified whose holders registered in time: found by telephone and name, or confirmed by a
    /// reviewer. Answers how many. A contest that asks for no registration has none.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub(super) async fn admit_registered(&self, programme: &Programme, now: Instant) -> Result<u64, ServiceError> {
        let Some(deadline) = programme.registration_deadline() else { return Ok(0) };
        let (mut after, mut count) = (0, 0);
        loop {
            let page = self.registry.unadmitted(&programme.id, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.record.seq;
            let accounts: Vec<AccountId> = page.iter().filter_map(|award| award.confirmed.or(award.by_telephone)).collect();
            let known = self.registry.known_of(&accounts).await?;
            let mut admitted = Vec::new();
            for award in page {
                let role = role_of(&award.record.award);
                let nobody = Known::default();
                let account = award.confirmed.or(award.by_telephone);
                let known = account.and_then(|account| known.get(&account)).unwrap_or(&nobody);
                // Whose award an instructor's is, the school has said; the account is found when there is one.
                let (is_theirs, vouched) = match role {
                    Role::Instructor => (true, self.vouched(&award.record.id).await?),
                    _ => (award.confirmed.is_some() || is_certain(&award.record.award, known, &award), Standing::default()),
                };
                let registered = Registered { role, proofed: known.proofed, vouched };
                if is_theirs && registered.obstacle(deadline, now).is_none() {
                    admitted.push(award.record.id);
                }
            }
            self.registry.admit(&programme.id, &admitted, "registration", now).await?;
            count += u64::try_from(admitted.len()).unwrap_or(0);
        }
    }

    /// Tells holders who registered that their certificates are there, from the release on, each once. Answers how many were told.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn tell_of_releases(&self, now: Instant, source: Random<'_>) -> Result<u64, ServiceError> {
        let (programmes, mut told) = (self.programmes().await?, 0);
        loop {
            let untold = self.registry.untold(now, TOLD_AT_ONCE).await?;
            if untold.is_empty() {
                return Ok(told);
            }
            for (award, programme, account) in untold {
                if !self.registry.take_telling(&award, now).await? {
                    continue;
                }
                let name = programmes.iter().find(|p| p.id == programme).map_or_else(|| programme.to_string(), |p| p.short_name.clone());
                self.notify(account, &Notification::CertificateReady { contest: name }, now, source).await?;
                told += 1;
            }
        }
    }

    /// How many doubtful matches wait, and the oldest of them.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn doubtful_matches(&self, _: &Reviewer) -> Result<(u64, Vec<MatchRecord>), ServiceError> {
        Ok((self.registry.count_open_matches().await?, self.registry.open_matches(QUEUE).await?))
    }

    /// A doubtful match with both sides. That it was read is in the audit trail.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn match_file(&self, reviewer: &Reviewer, id: i64, now: Instant) -> Result<Option<MatchFile>, ServiceError> {
        let Some(record) = self.registry.read_out_match(id, &reviewer.actor(), now).await? else { return Ok(None) };
        let Some(account) = self.registry.account(record.account).await? else { return Ok(None) };
        let known = self.registry.known_of(&[record.account]).await?.remove(&record.account).unwrap_or_default();
        let programme = self.programmes().await?.into_iter().find(|p| p.id == record.award.award.programme);
        Ok(Some(MatchFile { record, account, known, programme }))
    }

    /// Decides a doubtful match: it is the account's, or it is not, for a reason that the account reads.
    ///
    /// # Errors
    /// [`MatchError`].
    pub async fn decide_match(
        &self,
        reviewer: &Reviewer,
        id: i64,
        verdict: Result<(), &CorrectionReason>,
        now: Instant,
    ) -> Result<(), MatchError> {
        Ok(self.registry.decide_match(id, verdict, &reviewer.actor(), now).await?)
    }
}

impl Contests {
    fn programme(&self, id: &Slug) -> Option<&Programme> {
        self.programmes.iter().find(|p| p.id == *id)
    }
}

fn role_of(award: &Award) -> Role {
    match &award.achievement {
        Achievement::Award { role, .. } => *role,
        Achievement::Ability { .. } => Role::Winner,
    }
}

/// Whether a student's telephone and verified name are the holder's, and no document says otherwise.
fn is_certain(award: &Award, known: &Known, found: &Unadmitted) -> bool {
    let name = known.real_name.as_ref().is_some_and(|real| award.holder.name.matches_typed(real.name.as_str()));
    let document = known.real_name.as_ref().map(|real| &real.document);
    found.by_telephone.is_some() && name && Agreement::of(award.holder.document.as_ref(), document) != Agreement::Different
}
