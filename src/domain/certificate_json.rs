//! `certificate.json`, the file inside each certificate: every fact by name, and what proves them. `docs/certificate-json.md`
//! describes it to those who read it.
//!
//! Facts and proof determine every byte, so the file is read by writing it again: another spelling is refused, and no field
//! can say something else than the proven claims.

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, Serializer};

use super::award::Achievement;
use super::claims::{Claims, ClaimsError, Named};
use super::digest::Digest;
use super::name::PersonName;
use super::number::CertificateNumber;

/// The file's name.
pub const NAME: &str = "certificate.json";

/// The format with its version, the first field.
const FORMAT: &str = "yinxin-certificate/1";
/// A usual file has 2,300 bytes.
const USUAL_BYTES: usize = 4096;

/// The name of a proof key: the first bytes of SHA-256 of the raw public key.
pub type ProofKeyId = [u8; 4];

/// What a file holds, beside the facts in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateJson {
    /// The facts.
    pub claims: Claims,
    /// The text of the QR code. Nothing of it has been checked.
    pub proof: String,
    /// The key that the proof is said to be by.
    pub proof_key: ProofKeyId,
}

/// The bytes are no `certificate.json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateJsonError {
    /// Not JSON, or without one of the fields that say the rest.
    #[error("certificate.json 无法读取 / certificate.json cannot be read")]
    Form,
    /// Its claims are not canonical.
    #[error("certificate.json 中的 claims 有误：{0} / its claims are wrong: {0}")]
    Claims(#[from] ClaimsError),
    /// A field differs from what the claims say, or is spelt in another way.
    #[error("certificate.json 的明文字段与 claims 不一致 / its plain fields differ from its claims")]
    Fields,
}

/// The file of `claims`, whose canonical bytes are `bytes`. The same input gives the same bytes.
#[must_use]
pub fn write(claims: &Claims, bytes: &[u8], proof: &str, proof_key: ProofKeyId) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_BYTES);
    let mut serializer = serde_json::Serializer::pretty(&mut out);
    // Writing texts to memory cannot fail; an empty file would be refused by every reader.
    if Fields::of(claims, bytes, proof, proof_key).serialize(&mut serializer).is_err() {
        out.clear();
    }
    out.push(b'\n');
    out
}

/// # Errors
/// [`CertificateJsonError`] unless `json` is exactly what [`write`] gives for some claims and proof.
pub fn read(json: &[u8]) -> Result<CertificateJson, CertificateJsonError> {
    let Sources { claims, proof, proof_key } = serde_json::from_slice(json).map_err(|_| CertificateJsonError::Form)?;
    let bytes = URL_SAFE_NO_PAD.decode(claims).map_err(|_| CertificateJsonError::Form)?;
    let number = u32::from_str_radix(&proof_key, 16).map_err(|_| CertificateJsonError::Form)?;
    let read = CertificateJson { claims: Claims::from_bytes(&bytes)?, proof, proof_key: number.to_be_bytes() };
    if write(&read.claims, &bytes, &read.proof, read.proof_key) == json { Ok(read) } else { Err(CertificateJsonError::Fields) }
}

/// The fields that the others follow from.
#[derive(Deserialize)]
struct Sources {
    claims: String,
    proof: String,
    proof_key: String,
}

/// The fields in order. A fact that the certificate does not state is left out.
#[derive(Serialize)]
struct Fields<'a> {
    format: &'static str,
    number: &'a str,
    kind: &'static str,
    kind_zh: &'static str,
    kind_en: &'static str,
    holder: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    school: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    document_masked: &'a str,
    #[serde(flatten)]
    achievement: Stated<'a>,
    programme: Names<'a>,
    short_name: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    organisers: &'a [String],
    issuer: Names<'a>,
    issued_on: jiff::civil::Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "portrait")]
    portrait_sha256: Option<&'a Digest>,
    verify_at: &'a str,
    #[serde(serialize_with = "base64url")]
    claims: &'a [u8],
    proof: &'a str,
    #[serde(serialize_with = "hexadecimal")]
    proof_key: ProofKeyId,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Stated<'a> {
    Award {
        level: &'static str,
        level_zh: &'static str,
        level_en: &'static str,
        role: &'static str,
        role_zh: &'static str,
        role_en: &'static str,
        #[serde(skip_serializing_if = "str::is_empty")]
        category: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        subject: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        work: &'a str,
        #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "people")]
        team: &'a [PersonName],
        #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "people")]
        instructors: &'a [PersonName],
    },
    Ability {
        title: &'a str,
        level: &'static str,
        level_zh: &'static str,
        level_en: &'static str,
    },
}

#[derive(Serialize)]
struct Names<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name_en: &'a str,
}

impl<'a> Fields<'a> {
    fn of(claims: &'a Claims, bytes: &'a [u8], proof: &'a str, proof_key: ProofKeyId) -> Self {
        let kind = claims.kind();
        Self {
            format: FORMAT,
            number: claims.number.as_str(),
            kind: kind.code(),
            kind_zh: kind.zh(),
            kind_en: kind.en(),
            holder: claims.holder.as_str(),
            school: &claims.school,
            document_masked: &claims.document_masked,
            achievement: Stated::of(&claims.achievement),
            programme: Names::of(&claims.programme),
            short_name: &claims.short_name,
            organisers: &claims.organisers,
            issuer: Names::of(&claims.issuer),
            issued_on: claims.issued_on,
            replaces: claims.replaces.as_ref().map(CertificateNumber::as_str),
            portrait_sha256: claims.portrait.as_ref(),
            verify_at: &claims.verify_at,
            claims: bytes,
            proof,
            proof_key,
        }
    }
}

impl<'a> Stated<'a> {
    fn of(achievement: &'a Achievement) -> Self {
        match achievement {
            Achievement::Award { level, role, category, subject, work, team, instructors } => Self::Award {
                level: level.code(),
                level_zh: level.zh(),
                level_en: level.en(),
                role: role.code(),
                role_zh: role.zh(),
                role_en: role.en(),
                category,
                subject,
                work,
                team,
                instructors,
            },
            Achievement::Ability { title, level } => {
                Self::Ability { title, level: level.code(), level_zh: level.zh(), level_en: level.en() }
            }
        }
    }
}

impl<'a> Names<'a> {
    fn of(named: &'a Named) -> Self {
        Self { id: named.id.as_str(), name: &named.name, name_en: &named.name_en }
    }
}

fn people<S: Serializer>(names: &&[PersonName], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().map(PersonName::as_str))
}

fn portrait<S: Serializer>(digest: &Option<&Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&digest.map(ToString::to_string).unwrap_or_default())
}

fn base64url<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &URL_SAFE_NO_PAD))
}

fn hexadecimal<S: Serializer>(key: &ProofKeyId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{:08x}", u32::from_be_bytes(*key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims, successor_claims};
    use proptest::prelude::*;

    const PROOF: &str = "HTTPS://YINXIN.EXAMPLE/Q/0123456789";

    fn written(claims: &Claims) -> Vec<u8> {
        write(claims, &claims.to_bytes(), PROOF, [0x0A, 0, 0xFF, 1])
    }

    #[test]
    fn every_fact_is_a_plain_field() {
        let claims = award_claims();
        let text = String::from_utf8(written(&claims)).unwrap();
        let encoded = URL_SAFE_NO_PAD.encode(claims.to_bytes());
        let wanted = format!(
            r#"{{
  "format": "yinxin-certificate/1",
  "number": "LQB033202300001",
  "kind": "award",
  "kind_zh": "获奖证书",
  "kind_en": "Award Certificate",
  "holder": "阿卜杜热合曼·麦麦提依明",
  "school": "蓝海大学",
  "level": "first",
  "level_zh": "一等奖",
  "level_en": "First Prize",
  "role": "co-creator",
  "role_zh": "共同创作者",
  "role_en": "Co-creator",
  "category": "软件类",
  "subject": "C/C++程序设计",
  "work": "星海",
  "team": [
    "李明"
  ],
  "programme": {{
    "id": "lanhai-14",
    "name": "第十四届蓝海杯大赛",
    "name_en": "14th Lanhai Cup"
  }},
  "short_name": "蓝海杯",
  "organisers": [
    "蓝海市人民政府"
  ],
  "issuer": {{
    "id": "lanhai",
    "name": "蓝海杯大赛组委会",
    "name_en": "Lanhai Cup Committee"
  }},
  "issued_on": "2024-01-01",
  "verify_at": "https://yinxin.example",
  "claims": "{encoded}",
  "proof": "HTTPS://YINXIN.EXAMPLE/Q/0123456789",
  "proof_key": "0a00ff01"
}}
"#
        );
        assert_eq!(text, wanted);
        let ability = String::from_utf8(written(&ability_claims())).unwrap();
        let portrait = format!("\"portrait_sha256\": \"{}\"", Digest::of(b"portrait"));
        for field in
            ["\"title\": \"区块链金融行业工程师\"", "\"level_zh\": \"初级\"", "\"document_masked\": \"110***********002X\"", &portrait]
        {
            assert!(ability.contains(field), "{field} in {ability}");
        }
        let successor = String::from_utf8(written(&successor_claims())).unwrap();
        assert!(successor.contains("\"issued_on\": \"2024-01-01\",\n  \"replaces\": \"LQB033202300001\",\n  \"verify_at\""), "{successor}");
    }

    #[test]
    fn facts_and_file_are_one_to_one() {
        for claims in [award_claims(), ability_claims(), successor_claims()] {
            let read = read(&written(&claims)).unwrap();
            assert_eq!(read, CertificateJson { claims, proof: PROOF.into(), proof_key: [0x0A, 0, 0xFF, 1] });
        }
    }

    #[test]
    fn a_field_that_says_something_else_is_refused() {
        let good = String::from_utf8(written(&award_claims())).unwrap();
        let refused = |from: &str, to: &str| {
            assert!(good.contains(from));
            read(good.replacen(from, to, 1).as_bytes()).unwrap_err()
        };
        assert_eq!(refused("一等奖", "特等奖"), CertificateJsonError::Fields);
        assert_eq!(refused("\"holder\": ", "\"holder\":  "), CertificateJsonError::Fields);
        assert_eq!(refused("\"number\"", "\"more\": 1, \"number\""), CertificateJsonError::Fields);
        assert_eq!(refused("0a00ff01", "0A00FF01"), CertificateJsonError::Fields);
        assert_eq!(refused("0a00ff01", "oa00ff01"), CertificateJsonError::Form);
        assert_eq!(refused("\"proof\"", "\"prove\""), CertificateJsonError::Form);
        assert!(matches!(refused("\"claims\": \"q", "\"claims\": \"A"), CertificateJsonError::Claims(_)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&bytes).is_err());
        }

        #[test]
        fn no_byte_of_a_fact_can_change(at in 0usize..4000, by in 1u8..=255) {
            let claims = award_claims();
            let mut json = written(&claims);
            let at = at % json.len();
            json[at] ^= by;
            // The proof is a text of its own, which the signature in it keeps from changing.
            prop_assert!(read(&json).map_or(true, |read| read.claims == claims && (read.proof != PROOF || read.proof_key != [0x0A, 0, 0xFF, 1])));
        }
    }
}
