//! Accounts as browsers meet them: the real router, cookies kept as a browser keeps them, messages caught before they leave.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it expects by failing, and what it measured"
)]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod contests;
mod desk_speed;
mod forms;
mod house;
mod messages;
mod objections;
mod office;
mod orders;
#[allow(dead_code, reason = "shared with the tests of portraits")]
#[path = "../common/pictures.rs"]
mod pictures;
mod roles;
mod schools;
mod sessions;
#[path = "../common/shop.rs"]
mod shop;
#[allow(dead_code, reason = "shared with the public site's tests")]
#[path = "../web_story/site.rs"]
mod site;
mod strangers;
mod telephone;
mod verification;
#[allow(dead_code, reason = "shared with the benches")]
#[path = "../common/world.rs"]
mod world;
