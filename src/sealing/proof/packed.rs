//! The proof that needs nothing beside it, in the fewest bytes: `certificate.json` has it, and so had codes before.
//!
//! What is signed is a COSE_Sign1 message over deterministic CBOR. Of that only what differs from proof to proof is in the code; the
//! reader makes the message again, to the last byte, before it checks the signature. For the usual certificate this saves 25 to 55 of
//! 190 bytes, and with them one or two sizes of the code. In this order:
//!
//! | bytes | |
//! | --- | --- |
//! | 1 | 0x10 for an award, 0x11 for an ability certificate; another version of this form has another first digit |
//! | 4 | the name of the key |
//! | 2 | the day of issue in days since 1970-01-01, highest byte first |
//! | 16 | the first bytes of the claims' digest |
//! | 1 and more | the number of characters of the certificate's number; then each three as a number to base 36 in two bytes, a rest of two in two, of one in one |
//! | 1 and more, three times | holder, achievement, programme: the number of bytes, below 128; then UTF-8, or, with 128 added, GB 18030 where that is shorter |
//! | 64 | the signature |

use jiff::civil::{Date, date};
use jiff::{Span, Unit};

use crate::domain::award::CertificateKind;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::{DIGEST_BYTES, QrClaims};

use super::spelling;

const AWARD: u8 = 0x10;
const ABILITY: u8 = 0x11;
/// Added to the length of a text in GB 18030.
const GB: u8 = 0x80;
const SIGNATURE_BYTES: usize = 64;
const EPOCH: Date = date(1970, 1, 1);

/// What differs from proof to proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) kid: [u8; 4],
    pub(super) claims: QrClaims,
    pub(super) signature: [u8; SIGNATURE_BYTES],
}

impl Parts {
    /// `None` for a text of more than 127 bytes, a day outside 1970 to 2149, or facts without a digest.
    pub(super) fn pack(&self) -> Option<Vec<u8>> {
        let claims = &self.claims;
        let mut out = Vec::with_capacity(192);
        out.push(match claims.kind {
            CertificateKind::Award => AWARD,
            CertificateKind::Ability => ABILITY,
        });
        out.extend_from_slice(&self.kid);
        let days = EPOCH.until((Unit::Day, claims.issued_on)).ok()?.get_days();
        out.extend_from_slice(&u16::try_from(days).ok()?.to_be_bytes());
        out.extend_from_slice(&claims.claims_digest?);
        push_number(&mut out, claims.number.as_str())?;
        for text in [claims.holder.as_str(), &claims.achievement, &claims.programme] {
            push_text(&mut out, text)?;
        }
        out.extend_from_slice(&self.signature);
        Some(out)
    }

    /// The parts, if `bytes` are what [`Parts::pack`] gives for them.
    #[cfg(test)]
    pub(super) fn unpack(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).filter(|parts| parts.is_packed_as(bytes))
    }

    /// Whether `bytes` are the one spelling that these parts have.
    pub(super) fn is_packed_as(&self, bytes: &[u8]) -> bool {
        self.pack().is_some_and(|packed| packed == bytes)
    }

    /// The parts that `bytes` spell, in this spelling or another.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let [kind] = take(&mut rest)?;
        let kid = take(&mut rest)?;
        let days = i64::from(u16::from_be_bytes(take(&mut rest)?));
        let claims_digest = take::<DIGEST_BYTES>(&mut rest)?;
        let number = take_number(&mut rest)?;
        let holder = PersonName::parse(&take_text(&mut rest)?).ok()?;
        let claims = QrClaims {
            number,
            kind: match kind {
                AWARD => CertificateKind::Award,
                ABILITY => CertificateKind::Ability,
                _ => return None,
            },
            holder,
            achievement: take_text(&mut rest)?,
            programme: take_text(&mut rest)?,
            issued_on: EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()?,
            claims_digest: Some(claims_digest),
        };
        let parts = Self { kid, claims, signature: take(&mut rest)? };
        rest.is_empty().then_some(parts)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn push_number(out: &mut Vec<u8>, number: &str) -> Option<()> {
    out.push(u8::try_from(number.len()).ok()?);
    for group in number.as_bytes().chunks(3) {
        let value = group.iter().try_fold(0u16, |value, c| Some(value * 36 + u16::try_from(char::from(*c).to_digit(36)?).ok()?))?;
        let bytes = value.to_be_bytes();
        out.extend_from_slice(&bytes[usize::from(group.len() == 1)..]);
    }
    Some(())
}

fn take_number(rest: &mut &[u8]) -> Option<CertificateNumber> {
    let [length] = take(rest)?;
    let mut text = String::with_capacity(length.into());
    let mut left = usize::from(length);
    while left > 0 {
        let count = left.min(3);
        let mut value = if count == 1 { take::<1>(rest)?[0].into() } else { u16::from_be_bytes(take(rest)?) };
        let mut group = ['0'; 3];
        for place in group[..count].iter_mut().rev() {
            *place = char::from_digit((value % 36).into(), 36)?.to_ascii_uppercase();
            value /= 36;
        }
        text.extend(&group[..count]);
        left -= count;
    }
    text.parse().ok()
}

fn push_text(out: &mut Vec<u8>, text: &str) -> Option<()> {
    let (bytes, gb) = spelling::write(text);
    out.push(u8::try_from(bytes.len()).ok().filter(|length| *length < GB)? | if gb { GB } else { 0 });
    out.extend_from_slice(&bytes);
    Some(())
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let [length] = take(rest)?;
    let (bytes, tail) = rest.split_at_checked(usize::from(length & !GB))?;
    *rest = tail;
    spelling::read(bytes, length & GB != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GB18030;
    use proptest::prelude::*;

    fn parts(number: &str, holder: &str, achievement: &str) -> Parts {
        let claims = QrClaims {
            number: number.parse().unwrap(),
            kind: CertificateKind::Ability,
            holder: PersonName::parse(holder).unwrap(),
            achievement: achievement.into(),
            programme: "岗位能力评价".into(),
            issued_on: date(2024, 1, 5),
            claims_digest: Some([7; DIGEST_BYTES]),
        };
        Parts { kid: [1, 2, 3, 4], claims, signature: [9; SIGNATURE_BYTES] }
    }

    #[test]
    fn the_form_is_as_described() {
        let packed = parts("GXP0001", "李明", "中级").pack().unwrap();
        // 16 × 36² + 33 × 36 + 25 for GXP.
        let number = [&[7][..], &21_949u16.to_be_bytes(), &[0, 0], &[1]].concat();
        let texts = [&[0x84, 0xC0, 0xEE, 0xC3, 0xF7][..], &[0x84, 0xD6, 0xD0, 0xBC, 0xB6]].concat();
        let programme = [&[0x8C][..], &GB18030.encode("岗位能力评价").0].concat();
        // 19,727 days.
        let wanted = [&[0x11, 1, 2, 3, 4, 0x4D, 0x0F][..], &[7; 16], &number, &texts, &programme, &[9; 64]].concat();
        assert_eq!(packed, wanted);
    }

    #[test]
    fn one_spelling() {
        let good = parts("GXP033202600001", "Zoë", "x").pack().unwrap();
        assert!(Parts::unpack(&good).is_some());
        let longer = [&good[..], &[0]].concat();
        // Another version; a group of the number above 36³ - 1; a text marked as GB 18030, where it is no shorter.
        let (version, group) = ([&[0x21][..], &good[1..]].concat(), [&good[..24], &[0xFF, 0xFF], &good[26..]].concat());
        let mut marked = good.clone();
        marked[39] |= GB;
        for bad in [&good[..good.len() - 1], &longer, &version, &group, &marked, &[]] {
            assert_eq!(Parts::unpack(bad), None);
        }
        assert_eq!(parts("GXP033202600001", "李明", &"x".repeat(128)).pack(), None);
    }

    proptest! {
        #[test]
        fn every_proof_comes_back(number in "[A-Z0-9]{6,32}", holder in "[\\p{Han}]{2,12}", achievement in "\\PC{0,20}") {
            let Ok(_) = PersonName::parse(&holder) else { return Ok(()) };
            if number.parse::<CertificateNumber>().is_err() { return Ok(()) }
            let parts = parts(&number, &holder, &achievement);
            if let Some(packed) = parts.pack() {
                prop_assert_eq!(Parts::unpack(&packed), Some(parts));
            }
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..250)) {
            prop_assert_eq!(Parts::unpack(&bytes).and_then(|p| p.pack()).is_none_or(|again| again == bytes), true);
        }
    }
}
