//! A bucket of an object store that speaks the S3 protocol: what it is called, where it answers, and by what it knows who asks.

use url::{Host, Url};
use zeroize::Zeroizing;

/// The longest path inside a bucket that comes before the vault's own, in characters. A key has at most 1,024 bytes.
const LONGEST_PREFIX: usize = 200;

/// Where the sealed files lie in an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket.
    pub name: BucketName,
    /// What comes before each file's own path: empty, or folders with `/` between them.
    pub prefix: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Where it answers.
    pub site: Site,
}

/// Where an object store answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// At Amazon's address of the region.
    Amazon,
    /// At an address of its own.
    Endpoint {
        /// The address.
        endpoint: Endpoint,
        /// How the bucket is named there.
        style: Style,
    },
}

/// How a request names the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// By the path, `https://host/bucket/key`.
    Path,
    /// By the host, `https://bucket.host/key`.
    Host,
}

/// Why a bucket cannot be used as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// Not the name of a bucket.
    #[error("桶名应为 3 至 63 个小写字母、数字、连字符或点 / a bucket's name has 3 to 63 lower-case letters, digits, hyphens and dots")]
    Name,
    /// Not a path inside a bucket.
    #[error("桶名后的路径只能含字母、数字、-、_、.，以 / 分隔 / after the name come letters, digits, -, _ and ., with / between them")]
    Prefix,
    /// Not the address of a server.
    #[error("endpoint 应为 https://主机[:端口] / the endpoint is https://host[:port]")]
    Endpoint,
    /// Without TLS across a network.
    #[error(
        "endpoint 不加密（http://）只能用于本机；确在封闭的内部网络中时，设 allow_http = true / http:// is for this machine alone, unless allow_http = true \
         says that the network is a closed one"
    )]
    Clear,
    /// No region.
    #[error("缺少 region（自建的对象存储可填 us-east-1） / there is no region; with a store of your own it can be us-east-1")]
    Region,
    /// Half of a key.
    #[error("AWS_ACCESS_KEY_ID 与 AWS_SECRET_ACCESS_KEY 须同时设置 / both go together")]
    HalfKey,
    /// A key that no header can carry.
    #[error(
        "AWS_… 环境变量中的访问密钥含有空格或不可见字符 / an access key in the environment has blanks or characters that cannot be seen"
    )]
    OddKey,
    /// No key at all.
    #[error("没有访问密钥：请在环境变量中设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY / no access key is set in the environment")]
    NoKey,
}

impl Bucket {
    /// The bucket and the path of `s3://bucket/path`, without what answers there.
    ///
    /// # Errors
    /// [`BucketError`].
    pub fn address(text: &str) -> Result<(BucketName, String), BucketError> {
        let rest = text.strip_prefix("s3://").ok_or(BucketError::Name)?;
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let sound = |part: &str| {
            !matches!(part, "" | "." | "..") && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        if prefix.len() > LONGEST_PREFIX || (!prefix.is_empty() && !prefix.split('/').all(sound)) {
            return Err(BucketError::Prefix);
        }
        Ok((BucketName::parse(name)?, prefix.to_owned()))
    }
}

impl Bucket {
    /// The address that requests begin with, without a slash at the end and, by path, without the bucket; and how they name the bucket.
    /// Amazon's has the bucket in its host, unless a dot in the name makes it one that Amazon's certificate does not cover, and another
    /// end in China ("Amazon S3 endpoints and quotas").
    #[must_use]
    pub fn base(&self) -> (String, Style) {
        match &self.site {
            Site::Endpoint { endpoint, style } => (endpoint.base(&self.name, *style), *style),
            Site::Amazon => {
                let host = format!("s3.{}.{}", self.region, self.amazon());
                let name = self.name.as_str();
                if name.contains('.') { (format!("https://{host}"), Style::Path) } else { (format!("https://{name}.{host}"), Style::Host) }
            }
        }
    }

    /// Where Amazon lends keys to a role, if that is not where its libraries look by themselves.
    #[must_use]
    pub fn lender(&self) -> Option<String> {
        (self.amazon() != "amazonaws.com").then(|| format!("https://sts.{}.{}", self.region, self.amazon()))
    }

    fn amazon(&self) -> &'static str {
        if self.region.starts_with("cn-") && self.site == Site::Amazon { "amazonaws.com.cn" } else { "amazonaws.com" }
    }
}

impl std::fmt::Display for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}", self.name.as_str())?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        match &self.site {
            Site::Amazon => write!(f, " ({})", self.region),
            Site::Endpoint { endpoint, .. } => write!(f, " ({})", endpoint.0.origin().ascii_serialization()),
        }
    }
}

/// The name of a bucket (Amazon S3 user guide, "General purpose bucket naming rules").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketName(String);

impl BucketName {
    /// # Errors
    /// [`BucketError::Name`].
    pub fn parse(text: &str) -> Result<Self, BucketError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let label = |part: &str| {
            part.bytes().all(|b| plain(b) || b == b'-') && part.bytes().next().is_some_and(plain) && part.bytes().last().is_some_and(plain)
        };
        let sound = (3..=63).contains(&text.len()) && text.split('.').all(label) && text.parse::<core::net::Ipv4Addr>().is_err();
        if sound { Ok(Self(text.to_owned())) } else { Err(BucketError::Name) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address of an object store: scheme, host and port alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Reads an address; `clear` says that requests may cross the network without TLS. What is stored is sealed in any case, but who can
    /// change what is on the way can make files vanish.
    ///
    /// # Errors
    /// [`BucketError::Endpoint`], [`BucketError::Clear`].
    pub fn parse(text: &str, clear: bool) -> Result<Self, BucketError> {
        let url = Url::parse(text.trim()).map_err(|_| BucketError::Endpoint)?;
        let local = match url.host().ok_or(BucketError::Endpoint)? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(v4) => v4.is_loopback(),
            Host::Ipv6(v6) => v6.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if local || clear => {}
            "http" => return Err(BucketError::Clear),
            _ => return Err(BucketError::Endpoint),
        }
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if bare && matches!(url.path(), "" | "/") { Ok(Self(url)) } else { Err(BucketError::Endpoint) }
    }

    /// The address that requests for a bucket begin with, without a slash at the end and, by path, without the bucket.
    #[must_use]
    pub fn base(&self, bucket: &BucketName, style: Style) -> String {
        let base = self.0.origin().ascii_serialization();
        match style {
            Style::Path => base,
            Style::Host => base.replacen("://", &format!("://{}.", bucket.as_str()), 1),
        }
    }
}

/// Environment variables that lead to a role which the machine or the container has, as Amazon's own programs know them.
const ROLE: [&str; 6] = [
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// By what an object store knows who asks. It comes from the environment alone, so that no file of the service has it.
#[derive(Clone, Default)]
pub enum Access {
    /// Nothing is set: the role of the machine, if Amazon runs it.
    #[default]
    Unset,
    /// What is set cannot be used.
    Bad(BucketError),
    /// A key.
    Key {
        /// Its name.
        id: String,
        /// Its secret.
        secret: Zeroizing<String>,
        /// What a key for a limited time comes with.
        token: Option<Zeroizing<String>>,
    },
    /// What leads to a role: each variable that is set, with its value.
    Role(Vec<(&'static str, String)>),
}

impl Access {
    /// What the variables say; one that is empty is not set, and blanks at its ends, a line's end above all, are none of it.
    #[must_use]
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        match (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                let token = set("AWS_SESSION_TOKEN");
                let visible = |text: &String| text.bytes().all(|b| b.is_ascii_graphic());
                if [&id, &secret].into_iter().chain(&token).all(visible) {
                    return Self::Key { id, secret: secret.into(), token: token.map(Zeroizing::new) };
                }
                Self::Bad(BucketError::OddKey)
            }
            (None, None) => {
                let role: Vec<_> = ROLE.into_iter().filter_map(|name| Some((name, set(name)?))).collect();
                if role.is_empty() { Self::Unset } else { Self::Role(role) }
            }
            _ => Self::Bad(BucketError::HalfKey),
        }
    }

    /// Whether a store at this site can be asked with it.
    ///
    /// # Errors
    /// [`BucketError`] saying what is wrong with it.
    pub fn suffices(&self, site: &Site) -> Result<(), BucketError> {
        match (self, site) {
            (Self::Bad(why), _) => Err(*why),
            (Self::Unset, Site::Endpoint { .. }) => Err(BucketError::NoKey),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unset => "Unset",
            Self::Bad(_) => "Bad",
            Self::Key { .. } => "Key(..)",
            Self::Role(_) => "Role(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_with_a_path() {
        let read = |text| Bucket::address(text).map(|(name, prefix)| (name.as_str().to_owned(), prefix));
        assert_eq!(read("s3://yinxin"), Ok(("yinxin".into(), String::new())));
        assert_eq!(read("s3://cert.example.cn/prod/vault/"), Ok(("cert.example.cn".into(), "prod/vault".into())));
        for bad in ["yinxin", "s3://", "s3://ab", "s3://Yinxin", "s3://a..b", "s3://-ab", "s3://10.0.0.1", "s3://证书"] {
            assert_eq!(read(bad), Err(BucketError::Name), "{bad}");
        }
        for bad in ["s3://yinxin/a//b", "s3://yinxin/../b", "s3://yinxin/a b", "s3://yinxin/a?b", "s3://yinxin//a"] {
            assert_eq!(read(bad), Err(BucketError::Prefix), "{bad}");
        }
    }

    #[test]
    fn an_endpoint_is_a_host_over_tls_or_this_machine() {
        let name = BucketName::parse("yinxin").unwrap();
        let based = |text, clear, style| Endpoint::parse(text, clear).map(|endpoint| endpoint.base(&name, style));
        assert_eq!(based("https://oss.example.cn/", false, Style::Host), Ok("https://yinxin.oss.example.cn".into()));
        assert_eq!(based("https://minio.example:9000", false, Style::Path), Ok("https://minio.example:9000".into()));
        assert_eq!(based("http://127.0.0.1:9000", false, Style::Path), Ok("http://127.0.0.1:9000".into()));
        assert_eq!(based("http://[::1]:9000", false, Style::Path), Ok("http://[::1]:9000".into()));
        assert_eq!(based("http://minio:9000", true, Style::Path), Ok("http://minio:9000".into()));
        assert_eq!(based("http://minio:9000", false, Style::Path), Err(BucketError::Clear));
        for bad in ["minio:9000", "https://", "ftp://x", "https://a/yinxin", "https://key:secret@a", "https://a?x", "/yinxin"] {
            assert_eq!(based(bad, true, Style::Path), Err(BucketError::Endpoint), "{bad}");
        }
    }

    #[test]
    fn amazon_is_found_in_each_of_its_parts() {
        let at = |name, region: &str| {
            let bucket =
                Bucket { name: BucketName::parse(name).unwrap(), prefix: String::new(), region: region.to_owned(), site: Site::Amazon };
            (bucket.base(), bucket.lender())
        };
        assert_eq!(at("yinxin", "eu-central-1"), (("https://yinxin.s3.eu-central-1.amazonaws.com".into(), Style::Host), None));
        assert_eq!(at("cert.example.cn", "eu-central-1").0, ("https://s3.eu-central-1.amazonaws.com".into(), Style::Path));
        let beijing = ("https://yinxin.s3.cn-north-1.amazonaws.com.cn".into(), Style::Host);
        assert_eq!(at("yinxin", "cn-north-1"), (beijing, Some("https://sts.cn-north-1.amazonaws.com.cn".into())));
    }

    #[test]
    fn access_comes_from_the_environment_and_is_not_printed() {
        let of = |set: &[(&str, &str)]| {
            let set: std::collections::BTreeMap<String, String> = set.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
            Access::of(|name| set.get(name).cloned())
        };
        let own = Site::Endpoint { endpoint: Endpoint::parse("https://minio.example", false).unwrap(), style: Style::Path };
        let key = of(&[("AWS_ACCESS_KEY_ID", "name"), ("AWS_SECRET_ACCESS_KEY", "hidden"), ("AWS_SESSION_TOKEN", "")]);
        assert!(matches!(&key, Access::Key { token: None, .. }) && !format!("{key:?}").contains("hidden"));
        assert_eq!(key.suffices(&own), Ok(()));
        let trimmed = of(&[("AWS_ACCESS_KEY_ID", "name\r"), ("AWS_SECRET_ACCESS_KEY", " hidden\n")]);
        assert!(matches!(trimmed, Access::Key { id, secret, .. } if id == "name" && secret.as_str() == "hidden"));
        let odd = of(&[("AWS_ACCESS_KEY_ID", "na\u{7f}me"), ("AWS_SECRET_ACCESS_KEY", "hidden")]);
        assert_eq!(odd.suffices(&Site::Amazon), Err(BucketError::OddKey));
        assert_eq!(of(&[("AWS_ACCESS_KEY_ID", "name")]).suffices(&Site::Amazon), Err(BucketError::HalfKey));
        assert_eq!((of(&[]).suffices(&own), of(&[]).suffices(&Site::Amazon)), (Err(BucketError::NoKey), Ok(())));
        let role = of(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/role"), ("AWS_PROFILE", "x")]);
        assert!(matches!(&role, Access::Role(set) if set.len() == 1));
        assert_eq!(role.suffices(&own), Ok(()));
    }
}
