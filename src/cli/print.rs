//! The only place that writes to the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the place that the rule points to")]

use serde::Serialize;
use zeroize::Zeroizing;

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

/// Asks for a secret at the terminal, which does not show what is typed.
pub fn ask_secret(prompt: &str) -> Result<Zeroizing<String>, super::Failure> {
    let terminal = console::Term::stderr();
    if !terminal.is_term() {
        return Err("没有终端：请用密码文件或环境变量 / no terminal: use a file or the environment for the password".into());
    }
    eprint!("{prompt}");
    Ok(Zeroizing::new(terminal.read_secure_line()?))
}
