//! What certificates are issued under: a contest (award certificates) or an ability programme (ability certificates).

use super::holding::Registration;
use super::issuer::Slug;
use super::number::Pattern;
use super::time::{Instant, Period};

/// Either source of certificates, with how its numbers are made and what its certificates look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// Its key.
    pub id: Slug,
    /// The issuer who signs.
    pub issuer: Slug,
    /// The name of the template.
    pub template: Slug,
    /// How its certificates are numbered.
    pub pattern: Pattern,
    /// The series number that fills `{series}`.
    pub series: u32,
    /// The official Chinese name.
    pub name: String,
    /// The English name.
    pub name_en: String,
    /// A name short enough for the QR code, at most [`SHORT_NAME_BYTES`] bytes of UTF-8.
    pub short_name: String,
    /// What only contests or only ability programmes have.
    pub kind: ProgrammeKind,
}

impl Programme {
    /// What it is, if it is a contest.
    #[must_use]
    pub fn contest(&self) -> Option<&Contest> {
        match &self.kind {
            ProgrammeKind::Contest(contest) => Some(contest),
            ProgrammeKind::Ability => None,
        }
    }
}

impl Programme {
    /// Before when holders must have registered, if the contest certifies those alone.
    #[must_use]
    pub fn registration_deadline(&self) -> Option<Instant> {
        let contest = self.contest()?;
        (contest.registration == Registration::Required).then_some(contest.timeline.registration_deadline)
    }
}

/// The QR code has room for about ten Chinese characters.
pub const SHORT_NAME_BYTES: usize = 30;

/// What only one of the kinds has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgrammeKind {
    /// A contest, whose winners get award certificates.
    Contest(Contest),
    /// A programme of ability certificates, whose approved applicants get them.
    Ability,
}

/// A contest with its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// For instance `第十四届`; empty if the contest has no editions.
    pub edition: String,
    /// The document number of the notice, for instance `蓝桥杯组委会字[2023]62号`.
    pub document_number: String,
    /// 主办, 承办: as printed.
    pub organisers: Vec<String>,
    /// 组别, for instance 学生组; may be empty.
    pub groups: Vec<String>,
    /// 赛类 in the order of the notice. If there are any, a list with another one is not published.
    pub categories: Vec<String>,
    /// Whether only those get a certificate who registered in time.
    pub registration: Registration,
    /// The dates that bind.
    pub timeline: Timeline,
}

/// The dates of a contest, all Beijing time, ends exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    /// The public-notice period in which anyone may object.
    pub notice: Period,
    /// Registration and verification must be done before this instant.
    pub registration_deadline: Instant,
    /// Award certificates can be had from this instant on.
    pub release: Instant,
    /// Ability certificates must be claimed before this instant.
    pub claim_deadline: Instant,
}

/// Dates in an order that no contest can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimelineError {
    /// Nobody could register any more once the names are public.
    #[error("注册认证截止须晚于公示开始 / registration must end after the public notice opens")]
    RegistrationClosesBeforeNotice,
    /// Release before the public notice has closed.
    #[error("发证时间早于公示截止 / the release lies before the end of the public notice")]
    ReleaseBeforeNoticeEnds,
    /// Claims would close before they open.
    #[error("申领截止早于发证时间 / the claim deadline lies before the release")]
    ClaimsCloseBeforeRelease,
}

impl Timeline {
    /// # Errors
    /// [`TimelineError`] unless notice start < registration deadline and notice end ≤ release ≤ claim deadline.
    pub fn new(notice: Period, registration_deadline: Instant, release: Instant, claim_deadline: Instant) -> Result<Self, TimelineError> {
        if registration_deadline <= notice.start() {
            return Err(TimelineError::RegistrationClosesBeforeNotice);
        }
        if release < notice.end() {
            return Err(TimelineError::ReleaseBeforeNoticeEnds);
        }
        if claim_deadline < release {
            return Err(TimelineError::ClaimsCloseBeforeRelease);
        }
        Ok(Self { notice, registration_deadline, release, claim_deadline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_timeline_of_the_notice_and_three_that_cannot_be() {
        let day = |y, m, d| Instant::start_of(date(y, m, d)).unwrap();
        let notice = Period::new(day(2023, 11, 24), day(2023, 12, 1)).unwrap();
        assert!(Timeline::new(notice, day(2024, 1, 1), day(2024, 1, 1), day(2024, 2, 1)).is_ok());
        assert_eq!(Timeline::new(notice, day(2024, 1, 1), day(2023, 11, 30), day(2024, 2, 1)), Err(TimelineError::ReleaseBeforeNoticeEnds));
        assert_eq!(Timeline::new(notice, day(2024, 1, 1), day(2024, 3, 1), day(2024, 2, 1)), Err(TimelineError::ClaimsCloseBeforeRelease));
        let early = Timeline::new(notice, day(2023, 11, 24), day(2024, 1, 1), day(2024, 2, 1));
        assert_eq!(early, Err(TimelineError::RegistrationClosesBeforeNotice));
    }
}
