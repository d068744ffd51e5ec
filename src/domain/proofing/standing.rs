//! What of an account's verification counts, and whether it came in time.

use crate::domain::time::Instant;

/// Where an account stands in one kind of verification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is verified; none while nothing approved counts, a reopened case included.
    pub verified_since: Option<Instant>,
    /// When its first case of this kind was first submitted, whatever became of it.
    pub first_submitted: Option<Instant>,
}

/// Where an account stands: a student's in the first two and the last, a school's in the third.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proofed {
    /// 实名认证.
    pub real_name: Standing,
    /// 学籍认证.
    pub enrolment: Standing,
    /// 院校认证.
    pub school: Standing,
    /// 评价中心实名认证, which award certificates do not ask for.
    pub centre: Standing,
}

impl Proofed {
    /// Since when both of a student's are verified.
    #[must_use]
    pub fn verified_since(&self) -> Option<Instant> {
        Some(self.real_name.verified_since?.max(self.enrolment.verified_since?))
    }

    /// When the later of both forms was first submitted.
    #[must_use]
    pub fn first_submitted(&self) -> Option<Instant> {
        Some(self.real_name.first_submitted?.max(self.enrolment.first_submitted?))
    }

    /// Whether the account registered in time for a contest: both forms were first submitted before its deadline. What is sent back may be
    /// corrected after it.
    #[must_use]
    pub fn is_in_time(&self, deadline: Instant) -> bool {
        in_time(self.first_submitted(), deadline)
    }
}

/// Whether a first submission lies before a deadline, which is exclusive.
#[must_use]
pub fn in_time(first_submitted: Option<Instant>, deadline: Instant) -> bool {
    first_submitted.is_some_and(|at| at < deadline)
}
