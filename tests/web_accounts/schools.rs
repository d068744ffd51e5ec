//! Schools by their pages: uploads that are not what they say, and nothing of another school's.

use yinxin::domain::account::Office;
use yinxin::service::clock;
use yinxin::service::demo::SCHOOLS;

use crate::house::{Browser, House};
use crate::pictures::{BLUE, hollow_png, jpeg, plain};

const FORM: &str = "/account/school/verification";
const LIST: &str = "/account/school/instructors";
const PAGE: &str = "text/html";

fn paper() -> Vec<u8> {
    jpeg(plain(800, 1_100, BLUE), 80)
}

async fn send_in(browser: &mut Browser<'_>, school: &str) {
    let (token, paper) = (browser.token().await, paper());
    let parts: [(&str, Option<&str>, &[u8]); 7] = [
        ("token", None, token.as_bytes()),
        ("do", None, b"submit"),
        ("school", None, school.as_bytes()),
        ("school_level", None, b"university"),
        ("school_funding", None, b"public"),
        ("organisation_code", None, b"91350100M000100Y44"),
        ("authorisation-letter", Some("../../letter.jpg"), &paper),
    ];
    let answer = browser.post_parts(FORM, PAGE, &parts).await;
    assert_eq!(answer.location(), "/account/school", "{}", answer.text());
}

fn link(page: &str) -> String {
    page.split("<img src=\"").map(|rest| rest.split('"').next().unwrap()).find(|l| l.contains("/pictures/")).unwrap().to_owned()
}

#[tokio::test]
async fn what_is_no_picture_or_no_list_is_refused() {
    let house = House::open().await;
    house.service.import_schools(SCHOOLS.as_bytes(), "test", clock::now().unwrap()).await.unwrap();
    let mut school = house.registered("13800138000", "school", 1).await;
    let token = school.token().await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let polyglot = [b"%PDF-1.7\n".to_vec(), paper()].concat();
    let huge = hollow_png(40_000, 40_000, 1, 0, 1);
    let heavy = [paper(), vec![0; 2 << 20]].concat();
    let cases: [(&str, &[u8], &str); 5] = [
        ("authorisation-letter", &svg, "SVG"),
        ("authorisation-letter", &polyglot, "PDF"),
        ("code-certificate", &huge, "过大"),
        ("logo", &svg, "SVG"),
        ("logo", &heavy, "最大 2 MB"),
    ];
    for (slot, picture, why) in cases {
        let parts = [("token", None, token.as_bytes()), ("school", None, "蓝海大学".as_bytes()), (slot, Some("x.jpg"), picture)];
        let answer = school.post_parts(FORM, PAGE, &parts).await;
        let page = answer.page(400);
        assert!(page.contains(why) && page.contains("value=\"蓝海大学\"") && !page.contains("/pictures/"), "{slot}: {page}");
    }
    let letter = school.get("/account/school/letter").await;
    assert_eq!((letter.status.as_u16(), letter.header("content-type")), (200, "application/pdf"));
    assert_eq!(school.get("/account/school/schools?q=%E8%93%9D%E6%B5%B7").await.json()[0], "蓝海大学");
    let template = school.get("/account/school/instructors/template").await;
    assert!(template.status == 200 && template.body.starts_with(b"PK"));
    // Before it is verified nothing is entered, by no door.
    let answer =
        school.post_signed(&format!("{LIST}/new"), &[("contest", "lanhai-14"), ("name", "王五"), ("telephone", "13900139000")]).await;
    assert!(answer.page(400).contains("院校认证未通过"));
    let parts = [("token", None, token.as_bytes()), ("file", Some("a.csv"), "姓名,手机号\n王五,13900139000\n".as_bytes())];
    assert!(school.post_parts(&format!("{LIST}/list"), PAGE, &parts).await.page(400).contains("院校认证未通过"));
}

#[tokio::test]
async fn a_school_has_what_is_its_own_alone() {
    let house = House::open().await;
    house.service.import_schools(SCHOOLS.as_bytes(), "test", clock::now().unwrap()).await.unwrap();
    let mut mine = house.registered("13800138000", "school", 1).await;
    let mut other = house.registered("13800138001", "school", 2).await;
    let (mut reviewer, _) = house.staff("13700137001", &[Office::Reviewer], 3).await;
    send_in(&mut mine, "蓝海大学").await;
    let picture = link(mine.get(FORM).await.page(200));
    assert_eq!((mine.get(&picture).await.status.as_u16(), other.get(&picture).await.status.as_u16()), (200, 404));
    for (browser, name) in [(&mut mine, None), (&mut other, Some("青山理工大学"))] {
        if let Some(name) = name {
            send_in(browser, name).await;
        }
        let case = reviewer.post_signed("/staff/reviews/next", &[]).await.location().to_owned();
        let page = reviewer.get(&case).await;
        assert!(page.page(200).contains("校验位不符"), "the code's check character is for the reviewer to judge");
        assert_eq!(reviewer.post_signed(&format!("{case}/approve"), &[]).await.location(), "/staff/reviews?done=true");
    }
    assert_eq!(other.get(&picture).await.status, 404, "with a case of its own too");

    // Every problem of a list with its place; then a preview, which another account cannot confirm.
    let token = mine.token().await;
    let path = format!("{LIST}/list");
    let bad = [("token", None, token.as_bytes()), ("file", Some("a.csv"), "姓名,手机号,赛事\n李1,123,某某赛\n".as_bytes())];
    let answer = mine.post_parts(&path, PAGE, &bad).await;
    let page = answer.page(400);
    assert!(["A2", "B2", "C2", "名单有 3 处问题"].iter().all(|word| page.contains(word)), "{page}");
    let good = "姓名,手机号,赛事\n王五,13900139000,lanhai-14\n".as_bytes();
    let good = [("token", None, token.as_bytes()), ("file", Some("a.csv"), good)];
    let answer = mine.post_parts(&path, PAGE, &good).await;
    let parcel = answer.page(200).split("name=\"parcel\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let confirm = format!("{path}/confirm");
    assert!(other.post_signed(&confirm, &[("parcel", &parcel)]).await.page(400).contains("预览已失效"));
    assert!(mine.post_signed(&confirm, &[("parcel", &parcel)]).await.page(200).contains("已添加 1 位"));

    // It is nobody else's.
    assert!(mine.get(&format!("{LIST}/1")).await.page(200).contains("13900139000"));
    assert_eq!(other.get(&format!("{LIST}/1")).await.status, 404);
    let form = [("contest", "lanhai-14"), ("name", "赵六"), ("telephone", "13900139001")];
    assert_eq!(other.post_signed(&format!("{LIST}/1"), &form).await.status, 404);
    assert_eq!(other.post_signed(&format!("{LIST}/1/remove"), &[]).await.status, 404);
    assert!(!other.get(LIST).await.page(200).contains("王五"));

    // Nothing without the session's token.
    let forms = [format!("{LIST}/new"), format!("{LIST}/1"), format!("{LIST}/1/remove"), format!("{FORM}/anew"), confirm];
    for path in forms {
        assert_eq!(mine.post(&path, &[("token", "x"), ("parcel", &parcel)]).await.status, 403, "{path}");
    }
    for (path, name) in [(FORM, "school"), (path.as_str(), "file")] {
        assert_eq!(mine.post_parts(path, PAGE, &[("token", None, b"x"), (name, None, b"x")]).await.status, 403, "{path}");
    }
    assert_eq!(reviewer.post("/staff/instructors/1", &[("token", "x"), ("do", "refuse")]).await.status, 403);

    // The reviewer decides it, once; each reading is in the audit trail.
    let page = reviewer.get("/staff/instructors/1").await;
    let seen = page.page(200).split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let none = reviewer.post_signed("/staff/instructors/1", &[("seen", &seen), ("do", "match")]).await;
    assert!(none.page(400).contains("请先勾选"));
    let refuse = [("seen", seen.as_str()), ("do", "refuse"), ("note", "名单中没有 <b>")];
    assert!(reviewer.post_signed("/staff/instructors/1", &refuse).await.page(200).contains("已处理"));
    assert_eq!(reviewer.post_signed("/staff/instructors/1", &refuse).await.status, 409);
    assert!(mine.get(LIST).await.page(200).contains("名单中没有 &#60;b&#62;"));
    assert!(house.trail().await.iter().any(|event| event.action == "read instructor" && event.subject == "1"));
    assert_eq!(mine.post_signed(&format!("{LIST}/1/remove"), &[]).await.location(), LIST);
}
