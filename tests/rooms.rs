//! The rooms of ARCHITECTURE.md: every `crate::` path in `src` must follow an edge of the table.

use std::path::{Path, PathBuf};

/// A room and the rooms that it may know.
const EDGES: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("document", &["domain"]),
    ("sealing", &["domain", "document"]),
    ("registry", &["domain"]),
    ("config", &["domain"]),
    ("service", &["config", "domain", "document", "sealing", "registry"]),
    ("web", &["domain", "service", "sealing"]),
    ("cli", &["config", "domain", "service", "sealing", "web"]),
];

/// Rooms without I/O and without waiting, and what would break that.
const PURE: [&str; 3] = ["domain", "document", "sealing"];
const IMPURE: [&str; 7] = ["async fn", "std::fs", "std::net", "std::env", "tokio::", "sqlx::", "std::process"];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let body = body.split("#[cfg(test)]\npub(crate) mod ").next().unwrap_or(body);
    body.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// What a file of `room` does that it must not.
fn trespasses(room: &str, text: &str) -> Vec<String> {
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == room) else {
        return vec![format!("there is no room {room}")];
    };
    let code = code(text);
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let other: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let names: Vec<String> = match rest.strip_prefix('{') {
            Some(list) => {
                list.split('}').next().unwrap_or("").split(',').map(|n| n.trim().split("::").next().unwrap_or("").to_owned()).collect()
            }
            None => vec![other],
        };
        found.extend(names.into_iter().filter(|n| n != room && !allowed.contains(&n.as_str())).map(|n| format!("{room} → {n}")));
    }
    if PURE.contains(&room) {
        found.extend(IMPURE.iter().filter(|i| code.contains(**i)).map(|i| format!("{room} uses {i}")));
    }
    if room != "registry" && code.contains("sqlx::") {
        found.push(format!("{room} knows SQL"));
    }
    found
}

#[test]
fn every_path_follows_an_edge() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 60, "the test looks at the whole house");
    let mut found = Vec::new();
    for path in files {
        let room = room_of(&path);
        // Test modules in files of their own may use what their room's tests need.
        let is_test = path.file_stem().is_some_and(|s| s == "tests" || s == "specimen" || s == "testing");
        if room == "lib" || room == "main" || is_test {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        found.extend(trespasses(&room, &text).into_iter().map(|t| format!("{}: {t}", path.display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_forbidden_edge_is_found() {
    assert_eq!(trespasses("registry", "use crate::sealing::seal;"), ["registry → sealing"]);
    assert_eq!(trespasses("document", "use crate::{domain::name, registry::Vault};"), ["document → registry"]);
    assert_eq!(trespasses("domain", "pub async fn x() {}"), ["domain uses async fn"]);
    assert_eq!(trespasses("web", "sqlx::query(\"\")"), ["web knows SQL"]);
    assert!(trespasses("sealing", "// use crate::web;\nuse crate::document::checks;").is_empty());
}
