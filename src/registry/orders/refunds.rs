//! What is due back goes back, by a cashier's hand.

use sqlx::AssertSqlSafe;

use crate::domain::account::AccountId;
use crate::domain::order::{Event, OrderNumber, OrderState, Standing, Transaction as Reference};
use crate::domain::time::Instant;
use crate::registry::{Registry, RegistryError};

use super::{OrderError, PAYMENT, PaymentRecord, read_payment};

/// A payment that went back.
#[derive(Debug, Clone)]
pub struct PaidBack {
    /// The order that it was for, and whether that is refunded now.
    pub order: Option<(OrderNumber, AccountId, bool)>,
}

impl Registry {
    /// Records that a payment went back under a reference.
    ///
    /// # Errors
    /// [`OrderError::NoPayment`], [`OrderError::NotDueBack`].
    pub async fn pay_back(&self, id: &str, reference: &Reference, actor: &str, at: Instant) -> Result<PaidBack, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let sql = format!("SELECT {PAYMENT} FROM payment p WHERE p.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(&mut *tx).await?.ok_or(OrderError::NoPayment)?;
        let payment = read_payment(&row)?;
        let Standing::DueBack(because) = payment.entry.standing else { return Err(OrderError::NotDueBack.into()) };
        let number: Option<String> = sqlx::Row::try_get(&row, "p_order")?;
        let order = match number.and_then(|number| number.parse().ok()) {
            Some(number) => {
                let order = self.order_in(&mut tx, &number).await?.ok_or(OrderError::Unknown)?;
                let mut ledger = order.ledger.clone();
                ledger.apply(Event::PaidBack(payment.entry.received.clone()));
                self.write_ledger(&mut tx, &order, &ledger, at).await?;
                Some((number, order.account, order.state() != ledger.state() && ledger.state() == OrderState::Refunded))
            }
            None => {
                self.restand(&mut tx, id, Standing::PaidBack(because), at).await?;
                None
            }
        };
        let sql = "UPDATE payment SET back_reference = $1 WHERE id = $2";
        sqlx::query(sql).bind(reference.as_str().to_owned()).bind(id.to_owned()).execute(&mut *tx).await?;
        let subject = order.as_ref().map_or("", |(number, ..)| number.as_str());
        let received = &payment.entry.received;
        let detail = format!("{} {}: {}, by {reference}", received.provider, received.transaction, received.amount);
        self.append(&mut tx, at, actor, "pay back", subject, &detail).await?;
        tx.commit().await?;
        Ok(PaidBack { order })
    }

    /// A payment with the number of its order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn payment(&self, id: &str) -> Result<Option<(PaymentRecord, Option<OrderNumber>)>, RegistryError> {
        let sql = format!("SELECT {PAYMENT} FROM payment p WHERE p.id = $1");
        let Some(row) = sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(&self.pool).await? else { return Ok(None) };
        let number: Option<String> = sqlx::Row::try_get(&row, "p_order")?;
        Ok(Some((read_payment(&row)?, number.and_then(|number| number.parse().ok()))))
    }
}
