//! Yinxin (印信): issues signed, numbered PDF certificates and lets anyone check one.
//!
//! The rooms and their one-way dependencies are described in `ARCHITECTURE.md`.

pub mod cli;
pub mod config;
pub mod document;
pub mod domain;
pub mod registry;
pub mod sealing;
pub mod service;
pub mod web;
