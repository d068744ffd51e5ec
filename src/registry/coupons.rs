//! Coupons, and the grants that accounts have of them.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::coupon::{Coupon, CouponCode, CouponRefusal, Worth, in_period};
use crate::domain::issuer::Slug;
use crate::domain::order::OrderNumber;
use crate::domain::telephone::Telephone;
use crate::domain::time::{Instant, Period};

use super::rows::Record;
use super::{Registry, RegistryError};

/// A coupon as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponRecord {
    /// Counted from 1.
    pub id: i64,
    /// What it is.
    pub coupon: Coupon,
    /// How many grants there are.
    pub granted: u32,
    /// How many of them are spent.
    pub spent: u32,
    /// When it was withdrawn.
    pub withdrawn: Option<Instant>,
}

/// A grant that an account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// Its name.
    pub id: String,
    /// Of which coupon.
    pub coupon: CouponRecord,
    /// When it came.
    pub at: Instant,
    /// The order that it was spent on.
    pub order: Option<OrderNumber>,
}

impl GrantRecord {
    /// Whether it can be spent on an offer.
    ///
    /// # Errors
    /// [`CouponRefusal`].
    pub fn can_be_spent(&self, offer: &str, now: Instant) -> Result<(), CouponRefusal> {
        if self.order.is_some() {
            return Err(CouponRefusal::Spent);
        }
        if self.coupon.withdrawn.is_some() {
            return Err(CouponRefusal::Unknown);
        }
        in_period(self.coupon.coupon.period, now)?;
        if self.coupon.coupon.is_for(offer) { Ok(()) } else { Err(CouponRefusal::OtherOffer) }
    }
}

/// What giving to telephones did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    /// How many were given.
    pub new: u32,
    /// How many have as many as one may have.
    pub had: u32,
    /// How many were left when there were no more.
    pub left: u32,
}

const COLUMNS: &str = "CAST(k.id AS TEXT) AS row_key, k.id AS coupon_id, k.code, k.name, k.worth_kind, k.worth, k.starts_at, k.ends_at, \
                       k.most, k.granted, k.per_account, k.offer, k.withdrawn_at, \
                       (SELECT COUNT(*) FROM coupon_grant s WHERE s.coupon = k.id AND s.order_number IS NOT NULL) AS spent";
/// Grants of an account: its own, and those that wait for its telephone.
const OWN: &str = "(g.account_id = $1 OR (g.account_id IS NULL AND g.telephone_hash = $2))";

impl Registry {
    /// Makes a coupon. `None` if its code is another's.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn add_coupon(&self, coupon: &Coupon, actor: &str, at: Instant) -> Result<Option<i64>, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let sql = "SELECT COUNT(*) FROM coupon WHERE code = $1";
        let taken: i64 = sqlx::query(sql).bind(coupon.code.as_str().to_owned()).fetch_one(&mut *tx).await?.try_get(0)?;
        if taken > 0 {
            return Ok(None);
        }
        let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM coupon").fetch_one(&mut *tx).await?.try_get(0)?;
        let (kind, worth) = coupon.worth.parts();
        sqlx::query(
            "INSERT INTO coupon (id, code, name, worth_kind, worth, starts_at, ends_at, most, granted, per_account, offer, made_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11)",
        )
        .bind(id)
        .bind(coupon.code.as_str().to_owned())
        .bind(coupon.name.clone())
        .bind(kind)
        .bind(worth)
        .bind(coupon.period.start().millis())
        .bind(coupon.period.end().millis())
        .bind(coupon.most.map(i64::from))
        .bind(i64::from(coupon.per_account))
        .bind(coupon.offer.clone())
        .bind(at.millis())
        .execute(&mut *tx)
        .await?;
        self.append(&mut tx, at, actor, "make coupon", &id.to_string(), &coupon.worth.en()).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Withdraws a coupon: it is not redeemed any more, and grants that were not spent are void. `false` if there is none, or it was before.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn withdraw_coupon(&self, id: i64, actor: &str, at: Instant) -> Result<bool, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "withdraw coupon", &id.to_string(), "").await?;
        let sql = "UPDATE coupon SET withdrawn_at = $1 WHERE id = $2 AND withdrawn_at IS NULL";
        if sqlx::query(sql).bind(at.millis()).bind(id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Every coupon, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn coupons(&self) -> Result<Vec<CouponRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM coupon k ORDER BY k.id DESC LIMIT 500");
        sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// One coupon.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn coupon(&self, id: i64) -> Result<Option<CouponRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM coupon k WHERE k.id = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// The grants of an account and its telephone, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn grants_of(&self, account: AccountId, telephone: &Telephone) -> Result<Vec<GrantRecord>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS}, g.id AS grant_id, g.granted_at, g.order_number FROM coupon_grant g JOIN coupon k ON k.id = g.coupon \
             WHERE {OWN} ORDER BY g.granted_at DESC, g.id LIMIT 200"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).bind(self.keys.telephone_hash(telephone));
        query.fetch_all(&self.pool).await?.iter().map(read_grant).collect()
    }

    /// Gives an account a grant of the coupon with a code. `id` names it.
    ///
    /// # Errors
    /// [`CouponRefusal`].
    pub async fn redeem_coupon(
        &self,
        code: &CouponCode,
        (account, telephone): (AccountId, &Telephone),
        id: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let sql = format!("SELECT {COLUMNS} FROM coupon k WHERE k.code = $1 AND k.withdrawn_at IS NULL");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(code.as_str().to_owned()).fetch_optional(&mut *tx).await?;
        let coupon = read(&row.ok_or(CouponRefusal::Unknown)?)?;
        in_period(coupon.coupon.period, at)?;
        let hash = self.keys.telephone_hash(telephone);
        self.grant(&mut tx, &coupon, (Some(account), &hash), id, at).await?;
        self.append(&mut tx, at, &account.to_string(), "redeem coupon", &coupon.id.to_string(), "").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives grants of a coupon to telephones, with or without an account: each with the name of its grant.
    ///
    /// # Errors
    /// [`CouponRefusal::Unknown`], [`CouponRefusal::Over`]; nothing is given then.
    pub async fn give_coupon(&self, id: i64, to: &[(Telephone, String)], actor: &str, at: Instant) -> Result<Given, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let sql = format!("SELECT {COLUMNS} FROM coupon k WHERE k.id = $1 AND k.withdrawn_at IS NULL");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
        let coupon = read(&row.ok_or(CouponRefusal::Unknown)?)?;
        if in_period(coupon.coupon.period, at) == Err(CouponRefusal::Over) {
            return Err(CouponRefusal::Over.into());
        }
        let mut given = Given::default();
        for (telephone, grant) in to {
            let hash = self.keys.telephone_hash(telephone);
            let row = sqlx::query("SELECT id AS row_key FROM account WHERE telephone_hash = $1")
                .bind(hash.clone())
                .fetch_optional(&mut *tx)
                .await?;
            let account = match row {
                Some(row) => Some(Record::new("account", &row, "row_key")?.parsed("row_key", |t| t.parse().ok())?),
                None => None,
            };
            match self.grant(&mut tx, &coupon, (account, &hash), grant, at).await {
                Ok(()) => given.new += 1,
                Err(RegistryError::Coupon(CouponRefusal::Had)) => given.had += 1,
                Err(RegistryError::Coupon(CouponRefusal::Gone)) => given.left += 1,
                Err(error) => return Err(error),
            }
        }
        let detail = format!("{} given, {} had it, {} left", given.new, given.had, given.left);
        self.append(&mut tx, at, actor, "give coupon", &id.to_string(), &detail).await?;
        tx.commit().await?;
        Ok(given)
    }

    async fn grant(
        &self,
        tx: &mut Transaction<'static, Any>,
        coupon: &CouponRecord,
        (account, telephone_hash): (Option<AccountId>, &str),
        id: &str,
        at: Instant,
    ) -> Result<(), RegistryError> {
        let account = account.map(|account| account.to_string());
        let sql = format!("SELECT COUNT(*) FROM coupon_grant g WHERE g.coupon = $3 AND {OWN}");
        let query =
            sqlx::query(AssertSqlSafe(sql)).bind(account.clone().unwrap_or_default()).bind(telephone_hash.to_owned()).bind(coupon.id);
        let had: i64 = query.fetch_one(&mut **tx).await?.try_get(0)?;
        if had >= i64::from(coupon.coupon.per_account) {
            return Err(CouponRefusal::Had.into());
        }
        // The count and its limit in one statement: whoever is too late changes nothing.
        let sql = "UPDATE coupon SET granted = granted + 1 WHERE id = $1 AND withdrawn_at IS NULL AND (most IS NULL OR granted < most)";
        if sqlx::query(sql).bind(coupon.id).execute(&mut **tx).await?.rows_affected() == 0 {
            return Err(CouponRefusal::Gone.into());
        }
        let waits = account.is_none().then(|| telephone_hash.to_owned());
        let sql = "INSERT INTO coupon_grant (id, coupon, account_id, telephone_hash, granted_at) VALUES ($1, $2, $3, $4, $5)";
        let query = sqlx::query(sql).bind(id.to_owned()).bind(coupon.id).bind(account).bind(waits).bind(at.millis());
        query.execute(&mut **tx).await?;
        Ok(())
    }

    /// Spends a grant of an account on an order for an offer. Answers what it takes off.
    pub(super) async fn spend_grant(
        &self,
        tx: &mut Transaction<'static, Any>,
        id: &str,
        (account, telephone): (AccountId, &Telephone),
        (offer, order): (&Slug, &OrderNumber),
        at: Instant,
    ) -> Result<Worth, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS}, g.id AS grant_id, g.granted_at, g.order_number FROM coupon_grant g JOIN coupon k ON k.id = g.coupon \
             WHERE {OWN} AND g.id = $3"
        );
        let hash = self.keys.telephone_hash(telephone);
        let query = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).bind(hash.clone()).bind(id.to_owned());
        let grant = read_grant(&query.fetch_optional(&mut **tx).await?.ok_or(CouponRefusal::Spent)?)?;
        grant.can_be_spent(offer.as_str(), at)?;
        // One conditional statement: neither two clicks nor two servers spend it twice.
        let sql = "UPDATE coupon_grant SET order_number = $1, account_id = $2, telephone_hash = NULL WHERE id = $3 AND order_number IS NULL \
                   AND (account_id = $2 OR (account_id IS NULL AND telephone_hash = $4))";
        let query = sqlx::query(sql).bind(order.as_str().to_owned()).bind(account.to_string()).bind(id.to_owned()).bind(hash);
        if query.execute(&mut **tx).await?.rows_affected() != 1 {
            return Err(CouponRefusal::Spent.into());
        }
        Ok(grant.coupon.coupon.worth)
    }

    /// Gives back the grant that was spent on an order.
    pub(super) async fn give_back_grant(&self, tx: &mut Transaction<'static, Any>, order: &OrderNumber) -> Result<(), RegistryError> {
        let sql = "UPDATE coupon_grant SET order_number = NULL WHERE order_number = $1";
        sqlx::query(sql).bind(order.as_str().to_owned()).execute(&mut **tx).await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<CouponRecord, RegistryError> {
    let record = Record::new("coupon", row, "row_key")?;
    let count = |column: &'static str| u32::try_from(record.get::<i64>(column)?).map_err(|_| record.inconsistent(column));
    let most = record.get::<Option<i64>>("most")?.map(|most| u32::try_from(most).map_err(|_| record.inconsistent("most"))).transpose()?;
    let worth = Worth::from_parts(record.get("worth_kind")?, record.get("worth")?).ok_or_else(|| record.inconsistent("worth"))?;
    let period = Period::new(record.instant("starts_at")?, record.instant("ends_at")?).map_err(|_| record.inconsistent("ends_at"))?;
    let withdrawn = record.get::<Option<i64>>("withdrawn_at")?;
    Ok(CouponRecord {
        id: record.get("coupon_id")?,
        coupon: Coupon {
            code: record.parsed("code", |t| t.parse().ok())?,
            name: record.get("name")?,
            worth,
            period,
            most,
            per_account: count("per_account")?,
            offer: record.get("offer")?,
        },
        granted: count("granted")?,
        spent: count("spent")?,
        withdrawn: withdrawn.map(|at| Instant::from_millis(at).map_err(|_| record.inconsistent("withdrawn_at"))).transpose()?,
    })
}

fn read_grant(row: &AnyRow) -> Result<GrantRecord, RegistryError> {
    let record = Record::new("coupon_grant", row, "grant_id")?;
    Ok(GrantRecord {
        coupon: read(row)?,
        at: record.instant("granted_at")?,
        order: record.optional("order_number", |t| t.parse().ok())?,
        id: record.key,
    })
}
