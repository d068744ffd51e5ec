//! What several tests share: a private PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A PostgreSQL cluster of this test's own on a Unix socket, stopped when dropped.
pub struct Postgres {
    folder: tempfile::TempDir,
    bin: PathBuf,
}

/// Whether a missing judge is a failure (the gate) or a reason to skip (elsewhere).
pub fn judges_required() -> bool {
    std::env::var_os("YINXIN_REQUIRE_JUDGES").is_some()
}

impl Postgres {
    /// Starts one, or says why not and answers `None` where that is allowed.
    pub fn start() -> Option<Self> {
        match Self::try_start() {
            Ok(postgres) => Some(postgres),
            Err(why) => {
                assert!(!judges_required(), "PostgreSQL is required here: {why}");
                eprintln!("skipped: no PostgreSQL on this machine ({why})");
                None
            }
        }
    }

    fn try_start() -> Result<Self, String> {
        let bin = ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin", "/usr/local/bin", "/usr/bin"]
            .into_iter()
            .map(PathBuf::from)
            .find(|p| p.join("initdb").exists() && p.join("pg_ctl").exists())
            .ok_or("no initdb")?;
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let postgres = Self { folder, bin };
        let path = postgres.folder.path().to_owned();
        // PostgreSQL refuses to run as root: the folder and the processes then belong to `nobody`.
        if is_root() {
            run(Command::new("chown").arg("nobody").arg(&path))?;
        }
        let data = path.join("data");
        run(postgres.command("initdb").args(["-U", "yinxin", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"]).arg(&data))?;
        let options = format!("-k {} -c listen_addresses='' -c fsync=off", path.display());
        run(postgres.command("pg_ctl").args(["-w", "-l"]).arg(path.join("log")).args(["-o", &options, "-D"]).arg(&data).arg("start"))?;
        Ok(postgres)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let socket: String = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://yinxin@{socket}/postgres")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            let mut c = Command::new("runuser");
            c.args(["-u", "nobody", "--"]).arg(program);
            c
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).stdout(std::process::Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data: &Path = &self.folder.path().join("data");
        let _ = self.command("pg_ctl").args(["-w", "-m", "immediate", "-D"]).arg(data).arg("stop").status();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(e) => Err(format!("{command:?}: {e}")),
    }
}
