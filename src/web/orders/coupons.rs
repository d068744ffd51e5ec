//! A holder's coupons.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::coupon::CouponCode;
use crate::domain::time::Instant;
use crate::service::access::Student;
use crate::service::entropy;
use crate::service::orders::coupons::RedeemError;
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::question::{Asker, refused};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};

use super::views::GrantView;
use super::{behind, pages, told};

const PAGE: &str = "/account/coupons";

async fn shown(
    site: &Site,
    student: &Student,
    frame: Frame,
    now: Instant,
    (typed, error): (&str, Option<&Message>),
) -> Result<Response, Failure> {
    let grants = site.service.own_coupons(student).await.map_err(behind)?;
    let offers = site.service.offer_names().await.map_err(behind)?;
    let named = |id: &str| offers.iter().find(|(known, ..)| known == id).map(|(_, zh, en)| Message::new(zh, en));
    let mut grants: Vec<GrantView> = grants.iter().map(|grant| GrantView::of(grant, now, named)).collect();
    grants.sort_by_key(|grant| !grant.is_good);
    let page = pages::Coupons {
        frame: &frame.at("account").on(PAGE),
        token: &site.service.form_token(student.visitor()),
        grants: &grants,
        typed,
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /account/coupons
pub async fn page(State(site): State<Site>, Now(now): Now, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    shown(&site, &student, frame, now, ("", None)).await
}

/// A code.
#[derive(Deserialize)]
pub struct Redeeming {
    token: String,
    #[serde(default)]
    code: String,
}

impl Signed for Redeeming {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/coupons
pub async fn redeem(
    State(site): State<Site>,
    Asker { now, address }: Asker,
    frame: Frame,
    sent: Sent<Student, Redeeming>,
) -> Result<Response, Gate> {
    let typed = bounded(&sent.form.code);
    let message = match CouponCode::parse_typed(&typed) {
        Err(error) => Message::of(&error),
        Ok(code) => match site.service.redeem_coupon(&sent.who, &code, address, now, &mut entropy::fill).await {
            Ok(()) => return Ok(Redirect::to(PAGE).into_response()),
            Err(RedeemError::Limited(error)) => return Err(refused(Door::Page, error).into()),
            Err(RedeemError::Ordering(error)) => told(error)?,
        },
    };
    Ok(shown(&site, &sent.who, frame, now, (&typed, Some(&message))).await?)
}
