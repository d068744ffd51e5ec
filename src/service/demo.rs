//! A sample world: three contests, one ability programme, two issuers, invented winners.

use std::path::Path;

use crate::config::FILE_NAME;

use super::award_list::sample::{SampleError, sample_ability_list, sample_award_list};

/// The configuration of the sample world.
pub const CONFIG: &str = include_str!("demo/yinxin.toml");

/// The contests of the sample list, as `yinxin.toml` names them.
pub const CONTESTS: [&str; 3] = ["lanhai-14", "qingluan-6", "xinghe-3"];

/// The ability programme of the sample list.
pub const ABILITY: &str = "ability-2024";

/// Applicants for ability certificates.
const APPLICANTS: usize = 40;

/// The seed of the invented people: the same world each time.
const SEED: u64 = 14;

/// Names of the files in the data folder's `samples`.
pub const AWARD_LIST: &str = "获奖名单.xlsx";
/// The ability list.
pub const ABILITY_LIST: &str = "岗位能力名单.xlsx";

/// Why the sample world cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A list cannot be made.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A file cannot be written.
    #[error("无法写入演示数据 / cannot write the sample data: {0}")]
    Write(#[from] std::io::Error),
}

/// Writes configuration and lists into the data folder. A configuration that is there stays.
///
/// # Errors
/// [`DemoError`].
pub fn write_world(data: &Path, public_url: &str) -> Result<(), DemoError> {
    let samples = data.join("samples");
    std::fs::create_dir_all(&samples)?;
    let config = data.join(FILE_NAME);
    if !config.exists() {
        std::fs::write(&config, CONFIG.replace("@PUBLIC_URL@", public_url))?;
    }
    std::fs::write(samples.join(AWARD_LIST), sample_award_list(SEED, &CONTESTS)?)?;
    let ability = sample_ability_list(SEED, ABILITY, APPLICANTS)?;
    std::fs::write(samples.join(ABILITY_LIST), ability.list)?;
    for (name, picture) in ability.portraits {
        std::fs::write(samples.join(name), picture)?;
    }
    Ok(())
}
