//! A sample world: three contests, one ability programme, two issuers, invented winners; and a contest whose notice runs.

mod accounts;
mod applicants;
mod claims;
mod contests;
mod holders;
mod schools;
mod verification;

pub use accounts::SampleAccount;
pub use claims::{ClaimCaseError, ShownClaims};
pub use verification::VerificationCaseError;

use std::path::Path;
use std::sync::Arc;

use crate::config::{Config, FILE_NAME};
use crate::domain::award::CertificateKind;
use crate::domain::certificate::Certificate;
use crate::domain::claims::Claims;
use crate::domain::correction::Edits;
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::receipt::ReceiptCode;
use crate::domain::status::{ReasonError, RevocationReason, Status};
use crate::domain::time::Instant;

use super::access::ContestMandate;
use super::award_list::sample::{SampleError, sample_ability_list, sample_award_list};
use super::contests::SaveError;
use super::correct::{CorrectError, Request};
use super::import::{ImportError, ListFile};
use super::issue::Order;
use super::notice::PublishError;
use super::objections::{DecideError, HandInError};
use super::press_room::PressRoom;
use super::{Service, ServiceError};

/// The configuration of the sample world.
pub const CONFIG: &str = include_str!("demo/yinxin.toml");

/// The holidays of 2026, as the configuration names the file.
pub const HOLIDAYS: &str = include_str!("demo/holidays.txt");

/// Some fifty universities and the invented schools of the sample lists.
pub const SCHOOLS: &str = include_str!("demo/schools.csv");

/// The name of the list of schools in `samples`.
pub const SCHOOL_LIST: &str = "学校名单.csv";

/// The contests of the sample list, as `yinxin.toml` names them.
pub const CONTESTS: [&str; 3] = ["lanhai-14", "qingluan-6", "xinghe-3"];

/// The ability programme of the sample list.
pub const ABILITY: &str = "ability-2024";

/// Certificates among which one is corrected and one revoked.
const CASES_AMONG: u32 = 100;

/// Applicants for ability certificates.
const APPLICANTS: usize = 40;

/// The seed of the invented people: the same world each time.
const SEED: u64 = 14;

/// Names of the files in the data folder's `samples`.
pub const AWARD_LIST: &str = "获奖名单.xlsx";
/// The ability list.
pub const ABILITY_LIST: &str = "岗位能力名单.xlsx";

/// Why the sample world cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A list cannot be made.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A file cannot be written.
    #[error("无法写入演示数据 / cannot write the sample data: {0}")]
    Write(#[from] std::io::Error),
}

/// Why the sample world has no corrected and no revoked certificate.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The correction.
    #[error(transparent)]
    Correct(#[from] CorrectError),
    /// The reason of the revocation.
    #[error(transparent)]
    Reason(#[from] ReasonError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Writes configuration and lists into the data folder. A configuration that is there stays.
///
/// # Errors
/// [`DemoError`].
pub fn write_world(data: &Path, public_url: &str) -> Result<(), DemoError> {
    let samples = data.join("samples");
    std::fs::create_dir_all(&samples)?;
    let config = data.join(FILE_NAME);
    if !config.exists() {
        std::fs::write(&config, CONFIG.replace("@PUBLIC_URL@", public_url))?;
    }
    let holidays = data.join("holidays.txt");
    if !holidays.exists() {
        std::fs::write(&holidays, HOLIDAYS)?;
    }
    std::fs::write(samples.join(SCHOOL_LIST), SCHOOLS)?;
    std::fs::write(samples.join(AWARD_LIST), sample_award_list(SEED, &CONTESTS)?)?;
    let ability = sample_ability_list(SEED, ABILITY, APPLICANTS)?;
    std::fs::write(samples.join(ABILITY_LIST), ability.list)?;
    for (name, picture) in ability.portraits {
        std::fs::write(samples.join(name), picture)?;
    }
    Ok(())
}

/// The list of the contest that is in its notice period.
pub const NOTICE_LIST: &str = "公示名单.xlsx";

/// The contest that is in its notice period.
const NOTICE_CONTEST: &str = "canghai-1";

/// Why the sample world has no notice.
#[derive(Debug, thiserror::Error)]
pub enum NoticeCaseError {
    /// The list.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The contest, in the form of a file.
    #[error("{}", .0.join("\n"))]
    Contest(Vec<String>),
    /// It cannot be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// Its list cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// It cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A sample objection is not decided.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// A sample objection is not taken in.
    #[error(transparent)]
    Objection(#[from] HandInError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A notice that runs, with an objection to its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownNotice {
    /// The contest.
    pub contest: Slug,
    /// The code on the receipt of the objection.
    pub receipt: ReceiptCode,
}

impl Service {
    /// Makes a contest whose notice runs at `now`, with objections to its list, and one that is being prepared. Nothing happens if the contest is there already.
    ///
    /// # Errors
    /// [`NoticeCaseError`] if it could not be done.
    pub async fn show_notice(&self, samples: &Path, now: Instant) -> Result<Option<ShownNotice>, NoticeCaseError> {
        let programme = Config::contest(&contests::notice_contest(NOTICE_CONTEST, now)).map_err(NoticeCaseError::Contest)?;
        let contest = programme.id.clone();
        if self.contests().await?.iter().any(|record| record.programme.id == contest) {
            return Ok(None);
        }
        let mandate = ContestMandate::of_operator("demo");
        self.save_contest(&programme, &mandate, now).await?;
        let bytes = sample_award_list(SEED + 1, &[NOTICE_CONTEST])?;
        // For the visitor to look at; the import does not need it.
        let _ = std::fs::write(samples.join(NOTICE_LIST), &bytes);
        let file = ListFile { name: NOTICE_LIST, bytes: &bytes, programme: None, portraits: &|_| None };
        self.import(&file, &mandate, now).await?;
        self.publish_notice(&contest, &mandate, now).await?;
        let receipt = self.sample_objections(&contest, now).await?;
        self.sample_draft(&mandate, now).await?;
        Ok(Some(ShownNotice { contest, receipt }))
    }
}

/// Certificates of the sample world that do not stand as they were issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cases {
    /// One that was corrected.
    pub corrected: CertificateNumber,
    /// The one that replaces it.
    pub successor: CertificateNumber,
    /// One that was revoked.
    pub revoked: CertificateNumber,
}

impl Service {
    /// Corrects one certificate of the sample world and revokes another, unless that was done before.
    ///
    /// # Errors
    /// [`CaseError`] if it could not be done.
    pub async fn show_cases(&self, room: &Arc<PressRoom>, order: &Order<'_>) -> Result<Option<Cases>, CaseError> {
        let certificates = self.certificates(None, CASES_AMONG).await?;
        let corrected = certificates.iter().find_map(|c| match &c.status {
            Status::Corrected { successor, .. } => Some((c.facts.claims.number.clone(), successor.clone())),
            _ => None,
        });
        let revoked = certificates.iter().find(|c| matches!(c.status, Status::Revoked { .. })).map(|c| c.facts.claims.number.clone());
        // Not the first, which the visitor is shown as one that stands.
        let is_case = |c: &&Certificate| c.facts.claims.kind() == CertificateKind::Award && matches!(c.status, Status::Valid { .. });
        let mut standing = certificates.iter().skip(1).filter(is_case);
        let (corrected, successor) = match (corrected, standing.next()) {
            (Some(before), _) => before,
            (None, Some(certificate)) => self.correct_school(room, &certificate.facts.claims, order).await?,
            (None, None) => return Ok(None),
        };
        let revoked = match (revoked, standing.next()) {
            (Some(before), _) => before,
            (None, Some(certificate)) => {
                let number = certificate.facts.claims.number.clone();
                let reason = RevocationReason::parse("经复核，获奖作品不符合参赛规则（演示）")?;
                self.revoke(&number, reason, "demo", (order.clock)()).await?;
                number
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Cases { corrected, successor, revoked }))
    }

    async fn correct_school(
        &self,
        room: &Arc<PressRoom>,
        claims: &Claims,
        order: &Order<'_>,
    ) -> Result<(CertificateNumber, CertificateNumber), CorrectError> {
        let edits = Edits { school: Some(format!("{}（滨海校区）", claims.school)), ..Edits::default() };
        let reason = "学校名称漏填校区（演示）";
        let request = Request { number: &claims.number, edits, portrait: None, reason, actor: "demo" };
        let done = self.correct(room, request, order).await?;
        Ok((done.original, done.successor))
    }
}
