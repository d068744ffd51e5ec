//! Links to pictures: each lives some minutes and opens for one viewer alone.

use crate::domain::digest::Digest;
use crate::domain::proofing::{CaseKind, Slot};
use crate::domain::time::Instant;
use crate::registry::{Case, ProofingError};
use crate::service::Service;

use super::{Applicant, ApplyError, Examiner};

/// For how long an applicant's link opens, in milliseconds.
const OWN: i64 = 10 * 60_000;
/// For how long a reviewer's does.
const REVIEW: i64 = 5 * 60_000;

/// A link to a picture, without what its address begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureLink {
    /// Until when it opens, in milliseconds since 1970.
    pub until: i64,
    /// What only this service can make: a keyed digest of viewer, picture and end.
    pub code: String,
}

impl Service {
    /// The link to one of the applicant's own pictures, for the account.
    #[must_use]
    pub fn own_link(&self, applicant: &Applicant, case: &Case, slot: Slot, now: Instant) -> Option<PictureLink> {
        Some(self.link_for(&applicant.account.to_string(), case.id, slot, &case.picture(slot)?, now.plus_millis(OWN).millis()))
    }

    /// The picture behind it. `None` if the link has ended, is another account's or another picture's.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn open_own_picture(
        &self,
        applicant: &Applicant,
        (kind, slot): (CaseKind, Slot),
        link: &PictureLink,
        now: Instant,
    ) -> Result<Option<Vec<u8>>, ApplyError> {
        let Some(case) = self.own_case(applicant, kind).await? else { return Ok(None) };
        let Some(file) = case.picture(slot) else { return Ok(None) };
        if !self.opens(&applicant.account.to_string(), case.id, slot, &file, link, now) {
            return Ok(None);
        }
        Ok(self.get_veiled(&file).await?)
    }

    /// The link to a picture of a case, for the reviewer's session.
    #[must_use]
    pub fn review_link<E: Examiner>(&self, reviewer: &E, case: &Case, slot: Slot, now: Instant) -> Option<PictureLink> {
        Some(self.link_for(reviewer.who().session(), case.id, slot, &case.picture(slot)?, now.plus_millis(REVIEW).millis()))
    }

    /// The picture behind it, while the reviewer has the case; the audit trail says that it was opened.
    ///
    /// # Errors
    /// [`ApplyError::Case`] if it is another's; a link that has ended or is of another session is `None`.
    pub async fn open_case_picture<E: Examiner>(
        &self,
        reviewer: &E,
        (id, slot): (i64, Slot),
        link: &PictureLink,
        now: Instant,
    ) -> Result<Option<Vec<u8>>, ApplyError> {
        if now.millis() >= link.until {
            return Ok(None);
        }
        let case = self.leased(reviewer, id, slot.code(), now).await?;
        let file = case.picture(slot).ok_or(ProofingError::Unknown)?;
        if !self.opens(reviewer.who().session(), id, slot, &file, link, now) {
            return Ok(None);
        }
        Ok(self.get_veiled(&file).await?)
    }

    fn link_for(&self, viewer: &str, case: i64, slot: Slot, file: &Digest, until: i64) -> PictureLink {
        let parts = [viewer.as_bytes(), &case.to_be_bytes(), slot.code().as_bytes(), file.as_bytes(), &until.to_be_bytes()];
        let mut code = self.registry.keys().secret_hash("picture link", &parts);
        code.truncate(32);
        PictureLink { until, code }
    }

    /// Keyed hashes are compared, so that the time that it takes says nothing.
    fn opens(&self, viewer: &str, case: i64, slot: Slot, file: &Digest, link: &PictureLink, now: Instant) -> bool {
        let hash = |code: &str| self.registry.keys().secret_hash("picture link compared", &[code.as_bytes()]);
        now.millis() < link.until && hash(&self.link_for(viewer, case, slot, file, link.until).code) == hash(&link.code)
    }
}
