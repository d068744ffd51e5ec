//! Lists that partners hand in to be issued.

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use crate::registry::{IssuanceRecord, IssuedAward, JobOutcome};
use crate::service::award_list::Column;
use crate::service::issuances::{HandInError, IssuanceProgress, MOST, SentAward, SentList};
use crate::service::{Service, entropy};
use crate::web::advice::Message;
use crate::web::bulk::Object;
use crate::web::errors::{Door, Failure, ProblemKind, Slip};
use crate::web::view::Moment;

use super::{Hander, bad, private};

/// The largest list, in bytes: a thousand pictures of 20 KB in base64.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A list of awards, or of abilities, of one programme.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuanceRequest {
    /// The id of the contest or ability programme.
    #[schema(example = "lanhai-14", max_length = 40)]
    programme: String,
    #[schema(value_type = Vec<AwardRow>, min_items = 1, max_items = 1000)]
    awards: Vec<Object<AwardRow>>,
}

/// One award, read by the rules of award lists: the same words in Chinese or English, the same numbers in any usual spelling. An award needs
/// `name`, `document_number` and `award`; an ability `name`, `document_number`, `title`, `level` and `portrait`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwardRow {
    /// The holder's name.
    #[schema(example = "李明")]
    name: String,
    document_kind: Option<String>,
    #[schema(example = "11010519491231002X")]
    document_number: Option<String>,
    telephone: Option<String>,
    school: Option<String>,
    category: Option<String>,
    subject: Option<String>,
    work: Option<String>,
    team: Option<String>,
    /// The level of an award.
    #[schema(example = "一等奖")]
    award: Option<String>,
    role: Option<String>,
    co_creators: Option<Vec<String>>,
    instructors: Option<Vec<String>>,
    /// The title of an ability.
    title: Option<String>,
    /// Its level.
    level: Option<String>,
    /// A JPEG or PNG in base64.
    portrait: Option<String>,
}

impl AwardRow {
    /// The award as a row of a list; `None` if the picture is no base64.
    fn sent(self) -> Option<SentAward> {
        let portrait = match self.portrait.filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(base64::engine::general_purpose::STANDARD.decode(text).ok()?),
        };
        let joined = |names: Option<Vec<String>>| names.map(|names| names.join("、"));
        let cells = [
            (Column::Name, Some(self.name)),
            (Column::DocumentKind, self.document_kind),
            (Column::DocumentNumber, self.document_number),
            (Column::Telephone, self.telephone),
            (Column::School, self.school),
            (Column::Category, self.category),
            (Column::Subject, self.subject),
            (Column::Work, self.work),
            (Column::Team, self.team),
            (Column::Award, self.award),
            (Column::Role, self.role),
            (Column::CoCreators, joined(self.co_creators)),
            (Column::Instructors, joined(self.instructors)),
            (Column::Title, self.title),
            (Column::Level, self.level),
        ];
        Some(SentAward { cells: cells.into_iter().filter_map(|(column, text)| Some((column, text?))).collect(), portrait })
    }
}

/// The name of a field in JSON.
fn field(column: Column) -> &'static str {
    match column {
        Column::Name => "name",
        Column::DocumentKind => "document_kind",
        Column::DocumentNumber => "document_number",
        Column::Telephone => "telephone",
        Column::School => "school",
        Column::Programme => "programme",
        Column::Category => "category",
        Column::Subject => "subject",
        Column::Work => "work",
        Column::Team => "team",
        Column::Award => "award",
        Column::Role => "role",
        Column::CoCreators => "co_creators",
        Column::Instructors => "instructors",
        Column::Title => "title",
        Column::Level => "level",
        Column::Portrait => "portrait",
    }
}

/// What was taken in: the same for the same request, however often it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuanceReceipt {
    pub id: String,
    /// Where to follow it.
    #[schema(format = "uri")]
    pub url: String,
    pub programme: String,
    pub awards: u64,
    /// Awards that were not known before.
    pub new: u64,
    pub created_at: Moment,
}

impl IssuanceReceipt {
    fn of(record: &IssuanceRecord, base: &str) -> Self {
        Self {
            id: record.id.clone(),
            url: format!("{base}/api/v1/issuances/{}", record.id),
            programme: record.programme.to_string(),
            awards: record.fresh + record.known,
            new: record.fresh,
            created_at: Moment(record.created_at),
        }
    }
}

/// How far a list is.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuanceView {
    #[serde(flatten)]
    pub receipt: IssuanceReceipt,
    pub state: IssuanceState,
    /// Awards with a complete certificate.
    pub certified: u64,
    /// Where each award stands, in the order in which they were sent.
    pub items: Vec<IssuedView>,
}

/// A list in one word: `waiting` for its programme to be due or for a batch; `refused` where an award cannot be set on the page as it stands,
/// which the staff see with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuanceState {
    Waiting,
    Issuing,
    Complete,
    Refused,
    Failed,
}

/// An award of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedView {
    /// Its place in the list, from 0.
    pub index: u64,
    pub state: IssuedState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// Where an award stands; `held` by an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuedState {
    Waiting,
    Held,
    Valid,
    Revoked,
    Corrected,
}

impl IssuedView {
    fn of(award: &IssuedAward) -> Self {
        let (state, number) = match &award.certificate {
            Some((number, state)) => match state.as_str() {
                "valid" => (IssuedState::Valid, Some(number)),
                "revoked" => (IssuedState::Revoked, Some(number)),
                "corrected" => (IssuedState::Corrected, Some(number)),
                // Its number is given with its file.
                _ => (IssuedState::Waiting, None),
            },
            None if award.is_held => (IssuedState::Held, None),
            None => (IssuedState::Waiting, None),
        };
        Self { index: award.place, state, number: number.map(ToString::to_string) }
    }
}

impl IssuanceView {
    fn of(progress: &IssuanceProgress, base: &str) -> Self {
        let items: Vec<IssuedView> = progress.awards.iter().map(IssuedView::of).collect();
        let open = items.iter().any(|item| item.state == IssuedState::Waiting);
        let state = match (open, &progress.job) {
            (false, _) => IssuanceState::Complete,
            (true, Some(job)) => match job.ended {
                None => IssuanceState::Issuing,
                Some((_, JobOutcome::Refused)) => IssuanceState::Refused,
                Some((_, JobOutcome::Failed)) => IssuanceState::Failed,
                Some(_) => IssuanceState::Waiting,
            },
            (true, None) => IssuanceState::Waiting,
        };
        let certified = items.iter().filter(|item| item.number.is_some()).count();
        let receipt = IssuanceReceipt::of(&progress.record, base);
        Self { receipt, state, certified: u64::try_from(certified).unwrap_or(u64::MAX), items }
    }
}

/// The caller's own name for a request: a string of structured fields (draft-ietf-httpapi-idempotency-key-header-07), or the same without
/// quotation marks.
fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all("idempotency-key").iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let good = (1..=255).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\');
    good.then(|| text.to_owned())
}

fn refused(error: HandInError) -> Failure {
    match error {
        HandInError::Programme => Failure::api(ProblemKind::ProgrammeNotFound),
        HandInError::Reused => Failure::api(ProblemKind::IdempotencyKeyReused),
        HandInError::Contest(error) => Failure::api(ProblemKind::ListFixed).detail(Message::of(&error)),
        HandInError::Service(error) => Failure::service(Door::Api, &error),
        HandInError::Refused(problems) => {
            let slip = |problem: crate::service::issuances::SentProblem| Slip {
                index: problem.index,
                field: problem.field.map(field),
                code: problem.code,
                message: problem.words.en,
                message_zh: problem.words.zh,
            };
            Failure::api(ProblemKind::ListRefused).slips(problems.into_iter().map(slip))
        }
    }
}

/// Issue certificates
///
/// Hands in up to 1,000 awards, or abilities, of one programme of the issuer. They are checked as an award list is, all at once: with any
/// problem nothing is recorded, and the answer names each with its `index`. What is taken is issued as soon as its programme may be, in a batch;
/// follow it at `url`. With the same `Idempotency-Key` and body it is taken once and answered alike, for seven days. For a key with
/// the scope `issue`; costs as many questions as there are awards.
#[utoipa::path(
    post,
    path = "/api/v1/issuances",
    operation_id = "issue_certificates",
    tag = "partners",
    extensions(
        ("x-summary-zh" = json!("批量签发")),
        ("x-description-zh" = json!("一次提交颁发机构某一赛事或项目的至多 1000 项，按获奖名单的规则一次全部检查：有任何问题则不记录，答复逐条指明其 `index`。接受后在该项目可以签发时成批签发，在 `url` 跟踪进度。七天内以相同的 `Idempotency-Key` 和正文重复提交，只接受一次，答复相同。须有 `issue` 权限的密钥；有多少项就计多少次。")),
    ),
    params(("Idempotency-Key" = String, Header, description = "Your own name for this request: 1 to 255 visible characters.", example = "2026-11-26-0001", min_length = 1, max_length = 255, extensions(("x-description-zh" = json!("您为本次请求取的名称，1 至 255 个可见字符。"))))),
    request_body = IssuanceRequest,
    responses((status = 202, description = "It was taken.", body = IssuanceReceipt)),
)]
pub async fn issue(State(service): State<Arc<Service>>, Hander(partner): Hander, request: Request) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let name = idempotency_key(&headers).ok_or_else(|| Failure::api(ProblemKind::IdempotencyKeyMissing))?;
    let is_json = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if !is_json.is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))) {
        return Err(Failure::api(ProblemKind::UnsupportedType));
    }
    let body: Bytes = to_bytes(request.into_body(), MAX_BYTES).await.map_err(|_| Failure::api(ProblemKind::TooLarge))?;
    // The parser's own text may repeat what was sent; it goes nowhere but for the place.
    let Object(asked): Object<IssuanceRequest> = serde_json::from_slice(&body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        bad(&format!("JSON 第 {line} 行第 {column} 列有误"), &format!("The JSON is not as described, at line {line}, column {column}"))
    })?;
    let count = match asked.awards.len() {
        0 => return Err(bad("awards 中没有内容", "There is nothing in awards")),
        n if n > MOST => {
            let message = Message::new(format!("一次至多 {MOST} 项，您提交了 {n} 项"), format!("At most {MOST} at once; you sent {n}"));
            return Err(Failure::api(ProblemKind::TooManyAtOnce).detail(message));
        }
        n => u32::try_from(n).unwrap_or(u32::MAX),
    };
    if count > 1 {
        partner.caller.ask(&service, count - 1).await?;
    }
    let mut awards = Vec::with_capacity(asked.awards.len());
    let mut slips = Vec::new();
    for (index, Object(row)) in (0..).zip(asked.awards) {
        match row.sent() {
            Some(award) => awards.push(award),
            None => slips.push(Slip {
                index: Some(index),
                field: Some("portrait"),
                code: "base64",
                message: "it is not base64".to_owned(),
                message_zh: "不是 base64".to_owned(),
            }),
        }
    }
    if !slips.is_empty() {
        return Err(Failure::api(ProblemKind::ListRefused).slips(slips));
    }
    let mut random = [0; 8];
    entropy::fill(&mut random);
    let sent = SentList { key: &partner.key, programme: &asked.programme, awards, name: &name, body: &body };
    let record = service.take_issuance(sent, random, partner.caller.now).await.map_err(refused)?;
    let receipt = IssuanceReceipt::of(&record, service.public_url());
    let location = format!("/api/v1/issuances/{}", record.id);
    Ok(private((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(receipt)).into_response()))
}

/// Follow an issuance
///
/// How far a list is that was handed in, and the numbers of its certificates. For a key with the scope `issue`.
#[utoipa::path(
    get,
    path = "/api/v1/issuances/{issuance}",
    operation_id = "get_issuance",
    tag = "partners",
    extensions(
        ("x-summary-zh" = json!("跟踪批量签发")),
        ("x-description-zh" = json!("所提交名单的进度，以及各证书的编号。须有 `issue` 权限的密钥。")),
    ),
    params(("issuance" = String, Path, description = "The `id` of the answer to it.", example = "is0011223344556677", extensions(("x-description-zh" = json!("提交时答复中的 `id`。"))))),
    responses((status = 200, description = "How far it is.", body = IssuanceView)),
)]
pub async fn issuance(State(service): State<Arc<Service>>, Hander(partner): Hander, Path(id): Path<String>) -> Result<Response, Failure> {
    let found = service.issuance(&partner.issuer, &id).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let found = found.ok_or_else(|| Failure::api(ProblemKind::IssuanceNotFound))?;
    Ok(private(Json(IssuanceView::of(&found, service.public_url())).into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_name() {
        let of = |values: &[&str]| {
            let headers = values.iter().map(|v| (header::HeaderName::from_static("idempotency-key"), v.parse().unwrap())).collect();
            idempotency_key(&headers)
        };
        assert_eq!(of(&["\"8e03\""]), Some("8e03".into()));
        assert_eq!(of(&["8e03"]), Some("8e03".into()));
        for wrong in ["", "\"\"", "\"a\"b\"", "a\\b", &"x".repeat(256)] {
            assert_eq!(of(&[wrong]), None, "{wrong}");
        }
        assert_eq!(of(&["a", "a"]), None);
    }
}
