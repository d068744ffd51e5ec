//! The cashier's desk: what waits, one order with its ledger, transfers, refunds, and the books of a day.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::money::Fen;
use crate::domain::order::{OrderNumber, Outcome, Transaction};
use crate::domain::time::Instant;
use crate::service::access::Cashier;
use crate::service::desk::exports::ExportError;
use crate::service::entropy;
use crate::service::orders::cashier::{OrderFile, Transfer, TransferError};
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Signed};
use crate::web::staff::Desk;

use super::views::{DueView, NoticeView, OrderView, PaymentView, UnaskedView};
use super::{behind, numbered, pages, told};

pub const PAGE: &str = "/staff/orders";

/// What is looked for.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    number: String,
}

async fn desk(
    site: &Site,
    cashier: &Cashier,
    frame: Frame,
    now: Instant,
    (typed, error): (&str, Option<&Message>),
) -> Result<Response, Failure> {
    let waiting = site.service.cash_desk(cashier).await.map_err(behind)?;
    let page = pages::CashDesk {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(cashier.visitor(), PAGE),
        token: &site.service.form_token(cashier.visitor()),
        placed: &waiting.placed.iter().map(OrderView::of).collect::<Vec<_>>(),
        placed_count: waiting.counts.placed,
        due: &waiting.due_back.iter().map(DueView::of).collect::<Vec<_>>(),
        due_count: waiting.counts.due_back,
        unasked: &waiting.unasked.iter().map(|(order, claim)| UnaskedView::of(order, *claim)).collect::<Vec<_>>(),
        odd: &waiting.odd.iter().map(NoticeView::of).collect::<Vec<_>>(),
        typed,
        day: &now.beijing_date().yesterday().unwrap_or_else(|_| now.beijing_date()).to_string(),
        error,
    };
    Ok(if error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/orders: what waits; with a number, the way to that order.
pub async fn page(
    State(site): State<Site>,
    Now(now): Now,
    As(cashier): As<Cashier>,
    frame: Frame,
    Query(search): Query<Search>,
) -> Result<Response, Failure> {
    let typed = bounded(search.number.trim());
    if typed.is_empty() {
        return desk(&site, &cashier, frame, now, ("", None)).await;
    }
    let message = match OrderNumber::parse_typed(&typed) {
        Err(error) => Message::of(&error),
        Ok(number) => match site.service.order_file(&cashier, &number, now).await.map_err(behind)? {
            Some(_) => return Ok(Redirect::to(&format!("{PAGE}/{number}")).into_response()),
            None => Message::new("没有这个订单", "There is no such order"),
        },
    };
    desk(&site, &cashier, frame, now, (&typed, Some(&message))).await
}

async fn file_of(site: &Site, cashier: &Cashier, number: &OrderNumber, now: Instant) -> Result<OrderFile, Failure> {
    let file = site.service.order_file(cashier, number, now).await.map_err(behind)?;
    file.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// A transfer as it is typed.
#[derive(Deserialize, Default)]
pub struct TransferTyped {
    token: String,
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub amount: String,
    #[serde(default)]
    pub day: String,
}

impl Signed for TransferTyped {
    fn token(&self) -> &str {
        &self.token
    }
}

impl TransferTyped {
    fn read(&self) -> Result<Transfer, Message> {
        let reference = Transaction::parse(&self.reference).map_err(|error| Message::of(&error))?;
        let amount = Fen::parse_yuan(&self.amount).map_err(|error| Message::of(&error))?;
        let day: Date = self.day.trim().parse().map_err(|_| Message::new("请填写到账日期", "Enter the day on which it came in"))?;
        Ok(Transfer { reference, amount, day })
    }
}

/// What is said above an order.
#[derive(Default)]
struct Said<'a> {
    said: Option<&'a Message>,
    error: Option<&'a Message>,
}

fn shown(
    site: &Site,
    cashier: &Cashier,
    frame: Frame,
    file: &OrderFile,
    (now, typed, told): (Instant, &TransferTyped, Said<'_>),
) -> Response {
    let order = OrderView::of(&file.order);
    let page = pages::File {
        frame: &frame.at("account").on(&format!("{PAGE}/{}", order.number)),
        desk: &Desk::of(cashier.visitor(), PAGE),
        token: &site.service.form_token(cashier.visitor()),
        payer: file.account.as_ref().map_or("", |account| account.name.as_str()),
        telephone: &file.account.as_ref().map(|account| account.telephone.masked()).unwrap_or_default(),
        notices: &file.notices.iter().map(NoticeView::of).collect::<Vec<_>>(),
        gateway_refunds: site.service.gateway().is_some_and(|gateway| gateway.refunds()),
        order: &order,
        typed,
        today: &now.beijing_date().to_string(),
        said: told.said,
        error: told.error,
    };
    if told.error.is_some() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) }
}

/// GET /staff/orders/{number}
pub async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(cashier): As<Cashier>,
    frame: Frame,
    Path(number): Path<String>,
) -> Result<Response, Failure> {
    let file = file_of(&site, &cashier, &numbered(&number)?, now).await?;
    Ok(shown(&site, &cashier, frame, &file, (now, &TransferTyped::default(), Said::default())))
}

/// POST /staff/orders/{number}/transfer
pub async fn transfer(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(number): Path<String>,
    sent: Sent<Cashier, TransferTyped>,
) -> Result<Response, Gate> {
    let (cashier, typed, number) = (&sent.who, &sent.form, numbered(&number)?);
    let error = match typed.read() {
        Err(message) => message,
        Ok(transfer) => match site.service.confirm_transfer(cashier, &number, &transfer, now, &mut entropy::fill).await {
            Ok(outcome) => {
                let file = file_of(&site, cashier, &number, now).await?;
                let said = outcome_of(outcome);
                let told = Said { said: Some(&said), error: None };
                return Ok(shown(&site, cashier, frame, &file, (now, &TransferTyped::default(), told)));
            }
            Err(TransferError::Ordering(error)) => told(error)?,
            Err(error) => Message::of(&error),
        },
    };
    let file = file_of(&site, cashier, &number, now).await?;
    Ok(shown(&site, cashier, frame, &file, (now, typed, Said { said: None, error: Some(&error) })))
}

fn outcome_of(outcome: Outcome) -> Message {
    match outcome {
        Outcome::Kept => Message::new("已入账，订单已支付。", "Recorded: the order is paid."),
        Outcome::DueBack(because) => Message::new(
            format!("已登记，{}：这笔款项待退回。", because.zh()),
            format!("Recorded; {}: the payment is due back.", because.en()),
        ),
        _ => Message::new("这笔转账此前已登记，没有更改。", "This transfer was recorded before: nothing was changed."),
    }
}

/// POST /staff/orders/{number}/cancel
pub async fn cancel(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(number): Path<String>,
    sent: Sent<Cashier, Bare>,
) -> Result<Response, Gate> {
    let number = numbered(&number)?;
    match site.service.cancel_order(&sent.who, &number, now).await {
        Ok(()) => Ok(Redirect::to(&format!("{PAGE}/{number}")).into_response()),
        Err(error) => {
            let message = told(error)?;
            let file = file_of(&site, &sent.who, &number, now).await?;
            let told = Said { said: None, error: Some(&message) };
            Ok(shown(&site, &sent.who, frame, &file, (now, &TransferTyped::default(), told)))
        }
    }
}

/// GET /staff/orders/{number}/receipt
pub async fn receipt(
    State(site): State<Site>,
    Now(now): Now,
    As(cashier): As<Cashier>,
    Path(number): Path<String>,
) -> Result<Response, Failure> {
    let file = file_of(&site, &cashier, &numbered(&number)?, now).await?;
    super::receipt(&file.order.number, site.service.receipt_of(&cashier, &file).await)
}

/// The reference of a payment that went back.
#[derive(Deserialize)]
pub struct BackTyped {
    token: String,
    #[serde(default)]
    reference: String,
}

impl Signed for BackTyped {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/payments/{payment}/back
pub async fn pay_back(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Cashier, BackTyped>,
) -> Result<Response, Gate> {
    let typed = bounded(&sent.form.reference);
    let error = match Transaction::parse(&typed) {
        Err(error) => Message::of(&error),
        Ok(reference) => match site.service.pay_back(&sent.who, &id, &reference, now, &mut entropy::fill).await {
            Ok(Some(number)) => return Ok(Redirect::to(&format!("{PAGE}/{number}")).into_response()),
            Ok(None) => return Ok(Redirect::to(PAGE).into_response()),
            Err(error) => told(error)?,
        },
    };
    let (payment, order) =
        site.service.payment(&sent.who, &id).await.map_err(behind)?.ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    let page = pages::Back {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(sent.who.visitor(), PAGE),
        token: &site.service.form_token(sent.who.visitor()),
        payment: &PaymentView::of(&payment),
        order: order.as_ref().map(OrderNumber::as_str),
        typed: &typed,
        error: &error,
    };
    Ok(render_with(StatusCode::BAD_REQUEST, &page))
}

/// GET /staff/payments/{payment}/refund: leads to the gateway's page for refunds. Its notice confirms.
pub async fn refund(
    State(site): State<Site>,
    Now(now): Now,
    As(cashier): As<Cashier>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let url = site.service.gateways_refund(&cashier, &id, now).await.map_err(behind)?;
    url.map(|url| Redirect::to(&url).into_response()).ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// Of which day.
#[derive(Deserialize)]
pub struct DayTyped {
    token: String,
    #[serde(default)]
    day: String,
}

impl Signed for DayTyped {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/orders/sheet
pub async fn sheet(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Cashier, DayTyped>) -> Result<Response, Gate> {
    let Ok(day) = sent.form.day.trim().parse::<Date>() else {
        let message = Message::new("请选择日期", "Choose a day");
        return Ok(desk(&site, &sent.who, frame, now, ("", Some(&message))).await?);
    };
    let export = site.service.day_sheet(&sent.who, day, now).await.map_err(|error| match error {
        ExportError::Service(error) => behind(error),
        other => {
            tracing::error!(error = %other, "a spreadsheet could not be written");
            Failure::page(ProblemKind::Internal)
        }
    })?;
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", export.file_name));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
        (header::CONTENT_DISPOSITION, name.map_err(|_| Failure::page(ProblemKind::Internal))?),
    ];
    Ok((headers, export.bytes).into_response())
}
