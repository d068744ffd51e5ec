//! The telephones of accounts: the one that each has, and those that it had.
//!
//! A number may have been several people's, one after the other. What was recorded with it belongs to the account that had taken it last when it was
//! recorded; if none had by then, to the one that took it first thereafter: people register after their award lists have come. So nobody who gets a
//! number that another person gave up gets that person's awards with it, and nobody loses awards by giving a number up.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::accounts::telephone_place;
use super::{Registry, RegistryError};

/// When the list of an award was imported, in a statement over `award`.
pub(super) const IMPORTED: &str = "(SELECT l.imported_at FROM award_list l WHERE l.id = award.list_id)";

/// The account whose telephone something was recorded with: `hash` and `at` are expressions for the telephone's keyed hash and the instant.
pub(super) fn holder_of(hash: &str, at: &str) -> String {
    let taken = format!("SELECT t.account_id FROM account_telephone t WHERE t.telephone_hash = {hash}");
    // SQLite knows nothing of the statement around it behind ORDER BY: so two questions, and not one that is sorted by a condition.
    format!(
        "COALESCE(({taken} AND t.from_at <= {at} ORDER BY t.from_at DESC, t.account_id LIMIT 1), \
         ({taken} ORDER BY t.from_at, t.account_id LIMIT 1))"
    )
}

impl Registry {
    /// Gives an account a new telephone, whose owner has typed the code that was sent there; it keeps the one before among those that it
    /// had. `false` if another account has the new one; nothing changes then.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn set_telephone(&self, id: AccountId, telephone: &Telephone, now: Instant) -> Result<bool, RegistryError> {
        let (id, hash) = (id.to_string(), self.keys.telephone_hash(telephone));
        let mut tx = self.write().await?;
        // The trail's lock comes first, so that two who want the same number come one after the other.
        self.append(&mut tx, now, &id, "set telephone", &id, "").await?;
        let taken = sqlx::query("SELECT id FROM account WHERE telephone_hash = $1").bind(hash.clone()).fetch_optional(&mut *tx).await?;
        if taken.is_some() {
            tx.rollback().await?;
            return Ok(false);
        }
        keep_grants(&mut tx, &id).await?;
        sqlx::query("UPDATE account SET telephone_hash = $1, telephone_sealed = $2 WHERE id = $3")
            .bind(hash.clone())
            .bind(self.keys.seal_field(&telephone_place(&id), telephone.as_str()))
            .bind(id.clone())
            .execute(&mut *tx)
            .await?;
        let sql = "UPDATE account_telephone SET until_at = $1 WHERE account_id = $2 AND until_at IS NULL";
        sqlx::query(sql).bind(now.millis()).bind(id.clone()).execute(&mut *tx).await?;
        let sql = "INSERT INTO account_telephone (account_id, telephone_hash, from_at) VALUES ($1, $2, $3)";
        sqlx::query(sql).bind(id).bind(hash).bind(now.millis()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}

impl Registry {
    /// Whether the telephone that an award list has for an award was this account's when the list came.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn is_listed_under(&self, award: &str, account: AccountId) -> Result<bool, RegistryError> {
        let holder = holder_of("award.telephone_hash", IMPORTED);
        let sql = format!("SELECT COUNT(*) FROM award WHERE id = $1 AND {holder} = $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(award.to_owned()).bind(account.to_string());
        Ok(query.fetch_one(&self.pool).await?.try_get::<i64, _>(0)? > 0)
    }
}

/// What was granted to the number that an account has becomes the account's, before it lets go of the number.
pub(super) async fn keep_grants(tx: &mut Transaction<'static, Any>, account: &str) -> Result<(), RegistryError> {
    let sql = "UPDATE coupon_grant SET account_id = $1, telephone_hash = NULL WHERE account_id IS NULL \
               AND telephone_hash = (SELECT telephone_hash FROM account WHERE id = $1)";
    sqlx::query(sql).bind(account.to_owned()).execute(&mut **tx).await?;
    Ok(())
}
