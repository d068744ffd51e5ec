//! How often something may be asked: token buckets, written down as one instant each.
//!
//! A bucket of `burst` tokens that gains one every `refill` milliseconds is wholly described by the instant at which it will be full
//! again (the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371, annex A). That instant only grows when tokens are
//! taken, so one comparison and one write decide, in memory as in a database.

use super::time::Instant;

/// The shape of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    burst: u32,
    refill_millis: u32,
}

/// What the doors allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Questions by number, code or file from one address.
    pub address: Limit,
    /// Questions by identity number from one address.
    pub identity: Limit,
    /// Questions about one person, from wherever.
    pub person: Limit,
    /// Rows of lists from one address.
    pub list: Limit,
    /// Names that are tried on one certificate number, from wherever.
    pub name: Limit,
    /// Objections from one address.
    pub objection: Limit,
}

/// A limit that lets nothing through, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("限额应为 1 至 1000000 次，间隔 1 毫秒至 1 天 / a limit has a burst of 1 to 1,000,000 and a refill of 1 ms to a day")]
pub struct LimitError;

/// What a bucket gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The tokens are the caller's; the bucket will be full again then.
    Granted {
        /// When the bucket is full again.
        full_at: i64,
    },
    /// There were not enough.
    Refused {
        /// Milliseconds until there are.
        retry_after: i64,
    },
}

impl Limit {
    /// `burst` at once, then one every `refill_millis`.
    ///
    /// # Errors
    /// [`LimitError`].
    pub fn new(burst: u32, refill_millis: u32) -> Result<Self, LimitError> {
        let sane = (1..=1_000_000).contains(&burst) && (1..=86_400_000).contains(&refill_millis);
        if sane { Ok(Self { burst, refill_millis }) } else { Err(LimitError) }
    }

    /// A limit that the program itself sets; a value out of range is drawn into it.
    #[must_use]
    pub const fn fixed(burst: u32, refill_millis: u32) -> Self {
        let burst = if burst == 0 { 1 } else { burst };
        let refill_millis = if refill_millis == 0 { 1 } else { refill_millis };
        Self { burst, refill_millis }
    }

    /// Tokens of a full bucket.
    #[must_use]
    pub fn burst(self) -> u32 {
        self.burst
    }

    /// Milliseconds in which an empty bucket becomes full.
    #[must_use]
    pub fn span(self) -> i64 {
        i64::from(self.burst) * i64::from(self.refill_millis)
    }

    /// Milliseconds that `count` tokens stand for.
    #[must_use]
    pub fn cost(self, count: u32) -> i64 {
        i64::from(count) * i64::from(self.refill_millis)
    }

    /// Tokens at `now` in a bucket that is full at `full_at`.
    #[must_use]
    pub fn left(self, full_at: i64, now: Instant) -> u32 {
        let held = self.span() - (full_at - now.millis()).max(0);
        u32::try_from(held / i64::from(self.refill_millis)).unwrap_or(0)
    }

    /// Takes `count` tokens at `now` from a bucket that is full at `full_at`.
    #[must_use]
    pub fn take(self, full_at: i64, count: u32, now: Instant) -> Taken {
        let next = full_at.max(now.millis()) + self.cost(count);
        let over = next - now.millis() - self.span();
        if over <= 0 { Taken::Granted { full_at: next } } else { Taken::Refused { retry_after: over } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Instant {
        Instant::from_millis(1_700_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_burst_then_one_for_each_refill() {
        let limit = Limit::new(3, 1_000).unwrap();
        let mut full_at = 0;
        let mut ask = |millis| match limit.take(full_at, 1, at(millis)) {
            Taken::Granted { full_at: next } => {
                full_at = next;
                0
            }
            Taken::Refused { retry_after } => retry_after,
        };
        assert_eq!([ask(0), ask(0), ask(0), ask(0), ask(400)], [0, 0, 0, 1_000, 600]);
        assert_eq!([ask(999), ask(1_000), ask(1_000)], [1, 0, 1_000]);
        assert_eq!([ask(60_000), ask(60_000), ask(60_000), ask(60_000)], [0, 0, 0, 1_000], "no more than full");
        assert_eq!(Limit::new(0, 1), Err(LimitError));
        let full_at = at(2_500).millis();
        assert_eq!([0, 499, 500, 2_500, 9_000].map(|millis| limit.left(full_at, at(millis))), [0, 0, 1, 3, 3]);
    }

    proptest! {
        /// However the questions fall, in no window are more granted than a burst and the refills of the window.
        #[test]
        fn never_more_than_burst_and_refills(gaps in proptest::collection::vec(0i64..500, 1..200), burst in 1u32..20, refill in 1u32..1_000) {
            let limit = Limit::new(burst, refill).unwrap();
            let (mut now, mut full_at, mut granted) = (0, 0, 0i64);
            for gap in gaps {
                now += gap;
                if let Taken::Granted { full_at: next } = limit.take(full_at, 1, at(now)) {
                    (full_at, granted) = (next, granted + 1);
                }
            }
            prop_assert!(granted <= i64::from(burst) + now / i64::from(refill));
        }
    }
}
