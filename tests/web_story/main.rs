//! The public site as its visitors and its API's clients meet it: the real router over a real service with issued certificates.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects by failing, and what it measured"
)]

mod files;
mod fuzz;
mod help;
mod languages;
mod limits;
mod lists;
mod lookups;
mod machines;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/pictures.rs"]
mod made_pictures;
mod names;
mod notices;
mod papers;
mod pictures;
mod refusals;
mod scanner;
mod sharing;
mod site;
mod statements;
#[allow(dead_code, reason = "shared with the benches")]
#[path = "../common/world.rs"]
mod world;
