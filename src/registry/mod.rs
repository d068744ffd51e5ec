//! The records: awards, certificates, series, the audit trail; and the vault of sealed files.
//!
//! The only room that knows SQL. One text serves SQLite and PostgreSQL.

mod awards;
mod buckets;
mod certificates;
mod cipher;
mod complete;
mod corrections;
mod events;
mod many;
mod migrations;
mod reserve;
mod rows;
mod shares;
mod states;
mod unlisted;
mod vault;

pub use awards::{AwardRecord, Imported};
pub use certificates::{Counts, SeriesState};
pub use cipher::{DataKeys, Unsealable};
pub use corrections::{Amendment, Correctable, Lineage};
pub use events::Event;
pub use reserve::{Reservation, Reserved};
pub use shares::{NewShare, ShareId, ShareRecord};
pub use states::Fallen;
pub use vault::{Vault, VaultError};

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Executor as _, Transaction};

use crate::domain::number::{CertificateNumber, SeriesError};
use crate::domain::status::TransitionError;

/// The records of one service.
pub struct Registry {
    pool: AnyPool,
    keys: DataKeys,
    begin_write: &'static str,
    bytes_type: &'static str,
}

/// Why the registry did not do what it was asked. What is not there is `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The database failed or cannot be reached.
    #[error("数据库 / database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables cannot be brought to this version.
    #[error("数据库结构升级失败 / migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The URL is for neither SQLite nor PostgreSQL.
    #[error("数据库地址应以 sqlite: 或 postgres: 开头 / the database URL begins with sqlite: or postgres:")]
    Url,
    /// A record holds what no record can hold.
    #[error("登记记录有误 / inconsistent record: table {table}, column {column}, row {row}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The key of the row.
        row: String,
    },
    /// The series has too few numbers left; nothing was written.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The certificate's state forbids the change.
    #[error("{number}: {source}")]
    Transition {
        /// Which certificate.
        number: CertificateNumber,
        /// What stands in the way.
        source: TransitionError,
    },
    /// There is no certificate with this number.
    #[error("没有编号为 {0} 的证书 / there is no certificate with this number")]
    Unknown(CertificateNumber),
    /// The certificate was completed with another file before.
    #[error("证书 {0} 此前已以另一文件完成签发 / the certificate was completed with another file before")]
    OtherFile(CertificateNumber),
}

impl Registry {
    /// Connects to `sqlite:PATH` (made if it is not there) or `postgres://…`.
    ///
    /// # Errors
    /// [`RegistryError::Url`] or [`RegistryError::Database`].
    pub async fn connect(url: &str, keys: DataKeys) -> Result<Self, RegistryError> {
        sqlx::any::install_default_drivers();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let url = if path.contains('?') { url.to_owned() } else { format!("sqlite:{path}?mode=rwc") };
            // Few connections: SQLite has one writer at a time, and readers do not wait for it in WAL mode.
            let options = AnyPoolOptions::new().max_connections(4).after_connect(|connection, _| {
                Box::pin(async move {
                    let pragmas =
                        "PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
                    connection.execute(pragmas).await.map(|_| ())
                })
            });
            return Ok(Self { pool: options.connect(&url).await?, keys, begin_write: "BEGIN IMMEDIATE", bytes_type: "BLOB" });
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = AnyPoolOptions::new().max_connections(8).connect(url).await?;
            return Ok(Self { pool, keys, begin_write: "BEGIN", bytes_type: "BYTEA" });
        }
        Err(RegistryError::Url)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`RegistryError::Database`] if not.
    pub async fn ping(&self) -> Result<(), RegistryError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// The keys of the personal data.
    #[must_use]
    pub fn keys(&self) -> &DataKeys {
        &self.keys
    }

    /// A transaction that will write: on SQLite it takes the write lock at once, so that it never fails half-way for want of it.
    async fn write(&self) -> Result<Transaction<'static, Any>, RegistryError> {
        Ok(self.pool.begin_with(self.begin_write).await?)
    }
}
