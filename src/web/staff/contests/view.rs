//! What the pages of contests show.

use crate::domain::contest_form::{Edge, write_instant};
use crate::domain::notice::{NoticeState, Phase};
use crate::domain::programme::{Programme, Timeline};
use crate::domain::time::Instant;
use crate::registry::ContestRecord;
use crate::service::contest_desk::{ContestAct, ContestOverview};
use crate::web::advice::Message;
use crate::web::language::Frame;
use crate::web::notice_view::{MovedView, StatementView, StepView, steps};
use crate::web::router::Site;
use crate::web::view::Moment;

/// Where a notice is, in a word, and the colour of its tag.
pub struct StateTag {
    pub zh: &'static str,
    pub en: &'static str,
    pub class: &'static str,
}

impl StateTag {
    pub fn of(state: &NoticeState, timeline: &Timeline, now: Instant) -> Self {
        let (zh, en, class) = match (state, state.phase(timeline, now)) {
            (NoticeState::Draft, _) => ("草稿", "Draft", "plain"),
            (NoticeState::Withdrawn { .. }, _) => ("已撤下", "Withdrawn", "revoked"),
            (_, Phase::Hidden) => ("已发布，待公示", "Published, not open yet", "corrected"),
            (_, Phase::Open) => ("公示中", "Notice runs", "good"),
            (_, Phase::Deciding) => ("公示期满，待结束", "Period over, to be closed", "corrected"),
            (_, Phase::Closed) => ("公示已结束", "Closed", "plain"),
        };
        Self { zh, en, class }
    }
}

/// A contest in the list.
pub struct ContestRow {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    pub state: StateTag,
    /// The next date.
    pub next: Option<StepView>,
    pub entries: Option<u32>,
}

impl ContestRow {
    pub fn new(frame: &Frame, record: &ContestRecord, now: Instant) -> Self {
        Self {
            id: record.programme.id.to_string(),
            name_zh: record.programme.name.clone(),
            name_en: record.programme.name_en.clone(),
            state: StateTag::of(&record.state, &record.timeline, now),
            next: steps(frame, &record.timeline, now).into_iter().find(|step| step.next),
            entries: record.state.closing().map(|c| c.entries).or_else(|| record.state.publication().map(|p| p.entries)),
        }
    }
}

/// A contest that stands in the configuration alone.
pub struct ConfiguredView {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    pub closes: String,
    /// Whether its notice can still be held here.
    pub open: bool,
}

impl ConfiguredView {
    pub fn new(frame: &Frame, programme: &Programme, now: Instant) -> Option<Self> {
        let end = programme.contest()?.timeline.notice.end();
        Some(Self {
            id: programme.id.to_string(),
            name_zh: programme.name.clone(),
            name_en: programme.name_en.clone(),
            closes: frame.end(&Moment(end)),
            open: now < end,
        })
    }
}

/// Something that may be done, or what it waits for.
pub struct ActView {
    pub path: &'static str,
    pub name: Message,
    pub what: Message,
    pub waits: Option<Message>,
}

/// A contest's page.
pub struct OverviewView {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    pub document_number: String,
    pub organisers: String,
    pub groups: String,
    pub categories: String,
    pub issuer: String,
    pub template: String,
    pub pattern: String,
    pub example: String,
    pub state: StateTag,
    pub steps: Vec<StepView>,
    pub now: String,
    pub acts: Vec<ActView>,
    pub awards: u64,
    pub certified: u64,
    pub held: u64,
    pub objections: u64,
    pub open: u64,
    pub published: Option<(Moment, u32, String)>,
    pub closed: Option<(Moment, u32, String)>,
    pub withdrawn: Option<(Moment, String)>,
    pub statements: Vec<StatementView>,
    /// Whether the public meets the notice.
    pub is_public: bool,
    pub moved: Vec<MovedView>,
}

/// Which act, its path, its name and what it does.
type ActWords = (ContestAct, &'static str, (&'static str, &'static str), (&'static str, &'static str));

const ACTS: [ActWords; 6] = [
    (ContestAct::Import, "import", ("导入名单", "Import a list"), ("上传、预览、确认", "Upload, look, confirm")),
    (ContestAct::Edit, "edit", ("修改赛事", "Change the contest"), ("全部信息与日期", "Everything, dates too")),
    (ContestAct::Publish, "publish", ("发布公示", "Publish the notice"), ("固定并签署名单", "The list is fixed and signed")),
    (
        ContestAct::Move,
        "dates",
        ("推迟日期", "Move dates later"),
        ("注册、发证、申领；公示页可见", "Registration, release, claims; the public sees it"),
    ),
    (ContestAct::Close, "close", ("结束公示", "Close the notice"), ("签署最终名单", "What remained is signed")),
    (ContestAct::Withdraw, "withdraw", ("撤下公示", "Withdraw the notice"), ("从网站撤下，记录保留", "Off the web; the records stay")),
];

impl OverviewView {
    pub fn new(frame: &Frame, site: &Site, overview: &ContestOverview, now: Instant) -> Self {
        let ContestOverview { record, contest, counts, statements, moved, phase } = overview;
        let programme = &record.programme;
        let act = |(act, path, name, what): ActWords| ActView {
            path,
            name: Message::new(name.0, name.1),
            what: Message::new(what.0, what.1),
            waits: overview.may(act, now).err().map(|obstacle| Message::of(&obstacle)),
        };
        let issuer = site.service.config().issuers.iter().find(|issuer| issuer.id == programme.issuer);
        Self {
            id: programme.id.to_string(),
            name_zh: programme.name.clone(),
            name_en: programme.name_en.clone(),
            document_number: contest.document_number.clone(),
            organisers: contest.organisers.join("、"),
            groups: contest.groups.join("、"),
            categories: contest.categories.join("、"),
            issuer: issuer.map_or_else(|| programme.issuer.to_string(), |issuer| issuer.name.clone()),
            template: programme.template.to_string(),
            pattern: programme.pattern.to_string(),
            example: overview.example().map(|number| number.to_string()).unwrap_or_default(),
            state: StateTag::of(&record.state, &record.timeline, now),
            steps: steps(frame, &record.timeline, now),
            now: write_instant(now, Edge::Start),
            acts: ACTS.into_iter().map(act).collect(),
            awards: counts.awards,
            certified: counts.certified,
            held: counts.held,
            objections: counts.objections,
            open: counts.open,
            published: record.state.publication().map(|p| (Moment(p.at), p.entries, p.list.to_string())),
            closed: record.state.closing().map(|c| (Moment(c.at), c.entries, c.list.to_string())),
            withdrawn: match &record.state {
                NoticeState::Withdrawn { at, reason, .. } => Some((Moment(*at), reason.as_str().to_owned())),
                _ => None,
            },
            statements: statements.iter().cloned().map(StatementView::from).collect(),
            is_public: *phase != Phase::Hidden,
            moved: moved.iter().cloned().map(|moved| MovedView::new(frame, moved)).collect(),
        }
    }
}
