//! From a checked document to a sealed file, and from any bytes to a report on them.
//!
//! Two proofs travel with a certificate: a PAdES signature over the whole file ([`seal`]) and an Ed25519 signature over its main
//! facts in the QR code ([`proof`]). What is sealed here is released only after [`verify`], which shares no code with the
//! writing side, has found it genuine. What the service says of certificates is signed with a key of its own ([`statement`],
//! [`state_list`]). No I/O, no clock, no randomness of its own.

mod cms;
mod jws;
pub mod keyring;
pub mod proof;
pub mod seal;
#[cfg(test)]
mod specimen;
pub mod state_list;
pub mod statement;
pub mod verify;
pub mod webhook;

pub use jws::JwsError;
