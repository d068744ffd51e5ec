//! A holder whose telephone is lost: a new account at the new number asks for the things of the earlier one, and a reviewer compares both. Nobody
//! who asks learns anything of the earlier account, not even whether there is one, before the reviewer has approved.

use crate::domain::account::Office;
use crate::domain::moving::{MoveNote, MoveState, Sameness};
use crate::domain::status::CorrectionReason;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::{Account, Known, MoveError, MoveRecord, RegistryError};

use super::access::{AccessError, Random, Reviewer, Student};
use super::limits::Policy;
use super::messages::Notification;
use super::{Service, ServiceError};

/// Requests of one account: three at once, and then one in eight hours.
const ASKED: Policy = Policy { name: "move", limit: crate::domain::limit::Limit::fixed(3, 8 * 3_600_000) };
/// Requests that the page of the queue lists.
const QUEUE: u32 = 50;

/// Why a request to move is not taken or decided.
#[derive(Debug, thiserror::Error)]
pub enum MovingError {
    /// The request does not allow it.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The account's real name is not verified.
    #[error("请先在本账号完成实名认证，通过后再申请 / have your real name verified with this account first")]
    NotVerified,
    /// The old number is the account's own.
    #[error("这是本账号现在的手机号，请填写原来的手机号 / this is the number that you have now: enter the old one")]
    SameNumber,
    /// Too many requests.
    #[error(transparent)]
    Access(AccessError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for MovingError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Moving(error) => Self::Move(error),
            other => Self::Service(other.into()),
        }
    }
}

/// One of both sides of a request.
#[derive(Debug, Clone)]
pub struct MoveSide {
    /// The account.
    pub account: Account,
    /// What verification has shown.
    pub known: Known,
    /// When it was last used, as far as a session says so.
    pub last_used: Option<Instant>,
}

/// A request with everything that helps to decide it.
#[derive(Debug, Clone)]
pub struct MoveFile {
    /// The request.
    pub record: MoveRecord,
    /// The account that asks.
    pub new: MoveSide,
    /// The student's account that has the old number now, if there is one.
    pub earlier: Option<MoveSide>,
    /// What both verifications say.
    pub sameness: Sameness,
}

impl Service {
    /// Whether the account may ask, and its last request.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn own_move(&self, student: &Student) -> Result<(bool, Option<MoveRecord>), ServiceError> {
        let id = student.visitor().id();
        let verified = self.registry.proofed(id).await?.real_name.verified_since.is_some();
        Ok((verified, self.registry.last_move(id).await?))
    }

    /// Asks for the things of the account that has another number. The answer is the same whether there is one; whoever has it is told.
    ///
    /// # Errors
    /// [`MovingError`].
    pub async fn ask_to_move(
        &self,
        student: &Student,
        (old, note): (&Telephone, &MoveNote),
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), MovingError> {
        let visitor = student.visitor();
        if self.registry.proofed(visitor.id()).await?.real_name.verified_since.is_none() {
            return Err(MovingError::NotVerified);
        }
        if old == visitor.telephone() {
            return Err(MovingError::SameNumber);
        }
        let bucket = self.registry.keys().secret_hash(ASKED.name, &[visitor.id().to_string().as_bytes()]);
        self.take_all(&bucket, ASKED, 1, now).await.map_err(|error| match AccessError::from(error) {
            AccessError::Service(error) => MovingError::Service(error),
            other => MovingError::Access(other),
        })?;
        self.registry.ask_move(visitor.id(), old, note, now).await?;
        match self.earlier_account(old, visitor.id()).await? {
            Some(earlier) => self.notify(earlier.id, &Notification::MoveAsked, now, source).await?,
            None => {
                let mut id = [0; 16];
                source(&mut id);
                self.seem_to_send(id, now).await?;
            }
        }
        Ok(())
    }

    /// The requests that wait, the oldest first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn moves(&self, _: &Reviewer) -> Result<Vec<MoveRecord>, ServiceError> {
        Ok(self.registry.open_moves(QUEUE).await?)
    }

    /// A request with both sides. That it was read is in the audit trail.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn move_file(&self, reviewer: &Reviewer, id: i64, now: Instant) -> Result<Option<MoveFile>, ServiceError> {
        let Some(record) = self.registry.read_out_move(id, &reviewer.actor(), now).await? else { return Ok(None) };
        let Some(new) = self.registry.account(record.account).await? else { return Ok(None) };
        let earlier = match record.state {
            MoveState::Asked => self.earlier_account(&record.telephone, record.account).await?,
            // What was decided is not compared again: the number may be somebody else's by now.
            MoveState::Approved | MoveState::Refused => None,
        };
        let new = self.side(new, now).await?;
        let earlier = match earlier {
            Some(account) => Some(self.side(account, now).await?),
            None => None,
        };
        let theirs = earlier.as_ref().and_then(|side| side.known.real_name.as_ref());
        let sameness = Sameness::of(new.known.real_name.as_ref(), theirs);
        Ok(Some(MoveFile { record, new, earlier, sameness }))
    }

    async fn side(&self, account: Account, now: Instant) -> Result<MoveSide, ServiceError> {
        let known = self.registry.known_of(&[account.id]).await?.remove(&account.id).unwrap_or_default();
        let last_used = self.registry.sessions(account.id, now).await?.into_iter().map(|session| session.seen).max();
        Ok(MoveSide { account, known, last_used })
    }

    /// The open student's account with a number, but for one's own.
    async fn earlier_account(
        &self,
        telephone: &Telephone,
        but: crate::domain::account::AccountId,
    ) -> Result<Option<Account>, ServiceError> {
        let account = self.registry.account_by_telephone(telephone).await?;
        Ok(account.filter(|a| a.closed_at.is_none() && a.id != but && a.offices.has(Office::Student)))
    }

    /// Moves the earlier account to the new telephone. Without proof by both verifications it takes a reason. Both numbers are told.
    ///
    /// # Errors
    /// [`MovingError::Move`]; nothing is changed then.
    pub async fn approve_move(
        &self,
        reviewer: &Reviewer,
        id: i64,
        reason: Option<&CorrectionReason>,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), MovingError> {
        let file = self.move_file(reviewer, id, now).await?.ok_or(MoveError::Unknown)?;
        if file.record.state != MoveState::Asked {
            return Err(MoveError::Decided.into());
        }
        let earlier = file.earlier.ok_or(MoveError::NoAccount)?;
        if file.sameness != Sameness::Certain && reason.is_none() {
            return Err(MoveError::Unreasoned.into());
        }
        let moved = self.registry.approve_move(id, earlier.account.id, reason, &reviewer.actor(), now).await?;
        // The move stands, whatever becomes of the messages.
        let told: Result<(), ServiceError> = async {
            self.notify(moved.earlier, &Notification::Moved, now, source).await?;
            self.tell_old_number(&moved.old_telephone, now, source).await?;
            if moved.centre {
                return self.centre_verified(moved.earlier, now, source).await;
            }
            // Claims that came along may have what they waited for.
            self.registry.claims_follow_verification(moved.earlier, now).await?;
            Ok(())
        }
        .await;
        if let Err(error) = told {
            tracing::warn!(%error, request = id, "not everybody could be told of a move");
        }
        Ok(())
    }

    /// Refuses a request, for a reason that its holder reads.
    ///
    /// # Errors
    /// [`MovingError::Move`].
    pub async fn refuse_move(
        &self,
        reviewer: &Reviewer,
        id: i64,
        reason: &CorrectionReason,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), MovingError> {
        let asked = self.registry.refuse_move(id, reason, &reviewer.actor(), now).await?;
        if let Err(error) = self.notify(asked.account, &Notification::MoveRefused, now, source).await {
            tracing::warn!(%error, request = id, "the holder could not be told of a refused move");
        }
        Ok(())
    }
}
