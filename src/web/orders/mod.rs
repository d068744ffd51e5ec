//! Orders and coupons over HTTP: a holder's own under `/account/orders` and `/account/coupons`, the cashier's under `/staff/orders`,
//! `/staff/payments` and `/staff/coupons`, and the door for notices of a payment gateway.
//!
//! What a browser brings back from a gateway is never believed: only the gateway's own notice makes an order paid.

mod callback;
mod coupons;
mod own;
mod pages;
mod staff;
mod staff_coupons;
mod views;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::domain::order::OrderNumber;
use crate::registry::{ClaimError, OrderError};
use crate::service::ServiceError;
use crate::service::orders::{OrderingError, ReceiptError};

use super::advice::Message;
use super::errors::{Door, Failure, ProblemKind};
use super::routes::routes;

routes! {
    /// Every route of orders and coupons.
    ROUTES, routes {
        post "/pay/callback/{provider}" => callback::hear;
        get "/account/orders" => own::list;
        post "/account/orders" => own::place;
        get "/account/orders/{number}" => own::one;
        post "/account/orders/{number}/cancel" => own::cancel;
        get "/account/orders/{number}/pay" => own::pay;
        get "/account/orders/{number}/return" => own::returned;
        get "/account/orders/{number}/receipt" => own::receipt;
        get "/account/coupons" => coupons::page;
        post "/account/coupons" => coupons::redeem;
        get "/staff/orders" => staff::page;
        post "/staff/orders/sheet" => staff::sheet;
        get "/staff/orders/{number}" => staff::one;
        post "/staff/orders/{number}/transfer" => staff::transfer;
        post "/staff/orders/{number}/cancel" => staff::cancel;
        get "/staff/orders/{number}/receipt" => staff::receipt;
        post "/staff/payments/{payment}/back" => staff::pay_back;
        get "/staff/payments/{payment}/refund" => staff::refund;
        get "/staff/coupons" => staff_coupons::page;
        post "/staff/coupons" => staff_coupons::make;
        get "/staff/coupons/{coupon}" => staff_coupons::one;
        post "/staff/coupons/{coupon}/give" => staff_coupons::give;
        post "/staff/coupons/{coupon}/withdraw" => staff_coupons::withdraw;
    }
}

fn behind(error: ServiceError) -> Failure {
    Failure::service(Door::Page, &error)
}

fn numbered(text: &str) -> Result<OrderNumber, Failure> {
    text.parse().map_err(|_| Failure::page(ProblemKind::NotFound))
}

/// What the reader is told of it, or the failure that no page can show.
fn told(error: OrderingError) -> Result<Message, Failure> {
    match error {
        OrderingError::Service(error) => Err(behind(error)),
        OrderingError::Order(OrderError::Unknown | OrderError::NoPayment) | OrderingError::Claim(ClaimError::Unknown) => {
            Err(Failure::page(ProblemKind::NotFound))
        }
        other => Ok(Message::of(&other)),
    }
}

/// A receipt to be saved.
fn receipt(number: &OrderNumber, made: Result<Vec<u8>, ReceiptError>) -> Result<Response, Failure> {
    match made {
        Ok(pdf) => {
            let name = HeaderValue::from_str(&format!("attachment; filename=\"receipt-{number}.pdf\""));
            let headers: [(HeaderName, HeaderValue); 2] = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
                (header::CONTENT_DISPOSITION, name.map_err(|_| Failure::page(ProblemKind::Internal))?),
            ];
            Ok((headers, pdf).into_response())
        }
        Err(ReceiptError::NotPaid) => Err(Failure::page(ProblemKind::NotFound).detail(Message::of(&ReceiptError::NotPaid))),
        Err(error) => {
            tracing::error!(%error, %number, "a receipt cannot be set");
            Err(Failure::page(ProblemKind::Internal))
        }
    }
}
