//! A list as a browser sends it: a form with a file, read to its end whatever its size, so that the clerk hears why it is refused.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use crate::service::import_desk::MAX_FILE;
use crate::web::errors::{Failure, ProblemKind};

/// The most that is read before the connection is cut.
pub const MAX_UPLOAD: usize = 5 * MAX_FILE;
/// A text field of the form, in bytes.
const MAX_TEXT: usize = 1_024;
/// The longest name of a file that is kept, in characters.
const MAX_NAME: usize = 120;

/// What was sent.
#[derive(Default)]
pub struct Uploaded {
    /// The session's token.
    pub token: String,
    /// The name that the clerk's program gave the file.
    pub name: String,
    /// The file; empty if there was none.
    pub bytes: Vec<u8>,
    /// It was larger than any may be.
    pub too_large: bool,
}

/// Reads the form.
///
/// # Errors
/// [`Failure`] if it is none, or breaks off.
pub async fn read(request: Request) -> Result<Uploaded, Failure> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Failure::page(ProblemKind::BadRequest))?;
    let mut uploaded = Uploaded::default();
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let most = if name == "file" { MAX_FILE } else { MAX_TEXT };
        let file_name: String = part.file_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        let (mut bytes, mut length) = (Vec::new(), 0usize);
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            length = length.saturating_add(chunk.len());
            if length <= most { bytes.extend_from_slice(&chunk) } else { bytes = Vec::new() }
        }
        match name.as_str() {
            "token" => uploaded.token = String::from_utf8(bytes).map_err(|_| Failure::page(ProblemKind::BadRequest))?,
            "file" => (uploaded.name, uploaded.bytes, uploaded.too_large) = (file_name, bytes, length > most),
            _ => {}
        }
    }
    Ok(uploaded)
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn broken(error: MultipartError) -> Failure {
    let kind = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { ProblemKind::TooLarge } else { ProblemKind::BadRequest };
    Failure::page(kind)
}
