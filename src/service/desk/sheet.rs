//! A workbook of one sheet, row by row.
//!
//! It is made in memory: the writer's other mode keeps rows in a temporary file, where personal data would lie in the clear. The number of
//! rows is bounded, and one workbook is made at a time.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::service::award_list::problem::shortened;
use crate::service::award_list::report::new_workbook;

/// Excel's limit for the text of a cell.
const CELL_CHARS: usize = 32_000;
/// Rows of a workbook.
pub const MOST: u32 = 50_000;

static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// The workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[error("无法生成表格 / the workbook could not be written: {0}")]
pub struct SheetError(#[from] XlsxError);

/// The sheet as far as it is written.
pub struct Book {
    workbook: Workbook,
    looks: Looks,
    columns: usize,
    next: u32,
    /// Rows that did not find room.
    left_out: bool,
    _turn: Option<SemaphorePermit<'static>>,
}

struct Looks {
    text: Format,
    quoted: Format,
    title: Format,
}

impl Looks {
    fn new() -> Self {
        let text = Format::new().set_num_format("@").set_align(FormatAlign::Top);
        Self { title: text.clone().set_bold(), quoted: text.clone().set_quote_prefix(), text }
    }

    /// What a program would take for a formula stays a text, also for who edits it or saves the sheet in another form.
    fn of(&self, text: &str) -> &Format {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) { &self.quoted } else { &self.text }
    }
}

impl Book {
    /// A sheet with these titles, each with the width of its column in characters. It waits until no other one is being made.
    pub async fn begin(name: &str, titles: &[(&str, f64)]) -> Result<Self, SheetError> {
        // The semaphore is never closed.
        let turn = ONE_AT_A_TIME.acquire().await.ok();
        let (mut workbook, looks) = (new_workbook()?, Looks::new());
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, (title, width)) in (0..).zip(titles) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, *title, &looks.title)?;
        }
        Ok(Self { workbook, looks, columns: titles.len(), next: 1, left_out: false, _turn: turn })
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, SheetError> {
        Ok(self.workbook.worksheet_from_index(0)?)
    }

    /// Writes a row; `false` if there is no room.
    pub fn row(&mut self, cells: &[String]) -> Result<bool, SheetError> {
        if self.next > MOST {
            self.left_out = true;
            return Ok(false);
        }
        let row = self.next;
        self.next += 1;
        let Self { workbook, looks, .. } = self;
        let sheet = workbook.worksheet_from_index(0)?;
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(row, column, shortened(cell, CELL_CHARS), looks.of(cell))?;
        }
        Ok(true)
    }

    /// The file, and how many rows it has.
    pub fn end(mut self) -> Result<(Vec<u8>, u32), SheetError> {
        let (rows, columns) = (self.next - 1, u16::try_from(self.columns).unwrap_or(1));
        if self.left_out {
            let note = format!("另有未列出的行：一个表格最多 {MOST} 行 / more rows are not listed: a sheet has {MOST} at most");
            let title = self.looks.title.clone();
            self.sheet()?.write_string_with_format(rows + 1, 0, note, &title)?;
        } else if rows > 0 {
            self.sheet()?.autofilter(0, 0, rows, columns.saturating_sub(1))?;
        }
        Ok((self.workbook.save_to_buffer()?, rows))
    }
}
