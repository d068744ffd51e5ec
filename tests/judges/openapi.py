#!/usr/bin/env python3
"""The OpenAPI document against the server that it describes: valid by the standard's own schema, and schemathesis finds no answer that it does
not describe; the commands of the readable page do what they say; the doors for people answer random input without a fault."""

import argparse
import html
import json
import os
import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = Path(os.environ.get("YINXIN_OPENAPI", HERE.parents[1] / "target" / "openapi-venv"))
try:
    import hypothesis
    import openapi_spec_validator
    import schemathesis
except ImportError:
    # What these need does not go together with the other judges' packages: they have an environment of their own.
    if Path(sys.prefix).resolve() == VENV.resolve() or not (VENV / "bin" / "python").exists():
        raise SystemExit(f"schemathesis, openapi-spec-validator and hypothesis are not in {VENV}: see .ci/run") from None
    os.execv(VENV / "bin" / "python", [VENV / "bin" / "python", *sys.argv])

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import make_list
from common import CONTEST_P256, NAMES, Checks, Server, make_data, read_list, row_holder, short, text_of, tool

EXAMPLE_NUMBER, EXAMPLE_HOLDER, EXAMPLE_IDENTITY = "GXRCPJ033202000019", "李明", "11010519491231002X"
# All but `positive_data_acceptance`: that a number exists, that an identity number has its check character and that a file is a PDF no schema
# can say, so a question that fits the schema may well be answered with 400.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance," \
    "negative_data_rejection,missing_required_header,unsupported_method,allow_header_conformance,ignored_auth"
# Schemathesis sends what it does not know how to write only by a serializer; and a random number is never one that exists, so that some
# questions are given one that does.
HOOKS = """
import itertools
import os

import schemathesis

NUMBER, HOLDER, IDENTITY = (os.environ[name] for name in ("JUDGE_NUMBER", "JUDGE_HOLDER", "JUDGE_IDENTITY"))
COUNT = itertools.count()


@schemathesis.serializer("application/pdf", "image/jpeg", "image/png")
def as_it_is(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.auth().apply_to(path_regex="^/api/v1/(claims|issuances)")
class Partner:
    def get(self, case, ctx):
        return os.environ["JUDGE_KEY"]

    def set(self, case, data, ctx):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def map_path_parameters(ctx, parameters):
    if parameters and "number" not in parameters:
        return parameters
    kind = next(COUNT) % 4
    if parameters and kind < 2:
        parameters["number"] = NUMBER if kind else NUMBER[:-5] + "99999"
    return parameters


@schemathesis.hook
def map_body(ctx, body):
    if isinstance(body, dict):
        if isinstance(body.get("number"), str) and len(body["number"]) % 3 == 0:
            body["number"] = NUMBER
        if isinstance(body.get("identity_number"), str) and len(body["identity_number"]) % 3 == 0:
            body["identity_number"] = IDENTITY
        rows = body.get("certificates")
        for at, row in enumerate(rows if isinstance(rows, list) else []):
            if isinstance(row, dict) and isinstance(row.get("number"), str) and isinstance(row.get("holder"), str) and at % 2 == 0:
                row.update(number=NUMBER, holder=HOLDER if at % 4 == 0 else "张三")
    return body
"""


def conformance(checks, server, document, work, known, examples, key):
    """Runs schemathesis over the document, in which the examples are made true."""
    text = json.dumps(document, ensure_ascii=False)
    for example, real in zip((EXAMPLE_NUMBER, EXAMPLE_HOLDER, EXAMPLE_IDENTITY), known):
        text = text.replace(example, real)
    (work / "openapi.json").write_text(text, encoding="utf-8")
    (work / "hooks.py").write_text(HOOKS, encoding="utf-8")
    environment = os.environ | dict(zip(("JUDGE_NUMBER", "JUDGE_HOLDER", "JUDGE_IDENTITY"), known)) | {"JUDGE_KEY": key, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(work)}
    done = tool(
        Path(sys.executable).parent / "schemathesis", "run", "openapi.json", "--url", f"http://127.0.0.1:{server.port}", "--checks", CHECKS,
        "--max-examples", examples, "--seed", "2026", "--phases", "examples,coverage,fuzzing", "--workers", "2", "--request-timeout", "30",
        "--suppress-health-check", "all", "--continue-on-failure", "--no-color", "--generation-database", "none", "--warnings", "off",
        env=environment, cwd=work,
    )
    said = text_of(done)
    (work / "schemathesis.txt").write_text(said, encoding="utf-8")
    checks.check(done.returncode == 0, f"schemathesis, {examples} examples an operation, finds nothing", said[-4000:])
    counted = re.search(r"(\d+) generated.*", said)
    operations = sum(len(item) for item in document["paths"].values())
    checks.check(f"Operations:      {operations} selected / {operations} total" in said or f"Tested: {operations}" in said, "every operation is tested", said[-1500:])
    checks.check(counted and int(counted[1]) >= examples, "the test cases are as many as were asked for", said[-1500:])
    print(f"     {counted[0] if counted else ''}", flush=True)
    # What was really answered, by the server's own log: a run that meets refusals alone would prove little.
    seen = {}
    for method, route, status in re.findall(r'method=(\w+) route="?([^" ]+)"?.*answered status=(\d+)', re.sub(r"\x1b\[[0-9;]*m", "", server.yinxin.log_text())):
        operation = seen.setdefault((method.lower(), route), {})
        operation[status] = operation.get(status, 0) + 1
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answers = seen.get((method, path), {})
            print(f"     {operation['operationId']}: " + ", ".join(f"{status}: {count}" for status, count in sorted(answers.items())), flush=True)
            if path.startswith(("/api/v1/claims", "/api/v1/issuances")):
                # Which claims and lists there are, no random question knows: `machine` asks for those that are there.
                wanted = {"404"} if "404" in operation["responses"] and "{" in path else {"400"} if method == "post" else {"200", "400"}
                checks.check(wanted <= set(answers), f"{operation['operationId']} was answered with the key", f"{answers}")
                continue
            wanted = {"200"} | ({"404"} if "404" in operation["responses"] else set()) | ({"400"} if "400" in operation["responses"] else set())
            checks.check(wanted <= set(answers), f"{operation['operationId']} was answered in each way that a question decides", f"{answers}")


def commands(checks, server, work, known, pdf):
    """Every command of the readable page, with the examples made true, does what it says."""
    (work / "certificate.pdf").write_bytes(pdf)
    page = server.get("/api")[2].decode()
    found = [html.unescape(c) for c in re.findall(r"<pre[^>]*><code>(curl .*?)</code></pre>", page, re.DOTALL)]
    found = [c for c in found if "yx_…" not in c]
    checks.check(len(found) >= 6, "the page has a command for each way to ask", f"{len(found)}")
    faults = []
    for command in found:
        for example, real in zip((EXAMPLE_NUMBER, EXAMPLE_HOLDER, EXAMPLE_IDENTITY), known):
            command = command.replace(example, real)
        command = command.replace("https://yinxin.example", f"http://127.0.0.1:{server.port}").replace("curl ", "curl -sS --fail-with-body ", 1)
        done = subprocess.run(["sh", "-c", command], capture_output=True, cwd=work)
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0 or not (known[0] in said or '"openapi"' in said):
            faults.append((command, said[:300], done.stderr[:200]))
    checks.none(faults, f"the {len(found)} commands of the page work as they stand")


def keys(checks, yinxin, server, known, other):
    """A key from its making to its end, by the command line and at the door."""
    made = yinxin.json("api-key", "add", "--name", "蓝海大学教务处", "--per-day", "50", "--burst", "4")
    checks.check(re.fullmatch(r"yx_[0-9A-Za-z]{43}", made["key"]) is not None, "`api-key add` shows the key", f"{sorted(made)}")
    listed = text_of(yinxin.run("api-key", "list")) + text_of(yinxin.run("api-key", "list", "--json"))
    checks.check(made["id"] in listed and made["key"][3:] not in listed, "`api-key list` names it and does not show it")
    rows = {"certificates": [{"number": known[0], "holder": known[1]}, {"number": other, "holder": "张三"}, {"number": "LH014202499999", "holder": known[1]}]}

    def bulk(count):
        body = json.dumps({"certificates": rows["certificates"][:count]}).encode()
        return server.ask("POST", "/api/v1/lookups/bulk", body, {"Content-Type": "application/json", "Authorization": f"Bearer {made['key']}"})

    status, headers, body = bulk(3)
    said = json.loads(body)
    checks.equal((status, [a["verdict"] for a in said.get("certificates", [])]), (200, ["valid", "not_confirmed", "not_confirmed"]), "many at once: a wrong name is as an unknown number")
    checks.check(re.fullmatch(r'"key";r=1;t=\d+', headers.get("ratelimit", "")) is not None, "what is left is said", headers.get("ratelimit"))
    status, headers, _ = bulk(2)
    checks.check(status == 429 and int(headers.get("retry-after", "0")) > 600, "beyond the quota it is 429 with a wait", f"{status} {headers.get('retry-after')}")
    checks.equal(yinxin.run("api-key", "revoke", made["id"]).returncode, 0, "`api-key revoke` ends well")
    checks.equal((bulk(1)[0], json.loads(bulk(1)[2])["code"]), (401, "invalid_api_key"), "a key that was taken back opens nothing, at once")
    checks.equal(yinxin.run("api-key", "revoke", made["id"]).returncode, 1, "a second time there is none to take back")
    checks.check(made["key"] not in yinxin.log_text(), "the key is in no log")


def people(checks, server, examples):
    """Random input at the doors for people."""
    faults, asked = [], [0]
    anything = st.text(max_size=400) | st.binary(max_size=300).map(lambda b: b.decode("latin-1"))
    digits = st.text("0123456789", max_size=8_000) | st.text("0123456789", min_size=300, max_size=420)
    usual = settings(max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))

    def ask(method, path, body=None, kind=None):
        asked[0] += 1
        status, headers, text = server.ask(method, path, body, {"Content-Type": kind} if kind else {})
        if status >= 500 or not headers.get("content-type", "").startswith("text/html"):
            faults.append((method, path[:200], body, status, headers.get("content-type"), text[:200]))

    def quoted(text):
        return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")

    @usual
    @given(digits | anything, st.sampled_from(["/q/", "/Q/"]))
    def code(text, head):
        ask("GET", head + (quoted(text) or "0"))

    @usual
    @given(anything)
    def number(text):
        ask("GET", "/lookup?number=" + quoted(text))

    @usual
    @given(anything)
    def page(text):
        ask("GET", "/c/" + (quoted(text) or "0"))

    @usual
    @given(anything, st.sampled_from(["", "resident", "passport", "hk-macao-permit", "x"]) | anything)
    def identity(text, kind):
        ask("POST", "/lookup", f"identity_number={quoted(text)}&document_kind={quoted(kind)}".encode(), "application/x-www-form-urlencoded")

    @usual
    @given(st.binary(max_size=2_000), st.sampled_from(["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", "text/plain", ""]))
    def body(data, kind):
        ask("POST", "/lookup", data, kind)

    for test in (code, number, page, identity, body):
        test()
    checks.none(faults, f"{asked[0]} random questions at the doors for people are answered with pages, none with a server error")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("openapi"), arguments.work / "openapi"
    examples = 30 if arguments.smaller else 200
    yinxin = make_data(arguments.bin, work / "data")
    make_list.write(work / "list.csv", make_list.rows(12, NAMES[CONTEST_P256], seed=11))
    yinxin.must("import", work / "list.csv")
    yinxin.must("issue", "--out", work / "out")
    row = min(yinxin.list(), key=lambda r: r["number"])
    known = (row["number"], row_holder(row), read_list(work / "list.csv")[0]["证件号码"])
    checks.equal(read_list(work / "list.csv")[0]["姓名"], known[1], "the list's first holder has the first number")
    with Server(yinxin) as server:
        status, _, body = server.get("/api/v1/openapi.json")
        checks.require(status == 200, "the document is served", f"{status}")
        document = json.loads(body)
        try:
            openapi_spec_validator.validate(document)
            checks.check(document["openapi"].startswith("3.1"), "the document is valid OpenAPI 3.1")
        except Exception as error:  # noqa: BLE001  (whatever it says is the finding)
            checks.check(False, "the document is valid OpenAPI 3.1", short(str(error)))
        commands(checks, server, work, known, (work / "out" / f"{known[0]}.pdf").read_bytes())
        keys(checks, yinxin, server, known, max(r["number"] for r in yinxin.list()))
        key = yinxin.json("api-key", "add", "--name", "合作系统", "--per-day", "1000000", "--burst", "1000000", "--scope", "issue", "--scope", "claims:read", "--issuer", "lanhai")["key"]
        conformance(checks, server, document, work, known, examples, key)
        people(checks, server, 60 if arguments.smaller else 1_000)
    checks.done()


if __name__ == "__main__":
    main()
