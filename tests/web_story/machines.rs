//! The API as programs use it: the document, keys and quotas, many at once, what may be kept, who may read.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use yinxin::domain::api_key::{ApiKeyId, ApiKeyName, Quota, Scopes};
use yinxin::domain::status::RevocationReason;
use yinxin::service::entropy;

use crate::site::{Answer, IDENTITY, STRANGER, Site, WINNER, encode, number};

const BULK: &str = "/api/v1/lookups/bulk";

/// A request with headers, from an address of its own.
fn request(method: Method, path: &str, last: u8, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, last], 4_000)));
    let bare = Request::builder().method(method).uri(path).extension(peer);
    headers.iter().fold(bare, |request, (name, value)| request.header(*name, *value)).body(body.into()).unwrap()
}

impl Site {
    async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(request(Method::GET, path, 1, headers, "")).await
    }

    async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
        self.ask(request(Method::POST, path, 1, &headers, body.to_string())).await
    }

    async fn key(&self, per_day: u32, burst: u32) -> (ApiKeyId, String) {
        let (name, quota) = (ApiKeyName::parse("蓝海大学").unwrap(), Quota::new(per_day, Some(burst)).unwrap());
        let (key, secret) =
            self.world.service.add_api_key(name, (quota, Scopes::lookup()), entropy::fill, "test", self.world.now).await.unwrap();
        (key.id, format!("Bearer {}", secret.reveal()))
    }
}

/// The path of every route under the API.
fn routed() -> BTreeSet<String> {
    yinxin::web::all_routes().filter(|(_, path)| path.starts_with("/api/v1/")).map(|(_, path)| path.to_owned()).collect()
}

#[tokio::test]
async fn the_document_and_the_router_name_the_same_operations() {
    let site = Site::open().await;
    let document = site.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let routed = routed();
    assert!(routed.len() >= 5, "the test looks at the right files: {routed:?}");
    assert_eq!(paths.keys().cloned().collect::<BTreeSet<_>>(), routed);
    for (path, item) in paths {
        // A method that no door takes, so that the answer names those that it does.
        let refused = site
            .ask(request(
                Method::PATCH,
                &path.replace("{number}", "ABC123").replace("{claim}", "1").replace("{issuance}", "is00"),
                1,
                &[],
                "",
            ))
            .await;
        refused.problem(405, "method_not_allowed");
        let taken: BTreeSet<String> = refused.header("allow").split(',').filter(|m| *m != "HEAD").map(str::to_lowercase).collect();
        assert_eq!(item.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), taken, "{path}");
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            for text in ["summary", "description", "x-summary-zh", "x-description-zh"] {
                assert!(operation[text].as_str().is_some_and(|t| !t.is_empty()), "{id}: {text}");
            }
            let answers = operation["responses"].as_object().unwrap();
            let done = if id == "issue_certificates" { "202" } else { "200" };
            for status in [done, "408", "500"] {
                assert!(answers.contains_key(status), "{id}: {status}");
            }
            assert_eq!(answers.contains_key("429"), id != "get_openapi", "{id}");
            for (status, answer) in answers {
                for text in ["description", "x-description-zh"] {
                    assert!(answer[text].as_str().is_some_and(|t| !t.is_empty()), "{id}: {status}: {text}");
                }
            }
        }
    }
    // The operation's codes are those that the page of problems explains.
    let explained = site.get("/problems").await;
    for code in document["paths"].to_string().split("#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(code.starts_with("/components/") || explained.text().contains(&format!("id=\"{code}\"")), "{code}");
    }
}

#[tokio::test]
async fn the_manual_is_a_page_in_both_languages() {
    let site = Site::open().await;
    let (chinese, english) = (site.get("/api").await, site.get("/api?lang=en").await);
    assert!(chinese.page(200).contains("查询证书") && !chinese.text().contains("Look up a certificate"), "{}", chinese.text());
    assert!(english.page(200).contains("Look up a certificate") && !english.text().contains("查询证书"), "{}", english.text());
    for page in [chinese, english] {
        for id in ["get_certificate", "look_up", "confirm_certificates", "verify_file", "get_openapi", "issue_certificates", "list_claims"]
        {
            assert!(page.text().contains(&format!("id=\"{id}\"")), "{id}");
        }
        assert!(page.text().contains("curl https://cert.yinxin.example/api/v1/certificates/GXRCPJ033202000019"), "{}", page.text());
        assert!(page.body.len() < 90_000, "{}", page.body.len());
    }
}

#[tokio::test]
async fn a_key_pays_in_place_of_the_address_and_opens_nothing_once_revoked() {
    let site = Site::with_limits("address = { burst = 2, refill_ms = 3600000 }").await;
    let path = format!("/api/v1/certificates/{}", number(&site.released));
    let (id, key) = site.key(24, 3).await;
    let with_key: [(&str, &str); 1] = [("authorization", &key)];
    for left in [2, 1, 0] {
        let answer = site.get_with(&path, &with_key).await;
        answer.json();
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=10800");
        assert!(answer.header("ratelimit").starts_with(&format!("\"key\";r={left};t=")), "{}", answer.header("ratelimit"));
    }
    let refused = site.get_with(&path, &with_key).await;
    refused.problem(429, "too_many_requests");
    let wait = refused.header("retry-after");
    assert!((3_590..=3_600).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    assert_eq!(refused.header("ratelimit"), format!("\"key\";r=0;t={wait}"));
    // The address has paid nothing yet.
    let answer = site.get_with(&path, &[]).await;
    answer.json();
    assert_eq!((answer.header("ratelimit-policy"), answer.header("ratelimit")), ("\"address\";q=2;w=7200", "\"address\";r=1;t=3600"));
    assert!(site.world.service.revoke_api_key(&id, "test", site.world.now).await.unwrap());
    let revoked = site.get_with(&path, &with_key).await;
    let unknown = format!("Bearer yx_{}", "0".repeat(43));
    let other = site.ask(request(Method::GET, &path, 2, &[("authorization", &unknown)], "")).await;
    let words = |answer: &Answer| {
        let mut problem = answer.problem(401, "invalid_api_key");
        problem["request_id"] = Value::Null;
        problem
    };
    assert_eq!(words(&revoked), words(&other), "a revoked key is as an unknown one");
    assert_eq!(revoked.header("www-authenticate"), "Bearer realm=\"yinxin\", error=\"invalid_token\"");
    assert!(!revoked.text().contains("yx_"));
    // A wrong key is a question of the address, at every door.
    site.get_with(&path, &with_key).await.problem(429, "too_many_requests");
    for (path, body) in [(BULK, json!({"certificates": []})), ("/api/v1/lookups", json!({})), ("/api/v1/verifications", json!(0))] {
        let answer = site
            .ask(request(Method::POST, path, 3, &[("authorization", "Basic eA=="), ("content-type", "application/json")], body.to_string()))
            .await;
        if path != "/api/v1/verifications" {
            answer.problem(401, "invalid_api_key");
        } else {
            answer.problem(429, "too_many_requests");
        }
    }
}

#[tokio::test]
async fn no_key_pays_for_a_person() {
    let site = Site::with_limits("identity = { burst = 1, refill_ms = 3600000 }\nperson = { burst = 2, refill_ms = 3600000 }").await;
    let (_, key) = site.key(1_000, 100).await;
    let with_key: [(&str, &str); 1] = [("authorization", &key)];
    let question = json!({ "identity_number": IDENTITY });
    for _ in 0..2 {
        site.post_with("/api/v1/lookups", &with_key, &question).await.json();
    }
    let refused = site.post_with("/api/v1/lookups", &with_key, &question).await;
    refused.problem(429, "too_many_requests");
    assert!(refused.header("ratelimit").starts_with("\"person\";r=0;t="), "{}", refused.header("ratelimit"));
    // The key still asks for another person.
    site.post_with("/api/v1/lookups", &with_key, &json!({ "identity_number": STRANGER })).await.json();
}

#[tokio::test]
async fn many_at_once_are_answered_in_order_and_a_wrong_name_is_as_an_unknown_number() {
    let site = Site::with_limits("address = { burst = 6, refill_ms = 3600000 }").await;
    let (released, unreleased) = (number(&site.released).to_owned(), number(&site.unreleased).to_owned());
    let row = |number: &str, holder: &str| json!({ "number": number, "holder": holder });
    let rows = [
        row(&released, WINNER),
        row("LH14202599998", "李明"),
        row("LH14202599999", WINNER),
        row(number(&site.other), "阿卜杜热合曼 麦麦提依明"),
        row(&unreleased, WINNER),
        row("!", ""),
    ];
    let answer = site.post_with(BULK, &[], &json!({ "certificates": rows })).await;
    let said = answer.json();
    let said = said["certificates"].as_array().unwrap();
    let not = json!({ "verdict": "not_confirmed" });
    assert_eq!((said.len(), &said[1], &said[2], &said[4], &said[5]), (6, &not, &not, &not, &not));
    assert_eq!((&said[0]["verdict"], &said[0]["certificate"]["number"]), (&json!("valid"), &json!(released)));
    assert_eq!((&said[3]["verdict"], &said[3]["certificate"]["number"]), (&json!("valid"), &json!(number(&site.other))));
    assert!(!answer.text().contains(WINNER), "names are masked");
    assert!(answer.header("ratelimit").starts_with("\"address\";r=0;t="), "as many questions as rows: {}", answer.header("ratelimit"));
    site.post_with(BULK, &[], &json!({ "certificates": [row("LH14202599999", "李明")] })).await.problem(429, "too_many_requests");
    // A wrong name on a right number, and any name on a wrong number; two names on one number at once are one too many.
    let (_, other_key) = site.key(5_000, 1_000).await;
    let with_other: [(&str, &str); 1] = [("authorization", &other_key)];
    let guesses = json!({ "certificates": [row(&released, "李明"), row("LH14202599997", "李明"), row(&released, WINNER)] });
    let said = site.post_with(BULK, &with_other, &guesses).await.json();
    assert_eq!(said["certificates"], json!([not, not, { "verdict": "ask_later" }]));
    // More than the bucket ever holds: waiting would not help.
    let seven = json!({ "certificates": vec![row(&released, WINNER); 7] });
    let refused = site.post_with(BULK, &[], &seven).await;
    assert!(refused.problem(413, "too_many_at_once")["detail"].as_str().unwrap().contains("at most 6"));
    assert_eq!(refused.header("retry-after"), "");
    let (_, key) = site.key(5_000, 1_000).await;
    let with_key: [(&str, &str); 1] = [("authorization", &key)];
    let thousand = json!({ "certificates": vec![row(&released, WINNER); 1_000] });
    assert_eq!(site.post_with(BULK, &with_key, &thousand).await.json()["certificates"].as_array().unwrap().len(), 1_000);
    let more = json!({ "certificates": vec![row(&released, WINNER); 1_001] });
    site.post_with(BULK, &with_key, &more).await.problem(413, "too_many_at_once");
    for bad in [
        json!([]),
        json!({}),
        json!({ "certificates": [] }),
        json!({ "certificates": [[released, WINNER]] }),
        json!({ "certificates": [{ "number": released }] }),
    ] {
        site.post_with(BULK, &with_key, &bad).await.problem(400, "bad_request");
    }
    site.post(BULK, "text/plain", "{}").await.problem(415, "unsupported_media_type");
    site.post(BULK, "application/json", vec![b' '; 600_000]).await.problem(413, "too_large");
}

#[tokio::test]
async fn an_answer_may_be_kept_and_a_revocation_is_seen_at_the_next_question() {
    let site = Site::open().await;
    let path = format!("/api/v1/certificates/{}", number(&site.released));
    let first = site.get(&path).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\"") && first.json()["checked_at"].is_string(), "{tag}");
    let same = site.get_with(&path, &[("if-none-match", &tag)]).await;
    assert_eq!((same.status.as_u16(), same.body.len(), same.header("etag")), (304, 0, tag.as_str()));
    for answer in [&first, &same] {
        assert!(answer.headers.get_all(header::VARY).iter().any(|v| v == "accept"));
        assert!(answer.header("ratelimit").starts_with("\"address\";r="), "304 is counted");
    }
    site.get_with(&path, &[("if-none-match", "W/\"0\"")]).await.json();
    site.world
        .service
        .revoke(&site.released.facts.claims.number, RevocationReason::parse("复核").unwrap(), "test", site.world.now)
        .await
        .unwrap();
    let after = site.get_with(&path, &[("if-none-match", &tag)]).await;
    assert_eq!(after.json()["state"]["code"], "revoked");
    assert_ne!(after.header("etag"), tag);
    assert_eq!(site.get("/api/v1/certificates/LH14202599999").await.header("etag"), "", "what is not there has no tag");
    let document = site.get("/api/v1/openapi.json").await;
    let again = site.get_with("/api/v1/openapi.json", &[("if-none-match", document.header("etag"))]).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn pages_of_other_sites_may_read_the_api_and_nothing_else() {
    let site = Site::open().await;
    let origin = ("origin", "https://university.example");
    let shared = |answer: &Answer| answer.header("access-control-allow-origin").to_owned();
    let certificate = format!("/api/v1/certificates/{}", number(&site.released));
    for (path, status) in
        [(certificate.as_str(), 200), ("/api/v1/certificates/LH14202599999", 404), ("/api/v1/nowhere", 404), ("/api/v1/openapi.json", 200)]
    {
        let answer = site.get_with(path, &[origin]).await;
        assert_eq!((answer.status.as_u16(), shared(&answer).as_str()), (status, "*"), "{path}");
        assert!(answer.header("access-control-expose-headers").contains("retry-after"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
    }
    let by_number = site.post_with("/api/v1/lookups", &[origin], &json!({ "number": number(&site.released) })).await;
    assert_eq!(shared(&by_number), "*");
    // A page must not guess identity numbers from its visitors' addresses.
    for person in [IDENTITY, STRANGER] {
        let by_identity = site.post_with("/api/v1/lookups", &[origin], &json!({ "identity_number": person })).await;
        by_identity.json();
        assert_eq!((shared(&by_identity).as_str(), by_identity.header("access-control-expose-headers")), ("", ""));
    }
    let asked = [origin, ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization, content-type")];
    for path in [BULK, "/api/v1/lookups", "/api/v1/verifications", certificate.as_str()] {
        let preflight = site.ask(request(Method::OPTIONS, path, 1, &asked, "")).await;
        assert_eq!((preflight.status.as_u16(), shared(&preflight).as_str()), (204, "*"), "{path}");
        assert!(preflight.header("access-control-allow-headers").contains("authorization"));
        assert_eq!(preflight.header("access-control-max-age"), "86400");
    }
    let link = site.link(&site.released, crate::site::in_2200());
    let page = format!("/c/{}", number(&site.released));
    for path in ["/", "/verify", "/lookup", "/api", "/problems", &page, &link, "/healthz", &format!("/lookup?number={}", encode("x"))] {
        assert_eq!(shared(&site.get_with(path, &[origin]).await), "", "{path}");
        let preflight = site.ask(request(Method::OPTIONS, path, 1, &asked, "")).await;
        assert_eq!((preflight.status.as_u16(), shared(&preflight).as_str()), (405, ""), "{path}");
    }
    assert_eq!(shared(&site.post_form("/lookup", &[("identity_number", IDENTITY)]).await), "");
}
