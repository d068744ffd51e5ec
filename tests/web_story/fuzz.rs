//! What nobody would send, at the doors that take something from anyone: each is answered, soon, in bounded memory, and nothing made
//! up is called genuine. `YINXIN_FUZZ_MINUTES=10 cargo test --test web_story fuzz` asks for ten minutes at each door instead of seconds.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant as Clock};

use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::json;

use crate::site::{Answer, IDENTITY, Site, encode, number};
use crate::world::OPENED;

/// How long one answer may take, in the unoptimised program on a busy machine: the process that looks at a file may have 0.7 s of CPU, and
/// four seconds of the clock beside it twice.
const PATIENCE: Duration = Duration::from_secs(12);
/// By how much the process may grow after it has warmed up, in kilobytes.
const GROWTH: u64 = 128 * 1024;

/// What a world of another test in this process may take, in kilobytes.
const WORLD: u64 = 160 * 1024;

/// Asks again and again until the time is over; every answer is looked at by `asked`.
async fn fuzz<S: Strategy>(door: &str, strategy: S, asked: impl AsyncFn(S::Value)) {
    let minutes = std::env::var("YINXIN_FUZZ_MINUTES").ok().map(|m| m.parse::<f64>().unwrap());
    let time = minutes.map_or(Duration::from_secs(2), |m| Duration::from_secs_f64(m * 60.0));
    // Another sequence each time when it runs for long, the same one in the usual test.
    let seed = if minutes.is_some() { std::process::id() } else { 7 };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let config = Config::default();
    let rng = TestRng::from_seed(config.rng_algorithm, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (begin, mut cases, mut warm, mut worlds) = (Clock::now(), 0_u64, 0, 0);
    while begin.elapsed() < time {
        let value = strategy.new_tree(&mut runner).unwrap().current();
        let said = format!("{value:?}");
        let start = Clock::now();
        asked(value).await;
        assert!(start.elapsed() < PATIENCE, "{door}: {:?} for {}", start.elapsed(), &said[..said.len().min(2_000)]);
        cases += 1;
        if cases == 200 {
            (warm, worlds) = (resident(), OPENED.load(Ordering::Relaxed));
        }
    }
    let others = OPENED.load(Ordering::Relaxed).saturating_sub(worlds);
    let grown = resident().saturating_sub(warm).saturating_sub(others * WORLD);
    assert!(cases < 200 || grown < GROWTH, "{door}: grew by {grown} kB in {cases} cases");
    println!("{door}: {cases} cases, seed {seed}, grew by {grown} kB");
}

/// Kilobytes of memory that the process has, as Linux counts them; 0 elsewhere.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A text, or one that is known with something changed in it.
fn near(known: String) -> impl Strategy<Value = String> {
    let characters: Vec<char> = known.chars().collect();
    let changed = (any::<prop::sample::Index>(), any::<char>(), 0..4_u8).prop_map(move |(at, other, how)| {
        let (mut text, at) = (characters.clone(), at.index(characters.len()));
        match how {
            0 => text[at] = other,
            1 => text.insert(at, other),
            2 => drop(text.remove(at)),
            _ => text.truncate(at),
        }
        text.into_iter().collect::<String>()
    });
    prop_oneof![2 => changed, 1 => Just(known), 1 => any::<String>(), 1 => "[ -~]{0,120}", 1 => "[0-9A-Za-z]{1,40}", 1 => "\\PC{0,4}{40}"]
}

/// A site whose limits are out of the way.
async fn open() -> Site {
    let wide =
        ["address", "identity", "person", "list", "name"].map(|who| format!("{who} = {{ burst = 1000000, refill_ms = 1 }}")).join("\n");
    Site::with_limits(&wide).await
}

async fn get(site: &Site, path: &str) -> Answer {
    site.ask(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn fuzz_lookups() {
    let site = open().await;
    let asked = (near(number(&site.released).to_owned()), near(IDENTITY.to_owned()), "[a-z_]{0,20}", any::<u8>());
    fuzz("lookup", asked, async |(number, identity, kind, way)| {
        let answer = match way % 9 {
            0 => get(&site, &format!("/lookup?number={}", encode(&number))).await,
            1 => get(&site, &format!("/c/{}", encode(&number))).await,
            2 => get(&site, &format!("/api/v1/certificates/{}", encode(&number))).await,
            3 => site.post_form("/lookup", &[("identity_number", &identity), ("document_kind", &kind)]).await,
            4 => site.post_json("/api/v1/lookups", &json!({ "number": number })).await,
            5 => site.post_json("/api/v1/lookups", &json!({ "identity_number": identity, "document_kind": kind })).await,
            6 => site.post_form(&format!("/c/{}", encode(&number)), &[("holder", &identity)]).await,
            7 => site.post_json("/api/v1/lookups", &json!({ "number": number, "holder": identity })).await,
            _ => site.post("/api/v1/lookups", "application/json", format!("{{\"number\":{number}{identity}")).await,
        };
        assert!(answer.status.as_u16() < 500 && answer.body.len() < 200_000, "{}", answer.text());
    })
    .await;
}

#[tokio::test]
async fn fuzz_codes() {
    let site = open().await;
    let digits = site.digits(&site.released);
    let good = digits.clone();
    let swapped = (any::<prop::sample::Index>(), 1..10_u8).prop_map(move |(at, by)| {
        let mut digits = good.clone().into_bytes();
        let at = at.index(digits.len());
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        String::from_utf8(digits).unwrap()
    });
    let asked = prop_oneof![swapped, "[0-9]{0,500}", "[0-9]{0,17}{30}", near(digits.clone())];
    fuzz("code", asked, async |text| {
        let answer = get(&site, &format!("/q/{}", encode(&text))).await;
        if answer.status == 429 {
            // A million at once and a thousand a second are too few for a long run.
            return tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let proven = answer.status == 200;
        // The only spellings of a proven code are its own digits; an empty path is no code.
        assert!(!proven || text == digits, "{text}");
        assert!(matches!(answer.status.as_u16(), 200 | 400 | 404 | 422), "{}", answer.status);
    })
    .await;
}

#[tokio::test]
async fn fuzz_files() {
    let site = open().await;
    let (one, two) = (site.pdf(&site.released).await, site.pdf(&site.other).await);
    let originals = [one.clone(), two.clone()];
    let place = any::<prop::sample::Index>;
    let changed = (place(), place(), place(), any::<u8>(), prop::collection::vec(any::<u8>(), 1..40), any::<bool>()).prop_map(
        move |(from, to, at, how, bytes, second)| {
            let mut file = if second { two.clone() } else { one.clone() };
            let (from, to) = (from.index(file.len()), to.index(file.len()));
            let (from, to) = (from.min(to), from.max(to));
            match how % 7 {
                0 => file[from..(from + bytes.len()).min(to.max(from))].iter_mut().zip(&bytes).for_each(|(a, b)| *a = *b),
                1 => drop(file.drain(from..to)),
                2 => file.truncate(from),
                3 => {
                    let piece = file[from..to.min(from + 4_096)].to_vec();
                    let at = at.index(file.len());
                    drop(file.splice(at..at, piece));
                }
                4 => drop(file.splice(from..from, bytes)),
                5 => file.extend_from_slice(&bytes),
                _ => {
                    // One word of the file's skeleton becomes another.
                    let words = [&b" obj"[..], b"endobj", b"stream", b"/Length", b"/Type", b"<<", b"]", b"xref", b"/ByteRange", b"0 R"];
                    let (word, other) = (words[usize::from(bytes[0]) % words.len()], words[from % words.len()]);
                    let hits: Vec<usize> = (0..file.len() - word.len()).filter(|&i| file[i..].starts_with(word)).collect();
                    if let Some(&hit) = hits.get(at.index(hits.len().max(1))) {
                        file.splice(hit..hit + word.len(), other.iter().copied());
                    }
                }
            }
            file
        },
    );
    let asked = prop_oneof![8 => changed, 1 => prop::collection::vec(any::<u8>(), 1..2_000), 1 => Just(b"%PDF-2.0\n".to_vec())];
    fuzz("file", asked, async |file| {
        let untouched = originals.contains(&file);
        let answer = site.post("/api/v1/verifications", "application/pdf", file).await;
        let verdict = answer.json()["verdict"].as_str().unwrap().to_owned();
        assert_eq!(verdict == "genuine", untouched, "{}", answer.text());
        assert!(verdict == "genuine" || verdict == "not_genuine", "{verdict}");
    })
    .await;
}

#[tokio::test]
async fn fuzz_lists() {
    let site = open().await;
    let (number, name) = (number(&site.released).to_owned(), crate::site::WINNER);
    let right = format!("{number},{name}");
    let sheet = {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["编号", "姓名"]).unwrap();
        sheet.write_row(1, 0, [&number, name]).unwrap();
        book.save_to_buffer().unwrap()
    };
    let place = any::<prop::sample::Index>;
    let changed = (place(), place(), prop::collection::vec(any::<u8>(), 0..20)).prop_map(move |(from, to, bytes)| {
        let (mut file, from, to) = (sheet.clone(), from.index(sheet.len()), to.index(sheet.len()));
        drop(file.splice(from..to.clamp(from, from + 20), bytes));
        file
    });
    let rows = prop::collection::vec((near(number), near(name.to_owned()), "[,;\t\"\r\n]{1,2}"), 0..30);
    let text = (rows, 0..3_u8).prop_map(|(rows, head)| {
        let rows: String = rows.into_iter().map(|(number, name, between)| format!("{number}{between}{name}\n")).collect();
        let head = ["编号,姓名\n", "name\tnumber\n", ""][usize::from(head)];
        format!("{head}{rows}").into_bytes()
    });
    let asked = prop_oneof![4 => text, 2 => changed, 1 => prop::collection::vec(any::<u8>(), 0..2_000)];
    fuzz("list", asked, async |file| {
        // Spaces and characters that nobody sees make no other name.
        let seen: String = String::from_utf8_lossy(&file).chars().filter(|c| name.contains(*c)).collect();
        let confirmed = seen.contains(name) || file.starts_with(b"PK");
        let answer = site.post_file("/list", "file", &file).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{}", answer.text());
        assert!(confirmed || !answer.text().contains("一等奖"), "{right} {}", answer.text());
    })
    .await;
}
