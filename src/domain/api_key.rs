//! Keys of integrators: programs that ask more often than a reader's address may.

use std::collections::BTreeSet;
use std::fmt;

use zeroize::ZeroizeOnDrop;

use super::digest::hexadecimal;
use super::issuer::Slug;
use super::limit::{Limit, LimitError};
use super::text::tidy;
use super::time::Instant;

const PREFIX: &str = "yx_";
/// Digits of 256 bits in base 62: 62^43 is more than 2^256, 62^42 is less.
const DIGITS: usize = 43;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DAY_MILLIS: u32 = 86_400_000;

/// The secret itself: `yx_` and 256 random bits in base 62. It is shown once, kept nowhere, and never printed by `{:?}`.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct ApiSecret(String);

/// The text is no key of this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("不是本站的 API 密钥 / not an API key of this service")]
pub struct ApiSecretError;

impl ApiSecret {
    /// The key that is made of 256 random bits.
    #[must_use]
    pub fn of_random(mut bytes: [u8; 32]) -> Self {
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            // Long division of the whole number by 62: the remainder is the next digit from the right.
            let mut rest = 0u32;
            for byte in &mut bytes {
                let part = rest * 256 + u32::from(*byte);
                *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
                rest = part % 62;
            }
            *digit = usize::try_from(rest).ok().and_then(|i| ALPHABET.get(i)).copied().unwrap_or(b'0');
        }
        Self(digits.iter().fold(PREFIX.to_owned(), |text, digit| text + char::from(*digit).encode_utf8(&mut [0; 4])))
    }

    /// Reads a key as a program sends it, every character as it was shown.
    ///
    /// # Errors
    /// [`ApiSecretError`].
    pub fn parse(text: &str) -> Result<Self, ApiSecretError> {
        let digits = text.strip_prefix(PREFIX).ok_or(ApiSecretError)?;
        let right = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_alphanumeric());
        if right { Ok(Self(text.to_owned())) } else { Err(ApiSecretError) }
    }

    /// The whole key, for the one who asked for it and for the keyed hash.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret([elided])")
    }
}

/// By what a key is named in lists and in the audit trail: no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApiKeyId(String);

/// Not the id of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密钥标识为 k 加 12 位小写十六进制数字 / the id of a key is k and 12 lower-case hexadecimal digits")]
pub struct ApiKeyIdError;

impl ApiKeyId {
    /// The id that is made of random bytes.
    #[must_use]
    pub fn of_random(bytes: [u8; 6]) -> Self {
        Self("k".to_owned() + &hexadecimal(&bytes))
    }

    /// # Errors
    /// [`ApiKeyIdError`].
    pub fn parse(text: &str) -> Result<Self, ApiKeyIdError> {
        let digits = text.strip_prefix('k').ok_or(ApiKeyIdError)?;
        let right = digits.len() == 12 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if right { Ok(Self(text.to_owned())) } else { Err(ApiKeyIdError) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose key it is: 1 to 60 characters that the operator reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyName(String);

/// No name, or a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密钥名称应为 1 至 60 字，实际 {0} 字 / the name of a key has 1 to 60 characters, this has {0}")]
pub struct ApiKeyNameError(usize);

impl ApiKeyName {
    /// # Errors
    /// [`ApiKeyNameError`] if nothing remains after tidying, or more than 60 characters do.
    pub fn parse(typed: &str) -> Result<Self, ApiKeyNameError> {
        let text = tidy(typed);
        match text.chars().count() {
            1..=60 => Ok(Self(text)),
            n => Err(ApiKeyNameError(n)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How often a key may ask: so many certificates a day, which come back evenly, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    per_day: u32,
    limit: Limit,
}

/// A quota outside what a bucket can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("每日配额应为 1 至 1000000 次，一次至多 1000000 / a quota is 1 to 1,000,000 a day and at most 1,000,000 at once")]
pub struct QuotaError;

impl From<LimitError> for QuotaError {
    fn from(_: LimitError) -> Self {
        Self
    }
}

/// What a quota lets through at once unless it says otherwise: a whole bulk request.
pub const USUAL_BURST: u32 = 1_000;

impl Quota {
    /// `per_day`, of which `burst` at once: by default a bulk request, or the whole day's where that is less.
    ///
    /// # Errors
    /// [`QuotaError`].
    pub fn new(per_day: u32, burst: Option<u32>) -> Result<Self, QuotaError> {
        if !(1..=1_000_000).contains(&per_day) {
            return Err(QuotaError);
        }
        let burst = burst.unwrap_or_else(|| per_day.min(USUAL_BURST));
        // Rounded up, so that a day never gives back more than was promised to the operator.
        Ok(Self { per_day, limit: Limit::new(burst, DAY_MILLIS.div_ceil(per_day))? })
    }

    /// Certificates a day.
    #[must_use]
    pub fn per_day(self) -> u32 {
        self.per_day
    }

    /// As a bucket.
    #[must_use]
    pub fn limit(self) -> Limit {
        self.limit
    }
}

/// Something that a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Ask what anybody may ask.
    Lookup,
    /// Read how the claims of an issuer's certificates stand.
    ClaimsRead,
    /// Hand in lists for an issuer, which are issued.
    Issue,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Lookup, Self::ClaimsRead, Self::Issue];

    /// The name in records and at the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::ClaimsRead => "claims:read",
            Self::Issue => "issue",
        }
    }

    /// The inverse of [`Scope::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }
}

/// Everything that a key may do: at least one thing, and what belongs to an issuer for one issuer alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes {
    set: BTreeSet<Scope>,
    issuer: Option<Slug>,
}

/// Scopes that no key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopesError {
    /// None, or one that is not known.
    #[error("权限应为 lookup、claims:read、issue 中的一项或多项 / a scope is lookup, claims:read or issue")]
    Unknown,
    /// A partner's scope without an issuer, or an issuer without such a scope.
    #[error("claims:read 和 issue 须指明一个颁发机构，只有 lookup 时不需要 / claims:read and issue need an issuer, lookup alone has none")]
    Issuer,
}

impl Scopes {
    /// What every key may do that nothing else was said of.
    #[must_use]
    pub fn lookup() -> Self {
        Self { set: BTreeSet::from([Scope::Lookup]), issuer: None }
    }

    /// # Errors
    /// [`ScopesError`].
    pub fn new(scopes: impl IntoIterator<Item = Scope>, issuer: Option<Slug>) -> Result<Self, ScopesError> {
        let set: BTreeSet<Scope> = scopes.into_iter().collect();
        if set.is_empty() {
            return Err(ScopesError::Unknown);
        }
        let for_partners = set.iter().any(|scope| *scope != Scope::Lookup);
        if for_partners == issuer.is_some() { Ok(Self { set, issuer }) } else { Err(ScopesError::Issuer) }
    }

    /// Reads their names.
    ///
    /// # Errors
    /// [`ScopesError`].
    pub fn parse<'a>(codes: impl IntoIterator<Item = &'a str>, issuer: Option<Slug>) -> Result<Self, ScopesError> {
        let scopes = codes.into_iter().map(|code| Scope::from_code(code).ok_or(ScopesError::Unknown)).collect::<Result<Vec<_>, _>>()?;
        Self::new(scopes, issuer)
    }

    /// Whether it is among them.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.set.contains(&scope)
    }

    /// For whom a partner may do something; `None` if it may not.
    #[must_use]
    pub fn issuer_for(&self, scope: Scope) -> Option<&Slug> {
        self.issuer.as_ref().filter(|_| self.has(scope))
    }

    /// The issuer, if they have one.
    #[must_use]
    pub fn issuer(&self) -> Option<&Slug> {
        self.issuer.as_ref()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.set.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" "))
    }
}

/// A key as the registry knows it: not the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub name: ApiKeyName,
    /// How often it may ask.
    pub quota: Quota,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Instant,
    /// Since when it opens nothing; `None` while it does.
    pub revoked_at: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_its_bits_in_base_62() {
        let of = |bytes| ApiSecret::of_random(bytes).reveal().to_owned();
        assert_eq!(of([0; 32]), format!("yx_{}", "0".repeat(43)));
        let mut one = [0; 32];
        (one[30], one[31]) = (1, 3);
        assert_eq!(of(one), format!("yx_{}4B", "0".repeat(41)), "259 = 4 * 62 + 11");
        // 2^256 - 1, by another program.
        assert_eq!(of([255; 32]), "yx_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
        assert_eq!(format!("{:?}", ApiSecret::of_random([1; 32])), "ApiSecret([elided])");
        for wrong in [
            "",
            "yx_",
            "yx_short",
            &format!("YX_{}", "0".repeat(43)),
            &format!("yx_{}", "0".repeat(44)),
            &format!("yx_{}-", "0".repeat(42)),
        ] {
            assert_eq!(ApiSecret::parse(wrong), Err(ApiSecretError), "{wrong}");
        }
    }

    #[test]
    fn a_quota_gives_no_more_than_it_says() {
        let quota = Quota::new(50_000, None).unwrap();
        assert_eq!((quota.per_day(), quota.limit().burst()), (50_000, 1_000));
        assert!(quota.limit().cost(50_000) >= i64::from(DAY_MILLIS));
        assert_eq!(Quota::new(20, None).unwrap().limit().burst(), 20);
        assert_eq!(Quota::new(20, Some(5)).unwrap().limit().burst(), 5);
        assert_eq!([Quota::new(0, None), Quota::new(1_000_001, None), Quota::new(5, Some(0))], [Err(QuotaError); 3]);
    }

    #[test]
    fn a_partners_scope_has_an_issuer_and_no_other_has() {
        let issuer = || "xinghe".parse().ok();
        let partner = Scopes::parse(["issue", "claims:read"], issuer()).unwrap();
        assert_eq!((partner.to_string(), partner.has(Scope::Lookup)), ("claims:read issue".into(), false));
        assert_eq!(partner.issuer_for(Scope::Issue), issuer().as_ref());
        assert_eq!(Scopes::parse(partner.to_string().split(' '), issuer()), Ok(partner));
        let both = Scopes::parse(["lookup", "issue"], issuer()).unwrap();
        assert_eq!((both.issuer_for(Scope::ClaimsRead), both.has(Scope::Lookup)), (None, true));
        assert_eq!(Scopes::parse(["lookup"], issuer()), Err(ScopesError::Issuer));
        assert_eq!(Scopes::parse(["issue"], None), Err(ScopesError::Issuer));
        assert_eq!([Scopes::parse([], None), Scopes::parse(["write"], None)], [Err(ScopesError::Unknown), Err(ScopesError::Unknown)]);
        assert_eq!(Scopes::parse(["lookup"], None), Ok(Scopes::lookup()));
    }

    proptest! {
        #[test]
        fn every_key_reads_back_and_none_is_another(a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
            let (first, second) = (ApiSecret::of_random(a), ApiSecret::of_random(b));
            prop_assert_eq!(ApiSecret::parse(first.reveal()), Ok(first.clone()));
            prop_assert_eq!(first == second, a == b);
        }

        #[test]
        fn every_id_reads_back(bytes in any::<[u8; 6]>()) {
            let id = ApiKeyId::of_random(bytes);
            prop_assert_eq!(ApiKeyId::parse(id.as_str()), Ok(id));
        }
    }
}
