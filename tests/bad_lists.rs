//! Bad lists, one for each thing that goes wrong: each gets its problems at their places, within a second, and a report.
//!
//! The lists and `expected.toml` are made by `tests/data/make_bad_lists.py`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant as Clock};

use serde::Deserialize;
use yinxin::domain::holding::Registration;
use yinxin::domain::programme::{Contest, Programme, ProgrammeKind, Timeline};
use yinxin::domain::time::{Instant, Period};
use yinxin::service::award_list::{ListContext, Problem, Rejection, read, report};

#[derive(Deserialize)]
struct Expected {
    list: Vec<List>,
}

#[derive(Deserialize)]
struct List {
    file: String,
    default_contest: bool,
    problems: Vec<ExpectedProblem>,
}

#[derive(Deserialize)]
struct ExpectedProblem {
    at: String,
    code: String,
    says: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bad-lists")
}

fn programme(id: &str, name: &str, contest: bool) -> Programme {
    let at = |day| Instant::start_of(jiff::civil::date(2023, 12, day)).unwrap();
    let timeline = Timeline::new(Period::new(at(1), at(8)).unwrap(), at(9), at(10), at(20)).unwrap();
    let kind = Contest {
        edition: String::new(),
        document_number: String::new(),
        organisers: vec![],
        groups: vec![],
        categories: vec![],
        registration: Registration::NotNeeded,
        timeline,
    };
    Programme {
        id: id.parse().unwrap(),
        issuer: "lanhai".parse().unwrap(),
        template: "award".parse().unwrap(),
        pattern: "LQ{year}{seq:5}".parse().unwrap(),
        series: 1,
        name: name.into(),
        name_en: id.into(),
        short_name: id.into(),
        kind: if contest { ProgrammeKind::Contest(kind) } else { ProgrammeKind::Ability },
    }
}

fn rejection_of(list: &List) -> (Rejection, Duration) {
    let programmes = [
        programme("lanhai-14", "第十四届蓝海杯大赛", true),
        programme("jiangnan", "江南杯", true),
        programme("ability", "岗位能力评价", false),
    ];
    let default = "lanhai-14".parse().unwrap();
    let ability = "ability".parse().unwrap();
    let default = if list.file.starts_with("abilities") { &ability } else { &default };
    let portraits = |name: &str| (name != "lost.jpg").then(|| name.as_bytes().to_vec());
    let check = |_, picture: &[u8]| {
        if picture == b"bad.jpg" { Err("照片过小 / the picture is too small".into()) } else { Ok(picture.to_vec()) }
    };
    let context = ListContext {
        programmes: &programmes,
        default_programme: list.default_contest.then_some(default),
        portraits: &portraits,
        check_portrait: &check,
    };
    let bytes = std::fs::read(folder().join(&list.file)).unwrap();
    let start = Clock::now();
    let rejection = read(&list.file, &bytes, &context).expect_err(&list.file);
    (rejection, start.elapsed())
}

fn at(problem: &Problem) -> String {
    problem.place.to_string().split('（').next().unwrap_or_default().to_owned()
}

#[test]
fn every_bad_list_is_answered_with_its_problems_at_their_places() {
    let expected: Expected = toml::from_str(&std::fs::read_to_string(folder().join("expected.toml")).unwrap()).unwrap();
    assert!(expected.list.len() >= 30);
    let mut wrong = Vec::new();
    for list in &expected.list {
        let (rejection, took) = rejection_of(list);
        let shown: Vec<String> = rejection.problems.iter().map(|p| format!("{} [{}] {p}", at(p), p.fault.code())).collect();
        let matches = |(p, e): (&Problem, &ExpectedProblem)| {
            at(p) == e.at && p.fault.code() == e.code && p.fault.message().zh.contains(&e.says) && !p.fault.message().en.is_empty()
        };
        if rejection.problems.len() != list.problems.len() || !rejection.problems.iter().zip(&list.problems).all(matches) {
            wrong.push(format!("{}:\n  {}", list.file, shown.join("\n  ")));
        }
        if took > Duration::from_secs(1) {
            wrong.push(format!("{} took {took:?}", list.file));
        }
        if took > Duration::from_millis(100) {
            println!("{} {took:?}", list.file);
        }
        assert!(report(&list.file, &rejection).unwrap().starts_with(b"PK"), "{}", list.file);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
