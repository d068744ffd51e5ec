//! An offer of the catalogue as a clerk fills in its form, and the way from there to an offer: every field that is wrong at once.

use super::award::{AbilityLevel, AwardLevel, MAX_FACT_CHARS, Role};
use super::contest_form::{Edge, MAX_NAME, Slip, line, read_instant, short_name, write_instant};
use super::issuer::Slug;
use super::money::Fen;
use super::number::{Pattern, Series};
use super::offer::{MAX_RULES, Offer, Rule};
use super::programme::{Programme, ProgrammeKind};
use super::text::tidy;
use super::time::Period;

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 标识
    Id,
    /// 岗位
    Title,
    /// 等级
    Level,
    /// 评价名称
    Name,
    /// 英文名称
    NameEn,
    /// 简称
    ShortName,
    /// 发证机构
    Issuer,
    /// 证书模板
    Template,
    /// 编号规则
    Pattern,
    /// 系列号
    Series,
    /// 申领费用
    Fee,
    /// 申领开始
    Opens,
    /// 申领截止
    Closes,
    /// A rule, counted from 0.
    Rule(usize),
}

/// The form as it was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub struct Typed {
    pub id: String,
    pub title: String,
    pub level: String,
    pub name: String,
    pub name_en: String,
    pub short_name: String,
    pub issuer: String,
    pub template: String,
    pub pattern: String,
    pub series: String,
    pub fee: String,
    pub opens: String,
    pub closes: String,
    pub rules: Vec<TypedRule>,
}

/// A rule as it was filled in; names are divided by 、 or a comma, and none means every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub struct TypedRule {
    pub contest: String,
    pub categories: String,
    pub subjects: String,
    pub levels: String,
    pub roles: String,
}

impl TypedRule {
    fn is_empty(&self) -> bool {
        [&self.contest, &self.categories, &self.subjects, &self.levels, &self.roles].iter().all(|text| text.trim().is_empty())
    }

    fn parse(&self) -> Result<Rule, Slip> {
        let short = |name: &str| line(name, MAX_FACT_CHARS, false);
        Ok(Rule {
            contest: self.contest.trim().parse::<Slug>().map_err(|_| Slip::Choice)?,
            categories: names(&self.categories).iter().map(|name| short(name)).collect::<Result<_, _>>()?,
            subjects: names(&self.subjects).iter().map(|name| short(name)).collect::<Result<_, _>>()?,
            levels: each(&self.levels, AwardLevel::parse_typed)?,
            roles: each(&self.roles, Role::parse_typed)?,
        })
    }
}

fn names(typed: &str) -> Vec<String> {
    typed.split(['、', '，', ',', ';', '；', '\n']).map(tidy).filter(|name| !name.is_empty()).collect()
}

fn each<T: PartialEq>(typed: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Slip> {
    let mut all = Vec::new();
    for name in names(typed) {
        let one = parse(&name).ok_or(Slip::NoSuch(name))?;
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Ok(all)
}

impl Typed {
    /// Reads the fields of a form in their order; those of the rules come once for each rule.
    #[must_use]
    pub fn of_fields(fields: &[(String, String)]) -> Self {
        let get = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default();
        let all = |name: &str| fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
        let at = |all: &[String], row: usize| all.get(row).cloned().unwrap_or_default();
        let columns = ["rule_contest", "rule_categories", "rule_subjects", "rule_levels", "rule_roles"].map(all);
        let [contests, categories, subjects, levels, roles] = &columns;
        let rules = (0..contests.len().min(MAX_RULES + 1)).map(|row| TypedRule {
            contest: at(contests, row),
            categories: at(categories, row),
            subjects: at(subjects, row),
            levels: at(levels, row),
            roles: at(roles, row),
        });
        Self {
            id: get("id"),
            title: get("title"),
            level: get("level"),
            name: get("name"),
            name_en: get("name_en"),
            short_name: get("short_name"),
            issuer: get("issuer"),
            template: get("template"),
            pattern: get("pattern"),
            series: get("series"),
            fee: get("fee"),
            opens: get("opens"),
            closes: get("closes"),
            rules: rules.filter(|rule| !rule.is_empty()).collect(),
        }
    }

    /// The form that gives an offer again.
    #[must_use]
    pub fn of(offer: &Offer) -> Self {
        let programme = &offer.programme;
        let rule = |rule: &Rule| TypedRule {
            contest: rule.contest.to_string(),
            categories: rule.categories.join("、"),
            subjects: rule.subjects.join("、"),
            levels: rule.levels.iter().map(|level| level.zh()).collect::<Vec<_>>().join("、"),
            roles: rule.roles.iter().map(|role| role.zh()).collect::<Vec<_>>().join("、"),
        };
        Self {
            id: programme.id.to_string(),
            title: offer.title.clone(),
            level: offer.level.code().to_owned(),
            name: programme.name.clone(),
            name_en: programme.name_en.clone(),
            short_name: programme.short_name.clone(),
            issuer: programme.issuer.to_string(),
            template: programme.template.to_string(),
            pattern: programme.pattern.to_string(),
            series: programme.series.to_string(),
            fee: offer.fee.yuan(),
            opens: write_instant(offer.period.start(), Edge::Start),
            closes: write_instant(offer.period.end(), Edge::End),
            rules: offer.rules.iter().map(rule).collect(),
        }
    }

    /// Reads the form.
    ///
    /// # Errors
    /// Every field that is wrong, with what is wrong with it.
    pub fn parse(&self) -> Result<Offer, Vec<(Field, Slip)>> {
        let mut slips = Vec::new();
        let id = keep(&mut slips, Field::Id, self.id.trim().parse::<Slug>().map_err(Slip::from));
        let title = keep(&mut slips, Field::Title, line(&self.title, MAX_FACT_CHARS, true));
        let level = keep(&mut slips, Field::Level, AbilityLevel::from_code(&self.level).ok_or(Slip::Choice));
        let name = keep(&mut slips, Field::Name, line(&self.name, MAX_NAME, true));
        let name_en = keep(&mut slips, Field::NameEn, line(&self.name_en, 2 * MAX_NAME, false));
        let short = keep(&mut slips, Field::ShortName, short_name(&self.short_name));
        let issuer = keep(&mut slips, Field::Issuer, self.issuer.parse::<Slug>().map_err(|_| Slip::Choice));
        let template = keep(&mut slips, Field::Template, self.template.parse::<Slug>().map_err(|_| Slip::Choice));
        let pattern = keep(&mut slips, Field::Pattern, tidy(&self.pattern).parse::<Pattern>().map_err(Slip::from));
        let series = keep(&mut slips, Field::Series, tidy(&self.series).parse::<u32>().map_err(|_| Slip::Number));
        if let (Some(pattern), Some(series)) = (&pattern, series) {
            keep(&mut slips, Field::Series, Series::new(pattern.clone(), series, 2000).map_err(Slip::from));
        }
        let fee = keep(&mut slips, Field::Fee, Fen::parse_yuan(&self.fee).map_err(Slip::from));
        let opens = keep(&mut slips, Field::Opens, read_instant(&self.opens, Edge::Start).map_err(Slip::from));
        let closes = keep(&mut slips, Field::Closes, read_instant(&self.closes, Edge::End).map_err(Slip::from));
        let period = opens.zip(closes).and_then(|(a, b)| keep(&mut slips, Field::Closes, Period::new(a, b).map_err(Slip::from)));
        let rules: Vec<Rule> =
            self.rules.iter().enumerate().filter_map(|(at, rule)| keep(&mut slips, Field::Rule(at), rule.parse())).collect();
        match self.rules.len() {
            0 => slips.push((Field::Rule(0), Slip::NoRule)),
            n if n > MAX_RULES => slips.push((Field::Rule(MAX_RULES), Slip::Rules)),
            _ => {}
        }
        let all = (|| {
            let programme = Programme {
                id: id?,
                issuer: issuer?,
                template: template?,
                pattern: pattern?,
                series: series?,
                name: name?,
                name_en: name_en?,
                short_name: short?,
                kind: ProgrammeKind::Ability,
            };
            Some(Offer { programme, title: title?, level: level?, fee: fee?, period: period?, rules })
        })();
        all.filter(|_| slips.is_empty()).ok_or(slips)
    }
}

fn keep<T>(slips: &mut Vec<(Field, Slip)>, field: Field, read: Result<T, Slip>) -> Option<T> {
    read.map_err(|slip| slips.push((field, slip))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Vec<(String, String)> {
        [
            ("id", "chain-junior"),
            ("title", "区块链金融行业工程师"),
            ("level", "junior"),
            ("name", "信息化人才岗位能力评价"),
            ("short_name", "岗位能力评价"),
            ("issuer", "rencai"),
            ("template", "ability"),
            ("pattern", "GXRCPJ{series:3}{year}{seq:5}"),
            ("series", "33"),
            ("fee", "150"),
            ("opens", "2024-01-01"),
            ("closes", "2024-01-31"),
            ("rule_contest", "lanhai-14"),
            ("rule_categories", "软件类、电子类"),
            ("rule_subjects", ""),
            ("rule_levels", "特等奖，1等奖"),
            ("rule_roles", ""),
            ("rule_contest", ""),
            ("rule_categories", ""),
            ("rule_subjects", ""),
            ("rule_levels", ""),
            ("rule_roles", ""),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    #[test]
    fn a_form_and_its_offer_are_one() {
        let offer = Typed::of_fields(&filled()).parse().unwrap();
        assert_eq!(offer.fee.to_string(), "¥150.00");
        assert_eq!(offer.period.end().rfc3339_beijing(), "2024-02-01T00:00:00+08:00");
        assert_eq!((offer.rules.len(), offer.rules[0].categories.len(), offer.rules[0].levels.len()), (1, 2, 2));
        assert_eq!(Typed::of(&offer).parse().unwrap(), offer);
    }

    #[test]
    fn every_slip_at_once() {
        let bad = |name: &str| match name {
            "fee" => "一百五",
            "closes" => "2023-12-31",
            "rule_levels" => "四等奖",
            "level" => "",
            _ => "",
        };
        let fields = filled().into_iter().map(|(name, value)| {
            let wrong = ["fee", "closes", "rule_levels", "level"].contains(&name.as_str()) && !value.is_empty();
            (name.clone(), if wrong { bad(&name).to_owned() } else { value })
        });
        let slips = Typed::of_fields(&fields.collect::<Vec<_>>()).parse().unwrap_err();
        let places: Vec<Field> = slips.iter().map(|(field, _)| *field).collect();
        assert_eq!(places, [Field::Level, Field::Fee, Field::Closes, Field::Rule(0)]);
        let none: Vec<_> = filled().into_iter().filter(|(name, _)| !name.starts_with("rule")).collect();
        assert_eq!(Typed::of_fields(&none).parse().unwrap_err(), [(Field::Rule(0), Slip::NoRule)]);
    }
}
