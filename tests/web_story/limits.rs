//! Asking too often: the same count at every door, for the address and for the person that is asked for.

use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::json;
use std::net::SocketAddr;

use crate::site::{Answer, IDENTITY, STRANGER, Site, number};

/// A question by the API from one address.
async fn api_from(site: &Site, last: u8, number: &str) -> Answer {
    let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, last], 4_000)));
    site.ask(Request::get(format!("/api/v1/certificates/{number}")).extension(peer).body(axum::body::Body::empty()).unwrap()).await
}

#[tokio::test]
async fn pages_and_api_share_one_count_for_an_address() {
    // Nothing comes back within the test: a token an hour.
    let site = Site::with_limits("address = { burst = 4, refill_ms = 3600000 }").await;
    let known = number(&site.released).to_owned();
    site.get(&format!("/c/{known}")).await.page(200);
    site.get("/api/v1/certificates/LH14202599999").await.problem(404, "certificate_not_found");
    site.post_json("/api/v1/lookups", &json!({ "number": known })).await.json();
    site.post("/api/v1/verifications", "application/pdf", vec![0u8; 10]).await.json();
    let page = site.get(&format!("/c/{known}")).await;
    assert!(page.page(429).contains("查询过于频繁") && page.text().contains("秒后重试"));
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((3_000..=3_600).contains(&wait), "{wait}");
    site.get(&format!("/api/v1/certificates/{known}")).await.problem(429, "too_many_requests");
    // What was never a question is not counted: the start page, probes, and the holder's own link.
    site.get("/").await.page(200);
    // Another reader is served.
    api_from(&site, 7, &known).await.json();
}

#[tokio::test]
async fn a_person_is_asked_for_only_so_often_from_wherever_and_it_looks_the_same_for_a_stranger() {
    let limits = "identity = { burst = 100, refill_ms = 1 }\nperson = { burst = 2, refill_ms = 3600000 }";
    let site = Site::with_limits(limits).await;
    for (identity, found) in [(IDENTITY, 1), (STRANGER, 0)] {
        for _ in 0..2 {
            let answer = site.post_json("/api/v1/lookups", &json!({ "identity_number": identity })).await;
            assert_eq!(answer.json()["certificates"].as_array().map(Vec::len), Some(found));
        }
        site.post_json("/api/v1/lookups", &json!({ "identity_number": identity })).await.problem(429, "too_many_requests");
        let page = site.post_form("/lookup", &[("identity_number", identity)]).await;
        assert!(page.page(429).contains("查询过于频繁") && !page.text().contains(identity));
    }
}
