//! The clock at the edge: the command line and the web read it here and hand instants inward.

use crate::domain::time::Instant;

/// The instant now.
///
/// # Errors
/// If the machine's clock is outside the years 0001 to 9999.
#[allow(clippy::disallowed_methods, reason = "this is the edge that the rule points to")]
pub fn now() -> Result<Instant, crate::domain::time::OutOfRange> {
    Instant::from_timestamp(jiff::Timestamp::now())
}
