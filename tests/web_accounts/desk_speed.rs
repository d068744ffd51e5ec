//! What the desk takes with 20,000 awards, certificates and accounts in the records: a measurement, run by name.

use std::time::Instant as Stopwatch;

use yinxin::domain::account::{AccountId, Office, Offices};
use yinxin::domain::name::PersonName;
use yinxin::domain::proofing::{CaseKind, Field, Typed};
use yinxin::domain::telephone::Telephone;
use yinxin::registry::{DataKeys, JobKind, NewAccount, Registry, Submission};
use yinxin::service::access::ContestMandate;
use yinxin::service::clock;
use yinxin::service::desk::Mandate;
use yinxin::service::desk::batches::Worker;
use yinxin::service::import::ListFile;
use yinxin::service::key_folder::KeyFolder;

use crate::common::Postgres;
use crate::house::{Browser, House};

const MANY: usize = 20_000;
const ROUNDS: usize = 21;

async fn fill(house: &House) {
    let now = clock::now().unwrap();
    let rows = (0..MANY).map(|n| {
        format!(
            "lanhai-14,欧阳{},护照,E{n:08},138{n:08},蓝海大学第{}学院,作品{n},一等奖\n",
            char::from_u32(0x4E00 + u32::try_from(n % 5_000).unwrap()).unwrap(),
            n % 97
        )
    });
    let text = "赛事,姓名,证件类型,证件号码,手机号,学校,作品,奖项\n".to_owned() + &rows.collect::<String>();
    let file = ListFile { name: "list.csv", bytes: text.as_bytes(), programme: None, portraits: &|_| None };
    house.service.import(&file, &ContestMandate::of_operator("test"), now).await.unwrap();
    house.service.start_batch(&Mandate::of_operator("test"), &"lanhai-14".parse().unwrap(), JobKind::Issue, now).await.unwrap();
    let stopwatch = Stopwatch::now();
    house.service.work_once(&Worker::new([1; 16])).await.unwrap();
    let seconds = stopwatch.elapsed().as_secs_f64();
    println!("a batch of {MANY} by the server: {seconds:.1} s");
    let config = house.service.config();
    let keys = DataKeys::from_master(KeyFolder::new(&config.keys).data_key(None).unwrap().bytes());
    let registry = Registry::connect(&config.database, keys).await.unwrap();
    for n in 0..MANY {
        let account = NewAccount {
            id: AccountId::new(u128::try_from(n + 1).unwrap().to_be_bytes()),
            telephone: Telephone::parse(&format!("139{n:08}")).unwrap(),
            name: PersonName::parse("李明").unwrap(),
            password: "-".into(),
            offices: Offices::new([Office::Student]).unwrap(),
        };
        assert!(registry.add_account(&account, now, "test").await.unwrap());
        // Each has a form before the reviewers.
        let mut typed = Typed::default();
        typed.set(Field::Name, "李明");
        registry.save_draft(account.id, CaseKind::RealName, &typed, now).await.unwrap();
        let sent = Submission { typed: &typed, subject: None, at: now, due: now.plus_millis(i64::try_from(n).unwrap()) };
        registry.submit_case(account.id, CaseKind::RealName, sent).await.unwrap();
    }
}

async fn measured(browser: &mut Browser<'_>, what: &str, path: &str, fields: &[(&str, &str)]) -> f64 {
    let mut millis = Vec::new();
    let token = browser.token().await;
    for _ in 0..ROUNDS {
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("token", token.as_str())]).collect();
        let stopwatch = Stopwatch::now();
        let answer = if fields.len() == 1 { browser.get(path).await } else { browser.post(path, &fields).await };
        millis.push(stopwatch.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    }
    millis.sort_by(f64::total_cmp);
    println!("| {what} | {:.1} | {:.1} |", millis[ROUNDS / 2], millis[ROUNDS - 2]);
    millis[ROUNDS / 2]
}

async fn measure(house: &House) {
    fill(house).await;
    let offices = [Office::Issuer, Office::Administrator, Office::ObjectionsOfficer, Office::Reviewer];
    let (mut browser, _) = house.staff("13700137009", &offices, 9).await;
    // A holder among twenty thousand: the telephone is one of the list's.
    let mut holder = house.registered("13800000777", "student", 10).await;
    let number = house.service.certificates(None, 1).await.unwrap()[0].facts.claims.number.to_string();
    println!("| page | median ms | of {ROUNDS} the second slowest |\n| --- | --- | --- |");
    let of_number = format!("/staff/certificates/{number}");
    let mut all = Vec::new();
    for (what, path) in [
        ("desk", "/staff"),
        ("issuing", "/staff/issuing"),
        ("certificate", of_number.as_str()),
        ("audit trail", "/staff/audit"),
        ("audit trail of one act", "/staff/audit?act=read%20certificate"),
        ("accounts", "/staff/accounts"),
        ("queue of reviews", "/staff/reviews"),
        ("contests", "/staff/contests"),
        ("objections", "/staff/objections"),
        ("matches", "/staff/matches"),
    ] {
        all.push((what, measured(&mut browser, what, path, &[]).await));
    }
    all.push(("own awards", measured(&mut holder, "own awards", "/account/awards", &[]).await));
    for (what, field, value) in [
        ("search by name", "holder", "欧阳丂"),
        ("search by a part of the school", "school", "第96"),
        ("search by telephone", "telephone", "13800019999"),
        ("search by number", "number", number.as_str()),
        ("search by state", "state", "revoked"),
    ] {
        all.push((what, measured(&mut browser, what, "/staff/certificates", &[(field, value)]).await));
    }
    let slow: Vec<_> = all.iter().filter(|(_, millis)| *millis > 50.0).collect();
    assert!(slow.is_empty(), "within 50 ms: {slow:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute"]
async fn what_the_desk_takes_on_sqlite() {
    measure(&House::open().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute"]
async fn what_the_desk_takes_on_postgres() {
    let Some(postgres) = Postgres::start() else { return };
    measure(&House::edited(|sample| format!("database = \"{}\"\n{sample}", postgres.url())).await).await;
}
