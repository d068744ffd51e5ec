#!/usr/bin/env python3
"""The vault in an object store that other people made (moto), over TLS, with every signature and every permission checked: issuing by several
processes and through `kill -9`, downloads, the doctor, backup and restore, a store that is away, and keys that do not fit.
"""

import argparse
import http.server
import json
import os
import select
import socket
import subprocess
import threading
import time
from pathlib import Path

import make_list
from common import CONTEST_P256, NAMES, Checks, Server, contiguous, downloaded, links, make_data, row_holder, short, text_of, tool
from pair import together
from pg import Cluster, free_port

HERE = Path(__file__).resolve().parent
VENV = Path(os.environ.get("YINXIN_S3", HERE.parents[1] / "target" / "s3-venv"))
BUCKET, OTHER = "yinxin-judge", "yinxin-other"
# What PDFs and JPEGs have, so long that no sealed file has it by chance.
MARKS = ("%PDF-2.0", "\0\x10JFIF\0", "<x:xmpmeta")


class Store:
    """The other people's program, with a certificate of an authority of its own, for as long as the `with` block lasts."""

    def __init__(self, work):
        self.work, self.port = work, free_port()

    def __enter__(self):
        certificates(self.work)
        files = [self.work / name for name in ("store.pem", "store.key", "authority.pem")]
        command = [VENV / "bin" / "python", HERE / "object_store.py", self.port, *files]
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.work / "store.log", "w"), text=True)
        line = self.process.stdout.readline()
        if not line:
            self.__exit__()
            raise SystemExit(f"the object store does not start: see {self.work / 'store.log'}; are moto and flask in {VENV}? see .ci/run")
        self.keys = json.loads(line)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()

    def ask(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def objects(self, bucket=BUCKET, marks=MARKS):
        """Name -> (bytes, whether one of the marks is in it in the clear)."""
        return {name: tuple(row) for name, row in self.ask(do="objects", bucket=bucket, marks=list(marks)).items()}


def certificates(folder):
    """An authority, and a certificate for 127.0.0.1 that it has signed."""
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    for command in (
        ["req", "-x509", *new, "-keyout", "authority.key", "-out", "authority.pem", "-days", "2", "-subj", "/CN=judge", "-addext", "keyUsage=keyCertSign"],
        ["req", *new, "-keyout", "store.key", "-out", "store.csr", "-subj", "/CN=store"],
        ["x509", "-req", "-in", "store.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "store.pem"],
    ):
        done = tool("openssl", *command, cwd=folder)
        if done.returncode != 0:
            raise SystemExit(f"openssl {command[0]}: {text_of(done)}")


class Cable:
    """Lies between the program and the store, and can be pulled."""

    def __init__(self, port):
        self.far, self.port, self.plugged, self.pairs = port, free_port(), True, set()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.plugged:
                threading.Thread(target=self.carry, args=(near,), daemon=True).start()
            else:
                near.close()

    def carry(self, near):
        far = socket.create_connection(("127.0.0.1", self.far))
        self.pairs.add((near, far))
        with near, far:
            while self.plugged:
                for end in select.select([near, far], [], [], 0.2)[0]:
                    try:
                        data = end.recv(65536)
                        (far if end is near else near).sendall(data)
                    except OSError:
                        return
                    if not data:
                        return
        self.pairs.discard((near, far))

    def close(self):
        self.plugged = False
        self.listener.close()


def settle(yinxin, store, port, place, key, **more):
    """Puts the vault into the bucket, with a key in the environment alone."""
    settings = yinxin.data / "yinxin.toml"
    text = settings.read_text(encoding="utf-8").split("\n[s3]\n")[0].removeprefix("vault = ").split("\n", 1)
    text = text[1] if text[0].startswith('"s3://') else "\n".join(text)
    settings.write_text(f'vault = "s3://{place}"\n{text}\n[s3]\nregion = "us-east-1"\nendpoint = "https://127.0.0.1:{port}"\n', encoding="utf-8")
    yinxin.environment = {name: value for name, value in yinxin.environment.items() if not name.startswith("AWS_")}
    yinxin.environment |= {"SSL_CERT_FILE": str(store.work / "authority.pem"), **more}
    if key:
        yinxin.environment |= {"AWS_ACCESS_KEY_ID": key["id"], "AWS_SECRET_ACCESS_KEY": key["secret"]}
    if key and "token" in key:
        yinxin.environment["AWS_SESSION_TOKEN"] = key["token"]


def issue_list(yinxin, work, count, at):
    path = work / f"list-{at}.csv"
    make_list.write(path, make_list.rows(count, NAMES[CONTEST_P256], seed=at + 1, first=at * 1000))
    yinxin.must("import", path)


def refusals(checks, yinxin, store, port):
    """Each mistake of an operator in plain words, and no secret in any of them."""
    service, reader = store.keys["service"], store.keys["reader"]
    wrong = service | {"secret": "x" * 40}
    settle(yinxin, store, port, BUCKET, service)
    issue_list(yinxin, store.work, 1, 2)
    said = {}
    for what, place, key, command, word in (
        ("a wrong secret", BUCKET, wrong, "doctor", "SignatureDoesNotMatch"),
        ("a wrong name of a key", BUCKET, service | {"id": "AKIA" + "X" * 16}, "doctor", "InvalidAccessKeyId"),
        ("a bucket that is not there", "no-such-bucket", service, "doctor", "没有这个桶"),
        ("a key that may only read", BUCKET, reader, "issue", "AccessDenied"),
        ("no key", BUCKET, None, "doctor", "AWS_ACCESS_KEY_ID"),
    ):
        settle(yinxin, store, port, place, key)
        done = yinxin.run(command)
        said[what] = text_of(done)
        checks.check(done.returncode == 2 and word in said[what], f"{what} is refused in plain words", short(said[what]))
    settle(yinxin, store, port, BUCKET, service, SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt")
    done = yinxin.run("doctor")
    said["stranger"] = text_of(done)
    checks.check(done.returncode == 2 and "没有正常响应" in said["stranger"], "a store whose authority is not known is not spoken to", short(said["stranger"]))
    secrets = [key[name] for key in (service, reader, wrong) for name in ("id", "secret")]
    checks.none([what for what, text in said.items() if any(secret in text for secret in secrets)], "none of it names a key or a secret")


def killed(checks, yinxin, store, work, count):
    """`issue` is killed when some files have come into the bucket, and begun again."""
    issue_list(yinxin, work, count, 1)
    before, kills = len(yinxin.list()), 0
    for more in (1, count // 4, count // 3):
        wanted = len(store.objects(marks=())) + more
        process = yinxin.start("issue")
        while process.poll() is None and len(store.objects(marks=())) < wanted:
            time.sleep(0.01)
        kills += process.poll() is None
        process.kill()
        process.wait()
    yinxin.must("issue")
    rows = yinxin.list()
    checks.check(kills > 0, f"issuing was killed {kills} times at work")
    checks.equal(len(rows) - before, count, "and begun again makes each certificate once")
    checks.none(contiguous([row["number"] for row in rows]), "numbers without hole or twin")
    doctor = yinxin.run("doctor")
    checks.equal(doctor.returncode, 0, "the doctor finds nothing")


def pulled(checks, yinxin, cable, kept):
    """The store is away: what needs no file goes on, what needs one says so, nothing is called lost; then it is back."""
    number, link = next(iter(kept.items()))
    picture = link + "/png"
    cable.plugged = False
    with Server(yinxin) as server:
        status, _, body = server.get(f"/api/v1/certificates/{number}")
        checks.equal((status, json.loads(body)["number"]), (200, number), "with the store away the site starts, and answers a lookup")
        checks.equal(server.get("/readyz")[0], 200, "it is ready to answer")
        status, _, body = server.file_behind(link)
        checks.check(status == 503 and "证书没有丢失" in body.decode(), "a download says that the file cannot be had just now, and that it is not lost", f"{status} {short(body.decode())}")
        status, _, body = server.ask("GET", picture)
        checks.check(status == 503 and "证书没有丢失" in body.decode(), "and so does its picture", f"{status} {short(body.decode())}")
        for arguments in ((), ("--repair",)):
            doctor = yinxin.run("doctor", *arguments)
            text, what = text_of(doctor), " ".join(("doctor", *arguments))
            good = doctor.returncode == 2 and "没有正常响应" in text and not any(word in text for word in ("缺失", "损坏"))
            checks.check(good, f"`{what}` calls nothing lost or damaged, and makes nothing again", short(text))
        cable.plugged = True
        status, _, body = server.file_behind(link)
        checks.check(status == 200 and body.startswith(b"%PDF-"), "once it is back, the same process serves the file", str(status))


class Lender(http.server.BaseHTTPRequestHandler):
    """Where a container asks for the key of its role."""

    def do_GET(self):
        type(self).asked.append(self.headers.get("Authorization"))
        key = type(self).key
        body = {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"], "Token": key["token"], "Expiration": "2999-01-01T00:00:00Z", "RoleArn": "machine"}
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def by_role(checks, yinxin, store, port, work):
    """A key for a limited time, and a role that lends one: no key of the service's own."""
    settle(yinxin, store, port, BUCKET, store.keys["role"])
    checks.equal(yinxin.run("doctor").returncode, 0, "a key for a limited time, with its token, is enough")
    Lender.key, Lender.asked = store.keys["role"], []
    (work / "token").write_text("pod-token")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lender)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/role"
        settle(yinxin, store, port, BUCKET, None, AWS_CONTAINER_CREDENTIALS_FULL_URI=address, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(work / "token"))
        done = yinxin.run("doctor")
        checks.equal((done.returncode, set(Lender.asked)), (0, {"pod-token"}), "a container's role is asked for its key, and is enough")
    finally:
        server.shutdown()
        server.server_close()


def copied(checks, yinxin, store, port, work, binary):
    """A backup of the bucket fills another one, on a machine that has the keys and nothing else."""
    settle(yinxin, store, port, BUCKET, store.keys["service"])
    out = work / "backup"
    yinxin.must("backup", out)
    checks.equal(yinxin.run("backup", "--check", out).returncode, 0, "a backup of the bucket is whole")
    checks.equal(len(list((out / "vault").rglob("*.sealed"))), len(store.objects()), "and has all its files")
    other = make_data(binary, work / "other")
    tool("rm", "-rf", other.data / "keys")
    tool("cp", "-a", yinxin.data / "keys", other.data / "keys")
    settle(other, store, port, f"{OTHER}/prod/vault", store.keys["service"])
    done = other.run("restore", out)
    checks.equal(done.returncode, 0, "it fills another bucket, and the doctor finds nothing")
    found = {name.removeprefix("prod/vault/"): row for name, row in store.objects(OTHER).items()}
    checks.equal(found, store.objects(), "file by file, under the path that is set")
    before = store.objects(OTHER)
    lost = [f"prod/vault/{row['digest'][:2]}/{row['digest'][2:]}.sealed" for row in other.list()[:3]]
    store.ask(do="lose", bucket=OTHER, names=lost)
    done = other.run("doctor")
    checks.equal((done.returncode, text_of(done).count("文件缺失")), (4, 3), "three files that are really lost are found")
    other.must("doctor", "--repair")
    checks.equal(store.objects(OTHER), before, "and made again")
    again = other.run("restore", out)
    checks.check(again.returncode == 2 and "空" in text_of(again), "what has something is not filled once more", short(text_of(again)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--count", type=int, default=300)
    arguments = parser.parse_args()
    checks, work = Checks("bucket"), arguments.work / "bucket"
    work.mkdir(parents=True, exist_ok=True)
    with Store(work) as store, Cluster() as cluster:
        cable = Cable(store.port)
        yinxin = make_data(arguments.bin, work / "data", cluster.database("bucket"))
        settle(yinxin, store, cable.port, BUCKET, store.keys["service"])
        issue_list(yinxin, work, arguments.count, 0)
        checks.equal(sum(together(checks, yinxin, work, 2)), arguments.count, "two processes issue into one bucket, each certificate once")
        objects = store.objects(marks=(*MARKS, *map(row_holder, yinxin.list()[:20])))
        checks.check(len(objects) >= arguments.count, f"{len(objects)} files are in the bucket, {sum(size for size, _ in objects.values()) >> 20} MB")
        checks.none([name for name, (_, plain) in objects.items() if plain], "each is sealed: no PDF, no picture, no name")
        checks.check(not (yinxin.data / "vault").exists(), "and no folder beside it")
        killed(checks, yinxin, store, work, arguments.count)
        files = downloaded(checks, yinxin, work / "files")
        checks.none([n for n, (good, _) in yinxin.verdicts(files.values()).items() if not good], f"every one of {len(files)} files verifies")
        pulled(checks, yinxin, cable, links(yinxin, work / "links.csv"))
        copied(checks, yinxin, store, cable.port, work, arguments.bin)
        by_role(checks, yinxin, store, cable.port, work)
        refusals(checks, yinxin, store, cable.port)
        cable.close()
    checks.done()


if __name__ == "__main__":
    main()
