//! Money in fen (分), the hundredth of a yuan: whole numbers alone, so that nothing is ever rounded on its way.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use super::text::half_width;

/// An amount from nothing to one million yuan, in fen. Fees of this service are some hundred yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fen(u32);

/// Why a text or a number is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenError {
    /// The text is no amount in yuan.
    #[error("金额应如 150 或 150.00（元） / an amount is written 150 or 150.00, in yuan")]
    Form,
    /// More than a million yuan, or less than nothing.
    #[error("金额应为 0 至 1,000,000.00 元 / an amount is from 0 to 1,000,000.00 yuan")]
    Range,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One million yuan.
    pub const MOST: Self = Self(100_000_000);

    /// So many fen.
    ///
    /// # Errors
    /// [`FenError::Range`].
    pub fn new(fen: i64) -> Result<Self, FenError> {
        match u32::try_from(fen) {
            Ok(fen) if fen <= Self::MOST.0 => Ok(Self(fen)),
            _ => Err(FenError::Range),
        }
    }

    /// Reads yuan as people write them: `150`, `150.5`, `150.00`, `¥1,500.00`, in full-width characters too.
    ///
    /// # Errors
    /// [`FenError`].
    pub fn parse_yuan(typed: &str) -> Result<Self, FenError> {
        let folded: String = typed.trim().chars().take(40).map(half_width).collect();
        let bare = folded.trim_start_matches(['¥', '\u{FFE5}']).trim_end_matches('元').trim();
        let (yuan, fraction) = bare.split_once('.').unwrap_or((bare, ""));
        let whole = grouped(yuan).ok_or(FenError::Form)?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let fraction: i64 = match fraction.len() {
            0 if !bare.ends_with('.') => 0,
            1 if digits(fraction) => 10 * fraction.parse::<i64>().map_err(|_| FenError::Form)?,
            2 if digits(fraction) => fraction.parse().map_err(|_| FenError::Form)?,
            _ => return Err(FenError::Form),
        };
        Self::new(whole.checked_mul(100).and_then(|fen| fen.checked_add(fraction)).ok_or(FenError::Range)?)
    }

    /// The number of fen.
    #[must_use]
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left after `less`, or nothing.
    #[must_use]
    pub fn less(self, less: Self) -> Self {
        Self(self.0.saturating_sub(less.0))
    }

    /// `150.00`, in yuan.
    #[must_use]
    pub fn yuan(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }

    /// In the capitals of receipts, which cannot be altered by a stroke: `壹佰伍拾元整`, `壹仟零伍元零叁分`
    /// (正确填写票据和结算凭证的基本规定, People's Bank of China, 1997).
    #[must_use]
    pub fn capitals(self) -> String {
        capitals(self.0)
    }
}

/// Digits, perhaps with commas before each three from the right.
fn grouped(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(',').collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = parts.len() == 1 || (parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3));
    if fits && parts.iter().all(|part| digits(part)) { parts.concat().parse().ok() } else { None }
}

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];

fn capitals(fen: u32) -> String {
    let digit = |n: u32| DIGITS[usize::try_from(n % 10).unwrap_or(0)];
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
fn group(number: u32, text: &mut String) {
    let mut gap = false;
    let mut begun = false;
    for place in (0..4_u32).rev() {
        let n = number / 10_u32.pow(place) % 10;
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

/// `¥150.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "¥{}", self.yuan())
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
    fn amounts_are_read_as_people_write_them() {
        for (typed, fen) in
            [("150", 15_000), ("150.00", 15_000), (" ¥1,500.5 ", 150_050), ("０．０１", 1), ("0", 0), ("￥20元", 2_000), ("1000000.00", 100_000_000)]
        {
            assert_eq!(Fen::parse_yuan(typed).map(Fen::get), Ok(fen), "{typed}");
        }
        for bad in ["", "-1", "1.", "1.234", "1,50", "1e3", "abc", ".5", "1 000"] {
            assert_eq!(Fen::parse_yuan(bad), Err(FenError::Form), "{bad}");
        }
        assert_eq!(Fen::parse_yuan("1000000.01"), Err(FenError::Range));
        assert_eq!(Fen::parse_yuan("99999999999999999"), Err(FenError::Range));
        assert_eq!(Fen::new(-1), Err(FenError::Range));
        let fee = Fen::new(15_000).unwrap();
        assert_eq!((fee.to_string(), fee.yuan(), fee.less(Fen::MOST)), ("¥150.00".to_owned(), "150.00".to_owned(), Fen::ZERO));
        let two: Total = [fee, fee].into_iter().sum();
        assert_eq!((two.yuan(), Total::default().less(two).yuan()), ("300.00".to_owned(), "-300.00".to_owned()));
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
}
