//! The only place that writes to the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the place that the rule points to")]

use serde::Serialize;

/// A line of the answer, on standard output.
pub fn line(text: &str) {
    println!("{text}");
}

/// The answer as JSON, on standard output.
pub fn json(value: &impl Serialize) -> Result<(), super::Failure> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A remark that is not part of the answer, on standard error.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// What went wrong, on standard error.
pub fn problem(text: &str) {
    eprintln!("错误 / error: {text}");
}
