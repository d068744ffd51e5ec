//! A new telephone by the pages: nothing tells who has an account, and nobody moves another person's account.

use yinxin::domain::account::Office;
use yinxin::service::clock;

use crate::house::{Browser, House, PASSWORD, hidden};
use crate::verification::send_in;

const PAGE: &str = "/account/telephone";
const MOVE: &str = "/account/telephone/move";
const OLD: &str = "13800138000";
const NEW: &str = "13900139000";
const OTHERS: &str = "13800138001";

/// Some minutes later: a telephone gets one message a minute.
fn later(house: &House, minutes: i64) {
    let now = clock::now().unwrap();
    house.service.clock().set(now.plus_millis(minutes * 60_000)).unwrap();
}

async fn begin(browser: &mut Browser<'_>, telephone: &str, password: &str) -> crate::site::Answer {
    browser.post_signed(PAGE, &[("telephone", telephone), ("password", password)]).await
}

#[tokio::test]
async fn a_code_at_the_new_number_and_the_password_and_no_word_about_others() {
    let house = House::open().await;
    let mut student = house.registered(OLD, "student", 1).await;
    let mut other = house.registered(OTHERS, "student", 2).await;
    later(&house, 5);
    assert!(student.get(PAGE).await.page(200).contains("138****8000"));
    assert!(begin(&mut student, NEW, "不是这个密码").await.page(400).contains("密码不正确"));
    assert!(begin(&mut student, OLD, PASSWORD).await.page(400).contains("这就是您现在的手机号"));
    assert!(begin(&mut student, "138", PASSWORD).await.status == 400);

    // A number that has an account and one that has none: the same page, the same answer to a code.
    let mut answers = Vec::new();
    for telephone in [OTHERS, NEW] {
        let answer = begin(&mut student, telephone, PASSWORD).await;
        let ticket = hidden(answer.page(200), "ticket");
        let masked = format!("{}****{}", &telephone[..3], &telephone[7..]);
        let bare = answer.text().replace(telephone, "T").replace(&masked, "M").replace(&ticket, "K");
        let fields = [("telephone", telephone), ("ticket", &ticket), ("code", "000000")];
        let wrong = student.post_signed("/account/telephone/confirm", &fields).await;
        answers.push((bare, wrong.page(400).replace(telephone, "T").replace(&masked, "M").replace(&ticket, "K")));
    }
    assert_eq!(answers[0], answers[1]);

    later(&house, 10);
    let ticket = hidden(begin(&mut student, NEW, PASSWORD).await.page(200), "ticket");
    let code = house.letters.code(NEW);
    let fields = [("telephone", NEW), ("ticket", ticket.as_str()), ("code", code.as_str())];
    let stolen = other.post_signed("/account/telephone/confirm", &fields).await;
    assert!(stolen.page(400).contains("验证码不正确"), "the code is for the account that showed its password");
    assert_eq!(student.post_signed("/account/telephone/confirm", &fields).await.location(), "/account");
    assert_eq!(house.letters.last().to.as_str(), OLD, "the old number is told");
    assert!(student.get("/account").await.page(200).contains("139****9000"));
    assert_eq!(house.browser(3).sign_in(OLD, PASSWORD).await.status, 400);
    assert_eq!(house.browser(4).sign_in(NEW, PASSWORD).await.location(), "/account");
}

#[tokio::test]
async fn an_account_moves_when_a_reviewer_has_compared_both() {
    let house = House::open().await;
    let mut earlier = house.registered(OLD, "student", 1).await;
    let mut new = house.registered(NEW, "student", 2).await;
    let (mut reviewer, _) = house.staff("13700137001", &[Office::Reviewer], 3).await;
    let ask = [("telephone", OLD), ("note", "原号已停机 <b>")];
    assert!(new.get(MOVE).await.page(200).contains("先完成实名认证"));
    assert!(new.post_signed(MOVE, &ask).await.page(400).contains("先完成实名认证"));
    send_in(&mut new, "11010519491231002X").await;
    let case = reviewer.post_signed("/staff/reviews/next", &[]).await.location().to_owned();
    reviewer.post_signed(&format!("{case}/approve"), &[]).await.location();

    // The same answer for a number that nobody has.
    let mut stranger = house.registered(OTHERS, "student", 4).await;
    send_in(&mut stranger, "110105199003070017").await;
    let case = reviewer.post_signed("/staff/reviews/next", &[]).await.location().to_owned();
    reviewer.post_signed(&format!("{case}/approve"), &[]).await.location();
    for (browser, number) in [(&mut new, OLD), (&mut stranger, "13500135000")] {
        assert_eq!(browser.post_signed(MOVE, &[("telephone", number), ("note", "原号已停机 <b>")]).await.location(), MOVE);
        let page = browser.get(MOVE).await;
        assert!(page.page(200).contains("申请已提交，等待审核") && !page.text().contains("欧阳明远"), "{}", page.text());
    }
    assert_eq!(new.post_signed(MOVE, &ask).await.location(), MOVE, "one at a time");

    assert!(reviewer.get("/staff/moves").await.page(200).contains("/staff/moves/2"));
    assert!(reviewer.get("/staff").await.page(200).contains("换号申请待审核"));
    let page = reviewer.get("/staff/moves/1").await;
    let page = page.page(200);
    assert!(page.contains(OLD) && page.contains(NEW) && page.contains("11010519491231002X") && page.contains("原号已停机 &#60;b&#62;"));
    assert!(page.contains("原账号没有通过实名认证"));
    let bare = reviewer.post_signed("/staff/moves/1", &[("verdict", "approve")]).await;
    assert!(bare.page(400).contains("同意时须写明理由"));
    assert!(reviewer.post_signed("/staff/moves/1", &[("verdict", "refuse")]).await.page(400).contains("理由应为 1 至 200 字"));
    let nobodys = reviewer.post_signed("/staff/moves/2", &[("verdict", "approve"), ("reason", "x")]).await;
    assert!(nobodys.page(400).contains("只能驳回"));
    let refused = reviewer.post_signed("/staff/moves/2", &[("verdict", "refuse"), ("reason", "无法核实")]).await;
    assert_eq!(refused.location(), "/staff/moves");
    assert!(stranger.get(MOVE).await.page(200).contains("无法核实"));
    let approved = reviewer.post_signed("/staff/moves/1", &[("verdict", "approve"), ("reason", "核对了学生证")]).await;
    assert_eq!(approved.location(), "/staff/moves");
    assert!(reviewer.post_signed("/staff/moves/1", &[("verdict", "approve"), ("reason", "x")]).await.page(400).contains("已处理"));
    assert!(!reviewer.get("/staff/moves/1").await.page(200).contains("11010519491231002X"), "what was decided shows no one's number");

    assert!(new.get("/account").await.page(200).contains("139****9000"), "the session goes on, as the earlier account");
    assert!(new.get("/account/verification").await.page(200).contains("已通过"));
    assert_eq!(earlier.get("/account").await.location(), "/sign-in", "whoever has the lost telephone is out");
    assert_eq!(house.browser(5).sign_in(OLD, PASSWORD).await.status, 400);
}
