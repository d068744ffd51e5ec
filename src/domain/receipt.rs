//! The code by which somebody who handed something in follows it: 20 characters that can be read over the telephone.

use std::fmt;

use super::text::fold_code;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a code: 100 bits.
const LENGTH: usize = 20;

/// The code on a receipt. Whoever has it can follow the case, so its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptCode(String);

/// The text is no code of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("回执码应为 20 位字母和数字，如 7K2MD-… / a receipt code has 20 letters and digits")]
pub struct ReceiptCodeError;

impl ReceiptCode {
    /// The code of the first 100 bits.
    #[must_use]
    pub fn of(bits: &[u8; 16]) -> Self {
        let mut value = u128::from_be_bytes(*bits);
        let mut code = String::with_capacity(LENGTH);
        for _ in 0..LENGTH {
            let five = usize::try_from(value >> 123).unwrap_or(0);
            code.push(char::from(ALPHABET[five]));
            value <<= 5;
        }
        Self(code)
    }

    /// Reads a code as it is typed: case, spaces and hyphens do not matter, and what Crockford's alphabet leaves out for looking like
    /// something else is read as that.
    ///
    /// # Errors
    /// [`ReceiptCodeError`].
    pub fn parse_typed(typed: &str) -> Result<Self, ReceiptCodeError> {
        let short: String = typed.chars().take(200).collect();
        let like = |c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let code: String = fold_code(&short).chars().map(like).collect();
        let known = code.bytes().all(|b| ALPHABET.contains(&b));
        if code.len() == LENGTH && known { Ok(Self(code)) } else { Err(ReceiptCodeError) }
    }

    /// The 20 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In four groups of five.
impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<&str> = (0..LENGTH).step_by(5).filter_map(|at| self.0.get(at..at + 5)).collect();
        f.write_str(&groups.join("-"))
    }
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptCode([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = ReceiptCode::of(&[0xA5; 16]);
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.matches('-').count()), (23, 3));
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), code.as_str().to_owned()] {
            assert_eq!(ReceiptCode::parse_typed(&typed), Ok(code.clone()), "{typed}");
        }
        assert_eq!(ReceiptCode::of(&[0; 16]), ReceiptCode::parse_typed("ooooo-ooooo-00000-00000").unwrap());
        assert_ne!(ReceiptCode::of(&[1; 16]), ReceiptCode::of(&[2; 16]));
        for bad in ["", "ABC", "U0000-00000-00000-00000", "00000-00000-00000-000001"] {
            assert_eq!(ReceiptCode::parse_typed(bad), Err(ReceiptCodeError), "{bad}");
        }
        assert_eq!(format!("{code:?}"), "ReceiptCode([elided])");
    }
}
