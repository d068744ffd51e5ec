//! What to tell a person whose number is no number.

use crate::domain::number::{CertificateNumber, NumberError};
use crate::domain::text::fold_code;

/// A message in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub zh: String,
    pub en: String,
}

impl Message {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Takes apart the `中文 / English` of the domain's errors.
    pub fn of(error: &impl std::fmt::Display) -> Self {
        let text = error.to_string();
        match text.split_once(" / ") {
            Some((zh, en)) => Self::new(zh, en),
            None => Self::new(text.clone(), text),
        }
    }
}

/// More characters than any spelling of a number has: no more of the text is looked at or shown again.
pub const MAX_TYPED: usize = 100;

/// The first [`MAX_TYPED`] characters.
pub fn bounded(typed: &str) -> String {
    typed.chars().take(MAX_TYPED).collect()
}

/// Reads a number as typed, or says which character or what length is wrong.
///
/// # Errors
/// The message for the person.
pub fn read_number(typed: &str) -> Result<CertificateNumber, Message> {
    let length = typed.chars().count();
    if typed.trim().is_empty() {
        return Err(Message::new("请输入证书编号", "Enter a certificate number"));
    }
    if length > MAX_TYPED {
        return Err(Message::of(&NumberError::Length(length)));
    }
    CertificateNumber::parse_typed(typed).map_err(|e| match e {
        NumberError::Character(c) => {
            let place = fold_code(typed).chars().position(|other| other == c).map_or(1, |i| i + 1);
            Message::new(
                format!("第 {place} 位的“{c}”不会出现在证书编号中：编号只含字母 A–Z 和数字 0–9"),
                format!("Character {place}, “{c}”, cannot be part of a number: only letters A–Z and digits 0–9 can"),
            )
        }
        NumberError::Length(n) => Message::new(
            format!("证书编号为 6 至 32 位，您输入了 {n} 位，请核对是否有遗漏或多余"),
            format!("A certificate number has 6 to 32 characters and you entered {n}: look for missing or extra ones"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_named_with_its_place() {
        assert!(read_number("LH14-2024é0001").unwrap_err().zh.contains("第 9 位的“É”"));
        assert!(read_number("LH1").unwrap_err().zh.contains("3 位"));
        assert!(read_number(&"9".repeat(5000)).unwrap_err().zh.contains("5000 位"));
        assert_eq!(read_number(" \u{3000}").unwrap_err().zh, "请输入证书编号");
    }
}
