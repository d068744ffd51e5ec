#!/usr/bin/env python3
"""The staff's desk in Chromium, on a phone and on a desk, in both languages, as `accounts` looks at the pages of accounts: a batch runs in the server and is told of as it goes, a certificate is
corrected and one revoked, spreadsheets open, webhook endpoints fail and stop, a line removed from the audit trail shows. Screenshots lie in the work folder."""

import argparse
import http.client
import re
import shutil
import sqlite3
import time
import urllib.parse
from pathlib import Path

from common import Checks, Server, make_data
from pages import judge, walk
from people import PASSWORD, Person, hidden

TELEPHONE = "13700137001"
HEAD = "赛事,姓名,证件类型,证件号码,手机号,学校,作品,奖项\n"
FIND = 'form[action="/staff/certificates"]'
ADD = 'form[action="/staff/webhooks"]'
# A name that no resolver has (RFC 2606).
HOOK = "https://hooks.invalid/yinxin"


def states(cookies, job, refused, standing, revoked, endpoint, stopped):
    """As `pages.states`."""
    pages = [
        ("desk", "/staff", "事件通知的接收地址已停用", "Webhook endpoints that stopped", {}),
        ("issuing", "/staff/issuing", "最近的批次", "Last batches", {}),
        ("batch", f"/staff/issuing/{job}", "已完成", "Done", {}),
        ("batch-refused", f"/staff/issuing/{refused}", "不能签发的奖项", "Awards that cannot be certified", {}),
        ("certificates", "/staff/certificates", "查找证书", "Find certificates", {}),
        ("found", "/staff/certificates", standing, standing, {"submit": FIND, "fill": {"#holder": "李"}}),
        ("found-nothing", "/staff/certificates", "请至少填写一项", "at least one", {"submit": FIND, "fill": {}, "status": 400}),
        ("certificate", f"/staff/certificates/{standing}", "吊销此证书", "Revoke this certificate", {}),
        ("certificate-revoked", f"/staff/certificates/{revoked}", "成绩复核", "成绩复核", {}),
        ("correct", f"/staff/certificates/{standing}/correct", "正确的内容", "The right facts", {}),
        ("correct-preview", f"/staff/certificates/{standing}/correct", "公众将看到", "What the public will read", {"submit": f'form[action="/staff/certificates/{standing}/correct"]', "fill": {"#f-holder": "鸣", "#f-reason": "姓名有误"}}),
        ("audit", "/staff/audit", "记录链完整", "The chain is intact", {}),
        ("exports", "/staff/exports", "获奖名单与发证状态", "Awards, and where each stands", {}),
        ("webhooks", "/staff/webhooks", "添加接收地址", "Add an endpoint", {}),
        ("webhook", f"/staff/webhooks/{endpoint}", "域名无法解析", "the host has no address", {}),
        ("webhook-stopped", f"/staff/webhooks/{stopped}", "恢复投递", "Resume", {}),
        ("webhook-since", f"/staff/webhooks/{endpoint}", "重新排入投递", "sent again", {"submit": "form.since", "fill": {"#since": "2026-01-01 09:00"}}),
        ("webhook-since-wrong", f"/staff/webhooks/{endpoint}", "请按", "Enter a Beijing time", {"submit": "form.since", "fill": {"#since": "昨天"}, "status": 400}),
        ("webhook-private", "/staff/webhooks", "内部网络", "private network", {"submit": ADD, "fill": {"#url": "https://10.0.0.1/hook"}, "status": 400}),
        ("webhook-added", "/staff/webhooks", "只显示这一次", "shown this once", {"submit": ADD, "fill": {"#url": HOOK}}),
    ]
    return [{"name": n, "path": p, "status": 200, "words": {"zh-CN": zh, "en": en}, "cookies": cookies, **more} for n, p, zh, en, more in pages]


def events(server, person, path):
    """The events of one stream, as (name, data)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", path, headers={"Cookie": "; ".join(f"{n}={v}" for n, v in person.cookies.items())})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    # A browser hears no event without data (HTML standard, 9.2.6).
    heard = [block for block in text.split("\n\n") if re.search(r"^data: ?\S", block, re.M)]
    return answer.status, answer.getheader("content-type"), [name for block in heard for name in re.findall(r"^event: ?(\w+)", block, re.M)]


def saved(server, person, path, form):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in person.cookies.items()), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, urllib.parse.urlencode(form), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def endpoints(checks, yinxin, admin, token):
    """Two endpoints: one to which a test does not get through, and one that stopped."""
    made = []
    for _ in range(2):
        status, _, page = admin.ask("POST", "/staff/webhooks", {"token": token, "issuer": "lanhai", "url": HOOK, "event": "claim.paid"})
        checks.check(status == 200 and "whsec_" in page, "an endpoint is made, and its secret shown")
        made.append(re.search(r"/staff/webhooks/(w[0-9a-f]{12})/test", page)[1])
    admin.ask("POST", f"/staff/webhooks/{made[0]}/test", {"token": token})
    for _ in range(150):
        if "域名无法解析" in admin.ask("GET", f"/staff/webhooks/{made[0]}")[2]:
            break
        time.sleep(0.2)
    with sqlite3.connect(yinxin.data / "registry.sqlite") as records:
        records.execute("UPDATE webhook_endpoint SET state = 'stopped' WHERE id = ?", (made[1],))
    return made


def run_batch(checks, server, admin, token, kind="issue"):
    where = admin.ask("POST", "/staff/issuing", {"token": token, "programme": "lanhai-14", "kind": kind})[1]
    names = []
    # A stream ends after ten seconds, and the browser asks anew.
    for _ in range(12):
        status, form, heard = events(server, admin, f"{where}/events")
        names += heard
        if "end" in names:
            break
    checks.check(status == 200 and form.startswith("text/event-stream") and names and names[-1] == "end", f"{where}: events {names[-3:]}")
    for _ in range(300):
        page = admin.ask("GET", where)[2]
        if "data-says" in page and "/stop" not in page and "noscript" not in page:
            return where.rsplit("/", 1)[1], page
        time.sleep(0.2)
    raise SystemExit(f"{where} does not end")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("staff"), (arguments.work / "staff").resolve()
    yinxin = make_data(arguments.bin, work / "data")
    file = yinxin.data / "yinxin.toml"
    file.write_text(re.sub(r'public_url = "[^"]*"', 'public_url = "http://127.0.0.1"', file.read_text(encoding="utf-8")), encoding="utf-8")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    yinxin.must("account", "add-admin", "--telephone", TELEPHONE, "--name", "王敏", "--password-file", work / "password")
    yinxin.must("account", "role", TELEPHONE, "administrator", "issuer", "objections-officer")
    rows = "".join(f"lanhai-14,李{'明芳远'[n % 3]},护照,E{n:08},138{n:08},蓝海大学,作品{n},一等奖\n" for n in range(400))
    (work / "list.csv").write_text(HEAD + rows, encoding="utf-8")
    yinxin.must("import", work / "list.csv")
    with Server(yinxin) as server:
        admin = Person(server)
        admin.sign_in(TELEPHONE)
        admin.enrol()
        token = hidden(admin.ask("GET", "/account")[2], "token")
        job, page = run_batch(checks, server, admin, token)
        checks.check("已完成" in page, "the batch is done")
        (work / "bad.csv").write_text(HEAD + "lanhai-14,ᚠᚢ,护照,E99999999,13900000000,蓝海大学,作品,一等奖\n", encoding="utf-8")
        yinxin.must("import", work / "bad.csv")
        refused, page = run_batch(checks, server, admin, token)
        checks.check("ᚠᚢ" in page, "the preflight names the holder")
        numbers = [row["number"] for row in yinxin.list()]
        checks.equal(len(numbers), 400, "certificates")
        standing, revoked = numbers[0], numbers[1]
        form = {"token": token, "reason": "成绩复核", "number": standing}
        checks.equal(admin.ask("POST", f"/staff/certificates/{revoked}/revoke", form)[0], 400, "another number does not confirm")
        checks.equal(admin.ask("POST", f"/staff/certificates/{revoked}/revoke", form | {"number": revoked})[0], 303, "revoked")
        for path, form, kind in (("certificates", {"programme": "lanhai-14"}, 200), ("awards", {"programme": "lanhai-14"}, 200), ("awards", {"programme": "lanhai-14", "whole": "1"}, 400), ("accounts", {}, 200), ("audit", {}, 200)):
            status, body = saved(server, admin, f"/staff/exports/{path}", {"token": token} | form)
            checks.check(status == kind and (status != 200 or body.startswith(b"PK")), f"exports/{path} {form}: {status}")
        pages = states(admin.cookies, job, refused, standing, revoked, *endpoints(checks, yinxin, admin, token))
        found = walk(server, work, pages, [], "walk")
        judge(checks, pages, found["looked"])
        with sqlite3.connect(yinxin.data / "registry.sqlite") as records:
            gone = records.execute("SELECT MAX(id) - 5 FROM event").fetchone()[0]
            records.execute("DELETE FROM event WHERE id = ?", (gone,))
        page = admin.ask("GET", "/staff/audit")[2]
        checks.check(f"记录链在第{gone}条处断裂" in page, "a removed line shows")
        broken = [{"name": "audit-broken", "path": "/staff/audit", "status": 200, "words": {"zh-CN": "断裂", "en": "broken"}, "cookies": admin.cookies}]
        judge(checks, broken, walk(server, work, broken, [], "broken")["looked"])
    log = yinxin.log_text()
    checks.none([private for private in (TELEPHONE, "李明", "ᚠᚢ", "13800000012") if private in log], "no telephone and no name in the log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
