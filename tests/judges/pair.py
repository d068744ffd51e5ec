#!/usr/bin/env python3
"""Two processes issue into one series at once, over one PostgreSQL database: the union is contiguous and every file verifies."""

import argparse
import json
import subprocess
from pathlib import Path

import make_list
from common import CONTEST_P256, NAMES, Checks, contiguous, downloaded, make_data, row_holder, row_state, short, text_of
from pg import Cluster


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
        table = list(make_list.rows(arguments.count, NAMES[CONTEST_P256], seed=3))
        make_list.write(work / "list.csv", table)
        yinxin.must("import", work / "list.csv")
        together = [
            subprocess.Popen(yinxin.command("issue", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=yinxin.environment, cwd=work)
            for _ in range(arguments.processes)
        ]
        ends = [(process, *process.communicate()) for process in together]
        shares = []
        for at, (process, out, err) in enumerate(ends):
            if checks.check(process.returncode == 0, f"process {at + 1} ends well", short((out + err).decode("utf-8", "replace"), 2000)):
                said = json.loads(out)
                shares.append(said["issued"] + said["resumed"])
        print(f"     shares of the processes: {shares}")
        checks.check(len(shares) == arguments.processes and all(shares), "each process has a share of the work", repr(shares))
        checks.equal(sum(shares), arguments.count, "together they say that they made each certificate once")
        rows = yinxin.list()
        checks.equal(len(rows), arguments.count, "a certificate for each holder")
        checks.none(contiguous([row["number"] for row in rows]), "numbers of the union are contiguous, no twin, no hole")
        checks.equal({row_state(row) for row in rows}, {"valid"}, "none is left half done")
        checks.equal(sorted(row_holder(row) for row in rows), sorted(row[6] for row in table), "the holders are those of the list, each once")
        files = downloaded(checks, yinxin, work / "files")
        checks.none([n for n, (good, _) in yinxin.verdicts(files.values()).items() if not good], f"every one of {len(files)} files verifies")
        doctor = yinxin.run("doctor")
        checks.check(doctor.returncode == 0, "doctor is clean", short(text_of(doctor)))
    checks.done()


if __name__ == "__main__":
    main()
