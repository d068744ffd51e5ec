//! Lists that partners' systems hand in, and claims as partners read them.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::api_key::ApiKeyId;
use crate::domain::award_list::AwardList;
use crate::domain::claim::{ClaimId, ClaimState};
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::issuing_job::{JobKind, NewJob, Queued};
use super::rows::{ROWS, Record, placeholders};
use super::{Registry, RegistryError};

/// A list to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewIssuance<'a> {
    /// Its id.
    pub id: &'a str,
    /// By whose key.
    pub key: &'a ApiKeyId,
    /// For whom.
    pub issuer: &'a Slug,
    /// Of which programme.
    pub programme: &'a Slug,
    /// A keyed hash of the caller's own name for the request.
    pub idempotency: &'a str,
    /// A keyed hash of the body.
    pub fingerprint: &'a str,
    /// When.
    pub at: Instant,
}

/// A list as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuanceRecord {
    /// Its id.
    pub id: String,
    /// For whom.
    pub issuer: Slug,
    /// Of which programme.
    pub programme: Slug,
    /// A keyed hash of the body.
    pub fingerprint: String,
    /// Awards that were not known before.
    pub fresh: u64,
    /// Awards that were.
    pub known: u64,
    /// The batch that was started for it, or was running.
    pub job: Option<i64>,
    /// When it came.
    pub created_at: Instant,
}

/// Where an award of a list stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedAward {
    /// Its place in the list, from 0.
    pub place: u64,
    /// Whether an objection holds it back, or has ended it.
    pub is_held: bool,
    /// The number and the state of its certificate, once one is reserved.
    pub certificate: Option<(CertificateNumber, String)>,
}

/// A claim as a partner reads it: nothing of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerClaim {
    /// Its number.
    pub id: ClaimId,
    /// What is claimed.
    pub offer: Slug,
    /// Where it is.
    pub state: ClaimState,
    /// When it came.
    pub submitted: Instant,
    /// When it came into its state.
    pub changed: Instant,
    /// Before when it is decided.
    pub due: Option<Instant>,
    /// The number of its certificate, once it is issued.
    pub number: Option<CertificateNumber>,
}

const COLUMNS: &str = "id, issuer, programme, fingerprint, fresh, known, job, created_at";

impl Registry {
    /// The list that a key handed in under a name of its own.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn issuance_named(&self, key: &ApiKeyId, idempotency: &str) -> Result<Option<IssuanceRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM issuance WHERE api_key = $1 AND idempotency = $2");
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(key.as_str().to_owned()).bind(idempotency.to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Records a list with its awards and queues a batch for it, in one commit. Of one name there is one list: whoever comes second gets the
    /// first one's.
    ///
    /// # Errors
    /// [`super::ContestError::ListFixed`] if the list of its contest was published; nothing is recorded then.
    pub async fn hand_in(&self, list: &AwardList, new: &NewIssuance<'_>) -> Result<IssuanceRecord, RegistryError> {
        let actor = format!("api-key {}", new.key);
        let mut tx = self.write().await?;
        self.lock_trail(&mut tx).await?;
        let sql = format!("SELECT {COLUMNS} FROM issuance WHERE api_key = $1 AND idempotency = $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(new.key.as_str().to_owned()).bind(new.idempotency.to_owned());
        if let Some(row) = query.fetch_optional(&mut *tx).await? {
            return read(&row);
        }
        let total = u64::try_from(list.awards.len()).unwrap_or(u64::MAX);
        // The very same list under another name brings nothing new.
        let fresh = self.import_in(&mut tx, list, None, new.at, &actor).await?.unwrap_or(0);
        let job = NewJob { programme: new.programme, kind: JobKind::Issue, occasion: None, actor: &actor, at: new.at };
        let job = match self.queue_job_in(&mut tx, &job).await? {
            Queued::New(job) | Queued::Running(job) => Some(job),
            Queued::Known => None,
        };
        self.append(&mut tx, new.at, &actor, "hand in", new.id, &format!("{}: {total} awards, {fresh} new", new.programme)).await?;
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let sql = "INSERT INTO issuance (id, api_key, issuer, programme, idempotency, fingerprint, list_id, fresh, known, job, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        sqlx::query(sql)
            .bind(new.id.to_owned())
            .bind(new.key.as_str().to_owned())
            .bind(new.issuer.as_str().to_owned())
            .bind(new.programme.as_str().to_owned())
            .bind(new.idempotency.to_owned())
            .bind(new.fingerprint.to_owned())
            .bind(list.source.to_string())
            .bind(count(fresh))
            .bind(count(total.saturating_sub(fresh)))
            .bind(job)
            .bind(new.at.millis())
            .execute(&mut *tx)
            .await?;
        let mut place = 0_i64;
        for chunk in list.awards.chunks(ROWS) {
            let sql = format!("INSERT INTO issuance_award (issuance, place, award) VALUES {}", placeholders(chunk.len(), 3, 0));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for award in chunk {
                query = query.bind(new.id.to_owned()).bind(place).bind(self.keys.award_id(award));
                place += 1;
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(IssuanceRecord {
            id: new.id.to_owned(),
            issuer: new.issuer.clone(),
            programme: new.programme.clone(),
            fingerprint: new.fingerprint.to_owned(),
            fresh,
            known: total.saturating_sub(fresh),
            job,
            created_at: new.at,
        })
    }

    /// A list of an issuer, with where each award stands.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn issuance(&self, issuer: &Slug, id: &str) -> Result<Option<(IssuanceRecord, Vec<IssuedAward>)>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM issuance WHERE id = $1 AND issuer = $2");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).bind(issuer.as_str().to_owned()).fetch_optional(&self.pool).await?;
        let Some(record) = row.as_ref().map(read).transpose()? else { return Ok(None) };
        let sql = "SELECT i.award, i.place, a.held, c.number, c.state FROM issuance_award i LEFT JOIN award a ON a.id = i.award \
                   LEFT JOIN correction k ON k.corrected_award = i.award AND a.id IS NULL \
                   LEFT JOIN certificate c ON c.number = COALESCE(a.certificate, k.successor) WHERE i.issuance = $1 ORDER BY i.place";
        let rows = sqlx::query(sql).bind(id.to_owned()).fetch_all(&self.pool).await?;
        let award = |row: &AnyRow| {
            let record = Record::new("issuance_award", row, "award")?;
            let number = record.optional("number", |t| t.parse().ok())?;
            let place = u64::try_from(record.get::<i64>("place")?).map_err(|_| record.inconsistent("place"))?;
            let state = record.get::<Option<String>>("state")?;
            Ok::<_, RegistryError>(IssuedAward {
                place,
                is_held: record.get::<Option<String>>("held")?.is_some(),
                certificate: number.zip(state),
            })
        };
        Ok(Some((record, rows.iter().map(award).collect::<Result<_, _>>()?)))
    }

    /// Programmes with lists since an instant of which awards have no certificate: how many awards, and when the last list came.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn unissued_issuances(&self, since: Instant) -> Result<Vec<(Slug, u64, Instant)>, RegistryError> {
        let sql = "SELECT n.programme, COUNT(*) AS n, MAX(n.created_at) AS last_at FROM issuance n JOIN issuance_award i ON i.issuance = n.id \
                   JOIN award a ON a.id = i.award WHERE n.created_at >= $1 AND a.certificate IS NULL AND a.held IS NULL \
                   GROUP BY n.programme ORDER BY n.programme";
        let rows = sqlx::query(sql).bind(since.millis()).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("issuance", row, "programme")?;
            let count = u64::try_from(record.get::<i64>("n")?).unwrap_or(0);
            Ok((record.parsed("programme", |t| t.parse().ok())?, count, record.instant("last_at")?))
        };
        rows.iter().map(read).collect()
    }

    /// Forgets under which names lists came before an instant. Answers how many.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn forget_issuance_names(&self, before: Instant) -> Result<u64, RegistryError> {
        let sql = "UPDATE issuance SET idempotency = NULL WHERE created_at < $1 AND idempotency IS NOT NULL";
        Ok(sqlx::query(sql).bind(before.millis()).execute(&self.pool).await?.rows_affected())
    }

    /// Claims of an issuer's offers in the order of their numbers, after one; or the one of that number alone.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn partner_claims(
        &self,
        issuer: &Slug,
        (offer, state): (Option<&Slug>, Option<ClaimState>),
        after: ClaimId,
        limit: u32,
    ) -> Result<Vec<PartnerClaim>, RegistryError> {
        let sql = "SELECT CAST(c.id AS TEXT) AS row_key, c.id, c.offer, c.state, c.submitted_at, c.changed_at, c.due_at, \
                   CASE WHEN c.state = 'issued' THEN (SELECT a.certificate FROM award a WHERE a.id = c.certified) END AS number \
                   FROM claim c JOIN offer o ON o.id = c.offer WHERE o.issuer = $1 AND c.id > $2 AND ($3 = '' OR c.offer = $3) \
                   AND ($4 = '' OR c.state = $4) ORDER BY c.id LIMIT $5";
        let rows = sqlx::query(sql)
            .bind(issuer.as_str().to_owned())
            .bind(after.0)
            .bind(offer.map_or_else(String::new, ToString::to_string))
            .bind(state.map_or("", ClaimState::code))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(claim).collect()
    }

    /// Claims that awards of a contest entitle to, in the order of their numbers, after one.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn contest_claims(&self, contest: &Slug, after: ClaimId, limit: u32) -> Result<Vec<PartnerClaim>, RegistryError> {
        let sql = "SELECT CAST(c.id AS TEXT) AS row_key, c.id, c.offer, c.state, c.submitted_at, c.changed_at, c.due_at, \
                   CASE WHEN c.state = 'issued' THEN (SELECT a.certificate FROM award a WHERE a.id = c.certified) END AS number \
                   FROM claim c JOIN award w ON w.id = c.award WHERE w.programme = $1 AND c.id > $2 ORDER BY c.id LIMIT $3";
        let query = sqlx::query(sql).bind(contest.as_str().to_owned()).bind(after.0).bind(i64::from(limit));
        query.fetch_all(&self.pool).await?.iter().map(claim).collect()
    }
}

fn claim(row: &AnyRow) -> Result<PartnerClaim, RegistryError> {
    let record = Record::new("claim", row, "row_key")?;
    let due = record.get::<Option<i64>>("due_at")?.map(|at| Instant::from_millis(at).map_err(|_| record.inconsistent("due_at")));
    Ok(PartnerClaim {
        id: ClaimId(record.get("id")?),
        offer: record.parsed("offer", |t| t.parse().ok())?,
        state: record.parsed("state", ClaimState::from_code)?,
        submitted: record.instant("submitted_at")?,
        changed: record.instant("changed_at")?,
        due: due.transpose()?,
        number: record.optional("number", |t| t.parse().ok())?,
    })
}

fn read(row: &AnyRow) -> Result<IssuanceRecord, RegistryError> {
    let record = Record::new("issuance", row, "id")?;
    let count = |column: &'static str| u64::try_from(record.get::<i64>(column)?).map_err(|_| record.inconsistent(column));
    Ok(IssuanceRecord {
        issuer: record.parsed("issuer", |t| t.parse().ok())?,
        programme: record.parsed("programme", |t| t.parse().ok())?,
        fingerprint: record.get("fingerprint")?,
        fresh: count("fresh")?,
        known: count("known")?,
        job: row.try_get("job")?,
        created_at: record.instant("created_at")?,
        id: record.key.clone(),
    })
}
