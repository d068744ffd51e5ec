//! Bad templates, one for each thing that goes wrong: each is refused with every problem at its file and line, and quickly.
//!
//! The templates and `expected.toml` are made by `tests/data/make_bad_templates.py` from the worked example.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use proptest::prelude::*;
use serde::Deserialize;
use yinxin::document::fonts::FontLibrary;
use yinxin::document::template::{Template as Read, TemplateFiles};
use yinxin::service::library;
use yinxin::service::sample_page::{self, SamplePageError};

#[derive(Deserialize)]
struct Expected {
    template: Vec<Template>,
}

#[derive(Deserialize)]
struct Template {
    folder: String,
    problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    at: String,
    says: String,
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The problems as the command prints them, one a line.
fn problems_of(folder: &Path, fonts: &Arc<FontLibrary>) -> Vec<String> {
    match sample_page::pages_in(folder, fonts) {
        Ok(_) => vec![],
        Err(SamplePageError::Template(problems)) => problems.iter().map(ToString::to_string).collect(),
        Err(SamplePageError::Library(error)) => vec![error.to_string()],
        // Neither the template nor its files: no expectation matches it.
        Err(other) => vec![format!("?: {other}")],
    }
}

#[test]
fn every_bad_template_is_refused_with_all_its_problems_at_their_places() {
    let fonts = library::fonts(&here("fonts")).unwrap();
    let expected: Expected = toml::from_str(&std::fs::read_to_string(here("tests/data/bad-templates/expected.toml")).unwrap()).unwrap();
    assert!(expected.template.len() >= 40);
    let mut wrong = Vec::new();
    for template in &expected.template {
        let start = Clock::now();
        let mut left = problems_of(&here("tests/data/bad-templates").join(&template.folder), &fonts);
        let took = start.elapsed();
        for problem in &template.problems {
            // Each expected problem is one that was reported, and each reported one is expected once.
            let matches = |line: &String| {
                line.contains(&problem.says) && line.split_whitespace().any(|w| w.trim_end_matches(':').ends_with(&problem.at))
            };
            match left.iter().position(matches) {
                Some(index) => drop(left.remove(index)),
                None => wrong.push(format!("{}: not reported: {} {}", template.folder, problem.at, problem.says)),
            }
        }
        wrong.extend(left.into_iter().map(|line| format!("{}: not expected: {line}", template.folder)));
        // A template that gets as far as its samples makes a plate, which compresses as well as it can.
        if took > Duration::from_secs(3) {
            wrong.push(format!("{} took {took:?}", template.folder));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn problems_come_in_both_languages_and_in_the_order_of_the_lines() {
    let fonts = library::fonts(&here("fonts")).unwrap();
    let lines = problems_of(&here("tests/data/bad-templates/everything-at-once"), &fonts);
    let numbers: Vec<usize> = lines.iter().filter_map(|l| l.strip_prefix("template.toml:")?.split(':').next()?.parse().ok()).collect();
    assert!(numbers.len() >= 12 && numbers.is_sorted(), "{lines:#?}");
    assert!(lines.iter().all(|l| l.contains(" / ")), "{lines:#?}");
}

#[test]
fn the_command_prints_them_and_leaves_with_three() {
    let check = |folder: &str| {
        Command::new(env!("CARGO_BIN_EXE_yinxin")).args(["template", "check"]).arg(here(folder)).current_dir(here("")).output().unwrap()
    };
    let bad = check("tests/data/bad-templates/everything-at-once");
    let said = String::from_utf8([bad.stdout, bad.stderr].concat()).unwrap();
    assert_eq!(bad.status.code(), Some(3), "{said}");
    assert!(said.contains("artwork.svg:19: ") && said.contains("没有字段“holdr”") && said.contains("模板有 14 处问题"), "{said}");
    let good = check("tests/data/templates/worked-example");
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
}

#[test]
fn the_readmes_worked_example_is_the_one_that_is_tested() {
    let readme = std::fs::read_to_string(here("certificate-templates/README.md")).unwrap();
    let example = readme.split("## A worked example").nth(1).unwrap();
    for (fence, file) in [("```toml\n", "template.toml"), ("```svg\n", "artwork.svg")] {
        let text = example.split(fence).nth(1).unwrap().split("```").next().unwrap();
        assert_eq!(text, std::fs::read_to_string(here("tests/data/templates/worked-example").join(file)).unwrap(), "{file}");
    }
}

fn worked_example() -> TemplateFiles {
    library::template(&here("tests/data/templates/worked-example")).unwrap()
}

fn with_artwork(svg: String) -> Vec<String> {
    let mut files = worked_example();
    files.files.insert("artwork.svg".into(), svg.into_bytes());
    Read::parse(&files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_large_or_deep_is_refused_at_once() {
    let svg = |inside: String| format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 210 297\">{inside}</svg>");
    let start = Clock::now();
    let large = with_artwork(svg("<path d=\"M0 0h9v9z\"/>".repeat(120_000)));
    assert!(matches!(&large[..], [one] if one.starts_with("artwork.svg: 图稿超过 2048 KB")), "{large:?}");
    let deep = with_artwork(svg(format!("{}{}", "<g>".repeat(140_000), "</g>".repeat(140_000))));
    assert!(matches!(&deep[..], [one] if one.starts_with("artwork.svg:1: ")), "{deep:?}");
    let open = with_artwork(svg("<g>".repeat(200_000)));
    assert!(matches!(&open[..], [one] if one.starts_with("artwork.svg:1: ")), "{open:?}");
    let uses = with_artwork(svg((0..9_000).map(|n| format!("<g id=\"a{n}\"><use href=\"#a{}\"/></g>", n + 1)).collect()));
    assert!(matches!(&uses[..], [_, ..]), "{uses:?}");
    for nested in ["[".repeat(200_000), "{a=".repeat(100_000)] {
        let mut files = worked_example();
        files.toml = format!("format = {nested}");
        assert!(Read::parse(&files).is_err());
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn spoilt_templates_never_panic(
        in_toml in any::<bool>(),
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), ".{0,6}"), 1..6),
    ) {
        let mut files = worked_example();
        let mut text = if in_toml { files.toml.clone() } else { String::from_utf8(files.files["artwork.svg"].clone()).unwrap() };
        for (from, length, put) in spoilt {
            let chars: Vec<char> = text.chars().collect();
            let start = from.index(chars.len());
            let end = start + length.index((chars.len() - start).min(12)) ;
            text = chars[..start].iter().chain(put.chars().collect::<Vec<_>>().iter()).chain(&chars[end..]).collect();
        }
        if in_toml {
            files.toml = text;
        } else {
            files.files.insert("artwork.svg".into(), text.into_bytes());
        }
        for problem in Read::parse(&files).err().unwrap_or_default() {
            prop_assert!(!problem.what.is_empty() && !problem.file.is_empty());
        }
    }
}
