//! What kind of file it is, by its content: names lie.

use super::grid::{Bounds, Grid};
use super::problem::{Fault, Foreign, Problem};

/// Reads a file of either format, as far as the bounds go.
///
/// # Errors
/// The problem of the file, with its row where it has one.
pub fn read(file: &[u8], bounds: &Bounds) -> Result<Grid, Box<Problem>> {
    if file.is_empty() {
        return Err(of_file(Fault::Empty));
    }
    if file.len() > bounds.file {
        return Err(of_file(Fault::TooLarge(file.len())));
    }
    if let Some(foreign) = foreign(file) {
        return Err(of_file(Fault::Format(foreign)));
    }
    if file.starts_with(b"PK") {
        return super::workbook::read(file, bounds).map_err(of_file);
    }
    super::delimited::read(file, bounds)
}

fn of_file(fault: Fault) -> Box<Problem> {
    Box::new(Problem::of_file(fault))
}

fn foreign(file: &[u8]) -> Option<Foreign> {
    const SIGNATURES: [(&[u8], Foreign); 13] = [
        (b"%PDF", Foreign::Pdf),
        (b"\xFF\xD8\xFF", Foreign::Picture),
        (b"\x89PNG", Foreign::Picture),
        (b"GIF8", Foreign::Picture),
        (b"II*\0", Foreign::Picture),
        (b"MM\0*", Foreign::Picture),
        (b"RIFF", Foreign::Picture),
        (b"\0\0\0\x18ftyp", Foreign::Picture),
        (b"Rar!", Foreign::Archive),
        (b"7z\xBC\xAF\x27\x1C", Foreign::Archive),
        (b"\x1F\x8B", Foreign::Archive),
        (b"{\\rtf", Foreign::Word),
        (b"\x09\x08\x10\0", Foreign::OldWorkbook),
    ];
    if let Some((_, foreign)) = SIGNATURES.iter().find(|(start, _)| file.starts_with(start)) {
        return Some(*foreign);
    }
    if file.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Some(compound(file));
    }
    let start: Vec<u8> = file.iter().take(1024).map(u8::to_ascii_lowercase).skip_while(|b| !b.is_ascii_graphic()).collect();
    let has = |tag: &[u8]| super::workbook::find(&start, tag).is_some();
    if start.starts_with(b"<") && (has(b"<html") || has(b"<table") || has(b"<!doctype html")) {
        return Some(Foreign::WebPage);
    }
    if start.starts_with(b"<?xml") {
        return Some(Foreign::XmlWorkbook);
    }
    let utf16 = file.starts_with(&[0xFF, 0xFE]) || file.starts_with(&[0xFE, 0xFF]);
    (!utf16 && !file.starts_with(b"PK") && file.iter().take(4096).any(|b| *b == 0)).then_some(Foreign::Unknown)
}

/// An OLE container names its streams in UTF-16: a workbook under a password, an old workbook, or another document.
fn compound(file: &[u8]) -> Foreign {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        super::workbook::find(file, &wide).is_some()
    };
    if has("EncryptedPackage") {
        Foreign::Encrypted
    } else if has("WordDocument") {
        Foreign::Word
    } else {
        Foreign::OldWorkbook
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_named() {
        let fault = |file: &[u8]| read(file, &Bounds::IMPORT).unwrap_err().fault;
        assert_eq!(fault(b""), Fault::Empty);
        assert_eq!(fault(b"%PDF-1.7"), Fault::Format(Foreign::Pdf));
        assert_eq!(fault("\u{FEFF}\n<html><table>".as_bytes()), Fault::Format(Foreign::WebPage));
        let ole =
            |name: &str| [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), name.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
        assert_eq!(fault(&ole("EncryptedPackage")), Fault::Format(Foreign::Encrypted));
        assert_eq!(fault(&ole("Workbook")), Fault::Format(Foreign::OldWorkbook));
        assert_eq!(fault(b"PK\x03\x04 and then nothing"), Fault::Truncated);
        assert_eq!(fault(b"abc\0def"), Fault::Format(Foreign::Unknown));
    }
}
