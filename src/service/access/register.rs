//! New accounts and new passwords: whoever can read a code at the telephone may have them.

use std::net::IpAddr;

use crate::domain::account::{AccountId, CodePurpose, Office, Offices, OfficesError};
use crate::domain::name::PersonName;
use crate::domain::password::Password;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::NewAccount;
use crate::service::limits::Policy;
use crate::service::{Service, ServiceError};

use super::{ATTEMPTS_FROM, AccessError, CodeTyped, MINUTE, Random, Secret, Visitor, Warrant, fixed, password, random};

/// Old passwords that are typed on the way to a new one, for one account.
pub(super) const OLD_PASSWORDS: Policy = fixed("old password", 10, 5 * MINUTE);

/// What someone fills in for a new account.
#[derive(Debug)]
pub struct Registration<'a> {
    /// The telephone.
    pub telephone: &'a Telephone,
    /// The name of the person.
    pub name: &'a PersonName,
    /// A student's or a school's.
    pub office: Office,
    /// The code that came to the telephone.
    pub code: CodeTyped<'a>,
    /// The password as typed.
    pub password: &'a str,
    /// From where.
    pub from: IpAddr,
    /// When.
    pub now: Instant,
}

/// What someone fills in who has forgotten the password.
#[derive(Debug)]
pub struct Recovery<'a> {
    /// The telephone.
    pub telephone: &'a Telephone,
    /// The code that came to it.
    pub code: CodeTyped<'a>,
    /// The new password as typed.
    pub password: &'a str,
    /// From where.
    pub from: IpAddr,
    /// When.
    pub now: Instant,
}

/// A new member of the staff.
#[derive(Debug)]
pub struct Appointment<'a> {
    /// The telephone.
    pub telephone: &'a Telephone,
    /// The name of the person.
    pub name: &'a PersonName,
    /// What they may do.
    pub offices: Offices,
    /// The password as typed; without one the person sets their own by way of recovery.
    pub password: Option<&'a str>,
    /// When.
    pub now: Instant,
}

impl Service {
    /// A new account of a student or a school.
    ///
    /// # Errors
    /// [`AccessError`]; a code is not spent on a password that is refused.
    pub async fn register(&self, form: &Registration<'_>, source: Random<'_>) -> Result<AccountId, AccessError> {
        let offices = Offices::new([form.office])?;
        if offices.is_staff() {
            return Err(AccessError::Offices(OfficesError::Unknown));
        }
        self.take_from_address(ATTEMPTS_FROM, form.from, form.now).await?;
        let chosen = Password::choose(form.password, form.telephone)?;
        self.spend_code(CodePurpose::Register, form.telephone.as_str(), form.code, form.now).await?;
        let (id, salt) = (AccountId::new(random(source)), random(source));
        let password = password::hash(chosen, salt).await?;
        let account = NewAccount { id, telephone: form.telephone.clone(), name: form.name.clone(), password, offices };
        self.add_account(&account, form.now, "registration").await
    }

    /// A new account of the staff: the first by the command line, later ones by an administrator.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn appoint(&self, warrant: &Warrant, new: &Appointment<'_>, source: Random<'_>) -> Result<AccountId, AccessError> {
        if !new.offices.is_staff() {
            return Err(AccessError::Crossing);
        }
        let chosen = match new.password {
            Some(typed) => Password::choose(typed, new.telephone)?,
            // Nobody knows it: the account opens to whoever reads a code at the telephone.
            None => Password::typed(&Secret::new(random(source)).text()).ok_or(AccessError::Unknown)?,
        };
        let (id, salt) = (AccountId::new(random(source)), random(source));
        let password = password::hash(chosen, salt).await?;
        let account = NewAccount { id, telephone: new.telephone.clone(), name: new.name.clone(), password, offices: new.offices.clone() };
        self.add_account(&account, new.now, warrant.actor()).await
    }

    async fn add_account(&self, account: &NewAccount, now: Instant, actor: &str) -> Result<AccountId, AccessError> {
        if self.registry.add_account(account, now, actor).await? { Ok(account.id) } else { Err(AccessError::HasAccount) }
    }

    /// A new password, after which every session of the account has ended.
    ///
    /// # Errors
    /// [`AccessError`]; a telephone without an account is answered as a wrong code is.
    pub async fn recover(&self, form: &Recovery<'_>, source: Random<'_>) -> Result<(), AccessError> {
        self.take_from_address(ATTEMPTS_FROM, form.from, form.now).await?;
        let chosen = Password::choose(form.password, form.telephone)?;
        self.spend_code(CodePurpose::Recover, form.telephone.as_str(), form.code, form.now).await?;
        let account = self.open_account(form.telephone).await?.ok_or(AccessError::Code)?;
        let phc = password::hash(chosen, random(source)).await?;
        Ok(self.registry.set_password(account.id, &phc, form.now).await?)
    }

    /// A new password for who knows the old one. Every session ends; this one goes on under the secret that is answered.
    ///
    /// # Errors
    /// [`AccessError::Credentials`] if the old password is wrong.
    pub async fn change_password(
        &self,
        visitor: &Visitor,
        old: &str,
        new: &str,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Secret, AccessError> {
        let bucket = self.registry.keys().secret_hash(OLD_PASSWORDS.name, &[visitor.id().to_string().as_bytes()]);
        self.take_all(&bucket, OLD_PASSWORDS, 1, now).await?;
        let chosen = Password::choose(new, visitor.telephone())?;
        let typed = Password::typed(old).ok_or(AccessError::Credentials)?;
        if !password::is_right(typed, Some(visitor.password().to_owned())).await? {
            return Err(AccessError::Credentials);
        }
        let phc = password::hash(chosen, random(source)).await?;
        self.registry.set_password(visitor.id(), &phc, now).await?;
        let secret = Secret::new(random(source));
        self.registry.begin_session(secret.bytes(), visitor.id(), visitor.record()).await.map_err(ServiceError::from)?;
        Ok(secret)
    }
}
