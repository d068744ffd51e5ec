//! Amounts of money: whole fen, never a fraction, never less than nothing.

use std::fmt;

use super::text::{half_width, tidy};

/// An amount in fen, a hundredth of a yuan, up to [`Fen::MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(i64);

/// No amount that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "金额应在 0 至 1000000 元之间，最多两位小数，例如 150 或 150.00 / an amount is 0 to 1000000 yuan with at most two decimals, such as 150.00"
)]
pub struct FenError;

impl Fen {
    /// Nothing to pay.
    pub const ZERO: Self = Self(0);
    /// A million yuan.
    pub const MAX: Self = Self(100_000_000);

    /// # Errors
    /// [`FenError`] below zero or above [`Fen::MAX`].
    pub fn new(fen: i64) -> Result<Self, FenError> {
        if (0..=Self::MAX.0).contains(&fen) { Ok(Self(fen)) } else { Err(FenError) }
    }

    /// Reads yuan as people type them: `150`, `150.5`, `¥150.00`, `150元`, full-width digits too.
    ///
    /// # Errors
    /// [`FenError`].
    pub fn parse_yuan(typed: &str) -> Result<Self, FenError> {
        let text: String = tidy(typed).chars().map(half_width).filter(|c| !matches!(c, ' ' | ',')).collect();
        let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元');
        let (yuan, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(yuan) || !digits(part) || yuan.len() > 9 || part.len() > 2 {
            return Err(FenError);
        }
        let (yuan, part): (i64, i64) = (yuan.parse().map_err(|_| FenError)?, format!("{part:0<2}").parse().map_err(|_| FenError)?);
        Self::new(yuan * 100 + part)
    }

    /// The number of fen.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// Whether there is nothing to pay.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left after `other` is taken off; nothing if it is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }

    /// As a form shows it: `150.00`.
    #[must_use]
    pub fn yuan(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// `¥150.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "¥{}", self.yuan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_type_them() {
        for (typed, fen) in
            [("150", 15_000), ("150.00", 15_000), ("￥１５０．５", 15_050), (" 0.01 元", 1), ("1,000", 100_000), ("1000000", 100_000_000)]
        {
            assert_eq!(Fen::parse_yuan(typed).map(Fen::get), Ok(fen), "{typed}");
        }
        for bad in ["", "-1", "1.234", "一百", "1000000.01", "1.", ".5", "1e3", "99999999999"] {
            assert_eq!(Fen::parse_yuan(bad), Err(FenError), "{bad}");
        }
        assert_eq!(Fen::new(15_000).unwrap().to_string(), "¥150.00");
        assert_eq!(Fen::new(-1), Err(FenError));
        assert_eq!(Fen::ZERO.less(Fen::MAX), Fen::ZERO);
    }
}
