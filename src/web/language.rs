//! Which language a page speaks, and the frame that every page has around its answer.
//!
//! A reader's choice (`?lang=`, kept in a cookie) goes before what the browser asks for (`Accept-Language`); without either a page is Chinese.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;

use crate::document::template::fields::{date_en, date_zh};
use crate::domain::text::is_han;

use super::advice::Message;
use super::view::{Day, Moment};

/// A language that pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

/// The cookie that keeps a choice; it says nothing else of a reader.
const COOKIE: &str = "lang";
/// A year, in seconds.
const REMEMBERED: u32 = 31_536_000;

impl Language {
    /// The two letters in addresses and in the cookie.
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The tag of a page (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        [Self::Chinese, Self::English].into_iter().find(|language| language.code() == code)
    }

    /// The reader's language.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        chosen(uri).or_else(|| remembered(headers)).or_else(|| preferred(headers)).unwrap_or(Self::Chinese)
    }
}

/// The choice that an address makes.
pub fn chosen(uri: &Uri) -> Option<Language> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::of_code)
}

fn remembered(headers: &HeaderMap) -> Option<Language> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE).then(|| Language::of_code(value)).flatten()
    })
}

/// RFC 9110, 12.5.4: the language of the highest weight, of equal ones the first.
fn preferred(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(u32, Language)> = None;
    for range in accepted.split(',').take(32) {
        let (tag, weight) = range.split_once(';').map_or((range, 1_000), |(tag, parameter)| (tag, thousandths(parameter)));
        let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let Some(language) = Language::of_code(&primary) else { continue };
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// `q=0.85` as 850; what does not parse counts nothing.
pub fn thousandths(parameter: &str) -> u32 {
    let Some(text) = parameter.trim().strip_prefix("q=") else { return 0 };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{part:0<3}");
    match (whole.parse::<u32>(), digits.get(..3).and_then(|d| d.parse::<u32>().ok())) {
        (Ok(whole), Some(part)) => (whole.min(1) * 1_000 + part).min(1_000),
        _ => 0,
    }
}

/// What a page has around its answer.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The entry of the navigation that the page belongs to; empty for none.
    pub nav: &'static str,
    /// What it speaks.
    pub language: Language,
    /// Its own path, for the way to the other language.
    path: String,
    /// What of its query stays on that way; a `&` ends it, if it is there.
    query: String,
}

impl Frame {
    /// The frame of the page that a request asks for.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        // Two slashes at the start would be the address of another site.
        let path = if uri.path().starts_with("//") { "/" } else { uri.path() };
        Self { nav: "", language: Language::of(uri, headers), path: path.to_owned(), query: String::new() }
    }

    /// The frame of a page that has no address of its own.
    pub fn nowhere(language: Language) -> Self {
        Self { nav: "", language, path: "/".to_owned(), query: String::new() }
    }

    /// The same for a page that must not repeat its address, since what was typed there is private or wrong.
    pub fn without_address(&self) -> Self {
        Self { path: "/".to_owned(), query: String::new(), ..self.clone() }
    }

    /// The same for the answer to a form whose page has this address.
    pub fn on(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// The same, keeping these fields of its query on the way to the other language. Their values are ones that need no escape.
    pub fn keeping(self, fields: &[(&str, &str)]) -> Self {
        let query = fields.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={value}&")).collect();
        Self { query, ..self }
    }

    /// The same under an entry of the navigation.
    pub fn at(self, nav: &'static str) -> Self {
        Self { nav, ..self }
    }

    /// One of two texts.
    pub fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// A message in the page's language.
    pub fn tell<'a>(&self, message: &'a Message) -> &'a str {
        self.say(&message.zh, &message.en)
    }

    /// What a record has in both languages or in Chinese alone: the English text where there is one.
    pub fn either<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        if en.is_empty() { zh } else { self.say(zh, en) }
    }

    /// The half of a `中文 / English` that the page speaks.
    pub fn half<'a>(&self, both: &'a str) -> &'a str {
        both.split_once(" / ").map_or(both, |(zh, en)| self.say(zh, en))
    }

    /// A day as it is written: `2025年1月1日`, `1 January 2025`.
    pub fn day(&self, day: &Day) -> String {
        if self.is_english() { date_en(day.0) } else { date_zh(day.0) }
    }

    /// The day of an instant in Beijing.
    pub fn day_of(&self, at: &Moment) -> String {
        self.day(&at.day())
    }

    /// Day and time of an instant in Beijing: `2025年1月1日 09:30:00`.
    pub fn moment(&self, at: &Moment) -> String {
        let written = at.beijing();
        format!("{} {}", self.day_of(at), written.split_once(' ').map_or("", |(_, time)| time))
    }

    /// The end of a period or a time limit as notices write it: the start of a day is 24:00 of the day before. `2024年12月31日 24:00`.
    pub fn end(&self, at: &Moment) -> String {
        at.0.ended_day().map_or_else(|| self.moment(at), |day| format!("{} 24:00", self.day(&Day(day))))
    }

    /// Whether a text of a record is in another language than the page: Chinese on an English page.
    pub fn is_foreign(&self, text: &str) -> bool {
        self.is_english() && text.chars().any(is_han)
    }

    /// Whether the page is in English.
    pub fn is_english(&self) -> bool {
        self.language == Language::English
    }

    /// The language that the page is not in.
    pub fn other(&self) -> Language {
        match self.language {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        }
    }

    /// This page in the other language. A page that answers a form has none: its address is that of the empty form.
    pub fn switch(&self) -> String {
        format!("{}?{}lang={}", self.path, self.query, self.other().code())
    }

    /// This page in the language that it is in, for `hreflang`.
    pub fn here(&self) -> String {
        format!("{}?{}lang={}", self.path, self.query, self.language.code())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

/// Keeps a choice that an address made, and tells caches what a page depends on.
pub fn remember(choice: Option<Language>, https: bool, response: &mut Response) {
    if let Some(language) = choice {
        let secure = if https { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={}; Path=/; Max-Age={REMEMBERED}; SameSite=Lax; HttpOnly{secure}", language.code());
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(uri: &str, headers: &[(header::HeaderName, &'static str)]) -> Language {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        Language::of(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn a_frame_leads_nowhere_else_and_writes_days_in_its_language() {
        let at = |uri: &str| Frame::of(&uri.parse().unwrap(), &HeaderMap::new());
        assert_eq!(at("/c/AB1?lang=en&x=1").switch(), "/c/AB1?lang=zh");
        assert_eq!(at("//elsewhere.example/a").switch(), "/?lang=en");
        assert_eq!(at("/n?lang=en").keeping(&[("entry", "3"), ("form", "")]).switch(), "/n?entry=3&lang=zh");
        assert_eq!(at("/c/private").without_address().switch(), "/?lang=en");
        let moment = Moment(crate::domain::time::Instant::from_millis(1_738_341_000_000).unwrap());
        assert_eq!(at("/").moment(&moment), "2025年2月1日 00:30:00");
        assert_eq!(at("/?lang=en").moment(&moment), "1 February 2025 00:30:00");
        assert_eq!(at("/").end(&moment), "2025年2月1日 00:30:00");
        let midnight = Moment(crate::domain::time::Instant::parse_beijing("2024-12-31 24:00").unwrap());
        assert_eq!((at("/").end(&midnight), at("/").moment(&midnight)), ("2024年12月31日 24:00".into(), "2025年1月1日 00:00:00".into()));
        assert_eq!(at("/?lang=en").end(&midnight), "31 December 2024 24:00");
        assert_eq!((at("/").half("好 / good"), at("/?lang=en").half("好 / good"), at("/").half("好")), ("好", "good", "好"));
    }

    #[test]
    fn a_choice_goes_before_a_preference() {
        use Language::{Chinese, English};
        let accept = |text| language("/", &[(header::ACCEPT_LANGUAGE, text)]);
        assert_eq!(language("/", &[]), Chinese);
        for text in ["zh-CN,zh;q=0.9,en;q=0.8", "de, zh-TW;q=0.3", "fr", "en;q=0, zh;q=0.1", "en;q=x"] {
            assert_eq!(accept(text), Chinese, "{text}");
        }
        for text in ["en-US,en;q=0.9", "de, EN-GB;q=0.7, zh;q=0.65", "en;q=1.0,zh;q=0.999", "zh;q=0,en;q=0.001"] {
            assert_eq!(accept(text), English, "{text}");
        }
        let kept = [(header::COOKIE, "a=b; lang=en"), (header::ACCEPT_LANGUAGE, "zh")];
        assert_eq!(language("/c/X?lang=xx", &kept), English);
        assert_eq!(language("/c/X?a=b&lang=zh", &kept), Chinese);
        assert_eq!(language("/", &[(header::COOKIE, "lang=; xlang=en")]), Chinese);
    }
}
