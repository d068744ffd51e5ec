//! The queue of messages. It is in the database, so that a request never waits for a provider, and a message that failed is tried again.

use serde::{Deserialize, Serialize};

use crate::domain::account::AccountId;
use crate::domain::time::Instant;
use crate::service::access::Random;
use crate::service::{Service, ServiceError};

use super::{Message, Notification, Recipient, Text, program};

/// A message that was taken is due again after so many milliseconds, whatever becomes of the process that took it.
const TAKEN: i64 = 120_000;
/// The first pause after a failure; each later one is twice as long.
const PAUSE: i64 = 5_000;
const LONGEST_PAUSE: i64 = 300_000;

/// A message as it waits. For a telephone it is what the operator's program gets.
#[derive(Serialize, Deserialize)]
pub(super) struct Queued {
    pub id: String,
    /// The subject of a letter; without one it goes to a telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub text: String,
    pub to: String,
}

/// Why a message was not handed over.
pub(super) enum NotTaken {
    /// It may be taken later.
    ForNow(String),
    /// It never will be: the provider knows no such recipient, or the message is wrong.
    Ever(String),
}

impl Service {
    /// Sends a message: by the queue where a provider is set, else by the service's own messenger.
    pub(in crate::service) async fn send_message(&self, message: Message, id: [u8; 16], now: Instant) -> Result<(), ServiceError> {
        let id = hexadecimal(id);
        let queued = match &message.to {
            Recipient::Telephone(telephone) if self.config.message_command.is_some() => {
                Queued { id, subject: None, text: message.text.words(), to: program::international(telephone) }
            }
            Recipient::Email(email) if self.config.mail.is_some() => {
                let (subject, text) = message.text.letter(self.public_url());
                Queued { id, subject: Some(subject), text, to: email.as_str().to_owned() }
            }
            _ => {
                self.courier.carry(message);
                return Ok(());
            }
        };
        self.queue(&queued, now, now.plus_millis(message.text.lasts())).await
    }

    /// Does the work of a message to a telephone that nobody gets, so that time tells nobody who has an account.
    pub(in crate::service) async fn seem_to_send(&self, id: [u8; 16], now: Instant) -> Result<(), ServiceError> {
        if self.config.message_command.is_none() {
            return Ok(());
        }
        self.queue(&Queued { id: hexadecimal(id), subject: None, text: String::new(), to: String::new() }, now, now).await
    }

    async fn queue(&self, queued: &Queued, now: Instant, ends: Instant) -> Result<(), ServiceError> {
        let content = serde_json::to_string(queued).map_err(|e| ServiceError::Message(e.to_string()))?;
        Ok(self.registry.queue_message(&queued.id, &content, now, ends).await?)
    }

    /// Tells an account what came of a matter: at its telephone, and at its e-mail address if it has one. A closed account is told nothing.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn notify(
        &self,
        account: AccountId,
        notification: &Notification,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), ServiceError> {
        let Some(account) = self.registry.account(account).await?.filter(|a| a.closed_at.is_none()) else { return Ok(()) };
        let telephone = Some(Recipient::Telephone(account.telephone));
        for to in [telephone, account.email.map(Recipient::Email)].into_iter().flatten() {
            let mut id = [0; 16];
            source(&mut id);
            self.send_message(Message { to, text: Text::Notice(notification.clone()) }, id, now).await?;
        }
        Ok(())
    }

    /// Hands messages that are due to their providers. Answers how many were taken.
    ///
    /// # Errors
    /// [`ServiceError`]; a provider that fails is no error here: its message is tried again.
    pub async fn deliver_messages(&self, now: Instant) -> Result<usize, ServiceError> {
        let mut delivered = 0;
        for due in self.registry.take_due_messages(now, now.plus_millis(TAKEN)).await? {
            let queued: Queued = serde_json::from_str(&due.content).map_err(|e| ServiceError::Message(e.to_string()))?;
            match self.hand_over(&queued, &due.content).await {
                Ok(()) => {
                    self.registry.message_sent(&due.id).await?;
                    delivered += 1;
                }
                Err(NotTaken::Ever(reason)) => {
                    tracing::warn!(id = due.id, reason, "a message was refused for good");
                    self.registry.message_sent(&due.id).await?;
                }
                Err(NotTaken::ForNow(reason)) => {
                    tracing::warn!(id = due.id, tries = due.tries + 1, reason, "a message was not taken");
                    self.registry.postpone_message(&due.id, now.plus_millis(pause(due.tries))).await?;
                }
            }
        }
        Ok(delivered)
    }

    async fn hand_over(&self, queued: &Queued, content: &str) -> Result<(), NotTaken> {
        let unset = || NotTaken::ForNow("no provider is set".to_owned());
        match &queued.subject {
            None => program::hand_over(self.config.message_command.as_deref().ok_or_else(unset)?, content).await.map_err(NotTaken::ForNow),
            Some(subject) => self.mailer.as_ref().ok_or_else(unset)?.send(queued, subject).await,
        }
    }
}

/// The pause after a message was tried `before` times and once more.
fn pause(before: i64) -> i64 {
    let doubled = PAUSE << before.clamp(0, 16);
    doubled.min(LONGEST_PAUSE)
}

fn hexadecimal(id: [u8; 16]) -> String {
    id.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!([0, 1, 2, 6, 60].map(pause), [5_000, 10_000, 20_000, 300_000, 300_000]);
    }

    #[test]
    fn the_operators_program_gets_one_line_with_three_fields() {
        let queued = Queued { id: "8c".into(), subject: None, text: "验证码\n314159".into(), to: "+8613800138000".into() };
        let content = serde_json::to_string(&queued).unwrap();
        assert_eq!(content, r#"{"id":"8c","text":"验证码\n314159","to":"+8613800138000"}"#);
        assert!(serde_json::from_str::<Queued>(&content).unwrap().subject.is_none());
    }
}
