//! Accounts that verify themselves, with the clock in hand: a service, a letterbox in place of telephones, students and reviewers.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use totp_rs::{Builder, Secret as TotpSecret};
use yinxin::domain::account::{CodePurpose, Office};
use yinxin::domain::name::PersonName;
use yinxin::domain::proofing::{CaseKind, Field, Slot, Typed};
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::registry::{Case, Ruling};
use yinxin::service::access::{Appointment, Attempt, CodeQuestion, CodeTyped, Registration, Reviewer, Student, Visitor, Warrant};
use yinxin::service::demo::SCHOOLS;
use yinxin::service::messages::{Message, Messenger, Text};
use yinxin::service::press_room::PressRoom;
use yinxin::service::proofing::ApplyError;
use yinxin::service::{Service, entropy};

use crate::pictures::{BLUE, WHITE, jpeg, plain};
use crate::world::World;

pub const PASSWORD: &str = "蓝海杯是一场比赛呀";
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;
pub const NUMBER: &str = "11010519491231002X";

#[derive(Default)]
pub struct Letterbox(pub Mutex<Vec<Message>>);

impl Messenger for Letterbox {
    fn carry(&self, message: Message) {
        self.0.lock().unwrap().push(message);
    }
}

pub struct House {
    pub service: Arc<Service>,
    pub room: Arc<PressRoom>,
    pub letters: Arc<Letterbox>,
    pub folder: tempfile::TempDir,
}

/// Friday, 20 November 2026, 10:00 in Beijing.
pub fn at(millis: i64) -> Instant {
    Instant::start_of(date(2026, 11, 20)).unwrap().plus_millis(10 * 60 * MINUTE + millis)
}

impl House {
    pub async fn open(database: Option<&str>) -> Self {
        Self::with(database, "").await
    }

    /// The same with more at the end of the configuration.
    pub async fn with(database: Option<&str>, more: &str) -> Self {
        let world = World::edited(|sample| match database {
            Some(url) => format!("database = \"{url}\"\n{sample}\n{more}"),
            None => format!("{sample}\n{more}"),
        })
        .await;
        let letters = Arc::new(Letterbox::default());
        let service = Arc::new(Arc::into_inner(world.service).unwrap().with_courier(letters.clone()));
        service.import_schools(SCHOOLS.as_bytes(), "test", at(0)).await.unwrap();
        Self { service, room: world.room, letters, folder: world.folder }
    }

    pub fn letter(&self) -> Text {
        self.letters.0.lock().unwrap().last().unwrap().text.clone()
    }

    /// A new account of a student, signed in.
    pub async fn student(&self, telephone: &str, name: &str) -> Student {
        self.student_at(telephone, name, at(-MINUTE)).await
    }

    /// The same, registered at an instant.
    pub async fn student_at(&self, telephone: &str, name: &str, now: Instant) -> Student {
        let (telephone, name) = (Telephone::parse(telephone).unwrap(), PersonName::parse(name).unwrap());
        let from = IpAddr::from([192, 0, 2, u8::try_from(self.letters.0.lock().unwrap().len()).unwrap()]);
        let question = CodeQuestion { purpose: CodePurpose::Register, telephone: &telephone, browser: None, from, now };
        let ticket = self.service.send_code(&question, &mut entropy::fill).await.unwrap();
        let Text::Code { code, .. } = self.letter() else { panic!("no code") };
        let code = CodeTyped { ticket: &ticket, code: &code };
        let form = Registration { telephone: &telephone, name: &name, office: Office::Student, code, password: PASSWORD, from, now };
        self.service.register(&form, &mut entropy::fill).await.unwrap();
        let session = self.sign_in_at(&telephone, from, now).await;
        self.service.visitor(&session, now).await.unwrap().unwrap().student().unwrap()
    }

    pub async fn sign_in(&self, telephone: &Telephone, from: IpAddr) -> yinxin::service::access::Secret {
        self.sign_in_at(telephone, from, at(-MINUTE)).await
    }

    pub async fn sign_in_at(&self, telephone: &Telephone, from: IpAddr, now: Instant) -> yinxin::service::access::Secret {
        let attempt = Attempt { telephone, password: PASSWORD, code: None, browser: None, browser_name: "Firefox", from, now };
        self.service.sign_in(&attempt, &mut entropy::fill).await.unwrap().session
    }

    /// A reviewer with both factors shown.
    pub async fn reviewer(&self, telephone: &str) -> Reviewer {
        self.staff(telephone, "reviewer").await.reviewer().unwrap()
    }

    /// A member of the staff with both factors shown.
    pub async fn staff(&self, telephone: &str, offices: &str) -> Visitor {
        let (telephone, name) = (Telephone::parse(telephone).unwrap(), PersonName::parse("李慎").unwrap());
        let offices = offices.parse().unwrap();
        let new = Appointment { telephone: &telephone, name: &name, offices, password: Some(PASSWORD), now: at(-MINUTE) };
        self.service.appoint(&Warrant::of_operator("test"), &new, &mut entropy::fill).await.unwrap();
        let session = self.sign_in(&telephone, IpAddr::from([198, 51, 100, 1])).await;
        let visitor = self.service.visitor(&session, at(-MINUTE)).await.unwrap().unwrap();
        assert!(visitor.staff().is_none(), "the second factor is owed");
        let offer = self.service.offer_second_factor(&visitor, &mut entropy::fill);
        let app = Builder::new().with_secret(TotpSecret::try_from_base32(&offer.secret).unwrap()).build().unwrap();
        let code = app.generate(u64::try_from(at(-MINUTE).millis() / 1_000).unwrap()).to_string();
        let strong = self.service.enrol_second_factor(&visitor, &offer.secret, &code, at(-MINUTE), &mut entropy::fill).await.unwrap();
        self.service.visitor(&strong, at(-MINUTE)).await.unwrap().unwrap()
    }

    pub async fn case(&self, student: &Student, kind: CaseKind) -> Case {
        self.service.own_case(&student.into(), kind).await.unwrap().unwrap()
    }

    pub async fn give(&self, student: &Student, place: (CaseKind, Slot), picture: Vec<u8>, now: i64) -> Result<(), ApplyError> {
        self.service.add_picture(&student.into(), place, picture, at(now), &mut entropy::fill).await
    }

    /// A right form of the real name with its pictures.
    pub async fn real_name(&self, student: &Student, name: &str, now: i64) -> Result<Instant, ApplyError> {
        self.give(student, (CaseKind::RealName, Slot::Portrait), portrait(), now).await?;
        for slot in [Slot::CardFront, Slot::CardBack] {
            self.give(student, (CaseKind::RealName, slot), card(), now).await?;
        }
        self.service.send_in(&student.into(), CaseKind::RealName, &identity(name), at(now)).await
    }

    pub async fn rule(&self, reviewer: &Reviewer, id: i64, ruling: Ruling, now: i64) -> Result<(), ApplyError> {
        self.service.rule(reviewer, id, ruling, at(now), &mut entropy::fill).await
    }

    /// Looks at every column of every table, and every object of the vault, as whoever steals them sees them.
    pub fn has_nothing_in_the_clear(&self, database: Option<&str>, table: &str, secrets: &[&str]) {
        let dump: Vec<u8> = match database {
            Some(url) => std::process::Command::new(pg_dump()).args(["--inserts", "--dbname", url]).output().unwrap().stdout,
            None => {
                let files = ["registry.sqlite", "registry.sqlite-wal"];
                files.iter().flat_map(|f| std::fs::read(self.folder.path().join(f)).unwrap()).collect()
            }
        };
        assert!(memchr::memmem::find(&dump, table.as_bytes()).is_some() && dump.len() > 10_000);
        // PostgreSQL writes bytes as digits.
        let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<String>();
        for secret in secrets {
            for form in [(*secret).to_owned(), hex(secret)] {
                assert!(memchr::memmem::find(&dump, form.as_bytes()).is_none(), "{secret}");
            }
        }
        for object in self.vault() {
            // Long enough that no sealed file of many megabytes has it by chance.
            assert!(memchr::memmem::find(&object, b"\xFF\xD8\xFF\xE0\x00\x10JFIF").is_none() && !object.starts_with(b"%PDF-"));
        }
    }

    /// Files in the vault.
    pub fn vault(&self) -> Vec<Vec<u8>> {
        fn files(folder: &Path, found: &mut Vec<Vec<u8>>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { files(&path, found) } else { found.push(std::fs::read(path).unwrap()) }
            }
        }
        let mut found = Vec::new();
        files(&self.folder.path().join("vault"), &mut found);
        found
    }
}

pub fn portrait() -> Vec<u8> {
    jpeg(plain(413, 579, WHITE), 90)
}

pub fn card() -> Vec<u8> {
    jpeg(plain(960, 605, BLUE), 80)
}

pub fn typed(pairs: &[(Field, &str)]) -> Typed {
    let mut typed = Typed::default();
    pairs.iter().for_each(|(field, text)| typed.set(*field, text));
    typed
}

pub fn identity(name: &str) -> Typed {
    identity_of(name, NUMBER)
}

pub fn identity_of(name: &str, number: &str) -> Typed {
    typed(&[(Field::Name, name), (Field::DocumentKind, "resident"), (Field::DocumentNumber, number)])
}

pub fn studies(school: &str) -> Typed {
    typed(&[
        (Field::School, school),
        (Field::StudentNumber, "2023010203"),
        (Field::Department, "计算机学院"),
        (Field::Degree, "bachelor"),
        (Field::EnrolledOn, "2023-09-01"),
        (Field::GraduatesOn, "2027-07-01"),
    ])
}

fn pg_dump() -> PathBuf {
    let bins = ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin", "/usr/local/bin", "/usr/bin"];
    bins.iter().map(|bin| Path::new(bin).join("pg_dump")).find(|program| program.exists()).unwrap()
}
