//! A list of instructors from a spreadsheet: looked at first, entered when the school confirms it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_xlsxwriter::{Format, XlsxError};
use serde::{Deserialize, Serialize};

use crate::domain::instructor::{Doubt, Instructor};
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::InstructorError;
use crate::service::access::School;
use crate::service::award_list::Rejection;
use crate::service::award_list::instructors::read_instructors;
use crate::service::award_list::report::new_workbook;
use crate::service::{Service, ServiceError};

use super::{EntryError, InstructorForm};

/// For how long a preview can be confirmed, in milliseconds.
const KEPT: i64 = 3_600_000;

/// A list that was read, and what would become of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The rows.
    pub rows: Vec<PreviewRow>,
    /// What the confirmation carries: the rows, sealed for this account.
    pub parcel: String,
}

/// A row of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewRow {
    /// Who.
    pub instructor: Instructor,
    /// How many awards would be theirs, or why a reviewer would decide.
    pub found: Result<usize, Doubt>,
    /// Whether the school has entered them before: nothing changes then.
    pub known: bool,
}

/// What a parcel holds.
#[derive(Serialize, Deserialize)]
struct Parcel {
    until: i64,
    rows: Vec<[String; 5]>,
}

/// Why a list is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It has problems, each with its place.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// The account may not enter instructors.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

impl Service {
    /// Reads a spreadsheet of instructors and says what would become of each; nothing is recorded.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn preview_instructors(
        &self,
        school: &School,
        file: Vec<u8>,
        default: Option<Slug>,
        now: Instant,
    ) -> Result<Preview, ListError> {
        let name = self.verified_school(school).await.map_err(EntryError::from)?;
        let name = name.ok_or(EntryError::Instructor(InstructorError::NotVerified))?;
        let contests = self.contests_with_instructors().await.map_err(EntryError::from)?;
        let read = move || read_instructors(&file, &contests, default.as_ref());
        let read = tokio::task::spawn_blocking(read).await.map_err(|e| EntryError::from(ServiceError::from(e)))?;
        let (instructors, _) = read.map_err(|rejection| ListError::Rejected(Box::new(rejection)))?;
        let rows = instructors.iter().map(|instructor| {
            let InstructorForm { contest, name, telephone, document_kind, document_number } = InstructorForm::of(instructor);
            [contest, name, telephone, document_kind, document_number]
        });
        let parcel = Parcel { until: now.plus_millis(KEPT).millis(), rows: rows.collect() };
        // Texts and a number: this cannot fail.
        let parcel = serde_json::to_string(&parcel).unwrap_or_default();
        let parcel = URL_SAFE_NO_PAD.encode(self.registry.keys().seal_field(&parcel_place(school), &parcel));
        let before = self.registry.instructors_of(school.visitor().id()).await.map_err(EntryError::from)?;
        let known = |instructor: &Instructor| {
            before.iter().map(|record| &record.instructor).any(|other| {
                other.contest == instructor.contest
                    && other.name.search_key() == instructor.name.search_key()
                    && other.telephone == instructor.telephone
            })
        };
        let matched = self.match_all(&name, instructors).await.map_err(EntryError::from)?;
        let row = |(instructor, found): (Instructor, Result<Vec<String>, Doubt>)| PreviewRow {
            known: known(&instructor),
            found: found.map(|awards| awards.len()),
            instructor,
        };
        Ok(Preview { rows: matched.into_iter().map(row).collect(), parcel })
    }

    /// Enters what a preview showed. Answers how many had not been entered before.
    ///
    /// # Errors
    /// [`EntryError::Stale`] if it is another account's or older than an hour.
    pub async fn confirm_instructors(&self, school: &School, parcel: &str, now: Instant) -> Result<u64, EntryError> {
        let sealed = URL_SAFE_NO_PAD.decode(parcel).map_err(|_| EntryError::Stale)?;
        let text = self.registry.keys().open_field(&parcel_place(school), &sealed).map_err(|_| EntryError::Stale)?;
        let Parcel { until, rows } = serde_json::from_str(&text).map_err(|_| EntryError::Stale)?;
        if now.millis() >= until {
            return Err(EntryError::Stale);
        }
        let contests = self.contests_with_instructors().await?;
        let read = |[contest, name, telephone, document_kind, document_number]: [String; 5]| {
            InstructorForm { contest, name, telephone, document_kind, document_number }.parse(&contests)
        };
        let instructors = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>().map_err(|_| EntryError::Stale)?;
        self.enter_all(school, instructors, now).await
    }
}

fn parcel_place(school: &School) -> String {
    format!("instructors/parcel/{}", school.visitor().id())
}

/// The workbook that a school fills in.
///
/// # Errors
/// If it cannot be written.
pub fn template(contests: &[Programme]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = new_workbook()?;
    let text = Format::new().set_num_format("@");
    let title = text.clone().set_bold();
    let sheet = workbook.add_worksheet();
    sheet.set_name("指导教师 Instructors")?;
    for (column, (name, width)) in [
        ("姓名 Name", 20.0),
        ("手机号 Phone", 20.0),
        ("赛事 Contest", 44.0),
        ("证件类型 Document type", 24.0),
        ("证件号码 ID number", 26.0),
    ]
    .into_iter()
    .enumerate()
    {
        let column = u16::try_from(column).unwrap_or_default();
        sheet.set_column_width(column, width)?;
        // Numbers stay as they are typed.
        sheet.set_column_format(column, &text)?;
        sheet.write_string_with_format(0, column, name, &title)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let notes = workbook.add_worksheet();
    notes.set_name("说明 Notes")?;
    notes.set_column_width(0, 90)?;
    let lines = [
        "姓名、手机号必填；证件类型和号码可不填。Name and phone are needed; the document may be left out.",
        "赛事填写下列名称之一；名单只有一项赛事时，可在上传时选择而不填此列。The contest is one of the names below; it may be chosen at the upload instead.",
    ];
    for (row, line) in (0..).zip(lines.into_iter().map(str::to_owned).chain(contests.iter().map(|contest| contest.name.clone()))) {
        notes.write_string(row, 0, line)?;
    }
    workbook.save_to_buffer()
}
