//! The answer to a rejected list: a copy of it with the problems beside each row.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::Rejection;
use super::grid::Sheet;
use super::problem::{Problem, shortened};

/// Excel's limit for the text of a cell.
const CELL_CHARS: usize = 32_000;

/// The report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("无法生成问题报告 / the report could not be written: {0}")]
pub struct ReportError(#[from] XlsxError);

/// Makes a workbook of a rejection: first every problem on one sheet, then each sheet of the list as it was, every row at its old
/// number, with a first column that says what is wrong in the row, and the cells meant in colour.
///
/// Everything is written as text: identity numbers keep their digits, and a cell that begins with `=` stays a text. Where the file
/// could not be read, the sheet of problems stands alone. The same rejection gives the same bytes.
///
/// # Errors
/// [`ReportError`] if the workbook cannot be made.
pub fn report(file_name: &str, rejection: &Rejection) -> Result<Vec<u8>, ReportError> {
    let mut workbook = new_workbook()?;
    let looks = Looks::new();
    write_problems(workbook.add_worksheet(), file_name, rejection, &looks)?;
    for (index, sheet) in rejection.grid.sheets.iter().enumerate().filter(|(_, s)| !s.rows.is_empty()) {
        let problems: Vec<&Problem> = rejection.problems.iter().filter(|p| p.place.index == index).collect();
        let copy = workbook.add_worksheet();
        copy.set_name(copy_name(index, &sheet.name))?;
        write_copy(copy, sheet, &problems, &looks)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// An empty workbook without the time of its making, so that the same content gives the same bytes.
pub(in crate::service) fn new_workbook() -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    Ok(workbook)
}

struct Looks {
    text: Format,
    title: Format,
    bad: Format,
    problem: Format,
}

impl Looks {
    fn new() -> Self {
        let text = Format::new().set_num_format("@").set_align(FormatAlign::Top);
        Self {
            title: text.clone().set_bold(),
            bad: text.clone().set_background_color(Color::RGB(0x00FF_C7CE)).set_font_color(Color::RGB(0x009C_0006)),
            problem: text.clone().set_text_wrap().set_font_color(Color::RGB(0x009C_0006)),
            text,
        }
    }
}

/// Names of sheets have at most 31 characters, no `[]:*?/\` and no apostrophe at the ends; the number keeps them apart.
fn copy_name(index: usize, name: &str) -> String {
    let fit: String = name.chars().filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'')).take(12).collect();
    format!("{} {}", index + 1, if fit.trim().is_empty() { "名单" } else { fit.trim() })
}

fn write_problems(sheet: &mut Worksheet, file_name: &str, rejection: &Rejection, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name("问题清单 Problems")?;
    for (column, width) in [(0u16, 34.0), (1, 24.0), (2, 48.0), (3, 48.0)] {
        sheet.set_column_width(column, width)?;
    }
    let head = format!("{}：{rejection}", shortened(file_name, 200));
    sheet.write_string_with_format(0, 0, head, &looks.title)?;
    for (column, title) in [(0u16, "位置 Place"), (1, "内容 Content"), (2, "问题 Problem"), (3, "怎么办 What to do")] {
        sheet.write_string_with_format(2, column, title, &looks.title)?;
    }
    let mut row = 3;
    for problem in &rejection.problems {
        let (message, advice) = (problem.fault.message(), problem.fault.advice());
        sheet.write_string_with_format(row, 0, problem.place.to_string(), &looks.text)?;
        sheet.write_string_with_format(row, 1, problem.value.as_str(), &looks.bad)?;
        sheet.write_string_with_format(row, 2, shortened(&format!("{}\n{}", message.zh, message.en), CELL_CHARS), &looks.problem)?;
        sheet.write_string_with_format(row, 3, shortened(&format!("{}\n{}", advice.zh, advice.en), CELL_CHARS), &looks.problem)?;
        row += 1;
    }
    if rejection.left_out > 0 {
        let more = format!("另有 {0} 处未列出 / {0} more are not listed", rejection.left_out);
        sheet.write_string_with_format(row, 0, more, &looks.problem)?;
    }
    Ok(())
}

fn write_copy(copy: &mut Worksheet, sheet: &Sheet, problems: &[&Problem], looks: &Looks) -> Result<(), XlsxError> {
    let mut by_row: BTreeMap<u32, Vec<&Problem>> = BTreeMap::new();
    let mut bad: BTreeSet<(u32, u32)> = BTreeSet::new();
    for problem in problems {
        by_row.entry(problem.place.row.unwrap_or(1)).or_default().push(problem);
        if let (Some(row), Some((column, _))) = (problem.place.row, problem.place.column) {
            bad.insert((row, column));
        }
    }
    copy.set_column_width(0, 60.0)?;
    copy.write_string_with_format(0, 0, "问题 / Problems", &looks.title)?;
    for (row, problems) in &by_row {
        let lines: Vec<String> = problems.iter().map(|p| one_line(p)).collect();
        copy.write_string_with_format(row.saturating_sub(1), 0, shortened(&lines.join("\n"), CELL_CHARS), &looks.problem)?;
    }
    for row in &sheet.rows {
        for cell in &row.cells {
            let look = if bad.remove(&(row.number, cell.column)) { &looks.bad } else { &looks.text };
            let text = shortened(&cell.value.shown(), CELL_CHARS);
            copy.write_string_with_format(row.number.saturating_sub(1), column_in_copy(cell.column), text, look)?;
        }
    }
    // Cells that should have had content.
    for (row, column) in bad {
        copy.write_string_with_format(row.saturating_sub(1), column_in_copy(column), "", &looks.bad)?;
    }
    Ok(())
}

fn one_line(problem: &Problem) -> String {
    let meant = problem.place.column.and_then(|(_, column)| column).map(|c| format!("{}：", c.zh())).unwrap_or_default();
    format!("{meant}{}。{}", problem.fault.message(), problem.fault.advice())
}

fn column_in_copy(column: u32) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX).saturating_add(1)
}
