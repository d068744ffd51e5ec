//! The clock at the edge: the command line and the web read it here and hand instants inward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::time::{Instant, OutOfRange};

/// The instant now.
///
/// # Errors
/// If the machine's clock is outside the years 0001 to 9999.
#[allow(clippy::disallowed_methods, reason = "this is the edge that the rule points to")]
pub fn now() -> Result<Instant, OutOfRange> {
    Instant::from_timestamp(jiff::Timestamp::now())
}

/// A service's clock: the machine's, unless a trial has set it to another time, from which it runs on.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds before the machine's.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The instant now.
    ///
    /// # Errors
    /// As [`now`].
    pub fn now(&self) -> Result<Instant, OutOfRange> {
        Ok(now()?.plus_millis(self.ahead.load(Ordering::Relaxed)))
    }

    /// Sets it, for whoever shares it.
    ///
    /// # Errors
    /// As [`now`].
    pub fn set(&self, to: Instant) -> Result<(), OutOfRange> {
        self.ahead.store(to.millis() - now()?.millis(), Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_runs_on_for_all_who_share_it() {
        let (clock, to) = (Clock::default(), Instant::parse_beijing("2023-11-30 23:59:59").unwrap());
        let shared = clock.clone();
        let apart = |clock: &Clock| (clock.now().unwrap().millis() - now().unwrap().millis()).abs();
        assert!(apart(&clock) < 60_000);
        clock.set(to).unwrap();
        let first = shared.now().unwrap();
        assert!((0..60_000).contains(&(first.millis() - to.millis())));
        assert!(shared.now().unwrap() >= first);
    }
}
