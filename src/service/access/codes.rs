//! One-time codes by SMS.
//!
//! A code is good for the browser that asked for it, which holds its ticket. Whoever asks for codes to another person's telephone replaces
//! none of theirs and spends none of their tries.

use std::net::IpAddr;

use crate::domain::account::{AccountId, CodePurpose};
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::{Account, CodePlace};
use crate::service::Service;
use crate::service::limits::Policy;
use crate::service::messages::{Message, Recipient, Text};

use super::{AccessError, MINUTE, Random, Secret, fixed, random};

/// Messages to one telephone: one a minute, six in an hour and a half.
pub(super) const SOON: Policy = fixed("message soon", 1, MINUTE);
pub(super) const MESSAGES: Policy = fixed("message", 6, 15 * MINUTE);
/// Messages that one address may cause.
pub(super) const FROM: Policy = fixed("message from", 20, 3 * MINUTE);

/// How long a code is good, and how many wrong ones are taken.
pub(super) const MINUTES: i64 = 10;
pub(super) const TRIES: u32 = 5;

/// Someone asks for a code.
#[derive(Debug)]
pub struct CodeQuestion<'a> {
    /// What for.
    pub purpose: CodePurpose,
    /// Where to.
    pub telephone: &'a Telephone,
    /// The cookie of a browser that signed in before.
    pub browser: Option<&'a Secret>,
    /// From where.
    pub from: IpAddr,
    /// When.
    pub now: Instant,
}

/// A code as it comes back.
#[derive(Debug, Clone, Copy)]
pub struct CodeTyped<'a> {
    /// The ticket of the browser that asked for it.
    pub ticket: &'a Secret,
    /// What was typed.
    pub code: &'a str,
}

impl Service {
    /// Sends a code to a telephone, and answers with the ticket under which it is good. What a stranger sees of it, and how long it takes, is
    /// the same whether the telephone has an account or not.
    ///
    /// # Errors
    /// [`AccessError::TooMany`], [`AccessError::Service`].
    pub async fn send_code(&self, question: &CodeQuestion<'_>, source: Random<'_>) -> Result<Secret, AccessError> {
        let CodeQuestion { purpose, telephone, from, now, .. } = *question;
        self.take_from_address(FROM, from, now).await?;
        let account = self.open_account(telephone).await?;
        // A browser that its owner has signed in from has messages of its own: strangers cannot use them up.
        let known = self.knows_browser(question.browser, account.as_ref(), now).await?;
        for policy in [SOON, MESSAGES] {
            match question.browser.filter(|_| known) {
                Some(browser) => {
                    let bucket = self.registry.keys().secret_hash(policy.name, &[browser.bytes()]);
                    self.take_all(&bucket, policy, 1, now).await?;
                }
                None => self.take_for_telephone(policy, telephone, now).await?,
            }
        }
        let (code, ticket) = (six_digits(u64::from_be_bytes(random(source))), Secret::new(random(source)));
        // A code is kept in any case; one that nobody was told opens nothing.
        let place = CodePlace { purpose, to: telephone.as_str(), ticket: ticket.bytes() };
        self.registry.keep_code(&place, &code, now.plus_millis(MINUTES * i64::from(MINUTE)), TRIES).await?;
        let text = match (purpose, account.is_some()) {
            (CodePurpose::Register, true) => Some(Text::HasAccount),
            (CodePurpose::Recover | CodePurpose::SignIn, false) => None,
            _ => Some(Text::Code { purpose, code, minutes: MINUTES }),
        };
        let to = Recipient::Telephone(telephone.clone());
        match text {
            Some(text) => self.send_message(Message { to, text }, random(source), now).await?,
            None => self.seem_to_send(random(source), now).await?,
        }
        Ok(ticket)
    }

    /// Spends a code.
    pub(super) async fn spend_code(&self, purpose: CodePurpose, to: &str, typed: CodeTyped<'_>, now: Instant) -> Result<(), AccessError> {
        let code: String = crate::domain::text::fold_code(typed.code);
        let place = CodePlace { purpose, to, ticket: typed.ticket.bytes() };
        let right = code.len() == 6 && self.registry.spend_code(&place, &code, now).await?;
        if right { Ok(()) } else { Err(AccessError::Code) }
    }

    /// The account with this telephone, if it is not closed.
    pub(super) async fn open_account(&self, telephone: &Telephone) -> Result<Option<Account>, AccessError> {
        Ok(self.registry.account_by_telephone(telephone).await?.filter(|a| a.closed_at.is_none()))
    }

    /// Whether the account has signed in from this browser. Without an account the same is asked about none.
    pub(super) async fn knows_browser(
        &self,
        browser: Option<&Secret>,
        account: Option<&Account>,
        now: Instant,
    ) -> Result<bool, AccessError> {
        let Some(browser) = browser else { return Ok(false) };
        let id = account.map_or(AccountId::new([0; 16]), |a| a.id);
        Ok(self.registry.knows_browser(browser.bytes(), id, now).await? && account.is_some())
    }
}

/// Six digits of 64 random bits: the modulus favours no code by more than one in 10¹³.
pub(super) fn six_digits(random: u64) -> String {
    format!("{:06}", random % 1_000_000)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_keeps_its_zeros() {
        assert_eq!(super::six_digits(1_000_042), "000042");
    }
}
