//! Who may ask how often. Every public door takes its tokens here, so that pages and API share one count.
//!
//! An address is counted by leases: a process takes a few tokens at once from the bucket that all processes share and spends them from
//! memory, so that a lookup does not cost a write. A searched person is counted one by one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::domain::api_key::ApiKey;
use crate::domain::identity::IdentityDocument;
use crate::domain::limit::{Limit, Taken};
use crate::domain::number::CertificateNumber;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

use super::{Service, ServiceError};

/// Who pays for a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payer {
    /// The address that it comes from.
    Address(IpAddr),
    /// The key of an integrator, from wherever it comes.
    Key(ApiKey),
}

/// A bucket's rule under the name that answers give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: &'static str,
    /// The rule.
    pub limit: Limit,
}

/// What is left after a question that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// By which rule.
    pub policy: Policy,
    /// Questions that may follow at once.
    pub left: u32,
    /// Whole seconds until the bucket is full again; of a refusal, until it holds what was asked for.
    pub seconds: u64,
}

/// How long to wait before asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Whole seconds, at least one.
    pub seconds: u64,
    /// The rule that refused.
    pub policy: Policy,
}

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum LimitedError {
    /// Too many questions.
    #[error("查询过于频繁，请在 {} 秒后重试 / too many questions; ask again in {} seconds", .0.seconds, .0.seconds)]
    TooMany(Wait),
    /// More questions at once than the bucket ever holds: no waiting helps.
    #[error("一次至多查询 {0} 份 / at most {0} may be asked for at once")]
    NeverFits(u32),
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A process takes at most this part of a bucket at once for an address.
const LEASES_OF_A_BURST: u32 = 6;
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
    /// When the bucket will be full again, as far as this process knows.
    full_at: i64,
}

impl Leases {
    /// Spends a leased token, if there is one. Answers how many remain of the lease, and when the bucket is full.
    fn spend(&self, bucket: &str, now: Instant) -> Option<(u32, i64)> {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match leases.get_mut(bucket) {
            Some(lease) if lease.left > 0 && now.millis() < lease.until => {
                lease.left -= 1;
                Some((lease.left, lease.full_at))
            }
            _ => None,
        }
    }

    fn keep(&self, bucket: String, left: u32, full_at: i64, now: Instant) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = leases.get_mut(&bucket).filter(|lease| now.millis() < lease.until) {
            // Another question of the same address took a lease meanwhile: both count, until the older one ends.
            lease.left += left;
            lease.full_at = lease.full_at.max(full_at);
            return;
        }
        if leases.len() >= MAX_LEASES {
            leases.retain(|_, lease| lease.until > now.millis() && lease.left > 0);
        }
        if leases.len() < MAX_LEASES {
            leases.insert(bucket, Lease { left, until: now.millis() + LEASE_MILLIS, full_at });
        }
    }
}

impl Policy {
    /// What is left in a bucket by this rule, beside tokens of it that are leased.
    fn allowance(self, full_at: i64, leased: u32, now: Instant) -> Allowance {
        let left = self.limit.left(full_at, now).saturating_add(leased).min(self.limit.burst());
        Allowance { policy: self, left, seconds: u64::try_from(full_at - now.millis()).unwrap_or(0).div_ceil(1_000) }
    }
}

impl Wait {
    /// The same as an answer shows it.
    #[must_use]
    pub fn allowance(self) -> Allowance {
        Allowance { policy: self.policy, left: 0, seconds: self.seconds }
    }
}

impl Service {
    /// Counts a question by number, code or file.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address has asked too often.
    pub async fn count_question(&self, from: IpAddr, now: Instant) -> Result<(), LimitedError> {
        self.count(&Payer::Address(from), 1, now).await.map(|_| ())
    }

    /// Counts `questions` by number, code or file at once.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if who pays has asked too often, [`LimitedError::NeverFits`] if they may never ask for so many at once.
    pub async fn count(&self, payer: &Payer, questions: u32, now: Instant) -> Result<Allowance, LimitedError> {
        let (bucket, policy) = self.bucket(payer);
        if questions > policy.limit.burst() {
            return Err(LimitedError::NeverFits(policy.limit.burst()));
        }
        if questions == 1 {
            if let Some((leased, full_at)) = self.leases.spend(&bucket, now) {
                return Ok(policy.allowance(full_at, leased, now));
            }
            let lease = lease(policy.limit);
            if let Taken::Granted { full_at } = self.take(&bucket, policy.limit, lease, now).await? {
                self.leases.keep(bucket, lease - 1, full_at, now);
                return Ok(policy.allowance(full_at, lease - 1, now));
            }
            // Less than a lease is left: one by one to the end, so that the burst is what was promised.
        }
        self.take_all(&bucket, policy, questions, now).await
    }

    /// Counts a question by identity number from an address: against it, then against the person, known to us or not.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address or the person was asked for too often.
    pub async fn count_identity_question(&self, from: IpAddr, document: &IdentityDocument, now: Instant) -> Result<(), LimitedError> {
        self.count_identity(&Payer::Address(from), document, now).await.map(|_| ())
    }

    /// Counts the rows of a list against the address that sent it: all of them, or none.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address has sent too many rows.
    pub async fn count_list_rows(&self, from: IpAddr, rows: usize, now: Instant) -> Result<(), LimitedError> {
        let bucket = self.registry.keys().address_hash("list", &network(from));
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let policy = Policy { name: "list", limit: self.config.limits.list };
        self.take_all(&bucket, policy, rows, now).await.map(|_| ())
    }

    /// Counts an objection against the address that hands it in.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address has handed in too many.
    pub async fn count_objection(&self, from: IpAddr, now: Instant) -> Result<(), LimitedError> {
        let bucket = self.registry.keys().address_hash("objection", &network(from));
        let policy = Policy { name: "objection", limit: self.config.limits.objection };
        self.take_all(&bucket, policy, 1, now).await.map(|_| ())
    }

    /// The same whoever pays. A key stands for the address, never for the person.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if who pays or the person was asked for too often.
    pub async fn count_identity(&self, payer: &Payer, document: &IdentityDocument, now: Instant) -> Result<Allowance, LimitedError> {
        let keys = self.registry.keys();
        let allowance = match payer {
            Payer::Address(from) => {
                let policy = Policy { name: "identity", limit: self.config.limits.identity };
                self.take_all(&keys.address_hash("identity", &network(*from)), policy, 1, now).await?
            }
            Payer::Key(_) => self.count(payer, 1, now).await?,
        };
        let policy = Policy { name: "person", limit: self.config.limits.person };
        self.take_all(&keys.person_bucket(document), policy, 1, now).await?;
        Ok(allowance)
    }

    /// Counts a question from an address whether a certificate is a named person's.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if the address asked too often, or the certificate was asked for with names too often.
    pub async fn count_name_question(&self, from: IpAddr, number: &CertificateNumber, now: Instant) -> Result<(), LimitedError> {
        self.count_name(&Payer::Address(from), number, now).await.map(|_| ())
    }

    /// The same whoever pays: against them, then against the certificate, known to us or not. A key never stands for the certificate.
    ///
    /// # Errors
    /// [`LimitedError::TooMany`] if who pays asked too often, or the certificate was asked for with names too often.
    pub async fn count_name(&self, payer: &Payer, number: &CertificateNumber, now: Instant) -> Result<Allowance, LimitedError> {
        let allowance = self.count(payer, 1, now).await?;
        let policy = Policy { name: "name", limit: self.config.limits.name };
        self.take_all(&self.registry.keys().name_bucket(number), policy, 1, now).await?;
        Ok(allowance)
    }

    fn bucket(&self, payer: &Payer) -> (String, Policy) {
        let keys = self.registry.keys();
        match payer {
            Payer::Address(from) => {
                (keys.address_hash("question", &network(*from)), Policy { name: "address", limit: self.config.limits.address })
            }
            Payer::Key(key) => (keys.key_bucket(&key.id), Policy { name: "key", limit: key.quota.limit() }),
        }
    }

    /// Counts what comes from an address under a name of its own.
    pub(super) async fn take_from_address(&self, policy: Policy, from: IpAddr, now: Instant) -> Result<(), LimitedError> {
        let bucket = self.registry.keys().address_hash(policy.name, &network(from));
        self.take_all(&bucket, policy, 1, now).await.map(|_| ())
    }

    /// Counts what is tried with a telephone, whether it has an account or not.
    pub(super) async fn take_for_telephone(&self, policy: Policy, telephone: &Telephone, now: Instant) -> Result<(), LimitedError> {
        let bucket = self.registry.keys().telephone_bucket(policy.name, telephone);
        self.take_all(&bucket, policy, 1, now).await.map(|_| ())
    }

    /// Gives back what was counted for a telephone, since it was its owner.
    pub(super) async fn give_back_for_telephone(&self, policy: Policy, telephone: &Telephone) -> Result<(), ServiceError> {
        let bucket = self.registry.keys().telephone_bucket(policy.name, telephone);
        Ok(self.registry.give_back_tokens(&bucket, policy.limit, 1).await?)
    }

    /// Takes all of `count` from a bucket, or none.
    pub(super) async fn take_all(&self, bucket: &str, policy: Policy, count: u32, now: Instant) -> Result<Allowance, LimitedError> {
        match self.take(bucket, policy.limit, count, now).await? {
            Taken::Granted { full_at } => Ok(policy.allowance(full_at, 0, now)),
            Taken::Refused { retry_after } => {
                let seconds = u64::try_from(retry_after).unwrap_or(0).div_ceil(1_000).max(1);
                Err(LimitedError::TooMany(Wait { seconds, policy }))
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

/// Tokens that a process takes at once for an address: what the bucket wins while they may be spent, so that one who asks seldom never
/// loses more than comes back; and a part of the bucket only, so that several processes can serve the same address.
fn lease(limit: Limit) -> u32 {
    let won = LEASE_MILLIS / limit.cost(1).max(1);
    u32::try_from(won).unwrap_or(u32::MAX).clamp(1, limit.burst().div_ceil(LEASES_OF_A_BURST))
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
    fn a_lease_is_what_the_bucket_wins_meanwhile() {
        let of = |burst, refill| lease(Limit::new(burst, refill).unwrap());
        assert_eq!([of(60, 1_000), of(6, 1_000), of(60, 60_000), of(1, 1)], [10, 1, 1, 1]);
        assert_eq!(of(1_000_000, 1), 10_000);
    }

    #[test]
    fn leased_tokens_are_spent_once_and_end() {
        let (leases, now) = (Leases::default(), Instant::from_millis(1_700_000_000_000).unwrap());
        assert_eq!(leases.spend("a", now), None);
        leases.keep("a".into(), 2, 7, now);
        assert_eq!([0; 3].map(|_| leases.spend("a", now)), [Some((1, 7)), Some((0, 7)), None]);
        leases.keep("b".into(), 1, 8, now);
        leases.keep("b".into(), 1, 9, now.plus_millis(5));
        assert_eq!([0; 3].map(|_| leases.spend("b", now)), [Some((1, 9)), Some((0, 9)), None], "two leases at once");
        leases.keep("a".into(), 2, 7, now);
        assert_eq!(leases.spend("a", now.plus_millis(LEASE_MILLIS)), None);
    }
}
