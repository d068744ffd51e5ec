//! Objections to an award list (异议): who objects, why, and what is decided. What is personal in them is for one role alone.
//!
//! The notice asks a person for real name, identity number, workplace, telephone and signature; an organisation for its name, a contact with
//! name, identity number and telephone, and its seal.

mod typed;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::identity::IdentityDocument;
use super::name::PersonName;
use super::telephone::Telephone;
use super::text::{half_width, is_separator};
use super::time::Instant;
use typed::lines;
pub use typed::{Field, Slip, Typed};

/// The most characters of the grounds.
pub const MAX_GROUNDS: usize = 3_000;
/// Fewer characters say nothing that could be looked into.
pub const MIN_GROUNDS: usize = 10;
/// The most characters of the reason of a decision.
pub const MAX_REASON: usize = 500;

/// In which of the two forms of the notice an objection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 个人
    Person,
    /// 单位
    Organisation,
}

impl Form {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Person, Self::Organisation];

    /// The name in records and forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }

    /// The inverse of [`Form::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.code() == code)
    }
}

/// A telephone at which somebody can be asked back: a mobile, or a line with its area code.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactTelephone(String);

/// The text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("联系电话应为 11 位手机号，或带区号的座机号，如 010-12345678 / a mobile number, or a line with its area code")]
pub struct ContactTelephoneError;

impl ContactTelephone {
    /// # Errors
    /// [`ContactTelephoneError`].
    pub fn parse(typed: &str) -> Result<Self, ContactTelephoneError> {
        if let Ok(mobile) = Telephone::parse(typed) {
            return Ok(Self(mobile.as_str().to_owned()));
        }
        let digits: String = typed.chars().map(half_width).filter(|c| !(is_separator(*c) || matches!(c, '(' | ')'))).collect();
        // 区号: 0, two or three digits; then seven or eight.
        let line = (10..=12).contains(&digits.len()) && digits.starts_with('0') && !digits.starts_with("00");
        if line && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(digits)) } else { Err(ContactTelephoneError) }
    }

    /// The digits: private.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ContactTelephone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactTelephone([elided])")
    }
}

/// Who objects.
#[derive(Clone, PartialEq, Eq)]
pub enum Objector {
    /// A person, who signs.
    Person {
        /// 真实姓名
        name: PersonName,
        /// 身份证号
        document: IdentityDocument,
        /// 工作单位
        workplace: String,
        /// 联系电话
        telephone: ContactTelephone,
    },
    /// An organisation, which seals.
    Organisation {
        /// 单位名称
        name: String,
        /// 联系人姓名
        contact: PersonName,
        /// 联系人身份证号
        document: IdentityDocument,
        /// 联系电话
        telephone: ContactTelephone,
    },
}

/// What an objector says.
#[derive(Clone, PartialEq, Eq)]
pub struct Objection {
    /// Who.
    pub objector: Objector,
    /// Why: facts that can be looked into.
    pub grounds: Grounds,
}

/// The grounds: several lines of text.
#[derive(Clone, PartialEq, Eq)]
pub struct Grounds(String);

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    form: String,
    name: String,
    document_kind: String,
    identity_number: String,
    of: String,
    telephone: String,
    grounds: String,
}

impl Objection {
    /// As JSON, to be sealed.
    #[must_use]
    pub fn write(&self) -> String {
        let (form, name, document, of, telephone) = match &self.objector {
            Objector::Person { name, document, workplace, telephone } => (Form::Person, name, document, workplace, telephone),
            Objector::Organisation { name, contact, document, telephone } => (Form::Organisation, contact, document, name, telephone),
        };
        let written = Written {
            form: form.code().to_owned(),
            name: name.to_string(),
            document_kind: document.kind().code().to_owned(),
            identity_number: document.number().to_owned(),
            of: of.clone(),
            telephone: telephone.0.clone(),
            grounds: self.grounds.0.clone(),
        };
        // Texts alone: this cannot fail.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// The inverse of [`Objection::write`].
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let Written { form, name, document_kind, identity_number, of, telephone, grounds } = serde_json::from_str(text).ok()?;
        let form = Form::from_code(&form)?;
        let typed = Typed {
            form: String::new(),
            name,
            document_kind,
            identity_number,
            workplace: of.clone(),
            organisation: of,
            telephone,
            grounds,
        };
        Self::parse(form, &typed).ok()
    }

    /// In which form it came.
    #[must_use]
    pub fn form(&self) -> Form {
        match self.objector {
            Objector::Person { .. } => Form::Person,
            Objector::Organisation { .. } => Form::Organisation,
        }
    }
}

impl Grounds {
    /// # Errors
    /// [`Slip`] naming the rule that fails.
    pub fn parse(typed: &str) -> Result<Self, Slip> {
        let text = lines(typed, MAX_GROUNDS)?;
        if text.chars().count() < MIN_GROUNDS { Err(Slip::TooShort) } else { Ok(Self(text)) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objection({}, [elided])", self.form().code())
    }
}

/// What a decision tells the objector.
#[derive(Clone, PartialEq, Eq)]
pub struct DecisionReason(String);

impl DecisionReason {
    /// # Errors
    /// [`Slip`] if nothing remains after tidying, or more than [`MAX_REASON`] characters do.
    pub fn parse(typed: &str) -> Result<Self, Slip> {
        lines(typed, MAX_REASON).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It may name people: elided.
impl fmt::Debug for DecisionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecisionReason([elided])")
    }
}

/// Where an objection is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectionState {
    /// It waits for a decision, and holds back what it is against.
    Open,
    /// It was not upheld.
    Rejected {
        /// When.
        at: Instant,
        /// What the objector is told.
        reason: DecisionReason,
    },
    /// It was upheld.
    Upheld {
        /// When.
        at: Instant,
        /// What the objector is told.
        reason: DecisionReason,
    },
}

/// Decided before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("该异议已处理 / the objection is decided already")]
pub struct AlreadyDecided;

impl ObjectionState {
    /// Open → upheld or rejected.
    ///
    /// # Errors
    /// [`AlreadyDecided`].
    pub fn decide(self, upheld: bool, at: Instant, reason: DecisionReason) -> Result<Self, AlreadyDecided> {
        match self {
            Self::Open if upheld => Ok(Self::Upheld { at, reason }),
            Self::Open => Ok(Self::Rejected { at, reason }),
            Self::Rejected { .. } | Self::Upheld { .. } => Err(AlreadyDecided),
        }
    }

    /// The name in records.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Rejected { .. } => "rejected",
            Self::Upheld { .. } => "upheld",
        }
    }
}

#[cfg(test)]
mod tests;
