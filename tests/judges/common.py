"""What the judges share: counting of checks, the `yinxin` program, a data folder to judge, reading of a signed PDF."""

import csv
import hashlib
import html
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ISSUER_P256, ISSUER_ED25519 = "lanhai", "xinghe"
CONTEST_P256, CONTEST_ED25519 = "lanhai-14", "xinghe-3"
# Without a record (`--trust`) a right signature is all that can be said. A file of a certificate taken back since is neither.
GENUINE = ("genuine", "genuine-not-on-record")
NAMES = {CONTEST_P256: "第十四届蓝海杯大赛", CONTEST_ED25519: "第三届星河杯大赛"}


class Checks:
    """Counts checks and prints a line for each. `require` stops the judge, since what follows would mean nothing."""

    def __init__(self, title):
        self.title, self.passed, self.failed, self.start = title, 0, 0, time.monotonic()

    def check(self, holds, what, detail=""):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok  ' if holds else 'FAIL'} {self.title}: {what}" + (f" ({detail})" if detail and not holds else ""), flush=True)
        return bool(holds)

    def equal(self, found, wanted, what):
        return self.check(found == wanted, what, f"found {short(found)}, wanted {short(wanted)}")

    def none(self, faults, what):
        """`faults` names everything that is wrong, and must be empty."""
        faults = list(faults)
        return self.check(not faults, what, f"{len(faults)}: {short(faults[:5])}")

    def require(self, holds, what, detail=""):
        if not self.check(holds, what, detail):
            self.done()

    def done(self):
        print(f"{self.title}: {self.passed} passed, {self.failed} failed, {time.monotonic() - self.start:.1f} s", flush=True)
        sys.exit(1 if self.failed else 0)


def short(value, most=600):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= most else text[:most] + "…"


def each(work, items):
    """Runs `work` over `items`, two at a time: the work is other programs."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return list(pool.map(work, items))


def tool(*command, **more):
    """Runs another program and returns it finished, whatever its exit code."""
    return subprocess.run([str(c) for c in command], capture_output=True, **more)


def text_of(finished):
    return (finished.stdout + finished.stderr).decode("utf-8", "replace")


def one_of(row, *keys):
    """The first of `keys` that the JSON object has."""
    for key in keys:
        if isinstance(row, dict) and row.get(key) is not None:
            return row[key]
    return None


class Yinxin:
    """The program under judgement with one data folder."""

    def __init__(self, binary, data, database=None):
        self.binary, self.data = Path(binary).resolve(), Path(data).resolve()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("YINXIN_") or k == "YINXIN_REQUIRE_JUDGES"}
        if database:
            self.environment["YINXIN_DATABASE"] = database

    def command(self, *arguments):
        return [str(self.binary), "--data", str(self.data), *map(str, arguments)]

    def run(self, *arguments, stdin=None):
        return subprocess.run(self.command(*arguments), capture_output=True, env=self.environment, input=stdin, cwd=self.data.parent)

    def must(self, *arguments):
        done = self.run(*arguments)
        if done.returncode != 0:
            raise SystemExit(f"yinxin {' '.join(map(str, arguments))} gave {done.returncode}\n{short(text_of(done), 4000)}")
        return done

    def json(self, *arguments):
        return json.loads(self.must(*arguments, "--json").stdout)

    def start(self, *arguments):
        """The program in the background, in its own process group's leader role, with every message that it has; output goes to `log`."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            environment = {"RUST_LOG": "debug"} | self.environment
            return subprocess.Popen(self.command(*arguments), env=environment, stdout=log, stderr=log, cwd=self.data.parent)

    @property
    def log(self):
        """Where `start` writes: in the folder of all judges' logs, where `run.py` names one, since `logs` reads them in the end."""
        folder = os.environ.get("YINXIN_JUDGES_LOGS")
        if not folder:
            return self.data.parent / "background.log"
        place = hashlib.sha256(str(self.data).encode()).hexdigest()[:8]
        return Path(folder) / f"{Path(sys.argv[0]).stem}-{self.data.parent.name}-{place}.log"

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def list(self):
        """Every certificate, as a list of rows."""
        rows = self.json("list")
        return rows if isinstance(rows, list) else one_of(rows, "certificates", "items", "rows")

    def verdicts(self, files, trust=None):
        """File name -> (whether genuine, the row), for any number of files. A file without an answer counts as a fault."""
        found = {}
        files = [str(f) for f in files]
        for at in range(0, len(files), 250):
            part = files[at : at + 250]
            done = self.run("verify", *part, *(["--trust", trust] if trust else []), "--json")
            if done.returncode not in (0, 1):
                raise SystemExit(f"yinxin verify gave {done.returncode}\n{short(text_of(done), 4000)}")
            rows = json.loads(done.stdout)
            for row in rows:
                found[Path(row["file"]).name] = (row["verdict"] in GENUINE, row)
            all_genuine = all(row["verdict"] in GENUINE for row in rows)
            if (done.returncode == 0) != all_genuine or len(rows) != len(part):
                raise SystemExit(f"yinxin verify gave {done.returncode} and {len(rows)} answers for {len(part)} files")
        return found

    @property
    def public(self):
        return self.data / "keys" / "public"

    def root(self, issuer):
        beside = self.public / issuer / "root.pem"
        return beside if beside.is_file() else self.data / "keys" / issuer / "root.pem"


def configuration(database="sqlite:registry.sqlite"):
    """Two contests: one whose issuer signs with P-256, one with Ed25519."""
    contest = """
[[issuer]]
id = "{issuer}"
name = "{issuer_name}"
name_en = "{issuer_en}"
algorithm = "{algorithm}"

[[contest]]
id = "{id}"
issuer = "{issuer}"
template = "award"
pattern = "{letters}{{series:3}}{{year}}{{seq:5}}"
series = {series}
name = "{name}"
name_en = "{name_en}"
short_name = "{short}"
organisers = ["蓝海市人民政府"]
notice_first_day = "2023-11-24"
notice_last_day = "2023-11-30"
registration_last_day = "2023-12-31"
release_day = "2024-01-01"
claim_last_day = "2024-01-31"
"""
    # The judges are one reader who asks thousands of times.
    limits = "[limits]\n" + "".join(f"{name} = {{ burst = 1000000, refill_ms = 1 }}\n" for name in ("address", "identity", "person", "list", "name"))
    return (
        f'public_url = "https://yinxin.example"\ndatabase = "{database}"\n'
        f'templates = "{REPOSITORY}/certificate-templates"\nfonts = "{REPOSITORY}/fonts"\n'
        + contest.format(
            id=CONTEST_P256, issuer=ISSUER_P256, issuer_name="蓝海杯大赛组委会", issuer_en="Lanhai Cup Committee", algorithm="p256",
            letters="LH", series=14, name=NAMES[CONTEST_P256], name_en="The 14th Lanhai Cup", short="蓝海杯",
        )
        + contest.format(
            id=CONTEST_ED25519, issuer=ISSUER_ED25519, issuer_name="星河杯大赛组委会", issuer_en="Xinghe Cup Committee", algorithm="ed25519",
            letters="XH", series=3, name=NAMES[CONTEST_ED25519], name_en="The 3rd Xinghe Cup", short="星河杯",
        )
        + limits
    )


def make_data(binary, folder, database=None):
    """A fresh data folder with keys, and nothing imported."""
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / "yinxin.toml").write_text(configuration(), encoding="utf-8")
    yinxin = Yinxin(binary, folder, database)
    yinxin.must("keys", "init")
    return yinxin


def tree(folder):
    """Path -> SHA-256 of every file below `folder`."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(Path(folder).rglob("*")) if p.is_file()
    }


def read_list(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def row_holder(row):
    return one_of(row, "holder", "name") or one_of(one_of(row, "claims"), "holder")


def row_state(row):
    state = one_of(row, "state", "status")
    return state if isinstance(state, str) else one_of(state, "state", "kind", "status")


def contiguous(numbers, digits=5):
    """What is wrong with the numbers of one series: twins, holes, a start that is not the first."""
    faults = [f"twin {n}" for n in sorted(set(n for n in numbers if numbers.count(n) > 1))] if len(set(numbers)) != len(numbers) else []
    heads = {n[:-digits] for n in numbers}
    if len(heads) > 1:
        faults.append(f"several series: {sorted(heads)}")
    given = sorted(int(n[-digits:]) for n in set(numbers))
    if given and given[0] not in (0, 1):
        faults.append(f"begins at {given[0]}")
    faults += [f"hole {a + 1}..{b - 1}" for a, b in zip(given, given[1:]) if b != a + 1]
    return faults


def copies(checks, folder, rows):
    """The file of every row as NUMBER.pdf, as `issue --out` has written it."""
    wanted = {row["number"]: Path(folder) / f"{row['number']}.pdf" for row in rows}
    checks.none((n for n, p in wanted.items() if not p.is_file()), f"`issue --out` has written all {len(wanted)} files")
    return {n: p for n, p in wanted.items() if p.is_file()}


class Server:
    """`yinxin serve` on a free port of 127.0.0.1, for as long as the `with` block lasts."""

    def __init__(self, yinxin, *more):
        from pg import free_port

        self.yinxin, self.port, self.more = yinxin, free_port(), more

    def __enter__(self):
        self.process = self.yinxin.start("serve", "--listen", f"127.0.0.1:{self.port}", *self.more)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                if self.get("/")[0] < 500:
                    return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise SystemExit(f"yinxin serve does not answer\n{self.yinxin.log_text()[-3000:]}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, method, path, body=None, headers=None):
        """(status, headers in lower case, body). Redirects within the server are followed by GET, as a browser would."""
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            finally:
                connection.close()
            if found[0] not in (301, 302, 303, 307, 308):
                return found
            if found[0] in (301, 302, 303):
                method, body, headers = "GET", None, None
            target = urllib.parse.urlsplit(found[1]["location"])
            path = target.path + (f"?{target.query}" if target.query else "")
        return found

    def get(self, path, **query):
        return self.ask("GET", urllib.parse.quote(path, safe="/%") + (f"?{urllib.parse.urlencode(query)}" if query else ""))

    def file_behind(self, link):
        """What a holder gets who opens the link and presses the page's button, which leads to an address below the link."""
        answer = self.ask("GET", link)
        button = re.search(rb'href="([^"]*/pdf)"', answer[2]) if "html" in answer[1].get("content-type", "") else None
        if answer[0] != 200 or not button:
            return answer
        target = html.unescape(button.group(1).decode())
        return self.ask("GET", target) if target.startswith(link) else (0, {}, f"the button leads to {target}".encode())

    def post_form(self, path, **fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path, value):
        return self.ask("POST", path, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def post_file(self, path, field, name, data):
        edge = "judge-7d1f0c7a"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
        return self.ask("POST", path, head.encode() + data + f"\r\n--{edge}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={edge}"})


def links(yinxin, path):
    """Number -> path and query of its download link, by `issue --links`."""
    yinxin.must("issue", "--links", path)
    found = {}
    for row in read_list(path):
        target = urllib.parse.urlsplit(row["link"])
        found[row["number"]] = target.path + (f"?{target.query}" if target.query else "")
    return found


def downloaded(checks, yinxin, folder):
    """Number -> file below `folder` of every certificate, by its holder's download link: what is really kept, not a copy made in passing."""
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wanted, files, faults = links(yinxin, folder / "links.csv"), {}, []
    with Server(yinxin) as server:
        for number, path in wanted.items():
            status, _, body = server.file_behind(path)
            if status == 200 and body.startswith(b"%PDF-"):
                files[number] = folder / f"{number}.pdf"
                files[number].write_bytes(body)
            else:
                faults.append(f"{number}: {status}")
    checks.none(faults, f"all {len(wanted)} files come by their download links")
    return files


class SignedPdf:
    """Where the signature of a PDF lies, read with nothing but regular expressions."""

    BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")

    def __init__(self, data):
        self.data = bytes(data)
        found = list(self.BYTE_RANGE.finditer(self.data))
        if len(found) != 1:
            raise ValueError(f"{len(found)} byte ranges")
        self.range_at = found[0].span()
        self.ranges = tuple(int(n) for n in found[0].groups())
        _, first, second, _ = self.ranges
        self.slot = (first, second)

    @property
    def cms(self):
        """The DER of the CMS without its zero padding."""
        padded = bytes.fromhex(self.data[self.slot[0] + 1 : self.slot[1] - 1].decode("ascii"))
        length, head = padded[1], 2
        if length & 0x80:
            head = 2 + (length & 0x7F)
            length = int.from_bytes(padded[2:head], "big")
        return padded[: head + length]

    def covered(self, ranges=None):
        a, b, c, d = ranges or self.ranges
        return self.data[a : a + b] + self.data[c : c + d]

    def with_cms(self, der):
        """The file with another CMS in the slot, or None where it does not fit."""
        room = self.slot[1] - self.slot[0] - 2
        text = der.hex().encode()
        if len(text) > room:
            return None
        return self.data[: self.slot[0] + 1] + text.ljust(room, b"0") + self.data[self.slot[1] - 1 :]

    def with_ranges(self, ranges):
        """The file with other numbers in /ByteRange, in the same room, or None where they do not fit."""
        start, end = self.range_at
        text = b"/ByteRange [" + b" ".join(str(n).encode() for n in ranges)
        if len(text) + 1 > end - start:
            text = text.replace(b"/ByteRange [", b"/ByteRange[")
        if len(text) + 1 > end - start:
            return None
        return self.data[:start] + text.ljust(end - start - 1) + b"]" + self.data[end:]
