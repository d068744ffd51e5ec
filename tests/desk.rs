//! The staff's desk on both databases: batches that the server runs, certificates, the audit trail, spreadsheets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it expects by failing, and what it measured"
)]
#![allow(dead_code, reason = "the world has more than this test needs")]

mod common;
#[path = "common/world.rs"]
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use calamine::{Data, Reader as _, Xlsx};
use sqlx::AnyPool;
use yinxin::config::{Config, Defaults};
use yinxin::domain::bucket::Access;
use yinxin::domain::correction::Edits;
use yinxin::domain::status::{RevocationReason, Status};
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::registry::{CertificateFilter, JobKind, JobOutcome, JobRecord, Queued, StateFilter, TrailFilter};
use yinxin::service::Service;
use yinxin::service::access::ContestMandate;
use yinxin::service::access::Warrant;
use yinxin::service::desk::Mandate;
use yinxin::service::desk::batches::{StartError, Worker};
use yinxin::service::desk::exports::{Privacy, WholeReason};
use yinxin::service::desk::trail::Wholeness;
use yinxin::service::import::ListFile;

use common::Postgres;
use world::World;

const HEAD: &str = "赛事,姓名,证件类型,证件号码,手机号,学校,作品,奖项,类别,科目\n";
/// More than a chunk, so that a batch can be stopped half-way.
const AWARDS: usize = 3_000;

/// The service of another process over the same folder and database.
async fn process(folder: &Path, database: Option<&str>, world: &World) -> Arc<Service> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (templates, fonts) = (shipped.join("certificate-templates"), shipped.join("fonts"));
    let config =
        Config::load(folder, &Defaults { templates, fonts, database: database.map(str::to_owned), access: Access::Unset }).unwrap();
    Arc::new(Service::open(config, None).await.unwrap().issuing_in(world.room.clone()))
}

fn clerk() -> Mandate {
    Mandate::of_operator("clerk")
}

fn list(from: usize, count: usize) -> String {
    let rows = (from..from + count)
        .map(|n| format!("lanhai-14,李明,护照,E{n:08},138{n:08},蓝海大学{},作品{n},一等奖,软件类,C/C++程序设计\n", n % 7));
    HEAD.to_owned() + &rows.collect::<String>()
}

async fn import(service: &Service, name: &str, text: &str, now: Instant) {
    let file = ListFile { name, bytes: text.as_bytes(), programme: None, portraits: &|_| None };
    service.import(&file, &ContestMandate::of_operator("clerk"), now).await.unwrap();
}

async fn start(service: &Service, kind: JobKind, now: Instant) -> i64 {
    match service.start_batch(&clerk(), &"lanhai-14".parse().unwrap(), kind, now).await.unwrap() {
        Queued::New(job) => job,
        other => panic!("{other:?}"),
    }
}

async fn job(service: &Service, id: i64) -> JobRecord {
    service.batch(&clerk(), id).await.unwrap().unwrap()
}

async fn until(service: &Service, id: i64, what: impl Fn(&JobRecord) -> bool) -> JobRecord {
    for _ in 0..600 {
        let job = job(service, id).await;
        if what(&job) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", job(service, id).await)
}

async fn valid(service: &Service) -> usize {
    service.certificates(None, 10_000).await.unwrap().iter().filter(|c| matches!(c.status, Status::Valid { .. })).count()
}

/// Batches: progress, two processes, a stop, a crash, a preflight that finds something, the release.
async fn batches(world: &World, folder: &Path, database: Option<&str>) {
    let (one, two) = (process(folder, database, world).await, process(folder, database, world).await);
    let now = world.now;
    import(&one, "first.csv", &list(0, AWARDS), now).await;
    let none = one.start_batch(&clerk(), &"nobody".parse().unwrap(), JobKind::Issue, now).await;
    assert!(matches!(none, Err(StartError::NoProgramme(_))));

    // A check makes nothing.
    let check = start(&one, JobKind::Check, now).await;
    assert!(one.work_once(&Worker::new([1; 16])).await.unwrap());
    assert_eq!(job(&one, check).await.ended.unwrap().1, JobOutcome::Done);
    assert_eq!(valid(&one).await, 0);

    // Whoever starts a second one comes to the first; of two processes one runs it. It is stopped between two chunks.
    let first = start(&one, JobKind::Issue, now).await;
    let again = two.start_batch(&clerk(), &"lanhai-14".parse().unwrap(), JobKind::Issue, now).await.unwrap();
    assert_eq!(again, Queued::Running(first));
    let (worker, other) = (Worker::new([1; 16]), Worker::new([2; 16]));
    let stop = async {
        until(&two, first, |job| job.standing.is_some_and(|standing| standing.total > 0)).await;
        assert!(two.stop_batch(&clerk(), first, now).await.unwrap());
    };
    let (ran, idle, ()) = tokio::join!(one.work_once(&worker), two.work_once(&other), stop);
    assert_eq!([ran.unwrap(), idle.unwrap()].iter().filter(|ran| **ran).count(), 1, "one of the two runs it");
    let stopped = job(&one, first).await;
    assert_eq!(stopped.ended.unwrap().1, JobOutcome::Stopped);
    let made = valid(&one).await;
    assert_eq!(u64::try_from(made).unwrap(), stopped.issued, "what has a number is completed");
    assert!(made < AWARDS, "{made} were made before the stop");
    assert!(!two.stop_batch(&clerk(), first, now).await.unwrap(), "it is over");

    // A process dies half-way; another one goes on with the batch once the lease has ended, and nothing is made twice.
    let second = start(&one, JobKind::Issue, now).await;
    let dying = {
        let one = Arc::clone(&one);
        tokio::spawn(async move { one.work_once(&Worker::with_lease([3; 16], 4_000)).await })
    };
    until(&two, second, |job| job.standing.is_some_and(|standing| standing.done > 0)).await;
    dying.abort();
    assert!(dying.await.is_err(), "it did not come to its end");
    assert!(!two.work_once(&other).await.unwrap(), "the lease has not ended");
    while !two.work_once(&other).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(job(&two, second).await.ended.unwrap().1, JobOutcome::Done);
    assert_eq!(valid(&two).await, AWARDS);

    // A process that is told to leave gives its batch back, and the next one ends it at once.
    import(&one, "second.csv", &list(AWARDS, 300), now).await;
    let third = start(&one, JobKind::Issue, now).await;
    let leaving = Worker::new([4; 16]);
    leaving.leave();
    assert!(one.work_once(&leaving).await.unwrap());
    assert!(job(&one, third).await.ended.is_none());
    assert!(two.work_once(&other).await.unwrap());
    let ended = job(&two, third).await;
    assert_eq!((ended.ended.unwrap().1, ended.issued), (JobOutcome::Done, 300));
    assert_eq!(valid(&two).await, AWARDS + 300);

    // A name that no font has: the problem names the holder, and is read with a trace; no number is taken.
    import(&one, "third.csv", &(HEAD.to_owned() + "lanhai-14,ᚠᚢ,护照,E99999998,13700000000,蓝海大学,作品,一等奖,软件类,\n"), now).await;
    let refused = start(&one, JobKind::Issue, now).await;
    assert!(one.work_once(&worker).await.unwrap());
    let refused = job(&one, refused).await;
    assert_eq!((refused.ended.unwrap().1, refused.problem_count), (JobOutcome::Refused, 1));
    let problems = one.batch_problems(&clerk(), refused.id, now).await.unwrap();
    assert_eq!((problems[0].holder.as_str(), problems[0].school.as_str()), ("ᚠᚢ", "蓝海大学"));
    let sheet = rows(one.export_problems(&clerk(), refused.id, now).await.unwrap().bytes);
    assert!(sheet[1][2].contains('ᚠ'), "{sheet:?}");
}

fn rows(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).unwrap();
    let text = |cell: &Data| cell.to_string();
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// Certificates are found by each field, revoked, corrected; the trail says who did and who read.
async fn certificates(world: &World, folder: &Path, database: Option<&str>) {
    let service = process(folder, database, world).await;
    let now = world.now;
    let find = async |filter: CertificateFilter| service.find_certificates(&clerk(), &filter, None, now).await.unwrap();
    let all = find(CertificateFilter { programme: "lanhai-14".parse().ok(), ..Default::default() }).await;
    assert!(all.certificates.len() == 50 && all.more);
    let last = all.certificates[49].facts.claims.number.clone();
    let filter = CertificateFilter { holder: Some("李明".into()), ..Default::default() };
    let next = service.find_certificates(&clerk(), &filter, Some(&last), now).await.unwrap();
    assert!(next.certificates[0].facts.claims.number > last);
    let by_telephone = CertificateFilter { telephone: Telephone::parse("13800000012").ok(), ..Default::default() };
    let [one] = &find(by_telephone.clone()).await.certificates[..] else { panic!("one") };
    let number = one.facts.claims.number.clone();
    for (school, state, count) in
        [("大学5", None, 1), ("大学5", Some(StateFilter::Valid), 1), ("大学5", Some(StateFilter::Revoked), 0), ("%", None, 0)]
    {
        let filter = CertificateFilter { school: Some(school.into()), state, number: Some(number.to_string()), ..Default::default() };
        assert_eq!(find(filter).await.certificates.len(), count, "{school} {state:?}");
    }

    // Corrected: found by the new name and by what was not changed, in one line.
    let edits = Edits { holder: Some("李鸣".into()), ..Default::default() };
    let preview = service.preview_correction(&clerk(), &number, &edits, "姓名有误", now).await.unwrap();
    assert_eq!(preview.award().holder.name.as_str(), "李鸣");
    let same = service.preview_correction(&clerk(), &number, &Edits::default(), "姓名有误", now).await;
    assert!(same.is_err(), "nothing differs");
    let corrected = service.correct_at_desk(&clerk(), &number, edits, "姓名有误").await.unwrap();
    let by_name = find(CertificateFilter { holder: Some("李鸣".into()), ..Default::default() }).await.certificates;
    assert_eq!(by_name.iter().map(|c| &c.facts.claims.number).collect::<Vec<_>>(), [&corrected.successor]);
    assert_eq!(find(by_telephone).await.certificates.len(), 2);
    let line = service.dossier(&clerk(), &number, now).await.unwrap().unwrap().line;
    assert_eq!(line.iter().map(|c| c.facts.claims.number.clone()).collect::<Vec<_>>(), [number.clone(), corrected.successor.clone()]);

    let reason = || RevocationReason::parse("成绩复核").unwrap();
    service.revoke_at_desk(&clerk(), &corrected.successor, reason(), now).await.unwrap();
    assert!(service.revoke_at_desk(&clerk(), &corrected.successor, reason(), now).await.is_err());
    assert!(service.file_at_desk(&clerk(), &number, now).await.unwrap().pdf.starts_with(b"%PDF"));

    let admin = Warrant::of_operator("admin");
    let trail = service.trail(&admin, &TrailFilter { subject: Some(number.to_string()), ..Default::default() }, None).await.unwrap();
    let acts: Vec<&str> = trail.page.events.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(acts, ["read certificate", "read certificate", "corrected", "correct"]);
    let searches = TrailFilter { action: Some("search certificates".into()), actor: Some("clerk".into()), ..Default::default() };
    let searches = service.trail(&admin, &searches, None).await.unwrap().page.events;
    assert!(searches.iter().all(|event| !event.detail.contains("李明") && !event.detail.contains("13800000012")), "{searches:?}");
}

/// Spreadsheets: masked unless a reason is given, nothing a formula.
async fn exports(world: &World, folder: &Path, database: Option<&str>) {
    let service = process(folder, database, world).await;
    let (now, programme) = (world.now, "lanhai-14".parse().unwrap());
    import(&service, "formula.csv", &(HEAD.to_owned() + "lanhai-14,李明,护照,E99999999,13900000000,=1+1,@SUM(A1),一等奖,软件类,\n"), now)
        .await;
    let sheet = rows(service.export_certificates(&clerk(), &programme, now).await.unwrap().bytes);
    assert_eq!(sheet.len(), 1 + AWARDS + 300 + 1, "a title, and each certificate");
    let masked = rows(service.export_awards(&clerk(), &programme, &Privacy::Masked, now).await.unwrap().bytes);
    let formula = masked.last().unwrap();
    assert_eq!((formula[2].as_str(), formula[6].as_str(), formula[13].as_str()), ("=1+1", "@SUM(A1)", "139****0000"));
    assert!(formula[14].starts_with("可签发"), "{formula:?}");
    assert!(WholeReason::parse(" ").is_err());
    let whole = Privacy::Whole(WholeReason::parse("核对报名信息").unwrap());
    let whole = rows(service.export_awards(&clerk(), &programme, &whole, now).await.unwrap().bytes);
    assert_eq!(whole.last().unwrap()[13], "13900000000");
    let admin = Warrant::of_operator("admin");
    let trail = service.export_trail(&admin, &TrailFilter::default(), now).await.unwrap();
    let trail = rows(trail.bytes);
    assert!(trail.iter().any(|row| row[3] == "export awards" && row[5].contains("核对报名信息")));
    assert!(trail.iter().skip(1).all(|row| row[6].starts_with("相符")));
}

/// What was done behind the program's back shows.
async fn tampered(world: &World, folder: &Path, database: Option<&str>) {
    let service = process(folder, database, world).await;
    let admin = Warrant::of_operator("admin");
    let look = async |filter: TrailFilter| service.trail(&admin, &filter, None).await.unwrap();
    let whole = look(TrailFilter::default()).await;
    let last = whole.page.last;
    assert_eq!((whole.wholeness, whole.page.broken), (Wholeness::Intact(last), vec![]));
    let sqlite = format!("sqlite:{}", folder.join("registry.sqlite").display());
    let pool = AnyPool::connect(database.unwrap_or(&sqlite)).await.unwrap();
    let act = async |sql: String| {
        assert_eq!(sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap().rows_affected(), 1);
    };

    let kept: (String, String) = sqlx::query_as("SELECT actor, detail FROM event WHERE id = 5").fetch_one(&pool).await.unwrap();
    act("UPDATE event SET actor = 'somebody else' WHERE id = 5".into()).await;
    let edited = look(TrailFilter { actor: Some("somebody else".into()), ..Default::default() }).await;
    assert_eq!((edited.wholeness, edited.page.broken), (Wholeness::BrokenAt(5), vec![5]));
    act(format!("UPDATE event SET actor = '{}' WHERE id = 5", kept.0)).await;
    assert_eq!(look(TrailFilter::default()).await.wholeness, Wholeness::Intact(last));

    act(format!("DELETE FROM event WHERE id = {}", last - 3)).await;
    let gone = look(TrailFilter::default()).await;
    assert_eq!((gone.wholeness, gone.page.broken), (Wholeness::BrokenAt(last - 3), vec![last - 2]));
    assert!(!gone.page.is_gapless);
    assert_eq!(service.check_trail(&admin, world.now).await.unwrap(), Some(last - 3));
}

async fn story(database: Option<&str>) {
    let world = World::empty().await;
    let folder = world.folder.path().to_owned();
    batches(&world, &folder, database).await;
    certificates(&world, &folder, database).await;
    exports(&world, &folder, database).await;
    tampered(&world, &folder, database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_on_sqlite() {
    story(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_on_postgres() {
    let Some(postgres) = Postgres::start() else { return };
    story(Some(&postgres.url())).await;
}

/// Where it is asked for, what is eligible is issued when the release comes near: once before it and once at it, over all processes.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_starts_its_batch() {
    // The keys of the world are of 2025, and so is what they sign.
    let later = |sample: String| sample.replace("2024-01-01", "2025-02-01").replace("2024-01-31", "2025-02-28");
    let world = World::edited(|sample| later(sample) + "\n[issuing]\nat_release = true\n").await;
    let folder = world.folder.path().to_owned();
    let (one, two) = (process(&folder, None, &world).await, process(&folder, None, &world).await);
    import(&one, "first.csv", &list(0, 3), world.now).await;
    let release = Instant::parse_beijing("2025-02-01").unwrap();
    let after = |millis: i64| release.plus_millis(millis);
    for at in [after(-3_600_001), after(86_400_000)] {
        assert_eq!(one.start_releases(at).await.unwrap(), 0);
    }
    let started = [one.start_releases(after(-3_600_000)).await.unwrap(), two.start_releases(after(-1)).await.unwrap()];
    assert_eq!(started, [1, 0]);
    one.clock().set(after(-3_600_000)).unwrap();
    assert!(one.work_once(&Worker::new([1; 16])).await.unwrap());
    assert_eq!(valid(&one).await, 3);
    assert!(one.certificates(None, 10).await.unwrap().iter().all(|c| c.release == release), "nobody sees them before");
    assert_eq!(one.start_releases(after(0)).await.unwrap(), 0, "nothing is left to issue");
    import(&one, "second.csv", &list(3, 2), world.now).await;
    assert_eq!([two.start_releases(after(0)).await.unwrap(), one.start_releases(after(5)).await.unwrap()], [1, 0]);
}
