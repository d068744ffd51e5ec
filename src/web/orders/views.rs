//! Orders, payments and coupons as pages show them.

use crate::domain::claim::ClaimState;
use crate::domain::order::{OrderState, Standing};
use crate::domain::time::Instant;
use crate::registry::{CouponRecord, DueBack, GrantRecord, NoticeRecord, OrderRecord, PaymentRecord};
use crate::service::orders::cashier::has_receipt;
use crate::service::payment::OFFLINE;
use crate::web::advice::Message;
use crate::web::view::{Day, Moment};

/// A day or an hour of an order's life.
pub struct DateView {
    pub label: Message,
    pub at: Moment,
}

/// An order.
pub struct OrderView {
    pub number: String,
    pub claim: String,
    pub item: String,
    pub item_en: String,
    pub payee: String,
    pub price: String,
    pub off: Option<String>,
    pub coupon: Option<String>,
    /// The name of the grant that was spent on it.
    pub grant: String,
    pub due: String,
    pub is_free: bool,
    pub word: Message,
    /// The class of its tag.
    pub class: &'static str,
    pub is_placed: bool,
    pub is_refunding: bool,
    pub has_receipt: bool,
    pub expires: Moment,
    pub dates: Vec<DateView>,
    pub payments: Vec<PaymentView>,
}

/// The class of a state's tag.
fn class(state: OrderState) -> &'static str {
    match state {
        OrderState::Paid => "good",
        OrderState::Placed | OrderState::Refunding => "corrected",
        OrderState::Refunded | OrderState::Cancelled => "",
    }
}

impl OrderView {
    pub fn of(order: &OrderRecord) -> Self {
        let state = order.state();
        let dates = [
            (Some(order.placed), "下单", "Placed"),
            (order.paid, "支付", "Paid"),
            (order.cancelled, "取消", "Cancelled"),
            (order.refund_asked, "申请退款", "Refund asked for"),
            (order.refunded, "退款完成", "Refunded"),
        ];
        let dates = dates.into_iter().filter_map(|(at, zh, en)| Some(DateView { label: Message::new(zh, en), at: Moment(at?) }));
        Self {
            number: order.number.to_string(),
            claim: order.claim.to_string(),
            item: order.item.clone(),
            item_en: order.item_en.clone(),
            payee: order.payee.clone(),
            price: order.price.to_string(),
            off: (!order.off.is_zero()).then(|| order.off.to_string()),
            coupon: order.coupon.as_ref().map(|(_, name)| name.clone()),
            grant: order.coupon.as_ref().map(|(grant, _)| grant.clone()).unwrap_or_default(),
            due: order.ledger.due().to_string(),
            is_free: order.ledger.due().is_zero(),
            word: Message::new(state.zh(), state.en()),
            class: class(state),
            is_placed: state == OrderState::Placed,
            is_refunding: state == OrderState::Refunding,
            has_receipt: has_receipt(state),
            expires: Moment(order.expires),
            dates: dates.collect(),
            payments: order.payments.iter().map(PaymentView::of).collect(),
        }
    }

    /// Payments that do not pay the order.
    pub fn returned(&self) -> impl Iterator<Item = &PaymentView> {
        self.payments.iter().filter(|payment| payment.is_odd)
    }
}

/// A payment.
pub struct PaymentView {
    pub id: String,
    pub provider: Message,
    pub reference: String,
    pub amount: String,
    pub paid: Moment,
    pub recorded: Moment,
    pub word: Message,
    pub class: &'static str,
    /// Why it goes back.
    pub why: Option<Message>,
    pub is_due_back: bool,
    /// It never paid the order.
    pub is_odd: bool,
    /// When it went back, and under which reference.
    pub back: Option<(Moment, String)>,
    /// The order as its provider names it.
    pub named: String,
    pub is_transfer: bool,
}

impl PaymentView {
    pub fn of(payment: &PaymentRecord) -> Self {
        let received = &payment.entry.received;
        let (word, class, because) = match payment.entry.standing {
            Standing::Kept => (Message::new("已入账", "Kept"), "good", None),
            Standing::DueBack(because) => (Message::new("待退回", "Due back"), "corrected", Some(because)),
            Standing::PaidBack(because) => (Message::new("已退回", "Paid back"), "", Some(because)),
        };
        Self {
            id: payment.id.clone(),
            provider: provider_name(&received.provider),
            reference: received.transaction.to_string(),
            amount: received.amount.to_string(),
            paid: Moment(received.paid_at),
            recorded: Moment(payment.recorded),
            word,
            class,
            why: because.map(|because| Message::new(because.zh(), because.en())),
            is_due_back: matches!(payment.entry.standing, Standing::DueBack(_)),
            is_odd: because.is_some_and(|because| because != crate::domain::order::Because::Refund),
            back: payment.back.as_ref().map(|(at, reference)| (Moment(*at), reference.clone())),
            named: payment.named.clone(),
            is_transfer: received.provider == OFFLINE,
        }
    }
}

/// A provider as people read it: transfers by that word, a gateway by its name in records.
fn provider_name(provider: &str) -> Message {
    if provider == OFFLINE { Message::new("银行转账", "Bank transfer") } else { Message::new(provider, provider) }
}

/// A payment that is due back, with its order.
pub struct DueView {
    pub payment: PaymentView,
    pub order: Option<String>,
}

impl DueView {
    pub fn of(due: &DueBack) -> Self {
        Self { payment: PaymentView::of(&due.payment), order: due.order.as_ref().map(ToString::to_string) }
    }
}

/// An order that a provider refunded though nobody here asked for it.
pub struct UnaskedView {
    pub order: OrderView,
    pub refunded: Option<Moment>,
    /// Where its claim is.
    pub claim: Message,
    /// Whether the claim was approved before: somebody has to see to it.
    pub is_certified: bool,
}

impl UnaskedView {
    pub fn of(order: &OrderRecord, claim: ClaimState) -> Self {
        Self {
            refunded: order.refunded.map(Moment),
            order: OrderView::of(order),
            claim: Message::new(claim.zh(), claim.en()),
            is_certified: matches!(claim, ClaimState::Approved | ClaimState::Issued),
        }
    }
}

/// What a provider told.
pub struct NoticeView {
    pub at: Moment,
    pub provider: Message,
    pub kind: Message,
    pub named: String,
    pub reference: String,
    pub amount: String,
    pub word: Message,
}

impl NoticeView {
    pub fn of(notice: &NoticeRecord) -> Self {
        let (zh, en) = match notice.outcome.as_str() {
            "kept" => ("订单已支付", "the order was paid"),
            "known" => ("重复通知，未作更改", "told before: nothing new"),
            "due-back" => ("已登记，待退回", "recorded, due back"),
            "paid-back" => ("已登记退款", "paid back"),
            "closed" => ("付款人未付款", "closed without a payment"),
            "differs" => ("与此前的通知不一致，请核对", "differs from what was told before: look at it"),
            _ => ("未作更改", "nothing changed"),
        };
        Self {
            at: Moment(notice.at),
            provider: provider_name(&notice.provider),
            kind: Message::new(notice.kind.zh(), notice.kind.en()),
            named: notice.named.clone(),
            reference: notice.transaction.clone(),
            amount: notice.amount.to_string(),
            word: Message::new(zh, en),
        }
    }
}

/// A coupon of the account.
pub struct GrantView {
    pub id: String,
    pub name: String,
    pub worth: Message,
    pub from: Moment,
    /// It is good until then.
    pub until: Moment,
    pub offer: Option<Message>,
    pub word: Message,
    pub class: &'static str,
    pub order: Option<String>,
    pub is_good: bool,
}

impl GrantView {
    pub fn of(grant: &GrantRecord, now: Instant, offer: impl Fn(&str) -> Option<Message>) -> Self {
        let coupon = &grant.coupon.coupon;
        let (word, class) = if grant.order.is_some() {
            (Message::new("已使用", "Spent"), "")
        } else if grant.coupon.withdrawn.is_some() {
            (Message::new("已停用", "Withdrawn"), "")
        } else if now >= coupon.period.end() {
            (Message::new("已过期", "Expired"), "")
        } else if now < coupon.period.start() {
            (Message::new("未开始", "Not yet"), "corrected")
        } else {
            (Message::new("可使用", "Good"), "good")
        };
        Self {
            id: grant.id.clone(),
            name: coupon.name.clone(),
            worth: Message::new(coupon.worth.zh(), coupon.worth.en()),
            from: Moment(coupon.period.start()),
            until: Moment(coupon.period.end()),
            offer: coupon.offer.as_deref().map(|id| offer(id).unwrap_or_else(|| Message::new(id, id))),
            is_good: class == "good",
            word,
            class,
            order: grant.order.as_ref().map(ToString::to_string),
        }
    }
}

/// A coupon as the cashier reads it.
pub struct CouponView {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub worth: Message,
    pub from: Moment,
    /// It is good until then.
    pub until: Moment,
    pub granted: u32,
    pub most: Option<u32>,
    pub per_account: u32,
    pub spent: u32,
    pub offer: Option<String>,
    pub is_withdrawn: bool,
    pub word: Message,
    pub class: &'static str,
}

impl CouponView {
    /// The last day on which it is good.
    pub fn last_day(&self) -> Day {
        Moment(self.until.0.plus_millis(-1)).day()
    }

    pub fn of(record: &CouponRecord, now: Instant) -> Self {
        let coupon = &record.coupon;
        let (word, class) = if record.withdrawn.is_some() {
            (Message::new("已停用", "Withdrawn"), "revoked")
        } else if now >= coupon.period.end() {
            (Message::new("已过期", "Expired"), "")
        } else if now < coupon.period.start() {
            (Message::new("未开始", "Not yet"), "corrected")
        } else {
            (Message::new("进行中", "Running"), "good")
        };
        Self {
            id: record.id,
            code: coupon.code.as_str().to_owned(),
            name: coupon.name.clone(),
            worth: Message::new(coupon.worth.zh(), coupon.worth.en()),
            from: Moment(coupon.period.start()),
            until: Moment(coupon.period.end()),
            granted: record.granted,
            most: coupon.most,
            per_account: coupon.per_account,
            spent: record.spent,
            offer: coupon.offer.clone(),
            is_withdrawn: record.withdrawn.is_some(),
            word,
            class,
        }
    }
}
