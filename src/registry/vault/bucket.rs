//! A vault in a bucket of an object store that speaks the S3 protocol.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::wire::Wires;
use crate::domain::bucket::{Access, Bucket, Style};

/// Requests that are under way at once in work on many files: a store answers each late, and many together.
pub const AT_ONCE: usize = 32;

/// How often a request that failed by the network or by a busy store is made again, and how long after the first: somebody may be
/// waiting, and a page waits for half a minute.
fn retries() -> RetryConfig {
    let backoff = BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: 5, retry_timeout: Duration::from_secs(15) }
}

/// What is wrong with a bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketFault {
    /// It is not there.
    #[error("没有这个桶：请核对 yinxin.toml 的 vault 和 [s3] / there is no such bucket: check vault and [s3] in yinxin.toml")]
    NoBucket,
    /// The store does not let this service in; the store's own code says why.
    #[error(
        "拒绝访问（{0}）：请核对访问密钥、本机的时钟、桶的策略（读、写、删、列） / access denied: check the access key, this machine's clock, and the bucket's \
         policy (get, put, delete, list)"
    )]
    Denied(String),
    /// No key is set, and the machine has no role that lends one.
    #[error(
        "环境中没有访问密钥（AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY），本机也没有可用的角色 / no access key is set in the environment, and this machine has \
         no role that lends one"
    )]
    NoKey,
    /// The store does not do what it is asked, and will not; its own code says why.
    #[error(
        "对象存储不接受请求（{0}）：请核对 [s3] 的 region、endpoint、path_style / the store refuses: check region, endpoint and path_style of [s3]"
    )]
    Refused(String),
    /// There was no good answer, though it was asked for several times.
    #[error(
        "没有正常响应（{0}）：请核对网络和 endpoint，稍后重试 / no good answer: check the network and the endpoint, and try again later"
    )]
    Unanswered(String),
}

/// A client of the bucket. Nothing is asked yet.
pub fn open(bucket: &Bucket, access: &Access) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket.name.as_str())
        .with_region(&bucket.region)
        .with_retry(retries())
        .with_http_connector(Wires)
        // What crosses a network in the clear was refused or allowed when the endpoint was read.
        .with_allow_http(true)
        // Single requests to delete: some stores know no other.
        .with_disable_bulk_delete(true);
    let (base, style) = bucket.base();
    builder = builder.with_endpoint(base).with_virtual_hosted_style_request(style == Style::Host);
    if let Some(lender) = bucket.lender() {
        builder = builder.with_config(AmazonS3ConfigKey::StsEndpoint, lender);
    }
    builder = match access {
        Access::Unset | Access::Bad(_) => builder,
        Access::Key { id, secret, token } => {
            let builder = builder.with_access_key_id(id).with_secret_access_key(secret.as_str());
            token.iter().fold(builder, |builder, token| builder.with_token(token.as_str()))
        }
        Access::Role(variables) => variables.iter().try_fold(builder, |builder, (name, value)| {
            Ok::<_, object_store::Error>(builder.with_config(name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()?, value))
        })?,
    };
    let store = builder.build()?;
    if bucket.prefix.is_empty() {
        return Ok(Arc::new(store));
    }
    Ok(Arc::new(PrefixStore::new(store, bucket.prefix.as_str())))
}

/// Codes by which a store turns away whoever asks ("Error responses" of the S3 API), beside the statuses 401 and 403.
const DENIED: [&str; 7] = [
    "AccessDenied",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];

/// Where a machine of Amazon's asks for its role.
const METADATA: &str = "//169.254.169.254/";

/// What an error of the store comes from. Only a store's own code says that a file is not there: whatever stands before it may answer 404, too.
pub fn fault(error: &object_store::Error) -> BucketFault {
    let text = error.to_string();
    let (code, status) = (code(&text), status(&text));
    let said = code.clone().or_else(|| status.map(|status| status.to_string())).unwrap_or_else(|| root(error));
    match (code.as_deref(), status) {
        (Some("NoSuchBucket"), _) => BucketFault::NoBucket,
        (Some(code), _) if DENIED.contains(&code) => BucketFault::Denied(said),
        (_, Some(401 | 403)) => BucketFault::Denied(said),
        // This one passes, though its status is 400.
        (Some("RequestTimeout"), _) | (_, Some(408 | 429)) => BucketFault::Unanswered(said),
        (Some(_), Some(400..=499)) | (_, Some(300..=399)) => BucketFault::Refused(said),
        (None, None) if text.contains(METADATA) => BucketFault::NoKey,
        (None, None) if text.contains("redirect") => BucketFault::Refused(said),
        _ => BucketFault::Unanswered(said),
    }
}

/// Whether the store itself says that there is no such file.
pub fn is_absent(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && code(&error.to_string()).as_deref() == Some("NoSuchKey")
}

/// The code of the store's answer (`<Error><Code>…`). The rest of such an answer is not repeated: it may have the name of the key and what
/// was signed.
fn code(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    (code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| code.to_owned())
}

/// The status of the store's answer, as the library writes it.
fn status(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.get(..3)?.parse().ok()
}

/// What lies under it all: a refused connection, a host without an address, a certificate of an unknown authority.
fn root(error: &object_store::Error) -> String {
    let mut under: &dyn std::error::Error = error;
    while let Some(next) = under.source() {
        under = next;
    }
    under.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> BucketFault {
        fault(&object_store::Error::Generic { store: "S3", source: text.into() })
    }

    #[test]
    fn what_a_person_must_put_right_is_told_from_what_passes() {
        let answered = |status: &str, body: &str| {
            told(&format!("Error performing GET x in 1s - Server returned non-2xx status code: {status}: {body}"))
        };
        let code = |code: &str| format!("<?xml?><Error><Code>{code}</Code><Message>AKIA secret</Message></Error>");
        assert_eq!(answered("404 Not Found", &code("NoSuchBucket")), BucketFault::NoBucket);
        for name in ["ExpiredToken", "InvalidToken"] {
            assert_eq!(answered("400 Bad Request", &code(name)), BucketFault::Denied(name.into()));
        }
        assert_eq!(answered("403 Forbidden", ""), BucketFault::Denied("403".into()));
        assert_eq!(
            answered("400 Bad Request", &code("AuthorizationHeaderMalformed")),
            BucketFault::Refused("AuthorizationHeaderMalformed".into())
        );
        assert_eq!(answered("301 Moved Permanently", &code("PermanentRedirect")), BucketFault::Refused("PermanentRedirect".into()));
        assert!(matches!(told("Received redirect without LOCATION"), BucketFault::Refused(_)));
        assert_eq!(told("Error performing PUT http://169.254.169.254/latest/api/token in 3s - HTTP error"), BucketFault::NoKey);
        for (status, body, said) in [
            ("503 Service Unavailable", code("SlowDown"), "SlowDown"),
            ("400 Bad Request", code("RequestTimeout"), "RequestTimeout"),
            ("429 Too Many Requests", String::new(), "429"),
            // Something in front of the store.
            ("404 Not Found", "<html>AKIA secret</html>".into(), "404"),
            ("502 Bad Gateway", "<html>AKIA secret</html>".into(), "502"),
        ] {
            assert_eq!(answered(status, &body), BucketFault::Unanswered(said.into()));
        }
    }
}
