//! One certificate for the staff: facts, state, history, its file; revoking.

use std::str::FromStr as _;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::award::{AbilityLevel, Achievement, Award, AwardLevel, Role};
use crate::domain::certificate::Certificate;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::status::{RevocationReason, Status};
use crate::domain::text::fold_code;
use crate::domain::time::Instant;
use crate::registry::RegistryError;
use crate::service::ServiceError;
use crate::service::access::Issuer;
use crate::service::desk::Mandate;
use crate::service::desk::certificates::Dossier;
use crate::service::download::DownloadError;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::download::pdf_of;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};
use crate::web::view::Moment;

use super::certificates::{PAGE, Row};
use super::{Desk, behind};

/// A fact with its label.
pub struct FactView {
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub value: String,
    /// The values that there are, where there are few.
    pub choices: Vec<&'static str>,
}

/// A certificate of the line with what became of it.
pub struct LineView {
    pub row: Row,
    pub here: bool,
    pub changed: Option<(Moment, String)>,
}

impl LineView {
    fn new(certificate: &Certificate, here: &CertificateNumber) -> Self {
        let changed = match &certificate.status {
            Status::Revoked { at, reason, .. } => Some((Moment(*at), reason.as_str().to_owned())),
            Status::Corrected { at, reason, .. } => Some((Moment(*at), reason.as_str().to_owned())),
            Status::Reserved | Status::Valid { .. } => None,
        };
        Self { row: Row::new(certificate), here: certificate.facts.claims.number == *here, changed }
    }
}

fn names(names: &[PersonName]) -> String {
    names.iter().map(PersonName::as_str).collect::<Vec<_>>().join("、")
}

/// What an award says, in the order in which it is corrected.
pub(super) fn facts(award: &Award) -> Vec<FactView> {
    let fact = |name, zh, en, value: &str| FactView { name, zh, en, value: value.to_owned(), choices: Vec::new() };
    let mut facts =
        vec![fact("holder", "姓名", "Name", award.holder.name.as_str()), fact("school", "学校", "School", &award.holder.school)];
    match &award.achievement {
        Achievement::Award { level, role, category, subject, work, team, instructors } => facts.extend([
            FactView { choices: AwardLevel::ALL.map(AwardLevel::zh).to_vec(), ..fact("level", "奖项", "Level", level.zh()) },
            FactView { choices: Role::ALL.map(Role::zh).to_vec(), ..fact("role", "角色", "Role", role.zh()) },
            fact("category", "赛类", "Category", category),
            fact("subject", "科目", "Subject", subject),
            fact("work", "作品", "Work", work),
            fact("team", "团队成员", "Team", &names(team)),
            fact("instructors", "指导教师", "Instructors", &names(instructors)),
        ]),
        Achievement::Ability { title, level } => facts.extend([
            fact("title", "岗位", "Post", title),
            FactView { choices: AbilityLevel::ALL.map(AbilityLevel::zh).to_vec(), ..fact("level", "等级", "Level", level.zh()) },
        ]),
    }
    facts
}

#[derive(Template)]
#[template(path = "staff/certificate.html")]
struct One<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    row: &'a Row,
    facts: &'a [FactView],
    document: Option<&'a str>,
    telephone: Option<&'a str>,
    line: &'a [LineView],
    is_valid: bool,
    has_file: bool,
    is_public: bool,
    error: Option<&'a Message>,
    reason: &'a str,
}

/// Reads the number in an address.
pub(super) fn number_in(typed: &str) -> Result<CertificateNumber, Failure> {
    CertificateNumber::from_str(typed).map_err(|_| Failure::page(ProblemKind::NotFound))
}

pub(super) async fn dossier(site: &Site, issuer: &Issuer, number: &CertificateNumber, now: Instant) -> Result<Dossier, Failure> {
    let found = site.service.dossier(&Mandate::of(issuer), number, now).await.map_err(behind)?;
    found.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

async fn show(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    number: &CertificateNumber,
    now: Instant,
    refused: Option<(&Message, &str)>,
) -> Result<Response, Failure> {
    let Dossier { current, line } = dossier(site, issuer, number, now).await?;
    let holder = &current.award.holder;
    let document = holder.document.as_ref().map(|d| format!("{} {}", d.kind().zh(), d.masked()));
    let telephone = holder.telephone.as_ref().map(|t| t.masked());
    let page = One {
        frame: &frame.at("account").on(&format!("{PAGE}/{number}")),
        desk: &Desk::of(issuer.visitor(), PAGE),
        token: &site.service.form_token(issuer.visitor()),
        row: &Row::new(&current.certificate),
        facts: &facts(&current.award),
        document: document.as_deref(),
        telephone: telephone.as_deref(),
        line: &line.iter().map(|certificate| LineView::new(certificate, number)).collect::<Vec<_>>(),
        is_valid: matches!(current.certificate.status, Status::Valid { .. }) && current.pending.is_none(),
        has_file: current.certificate.status.file().is_some(),
        is_public: current.certificate.release <= now && current.certificate.status.file().is_some(),
        error: refused.map(|(message, _)| message),
        reason: refused.map_or("", |(_, reason)| reason),
    };
    Ok(if refused.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/certificates/{certificate}
pub async fn page(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(typed): Path<String>,
) -> Result<Response, Failure> {
    show(&site, frame, &issuer, &number_in(&typed)?, now, None).await
}

/// GET /staff/certificates/{certificate}/pdf
pub async fn pdf(State(site): State<Site>, Now(now): Now, As(issuer): As<Issuer>, Path(typed): Path<String>) -> Result<Response, Failure> {
    match site.service.file_at_desk(&Mandate::of(&issuer), &number_in(&typed)?, now).await {
        Ok(download) => pdf_of(download),
        Err(DownloadError::Service(error)) => Err(behind(error)),
        Err(_) => Err(Failure::page(ProblemKind::NotFound)),
    }
}

/// Why a certificate is taken back.
#[derive(Deserialize)]
pub struct Revocation {
    token: String,
    #[serde(default)]
    reason: String,
    /// The number, typed once more.
    #[serde(default)]
    number: String,
}

impl Signed for Revocation {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/certificates/{certificate}/revoke
pub async fn revoke(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(typed): Path<String>,
    sent: Sent<Issuer, Revocation>,
) -> Result<Response, Gate> {
    let number = number_in(&typed)?;
    let reason = RevocationReason::parse(&sent.form.reason).map_err(|error| Message::of(&error));
    let confirmed = fold_code(&sent.form.number) == number.as_str();
    let outcome = match reason {
        Err(message) => Err(message),
        Ok(_) if !confirmed => Err(Message::new("请完整输入该证书的编号以确认吊销", "Type this certificate’s number in full to confirm")),
        Ok(reason) => match site.service.revoke_at_desk(&Mandate::of(&sent.who), &number, reason, now).await {
            Ok(()) => Ok(()),
            Err(ServiceError::Registry(error @ RegistryError::Transition { .. })) => Err(Message::of(&error)),
            Err(ServiceError::Registry(RegistryError::Unknown(_))) => return Err(Failure::page(ProblemKind::NotFound).into()),
            Err(error) => return Err(behind(error).into()),
        },
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{PAGE}/{number}")).into_response()),
        Err(message) => Ok(show(&site, frame, &sent.who, &number, now, Some((&message, &sent.form.reason))).await?),
    }
}
