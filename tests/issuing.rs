//! What issuing promises: what was issued does not change, whatever is edited or lost afterwards; what cannot be made takes no number.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the world has more than this test needs")]

#[path = "common/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::Path;

use yinxin::domain::certificate::Certificate;
use yinxin::domain::digest::Digest;
use yinxin::service::demo::write_world;
use yinxin::service::issue::Order;
use yinxin::service::progress::Silent;

use world::{URL, World};

const HEAD: &str = "赛事,赛类,科目,作品,奖项,角色,姓名,证件号码,学校\n";
const RED_DOT: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><path d='M1 1H9V9H1Z' fill='#c00'/></svg>";

/// A world whose templates, fonts and seal lie in its own folder, where they can be edited.
async fn editable() -> World {
    let folder = tempfile::tempdir().unwrap();
    write_world(folder.path(), URL).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&shipped.join("fonts"), &folder.path().join("fonts"));
    for template in ["award", "ability"] {
        copy(&shipped.join("certificate-templates").join(template), &folder.path().join("templates").join(template));
    }
    std::fs::write(folder.path().join("seal.svg"), RED_DOT).unwrap();
    let config = folder.path().join("yinxin.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replacen("[[issuer]]\n", "[[issuer]]\nseal = \"seal.svg\"\n", 1);
    std::fs::write(&config, format!("templates = \"templates\"\nfonts = \"fonts\"\n{text}")).unwrap();
    World::open(folder).await
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

async fn award(world: &World, work: &str) {
    let row = format!(
        "{HEAD}第十四届蓝海杯全国大学生软件创新大赛,软件类,C/C++程序设计,{work},一等奖,获奖选手,Müller-Nguyễn Ánh,11010519491231002X,蓝海大学\n"
    );
    world.import(&format!("{work}.csv"), row.as_bytes()).await;
    assert_eq!(world.issue().await.issued, 1);
}

async fn certificates(world: &World) -> Vec<Certificate> {
    world.service.certificates(None, 100).await.unwrap()
}

/// The files as a holder gets them.
async fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for certificate in certificates(world).await {
        let number = certificate.facts.claims.number;
        let link = world.service.link(&number, world.now.plus_millis(1_000));
        found.insert(number.to_string(), world.service.download(&link, world.now).await.unwrap().pdf);
    }
    found
}

/// Deletes every certificate's file from the vault.
async fn lose_files(world: &World) {
    for certificate in certificates(world).await {
        let digest = certificate.status.file().unwrap().digest.to_string();
        let path = world.folder.path().join("vault").join(&digest[..2]).join(format!("{}.sealed", &digest[2..]));
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_make_a_new_edition_and_lost_files_come_back() {
    let world = editable().await;
    award(&world, "旧作").await;
    let before = files(&world).await;

    // Everything that a certificate's look depends on is edited, and the program is started anew.
    let folder = world.folder.path();
    let toml = folder.join("templates/award/template.toml");
    std::fs::write(&toml, std::fs::read_to_string(&toml).unwrap().replace("荣获", "获得")).unwrap();
    std::fs::copy(folder.join("fonts/EBGaramond-SemiBold.ttf"), folder.join("fonts/EBGaramond-Regular.ttf")).unwrap();
    std::fs::write(folder.join("seal.svg"), RED_DOT.replace("#c00", "#00c")).unwrap();
    let World { folder, .. } = world;
    let world = World::open(folder).await;
    award(&world, "新作").await;
    let after = files(&world).await;
    assert_eq!(after.len(), 2);
    let (old, new) = (before.first_key_value().unwrap(), after.last_key_value().unwrap());
    assert_eq!(after[old.0], *old.1, "the old certificate is the same to the byte");
    let editions: Vec<Digest> = certificates(&world).await.iter().map(|c| c.facts.template).collect();
    assert_ne!(editions[0], editions[1], "the edit is a new edition");
    assert_ne!(prefix(old.1), prefix(new.1));

    lose_files(&world).await;
    let diagnosis = world.service.doctor(Some(&world.room), world.now, &Silent).await.unwrap();
    assert_eq!((diagnosis.repaired.len(), diagnosis.findings.len()), (2, 0), "{:?}", diagnosis.findings);
    assert_eq!(files(&world).await, after, "made again bit for bit, each from its own edition");
}

/// Enough of a file to tell editions apart: artwork and fonts stand first.
fn prefix(pdf: &[u8]) -> Digest {
    Digest::of(&pdf[..50_000])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_font_that_is_nowhere_any_more_is_named_and_nothing_is_invented() {
    let world = editable().await;
    award(&world, "作品").await;
    lose_files(&world).await;
    let folder = world.folder.path();
    let font = folder.join("fonts/EBGaramond-Regular.ttf");
    let digest = Digest::of(&std::fs::read(&font).unwrap()).to_string();
    std::fs::remove_file(folder.join("vault").join(&digest[..2]).join(format!("{}.sealed", &digest[2..]))).unwrap();
    std::fs::copy(folder.join("fonts/EBGaramond-SemiBold.ttf"), &font).unwrap();
    let World { folder, .. } = world;
    let world = World::open(folder).await;
    let diagnosis = world.service.doctor(Some(&world.room), world.now, &Silent).await.unwrap();
    assert!(diagnosis.repaired.is_empty());
    let said: Vec<String> = diagnosis.findings.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("文件缺失") && said[0].contains("EBGaramond-Regular.ttf"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_code_cannot_hold_is_refused_before_a_number_is_given() {
    let world = World::empty().await;
    let name = "ễ".repeat(60);
    let row = format!(
        "{HEAD}第十四届蓝海杯全国大学生软件创新大赛,软件类,C/C++程序设计,作品,一等奖,获奖选手,{name},11010519491231002X,蓝海大学\n"
    );
    world.import("长名.csv", row.as_bytes()).await;
    let now = world.now;
    let order = Order { programmes: &[], out: None, clock: &move || now, progress: &Silent };
    let said = world.service.issue(&world.room, &order).await.unwrap_err().to_string();
    assert!(said.contains(&name) && said.contains("127"), "{said}");
    assert!(certificates(&world).await.is_empty());
}
