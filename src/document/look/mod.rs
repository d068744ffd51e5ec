//! What a stranger's file shows: the text of its page, the file of facts inside it, the codes in its picture. Nothing of it is believed
//! here, and nothing of it is proven by having been read.
//!
//! A file may be made to keep its reader busy for ever, or to fill the memory. The libraries that read fonts, pictures and streams cannot
//! be told to stop, so this is run in a process of its own that can (`service/looker.rs`); what was found so far is told after each step.

mod code;
mod page;
mod photo;
mod spots;
mod text;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use photo::{MAX_PIXELS, MAX_SIDE};
pub use text::{Line, squeezed};

/// What a file is by its first bytes. The name that it was sent under says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// PDF, a header behind some other bytes included.
    Pdf,
    /// A picture that is read: JPEG or PNG.
    Picture,
    /// A picture that is not read: HEIC, WebP, GIF, TIFF, BMP.
    OtherPicture,
    /// Anything else.
    Other,
}

impl FileKind {
    /// By the first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let brand = bytes.get(4..12).filter(|b| b.starts_with(b"ftyp")).map(|b| &b[4..]);
        let heic = [&b"heic"[..], b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"avif", b"avis"];
        if bytes.starts_with(b"%PDF-") {
            Self::Pdf
        } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            Self::Picture
        } else if brand.is_some_and(|b| heic.contains(&b))
            || bytes.starts_with(b"GIF8")
            || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
            || bytes.starts_with(b"II*\0")
            || bytes.starts_with(b"MM\0*")
            || (bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]))
        {
            Self::OtherPicture
        } else if memchr::memmem::find(&bytes[..bytes.len().min(1 << 16)], b"%PDF-").is_some() {
            Self::Pdf
        } else {
            Self::Other
        }
    }
}

/// Why nothing more can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It needs a password, or is encrypted otherwise.
    Encrypted,
    /// It cannot be read.
    Unreadable,
    /// More pixels or passes than are taken.
    TooLarge,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Pages of a PDF.
    pub pages: usize,
    /// The first page's lines of text, from the top down.
    pub lines: Vec<Line>,
    /// Its text in the order in which it is drawn, without white space: what stands in one box stays together.
    pub flow: String,
    /// Whether it has more text than is read.
    pub more_text: bool,
    /// Whether it has pictures.
    pub images: bool,
    /// The embedded `certificate.json`.
    pub facts: Option<String>,
    /// The texts of QR codes.
    pub codes: Vec<String>,
    /// The picture, small, without anything but its pixels, as JPEG.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub picture: Option<Vec<u8>>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// Whether it was looked at to the end.
    pub complete: bool,
}

/// Looks at a file, and tells what is known so far whenever more is.
pub fn look(bytes: &[u8], tell: &mut dyn FnMut(&Seen)) {
    let mut seen = Seen::default();
    match FileKind::of(bytes) {
        FileKind::Pdf => page::look(bytes, &mut seen, tell),
        FileKind::Picture => photo::look(bytes, &mut seen, tell),
        FileKind::OtherPicture | FileKind::Other => seen.trouble = Some(Trouble::Unreadable),
    }
    seen.complete = true;
    tell(&seen);
}

fn to_base64<S: Serializer>(picture: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    picture.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(serializer)
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text: Option<String> = Deserialize::deserialize(deserializer)?;
    text.map(|t| STANDARD.decode(t).map_err(serde::de::Error::custom)).transpose()
}
