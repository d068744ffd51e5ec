//! The guides of `docs/help` as pages of the site, in the reader's language, and the papers of `docs` that they name.
//!
//! The Markdown files are built in and read once; `/help` is made of the table in `docs/help/README.md`. What is there is in [`shelf`], how it
//! becomes a page in [`markdown`].

mod desk;
mod markdown;
mod pairs;
mod shelf;
mod source;
mod words;

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::digest::Digest;

use super::language::Frame;
use super::{assets, etag};

pub use desk::of_section;
use markdown::Text;
use shelf::{Entry, Shelf};

/// A reader's browser keeps a page and asks whether it still holds: a page names the style sheet of its own version.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The guides with a line for each.
#[derive(Template)]
#[template(path = "help/index.html")]
struct Index<'a> {
    frame: &'a Frame,
    guides: Vec<&'a Entry>,
}

/// A guide or a paper.
#[derive(Template)]
#[template(path = "help/guide.html")]
struct Guide<'a> {
    frame: &'a Frame,
    text: &'a Text,
    others: Vec<&'a Entry>,
}

/// GET /help
pub async fn index(asked: HeaderMap, frame: Frame) -> Response {
    answer(&asked, &Index { frame: &frame, guides: Shelf::get().guides(frame.language).collect() })
}

/// GET /help/{guide}
pub async fn guide(asked: HeaderMap, frame: Frame, Path(slug): Path<String>) -> Response {
    let shelf = Shelf::get();
    let Some(text) = shelf.text(&slug, frame.language) else { return StatusCode::NOT_FOUND.into_response() };
    let others = shelf.guides(frame.language).filter(|entry| entry.slug != slug).collect();
    answer(&asked, &Guide { frame: &frame, text, others })
}

/// The page, or 304 if the reader has it. The tag is weak, since the page travels packed or not.
fn answer(asked: &HeaderMap, page: &impl Template) -> Response {
    let Ok(html) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let tag = format!("\"{:.32}\"", Digest::of(html.as_bytes()));
    let Ok(value) = HeaderValue::from_str(&format!("W/{tag}")) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = [(header::ETAG, value), (header::CACHE_CONTROL, ASK_FIRST)];
    if etag::holds(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html).into_response()
}
