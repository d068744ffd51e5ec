//! Who is signed in, as handlers take it: an extractor for each office, and forms that only the session's own pages can send.

use std::marker::PhantomData;

use axum::Form;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;

use crate::service::access::{
    AccessError, Administrator, Cashier, CentreReviewer, Issuer, ObjectionsOfficer, Reviewer, School, Secret, Staff, Student, Visitor,
};

use super::clock::Now;
use super::errors::{Failure, ProblemKind};
use super::origin::SameSite;
use super::router::Site;
use super::staff::SECTIONS;

/// The page on which a session shows or sets up its second factor.
pub const SECOND_FACTOR: &str = "/account/second-factor";
const SIGN_IN: &str = "/sign-in";

/// A page that signing in may lead to. Any other text leads to the account's own page, so that no link here opens another site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next(&'static str);

impl Next {
    /// The account's own page.
    pub const ACCOUNT: Self = Self("/account");

    /// Reads what an address or a form says.
    pub fn read(typed: Option<&str>) -> Self {
        Self::known().find(|next| Some(next.0) == typed).unwrap_or(Self::ACCOUNT)
    }

    fn known() -> impl Iterator<Item = Self> {
        [Self::ACCOUNT, Self("/account/verification"), Self("/account/school")]
            .into_iter()
            .chain(SECTIONS.iter().map(|section| Self(section.path)))
    }

    /// For a member of the staff who asked for no other page, the desk.
    pub fn of_staff(self) -> Self {
        if self == Self::ACCOUNT { Self("/staff") } else { self }
    }

    pub fn path(self) -> &'static str {
        self.0
    }

    /// The page that leads on to it. The characters of a known path need no escape in a query.
    fn after(self, door: &str) -> String {
        if self == Self::ACCOUNT { door.to_owned() } else { format!("{door}?next={}", self.0) }
    }
}

/// Why a page is not shown: what it says, or where it sends the reader.
pub enum Gate {
    Closed(Failure),
    Elsewhere(String),
}

impl Gate {
    fn sign_in(parts: &Parts) -> Self {
        // After a form the reader starts at the account's page: nothing is sent twice.
        let path = (parts.method == Method::GET || parts.method == Method::HEAD).then(|| parts.uri.path());
        Self::Elsewhere(Next::read(path).after(SIGN_IN))
    }
}

impl From<Failure> for Gate {
    fn from(failure: Failure) -> Self {
        Self::Closed(failure)
    }
}

impl IntoResponse for Gate {
    fn into_response(self) -> Response {
        match self {
            Self::Closed(failure) => failure.into_response(),
            Self::Elsewhere(path) => Redirect::to(&path).into_response(),
        }
    }
}

/// What a handler may take of a visitor.
pub trait Standing: Sized + Send {
    /// The handle, if the session has it.
    ///
    /// # Errors
    /// [`Gate`].
    fn of(visitor: &Visitor) -> Result<Self, Gate>;
}

/// Someone signed in who may still owe the second factor.
pub struct Entered(pub Visitor);

/// Someone signed in who owes nothing.
pub struct Settled(pub Visitor);

impl Standing for Entered {
    fn of(visitor: &Visitor) -> Result<Self, Gate> {
        Ok(Self(visitor.clone()))
    }
}

impl Standing for Settled {
    fn of(visitor: &Visitor) -> Result<Self, Gate> {
        if visitor.owes_second_factor() { Err(Gate::Elsewhere(SECOND_FACTOR.to_owned())) } else { Ok(Self(visitor.clone())) }
    }
}

macro_rules! standings {
    ($($handle:ident, $get:ident;)*) => {
        $(
            impl Standing for $handle {
                fn of(visitor: &Visitor) -> Result<Self, Gate> {
                    let Settled(visitor) = Settled::of(visitor)?;
                    visitor.$get().ok_or_else(|| Failure::page(ProblemKind::Forbidden).into())
                }
            }
        )*
    };
}

standings! {
    Student, student;
    School, school;
    Reviewer, reviewer;
    ObjectionsOfficer, objections_officer;
    Issuer, issuer;
    CentreReviewer, centre_reviewer;
    Cashier, cashier;
    Administrator, administrator;
    Staff, staff;
}

/// Takes a handle from the request's session; without it there is no handler call.
pub struct As<W>(pub W);

impl<S: Send + Sync, W: Standing> FromRequestParts<S> for As<W>
where
    Site: FromRef<S>,
{
    type Rejection = Gate;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Gate> {
        let visitor = visitor(parts, state).await?.ok_or_else(|| Gate::sign_in(parts))?;
        Ok(Self(W::of(&visitor)?))
    }
}

/// The session of a request whose page needs none.
pub struct Perhaps(pub Option<Visitor>);

impl<S: Send + Sync> FromRequestParts<S> for Perhaps
where
    Site: FromRef<S>,
{
    type Rejection = Gate;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Gate> {
        Ok(Self(visitor(parts, state).await?))
    }
}

/// Who has the request's cookie.
async fn visitor<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Option<Visitor>, Gate>
where
    Site: FromRef<S>,
{
    let Now(now) = Now::from_request_parts(parts, state).await?;
    let site = Site::from_ref(state);
    let Some(secret) = Cookie::Session.read(&parts.headers, &site) else { return Ok(None) };
    Ok(site.service.visitor(&secret, now).await.map_err(|e| Failure::service(super::errors::Door::Page, &e))?)
}

/// A form of a session: it has a field `token`.
pub trait Signed: DeserializeOwned {
    /// What the field says.
    fn token(&self) -> &str;
}

/// A form that nothing but a token is in.
#[derive(serde::Deserialize)]
pub struct Bare {
    token: String,
}

impl Signed for Bare {
    fn token(&self) -> &str {
        &self.token
    }
}

/// A form whose fields may come several times, in the order of the page.
#[derive(serde::Deserialize)]
#[serde(try_from = "Vec<(String, String)>")]
pub struct Fields(pub Vec<(String, String)>);

impl TryFrom<Vec<(String, String)>> for Fields {
    type Error = &'static str;

    fn try_from(fields: Vec<(String, String)>) -> Result<Self, Self::Error> {
        if fields.iter().any(|(field, _)| field == "token") { Ok(Self(fields)) } else { Err("there is no token") }
    }
}

impl Fields {
    /// What the first field of this name says; nothing if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// What every field of this name says.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

impl Signed for Fields {
    fn token(&self) -> &str {
        self.get("token")
    }
}

/// A form that was sent from a page of this session: not from another site (`Sec-Fetch-Site`, `Origin`), and with the session's token.
/// Each is counted against the account.
pub struct Sent<W, T> {
    pub who: W,
    pub form: T,
    _as: PhantomData<W>,
}

impl<S: Send + Sync, W: Standing, T: Signed> FromRequest<S> for Sent<W, T>
where
    Site: FromRef<S>,
{
    type Rejection = Gate;

    async fn from_request(request: Request, state: &S) -> Result<Self, Gate> {
        let (mut parts, body) = request.into_parts();
        SameSite::from_request_parts(&mut parts, state).await?;
        let visitor = visitor(&mut parts, state).await?.ok_or_else(|| Gate::sign_in(&parts))?;
        let who = W::of(&visitor)?;
        let Now(now) = Now::from_request_parts(&mut parts, state).await?;
        let site = Site::from_ref(state);
        site.service.count_action(&visitor, now).await.map_err(|error| match error {
            AccessError::TooMany(wait) => Failure::page(ProblemKind::TooMany).retry_after(wait.seconds),
            AccessError::Service(error) => Failure::service(super::errors::Door::Page, &error),
            _ => Failure::page(ProblemKind::BadRequest),
        })?;
        let form = Form::<T>::from_request(Request::from_parts(parts, body), state).await;
        let Form(form) = form.map_err(|refused| Failure::page(ProblemKind::of_status(refused.status())))?;
        if !site.service.is_form_token(&visitor, form.token()) {
            return Err(Failure::page(ProblemKind::FormExpired).into());
        }
        Ok(Self { who, form, _as: PhantomData })
    }
}

/// The cookies of accounts. Over `https` their names begin with `__Host-`, so that no other host and no plain connection can set them
/// (RFC 6265bis, 4.1.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session.
    Session,
    /// The browser, which is known again after the session.
    Browser,
}

/// For how long a browser keeps its cookie, in seconds; what ends a session is its record.
const KEPT: i64 = 400 * 24 * 3_600;

impl Cookie {
    fn name(self, site: &Site) -> &'static str {
        match (self, is_https(site)) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Browser, true) => "__Host-browser",
            (Self::Browser, false) => "browser",
        }
    }

    /// The secret that a request brings.
    pub fn read(self, headers: &HeaderMap, site: &Site) -> Option<Secret> {
        let name = self.name(site);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.flat_map(|value| value.split(';')).find_map(|cookie| {
            let (key, value) = cookie.trim().split_once('=')?;
            (key == name).then(|| Secret::read(value)).flatten()
        })
    }

    /// Gives a browser a secret; `kept` beyond the browser's own end.
    pub fn set(self, response: &mut Response, secret: &Secret, kept: bool, site: &Site) {
        self.put(response, &secret.text(), kept.then_some(KEPT), site);
    }

    /// Takes it away.
    pub fn take(self, response: &mut Response, site: &Site) {
        self.put(response, "", Some(0), site);
    }

    fn put(self, response: &mut Response, value: &str, seconds: Option<i64>, site: &Site) {
        let secure = if is_https(site) { "; Secure" } else { "" };
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}", self.name(site));
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

fn is_https(site: &Site) -> bool {
    site.service.public_url().starts_with("https://")
}

/// A browser's kind and system in a few words, for the list of sessions: what it says of itself besides is not kept.
pub fn browser_name(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = |known: &[(&str, &str)]| known.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| (*name).to_owned());
    let browser = first(&[
        ("MicroMessenger/", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    [browser, system].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_pages_of_this_site_alone() {
        assert_eq!(Next::read(Some("/staff/accounts")).path(), "/staff/accounts");
        for typed in ["//evil.example", "https://evil.example", "/\\evil.example", "/account/../x", "/staff/accounts?x", "", "/sign-in"] {
            assert_eq!(Next::read(Some(typed)), Next::ACCOUNT, "{typed}");
        }
        assert_eq!(Next::read(None).path(), "/account");
        for next in Next::known() {
            assert!(next.path().starts_with('/') && next.path().bytes().all(|b| matches!(b, b'a'..=b'z' | b'/' | b'-')));
        }
    }

    #[test]
    fn a_browser_is_a_few_words() {
        let of = |agent: &'static str| browser_name(&[(header::USER_AGENT, HeaderValue::from_static(agent))].into_iter().collect());
        assert_eq!(of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox · Linux");
        assert_eq!(
            of("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0"),
            "WeChat · Android"
        );
        assert_eq!(of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"), "Safari · iPhone");
        assert_eq!(of("curl/8.0 <script>"), "");
    }
}
