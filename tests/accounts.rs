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
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::service::Service;
use yinxin::service::access::{AccessError, Attempt, Entered, Registration, SecondFactorError, Secret};
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
        assert_eq!(last.to, *to);
        let Text::Code { code, .. } = &last.text else { panic!("{last:?}") };
        code.clone()
    }

    async fn sign_in(
        &self,
        telephone: &Telephone,
        password: &str,
        with: (Option<&str>, Option<&Secret>),
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
    fn filled<'a>(telephone: &'a Telephone, code: &'a str, password: &'a str) -> Registration<'a> {
        Registration { telephone, code, password, from: address(1), now: at(0) }
    }

    // A code by SMS, a weak password that does not cost the code, a wrong code, the right one, and the same one again.
    service.send_code(CodePurpose::Register, &student, address(1), at(0), &mut dice()).await.unwrap();
    let code = house.code(&student);
    let again = service.send_code(CodePurpose::Register, &student, address(1), at(1_000), &mut dice()).await;
    assert!(matches!(again, Err(AccessError::TooMany(wait)) if wait.seconds == 59), "{again:?}");
    let register =
        async |code: &str, password: &str| service.register(&filled(&student, code, password), Office::Student, &mut dice()).await;
    assert!(matches!(register(&code, "password1").await, Err(AccessError::Password(_))));
    assert!(matches!(register("000000", PASSWORD).await, Err(AccessError::Code)));
    assert!(
        matches!(service.recover(&filled(&student, &code, PASSWORD), &mut dice()).await, Err(AccessError::Code)),
        "it is for registering"
    );
    let id = register(&code, PASSWORD).await.unwrap();
    assert!(matches!(register(&code, PASSWORD).await, Err(AccessError::Code)));
    assert!(matches!(service.register(&filled(&student, "1", PASSWORD), Office::Issuer, &mut dice()).await, Err(AccessError::Offices(_))));

    // Registering again: the telephone is told, whoever asked is not.
    service.send_code(CodePurpose::Register, &student, address(1), at(2 * MINUTE), &mut dice()).await.unwrap();
    assert_eq!(house.letters.0.lock().unwrap().last().unwrap().text, Text::HasAccount);
    let letters = house.letters.0.lock().unwrap().len();
    service.send_code(CodePurpose::Recover, &stranger, address(1), at(0), &mut dice()).await.unwrap();
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
    assert_eq!(guessed, 8, "ten attempts from unknown browsers, of which two were made above");
    assert!(matches!(house.sign_in(&student, PASSWORD, (None, None), 2, 50).await, Err(AccessError::CodeNeeded)));
    let same = house.sign_in(&student, PASSWORD, (None, Some(&browser)), 1, 51).await.unwrap();
    assert!(same.browser.is_none());
    service.send_code(CodePurpose::SignIn, &student, address(2), at(4 * MINUTE), &mut dice()).await.unwrap();
    let code = house.code(&student);
    assert!(matches!(house.sign_in(&student, PASSWORD, (Some("999999"), None), 2, 4 * MINUTE).await, Err(AccessError::Code)));
    let away = house.sign_in(&student, PASSWORD, (Some(&code), None), 2, 4 * MINUTE + 1).await.unwrap();
    assert!(matches!(house.sign_in(&stranger, "wrong", (None, None), 3, 0).await, Err(AccessError::Credentials)));

    // Sessions: three now, each can be ended by its owner, and used ones last on.
    let visitor = service.visitor(&away.session, at(5 * MINUTE)).await.unwrap().unwrap();
    let sessions = service.sessions(&visitor, at(5 * MINUTE)).await.unwrap();
    assert_eq!(sessions.len(), 3);
    let first = sessions.iter().find(|s| s.began == at(0)).unwrap();
    assert!(service.end_session(&visitor, &first.name).await.unwrap());
    assert!(!service.end_session(&visitor, &first.name).await.unwrap());
    assert!(service.visitor(&home.session, at(5 * MINUTE)).await.unwrap().is_none());
    assert!(service.visitor(&away.session, at(10 * DAY)).await.unwrap().is_some());
    assert!(service.visitor(&away.session, at(20 * DAY)).await.unwrap().is_some(), "it was used ten days before");
    assert!(service.visitor(&same.session, at(14 * DAY + 52)).await.unwrap().is_none(), "this one was not");

    // Recovery ends every session; the old password is nothing.
    service.send_code(CodePurpose::Recover, &student, address(1), at(20 * DAY), &mut dice()).await.unwrap();
    let code = house.code(&student);
    let late = Registration { now: at(20 * DAY + 10 * MINUTE), ..filled(&student, &code, OTHER) };
    assert!(matches!(service.recover(&late, &mut dice()).await, Err(AccessError::Code)), "ten minutes are over");
    service.send_code(CodePurpose::Recover, &student, address(1), at(21 * DAY), &mut dice()).await.unwrap();
    let code = house.code(&student);
    for _ in 0..5 {
        let wrong = Registration { now: at(21 * DAY), ..filled(&student, "12345", OTHER) };
        assert!(matches!(service.recover(&wrong, &mut dice()).await, Err(AccessError::Code)));
    }
    service.recover(&Registration { now: at(21 * DAY), ..filled(&student, &code, OTHER) }, &mut dice()).await.unwrap();
    assert!(service.visitor(&away.session, at(21 * DAY)).await.unwrap().is_none());
    assert!(matches!(house.sign_in(&student, PASSWORD, (None, None), 1, 22 * DAY).await, Err(AccessError::Credentials)));
    house.sign_in(&student, OTHER, (None, None), 1, 22 * DAY + 1).await.unwrap();
    assert!(service.sweep_access(at(500 * DAY)).await.unwrap() >= 2);
}

async fn staff(house: &House) {
    let service = &house.service;
    let telephone = Telephone::parse("13700137000").unwrap();
    let offices = "reviewer issuer".parse().unwrap();
    service.appoint(&telephone, PASSWORD, offices, at(0), "command line", &mut seeded(77, 7)).await.unwrap();
    let twice = service.appoint(&telephone, PASSWORD, "administrator".parse().unwrap(), at(0), "command line", &mut seeded(78, 8)).await;
    assert!(matches!(twice, Err(AccessError::HasAccount)));

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

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let house = House::open(None).await;
    story(&house).await;
    staff(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let Some(postgres) = common::Postgres::start() else { return };
    let house = House::open(Some(&postgres.url())).await;
    story(&house).await;
    staff(&house).await;
}
