//! A contest with everything that belongs to it, as one ZIP. `docs/exports.md` says what is in it.
//!
//! Each part is made in memory and bounded (a sheet has 50,000 rows), the certificates' files are copied one by one: what the whole
//! takes is the largest part, and for a download the archive itself. What objectors wrote, and why an objection was decided as it was, is
//! theirs and the objections officer's: it is never in it.

use std::io::{Seek, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use crate::domain::award::{Achievement, Award, Role};
use crate::domain::claim::ClaimId;
use crate::domain::contest_form::Typed;
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::notice::NoticeState;
use crate::domain::objection::ObjectionState;
use crate::domain::time::Instant;
use crate::registry::{CertificateFilter, ContestRecord};
use crate::service::award_list::Column;
use crate::service::{Service, ServiceError};

use super::Mandate;
use super::exports::{ExportError, Privacy};
use super::sheet::Book;

const STEP: u32 = 1_000;
/// What a claim's holder alone does with it, by the words of the audit trail.
const HOLDERS_ACTS: [&str; 4] = ["submit claim", "claim contact", "withdraw claim", "resubmit claim"];

/// What is wanted of a contest.
#[derive(Debug, Clone)]
pub struct ContestWanted<'a> {
    /// Which one.
    pub contest: &'a Slug,
    /// How identity numbers and telephones are written.
    pub privacy: &'a Privacy,
    /// Whether the certificates' files come along.
    pub files: bool,
}

/// What came into an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Packed {
    /// Files, the manifest not counted.
    pub files: u64,
    /// Certificates.
    pub certificates: u64,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is no such contest in the records.
    #[error("没有赛事 {0} / there is no contest {0}")]
    NoContest(Slug),
    /// A part could not be made.
    #[error(transparent)]
    Part(#[from] ExportError),
    /// It could not be written.
    #[error("无法写入压缩包 / the archive could not be written: {0}")]
    Zip(#[from] ZipError),
    /// It could not be written.
    #[error("无法写入压缩包 / the archive could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// A file is not in the vault.
    #[error("缺少文件 {0}；请运行 yinxin doctor / a file is missing: run yinxin doctor")]
    Missing(String),
}

impl From<ServiceError> for ArchiveError {
    fn from(error: ServiceError) -> Self {
        Self::Part(error.into())
    }
}

impl From<crate::registry::RegistryError> for ArchiveError {
    fn from(error: crate::registry::RegistryError) -> Self {
        Self::Part(ServiceError::from(error).into())
    }
}

/// An archive as it grows, with the digest of each file.
struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    manifest: Vec<Value>,
}

impl<W: Write + Seek> Archive<W> {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.zip.start_file(name, SimpleFileOptions::default())?;
        self.zip.write_all(bytes)?;
        self.manifest.push(json!({ "name": name, "bytes": bytes.len(), "sha256": Digest::of(bytes).to_string() }));
        Ok(())
    }

    fn put_json(&mut self, name: &str, value: &Value) -> Result<(), ArchiveError> {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.put(name, (text + "\n").as_bytes())
    }
}

const LIST: [(Column, f64); 13] = [
    (Column::Programme, 20.0),
    (Column::Name, 16.0),
    (Column::DocumentKind, 16.0),
    (Column::DocumentNumber, 24.0),
    (Column::Telephone, 18.0),
    (Column::School, 28.0),
    (Column::Category, 16.0),
    (Column::Subject, 24.0),
    (Column::Work, 34.0),
    (Column::Award, 12.0),
    (Column::Role, 12.0),
    (Column::CoCreators, 24.0),
    (Column::Instructors, 24.0),
];

/// An award as a row that the reader of lists takes again. Whoever has a row of their own is not named in another's; what belongs to no
/// work has its instructors beside it, and they need no row.
fn list_row(award: &Award, privacy: &Privacy) -> Option<Vec<String>> {
    let Achievement::Award { level, role, category, subject, work, instructors, .. } = &award.achievement else { return None };
    if work.is_empty() && *role == Role::Instructor {
        return None;
    }
    let beside = if work.is_empty() { instructors.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("、") } else { String::new() };
    let holder = &award.holder;
    Some(vec![
        award.programme.to_string(),
        holder.name.to_string(),
        holder.document.as_ref().map(|d| d.kind().zh().to_owned()).unwrap_or_default(),
        holder.document.as_ref().map(|d| privacy.number(d.masked(), d.number())).unwrap_or_default(),
        holder.telephone.as_ref().map(|t| privacy.number(t.masked(), t.as_str())).unwrap_or_default(),
        holder.school.clone(),
        category.clone(),
        subject.clone(),
        work.clone(),
        level.zh().to_owned(),
        role.zh().to_owned(),
        String::new(),
        beside,
    ])
}

fn contest_json(record: &ContestRecord, at: Instant) -> Value {
    let mut value = json!({
        "id": record.programme.id.as_str(), "name": record.programme.name, "issuer": record.programme.issuer.as_str(),
        "notice": record.state.code(), "exported_at": at.rfc3339_beijing(),
    });
    if let Some(contest) = record.programme.contest() {
        let typed = Typed::of(&record.programme, contest);
        for (name, text) in [
            ("name_en", typed.name_en),
            ("short_name", typed.short_name),
            ("edition", typed.edition),
            ("document_number", typed.document_number),
            ("template", typed.template),
            ("pattern", typed.pattern),
            ("series", typed.series),
            ("registration", typed.registration),
            ("notice_opens", typed.notice_opens),
            ("notice_closes", typed.notice_closes),
            ("registration_closes", typed.registration_closes),
            ("release", typed.release),
            ("claims_close", typed.claims_close),
        ] {
            value[name] = text.into();
        }
        value["organisers"] = json!(contest.organisers);
        value["groups"] = json!(contest.groups);
        value["categories"] = json!(contest.categories);
    }
    value
}

impl Service {
    /// Writes a contest with everything that belongs to it. That it was is in the audit trail before anything is read.
    ///
    /// # Errors
    /// [`ArchiveError`]; what was written by then is of no use.
    pub async fn export_contest<W: Write + Seek + Send>(
        &self,
        mandate: &Mandate,
        wanted: &ContestWanted<'_>,
        out: W,
        at: Instant,
    ) -> Result<Packed, ArchiveError> {
        let contest = wanted.contest;
        let record = self.contest_or_configured(contest).await?;
        self.registry.note(mandate.actor(), "export contest", contest.as_str(), &wanted.privacy.said(), at).await?;
        let mut archive = Archive { zip: ZipWriter::new(out), manifest: Vec::new() };
        archive.put_json("contest.json", &contest_json(&record, at))?;
        archive.put("award-list.xlsx", &self.list_again(contest, wanted.privacy).await?)?;
        self.pack_notice(&record, &mut archive).await?;
        archive.put_json("objections.json", &self.objections_told(contest).await?)?;
        let certificates = self.pack_certificates(contest, wanted.files, &mut archive).await?;
        let (told, claims) = self.claims_told(contest).await?;
        archive.put_json("claims.json", &told)?;
        archive.put_json("audit-trail.json", &self.trail_told(contest, &certificates, &claims).await?)?;
        let packed = Packed {
            files: u64::try_from(archive.manifest.len()).unwrap_or(u64::MAX),
            certificates: u64::try_from(certificates.len()).unwrap_or(u64::MAX),
        };
        let manifest = json!({
            "contest": contest.as_str(), "exported_at": at.rfc3339_beijing(), "personal_numbers": wanted.privacy.code(),
            "files": archive.manifest,
        });
        archive.put_json("manifest.json", &manifest)?;
        archive.zip.finish()?.flush()?;
        Ok(packed)
    }

    /// A contest of the records, or one of the configuration whose notice was not published.
    async fn contest_or_configured(&self, id: &Slug) -> Result<ContestRecord, ArchiveError> {
        if let Some(record) = self.registry.contest(id).await? {
            return Ok(record);
        }
        let programme = self.programmes().await?.into_iter().find(|programme| programme.id == *id);
        let programme = programme.ok_or_else(|| ArchiveError::NoContest(id.clone()))?;
        let timeline = programme.contest().map(|contest| contest.timeline).ok_or_else(|| ArchiveError::NoContest(id.clone()))?;
        Ok(ContestRecord { programme, timeline, state: NoticeState::Draft })
    }

    async fn list_again(&self, contest: &Slug, privacy: &Privacy) -> Result<Vec<u8>, ArchiveError> {
        let titles: Vec<(&str, f64)> = LIST.iter().map(|(column, width)| (column.zh(), *width)).collect();
        let mut book = Book::begin("获奖名单", &titles).await.map_err(ExportError::from)?;
        let mut after = 0;
        'reading: loop {
            let page = self.registry.awards_with_standing(contest, after, STEP).await?;
            let Some((last, ..)) = page.last() else { break };
            after = last.seq;
            for (record, ..) in &page {
                if let Some(row) = list_row(&record.award, privacy)
                    && !book.row(&row).map_err(ExportError::from)?
                {
                    break 'reading;
                }
            }
        }
        Ok(book.end().map_err(ExportError::from)?.0)
    }

    /// The lists as they were signed, the signed statements, and the entries as they stand now, with the public remarks.
    async fn pack_notice<W: Write + Seek>(&self, record: &ContestRecord, archive: &mut Archive<W>) -> Result<(), ArchiveError> {
        let contest = &record.programme.id;
        let lists = [record.state.publication().map(|p| ("published", p.list)), record.state.closing().map(|c| ("final", c.list))];
        for (name, digest) in lists.into_iter().flatten() {
            let bytes = self.vault.get(&digest).await.map_err(ServiceError::from)?;
            archive.put(&format!("notice/{name}.txt"), &bytes.ok_or_else(|| ArchiveError::Missing(digest.to_string()))?)?;
        }
        for statement in self.registry.notice_statements(contest).await? {
            let name = format!("notice/statement-{}-{}.jws", statement.seq, statement.act.code());
            archive.put(&name, statement.jws.as_bytes())?;
        }
        let entry = |row: crate::registry::EntryRow| {
            json!({
                "place": row.place, "holder": row.entry.holder, "school": row.entry.school, "category": row.entry.category,
                "subject": row.entry.subject, "work": row.entry.work, "level": row.entry.level.zh(), "standing": row.standing.code(),
                "remark": row.remark,
            })
        };
        let entries: Vec<Value> = self.registry.entries(contest).await?.into_iter().map(entry).collect();
        archive.put_json("notice/entries.json", &Value::Array(entries))
    }

    /// What came of objections: nothing of who objected, what they wrote, or what they were told.
    async fn objections_told(&self, contest: &Slug) -> Result<Value, ArchiveError> {
        let (mut told, mut after) = (Vec::new(), 0);
        loop {
            let page = self.registry.objections(Some(contest), false, after, STEP).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            told.extend(page.iter().map(|objection| {
                let (state, at) = match &objection.state {
                    ObjectionState::Open => ("open", None),
                    ObjectionState::Rejected { at, .. } => ("rejected", Some(*at)),
                    ObjectionState::Upheld { at, .. } => ("upheld", Some(*at)),
                };
                json!({
                    "objection": objection.id, "entry": objection.place, "filed_at": objection.filed_at.rfc3339_beijing(),
                    "state": state, "decided_at": at.map(Instant::rfc3339_beijing),
                })
            }));
        }
        Ok(Value::Array(told))
    }

    /// The certificates with their states and digests, and their files one by one. Answers their numbers.
    async fn pack_certificates<W: Write + Seek>(
        &self,
        contest: &Slug,
        files: bool,
        archive: &mut Archive<W>,
    ) -> Result<Vec<String>, ArchiveError> {
        let filter = CertificateFilter { programme: Some(contest.clone()), ..CertificateFilter::default() };
        let (mut told, mut numbers, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = self.registry.search_certificates(&filter, after.as_ref(), STEP).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.facts.claims.number.clone());
            for certificate in &page {
                let claims = &certificate.facts.claims;
                let file = certificate.status.file();
                told.push(json!({
                    "number": claims.number.as_str(), "state": certificate.status.code(), "holder": claims.holder.as_str(),
                    "school": claims.school, "issued_on": claims.issued_on.to_string(),
                    "public_from": certificate.release.rfc3339_beijing(), "sha256": file.map(|file| file.digest.to_string()),
                    "replaces": claims.replaces.as_ref().map(ToString::to_string),
                }));
                numbers.push(claims.number.to_string());
                if let Some(file) = file.filter(|_| files) {
                    let bytes = self.vault.get(&file.digest).await.map_err(ServiceError::from)?;
                    let name = format!("certificates/{}.pdf", claims.number);
                    archive.put(&name, &bytes.ok_or_else(|| ArchiveError::Missing(name.clone()))?)?;
                }
            }
        }
        archive.put_json("certificates.json", &Value::Array(told))?;
        Ok(numbers)
    }

    /// The claims that the contest's awards entitled to, without their holders, and their numbers.
    async fn claims_told(&self, contest: &Slug) -> Result<(Value, Vec<ClaimId>), ArchiveError> {
        let mut claims = Vec::new();
        let (mut told, mut after) = (std::collections::BTreeMap::<&str, Vec<Value>>::new(), ClaimId(0));
        loop {
            let page = self.registry.contest_claims(contest, after, STEP).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for claim in page {
                claims.push(claim.id);
                told.entry(claim.state.code()).or_default().push(json!({
                    "claim": claim.id.0, "offer": claim.offer.as_str(), "submitted_at": claim.submitted.rfc3339_beijing(),
                    "changed_at": claim.changed.rfc3339_beijing(), "certificate_number": claim.number.map(|number| number.to_string()),
                }));
            }
        }
        Ok((json!(told), claims))
    }

    /// The trail's entries about the contest, its certificates and its claims, in their order. What holders did with their claims is told
    /// without their accounts, as the claims themselves are.
    async fn trail_told(&self, contest: &Slug, numbers: &[String], claims: &[ClaimId]) -> Result<Value, ArchiveError> {
        let subjects: Vec<String> = std::iter::once(contest.to_string()).chain(numbers.iter().cloned()).collect();
        let event = |event: crate::registry::Event| {
            json!({
                "id": event.id, "at": event.at.rfc3339_beijing(), "actor": event.actor, "action": event.action,
                "subject": event.subject, "detail": event.detail,
            })
        };
        let mut told = self.registry.trail_about(&subjects).await?;
        for mut event in self.registry.trail_of_claims(claims).await? {
            if HOLDERS_ACTS.contains(&event.action.as_str()) {
                event.actor = "holder".to_owned();
            }
            told.push(event);
        }
        told.sort_by_key(|event| event.id);
        Ok(Value::Array(told.into_iter().map(event).collect()))
    }
}
