//! A holder's certificates of both kinds, and what a certificate that is offered looks like.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::domain::certificate::Certificate;
use crate::domain::status::Status;
use crate::domain::time::Instant;
use crate::service::access::Student;
use crate::service::holdings::{AwardProgress, OwnAward};
use crate::service::offer_sample::SampleError;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::headers::Allowance;
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::As;
use crate::web::view::Day;

/// A certificate of the account.
struct CertificateView {
    award: String,
    title: Message,
    programme_zh: String,
    programme_en: String,
    issuer_zh: String,
    issuer_en: String,
    number: String,
    issued_on: Day,
    link: String,
    is_revoked: bool,
    is_ability: bool,
}

impl CertificateView {
    fn of(site: &Site, own: &OwnAward, certificate: &Certificate, now: Instant) -> Self {
        let claims = &certificate.facts.claims;
        let facts = crate::web::awards::FactsView::of_achievement(&claims.achievement);
        Self {
            award: own.id.clone(),
            title: facts,
            programme_zh: claims.programme.name.clone(),
            programme_en: claims.programme.name_en.clone(),
            issuer_zh: claims.issuer.name.clone(),
            issuer_en: claims.issuer.name_en.clone(),
            number: claims.number.to_string(),
            issued_on: Day(claims.issued_on),
            link: format!("/d/{}", site.service.own_certificate_link(certificate, now)),
            is_revoked: matches!(certificate.status, Status::Revoked { .. }),
            is_ability: matches!(claims.achievement, crate::domain::award::Achievement::Ability { .. }),
        }
    }
}

#[derive(Template)]
#[template(path = "claims/certificates.html")]
struct Page<'a> {
    frame: &'a Frame,
    certificates: &'a [CertificateView],
}

/// GET /account/certificates
pub async fn list(State(site): State<Site>, Now(now): Now, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    let holdings = site.service.holdings(&student, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let view = |own: &OwnAward| match &own.progress {
        AwardProgress::Certified(certificate) => Some(CertificateView::of(&site, own, certificate, now)),
        _ => None,
    };
    let certificates: Vec<CertificateView> = holdings.own.iter().rev().filter_map(view).collect();
    let mut response = render(&Page { frame: &frame.at("account"), certificates: &certificates });
    response.extensions_mut().insert(Allowance::Drawing);
    Ok(response)
}

/// GET /certificates/samples/{offer}
pub async fn sample(State(site): State<Site>, Path(offer): Path<String>) -> Result<Response, Failure> {
    let not_found = || Failure::page(ProblemKind::NotFound);
    let offer = offer.parse().map_err(|_| not_found())?;
    let png = match site.service.offer_sample(&offer).await {
        Ok(png) => png,
        Err(SampleError::Unknown) => return Err(not_found()),
        Err(SampleError::Service(error)) => return Err(Failure::service(Door::Page, &error)),
        Err(error) => {
            tracing::error!(%error, offer = %offer, "the sample of an offer cannot be made");
            return Err(not_found());
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=600")),
    ];
    let mut response = (headers, png.as_ref().clone()).into_response();
    response.extensions_mut().insert(Allowance::Viewed);
    Ok(response)
}
