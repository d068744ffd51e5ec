//! An object store in this process, which speaks as much of the S3 protocol as a vault needs, and can be made to fail.
//!
//! It is written from the protocol's reference (Amazon S3 API: PutObject, GetObject, HeadObject, DeleteObject, ListObjectsV2, error
//! responses; Signature Version 4), apart from the library that the vault asks with.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

/// The bucket that is there.
pub const BUCKET: &str = "yinxin-test";
/// The key that is let in.
pub const KEY: &str = "AKTEST";
pub const SECRET: &str = "never-in-a-message";
/// Objects on a page of a list: few, so that a list has several.
const PAGE: usize = 3;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store is busy.
    Busy,
    /// The answer breaks off after half of it.
    Cut,
    /// Something before the store answers that there is no such page.
    NoPage,
    /// Nothing is answered.
    Hang,
}

#[derive(Default)]
pub struct Inside {
    pub objects: BTreeMap<String, Bytes>,
    /// What goes wrong with the next requests, one each.
    pub faults: VecDeque<Fault>,
    /// Method and path of each request.
    pub asked: Vec<(Method, String)>,
    /// Requests under way, and the most that were at once.
    pub now: usize,
    pub most: usize,
}

/// The store; it is gone when dropped.
pub struct Store {
    pub inside: Arc<Mutex<Inside>>,
    pub url: String,
    server: tokio::task::JoinHandle<()>,
}

impl Store {
    pub async fn start() -> Self {
        let inside = Arc::<Mutex<Inside>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inside));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inside, url, server }
    }

    /// Nobody answers any more.
    pub fn stop(&self) {
        self.server.abort();
    }

    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inside.lock().unwrap().faults.extend(faults);
    }

    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.inside.lock().unwrap().objects.clone()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn answer(State(inside): State<Arc<Mutex<Inside>>>, request: Request) -> Response {
    let fault = {
        let mut inside = inside.lock().unwrap();
        inside.asked.push((request.method().clone(), request.uri().path().to_owned()));
        inside.now += 1;
        inside.most = inside.most.max(inside.now);
        inside.faults.pop_front()
    };
    // As late as a store in another building.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let answer = match fault {
        Some(Fault::Busy) => error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        Some(Fault::NoPage) => (StatusCode::NOT_FOUND, "404 page not found").into_response(),
        Some(Fault::Hang) => std::future::pending().await,
        other => {
            let answer = serve(&inside, request).await;
            if other == Some(Fault::Cut) { cut(answer).await } else { answer }
        }
    };
    inside.lock().unwrap().now -= 1;
    answer
}

async fn serve(inside: &Mutex<Inside>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    if let Some(code) = refused(&parts.headers, &body) {
        return error(StatusCode::FORBIDDEN, code);
    }
    let path = parts.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if bucket != BUCKET {
        return error(StatusCode::NOT_FOUND, "NoSuchBucket");
    }
    let mut inside = inside.lock().unwrap();
    match (parts.method.as_str(), key) {
        ("GET", "") => list(&inside.objects, parts.uri.query().unwrap_or_default()),
        ("PUT", key) => {
            inside.objects.insert(key.to_owned(), body);
            ([(header::ETAG, "\"etag\"")], "").into_response()
        }
        ("GET" | "HEAD", key) => match inside.objects.get(key) {
            None => error(StatusCode::NOT_FOUND, "NoSuchKey"),
            Some(object) => {
                ([(header::ETAG, "\"etag\""), (header::LAST_MODIFIED, "Wed, 01 Jan 2025 00:00:00 GMT")], object.clone()).into_response()
            }
        },
        ("DELETE", key) => {
            inside.objects.remove(key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
    }
}

/// Whether the key is known, and the body is the one that was signed. The signature itself is for stores of other people to judge.
fn refused(headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !text("authorization").starts_with(&format!("AWS4-HMAC-SHA256 Credential={KEY}/")) {
        return Some("InvalidAccessKeyId");
    }
    let signed = text("x-amz-content-sha256");
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    (signed != digest).then_some("SignatureDoesNotMatch")
}

fn list(objects: &BTreeMap<String, Bytes>, query: &str) -> Response {
    let asked: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let prefix = asked.get("prefix").map_or("", String::as_str);
    let after = asked.get("continuation-token").map_or("", String::as_str);
    let mut found = objects.iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after);
    let page: Vec<_> = found.by_ref().take(PAGE).collect();
    let more = found.next().is_some();
    let contents: String = page
        .iter()
        .map(|(key, object)| {
            let size = object.len();
            format!("<Contents><Key>{key}</Key><LastModified>2025-01-01T00:00:00.000Z</LastModified><ETag>\"etag\"</ETag><Size>{size}</Size></Contents>")
        })
        .collect();
    let next = match page.last() {
        Some((key, _)) if more => format!("<NextContinuationToken>{key}</NextContinuationToken>"),
        _ => String::new(),
    };
    xml(StatusCode::OK, format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{next}{contents}</ListBucketResult>"))
}

fn error(status: StatusCode, code: &str) -> Response {
    xml(status, format!("<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>"))
}

fn xml(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/xml")], format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}")).into_response()
}

/// The same answer, whose connection breaks after half of it.
async fn cut(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let half = Ok(whole.slice(..whole.len() / 2));
    let broken = Err(std::io::Error::other("broken off"));
    Response::from_parts(parts, Body::from_stream(futures_util::stream::iter([half, broken])))
}
