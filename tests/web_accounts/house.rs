//! A site with a letterbox in place of telephones, and browsers that visit it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use totp_rs::{Builder, Secret as TotpSecret};
use yinxin::domain::account::Office;
use yinxin::domain::name::PersonName;
use yinxin::domain::telephone::Telephone;
use yinxin::registry::{Event, JobKind, Queued};
use yinxin::service::access::{Appointment, ContestMandate, Warrant};
use yinxin::service::desk::Mandate;
use yinxin::service::desk::batches::Worker;
use yinxin::service::import::ListFile;
use yinxin::service::messages::{Message, Messenger, Text};
use yinxin::service::{Service, clock, entropy};
use yinxin::web::{WebSettings, router};

use crate::site::{Answer, ask, ask_plainly, encode};
use crate::world::World;

pub const PASSWORD: &str = "蓝海杯是一场比赛呀";

/// Keeps what would go to telephones.
#[derive(Default)]
pub struct Letterbox(Mutex<Vec<Message>>);

impl Messenger for Letterbox {
    fn carry(&self, message: Message) {
        self.0.lock().unwrap().push(message);
    }
}

impl Letterbox {
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub fn last(&self) -> Message {
        self.0.lock().unwrap().last().unwrap().clone()
    }

    /// The code of the last message, which must have gone to this telephone.
    pub fn code(&self, to: &str) -> String {
        let last = self.last();
        assert_eq!(last.to.as_str(), to);
        let Text::Code { code, .. } = last.text else { panic!("{last:?}") };
        code
    }
}

pub struct House {
    pub service: Arc<Service>,
    pub letters: Arc<Letterbox>,
    pub folder: tempfile::TempDir,
    router: Router,
}

impl House {
    pub async fn open() -> Self {
        Self::edited(|sample| sample).await
    }

    /// The same with another configuration, made from the sample one.
    pub async fn edited(edit: impl FnOnce(String) -> String) -> Self {
        let world = World::edited(edit).await;
        let letters = Arc::new(Letterbox::default());
        let service = Arc::new(Arc::into_inner(world.service).unwrap().with_courier(letters.clone()).issuing_in(world.room));
        let router = router(service.clone(), WebSettings::default());
        Self { service, letters, folder: world.folder, router }
    }

    /// The audit trail.
    pub async fn trail(&self) -> Vec<Event> {
        self.service.audit_trail(&Warrant::of_operator("test"), 0, 10_000).await.unwrap()
    }

    /// A batch that is over, and a certificate that it issued.
    pub async fn issued(&self) -> (i64, String) {
        let text = "赛事,姓名,证件类型,证件号码,手机号,学校,作品,奖项\nlanhai-14,李明,护照,E12345678,13800000012,蓝海大学,星海,一等奖\n";
        let file = ListFile { name: "list.csv", bytes: text.as_bytes(), programme: None, portraits: &|_| None };
        // The notice of the list is over, whatever day it is in the house.
        let (now, today) = (clock::now().unwrap(), self.service.clock().now().unwrap());
        self.service.clock().set(now).unwrap();
        self.service.import(&file, &ContestMandate::of_operator("test"), now).await.unwrap();
        let mandate = Mandate::of_operator("test");
        let queued = self.service.start_batch(&mandate, &"lanhai-14".parse().unwrap(), JobKind::Issue, now).await.unwrap();
        let Queued::New(job) = queued else { panic!("{queued:?}") };
        assert!(self.service.work_once(&Worker::new([1; 16])).await.unwrap());
        self.service.clock().set(today).unwrap();
        let certificates = self.service.certificates(None, 1).await.unwrap();
        (job, certificates[0].facts.claims.number.to_string())
    }

    /// A browser at an address of its own.
    pub fn browser(&self, last: u8) -> Browser<'_> {
        Browser { house: self, last, cookies: BTreeMap::new(), set: Vec::new(), plainly: false }
    }

    /// A new account of the staff with its password.
    pub async fn appoint(&self, telephone: &str, name: &str, offices: &[Office]) -> String {
        let (telephone, name) = (Telephone::parse(telephone).unwrap(), PersonName::parse(name).unwrap());
        let offices = yinxin::domain::account::Offices::new(offices.iter().copied()).unwrap();
        let new = Appointment { telephone: &telephone, name: &name, offices, password: Some(PASSWORD), now: clock::now().unwrap() };
        self.service.appoint(&Warrant::of_operator("test"), &new, &mut entropy::fill).await.unwrap().to_string()
    }

    /// A member of the staff, signed in with both factors, the secret of the second beside.
    pub async fn staff(&self, telephone: &str, offices: &[Office], last: u8) -> (Browser<'_>, String) {
        self.appoint(telephone, "王敏", offices).await;
        let mut browser = self.browser(last);
        assert_eq!(browser.sign_in(telephone, PASSWORD).await.location(), "/account/second-factor");
        let secret = browser.enrol().await;
        (browser, secret)
    }

    /// A student or a school, registered by the pages and signed in.
    pub async fn registered(&self, telephone: &str, office: &str, last: u8) -> Browser<'_> {
        let mut browser = self.browser(last);
        let page = browser.post("/register", &[("telephone", telephone), ("office", office)]).await;
        let ticket = hidden(page.page(200), "ticket");
        let code = self.letters.code(telephone);
        let fields = [
            ("telephone", telephone),
            ("office", office),
            ("ticket", &ticket),
            ("code", &code),
            ("name", "欧阳明远"),
            ("password", PASSWORD),
        ];
        assert_eq!(browser.post("/register/confirm", &fields).await.location(), "/account");
        browser
    }
}

/// A browser: it keeps cookies and says where its requests come from.
pub struct Browser<'a> {
    house: &'a House,
    last: u8,
    pub cookies: BTreeMap<String, String>,
    /// The cookies of the last answer as they were set.
    pub set: Vec<String>,
    /// Whether answers are taken that have headers of their own.
    pub plainly: bool,
}

impl Browser<'_> {
    /// Sends a request with these headers besides, and keeps the cookies of the answer.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, self.last], 4_000)));
        let mut request = Request::builder().method(method).uri(path).extension(peer);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if method == "POST" && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(body.into()).unwrap();
        let answer = if self.plainly { ask_plainly(&self.house.router, request).await } else { ask(&self.house.router, request).await };
        self.set = answer.headers.get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap().to_owned()).collect();
        for cookie in &self.set {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[("sec-fetch-site", "none")], String::new()).await
    }

    /// Sends a form from a page of this site.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &[("sec-fetch-site", "same-origin"), ("origin", "null")], form(fields)).await
    }

    /// Sends a form with files from a page of this site: names, file names (none for a text) and contents. `accept` is what is wanted back.
    pub async fn post_parts(&mut self, path: &str, accept: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        const BOUNDARY: &str = "----yinxin-test-boundary";
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send("POST", path, &[("sec-fetch-site", "same-origin"), ("content-type", &kind), ("accept", accept)], body).await
    }

    /// The same with the token of the session's pages.
    pub async fn post_signed(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("token", token.as_str())]).collect();
        self.post(path, &fields).await
    }

    /// Sends a form with files: name, file name, bytes. A field without a file name is a text.
    pub async fn post_files(&mut self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
            body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--cut--\r\n");
        let headers = [("sec-fetch-site", "same-origin"), ("origin", "null"), ("content-type", "multipart/form-data; boundary=cut")];
        self.send("POST", path, &headers, body).await
    }

    /// Signs in again, with the second factor: sessions of the staff end while the clock moves.
    pub async fn again(&mut self, telephone: &str, secret: &str) {
        assert_eq!(self.sign_in(telephone, PASSWORD).await.location(), "/account/second-factor");
        self.show(secret, &[]).await;
    }

    /// The token in the session's forms.
    pub async fn token(&mut self) -> String {
        let mut page = self.get("/account").await;
        if page.status == 303 {
            page = self.get("/account/second-factor").await;
        }
        hidden(page.page(200), "token")
    }

    pub async fn sign_in(&mut self, telephone: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("telephone", telephone), ("password", password)]).await
    }

    pub fn session(&self) -> String {
        self.cookies.get("__Host-session").cloned().unwrap_or_default()
    }

    /// The same browser with another session's cookie.
    pub fn with_session(&self, session: &str) -> Self {
        let mut cookies = self.cookies.clone();
        cookies.insert("__Host-session".into(), session.into());
        Browser { house: self.house, last: self.last, cookies, set: Vec::new(), plainly: false }
    }

    /// Whether the session opens the account's page.
    pub async fn is_in(&mut self) -> bool {
        let answer = self.get("/account").await;
        answer.status == 200 || answer.location() == "/account/second-factor"
    }

    /// Sets up the second factor; answers its secret.
    pub async fn enrol(&mut self) -> String {
        let page = self.get("/account/second-factor").await;
        let secret = hidden(page.page(200), "secret");
        self.show(&secret, &[("secret", secret.as_str())]).await;
        secret
    }

    /// Shows a code of the second factor: one that was not used yet, of this half minute or of those around it.
    pub async fn show(&mut self, secret: &str, besides: &[(&str, &str)]) -> Answer {
        let app = Builder::new().with_secret(TotpSecret::try_from_base32(secret).unwrap()).build().unwrap();
        for by in [-30, 0, 30] {
            let at = self.house.service.clock().now().unwrap().plus_millis(by * 1_000).millis() / 1_000;
            let code = app.generate(u64::try_from(at).unwrap()).to_string();
            let fields: Vec<(&str, &str)> = besides.iter().copied().chain([("code", code.as_str())]).collect();
            let answer = self.post_signed("/account/second-factor", &fields).await;
            if answer.status == 303 {
                return answer;
            }
        }
        panic!("no code was taken");
    }
}

pub fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// The value of a hidden field.
pub fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split_once('"').unwrap().0.to_owned()
}
