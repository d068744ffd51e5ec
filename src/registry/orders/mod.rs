//! Orders for claims, and what was paid for them. Every change of one is made under the audit trail's lock, as those of claims are, so that
//! of two servers one sees what the other did; indexes forbid besides what no race may bring.

mod payments;
mod place;
mod queue;
mod refunds;

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Transaction};

use crate::domain::account::AccountId;
use crate::domain::claim::ClaimId;
use crate::domain::issuer::Slug;
use crate::domain::money::Fen;
use crate::domain::order::{Ledger, OrderNumber, OrderState, PaymentEntry, Received, Standing, Transaction as Reference};
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

pub use payments::{NoticeKind, PaymentNotice, TakenNotice};
pub use place::{CouponChoice, NewOrder};
pub use queue::{DayBook, DueBack, NoticeRecord, OrderCounts};
pub use refunds::PaidBack;

/// Why an order stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is none of this number, or it is another's.
    #[error("没有这个订单 / there is no such order")]
    Unknown,
    /// Its state does not allow it.
    #[error("订单当前为“{}”，不能进行此操作 / the order is “{}”: this cannot be done with it", .0.zh(), .0.en())]
    NotPossible(OrderState),
    /// The claim's time to pay is over.
    #[error("缴费期限已过 / the time to pay is over")]
    Late,
    /// There is no such payment.
    #[error("没有这笔款项 / there is no such payment")]
    NoPayment,
    /// It was paid back, or pays an order.
    #[error("这笔款项不需退回，或已退回 / the payment is not due back, or it went back already")]
    NotDueBack,
    /// The reference is that of another payment.
    #[error(
        "该流水号已登记（{0}），金额或订单与此前不符，没有更改 / reference {0} was recorded before with another amount or order: nothing was changed"
    )]
    OtherPayment(String),
}

/// An order as recorded.
#[derive(Debug, Clone)]
pub struct OrderRecord {
    /// Its number.
    pub number: OrderNumber,
    /// What it is for.
    pub claim: ClaimId,
    /// What is claimed.
    pub offer: Slug,
    /// Who pays.
    pub account: AccountId,
    /// What is paid for, as it was called when the order was placed.
    pub item: String,
    /// The same in English.
    pub item_en: String,
    /// Whom it is paid to.
    pub payee: String,
    /// The price.
    pub price: Fen,
    /// What a coupon takes off.
    pub off: Fen,
    /// The grant that was spent on it, and the name of its coupon.
    pub coupon: Option<(String, String)>,
    /// State and payments.
    pub ledger: Ledger,
    /// Of each payment in the ledger what the ledger does not say.
    pub payments: Vec<PaymentRecord>,
    /// When it was placed.
    pub placed: Instant,
    /// It is cancelled unless it is paid before.
    pub expires: Instant,
    /// When it was paid.
    pub paid: Option<Instant>,
    /// When it was cancelled.
    pub cancelled: Option<Instant>,
    /// When its refund was asked for.
    pub refund_asked: Option<Instant>,
    /// When it was refunded.
    pub refunded: Option<Instant>,
}

impl OrderRecord {
    /// Where it is.
    #[must_use]
    pub fn state(&self) -> OrderState {
        self.ledger.state()
    }
}

/// A payment as recorded.
#[derive(Debug, Clone)]
pub struct PaymentRecord {
    /// Its name in addresses.
    pub id: String,
    /// The order as its provider names it.
    pub named: String,
    /// What came, and what became of it.
    pub entry: PaymentEntry,
    /// When it was told of.
    pub recorded: Instant,
    /// When it went back, and under which reference.
    pub back: Option<(Instant, String)>,
}

const COLUMNS: &str = "o.number AS row_key, o.claim, c.offer, o.account_id, o.item, o.item_en, o.payee, o.price, o.off, o.coupon_grant, \
                       (SELECT k.name FROM coupon_grant g JOIN coupon k ON k.id = g.coupon WHERE g.id = o.coupon_grant) AS coupon_name, \
                       o.state, o.placed_at, o.expires_at, o.paid_at, o.cancelled_at, o.refund_at, o.refunded_at";
/// An order with its payments in one statement, so that one is never read before and the other after a change.
const FROM: &str = "fee_order o JOIN claim c ON c.id = o.claim LEFT JOIN payment p ON p.order_number = o.number";
/// A payment, by the names that it has beside an order.
const PAYMENT: &str = "p.id AS p_id, p.order_number AS p_order, p.named AS p_named, p.provider AS p_provider, \
                       p.transaction_id AS p_transaction, p.amount AS p_amount, p.paid_at AS p_paid_at, p.recorded_at AS p_recorded_at, \
                       p.standing AS p_standing, p.because AS p_because, p.back_at AS p_back_at, p.back_reference AS p_back_reference";

impl Registry {
    /// One order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<OrderRecord>, RegistryError> {
        let query = sqlx::query(AssertSqlSafe(one())).bind(number.as_str().to_owned());
        read_order(&query.fetch_all(&self.pool).await?)
    }

    /// The orders of an account, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn orders_of(&self, account: AccountId) -> Result<Vec<OrderRecord>, RegistryError> {
        let sql = "SELECT number AS row_key FROM fee_order WHERE account_id = $1 ORDER BY placed_at DESC, number DESC LIMIT 200";
        let rows = sqlx::query(sql).bind(account.to_string()).fetch_all(&self.pool).await?;
        self.orders_named(&rows).await
    }

    /// The orders of these rows, in their order.
    async fn orders_named(&self, rows: &[AnyRow]) -> Result<Vec<OrderRecord>, RegistryError> {
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows {
            let number = Record::new("fee_order", row, "row_key")?.parsed("row_key", |t| t.parse().ok())?;
            orders.extend(self.order(&number).await?);
        }
        Ok(orders)
    }

    /// The order in a transaction that holds the audit trail's lock.
    async fn order_in(&self, tx: &mut Transaction<'static, Any>, number: &OrderNumber) -> Result<Option<OrderRecord>, RegistryError> {
        let query = sqlx::query(AssertSqlSafe(one())).bind(number.as_str().to_owned());
        read_order(&query.fetch_all(&mut **tx).await?)
    }

    /// The living order of a claim in a transaction that holds the audit trail's lock.
    async fn living_order_in(&self, tx: &mut Transaction<'static, Any>, claim: ClaimId) -> Result<Option<OrderRecord>, RegistryError> {
        let sql = "SELECT number AS row_key FROM fee_order WHERE claim = $1 AND state IN ('placed', 'paid', 'refunding')";
        let Some(row) = sqlx::query(sql).bind(claim.0).fetch_optional(&mut **tx).await? else { return Ok(None) };
        let number = Record::new("fee_order", &row, "row_key")?.parsed("row_key", |t| t.parse().ok())?;
        self.order_in(tx, &number).await
    }

    /// Writes what an event did to an order: its state with the instant, its payments.
    async fn write_ledger(
        &self,
        tx: &mut Transaction<'static, Any>,
        before: &OrderRecord,
        after: &Ledger,
        at: Instant,
    ) -> Result<(), RegistryError> {
        if before.state() != after.state() {
            // Paid back at the provider's before anybody asked: both at once.
            let column = |state: OrderState| match state {
                OrderState::Placed => "placed_at",
                OrderState::Paid => "paid_at",
                OrderState::Refunding => "refund_at",
                OrderState::Refunded => "refunded_at",
                OrderState::Cancelled => "cancelled_at",
            };
            let asked = if after.state() == OrderState::Refunded { ", refund_at = COALESCE(refund_at, $2)" } else { "" };
            let sql = format!("UPDATE fee_order SET state = $1, {} = $2{asked} WHERE number = $3 AND state = $4", column(after.state()));
            let done = sqlx::query(AssertSqlSafe(sql))
                .bind(after.state().code())
                .bind(at.millis())
                .bind(before.number.as_str().to_owned())
                .bind(before.state().code())
                .execute(&mut **tx)
                .await?;
            if done.rows_affected() != 1 {
                return Err(OrderError::NotPossible(before.state()).into());
            }
        }
        for entry in after.payments() {
            let known = before.payments.iter().find(|known| is_same(&known.entry.received, &entry.received));
            match known {
                None => self.insert_payment(tx, entry, Some(&before.number), before.number.as_str(), at).await?,
                Some(known) if known.entry.standing != entry.standing => self.restand(tx, &known.id, entry.standing, at).await?,
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn is_same(one: &Received, other: &Received) -> bool {
    one.provider == other.provider && one.transaction == other.transaction
}

fn instants(record: &Record<'_>, column: &'static str) -> Result<Option<Instant>, RegistryError> {
    match record.get::<Option<i64>>(column)? {
        None => Ok(None),
        Some(millis) => Instant::from_millis(millis).map(Some).map_err(|_| record.inconsistent(column)),
    }
}

fn amount(record: &Record<'_>, column: &'static str) -> Result<Fen, RegistryError> {
    Fen::new(record.get(column)?).map_err(|_| record.inconsistent(column))
}

fn one() -> String {
    format!("SELECT {COLUMNS}, {PAYMENT} FROM {FROM} WHERE o.number = $1 ORDER BY p.seq")
}

/// The order of some rows, one for each of its payments, or one without any.
fn read_order(rows: &[AnyRow]) -> Result<Option<OrderRecord>, RegistryError> {
    let Some(row) = rows.first() else { return Ok(None) };
    let record = Record::new("fee_order", row, "row_key")?;
    let payments = match record.get::<Option<String>>("p_id")? {
        None => Vec::new(),
        Some(_) => rows.iter().map(read_payment).collect::<Result<Vec<_>, _>>()?,
    };
    let (price, off) = (amount(&record, "price")?, amount(&record, "off")?);
    let state = record.parsed("state", OrderState::from_code)?;
    let entries = payments.iter().map(|payment| payment.entry.clone()).collect();
    let ledger = Ledger::recorded(price.less(off), state, entries).ok_or_else(|| record.inconsistent("state"))?;
    let coupon = record.get::<Option<String>>("coupon_grant")?.zip(record.get::<Option<String>>("coupon_name")?);
    Ok(Some(OrderRecord {
        number: record.parsed("row_key", |t| t.parse().ok())?,
        claim: ClaimId(record.get("claim")?),
        offer: record.parsed("offer", |t| t.parse().ok())?,
        account: record.parsed("account_id", |t| t.parse().ok())?,
        item: record.get("item")?,
        item_en: record.get("item_en")?,
        payee: record.get("payee")?,
        price,
        off,
        coupon,
        ledger,
        payments,
        placed: record.instant("placed_at")?,
        expires: record.instant("expires_at")?,
        paid: instants(&record, "paid_at")?,
        cancelled: instants(&record, "cancelled_at")?,
        refund_asked: instants(&record, "refund_at")?,
        refunded: instants(&record, "refunded_at")?,
    }))
}

fn read_payment(row: &AnyRow) -> Result<PaymentRecord, RegistryError> {
    let record = Record::new("payment", row, "p_id")?;
    let (standing, because): (String, Option<String>) = (record.get("p_standing")?, record.get("p_because")?);
    let standing = Standing::from_codes(&standing, because.as_deref()).ok_or_else(|| record.inconsistent("p_standing"))?;
    let received = Received {
        provider: record.get("p_provider")?,
        transaction: record.parsed("p_transaction", |t| Reference::parse(t).ok())?,
        amount: amount(&record, "p_amount")?,
        paid_at: record.instant("p_paid_at")?,
    };
    let reference = record.get::<Option<String>>("p_back_reference")?.unwrap_or_default();
    Ok(PaymentRecord {
        named: record.get("p_named")?,
        entry: PaymentEntry { received, standing },
        recorded: record.instant("p_recorded_at")?,
        back: instants(&record, "p_back_at")?.map(|at| (at, reference)),
        id: record.key,
    })
}
