//! When an award may be certified.

use super::notice::NoticeState;
use super::programme::{Programme, ProgrammeKind};
use super::time::Instant;

/// Why nothing of a programme may be certified yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// Anyone may still object.
    #[error("公示期至 {} 截止，此前不得发证 / the public notice runs until then; nothing is certified before", .until.display_end_beijing())]
    NoticeOpen {
        /// The first instant after the period.
        until: Instant,
    },
    /// The contest is kept here, and its list was never put before the public, or was withdrawn before the period was over.
    #[error("获奖名单尚未公示，不得发证 / the award list was not put to public notice; nothing is certified before")]
    NotPublished,
    /// Objections against the whole list are not decided.
    #[error(
        "有 {count} 件针对整个名单的异议未处理，此前不得发证 / {count} objections against the whole list are not decided; nothing is certified before"
    )]
    ListDisputed {
        /// How many.
        count: u64,
    },
}

/// How an award list was put before the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publicity<'a> {
    /// Elsewhere: the contest is one of the configuration, of which only the dates are known.
    Elsewhere,
    /// Here.
    Here {
        /// Where its notice is in its life.
        state: &'a NoticeState,
        /// Objections against the whole list that are not decided.
        list_objections: u64,
    },
}

/// Why one award is not certified although its contest's are. The records hold it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Held {
    /// An objection against it is not decided.
    #[error("对该奖项的异议尚未处理 / an objection against this award is not decided")]
    ByObjection,
    /// An objection against it was upheld.
    #[error("该奖项经异议核实已取消 / the award was withdrawn after an objection")]
    Withdrawn,
}

impl Held {
    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ByObjection => "objection",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The inverse of [`Held::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::ByObjection, Self::Withdrawn].into_iter().find(|held| held.code() == code)
    }

    /// What holds an award back, given whether it was withdrawn and how many objections against it are open: nothing undoes a withdrawal.
    #[must_use]
    pub fn of(withdrawn: bool, open_objections: u64) -> Option<Self> {
        match (withdrawn, open_objections) {
            (true, _) => Some(Self::Withdrawn),
            (false, 0) => None,
            (false, _) => Some(Self::ByObjection),
        }
    }
}

/// Whether certificates of `programme` may be made at `now`. They may be made from the end of the public notice on, so that they
/// are ready at the release; nobody can download one before the release.
///
/// # Errors
/// [`NotYet`] saying what to wait for.
pub fn certifiable(programme: &Programme, publicity: Publicity<'_>, now: Instant) -> Result<(), NotYet> {
    let ProgrammeKind::Contest(contest) = &programme.kind else { return Ok(()) };
    if let Publicity::Here { state, list_objections } = publicity {
        if !state.is_fixed() {
            return Err(NotYet::NotPublished);
        }
        if list_objections > 0 && now >= contest.timeline.notice.end() {
            return Err(NotYet::ListDisputed { count: list_objections });
        }
    }
    if now < contest.timeline.notice.end() {
        return Err(NotYet::NoticeOpen { until: contest.timeline.notice.end() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::Digest;
    use crate::domain::holding::Registration;
    use crate::domain::notice::Publication;
    use crate::domain::programme::{Contest, Timeline};
    use crate::domain::time::Period;

    #[test]
    fn nothing_is_certified_before_the_notice_is_over_and_the_list_undisputed() {
        let at = |text: &str| Instant::parse_beijing(text).unwrap();
        let notice = Period::new(at("2023-11-24"), at("2023-11-30 24:00")).unwrap();
        let timeline = Timeline::new(notice, at("2024-01-01"), at("2024-01-01"), at("2024-02-01")).unwrap();
        let contest = Contest {
            edition: String::new(),
            document_number: String::new(),
            organisers: vec![],
            groups: vec![],
            categories: vec![],
            registration: Registration::NotNeeded,
            timeline,
        };
        let programme = Programme {
            id: "lanhai-14".parse().unwrap(),
            issuer: "lanhai".parse().unwrap(),
            template: "award".parse().unwrap(),
            pattern: "LH{year}{seq:5}".parse().unwrap(),
            series: 0,
            name: "蓝海杯".into(),
            name_en: String::new(),
            short_name: "蓝海杯".into(),
            kind: ProgrammeKind::Contest(contest),
        };
        let end = notice.end();
        let open = Err(NotYet::NoticeOpen { until: end });
        assert_eq!(certifiable(&programme, Publicity::Elsewhere, end.plus_millis(-1)), open);
        assert_eq!(certifiable(&programme, Publicity::Elsewhere, end), Ok(()));
        let here = |state, list_objections| Publicity::Here { state, list_objections };
        assert_eq!(certifiable(&programme, here(&NoticeState::Draft, 0), end), Err(NotYet::NotPublished));
        let publication = Publication { at: at("2023-11-20"), entries: 1, list: Digest::of(b"") };
        let published = NoticeState::Published { publication };
        assert_eq!(certifiable(&programme, here(&published, 0), end.plus_millis(-1)), open);
        assert_eq!(certifiable(&programme, here(&published, 1), end.plus_millis(-1)), open);
        assert_eq!(certifiable(&programme, here(&published, 1), end), Err(NotYet::ListDisputed { count: 1 }));
        assert_eq!(certifiable(&programme, here(&published, 0), end), Ok(()));
        let ability = Programme { kind: ProgrammeKind::Ability, ..programme };
        assert_eq!(certifiable(&ability, Publicity::Elsewhere, at("2000-01-01")), Ok(()));
        assert_eq!((Held::of(true, 1), Held::of(false, 1), Held::of(false, 0)), (Some(Held::Withdrawn), Some(Held::ByObjection), None));
    }
}
