//! A new telephone: by whoever still has the old one, and by whoever lost it; and numbers that are passed on to other people.

use std::net::IpAddr;

use yinxin::domain::moving::{MoveNote, MoveState, Sameness};
use yinxin::domain::proofing::{CaseKind, Reasons, Slot};
use yinxin::domain::status::CorrectionReason;
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::registry::{MoveError, Ruling};
use yinxin::service::access::{AccessError, CodeTyped, ContestMandate, Reviewer, Secret, Student, Warrant};
use yinxin::service::import::ListFile;
use yinxin::service::messages::{Notification, Text};
use yinxin::service::moving::MovingError;
use yinxin::service::{Service, entropy};

use crate::at;
use crate::house::{House, PASSWORD, card, identity_of};
use crate::pictures::{BLUE, jpeg, plain};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

fn number(text: &str) -> Telephone {
    Telephone::parse(text).unwrap()
}

fn note(text: &str) -> MoveNote {
    MoveNote::parse(text).unwrap()
}

fn reason(text: &str) -> CorrectionReason {
    CorrectionReason::parse(text).unwrap()
}

/// The last messages: to whom, and what.
fn last(house: &House, count: usize) -> Vec<(String, Text)> {
    let letters = house.letters.0.lock().unwrap();
    letters[letters.len() - count..].iter().map(|message| (message.to.as_str().to_owned(), message.text.clone())).collect()
}

/// Signs in, from an address of that day: limits go by addresses, and by time as it passes.
async fn again(house: &House, telephone: &str, now: Instant) -> (Secret, Student) {
    let from = IpAddr::from([203, 0, 113, u8::try_from(now.beijing_date().day()).unwrap()]);
    let secret = house.sign_in_at(&number(telephone), from, now).await;
    let visitor = house.service.visitor(&secret, now).await.unwrap().unwrap();
    (secret, visitor.student().unwrap())
}

pub async fn story(house: &House) {
    let reviewer = house.reviewer("13700137031").await;
    keeps_the_old_one(house).await;
    passed_on(house).await;
    lost(house, &reviewer).await;
    without_proof(house, &reviewer).await;
}

async fn change(service: &Service, who: &Student, (to, password): (&str, &str), now: Instant) -> Result<Secret, AccessError> {
    service.send_telephone_code(who.visitor(), (&number(to), password), HERE, now, &mut entropy::fill).await
}

/// Password and a code at the new number; the old number is told, and the awards stay.
async fn keeps_the_old_one(house: &House) {
    let (service, now) = (&house.service, at("2026-12-05 10:00"));
    let ((_, ming), (_, li)) = (again(house, "13800138000", now).await, again(house, "13800138001", now).await);
    assert!(matches!(change(service, &ming, ("13900139000", "错误的密码呀呀"), now).await, Err(AccessError::Credentials)));
    assert!(matches!(change(service, &ming, ("13800138000", PASSWORD), now).await, Err(AccessError::Unknown)), "it has that one");
    let confirm = async |who: &Student, to: &str, ticket: &Secret, code: &str| {
        let typed = CodeTyped { ticket, code };
        service.confirm_telephone(who.visitor(), &number(to), typed, now, &mut entropy::fill).await
    };
    // Another person's number: they are told, whoever asks sees what anybody sees.
    let ticket = change(service, &ming, ("13800138001", PASSWORD), now).await.unwrap();
    assert_eq!(last(house, 1), [("13800138001".to_owned(), Text::HasAccount)]);
    for code in ["000000", "123456"] {
        assert!(matches!(confirm(&ming, "13800138001", &ticket, code).await, Err(AccessError::Code)));
    }

    let ticket = change(service, &ming, ("13900139000", PASSWORD), now).await.unwrap();
    let Text::Code { code, .. } = house.letter() else { panic!("no code") };
    assert!(matches!(confirm(&li, "13900139000", &ticket, &code).await, Err(AccessError::Code)), "not for another account");
    confirm(&ming, "13900139000", &ticket, &code).await.unwrap();
    assert_eq!(last(house, 1), [("13800138000".to_owned(), Text::Notice(Notification::Moved))]);
    assert!(matches!(confirm(&ming, "13900139000", &ticket, &code).await, Err(AccessError::Code)), "once");
    let (_, moved) = again(house, "13900139000", now).await;
    assert_eq!(moved.visitor().id(), ming.visitor().id());
    assert_eq!(house.number(&moved, at("2026-12-05 10:00")).await, "CH01202600001", "found by the number that it had");
}

/// A number that was given up and is another person's now: what came with it before is not theirs, even under the same name; what comes with
/// it from then on is.
async fn passed_on(house: &House) {
    let (service, now) = (&house.service, at("2026-12-12"));
    let (_, ming) = again(house, "13900139000", now).await;
    let namesake = house.student_at("13800138000", "欧阳明远", at("2026-12-10")).await;
    let found = service.holdings(&namesake, now).await.unwrap();
    assert!(found.own.is_empty() && found.maybe.is_empty(), "the name and the number are not enough");
    assert_eq!(house.number(&ming, now).await, "CH01202600001");

    let list = |work: &str| {
        format!("赛事,姓名,证件类型,证件号码,手机号,学校,作品,奖项\nlanhai-14,欧阳明远,护照,E12345678,13800138000,蓝海大学,{work},一等奖\n")
    };
    let import = async |work: &str, when: &str| {
        let text = list(work);
        let file = ListFile { name: "list.csv", bytes: text.as_bytes(), programme: None, portraits: &|_| None };
        service.import(&file, &ContestMandate::of_operator("test"), at(when)).await.unwrap();
    };
    // Between the two of them it is the first one's: nobody else had it when the list came.
    import("云帆", "2026-12-08").await;
    import("长风", "2026-12-11").await;
    let works = async |who: &Student| {
        let own = service.holdings(who, now).await.unwrap().own;
        let work = |own: &yinxin::service::holdings::OwnAward| format!("{:?}", own.award.achievement);
        own.iter().map(work).collect::<String>()
    };
    let (of_first, of_second) = (works(&ming).await, works(&namesake).await);
    // The first one's document is another than the list's: a reviewer looks, and so it is not simply theirs.
    assert!(!of_first.contains("长风") && of_second.contains("长风") && !of_second.contains("云帆"), "{of_first} {of_second}");
    assert_eq!(service.holdings(&namesake, now).await.unwrap().own.len(), 1);
}

/// The real name of a new account, and the centre's word about it.
async fn verified(house: &House, reviewer: &Reviewer, (telephone, name): (&str, &str), document: &str, now: Instant) -> Student {
    let (service, student) = (&house.service, house.student_at(telephone, name, now).await);
    for (slot, picture) in [(Slot::Portrait, jpeg(plain(413, 579, BLUE), 90)), (Slot::CardFront, card()), (Slot::CardBack, card())] {
        service.add_picture(&(&student).into(), (CaseKind::RealName, slot), picture, now, &mut entropy::fill).await.unwrap();
    }
    service.send_in(&(&student).into(), CaseKind::RealName, &identity_of(name, document), now).await.unwrap();
    assert_eq!(house.approve_all(reviewer, now).await, 1);
    student
}

/// Whoever lost the telephone asks from a new account, learns nothing, and has everything once a reviewer has compared both.
async fn lost(house: &House, reviewer: &Reviewer) {
    let (service, now) = (&house.service, at("2026-12-06 09:00"));
    let (old_session, zhao) = again(house, "13800138003", now).await;
    let certificate = house.number(&zhao, now).await;
    let fresh = house.student_at("13900139009", "赵壹", now).await;
    let ask = async |who: &Student, old: &str| service.ask_to_move(who, (&number(old), &note("原号已停机")), now, &mut entropy::fill).await;
    assert!(matches!(ask(&fresh, "13800138003").await, Err(MovingError::NotVerified)));
    let new = verified(house, reviewer, ("13900139003", "赵壹"), "119900200101020035", now).await;
    assert!(matches!(ask(&new, "13900139003").await, Err(MovingError::SameNumber)));
    let found = service.holdings(&new, now).await.unwrap();
    assert!(found.own.is_empty() && found.maybe.is_empty());

    // The same answer, whether the number has an account or not; whoever has it is told.
    let (_, li) = again(house, "13800138001", now).await;
    let letters = house.letters.0.lock().unwrap().len();
    ask(&li, "13700000000").await.unwrap();
    assert_eq!(house.letters.0.lock().unwrap().len(), letters);
    ask(&new, "13800138003").await.unwrap();
    assert_eq!(last(house, 1), [("13800138003".to_owned(), Text::Notice(Notification::MoveAsked))]);
    assert!(matches!(ask(&new, "13800138003").await, Err(MovingError::Move(MoveError::Asked))));
    assert_eq!(service.own_move(&new).await.unwrap().1.unwrap().state, MoveState::Asked);

    let open = service.moves(reviewer).await.unwrap();
    assert_eq!(open.len(), 2);
    let nobodys = service.move_file(reviewer, open[0].id, now).await.unwrap().unwrap();
    assert!(nobodys.earlier.is_none() && nobodys.sameness == Sameness::Unproven);
    let approve = async |id: i64, why: Option<&str>| {
        let why = why.map(reason);
        service.approve_move(reviewer, id, why.as_ref(), now, &mut entropy::fill).await
    };
    assert!(matches!(approve(open[0].id, Some("x")).await, Err(MovingError::Move(MoveError::NoAccount))));
    service.refuse_move(reviewer, open[0].id, &reason("无法核实"), now, &mut entropy::fill).await.unwrap();
    assert_eq!(last(house, 1), [("13800138001".to_owned(), Text::Notice(Notification::MoveRefused))]);
    assert_eq!(service.own_move(&li).await.unwrap().1.unwrap().reason.as_deref(), Some("无法核实"));

    let file = service.move_file(reviewer, open[1].id, now).await.unwrap().unwrap();
    assert_eq!((file.sameness, file.record.note.as_str()), (Sameness::Certain, "原号已停机"));
    assert_eq!(file.earlier.unwrap().account.id, zhao.visitor().id());
    // The centre has verified the new account alone.
    for slot in [Slot::Portrait, Slot::CardFront, Slot::CardBack] {
        service.reuse_picture(&(&new).into(), slot, now, &mut entropy::fill).await.unwrap();
    }
    service.send_in(&(&new).into(), CaseKind::Centre, &identity_of("赵壹", "119900200101020035"), now).await.unwrap();
    let centre = house.staff("13700137032", "centre-reviewer").await.centre_reviewer().unwrap();
    let case = service.next_case(&centre, None, now).await.unwrap().unwrap();
    service.rule(&centre, case, Ruling::Approve, now, &mut entropy::fill).await.unwrap();
    let (session, _) = again(house, "13900139003", now).await;

    approve(open[1].id, None).await.unwrap();
    let told: Vec<String> = last(house, 3).into_iter().map(|(to, _)| to).collect();
    assert_eq!(told, ["13900139003", "13800138003", "13900139003"], "both numbers, and what the centre's word means now");
    assert!(matches!(approve(open[1].id, None).await, Err(MovingError::Move(MoveError::Decided))));
    let visitor = service.visitor(&session, now).await.unwrap().unwrap();
    assert_eq!(
        (visitor.id(), visitor.telephone().as_str()),
        (zhao.visitor().id(), "13900139003"),
        "the session goes on as the earlier account"
    );
    assert!(service.visitor(&old_session, now).await.unwrap().is_none(), "whoever found the telephone is out");
    let (_, moved) = again(house, "13900139003", now).await;
    assert_eq!(house.number(&moved, now).await, certificate, "the match that a reviewer confirmed, and its certificate");
    let proofed = service.proofed(zhao.visitor().id()).await.unwrap();
    assert!(proofed.verified_since().is_some() && proofed.centre.verified_since == Some(now));
    assert!(service.centre_portrait(zhao.visitor().id()).await.unwrap().is_some());
    assert!(service.proofed(new.visitor().id()).await.unwrap().centre.verified_since.is_none());

    // The old number is free: who gets it has a new account, without anything of the one before.
    let next = house.student_at("13800138003", "赵一", at("2026-12-13")).await;
    let found = service.holdings(&next, at("2026-12-14")).await.unwrap();
    assert!(found.own.is_empty() && found.maybe.is_empty());
    let trail = service.audit_trail(&Warrant::of_operator("test"), 0, 10_000).await.unwrap();
    for action in ["set telephone", "ask to move", "read move", "refuse move", "approve move"] {
        assert!(trail.iter().any(|event| event.action == action), "{action}");
    }
}

/// Where documents prove nothing it takes a reason; what counts of the new account takes the place of what was only begun.
async fn without_proof(house: &House, reviewer: &Reviewer) {
    let (service, now) = (&house.service, at("2026-12-07 09:00"));
    let earlier = house.student("13800138041", "林晨").await;
    let (first, document) = (at("2026-11-24"), "119900200101020051");
    house.send_both(&earlier, ("林晨", "119900200101020078"), "北京大学", first).await;
    while let Some(case) = service.next_case(reviewer, None, first).await.unwrap() {
        let kind = service.review_case(reviewer, case, first).await.unwrap().case.kind;
        let why = if kind == CaseKind::RealName { "portrait" } else { "student-card-expired" };
        let why = Reasons::parse(kind, [why], "").unwrap();
        service.rule(reviewer, case, Ruling::Return(why), first, &mut entropy::fill).await.unwrap();
    }
    let new = verified(house, reviewer, ("13900139041", "林晨"), document, now).await;
    service.ask_to_move(&new, (&number("13800138041"), &note("")), now, &mut entropy::fill).await.unwrap();
    let id = service.moves(reviewer).await.unwrap()[0].id;
    assert_eq!(service.move_file(reviewer, id, now).await.unwrap().unwrap().sameness, Sameness::Unproven);
    let bare = service.approve_move(reviewer, id, None, now, &mut entropy::fill).await;
    assert!(matches!(bare, Err(MovingError::Move(MoveError::Unreasoned))));
    assert!(service.own_move(&new).await.unwrap().1.unwrap().state == MoveState::Asked, "nothing was done");
    service.approve_move(reviewer, id, Some(&reason("核对了学生证")), now, &mut entropy::fill).await.unwrap();
    let proofed = service.proofed(earlier.visitor().id()).await.unwrap();
    assert_eq!(
        (proofed.real_name.verified_since, proofed.real_name.first_submitted),
        (Some(now), Some(first)),
        "handed in first by either"
    );
    assert_eq!((proofed.enrolment.verified_since, proofed.enrolment.first_submitted), (None, Some(first)), "its own stays");
    assert!(service.proofed(new.visitor().id()).await.unwrap().real_name.verified_since.is_none());
}
