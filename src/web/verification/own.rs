//! An account's own cases.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::proofing::{CaseKind, CaseState, Field, Place, Slot};
use crate::domain::time::Instant;
use crate::registry::{Case, ProofingError};
use crate::service::access::{AccessError, School as SchoolHandle, Student, Visitor};
use crate::service::entropy;
use crate::service::proofing::{Applicant, ApplyError, PictureLink};
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::headers::Allowance;
use crate::web::language::Frame;
use crate::web::origin::SameSite;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Sent};
use crate::web::view::Moment;

use super::sent::SentForm;
use super::views::{OfferView, SlotView, StepView, deadlines, home_of, own_path, path_of, shown};
use super::{ended, failed, pages};

fn kind_of(code: &str) -> Result<CaseKind, Failure> {
    CaseKind::from_code(code).ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// Whose cases are shown: the handle of an office with its account.
pub struct Owner {
    applicant: Applicant,
    visitor: Visitor,
}

impl From<&Student> for Owner {
    fn from(student: &Student) -> Self {
        Self { applicant: student.into(), visitor: student.visitor().clone() }
    }
}

impl From<&SchoolHandle> for Owner {
    fn from(school: &SchoolHandle) -> Self {
        Self { applicant: school.into(), visitor: school.visitor().clone() }
    }
}

/// GET /account/verification
pub async fn overview(State(site): State<Site>, Now(now): Now, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    let (frame, applicant, service) = (frame.at("account"), Applicant::from(&student), &site.service);
    let mut steps = Vec::new();
    for kind in [CaseKind::RealName, CaseKind::Enrolment, CaseKind::Centre] {
        let case = service.own_case(&applicant, kind).await.map_err(failed)?;
        steps.push(StepView::new(&frame, kind, case.as_ref(), now));
    }
    let behind = |e| Failure::service(Door::Page, &e);
    let proofed = service.proofed(applicant.account()).await.map_err(behind)?;
    let programmes = service.programmes().await.map_err(behind)?;
    let deadlines = deadlines(&frame, programmes, &proofed, now);
    let verified = proofed.verified_since().is_some();
    let Some((centre, steps)) = steps.split_last() else { return Err(Failure::page(ProblemKind::NotFound)) };
    Ok(crate::web::pages::render(&pages::Overview { frame: &frame, steps, centre, verified, deadlines: &deadlines }))
}

/// What the form shows beside the case.
#[derive(Default)]
pub struct Said {
    pub slips: Vec<(Place, Message)>,
    pub saved: bool,
}

/// What the address of the form says.
#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    pub saved: bool,
}

/// GET /account/verification/{kind}
pub async fn form(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    frame: Frame,
    Path(kind): Path<String>,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Response, Failure> {
    let kind = kind_of(&kind)?;
    let saved = after.is_ok_and(|Query(after)| after.saved);
    shown_case(&site, &(&student).into(), frame.at("account"), kind, Said { saved, ..Said::default() }, now).await
}

fn slot_views(site: &Site, applicant: &Applicant, kind: CaseKind, case: Option<&Case>, now: Instant) -> Vec<SlotView> {
    let view = |slot: &Slot| {
        let link = case.and_then(|case| site.service.own_link(applicant, case, *slot, now));
        SlotView::new((kind, *slot), case, link.map(|link| own_path(kind, *slot, &link)))
    };
    kind.slots().iter().map(view).collect()
}

/// Offers what the real-name verification holds, beside each picture that the centre asks for and that did not come from there.
async fn offer(site: &Site, applicant: &Applicant, case: Option<&Case>, slots: &mut [SlotView], now: Instant) -> Result<(), ApplyError> {
    let service = &site.service;
    if let Some(case) = case {
        for (slot, at) in service.reused(case).await? {
            slots.iter_mut().filter(|view| view.slot == slot).for_each(|view| view.agreed = Some(Moment(at)));
        }
    }
    if case.is_some_and(|case| !case.state.is_open()) {
        return Ok(());
    }
    for held in service.reusable(applicant, now).await? {
        let Some(link) = &held.link else { continue };
        let link = own_path(CaseKind::RealName, held.slot, link);
        let refused = held.refused.as_ref().map(Message::of);
        let here = slots.iter_mut().filter(|view| view.slot == held.slot && view.agreed.is_none());
        here.for_each(|view| view.offer = Some(OfferView { link: link.clone(), refused: refused.clone() }));
    }
    Ok(())
}

/// The form, or what it said where its owner cannot change it.
pub async fn shown_case(site: &Site, owner: &Owner, frame: Frame, kind: CaseKind, said: Said, now: Instant) -> Result<Response, Failure> {
    let (applicant, service) = (&owner.applicant, &site.service);
    let case = service.own_case(applicant, kind).await.map_err(failed)?;
    let mut slots = slot_views(site, applicant, kind, case.as_ref(), now);
    if kind == CaseKind::Centre {
        offer(site, applicant, case.as_ref(), &mut slots, now).await.map_err(failed)?;
    }
    let typed = service.form_of(applicant, kind, case.as_ref()).await.map_err(failed)?;
    let token = service.form_token(&owner.visitor);
    if let Some(case) = case.as_ref().filter(|case| !case.state.is_open()) {
        let step = StepView::new(&frame, kind, Some(case), now);
        let lines: Vec<(Field, String)> = kind.fields().iter().map(|field| (*field, shown(&frame, &typed, *field))).collect();
        let approved = matches!(case.state, CaseState::Approved { .. });
        let page = pages::Shown { frame: &frame, step: &step, token: &token, lines: &lines, slots: &slots, approved };
        return Ok(crate::web::pages::render(&page));
    }
    let reasons = match case.as_ref().map(|case| &case.state) {
        Some(CaseState::Returned { reasons, .. }) => Some(reasons),
        _ => None,
    };
    let unknown_school = said.slips.iter().any(|(place, _)| *place == Place::Field(Field::School));
    let schools = if unknown_school { found(site, typed.get(Field::School)).await? } else { Vec::new() };
    let page = pages::Form {
        frame: &frame,
        kind,
        token: &token,
        telephone: &owner.visitor.telephone_masked(),
        typed: &typed,
        slips: &said.slips,
        reasons,
        slots: &slots,
        schools: &schools,
        saved: said.saved,
    };
    let page = if said.slips.is_empty() {
        crate::web::pages::render(&page)
    } else {
        crate::web::pages::render_with(StatusCode::BAD_REQUEST, &page)
    };
    Ok((Extension(Allowance::Saving), page).into_response())
}

/// POST /account/verification/{kind}: keeps what was typed and the pictures, and sends the form in if that was asked. A script that saves in
/// the background gets JSON.
pub async fn send(
    State(site): State<Site>,
    _: SameSite,
    As(student): As<Student>,
    Now(now): Now,
    (frame, headers): (Frame, HeaderMap),
    Path(kind): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    received(&site, &(&student).into(), kind_of(&kind)?, frame, (&headers, request), now).await
}

/// Keeps a form that was sent, and sends the case in if that was asked.
pub async fn received(
    site: &Site,
    owner: &Owner,
    kind: CaseKind,
    frame: Frame,
    (headers, request): (&HeaderMap, Request),
    now: Instant,
) -> Result<Response, Failure> {
    let counted = site.service.count_action(&owner.visitor, now).await;
    counted.map_err(|error| match error {
        AccessError::TooMany(wait) => Failure::page(ProblemKind::TooMany).retry_after(wait.seconds),
        AccessError::Service(error) => Failure::service(Door::Page, &error),
        _ => Failure::page(ProblemKind::BadRequest),
    })?;
    let sent = SentForm::read(request, kind).await?;
    if !site.service.is_form_token(&owner.visitor, &sent.token) {
        return Err(Failure::page(ProblemKind::FormExpired));
    }
    let in_background = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    let slips = match keep(site, &owner.applicant, kind, sent, now).await {
        Ok(Kept::Saved) if in_background => Vec::new(),
        Ok(Kept::Saved) => return Ok(Redirect::to(&format!("{}?saved=true", path_of(kind))).into_response()),
        Ok(Kept::SentIn) => return Ok(Redirect::to(home_of(kind)).into_response()),
        Err(ApplyError::Slips(slips)) => slips.into_iter().map(|(place, slip)| (place, Message::of(&slip))).collect(),
        Ok(Kept::Refused(slips)) => slips,
        // It was sent in or decided meanwhile, perhaps from another window: the page says where it stands.
        Err(ApplyError::Case(_)) if in_background => return Ok(StatusCode::CONFLICT.into_response()),
        Err(ApplyError::Case(_)) => return Ok(Redirect::to(&path_of(kind)).into_response()),
        Err(error) => return Err(failed(error)),
    };
    if in_background {
        return background(site, &owner.applicant, &frame, kind, &slips, now).await;
    }
    shown_case(site, owner, frame.at("account").on(&path_of(kind)), kind, Said { slips, saved: false }, now).await
}

/// What became of a form.
enum Kept {
    Saved,
    SentIn,
    /// Pictures that were not taken; everything else is kept.
    Refused(Vec<(Place, Message)>),
}

async fn keep(site: &Site, applicant: &Applicant, kind: CaseKind, sent: SentForm, now: Instant) -> Result<Kept, ApplyError> {
    let service = &site.service;
    let case = service.own_case(applicant, kind).await?;
    let typed = sent.typed(service.form_of(applicant, kind, case.as_ref()).await?);
    service.fill_in(applicant, kind, &typed, now).await?;
    let mut refused = Vec::new();
    // A picture that was chosen goes before one that would be handed on.
    let reused: Vec<Slot> = sent.reused.into_iter().filter(|slot| sent.pictures.iter().all(|(sent, _)| sent != slot)).collect();
    for slot in reused {
        match service.reuse_picture(applicant, slot, now, &mut entropy::fill).await {
            Err(ApplyError::Picture(error)) => refused.push((Place::Slot(slot), Message::of(&error))),
            // It was deleted at the end of its time since the page was loaded: the form says that a picture is missing.
            Err(ApplyError::Case(ProofingError::Unknown)) => {}
            other => other?,
        }
    }
    for (slot, picture) in sent.pictures {
        let Some(bytes) = picture else {
            let most = crate::service::proofing::MAX_PICTURE_BYTES >> 20;
            let message = Message::new(format!("照片不能超过 {most} MB"), format!("A picture may have at most {most} MB"));
            refused.push((Place::Slot(slot), message));
            continue;
        };
        match service.add_picture(applicant, (kind, slot), bytes, now, &mut entropy::fill).await {
            Err(ApplyError::Picture(error)) => refused.push((Place::Slot(slot), Message::of(&error))),
            other => other?,
        }
    }
    if !refused.is_empty() {
        return Ok(Kept::Refused(refused));
    }
    if sent.submit {
        service.send_in(applicant, kind, &typed, now).await?;
        return Ok(Kept::SentIn);
    }
    Ok(Kept::Saved)
}

/// What a script shows: when it was saved, and of each picture its link or why it was refused.
async fn background(
    site: &Site,
    applicant: &Applicant,
    frame: &Frame,
    kind: CaseKind,
    slips: &[(Place, Message)],
    now: Instant,
) -> Result<Response, Failure> {
    let case = site.service.own_case(applicant, kind).await.map_err(failed)?;
    let mut pictures = Map::new();
    for view in slot_views(site, applicant, kind, case.as_ref(), now) {
        let refused = slips.iter().find(|(place, _)| *place == Place::Slot(view.slot)).map(|(_, message)| frame.tell(message));
        pictures.insert(view.slot.code().to_owned(), json!({ "link": view.link, "refused": refused }));
    }
    let time = Moment(now).beijing();
    let time = time.split_once(' ').map_or("", |(_, time)| time);
    Ok(Json(json!({ "saved": time, "pictures": Value::Object(pictures) })).into_response())
}

/// POST /account/verification/{kind}/anew
pub async fn anew(
    State(site): State<Site>,
    Now(now): Now,
    Path(kind): Path<String>,
    sent: Sent<Student, Bare>,
) -> Result<Response, Failure> {
    begun_anew(&site, &(&sent.who).into(), kind_of(&kind)?, now).await
}

/// Begins another case in place of the approved one.
pub async fn begun_anew(site: &Site, owner: &Owner, kind: CaseKind, now: Instant) -> Result<Response, Failure> {
    match site.service.verify_anew(&owner.applicant, kind, now, &mut entropy::fill).await {
        Ok(()) | Err(ApplyError::Case(_)) => Ok(Redirect::to(&path_of(kind)).into_response()),
        Err(error) => Err(failed(error)),
    }
}

/// GET /account/verification/{kind}/pictures/{slot}/{until}/{code}
pub async fn picture(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    Path((kind, slot, until, code)): Path<(String, String, i64, String)>,
) -> Result<Response, Failure> {
    opened(&site, &(&student).into(), (kind_of(&kind)?, &slot), PictureLink { until, code }, now).await
}

/// The picture behind a link of the account's own.
pub async fn opened(
    site: &Site,
    owner: &Owner,
    (kind, slot): (CaseKind, &str),
    link: PictureLink,
    now: Instant,
) -> Result<Response, Failure> {
    let slot = Slot::from_code(slot).ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    let picture = site.service.open_own_picture(&owner.applicant, (kind, slot), &link, now).await.map_err(failed)?;
    picture.map(jpeg).ok_or_else(ended)
}

/// A picture that no cache keeps.
pub fn jpeg(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response()
}

/// What was typed of a school's name.
#[derive(Deserialize)]
pub struct SchoolQuery {
    #[serde(default)]
    q: String,
}

async fn found(site: &Site, typed: &str) -> Result<Vec<crate::domain::proofing::School>, Failure> {
    site.service.find_schools(&bounded(typed)).await.map_err(|e| Failure::service(Door::Page, &e))
}

/// GET /account/verification/schools: names for the list that opens below the field.
pub async fn schools(State(site): State<Site>, As(student): As<Student>, Query(query): Query<SchoolQuery>) -> Result<Response, Failure> {
    let _ = student;
    names(&site, &query).await
}

/// The names of schools that are like what was typed.
pub async fn names(site: &Site, query: &SchoolQuery) -> Result<Response, Failure> {
    let names: Vec<Value> = found(site, &query.q).await?.into_iter().map(|school| json!(school.name)).collect();
    Ok(Json(Value::Array(names)).into_response())
}
