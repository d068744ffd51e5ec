//! What the router and the layers refuse by themselves, dressed for whoever asks; the probes; the server's end.

use std::collections::HashSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use yinxin::web::{WebSettings, router, serve};

use crate::site::{Site, ask, in_2200, number, router_of};
use crate::world::World;

fn bare(method: Method, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn every_refusal_is_a_page_or_a_problem_document() {
    let site = Site::open().await;
    for path in ["/nowhere", "/c/", "/verify/", "/assets/style.css", "/api2", "/%FF"] {
        let page = site.get(path).await;
        assert!(page.page(404).contains("没有这个页面") && page.text().contains(r#"href="/""#), "{path}: {}", page.text());
    }
    for path in ["/api/v1/nowhere", "/api/v1/certificates/", "/api/"] {
        site.get(path).await.problem(404, "not_found");
    }
    for (method, path, allowed) in [
        (Method::PUT, "/c/LH14202500001", "GET,HEAD,POST"),
        (Method::DELETE, "/lookup", "GET,HEAD,POST"),
        (Method::PUT, "/verify", "GET,HEAD,POST"),
        (Method::OPTIONS, "/", "GET,HEAD"),
    ] {
        let page = site.ask(bare(method, path)).await;
        assert!(page.page(405).contains("该地址不接受这种请求"), "{path}");
        assert_eq!(page.header("allow"), allowed, "{path}");
    }
    for (method, path, allowed) in [
        (Method::GET, "/api/v1/lookups", "POST"),
        (Method::PUT, "/api/v1/verifications", "POST"),
        (Method::DELETE, "/api/v1/certificates/LH14202500001", "GET,HEAD"),
    ] {
        let answer = site.ask(bare(method, path)).await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
    // Every kind that a problem document points to is explained where it points.
    let explained = site.get("/problems").await;
    for kind in ["bad_request", "invalid_number", "invalid_identity_number", "certificate_not_found", "not_found", "too_large"] {
        assert!(explained.page(200).contains(&format!("id=\"{kind}\"")), "{kind}");
    }
}

#[tokio::test]
async fn forms_and_documents_are_small() {
    let site = Site::open().await;
    let number = number(&site.released);
    let padded = |size: usize| format!("{{\"number\":\"{number}\"{}}}", " ".repeat(size - 13 - number.len()));
    assert_eq!(padded(16_384).len(), 16_384);
    assert_eq!(site.post("/api/v1/lookups", "application/json", padded(16_384)).await.json()["certificates"][0]["number"], number);
    site.post("/api/v1/lookups", "application/json", padded(16_385)).await.problem(413, "too_large");
    let form = format!("identity_number={}", "1".repeat(16_384));
    let kind = "application/x-www-form-urlencoded";
    assert!(site.post("/lookup", kind, form.clone()).await.page(413).contains("文件或内容过大"));
    // The same where the length is announced, which the outermost layer sees before the handler does.
    let announced = Request::post("/lookup").header(header::CONTENT_TYPE, kind).header(header::CONTENT_LENGTH, form.len());
    assert!(site.ask(announced.body(Body::from(form)).unwrap()).await.page(413).contains("文件或内容过大"));
}

#[tokio::test]
async fn a_head_is_the_answer_without_its_body_and_requests_have_numbers() {
    let site = Site::open().await;
    let file = format!("{}/pdf", site.link(&site.released, in_2200()));
    let mut numbers = HashSet::new();
    for path in
        ["/", "/verify", &format!("/c/{}", number(&site.released)), &format!("/api/v1/certificates/{}", number(&site.released)), &file]
    {
        let (head, whole) = (site.ask(bare(Method::HEAD, path)).await, site.get(path).await);
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{path}");
        for answer in [head, whole] {
            assert!(numbers.insert(answer.header("x-request-id").to_owned()), "{numbers:?}");
        }
        let small = site.ask(Request::get(path).header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap()).await;
        // A certificate is compressed already, and its bytes are what counts.
        assert_eq!(small.header("content-encoding"), if *path == file { "" } else { "gzip" }, "{path}");
    }
}

#[tokio::test]
async fn the_probes_answer_and_https_is_asked_for_only_where_it_is_spoken() {
    let world = World::edited(|sample| sample.replace("https://", "http://")).await;
    let plain = router_of(&world);
    let site = Site::open().await;
    for (path, says) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = site.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, says));
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
        assert_eq!(ask(&plain, bare(Method::GET, path)).await.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn a_request_that_never_ends_is_given_up_and_the_server_stops_when_told() {
    let site = Site::open().await;
    let settings = WebSettings { timeout: Duration::from_millis(200), ..WebSettings::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, router(site.world.service.clone(), settings), async { drop(stopped.await) }));
    for (path, kind) in [("/lookup", "text/html; charset=utf-8"), ("/api/v1/lookups", "application/problem+json")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let sent = "application/x-www-form-urlencoded";
        let sent = if path == "/lookup" { sent } else { "application/json" };
        let request = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {sent}\r\nContent-Length: 100\r\n\r\nidentity");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains(&format!("content-type: {kind}\r\n")), "{answer}");
        assert!(answer.contains("请求超时"), "{answer}");
    }
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
