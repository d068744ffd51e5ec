//! `yinxin restore`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::service::backup::{Target, restore};

use super::bar::Bar;
use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  cp -a /safe/keys yinxin-data/keys && yinxin restore /backup/2026-01-31\n  \
                  YINXIN_DATABASE=postgres://… yinxin --data /srv/yinxin restore /backup/2026-01-31\n\n\
                  SQLite 的备份可以恢复到 PostgreSQL，反之亦然。\n\
                  A backup of SQLite fills PostgreSQL too, and the other way round.")]
pub struct Options {
    /// 备份文件夹 / the backup
    backup: PathBuf,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let (bar, defaults, passphrase) = (Bar::default(), world::defaults(place), world::passphrase());
    let (actor, now) = (world::actor(), world::now()?);
    let target = Target { data: &place.data, defaults: &defaults, passphrase: passphrase.as_ref(), actor: &actor, now };
    let restored = restore(&options.backup, &target, &bar).await?;
    drop(bar);
    let findings: Vec<String> = restored.diagnosis.findings.iter().map(ToString::to_string).collect();
    let (manifest, checked) = (&restored.manifest, restored.diagnosis.checked);
    if place.json {
        print::json(&json!({
            "made_at": manifest.made_at,
            "rows": restored.rows,
            "files": manifest.vault.files,
            "trail": manifest.trail,
            "checked": checked,
            "findings": findings,
        }))?;
    } else {
        print::line(&format!(
            "已恢复 {} 的备份：{} 行记录与备份逐字节一致，{} 个文件，审计记录 {} 条，链完整 / restored: rows as in the backup to the byte, files, entries of an \
             unbroken audit trail",
            manifest.made_at, restored.rows, manifest.vault.files, manifest.trail.last
        ));
        for finding in &findings {
            print::line(finding);
        }
        print::line(&format!("检查 {checked} 份，问题 {} 处 / checked, findings", findings.len()));
        print::note(
            "提示：备份之后签发的证书不在其中，编号可能重复；签发前请先核对（见 docs/operator.md）\n\
             what was issued after the backup is not in it, and its numbers would be given again: see docs/operator.en.md before you issue",
        );
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}
