#!/usr/bin/env python3
"""Files for archives and for readers who do not see them: veraPDF on PDF/A-4f and PDF/UA-2, the order in which a page is read
aloud, metadata, and the file inside. `.ci/verapdf` sets veraPDF up."""

import argparse
import io
import re
import shutil
import xml.etree.ElementTree as xml
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

import variants
from common import REPOSITORY, Checks, each, short, text_of, tool

FLAVOURS = ("4f", "ua2")
VERAPDF = REPOSITORY / "target" / "verapdf"
MONTHS = "January February March April May June July August September October November December".split()
# Same length, so that no offset moves -> the flavour that must fail for it.
BREAKS = {
    "PDF/A part 5": (b"<pdfaid:part>4", b"<pdfaid:part>5", "4f"),
    "no PDF/A conformance": (b"<pdfaid:conformance>F", b"<pdfaid:conformance>X", "4f"),
    "PDF/UA part 1": (b"<pdfuaid:part>2", b"<pdfuaid:part>1", "ua2"),
    "a font without its file": (b"/FontFile", b"/FontFilm", "4f"),
    "figures without alternative text": (b"/Alt<FEFF", b"/Alx<FEFF", "ua2"),
    "no mark that it is tagged": (b"/MarkInfo<</Marked true>>", b"/MarkInfo<</Marked fals>>", "ua2"),
    "a document without a title shown": (b"/DisplayDocTitle true", b"/DisplayDocTitlx true", "ua2"),
    "an attachment without relationship": (b"/AFRelationship/Data", b"/AFRelationshiq/Data", "4f"),
    "no output intent": (b"/OutputIntents[", b"/OutputIntentx[", "4f"),
}


def verapdf(paths):
    """(file, flavour) -> (verdict, rules broken), for all files in one run."""
    classpath = VERAPDF / "classpath"
    if not classpath.is_file():
        raise SystemExit("there is no veraPDF: run .ci/verapdf")
    done = tool("java", "-Xmx1g", "-cp", classpath.read_text(), "Vera", ",".join(FLAVOURS), *paths)
    found, current = {}, None
    for line in done.stdout.decode("utf-8").splitlines():
        verdict, *fields = line.split("\t")
        if verdict:
            current = found.setdefault((Path(fields[2]).stem, fields[0]), (verdict, []))
        elif current:
            current[1].append(" ".join(fields))
    if done.stderr or not found:
        raise SystemExit(f"veraPDF gave {done.returncode}\n{short(text_of(done), 4000)}")
    return found


def judge_flavours(checks, files, found):
    for flavour in FLAVOURS:
        faults = [f"{number}: {found.get((number, flavour), ('no answer', []))}" for number in files if found.get((number, flavour), ("", []))[0] != "PASS"]
        checks.none(faults, f"veraPDF {flavour} passes all {len(files)} files")


def broken_copies(files, folder):
    """Copies with something wrong: name -> flavour that must fail."""
    folder.mkdir()
    wanted = {}
    # One file for all, with a portrait: it has everything that can break.
    source = next(path for number, path in files.items() if number.startswith("LHBH")).read_bytes()
    for at, (what, (good, bad, flavour)) in enumerate(BREAKS.items()):
        assert len(good) == len(bad) and good in source, what
        path = folder / f"broken-{at}.pdf"
        path.write_bytes(source.replace(good, bad))
        wanted[path] = (what, flavour)
    return wanted


def judge_broken(checks, wanted, found):
    for path, (what, flavour) in wanted.items():
        verdict, rules = found.get((path.stem, flavour), ("no answer", []))
        checks.check(verdict == "FAIL" and rules, f"veraPDF {flavour} refuses a file with {what}", f"{verdict} {rules}")


# The order in which a page is read aloud.


def composed(wording, facts):
    """What a template's wording says of `facts`, or None where it has facts and all are empty: README of the templates."""
    at = 0

    def part(depth):
        nonlocal at
        text, some, full, asked = "", False, True, False
        while at < len(wording):
            character = wording[at]
            if character in "{}[]" and wording[at : at + 2] == character * 2:
                text, at = text + character, at + 2
            elif character == "{":
                end = wording.index("}", at)
                value, at, asked = facts[wording[at + 1 : end]], end + 1, True
                text, some, full = text + value, some or bool(value), full and bool(value)
            elif character == "[":
                at += 1
                inner, inner_some, inner_full, inner_asked = part(depth + 1)
                text, some, asked = text + (inner if inner_full else ""), some or (inner_full and inner_some), asked or inner_asked
            elif character == "]" and depth:
                at += 1
                break
            else:
                text, at = text + character, at + 1
        return text, some, full, asked

    text, some, _, asked = part(0)
    return text if some or not asked else None


def fields(stated):
    """The fields of templates, from the plain facts."""
    year, month, day = map(int, stated["issued_on"].split("-"))
    names = lambda key: "、".join(stated.get(key, []))
    winner = stated.get("role") == "winner"
    texts = {key: stated.get(key, "") for key in ("holder", "school", "number", "document_masked", "short_name", "category", "subject", "work", "title", "replaces")}
    return texts | {
        "programme": stated["programme"]["name"], "programme_en": stated["programme"].get("name_en", ""),
        "issuer": stated["issuer"]["name"], "issuer_en": stated["issuer"].get("name_en", ""),
        "verify_at": stated["verify_at"], "organisers": names("organisers"), "team": names("team"), "instructors": names("instructors"),
        "issued_on": f"{year}年{month}月{day}日", "issued_on_en": f"{day} {MONTHS[month - 1]} {year}",
        "level": stated["level_zh"], "level_en": stated["level_en"], "role": stated.get("role_zh", ""), "role_en": stated.get("role_en", ""),
        "other_role": "" if winner else stated.get("role_zh", ""), "other_role_en": "" if winner else stated.get("role_en", ""),
    }


def should_read(stated, description, portrait):
    """(tag, language, what is heard) from the first to the last; of figures and the field, words that must be heard."""
    facts = fields(stated)
    for text in description["text"]:
        words = composed(text["text"], facts)
        if words is not None:
            yield text.get("tag", "P"), text.get("lang", ""), words
    yield "Figure", "", ["二维码", stated["verify_at"], stated["number"]]
    if portrait:
        yield "Figure", "", ["照片", stated["holder"]]
    yield "Figure", "", ["印章", facts["issuer"]]
    yield "Form", "", ["数字签名", facts["issuer"], "Digital signature of", facts["issuer_en"]]


def read_aloud(path):
    """What poppler says from the first structure element to the last: (tag, text)."""
    found = []
    for line in tool("pdfinfo", "-struct-text", path).stdout.decode("utf-8").splitlines():
        element, text = re.match(r"\s+(Sect|Div|H\d?|P|Span|Figure|Form|L\w*|T\w*|Link|Artifact)\b", line), re.match(r'\s+"(.*)"?$', line)
        if element:
            found.append([element[1], ""])
        elif text and found:
            found[-1][1] += text[1].removesuffix('"')
        elif found and not re.match(r"\s+(/|Object )", line):
            found[-1][1] += line.strip().removesuffix('"')
    return [tuple(one) for one in found]


def elements(path):
    """The same by pyHanko, which knows languages and alternative texts: (tag, language, alternative text, what the field is called)."""
    root = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True).root
    documents = root["/StructTreeRoot"]["/K"]
    assert len(documents) == 1 and documents[0]["/S"] == "/Document"
    children = documents[0]["/K"]
    for element in (children[at] for at in range(len(children))):
        assert element["/NS"]["/NS"] == "http://iso.org/pdf2/ssn"
        called = element["/K"]["/Obj"]["/TU"] if element["/S"] == "/Form" else ""
        yield element["/S"][1:], str(element.get("/Lang", "")), str(element.get("/Alt", "")), str(called)


def close(text):
    """Without the spaces at which a line may have been broken."""
    return "".join(text.split())


def reading_faults(path, stated, description, portrait):
    wanted = list(should_read(stated, description, portrait))
    aloud, structure = read_aloud(path), list(elements(path))
    if not len(wanted) == len(aloud) == len(structure):
        return [f"{path.stem}: {len(wanted)} things to read, poppler reads {len(aloud)}, the tree has {len(structure)}: {aloud}"]
    faults = []
    for (tag, language, words), (heard_tag, heard), (tree_tag, tree_language, alternative, called) in zip(wanted, aloud, structure):
        if isinstance(words, str):
            right = close(heard) == close(words) and not alternative
        else:
            right = all(word in alternative for word in words) and (tag != "Form" or called == alternative)
        if not (right and tag == heard_tag == tree_tag and language == tree_language):
            faults.append(f"{path.stem}: {tag} {language} {words}: {heard_tag} {heard!r}, {tree_tag} {tree_language} {alternative!r} {called!r}")
    return faults


# Metadata and the file inside.

DC, XMP = "{http://purl.org/dc/elements/1.1/}", "{http://ns.adobe.com/xap/1.0/}"
PDFA, PDFUA = "{http://www.aiim.org/pdfa/ns/id/}", "{http://www.aiim.org/pdfua/ns/id/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def metadata_faults(path, stated, description):
    reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True)
    root, trailer = reader.root, reader.trailer
    packet = xml.fromstring(root["/Metadata"].data.decode("utf-8"))
    says = {element.tag: "".join(element.itertext()) for element in packet.iter(RDF + "Description") for element in element}
    signed = root["/AcroForm"]["/Fields"][0]["/V"]["/M"]
    at = re.fullmatch(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\+08'00'", signed)
    moment = "{}-{}-{}T{}:{}:{}+08:00".format(*at.groups()) if at else f"not {signed}"
    intents = root["/OutputIntents"]
    embedded = root["/AF"][0]
    stream = embedded["/EF"]["/F"]
    issuer = stated["issuer"]["name"]
    pairs = {
        "title": (says.get(DC + "title"), composed(description["title"], fields(stated))), "creator": (says.get(DC + "creator"), issuer),
        "publisher": (says.get(DC + "publisher"), issuer), "identifier": (says.get(DC + "identifier"), stated["number"]),
        "language": (says.get(DC + "language"), "zh-CN"), "language of the catalogue": (root["/Lang"], "zh-CN"),
        "dates": ([says.get(XMP + key) for key in ("CreateDate", "ModifyDate", "MetadataDate")], [moment] * 3),
        "PDF/A": ([says.get(PDFA + key) for key in ("part", "rev", "conformance")], ["4", "2020", "F"]),
        "PDF/UA": ([says.get(PDFUA + key) for key in ("part", "rev")], ["2", "2024"]),
        "version": ((path.read_bytes()[:9], root["/Version"]), (b"%PDF-2.0\n", "/2.0")), "trailer": (sorted(trailer.keys()), ["/ID", "/Root", "/Size"]),
        "marked": (bool(root["/MarkInfo"]["/Marked"]), True), "title shown": (bool(root["/ViewerPreferences"]["/DisplayDocTitle"]), True),
        "output intent": ([(i["/S"], i["/DestOutputProfile"]["/N"], str(i["/OutputConditionIdentifier"])) for i in (intents[at] for at in range(len(intents)))], [("/GTS_PDFA1", 3, "sRGB")]),
        "attached": ([str(root["/AF"][0][key]) for key in ("/F", "/UF", "/AFRelationship")], ["certificate.json"] * 2 + ["/Data"]),
        "attachment's type": (stream["/Subtype"], "/application/json"), "its date": (stream["/Params"]["/ModDate"], signed),
        "its size": (int(stream["/Params"]["/Size"]), len(variants.attachment(path))), "its description": (bool(embedded["/Desc"]), True),
    }
    return [f"{path.stem}: {what}: {found!r}, wanted {wanted!r}" for what, (found, wanted) in pairs.items() if found != wanted]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("archive"), arguments.work / "archive"
    yinxin, programmes, files, made = variants.make(arguments.bin, work, 3 if arguments.smaller else 25)
    checks.equal((len(made), len(files)), (len(programmes) * (3 if arguments.smaller else 25),) * 2, "every row of every list has its file")
    checks.check(max(len(row["姓名"]) for _, row in made.values()) >= 30, "names of 30 characters and more are among them")
    wrong = broken_copies(files, work / "broken")
    found = verapdf([*files.values(), *wrong])
    judge_flavours(checks, files, found)
    judge_broken(checks, wrong, found)
    stated = dict(zip(files, each(variants.facts, files.values())))
    checks.none((n for n, (p, row) in made.items() if stated[n]["holder"] != row["姓名"]), "each file states the name of its row in the list")
    for programme in programmes:
        ours = [number for number, (p, _) in made.items() if p is programme]
        description = variants.description(work, programme)
        what = f"{programme.kind}, {'with' if programme.portrait else 'without'} portrait, {programme.algorithm}"
        gather = lambda judge: [fault for faults in each(judge, ours) for fault in faults]
        checks.none(gather(lambda n: reading_faults(files[n], stated[n], description, programme.portrait)), f"{what}: {len(ours)} files are read aloud in the template's order, with languages and alternative texts")
        checks.none(gather(lambda n: metadata_faults(files[n], stated[n], description)), f"{what}: metadata, catalogue and attachment say what they should")
    # The reader itself must hear what is wrong.
    number, (programme, _) = next(iter(made.items()))
    description = variants.description(work, programme)
    swapped = {**description, "text": description["text"][1::-1] + description["text"][2:]}
    checks.check(reading_faults(files[number], stated[number], swapped, programme.portrait), "another order would be noticed")
    checks.check(reading_faults(files[number], {**stated[number], "holder": "别人"}, description, programme.portrait), "another name would be noticed")
    shutil.rmtree(work / "broken")
    checks.done()


if __name__ == "__main__":
    main()
