//! Checking many certificates at once: number and name of each, as an employer has them of two hundred applicants.
//!
//! A row is confirmed only if its number and its name belong together. A number that does not exist and a name that is not the holder's
//! get the same answer on the same way, so that a list of guesses learns nothing. How many names may be tried on one number is counted
//! for each number, wherever the lists come from: without that, the answers themselves would spell out a masked name.

pub mod book;
pub mod sheet;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use serde::Serialize;

use crate::domain::award::{Achievement, AwardLevel, Role};
use crate::domain::claims::{Claims, Named};
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use self::book::BookError;
use self::sheet::{Line, List, ListFault};
use super::answers::{PublicCertificate, PublicState};
use super::download::same;
use super::limits::LimitedError;
use super::statement::Asked;
use super::{Service, ServiceError};

/// What is asked of one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Row {
    /// The number on it.
    pub number: CertificateNumber,
    /// The holder's name as the asker has it.
    pub name: PersonName,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAnswer {
    /// The certificate exists and is this person's.
    Confirmed(Box<PublicCertificate>),
    /// Number and name are not confirmed together: no such number, another holder, or not released yet.
    NotConfirmed,
    /// Too many names were tried on this number of late, whether it exists or not.
    Later,
}

/// How many rows have which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Every row of the list.
    pub rows: usize,
    /// Confirmed, and the certificate stands.
    pub valid: usize,
    /// Confirmed, but taken back.
    pub revoked: usize,
    /// Confirmed, but replaced.
    pub corrected: usize,
    /// Not confirmed.
    pub not_confirmed: usize,
    /// Asked too often of late.
    pub later: usize,
    /// Could not be asked for: the row itself says why.
    pub unread: usize,
}

/// What is stated of a list. It names nobody: the workbook with this digest does.
#[derive(Serialize)]
struct ListStatement {
    workbook: WorkbookStatement,
    /// Each under its own name.
    #[serde(flatten)]
    tally: Tally,
    checked_at: String,
}

#[derive(Serialize)]
struct WorkbookStatement {
    sha256: String,
    bytes: usize,
}

/// A list with a verdict for each row.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedList {
    /// The list as it was read.
    pub list: List,
    /// The answers to its rows that could be asked, in their order.
    pub answers: Vec<RowAnswer>,
    /// How many rows have which verdict.
    pub tally: Tally,
    /// The digest of the file that was sent.
    pub source: Digest,
    /// When the records were read.
    pub checked_at: Instant,
}

/// Why a list is not answered.
#[derive(Debug, thiserror::Error)]
pub enum CheckListError {
    /// The file is no list of numbers and names.
    #[error(transparent)]
    Fault(#[from] ListFault),
    /// Too many rows of late.
    #[error(transparent)]
    Limited(#[from] LimitedError),
    /// The registry failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The answer cannot be written down.
    #[error(transparent)]
    Book(#[from] BookError),
}

impl Service {
    /// Reads a list, counts its rows against the address that sent it, and answers them.
    ///
    /// # Errors
    /// [`CheckListError`]; nothing was asked of the records then.
    pub async fn check_list(&self, file: Vec<u8>, from: IpAddr, now: Instant) -> Result<CheckedList, CheckListError> {
        let most = sheet::MAX_LINES.min(usize::try_from(self.config.limits.list.burst()).unwrap_or(usize::MAX));
        let source = Digest::of(&file);
        let list = self.apart(move || sheet::read(&file, most)).await??;
        let rows: Vec<Row> = list.lines().filter_map(|(_, line)| line.content.clone().ok()).collect();
        self.count_list_rows(from, rows.len(), now).await?;
        let answers = self.check_rows(&rows, now).await?;
        Ok(CheckedList { tally: Tally::of(&list, &answers), list, answers, source, checked_at: now })
    }

    /// The list as a workbook with the verdicts beside its rows.
    ///
    /// # Errors
    /// [`CheckListError::Book`].
    pub async fn write_list(&self, checked: &CheckedList) -> Result<Vec<u8>, CheckListError> {
        let (checked, url) = (checked.clone(), self.public_url().to_owned());
        Ok(self.apart(move || book::write(&checked, &url)).await??)
    }

    /// The code of a file that a page carries and hands back to be saved.
    #[must_use]
    pub fn parcel_code(&self, name: &str, file: &[u8]) -> [u8; 16] {
        self.registry.keys().parcel_mac(name, file)
    }

    /// Whether a file that comes back is one that a page carried, under this name.
    #[must_use]
    pub fn is_parcel(&self, name: &str, file: &[u8], code: &[u8; 16]) -> bool {
        same(&self.parcel_code(name, file), code)
    }

    /// States under the service's key which workbook was made of which list, and how many rows of it have which verdict.
    ///
    /// # Errors
    /// [`ServiceError`] if it cannot be written.
    pub fn state_list(&self, checked: &CheckedList, workbook: &[u8]) -> Result<String, ServiceError> {
        let answer = ListStatement {
            workbook: WorkbookStatement { sha256: Digest::of(workbook).to_string(), bytes: workbook.len() },
            tally: checked.tally,
            checked_at: checked.checked_at.rfc3339_beijing(),
        };
        self.state(&Asked::List { sha256: checked.source }, 200, &answer, checked.checked_at)
    }

    /// Answers rows, each at its place. Rows that name one number with different names are answered for the first name alone.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn check_rows(&self, rows: &[Row], now: Instant) -> Result<Vec<RowAnswer>, ServiceError> {
        let not_before = tokio::time::sleep(floor(rows.len()));
        let mut names: HashMap<&CertificateNumber, &PersonName> = HashMap::with_capacity(rows.len());
        for row in rows {
            names.entry(&row.number).or_insert(&row.name);
        }
        let keys = self.registry.keys();
        let buckets: HashMap<&CertificateNumber, String> = names.keys().map(|number| (*number, keys.name_bucket(number))).collect();
        let each: BTreeSet<String> = buckets.values().cloned().collect();
        let granted = self.registry.take_from_each(&each, self.config.limits.name, now).await?;
        let mut numbers: Vec<CertificateNumber> = names.keys().map(|number| (*number).clone()).collect();
        numbers.sort_unstable();
        let found = self.registry.certificates_by_numbers(&numbers).await?;
        let may_ask = |row: &Row| {
            names.get(&row.number) == Some(&&row.name) && buckets.get(&row.number).is_some_and(|bucket| granted.contains(bucket))
        };
        let answer = |row: &Row| {
            // An unknown number is compared with an invented record, which costs what a known one costs.
            let certificate = found.get(&row.number);
            let invented = if certificate.is_none() { Claims::from_bytes(&INVENTED).ok() } else { None };
            let holder = certificate.map(|c| &c.facts.claims.holder).or(invented.as_ref().map(|claims| &claims.holder));
            let named = holder.is_some_and(|holder| holder.matches_typed(row.name.as_str()));
            let public = certificate.and_then(|c| PublicCertificate::of(c, now)).filter(|_| named);
            match (may_ask(row), public) {
                (false, _) => RowAnswer::Later,
                (true, Some(public)) => RowAnswer::Confirmed(Box::new(public)),
                (true, None) => RowAnswer::NotConfirmed,
            }
        };
        let answers = rows.iter().map(answer).collect();
        not_before.await;
        Ok(answers)
    }

    /// Runs work on a file off the threads that answer requests, with no more of it at once than pictures are made.
    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ServiceError> {
        let place = self.easels.place().await;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        Ok(done.await?)
    }
}

/// How long an answer takes at least. A row that is on record is fetched and read, which one that is not saves: 13 µs a row that would
/// tell the two apart in a long list of misses.
fn floor(rows: usize) -> Duration {
    Duration::from_millis(2) + Duration::from_micros(60) * u32::try_from(rows).unwrap_or(u32::MAX)
}

/// The bytes of a record that does not exist.
static INVENTED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let invented = || -> Option<Claims> {
        let named = |name: &str| Some(Named { id: "none".parse::<Slug>().ok()?, name: name.to_owned(), name_en: String::new() });
        Some(Claims {
            number: "NONE00000000".parse().ok()?,
            issuer: named("蓝海杯全国大学生软件创新大赛组织委员会")?,
            programme: named("第十四届蓝海杯全国大学生软件创新大赛")?,
            short_name: "蓝海杯".to_owned(),
            organisers: vec!["蓝海杯全国大学生软件创新大赛组织委员会".to_owned()],
            holder: PersonName::parse("无此人").ok()?,
            school: "蓝海大学".to_owned(),
            document_masked: "110***********002X".to_owned(),
            achievement: Achievement::Award {
                level: AwardLevel::First,
                role: Role::Winner,
                category: "软件类".to_owned(),
                subject: "程序设计".to_owned(),
                work: "星海".to_owned(),
                team: Vec::new(),
                instructors: Vec::new(),
            },
            portrait: Some(Digest::of(b"")),
            issued_on: jiff::civil::date(2024, 1, 1),
            verify_at: "https://yinxin.example".to_owned(),
            replaces: None,
        })
    };
    invented().map(|claims| claims.to_bytes()).unwrap_or_default()
});

impl Tally {
    fn of(list: &List, answers: &[RowAnswer]) -> Self {
        let mut tally = Self { rows: list.lines().count(), ..Self::default() };
        tally.unread = tally.rows - answers.len();
        for answer in answers {
            *match answer {
                RowAnswer::Confirmed(certificate) => match certificate.state {
                    PublicState::Valid => &mut tally.valid,
                    PublicState::Revoked { .. } => &mut tally.revoked,
                    PublicState::Corrected { .. } => &mut tally.corrected,
                },
                RowAnswer::NotConfirmed => &mut tally.not_confirmed,
                RowAnswer::Later => &mut tally.later,
            } += 1;
        }
        tally
    }
}

impl CheckedList {
    /// Each row with its answer; none for a row that could not be asked.
    pub fn verdicts(&self) -> impl Iterator<Item = (&sheet::ListSheet, &Line, Option<&RowAnswer>)> {
        let mut answers = self.answers.iter();
        self.list.lines().map(move |(sheet, line)| (sheet, line, if line.content.is_ok() { answers.next() } else { None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invented_record_reads_as_one() {
        let claims = Claims::from_bytes(&INVENTED).unwrap();
        assert_eq!(claims.holder.as_str(), "无此人");
    }
}
