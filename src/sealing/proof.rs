//! The proof that travels in the QR code: the main facts, signed with Ed25519, as COSE_Sign1 (RFC 9052). It can be checked
//! with no network, on paper as on screen.

mod token;

use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, Signer};

use crate::document::qr::QrText;
use crate::domain::claims::ClaimsError;
use crate::domain::issuer::Slug;
use crate::domain::qr_claims::QrClaims;

use super::keyring::{KID_BYTES, ProofKey, Trust};

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
    /// The signature is good, but over facts that this version cannot read.
    #[error("证明中的事实无法读取：{0} / the proven facts cannot be read: {0}")]
    Facts(#[from] ClaimsError),
    /// The proof cannot be encoded.
    #[error("证明无法编码 / the proof cannot be encoded")]
    Encode,
}

/// Proves `claims`: the text for the QR code, under `base_url` in upper case.
///
/// # Errors
/// [`ProofError::Encode`] if the facts cannot be encoded.
pub fn prove(claims: &QrClaims, key: &ProofKey, base_url: &str) -> Result<QrText, ProofError> {
    let message = message(key.kid(), claims.to_bytes()).create_signature(&[], |signed| key.key().sign(signed).to_bytes().to_vec());
    let bytes = message.build().to_tagged_vec().map_err(|_| ProofError::Encode)?;
    Ok(QrText { prefix: base_url.trim_end_matches('/').to_ascii_uppercase() + PATH, digits: token::encode(&bytes) })
}

/// Checks the text of a QR code: the whole address in any case, or the digits alone, spaces allowed among them.
///
/// # Errors
/// [`ProofError`] saying at which step the text fails.
pub fn check(text: &str, trust: &Trust) -> Result<ProvenFacts, ProofError> {
    let digits = digits(text).ok_or(ProofError::NotAToken)?;
    let bytes = token::decode(&digits).ok_or(ProofError::Digits)?;
    let message = CoseSign1::from_tagged_slice(&bytes).map_err(|_| ProofError::Form)?;
    let kid = <[u8; 4]>::try_from(message.unprotected.key_id.as_slice()).map_err(|_| ProofError::Form)?;
    let signature = Signature::from_slice(&message.signature).map_err(|_| ProofError::Form)?;
    let payload = message.payload.clone().ok_or(ProofError::Form)?;
    // Made again from the three parts that may differ: whatever else the bytes say, they would not be equal.
    let canonical = self::message(kid, payload.clone()).signature(message.signature.clone()).build();
    if canonical.clone().to_tagged_vec().map_err(|_| ProofError::Form)? != bytes {
        return Err(ProofError::Form);
    }
    // The name is short; keys that share it are tried one after the other.
    let mut candidates = trust.proof_keys.iter().filter(|key| key.kid() == kid).peekable();
    candidates.peek().ok_or(ProofError::UnknownKey)?;
    let signed = canonical.tbs_data(&[]);
    let key = candidates.find(|key| key.key.verify_strict(&signed, &signature).is_ok()).ok_or(ProofError::Signature)?;
    Ok(ProvenFacts { claims: QrClaims::from_bytes(&payload)?, issuer: key.issuer.clone(), issuer_name: key.issuer_name.clone(), key: kid })
}

fn message(kid: [u8; 4], payload: Vec<u8>) -> CoseSign1Builder {
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .unprotected(HeaderBuilder::new().key_id(kid.to_vec()).build())
        .payload(payload)
}

fn digits(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let at = text.as_bytes().windows(PATH.len()).rposition(|w| w.eq_ignore_ascii_case(PATH.as_bytes()));
    let token = &text.as_bytes()[at.map_or(0, |at| at + PATH.len())..];
    let digits: Vec<u8> = token.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let good = (1..=MAX_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    good.then_some(digits)
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
    fn the_bytes_are_cose() {
        let (keys, claims, text) = proven();
        let bytes = token::decode(text.digits.as_bytes()).unwrap();
        let kid = keys.proof.kid();
        let head = [&[0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27, 0xA1, 0x04, 0x44][..], &kid].concat();
        assert_eq!(bytes[..head.len()], head);
        assert_eq!(bytes.len(), head.len() + 2 + claims.to_bytes().len() + 2 + 64);
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
    fn another_spelling_of_the_same_proof_is_refused() {
        let (keys, _, text) = proven();
        let bytes = token::decode(text.digits.as_bytes()).unwrap();
        // The name of the key with a two-byte length, a second unprotected field, no tag, a byte behind.
        let long = [&bytes[..8], &[0x58, 0x04], &bytes[9..]].concat();
        let extra = [&bytes[..6], &[0xA2, 0x04, 0x44], &bytes[9..13], &[0x18, 0x63, 0x00], &bytes[13..]].concat();
        for other in [long, extra, bytes[1..].to_vec(), [&bytes[..], &[0]].concat()] {
            assert_eq!(check(&token::encode(&other), &keys.trust), Err(ProofError::Form));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let trust = Trust::default();
            prop_assert!(check(&text, &trust).is_err());
            prop_assert!(check(&token::encode(&bytes), &trust).is_err());
            let tagged = [&[0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27][..], &bytes].concat();
            prop_assert!(check(&token::encode(&tagged), &trust).is_err());
        }
    }
}
