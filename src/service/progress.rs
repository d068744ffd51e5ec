//! How a long use case tells how far it is.

/// Something that shows progress to a person.
pub trait Progress: Sync {
    /// A new stage begins with `total` steps.
    fn stage(&self, zh: &str, en: &str, total: u64);
    /// `steps` more are done.
    fn advance(&self, steps: u64);
}

/// Shows nothing: for tests and scripts.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}
