#!/usr/bin/env python3
"""Two processes issue into one series at once, over one PostgreSQL database: the union is contiguous and every file verifies."""

import argparse
import json
import subprocess
from pathlib import Path

import make_list
from common import CONTEST_P256, NAMES, Checks, contiguous, downloaded, make_data, row_holder, row_state, short, text_of
from pg import Cluster


ROUNDS = 6


def together(checks, yinxin, work, processes):
    """What each of some processes that start at once says that it made."""
    started = [
        subprocess.Popen(yinxin.command("issue", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=yinxin.environment, cwd=work)
        for _ in range(processes)
    ]
    shares = []
    for at, (process, out, err) in enumerate([(process, *process.communicate()) for process in started]):
        if checks.check(process.returncode == 0, f"process {at + 1} ends well", short((out + err).decode("utf-8", "replace"), 2000)):
            said = json.loads(out)
            shares.append(said["issued"] + said["resumed"])
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    checks, work = Checks("pair"), arguments.work / "pair"
    work.mkdir(parents=True, exist_ok=True)
    with Cluster() as cluster:
        yinxin = make_data(arguments.bin, work / "data", cluster.database("pair"))
        holders = []
        # A quick machine may let one process take a whole list while the other starts: then both meet over another list.
        for at in range(ROUNDS):
            table = list(make_list.rows(arguments.count, NAMES[CONTEST_P256], seed=3 + at, first=len(holders)))
            make_list.write(work / f"list-{at}.csv", table)
            yinxin.must("import", work / f"list-{at}.csv")
            holders += [row[6] for row in table]
            shares = together(checks, yinxin, work, arguments.processes)
            print(f"     round {at + 1}: shares of the processes {shares}")
            checks.equal(sum(shares), arguments.count, "together they say that they made each certificate once")
            if len(shares) == arguments.processes and all(shares):
                break
        checks.check(all(shares), f"in one of at most {ROUNDS} rounds each process has a share of the work", repr(shares))
        rows = yinxin.list()
        checks.equal(len(rows), len(holders), "a certificate for each holder")
        checks.none(contiguous([row["number"] for row in rows]), "numbers of the union are contiguous, no twin, no hole")
        checks.equal({row_state(row) for row in rows}, {"valid"}, "none is left half done")
        checks.equal(sorted(row_holder(row) for row in rows), sorted(holders), "the holders are those of the lists, each once")
        files = downloaded(checks, yinxin, work / "files")
        checks.none([n for n, (good, _) in yinxin.verdicts(files.values()).items() if not good], f"every one of {len(files)} files verifies")
        doctor = yinxin.run("doctor")
        checks.check(doctor.returncode == 0, "doctor is clean", short(text_of(doctor)))
    checks.done()


if __name__ == "__main__":
    main()
