//! Certificates that replace others: reserved like any other, and settled in the commit that completes them, so that for the public
//! always one of the two stands and never both.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::award::{Award, Holder};
use crate::domain::certificate::Certificate;
use crate::domain::correction::Correction;
use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::issuer::Slug;
use crate::domain::number::{CertificateNumber, Series};
use crate::domain::status::{CorrectionReason, TransitionError};
use crate::domain::time::Instant;
use crate::domain::webhook::EventKind;

use super::rows::Record;
use super::{Completion, Registry, RegistryError, Reservation, Reserved, awards, certificates, reserve};

/// A certificate with everything that a correction starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correctable {
    /// The certificate.
    pub certificate: Certificate,
    /// What it certifies, as an award, with the private data that stand behind it.
    pub award: Award,
    /// A successor that waits for its file.
    pub pending: Option<CertificateNumber>,
}

/// A correction to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Amendment<'a> {
    /// The certificate that is replaced.
    pub original: &'a CertificateNumber,
    /// Its programme.
    pub programme: &'a Slug,
    /// What changes, and why.
    pub correction: &'a Correction,
    /// Who corrects.
    pub actor: &'a str,
    /// When.
    pub at: Instant,
}

/// Where a certificate stands in the line of those for one award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The certificate.
    pub certificate: Certificate,
    /// The award.
    pub award_id: String,
    /// 0 for the first, counted up by each correction.
    pub generation: i64,
}

impl Registry {
    /// What a correction of the certificate starts from.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown number is `None`.
    pub async fn correctable(&self, number: &CertificateNumber) -> Result<Option<Correctable>, RegistryError> {
        let Some(Lineage { certificate, award_id, generation }) = self.lineage(number).await? else { return Ok(None) };
        let sql = format!("SELECT {} FROM award WHERE id = $1", awards::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(award_id.clone()).fetch_one(&self.pool).await?;
        let first = awards::read(&row, &self.keys)?.award;
        let document = self.corrected_document(&award_id, generation).await?.or(first.holder.document);
        let claims = &certificate.facts.claims;
        let award = Award {
            programme: first.programme,
            holder: Holder { name: claims.holder.clone(), document, telephone: first.holder.telephone, school: claims.school.clone() },
            achievement: claims.achievement.clone(),
            portrait: claims.portrait,
        };
        let sql = "SELECT successor FROM correction WHERE original = $1 AND settled_at IS NULL";
        let row = sqlx::query(sql).bind(number.as_str().to_owned()).fetch_optional(&self.pool).await?;
        let pending = row.as_ref().map(|row| Record::new("correction", row, "successor")?.parsed("successor", |t| t.parse().ok()));
        Ok(Some(Correctable { certificate, award, pending: pending.transpose()? }))
    }

    /// Where the certificate stands in its line.
    ///
    /// # Errors
    /// [`RegistryError`]; an unknown number is `None`.
    pub async fn lineage(&self, number: &CertificateNumber) -> Result<Option<Lineage>, RegistryError> {
        let sql = format!("SELECT {}, award_id, generation FROM certificate WHERE number = $1", certificates::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(number.as_str().to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(lineage).transpose()
    }

    /// The identity document as the latest correction up to `generation` has it; `None` if none touched it.
    async fn corrected_document(&self, award_id: &str, generation: i64) -> Result<Option<IdentityDocument>, RegistryError> {
        let sql = "SELECT k.successor, k.document_kind, k.document_sealed FROM certificate c JOIN correction k ON k.successor = c.number \
                   WHERE c.award_id = $1 AND c.generation <= $2 AND k.document_sealed IS NOT NULL ORDER BY c.generation DESC LIMIT 1";
        let row = sqlx::query(sql).bind(award_id.to_owned()).bind(generation).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let record = Record::new("correction", &row, "successor")?;
        let kind = record.parsed("document_kind", DocumentKind::from_code)?;
        let sealed: Vec<u8> = record.get("document_sealed")?;
        let number = self.keys.open_field(&place(&record.key), &sealed).map_err(|_| record.inconsistent("document_sealed"))?;
        IdentityDocument::parse(kind, &number).map(Some).map_err(|_| record.inconsistent("document_sealed"))
    }

    /// Reserves the next number of a series for the successor of a certificate, in one commit. The trail's head is locked first, which
    /// every change of a state does: of two corrections, or a correction and a revocation, the second sees the first.
    ///
    /// # Errors
    /// [`RegistryError::Transition`] unless the certificate stands; [`RegistryError::Series`] if the series is full. Nothing is written
    /// then.
    pub async fn reserve_successor(
        &self,
        series: &Series,
        amendment: &Amendment<'_>,
        build: impl FnOnce(CertificateNumber) -> Reservation + Send,
    ) -> Result<Reserved, RegistryError> {
        let Amendment { original, correction, .. } = *amendment;
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        refuse_while_open(&mut tx, original).await?;
        let sql = format!("SELECT {}, award_id, generation FROM certificate WHERE number = $1", certificates::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(original.as_str().to_owned()).fetch_optional(&mut *tx).await?;
        let Lineage { certificate, award_id, generation } = lineage(&row.ok_or_else(|| RegistryError::Unknown(original.clone()))?)?;

        let used = reserve::lock(&mut tx, &series.id()).await?;
        let number = series.number(used + 1)?;
        let transition = |source| RegistryError::Transition { number: original.clone(), source };
        certificate.status.correct(amendment.at, number.clone(), correction.reason().clone()).map_err(transition)?;
        let reservation = build(number.clone());
        let document_hash = correction.award().holder.document.as_ref().map(|d| self.keys.document_hash(d));
        let row = reserve::NewRow { seq: used + 1, award_id, generation: generation + 1, document_hash, reservation };
        reserve::insert(&mut tx, &series.id(), amendment.programme, std::slice::from_ref(&row)).await?;
        self.insert_correction(&mut tx, amendment, &number).await?;
        reserve::advance(&mut tx, &series.id(), used + 1).await?;
        let changed = correction.changed().iter().map(|f| f.code()).collect::<Vec<_>>().join(", ");
        let detail = format!("{number} ({changed}): {}", correction.reason().as_str());
        self.append(&mut tx, amendment.at, amendment.actor, "correct", original.as_str(), &detail).await?;
        tx.commit().await?;
        Ok(Reserved { facts: row.reservation.facts })
    }

    async fn insert_correction(
        &self,
        tx: &mut Transaction<'static, Any>,
        amendment: &Amendment<'_>,
        successor: &CertificateNumber,
    ) -> Result<(), RegistryError> {
        let correction = amendment.correction;
        let document = correction.document();
        sqlx::query(
            "INSERT INTO correction (successor, original, corrected_award, document_kind, document_sealed, reason, actor, \
             holder_name, school) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(successor.as_str().to_owned())
        .bind(amendment.original.as_str().to_owned())
        .bind(self.keys.award_id(correction.award()))
        .bind(document.map(|d| d.kind().code().to_owned()))
        .bind(document.map(|d| self.keys.seal_field(&place(successor.as_str()), d.number())))
        .bind(correction.reason().as_str().to_owned())
        .bind(amendment.actor.to_owned())
        .bind(correction.award().holder.name.as_str().to_owned())
        .bind(correction.award().holder.school.clone())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// The open corrections that the completion of `files` will settle. If there are any, the trail's head is locked.
    pub(super) async fn open_corrections(
        &self,
        tx: &mut Transaction<'static, Any>,
        files: &[Completion],
    ) -> Result<Vec<Open>, RegistryError> {
        if open_among(tx, files).await?.is_empty() {
            return Ok(Vec::new());
        }
        self.lock_trail(tx).await?;
        // Another process may have settled them while this one waited.
        open_among(tx, files).await
    }

    /// Marks the original as corrected, now that its successor is completed in the same transaction.
    pub(super) async fn settle(&self, tx: &mut Transaction<'static, Any>, open: &Open, now: Instant) -> Result<(), RegistryError> {
        let Open { successor, original, .. } = open;
        let marked = sqlx::query(
            "UPDATE certificate SET state = 'corrected', changed_at = $1, successor = $2, reason = $3 WHERE number = $4 AND state = 'valid'",
        )
        .bind(now.millis())
        .bind(successor.as_str().to_owned())
        .bind(open.reason.as_str().to_owned())
        .bind(original.as_str().to_owned())
        .execute(&mut **tx)
        .await?;
        if marked.rows_affected() != 1 {
            return Err(RegistryError::Inconsistent { table: "certificate", column: "state", row: original.to_string() });
        }
        if open.document_corrected {
            // Who did not want to be found by the wrong document does not want to be by the right one.
            sqlx::query(
                "INSERT INTO unlisted_person (document_hash) SELECT s.document_hash FROM certificate s WHERE s.number = $1 AND EXISTS \
                 (SELECT 1 FROM certificate o JOIN unlisted_person u ON u.document_hash = o.document_hash WHERE o.number = $2) \
                 ON CONFLICT (document_hash) DO NOTHING",
            )
            .bind(successor.as_str().to_owned())
            .bind(original.as_str().to_owned())
            .execute(&mut **tx)
            .await?;
            // Whoever searches by the right document finds the whole line; the owner of the wrong one finds nothing of it.
            sqlx::query(
                "UPDATE certificate SET document_hash = (SELECT s.document_hash FROM certificate s WHERE s.number = $1) \
                 WHERE award_id = (SELECT s.award_id FROM certificate s WHERE s.number = $1)",
            )
            .bind(successor.as_str().to_owned())
            .execute(&mut **tx)
            .await?;
        }
        sqlx::query("UPDATE correction SET settled_at = $1 WHERE successor = $2")
            .bind(now.millis())
            .bind(successor.as_str().to_owned())
            .execute(&mut **tx)
            .await?;
        self.append(tx, now, &open.actor, "corrected", original.as_str(), successor.as_str()).await?;
        self.tell_of_certificates(tx, EventKind::CertificateCorrected, std::slice::from_ref(original), now).await
    }
}

/// A correction whose successor waits for its file.
pub(super) struct Open {
    successor: CertificateNumber,
    original: CertificateNumber,
    reason: CorrectionReason,
    actor: String,
    document_corrected: bool,
}

async fn open_among(tx: &mut Transaction<'static, Any>, files: &[Completion]) -> Result<Vec<Open>, RegistryError> {
    let sql = "SELECT successor, original, reason, actor, document_kind FROM correction WHERE settled_at IS NULL";
    let rows = sqlx::query(sql).fetch_all(&mut **tx).await?;
    let mut found = Vec::new();
    for row in &rows {
        let record = Record::new("correction", row, "successor")?;
        if files.iter().any(|file| file.number.as_str() == record.key) {
            found.push(Open {
                successor: record.parsed("successor", |t| t.parse().ok())?,
                original: record.parsed("original", |t| t.parse().ok())?,
                reason: record.parsed("reason", |t| CorrectionReason::parse(t).ok())?,
                actor: record.get("actor")?,
                document_corrected: record.get::<Option<String>>("document_kind")?.is_some(),
            });
        }
    }
    Ok(found)
}

/// Refuses a change of a certificate whose successor is reserved and not completed.
pub(super) async fn refuse_while_open(tx: &mut Transaction<'static, Any>, number: &CertificateNumber) -> Result<(), RegistryError> {
    let sql = "SELECT successor FROM correction WHERE original = $1 AND settled_at IS NULL";
    let Some(row) = sqlx::query(sql).bind(number.as_str().to_owned()).fetch_optional(&mut **tx).await? else { return Ok(()) };
    let successor = Record::new("correction", &row, "successor")?.parsed("successor", |t| t.parse().ok())?;
    Err(RegistryError::Transition { number: number.clone(), source: TransitionError::BeingCorrected(successor) })
}

/// Of some awards' ids those that a correction made of another award: they are certified already.
pub(super) async fn known_by_correction(tx: &mut Transaction<'static, Any>, ids: &[String]) -> Result<Vec<String>, RegistryError> {
    let places = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(",");
    let sql = format!("SELECT corrected_award FROM correction WHERE corrected_award IN ({places})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in ids {
        query = query.bind(id.clone());
    }
    let rows = query.fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn lineage(row: &sqlx::any::AnyRow) -> Result<Lineage, RegistryError> {
    let record = Record::new("certificate", row, "number")?;
    Ok(Lineage { certificate: certificates::read(row)?, award_id: record.get("award_id")?, generation: record.get("generation")? })
}

fn place(successor: &str) -> String {
    format!("correction/document/{successor}")
}
