//! What a certificate looks like: a folder with `template.toml` and the artwork that it names.
//!
//! `certificate-templates/README.md` describes the format to authors. Reading reports every problem at once, each with its file
//! and line.

use std::collections::{BTreeMap, BTreeSet};

use super::fonts::FALLBACK;
use crate::domain::award::CertificateKind;
use crate::domain::claims::Claims;

pub mod fields;
pub mod model;

mod author;
mod read;
mod space;
mod stacks;
mod wording;

pub(super) use read::{hint, nearest};

pub use model::{Align, Area, Colour, Paint, Role, Tag, Template, Text, VerticalAlign};

/// The name of the file that describes the template.
pub const DESCRIPTION: &str = "template.toml";

/// A template as its author keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFiles {
    /// The text of `template.toml`.
    pub toml: String,
    /// The other files of the folder by name: artwork.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Something that the template's author must mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {what}", line.map(|l| format!(":{l}")).unwrap_or_default())]
pub struct TemplateProblem {
    /// The file.
    pub file: String,
    /// The line, counted from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Every [`TemplateProblem`] that was found.
    pub fn parse(files: &TemplateFiles) -> Result<Self, Vec<TemplateProblem>> {
        match author::read(files) {
            (Some(template), problems) if problems.is_empty() => Ok(template),
            (_, problems) => Err(problems),
        }
    }

    /// The template as far as it can be read, with everything that is wrong: for a rehearsal, which looks at the rest as well.
    pub(super) fn draft(files: &TemplateFiles) -> (Option<Self>, Vec<TemplateProblem>) {
        author::read(files)
    }

    /// Award or ability certificates.
    #[must_use]
    pub fn kind(&self) -> CertificateKind {
        self.kind
    }

    /// The font files that its texts may be set in: its own, and those that stand in for them.
    #[must_use]
    pub fn faces(&self) -> BTreeSet<String> {
        let own = self.roles.iter().flat_map(|role| [Some(&role.face), role.latin.as_ref()]).flatten().cloned();
        own.chain(FALLBACK.map(str::to_owned)).collect()
    }

    /// Whether its certificates carry a portrait.
    #[must_use]
    pub fn wants_portrait(&self) -> bool {
        self.portrait.is_some()
    }

    /// The document's title for a certificate.
    pub(super) fn title_of(&self, claims: &Claims) -> String {
        self.title.compose(claims).map(|c| c.text).unwrap_or_else(|| self.kind.zh().to_owned())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One of the project's own templates.
    pub(crate) fn files(name: &str) -> TemplateFiles {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("certificate-templates").join(name);
        let mut files: BTreeMap<String, Vec<u8>> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap()))
            .collect();
        let toml = String::from_utf8(files.remove(DESCRIPTION).unwrap()).unwrap();
        TemplateFiles { toml, files }
    }

    #[test]
    fn the_projects_templates_are_good() {
        for name in ["award", "ability"] {
            assert_eq!(Template::parse(&files(name)).unwrap().kind().code(), name);
        }
    }

    #[test]
    fn every_problem_is_reported_with_its_line() {
        let mut bad = files("award");
        bad.toml = bad.toml.replacen("{holder}", "{holdr}", 1).replacen("align =", "algin =", 1) + "\n[[text]]\nid = \"x\"\n";
        let problems = Template::parse(&bad).unwrap_err();
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|p| p.contains("holdr")), "{all:#?}");
        assert!(all.iter().any(|p| p.contains("algin")), "{all:#?}");
        assert!(all.iter().any(|p| p.contains("text is missing")), "{all:#?}");
        assert!(problems.iter().all(|p| p.line.is_some() && p.file == DESCRIPTION));
        bad.files.clear();
        assert!(Template::parse(&bad).unwrap_err().iter().any(|p| p.what.contains("artwork.svg")));
    }

    #[test]
    fn slips_with_stacks_are_explained() {
        let bad = |from: &str, to: &str| {
            let mut files = files("award");
            assert!(files.toml.contains(from), "{from}");
            files.toml = files.toml.replacen(from, to, 1);
            Template::parse(&files).err().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert!(bad("citation = \"between\"", "citation = \"betwixt\"").contains("below, above, around or between"));
        assert!(bad("[stacks]\n", "[stacks]\nlonely = \"above\"\n").contains("no text belongs to the stack “lonely”"));
        assert!(bad("stack = \"facts\"", "stack = \"fact\"").contains("a name of [stacks]"));
        assert!(bad("box = [46, 63.2, 205", "box = [46, 60, 205").contains("the box of “holder” must lie below"));
        assert!(bad("align = \"justify\"", "align = \"center\"").contains("indent goes with left and justify only"));
    }
}
