//! An account that moves to a new telephone: its holder has a new account there, and asks for the things of the earlier one.

use super::proofing::RealName;
use super::text::tidy;

/// The most characters of what a holder says beside the old number.
pub const MAX_NOTE: usize = 500;

/// Where a request to move is in its life: asked, and then decided once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveState {
    /// It waits for a reviewer.
    Asked,
    /// The earlier account has the new telephone.
    Approved,
    /// Everything stayed as it was.
    Refused,
}

impl MoveState {
    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// The inverse of [`MoveState::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Asked, Self::Approved, Self::Refused].into_iter().find(|state| state.code() == code)
    }
}

/// What the verifications of two accounts say about whether one person has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    /// Both real names were verified with the same document, under the same name.
    Certain,
    /// Both were verified, with the same document under different names.
    OtherName,
    /// Both were verified, with different documents.
    OtherDocument,
    /// One of them was not verified.
    Unproven,
}

impl Sameness {
    /// Compares what was verified.
    #[must_use]
    pub fn of(one: Option<&RealName>, other: Option<&RealName>) -> Self {
        let (Some(one), Some(other)) = (one, other) else { return Self::Unproven };
        match (one.document == other.document, one.name.matches_typed(other.name.as_str())) {
            (true, true) => Self::Certain,
            (true, false) => Self::OtherName,
            (false, _) => Self::OtherDocument,
        }
    }
}

/// What a holder says beside the old number; may be empty.
#[derive(Clone, PartialEq, Eq)]
pub struct MoveNote(String);

/// A note with too many characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("说明有 {0} 字，最多 {MAX_NOTE} 字 / the note has {0} characters; {MAX_NOTE} are the most")]
pub struct MoveNoteError(usize);

impl MoveNote {
    /// # Errors
    /// [`MoveNoteError`].
    pub fn parse(typed: &str) -> Result<Self, MoveNoteError> {
        let text = typed.lines().map(tidy).collect::<Vec<_>>().join("\n").trim().to_owned();
        match text.chars().count() {
            n if n > MAX_NOTE => Err(MoveNoteError(n)),
            _ => Ok(Self(text)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It may name people: elided.
impl std::fmt::Debug for MoveNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MoveNote([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::{DocumentKind, IdentityDocument};
    use crate::domain::name::PersonName;

    #[test]
    fn one_document_under_one_name_is_one_person_and_nothing_else_is() {
        let real = |name: &str, number: &str| RealName {
            name: PersonName::parse(name).unwrap(),
            document: IdentityDocument::parse(DocumentKind::ResidentIdentityCard, number).unwrap(),
        };
        let (one, other) = ("11010519491231002X", "110105199003070017");
        assert_eq!(Sameness::of(Some(&real("李明", one)), Some(&real("李 明", one))), Sameness::Certain);
        assert_eq!(Sameness::of(Some(&real("李明", one)), Some(&real("李鸣", one))), Sameness::OtherName);
        assert_eq!(Sameness::of(Some(&real("李明", one)), Some(&real("李明", other))), Sameness::OtherDocument);
        assert_eq!(Sameness::of(Some(&real("李明", one)), None), Sameness::Unproven);
        assert_eq!(Sameness::of(None, None), Sameness::Unproven);
    }

    #[test]
    fn a_note_is_tidy_and_not_too_long() {
        assert_eq!(MoveNote::parse(" 原号已停机 \r\n 2023 年\n").unwrap().as_str(), "原号已停机\n2023 年");
        assert_eq!(MoveNote::parse(&"字".repeat(501)), Err(MoveNoteError(501)));
    }
}
