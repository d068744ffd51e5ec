//! The pages of public notices and objections: one typed context for each template.

use askama::Template;

use crate::domain::award::AwardLevel;
use crate::domain::identity::DocumentKind;
use crate::domain::objection::{Field, MAX_GROUNDS, Typed};
use crate::service::objections::{MAX_ATTACHMENTS, MAX_FILE_BYTES};

use super::advice::Message;
use super::assets;
use super::language::Frame;
use super::notice_view::{EntryView, MovedView, NoticeView, PhaseView, StatementView};
use super::view::Moment;

/// Every notice that is on the web.
#[derive(Template)]
#[template(path = "notices.html")]
pub struct Notices<'a> {
    pub frame: &'a Frame,
    pub notices: &'a [NoticeView],
}

/// What was searched, as it stands in the form and in the links to other pages.
pub struct Searched {
    pub school: String,
    pub work: String,
    pub name: String,
    pub category: String,
    pub level: String,
    /// The same as a query string with a `&` at its end; empty if nothing is searched.
    pub query: String,
}

/// One notice with a page of its list.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice<'a> {
    pub frame: &'a Frame,
    pub notice: &'a NoticeView,
    pub entries: &'a [EntryView],
    pub found: u64,
    pub searched: &'a Searched,
    pub categories: &'a [String],
    pub statements: &'a [StatementView],
    /// How its dates were moved.
    pub moved: &'a [MovedView],
    pub earlier: Option<i64>,
    pub later: Option<i64>,
}

impl Notice<'_> {
    fn levels(&self) -> [AwardLevel; 5] {
        AwardLevel::ALL
    }
}

/// The form of an objection.
#[derive(Template)]
#[template(path = "objection.html")]
pub struct Objection<'a> {
    pub frame: &'a Frame,
    pub notice: &'a NoticeView,
    /// What it is against; none for the whole list.
    pub entry: Option<&'a EntryView>,
    pub typed: &'a Typed,
    /// What was wrong, field by field.
    pub slips: &'a [(Field, Message)],
    /// What was wrong with the files, or as a whole.
    pub refused: Option<&'a Message>,
    pub nonce: &'a str,
    pub script: &'a str,
}

impl Objection<'_> {
    fn slip(&self, code: &str) -> Option<&Message> {
        self.slips.iter().find(|(field, _)| field.code() == code).map(|(_, message)| message)
    }

    fn is_organisation(&self) -> bool {
        self.typed.form == "organisation"
    }

    fn kinds(&self) -> [DocumentKind; 6] {
        DocumentKind::ALL
    }

    fn max_grounds(&self) -> usize {
        MAX_GROUNDS
    }

    fn max_attachments(&self) -> usize {
        MAX_ATTACHMENTS
    }

    fn max_megabytes(&self) -> usize {
        MAX_FILE_BYTES >> 20
    }

    /// The query of this form's address with the other form.
    fn other(&self) -> String {
        let entry = self.entry.map(|e| format!("entry={}&", e.place)).unwrap_or_default();
        format!("?{entry}form={}", if self.is_organisation() { "person" } else { "organisation" })
    }
}

/// The receipt of an objection.
#[derive(Template)]
#[template(path = "receipt.html")]
pub struct Receipt<'a> {
    pub frame: &'a Frame,
    pub notice: &'a NoticeView,
    pub code: &'a str,
}

/// What became of an objection.
pub struct FollowedView {
    pub contest_name: String,
    pub place: Option<i64>,
    pub whole_list: bool,
    pub filed_at: Moment,
    pub state: FollowedState,
}

/// Where it is in its life.
pub enum FollowedState {
    Open,
    Rejected { at: Moment, reason: String },
    Upheld { at: Moment, reason: String },
}

/// The form for a receipt's code, and what it finds.
#[derive(Template)]
#[template(path = "follow.html")]
pub struct Follow<'a> {
    pub frame: &'a Frame,
    pub error: Option<&'a Message>,
    pub followed: Option<&'a FollowedView>,
}
