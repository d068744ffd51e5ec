//! Reads award lists and ability lists as committees send them: `.xlsx` and `.csv`, Chinese or English titles in any order.
//!
//! Reading is all or nothing. [`read`] gives a list whose every row was understood, or every problem of the whole file with its
//! place, from which [`report`] makes a workbook to send back. No database, no clock. The rules are told to committees in
//! `docs/award-lists.md`.

mod archive;
mod cells;
pub mod columns;
mod delimited;
pub mod format;
pub mod grid;
mod hidden;
pub mod instructors;
pub mod messages;
pub mod problem;
pub mod report;
mod rows;
pub mod sample;
mod serial_date;
mod tables;
mod workbook;
mod works;

#[cfg(test)]
mod tests;

use crate::domain::award::CertificateKind;
use crate::domain::award_list::AwardList;
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;

pub use columns::Column;
pub use grid::Grid;
pub use messages::Words;
pub use problem::{Fault, Place, Problem};
pub use report::report;
pub use tables::Notice;

use problem::{Problems, shortened};
use tables::{Found, Table, Wanted};
use works::{Gathered, RowFault};

/// Gives the bytes of a picture file by its name.
pub type FindPortrait<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// Gives the JPEG to be stored for a picture on a certificate of a kind, or says in both languages why there is none.
pub type CheckPortrait<'a> = dyn Fn(CertificateKind, &[u8]) -> Result<Vec<u8>, String> + 'a;

/// What a list may refer to.
#[derive(Clone, Copy)]
pub struct ListContext<'a> {
    /// The contests and ability programmes that a list may name.
    pub programmes: &'a [Programme],
    /// The one that is meant where a row names none.
    pub default_programme: Option<&'a Slug>,
    /// The bytes of the picture file of a name that came with the list.
    pub portraits: &'a FindPortrait<'a>,
    /// Checks a picture and gives the JPEG to be stored, or says in both languages why not.
    pub check_portrait: &'a CheckPortrait<'a>,
}

/// A list that was understood whole.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadList {
    /// The awards.
    pub list: AwardList,
    /// The portraits that awards name, as they are to be stored.
    pub portraits: Vec<(Digest, Vec<u8>)>,
    /// The sheets that were read.
    pub sheets: Vec<SheetSummary>,
    /// What a person should know, and that is no problem.
    pub notices: Vec<Notice>,
}

/// What a sheet gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSummary {
    /// Its name; empty for a text file.
    pub name: String,
    /// Which kind of list it holds.
    pub kind: CertificateKind,
    /// The row of its titles.
    pub title_row: u32,
    /// How many rows of the list it has.
    pub rows: usize,
}

/// Why there is no list: every problem of the file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("名单有 {} 处问题，未导入任何一行 / the list has {} problems; nothing of it was imported", self.count(), self.count())]
pub struct Rejection {
    /// The problems in the order of the file; at least one, at most [`problem::MAX_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub left_out: usize,
    /// The file as far as it could be read, for the report.
    pub grid: Grid,
}

impl Rejection {
    /// How many problems the file has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.problems.len() + self.left_out
    }

    fn of_file(problem: Problem) -> Self {
        Self { problems: vec![problem], left_out: 0, grid: Grid::default() }
    }
}

/// A row of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowPlace {
    sheet: usize,
    row: u32,
}

/// Reads a list. The file's name is kept for people; what the file is, its bytes say.
///
/// # Errors
/// [`Rejection`] with every problem, if there is any.
pub fn read(file_name: &str, bytes: &[u8], context: &ListContext<'_>) -> Result<ReadList, Rejection> {
    let grid = format::read(bytes, &grid::Bounds::IMPORT).map_err(|problem| Rejection::of_file(*problem))?;
    read_grid(file_name, grid, Digest::of(bytes), context)
}

/// The same of rows that came in no file; `source` stands for what they came in.
///
/// # Errors
/// [`Rejection`] with every problem, if there is any.
pub(in crate::service) fn read_grid(file_name: &str, grid: Grid, source: Digest, context: &ListContext<'_>) -> Result<ReadList, Rejection> {
    let mut problems = Problems::default();
    let mut notices = Vec::new();
    let tables = tables_of(&grid, Wanted::Certificates, &mut problems, &mut notices);
    let mut reader = rows::Reader::new(context);
    for table in &tables {
        reader.read(table, &mut problems);
    }
    let sheets: Vec<SheetSummary> = tables.iter().map(summary).collect();
    let portraits = std::mem::take(&mut reader.rows.portraits);
    let without_school = reader.rows.without_school;
    let gathered = works::gather(reader.rows);
    note_between_rows(&gathered, &tables, &mut problems);
    if !problems.is_empty() {
        let (problems, left_out) = problems.into_parts();
        return Err(Rejection { problems, left_out, grid });
    }
    note_counts(without_school, gathered.merged_instructors, &mut notices);
    let list = AwardList { source, file_name: file_name.to_owned(), awards: gathered.awards };
    Ok(ReadList { list, portraits, sheets, notices })
}

/// The lists on all visible sheets. A sheet without titles beside one with a list is mentioned; without any list it is a problem.
fn tables_of<'a>(grid: &'a Grid, wanted: Wanted, problems: &mut Problems, notices: &mut Vec<Notice>) -> Vec<Table<'a>> {
    let mut tables = Vec::new();
    let mut aside: Vec<(Place, Vec<String>)> = Vec::new();
    for (index, sheet) in grid.sheets.iter().enumerate().filter(|(_, s)| !s.rows.is_empty()) {
        let place = Place { index, sheet: sheet.name.clone(), row: None, column: None };
        if sheet.hidden {
            notices.push(Notice::new(place, "隐藏的工作表，未读取".to_owned(), "a hidden sheet, which was not read".to_owned()));
            continue;
        }
        match tables::find(index, sheet, wanted, problems, notices) {
            Found::Table(table) => tables.push(table),
            Found::Nothing(titles) => aside.push((place, titles)),
            Found::Bad => {}
        }
    }
    if tables.is_empty() && problems.is_empty() {
        let (place, titles) = aside.into_iter().next().unwrap_or_default();
        problems.add(Problem { place, value: String::new(), fault: Fault::NoTitles(titles) });
        return tables;
    }
    for (place, _) in aside {
        notices.push(Notice::new(place, "没有名单，未读取".to_owned(), "no list on this sheet; it was not read".to_owned()));
    }
    if problems.is_empty() && tables.iter().all(|t| t.rows.is_empty()) {
        for table in &tables {
            problems.add(Problem { place: table.place(table.title_row, None), value: String::new(), fault: Fault::NoRows });
        }
    }
    tables
}

fn summary(table: &Table<'_>) -> SheetSummary {
    SheetSummary { name: table.sheet.name.clone(), kind: table.kind, title_row: table.title_row, rows: table.rows.len() }
}

fn note_between_rows(gathered: &Gathered, tables: &[Table<'_>], problems: &mut Problems) {
    let table_of = |place: RowPlace| tables.iter().find(|t| t.index == place.sheet);
    let other = |place: RowPlace| table_of(place).map(|t| t.place(place.row, None)).unwrap_or_default();
    for (place, column, fault) in &gathered.faults {
        let Some(table) = table_of(*place) else { continue };
        let fault = match fault {
            RowFault::Plain(fault) => fault.clone(),
            RowFault::Duplicate(place) => Fault::Duplicate(other(*place)),
            RowFault::TwoNames(place) => Fault::TwoNames(other(*place)),
            RowFault::TwoAwards(place) => Fault::TwoAwards(other(*place)),
            RowFault::PortraitTwice(place) => Fault::PortraitTwice(other(*place)),
        };
        let at = table.columns.iter().find(|(_, c)| c == column).copied();
        let row = table.rows.binary_search_by_key(&place.row, |r| r.number).ok().and_then(|i| table.rows.get(i));
        let value = at.zip(row).and_then(|((at, _), row)| table.value(row, at)).map(|v| shortened(&v.shown(), 40)).unwrap_or_default();
        problems.add(Problem { place: table.place(place.row, at), value, fault });
    }
}

fn note_counts(without_school: usize, merged_instructors: usize, notices: &mut Vec<Notice>) {
    let mut add = |zh: String, en: String| notices.push(Notice::new(Place::default(), zh, en));
    if without_school > 0 {
        add(format!("{without_school} 行没有学校"), format!("{without_school} rows name no school"));
    }
    if merged_instructors > 0 {
        add(
            format!("{merged_instructors} 位指导教师在同一科目或作品下被多次列出，各发一张证书，以最高奖项为准"),
            format!(
                "{merged_instructors} instructors are named more than once for one subject or work: one certificate each, for the highest award"
            ),
        );
    }
}
