//! New accounts and new passwords: whoever can read a code at the telephone may have them.

use std::net::IpAddr;

use crate::domain::account::{AccountId, CodePurpose, Office, Offices};
use crate::domain::password::Password;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::NewAccount;
use crate::service::Service;

use super::{ATTEMPTS_FROM, AccessError, Random, password, random};

/// What someone fills in for a new account or a new password.
#[derive(Debug)]
pub struct Registration<'a> {
    /// The telephone.
    pub telephone: &'a Telephone,
    /// The code that came to it.
    pub code: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// From where.
    pub from: IpAddr,
    /// When.
    pub now: Instant,
}

impl Service {
    /// A new account of a student or a school.
    ///
    /// # Errors
    /// [`AccessError`]; a code is not spent on a password that is refused.
    pub async fn register(&self, form: &Registration<'_>, office: Office, source: Random<'_>) -> Result<AccountId, AccessError> {
        let offices = Offices::new([office])?;
        if offices.is_staff() {
            return Err(AccessError::Offices(crate::domain::account::OfficesError::Unknown));
        }
        self.take_from_address(ATTEMPTS_FROM, form.from, form.now).await?;
        let chosen = Password::choose(form.password, form.telephone)?;
        self.spend_code(CodePurpose::Register, form.telephone, form.code, form.now).await?;
        self.add_account(form.telephone, chosen, offices, form.now, "registration", source).await
    }

    /// A new account of the staff: the first by the command line, later ones by an administrator.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn appoint(
        &self,
        telephone: &Telephone,
        typed: &str,
        offices: Offices,
        now: Instant,
        actor: &str,
        source: Random<'_>,
    ) -> Result<AccountId, AccessError> {
        let chosen = Password::choose(typed, telephone)?;
        self.add_account(telephone, chosen, offices, now, actor, source).await
    }

    async fn add_account(
        &self,
        telephone: &Telephone,
        chosen: Password,
        offices: Offices,
        now: Instant,
        actor: &str,
        source: Random<'_>,
    ) -> Result<AccountId, AccessError> {
        let (id, salt) = (AccountId::new(random(source)), random(source));
        let password = password::hash(chosen, salt).await?;
        let account = NewAccount { id, telephone: telephone.clone(), password, offices };
        if self.registry.add_account(&account, now, actor).await? { Ok(id) } else { Err(AccessError::HasAccount) }
    }

    /// A new password, after which every session of the account has ended.
    ///
    /// # Errors
    /// [`AccessError`]; a telephone without an account is answered as a wrong code is.
    pub async fn recover(&self, form: &Registration<'_>, source: Random<'_>) -> Result<(), AccessError> {
        self.take_from_address(ATTEMPTS_FROM, form.from, form.now).await?;
        let chosen = Password::choose(form.password, form.telephone)?;
        self.spend_code(CodePurpose::Recover, form.telephone, form.code, form.now).await?;
        let account = self.registry.account_by_telephone(form.telephone).await?.filter(|a| a.closed_at.is_none());
        let account = account.ok_or(AccessError::Code)?;
        let phc = password::hash(chosen, random(source)).await?;
        Ok(self.registry.set_password(account.id, &phc, form.now).await?)
    }
}
