//! Yinxin (印信): issues signed, numbered PDF certificates and lets anyone check one.
//!
//! The rooms and their one-way dependencies are described in `ARCHITECTURE.md`.

pub mod domain;
pub mod service;
pub mod web;
