//! `yinxin schools`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::service::proofing::SchoolsError;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "CSV 文件，每行：代码,学校全称,所在地；UTF-8 或 GB 18030 编码。新名单取代原有名单。\n\
                        A CSV file, each line a code, the full name and a region. The new list takes the place of the one before it.\n\n\
                        示例 / example:\n  yinxin schools import 学校名单.csv")]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 导入学校名单，取代原有名单 / import the list of schools that students choose from
    Import {
        /// 名单文件 .csv / the list
        file: PathBuf,
    },
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let Action::Import { file } = options.action;
    let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let service = world::service(place).await?;
    match service.import_schools(&bytes, &world::actor(), world::now()?).await {
        Ok(count) => print::line(&format!("学校名单已更新：{count} 所 / schools on the list")),
        Err(SchoolsError::Service(error)) => return Err(error.into()),
        Err(error) => {
            print::line(&error.to_string());
            return Ok(Outcome::Refused);
        }
    }
    Ok(Outcome::Done)
}
