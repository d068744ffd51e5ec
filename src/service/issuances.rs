//! Partners' systems hand in lists as JSON. They are read by the reader of award lists, recorded as lists, and issued by a batch.

use crate::domain::api_key::{ApiKey, Scope};
use crate::domain::award::CertificateKind;
use crate::domain::claim::{ClaimId, ClaimState};
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::time::Instant;
use crate::registry::{ContestError, IssuanceRecord, IssuedAward, JobKind, JobRecord, NewIssuance, NewJob, PartnerClaim, RegistryError};

use super::award_list::grid::{Cell, Grid, Row, Sheet, Value};
use super::award_list::{Column, Fault, Place, Problem, ReadList, Rejection, Words};
use super::import::{ListFile, read_grid};
use super::{Service, ServiceError};

/// Awards of one list, at most.
pub const MOST: usize = 1_000;
/// For how long a request's own name is kept, in milliseconds: seven days. So long a list waits for its programme to be due, too.
pub const KEPT: i64 = 7 * 86_400_000;

/// An award as a partner sends it.
#[derive(Clone, Default)]
pub struct SentAward {
    /// What each field says.
    pub cells: Vec<(Column, String)>,
    /// The picture.
    pub portrait: Option<Vec<u8>>,
}

/// A list as a partner sends it.
pub struct SentList<'a> {
    /// Whose key.
    pub key: &'a ApiKey,
    /// The programme that was named.
    pub programme: &'a str,
    /// The awards.
    pub awards: Vec<SentAward>,
    /// The partner's own name for the request.
    pub name: &'a str,
    /// The whole body, which is what a name stands for.
    pub body: &'a [u8],
}

/// What is wrong with an award of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentProblem {
    /// Which, from 0; none if it is about the list.
    pub index: Option<u32>,
    /// In which field.
    pub field: Option<Column>,
    /// A stable name.
    pub code: &'static str,
    /// What.
    pub words: Words,
}

/// Why a list was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// The key's issuer has no such programme.
    #[error("该颁发机构没有这个赛事或项目 / the issuer has no such programme")]
    Programme,
    /// The list has problems.
    #[error("名单有问题，未记录任何内容 / the list has problems; nothing was recorded")]
    Refused(Vec<SentProblem>),
    /// Another list came under the name.
    #[error("此 Idempotency-Key 已用于另一内容 / another body came with this Idempotency-Key")]
    Reused,
    /// The list of the contest is fixed.
    #[error(transparent)]
    Contest(#[from] ContestError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for HandInError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Contest(error) => Self::Contest(error),
            error => Self::Service(error.into()),
        }
    }
}

/// A list and how far it is.
#[derive(Debug, Clone)]
pub struct IssuanceProgress {
    /// The list.
    pub record: IssuanceRecord,
    /// Where each award stands.
    pub awards: Vec<IssuedAward>,
    /// The last batch that was for it.
    pub job: Option<JobRecord>,
}

impl Service {
    /// Takes a list in. The same body under the same name is taken once, and answered alike.
    ///
    /// # Errors
    /// [`HandInError`].
    pub async fn take_issuance(&self, sent: SentList<'_>, random: [u8; 8], now: Instant) -> Result<IssuanceRecord, HandInError> {
        let issuer = sent.key.scopes.issuer_for(Scope::Issue).ok_or(HandInError::Programme)?;
        let keys = self.registry.keys();
        let idempotency = keys.secret_hash("idempotency key", &[sent.name.as_bytes()]);
        let fingerprint = keys.secret_hash("issuance", &[sent.body]);
        let same = |record: IssuanceRecord| if record.fingerprint == fingerprint { Ok(record) } else { Err(HandInError::Reused) };
        if let Some(record) = self.registry.issuance_named(&sent.key.id, &idempotency).await? {
            return same(record);
        }
        let programmes = self.programmes().await?;
        let programme = programmes.iter().find(|p| p.id.as_str() == sent.programme && p.issuer == *issuer).ok_or(HandInError::Programme)?;
        // Not a plain digest: the list has identity numbers in it, and little else.
        let source: Digest = fingerprint.parse().map_err(|_| ServiceError::Clock)?;
        let id = format!("is{}", crate::domain::digest::hexadecimal(&random));
        let (theirs, awards, name) = (programme.clone(), sent.awards, format!("{id}.json"));
        let read = tokio::task::spawn_blocking(move || read(&theirs, &awards, &name, source)).await.map_err(ServiceError::from)?;
        let ReadList { list, portraits, .. } = read.map_err(HandInError::Refused)?;
        self.vault.put_many(portraits).await.map_err(ServiceError::from)?;
        self.vault.barrier().await.map_err(ServiceError::from)?;
        let new = NewIssuance {
            id: &id,
            key: &sent.key.id,
            issuer,
            programme: &programme.id,
            idempotency: &idempotency,
            fingerprint: &fingerprint,
            at: now,
        };
        same(self.registry.hand_in(&list, &new).await?)
    }

    /// A list of an issuer, and how far it is.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn issuance(&self, issuer: &Slug, id: &str) -> Result<Option<IssuanceProgress>, ServiceError> {
        let Some((record, awards)) = self.registry.issuance(issuer, id).await? else { return Ok(None) };
        let job = match record.job {
            Some(job) => self.registry.job(job).await?,
            None => None,
        };
        Ok(Some(IssuanceProgress { record, awards, job }))
    }

    /// Starts a batch for each programme with lists of partners that no batch has taken: those that came while one ran, or before the
    /// programme was due. Each set of lists is started once. Answers how many were started.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn issue_handed_in(&self, now: Instant) -> Result<u64, ServiceError> {
        let mut started = 0;
        for (id, awards, last) in self.registry.unissued_issuances(now.plus_millis(-KEPT)).await? {
            let Some(programme) = self.programmes().await?.into_iter().find(|p| p.id == id) else { continue };
            if self.registry.has_open_job(&id).await? || self.may_certify(&programme, now).await?.is_err() {
                continue;
            }
            let occasion = format!("handed in of {id}: {awards} to {}", last.millis());
            let job = NewJob { programme: &id, kind: JobKind::Issue, occasion: Some(&occasion), actor: "api", at: now };
            started += u64::from(matches!(self.registry.queue_job(&job).await?, crate::registry::Queued::New(_)));
        }
        Ok(started)
    }

    /// Forgets under which names lists came more than [`KEPT`] ago. Answers how many.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn sweep_issuances(&self, now: Instant) -> Result<u64, ServiceError> {
        Ok(self.registry.forget_issuance_names(now.plus_millis(-KEPT)).await?)
    }

    /// Claims of an issuer's offers after one; one more than the limit says that there are more.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn partner_claims(
        &self,
        issuer: &Slug,
        filter: (Option<&Slug>, Option<ClaimState>),
        after: ClaimId,
        limit: u32,
    ) -> Result<Vec<PartnerClaim>, ServiceError> {
        Ok(self.registry.partner_claims(issuer, filter, after, limit.saturating_add(1)).await?)
    }

    /// One claim of an issuer's offers.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn partner_claim(&self, issuer: &Slug, id: ClaimId) -> Result<Option<PartnerClaim>, ServiceError> {
        let before = ClaimId(id.0.saturating_sub(1));
        let found = self.registry.partner_claims(issuer, (None, None), before, 1).await?;
        Ok(found.into_iter().find(|claim| claim.id == id))
    }
}

const OF_AWARDS: [Column; 14] = [
    Column::Name,
    Column::DocumentKind,
    Column::DocumentNumber,
    Column::Telephone,
    Column::School,
    Column::Category,
    Column::Subject,
    Column::Work,
    Column::Team,
    Column::Award,
    Column::Role,
    Column::CoCreators,
    Column::Instructors,
    Column::Portrait,
];
const OF_ABILITIES: [Column; 8] = [
    Column::Name,
    Column::DocumentKind,
    Column::DocumentNumber,
    Column::Telephone,
    Column::School,
    Column::Title,
    Column::Level,
    Column::Portrait,
];

/// The fields of a kind's lists.
#[must_use]
pub fn fields(kind: CertificateKind) -> &'static [Column] {
    match kind {
        CertificateKind::Award => &OF_AWARDS,
        CertificateKind::Ability => &OF_ABILITIES,
    }
}

/// Reads the awards as a list with a row for each: award 0 is row 1, and the titles are before it.
fn read(programme: &Programme, awards: &[SentAward], name: &str, source: Digest) -> Result<ReadList, Vec<SentProblem>> {
    let kind = match programme.kind {
        ProgrammeKind::Contest(_) => CertificateKind::Award,
        ProgrammeKind::Ability => CertificateKind::Ability,
    };
    let columns = fields(kind);
    let strange = |(index, award): (u32, &SentAward)| {
        let foreign = award.cells.iter().filter(|(column, text)| !columns.contains(column) && !text.trim().is_empty());
        foreign
            .map(|(column, _)| SentProblem {
                index: Some(index),
                field: Some(*column),
                code: "not-of-this-kind",
                words: Words {
                    zh: "该项目的名单没有这一项".to_owned(), en: "lists of this programme have no such field".to_owned()
                },
            })
            .collect::<Vec<_>>()
    };
    let mut problems: Vec<SentProblem> = (0..).zip(awards).flat_map(strange).collect();
    let title = |(at, column): (u32, &Column)| Cell { column: at, value: Value::Text(column.zh().to_owned()) };
    let mut rows = vec![Row { number: 0, hidden: false, cells: (0..).zip(columns).map(title).collect() }];
    for (number, award) in (1..).zip(awards) {
        let text = |column: &Column| match column {
            // A name of its own for each picture.
            Column::Portrait => award.portrait.as_ref().map(|_| number.to_string()),
            _ => award.cells.iter().find(|(of, _)| of == column).map(|(_, text)| text.clone()),
        };
        let cell = |(at, column): (u32, &Column)| {
            text(column).filter(|text| !text.trim().is_empty()).map(|text| Cell { column: at, value: Value::Text(text) })
        };
        let cells: Vec<Cell> = (0..).zip(columns).filter_map(cell).collect();
        // A row without any cell is no row of a list: it would be passed over.
        if cells.is_empty() {
            let words = Words { zh: "没有内容".to_owned(), en: "it is empty".to_owned() };
            problems.push(SentProblem { index: Some(number - 1), field: None, code: "blank", words });
        } else {
            rows.push(Row { number, hidden: false, cells });
        }
    }
    let grid = Grid { sheets: vec![Sheet { rows, ..Sheet::default() }] };
    let portrait = |name: &str| awards.get(name.parse::<usize>().ok()?.checked_sub(1)?)?.portrait.clone();
    let file = ListFile { name, bytes: &[], programme: Some(&programme.id), portraits: &portrait };
    match read_grid(std::slice::from_ref(programme), &file, grid, source) {
        Ok(list) if problems.is_empty() => Ok(list),
        Ok(_) => Err(problems),
        Err(Rejection { problems: found, .. }) => {
            problems.extend(found.iter().map(told));
            problems.sort_by_key(|problem| problem.index);
            Err(problems)
        }
    }
}

fn told(problem: &Problem) -> SentProblem {
    let Place { row, column, .. } = &problem.place;
    let code = match &problem.fault {
        // What a list lacks as a whole.
        Fault::NoRows | Fault::NoTitles(_) => "empty",
        fault => fault.code(),
    };
    SentProblem {
        index: row.and_then(|row| row.checked_sub(1)),
        field: column.as_ref().and_then(|(_, column)| *column),
        code,
        words: problem.fault.message(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_kind_and_a_name() {
        for kind in [CertificateKind::Award, CertificateKind::Ability] {
            let needed = super::super::award_list::columns::required(kind);
            assert!(needed.iter().all(|column| fields(kind).contains(column)));
        }
    }
}
