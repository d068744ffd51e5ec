//! What reviewers do: take the next case, look, decide.

use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::name::PersonName;
use crate::domain::organisation::OrganisationCode;
use crate::domain::proofing::{CaseKind, CaseState, Field, RealName};
use crate::domain::time::Instant;
use crate::registry::{Case, CaseEvent, ProofingError, QueueCounts, RegistryError, Ruling, Subject, WaitingCase};
use crate::service::access::{CentreReviewer, Random, Reviewer, Visitor};
use crate::service::messages::{Notification, Verified};
use crate::service::{Service, ServiceError};

use super::ApplyError;

/// For how long a case is before one reviewer, from the last thing that they did with it, in milliseconds.
const LEASE: i64 = 15 * 60_000;
/// Cases that the page of the queue lists.
const LISTED: u32 = 50;

/// Somebody who decides cases: made of the handle of an office alone.
pub trait Examiner: Send + Sync {
    /// The kinds of case that the office decides; no other is shown to it.
    const KINDS: &'static [CaseKind];

    /// Who it is.
    fn who(&self) -> &Visitor;
}

impl Examiner for Reviewer {
    const KINDS: &'static [CaseKind] = CaseKind::OF_COMMITTEE;

    fn who(&self) -> &Visitor {
        self.visitor()
    }
}

impl Examiner for CentreReviewer {
    const KINDS: &'static [CaseKind] = CaseKind::OF_CENTRE;

    fn who(&self) -> &Visitor {
        self.visitor()
    }
}

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// How much.
    pub counts: QueueCounts,
    /// The first cases, what is due first before the others.
    pub first: Vec<WaitingCase>,
}

/// What a reviewer should know of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// So many other accounts have had the same document approved.
    SameDocument(u64),
    /// The name on the form is another than the account's.
    AccountName(PersonName),
    /// The account's real name is not verified.
    NoRealName,
    /// Name or document are others than those of the account's real-name verification.
    OtherThanFirst,
    /// So many other accounts speak for the same school.
    SameSchool(u64),
    /// The check character of the organisation code is wrong.
    OrganisationCode,
}

/// A case as its reviewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The case.
    pub case: Case,
    /// The telephone of its account, masked.
    pub telephone: String,
    /// The account's verified name, where the case is about something else.
    pub verified_name: Option<PersonName>,
    /// What the reviewer should know.
    pub warnings: Vec<Warning>,
    /// What happened to it.
    pub history: Vec<CaseEvent>,
}

impl Service {
    /// What waits, for a reviewer; nothing private is in it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn review_queue<E: Examiner>(&self, reviewer: &E, now: Instant) -> Result<Queue, ServiceError> {
        let counts = self.registry.queue_counts(E::KINDS, reviewer.who().id(), now).await?;
        Ok(Queue { counts, first: self.registry.waiting_cases(E::KINDS, now, LISTED).await? })
    }

    /// Puts the next case before the reviewer: theirs for a quarter of an hour. One that they pass over goes back into the queue.
    ///
    /// # Errors
    /// [`ServiceError`]; `None` if nothing waits that nobody else has.
    pub async fn next_case<E: Examiner>(&self, reviewer: &E, pass_over: Option<i64>, now: Instant) -> Result<Option<i64>, ServiceError> {
        Ok(self.registry.lease_next(E::KINDS, reviewer.who().id(), pass_over, now, now.plus_millis(LEASE)).await?)
    }

    /// A case with what is private in it, for the reviewer who has it; the audit trail says that it was read.
    ///
    /// # Errors
    /// [`ApplyError::Case`] if it is another's, or nobody's any more.
    pub async fn review_case<E: Examiner>(&self, reviewer: &E, id: i64, now: Instant) -> Result<Reviewed, ApplyError> {
        let case = self.leased(reviewer, id, "form", now).await?;
        let account = self.registry.account(case.account).await?.ok_or(ProofingError::Unknown)?;
        let history = self.registry.case_history(id, case.kind).await?;
        let (mut warnings, mut verified_name) = (Vec::new(), None);
        match case.kind {
            CaseKind::RealName | CaseKind::Centre => {
                if let Some(document) = document(&case) {
                    match self.registry.others_with(Subject::Document(&document), case.account).await? {
                        0 => {}
                        others => warnings.push(Warning::SameDocument(others)),
                    }
                }
                if !account.name.matches_typed(case.typed.get(Field::Name)) {
                    warnings.push(Warning::AccountName(account.name.clone()));
                }
                let first = self.verified_real_name(&case).await?.filter(|_| case.kind == CaseKind::Centre);
                if first.is_some_and(|first| RealName::parse(&case.typed).is_ok_and(|real| real != first)) {
                    warnings.push(Warning::OtherThanFirst);
                }
            }
            CaseKind::Enrolment => {
                verified_name = self.verified_real_name(&case).await?.map(|real| real.name);
                if verified_name.is_none() {
                    warnings.push(Warning::NoRealName);
                }
            }
            CaseKind::School => {
                match self.registry.others_with(Subject::School(case.typed.get(Field::School)), case.account).await? {
                    0 => {}
                    others => warnings.push(Warning::SameSchool(others)),
                }
                let code = OrganisationCode::parse(case.typed.get(Field::OrganisationCode));
                if code.is_ok_and(|code| code.warning().is_some()) {
                    warnings.push(Warning::OrganisationCode);
                }
            }
        }
        Ok(Reviewed { telephone: account.telephone.masked(), case, verified_name, warnings, history })
    }

    /// Decides a case, and tells its owner by message.
    ///
    /// # Errors
    /// [`ApplyError::Case`] if the reviewer's time with it is over or it was decided before; nothing is decided then.
    pub async fn rule<E: Examiner>(
        &self,
        reviewer: &E,
        id: i64,
        ruling: Ruling,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ApplyError> {
        let approved = ruling == Ruling::Approve;
        let case = self.registry.rule(id, (E::KINDS, reviewer.who().id()), ruling, now).await?;
        let what = match case.kind {
            CaseKind::RealName => Verified::RealName,
            CaseKind::Enrolment => Verified::Enrolment,
            CaseKind::School => Verified::School,
            CaseKind::Centre => Verified::Centre,
        };
        let told = match (approved, case.kind) {
            (true, CaseKind::Centre) => self.centre_verified(case.account, now, source).await,
            (true, _) => self.notify(case.account, &Notification::Approved(what), now, source).await,
            (false, _) => self.notify(case.account, &Notification::Returned(what), now, source).await,
        };
        // The decision stands, whatever becomes of the message.
        if let Err(error) = told {
            tracing::warn!(%error, case = id, "the owner of a decided case could not be told");
        }
        Ok(())
    }

    pub(super) async fn leased<E: Examiner>(&self, reviewer: &E, id: i64, what: &str, now: Instant) -> Result<Case, RegistryError> {
        self.registry.read_leased(id, (E::KINDS, reviewer.who().id()), what, now, now.plus_millis(LEASE)).await
    }

    async fn verified_real_name(&self, case: &Case) -> Result<Option<RealName>, ApplyError> {
        let first = self.registry.live_case(case.account, CaseKind::RealName).await?;
        let first = first.filter(|case| matches!(case.state, CaseState::Approved { .. }));
        Ok(first.and_then(|case| RealName::parse(&case.typed).ok()))
    }
}

fn document(case: &Case) -> Option<IdentityDocument> {
    let kind = DocumentKind::from_code(case.typed.get(Field::DocumentKind))?;
    IdentityDocument::parse(kind, case.typed.get(Field::DocumentNumber)).ok()
}
