//! The machine side on both databases: notices to issuers' systems, lists that partners hand in, a contest as one archive.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it expects by failing, and what it measured"
)]
#![allow(dead_code, reason = "the world has more than this test needs")]

mod common;
#[path = "common/receiver.rs"]
mod receiver;
#[path = "common/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::Value;
use yinxin::config::{Config, Defaults};
use yinxin::domain::api_key::{ApiKey, ApiKeyName, Quota, Scope, Scopes};
use yinxin::domain::bucket::Access;
use yinxin::domain::number::CertificateNumber;
use yinxin::domain::status::RevocationReason;
use yinxin::domain::time::Instant;
use yinxin::domain::webhook::{DeliveryState, EndpointId, EndpointState, EventKind};
use yinxin::service::access::ContestMandate;
use yinxin::service::award_list::Column;
use yinxin::service::award_list::sample::sample_award_list;
use yinxin::service::desk::Mandate;
use yinxin::service::desk::batches::Worker;
use yinxin::service::desk::contest_export::{ArchiveError, ContestWanted};
use yinxin::service::desk::exports::{Privacy, WholeReason};
use yinxin::service::import::{ImportError, ListFile};
use yinxin::service::issuances::{HandInError, SentAward, SentList};
use yinxin::service::webhooks::{EndpointError, TypedEndpoint};
use yinxin::service::{Service, entropy};

use common::Postgres;
use receiver::{Receiver, signed};
use world::World;

const HEAD: &str = "赛事,姓名,证件类型,证件号码,手机号,学校,作品,奖项,类别,科目\n";
const SECOND: i64 = 1_000;
const DAY: i64 = 86_400_000;

fn clerk() -> Mandate {
    Mandate::of_operator("clerk")
}

async fn opened(database: Option<&str>, more: &str) -> World {
    World::edited(|sample| match database {
        Some(url) => format!("database = \"{url}\"\n{sample}\n{more}"),
        None => format!("{sample}\n{more}"),
    })
    .await
}

/// Another process over the same records.
async fn process(world: &World, database: Option<&str>) -> Service {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (templates, fonts) = (shipped.join("certificate-templates"), shipped.join("fonts"));
    let config =
        Config::load(world.folder.path(), &Defaults { templates, fonts, database: database.map(str::to_owned), access: Access::Unset })
            .unwrap();
    Service::open(config, None).await.unwrap()
}

async fn import(service: &Service, from: usize, count: usize, now: Instant) {
    let rows =
        (from..from + count).map(|n| format!("lanhai-14,李明,护照,E{n:08},138{n:08},蓝海大学,作品{n},一等奖,软件类,C/C++程序设计\n"));
    let text = HEAD.to_owned() + &rows.collect::<String>();
    let file = ListFile { name: "list.csv", bytes: text.as_bytes(), programme: None, portraits: &|_| None };
    service.import(&file, &ContestMandate::of_operator("clerk"), now).await.unwrap();
}

async fn numbers(service: &Service) -> Vec<CertificateNumber> {
    service.certificates(None, 1_000).await.unwrap().into_iter().map(|c| c.facts.claims.number).collect()
}

async fn revoke(service: &Service, number: &CertificateNumber, now: Instant) -> bool {
    service.revoke(number, RevocationReason::parse("名单有误").unwrap(), "clerk", now).await.is_ok()
}

async fn log(service: &Service, id: &EndpointId, only: DeliveryState) -> usize {
    service.webhook_log(&clerk(), id, Some(only)).await.unwrap().len()
}

async fn notices(database: Option<&str>) {
    let world = opened(database, "[webhooks]\nprivate_networks = true\n").await;
    let (service, now) = (&world.service, world.now);
    let later = |millis| now.plus_millis(millis);
    // What happens while nobody listens is told to nobody.
    import(service, 0, 1, now).await;
    world.issue().await;
    let receiver = Receiver::open().await;
    let all: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.code()).collect();
    let typed = TypedEndpoint { issuer: "lanhai", url: &receiver.url, events: &all };
    let (id, secret) = service.add_webhook(&clerk(), typed, &mut entropy::fill, now).await.unwrap();
    assert_eq!(service.send_webhooks(now).await.unwrap(), 0);

    // Three are issued: each is told once, whatever is completed again; the first answers are refusals, a redirect among them.
    import(service, 1, 3, now).await;
    world.issue().await;
    world.issue().await;
    receiver.answer(302);
    assert_eq!(service.send_webhooks(now).await.unwrap(), 3);
    let first = receiver.got();
    assert_eq!((first.len(), log(service, &id, DeliveryState::Waiting).await), (3, 3), "no redirect is followed");
    assert!(first.iter().all(|one| signed(&[&secret], one, now)));
    let told: BTreeSet<String> = first.iter().map(|(_, _, body)| String::from_utf8(body.to_vec()).unwrap()).collect();
    assert!(
        told.iter().all(|body| body.contains("certificate.issued") && !body.contains("李明") && !body.contains("蓝海大学")),
        "{told:?}"
    );
    // They wait for five seconds, and half a second by which they differ at most.
    receiver.answer(204);
    assert_eq!(service.send_webhooks(later(4 * SECOND)).await.unwrap(), 0);
    assert_eq!(service.send_webhooks(later(6 * SECOND)).await.unwrap(), 3);
    let second = receiver.got();
    let ids = |got: &[(String, HeaderMap, Bytes)]| got.iter().map(|(id, ..)| id.clone()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&first), ids(&second), "a notice keeps its name");
    assert!(second.iter().all(|one| signed(&[&secret], one, later(6 * SECOND))));
    assert_eq!(service.send_webhooks(later(DAY)).await.unwrap(), 0, "what was taken is not sent again");
    let delivery = service.webhook_log(&clerk(), &id, None).await.unwrap().remove(0);
    assert_eq!(delivery.attempts.iter().map(|a| a.outcome).collect::<Vec<_>>(), [Ok(204), Ok(302)]);

    // Of two processes each sends its own; what did not happen is not told.
    let known = numbers(service).await;
    for number in &known[1..] {
        assert!(revoke(service, number, later(DAY)).await && !revoke(service, number, later(DAY)).await);
    }
    let (one, two) = (process(&world, database).await, process(&world, database).await);
    let (sent, also) = tokio::join!(one.send_webhooks(later(DAY)), two.send_webhooks(later(DAY)));
    assert_eq!((sent.unwrap() + also.unwrap(), receiver.kinds()), (3, BTreeMap::from([("certificate.revoked".to_owned(), 3)])));

    // While a secret is changed both sign; a day later the new one alone.
    let newer = service.rotate_webhook(&clerk(), &id, &mut entropy::fill, later(DAY)).await.unwrap().unwrap();
    for (at, old_signs) in [(DAY + 1, true), (2 * DAY + 1, false)] {
        assert!(service.test_webhook(&clerk(), &id, &mut entropy::fill, later(at)).await.unwrap());
        assert_eq!(service.send_webhooks(later(at)).await.unwrap(), 1);
        let got = receiver.got();
        assert_eq!((signed(&[&newer], &got[0], later(at)), signed(&[&secret], &got[0], later(at))), (true, old_signs));
    }

    // Paused, nothing is sent and nothing is lost; everything since an instant is sent again, what happened before the pause too.
    service.pause_webhook(&clerk(), &id, true, later(2 * DAY)).await.unwrap();
    assert!(revoke(service, &known[0], later(2 * DAY)).await);
    assert_eq!(service.send_webhooks(later(2 * DAY)).await.unwrap(), 0);
    service.pause_webhook(&clerk(), &id, false, later(2 * DAY)).await.unwrap();
    assert_eq!(service.send_webhooks(later(2 * DAY)).await.unwrap(), 1);
    receiver.got();
    assert_eq!(service.replay_webhooks_since(&clerk(), &id, now, later(2 * DAY)).await.unwrap(), 7);
    assert_eq!(service.send_webhooks(later(2 * DAY)).await.unwrap(), 7);
    assert_eq!(receiver.kinds(), BTreeMap::from([("certificate.issued".to_owned(), 3), ("certificate.revoked".to_owned(), 4)]));
    let event = delivery.event;
    assert!(service.replay_webhook(&clerk(), &id, &event, later(2 * DAY)).await.unwrap());
    assert_eq!(service.send_webhooks(later(2 * DAY)).await.unwrap(), 1);
    assert_eq!(receiver.got()[0].0, event.as_str());

    // At an endpoint where nothing succeeds for three days the last attempts are given up, or it stops.
    receiver.answer(500);
    service.test_webhook(&clerk(), &id, &mut entropy::fill, later(3 * DAY)).await.unwrap();
    let mut attempts = 0;
    for hour in 0..100 {
        attempts += service.send_webhooks(later(3 * DAY + hour * 3_600_000)).await.unwrap();
    }
    let state = service.webhook(&clerk(), &id).await.unwrap().unwrap();
    assert_eq!((state.state, state.waiting + state.given_up), (EndpointState::Stopped, 1), "after {attempts} attempts");
    assert!((8..=10).contains(&attempts), "{attempts}");
    // Mended, it goes on. 410 stops it at once.
    receiver.answer(200);
    service.pause_webhook(&clerk(), &id, false, later(8 * DAY)).await.unwrap();
    service.send_webhooks(later(8 * DAY)).await.unwrap();
    receiver.answer(410);
    service.test_webhook(&clerk(), &id, &mut entropy::fill, later(8 * DAY)).await.unwrap();
    service.send_webhooks(later(8 * DAY)).await.unwrap();
    assert_eq!(service.webhook(&clerk(), &id).await.unwrap().unwrap().state, EndpointState::Stopped);
    // What is old is forgotten, and an endpoint with everything of it.
    assert!(service.sweep_webhooks(later(60 * DAY)).await.unwrap() >= 8);
    assert!(service.delete_webhook(&clerk(), &id, later(60 * DAY)).await.unwrap());
    assert!(!service.delete_webhook(&clerk(), &id, later(60 * DAY)).await.unwrap());
    assert!(!service.test_webhook(&clerk(), &id, &mut entropy::fill, later(60 * DAY)).await.unwrap());
}

fn award(n: usize, name: &str, number: &str) -> SentAward {
    let cells = [
        (Column::Name, name),
        (Column::DocumentKind, "护照"),
        (Column::DocumentNumber, number),
        (Column::School, "蓝海大学"),
        (Column::Category, "软件类"),
        (Column::Subject, "C/C++程序设计"),
        (Column::Work, "接口作品"),
        (Column::Award, "一等奖"),
    ];
    let mut cells: Vec<_> = cells.into_iter().map(|(column, text)| (column, text.to_owned())).collect();
    cells[6].1 += &n.to_string();
    SentAward { cells, portrait: None }
}

async fn key(service: &Service, scopes: &[Scope], issuer: &str, now: Instant) -> ApiKey {
    let scopes = Scopes::new(scopes.iter().copied(), issuer.parse().ok()).unwrap();
    let quota = Quota::new(10_000, None).unwrap();
    service.add_api_key(ApiKeyName::parse("合作系统").unwrap(), (quota, scopes), entropy::fill, "test", now).await.unwrap().0
}

async fn partners(database: Option<&str>) {
    let world = opened(database, "").await;
    let (service, now) = (&world.service, world.now);
    let (ours, theirs) = (key(service, &[Scope::Issue], "lanhai", now).await, key(service, &[Scope::Issue], "xinghe", now).await);
    let take = async |key: &ApiKey, name: &str, body: &str, awards: Vec<SentAward>| {
        let sent = SentList { key, programme: "lanhai-14", awards, name, body: body.as_bytes() };
        let mut random = [0; 8];
        entropy::fill(&mut random);
        service.take_issuance(sent, random, now).await
    };
    let three = || (0..3).map(|n| award(n, "李明", &format!("E{n:08}"))).collect::<Vec<_>>();
    assert!(matches!(take(&theirs, "a", "x", three()).await, Err(HandInError::Programme)), "another issuer's programme");

    // Every problem at once, by its place; nothing is recorded.
    let bad = vec![award(0, "", "E00000001"), award(1, "李明", "E1"), award(2, "张三", "E00000003"), award(2, "张三", "E00000003")];
    let Err(HandInError::Refused(problems)) = take(&ours, "a", "bad", bad).await else { panic!("refused") };
    let told: Vec<_> = problems.iter().map(|p| (p.index, p.field, p.code)).collect();
    assert_eq!(told[0], (Some(0), Some(Column::Name), "blank"));
    assert_eq!(told[1], (Some(1), Some(Column::DocumentNumber), "document"));
    assert_eq!((told[2].0, told[2].2, told.len()), (Some(3), "duplicate", 3));

    // The same name and body, at once and later, is one list; another body under the name is refused.
    let (one, two) = tokio::join!(take(&ours, "a", "three", three()), take(&ours, "a", "three", three()));
    let record = one.unwrap();
    assert_eq!(two.unwrap(), record);
    assert_eq!((record.fresh, record.known), (3, 0));
    assert_eq!(take(&ours, "a", "three", three()).await.unwrap(), record);
    assert!(matches!(take(&ours, "a", "other", three()).await, Err(HandInError::Reused)));
    let again = take(&ours, "b", "three", three()).await.unwrap();
    assert_eq!((again.fresh, again.known), (0, 3), "another name brings the same awards");
    assert_eq!(service.sweep_issuances(now.plus_millis(8 * DAY)).await.unwrap(), 2, "names are kept for seven days");

    // A batch issues it.
    let issuing = Arc::new(process(&world, database).await.issuing_in(world.room.clone()));
    while issuing.work_once(&Worker::new([7; 16])).await.unwrap() {}
    let issuer = "lanhai".parse().unwrap();
    let progress = service.issuance(&issuer, &record.id).await.unwrap().unwrap();
    let issued = progress.awards.iter().filter(|a| a.certificate.as_ref().is_some_and(|(_, state)| state == "valid")).count();
    assert_eq!((issued, progress.awards.iter().map(|a| a.place).collect::<Vec<_>>()), (3, vec![0, 1, 2]));
    assert!(service.issuance(&"xinghe".parse().unwrap(), &record.id).await.unwrap().is_none(), "nobody else's");
    assert_eq!(service.issue_handed_in(now).await.unwrap(), 0);

    // A published list takes nothing more.
    service.publish_notice(&"lanhai-14".parse().unwrap(), &ContestMandate::of_operator("clerk"), now).await.ok();
    let published = service.contests().await.unwrap().iter().any(|c| c.programme.id.as_str() == "lanhai-14" && c.state.is_fixed());
    if published {
        assert!(matches!(take(&ours, "c", "more", vec![award(9, "李明", "E00000099")]).await, Err(HandInError::Contest(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_on_sqlite() {
    notices(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_on_postgres() {
    let Some(postgres) = Postgres::start() else { return };
    notices(Some(&postgres.url())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_on_sqlite() {
    partners(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_on_postgres() {
    let Some(postgres) = Postgres::start() else { return };
    partners(Some(&postgres.url())).await;
}

/// Without the operator's leave nothing private is kept, nor called if it is reached by a name or was kept before.
#[tokio::test(flavor = "multi_thread")]
async fn no_notice_goes_to_a_private_network() {
    let world = opened(None, "[webhooks]\nprivate_networks = true\n").await;
    let receiver = Receiver::open().await;
    let typed = TypedEndpoint { issuer: "lanhai", url: &receiver.url, events: &["claim.issued"] };
    let (id, _) = world.service.add_webhook(&clerk(), typed, &mut entropy::fill, world.now).await.unwrap();
    let file = world.folder.path().join("yinxin.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("private_networks = true", "private_networks = false")).unwrap();
    let strict = process(&world, None).await;
    assert!(matches!(strict.add_webhook(&clerk(), typed, &mut entropy::fill, world.now).await, Err(EndpointError::Url(_))));
    strict.test_webhook(&clerk(), &id, &mut entropy::fill, world.now).await.unwrap();
    assert_eq!(strict.send_webhooks(world.now).await.unwrap(), 1);
    assert!(receiver.got().is_empty(), "it was not called");
    let attempt = strict.webhook_log(&clerk(), &id, None).await.unwrap().remove(0).attempts.remove(0);
    assert_eq!(attempt.outcome.unwrap_err().code(), "private-address");
}

async fn exported(service: &Service, privacy: &Privacy, files: bool, now: Instant) -> BTreeMap<String, Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    let contest = "lanhai-14".parse().unwrap();
    let wanted = ContestWanted { contest: &contest, privacy, files };
    service.export_contest(&clerk(), &wanted, &mut out, now).await.unwrap();
    let mut zip = zip::ZipArchive::new(out).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contest_goes_out_whole_and_its_list_comes_back() {
    let world = World::empty().await;
    let (service, now) = (&world.service, world.now);
    world.import("名单.xlsx", &sample_award_list(7, &["lanhai-14"]).unwrap()).await;
    world.issue().await;
    let masked = exported(service, &Privacy::Masked, true, now).await;
    let manifest: Value = serde_json::from_slice(&masked["manifest.json"]).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let bytes = &masked[file["name"].as_str().unwrap()];
        assert_eq!(file["sha256"], yinxin::domain::digest::Digest::of(bytes).to_string());
    }
    assert_eq!(manifest["files"].as_array().unwrap().len() + 1, masked.len());
    let certificates: Value = serde_json::from_slice(&masked["certificates.json"]).unwrap();
    let with_file = certificates.as_array().unwrap().iter().filter(|c| !c["sha256"].is_null()).count();
    assert!(with_file > 10, "{with_file}");
    assert_eq!(masked.keys().filter(|name| name.starts_with("certificates/")).count(), with_file);
    for certificate in certificates.as_array().unwrap().iter().filter(|c| !c["sha256"].is_null()) {
        let file = &masked[&format!("certificates/{}.pdf", certificate["number"].as_str().unwrap())];
        assert_eq!(certificate["sha256"], yinxin::domain::digest::Digest::of(file).to_string());
    }
    // Masked, the list tells no number, and cannot be imported.
    let file = |bytes: &[u8]| (bytes.to_vec(), "award-list.xlsx".to_owned());
    let import = async |(bytes, name): (Vec<u8>, String)| {
        let file = ListFile { name: &name, bytes: &bytes, programme: None, portraits: &|_| None };
        service.import(&file, &ContestMandate::of_operator("clerk"), now).await
    };
    assert!(matches!(import(file(&masked["award-list.xlsx"])).await, Err(ImportError::Rejected(_))));
    // Whole, it is the list again: nothing of it is new.
    let whole = Privacy::Whole(WholeReason::parse("移交档案馆").unwrap());
    let whole = exported(service, &whole, false, now).await;
    assert!(whole.keys().all(|name| !name.starts_with("certificates/")));
    let imported = import(file(&whole["award-list.xlsx"])).await.unwrap();
    assert_eq!(imported.new, 0, "{imported:?}");
    let trail: Value = serde_json::from_slice(&whole["audit-trail.json"]).unwrap();
    assert!(trail.as_array().unwrap().iter().any(|e| e["action"] == "export contest" && e["detail"] == "whole: 移交档案馆"));
    let nobody = "nobody".parse().unwrap();
    let wanted = ContestWanted { contest: &nobody, privacy: &Privacy::Masked, files: false };
    assert!(matches!(service.export_contest(&clerk(), &wanted, Cursor::new(Vec::new()), now).await, Err(ArchiveError::NoContest(_))));
}
