//! 院校认证: which school an account speaks for.

use super::field::{Field, Place, Slip, Typed, kept};
use super::school::{School, SchoolError};
use crate::domain::organisation::OrganisationCode;
use crate::domain::text::tidy;

/// The most characters of what a school says of itself.
pub const MAX_INTRODUCTION: usize = 2_000;

/// 学校性质, by the levels of the Ministry of Education's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchoolLevel {
    /// 本科.
    University,
    /// 高职高专.
    College,
    /// 中职.
    Secondary,
    /// 其他, for instance a research institute or a school abroad.
    Other,
}

impl SchoolLevel {
    /// Every level, in the order in which forms offer them.
    pub const ALL: [Self; 4] = [Self::University, Self::College, Self::Secondary, Self::Other];

    /// The name in forms and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::University => "university",
            Self::College => "college",
            Self::Secondary => "secondary",
            Self::Other => "other",
        }
    }

    /// The inverse of [`SchoolLevel::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::University => "本科院校",
            Self::College => "高职高专院校",
            Self::Secondary => "中等职业学校",
            Self::Other => "其他",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::University => "University",
            Self::College => "Higher vocational college",
            Self::Secondary => "Secondary vocational school",
            Self::Other => "Other",
        }
    }
}

/// 办学性质: who runs the school.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Funding {
    /// 公办.
    Public,
    /// 民办.
    Private,
    /// 中外合作办学, and with institutions of Hong Kong, Macao and Taiwan.
    Cooperative,
}

impl Funding {
    /// Every kind, in the order in which forms offer them.
    pub const ALL: [Self; 3] = [Self::Public, Self::Private, Self::Cooperative];

    /// The name in forms and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Cooperative => "cooperative",
        }
    }

    /// The inverse of [`Funding::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|funding| funding.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Public => "公办",
            Self::Private => "民办",
            Self::Cooperative => "中外（含港澳台）合作办学",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::Private => "Private",
            Self::Cooperative => "Chinese-foreign cooperative",
        }
    }
}

/// What the form of a school says, once it is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolForm {
    /// The school, from the list.
    pub school: School,
    /// What kind of school it is.
    pub level: SchoolLevel,
    /// Who runs it.
    pub funding: Funding,
    /// Its code. A wrong check character of an 18-character code is for the reviewer to judge.
    pub organisation: OrganisationCode,
    /// What it says of itself; may be empty.
    pub introduction: String,
}

impl SchoolForm {
    /// Reads the form. `school` is the one on the list that has the typed name, if there is one.
    ///
    /// # Errors
    /// Every field that is wrong, with what is wrong with it.
    pub fn parse(typed: &Typed, school: Option<School>) -> Result<Self, Vec<(Place, Slip)>> {
        let mut slips = Vec::new();
        let school = match typed.get(Field::School).trim() {
            "" => Err(Slip::Empty),
            _ => school.ok_or(Slip::School(SchoolError::Unknown)),
        };
        let school = kept(Place::Field(Field::School), school, &mut slips);
        let level = SchoolLevel::from_code(typed.get(Field::SchoolLevel)).ok_or(Slip::Unchosen);
        let level = kept(Place::Field(Field::SchoolLevel), level, &mut slips);
        let funding = Funding::from_code(typed.get(Field::SchoolFunding)).ok_or(Slip::Unchosen);
        let funding = kept(Place::Field(Field::SchoolFunding), funding, &mut slips);
        let organisation = match typed.get(Field::OrganisationCode).trim() {
            "" => Err(Slip::Empty),
            code => OrganisationCode::parse(code).map_err(Slip::Organisation),
        };
        let organisation = kept(Place::Field(Field::OrganisationCode), organisation, &mut slips);
        let introduction = kept(Place::Field(Field::Introduction), prose(typed.get(Field::Introduction)), &mut slips);
        match (school, level, funding, organisation, introduction) {
            (Some(school), Some(level), Some(funding), Some(organisation), Some(introduction)) => {
                Ok(Self { school, level, funding, organisation, introduction })
            }
            _ => Err(slips),
        }
    }

    /// The form filled in with it.
    #[must_use]
    pub fn typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set(Field::School, &self.school.name);
        typed.set(Field::SchoolLevel, self.level.code());
        typed.set(Field::SchoolFunding, self.funding.code());
        typed.set(Field::OrganisationCode, self.organisation.as_str());
        typed.set(Field::Introduction, &self.introduction);
        typed
    }
}

/// Paragraphs, each tidy; a line break is what its writer typed.
fn prose(typed: &str) -> Result<String, Slip> {
    let text = typed.lines().map(tidy).collect::<Vec<_>>().join("\n").trim().to_owned();
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Slip::Control);
    }
    match text.chars().count() {
        n if n > MAX_INTRODUCTION => Err(Slip::TooLong(n, MAX_INTRODUCTION)),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(code: &str, introduction: &str) -> Typed {
        let mut typed = Typed::default();
        typed.set(Field::School, "北京大学");
        typed.set(Field::SchoolLevel, "university");
        typed.set(Field::SchoolFunding, "public");
        typed.set(Field::OrganisationCode, code);
        typed.set(Field::Introduction, introduction);
        typed
    }

    #[test]
    fn every_slip_of_a_school_at_once() {
        let school = School::new("10001", "北京大学", "北京").unwrap();
        let places = |slips: Vec<(Place, Slip)>| slips.into_iter().map(|(place, _)| place.code()).collect::<Vec<_>>();
        let all = SchoolForm::parse(&Typed::default(), None).unwrap_err();
        assert_eq!(places(all), ["school", "school_level", "school_funding", "organisation_code"]);
        // GB 32100's own example of a right code, and the same with another check character.
        let right = SchoolForm::parse(&form("91350100M000100Y43", " 一所\r\n\r\n大学 "), Some(school.clone())).unwrap();
        assert_eq!((right.organisation.warning(), right.introduction.as_str()), (None, "一所\n\n大学"));
        assert_eq!(SchoolForm::parse(&right.typed(), Some(school.clone())).unwrap(), right);
        let doubtful = SchoolForm::parse(&form("91350100M000100Y44", ""), Some(school.clone())).unwrap();
        assert!(doubtful.organisation.warning().is_some(), "it warns, and is taken");
        let old = SchoolForm::parse(&form("M000100Y-4", ""), Some(school.clone())).unwrap();
        assert_eq!(old.organisation.as_str(), "M000100Y4");
        let refused = |code: &str, said: &str| SchoolForm::parse(&form(code, said), Some(school.clone())).unwrap_err();
        assert_eq!(places(refused("M000100Y5", "")), ["organisation_code"], "a wrong check character of the old form is refused");
        assert_eq!(places(refused("9135010", "")), ["organisation_code"]);
        let long = "字".repeat(2_001);
        assert_eq!(refused("91350100M000100Y43", &long), [(Place::Field(Field::Introduction), Slip::TooLong(2_001, 2_000))]);
    }
}
