//! Reading a copy: nothing is made of one that is not, to the byte, what was written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use crate::domain::digest::Digest;
use crate::registry::{Cell, digest_of};

use super::BackupError;
use super::folder::{Links, at, digest_of_file, files_below};
use super::form::{FORM, KeysForm, MANIFEST, MANIFEST_DIGEST, Manifest, RowProblem, SUMS, TableForm, read_row, read_sums};
use super::take::count;
use crate::service::progress::{Progress, Stage};

/// What is wrong with a copy, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A file that is listed is not there.
    #[error("{0}：缺失 / it is missing")]
    Missing(String),
    /// A file cannot be read.
    #[error("{0}：无法读取 / it cannot be read: {1}")]
    Unreadable(String, String),
    /// A file is not what was written.
    #[error("{0}：内容与摘要不符，已被改动、截断或损坏 / its digest is another one: changed, cut or damaged")]
    Changed(String),
    /// A file that nobody listed.
    #[error("{0}：不在摘要清单中 / it is not in the list of digests")]
    Unlisted(String),
    /// The manifest is none of this program's.
    #[error("manifest.json：不是本程序的备份清单 / not a manifest of this program: {0}")]
    Manifest(String),
    /// A line of the list of digests is none.
    #[error("SHA256SUMS 第 {0} 行有误 / this line is wrong")]
    Sums(usize),
    /// A line of a table is no row.
    #[error("{path} 第 {line} 行：{problem}")]
    Row {
        /// Which file.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: RowProblem,
    },
    /// A count of the manifest is not what is there.
    #[error("{what}：清单记为 {recorded}，实有 {found} / the manifest says so many, so many are there")]
    Count {
        /// Of what.
        what: String,
        /// By the manifest.
        recorded: u64,
        /// Counted.
        found: u64,
    },
}

/// A copy whose every byte was held against its digests.
pub struct Backup {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) sums: BTreeMap<String, Digest>,
}

impl Backup {
    /// Reads the whole copy and holds it against its digests; every row is read too.
    ///
    /// # Errors
    /// [`BackupError::Damaged`] with everything that is wrong.
    pub fn check(folder: &Path, progress: &dyn Progress) -> Result<Self, BackupError> {
        let one = |flaw| BackupError::Damaged(vec![flaw]);
        let (manifest, sums) = listed(folder).map_err(one)?;
        let backup = Self { folder: folder.to_owned(), manifest, sums };
        let mut flaws = backup.check_files(progress)?;
        if flaws.is_empty() {
            flaws = backup.check_counts();
        }
        if flaws.is_empty() {
            for table in &backup.manifest.tables {
                flaws.extend(backup.check_rows(table)?);
            }
        }
        if flaws.is_empty() { Ok(backup) } else { Err(BackupError::Damaged(flaws)) }
    }

    /// What it is a copy of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn check_files(&self, progress: &dyn Progress) -> Result<Vec<Flaw>, BackupError> {
        let mut flaws = Vec::new();
        progress.stage(Stage::CompareDigests, count(self.sums.len()));
        for (name, digest) in &self.sums {
            match digest_of_file(&self.folder.join(name)) {
                Ok(found) if found == *digest => {}
                Ok(_) => flaws.push(Flaw::Changed(name.clone())),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => flaws.push(Flaw::Missing(name.clone())),
                Err(e) => flaws.push(Flaw::Unreadable(name.clone(), e.to_string())),
            }
            progress.advance(1);
        }
        let own = [MANIFEST, MANIFEST_DIGEST, SUMS];
        let strange = |name: &String| !self.sums.contains_key(name) && !own.contains(&name.as_str());
        flaws.extend(files_below(&self.folder, Links::Refused)?.into_iter().filter(strange).map(Flaw::Unlisted));
        Ok(flaws)
    }

    fn check_counts(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut compare = |what: &str, recorded: u64, found: usize| {
            if recorded != count(found) {
                flaws.push(Flaw::Count { what: what.to_owned(), recorded, found: count(found) });
            }
        };
        compare(SUMS, self.manifest.sums.files, self.sums.len());
        compare("vault", self.manifest.vault.files, self.vault().count());
        let listed: BTreeSet<&String> = self.sums.keys().filter(|name| name.starts_with("tables/")).collect();
        compare("tables", count(self.manifest.tables.len()), listed.len());
        for name in self.sums.keys().filter(|name| name.starts_with("vault/") && vault_digest(name).is_none()) {
            flaws.push(Flaw::Unlisted(name.clone()));
        }
        let named_well = |table: &&TableForm| table.is_named_well() && listed.contains(&table.path());
        if let Some(table) = self.manifest.tables.iter().find(|table| !named_well(table)) {
            flaws.push(Flaw::Manifest(table.name.clone()));
        }
        flaws
    }

    fn check_rows(&self, table: &TableForm) -> Result<Option<Flaw>, BackupError> {
        let mut found = 0;
        for row in self.rows(table)? {
            match row {
                Ok(_) => found += 1,
                Err(BackupError::Damaged(flaws)) => return Ok(flaws.into_iter().next()),
                Err(e) => return Err(e),
            }
        }
        Ok((found != table.rows).then(|| Flaw::Count { what: table.path(), recorded: table.rows, found }))
    }

    /// The rows of a table.
    pub(super) fn rows<'a>(
        &self,
        table: &'a TableForm,
    ) -> Result<impl Iterator<Item = Result<Vec<Cell>, BackupError>> + Send + use<'a>, BackupError> {
        let path = self.folder.join(table.path());
        let file = std::io::BufReader::with_capacity(1 << 16, std::fs::File::open(&path).map_err(at(&path))?);
        Ok(file.lines().enumerate().map(move |(line, text)| {
            let text = text.map_err(at(&path))?;
            let wrong = |problem| BackupError::Damaged(vec![Flaw::Row { path: table.path(), line: line + 1, problem }]);
            read_row(&table.columns, &text).map_err(wrong)
        }))
    }

    /// The digests of the vault's files, each with its path in the copy.
    pub(super) fn vault(&self) -> impl Iterator<Item = (Digest, &str)> {
        self.sums.keys().filter_map(|name| Some((vault_digest(name)?, name.as_str())))
    }

    /// The files below a folder of the copy, by their paths from there.
    pub(super) fn below<'a>(&'a self, top: &'a str) -> impl Iterator<Item = &'a str> {
        self.sums.keys().filter_map(move |name| name.strip_prefix(top)?.strip_prefix('/'))
    }

    /// Whether the private keys are in it.
    pub(super) fn has_keys(&self) -> bool {
        self.manifest.keys == KeysForm::All
    }
}

fn vault_digest(name: &str) -> Option<Digest> {
    digest_of(name.strip_prefix("vault/")?)
}

fn read(folder: &Path, name: &str) -> Result<String, Flaw> {
    std::fs::read_to_string(folder.join(name)).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Flaw::Missing(name.to_owned()),
        std::io::ErrorKind::InvalidData => Flaw::Changed(name.to_owned()),
        _ => Flaw::Unreadable(name.to_owned(), e.to_string()),
    })
}

/// The manifest, and the list of digests that it names.
pub(super) fn listed(folder: &Path) -> Result<(Manifest, BTreeMap<String, Digest>), Flaw> {
    let manifest = read_manifest(folder)?;
    let text = read(folder, SUMS)?;
    if Digest::of(text.as_bytes()).to_string() != manifest.sums.digest {
        return Err(Flaw::Changed(SUMS.to_owned()));
    }
    Ok((manifest, read_sums(&text).map_err(Flaw::Sums)?))
}

fn read_manifest(folder: &Path) -> Result<Manifest, Flaw> {
    let (text, digest) = (read(folder, MANIFEST)?, read(folder, MANIFEST_DIGEST)?);
    if digest != format!("{}  {MANIFEST}\n", Digest::of(text.as_bytes())) {
        return Err(Flaw::Changed(MANIFEST.to_owned()));
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(|e| Flaw::Manifest(e.to_string()))?;
    if manifest.form == FORM { Ok(manifest) } else { Err(Flaw::Manifest(manifest.form)) }
}
