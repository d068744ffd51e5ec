//! Names of people.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use super::text::{is_han, is_invisible, tidy};

/// The longest name in characters; longer ones are a slip of the list, not a name.
pub const MAX_CHARS: usize = 64;

/// A person's name as it is printed: tidy spaces, the middle dot of minority names always U+00B7.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonName(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("姓名为空 / the name is empty")]
    Empty,
    /// More than [`MAX_CHARS`] characters.
    #[error("姓名有 {0} 个字符，最多 64 个 / the name has {0} characters; 64 are the most")]
    TooLong(usize),
    /// A digit, a symbol or a control character.
    #[error("姓名含有不应出现的字符“{0}” / a name does not contain “{0}”")]
    Character(char),
}

impl PersonName {
    /// Reads a name as lists write it: any spaces, any form of middle dot.
    ///
    /// # Errors
    /// [`NameError`] naming the rule that fails.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let mut name: String = tidy(typed).chars().map(canonical_char).collect();
        // Two Han characters padded with a space ("李　明") are one name; Latin names keep their spaces.
        if name.chars().all(|c| is_han(c) || c == ' ') {
            name.retain(|c| c != ' ');
        }
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        let length = name.chars().count();
        if length > MAX_CHARS {
            return Err(NameError::TooLong(length));
        }
        match name.chars().find(|c| !allowed(*c)) {
            Some(c) => Err(NameError::Character(c)),
            None if !name.chars().any(char::is_alphabetic) => Err(NameError::Empty),
            None => Ok(Self(name)),
        }
    }

    /// The name as printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the public may see of a name: a star for each character but the last; of a name of two the first stays
    /// (`李*`, `**娜`). Latin names keep the last letter of the last word.
    #[must_use]
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        if let [first, _] = chars[..] {
            return format!("{first}*");
        }
        let last = chars.len() - 1;
        let star = |(i, c): (usize, &char)| if i == last || matches!(c, ' ' | '·' | '-') { *c } else { '*' };
        chars.iter().enumerate().map(star).collect()
    }

    /// Whether a name typed by a verifier is this one: spaces, dots, hyphens and commas of every kind, width, case, and how Unicode
    /// writes a character aside. Every letter counts, marks and order included.
    #[must_use]
    pub fn matches_typed(&self, typed: &str) -> bool {
        let bounded: String = typed.chars().take(4 * MAX_CHARS).collect();
        let key = compared(&bounded);
        !key.is_empty() && key == compared(&self.0)
    }
}

impl PersonName {
    /// What two spellings of one name have in common: for keyed hashes by which a name is found.
    #[must_use]
    pub fn search_key(&self) -> String {
        compared(&self.0)
    }
}

/// What of a name is compared. NFKC makes full-width letters and compatibility ideographs the usual ones (UAX #15).
fn compared(name: &str) -> String {
    let between = |c: char| {
        c.is_whitespace()
            || is_invisible(c)
            || matches!(canonical_char(c), '·' | '-' | '\'' | '.' | ',' | '\u{2010}'..='\u{2015}' | '、' | '。')
    };
    let letters = name.nfkc().filter(|c| !between(*c));
    letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

fn canonical_char(c: char) -> char {
    match super::text::half_width(c) {
        '\u{30FB}' | '\u{2022}' | '\u{2027}' | '\u{FF65}' | '\u{2219}' | '\u{22C5}' | '\u{0387}' | '\u{FF0E}' | '\u{16EB}' => '·',
        '\u{2019}' | '\u{02BC}' | '\u{2018}' => '\'',
        other => other,
    }
}

fn allowed(c: char) -> bool {
    c.is_alphabetic() || is_han(c) || is_mark(c) || matches!(c, ' ' | '·' | '-' | '\'' | '.' | ',')
}

/// Combining marks that NFC has no composed letter for.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_field() {
        for (typed, printed) in [
            ("李明", "李明"),
            (" 李　明 ", "李明"),
            ("阿卜杜热合曼・麦麦提依明", "阿卜杜热合曼·麦麦提依明"),
            ("Müller-Nguyễn  Thị Ánh", "Müller-Nguyễn Thị Ánh"),
            ("𬭎𬱖", "𬭎𬱖"),
            ("O’Brien, Seán Jr.", "O'Brien, Seán Jr."),
        ] {
            assert_eq!(PersonName::parse(typed).unwrap().as_str(), printed);
        }
        assert_eq!(PersonName::parse(" \u{3000}"), Err(NameError::Empty));
        assert_eq!(PersonName::parse("·"), Err(NameError::Empty));
        assert_eq!(PersonName::parse("李明1"), Err(NameError::Character('1')));
        assert_eq!(PersonName::parse("#N/A"), Err(NameError::Character('#')));
        assert_eq!(PersonName::parse(&"李".repeat(65)), Err(NameError::TooLong(65)));
    }

    #[test]
    fn masks() {
        let masked = |n: &str| PersonName::parse(n).unwrap().masked();
        assert_eq!(masked("李明"), "李*");
        assert_eq!(masked("欧阳娜娜"), "***娜");
        assert_eq!(masked("阿卜杜·麦麦提"), "***·**提");
        assert_eq!(masked("Li Na"), "** *a");
    }

    #[test]
    fn a_verifier_types_loosely() {
        let name = PersonName::parse("阿卜杜热合曼·麦麦提依明").unwrap();
        assert!(name.matches_typed("阿卜杜热合曼 麦麦提依明"));
        assert!(PersonName::parse("Müller-Nguyễn").unwrap().matches_typed("müller nguyễn"));
        assert!(!name.matches_typed("李明"));
        for typed in
            ["阿卜杜热合曼・麦麦提依明", "阿卜杜热合曼•麦麦提依明", " 阿卜杜热合曼\u{3000}麦麦提依明\u{200B}", "阿卜杜热合曼.麦麦提依明"]
        {
            assert!(name.matches_typed(typed), "{typed}");
        }
        let name = PersonName::parse("Müller-Nguyễn Thị Ánh").unwrap();
        for typed in ["ＭÜLLER－ＮＧＵＹỄＮ Ｔｈị ánh", "mu\u{308}ller nguyễn, thị ánh", "Müller–Nguyễn Thị A\u{301}nh"]
        {
            assert!(name.matches_typed(typed), "{typed}");
        }
        for typed in ["Muller-Nguyen Thi Anh", "Müller-Nguyễn Thị", "Thị Ánh Müller-Nguyễn", "Müller-Nguyễn Thị Ánh 1", "", "·-"]
        {
            assert!(!name.matches_typed(typed), "{typed}");
        }
        // The same ideograph as a compatibility character, and as the one of the list.
        assert!(PersonName::parse("\u{9686}明").unwrap().matches_typed("\u{F9DC}明"));
        assert!(!PersonName::parse("李明").unwrap().matches_typed("李朋"));
    }

    proptest! {
        #[test]
        fn printing_is_the_inverse_of_parsing(typed in any::<String>()) {
            if let Ok(name) = PersonName::parse(&typed) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(name.masked().chars().count(), name.as_str().chars().count());
            }
        }
    }
}
