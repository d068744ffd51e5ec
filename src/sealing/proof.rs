//! The proof that travels in the QR code: the main facts, signed with Ed25519, as COSE_Sign1 (RFC 9052). It can be checked
//! with no network, on paper as on screen. The code carries what differs from proof to proof; see [`packed`].

mod packed;
mod token;

use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signature, Signer, VerifyingKey, verify_batch};

use crate::document::qr::QrText;
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::QrClaims;

use super::keyring::{KID_BYTES, ProofKey, PublicProofKey, Trust};
use packed::Parts;

/// What stands between the base address and the token, in a code; addresses are understood in any case.
const PATH: &str = "/Q/";

/// More digits than any QR code holds.
const MAX_DIGITS: usize = 7089;

/// Facts whose proof was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenFacts {
    /// What the code states.
    pub claims: QrClaims,
    /// Who proved it.
    pub issuer: Slug,
    /// The issuer's name, from the trust anchors.
    pub issuer_name: String,
    /// The key's name.
    pub key: [u8; KID_BYTES],
}

/// The text proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Neither an address with a token nor a token.
    #[error("不是证书二维码的内容 / this is not the text of a certificate's QR code")]
    NotAToken,
    /// The digits are not the one spelling of some bytes: a digit is missing or wrong.
    #[error("二维码数字不完整或有误 / digits of the code are missing or wrong")]
    Digits,
    /// The bytes are no proof of ours in its one spelling.
    #[error("二维码内容不是规范的证明 / the code's bytes are not a canonical proof")]
    Form,
    /// A key that the trust anchors do not know.
    #[error("证明的签发密钥未知，不可信 / the proof is by an unknown key: not trusted")]
    UnknownKey,
    /// The signature is not over these facts.
    #[error("证明签名无效，内容被改动或系伪造 / the proof's signature is invalid: changed or forged")]
    Signature,
    /// The proof cannot be encoded: a text of more than 127 bytes, or a day before 1970 or after 2149.
    #[error(
        "二维码放不下：姓名、成绩（岗位与等级）和赛事简称每项至多 127 字节，日期应在 1970 至 2149 年 / the QR code cannot hold it: name, achievement and short name have at most 127 bytes each, the date lies between 1970 and 2149"
    )]
    Encode,
}

/// Proves `claims`: the text for the QR code, under `base_url` in upper case.
///
/// # Errors
/// [`ProofError::Encode`] if the facts cannot be encoded.
pub fn prove(claims: &QrClaims, key: &ProofKey, base_url: &str) -> Result<QrText, ProofError> {
    let signature = key.key().sign(&signed(key.kid(), claims)).to_bytes();
    let bytes = Parts { kid: key.kid(), claims: claims.clone(), signature }.pack().ok_or(ProofError::Encode)?;
    Ok(QrText { prefix: base_url.trim_end_matches('/').to_ascii_uppercase() + PATH, digits: token::encode(&bytes) })
}

/// Checks the text of a QR code: the whole address in any case, or the digits alone, spaces allowed among them.
///
/// # Errors
/// [`ProofError`] saying at which step the text fails.
pub fn check(text: &str, trust: &Trust) -> Result<ProvenFacts, ProofError> {
    Stated::read(text, trust)?.check()
}

/// Checks the texts of several codes, to the same answers as [`check`] gives for each. Where all are genuine the signatures are checked
/// together, by one equation that holds for a wrong one among them with a chance of 2^-128 (a signature that it passes and the check of one
/// refuses can only be made with the key itself); where one is not, each is checked alone.
#[must_use]
pub fn check_all(texts: &[&str], trust: &Trust) -> Vec<Result<ProvenFacts, ProofError>> {
    let stated: Vec<_> = texts.iter().map(|text| Stated::read(text, trust)?.canonical()).collect();
    // Where two keys share a name, a signature is tried with each, alone.
    let single = |stated: &&Stated<'_>| stated.keys.len() == 1;
    let together: Vec<&Stated<'_>> = stated.iter().filter_map(|stated| stated.as_ref().ok()).filter(single).collect();
    let messages: Vec<Vec<u8>> = together.iter().map(|stated| stated.signed()).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let signatures: Vec<Signature> = together.iter().map(|stated| stated.signature()).collect();
    let keys: Vec<VerifyingKey> = together.iter().flat_map(|stated| stated.keys.first()).map(|key| key.key).collect();
    let genuine = together.len() > 1 && verify_batch(&messages, &signatures, &keys).is_ok();
    let answer = |stated: Stated<'_>| if genuine && single(&&stated) { stated.proven() } else { stated.check() };
    stated.into_iter().map(|stated| stated.and_then(answer)).collect()
}

/// What a code states before its signature is checked: nothing of it is proven yet.
pub struct Stated<'a> {
    digits: String,
    bytes: Vec<u8>,
    parts: Parts,
    /// The name is short: several keys may share it.
    keys: Vec<&'a PublicProofKey>,
}

impl<'a> Stated<'a> {
    /// # Errors
    /// [`ProofError`] if the text has not the form of a proof, or names no known key.
    pub fn read(text: &str, trust: &'a Trust) -> Result<Self, ProofError> {
        let digits = digits(text).ok_or(ProofError::NotAToken)?;
        let bytes = token::decode(digits.as_bytes()).ok_or(ProofError::Digits)?;
        let parts = Parts::read(&bytes).ok_or(ProofError::Form)?;
        let keys: Vec<_> = trust.proof_keys.iter().filter(|key| key.kid() == parts.kid).collect();
        if keys.is_empty() {
            return Err(ProofError::UnknownKey);
        }
        Ok(Self { digits, bytes, parts, keys })
    }

    /// Its digits, without address and spaces.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The number that it states.
    #[must_use]
    pub fn number(&self) -> &CertificateNumber {
        &self.parts.claims.number
    }

    /// The facts, if they are in their one spelling and the signature is right by the strict rules.
    ///
    /// # Errors
    /// [`ProofError::Form`] or [`ProofError::Signature`].
    pub fn check(self) -> Result<ProvenFacts, ProofError> {
        let mut stated = self.canonical()?;
        let (signed, signature) = (stated.signed(), stated.signature());
        stated.keys.retain(|key| key.key.verify_strict(&signed, &signature).is_ok());
        stated.proven()
    }

    /// The facts, on the word of one who has kept these very digits since they were checked; `None` where more than one key has the name,
    /// so that the signature has to tell which.
    #[must_use]
    pub fn vouched(self) -> Option<ProvenFacts> {
        if self.keys.len() == 1 { self.proven().ok() } else { None }
    }

    fn canonical(self) -> Result<Self, ProofError> {
        if self.parts.is_packed_as(&self.bytes) { Ok(self) } else { Err(ProofError::Form) }
    }

    /// The facts, proven by the first of the keys.
    fn proven(self) -> Result<ProvenFacts, ProofError> {
        let key = self.keys.first().ok_or(ProofError::Signature)?;
        let Parts { kid, claims, .. } = self.parts;
        Ok(ProvenFacts { claims, issuer: key.issuer.clone(), issuer_name: key.issuer_name.clone(), key: kid })
    }

    fn signature(&self) -> Signature {
        Signature::from_bytes(&self.parts.signature)
    }

    fn signed(&self) -> Vec<u8> {
        signed(self.parts.kid, &self.parts.claims)
    }
}

/// The message that the proof is, without its signature.
fn message(kid: [u8; 4], claims: &QrClaims) -> CoseSign1 {
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .unprotected(HeaderBuilder::new().key_id(kid.to_vec()).build())
        .payload(claims.to_bytes())
        .build()
}

/// What is signed: RFC 9052, 4.4.
fn signed(kid: [u8; 4], claims: &QrClaims) -> Vec<u8> {
    message(kid, claims).tbs_data(&[])
}

fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let at = text.as_bytes().windows(PATH.len()).rposition(|w| w.eq_ignore_ascii_case(PATH.as_bytes()));
    let token = &text.as_bytes()[at.map_or(0, |at| at + PATH.len())..];
    let digits: Vec<u8> = token.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let good = (1..=MAX_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    String::from_utf8(digits).ok().filter(|_| good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims};
    use crate::domain::issuer::SignatureAlgorithm;
    use crate::sealing::specimen::Keys;
    use proptest::prelude::*;

    fn proven() -> (Keys, QrClaims, QrText) {
        let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 5);
        let claims = QrClaims::of(&award_claims());
        let text = prove(&claims, &keys.proof, "https://zs.example.cn/").unwrap();
        (keys, claims, text)
    }

    #[test]
    fn a_proof_is_understood_however_it_was_read() {
        let (keys, claims, text) = proven();
        assert_eq!(text.prefix, "HTTPS://ZS.EXAMPLE.CN/Q/");
        assert_eq!(text, prove(&claims, &keys.proof, "https://zs.example.cn").unwrap(), "deterministic");
        let spaced: String = text.digits.chars().enumerate().map(|(i, c)| if i % 5 == 4 { format!("{c} ") } else { c.into() }).collect();
        for read in [text.whole(), text.whole().to_lowercase(), text.digits.clone(), format!(" {spaced}\n")] {
            let facts = check(&read, &keys.trust).unwrap();
            assert_eq!(
                (facts.claims, facts.issuer, facts.issuer_name.as_str()),
                (claims.clone(), keys.issuer.id.clone(), "蓝海杯大赛组委会")
            );
        }
        let ability = prove(&QrClaims::of(&ability_claims()), &keys.proof, "https://zs.example.cn").unwrap();
        assert!(check(&ability.whole(), &keys.trust).is_ok());
    }

    #[test]
    fn what_is_signed_is_cose() {
        use coset::{CborSerializable, TaggedCborSerializable};
        let (keys, claims, text) = proven();
        let parts = Parts::unpack(&token::decode(text.digits.as_bytes()).unwrap()).unwrap();
        assert_eq!((parts.kid, &parts.claims), (keys.proof.kid(), &claims));
        // The whole message in its bytes: RFC 9052, 4.2.
        let whole = CoseSign1 { signature: parts.signature.to_vec(), ..message(parts.kid, &claims) }.to_tagged_vec().unwrap();
        let head = [&[0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27, 0xA1, 0x04, 0x44][..], &parts.kid].concat();
        assert_eq!(whole[..head.len()], head);
        assert_eq!(whole.len(), head.len() + 2 + claims.to_bytes().len() + 2 + 64);
        assert!(text.digits.len() * 7 < (whole.len() - 13) * 17, "the code has less than that");
        // And what the signature covers, with nothing from outside.
        let payload = claims.to_bytes();
        let covered = [&b"\x84\x6ASignature1\x43\xA1\x01\x27\x40\x58"[..], &[u8::try_from(payload.len()).unwrap()], &payload].concat();
        assert_eq!(signed(parts.kid, &claims), covered);
        assert!(CoseSign1::from_slice(&whole).is_err() && CoseSign1::from_tagged_slice(&whole).is_ok());
    }

    #[test]
    fn any_changed_digit_fails() {
        let (keys, _, text) = proven();
        for at in 0..text.digits.len() {
            for by in [1, 5] {
                let mut digits = text.digits.clone().into_bytes();
                digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
                assert!(check(std::str::from_utf8(&digits).unwrap(), &keys.trust).is_err(), "digit {at}");
            }
        }
        assert!(check(&text.digits[1..], &keys.trust).is_err());
        assert_eq!(check(&text.digits, &Keys::new(SignatureAlgorithm::EcdsaP256, 6).trust), Err(ProofError::UnknownKey));
        assert_eq!(check("https://zs.example.cn/c/LQB033202300001", &keys.trust), Err(ProofError::NotAToken));
        assert_eq!(check("", &keys.trust), Err(ProofError::NotAToken));
    }

    #[test]
    fn many_are_answered_as_each_alone() {
        let (keys, claims, text) = proven();
        let other = prove(&QrClaims { number: "LQB033202300002".parse().unwrap(), ..claims.clone() }, &keys.proof, "https://x").unwrap();
        let stranger = prove(&claims, &Keys::new(SignatureAlgorithm::EcdsaP256, 6).proof, "https://x").unwrap();
        // The signature of another certificate's facts.
        let parts = |text: &QrText| Parts::unpack(&token::decode(text.digits.as_bytes()).unwrap()).unwrap();
        let forged = token::encode(&Parts { signature: parts(&other).signature, ..parts(&text) }.pack().unwrap());
        let good = [text.digits.as_str(), &other.digits];
        let bad = ["", "12a", "123", &stranger.digits, &forged];
        let alone = |texts: &[&str]| texts.iter().map(|text| check(text, &keys.trust)).collect::<Vec<_>>();
        assert!(check_all(&good, &keys.trust).iter().all(Result::is_ok));
        assert_eq!(check_all(&[], &keys.trust), []);
        for texts in
            [good.to_vec(), vec![good[0]], vec![&forged], bad.to_vec(), [&good[..], &bad[..]].concat(), [&bad[..4], &good[..]].concat()]
        {
            assert_eq!(check_all(&texts, &keys.trust), alone(&texts));
        }
        assert_eq!(check(&forged, &keys.trust), Err(ProofError::Signature));
        // Two keys of one name: the same key under two issuers is as good.
        let twice = Trust { proof_keys: [&keys.trust.proof_keys[..], &keys.trust.proof_keys[..]].concat(), ..keys.trust.clone() };
        assert!(check_all(&good, &twice).iter().all(Result::is_ok));
        assert_eq!(check_all(&[&forged, good[0]], &twice)[0], Err(ProofError::Signature));
    }

    #[test]
    fn a_code_is_vouched_for_only_where_one_key_has_its_name() {
        let (keys, claims, text) = proven();
        let stated = |trust| Stated::read(&format!(" {} ", text.whole()), trust).unwrap();
        assert_eq!((stated(&keys.trust).digits(), stated(&keys.trust).number()), (text.digits.as_str(), &claims.number));
        assert_eq!(stated(&keys.trust).vouched(), check(&text.digits, &keys.trust).ok());
        let twice = Trust { proof_keys: [&keys.trust.proof_keys[..], &keys.trust.proof_keys[..]].concat(), ..keys.trust.clone() };
        assert_eq!(stated(&twice).vouched(), None);
    }

    #[test]
    fn another_spelling_of_the_same_proof_is_refused() {
        let (keys, _, text) = proven();
        let bytes = token::decode(text.digits.as_bytes()).unwrap();
        // Another version, no first byte, a byte behind, the last text in UTF-8 though GB 18030 is shorter.
        let claims = Parts::unpack(&bytes).unwrap().claims;
        let gb = encoding_rs::GB18030.encode(&claims.programme).0.len();
        let at = bytes.len() - 64 - gb - 1;
        let utf8 =
            [&bytes[..at], &[u8::try_from(claims.programme.len()).unwrap()], claims.programme.as_bytes(), &bytes[bytes.len() - 64..]]
                .concat();
        for other in [[&[0x20], &bytes[1..]].concat(), bytes[1..].to_vec(), [&bytes[..], &[0]].concat(), utf8] {
            assert_eq!(check(&token::encode(&other), &keys.trust), Err(ProofError::Form));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let trust = Trust::default();
            prop_assert!(check(&text, &trust).is_err());
            prop_assert!(check(&token::encode(&bytes), &trust).is_err());
            let begun = [&[0x10][..], &bytes].concat();
            prop_assert!(check(&token::encode(&begun), &trust).is_err());
        }
    }
}
