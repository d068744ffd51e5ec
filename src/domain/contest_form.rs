//! A contest as a clerk fills in its form, and the way from there to a contest: every field that is wrong at once.

use std::fmt;

use super::holding::Registration;
use super::issuer::{Slug, SlugError};
use super::money::FenError;
use super::number::{Pattern, PatternError, Series, SeriesError};
use super::offer::MAX_RULES;
use super::programme::{Contest, Programme, ProgrammeKind, SHORT_NAME_BYTES, Timeline, TimelineError};
use super::text::{half_width, tidy};
use super::time::{EmptyPeriod, Instant, NotATime, Period};

/// The most characters of a name.
pub const MAX_NAME: usize = 120;
/// The most characters of an edition, a document number, an organiser, a group or a category.
pub const MAX_SHORT: usize = 60;
/// The most organisers, groups or categories.
pub const MAX_LINES: usize = 40;

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 标识
    Id,
    /// 中文全称
    Name,
    /// 英文名称
    NameEn,
    /// 简称
    ShortName,
    /// 届次
    Edition,
    /// 文号
    DocumentNumber,
    /// 主办、承办单位
    Organisers,
    /// 组别
    Groups,
    /// 赛类
    Categories,
    /// 颁发机构
    Issuer,
    /// 证书模板
    Template,
    /// 编号规则
    Pattern,
    /// 系列号
    Series,
    /// 公示开始
    NoticeOpens,
    /// 公示截止
    NoticeCloses,
    /// 注册认证截止
    RegistrationCloses,
    /// 证书发布
    Release,
    /// 申领截止
    ClaimsClose,
}

impl Field {
    /// The name in the form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::NameEn => "name_en",
            Self::ShortName => "short_name",
            Self::Edition => "edition",
            Self::DocumentNumber => "document_number",
            Self::Organisers => "organisers",
            Self::Groups => "groups",
            Self::Categories => "categories",
            Self::Issuer => "issuer",
            Self::Template => "template",
            Self::Pattern => "pattern",
            Self::Series => "series",
            Self::NoticeOpens => "notice_opens",
            Self::NoticeCloses => "notice_closes",
            Self::RegistrationCloses => "registration_closes",
            Self::Release => "release",
            Self::ClaimsClose => "claims_close",
        }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Slip {
    /// Nothing but white space.
    #[error("请填写此项 / this must be filled in")]
    Empty,
    /// Too many characters.
    #[error("有 {0} 字，最多 {1} 字 / {0} characters; {1} are the most")]
    TooLong(usize, usize),
    /// Too many lines.
    #[error("有 {0} 行，最多 {MAX_LINES} 行 / {0} lines; {MAX_LINES} are the most")]
    TooMany(usize),
    /// The same line twice.
    #[error("“{0}”写了两次 / “{0}” stands twice")]
    Twice(String),
    /// A control character.
    #[error("含有不可见的控制字符 / there is a control character")]
    Control,
    /// An id that is none.
    #[error(transparent)]
    Slug(#[from] SlugError),
    /// None of those that can be chosen.
    #[error("请从列表中选择 / choose one from the list")]
    Choice,
    /// The short name does not fit the QR code.
    #[error("最多 10 个汉字或 30 个字母，以便印入二维码 / at most 10 Chinese characters or 30 letters: the QR code has room for no more")]
    ShortName,
    /// A pattern that is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// No amount.
    #[error(transparent)]
    Fee(#[from] FenError),
    /// Nothing entitles to it.
    #[error("请至少填写一条申领条件 / there must be a rule that says which awards entitle to it")]
    NoRule,
    /// Too many rules.
    #[error("最多 {MAX_RULES} 条申领条件 / {MAX_RULES} rules are the most")]
    Rules,
    /// A rule names a level or a role that there is not.
    #[error("没有“{0}” / there is no “{0}”")]
    NoSuch(String),
    /// No whole number.
    #[error("请填写数字 / a whole number")]
    Number,
    /// The series does not fit the pattern.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// No instant.
    #[error(transparent)]
    Time(#[from] NotATime),
    /// A notice that would end before it opens.
    #[error(transparent)]
    Period(#[from] EmptyPeriod),
    /// Dates in an order that cannot be.
    #[error(transparent)]
    Order(#[from] TimelineError),
}

/// The form as it was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub struct Typed {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub short_name: String,
    pub edition: String,
    pub document_number: String,
    pub organisers: String,
    pub groups: String,
    pub categories: String,
    pub issuer: String,
    pub template: String,
    pub pattern: String,
    pub series: String,
    pub registration: String,
    pub notice_opens: String,
    pub notice_closes: String,
    pub registration_closes: String,
    pub release: String,
    pub claims_close: String,
}

/// What a day without a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first instant.
    Start,
    /// Its end, which is the start of the next day: the day counts in full.
    End,
}

/// Reads an instant as people write it: `2023-11-30`, `2023-11-30 24:00`, `2023/11/30 9:05`, `2023年11月30日24点`, full-width characters too.
///
/// # Errors
/// [`NotATime`].
pub fn read_instant(typed: &str, edge: Edge) -> Result<Instant, NotATime> {
    let spaced: String = tidy(typed).chars().map(half_width).map(|c| if "年月/.".contains(c) { '-' } else { c }).collect();
    let spaced = spaced.replace('日', " ").replace(['点', '时'], ":").replace(['分', '秒', 'T'], " ");
    let (day, clock) = spaced.trim().split_once(' ').map_or((spaced.trim(), ""), |(day, clock)| (day, clock));
    let padded = |text: &str, by: char| text.split(by).map(|part| format!("{:0>2}", part.trim())).collect::<Vec<_>>().join(&by.to_string());
    let clock = clock.trim().trim_end_matches(':');
    let clock = match (clock.is_empty(), edge) {
        (true, Edge::Start) => "00:00".to_owned(),
        (true, Edge::End) => "24:00".to_owned(),
        (false, _) if !clock.contains(':') => format!("{clock:0>2}:00"),
        (false, _) => padded(clock, ':'),
    };
    // What people typed is named in the error, not what was made of it.
    Instant::parse_beijing(&format!("{} {clock}", padded(day, '-'))).or_else(|_| Instant::parse_beijing(typed.trim()))
}

/// An instant as the form shows it; the start of a day as 24:00 of the day before, where it is an end.
#[must_use]
pub fn write_instant(at: Instant, edge: Edge) -> String {
    let local = at.beijing();
    match at.ended_day() {
        Some(day) if edge == Edge::End => format!("{day} 24:00"),
        _ if local.second() == 0 => local.strftime("%Y-%m-%d %H:%M").to_string(),
        _ => local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

impl Typed {
    /// The form that gives a contest again.
    #[must_use]
    pub fn of(programme: &Programme, contest: &Contest) -> Self {
        let Timeline { notice, registration_deadline, release, claim_deadline } = contest.timeline;
        Self {
            id: programme.id.to_string(),
            name: programme.name.clone(),
            name_en: programme.name_en.clone(),
            short_name: programme.short_name.clone(),
            edition: contest.edition.clone(),
            document_number: contest.document_number.clone(),
            organisers: contest.organisers.join("\n"),
            groups: contest.groups.join("\n"),
            categories: contest.categories.join("\n"),
            issuer: programme.issuer.to_string(),
            template: programme.template.to_string(),
            pattern: programme.pattern.to_string(),
            series: programme.series.to_string(),
            registration: contest.registration.code().to_owned(),
            notice_opens: write_instant(notice.start(), Edge::Start),
            notice_closes: write_instant(notice.end(), Edge::End),
            registration_closes: write_instant(registration_deadline, Edge::End),
            release: write_instant(release, Edge::Start),
            claims_close: write_instant(claim_deadline, Edge::End),
        }
    }

    /// Reads the form.
    ///
    /// # Errors
    /// Every field that is wrong, with what is wrong with it.
    pub fn parse(&self) -> Result<Programme, Vec<(Field, Slip)>> {
        let mut slips = Slips::default();
        let id = slips.keep(Field::Id, self.id.trim().parse::<Slug>().map_err(Slip::from));
        let name = slips.keep(Field::Name, line(&self.name, MAX_NAME, true));
        let name_en = slips.keep(Field::NameEn, line(&self.name_en, 2 * MAX_NAME, false));
        let short_name = slips.keep(Field::ShortName, short_name(&self.short_name));
        let edition = slips.keep(Field::Edition, line(&self.edition, MAX_SHORT, false));
        let document_number = slips.keep(Field::DocumentNumber, line(&self.document_number, MAX_SHORT, false));
        let organisers = slips.keep(Field::Organisers, lines(&self.organisers));
        let groups = slips.keep(Field::Groups, lines(&self.groups));
        let categories = slips.keep(Field::Categories, lines(&self.categories));
        let issuer = slips.keep(Field::Issuer, self.issuer.parse::<Slug>().map_err(|_| Slip::Choice));
        let template = slips.keep(Field::Template, self.template.parse::<Slug>().map_err(|_| Slip::Choice));
        let numbers = self.numbers(&mut slips);
        let timeline = self.timeline(&mut slips);
        let all = (|| {
            let (pattern, series) = numbers?;
            let contest = Contest {
                edition: edition?,
                document_number: document_number?,
                organisers: organisers?,
                groups: groups?,
                categories: categories?,
                // A form without the choice leaves it at what a contest without it has.
                registration: Registration::from_code(&self.registration).unwrap_or_default(),
                timeline: timeline?,
            };
            Some(Programme {
                id: id?,
                issuer: issuer?,
                template: template?,
                pattern,
                series,
                name: name?,
                name_en: name_en?,
                short_name: short_name?,
                kind: ProgrammeKind::Contest(contest),
            })
        })();
        all.filter(|_| slips.0.is_empty()).ok_or(slips.0)
    }

    fn numbers(&self, slips: &mut Slips) -> Option<(Pattern, u32)> {
        let pattern = slips.keep(Field::Pattern, tidy(&self.pattern).parse::<Pattern>().map_err(Slip::from));
        let typed = tidy(&self.series);
        let series = if typed.is_empty() { Ok(0) } else { typed.parse::<u32>().map_err(|_| Slip::Number) };
        // Asked before either is missed, so that one wrong field hides no other.
        let series = slips.keep(Field::Series, series);
        let (pattern, series) = (pattern?, series?);
        slips.keep(Field::Series, Series::new(pattern.clone(), series, 2000).map_err(Slip::from))?;
        Some((pattern, series))
    }

    fn timeline(&self, slips: &mut Slips) -> Option<Timeline> {
        let mut read = |field, typed: &str, edge| {
            let at = if typed.trim().is_empty() { Err(Slip::Empty) } else { read_instant(typed, edge).map_err(Slip::from) };
            slips.keep(field, at)
        };
        let opens = read(Field::NoticeOpens, &self.notice_opens, Edge::Start);
        let closes = read(Field::NoticeCloses, &self.notice_closes, Edge::End);
        let registration = read(Field::RegistrationCloses, &self.registration_closes, Edge::End);
        let release = read(Field::Release, &self.release, Edge::Start);
        let claims = read(Field::ClaimsClose, &self.claims_close, Edge::End);
        // Each pair by itself, so that one wrong date hides no other; `Timeline::new` has the last word.
        let before = |a: Option<Instant>, b: Option<Instant>| a.zip(b).is_some_and(|(a, b)| a < b);
        let notice = opens.zip(closes).and_then(|(a, b)| slips.keep(Field::NoticeCloses, Period::new(a, b).map_err(Slip::from)));
        if opens.zip(registration).is_some() && !before(opens, registration) {
            slips.add(Field::RegistrationCloses, TimelineError::RegistrationClosesBeforeNotice);
        }
        if before(release, closes) {
            slips.add(Field::Release, TimelineError::ReleaseBeforeNoticeEnds);
        }
        if before(claims, release) {
            slips.add(Field::ClaimsClose, TimelineError::ClaimsCloseBeforeRelease);
        }
        Timeline::new(notice?, registration?, release?, claims?).ok()
    }
}

/// What was wrong so far.
#[derive(Default)]
struct Slips(Vec<(Field, Slip)>);

impl Slips {
    fn keep<T>(&mut self, field: Field, read: Result<T, Slip>) -> Option<T> {
        read.map_err(|slip| self.0.push((field, slip))).ok()
    }

    fn add(&mut self, field: Field, error: TimelineError) {
        self.0.push((field, error.into()));
    }
}

/// One line of text.
pub(super) fn line(typed: &str, most: usize, needed: bool) -> Result<String, Slip> {
    let text = tidy(typed);
    let length = text.chars().count();
    if text.chars().any(char::is_control) {
        return Err(Slip::Control);
    }
    match length {
        0 if needed => Err(Slip::Empty),
        n if n > most => Err(Slip::TooLong(n, most)),
        _ => Ok(text),
    }
}

/// A name short enough for the QR code.
pub(super) fn short_name(typed: &str) -> Result<String, Slip> {
    let text = line(typed, SHORT_NAME_BYTES, true)?;
    if text.len() > SHORT_NAME_BYTES { Err(Slip::ShortName) } else { Ok(text) }
}

/// One to a line; empty lines go.
fn lines(typed: &str) -> Result<Vec<String>, Slip> {
    let mut out: Vec<String> = Vec::new();
    for text in typed.lines() {
        let text = line(text, MAX_SHORT, false)?;
        if out.contains(&text) {
            return Err(Slip::Twice(text));
        }
        if !text.is_empty() {
            out.push(text);
        }
    }
    if out.len() > MAX_LINES { Err(Slip::TooMany(out.len())) } else { Ok(out) }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests;
