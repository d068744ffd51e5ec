//! Accounts and what they may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::time::Instant;

/// The name of an account: 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId([u8; 16]);

/// The text names no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("账号标识应为 32 位十六进制数字 / the name of an account is 32 hexadecimal digits")]
pub struct AccountIdError;

impl AccountId {
    /// A new one, from random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(random)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(AccountIdError);
        }
        let mut bytes = [0; 16];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| AccountIdError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| AccountIdError)?;
        }
        Ok(Self(bytes))
    }
}

/// What an account may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Office {
    /// 学生：自己的认证、获奖与证书.
    Student,
    /// 院校：院校认证与指导教师.
    School,
    /// 审核员：审核实名、学籍、院校.
    Reviewer,
    /// 异议处理员：阅读并处理异议.
    ObjectionsOfficer,
    /// 签发员：赛事、名单、签发、吊销、更正.
    Issuer,
    /// 评价中心审核员：中心实名认证与能力证书申领的审核.
    CentreReviewer,
    /// 财务：收款、退款、优惠券、对账.
    Cashier,
    /// 管理员：账号与权限.
    Administrator,
}

impl Office {
    /// Every office.
    pub const ALL: [Self; 8] = [
        Self::Student,
        Self::School,
        Self::Reviewer,
        Self::ObjectionsOfficer,
        Self::Issuer,
        Self::CentreReviewer,
        Self::Cashier,
        Self::Administrator,
    ];

    /// The name in records and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::School => "school",
            Self::Reviewer => "reviewer",
            Self::ObjectionsOfficer => "objections-officer",
            Self::Issuer => "issuer",
            Self::CentreReviewer => "centre-reviewer",
            Self::Cashier => "cashier",
            Self::Administrator => "administrator",
        }
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Student => "学生",
            Self::School => "院校",
            Self::Reviewer => "审核员",
            Self::ObjectionsOfficer => "异议处理员",
            Self::Issuer => "签发员",
            Self::CentreReviewer => "评价中心审核员",
            Self::Cashier => "财务",
            Self::Administrator => "管理员",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Student => "Student",
            Self::School => "School",
            Self::Reviewer => "Reviewer",
            Self::ObjectionsOfficer => "Objections officer",
            Self::Issuer => "Issuer",
            Self::CentreReviewer => "Centre’s reviewer",
            Self::Cashier => "Cashier",
            Self::Administrator => "Administrator",
        }
    }

    /// The inverse of [`Office::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == code)
    }

    /// Whether the office belongs to the staff, who read other people's data and so need a second factor.
    #[must_use]
    pub fn is_staff(self) -> bool {
        !matches!(self, Self::Student | Self::School)
    }
}

/// The offices of one account: those of the public or those of the staff, never both, so that nobody reviews a case of their own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offices(BTreeSet<Office>);

/// Offices that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficesError {
    /// No office at all.
    #[error("账号至少要有一个角色 / an account has at least one role")]
    None,
    /// A code that names none.
    #[error("没有这个角色 / there is no such role")]
    Unknown,
    /// A student or school with an office of the staff, or both of the public.
    #[error("学生或院校账号不能兼任其他角色 / a student's or school's account has no other role")]
    Mixed,
}

impl Offices {
    /// # Errors
    /// [`OfficesError`] if there is none, or an office of the public is not alone.
    pub fn new(offices: impl IntoIterator<Item = Office>) -> Result<Self, OfficesError> {
        let offices: BTreeSet<Office> = offices.into_iter().collect();
        let public = offices.iter().any(|o| !o.is_staff());
        match (offices.len(), public) {
            (0, _) => Err(OfficesError::None),
            (1, true) | (_, false) => Ok(Self(offices)),
            (_, true) => Err(OfficesError::Mixed),
        }
    }

    /// Whether one of them is `office`.
    #[must_use]
    pub fn has(&self, office: Office) -> bool {
        self.0.contains(&office)
    }

    /// Whether they are the staff's.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.0.iter().any(|o| o.is_staff())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Office> + '_ {
        self.0.iter().copied()
    }
}

impl fmt::Display for Offices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.iter().map(Office::code).collect();
        f.write_str(&codes.join(" "))
    }
}

impl FromStr for Offices {
    type Err = OfficesError;

    fn from_str(text: &str) -> Result<Self, OfficesError> {
        let offices: Option<Vec<Office>> = text.split_whitespace().map(Office::from_code).collect();
        Self::new(offices.ok_or(OfficesError::Unknown)?)
    }
}

/// A stretch of time in which an account is signed in at one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its public name, by which the account ends it.
    pub name: String,
    /// When it began.
    pub began: Instant,
    /// When it was last used, to the minute.
    pub seen: Instant,
    /// When it ends by itself.
    pub ends: Instant,
    /// The browser, as it named itself, in a few words.
    pub browser: String,
    /// Whether the second factor was shown.
    pub second_factor: bool,
}

/// What a one-time code is good for. A code for one thing opens no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// A new account.
    Register,
    /// A new password for an account.
    Recover,
    /// Signing in from a browser that the account has not used, while somebody tries its password.
    SignIn,
    /// An e-mail address that an account shall have.
    Email,
    /// Another telephone that an account shall have.
    Telephone,
}

impl CodePurpose {
    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Recover => "recover",
            Self::SignIn => "sign-in",
            Self::Email => "email",
            Self::Telephone => "telephone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reviews_themselves() {
        assert_eq!("student".parse::<Offices>().unwrap().to_string(), "student");
        assert_eq!("issuer reviewer".parse::<Offices>().unwrap().to_string(), "reviewer issuer");
        assert_eq!("student reviewer".parse::<Offices>(), Err(OfficesError::Mixed));
        assert_eq!("student school".parse::<Offices>(), Err(OfficesError::Mixed));
        assert_eq!(" ".parse::<Offices>(), Err(OfficesError::None));
        assert_eq!("root".parse::<Offices>(), Err(OfficesError::Unknown));
    }

    #[test]
    fn an_account_has_one_spelling() {
        let id = AccountId::new([0xAB; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "AB", &"AB".repeat(16), &"é".repeat(16)] {
            assert_eq!(bad.parse::<AccountId>(), Err(AccountIdError), "{bad}");
        }
    }
}
