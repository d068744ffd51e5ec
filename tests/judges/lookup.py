#!/usr/bin/env python3
"""What the public sees, through pages and API: by number in every spelling, by identity number, by code, by file; unknown, revoked."""

import argparse
import html
import json
import re
from pathlib import Path

import certificate_json
import hanko  # noqa: F401  (its absence shows early that the environment is not the judges')
import make_list
from common import CONTEST_P256, NAMES, Checks, Server, copies, downloaded, links, make_data, read_list, row_holder, text_of, tool
from files import qr_codes

REASON = "姓名与证件不符，经核实撤回"


def spellings(number):
    full = "".join(chr(ord(c) + 0xFEE0) for c in number)
    return {
        "as printed": number, "lower case": number.lower(), "full width": full, "full width, lower case": "".join(chr(ord(c) + 0xFEE0) for c in number.lower()),
        "with spaces": f" {number[:2]} {number[2:5]} {number[5:9]} {number[9:]} ", "with hyphens": f"{number[:5]}-{number[5:9]}-{number[9:]}",
        "with an ideographic space": f"{number[:5]}\u3000{number[5:]}", "with a zero-width space": f"{number[:5]}\u200b{number[5:]}", "with dashes": f"{number[:5]}—{number[5:]}",
    }


def page_of(answer):
    status, _, body = answer
    return status, html.unescape(re.sub(r"<[^>]*>", " ", body.decode("utf-8", "replace")))


def state_of(value):
    """The state in a public JSON answer, wherever the answer keeps its code."""
    state = value.get("state", value.get("status"))
    return state.get("code") if isinstance(state, dict) else state


def form_of(server):
    """Where the start page's first form, the one by number, leads."""
    page = server.get("/")[2].decode()
    form = next(f for f in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL) if 'name="number"' in f)
    return re.search(r'action="([^"]*)"', form).group(1)


def by_number(checks, server, row):
    number, form = row["number"], form_of(server)
    for name, typed in spellings(number).items():
        status, text = page_of(server.get(f"/c/{typed}"))
        checks.check(status == 200 and number in text and row["programme"] in text, f"page /c/…, {name}", f"{status} {text[:200]}")
        status, text = page_of(server.get(form, number=typed))
        checks.check(status == 200 and number in text and row["programme"] in text, f"the form's {form}?number=…, {name}", f"{status}")
        status, headers, body = server.get(f"/api/v1/certificates/{typed}")
        said = json.loads(body) if status == 200 else {}
        checks.check(said.get("number") == number and state_of(said) == "valid", f"API, {name}", f"{status} {body[:300]}")
    status, headers, body = server.get(f"/api/v1/certificates/{number}")
    checks.check("json" in headers.get("content-type", ""), "the API answers with JSON")
    checks.check(row_holder(row) not in body.decode(), "the API masks the holder's name")
    status, _, body = server.get(f"/c/{number}")
    checks.check(row_holder(row).encode() not in body, "the page masks the holder's name")


def unknown(checks, server, number):
    other = number[:-5] + "99999"
    status, text = page_of(server.get(f"/c/{other}"))
    checks.check(status == 404 and other in text, "page: an unknown number gets 404 and is named", f"{status}")
    status, headers, body = server.get(f"/api/v1/certificates/{other}")
    checks.check(status == 404 and "application/problem+json" in headers.get("content-type", ""), "API: an unknown number gets 404, problem details", f"{status} {headers}")
    for wrong in ("AB", "LH0142024!0001", "x" * 300, "编号"):
        status = server.get(f"/c/{wrong}")[0]
        checks.check(status in (400, 404, 422), f"page: {wrong[:12]!r} is no number, and no server error", f"{status}")
        status, headers, _ = server.get(f"/api/v1/certificates/{wrong}")
        checks.check(status in (400, 404, 422) and "problem+json" in headers.get("content-type", ""), f"API: {wrong[:12]!r} is no number, and no server error", f"{status}")


def by_identity(checks, server, row, identity):
    number, found = row["number"], {}
    full = "".join(chr(ord(c) + 0xFEE0) for c in identity)
    for name, typed in {"as printed": identity, "lower case": identity.lower(), "full width": full, "with spaces": f"{identity[:6]} {identity[6:14]} {identity[14:]}"}.items():
        status, text = page_of(server.post_form("/lookup", identity_number=typed))
        checks.check(status == 200 and number in text, f"page: by identity number, {name}", f"{status} {text[:200]}")
        checks.check(identity not in text, f"page: the answer does not repeat the identity number, {name}")
        status, _, body = server.post_json("/api/v1/lookups", {"identity_number": typed})
        checks.check(status == 200 and number in body.decode(), f"API: by identity number, {name}", f"{status} {body[:300]}")
        checks.check(identity.encode() not in body, f"API: the answer does not repeat the identity number, {name}")
    stranger = make_list.identity_number(49_999)
    status, text = page_of(server.post_form("/lookup", identity_number=stranger))
    checks.check(status in (200, 404) and number not in text, "page: an identity number without certificates finds none", f"{status}")
    status, _, body = server.post_json("/api/v1/lookups", {"identity_number": stranger})
    checks.check(status in (200, 404) and number not in body.decode(), "API: an identity number without certificates finds none", f"{status}")
    wrong = identity[:-1] + ("1" if identity[-1] != "1" else "2")
    status = server.post_form("/lookup", identity_number=wrong)[0]
    checks.check(status in (400, 422), "page: a wrong check character is said to be wrong", f"{status}")
    status = server.post_json("/api/v1/lookups", {"identity_number": wrong})[0]
    checks.check(status in (400, 422), "API: a wrong check character is said to be wrong", f"{status}")
    for bad in (b"", b"{", b"[]", b'{"identity_number": 3}'):
        status = server.ask("POST", "/api/v1/lookups", bad, {"Content-Type": "application/json"})[0]
        checks.check(400 <= status < 500, f"API: the body {bad!r} is the client's error", f"{status}")
    text = page_of(server.get(form_of(server), number=identity))[1]
    checks.check(row["number"] not in text and identity not in text, "an identity number in the form for numbers finds nothing and is not repeated")


def by_file(checks, server, row, path, other_state=None):
    data = path.read_bytes()
    status, text = page_of(server.post_file("/verify", "file", "证书.pdf", data))
    checks.check(status == 200 and row["number"] in text and row_holder(row) in text, "upload: the page says whose the file is", f"{status} {text[:300]}")
    good = text
    for name, changed in {"a changed byte": data[:5000] + bytes([data[5000] ^ 1]) + data[5001:], "a byte more": data + b"\n", "half of it": data[: len(data) // 2], "no PDF": b"hello", "nothing": b""}.items():
        status, text = page_of(server.post_file("/verify", "file", "x.pdf", changed))
        # The page shows what the file itself prints beside the record; what counts is its verdict.
        checks.check(status < 500 and "真实、完整、有效" in good and "真实、完整、有效" not in text and (status >= 400 or "未通过验证，不可信" in text), f"upload: {name} does not pass", f"{status}")
    status = server.post_file("/verify", "file", "x.pdf", b"%PDF-2.0\n" + b"0" * 40_000_000)[0]
    checks.check(status in (200, 400, 413, 422), "upload: forty megabytes are answered, not a server error", f"{status}")


def by_code(checks, server, row, path, work):
    texts = qr_codes(path, 150, work)[1]
    checks.require(len(texts) == 1, "the code is read")
    digits = texts[0].rsplit("/", 1)[1]
    for head in ("/Q/", "/q/"):
        status, text = page_of(server.get(head + digits))
        checks.check(status == 200 and row["number"] in text, f"code: {head}… opens the certificate", f"{status} {text[:200]}")
        changed = digits[:30] + ("1" if digits[30] != "1" else "2") + digits[31:]
        status, text = page_of(server.get(head + changed))
        checks.check(status < 500 and row["number"] not in text, f"code: {head}… with a changed digit does not", f"{status}")
        status = server.get(head + "123")[0]
        checks.check(status < 500, f"code: {head}123 is no server error", f"{status}")


def by_link(checks, yinxin, server, row, path, work):
    link = links(yinxin, work / "links.csv")[row["number"]]
    status, headers, body = server.file_behind(link)
    checks.check(status == 200 and body == path.read_bytes(), "link: the holder's link gives the very file", f"{status}")
    checks.check("application/pdf" in headers.get("content-type", ""), "link: as a PDF", f"{headers}")
    checks.check("no-store" in headers.get("cache-control", "") or "private" in headers.get("cache-control", ""), "link: no shared cache keeps it", f"{headers.get('cache-control')}")
    head, token = link.rsplit("/", 1)
    for at in range(0, len(token), max(1, len(token) // 12)):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        for end in ("", "/pdf"):
            status, _, body = server.ask("GET", f"{head}/{other}{end}")
            checks.check(status in (400, 403, 404, 410) and not body.startswith(b"%PDF"), f"link: changed at {at}, …{end} opens nothing", f"{status}")
    status = server.get(f"/d/{row['number']}")[0]
    checks.check(status in (400, 403, 404), "link: a number alone opens nothing", f"{status}")


def revoked(checks, yinxin, server, row, path, identity):
    number = row["number"]
    checks.check(yinxin.run("revoke", number, "--reason", REASON).returncode == 0, "revoke ends well")
    status, text = page_of(server.get(f"/c/{number}"))
    checks.check(status == 200 and REASON in text and re.search(r"20\d\d", text) is not None, "page: a revoked certificate shows reason and date, and is no error", f"{status} {text[:300]}")
    status, _, body = server.get(f"/api/v1/certificates/{number}")
    said = json.loads(body) if status == 200 else {}
    checks.check(status == 200 and state_of(said) == "revoked" and REASON in json.dumps(said, ensure_ascii=False), "API: state, reason", f"{status} {body[:300]}")
    checks.check(re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", str(said.get("state", {}).get("at"))) is not None, "API: the instant of revocation", f"{said.get('state')}")
    checks.check(REASON in page_of(server.post_form("/lookup", identity_number=identity))[1] or number in page_of(server.post_form("/lookup", identity_number=identity))[1], "page: by identity number it is still found")
    text = page_of(server.post_file("/verify", "file", "x.pdf", path.read_bytes()))[1]
    checks.check(REASON in text, "upload: the page says that it was revoked, and why")
    again = yinxin.run("verify", path)
    checks.check(again.returncode == 1, "`yinxin verify` with the record does not call it genuine", text_of(again))
    checks.check(yinxin.run("revoke", number, "--reason", "again").returncode != 0, "a second revocation is refused")
    checks.check(yinxin.run("revoke", number[:-5] + "99999", "--reason", "x").returncode != 0, "an unknown number cannot be revoked")
    done = yinxin.run("lookup", number, "--json")
    checks.check(done.returncode == 0 and REASON in done.stdout.decode(), "`yinxin lookup` shows it", text_of(done))


def corrected(checks, yinxin, server, row, path, work):
    number, school = row["number"], "蓝海理工大学"
    correct = lambda *arguments: yinxin.run("correct", number, *arguments, "--json")
    for name, arguments in {"nothing new": ("--holder", row_holder(row), "--reason", REASON), "no name": ("--holder", "李明1", "--reason", REASON), "no reason": ("--school", school, "--reason", " ")}.items():
        done = correct(*arguments)
        checks.check(done.returncode == 3 and done.stdout == b"", f"`yinxin correct` with {name} ends with 3", f"{done.returncode} {text_of(done)}")
    done = correct("--school", school, "--reason", REASON, "--out", work / "corrected")
    said = json.loads(done.stdout) if done.returncode == 0 else {}
    checks.require(said.get("original") == number and said.get("changed") == ["school"], f"`yinxin correct` issues a successor: {text_of(done)}")
    successor = said["successor"]
    new = work / "corrected" / f"{successor}.pdf"
    done = tool("qpdf", "--show-attachment=certificate.json", new)
    facts = certificate_json.check(done.stdout, json.loads((yinxin.public / "proof-keys.json").read_text()))
    checks.equal((facts["replaces"], facts["school"], facts["holder"]), (number, school, row_holder(row)), "the successor's certificate.json, read by the documented steps, names the old one")
    text = tool("pdftotext", "-raw", new, "-").stdout.decode()
    checks.check(f"Replaces certificate {number}" in text, "the successor's page names the old one", text[-300:])
    verdicts = yinxin.verdicts([new, path])
    checks.check(verdicts[new.name][0] and verdicts[path.name][1]["verdict"] == "corrected", "`yinxin verify`: the new file is genuine, the old one is corrected", f"{verdicts}")
    for of, other in ((number, successor), (successor, number)):
        status, text = page_of(server.get(f"/c/{of}"))
        checks.check(status == 200 and other in text, f"page: {of} names {other}", f"{status} {text[:300]}")
    state = json.loads(server.get(f"/api/v1/certificates/{number}")[2])["state"]
    checks.equal((state["code"], state["successor"], state["reason"]), ("corrected", successor, REASON), "API: the old one is corrected, by which, and why")
    for command in ("correct", "revoke"):
        done = yinxin.run(command, number, "--reason", REASON, *(["--holder", "李明"] if command == "correct" else []))
        checks.check(done.returncode == 2 and successor in text_of(done), f"`yinxin {command}` of a corrected certificate is refused and names the successor", text_of(done))
    checks.equal(yinxin.run("doctor").returncode, 0, "the doctor finds nothing")


def by_command(checks, yinxin, row, identity):
    for name, typed in spellings(row["number"]).items():
        done = yinxin.run("lookup", typed, "--json")
        checks.check(done.returncode == 0 and row["number"] in done.stdout.decode(), f"`yinxin lookup`, {name}", text_of(done))
    checks.equal(yinxin.run("lookup", row["number"][:-5] + "99999").returncode, 1, "`yinxin lookup` of an unknown number ends with 1")
    done = yinxin.run("lookup", "--identity", "--json", stdin=(identity.lower() + "\n").encode())
    checks.check(done.returncode == 0 and row["number"] in done.stdout.decode(), "`yinxin lookup --identity`", text_of(done))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("lookup"), arguments.work / "lookup"
    yinxin = make_data(arguments.bin, work / "data")
    make_list.write(work / "list.csv", make_list.rows(30, NAMES[CONTEST_P256], seed=9))
    yinxin.must("import", work / "list.csv")
    yinxin.must("issue", "--out", work / "out")
    rows = yinxin.list()
    files = copies(checks, work / "out", rows)
    kept = downloaded(checks, yinxin, work / "kept")
    checks.none([n for n in files if kept.get(n) is None or kept[n].read_bytes() != files[n].read_bytes()], "download and `issue --out` give the same files")
    listed = read_list(work / "list.csv")
    # A holder whose identity number ends with X, so that its case matters; the list's order is that of the numbers.
    at = next(i for i, entry in enumerate(listed) if entry["证件号码"].endswith("X"))
    row, identity = sorted(rows, key=lambda r: r["number"])[at], listed[at]["证件号码"]
    checks.equal(row_holder(row), listed[at]["姓名"], "numbers are given in the list's order")
    path = files[row["number"]]
    by_command(checks, yinxin, row, identity)
    with Server(yinxin) as server:
        by_number(checks, server, row)
        unknown(checks, server, row["number"])
        by_identity(checks, server, row, identity)
        by_file(checks, server, row, path)
        by_code(checks, server, row, path, work)
        by_link(checks, yinxin, server, row, path, work)
        revoked(checks, yinxin, server, row, path, identity)
        other = next(r for r in rows if r["number"] != row["number"])
        corrected(checks, yinxin, server, other, files[other["number"]], work)
    log = yinxin.log_text()
    checks.check(identity not in log and identity.lower() not in log and row_holder(row) not in log, "no identity number and no name is in the server's log")
    checks.done()


if __name__ == "__main__":
    main()
