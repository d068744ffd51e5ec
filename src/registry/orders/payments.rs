//! What providers tell, taken in once; and what a cashier confirms.

use sqlx::{Any, AssertSqlSafe, Transaction};

use crate::domain::money::Fen;
use crate::domain::order::{Because, Event, OrderNumber, OrderState, Outcome, PaymentEntry, Received, Standing};
use crate::domain::time::Instant;
use crate::registry::{Registry, RegistryError};

use super::{OrderRecord, PAYMENT, PaymentRecord, is_same, read_payment};

/// What a provider tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Money came in.
    Paid,
    /// The payer gave up, or the provider's time is over: nothing came in, and the order waits on.
    Closed,
    /// Money went back.
    PaidBack,
}

impl NoticeKind {
    /// The name in notices and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Paid => "payment.succeeded",
            Self::Closed => "payment.closed",
            Self::PaidBack => "refund.succeeded",
        }
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Paid => "付款到账",
            Self::Closed => "未付款，已关闭",
            Self::PaidBack => "已退款",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Paid => "Payment came in",
            Self::Closed => "Closed unpaid",
            Self::PaidBack => "Paid back",
        }
    }

    /// The inverse of [`NoticeKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Paid, Self::Closed, Self::PaidBack].into_iter().find(|kind| kind.code() == code)
    }
}

/// What a provider told, once it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentNotice {
    /// The provider's name for the message.
    pub message: String,
    /// What it tells of.
    pub kind: NoticeKind,
    /// The order as it names it: at most 64 characters.
    pub named: String,
    /// The payment.
    pub received: Received,
}

/// What a notice did.
#[derive(Debug, Clone)]
pub struct TakenNotice {
    /// The outcome.
    pub outcome: Outcome,
    /// The order as it is now, if there is one.
    pub order: Option<OrderRecord>,
    /// The order's payment went back without being asked for, and its claim waits to be paid anew.
    pub is_claim_unpaid: bool,
}

impl Registry {
    /// Takes a notice in: once it is answered, it is recorded. The same message again, from whichever server, does nothing.
    ///
    /// # Errors
    /// [`RegistryError`]; nothing is changed then.
    pub async fn take_notice(&self, notice: &PaymentNotice, actor: &str, at: Instant) -> Result<TakenNotice, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let order = match OrderNumber::parse_typed(&notice.named) {
            Ok(number) => self.order_in(&mut tx, &number).await?,
            Err(_) => None,
        };
        let sql = "SELECT outcome FROM payment_notice WHERE provider = $1 AND message = $2";
        let query = sqlx::query(sql).bind(notice.received.provider.clone()).bind(notice.message.clone());
        if query.fetch_optional(&mut *tx).await?.is_some() {
            return Ok(TakenNotice { outcome: Outcome::Known, order, is_claim_unpaid: false });
        }
        let (outcome, is_claim_unpaid) = self.take(&mut tx, notice, order.as_ref(), actor, at).await?;
        let told = if notice.kind == NoticeKind::Closed { "closed" } else { outcome.code() };
        sqlx::query(
            "INSERT INTO payment_notice (provider, message, kind, named, transaction_id, amount, at, outcome) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(notice.received.provider.clone())
        .bind(notice.message.clone())
        .bind(notice.kind.code())
        .bind(order.as_ref().map_or_else(|| notice.named.clone(), |order| order.number.to_string()))
        .bind(notice.received.transaction.as_str().to_owned())
        .bind(notice.received.amount.get())
        .bind(at.millis())
        .bind(told)
        .execute(&mut *tx)
        .await?;
        if outcome != Outcome::Known {
            let subject = order.as_ref().map_or("", |order| order.number.as_str());
            let detail = format!("{} {}: {told}, {}", notice.received.provider, notice.received.transaction, notice.received.amount);
            self.append(&mut tx, at, actor, notice.kind.code(), subject, &detail).await?;
        }
        let order = match order {
            Some(order) => self.order_in(&mut tx, &order.number).await?,
            None => None,
        };
        tx.commit().await?;
        Ok(TakenNotice { outcome, order, is_claim_unpaid })
    }

    /// What a notice does, and whether its order's claim is unpaid by it.
    async fn take(
        &self,
        tx: &mut Transaction<'static, Any>,
        notice: &PaymentNotice,
        order: Option<&OrderRecord>,
        actor: &str,
        at: Instant,
    ) -> Result<(Outcome, bool), RegistryError> {
        let event = match notice.kind {
            NoticeKind::Closed => return Ok((Outcome::Known, false)),
            NoticeKind::Paid => Event::Paid(notice.received.clone()),
            NoticeKind::PaidBack => Event::PaidBack(notice.received.clone()),
        };
        // A transaction is one payment: told of for another order it is looked at by a person.
        if let Some((known, of)) = self.payment_in(tx, &notice.received).await?
            && of.as_deref() != order.map(|order| order.number.as_str())
        {
            let same = known.entry.received.amount == notice.received.amount && known.named == notice.named;
            return Ok((if same { Outcome::Known } else { Outcome::Differs }, false));
        }
        let Some(order) = order else { return Ok((self.take_unassigned(tx, notice, at).await?, false)) };
        let mut ledger = order.ledger.clone();
        let outcome = ledger.apply(event);
        self.write_ledger(tx, order, &ledger, at).await?;
        if outcome == Outcome::Kept {
            self.claim_is_paid(tx, order.claim, actor, at).await?;
        }
        let is_unpaid = (order.state(), ledger.state()) == (OrderState::Paid, OrderState::Refunded)
            && self.claim_is_unpaid(tx, order.claim, actor, at).await?;
        Ok((outcome, is_unpaid))
    }

    /// Money for an order that is not there.
    async fn take_unassigned(
        &self,
        tx: &mut Transaction<'static, Any>,
        notice: &PaymentNotice,
        at: Instant,
    ) -> Result<Outcome, RegistryError> {
        let is_back = notice.kind == NoticeKind::PaidBack;
        match self.payment_in(tx, &notice.received).await? {
            Some((known, _)) if known.entry.received.amount != notice.received.amount => Ok(Outcome::Differs),
            Some((PaymentRecord { id, entry: PaymentEntry { standing: Standing::DueBack(because), .. }, .. }, _)) if is_back => {
                self.restand(tx, &id, Standing::PaidBack(because), at).await?;
                Ok(Outcome::PaidBack(because))
            }
            Some(_) => Ok(Outcome::Known),
            None => {
                let standing = if is_back { Standing::PaidBack(Because::WentAhead) } else { Standing::DueBack(Because::NoOrder) };
                let entry = PaymentEntry { received: notice.received.clone(), standing };
                self.insert_payment(tx, &entry, None, &notice.named, at).await?;
                Ok(if is_back { Outcome::PaidBack(Because::WentAhead) } else { Outcome::DueBack(Because::NoOrder) })
            }
        }
    }

    /// A payment by its provider's name for it, with the order that it is recorded for.
    pub(super) async fn payment_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        received: &Received,
    ) -> Result<Option<(PaymentRecord, Option<String>)>, RegistryError> {
        let sql = format!("SELECT {PAYMENT} FROM payment p WHERE p.provider = $1 AND p.transaction_id = $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(received.provider.clone()).bind(received.transaction.as_str().to_owned());
        let Some(row) = query.fetch_optional(&mut **tx).await? else { return Ok(None) };
        let (payment, of) = (read_payment(&row)?, sqlx::Row::try_get(&row, "p_order")?);
        Ok(is_same(&payment.entry.received, received).then_some((payment, of)))
    }

    pub(super) async fn insert_payment(
        &self,
        tx: &mut Transaction<'static, Any>,
        entry: &PaymentEntry,
        order: Option<&OrderNumber>,
        named: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let received = &entry.received;
        let (standing, because) = entry.standing.codes();
        let back = matches!(entry.standing, Standing::PaidBack(_)).then_some(at.millis());
        let id = self.keys.secret_hash("payment", &[received.provider.as_bytes(), received.transaction.as_str().as_bytes()]);
        sqlx::query(
            "INSERT INTO payment (id, seq, provider, transaction_id, order_number, named, amount, paid_at, recorded_at, standing, because, \
             back_at) VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM payment), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(id.get(..32).unwrap_or_default().to_owned())
        .bind(received.provider.clone())
        .bind(received.transaction.as_str().to_owned())
        .bind(order.map(|order| order.as_str().to_owned()))
        .bind(named.to_owned())
        .bind(Fen::get(received.amount))
        .bind(received.paid_at.millis())
        .bind(at.millis())
        .bind(standing)
        .bind(because)
        .bind(back)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    pub(super) async fn restand(
        &self,
        tx: &mut Transaction<'static, Any>,
        id: &str,
        standing: Standing,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let (code, because) = standing.codes();
        let back = matches!(standing, Standing::PaidBack(_)).then_some(at.millis());
        sqlx::query("UPDATE payment SET standing = $1, because = $2, back_at = $3 WHERE id = $4")
            .bind(code)
            .bind(because)
            .bind(back)
            .bind(id.to_owned())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}
