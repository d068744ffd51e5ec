//! A number with the name that the reader was given, and the pictures by which an answer is recognised.

use axum::http::{Request, header};
use serde_json::{Value, json};
use yinxin::document::qr::{QrText, Symbol};
use yinxin::domain::status::RevocationReason;
use yinxin::domain::time::Instant;

use crate::site::{IDENTITY, Site, WINNER, number};

const LOOKUP_API: &str = "/api/v1/lookups";

#[tokio::test]
async fn a_name_is_told_to_match_or_not_and_nothing_more() {
    let site = Site::open().await;
    let (known, minority) = (number(&site.released).to_owned(), number(&site.other).to_owned());
    let asked = [
        (&known, WINNER, true),
        (&known, " 欧阳\u{3000}明远 ", true),
        (&known, "欧阳明", false),
        (&known, "欧阳远明", false),
        (&known, "远", false),
        (&minority, "阿卜杜热合曼・麦麦提依明", true),
        (&minority, "阿卜杜热合曼 麦麦提依明", true),
        (&minority, WINNER, false),
    ];
    for (number, name, matches) in asked {
        let answer = site.post_form(&format!("/c/{number}"), &[("holder", name)]).await;
        let page = answer.page(200);
        assert_eq!((page.contains("姓名相符"), page.contains("姓名不符")), (matches, !matches), "{name}: {page}");
        assert!(page.contains(number.as_str()) && page.contains("证书有效") && page.contains("姓名已部分隐去"), "{page}");
        // What stands there of the name is what the reader typed.
        let holder = if *number == known { WINNER } else { "阿卜杜热合曼·麦麦提依明" };
        assert!(name == holder || !page.contains(holder), "{page}");
        let said = site.post_json(LOOKUP_API, &json!({ "number": number, "holder": name })).await.json();
        assert_eq!((&said["holder_matches"], &said["certificates"][0]["number"]), (&json!(matches), &json!(number)), "{said}");
        assert!(!said.to_string().contains(holder), "{said}");
    }
    // Without a name the answer says nothing of one; an empty one is asked for again.
    let plain = site.post_json(LOOKUP_API, &json!({ "number": known })).await.json();
    assert_eq!(plain.get("holder_matches"), None);
    let page = site.post_form(&format!("/c/{known}"), &[("holder", "\u{3000}")]).await;
    assert!(page.page(400).contains("请输入持证人的全名") && page.text().contains("role=\"alert\""), "{}", page.text());
    site.post_json(LOOKUP_API, &json!({ "number": known, "holder": " " })).await.problem(400, "bad_request");
    site.post_json(LOOKUP_API, &json!({ "identity_number": IDENTITY, "holder": WINNER })).await.problem(400, "bad_request");
    // An unknown number and one that is not released have no holder, whatever the name.
    for unknown in ["LH14202599999", number(&site.unreleased)] {
        let page = site.post_form(&format!("/c/{unknown}"), &[("holder", WINNER)]).await;
        assert!(page.page(404).contains("未查到该证书") && !page.text().contains("姓名"), "{}", page.text());
        let said = site.post_json(LOOKUP_API, &json!({ "number": unknown, "holder": WINNER })).await.json();
        assert_eq!((&said["certificates"], said.get("holder_matches")), (&json!([]), None));
    }
}

#[tokio::test]
async fn names_cannot_be_guessed_quickly() {
    let site = Site::with_limits("address = { burst = 10000, refill_ms = 1 }\nname = { burst = 2, refill_ms = 3600000 }").await;
    let known = number(&site.released).to_owned();
    for number in [known.as_str(), "LH14202599999"] {
        for guess in ["欧阳明", "欧阳明月"] {
            site.post_json(LOOKUP_API, &json!({ "number": number, "holder": guess })).await.json();
        }
        // The right name too: a refusal tells nothing.
        site.post_json(LOOKUP_API, &json!({ "number": number, "holder": WINNER })).await.problem(429, "too_many_requests");
        let page = site.post_form(&format!("/c/{number}"), &[("holder", WINNER)]).await;
        assert!(page.page(429).contains("查询过于频繁") && !page.text().contains(WINNER), "{}", page.text());
    }
    // The certificate itself is shown as before, and another one can be compared.
    site.get(&format!("/c/{known}")).await.page(200);
    let other = site.post_json(LOOKUP_API, &json!({ "number": number(&site.other), "holder": WINNER })).await.json();
    assert_eq!(other["holder_matches"], json!(false));
}

#[tokio::test]
async fn an_answer_bears_the_seal_of_its_issuer() {
    let site = Site::open().await;
    let page = site.get(&format!("/c/{}", number(&site.released))).await;
    let url = page.page(200).split('"').find(|part| part.starts_with("/assets/seal-lanhai-")).unwrap_or_else(|| panic!("{}", page.text()));
    let picture = site.get(url).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
    // A star, a rim, a character of the name each, and 证书专用章.
    assert!(picture.text().starts_with("<svg") && picture.text().matches("<path").count() > 19, "{}", picture.text());
    let small = site.ask(Request::get(url).header(header::ACCEPT_ENCODING, "gzip").body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(small.header("content-encoding"), "gzip");
    assert!(small.body.len() < 20_000, "{}", small.body.len());
    site.get("/assets/seal-lanhai-0000000000000000.svg").await.page(404);
    for page in [
        site.get(&format!("/q/{}", site.digits(&site.released))).await,
        site.post_file("/verify", "file", &site.pdf(&site.released).await).await,
    ] {
        assert!(page.page(200).contains(url), "{}", page.text());
    }
}

#[tokio::test]
async fn the_certificate_is_shown_to_one_who_holds_it() {
    let site = Site::open().await;
    let (digits, pdf, number) = (site.digits(&site.released), site.pdf(&site.released).await, number(&site.released));
    let mut seen = Vec::new();
    for page in [site.get(&format!("/q/{digits}")).await, site.post_file("/verify", "file", &pdf).await] {
        let text = page.page(200).to_owned();
        let path = text.split('"').find(|part| part.starts_with("/p/")).unwrap_or_else(|| panic!("{text}")).to_owned();
        let picture = site.get(&path).await;
        assert_eq!(
            (picture.status.as_u16(), picture.header("content-type"), picture.header("cache-control")),
            (200, "image/png", "private, no-store")
        );
        assert!(picture.body.starts_with(b"\x89PNG"));
        seen.push((path, picture.body));
    }
    assert_eq!(seen[0].1, seen[1].1);
    let path = seen[0].0.clone();
    // By number alone there is none: the name is on it. Nor with the number in the address, nor behind another code, nor as a download.
    assert!(!site.get(&format!("/c/{number}")).await.text().contains("/p/"));
    let code = path.rfind('.').unwrap() + 1;
    let forged = format!("{}{}{}", &path[..code], if &path[code..=code] == "A" { "B" } else { "A" }, &path[code + 1..]);
    let other = path.replacen(number, crate::site::number(&site.other), 1);
    for path in [forged, other, format!("/p/{number}"), path.replacen("/p/", "/d/", 1), format!("{}/pdf", path.replacen("/p/", "/d/", 1))] {
        site.get(&path).await.page(404);
    }
    let link = site.link(&site.released, crate::site::in_2200());
    site.get(&link.replacen("/d/", "/p/", 1)).await.page(404);
    // The holder's own code is the one on the paper.
    let code = site.get(&format!("{link}/code")).await;
    assert_eq!((code.status.as_u16(), code.header("content-type")), (200, "image/svg+xml"));
    let text = QrText { prefix: format!("{}/Q/", crate::world::URL.to_uppercase()), digits: digits.clone() };
    assert!(code.text().contains(&Symbol::encode(&text).unwrap().svg_path()));
    // What does not stand is not shown.
    let reason = RevocationReason::parse("错发").unwrap();
    let at = Instant::from_millis(1_738_341_000_000).unwrap();
    site.world.service.revoke(&site.released.facts.claims.number, reason, "test", at).await.unwrap();
    site.get(&path).await.page(404);
    for page in [site.get(&format!("/q/{digits}")).await, site.post_file("/verify", "file", &pdf).await] {
        assert!(page.page(200).contains("证书已吊销") && !page.text().contains("/p/"), "{}", page.text());
    }
    let unreleased = site.get(&format!("/q/{}", site.digits(&site.unreleased))).await;
    assert!(!unreleased.page(200).contains("/p/"));
}

#[tokio::test]
async fn each_answer_says_what_was_checked_when_and_where() {
    let site = Site::open().await;
    let number = number(&site.released).to_owned();
    let url = format!("{}/c/{number}", crate::world::URL);
    let by_number = ["登记记录", "证书状态", "未被吊销，未被更换"];
    let by_code = ["二维码中的签名", "与登记一致", "证书状态"];
    for (path, lines) in [(format!("/c/{number}"), by_number), (format!("/q/{}", site.digits(&site.released)), by_code)] {
        let answer = site.get(&path).await;
        let page = answer.page(200);
        let (_, checked) = page.split_once("检查了什么").unwrap();
        for line in lines.into_iter().chain([url.as_str(), "北京时间"]) {
            assert!(checked.contains(line), "{line}: {checked}");
        }
        assert!(!checked.contains("class=\"failed\""));
    }
    let forged = site.get("/q/123").await;
    assert!(!forged.page(422).contains("class=\"passed\""));
    let said: Value = site.get(&format!("/api/v1/certificates/{number}")).await.json();
    assert_eq!(said["url"], url);
}
