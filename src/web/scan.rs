//! The scanner: a page that reads a certificate's code in the browser and checks its proof there, with no network too.
//!
//! Its modules lie under one address that names the content of all of them, so that they import each other by their own names, and may be
//! kept for ever. The service worker names them, and so is another one whenever one of them is.

use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::digest::Digest;
use crate::service::Service;

use super::headers::Allowance;
use super::language::Frame;
use super::{assets, pages};

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file below the scanner's address.
struct File {
    path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! file {
    ($path:literal, $content_type:expr) => {
        File { path: $path, content_type: $content_type, bytes: include_bytes!(concat!("static/", $path)) }
    };
}

/// The page's own script first, then the modules that it imports, then what is loaded where a browser lacks something.
static FILES: [File; 18] = [
    file!("scan/scan.js", SCRIPT),
    file!("scan/answer.js", SCRIPT),
    file!("scan/bytes.js", SCRIPT),
    file!("scan/camera.js", SCRIPT),
    file!("scan/canonical.js", SCRIPT),
    file!("scan/cbor.js", SCRIPT),
    file!("scan/ed25519.js", SCRIPT),
    file!("scan/gb18030.js", SCRIPT),
    file!("scan/heading.js", SCRIPT),
    file!("scan/proof.js", SCRIPT),
    file!("scan/reader.js", SCRIPT),
    file!("scan/states.js", SCRIPT),
    file!("scan/store.js", SCRIPT),
    file!("scan/decoder.js", SCRIPT),
    file!("vendor/noble-ed25519/index.js", SCRIPT),
    file!("vendor/qr/decode.js", SCRIPT),
    file!("vendor/qr/index.js", SCRIPT),
    file!("scan/icon.png", "image/png"),
];

/// How many files from the first on the page imports in any case.
const IMPORTED: usize = 13;

const SERVICE_WORKER: &str = include_str!("static/scan/sw.js");
/// What the page consists of beside its files.
const PAGE: [&str; 4] = [
    include_str!("pages/base.html"),
    include_str!("pages/parts.html"),
    include_str!("pages/scan.html"),
    include_str!("pages/scan_pieces.html"),
];

/// Names the content of everything that the scanner consists of.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digests = FILES.iter().map(|file| Digest::of(file.bytes).to_string() + file.path);
    let others = PAGE.iter().chain(&[SERVICE_WORKER]).map(|text| Digest::of(text.as_bytes()).to_string());
    let all = digests.chain(others).collect::<String>() + assets::style() + assets::seal();
    Digest::of(all.as_bytes()).to_string().chars().take(16).collect()
});

/// Where the page finds its files.
pub struct ScannerFiles {
    pub script: String,
    pub modules: Vec<String>,
    pub icon: String,
}

static ADDRESSES: LazyLock<ScannerFiles> = LazyLock::new(|| ScannerFiles {
    script: address("scan/scan.js"),
    modules: FILES.iter().take(IMPORTED).skip(1).map(|file| address(file.path)).collect(),
    icon: address("scan/icon.png"),
});

fn address(path: &str) -> String {
    format!("/assets/scan/{}/{path}", *VERSION)
}

/// The host in the public address, as codes have it.
pub fn host(service: &Service) -> &str {
    let url = service.public_url();
    url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default()
}

/// GET /scan
pub async fn page(State(service): State<Arc<Service>>, frame: Frame) -> impl IntoResponse {
    let frame = frame.at("scan");
    let language = HeaderValue::from_static(frame.language.tag());
    let page = pages::render(&pages::Scan { frame: &frame, files: &ADDRESSES, host: host(&service) });
    ([(header::CONTENT_LANGUAGE, language)], Extension(Allowance::Scanner), page)
}

/// GET /assets/scan/{version}/{path}
pub async fn file(Path((version, path)): Path<(String, String)>) -> Response {
    let Some(file) = FILES.iter().find(|file| version == *VERSION && path == file.path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, Extension(Allowance::Scanner), file.bytes).into_response()
}

static WORKER: LazyLock<String> = LazyLock::new(|| {
    let files = FILES.iter().map(|file| address(file.path)).chain([assets::style().to_owned(), assets::seal().to_owned()]);
    let list: Vec<String> = files.map(|address| format!("'{address}'")).collect();
    SERVICE_WORKER.replace("{{VERSION}}", &VERSION).replace("'{{FILES}}'", &list.join(", "))
});

/// GET /sw.js. Asked for anew at each visit, so that a new version of the scanner is on the device at the next one.
pub async fn service_worker() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(SCRIPT)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        // However large the script's folder, it answers for the scanner alone.
        (HeaderName::from_static("service-worker-allowed"), HeaderValue::from_static("/scan")),
    ];
    (headers, Extension(Allowance::Scanner), WORKER.as_str())
}

/// GET /manifest.webmanifest: what a phone needs to put the page on its home screen.
pub async fn manifest() -> impl IntoResponse {
    let manifest = serde_json::json!({
        "id": "/scan", "start_url": "/scan", "scope": "/scan", "display": "standalone",
        "name": "印信扫码 Yinxin Scan", "short_name": "印信扫码", "lang": "zh-CN",
        "background_color": "#faf8f3", "theme_color": "#a62b23",
        "icons": [
            { "src": ADDRESSES.icon, "sizes": "192x192", "type": "image/png" },
            { "src": assets::seal(), "sizes": "any", "type": "image/svg+xml" },
        ],
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a module imports, as paths below the scanner's address.
    fn imports(file: &File) -> Vec<String> {
        let text = std::str::from_utf8(file.bytes).unwrap();
        let folder = file.path.rsplit_once('/').unwrap().0;
        let after = |mark| text.split(mark).skip(1).filter_map(|rest| rest.split('\'').next()).filter(|path| path.ends_with(".js"));
        after("'../").map(str::to_owned).chain(after("'./").map(|path| format!("{folder}/{path}"))).collect()
    }

    #[test]
    fn every_module_that_is_imported_is_served_and_kept() {
        let own = FILES.iter().filter(|file| file.path.starts_with("scan/") && file.content_type == SCRIPT);
        let mut found = 0;
        for (file, import) in own.flat_map(|file| imports(file).into_iter().map(move |import| (file.path, import))) {
            assert!(FILES.iter().any(|other| other.path == import), "{file} imports {import}");
            assert!(WORKER.contains(&format!("'{}'", address(&import))), "{import}");
            found += 1;
        }
        assert!(found >= 15, "{found} imports");
        assert!(!WORKER.contains("{{") && WORKER.contains(&*VERSION));
        assert_eq!(
            ADDRESSES.modules.len() + 1,
            FILES.iter().filter(|f| f.path.starts_with("scan/") && !f.path.ends_with("png")).count() - 1
        );
    }
}
