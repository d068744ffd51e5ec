//! How claims move. Each move is one commit with everything that it brings: an award to be certified, a history line, an entry of the trail.

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::award::Award;
use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState, Contact, decided_before};
use crate::domain::issuer::Slug;
use crate::domain::money::Fen;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::registry::rows::{ROWS, placeholders};
use crate::registry::{Registry, RegistryError, awards};

use super::{By, ClaimError, ClaimRecord, email_place, event_place, reason_place, telephone_place};

/// A claim to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewClaim<'a> {
    /// Whose it is.
    pub account: AccountId,
    /// What is claimed.
    pub offer: &'a Slug,
    /// The award that entitles to it.
    pub award: &'a str,
    /// What it costs.
    pub fee: Fen,
    /// Where its holder is reached about it.
    pub contact: &'a Contact,
    /// It lapses unless it is paid for before.
    pub pay_until: Instant,
    /// When it came.
    pub at: Instant,
}

/// A claim that is approved, with what its certificate is made from.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Which claim.
    pub claim: ClaimId,
    /// What is certified.
    pub award: Award,
}

impl Registry {
    /// Records a claim.
    ///
    /// # Errors
    /// [`ClaimError::Twice`] if the award has one for this certificate that was not withdrawn.
    pub async fn add_claim(&self, new: NewClaim<'_>) -> Result<ClaimId, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let sql = "SELECT id FROM claim WHERE award = $1 AND offer = $2 AND state <> 'withdrawn'";
        let query = sqlx::query(sql).bind(new.award.to_owned()).bind(new.offer.as_str().to_owned());
        if let Some(row) = query.fetch_optional(&mut *tx).await? {
            return Err(ClaimError::Twice(ClaimId(row.try_get(0)?)).into());
        }
        let id = ClaimId(sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM claim").fetch_one(&mut *tx).await?.try_get(0)?);
        let (actor, state) = (new.account.to_string(), ClaimState::Submitted);
        self.append(&mut tx, new.at, &actor, "submit claim", &id.to_string(), new.offer.as_str()).await?;
        sqlx::query(
            "INSERT INTO claim (id, account_id, offer, award, state, fee, telephone, email, submitted_at, pay_until, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9)",
        )
        .bind(id.0)
        .bind(actor.clone())
        .bind(new.offer.as_str().to_owned())
        .bind(new.award.to_owned())
        .bind(state.code())
        .bind(new.fee.get())
        .bind(self.keys.seal_field(&telephone_place(id), new.contact.telephone.as_str()))
        .bind(self.keys.seal_field(&email_place(id), new.contact.email.as_str()))
        .bind(new.at.millis())
        .bind(new.pay_until.millis())
        .execute(&mut *tx)
        .await?;
        self.tell_claim(&mut tx, id, "submit", state, By { actor: &actor, at: new.at, reason: None }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes where the holder is reached about a claim, until it is decided.
    ///
    /// # Errors
    /// [`ClaimError::Unknown`] if the account has no such claim that is open.
    pub async fn set_claim_contact(&self, account: AccountId, id: ClaimId, contact: &Contact, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, &account.to_string(), "claim contact", &id.to_string(), "").await?;
        let sql = "UPDATE claim SET telephone = $1, email = $2 WHERE id = $3 AND account_id = $4 AND state IN \
                   ('submitted', 'awaiting-payment', 'awaiting-verification', 'in-review', 'returned')";
        let done = sqlx::query(sql)
            .bind(self.keys.seal_field(&telephone_place(id), contact.telephone.as_str()))
            .bind(self.keys.seal_field(&email_place(id), contact.email.as_str()))
            .bind(id.0)
            .bind(account.to_string())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(ClaimError::Unknown.into());
        }
        tx.commit().await?;
        Ok(())
    }

    /// Moves a claim within a transaction and writes its history. The caller holds the audit trail's lock (every writing transaction begins
    /// with it), and makes the trail's entry.
    pub(in crate::registry) async fn advance(
        &self,
        tx: &mut Transaction<'static, Any>,
        claim: &ClaimRecord,
        event: ClaimEvent,
        by: By<'_>,
    ) -> Result<ClaimState, RegistryError> {
        let next = claim.state.after(event).map_err(ClaimError::from)?;
        // What was decided two months after everything was there stays due then, whatever is put right in between.
        let completed = claim.due.is_none() && next == ClaimState::InReview;
        let due = if completed { decided_before(by.at).ok() } else { claim.due };
        sqlx::query(
            "UPDATE claim SET state = $1, changed_at = $2, due_at = $3, complete_at = CASE WHEN $4 = 1 THEN $2 ELSE complete_at END, \
             reason = COALESCE($5, reason) WHERE id = $6",
        )
        .bind(next.code())
        .bind(by.at.millis())
        .bind(due.map(Instant::millis))
        .bind(i64::from(completed))
        .bind(by.reason.map(|reason| self.keys.seal_field(&reason_place(claim.id), reason)))
        .bind(claim.id.0)
        .execute(&mut **tx)
        .await?;
        self.tell_claim(tx, claim.id, event.code(), next, by).await?;
        if matches!(event, ClaimEvent::Withdraw | ClaimEvent::Refuse | ClaimEvent::Lapse) {
            self.order_follows(tx, claim.id, by.actor, by.at).await?;
        }
        Ok(next)
    }

    /// Whether the centre has verified an account, as its cases stand in the transaction.
    pub(in crate::registry) async fn is_verified_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        account: AccountId,
    ) -> Result<bool, RegistryError> {
        let sql = "SELECT COUNT(*) FROM proofing_case WHERE account_id = $1 AND kind = 'centre' AND state = 'approved'";
        Ok(sqlx::query(sql).bind(account.to_string()).fetch_one(&mut **tx).await?.try_get::<i64, _>(0)? > 0)
    }

    /// The holder takes a claim back; what was paid is due back, an order that was not paid is cancelled.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub async fn withdraw_claim(&self, account: AccountId, id: ClaimId, at: Instant) -> Result<(), RegistryError> {
        self.holders_move(account, id, ClaimEvent::Withdraw, at).await
    }

    /// The holder sends a claim in again that had been sent back.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub async fn resubmit_claim(&self, account: AccountId, id: ClaimId, at: Instant) -> Result<(), RegistryError> {
        self.holders_move(account, id, ClaimEvent::Resubmit { verified: false }, at).await
    }

    async fn holders_move(&self, account: AccountId, id: ClaimId, event: ClaimEvent, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let actor = account.to_string();
        self.append(&mut tx, at, &actor, &format!("{} claim", event.code()), &id.to_string(), "").await?;
        let claim = self.claim_in(&mut tx, id).await?;
        if claim.account != account {
            return Err(ClaimError::Unknown.into());
        }
        let event = match event {
            ClaimEvent::Resubmit { .. } => ClaimEvent::Resubmit { verified: self.is_verified_in(&mut tx, account).await? },
            other => other,
        };
        self.advance(&mut tx, &claim, event, By { actor: &actor, at, reason: None }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The centre has verified an account, or its holder has begun another verification: claims that wait for it go on, or wait again.
    /// Answers how many moved.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claims_follow_verification(&self, account: AccountId, at: Instant) -> Result<u64, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let verified = self.is_verified_in(&mut tx, account).await?;
        let (from, event) =
            if verified { (ClaimState::AwaitingVerification, ClaimEvent::Verify) } else { (ClaimState::InReview, ClaimEvent::Unverify) };
        let sql = "SELECT id FROM claim WHERE account_id = $1 AND state = $2 ORDER BY id";
        let rows = sqlx::query(sql).bind(account.to_string()).bind(from.code()).fetch_all(&mut *tx).await?;
        let mut moved = 0;
        for row in rows {
            let claim = self.claim_in(&mut tx, ClaimId(row.try_get(0)?)).await?;
            let actor = "verification";
            self.append(&mut tx, at, actor, &format!("{} claim", event.code()), &claim.id.to_string(), "").await?;
            self.advance(&mut tx, &claim, event, By { actor, at, reason: None }).await?;
            moved += 1;
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Approves claims: what each certificate is made from is recorded in the same commit, so that issuing finds it once.
    /// A claim that another reviewer decided meanwhile is left as it is. Answers which were approved.
    ///
    /// # Errors
    /// [`RegistryError`]; nothing is changed then.
    pub async fn approve_claims(&self, approvals: &[Approval], actor: &str, at: Instant) -> Result<Vec<ClaimId>, RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let mut seq: i64 = sqlx::query("SELECT COALESCE(MAX(seq), 0) FROM award").fetch_one(&mut *tx).await?.try_get(0)?;
        let mut approved = Vec::new();
        for Approval { claim, award } in approvals {
            let record = self.claim_in(&mut tx, *claim).await?;
            if record.state != ClaimState::InReview {
                continue;
            }
            let sql = "SELECT COUNT(*) FROM award WHERE id = $1 AND held IS NOT NULL";
            if sqlx::query(sql).bind(record.award.clone()).fetch_one(&mut *tx).await?.try_get::<i64, _>(0)? > 0 {
                continue;
            }
            // Its own id, not that of the facts: another award of the same person may entitle to the same certificate.
            let id = self.keys.secret_hash("claimed award", &[claim.to_string().as_bytes()]);
            awards::insert(&mut tx, &self.keys, "claims", seq, &[(&id, award)]).await?;
            seq += 1;
            // The reviewer has decided whose it is, whatever the telephone says later.
            let sql = "INSERT INTO award_match (id, award, account_id, doubt, state, found_at, decided_at) VALUES \
                       ((SELECT COALESCE(MAX(id), 0) + 1 FROM award_match), $1, $2, 'document', 'confirmed', $3, $3)";
            sqlx::query(sql).bind(id.clone()).bind(record.account.to_string()).bind(at.millis()).execute(&mut *tx).await?;
            sqlx::query("UPDATE claim SET certified = $1 WHERE id = $2").bind(id).bind(claim.0).execute(&mut *tx).await?;
            self.append(&mut tx, at, actor, "approve claim", &claim.to_string(), "").await?;
            self.advance(&mut tx, &record, ClaimEvent::Approve, By { actor, at, reason: None }).await?;
            approved.push(*claim);
        }
        tx.commit().await?;
        Ok(approved)
    }

    /// Sends a claim back or refuses it, for a reason that its holder reads. What was paid for a refused one is due back.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub async fn decide_claim(
        &self,
        id: ClaimId,
        (event, reason): (ClaimEvent, &str),
        actor: &str,
        at: Instant,
    ) -> Result<ClaimRecord, RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, &format!("{} claim", event.code()), &id.to_string(), "").await?;
        let claim = self.claim_in(&mut tx, id).await?;
        self.advance(&mut tx, &claim, event, By { actor, at, reason: Some(reason) }).await?;
        tx.commit().await?;
        Ok(claim)
    }

    /// Claims that nobody paid for in time lapse. Answers how many.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn lapse_claims(&self, at: Instant) -> Result<u64, RegistryError> {
        let sql = "SELECT id FROM claim WHERE state IN ('submitted', 'awaiting-payment') AND pay_until <= $1 ORDER BY id LIMIT 200";
        let due = sqlx::query(sql).bind(at.millis()).fetch_all(&self.pool).await?;
        let mut lapsed = 0;
        for row in due {
            let (mut tx, actor) = (self.write().await?, "retention");
            let id = ClaimId(row.try_get(0)?);
            self.append(&mut tx, at, actor, "lapse claim", &id.to_string(), "").await?;
            let claim = self.claim_in(&mut tx, id).await?;
            if claim.state.after(ClaimEvent::Lapse).is_err() {
                continue;
            }
            self.advance(&mut tx, &claim, ClaimEvent::Lapse, By { actor, at, reason: None }).await?;
            tx.commit().await?;
            lapsed += 1;
        }
        Ok(lapsed)
    }

    /// The claims whose certificates are among `numbers` and are not marked as issued. Where there are any, the trail's lock is taken:
    /// before a row of a certificate is, as every writer does.
    pub(in crate::registry) async fn claims_to_issue(
        &self,
        tx: &mut Transaction<'static, Any>,
        numbers: &[&CertificateNumber],
    ) -> Result<Vec<ClaimId>, RegistryError> {
        let mut found = Vec::new();
        for chunk in numbers.chunks(ROWS) {
            let sql = format!(
                "SELECT claim.id FROM certificate c JOIN claim ON claim.certified = c.award_id WHERE claim.state = 'approved' AND \
                 c.number IN {} ORDER BY claim.id",
                placeholders(1, chunk.len(), 0)
            );
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, number| query.bind(number.as_str().to_owned()));
            for row in query.fetch_all(&mut **tx).await? {
                found.push(ClaimId(row.try_get(0)?));
            }
        }
        if !found.is_empty() {
            self.lock_trail(tx).await?;
        }
        Ok(found)
    }

    /// Marks claims as issued whose certificates are complete.
    pub(in crate::registry) async fn claims_issued(
        &self,
        tx: &mut Transaction<'static, Any>,
        claims: &[ClaimId],
        at: Instant,
    ) -> Result<(), RegistryError> {
        for id in claims {
            let claim = self.claim_in(tx, *id).await?;
            // Another process may have marked it while this one waited for the lock.
            if claim.state == ClaimState::Approved {
                self.append(tx, at, "issuing", "issue claim", &id.to_string(), "").await?;
                self.advance(tx, &claim, ClaimEvent::Issue, By { actor: "issuing", at, reason: None }).await?;
            }
        }
        Ok(())
    }

    async fn tell_claim(
        &self,
        tx: &mut Transaction<'static, Any>,
        id: ClaimId,
        act: &str,
        state: ClaimState,
        by: By<'_>,
    ) -> Result<(), RegistryError> {
        let sql = "SELECT COALESCE(MAX(seq), 0) + 1 FROM claim_event WHERE claim = $1";
        let seq: i64 = sqlx::query(sql).bind(id.0).fetch_one(&mut **tx).await?.try_get(0)?;
        sqlx::query("INSERT INTO claim_event (claim, seq, at, actor, act, state, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(id.0)
            .bind(seq)
            .bind(by.at.millis())
            .bind(by.actor.to_owned())
            .bind(act.to_owned())
            .bind(state.code())
            .bind(by.reason.map(|reason| self.keys.seal_field(&event_place(id, seq), reason)))
            .execute(&mut **tx)
            .await?;
        self.tell_of_claim(tx, (id, seq), act, state, by.at).await
    }
}
