//! The doctor: every record against its file, its signature, its number series. What can be made again is made again.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::domain::certificate::Certificate;
use crate::domain::digest::Digest;
use crate::domain::number::CertificateNumber;
use crate::domain::status::Status;
use crate::domain::time::Instant;

use crate::registry::{Lineage, VaultError};

use super::press_room::{Made, PressRoom};
use super::progress::{Progress, Stage};
use super::{Service, ServiceError};

/// Records looked at in one step.
const PAGE: u32 = 256;

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The number and the facts are recorded, the file was never completed.
    #[error("{0}：已占号但未完成签发；运行 yinxin issue 续办 / reserved but not completed; run yinxin issue")]
    Reserved(CertificateNumber),
    /// The vault has no file for a completed record.
    #[error("{0}：文件缺失 / the file is missing")]
    FileMissing(CertificateNumber),
    /// The vault's file cannot be opened or is not the recorded one.
    #[error("{0}：文件损坏 / the file is damaged")]
    FileDamaged(CertificateNumber),
    /// The file is the recorded one and its signature does not verify.
    #[error("{0}：签名验证不通过 / the signature does not verify")]
    Signature(CertificateNumber),
    /// A file that is missing or damaged cannot be made again.
    #[error("{what}；无法重新制作：{why} / it cannot be made again")]
    Lost {
        /// What is wrong with it.
        what: Box<Finding>,
        /// What stands in the way.
        why: String,
    },
    /// A certificate and the one that replaces it do not name each other.
    #[error("{number}：与 {other} 的更正换发关系有误（{what}）/ the two do not belong together as certificate and successor")]
    Succession {
        /// The certificate.
        number: CertificateNumber,
        /// The one that it names.
        other: CertificateNumber,
        /// What is wrong.
        what: &'static str,
    },
    /// The record cannot be read.
    #[error("{0}：登记记录无法读取（{1}）/ the record cannot be read")]
    Record(String, String),
    /// A series counts otherwise than its certificates.
    #[error("编号系列 {id}：计数 {last}，实有 {count} 个，编号 {min} 至 {max} / the series does not count its certificates")]
    Series {
        /// The series.
        id: String,
        /// The last number given.
        last: u64,
        /// Certificates in it.
        count: u64,
        /// The lowest sequence.
        min: u64,
        /// The highest sequence.
        max: u64,
    },
    /// Processes that died while writing left files in the vault.
    #[error(
        "文件库中有 {0} 个未写完的临时文件，不影响任何证书；运行 yinxin doctor --repair 清除 / half-written files in the vault, harmless; --repair removes them"
    )]
    Leftovers(u64),
    /// The audit trail was changed.
    #[error("审计记录链在第 {0} 条处断裂 / the audit trail is broken at this entry")]
    Trail(i64),
}

/// What a doctor's round found.
#[derive(Debug, Default)]
pub struct Diagnosis {
    /// Records looked at.
    pub checked: u64,
    /// What is wrong and still is.
    pub findings: Vec<Finding>,
    /// Files that were made again, and proved by their recorded digest.
    pub repaired: Vec<CertificateNumber>,
    /// Half-written files that were removed.
    pub swept: u64,
}

impl Service {
    /// Looks at every record. With a press room, lost and damaged files are made again, and what dead processes left is removed.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer at all.
    pub async fn doctor(&self, room: Option<&Arc<PressRoom>>, now: Instant, progress: &dyn Progress) -> Result<Diagnosis, ServiceError> {
        let mut diagnosis = Diagnosis::default();
        match (self.vault.leftovers(now, room.is_some()).await?, room) {
            (0, _) => {}
            (swept, Some(_)) => diagnosis.swept = swept,
            (left, None) => diagnosis.findings.push(Finding::Leftovers(left)),
        }
        self.check_series(&mut diagnosis).await?;
        if let Some(entry) = self.registry.verify_event_chain().await? {
            diagnosis.findings.push(Finding::Trail(entry));
        }
        progress.stage(Stage::Examine, self.registry.counts().await?.certificates);
        let mut after: Option<CertificateNumber> = None;
        loop {
            let page = self.registry.certificates(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(diagnosis) };
            after = Some(last.facts.claims.number.clone());
            let examined = stream::iter(&page).map(|certificate| self.examine(certificate)).buffered(self.vault.at_once());
            for (certificate, finding) in page.iter().zip(examined.try_collect::<Vec<_>>().await?) {
                if let Some(finding) = finding {
                    self.treat(certificate, finding, room, &mut diagnosis).await?;
                }
                diagnosis.findings.extend(self.examine_line(certificate).await?);
            }
            let looked_at = u64::try_from(page.len()).unwrap_or(0);
            diagnosis.checked += looked_at;
            progress.advance(looked_at);
        }
    }

    async fn check_series(&self, diagnosis: &mut Diagnosis) -> Result<(), ServiceError> {
        for state in self.registry.series_states().await? {
            let contiguous = state.count == 0 || (state.min == 1 && state.max == state.count);
            if !contiguous || state.last_seq != state.count {
                let (id, last, count) = (state.id, state.last_seq, state.count);
                diagnosis.findings.push(Finding::Series { id, last, count, min: state.min, max: state.max });
            }
        }
        Ok(())
    }

    async fn examine(&self, certificate: &Certificate) -> Result<Option<Finding>, ServiceError> {
        let number = certificate.facts.claims.number.clone();
        let Some(file) = certificate.status.file() else { return Ok(Some(Finding::Reserved(number))) };
        let pdf = match self.vault.get(&file.digest).await {
            Ok(Some(pdf)) => pdf,
            Ok(None) => return Ok(Some(Finding::FileMissing(number))),
            Err(VaultError::Damaged { .. }) => return Ok(Some(Finding::FileDamaged(number))),
            // A store that is away has not lost its files: nothing is said of them, and nothing is made again.
            Err(away @ VaultError::Bucket { .. }) => return Err(away.into()),
            Err(_) => return Ok(Some(Finding::FileDamaged(number))),
        };
        if Digest::of(&pdf) != file.digest || u64::try_from(pdf.len()).ok() != Some(file.bytes) {
            return Ok(Some(Finding::FileDamaged(number)));
        }
        Ok((!self.verifier.verify(&pdf).is_genuine()).then_some(Finding::Signature(number)))
    }

    /// Whether a certificate and those that it names, before and after it, name each other and nobody else.
    async fn examine_line(&self, certificate: &Certificate) -> Result<Vec<Finding>, ServiceError> {
        let (number, before) = (&certificate.facts.claims.number, &certificate.facts.claims.replaces);
        let after = match &certificate.status {
            Status::Corrected { successor, .. } => Some(successor),
            _ => None,
        };
        if before.is_none() && after.is_none() {
            return Ok(Vec::new());
        }
        let Some(own) = self.registry.lineage(number).await? else { return Ok(Vec::new()) };
        let mut findings = Vec::new();
        if let Some(original) = before {
            let slip = slip(self.registry.lineage(original).await?.as_ref(), Some(&own));
            findings.extend(slip.map(|what| Finding::Succession { number: number.clone(), other: original.clone(), what }));
        }
        if let Some(successor) = after {
            let slip = slip(Some(&own), self.registry.lineage(successor).await?.as_ref());
            findings.extend(slip.map(|what| Finding::Succession { number: number.clone(), other: successor.clone(), what }));
        }
        Ok(findings)
    }

    async fn treat(
        &self,
        certificate: &Certificate,
        finding: Finding,
        room: Option<&Arc<PressRoom>>,
        diagnosis: &mut Diagnosis,
    ) -> Result<(), ServiceError> {
        let (true, Some(room)) = (matches!(finding, Finding::FileMissing(_) | Finding::FileDamaged(_)), room) else {
            diagnosis.findings.push(finding);
            return Ok(());
        };
        match self.make_again(certificate, room).await? {
            Ok(()) => diagnosis.repaired.push(certificate.facts.claims.number.clone()),
            Err(why) => diagnosis.findings.push(Finding::Lost { what: Box::new(finding), why }),
        }
        Ok(())
    }

    /// Makes the file from its record; keeps it only if it is the recorded one to the bit. Answers why it could not be made.
    async fn make_again(&self, certificate: &Certificate, room: &Arc<PressRoom>) -> Result<Result<(), String>, ServiceError> {
        let facts = &certificate.facts;
        if let Err(why) = self.prepare_plate(room, facts).await {
            return Ok(Err(why.to_string()));
        }
        let portrait = self.portrait_of(facts).await?;
        match room.make(facts, portrait.as_deref()) {
            Ok(Made { released, .. }) if Some(released.file()) == certificate.status.file() => {
                let digest = released.file().digest;
                self.vault.put_many(vec![(digest, released.into_parts().0)]).await?;
                self.vault.barrier().await?;
                Ok(Ok(()))
            }
            Ok(Made { released, .. }) => Ok(Err(format!("得到另一文件 {} / it gives another file", released.file().digest))),
            Err(why) => Ok(Err(why.to_string())),
        }
    }
}

/// What is wrong with a certificate and its successor.
fn slip(original: Option<&Lineage>, successor: Option<&Lineage>) -> Option<&'static str> {
    let (Some(original), Some(successor)) = (original, successor) else { return Some("没有登记 / not on record") };
    let (first, second) = (&original.certificate, &successor.certificate);
    if second.facts.claims.replaces.as_ref() != Some(&first.facts.claims.number) {
        return Some("新证书未注明原编号 / the successor does not name the original");
    }
    if successor.award_id != original.award_id || successor.generation != original.generation + 1 {
        return Some("不是同一奖项的下一份 / it is not the next one for the award");
    }
    match (&first.status, &second.status) {
        (Status::Valid { .. }, Status::Reserved) => None,
        (Status::Corrected { successor, .. }, status) if *status != Status::Reserved && *successor == second.facts.claims.number => None,
        _ => Some("两者状态矛盾 / their states contradict each other"),
    }
}
