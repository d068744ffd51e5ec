//! Templates and fonts on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::fonts::{FontError, FontLibrary};
use crate::document::template::TemplateFiles;
use crate::domain::digest::Digest;

/// The main file of a template's folder.
const TEMPLATE_TOML: &str = "template.toml";

/// The largest file that a template may have, in bytes.
const TEMPLATE_FILE_LIMIT: u64 = 8 << 20;

/// Why templates or fonts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or folder cannot be read.
    #[error("读不到 {path} / cannot read it: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A template's file is larger than any artwork needs.
    #[error("{path} 超过 8 MB / the file is larger than 8 MB")]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// A font file was replaced while the program runs.
    #[error("{path} 在程序运行期间被替换，请重新运行 / the file was replaced while the program runs; start again")]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// A description in another encoding than UTF-8.
    #[error("{path}:{line}: 不是 UTF-8 文本，请以 UTF-8 保存 / not UTF-8 text: save it as UTF-8")]
    Encoding {
        /// Which.
        path: PathBuf,
        /// The first line with such bytes.
        line: usize,
    },
    /// The fonts do not parse.
    #[error(transparent)]
    Fonts(#[from] FontError),
}

/// Reads the files of one template's folder.
///
/// # Errors
/// [`LibraryError`] naming the file.
pub fn template(folder: &Path) -> Result<TemplateFiles, LibraryError> {
    let toml_path = folder.join(TEMPLATE_TOML);
    let toml = text(&toml_path)?;
    let mut files = BTreeMap::new();
    for path in files_of(folder)? {
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if name == TEMPLATE_TOML || name.starts_with('.') {
            continue;
        }
        let size = std::fs::metadata(&path).map_err(|source| LibraryError::Read { path: path.clone(), source })?.len();
        if size > TEMPLATE_FILE_LIMIT {
            return Err(LibraryError::TooLarge { path });
        }
        files.insert(name.to_owned(), read(&path)?);
    }
    Ok(TemplateFiles { toml, files })
}

/// Reads every font file of a folder.
///
/// # Errors
/// [`LibraryError`] naming the file.
pub fn fonts(folder: &Path) -> Result<Arc<FontLibrary>, LibraryError> {
    let mut files = Vec::new();
    for path in files_of(folder)? {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if name.ends_with(".ttf") {
            files.push((name, Arc::from(read(&path)?)));
        }
    }
    Ok(Arc::new(FontLibrary::new(files)?))
}

/// The bytes of a font file, which must still be those that were read at the start.
///
/// # Errors
/// [`LibraryError`] naming the file.
pub fn font(path: &Path, digest: &Digest) -> Result<Vec<u8>, LibraryError> {
    let bytes = read(path)?;
    if Digest::of(&bytes) == *digest { Ok(bytes) } else { Err(LibraryError::Changed { path: path.to_owned() }) }
}

/// The bytes of an issuer's seal.
///
/// # Errors
/// [`LibraryError`] naming the file.
pub fn seal(path: &Path) -> Result<Vec<u8>, LibraryError> {
    let size = std::fs::metadata(path).map_err(|source| LibraryError::Read { path: path.to_owned(), source })?.len();
    if size > TEMPLATE_FILE_LIMIT { Err(LibraryError::TooLarge { path: path.to_owned() }) } else { read(path) }
}

/// A text file, no larger than a template's files may be.
fn text(path: &Path) -> Result<String, LibraryError> {
    let size = std::fs::metadata(path).map_err(|source| LibraryError::Read { path: path.to_owned(), source })?.len();
    if size > TEMPLATE_FILE_LIMIT {
        return Err(LibraryError::TooLarge { path: path.to_owned() });
    }
    String::from_utf8(read(path)?).map_err(|e| {
        let line = e.as_bytes().iter().take(e.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count() + 1;
        LibraryError::Encoding { path: path.to_owned(), line }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, LibraryError> {
    std::fs::read(path).map_err(|source| LibraryError::Read { path: path.to_owned(), source })
}

/// The plain files of a folder in the order of their names.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    let failed = |source| LibraryError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
