//! 实名认证: who a student is.

use super::field::{Field, Place, Slip, Typed, kept};
use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::name::PersonName;

/// What the form of the real name says, once it is right.
#[derive(Clone, PartialEq, Eq)]
pub struct RealName {
    /// The name as on the document.
    pub name: PersonName,
    /// The document.
    pub document: IdentityDocument,
}

impl RealName {
    /// Reads the form.
    ///
    /// # Errors
    /// Every field that is wrong, with what is wrong with it.
    pub fn parse(typed: &Typed) -> Result<Self, Vec<(Place, Slip)>> {
        let mut slips = Vec::new();
        let empty = |field| typed.get(field).trim().is_empty();
        let name = if empty(Field::Name) { Err(Slip::Empty) } else { PersonName::parse(typed.get(Field::Name)).map_err(Slip::Name) };
        let name = kept(Place::Field(Field::Name), name, &mut slips);
        let kind = DocumentKind::from_code(typed.get(Field::DocumentKind)).ok_or(Slip::Unchosen);
        let kind = kept(Place::Field(Field::DocumentKind), kind, &mut slips);
        let number = typed.get(Field::DocumentNumber);
        let document = match kind {
            _ if empty(Field::DocumentNumber) => Err(Slip::Empty),
            Some(kind) => IdentityDocument::parse(kind, number).map_err(Slip::Document),
            // Without a kind the number is still asked whether it can be any.
            None => IdentityDocument::parse_any(number).map_err(Slip::Document),
        };
        let document = kept(Place::Field(Field::DocumentNumber), document, &mut slips);
        match (name, kind, document) {
            (Some(name), Some(_), Some(document)) => Ok(Self { name, document }),
            _ => Err(slips),
        }
    }

    /// The form filled in with it.
    #[must_use]
    pub fn typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set(Field::Name, self.name.as_str());
        typed.set(Field::DocumentKind, self.document.kind().code());
        typed.set(Field::DocumentNumber, self.document.number());
        typed
    }
}

impl std::fmt::Debug for RealName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RealName([elided])")
    }
}
