//! How claims stand, for the systems of the issuer whose offers they are for.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

use crate::domain::claim::{ClaimId, ClaimState};
use crate::domain::issuer::Slug;
use crate::registry::PartnerClaim;
use crate::service::Service;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::view::Moment;

use super::{Reader, bad, private};

/// Claims of one answer, at most.
const PAGE: u32 = 200;

/// A claim, without anything of its holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimView {
    /// Its number.
    pub claim: i64,
    /// What is claimed.
    pub offer: String,
    pub state: ClaimStateView,
    pub submitted_at: Moment,
    /// When it came into its state.
    pub changed_at: Moment,
    /// Before when it is decided, once everything was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Moment>,
    /// Once it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_number: Option<String>,
}

/// Where a claim is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimStateView {
    Submitted,
    AwaitingPayment,
    AwaitingVerification,
    InReview,
    Returned,
    Approved,
    Issued,
    Refused,
    Withdrawn,
}

impl From<ClaimState> for ClaimStateView {
    fn from(state: ClaimState) -> Self {
        match state {
            ClaimState::Submitted => Self::Submitted,
            ClaimState::AwaitingPayment => Self::AwaitingPayment,
            ClaimState::AwaitingVerification => Self::AwaitingVerification,
            ClaimState::InReview => Self::InReview,
            ClaimState::Returned => Self::Returned,
            ClaimState::Approved => Self::Approved,
            ClaimState::Issued => Self::Issued,
            ClaimState::Refused => Self::Refused,
            ClaimState::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<PartnerClaim> for ClaimView {
    fn from(claim: PartnerClaim) -> Self {
        Self {
            claim: claim.id.0,
            offer: claim.offer.to_string(),
            state: claim.state.into(),
            submitted_at: Moment(claim.submitted),
            changed_at: Moment(claim.changed),
            due_at: claim.due.map(Moment),
            certificate_number: claim.number.map(|number| number.to_string()),
        }
    }
}

/// Claims in the order of their numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimsView {
    pub claims: Vec<ClaimView>,
    /// What to send as `after` for the next ones; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// Which claims.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClaimsAsked {
    /// Of this offer.
    #[param(max_length = 40)]
    offer: Option<String>,
    /// In this state.
    #[param(inline, value_type = Option<ClaimStateView>)]
    state: Option<String>,
    /// After the claim of this number.
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// List claims
///
/// The claims of the issuer's offers in the order of their numbers, 200 at most; `next` leads on. For a key with the scope `claims:read`.
#[utoipa::path(
    get,
    path = "/api/v1/claims",
    operation_id = "list_claims",
    tag = "partners",
    extensions(
        ("x-summary-zh" = json!("列出申领")),
        ("x-description-zh" = json!("颁发机构各证书项目的申领，按编号排列，一次至多 200 份，以 `next` 续读。须有 `claims:read` 权限的密钥。")),
    ),
    params(ClaimsAsked),
    responses((status = 200, description = "The claims.", body = ClaimsView)),
)]
pub async fn claims(
    State(service): State<Arc<Service>>,
    Reader(partner): Reader,
    asked: Result<Query<ClaimsAsked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failure> {
    let Query(asked) = asked.map_err(|_| bad("查询参数只有 offer、state、after", "The parameters are offer, state and after"))?;
    let offer = asked.offer.map(|offer| offer.parse::<Slug>()).transpose();
    let offer = offer.map_err(|_| bad("offer 不是证书项目的标识", "offer is not the id of an offer"))?;
    let state = match asked.state.as_deref() {
        None => None,
        Some(code) => Some(ClaimState::from_code(code).ok_or_else(|| bad("没有这种申领状态", "state is not a state of a claim"))?),
    };
    let after = match asked.after {
        Some(after) if after < 0 => return Err(bad("after 不能为负", "after is not negative")),
        after => ClaimId(after.unwrap_or(0)),
    };
    let found = service.partner_claims(&partner.issuer, (offer.as_ref(), state), after, PAGE).await;
    let mut found = found.map_err(|e| Failure::service(Door::Api, &e))?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more).map(|last| last.id.0);
    Ok(private(Json(ClaimsView { claims: found.into_iter().map(ClaimView::from).collect(), next }).into_response()))
}

/// Read a claim
///
/// How one claim of the issuer's offers stands. For a key with the scope `claims:read`.
#[utoipa::path(
    get,
    path = "/api/v1/claims/{claim}",
    operation_id = "get_claim",
    tag = "partners",
    extensions(
        ("x-summary-zh" = json!("读取一份申领")),
        ("x-description-zh" = json!("颁发机构证书项目的一份申领处于何种状态。须有 `claims:read` 权限的密钥。")),
    ),
    params(("claim" = i64, Path, description = "The number of the claim.", minimum = 1, example = 17, extensions(("x-description-zh" = json!("申领编号。"))))),
    responses((status = 200, description = "The claim.", body = ClaimView)),
)]
pub async fn claim(State(service): State<Arc<Service>>, Reader(partner): Reader, Path(id): Path<String>) -> Result<Response, Failure> {
    let missing = || Failure::api(ProblemKind::ClaimNotFound);
    let id: ClaimId = id.parse().map_err(|_| missing())?;
    let found = service.partner_claim(&partner.issuer, id).await.map_err(|e| Failure::service(Door::Api, &e))?;
    Ok(private(Json(ClaimView::from(found.ok_or_else(missing)?)).into_response()))
}
