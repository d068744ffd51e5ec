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
