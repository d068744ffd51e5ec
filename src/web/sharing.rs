//! What a holder decides about others, behind the holder's own link.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::domain::share::{MAX_PURPOSE, Purpose, Span};
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::download::LinkToken;
use crate::service::entropy;
use crate::service::share::{HeldShare, MAX_OPEN, ShareState, Sharing};

use super::advice::{self, Message};
use super::clock::Now;
use super::download::not_open;
use super::errors::{Failure, ProblemKind};
use super::language::Frame;
use super::origin::SameSite;
use super::pages;
use super::question::Question;
use super::view::Moment;

/// One link as its holder sees it.
pub struct ShareView {
    pub id: String,
    pub purpose: String,
    pub made_at: Moment,
    pub expires_at: Moment,
    pub state: ShareStateView,
    pub openings: u64,
    pub opened_at: Vec<Moment>,
}

/// Whether it opens.
pub enum ShareStateView {
    Open,
    Ended(Moment),
    Expired,
}

impl From<HeldShare> for ShareView {
    fn from(share: HeldShare) -> Self {
        let record = share.record;
        Self {
            id: record.id.to_string(),
            purpose: record.purpose.as_str().to_owned(),
            made_at: Moment(record.made_at),
            expires_at: Moment(record.expires_at),
            state: match share.state {
                ShareState::Open => ShareStateView::Open,
                ShareState::Ended(at) => ShareStateView::Ended(Moment(at)),
                ShareState::Expired => ShareStateView::Expired,
            },
            openings: record.openings,
            opened_at: share.opened_at.into_iter().map(Moment).collect(),
        }
    }
}

/// What stands above the links after a form.
#[derive(Default)]
pub struct Said {
    /// The address of the link that was just made: shown once.
    pub made: Option<String>,
    pub error: Option<Message>,
    /// What was typed as a purpose, if it has to be typed again.
    pub purpose: String,
}

fn token(text: &str) -> Result<LinkToken, Failure> {
    text.parse().map_err(|_| Failure::page(ProblemKind::LinkInvalid))
}

fn page(frame: &Frame, token: &str, sharing: Sharing, said: &Said) -> Response {
    let mut nonce = [0; 16];
    entropy::fill(&mut nonce);
    let page = pages::Sharing {
        frame,
        token,
        number: sharing.certificate.facts.claims.number.as_str(),
        shares: &sharing.shares.into_iter().map(ShareView::from).collect::<Vec<_>>(),
        unlisted: sharing.unlisted,
        said,
        nonce: &URL_SAFE_NO_PAD.encode(nonce),
        spans: &Span::ALL,
        max_purpose: MAX_PURPOSE,
    };
    if said.error.is_some() { pages::render_with(StatusCode::BAD_REQUEST, &page) } else { pages::render(&page) }
}

/// GET /d/{token}/sharing
pub async fn get(State(service): State<Arc<Service>>, Now(now): Now, frame: Frame, Path(typed): Path<String>) -> Result<Response, Failure> {
    let sharing = service.sharing(&token(&typed)?, now).await.map_err(not_open)?;
    Ok(page(&frame, &typed, sharing, &Said::default()))
}

/// The form for a new link.
#[derive(Deserialize)]
pub struct NewLink {
    purpose: String,
    days: u32,
    nonce: String,
}

/// POST /d/{token}/sharing: makes a link and shows it. The same form sent again makes no other.
pub async fn make(
    State(service): State<Arc<Service>>,
    _: SameSite,
    Question { now }: Question,
    frame: Frame,
    Path(typed): Path<String>,
    form: Result<Form<NewLink>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(form) = form.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    let bad = || Failure::page(ProblemKind::BadRequest);
    let nonce: [u8; 16] = URL_SAFE_NO_PAD.decode(&form.nonce).ok().and_then(|n| n.try_into().ok()).ok_or_else(bad)?;
    let span = Span::of_days(form.days).ok_or_else(bad)?;
    let holder = token(&typed)?;
    let said = match Purpose::parse(&form.purpose) {
        Err(error) => Said { error: Some(Message::of(&error)), purpose: advice::bounded(&form.purpose), ..Said::default() },
        Ok(purpose) => said_of(&service, &holder, &nonce, &purpose, span, now).await?,
    };
    let sharing = service.sharing(&holder, now).await.map_err(not_open)?;
    Ok(page(&frame, &typed, sharing, &said))
}

async fn said_of(
    service: &Service,
    holder: &LinkToken,
    nonce: &[u8; 16],
    purpose: &Purpose,
    span: Span,
    now: Instant,
) -> Result<Said, Failure> {
    Ok(match service.share(holder, nonce, purpose, span, now).await.map_err(not_open)? {
        Some(token) => Said { made: Some(service.share_url(&token)), ..Said::default() },
        None => {
            let message = Message::new(
                format!("已有 {MAX_OPEN} 个有效链接，请先停止不再需要的"),
                format!("{MAX_OPEN} links are open already: end those that are no longer needed"),
            );
            Said { error: Some(message), purpose: purpose.as_str().to_owned(), ..Said::default() }
        }
    })
}

/// POST /d/{token}/sharing/{id}/end
pub async fn end(
    State(service): State<Arc<Service>>,
    _: SameSite,
    Question { now }: Question,
    Path((typed, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    service.end_share(&token(&typed)?, &id, now).await.map_err(not_open)?;
    Ok(Redirect::to(&format!("/d/{typed}/sharing")).into_response())
}

/// The switch.
#[derive(Deserialize)]
pub struct Listing {
    unlisted: bool,
}

/// POST /d/{token}/listing: whether others can find the holder by identity number.
pub async fn listing(
    State(service): State<Arc<Service>>,
    _: SameSite,
    Question { now }: Question,
    Path(typed): Path<String>,
    form: Result<Form<Listing>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(form) = form.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    service.set_unlisted(&token(&typed)?, form.unlisted, now).await.map_err(not_open)?;
    Ok(Redirect::to(&format!("/d/{typed}/sharing")).into_response())
}
