//! Finds the list on a sheet: its title row, its columns, its rows.

use std::collections::HashMap;

use super::columns::{Column, kind_of, required};
use super::grid::{MAX_CELLS, Region, Row, Sheet, Value};
use super::messages::Words;
use super::problem::{Fault, Place, Problem, Problems, shortened};
use crate::domain::award::CertificateKind;

/// How many rows with content may stand before the first row of the list.
const TITLE_ROWS: usize = 10;

/// Something that a person should know, and that is no problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Where.
    pub place: Place,
    /// What.
    pub words: Words,
}

impl Notice {
    pub(super) fn new(place: Place, zh: String, en: String) -> Self {
        Self { place, words: Words { zh, en } }
    }
}

/// The list on one sheet.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub index: usize,
    pub sheet: &'a Sheet,
    pub kind: CertificateKind,
    pub title_row: u32,
    /// The columns that have a meaning, by their place.
    pub columns: Vec<(u32, Column)>,
    pub rows: Vec<&'a Row>,
    /// What merged cells say in the rows under their first.
    filled: HashMap<(u32, u32), &'a Value>,
}

/// Which list is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One of awards or of abilities.
    Certificates,
    /// One of instructors; it counts as one of awards.
    Instructors,
}

impl Wanted {
    /// The kind that titles tell of, and what it lacks.
    fn judge(self, columns: &[Column], titles: &Row) -> Result<CertificateKind, Fault> {
        let lacking = |needed: &[Column]| needed.iter().copied().filter(|c| !columns.contains(c)).collect::<Vec<_>>();
        if self == Self::Instructors {
            let missing = lacking(&[Column::Name, Column::Telephone]);
            let kind = CertificateKind::Award;
            return if missing.is_empty() { Ok(kind) } else { Err(Fault::InstructorColumns(missing, titles_of(titles))) };
        }
        let kind = kind_of(columns).ok_or_else(|| Fault::UnknownKind(titles_of(titles)))?;
        let missing = lacking(required(kind));
        if missing.is_empty() { Ok(kind) } else { Err(Fault::MissingColumns(kind, missing, titles_of(titles))) }
    }
}

/// What a sheet turned out to be.
pub(super) enum Found<'a> {
    Table(Table<'a>),
    /// No title row; with the titles of its fullest row.
    Nothing(Vec<String>),
    /// A title row with problems, which are noted.
    Bad,
}

/// Finds the list on a sheet.
pub(super) fn find<'a>(index: usize, sheet: &'a Sheet, wanted: Wanted, problems: &mut Problems, notices: &mut Vec<Notice>) -> Found<'a> {
    let known = |row: &Row| {
        let mut columns: Vec<Column> = row.cells.iter().filter_map(title).collect();
        columns.sort_unstable();
        columns.dedup();
        columns.len()
    };
    // Of rows with equally many titles the first is the title row.
    let best = sheet.rows.iter().take(TITLE_ROWS).rev().max_by_key(|r| known(r)).filter(|r| known(r) >= 2);
    let Some(titles) = best else {
        let fullest = sheet.rows.iter().take(TITLE_ROWS).rev().max_by_key(|r| r.cells.len());
        return Found::Nothing(fullest.map(titles_of).unwrap_or_default());
    };
    let before = problems_of_titles((index, sheet), titles, wanted, problems);
    let mut columns: Vec<(u32, Column)> = Vec::new();
    for cell in &titles.cells {
        match title(cell) {
            Some(column) if !columns.iter().any(|(_, c)| *c == column) => columns.push((cell.column, column)),
            _ => {}
        }
    }
    let (Some(kind), true) = (before, !columns.is_empty()) else { return Found::Bad };
    let place = |row| Place { index, sheet: sheet.name.clone(), row: Some(row), column: None };
    let ignored: Vec<String> =
        titles.cells.iter().filter(|c| title(c).is_none()).map(|c| shortened(&c.value.shown().replace('\n', " "), 20)).collect();
    if !ignored.is_empty() {
        let list = ignored.join("、");
        notices.push(Notice::new(place(titles.number), format!("未使用的列：{list}"), format!("columns not used: {list}")));
    }
    let mut table = Table { index, sheet, kind, title_row: titles.number, columns, rows: Vec::new(), filled: HashMap::new() };
    let start = table.read_merged(problems);
    table.read_rows(start, problems, notices);
    Found::Table(table)
}

fn title(cell: &super::grid::Cell) -> Option<Column> {
    match &cell.value {
        Value::Text(text) => Column::parse_title(text),
        _ => None,
    }
}

fn titles_of(row: &Row) -> Vec<String> {
    row.cells.iter().take(30).map(|c| shortened(&c.value.shown().replace('\n', " "), 20)).collect()
}

/// Notes what is wrong with the titles; the kind of list if nothing is.
fn problems_of_titles((index, sheet): (usize, &Sheet), titles: &Row, wanted: Wanted, problems: &mut Problems) -> Option<CertificateKind> {
    let place = |column| Place { index, sheet: sheet.name.clone(), row: Some(titles.number), column };
    let mut columns: Vec<Column> = Vec::new();
    let mut repeated = false;
    for cell in &titles.cells {
        let Some(column) = title(cell) else { continue };
        if columns.contains(&column) {
            let place = place(Some((cell.column, Some(column))));
            problems.add(Problem { place, value: shortened(&cell.value.shown(), 40), fault: Fault::RepeatedColumn(column) });
            repeated = true;
        } else {
            columns.push(column);
        }
    }
    match wanted.judge(&columns, titles) {
        Ok(kind) => (!repeated).then_some(kind),
        Err(fault) => {
            problems.add(Problem { place: place(None), value: String::new(), fault });
            None
        }
    }
}

impl<'a> Table<'a> {
    /// The content for a row in a column: its own, or that of the merged cell over it.
    pub(super) fn value(&self, row: &'a Row, column: u32) -> Option<&'a Value> {
        row.at(column).or_else(|| self.filled.get(&(row.number, column)).copied())
    }

    pub(super) fn place(&self, row: u32, column: Option<(u32, Column)>) -> Place {
        Place { index: self.index, sheet: self.sheet.name.clone(), row: Some(row), column: column.map(|(at, c)| (at, Some(c))) }
    }

    /// Spreads merged cells down the rows where what they say can hold for several rows, and gives the first row of the list.
    ///
    /// A school, a work or an award merged over rows says the same for each of them. A name or a number never does: there the
    /// sheet has lost what stood below.
    fn read_merged(&mut self, problems: &mut Problems) -> u32 {
        let mut start = self.title_row.saturating_add(1);
        for region in &self.sheet.merged {
            let covers = |(at, _): &&(u32, Column)| (region.columns.0..=region.columns.1).contains(at);
            let titled = region.rows.0 <= self.title_row && self.title_row <= region.rows.1;
            if titled && self.columns.iter().any(|c| covers(&c)) {
                start = start.max(region.rows.1.saturating_add(1));
            }
        }
        let mut budget = MAX_CELLS;
        for region in self.sheet.merged.iter().filter(|r| r.rows.0 >= start && r.rows.0 <= r.rows.1) {
            let meant: Vec<(u32, Column)> =
                self.columns.iter().copied().filter(|(at, _)| (region.columns.0..=region.columns.1).contains(at)).collect();
            match meant[..] {
                [] => {}
                [(at, column)] if region.columns.0 == region.columns.1 && is_shared(column) => self.fill(region, at, &mut budget),
                [first, ..] => self.refuse(region, first, problems),
            }
        }
        start
    }

    fn fill(&mut self, region: &Region, column: u32, budget: &mut usize) {
        let sheet = self.sheet;
        let first = sheet.rows.partition_point(|r| r.number < region.rows.0);
        let rows = sheet.rows.get(first..).unwrap_or_default();
        let Some(value) = rows.first().filter(|r| r.number == region.rows.0).and_then(|r| r.at(column)) else { return };
        for row in rows.iter().take_while(|r| r.number <= region.rows.1).skip(1).take(*budget) {
            self.filled.insert((row.number, column), value);
            *budget = budget.saturating_sub(1);
        }
    }

    fn refuse(&self, region: &Region, (at, column): (u32, Column), problems: &mut Problems) {
        let first = self.sheet.rows.partition_point(|r| r.number < region.rows.0);
        let touched = self.sheet.rows.get(first).filter(|r| r.number <= region.rows.1);
        let Some(row) = touched else { return };
        let value = row.at(region.columns.0).map(|v| shortened(&v.shown(), 40)).unwrap_or_default();
        problems.add(Problem { place: self.place(region.rows.0, Some((at, column))), value, fault: Fault::Merged(region.to_string()) });
    }

    fn read_rows(&mut self, start: u32, problems: &mut Problems, notices: &mut Vec<Notice>) {
        let mut aside: Vec<u32> = Vec::new();
        let mut hidden: Option<(u32, u32)> = None;
        let mut close = |run: &mut Option<(u32, u32)>, place: Place| {
            if let Some((from, to)) = run.take() {
                problems.add(Problem {
                    place: Place { row: Some(from), ..place },
                    value: String::new(),
                    fault: Fault::HiddenRows(from, to),
                });
            }
        };
        for row in self.sheet.rows.iter().filter(|r| r.number >= start) {
            let has_content = self.columns.iter().any(|(at, _)| row.at(*at).is_some());
            if !has_content || self.repeats_titles(row) {
                aside.push(row.number);
                continue;
            }
            match (&mut hidden, row.hidden) {
                (Some((_, to)), true) => *to = row.number,
                (None, true) => hidden = Some((row.number, row.number)),
                (_, false) => close(&mut hidden, self.place(row.number, None)),
            }
            self.rows.push(row);
        }
        close(&mut hidden, self.place(start, None));
        if let (Some(first), count) = (aside.first(), aside.len()) {
            let rows = aside.iter().take(5).map(u32::to_string).collect::<Vec<_>>().join(", ");
            let dots = if count > 5 { " …" } else { "" };
            let place = self.place(*first, None);
            notices.push(Notice::new(
                place,
                format!("跳过 {count} 行，没有名单内容：{rows}{dots}"),
                format!("{count} rows without content of the list were skipped: {rows}{dots}"),
            ));
        }
    }

    /// Long lists repeat the title row on each page.
    fn repeats_titles(&self, row: &Row) -> bool {
        let filled = self.columns.iter().filter_map(|(at, c)| row.at(*at).map(|v| (v, c)));
        let mut count = 0;
        for (value, column) in filled {
            let Value::Text(text) = value else { return false };
            if text.chars().count() > 20 || Column::parse_title(text) != Some(*column) {
                return false;
            }
            count += 1;
        }
        count >= 2
    }
}

fn is_shared(column: Column) -> bool {
    !matches!(column, Column::Name | Column::DocumentNumber | Column::Telephone | Column::Portrait)
}
