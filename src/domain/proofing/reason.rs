//! Why a case is sent back: reasons from a list, and what a reviewer adds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::CaseKind;
use super::field::{Field, Place, Slot};
use crate::domain::text::tidy;

/// The most characters that a reviewer adds.
pub const MAX_REASON_TEXT: usize = 500;

/// A reason from the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The portrait is not by the rules.
    Portrait,
    /// A picture of the document cannot be read.
    DocumentUnreadable,
    /// What was typed differs from the document.
    DataDiffer,
    /// The portrait shows another person than the document.
    OtherPerson,
    /// The document has expired.
    DocumentExpired,
    /// The picture of the student card cannot be read.
    StudentCardUnreadable,
    /// The student card has expired.
    StudentCardExpired,
    /// The enrolment differs from the student card.
    EnrolmentDiffers,
    /// The student card has another name than the account's real name.
    OtherStudent,
    /// The certificate of the organisation code cannot be read.
    CodeUnreadable,
    /// The letter has no stamp, or another school's.
    LetterStamp,
    /// The name or the code differs from the certificate or the letter.
    SchoolDiffers,
    /// The logo is none, or another's.
    Logo,
    /// What the reviewer writes.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Portrait,
        Self::DocumentUnreadable,
        Self::DataDiffer,
        Self::OtherPerson,
        Self::DocumentExpired,
        Self::StudentCardUnreadable,
        Self::StudentCardExpired,
        Self::EnrolmentDiffers,
        Self::OtherStudent,
        Self::CodeUnreadable,
        Self::LetterStamp,
        Self::SchoolDiffers,
        Self::Logo,
        Self::Other,
    ];

    /// The reasons that a case of a kind can be sent back for.
    #[must_use]
    pub fn of(kind: CaseKind) -> &'static [Self] {
        match kind {
            CaseKind::RealName | CaseKind::Centre => {
                &[Self::Portrait, Self::DocumentUnreadable, Self::DataDiffer, Self::OtherPerson, Self::DocumentExpired, Self::Other]
            }
            CaseKind::Enrolment => {
                &[Self::StudentCardUnreadable, Self::StudentCardExpired, Self::EnrolmentDiffers, Self::OtherStudent, Self::Other]
            }
            CaseKind::School => &[Self::SchoolDiffers, Self::CodeUnreadable, Self::LetterStamp, Self::Logo, Self::Other],
        }
    }

    /// The name in forms and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Portrait => "portrait",
            Self::DocumentUnreadable => "document-unreadable",
            Self::DataDiffer => "data-differ",
            Self::OtherPerson => "other-person",
            Self::DocumentExpired => "document-expired",
            Self::StudentCardUnreadable => "student-card-unreadable",
            Self::StudentCardExpired => "student-card-expired",
            Self::EnrolmentDiffers => "enrolment-differs",
            Self::OtherStudent => "other-student",
            Self::CodeUnreadable => "code-unreadable",
            Self::LetterStamp => "letter-stamp",
            Self::SchoolDiffers => "school-differs",
            Self::Logo => "logo",
            Self::Other => "other",
        }
    }

    /// The inverse of [`Reason::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// As the applicant reads it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Portrait => "证件照不符合要求，请按要求重新拍摄上传",
            Self::DocumentUnreadable => "证件照片看不清或不完整，请重新拍摄",
            Self::DataDiffer => "填写的姓名或证件号码与证件不一致",
            Self::OtherPerson => "证件照与证件上的人像不是同一人",
            Self::DocumentExpired => "证件已过有效期",
            Self::StudentCardUnreadable => "学生证照片看不清或不完整，请重新拍摄",
            Self::StudentCardExpired => "学生证已过有效期或缺少注册章",
            Self::EnrolmentDiffers => "填写的学籍信息与学生证不一致",
            Self::OtherStudent => "学生证上的姓名与实名认证不一致",
            Self::CodeUnreadable => "组织机构代码证看不清或不完整，请重新拍摄",
            Self::LetterStamp => "委托书未盖公章、公章看不清或与学校不符",
            Self::SchoolDiffers => "填写的学校或组织机构代码与证件、委托书不一致",
            Self::Logo => "LOGO 不是该学校的标识，请更换",
            Self::Other => "其他原因，见审核说明",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Portrait => "The portrait does not meet the rules: take another",
            Self::DocumentUnreadable => "A picture of the document is unreadable or cut off: take another",
            Self::DataDiffer => "The name or number differs from the document",
            Self::OtherPerson => "The portrait and the document show different people",
            Self::DocumentExpired => "The document has expired",
            Self::StudentCardUnreadable => "The picture of the student card is unreadable or cut off: take another",
            Self::StudentCardExpired => "The student card has expired, or a registration stamp is missing",
            Self::EnrolmentDiffers => "What was filled in differs from the student card",
            Self::OtherStudent => "The student card has another name than the real-name verification",
            Self::CodeUnreadable => "The certificate of the code is unreadable or cut off: take another picture",
            Self::LetterStamp => "The letter has no stamp, or one that is unreadable or another’s",
            Self::SchoolDiffers => "The school or its code differs from the certificate or the letter",
            Self::Logo => "The logo is not the school’s",
            Self::Other => "Another reason: see the reviewer’s note",
        }
    }

    /// The places of the form that it is about.
    #[must_use]
    pub fn about(self) -> &'static [Place] {
        const PORTRAIT: Place = Place::Slot(Slot::Portrait);
        const FRONT: Place = Place::Slot(Slot::CardFront);
        const CARD: Place = Place::Slot(Slot::StudentCard);
        const CODE: Place = Place::Slot(Slot::CodeCertificate);
        match self {
            Self::Portrait | Self::OtherPerson => &[PORTRAIT],
            Self::DocumentUnreadable | Self::DocumentExpired => &[FRONT, Place::Slot(Slot::CardBack)],
            Self::DataDiffer => &[Place::Field(Field::Name), Place::Field(Field::DocumentNumber)],
            Self::StudentCardUnreadable | Self::StudentCardExpired | Self::OtherStudent => &[CARD],
            Self::EnrolmentDiffers => &[Place::Field(Field::School), Place::Field(Field::StudentNumber), Place::Field(Field::Degree)],
            Self::CodeUnreadable => &[CODE],
            Self::LetterStamp => &[Place::Slot(Slot::AuthorisationLetter)],
            Self::SchoolDiffers => &[Place::Field(Field::School), Place::Field(Field::OrganisationCode)],
            Self::Logo => &[Place::Slot(Slot::Logo)],
            Self::Other => &[],
        }
    }
}

/// Why a case was sent back: at least one reason, and what the reviewer adds.
#[derive(Clone, PartialEq, Eq)]
pub struct Reasons {
    listed: BTreeSet<Reason>,
    text: String,
}

/// Reasons that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReasonsError {
    /// Nothing was chosen.
    #[error("请至少选择一项退回原因 / choose at least one reason")]
    None,
    /// A reason that a case of this kind cannot be sent back for.
    #[error("没有这项退回原因 / there is no such reason")]
    Unknown,
    /// Another reason, and no word of it.
    #[error("选择“其他原因”时请写明 / another reason must be written down")]
    Unsaid,
    /// Too many characters.
    #[error("审核说明有 {0} 字，最多 {MAX_REASON_TEXT} 字 / the note has {0} characters; {MAX_REASON_TEXT} are the most")]
    TooLong(usize),
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    reasons: Vec<String>,
    text: String,
}

impl Reasons {
    /// Reads what a reviewer chose and wrote.
    ///
    /// # Errors
    /// [`ReasonsError`].
    pub fn parse<'a>(kind: CaseKind, codes: impl IntoIterator<Item = &'a str>, text: &str) -> Result<Self, ReasonsError> {
        let listed: Option<BTreeSet<Reason>> =
            codes.into_iter().map(|code| Reason::from_code(code).filter(|reason| Reason::of(kind).contains(reason))).collect();
        let listed = listed.ok_or(ReasonsError::Unknown)?;
        let text = text.lines().map(tidy).collect::<Vec<_>>().join("\n").trim().to_owned();
        let length = text.chars().count();
        if listed.is_empty() {
            return Err(ReasonsError::None);
        }
        if listed.contains(&Reason::Other) && text.is_empty() {
            return Err(ReasonsError::Unsaid);
        }
        if length > MAX_REASON_TEXT { Err(ReasonsError::TooLong(length)) } else { Ok(Self { listed, text }) }
    }

    /// The reasons from the list.
    pub fn listed(&self) -> impl Iterator<Item = Reason> + '_ {
        self.listed.iter().copied()
    }

    /// What the reviewer added; may be empty.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The reasons that are about a place.
    pub fn about(&self, place: Place) -> impl Iterator<Item = Reason> + '_ {
        self.listed().filter(move |reason| reason.about().contains(&place))
    }

    /// As JSON, to be sealed.
    #[must_use]
    pub fn write(&self) -> String {
        let written = Written { reasons: self.listed().map(|reason| reason.code().to_owned()).collect(), text: self.text.clone() };
        // Texts alone: this cannot fail.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// The inverse of [`Reasons::write`].
    #[must_use]
    pub fn read(kind: CaseKind, text: &str) -> Option<Self> {
        let Written { reasons, text } = serde_json::from_str(text).ok()?;
        Self::parse(kind, reasons.iter().map(String::as_str), &text).ok()
    }
}

/// A reviewer may name people: elided.
impl std::fmt::Debug for Reasons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reasons({:?}, [elided])", self.listed)
    }
}
