//! What a picture file says about itself, read before anything of it is decoded.

use super::PortraitLimits;
use super::problem::{Foreign, PortraitError};

/// The formats that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Format {
    Jpeg,
    Png,
}

/// A file that is worth decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) struct Container {
    pub(in crate::document) format: Format,
    pub(in crate::document) width: u32,
    pub(in crate::document) height: u32,
}

/// Looks at a file's structure. The name that it was sent under says nothing: only its bytes do.
pub(in crate::document) fn look(bytes: &[u8], limits: PortraitLimits) -> Result<Container, PortraitError> {
    if bytes.is_empty() {
        return Err(PortraitError::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(PortraitError::TooManyBytes { bytes: bytes.len(), limit: limits.bytes });
    }
    let container = if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        jpeg(bytes, limits)?
    } else if bytes.starts_with(PNG) {
        png(bytes)?
    } else {
        return Err(PortraitError::Format(foreign(bytes)));
    };
    let Container { width, height, .. } = container;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(PortraitError::TooManyPixels { width, height });
    }
    if width == 0 || height == 0 { Err(PortraitError::Damaged) } else { Ok(container) }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

fn foreign(bytes: &[u8]) -> Foreign {
    let brand = bytes.get(4..12).filter(|b| b.starts_with(b"ftyp")).map(|b| &b[4..]);
    if bytes.starts_with(b"GIF8") {
        Foreign::Gif
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Foreign::Webp
    } else if brand.is_some_and(|b| [&b"heic"[..], b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"avif", b"avis"].contains(&b)) {
        Foreign::Heic
    } else if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        Foreign::Bmp
    } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        Foreign::Tiff
    } else if bytes.starts_with(b"%PDF-") {
        Foreign::Pdf
    } else if memchr::memmem::find(&bytes[..bytes.len().min(4_096)], b"<svg").is_some() {
        Foreign::Svg
    } else {
        Foreign::Unknown
    }
}

/// A JPEG's frame header, the number of its passes, and whether it ends as it should: the decoder fills what an interrupted upload
/// lacks with grey. ITU-T T.81, annex B.
fn jpeg(bytes: &[u8], limits: PortraitLimits) -> Result<Container, PortraitError> {
    let mut frame: Option<(u32, u32)> = None;
    let mut scans = 0usize;
    let mut rest = &bytes[2..];
    loop {
        let (marker, after) = match rest {
            [0xFF, 0xFF, ..] => {
                rest = &rest[1..];
                continue;
            }
            [0xFF, marker, after @ ..] => (*marker, after),
            _ => return Err(PortraitError::Damaged),
        };
        if marker == 0xD9 {
            break;
        }
        let (segment, after) = segment(after).ok_or(PortraitError::Damaged)?;
        rest = after;
        match marker {
            0xC0..=0xC2 => {
                let [precision, h1, h0, w1, w0, components, ..] = segment else { return Err(PortraitError::Damaged) };
                let (width, height) = (u32::from(u16::from_be_bytes([*w1, *w0])), u32::from(u16::from_be_bytes([*h1, *h0])));
                if frame.replace((width, height)).is_some() {
                    return Err(PortraitError::Damaged);
                }
                match (precision, components) {
                    (8, 1 | 3) => {}
                    (8, 4) => return Err(PortraitError::Cmyk),
                    _ => return Err(PortraitError::Unusual),
                }
                // Asked before the passes are counted, so that the answer to a large picture does not depend on them.
                if u64::from(width) * u64::from(height) > limits.pixels {
                    return Err(PortraitError::TooManyPixels { width, height });
                }
            }
            // Lossless, differential and arithmetic frames; C4 and CC are tables, C8 is reserved.
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return Err(PortraitError::Unusual),
            0xDA => {
                scans += 1;
                rest = past_scan(rest).ok_or(PortraitError::Damaged)?;
            }
            _ => {}
        }
    }
    let (width, height) = frame.filter(|_| scans > 0).ok_or(PortraitError::Damaged)?;
    let passed = u64::try_from(scans).unwrap_or(u64::MAX).saturating_mul(u64::from(width) * u64::from(height));
    // Small pictures decode fast however often they are passed over, but nobody's program makes a hundred passes.
    if passed > limits.passed || scans > 100 {
        return Err(PortraitError::TooManyScans { scans });
    }
    Ok(Container { format: Format::Jpeg, width, height })
}

/// What a marker's segment holds, and what comes after it.
fn segment(after_marker: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = after_marker.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}

/// From the data of a pass to the next marker; stuffed zeros and restarts belong to the data.
fn past_scan(mut data: &[u8]) -> Option<&[u8]> {
    loop {
        data = data.get(memchr::memchr(0xFF, data)?..)?;
        match data {
            [0xFF, 0x00 | 0xD0..=0xD7, ..] => data = &data[2..],
            [0xFF, 0xFF, ..] => data = &data[1..],
            [0xFF, _, ..] => return Some(data),
            _ => return None,
        }
    }
}

/// A PNG's header chunk; every chunk up to the end must be whole. PNG, third edition, clause 5.
fn png(bytes: &[u8]) -> Result<Container, PortraitError> {
    let mut rest = bytes.get(PNG.len()..).unwrap_or_default();
    let mut size: Option<(u32, u32)> = None;
    loop {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(PortraitError::Damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| PortraitError::Damaged)?;
        let (name, after) = after.split_first_chunk::<4>().ok_or(PortraitError::Damaged)?;
        let (data, after) = after.split_at_checked(length).ok_or(PortraitError::Damaged)?;
        match (name, data) {
            (b"IHDR", [w3, w2, w1, w0, h3, h2, h1, h0, ..]) if size.is_none() => {
                size = Some((u32::from_be_bytes([*w3, *w2, *w1, *w0]), u32::from_be_bytes([*h3, *h2, *h1, *h0])));
            }
            (b"acTL", [f3, f2, f1, f0, ..]) if u32::from_be_bytes([*f3, *f2, *f1, *f0]) > 1 => return Err(PortraitError::Animated),
            (b"IEND", _) => break,
            _ => {}
        }
        // The check sum is the decoder's matter.
        rest = after.get(4..).ok_or(PortraitError::Damaged)?;
    }
    let (width, height) = size.ok_or(PortraitError::Damaged)?;
    Ok(Container { format: Format::Png, width, height })
}
