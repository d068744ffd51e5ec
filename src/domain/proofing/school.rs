//! Schools as students choose them: from a list that the operator imports.

use std::str::FromStr;

use crate::domain::text::{fold_search, tidy};

/// A school's code on the list, for instance the five digits of the Ministry of Education.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchoolCode(String);

impl SchoolCode {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SchoolCode {
    type Err = SchoolError;

    fn from_str(text: &str) -> Result<Self, SchoolError> {
        let right = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if right { Ok(Self(text.to_ascii_uppercase())) } else { Err(SchoolError::Code) }
    }
}

/// A school on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Its code.
    pub code: SchoolCode,
    /// Its official name.
    pub name: String,
    /// Where it is; may be empty.
    pub region: String,
}

/// What is wrong with a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SchoolError {
    /// A code that is none.
    #[error("学校代码应为 1 至 20 位字母或数字 / a school's code has 1 to 20 letters or digits")]
    Code,
    /// A name that is none.
    #[error("学校名称应为 2 至 60 字 / a school's name has 2 to 60 characters")]
    Name,
    /// The list has no such school.
    #[error("学校名单中没有这所学校，请从列表中选择全称 / the list has no such school: choose its full name from the list")]
    Unknown,
}

impl School {
    /// The longest name, in characters.
    pub const MAX_NAME: usize = 60;

    /// # Errors
    /// [`SchoolError`] naming the rule that fails.
    pub fn new(code: &str, name: &str, region: &str) -> Result<Self, SchoolError> {
        let name = tidy(name);
        if !(2..=Self::MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(SchoolError::Name);
        }
        Ok(Self { code: tidy(code).parse()?, name, region: tidy(region).chars().take(Self::MAX_NAME).collect() })
    }

    /// What its name is searched by.
    #[must_use]
    pub fn folded(&self) -> String {
        fold_search(&self.name)
    }
}
