#!/usr/bin/env python3
"""Runs every judge against one program and says in the end which of them are satisfied."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Judge -> (arguments of the whole run, arguments of the smaller one).
JUDGES = {
    "selftest": ([], []),
    "dependencies": ([], []),
    "processor": ([], []),
    "files": ([], ["--smaller"]),
    "tour": ([], ["--smaller"]),
    "archive": ([], ["--smaller"]),
    "facts": ([], ["--smaller"]),
    "render": ([], ["--smaller"]),
    "codes": ([], ["--smaller"]),
    "attacks": ([], []),
    "lookup": ([], []),
    "scanner": ([], []),
    "openapi": ([], ["--smaller"]),
    "limits": ([], ["--smaller"]),
    "statements": ([], []),
    "pages": ([], []),
    "accounts": ([], []),
    "staff": ([], []),
    "desk": ([], []),
    "verification": ([], []),
    "schools": ([], []),
    "mail": ([], []),
    "machine": ([], []),
    "wayout": ([], ["--smaller"]),
    "bucket": (["--count", "1000"], ["--count", "100"]),
    "walk": ([], ["--smaller"]),
    "walk_claim": ([], ["--smaller"]),
    "characters": (["--full"], []),
    "claims": (["--count", "2000"], ["--count", "300"]),
    "pair": (["--count", "10000"], ["--count", "1200"]),
    "crash": (["--count", "10000"], ["--count", "1200"]),
    # Last: it reads what the others' servers wrote.
    "logs": ([], []),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=Path, help="the yinxin program to judge")
    parser.add_argument("--work", required=True, type=Path, help="a folder for everything that the judges make")
    parser.add_argument("--smaller", action="store_true", help="the sizes that CI has time for")
    parser.add_argument("--only", action="append", choices=JUDGES, help="this judge alone; may be repeated")
    arguments = parser.parse_args()
    if not arguments.bin.is_file():
        raise SystemExit(f"there is no program {arguments.bin}")
    # The judges read the folder anew: nothing of an earlier run may pass for this one.
    work = arguments.work.resolve()
    # All that the program writes in the background is kept in one folder; `logs` alone reads what an earlier run left there.
    logs = work / "background"
    if arguments.only != ["logs"]:
        shutil.rmtree(logs, ignore_errors=True)
    environment = os.environ | {"YINXIN_JUDGES_LOGS": str(logs)}
    results = {}
    for name in arguments.only or JUDGES:
        whole, smaller = JUDGES[name]
        more = [] if name in ("selftest", "dependencies", "processor") else ["--bin", arguments.bin.resolve(), "--work", work, *(smaller if arguments.smaller else whole)]
        shutil.rmtree(work / name, ignore_errors=True)
        (work / name).mkdir(parents=True)
        print(f"== {name}", flush=True)
        start = time.monotonic()
        done = subprocess.run([sys.executable, HERE / f"{name}.py", *map(str, more)], check=False, env=environment)
        results[name] = (done.returncode, time.monotonic() - start)
    print("== judges")
    for name, (code, seconds) in results.items():
        print(f"{'ok  ' if code == 0 else 'FAIL'} {name} ({seconds:.0f} s)")
    sys.exit(1 if any(code for code, _ in results.values()) else 0)


if __name__ == "__main__":
    main()
