//! What a file states and what the record says, field by field.
//!
//! Whoever asks about a file that is not genuine may have made it in order to learn from the answer. Of what the record does not tell
//! everybody, the answer then says only whether the file has the same, and only of the one thing that the file puts in its place: a page
//! of a thousand names is not compared with the holder's.

use crate::document::look::{Line, squeezed};
use crate::document::template::fields::date_zh;
use crate::domain::award::{AbilityLevel, Achievement, AwardLevel};
use crate::domain::claims::Claims;
use crate::domain::name::PersonName;

mod field;

pub use field::FieldName;

/// What comparing a field gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The file states exactly what the record says.
    Same,
    /// It states something else.
    Differs,
    /// It does not state what the record says, and nothing else that could be told from other text.
    NotFound,
}

/// A field side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLine {
    /// Which.
    pub field: FieldName,
    /// What the file states.
    pub in_file: Option<String>,
    /// What the record says; masked or withheld where the asker does not have it.
    pub in_record: Option<String>,
    /// Whether they agree.
    pub comparison: Comparison,
}

/// The fields of a genuine file beside those of its record, every one of them: who has the file sees them printed.
#[must_use]
pub fn of_genuine(stated: &Claims, record: &Claims) -> Vec<FieldLine> {
    let (stated, record) = (fields(stated), fields(record));
    let of =
        |all: &[(FieldName, String)], field| all.iter().find(|(f, text)| *f == field && !text.is_empty()).map(|(_, text)| text.clone());
    let only_in_record = record.iter().filter(|(field, _)| of(&stated, *field).is_none());
    let names = stated.iter().filter(|(_, text)| !text.is_empty()).chain(only_in_record).map(|(field, _)| *field);
    let lines = names.map(|field| {
        let (in_file, in_record) = (of(&stated, field), of(&record, field));
        let comparison = if in_file == in_record { Comparison::Same } else { Comparison::Differs };
        FieldLine { field, in_file, in_record, comparison }
    });
    lines.filter(|line| line.in_file.is_some() || line.in_record.is_some()).collect()
}

/// Every field of a certificate in one order.
fn fields(claims: &Claims) -> Vec<(FieldName, String)> {
    let names = |people: &[PersonName]| people.iter().map(PersonName::as_str).collect::<Vec<_>>().join("、");
    let mut of_achievement = match &claims.achievement {
        Achievement::Award { level, role, category, subject, work, team, instructors } => {
            let subject = [category.as_str(), subject].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
            vec![
                (FieldName::Level, level.zh().to_owned()),
                (FieldName::Role, role.zh().to_owned()),
                (FieldName::Subject, subject),
                (FieldName::Work, work.clone()),
                (FieldName::Team, names(team)),
                (FieldName::Instructors, names(instructors)),
            ]
        }
        Achievement::Ability { title, level } => {
            vec![(FieldName::Title, title.clone()), (FieldName::Level, level.zh().to_owned())]
        }
    };
    let mut all = vec![
        (FieldName::Number, claims.number.to_string()),
        (FieldName::Kind, claims.kind().zh().to_owned()),
        (FieldName::Holder, claims.holder.to_string()),
        (FieldName::School, claims.school.clone()),
        (FieldName::Document, claims.document_masked.clone()),
    ];
    all.append(&mut of_achievement);
    all.extend([
        (FieldName::Programme, claims.programme.name.clone()),
        (FieldName::Organisers, claims.organisers.join("、")),
        (FieldName::Issuer, claims.issuer.name.clone()),
        (FieldName::IssuedOn, claims.issued_on.to_string()),
        (FieldName::VerifyAt, claims.verify_at.clone()),
    ]);
    all
}

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its lines.
    pub lines: &'a [Line],
    /// Its text in the order in which it is drawn, squeezed.
    pub flow: &'a str,
    /// The name of the holder that the file has elsewhere: in its code or its embedded facts.
    pub named: Option<&'a PersonName>,
    /// Numbers of certificates in the text.
    pub numbers: &'a [String],
    /// Whether the file has a proven code of this very certificate, so that its reader has the holder's name already.
    pub knows_holder: bool,
}

/// The shown text beside the record with its number.
#[must_use]
pub fn of_shown(shown: &Shown<'_>, record: &Claims) -> Vec<FieldLine> {
    let mut lines = vec![shown.number(record), shown.holder(record), shown.level(record), shown.date(record)];
    let kind = record.kind().zh();
    lines.push(shown.public(FieldName::Kind, kind));
    if let Achievement::Ability { title, .. } = &record.achievement {
        lines.push(shown.public(FieldName::Title, title));
    }
    if let Achievement::Award { category, subject, .. } = &record.achievement {
        let parts: Vec<&str> = [category.as_str(), subject].into_iter().filter(|p| !p.is_empty()).collect();
        if parts.iter().all(|part| shown.has(part)) {
            let joined = parts.join(" · ");
            lines.extend((!parts.is_empty()).then(|| FieldLine {
                field: FieldName::Subject,
                in_file: Some(joined.clone()),
                in_record: Some(joined),
                comparison: Comparison::Same,
            }));
        } else {
            lines.push(shown.public(FieldName::Subject, &parts.join("·")));
        }
    }
    lines.push(shown.public(FieldName::Programme, &record.programme.name));
    lines.push(shown.public(FieldName::Issuer, &record.issuer.name));
    lines.extend(shown.school(record));
    lines.extend(shown.document(record));
    lines.sort_by_key(|line| ORDER.iter().position(|field| *field == line.field));
    lines
}

/// The order in which fields are shown.
const ORDER: [FieldName; 11] = [
    FieldName::Number,
    FieldName::Kind,
    FieldName::Holder,
    FieldName::School,
    FieldName::Document,
    FieldName::Title,
    FieldName::Level,
    FieldName::Subject,
    FieldName::Programme,
    FieldName::Issuer,
    FieldName::IssuedOn,
];

/// Most places where the page may name its holder, or a school.
const MAX_CANDIDATES: usize = 3;

impl Shown<'_> {
    /// Whether the text has it.
    fn has(&self, text: &str) -> bool {
        let text = squeezed(text);
        self.flow.contains(&text) || self.lines.iter().any(|line| squeezed(&line.text).contains(&text))
    }

    fn number(&self, record: &Claims) -> FieldLine {
        let own = record.number.as_str();
        let in_file = Some(self.numbers.join("、")).filter(|n| !n.is_empty());
        let comparison = match self.numbers {
            [] => Comparison::NotFound,
            numbers if numbers.iter().all(|n| n == own) => Comparison::Same,
            _ => Comparison::Differs,
        };
        FieldLine { field: FieldName::Number, in_file, in_record: Some(own.to_owned()), comparison }
    }

    fn holder(&self, record: &Claims) -> FieldLine {
        let name = squeezed(record.holder.as_str());
        let candidates = self.holders();
        let same = candidates.contains(&name);
        let in_file = if same { Some(record.holder.to_string()) } else { candidates.first().cloned() };
        let comparison = match (same, &in_file) {
            (true, _) => Comparison::Same,
            (false, Some(_)) => Comparison::Differs,
            (false, None) => Comparison::NotFound,
        };
        let in_record = if same || self.knows_holder { record.holder.to_string() } else { record.holder.masked() };
        FieldLine { field: FieldName::Holder, in_file, in_record: Some(in_record), comparison }
    }

    /// Who the page may name as its holder: who is addressed or certified, the name that stands elsewhere in the file if the page has it
    /// too, or the largest line that can be a name.
    fn holders(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut add = |name: String| {
            if found.len() < MAX_CANDIDATES && !found.contains(&name) && PersonName::parse(&name).is_ok() {
                found.push(name);
            }
        };
        for line in self.lines {
            let text = squeezed(&line.text);
            for end in [":", "同学", "老师"] {
                if let Some(name) = text.strip_suffix(end) {
                    add(name.trim_end_matches(['同', '学', '老', '师']).to_owned());
                }
            }
            if let Some((name, _)) = text.strip_prefix("兹证明").and_then(|rest| rest.split_once([',', '(', '参', '在'])) {
                add(name.to_owned());
            }
        }
        if let Some(name) = self.named.map(|name| squeezed(name.as_str())).filter(|name| self.flow.contains(name)) {
            add(name);
        }
        let mut plain: Vec<&Line> = self.lines.iter().filter(|line| can_be_a_name(&line.text)).collect();
        plain.sort_by(|a, b| b.size.total_cmp(&a.size));
        if let Some(line) = plain.first() {
            add(squeezed(&line.text));
        }
        found
    }

    fn level(&self, record: &Claims) -> FieldLine {
        let (own, all): (&str, Vec<&str>) = match &record.achievement {
            Achievement::Award { level, .. } => (level.zh(), AwardLevel::ALL.iter().map(|l| l.zh()).collect()),
            Achievement::Ability { level, .. } => (level.zh(), AbilityLevel::ALL.iter().map(|l| l.zh()).collect()),
        };
        let shown: Vec<&str> = all.into_iter().filter(|level| self.has(level)).collect();
        let comparison = match shown.as_slice() {
            [] => Comparison::NotFound,
            [level] if *level == own => Comparison::Same,
            _ => Comparison::Differs,
        };
        let in_file = Some(shown.join("、")).filter(|s| !s.is_empty());
        FieldLine { field: FieldName::Level, in_file, in_record: Some(own.to_owned()), comparison }
    }

    fn date(&self, record: &Claims) -> FieldLine {
        let (own, iso) = (date_zh(record.issued_on), record.issued_on.to_string());
        let dates = dates(self.flow);
        let same = dates.iter().all(|date| *date == own) && !dates.is_empty() || dates.is_empty() && self.has(&iso);
        let comparison = match (same, dates.is_empty()) {
            (true, _) => Comparison::Same,
            (false, true) => Comparison::NotFound,
            (false, false) => Comparison::Differs,
        };
        let in_file = if same { Some(own.clone()) } else { Some(dates.join("、")).filter(|d| !d.is_empty()) };
        FieldLine { field: FieldName::IssuedOn, in_file, in_record: Some(own), comparison }
    }

    /// A field that everybody may know.
    fn public(&self, field: FieldName, value: &str) -> FieldLine {
        let (in_file, comparison) = if self.has(value) {
            (Some(value.to_owned()), Comparison::Same)
        } else {
            match nearest(value, self.lines) {
                Some(line) => (Some(line), Comparison::Differs),
                None => (None, Comparison::NotFound),
            }
        };
        FieldLine { field, in_file, in_record: Some(value.to_owned()), comparison }
    }

    fn school(&self, record: &Claims) -> Option<FieldLine> {
        let own = Some(squeezed(&record.school)).filter(|s| !s.is_empty())?;
        let is_school =
            |text: &&String| ["大学", "学院", "学校", "中学", "小学", "School", "University", "College"].iter().any(|w| text.contains(w));
        let lines: Vec<String> = self.lines.iter().map(|line| squeezed(&line.text)).collect();
        let mut places = lines.iter().filter(is_school).filter(|t| !t.starts_with(['在', '兹'])).take(MAX_CANDIDATES);
        let first = places.clone().next().cloned();
        let same = places.any(|text| text.contains(&own));
        let (in_file, comparison) = match (same, first) {
            (true, _) => (Some(record.school.clone()), Comparison::Same),
            (false, Some(other)) => (Some(other), Comparison::Differs),
            (false, None) => (None, Comparison::NotFound),
        };
        Some(FieldLine { field: FieldName::School, in_record: in_file.clone().filter(|_| same), in_file, comparison })
    }

    fn document(&self, record: &Claims) -> Option<FieldLine> {
        let own = Some(record.document_masked.as_str()).filter(|d| !d.is_empty())?;
        let shown = masked_document(self.flow);
        let comparison = match &shown {
            Some(document) if document == own => Comparison::Same,
            Some(_) => Comparison::Differs,
            None => Comparison::NotFound,
        };
        let in_record = shown.clone().filter(|_| comparison == Comparison::Same);
        Some(FieldLine { field: FieldName::Document, in_file: shown, in_record, comparison })
    }
}

fn can_be_a_name(text: &str) -> bool {
    let no_name = ["证书", "奖", "级", "大学", "学院", "委员", "中心", "工程师", "CERTIFICATE", ":"];
    PersonName::parse(text).is_ok() && (2..=20).contains(&text.chars().count()) && !no_name.iter().any(|word| text.contains(word))
}

/// Dates written as `2024年1月1日`, each once.
fn dates(flow: &str) -> Vec<String> {
    let chars: Vec<char> = flow.chars().collect();
    let mut found = Vec::new();
    for (at, _) in chars.iter().enumerate().filter(|(_, c)| **c == '年') {
        let digits = |from: usize, most: usize| chars[from..].iter().take(most).take_while(|c| c.is_ascii_digit()).count();
        let start = at - chars[..at].iter().rev().take(4).take_while(|c| c.is_ascii_digit()).count();
        let month = digits(at + 1, 2);
        let day_at = at + 1 + month + 1;
        if at - start != 4 || month == 0 || chars.get(at + 1 + month) != Some(&'月') || day_at >= chars.len() {
            continue;
        }
        let day = digits(day_at, 2);
        if day > 0 && chars.get(day_at + day) == Some(&'日') {
            let date: String = chars[start..=day_at + day].iter().collect();
            if !found.contains(&date) {
                found.push(date);
            }
        }
    }
    found
}

/// The first masked number in the text: letters and digits around at least four asterisks.
fn masked_document(flow: &str) -> Option<String> {
    let mut words = flow.split(|c: char| !c.is_ascii_alphanumeric() && c != '*');
    words.find(|word| word.contains("****") && word.len() <= 24).map(str::to_owned)
}

/// The line that has at least half of the pairs of letters of a value, if one has.
fn nearest(value: &str, lines: &[Line]) -> Option<String> {
    let pairs = |text: &str| -> Vec<(char, char)> {
        let letters: Vec<char> = squeezed(text).chars().collect();
        letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
    };
    let wanted = pairs(value);
    let score = |line: &Line| {
        let has = pairs(&line.text);
        wanted.iter().filter(|pair| has.contains(pair)).count()
    };
    let best = lines.iter().map(|line| (score(line), line)).max_by_key(|(score, _)| *score)?;
    (!wanted.is_empty() && best.0 * 2 >= wanted.len()).then(|| best.1.text.clone())
}
