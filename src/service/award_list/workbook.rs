//! Workbooks (`.xlsx`) as grids.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{CellErrorType, DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::archive::{self, Part};
use super::grid::{Bounds, Cell, Grid, MAX_COLUMNS, Region, Row, Sheet, Value};
use super::hidden::HiddenRows;
use super::problem::Fault;

/// Parts other than sheets and shared texts are small in every workbook that people make.
const MAX_SIDE_PART_BYTES: usize = 8 << 20;
/// The most sheets that are read.
const MAX_SHEETS: usize = 64;
/// Excel allows 32,767 characters in a cell.
const MAX_CELL_BYTES: usize = 4 * 32_767;

/// Reads every cell of every sheet.
pub(super) fn read(file: &[u8], bounds: &Bounds) -> Result<Grid, Fault> {
    let mut parts = archive::open(file, bounds)?;
    for part in &mut parts {
        make_harmless(part)?;
    }
    let hidden = HiddenRows::of(&parts)?;
    let packed = archive::pack(&parts)?;
    drop(parts);
    // The workbook reader is other people's code on bytes from anywhere: a slip of it is a damaged file, never a stopped service.
    catch_unwind(AssertUnwindSafe(|| read_sheets(packed, &hidden, bounds))).unwrap_or(Err(Fault::Damaged))
}

/// Takes out what would make the workbook reader reserve memory by a number in the file.
fn make_harmless(part: &mut Part) -> Result<(), Fault> {
    let name = part.name.to_lowercase();
    let large = name.ends_with("sharedstrings.xml") || name.contains("/worksheets/");
    if !large && part.bytes.len() > MAX_SIDE_PART_BYTES {
        return Err(Fault::Expands);
    }
    // UTF-16 would hide what is looked for here; no program of the last fifteen years writes it.
    if part.bytes.iter().take(64).any(|b| *b == 0 || *b >= 0xFE) {
        return Err(Fault::Damaged);
    }
    if !name.contains("/worksheets/") {
        let count = b"uniqueCount";
        let mut from = 0;
        while let Some(at) = part.bytes.get(from..).and_then(|rest| find(rest, count)) {
            if let Some(first) = part.bytes.get_mut(from + at) {
                *first = b'x';
            }
            from += at + count.len();
        }
    }
    Ok(())
}

/// The first place of `wanted` in `bytes`.
pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|b| *b == first)?;
        if bytes.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn read_sheets(packed: Vec<u8>, hidden: &HiddenRows, bounds: &Bounds) -> Result<Grid, Fault> {
    let mut workbook = Xlsx::new(Cursor::new(packed)).map_err(|_| Fault::Damaged)?;
    let sheets = workbook.sheets_metadata().to_vec();
    if sheets.len() > MAX_SHEETS {
        return Err(Fault::TooManyRows);
    }
    let mut budget = Budget::default();
    let mut grid = Grid::default();
    for sheet in sheets.iter().filter(|s| s.typ == SheetType::WorkSheet) {
        let cells = read_cells(&mut workbook, &sheet.name, bounds, &mut budget)?;
        let mut rows = into_rows(cells);
        budget.rows += rows.len();
        if budget.rows > bounds.rows {
            return Err(Fault::TooManyRows);
        }
        for row in &mut rows {
            row.hidden = hidden.hides(&sheet.name, row.number);
        }
        let merged = workbook.merge_cells_by_sheet_name(&sheet.name).map_err(|_| Fault::Damaged)?;
        let region = |d: &calamine::Dimensions| Region {
            rows: (d.start.0.saturating_add(1), d.end.0.saturating_add(1)),
            columns: (d.start.1, d.end.1),
        };
        grid.sheets.push(Sheet {
            name: sheet.name.clone(),
            hidden: sheet.visible != SheetVisible::Visible,
            rows,
            merged: merged.iter().map(region).collect(),
        });
    }
    Ok(grid)
}

/// What all sheets together have used.
#[derive(Default)]
struct Budget {
    rows: usize,
    /// Cells looked at, the empty ones too: they cost as much to read.
    seen: usize,
    cells: usize,
    text: usize,
}

type Placed = ((u32, u32), Value);

fn read_cells(workbook: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, bounds: &Bounds, budget: &mut Budget) -> Result<Vec<Placed>, Fault> {
    let mut reader = match workbook.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        Err(_) => return Err(Fault::Damaged),
    };
    let mut cells: Vec<Placed> = Vec::new();
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(|_| Fault::Damaged)? {
        budget.seen += 1;
        if budget.seen > bounds.seen {
            return Err(Fault::Expands);
        }
        let value = match value(&record.value)? {
            Some(value) => value,
            None if record.formula.is_some() && record.value == DataRef::Empty => Value::Uncomputed,
            None => continue,
        };
        if record.pos.1 >= MAX_COLUMNS {
            return Err(Fault::TooManyColumns);
        }
        budget.cells += 1;
        if let Value::Text(text) = &value {
            budget.text += text.len();
        }
        if budget.cells > bounds.cells || budget.text > bounds.text {
            return Err(Fault::TooManyRows);
        }
        cells.push((record.pos, value));
    }
    Ok(cells)
}

fn value(data: &DataRef<'_>) -> Result<Option<Value>, Fault> {
    let text = |t: &str| if t.len() > MAX_CELL_BYTES { Err(Fault::Damaged) } else { Ok(Value::of_text(t)) };
    Ok(match data {
        DataRef::Empty => None,
        DataRef::String(t) | DataRef::DateTimeIso(t) | DataRef::DurationIso(t) => text(t)?,
        DataRef::SharedString(t) => text(t)?,
        DataRef::Float(number) => Some(Value::Number(*number)),
        DataRef::Int(number) => Value::of_text(&number.to_string()),
        DataRef::Bool(truth) => Some(Value::Truth(*truth)),
        DataRef::DateTime(at) => Some(Value::Date(at.as_f64())),
        DataRef::Error(error) => Some(Value::Error(error_text(error))),
    })
}

fn error_text(error: &CellErrorType) -> String {
    error.to_string()
}

/// Cells in any order, as rows in order; of two cells at one place the first counts, as in Excel.
fn into_rows(mut cells: Vec<Placed>) -> Vec<Row> {
    if !cells.is_sorted_by_key(|(at, _)| *at) {
        cells.sort_by_key(|(at, _)| *at);
    }
    cells.dedup_by_key(|(at, _)| *at);
    let mut rows: Vec<Row> = Vec::new();
    for ((row, column), value) in cells {
        let cell = Cell { column, value };
        let number = row.saturating_add(1);
        match rows.last_mut() {
            Some(last) if last.number == number => last.cells.push(cell),
            _ => rows.push(Row { number, hidden: false, cells: vec![cell] }),
        }
    }
    rows
}
