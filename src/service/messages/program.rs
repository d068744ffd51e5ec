//! Messages by the operator's own program: it gets each as a line of JSON and says by its exit code whether the provider took it.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::domain::telephone::Telephone;

/// How long a program may take for one message.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the program with the message on its standard input. What it writes is not read: it may repeat the message.
pub(super) async fn hand_over(command: &[String], content: &str) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Err("no program".to_owned()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| e.to_string())?;
    let work = async {
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read its input says by its exit code what it thinks of it.
            let _ = stdin.write_all(content.as_bytes()).await;
            let _ = stdin.write_all(b"\n").await;
        }
        child.wait().await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(status.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it took too long".to_owned()),
    }
}

/// For messages to a telephone: its number as providers want it, with its country.
pub(super) fn international(telephone: &Telephone) -> String {
    let number = telephone.as_str();
    if number.starts_with('+') { number.to_owned() } else { format!("+86{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_country() {
        let of = |typed: &str| international(&Telephone::parse(typed).unwrap());
        assert_eq!((of("138 0013 8000"), of("+852 5123 4567")), ("+8613800138000".to_owned(), "+85251234567".to_owned()));
    }
}
