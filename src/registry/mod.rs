//! The records: awards, certificates, series, the audit trail; and the vault of sealed files.
//!
//! The only room that knows SQL. One text serves SQLite and PostgreSQL.

mod account_changes;
mod accounts;
mod api_keys;
mod awards;
mod buckets;
mod cells;
mod certificate_search;
mod certificates;
mod cipher;
mod claims;
mod complete;
mod contest_desk;
mod contests;
mod corrections;
mod coupons;
mod desk_counts;
mod events;
mod gauges;
mod headings;
mod holdings;
mod import_drafts;
mod instructor_awards;
mod instructors;
mod issuances;
mod issuing_job;
mod issuing_jobs;
mod lookups;
mod many;
mod messages;
mod migrations;
mod moves;
mod notice_entries;
mod notices;
mod objection_desk;
mod objections;
mod offers;
mod orders;
mod proofing;
mod remedies;
mod reports;
mod reserve;
mod rows;
mod schools;
mod sessions;
mod shares;
mod snapshot;
mod states;
mod telephones;
mod together;
mod trail;
mod unlisted;
mod vault;
mod webhooks;

pub use account_changes::Reassigned;
pub use accounts::{Account, NewAccount};
pub use awards::{AwardRecord, Imported, Whose};
pub use cells::{Cell, CellKind, Table};
pub use certificate_search::{CertificateFilter, StateFilter};
pub use certificates::{Counts, SeriesState};
pub use cipher::{CodeMark, DataKeys, Unsealable};
pub use claims::{Approval, ClaimCounts, ClaimError, ClaimFilter, ClaimMove, ClaimRecord, NewClaim};
pub use complete::Completion;
pub use contest_desk::{ContestCounts, DatesMoved};
pub use contests::{ContestError, ContestRecord};
pub use corrections::{Amendment, Correctable, Lineage};
pub use coupons::{CouponRecord, Given, GrantRecord};
pub use desk_counts::{Chores, ProgrammeCounts};
pub use events::Event;
pub use gauges::Queues;
pub use holdings::{Candidate, HoldingError, Known, MatchRecord, MatchState, Unadmitted};
pub use import_drafts::{DraftState, ImportDraft};
pub use instructors::{Entered, InstructorError, InstructorRecord, Match, WaitingInstructor};
pub use issuances::{IssuanceRecord, IssuedAward, NewIssuance, PartnerClaim};
pub use issuing_job::{Beat, Ending, JobKind, JobOutcome, JobRecord, NewJob, Queued, StageKind, Standing};
pub use lookups::Found;
pub use messages::DueMessage;
pub use moves::{MoveError, MoveRecord, Moved};
pub use notice_entries::{EntryQuery, EntryRow, Page, Turn as PageTurn};
pub use notices::{NoticeAct, NoticeStatement, Seen};
pub use objection_desk::DueObjection;
pub use objections::{FilePurpose, FileRecord, NewFile, NewObjection, ObjectionContent, ObjectionRecord, StoredKind};
pub use offers::OfferRecord;
pub use orders::{
    CouponChoice, DayBook, DueBack, NewOrder, NoticeKind, NoticeRecord, OrderCounts, OrderError, OrderRecord, PaidBack, PaymentNotice,
    PaymentRecord, TakenNotice,
};
pub use proofing::{Case, CaseEvent, CaseFile, ProofingError, QueueCounts, Ruling, Subject, Submission, Waiting as WaitingCase};
pub use remedies::{Act, Change, Remedy, Verdict};
pub use reports::{ReportRecord, ReportState};
pub use reserve::{Reservation, Reserved};
pub use sessions::CodePlace;
pub use shares::{NewShare, ShareId, ShareRecord};
pub use snapshot::{Refill, Snapshot, TrailHead};
pub use states::Fallen;
pub use together::{Together, Turn, Waiting};
pub use trail::{TrailFilter, TrailPage};
pub use vault::{BucketFault, Vault, VaultError, digest_of};
pub use webhooks::{AttemptRecord, DeliveryRecord, DueDelivery, EndpointRecord, NewEndpoint};

use std::sync::Arc;

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Executor as _, Transaction};

use crate::domain::coupon::CouponRefusal;
use crate::domain::number::{CertificateNumber, SeriesError};
use crate::domain::status::TransitionError;

/// The records of one service.
pub struct Registry {
    pool: AnyPool,
    keys: DataKeys,
    begin_write: &'static str,
    bytes_type: &'static str,
    lookups: Arc<lookups::Lookups>,
    /// For token buckets alone: nothing waits there for the disk.
    buckets: AnyPool,
    wants: Arc<buckets::Wants>,
}

/// 32 MB of pages: the inner ones of a million records and their numbers stay in memory; SQLite's own 2 MB do not hold them. Up to its
/// largest size, just below 2 GB, the file is read as memory (<https://www.sqlite.org/mmap.html>): a lookup among a million costs a sixth
/// less. What a disk cannot read then ends the process, as a disk does that cannot write; the log of writes survives both.
const PRAGMAS: &str = "PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA cache_size = -32768; PRAGMA mmap_size = 2147418112;";
/// Buckets have a file of their own: whatever is written into a file of SQLite empties the caches of all who read it, and a lookup by a new
/// reader would do so to the next. It need not outlive anything; if it is lost, buckets are full again.
const PRAGMAS_OF_BUCKETS: &str = "PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
                                  CREATE TABLE IF NOT EXISTS bucket (id TEXT PRIMARY KEY, full_at BIGINT NOT NULL) WITHOUT ROWID; \
                                  CREATE INDEX IF NOT EXISTS bucket_full ON bucket (full_at);";

/// Why the registry did not do what it was asked. What is not there is `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The database failed or cannot be reached.
    #[error("数据库 / database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables cannot be brought to this version.
    #[error("数据库结构升级失败 / migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The URL is for neither SQLite nor PostgreSQL.
    #[error("数据库地址应以 sqlite: 或 postgres: 开头 / the database URL begins with sqlite: or postgres:")]
    Url,
    /// A record holds what no record can hold.
    #[error("登记记录有误 / inconsistent record: table {table}, column {column}, row {row}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The key of the row.
        row: String,
    },
    /// The series has too few numbers left; nothing was written.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The certificate's state forbids the change.
    #[error("{number}: {source}")]
    Transition {
        /// Which certificate.
        number: CertificateNumber,
        /// What stands in the way.
        source: TransitionError,
    },
    /// There is no certificate with this number.
    #[error("没有编号为 {0} 的证书 / there is no certificate with this number")]
    Unknown(CertificateNumber),
    /// The certificate was completed with another file before.
    #[error("证书 {0} 此前已以另一文件完成签发 / the certificate was completed with another file before")]
    OtherFile(CertificateNumber),
    /// A contest, its notice or an objection does not allow the change.
    #[error(transparent)]
    Contest(#[from] ContestError),
    /// A case of verification does not allow the change.
    #[error(transparent)]
    Proofing(#[from] ProofingError),
    /// A match of award and account, or a holder's report, does not allow the change.
    #[error(transparent)]
    Holding(#[from] HoldingError),
    /// A request to move an account does not allow what was asked.
    #[error(transparent)]
    Moving(#[from] MoveError),
    /// An offer or a claim does not allow the change.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// An instructor is not changed as was asked.
    #[error(transparent)]
    Instructor(#[from] InstructorError),
    /// An order or a payment does not allow the change.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A coupon is not redeemed, or a grant not spent.
    #[error(transparent)]
    Coupon(#[from] CouponRefusal),
    /// A statement that answers several failed; each of them learns it.
    #[error("数据库 / database: {0}")]
    Shared(Arc<sqlx::Error>),
    /// A column that copies of the records have no form for: a migration went beyond the three types.
    #[error("数据表 {table} 的列 {column} 类型为 {typed}，备份不支持 / a copy of the records has no form for the type of this column")]
    ColumnType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type, as the catalogue has it.
        typed: String,
    },
    /// The answer to several broke off.
    #[error("查询中断 / the answer broke off")]
    Unanswered,
}

impl Registry {
    /// Connects to `sqlite:PATH` (made if it is not there) or `postgres://…`.
    ///
    /// # Errors
    /// [`RegistryError::Url`] or [`RegistryError::Database`].
    pub async fn connect(url: &str, keys: DataKeys) -> Result<Self, RegistryError> {
        sqlx::any::install_default_drivers();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let (path, options) = path.split_once('?').unwrap_or((path, "mode=rwc"));
            let (url, buckets) = (format!("sqlite:{path}?{options}"), format!("sqlite:{path}-buckets?{options}"));
            // Few connections: SQLite has one writer at a time, and readers do not wait for it in WAL mode. A connection within the
            // process does not break, and is not tried before each use.
            let pool = |connections: u32, pragmas: &'static str| {
                let options = AnyPoolOptions::new().max_connections(connections).test_before_acquire(false);
                options.after_connect(move |connection, _| Box::pin(async move { connection.execute(pragmas).await.map(|_| ()) }))
            };
            let pool = (pool(4, PRAGMAS).connect(&url).await?, pool(1, PRAGMAS_OF_BUCKETS).connect_lazy(&buckets)?);
            return Ok(Self::over(pool, keys, "BEGIN IMMEDIATE", "BLOB"));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = AnyPoolOptions::new().max_connections(8).connect(url).await?;
            let buckets = AnyPoolOptions::new().max_connections(2).after_connect(|connection, _| {
                Box::pin(async move { connection.execute("SET synchronous_commit = off").await.map(|_| ()) })
            });
            return Ok(Self::over((pool, buckets.connect_lazy(url)?), keys, "BEGIN", "BYTEA"));
        }
        Err(RegistryError::Url)
    }

    fn over((pool, buckets): (AnyPool, AnyPool), keys: DataKeys, begin_write: &'static str, bytes_type: &'static str) -> Self {
        let (lookups, wants) = (lookups::Lookups::new(lookups::MOST), buckets::Wants::new(buckets::MOST));
        Self { pool, keys, begin_write, bytes_type, lookups, buckets, wants }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`RegistryError::Database`] if not.
    pub async fn ping(&self) -> Result<(), RegistryError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// The keys of the personal data.
    #[must_use]
    pub fn keys(&self) -> &DataKeys {
        &self.keys
    }

    /// A transaction that will write: on SQLite it takes the write lock at once, so that it never fails half-way for want of it.
    async fn write(&self) -> Result<Transaction<'static, Any>, RegistryError> {
        Ok(self.pool.begin_with(self.begin_write).await?)
    }
}
