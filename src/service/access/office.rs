//! What an administrator, or the operator at the command line, does with other people's accounts. Each is in the audit trail.

use crate::domain::account::{AccountId, Offices, Session};
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::{Account, Event, Reassigned};
use crate::service::{Service, ServiceError};

use super::{AccessError, Administrator};

/// What lets somebody change other people's accounts: an administrator's session, or the machine on which the service runs.
#[derive(Debug, Clone)]
pub struct Warrant {
    actor: String,
}

impl Warrant {
    /// An administrator's.
    #[must_use]
    pub fn of(administrator: &Administrator) -> Self {
        Self { actor: administrator.actor() }
    }

    /// The operator's, who has the data folder and its keys in hand.
    #[must_use]
    pub fn of_operator(name: &str) -> Self {
        Self { actor: name.to_owned() }
    }

    pub(in crate::service) fn actor(&self) -> &str {
        &self.actor
    }
}

/// By what an account is searched.
#[derive(Debug, Clone)]
pub enum AccountQuery {
    /// The telephone.
    Telephone(Telephone),
    /// The person's name, however it is spelt.
    Name(PersonName),
}

/// Accounts of one name that are shown.
const MOST: u32 = 50;

impl Service {
    /// Accounts with this telephone or name, closed ones too.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn find_accounts(&self, warrant: &Warrant, query: &AccountQuery, now: Instant) -> Result<Vec<Account>, ServiceError> {
        let found = match query {
            AccountQuery::Telephone(telephone) => self.registry.account_by_telephone(telephone).await?.into_iter().collect(),
            AccountQuery::Name(name) => self.registry.accounts_by_name(name, MOST).await?,
        };
        self.registry.note_account_read("search", &format!("{} found", found.len()), now, &warrant.actor).await?;
        Ok(found)
    }

    /// The staff's accounts.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn staff(&self, _: &Warrant) -> Result<Vec<Account>, ServiceError> {
        Ok(self.registry.staff().await?)
    }

    /// One account with its sessions.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn account(&self, warrant: &Warrant, id: AccountId, now: Instant) -> Result<Option<(Account, Vec<Session>)>, ServiceError> {
        let Some(account) = self.registry.account(id).await? else { return Ok(None) };
        self.registry.note_account_read(&id.to_string(), "", now, &warrant.actor).await?;
        let sessions = self.registry.sessions(id, now).await?;
        Ok(Some((account, sessions)))
    }

    /// Entries of the audit trail after `after`, in order.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn audit_trail(&self, _: &Warrant, after: i64, limit: u32) -> Result<Vec<Event>, ServiceError> {
        Ok(self.registry.events(after, limit).await?)
    }

    /// Gives and takes roles; the account's sessions end, since they had the old ones.
    ///
    /// # Errors
    /// [`AccessError::Crossing`] between the public and the staff, [`AccessError::LastAdministrator`], [`AccessError::Unknown`].
    pub async fn assign(&self, warrant: &Warrant, id: AccountId, offices: &Offices, now: Instant) -> Result<(), AccessError> {
        let account = self.registry.account(id).await?.ok_or(AccessError::Unknown)?;
        if account.offices.is_staff() != offices.is_staff() {
            return Err(AccessError::Crossing);
        }
        self.reassign(warrant, id, offices, account.closed_at, now).await
    }

    /// Closes an account, so that nobody signs in to it, or opens it again.
    ///
    /// # Errors
    /// [`AccessError::LastAdministrator`], [`AccessError::Unknown`].
    pub async fn close_account(&self, warrant: &Warrant, id: AccountId, closed: bool, now: Instant) -> Result<(), AccessError> {
        let account = self.registry.account(id).await?.ok_or(AccessError::Unknown)?;
        self.reassign(warrant, id, &account.offices, closed.then_some(now), now).await
    }

    async fn reassign(
        &self,
        warrant: &Warrant,
        id: AccountId,
        offices: &Offices,
        closed_at: Option<Instant>,
        now: Instant,
    ) -> Result<(), AccessError> {
        match self.registry.set_offices(id, offices, closed_at, now, &warrant.actor).await? {
            Reassigned::Done => Ok(()),
            Reassigned::Unknown => Err(AccessError::Unknown),
            Reassigned::LastAdministrator => Err(AccessError::LastAdministrator),
        }
    }

    /// Ends every session of an account. Answers how many there were.
    ///
    /// # Errors
    /// [`AccessError::Unknown`].
    pub async fn end_sessions_of(&self, warrant: &Warrant, id: AccountId, now: Instant) -> Result<u64, AccessError> {
        self.registry.account(id).await?.ok_or(AccessError::Unknown)?;
        Ok(self.registry.end_sessions_of(id, now, &warrant.actor).await?)
    }

    /// Takes the second factor from a person who lost their device; they set up another one when they sign in next.
    ///
    /// # Errors
    /// [`AccessError::Unknown`] if there is no such account, or it has no second factor.
    pub async fn remove_second_factor(&self, warrant: &Warrant, id: AccountId, now: Instant) -> Result<(), AccessError> {
        if self.registry.remove_totp(id, now, &warrant.actor).await? { Ok(()) } else { Err(AccessError::Unknown) }
    }
}
