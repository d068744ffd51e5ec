//! The vault: files by digest, sealed before they leave the process.

use std::path::Path;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};

use crate::domain::digest::Digest;

use super::{DataKeys, Unsealable};

/// A store of sealed files.
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    /// The folder, where the store is one: for making many writes durable at once.
    folder: Option<Arc<std::fs::File>>,
    keys: DataKeys,
}

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
        Ok(Self { store: Arc::new(store), folder: Some(Arc::new(std::fs::File::open(folder)?)), keys })
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
        tokio::task::spawn_blocking(move || rustix::fs::syncfs(&*folder)).await?.map_err(std::io::Error::from)?;
        Ok(())
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
        assert!(vault.get(&digest).await.unwrap().is_none());
        vault.put_many(vec![(digest, file.clone())]).await.unwrap();
        vault.barrier().await.unwrap();
        assert_eq!(vault.get(&digest).await.unwrap(), Some(file));
        let other = Vault::in_folder(folder.path(), DataKeys::from_master([2; 32])).unwrap();
        assert!(matches!(other.get(&digest).await, Err(VaultError::Damaged { .. })));
        let path = folder.path().join(key(&digest).to_string());
        let sealed = std::fs::read(&path).unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"%PDF"));
        std::fs::write(&path, &sealed[..sealed.len() - 1]).unwrap();
        assert!(matches!(vault.get(&digest).await, Err(VaultError::Damaged { .. })));
    }
}
