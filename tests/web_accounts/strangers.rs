//! What a stranger learns: not who has an account, and nothing from a stolen database.

use yinxin::service::messages::Text;

use crate::house::{House, PASSWORD, hidden};
use crate::site::Answer;

const KNOWN: &str = "13800138000";
const UNKNOWN: &str = "13900139000";

/// A page without what differs from reader to reader: the telephone that was typed, and the ticket.
fn bare(answer: &Answer, telephone: &str) -> (u16, String) {
    let masked = format!("{}****{}", &telephone[..3], &telephone[7..]);
    let mut page = answer.text().replace(telephone, "T").replace(&masked, "M");
    if page.contains("name=\"ticket\"") {
        page = page.replace(&hidden(answer.text(), "ticket"), "K");
    }
    // Seconds to wait may pass between two questions.
    if let Some((before, rest)) = page.split_once("请在 ") {
        page = format!("{before}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    (answer.status.as_u16(), page)
}

#[tokio::test]
async fn no_answer_tells_who_has_an_account() {
    let house = House::open().await;
    house.registered(KNOWN, "student", 1).await;
    // The first minute after a message: a telephone that has had one must wait, so the strangers' one gets one too.
    house.browser(2).post("/register", &[("telephone", UNKNOWN), ("office", "school")]).await.page(200);
    let both = async |path: &str, fields: &[(&str, &str)]| {
        let mut answers = Vec::new();
        for (last, telephone) in [(10, KNOWN), (11, UNKNOWN)] {
            let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("telephone", telephone)]).collect();
            let answer = house.browser(last).post(path, &fields).await;
            answers.push(bare(&answer, telephone));
        }
        assert_eq!(answers[0], answers[1], "{path}");
        answers[0].0
    };
    assert_eq!(both("/register", &[("office", "student")]).await, 429);
    assert_eq!(both("/recover", &[]).await, 429);
    assert_eq!(both("/sign-in/code", &[]).await, 429);
    let ticket = "A".repeat(43);
    let code = [("ticket", ticket.as_str()), ("code", "123456"), ("password", PASSWORD)];
    assert_eq!(both("/recover/confirm", &code).await, 400);
    assert_eq!(both("/register/confirm", &[&code[..], &[("name", "李明"), ("office", "student")]].concat()).await, 400);
    // Ten wrong passwords, then a code is asked for: of both.
    for n in 0..12 {
        assert_eq!(both("/sign-in", &[("password", "wrong"), ("n", &n.to_string())]).await, 400);
    }
    let needed = house.browser(12).sign_in(UNKNOWN, "wrong").await;
    assert!(needed.page(400).contains("/sign-in/code"), "{}", needed.text());
}

#[tokio::test]
async fn a_telephone_is_told_what_its_owner_should_know() {
    let house = House::open().await;
    let telephones = ["13700137001", "13700137002"];
    house.appoint(telephones[0], "王敏", &[yinxin::domain::account::Office::Issuer]).await;
    let mut pages = Vec::new();
    for (last, telephone) in [(1, telephones[0]), (2, telephones[1])] {
        let answer = house.browser(last).post("/register", &[("telephone", telephone), ("office", "student")]).await;
        pages.push(bare(&answer, telephone));
    }
    assert_eq!((pages[0].0, &pages[0]), (200, &pages[1]));
    let last = house.letters.last();
    assert!(last.to.as_str() == telephones[1] && matches!(last.text, Text::Code { .. }));
    assert_eq!(house.letters.count(), 2, "the owner of the account was told that they have one");

    // Recovery: the same page for both, one message.
    let mut pages = Vec::new();
    for (last, telephone) in [(3, "13700137003"), (4, "13700137004")] {
        if last == 3 {
            house.appoint(telephone, "王敏", &[yinxin::domain::account::Office::Issuer]).await;
        }
        let answer = house.browser(last).post("/recover", &[("telephone", telephone)]).await;
        pages.push(bare(&answer, telephone));
    }
    assert_eq!((pages[0].0, &pages[0]), (200, &pages[1]));
    assert_eq!((house.letters.count(), house.letters.last().to.as_str()), (3, "13700137003"));
}

#[tokio::test]
async fn recovery_gives_a_new_password_and_ends_every_session() {
    let house = House::open().await;
    house.appoint(KNOWN, "王敏", &[yinxin::domain::account::Office::Reviewer]).await;
    let mut before = house.browser(1);
    before.sign_in(KNOWN, PASSWORD).await.location();
    assert!(before.is_in().await);
    let mut browser = house.browser(2);
    let page = browser.post("/recover", &[("telephone", "+86 138-0013-8000")]).await;
    let ticket = hidden(page.page(200), "ticket");
    let code = house.letters.code(KNOWN);
    let confirm = async |browser: &mut crate::house::Browser<'_>, code: &str, password: &str| {
        let fields = [("telephone", KNOWN), ("ticket", ticket.as_str()), ("code", code), ("password", password)];
        browser.post("/recover/confirm", &fields).await
    };
    assert!(confirm(&mut browser, &code, "12345678").await.page(400).contains("太常见"));
    assert!(confirm(&mut browser, "000000", "correct horse battery").await.page(400).contains("验证码不正确"));
    assert_eq!(confirm(&mut browser, &code, "correct horse battery").await.location(), "/sign-in?done=recovered");
    assert!(browser.get("/sign-in?done=recovered").await.page(200).contains("新密码已设定"));
    assert!(!before.is_in().await);
    assert_eq!(browser.sign_in(KNOWN, PASSWORD).await.status, 400);
    assert_eq!(browser.sign_in(KNOWN, "correct horse battery").await.location(), "/account/second-factor");
}

#[tokio::test]
async fn one_address_does_not_try_for_ever() {
    let house = House::open().await;
    let mut browser = house.browser(1);
    let mut statuses = Vec::new();
    for n in 0..31 {
        statuses.push(browser.sign_in(&format!("{}", 13_900_000_000_u64 + n), "wrong").await.status.as_u16());
    }
    assert_eq!((&statuses[..30], statuses[30]), (&[400; 30][..], 429));
    assert_eq!(house.browser(2).sign_in(KNOWN, "wrong").await.status, 400, "another address");
}

#[tokio::test]
async fn a_stolen_database_has_no_telephone_name_code_or_cookie() {
    let house = House::open().await;
    let mut browser = house.registered(KNOWN, "student", 1).await;
    let secret = browser.enrol().await;
    house.browser(2).post("/register", &[("telephone", UNKNOWN), ("office", "student")]).await.page(200);
    let code = house.letters.code(UNKNOWN);
    let mut files = 0;
    for entry in std::fs::read_dir(house.folder.path()).unwrap().flatten().filter(|e| e.file_name().to_string_lossy().contains("sqlite")) {
        let bytes = std::fs::read(entry.path()).unwrap();
        files += bytes.len();
        let all = [KNOWN, UNKNOWN, "欧阳明远", PASSWORD, &secret, &browser.session(), &browser.cookies["__Host-browser"]];
        for private in all {
            assert!(!bytes.windows(private.len()).any(|w| w == private.as_bytes()), "{private} in {:?}", entry.file_name());
        }
        // Six digits may stand in a number by chance, as a text of their own they may not.
        assert!(!bytes.windows(8).any(|w| &w[1..7] == code.as_bytes() && !w[0].is_ascii_digit() && !w[7].is_ascii_digit()));
    }
    assert!(files > 10_000, "the database was looked at: {files}");
}
