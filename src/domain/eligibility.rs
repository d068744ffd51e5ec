//! When an award may be certified.

use super::programme::{Programme, ProgrammeKind};
use super::time::Instant;

/// Why nothing of a programme may be certified yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// Anyone may still object.
    #[error("公示期至 {} 截止，此前不得发证 / the public notice runs until then; nothing is certified before", .until.display_beijing())]
    NoticeOpen {
        /// The first instant after the period.
        until: Instant,
    },
}

/// Whether certificates of `programme` may be made at `now`. They may be made from the end of the public notice on, so that they
/// are ready at the release; nobody can download one before the release.
///
/// # Errors
/// [`NotYet`] with the instant to wait for.
pub fn certifiable(programme: &Programme, now: Instant) -> Result<(), NotYet> {
    match &programme.kind {
        ProgrammeKind::Contest(contest) if now < contest.timeline.notice.end() => {
            Err(NotYet::NoticeOpen { until: contest.timeline.notice.end() })
        }
        ProgrammeKind::Contest(_) | ProgrammeKind::Ability => Ok(()),
    }
}
