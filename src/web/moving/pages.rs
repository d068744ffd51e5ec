//! The pages of moves: one typed context for each template under `pages/moving/`.

use askama::Template;

use crate::web::advice::Message;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::staff::Desk;

use super::desk::{MoveView, WaitingView};
use super::own::AskedView;

/// The form on which a holder asks, or what became of the last request.
#[derive(Template)]
#[template(path = "moving/ask.html")]
pub struct Ask<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub now: &'a str,
    pub verified: bool,
    pub last: Option<AskedView>,
    pub telephone: &'a str,
    pub note: &'a str,
    pub error: Option<&'a Message>,
}

impl Ask<'_> {
    /// Whether a request waits, beside which there is no other.
    fn waits(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.waits)
    }
}

/// Requests that wait.
#[derive(Template)]
#[template(path = "moving/queue.html")]
pub struct Queue<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub moves: &'a [WaitingView],
}

/// One of them, with both sides.
#[derive(Template)]
#[template(path = "moving/one.html")]
pub struct One<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub file: &'a MoveView,
    pub reason: &'a str,
    pub error: Option<&'a Message>,
}
