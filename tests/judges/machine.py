#!/usr/bin/env python3
"""The machine side as other systems see it: notices come signed by Standard Webhooks to a receiver that fails at first, a partner's list is issued once however often it is sent, and
what was issued is genuine."""

import argparse
import base64
import hashlib
import hmac
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from common import CONTEST_P256, Checks, Server, make_data
from people import PASSWORD, Person, hidden

TELEPHONE = "13700137000"


class Receiver(ThreadingHTTPServer):
    """Keeps what comes; answers what it is told."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Take)
        self.got, self.status = [], 503
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def until(self, count, seconds=15):
        end = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < end:
            time.sleep(0.05)
        return len(self.got) >= count


class Take(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict((k.lower(), v) for k, v in self.headers.items()), body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def is_signed(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and wanted in headers["webhook-signature"].split(" ")


def awards(count, wrong=None):
    rows = [{"name": "李明", "document_kind": "护照", "document_number": f"E{n:08}", "school": "蓝海大学", "work": f"接口作品{n}", "award": "一等奖"} for n in range(count)]
    if wrong is not None:
        rows[wrong]["award"] = "头等奖"
    return {"programme": CONTEST_P256, "awards": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("machine"), arguments.work / "machine"
    yinxin = make_data(arguments.bin, work / "data")
    settings = work / "data" / "yinxin.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[webhooks]\nprivate_networks = true\n", encoding="utf-8")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    yinxin.must("account", "add-admin", "--telephone", TELEPHONE, "--name", "周全", "--password-file", work / "password")
    yinxin.must("account", "role", TELEPHONE, "administrator", "issuer")
    receiver = Receiver()
    with Server(yinxin) as server:
        clerk = Person(server)
        clerk.sign_in(TELEPHONE)
        clerk.enrol()
        page = clerk.ask("GET", "/staff/webhooks")[2]
        form = {"token": hidden(page, "token"), "issuer": "lanhai", "url": f"http://127.0.0.1:{receiver.server_port}/hook"}
        status, _, page = clerk.ask("POST", "/staff/webhooks", list(form.items()) + [("event", "certificate.issued"), ("event", "certificate.revoked")])
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
        checks.require(status == 200 and secret is not None, "the secret is shown once", f"{status}")
        secret, endpoint = secret[0], re.search(r"/staff/webhooks/(w[0-9a-f]{12})/test", page)[1]
        checks.check(secret not in clerk.ask("GET", f"/staff/webhooks/{endpoint}")[2], "and never again")

        made = yinxin.json("api-key", "add", "--name", "合作系统", "--per-day", "100000", "--scope", "issue", "--scope", "claims:read", "--issuer", "lanhai")

        def ask(method, path, value=None, name=None, key=made["key"]):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"} | ({"Idempotency-Key": name} if name else {})
            status, headers, body = server.ask(method, path, json.dumps(value).encode() if value else None, headers)
            return status, headers, json.loads(body)

        status, _, said = ask("POST", "/api/v1/issuances", awards(3, wrong=1), "first")
        problem = (said.get("problems") or [{}])[0]
        checks.equal((status, said.get("code"), problem.get("index"), problem.get("field")), (422, "list_refused", 1, "award"), "a bad list is refused by its place")
        checks.equal(ask("POST", "/api/v1/issuances", awards(3))[2]["code"], "idempotency_key_missing", "a list needs a name")
        status, headers, said = ask("POST", "/api/v1/issuances", awards(3), "first")
        checks.require(status == 202 and headers["location"].endswith(said["id"]), "a good list is taken, under the same name", f"{status} {said}")
        checks.equal(ask("POST", "/api/v1/issuances", awards(3), "first")[2], said, "twice sent, it is taken once and answered alike")
        checks.equal((ask("POST", "/api/v1/issuances", awards(2), "first")[0]), 422, "another list under the name is refused")
        checks.equal(ask("GET", headers["location"], key=yinxin.json("api-key", "add", "--name", "查询", "--per-day", "10")["key"])[0], 403, "a key without the scope may not")
        for _ in range(200):
            progress = ask("GET", headers["location"])[2]
            if progress["state"] == "complete":
                break
            time.sleep(0.1)
        numbers = [item.get("number") for item in progress["items"]]
        checks.equal((progress["state"], len(set(numbers) - {None})), ("complete", 3), "it is issued")
        checks.equal(ask("GET", "/api/v1/claims")[2], {"claims": []}, "there are no claims")

        checks.require(receiver.until(3), "three notices come", f"{len(receiver.got)}")
        receiver.status = 204
        checks.check(receiver.until(6), "refused, they come again", f"{len(receiver.got)}")
        first, again = receiver.got[:3], receiver.got[3:6]
        checks.check(all(is_signed(secret, *one) for one in receiver.got), "each is signed with the secret")
        checks.equal({h["webhook-id"] for h, _ in first}, {h["webhook-id"] for h, _ in again}, "under the same names")
        checks.equal({json.loads(body)["data"]["number"] for _, body in again}, set(numbers), "they tell the numbers")
        checks.check(all("李明" not in body.decode() and "E0000" not in body.decode() for _, body in receiver.got), "and no person")
        token = hidden(clerk.ask("GET", f"/staff/webhooks/{endpoint}")[2], "token")
        count = len(receiver.got)
        clerk.ask("POST", f"/staff/webhooks/{endpoint}/replay", {"token": token, "since": "2020-01-01"})
        checks.check(receiver.until(count + 3), "everything is sent again when the staff ask for it", f"{len(receiver.got)}")
        checks.equal(len({h["webhook-id"] for h, _ in receiver.got}), 3, "three names in all")
        yinxin.must("revoke", numbers[0], "--reason", "成绩复核")
        checks.check(receiver.until(count + 4) and json.loads(receiver.got[-1][1])["type"] == "certificate.revoked", "a revocation at the command line is told too")
        log = yinxin.log_text()
        checks.check(secret not in log and made["key"] not in log, "secret and key are in no log")
    receiver.shutdown()
    yinxin.must("contest", "export", CONTEST_P256, work / "contest.zip", "--pdf")
    import zipfile
    archive = zipfile.ZipFile(work / "contest.zip")
    manifest = json.loads(archive.read("manifest.json"))
    checks.none((f["name"] for f in manifest["files"] if hashlib.sha256(archive.read(f["name"])).hexdigest() != f["sha256"]), "every file of the archive has its digest")
    archive.extractall(work / "contest")
    files = sorted((work / "contest" / "certificates").glob("*.pdf"))
    checks.equal(len(files), 3, "the archive has the certificates")
    checks.equal(yinxin.run("verify", *files[1:]).returncode, 0, "which are genuine")
    checks.done()


if __name__ == "__main__":
    main()
