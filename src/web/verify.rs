//! Verification of a file.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::service::Service;
use crate::service::answers::FileVerdict;

use super::WebSettings;
use super::advice::Message;
use super::assets;
use super::download::glimpse_url;
use super::errors::{Door, Failure};
use super::headers::Allowance;
use super::language::Frame;
use super::pages;
use super::question::Question;
use super::upload::{self, Sent};
use super::view::FileView;

/// GET /verify
pub async fn form(State(settings): State<WebSettings>, frame: Frame) -> Response {
    pages::render(&page(&frame.at("verify"), settings, None))
}

fn page<'a>(frame: &'a Frame, settings: WebSettings, error: Option<&'a Message>) -> pages::Verify<'a> {
    pages::Verify { frame, max_megabytes: settings.max_file_bytes / (1024 * 1024), error }
}

/// POST /verify: any file gets a verdict; the verdict is the page's, not the status's.
pub async fn check(
    State(service): State<Arc<Service>>,
    State(settings): State<WebSettings>,
    Question { now }: Question,
    frame: Frame,
    request: Request,
) -> Result<Response, Failure> {
    let frame = frame.at("verify");
    let Sent::File(pdf) = upload::from_form(request, Door::Page, settings).await.map_err(|e| upload::of_photographs(e, settings))? else {
        let message = Message::new("请先选择要验证的证书文件或照片", "Choose the file of a certificate first");
        return Ok(pages::render_with(StatusCode::BAD_REQUEST, &page(&frame, settings, Some(&message))));
    };
    let answer = service.check_file(&pdf, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let genuine = answer.record.as_ref().filter(|_| answer.verdict == FileVerdict::Genuine);
    let picture = genuine.map(|record| glimpse_url(&service, &record.number, now));
    let file = FileView::new(answer, service.public_url(), now);
    let seal = match &file.certificate {
        Some(certificate) => assets::seal_of(&service, &certificate.issuer.id).await,
        None => None,
    };
    let verified = pages::Verified { frame: &frame, file: &file, seal: seal.as_deref(), picture: picture.as_deref() };
    let mut response = pages::render(&verified);
    if file.picture.is_some() {
        response.extensions_mut().insert(Allowance::Picture);
    }
    Ok(response)
}
