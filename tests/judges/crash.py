#!/usr/bin/env python3
"""Issuing is killed with kill -9 at twenty random moments, and started again each time: no hole, no twin, no bad file."""

import argparse
import random
import shutil
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
    except Exception:  # still at work: what is wanted
        process.kill()
        process.wait()
        return True


def states(yinxin):
    count = {}
    for row in yinxin.list():
        count[row_state(row)] = count.get(row_state(row), 0) + 1
    return count


def judge(checks, what, binary, work, list_file, kills, seed, cluster=None):
    database = cluster.database("crash") if cluster else None
    yinxin = make_data(binary, work / "data", database)
    yinxin.must("import", list_file)
    wanted = read_list(list_file)

    # How long it takes undisturbed, on a copy: the moments are drawn from that.
    shutil.rmtree(work / "trial", ignore_errors=True)
    shutil.copytree(yinxin.data, work / "trial")
    trial = Yinxin(binary, work / "trial", cluster.database("trial", copy_of="crash") if cluster else None)
    whole = timed_issue(trial)
    idle = timed_issue(trial)
    shutil.rmtree(work / "trial")
    work_time = max(whole - idle, 0.05)

    draw, landed, reserved_seen, log = random.Random(seed), 0, 0, []
    for _ in range(kills):
        # Mostly while documents are made; a third of the whole run's time at most is spent on work that is lost.
        delay = max(0.005, idle * draw.uniform(0.3, 1.0) + work_time * draw.uniform(0.0, 1.6) / kills)
        if run_and_kill(yinxin, delay):
            landed += 1
            count = states(yinxin)
            reserved_seen += 1 if count.get("reserved") else 0
            log.append(f"{delay:.3f}s:{count.get('reserved', 0)}+{count.get('valid', 0)}")
    print(f"     {what}: {whole:.2f} s undisturbed, {idle:.2f} s with nothing to do; reserved+valid after each kill: {' '.join(log)}")
    checks.check(landed >= kills * 3 // 4, f"{what}: {landed} of {kills} kills came before the end of a run")
    checks.check(reserved_seen > 0, f"{what}: {reserved_seen} kills left reserved numbers behind, which a later run completes")

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
    import hashlib

    checks.none([n for n, p in files.items() if hashlib.sha256(p.read_bytes()).hexdigest() != digests[n]], f"{what}: every file is the recorded one")

    vault = tree(yinxin.data / "vault")
    checks.none([p for p in vault if "#" in p or p.endswith((".tmp", ".part"))], f"{what}: no half-written file stays in the vault")
    dump = cluster.sql(EXPORT, "crash") if cluster else None
    again = yinxin.json("issue")
    checks.equal((again["issued"], again["resumed"]), (0, 0), f"{what}: one more run has nothing to do")
    checks.check(yinxin.list() == rows, f"{what}: one more run changes no record")
    checks.check(tree(yinxin.data / "vault") == vault, f"{what}: one more run changes no file")
    if cluster:
        checks.check(cluster.sql(EXPORT, "crash") == dump, f"{what}: one more run changes no row of the database")
    yinxin.must("import", list_file)
    again = yinxin.json("issue")
    checks.equal((again["issued"], again["resumed"]), (0, 0), f"{what}: the same list again makes no second certificate")


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
    work.mkdir(parents=True, exist_ok=True)
    list_file = work / "list.csv"
    make_list.write(list_file, make_list.rows(arguments.count, NAMES[CONTEST_P256], seed=arguments.seed))
    if arguments.on != "postgresql":
        judge(checks, "SQLite", arguments.bin, work / "sqlite", list_file, arguments.kills, arguments.seed)
    if arguments.on != "sqlite":
        with Cluster() as cluster:
            judge(checks, "PostgreSQL", arguments.bin, work / "postgresql", list_file, arguments.kills, arguments.seed + 1, cluster)
    checks.done()


if __name__ == "__main__":
    main()
