//! The award list as the public reads it in a notice, and the bytes that fix it.
//!
//! The list is a text: a line of JSON for each entry, in one order. Its SHA-256 is what the service signs when a notice is published, so
//! that anyone who keeps the text can tell a list into which a name was slipped afterwards. Of private facts an entry has only the id of its
//! award, a keyed hash over full name and document: it gives neither away, and the service cannot put another person in its place.

use std::fmt;

use super::award::{Achievement, Award, AwardLevel, Role};
use super::digest::Digest;

/// Whether an entry is as it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As published.
    Listed,
    /// Changed after an objection.
    Changed,
    /// Taken off the list after an objection.
    Withdrawn,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Listed, Self::Changed, Self::Withdrawn];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Changed => "changed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The inverse of [`Standing::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// One holder's share in an award, as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The id of the award in the records: a keyed hash.
    pub award: String,
    /// The name, masked.
    pub holder: String,
    /// The school; may be empty.
    pub school: String,
    /// 赛类; may be empty.
    pub category: String,
    /// 科目; may be empty.
    pub subject: String,
    /// The work; may be empty.
    pub work: String,
    /// 奖项.
    pub level: AwardLevel,
    /// In which role.
    pub role: Role,
}

impl Entry {
    /// The entry of an award in a contest; `None` for an ability certificate, which no notice lists.
    #[must_use]
    pub fn of(id: &str, award: &Award) -> Option<Self> {
        let Achievement::Award { level, role, category, subject, work, .. } = &award.achievement else { return None };
        Some(Self {
            award: id.to_owned(),
            holder: award.holder.name.masked(),
            school: award.holder.school.clone(),
            category: category.clone(),
            subject: subject.clone(),
            work: work.clone(),
            level: *level,
            role: *role,
        })
    }

    /// Its line: id, masked name, school, category, subject, work, level, role, as a JSON array of strings without white space between.
    fn line(&self) -> String {
        let fields =
            [&self.award, &self.holder, &self.school, &self.category, &self.subject, &self.work, self.level.code(), self.role.code()];
        fields.map(|field| serde_json::Value::from(field).to_string()).join(",")
    }
}

/// A list in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicList(Vec<Entry>);

/// Why a list cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// There is nothing to publish.
    #[error("该赛事还没有获奖名单，请先导入 / the contest has no award list yet: import one first")]
    Empty,
    /// An entry is in a category that the contest does not have.
    #[error(
        "名单中有 {count} 条的赛类不属于该赛事，如“{category}” / {count} entries are in a category that the contest does not have, such as “{category}”"
    )]
    Category {
        /// The first such category.
        category: String,
        /// How many entries.
        count: usize,
    },
}

impl PublicList {
    /// Puts entries, which come in the order of their import, into the order of the notice: by category as the contest names them, subject,
    /// level from the highest down; within them the committee's own order stays.
    ///
    /// # Errors
    /// [`ListError`] if there are none, or one is in a category that `categories`, unless empty, does not name.
    pub fn arrange(mut entries: Vec<Entry>, categories: &[String]) -> Result<Self, ListError> {
        if entries.is_empty() {
            return Err(ListError::Empty);
        }
        let place = |entry: &Entry| categories.iter().position(|c| *c == entry.category);
        if !categories.is_empty() {
            let mut odd = entries.iter().filter(|e| place(e).is_none());
            if let Some(first) = odd.next() {
                return Err(ListError::Category { category: first.category.clone(), count: 1 + odd.count() });
            }
        }
        entries.sort_by(|a, b| {
            let key = |e: &Entry| (place(e), e.level);
            let (pa, la) = key(a);
            let (pb, lb) = key(b);
            pa.cmp(&pb).then_with(|| a.category.cmp(&b.category)).then_with(|| a.subject.cmp(&b.subject)).then(la.cmp(&lb))
        });
        Ok(Self(entries))
    }

    /// A list that is in its order already.
    #[must_use]
    pub fn in_order(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// The entries; the first has place 1.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The categories that occur, in order.
    #[must_use]
    pub fn categories(&self) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        for entry in self.0.iter().filter(|e| !e.category.is_empty()) {
            if seen.last() != Some(&entry.category) && !seen.contains(&entry.category) {
                seen.push(entry.category.clone());
            }
        }
        seen
    }

    /// The text whose digest is signed: the lines of all entries, each closed by a line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for entry in &self.0 {
            text.push('[');
            text.push_str(&entry.line());
            text.push_str("]\n");
        }
        text
    }

    /// SHA-256 of [`PublicList::text`].
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(award: &str, category: &str, level: AwardLevel) -> Entry {
        Entry {
            award: award.into(),
            holder: "李*".into(),
            school: "蓝海大学".into(),
            category: category.into(),
            subject: String::new(),
            work: "“星海”\t1".into(),
            level,
            role: Role::Winner,
        }
    }

    #[test]
    fn the_order_is_the_notices_and_the_text_is_json_line_by_line() {
        use AwardLevel::{First, Grand};
        let entries =
            vec![entry("1", "软件类", First), entry("2", "数字类", Grand), entry("3", "软件类", Grand), entry("4", "软件类", First)];
        let categories = ["软件类".to_owned(), "数字类".to_owned()];
        let list = PublicList::arrange(entries.clone(), &categories).unwrap();
        assert_eq!(list.entries().iter().map(|e| e.award.as_str()).collect::<Vec<_>>(), ["3", "1", "4", "2"]);
        assert_eq!(list.categories(), categories);
        let first = list.text().lines().next().unwrap().to_owned();
        assert_eq!(first, r#"["3","李*","蓝海大学","软件类","","“星海”\t1","grand","winner"]"#);
        assert!(list.text().lines().all(|line| serde_json::from_str::<[String; 8]>(line).is_ok()));
        assert_eq!(list.digest(), Digest::of(list.text().as_bytes()));
        // One more name, another level, another person under the same mask: each gives another digest.
        for changed in [
            [entries.clone(), vec![entry("5", "软件类", First)]].concat(),
            entries.iter().cloned().map(|e| Entry { level: First, ..e }).collect(),
            entries.iter().cloned().map(|e| Entry { award: format!("{}x", e.award), ..e }).collect(),
        ] {
            assert_ne!(PublicList::arrange(changed, &categories).unwrap().digest(), list.digest());
        }
        let odd = PublicList::arrange(entries, &categories[..1]);
        assert_eq!(odd, Err(ListError::Category { category: "数字类".into(), count: 1 }));
        assert_eq!(PublicList::arrange(vec![], &[]), Err(ListError::Empty));
    }
}
