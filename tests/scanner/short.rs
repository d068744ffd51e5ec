//! Codes with a heading: good ones, with one byte or digit changed, under headings that are not listed, that share a mark, or that do not fit.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::date;
use serde_json::Value;
use yinxin::domain::heading::{Heading, Headings, Mark};
use yinxin::domain::name::PersonName;
use yinxin::domain::qr_claims::QrClaims;
use yinxin::domain::time::Instant;
use yinxin::sealing::keyring::{ProofKey, make};
use yinxin::sealing::proof;
use yinxin::sealing::state_list::StateList;

use super::texts::{Draw, Keys, ODD, bytes, changed, digit_changed, digits, gb_or_utf8, proven};

const ADDRESS: &str = "https://zs.example.cn";

/// The headings that a list has, to this program and as the list has them.
pub struct Listed {
    pub headings: Headings,
    pub member: Value,
}

/// Codes, and the list with which they are read.
pub fn texts(keys: &Keys) -> (Vec<String>, Listed) {
    let mut draw = Draw(11);
    let mut made = Made { texts: Vec::new(), listed: Vec::new() };
    for (at, claims) in proven().iter().enumerate() {
        let code = made.code(claims, &keys.known, true);
        made.spellings(&code, at < 4);
        // Of a key that nobody knows; and under a heading of another day, which no list has.
        made.code(claims, &keys.unknown, true);
        made.code(&QrClaims { issued_on: date(2031, 7, 1), ..claims.clone() }, &keys.known, false);
    }
    made.twins(keys);
    made.other_digits(keys);
    let marks: Vec<Mark> = made.listed.iter().map(Heading::mark).collect();
    made.texts.extend((0..1_500).map(|_| digits(&invented(&mut draw, &marks))));
    let member = member(&made.listed);
    (made.texts, Listed { headings: made.listed.into_iter().collect(), member })
}

/// What the signed list has as `headings`.
fn member(headings: &[Heading]) -> Value {
    let at = Instant::from_millis(1_700_000_000_000).unwrap();
    let list = StateList::new(ADDRESS, (at, at.plus_millis(3_600_000)), [], []).with_headings(headings.to_vec());
    let jws = list.sign(&make::statement(&mut |bytes: &mut [u8]| bytes.fill(7))).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(jws.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()["headings"].take()
}

struct Made {
    texts: Vec<String>,
    listed: Vec<Heading>,
}

impl Made {
    /// A code; answers its digits.
    fn code(&mut self, claims: &QrClaims, key: &ProofKey, listed: bool) -> String {
        let code = proof::code(claims, key, ADDRESS).unwrap();
        self.listed.extend(listed.then_some(code.heading));
        self.texts.extend([code.text.whole(), code.text.whole().to_lowercase(), code.text.digits.clone()]);
        code.text.digits
    }

    fn spellings(&mut self, code: &str, each_byte: bool) {
        let held = bytes(code);
        if each_byte {
            for at in 0..held.len() {
                self.texts.extend([1, 0x80].map(|by| digits(&changed(&held, at, by))));
            }
        }
        self.texts.extend((0..code.len()).step_by(7).map(|at| digit_changed(code, at)));
        let cut = [&held[1..], &held[..held.len() - 1], &held[..8], &held[..72], &held[..1]].map(digits);
        self.texts.extend(cut);
        self.texts.extend([digits(&[&held[..], &[0]].concat()), code[1..].to_owned(), format!("0{code}")]);
    }

    /// Two headings of one mark: the signature tells which is meant, and fits no other.
    fn twins(&mut self, keys: &Keys) {
        let mut seen: HashMap<Mark, QrClaims> = HashMap::new();
        let pair = (0..).find_map(|at| {
            let claims = QrClaims { achievement: format!("第{at}名"), ..proven()[0].printed() };
            let (heading, _) = Heading::over(&claims, keys.known.kid());
            seen.insert(heading.mark(), claims.clone()).map(|other| [other, claims])
        });
        for claims in pair.unwrap() {
            let code = self.code(&claims, &keys.known, true);
            let held = bytes(&code);
            self.texts.extend([5, held.len() - 70, held.len() - 1].map(|at| digits(&changed(&held, at, 1))));
        }
    }

    /// Digits that do not fit, and a heading that leaves others to the code than is the rule.
    fn other_digits(&mut self, keys: &Keys) {
        let claims = proven()[0].printed();
        let (heading, number) = Heading::over(&claims, keys.known.kid());
        let held = bytes(&proof::code(&claims, &keys.known, ADDRESS).unwrap().text.digits);
        let with = |mark: Mark, number: u32| [&held[..1], &mark, &number.to_be_bytes()[1..], &held[8..]].concat();
        for large in [10_000_000, 10_000_001, (1 << 24) - 1] {
            self.texts.push(digits(&with(heading.mark(), large)));
        }
        let shifted = Heading { before: format!("{}{}", heading.before, number / 1_000_000), width: 6, ..heading };
        assert_eq!(shifted.claims(number % 1_000_000, claims.holder.clone()).as_ref(), Some(&claims));
        self.texts.push(digits(&with(shifted.mark(), number % 1_000_000)));
        let whole = Heading { before: claims.number.to_string(), width: 0, ..shifted.clone() };
        self.texts.extend([0, 1].map(|digit| digits(&with(whole.mark(), digit))));
        self.listed.extend([shifted, whole]);
    }
}

/// A code of the right outline, with a name from the odd characters and a signature of nobody.
fn invented(draw: &mut Draw, marks: &[Mark]) -> Vec<u8> {
    let mut name: String = (0..draw.below(5)).map(|_| draw.pick(&ODD)).collect();
    if draw.below(3) > 0 {
        name = PersonName::parse(&name).map_or(name, |name| name.to_string());
    }
    let (body, is_gb) = gb_or_utf8(draw, &name);
    let form = if draw.below(20) == 0 { 0x22 } else { 0x20 + u8::from(is_gb) };
    let mut out = vec![form];
    out.extend(if draw.below(4) == 0 { [9; 4] } else { marks[draw.below(marks.len())] });
    out.extend([0; 3].map(|_: u8| u8::try_from(draw.below(256)).unwrap()));
    out.extend(body);
    out.extend([9; 64]);
    if draw.below(30) == 0 {
        out.pop();
    }
    out
}
