//! `yinxin.toml`: what the operator writes, checked into what the service uses. Every problem is reported at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::bucket::Access;
use crate::domain::issuer::{Issuer, Slug};
use crate::domain::limit::Limits;
use crate::domain::programme::Programme;
use crate::domain::webhook::Reach;

mod dates;
mod mail;
mod payment;
mod raw;
mod vault;
mod verification;

pub use mail::{Mail, Security};
pub use payment::{Gateway, Offline, Payment};
use raw::Raw;
pub use vault::VaultPlace;
pub use verification::Verification;

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "yinxin.toml";

/// A checked configuration: every reference resolves, every path is absolute or relative to the data folder.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where the public reaches the service, without a trailing slash; it is printed in every QR code.
    pub public_url: String,
    /// The address that `serve` listens on.
    pub listen: String,
    /// The address on which a monitor reads what was counted; without one nothing is counted.
    pub metrics: Option<String>,
    /// `sqlite:` or `postgres:` URL.
    pub database: String,
    /// Where the sealed files lie.
    pub vault: VaultPlace,
    /// The folder of keys.
    pub keys: PathBuf,
    /// The folder of templates; each subfolder is one.
    pub templates: PathBuf,
    /// The folder of font files.
    pub fonts: PathBuf,
    /// How long a download link lives, in days.
    pub link_days: u32,
    /// How often the public may ask.
    pub limits: Limits,
    /// The program that takes messages to telephones, with its arguments; without one they go to the log.
    pub message_command: Option<Vec<String>>,
    /// Whether what is eligible is issued when a contest's release comes near.
    pub issue_at_release: bool,
    /// After how many days from its decision content and files of an objection are deleted.
    pub objection_days: u32,
    /// How verification works.
    pub verification: Verification,
    /// How fees are paid.
    pub payment: Payment,
    /// The server that letters leave by; without one they go to the log.
    pub mail: Option<Mail>,
    /// Which networks notices to issuers' own systems may go to.
    pub webhook_reach: Reach,
    /// Whether requests come through a proxy that writes the reader's address into `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// At least one issuer.
    pub issuers: Vec<Issuer>,
    /// Seal pictures that issuers give themselves, `.svg` or `.png`; the others' are drawn from their names.
    pub seals: BTreeMap<Slug, PathBuf>,
    /// Contests and ability programmes, in the file's order.
    pub programmes: Vec<Programme>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("读不到配置文件 {path} / cannot read the configuration: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML of the expected shape.
    #[error("配置文件 {path} 格式有误 / the configuration does not parse:\n{message}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line and reason.
        message: String,
    },
    /// The file is well formed, and what it says cannot be.
    #[error("配置文件 {path} 有 {} 处问题 / problems in the configuration:\n{}", .problems.len(), .problems.join("\n"))]
    Problems {
        /// Which file.
        path: PathBuf,
        /// One line each, naming the table and the key.
        problems: Vec<String>,
    },
}

/// Where things lie when the file does not say.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Templates that ship with the program.
    pub templates: PathBuf,
    /// Fonts that ship with the program.
    pub fonts: PathBuf,
    /// A database URL that overrides the file's, from the environment.
    pub database: Option<String>,
    /// What the environment holds for an object store.
    pub access: Access,
}

impl Config {
    /// Reads and checks `yinxin.toml` of the data folder.
    ///
    /// # Errors
    /// [`ConfigError`], with every problem at once.
    pub fn load(data: &Path, defaults: &Defaults) -> Result<Self, ConfigError> {
        let path = data.join(FILE_NAME);
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        Self::parse(&text, data, defaults)
    }

    /// Checks the text of a configuration.
    ///
    /// # Errors
    /// [`ConfigError`], with every problem at once.
    pub fn parse(text: &str, data: &Path, defaults: &Defaults) -> Result<Self, ConfigError> {
        let path = data.join(FILE_NAME);
        let raw: Raw = toml::from_str(text).map_err(|e| ConfigError::Parse { path: path.clone(), message: e.to_string() })?;
        let mut problems = Vec::new();
        match raw.check(data, defaults, &mut problems) {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::Problems { path, problems }),
        }
    }

    /// A contest in a file of its own, with the keys of a `[[contest]]`.
    ///
    /// # Errors
    /// One line for each problem, naming the key.
    pub fn contest(text: &str) -> Result<Programme, Vec<String>> {
        raw::contest(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::programme::ProgrammeKind;

    const GOOD: &str = r#"
        public_url = "https://yinxin.example/"
        [[issuer]]
        id = "lanhai"
        name = "蓝海杯大赛组委会"
        [[contest]]
        id = "lanhai-14"
        issuer = "lanhai"
        template = "award"
        pattern = "LH{series:2}{year}{seq:5}"
        series = 14
        name = "第十四届蓝海杯大赛"
        short_name = "蓝海杯"
        notice_first_day = "2023-11-24"
        notice_last_day = "2023-11-30"
        registration_last_day = "2023-12-31"
        release_day = "2024-01-01"
        claim_last_day = "2024-01-31"
    "#;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        let defaults = Defaults { templates: "/t".into(), fonts: "/f".into(), database: None, access: Access::Unset };
        Config::parse(text, Path::new("/data"), &defaults)
    }

    #[test]
    fn a_last_day_counts_in_full() {
        let config = parse(GOOD).unwrap();
        let ProgrammeKind::Contest(contest) = &config.programmes[0].kind else { panic!("a contest") };
        assert_eq!(contest.timeline.notice.end().rfc3339_beijing(), "2023-12-01T00:00:00+08:00");
        assert_eq!(contest.timeline.registration_deadline.rfc3339_beijing(), "2024-01-01T00:00:00+08:00");
        assert_eq!(config.database, "sqlite:/data/registry.sqlite");
        assert_eq!(config.public_url, "https://yinxin.example");
    }

    #[test]
    fn every_problem_at_once() {
        let bad = GOOD
            .replace("issuer = \"lanhai\"", "issuer = \"nobody\"")
            .replace("\"蓝海杯\"", "\"一个特别特别长的比赛简称\"")
            .replace("https://yinxin.example/", "ftp://x");
        let Err(ConfigError::Problems { problems, .. }) = parse(&bad) else { panic!("problems") };
        assert_eq!(problems.len(), 3, "{problems:#?}");
        assert!(matches!(parse("public_url = 3"), Err(ConfigError::Parse { .. })));
    }

    #[test]
    fn a_misspelt_key_is_reported_with_its_table() {
        let bad = GOOD.replace("short_name", "organizers = []\n short_name").replace("name = \"蓝海杯大赛组委会\"", "name = \"蓝海杯\"");
        let ability = "\n[[ability]]\nid=\"a\"\nissuer=\"lanhai\"\ntemplate=\"ability\"\npattern=\"AB{seq:5}\"\nname=\"n\"\nshort_name=\"n\"\nserie=1";
        let Err(ConfigError::Problems { problems, .. }) = parse(&(bad + ability)) else { panic!("problems") };
        assert_eq!(
            problems,
            [
                "contest lanhai-14: 不认识的键 organizers / there is no key organizers",
                "ability a: 不认识的键 serie / there is no key serie"
            ]
        );
    }
}
