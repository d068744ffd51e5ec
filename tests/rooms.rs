//! The rooms and their one-way dependencies, as ARCHITECTURE.md draws them, read from the source and enforced.
//!
//! `domain` ← `document` ← `sealing`; `domain` ← `registry`; all ← `service` ← `web`, `cli`. `config` stands on `domain` alone and is read by
//! `service`, `web` and `cli`; `main.rs` starts `cli`; `lib.rs` names the rooms.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the source has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Room -> the rooms that its code may name.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("config", &["domain"]),
    ("document", &["domain"]),
    ("sealing", &["domain", "document"]),
    ("registry", &["domain"]),
    ("service", &["domain", "config", "document", "sealing", "registry"]),
    ("web", &["domain", "config", "document", "sealing", "registry", "service"]),
    ("cli", &["domain", "config", "document", "sealing", "registry", "service", "web"]),
    ("lib", &["domain", "config", "document", "sealing", "registry", "service", "web", "cli"]),
    ("main", &["cli"]),
];

/// Rooms that do no I/O and are not async, and what their code would say if they did.
const PURE: [&str; 3] = ["domain", "document", "sealing"];
const IMPURE: [&[&str]; 12] = [
    &["async", "fn"],
    &["async", "move"],
    &["async", "{"],
    &[".", "await"],
    &["std", "::", "fs"],
    &["std", "::", "net"],
    &["std", "::", "process"],
    &["std", "::", "env"],
    &["File", "::", "open"],
    &["tokio", "::"],
    &["object_store", "::"],
    &["sqlx", "::"],
];

#[test]
fn every_edge_is_in_the_table() {
    let mut faults = Vec::new();
    let mut rooms = BTreeSet::new();
    for file in sources() {
        rooms.insert(file.room.clone());
        faults.extend(forbidden_edges(&file));
    }
    assert!(faults.is_empty(), "edges outside the table:\n{}", faults.join("\n"));
    let unknown: Vec<&String> = rooms.iter().filter(|r| allowed(r).is_none()).collect();
    assert!(unknown.is_empty(), "rooms that the table does not know: {unknown:?}");
    for (room, _) in ALLOWED {
        assert!(rooms.contains(room), "the table has a room that is not there: {room}");
    }
}

#[test]
fn the_registry_alone_uses_sqlx() {
    let users: Vec<String> = sources().iter().filter(|f| f.room != "registry" && has(&f.tokens, &["sqlx"])).map(File::name).collect();
    assert!(users.is_empty(), "sqlx outside the registry: {users:?}");
    assert!(
        sources().iter().any(|f| f.room == "registry" && has(&f.tokens, &["sqlx"])),
        "nobody uses sqlx: the test looks in the wrong place"
    );
}

#[test]
fn domain_document_and_sealing_do_no_io() {
    let files = sources();
    let test_modules: BTreeSet<Vec<String>> = files.iter().flat_map(|f| without_tests(f).1).collect();
    let mut faults = Vec::new();
    for file in files.iter().filter(|f| PURE.contains(&f.room.as_str()) && !test_modules.contains(&f.module)) {
        let (shipped, _) = without_tests(file);
        faults.extend(IMPURE.iter().filter(|sign| has(&shipped, sign)).map(|sign| format!("{}: {}", file.name(), sign.concat())));
    }
    assert!(faults.is_empty(), "I/O or async in a pure room:\n{}", faults.join("\n"));
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources().iter().filter(|f| f.lines > 450).map(|f| format!("{}: {} lines", f.name(), f.lines)).collect();
    assert!(long.is_empty(), "files far beyond 400 lines:\n{}", long.join("\n"));
}

/// The reader itself: every way in which a path can name another room is found, and words in comments and texts are not.
#[test]
fn forbidden_edges_are_found_in_every_spelling() {
    let edges = |path: &str, text: &str| forbidden_edges(&File::read(Path::new(path), text));
    for text in [
        "use crate::sealing::seal::seal;",
        "use crate::{domain::time::Instant, sealing::seal::{self, Sealed}};",
        "use crate::{\n    domain::claims::{Claims, Named},\n    sealing,\n};",
        "use super::super::sealing::seal;",
        "use super::{super::sealing};",
        "fn f() { let x = crate::sealing::seal::seal(c); }",
        "fn f(x: &crate :: sealing :: seal::Sealed) {}",
        "mod inner { use super::super::super::sealing::keyring; }",
        "pub use yinxin::sealing;",
        "use crate as root;\nuse crate::*;",
    ] {
        assert!(!edges("document/plate/mod.rs", text).is_empty(), "not found: {text}");
    }
    for text in [
        "use crate::domain::claims::Claims;",
        "use super::template::Template; // not crate::sealing::seal",
        "/* crate::sealing */ fn f() -> &'static str { \"crate::sealing::seal\" }",
        "const T: &str = r#\"use crate::sealing; \" more\"#;",
        "fn quote() -> char { '\"' } // crate::sealing \"",
        "mod inner { use super::Plate; }",
        "mod inner { mod deeper { use super::super::Plate; } }",
        "fn life<'a>(x: &'a str) -> &'a str { x } // 'crate::sealing'",
    ] {
        assert_eq!(edges("document/plate/mod.rs", text), Vec::<String>::new(), "wrongly found in: {text}");
    }
    assert!(
        !edges("registry/mod.rs", "use super::document::plate::Plate;").is_empty(),
        "the mod.rs of a room lies one step below the root"
    );
    assert!(!edges("domain/time.rs", "use crate::config::Config;").is_empty());
    assert!(edges("service/issue.rs", "use crate::{sealing::seal, registry::Registry, document::plate};").is_empty());
    assert!(!edges("service/issue.rs", "use crate::web::pages;").is_empty());
    assert!(!edges("web/api.rs", "use crate::cli::print;").is_empty());
    let impure = File::read(Path::new("domain/x.rs"), "pub async fn f() { std::fs::read(\"x\"); }");
    assert!(has(&impure.tokens, &["async", "fn"]) && has(&impure.tokens, &["std", "::", "fs"]));
    let tested = "#[cfg(test)]\nmod t { fn f() { std::fs::read(\"x\"); } }\n#[cfg(test)]\npub(crate) mod u;\nfn g() { std::net::x(); }";
    let (shipped, modules) = without_tests(&File::read(Path::new("domain/x.rs"), tested));
    assert!(!has(&shipped, &["std", "::", "fs"]) && has(&shipped, &["std", "::", "net"]));
    assert_eq!(modules, [["domain", "x", "u"]]);
}

/// A source file as its tokens: comments and texts taken out.
struct File {
    path: PathBuf,
    room: String,
    /// Where the file's own module stands below the crate's root: `document::plate` for `document/plate/mod.rs`.
    module: Vec<String>,
    tokens: Vec<String>,
    lines: usize,
}

impl File {
    /// `path` is relative to `src`.
    fn read(path: &Path, text: &str) -> Self {
        let mut module: Vec<String> = path.with_extension("").components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        let room = module[0].clone();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        Self { path: path.to_owned(), room, module, tokens: tokens(text), lines: text.lines().count() }
    }

    fn name(&self) -> String {
        format!("src/{}", self.path.display())
    }
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|e| e == "rs") {
                found.push(File::read(entry.strip_prefix(&root).unwrap(), &fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    assert!(found.len() > 20, "the source is somewhere else");
    found
}

/// The tokens of what ships, and the modules that `#[cfg(test)] mod name;` puts into files of their own. Tests may read files.
fn without_tests(file: &File) -> (Vec<String>, Vec<Vec<String>>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut shipped, mut modules, mut i) = (Vec::new(), Vec::new(), 0);
    let tokens = &file.tokens;
    while i < tokens.len() {
        if !tokens[i..].iter().zip(MARK).all(|(a, b)| a == b) || tokens.len() < i + MARK.len() {
            shipped.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let start = i + MARK.len();
        i = after_item(tokens, start);
        let item = &tokens[start..i];
        if let (Some(";"), Some(at)) = (item.last().map(String::as_str), item.iter().position(|t| t == "mod")) {
            modules.push(file.module.iter().cloned().chain(item.get(at + 1).cloned()).collect());
        }
    }
    (shipped, modules)
}

/// The place after the item that begins at `i`: after its semicolon, or after its closing brace.
fn after_item(tokens: &[String], mut i: usize) -> usize {
    let mut depth = 0usize;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return i;
                }
            }
            ";" if depth == 0 => return i,
            _ => {}
        }
    }
    i
}

fn allowed(room: &str) -> Option<&'static [&'static str]> {
    ALLOWED.iter().find(|(name, _)| *name == room).map(|(_, to)| *to)
}

fn has(tokens: &[String], sign: &[&str]) -> bool {
    tokens.windows(sign.len()).any(|w| w.iter().zip(sign).all(|(a, b)| a == b))
}

/// Every named room that the file's own may not name.
fn forbidden_edges(file: &File) -> Vec<String> {
    let may = allowed(&file.room).unwrap_or_default();
    let is_room = |name: &str| ALLOWED.iter().any(|(room, _)| *room == name);
    let mut faults: Vec<String> = Vec::new();
    for path in absolute_paths(file) {
        let first = path.first().map_or("", String::as_str);
        let fault = match first {
            "*" => file.room != "lib",
            room => is_room(room) && room != file.room && !may.contains(&room),
        };
        if fault {
            faults.push(format!("{}: {} -> {}", file.name(), file.room, path.join("::")));
        }
    }
    faults.dedup();
    faults
}

/// Every path that begins at `crate`, `yinxin` or `super`, resolved from the crate's root.
fn absolute_paths(file: &File) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    // The names of the inline modules around the place, None for every other brace.
    let mut around: Vec<Option<String>> = Vec::new();
    let tokens = &file.tokens;
    let at = |i: usize| tokens.get(i).map_or("", String::as_str);
    let mut i = 0;
    while i < tokens.len() {
        match at(i) {
            "{" => around.push((i >= 2 && at(i - 2) == "mod").then(|| at(i - 1).to_owned())),
            "}" => drop(around.pop()),
            head @ ("crate" | "yinxin" | "super") if at(i + 1) == "::" && (i == 0 || at(i - 1) != "::") => {
                let mut here = file.module.clone();
                here.extend(around.iter().flatten().cloned());
                let base = if head == "super" { here } else { Vec::new() };
                i = branches(tokens, i, &base, &mut found);
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Reads one path or use tree that starts at token `i`, standing in module `base`; returns the place after it.
fn branches(tokens: &[String], mut i: usize, base: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = base.to_vec();
    loop {
        match tokens.get(i).map_or("", String::as_str) {
            "super" => drop(path.pop()),
            "self" | "crate" | "yinxin" if path.len() == base.len() => {}
            "{" => {
                i += 1;
                while !matches!(tokens.get(i).map(String::as_str), None | Some("}")) {
                    i = if tokens[i] == "," { i + 1 } else { branches(tokens, i, &path, found).max(i + 1) };
                }
                return i + 1;
            }
            name => path.push(name.to_owned()),
        }
        i += 1;
        if tokens.get(i).map(String::as_str) != Some("::") {
            break;
        }
        i += 1;
    }
    found.push(path);
    // `as name` belongs to the branch.
    if tokens.get(i).map(String::as_str) == Some("as") { i + 2 } else { i }
}

/// Words, `::` and single signs; comments, texts, characters and lifetimes are left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            i = (i..chars.len()).find(|j| chars[*j] == '\n').unwrap_or(chars.len());
        } else if c == '/' && at(i + 1) == '*' {
            i = after_block_comment(&chars, i);
        } else if c == '"' {
            i = after_text(&chars, i + 1);
        } else if c == 'r' && matches!(at(i + 1), '"' | '#') && raw_hashes(&chars, i + 1).is_some() {
            i = after_raw_text(&chars, i + 1);
        } else if c == '\'' {
            i = after_character_or_lifetime(&chars, i);
        } else if c.is_alphanumeric() || c == '_' {
            let end = (i..chars.len()).find(|j| !(chars[*j].is_alphanumeric() || chars[*j] == '_')).unwrap_or(chars.len());
            let word: String = chars[i..end].iter().collect();
            // b"…", br"…" and c"…": the prefix is no word of its own.
            let prefix = matches!(word.as_str(), "b" | "c" | "br" | "cr") && matches!(at(end), '"' | '#');
            if prefix && word.ends_with('r') {
                i = end - 1;
            } else {
                found.extend((!prefix).then_some(word));
                i = end;
            }
        } else if c == ':' && at(i + 1) == ':' {
            found.push("::".to_owned());
            i += 2;
        } else {
            found.extend((!c.is_whitespace()).then(|| c.to_string()));
            i += 1;
        }
    }
    found
}

fn after_block_comment(chars: &[char], start: usize) -> usize {
    let (mut i, mut depth) = (start, 0usize);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn after_text(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The number of `#` before the quotation mark at or after `i`; None if this is no raw text.
fn raw_hashes(chars: &[char], i: usize) -> Option<usize> {
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    (chars.get(i + hashes) == Some(&'"')).then_some(hashes)
}

fn after_raw_text(chars: &[char], i: usize) -> usize {
    let hashes = raw_hashes(chars, i).unwrap_or(0);
    let mut j = i + hashes + 1;
    while j < chars.len() && !(chars[j] == '"' && chars[j + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes) {
        j += 1;
    }
    j + 1 + hashes
}

fn after_character_or_lifetime(chars: &[char], i: usize) -> usize {
    match (chars.get(i + 1), chars.get(i + 2)) {
        (Some('\\'), _) => (i + 3..chars.len()).find(|j| chars[*j] == '\'').unwrap_or(chars.len()) + 1,
        (Some(_), Some('\'')) => i + 3,
        _ => (i + 1..chars.len()).find(|j| !(chars[*j].is_alphanumeric() || chars[*j] == '_')).unwrap_or(chars.len()),
    }
}
