//! Links that a holder gives to one reader. The token of a link is known to holder and reader alone; its keyed hash finds it.

use std::fmt;
use std::str::FromStr;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::number::CertificateNumber;
use crate::domain::share::Purpose;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

/// The name of a link in records and in the holder's forms: a keyed hash, which opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareId(String);

/// The text names no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("不是分享链接的标识 / no name of a shared link")]
pub struct ShareIdError;

impl FromStr for ShareId {
    type Err = ShareIdError;

    fn from_str(text: &str) -> Result<Self, ShareIdError> {
        let hex = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { Ok(Self(text.to_owned())) } else { Err(ShareIdError) }
    }
}

impl fmt::Display for ShareId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A link to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShare<'a> {
    /// The token in it.
    pub token: &'a [u8; 16],
    /// The certificate that it shows.
    pub certificate: &'a CertificateNumber,
    /// What the holder says that it is for.
    pub purpose: &'a Purpose,
    /// From when on.
    pub made_at: Instant,
    /// The first instant at which it no longer opens.
    pub expires_at: Instant,
}

/// A link as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRecord {
    /// Its name.
    pub id: ShareId,
    /// The certificate that it shows.
    pub certificate: CertificateNumber,
    /// What the holder said that it is for.
    pub purpose: Purpose,
    /// When it was made.
    pub made_at: Instant,
    /// The first instant at which it no longer opens.
    pub expires_at: Instant,
    /// When the holder ended it.
    pub ended_at: Option<Instant>,
    /// How often it was opened.
    pub openings: u64,
}

const COLUMNS: &str = "id, certificate, purpose, made_at, expires_at, ended_at, openings";

/// Openings that are kept with their time; the others are counted.
pub const KEPT_OPENINGS: i64 = 100;

impl Registry {
    /// Records a link and says so in the audit trail, unless it is recorded already or `most` of the certificate's links are open at
    /// `made_at`. Answers whether the link is recorded.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_share(&self, share: &NewShare<'_>, most: u32, actor: &str) -> Result<bool, RegistryError> {
        let id = self.keys.share_hash(share.token);
        let mut tx = self.write().await?;
        // The trail's head is locked first: two that come at once count one after the other.
        self.append(&mut tx, share.made_at, actor, "share", share.certificate.as_str(), "").await?;
        let held = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN id = $1 THEN 1 ELSE 0 END), 0) FROM share \
                    WHERE certificate = $2 AND (id = $3 OR (ended_at IS NULL AND expires_at > $4))";
        let row = sqlx::query(held)
            .bind(id.clone())
            .bind(share.certificate.as_str().to_owned())
            .bind(id.clone())
            .bind(share.made_at.millis())
            .fetch_one(&mut *tx)
            .await?;
        let (open, same): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if same > 0 || open >= i64::from(most) {
            tx.rollback().await?;
            return Ok(same > 0);
        }
        sqlx::query(
            "INSERT INTO share (id, certificate, purpose, made_at, expires_at, ended_at, openings) VALUES ($1, $2, $3, $4, $5, NULL, 0)",
        )
        .bind(id.clone())
        .bind(share.certificate.as_str().to_owned())
        .bind(self.keys.seal_field(&place(&id), share.purpose.as_str()))
        .bind(share.made_at.millis())
        .bind(share.expires_at.millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The link with this token, in whatever state.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn share(&self, token: &[u8; 16]) -> Result<Option<ShareRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM share WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(self.keys.share_hash(token)).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_share(row)).transpose()
    }

    /// The links of a certificate, the newest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn shares(&self, certificate: &CertificateNumber, limit: u32) -> Result<Vec<ShareRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM share WHERE certificate = $1 ORDER BY made_at DESC, id LIMIT $2");
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(certificate.as_str().to_owned()).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_share(row)).collect()
    }

    /// When a link was opened, the last first: at most the first 100 openings are kept with their time.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn share_openings(&self, id: &ShareId) -> Result<Vec<Instant>, RegistryError> {
        let rows = sqlx::query("SELECT share, at FROM share_opening WHERE share = $1 ORDER BY seq DESC")
            .bind(id.0.clone())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Record::new("share_opening", row, "share")?.instant("at")).collect()
    }

    /// Counts an opening at `now`, if the link opens then. Answers whether it does.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn open_share(&self, token: &[u8; 16], now: Instant) -> Result<bool, RegistryError> {
        let id = self.keys.share_hash(token);
        let mut tx = self.write().await?;
        let sql = "UPDATE share SET openings = openings + 1 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 RETURNING openings";
        let Some(row) = sqlx::query(sql).bind(id.clone()).bind(now.millis()).fetch_optional(&mut *tx).await? else {
            tx.rollback().await?;
            return Ok(false);
        };
        let seq: i64 = row.try_get(0)?;
        if seq <= KEPT_OPENINGS {
            let sql = "INSERT INTO share_opening (share, seq, at) VALUES ($1, $2, $3)";
            sqlx::query(sql).bind(id).bind(seq).bind(now.millis()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a link of a certificate, and says so in the audit trail. Answers whether it was open.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn end_share(&self, certificate: &CertificateNumber, id: &ShareId, at: Instant, actor: &str) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        let sql = "UPDATE share SET ended_at = $1 WHERE id = $2 AND certificate = $3 AND ended_at IS NULL AND expires_at > $4";
        let ended = sqlx::query(sql)
            .bind(at.millis())
            .bind(id.0.clone())
            .bind(certificate.as_str().to_owned())
            .bind(at.millis())
            .execute(&mut *tx)
            .await?;
        if ended.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        self.append(&mut tx, at, actor, "end share", certificate.as_str(), "").await?;
        tx.commit().await?;
        Ok(true)
    }

    fn read_share(&self, row: &AnyRow) -> Result<ShareRecord, RegistryError> {
        let record = Record::new("share", row, "id")?;
        let sealed: Vec<u8> = record.get("purpose")?;
        let purpose = self.keys.open_field(&place(&record.key), &sealed).ok().and_then(|text| Purpose::parse(&text).ok());
        let ended = record.get::<Option<i64>>("ended_at")?.map(Instant::from_millis).transpose();
        let openings = record.get::<i64>("openings")?;
        Ok(ShareRecord {
            id: record.parsed("id", |t| t.parse().ok())?,
            certificate: record.parsed("certificate", |t| t.parse().ok())?,
            purpose: purpose.ok_or_else(|| record.inconsistent("purpose"))?,
            made_at: record.instant("made_at")?,
            expires_at: record.instant("expires_at")?,
            ended_at: ended.map_err(|_| record.inconsistent("ended_at"))?,
            openings: u64::try_from(openings).map_err(|_| record.inconsistent("openings"))?,
        })
    }
}

/// The place for which a purpose is sealed.
fn place(id: &str) -> String {
    format!("share/purpose/{id}")
}
