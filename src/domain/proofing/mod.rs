//! Verification (认证): a case of an account, of one kind, from its draft to its decision. `docs/verification.md` has the table of its states.

mod enrolment;
mod field;
mod real_name;
mod reason;
mod school;
mod school_form;
mod standing;

pub use enrolment::{Degree, Enrolment};
pub use field::{Field, Place, Slip, Slot, Typed};
pub use real_name::RealName;
pub use reason::{MAX_REASON_TEXT, Reason, Reasons, ReasonsError};
pub use school::{School, SchoolCode, SchoolError};
pub use school_form::{Funding, MAX_INTRODUCTION, SchoolForm, SchoolLevel};
pub use standing::{Proofed, Standing, in_time};

use super::time::Instant;

/// What a case verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseKind {
    /// 实名认证: who a student is.
    RealName,
    /// 学籍认证: where a student studies.
    Enrolment,
    /// 院校认证: that an account speaks for a school.
    School,
    /// 评价中心实名认证: who a student is, for the centre that issues ability certificates.
    Centre,
}

impl CaseKind {
    /// Every kind, in the order in which forms offer them.
    pub const ALL: [Self; 4] = [Self::RealName, Self::Enrolment, Self::School, Self::Centre];
    /// The kinds that the committee's reviewers decide.
    pub const OF_COMMITTEE: &[Self] = &[Self::RealName, Self::Enrolment, Self::School];
    /// The kinds that the issuing centre's reviewers decide.
    pub const OF_CENTRE: &[Self] = &[Self::Centre];

    /// The name in records and addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RealName => "real-name",
            Self::Enrolment => "enrolment",
            Self::School => "school",
            Self::Centre => "centre",
        }
    }

    /// The inverse of [`CaseKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::RealName => "实名认证",
            Self::Enrolment => "学籍认证",
            Self::School => "院校认证",
            Self::Centre => "评价中心实名认证",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::RealName => "Real-name verification",
            Self::Enrolment => "Enrolment verification",
            Self::School => "School verification",
            Self::Centre => "Real-name verification at the centre",
        }
    }

    /// The fields of its form, in the form's order.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::RealName | Self::Centre => &[Field::Name, Field::DocumentKind, Field::DocumentNumber],
            Self::Enrolment => {
                &[Field::School, Field::StudentNumber, Field::Department, Field::Degree, Field::EnrolledOn, Field::GraduatesOn]
            }
            Self::School => &[Field::School, Field::SchoolLevel, Field::SchoolFunding, Field::OrganisationCode, Field::Introduction],
        }
    }

    /// The pictures that it asks for; [`CaseKind::missing`] says which of them must be there.
    #[must_use]
    pub fn slots(self) -> &'static [Slot] {
        match self {
            Self::RealName | Self::Centre => &[Slot::Portrait, Slot::CardFront, Slot::CardBack],
            Self::Enrolment => &[Slot::StudentCard],
            Self::School => &[Slot::CodeCertificate, Slot::AuthorisationLetter, Slot::Logo],
        }
    }

    /// What is wrong with the pictures, if only these are there. Of a school's code certificate and its stamped letter one is enough, and a
    /// logo need not be.
    pub fn missing(self, has: impl Fn(Slot) -> bool) -> Vec<(Place, Slip)> {
        if self == Self::School {
            let proof = has(Slot::CodeCertificate) || has(Slot::AuthorisationLetter);
            return if proof { Vec::new() } else { vec![(Place::Slot(Slot::CodeCertificate), Slip::NoProof)] };
        }
        let missing = self.slots().iter().filter(|slot| !has(**slot));
        missing.map(|slot| (Place::Slot(*slot), Slip::NoPicture)).collect()
    }
}

/// Where a case is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseState {
    /// Its owner fills it in.
    Draft,
    /// It waits for a reviewer.
    Submitted {
        /// When it came.
        at: Instant,
        /// Before which instant it is decided.
        due: Instant,
    },
    /// It was sent back; its owner corrects it.
    Returned {
        /// When.
        at: Instant,
        /// Why: its owner reads it.
        reasons: Reasons,
    },
    /// It was approved, and counts.
    Approved {
        /// When.
        at: Instant,
    },
    /// It was approved, and its owner has begun another one: it counts no more.
    Reopened {
        /// When it had been approved.
        approved: Instant,
    },
    /// Another one was approved in its place.
    Superseded {
        /// When it had been approved.
        approved: Instant,
    },
}

/// What happens to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// 提交: its owner sends it in.
    Submit,
    /// 通过: a reviewer approves it.
    Approve,
    /// 退回: a reviewer sends it back.
    Return,
    /// 重新认证: its owner begins another one.
    Reopen,
    /// 取代: the other one was approved.
    Supersede,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 5] = [Self::Submit, Self::Approve, Self::Return, Self::Reopen, Self::Supersede];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Reopen => "reopen",
            Self::Supersede => "supersede",
        }
    }
}

/// A case does not go that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("当前状态（{state}）下不能进行此操作 / this cannot be done with a case that is {state}")]
pub struct NotPossible {
    /// The name of the state in records.
    pub state: &'static str,
    /// What was tried.
    pub event: Event,
}

impl CaseState {
    /// The names of all states in records.
    pub const CODES: [&'static str; 6] = ["draft", "submitted", "returned", "approved", "reopened", "superseded"];

    /// The name in records.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted { .. } => "submitted",
            Self::Returned { .. } => "returned",
            Self::Approved { .. } => "approved",
            Self::Reopened { .. } => "reopened",
            Self::Superseded { .. } => "superseded",
        }
    }

    /// Whether its owner may change what it says.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Draft | Self::Returned { .. })
    }

    /// Draft or returned → submitted.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn submit(self, at: Instant, due: Instant) -> Result<Self, NotPossible> {
        match self {
            Self::Draft | Self::Returned { .. } => Ok(Self::Submitted { at, due }),
            other => Err(other.not(Event::Submit)),
        }
    }

    /// Submitted → approved.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn approve(self, at: Instant) -> Result<Self, NotPossible> {
        match self {
            Self::Submitted { .. } => Ok(Self::Approved { at }),
            other => Err(other.not(Event::Approve)),
        }
    }

    /// Submitted → returned.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn send_back(self, at: Instant, reasons: Reasons) -> Result<Self, NotPossible> {
        match self {
            Self::Submitted { .. } => Ok(Self::Returned { at, reasons }),
            other => Err(other.not(Event::Return)),
        }
    }

    /// Approved → reopened, beside a new draft.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn reopen(self) -> Result<Self, NotPossible> {
        match self {
            Self::Approved { at } => Ok(Self::Reopened { approved: at }),
            other => Err(other.not(Event::Reopen)),
        }
    }

    /// Reopened → superseded.
    ///
    /// # Errors
    /// [`NotPossible`].
    pub fn supersede(self) -> Result<Self, NotPossible> {
        match self {
            Self::Reopened { approved } => Ok(Self::Superseded { approved }),
            other => Err(other.not(Event::Supersede)),
        }
    }

    fn not(&self, event: Event) -> NotPossible {
        NotPossible { state: self.code(), event }
    }
}

#[cfg(test)]
mod tests;
