//! The QR code: an alphanumeric URL and decimal digits in one symbol.

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version, ec};

/// The text of a code: `whole()` is what a scanner reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrText {
    /// The upper-case URL up to and including `/Q/`.
    pub prefix: String,
    /// The proof as decimal digits.
    pub digits: String,
}

impl QrText {
    /// The text as a scanner reads it.
    #[must_use]
    pub fn whole(&self) -> String {
        format!("{}{}", self.prefix, self.digits)
    }
}

/// The text cannot be a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// More than the largest version in use holds.
    #[error("二维码内容过长 / too much text for a QR code")]
    TooLong,
    /// The prefix has a character outside QR's alphanumeric mode, or the digits are no digits.
    #[error("二维码内容只能是大写网址和数字 / a QR text is an upper-case URL and digits")]
    Alphabet,
}

/// Modules of a symbol, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    size: usize,
    dark: Vec<bool>,
}

/// The light border that the standard wants, in modules.
pub const QUIET: usize = 4;
/// Into how many parts a module is divided where it is drawn.
pub(super) const PARTS: usize = 20;
/// The smallest version in use: every usual certificate has the same size of code.
const SMALLEST: i16 = 5;
/// 97 modules of a quarter of a millimetre on 26 mm; more than that no telephone reads from paper.
const LARGEST: i16 = 20;

impl Symbol {
    /// The smallest symbol from version 5 on that holds `text`, at error correction level L. The mask is fixed: weighing all eight
    /// costs more than the rest of the certificate, and any of them is legal.
    ///
    /// # Errors
    /// [`QrError`] if there is none.
    pub fn encode(text: &QrText) -> Result<Self, QrError> {
        let alphanumeric = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() || b" $%*+-./:".contains(&b);
        if !text.prefix.bytes().all(alphanumeric) || !text.digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(QrError::Alphabet);
        }
        (SMALLEST..=LARGEST).find_map(|version| Self::of_version(text, version)).ok_or(QrError::TooLong)
    }

    /// The smallest symbol that holds any text as bytes, at error correction level M: for screens.
    ///
    /// # Errors
    /// [`QrError::TooLong`].
    pub fn of_text(text: &str) -> Result<Self, QrError> {
        let level = EcLevel::M;
        let made = (1..=LARGEST).find_map(|version| {
            let mut bits = Bits::new(Version::Normal(version));
            bits.push_byte_data(text.as_bytes()).ok()?;
            bits.push_terminator(level).ok()?;
            Self::drawn(bits, Version::Normal(version), level)
        });
        made.ok_or(QrError::TooLong)
    }

    /// The dark modules as the path of an SVG, one unit a module, with the quiet zone around them.
    #[must_use]
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for (y, row) in self.dark.chunks_exact(self.size).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&true) {
                    path.push_str(&format!("M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len()));
                }
                x += run.len();
            }
        }
        path
    }

    fn of_version(text: &QrText, version: i16) -> Option<Self> {
        let level = EcLevel::L;
        let version = Version::Normal(version);
        let mut bits = Bits::new(version);
        bits.push_alphanumeric_data(text.prefix.as_bytes()).ok()?;
        bits.push_numeric_data(text.digits.as_bytes()).ok()?;
        bits.push_terminator(level).ok()?;
        Self::drawn(bits, version, level)
    }

    fn drawn(bits: Bits, version: Version, level: EcLevel) -> Option<Self> {
        let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, level).ok()?;
        let mut canvas = Canvas::new(version, level);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        canvas.apply_mask(MaskPattern::LargeCheckerboard);
        let dark: Vec<bool> = canvas.into_colors().into_iter().map(|c| c == Color::Dark).collect();
        Some(Self { size: dark.len().isqrt(), dark })
    }

    /// Modules on a side.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether the module is dark; `x` to the right, `y` downwards.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// Appends the symbol, [`PARTS`] units a module, y downwards, its corner one module from the origin: a dark square, and on it a path
    /// of rectangles, one for each run of light modules of a row. Renderers that touch a pixel beyond an edge so make light modules
    /// larger, never dark ones: readers that take the mean of a light page for the border between light and dark lose light modules
    /// first. For their sake, and since ink spreads, each run is a twentieth of a module larger on each side. A run at the symbol's
    /// edge goes on by a module, or a pixel that the edge divides would keep some of the square's dark.
    pub(super) fn paint(&self, out: &mut Vec<u8>) {
        let size = self.size;
        out.extend_from_slice(format!("0 0 0 rg {PARTS} {PARTS} {0} {0} re f 1 1 1 rg\n", size * PARTS).as_bytes());
        let span = |start: usize, end: usize| {
            let from = if start == 0 { 0 } else { (start + 1) * PARTS - 1 };
            from..if end == size { (size + 2) * PARTS } else { (end + 1) * PARTS + 1 }
        };
        for (y, row) in self.dark.chunks_exact(self.size).enumerate() {
            let mut x = 0;
            while x < row.len() {
                let run = row[x..].iter().take_while(|d| !**d).count();
                if run > 0 {
                    let (across, down) = (span(x, x + run), span(y, y + 1));
                    for number in [across.start, down.start, across.len(), down.len()] {
                        push_number(out, number);
                    }
                    out.extend_from_slice(b"re\n");
                }
                x += run.max(1);
            }
        }
        out.extend_from_slice(b"f ");
    }
}

fn push_number(out: &mut Vec<u8>, number: usize) {
    for place in [1000, 100, 10, 1] {
        if number >= place || place == 1 {
            out.push(b"0123456789"[number / place % 10]);
        }
    }
    out.push(b' ');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::checks::code;
    use proptest::prelude::*;

    /// What another reader finds in the modules.
    fn judged(symbol: &Symbol) -> Option<String> {
        let grid = rqrr::SimpleGrid::from_func(symbol.size(), |x, y| symbol.is_dark(x, y));
        rqrr::Grid::new(grid).decode().ok().map(|(_, text)| text)
    }

    #[test]
    fn only_what_the_modes_hold() {
        let text = |prefix: &str, digits: &str| QrText { prefix: prefix.into(), digits: digits.into() };
        assert_eq!(Symbol::encode(&text("https://x/Q/", "1")), Err(QrError::Alphabet));
        assert_eq!(Symbol::encode(&text("HTTPS://X/Q/", "1a")), Err(QrError::Alphabet));
        assert_eq!(Symbol::encode(&text("HTTPS://X/Q/", &"1".repeat(8000))), Err(QrError::TooLong));
    }

    #[test]
    fn no_module_of_the_data_may_be_wrong() {
        let text = QrText { prefix: "HTTPS://CERT.EXAMPLE.CN/Q/".into(), digits: "31415926535".repeat(18) };
        let good = Symbol::encode(&text).unwrap();
        // Below the finder patterns and beside the timing patterns: data, but for the alignment patterns.
        for at in [9 * 37 + 10, 12 * 37 + 1, 22 * 37 + 25, 34 * 37 + 20] {
            let mut bad = good.clone();
            bad.dark[at] = !bad.dark[at];
            assert_ne!(code::read(&bad), Some(text.whole()), "module {at}");
        }
    }

    #[test]
    fn any_text_reads_back_from_its_path() {
        let text = "otpauth://totp/Yinxin:138%2A%2A%2A%2A8000?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Yinxin";
        let symbol = Symbol::of_text(text).unwrap();
        assert_eq!(judged(&symbol).as_deref(), Some(text));
        // The path as a renderer understands it.
        let side = symbol.size() + 2 * QUIET;
        let mut dark = vec![false; side * side];
        for part in symbol.svg_path().split_terminator('z') {
            let numbers: Vec<usize> = part.split(['M', ' ', 'h', 'v', '-']).filter_map(|n| n.parse().ok()).collect();
            let [x, y, wide, 1, back] = numbers[..] else { panic!("{part}") };
            assert_eq!(wide, back);
            dark[y * side + x..y * side + x + wide].fill(true);
        }
        let grid = rqrr::SimpleGrid::from_func(symbol.size(), |x, y| dark[(y + QUIET) * side + x + QUIET]);
        assert_eq!(rqrr::Grid::new(grid).decode().unwrap().1, text);
        assert_eq!(Symbol::of_text(&"长".repeat(1_000)), Err(QrError::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_code_reads_back(digits in "[0-9]{1,1800}") {
            let text = QrText { prefix: "HTTPS://CERT.EXAMPLE.CN/Q/".into(), digits };
            let symbol = Symbol::encode(&text).unwrap();
            prop_assert!(symbol.size() >= 37);
            prop_assert_eq!(code::read(&symbol), Some(text.whole()));
            prop_assert_eq!(judged(&symbol), Some(text.whole()));
        }
    }
}
