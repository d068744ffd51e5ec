//! The facts that a certificate states, and their canonical bytes.
//!
//! The bytes are deterministic CBOR (RFC 8949, 4.2.1): a map with integer keys in ascending order, definite lengths,
//! shortest integers, absent facts left out. Reading refuses every other spelling, so that bytes and facts are one to one.

use ciborium::Value;
use jiff::civil::Date;

use super::award::{AbilityLevel, Achievement, AwardLevel, CertificateKind, Role};
use super::digest::Digest;
use super::issuer::Slug;
use super::name::PersonName;
use super::number::CertificateNumber;

/// What a certificate states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The certificate's number.
    pub number: CertificateNumber,
    /// The issuer's key, Chinese and English name at the time of issue.
    pub issuer: Named,
    /// The contest or ability programme.
    pub programme: Named,
    /// The short name of the programme, as in the QR code.
    pub short_name: String,
    /// 主办, 承办; empty where the programme names none.
    pub organisers: Vec<String>,
    /// The holder's name.
    pub holder: PersonName,
    /// The holder's school; may be empty.
    pub school: String,
    /// The holder's document number, masked; empty where the certificate shows none.
    pub document_masked: String,
    /// What is certified.
    pub achievement: Achievement,
    /// The portrait printed on it.
    pub portrait: Option<Digest>,
    /// The day of issue in Beijing.
    pub issued_on: Date,
    /// Where anyone can check it: the service's public URL at the time of issue, which the QR code bears.
    pub verify_at: String,
    /// The certificate that this one replaces, if it was issued to correct one.
    pub replaces: Option<CertificateNumber>,
}

/// A key with the names that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The key.
    pub id: Slug,
    /// The Chinese name.
    pub name: String,
    /// The English name; may be empty.
    pub name_en: String,
}

/// The bytes are no canonical claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// Not CBOR, or CBOR of another shape.
    #[error("claims: the bytes are not the expected CBOR map")]
    Shape,
    /// A fact is missing or does not parse.
    #[error("claims: field {0} is missing or wrong")]
    Field(&'static str),
    /// The facts are readable, but these are not the bytes that they have.
    #[error("claims: the bytes are not in canonical form")]
    NotCanonical,
}

/// The format's version, field 1.
const VERSION: i64 = 1;

mod key {
    pub const VERSION: i64 = 1;
    pub const NUMBER: i64 = 2;
    pub const ISSUER: i64 = 3;
    pub const PROGRAMME: i64 = 4;
    pub const SHORT_NAME: i64 = 5;
    pub const ORGANISERS: i64 = 6;
    pub const HOLDER: i64 = 7;
    pub const SCHOOL: i64 = 8;
    pub const DOCUMENT: i64 = 9;
    pub const ACHIEVEMENT: i64 = 10;
    pub const PORTRAIT: i64 = 11;
    pub const ISSUED_ON: i64 = 12;
    pub const VERIFY_AT: i64 = 13;
    pub const REPLACES: i64 = 14;
}

impl Claims {
    /// Award or ability certificate.
    #[must_use]
    pub fn kind(&self) -> CertificateKind {
        self.achievement.kind()
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut map = Map::default();
        map.put(key::VERSION, Value::from(VERSION));
        map.text(key::NUMBER, self.number.as_str());
        map.put(key::ISSUER, named(&self.issuer));
        map.put(key::PROGRAMME, named(&self.programme));
        map.text(key::SHORT_NAME, &self.short_name);
        map.texts(key::ORGANISERS, self.organisers.iter().map(String::as_str));
        map.text(key::HOLDER, self.holder.as_str());
        map.text(key::SCHOOL, &self.school);
        map.text(key::DOCUMENT, &self.document_masked);
        map.put(key::ACHIEVEMENT, achievement(&self.achievement));
        if let Some(digest) = &self.portrait {
            map.put(key::PORTRAIT, Value::Bytes(digest.as_bytes().to_vec()));
        }
        map.text(key::ISSUED_ON, &self.issued_on.to_string());
        map.text(key::VERIFY_AT, &self.verify_at);
        if let Some(replaced) = &self.replaces {
            map.text(key::REPLACES, replaced.as_str());
        }
        encode(&Value::Map(map.0))
    }

    /// The digest of the canonical bytes: what the proof in the QR code binds.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// # Errors
    /// [`ClaimsError`] unless `bytes` are exactly what [`Claims::to_bytes`] gives for some facts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let value: Value = ciborium::from_reader(bytes).map_err(|_| ClaimsError::Shape)?;
        let fields = Fields::of(&value)?;
        if fields.int(key::VERSION) != Some(VERSION) {
            return Err(ClaimsError::Field("version"));
        }
        let portrait = match fields.get(key::PORTRAIT) {
            None => None,
            Some(value) => {
                let bytes = value.as_bytes().and_then(|b| <[u8; 32]>::try_from(b.as_slice()).ok());
                Some(Digest::from_bytes(bytes.ok_or(ClaimsError::Field("portrait"))?))
            }
        };
        let claims = Self {
            number: fields.parsed(key::NUMBER, "number", |t| t.parse().ok())?,
            issuer: read_named(fields.get(key::ISSUER), "issuer")?,
            programme: read_named(fields.get(key::PROGRAMME), "programme")?,
            short_name: fields.text(key::SHORT_NAME),
            organisers: fields.texts(key::ORGANISERS),
            holder: fields.parsed(key::HOLDER, "holder", |t| PersonName::parse(t).ok())?,
            school: fields.text(key::SCHOOL),
            document_masked: fields.text(key::DOCUMENT),
            achievement: read_achievement(fields.get(key::ACHIEVEMENT))?,
            portrait,
            issued_on: fields.parsed(key::ISSUED_ON, "issued_on", |t| t.parse().ok())?,
            verify_at: fields.text(key::VERIFY_AT),
            replaces: match fields.get(key::REPLACES) {
                None => None,
                Some(_) => Some(fields.parsed(key::REPLACES, "replaces", |t| t.parse().ok())?),
            },
        };
        // No certificate replaces itself.
        if claims.replaces.as_ref() == Some(&claims.number) {
            return Err(ClaimsError::Field("replaces"));
        }
        if claims.to_bytes() == bytes { Ok(claims) } else { Err(ClaimsError::NotCanonical) }
    }
}

impl Achievement {
    /// Canonical bytes, as they stand inside the claims: for records of awards.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&achievement(self))
    }

    /// # Errors
    /// [`ClaimsError`] unless `bytes` are exactly what [`Achievement::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let value: Value = ciborium::from_reader(bytes).map_err(|_| ClaimsError::Shape)?;
        let achievement = read_achievement(Some(&value))?;
        if achievement.to_bytes() == bytes { Ok(achievement) } else { Err(ClaimsError::NotCanonical) }
    }
}

fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    // Writing to memory cannot fail; an empty result would fail every later comparison, never pass one.
    if ciborium::into_writer(value, &mut out).is_err() {
        out.clear();
    }
    out
}

fn named(named: &Named) -> Value {
    Value::Array(vec![Value::from(named.id.as_str()), Value::from(named.name.as_str()), Value::from(named.name_en.as_str())])
}

fn read_named(value: Option<&Value>, field: &'static str) -> Result<Named, ClaimsError> {
    let parts: Option<Vec<&str>> = value.and_then(Value::as_array).and_then(|a| a.iter().map(Value::as_text).collect());
    match parts.as_deref() {
        Some([id, name, name_en]) => {
            Ok(Named { id: id.parse().map_err(|_| ClaimsError::Field(field))?, name: (*name).to_owned(), name_en: (*name_en).to_owned() })
        }
        _ => Err(ClaimsError::Field(field)),
    }
}

/// Fields of an award: 1 level, 2 role, 3 category, 4 subject, 5 work, 6 team, 7 instructors. Of an ability: 11 title, 12 level.
fn achievement(achievement: &Achievement) -> Value {
    let mut map = Map::default();
    match achievement {
        Achievement::Award { level, role, category, subject, work, team, instructors } => {
            map.text(1, level.code());
            map.text(2, role.code());
            map.text(3, category);
            map.text(4, subject);
            map.text(5, work);
            map.texts(6, team.iter().map(PersonName::as_str));
            map.texts(7, instructors.iter().map(PersonName::as_str));
        }
        Achievement::Ability { title, level } => {
            map.text(11, title);
            map.text(12, level.code());
        }
    }
    Value::Map(map.0)
}

fn read_achievement(value: Option<&Value>) -> Result<Achievement, ClaimsError> {
    let fields = Fields::of(value.ok_or(ClaimsError::Field("achievement"))?)?;
    let names = |key, field| -> Result<Vec<PersonName>, ClaimsError> {
        fields.texts(key).iter().map(|t| PersonName::parse(t).map_err(|_| ClaimsError::Field(field))).collect()
    };
    if fields.get(11).is_some() {
        return Ok(Achievement::Ability { title: fields.text(11), level: fields.parsed(12, "level", AbilityLevel::from_code)? });
    }
    Ok(Achievement::Award {
        level: fields.parsed(1, "level", AwardLevel::from_code)?,
        role: fields.parsed(2, "role", Role::from_code)?,
        category: fields.text(3),
        subject: fields.text(4),
        work: fields.text(5),
        team: names(6, "team")?,
        instructors: names(7, "instructors")?,
    })
}

/// A map under construction: keys are added in ascending order, empty facts are left out.
#[derive(Default)]
struct Map(Vec<(Value, Value)>);

impl Map {
    fn put(&mut self, key: i64, value: Value) {
        self.0.push((Value::from(key), value));
    }

    fn text(&mut self, key: i64, text: &str) {
        if !text.is_empty() {
            self.put(key, Value::from(text));
        }
    }

    fn texts<'a>(&mut self, key: i64, texts: impl Iterator<Item = &'a str>) {
        let texts: Vec<Value> = texts.map(Value::from).collect();
        if !texts.is_empty() {
            self.put(key, Value::Array(texts));
        }
    }
}

/// A map being read. Unknown fields make the bytes differ from their re-encoding and so are refused.
struct Fields<'a>(&'a [(Value, Value)]);

impl<'a> Fields<'a> {
    fn of(value: &'a Value) -> Result<Self, ClaimsError> {
        value.as_map().map(|m| Self(m)).ok_or(ClaimsError::Shape)
    }

    fn get(&self, key: i64) -> Option<&'a Value> {
        self.0.iter().find(|(k, _)| *k == Value::from(key)).map(|(_, v)| v)
    }

    fn int(&self, key: i64) -> Option<i64> {
        self.get(key).and_then(Value::as_integer).and_then(|i| i.try_into().ok())
    }

    fn text(&self, key: i64) -> String {
        self.get(key).and_then(Value::as_text).unwrap_or_default().to_owned()
    }

    fn texts(&self, key: i64) -> Vec<String> {
        let items = self.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(|v| v.as_text().map(str::to_owned)).collect()
    }

    fn parsed<T>(&self, key: i64, field: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ClaimsError> {
        self.get(key).and_then(Value::as_text).and_then(parse).ok_or(ClaimsError::Field(field))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    pub(crate) fn award_claims() -> Claims {
        let name = |n: &str| PersonName::parse(n).unwrap();
        Claims {
            number: "LQB033202300001".parse().unwrap(),
            issuer: Named {
                id: "lanhai".parse().unwrap(), name: "蓝海杯大赛组委会".into(), name_en: "Lanhai Cup Committee".into()
            },
            programme: Named {
                id: "lanhai-14".parse().unwrap(), name: "第十四届蓝海杯大赛".into(), name_en: "14th Lanhai Cup".into()
            },
            short_name: "蓝海杯".into(),
            organisers: vec!["蓝海市人民政府".into()],
            holder: name("阿卜杜热合曼·麦麦提依明"),
            school: "蓝海大学".into(),
            document_masked: String::new(),
            achievement: Achievement::Award {
                level: AwardLevel::First,
                role: Role::CoCreator,
                category: "软件类".into(),
                subject: "C/C++程序设计".into(),
                work: "星海".into(),
                team: vec![name("李明")],
                instructors: vec![],
            },
            portrait: None,
            issued_on: date(2024, 1, 1),
            verify_at: "https://yinxin.example".into(),
            replaces: None,
        }
    }

    /// A certificate that corrects another one.
    pub(crate) fn successor_claims() -> Claims {
        Claims { number: "LQB033202400007".parse().unwrap(), replaces: Some(award_claims().number), ..award_claims() }
    }

    pub(crate) fn ability_claims() -> Claims {
        Claims {
            number: "GXRCPJ033202000019".parse().unwrap(),
            document_masked: "110***********002X".into(),
            achievement: Achievement::Ability { title: "区块链金融行业工程师".into(), level: AbilityLevel::Junior },
            portrait: Some(Digest::of(b"portrait")),
            organisers: vec![],
            ..award_claims()
        }
    }

    #[test]
    fn bytes_and_facts_are_one_to_one() {
        for claims in [award_claims(), ability_claims(), successor_claims()] {
            assert_eq!(Claims::from_bytes(&claims.to_bytes()), Ok(claims));
        }
    }

    #[test]
    fn a_successor_names_another_certificate_at_the_end() {
        let first = award_claims().to_bytes();
        let second = Claims { replaces: Some("LQB033202300009".parse().unwrap()), ..award_claims() }.to_bytes();
        assert_eq!(second[1..first.len()], first[1..], "what was certified before has the bytes that it had");
        assert_eq!(second[first.len()..first.len() + 2], [0x0E, 0x6F], "key 14, a text of fifteen");
        let own = Claims { replaces: Some(award_claims().number), ..award_claims() }.to_bytes();
        assert_eq!(Claims::from_bytes(&own), Err(ClaimsError::Field("replaces")));
        assert_eq!(
            Claims::from_bytes(&[&second[..second.len() - 15], "lqb033202300009".as_bytes()].concat()),
            Err(ClaimsError::Field("replaces"))
        );
    }

    #[test]
    fn other_spellings_are_refused() {
        let good = award_claims().to_bytes();
        assert_eq!(good[..3], [0xAB, 0x01, 0x01], "a map of eleven, version 1 first");
        // The same version written with two bytes.
        let long = [&[good[0], 0x01, 0x18, 0x01], &good[3..]].concat();
        assert_eq!(Claims::from_bytes(&long), Err(ClaimsError::NotCanonical));
        let trailing = [&good[..], &[0x00]].concat();
        assert!(Claims::from_bytes(&trailing).is_err());
        assert!(Claims::from_bytes(&good[..good.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Claims::from_bytes(&bytes).is_err());
        }

        #[test]
        fn no_byte_can_change_without_notice(at in 0usize..300, by in 1u8..=255) {
            let claims = award_claims();
            let mut bytes = claims.to_bytes();
            let at = at % bytes.len();
            bytes[at] ^= by;
            prop_assert_ne!(Claims::from_bytes(&bytes), Ok(claims));
        }
    }
}
