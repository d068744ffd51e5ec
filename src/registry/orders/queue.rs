//! What waits for the cashier, and the books of a day.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::claim::ClaimState;
use crate::domain::money::Fen;
use crate::domain::order::OrderNumber;
use crate::domain::time::Instant;
use crate::registry::rows::Record;
use crate::registry::{Registry, RegistryError};

use super::{NoticeKind, OrderRecord, PAYMENT, PaymentRecord, amount, read_payment};

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderCounts {
    /// Orders that wait to be paid.
    pub placed: u64,
    /// Payments that are due back.
    pub due_back: u64,
    /// Notices that a person looks at, and money for no order: of all time.
    pub odd: u64,
}

/// A payment that is due back.
#[derive(Debug, Clone)]
pub struct DueBack {
    /// The payment.
    pub payment: PaymentRecord,
    /// Its order; none if it named one that is not there.
    pub order: Option<OrderNumber>,
}

/// A notice as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Whose.
    pub provider: String,
    /// The provider's name for it.
    pub message: String,
    /// What it told of.
    pub kind: NoticeKind,
    /// The order as it names it.
    pub named: String,
    /// The payment as it names it.
    pub transaction: String,
    /// How much.
    pub amount: Fen,
    /// When it came.
    pub at: Instant,
    /// What it did, by the name in records.
    pub outcome: String,
}

/// What happened between two instants.
#[derive(Debug, Clone, Default)]
pub struct DayBook {
    /// Orders that were placed, paid, cancelled, or refunded then.
    pub orders: Vec<OrderRecord>,
    /// Payments that came in or went back then.
    pub payments: Vec<DueBack>,
    /// Notices that differ from what was told before.
    pub odd: Vec<NoticeRecord>,
    /// Whether there was more than a sheet holds.
    pub is_cut: bool,
}

const NOTICE: &str = "message AS row_key, provider, kind, named, transaction_id, amount, at, outcome";
/// Orders of a day that a sheet has.
const MOST: i64 = 10_000;

impl Registry {
    /// How much waits for the cashier.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn order_counts(&self) -> Result<OrderCounts, RegistryError> {
        let sql = "SELECT (SELECT COUNT(*) FROM fee_order WHERE state = 'placed'), \
                   (SELECT COUNT(*) FROM payment WHERE standing = 'due-back'), \
                   (SELECT COUNT(*) FROM payment_notice WHERE outcome = 'differs')";
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        let count = |at: usize| Ok::<_, sqlx::Error>(u64::try_from(row.try_get::<i64, _>(at)?).unwrap_or(0));
        Ok(OrderCounts { placed: count(0)?, due_back: count(1)?, odd: count(2)? })
    }

    /// Orders that wait to be paid, those that end first at the beginning.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn placed_orders(&self, limit: u32) -> Result<Vec<OrderRecord>, RegistryError> {
        let sql = "SELECT number AS row_key FROM fee_order WHERE state = 'placed' ORDER BY expires_at, number LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        self.orders_named(&rows).await
    }

    /// Payments that are due back, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn payments_due_back(&self, limit: u32) -> Result<Vec<DueBack>, RegistryError> {
        let sql = format!("SELECT {PAYMENT} FROM payment p WHERE p.standing = 'due-back' ORDER BY p.recorded_at, p.seq LIMIT $1");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(with_order).collect()
    }

    /// Notices that differ from what was told before, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn odd_notices(&self, limit: u32) -> Result<Vec<NoticeRecord>, RegistryError> {
        let sql = format!("SELECT {NOTICE} FROM payment_notice WHERE outcome = 'differs' ORDER BY at DESC, message LIMIT $1");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(read_notice).collect()
    }

    /// Orders whose payment went back though their claims go on, the latest first, with where the claims are: those that wait to be paid anew, and
    /// those that were approved before.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn unasked_refunds(&self, limit: u32) -> Result<Vec<(OrderRecord, ClaimState)>, RegistryError> {
        let sql = "SELECT o.number AS row_key, c.state AS claim_state FROM fee_order o JOIN claim c ON c.id = o.claim WHERE o.state = 'refunded' \
                   AND c.state NOT IN ('refused', 'withdrawn') AND NOT EXISTS (SELECT 1 FROM fee_order p WHERE p.claim = c.id AND p.state = 'paid') \
                   ORDER BY o.refunded_at DESC, o.number LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let states = rows.iter().map(|row| Record::new("claim", row, "row_key")?.parsed("claim_state", ClaimState::from_code));
        let states = states.collect::<Result<Vec<_>, RegistryError>>()?;
        Ok(self.orders_named(&rows).await?.into_iter().zip(states).collect())
    }

    /// What providers told of an order, in the order in which it came.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn notices_of(&self, number: &OrderNumber) -> Result<Vec<NoticeRecord>, RegistryError> {
        let sql = format!("SELECT {NOTICE} FROM payment_notice WHERE named = $1 ORDER BY at, message LIMIT 200");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(number.as_str().to_owned()).fetch_all(&self.pool).await?;
        rows.iter().map(read_notice).collect()
    }

    /// What happened from one instant until before another.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn day_book(&self, from: Instant, until: Instant) -> Result<DayBook, RegistryError> {
        let within = |column: &str| format!("({column} >= $1 AND {column} < $2)");
        let orders = ["placed_at", "paid_at", "cancelled_at", "refund_at", "refunded_at"].map(within).join(" OR ");
        let sql = format!("SELECT number AS row_key FROM fee_order WHERE {orders} ORDER BY placed_at, number LIMIT {}", MOST + 1);
        let mut rows = sqlx::query(AssertSqlSafe(sql)).bind(from.millis()).bind(until.millis()).fetch_all(&self.pool).await?;
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let is_cut = rows.len() > most;
        rows.truncate(most);
        let payments = ["p.recorded_at", "p.back_at"].map(within).join(" OR ");
        let sql = format!("SELECT {PAYMENT} FROM payment p WHERE {payments} ORDER BY p.seq");
        let paid = sqlx::query(AssertSqlSafe(sql)).bind(from.millis()).bind(until.millis()).fetch_all(&self.pool).await?;
        let sql = format!("SELECT {NOTICE} FROM payment_notice WHERE outcome = 'differs' AND {} ORDER BY at, message", within("at"));
        let odd = sqlx::query(AssertSqlSafe(sql)).bind(from.millis()).bind(until.millis()).fetch_all(&self.pool).await?;
        Ok(DayBook {
            orders: self.orders_named(&rows).await?,
            payments: paid.iter().map(with_order).collect::<Result<_, _>>()?,
            odd: odd.iter().map(read_notice).collect::<Result<_, _>>()?,
            is_cut,
        })
    }
}

fn with_order(row: &AnyRow) -> Result<DueBack, RegistryError> {
    let number: Option<String> = row.try_get("p_order")?;
    Ok(DueBack { payment: read_payment(row)?, order: number.and_then(|number| number.parse().ok()) })
}

fn read_notice(row: &AnyRow) -> Result<NoticeRecord, RegistryError> {
    let record = Record::new("payment_notice", row, "row_key")?;
    Ok(NoticeRecord {
        provider: record.get("provider")?,
        kind: record.parsed("kind", NoticeKind::from_code)?,
        named: record.get("named")?,
        transaction: record.get("transaction_id")?,
        amount: amount(&record, "amount")?,
        at: record.instant("at")?,
        outcome: record.get("outcome")?,
        message: record.key,
    })
}
