#!/usr/bin/env python3
"""Signed answers, published keys and the list of states, checked as docs/statements.md says, by a program written from that page."""

import argparse
import base64
import hashlib
import json
import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

import certificate_json
import make_list
import statement_checker as checker
from common import CONTEST_P256, ISSUER_P256, NAMES, Checks, Server, Yinxin, copies, make_data, read_list, row_holder, text_of, tool

REASON = "成绩复核后取消"
SIGNED = {"Accept": "application/jose"}
KEYS, STATES = "/.well-known/jwks.json", "/.well-known/revocations.jws"
MANY = 100_000


def refusal(check, *arguments, **named):
    """Why a text is refused, or nothing if it is believed."""
    try:
        check(*arguments, **named)
        return ""
    except checker.Refused as why:
        return str(why) or "refused"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_by(pem, header, payload):
    """A JWS by the key in a file, whatever it says."""
    key = load_pem_private_key(pem.read_bytes(), None)
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"
    return f"{text}.{b64(key.sign(text.encode()))}"


def published(checks, server):
    """The key set, with every key as the page describes it."""
    status, headers, body = server.get(KEYS)
    checks.require(status == 200 and headers.get("content-type") == "application/json", "the keys are published", f"{status} {headers}")
    checks.equal((headers.get("cache-control"), headers.get("access-control-allow-origin")), ("public, max-age=3600", "*"), "the keys may be kept for an hour, by anyone")
    checks.equal(server.ask("GET", KEYS, None, {"If-None-Match": headers.get("etag", "")})[0], 304, "who has the keys is told so")
    key_set = json.loads(body)
    uses = [(key["yinxin_use"], len(key["kid"])) for key in key_set["keys"]]
    checks.equal(sorted(set(uses)), [("proof", 8), ("statement", 16)], "each key has its purpose and its name's length")
    wrong = [k["kid"] for k in key_set["keys"] if hashlib.sha256(checker.unpadded(k["x"])).hexdigest()[: len(k["kid"])] != k["kid"]]
    checks.none(wrong, "each key is named by its digest")
    checks.none([k["kid"] for k in key_set["keys"] if (k["kty"], k["crv"], k["alg"], k["use"]) != ("OKP", "Ed25519", "EdDSA", "sig") or "d" in k], "each is a public Ed25519 key")
    checks.none([k["kid"] for k in key_set["keys"] if k["yinxin_use"] == "proof" and not (k["issuer"] and k["issuer_name"])], "each proof key names its issuer")
    return key_set


def api_forms(server, number, identity, pdf):
    """Name -> (plain, signed, what was asked) for every endpoint that answers."""
    get = lambda headers: server.ask("GET", f"/api/v1/certificates/{number}", None, headers)
    look_up = lambda body: lambda headers: server.ask("POST", "/api/v1/lookups", json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    verify = lambda headers: server.ask("POST", "/api/v1/verifications", pdf, {"Content-Type": "application/pdf", **headers})
    by_number = {"by": "number", "number": number}
    by_identity = {"by": "identity", "document_kind": "resident", "identity_number_masked": f"{identity[:3]}{'*' * 11}{identity[14:]}"}
    by_file = {"by": "file", "sha256": hashlib.sha256(pdf).hexdigest(), "bytes": len(pdf)}
    return {
        "by number": (get, by_number), "lookup by number": (look_up({"number": number}), by_number),
        "lookup by identity number": (look_up({"identity_number": identity}), by_identity), "by file": (verify, by_file),
    }


def undated(value):
    if isinstance(value, dict):
        return {k: undated(v) for k, v in value.items() if k != "checked_at"}
    return [undated(v) for v in value] if isinstance(value, list) else value


def answers(checks, server, key_set, number, identity, pdf, state):
    for name, (ask, asked) in api_forms(server, number, identity, pdf).items():
        plain, signed = ask({}), ask(SIGNED)
        checks.check(signed[0] == 200 and signed[1].get("content-type") == "application/jose", f"{state}, {name}: there is a statement", f"{signed[0]} {signed[1]}")
        payload = checker.statement(signed[2].decode(), key_set)
        checks.equal(undated(payload["answer"]), undated(json.loads(plain[2])), f"{state}, {name}: it says what the plain answer says")
        checks.equal((payload["asked"], payload["iss"], payload["status"]), (asked, "https://yinxin.example", 200), f"{state}, {name}: it says what was asked, and of whom")
        checks.check(abs(payload["iat"] - time.time()) < 60, f"{state}, {name}: it says when", f"{payload['iat']}")
        checks.check(f'"code": "{state}"' in json.dumps(payload["answer"]), f"{state}, {name}: the certificate is {state}", f"{payload['answer']}")
        checks.check(identity not in json.dumps(payload), f"{state}, {name}: no identity number is in it")


def misses(checks, server, key_set, number, identity):
    unknown = number[:-5] + "99999"
    status, headers, body = server.ask("GET", f"/api/v1/certificates/{unknown}", None, SIGNED)
    payload = checker.statement(body.decode(), key_set)
    checks.equal((status, payload["status"], payload["answer"]["code"], payload["asked"]["number"]), (404, 404, "certificate_not_found", unknown), "that there is no such certificate is stated")
    payload = checker.statement(server.get(f"/c/{unknown}/statement")[2].decode(), key_set)
    checks.equal((payload["status"], payload["asked"]["number"]), (404, unknown), "the page's file states it too")
    body = server.ask("GET", f"/api/v1/certificates/{identity}", None, SIGNED)[2].decode()
    checks.check(identity not in json.dumps(checker.statement(body, key_set)), "an identity number by the wrong door is not kept")
    status, headers, body = server.ask("GET", "/api/v1/certificates/AB", None, SIGNED)
    checks.check(status == 400 and "problem+json" in headers.get("content-type", ""), "what is no question gets no statement", f"{status} {headers}")


def filed(checks, yinxin, server, work, key_set, number):
    """The file that the page offers, through the eyes of the checker and of `yinxin verify --statement`."""
    page = server.get(f"/c/{number}")[2].decode()
    checks.check(f'href="/c/{number}/statement"' in page, "the page offers the signed answer")
    status, headers, body = server.get(f"/c/{number}/statement")
    checks.check(status == 200 and f'filename="{number}.jws"' in headers.get("content-disposition", ""), "it comes as a file", f"{status} {headers}")
    text, path, keys = body.decode(), work / f"{number}.jws", work / "jwks.json"
    path.write_text(text)
    keys.write_text(json.dumps(key_set))
    verify = lambda file, trust=keys: yinxin.run("verify", "--trust", trust, "--statement", file, "--json")
    done = verify(path)
    said = json.loads(done.stdout or b"{}")
    checks.check(done.returncode == 0 and (said["verdict"], said["answer"]["number"]) == ("genuine", number), "`yinxin verify --statement` believes it", text_of(done))
    plain = yinxin.run("verify", "--trust", keys, "--statement", path)
    checks.check(plain.returncode == 0 and "声明真实" in text_of(plain) and f"证书编号 {number}" in text_of(plain) and "有效 / valid" in text_of(plain), "and says so in plain words", text_of(plain))
    # Every character of the text once, and what is cut or added.
    other = lambda c: "B" if c == "A" else "A"
    changed = [text[:at] + other(text[at]) + text[at + 1 :] for at in range(len(text))]
    header, payload, signature = text.split(".")
    said = json.loads(checker.unpadded(payload))
    said["answer"]["holder_masked"] = "李*"
    changed += [text[:-1], text + "A", text + "=", f"{header}..{signature}", f"{header}.{payload}.", f"{header}.{b64(json.dumps(said).encode())}.{signature}"]
    checks.none([c for c in changed if not refusal(checker.statement, c, key_set)], f"{len(changed)} changed texts are refused by the checker")
    missed = []
    for at, text_changed in enumerate(changed[:: max(1, len(changed) // 25)] + changed[-6:]):
        (work / "changed.jws").write_text(text_changed)
        if verify(work / "changed.jws").returncode != 1:
            missed.append(at)
    checks.none(missed, "and by `yinxin verify --statement`")
    return text, path, verify


def forged(checks, yinxin, work, key_set, number, text, verify):
    """Keys that are no statement keys of this service."""
    stranger = make_data(yinxin.binary, work / "stranger" / "data")
    stranger.must("keys", "export", work / "strangers-keys")
    theirs = json.loads((work / "strangers-keys" / "jwks.json").read_text())
    (work / "filed.jws").write_text(text)
    done = verify(work / "filed.jws", work / "strangers-keys")
    checks.check(refusal(checker.statement, text, theirs) and done.returncode == 1 and "不在公钥集中" in done.stdout.decode(), "another service's keys do not believe it", text_of(done))
    payload = json.loads(checker.unpadded(text.split(".")[1]))
    header = json.loads(checker.unpadded(text.split(".")[0]))
    proof_pem = next((yinxin.data / "keys" / ISSUER_P256).glob("*/proof.key.pem"))
    proof_kid = next(k["kid"] for k in key_set["keys"] if k.get("issuer") == ISSUER_P256)
    stranger_pem = next((stranger.data / "keys" / "statement").glob("*/key.pem"))
    own_pem = next((yinxin.data / "keys" / "statement").glob("*/key.pem"))
    forgeries = {
        "by an issuer's proof key": signed_by(proof_pem, header | {"kid": proof_kid}, payload),
        "by a stranger's key under our name": signed_by(stranger_pem, header, payload),
        "with another type": signed_by(own_pem, header | {"typ": "JWT"}, payload),
        "with a member more in the header": signed_by(own_pem, header | {"crit": ["exp"], "exp": 0}, payload),
        "without an algorithm": f"{b64(json.dumps(header | {'alg': 'none'}).encode())}.{text.split('.')[1]}.",
    }
    for name, forgery in forgeries.items():
        (work / "forged.jws").write_text(forgery)
        done = verify(work / "forged.jws")
        checks.check(refusal(checker.statement, forgery, key_set) and done.returncode == 1, f"a statement {name} is refused", text_of(done))
    checks.check(refusal(checker.statement, signed_by(own_pem, header, payload), key_set) == "", "the same by the right key is believed: the judge forges well")
    return own_pem


def state_list(checks, yinxin, server, work, key_set, number, others, own_pem, proof):
    status, headers, body = server.get(STATES)
    text = body.decode()
    checks.check(status == 200 and headers.get("content-type") == "application/jose" and headers.get("access-control-allow-origin") == "*", "the list of states is public", f"{status} {headers}")
    revoked, corrected, stale, payload = checker.states(text, key_set)
    checks.check(checker.entry(number) in revoked and not corrected and not stale, "the list has the revoked certificate")
    checks.check(len(revoked) == 1 and not any(checker.entry(n) in revoked for n in others), "and no other")
    checks.check(number not in json.dumps(payload), "it has no number")
    checks.equal(payload["next_update"] - payload["iat"], 3600, "the next list is due after an hour")
    age = int(headers["cache-control"].removeprefix("public, max-age="))
    checks.check(abs(age - (payload["next_update"] - time.time())) < 10, "it may be kept until then", headers["cache-control"])
    checks.equal(server.ask("GET", STATES, None, {"If-None-Match": headers["etag"]})[0], 304, "who has it is told so")
    checks.check(checker.states(text, key_set, now=payload["next_update"])[2], "after that the checker calls it stale")
    checks.check(refusal(checker.states, text, key_set, now=payload["iat"] - 301) != "", "a list from the future is refused")
    checks.check(refusal(checker.states, text[:-2] + "AA", key_set) and refusal(checker.statement, text, key_set), "changed, or taken for a statement, it is refused")
    listed, keys = work / "revocations.jws", work / "keys"
    listed.write_text(text)
    yinxin.must("keys", "export", keys)
    ask = lambda number, path: yinxin.run("verify", "--trust", keys, "--qr", proof[number], "--revocations", path, "--json")
    done = ask(number, listed)
    checks.check(done.returncode == 1 and json.loads(done.stdout)["verdict"] == "revoked", "`yinxin verify --qr --revocations` says that it was revoked", text_of(done))
    done = ask(others[0], listed)
    said = json.loads(done.stdout)
    checks.check(done.returncode == 0 and (said["verdict"], said["list"]["age"]) == ("genuine", "fresh"), "and that another was not", text_of(done))
    # A list as it is after two days; the judge has the key's file.
    old = signed_by(own_pem, json.loads(checker.unpadded(text.split(".")[0])), payload | {"iat": payload["iat"] - 172_800, "next_update": payload["next_update"] - 172_800})
    (work / "old.jws").write_text(old)
    done = ask(others[0], work / "old.jws")
    said = json.loads(done.stdout)["list"]
    checks.check(said["age"] == "stale" and 172_000 < said["age_seconds"] < 174_000, "an old list is called stale, with its age", text_of(done))
    done = yinxin.run("verify", "--trust", keys, "--qr", proof[others[0]], "--revocations", work / "old.jws")
    checks.check("清单已过期" in text_of(done) and "2 天前" in text_of(done), "in plain words too", text_of(done))
    (work / "broken.jws").write_text(text.replace(".", ".A", 1))
    done = ask(others[0], work / "broken.jws")
    checks.check(done.returncode == 2 and not done.stdout, "a broken list says nothing at all", text_of(done))


def rotated(checks, yinxin, old_text, old_keys):
    """A new key signs from the next start on; what the old one signed is believed as before."""
    before = yinxin.json("keys", "list")
    yinxin.must("keys", "rotate", "--statement")
    lines = [line for line in yinxin.json("keys", "list") if line["what"].startswith("statement")]
    checks.check(len(lines) == 2 and sum(line["what"] == "statement*" for line in lines) == 1, "`keys list` shows both statement keys and which one signs", f"{before} {lines}")
    with Server(yinxin) as server:
        key_set = json.loads(server.get(KEYS)[2])
        number = checker.statement(old_text, old_keys)["asked"]["number"]
        new_text = server.get(f"/c/{number}/statement")[2].decode()
        checks.check(json.loads(checker.unpadded(new_text.split(".")[0]))["kid"] == next(line["id"] for line in lines if line["what"] == "statement*"), "the new key signs")
        checks.equal((refusal(checker.statement, old_text, key_set), refusal(checker.statement, new_text, key_set)), ("", ""), "with the new key set both statements are believed")
        checks.check(refusal(checker.statement, new_text, old_keys) != "", "with the old key set the new statement is not")
    # The old key was stolen: the operator deletes its folder.
    shutil.rmtree(yinxin.data / "keys" / "statement" / json.loads(checker.unpadded(old_text.split(".")[0]))["kid"])
    yinxin.must("keys", "init")
    with Server(yinxin) as server:
        key_set = json.loads(server.get(KEYS)[2])
        checks.check(refusal(checker.statement, old_text, key_set) and not refusal(checker.statement, new_text, key_set), "a key whose folder is gone is published no more, and what it signed is not believed")


def many(checks, yinxin, work):
    """100,000 certificates that do not stand: the list is made once, for all who ask at once, and then costs next to nothing."""
    record = sqlite3.connect(yinxin.data / "registry.sqlite")
    columns = [row[1] for row in record.execute("PRAGMA table_info(certificate)")]
    pattern = record.execute("SELECT * FROM certificate WHERE state = 'revoked'").fetchone()
    award = dict(zip((row[1] for row in record.execute("PRAGMA table_info(award)")), record.execute("SELECT * FROM award").fetchone()))

    def rows():
        for n in range(MANY):
            yield [{"number": f"MANY{n:08}", "series_id": "many", "seq": n, "award_id": f"many-{n}", "award": "x"}.get(c, v) for c, v in zip(columns, pattern)]

    award_rows = ([{"id": f"many-{n}", "seq": 10_000_000 + n}.get(c, v) for c, v in award.items()] for n in range(MANY))
    record.execute("INSERT INTO series (id, last_seq) VALUES ('many', ?)", (MANY,))
    record.executemany(f"INSERT INTO award VALUES ({','.join('?' * len(award))})", award_rows)
    record.executemany(f"INSERT INTO certificate VALUES ({','.join('?' * len(columns))})", rows())
    plan = " ".join(str(row) for row in record.execute("EXPLAIN QUERY PLAN SELECT number FROM certificate WHERE state = ? AND state IN ('revoked', 'corrected') AND release_at <= ?", ("revoked", 1)))
    record.commit()
    record.close()
    checks.check("COVERING INDEX certificate_states" in plan, "the records are read from their index alone", plan)
    with Server(yinxin) as server:
        key_set = json.loads(server.get(KEYS)[2])
        start = time.monotonic()
        with ThreadPoolExecutor(max_workers=16) as pool:
            found = list(pool.map(lambda _: server.ask("GET", STATES, None, {"Accept-Encoding": "gzip"}), range(16)))
        first = time.monotonic() - start
        checks.check(all(f[0] == 200 for f in found) and len({f[2] for f in found}) == 1, f"16 readers at once get one list of {MANY:,} ({len(found[0][2]) // 1024} KB packed), the first after at most {first:.2f} s")
        start = time.monotonic()
        for _ in range(200):
            server.ask("GET", STATES, None, {"Accept-Encoding": "gzip"})
        each = (time.monotonic() - start) / 200
        plain = server.get(STATES)
        checks.check(each < first and each < 0.05, f"the next 200 take {each * 1000:.1f} ms each: it is not made again", f"{first:.2f} s, {each * 1000:.1f} ms")
        revoked = checker.states(plain[2].decode(), key_set)[0]
        checks.equal(len(revoked), MANY + 1, f"all are in it ({len(plain[2]) // 1024} KB)")
        checks.check(all(checker.entry(f"MANY{n:08}") in revoked for n in range(0, MANY, 997)), "each is found by its number")


def folders(checks, yinxin, work):
    """What a machine that only serves needs, and what a folder from before the key says."""
    serving = Yinxin(yinxin.binary, work / "serving" / "data")
    shutil.copytree(yinxin.data, serving.data)
    for issuer in (serving.data / "keys").iterdir():
        if issuer.is_dir() and issuer.name not in ("public", "statement"):
            shutil.rmtree(issuer)
    with Server(serving) as server:
        checks.equal(server.get(KEYS)[0], 200, "a folder without any issuer's key serves")
    before = Yinxin(yinxin.binary, work / "before" / "data")
    shutil.copytree(yinxin.data, before.data)
    shutil.rmtree(before.data / "keys" / "statement")
    (before.data / "keys" / "public" / "jwks.json").unlink()
    done = before.run("list")
    checks.check(done.returncode == 2 and "yinxin keys init" in text_of(done), "a folder from before the key says what to do", text_of(done))
    made = before.json("keys", "init")
    checks.check([line["what"] for line in made] == ["statement*"] and before.run("list").returncode == 0, "and that is all there is to do", f"{made}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("statements"), arguments.work / "statements"
    yinxin = make_data(arguments.bin, work / "data")
    make_list.write(work / "list.csv", make_list.rows(12, NAMES[CONTEST_P256], seed=11))
    yinxin.must("import", work / "list.csv")
    yinxin.must("issue", "--out", work / "out")
    rows = sorted(yinxin.list(), key=lambda row: row["number"])
    files, listed = copies(checks, work / "out", rows), read_list(work / "list.csv")
    row, identity = rows[0], listed[0]["证件号码"]
    checks.equal(row_holder(row), listed[0]["姓名"], "numbers are given in the list's order")
    number, others = row["number"], [r["number"] for r in rows[1:]]
    stated = {n: tool("qpdf", "--show-attachment=certificate.json", path).stdout for n, path in files.items()}
    proof = {n: json.loads(data)["proof"] for n, data in stated.items()}
    with Server(yinxin) as server:
        key_set = published(checks, server)
        checks.none([n for n, data in stated.items() if certificate_json.check(data, key_set)["number"] != n], "the published proof keys prove every certificate.json")
        answers(checks, server, key_set, number, identity, files[number].read_bytes(), "valid")
        misses(checks, server, key_set, number, identity)
        text, path, verify = filed(checks, yinxin, server, work, key_set, number)
        own_pem = forged(checks, yinxin, work, key_set, number, text, verify)
        yinxin.must("revoke", number, "--reason", REASON)
        answers(checks, server, key_set, number, identity, files[number].read_bytes(), "revoked")
        checks.equal(refusal(checker.statement, text, key_set), "", "what was stated before is still true of then")
        state_list(checks, yinxin, server, work, key_set, number, others, own_pem, proof)
    rotated(checks, yinxin, text, key_set)
    folders(checks, yinxin, work)
    many(checks, yinxin, work)
    log = yinxin.log_text()
    checks.check(identity not in log and row_holder(row) not in log, "no identity number and no name is in the server's log")
    checks.done()


if __name__ == "__main__":
    main()
