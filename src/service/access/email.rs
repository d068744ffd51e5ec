//! Where an account reads notices besides its telephone. An address counts once its owner has typed a code that was sent there.

use std::net::IpAddr;

use crate::domain::account::CodePurpose;
use crate::domain::email::Email;
use crate::domain::time::Instant;
use crate::registry::CodePlace;
use crate::service::limits::Policy;
use crate::service::messages::{Message, Recipient, Text};
use crate::service::{Service, ServiceError};

use super::codes::{FROM, MINUTES, TRIES, six_digits};
use super::{AccessError, CodeTyped, MINUTE, Random, Secret, Visitor, fixed, random};

/// Letters with a code that one account may cause, and that one address may get, whichever account asks.
const BY: Policy = fixed("letter by", 5, 15 * MINUTE);
const TO: Policy = fixed("letter to", 5, 15 * MINUTE);

impl Service {
    /// Sends a code to an address, and answers with the ticket under which it is good.
    ///
    /// # Errors
    /// [`AccessError::TooMany`], [`AccessError::Service`].
    pub async fn send_email_code(
        &self,
        visitor: &Visitor,
        email: &Email,
        from: IpAddr,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Secret, AccessError> {
        self.take_from_address(FROM, from, now).await?;
        for (policy, whose) in [(BY, visitor.id().to_string()), (TO, email.as_str().to_ascii_lowercase())] {
            let bucket = self.registry.keys().secret_hash(policy.name, &[whose.as_bytes()]);
            self.take_all(&bucket, policy, 1, now).await?;
        }
        let (code, ticket) = (six_digits(u64::from_be_bytes(random(source))), Secret::new(random(source)));
        let place = CodePlace { purpose: CodePurpose::Email, to: email.as_str(), ticket: ticket.bytes() };
        self.registry.keep_code(&place, &code, now.plus_millis(MINUTES * i64::from(MINUTE)), TRIES).await?;
        let text = Text::Code { purpose: CodePurpose::Email, code, minutes: MINUTES };
        self.send_message(Message { to: Recipient::Email(email.clone()), text }, random(source), now).await?;
        Ok(ticket)
    }

    /// Gives an account an address whose owner has typed the code.
    ///
    /// # Errors
    /// [`AccessError::Code`], [`AccessError::Service`].
    pub async fn confirm_email(&self, visitor: &Visitor, email: &Email, typed: CodeTyped<'_>, now: Instant) -> Result<(), AccessError> {
        self.spend_code(CodePurpose::Email, email.as_str(), typed, now).await?;
        Ok(self.registry.set_email(visitor.id(), Some(email), now).await?)
    }

    /// Takes an account's address away.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn remove_email(&self, visitor: &Visitor, now: Instant) -> Result<(), ServiceError> {
        Ok(self.registry.set_email(visitor.id(), None, now).await?)
    }
}
