//! Orders, coupons and payments, on both databases: what comes twice, late, forged, in the wrong amount or the wrong order, and from two
//! servers at once.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the house, the world and the pictures have more than this test needs")]

mod common;
#[path = "common/house.rs"]
mod house;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/shop.rs"]
mod shop;
#[path = "common/world.rs"]
mod world;

use std::net::IpAddr;
use std::sync::Arc;

use jiff::civil::date;
use yinxin::domain::claim::{ClaimEvent, ClaimId, ClaimState, Contact};
use yinxin::domain::coupon::{Coupon, CouponCode, CouponRefusal, Worth};
use yinxin::domain::email::Email;
use yinxin::domain::issuer::Slug;
use yinxin::domain::money::Fen;
use yinxin::domain::order::{Because, OrderNumber, OrderState, Outcome, Standing, Transaction};
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::{Instant, Period};
use yinxin::registry::{
    ClaimError, CouponChoice, Given, NewClaim, NewOrder, NoticeKind, OrderError, OrderRecord, PaymentNotice, Registry, RegistryError,
};
use yinxin::sealing::webhook::{WebhookHeaders, WebhookSecret, seconds};
use yinxin::service::access::{Cashier, Student, Warrant};
use yinxin::service::entropy;
use yinxin::service::messages::{Notification, Text};
use yinxin::service::orders::cashier::{Transfer, TransferError};
use yinxin::service::orders::coupons::{MakeCouponError, RedeemError, TelephoneList};
use yinxin::service::orders::{HearingError, OrderingError};

use house::{DAY, House, MINUTE, at};

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [9; 32];

fn secret(bytes: [u8; 32]) -> WebhookSecret {
    WebhookSecret::from_bytes(bytes.to_vec()).unwrap()
}

fn fen(n: i64) -> Fen {
    Fen::new(n).unwrap()
}

/// A world with offers, and awards that nobody has claimed by.
struct Shop {
    house: House,
    /// Another server over the same records.
    beside: Arc<Registry>,
    awards: std::sync::Mutex<Vec<String>>,
    offer: Slug,
    cashier: Cashier,
    secrets: tempfile::NamedTempFile,
}

impl Shop {
    async fn open(database: Option<&str>) -> Self {
        let secrets = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secrets.path(), format!("{}\n{}\n", *secret(NEW).reveal(), *secret(OLD).reveal())).unwrap();
        let more = format!(
            "[payment]\n[payment.gateway]\nname = \"trial\"\nlabel = \"试用网关\"\nmerchant = \"M1\"\npay_url = \"https://pay.example.cn/pay\"\n\
             refund_url = \"https://pay.example.cn/refund\"\nsecret_file = \"{}\"\n",
            secrets.path().display()
        );
        let house = House::with(database, &more).await;
        let beside = shop::beside(&house.service).await;
        let awards = shop::stock(&house.service, &beside, at(0)).await;
        let cashier = house.staff("13700137005", "cashier").await.cashier().unwrap();
        Self {
            house,
            beside: Arc::new(beside),
            awards: std::sync::Mutex::new(awards),
            offer: "chain-junior".parse().unwrap(),
            cashier,
            secrets,
        }
    }

    /// A claim over ¥150.00.
    async fn claim(&self, student: &Student, now: Instant) -> ClaimId {
        self.claim_of(student, "chain-junior", fen(15_000), now).await
    }

    async fn claim_of(&self, student: &Student, offer: &str, fee: Fen, now: Instant) -> ClaimId {
        let award = self.awards.lock().unwrap().pop().unwrap();
        let contact = Contact { telephone: student.visitor().telephone().clone(), email: Email::parse("a@example.com").unwrap() };
        let offer = offer.parse().unwrap();
        let new = NewClaim {
            account: student.visitor().id(),
            offer: &offer,
            award: &award,
            fee,
            contact: &contact,
            pay_until: now.plus_millis(14 * DAY),
            at: now,
        };
        self.beside.add_claim(new).await.unwrap()
    }

    async fn place(&self, student: &Student, claim: ClaimId, coupon: CouponChoice<'_>, now: Instant) -> Result<OrderRecord, OrderingError> {
        self.house.service.place_order(student, claim, coupon, now, &mut entropy::fill).await
    }

    async fn placed(&self, student: &Student, claim: ClaimId, now: Instant) -> OrderRecord {
        self.place(student, claim, CouponChoice::Unsaid, now).await.unwrap()
    }

    async fn order(&self, number: &OrderNumber) -> OrderRecord {
        self.beside.order(number).await.unwrap().unwrap()
    }

    async fn state(&self, claim: ClaimId) -> ClaimState {
        self.beside.claim(claim).await.unwrap().unwrap().state
    }

    /// What the gateway tells, signed with a secret at an instant, and heard at another.
    async fn tell(&self, message: &str, body: &str, by: [u8; 32], (sent, heard): (Instant, Instant)) -> Result<(), HearingError> {
        let signature = secret(by).sign(message, sent, body.as_bytes());
        let headers = WebhookHeaders { id: message, timestamp: &seconds(sent).to_string(), signature: &signature };
        self.house.service.hear_payment("trial", headers, body.as_bytes(), heard, &mut entropy::fill).await
    }

    async fn tell_now(&self, message: &str, kind: &str, order: &str, transaction: &str, amount: i64, now: Instant) {
        self.tell(message, &told(kind, order, transaction, amount), NEW, (now, now)).await.unwrap();
    }

    fn notices(&self) -> Vec<Notification> {
        let letters = self.house.letters.0.lock().unwrap();
        letters.iter().filter_map(|message| if let Text::Notice(notice) = &message.text { Some(notice.clone()) } else { None }).collect()
    }
}

fn told(kind: &str, order: &str, transaction: &str, amount: i64) -> String {
    format!(
        r#"{{"type":"{kind}","data":{{"order":"{order}","transaction":"{transaction}","amount":{amount},"paid_at":"2026-11-20T10:00:00+08:00"}}}}"#
    )
}

const PAID: &str = "payment.succeeded";
const BACK: &str = "refund.succeeded";

/// A transfer: wrong, right, twice, for another order; and the way back.
async fn transfers(shop: &Shop, student: &Student) {
    let service = &shop.house.service;
    let claim = shop.claim(student, at(0)).await;
    let order = shop.placed(student, claim, at(0)).await;
    assert_eq!(
        (order.state(), order.ledger.due(), shop.state(claim).await),
        (OrderState::Placed, fen(15_000), ClaimState::AwaitingPayment)
    );
    assert_eq!(order.expires, at(7 * DAY));
    assert_eq!(shop.placed(student, claim, at(MINUTE)).await.number, order.number, "a second click is the same order");
    let transfer = |reference: &str, amount: i64| Transfer {
        reference: Transaction::parse(reference).unwrap(),
        amount: fen(amount),
        day: date(2026, 11, 20),
    };
    let confirm = async |number: &OrderNumber, transfer: Transfer| {
        service.confirm_transfer(&shop.cashier, number, &transfer, at(DAY), &mut entropy::fill).await
    };
    assert_eq!(confirm(&order.number, transfer("B-1", 14_900)).await.unwrap(), Outcome::DueBack(Because::WrongAmount));
    assert_eq!(confirm(&order.number, transfer("B-2", 15_000)).await.unwrap(), Outcome::Kept);
    assert_eq!(confirm(&order.number, transfer("B-2", 15_000)).await.unwrap(), Outcome::Known);
    assert!(matches!(
        confirm(&order.number, transfer("B-2", 14_000)).await,
        Err(TransferError::Ordering(OrderingError::Order(OrderError::OtherPayment(_))))
    ));
    assert_eq!(confirm(&order.number, transfer("B-3", 15_000)).await.unwrap(), Outcome::DueBack(Because::PaidBefore));
    let ahead = Transfer { day: date(2026, 11, 23), ..transfer("B-4", 15_000) };
    assert!(matches!(confirm(&order.number, ahead).await, Err(TransferError::Day)));
    assert!(matches!(confirm(&order.number, transfer("B-4", 0)).await, Err(TransferError::Nothing)));
    assert_eq!(shop.state(claim).await, ClaimState::AwaitingVerification);
    assert_eq!(shop.notices().last(), Some(&Notification::OrderPaid { amount: fen(15_000) }));
    // The receipt is the same each time, and nobody else has it.
    let paid = shop.order(&order.number).await;
    let receipt = service.own_receipt(student, &paid).await.unwrap();
    assert!(receipt.starts_with(b"%PDF-"));
    assert_eq!(service.own_receipt(student, &paid).await.unwrap(), receipt);

    // The holder takes the claim back: what paid it is due back, and the cashier pays it back.
    assert!(matches!(
        service.cancel_own_order(student, &order.number, at(DAY)).await,
        Err(OrderingError::Order(OrderError::NotPossible(_)))
    ));
    service.withdraw_claim(student, claim, at(2 * DAY)).await.unwrap();
    let order = shop.order(&order.number).await;
    assert_eq!((order.state(), order.refund_asked), (OrderState::Refunding, Some(at(2 * DAY))));
    let desk = service.cash_desk(&shop.cashier).await.unwrap();
    assert_eq!(desk.due_back.iter().filter(|due| due.order.as_ref() == Some(&order.number)).count(), 3);
    for (at_which, payment) in order.payments.iter().enumerate() {
        let reference = Transaction::parse(&format!("R-{at_which}")).unwrap();
        let number = service.pay_back(&shop.cashier, &payment.id, &reference, at(3 * DAY), &mut entropy::fill).await.unwrap();
        assert_eq!(number.as_ref(), Some(&order.number));
        let again = service.pay_back(&shop.cashier, &payment.id, &reference, at(3 * DAY), &mut entropy::fill).await;
        assert!(matches!(again, Err(OrderingError::Order(OrderError::NotDueBack))));
    }
    let order = shop.order(&order.number).await;
    assert_eq!((order.state(), order.refunded), (OrderState::Refunded, Some(at(3 * DAY))));
    assert_eq!(shop.notices().iter().filter(|n| matches!(n, Notification::Refunded { .. })).count(), 1, "told once");
    assert!(
        order.payments.iter().all(|p| matches!(p.entry.standing, Standing::PaidBack(_)) && p.back.as_ref().unwrap().1.starts_with("R-"))
    );
    let sheet = service.day_sheet(&shop.cashier, date(2026, 11, 21), at(4 * DAY)).await.unwrap();
    assert!(sheet.bytes.starts_with(b"PK") && sheet.file_name == "orders-2026-11-21.xlsx");
}

/// The gateway tells of things twice, late, forged, in the wrong amount and in the wrong order.
async fn notices(shop: &Shop, student: &Student) {
    let claim = shop.claim(student, at(0)).await;
    let order = shop.placed(student, claim, at(0)).await;
    let number = order.number.as_str();
    let good = told(PAID, number, "G-1", 15_000);
    let events = shop.house.service.audit_trail(&Warrant::of_operator("test"), 0, 10_000).await.unwrap().len();
    for (by, sent, heard) in [([1; 32], at(0), at(0)), (NEW, at(0), at(6 * MINUTE)), (NEW, at(6 * MINUTE), at(0))] {
        assert!(matches!(shop.tell("m1", &good, by, (sent, heard)).await, Err(HearingError::Not(_))));
    }
    let elsewhere = WebhookHeaders { id: "m1", timestamp: "", signature: "" };
    let nobody = shop.house.service.hear_payment("offline", elsewhere, good.as_bytes(), at(0), &mut entropy::fill).await;
    assert!(matches!(nobody, Err(HearingError::NoProvider)), "transfers have no callback");
    assert_eq!(shop.house.service.audit_trail(&Warrant::of_operator("test"), 0, 10_000).await.unwrap().len(), events, "nothing changed");

    // Given up, in the wrong amount, right with the old secret, again as the same and as another message, and a second payment.
    shop.tell_now("m2", "payment.closed", number, "", 0, at(0)).await;
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Placed);
    shop.tell_now("m3", PAID, number, "G-0", 1, at(0)).await;
    shop.tell("m4", &good, OLD, (at(MINUTE), at(MINUTE))).await.unwrap();
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Paid);
    for message in ["m4", "m5"] {
        shop.tell(message, &good, NEW, (at(2 * MINUTE), at(2 * MINUTE))).await.unwrap();
    }
    shop.tell_now("m6", PAID, number, "G-2", 15_000, at(3 * MINUTE)).await;
    shop.tell_now("m7", PAID, number, "G-1", 1, at(3 * MINUTE)).await;
    let paid = shop.order(&order.number).await;
    let standings: Vec<Standing> = paid.payments.iter().map(|payment| payment.entry.standing).collect();
    assert_eq!(standings, [Standing::DueBack(Because::WrongAmount), Standing::Kept, Standing::DueBack(Because::PaidBefore)]);
    let outcomes: Vec<String> = shop.beside.notices_of(&order.number).await.unwrap().into_iter().map(|n| n.outcome).collect();
    assert_eq!(outcomes, ["closed", "due-back", "kept", "known", "due-back", "differs"]);

    // A refund that nobody asked for is what happened; one of another amount is looked at.
    shop.tell_now("m8", BACK, number, "G-1", 1, at(4 * MINUTE)).await;
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Paid);
    shop.tell_now("m9", BACK, number, "G-1", 15_000, at(5 * MINUTE)).await;
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Refunded);
    assert!(shop.beside.odd_notices(50).await.unwrap().len() >= 2);
    unasked(shop, student, claim, &order.number).await;

    // The refund is told of before its payment; a payment comes after the order was cancelled; an order that nobody knows.
    let other = shop.claim(student, at(0)).await;
    let order = shop.placed(student, other, at(0)).await;
    shop.tell_now("n1", BACK, order.number.as_str(), "G-3", 15_000, at(MINUTE)).await;
    shop.tell_now("n2", PAID, order.number.as_str(), "G-3", 15_000, at(2 * MINUTE)).await;
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Placed, "it came and went");
    shop.house.service.cancel_own_order(student, &order.number, at(3 * MINUTE)).await.unwrap();
    assert_eq!(shop.state(other).await, ClaimState::Submitted);
    shop.tell_now("n3", PAID, order.number.as_str(), "G-4", 15_000, at(4 * MINUTE)).await;
    let late = shop.order(&order.number).await;
    assert_eq!((late.state(), late.payments[1].entry.standing), (OrderState::Cancelled, Standing::DueBack(Because::OrderOver)));
    shop.tell_now("n4", PAID, "YX2026112000000000", "G-5", 15_000, at(4 * MINUTE)).await;
    shop.tell_now("n5", PAID, "no such number", "G-6", 100, at(4 * MINUTE)).await;
    let due = shop.beside.payments_due_back(100).await.unwrap();
    let unassigned: Vec<&str> = due.iter().filter(|due| due.order.is_none()).map(|due| due.payment.named.as_str()).collect();
    assert_eq!(unassigned, ["YX2026112000000000", "no such number"]);
    // One transaction for two orders is a contradiction.
    shop.tell_now("n6", PAID, number, "G-4", 15_000, at(5 * MINUTE)).await;
    assert_eq!(shop.order(&order.number).await.payments.len(), 2);
    shop.tell_now("n7", BACK, "no such number", "G-6", 100, at(5 * MINUTE)).await;
    assert_eq!(shop.beside.payments_due_back(100).await.unwrap().iter().filter(|due| due.order.is_none()).count(), 1);
    // The claim can have another order, and refusing it asks for the money back; the gateway's notice then confirms.
    let order = shop.placed(student, other, at(6 * MINUTE)).await;
    shop.tell_now("n8", PAID, order.number.as_str(), "G-7", 15_000, at(7 * MINUTE)).await;
    let payment = shop.order(&order.number).await.payments[0].id.clone();
    let refund = async |now| shop.house.service.gateways_refund(&shop.cashier, &payment, now).await.unwrap();
    assert_eq!(refund(at(7 * MINUTE)).await, None, "it pays the order");
    shop.beside.withdraw_claim(student.visitor().id(), other, at(8 * MINUTE)).await.unwrap();
    assert!(refund(at(8 * MINUTE)).await.unwrap().starts_with("https://pay.example.cn/refund?"));
    shop.tell_now("n9", BACK, order.number.as_str(), "G-7", 15_000, at(9 * MINUTE)).await;
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Refunded);
}

/// What becomes of a claim whose fee the gateway has paid back by itself: nothing is certified for which nothing is kept.
async fn unasked(shop: &Shop, student: &Student, claim: ClaimId, refunded: &OrderNumber) {
    let (service, cashier, now) = (&shop.house.service, &shop.cashier, at(5 * MINUTE));
    let listed = async || {
        let unasked = service.cash_desk(cashier).await.unwrap().unasked;
        unasked.into_iter().find(|(order, _)| order.number == *refunded).map(|(_, state)| state)
    };
    let record = shop.beside.claim(claim).await.unwrap().unwrap();
    assert_eq!((record.state, record.due), (ClaimState::Submitted, None), "it waits to be paid anew");
    assert_eq!(record.pay_until, now.plus_millis(14 * DAY));
    assert_eq!(shop.notices().last(), Some(&Notification::PaidBackUnasked { amount: fen(15_000) }));
    assert!(service.own_claim(student, claim, now).await.unwrap().unwrap().is_paid_back());
    assert_eq!(listed().await, Some(ClaimState::Submitted));
    // Told again, nothing happens; a coupon-less order takes the place of the one that was refunded, and then the claim goes on.
    shop.tell_now("m10", BACK, refunded.as_str(), "G-1", 15_000, now).await;
    let again = shop.placed(student, claim, now).await;
    assert_ne!(again.number, *refunded);
    shop.tell_now("m11", PAID, again.number.as_str(), "G-1b", 15_000, now).await;
    assert_eq!((shop.state(claim).await, listed().await), (ClaimState::AwaitingVerification, None));
    assert!(!service.own_claim(student, claim, now).await.unwrap().unwrap().is_paid_back());
    let history = shop.beside.claim_history(claim).await.unwrap();
    assert_eq!(history.iter().filter(|one| one.event == Some(ClaimEvent::Unpay)).count(), 1);
    // Paid back once more and left alone, it lapses.
    shop.tell_now("m12", BACK, again.number.as_str(), "G-1b", 15_000, now).await;
    service.sweep_claims(now.plus_millis(14 * DAY)).await.unwrap();
    assert_eq!((shop.state(claim).await, listed().await), (ClaimState::Withdrawn, None));
}

fn coupon(code: &str, worth: Worth, most: Option<u32>, offer: Option<&str>) -> Coupon {
    Coupon {
        code: CouponCode::parse_typed(code).unwrap(),
        name: "早鸟优惠".into(),
        worth,
        period: Period::new(at(0), at(10 * DAY)).unwrap(),
        most,
        per_account: 1,
        offer: offer.map(ToOwned::to_owned),
    }
}

/// Coupons are redeemed, spent once, given back; a free order is paid at once.
async fn coupons(shop: &Shop, student: &Student, other: &Student) {
    let service = &shop.house.service;
    let make = async |coupon| service.make_coupon(&shop.cashier, coupon, at(0)).await;
    let twenty = make(coupon("EARLY20", Worth::Percent(20), Some(2), None)).await.unwrap();
    assert!(matches!(make(coupon("early-20", Worth::Percent(1), None, None)).await, Err(MakeCouponError::Taken)));
    assert!(matches!(make(coupon("NOOFFER", Worth::Percent(1), None, Some("none"))).await, Err(MakeCouponError::NoOffer(_))));
    make(coupon("OTHERONE", Worth::Fixed(fen(100)), None, Some("ai-intermediate"))).await.unwrap();
    let from = IpAddr::from([192, 0, 2, 77]);
    let redeem = async |student: &Student, code: &str, now: Instant| {
        let code = CouponCode::parse_typed(code).unwrap();
        match service.redeem_coupon(student, &code, from, now, &mut entropy::fill).await {
            Ok(()) => Ok(()),
            Err(RedeemError::Ordering(OrderingError::Coupon(refusal))) => Err(Some(refusal)),
            Err(RedeemError::Limited(_)) => Err(None),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(redeem(student, "early 20", at(-1)).await, Err(Some(CouponRefusal::Early)));
    assert_eq!(redeem(student, "EARLY20", at(0)).await, Ok(()));
    assert_eq!(redeem(student, "EARLY20", at(0)).await, Err(Some(CouponRefusal::Had)));
    assert_eq!(redeem(student, "OTHERONE", at(0)).await, Ok(()));
    // Given to two telephones, of which one has it and one has no account yet; then there are no more.
    let list = TelephoneList::parse("13800138001\n13800138055").unwrap();
    let given = service.give_coupon(&shop.cashier, twenty, list, at(0), &mut entropy::fill).await.unwrap();
    assert_eq!(given, Given { new: 1, had: 1, left: 0 });
    assert_eq!(redeem(other, "EARLY20", at(0)).await, Err(Some(CouponRefusal::Gone)));
    let late = shop.house.student("13800138055", "钱多多").await;
    assert_eq!(service.own_coupons(&late).await.unwrap().len(), 1, "it waited for the telephone");
    // Guessing ends.
    let mut tries = Vec::new();
    for n in 0..12 {
        tries.push(redeem(other, &format!("GUESS{n:02}"), at(MINUTE)).await);
    }
    assert!(tries.contains(&Err(Some(CouponRefusal::Unknown))) && tries.last() == Some(&Err(None)), "{tries:?}");

    let grants = service.own_coupons(student).await.unwrap();
    let grant = |name: &str| grants.iter().find(|grant| grant.coupon.coupon.code.as_str() == name).unwrap().id.clone();
    let (early, elsewhere) = (grant("EARLY20"), grant("OTHERONE"));
    let claim = shop.claim(student, at(0)).await;
    let plain = shop.placed(student, claim, at(0)).await;
    assert_eq!(service.grants_for(student, &plain, at(0)).await.unwrap().len(), 1, "the other is for another offer");
    let refused = async |grant: &str| match shop.place(student, claim, CouponChoice::Grant(grant), at(0)).await {
        Err(OrderingError::Coupon(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&elsewhere).await, CouponRefusal::OtherOffer);
    assert_eq!(refused("none").await, CouponRefusal::Spent);
    assert_eq!(shop.order(&plain.number).await.state(), OrderState::Placed, "nothing was done");
    let cheaper = shop.place(student, claim, CouponChoice::Grant(&early), at(0)).await.unwrap();
    assert_eq!((cheaper.ledger.due(), cheaper.off), (fen(12_000), fen(3_000)));
    assert_ne!(cheaper.number, plain.number, "a number stands for one amount");
    assert_eq!((shop.order(&plain.number).await.state(), shop.state(claim).await), (OrderState::Cancelled, ClaimState::AwaitingPayment));
    assert_eq!(shop.place(student, claim, CouponChoice::Grant(&early), at(0)).await.unwrap().number, cheaper.number);
    let second = shop.claim(student, at(0)).await;
    let spent = shop.place(student, second, CouponChoice::Grant(&early), at(0)).await;
    assert!(matches!(spent, Err(OrderingError::Coupon(CouponRefusal::Spent))));
    assert_eq!(shop.state(second).await, ClaimState::Submitted, "nothing was done");
    // What is not paid in time gives it back.
    service.expire_orders(at(7 * DAY - 1)).await.unwrap();
    assert_eq!(shop.order(&cheaper.number).await.state(), OrderState::Placed);
    assert!(service.expire_orders(at(7 * DAY)).await.unwrap() >= 1);
    assert_eq!((shop.order(&cheaper.number).await.state(), shop.state(claim).await), (OrderState::Cancelled, ClaimState::Submitted));
    let again = shop.place(student, second, CouponChoice::Grant(&early), at(7 * DAY)).await.unwrap();
    // Lapsing ends the order and gives the grant back too.
    let late = shop.place(student, claim, CouponChoice::Unsaid, at(14 * DAY)).await;
    assert!(matches!(late, Err(OrderingError::Order(OrderError::Late))));
    service.sweep_claims(at(15 * DAY)).await.unwrap();
    assert_eq!((shop.order(&again.number).await.state(), shop.state(second).await), (OrderState::Cancelled, ClaimState::Withdrawn));

    // All of it off: paid at once, refunded at once, and the coupon stays spent.
    make(coupon("FREE100", Worth::Percent(100), None, None)).await.unwrap();
    assert_eq!(redeem(student, "FREE100", at(DAY)).await, Ok(()));
    let free = service.own_coupons(student).await.unwrap().into_iter().find(|g| g.coupon.coupon.worth == Worth::Percent(100)).unwrap();
    let claim = shop.claim(student, at(DAY)).await;
    let order = shop.place(student, claim, CouponChoice::Grant(&free.id), at(DAY)).await.unwrap();
    assert_eq!((order.state(), shop.state(claim).await), (OrderState::Paid, ClaimState::AwaitingVerification));
    shop.beside.withdraw_claim(student.visitor().id(), claim, at(DAY)).await.unwrap();
    assert_eq!(shop.order(&order.number).await.state(), OrderState::Refunded);
    let nothing = shop.claim_of(student, "twin-senior", Fen::ZERO, at(DAY)).await;
    assert_eq!(shop.placed(student, nothing, at(DAY)).await.state(), OrderState::Paid, "an offer that costs nothing");

    // A withdrawn coupon is void.
    assert!(service.withdraw_coupon(&shop.cashier, twenty, at(DAY)).await.unwrap());
    assert!(!service.withdraw_coupon(&shop.cashier, twenty, at(DAY)).await.unwrap());
    let claim = shop.claim(student, at(DAY)).await;
    let void = shop.place(student, claim, CouponChoice::Grant(&early), at(DAY)).await;
    assert!(matches!(void, Err(OrderingError::Coupon(CouponRefusal::Unknown))));
    assert_eq!(redeem(student, "OTHERONE", at(10 * DAY)).await, Err(Some(CouponRefusal::Over)));
    // Another's claim and order are not there.
    assert!(matches!(shop.place(other, claim, CouponChoice::Unsaid, at(DAY)).await, Err(OrderingError::Claim(ClaimError::Unknown))));
    assert!(service.own_order(other, &order.number).await.unwrap().is_none());
    let stranger = service.cancel_own_order(other, &shop.placed(student, claim, at(DAY)).await.number, at(DAY)).await;
    assert!(matches!(stranger, Err(OrderingError::Order(OrderError::Unknown))));
}

/// Several servers spend one grant at once, and several tell of one payment and of many for one order.
async fn at_once(shop: &Shop, student: &Student) {
    let mut servers = vec![shop.beside.clone()];
    for _ in 0..3 {
        servers.push(Arc::new(shop::beside(&shop.house.service).await));
    }
    shop.house.service.make_coupon(&shop.cashier, coupon("ONCEONLY", Worth::Fixed(fen(5_000)), Some(1), None), at(0)).await.unwrap();
    let (account, telephone) = (student.visitor().id(), student.visitor().telephone().clone());
    // One of the last coupon.
    let redeeming: Vec<_> = (0..4)
        .map(|n| {
            let (server, telephone) = (servers[n].clone(), telephone.clone());
            let code = CouponCode::parse_typed("ONCEONLY").unwrap();
            tokio::spawn(async move { server.redeem_coupon(&code, (account, &telephone), &format!("grant-{n}"), at(0)).await })
        })
        .collect();
    let mut redeemed = 0;
    for one in redeeming {
        redeemed += usize::from(one.await.unwrap().is_ok());
    }
    assert_eq!(redeemed, 1);
    let grants = shop.beside.grants_of(account, &telephone).await.unwrap();
    let grant = grants.iter().find(|grant| grant.coupon.coupon.code.as_str() == "ONCEONLY").unwrap().id.clone();
    // Spent by one of four orders for four claims.
    let mut claims = Vec::new();
    for _ in 0..4 {
        claims.push(shop.claim(student, at(0)).await);
    }
    let spending: Vec<_> = claims
        .iter()
        .enumerate()
        .map(|(n, claim)| {
            let (server, telephone, grant, claim) = (servers[n].clone(), telephone.clone(), grant.clone(), *claim);
            tokio::spawn(async move {
                let number = OrderNumber::new(at(0), [200, 1, 1, 1, u8::try_from(n).unwrap()]);
                let new = NewOrder {
                    number: &number,
                    claim,
                    account: (account, &telephone),
                    coupon: CouponChoice::Grant(&grant),
                    item: "x",
                    item_en: "x",
                    payee: "x",
                    expires: at(DAY),
                    at: at(0),
                };
                server.place_order(new).await
            })
        })
        .collect();
    let mut orders = Vec::new();
    for one in spending {
        match one.await.unwrap() {
            Ok(order) => orders.push(order),
            Err(RegistryError::Coupon(CouponRefusal::Spent)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(orders.len(), 1, "a grant is spent once");
    let order = orders.remove(0);
    // Two clicks that place an order for one claim at once.
    let claim = claims.iter().copied().find(|claim| *claim != order.claim).unwrap();
    let clicking: Vec<_> = (0..4)
        .map(|n| {
            let (server, telephone) = (servers[n].clone(), telephone.clone());
            tokio::spawn(async move {
                let number = OrderNumber::new(at(0), [201, 1, 1, 1, u8::try_from(n).unwrap()]);
                let new = NewOrder {
                    number: &number,
                    claim,
                    account: (account, &telephone),
                    coupon: CouponChoice::Unsaid,
                    item: "x",
                    item_en: "x",
                    payee: "x",
                    expires: at(DAY),
                    at: at(0),
                };
                server.place_order(new).await.unwrap().number
            })
        })
        .collect();
    let mut numbers = std::collections::BTreeSet::new();
    for one in clicking {
        numbers.insert(one.await.unwrap());
    }
    assert_eq!(numbers.len(), 1, "one order");
    // One payment told of by eight messages, and seven others for the same order, to four servers.
    let telling: Vec<_> = (0..16_usize)
        .map(|n| {
            let (server, named) = (servers[n % 4].clone(), order.number.to_string());
            tokio::spawn(async move {
                let transaction = if n < 8 { "R-0".to_owned() } else { format!("R-{n}") };
                let received = yinxin::domain::order::Received {
                    provider: "trial".into(),
                    transaction: Transaction::parse(&transaction).unwrap(),
                    amount: fen(10_000),
                    paid_at: at(0),
                };
                let notice = PaymentNotice { message: format!("race-{n}"), kind: NoticeKind::Paid, named, received };
                server.take_notice(&notice, "trial", at(MINUTE)).await.unwrap().outcome
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for one in telling {
        outcomes.push(one.await.unwrap());
    }
    let count = |outcome: Outcome| outcomes.iter().filter(|other| **other == outcome).count();
    assert_eq!((count(Outcome::Kept), count(Outcome::Known), count(Outcome::DueBack(Because::PaidBefore))), (1, 7, 8));
    let order = shop.order(&order.number).await;
    assert_eq!((order.state(), order.payments.len()), (OrderState::Paid, 9));
    let paid = shop.beside.claim_history(order.claim).await.unwrap();
    assert_eq!(paid.iter().filter(|moved| matches!(moved.event, Some(ClaimEvent::Pay { .. }))).count(), 1, "the claim went on once");
}

async fn told_on(database: Option<&str>) {
    let shop = Shop::open(database).await;
    let (student, other) = (shop.house.student("13800138001", "欧阳明远").await, shop.house.student("13800138002", "李明").await);
    transfers(&shop, &student).await;
    notices(&shop, &student).await;
    coupons(&shop, &student, &other).await;
    at_once(&shop, &student).await;
    let trail = shop.house.service.audit_trail(&Warrant::of_operator("test"), 0, 100_000).await.unwrap();
    for action in
        ["place order", "cancel order", "payment.succeeded", "refund.succeeded", "ask refund", "pay back", "make coupon", "give coupon"]
    {
        assert!(trail.iter().any(|event| event.action == action), "{action}");
    }
    for private in ["13800138001", "欧阳", "EARLY20", "13800138055"] {
        assert!(!trail.iter().any(|event| format!("{event:?}").contains(private)), "{private}");
    }
    assert_eq!(shop.beside.verify_event_chain().await.unwrap(), None);
    if database.is_none() {
        // Whoever has the file alone learns no telephone from it.
        let file = std::fs::read(shop.house.folder.path().join("registry.sqlite")).unwrap();
        let telephone = Telephone::parse("13800138055").unwrap();
        assert!(!file.windows(11).any(|bytes| bytes == telephone.as_str().as_bytes()));
    }
}

#[tokio::test]
async fn sqlite() {
    told_on(None).await;
}

#[tokio::test]
async fn postgres() {
    let Some(postgres) = common::Postgres::start() else { return };
    told_on(Some(&postgres.url())).await;
}
