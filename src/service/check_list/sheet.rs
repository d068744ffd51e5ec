//! Reads a list of certificate numbers and names from a workbook or a text file, in every form that the import of awards reads.

use std::collections::HashMap;

use crate::domain::identity::IdentityDocument;
use crate::domain::name::{NameError, PersonName};
use crate::domain::number::{CertificateNumber, NumberError};
use crate::domain::text::{half_width, is_invisible, tidy};
use crate::service::award_list::columns::Column;
use crate::service::award_list::format;
use crate::service::award_list::grid::{Bounds, Row as GridRow, Sheet, Value, letters};
use crate::service::award_list::{Fault, Problem};

use super::Row;

/// The most rows that one list may have.
pub const MAX_LINES: usize = 5_000;
/// How many rows with content may stand before the titles.
const TITLE_ROWS: usize = 10;
/// From here on Excel's numbers have lost digits.
const EXACT_BELOW: f64 = 1e15;

/// A list as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The sheets that hold a list; at least one.
    pub sheets: Vec<ListSheet>,
    /// The names of visible sheets that hold none.
    pub aside: Vec<String>,
}

/// One sheet of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListSheet {
    /// Its name; empty for a text file.
    pub name: String,
    /// The row of its titles, from 1; none if the list begins at once.
    pub titles: Option<u32>,
    /// Everything that it holds.
    pub rows: Vec<GridRow>,
    /// The rows of the list.
    pub lines: Vec<Line>,
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The row's number as Excel shows it.
    pub row: u32,
    /// What is asked, or why nothing can be.
    pub content: Result<Row, RowFault>,
}

/// Why a row cannot be asked for. It is read off the row alone, never off the records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// A cell without content.
    #[error("{0} 没有{1} / {0} has no {2}")]
    Blank(String, &'static str, &'static str),
    /// No certificate number.
    #[error("{}", placed(.0, .1))]
    Number(String, NumberError),
    /// No name.
    #[error("{}", placed(.0, .1))]
    Name(String, NameError),
    /// Excel made a number of it and lost digits.
    #[error(
        "{0} 的编号被存成数字，末几位已丢失，请改为文本格式重新填写 / {0}: the number was stored as a numeric value and lost its last digits; enter it as text"
    )]
    LostDigits(String),
    /// A date, a formula that failed, or one without a value.
    #[error("{0} 是日期或没有结果的公式 / {0} is a date or a formula without a result")]
    Value(String),
    /// The same number stands in another row with another name.
    #[error("第 {0} 行已用另一姓名列出同一编号，本行未核验 / row {0} lists the same number with another name; this row was not checked")]
    OtherName(u32),
}

/// Why a file is no list of numbers and names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// The file cannot be read.
    #[error("{}", of_problem(.0))]
    File(Box<Problem>),
    /// More rows than a list may have.
    #[error("名单最多 {0} 行，请分成几份 / a list has at most {0} rows: send it in parts")]
    TooManyRows(usize),
    /// No columns of numbers and names; with the place where they were looked for.
    #[error(
        "{0} 没有找到“证书编号”和“姓名”两列：请在首行写明这两个标题 / {0}: no columns “number” and “name”: put these titles into the first row"
    )]
    NoColumns(String),
    /// The titles name numbers, but no names.
    #[error("{0} 没有“姓名”列：核验名单需要编号和姓名 / {0}: there is no column “name”; a list needs numbers and names")]
    NoNames(String),
    /// The titles name names, but no numbers.
    #[error("{0} 没有“证书编号”列：核验名单需要编号和姓名 / {0}: there is no column “number”; a list needs numbers and names")]
    NoNumbers(String),
    /// Two columns of one meaning.
    #[error("{0} 与 {1} 的标题相同，请只保留一列 / {0} and {1} have the same title: keep one of them")]
    Repeated(String, String),
    /// Titles and nothing under them.
    #[error("名单中没有内容 / the list is empty")]
    NoRows,
}

/// A message in both languages with the cell before each half.
fn placed(at: &str, error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
    format!("{at}：{zh} / {at}: {en}")
}

fn of_problem(problem: &Problem) -> String {
    let (message, advice) = (problem.fault.message(), problem.fault.advice());
    let place = problem.place.to_string();
    let before = if place.is_empty() { String::new() } else { format!("{place}：") };
    format!("{before}{}。{} / {before}{}. {}", message.zh, advice.zh, message.en, advice.en)
}

impl List {
    /// Every row with its sheet, in the order of the file.
    pub fn lines(&self) -> impl Iterator<Item = (&ListSheet, &Line)> {
        self.sheets.iter().flat_map(|sheet| sheet.lines.iter().map(move |line| (sheet, line)))
    }
}

/// Reads a list of at most `most` rows.
///
/// # Errors
/// [`ListFault`] naming the place.
pub fn read(file: &[u8], most: usize) -> Result<List, ListFault> {
    let grid = format::read(file, &Bounds::PUBLIC).map_err(|problem| match problem.fault {
        Fault::TooManyRows => ListFault::TooManyRows(most),
        _ => ListFault::File(problem),
    })?;
    let several = grid.sheets.iter().filter(|s| !s.hidden && !s.rows.is_empty()).count() > 1;
    let (mut sheets, mut aside, mut first_fault) = (Vec::new(), Vec::new(), None);
    for sheet in grid.sheets.into_iter().filter(|s| !s.hidden && !s.rows.is_empty()) {
        match columns(&sheet) {
            Ok(columns) => sheets.push(list_sheet(sheet, columns)),
            // Beside a list, a sheet of notes is no mistake; with a column missing it is one.
            Err(fault @ ListFault::NoColumns(_)) if several => {
                aside.push(sheet.name.clone());
                first_fault = first_fault.or(Some(fault));
            }
            Err(fault) => return Err(fault),
        }
    }
    let mut list = List { sheets, aside };
    let count = list.lines().count();
    if list.sheets.is_empty() {
        return Err(first_fault.unwrap_or(ListFault::NoRows));
    }
    if count > most {
        return Err(ListFault::TooManyRows(most));
    }
    if count == 0 {
        return Err(ListFault::NoRows);
    }
    one_name_for_each_number(&mut list);
    Ok(list)
}

/// Where numbers and names stand.
#[derive(Clone, Copy)]
struct Columns {
    titles: Option<u32>,
    number: u32,
    name: u32,
}

fn columns(sheet: &Sheet) -> Result<Columns, ListFault> {
    let place = |row: &GridRow, column: u32| cell_name(&sheet.name, column, row.number);
    let mut one_of_two = None;
    for row in sheet.rows.iter().take(TITLE_ROWS) {
        let number = unique(row, number_rank).map_err(|(a, b)| ListFault::Repeated(place(row, a), place(row, b)))?;
        let name = unique(row, name_rank).map_err(|(a, b)| ListFault::Repeated(place(row, a), place(row, b)))?;
        match (number, name) {
            (Some(number), Some(name)) => return Ok(Columns { titles: Some(row.number), number, name }),
            (Some(at), None) => one_of_two = one_of_two.or(Some(ListFault::NoNames(place(row, at)))),
            (None, Some(at)) => one_of_two = one_of_two.or(Some(ListFault::NoNumbers(place(row, at)))),
            (None, None) => {}
        }
    }
    if let Some(fault) = one_of_two {
        return Err(fault);
    }
    let Some(first) = sheet.rows.first() else { return Err(ListFault::NoRows) };
    // A list of people with their identity numbers is none of certificates.
    let is_number = |column| match first.at(column).map(|value| number(value, "")) {
        Some(Ok(number)) => number.as_str().len() != 18 || IdentityDocument::parse_any(number.as_str()).is_err(),
        Some(Err(fault)) => matches!(fault, RowFault::LostDigits(_)),
        None => false,
    };
    let is_name = |column| first.at(column).is_some_and(|value| name(value, "").is_ok());
    match ((is_number(0), is_name(1)), (is_name(0), is_number(1))) {
        ((true, true), _) => Ok(Columns { titles: None, number: 0, name: 1 }),
        (_, (true, true)) => Ok(Columns { titles: None, number: 1, name: 0 }),
        _ => Err(ListFault::NoColumns(cell_name(&sheet.name, 0, first.number))),
    }
}

/// The column of the best title; two of them are an error.
fn unique(row: &GridRow, rank: impl Fn(&str) -> Option<u8>) -> Result<Option<u32>, (u32, u32)> {
    let ranked = |cell: &crate::service::award_list::grid::Cell| match &cell.value {
        Value::Text(text) if text.chars().count() <= 40 => rank(text).map(|rank| (rank, cell.column)),
        _ => None,
    };
    let found: Vec<(u8, u32)> = row.cells.iter().filter_map(ranked).collect();
    let Some((best, column)) = found.iter().min().copied() else { return Ok(None) };
    match found.iter().find(|(rank, other)| *rank == best && *other != column) {
        Some((_, other)) => Err((column, *other)),
        None => Ok(Some(column)),
    }
}

fn folded(title: &str) -> String {
    let open = title.find(['(', '（', '[', '【', '/']).filter(|at| *at > 0).unwrap_or(title.len());
    let aside = |c: &char| c.is_whitespace() || is_invisible(*c) || matches!(c, '*' | ':' | '-' | '_' | '.');
    title[..open].chars().map(half_width).filter(|c| !aside(c)).flat_map(char::to_lowercase).collect()
}

/// How surely a title means certificate numbers: a bare 编号 may be the row's own.
fn number_rank(title: &str) -> Option<u8> {
    match folded(title).as_str() {
        "证书编号" | "证书号" | "证书号码" | "证书编码" | "证书编号number" | "certificatenumber" | "certificateno" | "certno" => {
            Some(0)
        }
        "编号" | "编号number" | "number" => Some(1),
        _ => None,
    }
}

fn name_rank(title: &str) -> Option<u8> {
    match folded(title).as_str() {
        "姓名" | "持证人" | "持证人姓名" | "姓名name" | "name" | "fullname" => Some(0),
        "申请人" | "申请人姓名" | "应聘人" | "应聘者" | "候选人" | "员工姓名" | "applicant" | "candidate" | "holder" | "holdername" => {
            Some(1)
        }
        _ => (Column::parse_title(title) == Some(Column::Name)).then_some(2),
    }
}

fn list_sheet(sheet: Sheet, columns: Columns) -> ListSheet {
    let from = columns.titles.map_or(1, |row| row.saturating_add(1));
    let titles = columns.titles.and_then(|number| sheet.rows.iter().find(|r| r.number == number));
    let is_title = |row: &GridRow| titles.is_some_and(|t| [columns.number, columns.name].iter().all(|c| row.at(*c) == t.at(*c)));
    let lines = sheet.rows.iter().filter(|row| row.number >= from && !is_title(row)).filter_map(|row| line(&sheet.name, row, columns));
    ListSheet { titles: columns.titles, lines: lines.collect(), name: sheet.name, rows: sheet.rows }
}

/// Nothing for a row that has neither number nor name: a total, a note.
fn line(sheet: &str, row: &GridRow, columns: Columns) -> Option<Line> {
    let (number_cell, name_cell) = (row.at(columns.number), row.at(columns.name));
    if number_cell.is_none() && name_cell.is_none() {
        return None;
    }
    let at = |column| cell_name(sheet, column, row.number);
    let content = || {
        let value = number_cell.ok_or_else(|| RowFault::Blank(at(columns.number), "证书编号", "certificate number"))?;
        let number = number(value, &at(columns.number))?;
        let value = name_cell.ok_or_else(|| RowFault::Blank(at(columns.name), "姓名", "name"))?;
        Ok(Row { number, name: name(value, &at(columns.name))? })
    };
    Some(Line { row: row.number, content: content() })
}

fn number(value: &Value, at: &str) -> Result<CertificateNumber, RowFault> {
    let typed = match value {
        Value::Number(number) if *number >= EXACT_BELOW => return Err(RowFault::LostDigits(at.to_owned())),
        Value::Text(_) | Value::Number(_) => value.shown(),
        _ => return Err(RowFault::Value(at.to_owned())),
    };
    CertificateNumber::parse_typed(&typed).map_err(|e| RowFault::Number(at.to_owned(), e))
}

fn name(value: &Value, at: &str) -> Result<PersonName, RowFault> {
    match value {
        Value::Text(text) => PersonName::parse(&tidy(text)).map_err(|e| RowFault::Name(at.to_owned(), e)),
        Value::Number(_) | Value::Truth(_) => PersonName::parse(&value.shown()).map_err(|e| RowFault::Name(at.to_owned(), e)),
        _ => Err(RowFault::Value(at.to_owned())),
    }
}

/// The first name that a list has for a number is the one that is asked for.
fn one_name_for_each_number(list: &mut List) {
    let mut first: HashMap<CertificateNumber, (PersonName, u32)> = HashMap::new();
    for line in list.sheets.iter_mut().flat_map(|s| s.lines.iter_mut()) {
        let Ok(row) = &line.content else { continue };
        let (name, number) = first.entry(row.number.clone()).or_insert_with(|| (row.name.clone(), line.row));
        if *name != row.name {
            line.content = Err(RowFault::OtherName(*number));
        }
    }
}

/// `B7`, or `Sheet1!B7`.
fn cell_name(sheet: &str, column: u32, row: u32) -> String {
    let mark = if sheet.is_empty() { "" } else { "!" };
    format!("{sheet}{mark}{}{row}", letters(column))
}

#[cfg(test)]
mod tests;
