//! JSON Web Signatures (RFC 7515) in their compact form, by the service's own key.
//!
//! The algorithm's name is `EdDSA` (RFC 8037). RFC 9864 of 2025 calls the same signature `Ed25519`; libraries that people have installed
//! verify `EdDSA` alone or both, so the older name is the one that all of them understand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::keyring::{StatementKey, StatementKeys};

const ALGORITHM: &str = "EdDSA";

/// More than a list of ten million states has, in characters.
const MAX_LENGTH: usize = 256 * 1024 * 1024;

/// What is signed; a text of one kind is never taken for one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An answer that the service gave.
    Statement,
    /// The states of certificates.
    States,
}

impl Kind {
    fn typ(self) -> &'static str {
        match self {
            Self::Statement => "yinxin-statement+jwt",
            Self::States => "yinxin-revocations+jwt",
        }
    }
}

/// The text is not what the service signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts in base64url.
    #[error("不是 JWS 签名文本 / this is not a JWS in compact form")]
    Form,
    /// A header that the service does not write.
    #[error("签名文本的头部不是本服务所写 / the header is none that this service writes")]
    Header,
    /// Signed, but for something else.
    #[error("签名文本的种类不符：应为 {0} / signed for another purpose: {0} is wanted")]
    OtherKind(&'static str),
    /// By a key that is not in the key set.
    #[error(
        "签名密钥 {0} 不在公钥集中，不可信；公钥集可能过旧 / signed by a key that is not in the key set, which may be old: not trusted"
    )]
    UnknownKey(String),
    /// The signature is not over this text.
    #[error("签名无效，内容被改动或系伪造 / the signature is invalid: changed or forged")]
    Signature,
    /// Rightly signed, but not of the form that this program reads.
    #[error("签名有效，但内容不是本程序认识的格式 / the signature is right, but this program does not know the content's form")]
    Content,
    /// What is to be signed cannot be written as JSON.
    #[error("无法写成 JSON：{0} / it cannot be written as JSON: {0}")]
    Write(String),
}

/// Exactly the members that are written: one more might change what the others mean (RFC 7515, 4.1.11).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Signs `payload`, which is JSON. The same input gives the same text.
pub(super) fn sign(kind: Kind, payload: &impl Serialize, key: &StatementKey) -> Result<String, JwsError> {
    let json = |e: serde_json::Error| JwsError::Write(e.to_string());
    let header = Header { alg: ALGORITHM.into(), kid: key.kid().into(), typ: kind.typ().into() };
    let mut text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).map_err(json)?);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(payload).map_err(json)?, &mut text);
    let signature = key.sign(text.as_bytes());
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    Ok(text)
}

/// The payload of `text`, signed by one of `keys` for this purpose, and the key's name. White space around the text is no part of it.
pub(super) fn open(kind: Kind, text: &str, keys: &StatementKeys) -> Result<(String, Vec<u8>), JwsError> {
    let text = text.trim();
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(JwsError::Form);
    };
    if text.len() > MAX_LENGTH {
        return Err(JwsError::Form);
    }
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Form);
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Header)?;
    // The key decides the algorithm; a header that names another one is refused (RFC 8725, 3.1).
    if header.alg != ALGORITHM || header.kid.is_empty() || header.kid.len() > 64 || !header.kid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(JwsError::Header);
    }
    if header.typ != kind.typ() {
        return Err(JwsError::OtherKind(kind.typ()));
    }
    let key = keys.find(&header.kid).ok_or(JwsError::UnknownKey(header.kid))?;
    let signature: [u8; 64] = decode(signature)?.try_into().map_err(|_| JwsError::Signature)?;
    let signed = text.rsplit_once('.').map_or("", |(signed, _)| signed);
    if !key.verifies(signed.as_bytes(), &signature) {
        return Err(JwsError::Signature);
    }
    Ok((key.kid().to_owned(), decode(payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::keyring::{PublicStatementKey, make};
    use crate::sealing::specimen::source;
    use proptest::prelude::*;
    use serde_json::json;

    fn key(seed: u64) -> StatementKey {
        make::statement(&mut source(seed))
    }

    fn keys(keys: &[&StatementKey]) -> StatementKeys {
        keys.iter().map(|key| key.public()).collect::<Vec<PublicStatementKey>>().into()
    }

    fn part(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn what_is_signed_opens_for_its_purpose_alone() {
        let (key, other) = (key(1), key(2));
        let known = keys(&[&other, &key]);
        let text = sign(Kind::Statement, &json!({ "a": "印" }), &key).unwrap();
        assert_eq!(text, sign(Kind::Statement, &json!({ "a": "印" }), &key).unwrap(), "deterministic");
        let head = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"yinxin-statement+jwt"}}"#, key.kid());
        assert_eq!(text.split('.').next(), Some(part(&head).as_str()));
        assert_eq!(open(Kind::Statement, &format!(" {text}\n"), &known), Ok((key.kid().to_owned(), r#"{"a":"印"}"#.as_bytes().to_vec())));
        assert_eq!(open(Kind::States, &text, &known), Err(JwsError::OtherKind("yinxin-revocations+jwt")));
        assert_eq!(open(Kind::Statement, &text, &keys(&[&other])), Err(JwsError::UnknownKey(key.kid().to_owned())));
        let [header, payload, signature]: [&str; 3] = text.split('.').collect::<Vec<_>>().try_into().unwrap();
        let other_text = sign(Kind::Statement, &json!({ "a": "信" }), &key).unwrap();
        let other_payload = other_text.split('.').nth(1).unwrap();
        assert_eq!(open(Kind::Statement, &format!("{header}.{other_payload}.{signature}"), &known), Err(JwsError::Signature));
        for wrong in [
            r#"{"alg":"none","kid":"KID","typ":"yinxin-statement+jwt"}"#,
            r#"{"alg":"HS256","kid":"KID","typ":"yinxin-statement+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"KID","typ":"yinxin-statement+jwt","crit":["b64"],"b64":false}"#,
            r#"{"alg":"EdDSA","kid":"KID","typ":"yinxin-statement+jwt","alg":"EdDSA"}"#,
            r#"{"alg":"EdDSA","typ":"yinxin-statement+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"","typ":"yinxin-statement+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"<b>","typ":"yinxin-statement+jwt"}"#,
            "[]",
        ] {
            let header = part(&wrong.replace("KID", key.kid()));
            assert_eq!(open(Kind::Statement, &format!("{header}.{payload}.{signature}"), &known), Err(JwsError::Header), "{wrong}");
        }
        for wrong in ["", ".", "..", "a.b", "a.b.c.d", &format!("{text}="), &format!("{header}.{payload}."), &text.replace('.', "..")] {
            assert!(open(Kind::Statement, wrong, &known).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let key = key(1);
            let known = keys(&[&key]);
            prop_assert!(open(Kind::Statement, &text, &known).is_err());
            let encoded = URL_SAFE_NO_PAD.encode(&bytes);
            let head = part(&format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"yinxin-statement+jwt"}}"#, key.kid()));
            for odd in [format!("{encoded}.{encoded}.{encoded}"), format!("{head}.{encoded}.{encoded}"), format!("{head}.{text}.{encoded}")] {
                prop_assert!(open(Kind::Statement, &odd, &known).is_err());
            }
        }

        #[test]
        fn one_changed_character_is_noticed(at in 0usize..400, with in "[A-Za-z0-9_.-]") {
            let key = key(1);
            let text = sign(Kind::States, &json!({ "number": "LH14202400001" }), &key).unwrap();
            let at = at % text.len();
            let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(open(Kind::States, &changed, &keys(&[&key])).is_ok(), changed == text);
        }
    }
}
