#!/usr/bin/env python3
"""The way out: a backup taken while certificates are issued and looked up is whole, and makes everything on an empty machine; an export is
judged by pyHanko, and by its own page in Chromium, opened from the disk with no network.
"""

import argparse
import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import hanko
import make_list
from browser import Browser
from common import CONTEST_ED25519, CONTEST_P256, ISSUER_ED25519, ISSUER_P256, NAMES, Checks, Server, Yinxin, contiguous, make_data, text_of, tree
from film import changed, code_in, code_picture, film, page_picture
from pg import Cluster, free_port

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
REASON, MENDED = "经核实撤回", "学校名称有误"


def numbers(yinxin):
    """Number -> (state, digest of the file) of every certificate that is issued."""
    return {row["number"]: (row["state"], row["digest"]) for row in yinxin.list() if row["state"] != "reserved"}


def numbers_of(backup):
    """The numbers in a backup, reserved ones included, read from its form alone."""
    manifest = json.loads((backup / "manifest.json").read_text())
    (table,) = (table for table in manifest["tables"] if table["name"] == "certificate")
    at = [name for name, _ in table["columns"]].index("number")
    return [json.loads(line)[at] for line in (backup / "tables" / "certificate.jsonl").read_text().splitlines()]


class Load:
    """Lists are imported and issued, and certificates looked up, over and over, until the block ends."""

    def __init__(self, yinxin, server, work, known, size):
        self.yinxin, self.server, self.work, self.known, self.size = yinxin, server, work, known, size
        self.stop, self.rounds, self.lookups, self.faults = threading.Event(), 0, 0, []
        self.threads = [threading.Thread(target=self.issue), threading.Thread(target=self.look_up)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def issue(self):
        while not self.stop.is_set():
            path = self.work / "more.csv"
            make_list.write(path, make_list.rows(self.size, NAMES[CONTEST_P256], seed=7, first=5000 + self.size * self.rounds))
            for command in (("import", path), ("issue",)):
                done = self.yinxin.run(*command)
                if done.returncode != 0:
                    self.faults.append(text_of(done))
                    return
            self.rounds += 1

    def look_up(self):
        while not self.stop.is_set():
            number = self.known[self.lookups % len(self.known)]
            status = self.server.get(f"/api/v1/certificates/{number}")[0]
            if status != 200:
                self.faults.append(f"{number}: {status}")
            self.lookups += 1


def certificates(yinxin, work, count):
    """Two contests issued; of the first one certificate taken back and one corrected. Answers (revoked, corrected, successor)."""
    for at, contest in enumerate((CONTEST_P256, CONTEST_ED25519)):
        path = work / f"list-{contest}.csv"
        make_list.write(path, make_list.rows(count if at == 0 else 3, NAMES[contest], seed=at + 1, first=1000 * at))
        yinxin.must("import", path)
    yinxin.must("issue")
    first, second = sorted(n for n in numbers(yinxin) if n.startswith("LH"))[:2]
    yinxin.must("revoke", first, "--reason", REASON)
    successor = yinxin.json("correct", second, "--school", "南浦大学", "--reason", MENDED)
    return first, second, successor["successor"]


def backup_under_load(checks, yinxin, work, more):
    """A backup while lists of `more` are being issued and certificates looked up."""
    confirmed = numbers(yinxin)
    out = work / "backup"
    port = free_port()
    settings = yinxin.data / "yinxin.toml"
    settings.write_text(f'metrics = "127.0.0.1:{port}"\n' + settings.read_text())
    with Server(yinxin) as server, Load(yinxin, server, work, sorted(confirmed), more) as load:
        while len(yinxin.list()) == len(confirmed) and not load.faults:
            pass
        done = yinxin.run("backup", out)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = answer.read().decode()
    asked = re.search(r'yinxin_http_requests_total\{route="/api/v1/certificates/\{number\}",class="2xx"\} (\d+)', metrics)
    checks.check(asked and int(asked.group(1)) > 0, "the monitor counts requests by route", metrics[:400])
    checks.none((n for n in confirmed if n in metrics), "and names nobody")
    checks.require(done.returncode == 0, "a backup is taken while certificates are issued and looked up", text_of(done))
    checks.equal((load.faults, load.lookups > 0), ([], True), f"meanwhile {load.lookups} lookups were answered and {load.rounds} lists issued")
    checks.check(len(confirmed) < len(numbers_of(out)) <= len(yinxin.list()), "it is of an instant while they were being issued")
    checks.equal(yinxin.run("backup", "--check", out).returncode, 0, "the backup is whole")
    private = [name for name in tree(out) if b"PRIVATE KEY" in (out / name).read_bytes()]
    checks.equal(private, [], "no private key is in it")
    modes = [str(p) for p in out.rglob("*") if p.stat().st_mode & 0o077]
    checks.none(modes, "nobody but its owner may read it")
    return out, confirmed


def restored(checks, what, yinxin, backup, data, database, confirmed):
    """A machine with the keys and nothing else, and what is there afterwards."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    other = Yinxin(yinxin.binary, data, database)
    done = other.run("restore", backup)
    checks.check(done.returncode == 2 and "私钥" in text_of(done), f"{what}: without keys it is refused in plain words", text_of(done))
    checks.equal(tree(data), {}, f"{what}: and leaves nothing")
    shutil.copytree(yinxin.data / "keys", data / "keys")
    done = other.run("restore", backup)
    checks.require(done.returncode in (0, 4), f"{what}: restored on an empty machine", text_of(done))
    # What was reserved at the backup's instant is completed by the next run, to the same bytes.
    other.must("issue")
    doctor = other.run("doctor")
    checks.equal(doctor.returncode, 0, f"{what}: the doctor finds nothing")
    found = numbers(other)
    checks.none((n for n, row in confirmed.items() if found.get(n) != row), f"{what}: all {len(confirmed)} confirmed certificates are there, with state and file")
    checks.none(contiguous([n for n in found if n.startswith("LH")]), f"{what}: numbers without hole or twin")
    done = other.run("restore", backup)
    checks.check(done.returncode == 2 and "空" in text_of(done), f"{what}: a second time it is refused", text_of(done))
    return found


def damaged(checks, yinxin, backup, work):
    """A backup that is not what was written is refused, with the place, and nothing is begun."""
    sealed = sorted(p for p in (backup / "vault").rglob("*.sealed"))[3]
    table = backup / "tables" / "certificate.jsonl"
    flip = lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
    cases = {
        "a flipped bit in the vault": (sealed, flip), "a cut file": (sealed, lambda data: data[:-7]), "a missing file": (sealed, None),
        "a flipped bit in a table": (table, flip), "a cut table": (table, lambda data: data[: data.rfind(b"\n", 0, -1) + 1]),
        "a flipped bit in the manifest": (backup / "manifest.json", flip), "a missing list of digests": (backup / "SHA256SUMS", None),
    }
    data = work / "of-damaged"
    for what, (path, change) in cases.items():
        whole = path.read_bytes()
        path.write_bytes(change(whole)) if change else path.unlink()
        done = Yinxin(yinxin.binary, data).run("restore", backup)
        place = str(path.relative_to(backup))
        checks.check(done.returncode == 2 and place in text_of(done), f"{what} is refused with its place", text_of(done))
        checks.check(not data.exists(), f"{what}: nothing is begun")
        path.write_bytes(whole)
    checks.equal(yinxin.run("backup", "--check", backup).returncode, 0, "mended, it is whole again")


def exported(checks, yinxin, issuer, out):
    """The folder of an export, judged without this program."""
    done = yinxin.run("export", "--issuer", issuer, out)
    checks.require(done.returncode == 0, f"{issuer}: exported", text_of(done))
    rows = [json.loads(line) for line in (out / "certificates.jsonl").read_text().splitlines()]
    root = hanko.certificate(yinxin.root(issuer))
    faults = []
    for row in rows:
        data = (out / "pdf" / f"{row['number']}.pdf").read_bytes()
        genuine, why = hanko.judge(data, root)
        same = hashlib.sha256(data).hexdigest() == row["file"]["sha256"] and row["certificate"]["number"] == row["number"]
        faults += [] if genuine and same else [f"{row['number']}: {why}"]
    checks.none(faults, f"{issuer}: pyHanko finds all {len(rows)} files genuine, and their digests are those of the list")
    manifest = json.loads((out / "manifest.json").read_text())
    apart = ("manifest.json", "manifest.jws")
    checks.equal({n: d for n, d in tree(out).items() if n not in apart}, manifest["files"], f"{issuer}: the manifest has the digest of every file")
    stated = yinxin.run("verify", "--statement", out / "manifest.jws", "--trust", out / "keys", "--json")
    digest = hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    checks.check(stated.returncode == 0 and digest in text_of(stated), f"{issuer}: the service's signature is over that manifest", text_of(stated))
    lists = [p.name for p in out.iterdir()]
    text = "".join((out / n).read_text() for n in ("certificates.jsonl", "verify.html", "README.md"))
    return rows, lists, text


def private(work):
    """Every identity number and telephone of the lists below `work`."""
    found = set()
    for path in work.rglob("*.csv"):
        with open(path, encoding="utf-8-sig", newline="") as file:
            found |= {row[column] for row in csv.DictReader(file) for column in ("证件号码", "手机号") if row.get(column)}
    return found


class Page:
    """verify.html in one browser."""

    def __init__(self, checks, browser, out, work):
        self.checks, self.browser, self.out, self.work = checks, browser, out, work

    def open(self, size, before=None):
        width, height = SIZES[size]
        self.browser.ask("page", width=width, height=height, touch=size == "phone", before=before)
        self.browser.ask("open", url=(self.out / "verify.html").resolve().as_uri())
        return self.browser.wait("document.documentElement.dataset.ready === 'yes'", 30)

    def text(self):
        return self.browser.run("document.getElementById('answer').innerText")

    def ready(self):
        self.browser.run("document.getElementById('answer').hidden || document.getElementById('again').click()")

    def file(self, path):
        self.ready()
        self.browser.ask("upload", selector="#file", path=str(path))
        self.browser.wait("!document.getElementById('answer').hidden || document.querySelector('#file-says .refused')")
        return self.browser.run("document.getElementById('answer').hidden ? document.getElementById('file-says').innerText : document.getElementById('answer').innerText")

    def code(self, text):
        self.ready()
        self.browser.run(f"document.getElementById('text').value = {json.dumps(text)}")
        self.browser.run("document.getElementById('paste').requestSubmit()")
        self.browser.wait("!document.getElementById('answer').hidden")
        return self.text()

    def says(self, found, wanted, what, never=()):
        self.checks.check(wanted in found and not any(w in found for w in never), f"{what}: {wanted}", repr(found[:300]))

    def look(self, name):
        self.browser.ask("shot", path=str(self.work / f"{name}.png"))
        self.checks.none(self.browser.ask("axe"), f"{name}: no violation by axe-core")


def code_on(pdf, work):
    """The text of the code on a certificate's page."""
    return code_in(page_picture(pdf, work)).text


GENUINE = ("证书属实", "二维码属实", "签名属实")


def judged_by_page(checks, page, rows, fallen, work, what):
    """What the page says of good and bad files and codes."""
    by = {row["number"]: row for row in rows}
    good = next(row for row in rows if row["state"]["code"] == "valid")
    pdf = page.out / "pdf" / f"{good['number']}.pdf"
    found = page.file(pdf)
    page.says(found, "证书属实，文件未被改动", f"{what}, a good file")
    facts = [good["certificate"][n] for n in ("holder", "number", "issued_on", "short_name")]
    checks.none((fact for fact in facts if fact not in found), f"{what}, a good file: its facts")
    page.look(f"{what}-good")
    data = pdf.read_bytes()
    for name, at in (("in the page", len(data) // 3), ("in the last line", len(data) - 20), ("in the facts", data.index(good["certificate"]["holder"].encode()))):
        path = work / "changed.pdf"
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        found = page.file(path)
        # Where the file ends otherwise it is no certificate any more; nothing good is said of it.
        checks.check(not any(word in found for word in GENUINE), f"{what}, a changed byte {name}: nothing good is said", found[:300])
        if name != "in the last line":
            page.says(found, "文件被改动，或系伪造", f"{what}, a changed byte {name}", GENUINE)
    page.look(f"{what}-changed")
    path.write_bytes(data + b"\n% more\n%%EOF\n")
    page.says(page.file(path), "文件被改动，或系伪造", f"{what}, something added behind", GENUINE)
    page.says(page.code(good["certificate"]["proof"]), "二维码属实", f"{what}, the text of a code")
    page.look(f"{what}-code")
    short = code_on(pdf, work)
    found = page.code(short)
    page.says(found, "二维码属实", f"{what}, the text of the code on the page")
    checks.none((fact for fact in facts if fact not in found), f"{what}, the text of the code on the page: its facts")
    page.says(page.code(changed(short)), "签名不符", f"{what}, a forged code on the page", GENUINE)
    page.says(page.code(changed(good["certificate"]["proof"])), "签名不符", f"{what}, a forged code", GENUINE)
    page.says(page.code("https://example.com/?certificate=1"), "这不是证书的二维码", f"{what}, another code", GENUINE)
    page.says(page.file(code_picture(short, work / "code.png")), "二维码属实", f"{what}, the picture of a code")
    for number, (words, more) in fallen.items():
        path = page.out / "pdf" / f"{number}.pdf"
        for found in (page.file(path), page.code(by[number]["certificate"]["proof"]), page.code(code_on(path, work))):
            page.says(found, words, f"{what}, {number}", ("stood when", "文件未被改动"))
            checks.check(more in found, f"{what}, {number}: {more}", found[:300])
        page.look(f"{what}-{by[number]['state']['code']}")
    return good


def foreign(page, work, others):
    """Files of others, and none."""
    paper = work / "foreign.pdf"
    subprocess.run(["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", f"-sOutputFile={paper}", "-c", "/Helvetica findfont 24 scalefont setfont 72 720 moveto (A certificate) show showpage"], check=True)
    page.says(page.file(paper), "这不是", "a foreign PDF", GENUINE)
    page.look("foreign")
    text = work / "note.pdf"
    text.write_text("not a PDF")
    page.file(text)
    page.says(page.file(others), "不是", "another issuer's certificate", GENUINE)
    found = page.code(code_on(others, work))
    page.says(found, "真伪未知", "another issuer's code", (*GENUINE, "不可信"))
    page.checks.equal(page.browser.run("document.querySelector('#outcome .state').className"), "state none", "another issuer's code: neither genuine nor forged")
    page.look("unknown-heading")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    work = arguments.work.resolve() / "wayout"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    checks = Checks("wayout")
    count, more = (20, 100) if arguments.smaller else (200, 1000)
    with Cluster() as cluster:
        yinxin = make_data(arguments.bin, work / "data", cluster.database("first"))
        revoked, corrected, successor = certificates(yinxin, work, count)
        backup, confirmed = backup_under_load(checks, yinxin, work, more)
        found = restored(checks, "PostgreSQL", yinxin, backup, work / "on-postgres", cluster.database("second"), confirmed)
        same = restored(checks, "SQLite from PostgreSQL", yinxin, backup, work / "on-sqlite", None, confirmed)
        of_then = numbers_of(backup)
        checks.equal({n: found[n] for n in of_then}, {n: same[n] for n in of_then}, f"both databases hold the same {len(of_then)}, completed to the same bytes")
        damaged(checks, yinxin, backup, work)
    # The export comes from what was restored: the first machine is gone.
    survivor = Yinxin(arguments.bin, work / "on-sqlite")
    rows, _, text = exported(checks, survivor, ISSUER_P256, work / "export")
    people = private(work)
    # Not as a part of longer digits, which a proof is made of.
    said = set(re.findall(r"(?<![0-9A-Z])[0-9]{11}(?![0-9A-Z])|(?<![0-9A-Z])[0-9]{17}[0-9X](?![0-9A-Z])", text))
    checks.require(len(people) > 2 * count, f"the lists name {len(people)} identity numbers and telephones")
    checks.none(said & people, "none of them is in the export")
    others, _, _ = exported(checks, survivor, ISSUER_ED25519, work / "export-ed25519")
    good = next(row["number"] for row in rows if row["state"]["code"] == "valid")
    seen = film(page_picture(work / "export" / "pdf" / f"{good}.pdf", work), work / "film.y4m")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={seen}"]
    with Browser(work / "chromium", [*camera, "--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files=false"]) as browser:
        page = Page(checks, browser, work / "export", work)
        for size in SIZES:
            checks.check(page.open(size), f"the page opens from the disk, {size}", browser.ask("faults"))
            page.look(f"start-{size}")
            browser.ask("click", selector="#start")
            browser.wait("!document.getElementById('answer').hidden")
            found = page.text()
            page.says(found, "二维码属实", f"{size}, a code before the camera")
            checks.check(good in found, f"{size}, a code before the camera: its number", found[:300])
            fallen = {revoked: ("证书已吊销", REASON), corrected: ("证书已更正换发", successor)}
            judged_by_page(checks, page, rows, fallen, work, size)
        foreign(page, work, work / "export-ed25519" / "pdf" / f"{others[0]['number']}.pdf")
        checks.none((r for r in browser.ask("requests") if not r.split(" ")[1].startswith(("file:", "data:", "blob:"))), "nobody is asked for anything")
        checks.equal(browser.ask("faults"), [], "no error in the console")
        page = Page(checks, browser, work / "export-ed25519", work)
        checks.check(page.open("desk"), "the page of files with Ed25519 signatures opens")
        judged_by_page(checks, page, others, {}, work, "ed25519")
        size = (work / "export" / "verify.html").stat().st_size
        print(f"verify.html of {len(rows)} certificates: {size} bytes", flush=True)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
