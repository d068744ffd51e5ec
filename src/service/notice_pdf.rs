//! The PDF of a notice. It is made when it is first asked for, by one task at a time, and kept in the process until the list changes.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::document::notice_sheet::{self, NoticeSheet, SheetError};
use crate::domain::notice::Phase;
use crate::domain::public_list::Standing;
use crate::domain::time::Instant;
use crate::registry::{EntryRow, RegistryError, Seen};

use super::library::{self, LibraryError};
use super::notice::PublicNotice;
use super::{Service, ServiceError};

/// Notices whose PDF is kept at once: one of 20,000 entries has 3 MB.
const MOST: usize = 8;

/// What a file was made from.
type Made = (Phase, Seen, Instant);

/// A file, and what it was made from.
type Kept = (Made, Arc<Vec<u8>>);

/// The PDFs of this process, by contest.
#[derive(Default)]
pub struct NoticeFiles(Mutex<HashMap<String, Kept>>);

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum NoticePdfError {
    /// A character or a font is missing.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The fonts cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Registry or task failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for NoticePdfError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// The notice with its list as it stands now, as a PDF.
    ///
    /// # Errors
    /// [`NoticePdfError`].
    pub async fn notice_pdf(&self, notice: &PublicNotice) -> Result<Arc<Vec<u8>>, NoticePdfError> {
        let id = &notice.programme.id;
        let seen = self.registry.changes_seen(id).await?;
        let made = (notice.phase, seen, notice.publication.at);
        // Held while one is made: whoever asks meanwhile gets the same.
        let mut files = self.notice_files.0.lock().await;
        if let Some((from, file)) = files.get(id.as_str())
            && *from == made
        {
            return Ok(Arc::clone(file));
        }
        let rows = self.registry.entries(id).await?;
        let sheet = sheet(notice, rows, self.public_url());
        let folder = self.config.fonts.clone();
        let make = move || {
            // The fonts are let go again: a serving process does not hold them for a file an hour.
            let fonts = library::fonts(&folder)?;
            Ok::<_, NoticePdfError>(notice_sheet::compose(&sheet, &fonts)?)
        };
        let file = Arc::new(tokio::task::spawn_blocking(make).await.map_err(ServiceError::from)??);
        if files.len() >= MOST {
            files.clear();
        }
        files.insert(id.to_string(), (made, Arc::clone(&file)));
        Ok(file)
    }
}

fn sheet(notice: &PublicNotice, rows: Vec<EntryRow>, url: &str) -> NoticeSheet {
    let contest = &notice.contest;
    let period = contest.timeline.notice;
    let phase = match notice.phase {
        Phase::Open => "公示中",
        Phase::Closed => "公示已结束",
        Phase::Deciding | Phase::Hidden => "公示期已截止，异议处理中",
    };
    let facts = [
        ("文号", contest.document_number.clone()),
        ("主办单位", contest.organisers.join("、")),
        ("组别", contest.groups.join("、")),
        ("公示期", format!("北京时间 {} 至 {}（不含）", period.start().display_beijing(), period.end().display_end_beijing())),
        ("状态", phase.to_owned()),
        ("名单", format!("{} 条，姓名已部分隐去", rows.len())),
        ("网址", format!("{url}/notices/{}", notice.programme.id)),
    ];
    NoticeSheet {
        title: format!("{}获奖名单公示", notice.programme.name),
        facts: facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| (label.to_owned(), text)).collect(),
        columns: ["序号", "赛类", "作品", "奖项", "姓名", "学校"].map(String::from),
        rows: rows.into_iter().map(row).collect(),
        foot: format!("名单 SHA-256 {}", notice.list()),
        made_at: notice.closing.as_ref().map_or(notice.publication.at, |closing| closing.at),
    }
}

fn row(row: EntryRow) -> [String; 6] {
    let EntryRow { place, entry, standing, remark } = row;
    let field = [entry.category, entry.subject].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let level = match standing {
        Standing::Listed => entry.level.zh().to_owned(),
        Standing::Changed => format!("{}（更正）", entry.level.zh()),
        Standing::Withdrawn => "已取消".to_owned(),
    };
    let work = if remark.is_empty() { entry.work } else { format!("{}（{remark}）", entry.work) };
    [place.to_string(), field, work, level, format!("{}（{}）", entry.holder, entry.role.zh()), entry.school]
}
