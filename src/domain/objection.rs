//! Objections to an award list (异议): who objects, why, and what is decided. What is personal in them is for one role alone.
//!
//! The notice asks a person for real name, identity number, workplace, telephone and signature; an organisation for its name, a contact with
//! name, identity number and telephone, and its seal.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::award::MAX_FACT_CHARS;
use super::identity::{DocumentKind, IdentityDocument, IdentityError};
use super::name::{NameError, PersonName};
use super::telephone::Telephone;
use super::text::{half_width, is_separator, tidy};
use super::time::Instant;

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

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The person's name, or the contact's.
    Name,
    /// The identity number.
    Document,
    /// The person's workplace.
    Workplace,
    /// The organisation's name.
    Organisation,
    /// The telephone.
    Telephone,
    /// The grounds.
    Grounds,
}

impl Field {
    /// The name in the form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Document => "identity_number",
            Self::Workplace => "workplace",
            Self::Organisation => "organisation",
            Self::Telephone => "telephone",
            Self::Grounds => "grounds",
        }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Slip {
    /// A name that is none.
    #[error(transparent)]
    Name(NameError),
    /// An identity number that is none.
    #[error(transparent)]
    Document(IdentityError),
    /// The kind of document is none of those that are known.
    #[error("请选择证件类型 / choose the kind of document")]
    DocumentKind,
    /// A telephone that is none.
    #[error(transparent)]
    Telephone(ContactTelephoneError),
    /// Nothing but white space.
    #[error("请填写此项 / this must be filled in")]
    Empty,
    /// Too many characters.
    #[error("有 {0} 字，最多 {1} 字 / {0} characters; {1} are the most")]
    TooLong(usize, usize),
    /// Too few to be looked into.
    #[error("请写明事实和理由，至少 {MIN_GROUNDS} 字 / state the facts and reasons in at least {MIN_GROUNDS} characters")]
    TooShort,
    /// A control character.
    #[error("含有不可见的控制字符 / there is a control character")]
    Control,
}

/// The form as it was filled in.
#[derive(Clone, Default)]
pub struct Typed {
    /// The code of the form.
    pub form: String,
    /// Of the person, or the contact.
    pub name: String,
    /// The code of the kind of document; empty for the kind that the number's form tells.
    pub document_kind: String,
    /// The identity number.
    pub identity_number: String,
    /// The person's workplace.
    pub workplace: String,
    /// The organisation's name.
    pub organisation: String,
    /// The telephone.
    pub telephone: String,
    /// The grounds.
    pub grounds: String,
}

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
    /// Reads the form.
    ///
    /// # Errors
    /// Every field that is wrong, with what is wrong with it.
    pub fn parse(form: Form, typed: &Typed) -> Result<Self, Vec<(Field, Slip)>> {
        let mut slips = Vec::new();
        let name = kept(Field::Name, PersonName::parse(&typed.name).map_err(Slip::Name), &mut slips);
        let document = kept(Field::Document, document(typed), &mut slips);
        let telephone = kept(Field::Telephone, ContactTelephone::parse(&typed.telephone).map_err(Slip::Telephone), &mut slips);
        let of = match form {
            Form::Person => kept(Field::Workplace, line(&typed.workplace), &mut slips),
            Form::Organisation => kept(Field::Organisation, line(&typed.organisation), &mut slips),
        };
        let grounds = kept(Field::Grounds, Grounds::parse(&typed.grounds), &mut slips);
        let (Some(name), Some(document), Some(telephone), Some(of), Some(grounds)) = (name, document, telephone, of, grounds) else {
            return Err(slips);
        };
        let objector = match form {
            Form::Person => Objector::Person { name, document, workplace: of, telephone },
            Form::Organisation => Objector::Organisation { name: of, contact: name, document, telephone },
        };
        Ok(Self { objector, grounds })
    }

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

fn kept<T>(field: Field, read: Result<T, Slip>, slips: &mut Vec<(Field, Slip)>) -> Option<T> {
    read.map_err(|slip| slips.push((field, slip))).ok()
}

fn document(typed: &Typed) -> Result<IdentityDocument, Slip> {
    if typed.document_kind.is_empty() {
        return IdentityDocument::parse_any(&typed.identity_number).map_err(Slip::Document);
    }
    let kind = DocumentKind::from_code(&typed.document_kind).ok_or(Slip::DocumentKind)?;
    IdentityDocument::parse(kind, &typed.identity_number).map_err(Slip::Document)
}

fn line(typed: &str) -> Result<String, Slip> {
    let text = tidy(typed);
    let length = text.chars().count();
    if text.chars().any(char::is_control) {
        return Err(Slip::Control);
    }
    match length {
        0 => Err(Slip::Empty),
        1..=MAX_FACT_CHARS => Ok(text),
        _ => Err(Slip::TooLong(length, MAX_FACT_CHARS)),
    }
}

/// Text of several lines, each tidied; empty lines at both ends go.
fn lines(typed: &str, most: usize) -> Result<String, Slip> {
    let text = typed.lines().map(tidy).collect::<Vec<_>>().join("\n");
    let text = text.trim().to_owned();
    let length = text.chars().count();
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Slip::Control);
    }
    match length {
        0 => Err(Slip::Empty),
        n if n > most => Err(Slip::TooLong(n, most)),
        _ => Ok(text),
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
