//! The audit trail as an administrator reads it: the latest first, filtered, with whether it is whole.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::claim::ClaimId;
use crate::domain::time::Instant;

use super::events::{self, Event};
use super::{Registry, RegistryError};

/// What is looked for: an entry must have all that is given.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Who.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// To what.
    pub subject: Option<String>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before this.
    pub until: Option<Instant>,
}

/// A page of the trail.
#[derive(Debug, Clone)]
pub struct TrailPage {
    /// Entries, the latest first.
    pub events: Vec<Event>,
    /// Of these, the ones that do not fit their digest or the entry before: changed, or something before them is gone.
    pub broken: Vec<i64>,
    /// The last entry's number by the trail's own count.
    pub last: i64,
    /// Whether there are as many entries as the count says, with nothing left out.
    pub is_gapless: bool,
}

impl Registry {
    /// Entries before the entry `before`, or the latest ones; each is held against its digest.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn trail(&self, filter: &TrailFilter, before: Option<i64>, limit: u32) -> Result<TrailPage, RegistryError> {
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        let mut conditions = Vec::new();
        for (value, condition) in
            [(before, "id < "), (filter.from.map(Instant::millis), "at >= "), (filter.until.map(Instant::millis), "at < ")]
        {
            if let Some(value) = value {
                numbers.push(value);
                conditions.push(format!("{condition}${}", numbers.len()));
            }
        }
        for (value, column) in [(&filter.actor, "actor"), (&filter.action, "action"), (&filter.subject, "subject")] {
            if let Some(value) = value {
                texts.push(value.clone());
                conditions.push(format!("{column} = ${}", numbers.len() + texts.len()));
            }
        }
        let conditions = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") };
        let sql = format!("SELECT {} FROM event WHERE {conditions} ORDER BY id DESC LIMIT {limit}", events::COLUMNS);
        let query = numbers.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, number| query.bind(number));
        let rows = texts.into_iter().fold(query, |query, text| query.bind(text)).fetch_all(&self.pool).await?;
        let found = rows.iter().map(events::read).collect::<Result<Vec<_>, _>>()?;
        let sql =
            "SELECT h.last_id, (SELECT COUNT(*) FROM event), (SELECT COALESCE(MAX(id), 0) FROM event) FROM event_head h WHERE h.id = 1";
        let head = sqlx::query(sql).fetch_one(&self.pool).await?;
        let (last, count, highest): (i64, i64, i64) = (head.try_get(0)?, head.try_get(1)?, head.try_get(2)?);
        let broken = self.misfits(&found).await?;
        let events = found.into_iter().map(|(event, _)| event).collect();
        Ok(TrailPage { events, broken, last, is_gapless: last == count && last == highest })
    }

    /// Of some entries those that do not fit.
    async fn misfits(&self, found: &[(Event, String)]) -> Result<Vec<i64>, RegistryError> {
        let Some((lowest, highest)) = found.last().zip(found.first()).map(|((last, _), (first, _))| (last.id, first.id)) else {
            return Ok(Vec::new());
        };
        // Neighbours lie beside each other unless the page is filtered; then each is asked for.
        let sparse = highest - lowest >= i64::try_from(found.len()).unwrap_or(i64::MAX);
        let mut digests = std::collections::HashMap::new();
        if sparse {
            for chunk in found.chunks(super::rows::ROWS) {
                let sql = format!("SELECT id, digest FROM event WHERE id IN {}", super::rows::placeholders(1, chunk.len(), 0));
                let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, (event, _)| query.bind(event.id - 1));
                for row in query.fetch_all(&self.pool).await? {
                    digests.insert(row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?);
                }
            }
        } else {
            let sql = "SELECT id, digest FROM event WHERE id >= $1 AND id < $2";
            for row in sqlx::query(sql).bind(lowest - 1).bind(highest).fetch_all(&self.pool).await? {
                digests.insert(row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?);
            }
        }
        let fits = |(event, recorded): &(Event, String)| {
            let before = if event.id == 1 { Some("") } else { digests.get(&(event.id - 1)).map(String::as_str) };
            before.is_some_and(|before| event.digest(before) == *recorded)
        };
        Ok(found.iter().filter(|entry| !fits(entry)).map(|(event, _)| event.id).collect())
    }

    /// Every entry about some subjects, in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn trail_about(&self, subjects: &[String]) -> Result<Vec<Event>, RegistryError> {
        self.trail_where(subjects, "").await
    }

    /// Every entry about some claims, in order. Other things are counted from 1 too, so it is the act that tells which are meant.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn trail_of_claims(&self, claims: &[ClaimId]) -> Result<Vec<Event>, RegistryError> {
        let subjects: Vec<String> = claims.iter().map(ToString::to_string).collect();
        self.trail_where(&subjects, "AND (action LIKE '% claim' OR action = 'claim contact')").await
    }

    async fn trail_where(&self, subjects: &[String], and: &str) -> Result<Vec<Event>, RegistryError> {
        let mut found = Vec::new();
        for chunk in subjects.chunks(super::rows::ROWS) {
            let places = super::rows::placeholders(1, chunk.len(), 0);
            let sql = format!("SELECT {} FROM event WHERE subject IN {places} {and}", events::COLUMNS);
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, subject| query.bind(subject.clone()));
            for row in query.fetch_all(&self.pool).await? {
                found.push(events::read(&row)?.0);
            }
        }
        found.sort_by_key(|event| event.id);
        Ok(found)
    }

    /// What was done, by the words that the trail has for it.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn trail_actions(&self) -> Result<Vec<String>, RegistryError> {
        // The index is walked from word to word, since there are few words and many entries.
        let sql = "SELECT MIN(action) FROM event WHERE action > $1";
        let mut actions: Vec<String> = Vec::new();
        loop {
            let after = actions.last().cloned().unwrap_or_default();
            let row = sqlx::query(sql).bind(after).fetch_one(&self.pool).await?;
            match row.try_get::<Option<String>, _>(0)? {
                Some(next) => actions.push(next),
                None => return Ok(actions),
            }
        }
    }

    /// The latest entry of an action.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn latest(&self, action: &str) -> Result<Option<Event>, RegistryError> {
        let sql = format!("SELECT {} FROM event WHERE action = $1 ORDER BY id DESC LIMIT 1", events::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(action.to_owned()).fetch_optional(&self.pool).await?;
        Ok(row.as_ref().map(events::read).transpose()?.map(|(event, _)| event))
    }
}
