//! Looking into files that are not genuine, and into pictures: what they show, and what the record says of it.

use crate::document::look::{Seen, Trouble, squeezed};
use crate::domain::certificate::Certificate;
use crate::domain::certificate_json;
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::QrClaims;
use crate::domain::time::Instant;

use super::answers::{FileAnswer, FileVerdict, PublicCertificate, QrAnswer};
use super::compare::{self, Comparison, FieldLine, Shown};
use super::file_reason::FileReason;
use super::looker::Looked;
use super::{Service, ServiceError};

/// Fewer letters than this are no text of a certificate.
const MIN_TEXT: usize = 12;
/// Numbers in a text that are looked up: a file is one question, not many.
const MAX_NUMBERS: usize = 2;
/// Letters that a number printed on a certificate has at least.
const MIN_NUMBER: usize = 8;

/// What a file claims, believed in nothing.
struct Claim {
    seen: Seen,
    /// The embedded facts, whose form is right.
    facts: Option<Claims>,
    /// Numbers in the text, those that are most likely a certificate's first.
    numbers: Vec<String>,
}

impl Claim {
    fn of(seen: Seen) -> Self {
        let facts = seen.facts.as_ref().and_then(|json| certificate_json::read(json.as_bytes()).ok()).map(|json| json.claims);
        Self { facts, numbers: numbers(&seen), seen }
    }

    fn has_text(&self) -> bool {
        self.seen.flow.chars().count() >= MIN_TEXT
    }

    /// The numbers to look up, in the order in which they count: what a reader sees goes before what is hidden in the file.
    fn candidates(&self, code: Option<&QrClaims>) -> Vec<CertificateNumber> {
        let printed = self.numbers.iter().take(MAX_NUMBERS).filter_map(|n| n.parse().ok());
        let mut all: Vec<CertificateNumber> = printed.collect();
        all.extend(code.map(|facts| facts.number.clone()));
        all.extend(self.facts.as_ref().map(|facts| facts.number.clone()));
        let mut once = Vec::new();
        all.into_iter().for_each(|number| {
            if !once.contains(&number) {
                once.push(number);
            }
        });
        once
    }
}

impl Service {
    /// Adds to the answer on a file that is not genuine what it shows, and the record that it is made up as.
    pub(super) async fn look_into(&self, mut answer: FileAnswer, pdf: &[u8], now: Instant) -> Result<FileAnswer, ServiceError> {
        let primary = answer.reasons.first().copied().unwrap_or(FileReason::SignatureMalformed);
        if matches!(primary, FileReason::NotAPdf | FileReason::TooLarge) {
            return Ok(answer);
        }
        let (seen, cut) = match self.looker.look(pdf).await {
            Looked::Whole(seen) => (seen, false),
            Looked::Cut(seen) => (seen, true),
            Looked::Not => return Ok(answer),
        };
        let claim = Claim::of(seen);
        answer.reasons = refined(primary, pdf, &claim, cut);
        let code = self.code(&claim.seen, now).await?;
        let proven = proven(code.as_ref()).cloned();
        if let Some(certificate) = self.claimed(&claim.candidates(proven.as_ref()), now).await? {
            answer.claimed = PublicCertificate::of(&certificate, now);
            answer.fields = side_by_side(&claim, proven.as_ref(), &certificate.facts.claims);
        }
        answer.reasons.extend(contradictions(&claim, code.as_ref(), &answer));
        let is_picture = answer.reasons.contains(&FileReason::PictureOnly);
        if is_picture && proven.is_some() {
            answer.verdict = FileVerdict::CodeProven;
        }
        answer.picture = claim.seen.picture.filter(|_| is_picture);
        answer.code = code;
        Ok(answer)
    }

    /// What a photograph or a scan shows: the facts of the code in it, to be compared with the picture.
    pub(super) async fn check_picture(&self, picture: &[u8], now: Instant) -> Result<FileAnswer, ServiceError> {
        let mut answer = FileAnswer::bare(FileVerdict::NoCode, Digest::of(picture));
        let seen = match self.looker.look(picture).await {
            Looked::Whole(seen) | Looked::Cut(seen) => seen,
            Looked::Not => {
                answer.reasons.push(FileReason::CodeNotFound);
                return Ok(answer);
            }
        };
        let code = self.code(&seen, now).await?;
        match (&code, seen.trouble) {
            (Some(QrAnswer::Proven { record, .. }), _) => {
                answer.verdict = FileVerdict::CodeProven;
                answer.claimed.clone_from(record);
            }
            (Some(QrAnswer::Forged { .. }), _) => {
                answer.verdict = FileVerdict::NotGenuine;
                answer.reasons.push(FileReason::CodeForged);
            }
            (None, Some(Trouble::TooLarge)) => answer.reasons.push(FileReason::PictureTooLarge),
            (None, Some(_)) => answer.reasons.push(FileReason::Damaged),
            (None, None) if seen.codes.is_empty() => answer.reasons.push(FileReason::CodeNotFound),
            (None, None) => answer.reasons.push(FileReason::CodeForeign),
        }
        answer.picture = seen.picture;
        answer.code = code;
        Ok(answer)
    }

    /// The first code that is meant to be a certificate's.
    async fn code(&self, seen: &Seen, now: Instant) -> Result<Option<QrAnswer>, ServiceError> {
        match seen.codes.iter().find(|text| is_meant(text)) {
            Some(text) => Ok(Some(self.check_qr(text, now).await?)),
            None => Ok(None),
        }
    }

    /// The first released certificate with one of these numbers.
    async fn claimed(&self, numbers: &[CertificateNumber], now: Instant) -> Result<Option<Certificate>, ServiceError> {
        for number in numbers {
            if let Some(certificate) = self.registry.certificate(number).await?
                && certificate.is_public(now)
            {
                return Ok(Some(certificate));
            }
        }
        Ok(None)
    }
}

/// Whether a code's text has the form of a certificate's, whoever made it: an address that ends with very many digits.
fn is_meant(text: &str) -> bool {
    let tail = text.rsplit('/').next().unwrap_or_default();
    tail.len() >= 100 && tail.bytes().all(|b| b.is_ascii_digit())
}

fn proven(code: Option<&QrAnswer>) -> Option<&QrClaims> {
    match code {
        Some(QrAnswer::Proven { facts, .. }) => Some(facts),
        _ => None,
    }
}

/// The main reason, now that the file was looked at, and what else that showed.
fn refined(primary: FileReason, pdf: &[u8], claim: &Claim, cut: bool) -> Vec<FileReason> {
    let seen = &claim.seen;
    let weak = matches!(primary, FileReason::NoSignature | FileReason::Rewritten | FileReason::Truncated);
    let traces = || seen.facts.is_some() || [&b"Adobe.PPKLite"[..], b"ETSI.CAdES"].iter().any(|t| memchr::memmem::find(pdf, t).is_some());
    let main = match primary {
        _ if seen.trouble == Some(Trouble::Encrypted) => FileReason::Encrypted,
        _ if cut && weak => FileReason::TooComplex,
        FileReason::NoSignature if seen.trouble == Some(Trouble::TooLarge) => FileReason::TooComplex,
        FileReason::NoSignature if seen.trouble.is_some() => FileReason::Damaged,
        FileReason::NoSignature if traces() => FileReason::SignatureStripped,
        FileReason::NoSignature if seen.images && !claim.has_text() => FileReason::PictureOnly,
        other => other,
    };
    let more = (cut && main != FileReason::TooComplex).then_some(FileReason::TooComplex);
    [main].into_iter().chain(more).collect()
}

/// What in the file contradicts itself or the record.
fn contradictions(claim: &Claim, code: Option<&QrAnswer>, answer: &FileAnswer) -> Vec<FileReason> {
    let own = answer.claimed.as_ref().map(|c| &c.number);
    let printed = |number: &CertificateNumber| claim.numbers.iter().any(|n| n == number.as_str());
    let mut found = Vec::new();
    if claim.facts.as_ref().is_some_and(|facts| !claim.numbers.is_empty() && !printed(&facts.number)) {
        found.push(FileReason::NumberOfAnother);
    }
    match code {
        Some(QrAnswer::Proven { facts, .. }) if Some(&facts.number) != own || (!claim.numbers.is_empty() && !printed(&facts.number)) => {
            found.push(FileReason::CodeOfAnother);
        }
        Some(QrAnswer::Forged { .. }) => found.push(FileReason::CodeForged),
        _ => {}
    }
    if answer.fields.iter().any(|line| line.comparison != Comparison::Same) {
        found.push(FileReason::ContentDiffers);
    }
    found.extend(own.map(|_| FileReason::RealNumber));
    found
}

/// The text of the page beside the record. A picture has none: its reader compares it with the facts in its code.
fn side_by_side(claim: &Claim, code: Option<&QrClaims>, record: &Claims) -> Vec<FieldLine> {
    if !claim.has_text() {
        return Vec::new();
    }
    let named = code.map(|facts| &facts.holder).or(claim.facts.as_ref().map(|facts| &facts.holder));
    let (seen, knows_holder) = (&claim.seen, code.is_some_and(|facts| facts.is_of(record)));
    compare::of_shown(&Shown { lines: &seen.lines, flow: &seen.flow, named, numbers: &claim.numbers, knows_holder }, record)
}

/// Words of the text that have the form of a certificate number: letters first, many digits. Those that stand behind the word for it come
/// first.
fn numbers(seen: &Seen) -> Vec<String> {
    let mut labelled = Vec::new();
    let mut others = Vec::new();
    for line in &seen.lines {
        let text = squeezed(&line.text);
        let behind = ["编号", "Number", "No."].iter().any(|word| text.contains(word));
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let formed = word.len() >= MIN_NUMBER && digits * 2 >= word.len() && word.starts_with(|c: char| c.is_ascii_uppercase());
            if formed && word.parse::<CertificateNumber>().is_ok() {
                let list = if behind { &mut labelled } else { &mut others };
                if !list.iter().any(|known: &String| known == word) {
                    list.push(word.to_owned());
                }
            }
        }
    }
    others.retain(|word| !labelled.contains(word));
    labelled.extend(others);
    labelled
}
