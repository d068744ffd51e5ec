#!/usr/bin/env python3
"""Holds the crate graph against deny.toml: licences, two versions of one crate, sources.

cargo-deny does this and more (advisories), but takes minutes to build; this needs nothing but `cargo metadata`.
"""

import json
import re
import subprocess
import tomllib

from common import REPOSITORY, Checks


def allowed_licence(expression, allowed):
    """Whether an SPDX expression is satisfied by the allowed licences."""
    terms = re.findall(r"\(|\)|[A-Za-z0-9.+-]+", expression.replace("/", " OR "))
    words, at = [], 0
    while at < len(terms):
        term = terms[at]
        if term in ("(", ")"):
            words.append(term)
        elif term in ("OR", "AND"):
            words.append(term.lower())
        else:
            if terms[at + 1 : at + 2] == ["WITH"]:
                term, at = f"{term} WITH {terms[at + 2]}", at + 2
            words.append(str(term in allowed))
        at += 1
    return eval(" ".join(words), {"__builtins__": {}})  # noqa: S307 (nothing but True, False, and, or, brackets)


def skipped(name, version, skips):
    return any(name == crate and (version == wanted or version.startswith(wanted + ".")) for crate, wanted in skips)


def main():
    checks = Checks("dependencies")
    rules = tomllib.loads((REPOSITORY / "deny.toml").read_text(encoding="utf-8"))
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", rules["graph"]["targets"][0]]
    graph = json.loads(subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout)
    used = {node["id"] for node in graph["resolve"]["nodes"]}
    crates = [p for p in graph["packages"] if p["id"] in used]
    allowed = set(rules["licenses"]["allow"])
    checks.check(len(crates) > 100, f"{len(crates)} crates are in the graph")
    checks.none((f"{p['name']} {p['license']}" for p in crates if not p["license"] or not allowed_licence(p["license"], allowed)), "every licence is allowed")
    checks.check(not allowed_licence("GPL-3.0 AND (MIT OR ISC)", allowed) and allowed_licence("GPL-3.0 OR MIT", allowed), "a licence that is not allowed would be seen")
    skips = [tuple(entry["crate"].split("@")) for entry in rules["bans"]["skip"]]
    versions = {}
    for crate in crates:
        if not skipped(crate["name"], crate["version"], skips):
            versions.setdefault(crate["name"], []).append(crate["version"])
    checks.none((f"{name} {found}" for name, found in sorted(versions.items()) if len(found) > 1), "no crate comes in two versions without a reason")
    idle = [f"{name}@{wanted}" for name, wanted in skips if not any(c["name"] == name and skipped(name, c["version"], [(name, wanted)]) for c in crates)]
    checks.none(idle, "no exception has outlived its crate")
    registry = "registry+" + rules["sources"]["allow-registry"][0]
    checks.none((f"{p['name']} from {p['source']}" for p in crates if p["source"] not in (None, registry)), "every crate comes from crates.io")
    checks.none((f"{p['name']}: {d['name']}" for p in crates if p["source"] is None for d in p["dependencies"] if d["req"] == "*"), "no dependency of ours takes any version")
    checks.done()


if __name__ == "__main__":
    main()
