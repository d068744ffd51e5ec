//! The page of an export: it checks files and codes by itself, opened from a disk, with no network and no server.
//!
//! Its modules are those of the scanner. A page of one file has no addresses to import from, so each becomes a function that answers what the
//! module exports; what they import they take from each other.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use crate::domain::time::Instant;
use crate::service::export::Packed;

/// A module by the path that others import it by, in an order in which each comes after those that it imports.
type Modules = &'static [(&'static str, &'static str)];

static MODULES: Modules = &[
    ("noble", include_str!("static/vendor/noble-ed25519/index.js")),
    ("bytes", include_str!("static/scan/bytes.js")),
    ("canonical", include_str!("static/scan/canonical.js")),
    ("gb18030", include_str!("static/scan/gb18030.js")),
    ("ed25519", include_str!("static/scan/ed25519.js")),
    ("cbor", include_str!("static/scan/cbor.js")),
    ("heading", include_str!("static/scan/heading.js")),
    ("proof", include_str!("static/scan/proof.js")),
    ("states", include_str!("static/scan/states.js")),
    ("reader", include_str!("static/scan/reader.js")),
    ("camera", include_str!("static/scan/camera.js")),
    ("der", include_str!("static/offline/der.js")),
    ("pdf", include_str!("static/offline/pdf.js")),
    ("judge", include_str!("static/offline/judge.js")),
    ("offline", include_str!("static/offline/offline.js")),
];

/// What reads codes, in a worker of its own.
static DECODER: Modules = &[
    ("index", include_str!("static/vendor/qr/index.js")),
    ("decode", include_str!("static/vendor/qr/decode.js")),
    ("decoder", include_str!("static/scan/decoder.js")),
];

static PAGE: &str = include_str!("static/offline/page.html");
static STYLE: [&str; 2] = [include_str!("static/style.css"), include_str!("static/offline/offline.css")];
static SEAL: &str = include_str!("static/seal.svg");

/// The page over the certificates of an export.
#[must_use]
pub fn page(packed: &Packed) -> String {
    let style = STYLE.concat();
    let script = bundle(MODULES);
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data: blob:; media-src blob:; worker-src blob:; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(&style)
    );
    let english = if packed.issuer.name_en.is_empty() { &packed.issuer.name } else { &packed.issuer.name_en };
    let made = Instant::from_millis(packed.made_at).map(Instant::display_beijing).unwrap_or_default();
    // Data in a script element end at the first `</script`: JSON can say the same without it.
    let data = serde_json::to_string(packed).unwrap_or_default().replace('<', "\\u003c");
    let places = [
        ("{{POLICY}}", policy),
        ("{{STYLE}}", style),
        ("{{SEAL}}", format!("data:image/svg+xml;base64,{}", STANDARD.encode(SEAL))),
        ("{{ISSUER}}", escape(&packed.issuer.name)),
        ("{{ISSUER_EN}}", escape(english)),
        ("{{MADE}}", escape(&made)),
        ("{{COUNT}}", packed.certificates.to_string()),
        ("{{URL}}", escape(&packed.public_url)),
        ("{{DATA}}", data),
        ("{{DECODER}}", bundle(DECODER).replace("</script", "<\\/script")),
        ("{{SCRIPT}}", script),
    ];
    // One pass over the page, so that nothing that is put in is taken for a place.
    let mut out = String::with_capacity(PAGE.len() + places.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = PAGE;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = behind.split_once("}}") else { break };
        let place = places.iter().find(|(place, _)| place.trim_matches(['{', '}']) == name);
        out.push_str(place.map_or("", |(_, text)| text));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha2::Sha256::digest(text.as_bytes())))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One script of several modules.
fn bundle(modules: Modules) -> String {
    let mut out = String::from("'use strict';\n");
    for (name, text) in modules {
        let Module { body, exports } = Module::of(text);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "const $_{name} = (() => {{\n{body}\nreturn {{ {} }};\n}})();", exports.join(", "));
    }
    out
}

/// A module as a function's body, and what that answers.
struct Module {
    body: String,
    exports: Vec<String>,
}

impl Module {
    fn of(text: &str) -> Self {
        let (mut body, mut exports) = (String::with_capacity(text.len()), Vec::new());
        for line in text.lines() {
            body.push_str(&Self::line(line, &mut exports));
            body.push('\n');
        }
        let body = body
            .replace("await import('../vendor/noble-ed25519/index.js')", "$_noble")
            .replace("new URL('./decoder.js', import.meta.url), { type: 'module' }", "document.getElementById('decoder').dataset.address");
        Self { body, exports }
    }

    /// A line without `import` and `export`. In these modules each of them is a line of its own.
    fn line(line: &str, exports: &mut Vec<String>) -> String {
        // Others' names stand in examples in comments.
        let import = line.strip_prefix("import ").and_then(|rest| rest.strip_suffix("';")?.split_once(" from '"));
        if let Some((what, from)) = import.filter(|(_, from)| from.starts_with('.')) {
            let module = from.rsplit('/').next().unwrap_or_default().trim_end_matches(".js");
            let (what, module) = (what.replace(" as ", ": "), if from.contains("noble") { "noble" } else { module });
            return match what.strip_prefix('{') {
                Some(_) => format!("const {what} = $_{module};"),
                None => format!("const {what} = $_{module}.$default;"),
            };
        }
        let Some(rest) = line.strip_prefix("export ") else { return line.to_owned() };
        if let Some(name) = rest.strip_prefix("default ") {
            exports.push(format!("$default: {}", name.trim_end_matches(';')));
            return String::new();
        }
        if let Some(names) = rest.strip_prefix('{') {
            let names = names.trim_end_matches(';').trim_end_matches('}').split(',').map(str::trim).filter(|name| !name.is_empty());
            exports.extend(names.map(|name| match name.split_once(" as ") {
                Some((inner, outer)) => format!("{outer}: {inner}"),
                None => name.to_owned(),
            }));
            return String::new();
        }
        let name = ["async function ", "function ", "class ", "const "].iter().find_map(|kind| rest.strip_prefix(kind));
        let end = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$');
        exports.extend(name.and_then(|name| name.split(end).next()).map(str::to_owned));
        rest.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_what_others_import_of_it() {
        for modules in [MODULES, DECODER] {
            let script = bundle(modules);
            let mut known: Vec<&str> = Vec::new();
            for (name, text) in modules {
                let module = Module::of(text);
                let left = |line: &str| line.starts_with("export ") || (line.starts_with("import ") && line.contains(" from '."));
                assert!(!module.body.lines().any(left) && !module.body.contains("import.meta"), "{name}");
                for line in module.body.lines().filter(|line| line.starts_with("const ") && line.contains(" = $_")) {
                    let (what, from) = line.trim_end_matches(';').split_once(" = $_").unwrap();
                    let from = from.trim_end_matches(".$default");
                    assert!(known.contains(&from), "{name} imports {from} before it is there");
                    let exports = Module::of(modules.iter().find(|(other, _)| *other == from).unwrap().1).exports;
                    for wanted in what.trim_start_matches("const ").trim_matches(['{', '}', ' ']).split(',').map(str::trim) {
                        let wanted = wanted.split(':').next().unwrap();
                        let found = exports.iter().any(|export| export.split(':').next() == Some(wanted));
                        assert!(wanted.is_empty() || found || line.contains("$default"), "{name}: {wanted} of {from}");
                    }
                }
                known.push(name);
            }
            assert!(!script.contains("</script"), "the page would end there");
        }
    }

    #[test]
    fn the_page_is_one_file_that_asks_nobody() {
        let packed = Packed {
            issuer: crate::service::export::Named { id: "a".into(), name: "</script>{{DATA}}<b>".into(), name_en: String::new() },
            public_url: "https://yinxin.example".into(),
            made_at: 0,
            certificates: 0,
            keys: serde_json::json!({ "keys": [] }),
            signers: Vec::new(),
            fallen: std::collections::BTreeMap::new(),
            records: String::new(),
            headings: Vec::new(),
        };
        let page = page(&packed);
        assert!(page.contains("&lt;/script&gt;{{DATA}}&lt;b&gt;"), "a name is only ever text");
        assert!(!page.contains("</script>{{DATA}}"));
        assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
        for word in ["src=\"http", "href=\"http", "src=\"/", "href=\"/", "url(", "{{POLICY}}", "{{SCRIPT}}"] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("default-src 'none'") && !page.contains("connect-src"));
    }
}
