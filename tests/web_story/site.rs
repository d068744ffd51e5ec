//! A site with three certificates, and a visitor who looks at the headers of every answer.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::civil::date;
use serde_json::Value;
use tower::ServiceExt as _;
use yinxin::domain::certificate::Certificate;
use yinxin::domain::number::CertificateNumber;
use yinxin::domain::qr_claims::QrClaims;
use yinxin::domain::time::Instant;
use yinxin::sealing::proof::{self, Code};
use yinxin::web::{WebSettings, router};

use crate::world::{URL, World};

/// Holds a released certificate and one that is not released before the year 2148.
pub const WINNER: &str = "欧阳明远";
/// The winner's identity number; it ends with X, so that its case matters.
pub const IDENTITY: &str = "11010519491231002X";
/// A right identity number that nobody in the list has.
pub const STRANGER: &str = "449900200101020031";

const LIST: &str = "赛事,姓名,证件号码,学校,作品,奖项\n\
    lanhai-14,欧阳明远,11010519491231002X,蓝海大学,星海,一等奖\n\
    lanhai-14,阿卜杜热合曼·麦麦提依明,319900200101020024,青山大学,听潮,二等奖\n\
    xinghe-3,欧阳明远,11010519491231002X,蓝海大学,拾光,特等奖\n";

/// The largest file that this site verifies, in bytes.
pub const MAX_FILE: usize = 1024 * 1024;

pub struct Site {
    pub world: World,
    pub router: Router,
    pub released: Certificate,
    pub other: Certificate,
    pub unreleased: Certificate,
}

impl Site {
    /// Opens it; the contest of the last row is released in the year 2148 only.
    pub async fn open() -> Self {
        Self::with_limits("address = { burst = 10000, refill_ms = 1 }\nidentity = { burst = 1000, refill_ms = 1 }").await
    }

    /// The same with other limits on questions.
    pub async fn with_limits(limits: &str) -> Self {
        let later = |sample: String| sample.replace("2024-10-01", "2148-10-01").replace("2024-10-31", "2148-10-31");
        let world = World::edited(|sample| format!("{}\n[limits]\n{limits}\n", later(sample))).await;
        world.import("名单.csv", LIST.as_bytes()).await;
        assert_eq!(world.issue().await.issued, 3);
        let mut certificates = world.service.certificates(None, 10).await.unwrap().into_iter();
        let [Some(released), Some(other), Some(unreleased)] = [certificates.next(), certificates.next(), certificates.next()] else {
            panic!("three certificates")
        };
        assert_eq!(released.facts.claims.holder.as_str(), WINNER);
        assert!(number(&unreleased).starts_with("XH"), "{}", number(&unreleased));
        let router = router_of(&world);
        Self { world, router, released, other, unreleased }
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        ask(&self.router, request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a browser does.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&");
        self.post(path, "application/x-www-form-urlencoded", body).await
    }

    pub async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::post(path).header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, "application/json", body.to_string()).await
    }

    /// Sends a file as the field `field` of a form.
    pub async fn post_file(&self, path: &str, field: &str, file: &[u8]) -> Answer {
        let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"证书.pdf\"\r\n\r\n");
        let body = [head.as_bytes(), file, b"\r\n--cut--\r\n"].concat();
        self.post(path, "multipart/form-data; boundary=cut", body).await
    }

    /// The path of a download link that ends at an instant.
    pub fn link(&self, certificate: &Certificate, expires: Instant) -> String {
        let service = &self.world.service;
        service.link_url(&service.link(&certificate.facts.claims.number, expires)).strip_prefix(URL).unwrap().to_owned()
    }

    /// The file, by the holder's link.
    pub async fn pdf(&self, certificate: &Certificate) -> Vec<u8> {
        let answer = self.get(&format!("{}/pdf", self.link(certificate, in_2200()))).await;
        assert_eq!(answer.status, 200);
        answer.body
    }

    /// The digits in a certificate's QR code.
    pub fn digits(&self, certificate: &Certificate) -> String {
        self.code(certificate).text.digits
    }

    /// A certificate's QR code with its heading.
    pub fn code(&self, certificate: &Certificate) -> Code {
        let claims = &certificate.facts.claims;
        let keys = self.world.room.current_keys(&claims.issuer.id).unwrap();
        proof::code(&QrClaims::of(claims), &keys.proof, URL).unwrap()
    }

    /// The digits of the proof in a certificate's file.
    pub fn whole_proof(&self, certificate: &Certificate) -> String {
        let claims = &certificate.facts.claims;
        let keys = self.world.room.current_keys(&claims.issuer.id).unwrap();
        proof::prove(&QrClaims::of(claims), &keys.proof, URL).unwrap().digits
    }
}

pub fn router_of(world: &World) -> Router {
    router(Arc::clone(&world.service), WebSettings { max_file_bytes: MAX_FILE, ..WebSettings::default() })
}

pub fn number(certificate: &Certificate) -> &str {
    CertificateNumber::as_str(&certificate.facts.claims.number)
}

/// The end of links that work: after every release.
pub fn in_2200() -> Instant {
    Instant::start_of(date(2200, 1, 1)).unwrap()
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The page, which must have this status.
    pub fn page(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        self.text()
    }

    /// The JSON of an answer of the API that is no failure.
    pub fn json(&self) -> Value {
        assert_eq!((self.status, self.header("content-type")), (StatusCode::OK, "application/json"), "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem document, which must have this status and code.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.header("content-type")), (status, "application/problem+json"), "{}", self.text());
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!((&problem["status"], &problem["code"]), (&status.into(), &code.into()), "{problem}");
        assert_eq!(problem["type"], format!("{URL}/problems#{code}"));
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        for words in ["title", "title_zh", "detail", "detail_zh"] {
            assert!(problem[words].as_str().is_some_and(|w| !w.is_empty()), "{words}: {problem}");
        }
        problem
    }

    /// Where a redirection leads.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text());
        self.header("location")
    }
}

/// Pages with a script from here, by how their path begins and ends: where one draws a signature, and forms that save themselves.
const SCRIPTED: &[(&str, &str)] = &[
    ("/notices/", "/objection"),
    ("/account/verification/", ""),
    ("/account/school/verification", ""),
    ("/account/school/letter", ""),
    ("/staff/reviews/", ""),
    ("/staff/issuing/", ""),
    ("/account/certificates", ""),
];

/// Asks: any answer but a failure of the server will do.
pub async fn ask_plainly(router: &Router, request: Request<Body>) -> Answer {
    let asked = format!("{} {}", request.method(), request.uri());
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec();
    let answer = Answer { status, headers, body };
    assert!(!status.is_server_error(), "{asked}: {}", answer.text());
    answer
}

/// Asks, and looks at what every answer must carry, whatever it is; the pages of the scanner and of the verify button have headers of their
/// own.
pub async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let asked = format!("{} {}", request.method(), request.uri());
    let (is_get, path) = (*request.method() == Method::GET, request.uri().path().to_owned());
    let answer = ask_plainly(router, request).await;
    let status = answer.status;
    let policy = answer.header("content-security-policy");
    for rule in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|r| r == rule), "{asked}: {policy}");
    }
    let scripted =
        SCRIPTED.iter().any(|(start, end)| path.starts_with(start) && path.ends_with(end)) && policy.contains("script-src 'self';");
    assert!((scripted || !policy.contains("script-src")) && !policy.contains("unsafe"), "{asked}: {policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY")] {
        assert_eq!(answer.header(name), value, "{asked}: {name}");
    }
    let asset = is_get && path.starts_with("/assets/") && status == 200;
    let published = is_get && path.starts_with("/.well-known/") && matches!(status.as_u16(), 200 | 304);
    // What may be kept: a certificate only by a program that asks again before it uses it.
    let kept = match path.as_str() {
        _ if asset || published => "public",
        "/api/v1/openapi.json" if matches!(status.as_u16(), 200 | 304) => "public, max-age=3600",
        path if path.starts_with("/help") && matches!(status.as_u16(), 200 | 304) => "private, no-cache",
        path if path.starts_with("/api/v1/certificates/") && !answer.header("etag").is_empty() => "private, no-cache",
        _ => "no-store",
    };
    let said = answer.header("cache-control");
    assert!(said.contains(kept) && (kept == "no-store" || !said.contains("no-store")), "{asked}: {said}");
    // Whether an answer by identity number may be read elsewhere is another test's matter.
    if path != "/api/v1/lookups" {
        let shared = published || path.starts_with("/api/v1/");
        assert_eq!(answer.header("access-control-allow-origin"), if shared { "*" } else { "" }, "{asked}");
    }
    let indexed = matches!(path.as_str(), "/" | "/verify" | "/help") || path.starts_with("/assets/") || path.starts_with("/help/");
    assert_eq!(answer.header("x-robots-tag"), if indexed { "" } else { "noindex, nofollow" }, "{asked}");
    assert!(!answer.header("x-request-id").is_empty(), "{asked}");
    if answer.header("content-type").starts_with("text/html") && answer.header("content-encoding").is_empty() {
        let page = answer.text();
        let script = if scripted { "<script>" } else { "<script" };
        let what_the_policy_forbids = [script, "<style", " style=", " onclick=", "javascript:"];
        assert_eq!(what_the_policy_forbids.into_iter().find(|w| page.contains(w)), None, "{asked}: {page}");
    }
    answer
}

/// Percent-encodes what is not a letter, a digit or a hyphen.
pub fn encode(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() || b == b'-' { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The spellings that people type, each of which means the same code.
pub fn spellings(code: &str) -> Vec<String> {
    let full = |text: &str| text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect::<String>();
    let lower = code.to_lowercase();
    let apart = |separator: &str| format!("{}{separator}{}{separator}{}", &code[..2], &code[2..6], &code[6..]);
    let separators = [" ", "-", "—", "\u{3000}", "\u{200b}"];
    [full(code), full(&lower), lower, format!(" {code}\t")].into_iter().chain(separators.map(apart)).collect()
}
