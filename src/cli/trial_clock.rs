//! A clock that a trial sets: what happens at a deadline can be seen without waiting for it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::clock::Clock;

use super::Failure;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_millis(100);

/// Sets the service's clock to the time in a file, now and whenever the file says another.
///
/// # Errors
/// If the service would listen to other machines, or the file holds no time.
pub fn follow(service: &Service, file: PathBuf, listen: &str) -> Result<JoinHandle<()>, Failure> {
    if !listen.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback()) {
        return Err(
            format!("试用时钟只能用于本机地址，而不是 {listen} / a trial clock is for a loopback address, such as 127.0.0.1:8080").into()
        );
    }
    let clock = service.clock().clone();
    let mut said = set(&clock, &file)?;
    tracing::warn!(time = %said, "the clock is one of a trial");
    Ok(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            let Ok(text) = tokio::fs::read_to_string(&file).await else { continue };
            // A file that is being written is read again.
            if text.trim() != said
                && let Ok(now_said) = set(&clock, &file)
            {
                tracing::warn!(time = %now_said, "the trial's clock was set");
                said = now_said;
            }
        }
    }))
}

fn set(clock: &Clock, file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("无法读取 {} / cannot be read: {e}", file.display()))?;
    clock.set(Instant::parse_beijing(&text)?)?;
    Ok(text.trim().to_owned())
}
