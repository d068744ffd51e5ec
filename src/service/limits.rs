//! Who may ask how often. Every public door takes its tokens here, so that pages and API share one count.
//!
//! An address is counted by leases: a process takes a few tokens at once from the bucket that all processes share and spends them from
//! memory, so that a lookup does not cost a write. A searched person is counted one by one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::domain::identity::IdentityDocument;
use crate::domain::limit::{Limit, Taken};
use crate::domain::time::Instant;

use super::{Service, ServiceError};

/// How long to wait before asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Whole seconds, at least one.
    pub seconds: u64,
}

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum LimitedError {
    /// Too many questions.
    #[error("查询过于频繁，请在 {} 秒后重试 / too many questions; ask again in {} seconds", .0.seconds, .0.seconds)]
    TooMany(Wait),
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Tokens that a process takes at once for an address.
const LEASE: u32 = 10;
/// How long leased tokens may be spent, in milliseconds: what is not spent by then is lost to the address, not won.
const LEASE_MILLIS: i64 = 10_000;
/// Leases that are kept; when there are more, those that ended are forgotten.
const MAX_LEASES: usize = 100_000;

/// The leases of this process.
#[derive(Debug, Default)]
pub struct Leases(Mutex<HashMap<String, Lease>>);

#[derive(Debug, Clone, Copy)]
struct Lease {
    left: u32,
    until: i64,
}

impl Leases {
    /// Spends a leased token, if there is one.
    fn spend(&self, bucket: &str, now: Instant) -> bool {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match leases.get_mut(bucket) {
            Some(lease) if lease.left > 0 && now.millis() < lease.until => {
                lease.left -= 1;
                true
            }
            _ => false,
        }
    }

    fn keep(&self, bucket: String, left: u32, now: Instant) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if leases.len() >= MAX_LEASES {
            leases.retain(|_, lease| lease.until > now.millis() && lease.left > 0);
        }
        if leases.len() < MAX_LEASES {
            leases.insert(bucket, Lease { left, until: now.millis() + LEASE_MILLIS });
        }
    }
}

impl Service {
    /// Counts a question by number, code or file.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address has asked too often.
    pub async fn count_question(&self, from: IpAddr, now: Instant) -> Result<(), LimitedError> {
        let bucket = self.registry.keys().address_hash("question", &network(from));
        if self.leases.spend(&bucket, now) {
            return Ok(());
        }
        let limit = self.config.limits.address;
        let lease = LEASE.min(limit.burst());
        if let Taken::Granted { .. } = self.take(&bucket, limit, lease, now).await? {
            self.leases.keep(bucket, lease - 1, now);
            return Ok(());
        }
        // Less than a lease is left: one by one to the end, so that the burst is what was promised.
        self.take_one(&bucket, limit, now).await
    }

    /// Counts a question by identity number: against the address, then against the person, known to us or not.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address or the person was asked for too often.
    pub async fn count_identity_question(&self, from: IpAddr, document: &IdentityDocument, now: Instant) -> Result<(), LimitedError> {
        let keys = self.registry.keys();
        let (address, person) = (keys.address_hash("identity", &network(from)), keys.person_bucket(document));
        self.take_one(&address, self.config.limits.identity, now).await?;
        self.take_one(&person, self.config.limits.person, now).await
    }

    /// Counts the rows of a list against the address that sent it: all of them, or none.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address has sent too many rows.
    pub async fn count_list_rows(&self, from: IpAddr, rows: usize, now: Instant) -> Result<(), LimitedError> {
        let bucket = self.registry.keys().address_hash("list", &network(from));
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.take_some(&bucket, self.config.limits.list, rows, now).await
    }

    pub(super) async fn take_one(&self, bucket: &str, limit: Limit, now: Instant) -> Result<(), LimitedError> {
        self.take_some(bucket, limit, 1, now).await
    }

    async fn take_some(&self, bucket: &str, limit: Limit, count: u32, now: Instant) -> Result<(), LimitedError> {
        match self.take(bucket, limit, count, now).await? {
            Taken::Granted { .. } => Ok(()),
            Taken::Refused { retry_after } => {
                let seconds = u64::try_from(retry_after).unwrap_or(0).div_ceil(1_000).max(1);
                Err(LimitedError::TooMany(Wait { seconds }))
            }
        }
    }

    async fn take(&self, bucket: &str, limit: Limit, count: u32, now: Instant) -> Result<Taken, ServiceError> {
        Ok(self.registry.take_tokens(bucket, limit, count, now).await?)
    }

    /// Forgets buckets that are full again.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn sweep_limits(&self, now: Instant) -> Result<u64, ServiceError> {
        Ok(self.registry.sweep_buckets(now).await?)
    }
}

/// What counts as one address: an IPv4 address, or the /64 that an IPv6 host has to itself (RFC 4291, 2.5.4).
fn network(address: IpAddr) -> [u8; 16] {
    let mut bytes = match address.to_canonical() {
        IpAddr::V4(v4) => return v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    };
    bytes[8..].fill(0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_host_cannot_change_its_bucket() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    }

    #[test]
    fn leased_tokens_are_spent_once_and_end() {
        let (leases, now) = (Leases::default(), Instant::from_millis(1_700_000_000_000).unwrap());
        assert!(!leases.spend("a", now));
        leases.keep("a".into(), 2, now);
        assert!(leases.spend("a", now) && leases.spend("a", now) && !leases.spend("a", now));
        leases.keep("a".into(), 2, now);
        assert!(!leases.spend("a", now.plus_millis(LEASE_MILLIS)));
    }
}
