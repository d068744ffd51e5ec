#!/usr/bin/env python3
"""Reads everything that the program wrote in the background while the other judges ran, with every message that it has for developers, and
looks for each name, identity number and telephone of their lists: none may be there, however it is written."""

import argparse
import csv
import json
import re
import urllib.parse
from pathlib import Path

from common import Checks

PEOPLE, PRIVATE = ("姓名", "共同创作者", "指导教师"), ("证件号码", "手机号")
KEY = re.compile(r"yx_[0-9A-Za-z]{43}")


def test_data(work):
    """Every name and every private number in the lists below `work`."""
    names, numbers, lists = set(), set(), 0
    for path in sorted(work.rglob("*.csv")):
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                table = list(csv.DictReader(file))
        except (UnicodeDecodeError, csv.Error):
            continue
        if not table or "姓名" not in table[0]:
            continue
        lists += 1
        for row in table:
            for column in PEOPLE:
                names |= {n.strip() for n in re.split(r"[、，,;；]", row.get(column) or "") if len(n.strip()) > 1}
            numbers |= {(row.get(column) or "").strip().upper() for column in PRIVATE} - {""}
    return names, numbers, lists


def readings(text):
    """The text as it is, and as what it may be an encoding of: of an address, of JSON, of Rust's `{:?}`."""
    yield text
    if "%" in text:
        yield urllib.parse.unquote_plus(text, errors="replace")
    if "\\u" in text:
        plain = re.sub(r"\\u(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))", lambda m: chr(min(int(m[1] or m[2], 16), 0x10FFFF)), text)
        yield plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Finder:
    """Finds any of many names and numbers in a text, in one pass."""

    def __init__(self, names, numbers):
        self.lengths = sorted({len(n) for n in numbers})
        self.numbers = numbers
        self.by_length = {}
        for name in names:
            self.by_length.setdefault(len(name), set()).add(name.lower())

    def find(self, text):
        found = set()
        for reading in readings(text):
            for run in re.findall(r"[0-9A-Za-z]{8,}", reading):
                run = run.upper()
                found |= {run[at : at + n] for n in self.lengths for at in range(len(run) - n + 1)} & self.numbers
            # Names of this test data begin or go on with a character outside ASCII.
            for run in re.findall(r"[^\x00-\x7f](?:[^\x00-\x7f]|[A-Za-z \-'·])*|[A-Za-z \-'·]+[^\x00-\x7f](?:[^\x00-\x7f]|[A-Za-z \-'·])*", reading):
                run = run.lower()
                for n, names in self.by_length.items():
                    found |= {run[at : at + n] for at in range(len(run) - n + 1)} & names
            found |= set(KEY.findall(reading))
        return found


def finds_what_is_planted(checks, finder, names, numbers):
    """The search itself: it finds each kind of value in each spelling."""
    name, latin = max(names, key=len), next((n for n in sorted(names) if n.isascii() or n[0].isascii()), max(names))
    number = next(iter(sorted(n for n in numbers if n.endswith("X"))), min(numbers))
    planted = [name, latin, min(names, key=len), number, number.lower(), f"k={number}&", max(numbers)]
    planted += [urllib.parse.quote(name), urllib.parse.quote_plus(latin), json.dumps(name), json.dumps(next((n for n in sorted(names) if max(n) > "\uffff"), name)), "".join(f"\\u{{{ord(c):x}}}" for c in name), f"x{latin}y", "yx_" + "a1" * 21 + "Z"]
    checks.none((p for p in planted if not finder.find(f"2026-11-25T09:30:00Z  INFO request: said={p} after")), f"the search finds {len(planted)} planted values in every spelling")
    checks.none(finder.find("2026-11-25T09:30:00.123456Z DEBUG request{id=18f2a3b4c5d-1a}: answered status=200 latency_us=13000 网站已开启"), "and finds nothing where nothing is")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks = Checks("logs")
    logs = sorted((arguments.work / "background").glob("*.log"))
    names, numbers, lists = test_data(arguments.work)
    checks.require(logs, "the other judges left logs: run them first")
    checks.require(lists and len(names) > 5 and len(numbers) > 10, "the other judges left their lists", f"{lists} lists, {len(names)} names, {len(numbers)} numbers")
    finder = Finder(names, numbers)
    finds_what_is_planted(checks, finder, names, numbers)
    lines = requests = debug = size = 0
    faults = {}
    for path in logs:
        size += path.stat().st_size
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                lines += 1
                requests += "answered" in line
                debug += "DEBUG" in line
                for value in finder.find(line):
                    faults.setdefault(f"{path.name}: {value}", line[:300])
    checks.check(requests > 0 and debug > 0, "the logs are those of servers that said everything", f"{requests} requests, {debug} lines for developers")
    checks.none(faults.items(), f"{len(logs)} logs, {size / 1e6:.1f} MB, {lines} lines, {requests} requests: none of {len(names)} names and {len(numbers)} numbers is in them")
    checks.done()


if __name__ == "__main__":
    main()
