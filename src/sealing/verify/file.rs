//! From the bytes of a file to its one signature dictionary: end marker, cross-reference table, trailer, catalogue, form,
//! field. Nothing is searched for, so nothing can be put in the way; the two searches that are made only refuse.

use std::ops::Range;

use crate::domain::time::Instant;

use super::object::{Dictionary, Object, Reader};
use super::report::Problem;

/// Most fields that a form is searched through, and attachments that a catalogue is.
const MAX_FIELDS: usize = 64;
/// Longest `startxref … %%EOF`.
const MAX_END: usize = 64;
/// Zeros that may fill the slot behind the signature: ECDSA signatures differ in length by a few bytes.
const MAX_PADDING: usize = 8;
const XREF_ENTRY: usize = 20;

/// The file's objects.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    /// The entries of the cross-reference table, 20 bytes each.
    entries: &'a [u8],
    trailer: Dictionary<'a>,
}

/// The signature dictionary's entries that matter.
pub(super) struct SignatureDictionary {
    byte_range: [usize; 4],
    contents: Range<usize>,
    pub(super) signed_at: Instant,
}

/// A whole file in three parts.
#[derive(Clone, Copy)]
pub(super) struct Covered<'a> {
    pub(super) before: &'a [u8],
    /// `<…>`, brackets included: what the signature leaves out.
    pub(super) slot: &'a [u8],
    pub(super) behind: &'a [u8],
}

/// Whether `bytes` have no trace of a signature in any form: a signature's byte range is never in a compressed stream.
pub(super) fn unsigned(bytes: &[u8]) -> bool {
    occurrences(bytes, b"/ByteRange") == 0
}

impl<'a> File<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Problem> {
        let header =
            bytes.get(..8).is_some_and(|h| h.starts_with(b"%PDF-") && h[5].is_ascii_digit() && h[6] == b'.' && h[7].is_ascii_digit());
        if !header {
            return Err(Problem::NotAPdf);
        }
        let (end, at) = end(bytes).ok_or(Problem::End)?;
        if occurrences(bytes, b"startxref") != 1 {
            return Err(Problem::Revisions);
        }
        let (entries, trailer, behind) = table(bytes, at).ok_or(Problem::Structure)?;
        if trailer.get("Encrypt").is_some() {
            return Err(Problem::Encrypted);
        }
        // One table: no earlier one, none in a stream, and the end marker right behind.
        let single = trailer.get("Prev").is_none() && trailer.get("XRefStm").is_none() && behind == end;
        if single { Ok(Self { bytes, entries, trailer }) } else { Err(Problem::Structure) }
    }

    /// The object with this number, by the cross-reference table.
    fn object(&self, number: u32) -> Option<Object<'a>> {
        self.reader(number)?.indirect(number)
    }

    fn reader(&self, number: u32) -> Option<Reader<'a>> {
        let start = usize::try_from(number).ok()?.checked_mul(XREF_ENTRY)?;
        let entry = self.entries.get(start..start.checked_add(XREF_ENTRY)?)?;
        let offset = decimal(entry.get(..10)?)?;
        let in_use = entry.get(10..18) == Some(b" 00000 n");
        in_use.then(|| Reader::new(self.bytes, offset))
    }

    fn dictionary(&self, object: &Object<'a>) -> Option<Dictionary<'a>> {
        let object = match object {
            Object::Reference(number) => self.object(*number)?,
            direct => direct.clone(),
        };
        match object {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The bytes of the file of that name which the catalogue associates with the document.
    pub(super) fn attachment(&self, name: &str) -> Option<&'a [u8]> {
        let catalogue = self.dictionary(self.trailer.get("Root")?)?;
        let Some(Object::Array(associated)) = catalogue.get("AF") else { return None };
        let mut all = associated.iter().take(MAX_FIELDS).filter_map(|file| self.dictionary(file));
        let found = all.find(|file| file.get("F") == Some(&Object::Literal(name.as_bytes())))?;
        let streams = self.dictionary(found.get("EF")?)?;
        match streams.get("F") {
            Some(Object::Reference(number)) => self.reader(*number)?.stream(*number),
            _ => None,
        }
    }

    /// The one signature field's value. `Ok(None)` if the file has no signature at all.
    pub(super) fn signature(&self) -> Result<Option<SignatureDictionary>, Problem> {
        let dictionary = |object: Option<&Object<'a>>| object.and_then(|o| self.dictionary(o));
        let catalogue = dictionary(self.trailer.get("Root")).ok_or(Problem::Field)?;
        let ranges = occurrences(self.bytes, b"/ByteRange");
        if ranges == 0 {
            return Ok(None);
        }
        if ranges > 1 {
            return Err(Problem::SeveralSignatures);
        }
        let form = dictionary(catalogue.get("AcroForm")).ok_or(Problem::Field)?;
        let Some(Object::Array(fields)) = form.get("Fields") else { return Err(Problem::Field) };
        let mut values = Vec::new();
        for field in fields.iter().take(MAX_FIELDS) {
            let field = self.dictionary(field).ok_or(Problem::Field)?;
            if field.get("Kids").is_some() {
                return Err(Problem::Field);
            }
            if field.name("FT") == Some(b"Sig") {
                values.extend(field.get("V").cloned());
            }
        }
        match values.as_slice() {
            [Object::Reference(number)] if fields.len() <= MAX_FIELDS => {
                let Some(Object::Dictionary(value)) = self.object(*number) else { return Err(Problem::Field) };
                SignatureDictionary::read(&value).map(Some)
            }
            [] | [_] => Err(Problem::Field),
            _ => Err(Problem::SeveralSignatures),
        }
    }
}

impl SignatureDictionary {
    fn read(dictionary: &Dictionary) -> Result<Self, Problem> {
        let pades = dictionary.name("Type") == Some(b"Sig")
            && dictionary.name("Filter") == Some(b"Adobe.PPKLite")
            && dictionary.name("SubFilter") == Some(b"ETSI.CAdES.detached")
            && dictionary.get("Cert").is_none();
        if !pades {
            return Err(Problem::Dictionary);
        }
        let Some(Object::Hexadecimal(contents)) = dictionary.get("Contents") else { return Err(Problem::Dictionary) };
        let Some(Object::Array(range)) = dictionary.get("ByteRange") else { return Err(Problem::Dictionary) };
        let numbers: Option<Vec<usize>> = range
            .iter()
            .map(|item| match item {
                Object::Integer(value) => usize::try_from(*value).ok(),
                _ => None,
            })
            .collect();
        let byte_range = numbers.and_then(|n| <[usize; 4]>::try_from(n).ok()).ok_or(Problem::Dictionary)?;
        let Some(Object::Literal(time)) = dictionary.get("M") else { return Err(Problem::Time) };
        Ok(Self { byte_range, contents: contents.clone(), signed_at: instant(time).ok_or(Problem::Time)? })
    }

    /// `file` in its parts, of which the signature covers all but the slot.
    pub(super) fn covered<'a>(&self, file: &'a [u8]) -> Result<Covered<'a>, Problem> {
        let [start, gap, resume, rest] = self.byte_range;
        let whole = start == 0 && gap == self.contents.start && resume == self.contents.end && resume.checked_add(rest) == Some(file.len());
        match (file.get(..gap), file.get(gap..resume), file.get(resume..)) {
            (Some(before), Some(slot), Some(behind)) if whole => Ok(Covered { before, slot, behind }),
            _ => Err(Problem::ByteRange),
        }
    }

    /// The DER object in the slot: lower-case digits, and less than eight zero bytes behind it.
    pub(super) fn der(&self, file: &[u8]) -> Result<Vec<u8>, Problem> {
        let digits = file.get(self.contents.start + 1..self.contents.end - 1).ok_or(Problem::Slot)?;
        let mut bytes = digits
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
                _ => None,
            })
            .collect::<Option<Vec<u8>>>()
            .ok_or(Problem::Slot)?;
        // A SEQUENCE with a length of two bytes: every signature with a certificate has between 256 and 65,535.
        let length = match bytes.as_slice() {
            [0x30, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err(Problem::Slot),
        };
        match bytes.get(length..) {
            Some(padding) if padding.len() < MAX_PADDING && padding.iter().all(|b| *b == 0) => {
                bytes.truncate(length);
                Ok(bytes)
            }
            _ => Err(Problem::Slot),
        }
    }
}

/// Where the closing `startxref` stands, and the offset that it names. Nothing but one line end may follow `%%EOF`.
fn end(bytes: &[u8]) -> Option<(usize, usize)> {
    let body = [&b"\r\n"[..], b"\n", b"\r"].iter().find_map(|eol| bytes.strip_suffix(*eol)).unwrap_or(bytes);
    let head = body.strip_suffix(b"%%EOF")?;
    let from = head.len().saturating_sub(MAX_END);
    let at = from + head.get(from..)?.windows(9).rposition(|w| w == b"startxref")?;
    let mut reader = Reader::new(head, at + 9);
    reader.skip_space();
    let offset = usize::try_from(reader.integer()?).ok()?;
    reader.skip_space();
    (reader.position() == head.len()).then_some((at, offset))
}

/// A table with one section from object 0 on, and the trailer: entries, trailer, and the offset behind it.
fn table(bytes: &[u8], at: usize) -> Option<(&[u8], Dictionary<'_>, usize)> {
    let mut reader = Reader::new(bytes, at);
    let head = reader.accept("xref");
    reader.skip_space();
    let head = head && reader.accept("0 ");
    let count = usize::try_from(reader.integer().filter(|_| head)?).ok()?;
    reader.skip_space();
    let start = reader.position();
    let end = start.checked_add(count.checked_mul(XREF_ENTRY)?)?;
    let entries = bytes.get(start..end)?;
    let mut reader = Reader::new(bytes, end);
    reader.skip_space();
    let trailer = if reader.accept("trailer") { reader.dictionary()? } else { return None };
    reader.skip_space();
    Some((entries, trailer, reader.position()))
}

fn decimal(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0usize, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|d| *d < 10)?;
        value.checked_mul(10)?.checked_add(usize::from(digit))
    })
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// `D:YYYYMMDDHHmmSS` with `Z`, `+HH'mm'` or `+HH'mm` (ISO 32000-2, 7.9.4); the zone is required.
fn instant(text: &[u8]) -> Option<Instant> {
    let text = text.strip_prefix(b"D:")?;
    let field = |at: usize, length: usize| decimal(text.get(at..at + length)?).and_then(|v| i16::try_from(v).ok());
    let small = |at: usize| i8::try_from(field(at, 2)?).ok();
    let local = jiff::civil::DateTime::new(field(0, 4)?, small(4)?, small(6)?, small(8)?, small(10)?, small(12)?, 0).ok()?;
    let zone = text.get(14..)?;
    let seconds = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b'\'', _, _] | [sign @ (b'+' | b'-'), _, _, b'\'', _, _, b'\''] => {
            let (hours, minutes) = (small(15)?, small(18)?);
            let seconds = if hours < 24 && minutes < 60 { i32::from(hours) * 3600 + i32::from(minutes) * 60 } else { return None };
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let at = jiff::tz::Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?;
    Instant::from_timestamp(at).ok()
}

/// How often `word` occurs, up to two.
fn occurrences(bytes: &[u8], word: &[u8]) -> usize {
    memchr::memmem::find_iter(bytes, word).take(2).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let parsed = |text: &str| instant(text.as_bytes()).map(Instant::rfc3339_beijing);
        for text in ["D:20240105093000+08'00'", "D:20240105093000+08'00", "D:20240105013000Z", "D:20240104203000-05'00'"] {
            assert_eq!(parsed(text).as_deref(), Some("2024-01-05T09:30:00+08:00"));
        }
        for text in ["D:20240105093000", "20240105093000Z", "D:20241305093000Z", "D:20240105093000+0800", "D:20240105093000+99'00'", "D:"] {
            assert_eq!(parsed(text), None);
        }
    }
}
