//! Receiving a file. One that is too large is read to its end and thrown away as it comes, since a browser that is cut off in
//! the middle shows a broken connection instead of the page that says why.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};

use crate::service::file_reason::SMALLER;

use super::WebSettings;
use super::advice::Message;
use super::errors::{Door, Failure, ProblemKind};

/// How much is read at most before the connection is cut.
pub fn drained(settings: WebSettings) -> usize {
    settings.max_file_bytes.saturating_mul(5)
}

/// What was sent.
#[derive(Debug)]
pub enum Sent {
    /// A file of at least one byte.
    File(Vec<u8>),
    /// A form without a file in it.
    Nothing,
}

/// The field `file` of a multipart form.
///
/// # Errors
/// [`Failure`] if the form is broken or the file too large.
pub async fn from_form(request: Request, door: Door, settings: WebSettings) -> Result<Sent, Failure> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Failure::new(door, ProblemKind::UnsupportedType))?;
    let mut sent = Sent::Nothing;
    while let Some(field) = form.next_field().await.map_err(|e| broken(&e, door, settings))? {
        if field.name() != Some("file") || matches!(sent, Sent::File(_)) {
            continue;
        }
        let bytes = read(field, door, settings).await?;
        if !bytes.is_empty() {
            sent = Sent::File(bytes);
        }
    }
    Ok(sent)
}

async fn read(mut field: Field<'_>, door: Door, settings: WebSettings) -> Result<Vec<u8>, Failure> {
    let (mut bytes, mut length) = (Vec::new(), 0usize);
    while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e, door, settings))? {
        length = length.saturating_add(chunk.len());
        if length <= settings.max_file_bytes {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    if length > settings.max_file_bytes { Err(too_large(door, settings)) } else { Ok(bytes) }
}

/// The whole body as a file, or the field `file` of a multipart body.
///
/// # Errors
/// [`Failure`] if the body has another type, breaks off, or is too large.
pub async fn from_body(request: Request, door: Door, settings: WebSettings) -> Result<Sent, Failure> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "multipart/form-data" => from_form(request, door, settings).await,
        "application/pdf" | "image/jpeg" | "image/png" => {
            let bytes = whole(request.into_body(), door, settings).await?;
            Ok(if bytes.is_empty() { Sent::Nothing } else { Sent::File(bytes) })
        }
        _ => Err(Failure::new(door, ProblemKind::UnsupportedType)),
    }
}

async fn whole(body: Body, door: Door, settings: WebSettings) -> Result<Vec<u8>, Failure> {
    match axum::body::to_bytes(body, settings.max_file_bytes).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(_) => Err(too_large(door, settings)),
    }
}

fn broken(error: &MultipartError, door: Door, settings: WebSettings) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large(door, settings) } else { Failure::new(door, ProblemKind::BadRequest) }
}

/// The failure as the doors say it that take photographs: the one kind of file that is often too large and need not be.
pub fn of_photographs(failure: Failure, settings: WebSettings) -> Failure {
    let megabytes = settings.max_file_bytes / (1024 * 1024);
    let (zh, en) = SMALLER;
    let detail = Message::new(
        format!("文件不能超过 {megabytes} MB。如果是照片，{zh}"),
        format!("A file may have at most {megabytes} MB. Is it a picture? {en}"),
    );
    failure.detail_of(ProblemKind::TooLarge, detail)
}

fn too_large(door: Door, settings: WebSettings) -> Failure {
    let megabytes = settings.max_file_bytes / (1024 * 1024);
    Failure::new(door, ProblemKind::TooLarge)
        .detail(Message::new(format!("文件不能超过 {megabytes} MB。"), format!("A file may have at most {megabytes} MB.")))
}
