//! The holder who asks.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::moving::{MoveNote, MoveState};
use crate::domain::telephone::Telephone;
use crate::registry::{MoveError, MoveRecord};
use crate::service::access::{AccessError, Student};
use crate::service::entropy;
use crate::service::moving::MovingError;
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Sent, Signed};
use crate::web::view::Moment;

use super::pages;

const PAGE: &str = "/account/telephone/move";

/// The last request, as its holder sees it.
pub struct AskedView {
    pub at: Moment,
    pub telephone: String,
    pub waits: bool,
    /// Why it was refused.
    pub refused: Option<String>,
}

impl AskedView {
    fn of(record: MoveRecord) -> Self {
        Self {
            at: Moment(record.asked_at),
            telephone: record.telephone.masked(),
            waits: record.state == MoveState::Asked,
            refused: record.reason.filter(|_| record.state == MoveState::Refused),
        }
    }
}

/// The old number, and what else there is to say.
#[derive(Deserialize)]
pub struct Ask {
    token: String,
    telephone: String,
    #[serde(default)]
    note: String,
}

impl Signed for Ask {
    fn token(&self) -> &str {
        &self.token
    }
}

/// What the form says again.
#[derive(Default)]
struct Again<'a> {
    telephone: &'a str,
    note: &'a str,
    error: Option<Message>,
    retry_after: Option<u64>,
}

async fn shown(site: &Site, student: &Student, frame: Frame, again: Again<'_>) -> Result<Response, Failure> {
    let (verified, last) = site.service.own_move(student).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let page = pages::Ask {
        frame: &frame.at("account").on(PAGE),
        token: &site.service.form_token(student.visitor()),
        now: &student.visitor().telephone_masked(),
        verified,
        last: last.map(AskedView::of),
        telephone: &bounded(again.telephone),
        note: again.note,
        error: again.error.as_ref(),
    };
    let Some(seconds) = again.retry_after else {
        return Ok(if page.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) });
    };
    let mut response = render_with(StatusCode::TOO_MANY_REQUESTS, &page);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// GET /account/telephone/move
pub async fn form(State(site): State<Site>, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    shown(&site, &student, frame, Again::default()).await
}

/// POST /account/telephone/move
pub async fn send(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Student, Ask>) -> Result<Response, Failure> {
    let (student, form) = (&sent.who, &sent.form);
    let read = Telephone::parse(&form.telephone).map_err(|e| Message::of(&e));
    let read = read.and_then(|old| MoveNote::parse(&form.note).map(|note| (old, note)).map_err(|e| Message::of(&e)));
    let mut retry_after = None;
    let error = match read {
        Ok((old, note)) => match site.service.ask_to_move(student, (&old, &note), now, &mut entropy::fill).await {
            // What waits already is shown.
            Ok(()) | Err(MovingError::Move(MoveError::Asked)) => return Ok(Redirect::to(PAGE).into_response()),
            Err(MovingError::Service(error)) => return Err(Failure::service(Door::Page, &error)),
            Err(MovingError::Access(AccessError::TooMany(wait))) => {
                retry_after = Some(wait.seconds);
                Message::of(&AccessError::TooMany(wait))
            }
            Err(error) => Message::of(&error),
        },
        Err(error) => error,
    };
    let note: String = form.note.chars().take(2_000).collect();
    let again = Again { telephone: &form.telephone, note: &note, error: Some(error), retry_after };
    shown(&site, student, frame, again).await
}
