//! What the pages of objections show.

use serde::Deserialize;

use crate::domain::award::{Achievement, Award, AwardLevel, Role};
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::objection::{Form, ObjectionState, Objector};
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::{FilePurpose, FileRecord, ObjectionContent, ObjectionRecord, StoredKind};
use crate::service::access::{ObjectionsMandate, ObjectionsOfficer};
use crate::web::advice::Message;
use crate::web::errors::Failure;
use crate::web::router::Site;
use crate::web::view::Moment;

use super::{failed, refused};

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// Where an objection is in its life.
pub enum StateView {
    Open,
    Rejected { at: Moment, reason: String },
    Upheld { at: Moment, reason: String },
}

impl StateView {
    fn of(state: &ObjectionState) -> Self {
        match state {
            ObjectionState::Open => Self::Open,
            ObjectionState::Rejected { at, reason } => Self::Rejected { at: Moment(*at), reason: reason.as_str().to_owned() },
            ObjectionState::Upheld { at, reason } => Self::Upheld { at: Moment(*at), reason: reason.as_str().to_owned() },
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// In a word, and the colour of its tag.
    pub fn tag(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Open => ("待处理", "Open", "corrected"),
            Self::Rejected { .. } => ("不予支持", "Not upheld", "plain"),
            Self::Upheld { .. } => ("已支持", "Upheld", "good"),
        }
    }
}

/// An objection in the queue: nothing private.
pub struct QueueRow {
    pub id: i64,
    pub contest: ContestName,
    pub against: Message,
    pub form: Message,
    pub filed_at: Moment,
    pub state: StateView,
    /// Until the release of the contest's certificates.
    pub left: Option<Message>,
}

/// A contest's names.
pub struct ContestName {
    pub zh: String,
    pub en: String,
}

fn contest_name(id: &Slug, programmes: &[Programme]) -> ContestName {
    let found = programmes.iter().find(|p| p.id == *id);
    ContestName { zh: found.map_or_else(|| id.to_string(), |p| p.name.clone()), en: found.map(|p| p.name_en.clone()).unwrap_or_default() }
}

fn against(record: &ObjectionRecord) -> Message {
    match (record.place, &record.award) {
        (Some(place), _) => Message::new(format!("第 {place} 条"), format!("Entry {place}")),
        (None, Some(_)) => Message::new("已不在名单中的一条", "An entry that is no longer listed"),
        (None, None) => Message::new("整个名单", "The whole list"),
    }
}

fn form(record: &ObjectionRecord) -> Message {
    match record.form {
        Form::Person => Message::new("个人", "Person"),
        Form::Organisation => Message::new("单位", "Organisation"),
    }
}

/// How long the release still is away, in days that are left in full.
fn left(record: &ObjectionRecord, programmes: &[Programme], now: Instant) -> Option<Message> {
    let release = programmes.iter().find(|p| p.id == record.contest)?.contest()?.timeline.release;
    let days = (release.millis() - now.millis()).div_euclid(DAY);
    Some(match days {
        ..0 => Message::new("已过发证时间", "Release is past"),
        0 => Message::new("不足 1 天", "Less than a day"),
        1 => Message::new("1 天", "1 day"),
        days => Message::new(format!("{days} 天"), format!("{days} days")),
    })
}

impl QueueRow {
    pub fn new(record: ObjectionRecord, programmes: &[Programme], now: Instant) -> Self {
        Self {
            id: record.id,
            contest: contest_name(&record.contest, programmes),
            against: against(&record),
            form: form(&record),
            filed_at: Moment(record.filed_at),
            left: left(&record, programmes, now).filter(|_| matches!(record.state, ObjectionState::Open)),
            state: StateView::of(&record.state),
        }
    }
}

/// The facts of an award, as they are typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Facts {
    pub holder: String,
    pub school: String,
    pub level: String,
    pub role: String,
    pub category: String,
    pub subject: String,
    pub work: String,
    pub team: String,
    pub instructors: String,
}

impl Facts {
    fn of(award: &Award) -> Self {
        let names = |names: &[PersonName]| names.iter().map(PersonName::as_str).collect::<Vec<_>>().join("、");
        let mut facts = Self { holder: award.holder.name.as_str().to_owned(), school: award.holder.school.clone(), ..Self::default() };
        if let Achievement::Award { level, role, category, subject, work, team, instructors } = &award.achievement {
            level.zh().clone_into(&mut facts.level);
            role.zh().clone_into(&mut facts.role);
            (facts.category, facts.subject, facts.work) = (category.clone(), subject.clone(), work.clone());
            (facts.team, facts.instructors) = (names(team), names(instructors));
        }
        facts
    }
}

/// The entry that a decision may do something to, with its whole facts.
pub struct EntryCase {
    pub place: i64,
    pub facts: Facts,
}

/// A file of an objection.
pub struct FileView {
    pub link: String,
    pub name: String,
    pub purpose: Message,
    pub is_picture: bool,
}

/// What is private in an objection.
pub struct ContentView {
    pub who: Vec<(Message, String)>,
    pub grounds: String,
    pub files: Vec<FileView>,
}

/// One objection.
pub struct CaseView {
    pub id: i64,
    pub contest: ContestName,
    pub against: Message,
    pub whole_list: bool,
    pub form: Message,
    pub filed_at: Moment,
    pub left: Option<Message>,
    pub state: StateView,
    pub content: Option<ContentView>,
    pub erased_at: Option<Moment>,
    pub entry: Option<EntryCase>,
    /// The entry that was looked for is not there.
    pub no_entry: bool,
    pub levels: [AwardLevel; 5],
    pub roles: [Role; 3],
}

impl CaseView {
    /// Reads it, which the audit trail notes.
    pub async fn read(site: &Site, officer: &ObjectionsOfficer, (id, looked): (i64, Option<i64>), now: Instant) -> Result<Self, Failure> {
        let service = &site.service;
        let mandate = ObjectionsMandate::of(officer);
        let record = service.objection(&mandate, id).await.map_err(|e| refused(&e))?;
        let content = match record.erased_at {
            Some(_) => None,
            None => Some(service.read_objection(id, &mandate, now).await.map_err(|e| refused(&e))?.1),
        };
        let programmes = service.programmes().await.map_err(|e| failed(&e))?;
        let place = record.place.or(looked.filter(|_| record.award.is_none()));
        let mut entry = None;
        if let Some(place) = place.filter(|_| record.state == ObjectionState::Open)
            && let Ok(award) = service.award_of_entry(&mandate, &record.contest, place).await
        {
            entry = Some(EntryCase { place, facts: Facts::of(&award) });
        }
        Ok(Self {
            id,
            contest: contest_name(&record.contest, &programmes),
            against: against(&record),
            whole_list: record.award.is_none(),
            form: form(&record),
            filed_at: Moment(record.filed_at),
            left: left(&record, &programmes, now),
            state: StateView::of(&record.state),
            content: content.map(|content| ContentView::new(site, officer, id, &content, now)),
            erased_at: record.erased_at.map(Moment),
            no_entry: place.is_some() && entry.is_none() && record.state == ObjectionState::Open,
            entry,
            levels: AwardLevel::ALL,
            roles: Role::ALL,
        })
    }
}

impl ContentView {
    fn new(site: &Site, officer: &ObjectionsOfficer, id: i64, content: &ObjectionContent, now: Instant) -> Self {
        let (of, name, contact, document, telephone) = match &content.objection.objector {
            Objector::Person { name, document, workplace, telephone } => {
                (("工作单位", "Workplace"), workplace, (("姓名", "Name"), name), document, telephone)
            }
            Objector::Organisation { name, contact, document, telephone } => {
                (("单位名称", "Organisation"), name, (("联系人", "Contact"), contact), document, telephone)
            }
        };
        let kind = document.kind();
        let row = |words: (&str, &str), value: &str| (Message::new(words.0, words.1), value.to_owned());
        let file = |file: &FileRecord| FileView {
            link: site.service.objection_file_link(officer, id, file.seq, now).to_string(),
            name: file.name.clone(),
            purpose: match file.purpose {
                FilePurpose::Signature => Message::new("亲笔签名", "Signature"),
                FilePurpose::Seal => Message::new("单位公章", "Seal of the organisation"),
                FilePurpose::Attachment => Message::new("证明材料", "Attachment"),
            },
            is_picture: file.kind == StoredKind::Jpeg,
        };
        Self {
            who: vec![
                row(contact.0, contact.1.as_str()),
                row(of, name),
                row((kind.zh(), kind.en()), document.number()),
                row(("联系电话", "Telephone"), telephone.as_str()),
            ],
            grounds: content.objection.grounds.as_str().to_owned(),
            files: content.files.iter().map(file).collect(),
        }
    }
}
