//! The vault: files by digest, sealed before they leave the process. They lie in a folder, or in a bucket of an object store.

mod bucket;
mod folder;
mod wire;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};

pub use bucket::BucketFault;
use folder::Folder;

use crate::domain::bucket::{Access, Bucket};
use crate::domain::digest::Digest;
use crate::domain::time::Instant;

use super::{DataKeys, Unsealable};

/// A store of sealed files.
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    home: Home,
    keys: DataKeys,
}

/// Where the store is: what only one kind of it can do, and what it is called.
enum Home {
    /// A folder makes many writes durable at once, and keeps what a crash leaves in it.
    Folder(Arc<Folder>),
    /// A bucket has made a write durable when it has answered.
    Bucket(String),
}

/// Why the vault did not do what it was asked. A file that is not there is `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The folder's files cannot be read or written.
    #[error("文件库 / vault: {0}")]
    Store(object_store::Error),
    /// The bucket did not do what it was asked.
    #[error("文件库在 {bucket}：{fault}")]
    Bucket {
        /// Its address.
        bucket: String,
        /// What is wrong.
        fault: BucketFault,
    },
    /// Longer than any file that is read back.
    #[error("文件有 {0} 字节，超出文件库的上限 / a file of so many bytes is more than the vault takes")]
    TooLong(usize),
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

impl VaultError {
    /// Whether the store does not answer, which passes; everything else is for a person to put right.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Bucket { fault: BucketFault::Unanswered(_), .. })
    }
}

/// The longest file, in bytes: a font of every Chinese character has a tenth of it.
const LONGEST: usize = 256 << 20;

/// A name in the store under which no file is.
const NOTHING: &str = "nothing";

impl Vault {
    /// A vault in a folder, made if it is not there.
    ///
    /// # Errors
    /// [`VaultError::Folder`].
    pub fn in_folder(path: &Path, keys: DataKeys) -> Result<Self, VaultError> {
        let (folder, store) = Folder::open(path)?;
        Ok(Self { store, home: Home::Folder(Arc::new(folder)), keys })
    }

    /// A vault in a bucket, which must be there. It is not asked anything yet.
    ///
    /// # Errors
    /// [`VaultError::Bucket`] if what is set cannot lead to it.
    pub fn in_bucket(bucket: &Bucket, access: &Access, keys: DataKeys) -> Result<Self, VaultError> {
        let name = bucket.to_string();
        let store =
            bucket::open(bucket, access).map_err(|error| VaultError::Bucket { bucket: name.clone(), fault: bucket::fault(&error) })?;
        Ok(Self { store, home: Home::Bucket(name), keys })
    }

    /// Asks the store whether it is there and lets this service in. A folder is.
    ///
    /// # Errors
    /// [`VaultError::Bucket`].
    pub async fn ask(&self) -> Result<(), VaultError> {
        match &self.home {
            Home::Folder(_) => Ok(()),
            Home::Bucket(_) => self.fetch(&Key::from(NOTHING)).await.map(drop),
        }
    }

    /// How many files work on many of them should ask for at once.
    #[must_use]
    pub fn at_once(&self) -> usize {
        match &self.home {
            Home::Folder(_) => 1,
            Home::Bucket(_) => bucket::AT_ONCE,
        }
    }

    /// Seals and writes files under their digests. They are durable after [`Vault::barrier`].
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn put_many(&self, files: Vec<(Digest, Vec<u8>)>) -> Result<(), VaultError> {
        let files = futures_util::stream::iter(files.into_iter().map(Ok));
        let put = |(digest, file): (Digest, Vec<u8>)| async move { self.put_sealed(&digest, self.keys.seal_file(&digest, &file)).await };
        files.try_for_each_concurrent(self.at_once(), put).await
    }

    /// Returns once everything written before is durable.
    ///
    /// # Errors
    /// [`VaultError::Folder`].
    pub async fn barrier(&self) -> Result<(), VaultError> {
        let Home::Folder(folder) = &self.home else { return Ok(()) };
        let folder = Arc::clone(folder);
        Ok(tokio::task::spawn_blocking(move || folder.synchronise()).await??)
    }

    /// Whether there is a file with this digest; it is not opened.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn has(&self, digest: &Digest) -> Result<bool, VaultError> {
        match self.store.head(&key(digest)).await {
            Ok(_) => Ok(true),
            Err(error) if self.is_absent(&error) => Ok(false),
            // Such an answer has no text: it may be the bucket that is not there, or something before it that answers.
            Err(object_store::Error::NotFound { .. }) => Ok(self.fetch(&key(digest)).await?.is_some()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Deletes the file with this digest; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn delete(&self, digest: &Digest) -> Result<(), VaultError> {
        let key = key(digest);
        let mut done = self.store.delete(&key).await;
        // The library does not ask again by itself where a request to delete was lost on the way.
        if matches!(&done, Err(error) if !self.is_absent(error)) {
            done = self.store.delete(&key).await;
        }
        match done {
            Err(error) if !self.is_absent(&error) => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    /// The file with this digest.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if what is there does not open.
    pub async fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, VaultError> {
        let Some(sealed) = self.fetch(&key(digest)).await? else { return Ok(None) };
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
            digests.extend(digest_of(file.map_err(|error| self.failed(error))?.location.as_ref()));
        }
        Ok(digests)
    }

    /// A file as it lies there.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn sealed(&self, digest: &Digest) -> Result<Option<Vec<u8>>, VaultError> {
        self.fetch(&key(digest)).await
    }

    /// Writes a file as [`Vault::sealed`] gave it. It is durable after [`Vault::barrier`].
    ///
    /// # Errors
    /// [`VaultError::Store`], [`VaultError::TooLong`].
    pub async fn put_sealed(&self, digest: &Digest, sealed: Vec<u8>) -> Result<(), VaultError> {
        if sealed.len() > LONGEST {
            return Err(VaultError::TooLong(sealed.len()));
        }
        self.store.put(&key(digest), PutPayload::from(sealed)).await.map_err(|error| self.failed(error))?;
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
    /// They have names of their own and were never read as anything. A bucket has none: a file is there whole or not at all.
    ///
    /// # Errors
    /// [`VaultError::Folder`].
    pub async fn leftovers(&self, now: Instant, sweep: bool) -> Result<u64, VaultError> {
        let Home::Folder(folder) = &self.home else { return Ok(0) };
        let folder = Arc::clone(folder);
        Ok(tokio::task::spawn_blocking(move || folder.leftovers(now, sweep)).await??)
    }

    /// What lies under a key.
    async fn fetch(&self, key: &Key) -> Result<Option<Vec<u8>>, VaultError> {
        let fetched = async { self.store.get(key).await?.bytes().await };
        match fetched.await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if self.is_absent(&error) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Whether the file is not there, rather than the store.
    fn is_absent(&self, error: &object_store::Error) -> bool {
        match &self.home {
            Home::Folder(_) => matches!(error, object_store::Error::NotFound { .. }),
            Home::Bucket(_) => bucket::is_absent(error),
        }
    }

    fn failed(&self, error: object_store::Error) -> VaultError {
        match &self.home {
            Home::Folder(_) => VaultError::Store(error),
            Home::Bucket(name) => VaultError::Bucket { bucket: name.clone(), fault: bucket::fault(&error) },
        }
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
}
