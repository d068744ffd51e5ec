//! `yinxin keys`

use clap::{Args, Subcommand};

use crate::service::key_folder::{KeyFolder, KeyLine};

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  YINXIN_PASSPHRASE=… yinxin keys init\n  yinxin keys rotate --issuer lanhai\n  yinxin keys rotate --statement                     （随后重启 yinxin serve / then restart yinxin serve）"
)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 生成本服务和每个签发机构缺少的密钥（已有的不动）/ make what is missing for the service and every issuer
    Init,
    /// 列出密钥 / list the keys
    List,
    /// 换用新的密钥；旧密钥签名的证书和声明仍可验证 / sign with new keys from now on; what the old ones signed keeps verifying
    Rotate {
        /// 该签发机构的签名密钥 / the keys of this issuer
        #[arg(long, required_unless_present = "statement")]
        issuer: Option<crate::domain::issuer::Slug>,
        /// 本服务的声明密钥 / the service's own key for statements
        #[arg(long, conflicts_with = "issuer")]
        statement: bool,
    },
    /// 导出公开的根证书、证明公钥和公钥集 / write the public roots, proof keys and key set to a folder
    Export {
        /// 目标文件夹 / where to
        folder: std::path::PathBuf,
    },
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let config = world::config(place)?;
    let folder = KeyFolder::new(&config.keys);
    let passphrase = world::passphrase();
    match options.action {
        Action::Init => {
            let made = folder.init(&config, passphrase.as_ref(), world::now()?)?;
            if passphrase.is_none() && !made.is_empty() {
                print::note(
                    "提示：未设口令，私钥以明文保存（权限 0600）。设置 YINXIN_PASSPHRASE 可加密保存。\nno passphrase is set: private keys lie in the clear (mode 0600)",
                );
            }
            show(&made, place)
        }
        Action::List => show(&folder.list(&config)?, place),
        Action::Rotate { issuer: Some(issuer), .. } => show(&folder.rotate(&config, &issuer, passphrase.as_ref(), world::now()?)?, place),
        Action::Rotate { issuer: None, .. } => show(&folder.rotate_statement(&config, passphrase.as_ref())?, place),
        Action::Export { folder: to } => {
            folder.export(&to)?;
            print::line(&format!("已导出到 / exported to {}", to.display()));
            Ok(Outcome::Done)
        }
    }
}

fn show(lines: &[KeyLine], place: &Place) -> Result<Outcome, Failure> {
    if place.json {
        print::json(&lines)?;
    } else if lines.is_empty() {
        print::line("没有需要生成的密钥 / nothing to make");
    } else {
        for line in lines {
            print::line(&format!("{:<12} {:<14} {}", line.issuer, line.what, line.id));
        }
    }
    Ok(Outcome::Done)
}
