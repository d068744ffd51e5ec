//! `yinxin list`

use clap::Args;
use serde_json::{Value, json};

use crate::domain::certificate::Certificate;
use crate::domain::number::CertificateNumber;
use crate::domain::status::Status;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin list --json > 证书.json")]
pub struct Options {}

/// Records read in one step.
const PAGE: u32 = 1_000;

pub async fn run(place: &Place, _: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let mut all: Vec<Value> = Vec::new();
    let mut after = None;
    loop {
        let page = service.certificates(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.facts.claims.number.clone());
        for certificate in &page {
            if place.json {
                all.push(as_json(certificate));
            } else {
                let claims = &certificate.facts.claims;
                print::line(&format!("{}  {:<9}  {}  {}", claims.number, certificate.status.code(), claims.holder, claims.programme.name));
            }
        }
    }
    if place.json {
        print::json(&all)?;
    }
    Ok(Outcome::Done)
}

fn as_json(certificate: &Certificate) -> Value {
    let claims = &certificate.facts.claims;
    let successor = match &certificate.status {
        Status::Corrected { successor, .. } => Some(successor.as_str()),
        _ => None,
    };
    json!({
        "number": claims.number.as_str(), "state": certificate.status.code(), "kind": claims.kind().code(), "issuer": claims.issuer.id.as_str(),
        "programme": claims.programme.name, "holder": claims.holder.as_str(), "school": claims.school,
        "achievement": claims.achievement.phrase_zh(), "document_masked": claims.document_masked, "issued_on": claims.issued_on.to_string(),
        "digest": certificate.status.file().map(|f| f.digest.to_string()), "bytes": certificate.status.file().map(|f| f.bytes),
        "replaces": claims.replaces.as_ref().map(CertificateNumber::as_str), "successor": successor,
    })
}
