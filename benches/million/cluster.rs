//! A PostgreSQL cluster that stays on the disk between runs, with the settings that it has by itself, on a Unix socket.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    as_nobody: bool,
}

impl Cluster {
    pub fn start(folder: &Path) -> Result<Self, String> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").map_err(|_| "it is not installed")?;
        let mut bins: Vec<PathBuf> =
            versions.map(|entry| entry.unwrap().path().join("bin")).filter(|p| p.join("initdb").exists()).collect();
        bins.sort();
        let bin = bins.pop().ok_or("no initdb")?;
        // PostgreSQL refuses to run as root: the folder and the processes then belong to `nobody`.
        let as_nobody = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
        let cluster = Self { folder: folder.to_owned(), bin, as_nobody };
        let data = folder.join("data");
        if !data.exists() {
            std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
            if as_nobody {
                run(Command::new("chown").arg("nobody").arg(folder))?;
            }
            let options = ["-U", "yinxin", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"];
            run(cluster.command("initdb").args(options).arg(&data))?;
        }
        // Socket addresses are short: the folder of the system serves.
        let options = format!("-k /tmp -p {PORT} -c listen_addresses=''");
        run(cluster.command("pg_ctl").args(["-w", "-l"]).arg(folder.join("log")).args(["-o", &options, "-D"]).arg(&data).arg("start"))?;
        Ok(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://yinxin@%2Ftmp:{PORT}/postgres")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if self.as_nobody {
            let mut command = Command::new("runuser");
            command.args(["-u", "nobody", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/").stdout(Stdio::null());
        command
    }
}

/// Part of the socket's name.
const PORT: u16 = 54_329;

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl").args(["-w", "-m", "fast", "-D"]).arg(self.folder.join("data")).arg("stop").status();
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
