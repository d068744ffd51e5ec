//! The pages of schools: one typed context for each template under `pages/school/`.

use askama::Template;

use crate::domain::identity::DocumentKind;
use crate::domain::programme::Programme;
use crate::service::instructors::{InstructorForm, PreviewRow};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::staff::Desk;
use crate::web::verification::views::StepView;
use crate::web::view::Moment;

use super::views::{CandidateView, DeadlineView, InstructorView, Tally, WaitingView};

/// Where the school stands.
#[derive(Template)]
#[template(path = "school/overview.html")]
pub struct Overview<'a> {
    pub frame: &'a Frame,
    pub step: &'a StepView,
    /// The school that the account speaks for, once it is verified.
    pub school: Option<&'a str>,
    pub tally: &'a Tally,
    pub deadlines: &'a [DeadlineView],
}

/// The instructors of the school.
#[derive(Template)]
#[template(path = "school/instructors.html")]
pub struct Instructors<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub school: Option<&'a str>,
    pub lines: &'a [InstructorView],
    /// How many there are that the page does not show.
    pub more: usize,
    pub wanted: &'a str,
    pub said: Option<&'a Message>,
    pub error: Option<&'a Message>,
    pub tally: &'a Tally,
}

/// The form of one instructor.
#[derive(Template)]
#[template(path = "school/instructor.html")]
pub struct InstructorPage<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    /// The number of one that is changed.
    pub id: Option<i64>,
    pub form: &'a InstructorForm,
    pub faults: &'a [(&'static str, Message)],
    pub error: Option<&'a Message>,
    pub contests: &'a [Programme],
}

impl InstructorPage<'_> {
    fn slip(&self, place: &str) -> Option<&Message> {
        self.faults.iter().find(|(at, _)| *at == place).map(|(_, fault)| fault)
    }

    fn kinds(&self) -> [DocumentKind; 6] {
        DocumentKind::ALL
    }
}

/// Where a spreadsheet is chosen, and what was wrong with one.
#[derive(Template)]
#[template(path = "school/list.html")]
pub struct ListPage<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub contests: &'a [Programme],
    pub error: Option<&'a Message>,
    /// Place, content, what is wrong and what to do.
    pub problems: &'a [(String, String, Message, Message)],
    /// Problems that are not listed.
    pub more: usize,
    pub most: usize,
}

/// What a spreadsheet holds.
#[derive(Template)]
#[template(path = "school/preview.html")]
pub struct PreviewPage<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub school: &'a str,
    pub rows: &'a [PreviewRow],
    pub contests: &'a [Programme],
    pub parcel: &'a str,
}

impl PreviewPage<'_> {
    fn contest(&self, row: &PreviewRow) -> Message {
        super::views::contest_name(self.contests, &row.instructor.contest)
    }

    fn fresh(&self) -> usize {
        self.rows.iter().filter(|row| !row.known).count()
    }

    fn doubtful(&self) -> usize {
        self.rows.iter().filter(|row| !row.known && row.found.is_err()).count()
    }
}

/// The reviewers' queue of instructors.
#[derive(Template)]
#[template(path = "school/queue.html")]
pub struct Queue<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub waiting: u64,
    pub first: &'a [WaitingView],
    pub said: Option<&'a Message>,
    pub error: Option<&'a Message>,
}

/// An instructor before a reviewer.
#[derive(Template)]
#[template(path = "school/decide.html")]
pub struct Decide<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub id: i64,
    /// When it was last changed, in milliseconds.
    pub seen: i64,
    pub name: &'a str,
    pub telephone: &'a str,
    pub document: Option<&'a str>,
    pub school: &'a str,
    pub contest: &'a Message,
    pub entered: &'a Moment,
    pub late: bool,
    pub doubt: &'a Message,
    pub candidates: &'a [CandidateView],
    pub error: Option<&'a Message>,
}
