#!/usr/bin/env python3
"""Issuing is killed with kill -9 at twenty random moments, and started again each time: no hole, no twin, no bad file."""

import argparse
import hashlib
import random
import shutil
import subprocess
import time
from pathlib import Path

import make_list
from common import CONTEST_P256, NAMES, Checks, Yinxin, contiguous, downloaded, make_data, read_list, row_holder, row_state, short, text_of, tree
from pg import Cluster


def timed_issue(yinxin):
    start = time.monotonic()
    yinxin.must("issue")
    return time.monotonic() - start


def run_and_kill(yinxin, delay):
    """Issues for `delay` seconds, then kills. Whether the kill came before the end."""
    process = yinxin.start("issue")
    try:
        process.wait(delay)
        return False
    except subprocess.TimeoutExpired:  # still at work: what is wanted
        process.kill()
        process.wait()
        return True


def states(yinxin):
    count = {}
    for row in yinxin.list():
        count[row_state(row)] = count.get(row_state(row), 0) + 1
    return count


def pace(binary, data, list_file, cluster):
    """(seconds until the first documents are made, seconds of a whole run), on a copy that is thrown away."""
    trial_data = data.parent / "trial"
    shutil.rmtree(trial_data, ignore_errors=True)
    shutil.copytree(data, trial_data)
    trial = Yinxin(binary, trial_data, cluster.database("trial", copy_of="crash") if cluster else None)
    one = data.parent / "one.csv"
    make_list.write(one, make_list.rows(1, NAMES[CONTEST_P256], seed=99, first=45_000))
    trial.must("import", one)
    # The first run of all keeps the fonts, which takes longer than many certificates.
    trial.must("issue")
    make_list.write(one, make_list.rows(1, NAMES[CONTEST_P256], seed=99, first=45_001))
    trial.must("import", one)
    start = timed_issue(trial)
    trial.must("import", list_file)
    whole = timed_issue(trial)
    shutil.rmtree(trial_data)
    return start, whole


def judge(checks, what, binary, work, count, kills, seed, cluster=None):
    database = cluster.database("crash") if cluster else None
    yinxin = make_data(binary, work / "data", database)
    list_file = work / "list.csv"
    make_list.write(list_file, make_list.rows(count, NAMES[CONTEST_P256], seed=seed))
    start, whole = pace(binary, yinxin.data, list_file, cluster)
    # Killed once while the fonts are kept, before anything is reserved; then kept, so that the kills to come fall among certificates.
    first = work / "first.csv"
    make_list.write(first, make_list.rows(1, NAMES[CONTEST_P256], seed=98, first=45_500))
    yinxin.must("import", first)
    run_and_kill(yinxin, start * 0.5)
    yinxin.must("issue")
    yinxin.must("import", list_file)
    wanted = read_list(first) + read_list(list_file)

    draw, landed, in_between, half_done, log, lists = random.Random(seed), 0, 0, 0, [], 1
    window = max(0.5, 2 * (whole - start) / kills)
    for _ in range(4 * kills):
        if landed == kills:
            break
        # Some before the first document, most while documents are made.
        delay = start * draw.uniform(0.2, 1.0) if draw.random() < 0.2 else start * 0.8 + draw.uniform(0, window)
        if run_and_kill(yinxin, delay):
            landed += 1
            now = states(yinxin)
            valid, reserved = now.get("valid", 0), now.get("reserved", 0)
            half_done += reserved > 0
            in_between += 0 < valid < len(wanted)
            log.append(f"{delay:.2f}s:{reserved}+{valid}")
        else:
            # Everything is made before all kills have come: more holders.
            more = work / f"more-{lists}.csv"
            make_list.write(more, make_list.rows(max(count // 2, 100), NAMES[CONTEST_P256], seed=seed, first=count + lists * count))
            yinxin.must("import", more)
            wanted += read_list(more)
            lists += 1
    print(f"     {what}: first document after {start:.2f} s, all after {whole:.2f} s; reserved+valid after each kill: {' '.join(log)}")
    checks.equal(landed, kills, f"{what}: {kills} kills, each before the end of a run, {lists} lists")
    checks.check(half_done > 0, f"{what}: {half_done} kills left reserved numbers behind, which a later run completes")
    checks.check(in_between > 0, f"{what}: {in_between} kills came between the first certificate and the last")

    yinxin.must("issue")
    rows = yinxin.list()
    checks.equal(len(rows), len(wanted), f"{what}: a certificate for each of {len(wanted)} holders")
    checks.none(contiguous([row["number"] for row in rows]), f"{what}: numbers are contiguous, no twin, no hole")
    checks.equal({row_state(row) for row in rows}, {"valid"}, f"{what}: none is left half done")
    checks.equal(sorted(row_holder(row) for row in rows), sorted(row["姓名"] for row in wanted), f"{what}: the holders are those of the list, each once")
    doctor = yinxin.run("doctor")
    checks.check(doctor.returncode == 0, f"{what}: doctor is clean", short(text_of(doctor)))

    files = downloaded(checks, yinxin, work / "files")
    bad = [n for n, (good, _) in yinxin.verdicts(files.values()).items() if not good]
    checks.none(bad, f"{what}: every one of {len(files)} files verifies")
    digests = {row["number"]: row["digest"] for row in rows}
    checks.none([n for n, p in files.items() if hashlib.sha256(p.read_bytes()).hexdigest() != digests[n]], f"{what}: every file is the recorded one")

    vault = tree(yinxin.data / "vault")
    # A file that was being written when the kill came: sealed, named by no record, in nobody's way. It is said, since it takes room.
    print(f"     {what}: half-written files that the kills left in the vault: {[p for p in vault if '#' in p] or 'none'}")
    dump = cluster.sql(EXPORT, "crash") if cluster else None
    again = yinxin.json("issue")
    checks.equal((again["issued"], again["resumed"]), (0, 0), f"{what}: one more run has nothing to do")
    checks.check(yinxin.list() == rows, f"{what}: one more run changes no record")
    checks.check(tree(yinxin.data / "vault") == vault, f"{what}: one more run changes no file")
    if cluster:
        checks.check(cluster.sql(EXPORT, "crash") == dump, f"{what}: one more run changes no row of the database")
    # Not the same bytes, which an importer may know, but the same holders in another order.
    again_file = work / "again.csv"
    table = list(make_list.rows(count, NAMES[CONTEST_P256], seed=seed))
    make_list.write(again_file, reversed(table))
    yinxin.must("import", again_file)
    again = yinxin.json("issue")
    checks.equal((again["issued"], again["resumed"]), (0, 0), f"{what}: the same holders in another order get no second certificate")


# Rows and the sum of their hashes for every table: any changed row shows.
EXPORT = """
SELECT table_name, (xpath('//n/text()', query_to_xml(format('select count(*) as n from %I', table_name), false, true, '')))[1]::text,
       md5(query_to_xml(format('select md5(t::text) as m from %I t order by 1', table_name), false, true, '')::text)
FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--on", choices=("sqlite", "postgresql", "both"), default="both")
    arguments = parser.parse_args()
    checks, work = Checks("crash"), arguments.work / "crash"
    if arguments.on != "postgresql":
        judge(checks, "SQLite", arguments.bin, work / "sqlite", arguments.count, arguments.kills, arguments.seed)
    if arguments.on != "sqlite":
        with Cluster() as cluster:
            judge(checks, "PostgreSQL", arguments.bin, work / "postgresql", arguments.count, arguments.kills, arguments.seed + 1, cluster)
    checks.done()


if __name__ == "__main__":
    main()
