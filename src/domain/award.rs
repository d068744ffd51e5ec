//! What a holder is certified for.

use super::digest::Digest;
use super::identity::IdentityDocument;
use super::issuer::Slug;
use super::name::PersonName;
use super::telephone::Telephone;

/// The most characters of a school, a work, a subject and their kin; more is a slip of the list.
pub const MAX_FACT_CHARS: usize = 120;

/// 奖项.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AwardLevel {
    /// 特等奖
    Grand,
    /// 一等奖
    First,
    /// 二等奖
    Second,
    /// 三等奖
    Third,
    /// 优秀奖
    Merit,
}

impl AwardLevel {
    /// From the highest to the lowest.
    pub const ALL: [Self; 5] = [Self::Grand, Self::First, Self::Second, Self::Third, Self::Merit];

    /// As printed.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Grand => "特等奖",
            Self::First => "一等奖",
            Self::Second => "二等奖",
            Self::Third => "三等奖",
            Self::Merit => "优秀奖",
        }
    }

    /// As printed in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Grand => "Grand Prize",
            Self::First => "First Prize",
            Self::Second => "Second Prize",
            Self::Third => "Third Prize",
            Self::Merit => "Merit Award",
        }
    }

    /// The name in records and templates.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Grand => "grand",
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
            Self::Merit => "merit",
        }
    }

    /// The inverse of [`AwardLevel::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }

    /// Reads a level as lists write it: `一等奖`, `1等奖`, `First Prize`.
    #[must_use]
    pub fn parse_typed(typed: &str) -> Option<Self> {
        let text = super::text::fold_code(typed);
        Self::ALL
            .into_iter()
            .find(|l| text == l.zh() || text == super::text::fold_code(l.en()) || text == super::text::fold_code(l.code()))
            .or(match text.as_str() {
                "1等奖" | "一等" => Some(Self::First),
                "2等奖" | "二等" => Some(Self::Second),
                "3等奖" | "三等" => Some(Self::Third),
                "特等" => Some(Self::Grand),
                "优秀" | "优胜奖" => Some(Self::Merit),
                _ => None,
            })
    }
}

/// In which role a person holds a share in the award.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// 获奖选手
    Winner,
    /// 共同创作者
    CoCreator,
    /// 指导教师
    Instructor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Winner, Self::CoCreator, Self::Instructor];

    /// As printed.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Winner => "获奖选手",
            Self::CoCreator => "共同创作者",
            Self::Instructor => "指导教师",
        }
    }

    /// As printed in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Winner => "Winner",
            Self::CoCreator => "Co-creator",
            Self::Instructor => "Instructor",
        }
    }

    /// The name in records and templates.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Winner => "winner",
            Self::CoCreator => "co-creator",
            Self::Instructor => "instructor",
        }
    }

    /// The inverse of [`Role::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }

    /// Reads a role as lists write it.
    #[must_use]
    pub fn parse_typed(typed: &str) -> Option<Self> {
        let text = super::text::tidy(typed);
        Self::ALL.into_iter().find(|r| text == r.zh() || text.eq_ignore_ascii_case(r.en()) || text.eq_ignore_ascii_case(r.code())).or(
            match text.as_str() {
                "选手" | "作者" | "获奖者" | "第一作者" | "队长" => Some(Self::Winner),
                "共同作者" | "合作者" | "队员" | "co-author" => Some(Self::CoCreator),
                "指导老师" | "教师" | "导师" => Some(Self::Instructor),
                _ => None,
            },
        )
    }
}

/// The grade of an ability certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AbilityLevel {
    /// 初级
    Junior,
    /// 中级
    Intermediate,
    /// 高级
    Senior,
}

impl AbilityLevel {
    /// From the lowest to the highest.
    pub const ALL: [Self; 3] = [Self::Junior, Self::Intermediate, Self::Senior];

    /// As printed.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Junior => "初级",
            Self::Intermediate => "中级",
            Self::Senior => "高级",
        }
    }

    /// As printed in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Junior => "Junior",
            Self::Intermediate => "Intermediate",
            Self::Senior => "Senior",
        }
    }

    /// The name in records and templates.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Junior => "junior",
            Self::Intermediate => "intermediate",
            Self::Senior => "senior",
        }
    }

    /// The inverse of [`AbilityLevel::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }

    /// Reads a grade as lists write it.
    #[must_use]
    pub fn parse_typed(typed: &str) -> Option<Self> {
        let text = super::text::tidy(typed);
        Self::ALL.into_iter().find(|l| text == l.zh() || text.eq_ignore_ascii_case(l.en()))
    }
}

/// What is certified.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Achievement {
    /// An award in a contest.
    Award {
        /// 奖项
        level: AwardLevel,
        /// In which role the holder took part.
        role: Role,
        /// 赛类, for instance 软件类; may be empty.
        category: String,
        /// 科目 or 赛道, for instance C/C++程序设计; may be empty.
        subject: String,
        /// The title of the work; may be empty.
        work: String,
        /// The other winners and co-creators of the work, in list order.
        team: Vec<PersonName>,
        /// The instructors of the work, in list order.
        instructors: Vec<PersonName>,
    },
    /// An ability for a post.
    Ability {
        /// For instance 区块链金融行业工程师.
        title: String,
        /// 初级, 中级, 高级.
        level: AbilityLevel,
    },
}

/// Which of the two kinds of certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CertificateKind {
    /// 获奖证书
    Award,
    /// 岗位能力评价证书
    Ability,
}

impl CertificateKind {
    /// The name in records and claims.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Ability => "ability",
        }
    }

    /// The inverse of [`CertificateKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Award, Self::Ability].into_iter().find(|k| k.code() == code)
    }

    /// The number in signed facts.
    #[must_use]
    pub fn ordinal(self) -> u8 {
        match self {
            Self::Award => 0,
            Self::Ability => 1,
        }
    }

    /// As printed.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Award => "获奖证书",
            Self::Ability => "岗位能力评价证书",
        }
    }

    /// As printed in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Award => "Award Certificate",
            Self::Ability => "Ability Certificate",
        }
    }
}

impl Achievement {
    /// Which kind of certificate says it.
    #[must_use]
    pub fn kind(&self) -> CertificateKind {
        match self {
            Self::Award { .. } => CertificateKind::Award,
            Self::Ability { .. } => CertificateKind::Ability,
        }
    }

    /// In one phrase: `一等奖（指导教师）`, `区块链金融行业工程师（初级）`.
    #[must_use]
    pub fn phrase_zh(&self) -> String {
        match self {
            Self::Award { level, role: Role::Winner, .. } => level.zh().to_owned(),
            Self::Award { level, role, .. } => format!("{}（{}）", level.zh(), role.zh()),
            Self::Ability { title, level } => format!("{title}（{}）", level.zh()),
        }
    }
}

/// The person to be certified, with what proves who they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Holder {
    /// The name as printed.
    pub name: PersonName,
    /// The identity document: private.
    pub document: Option<IdentityDocument>,
    /// The telephone: private.
    pub telephone: Option<Telephone>,
    /// The school as printed; may be empty.
    pub school: String,
}

/// One line of a list, ready to be certified: one holder's share in one achievement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Award {
    /// The contest or ability programme.
    pub programme: Slug,
    /// Who.
    pub holder: Holder,
    /// For what.
    pub achievement: Achievement,
    /// The digest of the portrait in the vault, where the certificate has one.
    pub portrait: Option<Digest>,
}

impl Award {
    /// The bytes that make this award the same as another one, however often and from whatever file it is imported. They
    /// hold private data: only a keyed hash of them may be stored.
    #[must_use]
    pub fn identity(&self) -> Vec<u8> {
        let person = match (&self.holder.document, &self.holder.telephone) {
            (Some(document), _) => format!("{}:{}", document.kind().code(), document.number()),
            (None, Some(telephone)) => format!("telephone:{}", telephone.as_str()),
            (None, None) => format!("school:{}", self.holder.school),
        };
        let name = self.holder.name.as_str();
        let programme = self.programme.as_str();
        let fields: Vec<&str> = match &self.achievement {
            Achievement::Award { role, category, subject, work, .. } => {
                vec!["award", programme, &person, name, role.code(), category, subject, work]
            }
            Achievement::Ability { title, level } => vec!["ability", programme, &person, name, title, level.code()],
        };
        // Length-prefixed, so that no two lists of fields give the same bytes.
        fields.iter().flat_map(|f| u64::try_from(f.len()).unwrap_or(u64::MAX).to_be_bytes().into_iter().chain(f.bytes())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_roles_print_and_parse() {
        for level in AwardLevel::ALL {
            assert_eq!(AwardLevel::parse_typed(level.zh()), Some(level));
            assert_eq!(AwardLevel::parse_typed(level.en()), Some(level));
            assert_eq!(AwardLevel::from_code(level.code()), Some(level));
        }
        for role in Role::ALL {
            assert_eq!(Role::parse_typed(role.zh()), Some(role));
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        for level in AbilityLevel::ALL {
            assert_eq!(AbilityLevel::parse_typed(level.zh()), Some(level));
        }
        assert_eq!(AwardLevel::parse_typed(" １等奖 "), Some(AwardLevel::First));
        assert_eq!(AwardLevel::parse_typed("四等奖"), None);
    }
}
