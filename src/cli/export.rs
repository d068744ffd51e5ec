//! `yinxin export`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::domain::issuer::Slug;
use crate::service::export::Order;
use crate::web;

use super::bar::Bar;
use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin export --issuer lanhai /archive/lanhai\n\n\
                  打开其中的 verify.html 即可离线查验。除证书本身所印和公开状态外，没有个人信息。\n\
                  Open verify.html in it to check certificates offline. Nothing private is in it beyond what the certificates print.")]
pub struct Options {
    /// 签发机构 / whose certificates
    #[arg(long)]
    issuer: Slug,
    /// 写入的新文件夹 / the new folder
    folder: PathBuf,
    /// 不含 PDF 文件 / leave the PDF files out
    #[arg(long)]
    without_files: bool,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let bar = Bar::default();
    let actor = world::actor();
    let order = Order {
        actor: &actor,
        issuer: &options.issuer,
        out: &options.folder,
        files: !options.without_files,
        now: world::now()?,
        page: &web::offline_page,
    };
    let exported = service.export(&order, &bar).await?;
    drop(bar);
    if place.json {
        let left_out: Vec<_> = exported.left_out.iter().map(|(number, why)| json!({ "number": number.as_str(), "reason": why })).collect();
        print::json(&json!({ "certificates": exported.certificates, "left_out": left_out }))?;
    } else {
        for (number, why) in &exported.left_out {
            print::line(&format!("{number}：{why}"));
        }
        print::line(&format!(
            "已导出 {} 份证书到 {}，未导出 {} 份 / exported, left out",
            exported.certificates,
            options.folder.display(),
            exported.left_out.len()
        ));
    }
    Ok(if exported.left_out.is_empty() { Outcome::Done } else { Outcome::Findings })
}
