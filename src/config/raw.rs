//! What the operator writes, as it parses, and its way to checked values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use super::dates::RawDates;
use super::mail::RawMail;
use super::payment::RawPayment;
use super::vault::{self, RawS3};
use super::verification::RawVerification;
use super::{Config, Defaults};
use crate::domain::holding::Registration;
use crate::domain::issuer::{Issuer, SignatureAlgorithm, Slug};
use crate::domain::limit::{Limit, Limits};
use crate::domain::number::{Pattern, Series};
use crate::domain::programme::{Contest, Programme, ProgrammeKind, SHORT_NAME_BYTES};
use crate::domain::webhook::Reach;

/// Folders beside those of the issuers' keys.
const RESERVED: [&str; 2] = ["public", "statement"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    public_url: String,
    #[serde(default = "default_listen")]
    listen: String,
    #[serde(default = "default_database")]
    database: String,
    metrics: Option<String>,
    vault: Option<String>,
    s3: Option<RawS3>,
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
    messages: RawMessages,
    mail: Option<RawMail>,
    #[serde(default)]
    retention: RawRetention,
    #[serde(default)]
    verification: RawVerification,
    #[serde(default)]
    payment: RawPayment,
    #[serde(default)]
    issuing: RawIssuing,
    #[serde(default)]
    webhooks: RawWebhooks,
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
    list: Option<RawLimit>,
    name: Option<RawLimit>,
    objection: Option<RawLimit>,
}

/// For how long what is private is kept, in days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawRetention {
    /// Content and files of an objection, from its decision on.
    objection_days: u32,
}

impl Default for RawRetention {
    fn default() -> Self {
        // Three years: the limitation period of the Civil Code, article 188.
        Self { objection_days: 1_095 }
    }
}

/// How messages leave.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawMessages {
    command: Option<Vec<String>>,
}

/// What is issued without anybody's hand.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawIssuing {
    #[serde(default)]
    at_release: bool,
}

/// Notices to issuers' own systems.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawWebhooks {
    /// Whether they may go to private networks, and in plain HTTP to this machine.
    #[serde(default)]
    private_networks: bool,
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
        // Two lists of the greatest length a day.
        let list = limit("list", self.list, 10_000, 8_640);
        // Several employers may check one applicant; a full name cannot be guessed from its mask at 68 tries a day.
        let name = limit("name", self.name, 20, 1_800_000);
        // An office may hand in several in a row; one an hour after that.
        let objection = limit("objection", self.objection, 5, 3_600_000);
        Some(Limits { address: address?, identity: identity?, person: person?, list: list?, name: name?, objection: objection? })
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
    /// Each as a day, or to the second in Beijing time.
    #[serde(flatten)]
    dates: RawDates,
    #[serde(flatten)]
    rest: Rest,
    #[serde(default)]
    edition: String,
    #[serde(default)]
    document_number: String,
    #[serde(default)]
    organisers: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    /// `required`, or `not-needed` as without it.
    registration: Option<String>,
}

impl Raw {
    pub(super) fn check(self, data: &Path, defaults: &Defaults, problems: &mut Vec<String>) -> Option<Config> {
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
        if self.messages.command.as_ref().is_some_and(|command| command.first().is_none_or(String::is_empty)) {
            problems.push("messages.command：缺少程序 / there is no program in it".to_owned());
        }
        let mail = match self.mail {
            Some(mail) => Some(mail.check(data, problems)?),
            None => None,
        };
        let verification = self.verification.check(data, problems);
        let payment = self.payment.check(data, problems);
        let vault = vault::check(self.vault, self.s3, data, &defaults.access, problems);
        Some(Config {
            public_url: url.to_owned(),
            listen: self.listen,
            metrics: self.metrics,
            database: defaults.database.clone().unwrap_or_else(|| within(&self.database, data)),
            vault: vault?,
            keys: place(self.keys, "keys".into()),
            templates: place(self.templates, defaults.templates.clone()),
            fonts: place(self.fonts, defaults.fonts.clone()),
            link_days: self.link_days,
            limits: limits?,
            message_command: self.messages.command,
            issue_at_release: self.issuing.at_release,
            webhook_reach: if self.webhooks.private_networks { Reach::Private } else { Reach::Public },
            objection_days: self.retention.objection_days,
            mail,
            verification,
            payment,
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
        if RESERVED.contains(&self.id.as_str()) {
            problems.push(format!("issuer {0}: id 不能用 {0} / this id is taken by a folder of the service's own keys", self.id));
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

/// One contest by itself, with the keys of a `[[contest]]`.
pub(super) fn contest(text: &str) -> Result<Programme, Vec<String>> {
    let raw: RawContest = toml::from_str(text).map_err(|e| vec![e.to_string()])?;
    let mut problems = Vec::new();
    match raw.check(&mut problems) {
        Some(programme) if problems.is_empty() => Ok(programme),
        _ => Err(problems),
    }
}

impl RawContest {
    fn check(self, problems: &mut Vec<String>) -> Option<Programme> {
        let at = format!("contest {}", self.programme.id);
        report_unknown(&at, &self.rest, problems);
        let timeline = self.dates.timeline().map_err(|e| problems.push(format!("{at}: {e}"))).ok();
        let registration = match self.registration.as_deref() {
            None => Registration::default(),
            Some(code) => Registration::from_code(code).unwrap_or_else(|| {
                problems.push(format!("{at}: registration 应为 required 或 not-needed / is required or not-needed"));
                Registration::default()
            }),
        };
        let kind = ProgrammeKind::Contest(Contest {
            edition: self.edition,
            document_number: self.document_number,
            organisers: self.organisers,
            groups: self.groups,
            categories: self.categories,
            registration,
            timeline: timeline?,
        });
        self.programme.check(kind, "contest", problems)
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str, at: &str, key: &str, problems: &mut Vec<String>) -> Option<T> {
    text.parse().map_err(|e| problems.push(format!("{at}: {key}: {e}"))).ok()
}
