//! The pages: one typed context for each template under `pages/`.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::award::CertificateKind;
use crate::domain::hints::Hint;
use crate::domain::identity::DocumentKind;
use crate::domain::share::Span;

use super::advice::Message;
use super::assets;
use super::errors::{Finished, ProblemKind};
use super::file_view::{CodeView, ComparisonView};
use super::headers::NO_STORE;
use super::language::Frame;
use super::list::ListView;
use super::openapi::Manual;
use super::scan::ScannerFiles;
use super::shared::Printed;
use super::sharing::{Said, ShareStateView, ShareView};
use super::view::{CertificateView, CheckView, FileView, ForgedView, LookupView, Moment, QrView, StateView, VerdictView};

/// The start page with its two forms; what was wrong stands above the form that it concerns.
#[derive(Template)]
#[template(path = "lookup.html")]
pub struct Lookup<'a> {
    pub frame: &'a Frame,
    /// What was typed as a number.
    pub typed: &'a str,
    pub number_error: Option<&'a Message>,
    pub identity_error: Option<&'a Message>,
    pub kind: Option<DocumentKind>,
}

/// A certificate's page.
#[derive(Template)]
#[template(path = "certificate.html")]
pub struct Certificate<'a> {
    pub frame: &'a Frame,
    pub certificate: &'a CertificateView,
    /// What was checked.
    pub checks: &'a [CheckView],
    /// The address of the issuer's seal.
    pub seal: Option<&'a str>,
    pub asked: &'a NameAsked,
}

/// Whether the reader gave a name to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameAsked {
    /// They did not.
    Not,
    /// They sent the form without one.
    Refused(Message),
    /// They did.
    Answered {
        /// What they typed.
        name: String,
        /// Whether it is the holder's.
        matches: bool,
    },
}

/// No certificate has the number.
#[derive(Template)]
#[template(path = "not_found.html")]
pub struct NotFound<'a> {
    pub frame: &'a Frame,
    pub number: &'a str,
    /// What to look at in it.
    pub hints: &'a [Hint],
}

/// What a lookup by identity number found.
#[derive(Template)]
#[template(path = "certificates.html")]
pub struct Certificates<'a> {
    pub frame: &'a Frame,
    pub document_kind: DocumentKind,
    pub document_masked: &'a str,
    pub found: &'a LookupView,
}

/// A QR code whose proof holds.
#[derive(Template)]
#[template(path = "qr.html")]
pub struct Qr<'a> {
    pub frame: &'a Frame,
    pub code: &'a QrView,
    /// The address of the issuer's seal.
    pub seal: Option<&'a str>,
    /// The address of the certificate's picture.
    pub picture: Option<&'a str>,
}

/// A QR code that proves nothing.
#[derive(Template)]
#[template(path = "qr_forged.html")]
pub struct QrForged<'a> {
    pub frame: &'a Frame,
    pub code: &'a ForgedView,
}

/// The form for a file.
#[derive(Template)]
#[template(path = "verify.html")]
pub struct Verify<'a> {
    pub frame: &'a Frame,
    pub max_megabytes: usize,
    pub error: Option<&'a Message>,
}

/// The verdict on a file.
#[derive(Template)]
#[template(path = "verified.html")]
pub struct Verified<'a> {
    pub frame: &'a Frame,
    pub file: &'a FileView,
    /// The address of the issuer's seal.
    pub seal: Option<&'a str>,
    /// The address of the file's picture.
    pub picture: Option<&'a str>,
}

/// What a download link gives.
#[derive(Template)]
#[template(path = "download.html")]
pub struct Download<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub file_name: &'a str,
    pub kilobytes: usize,
    pub number: &'a str,
    pub certificate: Option<&'a CertificateView>,
    /// The address of the issuer's seal.
    pub seal: Option<&'a str>,
}

/// A failure.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct Problem<'a> {
    pub frame: &'a Frame,
    pub title: &'a Message,
    pub detail: Option<&'a Message>,
    pub advice: &'a Message,
    pub request_id: Option<&'a str>,
}

/// The kinds of problem that the API names.
#[derive(Template)]
#[template(path = "problems.html")]
pub struct Problems<'a> {
    pub frame: &'a Frame,
}

/// The scanner; it shows its answers itself.
#[derive(Template)]
#[template(path = "scan.html")]
pub struct Scan<'a> {
    pub frame: &'a Frame,
    pub files: &'a ScannerFiles,
    /// Of the public address, as codes have it.
    pub host: &'a str,
}

/// A form for other sites' frames; it has no answer.
#[derive(Template)]
#[template(path = "embed.html")]
pub struct Embed<'a> {
    pub frame: &'a Frame,
    pub number: &'a str,
    pub host: &'a str,
}

/// How other sites put a button on their pages.
#[derive(Template)]
#[template(path = "embed_guide.html")]
pub struct EmbedGuide<'a> {
    pub frame: &'a Frame,
    /// The public address.
    pub base: &'a str,
    pub host: &'a str,
}

/// The manual of the API.
#[derive(Template)]
#[template(path = "api.html")]
pub struct Api<'a> {
    pub frame: &'a Frame,
    pub manual: &'a Manual,
}

/// The form for a list.
#[derive(Template)]
#[template(path = "list.html")]
pub struct List<'a> {
    pub frame: &'a Frame,
    pub max_megabytes: usize,
    pub max_rows: usize,
    pub error: Option<&'a Message>,
}

/// The answer to a list.
#[derive(Template)]
#[template(path = "list_answer.html")]
pub struct ListAnswer<'a> {
    pub frame: &'a Frame,
    pub list: &'a ListView,
}

/// What a holder decides about others.
#[derive(Template)]
#[template(path = "sharing.html")]
pub struct Sharing<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub number: &'a str,
    pub shares: &'a [ShareView],
    pub unlisted: Option<bool>,
    pub said: &'a Said,
    pub nonce: &'a str,
    pub spans: &'a [Span],
    pub max_purpose: usize,
}

/// A shared link before its reader opens it.
#[derive(Template)]
#[template(path = "shared_door.html")]
pub struct SharedDoor<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub expires_at: &'a Moment,
}

/// What a shared link shows.
#[derive(Template)]
#[template(path = "shared.html")]
pub struct SharedCertificate<'a> {
    pub frame: &'a Frame,
    pub path: &'a str,
    pub certificate: &'a CertificateView,
    pub holder: &'a str,
    pub printed: &'a [Printed],
    pub purpose: &'a str,
    pub made_at: &'a Moment,
    pub expires_at: &'a Moment,
}

/// Nearly every page is shorter, in bytes.
const PAGE_BYTES: usize = 16 * 1024;

/// A page with status 200 that no cache keeps.
pub fn render(page: &impl Template) -> Response {
    let mut html = String::with_capacity(PAGE_BYTES);
    match page.render_into(&mut html) {
        Ok(()) => ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")), (header::CACHE_CONTROL, NO_STORE)], html)
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that is itself the answer, though its status is an error's.
pub fn render_with(status: StatusCode, page: &impl Template) -> Response {
    let mut response = render(page);
    if response.status().is_success() {
        *response.status_mut() = status;
        response.extensions_mut().insert(Finished);
    }
    response
}
