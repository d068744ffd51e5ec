//! The world: the sample one, and besides its certificates as many as are asked for, recorded by the registry's own methods. Their files
//! are not made: no lookup reads one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use yinxin::config::{Config, Defaults, FILE_NAME};
use yinxin::domain::award::{Achievement, Award, AwardLevel, Holder, Role};
use yinxin::domain::award_list::AwardList;
use yinxin::domain::bucket::Access;
use yinxin::domain::certificate::Facts;
use yinxin::domain::claims::{Claims, Named};
use yinxin::domain::digest::Digest;
use yinxin::domain::heading::Headings;
use yinxin::domain::identity::{DocumentKind, IdentityDocument};
use yinxin::domain::name::PersonName;
use yinxin::domain::number::{CertificateNumber, Series};
use yinxin::domain::qr_claims::QrClaims;
use yinxin::domain::status::SealedFile;
use yinxin::domain::time::Instant;
use yinxin::registry::{AwardRecord, Completion, DataKeys, Registry, Reservation, Reserved, Whose};
use yinxin::sealing::keyring::StatementKeys;
use yinxin::sealing::proof::{self, Code};
use yinxin::sealing::state_list::StateList;
use yinxin::service::Service;
use yinxin::service::access::ContestMandate;
use yinxin::service::demo::{ABILITY_LIST, write_world};
use yinxin::service::import::ListFile;
use yinxin::service::issue::Order;
use yinxin::service::key_folder::KeyFolder;
use yinxin::service::press_room::PressRoom;
use yinxin::service::progress::Silent;

/// What the numbers of the many certificates begin with; seven digits follow.
pub const PREFIX: &str = "MX012024";
const URL: &str = "https://cert.yinxin.example";
/// Readers behind a proxy, so that they can have many addresses; they ask as often as a whole country.
const READERS: &str = "behind_proxy = true\n";
const LIMITS: &str = "\n[limits]\naddress = { burst = 1000000, refill_ms = 1 }\n";
const CHUNK: u32 = 10_000;
const TOKENS: u32 = 100_000;
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗";
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰";

/// The number in this place of the series, counted from 1.
pub fn number(seq: u32) -> String {
    format!("{PREFIX}{seq:07}")
}

pub struct Made {
    pub folder: PathBuf,
    pub records: u32,
    pub service: Arc<Service>,
    /// Codes of certificates all over the series.
    pub tokens: Vec<String>,
    room: Arc<PressRoom>,
    now: Instant,
}

impl Made {
    /// Opens the world of a folder; what it lacks is made.
    pub async fn open(folder: &Path, records: u32, database: Option<String>) -> Self {
        // 2025-01-01 in Beijing: before the clock of any machine.
        let now = Instant::from_millis(1_735_660_800_000).unwrap();
        if !folder.join(FILE_NAME).exists() {
            write_world(folder, URL).unwrap();
            let file = folder.join(FILE_NAME);
            let sample = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, format!("{READERS}{sample}{LIMITS}")).unwrap();
        }
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
        let defaults =
            Defaults { templates: shipped.join("certificate-templates"), fonts: shipped.join("fonts"), database, access: Access::Unset };
        let config = Config::load(folder, &defaults).unwrap();
        let keys = KeyFolder::new(&config.keys);
        keys.init(&config, None, now).unwrap();
        let room = Arc::new(PressRoom::open(&config, keys.load(&config, None).unwrap(), &keys.trust().unwrap()).unwrap());
        let data_keys = DataKeys::from_master(keys.data_key(None).unwrap().bytes());
        let registry = Registry::connect(&config.database, data_keys).await.unwrap();
        let service = Arc::new(Service::open(config, None).await.unwrap());
        let mut made = Self { folder: folder.to_owned(), records, service, tokens: Vec::new(), room, now };
        if registry.certificate(&number(records).parse().unwrap()).await.unwrap().is_none() {
            made.issue_samples().await;
            made.record(&registry).await;
        }
        made.tokens = made.codes(&registry).await;
        made
    }

    /// The sample list of ability certificates with their portraits, issued with everything.
    async fn issue_samples(&self) {
        let samples = self.folder.join("samples");
        let portraits = |file: &str| std::fs::read(samples.join(Path::new(file).file_name()?)).ok();
        let bytes = std::fs::read(samples.join(ABILITY_LIST)).unwrap();
        let file = ListFile { name: ABILITY_LIST, bytes: &bytes, programme: None, portraits: &portraits };
        self.service.import(&file, &ContestMandate::of_operator("bench"), self.now).await.unwrap();
        let now = self.now;
        let order = Order { programmes: &[], out: None, clock: &move || now, progress: &Silent };
        self.service.issue(&self.room, &order).await.unwrap();
    }

    async fn record(&self, registry: &Registry) {
        let template = Digest::of(b"a template for the bench");
        registry.put_template_version(&template, "bench", b"none").await.unwrap();
        let series = Series::new("MX{series:2}{year}{seq:7}".parse().unwrap(), 1, 2024).unwrap();
        let programme = "bench".parse().unwrap();
        let build = |award: &AwardRecord, number| Reservation {
            facts: Facts { claims: claims(award, number), reserved_at: self.now, template, signer: Digest::of(b"signer") },
            release: self.now,
        };
        for first in (0..self.records).step_by(CHUNK.try_into().unwrap()) {
            let last = (first + CHUNK).min(self.records);
            let source = Digest::of(&first.to_be_bytes());
            let list = AwardList { source, file_name: "bench".into(), awards: (first..last).map(award).collect() };
            registry.import(&list, self.now, "bench").await.unwrap();
            let reserved = registry.reserve(&series, (&programme, Whose::Everybodys), i64::MAX, CHUNK, build).await.unwrap();
            let file = |number: &CertificateNumber| SealedFile { digest: Digest::of(number.as_str().as_bytes()), bytes: 110_000 };
            let complete = |Reserved { facts, .. }: Reserved| {
                let Code { text, heading } = self.code(&facts.claims);
                Completion { file: file(&facts.claims.number), code: text.digits, heading, number: facts.claims.number }
            };
            let files: Vec<_> = reserved.into_iter().map(complete).collect();
            registry.complete(&files, self.now).await.unwrap();
            println!("recorded {last} of {}", self.records);
        }
    }

    /// The code of a certificate.
    fn code(&self, claims: &Claims) -> Code {
        let keys = self.room.current_keys(&"lanhai".parse().unwrap()).unwrap();
        proof::code(&QrClaims::of(claims), &keys.proof, URL).unwrap()
    }

    /// The headings of its codes.
    pub async fn headings(&self) -> Headings {
        let keys = StatementKeys::parse(self.service.key_set()).unwrap();
        StateList::read(&self.service.states(self.now).await.unwrap().jws, &keys).unwrap().headings()
    }

    /// Codes of certificates in runs all over the series, one a line in a file; made once.
    async fn codes(&self, registry: &Registry) -> Vec<String> {
        let file = self.folder.join("codes");
        if let Ok(text) = std::fs::read_to_string(&file) {
            return text.lines().map(str::to_owned).collect();
        }
        let wanted = TOKENS.min(self.records);
        let mut codes = Vec::new();
        for run in 0..100 {
            let after = number(self.records / 100 * run).parse().unwrap();
            for certificate in registry.certificates(Some(&after), wanted / 100).await.unwrap() {
                codes.push(self.code(&certificate.facts.claims).text.digits);
            }
        }
        std::fs::write(&file, codes.join("\n")).unwrap();
        codes
    }

    /// A genuine file: the largest of the samples.
    pub async fn pdf(&self) -> Vec<u8> {
        let mut largest = Vec::new();
        // The numbers of the samples come before those of the many.
        for certificate in self.service.certificates(None, 200).await.unwrap() {
            let link = self.service.link(&certificate.facts.claims.number, self.now.plus_millis(86_400_000));
            let Ok(download) = self.service.download(&link, self.now).await else { continue };
            if download.pdf.len() > largest.len() {
                largest = download.pdf;
            }
        }
        largest
    }
}

/// An award as invented as it is plausible: no two are alike.
fn award(n: u32) -> Award {
    let pick = |from: &str, n: u32| from.chars().nth(usize::try_from(n).unwrap() % from.chars().count()).unwrap();
    let name = format!("{}{}{}", pick(SURNAMES, n), pick(GIVEN, n / 20), pick(GIVEN, n / 260));
    let born = date(1990, 1, 1).checked_add(jiff::Span::new().days(i64::from(n / 1_000))).unwrap();
    let body = format!("110105{}{:03}", born.strftime("%Y%m%d"), n % 1_000);
    let card = |c| IdentityDocument::parse(DocumentKind::ResidentIdentityCard, &format!("{body}{c}")).ok();
    Award {
        programme: "bench".parse().unwrap(),
        holder: Holder {
            name: PersonName::parse(&name).unwrap(),
            document: ('0'..='9').chain(['X']).find_map(card),
            telephone: None,
            school: "蓝海理工大学".into(),
        },
        achievement: Achievement::Award {
            level: AwardLevel::First,
            role: Role::Winner,
            category: "软件类".into(),
            subject: "C/C++程序设计".into(),
            work: format!("面向近海养殖的智能监测平台 {n}"),
            team: Vec::new(),
            instructors: vec![PersonName::parse("王建国").unwrap()],
        },
        portrait: None,
    }
}

fn claims(record: &AwardRecord, number: CertificateNumber) -> Claims {
    let named = |id: &str, name: &str, name_en: &str| Named { id: id.parse().unwrap(), name: name.into(), name_en: name_en.into() };
    Claims {
        number,
        issuer: named("lanhai", "蓝海杯全国大学生软件创新大赛组织委员会", "Lanhai Cup Organising Committee"),
        programme: named("bench", "第十四届蓝海杯全国大学生软件创新大赛", "14th Lanhai Cup National Software Innovation Contest"),
        short_name: "第十四届蓝海杯".into(),
        organisers: vec!["蓝海市信息化人才交流中心".into(), "蓝海市人民政府".into()],
        holder: record.award.holder.name.clone(),
        school: record.award.holder.school.clone(),
        document_masked: String::new(),
        achievement: record.award.achievement.clone(),
        portrait: None,
        issued_on: date(2024, 1, 1),
        verify_at: URL.into(),
        replaces: None,
    }
}
