//! A folder that is written whole or not at all, with the digest of each of its files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use crate::domain::digest::Digest;

use super::BackupError;

/// A folder that is being written, beside its place.
pub struct Writing {
    partial: PathBuf,
    place: PathBuf,
    sums: BTreeMap<String, Digest>,
}

/// A file that is being written.
pub struct Sink {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    hasher: sha2::Sha256,
}

/// An error with the path that it is about.
pub fn at(path: &Path) -> impl Fn(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path: path.clone(), source }
}

impl Writing {
    /// Begins; the folder must not be there.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn begin(place: &Path) -> Result<Self, BackupError> {
        let name = place.file_name().ok_or_else(|| BackupError::Exists(place.to_owned()))?.to_string_lossy().into_owned();
        let partial = place.with_file_name(format!("{name}.partial"));
        for taken in [place, &partial] {
            if taken.exists() {
                return Err(BackupError::Exists(taken.to_owned()));
            }
        }
        make_folder(&partial)?;
        Ok(Self { partial, place: place.to_owned(), sums: BTreeMap::new() })
    }

    /// Begins a file.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn sink(&self, name: &str) -> Result<Sink, BackupError> {
        let path = self.partial.join(name);
        let file = BufWriter::with_capacity(1 << 16, create(&path)?);
        Ok(Sink { name: name.to_owned(), path, file, hasher: sha2::Sha256::new() })
    }

    /// Ends a file; its digest is listed.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn end(&mut self, mut sink: Sink) -> Result<Digest, BackupError> {
        sink.file.flush().map_err(at(&sink.path))?;
        let digest = Digest::from_bytes(sink.hasher.finalize().into());
        self.sums.insert(sink.name, digest);
        Ok(digest)
    }

    /// Writes a file at once; its digest is listed.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<Digest, BackupError> {
        let mut sink = self.sink(name)?;
        sink.write(bytes)?;
        self.end(sink)
    }

    /// Takes a file of an earlier backup for one of this, whose digest that backup has listed. Answers `false` where the two places cannot
    /// share a file, as on two disks.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn share(&mut self, name: &str, earlier: &Path, digest: Digest) -> Result<bool, BackupError> {
        let path = self.partial.join(name);
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let shared = fs::hard_link(earlier, &path).is_ok();
        if shared {
            self.sums.insert(name.to_owned(), digest);
        }
        Ok(shared)
    }

    /// Writes a file whose digest is listed nowhere: a list of digests, and what has the digest of that.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn put_unlisted(&self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.partial.join(name);
        create(&path)?.write_all(bytes).map_err(at(&path))
    }

    /// The digests so far.
    pub fn sums(&self) -> &BTreeMap<String, Digest> {
        &self.sums
    }

    /// Makes everything durable and gives the folder its name.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn finish(self) -> Result<(), BackupError> {
        let open = File::open(&self.partial).map_err(at(&self.partial))?;
        rustix::fs::syncfs(&open).map_err(|e| at(&self.partial)(e.into()))?;
        fs::rename(&self.partial, &self.place).map_err(at(&self.place))?;
        let parent = self.place.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(at(parent))
    }
}

impl Sink {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(at(&self.path))
    }
}

/// The digest of a file.
///
/// # Errors
/// [`std::io::Error`].
pub fn digest_of_file(path: &Path) -> std::io::Result<Digest> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer) = (sha2::Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest::from_bytes(hasher.finalize().into())),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// What becomes of symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They stand for what they lead to, as an operator sets up keys and templates.
    Followed,
    /// A backup has none.
    Refused,
}

/// Every file below a folder, by its path from there with `/` between the parts, in order.
///
/// # Errors
/// [`BackupError`]; what is neither file nor folder is refused.
pub fn files_below(folder: &Path, links: Links) -> Result<Vec<String>, BackupError> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(inner) = waiting.pop() {
        let path = folder.join(&inner);
        for entry in fs::read_dir(&path).map_err(at(&path))? {
            let entry = entry.map_err(at(&path))?;
            let name = entry.file_name().into_string().map_err(|_| BackupError::Odd(entry.path()))?;
            let name = if inner.is_empty() { name } else { format!("{inner}/{name}") };
            let kind = match links {
                // A circle of links ends with an error of the system.
                Links::Followed => fs::metadata(entry.path()).map(|found| found.file_type()),
                Links::Refused => entry.file_type(),
            };
            let kind = kind.map_err(at(&entry.path()))?;
            if kind.is_dir() {
                waiting.push(name);
            } else if kind.is_file() {
                found.push(name);
            } else {
                return Err(BackupError::Odd(entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Makes a folder, for its owner alone.
///
/// # Errors
/// [`BackupError`].
pub fn make_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(at(path))
}

/// A new file with the folders above it, for its owner alone.
fn create(path: &Path) -> Result<File, BackupError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(at(path))
}

/// Copies a file to a place where none is yet, for its owner alone.
///
/// # Errors
/// [`BackupError`].
pub fn copy_new(from: &Path, to: &Path) -> Result<(), BackupError> {
    let bytes = fs::read(from).map_err(at(from))?;
    let mut file = create(to)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(at(to))
}
