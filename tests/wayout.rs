//! The way out: copies of everything, and what is made of them.

mod common;
#[path = "common/world.rs"]
#[allow(dead_code)]
mod world;

use std::path::{Path, PathBuf};

use common::Postgres;
use world::World;
use yinxin::config::{Defaults, FILE_NAME};
use yinxin::domain::time::Instant;
use yinxin::service::Service;
use yinxin::service::backup::{Backup, BackupError, Flaw, KeysForm, Manifest, Order, Restored, Target, restore};
use yinxin::service::progress::Silent;

fn defaults(database: Option<String>) -> Defaults {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    Defaults { templates: shipped.join("certificate-templates"), fonts: shipped.join("fonts"), database }
}

async fn backup(service: &Service, out: &Path, keys: KeysForm, now: Instant) -> Result<Manifest, BackupError> {
    service.backup(&Order { out, keys, actor: "test", now }, &Silent).await
}

async fn restored(backup: &Path, data: &Path, database: Option<String>, now: Instant) -> Result<Restored, BackupError> {
    let defaults = defaults(database);
    restore(backup, &Target { data, defaults: &defaults, passphrase: None, actor: "test", now }, &Silent).await
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
