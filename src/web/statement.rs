//! The signed answer to a number as a file, for whoever keeps one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::service::Service;

use super::advice;
use super::answer::{self, Miss};
use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::lookup;
use super::question::Question;
use super::view::CertificateView;

/// GET /c/{number}/statement: that nothing was found is a file as well, so the status is 200 in any case; the statement has its own.
pub async fn get(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(typed): Path<String>,
) -> Result<Response, Failure> {
    let number = match advice::read_number(&typed) {
        Ok(number) => number,
        Err(_) if service.looks_like_identity(&typed) => return Ok(lookup::identity_in_wrong_form(&frame.at("lookup"))),
        Err(message) => return Ok(lookup::number_refused(&frame.at("lookup"), &typed, &message)),
    };
    let failed = |e| Failure::service(Door::Page, &e);
    let found = service.look_up_number(&number, now).await.map_err(failed)?;
    if found.is_none() && service.looks_like_identity(&typed) {
        return Ok(lookup::identity_in_wrong_form(&frame.at("lookup")));
    }
    if number.as_str() != typed {
        return Ok(Redirect::to(&format!("/c/{number}/statement")).into_response());
    }
    let asked = service.asked_number(&number);
    let jws = match found {
        Some(certificate) => {
            let view = CertificateView::new(certificate, service.public_url(), now);
            service.state(&asked, StatusCode::OK.as_u16(), &view, now)
        }
        None => {
            let kind = ProblemKind::CertificateNotFound;
            service.state(&asked, kind.status().as_u16(), &Miss::of(kind, now), now)
        }
    };
    let mut response = answer::statement(jws.map_err(failed)?);
    let disposition = format!("attachment; filename=\"{number}.jws\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| Failure::page(ProblemKind::Internal))?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}
