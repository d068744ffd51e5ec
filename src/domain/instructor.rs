//! 指导教师: whom a school enters, which awards are theirs, and whether they were entered in time.

use super::award::{Achievement, Award, Role};
use super::identity::IdentityDocument;
use super::issuer::Slug;
use super::name::PersonName;
use super::proofing::in_time;
use super::telephone::Telephone;
use super::text::fold_search;
use super::time::Instant;

/// An instructor as a school enters them: private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructor {
    /// The contest of the award.
    pub contest: Slug,
    /// The name.
    pub name: PersonName,
    /// The telephone.
    pub telephone: Telephone,
    /// The identity document, if the school gives it.
    pub document: Option<IdentityDocument>,
}

/// What telephone and document of an award say of an instructor whose name agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// The list has another telephone or another document.
    Differs,
    /// The list has neither, or the school gave no document to compare.
    Silent,
    /// At least one of them is the same, and none another.
    Agrees,
}

impl Instructor {
    /// Whether an award of the list may be this instructor's: the same contest, the role, the school and the name. What counts as the same
    /// name is what counts when a verifier types it; of a school's name width, case and white space do not count.
    #[must_use]
    pub fn may_hold(&self, school: &str, award: &Award) -> bool {
        let role = matches!(&award.achievement, Achievement::Award { role: Role::Instructor, .. });
        role && award.programme == self.contest
            && fold_search(&award.holder.school) == fold_search(school)
            && award.holder.name.search_key() == self.name.search_key()
    }

    /// What the award's telephone and document say.
    #[must_use]
    pub fn witness(&self, award: &Award) -> Witness {
        let telephone = award.holder.telephone.as_ref().map(|telephone| *telephone == self.telephone);
        let document = award.holder.document.as_ref().zip(self.document.as_ref()).map(|(listed, given)| listed == given);
        match (telephone, document) {
            (Some(false), _) | (_, Some(false)) => Witness::Differs,
            (None, None) => Witness::Silent,
            _ => Witness::Agrees,
        }
    }
}

/// Why a person decides about a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// No award of the list may be theirs.
    NoAward,
    /// Several may, and not each is proved by telephone or document.
    Several,
    /// The list has another telephone or document.
    Differs,
}

impl Doubt {
    /// Every doubt.
    pub const ALL: [Self; 3] = [Self::NoAward, Self::Several, Self::Differs];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAward => "no-award",
            Self::Several => "several",
            Self::Differs => "differs",
        }
    }

    /// The inverse of [`Doubt::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doubt| doubt.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::NoAward => "获奖名单中没有该校同名的指导教师",
            Self::Several => "获奖名单中有多条同名记录",
            Self::Differs => "手机号或证件号码与获奖名单不一致",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::NoAward => "The award list has no instructor of this name at the school",
            Self::Several => "The award list has several of this name",
            Self::Differs => "Telephone or document differs from the award list",
        }
    }
}

/// Which of the awards that may be an instructor's are theirs, by their ids. One that nothing contradicts is; several are only if telephone or
/// document proves each of them. Everything else is for a person to decide.
///
/// # Errors
/// [`Doubt`].
pub fn matched<'a>(candidates: &[(&'a str, Witness)]) -> Result<Vec<&'a str>, Doubt> {
    let all = |least: Witness| candidates.iter().all(|(_, witness)| *witness >= least);
    match candidates {
        [] => Err(Doubt::NoAward),
        _ if !all(Witness::Silent) => Err(Doubt::Differs),
        [(one, _)] => Ok(vec![one]),
        _ if all(Witness::Agrees) => Ok(candidates.iter().map(|(id, _)| *id).collect()),
        _ => Err(Doubt::Several),
    }
}

/// Where an instructor's award stands, as far as their school goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// No verified school has entered its instructor, or a match is not decided yet.
    Missing,
    /// A verified school entered them before the contest's registration deadline.
    InTime {
        /// When.
        at: Instant,
    },
    /// A verified school entered them at the deadline or after it: no late entry.
    Late {
        /// When.
        at: Instant,
    },
}

impl Entry {
    /// Judges when the first verified school entered the instructor; the deadline is exclusive.
    #[must_use]
    pub fn judge(first_entered: Option<Instant>, deadline: Instant) -> Self {
        match first_entered {
            None => Self::Missing,
            Some(at) if in_time(Some(at), deadline) => Self::InTime { at },
            Some(at) => Self::Late { at },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::award::{AwardLevel, Holder};
    use crate::domain::identity::DocumentKind;

    fn instructor(document: Option<&str>) -> Instructor {
        Instructor {
            contest: "lanhai-14".parse().unwrap(),
            name: PersonName::parse("阿卜杜·麦麦提").unwrap(),
            telephone: Telephone::parse("13800138000").unwrap(),
            document: document.map(|number| IdentityDocument::parse(DocumentKind::ResidentIdentityCard, number).unwrap()),
        }
    }

    fn award(name: &str, school: &str, role: Role, telephone: Option<&str>, document: Option<&str>) -> Award {
        Award {
            programme: "lanhai-14".parse().unwrap(),
            holder: Holder {
                name: PersonName::parse(name).unwrap(),
                document: document.map(|number| IdentityDocument::parse(DocumentKind::ResidentIdentityCard, number).unwrap()),
                telephone: telephone.map(|t| Telephone::parse(t).unwrap()),
                school: school.to_owned(),
            },
            achievement: Achievement::Award {
                level: AwardLevel::First,
                role,
                category: String::new(),
                subject: String::new(),
                work: "星海".into(),
                team: Vec::new(),
                instructors: Vec::new(),
            },
            portrait: None,
        }
    }

    #[test]
    fn who_may_hold_an_award() {
        let who = instructor(None);
        let may = |award: &Award| who.may_hold("蓝海 大学", award);
        assert!(may(&award("阿卜杜•麦麦提", "蓝海大学", Role::Instructor, None, None)));
        assert!(!may(&award("阿卜杜·麦麦提", "蓝海大学", Role::Winner, None, None)), "another role");
        assert!(!may(&award("阿卜杜·麦麦提", "青岚大学", Role::Instructor, None, None)), "another school");
        assert!(!may(&award("阿卜杜·买买提", "蓝海大学", Role::Instructor, None, None)), "another name");
        let other =
            Award { programme: "xinghe-3".parse().unwrap(), ..award("阿卜杜·麦麦提", "蓝海大学", Role::Instructor, None, None) };
        assert!(!may(&other), "another contest");
    }

    #[test]
    fn telephone_and_document_are_witnesses() {
        const NUMBER: &str = "11010519491231002X";
        let of = |given: Option<&str>, telephone, document| {
            instructor(given).witness(&award("阿卜杜·麦麦提", "蓝海大学", Role::Instructor, telephone, document))
        };
        assert_eq!(of(None, None, None), Witness::Silent);
        assert_eq!(of(None, None, Some(NUMBER)), Witness::Silent, "nothing to compare it with");
        assert_eq!(of(None, Some("13800138000"), Some(NUMBER)), Witness::Agrees);
        assert_eq!(of(Some(NUMBER), None, Some(NUMBER)), Witness::Agrees);
        assert_eq!(of(Some(NUMBER), Some("13800138001"), Some(NUMBER)), Witness::Differs, "one that differs is enough");
        assert_eq!(of(Some("110101199003074477"), Some("13800138000"), Some(NUMBER)), Witness::Differs);
    }

    #[test]
    fn nothing_is_guessed() {
        use Witness::{Agrees, Differs, Silent};
        assert_eq!(matched(&[]), Err(Doubt::NoAward));
        assert_eq!(matched(&[("a", Silent)]), Ok(vec!["a"]));
        assert_eq!(matched(&[("a", Agrees)]), Ok(vec!["a"]));
        assert_eq!(matched(&[("a", Differs)]), Err(Doubt::Differs));
        assert_eq!(matched(&[("a", Silent), ("b", Silent)]), Err(Doubt::Several));
        assert_eq!(matched(&[("a", Agrees), ("b", Silent)]), Err(Doubt::Several));
        assert_eq!(matched(&[("a", Agrees), ("b", Agrees)]), Ok(vec!["a", "b"]));
        assert_eq!(matched(&[("a", Agrees), ("b", Differs)]), Err(Doubt::Differs));
    }

    /// The deadline of the notice, 2023-12-31 24:00 in Beijing, in whatever zone the machine is.
    #[test]
    fn no_late_entry() {
        let deadline = Instant::start_of(date(2024, 1, 1)).unwrap();
        let at = |millis: i64| deadline.plus_millis(millis);
        assert_eq!(Entry::judge(None, deadline), Entry::Missing);
        assert_eq!(Entry::judge(Some(at(-1)), deadline), Entry::InTime { at: at(-1) });
        assert_eq!(Entry::judge(Some(at(0)), deadline), Entry::Late { at: at(0) });
        assert_eq!(Entry::judge(Some(at(1)), deadline), Entry::Late { at: at(1) });
    }
}
