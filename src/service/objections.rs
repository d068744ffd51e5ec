//! Objections: handed in by anyone while a notice runs, read and decided by one role.

use std::net::IpAddr;

use crate::document::evidence::{self, Evidence, EvidenceError};
use crate::domain::correction::{Correction, CorrectionError, Edits};
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::notice::NotAccepted;
use crate::domain::objection::{DecisionReason, Form, Objection};
use crate::domain::receipt::ReceiptCode;
use crate::domain::status::{CorrectionReason, CorrectionReasonError};
use crate::domain::time::Instant;
use crate::registry::{
    Act, ContestError, FilePurpose, FileRecord, NewFile, NewObjection, ObjectionContent, ObjectionRecord, RegistryError, Remedy,
    StoredKind, Verdict,
};

use super::access::ObjectionsMandate;
use super::limits::LimitedError;
use super::{Service, ServiceError, entropy};

/// The most attachments of one objection.
pub const MAX_ATTACHMENTS: usize = 5;
/// The largest file of an objection, in bytes.
pub const MAX_FILE_BYTES: usize = 5 << 20;
/// The longest name of a file that is kept, in characters.
const MAX_FILE_NAME: usize = 120;
/// Random bytes before a file in the vault, so that its address there does not tell what it is.
const VEIL: usize = 32;

/// A file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// The name that the sender's program gave it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An objection as it comes in.
pub struct Handed<'a> {
    /// The contest.
    pub contest: &'a Slug,
    /// The place of the entry; none for the whole list.
    pub place: Option<i64>,
    /// What it says.
    pub objection: &'a Objection,
    /// The picture of the signature, or of the seal.
    pub mark: SentFile,
    /// What the grounds refer to.
    pub attachments: Vec<SentFile>,
    /// Of the form, so that the form sent twice is one objection.
    pub nonce: [u8; 16],
    /// From where.
    pub from: IpAddr,
}

/// Why an objection is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// The notice does not run, or the list has no such entry.
    #[error(transparent)]
    NotAccepted(#[from] NotAccepted),
    /// The list has no such entry.
    #[error("名单中没有第 {0} 条 / the list has no entry {0}")]
    NoEntry(i64),
    /// The picture of the signature or the seal is none.
    #[error(transparent)]
    Mark(EvidenceError),
    /// An attachment is neither a picture nor a PDF.
    #[error("{name}：{source}")]
    Attachment {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: EvidenceError,
    },
    /// Too many attachments.
    #[error("附件有 {0} 个，最多 {MAX_ATTACHMENTS} 个 / {0} attachments; {MAX_ATTACHMENTS} are the most")]
    TooMany(usize),
    /// Too many objections from one address.
    #[error(transparent)]
    Limited(#[from] LimitedError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// What staff decide.
pub enum Decision {
    /// Not upheld.
    Reject,
    /// Upheld, with what is done to entries of the list.
    Uphold(Vec<Step>),
}

/// What is done to one entry, as it is typed.
pub struct Step {
    /// The place of the entry.
    pub place: i64,
    /// The right facts; none to take the entry off the list.
    pub edits: Option<Box<Edits>>,
    /// What the public reads.
    pub remark: String,
}

/// Why an objection was not decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// What was typed is no change.
    #[error("第 {place} 条：{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Facts {
        /// Of which entry.
        place: i64,
        /// What is wrong.
        errors: Vec<CorrectionError>,
    },
    /// The remark.
    #[error(transparent)]
    Remark(#[from] CorrectionReasonError),
    /// An objection against an entry was to be upheld without doing anything about it.
    #[error("异议针对第 {0} 条，支持异议须说明如何处理该条 / it is against entry {0}: say what is done about it")]
    Nothing(i64),
    /// The records do not allow it, or do not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for DecideError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Takes an objection in. The answer is the code of its receipt, which is kept nowhere: whoever has it follows the objection.
    ///
    /// # Errors
    /// [`HandInError`]; nothing is recorded then.
    pub async fn hand_in(&self, handed: Handed<'_>, now: Instant) -> Result<ReceiptCode, HandInError> {
        let Handed { contest, place, objection, mark, attachments, nonce, from } = handed;
        // Before pictures are decoded: what comes too late or too often costs nothing.
        let record = self.registry.contest(contest).await.map_err(ServiceError::from)?.ok_or(NotAccepted::NoNotice)?;
        record.state.accepts_objections(&record.timeline, now)?;
        if attachments.len() > MAX_ATTACHMENTS {
            return Err(HandInError::TooMany(attachments.len()));
        }
        let code = ReceiptCode::of(&self.registry.keys().receipt_bits(&nonce));
        if self.registry.objection_by_receipt(&code).await.map_err(ServiceError::from)?.is_some() {
            return Ok(code);
        }
        self.count_objection(from, now).await?;
        let purpose = match objection.form() {
            Form::Person => FilePurpose::Signature,
            Form::Organisation => FilePurpose::Seal,
        };
        let read = move || read_files(purpose, &mark, &attachments);
        let taken = tokio::task::spawn_blocking(read).await.map_err(ServiceError::from)??;
        let (files, objects) = veiled(taken);
        self.vault.put_many(objects).await.map_err(ServiceError::from)?;
        self.vault.barrier().await.map_err(ServiceError::from)?;
        let new = NewObjection { receipt: &code, contest, place, objection, files: &files, at: now };
        match self.registry.file_objection(&new).await {
            Ok(_) => Ok(code),
            Err(RegistryError::Contest(ContestError::NotAccepted(why))) => Err(why.into()),
            Err(RegistryError::Contest(ContestError::NoEntry(place))) => Err(HandInError::NoEntry(place)),
            Err(error) => Err(ServiceError::from(error).into()),
        }
    }

    /// What became of the objection with this receipt.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn follow_objection(&self, code: &ReceiptCode) -> Result<Option<ObjectionRecord>, ServiceError> {
        Ok(self.registry.objection_by_receipt(code).await?)
    }

    /// Objections without what is private in them, in the order in which they came.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn objections(
        &self,
        _: &ObjectionsMandate,
        contest: Option<&Slug>,
        open_only: bool,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ObjectionRecord>, ServiceError> {
        Ok(self.registry.objections(contest, open_only, after, limit).await?)
    }

    /// An objection with what is private in it, for the role that handles objections; the audit trail says that it was read.
    ///
    /// # Errors
    /// [`ServiceError`] if there is none.
    pub async fn read_objection(
        &self,
        id: i64,
        mandate: &ObjectionsMandate,
        now: Instant,
    ) -> Result<(ObjectionRecord, ObjectionContent), ServiceError> {
        let content = self.registry.read_objection(id, mandate.actor(), now).await?;
        let record = self.registry.objection(id).await?.ok_or(ContestError::NoObjection(id))?;
        Ok((record, content))
    }

    /// A file of an objection, for the same role; the audit trail says that it was read.
    ///
    /// # Errors
    /// [`ServiceError`] if there is none.
    pub async fn read_objection_file(
        &self,
        id: i64,
        seq: i64,
        mandate: &ObjectionsMandate,
        now: Instant,
    ) -> Result<(FileRecord, Vec<u8>), ServiceError> {
        let record = self.registry.read_objection_file(id, seq, mandate.actor(), now).await?;
        let mut bytes = self.vault.get(&record.file).await?.ok_or(ContestError::NoObjection(id))?;
        bytes.drain(..VEIL.min(bytes.len()));
        Ok((record, bytes))
    }

    /// Decides an objection.
    ///
    /// # Errors
    /// [`DecideError`]; nothing is decided then.
    pub async fn decide_objection(
        &self,
        id: i64,
        decision: Decision,
        reason: DecisionReason,
        mandate: &ObjectionsMandate,
        now: Instant,
    ) -> Result<(), DecideError> {
        let verdict = match decision {
            Decision::Reject => Verdict::Rejected,
            Decision::Uphold(steps) => {
                let record = self.registry.objection(id).await?.ok_or(RegistryError::from(ContestError::NoObjection(id)))?;
                if let Some(place) = record.place.filter(|place| !steps.iter().any(|step| step.place == *place)) {
                    return Err(DecideError::Nothing(place));
                }
                let mut remedies = Vec::with_capacity(steps.len());
                for step in steps {
                    remedies.push(self.remedy(&record.contest, step).await?);
                }
                Verdict::Upheld(remedies)
            }
        };
        Ok(self.registry.decide_objection(id, &verdict, reason, mandate.actor(), now).await?)
    }

    async fn remedy(&self, contest: &Slug, step: Step) -> Result<Remedy, DecideError> {
        let Step { place, edits, remark } = step;
        let Some(edits) = edits else {
            return Ok(Remedy { place, act: Act::Withdraw, remark: CorrectionReason::parse(&remark)? });
        };
        let before = self.registry.award_at(contest, place).await?.award;
        let correction = Correction::parse(&before, &edits, &remark).map_err(|errors| DecideError::Facts { place, errors })?;
        let after = Box::new(correction.award().clone());
        Ok(Remedy { place, act: Act::Change { before: Box::new(before), after }, remark: correction.reason().clone() })
    }
}

/// A file that was read: what it is for, under which name it came, and what is kept of it.
struct Taken {
    purpose: FilePurpose,
    name: String,
    evidence: Evidence,
}

fn read_files(purpose: FilePurpose, mark: &SentFile, attachments: &[SentFile]) -> Result<Vec<Taken>, HandInError> {
    let taken = |purpose, sent: &SentFile, evidence| {
        let name = sent.name.chars().filter(|c| !c.is_control()).take(MAX_FILE_NAME).collect();
        Taken { purpose, name, evidence }
    };
    let mark_picture = evidence::picture(&mark.bytes, MAX_FILE_BYTES).map_err(HandInError::Mark)?;
    let mut files = vec![taken(purpose, mark, mark_picture)];
    for sent in attachments {
        let read = evidence::attachment(&sent.bytes, MAX_FILE_BYTES);
        let evidence = read.map_err(|source| HandInError::Attachment { name: sent.name.chars().take(MAX_FILE_NAME).collect(), source })?;
        files.push(taken(FilePurpose::Attachment, sent, evidence));
    }
    Ok(files)
}

fn veiled(taken: Vec<Taken>) -> (Vec<NewFile>, Vec<(Digest, Vec<u8>)>) {
    let hide = |taken: Taken| {
        let mut bytes = vec![0; VEIL];
        entropy::fill(&mut bytes);
        let (kind, content) = match taken.evidence {
            Evidence::Picture(jpeg) => (StoredKind::Jpeg, jpeg),
            Evidence::Pdf(pdf) => (StoredKind::Pdf, pdf),
        };
        bytes.extend_from_slice(&content);
        let file = Digest::of(&bytes);
        (NewFile { purpose: taken.purpose, kind, file, name: taken.name }, (file, bytes))
    };
    taken.into_iter().map(hide).unzip()
}
