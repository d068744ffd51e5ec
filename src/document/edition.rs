//! A frozen template: everything that a certificate's look depends on, in one piece with one digest.

use std::collections::BTreeMap;

use super::template::TemplateFiles;
use crate::domain::digest::Digest;

/// A template with the very fonts and the seal that certificates are printed with. The record of a certificate names its digest, so
/// that an edit of the template, a new font file or another seal make a new edition and touch nothing that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The template's own files.
    pub template: TemplateFiles,
    /// The font files by name, each by the digest of its bytes; the bytes are kept once for all editions.
    pub fonts: BTreeMap<String, Digest>,
    /// The issuer's own seal, where it gives one.
    pub seal: Option<SealFile>,
}

/// A seal picture as the issuer gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealFile {
    /// The file's name, which tells its format: `.svg` or `.png`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The bytes are no archive of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("模板存档已损坏 / the archived template is damaged")]
pub struct ArchiveError;

/// The archive's first bytes: its name and version.
const MAGIC: &[u8] = b"YINXIN-EDITION-1\n";

impl Edition {
    /// What a certificate's record names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Everything in one piece: a tag byte before each entry, every part with its length before it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut put = |tag: u8, name: &str, bytes: &[u8]| {
            out.push(tag);
            for part in [name.as_bytes(), bytes] {
                out.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                out.extend_from_slice(part);
            }
        };
        put(b'T', "", self.template.toml.as_bytes());
        self.template.files.iter().for_each(|(name, bytes)| put(b'A', name, bytes));
        self.fonts.iter().for_each(|(name, digest)| put(b'F', name, digest.as_bytes()));
        self.seal.iter().for_each(|seal| put(b'S', &seal.name, &seal.bytes));
        out
    }

    /// The inverse of [`Edition::to_bytes`].
    ///
    /// # Errors
    /// [`ArchiveError`] for anything that it does not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(ArchiveError)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| ArchiveError);
        let (mut toml, mut files, mut fonts, mut seal) = (String::new(), BTreeMap::new(), BTreeMap::new(), None);
        while let Some((tag, after)) = rest.split_first() {
            let (name, after) = part(after)?;
            let (content, after) = part(after)?;
            rest = after;
            let name = text(name)?;
            match tag {
                b'T' => toml = text(content)?,
                b'A' => drop(files.insert(name, content.to_vec())),
                b'F' => drop(fonts.insert(name, Digest::from_bytes(content.try_into().map_err(|_| ArchiveError)?))),
                b'S' => seal = Some(SealFile { name, bytes: content.to_vec() }),
                _ => return Err(ArchiveError),
            }
        }
        let read = Self { template: TemplateFiles { toml, files }, fonts, seal };
        // One spelling only: entries out of order or twice would give the same edition another digest.
        if read.to_bytes() == bytes { Ok(read) } else { Err(ArchiveError) }
    }
}

/// A part after its length, and what follows it.
fn part(bytes: &[u8]) -> Result<(&[u8], &[u8]), ArchiveError> {
    let (length, after) = bytes.split_first_chunk::<8>().ok_or(ArchiveError)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| ArchiveError)?;
    after.split_at_checked(length).ok_or(ArchiveError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::template::tests::files;
    use proptest::prelude::*;

    fn edition() -> Edition {
        Edition {
            template: files("award"),
            fonts: [("a.ttf", b"one"), ("b.ttf", b"two")].map(|(n, b)| (n.to_owned(), Digest::of(b))).into(),
            seal: Some(SealFile { name: "seal.svg".into(), bytes: b"<svg/>".to_vec() }),
        }
    }

    #[test]
    fn the_archive_is_one_to_one() {
        let edition = edition();
        let bytes = edition.to_bytes();
        assert_eq!(Edition::from_bytes(&bytes), Ok(edition));
        assert_eq!(Edition::from_bytes(&bytes[..bytes.len() - 1]), Err(ArchiveError));
        assert_eq!(Edition::from_bytes(&[&bytes[..], b"x"].concat()), Err(ArchiveError));
        let twice = [&bytes[..], &bytes[MAGIC.len()..]].concat();
        assert_eq!(Edition::from_bytes(&twice), Err(ArchiveError));
    }

    #[test]
    fn every_part_has_its_say_in_the_digest() {
        let first = edition();
        let changed = |change: fn(&mut Edition)| {
            let mut other = first.clone();
            change(&mut other);
            other.digest()
        };
        let others = [
            first.digest(),
            changed(|e| e.template.toml.push(' ')),
            changed(|e| drop(e.template.files.insert("b.svg".into(), vec![]))),
            changed(|e| e.fonts.extend([("a.ttf".to_owned(), Digest::of(b"three"))])),
            changed(|e| e.seal = None),
            changed(|e| e.seal = Some(SealFile { name: "seal.png".into(), bytes: b"<svg/>".to_vec() })),
        ];
        let distinct: std::collections::BTreeSet<_> = others.iter().collect();
        assert_eq!(distinct.len(), others.len());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Edition::from_bytes(&[MAGIC, &bytes].concat());
        }
    }
}
