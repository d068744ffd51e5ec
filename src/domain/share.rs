//! A holder's own words and times for a link that shows a certificate to one reader.

use std::fmt;

use super::text::tidy;
use super::time::Instant;

/// The longest purpose in characters.
pub const MAX_PURPOSE: usize = 60;

/// What a link is for, as the holder says it: 1 to 60 characters on one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Purpose(String);

/// Why a text is no purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PurposeError {
    /// Nothing but white space.
    #[error("请填写用途 / say what the link is for")]
    Empty,
    /// More than [`MAX_PURPOSE`] characters.
    #[error("用途有 {0} 个字，最多 60 个 / the purpose has {0} characters; 60 are the most")]
    TooLong(usize),
    /// A character that nobody sees.
    #[error("用途含有不可见的控制字符 / the purpose has a control character")]
    Control,
}

impl Purpose {
    /// # Errors
    /// [`PurposeError`] naming the rule that fails.
    pub fn parse(typed: &str) -> Result<Self, PurposeError> {
        let text = tidy(typed);
        let length = text.chars().count();
        if text.chars().any(char::is_control) {
            return Err(PurposeError::Control);
        }
        match length {
            0 => Err(PurposeError::Empty),
            1..=MAX_PURPOSE => Ok(Self(text)),
            _ => Err(PurposeError::TooLong(length)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It may name an employer: elided.
impl fmt::Debug for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Purpose([elided])")
    }
}

/// For how long a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// 1 day.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl Span {
    /// From the shortest to the longest.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Whole days of 24 hours.
    #[must_use]
    pub fn days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// The span of so many days.
    #[must_use]
    pub fn of_days(days: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.days() == days)
    }

    /// The first instant at which a link made at `from` no longer opens.
    #[must_use]
    pub fn end(self, from: Instant) -> Instant {
        from.plus_millis(i64::from(self.days()) * 86_400_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_one_line_of_at_most_sixty_characters() {
        assert_eq!(Purpose::parse(" 入职\n 某公司 ").unwrap().as_str(), "入职 某公司");
        assert_eq!(Purpose::parse(" \u{200b}\u{3000}"), Err(PurposeError::Empty));
        assert!(Purpose::parse(&"入".repeat(60)).is_ok());
        assert_eq!(Purpose::parse(&"入".repeat(61)), Err(PurposeError::TooLong(61)));
        assert_eq!(Purpose::parse("a\u{7}b"), Err(PurposeError::Control));
        assert_eq!(format!("{:?}", Purpose::parse("入职").unwrap()), "Purpose([elided])");
    }

    #[test]
    fn spans_are_days() {
        let now = Instant::from_millis(0).unwrap();
        assert_eq!(Span::ALL.map(Span::days), [1, 7, 30, 90]);
        assert_eq!(Span::Week.end(now).millis(), 7 * 86_400_000);
        assert_eq!((Span::of_days(30), Span::of_days(31)), (Some(Span::Month), None));
    }
}
