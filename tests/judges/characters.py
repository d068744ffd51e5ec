#!/usr/bin/env python3
"""All 8,105 General Standard Chinese Characters as given names; and a name that no font covers, refused before any number is given.

Every twentieth character, or all of them with FULL=1 in the environment or --full.
"""

import argparse
import os
from pathlib import Path

import make_list
from common import CONTEST_P256, NAMES, REPOSITORY, Checks, Yinxin, copies, each, make_data, row_holder, short, text_of, tool

TABLE = REPOSITORY / "tests" / "data" / "general-standard-characters.txt"
# Letters of scripts that the fonts do not have: Unicode 13's extension G, Yi, Tibetan.
UNCOVERED = {"王\U00031350": "\U00031350", "ꀀꀁ": "ꀀ", "བཀྲ": "བ"}


def row(at, name):
    return [NAMES[CONTEST_P256], "软件类", "C/C++程序设计", f"作品{at + 1}", "一等奖", "获奖选手", name, make_list.identity_number(at), f"13{at:09}", "蓝海大学"]


def all_characters(checks, binary, work, full):
    table = TABLE.read_text(encoding="utf-8").split()
    checks.equal((len(table), len(set(table))), (8105, 8105), "the table has 8,105 characters, no two the same")
    # The rarest are those of the third level: the sample has them in the same share.
    chosen = table if full else table[::20]
    yinxin = make_data(binary, work / "data")
    make_list.write(work / "names.csv", (row(at, "李" + c) for at, c in enumerate(chosen)))
    yinxin.must("import", work / "names.csv")
    yinxin.must("issue", "--out", work / "out")
    rows = yinxin.list()
    checks.equal(sorted(row_holder(r) for r in rows), sorted("李" + c for c in chosen), f"{len(chosen)} certificates, one for each character")
    files = copies(checks, work / "out", rows)

    def missing(r):
        text = tool("pdftotext", "-raw", "-enc", "UTF-8", files[r["number"]], "-").stdout.decode("utf-8")
        # The award addresses its holder: the name and a colon stand on a line of their own.
        return [] if f"{row_holder(r)}：" in text.split("\n") else [f"{r['number']} {row_holder(r)} U+{ord(row_holder(r)[1]):X}"]

    checks.none((f for faults in each(missing, rows) for f in faults), f"pdftotext gives all {len(rows)} names back, each on its line")
    checks.none((n for n, (good, _) in yinxin.verdicts(files.values()).items() if not good), f"all {len(files)} files verify")


def uncovered(checks, binary, work):
    yinxin = make_data(binary, work / "uncovered")
    for at, (name, character) in enumerate(UNCOVERED.items()):
        names = ["李明", name, "王芳"]
        make_list.write(work / "bad.csv", (row(at * 10 + k, n) for k, n in enumerate(names)))
        imported = yinxin.run("import", work / "bad.csv", "--report", work / "bad.problems.xlsx")
        done = imported if imported.returncode else yinxin.run("issue")
        said = text_of(done)
        checks.check(done.returncode == 3, f"a list with {name} is refused with exit code 3", f"{done.returncode} {short(said)}")
        checks.check(name in said and character in said, f"the refusal names {name} and its character", short(said))
        checks.equal(yinxin.list(), [], f"no number was given for {name}, nor for the others of its batch")
        yinxin = make_data(binary, work / "uncovered")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--full", action="store_true", default=os.environ.get("FULL") == "1")
    arguments = parser.parse_args()
    checks, work = Checks("characters"), arguments.work / "characters"
    work.mkdir(parents=True, exist_ok=True)
    all_characters(checks, arguments.bin, work, arguments.full)
    uncovered(checks, arguments.bin, work)
    checks.done()


if __name__ == "__main__":
    main()
