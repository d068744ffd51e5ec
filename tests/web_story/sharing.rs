//! What a holder decides about others: a link for one reader, and whether an identity number finds anything.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::json;
use yinxin::domain::certificate::Certificate;

use crate::site::{Answer, IDENTITY, STRANGER, Site, WINNER, encode, in_2200, number};
use crate::world::URL;

const PURPOSE: &str = "入职 星河科技";

fn holder(site: &Site, certificate: &Certificate) -> String {
    site.link(certificate, in_2200())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before}: {text}"));
    rest.split_once(after).unwrap().0
}

async fn nonce(site: &Site, link: &str) -> String {
    between(site.get(&format!("{link}/sharing")).await.page(200), "name=\"nonce\" value=\"", "\"").to_owned()
}

async fn make(site: &Site, link: &str, purpose: &str, days: &str) -> Answer {
    let nonce = nonce(site, link).await;
    site.post_form(&format!("{link}/sharing"), &[("purpose", purpose), ("days", days), ("nonce", &nonce)]).await
}

/// The path of the link that a page shows.
fn made(page: &str) -> String {
    between(page, "readonly>", "</textarea>").strip_prefix(URL).unwrap().to_owned()
}

async fn from_elsewhere(site: &Site, path: &str, body: &str) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(body.to_owned()))
        .unwrap();
    site.ask(request).await
}

#[tokio::test]
async fn a_link_shows_the_whole_certificate_to_who_clicks_and_its_holder_sees_when() {
    let site = Site::open().await;
    let link = holder(&site, &site.released);
    assert!(site.get(&link).await.page(200).contains(&format!("href=\"{link}/sharing\"")));
    assert!(site.get(&format!("{link}/sharing")).await.page(200).contains("还没有链接"));
    let page = make(&site, &link, PURPOSE, "7").await;
    let shared = made(page.page(200));
    assert!(shared.starts_with("/s/") && shared.len() == 25 && page.text().contains(PURPOSE), "{shared}");

    // A messenger's preview asks for the page, and for its head: it learns nothing and is not counted.
    for method in [Method::GET, Method::HEAD] {
        let preview = site.ask(Request::builder().method(method).uri(&shared).body(Body::empty()).unwrap()).await;
        assert_eq!(preview.status, 200);
        for hidden in [WINNER, number(&site.released), PURPOSE, "一等奖"] {
            assert!(!preview.text().contains(hidden), "{hidden}");
        }
    }
    assert!(site.get(&format!("{link}/sharing")).await.page(200).contains("尚未打开"));

    // The click.
    let open = site.post_form(&shared, &[]).await.location().to_owned();
    assert!(open.starts_with(&format!("{shared}/")), "{open}");
    let page = site.get(&open).await;
    for shown in [WINNER, number(&site.released), PURPOSE, "一等奖", "蓝海大学", "星海", "仅供一位查看人", "证书有效"] {
        assert!(page.page(200).contains(shown), "{shown}: {}", page.text());
    }
    let file = site.get(&format!("{open}/pdf")).await;
    assert_eq!((file.status.as_u16(), file.body), (200, site.pdf(&site.released).await));
    let picture = site.get(&format!("{open}/png")).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
    let sharing = site.get(&format!("{link}/sharing")).await;
    assert!(sharing.page(200).contains("已打开 1 次") && !sharing.text().contains(&shared), "the link itself is shown once");
    site.post_form(&shared, &[]).await.location();
    assert!(site.get(&format!("{link}/sharing?lang=en")).await.page(200).contains("Opened 2 times"));

    // A made-up pass leads back to the button; a made-up link is none.
    let wrong = format!("{}A", &open[..open.len() - 1]);
    let stale = format!("{shared}/1700000000000.AAAAAAAAAAAAAAAAAAAAAA");
    for pass in [wrong.as_str(), &stale, &format!("{shared}/x")] {
        if *pass != open {
            assert_eq!(site.get(pass).await.location(), shared);
            site.get(&format!("{pass}/pdf")).await.page(410);
        }
    }
    for none in ["/s/AAAAAAAAAAAAAAAAAAAAAA", "/s/x", "/s/AAAAAAAAAAAAAAAAAAAAAA/1.A"] {
        assert!(site.get(none).await.page(404).contains("分享链接无效"), "{none}");
    }
    site.post_form("/s/AAAAAAAAAAAAAAAAAAAAAA", &[]).await.page(404);

    // Ended by its holder, and by nobody else.
    let sharing = site.get(&format!("{link}/sharing")).await;
    let end = between(sharing.page(200), &format!("action=\"{link}/sharing/"), "\"").to_owned();
    from_elsewhere(&site, &format!("{link}/sharing/{end}"), "").await.page(403);
    let others = holder(&site, &site.other);
    site.post_form(&format!("{others}/sharing/{end}"), &[]).await.location();
    site.get(&shared).await.page(200);
    assert_eq!(site.post_form(&format!("{link}/sharing/{end}"), &[]).await.location(), format!("{link}/sharing"));
    for path in [shared.clone(), open.clone(), format!("{open}/pdf"), format!("{open}/png")] {
        let closed = site.get(&path).await;
        assert!(
            closed.page(410).contains("分享链接已失效") && !closed.text().contains(WINNER) && !closed.text().contains(PURPOSE),
            "{path}"
        );
    }
    site.post_form(&shared, &[]).await.page(410);
    let sharing = site.get(&format!("{link}/sharing")).await;
    assert!(sharing.page(200).contains("已停止") && sharing.text().contains("已打开 2 次"), "{}", sharing.text());
}

#[tokio::test]
async fn a_link_is_made_once_from_a_form_and_only_from_here() {
    let site = Site::open().await;
    let link = holder(&site, &site.released);
    let path = format!("{link}/sharing");
    let nonce = nonce(&site, &link).await;
    let fields = [("purpose", PURPOSE), ("days", "1"), ("nonce", nonce.as_str())];
    let (one, two) = (site.post_form(&path, &fields).await, site.post_form(&path, &fields).await);
    assert_eq!(made(one.page(200)), made(two.page(200)));
    assert_eq!(two.text().matches("/end\"").count(), 1, "{}", two.text());
    let body = format!("purpose={}&days=1&nonce={nonce}", encode("别处"));
    assert!(from_elsewhere(&site, &path, &body).await.page(403).contains("请求来自其他网站"));
    for (purpose, says) in [("", "请填写用途"), (&*"入".repeat(61), "用途有 61 个字")] {
        let page = make(&site, &link, purpose, "30").await;
        assert!(page.page(400).contains(says) && page.text().contains("role=\"alert\""), "{}", page.text());
    }
    let bad = [[("purpose", "x"), ("days", "8"), ("nonce", nonce.as_str())], [("purpose", "x"), ("days", "7"), ("nonce", "AAAA")]];
    for fields in bad {
        site.post_form(&path, &fields).await.page(400);
    }
    for (token, status) in [("x".to_owned(), 404), (site.link(&site.released, site.world.now), 410)] {
        let token = token.trim_start_matches("/d/");
        site.get(&format!("/d/{token}/sharing")).await.page(status);
        site.post_form(&format!("/d/{token}/sharing"), &fields).await.page(status);
        site.post_form(&format!("/d/{token}/listing"), &[("unlisted", "true")]).await.page(status);
    }
    // So many and no more.
    for _ in 1..20 {
        made(make(&site, &link, PURPOSE, "90").await.page(200));
    }
    let full = make(&site, &link, PURPOSE, "90").await;
    assert!(full.page(400).contains("已有 20 个有效链接"), "{}", full.text());
}

#[tokio::test]
async fn who_does_not_want_to_be_found_looks_like_a_person_without_certificates() {
    let site = Site::open().await;
    let link = holder(&site, &site.released);
    let ask = async |identity: &str| {
        let page = site.post_form("/lookup", &[("identity_number", identity)]).await.page(200).to_owned();
        let api = site.post_json("/api/v1/lookups", &json!({ "identity_number": identity })).await.json();
        (page, api["certificates"].as_array().map(Vec::len))
    };
    assert_eq!(ask(IDENTITY).await.1, Some(1));
    let sharing = format!("{link}/sharing");
    assert!(site.get(&sharing).await.page(200).contains("不允许他人用我的证件号码查询"));
    from_elsewhere(&site, &format!("{link}/listing"), "unlisted=true").await.page(403);
    assert_eq!(ask(IDENTITY).await.1, Some(1));
    assert_eq!(site.post_form(&format!("{link}/listing"), &[("unlisted", "true")]).await.location(), sharing);
    assert!(site.get(&sharing).await.page(200).contains("已关闭"));

    let ((hidden, none), (stranger, nothing)) = (ask(IDENTITY).await, ask(STRANGER).await);
    assert_eq!((none, nothing), (Some(0), Some(0)));
    // The pages differ in what was typed, masked, and in the time.
    let plain = |page: &str, shown: &str| {
        let page = page.replace(shown, "MASK");
        let (before, rest) = page.split_once("<time ").unwrap();
        format!("{before}{}", rest.split_once("</time>").unwrap().1)
    };
    let mask = |identity: &str| yinxin::domain::identity::IdentityDocument::parse_any(identity).unwrap().masked();
    assert_eq!(plain(&hidden, &mask(IDENTITY)), plain(&stranger, &mask(STRANGER)));

    // The other doors are as before.
    site.get(&format!("/c/{}", number(&site.released))).await.page(200);
    assert!(site.get(&format!("/q/{}", site.digits(&site.released))).await.page(200).contains(WINNER));
    site.get(&link).await.page(200);
    site.post_form(&format!("{link}/listing"), &[("unlisted", "false")]).await.location();
    assert_eq!(ask(IDENTITY).await.1, Some(1));
    site.post_form(&format!("{link}/listing"), &[("unlisted", "maybe")]).await.page(400);
}
