//! People who do not want to be found by their identity number.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::certificate::Certificate;
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::certificates::{COLUMNS, read};
use super::{Registry, RegistryError};

impl Registry {
    /// The certificates of the person with this document, in the order of their numbers; none for a person who is unlisted.
    ///
    /// One statement answers for everybody: a person who is unlisted is searched by a hash that no record has, so that the database
    /// does for them what it does for a person without certificates.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn listed_certificates_by_document(&self, document: &IdentityDocument) -> Result<Vec<Certificate>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM certificate WHERE document_hash = \
             CASE WHEN EXISTS (SELECT 1 FROM unlisted_person WHERE document_hash = $1) THEN $2 ELSE $3 END ORDER BY number"
        );
        let hash = self.keys.document_hash(document);
        let nobody = self.keys.nobody_hash(document);
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(hash.clone()).bind(nobody).bind(hash).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Whether the holder of a certificate is unlisted; nothing for an unknown number and for a holder without a document.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn is_unlisted(&self, number: &CertificateNumber) -> Result<Option<bool>, RegistryError> {
        let sql = "SELECT (SELECT COUNT(*) FROM unlisted_person u WHERE u.document_hash = c.document_hash) \
                   FROM certificate c WHERE c.number = $1 AND c.document_hash IS NOT NULL";
        let row = sqlx::query(sql).bind(number.as_str().to_owned()).fetch_optional(&self.pool).await?;
        Ok(row.map(|r| r.try_get::<i64, _>(0)).transpose()?.map(|n| n > 0))
    }

    /// Unlists the holder of a certificate or lists them again, with all that they hold, and says so in the audit trail. Answers whether
    /// anything changed.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] if there is no such certificate, or its holder has no document.
    pub async fn set_unlisted(&self, number: &CertificateNumber, unlisted: bool, at: Instant, actor: &str) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        let holder = sqlx::query("SELECT document_hash FROM certificate WHERE number = $1 AND document_hash IS NOT NULL")
            .bind(number.as_str().to_owned())
            .fetch_optional(&mut *tx)
            .await?;
        let hash: String = holder.ok_or_else(|| RegistryError::Unknown(number.clone()))?.try_get(0)?;
        let (sql, action) = if unlisted {
            ("INSERT INTO unlisted_person (document_hash) VALUES ($1) ON CONFLICT (document_hash) DO NOTHING", "unlist holder")
        } else {
            ("DELETE FROM unlisted_person WHERE document_hash = $1", "list holder")
        };
        let changed = sqlx::query(sql).bind(hash).execute(&mut *tx).await?.rows_affected() > 0;
        if changed {
            self.append(&mut tx, at, actor, action, number.as_str(), "").await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}
