//! Each page in the reader's language, and in that one alone.

use axum::body::Body;
use axum::http::{Request, header};

use crate::site::{Answer, IDENTITY, STRANGER, Site, WINNER, encode, in_2200, number};

const FORM: &str = "application/x-www-form-urlencoded";

/// Every page and state, as its reader gets there: path, type of the body, body.
async fn every_page(site: &Site) -> Vec<(String, &'static str, Vec<u8>)> {
    let known = number(&site.released).to_owned();
    let get = |path: &str| (path.to_owned(), "", Vec::new());
    let post = |path: &str, body: String| (path.to_owned(), FORM, body.into_bytes());
    let (digits, early) = (site.digits(&site.released), site.digits(&site.unreleased));
    let mut pages: Vec<_> =
        ["/", "/verify", "/problems", "/nowhere", "/c/LH14202599999", "/c/LH142O2599999", "/c/QX", "/q/123"].map(get).into();
    pages.extend(["", "/student", "/school", "/reviewer", "/issuer", "/employer", "/nothing"].map(|guide| get(&format!("/help{guide}"))));
    pages.extend(
        [format!("/c/{known}"), format!("/q/{digits}"), format!("/q/{early}"), site.link(&site.released, in_2200())].map(|p| get(&p)),
    );
    pages.push(get(&format!("/lookup?number={IDENTITY}")));
    for identity in [IDENTITY, STRANGER, "110105194912310021", ""] {
        pages.push(post("/lookup", format!("identity_number={identity}")));
    }
    for name in [WINNER, "李四", ""] {
        pages.push(post(&format!("/c/{known}"), format!("holder={}", encode(name))));
    }
    let pdf = site.pdf(&site.released).await;
    for file in [&pdf[..], &pdf[..pdf.len() - 1], b"%PDF-", b""] {
        let head = b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
        pages.push(("/verify".to_owned(), "multipart/form-data; boundary=cut", [&head[..], file, b"\r\n--cut--\r\n"].concat()));
    }
    pages
}

async fn ask(site: &Site, page: &(String, &'static str, Vec<u8>), headers: &[(header::HeaderName, &str)]) -> Answer {
    let (path, kind, body) = page;
    let mut request = if kind.is_empty() { Request::get(path) } else { Request::post(path).header(header::CONTENT_TYPE, *kind) };
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    site.ask(request.body(Body::from(body.clone())).unwrap()).await
}

/// The page without what is marked as Chinese; such elements have no others in them.
pub fn without_marked_chinese(page: &str) -> String {
    let mut rest = page.replacen("<html lang=\"zh-CN\"", "<html", 1);
    while let Some(at) = rest.find(" lang=\"zh-CN\"") {
        let end = at + rest[at..].find("</").unwrap();
        rest.replace_range(at..end, ">");
    }
    rest
}

/// Whether caches are told that the answer depends on its reader's language.
fn varies(answer: &Answer) -> bool {
    answer.headers.get_all(header::VARY).iter().any(|value| value == "accept-language, cookie")
}

pub fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&c)
}

#[tokio::test]
async fn an_english_page_has_no_chinese_but_what_is_on_record() {
    let site = Site::open().await;
    for page in every_page(&site).await {
        let answer = ask(&site, &page, &[(header::ACCEPT_LANGUAGE, "en-GB,en;q=0.9")]).await;
        let text = answer.text();
        assert!(text.contains("<html lang=\"en\">"), "{}: {text}", page.0);
        let plain = without_marked_chinese(text);
        if let Some(at) = plain.find(is_han) {
            let from = plain[..at].char_indices().rev().nth(80).map_or(0, |(i, _)| i);
            panic!("{} {}: …{}", page.0, answer.status, plain[from..].chars().take(160).collect::<String>());
        }
        assert!(varies(&answer), "{}: {:?}", page.0, answer.headers);

        let answer = ask(&site, &page, &[]).await;
        assert!(answer.text().contains("<html lang=\"zh-CN\">"), "{}", page.0);
        let words = ["Look up", "Verify a file", "Certificate", "Number", "Issuer", "Checked", "passed", "failed", "This "];
        let visible: String = answer.text().split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
        let said = visible.replace("English", "");
        assert_eq!(words.into_iter().find(|word| said.contains(word)), None, "{}: {said}", page.0);
    }
}

#[tokio::test]
async fn a_choice_is_kept_and_every_page_leads_to_the_other_language() {
    let site = Site::open().await;
    let path = format!("/c/{}", number(&site.released));
    let chosen = site.get(&format!("{path}?lang=en")).await;
    let page = chosen.page(200);
    let cookie = chosen.header("set-cookie");
    assert!(cookie.starts_with("lang=en; Path=/; Max-Age=") && cookie.contains("SameSite=Lax; HttpOnly; Secure"), "{cookie}");
    assert!(
        page.contains("1 January 2025") && page.contains("datetime=\"2025-01-01\"") && page.contains("This certificate stands"),
        "{page}"
    );
    for link in [
        format!("<link rel=\"alternate\" hreflang=\"en\" href=\"{path}?lang=en\">"),
        format!("<link rel=\"alternate\" hreflang=\"zh-CN\" href=\"{path}?lang=zh\">"),
        format!("href=\"{path}?lang=zh\" hreflang=\"zh-CN\" lang=\"zh-CN\""),
    ] {
        assert!(page.contains(&link), "{link}: {page}");
    }
    // The record's English names, and the Chinese ones that the paper has.
    assert!(page.contains("Lanhai Cup Organising Committee") && page.contains("<span class=\"beside\" lang=\"zh-CN\">蓝海杯"), "{page}");

    let kept = |value| [(header::COOKIE, value), (header::ACCEPT_LANGUAGE, "zh-CN")];
    let get = (path.clone(), "", Vec::new());
    assert!(ask(&site, &get, &kept("lang=en")).await.text().contains("<html lang=\"en\">"));
    let page = ask(&site, &get, &kept("lang=fr")).await;
    assert!(page.text().contains("<html lang=\"zh-CN\">") && page.text().contains("2025年1月1日"), "{}", page.text());
    assert_eq!(page.header("set-cookie"), "");
    // A redirection keeps the choice too; the API speaks both at once and keeps nothing.
    let moved = site.get(&format!("/c/{}?lang=en", number(&site.released).to_lowercase())).await;
    assert_eq!(moved.location(), path);
    assert!(moved.header("set-cookie").starts_with("lang=en;"));
    assert!(!varies(&site.get(&format!("/api/v1{}", path.replace("/c/", "/certificates/"))).await));
}

#[tokio::test]
async fn no_page_leads_elsewhere_or_repeats_a_wrong_address() {
    let site = Site::open().await;
    for path in ["//elsewhere.example/a", "//elsewhere.example", "/nowhere/%E6%9D%8E%E6%98%8E", &format!("/c/{IDENTITY}"), "/c/QX%21"] {
        let answer = site.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        for part in ["elsewhere", "nowhere/", "%E6", &IDENTITY[..14], "QX%21"] {
            assert!(!answer.text().contains(part), "{path}: {}", answer.text());
        }
        assert!(answer.text().contains("href=\"/?lang=en\""), "{path}: {}", answer.text());
    }
}
