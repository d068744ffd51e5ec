//! The catalogue of ability certificates.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::award::{AbilityLevel, Achievement};
use crate::domain::issuer::Slug;
use crate::domain::money::Fen;
use crate::domain::offer::{Offer, OfferState, read_rules, write_rules};
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::time::{Instant, Period};

use super::rows::Record;
use super::{ClaimError, Registry, RegistryError};

/// An offer as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRecord {
    /// What is offered.
    pub offer: Offer,
    /// Where it is in its life.
    pub state: OfferState,
    /// When it was last changed.
    pub changed_at: Instant,
}

const COLUMNS: &str = "id, issuer, template, pattern, series, name, name_en, short_name, title, level, fee, opens_at, closes_at, rules, \
                       state, changed_at";

impl Registry {
    /// Every offer, in the order of their titles.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn offers(&self) -> Result<Vec<OfferRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM offer ORDER BY title, level, id");
        sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// The offer with this id.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn offer(&self, id: &Slug) -> Result<Option<OfferRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM offer WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str().to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Records an offer, or what was changed of it.
    ///
    /// # Errors
    /// [`ClaimError::OfferFixed`] where more than period and rules of one that was published would change.
    pub async fn save_offer(&self, offer: &Offer, actor: &str, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        let programme = &offer.programme;
        self.append(&mut tx, at, actor, "save offer", programme.id.as_str(), "").await?;
        let sql = format!("SELECT {COLUMNS} FROM offer WHERE id = $1");
        let before = sqlx::query(AssertSqlSafe(sql)).bind(programme.id.as_str().to_owned()).fetch_optional(&mut *tx).await?;
        if let Some(before) = before.as_ref().map(read).transpose()? {
            let moved = Offer { period: offer.period, rules: offer.rules.clone(), ..before.offer };
            if before.state != OfferState::Draft && moved != *offer {
                return Err(ClaimError::OfferFixed(programme.id.clone()).into());
            }
        }
        let sql = "INSERT INTO offer (id, issuer, template, pattern, series, name, name_en, short_name, title, level, fee, opens_at, \
                   closes_at, rules, state, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'draft', $15) \
                   ON CONFLICT (id) DO UPDATE SET issuer = excluded.issuer, template = excluded.template, pattern = excluded.pattern, \
                   series = excluded.series, name = excluded.name, name_en = excluded.name_en, short_name = excluded.short_name, \
                   title = excluded.title, level = excluded.level, fee = excluded.fee, opens_at = excluded.opens_at, \
                   closes_at = excluded.closes_at, rules = excluded.rules, changed_at = excluded.changed_at";
        sqlx::query(sql)
            .bind(programme.id.as_str().to_owned())
            .bind(programme.issuer.as_str().to_owned())
            .bind(programme.template.as_str().to_owned())
            .bind(programme.pattern.to_string())
            .bind(i64::from(programme.series))
            .bind(programme.name.clone())
            .bind(programme.name_en.clone())
            .bind(programme.short_name.clone())
            .bind(offer.title.clone())
            .bind(offer.level.code())
            .bind(offer.fee.get())
            .bind(offer.period.start().millis())
            .bind(offer.period.end().millis())
            .bind(write_rules(&offer.rules))
            .bind(at.millis())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Opens an offer to holders, or takes it off the list; what was claimed goes on.
    ///
    /// # Errors
    /// [`ClaimError::NoOffer`].
    pub async fn set_offer_state(&self, id: &Slug, state: OfferState, actor: &str, at: Instant) -> Result<(), RegistryError> {
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "offer state", id.as_str(), state.code()).await?;
        let sql = "UPDATE offer SET state = $1, changed_at = $2 WHERE id = $3";
        let done = sqlx::query(sql).bind(state.code()).bind(at.millis()).bind(id.as_str().to_owned()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Err(ClaimError::NoOffer(id.clone()).into());
        }
        tx.commit().await?;
        Ok(())
    }

    /// What the awards of a contest are for, in the order of import after `after_seq`: place, achievement. Withdrawn ones are left out.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn achievements_of(&self, contest: &Slug, after_seq: i64, limit: u32) -> Result<Vec<(i64, Achievement)>, RegistryError> {
        let sql = "SELECT id, seq, achievement FROM award WHERE programme = $1 AND seq > $2 AND (held IS NULL OR held <> 'withdrawn') \
                   ORDER BY seq LIMIT $3";
        let rows = sqlx::query(sql).bind(contest.as_str().to_owned()).bind(after_seq).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("award", row, "id")?;
            let achievement = Achievement::from_bytes(&record.get::<Vec<u8>>("achievement")?);
            Ok((record.get("seq")?, achievement.map_err(|_| record.inconsistent("achievement"))?))
        };
        rows.iter().map(read).collect()
    }

    /// How many claims of an offer are in each state.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claims_by_state(&self, offer: &Slug) -> Result<Vec<(crate::domain::claim::ClaimState, u64)>, RegistryError> {
        let sql = "SELECT state, COUNT(*) AS n FROM claim WHERE offer = $1 GROUP BY state ORDER BY state";
        let rows = sqlx::query(sql).bind(offer.as_str().to_owned()).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("claim", row, "state")?;
            let state = record.parsed("state", crate::domain::claim::ClaimState::from_code)?;
            Ok((state, u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0)))
        };
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<OfferRecord, RegistryError> {
    let record = Record::new("offer", row, "id")?;
    let programme = Programme {
        id: record.parsed("id", |t| t.parse().ok())?,
        issuer: record.parsed("issuer", |t| t.parse().ok())?,
        template: record.parsed("template", |t| t.parse().ok())?,
        pattern: record.parsed("pattern", |t| t.parse().ok())?,
        series: u32::try_from(record.get::<i64>("series")?).map_err(|_| record.inconsistent("series"))?,
        name: record.get("name")?,
        name_en: record.get("name_en")?,
        short_name: record.get("short_name")?,
        kind: ProgrammeKind::Ability,
    };
    let period = Period::new(record.instant("opens_at")?, record.instant("closes_at")?).map_err(|_| record.inconsistent("closes_at"))?;
    Ok(OfferRecord {
        offer: Offer {
            programme,
            title: record.get("title")?,
            level: record.parsed("level", AbilityLevel::from_code)?,
            fee: Fen::new(record.get("fee")?).map_err(|_| record.inconsistent("fee"))?,
            period,
            rules: record.parsed("rules", read_rules)?,
        },
        state: record.parsed("state", OfferState::from_code)?,
        changed_at: record.instant("changed_at")?,
    })
}
