//! The facts that travel in the QR code: few enough for a code that a phone reads from a print of 26 mm, enough to recognise
//! the paper without a network, and bound to all the others by a digest.

use ciborium::Value;
use jiff::civil::{Date, date};
use jiff::{Span, Unit};

use super::award::CertificateKind;
use super::claims::{Claims, ClaimsError};
use super::name::PersonName;
use super::number::CertificateNumber;

/// Bytes of the claims' digest that the code carries: 128 bits, against which no second preimage is found.
pub const DIGEST_BYTES: usize = 16;

/// What the QR code states by itself.
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
    /// The first bytes of the digest of all claims.
    pub claims_digest: [u8; DIGEST_BYTES],
}

/// The format's version, the array's first element.
const VERSION: i64 = 1;

impl QrClaims {
    /// What the code of a certificate with these claims states.
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
            claims_digest,
        }
    }

    /// Whether these are the facts of `claims`, all of them.
    #[must_use]
    pub fn is_of(&self, claims: &Claims) -> bool {
        *self == Self::of(claims)
    }

    /// Deterministic CBOR: an array of eight.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = match self.kind {
            CertificateKind::Award => 0,
            CertificateKind::Ability => 1,
        };
        let days = epoch().until((Unit::Day, self.issued_on)).map_or(0, |span| span.get_days());
        let value = Value::Array(vec![
            Value::from(VERSION),
            Value::from(self.number.as_str()),
            Value::from(kind),
            Value::from(self.holder.as_str()),
            Value::from(self.achievement.as_str()),
            Value::from(self.programme.as_str()),
            Value::from(days),
            Value::Bytes(self.claims_digest.to_vec()),
        ]);
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
        let Some([version, number, kind, holder, achievement, programme, days, digest]) = value.as_array().map(Vec::as_slice) else {
            return Err(ClaimsError::Shape);
        };
        let int = |value: &Value| value.as_integer().and_then(|i| i64::try_from(i).ok());
        if int(version) != Some(VERSION) {
            return Err(ClaimsError::Field("version"));
        }
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
            claims_digest: digest.as_bytes().and_then(|b| b.as_slice().try_into().ok()).ok_or(ClaimsError::Field("digest"))?,
        };
        if claims.to_bytes() == bytes { Ok(claims) } else { Err(ClaimsError::NotCanonical) }
    }
}

fn epoch() -> Date {
    date(1970, 1, 1)
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
            assert!(qr.is_of(&claims));
            assert!(!qr.is_of(&Claims { school: "别的大学".into(), ..claims }));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(QrClaims::from_bytes(&bytes).is_err());
        }
    }
}
