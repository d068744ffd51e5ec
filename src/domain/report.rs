//! A mistake that a holder reports about a certificate of theirs.

use serde::{Deserialize, Serialize};

use super::award::MAX_FACT_CHARS;
use super::name::{NameError, PersonName};
use super::text::tidy;

/// The most characters of what a holder says besides.
pub const MAX_TEXT: usize = 500;

/// What is wrong: at least one of the facts with how it should be, or a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// The name as it should be.
    pub name: Option<PersonName>,
    /// The school as it should be.
    pub school: Option<String>,
    /// What else there is to say.
    pub text: String,
}

/// Why a report is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Nothing is said.
    #[error("请填写正确的姓名、学校，或说明哪里有误 / say the right name or school, or what is wrong")]
    Empty,
    /// The name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The school is too long.
    #[error("学校名称有 {0} 字，最多 120 字 / the school has {0} characters; 120 are the most")]
    School(usize),
    /// The text is too long.
    #[error("说明有 {0} 字，最多 500 字 / the text has {0} characters; 500 are the most")]
    Text(usize),
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    name: Option<String>,
    school: Option<String>,
    text: String,
}

impl Report {
    /// Reads the form; what is empty is right as it stands.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn parse(name: &str, school: &str, text: &str) -> Result<Self, ReportError> {
        let (name, school) = (tidy(name), tidy(school));
        let name = if name.is_empty() { None } else { Some(PersonName::parse(&name)?) };
        let text = text.trim().replace("\r\n", "\n");
        match (school.chars().count(), text.chars().count()) {
            (n, _) if n > MAX_FACT_CHARS => Err(ReportError::School(n)),
            (_, n) if n > MAX_TEXT => Err(ReportError::Text(n)),
            (0, 0) if name.is_none() => Err(ReportError::Empty),
            _ => Ok(Self { name, school: (!school.is_empty()).then_some(school), text }),
        }
    }

    /// The text that is sealed.
    #[must_use]
    pub fn write(&self) -> String {
        let written = Written { name: self.name.as_ref().map(ToString::to_string), school: self.school.clone(), text: self.text.clone() };
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// The inverse of [`Report::write`].
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let written: Written = serde_json::from_str(text).ok()?;
        Self::parse(&written.name.unwrap_or_default(), &written.school.unwrap_or_default(), &written.text).ok()
    }
}

/// It is private: `Debug` shows nothing of it.
impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Report([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_something_and_comes_back_as_it_was_written() {
        let report = Report::parse(" 欧阳　娜娜 ", "", " 姓名少一个字\r\n谢谢 ").unwrap();
        assert_eq!(
            (report.name.as_ref().unwrap().as_str(), &report.school, report.text.as_str()),
            ("欧阳娜娜", &None, "姓名少一个字\n谢谢")
        );
        assert_eq!(Report::read(&report.write()), Some(report));
        assert_eq!(Report::parse(" ", "\u{3000}", " "), Err(ReportError::Empty));
        assert_eq!(Report::parse("", &"大".repeat(121), ""), Err(ReportError::School(121)));
        assert_eq!(Report::parse("", "", &"错".repeat(501)), Err(ReportError::Text(501)));
        assert!(matches!(Report::parse("李明1", "", ""), Err(ReportError::Name(_))));
    }
}
