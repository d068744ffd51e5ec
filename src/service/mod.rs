//! The use cases, one file each: the only place where the rooms meet.

pub mod answers;
pub mod download;

use crate::domain::award::CertificateKind;
use crate::domain::claims::Named;
use crate::domain::digest::Digest;
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::QrClaims;
use crate::domain::time::Instant;
use answers::{CheckLine, FileAnswer, FileVerdict, PublicCertificate, PublicState, QrAnswer};

const SAMPLE_PDF: &[u8] = b"%PDF-2.0 sample";

/// What every use case stands on.
pub struct Service {
    certificates: Vec<PublicCertificate>,
}

/// A failure behind the scenes: never shown to the public, logged once.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A task of the process was cancelled.
    #[error("a task was cancelled: {0}")]
    Task(#[from] tokio::task::JoinError),
}

fn named(id: &str, name: &str, name_en: &str) -> Option<Named> {
    Some(Named { id: id.parse().ok()?, name: name.to_owned(), name_en: name_en.to_owned() })
}

impl Service {
    /// Four invented certificates.
    #[must_use]
    pub fn sample() -> Option<Self> {
        let at = Instant::from_millis(1_717_207_200_000).ok()?;
        let award = PublicCertificate {
            number: "LH14202400001".parse().ok()?,
            kind: CertificateKind::Award,
            issuer: named("lanhai", "蓝海杯大赛组织委员会", "Lanhai Cup Organising Committee")?,
            programme: named("lanhai-14", "第十四届蓝海杯全国大学生软件大赛", "14th Lanhai Cup National Software Contest")?,
            achievement_zh: "软件类 · C/C++程序设计 · 一等奖".to_owned(),
            achievement_en: "First Prize (Winner)".to_owned(),
            holder_masked: "***娜".to_owned(),
            issued_on: "2024-01-05".parse().ok()?,
            state: PublicState::Valid,
        };
        let revoked = PublicCertificate {
            number: "LH14202400002".parse().ok()?,
            holder_masked: "李*".to_owned(),
            state: PublicState::Revoked { at, reason: "参赛作品经查与他人作品雷同，组委会撤销该奖项".to_owned() },
            ..award.clone()
        };
        let corrected = PublicCertificate {
            number: "LH14202400003".parse().ok()?,
            state: PublicState::Corrected { at, successor: "GXRCPJ033202000019".parse().ok()? },
            ..award.clone()
        };
        let ability = PublicCertificate {
            number: "GXRCPJ033202000019".parse().ok()?,
            kind: CertificateKind::Ability,
            issuer: named("rencai", "蓝海市人才评价中心", "Lanhai Talent Assessment Centre")?,
            programme: named("gxrcpj", "高新技术人才岗位能力评价", "")?,
            achievement_zh: "区块链金融行业工程师（初级）".to_owned(),
            achievement_en: "Junior level".to_owned(),
            holder_masked: "*******·*****明".to_owned(),
            ..award.clone()
        };
        Some(Self { certificates: vec![award, revoked, corrected, ability] })
    }

    /// Where the public reaches the service, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        "https://cert.example.org"
    }

    /// # Errors
    /// None here.
    pub async fn look_up_number(&self, number: &CertificateNumber, _now: Instant) -> Result<Option<PublicCertificate>, ServiceError> {
        Ok(self.certificates.iter().find(|c| c.number == *number).cloned())
    }

    /// # Errors
    /// None here.
    pub async fn look_up_identity(&self, document: &IdentityDocument, _now: Instant) -> Result<Vec<PublicCertificate>, ServiceError> {
        Ok(if document.number().ends_with("002X") { self.certificates.clone() } else { vec![] })
    }

    /// # Errors
    /// None here.
    pub async fn check_qr(&self, text: &str, _now: Instant) -> Result<QrAnswer, ServiceError> {
        let Some(record) = text.rsplit('/').next().and_then(|t| t.parse::<usize>().ok()).and_then(|n| n.checked_sub(1)) else {
            return Ok(QrAnswer::Forged {
                reason_zh: "内容与签名不符".to_owned(), reason_en: "the signature does not fit".to_owned()
            });
        };
        let (Some(first), Ok(holder)) = (self.certificates.first(), crate::domain::name::PersonName::parse("欧阳娜娜")) else {
            return Ok(QrAnswer::Forged { reason_zh: String::new(), reason_en: String::new() });
        };
        let record = self.certificates.get(record).cloned();
        let shown = record.as_ref().unwrap_or(first);
        let facts = QrClaims {
            number: shown.number.clone(),
            kind: shown.kind,
            holder,
            achievement: shown.achievement_zh.clone(),
            programme: "蓝海杯".to_owned(),
            issued_on: shown.issued_on,
            claims_digest: [0; 16],
        };
        Ok(QrAnswer::Proven { facts, issuer_name: shown.issuer.name.clone(), record })
    }

    /// # Errors
    /// None here.
    pub async fn check_file(&self, pdf: &[u8], now: Instant) -> Result<FileAnswer, ServiceError> {
        let genuine = pdf == SAMPLE_PDF;
        let line = |name_zh, name_en, passed, detail: &str| CheckLine { name_zh, name_en, passed, detail: detail.to_owned() };
        Ok(FileAnswer {
            verdict: if genuine { FileVerdict::Genuine } else { FileVerdict::NotGenuine },
            checks: vec![
                line("文件结构", "Structure", true, "一个签名，覆盖整个文件 / one signature over the whole file"),
                line("签名", "Signature", genuine, if genuine { "正确 / right" } else { "摘要不符 / the digest differs" }),
                line("签发机构", "Issuer", genuine, if genuine { "证书链可信 / chain is trusted" } else { "未检查 / not reached" }),
            ],
            signer: genuine.then(|| "蓝海杯大赛组织委员会".to_owned()),
            signed_at: genuine.then_some(now),
            sha256: Digest::of(pdf),
            record: self.certificates.first().filter(|_| genuine).cloned(),
            holder: genuine.then(|| "欧阳娜娜".to_owned()),
        })
    }

    /// Whether the registry answers.
    pub async fn is_ready(&self) -> bool {
        true
    }
}
