//! The form of an objection as it is filled in, and what is wrong with it.

use super::super::award::MAX_FACT_CHARS;
use super::super::identity::{DocumentKind, IdentityDocument, IdentityError};
use super::super::name::{NameError, PersonName};
use super::super::text::tidy;
use super::{ContactTelephone, ContactTelephoneError, Form, Grounds, MIN_GROUNDS, Objection, Objector};

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
pub(super) fn lines(typed: &str, most: usize) -> Result<String, Slip> {
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
