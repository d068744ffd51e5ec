//! What the officer for objections works with: the queue, links to files that end by themselves, and the end of what is kept.

use std::fmt;
use std::str::FromStr;

use crate::domain::award::Award;
use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::registry::{ContestError, FileRecord, ObjectionRecord};

use super::access::{ObjectionsMandate, ObjectionsOfficer};
use super::{Service, ServiceError};

/// For how long a link to a file is good, in milliseconds.
pub const LINK: i64 = 300_000;
/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// A link to a file of an objection: `OBJECTION-FILE-END-CODE`. It is good for one session alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLink {
    objection: i64,
    file: i64,
    ends: Instant,
    code: String,
}

/// The text is no such link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("链接不完整或有误 / the link is incomplete or wrong")]
pub struct FileLinkError;

impl fmt::Display for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", self.objection, self.file, self.ends.millis(), self.code)
    }
}

impl FromStr for FileLink {
    type Err = FileLinkError;

    fn from_str(text: &str) -> Result<Self, FileLinkError> {
        let parts: Vec<&str> = text.split('-').collect();
        let [objection, file, ends, code] = parts[..] else { return Err(FileLinkError) };
        let number = |text: &str| text.parse::<i64>().map_err(|_| FileLinkError);
        let ends = Instant::from_millis(number(ends)?).map_err(|_| FileLinkError)?;
        Ok(Self { objection: number(objection)?, file: number(file)?, ends, code: code.to_owned() })
    }
}

/// Why a link opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum FileLinkRefused {
    /// It is another session's, or nobody's.
    #[error("链接无效 / the link is not valid")]
    Invalid,
    /// Its five minutes are over.
    #[error("链接已过期，请刷新页面 / the link has expired: load the page again")]
    Expired,
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Objections without what is private in them: open ones first, the oldest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn objection_queue(&self, _: &ObjectionsMandate, limit: u32) -> Result<Vec<ObjectionRecord>, ServiceError> {
        Ok(self.registry.objection_queue(limit).await?)
    }

    /// One objection without what is private in it.
    ///
    /// # Errors
    /// [`ServiceError`] if there is none.
    pub async fn objection(&self, _: &ObjectionsMandate, id: i64) -> Result<ObjectionRecord, ServiceError> {
        Ok(self.registry.objection(id).await?.ok_or(ContestError::NoObjection(id))?)
    }

    /// The whole award of an entry, for whoever decides about it; that it was read is in the audit trail with the objection.
    ///
    /// # Errors
    /// [`ServiceError`] if the list has no such entry.
    pub async fn award_of_entry(&self, _: &ObjectionsMandate, contest: &Slug, place: i64) -> Result<Award, ServiceError> {
        Ok(self.registry.award_at(contest, place).await?.award)
    }

    /// A link to a file for an officer's session.
    #[must_use]
    pub fn objection_file_link(&self, officer: &ObjectionsOfficer, objection: i64, file: i64, now: Instant) -> FileLink {
        let ends = now.plus_millis(LINK);
        FileLink { objection, file, ends, code: self.file_link_code(officer, (objection, file), ends) }
    }

    fn file_link_code(&self, officer: &ObjectionsOfficer, (objection, file): (i64, i64), ends: Instant) -> String {
        let session = officer.visitor().session().as_bytes();
        let parts: [&[u8]; 4] = [session, &objection.to_be_bytes(), &file.to_be_bytes(), &ends.millis().to_be_bytes()];
        self.registry.keys().secret_hash("objection file", &parts)
    }

    /// The file that a link of this session opens at `now`. The audit trail says that it was read.
    ///
    /// # Errors
    /// [`FileLinkRefused`].
    pub async fn linked_objection_file(
        &self,
        officer: &ObjectionsOfficer,
        link: &FileLink,
        now: Instant,
    ) -> Result<(i64, FileRecord, Vec<u8>), FileLinkRefused> {
        // Keyed hashes are compared, so that the time that it takes says nothing.
        let hash = |code: &str| self.registry.keys().secret_hash("objection file compared", &[code.as_bytes()]);
        if hash(&link.code) != hash(&self.file_link_code(officer, (link.objection, link.file), link.ends)) {
            return Err(FileLinkRefused::Invalid);
        }
        if now >= link.ends {
            return Err(FileLinkRefused::Expired);
        }
        let read = self.read_objection_file(link.objection, link.file, &ObjectionsMandate::of(officer), now).await?;
        Ok((link.objection, read.0, read.1))
    }

    /// Deletes content and files of objections whose time after the decision is over. Answers how many there were.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn sweep_objections(&self, now: Instant) -> Result<usize, ServiceError> {
        let kept = i64::from(self.config.objection_days) * DAY;
        let due = self.registry.objections_due(now.plus_millis(-kept)).await?;
        for objection in &due {
            // Files first: if this breaks off, the next sweep finds the objection again.
            for file in &objection.files {
                self.vault.delete(file).await?;
            }
            self.registry.erase_objection(objection.id, now).await?;
        }
        Ok(due.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_one_spelling() {
        let link = FileLink { objection: 3, file: 1, ends: Instant::from_millis(1_700_000_000_000).unwrap(), code: "ab12".into() };
        assert_eq!(link.to_string().parse(), Ok(link));
        for bad in ["", "3-1", "3-1-x-ab", "3-1-1-ab-c", "--1-1-ab"] {
            assert_eq!(bad.parse::<FileLink>(), Err(FileLinkError), "{bad}");
        }
    }
}
