//! Verification: what applicants do with their cases, what reviewers do with them, and how long pictures are kept. The account's kinds of
//! case come with its handle ([`Applicant`]); everything else is the same for every kind.

mod centre;
mod check;
mod links;
mod pictures;
mod retention;
mod review;
mod schools;

pub use centre::{CentreIdentity, Reusable};
pub use links::PictureLink;
pub use pictures::{LEAST_LOGO, LEAST_SIDE, MAX_LOGO_BYTES, MAX_PICTURE_BYTES, PictureError};
pub use review::{Examiner, Queue, Reviewed, Warning};
pub use schools::SchoolsError;

use crate::domain::account::AccountId;
use crate::domain::name::PersonName;
use crate::domain::proofing::{CaseKind, CaseState, Field, Place, Proofed, Slip, Slot, Typed};
use crate::domain::time::{Instant, OutOfRange};
use crate::registry::{Case, CaseEvent, ProofingError, RegistryError, Subject, Submission};

use super::access::{Random, School, Student};
use super::{Service, ServiceError};

/// Somebody whose account has cases: made of the handle of an office alone.
#[derive(Debug, Clone)]
pub struct Applicant {
    account: AccountId,
    name: PersonName,
    kinds: &'static [CaseKind],
}

impl From<&Student> for Applicant {
    fn from(student: &Student) -> Self {
        let visitor = student.visitor();
        Self::of_student(visitor.id(), visitor.name().clone())
    }
}

impl From<&School> for Applicant {
    fn from(school: &School) -> Self {
        let visitor = school.visitor();
        Self::of_school(visitor.id(), visitor.name().clone())
    }
}

impl Applicant {
    /// A student's account of the sample world, which nobody is signed in to.
    pub(in crate::service) fn of_student(account: AccountId, name: PersonName) -> Self {
        Self { account, name, kinds: &[CaseKind::RealName, CaseKind::Enrolment, CaseKind::Centre] }
    }

    /// A school's, likewise.
    pub(in crate::service) fn of_school(account: AccountId, name: PersonName) -> Self {
        Self { account, name, kinds: &[CaseKind::School] }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The kinds of case that the account has.
    #[must_use]
    pub fn kinds(&self) -> &'static [CaseKind] {
        self.kinds
    }

    fn may(&self, kind: CaseKind) -> Result<(), ApplyError> {
        if self.kinds.contains(&kind) { Ok(()) } else { Err(ProofingError::Unknown.into()) }
    }
}

/// Why an applicant's case is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Places of the form that are wrong, each with what is wrong with it. What was typed is kept all the same.
    #[error("{}", .0.iter().map(|(_, slip)| slip.to_string()).collect::<Vec<_>>().join("\n"))]
    Slips(Vec<(Place, Slip)>),
    /// A picture is not taken.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The case does not allow it.
    #[error(transparent)]
    Case(#[from] ProofingError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for ApplyError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Proofing(error) => Self::Case(error),
            other => Self::Service(other.into()),
        }
    }
}

impl Service {
    /// The applicant's live case of a kind, if it was begun.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn own_case(&self, applicant: &Applicant, kind: CaseKind) -> Result<Option<Case>, ApplyError> {
        applicant.may(kind)?;
        Ok(self.registry.live_case(applicant.account, kind).await?)
    }

    /// The form as it stands: what was filled in, or, before anything was, what the account knows. The centre's begins with the verified
    /// name and document.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn form_of(&self, applicant: &Applicant, kind: CaseKind, case: Option<&Case>) -> Result<Typed, ApplyError> {
        if let Some(case) = case.filter(|case| case.typed != Typed::default()) {
            return Ok(case.typed.clone());
        }
        if kind == CaseKind::Centre
            && let Some(first) = self.first_verification(applicant).await?
        {
            return Ok(first.typed);
        }
        let mut typed = Typed::default();
        if kind.fields().contains(&Field::Name) {
            typed.set(Field::Name, applicant.name.as_str());
        }
        Ok(typed)
    }

    /// What happened to the applicant's live case.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn own_history(&self, applicant: &Applicant, kind: CaseKind) -> Result<Vec<CaseEvent>, ApplyError> {
        let Some(case) = self.own_case(applicant, kind).await? else { return Ok(Vec::new()) };
        Ok(self.registry.case_history(case.id, kind).await?)
    }

    /// Where an account stands: whether and since when it is verified, and when it was first submitted.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn proofed(&self, account: AccountId) -> Result<Proofed, ServiceError> {
        Ok(self.registry.proofed(account).await?)
    }

    /// Keeps what was typed, right or wrong.
    ///
    /// # Errors
    /// [`ApplyError::Case`] while the case waits for a reviewer or is approved.
    pub async fn fill_in(&self, applicant: &Applicant, kind: CaseKind, typed: &Typed, now: Instant) -> Result<(), ApplyError> {
        applicant.may(kind)?;
        Ok(self.registry.save_draft(applicant.account, kind, &typed.clone().of(kind), now).await?)
    }

    /// Takes a picture in; it takes the place of the one before it.
    ///
    /// # Errors
    /// [`ApplyError::Picture`] in the applicant's words; [`ApplyError::Case`] while the case waits for a reviewer or is approved.
    pub async fn add_picture(
        &self,
        applicant: &Applicant,
        (kind, slot): (CaseKind, Slot),
        sent: Vec<u8>,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ApplyError> {
        applicant.may(kind)?;
        if !kind.slots().contains(&slot) {
            return Err(ProofingError::Unknown.into());
        }
        // Asked before a picture is decoded.
        self.own_case(applicant, kind).await?.map_or(Ok(()), |case| may_change(&case))?;
        let jpeg = tokio::task::spawn_blocking(move || pictures::read((kind, slot), &sent)).await.map_err(ServiceError::from)??;
        let file = self.put_veiled(jpeg, now, source).await?;
        Ok(self.registry.attach_picture(applicant.account, kind, slot, &file, now).await?)
    }

    /// Sends the case in, if every field and picture is right. Answers before which instant it is decided.
    ///
    /// # Errors
    /// [`ApplyError::Slips`] with every place that is wrong; what was typed is kept then too.
    pub async fn send_in(&self, applicant: &Applicant, kind: CaseKind, typed: &Typed, now: Instant) -> Result<Instant, ApplyError> {
        self.fill_in(applicant, kind, typed, now).await?;
        let case = self.own_case(applicant, kind).await?.ok_or(ProofingError::Unknown)?;
        let school = match kind {
            CaseKind::Enrolment | CaseKind::School => self.registry.school_named(case.typed.get(Field::School)).await?,
            CaseKind::RealName | CaseKind::Centre => None,
        };
        let checked = check::check(&case, school, now).map_err(ApplyError::Slips)?;
        let setting = &self.config.verification;
        let due = setting.calendar.due(now, setting.working_days).map_err(|OutOfRange| ServiceError::Clock)?;
        let subject = checked.document.as_ref().map(Subject::Document).or(checked.school.as_deref().map(Subject::School));
        let sent = Submission { typed: &checked.typed, subject, at: now, due };
        self.registry.submit_case(applicant.account, kind, sent).await?;
        Ok(due)
    }

    /// Begins another case in place of the approved one, for instance after a change of school. Until it is approved the account is not
    /// verified.
    ///
    /// # Errors
    /// [`ApplyError::Case`] unless the live case is approved.
    pub async fn verify_anew(&self, applicant: &Applicant, kind: CaseKind, now: Instant, source: Random<'_>) -> Result<(), ApplyError> {
        applicant.may(kind)?;
        self.registry.reopen_case(applicant.account, kind, now).await?;
        if kind == CaseKind::Centre
            && let Err(error) = self.centre_verified(applicant.account, now, source).await
        {
            tracing::warn!(%error, "what follows from a reopened case of the centre was not done");
        }
        Ok(())
    }
}

fn may_change(case: &Case) -> Result<(), ApplyError> {
    if case.state.is_open() {
        return Ok(());
    }
    let error = match CaseState::clone(&case.state).submit(case.changed_at, case.changed_at) {
        Err(error) => ProofingError::from(error),
        Ok(_) => return Ok(()),
    };
    Err(error.into())
}
