//! A system of an issuer that is told of what happens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use yinxin::domain::time::Instant;
use yinxin::sealing::webhook::{self, WebhookHeaders, WebhookSecret};

/// What came to a receiver, and what it answers.
#[derive(Clone)]
pub struct Receiver {
    got: Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>,
    status: Arc<AtomicU16>,
    pub url: String,
}

impl Receiver {
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?from=yinxin", listener.local_addr().unwrap());
        let this = Self { got: Arc::default(), status: Arc::new(AtomicU16::new(200)), url };
        let router = Router::new().route("/hook", post(Self::take)).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    async fn take(State(this): State<Self>, headers: HeaderMap, body: Bytes) -> (StatusCode, [(&'static str, &'static str); 1]) {
        let id = headers["webhook-id"].to_str().unwrap().to_owned();
        this.got.lock().unwrap().push((id, headers, body));
        // A redirect that would lead back here.
        (StatusCode::from_u16(this.status.load(Ordering::Relaxed)).unwrap(), [("location", "/hook")])
    }

    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// What came since the last look.
    pub fn got(&self) -> Vec<(String, HeaderMap, Bytes)> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }

    pub fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for (_, _, body) in self.got() {
            let body: Value = serde_json::from_slice(&body).unwrap();
            *kinds.entry(body["type"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        kinds
    }
}

/// Whether a notice is signed by one of some secrets, and is of this time.
pub fn signed(secrets: &[&str], (id, headers, body): &(String, HeaderMap, Bytes), now: Instant) -> bool {
    let text = |name: &str| headers[name].to_str().unwrap();
    let headers = WebhookHeaders { id, timestamp: text("webhook-timestamp"), signature: text("webhook-signature") };
    let secrets: Vec<_> = secrets.iter().map(|text| WebhookSecret::parse(text).unwrap()).collect();
    webhook::verify(&secrets, headers, body, now).is_ok()
}
