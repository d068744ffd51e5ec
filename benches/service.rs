//! What people wait for: a batch that is issued, a lookup, a file that is verified, a code that is checked. Each beside its yardstick: the
//! same digest everywhere, and for the lookup a bare handler that answers with the same bytes.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

mod common;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/common/world.rs"]
mod world;

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, header};
use axum::routing::get;
use tower::ServiceExt as _;
use yinxin::domain::digest::Digest;
use yinxin::domain::qr_claims::QrClaims;
use yinxin::sealing::proof;
use yinxin::service::demo::{ABILITY_LIST, AWARD_LIST};
use yinxin::web::{WebSettings, router};

use common::{report, time, time_async};
use world::World;

/// One reader asks as often as a whole country.
const LIMITS: &str = "\n[limits]\naddress = { burst = 1000000, refill_ms = 1 }\n";

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run());
}

async fn run() {
    let yardstick = common::yardstick();
    let world = issue(yardstick).await;
    let certificates = world.service.certificates(None, 1_000).await.unwrap();
    let number = certificates[0].facts.claims.number.clone();
    lookup(&world, &format!("/api/v1/certificates/{number}"), "lookup by number, API").await;
    lookup(&world, &format!("/c/{number}"), "lookup by number, page").await;

    let link = world.service.link(&number, world.now.plus_millis(86_400_000));
    let pdf = world.service.download(&link, world.now).await.unwrap().pdf;
    let digest = time(500, |_| {
        std::hint::black_box(Digest::of(&pdf));
    });
    report("yardstick: SHA-256 of the certificate", digest, digest);
    let checked = async |_| drop(std::hint::black_box(world.service.check_file(&pdf, world.now).await.unwrap()));
    report("verify a file, with its record", time_async(500, checked).await, digest);

    let keys = world.room.current_keys(&certificates[0].facts.claims.issuer.id).unwrap();
    let text = proof::code(&QrClaims::of(&certificates[0].facts.claims), &keys.proof, world::URL).unwrap().text.whole();
    let checked = async |_| drop(std::hint::black_box(world.service.check_qr(&text, world.now).await.unwrap()));
    report("verify a code, with its record", time_async(500, checked).await, yardstick);
    drop(world.folder);
}

/// A whole batch: preflight, numbers, files, signatures, reading back, records, all durable. The best of three worlds.
async fn issue(yardstick: Duration) -> World {
    let (mut best, mut last) = (Duration::MAX, None);
    for _ in 0..3 {
        let world = World::edited(|sample| sample + LIMITS).await;
        // The first run of all keeps the fonts, once.
        let abilities = std::fs::read(world.folder.path().join("samples").join(ABILITY_LIST)).unwrap();
        world.import(ABILITY_LIST, &abilities).await;
        world.issue().await;
        let list = std::fs::read(world.folder.path().join("samples").join(AWARD_LIST)).unwrap();
        world.import(AWARD_LIST, &list).await;
        let start = Instant::now();
        let issued = world.issue().await;
        best = best.min(start.elapsed() / u32::try_from(issued.issued).unwrap());
        last = Some(world);
    }
    report("issue, a certificate of a batch, all cores", best, yardstick);
    last.unwrap()
}

async fn lookup(world: &World, path: &str, what: &str) {
    let site = router(world.service.clone(), WebSettings::default());
    let answer = ask(&site, path).await;
    let kind = answer.headers()[header::CONTENT_TYPE].clone();
    let bytes: Bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let bare: Router = Router::new().route(path, get(move || async move { ([(header::CONTENT_TYPE, kind)], bytes) }));
    let body = async |router: &Router| drop(to_bytes(ask(router, path).await.into_body(), 1 << 20).await.unwrap());
    let bare = time_async(2_000, async |_| body(&bare).await).await;
    report("yardstick: a bare handler, the same bytes", bare, bare);
    report(what, time_async(2_000, async |_| body(&site).await).await, bare);
}

async fn ask(router: &Router, path: &str) -> axum::response::Response {
    let answer = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer
}
