//! The vault in a bucket: what a folder does, a bucket does too; and what only a network can do to it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

#[path = "bucket/double.rs"]
mod double;
#[path = "common/world.rs"]
#[allow(dead_code)]
mod world;

use std::path::Path;
use std::time::{Duration, Instant as Moment};

use double::{BUCKET, Fault, KEY, SECRET, Store};
use world::World;
use yinxin::config::{Defaults, FILE_NAME};
use yinxin::domain::bucket::{Access, Bucket, BucketName, Endpoint, Site, Style};
use yinxin::domain::digest::Digest;
use yinxin::registry::{BucketFault, DataKeys, Vault, VaultError};
use yinxin::service::ServiceError;
use yinxin::service::backup::{BackupError, KeysForm, Order, Target, restore};
use yinxin::service::demo::ABILITY_LIST;
use yinxin::service::doctor::Finding;
use yinxin::service::progress::Silent;

fn access(id: &str) -> Access {
    Access::Key { id: id.to_owned(), secret: SECRET.to_owned().into(), token: None }
}

fn vault_at(url: &str, bucket: &str, id: &str) -> Vault {
    let site = Site::Endpoint { endpoint: Endpoint::parse(url, false).unwrap(), style: Style::Path };
    let bucket = Bucket { name: BucketName::parse(bucket).unwrap(), prefix: "a/vault".to_owned(), region: "us-east-1".to_owned(), site };
    Vault::in_bucket(&bucket, &access(id), DataKeys::from_master([1; 32])).unwrap()
}

fn files(count: u8) -> Vec<(Digest, Vec<u8>)> {
    (0..count).map(|n| format!("%PDF-2.0 certificate {n}").into_bytes()).map(|file| (Digest::of(&file), file)).collect()
}

/// What every vault does, wherever it lies.
async fn keeps_what_it_is_given(vault: &Vault) {
    let files = files(8);
    let (first, text) = &files[0];
    assert!(vault.digests().await.unwrap().is_empty() && vault.get(first).await.unwrap().is_none() && !vault.has(first).await.unwrap());
    vault.delete(first).await.unwrap();
    vault.put_many(files.clone()).await.unwrap();
    // Once more is the same.
    vault.put_many(files.clone()).await.unwrap();
    vault.barrier().await.unwrap();
    assert_eq!(vault.digests().await.unwrap(), files.iter().map(|(digest, _)| *digest).collect());
    assert!(vault.has(first).await.unwrap());
    assert_eq!(vault.get(first).await.unwrap().as_ref(), Some(text));
    let sealed = vault.sealed(first).await.unwrap().unwrap();
    assert!(!sealed.windows(8).any(|part| part == b"%PDF-2.0"));
    vault.delete(first).await.unwrap();
    assert!(!vault.has(first).await.unwrap());
    vault.put_sealed(first, sealed.clone()).await.unwrap();
    assert_eq!(vault.get(first).await.unwrap().as_ref(), Some(text));
    vault.put_sealed(first, sealed[1..].to_vec()).await.unwrap();
    assert!(matches!(vault.get(first).await, Err(VaultError::Damaged { digest, .. }) if digest == *first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_what_a_folder_keeps() {
    let folder = tempfile::tempdir().unwrap();
    keeps_what_it_is_given(&Vault::in_folder(folder.path(), DataKeys::from_master([1; 32])).unwrap()).await;
    let store = Store::start().await;
    // Of another service, and nothing of ours: neither is listed.
    store.inside.lock().unwrap().objects.insert("b/vault/x".into(), "other".into());
    store.inside.lock().unwrap().objects.insert("a/vault/notes.txt".into(), "other".into());
    keeps_what_it_is_given(&vault_at(&store.url, BUCKET, KEY)).await;
    assert!(store.objects().keys().filter(|key| key.ends_with(".sealed")).all(|key| key.starts_with("a/vault/")));
    assert!(store.inside.lock().unwrap().most > 3, "many files are put at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_by_itself_is_asked_for_again() {
    let store = Store::start().await;
    let vault = vault_at(&store.url, BUCKET, KEY);
    let files = files(6);
    store.fail([Fault::Busy, Fault::Busy, Fault::Cut, Fault::Busy]);
    vault.put_many(files.clone()).await.unwrap();
    for (digest, file) in &files {
        store.fail([Fault::Cut, Fault::Busy]);
        assert_eq!(vault.get(digest).await.unwrap().as_ref(), Some(file));
    }
    store.fail([Fault::Busy, Fault::Cut]);
    assert_eq!(vault.digests().await.unwrap().len(), 6);
    store.fail([Fault::Busy, Fault::Busy]);
    vault.delete(&files[0].0).await.unwrap();
    assert!(store.inside.lock().unwrap().faults.is_empty(), "every fault was met");
    assert_eq!(store.objects().len(), 5);
}

/// A store that takes a request and says nothing is left after ten seconds; a page waits for thirty.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_long() {
    let store = Store::start().await;
    let vault = vault_at(&store.url, BUCKET, KEY);
    let (digest, file) = files(1).remove(0);
    vault.put_many(files(1)).await.unwrap();
    store.fail([Fault::Hang]);
    let begun = Moment::now();
    assert_eq!(vault.get(&digest).await.unwrap(), Some(file));
    assert!((9..20).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    store.fail([Fault::Hang; 9]);
    let begun = Moment::now();
    assert!(vault.get(&digest).await.unwrap_err().is_outage());
    assert!(begun.elapsed() < Duration::from_secs(28), "{:?}", begun.elapsed());
}

fn fault<T>(asked: Result<T, VaultError>) -> BucketFault {
    match asked {
        Err(error @ VaultError::Bucket { .. }) => {
            assert!(!error.to_string().contains(SECRET), "the store's own words are not repeated: {error}");
            let VaultError::Bucket { fault, .. } = error else { unreachable!() };
            fault
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was answered"),
    }
}

/// A store that is not there, or does not let us in, is never taken for one that has lost its files.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_has_lost_nothing() {
    let store = Store::start().await;
    let (digest, _) = files(1).remove(0);
    let wrong = vault_at(&store.url, "no-such-bucket", KEY);
    let stranger = vault_at(&store.url, BUCKET, "AKOTHER");
    let denied = || BucketFault::Denied("InvalidAccessKeyId".to_owned());
    for (vault, expected) in [(&wrong, BucketFault::NoBucket), (&stranger, denied())] {
        assert_eq!(fault(vault.ask().await), expected);
        assert_eq!(fault(vault.get(&digest).await), expected);
        assert_eq!(
            fault(vault.has(&digest).await),
            if expected == denied() { BucketFault::Denied("403".into()) } else { expected.clone() }
        );
        assert_eq!(fault(vault.delete(&digest).await), expected);
        assert_eq!(fault(vault.digests().await), expected);
        assert_eq!(fault(vault.put_many(files(2)).await), expected);
    }
    let vault = vault_at(&store.url, BUCKET, KEY);
    vault.ask().await.unwrap();
    // What stands before a store may say of any page that it is not there.
    let no_page = BucketFault::Unanswered("404".to_owned());
    for _ in 0..2 {
        store.fail([Fault::NoPage; 2]);
        assert_eq!(fault(vault.has(&digest).await), no_page);
        store.fail([Fault::NoPage]);
        assert_eq!(fault(vault.get(&digest).await), no_page);
        store.fail([Fault::NoPage; 2]);
        assert_eq!(fault(vault.delete(&digest).await), no_page);
        vault.put_many(files(1)).await.unwrap();
    }
    store.fail([Fault::NoPage]);
    assert_eq!(fault(vault.ask().await), no_page);
    store.stop();
    let error = vault.get(&digest).await.unwrap_err();
    assert!(error.is_outage(), "{error}");
    assert!(vault.has(&digest).await.unwrap_err().is_outage());
    // A host that nobody has.
    let nowhere = vault_at("https://store.invalid", BUCKET, KEY);
    assert!(matches!(fault(nowhere.ask().await), BucketFault::Unanswered(_)));
}

/// The sample world with its files in the store.
async fn world_in(store: &Store) -> World {
    let folder = tempfile::tempdir().unwrap();
    yinxin::service::demo::write_world(folder.path(), world::URL).unwrap();
    settle(folder.path(), store, "first");
    World::open_with(folder, access(KEY)).await
}

fn settle(folder: &Path, store: &Store, prefix: &str) {
    let file = folder.join(FILE_NAME);
    let text = std::fs::read_to_string(&file).unwrap();
    let vault = format!("vault = \"s3://{BUCKET}/{prefix}\"\n");
    let s3 = format!("\n[s3]\nregion = \"us-east-1\"\nendpoint = \"{}\"\n", store.url);
    std::fs::write(&file, vault + &text + &s3).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_issued_backed_up_and_restored_in_buckets() {
    let store = Store::start().await;
    let world = world_in(&store).await;
    let list = world.folder.path().join("samples").join(ABILITY_LIST);
    world.import(ABILITY_LIST, &std::fs::read(list).unwrap()).await;
    store.fail([Fault::Busy, Fault::Cut, Fault::Busy]);
    let issued = world.issue().await.issued;
    assert!(issued > 1 && !world.folder.path().join("vault").exists());
    let plain =
        |object: &[u8]| [&b"%PDF-2.0"[..], b"\xFF\xD8\xFF\xE0\x00\x10JFIF"].iter().any(|mark| memchr::memmem::find(object, mark).is_some());
    assert!(store.objects().values().all(|object| !plain(object)), "all is sealed");
    let doctor = world.service.doctor(None, world.now, &Silent).await.unwrap();
    assert_eq!((doctor.checked, doctor.findings.len()), (issued, 0));

    // What is lost is made again, what is damaged too.
    let certificates = world.service.certificates(None, 2).await.unwrap();
    let place = |n: usize| format!("first/{}", Vault::place(&certificates[n].status.file().unwrap().digest));
    let before = store.objects();
    store.inside.lock().unwrap().objects.remove(&place(0));
    store.inside.lock().unwrap().objects.insert(place(1), "damaged".into());
    let found = world.service.doctor(None, world.now, &Silent).await.unwrap().findings;
    assert!(matches!(&found[..], [Finding::FileMissing(_), Finding::FileDamaged(_)]), "{found:?}");
    let mended = world.service.doctor(Some(&world.room), world.now, &Silent).await.unwrap();
    assert_eq!((mended.repaired.len(), mended.findings.len()), (2, 0));
    assert_eq!(store.objects(), before, "to the byte");

    // Backed up, and from there into another place of the store, and into a folder.
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("backup");
    let order = Order { out: &out, keys: KeysForm::All, since: None, actor: "test", now: world.now };
    let taken = world.service.backup(&order, &Silent).await.unwrap();
    assert_eq!(taken.vault.files, u64::try_from(before.len()).unwrap());
    let again = Order { out: &place.path().join("again"), since: Some(&out), ..order };
    assert_eq!(world.service.backup(&again, &Silent).await.unwrap().vault, taken.vault);
    // The machine is lost and the bucket is not: it is filled with what it has.
    let same = restored(&out, &place.path().join("same"), access(KEY), world.now).await.unwrap();
    assert_eq!((same.diagnosis.checked, same.diagnosis.findings.len()), (issued, 0));
    assert_eq!(store.objects(), before);
    let refused = restored(&out, &place.path().join("keyless"), Access::Unset, world.now).await;
    assert!(matches!(&refused, Err(error @ BackupError::Config(_)) if error.to_string().contains("AWS_SECRET_ACCESS_KEY")));
    let second = place.path().join("second");
    std::fs::create_dir(&second).unwrap();
    yinxin::service::demo::write_world(&second, world::URL).unwrap();
    settle(&second, &store, "second");
    let moved = restored(&out, &second, access(KEY), world.now).await.unwrap();
    assert_eq!((moved.diagnosis.checked, moved.diagnosis.findings.len()), (issued, 0));
    let under = |prefix: &str| -> Vec<_> {
        store.objects().into_iter().filter_map(|(key, object)| Some((key.strip_prefix(prefix)?.to_owned(), object))).collect()
    };
    assert_eq!(under("first/"), under("second/"));
    let third = place.path().join("third");
    std::fs::create_dir(&third).unwrap();
    yinxin::service::demo::write_world(&third, world::URL).unwrap();
    let home = restored(&out, &third, Access::Unset, world.now).await.unwrap();
    assert_eq!((home.diagnosis.checked, home.diagnosis.findings.len()), (issued, 0));

    // The store goes away: nothing is called lost, and nothing is made again.
    store.stop();
    for room in [None, Some(&world.room)] {
        let away = world.service.doctor(room, world.now, &Silent).await.unwrap_err();
        assert!(matches!(&away, ServiceError::Vault(error) if error.is_outage()), "{away}");
    }
}

async fn restored(
    backup: &Path,
    data: &Path,
    access: Access,
    now: yinxin::domain::time::Instant,
) -> Result<yinxin::service::backup::Restored, BackupError> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let defaults = Defaults { templates: shipped.join("certificate-templates"), fonts: shipped.join("fonts"), database: None, access };
    restore(backup, &Target { data, defaults: &defaults, passphrase: None, actor: "test", now }, &Silent).await
}
