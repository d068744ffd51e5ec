//! What a form of a case asks for: fields that are typed, and pictures.

use std::collections::BTreeMap;

use super::CaseKind;
use super::school::SchoolError;
use crate::domain::identity::IdentityError;
use crate::domain::name::NameError;
use crate::domain::organisation::OrganisationCodeError;
use crate::domain::text::tidy;

/// The most characters of a field that are kept.
const MAX_TYPED: usize = 200;
/// The same of free text: more than is allowed, so that its writer can shorten it.
const MAX_PROSE: usize = 4_000;

/// A field that is typed or chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// 姓名.
    Name,
    /// 证件类型.
    DocumentKind,
    /// 证件号码.
    DocumentNumber,
    /// 学校.
    School,
    /// 学号.
    StudentNumber,
    /// 所在院系.
    Department,
    /// 学历.
    Degree,
    /// 入学时间.
    EnrolledOn,
    /// 毕业时间.
    GraduatesOn,
    /// 学校性质: the level.
    SchoolLevel,
    /// 办学性质.
    SchoolFunding,
    /// 组织机构代码.
    OrganisationCode,
    /// 学校介绍.
    Introduction,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::DocumentKind,
        Self::DocumentNumber,
        Self::School,
        Self::StudentNumber,
        Self::Department,
        Self::Degree,
        Self::EnrolledOn,
        Self::GraduatesOn,
        Self::SchoolLevel,
        Self::SchoolFunding,
        Self::OrganisationCode,
        Self::Introduction,
    ];

    /// The name in forms and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::DocumentKind => "document_kind",
            Self::DocumentNumber => "document_number",
            Self::School => "school",
            Self::StudentNumber => "student_number",
            Self::Department => "department",
            Self::Degree => "degree",
            Self::EnrolledOn => "enrolled_on",
            Self::GraduatesOn => "graduates_on",
            Self::SchoolLevel => "school_level",
            Self::SchoolFunding => "school_funding",
            Self::OrganisationCode => "organisation_code",
            Self::Introduction => "introduction",
        }
    }

    /// The inverse of [`Field::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Name => "姓名",
            Self::DocumentKind => "证件类型",
            Self::DocumentNumber => "证件号码",
            Self::School => "学校",
            Self::StudentNumber => "学号",
            Self::Department => "所在院系",
            Self::Degree => "学历",
            Self::EnrolledOn => "入学时间",
            Self::GraduatesOn => "毕业时间",
            Self::SchoolLevel => "学校性质",
            Self::SchoolFunding => "办学性质",
            Self::OrganisationCode => "组织机构代码",
            Self::Introduction => "学校介绍",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::DocumentKind => "Kind of document",
            Self::DocumentNumber => "Document number",
            Self::School => "School",
            Self::StudentNumber => "Student number",
            Self::Department => "Department",
            Self::Degree => "Degree",
            Self::EnrolledOn => "Enrolled on",
            Self::GraduatesOn => "Graduates on",
            Self::SchoolLevel => "Kind of school",
            Self::SchoolFunding => "Public or private",
            Self::OrganisationCode => "Organisation code",
            Self::Introduction => "About the school",
        }
    }
}

/// A picture that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// 证件照: in two inches for the committee, in one for the centre.
    Portrait,
    /// 证件正面: the side with the portrait.
    CardFront,
    /// 证件反面.
    CardBack,
    /// 学生证.
    StudentCard,
    /// 组织机构代码证, or the certificate that bears the unified code.
    CodeCertificate,
    /// 委托书, stamped.
    AuthorisationLetter,
    /// 学校 LOGO.
    Logo,
}

impl Slot {
    /// Every picture.
    pub const ALL: [Self; 7] =
        [Self::Portrait, Self::CardFront, Self::CardBack, Self::StudentCard, Self::CodeCertificate, Self::AuthorisationLetter, Self::Logo];

    /// The name in forms, records and addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Portrait => "portrait",
            Self::CardFront => "card-front",
            Self::CardBack => "card-back",
            Self::StudentCard => "student-card",
            Self::CodeCertificate => "code-certificate",
            Self::AuthorisationLetter => "authorisation-letter",
            Self::Logo => "logo",
        }
    }

    /// The inverse of [`Slot::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.code() == code)
    }

    /// As people read it, in the form of a kind.
    #[must_use]
    pub fn zh(self, kind: CaseKind) -> &'static str {
        match self {
            Self::Portrait if kind == CaseKind::Centre => "一寸彩色证件照",
            Self::Portrait => "二寸彩色证件照",
            Self::CardFront => "证件人像面",
            Self::CardBack => "证件另一面",
            Self::StudentCard => "学生证",
            Self::CodeCertificate => "组织机构代码证",
            Self::AuthorisationLetter => "盖章的委托书",
            Self::Logo => "学校 LOGO",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self, kind: CaseKind) -> &'static str {
        match self {
            Self::Portrait if kind == CaseKind::Centre => "1-inch colour portrait",
            Self::Portrait => "2-inch colour portrait",
            Self::CardFront => "The document’s side with the portrait",
            Self::CardBack => "The document’s other side",
            Self::StudentCard => "Student card",
            Self::CodeCertificate => "Certificate of the organisation code",
            Self::AuthorisationLetter => "Letter of authorisation, stamped",
            Self::Logo => "Logo",
        }
    }

    /// Whether it stays when the others are deleted: a certificate may need the portrait, and a logo is nobody's secret.
    #[must_use]
    pub fn outlasts_decision(self) -> bool {
        matches!(self, Self::Portrait | Self::Logo)
    }
}

/// A place of a form that something is said about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A field.
    Field(Field),
    /// A picture.
    Slot(Slot),
}

impl Place {
    /// The name in forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Field(field) => field.code(),
            Self::Slot(slot) => slot.code(),
        }
    }
}

/// What is wrong with a place of a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Slip {
    /// Nothing but white space.
    #[error("请填写此项 / this must be filled in")]
    Empty,
    /// Nothing was chosen.
    #[error("请选择 / choose one")]
    Unchosen,
    /// Neither of two pictures is there.
    #[error("请上传组织机构代码证，或盖章的委托书 / the certificate of the code is missing, or the stamped letter")]
    NoProof,
    /// An organisation code that is none.
    #[error(transparent)]
    Organisation(OrganisationCodeError),
    /// The picture is missing.
    #[error("请上传照片 / a picture is missing")]
    NoPicture,
    /// A control character.
    #[error("含有不可见的控制字符 / there is a control character")]
    Control,
    /// Too many characters.
    #[error("有 {0} 字，最多 {1} 字 / {0} characters; {1} are the most")]
    TooLong(usize, usize),
    /// A name that is none.
    #[error(transparent)]
    Name(NameError),
    /// An identity number that is none.
    #[error(transparent)]
    Document(IdentityError),
    /// A school that is not on the list.
    #[error(transparent)]
    School(SchoolError),
    /// A student number with characters that none has.
    #[error("学号只含字母、数字和连字符，最多 32 位 / a student number has letters, digits and hyphens, at most 32")]
    StudentNumber,
    /// A day that is none.
    #[error("应为日期，如 2024-09-01 / a date, such as 2024-09-01")]
    NotADate,
    /// An enrolment that lies too far back, or ahead.
    #[error("入学时间应在最近 {0} 年内，且不晚于今天 / it lies within the last {0} years, and not after today")]
    EnrolledWhen(i16),
    /// A graduation that is not after the enrolment.
    #[error("毕业时间应晚于入学时间 / it must lie after the enrolment")]
    GraduatesBefore,
    /// Studies that are longer than any.
    #[error("毕业时间距入学时间超过 {0} 年，请核对 / more than {0} years after the enrolment: look for a slip")]
    TooLongStudies(i16),
}

/// A form as it is filled in: private. What is not filled in is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Typed(BTreeMap<Field, String>);

impl Typed {
    /// What a field says.
    #[must_use]
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", String::as_str)
    }

    /// Fills a field in; no more of a text is kept than any field can have.
    pub fn set(&mut self, field: Field, text: &str) {
        let most = if field == Field::Introduction { MAX_PROSE } else { MAX_TYPED };
        self.0.insert(field, text.chars().take(most).collect());
    }

    /// The same with the fields of a kind alone.
    #[must_use]
    pub fn of(mut self, kind: CaseKind) -> Self {
        self.0.retain(|field, _| kind.fields().contains(field));
        self
    }

    /// As JSON, to be sealed.
    #[must_use]
    pub fn write(&self) -> String {
        let by_name: BTreeMap<&str, &str> = self.0.iter().map(|(field, text)| (field.code(), text.as_str())).collect();
        // Texts alone: this cannot fail.
        serde_json::to_string(&by_name).unwrap_or_default()
    }

    /// The inverse of [`Typed::write`].
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let by_name: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        by_name.into_iter().map(|(name, text)| Some((Field::from_code(&name)?, text))).collect::<Option<_>>().map(Self)
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed([elided])")
    }
}

/// One line of text.
pub(super) fn line(typed: &str, most: usize) -> Result<String, Slip> {
    let text = tidy(typed);
    let length = text.chars().count();
    if text.chars().any(char::is_control) {
        return Err(Slip::Control);
    }
    match length {
        0 => Err(Slip::Empty),
        n if n > most => Err(Slip::TooLong(n, most)),
        _ => Ok(text),
    }
}

/// What was read, or the slip beside its place.
pub(super) fn kept<T>(place: Place, read: Result<T, Slip>, slips: &mut Vec<(Place, Slip)>) -> Option<T> {
    read.map_err(|slip| slips.push((place, slip))).ok()
}
