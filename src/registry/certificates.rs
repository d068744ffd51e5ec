//! Reading certificates, and taking them back.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::certificate::{Certificate, Facts};
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::status::{CorrectionReason, RevocationReason, SealedFile, Status};
use crate::domain::time::Instant;
use crate::domain::webhook::EventKind;

use super::rows::Record;
use super::{Registry, RegistryError, corrections};

/// The columns that make a [`Certificate`].
pub(super) const COLUMNS: &str =
    "number, claims, template, signer, reserved_at, release_at, state, file_digest, file_bytes, changed_at, reason, successor";

/// How a series counts, and what it really has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesState {
    /// The series.
    pub id: String,
    /// The last number given, by its own count.
    pub last_seq: u64,
    /// Certificates in it.
    pub count: u64,
    /// The lowest sequence; 0 if there is none.
    pub min: u64,
    /// The highest sequence; 0 if there is none.
    pub max: u64,
}

/// How many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Awards of every programme.
    pub awards: u64,
    /// Certificates in any state.
    pub certificates: u64,
    /// Certificates that wait for their file.
    pub reserved: u64,
}

impl Registry {
    /// The certificate whose file has this digest.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn certificate_by_file(&self, digest: &Digest) -> Result<Option<Certificate>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM certificate WHERE file_digest = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(digest.to_string()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// The certificates of the person with this document, in the order of their numbers.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn certificates_by_document(&self, document: &IdentityDocument) -> Result<Vec<Certificate>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM certificate WHERE document_hash = $1 ORDER BY number");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(self.keys.document_hash(document)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Certificates in the order of their numbers, after `after`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn certificates(&self, after: Option<&CertificateNumber>, limit: u32) -> Result<Vec<Certificate>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM certificate WHERE number > $1 ORDER BY number LIMIT $2");
        let after = after.map_or_else(String::new, |n| n.as_str().to_owned());
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Every series with its count and its certificates.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn series_states(&self) -> Result<Vec<SeriesState>, RegistryError> {
        let sql = "SELECT s.id, s.last_seq, COUNT(c.seq) AS held, COALESCE(MIN(c.seq), 0) AS low, COALESCE(MAX(c.seq), 0) AS high \
                   FROM series s LEFT JOIN certificate c ON c.series_id = s.id GROUP BY s.id, s.last_seq ORDER BY s.id";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        let state = |row: &AnyRow| {
            let record = Record::new("series", row, "id")?;
            let count = |column| record.get::<i64>(column).and_then(|n| u64::try_from(n).map_err(|_| record.inconsistent(column)));
            Ok(SeriesState {
                last_seq: count("last_seq")?,
                count: count("held")?,
                min: count("low")?,
                max: count("high")?,
                id: record.key.clone(),
            })
        };
        rows.iter().map(state).collect()
    }

    /// How many records there are.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn counts(&self) -> Result<Counts, RegistryError> {
        let sql = "SELECT (SELECT COUNT(*) FROM award), (SELECT COUNT(*) FROM certificate), \
                   (SELECT COUNT(*) FROM certificate WHERE state = 'reserved')";
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        let count = |at: usize| row.try_get::<i64, _>(at).map(|n| u64::try_from(n).unwrap_or(0));
        Ok(Counts { awards: count(0)?, certificates: count(1)?, reserved: count(2)? })
    }

    /// Takes a certificate back, and says so in the audit trail.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] or [`RegistryError::Transition`].
    pub async fn revoke(
        &self,
        number: &CertificateNumber,
        at: Instant,
        reason: RevocationReason,
        actor: &str,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "revoke", number.as_str(), reason.as_str()).await?;
        let sql = format!("SELECT {COLUMNS} FROM certificate WHERE number = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(number.as_str().to_owned()).fetch_optional(&mut *tx).await?;
        let certificate = read(&row.ok_or_else(|| RegistryError::Unknown(number.clone()))?)?;
        // The successor would stand without what it replaces: it is completed first, and then taken back itself.
        corrections::refuse_while_open(&mut tx, number).await?;
        let transition = |source| RegistryError::Transition { number: number.clone(), source };
        certificate.status.revoke(at, reason.clone()).map_err(transition)?;
        sqlx::query("UPDATE certificate SET state = 'revoked', changed_at = $1, reason = $2 WHERE number = $3 AND state = 'valid'")
            .bind(at.millis())
            .bind(reason.as_str().to_owned())
            .bind(number.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
        self.tell_of_certificates(&mut tx, EventKind::CertificateRevoked, std::slice::from_ref(number), at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps a version of a template for as long as a certificate names it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn put_template_version(&self, digest: &Digest, name: &str, archive: &[u8]) -> Result<(), RegistryError> {
        sqlx::query("INSERT INTO template_version (digest, name, archive) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING")
            .bind(digest.to_string())
            .bind(name.to_owned())
            .bind(archive.to_vec())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A version of a template.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn template_version(&self, digest: &Digest) -> Result<Option<Vec<u8>>, RegistryError> {
        let row = sqlx::query("SELECT archive FROM template_version WHERE digest = $1")
            .bind(digest.to_string())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|r| r.try_get(0)).transpose()?)
    }
}

/// The claims of a row, which are those of its number.
pub(super) fn claims(record: &Record<'_>) -> Result<Claims, RegistryError> {
    let claims = Claims::from_bytes(record.get::<&[u8]>("claims")?).map_err(|_| record.inconsistent("claims"))?;
    if claims.number.as_str() == record.key { Ok(claims) } else { Err(record.inconsistent("number")) }
}

/// Reads the columns of [`COLUMNS`].
pub(super) fn read(row: &AnyRow) -> Result<Certificate, RegistryError> {
    let record = Record::new("certificate", row, "number")?;
    let facts = Facts {
        claims: claims(&record)?,
        reserved_at: record.instant("reserved_at")?,
        template: record.parsed("template", |t| t.parse().ok())?,
        signer: record.parsed("signer", |t| t.parse().ok())?,
    };
    Ok(Certificate { facts, release: record.instant("release_at")?, status: status(&record)? })
}

fn status(record: &Record<'_>) -> Result<Status, RegistryError> {
    let state: String = record.get("state")?;
    if state == "reserved" {
        return Ok(Status::Reserved);
    }
    let bytes: i64 = record.get::<Option<i64>>("file_bytes")?.ok_or_else(|| record.inconsistent("file_bytes"))?;
    let file = SealedFile {
        digest: record.optional("file_digest", |t| t.parse().ok())?.ok_or_else(|| record.inconsistent("file_digest"))?,
        bytes: u64::try_from(bytes).map_err(|_| record.inconsistent("file_bytes"))?,
    };
    match state.as_str() {
        "valid" => Ok(Status::Valid { file }),
        "revoked" => {
            let reason = record.optional("reason", |t| RevocationReason::parse(t).ok())?.ok_or_else(|| record.inconsistent("reason"))?;
            Ok(Status::Revoked { file, at: changed_at(record)?, reason })
        }
        "corrected" => {
            let successor = record.optional("successor", |t| t.parse().ok())?.ok_or_else(|| record.inconsistent("successor"))?;
            let reason = record.optional("reason", |t| CorrectionReason::parse(t).ok())?.ok_or_else(|| record.inconsistent("reason"))?;
            Ok(Status::Corrected { file, at: changed_at(record)?, successor, reason })
        }
        _ => Err(record.inconsistent("state")),
    }
}

fn changed_at(record: &Record<'_>) -> Result<Instant, RegistryError> {
    let millis = record.get::<Option<i64>>("changed_at")?.ok_or_else(|| record.inconsistent("changed_at"))?;
    Instant::from_millis(millis).map_err(|_| record.inconsistent("changed_at"))
}
