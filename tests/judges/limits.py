#!/usr/bin/env python3
"""Guessing, with the limits that the program has by itself: what gets through of thousands of guesses at numbers and at identity numbers from
one address, and at one person from as many addresses; what is answered; whether a normal reader beside them is served; and that two processes
over one PostgreSQL share the count."""

import argparse
import http.client
import json
import re
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import make_list
from common import CONTEST_P256, NAMES, Checks, Server, make_data, read_list
from pg import Cluster

# What the configuration has by itself: so many at once, then one every so many seconds.
ADDRESS, IDENTITY, PERSON = (60, 1), (20, 15), (30, 120)
FORWARDED = "X-Forwarded-For"


def strict(yinxin):
    """The same configuration without limits of its own, behind a proxy."""
    path = yinxin.data / "yinxin.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text("behind_proxy = true\n" + re.sub(r"\[limits\]\n(\w+ = .*\n)+", "", text), encoding="utf-8")


class Client:
    """One connection that is kept open; a server that has just closed it is asked once more."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, address, method, path, body=None):
        headers = {FORWARDED: address} | ({"Content-Type": "application/json"} if body else {})
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            except (OSError, http.client.HTTPException):
                self.connection = None
                if attempt == 2:
                    raise


def number_guess(at):
    return "GET", f"/api/v1/certificates/LH014202{at:06}", None


def identity_guess(at):
    return "POST", "/api/v1/lookups", json.dumps({"identity_number": make_list.identity_number(20_000 + at)}).encode()


def storm(ports, count, question, address):
    """Asks `count` questions from four connections. Gives the answers as (status, headers, body) and the seconds that it took."""
    answers, start = [], time.monotonic()

    def work(first):
        client, found = Client(ports[first % len(ports)]), []
        for at in range(first, count, 4):
            method, path, body = question(at)
            found.append(client.ask(address(at), method, path, body))
        return found

    with ThreadPoolExecutor(max_workers=4) as pool:
        for part in pool.map(work, range(4)):
            answers += part
    return answers, time.monotonic() - start


class Reader(threading.Thread):
    """A normal reader: one question in a second and a half, by number and by identity number in turn, from an address of its own."""

    def __init__(self, port, number, identity):
        super().__init__(daemon=True)
        self.client, self.number, self.identity = Client(port), number, identity
        self.stop, self.answers = threading.Event(), []

    def run(self):
        at = 0
        while not self.stop.is_set():
            question = ("GET", f"/api/v1/certificates/{self.number}", None)
            # One identity number in nine questions: less than one in the fifteen seconds that come back, beside twenty at once.
            if at % 9 == 4:
                question = ("POST", "/api/v1/lookups", json.dumps({"identity_number": self.identity}).encode())
            start = time.monotonic()
            status, _, body = self.client.ask("198.51.100.77", *question)
            self.answers.append((status, time.monotonic() - start, self.number.encode() in body))
            at += 1
            self.stop.wait(1.5)


def judged(checks, what, answers, seconds, limit, most_wait):
    """What got through is the burst and what came back meanwhile; everything else is 429 with a wait that is one."""
    passed = [a for a in answers if a[0] in (200, 404)]
    refused = [a for a in answers if a[0] == 429]
    burst, every = limit
    # A second beside the clock's, since the server's begins before ours ends.
    most = burst + (seconds + 1) / every
    waits = [int(a[1].get("retry-after", "0")) for a in refused]
    print(
        f"     {what}: {len(answers)} guesses in {seconds:.1f} s, {len(passed)} through (at most {most:.0f}), 429 to {len(refused)} ({100 * len(refused) / len(answers):.1f} %), "
        f"Retry-After {min(waits, default=0)} to {max(waits, default=0)} s",
        flush=True,
    )
    checks.check(len(passed) <= most, f"{what}: no more get through than the limit says", f"{len(passed)} of {len(answers)}, at most {most:.1f}")
    # A lease that ends before it is spent is lost to the address.
    checks.check(len(passed) >= burst - 10, f"{what}: as many as the limit says do", f"{len(passed)}")
    checks.equal(len(passed) + len(refused), len(answers), f"{what}: every other answer is 429")
    checks.none((w for w in waits if not 1 <= w <= most_wait), f"{what}: Retry-After is a wait that helps")
    checks.none((a[2][:200] for a in refused if json.loads(a[2]).get("code") != "too_many_requests"), f"{what}: the refusal says what it is")


def served(checks, what, reader, quiet):
    """The reader got every answer, and about as quickly as before."""
    reader.stop.set()
    reader.join(90)
    times = [t for _, t, _ in reader.answers]
    checks.check(len(times) >= 2, f"{what}: the reader beside it asks", f"{len(times)}")
    checks.none((a for a in reader.answers if a[0] != 200 or not a[2]), f"{what}: the reader beside it gets every answer")
    middle, worst = statistics.median(times), max(times)
    print(f"     {what}: the reader waits {1000 * middle:.0f} ms in the middle, {1000 * worst:.0f} ms at worst; {1000 * quiet:.0f} ms in quiet", flush=True)
    checks.check(middle < quiet + 0.25 and worst < quiet + 3, f"{what}: the reader beside it does not wait", f"{middle:.3f} s, {worst:.3f} s; {quiet:.3f} s in quiet")


def alone(checks, yinxin, rows, identities, guesses):
    with Server(yinxin) as server:
        known = {"number": rows[0]["number"], "identity": identities[0]}
        client, times = Client(server.port), []
        for _ in range(15):
            start = time.monotonic()
            client.ask("198.51.100.3", "GET", f"/api/v1/certificates/{known['number']}")
            times.append(time.monotonic() - start)
        quiet = statistics.median(times)
        person = json.dumps({"identity_number": identities[1]}).encode()
        cases = [
            ("numbers from one address", number_guess, lambda at: "203.0.113.1", ADDRESS, 60),
            ("identity numbers from one address", identity_guess, lambda at: "203.0.113.2", IDENTITY, 300),
            ("one person from as many addresses", lambda at: ("POST", "/api/v1/lookups", person), lambda at: f"10.{at // 65536}.{at // 256 % 256}.{at % 256}", PERSON, 3_600),
        ]
        for what, question, address, limit, most_wait in cases:
            reader = Reader(server.port, **known)
            reader.start()
            answers, seconds = storm([server.port], guesses, question, address)
            time.sleep(max(0, 3.2 - seconds))
            served(checks, what, reader, quiet)
            judged(checks, what, answers, seconds, limit, most_wait)
        # What the last wait promised is true.
        status, headers, _ = client.ask("203.0.113.2", *identity_guess(0))
        if checks.check(status == 429, "an address that has asked too often is still refused", f"{status}"):
            time.sleep(int(headers["retry-after"]))
            checks.equal(client.ask("203.0.113.2", *identity_guess(0))[0], 200, "after the wait that was named the question is answered")


def together(checks, arguments, work, guesses):
    """Two processes, one database."""
    with Cluster() as cluster:
        yinxin = make_data(arguments.bin, work / "shared" / "data", cluster.database("limits"))
        strict(yinxin)
        yinxin.must("migrate")
        with Server(yinxin) as first, Server(yinxin) as second:
            ports = [first.port, second.port]
            person = json.dumps({"identity_number": make_list.identity_number(3)}).encode()
            cases = [
                ("two processes, numbers from one address", number_guess, lambda at: "203.0.113.9", ADDRESS, 60),
                ("two processes, one person from as many addresses", lambda at: ("POST", "/api/v1/lookups", person), lambda at: f"10.{at // 65536}.{at // 256 % 256}.{at % 256}", PERSON, 3_600),
            ]
            for what, question, address, limit, most_wait in cases:
                answers, seconds = storm(ports, guesses, question, address)
                judged(checks, what, answers, seconds, limit, most_wait)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("limits"), arguments.work / "limits"
    guesses = 1_000 if arguments.smaller else 10_000
    yinxin = make_data(arguments.bin, work / "data")
    strict(yinxin)
    make_list.write(work / "list.csv", make_list.rows(6, NAMES[CONTEST_P256], seed=21))
    yinxin.must("import", work / "list.csv")
    yinxin.must("issue", "--out", work / "out")
    rows = sorted(yinxin.list(), key=lambda r: r["number"])
    identities = [row["证件号码"] for row in read_list(work / "list.csv")]
    alone(checks, yinxin, rows, identities, guesses)
    together(checks, arguments, work, guesses)
    checks.done()


if __name__ == "__main__":
    main()
