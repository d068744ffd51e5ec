//! What its owner does with a case.

use sqlx::{Any, Row as _, Transaction};

use crate::domain::account::AccountId;
use crate::domain::digest::Digest;
use crate::domain::proofing::{CaseKind, CaseState, Event, NotPossible, Slot, Typed};
use crate::domain::time::Instant;
use crate::registry::{Registry, RegistryError};

use super::{Case, ProofingError, Subject, content_place};

/// What is sent in: checked.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// What the form says, in its one spelling.
    pub typed: &'a Typed,
    /// Whom or what it is about, to be searched by its keyed hash.
    pub subject: Option<Subject<'a>>,
    /// When it came.
    pub at: Instant,
    /// Before which instant it is to be decided.
    pub due: Instant,
}

impl Registry {
    /// Keeps what the owner has filled in; begins a case if there is no live one.
    ///
    /// # Errors
    /// [`ProofingError::NotPossible`] while it waits for a reviewer or is approved.
    pub async fn save_draft(&self, account: AccountId, kind: CaseKind, typed: &Typed, now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let id = self.open_case(&mut tx, account, kind, now).await?.id;
        sqlx::query("UPDATE proofing_case SET content = $1, changed_at = $2 WHERE id = $3")
            .bind(self.keys.seal_field(&content_place(id), &typed.write()))
            .bind(now.millis())
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts a picture, which is in the vault already and was announced, into its slot. The one before it is discarded.
    ///
    /// # Errors
    /// [`ProofingError::NotPossible`] while the case waits for a reviewer or is approved.
    pub async fn attach_picture(
        &self,
        account: AccountId,
        kind: CaseKind,
        slot: Slot,
        file: &Digest,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.attach(&mut tx, (account, kind), (slot, file), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The same with a copy of a picture of the real-name verification, which its owner agreed to hand to the centre: its case's history has
    /// the agreement, of the instant at which the copy came.
    ///
    /// # Errors
    /// [`ProofingError::NotPossible`] while the case waits for a reviewer or is approved.
    pub async fn attach_reused(&self, account: AccountId, slot: Slot, file: &Digest, now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let id = self.attach(&mut tx, (account, CaseKind::Centre), (slot, file), now).await?;
        self.tell(&mut tx, (id, CaseKind::Centre), &reused(slot), None, (&account.to_string(), now)).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn attach(
        &self,
        tx: &mut Transaction<'static, Any>,
        (account, kind): (AccountId, CaseKind),
        (slot, file): (Slot, &Digest),
        now: Instant,
    ) -> Result<i64, RegistryError> {
        let case = self.open_case(tx, account, kind, now).await?;
        if let Some(before) = case.picture(slot) {
            super::files::discard(tx, &before, now).await?;
        }
        sqlx::query(
            "INSERT INTO proofing_file (case_id, slot, file, added_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (case_id, slot) DO UPDATE SET file = excluded.file, added_at = excluded.added_at, deleted_at = NULL",
        )
        .bind(case.id)
        .bind(slot.code())
        .bind(file.to_string())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
        sqlx::query("DELETE FROM vault_discard WHERE file = $1").bind(file.to_string()).execute(&mut **tx).await?;
        sqlx::query("UPDATE proofing_case SET changed_at = $1 WHERE id = $2").bind(now.millis()).bind(case.id).execute(&mut **tx).await?;
        Ok(case.id)
    }

    /// Sends the live case in.
    ///
    /// # Errors
    /// [`ProofingError::NotPossible`] unless its owner may change it; [`ProofingError::Unknown`] if there is none.
    pub async fn submit_case(&self, account: AccountId, kind: CaseKind, sent: Submission<'_>) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let case = self.live_in(&mut tx, account, kind).await?.ok_or(ProofingError::Unknown)?;
        let next = case.state.submit(sent.at, sent.due).map_err(ProofingError::from)?;
        sqlx::query(
            "UPDATE proofing_case SET state = $1, content = $2, document_hash = $3, changed_at = $4, submitted_at = $4, due_at = $5, \
             first_submitted_at = COALESCE(first_submitted_at, $4), reasons = NULL, lease_until = 0 WHERE id = $6",
        )
        .bind(next.code())
        .bind(self.keys.seal_field(&content_place(case.id), &sent.typed.write()))
        .bind(sent.subject.map(|subject| self.subject_hash(subject)))
        .bind(sent.at.millis())
        .bind(sent.due.millis())
        .bind(case.id)
        .execute(&mut *tx)
        .await?;
        self.tell(&mut tx, (case.id, kind), Event::Submit.code(), None, (&account.to_string(), sent.at)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins another case beside the approved one, which counts no more; the form starts with what the approved one says.
    ///
    /// # Errors
    /// [`ProofingError::NotPossible`] unless the live case is approved; [`ProofingError::Unknown`] if there is none.
    pub async fn reopen_case(&self, account: AccountId, kind: CaseKind, now: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let case = self.live_in(&mut tx, account, kind).await?.ok_or(ProofingError::Unknown)?;
        let next = case.state.reopen().map_err(ProofingError::from)?;
        let sql = "UPDATE proofing_case SET state = $1, changed_at = $2 WHERE id = $3";
        sqlx::query(sql).bind(next.code()).bind(now.millis()).bind(case.id).execute(&mut *tx).await?;
        self.tell(&mut tx, (case.id, kind), Event::Reopen.code(), None, (&account.to_string(), now)).await?;
        self.begin_case(&mut tx, account, kind, &case.typed, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The live case, begun if there is none, if its owner may change it.
    async fn open_case(
        &self,
        tx: &mut Transaction<'static, Any>,
        account: AccountId,
        kind: CaseKind,
        now: Instant,
    ) -> Result<Case, RegistryError> {
        // The lock keeps two requests from beginning two cases, and a submission from being changed under its reviewer.
        self.lock_trail(tx).await?;
        match self.live_in(tx, account, kind).await? {
            Some(case) if case.state.is_open() => Ok(case),
            Some(case) => Err(ProofingError::from(NotPossible { state: case.state.code(), event: Event::Submit }).into()),
            None => self.begin_case(tx, account, kind, &Typed::default(), now).await,
        }
    }

    async fn begin_case(
        &self,
        tx: &mut Transaction<'static, Any>,
        account: AccountId,
        kind: CaseKind,
        typed: &Typed,
        now: Instant,
    ) -> Result<Case, RegistryError> {
        let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM proofing_case").fetch_one(&mut **tx).await?.try_get(0)?;
        sqlx::query(
            "INSERT INTO proofing_case (id, account_id, kind, state, content, changed_at, lease_until) VALUES ($1, $2, $3, $4, $5, $6, 0)",
        )
        .bind(id)
        .bind(account.to_string())
        .bind(kind.code())
        .bind(CaseState::Draft.code())
        .bind(self.keys.seal_field(&content_place(id), &typed.write()))
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
        self.tell(tx, (id, kind), "open", None, (&account.to_string(), now)).await?;
        let state = CaseState::Draft;
        Ok(Case { id, account, kind, state, typed: typed.clone(), files: Vec::new(), changed_at: now, first_submitted: None })
    }
}

/// What the history calls the agreement to hand a picture on.
pub(super) fn reused(slot: Slot) -> String {
    format!("{REUSED}{}", slot.code())
}

/// Begins the name of an agreement in a history.
pub(super) const REUSED: &str = "reuse ";
