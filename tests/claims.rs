//! From an award to the ability certificate that it entitles to, on both databases, with the clock in hand: the catalogue, the deadlines to the
//! instant, both verifications, payment, a return, a refusal, the certificate.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the house, the world and the pictures have more than this test needs")]

#[path = "common/canghai.rs"]
mod canghai;
mod common;
#[path = "common/house.rs"]
mod house;
#[path = "claims/machine.rs"]
mod machine;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/receiver.rs"]
mod receiver;
#[path = "common/shop.rs"]
mod shop;
#[path = "common/world.rs"]
mod world;

use yinxin::domain::award::AbilityLevel;
use yinxin::domain::claim::{ClaimId, ClaimState, NotPossible};
use yinxin::domain::holding::Obstacle;
use yinxin::domain::identity::IdentityDocument;
use yinxin::domain::issuer::Slug;
use yinxin::domain::money::Fen;
use yinxin::domain::offer::{NotOpen, Offer, OfferState, Until};
use yinxin::domain::offer_form::{Typed, TypedRule};
use yinxin::domain::order::{OrderState, Outcome, Received, Transaction};
use yinxin::domain::proofing::{CaseKind, Slot};
use yinxin::domain::status::CorrectionReason;
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::registry::{ClaimError, ClaimFilter, CouponChoice, NoticeKind, PaymentNotice, RegistryError, Ruling};
use yinxin::service::ServiceError;
use yinxin::service::access::{Cashier, CentreReviewer, ContestMandate, Student};
use yinxin::service::claims::{ClaimRefusal, ClaimStanding, OwnClaim, read_contact};
use yinxin::service::contests::SaveError;
use yinxin::service::entropy;
use yinxin::service::holdings::AwardProgress;
use yinxin::service::import::ListFile;
use yinxin::service::issue::Order;
use yinxin::service::messages::{Notification, Text};
use yinxin::service::orders::cashier::Transfer;
use yinxin::service::payment::OFFLINE;
use yinxin::service::progress::Silent;

use canghai::{CONTEST, LI, MING, at};
use house::{House, card, identity_of};
use pictures::{WHITE, jpeg, plain};

const LIST: &str = "赛事,赛类,科目,作品,奖项,角色,姓名,手机号,证件号码,学校\n\
    canghai-1,软件类,C/C++程序设计,星海,一等奖,获奖选手,欧阳明远,13800138000,11010519491231002X,北京大学\n\
    canghai-1,软件类,C/C++程序设计,拾光,二等奖,获奖选手,李明,13800138001,449900200101020031,清华大学\n\
    canghai-1,电子类,嵌入式设计,听潮,三等奖,获奖选手,赵一,13800138003,119900200101020035,北京大学\n";

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn operator() -> ContestMandate {
    ContestMandate::of_operator("test")
}

fn form(id: &str, series: &str, fee: &str, rule: TypedRule) -> Typed {
    Typed {
        id: id.into(),
        title: "区块链金融行业工程师".into(),
        level: "junior".into(),
        name: "信息化人才岗位能力评价".into(),
        short_name: "岗位能力评价".into(),
        issuer: "rencai".into(),
        template: "ability".into(),
        pattern: "GXRCPJ{series:3}{year}{seq:5}".into(),
        series: series.into(),
        fee: fee.into(),
        opens: "2026-11-20".into(),
        closes: "2027-01-15".into(),
        rules: vec![TypedRule { contest: "canghai-1".into(), ..rule }],
        ..Typed::default()
    }
}

fn offer(id: &str, series: &str, fee: &str, rule: TypedRule) -> Offer {
    form(id, series, fee, rule).parse().unwrap()
}

fn reason(text: &str) -> CorrectionReason {
    CorrectionReason::parse(text).unwrap()
}

impl House {
    /// The centre's verification, sent in and approved.
    async fn centre(&self, student: &Student, centre: &CentreReviewer, (name, number): (&str, &str), now: Instant) {
        self.picture(student, (CaseKind::Centre, Slot::Portrait), jpeg(plain(295, 413, WHITE), 90), now).await;
        for slot in [Slot::CardFront, Slot::CardBack] {
            self.picture(student, (CaseKind::Centre, slot), card(), now).await;
        }
        self.service.send_in(&student.into(), CaseKind::Centre, &identity_of(name, number), now).await.unwrap();
        let case = self.service.next_case(centre, None, now).await.unwrap().unwrap();
        self.service.rule(centre, case, Ruling::Approve, now, &mut entropy::fill).await.unwrap();
    }

    /// How an offer stands for the one award of a student.
    async fn standing(&self, student: &Student, offer: &str, now: Instant) -> ClaimStanding {
        let award = self.service.holdings(student, now).await.unwrap().own.remove(0).id;
        self.service.claimable(student, &award, &slug(offer), now).await.unwrap().unwrap().standing
    }

    async fn claim(&self, student: &Student, offer: &str, now: Instant) -> Result<ClaimId, ClaimRefusal> {
        let own = self.service.holdings(student, now).await.unwrap().own;
        let award = &own.iter().find(|own| own.award.programme == slug("canghai-1")).unwrap().id;
        let contact = read_contact("13900139000", "ming@example.cn").unwrap();
        self.service.submit_claim(student, (award, &slug(offer)), &contact, now).await
    }

    async fn own(&self, student: &Student, id: ClaimId, now: Instant) -> OwnClaim {
        self.service.own_claim(student, id, now).await.unwrap().unwrap()
    }

    async fn paid(&self, student: &Student, cashier: &Cashier, id: ClaimId, now: Instant) -> Outcome {
        let service = &self.service;
        let order = service.place_order(student, id, CouponChoice::Unsaid, now, &mut entropy::fill).await.unwrap();
        assert_eq!(order.ledger.due(), Fen::parse_yuan("150").unwrap());
        let reference = Transaction::parse(&format!("BANK-{id}")).unwrap();
        let transfer = Transfer { reference, amount: order.ledger.due(), day: now.beijing_date() };
        let outcome = service.confirm_transfer(cashier, &order.number, &transfer, now, &mut entropy::fill).await.unwrap();
        // The same again is heard, and changes nothing.
        service.confirm_transfer(cashier, &order.number, &transfer, now, &mut entropy::fill).await.unwrap();
        outcome
    }

    async fn issue(&self, now: Instant) -> u64 {
        let (programmes, clock) = ([slug("chain-junior"), slug("ai-free")], move || now);
        self.service
            .issue(&self.room, &Order { programmes: &programmes, out: None, clock: &clock, progress: &Silent })
            .await
            .unwrap()
            .issued
    }
}

fn not_possible(result: Result<(), ClaimRefusal>) -> ClaimState {
    match result {
        Err(ClaimRefusal::Claim(ClaimError::NotPossible(NotPossible { state, .. }))) => state,
        other => panic!("{other:?}"),
    }
}

async fn catalogue(house: &House) {
    let (service, now) = (&house.service, at("2026-11-20"));
    let chain = offer("chain-junior", "101", "150", TypedRule { categories: "软件类".into(), ..TypedRule::default() });
    service.add_offer(&chain, &operator(), now).await.unwrap();
    let free = offer("ai-free", "102", "0", TypedRule { levels: "一等奖".into(), ..TypedRule::default() });
    service.add_offer(&free, &operator(), now).await.unwrap();
    // No two give the same numbers, no rule is about nothing, no id is taken twice.
    let same = offer("other", "101", "1", TypedRule::default());
    assert!(matches!(service.add_offer(&same, &operator(), now).await, Err(SaveError::Numbers { .. })));
    let taken = offer("ability-2024", "103", "1", TypedRule::default());
    assert!(matches!(service.add_offer(&taken, &operator(), now).await, Err(SaveError::Exists(_))));
    let mut nowhere = offer("other", "103", "1", TypedRule::default());
    nowhere.rules[0].contest = slug("nowhere");
    assert!(matches!(service.add_offer(&nowhere, &operator(), now).await, Err(SaveError::NoContest(_))));

    let overview = service.offer_overview(&operator(), &slug("chain-junior")).await.unwrap().unwrap();
    assert_eq!((overview.awards, overview.by_rule, overview.record.state), (2, vec![2], OfferState::Draft));
    assert_eq!(service.offer_overview(&operator(), &slug("ai-free")).await.unwrap().unwrap().awards, 1);
    assert!(!service.programmes().await.unwrap().iter().any(|p| p.id == slug("chain-junior")), "a draft issues nothing");
    for id in ["chain-junior", "ai-free"] {
        service.set_offer_state(&slug(id), OfferState::Published, &operator(), now).await.unwrap();
    }
    // What a certificate would state is fixed; period and rules are not.
    let dearer = Offer { fee: Fen::parse_yuan("200").unwrap(), ..chain.clone() };
    let refused = service.save_offer(&dearer, &operator(), now).await;
    assert!(
        matches!(refused, Err(SaveError::Service(ServiceError::Registry(RegistryError::Claim(ClaimError::OfferFixed(_)))))),
        "{refused:?}"
    );
    service.save_offer(&Offer { level: AbilityLevel::Junior, ..chain }, &operator(), now).await.unwrap();
}

async fn story(house: &House, database: Option<&str>) {
    let service = &house.service;
    let list = ListFile { name: "list.csv", bytes: LIST.as_bytes(), programme: None, portraits: &|_| None };
    service.import(&list, &operator(), at("2026-11-20")).await.unwrap();
    service.publish_notice(&slug("canghai-1"), &operator(), at("2026-11-20 12:00")).await.unwrap();
    catalogue(house).await;
    let listener = machine::Listener::open(house, at("2026-11-20")).await;
    let (ming, li) = (house.student("13800138000", "欧阳明远").await, house.student("13800138001", "李明").await);
    let reviewer = house.reviewer("13700137001").await;
    let centre = house.staff("13700137002", "centre-reviewer").await.centre_reviewer().unwrap();
    let cashier = house.staff("13700137003", "cashier").await.cashier().unwrap();

    // Everything that is missing is said, and the deadline is that of the contest, since it is the earlier one.
    let (opens, closes) = (at("2026-11-26"), at("2026-12-31 24:00"));
    let ClaimStanding::Barred(obstacles) = house.standing(&ming, "chain-junior", at("2026-11-22")).await else { panic!("barred") };
    assert!(
        matches!(obstacles[..], [Obstacle::NotVerified { real_name: true, enrolment: true, .. }, Obstacle::NotYet(_)]),
        "{obstacles:?}"
    );
    assert!(matches!(house.claim(&ming, "chain-junior", opens).await, Err(ClaimRefusal::Barred)));
    house.send_both(&ming, ("欧阳明远", MING), "北京大学", at("2026-11-22")).await;
    house.send_both(&li, ("李明", LI), "清华大学", at("2026-11-22")).await;
    house.approve_all(&reviewer, at("2026-11-23")).await;
    let before = opens.plus_millis(-1);
    assert!(matches!(house.standing(&ming, "chain-junior", before).await, ClaimStanding::Barred(_)), "the notice runs");
    assert!(matches!(house.standing(&ming, "chain-junior", opens).await, ClaimStanding::Open(Until(until)) if until == closes));
    assert!(matches!(house.standing(&ming, "chain-junior", closes.plus_millis(-1)).await, ClaimStanding::Open(_)));
    assert!(matches!(house.standing(&ming, "chain-junior", closes).await, ClaimStanding::NotOpen(NotOpen::Closed { at }) if at == closes));
    assert!(matches!(house.claim(&ming, "chain-junior", closes).await, Err(ClaimRefusal::NotOpen(_))));

    // Once for each award and certificate; whose it is not, for them it is not there.
    let contact = read_contact("12", "nobody");
    assert!(matches!(contact, Err(ClaimRefusal::Contact { telephone: Some(_), email: Some(_) })));
    let claim = house.claim(&ming, "chain-junior", at("2026-11-27")).await.unwrap();
    let twice = house.claim(&ming, "chain-junior", at("2026-11-27")).await;
    assert!(matches!(twice, Err(ClaimRefusal::Claim(ClaimError::Twice(id))) if id == claim), "{twice:?}");
    assert!(service.own_claim(&li, claim, at("2026-11-27")).await.unwrap().is_none());
    let theirs = service.withdraw_claim(&li, claim, at("2026-11-27")).await;
    assert!(matches!(theirs, Err(ClaimRefusal::Claim(ClaimError::Unknown))), "{theirs:?}");

    let number = certified(house, (&ming, claim), &centre, &cashier).await;
    let lapsed = lapses(house, &li).await;
    let refused = refused(house, &li, &centre, &cashier).await;
    let free = free(house, &ming, &centre).await;

    // An employer finds it by number and by document, with its own issuer.
    let found = service.look_up_number(&number.parse().unwrap(), at("2027-02-01")).await.unwrap().unwrap();
    assert_eq!(found.issuer.id, slug("rencai"));
    let document = IdentityDocument::parse_any(MING).unwrap();
    let theirs = service.look_up_identity(&document, at("2027-02-01")).await.unwrap();
    assert_eq!(theirs.iter().map(|one| one.number.to_string()).collect::<Vec<_>>(), [number.as_str(), "GXRCPJ102202600001"]);
    refunded_late(house, (&ming, claim), &cashier).await;
    let whole = ["claim.submitted", "claim.paid", "claim.in_review", "claim.returned", "claim.in_review", "claim.approved", "claim.issued"];
    let told: [(ClaimId, &[&str]); 4] = [
        (claim, &whole),
        (lapsed, &["claim.submitted", "claim.withdrawn"]),
        (refused, &["claim.submitted", "claim.paid", "claim.in_review", "claim.refused"]),
        (free, &["claim.submitted", "claim.paid", "claim.in_review", "claim.approved", "claim.issued"]),
    ];
    listener.heard(house, &told, &number).await;
    machine::asked(house, &[(claim, "issued"), (lapsed, "withdrawn"), (refused, "refused"), (free, "issued")], &number).await;
    machine::archived(house, claim, &[ming.visitor().id().to_string(), li.visitor().id().to_string()]).await;
    another_number(house, (&ming, claim), &li, &centre).await;
    house.has_nothing_in_the_clear(database, "claim", &["ming@example.cn", "13900139000", "照片不清楚", "不在本期范围", MING, LI]);
}

/// What the gateway pays back by itself after the approval does not unmake a certificate; the cashier sees it.
async fn refunded_late(house: &House, (ming, claim): (&Student, ClaimId), cashier: &Cashier) {
    let (service, now) = (&house.service, at("2027-01-31"));
    let received = Received {
        provider: OFFLINE.into(),
        transaction: Transaction::parse(&format!("BANK-{claim}")).unwrap(),
        amount: Fen::parse_yuan("150").unwrap(),
        paid_at: now,
    };
    let beside = shop::beside(service).await;
    assert!(service.cash_desk(cashier).await.unwrap().unasked.is_empty());
    let order = service.own_orders(ming).await.unwrap().into_iter().find(|order| order.claim == claim).unwrap();
    let notice = PaymentNotice { message: "late".into(), kind: NoticeKind::PaidBack, named: order.number.to_string(), received };
    let taken = beside.take_notice(&notice, "test", now).await.unwrap();
    assert_eq!((taken.order.unwrap().state(), taken.is_claim_unpaid), (OrderState::Refunded, false));
    let unasked = service.cash_desk(cashier).await.unwrap().unasked;
    assert_eq!(unasked.iter().map(|(order, state)| (order.claim, *state)).collect::<Vec<_>>(), [(claim, ClaimState::Issued)]);
}

/// Whoever changed the telephone is not marked for it: the list's number was theirs when the list came, whoever has it now.
async fn another_number(house: &House, (ming, claim): (&Student, ClaimId), li: &Student, centre: &CentreReviewer) {
    let (service, now) = (&house.service, at("2027-02-01"));
    let beside = shop::beside(service).await;
    let (old, new) = (ming.visitor().telephone().clone(), Telephone::parse("13900139001").unwrap());
    for (who, number) in [(ming, &new), (li, &old)] {
        assert!(beside.set_telephone(who.visitor().id(), number, now).await.unwrap());
        let file = service.claim_file(centre, claim, now).await.unwrap().unwrap();
        assert_eq!((file.account.telephone, file.is_earlier_telephone, file.warnings), (new.clone(), true, Vec::new()));
    }
    let award = house.own(ming, claim, now).await.record.award;
    assert!(!beside.is_listed_under(&award, li.visitor().id()).await.unwrap(), "who has the number now had it not then");
}

/// A claim that nobody pays for lapses, to the instant, and can be made again.
async fn lapses(house: &House, li: &Student) -> ClaimId {
    let service = &house.service;
    let first = house.claim(li, "chain-junior", at("2026-11-27")).await.unwrap();
    let until = house.own(li, first, at("2026-11-27")).await.record.pay_until;
    assert_eq!(until, at("2026-12-11"));
    service.place_order(li, first, CouponChoice::Unsaid, at("2026-12-10"), &mut entropy::fill).await.unwrap();
    assert_eq!(machine::gauge(house, "yinxin_orders_placed", None, until).await, 1);
    assert_eq!(machine::gauge(house, "yinxin_claims_open", Some("awaiting-payment"), until).await, 1);
    assert_eq!(service.sweep_claims(until.plus_millis(-1)).await.unwrap(), 0);
    assert_eq!(service.sweep_claims(until).await.unwrap(), 1);
    assert_eq!(house.own(li, first, until).await.record.state, ClaimState::Withdrawn);
    assert_eq!(service.own_orders(li).await.unwrap()[0].state(), OrderState::Cancelled);
    assert!(matches!(house.standing(li, "chain-junior", until).await, ClaimStanding::Open(_)));
    assert_eq!(machine::gauge(house, "yinxin_orders_placed", None, until).await, 0);
    assert_eq!(machine::gauge(house, "yinxin_claims_open", Some("awaiting-payment"), until).await, 0);
    first
}

/// Paid, verified, sent back, put right, approved, issued once. Answers the number.
async fn certified(house: &House, (ming, claim): (&Student, ClaimId), centre: &CentreReviewer, cashier: &Cashier) -> String {
    let (service, now) = (&house.service, at("2026-11-28"));
    assert_eq!(house.paid(ming, cashier, claim, now).await, Outcome::Kept);
    assert_eq!(house.own(ming, claim, now).await.record.state, ClaimState::AwaitingVerification);
    assert_eq!(service.approve_claims(centre, &[claim], now).await.unwrap().left, [claim], "not without the centre's verification");
    house.centre(ming, centre, ("欧阳明远", MING), at("2026-11-29 10:00")).await;
    let record = house.own(ming, claim, now).await.record;
    assert_eq!((record.state, record.due), (ClaimState::InReview, Some(at("2027-01-29 24:00"))), "two months");
    let filter = ClaimFilter { state: Some(ClaimState::InReview), limit: 10, ..ClaimFilter::default() };
    let (counts, queue) = service.claim_queue(centre, &filter, at("2027-01-30")).await.unwrap();
    assert_eq!((counts.in_review, counts.late, queue.len()), (1, 1, 1));
    assert_eq!(machine::gauge(house, "yinxin_claims_overdue_seconds", None, at("2027-01-30 01:00")).await, 3_600);
    let file = service.claim_file(centre, claim, now).await.unwrap().unwrap();
    assert!(file.warnings.is_empty(), "{:?}", file.warnings);

    // Sent back, and put right by another verification: the due instant stays.
    service.send_claim_back(centre, claim, &reason("照片不清楚"), at("2026-12-01"), &mut entropy::fill).await.unwrap();
    assert_eq!(house.letter(), Text::Notice(Notification::ClaimReturned));
    assert_eq!(house.own(ming, claim, now).await.record.reason.as_deref(), Some("照片不清楚"));
    let again = service.send_claim_back(centre, claim, &reason("再一次"), at("2026-12-01"), &mut entropy::fill).await;
    assert_eq!(not_possible(again), ClaimState::Returned);
    service.verify_anew(&ming.into(), CaseKind::Centre, at("2026-12-02"), &mut entropy::fill).await.unwrap();
    service.resubmit_claim(ming, claim, at("2026-12-02")).await.unwrap();
    assert_eq!(house.own(ming, claim, now).await.record.state, ClaimState::AwaitingVerification);
    house.centre(ming, centre, ("欧阳明远", MING), at("2026-12-03")).await;
    let record = house.own(ming, claim, now).await.record;
    assert_eq!((record.state, record.due), (ClaimState::InReview, Some(at("2027-01-29 24:00"))));

    // Approved once, issued once, told once.
    let done = service.approve_claims(centre, &[claim, claim], at("2026-12-04")).await.unwrap();
    assert_eq!((done.approved, done.left), (vec![claim], vec![]));
    assert_eq!(service.approve_claims(centre, &[claim], at("2026-12-04")).await.unwrap().left, [claim]);
    assert_eq!(not_possible(service.withdraw_claim(ming, claim, at("2026-12-04")).await), ClaimState::Approved);
    assert_eq!((house.issue(at("2026-12-04")).await, house.issue(at("2026-12-04")).await), (1, 0));
    let own = house.own(ming, claim, at("2026-12-05")).await;
    assert_eq!(own.record.state, ClaimState::Issued);
    let acts: Vec<&str> = own.history.iter().map(|one| one.event.map_or("submit", |event| event.code())).collect();
    let expected = ["submit", "place order", "pay", "verify", "return", "resubmit", "verify", "approve", "issue"];
    assert_eq!(acts, expected);
    assert_eq!(service.tell_of_claims(at("2026-12-05"), &mut entropy::fill).await.unwrap(), 1);
    assert_eq!(service.tell_of_claims(at("2026-12-05"), &mut entropy::fill).await.unwrap(), 0);
    assert_eq!(house.letter(), Text::Notice(Notification::ClaimIssued));
    let AwardProgress::Certified(certificate) = own.certified.unwrap().progress else { panic!("certified") };
    assert!(certificate.facts.claims.portrait.is_some());
    let number = certificate.facts.claims.number.to_string();
    assert_eq!(number, "GXRCPJ101202600001");
    assert_eq!(own.record.number.unwrap().as_str(), number);
    number
}

/// Refused: final, told, and paid back.
async fn refused(house: &House, li: &Student, centre: &CentreReviewer, cashier: &Cashier) -> ClaimId {
    let (service, now) = (&house.service, at("2026-12-12"));
    let claim = house.claim(li, "chain-junior", now).await.unwrap();
    house.paid(li, cashier, claim, now).await;
    house.centre(li, centre, ("李明", LI), now).await;
    service.refuse_claim(centre, claim, &reason("不在本期范围"), now, &mut entropy::fill).await.unwrap();
    assert_eq!(house.own(li, claim, now).await.record.state, ClaimState::Refused);
    let twice = house.claim(li, "chain-junior", now).await;
    assert!(matches!(twice, Err(ClaimRefusal::Claim(ClaimError::Twice(_)))), "a refusal is final: {twice:?}");
    let desk = service.cash_desk(cashier).await.unwrap();
    assert_eq!((desk.due_back.len(), machine::gauge(house, "yinxin_payments_due_back", None, now).await), (1, 1));
    let order = service.own_orders(li).await.unwrap().remove(0);
    assert_eq!(order.state(), OrderState::Refunding);
    let back = Transaction::parse("BACK-1").unwrap();
    service.pay_back(cashier, &desk.due_back[0].payment.id, &back, now, &mut entropy::fill).await.unwrap();
    assert_eq!(service.own_orders(li).await.unwrap()[0].state(), OrderState::Refunded);
    assert!(service.cash_desk(cashier).await.unwrap().due_back.is_empty());
    claim
}

/// What costs nothing is paid as it is ordered, and what is verified goes on at once.
async fn free(house: &House, ming: &Student, centre: &CentreReviewer) -> ClaimId {
    let (service, now) = (&house.service, at("2026-12-12"));
    let claim = house.claim(ming, "ai-free", now).await.unwrap();
    let order = service.place_order(ming, claim, CouponChoice::Unsaid, now, &mut entropy::fill).await.unwrap();
    assert_eq!(order.state(), OrderState::Paid);
    assert_eq!(house.own(ming, claim, now).await.record.state, ClaimState::InReview);
    let done = service.approve_undoubted(centre, &slug("ai-free"), now).await.unwrap();
    assert_eq!(done.approved, [claim]);
    assert_eq!(house.issue(now).await, 1);
    assert_eq!(house.own(ming, claim, now).await.record.number.unwrap().as_str(), "GXRCPJ102202600001");
    claim
}

async fn told(database: Option<&str>) {
    let house = House::with(database, &format!("{CONTEST}\n[webhooks]\nprivate_networks = true\n")).await;
    story(&house, database).await;
}

#[tokio::test]
async fn sqlite() {
    told(None).await;
}

#[tokio::test]
async fn postgres() {
    let Some(postgres) = common::Postgres::start() else { return };
    told(Some(&postgres.url())).await;
}
