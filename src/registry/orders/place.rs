//! Orders are placed and given up. A grant is spent and given back in the same commit.

use sqlx::{Any, Transaction};

use crate::domain::account::AccountId;
use crate::domain::claim::{ClaimEvent, ClaimId, PAY_WITHIN};
use crate::domain::money::Fen;
use crate::domain::order::{Event, Ledger, OrderNumber, OrderState, Outcome};
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::claims::By;
use crate::registry::{ClaimError, Registry, RegistryError};

use super::{OrderError, OrderRecord};

/// Which grant makes an order cheaper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouponChoice<'a> {
    /// Nothing is said: an order that waits stays as it is.
    Unsaid,
    /// None.
    Without,
    /// This one.
    Grant(&'a str),
}

/// An order to be placed.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// Its number, should it be placed.
    pub number: &'a OrderNumber,
    /// For which claim.
    pub claim: ClaimId,
    /// Whose the claim is, and their telephone: a grant may wait for that.
    pub account: (AccountId, &'a Telephone),
    /// Which grant is spent.
    pub coupon: CouponChoice<'a>,
    /// What is paid for.
    pub item: &'a str,
    /// The same in English.
    pub item_en: &'a str,
    /// Whom it is paid to.
    pub payee: &'a str,
    /// It is cancelled unless it is paid before, or before the claim lapses.
    pub expires: Instant,
    /// When it is placed.
    pub at: Instant,
}

impl Registry {
    /// Places an order for a claim. Where one waits, it is answered with that; with another coupon it is cancelled and another one takes its
    /// place, since a number stands for one amount. An order over nothing is paid at once.
    ///
    /// # Errors
    /// [`OrderError`], [`ClaimError`], [`crate::domain::coupon::CouponRefusal`]; nothing is changed then.
    pub async fn place_order(&self, new: NewOrder<'_>) -> Result<OrderRecord, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let claim = self.claim_in(&mut tx, new.claim).await?;
        let actor = new.account.0.to_string();
        if claim.account != new.account.0 {
            return Err(ClaimError::Unknown.into());
        }
        match self.living_order_in(&mut tx, new.claim).await? {
            Some(order) if order.state() != OrderState::Placed || (keeps(&order, new.coupon) && new.at < order.expires) => {
                return Ok(order);
            }
            Some(order) => self.end_placed(&mut tx, order, new.at).await?,
            None => {
                self.advance(&mut tx, &claim, ClaimEvent::PlaceOrder, By { actor: &actor, at: new.at, reason: None }).await?;
            }
        }
        if new.at >= claim.pay_until {
            return Err(OrderError::Late.into());
        }
        let (grant, off) = match new.coupon {
            CouponChoice::Grant(grant) => {
                let worth = self.spend_grant(&mut tx, grant, new.account, (&claim.offer, new.number), new.at).await?;
                (Some(grant), worth.off(claim.fee))
            }
            CouponChoice::Unsaid | CouponChoice::Without => (None, Fen::ZERO),
        };
        let state = Ledger::new(claim.fee.less(off)).state();
        let is_free = state == OrderState::Paid;
        sqlx::query(
            "INSERT INTO fee_order (number, claim, account_id, item, item_en, payee, price, off, coupon_grant, state, placed_at, \
             expires_at, paid_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(new.number.as_str().to_owned())
        .bind(claim.id.0)
        .bind(actor.clone())
        .bind(new.item.to_owned())
        .bind(new.item_en.to_owned())
        .bind(new.payee.to_owned())
        .bind(claim.fee.get())
        .bind(off.get())
        .bind(grant.map(ToOwned::to_owned))
        .bind(state.code())
        .bind(new.at.millis())
        .bind(new.expires.min(claim.pay_until).millis())
        .bind(is_free.then_some(new.at.millis()))
        .execute(&mut *tx)
        .await?;
        if is_free {
            self.claim_is_paid(&mut tx, new.claim, &actor, new.at).await?;
        }
        let detail = format!("claim {}, {}", claim.id, claim.fee.less(off));
        self.append(&mut tx, new.at, &actor, "place order", new.number.as_str(), &detail).await?;
        let order = self.order_in(&mut tx, new.number).await?.ok_or(OrderError::Unknown)?;
        tx.commit().await?;
        Ok(order)
    }

    /// Cancels an order that waits; its claim may have another. With an `account` it must be its own.
    ///
    /// # Errors
    /// [`OrderError`].
    pub async fn cancel_order(
        &self,
        number: &OrderNumber,
        account: Option<AccountId>,
        actor: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "cancel order", number.as_str(), "").await?;
        let order = self.order_in(&mut tx, number).await?.ok_or(OrderError::Unknown)?;
        if account.is_some_and(|account| account != order.account) {
            return Err(OrderError::Unknown.into());
        }
        let claim = self.claim_in(&mut tx, order.claim).await?;
        self.end_placed(&mut tx, order, at).await?;
        self.advance(&mut tx, &claim, ClaimEvent::EndOrder, By { actor, at, reason: None }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Cancels orders whose time is over. Answers how many.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn expire_orders(&self, at: Instant) -> Result<u64, RegistryError> {
        let sql = "SELECT number AS row_key FROM fee_order WHERE state = 'placed' AND expires_at <= $1 ORDER BY expires_at LIMIT 200";
        let due = sqlx::query(sql).bind(at.millis()).fetch_all(&self.pool).await?;
        let mut ended = 0;
        for order in self.orders_named(&due).await? {
            match self.cancel_order(&order.number, None, "retention", at).await {
                Ok(()) => ended += 1,
                // It was paid or cancelled meanwhile.
                Err(RegistryError::Order(OrderError::NotPossible(_))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended)
    }

    /// A waiting order ends, its grant is given back. What becomes of the claim is the caller's.
    async fn end_placed(&self, tx: &mut Transaction<'static, Any>, order: OrderRecord, at: Instant) -> Result<(), RegistryError> {
        let mut ledger = order.ledger.clone();
        if ledger.apply(Event::Cancel) != Outcome::Cancelled {
            return Err(OrderError::NotPossible(order.state()).into());
        }
        self.write_ledger(tx, &order, &ledger, at).await?;
        self.give_back_grant(tx, &order.number).await
    }

    /// The claim of an order that is paid goes on.
    pub(super) async fn claim_is_paid(
        &self,
        tx: &mut Transaction<'static, Any>,
        claim: ClaimId,
        actor: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let claim = self.claim_in(tx, claim).await?;
        let verified = self.is_verified_in(tx, claim.account).await?;
        self.advance(tx, &claim, ClaimEvent::Pay { verified }, By { actor, at, reason: None }).await?;
        Ok(())
    }

    /// What paid a claim went back without being asked for: nothing is certified for which nothing is kept, so it waits to be paid anew, and is
    /// complete only then. `false` if its certificate is being made, or is there: the cashier is shown that.
    pub(super) async fn claim_is_unpaid(
        &self,
        tx: &mut Transaction<'static, Any>,
        claim: ClaimId,
        actor: &str,
        at: Instant,
    ) -> Result<bool, RegistryError> {
        let claim = self.claim_in(tx, claim).await?;
        if claim.state.after(ClaimEvent::Unpay).is_err() {
            return Ok(false);
        }
        self.append(tx, at, actor, &format!("{} claim", ClaimEvent::Unpay.code()), &claim.id.to_string(), "").await?;
        self.advance(tx, &claim, ClaimEvent::Unpay, By { actor, at, reason: None }).await?;
        let sql = "UPDATE claim SET pay_until = $1, complete_at = NULL, due_at = NULL WHERE id = $2";
        sqlx::query(sql).bind(at.plus_millis(PAY_WITHIN).millis()).bind(claim.id.0).execute(&mut **tx).await?;
        Ok(true)
    }

    /// What a claim that was refused, was taken back or lapsed does to its order, in the claim's transaction: one that waits is cancelled, what
    /// paid one is due back. One that cost nothing is refunded at once, and its grant stays spent.
    pub(in crate::registry) async fn order_follows(
        &self,
        tx: &mut Transaction<'static, Any>,
        claim: ClaimId,
        actor: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let Some(order) = self.living_order_in(tx, claim).await? else { return Ok(()) };
        match order.state() {
            OrderState::Placed => {
                self.append(tx, at, actor, "cancel order", order.number.as_str(), "").await?;
                self.end_placed(tx, order, at).await
            }
            OrderState::Paid => {
                let mut ledger = order.ledger.clone();
                ledger.apply(Event::AskRefund);
                self.append(tx, at, actor, "ask refund", order.number.as_str(), "").await?;
                self.write_ledger(tx, &order, &ledger, at).await
            }
            OrderState::Refunding | OrderState::Refunded | OrderState::Cancelled => Ok(()),
        }
    }
}

/// Whether an order that waits is as it is wanted.
fn keeps(order: &OrderRecord, choice: CouponChoice<'_>) -> bool {
    match (choice, &order.coupon) {
        (CouponChoice::Unsaid, _) | (CouponChoice::Without, None) => true,
        (CouponChoice::Grant(grant), Some((spent, _))) => grant == spent,
        _ => false,
    }
}
