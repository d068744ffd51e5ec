//! Public notices as their readers meet them: the list, what one may save of it, and an objection from the form to its end.

use axum::body::Body;
use axum::http::{Request, header};
use yinxin::config::Config;
use yinxin::domain::digest::Digest;
use yinxin::domain::issuer::Slug;
use yinxin::domain::notice::WithdrawalReason;
use yinxin::domain::objection::DecisionReason;
use yinxin::domain::time::Instant;
use yinxin::sealing::keyring::StatementKeys;
use yinxin::sealing::statement;
use yinxin::service::access::{ContestMandate, ObjectionsMandate};
use yinxin::service::objections::{Decision, Step};

use crate::made_pictures::{WHITE, person, png};
use crate::site::{Answer, Site, encode};

/// A contest whose notice runs until the year 2148.
fn contest(id: &str, series: u32, closes: &str) -> String {
    format!(
        "id = \"{id}\"\nissuer = \"lanhai\"\ntemplate = \"award\"\npattern = \"NO{{series:2}}{{year}}{{seq:5}}\"\nseries = {series}\n\
         name = \"沧海杯<{id}>大赛\"\nname_en = \"\"\nshort_name = \"沧海杯\"\nedition = \"首届\"\ndocument_number = \"沧海杯组字[2025]7号\"\n\
         organisers = [\"蓝海市\"]\ngroups = [\"学生组\"]\ncategories = [\"软件类\", \"数字内容类\"]\nnotice_opens = \"2020-01-01\"\n\
         notice_closes = \"{closes}\"\nregistration_closes = \"2149-01-01\"\nrelease = \"2149-01-01\"\nclaims_close = \"2149-02-01\"\n"
    )
}

const HEAD: &str = "赛事,赛类,科目,作品,奖项,角色,姓名,证件号码,学校\n";
const NAME: &str = "欧阳明远";
const SECRET: &str = "玄武湖畔的开源项目";

async fn publish(site: &Site, id: &str, series: u32, closes: &str, rows: usize) {
    let (service, now) = (&site.world.service, Instant::parse_beijing("2024-06-01").unwrap());
    service.save_contest(&Config::contest(&contest(id, series, closes)).unwrap(), &ContestMandate::of_operator("test"), now).await.unwrap();
    let mut list = format!("{HEAD}{id},软件类,C/C++程序设计,“星海”,一等奖,获奖选手,{NAME},11010519491231002X,蓝海大学\n");
    for n in 1..rows {
        list += &format!("{id},数字内容类,动画,听潮{n},三等奖,获奖选手,王{},P{n:07},青山大学\n", if n % 2 == 0 { "芳" } else { "小明" });
    }
    site.world.import(&format!("{id}.csv"), list.as_bytes()).await;
    service.publish_notice(&slug(id), &ContestMandate::of_operator("test"), now).await.unwrap();
}

fn slug(id: &str) -> Slug {
    id.parse().unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before}: {text}"));
    rest.split_once(after).unwrap().0
}

fn fields(nonce: &str) -> Vec<(&'static str, String)> {
    vec![
        ("form", "person".into()),
        ("nonce", nonce.into()),
        ("entry", "1".into()),
        ("name", "慕容思齐".into()),
        ("document_kind", String::new()),
        ("identity_number", "440524199001010018".into()),
        ("workplace", "北溟造船厂".into()),
        ("telephone", "13912345678".into()),
        ("grounds", format!("作品与{SECRET}相同，见附件。")),
    ]
}

async fn send(site: &Site, path: &str, fields: &[(&str, String)], files: &[(&str, &str, Vec<u8>)], site_of: &str) -> Answer {
    let mut body: Vec<u8> = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (name, file, bytes) in files {
        body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n").bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
        .header("sec-fetch-site", site_of)
        .body(Body::from(body))
        .unwrap();
    site.ask(request).await
}

fn signature() -> Vec<u8> {
    png(person(300, 120, WHITE, 4, 0))
}

#[tokio::test]
async fn a_list_is_searched_turned_and_saved() {
    let site = Site::open().await;
    assert!(site.get("/notices").await.page(200).contains("目前没有公示"));
    publish(&site, "canghai-1", 1, "2148-01-01 24:00", 120).await;
    publish(&site, "canghai-2", 2, "2024-12-31 24:00", 1).await;
    let all = site.get("/notices").await;
    for shown in ["沧海杯&#60;canghai-1&#62;大赛", "公示中", "异议处理中", "2148年1月1日 24:00", "名单 120 条"] {
        assert!(all.page(200).contains(shown), "{shown}: {}", all.text());
    }
    assert!(site.get("/notices?lang=en").await.page(200).contains("All times are Beijing time"));

    let page = site.get("/notices/canghai-1").await;
    for shown in ["沧海杯组字[2025]7号", "学生组", "公示截止", "“星海”", "***远", "共 120 条", "提出异议", "SHA-256", "公示发布声明"]
    {
        assert!(page.page(200).contains(shown), "{shown}: {}", page.text());
    }
    assert!(!page.text().contains(NAME) && !page.text().contains("110105"), "names are masked");
    assert_eq!(page.text().matches("<td class=\"place\">").count(), 50);
    let next = between(page.text(), "rel=\"next\" href=\"", "#list").replace("&#38;", "&").replace("&amp;", "&");
    let second = site.get(&next).await;
    assert!(second.page(200).contains("<td class=\"place\">51</td>") && second.text().contains("<td class=\"place\">100</td>"));
    let third = site.get("/notices/canghai-1?after=100").await;
    assert!(third.page(200).contains("<td class=\"place\">120</td>") && !third.text().contains("rel=\"next\""));
    let back = site.get("/notices/canghai-1?before=51").await;
    assert!(
        back.page(200).contains("<td class=\"place\">1</td>")
            && !back.text().contains("rel=\"prev\"")
            && back.text().contains("rel=\"next\"")
    );

    // A name goes in a body, and comes back masked.
    let found = site.post_form("/notices/canghai-1/search", &[("name", NAME), ("school", "蓝 海")]).await;
    let path = found.location().strip_suffix("#list").unwrap().to_owned();
    assert!(path.contains(&format!("name=***{}", encode("远"))) && !path.contains(&encode(NAME)), "{path}");
    let one = site.get(&path).await;
    assert!(one.page(200).contains("共 1 条") && one.text().contains("value=\"***远\"") && one.text().contains("显示全部"));
    for (field, text, count) in
        [("work", "听潮11", 11), ("category", "数字内容类", 119), ("level", "third", 119), ("level", "x", 120), ("school", "无此校", 0)]
    {
        let path = site.post_form("/notices/canghai-1/search", &[(field, text)]).await.location().replace("#list", "");
        let page = site.get(&path).await;
        assert!(page.page(200).contains(&format!("共 {count} 条")), "{field} {text}: {}", page.text());
    }
    site.get("/notices/canghai-1?after=x").await.page(400);
    assert!(site.get("/notices/canghai-1?before=1").await.page(200).contains("没有符合条件的条目"));

    // What one may save: the text has the digest that the statement signs.
    let digest = between(page.text(), "class=\"digest\">SHA-256 ", "<").to_owned();
    let list = site.get(&format!("/notices/canghai-1/lists/{digest}")).await;
    assert_eq!((list.status.as_u16(), Digest::of(&list.body).to_string()), (200, digest.clone()));
    assert_eq!(list.header("content-type"), "application/jsonl; charset=utf-8");
    let keys = StatementKeys::parse(site.get("/.well-known/jwks.json").await.text()).unwrap();
    let jws = site.get("/notices/canghai-1/statements/1").await;
    let stated = statement::read(jws.text(), &keys).unwrap();
    assert_eq!((stated.answer["list_sha256"].as_str(), stated.asked["by"].as_str()), (Some(digest.as_str()), Some("notice")));
    let pdf = site.get("/notices/canghai-1/pdf").await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    assert!(pdf.body.starts_with(b"%PDF-") && pdf.header("content-disposition").starts_with("attachment"));
    if let Some(out) = std::env::var_os("YINXIN_KEEP_PDF") {
        std::fs::write(out, &pdf.body).unwrap();
    }
    for missing in ["/notices/nothing", "/notices/..%2F", "/notices/canghai-1/statements/9", "/notices/lanhai-14", "/notices/x/pdf"] {
        site.get(missing).await.page(404);
    }
    let other = Digest::of(b"other");
    site.get(&format!("/notices/canghai-1/lists/{other}")).await.page(404);

    // Withdrawn, nothing of it is on the web.
    let why = WithdrawalReason::parse("演示").unwrap();
    site.world.service.withdraw_notice(&slug("canghai-1"), why, &ContestMandate::of_operator("test"), site.world.now).await.unwrap();
    for gone in ["", "/pdf", "/statements/1", "/objection", &format!("/lists/{digest}")] {
        site.get(&format!("/notices/canghai-1{gone}")).await.page(404);
    }
}

#[tokio::test]
async fn an_objection_goes_from_the_form_to_its_end() {
    let site = Site::open().await;
    publish(&site, "canghai-1", 1, "2148-01-01 24:00", 2).await;
    publish(&site, "canghai-2", 2, "2024-12-31 24:00", 1).await;
    let path = "/notices/canghai-1/objection";
    let form = site.get(&format!("{path}?entry=1")).await;
    for shown in ["真实姓名", "工作单位", "亲笔签名", "“星海”", "***远", "2148年1月1日 24:00", "<script src=\"/assets/sign-"]
    {
        assert!(form.page(200).contains(shown), "{shown}: {}", form.text());
    }
    let script = site.get(between(form.text(), "<script src=\"", "\"")).await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    let other = site.get(&format!("{path}?form=organisation")).await;
    assert!(other.page(200).contains("单位公章") && other.text().contains("整个名单") && !other.text().contains("工作单位"));
    site.get(&format!("{path}?entry=99")).await.page(404);
    assert!(site.get("/notices/canghai-2/objection").await.page(410).contains("公示期已截止"));
    let nonce = between(form.text(), "name=\"nonce\" value=\"", "\"").to_owned();
    let good = fields(&nonce);
    let files = || vec![("mark", "signature.png", signature()), ("attachment", "证据.pdf", b"%PDF-1.4\n1\n%%EOF".to_vec())];

    // What is wrong is named at its field, and nothing of it is in an address.
    let mut wrong = good.clone();
    wrong[5].1 = "440524199001010019".into();
    wrong[8].1 = "不服".into();
    let page = send(&site, path, &wrong, &files(), "same-origin").await;
    for shown in ["校验码不符", "请写明事实和理由", "value=\"慕容思齐\"", "role=\"alert\""] {
        assert!(page.page(400).contains(shown), "{shown}: {}", page.text());
    }
    let unsigned = send(&site, path, &good, &[("mark", "", vec![])], "same-origin").await;
    assert!(unsigned.page(400).contains("请手写签名"), "{}", unsigned.text());
    for (name, bytes, says) in [
        ("mark", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec(), "SVG"),
        ("mark", vec![0; (5 << 20) + 1], "每个文件不能超过 5 MB"),
        ("attachment", b"MZ\x90\0 a program".to_vec(), "这不是照片"),
    ] {
        let mut sent = vec![(name, "x.png", bytes)];
        if name == "attachment" {
            sent.push(("mark", "signature.png", signature()));
        }
        let page = send(&site, path, &good, &sent, "same-origin").await;
        assert!(page.page(400).contains(says), "{says}: {}", page.text());
    }
    send(&site, path, &good, &files(), "cross-site").await.page(403);
    send(&site, path, &good[2..], &files(), "same-origin").await.page(400);
    assert!(send(&site, "/notices/canghai-2/objection", &good, &files(), "same-origin").await.page(410).contains("不再受理异议"));
    assert!(
        site.world.service.objections(&ObjectionsMandate::of_operator("officer"), None, false, 0, 10).await.unwrap().is_empty(),
        "nothing was taken in so far"
    );

    // Taken in; the same form again is the same objection.
    let receipt = send(&site, path, &good, &files(), "same-origin").await;
    assert!(receipt.page(200).contains("异议已收到"), "{}", receipt.text());
    let code = between(receipt.text(), "readonly value=\"", "\"").to_owned();
    let again = send(&site, path, &good, &files(), "same-origin").await;
    assert_eq!(between(again.page(200), "readonly value=\"", "\""), code);
    assert_eq!(site.world.service.objections(&ObjectionsMandate::of_operator("officer"), None, false, 0, 10).await.unwrap().len(), 1);
    for secret in ["慕容思齐", "440524", "13912345678", SECRET] {
        assert!(!receipt.text().contains(secret) && !site.get("/notices/canghai-1").await.text().contains(secret), "{secret}");
    }

    // Followed by its code, in a body.
    assert!(site.get("/objections").await.page(200).contains("回执码"));
    let follow = async |typed: &str| site.post_form("/objections", &[("code", typed)]).await;
    let open = follow(&code.to_lowercase().replace('-', " ")).await;
    assert!(open.page(200).contains("正在处理") && open.text().contains("第 1 条"), "{}", open.text());
    assert!(follow("ABC").await.page(400).contains("回执码应为 20 位"));
    assert!(follow("00000-00000-00000-00000").await.page(404).contains("没有查到"));
    let decision = Decision::Uphold(vec![Step { place: 1, edits: None, remark: "经异议核实，取消获奖资格".into() }]);
    let reason = DecisionReason::parse("经核实，作品与开源项目相同。").unwrap();
    site.world.service.decide_objection(1, decision, reason, &ObjectionsMandate::of_operator("officer"), site.world.now).await.unwrap();
    assert!(follow(&code).await.page(200).contains("经核实，作品与开源项目相同。"));
    let page = site.get("/notices/canghai-1").await;
    assert!(page.page(200).contains("已取消") && page.text().contains("经异议核实，取消获奖资格"), "{}", page.text());
    assert!(!page.text().contains("objection?entry=1\""), "what is off the list needs no objection");
}

#[tokio::test]
async fn too_many_objections_wait() {
    let site = Site::with_limits("objection = { burst = 1, refill_ms = 3600000 }").await;
    publish(&site, "canghai-1", 1, "2148-01-01 24:00", 1).await;
    let path = "/notices/canghai-1/objection";
    for status in [200, 429] {
        let form = site.get(path).await;
        let nonce = between(form.page(200), "name=\"nonce\" value=\"", "\"").to_owned();
        let answer = send(&site, path, &fields(&nonce), &[("mark", "a.png", signature())], "same-origin").await;
        answer.page(status);
        if status == 429 {
            assert!(answer.header("retry-after").parse::<u32>().unwrap() > 3_000);
        }
    }
}
