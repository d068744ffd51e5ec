//! What a file holds before anyone asks what it means: sheets, rows and cells at the places that Excel shows.

/// The most rows with any content that one file may have.
pub const MAX_ROWS: usize = 200_000;
/// The most columns that one sheet may use.
pub const MAX_COLUMNS: u32 = 200;
/// The most cells with any content that one file may have.
pub const MAX_CELLS: usize = 4_000_000;
/// The most bytes of text that one file may hold; a small file can name one long text from many cells.
pub const MAX_TEXT_BYTES: usize = 128 << 20;

/// What a reader takes of a file before it gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the file.
    pub file: usize,
    /// Bytes of one part of a workbook when inflated.
    pub part: u64,
    /// Bytes of all its parts together.
    pub parts: u64,
    /// Rows with content.
    pub rows: usize,
    /// Cells with content.
    pub cells: usize,
    /// Cells that are looked at, empty ones among them.
    pub seen: usize,
    /// Bytes of text in all cells.
    pub text: usize,
}

impl Bounds {
    /// For lists that committees send and staff import.
    pub const IMPORT: Self =
        Self { file: 20 << 20, part: 64 << 20, parts: 128 << 20, rows: MAX_ROWS, cells: MAX_CELLS, seen: 6_000_000, text: MAX_TEXT_BYTES };
    /// For lists that anyone may send to be checked.
    pub const PUBLIC: Self =
        Self { file: 4 << 20, part: 16 << 20, parts: 24 << 20, rows: 5_100, cells: 200_000, seen: 600_000, text: 8 << 20 };
}

/// The content of one cell; empty cells are not kept. `Debug` elides it, since it may be an identity number.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Text as typed, never only white space.
    Text(String),
    /// A number; Excel keeps 15 significant digits.
    Number(f64),
    /// A date or time, as its serial number.
    Date(f64),
    /// A formula's error, for instance `#N/A`.
    Error(String),
    /// `TRUE` or `FALSE`.
    Truth(bool),
    /// A formula that no program has computed yet.
    Uncomputed,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text([elided])",
            Self::Number(_) => "Number([elided])",
            Self::Date(_) => "Date([elided])",
            Self::Error(_) => "Error",
            Self::Truth(_) => "Truth",
            Self::Uncomputed => "Uncomputed",
        })
    }
}

impl Value {
    /// Text of a cell, or nothing if it is blank. The error texts of formulas are errors in text files too.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let trimmed = text.trim_matches(|c: char| c.is_whitespace() || crate::domain::text::is_invisible(c));
        match trimmed {
            "" => None,
            "#N/A" | "#REF!" | "#VALUE!" | "#NAME?" | "#DIV/0!" | "#NULL!" | "#NUM!" | "#SPILL!" => Some(Self::Error(trimmed.to_owned())),
            _ => Some(Self::Text(unwrapped(trimmed).to_owned())),
        }
    }

    /// The content as a person would read it off the sheet.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => text.clone(),
            Self::Number(number) => plain_number(*number),
            Self::Date(serial) => super::serial_date::shown(*serial),
            Self::Truth(true) => "TRUE".to_owned(),
            Self::Truth(false) => "FALSE".to_owned(),
            Self::Uncomputed => String::new(),
        }
    }
}

/// `="0123"` and `'0123` are how people keep leading zeros in a text file or a cell.
fn unwrapped(text: &str) -> &str {
    let formula = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).filter(|t| !t.is_empty() && !t.contains('"'));
    let quoted = text.strip_prefix('\'').filter(|t| t.starts_with(|c: char| c.is_ascii_alphanumeric()));
    formula.or(quoted).unwrap_or(text)
}

/// Whole numbers without a fraction or exponent, others as short as they are exact.
pub(super) fn plain_number(number: f64) -> String {
    if number.is_finite() { format!("{number}") } else { "#NUM!".to_owned() }
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The column, 0 for A.
    pub column: u32,
    /// Its content.
    pub value: Value,
}

/// One row with content.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The row's number as Excel shows it, from 1.
    pub number: u32,
    /// Whether the sheet hides the row.
    pub hidden: bool,
    /// Its cells, by column; at least one.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The content in a column.
    #[must_use]
    pub fn at(&self, column: u32) -> Option<&Value> {
        self.cells.binary_search_by_key(&column, |c| c.column).ok().and_then(|i| self.cells.get(i)).map(|c| &c.value)
    }
}

/// A rectangle of merged cells, both corners inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// First and last row number, from 1.
    pub rows: (u32, u32),
    /// First and last column, from 0.
    pub columns: (u32, u32),
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}:{}{}", letters(self.columns.0), self.rows.0, letters(self.columns.1), self.rows.1)
    }
}

/// One sheet, or the whole of a text file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Its name; empty for a text file.
    pub name: String,
    /// Whether the workbook hides the sheet.
    pub hidden: bool,
    /// Its rows with content, by number.
    pub rows: Vec<Row>,
    /// Its merged cells.
    pub merged: Vec<Region>,
}

/// Everything in a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// The sheets in their order.
    pub sheets: Vec<Sheet>,
}

/// The letters of a column, 0 for A.
#[must_use]
pub fn letters(column: u32) -> String {
    let mut out = Vec::new();
    let mut rest = column;
    loop {
        out.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        if rest < 26 {
            return out.iter().rev().collect();
        }
        rest = rest / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_excels_letters() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(column), name);
        }
    }

    #[test]
    fn values_read_as_people_see_them() {
        assert_eq!(Value::Number(13_800_138_000.0).shown(), "13800138000");
        assert_eq!(Value::Number(0.5).shown(), "0.5");
        assert_eq!(Value::of_text(" \u{3000}\u{FEFF}"), None);
        assert_eq!(Value::of_text("=\"0123\""), Some(Value::Text("0123".into())));
        assert_eq!(Value::of_text("'11010519491231002X"), Some(Value::Text("11010519491231002X".into())));
        assert_eq!(Value::of_text("#N/A"), Some(Value::Error("#N/A".into())));
    }
}
