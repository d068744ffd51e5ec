//! What came in for an order, and what became of it. Whatever providers send, however often and in whatever order, nothing is lost: a
//! payment is kept, or it is due back, or it was paid back.

use crate::domain::money::{Fen, Total};
use crate::domain::time::Instant;

use super::{Move, OrderState, Transaction};

/// Money that came in, as its provider tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The name of the provider.
    pub provider: String,
    /// The provider's name for it; a provider gives each once.
    pub transaction: Transaction,
    /// How much.
    pub amount: Fen,
    /// When it was paid, by the provider's clock.
    pub paid_at: Instant,
}

/// Why a payment is due back, or went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// It paid the order, and is refunded.
    Refund,
    /// It is not the amount of the order.
    WrongAmount,
    /// The order was paid by another payment.
    PaidBefore,
    /// The order was cancelled, or its time was over.
    OrderOver,
    /// No order has the number that it names.
    NoOrder,
    /// The provider told of its refund first: it came and went without us.
    WentAhead,
}

impl Because {
    /// Every reason.
    pub const ALL: [Self; 6] = [Self::Refund, Self::WrongAmount, Self::PaidBefore, Self::OrderOver, Self::NoOrder, Self::WentAhead];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::WrongAmount => "wrong-amount",
            Self::PaidBefore => "paid-before",
            Self::OrderOver => "order-over",
            Self::NoOrder => "no-order",
            Self::WentAhead => "went-ahead",
        }
    }

    /// The inverse of [`Because::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|because| because.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Refund => "订单退款",
            Self::WrongAmount => "金额与订单不符",
            Self::PaidBefore => "订单此前已支付",
            Self::OrderOver => "订单已取消或已结束",
            Self::NoOrder => "没有对应的订单",
            Self::WentAhead => "支付机构先通知了退款",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Refund => "the order is refunded",
            Self::WrongAmount => "not the amount of the order",
            Self::PaidBefore => "the order was paid before",
            Self::OrderOver => "the order was cancelled or is over",
            Self::NoOrder => "no order has this number",
            Self::WentAhead => "its refund was told of first",
        }
    }
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It pays the order.
    Kept,
    /// It is to go back.
    DueBack(Because),
    /// It went back.
    PaidBack(Because),
}

impl Standing {
    /// The names in records.
    #[must_use]
    pub fn codes(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Kept => ("kept", None),
            Self::DueBack(because) => ("due-back", Some(because.code())),
            Self::PaidBack(because) => ("paid-back", Some(because.code())),
        }
    }

    /// The inverse of [`Standing::codes`].
    #[must_use]
    pub fn from_codes(standing: &str, because: Option<&str>) -> Option<Self> {
        match (standing, because) {
            ("kept", None) => Some(Self::Kept),
            ("due-back", Some(because)) => Because::from_code(because).map(Self::DueBack),
            ("paid-back", Some(because)) => Because::from_code(because).map(Self::PaidBack),
            _ => None,
        }
    }
}

/// A payment in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentEntry {
    /// What came.
    pub received: Received,
    /// What became of it.
    pub standing: Standing,
}

/// An order's state with its payments, in the order in which they were told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    due: Fen,
    state: OrderState,
    payments: Vec<PaymentEntry>,
}

/// Something that is told of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Money came in.
    Paid(Received),
    /// The order is given up, or its time is over.
    Cancel,
    /// The claim was refused or withdrawn: what paid it goes back.
    AskRefund,
    /// Money went back. A payment that nobody had told of came and went.
    PaidBack(Received),
}

/// What an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was known: nothing new.
    Known,
    /// The payment is kept: the order is paid.
    Kept,
    /// The payment was recorded, and is due back.
    DueBack(Because),
    /// The order was cancelled.
    Cancelled,
    /// A refund of the kept payment was asked for.
    RefundAsked,
    /// There was nothing to pay back: the order is refunded at once.
    Refunded,
    /// The payment went back.
    PaidBack(Because),
    /// The payment was told of with another amount, or for another order; a person looks at it, and nothing was changed.
    Differs,
    /// The order's state does not allow it; nothing was changed.
    NotPossible,
}

impl Outcome {
    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Kept => "kept",
            Self::DueBack(_) => "due-back",
            Self::Cancelled => "cancelled",
            Self::RefundAsked => "refund-asked",
            Self::Refunded => "refunded",
            Self::PaidBack(_) => "paid-back",
            Self::Differs => "differs",
            Self::NotPossible => "not-possible",
        }
    }
}

impl Ledger {
    /// That of a new order over an amount. One over nothing is paid at once.
    #[must_use]
    pub fn new(due: Fen) -> Self {
        let state = if due.is_zero() { OrderState::Paid } else { OrderState::Placed };
        Self { due, state, payments: Vec::new() }
    }

    /// One as it was recorded; `None` if no events lead to it.
    #[must_use]
    pub fn recorded(due: Fen, state: OrderState, payments: Vec<PaymentEntry>) -> Option<Self> {
        let ledger = Self { due, state, payments };
        ledger.is_sound().then_some(ledger)
    }

    /// What is to be paid.
    #[must_use]
    pub fn due(&self) -> Fen {
        self.due
    }

    /// Where the order is.
    #[must_use]
    pub fn state(&self) -> OrderState {
        self.state
    }

    /// The payments.
    #[must_use]
    pub fn payments(&self) -> &[PaymentEntry] {
        &self.payments
    }

    /// The payment of this name.
    #[must_use]
    pub fn payment(&self, provider: &str, transaction: &Transaction) -> Option<&PaymentEntry> {
        self.payments.iter().find(|entry| entry.received.provider == provider && entry.received.transaction == *transaction)
    }

    /// The sum of the payments that stand so.
    #[must_use]
    pub fn sum(&self, stands: impl Fn(Standing) -> bool) -> Total {
        self.payments.iter().filter(|entry| stands(entry.standing)).map(|entry| entry.received.amount).sum()
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: Event) -> Outcome {
        match event {
            Event::Paid(received) => self.paid(received),
            Event::Cancel => {
                if self.go(Move::Cancel) {
                    Outcome::Cancelled
                } else {
                    Outcome::NotPossible
                }
            }
            Event::AskRefund => self.ask_refund(),
            Event::PaidBack(received) => self.paid_back(received),
        }
    }

    fn go(&mut self, by: Move) -> bool {
        match self.state.after(by) {
            Some(next) => {
                self.state = next;
                true
            }
            None => false,
        }
    }

    fn place_of(&self, received: &Received) -> Option<usize> {
        let is_it =
            |entry: &PaymentEntry| entry.received.provider == received.provider && entry.received.transaction == received.transaction;
        self.payments.iter().position(is_it)
    }

    fn paid(&mut self, received: Received) -> Outcome {
        if let Some(place) = self.place_of(&received) {
            return if self.payments[place].received.amount == received.amount { Outcome::Known } else { Outcome::Differs };
        }
        let standing = match self.state {
            OrderState::Placed if received.amount != self.due => Standing::DueBack(Because::WrongAmount),
            OrderState::Placed => Standing::Kept,
            OrderState::Paid | OrderState::Refunding | OrderState::Refunded => Standing::DueBack(Because::PaidBefore),
            OrderState::Cancelled => Standing::DueBack(Because::OrderOver),
        };
        self.payments.push(PaymentEntry { received, standing });
        match standing {
            Standing::DueBack(because) | Standing::PaidBack(because) => Outcome::DueBack(because),
            Standing::Kept => {
                self.go(Move::Pay);
                Outcome::Kept
            }
        }
    }

    fn ask_refund(&mut self) -> Outcome {
        if !self.go(Move::AskRefund) {
            return Outcome::NotPossible;
        }
        match self.payments.iter_mut().find(|entry| entry.standing == Standing::Kept) {
            Some(entry) => {
                entry.standing = Standing::DueBack(Because::Refund);
                Outcome::RefundAsked
            }
            None => {
                self.go(Move::Refund);
                Outcome::Refunded
            }
        }
    }

    fn paid_back(&mut self, received: Received) -> Outcome {
        let Some(place) = self.place_of(&received) else {
            let standing = Standing::PaidBack(Because::WentAhead);
            self.payments.push(PaymentEntry { received, standing });
            return Outcome::PaidBack(Because::WentAhead);
        };
        if self.payments[place].received.amount != received.amount {
            return Outcome::Differs;
        }
        let because = match self.payments[place].standing {
            Standing::PaidBack(_) => return Outcome::Known,
            Standing::DueBack(because) => because,
            // Paid back at the provider's before anybody asked here: that is what happened, and the order says so.
            Standing::Kept => {
                self.go(Move::AskRefund);
                Because::Refund
            }
        };
        self.payments[place].standing = Standing::PaidBack(because);
        if because == Because::Refund {
            self.go(Move::Refund);
        }
        Outcome::PaidBack(because)
    }

    /// What holds after any events: at most one payment is kept, and one is kept exactly while an order over something is paid; one is due
    /// back as a refund exactly while the order is refunding; no two payments have one name.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let count = |standing: Standing| self.payments.iter().filter(|entry| entry.standing == standing).count();
        let is_free = self.due.is_zero();
        let kept = usize::from(self.state == OrderState::Paid && !is_free);
        let refunding = usize::from(self.state == OrderState::Refunding);
        let refunded = usize::from(self.state == OrderState::Refunded && !is_free);
        let mut names: Vec<_> = self.payments.iter().map(|entry| (&entry.received.provider, &entry.received.transaction)).collect();
        names.sort();
        let named_twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        count(Standing::Kept) == kept
            && count(Standing::DueBack(Because::Refund)) == refunding
            && count(Standing::PaidBack(Because::Refund)) == refunded
            && !(is_free && matches!(self.state, OrderState::Placed | OrderState::Refunding | OrderState::Cancelled))
            && self.payments.iter().all(|entry| entry.standing != Standing::Kept || entry.received.amount == self.due)
            && !named_twice
    }
}

#[cfg(test)]
mod tests;
