//! A vault in a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::VaultError;
use crate::domain::time::Instant;

/// A write that takes longer than this is not going on any more.
pub(super) const ABANDONED_MILLIS: i64 = 3_600_000;

/// The folder itself.
pub struct Folder {
    path: PathBuf,
    open: std::fs::File,
}

impl Folder {
    /// The folder, made if it is not there, and the store in it.
    pub fn open(path: &Path) -> Result<(Self, Arc<dyn ObjectStore>), VaultError> {
        std::fs::create_dir_all(path)?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(VaultError::Store)?;
        Ok((Self { path: path.to_owned(), open: std::fs::File::open(path)? }, Arc::new(store)))
    }

    /// Returns once everything written before is durable. One synchronisation of the file system for a whole chunk costs less than one for
    /// each file.
    pub fn synchronise(&self) -> std::io::Result<()> {
        Ok(rustix::fs::syncfs(&self.open)?)
    }

    /// Counts half-written files that nobody writes any more, and removes them with `sweep`: the store writes beside the file and renames at
    /// the end.
    pub fn leftovers(&self, now: Instant, sweep: bool) -> std::io::Result<u64> {
        let found = half_written(&self.path, now.millis() - ABANDONED_MILLIS)?;
        if sweep {
            found.iter().try_for_each(std::fs::remove_file)?;
        }
        Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
    }
}

/// Files `….sealed#N` that were last written before `before`, in milliseconds since 1970.
fn half_written(folder: &Path, before: i64) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for shelf in std::fs::read_dir(folder)? {
        let shelf = shelf?.path();
        if !shelf.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&shelf)? {
            let file = file?;
            if !file.file_name().to_string_lossy().contains(".sealed#") {
                continue;
            }
            let age = file.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            if i64::try_from(age.as_millis()).is_ok_and(|written| written < before) {
                found.push(file.path());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::{DataKeys, Vault, key};
    use super::*;
    use crate::domain::digest::Digest;

    #[tokio::test]
    async fn what_a_crash_leaves_is_swept_once_nobody_can_be_writing_it() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::in_folder(folder.path(), DataKeys::from_master([1; 32])).unwrap();
        let digest = Digest::of(b"whole");
        vault.put_many(vec![(digest, b"whole".to_vec())]).await.unwrap();
        let half = folder.path().join(format!("{}#1", key(&digest)));
        std::fs::write(&half, b"half").unwrap();
        let written = half.metadata().unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        let written = Instant::from_millis(i64::try_from(written.as_millis()).unwrap()).unwrap();
        assert_eq!(vault.leftovers(written, true).await.unwrap(), 0, "it may be being written");
        let later = written.plus_millis(ABANDONED_MILLIS + 1);
        assert_eq!(vault.leftovers(later, false).await.unwrap(), 1);
        assert_eq!(vault.leftovers(later, true).await.unwrap(), 1);
        assert!(!half.exists());
        assert_eq!(vault.leftovers(later, true).await.unwrap(), 0);
        assert!(vault.get(&digest).await.unwrap().is_some());
    }
}
