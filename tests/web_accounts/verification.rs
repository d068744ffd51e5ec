//! Students and reviewers by their pages: uploads that are not what they say, other people's pictures, another reviewer's case.

use yinxin::domain::account::Office;
use yinxin::service::clock;
use yinxin::service::demo::SCHOOLS;

use crate::house::{Browser, House, hidden};
use crate::pictures::{BLUE, WHITE, hollow_png, jpeg, plain, with_exif};

const REAL: &str = "/account/verification/real-name";
const PAGE: &str = "text/html";
const DATA: &str = "application/json";

fn portrait() -> Vec<u8> {
    jpeg(plain(413, 579, WHITE), 90)
}

fn card() -> Vec<u8> {
    jpeg(plain(960, 606, BLUE), 80)
}

/// A right form of the real name; `besides` are parts beside it.
pub async fn send_in(browser: &mut Browser<'_>, number: &str) {
    let token = browser.token().await;
    let (portrait, card) = (portrait(), card());
    let parts: [(&str, Option<&str>, &[u8]); 8] = [
        ("token", None, token.as_bytes()),
        ("do", None, b"submit"),
        ("name", None, "欧阳明远".as_bytes()),
        ("document_kind", None, b"resident"),
        ("document_number", None, number.as_bytes()),
        ("portrait", Some("a.jpg"), &portrait),
        ("card-front", Some("b.jpg"), &card),
        ("card-back", Some("c.jpg"), &card),
    ];
    let answer = browser.post_parts(REAL, PAGE, &parts).await;
    assert_eq!(answer.location(), "/account/verification", "{}", answer.text());
}

/// The addresses of pictures on a page.
fn links(page: &str) -> Vec<String> {
    page.split("<img src=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).filter(|l| l.contains("/pictures/")).collect()
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_what_was_typed_stays() {
    let house = House::open().await;
    let mut student = house.registered("13800138000", "student", 1).await;
    let token = student.token().await;
    let huge = hollow_png(40_000, 40_000, 1, 0, 1);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let polyglot = [b"%PDF-1.7\n".to_vec(), portrait()].concat();
    let (large, tiny) = (vec![0xFF; (10 << 20) + 1], jpeg(plain(100, 140, WHITE), 90));
    let cases: [(&str, &[u8], &str); 7] = [
        ("x.svg", &svg, "SVG"),
        ("portrait.jpg", &svg, "SVG"),
        ("portrait.jpg", &polyglot, "PDF"),
        ("portrait.png", &huge, "照片尺寸过大"),
        ("portrait.jpg", b"GIF89a\x01\0\x01\0", "GIF"),
        ("portrait.jpg", &large, "照片不能超过 10 MB"),
        ("portrait.jpg", &tiny, "照片尺寸过小"),
    ];
    for (name, picture, why) in cases {
        let parts = [("token", None, token.as_bytes()), ("name", None, "李明".as_bytes()), ("portrait", Some(name), picture)];
        let answer = student.post_parts(REAL, PAGE, &parts).await;
        let page = answer.page(400);
        assert!(page.contains(why) && page.contains("value=\"李明\""), "{name}: {page}");
        assert!(links(page).is_empty());
        // The same in the background.
        let answer = student.post_parts(REAL, DATA, &parts).await.json();
        assert!(answer["pictures"]["portrait"]["refused"].as_str().unwrap().contains(why), "{answer}");
        assert!(answer["pictures"]["portrait"]["link"].is_null());
    }

    // A good one, under a name that would lead out of any folder, with what a camera wrote into it: kept without either.
    let told = with_exif(&portrait(), 1);
    let parts =
        [("token", None, token.as_bytes()), ("do", None, &b"save"[..]), ("portrait", Some("../../../etc/passwd\\..\\x.jpg"), &told)];
    assert_eq!(student.post_parts(REAL, PAGE, &parts).await.location(), "/account/verification/real-name?saved=true");
    let page = student.get("/account/verification/real-name?saved=true").await;
    let link = links(page.page(200)).remove(0);
    let picture = student.get(&link).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type"), picture.header("cache-control")), (200, "image/jpeg", "no-store"));
    assert!(memchr::memmem::find(&picture.body, b"Exif").is_none());
    assert!(!house.trail().await.iter().any(|event| format!("{event:?}").contains("passwd")));

    // Nothing without the session's token, nothing that is no such form.
    let parts = [("token", None, &b"x"[..]), ("name", None, "张三".as_bytes())];
    assert_eq!(student.post_parts(REAL, PAGE, &parts).await.status, 403);
    assert_eq!(student.post_signed(REAL, &[("name", "张三")]).await.status, 400);
    let form = student.get(REAL).await;
    assert!(form.page(200).contains("value=\"李明\""));
    for path in ["/account/verification/x", "/account/verification/..%2f", "/account/verification/real-name/pictures/x/1/y"] {
        assert_eq!(student.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn pictures_open_for_their_account_and_for_the_reviewer_who_has_the_case() {
    let house = House::open().await;
    house.service.import_schools(SCHOOLS.as_bytes(), "test", clock::now().unwrap()).await.unwrap();
    let mut student = house.registered("13800138000", "student", 1).await;
    let mut other = house.registered("13800138001", "student", 2).await;
    send_in(&mut student, "11010519491231002X").await;
    let mine = links(student.get(REAL).await.page(200));
    assert_eq!(mine.len(), 3);
    // Another student's link, with a case of one's own too.
    send_in(&mut other, "110105199003070017").await;
    for link in &mine {
        assert_eq!(student.get(link).await.status, 200);
        assert_eq!(other.get(link).await.status, 404, "{link}");
    }

    // A reviewer takes the case that came first.
    let (mut one, _) = house.staff("13700137001", &[Office::Reviewer], 3).await;
    let (mut two, _) = house.staff("13700137002", &[Office::Reviewer], 4).await;
    assert!(one.get("/staff/reviews/1").await.page(409).contains("重新领取"), "not before it is taken");
    let case = one.post_signed("/staff/reviews/next", &[]).await.location().to_owned();
    assert_eq!(case, "/staff/reviews/1");
    let page = one.get(&case).await;
    let page = page.page(200);
    assert!(page.contains("11010519491231002X") && page.contains("138****8000"));
    let theirs = links(page);
    assert_eq!((theirs.len(), one.get(&theirs[0]).await.status.as_u16()), (3, 200));
    // Not for another reviewer, not for the student, not in another's place.
    assert!(two.get(&case).await.page(409).contains("另一位审核员"));
    assert_eq!(two.get(&theirs[0]).await.status, 404);
    assert_eq!(student.get(&theirs[0]).await.status, 403);
    let token = two.token().await;
    for path in ["/staff/reviews/1/approve", "/staff/reviews/1/return"] {
        let answer = two.post(path, &[("token", &token), ("reason-portrait", "on")]).await;
        assert_eq!(answer.status, 409, "{path}");
    }
    assert_eq!(two.post_signed("/staff/reviews/next", &[]).await.location(), "/staff/reviews/2");
    let opened = house.trail().await.iter().filter(|e| e.action == "read case" && e.detail == "portrait" && e.subject == "1").count();
    assert_eq!(opened, 1, "each opening is in the audit trail");

    // Sent back: without a reason not; with one the student reads it, and nothing else waits.
    let none = one.post_signed("/staff/reviews/1/return", &[("text", "请重拍")]).await;
    assert!(none.page(400).contains("请至少选择一项退回原因") && none.text().contains("请重拍"));
    let back = one.post_signed("/staff/reviews/1/return", &[("reason-portrait", "on"), ("text", "请重拍 <b>")]).await;
    assert_eq!(back.location(), "/staff/reviews?done=true");
    let page = student.get(REAL).await;
    let page = page.page(200);
    assert!(page.contains("证件照不符合要求") && page.contains("请重拍 &#60;b&#62;") && links(page).len() == 3, "{page}");
    assert!(student.get("/account/verification").await.page(200).contains("被退回"));
    assert_eq!(two.post_signed("/staff/reviews/2/approve", &[]).await.location(), "/staff/reviews?done=true");
    assert!(other.get(REAL).await.page(200).contains("重新认证"));

    // The school by search, and what is wrong with the other form all at once.
    assert_eq!(student.get("/account/verification/schools?q=%E5%8C%97%E4%BA%AC%E5%A4%A7").await.json()[0], "北京大学");
    let token = hidden(student.get("/account/verification/enrolment").await.page(200), "token");
    let parts = [("token", None, token.as_bytes()), ("do", None, &b"submit"[..]), ("school", None, "北京大".as_bytes())];
    let answer = student.post_parts("/account/verification/enrolment", PAGE, &parts).await;
    let page = answer.page(400);
    assert!(page.contains("学校名单中没有这所学校") && page.contains("<li lang=\"zh-CN\">北京大学") && page.contains("请上传照片"));
    assert_eq!(page.matches("class=\"slip\"").count(), 7, "{page}");
}
