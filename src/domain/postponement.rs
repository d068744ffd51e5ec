//! Dates moved later once the list is published: nobody loses time that they were promised, and the public reads why.

use super::programme::{Timeline, TimelineError};
use super::text::tidy;
use super::time::Instant;

/// The dates that may still be moved, as they are to be. The notice period is fixed with the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Postponement {
    /// Registration and verification must be done before this instant.
    pub registration_deadline: Instant,
    /// Award certificates can be had from this instant on.
    pub release: Instant,
    /// Ability certificates must be claimed before this instant.
    pub claim_deadline: Instant,
}

/// Why dates are not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostponeError {
    /// One would be earlier than it was promised.
    #[error("公示后日期只能推迟，不能提前；原定 {} / after publication dates are moved later only", .0.display_beijing())]
    Earlier(Instant),
    /// None would move.
    #[error("日期没有变化 / no date is another one")]
    Same,
    /// Certificates are out already.
    #[error("证书已于 {} 发布，不能再推迟 / the certificates were released already", .0.display_beijing())]
    Released(Instant),
    /// They would stand in an order that cannot be.
    #[error(transparent)]
    Order(#[from] TimelineError),
}

impl Postponement {
    /// The dates after the move, made at `now`.
    ///
    /// # Errors
    /// [`PostponeError`].
    pub fn apply(&self, before: &Timeline, now: Instant) -> Result<Timeline, PostponeError> {
        let pairs = [
            (before.registration_deadline, self.registration_deadline),
            (before.release, self.release),
            (before.claim_deadline, self.claim_deadline),
        ];
        if let Some((was, _)) = pairs.iter().find(|(was, is)| is < was) {
            return Err(PostponeError::Earlier(*was));
        }
        if pairs.iter().all(|(was, is)| is == was) {
            return Err(PostponeError::Same);
        }
        if self.release != before.release && now >= before.release {
            return Err(PostponeError::Released(before.release));
        }
        Ok(Timeline::new(before.notice, self.registration_deadline, self.release, self.claim_deadline)?)
    }
}

/// Why dates were moved: 1 to 200 characters, which the public reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveReason(String);

/// No reason, or too long a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("改期原因应为 1 至 200 字，实际 {0} 字 / a reason has 1 to 200 characters, this has {0}")]
pub struct MoveReasonError(usize);

impl MoveReason {
    /// # Errors
    /// [`MoveReasonError`] if nothing remains after tidying, or more than 200 characters do.
    pub fn parse(typed: &str) -> Result<Self, MoveReasonError> {
        let text = tidy(typed);
        match text.chars().count() {
            1..=200 => Ok(Self(text)),
            n => Err(MoveReasonError(n)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Period;

    #[test]
    fn dates_move_later_and_never_earlier() {
        let at = |text: &str| Instant::parse_beijing(text).unwrap();
        let notice = Period::new(at("2023-11-24"), at("2023-11-30 24:00")).unwrap();
        let before = Timeline::new(notice, at("2023-12-31 24:00"), at("2024-01-01"), at("2024-01-31 24:00")).unwrap();
        let to = |registration: &str, release: &str, claims: &str| Postponement {
            registration_deadline: at(registration),
            release: at(release),
            claim_deadline: at(claims),
        };
        let same = to("2024-01-01", "2024-01-01", "2024-02-01");
        let now = at("2023-12-15");
        assert_eq!(same.apply(&before, now), Err(PostponeError::Same));
        let later = to("2024-01-05", "2024-01-06", "2024-02-06");
        assert_eq!(later.apply(&before, now).unwrap().release, at("2024-01-06"));
        // At the release itself the certificates are out.
        let release = before.release;
        assert!(later.apply(&before, release.plus_millis(-1)).is_ok());
        assert_eq!(later.apply(&before, release), Err(PostponeError::Released(release)));
        assert_eq!(later.apply(&before, release.plus_millis(1)), Err(PostponeError::Released(release)));
        assert!(to("2024-01-05", "2024-01-01", "2024-02-01").apply(&before, at("2024-01-03")).is_ok(), "the other dates still move");
        let earlier = Postponement { release: release.plus_millis(-1), ..later };
        assert_eq!(earlier.apply(&before, now), Err(PostponeError::Earlier(release)));
        let order = to("2024-01-01", "2024-02-02", "2024-02-01");
        assert_eq!(order.apply(&before, now), Err(PostponeError::Order(TimelineError::ClaimsCloseBeforeRelease)));
        assert!(MoveReason::parse(" ").is_err() && MoveReason::parse(&"因".repeat(201)).is_err());
    }
}
