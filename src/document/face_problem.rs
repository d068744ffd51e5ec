//! Why a certificate is not printed.

/// Why a certificate cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaceProblem {
    /// A character that no font has.
    #[error("“{text}”中的“{character}”（U+{:04X}）没有字形，不能印制 / no font has “{character}” of “{text}” ({item})", u32::from(*.character))]
    MissingGlyph {
        /// The template's name for the text.
        item: String,
        /// The text.
        text: String,
        /// The character.
        character: char,
    },
    /// A text that does not fit at the smallest size.
    #[error("“{text}”过长，在“{item}”处放不下 / “{text}” is too long for “{item}”")]
    Overflow {
        /// The template's name for the text.
        item: String,
        /// The text.
        text: String,
    },
    /// The template has a place for a portrait, the certificate has none.
    #[error("缺少照片 / the portrait is missing")]
    MissingPortrait,
    /// The portrait is another one than the claims name, or no JPEG.
    #[error("照片与证书记录不符 / the portrait is not the one of the record")]
    WrongPortrait,
    /// An award on a template for abilities, or the reverse.
    #[error("模板用于 {template}，证书为 {claims} / the template is for another kind of certificate")]
    WrongKind {
        /// What the template prints.
        template: &'static str,
        /// What the claims are.
        claims: &'static str,
    },
    /// The plate belongs to another issuer.
    #[error("发证单位不符：{0} / the issuer is another: {0}")]
    WrongIssuer(String),
    /// The QR code cannot be made.
    #[error(transparent)]
    Qr(#[from] super::qr::QrError),
    /// A font gave no subset.
    #[error(transparent)]
    Font(#[from] super::fonts::FontError),
}
