//! The scanner's modules in the browser's language and `sealing::proof` give the same verdict on every text, and know the same GB 18030.
//! The modules are run by node, as they are served.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test says what it expects by failing, and that it was skipped")]

mod short;
mod texts;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use ed25519_dalek::{Signature, VerifyingKey};
use encoding_rs::GB18030;
use serde_json::{Value, json};
use yinxin::domain::award::CertificateKind;
use yinxin::domain::heading::Headings;
use yinxin::sealing::proof::{self, ProofError};

use texts::{Keys, keys, texts};

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/static");

/// What node answers, or `None` where it is not installed and not required.
fn node(question: &Value) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    // Served as modules; node asks for a file that says so.
    for part in ["scan", "vendor/noble-ed25519"] {
        let to = folder.path().join(part);
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(Path::new(MODULES).join(part)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    std::fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#).unwrap();
    let mut question = question.clone();
    question["modules"] = json!(folder.path());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scanner/agree.mjs");
    let started = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        assert!(std::env::var_os("YINXIN_REQUIRE_JUDGES").is_none(), "node is required here");
        eprintln!("skipped: no node on this machine");
        return None;
    };
    child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    Some(serde_json::from_slice(&done.stdout).unwrap())
}

/// The verdict of `sealing::proof` in the scanner's words.
fn verdict(text: &str, keys: &Keys, headings: &Headings) -> String {
    match proof::check(text, &keys.trust, headings) {
        Ok(proven) => {
            let claims = proven.claims;
            let kind = if claims.kind == CertificateKind::Award { "award" } else { "ability" };
            let (number, holder, day) = (claims.number.to_string(), claims.holder.to_string(), claims.issued_on.to_string());
            ["proven", kind, &number, &holder, &claims.achievement, &claims.programme, &day, &proven.issuer_name].join("|")
        }
        Err(ProofError::NotAToken) => "not_a_token".into(),
        Err(ProofError::Digits) => "digits".into(),
        Err(ProofError::Form) => "form".into(),
        Err(ProofError::UnknownHeading) => "unknown_heading".into(),
        Err(ProofError::UnknownKey) => "unknown_key".into(),
        Err(ProofError::Signature) => "signature".into(),
        Err(ProofError::Encode) => unreachable!("nothing is encoded"),
    }
}

/// Asks both about each text, in browsers that have everything and in such as lack something. Each of the words must have come up.
fn compare(texts: &[String], keys: &Keys, headings: &Headings, member: &Value, words: &[&str]) {
    let wanted: Vec<String> = texts.iter().map(|text| verdict(text, keys, headings)).collect();
    for word in words {
        let count = wanted.iter().filter(|verdict| verdict.starts_with(word)).count();
        assert!(count >= 5, "{count} of {} texts are {word}", texts.len());
    }
    for (without, old) in [(false, false), (true, false), (false, true)] {
        let question = json!({ "keys": keys.published, "texts": texts, "headings": member, "without": without, "old": old });
        let Some(said) = node(&question) else { return };
        assert_eq!(said["native"], !without);
        for ((text, wanted), said) in texts.iter().zip(&wanted).zip(said["verdicts"].as_array().unwrap()) {
            assert_eq!(said, wanted, "without {without}, old {old}: {text:?}");
        }
    }
}

#[test]
fn the_scanner_and_the_server_give_the_same_verdicts() {
    let keys = keys();
    let words = ["proven|award", "proven|ability", "not_a_token", "digits", "form", "unknown_key", "signature"];
    compare(&texts(&keys), &keys, &Headings::default(), &json!([]), &words);
}

#[test]
fn the_scanner_and_the_server_give_the_same_verdicts_on_codes_with_headings() {
    let keys = keys();
    let (texts, listed) = short::texts(&keys);
    let words = ["proven|award", "proven|ability", "digits", "form", "unknown_heading", "unknown_key", "signature"];
    compare(&texts, &keys, &listed.headings, &listed.member, &words);
}

/// Signatures that some libraries accept and some do not: R of small order, or with a part of small order; S beyond the group's order.
#[test]
fn the_scanner_is_as_strict_about_signatures() {
    let bytes = |hex: &Value| -> Vec<u8> {
        let hex = hex.as_str().unwrap();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    for without in [false, true] {
        let Some(said) = node(&json!({ "keys": {}, "texts": [], "without": without })) else { return };
        let mut accepted = 0;
        for case in said["signatures"].as_array().unwrap() {
            let key = VerifyingKey::from_bytes(&bytes(&case[0]).try_into().unwrap()).unwrap();
            let signature = Signature::from_slice(&bytes(&case[1])).unwrap();
            let wanted = key.verify_strict(&bytes(&case[2]), &signature).is_ok();
            assert_eq!(case[3], wanted, "without {without}: {case}");
            accepted += usize::from(wanted);
        }
        assert_eq!(accepted, 2, "those of nonce 1 and 77, with nothing added");
    }
}

/// The one form of a character, if it has one: what comes back as itself.
fn form(c: char) -> Option<Vec<u8>> {
    let text = c.to_string();
    let (bytes, _, lossy) = GB18030.encode(&text);
    let back = GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
    (!lossy && back.as_deref() == Some(&*text)).then(|| bytes.into_owned())
}

#[test]
fn the_scanner_knows_the_same_gb_18030() {
    let lengths: String =
        ('\0'..=char::MAX).map(|c| form(c).map_or('0', |bytes| char::from(b'0' + u8::try_from(bytes.len()).unwrap()))).collect();
    // Every form of one and of two bytes, every one of four bytes of the first plane, some of the others and beyond.
    let four =
        |at: u32| [0x81 + at / 12_600, 0x30 + at / 1_260 % 10, 0x81 + at / 10 % 126, 0x30 + at % 10].map(|b| u8::try_from(b).unwrap());
    let fours = (0..39_500).chain((39_500..1_587_600).step_by(331)).map(|at| four(at).to_vec());
    let forms: Vec<Vec<u8>> = (0..=u8::MAX).map(|b| vec![b]).chain((0..=u16::MAX).map(|b| b.to_be_bytes().to_vec())).chain(fours).collect();
    let read = |bytes: &Vec<u8>| {
        let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
        let again: Option<Vec<Vec<u8>>> = text.chars().map(form).collect();
        (again?.concat() == *bytes).then(|| text.into_owned())
    };
    let wanted: Vec<Option<String>> = forms.iter().map(read).collect();
    assert!(wanted.iter().flatten().count() > 80_000);
    let hex = |bytes: &Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let asked: Vec<String> = forms.iter().map(hex).collect();
    for old in [false, true] {
        let Some(said) = node(&json!({ "keys": {}, "texts": [], "forms": asked, "old": old })) else { return };
        let said_lengths = said["lengths"].as_str().unwrap();
        let other = lengths.bytes().zip(said_lengths.bytes()).zip('\0'..=char::MAX).filter(|((a, b), _)| a != b);
        assert_eq!(other.map(|(_, c)| u32::from(c)).next(), None, "old {old}: the length of this character");
        assert_eq!(lengths.len(), said_lengths.len());
        for ((bytes, wanted), said) in asked.iter().zip(&wanted).zip(said["forms"].as_array().unwrap()) {
            assert_eq!(said.as_str(), wanted.as_deref(), "old {old}: {bytes}");
        }
    }
}
