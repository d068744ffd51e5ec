//! The folder of keys.
//!
//! ```text
//! keys/data.key.pem                              the key of the personal data
//! keys/ISSUER/root.key.pem                       the issuer's root key
//! keys/ISSUER/FINGERPRINT/signing.key.pem        a signing key, named by its certificate's fingerprint
//! keys/ISSUER/FINGERPRINT/signing.pem            its certificate
//! keys/ISSUER/FINGERPRINT/proof.key.pem          the key of the QR proofs made beside it
//! keys/ISSUER/current                            the fingerprint that signs today
//! keys/statement/KID/key.pem                     a key of the service's own, for statements and the list of states
//! keys/statement/current                         the one that signs today
//! keys/public/roots.pem, keys/public/proof-keys.json, keys/public/jwks.json    what verifiers need, nothing secret
//! ```
//!
//! A machine that serves but does not issue needs `data.key.pem`, `statement/` and `public/`, and no key of an issuer.
//!
//! Private files have mode 0600 and are encrypted when a passphrase is given. Files are written beside their place and renamed, so
//! that a crash leaves the old one or the new one.

mod statement;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::domain::digest::Digest;
use crate::domain::issuer::{Issuer, Slug};
use crate::domain::time::Instant;
use crate::sealing::keyring::{DataKey, KeyError, ProofKey, RootIdentity, SigningIdentity, Trust, TrustError, make};

use super::entropy;
pub use statement::{StatementSigner, read_statement_keys};

const DATA_KEY: &str = "data.key.pem";
const ROOT_KEY: &str = "root.key.pem";
const ROOT: &str = "root.pem";
const SIGNING_KEY: &str = "signing.key.pem";
const SIGNING: &str = "signing.pem";
const PROOF_KEY: &str = "proof.key.pem";
const CURRENT: &str = "current";
const PUBLIC: &str = "public";
const ROOTS: &str = "roots.pem";
const PROOF_KEYS: &str = "proof-keys.json";
const KEY_SET: &str = "jwks.json";

/// The passphrase of the private files.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes the text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

fn text(passphrase: Option<&Passphrase>) -> Option<&str> {
    passphrase.map(|p| p.0.as_str())
}

/// Why keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyFolderError {
    /// A file cannot be read or written.
    #[error("密钥文件 {path}：{source} / key file; if there are no keys yet, run yinxin keys init")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key does not parse, or the passphrase is wrong.
    #[error("密钥文件 {path}：{source} / key file (passphrase in YINXIN_PASSPHRASE?)")]
    Key {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The public keys do not parse.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// There is no such issuer in the configuration.
    #[error("配置中没有签发机构 {0} / the configuration has no such issuer")]
    NoIssuer(Slug),
    /// A folder of the issuer is named by no fingerprint, or by another one than its certificate has.
    #[error("密钥文件夹 {0} 的名称与其中的证书或密钥不符 / the folder's name is not that of the certificate or key in it")]
    Fingerprint(PathBuf),
    /// The folder is from before the service had a key of its own, or was copied without it. It is not made in passing: two processes
    /// would make two, and who opens a service may not have the passphrase, or may not write here.
    #[error(
        "密钥文件夹中没有（或未公布）本服务的声明密钥：请运行一次 yinxin keys init，已有的密钥不会改动 / the service's own key for statements is missing or not published: run yinxin keys init once; the keys that are there stay"
    )]
    NoStatementKey,
}

/// A key as `keys list` shows it.
#[derive(Debug, Serialize)]
pub struct KeyLine {
    /// The issuer, or `-` for the service's own.
    pub issuer: String,
    /// What it is for.
    pub what: &'static str,
    /// Its fingerprint or name; nothing secret.
    pub id: String,
}

/// The keys that belong together: a signature and a proof made beside it.
pub struct KeySet {
    /// Signs PDF files.
    pub identity: SigningIdentity,
    /// Signs the facts in QR codes.
    pub proof: ProofKey,
}

/// Every key set of every issuer, retired ones included: a lost file is made again with the key that made it.
pub struct KeySets {
    by_fingerprint: BTreeMap<Digest, Arc<KeySet>>,
    current: BTreeMap<Slug, Digest>,
}

impl KeySets {
    /// The set that an issuer signs with today.
    #[must_use]
    pub fn current(&self, issuer: &Slug) -> Option<Arc<KeySet>> {
        self.current.get(issuer).and_then(|f| self.by_fingerprint(f))
    }

    /// The set whose signing certificate has this fingerprint.
    #[must_use]
    pub fn by_fingerprint(&self, fingerprint: &Digest) -> Option<Arc<KeySet>> {
        self.by_fingerprint.get(fingerprint).cloned()
    }
}

/// The folder.
pub struct KeyFolder {
    path: PathBuf,
}

impl KeyFolder {
    /// The folder at `path`, which need not be there yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Makes what is missing: the data key, the statement key, and root, signing key and proof key of each issuer. What is there stays.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn init(&self, config: &Config, passphrase: Option<&Passphrase>, now: Instant) -> Result<Vec<KeyLine>, KeyFolderError> {
        let mut made = Vec::new();
        let data = self.path.join(DATA_KEY);
        if !data.exists() {
            let pem = DataKey::make(&mut entropy::fill).key_pem(text(passphrase), &mut entropy::fill);
            write_private(&data, &pem.map_err(at(&data))?)?;
            made.push(KeyLine { issuer: "-".into(), what: "data", id: data.display().to_string() });
        }
        for issuer in &config.issuers {
            if !self.path.join(issuer.id.as_str()).join(CURRENT).exists() {
                self.make_root(issuer, passphrase, now)?;
                made.push(self.make_set(issuer, passphrase, now)?);
            }
        }
        let first = if self.has_statement_key() { None } else { Some(self.make_statement_key(passphrase)?) };
        self.publish(config, passphrase)?;
        if let Some(kid) = first {
            made.push(self.use_statement_key(&kid)?);
        }
        Ok(made)
    }

    /// A new signing and proof key for an issuer, used from now on; the old ones keep verifying.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn rotate(
        &self,
        config: &Config,
        issuer: &Slug,
        passphrase: Option<&Passphrase>,
        now: Instant,
    ) -> Result<Vec<KeyLine>, KeyFolderError> {
        let issuer = config.issuers.iter().find(|i| i.id == *issuer).ok_or_else(|| KeyFolderError::NoIssuer(issuer.clone()))?;
        let line = self.make_set(issuer, passphrase, now)?;
        self.publish(config, passphrase)?;
        Ok(vec![line])
    }

    /// The statement keys and signing certificates that are there; a star marks the one that signs today.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn list(&self, config: &Config) -> Result<Vec<KeyLine>, KeyFolderError> {
        let mut lines = self.statement_lines()?;
        for issuer in &config.issuers {
            let current = read(&self.path.join(issuer.id.as_str()).join(CURRENT))?;
            for folder in self.sets_of(&issuer.id)? {
                let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
                let what = if name == current.trim() { "signing*" } else { "signing" };
                lines.push(KeyLine { issuer: issuer.id.to_string(), what, id: name });
            }
        }
        Ok(lines)
    }

    /// Copies the public keys to a folder.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn export(&self, to: &Path) -> Result<(), KeyFolderError> {
        self.public_texts()?.iter().try_for_each(|(name, text)| write_public(&to.join(name), text))
    }

    /// The texts of the public keys, by the names of their files.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn public_texts(&self) -> Result<Vec<(&'static str, String)>, KeyFolderError> {
        [ROOTS, PROOF_KEYS, KEY_SET].into_iter().map(|name| Ok((name, read(&self.path.join(PUBLIC).join(name))?))).collect()
    }

    /// The public keys.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn trust(&self) -> Result<Trust, KeyFolderError> {
        read_trust(&self.path.join(PUBLIC))
    }

    /// The key of the personal data.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn data_key(&self, passphrase: Option<&Passphrase>) -> Result<DataKey, KeyFolderError> {
        let path = self.path.join(DATA_KEY);
        DataKey::from_pem(&read_secret(&path)?, text(passphrase)).map_err(at(&path))
    }

    /// Every key set of the configured issuers.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn load(&self, config: &Config, passphrase: Option<&Passphrase>) -> Result<KeySets, KeyFolderError> {
        let mut sets = KeySets { by_fingerprint: BTreeMap::new(), current: BTreeMap::new() };
        for issuer in &config.issuers {
            for folder in self.sets_of(&issuer.id)? {
                let set = load_set(&issuer.id, &folder, passphrase)?;
                sets.by_fingerprint.insert(set.identity.fingerprint(), Arc::new(set));
            }
            let path = self.path.join(issuer.id.as_str()).join(CURRENT);
            let current = read(&path)?.trim().parse().map_err(|_| KeyFolderError::Fingerprint(path))?;
            sets.current.insert(issuer.id.clone(), current);
        }
        Ok(sets)
    }

    fn make_root(&self, issuer: &Issuer, passphrase: Option<&Passphrase>, now: Instant) -> Result<(), KeyFolderError> {
        let folder = self.path.join(issuer.id.as_str());
        let key_path = folder.join(ROOT_KEY);
        if key_path.exists() {
            return Ok(());
        }
        let root = make::root(issuer, now, &mut entropy::fill).map_err(at(&key_path))?;
        write_public(&folder.join(ROOT), &root.certificate_pem().map_err(at(&key_path))?)?;
        write_private(&key_path, &root.key_pem(text(passphrase), &mut entropy::fill).map_err(at(&key_path))?)
    }

    fn make_set(&self, issuer: &Issuer, passphrase: Option<&Passphrase>, now: Instant) -> Result<KeyLine, KeyFolderError> {
        let folder = self.path.join(issuer.id.as_str());
        let key_path = folder.join(ROOT_KEY);
        let root = RootIdentity::from_pem(&read_secret(&key_path)?, &read(&folder.join(ROOT))?, text(passphrase)).map_err(at(&key_path))?;
        let identity = make::signing(issuer, &root, now, &mut entropy::fill).map_err(at(&folder))?;
        let proof = make::proof(issuer, &mut entropy::fill);
        let fingerprint = identity.fingerprint().to_string();
        let set = folder.join(&fingerprint);
        write_public(&set.join(SIGNING), &identity.certificate_pem().map_err(at(&set))?)?;
        write_private(&set.join(SIGNING_KEY), &identity.key_pem(text(passphrase), &mut entropy::fill).map_err(at(&set))?)?;
        write_private(&set.join(PROOF_KEY), &proof.key_pem(text(passphrase), &mut entropy::fill).map_err(at(&set))?)?;
        // Last, so that a crash before it leaves an unused set, never a current one that is not whole.
        write_public(&folder.join(CURRENT), &fingerprint)?;
        Ok(KeyLine { issuer: issuer.id.to_string(), what: "signing*", id: fingerprint })
    }

    fn publish(&self, config: &Config, passphrase: Option<&Passphrase>) -> Result<(), KeyFolderError> {
        let mut trust = Trust::default();
        for issuer in &config.issuers {
            let folder = self.path.join(issuer.id.as_str());
            let key_path = folder.join(ROOT_KEY);
            let root =
                RootIdentity::from_pem(&read_secret(&key_path)?, &read(&folder.join(ROOT))?, text(passphrase)).map_err(at(&key_path))?;
            trust.roots.push(root.certificate().map_err(at(&folder))?);
            for set in self.sets_of(&issuer.id)? {
                trust.proof_keys.push(load_set(&issuer.id, &set, passphrase)?.proof.public(&issuer.name));
            }
        }
        let public = self.path.join(PUBLIC);
        write_public(&public.join(ROOTS), &trust.roots_pem()?)?;
        write_public(&public.join(PROOF_KEYS), &trust.proof_keys_json()?)?;
        write_public(&public.join(KEY_SET), &self.statement_keys(passphrase)?.key_set_json(&trust, &config.issuers)?)
    }

    /// The folders of an issuer's key sets, in the order of their names.
    fn sets_of(&self, issuer: &Slug) -> Result<Vec<PathBuf>, KeyFolderError> {
        let folder = self.path.join(issuer.as_str());
        let failed = |source| KeyFolderError::File { path: folder.clone(), source };
        let mut sets = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // A set that a crash left half made has no proof key, which is written last.
            if path.join(PROOF_KEY).is_file() {
                sets.push(path);
            }
        }
        sets.sort();
        Ok(sets)
    }
}

/// Reads a folder of public keys, as `keys export` writes it.
///
/// # Errors
/// [`KeyFolderError`].
pub fn read_trust(folder: &Path) -> Result<Trust, KeyFolderError> {
    Ok(Trust::parse(&read(&folder.join(ROOTS))?, &read(&folder.join(PROOF_KEYS))?)?)
}

fn load_set(issuer: &Slug, folder: &Path, passphrase: Option<&Passphrase>) -> Result<KeySet, KeyFolderError> {
    let (key, proof) = (folder.join(SIGNING_KEY), folder.join(PROOF_KEY));
    let certificate = read(&folder.join(SIGNING))?;
    let identity = SigningIdentity::from_pem(issuer.clone(), &read_secret(&key)?, &certificate, text(passphrase)).map_err(at(&key))?;
    let proof = ProofKey::from_pem(issuer.clone(), &read_secret(&proof)?, text(passphrase)).map_err(at(&proof))?;
    if folder.file_name().and_then(|n| n.to_str()) != Some(identity.fingerprint().to_string().as_str()) {
        return Err(KeyFolderError::Fingerprint(folder.to_owned()));
    }
    Ok(KeySet { identity, proof })
}

fn at(path: &Path) -> impl Fn(KeyError) -> KeyFolderError {
    let path = path.to_owned();
    move |source| KeyFolderError::Key { path: path.clone(), source }
}

fn read(path: &Path) -> Result<String, KeyFolderError> {
    std::fs::read_to_string(path).map_err(|source| KeyFolderError::File { path: path.to_owned(), source })
}

fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyFolderError> {
    Ok(Zeroizing::new(read(path)?))
}

fn write_private(path: &Path, text: &str) -> Result<(), KeyFolderError> {
    write(path, text, 0o600)
}

fn write_public(path: &Path, text: &str) -> Result<(), KeyFolderError> {
    write(path, text, 0o644)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), KeyFolderError> {
    let attempt = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    attempt().map_err(|source| KeyFolderError::File { path: path.to_owned(), source })
}
