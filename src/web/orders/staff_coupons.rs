//! Coupons at the cashier's desk.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::coupon::{Coupon, CouponCode, CouponError, Worth};
use crate::domain::money::Fen;
use crate::domain::time::{Instant, Period};
use crate::service::access::Cashier;
use crate::service::entropy;
use crate::service::orders::coupons::{MakeCouponError, TelephoneList};
use crate::web::advice::Message;
use crate::web::clock::Now;
use crate::web::decision::number;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Signed};
use crate::web::staff::Desk;

use super::views::CouponView;
use super::{behind, pages, told};

const PAGE: &str = "/staff/coupons";

/// A coupon as it is typed.
#[derive(Deserialize, Default)]
pub struct CouponTyped {
    token: String,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub worth: String,
    #[serde(default)]
    pub first_day: String,
    #[serde(default)]
    pub last_day: String,
    #[serde(default)]
    pub most: String,
    #[serde(default)]
    pub per_account: String,
    #[serde(default)]
    pub offer: String,
}

impl Signed for CouponTyped {
    fn token(&self) -> &str {
        &self.token
    }
}

impl CouponTyped {
    fn read(&self) -> Result<Coupon, Message> {
        let code = CouponCode::parse_typed(&self.code).map_err(|error| Message::of(&error))?;
        let worth = match self.kind.as_str() {
            "percent" => self.worth.trim().trim_end_matches('%').parse().ok().and_then(|n| Worth::from_parts("percent", n)),
            _ => Fen::parse_yuan(&self.worth).ok().and_then(|amount| Worth::from_parts("fixed", amount.get())),
        };
        let worth = worth.ok_or_else(|| Message::of(&CouponError::Worth))?;
        let days = || {
            let (first, last): (Date, Date) = (self.first_day.trim().parse().ok()?, self.last_day.trim().parse().ok()?);
            // The last day counts in full.
            Period::new(Instant::start_of(first).ok()?, Instant::start_of(last.tomorrow().ok()?).ok()?).ok()
        };
        let period = days().ok_or_else(|| Message::new("请填写有效期，截止日不早于开始日", "Enter first and last day, in this order"))?;
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| Message::of(&CouponError::Limit));
        let most = if self.most.trim().is_empty() { None } else { Some(number(&self.most)?) };
        let per_account = if self.per_account.trim().is_empty() { 1 } else { number(&self.per_account)? };
        let offer = (!self.offer.is_empty()).then(|| self.offer.clone());
        Ok(Coupon { code, name: self.name.clone(), worth, period, most, per_account, offer })
    }
}

async fn shown(
    site: &Site,
    cashier: &Cashier,
    frame: Frame,
    now: Instant,
    (typed, error): (&CouponTyped, Option<&Message>),
) -> Result<Response, Failure> {
    let coupons = site.service.coupons(cashier).await.map_err(behind)?;
    let offers = site.service.offers_with_fees(cashier).await.map_err(behind)?;
    let page = pages::StaffCoupons {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(cashier.visitor(), PAGE),
        token: &site.service.form_token(cashier.visitor()),
        coupons: &coupons.iter().map(|coupon| CouponView::of(coupon, now)).collect::<Vec<_>>(),
        offers: &offers.into_iter().map(|record| record.offer).collect::<Vec<_>>(),
        typed,
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/coupons
pub async fn page(State(site): State<Site>, Now(now): Now, As(cashier): As<Cashier>, frame: Frame) -> Result<Response, Failure> {
    shown(&site, &cashier, frame, now, (&CouponTyped::default(), None)).await
}

/// POST /staff/coupons
pub async fn make(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Cashier, CouponTyped>) -> Result<Response, Gate> {
    let (cashier, typed) = (&sent.who, &sent.form);
    let error = match typed.read() {
        Err(message) => message,
        Ok(coupon) => match site.service.make_coupon(cashier, coupon, now).await {
            Ok(id) => return Ok(Redirect::to(&format!("{PAGE}/{id}")).into_response()),
            Err(MakeCouponError::Service(error)) => return Err(behind(error).into()),
            Err(error) => Message::of(&error),
        },
    };
    Ok(shown(&site, cashier, frame, now, (typed, Some(&error))).await?)
}

/// What is said above a coupon.
#[derive(Default)]
struct Said<'a> {
    telephones: &'a str,
    said: Option<&'a Message>,
    error: Option<&'a Message>,
}

async fn one_of(site: &Site, cashier: &Cashier, frame: Frame, (id, now): (i64, Instant), told: Said<'_>) -> Result<Response, Failure> {
    let found = site.service.coupon(cashier, id).await.map_err(behind)?;
    let coupon = found.ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    let page = pages::StaffCoupon {
        frame: &frame.at("account").on(&format!("{PAGE}/{id}")),
        desk: &Desk::of(cashier.visitor(), PAGE),
        token: &site.service.form_token(cashier.visitor()),
        coupon: &CouponView::of(&coupon, now),
        telephones: told.telephones,
        said: told.said,
        error: told.error,
    };
    Ok(if told.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/coupons/{coupon}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(cashier): As<Cashier>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    one_of(&site, &cashier, frame, (number(&id)?, now), Said::default()).await
}

/// Whom it is given to.
#[derive(Deserialize)]
pub struct GivingTyped {
    token: String,
    #[serde(default)]
    telephones: String,
}

impl Signed for GivingTyped {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/coupons/{coupon}/give
pub async fn give(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Cashier, GivingTyped>,
) -> Result<Response, Gate> {
    let (cashier, id) = (&sent.who, number(&id)?);
    let error = match TelephoneList::parse(&sent.form.telephones) {
        Err(error) => Message::of(&error),
        Ok(to) => match site.service.give_coupon(cashier, id, to, now, &mut entropy::fill).await {
            Err(error) => told(error)?,
            Ok(given) => {
                let said = Message::new(
                    format!("新发放 {} 张；{} 人此前已有；{} 人因已领完未发放。", given.new, given.had, given.left),
                    format!("{} given; {} had it already; {} got none, since no more are left.", given.new, given.had, given.left),
                );
                return Ok(one_of(&site, cashier, frame, (id, now), Said { said: Some(&said), ..Said::default() }).await?);
            }
        },
    };
    let told = Said { telephones: &sent.form.telephones, said: None, error: Some(&error) };
    Ok(one_of(&site, cashier, frame, (id, now), told).await?)
}

/// POST /staff/coupons/{coupon}/withdraw
pub async fn withdraw(
    State(site): State<Site>,
    Now(now): Now,
    Path(id): Path<String>,
    sent: Sent<Cashier, Bare>,
) -> Result<Response, Gate> {
    let id = number(&id)?;
    site.service.withdraw_coupon(&sent.who, id, now).await.map_err(behind)?;
    Ok(Redirect::to(&format!("{PAGE}/{id}")).into_response())
}
