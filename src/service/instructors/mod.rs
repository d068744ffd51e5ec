//! Award-winning instructors: a verified school enters them, they are matched to awards, and what is in doubt goes to a reviewer.

mod letter;
mod preview;
mod review;

use crate::domain::award::Achievement;
use crate::domain::identity::{DocumentKind, IdentityDocument, IdentityError};
use crate::domain::instructor::{Entry, Instructor, matched};
use crate::domain::issuer::Slug;
use crate::domain::name::{NameError, PersonName};
use crate::domain::programme::Programme;
use crate::domain::proofing::{CaseKind, CaseState, Field};
use crate::domain::telephone::{Telephone, TelephoneError};
use crate::domain::text::fold_search;
use crate::domain::time::Instant;
use crate::registry::{AwardRecord, Entered, InstructorError, InstructorRecord, RegistryError};

use super::access::School;
use super::{Service, ServiceError};

pub use letter::LetterError;
pub use preview::{ListError, Preview, PreviewRow, template};
pub use review::{Candidate, Considered};

/// The most instructors of one account.
pub const MOST: u64 = 2_000;

/// Why instructors are not entered or changed.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Fields that are wrong, each with what is wrong with it.
    #[error("{}", .0.iter().map(|(_, fault)| fault.to_string()).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<(&'static str, InstructorFault)>),
    /// The records do not allow it.
    #[error(transparent)]
    Instructor(#[from] InstructorError),
    /// More than one account has.
    #[error("一个账号最多 {MOST} 位指导教师 / an account has at most {MOST} instructors")]
    TooMany,
    /// What was looked at is not what was sent, or too old.
    #[error("预览已失效，请重新上传名单 / the preview is not good any more: send the list again")]
    Stale,
    /// Registry failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for EntryError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Instructor(error) => Self::Instructor(error),
            other => Self::Service(other.into()),
        }
    }
}

/// What is wrong with a field of an instructor's form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstructorFault {
    /// Nothing was chosen.
    #[error("请选择赛事 / choose the contest")]
    Contest,
    /// A name that is none.
    #[error(transparent)]
    Name(NameError),
    /// A telephone that is none.
    #[error(transparent)]
    Telephone(TelephoneError),
    /// A document that is none.
    #[error(transparent)]
    Document(IdentityError),
    /// A number without its kind.
    #[error("填写证件号码时请选择证件类型 / a number needs the kind of the document")]
    Kind,
}

/// The form of one instructor as it is typed: private.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InstructorForm {
    /// The contest's id.
    pub contest: String,
    /// The name.
    pub name: String,
    /// The telephone.
    pub telephone: String,
    /// The kind of document, if a number is given.
    pub document_kind: String,
    /// The document's number; may be empty.
    pub document_number: String,
}

impl std::fmt::Debug for InstructorForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstructorForm([elided])")
    }
}

impl InstructorForm {
    /// The form filled in with an instructor.
    #[must_use]
    pub fn of(instructor: &Instructor) -> Self {
        let document = instructor.document.as_ref();
        Self {
            contest: instructor.contest.to_string(),
            name: instructor.name.as_str().to_owned(),
            telephone: instructor.telephone.as_str().to_owned(),
            document_kind: document.map(|d| d.kind().code().to_owned()).unwrap_or_default(),
            document_number: document.map(|d| d.number().to_owned()).unwrap_or_default(),
        }
    }

    fn parse(&self, contests: &[Programme]) -> Result<Instructor, Vec<(&'static str, InstructorFault)>> {
        let mut faults = Vec::new();
        let mut kept = |place: &'static str, fault: InstructorFault| faults.push((place, fault));
        let contest = contests.iter().find(|contest| contest.id.as_str() == self.contest).map(|contest| contest.id.clone());
        if contest.is_none() {
            kept("contest", InstructorFault::Contest);
        }
        let name = PersonName::parse(&self.name).map_err(|e| kept("name", InstructorFault::Name(e))).ok();
        let telephone = Telephone::parse(&self.telephone).map_err(|e| kept("telephone", InstructorFault::Telephone(e))).ok();
        let document = match (self.document_number.trim(), DocumentKind::from_code(&self.document_kind)) {
            ("", _) => None,
            (_, None) => {
                kept("document_kind", InstructorFault::Kind);
                None
            }
            (number, Some(kind)) => {
                IdentityDocument::parse(kind, number).map_err(|e| kept("document_number", InstructorFault::Document(e))).ok()
            }
        };
        match (contest, name, telephone) {
            (Some(contest), Some(name), Some(telephone)) if faults.is_empty() => Ok(Instructor { contest, name, telephone, document }),
            _ => Err(faults),
        }
    }
}

impl Service {
    /// The school that an account speaks for, if it is verified.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn verified_school(&self, school: &School) -> Result<Option<String>, ServiceError> {
        let case = self.registry.live_case(school.visitor().id(), CaseKind::School).await?;
        let approved = case.filter(|case| matches!(case.state, CaseState::Approved { .. }));
        Ok(approved.map(|case| case.typed.get(Field::School).to_owned()))
    }

    /// The contests that instructors are entered for.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn contests_with_instructors(&self) -> Result<Vec<Programme>, ServiceError> {
        Ok(self.programmes().await?.into_iter().filter(|programme| programme.contest().is_some()).collect())
    }

    /// The instructors of the account, the latest first. `wanted` is looked for in names and telephones; empty for all.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn own_instructors(&self, school: &School, wanted: &str) -> Result<Vec<InstructorRecord>, ServiceError> {
        let mut all = self.registry.instructors_of(school.visitor().id()).await?;
        let wanted = fold_search(wanted);
        if !wanted.is_empty() {
            let has = |text: &str| fold_search(text).contains(&wanted);
            all.retain(|record| has(record.instructor.name.as_str()) || has(record.instructor.telephone.as_str()));
        }
        Ok(all)
    }

    /// Enters one instructor.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn enter_instructor(&self, school: &School, form: &InstructorForm, now: Instant) -> Result<(), EntryError> {
        let instructor = form.parse(&self.contests_with_instructors().await?).map_err(EntryError::Faults)?;
        match self.enter_all(school, vec![instructor], now).await? {
            0 => Err(InstructorError::Twice.into()),
            _ => Ok(()),
        }
    }

    /// Enters instructors; answers how many had not been entered before.
    async fn enter_all(&self, school: &School, instructors: Vec<Instructor>, now: Instant) -> Result<u64, EntryError> {
        let account = school.visitor().id();
        let name = self.verified_school(school).await?.ok_or(InstructorError::NotVerified)?;
        let new = u64::try_from(instructors.len()).unwrap_or(u64::MAX);
        if self.registry.count_instructors(account).await?.saturating_add(new) > MOST {
            return Err(EntryError::TooMany);
        }
        let entered = self.match_all(&name, instructors).await?;
        Ok(self.registry.add_instructors(account, &name, &entered, now).await?)
    }

    /// Changes an instructor of the account. Another name or contest makes it another entry, which counts from now on.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn change_instructor(&self, school: &School, id: i64, form: &InstructorForm, now: Instant) -> Result<(), EntryError> {
        let account = school.visitor().id();
        let name = self.verified_school(school).await?.ok_or(InstructorError::NotVerified)?;
        let instructor = form.parse(&self.contests_with_instructors().await?).map_err(EntryError::Faults)?;
        let all = self.registry.instructors_of(account).await?;
        let before = all.into_iter().find(|record| record.id == id).ok_or(InstructorError::Unknown)?;
        let same = before.instructor.contest == instructor.contest
            && before.instructor.name.search_key() == instructor.name.search_key()
            && fold_search(&before.school) == fold_search(&name);
        let entered_at = if same { before.entered_at } else { now };
        for entered in self.match_all(&name, vec![instructor]).await? {
            self.registry.change_instructor(account, (id, &name), &entered, entered_at, now).await?;
        }
        Ok(())
    }

    /// Removes an instructor of the account.
    ///
    /// # Errors
    /// [`EntryError::Instructor`] if there is none, or it is another account's.
    pub async fn remove_instructor(&self, school: &School, id: i64, now: Instant) -> Result<(), EntryError> {
        Ok(self.registry.remove_instructor(school.visitor().id(), id, now).await?)
    }

    /// Where the award of an instructor stands: whether a verified school entered them before the contest's registration deadline.
    ///
    /// # Errors
    /// [`ServiceError`]; `None` if there is no such contest.
    pub async fn instructor_entry(&self, contest: &Slug, award: &str) -> Result<Option<Entry>, ServiceError> {
        let programmes = self.programmes().await?;
        let contest = programmes.iter().find(|programme| programme.id == *contest).and_then(Programme::contest);
        let Some(contest) = contest else { return Ok(None) };
        Ok(Some(Entry::judge(self.registry.first_entered(award).await?, contest.timeline.registration_deadline)))
    }

    /// Matches instructors of a school to awards.
    pub(super) async fn match_all(&self, school: &str, instructors: Vec<Instructor>) -> Result<Vec<Entered>, ServiceError> {
        let mut lists: Vec<(Slug, Vec<AwardRecord>)> = Vec::new();
        for contest in instructors.iter().map(|instructor| &instructor.contest) {
            if !lists.iter().any(|(known, _)| known == contest) {
                lists.push((contest.clone(), self.registry.instructor_awards(contest, school).await?));
            }
        }
        let found = |instructor: &Instructor| {
            let awards = lists.iter().filter(|(contest, _)| *contest == instructor.contest).flat_map(|(_, awards)| awards);
            let may = awards.filter(|record| instructor.may_hold(school, &record.award));
            let candidates: Vec<_> = may.map(|record| (record.id.as_str(), instructor.witness(&record.award))).collect();
            matched(&candidates).map(|ids| ids.into_iter().map(str::to_owned).collect())
        };
        Ok(instructors
            .into_iter()
            .map(|instructor| {
                let found = found(&instructor);
                (instructor, found)
            })
            .collect())
    }

    /// Matches anew what waits for a reviewer because the list had no such award: the list may have come since. Answers how many were matched.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn match_waiting_instructors(&self, now: Instant) -> Result<u64, ServiceError> {
        let mut count = 0;
        for record in self.registry.instructors_without_award(MOST_AT_ONCE).await? {
            let InstructorRecord { id, school, instructor, changed_at, .. } = record;
            for (_, found) in self.match_all(&school, vec![instructor]).await? {
                let Ok(awards) = found else { continue };
                match self.registry.settle_instructor((id, changed_at), &awards, now).await {
                    Ok(()) => count += 1,
                    // Its school changed it, or a reviewer decided, meanwhile.
                    Err(RegistryError::Instructor(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(count)
    }
}

/// Instructors that are matched anew in one round.
const MOST_AT_ONCE: u32 = 500;

/// An award in a few words: level, category, subject and work.
#[must_use]
pub fn award_words(achievement: &Achievement) -> (String, String) {
    let Achievement::Award { level, category, subject, work, .. } = achievement else { return (String::new(), String::new()) };
    let rest: Vec<&str> = [category, subject, work].into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let with = |level: &str| std::iter::once(level).chain(rest.iter().copied()).collect::<Vec<_>>().join(" · ");
    (with(level.zh()), with(level.en()))
}
