//! Making everything of a copy, on a machine that has nothing, and proving that it is all there.

use std::path::{Path, PathBuf};

use futures_util::{TryStreamExt as _, stream};
use sha2::Digest as _;

use crate::config::{Config, Defaults};
use crate::domain::digest::Digest;
use crate::domain::time::Instant;
use crate::registry::{DataKeys, Refill, Registry, Table, Vault};

use super::check::Backup;
use super::folder::{Links, at, copy_new, files_below};
use super::form::{Manifest, TableForm, write_row};
use super::take::{count, data_key_mark};
use super::{BackupError, Flaw};
use crate::service::Service;
use crate::service::doctor::Diagnosis;
use crate::service::key_folder::{KeyFolder, Passphrase};
use crate::service::open::vault;
use crate::service::progress::{Progress, Stage};

/// Rows that are held in memory between file and database.
const ROWS: usize = 512;

/// Where a copy goes.
pub struct Target<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// Where things lie when the configuration does not say.
    pub defaults: &'a Defaults,
    /// What the private keys are encrypted with.
    pub passphrase: Option<&'a Passphrase>,
    /// Who asks, for the audit trail.
    pub actor: &'a str,
    /// When.
    pub now: Instant,
}

/// What was made of a copy.
pub struct Restored {
    /// The copy's manifest.
    pub manifest: Manifest,
    /// Rows of all tables.
    pub rows: u64,
    /// What the doctor says of all of it.
    pub diagnosis: Diagnosis,
}

/// Makes records, vault, configuration and keys of a copy. It is read whole before anything is written; the records come last, in one
/// commit, which is made only if what the database then holds is, byte for byte, what the copy has. Then the doctor looks at everything.
///
/// # Errors
/// [`BackupError`]. Refused for what is there or is not there, nothing of the copy stays; broken off later, it may be begun again.
pub async fn restore(folder: &Path, target: &Target<'_>, progress: &dyn Progress) -> Result<Restored, BackupError> {
    let backup = Backup::check(folder, progress)?;
    let newest = Registry::newest_schema();
    if backup.manifest.schema > newest {
        return Err(BackupError::Newer { backup: backup.manifest.schema, program: newest });
    }
    let mut placed = Vec::new();
    let ready = match prepare(&backup, target, &mut placed).await {
        Ok(ready) => ready,
        Err(refused) => {
            // What was put there a moment ago; what cannot be removed does no harm.
            placed.iter().rev().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(refused);
        }
    };
    let Ready { config, registry, vault } = ready;
    fill_vault(&backup, &vault, progress).await?;
    registry.migrate_to(backup.manifest.schema).await?;
    let rows = fill_records(&backup, registry.refill().await?, progress).await?;
    if let Some(entry) = registry.verify_event_chain().await? {
        return Err(BackupError::Trail(entry));
    }
    drop(registry);
    let service = Service::open(config, target.passphrase).await?;
    let detail = format!("made at {}, trail {}", backup.manifest.made_at, backup.manifest.trail.last);
    service.registry.note(target.actor, "restore", "", &detail, target.now).await?;
    let diagnosis = service.doctor(None, target.now, progress).await?;
    Ok(Restored { manifest: backup.manifest, rows, diagnosis })
}

/// Everything is in its place but files and records.
struct Ready {
    config: Config,
    registry: Registry,
    vault: Vault,
}

/// Puts configuration and keys where there are none, and makes sure that the rest may follow. What it puts is listed in `placed`.
async fn prepare(backup: &Backup, target: &Target<'_>, placed: &mut Vec<PathBuf>) -> Result<Ready, BackupError> {
    place(backup, "config", target.data, placed)?;
    let config = Config::load(target.data, target.defaults)?;
    let has_own = config.keys.is_dir() && files_below(&config.keys, Links::Followed)?.iter().any(|name| !name.starts_with("public/"));
    if !has_own && !backup.has_keys() {
        return Err(BackupError::NoKeys(config.keys));
    }
    place(backup, "keys", &config.keys, placed)?;
    let keys = DataKeys::from_master(KeyFolder::new(&config.keys).data_key(target.passphrase)?.bytes());
    if data_key_mark(&keys) != backup.manifest.data_key {
        return Err(BackupError::OtherDataKey);
    }
    let vault = vault(&config.vault, keys.clone())?;
    vault.ask().await?;
    let wanted: std::collections::BTreeSet<Digest> = backup.vault().map(|(digest, _)| digest).collect();
    if !vault.digests().await?.is_subset(&wanted) {
        return Err(BackupError::NotEmpty(config.vault.to_string()));
    }
    let registry = Registry::connect(&config.database, keys).await?;
    if !registry.is_empty().await? {
        // Not its URL: there may be a password in it.
        return Err(BackupError::NotEmpty("数据库 / the database".to_owned()));
    }
    Ok(Ready { config, registry, vault })
}

/// Puts a part of the copy where nothing is; what is there stays.
fn place(backup: &Backup, top: &str, to: &Path, placed: &mut Vec<PathBuf>) -> Result<(), BackupError> {
    for name in backup.below(top) {
        let path = to.join(name);
        if !path.exists() {
            placed.push(path.clone());
            copy_new(&backup.folder.join(top).join(name), &path)?;
        }
    }
    Ok(())
}

async fn fill_vault(backup: &Backup, vault: &Vault, progress: &dyn Progress) -> Result<(), BackupError> {
    progress.stage(Stage::RestoreFiles, backup.manifest.vault.files);
    let put = |(digest, name): (Digest, String)| async move {
        let path = backup.folder.join(&name);
        let sealed = std::fs::read(&path).map_err(at(&path))?;
        // Read once more: a disk that fails may do so between two readings.
        if backup.sums.get(&name) != Some(&Digest::of(&sealed)) {
            return Err(BackupError::Damaged(vec![Flaw::Changed(name)]));
        }
        vault.put_sealed(&digest, sealed).await?;
        progress.advance(1);
        Ok(())
    };
    let files = backup.vault().map(|(digest, name)| Ok((digest, name.to_owned())));
    stream::iter(files).try_for_each_concurrent(vault.at_once(), put).await?;
    Ok(vault.barrier().await?)
}

async fn fill_records(backup: &Backup, mut refill: Refill, progress: &dyn Progress) -> Result<u64, BackupError> {
    let forms = &backup.manifest.tables;
    progress.stage(Stage::RestoreRecords, forms.iter().map(|form| form.rows).sum());
    let tables = refill.tables.clone();
    if let Some(left) = tables.iter().find(|table| !forms.iter().any(|form| form.name == table.name)) {
        return Err(BackupError::Table(left.name.clone()));
    }
    let mut paired = Vec::with_capacity(forms.len());
    for form in forms {
        let table = tables.iter().find(|table| form.is_of(table)).ok_or_else(|| BackupError::Table(form.name.clone()))?;
        paired.push((form, table));
    }
    for (form, table) in &paired {
        fill_table(backup, &mut refill, form, table, progress).await?;
    }
    let mut rows = 0;
    for (form, table) in &paired {
        rows += form.rows;
        if read_back(&mut refill, table).await? != (form.rows, backup.sums.get(&form.path()).copied()) {
            return Err(BackupError::ReadBack(form.name.clone()));
        }
    }
    refill.commit().await?;
    Ok(rows)
}

async fn fill_table(
    backup: &Backup,
    refill: &mut Refill,
    form: &TableForm,
    table: &Table,
    progress: &dyn Progress,
) -> Result<(), BackupError> {
    let mut rows = backup.rows(form)?;
    loop {
        let chunk = rows.by_ref().take(ROWS).collect::<Result<Vec<_>, _>>()?;
        if chunk.is_empty() {
            return Ok(());
        }
        let steps = count(chunk.len());
        refill.insert(table, chunk).await?;
        progress.advance(steps);
    }
}

/// How many rows a table has now, and the digest of the file that they would make.
async fn read_back(refill: &mut Refill, table: &Table) -> Result<(u64, Option<Digest>), BackupError> {
    let mut hasher = sha2::Sha256::new();
    let rows = refill.rows(table, |row| {
        hasher.update(write_row(&row).as_bytes());
        hasher.update(b"\n");
        Ok::<_, BackupError>(())
    });
    Ok((rows.await?, Some(Digest::from_bytes(hasher.finalize().into()))))
}
