//! The scanner's page with all its files, and the verify button for other sites: the few answers with headers of their own.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::site::{Answer, Site, number};
use crate::world::URL;

/// An answer as it comes; `site::ask` would look for the headers that every other page has.
async fn get(site: &Site, path: &str, language: &str) -> Answer {
    let request = Request::get(path).header("accept-language", language).body(Body::empty()).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec() }
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once(after)?.0)).collect()
}

#[tokio::test]
async fn the_scanner_comes_with_all_its_files_and_no_inline_script() {
    let site = Site::open().await;
    for (language, title) in [("zh", "扫码查验"), ("en", "Scan a certificate")] {
        let answer = get(&site, "/scan", language).await;
        let page = answer.page(200);
        assert!(page.contains(title), "{page}");
        assert!(page.contains("data-host=\"cert.yinxin.example\""));
        assert_eq!(answer.header("content-language"), if language == "zh" { "zh-CN" } else { "en" });
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.split("; ").any(|r| r == rule), "{policy}");
        }
        assert!(!policy.contains("unsafe") && answer.header("permissions-policy").starts_with("camera=(self), "));
        assert_eq!(page.matches("<script").count(), page.matches("<script type=\"module\" src=\"/assets/scan/").count());
        assert!(!page.contains(" style=") && !page.contains("<style"));
        let files = between(page, "=\"/assets/", "\"");
        assert!(files.len() > 12, "{files:?}");
        for file in files {
            let answer = get(&site, &format!("/assets/{file}"), language).await;
            assert_eq!(answer.status, 200, "{file}");
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{file}");
            if file.starts_with("scan/") {
                assert!(
                    answer.header("content-security-policy").contains("script-src 'self'"),
                    "a worker obeys its own script's policy: {file}"
                );
            }
        }
    }
    let worker = get(&site, "/sw.js", "en").await;
    assert_eq!((worker.header("content-type"), worker.header("cache-control")), ("text/javascript; charset=utf-8", "no-cache"));
    let kept = between(worker.text(), "'/assets/", "'");
    assert!(kept.len() >= 17, "{kept:?}");
    for file in &kept {
        assert_eq!(get(&site, &format!("/assets/{file}"), "en").await.status, 200, "{file}");
    }
    let manifest = get(&site, "/manifest.webmanifest", "en").await;
    let manifest: Value = serde_json::from_slice(&manifest.body).unwrap();
    assert_eq!(manifest["start_url"], "/scan");
    for icon in manifest["icons"].as_array().unwrap() {
        assert_eq!(get(&site, icon["src"].as_str().unwrap(), "en").await.status, 200, "{icon}");
    }
    let file = kept[0].strip_prefix("scan/").unwrap().split_once('/').unwrap().1;
    for path in [format!("/assets/scan/0000000000000000/{file}"), "/assets/scan/x/../style.css".into(), "/assets/scan/x/".into()] {
        assert_eq!(get(&site, &path, "en").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn nothing_but_an_empty_form_may_stand_in_a_frame() {
    let site = Site::open().await;
    let number = number(&site.released);
    let typed = format!("/embed?lang=en&number={}%20{}", &number[..5].to_lowercase(), &number[5..]);
    let answer = get(&site, &typed, "zh").await;
    let page = answer.page(200);
    assert!(answer.header("content-security-policy").ends_with("frame-ancestors *"), "{}", answer.header("content-security-policy"));
    assert!(!answer.header("content-security-policy").contains("script-src"));
    for absent in ["x-frame-options", "set-cookie"] {
        assert_eq!(answer.header(absent), "", "{absent}");
    }
    assert!(
        page.contains(&format!("value=\"{number}\"")) && page.contains("target=\"_blank\"") && page.contains("cert.yinxin.example"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("欧阳"), "{page}");
    for odd in ["%22%3E%3Cscript%3E", "../../x", "1", ""] {
        let answer = get(&site, &format!("/embed?number={odd}"), "zh").await;
        assert!(answer.page(200).contains("name=\"number\" value=\"\""), "{odd}");
    }
    for path in ["/", "/verify", "/scan", "/embed/guide", "/embed.js", "/lookup?number=x", &format!("/c/{number}")] {
        let answer = get(&site, path, "zh").await;
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
    let script = get(&site, "/embed.js", "zh").await;
    assert_eq!((script.status.as_u16(), script.header("cross-origin-resource-policy")), (200, "cross-origin"));
    assert!(script.body.len() < 2_500);
    let guide = get(&site, "/embed/guide", "zh").await;
    assert!(guide.page(200).contains(&format!("&lt;script src=\"{URL}/embed.js\" async&gt;")) && !guide.text().contains("<script"));
}
