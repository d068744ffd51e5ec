//! Correcting what a certificate states: which facts, to what, and why.
//!
//! What a committee or a school gets wrong is who the holder is and what they are certified for. Contest, organisers and dates are the
//! same on every certificate of a programme: no single holder's certificate has them corrected.

use std::fmt;

use super::award::{AbilityLevel, Achievement, Award, AwardLevel, CertificateKind, MAX_FACT_CHARS, Role};
use super::digest::Digest;
use super::identity::IdentityDocument;
use super::name::{NameError, PersonName};
use super::status::{CorrectionReason, CorrectionReasonError};
use super::text::{is_han, tidy};

/// A fact that can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// The holder's name.
    Holder,
    /// The holder's identity document.
    Document,
    /// The school.
    School,
    /// 奖项 or 等级.
    Level,
    /// The role in the award.
    Role,
    /// 赛类.
    Category,
    /// 科目.
    Subject,
    /// The title of the work.
    Work,
    /// The others of the work.
    Team,
    /// 指导教师.
    Instructors,
    /// The post of an ability certificate.
    Title,
    /// The portrait.
    Portrait,
}

impl Fact {
    /// The name in records and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.names().0
    }

    /// For people who read Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        self.names().1
    }

    /// For people who read English.
    #[must_use]
    pub fn en(self) -> &'static str {
        self.names().2
    }

    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Holder => ("holder", "姓名", "name"),
            Self::Document => ("identity", "证件", "identity document"),
            Self::School => ("school", "学校", "school"),
            Self::Level => ("level", "奖项或等级", "level"),
            Self::Role => ("role", "角色", "role"),
            Self::Category => ("category", "赛类", "category"),
            Self::Subject => ("subject", "科目", "subject"),
            Self::Work => ("work", "作品", "work"),
            Self::Team => ("team", "团队成员", "team"),
            Self::Instructors => ("instructors", "指导教师", "instructors"),
            Self::Title => ("title", "岗位", "title"),
            Self::Portrait => ("portrait", "照片", "portrait"),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.zh(), self.code())
    }
}

/// The right facts as a clerk types them; what is `None` stays. An empty text takes a fact away that may be missing.
#[derive(Clone, Default)]
pub struct Edits {
    /// The holder's name.
    pub holder: Option<String>,
    /// The school.
    pub school: Option<String>,
    /// 一等奖 and its kin, or 初级 and its kin.
    pub level: Option<String>,
    /// 获奖选手, 共同创作者, 指导教师.
    pub role: Option<String>,
    /// 赛类.
    pub category: Option<String>,
    /// 科目.
    pub subject: Option<String>,
    /// The title of the work.
    pub work: Option<String>,
    /// The others of the work: `李明、王芳`.
    pub team: Option<String>,
    /// 指导教师 of the work.
    pub instructors: Option<String>,
    /// The post.
    pub title: Option<String>,
    /// The identity document, read already.
    pub document: Option<IdentityDocument>,
    /// The portrait, taken in already.
    pub portrait: Option<Digest>,
}

/// Facts that differ from those of a certificate, at least one of them, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    award: Award,
    changed: Vec<Fact>,
    reason: CorrectionReason,
}

/// Something that a correction cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// No fact differs.
    #[error("没有需要更正的内容：所填与证书相同 / nothing differs from what the certificate states")]
    Unchanged,
    /// No reason, or too long a one.
    #[error(transparent)]
    Reason(#[from] CorrectionReasonError),
    /// A name that is none.
    #[error("{fact}：{source}")]
    Name {
        /// Of whom.
        fact: Fact,
        /// What is wrong with it.
        source: NameError,
    },
    /// Two names or one: nobody can tell.
    #[error("{fact}：“{text}”是一人还是多人？多人请用顿号分隔 / one name or several? Separate names with 、")]
    UnclearNames {
        /// Whose.
        fact: Fact,
        /// What was typed.
        text: String,
    },
    /// Not one of the words that the fact may be.
    #[error("{fact}：“{text}”应为 {known} 之一 / not one of the words that are known")]
    Word {
        /// Which.
        fact: Fact,
        /// What was typed.
        text: String,
        /// The words, joined.
        known: String,
    },
    /// More characters than a list may have in a cell.
    #[error("{fact}：{0} 字过长，最多 {MAX_FACT_CHARS} 字 / too long: {MAX_FACT_CHARS} characters are the most", fact = .1)]
    TooLong(usize, Fact),
    /// A control character.
    #[error("{0}：含有控制字符 / it has a control character")]
    Control(Fact),
    /// A fact that must be there was taken away.
    #[error("{0}：不能为空 / it cannot be empty")]
    Empty(Fact),
    /// The certificate is of the kind that has no such fact.
    #[error("{fact}：{}没有此项 / certificates of kind {} do not have it", .kind.zh(), .kind.code())]
    OtherKind {
        /// Which.
        fact: Fact,
        /// The certificate's kind.
        kind: CertificateKind,
    },
}

impl Correction {
    /// Reads what a clerk typed against the facts as they are certified in `current`.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(current: &Award, typed: &Edits, reason: &str) -> Result<Self, Vec<CorrectionError>> {
        let mut reading = Reading { award: current.clone(), slips: Vec::new() };
        reading.holder(typed);
        reading.achievement(typed);
        let Reading { award, mut slips } = reading;
        let changed = differences(current, &award);
        if changed.is_empty() && slips.is_empty() {
            slips.push(CorrectionError::Unchanged);
        }
        let reason = CorrectionReason::parse(reason).map_err(|e| slips.push(e.into())).ok();
        match reason {
            Some(reason) if slips.is_empty() => Ok(Self { award, changed, reason }),
            _ => Err(slips),
        }
    }

    /// The award as it should have been certified.
    #[must_use]
    pub fn award(&self) -> &Award {
        &self.award
    }

    /// The facts that change, at least one, in the order of [`Fact`].
    #[must_use]
    pub fn changed(&self) -> &[Fact] {
        &self.changed
    }

    /// The reason that the public reads.
    #[must_use]
    pub fn reason(&self) -> &CorrectionReason {
        &self.reason
    }

    /// The identity document, if it is among what changes.
    #[must_use]
    pub fn document(&self) -> Option<&IdentityDocument> {
        self.award.holder.document.as_ref().filter(|_| self.changed.contains(&Fact::Document))
    }
}

/// The facts in which two awards of one kind differ.
fn differences(a: &Award, b: &Award) -> Vec<Fact> {
    let mut differing = vec![
        (Fact::Holder, a.holder.name != b.holder.name),
        (Fact::Document, a.holder.document != b.holder.document),
        (Fact::School, a.holder.school != b.holder.school),
        (Fact::Portrait, a.portrait != b.portrait),
    ];
    match (&a.achievement, &b.achievement) {
        (
            Achievement::Award { level, role, category, subject, work, team, instructors },
            Achievement::Award { level: l, role: r, category: c, subject: s, work: w, team: t, instructors: i },
        ) => differing.extend([
            (Fact::Level, level != l),
            (Fact::Role, role != r),
            (Fact::Category, category != c),
            (Fact::Subject, subject != s),
            (Fact::Work, work != w),
            (Fact::Team, team != t),
            (Fact::Instructors, instructors != i),
        ]),
        (Achievement::Ability { title, level }, Achievement::Ability { title: t, level: l }) => {
            differing.extend([(Fact::Level, level != l), (Fact::Title, title != t)]);
        }
        // A correction never turns one kind of certificate into the other.
        _ => {}
    }
    let mut facts: Vec<Fact> = differing.into_iter().filter_map(|(fact, differs)| differs.then_some(fact)).collect();
    facts.sort_unstable();
    facts
}

/// What has been read so far.
struct Reading {
    award: Award,
    slips: Vec<CorrectionError>,
}

impl Reading {
    fn holder(&mut self, typed: &Edits) {
        if let Some(name) = typed.holder.as_deref().and_then(|t| self.noted(name(Fact::Holder, t))) {
            self.award.holder.name = name;
        }
        if let Some(school) = typed.school.as_deref().and_then(|t| self.noted(text(Fact::School, t))) {
            self.award.holder.school = school;
        }
        if let Some(document) = &typed.document {
            self.award.holder.document = Some(document.clone());
        }
        if typed.portrait.is_some() {
            self.award.portrait = typed.portrait;
        }
    }

    fn achievement(&mut self, typed: &Edits) {
        let mut achievement = self.award.achievement.clone();
        let kind = achievement.kind();
        match &mut achievement {
            Achievement::Award { level, role, category, subject, work, team, instructors } => {
                let levels = || AwardLevel::ALL.map(AwardLevel::zh).join("、");
                self.put(level, typed.level.as_deref(), |t| word(Fact::Level, t, AwardLevel::parse_typed, levels));
                let roles = || Role::ALL.map(Role::zh).join("、");
                self.put(role, typed.role.as_deref(), |t| word(Fact::Role, t, Role::parse_typed, roles));
                self.put(category, typed.category.as_deref(), |t| text(Fact::Category, t));
                self.put(subject, typed.subject.as_deref(), |t| text(Fact::Subject, t));
                self.put(work, typed.work.as_deref(), |t| text(Fact::Work, t));
                self.put(team, typed.team.as_deref(), |t| people(Fact::Team, t));
                self.put(instructors, typed.instructors.as_deref(), |t| people(Fact::Instructors, t));
                self.absent(kind, [(Fact::Title, typed.title.is_some())]);
            }
            Achievement::Ability { title, level } => {
                let levels = || AbilityLevel::ALL.map(AbilityLevel::zh).join("、");
                self.put(level, typed.level.as_deref(), |t| word(Fact::Level, t, AbilityLevel::parse_typed, levels));
                self.put(title, typed.title.as_deref(), |t| {
                    text(Fact::Title, t).and_then(|t| if t.is_empty() { Err(CorrectionError::Empty(Fact::Title)) } else { Ok(t) })
                });
                self.absent(
                    kind,
                    [
                        (Fact::Role, typed.role.is_some()),
                        (Fact::Category, typed.category.is_some()),
                        (Fact::Subject, typed.subject.is_some()),
                        (Fact::Work, typed.work.is_some()),
                        (Fact::Team, typed.team.is_some()),
                        (Fact::Instructors, typed.instructors.is_some()),
                    ],
                );
            }
        }
        self.award.achievement = achievement;
    }

    fn put<T>(&mut self, fact: &mut T, typed: Option<&str>, read: impl FnOnce(&str) -> Result<T, CorrectionError>) {
        if let Some(value) = typed.and_then(|t| self.noted(read(t))) {
            *fact = value;
        }
    }

    fn absent<const N: usize>(&mut self, kind: CertificateKind, typed: [(Fact, bool); N]) {
        self.slips.extend(typed.into_iter().filter_map(|(fact, is)| is.then_some(CorrectionError::OtherKind { fact, kind })));
    }

    fn noted<T>(&mut self, read: Result<T, CorrectionError>) -> Option<T> {
        read.map_err(|slip| self.slips.push(slip)).ok()
    }
}

fn name(fact: Fact, typed: &str) -> Result<PersonName, CorrectionError> {
    PersonName::parse(typed).map_err(|source| CorrectionError::Name { fact, source })
}

fn text(fact: Fact, typed: &str) -> Result<String, CorrectionError> {
    let text = tidy(typed);
    if text.chars().any(char::is_control) {
        return Err(CorrectionError::Control(fact));
    }
    match text.chars().count() {
        0..=MAX_FACT_CHARS => Ok(text),
        n => Err(CorrectionError::TooLong(n, fact)),
    }
}

fn word<T>(fact: Fact, typed: &str, parse: fn(&str) -> Option<T>, known: impl FnOnce() -> String) -> Result<T, CorrectionError> {
    parse(typed).ok_or_else(|| CorrectionError::Word { fact, text: tidy(typed), known: known() })
}

fn people(fact: Fact, typed: &str) -> Result<Vec<PersonName>, CorrectionError> {
    let mut names = Vec::new();
    for piece in typed.split(['、', '，', ',', '；', ';', '/', '／', '|', '｜']).map(tidy).filter(|p| !p.is_empty()) {
        // "李　明" is one padded name; "张三 李四" may be two.
        let words: Vec<&str> = piece.split(' ').collect();
        let han = piece.chars().all(|c| is_han(c) || c == ' ');
        if han && words.len() > 1 && words.iter().all(|w| w.chars().count() >= 2) {
            return Err(CorrectionError::UnclearNames { fact, text: piece });
        }
        let name = name(fact, &piece)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
