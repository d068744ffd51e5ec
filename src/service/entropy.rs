//! Randomness at the edge: handed inward as an argument.

/// Fills `bytes` from the operating system. If that fails the process stops: nothing may be made with bytes that are not random.
#[allow(clippy::disallowed_methods, reason = "this is the edge that the rule points to")]
pub fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        tracing::error!("the operating system gives no random bytes");
        std::process::abort();
    }
}
