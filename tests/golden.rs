//! The same record gives the same bytes, on any machine: sample pages of the shipped templates against what is kept in `tests/golden`.
//! `ordinary` is kept as readable text, so that a change shows what it changes; the others by their digests.
//! After a change that is meant: `YINXIN_BLESS=1 cargo test --test golden`, and look at the difference before it is committed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use yinxin::domain::digest::Digest;
use yinxin::service::sample_page::pages;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn sample_pages_are_the_golden_ones() {
    let mut digests = String::new();
    for template in ["award", "ability"] {
        let samples = pages(&root().join("certificate-templates").join(template), &root().join("fonts")).unwrap();
        for sample in &samples {
            writeln!(digests, "{}  {template}/{}  {} bytes", Digest::of(&sample.pdf), sample.name, sample.pdf.len()).unwrap();
        }
        let ordinary = samples.iter().find(|s| s.name == "ordinary").unwrap();
        compare(&format!("{template}.txt"), &readable(&ordinary.pdf));
    }
    compare("digests.txt", &digests);
}

/// Against the kept file, or in its place.
fn compare(name: &str, text: &str) {
    let path = root().join("tests/golden").join(name);
    if std::env::var_os("YINXIN_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (kept, found)) in (1..).zip(kept.lines().zip(text.lines())) {
        assert_eq!(found, kept, "{name}, line {line}");
    }
    assert_eq!(text.lines().count(), kept.lines().count(), "{name}");
}

/// The file's objects in the order of their numbers: dictionaries as they are, page contents and texts in full, other streams by
/// length and digest.
fn readable(pdf: &[u8]) -> String {
    let mut objects = BTreeMap::new();
    let mut rest = pdf;
    while let Some(at) = find(rest, b" 0 obj\n") {
        let number_at = rest[..at].iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |before| before + 1);
        let number: u32 = std::str::from_utf8(&rest[number_at..at]).unwrap().parse().unwrap();
        let body = &rest[at + 7..];
        let (text, after) = object(body);
        objects.insert(number, text);
        rest = after;
    }
    let trailer = String::from_utf8_lossy(&rest[find(rest, b"trailer").unwrap()..]).into_owned();
    let listed: Vec<String> = objects.into_iter().map(|(number, text)| format!("{number}: {text}\n")).collect();
    format!("{}{trailer}", listed.concat())
}

/// One object from its body on, and what follows it.
fn object(body: &[u8]) -> (String, &[u8]) {
    let end = find(body, b"\nendobj\n").unwrap();
    let Some(stream) = find(&body[..end], b">>stream\n") else { return (lines(&body[..end]), &body[end + 8..]) };
    let dictionary = lines(&body[..stream + 2]);
    let length_at = dictionary.rfind("/Length ").unwrap() + 8;
    let length: usize = dictionary[length_at..].chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
    let data = &body[stream + 9..stream + 9 + length];
    let after = &body[stream + 9 + length..];
    (format!("{dictionary} {}", shown(&dictionary, data)), &after[find(after, b"endobj\n").unwrap() + 7..])
}

fn shown(dictionary: &str, data: &[u8]) -> String {
    let mut plain = Vec::new();
    let inflated = dictionary.contains("FlateDecode") && flate2::read::ZlibDecoder::new(data).read_to_end(&mut plain).is_ok();
    let plain = if inflated { &plain[..] } else { data };
    match std::str::from_utf8(plain) {
        Ok(text) if plain.len() < 20_000 && !text.contains('\0') => format!("stream\n{text}"),
        _ => format!("stream of {} bytes, {}", plain.len(), &Digest::of(plain).to_string()[..16]),
    }
}

fn lines(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

#[test]
fn the_golden_files_are_those_of_every_shipped_template() {
    let shipped = std::fs::read_dir(root().join("certificate-templates")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir());
    for folder in shipped {
        let name: &Path = folder.file_name().unwrap().as_ref();
        assert!(root().join("tests/golden").join(name).with_extension("txt").is_file(), "{}", name.display());
    }
}
