//! Completing: the file is made, read back and stored; the record says so.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::digest::Digest;
use crate::domain::heading::Heading;
use crate::domain::number::CertificateNumber;
use crate::domain::status::SealedFile;
use crate::domain::time::Instant;
use crate::domain::webhook::EventKind;

use super::headings::keep_headings;
use super::rows::{ROWS, Record, placeholders};
use super::{Registry, RegistryError};

/// A certificate whose file was made, read back and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Its number.
    pub number: CertificateNumber,
    /// Its file.
    pub file: SealedFile,
    /// The code on it: the digits without the address. They are kept sealed, for its holder, and their mark for lookups.
    pub code: String,
    /// What that code leaves to its heading.
    pub heading: Heading,
}

impl Registry {
    /// Completes reservations with their files, in one commit. A certificate that another run completed with the same file stays as
    /// it is. Where one corrects another, that other is marked as corrected in the same commit; so is a claim as issued. Answers how many were completed.
    ///
    /// # Errors
    /// [`RegistryError::OtherFile`] if a certificate was completed with another file; [`RegistryError::Unknown`] if one is not
    /// recorded. Nothing changes then.
    pub async fn complete(&self, files: &[Completion], now: Instant) -> Result<u64, RegistryError> {
        if files.is_empty() {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let numbers: Vec<_> = files.iter().map(|file| &file.number).collect();
        let claims = self.claims_to_issue(&mut tx, &numbers).await?;
        let corrections = self.open_corrections(&mut tx, files).await?;
        let mut completed = Vec::with_capacity(files.len());
        for rows in files.chunks(ROWS) {
            let done = self.complete_rows(&mut tx, rows, now).await?;
            keep_headings(&mut tx, rows, &done).await?;
            completed.extend(done.into_iter().map(|(number, _)| number));
        }
        if completed.len() != files.len() {
            for Completion { number, file, .. } in files {
                let row = sqlx::query("SELECT file_digest FROM certificate WHERE number = $1")
                    .bind(number.as_str().to_owned())
                    .fetch_optional(&mut *tx)
                    .await?;
                let recorded: Option<String> = row.ok_or_else(|| RegistryError::Unknown(number.clone()))?.try_get(0)?;
                if recorded.and_then(|d| d.parse::<Digest>().ok()) != Some(file.digest) {
                    return Err(RegistryError::OtherFile(number.clone()));
                }
            }
        }
        for correction in &corrections {
            self.settle(&mut tx, correction, now).await?;
        }
        self.claims_issued(&mut tx, &claims, now).await?;
        self.tell_of_certificates(&mut tx, EventKind::CertificateIssued, &completed, now).await?;
        tx.commit().await?;
        Ok(u64::try_from(completed.len()).unwrap_or(u64::MAX))
    }

    /// The digits of the code on a certificate; `None` if it has none yet, or was completed before they were kept.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn code(&self, number: &CertificateNumber) -> Result<Option<String>, RegistryError> {
        let sql = "SELECT number, code FROM certificate WHERE number = $1";
        let Some(row) = sqlx::query(sql).bind(number.as_str().to_owned()).fetch_optional(&self.pool).await? else { return Ok(None) };
        let record = Record::new("certificate", &row, "number")?;
        let sealed = record.get::<Option<&[u8]>>("code")?;
        sealed.map(|sealed| self.keys.open_field(&code_place(number), sealed)).transpose().map_err(|_| record.inconsistent("code"))
    }

    /// Answers which were not complete before, and when the public sees them.
    async fn complete_rows(
        &self,
        tx: &mut Transaction<'static, Any>,
        files: &[Completion],
        now: Instant,
    ) -> Result<Vec<(CertificateNumber, i64)>, RegistryError> {
        let sql = format!(
            "WITH v (number, digest, bytes, mark, code) AS (VALUES {}) UPDATE certificate SET state = 'valid', file_digest = v.digest, \
             file_bytes = v.bytes, code_mark = v.mark, code = v.code, completed_at = $1 FROM v \
             WHERE certificate.number = v.number AND certificate.state = 'reserved' RETURNING certificate.number AS number, \
             certificate.release_at AS release_at",
            placeholders(files.len(), 5, 1)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(now.millis());
        for Completion { number, file, code, .. } in files {
            let bytes = i64::try_from(file.bytes).unwrap_or(i64::MAX);
            let mark = self.keys.code_mark(code).as_bytes().to_vec();
            let sealed = self.keys.seal_field(&code_place(number), code);
            query = query.bind(number.as_str().to_owned()).bind(file.digest.to_string()).bind(bytes).bind(mark).bind(sealed);
        }
        let rows = query.fetch_all(&mut **tx).await?;
        let released = |row: &AnyRow| {
            let record = Record::new("certificate", row, "number")?;
            Ok((record.parsed("number", |text| text.parse().ok())?, record.get("release_at")?))
        };
        rows.iter().map(released).collect()
    }
}

fn code_place(number: &CertificateNumber) -> String {
    format!("certificate.code.{number}")
}
