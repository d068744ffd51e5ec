//! Amounts of money: whole fen, never a fraction, never less than nothing.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

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

    /// In the capitals of receipts, which no stroke alters: `壹佰伍拾元整`, `壹仟零伍元零叁分`
    /// (正确填写票据和结算凭证的基本规定, People's Bank of China, 1997).
    #[must_use]
    pub fn capitals(self) -> String {
        capitals(self.0)
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

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];

fn capitals(fen: i64) -> String {
    let digit = |n: i64| DIGITS[usize::try_from(n % 10).unwrap_or(0)];
    let (yuan, jiao, rest) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = String::new();
    if yuan > 0 {
        let (upper, lower) = (yuan / 10_000, yuan % 10_000);
        if upper > 0 {
            group(upper, &mut text);
            text.push('万');
            if lower > 0 && lower < 1_000 {
                text.push('零');
            }
        }
        group(lower, &mut text);
        text.push('元');
    }
    match (jiao, rest) {
        (0, 0) if yuan == 0 => text.push_str("零元整"),
        (0, 0) => text.push('整'),
        (0, _) => {
            if yuan > 0 {
                text.push('零');
            }
            text.extend([digit(rest), '分']);
        }
        (_, 0) => text.extend([digit(jiao), '角', '整']),
        _ => text.extend([digit(jiao), '角', digit(rest), '分']),
    }
    text
}

/// Up to four digits: zeros between others are said once, those at the end not at all.
fn group(number: i64, text: &mut String) {
    let mut gap = false;
    let mut begun = false;
    for place in (0..4_u32).rev() {
        let n = number / 10_i64.pow(place) % 10;
        if n == 0 {
            gap = begun;
            continue;
        }
        if gap {
            text.push('零');
        }
        (gap, begun) = (false, true);
        text.push(DIGITS[usize::try_from(n).unwrap_or(0)]);
        text.push_str(PLACES[usize::try_from(place).unwrap_or(0)]);
    }
}

/// A sum of amounts, in fen; some more than a million yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Total(i64);

impl Total {
    /// The number of fen.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// `150.00` in yuan, with `-` before less than nothing.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }

    /// The difference from another sum.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Total {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum<Fen> for Total {
    fn sum<I: Iterator<Item = Fen>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, amount| sum.saturating_add(amount.get())))
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

    #[test]
    fn amounts_in_capitals() {
        for (fen, said) in [
            (0, "零元整"),
            (1, "壹分"),
            (30, "叁角整"),
            (15_000, "壹佰伍拾元整"),
            (100_503, "壹仟零伍元零叁分"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (1_000_000, "壹万元整"),
            (10_708_053, "壹拾万柒仟零捌拾元伍角叁分"),
            (100_000_500, "壹佰万零伍元整"),
            (2_000_100, "贰万零壹元整"),
            (99_999_999, "玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ] {
            assert_eq!(capitals(fen), said, "{fen}");
        }
    }

    #[test]
    fn sums_may_be_less_than_nothing() {
        let two: Total = [Fen(15_000), Fen(15_000)].into_iter().sum();
        assert_eq!((two.yuan(), Total::default().less(two).yuan()), ("300.00".to_owned(), "-300.00".to_owned()));
    }
}
