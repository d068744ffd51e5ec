//! One POST to a stranger's address: over TLS, to an address that was looked at before it is connected to, with no redirect followed and no
//! body read.
//!
//! The connection is made here, and hyper speaks HTTP over it: a client that looks the host up by itself could be led elsewhere
//! between the look and the connection (DNS rebinding).

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::domain::webhook::{EndpointUrl, Outcome, Reach, Unanswered};
use crate::sealing::webhook::{ID, SIGNATURE, TIMESTAMP};

/// For how long all of it may take (Standard Webhooks, "Request timeouts": 15 to 30 seconds).
const PATIENCE: Duration = Duration::from_secs(15);
/// Addresses of a host that are tried.
const ADDRESSES: usize = 4;

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// The three headers and the body of a notice.
pub struct Parcel<'a> {
    pub id: &'a str,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
}

/// Sends notices.
#[derive(Default)]
pub struct Client {
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Client {
    /// Sends a notice and says what came of it.
    pub async fn post(&self, url: &EndpointUrl, reach: Reach, parcel: Parcel<'_>) -> Outcome {
        match tokio::time::timeout(PATIENCE, self.try_post(url, reach, parcel)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(why)) => Outcome::Unanswered(why),
            Err(_) => Outcome::Unanswered(Unanswered::Timeout),
        }
    }

    async fn try_post(&self, url: &EndpointUrl, reach: Reach, parcel: Parcel<'_>) -> Result<Outcome, Unanswered> {
        let wire = self.connect(url, reach).await?;
        let request = Request::post(url.target())
            .header(HOST, url.authority())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("yinxin/", env!("CARGO_PKG_VERSION")))
            .header(ID, parcel.id)
            .header(TIMESTAMP, parcel.timestamp)
            .header(SIGNATURE, parcel.signature)
            .body(Full::new(Bytes::from(parcel.body)))
            .map_err(|_| Unanswered::Protocol)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(wire)).await.map_err(|_| Unanswered::Protocol)?;
        // The task ends with this call, however it ends.
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        let response = sender.send_request(request).await.map_err(|_| Unanswered::Protocol)?;
        Ok(Outcome::Answered { status: response.status().as_u16(), retry_after: seconds(response.headers()) })
    }

    async fn connect(&self, url: &EndpointUrl, reach: Reach) -> Result<Box<dyn Wire>, Unanswered> {
        let host = url.host();
        let found: Vec<SocketAddr> =
            tokio::net::lookup_host((host.as_str(), url.port())).await.map_err(|_| Unanswered::NoAddress)?.collect();
        if found.is_empty() {
            return Err(Unanswered::NoAddress);
        }
        let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| reach.allows(address.ip())).take(ADDRESSES).collect();
        if allowed.is_empty() {
            return Err(Unanswered::PrivateAddress);
        }
        let stream = TcpStream::connect(allowed.as_slice()).await.map_err(|_| Unanswered::Connect)?;
        if !url.is_tls() {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host).map_err(|_| Unanswered::Tls)?;
        let stream = TlsConnector::from(self.tls()?).connect(name, stream).await.map_err(|_| Unanswered::Tls)?;
        Ok(Box::new(stream))
    }

    /// The system's roots, read once.
    fn tls(&self) -> Result<Arc<ClientConfig>, Unanswered> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let mut roots = RootCertStore::empty();
        let (good, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if good == 0 {
            tracing::warn!("this system has no certificate authorities: no notice can be sent over TLS");
            return Err(Unanswered::Tls);
        }
        // The provider is named: another crate of the program may bring a second one.
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Unanswered::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.tls.get_or_init(|| Arc::new(config)).clone())
    }
}

/// `Retry-After` in seconds; its other form, a date, is not read.
fn seconds(headers: &HeaderMap) -> Option<i64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}
