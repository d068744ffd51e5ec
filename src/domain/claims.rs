//! The facts that a certificate states, and their canonical bytes.
//!
//! The bytes are deterministic CBOR (RFC 8949, 4.2.1): a map with integer keys in ascending order, definite lengths,
//! shortest integers, absent facts left out. Reading refuses every other spelling, so that bytes and facts are one to one.

mod map;

use jiff::civil::Date;

use super::award::{AbilityLevel, Achievement, AwardLevel, CertificateKind, Role};
use super::cbor::{Item, Writer};
use super::digest::Digest;
use super::issuer::Slug;
use super::name::PersonName;
use super::number::CertificateNumber;
use map::{Fields, Map};

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
const VERSION: u64 = 1;

mod key {
    pub const VERSION: u64 = 1;
    pub const NUMBER: u64 = 2;
    pub const ISSUER: u64 = 3;
    pub const PROGRAMME: u64 = 4;
    pub const SHORT_NAME: u64 = 5;
    pub const ORGANISERS: u64 = 6;
    pub const HOLDER: u64 = 7;
    pub const SCHOOL: u64 = 8;
    pub const DOCUMENT: u64 = 9;
    pub const ACHIEVEMENT: u64 = 10;
    pub const PORTRAIT: u64 = 11;
    pub const ISSUED_ON: u64 = 12;
    pub const VERIFY_AT: u64 = 13;
    pub const REPLACES: u64 = 14;
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
        map.key(key::VERSION).unsigned(VERSION);
        map.text(key::NUMBER, self.number.as_str());
        named(map.key(key::ISSUER), &self.issuer);
        named(map.key(key::PROGRAMME), &self.programme);
        map.text(key::SHORT_NAME, &self.short_name);
        map.texts(key::ORGANISERS, &self.organisers, String::as_str);
        map.text(key::HOLDER, self.holder.as_str());
        map.text(key::SCHOOL, &self.school);
        map.text(key::DOCUMENT, &self.document_masked);
        achievement(&self.achievement).write(map.key(key::ACHIEVEMENT));
        if let Some(digest) = &self.portrait {
            map.key(key::PORTRAIT).bytes(digest.as_bytes());
        }
        map.text(key::ISSUED_ON, &self.issued_on.to_string());
        map.text(key::VERIFY_AT, &self.verify_at);
        if let Some(replaced) = &self.replaces {
            map.text(key::REPLACES, replaced.as_str());
        }
        map.into_bytes()
    }

    /// The digest of the canonical bytes: what the proof in the QR code binds.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// # Errors
    /// [`ClaimsError`] unless `bytes` are exactly what [`Claims::to_bytes`] gives for some facts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let item = Item::read(bytes).ok_or(ClaimsError::Shape)?;
        let fields = Fields::of(&item)?;
        if fields.get(key::VERSION) != Some(&Item::Unsigned(VERSION)) {
            return Err(ClaimsError::Field("version"));
        }
        let portrait = match fields.get(key::PORTRAIT) {
            None => None,
            Some(Item::Bytes(bytes)) => Some(Digest::from_bytes((*bytes).try_into().map_err(|_| ClaimsError::Field("portrait"))?)),
            Some(_) => return Err(ClaimsError::Field("portrait")),
        };
        let claims = Self {
            number: fields.parsed(key::NUMBER, "number", |t| t.parse().ok())?,
            issuer: read_named(fields.get(key::ISSUER), "issuer")?,
            programme: read_named(fields.get(key::PROGRAMME), "programme")?,
            short_name: fields.text(key::SHORT_NAME),
            organisers: fields.texts(key::ORGANISERS).map(str::to_owned).collect(),
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
        achievement(self).into_bytes()
    }

    /// # Errors
    /// [`ClaimsError`] unless `bytes` are exactly what [`Achievement::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let item = Item::read(bytes).ok_or(ClaimsError::Shape)?;
        let achievement = read_achievement(Some(&item))?;
        if achievement.to_bytes() == bytes { Ok(achievement) } else { Err(ClaimsError::NotCanonical) }
    }
}

fn named(out: &mut Writer, named: &Named) {
    out.array(3);
    [named.id.as_str(), &named.name, &named.name_en].into_iter().for_each(|text| out.text(text));
}

fn read_named(item: Option<&Item<'_>>, field: &'static str) -> Result<Named, ClaimsError> {
    let wrong = ClaimsError::Field(field);
    match item {
        Some(Item::Array(parts)) => match parts[..] {
            [Item::Text(id), Item::Text(name), Item::Text(name_en)] => {
                Ok(Named { id: id.parse().map_err(|_| wrong)?, name: name.to_owned(), name_en: name_en.to_owned() })
            }
            _ => Err(wrong),
        },
        _ => Err(wrong),
    }
}

/// Fields of an award: 1 level, 2 role, 3 category, 4 subject, 5 work, 6 team, 7 instructors. Of an ability: 11 title, 12 level.
fn achievement(achievement: &Achievement) -> Map {
    let mut map = Map::default();
    match achievement {
        Achievement::Award { level, role, category, subject, work, team, instructors } => {
            map.text(1, level.code());
            map.text(2, role.code());
            map.text(3, category);
            map.text(4, subject);
            map.text(5, work);
            map.texts(6, team, PersonName::as_str);
            map.texts(7, instructors, PersonName::as_str);
        }
        Achievement::Ability { title, level } => {
            map.text(11, title);
            map.text(12, level.code());
        }
    }
    map
}

fn read_achievement(item: Option<&Item<'_>>) -> Result<Achievement, ClaimsError> {
    let fields = Fields::of(item.ok_or(ClaimsError::Field("achievement"))?)?;
    let names = |key, field| -> Result<Vec<PersonName>, ClaimsError> {
        fields.texts(key).map(|t| PersonName::parse(t).map_err(|_| ClaimsError::Field(field))).collect()
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
