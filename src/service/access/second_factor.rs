//! The second factor: TOTP (RFC 6238) by any authenticator app. The staff must have it; whoever has it must show it.

use totp_rs::{Builder, Secret as TotpSecret, Totp};

use crate::domain::account::AccountId;
use crate::domain::time::Instant;
use crate::service::limits::{LimitedError, Policy};
use crate::service::{Service, ServiceError};

use super::{AccessError, MINUTE, Random, Secret, Visitor, fixed, random};

/// Wrong codes for one account.
const CODES: Policy = fixed("second factor", 6, 5 * MINUTE);

/// A secret that is not yet in use: it is once its owner has shown that their app knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The address that a QR code of it carries (Key URI Format).
    pub uri: String,
}

/// Why a code of the second factor is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// Wrong, old, or used.
    #[error("动态验证码不正确或已使用，请等待下一个 / the code is wrong or was used: wait for the next one")]
    Wrong,
    /// The account has no second factor, or has one already.
    #[error("请先设置动态验证码 / set up the second factor first")]
    State,
    /// Too many tries, or a failure behind the scenes.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<ServiceError> for SecondFactorError {
    fn from(error: ServiceError) -> Self {
        Self::Access(error.into())
    }
}

impl From<LimitedError> for SecondFactorError {
    fn from(error: LimitedError) -> Self {
        Self::Access(error.into())
    }
}

impl Service {
    /// Offers a secret to an account that has none. Nothing is kept: it comes back with the first code.
    #[must_use]
    pub fn offer_second_factor(&self, visitor: &Visitor, source: Random<'_>) -> Enrolment {
        let secret = TotpSecret::from(random::<20>(source)).to_base32();
        enrolment(visitor, secret)
    }

    /// The same offer again, for one who mistyped the code; another one if it was none.
    #[must_use]
    pub fn offer_again(&self, visitor: &Visitor, secret: &str, source: Random<'_>) -> Enrolment {
        match offered(secret) {
            Some(secret) => enrolment(visitor, secret.to_owned()),
            None => self.offer_second_factor(visitor, source),
        }
    }

    /// Takes the offered secret into use, once a code shows that the owner's app knows it, and strengthens the session.
    ///
    /// # Errors
    /// [`SecondFactorError`].
    pub async fn enrol_second_factor(
        &self,
        visitor: &Visitor,
        secret: &str,
        typed: &str,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Secret, SecondFactorError> {
        if visitor.has_second_factor() {
            return Err(SecondFactorError::State);
        }
        self.count_code(visitor.id(), now).await?;
        let step = offered(secret).and_then(|secret| matched(secret, typed, now)).ok_or(SecondFactorError::Wrong)?;
        if !self.registry.add_totp(visitor.id(), secret, now).await.map_err(ServiceError::from)? {
            return Err(SecondFactorError::State);
        }
        self.spend(visitor, step, source).await
    }

    /// Takes a code and strengthens the session: it gets a new cookie.
    ///
    /// # Errors
    /// [`SecondFactorError`].
    pub async fn show_second_factor(
        &self,
        visitor: &Visitor,
        typed: &str,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Secret, SecondFactorError> {
        self.count_code(visitor.id(), now).await?;
        let secret = visitor.totp().ok_or(SecondFactorError::State)?;
        let step = matched(secret, typed, now).ok_or(SecondFactorError::Wrong)?;
        self.spend(visitor, step, source).await
    }

    async fn count_code(&self, id: AccountId, now: Instant) -> Result<(), SecondFactorError> {
        let bucket = self.registry.keys().secret_hash("second factor", &[id.to_string().as_bytes()]);
        self.take_all(&bucket, CODES, 1, now).await?;
        Ok(())
    }

    async fn spend(&self, visitor: &Visitor, step: i64, source: Random<'_>) -> Result<Secret, SecondFactorError> {
        if !self.registry.spend_totp_step(visitor.id(), step).await.map_err(ServiceError::from)? {
            return Err(SecondFactorError::Wrong);
        }
        let secret = Secret::new(random(source));
        self.registry.strengthen_session(visitor.session(), secret.bytes()).await.map_err(ServiceError::from)?;
        Ok(secret)
    }
}

fn enrolment(visitor: &Visitor, secret: String) -> Enrolment {
    let label = visitor.telephone_masked().replace('*', "%2A").replace('+', "%2B");
    let issuer = "Yinxin";
    let uri = format!("otpauth://totp/{issuer}:{label}?secret={secret}&issuer={issuer}");
    Enrolment { secret, uri }
}

/// The secret, if it is one as they are offered here: 160 bits in base32.
fn offered(secret: &str) -> Option<&str> {
    let right = secret.len() == 32 && secret.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    right.then_some(secret)
}

fn totp(secret: &str) -> Option<Totp> {
    let secret = TotpSecret::try_from_base32(secret).ok()?;
    Builder::new().with_secret(secret).build().ok()
}

/// The step of a right code: of this half minute, the one before or the one after.
fn matched(secret: &str, typed: &str, now: Instant) -> Option<i64> {
    let code = crate::domain::text::fold_code(typed);
    let seconds = u64::try_from(now.millis() / 1_000).ok()?;
    let right = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    let step = totp(secret).filter(|_| right)?.check(&code, seconds)?;
    i64::try_from(step).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_6238() {
        // Appendix B with SHA-1, cut to six digits; the secret is the ASCII text "12345678901234567890".
        let secret = TotpSecret::from(*b"12345678901234567890").to_base32();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            let at = |by: i64| Instant::from_millis((seconds + by) * 1_000).unwrap();
            assert_eq!(matched(&secret, code, at(0)), Some(seconds / 30), "{code}");
            assert_eq!(matched(&secret, &format!(" {} {}", &code[..3], &code[3..]), at(30)), Some(seconds / 30));
            assert_eq!(matched(&secret, code, at(90)), None);
            assert_eq!(matched(&secret, &code[1..], at(0)), None);
        }
    }
}
