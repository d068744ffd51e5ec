//! What the cashier does: confirms transfers, pays back what is due, gives up orders, and looks at what does not fit.

use jiff::civil::Date;

use crate::domain::claim::ClaimState;
use crate::domain::money::Fen;
use crate::domain::order::{OrderNumber, OrderState, Outcome, Received, Standing, Transaction};
use crate::domain::time::Instant;
use crate::registry::{Account, DueBack, NoticeKind, NoticeRecord, OrderCounts, OrderError, OrderRecord, PaymentNotice, PaymentRecord};
use crate::service::access::{Cashier, Random};
use crate::service::messages::Notification;
use crate::service::payment::OFFLINE;
use crate::service::{Service, ServiceError};

use super::{DAY, OrderingError};

/// Lines of each kind that are shown.
const SHOWN: u32 = 50;
/// The most days after which a transfer is confirmed.
const LONG_AGO: i64 = 400;

/// What waits.
#[derive(Debug, Clone, Default)]
pub struct CashDesk {
    /// How much of it.
    pub counts: OrderCounts,
    /// Orders that wait to be paid.
    pub placed: Vec<OrderRecord>,
    /// Payments that are due back.
    pub due_back: Vec<DueBack>,
    /// Orders that a provider refunded though their claims go on, with where those are.
    pub unasked: Vec<(OrderRecord, ClaimState)>,
    /// Notices that do not fit.
    pub odd: Vec<NoticeRecord>,
}

/// One order as the cashier reads it.
#[derive(Debug, Clone)]
pub struct OrderFile {
    /// The order.
    pub order: OrderRecord,
    /// Whose it is.
    pub account: Option<Account>,
    /// What providers told of it.
    pub notices: Vec<NoticeRecord>,
}

/// A transfer that came in.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The bank's reference.
    pub reference: Transaction,
    /// How much.
    pub amount: Fen,
    /// On which day.
    pub day: Date,
}

/// Why a transfer is not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The day is to come, or too long ago.
    #[error("到账日期应为今天或此前 400 天内 / the day is today or one of the 400 days before")]
    Day,
    /// Nothing came in.
    #[error("到账金额应大于 0 / more than nothing came in")]
    Nothing,
    /// The order does not allow it.
    #[error(transparent)]
    Ordering(#[from] OrderingError),
}

impl Service {
    /// What waits for the cashier.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn cash_desk(&self, _: &Cashier) -> Result<CashDesk, ServiceError> {
        Ok(CashDesk {
            counts: self.registry.order_counts().await?,
            placed: self.registry.placed_orders(SHOWN).await?,
            due_back: self.registry.payments_due_back(SHOWN).await?,
            unasked: self.registry.unasked_refunds(SHOWN).await?,
            odd: self.registry.odd_notices(SHOWN).await?,
        })
    }

    /// An order with its payer. That it was read is in the audit trail.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn order_file(&self, cashier: &Cashier, number: &OrderNumber, now: Instant) -> Result<Option<OrderFile>, ServiceError> {
        let Some(order) = self.registry.order(number).await? else { return Ok(None) };
        self.registry.note(&cashier.actor(), "read order", number.as_str(), "", now).await?;
        let account = self.registry.account(order.account).await?;
        Ok(Some(OrderFile { account, notices: self.registry.notices_of(number).await?, order }))
    }

    /// Records a transfer for an order. One of another amount, or for an order that is not to be paid, is due back.
    ///
    /// # Errors
    /// [`TransferError`].
    pub async fn confirm_transfer(
        &self,
        cashier: &Cashier,
        number: &OrderNumber,
        transfer: &Transfer,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Outcome, TransferError> {
        let paid_at = Instant::start_of(transfer.day).map_err(|_| TransferError::Day)?;
        if paid_at > now || now.millis() - paid_at.millis() > DAY * LONG_AGO {
            return Err(TransferError::Day);
        }
        if transfer.amount.is_zero() {
            return Err(TransferError::Nothing);
        }
        if self.registry.order(number).await.map_err(OrderingError::from)?.is_none() {
            return Err(OrderingError::from(OrderError::Unknown).into());
        }
        let received = Received { provider: OFFLINE.to_owned(), transaction: transfer.reference.clone(), amount: transfer.amount, paid_at };
        // The same form sent twice is one message; the same reference for something else is another, and is refused.
        let message = format!("{}/{number}/{}", transfer.reference, transfer.amount.get());
        let notice = PaymentNotice { message, kind: NoticeKind::Paid, named: number.to_string(), received };
        let taken = self.registry.take_notice(&notice, &cashier.actor(), now).await.map_err(OrderingError::from)?;
        if taken.outcome == Outcome::Differs {
            return Err(OrderingError::from(OrderError::OtherPayment(transfer.reference.to_string())).into());
        }
        self.tell_payer(&taken, now, source).await;
        Ok(taken.outcome)
    }

    /// Gives an order up that waits, on its payer's word.
    ///
    /// # Errors
    /// [`OrderingError`].
    pub async fn cancel_order(&self, cashier: &Cashier, number: &OrderNumber, now: Instant) -> Result<(), OrderingError> {
        Ok(self.registry.cancel_order(number, None, &cashier.actor(), now).await?)
    }

    /// A payment with the number of its order.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn payment(&self, _: &Cashier, id: &str) -> Result<Option<(PaymentRecord, Option<OrderNumber>)>, ServiceError> {
        Ok(self.registry.payment(id).await?)
    }

    /// Records that a payment went back. Answers the order that it was for.
    ///
    /// # Errors
    /// [`OrderingError`].
    pub async fn pay_back(
        &self,
        cashier: &Cashier,
        id: &str,
        reference: &Transaction,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Option<OrderNumber>, OrderingError> {
        let back = self.registry.pay_back(id, reference, &cashier.actor(), now).await?;
        let Some((number, account, is_refunded)) = back.order else { return Ok(None) };
        let amount = self.registry.order(&number).await?.map(|order| order.ledger.due());
        if let (true, Some(amount)) = (is_refunded, amount)
            && let Err(error) = self.notify(account, &Notification::Refunded { amount }, now, source).await
        {
            tracing::warn!(%error, order = %number, "a payer could not be told");
        }
        Ok(Some(number))
    }

    /// Where the cashier is sent to have the gateway pay a payment back, if the gateway has such a page. That it was asked is in the trail.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn gateways_refund(&self, cashier: &Cashier, id: &str, now: Instant) -> Result<Option<String>, ServiceError> {
        let Some((payment, Some(number))) = self.registry.payment(id).await? else { return Ok(None) };
        if !matches!(payment.entry.standing, Standing::DueBack(_)) {
            return Ok(None);
        }
        let Some(gateway) = self.gateway_named(&payment.entry.received.provider) else { return Ok(None) };
        let Some(url) = gateway.refund_url(&number, &payment, now) else { return Ok(None) };
        self.registry
            .note(&cashier.actor(), "ask gateway for refund", number.as_str(), payment.entry.received.transaction.as_str(), now)
            .await?;
        Ok(Some(url))
    }

    /// Orders that wait for the cashier's hand, for the desk.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn order_counts(&self) -> Result<OrderCounts, ServiceError> {
        Ok(self.registry.order_counts().await?)
    }
}

/// Whether an order shows a receipt.
#[must_use]
pub fn has_receipt(state: OrderState) -> bool {
    matches!(state, OrderState::Paid | OrderState::Refunding | OrderState::Refunded)
}
