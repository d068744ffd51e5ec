//! Checking a file: its signature first, then the record of this very file.

use crate::document::look::FileKind;
use crate::domain::certificate::Certificate;
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;
use crate::domain::time::Instant;
use crate::sealing::keyring::Trust;
use crate::sealing::verify::{self, Check, StatedError, Verifier};

use super::answers::{CheckLine, FileAnswer, FileVerdict, PublicCertificate, PublicState};
use super::compare;
use super::file_reason::FileReason;
use super::{Service, ServiceError};

/// What the file alone proves, without any record.
#[must_use]
pub fn offline(verifier: &Verifier, trust: &Trust, pdf: &[u8]) -> FileAnswer {
    let report = verifier.verify(pdf);
    let authentic = report.is_genuine();
    let signer = report.signer.as_ref().filter(|_| authentic);
    let verdict = if authentic { FileVerdict::GenuineNotOnRecord } else { FileVerdict::NotGenuine };
    let mut answer = FileAnswer {
        checks: report.checks.iter().map(line).collect(),
        signer: signer.map(|s| s.name.clone()),
        signed_at: report.signed_at.filter(|_| authentic),
        ..FileAnswer::bare(verdict, Digest::of(pdf))
    };
    if authentic {
        return with_facts(answer, by_its_issuer(verify::stated(pdf, trust), signer.map(|s| s.name.as_str()), trust));
    }
    let names: Vec<&str> = trust.proof_keys.iter().map(|key| key.issuer_name.as_str()).collect();
    answer.reasons.push(verifier.diagnose(pdf, &report, &names).cause.into());
    answer
}

/// The facts, unless another issuer than theirs has signed the file: each may sign its own certificates only.
fn by_its_issuer(stated: Result<Claims, StatedError>, signer: Option<&str>, trust: &Trust) -> Result<Claims, StatedError> {
    let claims = stated?;
    let mut owners = trust.proof_keys.iter().filter(|key| Some(key.issuer_name.as_str()) == signer).peekable();
    // A name that no issuer has now may be one that theirs had.
    let others = owners.peek().is_some() && owners.all(|key| key.issuer != claims.issuer.id);
    if others && signer != Some(claims.issuer.name.as_str()) { Err(StatedError::Disagree) } else { Ok(claims) }
}

/// Adds what a file with a good signature says of itself. One that contradicts itself is none that an issuer meant to sign.
fn with_facts(mut answer: FileAnswer, stated: Result<Claims, StatedError>) -> FileAnswer {
    let detail = match stated {
        Ok(claims) => {
            answer.stated = Some(claims);
            String::new()
        }
        Err(error) => {
            if error.is_contradiction() {
                answer.verdict = FileVerdict::NotGenuine;
                answer.reasons.push(FileReason::ContradictsItself);
            }
            error.to_string()
        }
    };
    let (name_zh, name_en) = ("文件内附的事实有证明", "The facts inside the file are proven");
    answer.checks.push(CheckLine { name_zh, name_en, passed: answer.stated.is_some(), detail });
    answer
}

fn line(check: &Check) -> CheckLine {
    let (name_zh, name_en) = check.rule.statement().split_once(" / ").unwrap_or((check.rule.statement(), check.rule.code()));
    CheckLine { name_zh, name_en, passed: check.problem.is_none(), detail: check.problem.map(|p| p.to_string()).unwrap_or_default() }
}

impl Service {
    /// What a file is. Of a PDF its signature first, then the record of this very file, or, where it is not genuine, why, and how it
    /// differs from the certificate that it is made up as. Of a picture what its code proves.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; a bad file is an answer, not an error.
    pub async fn check_file(&self, pdf: &[u8], now: Instant) -> Result<FileAnswer, ServiceError> {
        match FileKind::of(pdf) {
            FileKind::Picture => return self.check_picture(pdf, now).await,
            FileKind::OtherPicture => {
                let answer = FileAnswer::bare(FileVerdict::NoCode, Digest::of(pdf));
                return Ok(FileAnswer { reasons: vec![FileReason::OtherPicture], ..answer });
            }
            FileKind::Pdf | FileKind::Other => {}
        }
        let answer = offline(&self.verifier, &self.trust, pdf);
        if answer.verdict == FileVerdict::NotGenuine {
            return self.look_into(answer, pdf, now).await;
        }
        let certificate = self.registry.certificate_by_file(&answer.sha256).await?;
        let public = certificate.as_ref().and_then(|c| Some((c, PublicCertificate::of(c, now)?)));
        Ok(match public {
            Some((certificate, record)) => on_record(answer, certificate, record),
            None => with_check(answer, false, "此处没有本文件的记录 / this file is not on record here"),
        })
    }
}

fn on_record(answer: FileAnswer, certificate: &Certificate, record: PublicCertificate) -> FileAnswer {
    let verdict = match record.state {
        PublicState::Valid => FileVerdict::Genuine,
        PublicState::Revoked { .. } => FileVerdict::Revoked,
        PublicState::Corrected { .. } => FileVerdict::Corrected,
    };
    let holder = Some(certificate.facts.claims.holder.to_string());
    let fields = answer.stated.as_ref().map(|stated| compare::of_genuine(stated, &certificate.facts.claims)).unwrap_or_default();
    let answer = with_check(answer, true, "本文件登记在册 / this very file is on record");
    FileAnswer { verdict, record: Some(record), holder, fields, ..answer }
}

fn with_check(mut answer: FileAnswer, passed: bool, detail: &str) -> FileAnswer {
    answer.checks.push(CheckLine { name_zh: "登记记录", name_en: "Record", passed, detail: detail.to_owned() });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::award_claims;
    use crate::sealing::proof::ProofError;

    #[test]
    fn a_file_that_contradicts_itself_is_not_genuine() {
        let answer = || FileAnswer::bare(FileVerdict::GenuineNotOnRecord, Digest::of(b""));
        let good = with_facts(answer(), Ok(award_claims()));
        assert_eq!((good.verdict, good.checks[0].passed), (FileVerdict::GenuineNotOnRecord, true));
        assert_eq!(good.stated, Some(award_claims()));
        for (error, verdict) in [
            (StatedError::Disagree, FileVerdict::NotGenuine),
            (StatedError::Proof(ProofError::Signature), FileVerdict::NotGenuine),
            (StatedError::Proof(ProofError::UnknownKey), FileVerdict::GenuineNotOnRecord),
            (StatedError::Missing, FileVerdict::GenuineNotOnRecord),
        ] {
            let bad = with_facts(answer(), Err(error.clone()));
            assert_eq!((bad.verdict, bad.checks[0].passed, bad.stated), (verdict, false, None), "{error}");
            assert_eq!(bad.checks[0].detail, error.to_string());
        }
    }
}
