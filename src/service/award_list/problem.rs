//! What is wrong with a list: where, what, and what to do about it.

use std::fmt;

use super::columns::Column;
use super::grid::letters;
use crate::domain::award::CertificateKind;
use crate::domain::identity::IdentityError;
use crate::domain::name::NameError;

/// The most problems that are kept one by one; the others are counted.
pub const MAX_PROBLEMS: usize = 20_000;

/// A place in a file, as exact as the problem has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Place {
    /// The sheet's place in the file, from 0: the order of problems.
    pub index: usize,
    /// The sheet's name; empty for a text file or for the file as a whole.
    pub sheet: String,
    /// The row as Excel shows it, from 1.
    pub row: Option<u32>,
    /// The column, from 0, with its meaning where it has one.
    pub column: Option<(u32, Option<Column>)>,
}

impl fmt::Display for Place {
    /// `名单!C5（证件号码 ID number）`; without a column `名单 第 5 行 / row 5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.sheet.is_empty() {
            f.write_str(&self.sheet)?;
        }
        match (self.row, self.column) {
            (Some(row), Some((column, title))) => {
                let mark = if self.sheet.is_empty() { "" } else { "!" };
                write!(f, "{mark}{}{row}", letters(column))?;
                title.map_or(Ok(()), |title| write!(f, "（{title}）"))
            }
            (Some(row), None) => write!(f, "{}第 {row} 行 / row {row}", if self.sheet.is_empty() { "" } else { " " }),
            (None, Some((column, _))) => {
                write!(f, "{}{} 列 / column {}", if self.sheet.is_empty() { "" } else { " " }, letters(column), letters(column))
            }
            (None, None) => Ok(()),
        }
    }
}

/// One problem. Its `Debug` elides the cell's content, which may be an identity number.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; empty for the file as a whole.
    pub place: Place,
    /// What the cell holds, at most 40 characters: private.
    pub value: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Problem {
    pub(super) fn of_file(fault: Fault) -> Self {
        Self { place: Place::default(), value: String::new(), fault }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({}: {})", self.place, self.fault.code())
    }
}

/// The problems of a file as they are found.
#[derive(Debug, Default)]
pub(super) struct Problems {
    kept: Vec<Problem>,
    left_out: usize,
}

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        if self.kept.len() < MAX_PROBLEMS {
            self.kept.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The problems in the order of the file, and how many more there were.
    pub(super) fn into_parts(mut self) -> (Vec<Problem>, usize) {
        self.kept.sort_by(|a, b| a.place.cmp(&b.place));
        (self.kept, self.left_out)
    }
}

/// A text at most `most` characters long.
pub(in crate::service) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A file of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Excel 97–2003.
    OldWorkbook,
    /// A workbook under a password.
    Encrypted,
    /// `.xlsb`.
    BinaryWorkbook,
    /// OpenDocument.
    OpenDocument,
    /// Word.
    Word,
    /// PDF.
    Pdf,
    /// JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC.
    Picture,
    /// A web page, which some systems export under the name `.xls`.
    WebPage,
    /// Excel 2003's XML.
    XmlWorkbook,
    /// A zip, rar, 7z or gz of anything.
    Archive,
    /// Bytes of no known kind.
    Unknown,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    // The file.
    /// No bytes.
    Empty,
    /// More bytes than the limit.
    TooLarge(usize),
    /// Another kind of file.
    Format(Foreign),
    /// The file ends before its end.
    Truncated,
    /// The file's inside is broken.
    Damaged,
    /// A small file that grows beyond the limits when opened.
    Expands,
    /// A text file in no known encoding.
    Encoding,
    /// A quotation mark is opened in this row and never closed.
    OpenQuote,
    // The sheets.
    /// No row of titles within the first ten rows; with the titles that were found.
    NoTitles(Vec<String>),
    /// Titles, but no row under them.
    NoRows,
    /// Too many rows with content.
    TooManyRows,
    /// Too many columns.
    TooManyColumns,
    /// Columns that the list needs; with the titles that were found.
    MissingColumns(CertificateKind, Vec<Column>, Vec<String>),
    /// Columns that a list of instructors needs; with the titles that were found.
    InstructorColumns(Vec<Column>, Vec<String>),
    /// More instructors than one list may have.
    TooManyInstructors(usize),
    /// Columns of an award list and of an ability list together, or of neither.
    UnknownKind(Vec<String>),
    /// A second column of the same meaning.
    RepeatedColumn(Column),
    /// Rows that the sheet hides: from, to.
    HiddenRows(u32, u32),
    // The cells.
    /// A cell that must have content.
    Blank,
    /// Merged cells where each row needs its own.
    Merged(String),
    /// Excel made a number of it and lost digits.
    LostDigits,
    /// Excel made a number of it and may have lost leading zeros.
    NumberCell,
    /// Excel made a date of it.
    DateCell,
    /// A formula that failed.
    FormulaError,
    /// A formula without a value.
    Uncomputed,
    /// Longer than the limit in characters.
    TooLong(usize),
    /// A control character.
    Control,
    /// No name.
    Name(NameError),
    /// No document number.
    Document(IdentityError),
    /// No kind of document.
    DocumentKind,
    /// No telephone number.
    Telephone,
    /// No award level.
    Award,
    /// No role.
    Role,
    /// No ability level.
    Level,
    /// No programme; with the known ones.
    Programme(String),
    /// The list does not say which of several programmes.
    ProgrammeUnsaid(String),
    /// A programme of the other kind.
    ProgrammeKind,
    // The rows.
    /// A name twice in one cell.
    NameTwice(String),
    /// Words with spaces between: one name or several.
    UnclearNames,
    /// A name as author and as instructor of one work.
    BothRoles(String),
    /// Co-creators of no work.
    CoCreatorsOfNothing,
    /// The same award as in another row.
    Duplicate(Place),
    /// The same instructor as in another row.
    SameInstructor(Place),
    /// Another name under the same document number.
    TwoNames(Place),
    /// Another award level for the same work.
    TwoAwards(Place),
    /// No file of this name came along.
    PortraitMissing,
    /// The picture does not conform.
    Portrait(String),
    /// The same picture for another person.
    PortraitTwice(Place),
}

impl Fault {
    /// A stable short name for tests and records.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge(_) => "too-large",
            Self::Format(_) => "format",
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
            Self::Expands => "expands",
            Self::Encoding => "encoding",
            Self::OpenQuote => "open-quote",
            Self::NoTitles(_) => "no-titles",
            Self::NoRows => "no-rows",
            Self::TooManyRows => "too-many-rows",
            Self::TooManyColumns => "too-many-columns",
            Self::MissingColumns(..) => "missing-columns",
            Self::InstructorColumns(..) => "instructor-columns",
            Self::TooManyInstructors(_) => "too-many-instructors",
            Self::SameInstructor(_) => "same-instructor",
            Self::UnknownKind(_) => "unknown-kind",
            Self::RepeatedColumn(_) => "repeated-column",
            Self::HiddenRows(..) => "hidden-rows",
            Self::Blank => "blank",
            Self::Merged(_) => "merged",
            Self::LostDigits => "lost-digits",
            Self::NumberCell => "number-cell",
            Self::DateCell => "date-cell",
            Self::FormulaError => "formula-error",
            Self::Uncomputed => "uncomputed",
            Self::TooLong(_) => "too-long",
            Self::Control => "control",
            Self::Name(_) => "name",
            Self::Document(_) => "document",
            Self::DocumentKind => "document-kind",
            Self::Telephone => "telephone",
            Self::Award => "award",
            Self::Role => "role",
            Self::Level => "level",
            Self::Programme(_) => "programme",
            Self::ProgrammeUnsaid(_) => "programme-unsaid",
            Self::ProgrammeKind => "programme-kind",
            Self::NameTwice(_) => "name-twice",
            Self::UnclearNames => "unclear-names",
            Self::BothRoles(_) => "both-roles",
            Self::CoCreatorsOfNothing => "co-creators-of-nothing",
            Self::Duplicate(_) => "duplicate",
            Self::TwoNames(_) => "two-names",
            Self::TwoAwards(_) => "two-awards",
            Self::PortraitMissing => "portrait-missing",
            Self::Portrait(_) => "portrait",
            Self::PortraitTwice(_) => "portrait-twice",
        }
    }
}
