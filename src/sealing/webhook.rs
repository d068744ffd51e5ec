//! Signatures over notices that services send each other: Standard Webhooks 1.0
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>), the symmetric scheme `v1`.
//!
//! What is signed is `{id}.{timestamp}.{body}` with HMAC-SHA-256; the header has one or several signatures, separated by spaces, so that a
//! secret can be changed while notices are on their way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::digest::hexadecimal;
use crate::domain::time::Instant;

/// The header with the notice's name: the same however often it is sent.
pub const ID: &str = "webhook-id";
/// The header with the second at which this attempt was sent.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// How far the clocks of both sides may lie apart, in seconds, as the reference libraries have it.
pub const TOLERANCE: i64 = 300;

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1";
/// The most signatures of a header that are looked at.
const MOST_SIGNATURES: usize = 8;

/// A secret that two services share: 24 to 64 random bytes, written `whsec_` and base64.
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// The text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密钥应为 whsec_ 加 24 至 64 字节的 base64 / a secret is whsec_ and 24 to 64 bytes in base64")]
pub struct WebhookSecretError;

/// Why a notice is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// A header is missing, or none such as the specification has.
    #[error("请求头不符合 Standard Webhooks / the headers are not those of Standard Webhooks")]
    Headers,
    /// It was sent too long ago, or is of the future.
    #[error("时间戳与本机时钟相差过大 / the timestamp is too far from this clock")]
    Timestamp,
    /// No signature is that of a secret.
    #[error("签名不符 / no signature fits")]
    Signature,
}

/// The three headers of a notice.
#[derive(Debug, Clone, Copy)]
pub struct WebhookHeaders<'a> {
    /// [`ID`].
    pub id: &'a str,
    /// [`TIMESTAMP`].
    pub timestamp: &'a str,
    /// [`SIGNATURE`].
    pub signature: &'a str,
}

impl WebhookSecret {
    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// [`WebhookSecretError`].
    pub fn parse(text: &str) -> Result<Self, WebhookSecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(WebhookSecretError)?;
        Self::from_bytes(STANDARD.decode(encoded).map_err(|_| WebhookSecretError)?)
    }

    /// Of 24 to 64 bytes.
    ///
    /// # Errors
    /// [`WebhookSecretError`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, WebhookSecretError> {
        let bytes = Zeroizing::new(bytes);
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(WebhookSecretError) }
    }

    /// As it is handed to the other side, once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    fn mac(&self) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length.
        Hmac::new_from_slice(&self.0).ok()
    }

    fn over(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = self.mac()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }

    /// The signature of a notice that is sent at an instant, for the header [`SIGNATURE`]; [`TIMESTAMP`] is [`seconds`] of it. An id has no
    /// full stop.
    #[must_use]
    pub fn sign(&self, id: &str, at: Instant, body: &[u8]) -> String {
        let code = self.over(id, &seconds(at).to_string(), body).map(|mac| STANDARD.encode(mac.finalize().into_bytes()));
        format!("{VERSION},{}", code.unwrap_or_default())
    }

    /// The code of a text that is no notice, in hexadecimal.
    #[must_use]
    pub fn code(&self, text: &str) -> String {
        let code = self.mac().map(|mut mac| {
            mac.update(text.as_bytes());
            hexadecimal(&mac.finalize().into_bytes())
        });
        code.unwrap_or_default()
    }

    fn fits(&self, headers: WebhookHeaders<'_>, body: &[u8]) -> bool {
        let signatures = headers.signature.split(' ').take(MOST_SIGNATURES);
        let codes = signatures.filter_map(|one| one.split_once(',')).filter(|(version, _)| *version == VERSION);
        codes.filter_map(|(_, code)| STANDARD.decode(code).ok()).any(|code| {
            // Compared in constant time.
            self.over(headers.id, headers.timestamp, body).is_some_and(|mac| mac.verify_slice(&code).is_ok())
        })
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret([elided])")
    }
}

/// The seconds since 1970 of an instant, as the header has them.
#[must_use]
pub fn seconds(at: Instant) -> i64 {
    at.millis().div_euclid(1_000)
}

/// Whether a notice was made with one of the secrets, not long before now.
///
/// # Errors
/// [`WebhookError`].
pub fn verify(secrets: &[WebhookSecret], headers: WebhookHeaders<'_>, body: &[u8], now: Instant) -> Result<(), WebhookError> {
    let good = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    if !(1..=100).contains(&headers.id.len()) || !headers.id.bytes().all(good) {
        return Err(WebhookError::Headers);
    }
    // Digits alone, so that a second spelling of the same second is none.
    let is_number = (1..=12).contains(&headers.timestamp.len()) && headers.timestamp.bytes().all(|b| b.is_ascii_digit());
    let sent: i64 = headers.timestamp.parse().ok().filter(|_| is_number).ok_or(WebhookError::Headers)?;
    if (seconds(now) - sent).abs() > TOLERANCE {
        return Err(WebhookError::Timestamp);
    }
    if secrets.iter().any(|secret| secret.fits(headers, body)) { Ok(()) } else { Err(WebhookError::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret(text: &str) -> WebhookSecret {
        WebhookSecret::parse(text).unwrap()
    }

    fn known() -> WebhookSecret {
        secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_millis(seconds * 1_000 + 999).unwrap()
    }

    /// The example that the reference libraries test themselves with.
    #[test]
    fn the_signature_is_that_of_the_reference_libraries() {
        assert_eq!(known().sign(ID, at(1_614_265_330), BODY), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_believed_and_what_is_not() {
        let now = at(1_614_265_330);
        let good = known().sign(ID, now, BODY);
        let asked = |id: &str, timestamp: &str, signature: &str, body: &[u8], now: Instant| {
            verify(&[known()], WebhookHeaders { id, timestamp, signature }, body, now)
        };
        assert_eq!(asked(ID, "1614265330", &good, BODY, now), Ok(()));
        assert_eq!(asked(ID, "1614265330", &good, BODY, at(1_614_265_630)), Ok(()));
        for (id, timestamp, signature, body, clock, why) in [
            (ID, "1614265330", &good[..], BODY, at(1_614_265_631), WebhookError::Timestamp),
            (ID, "1614265330", &good, BODY, at(1_614_265_029), WebhookError::Timestamp),
            (ID, "1614265331", &good, BODY, now, WebhookError::Signature),
            (ID, "+1614265330", &good, BODY, now, WebhookError::Headers),
            (ID, "soon", &good, BODY, now, WebhookError::Headers),
            ("msg.1", "1614265330", &good, BODY, now, WebhookError::Headers),
            ("", "1614265330", &good, BODY, now, WebhookError::Headers),
            ("msg_2", "1614265330", &good, BODY, now, WebhookError::Signature),
            (ID, "1614265330", &good, b"{}", now, WebhookError::Signature),
            (ID, "1614265330", "", BODY, now, WebhookError::Signature),
            (ID, "1614265330", &good.replace("v1,", "v1a,"), BODY, now, WebhookError::Signature),
            (ID, "1614265330", &good.replace("v1,", ""), BODY, now, WebhookError::Signature),
        ] {
            assert_eq!(asked(id, timestamp, signature, body, clock), Err(why), "{id} {timestamp} {signature}");
        }
    }

    #[test]
    fn a_secret_can_be_changed_while_notices_are_on_their_way() {
        let (now, new) = (at(1_614_265_330), WebhookSecret::from_bytes(vec![7; 32]).unwrap());
        let both = format!("{} {}", new.sign(ID, now, BODY), known().sign(ID, now, BODY));
        let headers = |signature| WebhookHeaders { id: ID, timestamp: "1614265330", signature };
        for secrets in [vec![known()], vec![new.clone()], vec![new.clone(), known()]] {
            assert_eq!(verify(&secrets, headers(&both), BODY, now), Ok(()));
        }
        let old = known().sign(ID, now, BODY);
        assert_eq!(verify(&[new.clone(), known()], headers(&old), BODY, now), Ok(()));
        assert_eq!(verify(std::slice::from_ref(&new), headers(&old), BODY, now), Err(WebhookError::Signature));
        assert_eq!(WebhookSecret::parse(&new.reveal()).unwrap().sign(ID, now, BODY), new.sign(ID, now, BODY));
    }

    #[test]
    fn secrets_have_a_length_and_do_not_show() {
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_not base64!"] {
            assert_eq!(WebhookSecret::parse(bad).map(|_| ()), Err(WebhookSecretError), "{bad}");
        }
        assert_eq!(format!("{:?}", known()), "WebhookSecret([elided])");
        assert_eq!(known().code("a=1").len(), 64);
    }
}
