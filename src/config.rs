//! `yinxin.toml`: what the operator writes, checked into what the service uses. Every problem is reported at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::issuer::{Issuer, SignatureAlgorithm, Slug};
use crate::domain::limit::{Limit, Limits};
use crate::domain::number::{Pattern, Series};
use crate::domain::programme::{Contest, Programme, ProgrammeKind, SHORT_NAME_BYTES, Timeline};
use crate::domain::time::{Instant, Period};

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
    /// `sqlite:` or `postgres:` URL.
    pub database: String,
    /// The folder of sealed files.
    pub vault: PathBuf,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    public_url: String,
    #[serde(default = "default_listen")]
    listen: String,
    #[serde(default = "default_database")]
    database: String,
    vault: Option<PathBuf>,
    keys: Option<PathBuf>,
    templates: Option<PathBuf>,
    fonts: Option<PathBuf>,
    #[serde(default = "default_link_days")]
    link_days: u32,
    #[serde(default)]
    behind_proxy: bool,
    #[serde(default)]
    limits: RawLimits,
    #[serde(default)]
    issuer: Vec<RawIssuer>,
    #[serde(default)]
    contest: Vec<RawContest>,
    #[serde(default)]
    ability: Vec<RawAbility>,
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

fn default_database() -> String {
    "sqlite:registry.sqlite".to_owned()
}

fn default_link_days() -> u32 {
    90
}

/// Each limit as `{ burst = 60, refill_ms = 1000 }`: so many at once, then one every so many milliseconds.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    address: Option<RawLimit>,
    identity: Option<RawLimit>,
    person: Option<RawLimit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimit {
    burst: u32,
    refill_ms: u32,
}

impl RawLimits {
    fn check(self, problems: &mut Vec<String>) -> Option<Limits> {
        let mut limit = |name: &str, given: Option<RawLimit>, burst: u32, refill: u32| {
            let raw = given.unwrap_or(RawLimit { burst, refill_ms: refill });
            Limit::new(raw.burst, raw.refill_ms).map_err(|e| problems.push(format!("limits.{name}: {e}"))).ok()
        };
        // An employer with a list by hand asks once in some seconds; 60 at once are a busy office behind one address.
        let address = limit("address", self.address, 60, 1_000);
        let identity = limit("identity", self.identity, 20, 15_000);
        let person = limit("person", self.person, 30, 120_000);
        Some(Limits { address: address?, identity: identity?, person: person? })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIssuer {
    id: String,
    name: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    algorithm: Option<String>,
    /// A picture of the issuer's own seal, relative to the data folder.
    seal: Option<PathBuf>,
}

#[derive(Deserialize)]
struct RawProgramme {
    id: String,
    issuer: String,
    template: String,
    pattern: String,
    #[serde(default)]
    series: u32,
    name: String,
    #[serde(default)]
    name_en: String,
    short_name: String,
}

/// What no field took: `deny_unknown_fields` does not go with `flatten`, so the rest is caught and reported here.
type Rest = BTreeMap<String, toml::Value>;

fn report_unknown(at: &str, rest: &Rest, problems: &mut Vec<String>) {
    problems.extend(rest.keys().map(|key| format!("{at}: 不认识的键 {key} / there is no key {key}")));
}

#[derive(Deserialize)]
struct RawAbility {
    #[serde(flatten)]
    programme: RawProgramme,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
struct RawContest {
    #[serde(flatten)]
    programme: RawProgramme,
    #[serde(flatten)]
    rest: Rest,
    #[serde(default)]
    edition: String,
    #[serde(default)]
    document_number: String,
    #[serde(default)]
    organisers: Vec<String>,
    /// First and last day of the public notice: the last day counts in full ("24点截止").
    notice_first_day: Date,
    notice_last_day: Date,
    registration_last_day: Date,
    release_day: Date,
    claim_last_day: Date,
}

impl Raw {
    fn check(self, data: &Path, defaults: &Defaults, problems: &mut Vec<String>) -> Option<Config> {
        let place = |given: Option<PathBuf>, otherwise: PathBuf| data.join(given.unwrap_or(otherwise));
        let url = self.public_url.trim_end_matches('/');
        if !(url.starts_with("https://") || url.starts_with("http://")) || url.len() > 60 || !url.is_ascii() {
            problems.push(format!("public_url = \"{url}\"：应以 https:// 开头，至多 60 个字符 / an http(s) URL of at most 60 characters"));
        }
        let seals = self.issuer.iter().filter_map(|i| Some((i.id.parse().ok()?, data.join(i.seal.as_ref()?)))).collect();
        let issuers: Vec<Issuer> = self.issuer.into_iter().filter_map(|i| i.check(problems)).collect();
        if issuers.is_empty() {
            problems.push("缺少 [[issuer]] / there is no [[issuer]]".to_owned());
        }
        let mut programmes = Vec::new();
        for contest in self.contest {
            programmes.extend(contest.check(problems));
        }
        for ability in self.ability {
            programmes.extend(ability.check(problems));
        }
        check_references(&issuers, &programmes, problems);
        let limits = self.limits.check(problems);
        Some(Config {
            public_url: url.to_owned(),
            listen: self.listen,
            database: defaults.database.clone().unwrap_or_else(|| within(&self.database, data)),
            vault: place(self.vault, "vault".into()),
            keys: place(self.keys, "keys".into()),
            templates: place(self.templates, defaults.templates.clone()),
            fonts: place(self.fonts, defaults.fonts.clone()),
            link_days: self.link_days,
            limits: limits?,
            behind_proxy: self.behind_proxy,
            issuers,
            seals,
            programmes,
            data: data.to_owned(),
        })
    }
}

/// A relative SQLite path is meant relative to the data folder.
fn within(database: &str, data: &Path) -> String {
    match database.strip_prefix("sqlite:") {
        Some(path) if !path.starts_with('/') => format!("sqlite:{}", data.join(path.trim_start_matches("//")).display()),
        _ => database.to_owned(),
    }
}

fn check_references(issuers: &[Issuer], programmes: &[Programme], problems: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    for id in issuers.iter().map(|i| ("issuer", &i.id)).chain(programmes.iter().map(|p| ("programme", &p.id))) {
        if !seen.insert(id) {
            problems.push(format!("标识 \"{}\" 重复 / the id \"{}\" occurs twice", id.1, id.1));
        }
    }
    for programme in programmes {
        if !issuers.iter().any(|i| i.id == programme.issuer) {
            problems.push(format!("{}: issuer = \"{}\" 不存在 / there is no such issuer", programme.id, programme.issuer));
        }
    }
}

impl RawIssuer {
    fn check(self, problems: &mut Vec<String>) -> Option<Issuer> {
        let algorithm = match self.algorithm.as_deref() {
            None => Some(SignatureAlgorithm::default()),
            Some(code) => SignatureAlgorithm::from_code(code),
        };
        if algorithm.is_none() {
            problems.push(format!("issuer {}: algorithm 应为 p256 或 ed25519 / must be p256 or ed25519", self.id));
        }
        if self.name.trim().is_empty() || self.name.chars().count() > 40 {
            problems.push(format!("issuer {}: name 应为 1 至 40 字 / name has 1 to 40 characters", self.id));
        }
        let id = parsed::<Slug>(&self.id, &format!("issuer {}", self.id), "id", problems)?;
        Some(Issuer { id, name: self.name, name_en: self.name_en, algorithm: algorithm? })
    }
}

impl RawProgramme {
    fn check(self, kind: ProgrammeKind, table: &str, problems: &mut Vec<String>) -> Option<Programme> {
        let at = format!("{table} {}", self.id);
        if self.short_name.len() > SHORT_NAME_BYTES || self.short_name.is_empty() {
            problems.push(format!("{at}: short_name 应为 1 至 10 个汉字（30 字节）/ short_name has 1 to 30 bytes"));
        }
        let id = parsed::<Slug>(&self.id, &at, "id", problems);
        let issuer = parsed::<Slug>(&self.issuer, &at, "issuer", problems);
        let template = parsed::<Slug>(&self.template, &at, "template", problems);
        let pattern = parsed::<Pattern>(&self.pattern, &at, "pattern", problems)?;
        if let Err(e) = Series::new(pattern.clone(), self.series, 2000) {
            problems.push(format!("{at}: series: {e}"));
        }
        Some(Programme {
            id: id?,
            issuer: issuer?,
            template: template?,
            pattern,
            series: self.series,
            name: self.name,
            name_en: self.name_en,
            short_name: self.short_name,
            kind,
        })
    }
}

impl RawAbility {
    fn check(self, problems: &mut Vec<String>) -> Option<Programme> {
        report_unknown(&format!("ability {}", self.programme.id), &self.rest, problems);
        self.programme.check(ProgrammeKind::Ability, "ability", problems)
    }
}

impl RawContest {
    fn check(self, problems: &mut Vec<String>) -> Option<Programme> {
        let at = format!("contest {}", self.programme.id);
        report_unknown(&at, &self.rest, problems);
        let timeline = self.timeline().map_err(|e| problems.push(format!("{at}: {e}"))).ok();
        let kind = ProgrammeKind::Contest(Contest {
            edition: self.edition,
            document_number: self.document_number,
            organisers: self.organisers,
            timeline: timeline?,
        });
        self.programme.check(kind, "contest", problems)
    }

    fn timeline(&self) -> Result<Timeline, String> {
        let start = |day: Date| Instant::start_of(day).map_err(|e| e.to_string());
        let after = |day: Date| day.tomorrow().map_err(|e| e.to_string()).and_then(start);
        let notice = Period::new(start(self.notice_first_day)?, after(self.notice_last_day)?).map_err(|e| e.to_string())?;
        let release = start(self.release_day)?;
        Timeline::new(notice, after(self.registration_last_day)?, release, after(self.claim_last_day)?).map_err(|e| e.to_string())
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str, at: &str, key: &str, problems: &mut Vec<String>) -> Option<T> {
    text.parse().map_err(|e| problems.push(format!("{at}: {key}: {e}"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let defaults = Defaults { templates: "/t".into(), fonts: "/f".into(), database: None };
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
