//! What reviewers do with cases: each is before one of them at a time, by a lease.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::proofing::{CaseKind, Event, Reasons};
use crate::domain::time::Instant;
use crate::registry::rows::Record;
use crate::registry::{Registry, RegistryError};

use super::{Case, ProofingError, reasons_place};

/// How often a lease is tried when others take what was chosen; each time somebody else got one, so the queue moves.
const TRIES: usize = 16;

/// What waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Cases that wait for a decision.
    pub waiting: u64,
    /// Those of them that are past their due instant.
    pub late: u64,
    /// Those of them that the one who asks has before them.
    pub mine: u64,
}

/// A case that waits, without what is private in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// What it verifies.
    pub kind: CaseKind,
    /// When it came.
    pub submitted: Instant,
    /// Before which instant it is to be decided.
    pub due: Instant,
    /// The account of the reviewer who has it before them.
    pub held_by: Option<AccountId>,
}

/// What a reviewer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// 通过.
    Approve,
    /// 退回.
    Return(Reasons),
}

impl Registry {
    /// What waits of some kinds, for a reviewer.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn queue_counts(&self, kinds: &[CaseKind], reviewer: AccountId, now: Instant) -> Result<QueueCounts, RegistryError> {
        let sql = format!(
            "SELECT COUNT(*), COUNT(CASE WHEN due_at <= $1 THEN 1 END), \
             COUNT(CASE WHEN lease_holder = $2 AND lease_until > $1 THEN 1 END) FROM proofing_case WHERE state = 'submitted' AND {}",
            of_kinds(kinds)
        );
        let row = sqlx::query(AssertSqlSafe(sql)).bind(now.millis()).bind(reviewer.to_string()).fetch_one(&self.pool).await?;
        let count = |at: usize| Ok::<_, RegistryError>(u64::try_from(row.try_get::<i64, _>(at)?).unwrap_or_default());
        Ok(QueueCounts { waiting: count(0)?, late: count(1)?, mine: count(2)? })
    }

    /// The first cases of some kinds that wait, what is due first before the others.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn waiting_cases(&self, kinds: &[CaseKind], now: Instant, limit: u32) -> Result<Vec<Waiting>, RegistryError> {
        let sql = format!(
            "SELECT CAST(id AS TEXT) AS row_key, id, kind, submitted_at, due_at, \
             CASE WHEN lease_until > $1 THEN lease_holder END AS held_by \
             FROM proofing_case WHERE state = 'submitted' AND {} ORDER BY due_at, id LIMIT $2",
            of_kinds(kinds)
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(now.millis()).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let waiting = |row: &AnyRow| {
            let record = Record::new("proofing_case", row, "row_key")?;
            Ok(Waiting {
                id: record.get("id")?,
                kind: record.parsed("kind", CaseKind::from_code)?,
                submitted: record.instant("submitted_at")?,
                due: record.instant("due_at")?,
                held_by: record.optional("held_by", |t| t.parse().ok())?,
            })
        };
        rows.iter().map(waiting).collect()
    }

    /// Gives a reviewer the case of their kinds that is due first of those that nobody has, or after one that they pass over, which others may then take;
    /// it is theirs until `until`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn lease_next(
        &self,
        kinds: &[CaseKind],
        reviewer: AccountId,
        pass_over: Option<i64>,
        now: Instant,
        until: Instant,
    ) -> Result<Option<i64>, RegistryError> {
        let me = reviewer.to_string();
        let mut after = (0, 0);
        if let Some(id) = pass_over {
            let sql = "UPDATE proofing_case SET lease_until = 0 WHERE id = $1 AND lease_holder = $2 RETURNING COALESCE(due_at, 0)";
            if let Some(row) = sqlx::query(sql).bind(id).bind(me.clone()).fetch_optional(&self.pool).await? {
                after = (row.try_get::<i64, _>(0)?, id);
            }
        }
        // One statement chooses and takes. On PostgreSQL another one may take the chosen row between the two; the conditions are then asked
        // again of the changed row, nothing is taken, and the next try chooses another.
        let kinds = of_kinds(kinds);
        let take = format!(
            "UPDATE proofing_case SET lease_holder = $1, lease_until = $2 \
             WHERE state = 'submitted' AND (lease_until <= $3 OR lease_holder = $1) AND id = (\
             SELECT id FROM proofing_case WHERE state = 'submitted' AND {kinds} AND (lease_until <= $3 OR lease_holder = $1) \
             ORDER BY CASE WHEN due_at > $4 OR (due_at = $4 AND id > $5) THEN 0 ELSE 1 END, due_at, id LIMIT 1) RETURNING id"
        );
        let free = format!(
            "SELECT COUNT(*) FROM proofing_case WHERE state = 'submitted' AND {kinds} AND (lease_until <= $1 OR lease_holder = $2)"
        );
        for _ in 0..TRIES {
            let mut tx = self.write().await?;
            let query = sqlx::query(AssertSqlSafe(take.clone()))
                .bind(me.clone())
                .bind(until.millis())
                .bind(now.millis())
                .bind(after.0)
                .bind(after.1);
            if let Some(row) = query.fetch_optional(&mut *tx).await? {
                let id: i64 = row.try_get(0)?;
                self.append(&mut tx, now, &me, "take case", &id.to_string(), "").await?;
                tx.commit().await?;
                return Ok(Some(id));
            }
            tx.rollback().await?;
            let left: i64 =
                sqlx::query(AssertSqlSafe(free.clone())).bind(now.millis()).bind(me.clone()).fetch_one(&self.pool).await?.try_get(0)?;
            if left == 0 {
                break;
            }
        }
        Ok(None)
    }

    /// Gives a reviewer this very case, if nobody else has it. `false` if somebody has, or it does not wait.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn lease_case(&self, id: i64, reviewer: AccountId, now: Instant, until: Instant) -> Result<bool, RegistryError> {
        let me = reviewer.to_string();
        let mut tx = self.write().await?;
        let sql = "UPDATE proofing_case SET lease_holder = $1, lease_until = $2 \
                   WHERE id = $3 AND state = 'submitted' AND (lease_until <= $4 OR lease_holder = $1)";
        let query = sqlx::query(sql).bind(me.clone()).bind(until.millis()).bind(id).bind(now.millis());
        let taken = query.execute(&mut *tx).await?.rows_affected() == 1;
        if taken {
            self.append(&mut tx, now, &me, "take case", &id.to_string(), "").await?;
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// A case of their kinds with what is private in it, for the reviewer who has it; their time with it begins anew, and the audit trail
    /// says that they read it: `what` of it.
    ///
    /// # Errors
    /// [`ProofingError::NotYours`], [`ProofingError::Unknown`].
    pub async fn read_leased(
        &self,
        id: i64,
        (kinds, reviewer): (&[CaseKind], AccountId),
        what: &str,
        now: Instant,
        until: Instant,
    ) -> Result<Case, RegistryError> {
        let me = reviewer.to_string();
        let mut tx = self.write().await?;
        self.append(&mut tx, now, &me, "read case", &id.to_string(), what).await?;
        let sql =
            "UPDATE proofing_case SET lease_until = $1 WHERE id = $2 AND state = 'submitted' AND lease_holder = $3 AND lease_until > $4";
        let renewed = sqlx::query(sql).bind(until.millis()).bind(id).bind(me).bind(now.millis()).execute(&mut *tx).await?;
        let case = self.case_in(&mut tx, id).await?.ok_or(ProofingError::Unknown)?;
        if renewed.rows_affected() == 0 || !kinds.contains(&case.kind) {
            return Err(ProofingError::NotYours.into());
        }
        tx.commit().await?;
        Ok(case)
    }

    /// Decides a case of their kinds, if the reviewer's time with it is not over. Answers it as it is then.
    ///
    /// # Errors
    /// [`ProofingError::NotYours`], [`ProofingError::NotPossible`], [`ProofingError::Unknown`]; nothing is decided then.
    pub async fn rule(
        &self,
        id: i64,
        (kinds, reviewer): (&[CaseKind], AccountId),
        ruling: Ruling,
        now: Instant,
    ) -> Result<Case, RegistryError> {
        let me = reviewer.to_string();
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let case = self.case_in(&mut tx, id).await?.ok_or(ProofingError::Unknown)?;
        if !kinds.contains(&case.kind) {
            return Err(ProofingError::NotYours.into());
        }
        let (event, reasons) = match &ruling {
            Ruling::Approve => (Event::Approve, None),
            Ruling::Return(reasons) => (Event::Return, Some(reasons.clone())),
        };
        let next = match ruling {
            Ruling::Approve => case.state.clone().approve(now),
            Ruling::Return(reasons) => case.state.clone().send_back(now, reasons),
        }
        .map_err(ProofingError::from)?;
        let sql = "UPDATE proofing_case SET state = $1, decided_at = $2, changed_at = $2, reasons = $3, lease_until = 0 \
                   WHERE id = $4 AND state = 'submitted' AND lease_holder = $5 AND lease_until > $2";
        let decided = sqlx::query(sql)
            .bind(next.code())
            .bind(now.millis())
            .bind(reasons.as_ref().map(|r| self.keys.seal_field(&reasons_place(id), &r.write())))
            .bind(id)
            .bind(me.clone())
            .execute(&mut *tx)
            .await?;
        if decided.rows_affected() == 0 {
            return Err(ProofingError::NotYours.into());
        }
        self.tell(&mut tx, (id, case.kind), event.code(), reasons.as_ref(), (&me, now)).await?;
        if event == Event::Approve {
            self.supersede_in(&mut tx, (case.account, case.kind), (&me, now)).await?;
        }
        tx.commit().await?;
        Ok(Case { state: next, changed_at: now, ..case })
    }

    /// The case that was reopened is superseded by the one that counts now.
    pub(in crate::registry) async fn supersede_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        (account, kind): (AccountId, CaseKind),
        (actor, now): (&str, Instant),
    ) -> Result<(), RegistryError> {
        let sql = "UPDATE proofing_case SET state = 'superseded', changed_at = $1 WHERE account_id = $2 AND kind = $3 AND state = 'reopened' \
                   RETURNING id";
        let query = sqlx::query(sql).bind(now.millis()).bind(account.to_string()).bind(kind.code());
        for row in query.fetch_all(&mut **tx).await? {
            self.tell(tx, (row.try_get(0)?, kind), Event::Supersede.code(), None, (actor, now)).await?;
        }
        Ok(())
    }
}

/// Kinds as a condition: their names are this program's own.
pub(in crate::registry) fn of_kinds(kinds: &[CaseKind]) -> String {
    let names: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.code())).collect();
    format!("kind IN ({})", names.join(", "))
}
