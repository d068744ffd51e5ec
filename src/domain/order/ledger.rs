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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(n: i64) -> Fen {
        Fen::new(n).unwrap()
    }

    fn of(transaction: &str, amount: i64) -> Received {
        Received {
            provider: "gate".into(),
            transaction: Transaction::parse(transaction).unwrap(),
            amount: fen(amount),
            paid_at: Instant::EPOCH,
        }
    }

    #[test]
    fn the_usual_way_and_what_comes_twice() {
        let mut ledger = Ledger::new(fen(15_000));
        assert_eq!(ledger.apply(Event::Paid(of("a", 14_999))), Outcome::DueBack(Because::WrongAmount));
        assert_eq!(ledger.apply(Event::Paid(of("b", 15_000))), Outcome::Kept);
        assert_eq!(ledger.apply(Event::Paid(of("b", 15_000))), Outcome::Known);
        assert_eq!(ledger.apply(Event::Paid(of("c", 15_000))), Outcome::DueBack(Because::PaidBefore));
        assert_eq!(ledger.apply(Event::Cancel), Outcome::NotPossible);
        assert_eq!(ledger.apply(Event::AskRefund), Outcome::RefundAsked);
        assert_eq!(ledger.apply(Event::AskRefund), Outcome::NotPossible);
        assert_eq!(ledger.apply(Event::PaidBack(of("c", 15_000))), Outcome::PaidBack(Because::PaidBefore));
        assert_eq!(ledger.state(), OrderState::Refunding, "another payment went back");
        assert_eq!(ledger.apply(Event::PaidBack(of("b", 1))), Outcome::Differs);
        assert_eq!(ledger.apply(Event::PaidBack(of("b", 15_000))), Outcome::PaidBack(Because::Refund));
        assert_eq!((ledger.state(), ledger.apply(Event::PaidBack(of("b", 15_000)))), (OrderState::Refunded, Outcome::Known));
        assert_eq!(ledger.sum(|standing| matches!(standing, Standing::DueBack(_))).get(), 14_999);
    }

    #[test]
    fn what_comes_too_late_or_before_its_turn() {
        let mut ledger = Ledger::new(fen(100));
        assert_eq!(ledger.apply(Event::PaidBack(of("early", 100))), Outcome::PaidBack(Because::WentAhead));
        assert_eq!(ledger.apply(Event::Paid(of("early", 100))), Outcome::Known, "it came and went");
        assert_eq!(ledger.state(), OrderState::Placed);
        assert_eq!(ledger.apply(Event::Cancel), Outcome::Cancelled);
        assert_eq!(ledger.apply(Event::Paid(of("late", 100))), Outcome::DueBack(Because::OrderOver));
        assert_eq!(ledger.apply(Event::AskRefund), Outcome::NotPossible);

        let mut unasked = Ledger::new(fen(100));
        unasked.apply(Event::Paid(of("a", 100)));
        assert_eq!(unasked.apply(Event::PaidBack(of("a", 100))), Outcome::PaidBack(Because::Refund));
        assert_eq!(unasked.state(), OrderState::Refunded);

        let mut free = Ledger::new(Fen::ZERO);
        assert_eq!(free.state(), OrderState::Paid);
        assert_eq!(free.apply(Event::Paid(of("a", 100))), Outcome::DueBack(Because::PaidBefore));
        assert_eq!((free.apply(Event::AskRefund), free.state()), (Outcome::Refunded, OrderState::Refunded));
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let received = || (0..4_u8, prop_oneof![Just(100), Just(1), Just(99)]).prop_map(|(name, amount)| of(&format!("t{name}"), amount));
        let event = prop_oneof![
            4 => received().prop_map(Event::Paid),
            1 => Just(Event::Cancel),
            1 => Just(Event::AskRefund),
            2 => received().prop_map(Event::PaidBack),
        ];
        proptest::collection::vec(event, 0..24)
    }

    proptest! {
        /// Whatever comes, in any order and repeated: the state follows the table, and no money is lost or counted twice.
        #[test]
        fn no_sequence_of_events_leaves_the_table_or_loses_money(events in events(), due in prop_oneof![Just(0), Just(100)]) {
            let mut ledger = Ledger::new(fen(due));
            let mut came: Vec<Received> = Vec::new();
            for event in events {
                let before = ledger.clone();
                if let Event::Paid(received) | Event::PaidBack(received) = &event
                    && !came.iter().any(|known| known.transaction == received.transaction)
                {
                    came.push(received.clone());
                }
                let outcome = ledger.apply(event.clone());
                prop_assert!(ledger.is_sound(), "{ledger:?}");
                let moves = |from: OrderState| Move::ALL.into_iter().filter_map(move |by| from.after(by));
                let reached = |to| before.state() == to || moves(before.state()).any(|next| next == to || moves(next).any(|last| last == to));
                prop_assert!(reached(ledger.state()), "{before:?} to {ledger:?}");
                if matches!(outcome, Outcome::Known | Outcome::Differs | Outcome::NotPossible) {
                    prop_assert_eq!(&ledger, &before);
                }
                // The same once more changes nothing more, but for what is told of money.
                let mut again = ledger.clone();
                again.apply(event);
                prop_assert_eq!(&again, &ledger);
                let received: Total = came.iter().map(|received| received.amount).sum();
                let kept = ledger.sum(|standing| standing == Standing::Kept);
                let due_back = ledger.sum(|standing| matches!(standing, Standing::DueBack(_)));
                let paid_back = ledger.sum(|standing| matches!(standing, Standing::PaidBack(_)));
                prop_assert_eq!(received, kept + due_back + paid_back);
                prop_assert_eq!(Ledger::recorded(ledger.due(), ledger.state(), ledger.payments().to_vec()), Some(ledger.clone()));
            }
        }
    }
}
