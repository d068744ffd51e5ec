//! What the staff take along as spreadsheets. Identity and telephone numbers are masked, unless somebody asks for them whole and says why;
//! each export is in the audit trail, with the reason.

use crate::domain::award::{Achievement, Award};
use crate::domain::certificate::Certificate;
use crate::domain::eligibility::NotYet;
use crate::domain::issuer::Slug;
use crate::domain::status::Status;
use crate::domain::text::tidy;
use crate::domain::time::Instant;
use crate::registry::{CertificateFilter, TrailFilter};
use crate::service::access::Warrant;
use crate::service::{Service, ServiceError};

use super::Mandate;
use super::batches::Obstacle;
use super::sheet::{Book, SheetError};

/// Rows that are read in one step.
const STEP: u32 = 1_000;
/// The most characters of a reason.
const REASON_CHARS: usize = 200;

/// Why private data are wanted whole: 4 to 200 characters for the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeReason(String);

/// No reason, or too long a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("导出完整的证件号码、手机号须写明事由，4 至 200 字 / whole numbers need a reason of 4 to 200 characters")]
pub struct WholeReasonError;

impl WholeReason {
    /// # Errors
    /// [`WholeReasonError`].
    pub fn parse(typed: &str) -> Result<Self, WholeReasonError> {
        let text = tidy(typed);
        if (4..=REASON_CHARS).contains(&text.chars().count()) { Ok(Self(text)) } else { Err(WholeReasonError) }
    }
}

/// How private data are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privacy {
    /// With their middle hidden.
    Masked,
    /// Whole, for a reason.
    Whole(WholeReason),
}

impl Privacy {
    fn detail(&self, rows: u32) -> String {
        match self {
            Self::Masked => format!("{rows} rows, masked"),
            Self::Whole(reason) => format!("{rows} rows, whole: {}", reason.0),
        }
    }

    /// The same for what has no rows.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Masked => "masked".to_owned(),
            Self::Whole(reason) => format!("whole: {}", reason.0),
        }
    }

    /// The word for it in manifests.
    pub(super) fn code(&self) -> &'static str {
        if *self == Self::Masked { "masked" } else { "whole" }
    }

    pub(super) fn number(&self, masked: String, whole: &str) -> String {
        if *self == Self::Masked { masked } else { whole.to_owned() }
    }
}

/// Why there is no spreadsheet.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It could not be written.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// No such programme.
    #[error("没有赛事或项目 {0} / there is no programme {0}")]
    NoProgramme(Slug),
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<crate::registry::RegistryError> for ExportError {
    fn from(error: crate::registry::RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// A spreadsheet to be saved.
pub struct Export {
    /// Its name, ASCII.
    pub file_name: String,
    /// XLSX.
    pub bytes: Vec<u8>,
}

const FACTS: [(&str, f64); 8] = [
    ("证明内容 Certified", 22.0),
    ("赛类 Category", 16.0),
    ("科目 Subject", 24.0),
    ("作品 Work", 34.0),
    ("角色 Role", 12.0),
    ("团队 Team", 28.0),
    ("指导教师 Instructors", 22.0),
    ("岗位 Title", 26.0),
];

/// The facts of an achievement, in the order of [`FACTS`].
fn facts(achievement: &Achievement) -> [String; 8] {
    let names = |names: &[crate::domain::name::PersonName]| names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join("、");
    match achievement {
        Achievement::Award { level, role, category, subject, work, team, instructors } => [
            level.zh().to_owned(),
            category.clone(),
            subject.clone(),
            work.clone(),
            role.zh().to_owned(),
            names(team),
            names(instructors),
            String::new(),
        ],
        Achievement::Ability { title, level } => {
            let empty = String::new;
            [level.zh().to_owned(), empty(), empty(), empty(), empty(), empty(), empty(), title.clone()]
        }
    }
}

impl Service {
    /// The certificates of a programme with their states.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_certificates(&self, mandate: &Mandate, programme: &Slug, at: Instant) -> Result<Export, ExportError> {
        self.known(programme).await?;
        let titles = [
            [("证书编号 Number", 20.0), ("状态 State", 12.0), ("持证人 Holder", 16.0), ("学校 School", 28.0)].as_slice(),
            &FACTS,
            &[
                ("颁发日期 Issued on", 14.0),
                ("公开时间 Public from", 20.0),
                ("变更时间 Changed", 20.0),
                ("原因 Reason", 30.0),
                ("新编号 Successor", 20.0),
                ("原编号 Replaces", 20.0),
                ("文件 SHA-256", 66.0),
            ],
        ];
        let mut book = Book::begin("证书 Certificates", &titles.concat()).await?;
        let filter = CertificateFilter { programme: Some(programme.clone()), ..CertificateFilter::default() };
        let mut after = None;
        'reading: loop {
            let page = self.registry.search_certificates(&filter, after.as_ref(), STEP).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.facts.claims.number.clone());
            for certificate in &page {
                if !book.row(&certificate_row(certificate))? {
                    break 'reading;
                }
            }
        }
        let (bytes, rows) = book.end()?;
        self.registry.note(mandate.actor(), "export certificates", programme.as_str(), &format!("{rows} rows"), at).await?;
        Ok(Export { file_name: format!("certificates-{programme}.xlsx"), bytes })
    }

    /// The awards of a programme, where each stands and why.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_awards(&self, mandate: &Mandate, programme: &Slug, privacy: &Privacy, at: Instant) -> Result<Export, ExportError> {
        let not_yet = self.known(programme).await?;
        let not_yet = self.may_certify(&not_yet, at).await?.err();
        let titles = [
            [("序号 No.", 8.0), ("获奖人 Holder", 16.0), ("学校 School", 28.0)].as_slice(),
            &FACTS,
            &[
                ("证件类型 Document", 14.0),
                ("证件号码 Identity number", 24.0),
                ("手机号 Telephone", 18.0),
                ("状态 State", 14.0),
                ("证书编号 Certificate", 20.0),
                ("说明 Why", 60.0),
            ],
        ];
        let mut book = Book::begin("获奖 Awards", &titles.concat()).await?;
        let mut after = 0;
        'reading: loop {
            let page = self.registry.awards_with_standing(programme, after, STEP).await?;
            let Some((last, ..)) = page.last() else { break };
            after = last.seq;
            for (record, held, certificate) in &page {
                let standing = standing(held.as_deref(), certificate.as_deref(), not_yet.as_ref());
                if !book.row(&award_row(record.seq, &record.award, privacy, standing))? {
                    break 'reading;
                }
            }
        }
        let (bytes, rows) = book.end()?;
        self.registry.note(mandate.actor(), "export awards", programme.as_str(), &privacy.detail(rows), at).await?;
        Ok(Export { file_name: format!("awards-{programme}.xlsx"), bytes })
    }

    /// What a batch found wrong.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_problems(&self, mandate: &Mandate, job: i64, at: Instant) -> Result<Export, ExportError> {
        let obstacles = self.batch_problems(mandate, job, at).await?;
        let titles = [("获奖人 Holder", 16.0), ("学校 School", 28.0), ("问题 Problem", 60.0), ("", 60.0)];
        let mut book = Book::begin("问题 Problems", &titles).await?;
        for Obstacle { holder, school, problems } in &obstacles {
            for problem in problems {
                let (zh, en) = problem.split_once(" / ").unwrap_or((problem, ""));
                book.row(&[holder.clone(), school.clone(), zh.to_owned(), en.to_owned()])?;
            }
        }
        Ok(Export { file_name: format!("problems-{job}.xlsx"), bytes: book.end()?.0 })
    }

    /// Every account.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_accounts(&self, warrant: &Warrant, privacy: &Privacy, at: Instant) -> Result<Export, ExportError> {
        let titles = [
            ("账号 Account", 36.0),
            ("姓名 Name", 16.0),
            ("手机号 Telephone", 18.0),
            ("角色 Roles", 24.0),
            ("动态验证码 Second factor", 14.0),
            ("建立 Made", 20.0),
            ("关闭 Closed", 20.0),
        ];
        let mut book = Book::begin("账号 Accounts", &titles).await?;
        let mut after = String::new();
        'reading: loop {
            let page = self.registry.accounts_after(&after, STEP).await?;
            let Some(last) = page.last() else { break };
            after = last.id.to_string();
            for account in &page {
                let cells = [
                    account.id.to_string(),
                    account.name.as_str().to_owned(),
                    privacy.number(account.telephone.masked(), account.telephone.as_str()),
                    account.offices.iter().map(|office| office.zh()).collect::<Vec<_>>().join("、"),
                    if account.totp.is_some() { "有 yes" } else { "无 no" }.to_owned(),
                    account.created_at.display_beijing(),
                    account.closed_at.map(Instant::display_beijing).unwrap_or_default(),
                ];
                if !book.row(&cells)? {
                    break 'reading;
                }
            }
        }
        let (bytes, rows) = book.end()?;
        self.registry.note(warrant.actor(), "export accounts", "", &privacy.detail(rows), at).await?;
        Ok(Export { file_name: "accounts.xlsx".to_owned(), bytes })
    }

    /// Entries of the audit trail, the latest first.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_trail(&self, warrant: &Warrant, filter: &TrailFilter, at: Instant) -> Result<Export, ExportError> {
        let titles = [
            ("序号 No.", 10.0),
            ("时间 When", 20.0),
            ("操作人 Who", 36.0),
            ("操作 What", 24.0),
            ("对象 To what", 40.0),
            ("详情 Detail", 60.0),
            ("校验 Check", 14.0),
        ];
        let mut book = Book::begin("审计记录 Audit trail", &titles).await?;
        let mut before = None;
        'reading: loop {
            let page = self.registry.trail(filter, before, STEP).await?;
            let Some(last) = page.events.last() else { break };
            before = Some(last.id);
            for event in &page.events {
                let fits = if page.broken.contains(&event.id) { "不符 broken" } else { "相符 fits" };
                let cells = [
                    event.id.to_string(),
                    event.at.display_beijing(),
                    event.actor.clone(),
                    event.action.clone(),
                    event.subject.clone(),
                    event.detail.clone(),
                    fits.to_owned(),
                ];
                if !book.row(&cells)? {
                    break 'reading;
                }
            }
        }
        let (bytes, rows) = book.end()?;
        self.registry.note(warrant.actor(), "export trail", "", &format!("{rows} rows"), at).await?;
        Ok(Export { file_name: "audit-trail.xlsx".to_owned(), bytes })
    }

    async fn known(&self, id: &Slug) -> Result<crate::domain::programme::Programme, ExportError> {
        let found = self.programmes().await?.into_iter().find(|p| p.id == *id);
        found.ok_or_else(|| ExportError::NoProgramme(id.clone()))
    }
}

fn certificate_row(certificate: &Certificate) -> Vec<String> {
    let claims = &certificate.facts.claims;
    let (state, at, reason, successor) = match &certificate.status {
        Status::Reserved => ("制作中 reserved", None, "", None),
        Status::Valid { .. } => ("有效 valid", None, "", None),
        Status::Revoked { at, reason, .. } => ("已吊销 revoked", Some(*at), reason.as_str(), None),
        Status::Corrected { at, reason, successor, .. } => ("已更正换发 replaced", Some(*at), reason.as_str(), Some(successor)),
    };
    let mut row = vec![claims.number.to_string(), state.to_owned(), claims.holder.to_string(), claims.school.clone()];
    row.extend(facts(&claims.achievement));
    row.extend([
        claims.issued_on.to_string(),
        certificate.release.display_beijing(),
        at.map(Instant::display_beijing).unwrap_or_default(),
        reason.to_owned(),
        successor.map(ToString::to_string).unwrap_or_default(),
        claims.replaces.as_ref().map(ToString::to_string).unwrap_or_default(),
        certificate.status.file().map(|file| file.digest.to_string()).unwrap_or_default(),
    ]);
    row
}

/// Where an award stands: the word, the certificate, and why.
fn standing(held: Option<&str>, certificate: Option<&str>, not_yet: Option<&NotYet>) -> [String; 3] {
    use crate::domain::eligibility::Held;
    let held = [Held::ByObjection, Held::Withdrawn].into_iter().find(|h| held == Some(h.code()));
    let said = |state: &str, why: String| [state.to_owned(), String::new(), why];
    match (certificate, held, not_yet) {
        (Some(number), ..) => ["已发证 certified".to_owned(), number.to_owned(), String::new()],
        (None, Some(held), _) => said("不可签发 held back", held.to_string()),
        (None, None, Some(why)) => said("尚不可签发 not yet", why.to_string()),
        (None, None, None) => said("可签发 to be issued", String::new()),
    }
}

fn award_row(seq: i64, award: &Award, privacy: &Privacy, standing: [String; 3]) -> Vec<String> {
    let holder = &award.holder;
    let mut row = vec![seq.to_string(), holder.name.to_string(), holder.school.clone()];
    row.extend(facts(&award.achievement));
    row.push(holder.document.as_ref().map(|d| d.kind().zh().to_owned()).unwrap_or_default());
    row.push(holder.document.as_ref().map(|d| privacy.number(d.masked(), d.number())).unwrap_or_default());
    row.push(holder.telephone.as_ref().map(|t| privacy.number(t.masked(), t.as_str())).unwrap_or_default());
    row.extend(standing);
    row
}
