//! Files that are not genuine, and pictures, through the door for files: what the page and the API say of them.

use yinxin::document::preview::{self, Dpi, Ink};

use crate::site::{Site, WINNER, number};

const API: &str = "/api/v1/verifications";

#[tokio::test]
async fn a_photograph_is_shown_beside_what_its_code_proves() {
    let site = Site::open().await;
    let (pdf, number) = (site.pdf(&site.released).await, number(&site.released));
    let png = preview::png(&pdf, Dpi::SHARED, Ink::Grey).unwrap();
    let page = site.post_file("/verify", "file", &png).await;
    for shown in ["二维码真实，图片请逐项核对", "data:image/jpeg;base64,/9j/", WINNER, number, "一等奖", "该证书目前有效"]
    {
        assert!(page.page(200).contains(shown), "{shown}: {}", page.text());
    }
    assert!(page.header("content-security-policy").contains("img-src 'self' data:;"));
    assert!(!page.text().contains("真实、完整、有效") && !page.text().contains("role=\"alert\""));
    let said = site.post(API, "image/png", png.clone()).await.json();
    assert_eq!(
        (&said["verdict"], &said["code"]["status"], &said["code"]["holder"]),
        (&"code_proven".into(), &"proven".into(), &WINNER.into())
    );
    assert_eq!((&said["certificate"], &said["claimed"]["number"], &said["reasons"]), (&().into(), &number.into(), &serde_json::json!([])));
    // What a picture shows is not said to be the same as anything: that is for its reader to see.
    assert_eq!((said.get("picture"), &said["fields"]), (None, &serde_json::json!([])));

    // As a telephone makes it, small and lying on its side.
    let mut jpeg = Vec::new();
    let picture = image::load_from_memory(&png).unwrap().rotate90().into_rgb8();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 40).encode_image(&picture).unwrap();
    assert_eq!(site.post(API, "image/jpeg", jpeg).await.json()["verdict"], "code_proven");
    // Too small for any reader.
    let tiny = picture_of(&png, 160);
    let said = site.post(API, "image/png", tiny.clone()).await.json();
    assert_eq!((&said["verdict"], &said["reasons"][0]["code"]), (&"no_code".into(), &"code_not_found".into()), "{said}");
    let page = site.post_file("/verify", "file", &tiny).await;
    assert!(page.page(200).contains("没有可核对的二维码") && page.text().contains("靠近二维码重拍"), "{}", page.text());
}

/// The picture with that width, as PNG.
fn picture_of(png: &[u8], width: u32) -> Vec<u8> {
    let small = image::load_from_memory(png).unwrap().thumbnail(width, width);
    let mut out = std::io::Cursor::new(Vec::new());
    small.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

#[tokio::test]
async fn an_altered_file_is_shown_beside_its_record() {
    let site = Site::open().await;
    let (pdf, number) = (site.pdf(&site.released).await, number(&site.released));
    let later = [&pdf[..], b"9 0 obj <</Type/Annot/Subtype/FreeText>> endobj\nstartxref\n0\n%%EOF\n"].concat();
    let said = site.post(API, "application/pdf", later.clone()).await.json();
    assert_eq!((&said["verdict"], &said["reasons"][0]["code"]), (&"not_genuine".into(), &"revised_annotation".into()), "{said}");
    assert_eq!((&said["certificate"], &said["claimed"]["number"]), (&().into(), &number.into()));
    let page = site.post_file("/verify", "file", &later).await;
    for shown in ["未通过验证，不可信", "签发之后被加上了批注", "登记记录", "一等奖", "但这不能说明本文件是真的"]
    {
        assert!(page.page(200).contains(shown), "{shown}: {}", page.text());
    }
    let genuine = site.post(API, "application/pdf", pdf).await.json();
    let fields = genuine["fields"].as_array().unwrap();
    assert!(
        fields.len() >= 8 && fields.iter().all(|line| line["comparison"] == "same" && line["in_file"] == line["in_record"]),
        "{fields:?}"
    );
}

#[tokio::test]
async fn every_forged_file_is_answered_by_page_or_api() {
    let site = Site::open().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forged");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_file = path.extension().is_some_and(|e| e == "pdf" || e == "jpg");
        let data = if is_file { std::fs::read(&path).unwrap() } else { continue };
        count += 1;
        if data.is_empty() {
            site.post_file("/verify", "file", &data).await.page(400);
        } else if count % 2 == 0 {
            let page = site.post_file("/verify", "file", &data).await;
            assert!(
                page.page(200).contains("data-reason=\"") && !page.text().contains("真实、完整、有效"),
                "{}: {}",
                path.display(),
                page.text()
            );
        } else {
            let said = site.post(API, "application/pdf", data).await.json();
            assert!(
                !said["verdict"].as_str().unwrap().contains("genuine") || said["verdict"] == "not_genuine",
                "{}: {said}",
                path.display()
            );
            assert!(said["reasons"][0]["code"].is_string() && said["certificate"].is_null(), "{}: {said}", path.display());
        }
    }
    assert!(count >= 50, "{count}");
}
