//! Every failure as the reader's door shows it: a page for people, a problem document (RFC 9457) for machines.
//!
//! Handlers return a [`Failure`]; what the router and the middleware refuse by themselves (unknown path, wrong method, body too
//! large, time over) is dressed by [`Wardrobe`]. A failure behind the scenes is logged once, here, and shown as a fixed phrase.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::hints::Hint;
use crate::service::ServiceError;

use super::advice::Message;
use super::headers::NO_STORE;
use super::language::{Frame, Language};
use super::pages;
use super::trace::RequestId;
use super::view::HintView;

mod kinds;

pub use kinds::ProblemKind;

/// GET /problems: what the `type` of a problem document points to.
pub async fn page(frame: Frame) -> Response {
    pages::render(&pages::Problems { frame: &frame })
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Page,
    Api,
}

impl Door {
    pub fn of(path: &str) -> Self {
        if path.starts_with("/api/") || path.starts_with("/.well-known/") { Self::Api } else { Self::Page }
    }
}

/// A failure on its way to the reader; [`Wardrobe::dress`] prints it.
#[derive(Debug, Clone)]
pub struct Failure {
    door: Door,
    kind: ProblemKind,
    detail: Option<Message>,
    retry_after: Option<u64>,
    hints: Vec<HintView>,
    slips: Vec<Slip>,
}

impl Failure {
    pub fn new(door: Door, kind: ProblemKind) -> Self {
        Self { door, kind, detail: None, retry_after: None, hints: Vec::new(), slips: Vec::new() }
    }

    pub fn page(kind: ProblemKind) -> Self {
        Self::new(Door::Page, kind)
    }

    pub fn api(kind: ProblemKind) -> Self {
        Self::new(Door::Api, kind)
    }

    pub fn detail(self, detail: Message) -> Self {
        Self { detail: Some(detail), ..self }
    }

    /// The same with that detail if it is of that kind.
    pub fn detail_of(self, kind: ProblemKind, detail: Message) -> Self {
        if self.kind == kind { self.detail(detail) } else { self }
    }

    /// What to look at in the number that was sent.
    pub fn hints(self, hints: impl IntoIterator<Item = Hint>) -> Self {
        Self { hints: hints.into_iter().map(HintView::from).collect(), ..self }
    }

    /// What is wrong with each row of a list that was sent.
    pub fn slips(self, slips: impl IntoIterator<Item = Slip>) -> Self {
        Self { slips: slips.into_iter().collect(), ..self }
    }

    /// When the reader may ask again, in seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        let detail = Message::new(format!("请在 {seconds} 秒后重试"), format!("Ask again in {seconds} seconds"));
        Self { retry_after: Some(seconds), detail: Some(detail), ..self }
    }

    /// Logs a failure behind the scenes; the reader gets the fixed phrase.
    pub fn service(door: Door, error: &ServiceError) -> Self {
        tracing::error!(error = %error, "a use case failed");
        let away = matches!(error, ServiceError::Vault(vault) if vault.is_outage());
        Self::new(door, if away { ProblemKind::StoreAway } else { ProblemKind::Internal })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks a response with an error status that is already as its reader should see it.
#[derive(Debug, Clone, Copy)]
pub struct Finished;

/// What is wrong with a row of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Slip {
    /// Which award, from 0; absent if it is about the list as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// In which field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// The kind of slip; stable.
    pub code: &'static str,
    pub message: String,
    pub message_zh: String,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Where the kind of problem is explained.
    #[schema(format = "uri")]
    r#type: String,
    title: String,
    title_zh: String,
    /// The HTTP status.
    status: u16,
    /// The kind of problem; stable.
    code: &'static str,
    detail: String,
    detail_zh: String,
    /// What to look at in a number that was not found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<HintView>,
    /// What is wrong with a list that was sent, everything at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Slip>,
    /// The number of the request, for questions about it.
    request_id: String,
}

impl ProblemDocument {
    /// The document of a kind of problem, with what is known besides.
    pub fn of(kind: ProblemKind, detail: Option<&Message>, hints: &[HintView], base: &str, request_id: &str) -> Self {
        let (title, advice) = (kind.title(), kind.advice());
        let detail = detail.unwrap_or(&advice);
        Self {
            r#type: format!("{base}/problems#{}", kind.code()),
            title: title.en,
            title_zh: title.zh,
            status: kind.status().as_u16(),
            code: kind.code(),
            detail: detail.en.clone(),
            detail_zh: detail.zh.clone(),
            hints: hints.to_vec(),
            problems: Vec::new(),
            request_id: request_id.to_owned(),
        }
    }
}

/// What is to be known of a request if it fails.
pub struct Wardrobe {
    door: Door,
    language: Language,
    request_id: Option<RequestId>,
}

impl Wardrobe {
    /// Looks at a request before it is answered.
    pub fn of(request: &Request) -> Self {
        Self {
            door: Door::of(request.uri().path()),
            language: Language::of(request.uri(), request.headers()),
            request_id: request.extensions().get::<RequestId>().cloned(),
        }
    }

    /// Prints a failure as a page or a problem document; any other response passes as it is.
    pub fn dress(&self, response: Response, base: &str) -> Response {
        let status = response.status();
        if response.extensions().get::<Finished>().is_some() || !(status.is_client_error() || status.is_server_error()) {
            return response;
        }
        let failure = match response.extensions().get::<Failure>() {
            Some(failure) => failure.clone(),
            None => Failure::new(self.door, ProblemKind::of_status(status)),
        };
        let request_id = self.request_id.as_ref().map_or("", |id| &*id.0);
        print(&failure, &Frame::nowhere(self.language), base, request_id)
    }
}

fn print(failure: &Failure, frame: &Frame, base: &str, request_id: &str) -> Response {
    let (title, advice) = (failure.kind.title(), failure.kind.advice());
    let mut response = match failure.door {
        Door::Page => pages::render(&pages::Problem {
            frame,
            title: &title,
            detail: failure.detail.as_ref(),
            advice: &advice,
            request_id: (failure.kind == ProblemKind::Internal).then_some(request_id),
        }),
        Door::Api => {
            let mut body = ProblemDocument::of(failure.kind, failure.detail.as_ref(), &failure.hints, base, request_id);
            body.problems.clone_from(&failure.slips);
            let mut response = axum::Json(body).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            response
        }
    };
    *response.status_mut() = failure.kind.status();
    if let Some(seconds) = failure.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if failure.kind == ProblemKind::InvalidApiKey {
        let challenge = HeaderValue::from_static("Bearer realm=\"yinxin\", error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}
