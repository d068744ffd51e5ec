//! Many certificates in one request.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::Response;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::answers::PublicState;
use crate::service::check_list::{Row, RowAnswer};
use crate::service::statement::Asked;

use super::advice::Message;
use super::answer::Answering;
use super::caller::Caller;
use super::errors::{Door, Failure, ProblemKind};
use super::view::{CertificateView, Moment};

/// Certificates in one request, at most.
pub const MOST: usize = 1_000;
/// The largest body: a number and a long name in escapes take 500 bytes.
pub const MAX_BYTES: usize = 512 * 1024;

/// A body that came as a JSON object: serde by itself would take its fields as an array too.
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Certificates to confirm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkLookup {
    #[schema(value_type = Vec<BulkRow>, min_items = 1, max_items = 1000)]
    certificates: Vec<Object<BulkRow>>,
}

/// A number and the name of the person who shows the certificate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRow {
    /// The certificate number in any usual spelling.
    #[schema(example = "GXRCPJ033202000019")]
    number: String,
    /// The holder's whole name as printed; spaces, dots and case do not matter.
    #[schema(example = "李明")]
    holder: String,
}

/// The answers, in the order of the question.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkView {
    pub certificates: Vec<BulkAnswer>,
    pub checked_at: Moment,
}

/// What is said of one certificate. An unknown number, one that is no number, and a name that is not the holder's are the same answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAnswer {
    pub verdict: BulkVerdict,
    /// Where number and holder are confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateView>,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkVerdict {
    Valid,
    Revoked,
    Corrected,
    NotConfirmed,
    /// Too many names were tried on this number of late, known or not.
    AskLater,
}

impl BulkAnswer {
    fn new(answer: RowAnswer, base: &str, now: Instant) -> Self {
        match answer {
            RowAnswer::NotConfirmed => Self { verdict: BulkVerdict::NotConfirmed, certificate: None },
            RowAnswer::Later => Self { verdict: BulkVerdict::AskLater, certificate: None },
            RowAnswer::Confirmed(certificate) => {
                let verdict = match certificate.state {
                    PublicState::Valid => BulkVerdict::Valid,
                    PublicState::Revoked { .. } => BulkVerdict::Revoked,
                    PublicState::Corrected { .. } => BulkVerdict::Corrected,
                };
                Self { verdict, certificate: Some(CertificateView::new(*certificate, base, now)) }
            }
        }
    }
}

/// A row that can be asked; one that is no number or no name of a person is not.
fn read(row: &BulkRow) -> Option<Row> {
    Some(Row { number: CertificateNumber::parse_typed(&row.number).ok()?, name: PersonName::parse(&row.holder).ok()? })
}

/// Confirm many certificates
///
/// Up to 1,000 numbers, each with the holder's whole name; the answers come in the same order. A number that does not exist and a name that
/// does not match get the same answer, so that nothing is learnt by trying; how many names may be tried on one number is limited whoever tries.
/// Costs as many questions as there are certificates: without a key
/// an address may ask for as many as its quota holds at once.
#[utoipa::path(
    post,
    path = "/api/v1/lookups/bulk",
    operation_id = "confirm_certificates",
    tag = "lookup",
    extensions(
        ("x-summary-zh" = json!("批量核对证书")),
        ("x-description-zh" = json!("一次至多 1000 个编号，各附持证人全名；答复顺序与提交顺序相同。编号不存在与姓名不符的答复完全相同，因此无法借试探得知什么；对同一编号尝试的姓名数也有限制，与谁来查无关。有多少份证书就计多少次查询：没有密钥时，一次至多为地址配额允许的次数。")),
    ),
    request_body = BulkLookup,
    responses((status = 200, description = "The answers, in the order of the question.", body = BulkView)),
)]
pub async fn lookups(
    State(service): State<Arc<Service>>,
    caller: Caller,
    answering: Answering,
    body: Result<Json<Object<BulkLookup>>, JsonRejection>,
) -> Result<Response, Failure> {
    // The rejection's own text may repeat what was sent; it goes nowhere.
    let Json(Object(BulkLookup { certificates })) = body.map_err(|r| Failure::api(ProblemKind::of_status(r.status())))?;
    let count = match certificates.len() {
        0 => {
            let message = Message::new("certificates 中没有证书", "There are no certificates in the list");
            return Err(Failure::api(ProblemKind::BadRequest).detail(message));
        }
        n if n > MOST => {
            let message = Message::new(format!("一次至多 {MOST} 份，您提交了 {n} 份"), format!("At most {MOST} at once; you sent {n}"));
            return Err(Failure::api(ProblemKind::TooManyAtOnce).detail(message));
        }
        n => u32::try_from(n).unwrap_or(u32::MAX),
    };
    caller.ask(&service, count).await?;
    let rows: Vec<Option<Row>> = certificates.iter().map(|Object(row)| read(row)).collect();
    let asked: Vec<Row> = rows.iter().flatten().cloned().collect();
    let answers = service.check_rows(&asked, caller.now).await.map_err(|e| Failure::service(Door::Api, &e))?;
    let mut answers = answers.into_iter();
    let answer = |row: Option<Row>| row.and_then(|_| answers.next()).unwrap_or(RowAnswer::NotConfirmed);
    let answers: Vec<RowAnswer> = rows.into_iter().map(answer).collect();
    let asked = certificates.iter().map(|Object(row)| service.asked_row(&row.number, &row.holder)).collect();
    let certificates = answers.into_iter().map(|a| BulkAnswer::new(a, service.public_url(), caller.now)).collect();
    let view = BulkView { certificates, checked_at: Moment(caller.now) };
    answering.give(&Asked::Bulk { certificates: asked }, &view, caller.now)
}
