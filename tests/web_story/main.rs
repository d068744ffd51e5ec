//! The public site as its visitors and its API's clients meet it: the real router over a real service with issued certificates.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

mod files;
mod fuzz;
mod limits;
mod lookups;
mod papers;
mod refusals;
mod site;
#[allow(dead_code, reason = "shared with the benches")]
#[path = "../common/world.rs"]
mod world;
