//! Claims before the centre's reviewers: what waits, what is late first; several are approved at once.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::claim::{ClaimId, ClaimState};
use crate::domain::issuer::Slug;
use crate::domain::offer::Offer;
use crate::registry::{ClaimCounts, ClaimFilter};
use crate::service::access::CentreReviewer;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::{As, Fields, Gate, Sent};
use crate::web::staff::Desk;

use super::views::ClaimRow;

pub const QUEUE: &str = "/staff/claims";
/// Claims of a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "claims/queue.html")]
struct Page<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    counts: ClaimCounts,
    rows: &'a [ClaimRow],
    state: ClaimState,
    /// The offer that is asked for; empty for every one.
    offer: &'a str,
    offers: &'a [Offer],
    page: u32,
    has_more: bool,
    /// What came of an approval: how many were approved, how many left.
    done: Option<(u32, u32)>,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    offer: String,
    #[serde(default)]
    page: u32,
    approved: Option<u32>,
    left: Option<u32>,
}

fn failed(error: &crate::service::ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

/// GET /staff/claims
pub async fn page(
    State(site): State<Site>,
    Now(now): Now,
    As(reviewer): As<CentreReviewer>,
    frame: Frame,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Failure> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let state = ClaimState::from_code(&asked.state).unwrap_or(ClaimState::InReview);
    let offer: Option<Slug> = asked.offer.parse().ok();
    let filter = ClaimFilter { state: Some(state), offer: offer.clone(), skip: asked.page.saturating_mul(PAGE), limit: PAGE + 1 };
    let (counts, mut claims) = site.service.claim_queue(&reviewer, &filter, now).await.map_err(|e| failed(&e))?;
    let offers = site.service.offers_for_review(&reviewer).await.map_err(|e| failed(&e))?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = claims.len() > most;
    claims.truncate(most);
    let frame = frame.at("account");
    let of = |id: &Slug| offers.iter().find(|offer| offer.programme.id == *id);
    let rows: Vec<ClaimRow> = claims.iter().map(|claim| ClaimRow::of(&frame, claim, of(&claim.offer), now)).collect();
    Ok(render(&Page {
        frame: &frame,
        desk: &Desk::of(reviewer.visitor(), QUEUE),
        token: &site.service.form_token(reviewer.visitor()),
        counts,
        rows: &rows,
        state,
        offer: offer.as_ref().map_or("", Slug::as_str),
        offers: &offers,
        page: asked.page,
        has_more,
        done: asked.approved.map(|approved| (approved, asked.left.unwrap_or(0))),
    }))
}

/// POST /staff/claims: approves what is ticked, or whatever of an offer nothing is doubtful about.
pub async fn approve(State(site): State<Site>, Now(now): Now, sent: Sent<CentreReviewer, Fields>) -> Result<Response, Gate> {
    let (reviewer, form) = (&sent.who, &sent.form);
    let offer = form.get("offer").parse::<Slug>();
    let reviewed = match (form.get("what"), &offer) {
        ("undoubted", Ok(offer)) => site.service.approve_undoubted(reviewer, offer, now).await,
        ("ticked", _) => {
            let ids: Vec<ClaimId> = form.all("claim").filter_map(|id| id.parse().ok()).collect();
            site.service.approve_claims(reviewer, &ids, now).await
        }
        _ => return Err(Failure::page(ProblemKind::BadRequest).into()),
    };
    let reviewed = reviewed.map_err(|e| failed(&e))?;
    let offer = offer.map_or_else(|_| String::new(), |offer| format!("&offer={offer}"));
    let to = format!("{QUEUE}?approved={}&left={}{offer}", reviewed.approved.len(), reviewed.left.len());
    Ok(Redirect::to(&to).into_response())
}
