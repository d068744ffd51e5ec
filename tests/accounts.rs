//! Accounts as their owners, and those who would like to be them, meet them: on both databases, with the clock in hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "the world has more than this test needs")]

mod common;
#[path = "common/world.rs"]
mod world;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use totp_rs::{Builder, Secret as TotpSecret};
use yinxin::domain::account::{CodePurpose, Office};
use yinxin::domain::name::PersonName;
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::service::Service;
use yinxin::service::access::{
    AccessError, AccountQuery, Appointment, Attempt, CodeQuestion, CodeTyped, Entered, Recovery, Registration, SecondFactorError, Secret,
    Warrant,
};
use yinxin::service::messages::{Message, Messenger, Text};

use world::World;

const PASSWORD: &str = "蓝海杯是一场比赛呀";
const OTHER: &str = "correct horse battery";
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Keeps what would go to telephones.
#[derive(Default)]
struct Letterbox(Mutex<Vec<Message>>);

impl Messenger for Letterbox {
    fn carry(&self, message: Message) {
        self.0.lock().unwrap().push(message);
    }
}

struct House {
    service: Service,
    letters: Arc<Letterbox>,
    _folder: tempfile::TempDir,
}

fn at(millis: i64) -> Instant {
    Instant::from_millis(1_735_660_800_000 + millis).unwrap()
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn dice() -> impl FnMut(&mut [u8]) + Send {
    let mut state = 1_u64;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
    }
}

impl House {
    async fn open(database: Option<&str>) -> Self {
        let world = World::edited(|sample| match database {
            Some(url) => format!("database = \"{url}\"\n{}", sample.replace("\ndatabase = ", "\n# database = ")),
            None => sample,
        })
        .await;
        let letters = Arc::new(Letterbox::default());
        let service = Arc::into_inner(world.service).unwrap().with_courier(letters.clone());
        Self { service, letters, _folder: world.folder }
    }

    /// The code of the last message, which must have gone to this telephone.
    fn code(&self, to: &Telephone) -> String {
        let letters = self.letters.0.lock().unwrap();
        let last = letters.last().unwrap();
        assert_eq!(last.to.as_str(), to.as_str());
        let Text::Code { code, .. } = &last.text else { panic!("{last:?}") };
        code.clone()
    }

    /// Asks for a code and answers with the ticket.
    async fn ask(&self, purpose: CodePurpose, telephone: &Telephone, from: u8, now: i64) -> Result<Secret, AccessError> {
        let question = CodeQuestion { purpose, telephone, browser: None, from: address(from), now: at(now) };
        self.service.send_code(&question, &mut seeded(now + 7, from)).await
    }

    async fn sign_in(
        &self,
        telephone: &Telephone,
        password: &str,
        with: (Option<CodeTyped<'_>>, Option<&Secret>),
        from: u8,
        now: i64,
    ) -> Result<Entered, AccessError> {
        let attempt =
            Attempt { telephone, password, code: with.0, browser: with.1, browser_name: "Firefox", from: address(from), now: at(now) };
        self.service.sign_in(&attempt, &mut seeded(now, from)).await
    }
}

/// Other dice for each attempt, so that no two sessions share a secret.
fn seeded(now: i64, from: u8) -> impl FnMut(&mut [u8]) + Send {
    let mut roll = dice();
    let mut skip = vec![0; usize::try_from(now.unsigned_abs() % 100_003).unwrap() + usize::from(from)];
    roll(&mut skip);
    roll
}

async fn story(house: &House) {
    let service = &house.service;
    let student = Telephone::parse("13800138000").unwrap();
    let stranger = Telephone::parse("13900139000").unwrap();
    let name = PersonName::parse("欧阳明远").unwrap();
    let typed = |ticket, code| CodeTyped { ticket, code };

    // A code by SMS, a weak password that does not cost the code, a wrong code, the right one, and the same one again.
    let ticket = house.ask(CodePurpose::Register, &student, 1, 0).await.unwrap();
    let code = house.code(&student);
    let again = house.ask(CodePurpose::Register, &student, 1, 1_000).await;
    assert!(matches!(again, Err(AccessError::TooMany(wait)) if wait.seconds == 59), "{again:?}");
    let register = async |ticket: &Secret, code: &str, password: &str, office| {
        let code = CodeTyped { ticket, code };
        let form = Registration { telephone: &student, name: &name, office, code, password, from: address(1), now: at(0) };
        service.register(&form, &mut dice()).await
    };
    let recover = async |ticket: &Secret, code: &str, now: i64| {
        let code = CodeTyped { ticket, code };
        let form = Recovery { telephone: &student, code, password: OTHER, from: address(1), now: at(now) };
        service.recover(&form, &mut seeded(now, 0)).await
    };
    assert!(matches!(register(&ticket, &code, "password1", Office::Student).await, Err(AccessError::Password(_))));
    assert!(matches!(register(&ticket, "000000", PASSWORD, Office::Student).await, Err(AccessError::Code)));
    let elsewhere = Secret::new([9; 32]);
    assert!(matches!(register(&elsewhere, &code, PASSWORD, Office::Student).await, Err(AccessError::Code)), "another browser's");
    assert!(matches!(recover(&ticket, &code, 0).await, Err(AccessError::Code)), "it is for registering");
    let id = register(&ticket, &code, PASSWORD, Office::Student).await.unwrap();
    assert!(matches!(register(&ticket, &code, PASSWORD, Office::Student).await, Err(AccessError::Code)));
    assert!(matches!(register(&ticket, "1", PASSWORD, Office::Issuer).await, Err(AccessError::Offices(_))));

    // Registering again: the telephone is told, whoever asked is not.
    house.ask(CodePurpose::Register, &student, 1, 2 * MINUTE).await.unwrap();
    assert_eq!(house.letters.0.lock().unwrap().last().unwrap().text, Text::HasAccount);
    let letters = house.letters.0.lock().unwrap().len();
    house.ask(CodePurpose::Recover, &stranger, 1, 0).await.unwrap();
    assert_eq!(house.letters.0.lock().unwrap().len(), letters, "nobody has the telephone, so nothing goes there");

    // Wrong and right, known and unknown look alike.
    for (telephone, password) in [(&student, "wrong"), (&stranger, PASSWORD)] {
        assert!(matches!(house.sign_in(telephone, password, (None, None), 1, 0).await, Err(AccessError::Credentials)));
    }
    let home = house.sign_in(&student, PASSWORD, (None, None), 1, 0).await.unwrap();
    assert!(!home.second_factor);
    let browser = home.browser.unwrap();
    let visitor = service.visitor(&home.session, at(1)).await.unwrap().unwrap();
    assert_eq!((visitor.id(), visitor.telephone_masked().as_str()), (id, "138****8000"));
    assert!(visitor.student().is_some() && visitor.school().is_none() && visitor.reviewer().is_none());
    assert!(service.visitor(&browser, at(1)).await.unwrap().is_none(), "the browser's cookie is no session");

    // Somebody guesses from many addresses: unknown browsers then need a code, the owner's own browser goes on.
    let mut guessed = 0;
    for n in 0..40_u8 {
        match house.sign_in(&student, "wrong", (None, None), 100 + n, i64::from(n)).await {
            Err(AccessError::Credentials) => guessed += 1,
            Err(AccessError::CodeNeeded) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(guessed, 9, "ten wrong passwords from unknown browsers, of which one was typed above; the right one is not counted");
    assert!(matches!(house.sign_in(&student, PASSWORD, (None, None), 2, 50).await, Err(AccessError::CodeNeeded)));
    let same = house.sign_in(&student, PASSWORD, (None, Some(&browser)), 1, 51).await.unwrap();
    assert!(same.browser.is_none());
    let ticket = house.ask(CodePurpose::SignIn, &student, 2, 4 * MINUTE).await.unwrap();
    let code = house.code(&student);
    // A stranger asks for a code to the same telephone and wastes its tries: the owner's own code stays good.
    let theirs = house.ask(CodePurpose::SignIn, &student, 60, 5 * MINUTE).await.unwrap();
    for _ in 0..9 {
        let wasted = house.sign_in(&student, PASSWORD, (Some(typed(&theirs, "000000")), None), 61, 5 * MINUTE).await;
        assert!(matches!(wasted, Err(AccessError::Code)), "{wasted:?}");
    }
    let wrong = house.sign_in(&student, PASSWORD, (Some(typed(&ticket, "999999")), None), 2, 5 * MINUTE).await;
    assert!(matches!(wrong, Err(AccessError::Code)));
    let away = house.sign_in(&student, PASSWORD, (Some(typed(&ticket, &code)), None), 2, 5 * MINUTE + 1).await.unwrap();
    assert!(matches!(house.sign_in(&stranger, "wrong", (None, None), 3, 0).await, Err(AccessError::Credentials)));

    // Sessions: three now, each can be ended by its owner, and used ones last on.
    let visitor = service.visitor(&away.session, at(6 * MINUTE)).await.unwrap().unwrap();
    let sessions = service.sessions(&visitor, at(6 * MINUTE)).await.unwrap();
    assert_eq!(sessions.len(), 3);
    let first = sessions.iter().find(|s| s.began == at(0)).unwrap();
    assert!(service.end_session(&visitor, &first.name).await.unwrap());
    assert!(!service.end_session(&visitor, &first.name).await.unwrap());
    assert!(service.visitor(&home.session, at(6 * MINUTE)).await.unwrap().is_none());
    assert!(service.visitor(&away.session, at(10 * DAY)).await.unwrap().is_some());
    assert!(service.visitor(&away.session, at(20 * DAY)).await.unwrap().is_some(), "it was used ten days before");
    assert!(service.visitor(&same.session, at(14 * DAY + 52)).await.unwrap().is_none(), "this one was not");

    // Ninety days after it began a session is over, however much it was used.
    for day in (30..90).step_by(10) {
        assert!(service.visitor(&away.session, at(day * DAY)).await.unwrap().is_some(), "day {day}");
    }
    assert!(service.visitor(&away.session, at(90 * DAY + 5 * MINUTE)).await.unwrap().is_some());
    assert!(service.visitor(&away.session, at(90 * DAY + 5 * MINUTE + 1)).await.unwrap().is_none());

    // A new password by who knows the old one: other sessions end, this one goes on under another secret.
    let later = 100 * DAY;
    let here = house.sign_in(&student, PASSWORD, (None, Some(&browser)), 1, later).await.unwrap();
    let there = house.sign_in(&student, PASSWORD, (None, Some(&browser)), 1, later + 1).await.unwrap();
    let visitor = service.visitor(&here.session, at(later)).await.unwrap().unwrap();
    let change = async |old: &str, new: &str| service.change_password(&visitor, old, new, at(later), &mut seeded(5, 5)).await;
    assert!(matches!(change(OTHER, OTHER).await, Err(AccessError::Credentials)));
    assert!(matches!(change(PASSWORD, "password1").await, Err(AccessError::Password(_))));
    let renewed = change(PASSWORD, "第三个密码也不短").await.unwrap();
    for gone in [&here.session, &there.session] {
        assert!(service.visitor(gone, at(later)).await.unwrap().is_none());
    }
    assert_eq!(service.visitor(&renewed, at(later)).await.unwrap().unwrap().id(), id);

    // Recovery ends every session; the old password is nothing.
    let ticket = house.ask(CodePurpose::Recover, &student, 1, 120 * DAY).await.unwrap();
    let code = house.code(&student);
    assert!(matches!(recover(&ticket, &code, 120 * DAY + 10 * MINUTE).await, Err(AccessError::Code)), "ten minutes are over");
    let away = house.sign_in(&student, "第三个密码也不短", (None, None), 1, 121 * DAY).await.unwrap();
    let ticket = house.ask(CodePurpose::Recover, &student, 1, 121 * DAY).await.unwrap();
    let code = house.code(&student);
    for _ in 0..5 {
        assert!(matches!(recover(&ticket, "12345", 121 * DAY).await, Err(AccessError::Code)));
    }
    recover(&ticket, &code, 121 * DAY).await.unwrap();
    assert!(service.visitor(&away.session, at(121 * DAY)).await.unwrap().is_none());
    assert!(matches!(house.sign_in(&student, PASSWORD, (None, None), 1, 122 * DAY).await, Err(AccessError::Credentials)));
    house.sign_in(&student, OTHER, (None, None), 1, 122 * DAY + 1).await.unwrap();
    assert!(service.sweep_access(at(500 * DAY)).await.unwrap() >= 2);
}

async fn staff(house: &House) {
    let service = &house.service;
    let telephone = Telephone::parse("13700137000").unwrap();
    let name = PersonName::parse("王审").unwrap();
    let operator = Warrant::of_operator("command line");
    let appoint = async |offices: &str, skip: i64| {
        let offices = offices.parse().unwrap();
        let new = Appointment { telephone: &telephone, name: &name, offices, password: Some(PASSWORD), now: at(0) };
        service.appoint(&operator, &new, &mut seeded(skip, 7)).await
    };
    assert!(matches!(appoint("student", 76).await, Err(AccessError::Crossing)));
    appoint("reviewer issuer", 77).await.unwrap();
    assert!(matches!(appoint("administrator", 78).await, Err(AccessError::HasAccount)));

    // Without the second factor a member of the staff holds no office.
    let entered = house.sign_in(&telephone, PASSWORD, (None, None), 9, 0).await.unwrap();
    assert!(entered.second_factor);
    let visitor = service.visitor(&entered.session, at(0)).await.unwrap().unwrap();
    assert!(visitor.owes_second_factor() && visitor.reviewer().is_none() && visitor.issuer().is_none());
    let offer = service.offer_second_factor(&visitor, &mut dice());
    assert!(offer.uri.starts_with("otpauth://totp/Yinxin:137%2A%2A%2A%2A7000?secret="));
    let app = Builder::new().with_secret(TotpSecret::try_from_base32(&offer.secret).unwrap()).build().unwrap();
    let shown = |millis: i64| app.generate(u64::try_from(at(millis).millis() / 1_000).unwrap()).to_string();
    let wrong = service.enrol_second_factor(&visitor, &offer.secret, "12345", at(0), &mut dice()).await;
    assert!(matches!(wrong, Err(SecondFactorError::Wrong)));
    let strong = service.enrol_second_factor(&visitor, &offer.secret, &shown(0), at(0), &mut seeded(1, 1)).await.unwrap();
    assert!(service.visitor(&entered.session, at(0)).await.unwrap().is_none(), "the cookie from before is worth nothing");
    let visitor = service.visitor(&strong, at(0)).await.unwrap().unwrap();
    assert!(visitor.reviewer().is_some() && visitor.issuer().is_some() && visitor.administrator().is_none());
    assert!(visitor.student().is_none() && visitor.objections_officer().is_none());

    // The same code does not work twice, an old one neither, the next one does.
    let entered = house.sign_in(&telephone, PASSWORD, (None, None), 9, 2).await.unwrap();
    let visitor = service.visitor(&entered.session, at(2)).await.unwrap().unwrap();
    for code in [shown(0), shown(-30_000), shown(-300_000)] {
        let used = service.show_second_factor(&visitor, &code, at(2), &mut dice()).await;
        assert!(matches!(used, Err(SecondFactorError::Wrong)), "{used:?}");
    }
    let strong = service.show_second_factor(&visitor, &shown(30_000), at(31_000), &mut seeded(2, 2)).await.unwrap();
    let visitor = service.visitor(&strong, at(31_000)).await.unwrap().unwrap();
    assert!(visitor.reviewer().is_some());
    let again = service.enrol_second_factor(&visitor, &offer.secret, &shown(60_000), at(60_000), &mut dice()).await;
    assert!(matches!(again, Err(SecondFactorError::State)), "a second factor is not replaced by whoever has a session");
    // A working day, then it is over.
    assert!(service.visitor(&strong, at(31_000 + 10 * 60 * MINUTE)).await.unwrap().is_none());
}

/// What an administrator does with other people's accounts, and what nobody can.
async fn office(house: &House) {
    let service = &house.service;
    let operator = Warrant::of_operator("command line");
    let telephone = |n: u64| Telephone::parse(&format!("{}", 13_600_136_000 + n)).unwrap();
    let appoint = async |n: u64, name: &str, offices: &str| {
        let (telephone, name, offices) = (telephone(n), PersonName::parse(name).unwrap(), offices.parse().unwrap());
        let new = Appointment { telephone: &telephone, name: &name, offices, password: None, now: at(0) };
        service.appoint(&operator, &new, &mut seeded(200 + i64::try_from(n).unwrap(), 7)).await.unwrap()
    };
    let first = appoint(1, "阿依努尔·买买提", "administrator").await;
    let second = appoint(2, "Ann O'Neill", "reviewer").await;
    let by_name = async |typed: &str| {
        let found = service.find_accounts(&operator, &AccountQuery::Name(PersonName::parse(typed).unwrap()), at(1)).await.unwrap();
        found.iter().map(|a| a.id).collect::<Vec<_>>()
    };
    assert_eq!((by_name("阿依努尔 买买提").await, by_name("ann oneill").await, by_name("Ann").await), (vec![first], vec![second], vec![]));
    let found = service.find_accounts(&operator, &AccountQuery::Telephone(telephone(2)), at(1)).await.unwrap();
    assert_eq!((found.len(), found[0].name.as_str()), (1, "Ann O'Neill"));

    // Appointed without a password: the telephone opens the account, and a second factor is owed.
    let ticket = house.ask(CodePurpose::Recover, &telephone(2), 3, 1).await.unwrap();
    let code = house.code(&telephone(2));
    let code = CodeTyped { ticket: &ticket, code: &code };
    service
        .recover(&Recovery { telephone: &telephone(2), code, password: PASSWORD, from: address(3), now: at(2) }, &mut seeded(3, 3))
        .await
        .unwrap();
    let entered = house.sign_in(&telephone(2), PASSWORD, (None, None), 3, 300).await.unwrap();
    assert!(service.visitor(&entered.session, at(301)).await.unwrap().unwrap().owes_second_factor());

    // Roles: the public's never become the staff's, and an administrator remains.
    let assign = async |id, offices: &str| service.assign(&operator, id, &offices.parse().unwrap(), at(400)).await;
    assert!(matches!(assign(second, "student").await, Err(AccessError::Crossing)));
    assert!(matches!(assign(first, "issuer").await, Err(AccessError::LastAdministrator)));
    assert!(matches!(service.close_account(&operator, first, true, at(400)).await, Err(AccessError::LastAdministrator)));
    assign(second, "administrator reviewer").await.unwrap();
    assert!(service.visitor(&entered.session, at(401)).await.unwrap().is_none(), "a session with the old roles has ended");
    assign(first, "issuer").await.unwrap();
    assert!(matches!(assign(second, "reviewer").await, Err(AccessError::LastAdministrator)));

    // Ended by another's hand; closed; opened again.
    let entered = house.sign_in(&telephone(2), PASSWORD, (None, None), 3, 500).await.unwrap();
    assert_eq!(service.end_sessions_of(&operator, second, at(501)).await.unwrap(), 1);
    assert!(service.visitor(&entered.session, at(501)).await.unwrap().is_none());
    assert!(matches!(service.remove_second_factor(&operator, second, at(501)).await, Err(AccessError::Unknown)), "it has none");
    assign(first, "administrator").await.unwrap();
    service.close_account(&operator, second, true, at(502)).await.unwrap();
    assert!(matches!(house.sign_in(&telephone(2), PASSWORD, (None, None), 3, 503).await, Err(AccessError::Credentials)));
    service.close_account(&operator, second, false, at(504)).await.unwrap();
    house.sign_in(&telephone(2), PASSWORD, (None, None), 3, 505).await.unwrap();
    let (account, sessions) = service.account(&operator, second, at(506)).await.unwrap().unwrap();
    assert_eq!((account.closed_at, sessions.len()), (None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let house = House::open(None).await;
    story(&house).await;
    staff(&house).await;
    office(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let Some(postgres) = common::Postgres::start() else { return };
    let house = House::open(Some(&postgres.url())).await;
    story(&house).await;
    staff(&house).await;
    office(&house).await;
}
