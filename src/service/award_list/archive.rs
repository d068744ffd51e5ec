//! The zip container of a workbook, opened with bounds.
//!
//! The central directory is read and checked here, each wanted part is inflated no further than it claims and than the limits
//! allow, and the workbook reader gets a new archive made of those parts alone. So nothing that a hostile archive says about
//! itself, and no second reading of an ambiguous one, reaches the reader.

use std::collections::HashSet;
use std::io::Read;

use super::grid::Bounds;
use super::problem::{Fault, Foreign};

/// Sheets that people make shrink to a tenth, repetitive ones to a hundredth; a large part that shrinks further is padding.
const MAX_RATIO: u64 = 250;
/// Smaller parts may shrink as they like.
const RATIO_FROM_BYTES: u64 = 4 << 20;
/// The most entries that a workbook has.
const MAX_ENTRIES: usize = 4096;

/// One part of the container.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// One entry of the central directory.
struct Entry {
    name: String,
    method: u16,
    encrypted: bool,
    crc: u32,
    packed: usize,
    size: u64,
    header: usize,
}

/// Opens a container and inflates the parts that say what is in cells.
pub(super) fn open(file: &[u8], bounds: &Bounds) -> Result<Vec<Part>, Fault> {
    let entries = directory(file)?;
    if let Some(foreign) = foreign(&entries) {
        return Err(Fault::Format(foreign));
    }
    let wanted: Vec<&Entry> = entries.iter().filter(|e| is_wanted(&e.name)).collect();
    let claimed: u64 = wanted.iter().map(|e| e.size).fold(0, u64::saturating_add);
    let padded = |e: &&Entry| e.size > RATIO_FROM_BYTES && e.size / MAX_RATIO > u64::try_from(e.packed).unwrap_or(u64::MAX);
    if claimed > bounds.parts || wanted.iter().any(|e| e.size > bounds.part || padded(e)) {
        return Err(Fault::Expands);
    }
    wanted.into_iter().map(|entry| inflate(file, entry)).collect()
}

fn directory(file: &[u8]) -> Result<Vec<Entry>, Fault> {
    let end = end_record(file).ok_or(Fault::Truncated)?;
    let count = usize::from(u16_at(file, end + 10).ok_or(Fault::Truncated)?);
    let start = offset_at(file, end + 16).ok_or(Fault::Truncated)?;
    if count > MAX_ENTRIES || start > end {
        return Err(Fault::Damaged);
    }
    let mut at = start;
    let mut names = HashSet::new();
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let (entry, next) = entry_at(file, at).ok_or(Fault::Damaged)?;
        // Two parts of one name are two readings of one file.
        if next > end || !names.insert(entry.name.to_lowercase()) {
            return Err(Fault::Damaged);
        }
        entries.push(entry);
        at = next;
    }
    Ok(entries)
}

/// The last end record whose comment reaches exactly to the end of the file.
fn end_record(file: &[u8]) -> Option<usize> {
    let last = file.len().checked_sub(22)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| {
        file.get(*at..at + 4) == Some(b"PK\x05\x06") && u16_at(file, at + 20).is_some_and(|n| at + 22 + usize::from(n) == file.len())
    })
}

fn entry_at(file: &[u8], at: usize) -> Option<(Entry, usize)> {
    if file.get(at..at + 4)? != b"PK\x01\x02" {
        return None;
    }
    let name_length = usize::from(u16_at(file, at + 28)?);
    let extra = usize::from(u16_at(file, at + 30)?) + usize::from(u16_at(file, at + 32)?);
    let name = String::from_utf8_lossy(file.get(at + 46..at + 46 + name_length)?).replace('\\', "/");
    let entry = Entry {
        name,
        encrypted: u16_at(file, at + 8)? & 1 == 1,
        method: u16_at(file, at + 10)?,
        crc: u32_at(file, at + 16)?,
        packed: offset_at(file, at + 20)?,
        size: u64::from(u32_at(file, at + 24)?),
        header: offset_at(file, at + 42)?,
    };
    Some((entry, at + 46 + name_length + extra))
}

/// Other documents come in the same container.
fn foreign(entries: &[Entry]) -> Option<Foreign> {
    let has = |name: &str| entries.iter().any(|e| e.name.eq_ignore_ascii_case(name));
    let ends = |tail: &str| entries.iter().any(|e| e.name.to_lowercase().ends_with(tail));
    if ends("workbook.xml") {
        None
    } else if has("xl/workbook.bin") {
        Some(Foreign::BinaryWorkbook)
    } else if has("word/document.xml") {
        Some(Foreign::Word)
    } else if has("content.xml") && has("mimetype") {
        Some(Foreign::OpenDocument)
    } else {
        Some(Foreign::Archive)
    }
}

/// Pictures, drawings, themes and caches say nothing about cells.
fn is_wanted(name: &str) -> bool {
    const ASIDE: [&str; 9] =
        ["/media/", "/drawings/", "/theme/", "/printersettings/", "/pivotcache/", "/charts/", "/comments", "/calcchain", "/externallinks/"];
    let name = name.to_lowercase();
    let cells = name == "[content_types].xml" || name == "_rels/.rels" || name.starts_with("xl/") || name.ends_with("workbook.xml");
    cells && (name.ends_with(".xml") || name.ends_with(".rels")) && !ASIDE.iter().any(|part| name.contains(part))
}

fn inflate(file: &[u8], entry: &Entry) -> Result<Part, Fault> {
    if entry.encrypted {
        return Err(Fault::Format(Foreign::Encrypted));
    }
    let start = data_start(file, entry.header).ok_or(Fault::Damaged)?;
    let packed = start.checked_add(entry.packed).and_then(|end| file.get(start..end)).ok_or(Fault::Truncated)?;
    let bytes = match entry.method {
        0 => packed.to_vec(),
        8 => {
            let mut bytes = Vec::new();
            let reader = flate2::read::DeflateDecoder::new(packed);
            reader.take(entry.size + 1).read_to_end(&mut bytes).map_err(|_| Fault::Damaged)?;
            bytes
        }
        _ => return Err(Fault::Damaged),
    };
    let mut crc = flate2::Crc::new();
    crc.update(&bytes);
    // A directory that understates a part is how a bomb hides: the part was read one byte past its claim and no further.
    if u64::try_from(bytes.len()).ok() != Some(entry.size) || crc.sum() != entry.crc {
        return Err(Fault::Damaged);
    }
    Ok(Part { name: entry.name.clone(), bytes })
}

fn data_start(file: &[u8], header: usize) -> Option<usize> {
    if file.get(header..header.checked_add(4)?)? != b"PK\x03\x04" {
        return None;
    }
    Some(header + 30 + usize::from(u16_at(file, header + 26)?) + usize::from(u16_at(file, header + 28)?))
}

/// A container with the parts stored as they are.
pub(super) fn pack(parts: &[Part]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.bytes.len() + 2 * p.name.len() + 96).sum());
    let mut directory = Vec::new();
    for part in parts {
        let offset = u32::try_from(out.len()).map_err(|_| Fault::Expands)?;
        let size = u32::try_from(part.bytes.len()).map_err(|_| Fault::Expands)?;
        let name_length = u16::try_from(part.name.len()).map_err(|_| Fault::Damaged)?;
        let mut crc = flate2::Crc::new();
        crc.update(&part.bytes);
        // Version 2.0, names in UTF-8, stored, 1980-01-01 00:00.
        let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
        for field in [crc.sum(), size, size] {
            common.extend(field.to_le_bytes());
        }
        common.extend(name_length.to_le_bytes());
        common.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(part.name.as_bytes());
        out.extend(&part.bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(part.name.as_bytes());
    }
    let start = u32::try_from(out.len()).map_err(|_| Fault::Expands)?;
    let length = u32::try_from(directory.len()).map_err(|_| Fault::Expands)?;
    let count = u16::try_from(parts.len()).map_err(|_| Fault::Damaged)?.to_le_bytes();
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count);
    out.extend(count);
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    Ok(out)
}

fn u16_at(file: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(file.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(file: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(file.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn offset_at(file: &[u8], at: usize) -> Option<usize> {
    u32_at(file, at).and_then(|n| usize::try_from(n).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed() -> Vec<u8> {
        let part = |name: &str, text: &str| Part { name: name.into(), bytes: text.into() };
        pack(&[part("xl/workbook.xml", "<workbook/>"), part("xl/sharedStrings.xml", "<sst/>")]).unwrap()
    }

    #[test]
    fn what_is_packed_opens() {
        let parts = open(&packed(), &Bounds::IMPORT).unwrap();
        assert_eq!(parts.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["xl/workbook.xml", "xl/sharedStrings.xml"]);
        assert_eq!(parts[0].bytes, b"<workbook/>");
    }

    #[test]
    fn a_directory_that_lies_is_refused() {
        let file = packed();
        let directory = file.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        let mut large = file.clone();
        large[directory + 24..directory + 28].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(open(&large, &Bounds::IMPORT).unwrap_err(), Fault::Expands);
        let mut small = file.clone();
        small[directory + 24..directory + 28].copy_from_slice(&3u32.to_le_bytes());
        assert_eq!(open(&small, &Bounds::IMPORT).unwrap_err(), Fault::Damaged);
        let mut changed = file.clone();
        changed[45] ^= 1;
        assert_eq!(open(&changed, &Bounds::IMPORT).unwrap_err(), Fault::Damaged);
        assert_eq!(open(&file[..file.len() - 5], &Bounds::IMPORT).unwrap_err(), Fault::Truncated);
    }
}
