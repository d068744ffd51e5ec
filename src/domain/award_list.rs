//! An award list: everything that one file brings, already parsed, in the order of its rows.

use super::award::Award;
use super::digest::Digest;

/// A list whose every row was understood. There is no list with a bad row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardList {
    /// The digest of the file's bytes: the same file imported again is recognised.
    pub source: Digest,
    /// The name that the file had, for people.
    pub file_name: String,
    /// At least one award, in the order of the file, none twice.
    pub awards: Vec<Award>,
}
