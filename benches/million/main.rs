//! A lookup among a million records, by 64 connections over TCP, beside a bare handler that returns the same bytes through the same server
//! to the same client: rates, tails, and the CPU that a request costs this process. Rounds are interleaved, so that whatever else the
//! machine does falls on both.
//!
//! `YINXIN_RECORDS` says how many records (20,000 without it), `YINXIN_ROUNDS` and `YINXIN_SECONDS` how often and how long each door is
//! asked (3 and 2), `YINXIN_DOORS` a part of the names of the doors to be asked; `YINXIN_SQLITE_ALONE` leaves PostgreSQL out, as does its not
//! being installed. The world is made once and kept in `target/million`. The client is `wrk` (`apt-get install wrk`).

#![allow(missing_docs, clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

mod cluster;
#[path = "../common/mod.rs"]
mod common;
mod doors;
mod load;
mod made;

use std::path::{Path, PathBuf};
use std::time::Duration;

use cluster::Cluster;
use doors::{Door, doors, upload};
use load::Measured;
use made::Made;
use yinxin::sealing::proof;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn main() {
    if !load::is_there() {
        println!("skipped: wrk is not on this machine");
        return;
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run());
}

async fn run() {
    let records = setting("YINXIN_RECORDS", 20_000);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/million/{records}"));
    let sqlite = Made::open(&folder.join("sqlite"), records, None).await;
    signature(&sqlite).await;
    measure("SQLite", &sqlite).await;
    file(&sqlite).await;
    drop(sqlite);
    if std::env::var_os("YINXIN_SQLITE_ALONE").is_some() {
        return;
    }
    match Cluster::start(&folder.join("postgresql")) {
        Ok(cluster) => {
            let made = Made::open(&folder.join("over-postgresql"), records, Some(cluster.url())).await;
            measure("PostgreSQL", &made).await;
        }
        Err(why) => println!("PostgreSQL is left out: {why}"),
    }
}

/// What no answer to an unseen code can be quicker than.
async fn signature(made: &Made) {
    let headings = made.headings().await;
    let tokens = &made.tokens;
    let trust = made.service.trust();
    let one = common::time(1_000, |n| drop(std::hint::black_box(proof::check(&tokens[n % tokens.len()], trust, &headings).unwrap())));
    println!("a code's proof checked, alone: {:.1} µs", one.as_secs_f64() * 1e6);
}

async fn measure(database: &str, made: &Made) {
    let (rounds, seconds) = (setting("YINXIN_ROUNDS", 3), setting("YINXIN_SECONDS", 2));
    let (doors, script) = (doors(made).await, script());
    println!("\n{database}, {} records, 64 connections, median of {rounds} rounds of {seconds} s", made.records);
    println!("{:<28} {:>9} {:>9} {:>9} {:>8} {:>6}", "", "answers/s", "p50 ms", "p99 ms", "CPU µs", "ratio");
    let mut found: Vec<[Vec<Measured>; 2]> = doors.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    for round in 0..=rounds {
        for (door, both) in doors.iter().zip(&mut found) {
            for (address, measured) in door.addresses().into_iter().zip(both) {
                let one = load::ask(&script, address, door, made, Duration::from_secs(seconds.into())).await;
                // The first round warms the caches.
                if round > 0 {
                    measured.push(one);
                }
            }
        }
    }
    for (door, [bare, full]) in doors.iter().zip(found) {
        let ratio = middle(full.iter().zip(&bare).map(|(f, b)| f.rate / b.rate));
        line(&format!("{}: bare", door.name), &bare, None);
        line(door.name, &full, Some(ratio));
    }
}

fn line(name: &str, all: &[Measured], ratio: Option<f64>) {
    let by = |part: fn(&Measured) -> f64| middle(all.iter().map(part));
    let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
    println!(
        "{name:<28} {:>9.0} {:>9.2} {:>9.2} {:>8.1} {ratio:>6}",
        by(|m| m.rate),
        by(|m| m.p50 * 1e3),
        by(|m| m.p99 * 1e3),
        by(|m| m.cpu * 1e6)
    );
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A genuine file through the form of the page: what it costs this process, everything included.
async fn file(made: &Made) {
    let (door, kilobytes): (Door, usize) = upload(made).await;
    let one = load::ask(&script(), door.addresses()[1], &door, made, Duration::from_secs(setting("YINXIN_SECONDS", 2).into())).await;
    println!("\na genuine file of {kilobytes} KB by POST /verify: {:.2} ms of CPU, {:.0} answers/s", one.cpu * 1e3, one.rate);
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/million/load.lua")
}
