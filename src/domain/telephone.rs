//! Telephone numbers: mainland mobiles, and numbers of other countries with their prefix.

use std::fmt;

use super::text::half_width;

/// A telephone number in canonical spelling: 11 digits for a mainland mobile, `+` and 8 to 15 digits for another country.
///
/// Its `Debug` shows nothing of the number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Telephone(String);

/// The text is no telephone number that can receive a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("手机号应为 11 位大陆手机号，或以 + 和国家代码开头 / a mobile number of 11 digits, or + and a country code")]
pub struct TelephoneError;

impl Telephone {
    /// Understands full-width digits, spaces, hyphens, brackets and the prefixes `+86`, `0086`.
    ///
    /// # Errors
    /// [`TelephoneError`] if what remains is no number.
    pub fn parse(typed: &str) -> Result<Self, TelephoneError> {
        let folded: String = typed.chars().map(half_width).filter(|c| !(super::text::is_separator(*c) || matches!(c, '(' | ')'))).collect();
        let national = folded.strip_prefix("+86").or_else(|| folded.strip_prefix("0086")).unwrap_or(&folded);
        if national.len() == 11 && digits(national) && national.starts_with('1') && !national.starts_with("10") {
            return Ok(Self(national.to_owned()));
        }
        match folded.strip_prefix('+') {
            Some(rest) if (8..=15).contains(&rest.len()) && digits(rest) && !rest.starts_with('0') && !rest.starts_with("86") => {
                Ok(Self(folded))
            }
            _ => Err(TelephoneError),
        }
    }

    /// With its middle hidden: `138****8000`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (head, tail) = (self.0.get(..3).unwrap_or_default(), self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default());
        format!("{head}****{tail}")
    }

    /// The canonical number: private.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Debug for Telephone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telephone([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for typed in ["13800138000", "＋８６ 138-0013-8000", "0086 13800138000", "138 0013 8000"] {
            assert_eq!(Telephone::parse(typed).unwrap().as_str(), "13800138000", "{typed}");
        }
        assert_eq!(Telephone::parse("+852 5123 4567").unwrap().as_str(), "+85251234567");
        assert_eq!(Telephone::parse("13800138000").unwrap().masked(), "138****8000");
        for bad in ["", "12345", "23800138000", "1380013800", "+86 1380013800", "+0123456789", "1.38E+10"] {
            assert_eq!(Telephone::parse(bad), Err(TelephoneError), "{bad}");
        }
    }
}
