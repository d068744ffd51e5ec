//! Where notices may go: public hosts over TLS. A service that calls whatever address somebody types could be made to call its own network.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The longest address of an endpoint, in characters.
const LONGEST: usize = 500;

/// Which networks the operator lets notices go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public addresses alone.
    #[default]
    Public,
    /// Private networks too, and plain HTTP on this machine, for trials.
    Private,
}

impl Reach {
    /// Whether a connection to the address may be made.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Private || is_public(address)
    }
}

/// Whether an address is one of the public network, by the registries of special addresses (RFC 6890, as IANA keeps them). An IPv6 address
/// that carries an IPv4 address is as public as that.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && matches!(b, 18 | 19));
    !special
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let within = |at: usize| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|n| v6.octets().get(at + n).copied().unwrap_or(0));
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => within(12),
        [0x2002, ..] => within(2),
        // Teredo and other protocol assignments; documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// The address of an endpoint that may be kept: `https`, and a host that is not plainly private. Where the host leads is asked when a
/// connection is made, of the very address that is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointUrl(Url);

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No URL.
    #[error("请输入完整的 https:// 地址 / enter a whole https:// address")]
    Form,
    /// Not over TLS.
    #[error("地址应以 https:// 开头 / the address begins with https://")]
    Scheme,
    /// A name or password, or a fragment.
    #[error("地址中不能有用户名、密码或 # / the address has no user name, password or #")]
    Extra,
    /// A host of a private network.
    #[error("不能使用内部网络的地址 / addresses of private networks are not called")]
    Private,
    /// Longer than 500 characters.
    #[error("地址至多 500 字符 / the address has at most 500 characters")]
    Long,
}

impl EndpointUrl {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(typed: &str, reach: Reach) -> Result<Self, UrlError> {
        let typed = typed.trim();
        if typed.chars().count() > LONGEST {
            return Err(UrlError::Long);
        }
        let url = Url::parse(typed).map_err(|_| UrlError::Form)?;
        let host = url.host().ok_or(UrlError::Form)?;
        let loopback = match &host {
            Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(v4) => v4.is_loopback(),
            Host::Ipv6(v6) => v6.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback && reach == Reach::Private => {}
            _ => return Err(UrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(UrlError::Extra);
        }
        let allowed = match host {
            Host::Domain(_) => !loopback || reach == Reach::Private,
            Host::Ipv4(v4) => reach.allows(v4.into()),
            Host::Ipv6(v6) => reach.allows(v6.into()),
        };
        if allowed { Ok(Self(url)) } else { Err(UrlError::Private) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is called over TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host as TLS and the resolver know it: without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> String {
        self.0.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// What the header `Host` says.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Path and query.
    #[must_use]
    pub fn target(&self) -> String {
        self.0.query().map_or_else(|| self.0.path().to_owned(), |query| format!("{}?{query}", self.0.path()))
    }
}

impl std::fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_however_they_are_written() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "64:ff9b:1::1",
            "::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2400:3200::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn an_endpoint_is_public_and_over_tls() {
        let of = |typed: &str, reach| EndpointUrl::parse(typed, reach).map(|url| url.to_string());
        assert_eq!(of(" https://hooks.example.cn/yinxin?a=1 ", Reach::Public), Ok("https://hooks.example.cn/yinxin?a=1".into()));
        assert!(of("https://证书.example", Reach::Public).is_ok_and(|url| url.starts_with("https://xn--")));
        for (typed, why) in [
            ("hooks.example.cn", UrlError::Form),
            ("http://hooks.example.cn/", UrlError::Scheme),
            ("ftp://hooks.example.cn/", UrlError::Scheme),
            ("https://user:word@hooks.example.cn/", UrlError::Extra),
            ("https://hooks.example.cn/#x", UrlError::Extra),
            ("https://127.0.0.1/", UrlError::Private),
            ("https://0x7f.1/", UrlError::Private),
            ("https://2130706433/", UrlError::Private),
            ("https://[::ffff:10.0.0.1]/", UrlError::Private),
            ("https://localhost/", UrlError::Private),
            ("http://localhost:9/", UrlError::Scheme),
            (&format!("https://example.cn/{}", "x".repeat(500)), UrlError::Long),
        ] {
            assert_eq!(of(typed, Reach::Public), Err(why), "{typed}");
        }
        assert_eq!(of("http://127.0.0.1:9000/h", Reach::Private), Ok("http://127.0.0.1:9000/h".into()));
        assert_eq!(of("http://10.0.0.1/", Reach::Private), Err(UrlError::Scheme), "plain HTTP stays on this machine");
        let url = EndpointUrl::parse("https://[2606:4700::1111]:8443/a?b", Reach::Public).unwrap();
        assert_eq!(
            (url.host(), url.port(), url.authority(), url.target()),
            ("2606:4700::1111".into(), 8443, "[2606:4700::1111]:8443".into(), "/a?b".into())
        );
    }
}
