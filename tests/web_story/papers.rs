//! What a holder carries: the QR code on the paper, the link to the file, and both after a revocation.

use serde_json::json;
use yinxin::domain::correction::Edits;
use yinxin::domain::heading::Headings;
use yinxin::domain::number::CertificateNumber;
use yinxin::domain::status::RevocationReason;
use yinxin::domain::time::Instant;
use yinxin::registry::DataKeys;
use yinxin::sealing::proof::{self, ProofError};
use yinxin::service::correct::Request;
use yinxin::service::issue::Order;
use yinxin::service::key_folder::KeyFolder;
use yinxin::service::progress::Silent;

use crate::site::{IDENTITY, Site, WINNER, in_2200, number};

/// The text with another digit or letter at a place.
fn changed(text: &str, at: usize) -> String {
    let other = if &text[at..=at] == "1" { "2" } else { "1" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[tokio::test]
async fn a_code_opens_what_the_issuer_signed_and_a_changed_one_nothing() {
    let site = Site::open().await;
    let (digits, number) = (site.digits(&site.released), number(&site.released));
    for head in ["/Q/", "/q/"] {
        let answer = site.get(&format!("{head}{digits}")).await;
        let page = answer.page(200);
        // The whole name: whoever has the code has the paper, and compares.
        for shown in ["证书有效", WINNER, number, "一等奖", "第十四届蓝海杯", "2025-01-01"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        assert!(page.contains(&format!("href=\"/c/{number}\"")), "{page}");
    }
    // The proof that the file carries is as good, on whatever paper.
    let answer = site.get(&format!("/Q/{}", site.whole_proof(&site.released))).await;
    assert!(answer.page(200).contains("证书有效"));
    // A code under a heading that was never given.
    let unknown = site.get(&format!("/Q/{}", changed(&digits, 4))).await;
    assert!(unknown.page(422).contains("没有签发过"));
    let wrong = [0, 30, digits.len() / 2, digits.len() - 1].map(|at| changed(&digits, at));
    let short = digits[1..].to_owned();
    let others = ["123", "not-digits", "%EF%BC%91", &"1".repeat(7_090)].map(str::to_owned);
    for code in wrong.into_iter().chain([short]).chain(others) {
        let answer = site.get(&format!("/Q/{code}")).await;
        let page = answer.page(422);
        assert!(page.contains("不可信") && !page.contains(WINNER) && !page.contains(number), "{page}");
    }
    site.get("/Q/").await.page(404);
}

#[tokio::test]
async fn a_code_is_known_by_its_mark_and_without_one_by_its_signature() {
    let site = Site::open().await;
    let code = site.code(&site.released);
    let (digits, headings) = (code.text.digits, Headings::from_iter([code.heading]));
    let checked = |text: &str| proof::check(text, site.world.service.trust(), &headings);
    let forged = (0..digits.len()).rev().map(|at| changed(&digits, at)).find(|d| checked(d) == Err(ProofError::Signature)).unwrap();
    let keys = KeyFolder::new(&site.world.folder.path().join("keys"));
    let marks = DataKeys::from_master(keys.data_key(None).unwrap().bytes());
    let mark = |text: &str| Some(marks.code_mark(text).as_bytes().to_vec());
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&format!("sqlite:{}", site.world.folder.path().join("registry.sqlite").display())).await.unwrap();
    let kept: Vec<u8> = sqlx::query_scalar("SELECT code_mark FROM certificate WHERE number = $1")
        .bind(number(&site.released).to_owned())
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(Some(kept), mark(&digits), "the mark of the code that was printed");
    // Without a mark, with another's, with that of a code that is wrong: only one who has the keys can have a wrong code believed.
    for (planted, right, wrong) in [(None, 200, 422), (mark("1"), 200, 422), (mark(&forged), 200, 200), (mark(&digits), 200, 422)] {
        let sql = "UPDATE certificate SET code_mark = $1 WHERE number = $2";
        sqlx::query(sql).bind(planted).bind(number(&site.released).to_owned()).execute(&pool).await.unwrap();
        assert!(site.get(&format!("/q/{digits}")).await.page(right).contains("证书有效"));
        site.get(&format!("/q/{forged}")).await.page(wrong);
    }
}

#[tokio::test]
async fn a_signed_code_before_its_release_is_no_proof_that_the_certificate_stands() {
    let site = Site::open().await;
    let answer = site.get(&format!("/q/{}", site.digits(&site.unreleased))).await;
    let page = answer.page(200);
    assert!(page.contains("签名正确，但本站没有公开记录") && page.contains(number(&site.unreleased)), "{page}");
    assert!(!page.contains("证书有效") && !page.contains("/c/"), "{page}");
}

#[tokio::test]
async fn a_link_gives_its_file_until_it_ends() {
    let site = Site::open().await;
    let (path, number) = (site.link(&site.released, in_2200()), number(&site.released));
    let page = site.get(&path).await;
    let text = page.page(200);
    assert!(text.contains(number) && text.contains(&format!("href=\"{path}/pdf\"")) && !text.contains(WINNER), "{text}");
    let file = site.get(&format!("{path}/pdf")).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/pdf"));
    assert!(file.body.starts_with(b"%PDF-") && file.body.ends_with(b"%%EOF\n"));
    assert!(text.contains(&format!("{} KB", file.body.len().div_ceil(1024))), "{text}");
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{number}.pdf\"; filename*=UTF-8''{number}.pdf"));
    assert_eq!(file.header("cache-control"), "private, no-store");
    // Another certificate's file is another one: the link's number is what counts.
    assert_ne!(site.pdf(&site.other).await, file.body);

    let token = path.strip_prefix("/d/").unwrap();
    let stranger = token.replacen(number, crate::site::number(&site.other), 1);
    let later = token.replacen(&in_2200().millis().to_string(), &in_2200().plus_millis(1).millis().to_string(), 1);
    let mac = token.rfind('.').unwrap() + 1;
    let wrong = [stranger, later, changed(token, mac), changed(token, mac + 10), token[..token.len() - 1].to_owned(), number.to_owned()];
    for token in wrong {
        assert_ne!(format!("/d/{token}"), path);
        for end in ["", "/pdf"] {
            let answer = site.get(&format!("/d/{token}{end}")).await;
            assert!(answer.page(404).contains("下载链接无效"), "{}", answer.text());
        }
    }
    let ended = site.link(&site.released, Instant::from_millis(1_735_747_200_000).unwrap());
    let early = site.link(&site.unreleased, in_2200());
    for end in ["", "/pdf"] {
        assert!(site.get(&format!("{ended}{end}")).await.page(410).contains("下载链接已过期"));
        assert!(site.get(&format!("{early}{end}")).await.page(403).contains("北京时间 2148-10-01 00:00:00 起可以下载。"));
    }
}

#[tokio::test]
async fn a_revoked_certificate_says_so_at_every_door() {
    const REASON: &str = "姓名与证件不符，经核实撤回";
    let site = Site::open().await;
    let (path, pdf, digits) = (site.link(&site.released, in_2200()), site.pdf(&site.released).await, site.digits(&site.released));
    // Half past midnight in Beijing: the day is another one there than in Greenwich.
    let at = Instant::from_millis(1_738_341_000_000).unwrap();
    let reason = RevocationReason::parse(REASON).unwrap();
    site.world.service.revoke(&site.released.facts.claims.number, reason, "test", at).await.unwrap();

    let number = number(&site.released);
    let state = json!({ "code": "revoked", "at": "2025-02-01T00:30:00+08:00", "reason": REASON });
    assert_eq!(site.get(&format!("/api/v1/certificates/{number}")).await.json()["state"], state);
    let sent = site.post("/api/v1/verifications", "application/pdf", pdf.clone()).await.json();
    assert_eq!((&sent["verdict"], &sent["certificate"]["state"]), (&json!("revoked"), &state));
    let found = site.post_json("/api/v1/lookups", &json!({ "identity_number": IDENTITY })).await.json();
    assert_eq!(found["certificates"][0]["state"], state);

    let uploaded = site.post_file("/verify", "file", &pdf).await;
    for page in [site.get(&format!("/c/{number}")).await, site.get(&format!("/q/{digits}")).await, uploaded, site.get(&path).await] {
        let page = page.page(200);
        assert!(page.contains("证书已吊销") && page.contains(REASON) && page.contains("2025-02-01"), "{page}");
        assert!(!page.contains("证书有效") && !page.contains("真实、完整、有效"), "{page}");
    }
    let listed = site.post_form("/lookup", &[("identity_number", IDENTITY)]).await;
    assert!(listed.page(200).contains("已吊销") && !listed.text().contains(">有效<"), "{}", listed.text());
    // The file stays the holder's, as it was issued; another's certificate stands.
    assert_eq!(site.pdf(&site.released).await, pdf);
    let other = site.get(&format!("/api/v1/certificates/{}", crate::site::number(&site.other))).await;
    assert_eq!(other.json()["state"], json!({ "code": "valid" }));
}

#[tokio::test]
async fn a_corrected_certificate_leads_to_its_successor_at_every_door() {
    const REASON: &str = "学校名称填写有误";
    let site = Site::open().await;
    let (path, pdf, digits) = (site.link(&site.released, in_2200()), site.pdf(&site.released).await, site.digits(&site.released));
    let at = Instant::from_millis(1_738_341_000_000).unwrap();
    let old = &site.released.facts.claims.number;
    let edits = Edits { school: Some("蓝海理工大学".into()), ..Edits::default() };
    let request = Request { number: old, edits, portrait: None, reason: REASON, actor: "test" };
    let order = Order { programmes: &[], out: None, clock: &move || at, progress: &Silent };
    let new = site.world.service.correct(&site.world.room, request, &order).await.unwrap().successor;

    let url = |number: &CertificateNumber| format!("{}/c/{number}", crate::world::URL);
    let state = json!({
        "code": "corrected", "at": "2025-02-01T00:30:00+08:00", "reason": REASON, "successor": new.as_str(), "successor_url": url(&new)
    });
    let told = site.get(&format!("/api/v1/certificates/{old}")).await.json();
    assert_eq!((&told["state"], told.get("replaces")), (&state, None));
    let sent = site.post("/api/v1/verifications", "application/pdf", pdf.clone()).await.json();
    assert_eq!((&sent["verdict"], &sent["certificate"]["state"]), (&json!("corrected"), &state));
    let uploaded = site.post_file("/verify", "file", &pdf).await;
    for page in [site.get(&format!("/c/{old}")).await, site.get(&format!("/q/{digits}")).await, uploaded, site.get(&path).await] {
        let page = page.page(200);
        assert!(page.contains("已更正换发") && page.contains(REASON) && page.contains("2025-02-01"), "{page}");
        assert!(page.contains(&format!("href=\"/c/{new}\"")) && !page.contains("证书有效"), "{page}");
    }
    assert_eq!(site.pdf(&site.released).await, pdf, "the old file is what it was");

    let told = site.get(&format!("/api/v1/certificates/{new}")).await.json();
    assert_eq!((&told["state"], &told["replaces"]), (&json!({ "code": "valid" }), &json!({ "number": old.as_str(), "url": url(old) })));
    let page = site.get(&format!("/c/{new}")).await;
    assert!(page.page(200).contains("证书有效") && page.text().contains(&format!("href=\"/c/{old}\"")), "{}", page.text());
    let found = site.post_json("/api/v1/lookups", &json!({ "identity_number": IDENTITY })).await.json();
    let numbers: Vec<&str> = found["certificates"].as_array().unwrap().iter().map(|c| c["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, [old.as_str(), new.as_str()]);
}
