//! Entity tags (RFC 9110, 8.8.3 and 13.1.2): whoever has an answer asks whether it still holds.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::digest::Digest;

use super::view::Moment;

/// A cache may keep the answer but must ask before it uses it: a revocation is seen at the next question.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What an answer says, and when it was checked: the answer's last field.
pub trait Checked: Serialize {
    /// When.
    fn checked_at(&self) -> Moment;
}

/// Answers with `answer` as JSON, or with 304 if the reader has it. The tag is a digest of what the answer says without the time of the
/// check. It is weak: two answers with one tag say the same of the certificate and differ in the time alone.
pub fn answer(asked: &HeaderMap, answer: &impl Checked) -> Response {
    let Ok(json) = serde_json::to_vec(answer) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let tag = tag(&json, answer.checked_at());
    let Ok(value) = HeaderValue::from_str(&format!("W/{tag}")) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = [(header::ETAG, value), (header::CACHE_CONTROL, ASK_FIRST), (header::VARY, HeaderValue::from_static("accept"))];
    if holds(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let json_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (headers, [json_type], json).into_response()
}

fn tag(json: &[u8], checked_at: Moment) -> String {
    let time = format!("\"checked_at\":\"{}\"}}", checked_at.rfc3339());
    let state = json.strip_suffix(time.as_bytes()).unwrap_or(json);
    format!("\"{:.32}\"", Digest::of(state))
}

/// Whether `If-None-Match` names the tag, by the weak comparison that it asks for, or any tag at all.
pub fn holds(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Instant;

    #[test]
    fn a_tag_tells_everything_but_the_time() {
        let tag = |says: &str, millis| {
            let at = Moment(Instant::from_millis(millis).unwrap());
            super::tag(format!("{{\"says\":\"{says}\",\"checked_at\":\"{}\"}}", at.rfc3339()).as_bytes(), at)
        };
        assert_eq!(tag("a", 1_000), tag("a", 99_000));
        assert_ne!(tag("a", 1_000), tag("b", 1_000));
        assert_eq!(tag("a", 1_000).len(), 34);
    }

    #[test]
    fn tags_are_compared_weakly() {
        let asked = |value: &str| holds(&[(header::IF_NONE_MATCH, HeaderValue::from_str(value).unwrap())].into_iter().collect(), "\"a\"");
        for yes in ["\"a\"", "W/\"a\"", "*", "\"b\", W/\"a\"", "\"b\",\"a\""] {
            assert!(asked(yes), "{yes}");
        }
        for no in ["\"b\"", "a", "W/a", "", "\"a", "w/\"a\""] {
            assert!(!asked(no), "{no}");
        }
        assert!(!holds(&HeaderMap::new(), "\"a\""));
    }
}
