#!/usr/bin/env python3
"""Runs every judge against one program and says in the end which of them are satisfied."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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
# A browser waits for most of its time: two of these run side by side, the longest first. None of them measures anything.
BROWSERS = ("pages", "scanner", "walk", "staff", "verification", "desk", "accounts", "walk_claim", "schools", "tour")
LANES = 2


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

    def judge(name, output=None):
        whole, smaller = JUDGES[name]
        more = [] if name in ("selftest", "dependencies", "processor") else ["--bin", arguments.bin.resolve(), "--work", work, *(smaller if arguments.smaller else whole)]
        shutil.rmtree(work / name, ignore_errors=True)
        (work / name).mkdir(parents=True)
        start = time.monotonic()
        command = [sys.executable, HERE / f"{name}.py", *map(str, more)]
        done = subprocess.run(command, check=False, env=environment, stdout=output, stderr=subprocess.STDOUT if output else None)
        results[name] = (done.returncode, time.monotonic() - start)

    def beside(name):
        with tempfile.TemporaryFile() as output:
            judge(name, output)
            output.seek(0)
            said = output.read().decode("utf-8", "replace")
        with printing:
            print(f"== {name}\n{said}", end="", flush=True)

    printing = threading.Lock()
    chosen = arguments.only or list(JUDGES)
    last = [name for name in chosen if name == "logs"]
    together = [name for name in BROWSERS if name in chosen]
    for name in (n for n in chosen if n not in together and n not in last):
        print(f"== {name}", flush=True)
        judge(name)
    with ThreadPoolExecutor(max_workers=LANES) as lanes:
        # A fault of this program itself ends it here.
        list(lanes.map(beside, together))
    for name in last:
        print(f"== {name}", flush=True)
        judge(name)
    print("== judges")
    for name, (code, seconds) in results.items():
        print(f"{'ok  ' if code == 0 else 'FAIL'} {name} ({seconds:.0f} s)")
    sys.exit(1 if any(code for code, _ in results.values()) else 0)


if __name__ == "__main__":
    main()
