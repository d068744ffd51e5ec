//! The vault: files by digest, sealed before they leave the process.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};

use crate::domain::digest::Digest;
use crate::domain::time::Instant;

use super::{DataKeys, Unsealable};

/// A store of sealed files.
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    /// The folder, where the store is one: for making many writes durable at once, and for what a crash leaves in it.
    folder: Option<Arc<Folder>>,
    keys: DataKeys,
}

struct Folder {
    path: PathBuf,
    open: std::fs::File,
}

/// A write that takes longer than this is not going on any more.
const ABANDONED_MILLIS: i64 = 3_600_000;

/// Why the vault did not do what it was asked. A file that is not there is `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The store failed.
    #[error("文件库 / vault: {0}")]
    Store(#[from] object_store::Error),
    /// The folder cannot be made or synchronised.
    #[error("文件库文件夹 / the vault's folder: {0}")]
    Folder(#[from] std::io::Error),
    /// A file does not open.
    #[error("{digest}: {source}")]
    Damaged {
        /// Under which digest.
        digest: Digest,
        /// Why.
        source: Unsealable,
    },
    /// A task of the process was cancelled.
    #[error("a task was cancelled: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Vault {
    /// A vault in a folder, made if it is not there.
    ///
    /// # Errors
    /// [`VaultError::Folder`].
    pub fn in_folder(folder: &Path, keys: DataKeys) -> Result<Self, VaultError> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)?;
        let folder = Folder { path: folder.to_owned(), open: std::fs::File::open(folder)? };
        Ok(Self { store: Arc::new(store), folder: Some(Arc::new(folder)), keys })
    }

    /// Seals and writes files under their digests. They are durable after [`Vault::barrier`].
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn put_many(&self, files: Vec<(Digest, Vec<u8>)>) -> Result<(), VaultError> {
        for (digest, file) in files {
            let sealed = self.keys.seal_file(&digest, &file);
            self.store.put(&key(&digest), PutPayload::from(sealed)).await?;
        }
        Ok(())
    }

    /// Returns once everything written before is durable.
    ///
    /// # Errors
    /// [`VaultError::Folder`].
    pub async fn barrier(&self) -> Result<(), VaultError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        // One synchronisation of the file system for a whole chunk costs less than one for each file.
        tokio::task::spawn_blocking(move || rustix::fs::syncfs(&folder.open)).await?.map_err(std::io::Error::from)?;
        Ok(())
    }

    /// Whether there is a file with this digest; it is not opened.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn has(&self, digest: &Digest) -> Result<bool, VaultError> {
        match self.store.head(&key(digest)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Deletes the file with this digest; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn delete(&self, digest: &Digest) -> Result<(), VaultError> {
        match self.store.delete(&key(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// The file with this digest.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if what is there does not open.
    pub async fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, VaultError> {
        let sealed = match self.store.get(&key(digest)).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        let opened = self.keys.open_file(digest, &sealed).map_err(|source| VaultError::Damaged { digest: *digest, source })?;
        Ok(Some(opened))
    }
}

/// For copies of the vault: files as they are, sealed.
impl Vault {
    /// The digests of all files.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn digests(&self) -> Result<BTreeSet<Digest>, VaultError> {
        let mut listed = self.store.list(None);
        let mut digests = BTreeSet::new();
        while let Some(file) = listed.next().await {
            // What has another name is no file of the vault: a half-written one, or a stranger's.
            digests.extend(digest_of(file?.location.as_ref()));
        }
        Ok(digests)
    }

    /// A file as it lies there.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn sealed(&self, digest: &Digest) -> Result<Option<Vec<u8>>, VaultError> {
        match self.store.get(&key(digest)).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes a file as [`Vault::sealed`] gave it. It is durable after [`Vault::barrier`].
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn put_sealed(&self, digest: &Digest, sealed: Vec<u8>) -> Result<(), VaultError> {
        self.store.put(&key(digest), PutPayload::from(sealed)).await?;
        Ok(())
    }

    /// Where the file of a digest lies, from the root of the store.
    #[must_use]
    pub fn place(digest: &Digest) -> String {
        key(digest).to_string()
    }
}

/// The digest whose file lies at a place, if it is one of the vault's.
#[must_use]
pub fn digest_of(place: &str) -> Option<Digest> {
    let (shelf, rest) = place.split_once('/')?;
    let digest: Digest = format!("{shelf}{}", rest.strip_suffix(".sealed")?).parse().ok()?;
    (key(&digest).as_ref() == place).then_some(digest)
}

impl Vault {
    /// How many half-written files a process that died has left, counted an hour after they were begun; with `sweep` they are gone.
    /// They have names of their own and were never read as anything: the store writes beside the file and renames at the end.
    ///
    /// # Errors
    /// [`VaultError::Folder`].
    pub async fn leftovers(&self, now: Instant, sweep: bool) -> Result<u64, VaultError> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let found = tokio::task::spawn_blocking(move || {
            let found = half_written(&folder.path, now.millis() - ABANDONED_MILLIS)?;
            if sweep {
                found.iter().try_for_each(std::fs::remove_file)?;
            }
            Ok::<_, std::io::Error>(found.len())
        });
        Ok(u64::try_from(found.await??).unwrap_or(u64::MAX))
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

/// Two levels, so that no folder holds too many files.
fn key(digest: &Digest) -> Key {
    let name = digest.to_string();
    Key::from(format!("{}/{}.sealed", &name[..2], &name[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_put_is_got_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::in_folder(folder.path(), DataKeys::from_master([1; 32])).unwrap();
        let file = b"%PDF-2.0 a certificate".to_vec();
        let digest = Digest::of(&file);
        assert!(vault.get(&digest).await.unwrap().is_none() && !vault.has(&digest).await.unwrap());
        vault.put_many(vec![(digest, file.clone())]).await.unwrap();
        vault.barrier().await.unwrap();
        assert!(vault.has(&digest).await.unwrap());
        assert_eq!(vault.get(&digest).await.unwrap(), Some(file));
        let other = Vault::in_folder(folder.path(), DataKeys::from_master([2; 32])).unwrap();
        assert!(matches!(other.get(&digest).await, Err(VaultError::Damaged { .. })));
        let path = folder.path().join(key(&digest).to_string());
        let sealed = std::fs::read(&path).unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"%PDF"));
        std::fs::write(&path, &sealed[..sealed.len() - 1]).unwrap();
        assert!(matches!(vault.get(&digest).await, Err(VaultError::Damaged { .. })));
    }

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
