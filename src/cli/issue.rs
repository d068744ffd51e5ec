//! `yinxin issue`

use std::path::PathBuf;
use std::time::Instant as Stopwatch;

use clap::Args;
use serde_json::json;

use crate::domain::issuer::Slug;
use crate::domain::status::Status;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::issue::{IssueError, Issued, Order};

use super::bar::Bar;
use super::usage::Usage;
use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin issue --programme lanhai-14 --out 证书/ --links 下载链接.csv")]
pub struct Options {
    /// 只签发这些赛事或项目 / only these programmes
    #[arg(long)]
    programme: Vec<Slug>,
    /// 另存每个 PDF 的文件夹 / a folder for a copy of each file
    #[arg(long)]
    out: Option<PathBuf>,
    /// 把全部有效证书的下载链接写成 CSV / write a download link for every certificate
    #[arg(long)]
    links: Option<PathBuf>,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let room = world::press_room(&service)?;
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder).map_err(|e| format!("无法建立 {} / cannot make it: {e}", folder.display()))?;
    }
    let start = world::now()?;
    let clock = move || world::now().unwrap_or(start);
    let bar = Bar::default();
    let order = Order { programmes: &options.programme, out: options.out.as_deref(), clock: &clock, progress: &bar };
    let stopwatch = Stopwatch::now();
    let outcome = service.issue(&room, &order).await;
    drop(bar);
    let issued = match outcome {
        Ok(issued) => issued,
        Err(e @ (IssueError::Preflight(_) | IssueError::Series(_))) => {
            print::problem(&e.to_string());
            return Ok(Outcome::Refused);
        }
        Err(e) => return Err(e.into()),
    };
    report(place, &issued, stopwatch.elapsed().as_secs_f64())?;
    if let Some(path) = &options.links {
        write_links(&service, path, start).await?;
    }
    Ok(Outcome::Done)
}

fn report(place: &Place, issued: &Issued, seconds: f64) -> Result<(), Failure> {
    let count = issued.issued + issued.resumed;
    let usage = Usage::now();
    let per_document = usage.filter(|_| count > 0).map(|u| u.cpu_ms / f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    let waiting: Vec<String> = issued.waiting.iter().map(|(id, why)| format!("{id}: {why}")).collect();
    if place.json {
        return print::json(&json!({
            "issued": issued.issued, "resumed": issued.resumed, "waiting": waiting, "seconds": seconds,
            "cpu_ms_per_document": per_document, "peak_memory_mb": usage.map(|u| u.peak_mb),
        }));
    }
    for line in &waiting {
        print::note(line);
    }
    print::line(&format!("签发 {} 份，续办 {} 份，用时 {seconds:.1} 秒 / issued, resumed, seconds", issued.issued, issued.resumed));
    if let (Some(ms), Some(usage)) = (per_document, usage) {
        print::line(&format!("每份 CPU {ms:.2} 毫秒，内存峰值 {:.0} MB / CPU per document, peak memory", usage.peak_mb));
    }
    Ok(())
}

/// Records read in one step.
const PAGE: u32 = 1_000;

async fn write_links(service: &Service, path: &std::path::Path, now: Instant) -> Result<(), Failure> {
    let expires = now.plus_millis(i64::from(service.config().link_days) * 86_400_000);
    let mut csv = csv::Writer::from_path(path)?;
    csv.write_record(["number", "holder", "programme", "link", "expires"])?;
    let mut after = None;
    loop {
        let page = service.certificates(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.facts.claims.number.clone());
        for certificate in page.iter().filter(|c| matches!(c.status, Status::Valid { .. })) {
            let claims = &certificate.facts.claims;
            let link = service.link_url(&service.link(&claims.number, expires));
            csv.write_record([claims.number.as_str(), claims.holder.as_str(), &claims.programme.name, &link, &expires.rfc3339_beijing()])?;
        }
    }
    csv.flush()?;
    print::note(&format!("下载链接已写入 / links written to {}", path.display()));
    Ok(())
}
