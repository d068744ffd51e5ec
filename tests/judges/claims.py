#!/usr/bin/env python3
"""Many claims are approved at once, by two processes over one PostgreSQL database, by two of which one is killed with kill -9 in between, and by
one process on SQLite: each claim is issued once, numbers are contiguous, each is paid once."""

import argparse
import re
import shutil
import sqlite3
import threading
import time
from pathlib import Path

from common import Checks, Server, Yinxin, contiguous, row_state, short, text_of
from people import Person
from pg import Cluster

OFFER = "chain-junior"
REVIEWER = "19900000007"
# Claims of the sample world that are in review beside those made for this trial, and one that was issued or is on its way before.
WAIT = 180


def rows(place, statement):
    """What a statement gives, of either database, as lists of texts."""
    if isinstance(place, Path):
        with sqlite3.connect(place) as database:
            return [[str(value) for value in row] for row in database.execute(statement)]
    cluster, name = place
    done = cluster.sql(statement, database=name)
    text = done if isinstance(done, str) else done.stdout.decode()
    return [line.split("|") for line in text.splitlines() if line]


def count(place, statement):
    return int(rows(place, statement)[0][0])


def reviewer(server, password):
    person = Person(server)
    person.sign_in(REVIEWER, password)
    return person


def approve(person, told):
    """Sends the form that approves whatever nothing is doubtful about, until nothing waits; a process that is killed answers nothing."""
    try:
        for _ in range(20):
            page = person.ask("GET", f"/staff/claims?offer={OFFER}")[2]
            token = re.search(r'name="token" value="([^"]*)"', page)
            if not token:
                return
            told.append(person.ask("POST", "/staff/claims", {"token": token[1], "offer": OFFER, "what": "undoubted"})[:2])
    except OSError as error:
        told.append((0, repr(error)))


def both(people):
    told = []
    threads = [threading.Thread(target=approve, args=(person, told)) for person in people]
    for thread in threads:
        thread.start()
    return threads, told


def until(holds, seconds=WAIT):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def signed_in(servers, password):
    """One session for all: the second factor is set up at the first server, the cookie is good at each."""
    first = reviewer(servers[0], password)
    first.enrol()
    people = []
    for server in servers:
        person = Person(server)
        person.cookies = dict(first.cookies)
        people.append(person)
    return people


def judged(checks, name, yinxin, place, wanted):
    """What must hold in the end, whatever happened on the way."""
    waiting = f"SELECT COUNT(*) FROM claim WHERE offer = '{OFFER}' AND state IN ('in-review', 'approved')"
    checks.check(until(lambda: count(place, waiting) == 0), f"{name}: every claim is decided and issued", str(count(place, waiting)))
    issued = count(place, f"SELECT COUNT(*) FROM claim WHERE offer = '{OFFER}' AND state = 'issued'")
    checks.check(issued >= wanted, f"{name}: {issued} claims are issued, at least {wanted}")
    twins = "SELECT COUNT(*) FROM (SELECT award_id FROM certificate WHERE programme = '%s' GROUP BY award_id HAVING COUNT(*) > 1) AS twins" % OFFER
    checks.equal(count(place, twins), 0, f"{name}: no claim has two certificates")
    certificates = count(place, f"SELECT COUNT(*) FROM certificate WHERE programme = '{OFFER}'")
    checks.equal(certificates, issued, f"{name}: as many certificates as claims that were issued")
    acts = f"SELECT COUNT(*) FROM claim_event e JOIN claim c ON c.id = e.claim WHERE c.offer = '{OFFER}' AND e.act = "
    checks.equal(count(place, acts + "'approve'"), issued, f"{name}: each was approved once")
    checks.equal(count(place, acts + "'issue'"), issued, f"{name}: each was marked as issued once")
    paid = f"SELECT COUNT(*) FROM (SELECT c.id FROM claim c JOIN fee_order o ON o.claim = c.id JOIN payment p ON p.order_number = o.number \
             WHERE c.offer = '{OFFER}' AND c.state = 'issued' AND p.standing = 'kept' GROUP BY c.id HAVING COUNT(*) = 1) AS paid"
    checks.equal(count(place, paid), issued, f"{name}: each was paid once")
    listed = [row for row in yinxin.list() if row["number"].startswith("GXRCPJ101")]
    checks.none(contiguous([row["number"] for row in listed]), f"{name}: numbers are contiguous, no twin, no hole")
    checks.equal({row_state(row) for row in listed}, {"valid"}, f"{name}: none is left half done")
    doctor = yinxin.run("doctor")
    checks.check(doctor.returncode == 0, f"{name}: doctor is clean", short(text_of(doctor)))


def at_once(checks, name, yinxin, place, password, processes, killed):
    wanted = count(place, f"SELECT COUNT(*) FROM claim WHERE offer = '{OFFER}' AND state IN ('in-review', 'issued')")
    servers = [Server(yinxin) for _ in range(processes)]
    for server in servers:
        server.__enter__()
    try:
        people = signed_in(servers, password)
        began = time.monotonic()
        threads, told = both(people)
        if killed:
            # In the midst of it: some are approved, and some of those are numbered.
            reserved = f"SELECT COUNT(*) FROM certificate WHERE programme = '{OFFER}'"
            before = count(place, reserved)
            checks.check(until(lambda: count(place, reserved) > before + 2), f"{name}: numbers are being given")
            servers[0].process.kill()
            servers[0].process.wait()
        for thread in threads:
            thread.join()
        print(f"     {name}: answers {told}")
        if killed:
            again, _ = both(people[1:])
            for thread in again:
                thread.join()
        judged(checks, name, yinxin, place, wanted - 1)
        print(f"     {name}: {wanted} claims in {time.monotonic() - began:.1f} s")
    finally:
        for server in servers:
            server.__exit__()


def world(yinxin, many):
    """The sample world with so many claims in review; answers the password of its accounts."""
    done = yinxin.must("demo", "--no-serve", "--claims", many)
    return re.search(r"密码 / password\s+(\S+)", text_of(done))[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()
    checks, work = Checks("claims"), arguments.work / "claims"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with Cluster() as cluster:
        yinxin = Yinxin(arguments.bin, work / "data", cluster.database("claims"))
        began = time.monotonic()
        password = world(yinxin, arguments.count)
        print(f"     the world was made in {time.monotonic() - began:.1f} s")
        shutil.copytree(work / "data", work / "killed")
        killed = Yinxin(arguments.bin, work / "killed", cluster.database("killed", copy_of="claims"))
        at_once(checks, "two processes", yinxin, (cluster, "claims"), password, 2, False)
        at_once(checks, "two processes, one killed", killed, (cluster, "killed"), password, 2, True)
    alone = Yinxin(arguments.bin, work / "alone")
    password = world(alone, arguments.count)
    at_once(checks, "one process on SQLite", alone, work / "alone" / "registry.sqlite", password, 1, False)
    checks.done()


if __name__ == "__main__":
    main()
