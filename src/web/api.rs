//! The API: the pages' answers as JSON or as signed statements, their failures as problem documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::service::Service;
use crate::service::statement::Asked;

use super::WebSettings;
use super::advice::{self, Message};
use super::answer::Answering;
use super::bulk::Object;
use super::caller::{Caller, SameOriginOnly};
use super::errors::{Door, Failure, Finished, ProblemKind};
use super::lookup::read_identity;
use super::upload::{self, Sent};
use super::view::{CertificateView, FileView, LookupView};

/// Look up a certificate
///
/// What the public may know of the certificate with this number: what was certified, by whom, when, and its state. The holder's name is
/// masked. `checked_at` is the time of the check; `ETag` stands for everything else, so that 304 means: all the same at the time in `Date`.
#[utoipa::path(
    get,
    path = "/api/v1/certificates/{number}",
    operation_id = "get_certificate",
    tag = "lookup",
    extensions(
        ("x-summary-zh" = json!("查询证书")),
        ("x-description-zh" = json!("公众可知的证书内容：证明了什么、由谁颁发、何时颁发、是否有效。姓名部分隐去。`checked_at` 为查询时间；`ETag` 代表其余全部内容，因此 304 表示：在 `Date` 所示时间没有变化。")),
    ),
    params(
        ("number" = String, Path, description = "The certificate number in any usual spelling: case, spaces, hyphens and full-width characters do not matter.", example = "GXRCPJ033202000019", extensions(("x-description-zh" = json!("证书编号，写法不限：大小写、空格、连字符、全角字符均可。")))),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an earlier answer.", extensions(("x-description-zh" = json!("先前答复的 `ETag`。")))),
    ),
    responses(
        (status = 200, description = "The certificate.", body = CertificateView),
        (status = 304, description = "The certificate is as it was in the answer whose `ETag` was sent."),
    ),
)]
pub async fn certificate(
    State(service): State<Arc<Service>>,
    caller: Caller,
    answering: Answering,
    headers: HeaderMap,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    caller.ask(&service, 1).await?;
    let now = caller.now;
    let Path(typed) = number.map_err(|_| Failure::api(ProblemKind::InvalidNumber))?;
    let number = advice::read_number(&typed).map_err(|m| Failure::api(ProblemKind::InvalidNumber).detail(m))?;
    let found = service.look_up_number(&number, now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let asked = || service.asked_number(&number);
    let Some(certificate) = found else {
        return answering.miss(&asked(), ProblemKind::CertificateNotFound, service.hints(&typed, &number, now), now);
    };
    answering.give_kept(asked, &headers, &CertificateView::new(certificate, service.public_url(), now), now)
}

/// A question by number, or by identity number.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Lookup {
    Number(ByNumber),
    Identity(ByIdentity),
}

/// A certificate number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByNumber {
    /// The certificate number in any usual spelling.
    number: String,
    /// The name that is compared with the holder's; the answer then has `holder_matches`.
    holder: Option<String>,
}

/// An identity number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByIdentity {
    /// The number of an identity document in any usual spelling.
    identity_number: String,
    /// The kind of document: `resident_identity_card`, `passport` …; without it the number's form decides.
    document_kind: Option<String>,
}

/// Look up by number or by identity number
///
/// The same as above with the number in the body, where no log of a proxy has it; or every certificate of a person by the number of an
/// identity document. Finding none is an answer, with an empty list. How often one person may be asked for is limited whoever asks. An answer
/// by identity number carries no `Access-Control-Allow-Origin`: pages of other sites cannot guess through their visitors' browsers.
#[utoipa::path(
    post,
    path = "/api/v1/lookups",
    operation_id = "look_up",
    tag = "lookup",
    extensions(
        ("x-summary-zh" = json!("按编号或证件号码查询")),
        ("x-description-zh" = json!("编号放在正文中，不会留在代理服务器的日志里，其余同上；或者按身份证件号码查询一人的全部证书。没有证书也是一种答复，列表为空。同一人被查询的次数有限，与谁来查无关。按证件号码的答复不带 `Access-Control-Allow-Origin`，以免他人的网页借访问者的浏览器逐个猜测。")),
    ),
    request_body = Lookup,
    responses((status = 200, description = "What was found, in the order of the numbers; none if there is none.", body = LookupView)),
)]
pub async fn lookup(
    State(service): State<Arc<Service>>,
    caller: Caller,
    answering: Answering,
    body: Result<Json<Object<Lookup>>, JsonRejection>,
) -> Result<Response, Failure> {
    // The rejection's own text may repeat what was sent; it goes nowhere.
    let Json(Object(asked)) = body.map_err(|r| match r {
        JsonRejection::JsonDataError(_) => Failure::api(ProblemKind::BadRequest).detail(Message::new(
            "请给出 number（可附 holder），或者 identity_number（可附 document_kind）",
            "Give either number with an optional holder, or identity_number with an optional document_kind",
        )),
        other => Failure::api(ProblemKind::of_status(other.status())),
    })?;
    let now = caller.now;
    let (asked, found) = match asked {
        Lookup::Number(ByNumber { number, holder: Some(holder) }) => {
            return by_name(&service, &number, &holder, &caller, &answering).await;
        }
        Lookup::Number(ByNumber { number, holder: None }) => {
            let number = advice::read_number(&number).map_err(|m| Failure::api(ProblemKind::InvalidNumber).detail(m))?;
            caller.ask(&service, 1).await?;
            (service.asked_number(&number), service.look_up_number(&number, now).await.map(|found| found.into_iter().collect()))
        }
        Lookup::Identity(ByIdentity { identity_number, document_kind }) => {
            let document = read_identity(&identity_number, document_kind.as_deref().unwrap_or_default())
                .map_err(|m| Failure::api(ProblemKind::InvalidIdentity).detail(m))?;
            caller.ask_for(&service, &document).await?;
            (Asked::identity(&document), service.look_up_identity(&document, now).await)
        }
    };
    let found: Vec<_> = found.map_err(|e| Failure::service(Door::Api, &e))?;
    let mut response = answering.give(&asked, &LookupView::new(found, service.public_url(), now), now)?;
    if matches!(asked, Asked::Identity { .. }) {
        response.extensions_mut().insert(SameOriginOnly);
    }
    Ok(response)
}

/// By number, with the name that the reader was given.
async fn by_name(service: &Service, typed: &str, holder: &str, caller: &Caller, answering: &Answering) -> Result<Response, Failure> {
    let now = caller.now;
    let number = advice::read_number(typed).map_err(|m| Failure::api(ProblemKind::InvalidNumber).detail(m))?;
    if holder.trim().is_empty() {
        return Err(Failure::api(ProblemKind::BadRequest).detail(Message::new("holder 不能为空", "holder is empty")));
    }
    caller.ask_whether(service, &number).await?;
    let found = service.match_holder(&number, holder, now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let holder_matches = found.as_ref().map(|found| found.matches);
    let view = LookupView::new(found.map(|found| found.certificate), service.public_url(), now);
    let asked = Asked::Name { number: number.to_string(), holder: holder.trim().to_owned() };
    answering.give(&asked, &LookupView { holder_matches, ..view }, now)
}

/// Verify a file
///
/// Whether a PDF is a certificate that was issued here, unchanged, and what the record says of it, field by field. Of a picture (JPEG, PNG) the QR
/// code is checked. Any file gets a verdict with status 200.
/// The file is the whole body, or the field `file` of a form.
#[utoipa::path(
    post,
    path = "/api/v1/verifications",
    operation_id = "verify_file",
    tag = "verification",
    extensions(
        ("x-summary-zh" = json!("验证文件")),
        ("x-description-zh" = json!("一份 PDF 是否为本站签发、未经改动的证书，并与登记记录逐项对照；图片（JPEG、PNG）则核验其中的二维码。任何文件都得到结论，状态为 200。文件即为整个正文，或者表单的 `file` 字段。")),
    ),
    request_body(description = "The file.", content(
        ("application/pdf"),
        ("image/jpeg"),
        ("image/png"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "The verdict.", body = FileView)),
)]
pub async fn verification(
    State(service): State<Arc<Service>>,
    State(settings): State<WebSettings>,
    caller: Caller,
    answering: Answering,
    request: Request,
) -> Result<Response, Failure> {
    caller.ask(&service, 1).await?;
    let Sent::File(pdf) = upload::from_body(request, Door::Api, settings).await.map_err(|e| upload::of_photographs(e, settings))? else {
        let message = Message::new("没有收到文件", "No file was sent");
        return Err(Failure::api(ProblemKind::BadRequest).detail(message));
    };
    let answer = service.check_file(&pdf, caller.now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let asked = Asked::File { sha256: answer.sha256, bytes: pdf.len() };
    answering.give(&asked, &FileView::new(answer, service.public_url(), caller.now), caller.now)
}

/// A form with a file.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the shape of a form: it is read as a stream")]
pub struct FileForm {
    /// The PDF.
    #[schema(format = Binary)]
    file: String,
}

/// GET /healthz: the process answers.
pub async fn health() -> &'static str {
    "ok\n"
}

/// GET /readyz: the process and the registry behind it answer.
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.is_ready().await {
        return "ready\n".into_response();
    }
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response();
    response.extensions_mut().insert(Finished);
    response
}
