//! The client: `wrk`, one thread, 64 connections.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::doors::Door;
use super::made::{Made, PREFIX};

/// What one round found, in seconds.
pub struct Measured {
    pub rate: f64,
    pub p50: f64,
    pub p99: f64,
    /// Of this process, for one answer.
    pub cpu: f64,
}

/// Whether there is a client.
pub fn is_there() -> bool {
    Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Asks one door for so long. Every answer must be a good one.
pub async fn ask(script: &Path, address: SocketAddr, door: &Door, made: &Made, time: Duration) -> Measured {
    let before = used();
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c64", "--timeout", "30s", "-d"]).arg(format!("{}s", time.as_secs())).arg("-s").arg(script);
    wrk.arg(format!("http://{address}")).arg("--").arg(door.path).arg(&door.file).arg(PREFIX);
    wrk.arg(made.records.to_string()).arg(door.addresses_of_readers.to_string());
    let output = tokio::task::spawn_blocking(move || wrk.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find_map(|line| line.strip_prefix("found ")).unwrap_or_else(|| panic!("wrk said: {text}"));
    let numbers: Vec<f64> = found.split(' ').map(|n| n.parse().unwrap()).collect();
    let [requests, micros, p50, p99, errors] = numbers[..] else { panic!("wrk said: {text}") };
    assert!(errors == 0.0, "{}: {text}", door.name);
    Measured { rate: requests / micros * 1e6, p50: p50 / 1e6, p99: p99 / 1e6, cpu: (used() - before) / requests }
}

/// Seconds of CPU that this process has used, its client's not among them (proc(5): utime and stime, in hundredths).
fn used() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    [11, 12].map(|at| fields[at].parse::<f64>().unwrap()).iter().sum::<f64>() / 100.0
}
