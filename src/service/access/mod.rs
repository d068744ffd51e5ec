//! Accounts: registering, signing in, recovery, sessions, the second factor. What a session may do is a handle ([`Visitor`] and the
//! offices made of it): a call that needs an office takes its handle, so that without one there is no call.

mod codes;
mod email;
mod mandate;
mod office;
mod password;
mod register;
mod second_factor;
mod sign_in;
mod telephone;
mod visitor;

use crate::domain::account::OfficesError;
use crate::domain::limit::Limit;
use crate::domain::password::PasswordError;
use crate::registry::RegistryError;

pub use codes::{CodeQuestion, CodeTyped};
pub use mandate::{ContestMandate, ObjectionsMandate};
pub use office::{AccountQuery, Warrant};
pub use register::{Appointment, Recovery, Registration};
pub use second_factor::{Enrolment, SecondFactorError};
pub use sign_in::{Attempt, Entered};
pub use visitor::{Administrator, Cashier, CentreReviewer, Issuer, ObjectionsOfficer, Reviewer, School, Staff, Student, Visitor};

use super::ServiceError;
use super::limits::{LimitedError, Policy, Wait};

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
    /// An account of the public that would become the staff's, or the other way round.
    #[error(
        "学生或院校账号不能改为工作人员账号，反之亦然；请使用另一个手机号 / an account of a student or school does not become one of the staff, nor the reverse: use another telephone number"
    )]
    Crossing,
    /// Nobody could give roles any more.
    #[error("这是最后一个管理员，不能取消其角色或关闭 / this is the last administrator: the role cannot be taken, the account not closed")]
    LastAdministrator,
    /// There is no such account, or what was to be changed is not there.
    #[error("没有这个账号，或无可更改 / there is no such account, or nothing to change")]
    Unknown,
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
/// Attempts to sign in or to use a code from one address.
const ATTEMPTS_FROM: Policy = fixed("attempt", 30, 20_000);

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
    }
}
