//! `yinxin serve`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::service::webhooks::sender;
use crate::service::{Service, entropy};
use crate::web;

use super::{Failure, Outcome, Place, print, trial_clock, work, world};

/// How often buckets that are full again are forgotten.
const SWEEP: Duration = Duration::from_secs(600);

/// How often the queue of messages is looked at.
const DELIVER: Duration = Duration::from_secs(1);

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin serve --listen 127.0.0.1:8080")]
pub struct Options {
    /// 监听地址，优先于配置 / the address to listen on, before that of the configuration
    #[arg(long)]
    listen: Option<String>,
    /// 试用：以文件中的北京时间代替本机时钟，文件改动后随之改变；只能用于本机地址 / for trials: the Beijing time in this file instead of the
    /// machine's clock, again whenever the file changes; on a loopback address alone
    #[arg(long, value_name = "FILE")]
    trial_clock: Option<PathBuf>,
    /// 不在本进程签发：签发密钥不载入，批次留给 yinxin work / issue nothing here: no signing key is loaded, batches are left to yinxin work
    #[arg(long)]
    no_issuing: bool,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    log();
    let service = world::service(place).await?;
    let service = if options.no_issuing { service } else { issuing(service) };
    let listen = options.listen.unwrap_or_else(|| service.config().listen.clone());
    match options.trial_clock {
        None => until_stopped(service, &listen).await,
        Some(file) => {
            let follower = trial_clock::follow(&service, file, &listen)?;
            let outcome = until_stopped(service, &listen).await;
            follower.abort();
            outcome
        }
    }
}

/// Events go to standard output, at the level that `RUST_LOG` asks for.
pub fn log() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
}

/// The same service with the signing keys; where they cannot be read, it serves all the same and issues nothing.
pub fn issuing(service: Service) -> Service {
    match world::press_room(&service) {
        Ok(room) => service.issuing_in(room),
        Err(error) => {
            tracing::warn!(%error, "this process issues nothing");
            service
        }
    }
}

/// Serves until the process is told to stop, then finishes what it has begun.
pub async fn until_stopped(service: Service, listen: &str) -> Result<Outcome, Failure> {
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|e| format!("无法监听 {listen} / cannot listen: {e}"))?;
    print::line(&format!("网站已开启 / serving http://{}", listener.local_addr()?));
    let service = Arc::new(service);
    let sweeping = tokio::spawn(sweep(Arc::clone(&service)));
    let delivering = tokio::spawn(deliver(Arc::clone(&service)));
    let telling = tokio::spawn(sender::run(Arc::clone(&service)));
    let working = work::Running::start(Arc::clone(&service));
    let watched = watch(&service).await?;
    let meter = watched.as_ref().map(|(meter, _)| Arc::clone(meter));
    let router = web::measured(service, web::WebSettings::default(), meter);
    let served = web::serve(listener, router, stop_signal()).await;
    if let Some((_, watching)) = watched {
        watching.abort();
    }
    sweeping.abort();
    delivering.abort();
    telling.abort();
    working.end().await;
    served?;
    Ok(Outcome::Done)
}

/// Counts requests and serves the counts on a listener of their own, where one is set.
async fn watch(service: &Arc<Service>) -> Result<Option<(Arc<web::Meter>, tokio::task::JoinHandle<()>)>, Failure> {
    let Some(address) = service.config().metrics.as_deref() else { return Ok(None) };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|e| format!("无法监听 {address} / cannot listen: {e}"))?;
    print::line(&format!("监控数据 / metrics http://{}/metrics", listener.local_addr()?));
    let meter = Arc::new(web::Meter::default());
    let router = web::metrics_router(Arc::clone(service), Arc::clone(&meter));
    let serving = tokio::spawn(async move {
        if let Err(error) = web::serve(listener, router, std::future::pending()).await {
            tracing::warn!(%error, "metrics are served no more");
        }
    });
    Ok(Some((meter, serving)))
}

/// Forgets now and then who asked, once it does not matter any more.
async fn sweep(service: Arc<Service>) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        let Ok(now) = service.clock().now() else { continue };
        if let Err(error) = service.sweep_limits(now).await {
            tracing::warn!(%error, "buckets could not be swept");
        }
        if let Err(error) = service.sweep_access(now).await {
            tracing::warn!(%error, "ended sessions could not be swept");
        }
        if let Err(error) = service.learn_programmes().await {
            tracing::warn!(%error, "contests could not be learnt");
        }
        if let Err(error) = service.sweep_imports(now).await {
            tracing::warn!(%error, "uploaded lists could not be swept");
        }
        if let Err(error) = service.sweep_objections(now).await {
            tracing::warn!(%error, "objections past their time could not be swept");
        }
        if let Err(error) = service.tell_of_releases(now, &mut entropy::fill).await {
            tracing::warn!(%error, "holders could not be told of their certificates");
        }
        if let Err(error) = service.sweep_issuances(now).await {
            tracing::warn!(%error, "names of old requests could not be forgotten");
        }
        if let Err(error) = service.sweep_webhooks(now).await {
            tracing::warn!(%error, "old notices to issuers' systems could not be swept");
        }
        if let Err(error) = service.sweep_claims(now).await {
            tracing::warn!(%error, "claims that nobody paid for could not lapse");
        }
        if let Err(error) = service.tell_of_claims(now, &mut entropy::fill).await {
            tracing::warn!(%error, "holders could not be told of their claims");
        }
        if let Err(error) = service.match_waiting_instructors(now).await {
            tracing::warn!(%error, "instructors could not be matched anew");
        }
        if let Err(error) = service.expire_orders(now).await {
            tracing::warn!(%error, "orders that were not paid in time could not be cancelled");
        }
        if let Err(error) = service.sweep_verification(now).await {
            tracing::warn!(%error, "pictures of decided cases could not be swept");
        }
    }
}

/// Hands messages that are due to their providers, where one is set.
async fn deliver(service: Arc<Service>) {
    if service.config().message_command.is_none() && service.config().mail.is_none() {
        return;
    }
    let mut ticks = tokio::time::interval(DELIVER);
    loop {
        ticks.tick().await;
        let Ok(now) = service.clock().now() else { continue };
        match service.deliver_messages(now).await {
            // There may be more.
            Ok(1..) => ticks.reset_immediately(),
            Ok(0) => {}
            Err(error) => tracing::warn!(%error, "messages could not be delivered"),
        }
    }
}

/// Waits until the process is told to stop.
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    // Without a signal handler the process ends as the system does it.
    let _ = interrupt.await;
}
