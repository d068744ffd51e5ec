//! The pages of awards: one typed context for each template under `pages/awards/`.

use askama::Template;

use crate::web::advice::Message;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::staff::Desk;

use super::matches::{MatchView, WaitingView};
use super::views::{AwardView, MaybeView, ReportView};

/// The account's awards.
#[derive(Template)]
#[template(path = "awards/list.html")]
pub struct List<'a> {
    pub frame: &'a Frame,
    pub awards: &'a [AwardView],
    pub maybe: &'a [MaybeView],
    pub telephone: &'a str,
    pub is_verified: bool,
}

/// One of them.
#[derive(Template)]
#[template(path = "awards/one.html")]
pub struct One<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub award: &'a AwardView,
}

/// Doubtful matches that wait.
#[derive(Template)]
#[template(path = "awards/matches.html")]
pub struct Matches<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub waiting: u64,
    pub matches: &'a [WaitingView],
}

/// One of them, with both sides.
#[derive(Template)]
#[template(path = "awards/match.html")]
pub struct Match<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub file: &'a MatchView,
    pub reason: &'a str,
    pub error: Option<&'a Message>,
}

/// The form on which a holder reports a mistake.
#[derive(Template)]
#[template(path = "awards/report.html")]
pub struct Report<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub award: &'a AwardView,
    pub reports: &'a [ReportView],
    pub typed: &'a super::report::Typed,
    pub error: Option<&'a Message>,
}

/// Open reports.
#[derive(Template)]
#[template(path = "awards/reports.html")]
pub struct Reports<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub waiting: u64,
    pub reports: &'a [super::reports::WaitingView],
}

/// One of them.
#[derive(Template)]
#[template(path = "awards/reported.html")]
pub struct ReportedMistake<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub file: &'a super::reports::FileView,
    pub typed: &'a super::reports::Decision,
    pub error: Option<&'a Message>,
}
