//! A case before its reviewer.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::proofing::{CaseKind, CaseState, Event, Field, Reason, Reasons, Slot};
use crate::domain::time::Instant;
use crate::registry::{CaseEvent, Ruling};
use crate::service::entropy;
use crate::service::proofing::{ApplyError, PictureLink, Reviewed, Warning};
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::decision::number;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::headers::Allowance;
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Sent, Signed};
use crate::web::staff::Desk;
use crate::web::view::Moment;

use super::own::jpeg;
use super::queue::{Bench, shown as queue_shown, to_next};
use super::views::{SlotView, review_path, shown};
use super::{ended, failed, pages};

/// What the reviewer should know.
pub struct WarningView(pub Message);

impl WarningView {
    fn of(warning: &Warning) -> Self {
        Self(match warning {
            Warning::SameDocument(others) => Message::new(
                format!("另有 {others} 个账号已用同一证件通过实名认证，请核实是否为同一人"),
                format!("{others} other account(s) were verified with the same document: is this the same person?"),
            ),
            Warning::AccountName(name) => Message::new(
                format!("填写的姓名与注册账号时的姓名（{name}）不同"),
                format!("The name differs from the one that the account was registered with ({name})"),
            ),
            Warning::NoRealName => Message::new(
                "该账号尚未通过实名认证，学生证上的姓名无从核对",
                "The account’s real name is not verified: there is nothing to compare the student card’s name with",
            ),
            Warning::SameSchool(others) => Message::new(
                format!("另有 {others} 个账号已代表同一学校通过认证，请核实是否应有第二个账号"),
                format!("{others} other account(s) were verified for the same school: should there be a second one?"),
            ),
            Warning::OrganisationCode => Message::new(
                "统一社会信用代码的校验位不符，请与证件图片逐位核对",
                "The check character of the unified social credit code is wrong: compare it with the picture, character by character",
            ),
            Warning::OtherThanFirst => Message::new(
                "姓名或证件号码与该账号已通过的实名认证不同",
                "Name or document number differ from the account’s real-name verification, which was approved",
            ),
        })
    }
}

/// A line of the history.
pub struct EventView {
    pub at: Moment,
    pub word: Message,
    /// Whether the applicant did it.
    pub by_applicant: bool,
    pub reasons: Vec<Reason>,
    pub text: String,
}

impl EventView {
    fn of(event: &CaseEvent, kind: CaseKind, applicant: &str) -> Self {
        let words = match event.act.as_str() {
            "open" => ("开始填写", "Begun"),
            act if act == Event::Submit.code() => ("提交审核", "Sent in"),
            act if act == Event::Approve.code() => ("审核通过", "Approved"),
            act if act == Event::Return.code() => ("退回", "Sent back"),
            act if act == Event::Reopen.code() => ("重新认证", "Begun anew"),
            act if act == Event::Supersede.code() => ("被新的认证取代", "Superseded"),
            _ => ("照片已按保存期限删除", "Pictures deleted at the end of their time"),
        };
        let word = match event.reused() {
            Some(slot) => Message::new(
                format!("同意把实名认证的{}提供给评价中心", slot.zh(CaseKind::RealName)),
                format!("Agreed that a picture of the real-name verification is given to the centre: {}", slot.en(kind)),
            ),
            None => Message::new(words.0, words.1),
        };
        Self {
            at: Moment(event.at),
            word,
            by_applicant: event.actor == applicant,
            reasons: event.reasons.iter().flat_map(Reasons::listed).collect(),
            text: event.reasons.as_ref().map_or_else(String::new, |reasons| reasons.text().to_owned()),
        }
    }
}

/// What the form of returning says again.
#[derive(Default)]
struct Again {
    chosen: Vec<String>,
    text: String,
    error: Option<Message>,
}

/// GET /staff/reviews/{id}, /staff/centre-reviews/{id}
pub async fn page<B: Bench>(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<B>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    case_page(&site, &reviewer, frame, number(&id)?, Again::default(), now).await
}

async fn case_page<B: Bench>(site: &Site, reviewer: &B, frame: Frame, id: i64, again: Again, now: Instant) -> Result<Response, Failure> {
    let reviewed = match site.service.review_case(reviewer, id, now).await {
        Ok(reviewed) => reviewed,
        Err(ApplyError::Case(error)) => return queue_shown(site, reviewer, frame, (None, Some(&Message::of(&error))), now).await,
        Err(error) => return Err(failed(error)),
    };
    let frame = frame.at("account").on(&format!("{}/{id}", B::QUEUE));
    let Reviewed { case, telephone, verified_name, warnings, history } = reviewed;
    let CaseState::Submitted { due, .. } = &case.state else { return Err(Failure::page(ProblemKind::NotFound)) };
    let applicant = case.account.to_string();
    let history: Vec<EventView> = history.iter().map(|event| EventView::of(event, case.kind, &applicant)).collect();
    let warnings: Vec<WarningView> = warnings.iter().map(WarningView::of).collect();
    let lines: Vec<(Field, String)> = case.kind.fields().iter().map(|field| (*field, shown(&frame, &case.typed, *field))).collect();
    let view = |slot: &Slot| {
        let link = site.service.review_link(reviewer, &case, *slot, now);
        SlotView::new((case.kind, *slot), Some(&case), link.map(|link| review_path(B::QUEUE, id, *slot, &link)))
    };
    let slots: Vec<SlotView> = case.kind.slots().iter().map(view).collect();
    let page = pages::Case {
        frame: &frame,
        desk: &Desk::of(reviewer.who(), B::QUEUE),
        queue: B::QUEUE,
        name: B::NAME,
        token: &site.service.form_token(reviewer.who()),
        id,
        kind: case.kind,
        telephone: &telephone,
        due: &frame.end(&Moment(*due)),
        late: *due <= now,
        lines: &lines,
        verified_name: verified_name.as_ref().map(|name| name.as_str()),
        slots: &slots,
        warnings: &warnings,
        history: &history,
        chosen: &again.chosen,
        text: &again.text,
        error: again.error.as_ref(),
    };
    let page = if again.error.is_some() { render_with(axum::http::StatusCode::BAD_REQUEST, &page) } else { render(&page) };
    Ok((Extension(Allowance::Drawing), page).into_response())
}

async fn decide<B: Bench>(site: &Site, reviewer: &B, frame: Frame, id: i64, ruling: Ruling, now: Instant) -> Result<Response, Failure> {
    match site.service.rule(reviewer, id, ruling, now, &mut entropy::fill).await {
        Ok(()) => to_next(site, reviewer, None, now).await,
        Err(ApplyError::Case(error)) => queue_shown(site, reviewer, frame, (None, Some(&Message::of(&error))), now).await,
        Err(error) => Err(failed(error)),
    }
}

/// POST /staff/reviews/{id}/approve, /staff/centre-reviews/{id}/approve
pub async fn approve<B: Bench>(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<B, Bare>,
) -> Result<Response, Failure> {
    decide(&site, &sent.who, frame, number(&id)?, Ruling::Approve, now).await
}

/// Reasons as a form has them: a field for each that is chosen, and a text.
#[derive(Deserialize)]
pub struct ReturnForm {
    token: String,
    #[serde(default)]
    text: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl Signed for ReturnForm {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/reviews/{id}/return, /staff/centre-reviews/{id}/return
pub async fn send_back<B: Bench>(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<B, ReturnForm>,
) -> Result<Response, Failure> {
    let id = number(&id)?;
    let ReturnForm { text, rest, .. } = sent.form;
    let chosen: Vec<String> = rest.keys().filter_map(|key| key.strip_prefix("reason-")).map(str::to_owned).collect();
    // Which reasons there are depends on the case; whoever does not have it learns nothing of it.
    let kind = match site.service.review_case(&sent.who, id, now).await {
        Ok(reviewed) => reviewed.case.kind,
        Err(ApplyError::Case(error)) => return queue_shown(&site, &sent.who, frame, (None, Some(&Message::of(&error))), now).await,
        Err(error) => return Err(failed(error)),
    };
    match Reasons::parse(kind, chosen.iter().map(String::as_str), &text) {
        Ok(reasons) => decide(&site, &sent.who, frame, id, Ruling::Return(reasons), now).await,
        Err(error) => {
            let again = Again { chosen, text: text.chars().take(2_000).collect(), error: Some(Message::of(&error)) };
            case_page(&site, &sent.who, frame, id, again, now).await
        }
    }
}

/// GET /staff/reviews/{id}/pictures/{slot}/{until}/{code}, the same under /staff/centre-reviews
pub async fn picture<B: Bench>(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<B>,
    Path((id, slot, until, code)): Path<(String, String, i64, String)>,
) -> Result<Response, Failure> {
    let slot = Slot::from_code(&slot).ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    let link = PictureLink { until, code };
    let picture = site.service.open_case_picture(&reviewer, (number(&id)?, slot), &link, now).await.map_err(failed)?;
    picture.map(jpeg).ok_or_else(ended)
}
