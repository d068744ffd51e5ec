//! `yinxin picture`

use std::path::PathBuf;

use clap::Args;

use crate::document::preview::{Dpi, Ink};
use crate::domain::number::CertificateNumber;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin picture GXRCPJ033202000019 --out 证书.png\n  yinxin picture GXRCPJ033202000019 --dpi 300 --grey"
)]
pub struct Options {
    /// 证书编号 / the certificate number
    number: String,
    /// 写到哪个文件，不给则为 编号.png / where to; NUMBER.png without it
    #[arg(long)]
    out: Option<PathBuf>,
    /// 每英寸点数，24 至 300 / dots per inch, 24 to 300
    #[arg(long, default_value_t = 150)]
    dpi: u16,
    /// 灰度图 / in grey
    #[arg(long)]
    grey: bool,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let number = CertificateNumber::parse_typed(&options.number)?;
    let dpi = Dpi::new(options.dpi)?;
    let ink = if options.grey { Ink::Grey } else { Ink::Colour };
    let service = world::service(place).await?;
    let png = service.picture(&number, dpi, ink).await?;
    let out = options.out.unwrap_or_else(|| PathBuf::from(format!("{number}.png")));
    std::fs::write(&out, &png).map_err(|e| format!("无法写入 {} / cannot write: {e}", out.display()))?;
    print::line(&out.display().to_string());
    Ok(Outcome::Done)
}
