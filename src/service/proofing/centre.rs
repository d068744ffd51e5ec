//! The issuing centre's own verification: what the first one holds is handed on with the holder's agreement, and what the centre has verified
//! is what ability certificates say.

use crate::domain::account::AccountId;
use crate::domain::digest::Digest;
use crate::domain::proofing::{CaseKind, CaseState, RealName, Slot};
use crate::domain::time::Instant;
use crate::registry::{Case, ProofingError};
use crate::service::access::Random;
use crate::service::messages::{Notification, Verified};
use crate::service::{Service, ServiceError};

use super::{Applicant, ApplyError, PictureError, PictureLink, may_change, pictures};

/// A picture of the real-name verification that the holder may hand to the centre.
#[derive(Debug, Clone)]
pub struct Reusable {
    /// What it shows.
    pub slot: Slot,
    /// The link to it, for the account.
    pub link: Option<PictureLink>,
    /// Why the centre cannot take it, if so.
    pub refused: Option<PictureError>,
}

/// Whom the centre has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreIdentity {
    /// Name and document.
    pub real_name: RealName,
    /// Since when.
    pub since: Instant,
    /// The address of the portrait in the vault; [`Service::centre_portrait`] opens it.
    pub portrait: Option<Digest>,
}

impl Service {
    /// Whom the centre has verified behind an account; none while nothing approved counts.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn centre_identity(&self, account: AccountId) -> Result<Option<CentreIdentity>, ServiceError> {
        let Some(case) = self.registry.live_case(account, CaseKind::Centre).await? else { return Ok(None) };
        let CaseState::Approved { at } = case.state else { return Ok(None) };
        let portrait = case.picture(Slot::Portrait);
        Ok(RealName::parse(&case.typed).ok().map(|real_name| CentreIdentity { real_name, since: at, portrait }))
    }

    /// The portrait that the centre has verified: a JPEG of one inch on white, blue or red.
    ///
    /// # Errors
    /// [`ServiceError`] if registry or vault do not answer.
    pub async fn centre_portrait(&self, account: AccountId) -> Result<Option<Vec<u8>>, ServiceError> {
        match self.centre_identity(account).await?.and_then(|identity| identity.portrait) {
            Some(file) => self.get_veiled(&file).await,
            None => Ok(None),
        }
    }

    /// What follows when the centre's word about an account has changed: after a case of its was approved, by which the one before it is
    /// superseded, after one was reopened, and after an approved one came to the account from another that was closed. Claims that wait for
    /// it go on, or wait again.
    ///
    /// # Errors
    /// [`ServiceError`]; the decision stands all the same.
    pub(in crate::service) async fn centre_verified(
        &self,
        account: AccountId,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ServiceError> {
        self.registry.claims_follow_verification(account, now).await?;
        if self.centre_identity(account).await?.is_some() {
            self.notify(account, &Notification::Approved(Verified::Centre), now, source).await?;
        }
        Ok(())
    }

    /// The account's real-name verification while it is approved.
    pub(super) async fn first_verification(&self, applicant: &Applicant) -> Result<Option<Case>, ApplyError> {
        let case = self.registry.live_case(applicant.account, CaseKind::RealName).await?;
        Ok(case.filter(|case| matches!(case.state, CaseState::Approved { .. })))
    }

    /// What the real-name verification still holds of the pictures that the centre asks for, each with whether the centre can take it.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn reusable(&self, applicant: &Applicant, now: Instant) -> Result<Vec<Reusable>, ApplyError> {
        let Some(first) = self.first_verification(applicant).await? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for slot in CaseKind::Centre.slots() {
            let refused = match self.copied(&first, *slot).await {
                Ok(Some(_)) => None,
                Ok(None) => continue,
                Err(ApplyError::Picture(error)) => Some(error),
                Err(error) => return Err(error),
            };
            all.push(Reusable { slot: *slot, link: self.own_link(applicant, &first, *slot, now), refused });
        }
        Ok(all)
    }

    /// The pictures of the centre's case that came from the real-name verification, and when their owner agreed to that.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn reused(&self, case: &Case) -> Result<Vec<(Slot, Instant)>, ApplyError> {
        let history = self.registry.case_history(case.id, case.kind).await?;
        let agreed = history.iter().filter_map(|event| Some((event.reused()?, event.at)));
        // What was uploaded since came at another instant.
        Ok(agreed.filter(|(slot, at)| case.files.iter().any(|file| file.slot == *slot && file.added_at == *at)).collect())
    }

    /// Hands a copy of a picture of the real-name verification to the centre, as the applicant has agreed; the history of the centre's case
    /// says so. The copy is a file of its own, with a time of its own. What was handed on already is not handed on again.
    ///
    /// # Errors
    /// [`ApplyError::Picture`] if the centre cannot take it, in the applicant's words; [`ApplyError::Case`] if there is none, or while the
    /// centre's case waits for a reviewer or is approved.
    pub async fn reuse_picture(&self, applicant: &Applicant, slot: Slot, now: Instant, source: Random<'_>) -> Result<(), ApplyError> {
        if let Some(case) = self.own_case(applicant, CaseKind::Centre).await? {
            may_change(&case)?;
            if self.reused(&case).await?.iter().any(|(there, _)| *there == slot) {
                return Ok(());
            }
        }
        let first = self.first_verification(applicant).await?.ok_or(ProofingError::Unknown)?;
        let copy = self.copied(&first, slot).await?.ok_or(ProofingError::Unknown)?;
        let file = self.put_veiled(copy, now, source).await?;
        Ok(self.registry.attach_reused(applicant.account, slot, &file, now).await?)
    }

    /// A picture as the centre takes it; none if it is not held any more.
    async fn copied(&self, first: &Case, slot: Slot) -> Result<Option<Vec<u8>>, ApplyError> {
        let Some(file) = first.picture(slot).filter(|_| CaseKind::Centre.slots().contains(&slot)) else { return Ok(None) };
        let Some(held) = self.get_veiled(&file).await? else { return Ok(None) };
        // Cards were read by the same rule; of a portrait the centre asks for more.
        if slot != Slot::Portrait {
            return Ok(Some(held));
        }
        let read = tokio::task::spawn_blocking(move || pictures::read((CaseKind::Centre, slot), &held)).await;
        Ok(Some(read.map_err(ServiceError::from)??))
    }
}
