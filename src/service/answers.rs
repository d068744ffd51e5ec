//! What the public is told: one set of types for page, API and command line.

use jiff::civil::Date;

use crate::domain::award::{Achievement, CertificateKind};
use crate::domain::certificate::Certificate;
use crate::domain::claims::{Claims, Named};
use crate::domain::digest::Digest;
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::QrClaims;
use crate::domain::status::Status;
use crate::domain::time::Instant;

use crate::registry::Found;

use super::compare::FieldLine;
use super::file_reason::FileReason;

/// What anyone may know of a released certificate whose number they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicCertificate {
    /// Its number.
    pub number: CertificateNumber,
    /// Award or ability certificate.
    pub kind: CertificateKind,
    /// Who issued it.
    pub issuer: Named,
    /// The contest or ability programme.
    pub programme: Named,
    /// What is certified, for instance `软件类 · C/C++程序设计 · 一等奖`.
    pub achievement_zh: String,
    /// The same in English as far as the record has it.
    pub achievement_en: String,
    /// The holder's name, masked.
    pub holder_masked: String,
    /// The day of issue in Beijing.
    pub issued_on: Date,
    /// The certificate that this one corrects and replaces.
    pub replaces: Option<CertificateNumber>,
    /// Whether it stands.
    pub state: PublicState,
}

/// The state of a released certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicState {
    /// It stands.
    Valid,
    /// It was taken back.
    Revoked {
        /// When.
        at: Instant,
        /// Why.
        reason: String,
    },
    /// Another certificate replaces it.
    Corrected {
        /// When.
        at: Instant,
        /// The certificate that stands in its place.
        successor: CertificateNumber,
        /// Why.
        reason: String,
    },
}

impl PublicCertificate {
    /// The public view of `certificate` at `now`: nothing before its release.
    #[must_use]
    pub fn of(certificate: &Certificate, now: Instant) -> Option<Self> {
        if !certificate.is_public(now) {
            return None;
        }
        let claims = certificate.facts.claims.clone();
        let state = match &certificate.status {
            Status::Reserved => return None,
            Status::Valid { .. } => PublicState::Valid,
            Status::Revoked { at, reason, .. } => PublicState::Revoked { at: *at, reason: reason.as_str().to_owned() },
            Status::Corrected { at, successor, reason, .. } => {
                PublicState::Corrected { at: *at, successor: successor.clone(), reason: reason.as_str().to_owned() }
            }
        };
        Some(Self::new(claims, state))
    }

    /// The public view of what was found at `now`: nothing before its release.
    #[must_use]
    pub fn found(found: Found, now: Instant) -> Option<Self> {
        match found {
            Found::Valid { claims, .. } => Some(Self::new(claims, PublicState::Valid)),
            Found::Other(certificate) => Self::of(&certificate, now),
        }
    }

    fn new(claims: Claims, state: PublicState) -> Self {
        let (achievement_zh, achievement_en) = phrases(&claims.achievement);
        Self {
            kind: claims.kind(),
            number: claims.number,
            issuer: claims.issuer,
            programme: claims.programme,
            achievement_zh,
            achievement_en,
            holder_masked: claims.holder.masked(),
            issued_on: claims.issued_on,
            replaces: claims.replaces,
            state,
        }
    }
}

fn phrases(achievement: &Achievement) -> (String, String) {
    match achievement {
        Achievement::Award { level, role, category, subject, .. } => {
            let parts = [category.as_str(), subject.as_str(), &achievement.phrase_zh()];
            let zh = parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" · ");
            (zh, format!("{} ({})", level.en(), role.en()))
        }
        Achievement::Ability { level, .. } => (achievement.phrase_zh(), format!("{} level", level.en())),
    }
}

/// What a QR code says, and what the record says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one answer at a time: nothing is gained by a box")]
pub enum QrAnswer {
    /// The proof is right.
    Proven {
        /// The facts in the code.
        facts: QrClaims,
        /// Whose key signed them.
        issuer_name: String,
        /// The record, where it is here, is public, and states the same facts.
        record: Option<PublicCertificate>,
    },
    /// The proof is wrong, or contradicts the record.
    Forged {
        /// Why, in Chinese.
        reason_zh: String,
        /// Why, in English.
        reason_en: String,
    },
}

/// What an uploaded file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAnswer {
    /// In one word.
    pub verdict: FileVerdict,
    /// What was checked, in order.
    pub checks: Vec<CheckLine>,
    /// Who signed, as their certificate says; only after the signature was found right.
    pub signer: Option<String>,
    /// The signing time that the signed file states.
    pub signed_at: Option<Instant>,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The record of this very file.
    pub record: Option<PublicCertificate>,
    /// The holder's full name: whoever has the file sees it printed there.
    pub holder: Option<String>,
    /// The facts that the file itself states, in the part of it that is for programs; only where they are proven.
    pub stated: Option<Claims>,
    /// Why it is not genuine, the main reason first; for a picture what there is to say of it.
    pub reasons: Vec<FileReason>,
    /// What the file states beside what the record says, field by field.
    pub fields: Vec<FieldLine>,
    /// The certificate whose number a file bears that is not genuine: nothing of this file.
    pub claimed: Option<PublicCertificate>,
    /// The QR code in its picture.
    pub code: Option<QrAnswer>,
    /// Its picture, small, as JPEG: for whoever sent it, and kept nowhere.
    pub picture: Option<Vec<u8>>,
}

impl FileAnswer {
    /// Nothing but a verdict on a file with that digest.
    #[must_use]
    pub fn bare(verdict: FileVerdict, sha256: Digest) -> Self {
        Self {
            verdict,
            checks: Vec::new(),
            signer: None,
            signed_at: None,
            sha256,
            record: None,
            holder: None,
            stated: None,
            reasons: Vec::new(),
            fields: Vec::new(),
            claimed: None,
            code: None,
            picture: None,
        }
    }
}

/// The verdict on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileVerdict {
    /// Signed by an issuer, unchanged, on record, and standing.
    Genuine,
    /// Signed by an issuer and unchanged, but not on record here.
    GenuineNotOnRecord,
    /// Authentic, but the certificate was taken back since.
    Revoked,
    /// Authentic, but another certificate replaces it since.
    Corrected,
    /// Not what an issuer signed.
    NotGenuine,
    /// A picture, of which only the QR code is proven: what it shows is to be compared with that.
    CodeProven,
    /// A picture without a QR code that says anything.
    NoCode,
}

/// One check of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLine {
    /// What was checked.
    pub name_zh: &'static str,
    /// The same in English.
    pub name_en: &'static str,
    /// Whether it holds.
    pub passed: bool,
    /// What was found.
    pub detail: String,
}
