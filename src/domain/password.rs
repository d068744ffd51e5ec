//! Passwords as people choose them.
//!
//! The rules are those of NIST SP 800-63B, 3.1.1.2: a least length, a list of what attackers try first, no rules of composition.

use std::collections::HashSet;
use std::fmt;
use std::io::Read as _;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::telephone::Telephone;

/// A password that may be set, normalised by NFKC so that every keyboard spells it the same. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// Why a password is too easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("密码至少 {SHORTEST} 个字符，您输入了 {0} 个 / a password has at least {SHORTEST} characters, this has {0}")]
    Short(usize),
    /// So long that hashing it would be an attack.
    #[error("密码至多 {LONGEST} 个字符 / a password has at most {LONGEST} characters")]
    Long,
    /// On the list of what is tried first.
    #[error("这个密码太常见，容易被猜中，请换一个 / this password is too common: choose another")]
    Common,
    /// Few characters again and again, or a run along the keyboard.
    #[error("这个密码过于简单（重复或连续的字符），请换一个 / this password is a repetition or a run of characters: choose another")]
    Simple,
    /// It is the telephone number, or has it in it.
    #[error("密码中不要使用手机号 / do not use the telephone number in the password")]
    Telephone,
}

const SHORTEST: usize = 8;
const LONGEST: usize = 128;

static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut text = String::new();
    // The bytes are part of the program; a test reads them.
    let _ = flate2::read::GzDecoder::new(&include_bytes!("data/common-passwords.txt.gz")[..]).read_to_string(&mut text);
    text.lines().map(str::to_owned).collect()
});

impl Password {
    /// A password that may be set for the account with this telephone.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn choose(typed: &str, telephone: &Telephone) -> Result<Self, PasswordError> {
        let password = Self::typed(typed).ok_or(PasswordError::Long)?;
        let text = password.as_str();
        let length = text.chars().count();
        if length < SHORTEST {
            return Err(PasswordError::Short(length));
        }
        let lower = text.to_lowercase();
        if COMMON.contains(&lower) || COMMON.contains(lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!')) {
            return Err(PasswordError::Common);
        }
        if is_simple(&lower) {
            return Err(PasswordError::Simple);
        }
        let digits = telephone.as_str().trim_start_matches('+');
        if lower.contains(digits) || digits.contains(lower.as_str()) {
            return Err(PasswordError::Telephone);
        }
        Ok(password)
    }

    /// What someone types to sign in; `None` if it is longer than any password.
    #[must_use]
    pub fn typed(typed: &str) -> Option<Self> {
        // Bytes first: a character has at most four, and normalising a megabyte is work.
        if typed.len() > LONGEST * 4 {
            return None;
        }
        let text: String = typed.nfkc().collect();
        (text.chars().count() <= LONGEST).then(|| Self(Zeroizing::new(text)))
    }

    /// The text: only for hashing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Fewer than four different characters, or every character the neighbour of the one before.
fn is_simple(lower: &str) -> bool {
    let characters: Vec<char> = lower.chars().collect();
    let different: HashSet<char> = characters.iter().copied().collect();
    let step = |a: char, b: char| i64::from(u32::from(b)) - i64::from(u32::from(a));
    let run = |by: i64| characters.windows(2).all(|pair| step(pair[0], pair[1]) == by);
    different.len() < 4 || run(1) || run(-1)
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        assert_eq!(COMMON.len(), 19_640, "the list is whole");
        let telephone = Telephone::parse("13800138000").unwrap();
        let choose = |typed: &str| Password::choose(typed, &telephone).map(|p| p.as_str().to_owned());
        for (typed, error) in [
            ("", PasswordError::Short(0)),
            ("a1b2c3d", PasswordError::Short(7)),
            ("PASSWORD", PasswordError::Common),
            ("password2024", PasswordError::Common),
            ("iloveyou", PasswordError::Common),
            ("ababababab", PasswordError::Simple),
            ("ijklmnop", PasswordError::Simple),
            ("lsj13800138000", PasswordError::Telephone),
        ] {
            assert_eq!(choose(typed), Err(error), "{typed}");
        }
        assert_eq!(choose(&"长".repeat(129)), Err(PasswordError::Long));
        for good in ["蓝海杯是一场比赛呀", "correct horse battery", "g7#kPz2w"] {
            assert_eq!(choose(good).as_deref(), Ok(good));
        }
        // Full-width letters are the same password.
        assert_eq!(Password::typed("ｇ７＃ｋＰｚ２ｗ"), Password::typed("g7#kPz2w"));
    }
}
