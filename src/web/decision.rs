//! What somebody of the staff decides on a page: a verdict, with a reason where it needs one.

use serde::Deserialize;

use super::errors::{Failure, ProblemKind};
use super::session::Signed;

/// The form of a decision; which verdicts there are, each page knows.
#[derive(Deserialize)]
pub struct Decision {
    token: String,
    #[serde(default)]
    pub verdict: String,
    #[serde(default)]
    pub reason: String,
}

impl Signed for Decision {
    fn token(&self) -> &str {
        &self.token
    }
}

/// The number of a case, as its address has it.
pub fn number(id: &str) -> Result<i64, Failure> {
    id.parse().map_err(|_| Failure::page(ProblemKind::NotFound))
}
