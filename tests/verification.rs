//! Verification from the first draft to the deletion of pictures, on both databases, with the clock in hand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::similar_names,
    reason = "a test says what it expects by failing"
)]
#![allow(dead_code, reason = "the world and the pictures have more than this test needs")]

#[path = "verification/centre.rs"]
mod centre;
mod common;
#[path = "common/house.rs"]
mod house;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/world.rs"]
mod world;

use std::sync::Arc;

use yinxin::domain::name::PersonName;
use yinxin::domain::proofing::{CaseKind, CaseState, Field, Place, Proofed, Reason, Reasons, Slip, Slot};
use yinxin::registry::{ProofingError, Ruling};
use yinxin::service::access::{Reviewer, Student, Warrant};
use yinxin::service::messages::{Notification, Text, Verified};
use yinxin::service::proofing::{Applicant, ApplyError, Warning};
use yinxin::service::{Service, entropy};

use house::{DAY, House, MINUTE, NUMBER, at, card, identity, portrait, studies, typed};
use pictures::{BLUE, jpeg, plain};

fn places(error: ApplyError) -> Vec<&'static str> {
    let ApplyError::Slips(slips) = error else { panic!("{error:?}") };
    slips.into_iter().map(|(place, _)| place.code()).collect()
}

fn not_yours(result: Result<(), ApplyError>) -> bool {
    matches!(result, Err(ApplyError::Case(ProofingError::NotYours)))
}

async fn story(house: &House) {
    let service = &house.service;
    let student = house.student("13800138000", "欧阳明远").await;
    let applicant = Applicant::from(&student);
    let (one, two) = (house.reviewer("13700137001").await, house.reviewer("13700137002").await);

    // A draft: right or wrong, what was typed is kept, and what is missing is named at once.
    assert_eq!(service.form_of(&applicant, CaseKind::RealName, None).await.unwrap().get(Field::Name), "欧阳明远");
    let wrong = typed(&[(Field::Name, "欧阳明远"), (Field::DocumentKind, "resident"), (Field::DocumentNumber, "110105194912310021")]);
    let slips = service.send_in(&applicant, CaseKind::RealName, &wrong, at(0)).await.unwrap_err();
    assert_eq!(places(slips), ["document_number", "portrait", "card-front", "card-back"]);
    assert_eq!(house.case(&student, CaseKind::RealName).await.typed, wrong);
    assert_eq!(service.proofed(applicant.account()).await.unwrap(), Proofed::default());

    // Pictures: a bad one is refused in plain words, a good one stays.
    for bad in [&b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..], b"GIF89a;", b""] {
        let refused = house.give(&student, (CaseKind::RealName, Slot::Portrait), bad.to_vec(), 0).await;
        assert!(matches!(refused, Err(ApplyError::Picture(_))), "{refused:?}");
    }
    let small = house.give(&student, (CaseKind::RealName, Slot::CardFront), jpeg(plain(900, 599, BLUE), 80), 0).await;
    assert!(small.unwrap_err().to_string().contains("短边至少 600 像素"));
    let foreign = house.give(&student, (CaseKind::RealName, Slot::StudentCard), card(), 0).await;
    assert!(matches!(foreign, Err(ApplyError::Case(ProofingError::Unknown))), "this form has no such picture");
    let due = house.real_name(&student, "欧阳明远", 1).await.unwrap();
    assert_eq!(due.display_beijing(), "2026-11-25 00:00:00", "Monday and Tuesday are the two working days");

    // Sent in: nothing of it can be changed.
    let late = service.fill_in(&applicant, CaseKind::RealName, &wrong, at(2)).await;
    assert!(matches!(late, Err(ApplyError::Case(ProofingError::NotPossible(_)))));
    let late = house.give(&student, (CaseKind::RealName, Slot::Portrait), portrait(), 2).await;
    assert!(matches!(late, Err(ApplyError::Case(ProofingError::NotPossible(_)))));

    // One reviewer has it for a quarter of an hour; another cannot read, decide or open its pictures.
    let id = service.next_case(&one, None, at(3)).await.unwrap().unwrap();
    assert_eq!(service.next_case(&two, None, at(4)).await.unwrap(), None);
    assert!(service.review_case(&two, id, at(5)).await.is_err());
    assert!(not_yours(house.rule(&two, id, Ruling::Approve, 5).await));
    let seen = service.review_case(&one, id, at(5)).await.unwrap();
    assert_eq!((seen.warnings, seen.telephone.as_str()), (vec![], "138****8000"));
    let link = service.review_link(&one, &seen.case, Slot::CardFront, at(5)).unwrap();
    assert!(service.open_case_picture(&two, (id, Slot::CardFront), &link, at(6)).await.is_err());
    let bytes = service.open_case_picture(&one, (id, Slot::CardFront), &link, at(6)).await.unwrap().unwrap();
    assert!(image::load_from_memory(&bytes).is_ok());
    assert_eq!(service.open_case_picture(&one, (id, Slot::CardBack), &link, at(6)).await.unwrap(), None, "another picture's link");
    let ended = service.open_case_picture(&one, (id, Slot::CardFront), &link, at(5 + 5 * MINUTE)).await;
    assert_eq!(ended.unwrap(), None, "five minutes are over");

    // The lease goes on with what the reviewer does, and ends a quarter of an hour after it.
    let last = 10 * MINUTE;
    service.review_case(&one, id, at(last)).await.unwrap();
    assert_eq!(service.next_case(&two, None, at(last + 15 * MINUTE - 1)).await.unwrap(), None);
    assert!(not_yours(house.rule(&one, id, Ruling::Approve, last + 15 * MINUTE).await), "a decision after the lease has gone");
    assert_eq!(service.next_case(&two, None, at(last + 15 * MINUTE)).await.unwrap(), Some(id));
    assert!(not_yours(house.rule(&one, id, Ruling::Approve, last + 16 * MINUTE).await));

    // Sent back for a bad photo; corrected; sent in again. The first submission stays the first.
    let why = Reasons::parse(CaseKind::RealName, ["portrait", "other"], "请穿深色上衣").unwrap();
    house.rule(&two, id, Ruling::Return(why.clone()), last + 16 * MINUTE).await.unwrap();
    assert_eq!(house.letter(), Text::Notice(Notification::Returned(Verified::RealName)));
    let returned = house.case(&student, CaseKind::RealName).await;
    assert_eq!(returned.state, CaseState::Returned { at: at(last + 16 * MINUTE), reasons: why });
    assert!(returned.picture(Slot::CardFront).is_some(), "pictures stay");
    let before = house.vault().len();
    house.give(&student, (CaseKind::RealName, Slot::Portrait), portrait(), DAY).await.unwrap();
    service.sweep_verification(at(DAY)).await.unwrap();
    assert_eq!(house.vault().len(), before, "the picture before it is gone");
    service.send_in(&applicant, CaseKind::RealName, &identity("欧阳明远"), at(DAY)).await.unwrap();
    let first = service.proofed(applicant.account()).await.unwrap().real_name;
    assert_eq!((first.first_submitted, first.verified_since), (Some(at(1)), None));

    // Approved.
    let id = service.next_case(&one, None, at(DAY)).await.unwrap().unwrap();
    house.rule(&one, id, Ruling::Approve, DAY + 1).await.unwrap();
    assert!(not_possible(house.rule(&one, id, Ruling::Approve, DAY + 2).await), "decided once");
    assert_eq!(service.proofed(applicant.account()).await.unwrap().real_name.verified_since, Some(at(DAY + 1)));
    let acts: Vec<String> = service.own_history(&applicant, CaseKind::RealName).await.unwrap().into_iter().map(|event| event.act).collect();
    assert_eq!(acts, ["open", "submit", "return", "submit", "approve"]);

    enrolment(house, &student, &one).await;
    same_person(house, &two).await;
    retention(house, &student).await;
    assert!(service.audit_trail(&Warrant::of_operator("test"), 0, 10_000).await.unwrap().iter().any(|e| e.action == "read case"));
}

fn not_possible(result: Result<(), ApplyError>) -> bool {
    matches!(result, Err(ApplyError::Case(ProofingError::NotPossible(_))))
}

/// The school must be on the list; a changed school is verified anew, and until then nothing counts.
async fn enrolment(house: &House, student: &Student, reviewer: &Reviewer) {
    let (service, applicant) = (&house.service, Applicant::from(student));
    house.give(student, (CaseKind::Enrolment, Slot::StudentCard), card(), 2 * DAY).await.unwrap();
    let unknown = service.send_in(&applicant, CaseKind::Enrolment, &studies("某某大学"), at(2 * DAY)).await.unwrap_err();
    assert_eq!(places(unknown), ["school"]);
    service.send_in(&applicant, CaseKind::Enrolment, &studies(" 北京 大学"), at(2 * DAY)).await.unwrap();
    assert_eq!(house.case(student, CaseKind::Enrolment).await.typed.get(Field::School), "北京大学", "by its full name");
    let id = service.next_case(reviewer, None, at(2 * DAY)).await.unwrap().unwrap();
    let seen = service.review_case(reviewer, id, at(2 * DAY)).await.unwrap();
    assert_eq!(seen.verified_name.unwrap().as_str(), "欧阳明远");
    house.rule(reviewer, id, Ruling::Approve, 2 * DAY + 1).await.unwrap();
    let proofed = service.proofed(applicant.account()).await.unwrap();
    assert_eq!((proofed.verified_since(), proofed.first_submitted()), (Some(at(2 * DAY + 1)), Some(at(2 * DAY))));
    let deadline = at(2 * DAY);
    assert!(!proofed.is_in_time(deadline) && proofed.is_in_time(deadline.plus_millis(1)), "to the millisecond");

    service.verify_anew(&applicant, CaseKind::Enrolment, at(3 * DAY), &mut entropy::fill).await.unwrap();
    let draft = house.case(student, CaseKind::Enrolment).await;
    assert_eq!((draft.state, draft.typed.get(Field::School)), (CaseState::Draft, "北京大学"));
    let proofed = service.proofed(applicant.account()).await.unwrap();
    assert_eq!((proofed.verified_since(), proofed.first_submitted()), (None, Some(at(2 * DAY))), "not verified, registered all the same");
    let again = service.verify_anew(&applicant, CaseKind::Enrolment, at(3 * DAY), &mut entropy::fill).await;
    assert!(not_possible(again), "a draft is not reopened");
    house.give(student, (CaseKind::Enrolment, Slot::StudentCard), card(), 3 * DAY).await.unwrap();
    service.send_in(&applicant, CaseKind::Enrolment, &studies("清华大学"), at(3 * DAY)).await.unwrap();
    let new = service.next_case(reviewer, None, at(3 * DAY)).await.unwrap().unwrap();
    assert_ne!(new, id);
    house.rule(reviewer, new, Ruling::Approve, 3 * DAY + 1).await.unwrap();
    assert_eq!(service.proofed(applicant.account()).await.unwrap().enrolment.verified_since, Some(at(3 * DAY + 1)));
}

/// The reviewer is warned of a document that another account was verified with; the account learns nothing.
async fn same_person(house: &House, reviewer: &Reviewer) {
    let twin = house.student("13800138001", "李明").await;
    house.real_name(&twin, "欧阳明远", 4 * DAY).await.unwrap();
    let id = house.service.next_case(reviewer, None, at(4 * DAY)).await.unwrap().unwrap();
    let seen = house.service.review_case(reviewer, id, at(4 * DAY)).await.unwrap();
    assert_eq!(seen.warnings, [Warning::SameDocument(1), Warning::AccountName(PersonName::parse("李明").unwrap())]);
    let why = Reasons::parse(CaseKind::RealName, ["data-differ"], "").unwrap();
    house.rule(reviewer, id, Ruling::Return(why), 4 * DAY + 1).await.unwrap();
    let CaseState::Returned { reasons, .. } = house.case(&twin, CaseKind::RealName).await.state else { panic!("returned") };
    assert_eq!(reasons.listed().collect::<Vec<_>>(), [Reason::DataDiffer]);

    // Its pictures go half a year after its last change, not before.
    let end = 4 * DAY + 1 + 180 * DAY;
    house.service.sweep_verification(at(end - 1)).await.unwrap();
    assert!(house.case(&twin, CaseKind::RealName).await.picture(Slot::CardFront).is_some());
    assert_eq!(house.service.sweep_verification(at(end)).await.unwrap(), 3);
    let gone = house.case(&twin, CaseKind::RealName).await;
    assert!(gone.files.iter().all(|file| file.file.is_none() && file.deleted_at == Some(at(end))));
    let slips = house.service.send_in(&(&twin).into(), CaseKind::RealName, &identity("李明"), at(end)).await.unwrap_err();
    let ApplyError::Slips(slips) = slips else { panic!("{slips:?}") };
    assert_eq!(slips.len(), 3);
    assert!(slips.iter().all(|(place, slip)| matches!(place, Place::Slot(_)) && *slip == Slip::NoPicture));
}

/// What was left by the sweeps above: of approved cases the portrait alone.
async fn retention(house: &House, student: &Student) {
    let applicant = Applicant::from(student);
    let case = house.case(student, CaseKind::RealName).await;
    assert!(case.picture(Slot::Portrait).is_some(), "the certificate needs it");
    assert!(case.picture(Slot::CardFront).is_none() && case.picture(Slot::CardBack).is_none());
    let history = house.service.own_history(&applicant, CaseKind::RealName).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!((last.act.as_str(), last.actor.as_str()), ("delete pictures", "retention"));
    assert!(house.case(student, CaseKind::Enrolment).await.picture(Slot::StudentCard).is_none());
    assert_eq!(house.vault().len(), 1, "no file of the vault outlives its case");
}

/// Two reviewers ask for the next case again and again, at once: no case is before both.
async fn two_at_once(house: &House) {
    let mut students = Vec::new();
    for n in 0..6 {
        let student = house.student(&format!("1380013900{n}"), "林晨").await;
        house.give(&student, (CaseKind::Enrolment, Slot::StudentCard), card(), 0).await.unwrap();
        house.service.send_in(&(&student).into(), CaseKind::Enrolment, &studies("复旦大学"), at(n)).await.unwrap();
        students.push(student);
    }
    let (one, two) = (house.reviewer("13700137003").await, house.reviewer("13700137004").await);
    let work = |reviewer: Reviewer, service: Arc<Service>| async move {
        let mut taken = Vec::new();
        while let Some(id) = service.next_case(&reviewer, None, at(100)).await.unwrap() {
            taken.push(id);
            let seen = service.review_case(&reviewer, id, at(100)).await.unwrap();
            assert_eq!(seen.warnings, [Warning::NoRealName]);
            service.rule(&reviewer, id, Ruling::Approve, at(101), &mut entropy::fill).await.unwrap();
        }
        taken
    };
    let (first, second) =
        tokio::join!(tokio::spawn(work(one.clone(), house.service.clone())), tokio::spawn(work(two, house.service.clone())));
    let mut all = [first.unwrap(), second.unwrap()].concat();
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!((all.len(), count), (6, 6), "each once");
    for student in &students {
        assert!(matches!(house.case(student, CaseKind::Enrolment).await.state, CaseState::Approved { .. }));
    }

    // Passing over goes round the queue, and lets others take what was passed over.
    for (n, student) in (0..).zip(&students[..3]) {
        house.service.verify_anew(&student.into(), CaseKind::Enrolment, at(200), &mut entropy::fill).await.unwrap();
        house.give(student, (CaseKind::Enrolment, Slot::StudentCard), card(), 200).await.unwrap();
        house.service.send_in(&student.into(), CaseKind::Enrolment, &studies("同济大学"), at(200 + n)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut before = None;
    for _ in 0..4 {
        let next = house.service.next_case(&one, before, at(300)).await.unwrap().unwrap();
        let counts = house.service.review_queue(&one, at(300)).await.unwrap().counts;
        assert_eq!((counts.waiting, counts.late, counts.mine), (3, 0, 1));
        seen.push(next);
        before = Some(next);
    }
    assert!(seen[0] < seen[1] && seen[1] < seen[2] && seen[3] == seen[0], "{seen:?}");
    let queue = house.service.review_queue(&one, at(10 * DAY)).await.unwrap();
    assert_eq!((queue.counts.late, queue.first.len(), queue.first[0].held_by), (3, 3, None));
}

async fn told(database: Option<&str>) {
    let house = House::open(database).await;
    story(&house).await;
    let secrets = ["欧阳明远", "李明", NUMBER, "110105194912310021", "13800138000", "2023010203", "请穿深色上衣", "计算机学院"];
    house.has_nothing_in_the_clear(database, "proofing_case", &secrets);
    centre::story(&house, 400 * DAY).await;
    house.has_nothing_in_the_clear(database, "proofing_case", &["古丽米热", "司马朝阳", NUMBER, "请正对镜头"]);
    two_at_once(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_on_sqlite() {
    told(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_on_postgresql() {
    let Some(postgres) = common::Postgres::start() else { return };
    told(Some(&postgres.url())).await;
}
