//! What a correction promises: one of the two always stands, whatever crashes or meets; the old file stays what it was; every door leads on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the world has more than this test needs")]

#[path = "common/world.rs"]
mod world;

use yinxin::domain::correction::{Correction, Edits, Fact};
use yinxin::domain::identity::{DocumentKind, IdentityDocument};
use yinxin::domain::number::CertificateNumber;
use yinxin::domain::status::{RevocationReason, Status};
use yinxin::registry::{Amendment, DataKeys, Registry};
use yinxin::service::answers::{FileVerdict, PublicState};
use yinxin::service::correct::{CorrectError, Corrected, Request};
use yinxin::service::demo::Cases;
use yinxin::service::issue::Order;
use yinxin::service::progress::Silent;

use world::World;

const CARD: &str = "11010519491231002X";
const RIGHT_CARD: &str = "319900200101020024";
const REASON: &str = "报名时填写有误";
const LIST: &str = "赛事,赛类,作品,奖项,姓名,证件号码,学校\nlanhai-14,软件类,星海,二等奖,李名,11010519491231002X,蓝海大学\n";
const CORRECTED_LIST: &str = "赛事,赛类,作品,奖项,姓名,证件号码,学校\nlanhai-14,软件类,星海,二等奖,李明,11010519491231002X,蓝海大学\n";

fn number(text: &str) -> CertificateNumber {
    text.parse().unwrap()
}

fn card(text: &str) -> IdentityDocument {
    IdentityDocument::parse(DocumentKind::ResidentIdentityCard, text).unwrap()
}

fn holder(name: &str) -> Edits {
    Edits { holder: Some(name.into()), ..Edits::default() }
}

async fn one() -> World {
    let world = World::empty().await;
    world.import("名单.csv", LIST.as_bytes()).await;
    assert_eq!(world.issue().await.issued, 1);
    world
}

async fn correct(world: &World, number: &CertificateNumber, edits: Edits) -> Result<Corrected, CorrectError> {
    let now = world.now;
    let order = Order { programmes: &[], out: None, clock: &move || now, progress: &Silent };
    let request = Request { number, edits, portrait: None, reason: REASON, actor: "clerk" };
    world.service.correct(&world.room, request, &order).await
}

async fn state(world: &World, number: &CertificateNumber) -> PublicState {
    world.service.look_up_number(number, world.now).await.unwrap().unwrap().state
}

async fn found(world: &World, document: &str) -> Vec<String> {
    let found = world.service.look_up_identity(&card(document), world.now).await.unwrap();
    found.iter().map(|c| c.number.to_string()).collect()
}

async fn pdf(world: &World, number: &CertificateNumber) -> Vec<u8> {
    let link = world.service.link(number, world.now.plus_millis(1_000));
    world.service.download(&link, world.now).await.unwrap().pdf
}

async fn assert_sound(world: &World) {
    let diagnosis = world.service.doctor(None, world.now, &Silent).await.unwrap();
    assert!(diagnosis.findings.is_empty(), "{:?}", diagnosis.findings);
}

fn corrected_to(successor: &CertificateNumber, world: &World) -> PublicState {
    PublicState::Corrected { at: world.now, successor: successor.clone(), reason: REASON.into() }
}

/// The records behind a world, as another process sees them.
async fn registry(world: &World) -> Registry {
    let url = format!("sqlite:{}", world.folder.path().join("registry.sqlite").display());
    // Nothing that is read or written here with them is sealed.
    Registry::connect(&url, DataKeys::from_master([1; 32])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_corrections_leads_on_and_leaves_what_was_issued() {
    let world = one().await;
    let a = number("LH14202500001");
    let before = pdf(&world, &a).await;
    let first = correct(&world, &a, holder("李明")).await.unwrap();
    let b = first.successor;
    assert_eq!((b.as_str(), first.changed), ("LH14202500002", vec![Fact::Holder]));
    let edits = Edits { school: Some("青山大学".into()), document: Some(card(RIGHT_CARD)), ..Edits::default() };
    let second = correct(&world, &b, edits).await.unwrap();
    let c = second.successor;
    assert_eq!(second.changed, [Fact::Document, Fact::School]);

    assert_eq!((state(&world, &a).await, state(&world, &b).await), (corrected_to(&b, &world), corrected_to(&c, &world)));
    assert_eq!(state(&world, &c).await, PublicState::Valid);
    let replaces = async |n: &CertificateNumber| world.service.look_up_number(n, world.now).await.unwrap().unwrap().replaces;
    assert_eq!((replaces(&a).await, replaces(&b).await, replaces(&c).await), (None, Some(a.clone()), Some(b.clone())));
    assert_eq!(found(&world, RIGHT_CARD).await, [a.as_str(), b.as_str(), c.as_str()], "the right number finds the whole line");
    assert!(found(&world, CARD).await.is_empty(), "the owner of the wrong one is shown nothing of it");

    // The old file is the same to the byte, and leads on; the new one states the right facts and what it replaces.
    assert_eq!(pdf(&world, &a).await, before);
    let old = world.service.check_file(&before, world.now).await.unwrap();
    assert_eq!((old.verdict, old.record.unwrap().state), (FileVerdict::Corrected, corrected_to(&b, &world)));
    let new = world.service.check_file(&pdf(&world, &c).await, world.now).await.unwrap();
    let stated = new.stated.unwrap();
    assert_eq!((new.verdict, stated.holder.as_str(), stated.school.as_str()), (FileVerdict::Genuine, "李明", "青山大学"));
    assert_eq!((stated.replaces, stated.programme.id.as_str()), (Some(b.clone()), "lanhai-14"));

    // What cannot be corrected says where to go; nothing takes a number.
    let refused = async |n: &CertificateNumber| correct(&world, n, holder("李鸣")).await.unwrap_err().to_string();
    assert!(refused(&a).await.contains(b.as_str()));
    world.service.revoke(&c, RevocationReason::parse("撤回").unwrap(), "clerk", world.now).await.unwrap();
    assert!(refused(&c).await.contains("已吊销"));
    assert!(refused(&number("LH14202500009")).await.contains("没有"));
    let revoke = world.service.revoke(&a, RevocationReason::parse("撤回").unwrap(), "clerk", world.now).await;
    assert!(revoke.unwrap_err().to_string().contains(b.as_str()));
    assert_eq!(world.issue().await.issued, 0, "neither the revoked nor the corrected one is issued again");
    assert_eq!(world.service.certificates(None, 10).await.unwrap().len(), 3);
    assert_sound(&world).await;

    let trail: Vec<_> = registry(&world).await.events(0, 100).await.unwrap().into_iter().map(|e| (e.action, e.subject, e.detail)).collect();
    assert_eq!(trail[1], ("correct".into(), a.to_string(), format!("{b} (holder): {REASON}")));
    assert_eq!(trail[2], ("corrected".into(), a.to_string(), b.to_string()));
    assert_eq!(trail[3].2, format!("{c} (identity, school): {REASON}"));
    assert!(trail.iter().all(|(_, _, detail)| !detail.contains("李") && !detail.contains(&RIGHT_CARD[6..])), "{trail:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slips_are_told_at_once_and_take_no_number() {
    let world = one().await;
    let a = number("LH14202500001");
    let typed = Edits { holder: Some("李1".into()), title: Some("工程师".into()), ..Edits::default() };
    let Err(CorrectError::Facts(slips)) = correct(&world, &a, typed).await else { panic!("slips") };
    assert_eq!(slips.len(), 2);
    assert!(matches!(correct(&world, &a, holder("李名")).await, Err(CorrectError::Facts(_))), "nothing changes");
    let long = correct(&world, &a, holder(&"ễ".repeat(60))).await;
    assert!(matches!(long, Err(CorrectError::Preflight(_))), "{long:?}");
    assert_eq!(world.service.certificates(None, 10).await.unwrap().len(), 1);
    assert_eq!(state(&world, &a).await, PublicState::Valid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_the_old_one_standing_until_the_next_run() {
    for by_issue in [true, false] {
        let world = one().await;
        let a = number("LH14202500001");
        let b = crashed(&world, &a).await;
        // Between the two commits: the old one stands, the new one is not there, and nobody gets in between.
        assert_eq!(state(&world, &a).await, PublicState::Valid);
        assert_eq!(world.service.look_up_number(&b, world.now).await.unwrap(), None);
        let revoke = world.service.revoke(&a, RevocationReason::parse("撤回").unwrap(), "clerk", world.now).await;
        assert!(revoke.unwrap_err().to_string().contains(b.as_str()));
        if by_issue {
            assert_eq!(world.issue().await.resumed, 1);
        } else {
            let again = correct(&world, &a, holder("李鸣")).await;
            assert!(matches!(&again, Err(CorrectError::Resumed { successor, .. }) if *successor == b), "{again:?}");
        }
        assert_eq!((state(&world, &a).await, state(&world, &b).await), (corrected_to(&b, &world), PublicState::Valid));
        assert_eq!(world.issue().await.resumed, 0);
        assert_sound(&world).await;
    }
}

/// A correction whose process died after the reservation.
async fn crashed(world: &World, original: &CertificateNumber) -> CertificateNumber {
    let registry = registry(world).await;
    let certificate = registry.certificate(original).await.unwrap().unwrap();
    let claims = certificate.facts.claims.clone();
    let programme = world.service.config().programmes.iter().find(|p| p.id == claims.programme.id).unwrap();
    let series = yinxin::domain::number::Series::new(programme.pattern.clone(), programme.series, 2025).unwrap();
    let award = yinxin::domain::award::Award {
        programme: programme.id.clone(),
        holder: yinxin::domain::award::Holder {
            name: claims.holder.clone(),
            document: None,
            telephone: None,
            school: claims.school.clone(),
        },
        achievement: claims.achievement.clone(),
        portrait: None,
    };
    let correction = Correction::parse(&award, &holder("李明"), REASON).unwrap();
    let amendment = Amendment { original, programme: &programme.id, correction: &correction, actor: "clerk", at: world.now };
    let build = |number| {
        let mut facts = certificate.facts.clone();
        facts.claims.holder = correction.award().holder.name.clone();
        facts.claims.replaces = Some(original.clone());
        facts.claims.number = number;
        yinxin::registry::Reservation { facts, release: certificate.release }
    };
    registry.reserve_successor(&series, &amendment, build).await.unwrap().facts.claims.number
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_corrections_at_once_one_is_refused() {
    let world = one().await;
    let a = number("LH14202500001");
    let (left, right) = tokio::join!(correct(&world, &a, holder("李明")), correct(&world, &a, holder("李鸣")));
    let successors: Vec<Corrected> = [left, right].into_iter().filter_map(Result::ok).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    world.issue().await;
    assert_eq!(state(&world, &a).await, corrected_to(&successors[0].successor, &world));
    assert_eq!(world.service.certificates(None, 10).await.unwrap().len(), 2);
    assert_sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_corrected_list_brings_nothing_new() {
    let world = one().await;
    correct(&world, &number("LH14202500001"), holder("李明")).await.unwrap();
    world.import("更正后的名单.csv", CORRECTED_LIST.as_bytes()).await;
    assert_eq!(world.issue().await.issued, 0);
    world.import("另一份.csv", CORRECTED_LIST.replace("星海", "听潮").as_bytes()).await;
    assert_eq!(world.issue().await.issued, 1, "another work is another award");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_release_neither_is_seen_and_after_it_one_counts() {
    let world = World::edited(|sample| sample.replace("2024-10-01", "2148-10-01").replace("2024-10-31", "2148-10-31")).await;
    world.import("名单.csv", LIST.replace("lanhai-14", "xinghe-3").as_bytes()).await;
    world.issue().await;
    let certificates = world.service.certificates(None, 10).await.unwrap();
    let (a, release) = (certificates[0].facts.claims.number.clone(), certificates[0].release);
    let b = correct(&world, &a, holder("李明")).await.unwrap().successor;
    for (now, seen) in [(release.plus_millis(-1), false), (release, true)] {
        let old = world.service.look_up_number(&a, now).await.unwrap();
        let new = world.service.look_up_number(&b, now).await.unwrap();
        assert_eq!((old.is_some(), new.is_some()), (seen, seen));
        assert!(new.is_none_or(|c| c.state == PublicState::Valid && c.issued_on == release.beijing_date()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_world_shows_one_of_each_once() {
    let world = World::empty().await;
    let rows = ["甲", "乙", "丙"].map(|work| LIST.lines().nth(1).unwrap().replace("星海", work)).join("\n");
    world.import("名单.csv", format!("{}\n{rows}\n", LIST.lines().next().unwrap()).as_bytes()).await;
    world.issue().await;
    let now = world.now;
    let order = Order { programmes: &[], out: None, clock: &move || now, progress: &Silent };
    let cases = world.service.show_cases(&world.room, &order).await.unwrap().unwrap();
    let Cases { corrected, successor, revoked } = &cases;
    assert_eq!([corrected, successor, revoked], [&number("LH14202500002"), &number("LH14202500004"), &number("LH14202500003")]);
    assert_eq!(world.service.show_cases(&world.room, &order).await.unwrap().unwrap(), cases, "a second run does nothing");
    let standing = world.service.certificates(None, 10).await.unwrap();
    assert_eq!(standing.iter().filter(|c| matches!(c.status, Status::Valid { .. })).count(), 2);
    assert_sound(&world).await;
}
