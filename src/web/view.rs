//! What an answer shows: made once from the service's answer, printed by the pages and by the API.
//!
//! Field names are the API's: stable, `snake_case`; dates are ISO 8601, instants RFC 3339 with Beijing's offset.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::domain::award::CertificateKind;
use crate::domain::claims::Named;
use crate::domain::hints::Hint;
use crate::domain::time::Instant;
use crate::service::answers::{CheckLine, FileAnswer, FileVerdict, PublicCertificate, PublicState, QrAnswer};
use crate::service::checks;

use super::etag::Checked;
use super::file_view::{CodeView, FieldView, ReasonView};

/// An instant: RFC 3339 for machines, Beijing time for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-25T09:30:00+08:00")]
pub struct Moment(pub Instant);

impl Moment {
    /// `2024-01-05 09:30:00`
    pub fn beijing(self) -> String {
        self.0.display_beijing()
    }

    /// `2024-01-05`
    pub fn day(self) -> Day {
        Day(self.0.beijing_date())
    }

    pub fn rfc3339(self) -> String {
        self.0.rfc3339_beijing()
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

/// A day: ISO 8601 for machines, words in [`Frame::day`](super::language::Frame::day) for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = Date, example = "2024-01-05")]
pub struct Day(pub Date);

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A key with the names that people read; `name_en` may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedView {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
}

impl From<Named> for NamedView {
    fn from(named: Named) -> Self {
        Self { id: named.id.to_string(), name_zh: named.name, name_en: named.name_en }
    }
}

/// Something to look at in a number that was not found; the codes are part of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HintView {
    pub code: &'static str,
    pub hint: String,
    pub hint_zh: String,
}

impl From<Hint> for HintView {
    fn from(hint: Hint) -> Self {
        Self { code: hint.kind.code(), hint: hint.en, hint_zh: hint.zh }
    }
}

/// The kind of certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindView {
    pub code: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
}

impl From<CertificateKind> for KindView {
    fn from(kind: CertificateKind) -> Self {
        Self { code: kind.code(), name_zh: kind.zh(), name_en: kind.en() }
    }
}

/// What is certified, in one phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AchievementView {
    pub zh: String,
    pub en: String,
}

/// Whether the certificate stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum StateView {
    Valid,
    Revoked { at: Moment, reason: String },
    Corrected { at: Moment, reason: String, successor: String, successor_url: String },
}

/// The certificate that another one replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplacedView {
    pub number: String,
    pub url: String,
}

/// Everything that the public may know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CertificateView {
    pub number: String,
    pub url: String,
    pub kind: KindView,
    pub achievement: AchievementView,
    pub programme: NamedView,
    pub issuer: NamedView,
    pub holder_masked: String,
    pub issued_on: Day,
    /// The certificate that this one corrects; nothing if it is a first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ReplacedView>,
    pub state: StateView,
    /// When the record was read. The last field: the answer's tag is of what stands before it.
    pub checked_at: Moment,
}

impl CertificateView {
    /// `base` is the public URL without a trailing slash.
    pub fn new(certificate: PublicCertificate, base: &str, now: Instant) -> Self {
        let page = |number: &dyn std::fmt::Display| format!("{base}/c/{number}");
        let state = match certificate.state {
            PublicState::Valid => StateView::Valid,
            PublicState::Revoked { at, reason } => StateView::Revoked { at: Moment(at), reason },
            PublicState::Corrected { at, successor, reason } => {
                StateView::Corrected { at: Moment(at), reason, successor_url: page(&successor), successor: successor.to_string() }
            }
        };
        Self {
            url: page(&certificate.number),
            number: certificate.number.to_string(),
            kind: certificate.kind.into(),
            achievement: AchievementView { zh: certificate.achievement_zh, en: certificate.achievement_en },
            programme: certificate.programme.into(),
            issuer: certificate.issuer.into(),
            holder_masked: certificate.holder_masked,
            issued_on: Day(certificate.issued_on),
            replaces: certificate.replaces.map(|number| ReplacedView { url: page(&number), number: number.to_string() }),
            state,
            checked_at: Moment(now),
        }
    }
}

impl Checked for CertificateView {
    fn checked_at(&self) -> Moment {
        self.checked_at
    }
}

/// The certificates that a lookup found, none if there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LookupView {
    pub certificates: Vec<CertificateView>,
    /// Where the holder's name was given with the number: whether it is the holder's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder_matches: Option<bool>,
    pub checked_at: Moment,
}

impl LookupView {
    pub fn new(found: impl IntoIterator<Item = PublicCertificate>, base: &str, now: Instant) -> Self {
        Self {
            certificates: found.into_iter().map(|c| CertificateView::new(c, base, now)).collect(),
            holder_matches: None,
            checked_at: Moment(now),
        }
    }
}

/// What a proven QR code states, and the record beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrView {
    pub number: String,
    pub kind: KindView,
    pub holder: String,
    pub achievement: String,
    pub programme: String,
    pub issued_on: Day,
    pub issuer: String,
    pub record: Option<CertificateView>,
    pub checks: Vec<CheckView>,
    pub checked_at: Moment,
}

/// Why a QR code proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgedView {
    pub reason_zh: String,
    pub reason_en: String,
    pub checked_at: Moment,
}

impl QrView {
    /// # Errors
    /// [`ForgedView`] if the proof does not hold.
    pub fn new(answer: QrAnswer, base: &str, now: Instant) -> Result<Box<Self>, ForgedView> {
        let checks = checks::of_code(&answer).into_iter().map(CheckView::from).collect();
        match answer {
            QrAnswer::Proven { facts, issuer_name, record } => Ok(Box::new(Self {
                number: facts.number.to_string(),
                kind: facts.kind.into(),
                holder: facts.holder.to_string(),
                achievement: facts.achievement,
                programme: facts.programme,
                issued_on: Day(facts.issued_on),
                issuer: issuer_name,
                record: record.map(|c| CertificateView::new(c, base, now)),
                checks,
                checked_at: Moment(now),
            })),
            QrAnswer::Forged { reason_zh, reason_en } => Err(ForgedView { reason_zh, reason_en, checked_at: Moment(now) }),
        }
    }
}

/// The verdict on a file, as the API spells it. `code_proven`: a picture, of which only the code is proven; `no_code`: a picture without
/// one. Neither says anything of what the picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    Genuine,
    GenuineNotOnRecord,
    Revoked,
    Corrected,
    NotGenuine,
    CodeProven,
    NoCode,
}

impl From<FileVerdict> for VerdictView {
    fn from(verdict: FileVerdict) -> Self {
        match verdict {
            FileVerdict::Genuine => Self::Genuine,
            FileVerdict::GenuineNotOnRecord => Self::GenuineNotOnRecord,
            FileVerdict::Revoked => Self::Revoked,
            FileVerdict::Corrected => Self::Corrected,
            FileVerdict::NotGenuine => Self::NotGenuine,
            FileVerdict::CodeProven => Self::CodeProven,
            FileVerdict::NoCode => Self::NoCode,
        }
    }
}

/// One check of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckView {
    pub name_zh: &'static str,
    pub name_en: &'static str,
    pub passed: bool,
    pub detail: String,
}

impl From<CheckLine> for CheckView {
    fn from(line: CheckLine) -> Self {
        Self { name_zh: line.name_zh, name_en: line.name_en, passed: line.passed, detail: line.detail }
    }
}

/// What an uploaded file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileView {
    pub verdict: VerdictView,
    pub checks: Vec<CheckView>,
    pub signer: Option<String>,
    pub signed_at: Option<Moment>,
    /// SHA-256 of the file in lower-case hexadecimal digits.
    pub sha256: String,
    /// The name printed on it: whoever has the file sees it there.
    pub holder: Option<String>,
    pub certificate: Option<CertificateView>,
    /// Why it is not genuine, the main reason first.
    pub reasons: Vec<ReasonView>,
    /// What it states beside the record.
    pub fields: Vec<FieldView>,
    /// The certificate whose number a file bears that is not genuine. It says nothing for the file.
    pub claimed: Option<CertificateView>,
    /// The QR code in its picture.
    pub code: Option<CodeView>,
    /// Its picture for the page, a JPEG in base64; a client has it already.
    #[serde(skip)]
    pub picture: Option<String>,
    pub checked_at: Moment,
}

impl FileView {
    pub fn new(answer: FileAnswer, base: &str, now: Instant) -> Self {
        Self {
            verdict: answer.verdict.into(),
            checks: answer.checks.into_iter().map(CheckView::from).collect(),
            signer: answer.signer,
            signed_at: answer.signed_at.map(Moment),
            sha256: answer.sha256.to_string(),
            holder: answer.holder,
            certificate: answer.record.map(|c| CertificateView::new(c, base, now)),
            reasons: answer.reasons.into_iter().map(ReasonView::from).collect(),
            fields: answer.fields.into_iter().map(FieldView::from).collect(),
            claimed: answer.claimed.map(|c| CertificateView::new(c, base, now)),
            code: answer.code.map(CodeView::from),
            picture: answer.picture.map(|jpeg| STANDARD.encode(jpeg)),
            checked_at: Moment(now),
        }
    }

    /// Whether the file is a picture, in which there is nothing to check but its code.
    pub fn is_of_a_picture(&self) -> bool {
        self.checks.is_empty() && self.code.is_some()
    }
}
