//! What the pages of public notices show.

use crate::domain::award::{AwardLevel, Role};
use crate::domain::notice::Phase;
use crate::domain::programme::Timeline;
use crate::domain::public_list::Standing;
use crate::domain::time::Instant;
use crate::registry::{DatesMoved, EntryRow, NoticeAct, NoticeStatement};
use crate::service::notice::PublicNotice;

use super::advice::Message;
use super::language::Frame;
use super::view::Moment;

/// A date of the contest.
pub struct StepView {
    pub name: Message,
    pub when: String,
    pub rfc3339: String,
    /// Whether it is over.
    pub past: bool,
    /// Whether it is the next one.
    pub next: bool,
}

/// A notice.
pub struct NoticeView {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    pub edition: String,
    pub document_number: String,
    pub organisers: String,
    pub groups: String,
    pub phase: PhaseView,
    pub opens: String,
    pub closes: String,
    pub entries: u32,
    pub steps: Vec<StepView>,
    pub list_sha256: String,
    pub published_sha256: String,
}

/// What may be done in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhaseView {
    Open,
    Deciding,
    Closed,
}

impl PhaseView {
    /// In two words, and the colour of the tag.
    pub fn tag(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Open => ("公示中", "Open", "good"),
            Self::Deciding => ("异议处理中", "Being decided", "corrected"),
            Self::Closed => ("已结束", "Closed", "plain"),
        }
    }
}

impl NoticeView {
    pub fn new(frame: &Frame, notice: &PublicNotice, now: Instant) -> Self {
        let contest = &notice.contest;
        let period = contest.timeline.notice;
        Self {
            id: notice.programme.id.to_string(),
            name_zh: notice.programme.name.clone(),
            name_en: notice.programme.name_en.clone(),
            edition: contest.edition.clone(),
            document_number: contest.document_number.clone(),
            organisers: contest.organisers.join("、"),
            groups: contest.groups.join("、"),
            phase: match notice.phase {
                Phase::Open => PhaseView::Open,
                Phase::Closed => PhaseView::Closed,
                Phase::Deciding | Phase::Hidden => PhaseView::Deciding,
            },
            opens: frame.moment(&Moment(period.start())),
            closes: frame.end(&Moment(period.end())),
            entries: notice.closing.as_ref().map_or(notice.publication.entries, |closing| closing.entries),
            steps: steps(frame, &contest.timeline, now),
            list_sha256: notice.list().to_string(),
            published_sha256: notice.publication.list.to_string(),
        }
    }
}

pub fn steps(frame: &Frame, timeline: &Timeline, now: Instant) -> Vec<StepView> {
    let Timeline { notice, registration_deadline, release, claim_deadline } = *timeline;
    let mut dates = [
        (Message::new("公示开始", "Notice opens"), notice.start(), false),
        (Message::new("公示截止", "Notice closes"), notice.end(), true),
        (Message::new("注册认证截止", "Registration ends"), registration_deadline, true),
        (Message::new("获奖证书发布", "Award certificates"), release, false),
        (Message::new("能力证书申领截止", "Claims end"), claim_deadline, true),
    ];
    dates.sort_by_key(|(_, at, _)| *at);
    let next = dates.iter().position(|(_, at, _)| now < *at);
    let step = |(n, (name, at, is_end)): (usize, (Message, Instant, bool))| StepView {
        name,
        when: if is_end { frame.end(&Moment(at)) } else { frame.moment(&Moment(at)) },
        rfc3339: at.rfc3339_beijing(),
        past: now >= at,
        next: next == Some(n),
    };
    dates.into_iter().enumerate().map(step).collect()
}

/// Dates as they were moved.
pub struct MovedView {
    pub at: Moment,
    pub reason: String,
    /// Which, before, after.
    pub dates: Vec<(Message, String, String)>,
}

impl MovedView {
    pub fn new(frame: &Frame, moved: DatesMoved) -> Self {
        let end = |at| frame.end(&Moment(at));
        let start = |at: Instant| frame.moment(&Moment(at));
        let all = [
            (Message::new("注册认证截止", "Registration ends"), end(moved.registration.0), end(moved.registration.1)),
            (Message::new("获奖证书发布", "Award certificates"), start(moved.release.0), start(moved.release.1)),
            (Message::new("能力证书申领截止", "Claims end"), end(moved.claims.0), end(moved.claims.1)),
        ];
        Self { at: Moment(moved.at), reason: moved.reason, dates: all.into_iter().filter(|(_, before, after)| before != after).collect() }
    }
}

/// An entry of the list.
pub struct EntryView {
    pub place: i64,
    pub holder: String,
    pub school: String,
    /// Category and subject.
    pub field: String,
    pub work: String,
    pub level: AwardLevel,
    pub role: Role,
    pub standing: Standing,
    pub remark: String,
}

impl From<EntryRow> for EntryView {
    fn from(row: EntryRow) -> Self {
        let EntryRow { place, entry, standing, remark } = row;
        let field = [entry.category, entry.subject].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        Self {
            place,
            holder: entry.holder,
            school: entry.school,
            field,
            work: entry.work,
            level: entry.level,
            role: entry.role,
            standing,
            remark,
        }
    }
}

impl EntryView {
    pub fn is_withdrawn(&self) -> bool {
        self.standing == Standing::Withdrawn
    }

    pub fn is_changed(&self) -> bool {
        self.standing == Standing::Changed
    }
}

/// A signed statement.
pub struct StatementView {
    pub seq: i64,
    pub name: Message,
    pub made_at: Moment,
}

impl From<NoticeStatement> for StatementView {
    fn from(statement: NoticeStatement) -> Self {
        let name = match statement.act {
            NoticeAct::Published => Message::new("公示发布声明", "Statement of publication"),
            NoticeAct::Closed => Message::new("公示结束声明", "Statement of closing"),
        };
        Self { seq: statement.seq, name, made_at: Moment(statement.made_at) }
    }
}
