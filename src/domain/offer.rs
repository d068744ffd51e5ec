//! The catalogue (证书目录): ability certificates that can be claimed, and the rules that say which awards entitle to them (DOMAIN.md, S5).

use serde::{Deserialize, Serialize};

use super::award::{AbilityLevel, Achievement, Award, AwardLevel, Role};
use super::issuer::Slug;
use super::money::Fen;
use super::programme::Programme;
use super::time::{Instant, Period};

/// The most rules of one offer.
pub const MAX_RULES: usize = 12;

/// An ability certificate that can be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Whose series, template and issuer its certificates have; its kind is always [`super::programme::ProgrammeKind::Ability`].
    pub programme: Programme,
    /// 岗位, for instance 区块链金融行业工程师.
    pub title: String,
    /// 等级.
    pub level: AbilityLevel,
    /// What a claim costs.
    pub fee: Fen,
    /// When it can be claimed; a contest's own claim deadline may end it earlier for that contest's awards.
    pub period: Period,
    /// Which awards entitle to it: one of them must fit.
    pub rules: Vec<Rule>,
}

/// Which awards entitle to a certificate. An empty list of names allows every one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The contest.
    #[serde(with = "by_text")]
    pub contest: Slug,
    /// 赛类.
    pub categories: Vec<String>,
    /// 科目.
    pub subjects: Vec<String>,
    /// 奖项.
    #[serde(with = "levels")]
    pub levels: Vec<AwardLevel>,
    /// In which roles; without any, winners and co-creators (notice, section two, 2): an instructor must be named.
    #[serde(with = "roles")]
    pub roles: Vec<Role>,
}

impl Rule {
    /// Whether an award fits.
    #[must_use]
    pub fn fits(&self, award: &Award) -> bool {
        award.programme == self.contest && self.fits_achievement(&award.achievement)
    }

    /// Whether what was achieved in its contest fits.
    #[must_use]
    pub fn fits_achievement(&self, achievement: &Achievement) -> bool {
        let Achievement::Award { level, role, category, subject, .. } = achievement else { return false };
        let named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
        let role_fits = if self.roles.is_empty() { *role != Role::Instructor } else { self.roles.contains(role) };
        role_fits
            && named(&self.categories, category)
            && named(&self.subjects, subject)
            && (self.levels.is_empty() || self.levels.contains(level))
    }
}

impl Offer {
    /// What its certificates certify.
    #[must_use]
    pub fn achievement(&self) -> Achievement {
        Achievement::Ability { title: self.title.clone(), level: self.level }
    }

    /// As people call it: `区块链金融行业工程师（初级）`.
    #[must_use]
    pub fn zh(&self) -> String {
        format!("{}（{}）", self.title, self.level.zh())
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        format!("{} ({})", self.title, self.level.en())
    }

    /// Whether an award entitles to it.
    #[must_use]
    pub fn fits(&self, award: &Award) -> bool {
        self.rules.iter().any(|rule| rule.fits(award))
    }

    /// Whether a holder of an award that fits may claim it at `now`, if the award's contest lets claims be made before `contest`.
    ///
    /// # Errors
    /// [`NotOpen`].
    pub fn open(&self, contest: Option<Instant>, now: Instant) -> Result<Until, NotOpen> {
        let until = contest.map_or(self.period.end(), |contest| contest.min(self.period.end()));
        if now >= until {
            return Err(NotOpen::Closed { at: until });
        }
        if now < self.period.start() {
            return Err(NotOpen::Opens { at: self.period.start() });
        }
        Ok(Until(until))
    }
}

/// Before when a claim can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until(pub Instant);

/// Nothing can be claimed at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpen {
    /// It will be.
    #[error("申领尚未开始 / claims have not opened")]
    Opens {
        /// When.
        at: Instant,
    },
    /// It is over; there are no late claims (notice, section two, 2: 过期不补).
    #[error("申领已截止，过期不补 / claims are closed; there are no late ones")]
    Closed {
        /// Since when.
        at: Instant,
    },
}

/// Where an offer is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferState {
    /// Staff work on it.
    Draft,
    /// Holders see it. What a certificate would state, its numbers and its fee are fixed.
    Published,
    /// Nobody claims it any more; claims that were made go on.
    Withdrawn,
}

impl OfferState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Published, Self::Withdrawn];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The inverse of [`OfferState::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Published => "开放申领",
            Self::Withdrawn => "已下架",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Published => "Open",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

/// The rules as they are recorded.
#[must_use]
pub fn write_rules(rules: &[Rule]) -> String {
    serde_json::to_string(rules).unwrap_or_default()
}

/// The inverse of [`write_rules`].
#[must_use]
pub fn read_rules(text: &str) -> Option<Vec<Rule>> {
    serde_json::from_str(text).ok()
}

mod by_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Slug;

    pub fn serialize<S: Serializer>(slug: &Slug, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(slug.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Slug, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Lists of what has a code.
macro_rules! by_codes {
    ($module:ident, $kind:ident) => {
        mod $module {
            use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

            use super::$kind;

            pub fn serialize<S: Serializer>(all: &[$kind], out: S) -> Result<S::Ok, S::Error> {
                out.collect_seq(all.iter().map(|one| one.code()))
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<$kind>, D::Error> {
                let codes = Vec::<String>::deserialize(from)?;
                codes.iter().map(|code| $kind::from_code(code).ok_or_else(|| D::Error::custom(code))).collect()
            }
        }
    };
}

by_codes!(levels, AwardLevel);
by_codes!(roles, Role);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::programme::ProgrammeKind;

    fn rule() -> Rule {
        Rule { contest: "lanhai-14".parse().unwrap(), categories: vec![], subjects: vec![], levels: vec![], roles: vec![] }
    }

    fn achieved(level: AwardLevel, role: Role, category: &str) -> Achievement {
        let (category, subject, work) = (category.to_owned(), "C/C++程序设计".to_owned(), String::new());
        Achievement::Award { level, role, category, subject, work, team: vec![], instructors: vec![] }
    }

    #[test]
    fn a_rule_allows_what_it_names() {
        let first = achieved(AwardLevel::First, Role::Winner, "软件类");
        let teacher = achieved(AwardLevel::First, Role::Instructor, "软件类");
        assert!(rule().fits_achievement(&first));
        assert!(!rule().fits_achievement(&teacher), "an instructor must be named");
        assert!(Rule { roles: vec![Role::Instructor], ..rule() }.fits_achievement(&teacher));
        let narrow = Rule { categories: vec!["软件类".into()], levels: vec![AwardLevel::Grand, AwardLevel::First], ..rule() };
        assert!(narrow.fits_achievement(&first));
        assert!(!narrow.fits_achievement(&achieved(AwardLevel::Third, Role::Winner, "软件类")));
        assert!(!narrow.fits_achievement(&achieved(AwardLevel::First, Role::Winner, "电子类")));
        assert!(!rule().fits_achievement(&Achievement::Ability { title: "工程师".into(), level: AbilityLevel::Junior }));
        let all = [rule(), narrow, Rule { subjects: vec!["x".into()], roles: vec![Role::CoCreator], ..rule() }];
        assert_eq!(read_rules(&write_rules(&all)).as_deref(), Some(&all[..]));
        assert_eq!(read_rules("[{}]"), None);
    }

    #[test]
    fn an_offer_is_open_to_the_second() {
        let at = |text: &str| Instant::parse_beijing(text).unwrap();
        let period = Period::new(at("2024-01-01"), at("2024-01-31 24:00")).unwrap();
        let programme = Programme {
            id: "chain-junior".parse().unwrap(),
            issuer: "rencai".parse().unwrap(),
            template: "ability".parse().unwrap(),
            pattern: "GXRCPJ{series:3}{year}{seq:5}".parse().unwrap(),
            series: 33,
            name: "信息化人才岗位能力评价".into(),
            name_en: String::new(),
            short_name: "岗位能力评价".into(),
            kind: ProgrammeKind::Ability,
        };
        let offer =
            Offer { programme, title: "区块链".into(), level: AbilityLevel::Junior, fee: Fen::ZERO, period, rules: vec![rule()] };
        let (start, end) = (period.start(), period.end());
        assert_eq!(offer.open(None, start.plus_millis(-1)), Err(NotOpen::Opens { at: start }));
        assert_eq!(offer.open(None, start), Ok(Until(end)));
        assert_eq!(offer.open(None, end.plus_millis(-1)), Ok(Until(end)));
        assert_eq!(offer.open(None, end), Err(NotOpen::Closed { at: end }));
        let earlier = at("2024-01-20");
        assert_eq!(offer.open(Some(earlier), earlier.plus_millis(-1)), Ok(Until(earlier)));
        assert_eq!(offer.open(Some(earlier), earlier), Err(NotOpen::Closed { at: earlier }));
    }
}
