//! Awards of instructors: which may be somebody's, and when a school entered whose they are.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::award::{Achievement, Role};
use crate::domain::instructor::{Doubt, Instructor};
use crate::domain::issuer::Slug;
use crate::domain::text::fold_search;
use crate::domain::time::Instant;

use super::awards::{self, AwardRecord};
use super::instructors::{COLUMNS, InstructorError, InstructorRecord, put_awards};
use super::rows::{ROWS, Record};
use super::{Registry, RegistryError};

/// Awards of one name in one contest that are looked at.
const NAMESAKES: i64 = 50;

impl Registry {
    /// Instructors that wait because the list had no award of theirs, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn instructors_without_award(&self, limit: u32) -> Result<Vec<InstructorRecord>, RegistryError> {
        let sql =
            format!("SELECT {COLUMNS} FROM instructor i WHERE i.state = 'review' AND i.doubt = $1 ORDER BY i.entered_at, i.id LIMIT $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(Doubt::NoAward.code()).bind(i64::from(limit));
        query.fetch_all(&self.pool).await?.iter().map(|row| self.read_instructor(row, &[])).collect()
    }

    /// Matches an instructor that waits, by the rule and not by a person.
    ///
    /// # Errors
    /// [`InstructorError::Decided`] if it was changed since `seen`.
    pub async fn settle_instructor(&self, (id, seen): (i64, Instant), awards: &[String], now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, now, "matching", "match instructor", &id.to_string(), &awards.join(" ")).await?;
        let sql =
            "UPDATE instructor SET state = 'matched', doubt = NULL, changed_at = $1 WHERE id = $2 AND state = 'review' AND changed_at = $3";
        let settled = sqlx::query(sql).bind(now.millis()).bind(id).bind(seen.millis()).execute(&mut *tx).await?;
        if settled.rows_affected() == 0 {
            return Err(InstructorError::Decided.into());
        }
        put_awards(&mut tx, id, awards).await?;
        tx.commit().await?;
        Ok(())
    }

    /// When the first instructor who was matched to an award was entered.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn first_entered(&self, award: &str) -> Result<Option<Instant>, RegistryError> {
        let sql = "SELECT CAST(MIN(i.id) AS TEXT) AS row_key, MIN(i.entered_at) AS entered_at FROM instructor_award a \
                   JOIN instructor i ON i.id = a.instructor WHERE a.award = $1 AND i.state = 'matched' HAVING COUNT(*) > 0";
        let row = sqlx::query(sql).bind(award.to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| Record::new("instructor", row, "row_key")?.instant("entered_at")).transpose()
    }

    /// The awards of instructors of a school in a contest; of the school's name width, case and white space do not count.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn instructor_awards(&self, contest: &Slug, school: &str) -> Result<Vec<AwardRecord>, RegistryError> {
        let folded = fold_search(school);
        let rows =
            sqlx::query("SELECT DISTINCT school FROM award WHERE programme = $1").bind(contest.as_str()).fetch_all(&self.pool).await?;
        let names: Vec<String> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, RegistryError>>()?;
        let spellings: Vec<String> = names.into_iter().filter(|name| fold_search(name) == folded).collect();
        let mut found = Vec::new();
        for some in spellings.chunks(ROWS) {
            let places: Vec<String> = (2..some.len() + 2).map(|n| format!("${n}")).collect();
            let sql =
                format!("SELECT {} FROM award WHERE programme = $1 AND school IN ({}) ORDER BY seq", awards::COLUMNS, places.join(", "));
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(contest.as_str());
            for name in some {
                query = query.bind(name.clone());
            }
            for row in &query.fetch_all(&self.pool).await? {
                found.push(awards::read(row, &self.keys)?);
            }
        }
        found.retain(is_instructors);
        Ok(found)
    }

    /// Awards of instructors in a contest that have the same name, telephone or document, whatever the school.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn namesakes(&self, instructor: &Instructor) -> Result<Vec<AwardRecord>, RegistryError> {
        let sql = format!(
            "SELECT {} FROM award WHERE programme = $1 AND (holder_name = $2 OR telephone_hash = $3 OR document_hash = $4) ORDER BY seq LIMIT $5",
            awards::COLUMNS
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(instructor.contest.as_str())
            .bind(instructor.name.as_str().to_owned())
            .bind(self.keys.telephone_hash(&instructor.telephone))
            .bind(instructor.document.as_ref().map(|d| self.keys.document_hash(d)))
            .bind(NAMESAKES)
            .fetch_all(&self.pool)
            .await?;
        let mut found = rows.iter().map(|row| awards::read(row, &self.keys)).collect::<Result<Vec<_>, _>>()?;
        found.retain(is_instructors);
        Ok(found)
    }
}

fn is_instructors(record: &AwardRecord) -> bool {
    matches!(record.award.achievement, Achievement::Award { role: Role::Instructor, .. })
}
