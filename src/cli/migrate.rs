//! `yinxin migrate`

use clap::Args;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  YINXIN_DATABASE=postgres://… yinxin migrate")]
pub struct Options {}

pub async fn run(place: &Place, _: Options) -> Result<Outcome, Failure> {
    // Opening a service brings the tables to this version.
    let service = world::service(place).await?;
    print::line(&format!("数据库结构版本 / schema version {}", service.schema_version().await?));
    Ok(Outcome::Done)
}
