//! What many certificates have in common, so that their codes need not say it: `docs/qr-code.md`.
//!
//! A heading needs no trust of its own: what is signed are all the facts, and with another heading the signature fails.

use std::collections::HashMap;

use ciborium::Value;
use jiff::civil::Date;

use super::award::CertificateKind;
use super::digest::Digest;
use super::name::PersonName;
use super::number::CertificateNumber;
use super::qr_claims::{QrClaims, days_of};

/// Digits of a number that a code can carry: seven fit three bytes.
pub const MOST_DIGITS: usize = 7;
/// The format's version, the array's first element.
const VERSION: i64 = 1;

/// Names a heading in a code: the first bytes of its digest. Several may share one.
pub type Mark = [u8; 4];

/// The facts that a code leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Heading {
    /// The name of the key that proves.
    pub proof_key: [u8; 4],
    /// Award or ability certificate.
    pub kind: CertificateKind,
    /// What stands in the number before the digits that differ.
    pub before: String,
    /// How many digits differ: at most [`MOST_DIGITS`].
    pub width: u8,
    /// What stands behind them.
    pub after: String,
    /// What is certified, in one phrase.
    pub achievement: String,
    /// The short name of the contest or programme.
    pub programme: String,
    /// The day of issue in Beijing.
    pub issued_on: Date,
}

impl Heading {
    /// The heading over `claims` when `proof_key` proves them, and the digits that it leaves to the code, as a number.
    #[must_use]
    pub fn over(claims: &QrClaims, proof_key: [u8; 4]) -> (Self, u32) {
        let (before, digits, after) = parted(claims.number.as_str());
        let heading = Self {
            proof_key,
            kind: claims.kind,
            before: before.to_owned(),
            width: u8::try_from(digits.len()).unwrap_or(0),
            after: after.to_owned(),
            achievement: claims.achievement.clone(),
            programme: claims.programme.clone(),
            issued_on: claims.issued_on,
        };
        (heading, digits.parse().unwrap_or(0))
    }

    /// The facts of the certificate with these digits and this holder; `None` if the digits do not fit.
    #[must_use]
    pub fn claims(&self, digits: u32, holder: PersonName) -> Option<QrClaims> {
        let width = usize::from(self.width);
        let written = if width == 0 { String::new() } else { format!("{digits:0width$}") };
        let fits = if width == 0 { digits == 0 } else { written.len() == width };
        let number: CertificateNumber = format!("{}{written}{}", self.before, self.after).parse().ok().filter(|_| fits)?;
        Some(QrClaims {
            number,
            kind: self.kind,
            holder,
            achievement: self.achievement.clone(),
            programme: self.programme.clone(),
            issued_on: self.issued_on,
            claims_digest: None,
        })
    }

    /// Whether a number is parted as this heading parts it.
    #[must_use]
    pub fn parts(&self, number: &CertificateNumber) -> bool {
        let (before, digits, after) = parted(number.as_str());
        (before, digits.len(), after) == (self.before.as_str(), self.width.into(), self.after.as_str())
    }

    /// Names it among all others.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Names it in a code.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let [a, b, c, d, ..] = *self.digest().as_bytes();
        [a, b, c, d]
    }

    /// Deterministic CBOR (RFC 8949, 4.2.1): an array of nine.
    fn to_bytes(&self) -> Vec<u8> {
        let value = Value::Array(vec![
            Value::from(VERSION),
            Value::Bytes(self.proof_key.to_vec()),
            Value::from(self.kind.ordinal()),
            Value::from(self.before.as_str()),
            Value::from(self.width),
            Value::from(self.after.as_str()),
            Value::from(self.achievement.as_str()),
            Value::from(self.programme.as_str()),
            Value::from(days_of(self.issued_on)),
        ]);
        let mut out = Vec::with_capacity(96);
        // Writing to memory cannot fail; without it no code would find the heading.
        if ciborium::into_writer(&value, &mut out).is_err() {
            out.clear();
        }
        out
    }
}

/// The last digits, at most seven, of the longest run of digits, of two as long the later: before, they, behind.
fn parted(number: &str) -> (&str, &str, &str) {
    let mut longest = number.len()..number.len();
    let mut start = 0;
    for (at, character) in number.char_indices() {
        if !character.is_ascii_digit() {
            start = at + character.len_utf8();
        } else if at + 1 - start >= longest.len() {
            longest = start..at + 1;
        }
    }
    let from = longest.start.max(longest.end.saturating_sub(MOST_DIGITS));
    (&number[..from], &number[from..longest.end], &number[longest.end..])
}

/// Headings to be found by their marks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headings {
    by_mark: HashMap<Mark, Vec<Heading>>,
}

impl Headings {
    /// Those with the mark.
    #[must_use]
    pub fn of(&self, mark: Mark) -> &[Heading] {
        self.by_mark.get(&mark).map_or(&[], Vec::as_slice)
    }
}

impl FromIterator<Heading> for Headings {
    fn from_iter<I: IntoIterator<Item = Heading>>(headings: I) -> Self {
        let mut by_mark: HashMap<Mark, Vec<Heading>> = HashMap::new();
        for heading in headings {
            by_mark.entry(heading.mark()).or_default().push(heading);
        }
        Self { by_mark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims};
    use jiff::civil::date;
    use proptest::prelude::*;

    fn printed() -> [QrClaims; 2] {
        [award_claims(), ability_claims()].map(|claims| QrClaims::of(&claims).printed())
    }

    #[test]
    fn a_number_is_parted_at_the_digits_that_differ() {
        for (number, wanted) in [
            ("GXRCPJ033202000019", ("GXRCPJ03320", "2000019", "")),
            ("LH14202600003", ("LH1420", "2600003", "")),
            ("AB0001X2026", ("AB0001X", "2026", "")),
            ("AB00001X2026", ("AB", "00001", "X2026")),
            ("A1B2C3", ("A1B2C", "3", "")),
            ("ABCDEF", ("ABCDEF", "", "")),
            ("1234567890", ("123", "4567890", "")),
        ] {
            assert_eq!(parted(number), wanted, "{number}");
        }
    }

    #[test]
    fn its_bytes_are_as_described() {
        let heading = Heading {
            proof_key: [0x1d, 0x0f, 0x3c, 0x52],
            kind: CertificateKind::Award,
            before: "LH1420".into(),
            width: 7,
            after: String::new(),
            achievement: "一等奖".into(),
            programme: "蓝海杯".into(),
            issued_on: date(2026, 11, 26),
        };
        let texts = ["一等奖", "蓝海杯"].map(|text| [&[0x69], text.as_bytes()].concat()).concat();
        // 20,783 days.
        let wanted = [&b"\x89\x01\x44\x1d\x0f\x3c\x52\x00\x66LH1420\x07\x60"[..], &texts, &[0x19, 0x51, 0x2f]].concat();
        assert_eq!(heading.to_bytes(), wanted);
        assert_eq!(heading.mark(), Digest::of(&wanted).as_bytes()[..4]);
        let headings = Headings::from_iter([heading.clone(), Heading { width: 6, ..heading.clone() }, heading.clone()]);
        assert_eq!(headings.of(heading.mark()), [heading.clone(), heading.clone()]);
        assert_eq!(headings.of([0; 4]), []);
    }

    #[test]
    fn digits_that_do_not_fit_are_none() {
        for claims in printed() {
            let (heading, digits) = Heading::over(&claims, [7; 4]);
            assert_eq!(heading.claims(digits, claims.holder.clone()), Some(claims.clone()));
            assert_eq!(heading.claims(10u32.pow(heading.width.into()), claims.holder.clone()), None);
            assert!(heading.parts(&claims.number));
            let whole = Heading { before: claims.number.to_string(), width: 0, ..heading };
            assert!(!whole.parts(&claims.number));
            assert_eq!(whole.claims(0, claims.holder.clone()), Some(claims.clone()));
            assert_eq!(whole.claims(1, claims.holder.clone()), None);
        }
    }

    proptest! {
        #[test]
        fn a_heading_and_the_digits_are_the_facts(number in "[A-Z0-9]{6,32}", achievement in "\\PC{0,20}") {
            let [claims, _] = printed();
            let claims = QrClaims { number: number.parse().unwrap(), achievement, ..claims };
            let (heading, digits) = Heading::over(&claims, [1, 2, 3, 4]);
            prop_assert!(digits < 1 << 24);
            prop_assert_eq!(heading.claims(digits, claims.holder.clone()), Some(claims));
        }
    }
}
