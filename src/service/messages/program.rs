//! Messages by the operator's own program: it gets each as a line of JSON and says by its exit code whether the provider took it.
//!
//! The queue is in the database, so that a request never waits for a provider, and a message that failed is tried again.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::DueMessage;
use crate::service::{Service, ServiceError};

/// How long a program may take for one message.
const PATIENCE: Duration = Duration::from_secs(20);
/// A message that was taken is due again after so many milliseconds, whatever becomes of the process that took it.
const TAKEN: i64 = 120_000;
/// The first pause after a failure; each later one is twice as long.
const PAUSE: i64 = 5_000;
const LONGEST_PAUSE: i64 = 300_000;

impl Service {
    /// Queues a message for the operator's program. `None` costs the same and sends nothing, so that time tells nobody who has an account.
    pub(in crate::service) async fn queue_message(
        &self,
        message: Option<super::Message>,
        id: [u8; 16],
        now: Instant,
    ) -> Result<(), ServiceError> {
        let id: String = id.iter().map(|b| format!("{b:02x}")).collect();
        let (to, text, lasts) = match &message {
            Some(message) => (international(&message.to), message.text.words(), message.text.lasts()),
            None => (String::new(), String::new(), 0),
        };
        let content = json!({ "id": id, "to": to, "text": text }).to_string();
        Ok(self.registry.queue_message(&id, &content, now, now.plus_millis(lasts)).await?)
    }

    /// Hands messages that are due to the operator's program. Answers how many it took.
    ///
    /// # Errors
    /// [`ServiceError`]; a program that fails is no error here: its message is tried again.
    pub async fn deliver_messages(&self, now: Instant) -> Result<usize, ServiceError> {
        let Some(command) = &self.config.message_command else { return Ok(0) };
        let mut delivered = 0;
        for message in self.registry.take_due_messages(now, now.plus_millis(TAKEN)).await? {
            match hand_over(command, &message).await {
                Ok(()) => {
                    self.registry.message_sent(&message.id).await?;
                    delivered += 1;
                }
                Err(reason) => {
                    tracing::warn!(id = message.id, tries = message.tries + 1, reason, "a message was not taken");
                    self.registry.postpone_message(&message.id, now.plus_millis(pause(message.tries))).await?;
                }
            }
        }
        Ok(delivered)
    }
}

/// The pause after a message was tried `before` times and once more.
fn pause(before: i64) -> i64 {
    let doubled = PAUSE << before.clamp(0, 16);
    doubled.min(LONGEST_PAUSE)
}

/// Runs the program with the message on its standard input. What it writes is not read: it may repeat the message.
async fn hand_over(command: &[String], message: &DueMessage) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Err("no program".to_owned()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| e.to_string())?;
    let work = async {
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read its input says by its exit code what it thinks of it.
            let _ = stdin.write_all(message.content.as_bytes()).await;
            let _ = stdin.write_all(b"\n").await;
        }
        child.wait().await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(status.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it took too long".to_owned()),
    }
}

/// For messages to a telephone: its number as providers want it, with its country.
pub(super) fn international(telephone: &Telephone) -> String {
    let number = telephone.as_str();
    if number.starts_with('+') { number.to_owned() } else { format!("+86{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!([0, 1, 2, 6, 60].map(pause), [5_000, 10_000, 20_000, 300_000, 300_000]);
        let of = |typed: &str| international(&Telephone::parse(typed).unwrap());
        assert_eq!((of("138 0013 8000"), of("+852 5123 4567")), ("+8613800138000".to_owned(), "+85251234567".to_owned()));
    }
}
