//! What the desk shows at a glance.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::eligibility::NotYet;
use crate::domain::issuer::Issuer;
use crate::domain::programme::Programme;
use crate::domain::proofing::CaseKind;
use crate::domain::time::Instant;
use crate::registry::{Chores, ContestRecord, JobRecord, ProgrammeCounts};
use crate::service::access::Staff;
use crate::service::{Service, ServiceError};

use super::Mandate;

/// Tries after which a message counts as one that does not go out.
const STUCK: u32 = 3;

/// Batches that are listed.
const BATCHES: u32 = 20;

/// A programme as the issuers see it.
#[derive(Debug, Clone)]
pub struct ProgrammeStanding {
    /// The programme.
    pub programme: Programme,
    /// Its awards and certificates.
    pub counts: ProgrammeCounts,
    /// Why nothing of it may be certified yet.
    pub not_yet: Option<NotYet>,
}

/// What the first page of the staff shows; each part is there for whoever's office it is.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Every programme.
    pub programmes: Vec<ProgrammeStanding>,
    /// Contests that are kept here.
    pub contests: Vec<ContestRecord>,
    /// The last batches.
    pub batches: Vec<JobRecord>,
    /// Objections that are not decided.
    pub objections: Chores,
    /// Cases that wait for a reviewer.
    pub reviews: Chores,
    /// Those that wait for one of the centre.
    pub centre_reviews: Chores,
    /// Claims that wait for one of the centre.
    pub claims: Chores,
    /// Doubtful matches of awards and accounts.
    pub matches: Chores,
    /// Accounts that ask to move to a new telephone.
    pub moves: Chores,
    /// Mistakes that holders reported.
    pub reports: Chores,
    /// Messages that do not go out.
    pub messages: Chores,
    /// Endpoints of issuers' systems that stopped by themselves.
    pub stopped_webhooks: Chores,
    /// Members of the staff without a second factor.
    pub without_second_factor: Chores,
    /// Until when the certificates are valid that issuers sign with, where this process has them.
    pub signing_until: Vec<(Issuer, Instant)>,
}

impl Service {
    /// What waits, for the first page of the staff.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn overview(&self, _: &Staff, now: Instant) -> Result<Overview, ServiceError> {
        let (programmes, contests, batches) = tokio::try_join!(self.standings(now), self.contests(), self.recent())?;
        Ok(Overview {
            programmes,
            contests,
            batches,
            objections: self.registry.open_objections().await?,
            reviews: self.registry.cases_to_review(CaseKind::OF_COMMITTEE).await?,
            centre_reviews: self.registry.cases_to_review(CaseKind::OF_CENTRE).await?,
            claims: self.registry.claims_to_review().await?,
            matches: self.registry.waiting_matches().await?,
            moves: self.registry.waiting_moves().await?,
            reports: self.registry.waiting_reports().await?,
            messages: self.registry.stuck_messages(STUCK, now).await?,
            stopped_webhooks: self.registry.stopped_webhooks().await?,
            without_second_factor: self.registry.staff_without_second_factor().await?,
            signing_until: self.room.as_ref().map(|room| room.valid_until()).unwrap_or_default(),
        })
    }

    /// Every programme with its counts, and the last batches.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn issuing(&self, _: &Mandate, now: Instant) -> Result<(Vec<ProgrammeStanding>, Vec<JobRecord>), ServiceError> {
        tokio::try_join!(self.standings(now), self.recent())
    }

    /// The names of the people behind accounts that acted, by the accounts' own names.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn actors<'a>(&self, _: &Staff, ids: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<String, String>, ServiceError> {
        let ids: BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
        let names = self.registry.account_names(&ids).await?;
        Ok(names.into_iter().map(|(id, name)| (id, name.as_str().to_owned())).collect())
    }

    async fn recent(&self) -> Result<Vec<JobRecord>, ServiceError> {
        Ok(self.registry.jobs(BATCHES).await?)
    }

    async fn standings(&self, now: Instant) -> Result<Vec<ProgrammeStanding>, ServiceError> {
        let counts = self.registry.programme_counts().await?;
        let mut all = Vec::new();
        for programme in self.programmes().await? {
            let not_yet = self.may_certify(&programme, now).await?.err();
            all.push(ProgrammeStanding { counts: counts.get(&programme.id).copied().unwrap_or_default(), programme, not_yet });
        }
        Ok(all)
    }
}
