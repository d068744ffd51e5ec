//! Bringing the tables to this version.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationSource, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr as _};

use super::{Registry, RegistryError};

/// Every migration in order: version, name, text. Never edit one that was released; add the next.
const ALL: [(i64, &str, &str); 20] = [
    (1, "first", include_str!("../../migrations/0001_first.sql")),
    (2, "limits", include_str!("../../migrations/0002_limits.sql")),
    (3, "corrections", include_str!("../../migrations/0003_corrections.sql")),
    (4, "sharing", include_str!("../../migrations/0004_sharing.sql")),
    (5, "api keys", include_str!("../../migrations/0005_api_keys.sql")),
    (6, "states", include_str!("../../migrations/0006_states.sql")),
    (7, "code marks", include_str!("../../migrations/0007_code_marks.sql")),
    (8, "contests", include_str!("../../migrations/0008_contests.sql")),
    (9, "accounts", include_str!("../../migrations/0009_accounts.sql")),
    (10, "proofing", include_str!("../../migrations/0010_proofing.sql")),
    (11, "contest desk", include_str!("../../migrations/0011_contest_desk.sql")),
    (12, "desk", include_str!("../../migrations/0012_desk.sql")),
    (13, "email", include_str!("../../migrations/0013_email.sql")),
    (14, "instructors", include_str!("../../migrations/0014_instructors.sql")),
    (15, "holdings", include_str!("../../migrations/0015_holdings.sql")),
    (16, "claims", include_str!("../../migrations/0016_claims.sql")),
    (17, "telephones", include_str!("../../migrations/0017_telephones.sql")),
    (18, "orders", include_str!("../../migrations/0018_orders.sql")),
    (20, "machine", include_str!("../../migrations/0020_machine.sql")),
    (21, "headings", include_str!("../../migrations/0021_headings.sql")),
];

#[derive(Debug)]
struct Embedded {
    bytes_type: &'static str,
    until: i64,
}

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> std::pin::Pin<Box<dyn Future<Output = Result<Vec<Migration>, sqlx::error::BoxDynError>> + Send + 'static>> {
        Box::pin(async move {
            let migration = |(version, name, text): (i64, &'static str, &str)| {
                let sql = AssertSqlSafe(text.replace("BYTES", self.bytes_type)).into_sql_str();
                Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
            };
            Ok(ALL.into_iter().filter(|(version, ..)| *version <= self.until).map(migration).collect())
        })
    }
}

impl Registry {
    /// Brings the tables to this version; does nothing if they are.
    ///
    /// # Errors
    /// [`RegistryError::Migration`].
    pub async fn migrate(&self) -> Result<(), RegistryError> {
        self.migrate_to(i64::MAX).await
    }

    /// Brings the tables to a version that may be an earlier one than this program's, for rows of that version.
    ///
    /// # Errors
    /// [`RegistryError::Migration`].
    pub async fn migrate_to(&self, version: i64) -> Result<(), RegistryError> {
        let migrator = Migrator::new(Embedded { bytes_type: self.bytes_type, until: version }).await?;
        Ok(migrator.run(&self.pool).await?)
    }

    /// The version of the tables that this program works with.
    #[must_use]
    pub fn newest_schema() -> i64 {
        ALL.iter().map(|(version, ..)| *version).max().unwrap_or_default()
    }

    /// The version of the tables.
    ///
    /// # Errors
    /// [`RegistryError::Database`].
    pub async fn schema_version(&self) -> Result<i64, RegistryError> {
        let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").fetch_one(&self.pool).await?;
        Ok(row.try_get(0)?)
    }
}
