//! Taking a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use futures_util::{StreamExt as _, stream};

use crate::config::{Config, FILE_NAME};
use crate::domain::digest::Digest;
use crate::domain::time::Instant;
use crate::registry::{DataKeys, Snapshot, Vault};

use super::check::listed;
use super::folder::{Links, at, files_below};
use super::form::{
    FORM, KeysForm, MANIFEST, MANIFEST_DIGEST, Manifest, SUMS, SumsForm, TableForm, Trail, VaultForm, write_row, write_sums,
};
use super::{BackupError, Writing};
use crate::service::Service;
use crate::service::progress::{Progress, Stage};

/// What is to be copied, and where to.
pub struct Order<'a> {
    /// A folder that is not there yet.
    pub out: &'a Path,
    /// Which keys go along.
    pub keys: KeysForm,
    /// An earlier backup, whose files of the vault are shared rather than copied again: they never change.
    pub since: Option<&'a Path>,
    /// Who asks, for the audit trail.
    pub actor: &'a str,
    /// When.
    pub now: Instant,
}

/// What binds a copy to the key of its personal data.
pub(super) fn data_key_mark(keys: &DataKeys) -> String {
    keys.secret_hash("backup", &[b"data key"])
}

impl Service {
    /// Copies all records, all files, the configuration and the public keys, while the service runs. That somebody took a copy is in the
    /// audit trail, and so in the copy.
    ///
    /// # Errors
    /// [`BackupError`]; what was begun is in a folder whose name ends in `.partial`.
    pub async fn backup(&self, order: &Order<'_>, progress: &dyn Progress) -> Result<Manifest, BackupError> {
        let earlier = order.since.map(Earlier::open).transpose()?;
        let mut out = Writing::begin(order.out)?;
        let with_keys = if order.keys == KeysForm::All { "with the private keys" } else { "" };
        self.registry.note(order.actor, "backup", "", with_keys, order.now).await?;
        // Whatever the records refer to was in the vault before them: what is listed after their instant has it all. What was there
        // before and is gone when it comes to copying was deleted meanwhile.
        let before = self.vault.digests().await?;
        let mut snapshot = self.registry.snapshot().await?;
        let mut files = self.vault.digests().await?;
        files.extend(&before);
        let tables = copy_records(&mut snapshot, &mut out, progress).await?;
        let (schema, trail) = (snapshot.schema, snapshot.trail.clone());
        drop(snapshot);
        let vault = copy_vault(&self.vault, &files, earlier.as_ref(), &mut out, progress).await?;
        copy_configuration(&self.config, order.keys, &mut out)?;
        copy_keys(&self.config.keys, order.keys, &mut out)?;
        let sums = write_sums(out.sums());
        out.put_unlisted(SUMS, sums.as_bytes())?;
        let manifest = Manifest {
            form: FORM.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: order.now.rfc3339_beijing(),
            public_url: self.config.public_url.clone(),
            schema,
            data_key: data_key_mark(self.registry.keys()),
            trail: Trail { last: trail.last, digest: trail.digest },
            tables,
            vault,
            keys: order.keys,
            sums: SumsForm { files: count(out.sums().len()), digest: Digest::of(sums.as_bytes()).to_string() },
        };
        let text = serde_json::to_string_pretty(&manifest)? + "\n";
        out.put_unlisted(MANIFEST, text.as_bytes())?;
        out.put_unlisted(MANIFEST_DIGEST, format!("{}  {MANIFEST}\n", Digest::of(text.as_bytes())).as_bytes())?;
        out.finish()?;
        Ok(manifest)
    }
}

pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

async fn copy_records(snapshot: &mut Snapshot, out: &mut Writing, progress: &dyn Progress) -> Result<Vec<TableForm>, BackupError> {
    let mut tables = Vec::with_capacity(snapshot.tables.len());
    progress.stage(Stage::CopyRecords, count(snapshot.tables.len()));
    for table in snapshot.tables.clone() {
        let mut form = TableForm::of(&table, 0);
        if !form.is_named_well() {
            return Err(BackupError::Table(table.name));
        }
        let mut sink = out.sink(&form.path())?;
        let rows = snapshot.rows(&table, |row| sink.write((write_row(&row) + "\n").as_bytes()));
        form.rows = rows.await?;
        out.end(sink)?;
        tables.push(form);
        progress.advance(1);
    }
    Ok(tables)
}

async fn copy_vault(
    vault: &Vault,
    files: &BTreeSet<Digest>,
    earlier: Option<&Earlier>,
    out: &mut Writing,
    progress: &dyn Progress,
) -> Result<VaultForm, BackupError> {
    let mut form = VaultForm { files: 0, bytes: 0, deleted_meanwhile: Vec::new() };
    progress.stage(Stage::CopyFiles, count(files.len()));
    let fetched = |digest| async move {
        let name = format!("vault/{}", Vault::place(digest));
        // What retention has deleted since is gone from this backup, too.
        let shared = match earlier.and_then(|earlier| earlier.find(&name)) {
            Some(shared) if vault.has(digest).await? => Some(shared),
            _ => None,
        };
        let sealed = if shared.is_none() { vault.sealed(digest).await? } else { None };
        Ok::<_, BackupError>((digest, name, shared, sealed))
    };
    let mut all = stream::iter(files).map(fetched).buffered(vault.at_once());
    while let Some(next) = all.next().await {
        let (digest, name, shared, sealed) = next?;
        let bytes = match (shared, sealed) {
            (Some(shared), _) => match out.share(&name, &shared.path, shared.digest)? {
                true => Some(shared.bytes),
                false => keep(out, &name, vault.sealed(digest).await?)?,
            },
            (None, sealed) => keep(out, &name, sealed)?,
        };
        match bytes {
            Some(bytes) => {
                form.files += 1;
                form.bytes += bytes;
            }
            None => form.deleted_meanwhile.push(digest.to_string()),
        }
        progress.advance(1);
    }
    Ok(form)
}

/// Writes a file that was there, and answers its length.
fn keep(out: &mut Writing, name: &str, sealed: Option<Vec<u8>>) -> Result<Option<u64>, BackupError> {
    let Some(sealed) = sealed else { return Ok(None) };
    out.put(name, &sealed)?;
    Ok(Some(count(sealed.len())))
}

/// A file of an earlier backup.
struct Shared {
    path: PathBuf,
    digest: Digest,
    bytes: u64,
}

/// A backup that was made before.
struct Earlier {
    folder: PathBuf,
    sums: BTreeMap<String, Digest>,
}

impl Earlier {
    /// Reads its list of digests, which must be the one that its manifest names. Its files are not read: whoever checks this backup does.
    fn open(folder: &Path) -> Result<Self, BackupError> {
        let sums = listed(folder).map_err(|flaw| BackupError::Damaged(vec![flaw]))?.1;
        Ok(Self { folder: folder.to_owned(), sums })
    }

    /// A file, if it has it.
    fn find(&self, name: &str) -> Option<Shared> {
        let path = self.folder.join(name);
        let bytes = std::fs::metadata(&path).ok()?.len();
        Some(Shared { digest: *self.sums.get(name)?, path, bytes })
    }
}

/// The configuration and every file of the data folder that it names, templates included; passwords in files of their own count as keys.
fn copy_configuration(config: &Config, keys: KeysForm, out: &mut Writing) -> Result<(), BackupError> {
    let path = config.data.join(FILE_NAME);
    let text = std::fs::read_to_string(&path).map_err(at(&path))?;
    out.put(&format!("config/{FILE_NAME}"), text.as_bytes())?;
    let Ok(table) = text.parse::<toml::Table>() else { return Ok(()) };
    let mut named = BTreeSet::new();
    collect(&toml::Value::Table(table), keys, &mut named);
    let apart: Vec<&Path> = config.vault.folder().into_iter().chain([config.keys.as_path()]).collect();
    let mut files = BTreeSet::new();
    for name in named {
        let place = config.data.join(&name);
        if !is_below(&name) || apart.iter().any(|other| place.starts_with(other) || other.starts_with(&place)) {
            continue;
        }
        if place.is_dir() {
            files.extend(files_below(&place, Links::Followed)?.into_iter().map(|inner| name.join(inner)));
        } else if place.is_file() {
            files.insert(name);
        }
    }
    files.remove(Path::new(FILE_NAME));
    for file in files {
        let path = config.data.join(&file);
        let name = file.to_str().ok_or_else(|| BackupError::Odd(path.clone()))?;
        out.put(&format!("config/{name}"), &std::fs::read(&path).map_err(at(&path))?)?;
    }
    Ok(())
}

/// Every text of the configuration that may be a path; most are none.
fn collect(value: &toml::Value, keys: KeysForm, out: &mut BTreeSet<PathBuf>) {
    match value {
        toml::Value::String(text) => {
            out.insert(Path::new(text).components().collect());
        }
        toml::Value::Array(items) => items.iter().for_each(|item| collect(item, keys, out)),
        toml::Value::Table(table) => {
            let wanted = |name: &str| name != "database" && (keys == KeysForm::All || !name.contains("password"));
            table.iter().filter(|(name, _)| wanted(name)).for_each(|(_, item)| collect(item, keys, out));
        }
        _ => {}
    }
}

/// Whether a path leads to something inside the folder that it starts from.
fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_))) && path.components().next().is_some()
}

fn copy_keys(folder: &Path, keys: KeysForm, out: &mut Writing) -> Result<(), BackupError> {
    for name in files_below(folder, Links::Followed)? {
        if keys == KeysForm::All || name.starts_with("public/") {
            let path = folder.join(&name);
            out.put(&format!("keys/{name}"), &zeroize::Zeroizing::new(std::fs::read(&path).map_err(at(&path))?))?;
        }
    }
    Ok(())
}
