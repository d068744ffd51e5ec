//! Pictures that are not needed any more, and files of the vault that nothing refers to.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::digest::Digest;
use crate::domain::proofing::{CaseKind, Slot};
use crate::domain::time::Instant;
use crate::registry::rows::Record;
use crate::registry::{Registry, RegistryError};

/// Cases that are cleared in one commit.
const AT_ONCE: i64 = 50;

/// The file is deleted from the vault from `at` on.
pub(super) async fn discard(tx: &mut Transaction<'static, Any>, file: &Digest, at: Instant) -> Result<(), RegistryError> {
    let sql = "INSERT INTO vault_discard (file, due_at) VALUES ($1, $2) ON CONFLICT (file) DO NOTHING";
    sqlx::query(sql).bind(file.to_string()).bind(at.millis()).execute(&mut **tx).await?;
    Ok(())
}

impl Registry {
    /// Says that a file will be written into the vault: unless something refers to it by `until`, it is deleted.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn announce_file(&self, file: &Digest, until: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        discard(&mut tx, file, until).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets go of the pictures of cases that were approved before `approved`, but for what outlasts the decision of one that counts, and of
    /// drafts and returned cases that nobody has touched since `abandoned`. The cases' histories say so. Answers how many pictures went.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn expire_pictures(&self, approved: Instant, abandoned: Instant, now: Instant) -> Result<u64, RegistryError> {
        let keep: Vec<String> =
            Slot::ALL.into_iter().filter(|slot| slot.outlasts_decision()).map(|slot| format!("'{}'", slot.code())).collect();
        let sql = format!(
            "SELECT DISTINCT c.id, c.kind, c.state FROM proofing_case c JOIN proofing_file f ON f.case_id = c.id AND f.file IS NOT NULL \
             WHERE (c.state IN ('draft', 'returned') AND c.changed_at <= $1) \
             OR (c.state = 'approved' AND c.decided_at <= $2 AND f.slot NOT IN ({})) \
             OR (c.state IN ('reopened', 'superseded') AND c.decided_at <= $2 AND c.changed_at <= $2) ORDER BY c.id LIMIT $3",
            keep.join(", ")
        );
        let mut gone = 0;
        loop {
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(abandoned.millis()).bind(approved.millis()).bind(AT_ONCE);
            let rows = query.fetch_all(&self.pool).await?;
            let before = gone;
            for row in &rows {
                let record = Record::new("proofing_case", row, "kind")?;
                let kind = record.parsed("kind", CaseKind::from_code)?;
                gone += self.clear_case((record.get("id")?, kind), &record.get::<String>("state")?, now).await?;
            }
            if gone == before {
                return Ok(gone);
            }
        }
    }

    async fn clear_case(&self, (id, kind): (i64, CaseKind), state: &str, now: Instant) -> Result<u64, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let Some(case) = self.case_in(&mut tx, id).await? else { return Ok(0) };
        let mut gone = 0;
        // Its owner may have gone on with it meanwhile.
        for file in case.files.iter().filter(|_| case.state.code() == state) {
            let Some(digest) = file.file.filter(|_| !(state == "approved" && file.slot.outlasts_decision())) else { continue };
            discard(&mut tx, &digest, now).await?;
            let sql = "UPDATE proofing_file SET file = NULL, deleted_at = $1 WHERE case_id = $2 AND slot = $3";
            sqlx::query(sql).bind(now.millis()).bind(id).bind(file.slot.code()).execute(&mut *tx).await?;
            gone += 1;
        }
        if gone > 0 {
            self.tell(&mut tx, (id, kind), "delete pictures", None, ("retention", now)).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }

    /// Files that are to be deleted from the vault.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn discarded_files(&self, now: Instant, limit: u32) -> Result<Vec<Digest>, RegistryError> {
        let sql = "SELECT file FROM vault_discard WHERE due_at <= $1 ORDER BY due_at, file LIMIT $2";
        let rows = sqlx::query(sql).bind(now.millis()).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Record::new("vault_discard", row, "file")?.parsed("file", |t| t.parse().ok())).collect()
    }

    /// The file is gone from the vault.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn forget_discarded(&self, file: &Digest) -> Result<(), RegistryError> {
        sqlx::query("DELETE FROM vault_discard WHERE file = $1").bind(file.to_string()).execute(&self.pool).await?;
        Ok(())
    }

    /// How many pictures of cases are kept.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn kept_pictures(&self) -> Result<u64, RegistryError> {
        let sql = "SELECT COUNT(*) FROM proofing_file WHERE file IS NOT NULL";
        let count: i64 = sqlx::query(sql).fetch_one(&self.pool).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
