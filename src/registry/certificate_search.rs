//! Certificates as the staff search them: by any field, private ones by their keyed hashes.

use sqlx::{AssertSqlSafe, Row as _};

use crate::domain::certificate::Certificate;
use crate::domain::claims::Claims;
use crate::domain::identity::IdentityDocument;
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::certificates::{COLUMNS, read};
use super::rows::Record;
use super::{Registry, RegistryError};

/// The states that a search tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFilter {
    /// Its file is not made yet.
    Reserved,
    /// It stands.
    Valid,
    /// It was taken back.
    Revoked,
    /// Another one replaces it.
    Corrected,
}

impl StateFilter {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Valid, Self::Corrected, Self::Revoked, Self::Reserved];

    /// The name in records and forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Valid => "valid",
            Self::Revoked => "revoked",
            Self::Corrected => "corrected",
        }
    }

    /// The inverse of [`StateFilter::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What is searched: a certificate must have all that is given.
#[derive(Debug, Clone, Default)]
pub struct CertificateFilter {
    /// The beginning of its number.
    pub number: Option<String>,
    /// A part of the holder's name, as certified at first or as corrected.
    pub holder: Option<String>,
    /// A part of the school.
    pub school: Option<String>,
    /// The holder's identity document.
    pub document: Option<IdentityDocument>,
    /// The telephone of the award.
    pub telephone: Option<Telephone>,
    /// The programme.
    pub programme: Option<Slug>,
    /// The state.
    pub state: Option<StateFilter>,
}

impl CertificateFilter {
    /// The names of what is given, for the audit trail: nothing that was typed.
    #[must_use]
    pub fn fields(&self) -> String {
        let given = [
            ("number", self.number.is_some()),
            ("holder", self.holder.is_some()),
            ("school", self.school.is_some()),
            ("identity", self.document.is_some()),
            ("telephone", self.telephone.is_some()),
            ("programme", self.programme.is_some()),
            ("state", self.state.is_some()),
        ];
        given.into_iter().filter_map(|(name, is)| is.then_some(name)).collect::<Vec<_>>().join(", ")
    }
}

/// Corrections that get their names at once.
const AT_ONCE: i64 = 500;

/// A pattern for `LIKE … ESCAPE '!'` that finds a text anywhere.
fn anywhere(text: &str) -> String {
    format!("%{}%", escaped(text))
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '!' | '%' | '_').then_some('!').into_iter().chain([c])).collect()
}

impl Registry {
    /// Certificates in the order of their numbers, after `after`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn search_certificates(
        &self,
        filter: &CertificateFilter,
        after: Option<&CertificateNumber>,
        limit: u32,
    ) -> Result<Vec<Certificate>, RegistryError> {
        if filter.holder.is_some() || filter.school.is_some() {
            self.name_corrections().await?;
        }
        let mut texts: Vec<String> = Vec::new();
        let mut conditions: Vec<String> = Vec::new();
        let mut given = |text: Option<String>, condition: &dyn Fn(String) -> String| {
            if let Some(text) = text {
                texts.push(text);
                conditions.push(condition(format!("${}", texts.len())));
            }
        };
        let by_award = |column: &str, place: &str| {
            format!(
                "(award_id IN (SELECT id FROM award WHERE {column} LIKE {place} ESCAPE '!') OR number IN (SELECT successor FROM correction \
                 WHERE {column} LIKE {place} ESCAPE '!'))"
            )
        };
        given(after.map(|n| n.as_str().to_owned()), &|p| format!("number > {p}"));
        given(filter.number.as_ref().map(|n| format!("{}%", escaped(n))), &|p| format!("number LIKE {p} ESCAPE '!'"));
        given(filter.document.as_ref().map(|d| self.keys.document_hash(d)), &|p| format!("document_hash = {p}"));
        given(filter.telephone.as_ref().map(|t| self.keys.telephone_hash(t)), &|p| {
            format!("award_id IN (SELECT id FROM award WHERE telephone_hash = {p})")
        });
        given(filter.holder.as_ref().map(|t| anywhere(t)), &|p| by_award("holder_name", &p));
        given(filter.school.as_ref().map(|t| anywhere(t)), &|p| by_award("school", &p));
        given(filter.programme.as_ref().map(|p| p.as_str().to_owned()), &|p| format!("programme = {p}"));
        given(filter.state.map(|s| s.code().to_owned()), &|p| format!("state = {p}"));
        let conditions = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") };
        let sql = format!("SELECT {COLUMNS} FROM certificate WHERE {conditions} ORDER BY number LIMIT {limit}");
        let query = texts.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, text| query.bind(text));
        query.fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// Gives corrections of an earlier version the names by which they are found.
    async fn name_corrections(&self) -> Result<(), RegistryError> {
        let sql = "SELECT k.successor AS number, c.claims FROM correction k JOIN certificate c ON c.number = k.successor \
                   WHERE k.holder_name IS NULL LIMIT $1";
        loop {
            let rows = sqlx::query(sql).bind(AT_ONCE).fetch_all(&self.pool).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let record = Record::new("certificate", row, "number")?;
                let claims = Claims::from_bytes(record.get::<&[u8]>("claims")?).map_err(|_| record.inconsistent("claims"))?;
                sqlx::query("UPDATE correction SET holder_name = $1, school = $2 WHERE successor = $3")
                    .bind(claims.holder.as_str().to_owned())
                    .bind(claims.school)
                    .bind(record.key)
                    .execute(&self.pool)
                    .await?;
            }
        }
    }

    /// Every certificate of one award, the first one first, with why each replaced the one before.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn line_of(&self, number: &CertificateNumber) -> Result<Vec<Certificate>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM certificate WHERE award_id = (SELECT award_id FROM certificate WHERE number = $1) ORDER BY generation"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(number.as_str().to_owned()).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Awards of a programme with what holds them back and the number of their certificate, in the order of import, after `after_seq`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn awards_with_standing(
        &self,
        programme: &Slug,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<(super::AwardRecord, Option<String>, Option<String>)>, RegistryError> {
        let sql = format!(
            "SELECT {}, held, certificate FROM award WHERE programme = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            super::awards::COLUMNS
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(programme.as_str().to_owned()).bind(after_seq).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((super::awards::read(row, &self.keys)?, row.try_get("held")?, row.try_get("certificate")?))).collect()
    }

    /// Accounts in the order of their names, after `after`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn accounts_after(&self, after: &str, limit: u32) -> Result<Vec<super::Account>, RegistryError> {
        let sql = format!("SELECT {} FROM account WHERE id > $1 ORDER BY id LIMIT $2", super::accounts::COLUMNS);
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_account(row)).collect()
    }

    /// Notes that certificates were searched or read.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn note_certificate_read(&self, subject: &str, detail: &str, at: Instant, actor: &str) -> Result<(), RegistryError> {
        self.note(actor, "read certificate", subject, detail, at).await
    }
}
