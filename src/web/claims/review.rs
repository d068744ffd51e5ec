//! One claim before a reviewer: what the award list says beside what the centre verified, and the decision.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::claim::{ClaimId, ClaimState};
use crate::domain::status::CorrectionReason;
use crate::domain::time::Instant;
use crate::service::access::CentreReviewer;
use crate::service::claims::{ClaimFile, ClaimRefusal, ClaimWarning};
use crate::service::entropy;
use crate::web::advice::{Message, bounded};
use crate::web::assets;
use crate::web::awards::FactsView;
use crate::web::clock::Now;
use crate::web::decision::Decision;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::queue::QUEUE;
use super::views::{MoveView, OfferView, class};

/// A line of the comparison.
struct SideView {
    label: Message,
    listed: String,
    verified: String,
    /// Whether they agree; nothing where one of them is missing.
    agrees: Option<bool>,
}

struct FileView {
    id: ClaimId,
    offer: OfferView,
    contest: String,
    facts: FactsView,
    class: &'static str,
    word: Message,
    submitted: Moment,
    due: Option<String>,
    is_late: bool,
    is_open: bool,
    telephone: String,
    email: String,
    sides: Vec<SideView>,
    warnings: Vec<Message>,
    is_verified: bool,
    reason: Option<String>,
    number: Option<String>,
    history: Vec<MoveView>,
}

impl FileView {
    fn of(site: &Site, frame: &Frame, file: &ClaimFile, now: Instant) -> Self {
        let (record, holder, real) = (&file.record, &file.award.award.holder, file.known.centre.as_ref());
        let side = |label: (&str, &str), listed: Option<String>, verified: Option<String>, same: bool| SideView {
            label: Message::new(label.0, label.1),
            agrees: (listed.is_some() && verified.is_some()).then_some(same),
            listed: listed.unwrap_or_else(|| "—".to_owned()),
            verified: verified.unwrap_or_else(|| "—".to_owned()),
        };
        let name = real.map(|real| real.name.to_string());
        let same_name = real.is_some_and(|real| holder.name.matches_typed(real.name.as_str()));
        let document = real.map(|real| real.document.number().to_owned());
        let listed_document = holder.document.as_ref().map(|d| d.number().to_owned());
        let listed_telephone = holder.telephone.as_ref().map(|t| t.as_str().to_owned());
        let telephone = file.account.telephone.as_str();
        let same_telephone = file.is_earlier_telephone || listed_telephone.as_deref() == Some(telephone);
        let earlier = if file.is_earlier_telephone {
            frame.say("（名单所列是其此前的手机号）", " (the listed one is an earlier one of this account)")
        } else {
            ""
        };
        let account = Some(format!("{telephone}{earlier}"));
        let sides = vec![
            side(("姓名", "Name"), Some(holder.name.to_string()), name, same_name),
            side(("证件号码", "Document number"), listed_document.clone(), document.clone(), listed_document == document),
            side(("手机号", "Telephone"), listed_telephone, account, same_telephone),
            side(
                ("学校", "School"),
                Some(holder.school.clone()).filter(|s| !s.is_empty()),
                file.known.school.clone(),
                Some(holder.school.as_str()) == file.known.school.as_deref(),
            ),
        ];
        let is_open = record.state == ClaimState::InReview;
        Self {
            id: record.id,
            offer: OfferView::of(site, &file.offer),
            contest: file.contest.clone(),
            facts: FactsView::of(&file.award.award),
            class: class(record.state),
            word: Message::new(record.state.zh(), record.state.en()),
            submitted: Moment(record.submitted),
            due: record.due.map(|due| frame.end(&Moment(due))),
            is_late: is_open && record.due.is_some_and(|due| due <= now),
            is_open,
            telephone: record.contact.telephone.as_str().to_owned(),
            email: record.contact.email.as_str().to_owned(),
            sides,
            warnings: file.warnings.iter().map(warned).collect(),
            is_verified: real.is_some(),
            reason: record.reason.clone(),
            number: record.number.as_ref().map(ToString::to_string),
            history: file.history.iter().rev().map(MoveView::of).collect(),
        }
    }
}

fn warned(warning: &ClaimWarning) -> Message {
    match warning {
        ClaimWarning::Name(name) => Message::new(
            format!("中心认证的姓名“{name}”与获奖名单不一致。"),
            format!("The name “{name}” that the centre verified differs from the award list."),
        ),
        ClaimWarning::Document => {
            Message::new("中心认证的证件号码与获奖名单不一致。", "The document that the centre verified differs from the award list.")
        }
        ClaimWarning::Telephone => {
            Message::new("账号手机号与报名时的手机号不一致。", "The account’s telephone differs from the one given at contest entry.")
        }
        ClaimWarning::Held => Message::new(
            "该奖项正处于异议处理中或已取消，不能通过。",
            "The award is disputed or was withdrawn: the claim cannot be approved.",
        ),
        ClaimWarning::NotEntitled => {
            Message::new("该奖项不符合此证书现在的申领条件。", "The award does not fit the offer’s rules as they are now.")
        }
    }
}

#[derive(Template)]
#[template(path = "claims/review.html")]
struct Page<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    file: &'a FileView,
    typed: &'a str,
    error: Option<&'a Message>,
}

async fn filed(site: &Site, reviewer: &CentreReviewer, id: &str, now: Instant) -> Result<ClaimFile, Failure> {
    let not_found = || Failure::page(ProblemKind::NotFound);
    let id: ClaimId = id.parse().map_err(|_| not_found())?;
    let file = site.service.claim_file(reviewer, id, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    file.ok_or_else(not_found)
}

fn show(
    site: &Site,
    reviewer: &CentreReviewer,
    frame: Frame,
    file: &ClaimFile,
    (typed, error): (&str, Option<&Message>),
    now: Instant,
) -> Response {
    let frame = frame.at("account").on(&format!("{QUEUE}/{}", file.record.id));
    let page = Page {
        frame: &frame,
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        token: &site.service.form_token(reviewer.visitor()),
        file: &FileView::of(site, &frame, file, now),
        typed,
        error,
    };
    if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) }
}

/// GET /staff/claims/{id}
pub async fn page(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<CentreReviewer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let file = filed(&site, &reviewer, &id, now).await?;
    Ok(show(&site, &reviewer, frame, &file, ("", None), now))
}

/// POST /staff/claims/{id}
pub async fn decide(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<CentreReviewer, Decision>,
) -> Result<Response, Gate> {
    let (reviewer, form) = (&sent.who, &sent.form);
    let file = filed(&site, reviewer, &id, now).await?;
    let claim = file.record.id;
    let again = |message: &Message| Ok(show(&site, reviewer, frame, &file, (&bounded(&form.reason), Some(message)), now));
    if form.verdict == "approve" {
        let done = site.service.approve_claims(reviewer, &[claim], now).await.map_err(|e| Failure::service(Door::Page, &e))?;
        if done.approved.is_empty() {
            return again(&Message::new(
                "现在不能通过：请核对提示，或刷新页面查看最新状态。",
                "It cannot be approved now: see the warnings, or load the page again.",
            ));
        }
        return Ok(Redirect::to(QUEUE).into_response());
    }
    let reason = match CorrectionReason::parse(&form.reason) {
        Ok(reason) => reason,
        Err(error) => return again(&Message::of(&error)),
    };
    let done = match form.verdict.as_str() {
        "return" => site.service.send_claim_back(reviewer, claim, &reason, now, &mut entropy::fill).await,
        "refuse" => site.service.refuse_claim(reviewer, claim, &reason, now, &mut entropy::fill).await,
        _ => return Err(Failure::page(ProblemKind::BadRequest).into()),
    };
    match done {
        Ok(()) => Ok(Redirect::to(QUEUE).into_response()),
        Err(ClaimRefusal::Service(error)) => Err(Failure::service(Door::Page, &error).into()),
        Err(error) => again(&Message::of(&error)),
    }
}
