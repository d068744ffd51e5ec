//! The pages of verification: one typed context for each template under `pages/verification/`.

use askama::Template;

use crate::domain::identity::DocumentKind;
use crate::domain::organisation::OrganisationCode;
use crate::domain::proofing::{CaseKind, Degree, Field, Funding, Place, Reason, Reasons, School, SchoolLevel, Slot, Typed};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::staff::Desk;

use super::queue::WaitingView;
use super::review::{EventView, WarningView};
use super::views::{DeadlineView, SlotView, StepView, home_of, path_of};

/// What is needed, and where each form stands.
#[derive(Template)]
#[template(path = "verification/overview.html")]
pub struct Overview<'a> {
    pub frame: &'a Frame,
    pub steps: &'a [StepView],
    /// The centre's verification, which is another matter.
    pub centre: &'a StepView,
    pub verified: bool,
    pub deadlines: &'a [DeadlineView],
}

/// A form to be filled in.
#[derive(Template)]
#[template(path = "verification/form.html")]
pub struct Form<'a> {
    pub frame: &'a Frame,
    pub kind: CaseKind,
    pub token: &'a str,
    pub telephone: &'a str,
    pub typed: &'a Typed,
    pub slips: &'a [(Place, Message)],
    /// Why it was sent back.
    pub reasons: Option<&'a Reasons>,
    pub slots: &'a [SlotView],
    /// Schools whose names are like the one that was typed.
    pub schools: &'a [School],
    pub saved: bool,
}

impl Form<'_> {
    fn home(&self) -> &'static str {
        home_of(self.kind)
    }

    fn path(&self) -> String {
        path_of(self.kind)
    }

    fn slip(&self, code: &str) -> Option<&Message> {
        self.slips.iter().find(|(place, _)| place.code() == code).map(|(_, slip)| slip)
    }

    fn value(&self, code: &str) -> &str {
        Field::from_code(code).map_or("", |field| self.typed.get(field))
    }

    /// The reasons for which it was sent back that are about a place.
    fn notes(&self, code: &str) -> Vec<Reason> {
        let all = self.reasons.map(|reasons| reasons.listed().collect::<Vec<_>>()).unwrap_or_default();
        all.into_iter().filter(|reason| reason.about().iter().any(|place| place.code() == code)).collect()
    }

    fn marked(&self, code: &str) -> bool {
        self.slip(code).is_some() || !self.notes(code).is_empty()
    }

    fn kinds(&self) -> [DocumentKind; 6] {
        DocumentKind::ALL
    }

    fn levels(&self) -> [SchoolLevel; 4] {
        SchoolLevel::ALL
    }

    fn fundings(&self) -> [Funding; 3] {
        Funding::ALL
    }

    /// What to look at again in the organisation code; it can be sent in all the same.
    fn doubt(&self) -> Option<Message> {
        let code = OrganisationCode::parse(self.typed.get(Field::OrganisationCode)).ok()?;
        code.warning().map(|_| {
            Message::new(
                "校验位与国家标准不符，请再核对一遍；确认与证件一致可照常提交，由审核员核对。",
                "The check character is not the one of the standard: look again. If it is what the certificate says, send it in; a reviewer compares it.",
            )
        })
    }

    fn degrees(&self) -> [Degree; 5] {
        Degree::ALL
    }
}

/// A case that its owner cannot change.
#[derive(Template)]
#[template(path = "verification/shown.html")]
pub struct Shown<'a> {
    pub frame: &'a Frame,
    pub step: &'a StepView,
    pub token: &'a str,
    /// Labels and what the fields say.
    pub lines: &'a [(Field, String)],
    pub slots: &'a [SlotView],
    /// Whether another one may be begun in its place.
    pub approved: bool,
}

impl Shown<'_> {
    fn home(&self) -> &'static str {
        home_of(self.step.kind)
    }
}

/// The reviewers' queue.
#[derive(Template)]
#[template(path = "verification/queue.html")]
pub struct Queue<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    /// Where the queue is, and what it is called.
    pub queue: &'static str,
    pub name: (&'static str, &'static str),
    pub token: &'a str,
    pub waiting: u64,
    pub late: u64,
    pub mine: u64,
    pub first: &'a [WaitingView],
    pub said: Option<&'a Message>,
    pub error: Option<&'a Message>,
}

/// A case before its reviewer.
#[derive(Template)]
#[template(path = "verification/case.html")]
pub struct Case<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    /// Where the queue is, and what it is called.
    pub queue: &'static str,
    pub name: (&'static str, &'static str),
    pub token: &'a str,
    pub id: i64,
    pub kind: CaseKind,
    pub telephone: &'a str,
    pub due: &'a str,
    pub late: bool,
    pub lines: &'a [(Field, String)],
    pub verified_name: Option<&'a str>,
    pub slots: &'a [SlotView],
    pub warnings: &'a [WarningView],
    pub history: &'a [EventView],
    pub chosen: &'a [String],
    pub text: &'a str,
    pub error: Option<&'a Message>,
}

impl Case<'_> {
    fn reasons(&self) -> &'static [Reason] {
        Reason::of(self.kind)
    }

    fn is_chosen(&self, reason: &Reason) -> bool {
        self.chosen.iter().any(|code| code == reason.code())
    }
}
