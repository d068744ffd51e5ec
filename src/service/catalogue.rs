//! The catalogue of ability certificates: what the staff offer, and which awards of the real lists entitle to it.

use crate::domain::claim::ClaimState;
use crate::domain::issuer::Slug;
use crate::domain::offer::{Offer, OfferState, Rule};
use crate::domain::time::Instant;
use crate::registry::OfferRecord;

use super::access::ContestMandate;
use super::contests::SaveError;
use super::{Service, ServiceError};

/// Awards read at once.
const PAGE: u32 = 2_000;

/// An offer with what it comes to.
#[derive(Debug, Clone)]
pub struct OfferOverview {
    /// The offer.
    pub record: OfferRecord,
    /// How many awards each of its rules fits.
    pub by_rule: Vec<u64>,
    /// How many awards entitle to it: one that two rules fit counts once.
    pub awards: u64,
    /// How many claims are in each state.
    pub claims: Vec<(ClaimState, u64)>,
}

impl Service {
    /// Every offer.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn catalogue(&self, _: &ContestMandate) -> Result<Vec<OfferRecord>, ServiceError> {
        Ok(self.registry.offers().await?)
    }

    /// One offer, its rules tried on the lists that are there.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn offer_overview(&self, _: &ContestMandate, id: &Slug) -> Result<Option<OfferOverview>, ServiceError> {
        let Some(record) = self.registry.offer(id).await? else { return Ok(None) };
        let (by_rule, awards) = self.entitled(&record.offer.rules).await?;
        let claims = self.registry.claims_by_state(id).await?;
        Ok(Some(OfferOverview { record, by_rule, awards, claims }))
    }

    /// How many awards each rule fits, and how many any of them does.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn entitled(&self, rules: &[Rule]) -> Result<(Vec<u64>, u64), ServiceError> {
        let (mut by_rule, mut any) = (vec![0; rules.len()], 0);
        let mut contests: Vec<&Slug> = rules.iter().map(|rule| &rule.contest).collect();
        contests.sort_unstable_by_key(|contest| contest.as_str());
        contests.dedup();
        for contest in contests {
            let mut after = 0;
            loop {
                let page = self.registry.achievements_of(contest, after, PAGE).await?;
                let Some((last, _)) = page.last() else { break };
                after = *last;
                for (_, achievement) in &page {
                    let mut fits = false;
                    for (count, _) in
                        by_rule.iter_mut().zip(rules).filter(|(_, r)| r.contest == *contest && r.fits_achievement(achievement))
                    {
                        *count += 1;
                        fits = true;
                    }
                    any += u64::from(fits);
                }
            }
        }
        Ok((by_rule, any))
    }

    /// Records an offer, or what was changed of it.
    ///
    /// # Errors
    /// [`SaveError`].
    pub async fn save_offer(&self, offer: &Offer, mandate: &ContestMandate, now: Instant) -> Result<(), SaveError> {
        let programme = &offer.programme;
        if !self.config.issuers.iter().any(|issuer| issuer.id == programme.issuer) {
            return Err(SaveError::Issuer { contest: programme.id.clone(), issuer: programme.issuer.clone() });
        }
        if !self.template_names().contains(&programme.template) {
            return Err(SaveError::Template(programme.template.clone()));
        }
        let (all, offers) = (self.programmes().await?, self.registry.offers().await?);
        let is_offer = |id: &Slug| offers.iter().any(|record| record.offer.programme.id == *id);
        if !is_offer(&programme.id) && all.iter().any(|p| p.id == programme.id) {
            return Err(SaveError::Exists(programme.id.clone()));
        }
        if let Some(rule) = offer.rules.iter().find(|rule| !all.iter().any(|p| p.id == rule.contest && p.contest().is_some())) {
            return Err(SaveError::NoContest(rule.contest.clone()));
        }
        let drafts = offers.iter().map(|record| &record.offer.programme);
        let numbers = |p: &&crate::domain::programme::Programme| {
            p.id != programme.id && p.pattern == programme.pattern && p.series == programme.series
        };
        if let Some(other) = all.iter().chain(drafts).find(numbers) {
            return Err(SaveError::Numbers { contest: programme.id.clone(), other: other.id.clone() });
        }
        self.registry.save_offer(offer, mandate.actor(), now).await?;
        Ok(self.learn_programmes().await?)
    }

    /// Records an offer that is not there yet.
    ///
    /// # Errors
    /// [`SaveError`].
    pub async fn add_offer(&self, offer: &Offer, mandate: &ContestMandate, now: Instant) -> Result<(), SaveError> {
        if self.registry.offer(&offer.programme.id).await?.is_some() {
            return Err(SaveError::Exists(offer.programme.id.clone()));
        }
        self.save_offer(offer, mandate, now).await
    }

    /// Opens an offer to holders, or takes it off the list.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn set_offer_state(&self, id: &Slug, state: OfferState, mandate: &ContestMandate, now: Instant) -> Result<(), ServiceError> {
        self.registry.set_offer_state(id, state, mandate.actor(), now).await?;
        self.learn_programmes().await
    }
}
