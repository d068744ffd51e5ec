//! Codes of organisations: the unified social credit code (GB 32100-2015) and the older organisation code (GB 11714-1997).

use std::fmt;

use super::text::fold_code;

/// The code of an organisation as it is written on its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganisationCode {
    /// 18 characters. Some codes that are really in use fail their check character, so a wrong one is a matter for a reviewer.
    Unified {
        /// In capitals.
        code: String,
        /// Whether both check characters are right: of the whole, and of the organisation code in it.
        check_holds: bool,
    },
    /// 9 characters, given out until 2015.
    Old {
        /// In capitals, without the hyphen.
        code: String,
    },
}

/// Why a text is no code of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationCodeError {
    /// Neither 18 nor 9 characters.
    #[error(
        "组织机构代码应为 18 位统一社会信用代码或 9 位旧代码，您输入了 {0} 位 / the code has 18 characters, or 9 in its old form; this has {0}"
    )]
    Length(usize),
    /// A character that such a code does not have.
    #[error("第 {place} 位的“{character}”不会出现在代码中 / character {place}, “{character}”, cannot be part of the code")]
    Character {
        /// Counted from 1.
        place: usize,
        /// Which.
        character: char,
    },
    /// The check character of an old code is wrong.
    #[error("9 位代码的校验位不正确，请核对 / the check character of the code is wrong")]
    Check,
}

/// GB 32100, table 1: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

impl OrganisationCode {
    /// Reads a code as typed: full-width characters, hyphens and spaces are understood.
    ///
    /// # Errors
    /// [`OrganisationCodeError`].
    pub fn parse(typed: &str) -> Result<Self, OrganisationCodeError> {
        let code = fold_code(typed);
        match code.chars().count() {
            18 => {
                let values = values(&code, |c| ALPHABET.iter().position(|a| *a == c))?;
                let inner = code.get(8..17).unwrap_or_default();
                let inner_holds = old_values(inner).is_ok_and(|v| old_check(&v) == inner.chars().last());
                Ok(Self::Unified { check_holds: unified_check(&values) == values.last().copied() && inner_holds, code })
            }
            9 => {
                let values = old_values(&code)?;
                if old_check(&values) != code.chars().last() {
                    return Err(OrganisationCodeError::Check);
                }
                Ok(Self::Old { code })
            }
            n => Err(OrganisationCodeError::Length(n)),
        }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unified { code, .. } | Self::Old { code } => code,
        }
    }

    /// What a reviewer should look at, if there is anything.
    #[must_use]
    pub fn warning(&self) -> Option<&'static str> {
        match self {
            Self::Unified { check_holds: false, .. } => {
                Some("统一社会信用代码的校验位不符，请与证件图片核对 / the check character is wrong: compare with the picture")
            }
            _ => None,
        }
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn values(code: &str, value: impl Fn(u8) -> Option<usize>) -> Result<Vec<usize>, OrganisationCodeError> {
    let of = |(at, character): (usize, char)| {
        let found = u8::try_from(character).ok().and_then(&value);
        found.ok_or(OrganisationCodeError::Character { place: at + 1, character })
    };
    code.chars().enumerate().map(of).collect()
}

/// GB 32100, 5: the weights are powers of 3 modulo 31.
fn unified_check(values: &[usize]) -> Option<usize> {
    let weights = std::iter::successors(Some(1), |w| Some(w * 3 % 31));
    let sum: usize = values.iter().take(17).zip(weights).map(|(v, w)| v * w).sum();
    (values.len() == 18).then_some((31 - sum % 31) % 31)
}

/// The eight values of an old code's body; its last character is a digit or X.
fn old_values(code: &str) -> Result<Vec<usize>, OrganisationCodeError> {
    let (body, last) = (code.get(..8).unwrap_or(code), code.get(8..).unwrap_or_default());
    let all = values(body, |c| match c {
        b'0'..=b'9' => Some(usize::from(c - b'0')),
        b'A'..=b'Z' => Some(usize::from(c - b'A') + 10),
        _ => None,
    })?;
    match last.chars().next() {
        Some('0'..='9' | 'X') => Ok(all),
        Some(character) => Err(OrganisationCodeError::Character { place: 9, character }),
        None => Err(OrganisationCodeError::Length(code.chars().count())),
    }
}

/// GB 11714, 4.2.
fn old_check(values: &[usize]) -> Option<char> {
    const WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = values.iter().zip(WEIGHTS).map(|(v, w)| v * w).sum();
    "0123456789X".chars().nth((11 - sum % 11) % 11)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_that_are_in_use() {
        // 清华大学, 北京大学: published on their web sites.
        for code in ["12100000400000624D", "12100000400002259P"] {
            let read = OrganisationCode::parse(&format!(" {}-{}", &code[..8].to_lowercase(), &code[8..])).unwrap();
            assert_eq!(read, OrganisationCode::Unified { code: code.into(), check_holds: true });
            assert_eq!(read.warning(), None);
            // The old code is part of the new one.
            let old = &code[8..17];
            assert_eq!(OrganisationCode::parse(&format!("{}-{}", &old[..8], &old[8..])), Ok(OrganisationCode::Old { code: old.into() }));
        }
        let doubtful = OrganisationCode::parse("12100000400000624E").unwrap();
        assert!(doubtful.warning().is_some() && matches!(doubtful, OrganisationCode::Unified { check_holds: false, .. }));
        assert_eq!(OrganisationCode::parse("400000625"), Err(OrganisationCodeError::Check));
        assert_eq!(OrganisationCode::parse("1210"), Err(OrganisationCodeError::Length(4)));
        assert_eq!(OrganisationCode::parse("1210000040000062SD"), Err(OrganisationCodeError::Character { place: 17, character: 'S' }));
        assert_eq!(OrganisationCode::parse("40000062é"), Err(OrganisationCodeError::Character { place: 9, character: 'É' }));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_one_wrong_character_shows(text in any::<String>(), at in 0usize..18, other in 0usize..31) {
            let _ = OrganisationCode::parse(&text);
            let mut code = b"12100000400000624D".to_vec();
            let changed = ALPHABET[other];
            prop_assume!(code[at] != changed);
            code[at] = changed;
            let read = OrganisationCode::parse(std::str::from_utf8(&code).unwrap()).unwrap();
            prop_assert!(read.warning().is_some());
        }
    }
}
