//! The certificate's page.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::answers::PublicCertificate;
use crate::service::checks;

use super::advice::{self, Message};
use super::assets;
use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::lookup;
use super::pages::{self, NameAsked};
use super::question::{Asker, Question, refused};
use super::view::{CertificateView, CheckView};

/// GET /c/{number}: any spelling leads to the canonical one.
pub async fn get(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(typed): Path<String>,
) -> Result<Response, Failure> {
    let frame = frame.at("lookup");
    let number = match read(&service, &frame, &typed) {
        Ok(number) => number,
        Err(page) => return Ok(page),
    };
    let found = service.look_up_number(&number, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    // Before the redirection, which would put an identity number into one more address.
    if found.is_none() && service.looks_like_identity(&typed) {
        return Ok(lookup::identity_in_wrong_form(&frame));
    }
    if number.as_str() != typed {
        return Ok(Redirect::to(&format!("/c/{number}")).into_response());
    }
    Ok(match found {
        Some(certificate) => answer(&service, &frame, certificate, NameAsked::Not, now).await,
        None => not_found(&service, &frame, &typed, &number, now),
    })
}

/// The form of a certificate's page.
#[derive(Deserialize)]
pub struct Named {
    #[serde(default)]
    holder: String,
}

/// POST /c/{number}: the same with the name of the person who is said to hold it. The name is in the body alone, and in no log.
pub async fn compare(
    State(service): State<Arc<Service>>,
    Asker { now, address }: Asker,
    frame: Frame,
    Path(typed): Path<String>,
    form: Result<Form<Named>, FormRejection>,
) -> Result<Response, Failure> {
    let frame = frame.at("lookup");
    let Form(Named { holder }) = form.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    let number = match read(&service, &frame, &typed) {
        Ok(number) => number,
        Err(page) => return Ok(page),
    };
    let holder = advice::bounded(holder.trim());
    if holder.is_empty() {
        let message = Message::new("请输入持证人的全名", "Enter the holder’s full name");
        service.count_question(address, now).await.map_err(|e| refused(Door::Page, e))?;
        let found = service.look_up_number(&number, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
        return Ok(match found {
            Some(certificate) => answer(&service, &frame, certificate, NameAsked::Refused(message), now).await,
            None => not_found(&service, &frame, &typed, &number, now),
        });
    }
    service.count_name_question(address, &number, now).await.map_err(|e| refused(Door::Page, e))?;
    let found = service.match_holder(&number, &holder, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    Ok(match found {
        Some(found) => {
            let asked = NameAsked::Answered { name: holder, matches: found.matches };
            answer(&service, &frame, found.certificate, asked, now).await
        }
        None => not_found(&service, &frame, &typed, &number, now),
    })
}

#[allow(clippy::result_large_err, reason = "a page instead of a number")]
fn read(service: &Service, frame: &Frame, typed: &str) -> Result<CertificateNumber, Response> {
    advice::read_number(typed).map_err(|message| {
        if service.looks_like_identity(typed) {
            lookup::identity_in_wrong_form(frame)
        } else {
            lookup::number_refused(frame, typed, &message)
        }
    })
}

async fn answer(service: &Service, frame: &Frame, certificate: PublicCertificate, asked: NameAsked, now: Instant) -> Response {
    let mut lines = checks::of_record(&certificate);
    if let NameAsked::Answered { matches, .. } = &asked {
        lines.push(checks::of_name(*matches));
    }
    let checks: Vec<CheckView> = lines.into_iter().map(CheckView::from).collect();
    let certificate = CertificateView::new(certificate, service.public_url(), now);
    let seal = assets::seal_of(service, &certificate.issuer.id).await;
    let status = if matches!(asked, NameAsked::Refused(_)) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = pages::Certificate { frame, certificate: &certificate, checks: &checks, seal: seal.as_deref(), asked: &asked };
    pages::render_with(status, &page)
}

fn not_found(service: &Service, frame: &Frame, typed: &str, number: &CertificateNumber, now: Instant) -> Response {
    if service.looks_like_identity(typed) {
        return lookup::identity_in_wrong_form(frame);
    }
    let hints = service.hints(typed, number, now);
    pages::render_with(StatusCode::NOT_FOUND, &pages::NotFound { frame, number: number.as_str(), hints: &hints })
}
