//! Checking a QR code: the proof first, then the record.

use crate::domain::time::Instant;
use crate::sealing::proof;

use super::answers::{PublicCertificate, QrAnswer};
use super::{Service, ServiceError};

impl Service {
    /// What the text of a QR code proves, and what the record says of it.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn check_qr(&self, text: &str, now: Instant) -> Result<QrAnswer, ServiceError> {
        let proven = match proof::check(text, &self.trust) {
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

/// Messages are Chinese first, then " / " and English.
fn half(error: &proof::ProofError, at: usize) -> String {
    let text = error.to_string();
    text.split(" / ").nth(at).unwrap_or(&text).to_owned()
}
