//! Claims of ability certificates: every move is in the claim's history; what its holder typed and reads is sealed.

mod moves;
mod queue;

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Transaction};

use crate::domain::account::AccountId;
use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState, Contact, NotPossible};
use crate::domain::email::Email;
use crate::domain::issuer::Slug;
use crate::domain::money::Fen;
use crate::domain::number::CertificateNumber;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::rows::Record;
use super::{Registry, RegistryError};

pub use moves::{Approval, NewClaim};
pub use queue::{ClaimCounts, ClaimFilter};

/// Why an offer or a claim stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The claim does not go that way.
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    /// There is no such claim.
    #[error("没有这份申领 / there is no such claim")]
    Unknown,
    /// The award has a claim for this certificate.
    #[error("该奖项已申领过此证书，每个奖项只能申领一次 / this certificate was claimed for the award already: once for each award")]
    Twice(ClaimId),
    /// An objection holds the award back.
    #[error("所依据的奖项正处于异议处理中或已取消，不能通过 / the award is disputed or was withdrawn: the claim cannot be approved")]
    Held,
    /// There is no such offer.
    #[error("没有证书项目 {0} / there is no offer {0}")]
    NoOffer(Slug),
    /// It was published.
    #[error("{0} 已开放申领，只能修改申领时间和条件 / the offer was published: only its period and its rules can be changed")]
    OfferFixed(Slug),
}

/// A claim as recorded.
#[derive(Debug, Clone)]
pub struct ClaimRecord {
    /// Its number.
    pub id: ClaimId,
    /// Whose it is.
    pub account: AccountId,
    /// What is claimed.
    pub offer: Slug,
    /// The award that entitles to it.
    pub award: String,
    /// Where it is in its life.
    pub state: ClaimState,
    /// What it costs.
    pub fee: Fen,
    /// Where its holder is reached about it: private.
    pub contact: Contact,
    /// When it was sent in.
    pub submitted: Instant,
    /// It lapses unless it is paid for before.
    pub pay_until: Instant,
    /// When it came into its state.
    pub changed: Instant,
    /// Before when it is decided, once everything was there.
    pub due: Option<Instant>,
    /// Why it was sent back or refused last.
    pub reason: Option<String>,
    /// What its certificate is made from, once it is approved.
    pub certified: Option<String>,
    /// The number of its certificate, once one is reserved: the first one, if it was corrected.
    pub number: Option<CertificateNumber>,
}

/// A line of a claim's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimMove {
    /// When.
    pub at: Instant,
    /// The account that did it, or what did.
    pub actor: String,
    /// What happened; none for the submission.
    pub event: Option<ClaimEvent>,
    /// The state after it.
    pub state: ClaimState,
    /// What its holder reads.
    pub reason: Option<String>,
}

/// Who did what, when.
#[derive(Debug, Clone, Copy)]
pub(super) struct By<'a> {
    pub actor: &'a str,
    pub at: Instant,
    /// What the claim's holder reads.
    pub reason: Option<&'a str>,
}

const COLUMNS: &str = "CAST(claim.id AS TEXT) AS row_key, claim.id, claim.account_id, claim.offer, claim.award, claim.state, claim.fee, \
                       claim.telephone, claim.email, claim.submitted_at, claim.pay_until, claim.changed_at, claim.due_at, claim.reason, \
                       claim.certified, (SELECT a.certificate FROM award a WHERE a.id = claim.certified) AS number";

impl Registry {
    /// One claim.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claim(&self, id: ClaimId) -> Result<Option<ClaimRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM claim WHERE claim.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&self.pool).await?;
        row.as_ref().map(|row| self.read_claim(row)).transpose()
    }

    /// The claims of an account, the latest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claims_of(&self, account: AccountId) -> Result<Vec<ClaimRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM claim WHERE account_id = $1 ORDER BY id DESC");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.to_string()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_claim(row)).collect()
    }

    /// What happened to a claim, in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claim_history(&self, id: ClaimId) -> Result<Vec<ClaimMove>, RegistryError> {
        let sql =
            "SELECT CAST(claim AS TEXT) AS row_key, seq, at, actor, act, state, reason FROM claim_event WHERE claim = $1 ORDER BY seq";
        let rows = sqlx::query(sql).bind(id.0).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let record = Record::new("claim_event", row, "row_key")?;
            let act: String = record.get("act")?;
            let place = event_place(id, record.get("seq")?);
            Ok(ClaimMove {
                at: record.instant("at")?,
                actor: record.get("actor")?,
                event: if act == "submit" { None } else { Some(ClaimEvent::from_code(&act).ok_or_else(|| record.inconsistent("act"))?) },
                state: record.parsed("state", ClaimState::from_code)?,
                reason: self.opened(&record, "reason", &place)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The claim in a transaction. The caller holds the audit trail's lock, which every writer takes first.
    pub(super) async fn claim_in(&self, tx: &mut Transaction<'static, Any>, id: ClaimId) -> Result<ClaimRecord, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM claim WHERE claim.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut **tx).await?;
        self.read_claim(&row.ok_or(ClaimError::Unknown)?)
    }

    fn read_claim(&self, row: &AnyRow) -> Result<ClaimRecord, RegistryError> {
        let record = Record::new("claim", row, "row_key")?;
        let id = ClaimId(record.get("id")?);
        let open = |column: &'static str, place: String| {
            let sealed: Vec<u8> = record.get(column)?;
            self.keys.open_field(&place, &sealed).map_err(|_| record.inconsistent(column))
        };
        let contact = Contact {
            telephone: Telephone::parse(&open("telephone", telephone_place(id))?).map_err(|_| record.inconsistent("telephone"))?,
            email: Email::parse(&open("email", email_place(id))?).map_err(|_| record.inconsistent("email"))?,
        };
        let due = record.get::<Option<i64>>("due_at")?;
        Ok(ClaimRecord {
            id,
            account: record.parsed("account_id", |t| t.parse().ok())?,
            offer: record.parsed("offer", |t| t.parse().ok())?,
            award: record.get("award")?,
            state: record.parsed("state", ClaimState::from_code)?,
            fee: Fen::new(record.get("fee")?).map_err(|_| record.inconsistent("fee"))?,
            contact,
            submitted: record.instant("submitted_at")?,
            pay_until: record.instant("pay_until")?,
            changed: record.instant("changed_at")?,
            due: due.map(|at| Instant::from_millis(at).map_err(|_| record.inconsistent("due_at"))).transpose()?,
            reason: self.opened(&record, "reason", &reason_place(id))?,
            certified: record.get("certified")?,
            number: record.optional("number", |t| t.parse().ok())?,
        })
    }

    fn opened(&self, record: &Record<'_>, column: &'static str, place: &str) -> Result<Option<String>, RegistryError> {
        let Some(sealed) = record.get::<Option<Vec<u8>>>(column)? else { return Ok(None) };
        self.keys.open_field(place, &sealed).map(Some).map_err(|_| record.inconsistent(column))
    }
}

fn telephone_place(id: ClaimId) -> String {
    format!("claim/telephone/{id}")
}

fn email_place(id: ClaimId) -> String {
    format!("claim/email/{id}")
}

fn reason_place(id: ClaimId) -> String {
    format!("claim/reason/{id}")
}

fn event_place(id: ClaimId, seq: i64) -> String {
    format!("claim_event/reason/{id}/{seq}")
}
