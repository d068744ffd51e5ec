//! Contests and ability programmes: those of the configuration and those that are kept in the records are one.
//!
//! A contest in the records counts before one of the same id in the configuration. One of the configuration comes into the records when its
//! notice is published; before that, only its dates are known here.

use std::sync::{Arc, RwLock};

use crate::domain::eligibility::{NotYet, Publicity, certifiable};
use crate::domain::issuer::Slug;
use crate::domain::offer::OfferState;
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::{ContestRecord, OfferRecord, RegistryError};

use super::access::ContestMandate;
use super::{Service, ServiceError};

/// Contests and programmes as a process last learnt them.
#[derive(Debug)]
pub struct Known(RwLock<Arc<Vec<Programme>>>);

impl Known {
    /// Those of the configuration and of the records.
    pub(super) fn of(configured: &[Programme], recorded: Vec<ContestRecord>, offers: Vec<OfferRecord>) -> Self {
        Self(RwLock::new(Arc::new(together(configured, recorded, offers))))
    }
}

/// A contest of the records counts before one of the same id in the configuration. What the catalogue offers, or offered once, is a programme
/// too.
fn together(configured: &[Programme], recorded: Vec<ContestRecord>, offers: Vec<OfferRecord>) -> Vec<Programme> {
    let mut all = configured.to_vec();
    let offered = offers.into_iter().filter(|record| record.state != OfferState::Draft).map(|record| record.offer.programme);
    for programme in recorded.into_iter().map(|record| record.programme).chain(offered) {
        match all.iter_mut().find(|p| p.id == programme.id) {
            Some(known) => *known = programme,
            None => all.push(programme),
        }
    }
    all
}

/// Why a contest was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// No issuer of the configuration has that id.
    #[error("{contest}: issuer = \"{issuer}\" 不存在 / there is no such issuer")]
    Issuer {
        /// The contest.
        contest: Slug,
        /// The issuer that it names.
        issuer: Slug,
    },
    /// A new contest has the id of another one.
    #[error("标识 {0} 已有赛事使用 / there is a contest with the id {0}")]
    Exists(Slug),
    /// A rule of an offer names a contest that there is not.
    #[error("没有赛事 {0} / there is no contest {0}")]
    NoContest(Slug),
    /// None of the templates has that name.
    #[error("没有模板 {0} / there is no template {0}")]
    Template(Slug),
    /// An ability programme of the configuration has that id.
    #[error("标识 {0} 已用于岗位能力项目 / the id is taken by an ability programme")]
    Taken(Slug),
    /// Two contests would give the same numbers.
    #[error(
        "{contest} 的证书编号规则与 {other} 相同，请改用另一 series 或 pattern / its certificates would be numbered as those of {other}"
    )]
    Numbers {
        /// The contest.
        contest: Slug,
        /// The other programme.
        other: Slug,
    },
    /// The records do not allow it, or do not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for SaveError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Every contest and ability programme: those of the configuration in its order, as the records have them, then those that only the
    /// records have.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn programmes(&self) -> Result<Vec<Programme>, ServiceError> {
        Ok(together(&self.config.programmes, self.registry.contests().await?, self.registry.offers().await?))
    }

    /// The same as this process last learnt them: for what every question needs and nothing depends on.
    pub(super) fn known_programmes(&self) -> Arc<Vec<Programme>> {
        self.known.0.read().map_or_else(|poisoned| poisoned.into_inner().clone(), |known| known.clone())
    }

    /// Learns which contests there are now: those that another process recorded too.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn learn_programmes(&self) -> Result<(), ServiceError> {
        let all = Arc::new(self.programmes().await?);
        *self.known.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = all;
        Ok(())
    }

    /// The contests in the records, the latest notice first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn contests(&self) -> Result<Vec<ContestRecord>, ServiceError> {
        Ok(self.registry.contests().await?)
    }

    /// Records a contest that is not there yet, neither in the records nor in the configuration.
    ///
    /// # Errors
    /// [`SaveError`].
    pub async fn add_contest(&self, programme: &Programme, mandate: &ContestMandate, now: Instant) -> Result<(), SaveError> {
        if self.programmes().await?.iter().any(|p| p.id == programme.id && p.contest().is_some()) {
            return Err(SaveError::Exists(programme.id.clone()));
        }
        self.save_contest(programme, mandate, now).await
    }

    /// Records a contest or changes one, until its list is published.
    ///
    /// # Errors
    /// [`SaveError`].
    pub async fn save_contest(&self, programme: &Programme, mandate: &ContestMandate, now: Instant) -> Result<(), SaveError> {
        if !self.config.issuers.iter().any(|issuer| issuer.id == programme.issuer) {
            return Err(SaveError::Issuer { contest: programme.id.clone(), issuer: programme.issuer.clone() });
        }
        if !self.template_names().contains(&programme.template) {
            return Err(SaveError::Template(programme.template.clone()));
        }
        let all = self.programmes().await?;
        if all.iter().any(|p| p.id == programme.id && p.contest().is_none()) {
            return Err(SaveError::Taken(programme.id.clone()));
        }
        let same = |p: &&Programme| p.id != programme.id && p.pattern == programme.pattern && p.series == programme.series;
        if let Some(other) = all.iter().find(same) {
            return Err(SaveError::Numbers { contest: programme.id.clone(), other: other.id.clone() });
        }
        self.registry.save_contest(programme, mandate.actor(), now).await?;
        Ok(self.learn_programmes().await?)
    }

    /// Whether certificates of a programme may be made at `now`.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer; the answer itself says what to wait for.
    pub(super) async fn may_certify(&self, programme: &Programme, now: Instant) -> Result<Result<(), NotYet>, ServiceError> {
        let record = self.registry.contest(&programme.id).await?;
        let Some(record) = record else { return Ok(certifiable(programme, Publicity::Elsewhere, now)) };
        let list_objections = self.registry.open_list_objections(&programme.id).await?;
        Ok(certifiable(&record.programme, Publicity::Here { state: &record.state, list_objections }, now))
    }
}
