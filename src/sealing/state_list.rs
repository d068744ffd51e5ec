//! The signed list of states: which released certificates do not stand, for those who check with no network. It has no numbers, only the
//! beginnings of their digests: it answers for a number that its reader has. With it goes what codes leave out, the headings of released
//! certificates. `docs/statements.md` describes it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::award::CertificateKind;
use crate::domain::digest::{Digest, hexadecimal, of_hexadecimal};
use crate::domain::heading::{Heading, Headings, MOST_DIGITS};
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::jws::{self, JwsError, Kind};
use super::keyring::{StatementKey, StatementKeys};

/// How the entries are made, as the list names it.
const HASH: &str = "sha-256/8";
/// Bytes of an entry. Among 100,000 of them a number that is not listed is found with a chance of 1 to 10¹⁴.
const ENTRY: usize = 8;

/// How far the clocks of service and reader may be apart, in milliseconds.
const SKEW: i64 = 300_000;

type Entry = [u8; ENTRY];

/// What a list says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Nothing: if the number was given and released, its certificate stood.
    No,
    /// Its certificate was taken back.
    Revoked,
    /// Another certificate replaces its own.
    Corrected,
}

/// How old a list is for its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// The next one is not due.
    Fresh,
    /// There is a newer one.
    Stale,
    /// It was made after now: one of the clocks is wrong.
    Future,
}

/// A list of states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateList {
    /// Whose it is: the public address of a service.
    pub issuer: String,
    /// When the records were read.
    pub made_at: Instant,
    /// When the next one is due.
    pub next_update: Instant,
    revoked: Vec<Entry>,
    corrected: Vec<Entry>,
    headings: Vec<Heading>,
}

/// A heading as the list has it: key, kind, before, width, after, achievement, programme, day.
#[derive(Debug, Serialize, Deserialize)]
pub struct HeadingRow(String, String, String, u8, String, String, String, Date);

#[derive(Serialize, Deserialize)]
struct Counts {
    revoked: usize,
    corrected: usize,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    iat: i64,
    next_update: i64,
    hash: String,
    revoked: String,
    corrected: String,
    counts: Counts,
    /// A list made before codes had headings has none.
    #[serde(default)]
    headings: Vec<HeadingRow>,
}

impl From<&Heading> for HeadingRow {
    fn from(heading: &Heading) -> Self {
        let Heading { proof_key, kind, before, width, after, achievement, programme, issued_on } = heading.clone();
        Self(hexadecimal(&proof_key), kind.code().to_owned(), before, width, after, achievement, programme, issued_on)
    }
}

impl HeadingRow {
    fn read(self) -> Option<Heading> {
        let Self(proof_key, kind, before, width, after, achievement, programme, issued_on) = self;
        let proof_key = of_hexadecimal(&proof_key).ok()?;
        let kind = CertificateKind::from_code(&kind)?;
        let fits = usize::from(width) <= MOST_DIGITS;
        fits.then_some(Heading { proof_key, kind, before, width, after, achievement, programme, issued_on })
    }
}

fn entry(number: &CertificateNumber) -> Entry {
    let [a, b, c, d, e, f, g, h, ..] = *Digest::of(number.as_str().as_bytes()).as_bytes();
    [a, b, c, d, e, f, g, h]
}

fn entries<'a>(numbers: impl IntoIterator<Item = &'a CertificateNumber>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = numbers.into_iter().map(entry).collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

impl StateList {
    /// The list of the numbers whose certificates do not stand.
    pub fn new<'a>(
        issuer: &str,
        (made_at, next_update): (Instant, Instant),
        revoked: impl IntoIterator<Item = &'a CertificateNumber>,
        corrected: impl IntoIterator<Item = &'a CertificateNumber>,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            made_at,
            next_update,
            revoked: entries(revoked),
            corrected: entries(corrected),
            headings: Vec::new(),
        }
    }

    /// The same with the headings of released certificates.
    #[must_use]
    pub fn with_headings(self, headings: Vec<Heading>) -> Self {
        Self { headings, ..self }
    }

    /// How many headings it has.
    #[must_use]
    pub fn heading_count(&self) -> usize {
        self.headings.len()
    }

    /// What codes leave out.
    #[must_use]
    pub fn headings(&self) -> Headings {
        self.headings.iter().cloned().collect()
    }

    /// What it says of a number.
    #[must_use]
    pub fn state_of(&self, number: &CertificateNumber) -> Listed {
        let entry = entry(number);
        let lists = |entries: &[Entry]| entries.binary_search(&entry).is_ok();
        if lists(&self.revoked) {
            Listed::Revoked
        } else if lists(&self.corrected) {
            Listed::Corrected
        } else {
            Listed::No
        }
    }

    /// How old it is at `now`.
    #[must_use]
    pub fn age(&self, now: Instant) -> Age {
        if self.made_at > now.plus_millis(SKEW) {
            Age::Future
        } else if now >= self.next_update {
            Age::Stale
        } else {
            Age::Fresh
        }
    }

    /// The signed text.
    ///
    /// # Errors
    /// [`JwsError::Write`] if it cannot be written as JSON.
    pub fn sign(&self, key: &StatementKey) -> Result<String, JwsError> {
        let seconds = |at: Instant| at.millis().div_euclid(1000);
        let claims = Claims {
            iss: self.issuer.clone(),
            iat: seconds(self.made_at),
            next_update: seconds(self.next_update),
            hash: HASH.to_owned(),
            revoked: URL_SAFE_NO_PAD.encode(self.revoked.as_flattened()),
            corrected: URL_SAFE_NO_PAD.encode(self.corrected.as_flattened()),
            counts: Counts { revoked: self.revoked.len(), corrected: self.corrected.len() },
            headings: self.headings.iter().map(HeadingRow::from).collect(),
        };
        jws::sign(Kind::States, &claims, key)
    }

    /// Reads a list signed by one of `keys`.
    ///
    /// # Errors
    /// [`JwsError`] saying at which step it fails.
    pub fn read(text: &str, keys: &StatementKeys) -> Result<Self, JwsError> {
        let (_, payload) = jws::open(Kind::States, text, keys)?;
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| JwsError::Content)?;
        Self::of_claims(claims).ok_or(JwsError::Content)
    }

    fn of_claims(claims: Claims) -> Option<Self> {
        let instant = |seconds: i64| Instant::from_millis(seconds.checked_mul(1000)?).ok();
        let (made_at, next_update) = (instant(claims.iat)?, instant(claims.next_update)?);
        let (revoked, corrected) = (unpack(&claims.revoked)?, unpack(&claims.corrected)?);
        let headings = claims.headings.into_iter().map(HeadingRow::read).collect::<Option<_>>()?;
        let counted = (claims.counts.revoked, claims.counts.corrected) == (revoked.len(), corrected.len());
        (claims.hash == HASH && counted && made_at < next_update).then_some(Self {
            issuer: claims.iss,
            made_at,
            next_update,
            revoked,
            corrected,
            headings,
        })
    }
}

/// Whole entries in ascending order, so that a search finds them.
fn unpack(text: &str) -> Option<Vec<Entry>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (entries, rest) = bytes.as_chunks::<ENTRY>();
    (rest.is_empty() && entries.is_sorted_by(|a, b| a < b)).then(|| entries.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims};
    use crate::domain::qr_claims::QrClaims;
    use crate::sealing::keyring::make;
    use crate::sealing::specimen::{now, source};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn number(n: usize) -> CertificateNumber {
        format!("LH142024{n:05}").parse().unwrap()
    }

    #[test]
    fn a_list_answers_for_the_numbers_that_its_reader_has() {
        let key = make::statement(&mut source(1));
        let keys = StatementKeys::from(vec![key.public()]);
        let (revoked, corrected): (Vec<_>, Vec<_>) = ((0..300).map(number).collect(), (300..310).map(number).collect());
        let next = now().plus_millis(3_600_000);
        let list = StateList::new("https://zs.example.cn", (now(), next), revoked.iter().rev(), &corrected);
        let text = list.sign(&key).unwrap();
        assert_eq!(StateList::read(&text, &keys), Ok(list.clone()));
        assert!(revoked.iter().all(|n| list.state_of(n) == Listed::Revoked));
        assert!(corrected.iter().all(|n| list.state_of(n) == Listed::Corrected));
        assert!((310..5_000).all(|n| list.state_of(&number(n)) == Listed::No));
        assert_eq!(list.age(next.plus_millis(-1)), Age::Fresh);
        assert_eq!(list.age(next), Age::Stale);
        assert_eq!((list.age(now().plus_millis(-SKEW)), list.age(now().plus_millis(-SKEW - 1))), (Age::Fresh, Age::Future));
        let empty = StateList::new("https://zs.example.cn", (now(), next), [], []);
        assert_eq!(StateList::read(&empty.sign(&key).unwrap(), &keys), Ok(empty));
    }

    #[test]
    fn headings_are_found_by_their_marks() {
        let key = make::statement(&mut source(1));
        let keys = StatementKeys::from(vec![key.public()]);
        let claims = [award_claims(), ability_claims()].map(|claims| QrClaims::of(&claims).printed());
        let headings: Vec<_> = claims.iter().map(|claims| Heading::over(claims, [1, 2, 3, 4]).0).collect();
        let period = (now(), now().plus_millis(3_600_000));
        let list = StateList::new("https://zs.example.cn", period, [], []).with_headings(headings.clone());
        let read = StateList::read(&list.sign(&key).unwrap(), &keys).unwrap();
        assert_eq!((&read, read.heading_count()), (&list, 2));
        for heading in headings {
            assert_eq!(read.headings().of(heading.mark()), [heading]);
        }
    }

    #[test]
    fn a_list_in_another_form_is_not_read() {
        let key = make::statement(&mut source(1));
        let keys = StatementKeys::from(vec![key.public()]);
        let (one, two) = (URL_SAFE_NO_PAD.encode([1; 8]), URL_SAFE_NO_PAD.encode([[2; 8], [1; 8]].concat()));
        let good = json!({ "iss": "x", "iat": 1, "next_update": 2, "hash": "sha-256/8", "revoked": one, "corrected": "", "counts": { "revoked": 1, "corrected": 0 } });
        let read = |claims: &Value| StateList::read(&jws::sign(Kind::States, claims, &key).unwrap(), &keys);
        assert!(read(&good).is_ok());
        for (member, value) in [
            ("hash", json!("sha-256/4")),
            ("revoked", json!(two)),
            ("revoked", json!("AQ")),
            ("revoked", json!("===")),
            ("counts", json!({ "revoked": 2, "corrected": 0 })),
            ("next_update", json!(1)),
            ("iat", json!(i64::MIN)),
            ("iss", json!(3)),
            ("headings", json!({})),
            ("headings", json!([["1d0f3c52", "award", "LH", 7, "", "一等奖", "蓝海杯"]])),
            ("headings", json!([["1d0f3c5", "award", "LH", 7, "", "一等奖", "蓝海杯", "2026-11-26"]])),
            ("headings", json!([["1d0f3c52", "degree", "LH", 7, "", "一等奖", "蓝海杯", "2026-11-26"]])),
            ("headings", json!([["1d0f3c52", "award", "LH", 8, "", "一等奖", "蓝海杯", "2026-11-26"]])),
            ("headings", json!([["1d0f3c52", "award", "LH", 7, "", "一等奖", "蓝海杯", "2026-11-31"]])),
        ] {
            let mut wrong = good.clone();
            wrong[member] = value;
            assert_eq!(read(&wrong), Err(JwsError::Content), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_content_is_answered(iat in any::<i64>(), next in any::<i64>(), text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let key = make::statement(&mut source(1));
            let keys = StatementKeys::from(vec![key.public()]);
            for revoked in [text, URL_SAFE_NO_PAD.encode(&bytes)] {
                let counts = json!({ "revoked": bytes.len() / 8, "corrected": 0 });
                let claims = json!({ "iss": "x", "iat": iat, "next_update": next, "hash": HASH, "revoked": revoked, "corrected": "", "counts": counts });
                if let Ok(list) = StateList::read(&jws::sign(Kind::States, &claims, &key).unwrap(), &keys) {
                    prop_assert!(list.made_at < list.next_update && list.revoked.is_sorted());
                }
            }
        }
    }
}
