//! `yinxin template`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::document::preview::{self, Dpi, Ink};
use crate::service::sample_page;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin template check certificate-templates/award\n  yinxin template preview certificate-templates/award --out 预览/"
)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 一次列出模板的全部问题 / name every problem of a template at once
    Check {
        /// 模板文件夹 / the template's folder
        folder: PathBuf,
    },
    /// 用示例数据生成未签名的 PDF 及其图片 / make unsigned PDFs with sample data of ordinary and extreme length, and their pictures
    Preview {
        /// 模板文件夹 / the template's folder
        folder: PathBuf,
        /// 写到哪个文件夹 / where to
        #[arg(long, default_value = ".")]
        out: PathBuf,
    },
}

pub fn run(_: &Place, options: Options) -> Result<Outcome, Failure> {
    let fonts = world::shipped("fonts");
    let (folder, out) = match &options.action {
        Action::Check { folder } => (folder, None),
        Action::Preview { folder, out } => (folder, Some(out)),
    };
    match sample_page::pages(folder, &fonts) {
        Ok(pages) => {
            if let Some(out) = out {
                std::fs::create_dir_all(out)?;
                for page in pages {
                    let picture = preview::png(&page.pdf, Dpi::SHARED, Ink::Colour)?;
                    for (kind, bytes) in [("pdf", &page.pdf), ("png", &picture)] {
                        let path = out.join(format!("{}.{kind}", page.name));
                        std::fs::write(&path, bytes).map_err(|e| format!("无法写入 {} / cannot write: {e}", path.display()))?;
                        print::line(&path.display().to_string());
                    }
                }
            } else {
                print::line(&format!("{}：没有问题 / no problems", folder.display()));
            }
            Ok(Outcome::Done)
        }
        Err(e) => {
            print::problem(&e.to_string());
            Ok(Outcome::Refused)
        }
    }
}
