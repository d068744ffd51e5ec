//! The certificate's page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::service::Service;

use super::advice;
use super::errors::{Door, Failure};
use super::language::Frame;
use super::lookup;
use super::pages;
use super::question::Question;
use super::view::CertificateView;

/// GET /c/{number}: any spelling leads to the canonical one.
pub async fn get(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(typed): Path<String>,
) -> Result<Response, Failure> {
    let frame = frame.at("lookup");
    let number = match advice::read_number(&typed) {
        Ok(number) => number,
        Err(message) => return Ok(lookup::number_refused(&frame, &typed, &message)),
    };
    let found = service.look_up_number(&number, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    // Before the redirection, which would put an identity number into one more address.
    if found.is_none() && advice::looks_like_identity(&typed) {
        return Ok(lookup::identity_in_wrong_form(&frame));
    }
    if number.as_str() != typed {
        return Ok(Redirect::to(&format!("/c/{number}")).into_response());
    }
    Ok(match found {
        Some(certificate) => {
            let certificate = CertificateView::new(certificate, service.public_url(), now);
            pages::render(&pages::Certificate { frame: &frame, certificate: &certificate })
        }
        None => {
            let page = pages::NotFound { frame: &frame, number: number.as_str(), slips: &advice::slips(&number) };
            pages::render_with(StatusCode::NOT_FOUND, &page)
        }
    })
}
