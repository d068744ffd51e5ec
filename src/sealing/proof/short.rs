//! The proof in a code of 37 modules: what it has in common with others is in a heading. `docs/qr-code.md` has the form.

use crate::domain::heading::{Heading, Mark};
use crate::domain::name::PersonName;
use crate::domain::qr_claims::QrClaims;

use super::packed::Parts;
use super::spelling;

const UTF8: u8 = 0x20;
const GB: u8 = 0x21;
const SIGNATURE_BYTES: usize = 64;

/// What is in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Short {
    /// Names the heading.
    pub(super) mark: Mark,
    digits: u32,
    holder: PersonName,
    signature: [u8; SIGNATURE_BYTES],
}

/// The code's bytes for `claims`, signed. `None` if a number has more digits than fit: it never has.
pub(super) fn pack(heading: &Heading, digits: u32, claims: &QrClaims, signature: &[u8; SIGNATURE_BYTES]) -> Option<Vec<u8>> {
    let (name, gb) = spelling::write(claims.holder.as_str());
    let [0, digits @ ..] = digits.to_be_bytes() else { return None };
    Some([&[if gb { GB } else { UTF8 }][..], &heading.mark(), &digits, &name, signature].concat())
}

impl Short {
    /// Whether `bytes` say that they are of this form.
    pub(super) fn is_meant(bytes: &[u8]) -> bool {
        matches!(bytes.first(), Some(&(UTF8 | GB)))
    }

    /// What `bytes` say, if the name has its one spelling.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (&[form, mark @ .., a, b, c], rest) = bytes.split_first_chunk::<8>()?;
        let gb = match form {
            UTF8 => false,
            GB => true,
            _ => return None,
        };
        let (name, signature) = rest.split_last_chunk::<SIGNATURE_BYTES>()?;
        let holder = PersonName::parse(&spelling::read(name, gb)?).ok()?;
        let one = spelling::write(holder.as_str()) == (name.to_vec(), gb);
        one.then_some(Self { mark, digits: u32::from_be_bytes([0, a, b, c]), holder, signature: *signature })
    }

    /// The whole proof under a heading; `None` if the digits do not fit it, or if it is not the one that the facts have.
    pub(super) fn under(&self, heading: &Heading) -> Option<Parts> {
        let claims = heading.claims(self.digits, self.holder.clone())?;
        heading.parts(&claims.number).then_some(Parts { kid: heading.proof_key, claims, signature: self.signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims};
    use proptest::prelude::*;

    fn packed(holder: &str) -> (Heading, QrClaims, Vec<u8>) {
        let claims = QrClaims { holder: PersonName::parse(holder).unwrap(), ..QrClaims::of(&award_claims()).printed() };
        let (heading, digits) = Heading::over(&claims, [1, 2, 3, 4]);
        let bytes = pack(&heading, digits, &claims, &[9; 64]).unwrap();
        (heading, claims, bytes)
    }

    #[test]
    fn the_form_is_as_described() {
        let (heading, claims, bytes) = packed("李明");
        // LQB033202300001
        let wanted = [&[GB][..], &heading.mark(), &2_300_001u32.to_be_bytes()[1..], &[0xC0, 0xEE, 0xC3, 0xF7], &[9; 64]].concat();
        assert_eq!((claims.number.as_str(), &bytes), ("LQB033202300001", &wanted));
        let short = Short::read(&bytes).unwrap();
        assert_eq!(short.under(&heading), Some(Parts { kid: [1, 2, 3, 4], claims: claims.clone(), signature: [9; 64] }));
        let latin = packed("Zoë").2;
        assert_eq!(latin[8..latin.len() - 64], *"Zoë".as_bytes());
    }

    #[test]
    fn six_characters_fit_the_usual_code() {
        // Version 5 holds 85 bytes behind an address of 26 characters.
        for (holder, bytes) in [("李明", 76), ("欧阳娜娜", 80), ("艾尼瓦尔江", 82), ("古丽米热·江", 84), ("Anna Schmidt", 84)]
        {
            assert_eq!(packed(holder).2.len(), bytes, "{holder}");
        }
    }

    #[test]
    fn one_spelling() {
        let (heading, _, good) = packed("李明");
        let read = |bytes: &[u8]| Short::read(bytes).and_then(|short| short.under(&heading));
        assert!(read(&good).is_some());
        let utf8 = [&[UTF8][..], &good[1..8], "李明".as_bytes(), &good[12..]].concat();
        let (long, form, name) = ([&good[..], &[0]].concat(), [&[0x22][..], &good[1..]].concat(), [&good[..8], &good[12..]].concat());
        // Ten million do not fit seven digits; a heading that leaves fewer digits to the code is not the one of these facts.
        let digits = [&good[..5], &10_000_000u32.to_be_bytes()[1..], &good[8..]].concat();
        for bad in [&utf8, &long, &form, &name, &digits, &good[..71], &[]] {
            assert_eq!(read(bad), None);
        }
        let other = Heading { before: format!("{}2", heading.before), width: 6, ..heading.clone() };
        let bytes = [&good[..5], &300_001u32.to_be_bytes()[1..], &good[8..]].concat();
        assert!(other.claims(300_001, PersonName::parse("李明").unwrap()).is_some());
        assert_eq!(Short::read(&bytes).unwrap().under(&other), None);
    }

    proptest! {
        #[test]
        fn every_proof_comes_back(number in "[A-Z0-9]{6,32}", holder in "\\PC{1,12}") {
            let Ok(holder) = PersonName::parse(&holder) else { return Ok(()) };
            let claims = QrClaims { number: number.parse().unwrap(), holder, ..QrClaims::of(&ability_claims()).printed() };
            let (heading, digits) = Heading::over(&claims, [5; 4]);
            let bytes = pack(&heading, digits, &claims, &[3; 64]).unwrap();
            prop_assert!(Short::is_meant(&bytes));
            prop_assert_eq!(Short::read(&bytes).unwrap().under(&heading).unwrap().claims, claims);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..120), form in 0x20u8..0x22) {
            let bytes = [&[form][..], &bytes].concat();
            let name = bytes.len().saturating_sub(64);
            prop_assert!(Short::read(&bytes).is_none_or(|short| spelling::write(short.holder.as_str()).0 == bytes[8..name]));
        }
    }
}
