//! Checking a QR code: the proof, and the record.
//!
//! A code that the record knows to be the one that was put on the certificate needs no second check of its signature; every other code is
//! checked by it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::heading::{Heading, Mark};
use crate::domain::time::Instant;
use crate::registry::{Found, RegistryError, Together, Turn};
use crate::sealing::keyring::Trust;
use crate::sealing::proof::{self, ProofError, ProvenFacts, Stated, Token};

use super::answers::{PublicCertificate, QrAnswer};
use super::{Service, ServiceError};

/// Codes that are checked together.
pub(super) const MOST: usize = 32;

type Proven = Result<ProvenFacts, ProofError>;

/// Headings that were asked for: they never change, and there are few beside certificates. Marks without any are not kept.
pub(super) type HeadingCache = Mutex<HashMap<Mark, Arc<[Heading]>>>;

/// Readers whose code is to be checked. Of a code that is checked alone, the signature is most of the work; together they cost less than half.
pub(super) type Codes = Together<(Token, Arc<[Heading]>), Proven>;

impl Service {
    /// What the text of a QR code proves, and what the record says of it.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn check_qr(&self, text: &str, now: Instant) -> Result<QrAnswer, ServiceError> {
        let token = match Token::read(text) {
            Ok(token) => token,
            Err(e) => return Ok(forged(&e)),
        };
        let mut headings = self.headings_of(&token).await?;
        let mut answer = self.answer(&token, &headings, now).await?;
        // Another process may have issued under a second heading of the same mark since this one was kept.
        if let (Err(_), Some(mark), false) = (&answer, token.mark(), headings.is_empty()) {
            let newer = self.read_headings(mark).await?;
            if newer != headings {
                headings = newer;
                answer = self.answer(&token, &headings, now).await?;
            }
        }
        let (proven, found) = match answer {
            Ok(proven) => proven,
            Err(e) => return Ok(forged(&e)),
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

    /// What a code proves, and the record of its number.
    async fn answer(
        &self,
        token: &Token,
        headings: &Arc<[Heading]>,
        now: Instant,
    ) -> Result<Result<(ProvenFacts, Option<Found>), ProofError>, ServiceError> {
        let stated = match token.stated(&self.trust, headings) {
            Ok(stated) => stated,
            Err(e) => return Ok(Err(e)),
        };
        let number = stated.number().clone();
        let mut found = self.registry.find(&number, now).await?;
        let known = self.is_known(&stated, found.as_ref());
        let proven = match if known { stated.vouched() } else { None } {
            Some(proven) => proven,
            None => match self.proven(token, headings).await? {
                Ok(proven) => proven,
                Err(e) => return Ok(Err(e)),
            },
        };
        if proven.claims.number != number {
            found = self.registry.find(&proven.claims.number, now).await?;
        }
        Ok(Ok((proven, found)))
    }

    async fn headings_of(&self, token: &Token) -> Result<Arc<[Heading]>, ServiceError> {
        let Some(mark) = token.mark() else { return Ok(Arc::new([])) };
        let kept = self.headings.lock().unwrap_or_else(PoisonError::into_inner).get(&mark).cloned();
        match kept {
            Some(headings) => Ok(headings),
            None => self.read_headings(mark).await,
        }
    }

    async fn read_headings(&self, mark: Mark) -> Result<Arc<[Heading]>, ServiceError> {
        let found: Arc<[Heading]> = self.registry.headings(mark).await?.into();
        if !found.is_empty() {
            self.headings.lock().unwrap_or_else(PoisonError::into_inner).insert(mark, Arc::clone(&found));
        }
        Ok(found)
    }

    /// Whether it is the very code that was put on the certificate here: then its signature was found right at the time.
    fn is_known(&self, stated: &Stated<'_>, found: Option<&Found>) -> bool {
        match found {
            Some(Found::Valid { code: Some(mark), .. }) => *mark == self.registry.keys().code_mark(stated.digits()),
            _ => false,
        }
    }

    async fn proven(&self, token: &Token, headings: &Arc<[Heading]>) -> Result<Proven, ServiceError> {
        let (answer, turn) = self.codes.put((token.clone(), Arc::clone(headings)));
        if let Some(turn) = turn {
            tokio::spawn(check_all(Arc::clone(&self.trust), turn));
        }
        answer.await.map_err(|_| RegistryError::Unanswered.into())
    }
}

/// Checks until nobody waits.
async fn check_all(trust: Arc<Trust>, mut turn: Turn<(Token, Arc<[Heading]>), Proven>) {
    loop {
        // Requests that have arrived put their codes first.
        tokio::task::yield_now().await;
        let Some(group) = turn.next() else { return };
        let (mut stated, mut waiting) = (Vec::with_capacity(group.len()), Vec::with_capacity(group.len()));
        for one in group {
            let (token, headings) = one.key;
            match token.stated(&trust, &headings) {
                Ok(code) => {
                    stated.push(code);
                    waiting.push(one.answer);
                }
                Err(e) => drop(one.answer.send(Err(e))),
            }
        }
        waiting.into_iter().zip(proof::check_all(stated)).for_each(|(answer, proven)| drop(answer.send(proven)));
    }
}

fn forged(error: &ProofError) -> QrAnswer {
    if *error == ProofError::UnknownHeading {
        // Here all headings are at hand.
        return QrAnswer::Forged {
            reason_zh: "本系统没有签发过带有这个二维码的证书".to_owned(),
            reason_en: "no certificate of this service has such a code".to_owned(),
        };
    }
    QrAnswer::Forged { reason_zh: half(error, 0), reason_en: half(error, 1) }
}

/// Messages are Chinese first, then " / " and English.
fn half(error: &proof::ProofError, at: usize) -> String {
    let text = error.to_string();
    text.split(" / ").nth(at).unwrap_or(&text).to_owned()
}
