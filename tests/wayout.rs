//! The way out: copies of everything, and what is made of them; exports, and the page that checks them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says what it expects by failing")]

mod common;
#[path = "common/world.rs"]
#[allow(dead_code)]
mod world;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use common::Postgres;
use serde_json::{Value, json};
use world::World;
use yinxin::config::{Defaults, FILE_NAME};
use yinxin::domain::bucket::Access;
use yinxin::domain::time::Instant;
use yinxin::service::Service;
use yinxin::service::backup::{Backup, BackupError, Flaw, KeysForm, Manifest, Order, Restored, Target, restore};
use yinxin::service::export::{Exported, Order as ExportOrder, Packed};
use yinxin::service::progress::Silent;

fn defaults(database: Option<String>) -> Defaults {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    Defaults { templates: shipped.join("certificate-templates"), fonts: shipped.join("fonts"), database, access: Access::Unset }
}

async fn backup(service: &Service, out: &Path, keys: KeysForm, now: Instant) -> Result<Manifest, BackupError> {
    service.backup(&Order { out, keys, since: None, actor: "test", now }, &Silent).await
}

async fn restored(backup: &Path, data: &Path, database: Option<String>, now: Instant) -> Result<Restored, BackupError> {
    let defaults = defaults(database);
    restore(backup, &Target { data, defaults: &defaults, passphrase: None, actor: "test", now }, &Silent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_copy_shares_the_files_of_an_earlier_one_and_is_whole() {
    let world = World::forged().await;
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    let before = backup(&world.service, &first, KeysForm::All, world.now).await.unwrap();
    // One file is deleted meanwhile, as retention does.
    let gone = files(&world.folder.path().join("vault")).into_iter().next().unwrap();
    std::fs::remove_file(&gone).unwrap();
    let order = Order { out: &second, keys: KeysForm::All, since: Some(&first), actor: "test", now: world.now };
    let after = world.service.backup(&order, &Silent).await.unwrap();
    assert_eq!((after.vault.files, after.vault.deleted_meanwhile.len()), (before.vault.files - 1, 0));
    assert_eq!(flaws(&second), []);
    let lengths = |folder: &Path| files(&folder.join("vault")).iter().map(|path| path.metadata().unwrap().len()).sum::<u64>();
    assert_eq!((before.vault.bytes, after.vault.bytes), (lengths(&first), lengths(&second)));
    #[cfg(unix)]
    for path in files(&second.join("vault")) {
        assert_eq!(std::os::unix::fs::MetadataExt::nlink(&path.metadata().unwrap()), 2, "{path:?} is not shared");
    }
    // The earlier one may go.
    std::fs::remove_dir_all(&first).unwrap();
    assert_eq!(flaws(&second), []);
    std::fs::write(second.join("SHA256SUMS"), "").unwrap();
    let order = Order { out: &place.path().join("third"), since: Some(&second), ..order };
    assert!(matches!(world.service.backup(&order, &Silent).await, Err(BackupError::Damaged(_))));
}

fn flaws(backup: &Path) -> Vec<Flaw> {
    match Backup::check(backup, &Silent) {
        Err(BackupError::Damaged(flaws)) => flaws,
        Err(other) => panic!("{other}"),
        Ok(_) => Vec::new(),
    }
}

/// The manifests' tables, without what restoring and copying themselves add to the audit trail.
fn compared(manifest: &Manifest, folder: &Path) -> Vec<(String, String)> {
    let apart = ["event", "event_head"];
    let tables = manifest.tables.iter().filter(|table| !apart.contains(&table.name.as_str()));
    tables
        .map(|table| (table.name.clone(), std::fs::read_to_string(folder.join(format!("tables/{}.jsonl", table.name))).unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_goes_from_database_to_database_and_loses_nothing() {
    let world = World::forged().await;
    let place = tempfile::tempdir().unwrap();
    let first = place.path().join("first");
    let taken = backup(&world.service, &first, KeysForm::All, world.now).await.unwrap();
    assert!(taken.vault.files >= 3 && taken.vault.deleted_meanwhile.is_empty());
    assert!(taken.tables.iter().any(|table| table.name == "certificate" && table.rows == 3));
    assert_eq!(flaws(&first), []);
    assert!(matches!(backup(&world.service, &first, KeysForm::All, world.now).await, Err(BackupError::Exists(path)) if path == first));

    // Into SQLite, and from there once more: the same rows.
    let data = place.path().join("restored");
    let again = restored(&first, &data, None, world.now).await.unwrap();
    assert_eq!((again.diagnosis.checked, again.diagnosis.findings.len()), (3, 0));
    assert_eq!(again.rows, taken.tables.iter().map(|table| table.rows).sum::<u64>());
    let config = yinxin::config::Config::load(&data, &defaults(None)).unwrap();
    let service = Service::open(config, None).await.unwrap();
    let second = place.path().join("second");
    let retaken = backup(&service, &second, KeysForm::All, world.now).await.unwrap();
    assert_eq!(compared(&taken, &first), compared(&retaken, &second));
    drop(service);
    // What has something is not filled.
    assert!(matches!(restored(&first, &data, None, world.now).await, Err(BackupError::NotEmpty(_))));

    let Some(postgres) = Postgres::start() else { return };
    let data = place.path().join("on-postgres");
    let moved = restored(&first, &data, Some(postgres.url()), world.now).await.unwrap();
    assert_eq!((moved.rows, moved.diagnosis.findings.len()), (again.rows, 0));
    let config = yinxin::config::Config::load(&data, &defaults(Some(postgres.url()))).unwrap();
    let service = Service::open(config, None).await.unwrap();
    let third = place.path().join("third");
    let retaken = backup(&service, &third, KeysForm::All, world.now).await.unwrap();
    assert_eq!(compared(&taken, &first), compared(&retaken, &third));
    drop(service);
    assert!(matches!(restored(&first, &place.path().join("late"), Some(postgres.url()), world.now).await, Err(BackupError::NotEmpty(_))));
    // And back.
    let back = restored(&third, &place.path().join("back"), None, world.now).await.unwrap();
    assert_eq!((back.diagnosis.checked, back.diagnosis.findings.len()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn private_keys_go_along_only_when_asked_for() {
    let world = World::forged().await;
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("public");
    backup(&world.service, &out, KeysForm::Public, world.now).await.unwrap();
    let text = |path: &Path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all = files(&out);
    assert!(all.iter().any(|path| path.ends_with("keys/public/jwks.json")));
    assert!(!all.iter().any(|path| text(path).contains("PRIVATE KEY")), "a private key is in a backup that has none");
    // Without keys nothing is begun; with another installation's neither; with its own it is whole.
    let data = place.path().join("data");
    assert!(matches!(restored(&out, &data, None, world.now).await, Err(BackupError::NoKeys(path)) if path == data.join("keys")));
    assert!(files(&data).is_empty(), "a refusal leaves nothing: {:?}", files(&data));
    let other = World::empty().await;
    copy(&other.folder.path().join("keys"), &data.join("keys"));
    assert!(matches!(restored(&out, &data, None, world.now).await, Err(BackupError::OtherDataKey)));
    assert!(!data.join(FILE_NAME).exists());
    std::fs::remove_dir_all(data.join("keys")).unwrap();
    copy(&world.folder.path().join("keys"), &data.join("keys"));
    let whole = restored(&out, &data, None, world.now).await.unwrap();
    assert_eq!((whole.diagnosis.checked, whole.diagnosis.findings.len()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_and_nothing_is_begun() {
    let world = World::forged().await;
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    backup(&world.service, &out, KeysForm::All, world.now).await.unwrap();
    let sealed = files(&out.join("vault")).into_iter().next().unwrap();
    let name = sealed.strip_prefix(&out).unwrap().to_str().unwrap().to_owned();
    let table = out.join("tables/certificate.jsonl");
    let damaged = |path: &Path, change: &dyn Fn(&mut Vec<u8>), expected: Flaw| {
        let whole = std::fs::read(path).unwrap();
        let mut changed = whole.clone();
        change(&mut changed);
        std::fs::write(path, &changed).unwrap();
        let found = flaws(&out);
        std::fs::write(path, whole).unwrap();
        assert_eq!(found, [expected]);
    };
    let flip = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1);
    damaged(&sealed, &flip, Flaw::Changed(name.clone()));
    damaged(&sealed, &cut, Flaw::Changed(name.clone()));
    damaged(&table, &flip, Flaw::Changed("tables/certificate.jsonl".into()));
    damaged(&out.join("config/yinxin.toml"), &cut, Flaw::Changed("config/yinxin.toml".into()));
    damaged(&out.join("manifest.json"), &flip, Flaw::Changed("manifest.json".into()));
    damaged(&out.join("SHA256SUMS"), &flip, Flaw::Changed("SHA256SUMS".into()));
    std::fs::write(out.join("vault/more"), b"").unwrap();
    assert_eq!(flaws(&out), [Flaw::Unlisted("vault/more".into())]);
    std::fs::remove_file(out.join("vault/more")).unwrap();
    std::fs::remove_file(&sealed).unwrap();
    assert_eq!(flaws(&out), [Flaw::Missing(name)]);
    let data = place.path().join("data");
    assert!(matches!(restored(&out, &data, None, world.now).await, Err(BackupError::Damaged(_))));
    assert!(!data.exists());
    std::fs::remove_file(out.join("manifest.json")).unwrap();
    assert_eq!(flaws(&out), [Flaw::Missing("manifest.json".into())]);
}

/// The world of the forged files, exported: the folder and what its page carries.
async fn exported(world: &World, out: &Path, files: bool) -> (Exported, Value) {
    let packed = Mutex::new(Value::Null);
    let page = |data: &Packed| {
        *packed.lock().unwrap() = serde_json::to_value(data).unwrap();
        String::from("a page")
    };
    let issuer = world.service.config().issuers[0].id.clone();
    let order = ExportOrder { issuer: &issuer, out, files, actor: "test", now: world.now, page: &page };
    let exported = world.service.export(&order, &Silent).await.unwrap();
    (exported, packed.into_inner().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_what_certificates_print_and_leaves_out_what_is_broken() {
    let world = World::forged().await;
    let place = tempfile::tempdir().unwrap();
    let (whole, packed) = exported(&world, &place.path().join("whole"), true).await;
    let pdfs = files(&place.path().join("whole/pdf"));
    assert!(whole.certificates > 0 && whole.left_out.is_empty());
    assert_eq!((whole.certificates, packed["certificates"].as_u64()), (pdfs.len() as u64, Some(pdfs.len() as u64)));
    let lines = std::fs::read_to_string(place.path().join("whole/certificates.jsonl")).unwrap();
    let list = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forged/world/list.csv")).unwrap();
    let private = list.split([',', '\n', '\r']).filter(|cell| cell.len() >= 11 && cell.chars().take(11).all(|c| c.is_ascii_digit()));
    let mut looked_for = 0;
    for number in private {
        assert!(!lines.contains(number), "a number of a person is in the export");
        looked_for += 1;
    }
    assert!(looked_for >= 3, "the list has {looked_for} such numbers");
    // A file that is lost is named, and nothing is said of it that could not be checked.
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let digest = first["file"]["sha256"].as_str().unwrap();
    let sealed = world.folder.path().join("vault").join(&digest[..2]).join(format!("{}.sealed", &digest[2..]));
    std::fs::remove_file(sealed).unwrap();
    let (less, _) = exported(&world, &place.path().join("less"), false).await;
    assert_eq!((less.certificates, less.left_out.len()), (whole.certificates - 1, 1));
    assert_eq!(less.left_out[0].0.as_str(), first["number"].as_str().unwrap());
    assert!(!place.path().join("less/pdf").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_an_export_is_fooled_by_no_forgery() {
    let world = World::forged().await;
    let place = tempfile::tempdir().unwrap();
    let (_, mut packed) = exported(&world, &place.path().join("export"), true).await;
    let genuine = files(&place.path().join("export/pdf"));
    let forged = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forged"));
    let is_forged = |path: &PathBuf| path.extension().is_some_and(|e| e == "pdf") && path.parent().is_some_and(|p| p.ends_with("forged"));
    let forged: Vec<PathBuf> = forged.into_iter().filter(is_forged).collect();
    assert!(forged.len() > 60);
    let all: Vec<&PathBuf> = genuine.iter().chain(&forged).collect();
    let Some(with_records) = node(&json!({ "packed": packed, "files": all })) else { return };
    // Without records nothing but the signature and the proof are between a forgery and a good word.
    packed["records"] = json!("");
    let without = node(&json!({ "packed": packed, "files": all })).unwrap();
    let verdict = |answers: &Value, path: &PathBuf| answers[path.to_str().unwrap()].as_str().unwrap().to_owned();
    for path in &genuine {
        assert_eq!((verdict(&with_records, path), verdict(&without, path)), ("listed:valid".into(), "unlisted".into()), "{path:?}");
    }
    let bad = ["altered", "foreign", "not_pdf", "too_large"];
    for path in &forged {
        let found = (verdict(&with_records, path), verdict(&without, path));
        assert!(bad.contains(&found.0.as_str()) && bad.contains(&found.1.as_str()), "{path:?}: {found:?}");
    }
}

/// What the page's modules answer under node, or `None` where it is not installed and not required.
fn node(question: &Value) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    for part in ["scan", "offline", "vendor/noble-ed25519"] {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/static").join(part), &folder.path().join(part));
    }
    std::fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#).unwrap();
    let mut question = question.clone();
    question["modules"] = json!(folder.path());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wayout.mjs");
    let started = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        assert!(!common::judges_required(), "node is required here");
        eprintln!("skipped: no node on this machine");
        return None;
    };
    child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    Some(serde_json::from_slice(&done.stdout).unwrap())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}
