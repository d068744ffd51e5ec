#!/usr/bin/env python3
"""Every file as other people's programs see it: qpdf, poppler, pyHanko, zbar and zxing-cpp."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import hanko
import make_list
from common import CONTEST_ED25519, CONTEST_P256, NAMES, Checks, Server, SignedPdf, Yinxin, copies, downloaded, each, make_data, read_list, row_holder, row_state, short, text_of, tool
from states import Listed

HANKO = [str(Path(sys.executable).parent / "pyhanko")]
LEVELS = r"特等奖|一等奖|二等奖|三等奖|优秀奖|初级|中级|高级"


def as_printed(value):
    """A pattern for `value` in a page's text: a line may break between any two characters, and at a space; nothing else may differ."""
    parts = [r"\s+" if c == " " else re.escape(c) for c in value]
    return re.compile(r"\n?".join(parts))


def missing_fields(path, fields):
    """The fields that pdftotext does not give back, exactly."""
    # The order of content keeps the lines of a field together; the layout may set two fields of one height on one line.
    done = tool("pdftotext", "-raw", "-enc", "UTF-8", path, "-")
    text = done.stdout.decode("utf-8")
    faults = [f"{path.stem}: {name}={value} not in {short(text, 300)!r}" for name, value in fields.items() if value and not as_printed(value).search(text)]
    return faults + ([f"{path.stem}: {text_of(done)}"] if done.returncode or done.stderr else [])


def bad_syntax(path):
    done = tool("qpdf", "--check", path)
    return [] if done.returncode == 0 and b"WARNING" not in done.stdout + done.stderr else [f"{path.stem}: {short(text_of(done))}"]


def bad_fonts(path):
    lines = tool("pdffonts", path).stdout.decode().splitlines()
    if len(lines) < 3:
        return [f"{path.stem}: no fonts"]
    return [f"{path.stem}: {line}" for line in lines[2:] if not re.search(r"\byes\s+yes\s+yes\s+\d+\s+\d+\s*$", line) or not re.match(r"[A-Z]{6}\+", line)]


def bad_pdfsig(path):
    text = text_of(tool("pdfsig", "-nocert", path))
    faults = [] if "Signature is Valid." in text and "Total document signed" in text and "Signature #2" not in text else [f"{path.stem}: {short(text)}"]
    return faults


def hanko_command(path, root, command):
    done = tool(*HANKO, "sign", command, "--pretty-print", "--no-revocation-check", "--trust", root, "--trust-replace", path)
    text = text_of(done)
    verdict = "The signature is judged VALID." in text or (command == "adesverify" and "VALID" in text and "INVALID" not in text)
    return [] if done.returncode == 0 and verdict else [f"{path.stem}: {done.returncode} {short(text, 1500)}"]


def qr_codes(path, dpi, folder):
    """What zbarimg and zxing-cpp read from the page at `dpi`."""
    import zxingcpp
    from PIL import Image

    stem = folder / f"{path.stem}-{dpi}"
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", "-singlefile", path, stem], check=True, capture_output=True)
    picture = stem.with_suffix(".png")
    by_zbar = tool("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture).stdout.decode().split()
    with Image.open(picture) as image:
        by_zxing = [code.text for code in zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)]
    picture.unlink()
    return by_zbar, by_zxing


def judge_codes(checks, yinxin, paths, listed, work, what):
    faults, texts = [], {}
    for dpi in (100, 150, 300):
        for path, (by_zbar, by_zxing) in zip(paths, each(lambda p: qr_codes(p, dpi, work), paths)):
            texts.setdefault(path, by_zxing[0] if by_zxing else "")
            for reader, found in (("zbarimg", by_zbar), ("zxing-cpp", by_zxing)):
                if found != [texts[path]] or not found[0]:
                    faults.append(f"{path.stem} at {dpi} dpi, {reader}: {found}")
    checks.none(faults, f"{what}: zbarimg and zxing-cpp read the code of {len(paths)} pages at 100, 150 and 300 dpi, and read the same")
    faults, changed = [], 0
    for path, text in texts.items():
        done = yinxin.run("verify", "--qr", text, "--trust", yinxin.public, "--revocations", listed, "--json")
        said = json.loads(done.stdout or b"{}")
        if done.returncode or said.get("number") != path.stem:
            faults.append(f"{path.stem}: {done.returncode} {short(text_of(done))}")
    checks.none(faults, f"{what}: `verify --qr` proves each code and names its certificate")
    faults = []
    path, text = next(iter(texts.items()))
    start = text.rfind("/") + 1
    for at in range(start, len(text), max(1, (len(text) - start) // 40)):
        other = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
        changed += 1
        if yinxin.run("verify", "--qr", other, "--trust", yinxin.public, "--revocations", listed).returncode != 1:
            faults.append(f"digit {at - start}")
    for name, other in {"a digit less": text[:-1], "a digit more": text + "0", "two digits swapped": swapped(text, start)}.items():
        changed += 1
        if yinxin.run("verify", "--qr", other, "--trust", yinxin.public, "--revocations", listed).returncode != 1:
            faults.append(name)
    checks.none(faults, f"{what}: none of {changed} changed codes is proved")
    return texts


def swapped(text, start):
    at = next(i for i in range(start + 3, len(text) - 1) if text[i] != text[i + 1])
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def judge_files(checks, files, fields, what):
    paths = list(files.values())
    gather = lambda work: [fault for faults in each(work, paths) for fault in faults]
    checks.none(gather(bad_syntax), f"{what}: qpdf --check has no warning for {len(paths)} files")
    checks.none(gather(bad_fonts), f"{what}: pdffonts says embedded, subset and mapped to Unicode for every font")
    checks.none(gather(lambda p: missing_fields(p, fields[p.stem])), f"{what}: pdftotext gives every field back, exactly")
    large = [f"{p.stem}: {p.stat().st_size}" for p in paths if p.stat().st_size > 150_000]
    checks.none(large, f"{what}: no file is larger than 150 KB (largest {max(p.stat().st_size for p in paths)} bytes)")
    return paths


def judge_signatures(checks, paths, root, algorithm, what):
    certificate = hanko.certificate(root)
    checks.none([f"{p.stem}: {why}" for p in paths for good, why in [hanko.judge(p.read_bytes(), certificate)] if not good], f"{what}: pyHanko's library calls {len(paths)} files valid, trusted and wholly covered")
    key = hanko.signing_certificate(paths[0].read_bytes()).public_key.algorithm
    checks.equal(key, "ed25519" if algorithm == "ed25519" else "ec", f"{what}: the key is of the algorithm that the issuer set")
    for command in ("validate", "adesverify"):
        checks.none(hanko_command(paths[0], root, command), f"{what}: `pyhanko sign {command}` says VALID")
    if algorithm != "ed25519":
        checks.none([f for p in paths for f in bad_pdfsig(p)], f"{what}: pdfsig says valid and the total document signed, for {len(paths)} files")


def date_zh(iso):
    year, month, day = iso.split("-")
    return f"{int(year)}年{int(month)}月{int(day)}日"


def demo(checks, arguments, work):
    yinxin = Yinxin(arguments.bin, work / "demo")
    work.mkdir(parents=True, exist_ok=True)
    # With the password: the judge `tour` signs in to this world.
    (work / "demo.txt").write_text(text_of(yinxin.must("demo", "--no-serve")), encoding="utf-8")
    rows = yinxin.list()
    again = yinxin.run("demo", "--no-serve")
    checks.equal((again.returncode, len(yinxin.list())), (0, len(rows)), "demo: a second time it adds nothing and fails at nothing")
    checks.check(len(rows) >= 200, "demo: at least 200 certificates", str(len(rows)))
    checks.equal({row["kind"] for row in rows}, {"award", "ability"}, "demo: both kinds of certificate")
    states = [row_state(row) for row in rows]
    checks.equal((set(states), states.count("corrected"), states.count("revoked")), ({"valid", "corrected", "revoked"}, 1, 1), "demo: one certificate is corrected, one revoked, all others stand")
    rows = [row for row in rows if row_state(row) == "valid"]
    files = downloaded(checks, yinxin, work / "demo-files")
    fields = {}
    for row in rows:
        level = re.search(LEVELS, row["achievement"])
        title = row["achievement"].rsplit("（", 1)[0] if row["kind"] == "ability" else ""
        fields[row["number"]] = {
            "number": row["number"], "holder": row_holder(row), "school": row.get("school"), "programme": row["programme"],
            "level": level and level.group(), "title": title, "document": row.get("document_masked"), "date": date_zh(row["issued_on"]),
        }
    paths = judge_files(checks, files, fields, "demo")
    checks.none([n for n, (good, _) in yinxin.verdicts(paths).items() if not good], f"demo: `yinxin verify` calls all {len(paths)} files genuine")
    checks.none([n for n, (good, _) in yinxin.verdicts(paths, yinxin.public).items() if not good], "demo: and so it does with the public keys alone")
    with Server(yinxin) as server:
        listed = Listed(server, work).path
    by_issuer = {}
    for row in rows:
        by_issuer.setdefault((row["issuer"], row["kind"]), []).append(files[row["number"]])
    for (issuer, kind), of_issuer in sorted(by_issuer.items()):
        algorithm = hanko.signing_certificate(of_issuer[0].read_bytes()).public_key.algorithm
        sample = of_issuer[:: max(1, len(of_issuer) // (5 if arguments.smaller else 20))]
        judge_signatures(checks, sample, yinxin.root(issuer), "ed25519" if algorithm == "ed25519" else "p256", f"demo, {issuer}, {kind}")
        judge_codes(checks, yinxin, sample[: 5 if arguments.smaller else 20], listed, work, f"demo, {issuer}, {kind}")


def own_lists(checks, arguments, work):
    """Lists of ours, so that what must stand on the page is known from outside the program."""
    yinxin = make_data(arguments.bin, work / "lists")
    count = 60 if arguments.smaller else 200
    for number, contest in enumerate((CONTEST_P256, CONTEST_ED25519)):
        make_list.write(work / f"{contest}.csv", make_list.rows(count, NAMES[contest], seed=number, first=number * 1000))
        yinxin.must("import", work / f"{contest}.csv")
    yinxin.must("issue", "--out", work / "lists-files")
    rows = yinxin.list()
    files = copies(checks, work / "lists-files", rows)
    for contest, letters, algorithm in ((CONTEST_P256, "LH", "p256"), (CONTEST_ED25519, "XH", "ed25519")):
        ours = {n: p for n, p in sorted(files.items()) if n.startswith(letters)}
        listed = read_list(work / f"{contest}.csv")
        checks.equal(len(ours), len(listed), f"{contest}: a certificate for each row")
        fields = {}
        # Numbers are given in the list's order.
        for number, row in zip(sorted(ours), listed):
            fields[number] = {"number": number, "programme": NAMES[contest], "holder": row["姓名"], **{k: row[k] for k in ("学校", "赛类", "科目", "作品", "奖项")}}
        paths = judge_files(checks, ours, fields, contest)
        issuer = next(row["issuer"] for row in rows if row["number"] == paths[0].stem)
        judge_signatures(checks, paths[:20], yinxin.root(issuer), algorithm, contest)
        secrets = [row[k].encode() for row in listed for k in ("证件号码", "手机号")]
        checks.none([p.stem for p in paths for s in secrets if s in p.read_bytes()], f"{contest}: no file has an identity number or telephone in the clear")
        slack = [len(SignedPdf(p.read_bytes()).cms) for p in paths]
        room = [(lambda s: (s.slot[1] - s.slot[0] - 2) // 2)(SignedPdf(p.read_bytes())) for p in paths]
        checks.check(max(r - c for r, c in zip(room, slack)) <= 8, f"{contest}: at most eight bytes of the slot are padding")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("files"), arguments.work / "files"
    demo(checks, arguments, work)
    own_lists(checks, arguments, work)
    checks.done()


if __name__ == "__main__":
    main()
