//! `yinxin work`

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::service::Service;
use crate::service::desk::batches::Worker;
use crate::service::entropy;

use super::serve::stop_signal;
use super::{Failure, Outcome, Place, print, world};

/// How often batches are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks, what releases call for is looked for as well.
const RELEASES: u32 = 10;
/// For how long a process that ends waits for its batch to be given back.
const LEAVE: Duration = Duration::from_secs(20);

/// Runs the batches that the staff start on the web, and those at a release, without serving the web itself.
#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin work")]
pub struct Options {}

pub async fn run(place: &Place, _: Options) -> Result<Outcome, Failure> {
    super::serve::log();
    let service = world::service(place).await?;
    let room = world::press_room(&service)?;
    let service = Arc::new(service.issuing_in(room));
    let telling = tokio::spawn(crate::service::webhooks::sender::run(Arc::clone(&service)));
    let running = Running::start(service);
    print::line("等待签发批次 / waiting for batches");
    stop_signal().await;
    telling.abort();
    running.end().await;
    Ok(Outcome::Done)
}

/// A process's work on batches.
pub struct Running {
    worker: Worker,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Begins to look for batches.
    pub fn start(service: Arc<Service>) -> Self {
        let mut name = [0; 16];
        entropy::fill(&mut name);
        let worker = Worker::new(name);
        let task = tokio::spawn(work(service, worker.clone()));
        Self { worker, task }
    }

    /// Finishes what has begun and gives the batch back.
    pub async fn end(self) {
        self.worker.leave();
        if tokio::time::timeout(LEAVE, self.task).await.is_err() {
            tracing::warn!("a batch was not given back in time; another process takes it when its lease ends");
        }
    }
}

async fn work(service: Arc<Service>, worker: Worker) {
    let mut ticks = tokio::time::interval(LOOK);
    let mut looks = 0;
    while service.issues() && !worker.is_leaving() {
        ticks.tick().await;
        if looks % RELEASES == 0
            && let Ok(now) = service.clock().now()
            && let Err(error) = service.start_releases(now).await
        {
            tracing::warn!(%error, "what releases call for could not be queued");
        }
        if let Ok(now) = service.clock().now()
            && let Err(error) = service.issue_approved(now).await
        {
            tracing::warn!(%error, "certificates of approved claims could not be queued");
        }
        if let Ok(now) = service.clock().now()
            && let Err(error) = service.issue_handed_in(now).await
        {
            tracing::warn!(%error, "lists that partners handed in could not be queued");
        }
        looks = looks.wrapping_add(1);
        match service.work_once(&worker).await {
            // There may be more.
            Ok(true) => ticks.reset_immediately(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a batch could not be taken or ended"),
        }
    }
}
