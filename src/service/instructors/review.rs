//! What is in doubt: a reviewer decides which awards are an instructor's.

use crate::domain::instructor::Witness;
use crate::domain::proofing::MAX_REASON_TEXT;
use crate::domain::text::{fold_search, tidy};
use crate::domain::time::Instant;
use crate::registry::{AwardRecord, InstructorError, InstructorRecord, WaitingInstructor};
use crate::service::access::Reviewer;
use crate::service::{Service, ServiceError};

use super::EntryError;

/// Instructors that the page of the queue lists.
const LISTED: u32 = 50;

/// An award that may be an instructor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The award.
    pub record: AwardRecord,
    /// What its telephone and document say.
    pub witness: Witness,
    /// Whether the list has the same name.
    pub same_name: bool,
    /// Whether the list has the same school.
    pub same_school: bool,
}

/// An instructor before a reviewer, with the awards that may be theirs, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The instructor.
    pub record: InstructorRecord,
    /// The awards.
    pub candidates: Vec<Candidate>,
}

impl Service {
    /// How many instructors wait for a reviewer, and the first of them; nothing private is in it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn doubtful_instructors(&self, _reviewer: &Reviewer) -> Result<(u64, Vec<WaitingInstructor>), ServiceError> {
        Ok(self.registry.waiting_instructors(LISTED).await?)
    }

    /// An instructor with the awards of the contest that have the same name at the school, or the same name, telephone or document anywhere.
    /// The audit trail says that it was read.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn consider_instructor(&self, reviewer: &Reviewer, id: i64, now: Instant) -> Result<Considered, EntryError> {
        let record = self.registry.read_instructor_for(id, reviewer.visitor().id(), now).await?;
        let instructor = &record.instructor;
        let mut awards = self.registry.instructor_awards(&instructor.contest, &record.school).await?;
        awards.retain(|award| instructor.may_hold(&record.school, &award.award));
        for other in self.registry.namesakes(instructor).await? {
            if !awards.iter().any(|award| award.id == other.id) {
                awards.push(other);
            }
        }
        let candidate = |award: AwardRecord| Candidate {
            witness: instructor.witness(&award.award),
            same_name: award.award.holder.name.search_key() == instructor.name.search_key(),
            same_school: fold_search(&award.award.holder.school) == fold_search(&record.school),
            record: award,
        };
        let mut candidates: Vec<Candidate> = awards.into_iter().map(candidate).collect();
        candidates.sort_by_key(|c| std::cmp::Reverse((c.same_name && c.same_school, c.witness, c.same_name)));
        Ok(Considered { record, candidates })
    }

    /// Decides which of the awards are the instructor's; none says that no award is. `seen` is when the reviewer's page had it changed last.
    ///
    /// # Errors
    /// [`EntryError`]; an award that is none of its candidates counts as decided meanwhile.
    pub async fn decide_instructor(
        &self,
        reviewer: &Reviewer,
        (id, seen): (i64, Instant),
        awards: &[String],
        note: &str,
        now: Instant,
    ) -> Result<(), EntryError> {
        let considered = self.consider_instructor(reviewer, id, now).await?;
        let known = |award: &String| considered.candidates.iter().any(|candidate| candidate.record.id == *award);
        if !awards.iter().all(known) {
            return Err(InstructorError::Decided.into());
        }
        let note: String = tidy(note).chars().filter(|c| !c.is_control()).take(MAX_REASON_TEXT).collect();
        Ok(self.registry.decide_instructor((id, seen), reviewer.visitor().id(), awards, &note, now).await?)
    }
}
