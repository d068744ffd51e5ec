//! The proof of the main facts, signed with Ed25519, as COSE_Sign1 (RFC 9052). It can be checked with no network, on paper as on screen.
//! A file carries the whole of it ([`packed`]); the code on its page, which has to be read from poor pictures, leaves what many
//! certificates have in common to a published heading ([`short`]). Either is understood wherever a proof is read.

mod packed;
mod short;
mod spelling;
mod token;

use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signature, Signer, VerifyingKey, verify_batch};

use crate::document::qr::QrText;
use crate::domain::heading::{Heading, Headings, Mark};
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::QrClaims;

use super::keyring::{KID_BYTES, ProofKey, PublicProofKey, Trust};
use packed::Parts;
use short::Short;

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
    /// What certificates of this kind have in common is not at hand: nothing is known of the code, neither good nor bad.
    #[error(
        "手头的资料中没有这张证书的抬头（赛事、等级与日期）：证书可能较新，或不是由此签发；请联网查验 / the heading of this certificate (contest, level, date) is not at hand: it may be newer, or not from here; ask online"
    )]
    UnknownHeading,
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

/// A code for a page, and the heading without which it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What is drawn.
    pub text: QrText,
    /// What has to be published for those who check it with no network.
    pub heading: Heading,
}

/// Proves `claims` for a file: the whole proof, as the text that a code under `base_url` would have.
///
/// # Errors
/// [`ProofError::Encode`] if the facts cannot be encoded.
pub fn prove(claims: &QrClaims, key: &ProofKey, base_url: &str) -> Result<QrText, ProofError> {
    let signature = key.key().sign(&signed(key.kid(), claims)).to_bytes();
    let bytes = Parts { kid: key.kid(), claims: claims.clone(), signature }.pack().ok_or(ProofError::Encode)?;
    Ok(text(&bytes, base_url))
}

/// Proves `claims` for the code on a page, under `base_url` in upper case.
///
/// # Errors
/// [`ProofError::Encode`] if the facts cannot be encoded.
pub fn code(claims: &QrClaims, key: &ProofKey, base_url: &str) -> Result<Code, ProofError> {
    let claims = claims.printed();
    let (heading, digits) = Heading::over(&claims, key.kid());
    let signature = key.key().sign(&signed(key.kid(), &claims)).to_bytes();
    let bytes = short::pack(&heading, digits, &claims, &signature).ok_or(ProofError::Encode)?;
    Ok(Code { text: text(&bytes, base_url), heading })
}

fn text(bytes: &[u8], base_url: &str) -> QrText {
    QrText { prefix: base_url.trim_end_matches('/').to_ascii_uppercase() + PATH, digits: token::encode(bytes) }
}

/// Checks a proof: the whole address in any case, or the digits alone, spaces allowed among them.
///
/// # Errors
/// [`ProofError`] saying at which step the text fails.
pub fn check(text: &str, trust: &Trust, headings: &Headings) -> Result<ProvenFacts, ProofError> {
    let token = Token::read(text)?;
    let under = token.mark().map_or(&[][..], |mark| headings.of(mark));
    token.stated(trust, under)?.check()
}

/// Checks what several codes state, to the same answers as [`Stated::check`] gives for each. Where all are genuine the signatures are checked
/// together, by one equation that holds for a wrong one among them with a chance of 2^-128 (a signature that it passes and the check of one
/// refuses can only be made with the key itself); where one is not, each is checked alone.
#[must_use]
pub fn check_all(stated: Vec<Stated<'_>>) -> Vec<Result<ProvenFacts, ProofError>> {
    let together: Vec<&Candidate<'_>> = stated.iter().filter_map(Stated::single).collect();
    let messages: Vec<Vec<u8>> = together.iter().map(|one| one.signed()).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let signatures: Vec<Signature> = together.iter().map(|one| one.signature()).collect();
    let keys: Vec<VerifyingKey> = together.iter().map(|one| one.key.key).collect();
    let genuine = together.len() > 1 && verify_batch(&messages, &signatures, &keys).is_ok();
    let answer = |stated: Stated<'_>| if genuine { stated.vouched_or_checked() } else { stated.check() };
    stated.into_iter().map(answer).collect()
}

/// The text of a code, taken apart: nothing of it is looked up or proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    digits: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// With the bytes that spell it.
    Whole(Parts, Vec<u8>),
    Short(Short),
}

impl Token {
    /// # Errors
    /// [`ProofError`] if the text has not the form of a proof.
    pub fn read(text: &str) -> Result<Self, ProofError> {
        let digits = digits(text).ok_or(ProofError::NotAToken)?;
        let bytes = token::decode(digits.as_bytes()).ok_or(ProofError::Digits)?;
        let form = if Short::is_meant(&bytes) {
            Form::Short(Short::read(&bytes).ok_or(ProofError::Form)?)
        } else {
            Form::Whole(Parts::read(&bytes).ok_or(ProofError::Form)?, bytes)
        };
        Ok(Self { digits, form })
    }

    /// The heading that it needs; `None` if it needs none.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        match &self.form {
            Form::Whole(..) => None,
            Form::Short(short) => Some(short.mark),
        }
    }

    /// What it states, under the headings that have its mark.
    ///
    /// # Errors
    /// [`ProofError::UnknownHeading`], [`ProofError::Form`] if it fits none of them, [`ProofError::UnknownKey`].
    pub fn stated<'a>(&self, trust: &'a Trust, headings: &[Heading]) -> Result<Stated<'a>, ProofError> {
        let all: Vec<(Parts, bool)> = match &self.form {
            Form::Whole(parts, bytes) => vec![(parts.clone(), parts.is_packed_as(bytes))],
            Form::Short(_) if headings.is_empty() => return Err(ProofError::UnknownHeading),
            Form::Short(short) => headings.iter().filter_map(|heading| short.under(heading)).map(|parts| (parts, true)).collect(),
        };
        if all.is_empty() {
            return Err(ProofError::Form);
        }
        let mut candidates = Vec::with_capacity(all.len());
        for (parts, canonical) in all {
            let mut named = trust.proof_keys.iter().filter(|key| key.kid() == parts.kid);
            let first = named.next();
            candidates.extend(named.map(|key| Candidate { parts: parts.clone(), canonical, key }));
            candidates.extend(first.map(|key| Candidate { parts, canonical, key }));
        }
        let first = candidates.first().ok_or(ProofError::UnknownKey)?;
        Ok(Stated { digits: self.digits.clone(), number: first.parts.claims.number.clone(), candidates })
    }
}

/// What a code states before its signature is checked: nothing of it is proven yet.
pub struct Stated<'a> {
    digits: String,
    number: CertificateNumber,
    /// Names of keys and marks of headings are short: several may share one.
    candidates: Vec<Candidate<'a>>,
}

struct Candidate<'a> {
    parts: Parts,
    /// Whether the code has the one spelling of these facts.
    canonical: bool,
    key: &'a PublicProofKey,
}

impl Stated<'_> {
    /// Its digits, without address and spaces.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The number that it states; where several headings share its mark, that under the first.
    #[must_use]
    pub fn number(&self) -> &CertificateNumber {
        &self.number
    }

    /// The facts, if they are in their one spelling and the signature is right by the strict rules.
    ///
    /// # Errors
    /// [`ProofError::Form`] or [`ProofError::Signature`].
    pub fn check(self) -> Result<ProvenFacts, ProofError> {
        let mut canonical = self.candidates.into_iter().filter(|one| one.canonical).peekable();
        canonical.peek().ok_or(ProofError::Form)?;
        let right = canonical.find(|one| one.key.key.verify_strict(&one.signed(), &one.signature()).is_ok());
        right.map(Candidate::proven).ok_or(ProofError::Signature)
    }

    /// The facts, on the word of one who has kept these very digits since they were checked; `None` where more than one key or heading has
    /// the name, so that the signature has to tell which.
    #[must_use]
    pub fn vouched(mut self) -> Option<ProvenFacts> {
        if self.candidates.len() == 1 { self.candidates.pop().map(Candidate::proven) } else { None }
    }

    /// What is checked together with others: the one thing that the code can state, in its one spelling.
    fn single(&self) -> Option<&Candidate<'_>> {
        match self.candidates.as_slice() {
            [one] if one.canonical => Some(one),
            _ => None,
        }
    }

    fn vouched_or_checked(self) -> Result<ProvenFacts, ProofError> {
        if self.single().is_some() { self.vouched().ok_or(ProofError::Signature) } else { self.check() }
    }
}

impl Candidate<'_> {
    fn proven(self) -> ProvenFacts {
        let Parts { kid, claims, .. } = self.parts;
        ProvenFacts { claims, issuer: self.key.issuer.clone(), issuer_name: self.key.issuer_name.clone(), key: kid }
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
mod tests;
