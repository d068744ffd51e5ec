//! What machines learn of claims: the issuer's system by notices and by the partner API, a monitor by gauges, an archive by the audit trail.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use yinxin::domain::api_key::{ApiKeyName, Quota, Scope, Scopes};
use yinxin::domain::claim::ClaimId;
use yinxin::domain::time::Instant;
use yinxin::domain::webhook::EventKind;
use yinxin::service::desk::Mandate;
use yinxin::service::desk::contest_export::ContestWanted;
use yinxin::service::desk::exports::Privacy;
use yinxin::service::entropy;
use yinxin::service::webhooks::TypedEndpoint;
use yinxin::web::{WebSettings, router};

use super::{LI, MING, at, slug};
use crate::house::House;
use crate::receiver::{Receiver, signed};

/// An endpoint of the centre that wants everything about claims.
pub struct Listener {
    receiver: Receiver,
    secret: String,
}

impl Listener {
    pub async fn open(house: &House, now: Instant) -> Self {
        let receiver = Receiver::open().await;
        let kinds: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.code()).filter(|code| code.starts_with("claim.")).collect();
        let typed = TypedEndpoint { issuer: "rencai", url: &receiver.url, events: &kinds };
        let mandate = Mandate::of_operator("test");
        let (_, secret) = house.service.add_webhook(&mandate, typed, &mut entropy::fill, now).await.unwrap();
        Self { receiver, secret: secret.to_string() }
    }

    /// Every move that the issuer should hear of is told once, though the first answers are refusals, and none names a person.
    pub async fn heard(&self, house: &House, expected: &[(ClaimId, &[&str])], number: &str) {
        let (service, now) = (&house.service, at("2027-02-01"));
        let count: usize = expected.iter().map(|(_, kinds)| kinds.len()).sum();
        self.receiver.answer(503);
        while service.send_webhooks(now).await.unwrap() > 0 {}
        assert_eq!(self.receiver.got().len(), count);
        assert_eq!(gauge(house, "yinxin_webhook_deliveries_waiting", None, now).await, u64::try_from(count).unwrap());
        self.receiver.answer(204);
        let later = now.plus_millis(6_000);
        while service.send_webhooks(later).await.unwrap() > 0 {}
        assert_eq!(gauge(house, "yinxin_webhook_deliveries_waiting", None, later).await, 0);

        let mut told: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for notice in self.receiver.got() {
            assert!(signed(&[&self.secret], &notice, later));
            let text = String::from_utf8(notice.2.to_vec()).unwrap();
            for private in ["李明", "欧阳", "13900139000", "example.cn", MING, LI] {
                assert!(!text.contains(private), "{text}");
            }
            let body: Value = serde_json::from_str(&text).unwrap();
            let (kind, data) = (body["type"].as_str().unwrap(), &body["data"]);
            assert_eq!(data["issuer"], "rencai", "{text}");
            assert_eq!(data.get("certificate_number").is_some(), kind == "claim.issued", "{text}");
            told.entry(data["claim"].as_i64().unwrap()).or_default().push(kind.to_owned());
            if kind == "claim.issued" && data["claim"] == expected[0].0.0 {
                assert_eq!((&data["state"], &data["certificate_number"]), (&json!("issued"), &json!(number)));
            }
        }
        for (claim, kinds) in expected {
            let (mut kinds, mut got) = (kinds.to_vec(), told.remove(&claim.0).unwrap_or_default());
            kinds.sort_unstable();
            got.sort_unstable();
            assert_eq!(got, kinds, "claim {claim}");
        }
        assert!(told.is_empty(), "{told:?}");
    }
}

/// What a monitor reads.
pub async fn gauge(house: &House, name: &str, state: Option<&str>, now: Instant) -> u64 {
    let gauges = house.service.gauges(now).await.unwrap();
    let is_it = |gauge: &&yinxin::service::gauges::Gauge| gauge.name == name && gauge.label.map(|(_, value)| value) == state;
    gauges.iter().find(is_it).unwrap_or_else(|| panic!("no {name}")).value
}

/// The partner API tells the issuer of a claim how it stands, and nobody else that it is there.
pub async fn asked(house: &House, claims: &[(ClaimId, &str)], number: &str) {
    let key = async |issuer: &str, scope: Scope| {
        let scopes = Scopes::new([scope], issuer.parse().ok()).unwrap();
        let (name, quota) = (ApiKeyName::parse("合作系统").unwrap(), Quota::new(10_000, None).unwrap());
        let (_, secret) = house.service.add_api_key(name, (quota, scopes), entropy::fill, "test", at("2026-11-20")).await.unwrap();
        format!("Bearer {}", secret.reveal())
    };
    let (ours, theirs, issuing) =
        (key("rencai", Scope::ClaimsRead).await, key("lanhai", Scope::ClaimsRead).await, key("rencai", Scope::Issue).await);
    let router = router(house.service.clone(), WebSettings::default());
    let ask = async |path: &str, key: &str| {
        let peer = axum::extract::ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 9], 4_000)));
        let request = Request::get(path).extension(peer).header("authorization", key).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice::<Value>(&body).unwrap(), String::from_utf8(body.to_vec()).unwrap())
    };
    for (claim, state) in claims {
        let (status, said, text) = ask(&format!("/api/v1/claims/{claim}"), &ours).await;
        assert_eq!((status, &said["claim"], &said["state"]), (StatusCode::OK, &json!(claim.0), &json!(state)), "{text}");
        assert!(["李明", "欧阳", "13900139000", "example.cn", MING, LI].iter().all(|private| !text.contains(private)), "{text}");
        for other in [&theirs, &issuing] {
            let (status, ..) = ask(&format!("/api/v1/claims/{claim}"), other).await;
            assert_eq!(status, if other == &theirs { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN });
        }
    }
    let (first, ..) = claims[0];
    assert_eq!(ask(&format!("/api/v1/claims/{first}"), &ours).await.1["certificate_number"], number);
    let listed = async |query: &str| {
        let (_, said, _) = ask(&format!("/api/v1/claims{query}"), &ours).await;
        said["claims"].as_array().unwrap().iter().map(|one| one["claim"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, claims.iter().map(|(claim, _)| claim.0).collect::<Vec<_>>());
    let refused: Vec<i64> = claims.iter().filter(|(_, state)| *state == "refused").map(|(claim, _)| claim.0).collect();
    assert_eq!(listed("?state=refused").await, refused);
    assert!(ask("/api/v1/claims", &theirs).await.1["claims"].as_array().unwrap().is_empty());
}

/// The contest's archive has the audit trail of its claims, without the accounts of those who claimed.
pub async fn archived(house: &House, claim: ClaimId, holders: &[String]) {
    let mut out = Cursor::new(Vec::new());
    let wanted = ContestWanted { contest: &slug("canghai-1"), privacy: &Privacy::Masked, files: false };
    // An entry about something else with the same number.
    let registry = crate::shop::beside(&house.service).await;
    registry.note("test", "read objection", &claim.to_string(), "", at("2027-02-01")).await.unwrap();
    house.service.export_contest(&Mandate::of_operator("test"), &wanted, &mut out, at("2027-02-01")).await.unwrap();
    let mut zip = zip::ZipArchive::new(out).unwrap();
    let mut text = String::new();
    zip.by_name("audit-trail.json").unwrap().read_to_string(&mut text).unwrap();
    let trail: Vec<Value> = serde_json::from_str(&text).unwrap();
    let about: Vec<&Value> = trail.iter().filter(|event| event["subject"] == claim.to_string()).collect();
    let acts: Vec<&str> = about.iter().map(|event| event["action"].as_str().unwrap()).filter(|act| *act != "read claim").collect();
    assert_eq!(acts, ["submit claim", "verify claim", "return claim", "resubmit claim", "verify claim", "approve claim", "issue claim"]);
    assert_eq!((&about[0]["actor"], &about[0]["detail"]), (&json!("holder"), &json!("chain-junior")));
    assert!(trail.iter().any(|event| event["action"] == "lapse claim") && trail.iter().any(|event| event["action"] == "refuse claim"));
    assert!(trail.is_sorted_by_key(|event| event["id"].as_i64()));
    assert!(holders.iter().all(|holder| !text.contains(holder)), "no account of a holder");
}
