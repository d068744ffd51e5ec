//! A copy of everything while the service runs, and everything made of such a copy on another machine.
//!
//! The records are read in one transaction, so that they are those of one instant; the vault's files never change, so they may be copied
//! after it. The form is the same for SQLite and PostgreSQL: a copy of the one fills the other.

mod check;
mod folder;
mod form;
mod restore;
mod take;

use std::path::PathBuf;

pub use check::{Backup, Flaw};
pub use form::{KeysForm, Manifest};
pub use restore::{Restored, Target, restore};
pub use take::Order;

pub(super) use folder::Writing;

use crate::config::ConfigError;
use crate::registry::{RegistryError, VaultError};

use super::key_folder::KeyFolderError;
use super::open::OpenError;

/// Why a copy is not made, or nothing is made of one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{path}：无法读写 / cannot be read or written: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something is in the way of what would be written.
    #[error(
        "{0} 已存在，不会覆盖；请另指定一个新文件夹（.partial 是未完成的备份，可以删除）/ it exists and is not overwritten: name a new folder (a .partial is one that was not finished; it may be deleted)"
    )]
    Exists(PathBuf),
    /// Neither file nor folder, or of a name that is no text.
    #[error("{0} 不是普通文件或文件夹，或名称不是文本 / neither file nor folder, or its name is no text")]
    Odd(PathBuf),
    /// The copy is not what was written.
    #[error("备份有 {} 处损坏，没有恢复任何内容 / the backup is damaged, nothing was restored:\n{}", .0.len(), lines(.0))]
    Damaged(Vec<Flaw>),
    /// There is something where the copy should go.
    #[error(
        "{0} 已有内容；只能恢复到空的数据文件夹、空的数据库，和只有该备份中文件的文件库（可换一条新的路径） / it is not empty: a backup is restored into an \
         empty data folder, an empty database, and a vault with nothing but its own files: set another path for that"
    )]
    NotEmpty(String),
    /// The copy is of a later version of the tables than this program knows.
    #[error(
        "备份的数据库结构版本为 {backup}，本程序只到 {program}：请用较新的程序 / the backup's tables are of a later version: use a newer program"
    )]
    Newer {
        /// The copy's version.
        backup: i64,
        /// This program's.
        program: i64,
    },
    /// Nothing can be opened without the private keys, and the copy has none.
    #[error(
        "备份中没有私钥，{0} 中也没有：请先把另外保存的密钥文件夹放到该处 / the backup has no private keys, and there are none here: first put the key folder there that you keep elsewhere"
    )]
    NoKeys(PathBuf),
    /// The key of the personal data is not the one of these records.
    #[error(
        "个人数据密钥不是这份备份的密钥：请换上与之对应的密钥文件夹 / the key of the personal data is not this backup's: put the key folder there that belongs to it"
    )]
    OtherDataKey,
    /// The database's tables are not those of the copy.
    #[error("数据表 {0} 的结构与备份不符 / the table is not as the backup has it")]
    Table(String),
    /// What was read back is not what was written.
    #[error("恢复后读回的 {0} 与备份不一致，没有保留任何记录 / what was read back is not what the backup has; no record was kept")]
    ReadBack(String),
    /// The audit trail does not hold.
    #[error("审计记录链在第 {0} 条处断裂 / the audit trail is broken at this entry")]
    Trail(i64),
    /// The manifest cannot be written.
    #[error("清单无法写成 JSON：{0} / the manifest cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyFolderError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The service cannot be opened over what was restored.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The service does not answer.
    #[error(transparent)]
    Service(#[from] super::ServiceError),
}

fn lines(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
