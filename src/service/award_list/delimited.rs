//! Text files (`.csv`, tab-separated) as grids.
//!
//! Read here and not by a library, since a problem must name the row that Excel shows (blank lines count, line breaks inside
//! quotation marks do not) and since a quotation mark that is never closed must be noticed: it swallows the rest of a list.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::columns::Column;
use super::grid::{Bounds, Cell, Grid, MAX_COLUMNS, Row, Sheet, Value};
use super::problem::{Fault, Place, Problem};

/// The separators that programs write.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// Reads every cell.
pub(super) fn read(file: &[u8], bounds: &Bounds) -> Result<Grid, Box<Problem>> {
    let text = decode(file).map_err(|fault| Box::new(Problem::of_file(fault)))?;
    let (separator, body) = match text.split_once('\n').map(|(first, rest)| (first.trim_end(), rest)) {
        // Excel's own way of naming the separator; the line counts as a row in no program.
        Some((first, rest)) if first.starts_with("sep=") && first.len() == 5 => (first.chars().last().unwrap_or(','), rest),
        _ => (likely_separator(&text), text.as_str()),
    };
    let mut rows = Vec::new();
    read_rows(body, separator, usize::MAX, bounds, &mut rows)?;
    Ok(Grid { sheets: vec![Sheet { rows, ..Sheet::default() }] })
}

fn decode(file: &[u8]) -> Result<String, Fault> {
    let strict = |encoding: &'static encoding_rs::Encoding, bytes: &[u8]| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|t| t.into_owned()).ok_or(Fault::Encoding)
    };
    let text = match file {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| Fault::Encoding)?,
        [0xFF, 0xFE, rest @ ..] => strict(UTF_16LE, rest)?,
        [0xFE, 0xFF, rest @ ..] => strict(UTF_16BE, rest)?,
        _ => match std::str::from_utf8(file) {
            Ok(text) => text.to_owned(),
            Err(_) => strict(GB18030, file)?,
        },
    };
    if text.contains('\0') { Err(Fault::Encoding) } else { Ok(text) }
}

/// The separator under which the first rows have most known titles, and of equals most cells.
fn likely_separator(text: &str) -> char {
    let score = |separator: char| {
        let mut rows = Vec::new();
        // What is wrong is said when the whole is read; until there the rows tell enough.
        let _ = read_rows(text, separator, 10, &Bounds::IMPORT, &mut rows);
        let known = |row: &Row| row.cells.iter().filter(|c| Column::parse_title(&c.value.shown()).is_some()).count();
        (rows.iter().map(known).max().unwrap_or(0), rows.iter().map(|r| r.cells.len()).max().unwrap_or(0))
    };
    SEPARATORS.into_iter().rev().max_by_key(|s| score(*s)).unwrap_or(',')
}

/// The first `most` rows.
fn read_rows(text: &str, separator: char, most: usize, bounds: &Bounds, rows: &mut Vec<Row>) -> Result<(), Box<Problem>> {
    let mut scan = Scan { rest: text, separator };
    let mut number = 0u32;
    let mut kept = 0usize;
    while !scan.rest.is_empty() && rows.len() < most {
        number = number.saturating_add(1);
        let at = |fault| Box::new(Problem { place: Place { row: Some(number), ..Place::default() }, value: String::new(), fault });
        let mut cells = Vec::new();
        let mut column = 0u32;
        loop {
            let (field, more) = scan.field().ok_or_else(|| at(Fault::OpenQuote))?;
            if let Some(value) = Value::of_text(&field) {
                if column >= MAX_COLUMNS {
                    return Err(at(Fault::TooManyColumns));
                }
                cells.push(Cell { column, value });
            }
            column = column.saturating_add(1);
            if !more {
                break;
            }
        }
        kept += cells.len();
        if !cells.is_empty() {
            rows.push(Row { number, hidden: false, cells });
        }
        if rows.len() > bounds.rows || kept > bounds.cells {
            return Err(Box::new(Problem::of_file(Fault::TooManyRows)));
        }
    }
    Ok(())
}

/// RFC 4180, with any separator and any line end.
struct Scan<'a> {
    rest: &'a str,
    separator: char,
}

impl Scan<'_> {
    /// The next field, and whether another one follows in the row; nothing if a quotation mark stays open.
    fn field(&mut self) -> Option<(String, bool)> {
        let mut field = String::new();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            self.rest = quoted;
            loop {
                let (part, after) = self.rest.split_once('"')?;
                field.push_str(part);
                self.rest = after;
                match after.strip_prefix('"') {
                    Some(after) => {
                        field.push('"');
                        self.rest = after;
                    }
                    None => break,
                }
            }
        }
        let separator = self.separator;
        let end = self.rest.find([separator, '\n', '\r']).unwrap_or(self.rest.len());
        let (plain, after) = self.rest.split_at(end);
        field.push_str(plain);
        self.rest = after;
        if let Some(rest) = after.strip_prefix(separator) {
            self.rest = rest;
            return Some((field, true));
        }
        self.rest = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\r', '\n'])).unwrap_or(after);
        Some((field, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(file: &[u8]) -> Vec<(u32, Vec<String>)> {
        let grid = read(file, &Bounds::IMPORT).unwrap();
        grid.sheets[0].rows.iter().map(|r| (r.number, r.cells.iter().map(|c| c.value.shown()).collect())).collect()
    }

    #[test]
    fn rows_are_numbered_as_excel_shows_them() {
        let file = "姓名,学校\r\n\r\n李明,\"蓝海\n大学\"\r\n\"王\"\"芳\",x\r";
        let text = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        assert_eq!(shown(file.as_bytes()), [(1, text("姓名", "学校")), (3, text("李明", "蓝海\n大学")), (4, text("王\"芳", "x"))]);
    }

    #[test]
    fn every_usual_encoding_and_separator_reads_the_same() {
        let plain = "姓名\t学校\n𬭎明\t蓝海大学\n";
        let expected = shown(plain.as_bytes());
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let gb = GB18030.encode(&plain.replace('\t', ";")).0.into_owned();
        let bom = [&[0xEF, 0xBB, 0xBF], plain.replace('\t', ",").as_bytes()].concat();
        for file in [utf16, gb, bom, [b"sep=;\r\n", plain.replace('\t', ";").as_bytes()].concat()] {
            assert_eq!(shown(&file), expected);
        }
        assert_eq!(read(b"\xFF\xFF\xFF", &Bounds::IMPORT).unwrap_err().fault, Fault::Encoding);
    }

    #[test]
    fn an_open_quotation_mark_names_its_row() {
        let problem = read("姓名,学校\n李明,\"蓝海大学\n王芳,青山大学\n".as_bytes(), &Bounds::IMPORT).unwrap_err();
        assert_eq!((problem.place.row, problem.fault), (Some(2), Fault::OpenQuote));
    }
}
