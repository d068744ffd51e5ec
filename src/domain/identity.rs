//! Identity documents of every kind that students hold, with their check characters.
//!
//! A document whose standard has a check character is checked strictly; the others by their characters and length, since
//! their issuers publish no more than that.

use std::fmt;

use jiff::civil::{Date, date};

use super::text::fold_code;

/// The kinds of document that a list may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// 居民身份证, GB 11643-1999.
    ResidentIdentityCard,
    /// 港澳台居民居住证: the same 18 characters, regions 81, 82 and 83.
    ResidencePermit,
    /// 港澳居民来往内地通行证: H or M and 8 digits.
    HongKongMacaoPermit,
    /// 台湾居民来往大陆通行证: 8 digits.
    TaiwanPermit,
    /// 外国人永久居留身份证: 3 letters and 12 digits, or since 2023 18 characters that begin with 9.
    ForeignPermanentResident,
    /// 护照: 5 to 18 letters and digits.
    Passport,
}

impl DocumentKind {
    /// Every kind, in the order in which forms offer them.
    pub const ALL: [Self; 6] = [
        Self::ResidentIdentityCard,
        Self::ResidencePermit,
        Self::HongKongMacaoPermit,
        Self::TaiwanPermit,
        Self::ForeignPermanentResident,
        Self::Passport,
    ];

    /// The name that the registry stores.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ResidentIdentityCard => "resident",
            Self::ResidencePermit => "residence-permit",
            Self::HongKongMacaoPermit => "hk-macao-permit",
            Self::TaiwanPermit => "taiwan-permit",
            Self::ForeignPermanentResident => "foreign-resident",
            Self::Passport => "passport",
        }
    }

    /// The inverse of [`DocumentKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The name on forms.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::ResidentIdentityCard => "居民身份证",
            Self::ResidencePermit => "港澳台居民居住证",
            Self::HongKongMacaoPermit => "港澳居民来往内地通行证",
            Self::TaiwanPermit => "台湾居民来往大陆通行证",
            Self::ForeignPermanentResident => "外国人永久居留身份证",
            Self::Passport => "护照",
        }
    }

    /// The English name on forms.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::ResidentIdentityCard => "Resident identity card",
            Self::ResidencePermit => "Residence permit (Hong Kong, Macao, Taiwan)",
            Self::HongKongMacaoPermit => "Mainland travel permit (Hong Kong, Macao)",
            Self::TaiwanPermit => "Mainland travel permit (Taiwan)",
            Self::ForeignPermanentResident => "Foreign permanent resident ID card",
            Self::Passport => "Passport",
        }
    }

    /// Reads a kind as lists write it: the code, the Chinese name, the English name or a usual short form.
    #[must_use]
    pub fn parse_typed(typed: &str) -> Option<Self> {
        let tidy = super::text::tidy(typed);
        let by_name = Self::ALL.into_iter().find(|k| tidy == k.code() || tidy == k.zh() || tidy.eq_ignore_ascii_case(k.en()));
        by_name.or_else(|| match tidy.to_lowercase().as_str() {
            "身份证" | "二代身份证" | "id card" | "identity card" => Some(Self::ResidentIdentityCard),
            "居住证" | "residence permit" => Some(Self::ResidencePermit),
            "港澳通行证" | "回乡证" | "港澳居民通行证" | "home return permit" => Some(Self::HongKongMacaoPermit),
            "台胞证" | "台湾通行证" | "taiwan permit" => Some(Self::TaiwanPermit),
            "永久居留证" | "永居证" | "外国人居留证" | "permanent resident" => Some(Self::ForeignPermanentResident),
            _ => None,
        })
    }
}

/// An identity document with its number in canonical spelling (upper case, no separators).
///
/// Its `Debug` shows the kind alone, so that no log line can hold the number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityDocument {
    kind: DocumentKind,
    number: String,
}

/// Why a text is no identity document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Wrong length or characters for the kind.
    #[error("{}的号码格式不对，应为{} / not the form of a {}", .0.zh(), form(*.0), .0.en())]
    Form(DocumentKind),
    /// The six-digit region begins with no province.
    #[error("号码前两位不是有效的地区代码 / the first two digits are no region")]
    Region,
    /// The birth date in the number does not exist or lies before 1900.
    #[error("号码中的出生日期不存在 / the birth date in the number does not exist")]
    BirthDate,
    /// The check character should be another (GB 11643-1999, ISO 7064 MOD 11-2).
    #[error("号码末位校验码不符，请核对是否输错 / the check character does not match; look for a typing slip")]
    CheckCharacter,
    /// The number alone fits no kind of document.
    #[error("无法识别的证件号码 / no kind of document has such a number")]
    Unrecognised,
}

fn form(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::ResidentIdentityCard => "18 位（末位可为 X）",
        DocumentKind::ResidencePermit => "以 81、82 或 83 开头的 18 位",
        DocumentKind::HongKongMacaoPermit => "H 或 M 加 8 位数字",
        DocumentKind::TaiwanPermit => "8 位数字",
        DocumentKind::ForeignPermanentResident => "3 个字母加 12 位数字，或以 9 开头的 18 位",
        DocumentKind::Passport => "5 至 18 位字母和数字",
    }
}

impl IdentityDocument {
    /// Reads a number of a known kind as a person types it.
    ///
    /// # Errors
    /// [`IdentityError`] naming the rule that fails.
    pub fn parse(kind: DocumentKind, typed: &str) -> Result<Self, IdentityError> {
        let number = fold_code(typed);
        if !number.is_ascii() {
            return Err(IdentityError::Form(kind));
        }
        match kind {
            DocumentKind::ResidentIdentityCard => check_18(kind, &number, is_mainland_region)?,
            DocumentKind::ResidencePermit => check_18(kind, &number, |r| matches!(r, "81" | "82" | "83"))?,
            DocumentKind::HongKongMacaoPermit => {
                require(kind, number.len() == 9 && number.starts_with(['H', 'M']) && all_digits(&number[1..]))?
            }
            DocumentKind::TaiwanPermit => require(kind, number.len() == 8 && all_digits(&number))?,
            DocumentKind::ForeignPermanentResident => check_foreign(&number)?,
            DocumentKind::Passport => {
                require(kind, (5..=18).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric()))?;
            }
        }
        Ok(Self { kind, number })
    }

    /// Reads a number whose kind the person did not say, by its form. A passport of more than nine characters must be named as one.
    ///
    /// # Errors
    /// The error of the likeliest kind, or [`IdentityError::Unrecognised`].
    pub fn parse_any(typed: &str) -> Result<Self, IdentityError> {
        let number = fold_code(typed);
        let kind = match number.len() {
            18 if number.starts_with(['8']) => DocumentKind::ResidencePermit,
            18 if number.starts_with(['9']) => DocumentKind::ForeignPermanentResident,
            18 if number.is_ascii() && all_digits(&number[..17]) => DocumentKind::ResidentIdentityCard,
            15 if number.is_ascii() && number[..3].bytes().all(|b| b.is_ascii_uppercase()) => DocumentKind::ForeignPermanentResident,
            9 if number.is_ascii() && number.starts_with(['H', 'M']) && all_digits(&number[1..]) => DocumentKind::HongKongMacaoPermit,
            8 if number.is_ascii() && all_digits(&number) => DocumentKind::TaiwanPermit,
            // What could be a passport of a rare length is far more often an identity number with a slip.
            10.. if number.bytes().filter(u8::is_ascii_digit).count() >= 10 => {
                return Err(IdentityError::Form(DocumentKind::ResidentIdentityCard));
            }
            10.. => return Err(IdentityError::Unrecognised),
            _ => DocumentKind::Passport,
        };
        Self::parse(kind, typed).map_err(|e| if e == IdentityError::Form(DocumentKind::Passport) { IdentityError::Unrecognised } else { e })
    }

    /// The kind of document.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The canonical number: private. For sealing and keyed hashing, never for a log or a page.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The first three and the last four characters, stars between: what may be shown. Short numbers keep the last two.
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.number.len();
        let (head, tail) = if length >= 12 { (3, 4) } else { (1, 2) };
        let stars = "*".repeat(length.saturating_sub(head + tail));
        format!("{}{stars}{}", &self.number[..head], &self.number[length - tail..])
    }
}

impl fmt::Debug for IdentityDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityDocument({}, [elided])", self.kind.code())
    }
}

fn require(kind: DocumentKind, holds: bool) -> Result<(), IdentityError> {
    if holds { Ok(()) } else { Err(IdentityError::Form(kind)) }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Provinces of GB/T 2260 whose residents hold the identity card.
fn is_mainland_region(two: &str) -> bool {
    matches!(
        two,
        "11" | "12"
            | "13"
            | "14"
            | "15"
            | "21"
            | "22"
            | "23"
            | "31"
            | "32"
            | "33"
            | "34"
            | "35"
            | "36"
            | "37"
            | "41"
            | "42"
            | "43"
            | "44"
            | "45"
            | "46"
            | "50"
            | "51"
            | "52"
            | "53"
            | "54"
            | "61"
            | "62"
            | "63"
            | "64"
            | "65"
            | "71"
            | "81"
            | "82"
    )
}

fn check_18(kind: DocumentKind, number: &str, region: impl Fn(&str) -> bool) -> Result<(), IdentityError> {
    require(kind, number.len() == 18 && all_digits(&number[..17]))?;
    require(kind, number.ends_with(|c: char| c.is_ascii_digit() || c == 'X'))?;
    if !region(&number[..2]) {
        return Err(IdentityError::Region);
    }
    birth_date(&number[6..14]).ok_or(IdentityError::BirthDate)?;
    check_mod_11_2(number)
}

fn check_foreign(number: &str) -> Result<(), IdentityError> {
    let kind = DocumentKind::ForeignPermanentResident;
    match number.len() {
        15 => require(kind, number[..3].bytes().all(|b| b.is_ascii_uppercase()) && all_digits(&number[3..])),
        18 => {
            require(kind, number.starts_with('9') && all_digits(&number[..17]))?;
            require(kind, number.ends_with(|c: char| c.is_ascii_digit() || c == 'X'))?;
            check_mod_11_2(number)
        }
        _ => require(kind, false),
    }
}

fn birth_date(eight: &str) -> Option<Date> {
    let born = Date::new(eight[..4].parse().ok()?, eight[4..6].parse().ok()?, eight[6..].parse().ok()?).ok()?;
    (born >= date(1900, 1, 1)).then_some(born)
}

/// GB 11643-1999, 4.2.4: ISO 7064 MOD 11-2 over the first 17 digits.
fn check_mod_11_2(number: &str) -> Result<(), IdentityError> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let bytes = number.as_bytes();
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    if bytes.last() == CHECK.get(usize::try_from(sum % 11).unwrap_or(0)) { Ok(()) } else { Err(IdentityError::CheckCharacter) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DocumentKind::*;
    use proptest::prelude::*;

    #[test]
    fn vectors_of_the_standard() {
        for good in ["11010519491231002X", "440524188001010014"] {
            let parsed = IdentityDocument::parse(ResidentIdentityCard, good);
            // 1880 is in the standard's own example; nobody born then enters a contest.
            assert_eq!(parsed.is_ok(), good.starts_with("11"), "{good}");
        }
        let card = IdentityDocument::parse_any("１１０１０５ 19491231-002x").unwrap();
        assert_eq!(
            (card.kind(), card.number(), card.masked().as_str()),
            (ResidentIdentityCard, "11010519491231002X", "110***********002X")
        );
        assert_eq!(format!("{card:?}"), "IdentityDocument(resident, [elided])");
    }

    #[test]
    fn each_rule_has_its_error() {
        let err = |kind, text| IdentityDocument::parse(kind, text).unwrap_err();
        assert_eq!(err(ResidentIdentityCard, "110105194912310021"), IdentityError::CheckCharacter);
        assert_eq!(err(ResidentIdentityCard, "11010519490231002X"), IdentityError::BirthDate);
        assert_eq!(err(ResidentIdentityCard, "99010519491231002X"), IdentityError::Region);
        assert_eq!(err(ResidentIdentityCard, "11010519491231002"), IdentityError::Form(ResidentIdentityCard));
        assert_eq!(err(ResidentIdentityCard, "１１０１０５１９４９１２３１００２中"), IdentityError::Form(ResidentIdentityCard));
        assert_eq!(err(ResidencePermit, "11010519491231002X"), IdentityError::Region);
        assert_eq!(err(HongKongMacaoPermit, "C12345678"), IdentityError::Form(HongKongMacaoPermit));
        assert_eq!(err(TaiwanPermit, "1234567"), IdentityError::Form(TaiwanPermit));
        assert_eq!(err(Passport, "E1"), IdentityError::Form(Passport));
        assert_eq!(IdentityDocument::parse_any("??"), Err(IdentityError::Unrecognised));
        assert_eq!(IdentityDocument::parse_any("11010519491231002"), Err(IdentityError::Form(ResidentIdentityCard)));
        assert_eq!(IdentityDocument::parse_any("ABCDEFGHIJK"), Err(IdentityError::Unrecognised));
        assert!(IdentityDocument::parse(Passport, "ABCDEFGHIJK").is_ok());
    }

    #[test]
    fn every_kind_is_known_by_its_form() {
        let cases = [
            ("11010519491231002X", ResidentIdentityCard),
            ("h12345678", HongKongMacaoPermit),
            ("M 1234 5678", HongKongMacaoPermit),
            ("12345678", TaiwanPermit),
            ("E12345678", Passport),
            ("USA123456789012", ForeignPermanentResident),
        ];
        for (text, kind) in cases {
            assert_eq!(IdentityDocument::parse_any(text).unwrap().kind(), kind, "{text}");
        }
        for (prefix, kind) in [
            ("81000019991231002", ResidencePermit),
            ("83000019991231002", ResidencePermit),
            ("91001199912310020", ForeignPermanentResident),
        ] {
            let valid =
                ('0'..='9').chain(['X']).filter(|c| IdentityDocument::parse_any(&format!("{prefix}{c}")).is_ok_and(|d| d.kind() == kind));
            assert_eq!(valid.count(), 1, "one check character for {prefix}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Ok(document) = IdentityDocument::parse_any(&text) {
                prop_assert_eq!(IdentityDocument::parse(document.kind(), document.number()), Ok(document.clone()));
                prop_assert_eq!(document.masked().len(), document.number().len());
            }
        }

        #[test]
        fn one_changed_digit_is_always_noticed(at in 0usize..17, by in 1u8..10) {
            let mut bytes = b"11010519491231002X".to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            prop_assert!(IdentityDocument::parse(ResidentIdentityCard, std::str::from_utf8(&bytes).unwrap()).is_err());
        }
    }
}
