//! Times beside a yardstick: on shared machines only their ratio means something.

#![allow(dead_code, reason = "each bench uses its part")]

use std::time::{Duration, Instant};

/// The best of five rounds, for one call.
pub fn time(times: u32, mut work: impl FnMut(usize)) -> Duration {
    let mut round = || {
        let start = Instant::now();
        (0..times).for_each(|n| work(usize::try_from(n).unwrap()));
        start.elapsed() / times
    };
    (0..5).map(|_| round()).min().unwrap()
}

/// The same for work that waits.
pub async fn time_async(times: u32, mut work: impl AsyncFnMut(usize)) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        for n in 0..times {
            work(usize::try_from(n).unwrap()).await;
        }
        best = best.min(start.elapsed() / times);
    }
    best
}

/// SHA-256 of one megabyte.
pub fn yardstick() -> Duration {
    let megabyte = vec![7u8; 1 << 20];
    let took = time(50, |_| {
        std::hint::black_box(yinxin::domain::digest::Digest::of(&megabyte));
    });
    report("yardstick: SHA-256 of 1 MB", took, took);
    took
}

/// One line: what, how long, how many yardsticks.
pub fn report(what: &str, took: Duration, yardstick: Duration) {
    println!("{what:<44} {:>9.1} µs  {:>7.3} yardsticks", took.as_secs_f64() * 1e6, took.as_secs_f64() / yardstick.as_secs_f64());
}
