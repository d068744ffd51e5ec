//! A school from its form to its instructors' awards, on both databases, with the clock in hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the world and the pictures have more than this test needs")]

mod common;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/world.rs"]
mod world;

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use totp_rs::{Builder, Secret as TotpSecret};
use yinxin::domain::account::{CodePurpose, Office};
use yinxin::domain::instructor::{Doubt, Entry};
use yinxin::domain::issuer::Slug;
use yinxin::domain::name::PersonName;
use yinxin::domain::proofing::{CaseKind, CaseState, Field, Reasons, Slot, Typed};
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::registry::{InstructorError, Match, Ruling};
use yinxin::service::access::{
    Appointment, Attempt, CodeQuestion, CodeTyped, ContestMandate, Registration, Reviewer, School, Visitor, Warrant,
};
use yinxin::service::demo::SCHOOLS;
use yinxin::service::import::ListFile;
use yinxin::service::instructors::{EntryError, InstructorForm, LetterError, ListError};
use yinxin::service::messages::{Message, Messenger, Text};
use yinxin::service::proofing::{Applicant, ApplyError, Warning};
use yinxin::service::{Service, entropy};

use pictures::{BLUE, jpeg, plain};
use world::World;

const PASSWORD: &str = "蓝海杯是一场比赛呀";
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const CONTEST: &str = "lanhai-14";
const NUMBER: &str = "11010519491231002X";

#[derive(Default)]
struct Letterbox(Mutex<Vec<Message>>);

impl Messenger for Letterbox {
    fn carry(&self, message: Message) {
        self.0.lock().unwrap().push(message);
    }
}

struct House {
    service: Arc<Service>,
    letters: Arc<Letterbox>,
    folder: tempfile::TempDir,
    deadline: Instant,
}

impl House {
    async fn open(database: Option<&str>) -> Self {
        let world = World::edited(|sample| match database {
            Some(url) => format!("database = \"{url}\"\n{sample}"),
            None => sample,
        })
        .await;
        let letters = Arc::new(Letterbox::default());
        let service = Arc::new(Arc::into_inner(world.service).unwrap().with_courier(letters.clone()));
        let contests = service.contests_with_instructors().await.unwrap();
        let contest = contests.iter().find(|contest| contest.id.as_str() == CONTEST).unwrap();
        let deadline = contest.contest().unwrap().timeline.registration_deadline;
        let house = Self { service, letters, folder: world.folder, deadline };
        house.service.import_schools(SCHOOLS.as_bytes(), "test", house.at(0)).await.unwrap();
        house
    }

    /// Thirty days before the contest's registration deadline, and so many milliseconds.
    fn at(&self, millis: i64) -> Instant {
        self.deadline.plus_millis(millis - 30 * DAY)
    }

    async fn visitor(&self, telephone: &Telephone, from: IpAddr) -> Visitor {
        let now = self.at(-MINUTE);
        let attempt = Attempt { telephone, password: PASSWORD, code: None, browser: None, browser_name: "Firefox", from, now };
        let session = self.service.sign_in(&attempt, &mut entropy::fill).await.unwrap().session;
        self.service.visitor(&session, now).await.unwrap().unwrap()
    }

    /// A new account of a school, signed in.
    async fn school(&self, telephone: &str) -> School {
        let visitor = self.account(telephone, "古丽米热·阿卜力克木", Office::School).await;
        assert!(visitor.student().is_none());
        visitor.school().unwrap()
    }

    /// A new account, signed in.
    async fn account(&self, telephone: &str, name: &str, office: Office) -> Visitor {
        let (telephone, name) = (Telephone::parse(telephone).unwrap(), PersonName::parse(name).unwrap());
        let last = u8::try_from(self.letters.0.lock().unwrap().len()).unwrap();
        let (from, now) = (IpAddr::from([192, 0, 2, last]), self.at(-MINUTE));
        let question = CodeQuestion { purpose: CodePurpose::Register, telephone: &telephone, browser: None, from, now };
        let ticket = self.service.send_code(&question, &mut entropy::fill).await.unwrap();
        let text = self.letters.0.lock().unwrap().last().unwrap().text.clone();
        let Text::Code { code, .. } = text else { panic!("no code") };
        let code = CodeTyped { ticket: &ticket, code: &code };
        let form = Registration { telephone: &telephone, name: &name, office, code, password: PASSWORD, from, now };
        self.service.register(&form, &mut entropy::fill).await.unwrap();
        self.visitor(&telephone, from).await
    }

    /// A reviewer with both factors shown.
    async fn reviewer(&self) -> Reviewer {
        let (telephone, name) = (Telephone::parse("13700137001").unwrap(), PersonName::parse("李慎").unwrap());
        let now = self.at(-MINUTE);
        let offices = "reviewer".parse().unwrap();
        let new = Appointment { telephone: &telephone, name: &name, offices, password: Some(PASSWORD), now };
        self.service.appoint(&Warrant::of_operator("test"), &new, &mut entropy::fill).await.unwrap();
        let visitor = self.visitor(&telephone, IpAddr::from([198, 51, 100, 1])).await;
        let offer = self.service.offer_second_factor(&visitor, &mut entropy::fill);
        let app = Builder::new().with_secret(TotpSecret::try_from_base32(&offer.secret).unwrap()).build().unwrap();
        let code = app.generate(u64::try_from(now.millis() / 1_000).unwrap()).to_string();
        let strong = self.service.enrol_second_factor(&visitor, &offer.secret, &code, now, &mut entropy::fill).await.unwrap();
        self.service.visitor(&strong, now).await.unwrap().unwrap().reviewer().unwrap()
    }

    async fn give(&self, school: &School, slot: Slot, picture: Vec<u8>, now: i64) -> Result<(), ApplyError> {
        self.service.add_picture(&school.into(), (CaseKind::School, slot), picture, self.at(now), &mut entropy::fill).await
    }

    async fn state(&self, school: &School) -> CaseState {
        self.service.own_case(&school.into(), CaseKind::School).await.unwrap().unwrap().state
    }

    async fn send(&self, school: &School, form: &Typed, now: i64) -> Result<Instant, ApplyError> {
        self.service.send_in(&school.into(), CaseKind::School, form, self.at(now)).await
    }

    /// Takes the next case, and decides it.
    async fn rule(&self, reviewer: &Reviewer, ruling: Ruling, now: i64) -> Vec<Warning> {
        let id = self.service.next_case(reviewer, None, self.at(now)).await.unwrap().unwrap();
        let seen = self.service.review_case(reviewer, id, self.at(now)).await.unwrap();
        assert_eq!(seen.case.kind, CaseKind::School);
        self.service.rule(reviewer, id, ruling, self.at(now), &mut entropy::fill).await.unwrap();
        seen.warnings
    }

    /// A school that is verified at once.
    async fn verified(&self, telephone: &str, name: &str, reviewer: &Reviewer, now: i64) -> School {
        let school = self.school(telephone).await;
        self.give(&school, Slot::AuthorisationLetter, paper(), now).await.unwrap();
        self.send(&school, &form(name, "91350100M000100Y43"), now).await.unwrap();
        self.rule(reviewer, Ruling::Approve, now).await;
        school
    }

    /// Imports awards of instructors: name, school, work, telephone.
    async fn list(&self, rows: &[[&str; 4]], now: i64) {
        let rows: String =
            rows.iter().map(|[name, school, work, telephone]| format!("{name},,{school},一等奖,指导教师,{work},{telephone}\n")).collect();
        let text = format!("姓名,证件号码,学校,奖项,角色,作品,手机号\n{rows}");
        let list = ListFile { name: "名单.csv", bytes: text.as_bytes(), programme: Some(&contest()), portraits: &|_| None };
        self.service.import(&list, &ContestMandate::of_operator("test"), self.at(now)).await.unwrap();
    }

    async fn entry(&self, award: &str) -> Entry {
        self.service.instructor_entry(&contest(), award).await.unwrap().unwrap()
    }

    async fn matches(&self, school: &School) -> Vec<(String, Match)> {
        let records = self.service.own_instructors(school, "").await.unwrap();
        let mut all: Vec<_> = records.into_iter().map(|r| (r.instructor.name.to_string(), r.state)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

fn contest() -> Slug {
    CONTEST.parse().unwrap()
}

fn paper() -> Vec<u8> {
    jpeg(plain(800, 1_100, BLUE), 80)
}

fn form(school: &str, code: &str) -> Typed {
    let mut typed = Typed::default();
    for (field, text) in [
        (Field::School, school),
        (Field::SchoolLevel, "university"),
        (Field::SchoolFunding, "public"),
        (Field::OrganisationCode, code),
        (Field::Introduction, "一所工科为主的大学。"),
    ] {
        typed.set(field, text);
    }
    typed
}

fn one(name: &str, telephone: &str) -> InstructorForm {
    InstructorForm { contest: CONTEST.into(), name: name.into(), telephone: telephone.into(), ..InstructorForm::default() }
}

fn places(error: ApplyError) -> Vec<&'static str> {
    let ApplyError::Slips(slips) = error else { panic!("{error:?}") };
    slips.into_iter().map(|(place, _)| place.code()).collect()
}

async fn story(house: &House) {
    let reviewer = house.reviewer().await;
    let school = verification(house, &reviewer).await;
    instructors(house, &school, &reviewer).await;
    list(house, &school).await;
    strangers(house, &school, &reviewer).await;
    deadline(house, &reviewer).await;
}

/// Draft, refusals, return, correction, approval.
async fn verification(house: &House, reviewer: &Reviewer) -> School {
    let (service, school) = (&house.service, house.school("13800138000").await);
    let early = service.enter_instructor(&school, &one("王五", "13900139000"), house.at(0)).await;
    assert!(matches!(early, Err(EntryError::Instructor(InstructorError::NotVerified))), "not before it is verified");
    assert!(matches!(service.letter_of_authorisation(&school, house.at(0)).await, Err(LetterError::NoSchool)));

    let all = house.send(&school, &Typed::default(), 0).await.unwrap_err();
    assert_eq!(places(all), ["school", "school_level", "school_funding", "organisation_code", "code-certificate"]);
    let doubtful = form(" 蓝海 大学", "91350100M000100Y44");
    assert_eq!(places(house.send(&school, &doubtful, 0).await.unwrap_err()), ["code-certificate"], "its wrong check character is taken");
    let pdf = service.letter_of_authorisation(&school, house.at(0)).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));

    // What is no picture, or too large a one, is refused.
    for bad in [b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".to_vec(), pdf, b"GIF89a".to_vec(), Vec::new()] {
        assert!(matches!(house.give(&school, Slot::AuthorisationLetter, bad, 1).await, Err(ApplyError::Picture(_))));
    }
    let large = [jpeg(plain(200, 200, BLUE), 90), vec![0; 2 << 20]].concat();
    assert!(matches!(house.give(&school, Slot::Logo, large, 1).await, Err(ApplyError::Picture(_))), "a logo has at most 2 MB");
    assert!(house.give(&school, Slot::Portrait, paper(), 1).await.is_err(), "a school has no portrait");
    house.give(&school, Slot::AuthorisationLetter, paper(), 1).await.unwrap();
    house.give(&school, Slot::Logo, jpeg(plain(200, 200, BLUE), 90), 1).await.unwrap();
    house.send(&school, &doubtful, 2).await.unwrap();
    assert!(matches!(house.send(&school, &doubtful, 3).await, Err(ApplyError::Case(_))), "it waits");

    let why = Reasons::parse(CaseKind::School, ["letter-stamp"], "请补盖公章").unwrap();
    assert_eq!(house.rule(reviewer, Ruling::Return(why.clone()), 4).await, [Warning::OrganisationCode]);
    assert_eq!(house.state(&school).await, CaseState::Returned { at: house.at(4), reasons: why });
    house.give(&school, Slot::AuthorisationLetter, paper(), 5).await.unwrap();
    house.send(&school, &form("蓝海大学", "M000100Y-4"), 6).await.unwrap();
    assert_eq!(house.rule(reviewer, Ruling::Approve, 7).await, []);
    assert_eq!(service.verified_school(&school).await.unwrap().as_deref(), Some("蓝海大学"));
    let proofed = service.proofed(Applicant::from(&school).account()).await.unwrap();
    assert_eq!((proofed.school.verified_since, proofed.school.first_submitted), (Some(house.at(7)), Some(house.at(2))));

    // The pictures go, the logo stays; the list of schools may lose the school.
    service.sweep_verification(house.at(7 + 30 * DAY)).await.unwrap();
    let case = service.own_case(&(&school).into(), CaseKind::School).await.unwrap().unwrap();
    assert!(case.picture(Slot::Logo).is_some() && case.picture(Slot::AuthorisationLetter).is_none());
    service.import_schools("10001,北京大学\n".as_bytes(), "test", house.at(8)).await.unwrap();
    assert_eq!(service.verified_school(&school).await.unwrap().as_deref(), Some("蓝海大学"));
    service.import_schools(SCHOOLS.as_bytes(), "test", house.at(8)).await.unwrap();
    school
}

/// One match, none, two, and one that differs.
async fn instructors(house: &House, school: &School, reviewer: &Reviewer) {
    let service = &house.service;
    house
        .list(
            &[
                ["王五", "蓝海大学", "星海", ""],
                ["赵六", "蓝海大学", "海一", ""],
                ["赵六", "蓝海大学", "海二", ""],
                ["孙八", "蓝海大学", "海三", "13900139003"],
                ["周九", "蓝海大学", "海四", "13900139004"],
                ["周九", "蓝海大学", "海五", "13900139004"],
                ["吴十", "青山理工大学", "山一", ""],
            ],
            10,
        )
        .await;
    for (name, telephone) in
        [("王 五", "13900139000"), ("赵六", "13900139001"), ("孙八", "13900139009"), ("周九", "13900139004"), ("吴十", "13900139005")]
    {
        service.enter_instructor(school, &one(name, telephone), house.at(11)).await.unwrap();
    }
    let twice = service.enter_instructor(school, &one("王五", "139 0013 9000"), house.at(12)).await;
    assert!(matches!(twice, Err(EntryError::Instructor(InstructorError::Twice))));
    let EntryError::Faults(faults) = service.enter_instructor(school, &InstructorForm::default(), house.at(12)).await.unwrap_err() else {
        panic!("every field at once")
    };
    assert_eq!(faults.iter().map(|(place, _)| *place).collect::<Vec<_>>(), ["contest", "name", "telephone"]);

    let all = house.matches(school).await;
    let of = |name: &str| all.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let Match::Matched(awards) = of("王五") else { panic!("one") };
    assert_eq!(awards.len(), 1);
    assert!(matches!(of("周九"), Match::Matched(awards) if awards.len() == 2), "both are proved by the telephone");
    assert_eq!(of("赵六"), Match::Review(Doubt::Several));
    assert_eq!(of("孙八"), Match::Review(Doubt::Differs));
    assert_eq!(of("吴十"), Match::Review(Doubt::NoAward), "another school's");
    assert_eq!(house.entry(&awards[0]).await, Entry::InTime { at: house.at(11) });
    // The list has no telephone of this instructor: whoever has the one that the school entered, and the name, finds the award.
    for (telephone, name, found) in [("13900139000", "王五", 1), ("13900139006", "王五", 0), ("13900139005", "王五", 0)] {
        let account = house.account(telephone, name, Office::Student).await.student().unwrap();
        let own = service.holdings(&account, house.at(12)).await.unwrap().own;
        assert!(own.len() == found && own.iter().all(|own| own.id == awards[0]), "{telephone}");
    }

    // A reviewer decides what is in doubt; what was changed meanwhile is looked at again.
    let (waiting, first) = service.doubtful_instructors(reviewer).await.unwrap();
    assert_eq!((waiting, first.len()), (3, 3));
    let id = first.iter().find(|w| w.doubt == Doubt::Several).unwrap().id;
    let seen = service.consider_instructor(reviewer, id, house.at(13)).await.unwrap();
    assert_eq!(seen.candidates.len(), 2);
    let second = seen.candidates[1].record.id.clone();
    assert_eq!(house.entry(&second).await, Entry::Missing);
    let stale = service.decide_instructor(reviewer, (id, house.at(12)), std::slice::from_ref(&second), "", house.at(13)).await;
    assert!(matches!(stale, Err(EntryError::Instructor(InstructorError::Decided))));
    let foreign = service.decide_instructor(reviewer, (id, house.at(11)), &awards, "", house.at(13)).await;
    assert!(matches!(foreign, Err(EntryError::Instructor(InstructorError::Decided))), "no candidate of this one");
    let decide =
        |awards: Vec<String>| async move { service.decide_instructor(reviewer, (id, house.at(11)), &awards, "", house.at(13)).await };
    decide(vec![second.clone()]).await.unwrap();
    assert!(decide(vec![second.clone()]).await.is_err(), "decided once");
    assert_eq!(house.entry(&second).await, Entry::InTime { at: house.at(11) });
    let id = first.iter().find(|w| w.doubt == Doubt::NoAward).unwrap().id;
    let seen = service.consider_instructor(reviewer, id, house.at(13)).await.unwrap();
    assert!(!seen.candidates[0].same_school && seen.candidates[0].same_name);
    service.decide_instructor(reviewer, (id, house.at(11)), &[], "名单中为外校教师", house.at(13)).await.unwrap();
    let refused = service.own_instructors(school, "吴十").await.unwrap();
    assert_eq!((refused.len(), &refused[0].state, refused[0].note.as_str()), (1, &Match::Refused, "名单中为外校教师"));
    assert_eq!(service.own_instructors(school, "139 0013 9001").await.unwrap().len(), 1, "found by telephone");

    // The right telephone: matched, and entered when it was. Another name: another entry.
    let sun = service.own_instructors(school, "孙八").await.unwrap().remove(0);
    service.change_instructor(school, sun.id, &one("孙八", "13900139003"), house.at(20)).await.unwrap();
    let changed = service.own_instructors(school, "孙八").await.unwrap().remove(0);
    assert!(matches!(changed.state, Match::Matched(_)));
    assert_eq!(changed.entered_at, house.at(11));
    service.change_instructor(school, sun.id, &one("孙九", "13900139003"), house.at(21)).await.unwrap();
    assert_eq!(service.own_instructors(school, "孙九").await.unwrap()[0].entered_at, house.at(21));

    // The list comes later: what waited for want of an award is matched by the rule.
    house.list(&[["孙九", "蓝海大学", "海六", ""]], 22).await;
    assert_eq!(service.match_waiting_instructors(house.at(23)).await.unwrap(), 1);
    assert_eq!(service.match_waiting_instructors(house.at(24)).await.unwrap(), 0);
    service.remove_instructor(school, sun.id, house.at(25)).await.unwrap();
    assert!(service.own_instructors(school, "孙九").await.unwrap().is_empty());
}

/// A spreadsheet: every problem at once, a preview, a confirmation that is this account's.
async fn list(house: &House, school: &School) {
    let (service, before) = (&house.service, house.matches(school).await.len());
    let bad = "姓名,手机号,赛事\n李1,123,某某赛\n王五,13900139000,lanhai-14\n".as_bytes().to_vec();
    let Err(ListError::Rejected(rejection)) = service.preview_instructors(school, bad, None, house.at(30)).await else {
        panic!("it has problems")
    };
    let places: Vec<String> = rejection.problems.iter().map(|p| p.place.to_string().chars().take(2).collect()).collect();
    assert_eq!(places, ["A2", "B2", "C2"]);
    let good = "姓名,手机号\n王五,13900139000\n郑一,13900139011\n".as_bytes().to_vec();
    let preview = service.preview_instructors(school, good, Some(contest()), house.at(30)).await.unwrap();
    assert_eq!(preview.rows.iter().map(|row| row.known).collect::<Vec<_>>(), [true, false]);
    assert_eq!(house.matches(school).await.len(), before, "nothing is entered yet");
    let late = service.confirm_instructors(school, &preview.parcel, house.at(30 + 60 * MINUTE)).await;
    assert!(matches!(late, Err(EntryError::Stale)));
    let other = house.school("13800138009").await;
    assert!(matches!(service.confirm_instructors(&other, &preview.parcel, house.at(31)).await, Err(EntryError::Stale)));
    assert_eq!(service.confirm_instructors(school, &preview.parcel, house.at(31)).await.unwrap(), 1);
    assert_eq!(service.confirm_instructors(school, &preview.parcel, house.at(32)).await.unwrap(), 0, "twice is once");
}

/// Another school sees and changes nothing of this one's; a second account of a school is a matter for the reviewer.
async fn strangers(house: &House, school: &School, reviewer: &Reviewer) {
    let service = &house.service;
    let other = house.school("13800138001").await;
    house.give(&other, Slot::CodeCertificate, paper(), 40).await.unwrap();
    house.send(&other, &form("蓝海大学", "91350100M000100Y43"), 40).await.unwrap();
    assert_eq!(house.rule(reviewer, Ruling::Approve, 41).await, [Warning::SameSchool(1)]);
    let id = service.own_instructors(school, "王五").await.unwrap()[0].id;
    assert!(service.own_instructors(&other, "").await.unwrap().is_empty());
    let unknown = |result: Result<(), EntryError>| matches!(result, Err(EntryError::Instructor(InstructorError::Unknown)));
    assert!(unknown(service.change_instructor(&other, id, &one("王五", "13900139000"), house.at(42)).await));
    assert!(unknown(service.remove_instructor(&other, id, house.at(42)).await));

    // A change of school asks for verification anew, and until then nothing is entered.
    service.verify_anew(&(&other).into(), CaseKind::School, house.at(43), &mut entropy::fill).await.unwrap();
    let entered = service.enter_instructor(&other, &one("钱七", "13900139020"), house.at(43)).await;
    assert!(matches!(entered, Err(EntryError::Instructor(InstructorError::NotVerified))));
}

/// In Beijing time, whatever zone the machine is in: the instant before, at and after the deadline.
async fn deadline(house: &House, reviewer: &Reviewer) {
    let school = house.verified("13800138002", "星河工业大学", reviewer, 50).await;
    let names = ["甲一", "乙二", "丙三"];
    house.list(&names.map(|name| [name, "星河工业大学", "河", ""]), 51).await;
    for ((name, telephone), millis) in names.iter().zip(["13900139031", "13900139032", "13900139033"]).zip([-1, 0, 1]) {
        house.service.enter_instructor(&school, &one(name, telephone), house.deadline.plus_millis(millis)).await.unwrap();
    }
    for (name, record) in house.matches(&school).await {
        let Match::Matched(awards) = record else { panic!("{name}") };
        let at = |millis| house.deadline.plus_millis(millis);
        let expected = match name.as_str() {
            "甲一" => Entry::InTime { at: at(-1) },
            "乙二" => Entry::Late { at: at(0) },
            _ => Entry::Late { at: at(1) },
        };
        assert_eq!(house.entry(&awards[0]).await, expected, "{name}");
    }
}

/// Every column of every table, and every object of the vault, as whoever steals them sees them. What the award list says of its own
/// instructors is public at the notice, and so no secret here: a name that only the school has entered is.
async fn nothing_in_the_clear(house: &House, school: &School, database: Option<&str>) {
    let form = InstructorForm {
        document_kind: "resident".into(), document_number: NUMBER.into(), ..one("买买提·艾合买提", "13900139077")
    };
    house.service.enter_instructor(school, &form, house.at(60)).await.unwrap();
    let secrets = [
        "买买提·艾合买提",
        NUMBER,
        "13900139077",
        "13800138000",
        "M000100Y4",
        "91350100M000100Y44",
        "一所工科",
        "请补盖公章",
        "名单中为外校教师",
    ];
    let dump = match database {
        Some(url) => std::process::Command::new(pg_dump()).args(["--inserts", "--dbname", url]).output().unwrap().stdout,
        None => {
            ["registry.sqlite", "registry.sqlite-wal"].iter().flat_map(|f| std::fs::read(house.folder.path().join(f)).unwrap()).collect()
        }
    };
    assert!(memchr::memmem::find(&dump, b"instructor_award").is_some() && dump.len() > 10_000);
    // PostgreSQL writes bytes as digits.
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    for secret in secrets {
        for form in [secret.to_owned(), hex(secret)] {
            assert!(memchr::memmem::find(&dump, form.as_bytes()).is_none(), "{secret}");
        }
    }
    let mut objects = Vec::new();
    files(&house.folder.path().join("vault"), &mut objects);
    assert!(!objects.is_empty());
    for object in objects {
        assert!(memchr::memmem::find(&object, b"\xFF\xD8\xFF\xE0\x00\x10JFIF").is_none());
    }
}

fn files(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(std::fs::read(path).unwrap()) }
    }
}

fn pg_dump() -> std::path::PathBuf {
    let bins = ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin", "/usr/local/bin", "/usr/bin"];
    bins.iter().map(|bin| Path::new(bin).join("pg_dump")).find(|program| program.exists()).unwrap()
}

async fn told(database: Option<&str>) {
    let house = House::open(database).await;
    story(&house).await;
    let school = house.visitor(&Telephone::parse("13800138000").unwrap(), IpAddr::from([192, 0, 2, 200])).await.school().unwrap();
    nothing_in_the_clear(&house, &school, database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schools_on_sqlite() {
    told(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schools_on_postgresql() {
    let Some(postgres) = common::Postgres::start() else { return };
    told(Some(&postgres.url())).await;
}
