//! Reads one row: what each cell says, and what is wrong with it.

use super::columns::Column;
use super::grid::{Row, Value};
use super::problem::{Fault, Problem, Problems, shortened};
use super::tables::Table;
use crate::domain::award::MAX_FACT_CHARS;
use crate::domain::identity::{DocumentKind, IdentityDocument, IdentityError};
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::domain::text::{fold_code, is_han, tidy};

/// From here on Excel's numbers have lost digits.
const EXACT_BELOW: f64 = 1e15;

/// One row under reading. A cell that is wrong is noted and reads as nothing.
pub(super) struct RowReader<'t, 'a> {
    pub table: &'t Table<'a>,
    pub row: &'a Row,
    pub problems: &'t mut Problems,
}

/// What a cell may be.
type Read<T> = Result<Option<T>, Fault>;

impl<'a> RowReader<'_, 'a> {
    fn value(&self, column: Column) -> Option<(&'a Value, u32)> {
        let (at, _) = self.table.columns.iter().find(|(_, c)| *c == column)?;
        self.table.value(self.row, *at).map(|v| (v, *at))
    }

    /// Notes a problem in a column of this row.
    pub(super) fn note(&mut self, column: Column, fault: Fault) {
        let at = self.table.columns.iter().find(|(_, c)| *c == column).copied();
        let value = self.value(column).map(|(v, _)| shortened(&tidy(&v.shown()), 40)).unwrap_or_default();
        self.problems.add(Problem { place: self.table.place(self.row.number, at), value, fault });
    }

    fn noted<T>(&mut self, column: Column, read: Read<T>) -> Option<T> {
        read.unwrap_or_else(|fault| {
            self.note(column, fault);
            None
        })
    }

    /// A cell that must have content.
    fn needed<T>(&mut self, column: Column, read: Read<T>) -> Option<T> {
        self.noted(column, read.and_then(|found| found.map(Some).ok_or(Fault::Blank)))
    }

    fn content(&self, column: Column) -> Read<String> {
        let Some((value, _)) = self.value(column) else { return Ok(None) };
        match value {
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Number(_) | Value::Truth(_) => Ok(Some(value.shown())),
            Value::Date(_) => Err(Fault::DateCell),
            Value::Error(_) => Err(Fault::FormulaError),
            Value::Uncomputed => Err(Fault::Uncomputed),
        }
    }

    /// Like [`RowReader::content`]; dashes and 无 stand for nothing.
    fn optional(&self, column: Column) -> Read<String> {
        Ok(self.content(column)?.filter(|t| !is_nothing(t)))
    }

    /// Free text: a school, a work, a subject; empty where the cell is.
    pub(super) fn text(&mut self, column: Column) -> Option<String> {
        let read = self.optional(column).and_then(|t| checked_text(&t.unwrap_or_default()).map(Some));
        self.noted(column, read)
    }

    /// Free text that must not be empty.
    pub(super) fn needed_text(&mut self, column: Column) -> Option<String> {
        let read = self.content(column).and_then(|t| t.map(|t| checked_text(&t)).transpose());
        self.needed(column, read.map(|t| t.filter(|t| !t.is_empty())))
    }

    /// The holder's name.
    pub(super) fn name(&mut self) -> Option<PersonName> {
        let read = self.content(Column::Name).and_then(|t| t.map(|t| name(&t)).transpose());
        self.needed(Column::Name, read)
    }

    /// The identity document: `Some(None)` where there is none and none is needed.
    pub(super) fn document(&mut self, needed: bool) -> Option<Option<IdentityDocument>> {
        let kind_read = self.optional(Column::DocumentKind).and_then(|typed| match typed {
            None => Ok(None),
            Some(typed) => DocumentKind::parse_typed(&typed).map(Some).ok_or(Fault::DocumentKind),
        });
        let bad_kind = kind_read.is_err();
        let kind = self.noted(Column::DocumentKind, kind_read);
        let read = self.document_number(kind);
        let blank = matches!(read, Ok(None));
        let document = if needed { self.needed(Column::DocumentNumber, read) } else { self.noted(Column::DocumentNumber, read) };
        match document {
            Some(document) if !bad_kind => Some(Some(document)),
            None if blank && !needed && !bad_kind => Some(None),
            _ => None,
        }
    }

    fn document_number(&self, kind: Option<DocumentKind>) -> Read<IdentityDocument> {
        let Some((value, _)) = self.value(Column::DocumentNumber) else { return Ok(None) };
        if let Value::Number(number) = value {
            if *number >= EXACT_BELOW {
                return Err(Fault::LostDigits);
            }
            // Eight digits are a permit, nine a passport; other lengths have lost zeros or never were a number.
            if !matches!(value.shown().len(), 8 | 9) {
                return Err(Fault::NumberCell);
            }
        }
        let Some(typed) = self.optional(Column::DocumentNumber)? else { return Ok(None) };
        if is_scientific(&typed) {
            return Err(Fault::LostDigits);
        }
        let parsed = match kind {
            Some(kind) => IdentityDocument::parse(kind, &typed),
            None => IdentityDocument::parse_any(&typed),
        };
        match parsed {
            Ok(document) => Ok(Some(document)),
            // Fifteen digits and three zeros are what Excel leaves of an identity number.
            Err(IdentityError::CheckCharacter) if fold_code(&typed).ends_with("000") => Err(Fault::LostDigits),
            Err(error) => Err(Fault::Document(error)),
        }
    }

    /// The telephone: `Some(None)` where there is none.
    pub(super) fn telephone(&mut self) -> Option<Option<Telephone>> {
        let read = self.optional(Column::Telephone).and_then(|typed| match typed {
            None => Ok(None),
            Some(typed) if is_scientific(&typed) => Err(Fault::LostDigits),
            Some(typed) => Telephone::parse(&typed).map(Some).map_err(|_| Fault::Telephone),
        });
        let bad = read.is_err();
        let telephone = self.noted(Column::Telephone, read);
        (!bad).then_some(telephone)
    }

    /// A word of a fixed set.
    pub(super) fn word<T>(&mut self, column: Column, parse: impl Fn(&str) -> Option<T>, fault: Fault) -> Option<T> {
        let read = self.content(column).and_then(|t| t.map(|t| parse(&t).ok_or(fault)).transpose());
        self.needed(column, read)
    }

    /// A word of a fixed set, or what holds where the cell is empty.
    pub(super) fn word_or<T>(&mut self, column: Column, parse: impl Fn(&str) -> Option<T>, fault: Fault, otherwise: T) -> Option<T> {
        let read = self.optional(column).and_then(|t| t.map_or(Ok(otherwise), |t| parse(&t).ok_or(fault)).map(Some));
        self.noted(column, read)
    }

    /// The text of a cell as typed, if it has any.
    pub(super) fn typed(&mut self, column: Column) -> Option<Option<String>> {
        let read = self.optional(column).map(Some);
        self.noted(column, read)
    }

    /// Names in one cell, in their order.
    pub(super) fn names(&mut self, column: Column) -> Option<Vec<PersonName>> {
        let read = self.optional(column).and_then(|t| names(&t.unwrap_or_default())).map(Some);
        self.noted(column, read)
    }
}

fn is_nothing(typed: &str) -> bool {
    // Only short texts are looked at closely: lists have very many cells.
    let typed = typed.trim();
    typed.len() <= 8 && (matches!(typed, "无" | "暂无" | "没有" | "/" | "-" | "—" | "——" | "\\") || typed.eq_ignore_ascii_case("none"))
}

fn checked_text(typed: &str) -> Result<String, Fault> {
    let text = tidy(typed);
    if text.chars().any(char::is_control) {
        return Err(Fault::Control);
    }
    if text.chars().count() > MAX_FACT_CHARS { Err(Fault::TooLong(MAX_FACT_CHARS)) } else { Ok(text) }
}

fn name(typed: &str) -> Result<PersonName, Fault> {
    let name = PersonName::parse(typed).map_err(Fault::Name)?;
    // A comma belongs to Latin names ("O'Brien, Jr."); between Han characters it separates two people.
    if name.as_str().contains(',') && name.as_str().chars().any(is_han) {
        return Err(Fault::Name(crate::domain::name::NameError::Character(',')));
    }
    Ok(name)
}

fn names(typed: &str) -> Result<Vec<PersonName>, Fault> {
    let mut names: Vec<PersonName> = Vec::new();
    let separates = |c: char| matches!(c, '、' | '，' | ',' | '；' | ';' | '/' | '／' | '\n' | '\r' | '|' | '｜' | '､');
    for piece in typed.split(separates).map(tidy).filter(|p| !p.is_empty()) {
        // "李　明" is one padded name; "张三 李四" two, "欧阳 娜娜" one: nobody can tell the last two apart.
        let words: Vec<&str> = piece.split(' ').collect();
        let han = piece.chars().all(|c| is_han(c) || c == ' ');
        if han && words.len() > 1 && words.iter().all(|w| w.chars().count() >= 2) {
            return Err(Fault::UnclearNames);
        }
        let name = name(&piece)?;
        if names.contains(&name) {
            return Err(Fault::NameTwice(name.as_str().to_owned()));
        }
        names.push(name);
    }
    Ok(names)
}

/// `1.10105E+17`: what Excel shows, and what its text files keep, of a long number.
fn is_scientific(typed: &str) -> bool {
    let folded: String = typed.chars().map(crate::domain::text::half_width).collect();
    match folded.trim().split_once(['E', 'e']) {
        Some((mantissa, exponent)) => {
            let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
            exponent.strip_prefix('+').is_some_and(digits)
                && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
                && !mantissa.is_empty()
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_one_cell() {
        let read = |t: &str| names(t).map(|n| n.iter().map(|n| n.as_str().to_owned()).collect::<Vec<_>>());
        assert_eq!(read("张三、李四，王　五;赵六/钱七\n孙八").unwrap(), ["张三", "李四", "王五", "赵六", "钱七", "孙八"]);
        assert_eq!(read("阿卜杜·麦麦提, Nguyễn Thị Ánh").unwrap(), ["阿卜杜·麦麦提", "Nguyễn Thị Ánh"]);
        assert_eq!(read("").unwrap(), Vec::<String>::new());
        assert_eq!(read("张三 李四"), Err(Fault::UnclearNames));
        assert_eq!(read("张三、张三"), Err(Fault::NameTwice("张三".into())));
    }

    #[test]
    fn what_excel_does_to_numbers() {
        assert!(is_scientific("1.10105E+17") && is_scientific("１e+10") && !is_scientific("E12345678") && !is_scientific("110E5"));
    }
}
