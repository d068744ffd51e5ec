//! The issuing centre's own verification: its own queue, its own rules for the portrait, and pictures that are handed on with consent.

use yinxin::domain::proofing::{CaseKind, CaseState, Field, Reasons, Slot};
use yinxin::registry::{ProofingError, Ruling};
use yinxin::service::access::{CentreReviewer, Reviewer, Student};
use yinxin::service::messages::{Notification, Text, Verified};
use yinxin::service::proofing::{Applicant, ApplyError, PictureError, Warning};
use yinxin::service::{Service, entropy};

use crate::house::{DAY, House, at, card, identity, identity_of};
use crate::pictures::{BLUE, RED, jpeg, plain};

const GREY: [u8; 3] = [150, 152, 150];
const CENTRE: CaseKind = CaseKind::Centre;

/// The account of a student whose real name is verified, with a portrait on this ground.
async fn verified(house: &House, reviewer: &Reviewer, (telephone, name): (&str, &str), ground: [u8; 3], now: i64) -> Student {
    let student = house.student(telephone, name).await;
    house.give(&student, (CaseKind::RealName, Slot::Portrait), jpeg(plain(413, 579, ground), 90), now).await.unwrap();
    for slot in [Slot::CardFront, Slot::CardBack] {
        house.give(&student, (CaseKind::RealName, slot), card(), now).await.unwrap();
    }
    house.service.send_in(&(&student).into(), CaseKind::RealName, &identity(name), at(now)).await.unwrap();
    let id = house.service.next_case(reviewer, None, at(now)).await.unwrap().unwrap();
    house.rule(reviewer, id, Ruling::Approve, now).await.unwrap();
    student
}

async fn hand_on(service: &Service, applicant: &Applicant, slot: Slot, now: i64) -> Result<(), ApplyError> {
    service.reuse_picture(applicant, slot, at(now), &mut entropy::fill).await
}

pub async fn story(house: &House, start: i64) {
    let service = &house.service;
    let reviewer = house.reviewer("13700137021").await;
    let centre = house.staff("13700137022", "centre-reviewer").await.centre_reviewer().unwrap();
    let student = verified(house, &reviewer, ("13800138021", "古丽米热"), BLUE, start).await;
    let applicant = Applicant::from(&student);

    // The form begins with what is verified, and each picture that is still there is offered.
    assert_eq!(service.form_of(&applicant, CENTRE, None).await.unwrap(), identity("古丽米热"));
    let offered = service.reusable(&applicant, at(start)).await.unwrap();
    assert_eq!(offered.iter().map(|held| held.slot).collect::<Vec<_>>(), [Slot::Portrait, Slot::CardFront, Slot::CardBack]);
    assert!(offered.iter().all(|held| held.refused.is_none() && held.link.is_some()));
    for slot in [Slot::Portrait, Slot::CardFront] {
        hand_on(service, &applicant, slot, start + 1).await.unwrap();
    }
    let case = house.case(&student, CENTRE).await;
    assert_eq!(service.reused(&case).await.unwrap(), [(Slot::Portrait, at(start + 1)), (Slot::CardFront, at(start + 1))]);
    hand_on(service, &applicant, Slot::Portrait, start + 2).await.unwrap();
    assert_eq!(house.case(&student, CENTRE).await.files, case.files, "once is enough");
    let acts: Vec<String> = service.own_history(&applicant, CENTRE).await.unwrap().into_iter().map(|event| event.act).collect();
    assert_eq!(acts, ["open", "reuse portrait", "reuse card-front"]);

    // The copies have a life of their own: the first verification lets go of its pictures, and keeps the portrait.
    let first = house.case(&student, CaseKind::RealName).await;
    assert!(case.files.iter().all(|file| first.picture(file.slot) != file.file));
    let swept = start + 31 * DAY;
    service.sweep_verification(at(swept)).await.unwrap();
    assert!(house.case(&student, CaseKind::RealName).await.picture(Slot::CardFront).is_none());
    assert_eq!(house.case(&student, CENTRE).await.files, case.files);
    let offered = service.reusable(&applicant, at(swept)).await.unwrap();
    assert_eq!(offered.iter().map(|held| held.slot).collect::<Vec<_>>(), [Slot::Portrait]);
    let gone = hand_on(service, &applicant, Slot::CardBack, swept).await;
    assert!(matches!(gone, Err(ApplyError::Case(ProofingError::Unknown))), "{gone:?}");
    house.give(&student, (CENTRE, Slot::CardBack), card(), swept).await.unwrap();
    let due = service.send_in(&applicant, CENTRE, &identity("古丽米热"), at(swept)).await.unwrap();

    queues(house, (&reviewer, &centre), (&student, due), swept).await;
    portraits(house, &reviewer, &centre, swept + 10 * DAY).await;
}

/// The centre's cases are before its own reviewers alone, and what it decides is told and counts.
async fn queues(
    house: &House,
    (reviewer, centre): (&Reviewer, &CentreReviewer),
    (student, due): (&Student, yinxin::domain::time::Instant),
    now: i64,
) {
    let (service, applicant) = (&house.service, Applicant::from(student));
    assert_eq!(service.next_case(reviewer, None, at(now)).await.unwrap(), None, "not the committee's matter");
    assert_eq!(service.review_queue(reviewer, at(now)).await.unwrap().counts.waiting, 0);
    let id = service.next_case(centre, None, at(now)).await.unwrap().unwrap();
    assert!(service.review_case(reviewer, id, at(now)).await.is_err());
    let queue = service.review_queue(centre, at(now)).await.unwrap();
    assert_eq!((queue.counts.waiting, queue.counts.late, queue.counts.mine, queue.first[0].kind), (1, 0, 1, CENTRE));
    assert_eq!(service.review_queue(centre, due).await.unwrap().counts.late, 1, "two working days are over");
    let seen = service.review_case(centre, id, at(now)).await.unwrap();
    assert!(seen.warnings.iter().all(|warning| !matches!(warning, Warning::OtherThanFirst)), "{:?}", seen.warnings);
    let link = service.review_link(centre, &seen.case, Slot::Portrait, at(now)).unwrap();
    assert!(service.open_case_picture(reviewer, (id, Slot::Portrait), &link, at(now)).await.is_err());
    assert!(service.open_case_picture(centre, (id, Slot::Portrait), &link, at(now)).await.unwrap().is_some());

    // Sent back, corrected with a picture of its own, which takes the place of the one that was handed on.
    let why = Reasons::parse(CENTRE, ["portrait"], "请正对镜头").unwrap();
    service.rule(centre, id, Ruling::Return(why), at(now + 1), &mut entropy::fill).await.unwrap();
    assert_eq!(house.letter(), Text::Notice(Notification::Returned(Verified::Centre)));
    let bad = house.give(student, (CENTRE, Slot::Portrait), jpeg(plain(295, 413, GREY), 90), now + 2).await;
    assert!(bad.unwrap_err().to_string().contains("应为白、蓝或红"));
    house.give(student, (CENTRE, Slot::Portrait), jpeg(plain(590, 826, RED), 90), now + 2).await.unwrap();
    let reused: Vec<Slot> = service.reused(&house.case(student, CENTRE).await).await.unwrap().into_iter().map(|(slot, _)| slot).collect();
    assert_eq!(reused, [Slot::CardFront]);
    service.send_in(&applicant, CENTRE, &identity_of("古丽米热·阿不都", "11010519491231002X"), at(now + 3)).await.unwrap();
    let seen = {
        let id = service.next_case(centre, None, at(now + 3)).await.unwrap().unwrap();
        service.review_case(centre, id, at(now + 3)).await.unwrap()
    };
    assert!(seen.warnings.contains(&Warning::OtherThanFirst));
    assert_eq!(service.centre_identity(applicant.account()).await.unwrap(), None);
    service.rule(centre, id, Ruling::Approve, at(now + 4), &mut entropy::fill).await.unwrap();
    assert_eq!(house.letter(), Text::Notice(Notification::Approved(Verified::Centre)));

    let proofed = service.proofed(applicant.account()).await.unwrap();
    assert_eq!((proofed.centre.verified_since, proofed.verified_since()), (Some(at(now + 4)), None), "it says nothing about awards");
    let whom = service.centre_identity(applicant.account()).await.unwrap().unwrap();
    assert_eq!((whom.real_name.name.as_str(), whom.since), ("古丽米热·阿不都", at(now + 4)));
    let portrait = service.centre_portrait(applicant.account()).await.unwrap().unwrap();
    let picture = image::load_from_memory(&portrait).unwrap();
    assert_eq!((picture.width(), picture.height()), (295, 413));

    // What was approved keeps its portrait alone; whoever begins anew is not verified until that is approved.
    service.sweep_verification(at(now + 4 + 30 * DAY)).await.unwrap();
    assert_eq!(house.case(student, CENTRE).await.files.iter().filter(|file| file.file.is_some()).count(), 1);
    assert_eq!(service.centre_portrait(applicant.account()).await.unwrap(), Some(portrait));
    let letters = house.letters.0.lock().unwrap().len();
    service.verify_anew(&applicant, CENTRE, at(now + 5), &mut entropy::fill).await.unwrap();
    assert_eq!(service.centre_identity(applicant.account()).await.unwrap(), None);
    assert_eq!(service.centre_portrait(applicant.account()).await.unwrap(), None);
    assert_eq!(house.letters.0.lock().unwrap().len(), letters, "its owner did that, and knows");
    let draft = house.case(student, CENTRE).await;
    assert_eq!((draft.state, draft.typed.get(Field::Name)), (CaseState::Draft, "古丽米热·阿不都"));
}

/// A portrait that did for the committee may not do for the centre; nothing is handed on that it cannot take.
async fn portraits(house: &House, reviewer: &Reviewer, centre: &CentreReviewer, now: i64) {
    let service = &house.service;
    let student = verified(house, reviewer, ("13800138022", "司马朝阳"), GREY, now).await;
    let applicant = Applicant::from(&student);
    let offered = service.reusable(&applicant, at(now)).await.unwrap();
    let refused: Vec<(Slot, bool)> = offered.iter().map(|held| (held.slot, held.refused.is_some())).collect();
    assert_eq!(refused, [(Slot::Portrait, true), (Slot::CardFront, false), (Slot::CardBack, false)]);
    let error = hand_on(service, &applicant, Slot::Portrait, now).await.unwrap_err();
    assert!(matches!(error, ApplyError::Picture(PictureError::Portrait(_))) && error.to_string().contains("应为白、蓝或红"), "{error}");
    assert!(service.own_case(&applicant, CENTRE).await.unwrap().is_none(), "nothing was begun");

    // Without a verified real name there is nothing to hand on; the centre's own form can be filled in all the same.
    let other = house.student("13800138023", "林晨").await;
    let applicant = Applicant::from(&other);
    assert!(service.reusable(&applicant, at(now)).await.unwrap().is_empty());
    assert!(matches!(hand_on(service, &applicant, Slot::CardFront, now).await, Err(ApplyError::Case(ProofingError::Unknown))));
    house.give(&other, (CENTRE, Slot::Portrait), jpeg(plain(295, 413, BLUE), 90), now).await.unwrap();
    for slot in [Slot::CardFront, Slot::CardBack] {
        house.give(&other, (CENTRE, slot), card(), now).await.unwrap();
    }
    service.send_in(&applicant, CENTRE, &identity_of("林晨", "110105199003070017"), at(now)).await.unwrap();
    let id = service.next_case(centre, None, at(now)).await.unwrap().unwrap();
    assert_eq!(service.review_case(centre, id, at(now)).await.unwrap().warnings, []);
}
