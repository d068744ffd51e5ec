//! How requests to an object store travel: hyper over TLS with the system's roots, on connections that are kept.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Dialler;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
};

use super::LONGEST;

/// For how long a connection may take to come about.
const DIAL: Duration = Duration::from_secs(3);
/// For how long a store may keep us waiting: for the head of its answer once it has the request, and for each further part.
const PATIENCE: Duration = Duration::from_secs(10);
/// How slow a line may be, in bytes a second: so much longer a request may take that brings a file.
const SLOWEST: usize = 64 << 10;
/// For how long a connection that nobody uses is kept: less than stores keep theirs.
const IDLE: Duration = Duration::from_secs(20);

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
    /// The answer is read whole here, so that one which breaks off is asked for again like one that never came.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let sending = Duration::from_secs(u64::try_from(request.body().content_length() / SLOWEST).unwrap_or(u64::MAX));
        let answer = soon(PATIENCE.saturating_add(sending), self.client.request(request)).await?;
        let (parts, mut body) = answer.map_err(failed)?.into_parts();
        let mut read = Vec::new();
        while let Some(frame) = soon(PATIENCE, body.frame()).await? {
            let frame = frame.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?;
            read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            if read.len() > LONGEST {
                return Err(HttpError::new(HttpErrorKind::Decode, TooLong));
            }
        }
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::from(read)))
    }
}

/// An answer that is longer than any file of the vault.
#[derive(Debug, thiserror::Error)]
#[error("the answer is too long")]
struct TooLong;

async fn soon<T>(patience: Duration, what: impl Future<Output = T>) -> Result<T, HttpError> {
    tokio::time::timeout(patience, what).await.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))
}

fn failed(error: hyper_util::client::legacy::Error) -> HttpError {
    let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted };
    HttpError::new(kind, error)
}
