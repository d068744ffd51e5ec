//! Who is signed in, and the handles of their offices.

use crate::domain::account::{AccountId, Office, Offices, Session};
use crate::domain::email::Email;
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::Account;
use crate::service::limits::Policy;
use crate::service::{Service, ServiceError};

use super::{AccessError, Secret, fixed, sign_in};

/// A session is told to the records again after so many milliseconds of use.
const TOUCH: i64 = 60_000;
/// Forms that one account sends.
const ACTIONS: Policy = fixed("action", 120, 1_000);

/// Someone who is signed in.
#[derive(Debug, Clone)]
pub struct Visitor {
    account: Account,
    session: Session,
}

macro_rules! offices {
    ($($(#[$doc:meta])* $name:ident => $office:ident, $get:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone)]
            pub struct $name(Visitor);

            impl $name {
                /// Who holds it.
                #[must_use]
                pub fn visitor(&self) -> &Visitor {
                    &self.0
                }

                /// The name under which the audit trail has what is done with it.
                #[must_use]
                pub fn actor(&self) -> String {
                    self.0.id().to_string()
                }
            }

            impl Visitor {
                /// The handle, if the account has the office and, where the office is the staff's, the session the second factor.
                #[must_use]
                pub fn $get(&self) -> Option<$name> {
                    self.holds(Office::$office).then(|| $name(self.clone()))
                }
            }
        )*
    };
}

offices! {
    /// A student's own verification, awards and certificates.
    Student => Student, student;
    /// A school's own verification and instructors.
    School => School, school;
    /// Reviews real names, enrolments and schools.
    Reviewer => Reviewer, reviewer;
    /// Reads and decides objections.
    ObjectionsOfficer => ObjectionsOfficer, objections_officer;
    /// Contests, lists, issuing, revoking, correcting.
    Issuer => Issuer, issuer;
    /// Verifies real names for the issuing centre, and reviews claims of ability certificates.
    CentreReviewer => CentreReviewer, centre_reviewer;
    /// Payments, refunds, coupons.
    Cashier => Cashier, cashier;
    /// Accounts and their offices.
    Administrator => Administrator, administrator;
}

/// Any of the staff's offices, the second factor shown.
#[derive(Debug, Clone)]
pub struct Staff(Visitor);

impl Staff {
    /// Who it is.
    #[must_use]
    pub fn visitor(&self) -> &Visitor {
        &self.0
    }
}

impl Visitor {
    /// The handle, if the account is one of the staff's and the session has shown the second factor.
    #[must_use]
    pub fn staff(&self) -> Option<Staff> {
        (self.account.offices.is_staff() && !self.owes_second_factor()).then(|| Staff(self.clone()))
    }

    /// The account's name.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.account.id
    }

    /// The telephone that it signs in with.
    #[must_use]
    pub fn telephone(&self) -> &Telephone {
        &self.account.telephone
    }

    /// The telephone with its middle hidden, for the account's own pages.
    #[must_use]
    pub fn telephone_masked(&self) -> String {
        self.account.telephone.masked()
    }

    /// Where the account reads notices besides.
    #[must_use]
    pub fn email(&self) -> Option<&Email> {
        self.account.email.as_ref()
    }

    /// The person's name.
    #[must_use]
    pub fn name(&self) -> &PersonName {
        &self.account.name
    }

    /// What it may do.
    #[must_use]
    pub fn offices(&self) -> &Offices {
        &self.account.offices
    }

    /// The session's name.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session.name
    }

    /// Whether the account has a second factor.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.account.totp.is_some()
    }

    /// Whether the session must show the second factor, or set one up, before it may do anything else.
    #[must_use]
    pub fn owes_second_factor(&self) -> bool {
        (self.account.offices.is_staff() || self.has_second_factor()) && !self.session.second_factor
    }

    pub(super) fn password(&self) -> &str {
        &self.account.password
    }

    pub(super) fn record(&self) -> &Session {
        &self.session
    }

    pub(super) fn totp(&self) -> Option<&str> {
        self.account.totp.as_ref().map(|s| s.as_str())
    }

    fn holds(&self, office: Office) -> bool {
        self.account.offices.has(office) && !self.owes_second_factor()
    }
}

impl Service {
    /// Who has this cookie. A session that is used lasts on.
    ///
    /// # Errors
    /// [`ServiceError`]; a cookie that is good for nothing is `None`.
    pub async fn visitor(&self, secret: &Secret, now: Instant) -> Result<Option<Visitor>, ServiceError> {
        let Some((account, session)) = self.registry.session(secret.bytes(), now).await? else { return Ok(None) };
        if now.millis() - session.seen.millis() > TOUCH {
            let ends = sign_in::ends(account.offices.is_staff(), session.began, now);
            self.registry.touch_session(&session.name, now, ends).await?;
        }
        Ok(Some(Visitor { account, session }))
    }

    /// The account's sessions, the latest use first.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn sessions(&self, visitor: &Visitor, now: Instant) -> Result<Vec<Session>, ServiceError> {
        Ok(self.registry.sessions(visitor.id(), now).await?)
    }

    /// Ends one of the account's sessions, its own included. `false` if it has none of this name.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn end_session(&self, visitor: &Visitor, name: &str) -> Result<bool, ServiceError> {
        Ok(self.registry.end_session(visitor.id(), name).await?)
    }

    /// Counts what an account does.
    ///
    /// # Errors
    /// [`AccessError::TooMany`], [`AccessError::Service`].
    pub async fn count_action(&self, visitor: &Visitor, now: Instant) -> Result<(), AccessError> {
        let bucket = self.registry.keys().secret_hash(ACTIONS.name, &[visitor.id().to_string().as_bytes()]);
        self.take_all(&bucket, ACTIONS, 1, now).await?;
        Ok(())
    }

    /// Ends every session of the account but its own. Answers how many there were.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn end_other_sessions(&self, visitor: &Visitor) -> Result<u64, ServiceError> {
        Ok(self.registry.end_other_sessions(visitor.id(), visitor.session()).await?)
    }

    /// Ends the session with this cookie, if there is one.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn leave(&self, secret: &Secret) -> Result<(), ServiceError> {
        Ok(self.registry.leave_session(secret.bytes()).await?)
    }

    /// Forgets sessions, browsers and codes that have ended.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn sweep_access(&self, now: Instant) -> Result<u64, ServiceError> {
        Ok(self.registry.sweep_sessions(now).await?)
    }

    /// What a form of this session carries, so that no other site can send it (a synchroniser token). It changes when the session gains the
    /// second factor.
    #[must_use]
    pub fn form_token(&self, visitor: &Visitor) -> String {
        let strength = if visitor.session.second_factor { b"two" } else { b"one" };
        self.registry.keys().secret_hash("form", &[visitor.session().as_bytes(), visitor.id().to_string().as_bytes(), strength])
    }

    /// Whether a form carries the session's token. Keyed hashes are compared, so that the time that it takes says nothing.
    #[must_use]
    pub fn is_form_token(&self, visitor: &Visitor, sent: &str) -> bool {
        let hash = |token: &str| self.registry.keys().secret_hash("form compared", &[token.as_bytes()]);
        hash(sent) == hash(&self.form_token(visitor))
    }
}
