//! The service's own key in the folder.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::sealing::keyring::{StatementKey, StatementKeys, make};

use super::{
    CURRENT, KEY_SET, KeyFolder, KeyFolderError, KeyLine, PUBLIC, Passphrase, at, entropy, read, read_secret, text, write_private,
    write_public,
};

const STATEMENT: &str = "statement";
const KEY: &str = "key.pem";

/// What a serving process signs its answers with, and what it publishes.
pub struct StatementSigner {
    /// Signs what the service states.
    pub key: StatementKey,
    /// The key set, exactly as it is published: the statement keys and every issuer's proof keys, past ones included.
    pub key_set: String,
}

/// Reads the statement keys of a published key set: the file itself, or `jwks.json` in a folder that `keys export` wrote.
///
/// # Errors
/// [`KeyFolderError`].
pub fn read_statement_keys(path: &Path) -> Result<StatementKeys, KeyFolderError> {
    let json = if path.is_dir() { read(&path.join(KEY_SET)) } else { read(path) };
    Ok(StatementKeys::parse(&json?)?)
}

impl KeyFolder {
    /// A new statement key, used by every process that is started from now on; what the old ones signed keeps verifying.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn rotate_statement(&self, config: &Config, passphrase: Option<&Passphrase>) -> Result<Vec<KeyLine>, KeyFolderError> {
        let kid = self.make_statement_key(passphrase)?;
        self.publish(config, passphrase)?;
        Ok(vec![self.use_statement_key(&kid)?])
    }

    /// The key that signs statements today, with what is published.
    ///
    /// # Errors
    /// [`KeyFolderError::NoStatementKey`] if there is none yet, or it is not published, so that nobody could check what it signs.
    pub fn statement_signer(&self, passphrase: Option<&Passphrase>) -> Result<StatementSigner, KeyFolderError> {
        let public = self.path.join(PUBLIC).join(KEY_SET);
        if !self.has_statement_key() || !public.exists() {
            return Err(KeyFolderError::NoStatementKey);
        }
        let kid = read(&self.statement_folder().join(CURRENT))?;
        let path = self.statement_folder().join(kid.trim()).join(KEY);
        let key = StatementKey::from_pem(&read_secret(&path)?, text(passphrase)).map_err(at(&path))?;
        let key_set = read(&public)?;
        match StatementKeys::parse(&key_set)?.find(key.kid()) {
            Some(published) if *published == key.public() => Ok(StatementSigner { key, key_set }),
            _ => Err(KeyFolderError::NoStatementKey),
        }
    }

    /// The public statement keys of this folder, as they are published.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn published_statement_keys(&self) -> Result<StatementKeys, KeyFolderError> {
        read_statement_keys(&self.path.join(PUBLIC))
    }

    fn statement_folder(&self) -> PathBuf {
        self.path.join(STATEMENT)
    }

    pub(super) fn has_statement_key(&self) -> bool {
        self.statement_folder().join(CURRENT).exists()
    }

    /// A key that nothing uses yet: it is published before it signs, so that nothing it signs is unknown to its readers.
    pub(super) fn make_statement_key(&self, passphrase: Option<&Passphrase>) -> Result<String, KeyFolderError> {
        let key = make::statement(&mut entropy::fill);
        let path = self.statement_folder().join(key.kid()).join(KEY);
        write_private(&path, &key.key_pem(text(passphrase), &mut entropy::fill).map_err(at(&path))?)?;
        Ok(key.kid().to_owned())
    }

    pub(super) fn use_statement_key(&self, kid: &str) -> Result<KeyLine, KeyFolderError> {
        write_public(&self.statement_folder().join(CURRENT), kid)?;
        Ok(KeyLine { issuer: "-".into(), what: "statement*", id: kid.to_owned() })
    }

    pub(super) fn statement_lines(&self) -> Result<Vec<KeyLine>, KeyFolderError> {
        if !self.has_statement_key() {
            return Ok(Vec::new());
        }
        let current = read(&self.statement_folder().join(CURRENT))?;
        let line = |path: PathBuf| {
            let id = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
            let what = if id == current.trim() { "statement*" } else { "statement" };
            KeyLine { issuer: "-".into(), what, id }
        };
        Ok(self.statement_folders()?.into_iter().map(line).collect())
    }

    /// The public halves of the keys that are there, past ones included.
    pub(super) fn statement_keys(&self, passphrase: Option<&Passphrase>) -> Result<StatementKeys, KeyFolderError> {
        let public = |folder: PathBuf| {
            let path = folder.join(KEY);
            let key = StatementKey::from_pem(&read_secret(&path)?, text(passphrase)).map_err(at(&path))?;
            if folder.file_name().and_then(|n| n.to_str()) == Some(key.kid()) {
                Ok(key.public())
            } else {
                Err(KeyFolderError::Fingerprint(folder))
            }
        };
        Ok(self.statement_folders()?.into_iter().map(public).collect::<Result<Vec<_>, _>>()?.into())
    }

    /// The folders of the keys, in the order of their names.
    fn statement_folders(&self) -> Result<Vec<PathBuf>, KeyFolderError> {
        let folder = self.statement_folder();
        let failed = |source| KeyFolderError::File { path: folder.clone(), source };
        let mut folders = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.join(KEY).is_file() {
                folders.push(path);
            }
        }
        folders.sort();
        Ok(folders)
    }
}
