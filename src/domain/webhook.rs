//! Notices (webhooks) to issuers' own systems, by Standard Webhooks 1.0: what they tell, where they go, and when one is tried again.
//!
//! A notice says what the public may know, and of a claim how it stands: numbers, states, programmes, dates. Never a person.

mod event;
mod reach;

pub use event::{CertificateFact, ClaimFact, Event, EventId, EventKind, EventKinds};
pub use reach::{EndpointUrl, Reach, UrlError, is_public};

use super::digest::hexadecimal;
use super::time::Instant;

/// For how long a secret that was replaced signs beside the new one, in milliseconds: a day.
pub const BOTH_SECRETS: i64 = 86_400_000;
/// An endpoint at which nothing succeeded for so long is stopped, in milliseconds: three days.
pub const PATIENCE: i64 = 3 * 86_400_000;
/// The longest wait that an endpoint can ask for by `Retry-After`, in seconds: a day.
pub const LONGEST_ASKED: i64 = 86_400;

/// The waits after each attempt that failed, in seconds: the example of the specification ("Deliverability and reliability"). What failed
/// after the last is given up, 75 hours after the first.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// After how many milliseconds a notice is tried again that was tried `tries` times; `None` if it is given up. A tenth is added at most, by
/// the notice's own id, so that what failed at once does not come again at once.
#[must_use]
pub fn wait_after(tries: u32, event: &EventId) -> Option<i64> {
    let wait = *WAITS.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let spread = event.as_str().bytes().fold(0_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 1_000);
    Some(wait * 1_000 + wait * spread / 10)
}

/// By what an endpoint is named: no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(String);

/// Not the id of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("不是接收地址的标识 / not the id of an endpoint")]
pub struct EndpointIdError;

impl EndpointId {
    /// The id that is made of random bytes.
    #[must_use]
    pub fn of_random(bytes: [u8; 6]) -> Self {
        Self("w".to_owned() + &hexadecimal(&bytes))
    }

    /// # Errors
    /// [`EndpointIdError`].
    pub fn parse(text: &str) -> Result<Self, EndpointIdError> {
        let digits = text.strip_prefix('w').ok_or(EndpointIdError)?;
        let right = digits.len() == 12 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if right { Ok(Self(text.to_owned())) } else { Err(EndpointIdError) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for EndpointId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an endpoint is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    /// It is.
    Active,
    /// The staff paused it: what happens meanwhile waits.
    Paused,
    /// It stopped by itself: it answered 410 Gone, or nothing succeeded for [`PATIENCE`].
    Stopped,
}

impl EndpointState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Stopped];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }

    /// The inverse of [`EndpointState::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Waiting,
    /// It was answered with 2xx.
    Delivered,
    /// Every attempt failed.
    GivenUp,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::GivenUp];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given-up",
        }
    }

    /// The inverse of [`DeliveryState::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Why an attempt was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// The host has no address.
    NoAddress,
    /// Its address is none that this service calls.
    PrivateAddress,
    /// No connection.
    Connect,
    /// TLS failed: the certificate is not trusted, or of another host.
    Tls,
    /// The time was over.
    Timeout,
    /// The connection broke, or the answer was no HTTP.
    Protocol,
}

impl Unanswered {
    /// Every reason.
    pub const ALL: [Self; 6] = [Self::NoAddress, Self::PrivateAddress, Self::Connect, Self::Tls, Self::Timeout, Self::Protocol];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAddress => "no-address",
            Self::PrivateAddress => "private-address",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }

    /// The inverse of [`Unanswered::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.code() == code)
    }

    /// As people read it: Chinese and English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoAddress => ("域名无法解析", "the host has no address"),
            Self::PrivateAddress => ("地址在内部网络中，不予连接", "the address is in a private network: not connected to"),
            Self::Connect => ("无法连接", "no connection"),
            Self::Tls => ("TLS 证书不受信任或与域名不符", "TLS failed: the certificate is not trusted or of another host"),
            Self::Timeout => ("15 秒内没有答复", "no answer within 15 seconds"),
            Self::Protocol => ("连接中断或答复不是 HTTP", "the connection broke, or the answer was no HTTP"),
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered, with this status; `retry_after` in seconds.
    Answered {
        /// The status.
        status: u16,
        /// For how long the endpoint wants no more, in seconds.
        retry_after: Option<i64>,
    },
    /// It was not.
    Unanswered(Unanswered),
}

impl Outcome {
    /// Whether the notice was taken (2xx).
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Answered { status: 200..=299, .. })
    }

    /// Whether the endpoint wants nothing ever (410 Gone).
    #[must_use]
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Answered { status: 410, .. })
    }

    /// When a notice that was tried `tries` times and failed is tried again; `None` if it is given up.
    #[must_use]
    pub fn next(self, tries: u32, event: &EventId, now: Instant) -> Option<Instant> {
        let wait = wait_after(tries, event)?;
        let asked = match self {
            Self::Answered { retry_after: Some(seconds), .. } => seconds.clamp(0, LONGEST_ASKED) * 1_000,
            _ => 0,
        };
        Some(now.plus_millis(wait.max(asked)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_over_three_days_and_end() {
        let event = EventId::parse("evt_0123456789abcdef0123456789abcdef").unwrap();
        let waits: Vec<i64> = (1..=9).map(|tries| wait_after(tries, &event).unwrap()).collect();
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
        let hours = waits.iter().sum::<i64>() / 3_600_000;
        assert!((75..=84).contains(&hours), "{hours}");
        assert_eq!((wait_after(0, &event), wait_after(10, &event)), (None, None));
        for (wait, plain) in waits.iter().zip(WAITS) {
            assert!((plain * 1_000..=plain * 1_100).contains(wait), "{wait}");
        }
    }

    #[test]
    fn an_endpoint_may_ask_for_more_time_but_not_for_ever() {
        let event = EventId::parse("evt_0123456789abcdef0123456789abcdef").unwrap();
        let after =
            |seconds| Outcome::Answered { status: 503, retry_after: Some(seconds) }.next(1, &event, Instant::EPOCH).unwrap().millis();
        assert_eq!(after(120), 120_000);
        assert_eq!(after(1), wait_after(1, &event).unwrap());
        assert_eq!(after(i64::MAX), 86_400_000);
        assert!(Outcome::Answered { status: 204, retry_after: None }.is_success());
        assert!(!Outcome::Answered { status: 302, retry_after: None }.is_success());
        assert!(Outcome::Unanswered(Unanswered::Tls).next(10, &event, Instant::EPOCH).is_none());
    }

    #[test]
    fn codes_read_back() {
        let id = EndpointId::of_random([1, 2, 3, 4, 5, 255]);
        assert_eq!(EndpointId::parse(id.as_str()), Ok(id));
        assert!(EndpointId::parse("w0102").is_err() && EndpointId::parse("k0102030405ff").is_err());
        assert!(EndpointState::ALL.into_iter().all(|s| EndpointState::from_code(s.code()) == Some(s)));
        assert!(DeliveryState::ALL.into_iter().all(|s| DeliveryState::from_code(s.code()) == Some(s)));
        assert!(Unanswered::ALL.into_iter().all(|s| Unanswered::from_code(s.code()) == Some(s)));
    }
}
