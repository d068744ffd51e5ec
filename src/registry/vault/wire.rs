//! How requests to an object store travel: hyper over TLS with the system's roots, on connections that are kept.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Dialler;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
};

/// For how long a connection may take to come about.
const DIAL: Duration = Duration::from_secs(3);
/// For how long one request may take, its answer read to the end.
const PATIENCE: Duration = Duration::from_secs(20);
/// For how long a connection that nobody uses is kept: less than stores keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// The longest answer that is read, in bytes: far more than the longest file of the vault.
const LONGEST: usize = 64 << 20;

/// Makes clients.
#[derive(Debug)]
pub struct Wires;

impl HttpConnector for Wires {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut dialler = Dialler::new();
        dialler.set_connect_timeout(Some(DIAL));
        dialler.set_nodelay(true);
        dialler.enforce_http(false);
        // The provider is named: another crate of the program may bring a second one.
        let provider = tokio_rustls::rustls::crypto::ring::default_provider();
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(|source| object_store::Error::Generic { store: "S3", source: Box::new(source) })?
            .https_or_http()
            .enable_http1()
            .wrap_connector(dialler);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(tls);
        Ok(HttpClient::new(Wire { client }))
    }
}

#[derive(Debug)]
struct Wire {
    client: Client<HttpsConnector<Dialler>, HttpRequestBody>,
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        match tokio::time::timeout(PATIENCE, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(late) => Err(HttpError::new(HttpErrorKind::Timeout, late)),
        }
    }
}

impl Wire {
    /// The answer is read whole here, so that one which breaks off is asked for again like one that never came.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.client.request(request).await.map_err(|error| {
            let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted };
            HttpError::new(kind, error)
        })?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(|error| HttpError::new_boxed(HttpErrorKind::Interrupted, error))?;
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::from(body.to_bytes())))
    }
}
