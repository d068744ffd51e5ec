//! The doors that are asked, each beside a bare handler that returns the same bytes.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, header};
use axum::routing::get;
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use yinxin::web::{WebSettings, router, serve};

use super::made::{Made, number};

/// A kind of question.
pub struct Door {
    pub name: &'static str,
    /// What stands before the number or the code.
    pub path: &'static str,
    /// Codes, or a form to send.
    pub file: PathBuf,
    pub addresses_of_readers: u32,
    bare: SocketAddr,
    full: SocketAddr,
}

impl Door {
    /// The bare handler's and the service's.
    pub fn addresses(&self) -> [SocketAddr; 2] {
        [self.bare, self.full]
    }
}

/// By number as JSON and as a page, by code as a page; and by number where each question is the first of its address, which costs a write.
pub async fn doors(made: &Made) -> Vec<Door> {
    let site = router(made.service.clone(), WebSettings::default());
    let full = open(site.clone()).await;
    let mut doors = Vec::new();
    for (name, path, key, readers) in [
        ("number, API", "/api/v1/certificates/", number(1), 64),
        ("number, page", "/c/", number(1), 64),
        ("code, page", "/q/", made.tokens[0].clone(), 64),
        ("number, API, new readers", "/api/v1/certificates/", number(1), 1 << 24),
    ] {
        if std::env::var("YINXIN_DOORS").is_ok_and(|part| !name.contains(&part)) {
            continue;
        }
        let bare = open(bare(&site, path, &key).await).await;
        doors.push(Door { name, path, file: made.folder.join("codes"), addresses_of_readers: readers, bare, full });
    }
    doors
}

/// The form for a file, with a genuine one in it; and how many KB the file has.
pub async fn upload(made: &Made) -> (Door, usize) {
    let pdf = made.pdf().await;
    let head = "--yinxin\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n";
    let file = made.folder.join("form");
    std::fs::write(&file, [head.as_bytes(), &pdf, b"\r\n--yinxin--\r\n"].concat()).unwrap();
    let full = open(router(made.service.clone(), WebSettings::default())).await;
    (Door { name: "file", path: "/verify", file, addresses_of_readers: 64, bare: full, full }, pdf.len() / 1000)
}

async fn bare(site: &Router, path: &str, key: &str) -> Router {
    let request = Request::get(format!("{path}{key}")).body(Body::empty()).unwrap();
    let answer = site.clone().oneshot(request).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    let mut headers: HeaderMap = answer.headers().clone();
    headers.remove(header::CONTENT_LENGTH);
    let bytes: Bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    Router::new().route(&format!("{path}{{key}}"), get(move || async move { (headers.clone(), bytes.clone()) }))
}

async fn open(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router, std::future::pending()));
    address
}
