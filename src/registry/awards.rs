//! Award lists and awards.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::award::{Achievement, Award, Holder};
use crate::domain::award_list::AwardList;
use crate::domain::digest::Digest;
use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::programme::Programme;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::notices::Seen;
use super::rows::{ROWS, Record, placeholders};
use super::{DataKeys, Registry, RegistryError, corrections, notices};

/// The columns that make an [`AwardRecord`].
pub(super) const COLUMNS: &str =
    "id, seq, programme, holder_name, school, achievement, document_kind, document_sealed, telephone_sealed, portrait";

/// An award as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardRecord {
    /// Its id: a keyed hash.
    pub id: String,
    /// Its place in the order of import.
    pub seq: i64,
    /// The award.
    pub award: Award,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The list's id: the digest of its file.
    pub list: String,
    /// Awards that were not known before.
    pub new: u64,
    /// Awards that an earlier list had brought.
    pub known: u64,
    /// The very same file was imported before; nothing changed.
    pub already_imported: bool,
}

/// Whose awards a programme certifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's on the list.
    Everybodys,
    /// Those of holders who were found registered.
    Admitted,
}

impl Whose {
    /// The awards of `programme` that it certifies.
    #[must_use]
    pub fn of(programme: &Programme) -> Self {
        if programme.registration_deadline().is_some() { Self::Admitted } else { Self::Everybodys }
    }

    /// The condition of awards that may get a certificate and have none.
    pub(super) fn open(self) -> &'static str {
        match self {
            Self::Everybodys => "certificate IS NULL AND held IS NULL",
            Self::Admitted => "certificate IS NULL AND held IS NULL AND admitted_at IS NOT NULL",
        }
    }
}

impl Registry {
    /// Records every award of a list in one commit; awards that are known stay as they are.
    ///
    /// # Errors
    /// [`super::ContestError::ListFixed`] if it names a contest whose list was published, or another [`RegistryError`]; nothing is recorded then.
    pub async fn import(&self, list: &AwardList, now: Instant, actor: &str) -> Result<Imported, RegistryError> {
        self.import_if(list, None, now, actor).await
    }

    /// The same, if the awards of a contest are still those that were seen.
    ///
    /// # Errors
    /// [`super::ContestError::Moved`] if they are others, and as [`Registry::import`].
    pub async fn import_if(
        &self,
        list: &AwardList,
        seen: Option<(&Slug, Seen)>,
        now: Instant,
        actor: &str,
    ) -> Result<Imported, RegistryError> {
        let mut tx = self.write().await?;
        let total = u64::try_from(list.awards.len()).unwrap_or(u64::MAX);
        let id = list.source.to_string();
        let Some(new) = self.import_in(&mut tx, list, seen, now, actor).await? else {
            tx.rollback().await?;
            return Ok(Imported { list: id, new: 0, known: total, already_imported: true });
        };
        tx.commit().await?;
        Ok(Imported { list: id, new, known: total - new, already_imported: false })
    }

    /// The same within a transaction. Answers how many awards were not known; `None` if the very same list was imported before.
    pub(super) async fn import_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        list: &AwardList,
        seen: Option<(&Slug, Seen)>,
        now: Instant,
        actor: &str,
    ) -> Result<Option<u64>, RegistryError> {
        let id = list.source.to_string();
        let count = i64::try_from(list.awards.len()).unwrap_or(i64::MAX);
        // The audit trail's head is the one lock that every import takes: the order of import is one order.
        self.append(tx, now, actor, "import", &id, &format!("{} awards", list.awards.len())).await?;
        let inserted =
            sqlx::query("INSERT INTO award_list (id, file_name, imported_at, awards) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")
                .bind(id.as_str())
                .bind(list.file_name.as_str())
                .bind(now.millis())
                .bind(count)
                .execute(&mut **tx)
                .await?;
        if inserted.rows_affected() == 0 {
            return Ok(None);
        }
        self.refuse_fixed(tx, list).await?;
        if let Some((contest, seen)) = seen {
            notices::still(tx, notices::AWARDS_SEEN, contest, seen).await?;
        }
        let mut seq: i64 = sqlx::query("SELECT COALESCE(MAX(seq), 0) FROM award").fetch_one(&mut **tx).await?.try_get(0)?;
        let mut new = 0;
        for chunk in list.awards.chunks(ROWS) {
            new += insert_new(tx, &self.keys, &id, seq, chunk).await?;
            seq += i64::try_from(chunk.len()).unwrap_or(0);
        }
        Ok(Some(new))
    }

    /// Awards of a programme that have no certificate and are not held back by an objection, in the order of import, after `after_seq`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn awards_without_certificate(
        &self,
        programme: &Slug,
        whose: Whose,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<AwardRecord>, RegistryError> {
        let open = whose.open();
        let sql = format!("SELECT {COLUMNS} FROM award WHERE programme = $1 AND {open} AND seq > $2 ORDER BY seq LIMIT $3");
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(programme.as_str()).bind(after_seq).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| read(row, &self.keys)).collect()
    }

    /// How many awards of a programme have no certificate and are not held back.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_awards_without_certificate(&self, programme: &Slug, whose: Whose) -> Result<u64, RegistryError> {
        let sql = format!("SELECT COUNT(*) FROM award WHERE programme = $1 AND {}", whose.open());
        let count: i64 = sqlx::query(AssertSqlSafe(sql)).bind(programme.as_str()).fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// Inserts the awards that are not known: neither from a list, nor from the correction of a certificate.
async fn insert_new(
    tx: &mut Transaction<'static, Any>,
    keys: &DataKeys,
    list: &str,
    before: i64,
    awards: &[Award],
) -> Result<u64, RegistryError> {
    let ids: Vec<String> = awards.iter().map(|award| keys.award_id(award)).collect();
    let corrected = corrections::known_by_correction(tx, &ids).await?;
    let new: Vec<(&String, &Award)> = ids.iter().zip(awards).filter(|(id, _)| !corrected.contains(id)).collect();
    if new.is_empty() { Ok(0) } else { insert(tx, keys, list, before, &new).await }
}

/// Records awards that are not there.
pub(super) async fn insert(
    tx: &mut Transaction<'static, Any>,
    keys: &DataKeys,
    list: &str,
    before: i64,
    awards: &[(&String, &Award)],
) -> Result<u64, RegistryError> {
    let sql = format!(
        "INSERT INTO award (id, list_id, seq, programme, holder_name, school, achievement, document_kind, document_hash, document_sealed, \
         telephone_hash, telephone_sealed, portrait) VALUES {} ON CONFLICT (id) DO NOTHING",
        placeholders(awards.len(), 13, 0)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (seq, (id, award)) in (before + 1..).zip(awards) {
        let (document, telephone) = (award.holder.document.as_ref(), award.holder.telephone.as_ref());
        query = query
            .bind((*id).clone())
            .bind(list.to_owned())
            .bind(seq)
            .bind(award.programme.as_str().to_owned())
            .bind(award.holder.name.as_str().to_owned())
            .bind(award.holder.school.clone())
            .bind(award.achievement.to_bytes())
            .bind(document.map(|d| d.kind().code().to_owned()))
            .bind(document.map(|d| keys.document_hash(d)))
            .bind(document.map(|d| keys.seal_field(&document_place(id), d.number())))
            .bind(telephone.map(|t| keys.telephone_hash(t)))
            .bind(telephone.map(|t| keys.seal_field(&telephone_place(id), t.as_str())))
            .bind(award.portrait.map(|p| p.to_string()));
    }
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

fn document_place(id: &str) -> String {
    format!("award/document/{id}")
}

fn telephone_place(id: &str) -> String {
    format!("award/telephone/{id}")
}

/// Reads the columns of [`COLUMNS`].
pub(super) fn read(row: &AnyRow, keys: &DataKeys) -> Result<AwardRecord, RegistryError> {
    let record = Record::new("award", row, "id")?;
    let document = match (record.optional("document_kind", DocumentKind::from_code)?, record.get::<Option<Vec<u8>>>("document_sealed")?) {
        (Some(kind), Some(sealed)) => {
            let number = keys.open_field(&document_place(&record.key), &sealed).map_err(|_| record.inconsistent("document_sealed"))?;
            Some(IdentityDocument::parse(kind, &number).map_err(|_| record.inconsistent("document_sealed"))?)
        }
        _ => None,
    };
    let telephone = match record.get::<Option<Vec<u8>>>("telephone_sealed")? {
        Some(sealed) => {
            let number = keys.open_field(&telephone_place(&record.key), &sealed).map_err(|_| record.inconsistent("telephone_sealed"))?;
            Some(Telephone::parse(&number).map_err(|_| record.inconsistent("telephone_sealed"))?)
        }
        None => None,
    };
    let achievement = Achievement::from_bytes(&record.get::<Vec<u8>>("achievement")?).map_err(|_| record.inconsistent("achievement"))?;
    Ok(AwardRecord {
        seq: record.get("seq")?,
        award: Award {
            programme: record.parsed("programme", |t| t.parse().ok())?,
            holder: Holder {
                name: record.parsed("holder_name", |t| PersonName::parse(t).ok())?,
                document,
                telephone,
                school: record.get("school")?,
            },
            achievement,
            portrait: record.optional("portrait", |t| t.parse::<Digest>().ok())?,
        },
        id: record.key,
    })
}
