//! The pages of orders and coupons: one typed context for each template under `pages/orders/`.

use askama::Template;

use crate::config::Offline;
use crate::domain::offer::Offer;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::staff::Desk;

use super::staff::TransferTyped;
use super::staff_coupons::CouponTyped;
use super::views::{CouponView, DueView, GrantView, NoticeView, OrderView, PaymentView, UnaskedView};

/// The account's orders.
#[derive(Template)]
#[template(path = "orders/list.html")]
pub struct List<'a> {
    pub frame: &'a Frame,
    pub orders: &'a [OrderView],
}

/// One of them.
#[derive(Template)]
#[template(path = "orders/one.html")]
pub struct One<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub order: &'a OrderView,
    pub grants: &'a [GrantView],
    /// What the gateway is called, if there is one.
    pub gateway: Option<&'a Message>,
    pub offline: &'a Offline,
    pub error: Option<&'a Message>,
}

/// The page on which one waits for the gateway's notice.
#[derive(Template)]
#[template(path = "orders/returned.html")]
pub struct Returned<'a> {
    pub frame: &'a Frame,
    pub order: &'a OrderView,
}

/// The account's coupons.
#[derive(Template)]
#[template(path = "orders/coupons.html")]
pub struct Coupons<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub grants: &'a [GrantView],
    pub typed: &'a str,
    pub error: Option<&'a Message>,
}

/// What waits for the cashier.
#[derive(Template)]
#[template(path = "orders/desk.html")]
pub struct CashDesk<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub placed: &'a [OrderView],
    pub placed_count: u64,
    pub due: &'a [DueView],
    pub due_count: u64,
    pub unasked: &'a [UnaskedView],
    pub odd: &'a [NoticeView],
    pub typed: &'a str,
    /// The day that the sheet is of, unless another one is chosen.
    pub day: &'a str,
    pub error: Option<&'a Message>,
}

/// One order as the cashier reads it.
#[derive(Template)]
#[template(path = "orders/file.html")]
pub struct File<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub order: &'a OrderView,
    pub payer: &'a str,
    pub telephone: &'a str,
    pub notices: &'a [NoticeView],
    /// Whether the cashier can be sent to the gateway for a refund.
    pub gateway_refunds: bool,
    pub typed: &'a TransferTyped,
    pub today: &'a str,
    pub said: Option<&'a Message>,
    pub error: Option<&'a Message>,
}

/// A payment for no order, or what was wrong with paying one back.
#[derive(Template)]
#[template(path = "orders/back.html")]
pub struct Back<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub payment: &'a PaymentView,
    pub order: Option<&'a str>,
    pub typed: &'a str,
    pub error: &'a Message,
}

/// Every coupon, and the form that makes one.
#[derive(Template)]
#[template(path = "orders/staff_coupons.html")]
pub struct StaffCoupons<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub coupons: &'a [CouponView],
    pub offers: &'a [Offer],
    pub typed: &'a CouponTyped,
    pub error: Option<&'a Message>,
}

/// One of them.
#[derive(Template)]
#[template(path = "orders/staff_coupon.html")]
pub struct StaffCoupon<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub coupon: &'a CouponView,
    pub telephones: &'a str,
    pub said: Option<&'a Message>,
    pub error: Option<&'a Message>,
}
