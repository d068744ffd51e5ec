//! Another telephone for an account, for who still knows the password: a code goes to the new number, and the old one is told.

use std::net::IpAddr;

use crate::domain::account::CodePurpose;
use crate::domain::password::Password;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::CodePlace;
use crate::service::limits::Policy;
use crate::service::messages::{Message, Notification, Recipient, Text};
use crate::service::{Service, ServiceError};

use super::codes::{FROM, MESSAGES, MINUTES, SOON, TRIES, six_digits};
use super::register::OLD_PASSWORDS;
use super::{AccessError, CodeTyped, MINUTE, Random, Secret, Visitor, fixed, password, random};

/// Codes to new numbers that one account may ask for.
const BY: Policy = fixed("telephone by", 5, 15 * MINUTE);

impl Service {
    /// Sends a code to the number that an account shall have, and answers with the ticket under which it is good. A number that has an
    /// account is told so itself; whoever asks learns nothing of that.
    ///
    /// # Errors
    /// [`AccessError::Credentials`] if the password is wrong, [`AccessError::TooMany`], [`AccessError::Unknown`] if it is the number that the
    /// account has.
    pub async fn send_telephone_code(
        &self,
        visitor: &Visitor,
        (telephone, typed): (&Telephone, &str),
        from: IpAddr,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Secret, AccessError> {
        self.take_from_address(FROM, from, now).await?;
        let whose = visitor.id().to_string();
        for policy in [OLD_PASSWORDS, BY] {
            let bucket = self.registry.keys().secret_hash(policy.name, &[whose.as_bytes()]);
            self.take_all(&bucket, policy, 1, now).await?;
        }
        let typed = Password::typed(typed).ok_or(AccessError::Credentials)?;
        if !password::is_right(typed, Some(visitor.password().to_owned())).await? {
            return Err(AccessError::Credentials);
        }
        if telephone == visitor.telephone() {
            return Err(AccessError::Unknown);
        }
        for policy in [SOON, MESSAGES] {
            self.take_for_telephone(policy, telephone, now).await?;
        }
        let has_account = self.registry.account_by_telephone(telephone).await?.is_some();
        let (code, ticket) = (six_digits(u64::from_be_bytes(random(source))), Secret::new(random(source)));
        let place = CodePlace { purpose: CodePurpose::Telephone, to: &place(visitor, telephone), ticket: ticket.bytes() };
        self.registry.keep_code(&place, &code, now.plus_millis(MINUTES * i64::from(MINUTE)), TRIES).await?;
        let text = if has_account { Text::HasAccount } else { Text::Code { purpose: CodePurpose::Telephone, code, minutes: MINUTES } };
        self.send_message(Message { to: Recipient::Telephone(telephone.clone()), text }, random(source), now).await?;
        Ok(ticket)
    }

    /// Gives an account the number whose owner has typed the code, ends its other sessions, and tells the number before it. Awards that were
    /// found by that one stay the account's.
    ///
    /// # Errors
    /// [`AccessError::Code`] if the code is wrong, and if another account has the number by now.
    pub async fn confirm_telephone(
        &self,
        visitor: &Visitor,
        telephone: &Telephone,
        typed: CodeTyped<'_>,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), AccessError> {
        self.spend_code(CodePurpose::Telephone, &place(visitor, telephone), typed, now).await?;
        if !self.registry.set_telephone(visitor.id(), telephone, now).await? {
            return Err(AccessError::Code);
        }
        self.end_other_sessions(visitor).await?;
        if let Err(error) = self.tell_old_number(visitor.telephone(), now, source).await {
            tracing::warn!(%error, "the old number of an account could not be told of the new one");
        }
        Ok(())
    }

    /// Tells a number that its account has another one from now on.
    pub(in crate::service) async fn tell_old_number(&self, old: &Telephone, now: Instant, source: Random<'_>) -> Result<(), ServiceError> {
        let text = Text::Notice(Notification::Moved);
        self.send_message(Message { to: Recipient::Telephone(old.clone()), text }, random(source), now).await
    }
}

/// A code is good for the account that showed its password, and for no other.
fn place(visitor: &Visitor, telephone: &Telephone) -> String {
    format!("{}/{}", visitor.id(), telephone.as_str())
}
