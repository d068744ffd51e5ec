//! What pages say of instructors, in plain words.

use crate::domain::instructor::{Entry, Witness};
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::{InstructorRecord, Match, WaitingInstructor};
use crate::service::instructors::{Candidate, award_words};
use crate::web::advice::Message;
use crate::web::language::Frame;
use crate::web::view::Moment;

/// The name of a contest; its id where it is not known any more.
pub fn contest_name(contests: &[Programme], id: &Slug) -> Message {
    let named = contests.iter().find(|contest| contest.id == *id);
    named
        .map_or_else(|| Message::new(id.to_string(), id.to_string()), |contest| Message::new(contest.name.clone(), contest.name_en.clone()))
}

/// How many instructors there are, and where they stand.
#[derive(Default)]
pub struct Tally {
    pub all: usize,
    pub matched: usize,
    pub review: usize,
    pub refused: usize,
}

impl Tally {
    pub fn of(records: &[InstructorRecord]) -> Self {
        let mut tally = Self { all: records.len(), ..Self::default() };
        for record in records {
            match record.state {
                Match::Matched(_) => tally.matched += 1,
                Match::Review(_) => tally.review += 1,
                Match::Refused => tally.refused += 1,
            }
        }
        tally
    }
}

/// The deadline of a contest, for a school.
pub struct DeadlineView {
    pub name: Message,
    pub until: String,
    pub over: bool,
    /// Instructors that were entered for it in time, and later.
    pub in_time: usize,
    pub late: usize,
}

impl DeadlineView {
    /// The contests whose notices have opened and for which certificates can still be claimed.
    pub fn all(frame: &Frame, contests: &[Programme], records: &[InstructorRecord], now: Instant) -> Vec<Self> {
        let view = |programme: &Programme| {
            let timeline = programme.contest()?.timeline;
            if now < timeline.notice.start() || now >= timeline.claim_deadline {
                return None;
            }
            let deadline = timeline.registration_deadline;
            let mine = records.iter().filter(|record| record.instructor.contest == programme.id);
            let (mut in_time, mut late) = (0, 0);
            for record in mine {
                match Entry::judge(Some(record.entered_at), deadline) {
                    Entry::InTime { .. } => in_time += 1,
                    Entry::Late { .. } => late += 1,
                    Entry::Missing => {}
                }
            }
            let name = Message::new(programme.name.clone(), programme.name_en.clone());
            Some(Self { name, until: frame.end(&Moment(deadline)), over: now >= deadline, in_time, late })
        };
        contests.iter().filter_map(view).collect()
    }
}

/// An instructor in the list of its school.
pub struct InstructorView {
    pub id: i64,
    pub name: String,
    pub telephone: String,
    pub contest: Message,
    pub class: &'static str,
    pub state: Message,
    /// What it means, and what to do.
    pub more: Message,
    pub note: String,
    pub entered: Moment,
    /// Whether it was entered at the contest's deadline or after it.
    pub late: bool,
}

impl InstructorView {
    pub fn of(record: &InstructorRecord, contests: &[Programme]) -> Self {
        let deadline = contests.iter().find(|c| c.id == record.instructor.contest).and_then(Programme::contest);
        let deadline = deadline.map(|contest| contest.timeline.registration_deadline);
        let (class, state, more) = match &record.state {
            Match::Matched(awards) => (
                "good",
                Message::new("已匹配", "Matched"),
                Message::new(format!("与获奖名单中的 {} 项奖一致", awards.len()), format!("{} award(s) of the list", awards.len())),
            ),
            Match::Review(doubt) => ("corrected", Message::new("待核对", "In review"), Message::new(doubt.zh(), doubt.en())),
            Match::Refused => (
                "revoked",
                Message::new("未匹配", "Not matched"),
                Message::new(
                    "审核员未找到对应奖项；如填写有误，请修改后再核对",
                    "A reviewer found no award: if something is wrong, correct it",
                ),
            ),
        };
        Self {
            id: record.id,
            name: record.instructor.name.as_str().to_owned(),
            telephone: record.instructor.telephone.masked(),
            contest: contest_name(contests, &record.instructor.contest),
            class,
            state,
            more,
            note: record.note.clone(),
            entered: Moment(record.entered_at),
            late: deadline.is_some_and(|deadline| matches!(Entry::judge(Some(record.entered_at), deadline), Entry::Late { .. })),
        }
    }
}

/// An instructor in the reviewers' queue.
pub struct WaitingView {
    pub id: i64,
    pub school: String,
    pub contest: Message,
    pub doubt: Message,
    pub entered: Moment,
}

impl WaitingView {
    pub fn of(waiting: &WaitingInstructor, contests: &[Programme]) -> Self {
        Self {
            id: waiting.id,
            school: waiting.school.clone(),
            contest: contest_name(contests, &waiting.contest),
            doubt: Message::new(waiting.doubt.zh(), waiting.doubt.en()),
            entered: Moment(waiting.entered_at),
        }
    }
}

/// An award that may be an instructor's.
pub struct CandidateView {
    pub id: String,
    pub name: String,
    pub school: String,
    pub words: Message,
    pub same_name: bool,
    pub same_school: bool,
    pub class: &'static str,
    pub witness: Message,
}

impl CandidateView {
    pub fn of(candidate: &Candidate) -> Self {
        let award = &candidate.record.award;
        let (zh, en) = award_words(&award.achievement);
        let (class, witness) = match candidate.witness {
            Witness::Agrees => ("good", Message::new("手机号或证件一致", "Telephone or document agree")),
            Witness::Silent => ("", Message::new("名单中没有可核对的手机号或证件", "Nothing in the list to compare")),
            Witness::Differs => ("revoked", Message::new("手机号或证件不一致", "Telephone or document differ")),
        };
        Self {
            id: candidate.record.id.clone(),
            name: award.holder.name.as_str().to_owned(),
            school: award.holder.school.clone(),
            words: Message::new(zh, en),
            same_name: candidate.same_name,
            same_school: candidate.same_school,
            class,
            witness,
        }
    }
}
