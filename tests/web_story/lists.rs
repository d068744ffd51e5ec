//! An employer's list: numbers and names go in, a verdict for each row comes back, and a guess learns nothing.

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant as Clock};

use axum::body::Body;
use axum::http::{Request, header};
use calamine::{Data, Reader, Xlsx};
use serde_json::json;
use yinxin::domain::digest::Digest;
use yinxin::domain::name::PersonName;
use yinxin::domain::status::RevocationReason;
use yinxin::sealing::keyring::StatementKeys;
use yinxin::sealing::statement;
use yinxin::service::check_list::{Row, RowAnswer};

use crate::site::{Answer, Site, WINNER, encode, number};

async fn send(site: &Site, list: &[u8]) -> Answer {
    site.post_file("/list", "file", list).await
}

/// What a page's form carries in a hidden field.
fn field<'a>(form: &'a str, name: &str) -> &'a str {
    let from = form.split_once(&format!("name=\"{name}\" value=\"")).map(|(_, rest)| rest).unwrap_or_else(|| panic!("{name}: {form}"));
    from.split_once('"').unwrap().0
}

/// The files that the page of an answer carries, under their endings.
fn parcels(page: &str) -> Vec<[String; 3]> {
    let forms = page.split("action=\"/list/files\"").skip(1).map(|rest| rest.split_once("</form>").unwrap().0);
    forms.map(|form| ["name", "file", "seal"].map(|name| field(form, name).to_owned())).collect()
}

async fn save(site: &Site, [name, file, seal]: &[String; 3]) -> Answer {
    site.post_form("/list/files", &[("name", name), ("file", file), ("seal", seal)]).await
}

/// The workbook of an answer, each sheet as its rows of texts.
async fn workbook(site: &Site, answer: &Answer) -> (Vec<u8>, Vec<Vec<Vec<String>>>) {
    let page = answer.page(200);
    let parcel = &parcels(page)[0];
    let saved = save(site, parcel).await;
    assert_eq!(
        (saved.status.as_u16(), saved.header("content-type")),
        (200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    );
    assert_eq!(saved.header("content-disposition"), format!("attachment; filename=\"{}\"", parcel[0]));
    assert!(page.contains(&Digest::of(&saved.body).to_string()), "the page names the digest of the workbook");
    let mut book = Xlsx::new(Cursor::new(saved.body.clone())).unwrap();
    let names = book.sheet_names();
    let mut sheets = Vec::new();
    for name in names {
        assert!(book.worksheet_formula(&name).unwrap().cells().all(|(.., formula)| formula.is_empty()), "a formula on {name}");
        let range = book.worksheet_range(&name).unwrap();
        let text = |cell: &Data| match cell {
            Data::String(text) => text.clone(),
            Data::Empty => String::new(),
            other => panic!("no text: {other:?}"),
        };
        sheets.push(range.rows().map(|row| row.iter().map(text).collect()).collect());
    }
    (saved.body, sheets)
}

#[tokio::test]
async fn a_list_comes_back_with_a_verdict_for_each_row() {
    let site = Site::open().await;
    let form = site.get("/list").await;
    assert!(form.page(200).contains("enctype=\"multipart/form-data\"") && form.text().contains("5000 行"), "{}", form.text());
    let reason = RevocationReason::parse("成绩有误").unwrap();
    let revoked = &site.other.facts.claims.number;
    site.world.service.revoke(revoked, reason, "test", site.world.now).await.unwrap();
    let (a, b, c) = (number(&site.released), number(&site.other), number(&site.unreleased));
    let list = format!(
        "部门,证书编号,姓名,备注\n=cmd|'/c calc'!A1,{},欧阳明远,+1\n销售,{b},阿卜杜热合曼 麦麦提依明,@x\n研发,{c},{WINNER},-2\n财务,LH14202499999,李明,\n财务,LH1,李明,\n",
        a.to_lowercase()
    );
    let answer = send(&site, list.as_bytes()).await;
    let page = answer.page(200);
    for shown in ["并非每行都已核实", "共 5 行", "有效", "已吊销", "成绩有误", "未能核实", "本行有误", "B6：证书编号应为 6 至 32 位"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let (book, sheets) = workbook(&site, &answer).await;
    let rows = &sheets[1];
    assert_eq!(rows[0][..4], ["部门", "证书编号", "姓名", "备注"]);
    assert_eq!(rows[0][4], "核验结果 Verdict");
    let verdicts: Vec<&str> = rows[1..].iter().map(|row| row[4].as_str()).collect();
    assert_eq!(verdicts, ["有效 Valid", "已吊销 Revoked", "未能核实 Not confirmed", "未能核实 Not confirmed", "本行有误 Row not readable"]);
    assert_eq!((rows[1][0].as_str(), rows[1][3].as_str(), rows[2][3].as_str()), ("=cmd|'/c calc'!A1", "+1", "@x"), "texts stay texts");
    assert_eq!(rows[1][5], "相符 agrees");
    assert!(rows[1][6].contains("一等奖") && rows[1][8].contains("组织委员会") && rows[1][9] == "2025-01-01", "{:?}", rows[1]);
    assert!(rows[2][10].contains("成绩有误"), "{:?}", rows[2]);
    for miss in &rows[3..5] {
        assert!(miss[5..10].iter().all(String::is_empty), "{miss:?}");
    }
    assert!(sheets[0].iter().flatten().any(|cell| *cell == Digest::of(list.as_bytes()).to_string()), "{:?}", sheets[0]);
    // The statement names list and workbook, and nobody.
    let parcel = &parcels(page)[1];
    let saved = save(&site, parcel).await;
    assert!(parcel[0].ends_with(".jws") && saved.header("content-type") == "application/jose", "{}", parcel[0]);
    let keys = StatementKeys::parse(site.get("/.well-known/jwks.json").await.text()).unwrap();
    let stated = statement::read(saved.text(), &keys).unwrap();
    assert_eq!(stated.asked, json!({ "by": "list", "sha256": Digest::of(list.as_bytes()).to_string() }));
    let mut said = stated.answer;
    assert!(said["checked_at"].take().as_str().is_some_and(|at| at.ends_with("+08:00")));
    let expected = json!({
        "workbook": { "sha256": Digest::of(&book).to_string(), "bytes": book.len() }, "checked_at": null,
        "rows": 5, "valid": 1, "revoked": 1, "corrected": 0, "not_confirmed": 2, "later": 0, "unread": 1,
    });
    assert_eq!(said, expected);
    // The same in English, in the other encodings, and from the workbook that came back.
    let english = site
        .ask(
            Request::post("/list?lang=en")
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
                .body(Body::from(
                    [
                        b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n",
                        list.as_bytes(),
                        b"\r\n--cut--\r\n",
                    ]
                    .concat(),
                ))
                .unwrap(),
        )
        .await;
    for shown in ["Not every row is confirmed", "5 rows", "Revoked", "Row not readable"] {
        assert!(english.page(200).contains(shown), "{shown}: {}", english.text());
    }
    for other in [encoding_rs::GB18030.encode(&list.replace(',', "\t")).0.into_owned(), book] {
        let again = send(&site, &other).await;
        assert!(again.page(200).contains("成绩有误") && again.text().contains("共 5 行"), "{}", again.text());
    }
    let all = send(&site, format!("编号,姓名\n{a},{WINNER}\n{a},{WINNER}\n").as_bytes()).await;
    assert!(all.page(200).contains("2 行全部有效"), "{}", all.text());
}

#[tokio::test]
async fn a_guess_learns_nothing() {
    let site = Site::open().await;
    let (known, unknown, later) = (number(&site.released), "LH14202499999", number(&site.unreleased));
    let mut answers = Vec::new();
    for (asked, name) in [(known, "李明"), (unknown, "李明"), (later, "李明")] {
        let answer = send(&site, format!("编号,姓名\n{asked},{name}\n").as_bytes()).await;
        let (_, sheets) = workbook(&site, &answer).await;
        let text = answer.page(200);
        let shown = text.split_once("class=\"verdicts\"").unwrap().1.split_once("</ol>").unwrap().0.replace(asked, "N");
        answers.push((shown, sheets[1][1][1..].to_vec()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    // One number with several names: only the first is asked for.
    let several = send(&site, format!("编号,姓名\n{known},李明\n{known},{WINNER}\n").as_bytes()).await;
    assert!(several.page(200).contains("第 2 行已用另一姓名列出同一编号") && !several.text().contains("一等奖"), "{}", several.text());
    let row = |name: &str| Row { number: known.parse().unwrap(), name: PersonName::parse(name).unwrap() };
    // Long after the lists above, so that their tries are forgotten.
    let later = site.world.now.plus_millis(3_000_000_000_000);
    let answers = site.world.service.check_rows(&[row("李明"), row(WINNER), row("李明")], later).await.unwrap();
    assert_eq!(answers, [RowAnswer::NotConfirmed, RowAnswer::Later, RowAnswer::NotConfirmed]);
}

#[tokio::test]
async fn rows_are_counted_and_so_are_the_names_that_are_tried_on_a_number() {
    let site = Site::with_limits("list = { burst = 6, refill_ms = 3600000 }\nname = { burst = 2, refill_ms = 3600000 }").await;
    let list = |rows: &[(&str, &str)]| format!("编号,姓名\n{}", rows.iter().map(|(n, name)| format!("{n},{name}\n")).collect::<String>());
    let (known, unknown) = (number(&site.released), "LH14202499999");
    let tried = async |name: &str| {
        let answer = send(&site, list(&[(known, name), (unknown, name)]).as_bytes()).await;
        let page = answer.page(200).to_owned();
        ["有效", "未能核实", "暂未核验"].map(|verdict| page.matches(&format!("\">{verdict}</span> <b>")).count())
    };
    assert_eq!(tried("李明").await, [0, 1, 0]);
    assert_eq!(tried("王芳").await, [0, 1, 0]);
    // Now even the right name is not answered, and the unknown number looks the same.
    assert_eq!(tried(WINNER).await, [0, 0, 1]);
    let refused = send(&site, list(&[(known, WINNER)]).as_bytes()).await;
    assert!(refused.page(429).contains("查询过于频繁"));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((3_000..=3_600).contains(&wait), "{wait}");
    let long = send(&site, list(&[(known, "李明"); 7]).as_bytes()).await;
    assert!(long.page(400).contains("名单最多 6 行"), "{}", long.text());
    // The other doors are counted by themselves.
    site.get(&format!("/c/{known}")).await.page(200);
}

#[tokio::test]
async fn bad_lists_are_refused_soon_and_say_where() {
    let site = Site::open().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bad-lists");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            continue;
        }
        let (file, start) = (std::fs::read(&path).unwrap(), Clock::now());
        let answer = send(&site, &file).await;
        assert!(start.elapsed() < Duration::from_secs(5), "{path:?}: {:?}", start.elapsed());
        let status = if file.len() > crate::site::MAX_FILE { 413 } else { 400 };
        assert_eq!(answer.status, status, "{path:?}");
        let page = answer.page(status);
        assert!(page.contains("role=\"alert\"") || answer.status == 413, "{path:?}: {page}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
    let rows = |n: usize| (0..n).map(|i| format!("LH142024{i:05},李明\n")).collect::<String>();
    let huge = format!("编号,姓名\nLH14202400001,{}\n", "李".repeat(100_000));
    for (list, says) in [
        (format!("编号,姓名\n{}", rows(5_001)), "名单最多 5000 行"),
        (format!("编号,姓名\n{}", rows(20_000)), "名单最多 5000 行"),
        ("编号,部门\nLH14202400001,A\n".to_owned(), "A1 没有“姓名”列"),
        ("编号,姓名\n\"LH14202400001,A\n".to_owned(), "第 2 行"),
        (String::new(), "请先选择名单文件"),
    ] {
        assert!(send(&site, list.as_bytes()).await.page(400).contains(says), "{says}");
    }
    assert!(send(&site, huge.as_bytes()).await.page(200).contains("姓名有 100000 个字符"));
    send(&site, &vec![b'x'; crate::site::MAX_FILE + 1]).await.page(413);
}

#[tokio::test]
async fn five_thousand_rows_are_answered_while_one_waits() {
    let site = Site::open().await;
    let known = number(&site.released);
    let list: String = (0..4_999).map(|i| format!("销售,LH142099{i:05},欧阳明{}\n", ["远", "月", "元"][i % 3])).collect();
    let list = format!("部门,编号,姓名\n{list}研发,{known},{WINNER}\n");
    let start = Clock::now();
    let answer = send(&site, list.as_bytes()).await;
    let took = start.elapsed();
    assert!(answer.page(200).contains("共 5000 行") && answer.text().contains("其余 4980 行"));
    println!("5,000 rows: {took:?}, page of {} bytes", answer.body.len());
    // Unoptimised, beside other tests.
    assert!(took < Duration::from_secs(10), "{took:?}");
    let (_, sheets) = workbook(&site, &answer).await;
    assert_eq!((sheets[1].len(), sheets[1][5_000][3].as_str()), (5_001, "有效 Valid"));
}

#[tokio::test]
async fn only_what_was_made_here_is_handed_back() {
    let site = Site::open().await;
    let answer = send(&site, format!("编号,姓名\n{},{WINNER}\n", number(&site.released)).as_bytes()).await;
    for parcel in parcels(answer.page(200)) {
        assert_eq!(save(&site, &parcel).await.status, 200);
        let [name, file, seal] = parcel.clone();
        let changed = [
            [format!("x{name}"), file.clone(), seal.clone()],
            [name.clone(), format!("{}A", &file[..file.len() - 1]), seal.clone()],
            [name.clone(), file.clone(), format!("{}A", &seal[..seal.len() - 2])],
            [name.clone(), "!".to_owned(), seal.clone()],
            [name, file, String::new()],
        ];
        for wrong in changed.into_iter().filter(|wrong| *wrong != parcel) {
            save(&site, &wrong).await.page(400);
        }
        let body = format!("name={}&file={}&seal={}", encode(&parcel[0]), encode(&parcel[1]), encode(&parcel[2]));
        let elsewhere = Request::post("/list/files")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(Body::from(body))
            .unwrap();
        site.ask(elsewhere).await.page(403);
    }
}
