//! A vault in a bucket of an object store that speaks the S3 protocol.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::wire::Wires;
use crate::domain::bucket::{Access, Bucket, Site, Style};

/// Requests that are under way at once in work on many files: a store answers each late, and many together.
pub const AT_ONCE: usize = 32;

/// How often a request that failed by the network or by a busy store is made again, and for how long. Somebody may be waiting.
fn retries() -> RetryConfig {
    let backoff = BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: 5, retry_timeout: Duration::from_secs(20) }
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
    builder = match &bucket.site {
        Site::Amazon => builder.with_virtual_hosted_style_request(true),
        Site::Endpoint { endpoint, style } => {
            builder.with_endpoint(endpoint.base(&bucket.name, *style)).with_virtual_hosted_style_request(*style == Style::Host)
        }
    };
    builder = match access {
        Access::Unset | Access::Half => builder,
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

/// What an error of the store comes from.
pub fn fault(error: &object_store::Error) -> BucketFault {
    let code = code(error);
    match (code.as_deref(), error) {
        (Some("NoSuchBucket"), _) => BucketFault::NoBucket,
        (_, object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }) => {
            BucketFault::Denied(code.unwrap_or_else(|| "403".to_owned()))
        }
        (Some(code @ ("AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "RequestTimeTooSkewed")), _) => {
            BucketFault::Denied(code.to_owned())
        }
        _ => BucketFault::Unanswered(code.unwrap_or_else(|| root(error))),
    }
}

/// The code of the store's answer ("Error responses" of the S3 API: `<Error><Code>…`). The rest of such an answer is not repeated: it may
/// have the name of the key and what was signed.
fn code(error: &object_store::Error) -> Option<String> {
    let text = error.to_string();
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    (code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| code.to_owned())
}

/// What lies under it all: a refused connection, a host without an address, an answer's first line.
fn root(error: &object_store::Error) -> String {
    let mut under: &dyn std::error::Error = error;
    while let Some(next) = under.source() {
        under = next;
    }
    // The answer of something that is no object store can be a whole page.
    under.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}
