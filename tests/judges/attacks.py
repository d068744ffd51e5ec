#!/usr/bin/env python3
"""What a forger would try on a signed file: neither `yinxin verify` nor pyHanko may ever call the result genuine."""

import argparse
import io
import random
import re
import shutil
import subprocess
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

import hanko
import make_list
from common import CONTEST_ED25519, CONTEST_P256, ISSUER_ED25519, ISSUER_P256, NAMES, Checks, SignedPdf, copies, make_data

NAME = generic.NameObject


def random_changes(data, count, seed, but=range(0)):
    """`count` copies with one byte changed to another value, at random places; `but` are places to leave alone."""
    draw = random.Random(seed)
    for _ in range(count):
        at = next(at for at in iter(lambda: draw.randrange(len(data)), None) if at not in but)
        yield f"byte {at}", data[:at] + bytes([data[at] ^ draw.randrange(1, 256)]) + data[at + 1 :]


def slot_changes(data):
    """Every byte from the opening bracket of the signature to the closing one, changed once; upper case among them."""
    pdf = SignedPdf(data)
    for at in range(*pdf.slot):
        old = data[at]
        new = old ^ 0x20 if chr(old).isalpha() else (ord("1") if old != ord("1") else ord("0"))
        yield f"slot byte {at - pdf.slot[0]}", data[:at] + bytes([new]) + data[at + 1 :]


def later_revision(data, change):
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=True)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def add_page(writer):
    pages_reference = writer.root.raw_get("/Pages")
    pages = writer.root["/Pages"]
    content = writer.add_object(generic.StreamObject(stream_data=b"0 0 1 rg 40 40 200 200 re f"))
    box = generic.ArrayObject(generic.FloatObject(n) for n in (0, 0, 842, 595))
    page = generic.DictionaryObject({NAME("/Type"): NAME("/Page"), NAME("/Parent"): pages_reference, NAME("/MediaBox"): box, NAME("/Resources"): generic.DictionaryObject(), NAME("/Contents"): content})
    pages["/Kids"].append(writer.add_object(page))
    pages[NAME("/Count")] = generic.NumberObject(int(pages["/Count"]) + 1)
    writer.update_container(pages)


def first_page(writer):
    pages = writer.root["/Pages"]
    return pages["/Kids"][0]


def cover_with_annotation(writer):
    page = first_page(writer)
    box = generic.ArrayObject(generic.FloatObject(n) for n in (100, 250, 700, 330))
    note = writer.add_object(generic.DictionaryObject({NAME("/Type"): NAME("/Annot"), NAME("/Subtype"): NAME("/FreeText"), NAME("/Rect"): box, NAME("/Contents"): generic.TextStringObject("特等奖"), NAME("/DA"): generic.TextStringObject("/Helv 30 Tf"), NAME("/F"): generic.NumberObject(4)}))
    annotations = page.get("/Annots")
    if annotations is None:
        page[NAME("/Annots")] = generic.ArrayObject([note])
        writer.update_container(page)
    else:
        annotations.append(note)
        writer.update_container(annotations)


def replace_content(writer):
    page = first_page(writer)
    page[NAME("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 0 0 842 595 re f"))
    writer.update_container(page)


def empty_revision(writer):
    writer.root[NAME("/Lang")] = generic.TextStringObject("en")
    writer.update_root()


def gapped(data, signer):
    """Files whose byte range leaves bytes outside the digest. With the issuer's own key the digest and signature are right."""
    pdf = SignedPdf(data)
    a, first, second, last = pdf.ranges
    for name, ranges in {
        "a gap after the signature": (a, first, second + 50, last - 50),
        "a gap before the signature": (a, first - 50, second, last),
        "the last 20 bytes left out": (a, first, second, last - 20),
        "the first 9 bytes left out": (9, first - 9, second, last),
        "only the head covered": (a, first, second, 0),
        "the signature's own bytes covered in part": (a, first + 1, second - 1, last + 1),
    }.items():
        changed = pdf.with_ranges(ranges)
        if changed is None:
            continue
        yield f"{name}, signature as it was", changed
        if signer:
            resigned = SignedPdf(changed).with_cms(hanko.forge(pdf.cms, SignedPdf(changed).covered(), signer))
            if resigned:
                yield f"{name}, signed with the issuer's own key", resigned


def structural(data, other, foreign, folder):
    """(what, bytes) of everything that is neither a changed byte nor a gap. `other`: another file of the issuer; `foreign`: of the other issuer."""
    pdf = SignedPdf(data)
    a, first, second, last = pdf.ranges
    yield "a page added in a later revision", later_revision(data, add_page)
    yield "an annotation over the award in a later revision", later_revision(data, cover_with_annotation)
    yield "the page's content replaced in a later revision", later_revision(data, replace_content)
    yield "the catalog touched in a later revision", later_revision(data, empty_revision)
    yield "bytes after the end", data + b"\n"
    yield "a comment after the end", data + b"% nothing\n%%EOF\n"
    yield "cut short by one byte", data[:-1]
    yield "cut short to the head", data[: len(data) // 2]
    yield "the signature's bytes all zero", data[:first] + b"<" + b"0" * (second - first - 2) + b">" + data[second:]
    yield "no signature dictionary", data.replace(b"/ByteRange", b"/BiteRange")
    yield "two files, one after the other", data + data
    for name, donor in (("another certificate's", other), ("the other issuer's", foreign)):
        if donor:
            moved = pdf.with_cms(SignedPdf(donor).cms)
            if moved:
                yield f"{name} signature moved in", moved
    for name, flags in (("rewritten by qpdf", ["--object-streams=generate"]), ("linearised by qpdf", ["--linearize"]), ("its page doubled by qpdf", ["--pages", ".", "1,1", "--"])):
        source, target = folder / "q-in.pdf", folder / "q-out.pdf"
        source.write_bytes(data)
        target.unlink(missing_ok=True)
        subprocess.run(["qpdf", "--warning-exit-0", source, *flags, target], capture_output=True)
        if target.is_file():
            yield name, target.read_bytes()
    forger = hanko.impostor(hanko.signing_certificate(data))
    forged = pdf.with_cms(hanko.forge(pdf.cms, pdf.covered(), forger))
    if forged:
        yield "another person's signature under the same names", forged
    edit = re.search(rb"<</Type\s*/Catalog|/Lang|%PDF-", data)
    at = edit.start() if edit else 0
    edited = SignedPdf(data[:at] + data[at : at + 1].swapcase() + data[at + 1 :]) if data[at : at + 1].isalpha() else None
    if edited and (again := edited.with_cms(hanko.forge(pdf.cms, edited.covered(), forger))):
        yield "edited and signed by another person", again


def judge_all(checks, verdicts, cases, root, what, folder, with_hanko=True):
    """Writes each case, asks both judges, and expects that nothing is genuine."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    by_hanko, by_us, count, batch = [], [], 0, {}

    def settle():
        if verdicts and batch:
            answers = verdicts([folder / name for name in batch])
            by_us.extend(batch[name] for name in batch if name not in answers or answers[name][0])
        for name in batch:
            (folder / name).unlink()
        batch.clear()

    for name, data in cases:
        count += 1
        if with_hanko:
            genuine, _ = hanko.judge(data, root)
            if genuine:
                by_hanko.append(name)
        batch[f"{count:05}.pdf"] = name
        (folder / f"{count:05}.pdf").write_bytes(data)
        if len(batch) == 200:
            settle()
    settle()
    checks.check(count > 0, f"{what}: there are cases")
    if verdicts:
        checks.none(by_us, f"{what}: `yinxin verify` calls none of {count} genuine")
    if with_hanko:
        checks.none(by_hanko, f"{what}: pyHanko calls none of {count} genuine")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20240101)
    arguments = parser.parse_args()
    checks, work = Checks("attacks"), arguments.work / "attacks"
    yinxin = make_data(arguments.bin, work / "data")
    stranger = make_data(arguments.bin, work / "stranger")
    for number, contest in enumerate((CONTEST_P256, CONTEST_ED25519)):
        make_list.write(work / f"{contest}.csv", make_list.rows(3, NAMES[contest], seed=number, first=number * 100))
        yinxin.must("import", work / f"{contest}.csv")
    yinxin.must("issue", "--out", work / "out")
    files = copies(checks, work / "out", yinxin.list())
    signed = {n: p.read_bytes() for n, p in files.items()}
    for letters, issuer, foreign_letters in (("LH", ISSUER_P256, "XH"), ("XH", ISSUER_ED25519, "LH")):
        own = [signed[n] for n in sorted(signed) if n.startswith(letters)]
        foreign = [signed[n] for n in sorted(signed) if n.startswith(foreign_letters)]
        checks.require(len(own) >= 2, f"{issuer}: there are files to attack")
        data, root = own[0], hanko.certificate(yinxin.root(issuer))
        sample = work / "sample.pdf"
        sample.write_bytes(data)
        genuine, why = hanko.judge(data, root)
        checks.check(genuine, f"{issuer}: pyHanko calls the file genuine as it is", why)
        checks.check(yinxin.verdicts([sample], yinxin.public)["sample.pdf"][0], f"{issuer}: `yinxin verify` calls the file genuine as it is")
        checks.check(not stranger.verdicts([sample], stranger.public)["sample.pdf"][0], f"{issuer}: `yinxin verify` refuses it under another root of the same name")
        checks.check(not stranger.verdicts([sample])["sample.pdf"][0], f"{issuer}: another installation refuses it")
        checks.check(not hanko.judge(data, hanko.certificate(stranger.root(issuer)))[0], f"{issuer}: pyHanko refuses it under another root of the same name")
        ours = lambda paths: yinxin.verdicts(paths, yinxin.public)
        cases = work / "cases"
        judge_all(checks, ours, random_changes(data, arguments.changes, arguments.seed), root, f"{issuer}: one byte changed", cases)
        judge_all(checks, ours, slot_changes(data), root, f"{issuer}: each byte of the signature changed", cases, with_hanko=False)
        signer = hanko.issuer_signer(yinxin.data / "keys", hanko.signing_certificate(data))
        checks.check(signer is not None, f"{issuer}: the issuer's key is there for the gap attacks")
        if signer:
            again = SignedPdf(data).with_cms(hanko.forge(SignedPdf(data).cms, SignedPdf(data).covered(), signer))
            checks.check(again is not None and hanko.judge(again, root)[0], f"{issuer}: the workbench signs as the issuer would (pyHanko)")
            sample.write_bytes(again or b"")
            checks.check(yinxin.verdicts([sample], yinxin.public)["sample.pdf"][0], f"{issuer}: the workbench signs as the issuer would (`yinxin verify`), so that a refusal has another reason")
        # pyHanko judges what a signature covers by its own rules; the gaps signed with the issuer's key are ours to refuse.
        judge_all(checks, ours, gapped(data, signer), root, f"{issuer}: byte range with a gap", cases)
        judge_all(checks, ours, structural(data, own[1], foreign[0] if foreign else None, work), root, f"{issuer}: structure", cases)
    checks.done()


if __name__ == "__main__":
    main()
