//! `yinxin backup`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::service::backup::{Backup, KeysForm, Manifest, Order};

use super::bar::Bar;
use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin backup /backup/2026-01-31\n  yinxin backup --check /backup/2026-01-31\n  yinxin backup --since /backup/2026-01-31 /backup/2026-02-01\n\n\
                  备份含姓名等个人信息（明文），请加密保存。默认不含私钥：请另行保管密钥文件夹的副本，没有它不能恢复。\n\
                  A backup has names in the clear: keep it encrypted. It has no private keys unless asked for: keep a copy of the key folder\n\
                  elsewhere; without one nothing can be restored."
)]
pub struct Options {
    /// 写入的新文件夹；与 --check 同用时为要核对的备份 / the new folder; with --check, the backup to look at
    folder: PathBuf,
    /// 连同私钥一起备份：拿到这份备份并知道口令的人（未设口令则是任何人）就能签发证书 / the private keys too: whoever has this backup, and the
    /// passphrase if one is set, can sign certificates
    #[arg(long, conflicts_with = "check")]
    with_keys: bool,
    /// 与之前的一份备份共用未变的加密文件（硬链接）：每份备份仍是完整的 / share the sealed files of an earlier backup (hard links); each backup is
    /// whole by itself
    #[arg(long, value_name = "EARLIER", conflicts_with = "check")]
    since: Option<PathBuf>,
    /// 只核对一份已有的备份：每个文件的摘要、每一行记录 / only check a backup that is there: every file's digest, every row
    #[arg(long)]
    check: bool,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let bar = Bar::default();
    let manifest = if options.check {
        Backup::check(&options.folder, &bar)?.manifest().clone()
    } else {
        let service = world::service(place).await?;
        let keys = if options.with_keys { KeysForm::All } else { KeysForm::Public };
        let (actor, now) = (world::actor(), world::now()?);
        service.backup(&Order { out: &options.folder, keys, since: options.since.as_deref(), actor: &actor, now }, &bar).await?
    };
    drop(bar);
    show(place, &manifest)
}

fn show(place: &Place, manifest: &Manifest) -> Result<Outcome, Failure> {
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    if place.json {
        print::json(&json!({ "manifest": manifest, "rows": rows }))?;
        return Ok(Outcome::Done);
    }
    for digest in &manifest.vault.deleted_meanwhile {
        print::note(&format!("备份期间已按保存期限删除 / deleted by retention meanwhile: {digest}"));
    }
    print::line(&format!(
        "{}：{} 张表 {rows} 行，{} 个文件 {} 字节，结构版本 {} / tables, rows, files, bytes, schema version",
        manifest.made_at,
        manifest.tables.len(),
        manifest.vault.files,
        manifest.vault.bytes,
        manifest.schema
    ));
    print::line(match manifest.keys {
        KeysForm::All => "含私钥：拿到它的人能签发证书，请按私钥保管 / with the private keys: keep it as you keep those",
        KeysForm::Public => {
            "不含私钥：恢复时需要另外保管的密钥文件夹 / without private keys: restoring needs the key folder that you keep elsewhere"
        }
    });
    Ok(Outcome::Done)
}
