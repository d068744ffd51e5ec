//! Claims: what a holder may claim, and what becomes of it on the holder's side (DOMAIN.md, S5 and S7).

mod follow_up;
mod review;

use crate::domain::account::AccountId;
use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState, Contact, PAY_WITHIN};
use crate::domain::email::{Email, EmailError};
use crate::domain::holding::Obstacle;
use crate::domain::issuer::Slug;
use crate::domain::offer::{NotOpen, Offer, OfferState, Until};
use crate::domain::proofing::{CaseKind, CaseState, RealName};
use crate::domain::status::Status;
use crate::domain::telephone::{Telephone, TelephoneError};
use crate::domain::time::Instant;
use crate::registry::{ClaimError, ClaimMove, ClaimRecord, RegistryError};

use super::access::Student;
use super::holdings::{AwardProgress, Holdings, OwnAward};
use super::{Service, ServiceError};

pub use review::{ClaimFile, ClaimWarning, Reviewed};

/// A certificate that an award of the account entitles to.
#[derive(Debug, Clone)]
pub struct Claimable {
    /// What can be claimed.
    pub offer: Offer,
    /// By which award.
    pub own: OwnAward,
    /// Whether it can be claimed now.
    pub standing: ClaimStanding,
}

/// Whether a certificate can be claimed now.
#[derive(Debug, Clone)]
pub enum ClaimStanding {
    /// It can, before this instant.
    Open(Until),
    /// It cannot at this time.
    NotOpen(NotOpen),
    /// It was claimed.
    Claimed(Box<ClaimRecord>),
    /// Something is missing first.
    Barred(Vec<Obstacle>),
    /// The certificate of the award was revoked.
    Revoked,
    /// The holder's real name is not verified.
    NotVerified,
}

/// What the holder sees of claims.
#[derive(Debug, Clone, Default)]
pub struct ClaimDesk {
    /// What the account's awards entitle to.
    pub claimable: Vec<Claimable>,
    /// What was claimed, the latest first.
    pub claims: Vec<(ClaimRecord, Option<Offer>)>,
    /// Whether the account's real name is verified.
    pub is_verified: bool,
    /// Whether the centre has verified it.
    pub is_verified_by_centre: bool,
}

/// A claim of the account with everything that its page shows.
#[derive(Debug, Clone)]
pub struct OwnClaim {
    /// The claim.
    pub record: ClaimRecord,
    /// What is claimed.
    pub offer: Offer,
    /// The award, unless it is no more the account's.
    pub award: Option<OwnAward>,
    /// The certificate as an award of the account, once it is approved.
    pub certified: Option<OwnAward>,
    /// What happened to it.
    pub history: Vec<ClaimMove>,
    /// Whether the centre has verified the account.
    pub is_verified_by_centre: bool,
    /// Before when the centre decides on the verification that was sent in, if one waits.
    pub centre_decides: Option<Instant>,
}

impl OwnClaim {
    /// Whether its fee went back without being asked for, and is to be paid anew.
    #[must_use]
    pub fn is_paid_back(&self) -> bool {
        let about_fee = |one: &&ClaimMove| matches!(one.event, Some(ClaimEvent::Pay { .. } | ClaimEvent::Unpay));
        let last = self.history.iter().rev().find(about_fee).and_then(|one| one.event);
        self.record.state == ClaimState::Submitted && last == Some(ClaimEvent::Unpay)
    }
}

/// Why nothing was claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimRefusal {
    /// The account has no such award, or it does not entitle to this.
    #[error("没有可以申领的这项证书 / there is no such certificate to claim")]
    Unknown,
    /// Not at this time.
    #[error(transparent)]
    NotOpen(#[from] NotOpen),
    /// Something is missing first.
    #[error("所依据的奖项暂时不能申领，请先处理列出的事项 / the award cannot be used yet: see what is missing")]
    Barred,
    /// What was typed is wrong.
    #[error("请检查手机号和电子邮箱 / check telephone and e-mail")]
    Contact {
        /// What is wrong with the telephone.
        telephone: Option<TelephoneError>,
        /// What is wrong with the address.
        email: Option<EmailError>,
    },
    /// The claim does not allow it.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for ClaimRefusal {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Claim(error) => Self::Claim(error),
            other => Self::Service(other.into()),
        }
    }
}

/// Reads what was typed of a contact.
///
/// # Errors
/// [`ClaimRefusal::Contact`] with whatever is wrong.
pub fn read_contact(telephone: &str, email: &str) -> Result<Contact, ClaimRefusal> {
    match (Telephone::parse(telephone), Email::parse(email)) {
        (Ok(telephone), Ok(email)) => Ok(Contact { telephone, email }),
        (telephone, email) => Err(ClaimRefusal::Contact { telephone: telephone.err(), email: email.err() }),
    }
}

impl Service {
    /// What a student's account may claim, and has claimed.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn claim_desk(&self, student: &Student, now: Instant) -> Result<ClaimDesk, ServiceError> {
        let account = student.visitor().id();
        let holdings = self.holdings(student, now).await?;
        let offers = self.registry.offers().await?;
        let claims = self.registry.claims_of(account).await?;
        let mut desk = ClaimDesk {
            is_verified: holdings.is_verified,
            is_verified_by_centre: self.centre_identity(account).await?.is_some(),
            ..ClaimDesk::default()
        };
        for record in offers.iter().filter(|record| record.state == OfferState::Published) {
            for own in holdings.own.iter().filter(|own| record.offer.fits(&own.award)) {
                let standing = standing(&record.offer, own, &holdings, &claims, now);
                desk.claimable.push(Claimable { offer: record.offer.clone(), own: own.clone(), standing });
            }
        }
        let offer = |id: &Slug| offers.iter().find(|record| record.offer.programme.id == *id).map(|record| record.offer.clone());
        desk.claims = claims.into_iter().map(|claim| (claim.clone(), offer(&claim.offer))).collect();
        Ok(desk)
    }

    /// One certificate that the account may claim.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn claimable(&self, student: &Student, award: &str, offer: &Slug, now: Instant) -> Result<Option<Claimable>, ServiceError> {
        let desk = self.claim_desk(student, now).await?;
        Ok(desk.claimable.into_iter().find(|one| one.own.id == award && one.offer.programme.id == *offer))
    }

    /// The verified name and document of a student's account, for its own pages.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_real_name(&self, student: &Student) -> Result<Option<RealName>, ServiceError> {
        let account = student.visitor().id();
        Ok(self.registry.known_of(&[account]).await?.remove(&account).and_then(|known| known.real_name))
    }

    /// Claims a certificate.
    ///
    /// # Errors
    /// [`ClaimRefusal`].
    pub async fn submit_claim(
        &self,
        student: &Student,
        (award, offer): (&str, &Slug),
        contact: &Contact,
        now: Instant,
    ) -> Result<ClaimId, ClaimRefusal> {
        let found = self.claimable(student, award, offer, now).await?.ok_or(ClaimRefusal::Unknown)?;
        match found.standing {
            ClaimStanding::Open(_) => {}
            ClaimStanding::NotOpen(why) => return Err(why.into()),
            ClaimStanding::Claimed(claim) => return Err(ClaimError::Twice(claim.id).into()),
            ClaimStanding::Barred(_) | ClaimStanding::Revoked | ClaimStanding::NotVerified => return Err(ClaimRefusal::Barred),
        }
        let new = crate::registry::NewClaim {
            account: student.visitor().id(),
            offer,
            award,
            fee: found.offer.fee,
            contact,
            pay_until: now.plus_millis(PAY_WITHIN),
            at: now,
        };
        Ok(self.registry.add_claim(new).await?)
    }

    /// A claim of the account; another's is as unknown as one that is not there.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_claim(&self, student: &Student, id: ClaimId, now: Instant) -> Result<Option<OwnClaim>, ServiceError> {
        let account = student.visitor().id();
        let Some(record) = self.owned(account, id).await? else { return Ok(None) };
        let Some(offer) = self.registry.offer(&record.offer).await? else { return Ok(None) };
        let own = self.holdings(student, now).await?.own;
        let find = |id: &str| own.iter().find(|own| own.id == id).cloned();
        let certified = record.certified.as_deref().and_then(find);
        let centre = self.registry.live_case(account, CaseKind::Centre).await?.map(|case| case.state);
        Ok(Some(OwnClaim {
            offer: offer.offer,
            award: find(&record.award),
            certified,
            history: self.registry.claim_history(id).await?,
            is_verified_by_centre: self.centre_identity(account).await?.is_some(),
            centre_decides: if let Some(CaseState::Submitted { due, .. }) = centre { Some(due) } else { None },
            record,
        }))
    }

    /// Changes where the holder is reached about a claim.
    ///
    /// # Errors
    /// [`ClaimRefusal`].
    pub async fn change_claim_contact(&self, student: &Student, id: ClaimId, contact: &Contact, now: Instant) -> Result<(), ClaimRefusal> {
        Ok(self.registry.set_claim_contact(student.visitor().id(), id, contact, now).await?)
    }

    /// The holder takes a claim back, until it is decided; what was paid is paid back.
    ///
    /// # Errors
    /// [`ClaimRefusal`].
    pub async fn withdraw_claim(&self, student: &Student, id: ClaimId, now: Instant) -> Result<(), ClaimRefusal> {
        Ok(self.registry.withdraw_claim(student.visitor().id(), id, now).await?)
    }

    /// The holder has put right why a claim was sent back.
    ///
    /// # Errors
    /// [`ClaimRefusal`].
    pub async fn resubmit_claim(&self, student: &Student, id: ClaimId, now: Instant) -> Result<(), ClaimRefusal> {
        Ok(self.registry.resubmit_claim(student.visitor().id(), id, now).await?)
    }

    /// Lets claims lapse that nobody paid for in time. Answers how many.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn sweep_claims(&self, now: Instant) -> Result<u64, ServiceError> {
        Ok(self.registry.lapse_claims(now).await?)
    }

    async fn owned(&self, account: AccountId, id: ClaimId) -> Result<Option<ClaimRecord>, ServiceError> {
        Ok(self.registry.claim(id).await?.filter(|claim| claim.account == account))
    }
}

/// Whether an award of the account entitles it to claim an offer now.
fn standing(offer: &Offer, own: &OwnAward, holdings: &Holdings, claims: &[ClaimRecord], now: Instant) -> ClaimStanding {
    let is_this = |claim: &&ClaimRecord| claim.award == own.id && claim.offer == offer.programme.id && claim.state != ClaimState::Withdrawn;
    if let Some(claim) = claims.iter().find(is_this) {
        return ClaimStanding::Claimed(Box::new(claim.clone()));
    }
    let contest = own.programme.as_ref().and_then(|p| p.contest()).map(|contest| contest.timeline.claim_deadline);
    let until = match offer.open(contest, now) {
        Ok(until) => until,
        Err(why) => return ClaimStanding::NotOpen(why),
    };
    if let AwardProgress::Certified(certificate) = &own.progress
        && matches!(certificate.status, Status::Revoked { .. })
    {
        return ClaimStanding::Revoked;
    }
    if let AwardProgress::Waiting(obstacles) = &own.progress {
        // What was won can be claimed for before the award certificate is released (notice, section two).
        let bars: Vec<Obstacle> = obstacles.iter().filter(|o| !matches!(o, Obstacle::NotReleased { .. })).copied().collect();
        if !bars.is_empty() {
            return ClaimStanding::Barred(bars);
        }
    }
    if holdings.is_verified { ClaimStanding::Open(until) } else { ClaimStanding::NotVerified }
}
