//! Serving a listener until it is time to stop.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How long requests that have begun may still take after the signal to stop: a little more than a request may take at all.
const GRACE: Duration = Duration::from_secs(35);

/// Serves `router` until `shutdown`, then takes no new connection and finishes the requests that have begun.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    // An answer is written whole: waiting to join small packets only delays it.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY is not available");
        }
    });
    let stopping = std::sync::Arc::new(Notify::new());
    let told = stopping.clone();
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(async move {
        shutdown.await;
        told.notify_one();
    });
    let too_late = async {
        stopping.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = async { server.await } => ended,
        () = too_late => {
            tracing::warn!("a connection did not end in time and is cut");
            Ok(())
        }
    }
}
