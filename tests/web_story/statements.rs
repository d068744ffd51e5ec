//! Signed answers, published keys, and the signed list of states.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use yinxin::domain::digest::Digest;
use yinxin::domain::status::RevocationReason;
use yinxin::sealing::keyring::StatementKeys;
use yinxin::sealing::proof::{self, Code, ProofError};
use yinxin::sealing::state_list::{Age, Listed, StateList};
use yinxin::sealing::statement::{self, Statement};
use yinxin::service::key_folder::{KeyFolder, KeyFolderError};
use yinxin::service::open::OpenError;
use yinxin::service::statement::STATES_INTERVAL;

use crate::site::{Answer, IDENTITY, STRANGER, Site, WINNER, number, router_of};
use crate::world::{URL, World};

const JOSE: &str = "application/jose";

async fn keys(site: &Site) -> StatementKeys {
    StatementKeys::parse(site.get("/.well-known/jwks.json").await.text()).unwrap()
}

/// The statement in an answer, checked with the published keys.
fn stated(answer: &Answer, status: u16, keys: &StatementKeys) -> Statement {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, JOSE), "{}", answer.text());
    let statement = statement::read(answer.text(), keys).unwrap();
    assert_eq!(statement.issuer, URL);
    assert_eq!(statement.status, status);
    statement
}

async fn get_signed(site: &Site, path: &str) -> Answer {
    site.ask(Request::get(path).header(header::ACCEPT, JOSE).body(Body::empty()).unwrap()).await
}

async fn post_signed(site: &Site, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header(header::ACCEPT, JOSE).header(header::CONTENT_TYPE, kind);
    site.ask(request.body(body.into()).unwrap()).await
}

fn without_times(value: &Value) -> Value {
    let mut value = value.clone();
    value["checked_at"].take();
    for list in ["certificates", "certificate"] {
        match value.get_mut(list) {
            Some(Value::Array(found)) => found.iter_mut().for_each(|c| drop(c["checked_at"].take())),
            Some(Value::Object(found)) => drop(found.insert("checked_at".into(), Value::Null)),
            _ => {}
        }
    }
    value
}

#[tokio::test]
async fn every_answer_of_the_api_can_be_had_signed() {
    let site = Site::open().await;
    let (keys, number) = (keys(&site).await, number(&site.released));
    let path = format!("/api/v1/certificates/{number}");
    let plain = site.get(&path).await;
    assert_eq!(plain.header("vary"), "accept");
    let signed = stated(&get_signed(&site, &path).await, 200, &keys);
    assert_eq!(signed.asked, json!({ "by": "number", "number": number }));
    assert_eq!(without_times(&signed.answer), without_times(&plain.json()));
    assert_eq!(signed.answer["checked_at"], signed.at.rfc3339_beijing(), "one time for both");

    let body = json!({ "number": number }).to_string();
    let signed = stated(&post_signed(&site, "/api/v1/lookups", "application/json", body).await, 200, &keys);
    assert_eq!(signed.answer["certificates"][0]["number"], number);
    let pdf = site.pdf(&site.released).await;
    let signed = stated(&post_signed(&site, "/api/v1/verifications", "application/pdf", pdf.clone()).await, 200, &keys);
    assert_eq!(signed.asked, json!({ "by": "file", "sha256": Digest::of(&pdf).to_string(), "bytes": pdf.len() }));
    assert_eq!((signed.answer["verdict"].as_str(), signed.answer["holder"].as_str()), (Some("genuine"), Some(WINNER)));
    let plain = site.post("/api/v1/verifications", "application/pdf", pdf).await.json();
    assert_eq!(without_times(&signed.answer), without_times(&plain));
    // What is no answer stays a problem document.
    get_signed(&site, "/api/v1/certificates/LH1").await.problem(400, "invalid_number");
    post_signed(&site, "/api/v1/lookups", "application/json", "[]").await.problem(400, "bad_request");
    post_signed(&site, "/api/v1/verifications", "application/pdf", "").await.problem(400, "bad_request");
}

#[tokio::test]
async fn that_there_is_no_such_certificate_is_stated_too() {
    let site = Site::open().await;
    let keys = keys(&site).await;
    for unknown in ["LH14202599999", number(&site.unreleased)] {
        let answer = get_signed(&site, &format!("/api/v1/certificates/{unknown}")).await;
        let signed = stated(&answer, 404, &keys);
        assert_eq!(signed.asked, json!({ "by": "number", "number": unknown }));
        assert_eq!(signed.answer["code"], "certificate_not_found");
        assert_eq!(signed.answer["checked_at"], signed.at.rfc3339_beijing());
        assert_eq!(answer.header("vary"), "accept");
        let file = site.get(&format!("/c/{unknown}/statement")).await;
        let signed = statement::read(file.text(), &keys).unwrap();
        assert_eq!((file.status.as_u16(), signed.status, &signed.answer["code"]), (200, 404, &json!("certificate_not_found")));
        assert!(site.get(&format!("/c/{unknown}")).await.page(404).contains(&format!("href=\"/c/{unknown}/statement\"")));
    }
}

#[tokio::test]
async fn a_statement_keeps_no_identity_number() {
    let site = Site::open().await;
    let keys = keys(&site).await;
    for (identity, found) in [(IDENTITY, 1), (STRANGER, 0)] {
        let body = json!({ "identity_number": identity }).to_string();
        let answer = post_signed(&site, "/api/v1/lookups", "application/json", body).await;
        let signed = stated(&answer, 200, &keys);
        let masked = format!("{}***********{}", &identity[..3], &identity[14..]);
        assert_eq!(signed.asked, json!({ "by": "identity", "document_kind": "resident", "identity_number_masked": masked }));
        assert_eq!(signed.answer["certificates"].as_array().unwrap().len(), found);
        assert!(!format!("{signed:?}").contains(&identity[..14]) && !format!("{signed:?}").contains(WINNER));
        // By the wrong door.
        let signed = stated(&get_signed(&site, &format!("/api/v1/certificates/{identity}")).await, 404, &keys);
        assert_eq!(signed.asked, json!({ "by": "number", "number": masked }));
        let body = json!({ "number": identity }).to_string();
        let signed = stated(&post_signed(&site, "/api/v1/lookups", "application/json", body).await, 200, &keys);
        assert_eq!(signed.asked, json!({ "by": "number", "number": masked }));
        assert!(site.get(&format!("/c/{identity}/statement")).await.page(400).contains("不是证书编号"));
    }
}

#[tokio::test]
async fn the_page_gives_its_answer_as_a_file() {
    let site = Site::open().await;
    let (keys, number) = (keys(&site).await, number(&site.released));
    assert!(site.get(&format!("/c/{number}")).await.page(200).contains(&format!("href=\"/c/{number}/statement\" download")));
    let file = site.get(&format!("/c/{number}/statement")).await;
    assert_eq!(stated(&file, 200, &keys).answer["holder_masked"], "***远");
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{number}.jws\""));
    let lower = number.to_lowercase();
    assert_eq!(site.get(&format!("/c/{lower}/statement")).await.location(), format!("/c/{number}/statement"));
    site.get("/c/LH1/statement").await.page(400);
}

#[tokio::test]
async fn the_keys_are_published_with_their_purpose() {
    let site = Site::open().await;
    let answer = site.get("/.well-known/jwks.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    let set = answer.json();
    let uses = |purpose: &str| set["keys"].as_array().unwrap().iter().filter(|k| k["yinxin_use"] == purpose).cloned().collect::<Vec<_>>();
    let (statement, proof) = (uses("statement"), uses("proof"));
    assert_eq!(statement.len(), 1);
    let issuers = &site.world.service.config().issuers;
    assert_eq!(proof.len(), issuers.len());
    for issuer in issuers {
        let keys = site.world.room.current_keys(&issuer.id).unwrap();
        let kid: String = keys.proof.kid().iter().map(|b| format!("{b:02x}")).collect();
        let key = proof.iter().find(|k| k["issuer"] == issuer.id.as_str()).unwrap();
        assert_eq!(key["kid"], kid);
        assert_eq!(key["issuer_name"], issuer.name);
        for (member, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
            assert_eq!(key[member], value);
        }
        assert!(key.get("d").is_none(), "nothing secret");
    }
    // Whoever has it is told so.
    let tag = answer.header("etag").to_owned();
    for known in [tag.clone(), format!("\"x\", {}", tag.trim_start_matches("W/")), "*".to_owned()] {
        let request = Request::get("/.well-known/jwks.json").header(header::IF_NONE_MATCH, known);
        let again = site.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()));
    }
}

#[tokio::test]
async fn the_list_of_states_is_made_once_an_hour_and_tells_what_fell() {
    let site = Site::open().await;
    let keys = keys(&site).await;
    let (revoked, stands) = (&site.other.facts.claims.number, &site.released.facts.claims.number);
    let service = &site.world.service;
    let revoke = async |number| service.revoke(number, RevocationReason::parse("查有抄袭").unwrap(), "test", site.world.now).await.unwrap();
    revoke(revoked).await;
    // One that the public does not know of: the list does not know of it either.
    revoke(&site.unreleased.facts.claims.number).await;
    let answer = site.get("/.well-known/revocations.jws").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JOSE));
    let list = StateList::read(answer.text(), &keys).unwrap();
    assert_eq!((list.issuer.as_str(), list.state_of(revoked), list.state_of(stands)), (URL, Listed::Revoked, Listed::No));
    assert_eq!(list.state_of(&site.unreleased.facts.claims.number), Listed::No);
    assert_eq!(list.next_update.millis() - list.made_at.millis(), STATES_INTERVAL);
    // With it a code is checked by whoever has no network; a code that nobody has seen has no heading there.
    let code = |certificate| site.code(certificate);
    let check = |code: &Code, list: &StateList| proof::check(&code.text.whole(), service.trust(), &list.headings());
    let (printed, hidden) = (code(&site.released), code(&site.unreleased));
    assert!(check(&printed, &list).unwrap().claims.is_of(&site.released.facts.claims));
    assert_eq!(check(&hidden, &list), Err(ProofError::UnknownHeading));
    assert_eq!((list.age(list.made_at), list.age(list.next_update)), (Age::Fresh, Age::Stale));
    let age: i64 = answer.header("cache-control").strip_prefix("public, max-age=").unwrap().parse().unwrap();
    assert!((3_500..=3_600).contains(&age), "{age}");
    // It has the names that docs/statements.md gives, and no number.
    let payload = URL_SAFE_NO_PAD.decode(answer.text().split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((&claims["hash"], &claims["counts"]), (&json!("sha-256/8"), &json!({ "revoked": 1, "corrected": 0 })));
    assert_eq!(claims["revoked"], URL_SAFE_NO_PAD.encode(&Digest::of(revoked.as_str().as_bytes()).as_bytes()[..8]));
    assert!(!String::from_utf8(payload).unwrap().contains(revoked.as_str()));
    // Within the hour the same list is given, packed for those who ask for that, and not at all to those who have it.
    revoke(stands).await;
    let again = site.get("/.well-known/revocations.jws").await;
    assert_eq!(again.body, answer.body);
    let ask = async |name, value: &str| {
        site.ask(Request::get("/.well-known/revocations.jws").header(name, value).body(Body::empty()).unwrap()).await
    };
    let packed = ask(header::ACCEPT_ENCODING, "br, gzip;q=0.8").await;
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"));
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut text).unwrap();
    assert_eq!(text.as_bytes(), answer.body);
    assert_eq!(ask(header::ACCEPT_ENCODING, "gzip;q=0").await.body, answer.body);
    let known = ask(header::IF_NONE_MATCH, answer.header("etag")).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert_eq!(ask(header::IF_NONE_MATCH, "\"other\"").await.body, answer.body);
    // It is made anew at once where it lacks a heading: a code is checked as soon as it is released.
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&format!("sqlite:{}", site.world.folder.path().join("registry.sqlite").display())).await.unwrap();
    sqlx::query("UPDATE heading SET release_at = 0").execute(&pool).await.unwrap();
    let newer = StateList::read(site.get("/.well-known/revocations.jws").await.text(), &keys).unwrap();
    assert!(check(&printed, &newer).is_ok() && check(&hidden, &newer).is_ok());
    // After it there is a new one.
    let next = service.states(newer.next_update).await.unwrap();
    let next = StateList::read(&next.jws, &keys).unwrap();
    assert_eq!((next.state_of(revoked), next.state_of(stands)), (Listed::Revoked, Listed::Revoked));
    assert_eq!(next.made_at, newer.next_update);
}

#[tokio::test]
async fn a_key_that_was_replaced_still_verifies_what_it_signed() {
    let site = Site::open().await;
    let path = format!("/c/{}/statement", number(&site.released));
    let (old_keys, old) = (keys(&site).await, site.get(&path).await.text().to_owned());
    let config = site.world.service.config();
    let lines = KeyFolder::new(&config.keys).rotate_statement(config, None).unwrap();
    let world = World::open(site.world.folder).await;
    let router = router_of(&world);
    let get = async |path: &str| crate::site::ask(&router, Request::get(path).body(Body::empty()).unwrap()).await;
    let new_keys = StatementKeys::parse(get("/.well-known/jwks.json").await.text()).unwrap();
    let new = get(&path).await.text().to_owned();
    assert_eq!(statement::read(&new, &new_keys).unwrap().kid, lines[0].id);
    assert!(statement::read(&old, &new_keys).is_ok() && statement::read(&old, &old_keys).is_ok());
    assert!(statement::read(&new, &old_keys).is_err(), "whoever has the old key set has to fetch the new one");

    // Without the key a service does not open, and says what to do; with it, it needs no key of an issuer.
    let folder = world.service.config().keys.clone();
    let config = world.service.config().clone();
    for issuer in &config.issuers {
        std::fs::remove_dir_all(folder.join(issuer.id.as_str())).unwrap();
    }
    assert!(yinxin::service::Service::open(config.clone(), None).await.is_ok());
    std::fs::remove_file(folder.join("public/jwks.json")).unwrap();
    let refused = yinxin::service::Service::open(config, None).await.err().unwrap();
    assert!(matches!(refused, OpenError::Keys(KeyFolderError::NoStatementKey)) && refused.to_string().contains("yinxin keys init"));
}
