//! Checking a QR code: the proof first, then the record.

use std::sync::Arc;

use crate::domain::time::Instant;
use crate::registry::{RegistryError, Together, Turn};
use crate::sealing::keyring::Trust;
use crate::sealing::proof::{self, ProofError, ProvenFacts};

use super::answers::{PublicCertificate, QrAnswer};
use super::{Service, ServiceError};

/// Codes that are checked together.
pub(super) const MOST: usize = 32;

type Proven = Result<ProvenFacts, ProofError>;

/// Readers whose code is to be checked. Of a code that is checked alone, the signature is most of the work; together they cost less than half.
pub(super) type Codes = Together<String, Proven>;

impl Service {
    /// What the text of a QR code proves, and what the record says of it.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn check_qr(&self, text: &str, now: Instant) -> Result<QrAnswer, ServiceError> {
        let proven = match self.proven(text).await? {
            Ok(proven) => proven,
            Err(e) => return Ok(QrAnswer::Forged { reason_zh: half(&e, 0), reason_en: half(&e, 1) }),
        };
        let certificate = self.registry.certificate(&proven.claims.number).await?;
        let record = match &certificate {
            Some(c) if !proven.claims.is_of(&c.facts.claims) => {
                return Ok(QrAnswer::Forged {
                    reason_zh: "二维码中的内容与登记的记录不一致".to_owned(),
                    reason_en: "what the code states differs from the record".to_owned(),
                });
            }
            Some(c) => PublicCertificate::of(c, now),
            None => None,
        };
        Ok(QrAnswer::Proven { facts: proven.claims, issuer_name: proven.issuer_name, record })
    }
}

impl Service {
    async fn proven(&self, text: &str) -> Result<Proven, ServiceError> {
        let (answer, turn) = self.codes.put(text.to_owned());
        if let Some(turn) = turn {
            tokio::spawn(check_all(Arc::clone(&self.trust), turn));
        }
        answer.await.map_err(|_| RegistryError::Unanswered.into())
    }
}

/// Checks until nobody waits.
async fn check_all(trust: Arc<Trust>, mut turn: Turn<String, Proven>) {
    loop {
        // Requests that have arrived put their codes first.
        tokio::task::yield_now().await;
        let Some(group) = turn.next() else { return };
        let texts: Vec<&str> = group.iter().map(|waiting| waiting.key.as_str()).collect();
        let answers = proof::check_all(&texts, &trust);
        group.into_iter().zip(answers).for_each(|(waiting, answer)| drop(waiting.answer.send(answer)));
    }
}

/// Messages are Chinese first, then " / " and English.
fn half(error: &proof::ProofError, at: usize) -> String {
    let text = error.to_string();
    text.split(" / ").nth(at).unwrap_or(&text).to_owned()
}
