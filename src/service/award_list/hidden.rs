//! Which rows a workbook hides, which the workbook reader does not tell.

use std::collections::{HashMap, HashSet};

use super::archive::Part;
use super::problem::Fault;
use super::workbook::find;

/// The hidden rows of each sheet, by its name.
#[derive(Debug, Default)]
pub(super) struct HiddenRows(HashMap<String, HashSet<u32>>);

impl HiddenRows {
    /// Follows the workbook's own references from sheet names to parts.
    ///
    /// # Errors
    /// [`Fault::Damaged`] if two sheets claim one part, which no program writes and which would multiply its reading.
    pub(super) fn of(parts: &[Part]) -> Result<Self, Fault> {
        let text = |tail: &str| parts.iter().find(|p| p.name.to_lowercase().ends_with(tail)).map(|p| p.bytes.as_slice());
        let (Some(workbook), Some(relations)) = (text("workbook.xml"), text("workbook.xml.rels")) else { return Ok(Self::default()) };
        let targets: HashMap<String, String> =
            elements(relations, "Relationship").filter_map(|e| Some((attribute(e, "Id")?, attribute(e, "Target")?))).collect();
        let mut seen = HashSet::new();
        let mut hidden = HashMap::new();
        for sheet in elements(workbook, "sheet") {
            let target = attribute(sheet, "id").and_then(|id| targets.get(&id));
            let (Some(name), Some(target)) = (attribute(sheet, "name"), target) else { continue };
            if !seen.insert(target) {
                return Err(Fault::Damaged);
            }
            let tail = target.trim_start_matches(['/', '.']).to_lowercase();
            if let Some(part) = parts.iter().find(|p| p.name.to_lowercase().ends_with(&tail)) {
                hidden.insert(name, rows(&part.bytes));
            }
        }
        Ok(Self(hidden))
    }

    pub(super) fn hides(&self, sheet: &str, row: u32) -> bool {
        self.0.get(sheet).is_some_and(|rows| rows.contains(&row))
    }
}

fn rows(sheet: &[u8]) -> HashSet<u32> {
    // Rows are many and hidden ones few: look at the rows only where the word occurs at all.
    if find(sheet, b"hidden").is_none() {
        return HashSet::new();
    }
    let mut hidden = HashSet::new();
    let mut number = 0u32;
    for row in elements(sheet, "row") {
        number = attribute(row, "r").and_then(|r| r.parse().ok()).unwrap_or(number.saturating_add(1));
        if attribute(row, "hidden").is_some_and(|h| h == "1" || h == "true") {
            hidden.insert(number);
        }
    }
    hidden
}

/// The start tags of an element, with or without a name space's prefix: what stands after its name.
fn elements<'a>(xml: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    xml.split(|b| *b == b'<').filter_map(move |tag| {
        let end = tag.iter().position(|b| *b == b'>')?;
        let tag = tag.get(..end)?;
        let space = tag.iter().position(u8::is_ascii_whitespace)?;
        let (found, rest) = tag.split_at_checked(space)?;
        let local = found.iter().rposition(|b| *b == b':').map_or(found, |colon| found.get(colon + 1..).unwrap_or_default());
        (local == name.as_bytes()).then_some(rest)
    })
}

/// The value of an attribute, with or without a prefix; the five named references undone.
fn attribute(tag: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(tag).ok()?;
    let mut rest = text;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, next) = after[1..].split_once(quote)?;
        let key = key.trim();
        if key.rsplit(':').next() == Some(name) {
            let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
            return Some(plain.replace("&amp;", "&"));
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hidden_by_hand_or_by_a_filter() {
        let xml = br#"<x:sheetData><x:row r="2" hidden="1"><x:c/></x:row><x:row r='3'/><row hidden = "true" ht="0"></row></x:sheetData>"#;
        assert_eq!(rows(xml), HashSet::from([2, 4]));
        assert_eq!(rows(b"<row r=\"2\"/>"), HashSet::new());
    }

    #[test]
    fn names_of_sheets_are_read_as_written() {
        let tag = br#" name="A &amp; B" sheetId="1" r:id="rId1""#;
        assert_eq!(attribute(tag, "name").as_deref(), Some("A & B"));
        assert_eq!(attribute(tag, "id").as_deref(), Some("rId1"));
        assert_eq!(attribute(tag, "state"), None);
    }
}
