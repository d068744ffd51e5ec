//! The form of an objection, its receipt, and following it. Nothing of what an objector says goes into an address or a log.

use std::sync::Arc;

use axum::Extension;
use axum::extract::multipart::{Field as Part, Multipart, MultipartError};
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form as Fields, FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::domain::notice::NotAccepted;
use crate::domain::objection::{Field, Form, Objection, ObjectionState, Typed};
use crate::domain::receipt::ReceiptCode;
use crate::domain::time::Instant;
use crate::service::notice::PublicNotice;
use crate::service::objections::{HandInError, Handed, MAX_ATTACHMENTS, MAX_FILE_BYTES, SentFile};
use crate::service::{Service, entropy};

use super::advice::Message;
use super::assets;
use super::errors::{Failure, ProblemKind};
use super::headers::Allowance;
use super::language::Frame;
use super::notice_pages::{self, FollowedState, FollowedView};
use super::notice_view::{EntryView, NoticeView};
use super::notices::{failed, known};
use super::origin::SameSite;
use super::pages;
use super::question::{Asker, Question, refused};
use super::view::Moment;

/// A text field of the form, in bytes; the grounds are the longest.
const MAX_TEXT: usize = 16 * 1024;
/// The whole form: all files at their largest, and what a browser puts between them.
pub const MAX_BODY: usize = (MAX_ATTACHMENTS + 2) * MAX_FILE_BYTES;

/// Which form, against what.
#[derive(Deserialize)]
pub struct Against {
    entry: Option<i64>,
    #[serde(default)]
    form: String,
}

/// What the form shows again.
#[derive(Default)]
struct Again {
    typed: Typed,
    slips: Vec<(Field, Message)>,
    refused: Option<Message>,
}

async fn form_page(
    service: &Service,
    frame: &Frame,
    (notice, place): (&PublicNotice, Option<i64>),
    again: Again,
    now: Instant,
) -> Result<Response, Failure> {
    let entry = match place {
        Some(place) => {
            let found = service.notice_entry(notice, place).await.map_err(|e| failed(&e))?;
            Some(EntryView::from(found.ok_or_else(|| Failure::page(ProblemKind::NotFound))?))
        }
        None => None,
    };
    let mut nonce = [0; 16];
    entropy::fill(&mut nonce);
    let wrong = again.refused.is_some() || !again.slips.is_empty();
    let page = notice_pages::Objection {
        frame,
        notice: &NoticeView::new(frame, notice, now),
        entry: entry.as_ref(),
        typed: &again.typed,
        slips: &again.slips,
        refused: again.refused.as_ref(),
        nonce: &URL_SAFE_NO_PAD.encode(nonce),
        script: assets::sign(),
    };
    let page = if wrong { pages::render_with(StatusCode::BAD_REQUEST, &page) } else { pages::render(&page) };
    Ok((Extension(Allowance::Drawing), page).into_response())
}

/// The failure of a notice that does not run.
fn not_accepted(why: NotAccepted) -> Failure {
    match why {
        NotAccepted::NoNotice => Failure::page(ProblemKind::NotFound),
        NotAccepted::Over(_) => Failure::page(ProblemKind::NoticeOver).detail(Message::of(&why)),
    }
}

fn running(notice: &PublicNotice, now: Instant) -> Result<(), Failure> {
    let period = notice.contest.timeline.notice;
    if period.contains(now) { Ok(()) } else { Err(not_accepted(NotAccepted::Over(period.end()))) }
}

/// GET /notices/{contest}/objection
pub async fn form(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(id): Path<String>,
    against: Result<Query<Against>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(against) = against.map_err(|_| Failure::page(ProblemKind::BadRequest))?;
    let notice = known(&service, &id, now).await?;
    running(&notice, now)?;
    let chosen = Form::from_code(&against.form).unwrap_or(Form::Person);
    let typed = Typed { form: chosen.code().to_owned(), ..Typed::default() };
    form_page(&service, &frame.at("notices"), (&notice, against.entry), Again { typed, ..Again::default() }, now).await
}

/// The form as it was sent.
#[derive(Default)]
struct Sent {
    typed: Typed,
    entry: String,
    nonce: String,
    mark: Option<SentFile>,
    attachments: Vec<SentFile>,
    /// A file was larger than any may be.
    too_large: bool,
}

/// POST /notices/{contest}/objection
pub async fn hand_in(
    State(service): State<Arc<Service>>,
    _: SameSite,
    Asker { now, address }: Asker,
    frame: Frame,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let frame = frame.at("notices");
    let notice = known(&service, &id, now).await?;
    running(&notice, now)?;
    let sent = read(request).await?;
    let bad = || Failure::page(ProblemKind::BadRequest);
    let place = if sent.entry.is_empty() { None } else { Some(sent.entry.parse::<i64>().map_err(|_| bad())?) };
    let nonce: [u8; 16] = URL_SAFE_NO_PAD.decode(&sent.nonce).ok().and_then(|n| n.try_into().ok()).ok_or_else(bad)?;
    let form = Form::from_code(&sent.typed.form).ok_or_else(bad)?;
    let parsed = Objection::parse(form, &sent.typed);
    let refused_files = files_wanted(form, &sent);
    let (objection, mark) = match (parsed, refused_files, sent.mark) {
        (Ok(objection), None, Some(mark)) => (objection, mark),
        (parsed, refused, _) => {
            let slips = parsed.err().unwrap_or_default().into_iter().map(|(field, slip)| (field, Message::of(&slip))).collect();
            return form_page(&service, &frame, (&notice, place), Again { typed: sent.typed, slips, refused }, now).await;
        }
    };
    let contest = &notice.programme.id;
    let handed = Handed { contest, place, objection: &objection, mark, attachments: sent.attachments, nonce, from: address };
    let code = match service.hand_in(handed, now).await {
        Ok(code) => code,
        Err(error @ (HandInError::Mark(_) | HandInError::Attachment { .. } | HandInError::TooMany(_))) => {
            let again = Again { typed: sent.typed, slips: Vec::new(), refused: Some(Message::of(&error)) };
            return form_page(&service, &frame, (&notice, place), again, now).await;
        }
        Err(HandInError::NotAccepted(why)) => return Err(not_accepted(why)),
        Err(HandInError::NoEntry(_)) => return Err(Failure::page(ProblemKind::NotFound)),
        Err(HandInError::Limited(error)) => return Err(refused(super::errors::Door::Page, error)),
        Err(HandInError::Service(error)) => return Err(failed(&error)),
    };
    let view = NoticeView::new(&frame, &notice, now);
    Ok(pages::render(&notice_pages::Receipt { frame: &frame, notice: &view, code: &code.to_string() }))
}

/// What is missing among the files, or too much.
fn files_wanted(form: Form, sent: &Sent) -> Option<Message> {
    let most = MAX_FILE_BYTES >> 20;
    if sent.too_large {
        return Some(Message::new(format!("每个文件不能超过 {most} MB"), format!("A file may have at most {most} MB")));
    }
    if sent.attachments.len() > MAX_ATTACHMENTS {
        return Some(Message::of(&HandInError::TooMany(sent.attachments.len())));
    }
    if sent.mark.is_some() {
        return None;
    }
    Some(match form {
        Form::Person => Message::new("请手写签名，或上传签名的照片", "Draw your signature, or choose a picture of it"),
        Form::Organisation => Message::new("请上传加盖公章的照片或扫描件", "Choose a picture of the organisation’s seal"),
    })
}

/// Reads every part of the form. What is too large is read to its end and thrown away, so that the browser gets an answer.
async fn read(request: Request) -> Result<Sent, Failure> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Failure::page(ProblemKind::UnsupportedType))?;
    let mut sent = Sent::default();
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if matches!(name.as_str(), "mark" | "attachment") {
            let file_name = part.file_name().unwrap_or_default().to_owned();
            match bytes(part, MAX_FILE_BYTES).await? {
                None => sent.too_large = true,
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) if name == "mark" => sent.mark = Some(SentFile { name: file_name, bytes }),
                Some(bytes) if sent.attachments.len() <= MAX_ATTACHMENTS => sent.attachments.push(SentFile { name: file_name, bytes }),
                Some(_) => {}
            }
            continue;
        }
        let text = bytes(part, MAX_TEXT).await?.ok_or_else(|| Failure::page(ProblemKind::TooLarge))?;
        let text = String::from_utf8(text).map_err(|_| Failure::page(ProblemKind::BadRequest))?;
        let slot = match name.as_str() {
            "form" => &mut sent.typed.form,
            "name" => &mut sent.typed.name,
            "document_kind" => &mut sent.typed.document_kind,
            "identity_number" => &mut sent.typed.identity_number,
            "workplace" => &mut sent.typed.workplace,
            "organisation" => &mut sent.typed.organisation,
            "telephone" => &mut sent.typed.telephone,
            "grounds" => &mut sent.typed.grounds,
            "entry" => &mut sent.entry,
            "nonce" => &mut sent.nonce,
            _ => continue,
        };
        *slot = text;
    }
    Ok(sent)
}

/// The bytes of a part; none if it has more than `most`, which is read to its end all the same.
pub async fn bytes(mut part: Part<'_>, most: usize) -> Result<Option<Vec<u8>>, Failure> {
    let (mut bytes, mut length) = (Vec::new(), 0usize);
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        length = length.saturating_add(chunk.len());
        if length <= most { bytes.extend_from_slice(&chunk) } else { bytes = Vec::new() }
    }
    Ok((length <= most).then_some(bytes))
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub fn broken(error: MultipartError) -> Failure {
    let kind = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { ProblemKind::TooLarge } else { ProblemKind::BadRequest };
    Failure::page(kind)
}

/// GET /objections
pub async fn follow_form(frame: Frame) -> Response {
    pages::render(&notice_pages::Follow { frame: &frame.at("notices"), error: None, followed: None })
}

/// The code of a receipt, as typed.
#[derive(Deserialize)]
pub struct Code {
    code: String,
}

/// POST /objections: the code is in the body, so that no address has it.
pub async fn follow(
    State(service): State<Arc<Service>>,
    Question { .. }: Question,
    frame: Frame,
    form: Result<Fields<Code>, FormRejection>,
) -> Result<Response, Failure> {
    let Fields(form) = form.map_err(|r| Failure::page(ProblemKind::of_status(r.status())))?;
    let frame = frame.at("notices");
    let wrong = |status, error: &Message| {
        Ok(pages::render_with(status, &notice_pages::Follow { frame: &frame, error: Some(error), followed: None }))
    };
    let code = match ReceiptCode::parse_typed(&form.code) {
        Ok(code) => code,
        Err(error) => return wrong(StatusCode::BAD_REQUEST, &Message::of(&error)),
    };
    let Some(record) = service.follow_objection(&code).await.map_err(|e| failed(&e))? else {
        return wrong(StatusCode::NOT_FOUND, &Message::new("没有查到这个回执码，请核对", "No objection has this code: look for a slip"));
    };
    let programmes = service.programmes().await.map_err(|e| failed(&e))?;
    let view = FollowedView {
        contest_name: programmes.into_iter().find(|p| p.id == record.contest).map(|p| p.name).unwrap_or_default(),
        place: record.place,
        whole_list: record.award.is_none(),
        filed_at: Moment(record.filed_at),
        state: match record.state {
            ObjectionState::Open => FollowedState::Open,
            ObjectionState::Rejected { at, reason } => FollowedState::Rejected { at: Moment(at), reason: reason.as_str().to_owned() },
            ObjectionState::Upheld { at, reason } => FollowedState::Upheld { at: Moment(at), reason: reason.as_str().to_owned() },
        },
    };
    Ok(pages::render(&notice_pages::Follow { frame: &frame, error: None, followed: Some(&view) }))
}
