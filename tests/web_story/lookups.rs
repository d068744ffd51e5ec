//! The start page, and lookups by certificate number and by identity number, through pages and API.

use serde_json::{Value, json};

use crate::site::{Answer, IDENTITY, STRANGER, Site, WINNER, encode, number, spellings};

const NUMBER_API: &str = "/api/v1/certificates";
const LOOKUP_API: &str = "/api/v1/lookups";
const MASKED: &str = "***远";

/// The answer without the instant at which it was given.
fn facts(mut answer: Value) -> Value {
    assert!(answer["checked_at"].take().as_str().is_some_and(|at| at.ends_with("+08:00")), "{answer}");
    answer
}

/// Nothing in the answer gives the identity number away: neither its headers nor its body, in any case.
fn says_nothing_of(identity: &str, answer: &Answer) {
    let said = format!("{:?}{}", answer.headers, answer.text()).to_uppercase();
    // Whoever knows the first fourteen has the region and the birthday.
    assert!(!said.contains(&identity.to_uppercase()) && !said.contains(&identity[..14]), "{said}");
}

#[tokio::test]
async fn the_start_page_offers_every_way_and_brings_its_pictures() {
    let site = Site::open().await;
    let answer = site.get("/").await;
    let page = answer.page(200);
    for way in [r#"<form action="/lookup" method="get">"#, r#"name="number""#, r#"<form action="/lookup" method="post""#] {
        assert!(page.contains(way), "{way}");
    }
    assert!(page.contains(r#"name="identity_number""#) && page.contains(r#"href="/verify""#) && !page.contains("role=\"alert\""));
    let assets: Vec<&str> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
    for (ending, kind) in [(".css", "text/css; charset=utf-8"), (".svg", "image/svg+xml")] {
        let path = assets.iter().find(|path| path.ends_with(ending)).unwrap();
        let asset = site.get(path).await;
        assert_eq!((asset.status.as_u16(), asset.header("content-type")), (200, kind));
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(asset.text().contains(if ending == ".css" { "body" } else { "<svg" }));
    }
    // An address names its content: with another digest in it there is nothing, or old content would be kept for ever.
    site.get("/assets/style-0000000000000000.css").await.page(404);
    let favicon = site.get("/favicon.ico").await;
    assert!(assets.contains(&favicon.location()), "{assets:?}");
    assert_eq!(site.get("/lookup").await.location(), "/");
}

#[tokio::test]
async fn every_spelling_of_a_number_leads_to_one_page_and_one_answer() {
    let site = Site::open().await;
    let number = number(&site.released);
    let said = facts(site.get(&format!("{NUMBER_API}/{number}")).await.json());
    assert_eq!(said["state"], json!({ "code": "valid" }));
    assert_eq!(said["number"], number);
    assert_eq!(said["holder_masked"], MASKED);
    assert_eq!(said["achievement"]["zh"], "一等奖");
    assert_eq!(said["issued_on"], "2025-01-01");
    let page = site.get(&format!("/c/{number}")).await;
    let page = page.page(200);
    assert!(page.contains("证书有效") && !page.contains(WINNER) && !said.to_string().contains(WINNER), "{page}");
    let card = page.split_once("<article").unwrap().1;
    for shown in ["/number", "/kind/name_zh", "/achievement/zh", "/programme/name_zh", "/issuer/name_zh", "/holder_masked", "/issued_on"] {
        let shown = said.pointer(shown).and_then(Value::as_str).unwrap_or_else(|| panic!("{shown}: {said}"));
        assert!(card.contains(shown), "{shown}: {card}");
    }
    let canonical = format!("/c/{number}");
    assert_eq!(said["url"].as_str().unwrap().strip_prefix(crate::world::URL), Some(canonical.as_str()));
    for typed in spellings(number) {
        let path = encode(&typed);
        assert_eq!(site.get(&format!("/c/{path}")).await.location(), canonical, "{typed:?}");
        assert_eq!(site.get(&format!("/lookup?number={path}")).await.location(), canonical, "{typed:?}");
        assert_eq!(facts(site.get(&format!("{NUMBER_API}/{path}")).await.json()), said, "{typed:?}");
        let posted = facts(site.post_json(LOOKUP_API, &json!({ "number": typed })).await.json());
        assert_eq!(posted["certificates"].as_array().unwrap().len(), 1);
        assert_eq!(facts(posted["certificates"][0].clone()), said, "{typed:?}");
    }
}

#[tokio::test]
async fn an_unknown_number_is_met_with_what_to_try() {
    let site = Site::open().await;
    let slip = number(&site.released).replacen("LH142", "LH14O", 1).replacen("O0", "OO", 1);
    for unknown in [slip.as_str(), "LH14202599999", number(&site.unreleased)] {
        let answer = site.get(&format!("/c/{unknown}")).await;
        let page = answer.page(404);
        assert!(page.contains("未查到该证书") && page.contains(&format!("value=\"{unknown}\"")), "{page}");
        assert!(page.contains("尚未到开放查询的日期") && page.contains(r#"href="/verify""#), "{page}");
        assert_eq!(page.contains("第 5 位是字母 O，是否应为数字 0？"), unknown == slip, "{page}");
        let problem = site.get(&format!("{NUMBER_API}/{unknown}")).await.problem(404, "certificate_not_found");
        assert_eq!(problem["title_zh"], "未查到该证书");
        // The same hints as the page's, none of which depends on what is on record.
        let hints = problem["hints"].as_array().unwrap();
        assert!(hints.iter().all(|hint| page.contains(hint["hint_zh"].as_str().unwrap())), "{hints:?}: {page}");
        // A number of the year 2148 is not believed yet, whether it is on record or not.
        let first = if unknown == slip {
            "lookalike"
        } else if unknown.contains("2148") {
            "year"
        } else {
            "digits"
        };
        assert_eq!(hints[0]["code"], first);
        let found = site.post_json(LOOKUP_API, &json!({ "number": unknown })).await.json();
        assert_eq!(found["certificates"], json!([]));
    }
}

#[tokio::test]
async fn what_is_no_number_is_refused_with_the_place_by_page_and_api() {
    let site = Site::open().await;
    let long = "9".repeat(300);
    let refused = [
        ("", "请输入证书编号"),
        ("\u{3000}", "请输入证书编号"),
        ("LH1", "您输入了 3 位"),
        ("LH14-2025é0001", "第 9 位的“É”"),
        ("LH14!2025", "第 5 位的“!”"),
        (long.as_str(), "300 位"),
    ];
    for (typed, says) in refused {
        let problem = site.post_json(LOOKUP_API, &json!({ "number": typed })).await.problem(400, "invalid_number");
        let detail = problem["detail_zh"].as_str().unwrap();
        assert!(detail.contains(says), "{detail}");
        let page = site.get(&format!("/lookup?number={}", encode(typed))).await;
        assert!(page.page(400).contains(detail), "{}", page.text());
        if !typed.is_empty() {
            let path = encode(typed);
            assert!(site.get(&format!("/c/{path}")).await.page(400).contains(detail));
            assert_eq!(site.get(&format!("{NUMBER_API}/{path}")).await.problem(400, "invalid_number")["detail_zh"], detail);
        }
    }
    // What was typed comes back into the field, as text and not as markup, and never more than the field takes.
    let page = site.get(&format!("/lookup?number={}", encode("\"><script>alert(1)</script>"))).await;
    assert!(page.page(400).contains("alert(1)"), "{}", page.text());
    assert!(!site.get(&format!("/lookup?number={long}")).await.page(400).contains(&"9".repeat(101)));
    // A mistyped identity number is no number either, and is seen as what it is.
    for typed in ["110105194912310é2X", "1101051949123100２!"] {
        let page = site.get(&format!("/lookup?number={}", encode(typed))).await;
        assert!(page.page(400).contains("不是证书编号") && !page.text().contains("110105"), "{}", page.text());
    }
    site.get("/c/%FF").await.page(400);
    site.get(&format!("{NUMBER_API}/%FF")).await.problem(400, "invalid_number");
    site.get("/lookup?number=LH14202500001&number=LH14202500002").await.page(400);
}

#[tokio::test]
async fn an_identity_number_finds_what_is_released_and_is_never_repeated() {
    let site = Site::open().await;
    let number = number(&site.released);
    let said = facts(site.get(&format!("{NUMBER_API}/{number}")).await.json());
    for typed in [IDENTITY.to_owned()].into_iter().chain(spellings(IDENTITY)) {
        let page = site.post_form("/lookup", &[("document_kind", ""), ("identity_number", &typed)]).await;
        let text = page.page(200);
        assert!(text.contains(&format!("href=\"/c/{number}\"")) && text.contains(MASKED) && text.contains("共 1 份证书"), "{text}");
        assert!(text.contains("居民身份证") && text.contains("110***********002X"), "{text}");
        let answer = site.post_json(LOOKUP_API, &json!({ "identity_number": typed })).await;
        let found = answer.json();
        assert_eq!(found["certificates"].as_array().unwrap().len(), 1, "{found}");
        assert_eq!(facts(found["certificates"][0].clone()), said);
        for answer in [page, answer] {
            says_nothing_of(IDENTITY, &answer);
            assert!(!answer.text().contains(WINNER) && !answer.text().contains(crate::site::number(&site.unreleased)));
        }
    }
    let named = json!({ "identity_number": IDENTITY, "document_kind": "resident" });
    assert_eq!(site.post_json(LOOKUP_API, &named).await.json()["certificates"].as_array().unwrap().len(), 1);
    let nobody = site.post_form("/lookup", &[("identity_number", STRANGER)]).await;
    assert!(nobody.page(200).contains("没有可公开查询的证书"));
    says_nothing_of(STRANGER, &nobody);
    assert_eq!(site.post_json(LOOKUP_API, &json!({ "identity_number": STRANGER })).await.json()["certificates"], json!([]));
}

#[tokio::test]
async fn a_wrong_identity_number_is_refused_without_being_repeated() {
    let site = Site::open().await;
    let refused = [
        ("110105194912310021", "", "号码末位校验码不符"),
        ("110105194902310020", "", "出生日期"),
        (IDENTITY, "taiwan-permit", "台湾居民来往大陆通行证"),
        (IDENTITY, "driving-licence", "请选择列表中的证件类型"),
        ("  ", "", "请输入证件号码"),
        ("11010519491231002X11010519491231002X", "", "格式不对，应为18 位"),
    ];
    for (typed, kind, says) in refused {
        let page = site.post_form("/lookup", &[("identity_number", typed), ("document_kind", kind)]).await;
        let text = page.page(400);
        assert!(text.contains(says) && text.contains("role=\"alert\""), "{says}: {text}");
        assert_eq!(text.contains("value=\"taiwan-permit\" selected"), kind == "taiwan-permit", "{text}");
        let asked =
            if kind.is_empty() { json!({ "identity_number": typed }) } else { json!({ "identity_number": typed, "document_kind": kind }) };
        let answer = site.post_json(LOOKUP_API, &asked).await;
        assert!(text.contains(answer.problem(400, "invalid_identity_number")["detail_zh"].as_str().unwrap()));
        if typed.len() >= 14 {
            says_nothing_of(typed, &page);
            says_nothing_of(typed, &answer);
        }
    }
    site.post_form("/lookup", &[("document_kind", "resident")]).await.page(400);
    site.post("/lookup", "text/plain", IDENTITY).await.page(415);
}

#[tokio::test]
async fn an_identity_number_in_the_form_for_numbers_goes_no_further() {
    let site = Site::open().await;
    for typed in [IDENTITY.to_owned()].into_iter().chain(spellings(IDENTITY)) {
        for head in ["/lookup?number=", "/c/"] {
            let answer = site.get(&format!("{head}{}", encode(&typed))).await;
            assert!(answer.page(400).contains("不是证书编号"), "{head}{typed:?}: {}", answer.text());
            says_nothing_of(IDENTITY, &answer);
        }
        let answer = site.get(&format!("{NUMBER_API}/{}", encode(&typed))).await;
        let problem = answer.problem(404, "certificate_not_found");
        assert_eq!((problem["hints"].as_array().unwrap().len(), &problem["hints"][0]["code"]), (1, &json!("identity_number")));
        says_nothing_of(IDENTITY, &answer);
    }
    // Nor does one with a slip in it: a wrong check character, a digit too few, a digit too many, a letter for a digit.
    for typed in ["110105194912310021", "11010519491231002", "1101051949123100221", "11O10519491231002X"] {
        for path in [format!("/lookup?number={typed}"), format!("/c/{typed}"), format!("{NUMBER_API}/{typed}")] {
            let answer = site.get(&path).await;
            assert!(answer.text().contains("不是证书编号") && !answer.text().contains(&typed[..14]), "{path}: {}", answer.text());
            assert!(!format!("{:?}", answer.headers).contains(&typed[..14]), "{path}");
        }
        let answer = site.post_form(&format!("/c/{typed}"), &[("holder", WINNER)]).await;
        assert!(answer.page(400).contains("不是证书编号") && !answer.text().contains(&typed[..14]));
    }
}

#[tokio::test]
async fn a_lookup_by_the_api_takes_one_question_in_one_form() {
    let site = Site::open().await;
    let number = number(&site.released);
    let bad = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        json!([number, null, null]).to_string(),
        json!({ "number": 3 }).to_string(),
        json!({ "number": null }).to_string(),
        json!({ "number": number, "identity_number": IDENTITY }).to_string(),
        json!({ "number": number, "document_kind": "resident" }).to_string(),
        json!({ "document_kind": "resident" }).to_string(),
        json!({ "identity_number": IDENTITY, "name": WINNER }).to_string(),
        format!("{{\"number\": \"{number}\", \"number\": \"{number}\"}}"),
        format!("{{\"identity_number\": \"{IDENTITY}\"}} {IDENTITY}"),
    ];
    for body in bad {
        let answer = site.post(LOOKUP_API, "application/json", body.clone()).await;
        assert_eq!(answer.problem(400, "bad_request")["title"], "The request cannot be understood", "{body}");
        says_nothing_of(IDENTITY, &answer);
    }
    let body = json!({ "number": number }).to_string();
    site.post(LOOKUP_API, "text/plain", body.clone()).await.problem(415, "unsupported_media_type");
    let answer = site.post(LOOKUP_API, "application/json; charset=utf-8", body).await;
    assert_eq!(answer.json()["certificates"][0]["number"], number);
}
