//! `yinxin lookup`

use std::io::Read as _;

use clap::Args;
use serde_json::{Value, json};

use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::number::CertificateNumber;
use crate::service::answers::{PublicCertificate, PublicState};

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin lookup GXRCPJ033202000019\n  echo 11010519491231002X | yinxin lookup --identity")]
pub struct Options {
    /// 证书编号 / the certificate number
    #[arg(required_unless_present = "identity")]
    number: Option<String>,
    /// 从标准输入读证件号码（不留在命令历史里）/ read an identity number from standard input, where no history keeps it
    #[arg(long, conflicts_with = "number")]
    identity: bool,
    /// 证件类型（如 护照、台胞证），不给则按号码判断 / the kind of document; without it the number's form decides
    #[arg(long, requires = "identity")]
    kind: Option<String>,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let now = world::now()?;
    let mut hints = Vec::new();
    let found: Vec<PublicCertificate> = match options.number {
        Some(typed) => {
            let number = CertificateNumber::parse_typed(&typed)?;
            let found = service.look_up_number(&number, now).await?;
            if found.is_none() {
                hints = service.hints(&typed, &number, now);
            }
            found.into_iter().collect()
        }
        None => {
            let mut typed = String::new();
            std::io::stdin().take(1_000).read_to_string(&mut typed)?;
            service.look_up_identity(&read_identity(typed.trim(), options.kind.as_deref())?, now).await?
        }
    };
    if place.json {
        print::json(&found.iter().map(as_json).collect::<Vec<_>>())?;
    } else {
        for certificate in &found {
            show(certificate);
        }
        if found.is_empty() {
            print::line("没有查到证书，请核对号码 / nothing found; check the number");
            for hint in &hints {
                print::line(&format!("  {} / {}", hint.zh, hint.en));
            }
        }
    }
    Ok(if found.is_empty() { Outcome::No } else { Outcome::Done })
}

/// A document number as typed, of the kind that is named or that its form tells.
pub fn read_identity(typed: &str, kind: Option<&str>) -> Result<IdentityDocument, Failure> {
    let Some(kind) = kind else { return Ok(IdentityDocument::parse_any(typed)?) };
    let known = || DocumentKind::ALL.map(DocumentKind::zh).join("、");
    let kind = DocumentKind::parse_typed(kind).ok_or_else(|| format!("证件类型应为 {} / no such kind of document", known()))?;
    Ok(IdentityDocument::parse(kind, typed)?)
}

fn show(certificate: &PublicCertificate) {
    let state = match &certificate.state {
        PublicState::Valid => "有效 / valid".to_owned(),
        PublicState::Revoked { at, reason } => format!("已于 {} 吊销：{reason} / revoked", at.display_beijing()),
        PublicState::Corrected { at, successor, reason } => {
            format!("已于 {} 更正换发为 {successor}：{reason} / corrected", at.display_beijing())
        }
    };
    print::line(&format!(
        "{}  {}\n  {} · {}\n  {} · {} · {}\n  {state}",
        certificate.number,
        certificate.kind.zh(),
        certificate.programme.name,
        certificate.achievement_zh,
        certificate.holder_masked,
        certificate.issuer.name,
        certificate.issued_on,
    ));
    if let Some(original) = &certificate.replaces {
        print::line(&format!("  更正换发，原证书编号 {original} / replaces certificate"));
    }
}

/// The public answer as JSON, as `verify` prints it too.
pub fn as_json(certificate: &PublicCertificate) -> Value {
    let state = match &certificate.state {
        PublicState::Valid => json!({ "code": "valid" }),
        PublicState::Revoked { at, reason } => json!({ "code": "revoked", "at": at.rfc3339_beijing(), "reason": reason }),
        PublicState::Corrected { at, successor, reason } => {
            json!({ "code": "corrected", "at": at.rfc3339_beijing(), "reason": reason, "successor": successor.as_str() })
        }
    };
    json!({
        "number": certificate.number.as_str(), "kind": certificate.kind.code(), "issuer": certificate.issuer.name,
        "programme": certificate.programme.name, "achievement": certificate.achievement_zh, "holder": certificate.holder_masked,
        "issued_on": certificate.issued_on.to_string(), "replaces": certificate.replaces.as_ref().map(CertificateNumber::as_str), "state": state,
    })
}
