//! A folder with all certificates of one issuer that can be checked when this service is gone: facts with their proofs, files, public keys,
//! the signed list of states, and a page that checks files and codes by itself.
//!
//! Nothing is in it that the certificates do not print, but what the public could read of each: its state, with reason and date.

mod texts;

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::json;

use crate::domain::certificate::Certificate;
use crate::domain::digest::Digest;
use crate::domain::issuer::{Issuer, Slug};
use crate::domain::number::CertificateNumber;
use crate::domain::status::Status;
use crate::domain::time::Instant;
use crate::sealing::JwsError;
use crate::sealing::state_list::HeadingRow;
use crate::sealing::statement::{self, Content};
use crate::sealing::verify::{attached, signing_certificate, stated};

use super::backup::{BackupError, Writing};
use super::key_folder::{KeyFolder, KeyFolderError};
use super::progress::{Progress, Stage};
use super::{Service, ServiceError};

/// The name of the form.
const FORM: &str = "yinxin-export/1";
/// Records read in one step.
const PAGE: u32 = 256;
/// Bytes of the digest of a number that name it in [`Packed`].
const NAME: usize = 8;

/// What is to be exported, and where to.
pub struct Order<'a> {
    /// Whose certificates.
    pub issuer: &'a Slug,
    /// A folder that is not there yet.
    pub out: &'a Path,
    /// Whether the PDF files go along.
    pub files: bool,
    /// Who asks, for the audit trail.
    pub actor: &'a str,
    /// When.
    pub now: Instant,
    /// Makes the page that checks files and codes.
    pub page: &'a (dyn Fn(&Packed) -> String + Sync),
}

/// What was exported.
#[derive(Debug)]
pub struct Exported {
    /// Certificates in it.
    pub certificates: u64,
    /// Certificates that are not, each with the reason: their files are missing or do not verify. The doctor says more.
    pub left_out: Vec<(CertificateNumber, &'static str)>,
}

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such issuer.
    #[error("配置中没有签发机构 {0} / the configuration has no such issuer")]
    NoIssuer(Slug),
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] BackupError),
    /// The public keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyFolderError),
    /// What is said of the export cannot be signed.
    #[error(transparent)]
    Statement(#[from] JwsError),
    /// A line cannot be written as JSON.
    #[error("无法写成 JSON：{0} / it cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// Registry or vault do not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// What the page has in it: as little of each certificate as will do, since there may be many.
#[derive(Debug, Serialize)]
pub struct Packed {
    /// Whose certificates.
    pub issuer: Named,
    /// Where the public reached the service.
    pub public_url: String,
    /// When the export was made, in milliseconds since 1970.
    pub made_at: i64,
    /// How many certificates.
    pub certificates: usize,
    /// The proof keys of the issuer and the statement keys: a JSON Web Key Set.
    pub keys: serde_json::Value,
    /// The certificates that files are signed with, in DER as base64.
    pub signers: Vec<String>,
    /// The certificates that do not stand, by number.
    pub fallen: BTreeMap<String, Fallen>,
    /// For each certificate the first eight bytes of its number's SHA-256, in ascending order, with the 32 of its file's behind them; as
    /// base64. 40,000 certificates are 2.1 MB.
    pub records: String,
    /// What the codes on the certificates leave out, as the list of states has it.
    pub headings: Vec<HeadingRow>,
}

/// A name in both languages.
#[derive(Debug, Serialize)]
pub struct Named {
    /// The key in records.
    pub id: String,
    /// In Chinese.
    pub name: String,
    /// In English, or empty.
    pub name_en: String,
}

/// A certificate that does not stand.
#[derive(Debug, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Fallen {
    /// Taken back.
    Revoked {
        /// When (RFC 3339, Beijing's time).
        at: String,
        /// Why.
        reason: String,
    },
    /// Replaced.
    Corrected {
        /// When (RFC 3339, Beijing's time).
        at: String,
        /// Why.
        reason: String,
        /// By which certificate.
        successor: String,
    },
}

impl Fallen {
    fn of(status: &Status) -> Option<Self> {
        match status {
            Status::Reserved | Status::Valid { .. } => None,
            Status::Revoked { at, reason, .. } => Some(Self::Revoked { at: at.rfc3339_beijing(), reason: reason.as_str().to_owned() }),
            Status::Corrected { at, reason, successor, .. } => Some(Self::Corrected {
                at: at.rfc3339_beijing(),
                reason: reason.as_str().to_owned(),
                successor: successor.as_str().to_owned(),
            }),
        }
    }
}

/// What is collected from certificate to certificate.
#[derive(Default)]
struct Collected {
    records: Vec<[u8; NAME + 32]>,
    signers: BTreeMap<Digest, Vec<u8>>,
    fallen: BTreeMap<String, Fallen>,
    left_out: Vec<(CertificateNumber, &'static str)>,
}

impl Service {
    /// Exports the released certificates of an issuer. Each file is verified on the way.
    ///
    /// # Errors
    /// [`ExportError`]; what was begun is in a folder whose name ends in `.partial`.
    pub async fn export(&self, order: &Order<'_>, progress: &dyn Progress) -> Result<Exported, ExportError> {
        let issuers = &self.config.issuers;
        let issuer = issuers.iter().find(|i| i.id == *order.issuer).ok_or_else(|| ExportError::NoIssuer(order.issuer.clone()))?;
        let mut out = Writing::begin(order.out)?;
        let mut lines = out.sink("certificates.jsonl")?;
        let mut collected = Collected::default();
        let mut after: Option<CertificateNumber> = None;
        progress.stage(Stage::Export, self.registry.counts().await.map_err(ServiceError::from)?.certificates);
        loop {
            let page = self.registry.certificates(after.as_ref(), PAGE).await.map_err(ServiceError::from)?;
            let Some(last) = page.last() else { break };
            after = Some(last.facts.claims.number.clone());
            progress.advance(u64::try_from(page.len()).unwrap_or_default());
            let own = stream::iter(page.iter().filter(|c| c.facts.claims.issuer.id == issuer.id && c.is_public(order.now)));
            let mut read =
                own.map(|certificate| async move { (certificate, self.readable(certificate).await) }).buffered(self.vault.at_once());
            while let Some((certificate, readable)) = read.next().await {
                let number = &certificate.facts.claims.number;
                match readable? {
                    Ok(pdf) => {
                        lines.write(line(certificate, &pdf)?.as_bytes())?;
                        collected.add(certificate, &pdf);
                        if order.files {
                            out.put(&format!("pdf/{number}.pdf"), &pdf)?;
                        }
                    }
                    Err(why) => collected.left_out.push((number.clone(), why)),
                }
            }
        }
        out.end(lines)?;
        for (name, text) in KeyFolder::new(&self.config.keys).public_texts()? {
            out.put(&format!("keys/{name}"), text.as_bytes())?;
        }
        for (fingerprint, der) in &collected.signers {
            out.put(&format!("keys/signing/{fingerprint}.cer"), der)?;
        }
        out.put("states/revocations.jws", self.states(order.now).await?.jws.as_bytes())?;
        let headings = self.own_headings(&issuer.id, order.now).await?;
        let packed = self.pack(issuer, order.now, &mut collected, headings)?;
        out.put("verify.html", (order.page)(&packed).as_bytes())?;
        let text = texts::readme(issuer, self.public_url(), order.now, packed.certificates, order.files);
        out.put("README.md", text.as_bytes())?;
        self.put_manifest(&mut out, issuer, order.now, packed.certificates)?;
        let detail = format!("{} certificates", packed.certificates);
        self.registry.note(order.actor, "export issuer", issuer.id.as_str(), &detail, order.now).await.map_err(ServiceError::from)?;
        out.finish()?;
        Ok(Exported { certificates: u64::try_from(packed.certificates).unwrap_or(u64::MAX), left_out: collected.left_out })
    }

    /// The file of a certificate, if it is the recorded one, verifies, and states what is recorded.
    async fn readable(&self, certificate: &Certificate) -> Result<Result<Vec<u8>, &'static str>, ExportError> {
        let Some(file) = certificate.status.file() else { return Ok(Err("没有文件 / it has no file")) };
        let pdf = match self.vault.get(&file.digest).await {
            Ok(Some(pdf)) => pdf,
            Ok(None) => return Ok(Err("文件缺失 / its file is missing")),
            Err(crate::registry::VaultError::Damaged { .. }) => return Ok(Err("文件损坏 / its file is damaged")),
            Err(e) => return Err(ServiceError::from(e).into()),
        };
        if Digest::of(&pdf) != file.digest || !self.verifier.verify(&pdf).is_genuine() {
            return Ok(Err("签名验证不通过 / its signature does not verify"));
        }
        match stated(&pdf, &self.trust) {
            Ok(claims) if claims == certificate.facts.claims => Ok(Ok(pdf)),
            _ => Ok(Err("文件所载与记录不符 / it does not state what is recorded")),
        }
    }

    /// The headings of the issuer's released certificates.
    async fn own_headings(&self, issuer: &Slug, now: Instant) -> Result<Vec<HeadingRow>, ExportError> {
        let all = self.registry.published_headings(now).await.map_err(ServiceError::from)?;
        let is_own = |kid| self.trust.proof_keys.iter().any(|key| key.issuer == *issuer && key.kid() == kid);
        Ok(all.iter().filter(|heading| is_own(heading.proof_key)).map(HeadingRow::from).collect())
    }

    fn pack(&self, issuer: &Issuer, now: Instant, collected: &mut Collected, headings: Vec<HeadingRow>) -> Result<Packed, ExportError> {
        collected.records.sort_unstable();
        Ok(Packed {
            issuer: Named { id: issuer.id.to_string(), name: issuer.name.clone(), name_en: issuer.name_en.clone() },
            public_url: self.public_url().to_owned(),
            made_at: now.millis(),
            certificates: collected.records.len(),
            keys: own_keys(self.key_set(), &issuer.id)?,
            signers: collected.signers.values().map(|der| STANDARD.encode(der)).collect(),
            fallen: std::mem::take(&mut collected.fallen),
            records: STANDARD.encode(collected.records.concat()),
            headings,
        })
    }

    /// The manifest, as itself and as a statement of the service.
    fn put_manifest(&self, out: &mut Writing, issuer: &Issuer, now: Instant, certificates: usize) -> Result<(), ExportError> {
        let files: BTreeMap<&str, String> = out.sums().iter().map(|(name, digest)| (name.as_str(), digest.to_string())).collect();
        let manifest = json!({
            "form": FORM,
            "issuer": { "id": issuer.id.to_string(), "name": issuer.name, "name_en": issuer.name_en },
            "public_url": self.public_url(),
            "made_at": now.rfc3339_beijing(),
            "certificates": certificates,
            "files": files,
        });
        let text = serde_json::to_string_pretty(&manifest)? + "\n";
        let answer = json!({ "manifest_sha256": Digest::of(text.as_bytes()).to_string(), "certificates": certificates });
        let asked = json!({ "by": "export", "issuer": issuer.id.to_string() });
        let content = Content { issuer: self.public_url(), at: now, asked: &asked, status: 200, answer: &answer };
        let jws = statement::sign(&content, &self.signer.key)?;
        out.put_unlisted("manifest.json", text.as_bytes())?;
        out.put_unlisted("manifest.jws", jws.as_bytes())?;
        Ok(())
    }
}

impl Collected {
    fn add(&mut self, certificate: &Certificate, pdf: &[u8]) {
        let number = &certificate.facts.claims.number;
        let mut record = [0; NAME + 32];
        record[..NAME].copy_from_slice(&Digest::of(number.as_str().as_bytes()).as_bytes()[..NAME]);
        record[NAME..].copy_from_slice(Digest::of(pdf).as_bytes());
        self.records.push(record);
        if let Some(der) = signing_certificate(pdf) {
            self.signers.insert(Digest::of(&der), der);
        }
        if let Some(fallen) = Fallen::of(&certificate.status) {
            self.fallen.insert(number.as_str().to_owned(), fallen);
        }
    }
}

/// A certificate's line: what it states with its proof, its file, its state.
fn line(certificate: &Certificate, pdf: &[u8]) -> Result<String, ExportError> {
    let facts: serde_json::Value = serde_json::from_slice(&attached(pdf).unwrap_or_default())?;
    let state = match Fallen::of(&certificate.status) {
        Some(fallen) => serde_json::to_value(fallen)?,
        None => json!({ "code": "valid" }),
    };
    let line = json!({
        "number": certificate.facts.claims.number.as_str(),
        "state": state,
        "released_at": certificate.release.rfc3339_beijing(),
        "file": { "sha256": Digest::of(pdf).to_string(), "bytes": pdf.len() },
        "certificate": facts,
    });
    Ok(line.to_string() + "\n")
}

/// The statement keys, and of the proof keys those of one issuer: no other's proof counts in its export.
fn own_keys(key_set: &str, issuer: &Slug) -> Result<serde_json::Value, ExportError> {
    let mut set: serde_json::Value = serde_json::from_str(key_set)?;
    if let Some(keys) = set.get_mut("keys").and_then(serde_json::Value::as_array_mut) {
        keys.retain(|key| key.get("issuer").is_none_or(|id| id.as_str() == Some(issuer.as_str())));
    }
    Ok(set)
}
