//! Checking a QR code: the proof, and the record.
//!
//! A code that the record knows to be the one that was put on the certificate needs no second check of its signature; every other code is
//! checked by it.

use std::sync::Arc;

use crate::domain::time::Instant;
use crate::registry::{Found, RegistryError, Together, Turn};
use crate::sealing::keyring::Trust;
use crate::sealing::proof::{self, ProofError, ProvenFacts, Stated};

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
        let stated = match Stated::read(text, &self.trust) {
            Ok(stated) => stated,
            Err(e) => return Ok(forged(&e)),
        };
        let found = self.registry.find(stated.number(), now).await?;
        let known = self.is_known(&stated, found.as_ref());
        let proven = match if known { stated.vouched() } else { None } {
            Some(proven) => proven,
            None => match self.proven(text).await? {
                Ok(proven) => proven,
                Err(e) => return Ok(forged(&e)),
            },
        };
        if found.as_ref().is_some_and(|found| !proven.claims.is_of(found.claims())) {
            return Ok(QrAnswer::Forged {
                reason_zh: "二维码中的内容与登记的记录不一致".to_owned(),
                reason_en: "what the code states differs from the record".to_owned(),
            });
        }
        let record = found.and_then(|found| PublicCertificate::found(found, now));
        Ok(QrAnswer::Proven { facts: proven.claims, issuer_name: proven.issuer_name, record })
    }

    /// Whether it is the very code that was put on the certificate here: then its signature was found right at the time.
    fn is_known(&self, stated: &Stated<'_>, found: Option<&Found>) -> bool {
        match found {
            Some(Found::Valid { code: Some(mark), .. }) => *mark == self.registry.keys().code_mark(stated.digits()),
            _ => false,
        }
    }

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

fn forged(error: &ProofError) -> QrAnswer {
    QrAnswer::Forged { reason_zh: half(error, 0), reason_en: half(error, 1) }
}

/// Messages are Chinese first, then " / " and English.
fn half(error: &proof::ProofError, at: usize) -> String {
    let text = error.to_string();
    text.split(" / ").nth(at).unwrap_or(&text).to_owned()
}
