//! From the award list to each holder's certificate where registration is required, on both databases, with the clock in hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the house, the world and the pictures have more than this test needs")]

#[path = "common/canghai.rs"]
mod canghai;
mod common;
#[path = "common/house.rs"]
mod house;
#[path = "holdings/moves.rs"]
mod moves;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/world.rs"]
mod world;

use yinxin::domain::eligibility::NotYet;
use yinxin::domain::holding::{Doubt, Obstacle};
use yinxin::domain::identity::IdentityDocument;
use yinxin::domain::issuer::Slug;
use yinxin::domain::proofing::{CaseKind, Slot};
use yinxin::domain::report::Report;
use yinxin::domain::status::CorrectionReason;
use yinxin::domain::time::Instant;
use yinxin::registry::{HoldingError, ReportState};
use yinxin::service::access::{ContestMandate, Reviewer, Student};
use yinxin::service::entropy;
use yinxin::service::holdings::{AwardProgress, OwnAward};
use yinxin::service::import::ListFile;
use yinxin::service::issue::{Issued, Order};
use yinxin::service::messages::{Notification, Text};
use yinxin::service::progress::Silent;
use yinxin::service::reports::{ReportRuling, ReportingError};

use canghai::{CONTEST, MING, at};
use house::{House, card, identity_of, portrait};

const LIST: &str = "赛事,赛类,科目,作品,奖项,角色,姓名,手机号,证件号码,学校\n\
    canghai-1,软件类,C/C++程序设计,星海,一等奖,获奖选手,欧阳明远,13800138000,11010519491231002X,北京大学\n\
    canghai-1,软件类,C/C++程序设计,拾光,二等奖,获奖选手,李明,13800138001,449900200101020031,清华大学\n\
    canghai-1,软件类,C/C++程序设计,远帆,一等奖,获奖选手,王芳,13800138002,110105200001010219,清华大学\n\
    canghai-1,软件类,C/C++程序设计,听潮,三等奖,获奖选手,赵一,13800138003,119900200101020035,北京大学\n\
    canghai-1,软件类,C/C++程序设计,观澜,三等奖,获奖选手,孙晨,13800138004,119900200101020051,北京大学\n";

fn id() -> Slug {
    "canghai-1".parse().unwrap()
}

impl House {
    async fn issue(&self, now: Instant) -> Issued {
        let (programmes, clock) = ([id()], move || now);
        let order = Order { programmes: &programmes, out: None, clock: &clock, progress: &Silent };
        self.service.issue(&self.room, &order).await.unwrap()
    }

    async fn only(&self, student: &Student, now: Instant) -> OwnAward {
        let mut own = self.service.holdings(student, now).await.unwrap().own;
        assert_eq!(own.len(), 1);
        own.remove(0)
    }

    async fn waits_for(&self, student: &Student, now: Instant) -> Vec<Obstacle> {
        match self.only(student, now).await.progress {
            AwardProgress::Waiting(obstacles) => obstacles,
            other => panic!("{other:?}"),
        }
    }

    async fn number(&self, student: &Student, now: Instant) -> String {
        match self.only(student, now).await.progress {
            AwardProgress::Certified(certificate) => certificate.facts.claims.number.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

async fn story(house: &House) {
    let service = &house.service;
    let (closes, deadline, release) = (at("2026-11-25 24:00"), at("2026-11-30 24:00"), at("2026-12-01 08:00"));
    let before = |instant: Instant| instant.plus_millis(-1);
    service
        .import(
            &ListFile { name: "list.csv", bytes: LIST.as_bytes(), programme: None, portraits: &|_| None },
            &ContestMandate::of_operator("test"),
            at("2026-11-20"),
        )
        .await
        .unwrap();
    service.publish_notice(&id(), &ContestMandate::of_operator("test"), at("2026-11-20 12:00")).await.unwrap();
    let (ming, li) = (house.student("13800138000", "欧阳明远").await, house.student("13800138001", "李明").await);
    let (zhao, sun) = (house.student("13800138003", "赵壹").await, house.student("13800138004", "孙晨").await);
    let reviewer = house.reviewer("13700137001").await;

    // Everything that is in the way is said at once, to the instant.
    let notice = |now| Obstacle::NotYet(NotYet::NoticeOpen { until: now });
    let missing = Obstacle::NotVerified { real_name: true, enrolment: true, until: Some(deadline) };
    let released = Obstacle::NotReleased { at: release };
    assert_eq!(house.waits_for(&ming, before(closes)).await, [missing, notice(closes), released]);
    assert_eq!(house.waits_for(&ming, closes).await, [missing, released]);
    assert_eq!(house.waits_for(&ming, before(deadline)).await, [missing, released]);
    assert_eq!(house.waits_for(&ming, deadline).await, [Obstacle::TooLate { deadline }, released]);

    // One is verified; one has handed in and waits; one comes a moment too late.
    house.send_both(&ming, ("欧阳明远", MING), "北京大学", at("2026-11-22")).await;
    assert_eq!(house.approve_all(&reviewer, at("2026-11-23")).await, 2);
    house.send_both(&li, ("李明", "449900200101020031"), "清华大学", before(deadline)).await;
    house.send_both(&sun, ("孙晨", "119900200101020051"), "北京大学", deadline).await;
    assert_eq!(house.waits_for(&ming, deadline).await, [released]);
    let pending = Obstacle::NotVerified { real_name: true, enrolment: true, until: None };
    assert_eq!(house.waits_for(&li, deadline).await, [pending, released]);
    assert_eq!(house.waits_for(&sun, deadline).await, [Obstacle::TooLate { deadline }, released]);

    // The batch before the release makes what is verified, and nobody sees it before the instant.
    assert_eq!(house.issue(before(closes)).await.waiting.len(), 1);
    assert_eq!(house.issue(deadline).await.issued, 1);
    assert_eq!(house.waits_for(&ming, before(release)).await, [released]);
    assert_eq!(house.number(&ming, release).await, "CH01202600001");
    let certificate = house.only(&ming, release).await;
    let AwardProgress::Certified(certificate) = certificate.progress else { panic!() };
    let link = service.own_certificate_link(&certificate, release);
    assert!(service.download(&link, release).await.unwrap().pdf.starts_with(b"%PDF-2.0"));
    assert!(service.download(&link, before(release)).await.is_err());

    // An employer finds it by the holder's document.
    let document = IdentityDocument::parse_any(MING).unwrap();
    assert_eq!(service.look_up_identity(&document, release).await.unwrap().len(), 1);

    // Verified after the release, registered before the deadline: the certificate is made when it is asked for, once, with the next number.
    assert_eq!(house.approve_all(&reviewer, at("2026-12-02")).await, 4);
    assert!(matches!(house.only(&li, at("2026-12-02")).await.progress, AwardProgress::Ready));
    assert_eq!(house.issue(at("2026-12-02")).await.issued, 1);
    assert_eq!(house.issue(at("2026-12-02")).await.issued, 0);
    assert_eq!(house.number(&li, at("2026-12-02")).await, "CH01202600002");
    assert_eq!(house.waits_for(&sun, at("2026-12-02")).await, [Obstacle::TooLate { deadline }], "verified, and too late all the same");

    // Each is told once that the certificate is there, and not before the release.
    let told = async |now: Instant| service.tell_of_releases(now, &mut entropy::fill).await.unwrap();
    assert_eq!((told(before(release)).await, told(at("2026-12-02")).await, told(at("2026-12-02")).await), (0, 2, 0));
    assert_eq!(house.letter(), Text::Notice(Notification::CertificateReady { contest: "首届沧海杯".into() }));

    // Another's award is not there.
    let theirs = house.only(&li, release).await.id;
    assert!(service.own_award(&ming, &theirs, release).await.unwrap().is_none());
    assert!(service.own_award(&li, &theirs, release).await.unwrap().is_some());

    matches(house, &zhao, &reviewer).await;
    report(house, &ming).await;
}

/// A holder reports a mistake, once at a time; an issuer answers.
async fn report(house: &House, ming: &Student) {
    let (service, now) = (&house.service, at("2026-12-04"));
    let own = house.only(ming, now).await;
    let report = Report::parse("", "北京大学医学部", "玄武湖畔的校区").unwrap();
    service.report_mistake(ming, &own, &report, now).await.unwrap();
    let again = service.report_mistake(ming, &own, &report, now).await;
    assert!(matches!(again, Err(ReportingError::Report(HoldingError::Reported))));
    let issuer = house.staff("13700137002", "issuer").await.issuer().unwrap();
    let (open, first) = service.open_reports(&issuer).await.unwrap();
    assert_eq!((open, first.len(), first[0].1.as_str()), (1, 1, "CH01202600001"));
    let file = service.report_file(&issuer, first[0].0, now).await.unwrap().unwrap();
    assert!(file.record.report == report && !file.is_corrected());
    let ruling = || (ReportRuling::Refuse, "经核实，校名无误");
    service.decide_report(&issuer, &file, ruling(), now, &mut entropy::fill).await.unwrap();
    assert_eq!(house.letter(), Text::Notice(Notification::ReportDecided));
    let twice = service.decide_report(&issuer, &file, ruling(), now, &mut entropy::fill).await;
    assert!(matches!(twice, Err(ReportingError::Report(HoldingError::Decided))));
    let answered = service.own_reports(ming, &own.id).await.unwrap().remove(0).state;
    assert_eq!(answered, ReportState::Refused { at: now, answer: "经核实，校名无误".into() });
}

async fn told(database: Option<&str>) {
    let house = House::with(database, CONTEST).await;
    story(&house).await;
    moves::story(&house).await;
    let secrets = [
        "13800138000",
        "13900139000",
        "13900139003",
        "原号已停机",
        "核对了学生证",
        MING,
        "449900200101020031",
        "北京大学医学部",
        "玄武湖畔",
        "经核实，校名无误",
    ];
    house.has_nothing_in_the_clear(database, "holder_report", &secrets);
}

/// The telephone is the same, the name is not: nothing is guessed, a person decides.
async fn matches(house: &House, zhao: &Student, reviewer: &Reviewer) {
    let service = &house.service;
    let now = at("2026-11-29");
    let found = service.holdings(zhao, now).await.unwrap();
    assert!(found.own.is_empty() && !found.is_verified);
    assert_eq!(found.maybe.iter().map(|maybe| maybe.doubt).collect::<Vec<_>>(), [Some(Doubt::Name)]);
    assert_eq!(service.doubtful_matches(reviewer).await.unwrap().0, 0, "nobody looks at it before the name is verified");
    house.send_both(zhao, ("赵壹", "119900200101020035"), "北京大学", now).await;
    house.approve_all(reviewer, now).await;
    for _ in 0..2 {
        service.holdings(zhao, now).await.unwrap();
    }
    let (count, queue) = service.doubtful_matches(reviewer).await.unwrap();
    assert_eq!((count, queue.len(), queue[0].doubt), (1, 1, Doubt::Name), "one, however often it is found");
    let file = service.match_file(reviewer, queue[0].id, now).await.unwrap().unwrap();
    assert_eq!((file.record.award.award.holder.name.as_str(), file.account.name.as_str()), ("赵一", "赵壹"));
    assert_eq!(house.issue(at("2026-12-03")).await.issued, 0);
    service.decide_match(reviewer, queue[0].id, Ok(()), now).await.unwrap();
    let again = service.decide_match(reviewer, queue[0].id, Err(&CorrectionReason::parse("不是同一人").unwrap()), now).await;
    assert!(again.unwrap_err().to_string().contains("已处理"));
    assert!(matches!(house.only(zhao, at("2026-12-03")).await.progress, AwardProgress::Ready));
    assert_eq!(house.issue(at("2026-12-03")).await.issued, 1);
    assert_eq!(house.number(zhao, at("2026-12-03")).await, "CH01202600003");
    assert!(service.match_file(reviewer, 99, now).await.unwrap().is_none());
    refused(house, reviewer).await;
}

/// What a reviewer refused is not admitted either, whatever name the account is verified with afterwards.
async fn refused(house: &House, reviewer: &Reviewer) {
    let (service, now, number) = (&house.service, at("2026-11-29"), "110105200001010219");
    let fang = house.student("13800138002", "王方").await;
    house.send_both(&fang, ("王方", number), "清华大学", now).await;
    house.approve_all(reviewer, now).await;
    service.holdings(&fang, now).await.unwrap();
    let open = service.doubtful_matches(reviewer).await.unwrap().1.remove(0).id;
    service.decide_match(reviewer, open, Err(&CorrectionReason::parse("不是同一人").unwrap()), now).await.unwrap();
    service.verify_anew(&(&fang).into(), CaseKind::RealName, now, &mut entropy::fill).await.unwrap();
    for (slot, picture) in [(Slot::Portrait, portrait()), (Slot::CardFront, card()), (Slot::CardBack, card())] {
        service.add_picture(&(&fang).into(), (CaseKind::RealName, slot), picture, now, &mut entropy::fill).await.unwrap();
    }
    service.send_in(&(&fang).into(), CaseKind::RealName, &identity_of("王芳", number), now).await.unwrap();
    house.approve_all(reviewer, now).await;
    assert_eq!(house.issue(at("2026-12-03")).await.issued, 0);
    let found = service.holdings(&fang, at("2026-12-03")).await.unwrap();
    assert!(found.own.is_empty() && found.maybe[0].refused.as_deref() == Some("不是同一人"));
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
