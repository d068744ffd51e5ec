//! Certificate numbers: what is printed, by which pattern it is made, and how a person's typing is understood.

use std::fmt;
use std::str::FromStr;

use super::text::fold_code;

/// Shortest and longest number that any pattern may give.
pub const LENGTH: std::ops::RangeInclusive<usize> = 6..=32;

/// A certificate number in its one canonical spelling: 6 to 32 characters of `A`–`Z` and `0`–`9`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateNumber(String);

/// Why a text is no certificate number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Shorter or longer than any number can be.
    #[error("证书编号应为 6 至 32 位，实际 {0} 位 / a certificate number has 6 to 32 characters, this has {0}")]
    Length(usize),
    /// A character that no number has.
    #[error("证书编号只含字母和数字，不含“{0}” / a certificate number has letters and digits only, not “{0}”")]
    Character(char),
}

impl CertificateNumber {
    /// Understands full-width and lower-case letters, spaces and hyphens.
    ///
    /// # Errors
    /// [`NumberError`] if what remains is no number.
    pub fn parse_typed(typed: &str) -> Result<Self, NumberError> {
        fold_code(typed).parse()
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CertificateNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if let Some(c) = text.chars().find(|c| !(c.is_ascii_uppercase() || c.is_ascii_digit())) {
            return Err(NumberError::Character(c));
        }
        if !LENGTH.contains(&text.len()) {
            return Err(NumberError::Length(text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A series of numbers: what fills `{series}` and `{year}` of its pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    pattern: Pattern,
    series: u32,
    year: u16,
}

/// Why a series cannot give a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// The series number has more digits than the pattern's place for it.
    #[error("系列号 {series} 超出编号规则 {pattern} 的位数 / series {series} does not fit the pattern {pattern}")]
    SeriesTooLarge {
        /// The series number asked for.
        series: u32,
        /// The pattern's text.
        pattern: String,
    },
    /// Every number of the series has been given, or fewer remain than were asked for.
    #[error(
        "编号系列 {id} 已用到 {used}，容量 {capacity}，还需 {wanted} 个 / series {id} has given {used} of {capacity} numbers, {wanted} more are wanted"
    )]
    Full {
        /// The series.
        id: String,
        /// Numbers given so far.
        used: u64,
        /// Numbers that the pattern can give.
        capacity: u64,
        /// Numbers asked for.
        wanted: u64,
    },
}

impl Series {
    /// # Errors
    /// [`SeriesError::SeriesTooLarge`] if `series` has more digits than the pattern leaves for it.
    pub fn new(pattern: Pattern, series: u32, year: u16) -> Result<Self, SeriesError> {
        for part in &pattern.parts {
            if let Part::Series(width) = part
                && u64::from(series) >= 10u64.pow(u32::from(*width))
            {
                return Err(SeriesError::SeriesTooLarge { series, pattern: pattern.to_string() });
            }
        }
        Ok(Self { pattern, series, year })
    }

    /// The key under which the registry counts: the pattern with everything but the sequence filled in, for instance
    /// `GXRCPJ0332020{seq:5}`.
    #[must_use]
    pub fn id(&self) -> String {
        self.fill(|width, out| out.push_str(&format!("{{seq:{width}}}")))
    }

    /// How many numbers the series has. The first is 0 or 1 as the pattern says; see [`Series::number`].
    #[must_use]
    pub fn capacity(&self) -> u64 {
        10u64.pow(u32::from(self.pattern.seq_width())) - 1
    }

    /// The number with sequence `seq`, counted from 1.
    ///
    /// # Errors
    /// [`SeriesError::Full`] if `seq` is 0 or past the capacity.
    pub fn number(&self, seq: u64) -> Result<CertificateNumber, SeriesError> {
        self.check_room(seq.saturating_sub(1), u64::from(seq > 0))?;
        if seq == 0 {
            return Err(SeriesError::Full { id: self.id(), used: 0, capacity: self.capacity(), wanted: 0 });
        }
        Ok(CertificateNumber(self.fill(|width, out| out.push_str(&format!("{seq:0width$}", width = usize::from(width))))))
    }

    /// Whether `wanted` more numbers fit after `used`.
    ///
    /// # Errors
    /// [`SeriesError::Full`] if not.
    pub fn check_room(&self, used: u64, wanted: u64) -> Result<(), SeriesError> {
        if used.saturating_add(wanted) > self.capacity() {
            return Err(SeriesError::Full { id: self.id(), used, capacity: self.capacity(), wanted });
        }
        Ok(())
    }

    fn fill(&self, seq: impl Fn(u8, &mut String)) -> String {
        let mut out = String::new();
        for part in &self.pattern.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Series(width) => out.push_str(&format!("{:0width$}", self.series, width = usize::from(*width))),
                Part::Year => out.push_str(&format!("{:04}", self.year)),
                Part::Seq(width) => seq(*width, &mut out),
            }
        }
        out
    }
}

/// How an issuer's numbers are made, for instance `GXRCPJ{series:3}{year}{seq:5}`.
///
/// Literals are `A`–`Z` and `0`–`9`; `{series:N}` and `{seq:N}` take N digits, `{year}` four; `{seq}` occurs once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    Literal(String),
    Series(u8),
    Year,
    Seq(u8),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A literal character outside `A`–`Z`, `0`–`9`.
    #[error("编号规则的固定部分只含 A–Z 和 0–9，不含“{0}” / a pattern's fixed part has A–Z and 0–9 only, not “{0}”")]
    Literal(char),
    /// A placeholder that is not `{series:N}`, `{year}` or `{seq:N}`.
    #[error("无法识别的占位符“{{{0}}}”，可用 {{series:N}}、{{year}}、{{seq:N}} / unknown placeholder “{{{0}}}”")]
    Placeholder(String),
    /// `{seq:N}` missing or twice.
    #[error("编号规则须恰有一个 {{seq:N}} / a pattern has exactly one {{seq:N}}")]
    Sequence,
    /// The numbers would be shorter or longer than [`LENGTH`].
    #[error("编号总长 {0} 位，应为 6 至 32 位 / the numbers would have {0} characters; 6 to 32 are allowed")]
    Length(usize),
}

/// What a pattern has in one place of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// This letter or digit in every number.
    Fixed(char),
    /// A digit of the year of issue, counted from 0.
    Year(u8),
    /// Any digit.
    Digit,
}

impl Pattern {
    /// The form of its numbers, place by place: what anyone sees who has two of them.
    #[must_use]
    pub fn slots(&self) -> Vec<Slot> {
        let places = |part: &Part| match part {
            Part::Literal(text) => text.chars().map(Slot::Fixed).collect(),
            Part::Year => (0..4).map(Slot::Year).collect(),
            Part::Series(width) | Part::Seq(width) => vec![Slot::Digit; usize::from(*width)],
        };
        self.parts.iter().flat_map(places).collect()
    }

    fn seq_width(&self) -> u8 {
        self.parts.iter().find_map(|p| if let Part::Seq(w) = p { Some(*w) } else { None }).unwrap_or(1)
    }

    fn length(&self) -> usize {
        self.parts
            .iter()
            .map(|p| match p {
                Part::Literal(text) => text.len(),
                Part::Series(w) | Part::Seq(w) => usize::from(*w),
                Part::Year => 4,
            })
            .sum()
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('{') {
                let (name, after) = inner.split_once('}').ok_or_else(|| PatternError::Placeholder(inner.to_owned()))?;
                parts.push(placeholder(name)?);
                rest = after;
            } else {
                let end = rest.find('{').unwrap_or(rest.len());
                let (literal, after) = rest.split_at(end);
                if let Some(c) = literal.chars().find(|c| !(c.is_ascii_uppercase() || c.is_ascii_digit())) {
                    return Err(PatternError::Literal(c));
                }
                parts.push(Part::Literal(literal.to_owned()));
                rest = after;
            }
        }
        if parts.iter().filter(|p| matches!(p, Part::Seq(_))).count() != 1 {
            return Err(PatternError::Sequence);
        }
        let pattern = Self { parts };
        if !LENGTH.contains(&pattern.length()) {
            return Err(PatternError::Length(pattern.length()));
        }
        Ok(pattern)
    }
}

fn placeholder(name: &str) -> Result<Part, PatternError> {
    let unknown = || PatternError::Placeholder(name.to_owned());
    let width = |text: &str| match text.as_bytes() {
        [digit @ b'1'..=b'9'] => Ok(digit - b'0'),
        _ => Err(unknown()),
    };
    match name.split_once(':') {
        None if name == "year" => Ok(Part::Year),
        Some(("series", w)) => width(w).map(Part::Series),
        Some(("seq", w)) => width(w).map(Part::Seq),
        _ => Err(unknown()),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Series(w) => write!(f, "{{series:{w}}}")?,
                Part::Year => f.write_str("{year}")?,
                Part::Seq(w) => write!(f, "{{seq:{w}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notice_series() -> Series {
        Series::new("GXRCPJ{series:3}{year}{seq:5}".parse().unwrap(), 33, 2020).unwrap()
    }

    #[test]
    fn the_number_in_the_notice() {
        let number = notice_series().number(19).unwrap();
        assert_eq!(number.as_str(), "GXRCPJ033202000019");
        assert_eq!(notice_series().id(), "GXRCPJ0332020{seq:5}");
        for typed in
            ["ＧＸＲＣＰＪ０３３２０２００００１９", "gxrcpj 0332020 00019", "GXRCPJ-033-2020-00019", " gxrcpj033202000019\u{3000}"]
        {
            assert_eq!(CertificateNumber::parse_typed(typed), Ok(number.clone()), "{typed}");
        }
    }

    #[test]
    fn a_full_series_is_an_error() {
        let series = Series::new("ABCDE{seq:1}".parse().unwrap(), 0, 2024).unwrap();
        assert_eq!(series.number(9).unwrap().as_str(), "ABCDE9");
        assert!(matches!(series.number(10), Err(SeriesError::Full { used: 9, capacity: 9, wanted: 1, .. })));
        assert!(series.number(0).is_err());
        assert!(series.check_room(3, 7).is_err());
    }

    #[test]
    fn bad_patterns() {
        let parse = |t: &str| t.parse::<Pattern>().unwrap_err();
        assert_eq!(parse("abc{seq:5}"), PatternError::Literal('a'));
        assert_eq!(parse("ABC{seq}"), PatternError::Placeholder("seq".into()));
        assert_eq!(parse("ABC{day:2}{seq:5}"), PatternError::Placeholder("day:2".into()));
        assert_eq!(parse("ABCDEF"), PatternError::Sequence);
        assert_eq!(parse("A{seq:1}"), PatternError::Length(2));
        assert!(matches!(Series::new("A{series:2}{seq:5}".parse().unwrap(), 100, 2024), Err(SeriesError::SeriesTooLarge { .. })));
    }

    proptest! {
        #[test]
        fn printing_is_the_inverse_of_parsing(text in "[A-Z0-9]{6,32}") {
            prop_assert_eq!(text.parse::<CertificateNumber>().unwrap().to_string(), text);
        }

        #[test]
        fn typed_text_never_panics(text in any::<String>()) {
            if let Ok(number) = CertificateNumber::parse_typed(&text) {
                prop_assert_eq!(CertificateNumber::parse_typed(number.as_str()), Ok(number));
            }
        }

        #[test]
        fn patterns_print_back(text in "[A-Z]{2,6}(\\{series:[1-4]\\})?(\\{year\\})?\\{seq:[4-7]\\}") {
            prop_assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }
}
