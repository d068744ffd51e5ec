//! `yinxin verify`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::domain::claims::Claims;
use crate::domain::qr_claims::QrClaims;
use crate::sealing::keyring::Trust;
use crate::sealing::proof::{self, ProofError};
use crate::sealing::state_list::{Listed, StateList};
use crate::sealing::verify::Verifier;
use crate::service::answers::{CheckLine, FileAnswer, FileVerdict};
use crate::service::check_file;
use crate::service::compare::{Comparison, FieldLine};
use crate::service::key_folder;

use super::{Failure, Outcome, Place, lookup, print, statement, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin verify 证书.pdf\n  yinxin verify --trust keys/public 证书.pdf          （不用数据库 / without a database）\n  yinxin verify --trust keys/public --qr 'HTTPS://…/Q/0123…' --revocations revocations.jws\n  yinxin verify --trust jwks.json --statement LH14202400001.jws"
)]
pub struct Options {
    /// 要查验的 PDF 文件 / the files
    #[arg(required_unless_present_any = ["qr", "statement"])]
    files: Vec<PathBuf>,
    /// 二维码中的文本；给出 --trust 和 --revocations 时不用数据库和网络 / the text of a QR code; beside --trust and --revocations neither database
    /// nor network is needed
    #[arg(long, conflicts_with = "files")]
    qr: Option<String>,
    /// 下载的吊销清单（/.well-known/revocations.jws），与 --qr 同用：二维码的抬头也在其中 / a downloaded list of states to consult beside --qr; it has the
    /// headings of codes too
    #[arg(long, requires = "qr")]
    revocations: Option<PathBuf>,
    /// 签名查验结果文件（.jws）/ a signed answer that somebody filed
    #[arg(long, conflicts_with_all = ["files", "qr"])]
    statement: Option<PathBuf>,
    /// 公钥文件夹（keys export 导出）；给出时不读登记记录。与 --statement 同用时也可以是 jwks.json / a folder of public keys; with it no
    /// record is consulted; beside --statement jwks.json will do
    #[arg(long)]
    trust: Option<PathBuf>,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    if let Some(path) = &options.statement {
        return statement::check(place, path, options.trust.as_deref(), world::now()?);
    }
    match (&options.qr, &options.trust) {
        (Some(text), trust) => {
            let list = match (&options.revocations, trust) {
                (Some(path), _) => Some(statement::list(place, path, trust.as_deref())?),
                (None, Some(_)) => None,
                (None, None) => Some(statement::own_list(place).await?),
            };
            check_qr(place, text, &trust_of(place, trust.as_deref())?, list.as_ref())
        }
        (None, Some(folder)) => {
            let trust = key_folder::read_trust(folder)?;
            let verifier = Verifier::new(&trust)?;
            let answers = read_all(&options.files)?.into_iter().map(|(path, pdf)| (path, check_file::offline(&verifier, &trust, &pdf)));
            show_all(place, answers.collect())
        }
        (None, None) => {
            let service = world::service(place).await?;
            let now = world::now()?;
            let mut answers = Vec::new();
            for (path, pdf) in read_all(&options.files)? {
                answers.push((path, service.check_file(&pdf, now).await?));
            }
            show_all(place, answers)
        }
    }
}

fn trust_of(place: &Place, folder: Option<&Path>) -> Result<Trust, Failure> {
    match folder {
        Some(folder) => Ok(key_folder::read_trust(folder)?),
        None => Ok(key_folder::KeyFolder::new(&world::config(place)?.keys).trust()?),
    }
}

fn read_all(files: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let read = |path: &PathBuf| match std::fs::read(path) {
        Ok(bytes) => Ok((path.clone(), bytes)),
        Err(e) => Err(format!("读不到 {} / cannot read: {e}", path.display()).into()),
    };
    files.iter().map(read).collect()
}

fn check_qr(place: &Place, text: &str, trust: &Trust, list: Option<&StateList>) -> Result<Outcome, Failure> {
    let now = world::now()?;
    match proof::check(text, trust, &list.map(StateList::headings).unwrap_or_default()) {
        Ok(proven) => {
            let listed = list.map_or(Listed::No, |list| list.state_of(&proven.claims.number));
            if place.json {
                let mut facts = facts_json(&proven.claims, &proven.issuer_name);
                if let Some(list) = list {
                    facts["list"] = statement::listed_json(list, &proven.claims.number, now);
                }
                if listed != Listed::No {
                    facts["verdict"] = statement::listed_code(listed).into();
                }
                print::json(&facts)?;
            } else {
                let facts = &proven.claims;
                print::line(&format!("二维码真实，由 {} 签名 / the code is genuine", proven.issuer_name));
                print::line(&format!("  {}  {}", facts.number, facts.kind.zh()));
                print::line(&format!("  {} · {} · {} · {}", facts.holder, facts.programme, facts.achievement, facts.issued_on));
                match list {
                    Some(list) => statement::show_listed(list, &facts.number, now),
                    None => print::line(
                        "  未用吊销清单（--revocations），不知是否已吊销 / without a list of states it is not known whether it stands",
                    ),
                }
                print::line("  请与纸面内容逐项比对 / compare each fact with the paper");
            }
            Ok(if listed == Listed::No { Outcome::Done } else { Outcome::No })
        }
        // Nothing bad is known of it either.
        Err(e @ ProofError::UnknownHeading) => {
            let next = if list.is_some() {
                "请下载最新的吊销清单再试 / download a newer list of states and try again"
            } else {
                "请下载吊销清单并用 --revocations 给出 / download the list of states and give it with --revocations"
            };
            if place.json {
                print::json(&json!({ "verdict": "unknown", "reason": e.to_string() }))?;
            } else {
                print::line(&format!("二维码无法判断 / nothing can be said of the code: {e}\n  {next}"));
            }
            Ok(Outcome::No)
        }
        Err(e) => {
            if place.json {
                print::json(&json!({ "verdict": "not-genuine", "reason": e.to_string() }))?;
            } else {
                print::line(&format!("二维码不真实 / the code is not genuine: {e}"));
            }
            Ok(Outcome::No)
        }
    }
}

fn facts_json(facts: &QrClaims, issuer: &str) -> Value {
    json!({
        "verdict": "genuine", "issuer": issuer, "number": facts.number.as_str(), "kind": facts.kind.code(), "holder": facts.holder.as_str(),
        "achievement": facts.achievement, "programme": facts.programme, "issued_on": facts.issued_on.to_string(),
    })
}

fn show_all(place: &Place, answers: Vec<(PathBuf, FileAnswer)>) -> Result<Outcome, Failure> {
    let genuine = |a: &FileAnswer| matches!(a.verdict, FileVerdict::Genuine | FileVerdict::GenuineNotOnRecord);
    let all = answers.iter().all(|(_, a)| genuine(a));
    if place.json {
        print::json(&answers.iter().map(|(path, a)| as_json(path, a)).collect::<Vec<_>>())?;
    } else {
        for (path, answer) in &answers {
            show(path, answer);
        }
    }
    Ok(if all { Outcome::Done } else { Outcome::No })
}

fn code(verdict: FileVerdict) -> &'static str {
    match verdict {
        FileVerdict::Genuine => "genuine",
        FileVerdict::GenuineNotOnRecord => "genuine-not-on-record",
        FileVerdict::Revoked => "revoked",
        FileVerdict::Corrected => "corrected",
        FileVerdict::NotGenuine => "not-genuine",
        FileVerdict::CodeProven => "code-proven",
        FileVerdict::NoCode => "no-code",
    }
}

fn as_json(path: &Path, answer: &FileAnswer) -> Value {
    let failed: Vec<String> = answer.checks.iter().filter(|c| !c.passed).map(|c| format!("{}: {}", c.name_en, c.detail)).collect();
    json!({
        "file": path, "verdict": code(answer.verdict), "reasons": failed, "why": answer.reasons.iter().map(|r| r.code()).collect::<Vec<_>>(),
        "fields": answer.fields.iter().map(field_json).collect::<Vec<_>>(), "signer": answer.signer,
        "signed_at": answer.signed_at.map(crate::domain::time::Instant::rfc3339_beijing), "sha256": answer.sha256.to_string(),
        "record": answer.record.as_ref().map(lookup::as_json), "holder": answer.holder, "stated": answer.stated.as_ref().map(stated_json),
    })
}

fn field_json(line: &FieldLine) -> Value {
    json!({
        "field": line.field.code(), "in_file": line.in_file, "in_record": line.in_record, "same": line.comparison == Comparison::Same,
    })
}

fn stated_json(claims: &Claims) -> Value {
    json!({
        "number": claims.number.as_str(), "kind": claims.kind().code(), "holder": claims.holder.as_str(),
        "achievement": claims.achievement.phrase_zh(), "programme": claims.programme.name, "issuer": claims.issuer.name,
        "issued_on": claims.issued_on.to_string(),
    })
}

fn show(path: &Path, answer: &FileAnswer) {
    let verdict = match answer.verdict {
        FileVerdict::Genuine => "真实有效 / genuine and standing",
        FileVerdict::GenuineNotOnRecord => "签名真实；未核对登记记录 / the signature is genuine; no record was consulted or found",
        FileVerdict::Revoked => "文件真实，但证书已吊销 / authentic, but revoked since",
        FileVerdict::Corrected => "文件真实，但证书已更正换发 / authentic, but replaced since",
        FileVerdict::NotGenuine => "不是真实证书 / NOT genuine",
        FileVerdict::CodeProven => "图片：仅二维码真实，请逐项核对 / a picture: only its code is proven, compare each line",
        FileVerdict::NoCode => "图片：没有可用的二维码 / a picture without a usable code",
    };
    print::line(&format!("{}: {verdict}", path.display()));
    for reason in &answer.reasons {
        let words = reason.words();
        print::line(&format!("  ! {} / {}", words.zh, words.en));
        print::line(&format!("    {} / {}", words.next_zh, words.next_en));
    }
    for FieldLine { field, in_file, in_record, comparison } in &answer.fields {
        let mark = if *comparison == Comparison::Same { "=" } else { "≠" };
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
        print::line(&format!("  {mark} {} / {}: {} | {}", field.zh(), field.en(), said(in_file), said(in_record)));
    }
    for CheckLine { name_zh, name_en, passed, detail } in &answer.checks {
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        print::line(&format!("  {} {name_zh} / {name_en}{detail}", if *passed { "✓" } else { "✗" }));
    }
    if let Some(claims) = &answer.stated {
        let Claims { number, holder, programme, issuer, issued_on, .. } = claims;
        print::line(&format!("  文件所载 / it states: {number} · {holder} · {} · {}", programme.name, claims.achievement.phrase_zh()));
        print::line(&format!("  签发 / issued by: {} · {issued_on}", issuer.name));
    } else if let Some(record) = &answer.record {
        print::line(&format!("  {} · {} · {}", record.number, record.programme.name, record.achievement_zh));
    }
}
