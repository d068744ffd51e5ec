//! The public notice of a contest (公示): its life, and what may be done in it at an instant. A change consumes the state before.

use super::digest::Digest;
use super::programme::Timeline;
use super::text::tidy;
use super::time::Instant;

/// What was fixed when the list was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// When.
    pub at: Instant,
    /// How many entries the list has.
    pub entries: u32,
    /// The digest of the list.
    pub list: Digest,
}

/// What was fixed when the notice was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: Instant,
    /// How many entries the final list has.
    pub entries: u32,
    /// The digest of the final list: as published, but for what objections changed.
    pub list: Digest,
}

/// Where a notice is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeState {
    /// Contest and list may still be changed; the public sees nothing.
    Draft,
    /// The list is fixed, and public from the start of the notice period on.
    Published {
        /// What was fixed.
        publication: Publication,
    },
    /// The period is over, every objection is decided, the final list is fixed.
    Closed {
        /// What was published.
        publication: Publication,
        /// What remained.
        closing: Closing,
    },
    /// No longer on the open web.
    Withdrawn {
        /// What was published.
        publication: Publication,
        /// What remained, if it was closed before.
        closing: Option<Closing>,
        /// When it was withdrawn.
        at: Instant,
        /// Why.
        reason: WithdrawalReason,
    },
}

/// Why a notice was withdrawn from the open web: 1 to 200 characters for the committee's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawalReason(String);

/// No reason, or too long a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("撤下原因应为 1 至 200 字，实际 {0} 字 / a reason has 1 to 200 characters, this has {0}")]
pub struct WithdrawalReasonError(usize);

impl WithdrawalReason {
    /// # Errors
    /// [`WithdrawalReasonError`] if nothing remains after tidying, or more than 200 characters do.
    pub fn parse(typed: &str) -> Result<Self, WithdrawalReasonError> {
        let text = tidy(typed);
        match text.chars().count() {
            1..=200 => Ok(Self(text)),
            n => Err(WithdrawalReasonError(n)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A change that the state or the clock does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Published before.
    #[error("公示已发布，名单已固定 / the notice is published already; its list is fixed")]
    AlreadyPublished,
    /// Nobody could object any more.
    #[error("公示期已于 {} 截止，不能再发布；请先改期 / the notice period is over: set another one first", .0.display_end_beijing())]
    PeriodOver(Instant),
    /// Never published.
    #[error("公示尚未发布 / the notice is not published")]
    NotPublished,
    /// The period still runs.
    #[error("公示期至 {} 截止，此前不能结束 / the notice period runs until then; it cannot be closed before", .0.display_end_beijing())]
    PeriodRuns(Instant),
    /// Objections wait for a decision.
    #[error("还有 {0} 件异议未处理，处理完毕后方可结束公示 / {0} objections are not decided yet")]
    Undecided(u64),
    /// Closed before.
    #[error("公示已结束 / the notice is closed already")]
    AlreadyClosed,
    /// Withdrawn before.
    #[error("公示已从网站撤下 / the notice is withdrawn from the open web already")]
    AlreadyWithdrawn,
}

/// What the public meets at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing: not published, before its period, or withdrawn.
    Hidden,
    /// The list, and objections are accepted.
    Open,
    /// The list; the period is over, objections are being decided.
    Deciding,
    /// The final list.
    Closed,
}

/// Why an objection is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// There is no notice to object to.
    #[error("没有这一公示 / there is no such notice")]
    NoNotice,
    /// The period is over.
    #[error("公示期已于 {} 截止，不再受理异议 / the notice period ended then; objections are accepted no more", .0.display_end_beijing())]
    Over(Instant),
}

impl NoticeState {
    /// Draft → published. One that was withdrawn before its period was over may be published again, with a list and a period of its own.
    ///
    /// # Errors
    /// [`NoticeError`] if it was published before, or its period is over.
    pub fn publish(self, publication: Publication, timeline: &Timeline) -> Result<Self, NoticeError> {
        match self {
            Self::Draft | Self::Withdrawn { closing: None, .. } => {}
            Self::Published { .. } => return Err(NoticeError::AlreadyPublished),
            Self::Closed { .. } => return Err(NoticeError::AlreadyClosed),
            Self::Withdrawn { closing: Some(_), .. } => return Err(NoticeError::AlreadyWithdrawn),
        }
        if publication.at >= timeline.notice.end() {
            return Err(NoticeError::PeriodOver(timeline.notice.end()));
        }
        Ok(Self::Published { publication })
    }

    /// Published → closed, once the period is over and every objection is decided.
    ///
    /// # Errors
    /// [`NoticeError`] saying what stands in the way.
    pub fn close(self, closing: Closing, timeline: &Timeline, undecided: u64) -> Result<Self, NoticeError> {
        let publication = match self {
            Self::Published { publication } => publication,
            Self::Draft => return Err(NoticeError::NotPublished),
            Self::Closed { .. } => return Err(NoticeError::AlreadyClosed),
            Self::Withdrawn { .. } => return Err(NoticeError::AlreadyWithdrawn),
        };
        if closing.at < timeline.notice.end() {
            return Err(NoticeError::PeriodRuns(timeline.notice.end()));
        }
        if undecided > 0 { Err(NoticeError::Undecided(undecided)) } else { Ok(Self::Closed { publication, closing }) }
    }

    /// Published or closed → withdrawn from the open web. Withdrawn before it is closed, it does not count as a notice.
    ///
    /// # Errors
    /// [`NoticeError`] if it is not on the web.
    pub fn withdraw(self, at: Instant, reason: WithdrawalReason) -> Result<Self, NoticeError> {
        match self {
            Self::Published { publication } => Ok(Self::Withdrawn { publication, closing: None, at, reason }),
            Self::Closed { publication, closing } => Ok(Self::Withdrawn { publication, closing: Some(closing), at, reason }),
            Self::Draft => Err(NoticeError::NotPublished),
            Self::Withdrawn { .. } => Err(NoticeError::AlreadyWithdrawn),
        }
    }

    /// Whether the list is fixed: nothing is imported into it, and nothing that it says of the contest is changed.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Draft | Self::Withdrawn { closing: None, .. } => false,
            Self::Published { .. } | Self::Closed { .. } | Self::Withdrawn { closing: Some(_), .. } => true,
        }
    }

    /// What the public meets at `now`.
    #[must_use]
    pub fn phase(&self, timeline: &Timeline, now: Instant) -> Phase {
        match self {
            Self::Draft | Self::Withdrawn { .. } => Phase::Hidden,
            Self::Published { .. } if now < timeline.notice.start() => Phase::Hidden,
            Self::Published { .. } if timeline.notice.contains(now) => Phase::Open,
            Self::Published { .. } => Phase::Deciding,
            Self::Closed { .. } => Phase::Closed,
        }
    }

    /// Whether an objection is accepted at `now`.
    ///
    /// # Errors
    /// [`NotAccepted`] saying why not.
    pub fn accepts_objections(&self, timeline: &Timeline, now: Instant) -> Result<(), NotAccepted> {
        match self.phase(timeline, now) {
            Phase::Open => Ok(()),
            Phase::Hidden => Err(NotAccepted::NoNotice),
            Phase::Deciding | Phase::Closed => Err(NotAccepted::Over(timeline.notice.end())),
        }
    }

    /// What was published last.
    #[must_use]
    pub fn publication(&self) -> Option<&Publication> {
        match self {
            Self::Draft => None,
            Self::Published { publication } | Self::Closed { publication, .. } | Self::Withdrawn { publication, .. } => Some(publication),
        }
    }

    /// What remained in the end.
    #[must_use]
    pub fn closing(&self) -> Option<&Closing> {
        match self {
            Self::Draft | Self::Published { .. } => None,
            Self::Closed { closing, .. } => Some(closing),
            Self::Withdrawn { closing, .. } => closing.as_ref(),
        }
    }

    /// The name in records.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published { .. } => "published",
            Self::Closed { .. } => "closed",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// For people who read Chinese.
    #[must_use]
    pub fn zh(&self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Published { .. } => "已发布",
            Self::Closed { .. } => "已结束",
            Self::Withdrawn { .. } => "已撤下",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Period;

    fn at(text: &str) -> Instant {
        Instant::parse_beijing(text).unwrap()
    }

    fn timeline() -> Timeline {
        let notice = Period::new(at("2023-11-24"), at("2023-11-30 24:00")).unwrap();
        Timeline::new(notice, at("2023-12-31 24:00"), at("2024-01-01"), at("2024-01-31 24:00")).unwrap()
    }

    fn publication(at: Instant) -> Publication {
        Publication { at, entries: 2, list: Digest::of(b"list") }
    }

    fn closing(at: Instant) -> Closing {
        Closing { at, entries: 1, list: Digest::of(b"final") }
    }

    #[test]
    fn a_notice_is_published_runs_is_decided_and_closes() {
        let timeline = timeline();
        let end = timeline.notice.end();
        let state = NoticeState::Draft.publish(publication(at("2023-11-20 10:00")), &timeline).unwrap();
        let phases = [
            (timeline.notice.start().plus_millis(-1), Phase::Hidden),
            (timeline.notice.start(), Phase::Open),
            (end.plus_millis(-1), Phase::Open),
            (end, Phase::Deciding),
        ];
        for (now, phase) in phases {
            assert_eq!(state.phase(&timeline, now), phase, "{}", now.rfc3339_beijing());
        }
        assert_eq!(state.accepts_objections(&timeline, timeline.notice.start().plus_millis(-1)), Err(NotAccepted::NoNotice));
        assert_eq!(state.accepts_objections(&timeline, timeline.notice.start()), Ok(()));
        assert_eq!(state.accepts_objections(&timeline, end.plus_millis(-1)), Ok(()));
        assert_eq!(state.accepts_objections(&timeline, end), Err(NotAccepted::Over(end)));

        let early = state.clone().close(closing(end.plus_millis(-1)), &timeline, 0);
        assert_eq!(early, Err(NoticeError::PeriodRuns(end)));
        assert_eq!(state.clone().close(closing(end), &timeline, 2), Err(NoticeError::Undecided(2)));
        let closed = state.clone().close(closing(end), &timeline, 0).unwrap();
        assert_eq!((closed.phase(&timeline, end), closed.is_fixed()), (Phase::Closed, true));
        assert_eq!(closed.clone().close(closing(end), &timeline, 0), Err(NoticeError::AlreadyClosed));
        assert_eq!(closed.clone().publish(publication(end), &timeline), Err(NoticeError::AlreadyClosed));
        let reason = WithdrawalReason::parse("公示期满").unwrap();
        let gone = closed.withdraw(end, reason.clone()).unwrap();
        assert_eq!((gone.phase(&timeline, end), gone.is_fixed()), (Phase::Hidden, true));
        assert_eq!(gone.publish(publication(end), &timeline), Err(NoticeError::AlreadyWithdrawn));

        // Withdrawn too early it counts for nothing, and may begin anew.
        let hidden = state.clone().withdraw(at("2023-11-25"), reason.clone()).unwrap();
        assert!(!hidden.is_fixed() && hidden.closing().is_none());
        assert!(hidden.clone().publish(publication(at("2023-11-26")), &timeline).is_ok());
        assert_eq!(hidden.withdraw(end, reason.clone()), Err(NoticeError::AlreadyWithdrawn));
        assert_eq!(NoticeState::Draft.withdraw(end, reason), Err(NoticeError::NotPublished));
        assert_eq!(NoticeState::Draft.close(closing(end), &timeline, 0), Err(NoticeError::NotPublished));
        assert_eq!(state.publish(publication(end), &timeline), Err(NoticeError::AlreadyPublished));
        assert_eq!(NoticeState::Draft.publish(publication(end), &timeline), Err(NoticeError::PeriodOver(end)));
        assert!(NoticeState::Draft.publish(publication(end.plus_millis(-1)), &timeline).is_ok());
        assert!(WithdrawalReason::parse(" ").is_err() && WithdrawalReason::parse(&"因".repeat(201)).is_err());
    }
}
