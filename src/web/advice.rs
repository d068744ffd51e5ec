//! What to tell a person whose number is wrong or unknown: from the text alone, never from the records.

use crate::domain::identity::{DocumentKind, IdentityDocument};
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

/// Whether the text reads as an 18-character identity number with a right check character: then it was meant for the other
/// form, and must not travel further in URLs.
pub fn looks_like_identity(typed: &str) -> bool {
    masked_identity(typed).is_some()
}

/// What may be kept of a text that reads as an identity number.
pub fn masked_identity(typed: &str) -> Option<String> {
    let folded = fold_code(&bounded(typed));
    let kinds = [DocumentKind::ResidentIdentityCard, DocumentKind::ResidencePermit, DocumentKind::ForeignPermanentResident];
    let read = |kind| IdentityDocument::parse(kind, &folded).ok();
    (folded.len() == 18).then(|| kinds.into_iter().find_map(read)).flatten().map(|document| document.masked())
}

/// The characters of an unknown number that are often taken for another, at most six, each with its place counted from 1.
pub fn slips(number: &CertificateNumber) -> Vec<Message> {
    let twin = |c| match c {
        'O' => Some(("字母 O", "letter O", "数字 0", "digit 0")),
        '0' => Some(("数字 0", "digit 0", "字母 O", "letter O")),
        'I' => Some(("字母 I", "letter I", "数字 1", "digit 1")),
        'L' => Some(("字母 L", "letter L", "数字 1", "digit 1")),
        '1' => Some(("数字 1", "digit 1", "字母 I 或 L", "letter I or L")),
        'S' => Some(("字母 S", "letter S", "数字 5", "digit 5")),
        'B' => Some(("字母 B", "letter B", "数字 8", "digit 8")),
        'Z' => Some(("字母 Z", "letter Z", "数字 2", "digit 2")),
        _ => None,
    };
    let text = number.as_str();
    // Most numbers are a run of letters and a run of digits: a letter beside a digit and a digit among letters are worth a look.
    let odd = |i: usize, c: char| {
        let beside = |j: Option<usize>| j.and_then(|j| text.as_bytes().get(j)).map(u8::is_ascii_digit);
        let (before, after) = (beside(i.checked_sub(1)), beside(i.checked_add(1)));
        if c.is_ascii_digit() { before != Some(true) && after == Some(false) } else { before == Some(true) || after == Some(true) }
    };
    let tell = |(i, c): (usize, char)| {
        let (is_zh, is_en, may_zh, may_en) = twin(c).filter(|_| odd(i, c))?;
        let place = i + 1;
        Some(Message::new(
            format!("第 {place} 位是{is_zh}，是否应为{may_zh}？"),
            format!("Character {place} is the {is_en}: should it be the {may_en}?"),
        ))
    };
    text.chars().enumerate().filter_map(tell).take(6).collect()
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
        let slips = slips(&"LH142O2400001".parse().unwrap());
        assert_eq!(slips.iter().map(|m| m.zh.as_str()).collect::<Vec<_>>(), ["第 6 位是字母 O，是否应为数字 0？"]);
    }

    #[test]
    fn an_identity_number_in_the_wrong_form_is_seen() {
        assert!(looks_like_identity("11010519491231002x"));
        assert!(!looks_like_identity("110105194912310021"));
        assert!(!looks_like_identity("GXRCPJ033202000019"));
    }
}
