//! Addresses of electronic mail.

use std::fmt;

use email_address::Options;

/// An address as RFC 5321 has it: at most 254 bytes, its domain with at least one dot and in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("请输入完整的电子邮箱，例如 name@example.com / enter a whole e-mail address, such as name@example.com")]
pub struct EmailError;

/// RFC 5321, 4.5.3.1.3, without the brackets around a path.
const MAX_BYTES: usize = 254;

impl Email {
    /// Reads an address as people type it.
    ///
    /// # Errors
    /// [`EmailError`].
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let text = super::text::tidy(typed);
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let address = email_address::EmailAddress::parse_with_options(&text, options).map_err(|_| EmailError)?;
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '(' | ')' | '<' | '>' | '\\' | ',' | ';' | ':');
        if text.len() > MAX_BYTES || !address.local_part().chars().all(plain) || !address.domain().chars().all(plain) {
            return Err(EmailError);
        }
        Ok(Self(format!("{}@{}", address.local_part(), address.domain().to_ascii_lowercase())))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With all of its name but the first character hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let (name, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        format!("{}***@{domain}", name.chars().next().unwrap_or('*'))
    }
}

/// The address is personal: `Debug` masks it.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_and_plain() {
        let address = Email::parse(" Li.Ming+contest@Mail.Example.CN ").unwrap();
        assert_eq!((address.as_str(), address.masked().as_str()), ("Li.Ming+contest@mail.example.cn", "L***@mail.example.cn"));
        assert_eq!(format!("{address:?}"), "Email(L***@mail.example.cn)");
        let long = format!("a@{}.example.cn", "b".repeat(250));
        for bad in [
            "",
            "liming",
            "liming@",
            "@example.cn",
            "li ming@example.cn",
            "a@b",
            "a@[127.0.0.1]",
            "李明 <a@example.cn>",
            "a@example.cn\r\nBcc: b@example.cn",
            "\"a\"@example.cn",
            "a@@example.cn",
            "李明@example.cn",
            &long,
        ] {
            assert_eq!(Email::parse(bad), Err(EmailError), "{bad}");
        }
    }
}
