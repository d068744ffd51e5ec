#!/usr/bin/env python3
"""The golden files hold on another processor: the test's program runs on an emulated one of 2008, without AVX and SHA instructions."""

import json
import re
import subprocess

from common import REPOSITORY, Checks, text_of, tool

# Libraries choose their code by what the processor can do; the bytes of a certificate must not depend on the choice.
PROCESSORS = ("Nehalem", "Haswell")


def main():
    checks = Checks("processor")
    built = subprocess.run(
        ["cargo", "test", "--locked", "--test", "golden", "--no-run", "--message-format", "json"], cwd=REPOSITORY, capture_output=True, check=True
    )
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    program = next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "golden")
    for processor in PROCESSORS:
        done = tool("qemu-x86_64", "-cpu", processor, program, cwd=REPOSITORY)
        passed = re.search(r"test result: ok\. (\d+) passed", text_of(done))
        checks.check(done.returncode == 0 and passed and int(passed.group(1)) >= 2, f"the golden files hold on {processor}", text_of(done)[-2000:])
    checks.done()


if __name__ == "__main__":
    main()
