//! `yinxin import`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::domain::issuer::Slug;
use crate::registry::RegistryError;
use crate::service::ServiceError;
use crate::service::access::ContestMandate;
use crate::service::award_list::{self, Rejection};
use crate::service::import::{ImportError, ListFile};

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin import 获奖名单.xlsx --programme lanhai-14\n  yinxin import 能力证书名单.xlsx --portraits 照片/"
)]
pub struct Options {
    /// 名单文件 .xlsx 或 .csv / the list
    list: PathBuf,
    /// 未写赛事的行归属的赛事或项目 / the programme of rows that name none
    #[arg(long)]
    programme: Option<Slug>,
    /// 照片所在文件夹，默认与名单同处 / the folder of portraits; the list's own by default
    #[arg(long)]
    portraits: Option<PathBuf>,
    /// 有问题时，标注问题的副本写到这里 / where the annotated copy goes if there are problems
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Problems shown on the screen; all are in the annotated copy.
const SHOWN: usize = 20;

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let bytes = std::fs::read(&options.list).map_err(|e| format!("读不到 {} / cannot read: {e}", options.list.display()))?;
    let name = options.list.file_name().and_then(|n| n.to_str()).unwrap_or("list").to_owned();
    let service = world::service(place).await?;
    let portraits = options.portraits.clone().or_else(|| options.list.parent().map(Path::to_owned)).unwrap_or_default();
    let find = |file: &str| portrait_in(&portraits, file);
    let file = ListFile { name: &name, bytes: &bytes, programme: options.programme.as_ref(), portraits: &find };
    match service.import(&file, &ContestMandate::of_operator(&world::actor()), world::now()?).await {
        Ok(imported) => {
            if place.json {
                print::json(
                    &json!({ "list": imported.list, "new": imported.new, "known": imported.known, "already_imported": imported.already_imported }),
                )?;
            } else if imported.already_imported {
                print::line("这份名单已经导入过，没有变化 / this list was imported before; nothing changed");
            } else {
                print::line(&format!("已导入 {} 条，另有 {} 条此前已登记 / imported, known before", imported.new, imported.known));
            }
            Ok(Outcome::Done)
        }
        Err(ImportError::Rejected(rejection)) => refuse(place, &options, &name, &rejection),
        Err(ImportError::Service(ServiceError::Registry(e @ RegistryError::Contest(_)))) => {
            print::problem(&e.to_string());
            Ok(Outcome::Refused)
        }
        Err(ImportError::Service(e)) => Err(e.into()),
    }
}

/// A portrait by its file name alone: a list cannot reach outside the folder.
fn portrait_in(folder: &Path, file: &str) -> Option<Vec<u8>> {
    let name = Path::new(file).file_name().filter(|n| *n == file)?;
    std::fs::read(folder.join(name)).ok()
}

fn refuse(place: &Place, options: &Options, name: &str, rejection: &Rejection) -> Result<Outcome, Failure> {
    let report = options.report.clone().unwrap_or_else(|| options.list.with_extension("problems.xlsx"));
    std::fs::write(&report, award_list::report(name, rejection)?)
        .map_err(|e| format!("无法写入 {} / cannot write: {e}", report.display()))?;
    if place.json {
        let lines: Vec<String> = rejection.problems.iter().map(ToString::to_string).collect();
        print::json(&json!({ "problems": lines, "report": report }))?;
    } else {
        for problem in rejection.problems.iter().take(SHOWN) {
            print::note(&problem.to_string());
        }
        let more = rejection.problems.len().saturating_sub(SHOWN);
        if more > 0 {
            print::note(&format!("……另有 {more} 处，见标注副本 / more are in the annotated copy"));
        }
        let count = rejection.problems.len();
        print::note(&format!(
            "名单有 {count} 处问题，未导入任何内容。标注副本：{} / nothing was imported; see the annotated copy",
            report.display()
        ));
    }
    Ok(Outcome::Refused)
}
