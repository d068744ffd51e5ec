//! What the reader of a shared link sees. A messenger that looks at the address for a preview sees a page with a button and nothing of
//! the certificate, and is not counted: opening takes a click, which sends a form.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::document::preview::{Dpi, Ink};
use crate::domain::award::Achievement;
use crate::domain::claims::Claims;
use crate::domain::name::PersonName;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::answers::PublicCertificate;
use crate::service::share::{ShareError, ShareToken, Shared};

use super::advice::Message;
use super::download;
use super::errors::{Door, Failure, ProblemKind};
use super::language::Frame;
use super::origin::SameSite;
use super::pages;
use super::question::Question;
use super::view::{CertificateView, Moment};

/// GET /s/{token}: that there is something to see until when, and the button.
pub async fn door(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let record = service.shared_link(&parsed(&token)?, now).await.map_err(|e| closed(&e))?;
    Ok(pages::render(&pages::SharedDoor { frame: &frame, token: &token, expires_at: &Moment(record.expires_at) }))
}

/// POST /s/{token}: opens and counts.
pub async fn open(
    State(service): State<Arc<Service>>,
    _: SameSite,
    Question { now }: Question,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let pass = service.open_shared(&parsed(&token)?, now).await.map_err(|e| closed(&e))?;
    Ok(Redirect::to(&format!("/s/{token}/{pass}")).into_response())
}

/// A fact that the certificate prints, with its label.
pub struct Printed {
    pub label: Message,
    pub text: String,
}

/// GET /s/{token}/{pass}: the certificate. When the pass has ended, the way leads back to the button.
pub async fn page(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path((token, pass)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let Shared { record, certificate } = match shared(&service, &token, &pass, now).await {
        Ok(shared) => shared,
        Err(Some(failure)) => return Err(failure),
        Err(None) => return Ok(Redirect::to(&format!("/s/{token}")).into_response()),
    };
    let public = PublicCertificate::of(&certificate, now).ok_or_else(|| Failure::page(ProblemKind::FileUnavailable))?;
    let claims = &certificate.facts.claims;
    Ok(pages::render(&pages::SharedCertificate {
        frame: &frame,
        path: &format!("/s/{token}/{pass}"),
        certificate: &CertificateView::new(public, service.public_url(), now),
        holder: claims.holder.as_str(),
        printed: &printed(claims),
        purpose: record.purpose.as_str(),
        made_at: &Moment(record.made_at),
        expires_at: &Moment(record.expires_at),
    }))
}

/// GET /s/{token}/{pass}/pdf
pub async fn pdf(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    Path((token, pass)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let shared = shared(&service, &token, &pass, now).await.map_err(no_file)?;
    let file = service.shared_file(&shared).await.map_err(|e| closed(&e))?;
    download::pdf_of(file)
}

/// GET /s/{token}/{pass}/png
pub async fn png(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    Path((token, pass)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let shared = shared(&service, &token, &pass, now).await.map_err(no_file)?;
    let file = service.shared_file(&shared).await.map_err(|e| closed(&e))?;
    let picture = service.draw(file.pdf, Dpi::SHARED, Ink::Colour).await;
    download::png_of(&file.number, picture)
}

/// What an open link shows; `None` as the error if it only wants to be opened again.
async fn shared(service: &Service, token: &str, pass: &str, now: Instant) -> Result<Shared, Option<Failure>> {
    let token = parsed(token)?;
    let Ok(pass) = pass.parse() else {
        service.shared_link(&token, now).await.map_err(|e| closed(&e))?;
        return Err(None);
    };
    service.shared(&token, &pass, now).await.map_err(|e| match e {
        ShareError::NoPass => None,
        other => Some(closed(&other)),
    })
}

fn no_file(failure: Option<Failure>) -> Failure {
    failure.unwrap_or_else(|| Failure::page(ProblemKind::ShareClosed))
}

fn parsed(token: &str) -> Result<ShareToken, Failure> {
    token.parse().map_err(|_| Failure::page(ProblemKind::ShareInvalid))
}

fn closed(error: &ShareError) -> Failure {
    match error {
        ShareError::Unknown => Failure::page(ProblemKind::ShareInvalid),
        ShareError::Closed | ShareError::NoPass => Failure::page(ProblemKind::ShareClosed),
        ShareError::NoFile => Failure::page(ProblemKind::FileUnavailable),
        ShareError::Service(error) => Failure::service(Door::Page, error),
    }
}

/// What the paper says beyond the usual card.
fn printed(claims: &Claims) -> Vec<Printed> {
    let names = |names: &[PersonName]| names.iter().map(PersonName::as_str).collect::<Vec<_>>().join("、");
    let mut facts = vec![
        (Message::new("学校", "School"), claims.school.clone()),
        (Message::new("证件号码", "Identity number"), claims.document_masked.clone()),
    ];
    if let Achievement::Award { work, team, instructors, .. } = &claims.achievement {
        facts.push((Message::new("作品", "Work"), work.clone()));
        facts.push((Message::new("共同获奖者", "Team"), names(team)));
        facts.push((Message::new("指导教师", "Instructors"), names(instructors)));
    }
    facts.push((Message::new("主办单位", "Organisers"), claims.organisers.join("、")));
    facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| Printed { label, text }).collect()
}
