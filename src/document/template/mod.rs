//! What a certificate looks like: a folder with `template.toml` and the artwork that it names.
//!
//! `certificate-templates/README.md` describes the format to authors. Reading reports every problem at once, each with its file
//! and line.

use std::collections::BTreeMap;

use crate::domain::award::CertificateKind;
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;

pub mod fields;
pub mod model;

mod author;
mod read;
mod space;
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

/// The bytes are no archive of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("模板存档已损坏 / the archived template is damaged")]
pub struct ArchiveError;

/// The archive's first bytes: its name and version.
const MAGIC: &[u8] = b"YINXIN-TEMPLATE-1\n";

impl TemplateFiles {
    /// The frozen version of the template: the digest of its archive.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// All files in one piece, in order of their names: what the registry keeps, so that a certificate can be made again after
    /// the template was edited.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut put = |bytes: &[u8]| {
            out.extend(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            out.extend_from_slice(bytes);
        };
        put(self.toml.as_bytes());
        for (name, bytes) in &self.files {
            put(name.as_bytes());
            put(bytes);
        }
        out
    }

    /// The inverse of [`TemplateFiles::to_bytes`].
    ///
    /// # Errors
    /// [`ArchiveError`] for anything that it does not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(ArchiveError)?;
        let mut take = || -> Result<Option<&[u8]>, ArchiveError> {
            let Some((length, after)) = rest.split_first_chunk::<8>() else {
                return if rest.is_empty() { Ok(None) } else { Err(ArchiveError) };
            };
            let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| ArchiveError)?;
            let (piece, after) = after.split_at_checked(length).ok_or(ArchiveError)?;
            rest = after;
            Ok(Some(piece))
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| ArchiveError);
        let toml = text(take()?.ok_or(ArchiveError)?)?;
        let mut files = BTreeMap::new();
        while let Some(name) = take()? {
            files.insert(text(name)?, take()?.ok_or(ArchiveError)?.to_vec());
        }
        let read = Self { toml, files };
        // One spelling only: names out of order or twice would give the same files another digest.
        if read.to_bytes() == bytes { Ok(read) } else { Err(ArchiveError) }
    }
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

    /// The frozen version that it was read from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
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
    fn the_archive_is_one_to_one() {
        for name in ["award", "ability"] {
            let files = files(name);
            let bytes = files.to_bytes();
            assert_eq!(TemplateFiles::from_bytes(&bytes), Ok(files));
            assert_eq!(TemplateFiles::from_bytes(&bytes[..bytes.len() - 1]), Err(ArchiveError));
            assert_eq!(TemplateFiles::from_bytes(&[&bytes[..], b"x"].concat()), Err(ArchiveError));
        }
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
}
