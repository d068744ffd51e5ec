//! A holder's orders.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::claim::ClaimId;
use crate::domain::order::OrderState;
use crate::domain::time::Instant;
use crate::registry::{CouponChoice, OrderRecord};
use crate::service::access::Student;
use crate::service::entropy;
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Signed};

use super::views::{GrantView, OrderView};
use super::{behind, numbered, pages, told};

/// Has the browser load the page again.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// GET /account/orders
pub async fn list(State(site): State<Site>, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    let orders = site.service.own_orders(&student).await.map_err(behind)?;
    let orders: Vec<OrderView> = orders.iter().map(OrderView::of).collect();
    Ok(render(&pages::List { frame: &frame.at("account"), orders: &orders }))
}

async fn own(site: &Site, student: &Student, number: &str) -> Result<OrderRecord, Failure> {
    let found = site.service.own_order(student, &numbered(number)?).await.map_err(behind)?;
    found.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

async fn shown(
    site: &Site,
    student: &Student,
    frame: Frame,
    order: &OrderRecord,
    (now, error): (Instant, Option<&Message>),
) -> Result<Response, Failure> {
    let grants = site.service.grants_for(student, order, now).await.map_err(behind)?;
    let grants: Vec<GrantView> = grants.iter().map(|grant| GrantView::of(grant, now, |_| None)).collect();
    let gateway = site.service.gateway().map(|gateway| Message::new(gateway.label().0, gateway.label().1));
    let page = pages::One {
        frame: &frame.at("account").on(&format!("/account/orders/{}", order.number)),
        token: &site.service.form_token(student.visitor()),
        order: &OrderView::of(order),
        grants: &grants,
        gateway: gateway.as_ref(),
        offline: &site.service.config().payment.offline,
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /account/orders/{number}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Failure> {
    let order = own(&site, &student, &number).await?;
    shown(&site, &student, frame, &order, (now, None)).await
}

/// For which claim, and with which coupon: without the field none is said, with an empty one none is wanted.
#[derive(Deserialize)]
pub struct Placing {
    token: String,
    #[serde(default)]
    claim: String,
    grant: Option<String>,
}

impl Signed for Placing {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /account/orders: leads to the order. A second click leads to the same one.
pub async fn place(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Student, Placing>) -> Result<Response, Gate> {
    let claim: ClaimId = sent.form.claim.parse().map_err(|_| Failure::page(ProblemKind::BadRequest))?;
    let coupon = match sent.form.grant.as_deref() {
        None => CouponChoice::Unsaid,
        Some("") => CouponChoice::Without,
        Some(grant) => CouponChoice::Grant(grant),
    };
    match site.service.place_order(&sent.who, claim, coupon, now, &mut entropy::fill).await {
        Ok(order) => Ok(Redirect::to(&format!("/account/orders/{}", order.number)).into_response()),
        Err(error) => {
            let message = told(error)?;
            // Beside the order that waits, if there is one.
            let orders = site.service.own_orders(&sent.who).await.map_err(behind)?;
            match orders.iter().find(|order| order.claim == claim && order.state().is_living()) {
                Some(order) => Ok(shown(&site, &sent.who, frame, order, (now, Some(&message))).await?),
                None => Err(Failure::page(ProblemKind::BadRequest).detail(message).into()),
            }
        }
    }
}

/// POST /account/orders/{number}/cancel
pub async fn cancel(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(number): Path<String>,
    sent: Sent<Student, Bare>,
) -> Result<Response, Gate> {
    let order = own(&site, &sent.who, &number).await?;
    match site.service.cancel_own_order(&sent.who, &order.number, now).await {
        Ok(()) => Ok(Redirect::to(&format!("/account/orders/{}", order.number)).into_response()),
        Err(error) => {
            let message = told(error)?;
            let order = own(&site, &sent.who, &number).await?;
            Ok(shown(&site, &sent.who, frame, &order, (now, Some(&message))).await?)
        }
    }
}

/// GET /account/orders/{number}/pay: leads to the gateway, with a signed address. A link, not a form: no page here sends forms elsewhere.
pub async fn pay(
    State(site): State<Site>,
    Now(now): Now,
    As(student): As<Student>,
    Path(number): Path<String>,
) -> Result<Response, Failure> {
    let order = own(&site, &student, &number).await?;
    let gateway = site.service.gateway().ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    // One that was paid or cancelled meanwhile is shown as it is.
    if order.state() != OrderState::Placed || now >= order.expires {
        return Ok(Redirect::to(&format!("/account/orders/{}", order.number)).into_response());
    }
    Ok(Redirect::to(&gateway.pay_url(&order, now)).into_response())
}

/// GET /account/orders/{number}/return: where the gateway sends the payer back. It waits for the gateway's notice.
pub async fn returned(
    State(site): State<Site>,
    As(student): As<Student>,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Failure> {
    let order = own(&site, &student, &number).await?;
    if order.state() != OrderState::Placed {
        return Ok(Redirect::to(&format!("/account/orders/{}", order.number)).into_response());
    }
    // What the gateway adds to the address is for browsers to lose.
    let frame = frame.at("account").on(&format!("/account/orders/{}/return", order.number));
    let mut response = render(&pages::Returned { frame: &frame, order: &OrderView::of(&order) });
    response.headers_mut().insert(REFRESH, HeaderValue::from_static("3"));
    Ok(response)
}

/// GET /account/orders/{number}/receipt
pub async fn receipt(State(site): State<Site>, As(student): As<Student>, Path(number): Path<String>) -> Result<Response, Failure> {
    let order = own(&site, &student, &number).await?;
    super::receipt(&order.number, site.service.own_receipt(&student, &order).await)
}
