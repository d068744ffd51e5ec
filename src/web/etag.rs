//! Entity tags (RFC 9110, 8.8.3 and 13.1.2): whoever has an answer asks whether it still holds.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::digest::Digest;

/// A cache may keep the answer but must ask before it uses it: a revocation is seen at the next question.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Answers with `answer` as JSON, or with 304 if the reader has it. The tag is a digest of `state`, which is what the answer says without the
/// time of the check. It is weak: two answers with one tag say the same of the certificate and differ in the time alone.
pub fn answer(asked: &HeaderMap, state: &impl Serialize, answer: &impl Serialize) -> Response {
    let Some((tag, value)) = serde_json::to_vec(state).ok().and_then(|bytes| {
        let tag = format!("\"{:.32}\"", Digest::of(&bytes).to_string());
        let value = HeaderValue::from_str(&format!("W/{tag}")).ok()?;
        Some((tag, value))
    }) else {
        return Json(answer).into_response();
    };
    let headers = [(header::ETAG, value), (header::CACHE_CONTROL, ASK_FIRST), (header::VARY, HeaderValue::from_static("accept"))];
    if holds(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Json(answer)).into_response()
}

/// Whether `If-None-Match` names the tag, by the weak comparison that it asks for, or any tag at all.
pub fn holds(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

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
