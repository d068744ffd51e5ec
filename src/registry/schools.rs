//! The list of schools.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::proofing::School;
use crate::domain::text::fold_search;
use crate::domain::time::Instant;

use super::rows::{ROWS, Record, placeholders};
use super::{Registry, RegistryError};

impl Registry {
    /// Puts another list in the place of the one before it.
    ///
    /// # Errors
    /// [`RegistryError`]; the list before stays then.
    pub async fn replace_schools(&self, schools: &[School], actor: &str, now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, now, actor, "import schools", &schools.len().to_string(), "").await?;
        sqlx::query("DELETE FROM school").execute(&mut *tx).await?;
        for some in schools.chunks(ROWS) {
            let sql = format!("INSERT INTO school (code, name, folded, region) VALUES {}", placeholders(some.len(), 4, 0));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for school in some {
                query =
                    query.bind(school.code.as_str().to_owned()).bind(school.name.clone()).bind(school.folded()).bind(school.region.clone());
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// How many schools there are.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn count_schools(&self) -> Result<u64, RegistryError> {
        let count: i64 = sqlx::query("SELECT COUNT(*) FROM school").fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The school with this name, width, case and white space aside.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn school_named(&self, name: &str) -> Result<Option<School>, RegistryError> {
        let sql = "SELECT code, name, region FROM school WHERE folded = $1";
        let row = sqlx::query(sql).bind(fold_search(name)).fetch_optional(&self.pool).await?;
        row.as_ref().map(read_school).transpose()
    }

    /// The first `most` schools with what was typed in their names, those that begin with it first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn schools_like(&self, typed: &str, most: u32) -> Result<Vec<School>, RegistryError> {
        let folded: String = fold_search(typed).chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
        if folded.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT code, name, region FROM school WHERE folded LIKE $1 \
                   ORDER BY CASE WHEN folded LIKE $2 THEN 0 ELSE 1 END, name LIMIT $3";
        let query = sqlx::query(sql).bind(format!("%{folded}%")).bind(format!("{folded}%")).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(read_school).collect()
    }
}

fn read_school(row: &AnyRow) -> Result<School, RegistryError> {
    let record = Record::new("school", row, "code")?;
    let (name, region): (String, String) = (record.get("name")?, record.get("region")?);
    School::new(&record.key, &name, &region).map_err(|_| record.inconsistent("name"))
}
