//! Statements: an answer of the service, signed and with its time, that whoever asked can keep and show to others.
//! `docs/statements.md` describes them to those who check one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::digest::{Digest, hexadecimal};
use crate::domain::time::Instant;

use super::jws::{self, JwsError, Kind};
use super::keyring::{StatementKey, StatementKeys};

/// What is stated: to this question, at this time, the service gave this answer.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a, Q, A> {
    /// Who states it: the public address of the service.
    pub issuer: &'a str,
    /// When.
    pub at: Instant,
    /// What was asked; never an identity number.
    pub asked: &'a Q,
    /// The status that the same answer has over HTTP.
    pub status: u16,
    /// The answer, as the API gives it.
    pub answer: &'a A,
}

/// The claims (RFC 7519, 4.1) in order.
#[derive(Serialize)]
struct Claims<'a, Q, A> {
    iss: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    asked: &'a Q,
    status: u16,
    answer: &'a A,
}

/// Bytes of the digest that make a statement's name.
const NAME_BYTES: usize = 16;

/// Signs a statement. Its name, `jti`, is the beginning of the digest of all that it says, so that the same statement has the same bytes.
///
/// # Errors
/// [`JwsError::Write`] if it cannot be written as JSON.
pub fn sign<Q: Serialize, A: Serialize>(content: &Content<'_, Q, A>, key: &StatementKey) -> Result<String, JwsError> {
    let Content { issuer, at, asked, status, answer } = *content;
    let claims = |jti| Claims { iss: issuer, iat: at.millis().div_euclid(1000), jti, asked, status, answer };
    let unnamed = serde_json::to_vec(&claims(None)).map_err(|e| JwsError::Write(e.to_string()))?;
    let name = hexadecimal(&Digest::of(&unnamed).as_bytes()[..NAME_BYTES]);
    jws::sign(Kind::Statement, &claims(Some(name)), key)
}

/// A statement whose signature was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The key that signed it.
    pub kid: String,
    /// Who states it: the public address of a service.
    pub issuer: String,
    /// When.
    pub at: Instant,
    /// Its name.
    pub name: String,
    /// What was asked.
    pub asked: Value,
    /// The status that the answer has over HTTP.
    pub status: u16,
    /// The answer.
    pub answer: Value,
}

/// The claims as they come; members of later versions stay unread.
#[derive(Deserialize)]
struct Read {
    iss: String,
    iat: i64,
    jti: String,
    asked: Value,
    status: u16,
    answer: Value,
}

/// Reads a statement by one of `keys`.
///
/// # Errors
/// [`JwsError`] saying at which step it fails.
pub fn read(text: &str, keys: &StatementKeys) -> Result<Statement, JwsError> {
    let (kid, payload) = jws::open(Kind::Statement, text, keys)?;
    let read: Read = serde_json::from_slice(&payload).map_err(|_| JwsError::Content)?;
    let at = read.iat.checked_mul(1000).and_then(|millis| Instant::from_millis(millis).ok()).ok_or(JwsError::Content)?;
    let Read { iss: issuer, jti: name, asked, status, answer, .. } = read;
    Ok(Statement { kid, issuer, at, name, asked, status, answer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::keyring::make;
    use crate::sealing::specimen::{now, source};
    use serde_json::json;

    #[test]
    fn a_statement_says_what_was_asked_and_answered_and_when() {
        let key = make::statement(&mut source(1));
        let keys = StatementKeys::from(vec![key.public()]);
        let (asked, answer) = (json!({ "by": "number", "number": "LH14202400001" }), json!({ "state": { "code": "valid" } }));
        let content = Content { issuer: "https://zs.example.cn", at: now().plus_millis(999), asked: &asked, status: 200, answer: &answer };
        let text = sign(&content, &key).unwrap();
        assert_eq!(text, sign(&content, &key).unwrap(), "the same statement has the same bytes");
        let read_back = read(&text, &keys).unwrap();
        assert_eq!((&read_back.asked, &read_back.answer, read_back.status), (&asked, &answer, 200));
        assert_eq!((read_back.issuer.as_str(), read_back.at, read_back.kid.as_str()), ("https://zs.example.cn", now(), key.kid()));
        assert_eq!(read_back.name.len(), 32);
        let later = read(&sign(&Content { at: now().plus_millis(1000), ..content }, &key).unwrap(), &keys).unwrap();
        let other = read(&sign(&Content { status: 404, ..content }, &key).unwrap(), &keys).unwrap();
        assert!(read_back.name != later.name && read_back.name != other.name && later.name != other.name);
        // Rightly signed, yet no statement.
        for odd in [json!({}), json!([]), json!({ "iss": "", "iat": i64::MAX, "jti": "", "asked": 1, "status": 1, "answer": 1 })] {
            assert_eq!(read(&jws::sign(Kind::Statement, &odd, &key).unwrap(), &keys), Err(JwsError::Content));
        }
    }
}
