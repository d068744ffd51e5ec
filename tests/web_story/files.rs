//! Verification of a file that is sent, through the form and through the API.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use yinxin::domain::digest::Digest;

use crate::site::{MAX_FILE, Site, WINNER, number};

const API: &str = "/api/v1/verifications";

#[tokio::test]
async fn the_issued_file_is_genuine_and_one_changed_byte_ends_that() {
    let site = Site::open().await;
    let (pdf, number) = (site.pdf(&site.released).await, number(&site.released));
    let answer = site.post_file("/verify", "file", &pdf).await;
    let page = answer.page(200);
    let digest = Digest::of(&pdf).to_string();
    for shown in ["真实、完整、有效", WINNER, number, "一等奖", "蓝海杯全国大学生软件创新大赛组织委员会", &digest]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("未通过"), "{page}");
    for said in [site.post(API, "application/pdf", pdf.clone()).await.json(), site.post_file(API, "file", &pdf).await.json()] {
        assert_eq!((&said["verdict"], &said["holder"]), (&"genuine".into(), &WINNER.into()), "{said}");
        assert_eq!((&said["certificate"]["number"], &said["sha256"]), (&number.into(), &digest.clone().into()));
        assert_eq!((&said["certificate"]["state"]["code"], &said["signed_at"]), (&"valid".into(), &"2025-01-01T00:00:00+08:00".into()));
        let checks = said["checks"].as_array().unwrap();
        assert!(checks.len() > 10 && checks.iter().all(|check| check["passed"] == true), "{checks:?}");
        assert!(checks.iter().all(|check| page.contains(check["name_zh"].as_str().unwrap())));
    }

    let flipped = |at: usize| pdf.iter().enumerate().map(|(i, byte)| if i == at { byte ^ 1 } else { *byte }).collect::<Vec<u8>>();
    let places = [0, 5_000, pdf.len() / 2, pdf.len() - 2].map(flipped);
    let others = [[&pdf[..], b"\n"].concat(), pdf[..pdf.len() / 2].to_vec(), b"hello".to_vec()];
    for file in places.into_iter().chain(others) {
        let answer = site.post_file("/verify", "file", &file).await;
        let page = answer.page(200);
        assert!(page.contains("未通过验证，不可信") && page.contains("class=\"failed\""), "{page}");
        assert!(page.contains("data-reason=\"") && !page.contains("真实、完整、有效"), "{page}");
        let said = site.post(API, "application/pdf", file).await.json();
        assert_eq!(said["verdict"], "not_genuine", "{said}");
        assert_eq!([&said["holder"], &said["certificate"], &said["signer"], &said["signed_at"]], [&Value::Null; 4], "{said}");
    }
}

#[tokio::test]
async fn a_genuine_file_before_its_release_is_not_said_to_stand() {
    let site = Site::open().await;
    let keep = site.world.service.link(&site.unreleased.facts.claims.number, crate::site::in_2200());
    let pdf = site.world.service.download(&keep, site.unreleased.release).await.unwrap().pdf;
    let said = site.post(API, "application/pdf", pdf.clone()).await.json();
    assert_eq!((&said["verdict"], &said["certificate"], &said["holder"]), (&"genuine_not_on_record".into(), &Value::Null, &Value::Null));
    let page = site.post_file("/verify", "file", &pdf).await;
    assert!(page.page(200).contains("签名真实，但本站没有公开记录") && !page.text().contains("真实、完整、有效"), "{}", page.text());
}

#[tokio::test]
async fn a_form_without_its_file_says_what_is_missing() {
    let site = Site::open().await;
    let form = site.get("/verify").await;
    assert!(form.page(200).contains("enctype=\"multipart/form-data\"") && form.text().contains("最大 1 MB"), "{}", form.text());
    assert!(!form.text().contains("role=\"alert\""));
    let pdf = site.pdf(&site.released).await;
    for (field, file) in [("datei", &pdf[..]), ("file", b"")] {
        let page = site.post_file("/verify", field, file).await;
        assert!(page.page(400).contains("请先选择要验证的证书文件") && page.text().contains("role=\"alert\""), "{}", page.text());
        assert_eq!(site.post_file(API, field, file).await.problem(400, "bad_request")["detail"], "No file was sent");
    }
    site.post(API, "application/pdf", Body::empty()).await.problem(400, "bad_request");
    site.post(API, "application/octet-stream", pdf.clone()).await.problem(415, "unsupported_media_type");
    site.ask(Request::post("/verify").body(Body::from(pdf.clone())).unwrap()).await.page(415);
    for (content_type, status) in [("application/pdf", 415), ("multipart/form-data", 415), ("multipart/form-data; boundary=other", 400)] {
        let head = b"--cut\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
        site.post("/verify", content_type, [head, &pdf[..]].concat()).await.page(status);
    }
    // Cut off before its end.
    let head = b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
    site.post(API, "multipart/form-data; boundary=cut", [head, &pdf[..]].concat()).await.problem(400, "bad_request");
}

#[tokio::test]
async fn a_file_may_be_as_large_as_the_limit_and_no_larger() {
    let site = Site::open().await;
    let zeros = vec![0; MAX_FILE];
    assert!(site.post_file("/verify", "file", &zeros).await.page(200).contains("不可信"));
    for sent in [site.post_file(API, "file", &zeros).await, site.post(API, "application/pdf", zeros).await] {
        assert_eq!(sent.json()["verdict"], "not_genuine");
    }
    // One byte, and so much that not even the rest is read.
    for size in [MAX_FILE + 1, 6 * MAX_FILE] {
        let file = vec![0; size];
        let page = site.post_file("/verify", "file", &file).await;
        assert!(page.page(413).contains("文件不能超过 1 MB。") && page.text().contains("用普通模式重拍"), "{}", page.text());
        for sent in [site.post_file(API, "file", &file).await, site.post(API, "application/pdf", file.clone()).await] {
            let detail = sent.problem(413, "too_large")["detail"].clone();
            let detail = detail.as_str().unwrap();
            assert!(detail.starts_with("A file may have at most 1 MB.") && detail.contains("crop it to the code"), "{detail}");
        }
    }
    let length = Request::post("/verify").header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
    let announced = length.header(header::CONTENT_LENGTH, 6 * MAX_FILE).body(Body::empty()).unwrap();
    assert!(site.ask(announced).await.page(413).contains("文件或内容过大"));
}
