//! `yinxin look`, which the service runs for each file that it does not trust: what the file shows, as lines of JSON, within bounds of
//! time and memory that this process sets itself.

use std::io::{Read, Write};
use std::time::Duration;

use clap::Args;
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::document::look::look;
use crate::service::looker::MEMORY;

use super::{Failure, Outcome};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// How often the time is looked at.
const TICK: Duration = Duration::from_millis(10);

#[derive(Args)]
#[command(after_help = "示例 / example:\n  MIMALLOC_ARENA_RESERVE=0 yinxin look 700 < 文件.pdf")]
pub struct Options {
    /// CPU 时间上限（毫秒） / the bound on CPU time in milliseconds
    cpu_ms: u64,
}

pub fn run(options: &Options) -> Result<Outcome, Failure> {
    bound(Resource::As, MEMORY)?;
    bound(Resource::Core, 0)?;
    // Should the thread below not come to its turn.
    bound(Resource::Cpu, options.cpu_ms / 1000 + 2)?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)?;
    let limit = Duration::from_millis(options.cpu_ms);
    std::thread::spawn(move || {
        while spent() < limit {
            std::thread::sleep(TICK);
        }
        // What is known was written.
        std::process::exit(1);
    });
    let mut wrong = None;
    look(&bytes, &mut |seen| {
        let written = serde_json::to_vec(seen).map_err(std::io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            let mut out = std::io::stdout().lock();
            out.write_all(&line)?;
            out.flush()
        });
        wrong = written.err();
    });
    wrong.map_or(Ok(Outcome::Done), |error| Err(error.into()))
}

fn bound(resource: Resource, most: u64) -> Result<(), Failure> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// The CPU time of this process so far.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(u64::MAX);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
