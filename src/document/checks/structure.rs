//! The skeleton of the file: slot, byte range, cross-reference table, end.

use std::ops::Range;

/// What is wrong, if anything.
pub(super) fn check(prefix: &[u8], tail: &[u8], slot: &Range<usize>) -> Result<(), &'static str> {
    let base = prefix.len();
    let length = base + tail.len();
    if !prefix.starts_with(b"%PDF-2.0\n") || !tail.ends_with(b"%%EOF\n") {
        return Err("first or last line");
    }
    let inside = slot.start.checked_sub(base).zip(slot.end.checked_sub(base)).ok_or("slot before the tail")?;
    let hole = tail.get(inside.0..inside.1).ok_or("slot outside the tail")?;
    let digits = hole.strip_prefix(b"<").and_then(|h| h.strip_suffix(b">")).ok_or("slot without brackets")?;
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.iter().any(|d| *d != b'0') {
        return Err("slot not empty");
    }
    let before = tail[..inside.0].strip_suffix(b"/Contents").ok_or("slot without /Contents")?;
    let from = before.iter().rposition(|b| *b == b'[').ok_or("no byte range")?;
    let range = numbers(&before[from + 1..]);
    if range != [0, slot.start, slot.end, length - slot.end] {
        return Err("byte range");
    }
    table(prefix, tail)
}

/// Each entry of the table must point at its object.
fn table(prefix: &[u8], tail: &[u8]) -> Result<(), &'static str> {
    let end = &tail[tail.len().saturating_sub(64)..];
    let at = end.windows(9).rposition(|w| w == b"startxref").ok_or("no startxref")?;
    let start = numbers(&end[at + 9..]).first().copied().ok_or("no startxref")?;
    let byte_at = |offset: usize| -> &[u8] {
        match offset.checked_sub(prefix.len()) {
            Some(inside) => tail.get(inside..).unwrap_or_default(),
            None => &prefix[offset..],
        }
    };
    let rows = byte_at(start).strip_prefix(b"xref\n0 ").ok_or("xref")?;
    let line = rows.iter().position(|b| *b == b'\n').ok_or("xref")?;
    let size = numbers(&rows[..line]).first().copied().ok_or("xref")?;
    let rows = rows.get(line + 1..line + 1 + size * 20).ok_or("short table")?;
    for (id, row) in rows.chunks_exact(20).enumerate().skip(1) {
        let offset = numbers(&row[..10]).first().copied().ok_or("table entry")?;
        let object = byte_at(offset);
        let digits = object.iter().take_while(|b| b.is_ascii_digit()).count();
        if numbers(&object[..digits]) != [id] || !object[digits..].starts_with(b" 0 obj") {
            return Err("table entry");
        }
    }
    Ok(())
}

/// The decimal numbers in front of anything else.
fn numbers(bytes: &[u8]) -> Vec<usize> {
    let mut out = Vec::new();
    let mut current: Option<usize> = None;
    for byte in bytes {
        match byte {
            b'0'..=b'9' => current = Some(current.unwrap_or(0).saturating_mul(10).saturating_add(usize::from(byte - b'0'))),
            b' ' | b'\n' => out.extend(current.take()),
            _ => break,
        }
    }
    out.extend(current);
    out
}
