//! Accounts: registering, signing in, recovery, sessions, the second factor. What a session may do is a handle ([`Visitor`] and the
//! offices made of it): a call that needs an office takes its handle, so that without one there is no call.

mod password;
mod register;
mod second_factor;
mod sign_in;
mod visitor;

use crate::domain::account::{CodePurpose, OfficesError};
use crate::domain::limit::Limit;
use crate::domain::password::PasswordError;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::RegistryError;

pub use register::Registration;
pub use second_factor::{Enrolment, SecondFactorError};
pub use sign_in::{Attempt, Entered};
pub use visitor::{Administrator, Issuer, ObjectionsOfficer, Reviewer, School, Student, Visitor};

use super::limits::{LimitedError, Policy, Wait};
use super::messages::{Message, Text};
use super::{Service, ServiceError};

/// Bytes of a secret that a browser holds in a cookie.
pub const SECRET_BYTES: usize = 32;

/// A secret in a browser's cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// From random bytes.
    #[must_use]
    pub fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(random)
    }

    /// The text in the cookie.
    #[must_use]
    pub fn text(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads the text in a cookie.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([elided])")
    }
}

/// Where randomness comes from: fills the bytes that it is given.
pub type Random<'a> = &'a mut (dyn FnMut(&mut [u8]) + Send);

fn random<const N: usize>(source: Random<'_>) -> [u8; N] {
    let mut bytes = [0; N];
    source(&mut bytes);
    bytes
}

/// Why somebody does not get in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Telephone or password is wrong; which one is not said.
    #[error("手机号或密码不正确 / the telephone number or the password is wrong")]
    Credentials,
    /// The code is wrong, was used, or has ended.
    #[error("验证码不正确或已失效，请重新获取 / the code is wrong or has ended: ask for a new one")]
    Code,
    /// Too many wrong passwords came in for this account from browsers that it does not know.
    #[error("该账号近期有多次失败的登录尝试，请同时输入短信验证码 / many attempts failed of late: enter a code by SMS as well")]
    CodeNeeded,
    /// The new password is too easy to guess.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The telephone has an account.
    #[error("该手机号已注册，请直接登录 / this telephone number has an account: sign in")]
    HasAccount,
    /// Offices that do not go together.
    #[error(transparent)]
    Offices(#[from] OfficesError),
    /// Too many tries.
    #[error("操作过于频繁，请在 {} 秒后重试 / too many tries: try again in {} seconds", .0.seconds, .0.seconds)]
    TooMany(Wait),
    /// Something failed behind the scenes.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<LimitedError> for AccessError {
    fn from(error: LimitedError) -> Self {
        match error {
            LimitedError::TooMany(wait) => Self::TooMany(wait),
            // One at a time is asked for, and every bucket holds one.
            LimitedError::NeverFits(_) => Self::TooMany(Wait { seconds: 1, policy: ATTEMPTS_FROM }),
            LimitedError::Service(error) => Self::Service(error),
        }
    }
}

impl From<RegistryError> for AccessError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// A limit that is the same for every operator.
const fn fixed(name: &'static str, burst: u32, refill_millis: u32) -> Policy {
    Policy { name, limit: Limit::fixed(burst, refill_millis) }
}

const MINUTE: u32 = 60_000;
/// Messages to one telephone: one a minute, six in an hour and a half.
const MESSAGE_SOON: Policy = fixed("message soon", 1, MINUTE);
const MESSAGES: Policy = fixed("message", 6, 15 * MINUTE);
/// Messages that one address may cause.
const MESSAGES_FROM: Policy = fixed("message from", 20, 3 * MINUTE);
/// Attempts to sign in or to use a code from one address.
const ATTEMPTS_FROM: Policy = fixed("attempt", 30, 20_000);

/// How long a code is good, and how many wrong ones are taken.
const CODE_MINUTES: i64 = 10;
const CODE_TRIES: u32 = 5;

impl Service {
    /// Sends a code to a telephone. What a stranger sees of it is the same whether the telephone has an account or not.
    ///
    /// # Errors
    /// [`AccessError::TooMany`], [`AccessError::Service`].
    pub async fn send_code(
        &self,
        purpose: CodePurpose,
        telephone: &Telephone,
        from: std::net::IpAddr,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), AccessError> {
        self.take_from_address(MESSAGES_FROM, from, now).await?;
        self.take_for_telephone(MESSAGE_SOON, telephone, now).await?;
        self.take_for_telephone(MESSAGES, telephone, now).await?;
        let account = self.registry.account_by_telephone(telephone).await?.filter(|a| a.closed_at.is_none());
        let code = six_digits(u64::from_be_bytes(random(source)));
        let text = match (purpose, account.is_some()) {
            (CodePurpose::Register, true) => Text::HasAccount,
            (CodePurpose::Recover | CodePurpose::SignIn, false) => return Ok(()),
            _ => {
                let ends = now.plus_millis(CODE_MINUTES * i64::from(MINUTE));
                self.registry.keep_code(purpose, telephone, &code, ends, CODE_TRIES).await?;
                Text::Code { purpose, code, minutes: CODE_MINUTES }
            }
        };
        self.courier.carry(Message { to: telephone.clone(), text });
        Ok(())
    }

    /// Spends a code.
    async fn spend_code(&self, purpose: CodePurpose, telephone: &Telephone, typed: &str, now: Instant) -> Result<(), AccessError> {
        let code: String = crate::domain::text::fold_code(typed);
        let right = code.len() == 6 && self.registry.spend_code(purpose, telephone, &code, now).await?;
        if right { Ok(()) } else { Err(AccessError::Code) }
    }
}

/// Six digits of 64 random bits: the modulus favours no code by more than one in 10¹³.
fn six_digits(random: u64) -> String {
    format!("{:06}", random % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_one_spelling() {
        let secret = Secret::new([0xFB; SECRET_BYTES]);
        assert_eq!(Secret::read(&secret.text()), Some(secret.clone()));
        for bad in ["", "a", &secret.text()[1..], &format!("{}=", secret.text()), "é"] {
            assert_eq!(Secret::read(bad), None, "{bad}");
        }
        assert!(!format!("{secret:?}").contains(&secret.text()));
        assert_eq!(six_digits(1_000_042), "000042");
    }
}
