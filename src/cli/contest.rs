//! `yinxin contest`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::config::Config;
use crate::domain::issuer::Slug;
use crate::domain::notice::WithdrawalReason;
use crate::registry::ContestRecord;
use crate::service::access::ContestMandate;
use crate::service::desk::Mandate;
use crate::service::desk::contest_export::ContestWanted;
use crate::service::desk::exports::{Privacy, WholeReason};
use crate::service::notice::PublishError;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "赛事文件与 yinxin.toml 中的 [[contest]] 键相同，日期也可写到分秒（北京时间）。\n\
                        A contest file has the keys of a [[contest]] in yinxin.toml; dates may be times, in Beijing time:\n\n  \
                        id = \"lanhai-15\"            # issuer, template, pattern, series, name, short_name …\n  \
                        groups = [\"学生组\"]\n  categories = [\"软件类\", \"数字内容类\"]\n  \
                        notice_opens = \"2026-12-01 09:00\"\n  notice_closes = \"2026-12-07 24:00\"\n  \
                        registration_closes = \"2026-12-31 24:00\"\n  release = \"2027-01-01 00:00\"\n  claims_close = \"2027-01-31 24:00\"\n\n\
                        示例 / example:\n  yinxin contest save lanhai-15.toml\n  yinxin import 获奖名单.xlsx --programme lanhai-15\n  \
                        yinxin contest publish lanhai-15\n  yinxin contest close lanhai-15")]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 新建或修改赛事；名单公示后不能再改 / make a contest or change it, until its list is published
    Save {
        /// 赛事文件 .toml / the contest's file
        file: PathBuf,
    },
    /// 列出赛事及其公示 / list contests and their notices
    List,
    /// 公示：固定并签署名单 / publish the notice: the list is fixed and signed
    Publish {
        /// 赛事标识 / the contest
        contest: Slug,
    },
    /// 结束公示：签署最终名单 / close the notice: what remained is signed
    Close {
        /// 赛事标识 / the contest
        contest: Slug,
    },
    /// 导出赛事及其全部记录为一个 ZIP / the contest with everything that belongs to it, as one ZIP
    Export {
        /// 赛事标识 / the contest
        contest: Slug,
        /// 写到哪个文件 / where to
        out: PathBuf,
        /// 连同证书 PDF / with the certificates' files
        #[arg(long)]
        pdf: bool,
        /// 完整的证件号码、手机号，须写明事由，记入审计记录 / whole identity and telephone numbers, with the reason for the audit trail
        #[arg(long, value_name = "REASON")]
        whole: Option<String>,
    },
    /// 从网站撤下公示 / take the notice off the open web
    Withdraw {
        /// 赛事标识 / the contest
        contest: Slug,
        /// 原因，记入审计记录 / the reason, for the audit trail
        #[arg(long)]
        reason: String,
    },
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let (mandate, now) = (ContestMandate::of_operator(&world::actor()), world::now()?);
    match options.action {
        Action::Save { file } => {
            let text = std::fs::read_to_string(&file).map_err(|e| format!("读不到 {} / cannot read it: {e}", file.display()))?;
            let programme = match Config::contest(&text) {
                Ok(programme) => programme,
                Err(problems) => {
                    problems.iter().for_each(|problem| print::problem(problem));
                    return Ok(Outcome::Refused);
                }
            };
            service.save_contest(&programme, &mandate, now).await?;
            print::line(&format!("赛事 {} 已保存 / saved", programme.id));
            Ok(Outcome::Done)
        }
        Action::List => {
            let contests = service.contests().await?;
            if place.json {
                print::json(&contests.iter().map(as_json).collect::<Vec<_>>())?;
            } else {
                contests.iter().for_each(|record| print::line(&as_line(record)));
            }
            Ok(Outcome::Done)
        }
        Action::Publish { contest } => {
            let done = service.publish_notice(&contest, &mandate, now).await;
            tell(
                done.map(|p| (p.entries, p.list.to_string())),
                "已公示 / published",
                &format!("{}/notices/{contest}", service.public_url()),
            )
        }
        Action::Close { contest } => {
            let done = service.close_notice(&contest, &mandate, now).await;
            tell(
                done.map(|c| (c.entries, c.list.to_string())),
                "公示已结束 / closed",
                &format!("{}/notices/{contest}", service.public_url()),
            )
        }
        Action::Export { contest, out, pdf, whole } => {
            let privacy = whole.map_or(Ok(Privacy::Masked), |reason| WholeReason::parse(&reason).map(Privacy::Whole))?;
            let wanted = ContestWanted { contest: &contest, privacy: &privacy, files: pdf };
            // Under another name until it is whole.
            let part = out.with_extension("zip.part");
            let failed = |e| format!("无法写入 {} / cannot write: {e}", part.display());
            let file = std::fs::File::create(&part).map_err(failed)?;
            let packed = service.export_contest(&Mandate::of_operator(&world::actor()), &wanted, file, now).await;
            match packed {
                Ok(packed) => {
                    std::fs::rename(&part, &out).map_err(failed)?;
                    let (files, certificates) = (packed.files, packed.certificates);
                    print::line(&format!("{}：{files} 个文件，{certificates} 份证书 / files, certificates", out.display()));
                    Ok(Outcome::Done)
                }
                Err(error) => {
                    // What is not whole is of no use, and may hold private numbers.
                    let _ = std::fs::remove_file(&part);
                    Err(error.into())
                }
            }
        }
        Action::Withdraw { contest, reason } => {
            service.withdraw_notice(&contest, WithdrawalReason::parse(&reason)?, &mandate, now).await?;
            print::line(&format!("{contest} 的公示已从网站撤下 / withdrawn"));
            Ok(Outcome::Done)
        }
    }
}

fn tell(done: Result<(u32, String), PublishError>, words: &str, url: &str) -> Result<Outcome, Failure> {
    match done {
        Ok((entries, digest)) => {
            print::line(&format!("{words}：{entries} 条 / entries\n  SHA-256  {digest}\n  {url}"));
            Ok(Outcome::Done)
        }
        Err(e @ (PublishError::List(_) | PublishError::Notice { .. })) => {
            print::problem(&e.to_string());
            Ok(Outcome::Refused)
        }
        Err(e) => Err(e.into()),
    }
}

fn as_line(record: &ContestRecord) -> String {
    let notice = record.timeline.notice;
    let entries = record.state.publication().map_or(0, |p| p.entries);
    format!(
        "{:<16} {}  {} — {}  {:>6} 条  {}",
        record.programme.id,
        record.state.zh(),
        notice.start().display_beijing(),
        notice.end().display_end_beijing(),
        entries,
        record.programme.name
    )
}

fn as_json(record: &ContestRecord) -> Value {
    let dates = record.timeline;
    json!({
        "id": record.programme.id.as_str(), "name": record.programme.name, "state": record.state.code(),
        "notice_opens": dates.notice.start().rfc3339_beijing(), "notice_closes": dates.notice.end().rfc3339_beijing(),
        "registration_closes": dates.registration_deadline.rfc3339_beijing(), "release": dates.release.rfc3339_beijing(),
        "claims_close": dates.claim_deadline.rfc3339_beijing(),
        "published_list_sha256": record.state.publication().map(|p| p.list.to_string()),
        "final_list_sha256": record.state.closing().map(|c| c.list.to_string()),
    })
}
