//! Orders, as the holder has them: placed for a claim, paid or given up; and what providers tell of payments. `docs/orders.md`.

pub mod cashier;
pub mod coupons;
mod receipt;
mod sheet;

pub use receipt::ReceiptError;

use crate::domain::claim::ClaimId;
use crate::domain::coupon::CouponRefusal;
use crate::domain::order::{OrderNumber, OrderState, Outcome};
use crate::domain::time::Instant;
use crate::registry::{ClaimError, CouponChoice, GrantRecord, NewOrder, OrderError, OrderRecord, RegistryError, TakenNotice};
use crate::sealing::webhook::WebhookHeaders;

use super::access::{Random, Student};
use super::messages::Notification;
use super::payment::{Heard, NotHeard};
use super::{Service, ServiceError};

const DAY: i64 = 86_400_000;

/// Why an order is not placed, paid or given up.
#[derive(Debug, thiserror::Error)]
pub enum OrderingError {
    /// The order does not allow it.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The claim does not.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The coupon does not.
    #[error(transparent)]
    Coupon(#[from] CouponRefusal),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for OrderingError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Order(error) => Self::Order(error),
            RegistryError::Claim(error) => Self::Claim(error),
            RegistryError::Coupon(error) => Self::Coupon(error),
            other => Self::Service(other.into()),
        }
    }
}

/// Why a notice of a payment is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HearingError {
    /// There is no such provider.
    #[error("没有这个支付渠道 / there is no such provider")]
    NoProvider,
    /// It is not believed, or not understood; nothing was changed.
    #[error(transparent)]
    Not(#[from] NotHeard),
    /// Registry or vault failed: the provider must tell it again.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Places an order for a claim of the student. Where one waits already, it is answered with that, unless another coupon is chosen.
    ///
    /// # Errors
    /// [`OrderingError`].
    pub async fn place_order(
        &self,
        student: &Student,
        claim: ClaimId,
        coupon: CouponChoice<'_>,
        now: Instant,
        source: Random<'_>,
    ) -> Result<OrderRecord, OrderingError> {
        let visitor = student.visitor();
        let record = self.registry.claim(claim).await?.filter(|record| record.account == visitor.id()).ok_or(ClaimError::Unknown)?;
        let offer = self.registry.offer(&record.offer).await?.ok_or_else(|| ClaimError::NoOffer(record.offer.clone()))?.offer;
        let payee = self.config.issuers.iter().find(|issuer| issuer.id == offer.programme.issuer);
        let mut random = [0; 5];
        source(&mut random);
        let new = NewOrder {
            number: &OrderNumber::new(now, random),
            claim,
            account: (visitor.id(), visitor.telephone()),
            coupon,
            item: &offer.zh(),
            item_en: &offer.en(),
            payee: payee.map_or("", |issuer| &issuer.name),
            expires: now.plus_millis(DAY * i64::from(self.config.payment.days)),
            at: now,
        };
        Ok(self.registry.place_order(new).await?)
    }

    /// The student's orders, the latest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_orders(&self, student: &Student) -> Result<Vec<OrderRecord>, ServiceError> {
        Ok(self.registry.orders_of(student.visitor().id()).await?)
    }

    /// One of them; another's is as unknown as one that is not there.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_order(&self, student: &Student, number: &OrderNumber) -> Result<Option<OrderRecord>, ServiceError> {
        Ok(self.registry.order(number).await?.filter(|order| order.account == student.visitor().id()))
    }

    /// Grants of the student that can be spent on an order that waits; the one that is spent on it is among them.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn grants_for(&self, student: &Student, order: &OrderRecord, now: Instant) -> Result<Vec<GrantRecord>, ServiceError> {
        if order.state() != OrderState::Placed {
            return Ok(Vec::new());
        }
        let grants = self.registry.grants_of(student.visitor().id(), student.visitor().telephone()).await?;
        let here =
            |grant: &GrantRecord| grant.order.as_ref() == Some(&order.number) || grant.can_be_spent(order.offer.as_str(), now).is_ok();
        Ok(grants.into_iter().filter(here).collect())
    }

    /// Gives an order up that waits.
    ///
    /// # Errors
    /// [`OrderingError`].
    pub async fn cancel_own_order(&self, student: &Student, number: &OrderNumber, now: Instant) -> Result<(), OrderingError> {
        Ok(self.registry.cancel_order(number, Some(student.visitor().id()), &student.actor(), now).await?)
    }

    /// Cancels orders that were not paid in time. Answers how many.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn expire_orders(&self, now: Instant) -> Result<u64, ServiceError> {
        Ok(self.registry.expire_orders(now).await?)
    }

    /// Hears what a provider tells. When it answers, that is recorded.
    ///
    /// # Errors
    /// [`HearingError`]; nothing was changed then.
    pub async fn hear_payment(
        &self,
        provider: &str,
        headers: WebhookHeaders<'_>,
        body: &[u8],
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), HearingError> {
        let gateway = self.gateway_named(provider).ok_or(HearingError::NoProvider)?;
        let Heard::Payment(notice) = gateway.hear(headers, body, now)? else { return Ok(()) };
        let taken = self.registry.take_notice(&notice, gateway.id().as_str(), now).await.map_err(ServiceError::from)?;
        self.tell_payer(&taken, now, source).await;
        Ok(())
    }

    /// Tells the payer what came of a notice. It stands, whatever becomes of the message.
    async fn tell_payer(&self, taken: &TakenNotice, now: Instant, source: Random<'_>) {
        let Some(order) = &taken.order else { return };
        let notification = match (taken.outcome, order.state()) {
            (Outcome::Kept, _) => Notification::OrderPaid { amount: order.ledger.due() },
            (Outcome::PaidBack(_), OrderState::Refunded) if taken.is_claim_unpaid => {
                Notification::PaidBackUnasked { amount: order.ledger.due() }
            }
            (Outcome::PaidBack(_), OrderState::Refunded) => Notification::Refunded { amount: order.ledger.due() },
            _ => return,
        };
        if let Err(error) = self.notify(order.account, &notification, now, source).await {
            tracing::warn!(%error, order = %order.number, "a payer could not be told");
        }
    }
}
