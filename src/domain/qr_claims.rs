//! The facts that are proven: few enough to recognise the paper by them, and in a file bound to all the others by a digest.

use ciborium::Value;
use jiff::civil::{Date, date};
use jiff::{Span, Unit};

use super::award::CertificateKind;
use super::claims::{Claims, ClaimsError};
use super::name::PersonName;
use super::number::CertificateNumber;

/// Bytes of the claims' digest that a file's proof carries: 128 bits, against which no second preimage is found.
pub const DIGEST_BYTES: usize = 16;

/// What a proof states: that of a file, or the one in the QR code on its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrClaims {
    /// The certificate's number.
    pub number: CertificateNumber,
    /// Award or ability certificate.
    pub kind: CertificateKind,
    /// The holder's name.
    pub holder: PersonName,
    /// What is certified, in one phrase: `一等奖（指导教师）`.
    pub achievement: String,
    /// The short name of the contest or programme.
    pub programme: String,
    /// The day of issue in Beijing.
    pub issued_on: Date,
    /// The first bytes of the digest of all claims: in a file's proof; a code on paper has no room for them.
    pub claims_digest: Option<[u8; DIGEST_BYTES]>,
}

/// The array's first element: eight elements with a digest, seven without.
const WITH_DIGEST: i64 = 1;
const PRINTED: i64 = 2;

impl QrClaims {
    /// What the proof in the file of a certificate with these claims states.
    #[must_use]
    pub fn of(claims: &Claims) -> Self {
        let mut claims_digest = [0; DIGEST_BYTES];
        claims_digest.copy_from_slice(&claims.digest().as_bytes()[..DIGEST_BYTES]);
        Self {
            number: claims.number.clone(),
            kind: claims.kind(),
            holder: claims.holder.clone(),
            achievement: claims.achievement.phrase_zh(),
            programme: claims.short_name.clone(),
            issued_on: claims.issued_on,
            claims_digest: Some(claims_digest),
        }
    }

    /// The same as the code on the page states it.
    #[must_use]
    pub fn printed(&self) -> Self {
        Self { claims_digest: None, ..self.clone() }
    }

    /// Whether these are the facts of `claims`: with a digest all of them, without it those that are here.
    #[must_use]
    pub fn is_of(&self, claims: &Claims) -> bool {
        let all = Self::of(claims);
        *self == if self.claims_digest.is_some() { all } else { all.printed() }
    }

    /// Whether these are all the facts of `claims`.
    #[must_use]
    pub fn is_all_of(&self, claims: &Claims) -> bool {
        *self == Self::of(claims)
    }

    /// Deterministic CBOR: an array of eight, or of seven without a digest.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let version = if self.claims_digest.is_some() { WITH_DIGEST } else { PRINTED };
        let mut array = vec![
            Value::from(version),
            Value::from(self.number.as_str()),
            Value::from(self.kind.ordinal()),
            Value::from(self.holder.as_str()),
            Value::from(self.achievement.as_str()),
            Value::from(self.programme.as_str()),
            Value::from(days_of(self.issued_on)),
        ];
        array.extend(self.claims_digest.map(|digest| Value::Bytes(digest.to_vec())));
        let value = Value::Array(array);
        let mut out = Vec::with_capacity(128);
        // Writing to memory cannot fail; an empty result would fail every later comparison, never pass one.
        if ciborium::into_writer(&value, &mut out).is_err() {
            out.clear();
        }
        out
    }

    /// # Errors
    /// [`ClaimsError`] unless `bytes` are exactly what [`QrClaims::to_bytes`] gives for some facts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let value: Value = ciborium::from_reader(bytes).map_err(|_| ClaimsError::Shape)?;
        let Some([version, number, kind, holder, achievement, programme, days, digest @ ..]) = value.as_array().map(Vec::as_slice) else {
            return Err(ClaimsError::Shape);
        };
        let int = |value: &Value| value.as_integer().and_then(|i| i64::try_from(i).ok());
        let claims_digest = match (int(version), digest) {
            (Some(WITH_DIGEST), [digest]) => {
                Some(digest.as_bytes().and_then(|b| b.as_slice().try_into().ok()).ok_or(ClaimsError::Field("digest"))?)
            }
            (Some(PRINTED), []) => None,
            _ => return Err(ClaimsError::Field("version")),
        };
        let text = |value: &Value, field| value.as_text().map(str::to_owned).ok_or(ClaimsError::Field(field));
        let claims = Self {
            number: text(number, "number")?.parse().map_err(|_| ClaimsError::Field("number"))?,
            kind: match int(kind) {
                Some(0) => CertificateKind::Award,
                Some(1) => CertificateKind::Ability,
                _ => return Err(ClaimsError::Field("kind")),
            },
            holder: PersonName::parse(&text(holder, "holder")?).map_err(|_| ClaimsError::Field("holder"))?,
            achievement: text(achievement, "achievement")?,
            programme: text(programme, "programme")?,
            issued_on: int(days).and_then(day_from_epoch).ok_or(ClaimsError::Field("issued_on"))?,
            claims_digest,
        };
        if claims.to_bytes() == bytes { Ok(claims) } else { Err(ClaimsError::NotCanonical) }
    }
}

fn epoch() -> Date {
    date(1970, 1, 1)
}

/// Days since 1970-01-01.
pub(super) fn days_of(day: Date) -> i32 {
    epoch().until((Unit::Day, day)).map_or(0, |span| span.get_days())
}

fn day_from_epoch(days: i64) -> Option<Date> {
    epoch().checked_add(Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims};
    use proptest::prelude::*;

    #[test]
    fn small_and_one_to_one() {
        for claims in [award_claims(), ability_claims()] {
            let qr = QrClaims::of(&claims);
            assert!(qr.to_bytes().len() <= 140, "{} bytes", qr.to_bytes().len());
            assert_eq!(QrClaims::from_bytes(&qr.to_bytes()), Ok(qr.clone()));
            let printed = qr.printed();
            assert_eq!(QrClaims::from_bytes(&printed.to_bytes()), Ok(printed.clone()));
            assert!(qr.is_of(&claims) && qr.is_all_of(&claims) && printed.is_of(&claims) && !printed.is_all_of(&claims));
            // What only the digest binds, and what the code states by itself.
            let other = Claims { school: "别的大学".into(), ..claims.clone() };
            assert!(!qr.is_of(&other) && printed.is_of(&other));
            assert!(!printed.is_of(&Claims { short_name: "别的".into(), ..claims }));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(QrClaims::from_bytes(&bytes).is_err());
        }
    }
}
