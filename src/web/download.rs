//! The holder's download, through a link that the issuer gave.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::document::preview::{Dpi, Ink};
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::download::{CodeError, Download, DownloadError, LinkToken};
use crate::service::picture::PictureError;

use super::advice::Message;
use super::assets;
use super::clock::Now;
use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::pages;
use super::view::{CertificateView, Moment};

/// GET /d/{token}: names the certificate and offers the file, so that a link that a messenger opens by itself downloads nothing.
pub async fn page(
    State(service): State<Arc<Service>>,
    Now(now): Now,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let download = open(&service, &token, now).await?;
    let found = service.look_up_number(&download.number, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let certificate = found.map(|c| CertificateView::new(c, service.public_url(), now));
    let seal = match &certificate {
        Some(certificate) => assets::seal_of(&service, &certificate.issuer.id).await,
        None => None,
    };
    Ok(pages::render(&pages::Download {
        frame: &frame,
        token: &token,
        file_name: &download.file_name,
        kilobytes: download.pdf.len().div_ceil(1024),
        number: download.number.as_str(),
        certificate: certificate.as_ref(),
        seal: seal.as_deref(),
    }))
}

/// GET /d/{token}/pdf
pub async fn pdf(State(service): State<Arc<Service>>, Now(now): Now, Path(token): Path<String>) -> Result<Response, Failure> {
    let download = open(&service, &token, now).await?;
    pdf_of(download)
}

/// A certificate's file to be saved.
pub fn pdf_of(download: Download) -> Result<Response, Failure> {
    let disposition = disposition("attachment", &download.number, "pdf", &download.file_name);
    file(HeaderValue::from_static("application/pdf"), &disposition, download.pdf)
}

/// GET /d/{token}/png: the picture that the page shows, and that its holder may pass on where the file itself should not go.
pub async fn png(State(service): State<Arc<Service>>, Now(now): Now, Path(token): Path<String>) -> Result<Response, Failure> {
    let Download { number, pdf, .. } = open(&service, &token, now).await?;
    let picture = service.draw(pdf, Dpi::SHARED, Ink::Colour).await;
    png_of(&number, picture)
}

/// GET /d/{token}/code: the holder's own code, larger than on the paper.
pub async fn code(State(service): State<Arc<Service>>, Now(now): Now, Path(token): Path<String>) -> Result<Response, Failure> {
    let download = open(&service, &token, now).await?;
    let svg = service.code_of(&download).await.map_err(|error| match error {
        CodeError::Service(error) => Failure::service(Door::Page, &error),
        CodeError::File(error) => {
            tracing::error!(%error, number = %download.number, "no code of a certificate");
            Failure::page(ProblemKind::Internal)
        }
    })?;
    let disposition = disposition("inline", &download.number, "svg", &format!("{}.svg", download.number));
    file(HeaderValue::from_static("image/svg+xml"), &disposition, svg.into_bytes())
}

/// A certificate's picture to be shown.
pub fn png_of(number: &CertificateNumber, picture: Result<Vec<u8>, PictureError>) -> Result<Response, Failure> {
    let picture = picture.map_err(|error| no_picture(number, error))?;
    let disposition = disposition("inline", number, "png", &format!("{number}.png"));
    file(HeaderValue::from_static("image/png"), &disposition, picture)
}

fn no_picture(number: &CertificateNumber, error: PictureError) -> Failure {
    if let PictureError::Service(error) = &error {
        return Failure::service(Door::Page, error);
    }
    tracing::error!(%error, %number, "no picture of a certificate");
    Failure::page(ProblemKind::Internal)
}

/// GET /p/{token}: the picture on the answer to one who holds the certificate.
pub async fn glimpse(State(service): State<Arc<Service>>, Now(now): Now, Path(token): Path<String>) -> Result<Response, Failure> {
    let link: LinkToken = token.parse().map_err(|_| Failure::page(ProblemKind::NotFound))?;
    let picture = service.glimpsed(&link, now).await.map_err(|error| no_picture(link.number(), error))?;
    let picture = picture.ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    file(HeaderValue::from_static("image/png"), "inline", picture)
}

/// The address of that picture.
pub fn glimpse_url(service: &Service, number: &CertificateNumber, now: Instant) -> String {
    format!("/p/{}", service.glimpse(number, now))
}

fn file(kind: HeaderValue, disposition: &str, bytes: Vec<u8>) -> Result<Response, Failure> {
    let disposition = HeaderValue::from_str(disposition).map_err(|_| Failure::page(ProblemKind::Internal))?;
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, bytes).into_response())
}

async fn open(service: &Service, token: &str, now: Instant) -> Result<Download, Failure> {
    let link: LinkToken = token.parse().map_err(|_| Failure::page(ProblemKind::LinkInvalid))?;
    service.download(&link, now).await.map_err(not_open)
}

/// Why a holder's link does not open.
pub fn not_open(error: DownloadError) -> Failure {
    match error {
        DownloadError::Invalid => Failure::page(ProblemKind::LinkInvalid),
        DownloadError::Expired => Failure::page(ProblemKind::LinkExpired),
        DownloadError::NotReleased { at } => Failure::page(ProblemKind::NotReleased).detail(Message::new(
            format!("北京时间 {} 起可以下载。", Moment(at).beijing()),
            format!("It can be downloaded from {} Beijing time.", Moment(at).beijing()),
        )),
        DownloadError::NotFound => Failure::page(ProblemKind::FileUnavailable),
        DownloadError::Service(error) => Failure::service(Door::Page, &error),
    }
}

/// RFC 6266 with the file's name in both forms: plain ASCII, and UTF-8 by RFC 8187 (before it RFC 5987).
fn disposition(way: &str, number: &CertificateNumber, extension: &str, file_name: &str) -> String {
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{way}; filename=\"{number}.{extension}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_file_name_travels_in_ascii() {
        let named = disposition("attachment", &"ABC123".parse().unwrap(), "pdf", "证书 1.pdf");
        assert_eq!(named, "attachment; filename=\"ABC123.pdf\"; filename*=UTF-8''%E8%AF%81%E4%B9%A6%201.pdf");
    }
}
