//! Looking at a stranger's file in a process of its own, with a bound on its time and memory: whatever the file does to its reader, the
//! service goes on.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::document::look::{FileKind, Seen};

/// The hidden command of this program that reads a file from its standard input and says what it sees, a line of JSON each time it knows
/// more. It bounds itself; what follows here is for the case that it cannot.
pub const COMMAND: &str = "look";
/// CPU time for a PDF, in milliseconds. A certificate takes about 100, most of it for the picture.
pub const PDF_CPU_MS: u64 = 700;
/// CPU time for a picture, in milliseconds: the largest take a second to decode, and every try to find a code a quarter of one.
pub const PICTURE_CPU_MS: u64 = 5_000;
/// Address space in bytes. A picture of 64 million pixels takes 200 MB while it is decoded.
pub const MEMORY: u64 = 1 << 30;
/// Time of the clock beyond the CPU time, for a machine that does other things besides.
const SLACK: Duration = Duration::from_secs(4);
/// Most bytes that are read of the answer.
const MAX_ANSWER: u64 = 8 << 20;

/// Looks at files.
#[derive(Debug, Clone)]
pub struct Looker {
    program: Option<PathBuf>,
    places: Arc<Semaphore>,
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// It was looked at to the end.
    Whole(Seen),
    /// It took too much time or memory, or its reader broke; this is what was seen until then.
    Cut(Seen),
    /// There is no program to look with.
    Not,
}

impl Default for Looker {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { program: None, places: Arc::new(Semaphore::new((cores / 2).max(1))) }
    }
}

impl Looker {
    /// Looks with the `yinxin` program at this path. As many files at once as half of the cores, so that lookups go on beside them.
    #[must_use]
    pub fn with(program: PathBuf) -> Self {
        Self { program: Some(program), ..Self::default() }
    }

    /// What `bytes` show.
    pub async fn look(&self, bytes: &[u8]) -> Looked {
        let Some(program) = &self.program else { return Looked::Not };
        let cpu = if FileKind::of(bytes) == FileKind::Picture { PICTURE_CPU_MS } else { PDF_CPU_MS };
        // The semaphore is never closed; were it, files would still be looked at.
        let _place = self.places.acquire().await.ok();
        let mut command = Command::new(program);
        // The program's allocator would reserve as much address space at its start as the process may have in all.
        command.arg(COMMAND).arg(cpu.to_string()).env_clear().env("MIMALLOC_ARENA_RESERVE", "0");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%error, "files cannot be looked at");
                return Looked::Not;
            }
        };
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return Looked::Not };
        let mut answer = Vec::new();
        let mut output = output.take(MAX_ANSWER);
        let talk = async {
            // A reader that ends early says so by what it has said.
            let _ = input.write_all(bytes).await;
            drop(input);
            let _ = output.read_to_end(&mut answer).await;
        };
        if tokio::time::timeout(Duration::from_millis(cpu) + SLACK, talk).await.is_err() {
            let _ = child.start_kill();
        }
        // Reaps it; dropped unreaped it would be killed and reaped later.
        let _ = tokio::time::timeout(SLACK, child.wait()).await;
        last(&answer)
    }
}

/// The last whole line of an answer.
fn last(answer: &[u8]) -> Looked {
    let lines = answer.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n"));
    match lines.filter_map(|line| serde_json::from_slice::<Seen>(line).ok()).next_back() {
        Some(seen) if seen.complete => Looked::Whole(seen),
        Some(seen) => Looked::Cut(seen),
        None => Looked::Cut(Seen::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_line_counts() {
        let line = |pages, complete| serde_json::to_string(&Seen { pages, complete, ..Seen::default() }).unwrap();
        assert_eq!(last(b""), Looked::Cut(Seen::default()));
        assert_eq!(last(format!("{}\n{}", line(1, false), line(2, true)).as_bytes()), Looked::Cut(Seen { pages: 1, ..Seen::default() }));
        let whole = Seen { pages: 2, complete: true, ..Seen::default() };
        assert_eq!(last(format!("{}\n{}\n", line(1, false), line(2, true)).as_bytes()), Looked::Whole(whole));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_or_hangs_is_survived() {
        assert_eq!(Looker::default().look(b"%PDF-2.0").await, Looked::Not);
        assert_eq!(Looker::with("/nonexistent".into()).look(b"%PDF-2.0").await, Looked::Not);
        assert_eq!(Looker::with("/bin/false".into()).look(&[0; 1 << 20]).await, Looked::Cut(Seen::default()));
    }
}
