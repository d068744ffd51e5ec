//! The guides on the site: each page, each of their links, and each link to them from other pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, header};

use crate::languages::{is_han, without_marked_chinese};
use crate::site::{Answer, Site, ask_plainly};

const GUIDES: [&str; 5] = ["student", "school", "reviewer", "issuer", "employer"];
const PAPERS: [&str; 5] = ["award-lists", "portraits", "statements", "qr-code", "certificate-json"];

async fn get(site: &Site, path: &str, language: &str) -> Answer {
    site.ask(Request::get(path).header(header::ACCEPT_LANGUAGE, language).body(Body::empty()).unwrap()).await
}

/// The values of an attribute.
fn all<'a>(page: &'a str, attribute: &str) -> BTreeSet<&'a str> {
    page.split(&format!(" {attribute}=\"")).skip(1).map(|rest| rest.split_once('"').unwrap().0).collect()
}

/// What stands between head and foot.
fn main_of(page: &str) -> &str {
    page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0
}

/// Whether a link leads somewhere: to a place on its own page, to a page and its place, to a page that asks for a session first.
async fn leads(site: &Site, page: &str, link: &str, language: &str) -> bool {
    let (path, place) = link.split_once('#').map_or((link, None), |(path, place)| (path, Some(place)));
    if path.starts_with("https://") {
        return true;
    }
    if path.is_empty() {
        return place.is_some_and(|place| all(page, "id").contains(place));
    }
    let request = Request::get(path).header(header::ACCEPT_LANGUAGE, language).body(Body::empty()).unwrap();
    let there = ask_plainly(&site.router, request).await;
    match there.status.as_u16() {
        200 => place.is_none_or(|place| all(there.text(), "id").contains(place)),
        303 => place.is_none() && there.header("location").starts_with("/sign-in"),
        _ => false,
    }
}

#[tokio::test]
async fn every_link_of_every_guide_leads_somewhere() {
    let site = Site::open().await;
    let mut followed = 0;
    for name in GUIDES.into_iter().chain(PAPERS) {
        for language in ["zh", "en"] {
            let answer = get(&site, &format!("/help/{name}"), language).await;
            let page = answer.page(200);
            for link in all(page, "href").into_iter().filter(|link| !link.starts_with("/assets/")) {
                assert!(leads(&site, page, link, language).await, "{name} {language}: {link}");
                followed += 1;
            }
            let ids = page.matches(" id=\"").count();
            assert_eq!(all(page, "id").len(), ids, "{name} {language}: an id stands twice");
        }
    }
    assert!(followed > 300, "{followed}");
}

#[tokio::test]
async fn every_link_to_a_guide_leads_to_its_section() {
    let site = Site::open().await;
    let mut links = BTreeSet::new();
    collect(Path::new("src/web"), &mut links);
    for link in ["/help/student#claim-an-ability-certificate", "/help/employer#the-number", "/help/school", "/help/issuer#issuing"] {
        assert!(links.contains(link), "{link}: {links:?}");
    }
    for link in &links {
        for language in ["zh", "en"] {
            assert!(leads(&site, "", link, language).await, "{link} {language}");
        }
    }
}

/// The addresses of guides in the sources of the web.
fn collect(folder: &Path, links: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, links);
        } else if path.extension().is_some_and(|e| e == "html" || e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let found = text.split("\"/help").skip(1).map(|rest| format!("/help{}", rest.split('"').next().unwrap()));
            links.extend(found.filter(|link| !link.contains(['{', '?', '\n', ' ']) && link != "/help/"));
        }
    }
}

#[tokio::test]
async fn each_page_is_in_the_readers_language() {
    let site = Site::open().await;
    for name in GUIDES.into_iter().chain(PAPERS) {
        let english = get(&site, &format!("/help/{name}"), "en").await;
        // What the columns of an example are called is Chinese, as in the lists that it is one of.
        let labels = all(english.page(200), "data-label").into_iter().filter(|words| words.contains(is_han));
        let page = labels.fold(english.text().to_owned(), |page, words| page.replace(&format!(" data-label=\"{words}\""), ""));
        let plain = without_marked_chinese(&page);
        assert_eq!(plain.find(is_han).map(|at| plain[at..].chars().take(40).collect::<String>()), None, "{name}");
        let chinese = get(&site, &format!("/help/{name}"), "zh").await;
        let titles = [english.text(), chinese.page(200)].map(|page| page.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0);
        assert!(titles[1].contains(is_han) && !titles[0].contains(is_han), "{titles:?}");
        // Sections have one name in both languages, so that a link need not know its reader's.
        let [en, zh] = [english.text(), chinese.text()].map(|page| all(main_of(page), "id").len());
        assert!(en == zh && en >= 3, "{name}: {en} {zh}");
        assert_eq!(all(main_of(english.text()), "id"), all(main_of(chinese.text()), "id"), "{name}");
        for page in [english.text(), chinese.text()] {
            for path in ["zh", "en"].map(|code| format!("href=\"/help/{name}?lang={code}\"")) {
                assert!(page.contains(&path), "{name}: {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_guide_is_its_markdown() {
    let site = Site::open().await;
    let student = get(&site, "/help/student", "zh").await;
    let page = student.page(200);
    for part in [
        "<h1>学生与持证人指南</h1>",
        "<p class=\"lead\">给获奖选手、共同创作者和指导教师。</p>",
        "<h2 id=\"register\">注册账号</h2>",
        "<a href=\"#register\">注册账号</a>",
        "<b class=\"word\">“注册账号”</b>",
        "<a href=\"/account\"><code>/account</code></a>",
        "<th scope=\"row\">已退回</th>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for absent in ["README.md", "student.en.md", "&lt;", "**", "]("] {
        assert!(!main_of(page).contains(absent), "{absent}: {page}");
    }
    let english = get(&site, "/help/school", "en").await;
    assert!(english.page(200).contains("<b class=\"word\">“Register”</b>"), "{}", english.text());
    // The address of a section of another guide.
    assert!(get(&site, "/help/issuer", "en").await.page(200).contains("href=\"/help/reviewer#the-first-time\""));

    let index = get(&site, "/help", "en").await;
    let links = all(main_of(index.page(200)), "href");
    assert_eq!(links, GUIDES.map(|name| format!("/help/{name}")).iter().map(String::as_str).collect());
    assert!(index.text().contains("<b>winner, co-creator, instructor</b>"), "{}", index.text());
    for path in ["/help/", "/help/nothing", "/help/orders", "/help/README", "/help/student.md", "/help/Student"] {
        assert_eq!(get(&site, path, "en").await.status, 404, "{path}");
    }
    // Every page leads there.
    for path in ["/", "/verify", "/scan", "/notices", "/sign-in", "/nowhere", "/c/LH14202599999"] {
        let page = ask_plainly(&site.router, Request::get(path).body(Body::empty()).unwrap()).await;
        assert!(page.text().contains("<a href=\"/help\">帮助</a>"), "{path}");
    }
}

#[tokio::test]
async fn a_guide_that_a_browser_has_does_not_come_again() {
    let site = Site::open().await;
    let [zh, en] = [get(&site, "/help/student", "zh").await, get(&site, "/help/student", "en").await];
    assert_ne!(zh.header("etag"), en.header("etag"));
    for (language, tag, status) in [("zh", &zh, 304), ("en", &en, 304), ("en", &zh, 200)] {
        let request =
            Request::get("/help/student").header(header::ACCEPT_LANGUAGE, language).header(header::IF_NONE_MATCH, tag.header("etag"));
        let again = site.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!((again.status.as_u16(), again.body.is_empty()), (status, status == 304), "{language}");
    }
}
