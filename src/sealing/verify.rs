//! Is this file one of ours, and unchanged? Bytes in, report out.
//!
//! This is the other code path: it shares nothing with the writing side but the standards, so that a fault on one side shows.
//! It never panics, takes time linear in the file's length, and holds no copy of it.

mod cause;
mod chain;
mod file;
mod object;
mod report;
mod shape;
mod signature;
mod stated;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use x509_cert::Certificate;

use crate::domain::digest::Digest;

use super::keyring::{Trust, TrustError};
pub use cause::{Addition, Cause, Diagnosis};
use chain::{Root, Validity};
use file::File;
pub use report::{Check, Problem, Report, Rule, Signer, Verdict};
use signature::Signature;
pub use stated::{StatedError, attached, stated, stated_with_proof};

/// Largest file that is looked at, in bytes, unless told otherwise.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Chains that are remembered. An installation has a handful of signing certificates.
const MAX_REMEMBERED: usize = 256;

/// Verifies files against trust anchors. Remembers the chains that it has verified, so that a file costs one digest and one
/// signature verification; share one among threads.
#[derive(Debug)]
pub struct Verifier {
    roots: Vec<Root>,
    max_bytes: usize,
    chains: RwLock<HashMap<Digest, Validity>>,
}

impl Verifier {
    /// # Errors
    /// [`TrustError::UnusableRoot`] if a root certificate is no self-signed authority.
    pub fn new(trust: &Trust) -> Result<Self, TrustError> {
        let roots = trust.roots.iter().enumerate();
        let roots = roots.map(|(i, der)| Root::read(der).ok_or(TrustError::UnusableRoot(i + 1))).collect::<Result<_, _>>()?;
        Ok(Self { roots, max_bytes: MAX_BYTES, chains: RwLock::default() })
    }

    /// The same with another bound on the length of files, in bytes.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Checks a file by every [`Rule`].
    #[must_use]
    pub fn verify(&self, pdf: &[u8]) -> Report {
        let mut report = Report::default();
        if pdf.len() > self.max_bytes {
            report.note::<()>(Rule::File, Err(Problem::TooLarge));
            return report;
        }
        // The rules write their outcome into the report; the first that the others need ends the work when it fails.
        if self.check(pdf, &mut report).is_none() && !report.no_signature {
            report.no_signature = report.problems().all(|p| p != Problem::NotAPdf) && file::unsigned(pdf);
        }
        report
    }

    fn check(&self, pdf: &[u8], report: &mut Report) -> Option<()> {
        let file = report.note(Rule::File, File::read(pdf))?;
        let found = match file.signature() {
            Ok(None) => {
                report.no_signature = true;
                return None;
            }
            Ok(Some(found)) => Ok(found),
            Err(problem) => Err(problem),
        };
        let dictionary = report.note(Rule::SignatureField, found)?;
        report.signed_at = Some(dictionary.signed_at);
        let covered = report.note(Rule::ByteRange, dictionary.covered(pdf));
        let der = report.note(Rule::Slot, dictionary.der(pdf))?;
        let signature = report.note(Rule::Cms, Signature::read(&der))?;
        let fingerprint = Digest::of(&signature.certificate_der);
        report.signer = Some(Signer { name: organisation(signature.certificate()), fingerprint });

        let key = report.note(Rule::Algorithms, signature.key())?;
        let claim = report.note(Rule::Attributes, signature.claim());
        if let (Some(claim), Some(covered)) = (&claim, covered) {
            let (unchanged, digest) = claim.digests(covered, &key);
            report.digest = Some(digest);
            report.note(Rule::MessageDigest, unchanged.then_some(()).ok_or(Problem::MessageDigest));
        }
        if let Some(claim) = &claim {
            report.note(Rule::Signature, claim.is_by(&key).then_some(()).ok_or(Problem::Signature));
        }
        let validity = report.note(Rule::Chain, self.chain(fingerprint, signature.certificate()))?;
        report.note(Rule::Validity, validity.contains(dictionary.signed_at).then_some(()).ok_or(Problem::Validity))
    }

    /// When the chain of this certificate is valid. The fingerprint stands for every byte of it, so an answer may be kept.
    fn chain(&self, fingerprint: Digest, certificate: &Certificate) -> Result<Validity, Problem> {
        if let Some(known) = self.chains.read().unwrap_or_else(PoisonError::into_inner).get(&fingerprint) {
            return Ok(*known);
        }
        let validity = chain::trace(certificate, &self.roots)?;
        let mut chains = self.chains.write().unwrap_or_else(PoisonError::into_inner);
        if chains.len() < MAX_REMEMBERED {
            chains.insert(fingerprint, validity);
        }
        Ok(validity)
    }
}

/// The certificate in the signature of `pdf`, in DER. Nothing of it has been checked.
#[must_use]
pub fn signing_certificate(pdf: &[u8]) -> Option<Vec<u8>> {
    let dictionary = File::read(pdf).ok()?.signature().ok()??;
    Some(Signature::read(&dictionary.der(pdf).ok()?).ok()?.certificate_der)
}

/// The subject's organisation, or its whole name if it has none.
fn organisation(certificate: &Certificate) -> String {
    let subject = certificate.tbs_certificate().subject();
    match subject.organization() {
        Ok(Some(name)) => name.value().into_owned(),
        _ => subject.to_string(),
    }
}
