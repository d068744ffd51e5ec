#!/usr/bin/env python3
"""The `certificate.json` inside each file, checked as docs/certificate-json.md says, by a program written from that page."""

import argparse
import hashlib
import json
import re
from pathlib import Path

import certificate_json
import variants
from common import Checks, each, tool


def refusal(data, keys):
    """Why the file is refused, or nothing if it is believed."""
    try:
        certificate_json.check(data, keys)
        return ""
    except certificate_json.Refused as why:
        return str(why) or "refused"


def printed(facts):
    """What of the facts stands on the page."""
    year, month, day = map(int, facts["issued_on"].split("-"))
    yield from (facts[key] for key in ("number", "holder", "level_zh", "level_en", "category", "subject", "work", "title", "school", "document_masked") if key in facts)
    yield from facts.get("team", []) + facts.get("instructors", []) + facts.get("organisers", [])
    yield from (facts["programme"]["name"], facts["programme"]["name_en"], facts["issuer"]["name"], f"{year}年{month}月{day}日")
    if facts.get("role", "winner") != "winner":
        yield from (facts["role_zh"], facts["role_en"])


def page_faults(path, facts):
    text = tool("pdftotext", "-raw", "-enc", "UTF-8", path, "-").stdout.decode("utf-8")
    there = lambda value: re.search(r"\n?".join(r"\s+" if c == " " else re.escape(c) for c in value), text)
    return [f"{path.stem}: {value}" for value in printed(facts) if not there(value)]


def portrait_faults(path, facts, folder):
    """The portrait's JPEG as it stands in the file has the digest that the facts name."""
    stem = folder / path.stem
    tool("pdfimages", "-j", path, stem)
    pictures = sorted(folder.glob(f"{path.stem}-*"))
    digests = [hashlib.sha256(picture.read_bytes()).hexdigest() for picture in pictures]
    return [] if digests == [facts.get("portrait_sha256")] else [f"{path.stem}: {digests}, {facts.get('portrait_sha256')}"]


def as_listed(row, facts):
    """The columns of the list that the file states otherwise."""
    wanted = {"姓名": "holder", "学校": "school", "赛类": "category", "科目": "subject", "作品": "work", "奖项": "level_zh", "角色": "role_zh", "证书名称": "title", "等级": "level_zh"}
    return [f"{column}: {facts.get(key)}" for column, key in wanted.items() if column in row and facts.get(key, "") != row[column]]


def changes(data, other):
    """Name -> the file with one thing changed. `other` is another certificate's file, of the same issuer."""
    stated, foreign = json.loads(data), json.loads(other)
    write = lambda value: json.dumps(value, ensure_ascii=False, indent=2).encode()
    for key, value in stated.items():
        yield f"without {key}", write({k: v for k, v in stated.items() if k != key})
        if isinstance(value, str):
            digit = value[-1].isdigit() and str((int(value[-1]) + 1) % 10)
            yield f"{key} changed", write(stated | {key: value[:-1] + (digit or chr(ord(value[-1]) ^ 1))})
            yield f"{key} longer", write(stated | {key: value + "1"})
        elif isinstance(value, list):
            yield f"{key} changed", write(stated | {key: [*value, "李四"]})
        else:
            for part in value:
                yield f"{key}.{part} changed", write(stated | {key: value | {part: value[part] + "x"}})
        if key in foreign and foreign[key] != value:
            yield f"{key} of another certificate", write(stated | {key: foreign[key]})
    proof = ("proof", "proof_key")
    yield "all facts of another certificate", write({k: v for k, v in foreign.items() if k not in proof} | {k: stated[k] for k in proof})
    yield "a field twice", data.replace(b'"holder"', b'"holder": "\xe6\x9d\x8e\xe5\x9b\x9b",\n  "holder"', 1)
    yield "a field added", write(stated | {"honours": "summa cum laude"})
    claims = bytearray(certificate_json.unpadded(stated["claims"]))
    for at in range(0, len(claims), 7):
        claims[at] ^= 1
        encoded = certificate_json.base64.urlsafe_b64encode(claims).decode().rstrip("=")
        claims[at] ^= 1
        yield f"claims byte {at}", write(stated | {"claims": encoded})
    start = stated["proof"].rindex("/Q/") + 3
    for at in range(start, len(stated["proof"]), 11):
        digit = str((int(stated["proof"][at]) + 1) % 10)
        yield f"proof digit {at - start}", write(stated | {"proof": stated["proof"][:at] + digit + stated["proof"][at + 1 :]})


def judge_changes(checks, files, made, keys):
    """One file of each make, changed in every field."""
    for letters in sorted({programme.letters for programme, _ in made.values()}):
        ours = [variants.attachment(files[number]) for number in files if number.startswith(letters)][:2]
        cases = dict(changes(*ours))
        believed = [what for what, data in cases.items() if data != ours[0] and not refusal(data, keys)]
        checks.none(believed, f"{letters}: none of {len(cases)} changed files is believed")


def judge_keys(checks, data, keys):
    by = lambda change: {"keys": [change(dict(key)) for key in keys["keys"]]}
    checks.check(refusal(data, {"keys": []}), "without the key nothing is believed")
    checks.check(refusal(data, by(lambda key: key | {"issuer": "somebody"})), "the key of another issuer proves nothing")
    others = [key["x"] for key in keys["keys"]][::-1]
    swapped = {"keys": [key | {"x": x} for key, x in zip(keys["keys"], others)]}
    checks.check(len(others) > 1 and refusal(data, swapped), "another key under the same name proves nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("facts"), arguments.work / "facts"
    yinxin, programmes, files, made = variants.make(arguments.bin, work, 3 if arguments.smaller else 25)
    yinxin.must("keys", "export", work / "trust")
    keys = json.loads((work / "trust" / "proof-keys.json").read_text(encoding="utf-8"))
    attached = dict(zip(files, each(variants.attachment, files.values())))
    checks.none((f"{n}: {refusal(data, keys)}" for n, data in attached.items() if refusal(data, keys)), f"all {len(files)} files are believed, with the exported keys alone")
    facts = {number: json.loads(data) for number, data in attached.items()}
    checks.none((n for n in files if facts[n]["number"] != n), "each states its own number")
    checks.none((f"{n}: {fault}" for n, (_, row) in made.items() for fault in as_listed(row, facts[n])), "each states what its list says")
    issuers = ((facts[n]["issuer"]["id"], facts[n]["programme"]["id"]) == (p.issuer, p.id) for n, (p, _) in made.items())
    checks.check(all(issuers), "each names its issuer and programme")
    checks.none((f for faults in each(lambda n: page_faults(files[n], facts[n]), files) for f in faults), "the page says what the file inside says (pdftotext)")
    (work / "pictures").mkdir()
    with_portrait = [n for n, (p, _) in made.items() if p.portrait]
    checks.none((f for n in with_portrait for f in portrait_faults(files[n], facts[n], work / "pictures")), f"the portrait on {len(with_portrait)} pages is the one certified")
    secrets = [(n, row[key]) for n, (_, row) in made.items() for key in ("证件号码", "手机号")]
    checks.none((n for n, secret in secrets if secret.encode() in attached[n]), "none names an identity number or telephone in full")
    judge_changes(checks, files, made, keys)
    judge_keys(checks, next(iter(attached.values())), keys)
    stated = {name: row["stated"] for name, (_, row) in yinxin.verdicts(files.values(), work / "trust").items()}
    wrong = (n for n in files if not stated[f"{n}.pdf"] or any(stated[f"{n}.pdf"][key] != facts[n][key] for key in ("number", "holder", "kind", "issued_on")))
    checks.none(wrong, "`yinxin verify --trust` says offline what the files state")
    checks.done()


if __name__ == "__main__":
    main()
