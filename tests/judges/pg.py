"""A private PostgreSQL cluster: its own folder, its own port on 127.0.0.1, never as root, stopped by its process."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def programs():
    """The folder with `initdb`: Debian keeps it outside PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    raise SystemExit("no PostgreSQL server is installed (initdb not found)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """`with Cluster() as cluster: cluster.database("a")` gives the URL of a fresh database."""

    def __init__(self):
        self.bin, self.port = programs(), free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="yinxin-pg-"))
        self.as_user = []
        if os.getuid() == 0:
            # PostgreSQL refuses root.
            name = "postgres" if subprocess.run(["id", "postgres"], capture_output=True).returncode == 0 else "nobody"
            self.as_user = ["runuser", "-u", name, "--"]
            shutil.chown(self.folder, name)
        self.folder.chmod(0o700)

    def run(self, *command):
        return subprocess.run([*self.as_user, *map(str, command)], check=True, capture_output=True, cwd="/")

    def __enter__(self):
        data = self.folder / "data"
        self.run(self.bin / "initdb", "-D", data, "-U", "yinxin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c max_connections=60"
        self.run(self.bin / "pg_ctl", "-D", data, "-w", "-l", self.folder / "log", "-o", options, "start")
        return self

    def __exit__(self, *_):
        try:
            self.run(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement, database="postgres"):
        done = self.run(
            self.bin / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "yinxin", "-d", database, "-v", "ON_ERROR_STOP=1", "-qAtc", statement
        )
        return done.stdout.decode()

    def database(self, name, copy_of=None):
        self.sql(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{copy_of}"' if copy_of else ""))
        return f"postgres://yinxin@127.0.0.1:{self.port}/{name}"


if __name__ == "__main__":
    with Cluster() as cluster:
        url = cluster.database("a")
        print(url, cluster.sql("select version()", "a"))
