#!/usr/bin/env python3
"""Makes tests/data/forged/: what a forger would hand in, and what happens to files by accident, each with the answer that it must get.

The certificates that are forged are issued by the world in tests/data/forged/world (its keys are for tests alone):

    faketime 2025-01-01 yinxin --data W keys init | import W/list.csv | issue --out BASE     (TZ=Asia/Shanghai, W: a copy of that world)
    python3 tests/data/make_forged.py --base BASE

needs pikepdf, pyHanko and Pillow, and qpdf, mutool, gs, pdftoppm, pdftocairo. Keys of strangers are new in each run, so that the files
are, too.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "judges"))

import pikepdf
from asn1crypto import cms as asn1
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

import hanko
from common import SignedPdf

OUT = HERE / "forged"
NAME = generic.NameObject
CASES = []


def case(file, reason, data, also=(), shows=None):
    """`reason`: the main one; `also`: others that must be told; `shows`: field -> outcome of the comparison."""
    (OUT / file).write_bytes(data)
    CASES.append((file, reason, tuple(also), shows or {}))


def relaid(data, changed, slot=None):
    """The file with other bodies for some objects, offsets and byte range put right: everything but the signature fits."""
    at = int(re.search(rb"startxref\s+(\d+)", data).group(1))
    table, count = data[at:], int(re.search(rb"xref\n0 (\d+)", data[at:]).group(1))
    entries = [(int(table[i : i + 10]), n) for n in range(count) for i in [table.index(b"\n", 5) + 1 + 20 * n] if table[i + 17 : i + 18] == b"n"]
    order = sorted(entries)
    out, offsets = data[: order[0][0]], {}
    for (start, number), end in zip(order, [o for o, _ in order[1:]] + [at]):
        offsets[number] = len(out)
        out += changed.get(number, data[start:end])
    head = b"xref\n0 %d\n0000000000 65535 f \n" % count
    lines = b"".join(b"%010d 00000 n \n" % offsets[n] if n in offsets else b"0000000000 65535 f \n" for n in range(1, count))
    trailer = data[data.index(b"trailer", at) : data.index(b"startxref", at)]
    out = out + head + lines + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)
    first = re.search(rb"/Contents<[0-9a-f]", out).start() + len(b"/Contents")
    second = out.index(b">", first) + 1
    span = re.search(rb"/ByteRange\s*\[[^\]]*\]", out)
    text = b"/ByteRange[0 %d %d %d" % (first, second, len(out) - second)
    return out[: span.start()] + text.ljust(span.end() - span.start() - 1) + b"]" + out[span.end() :]


def body(data, number):
    start = re.search(rb"(?<!\d)%d 0 obj" % number, data).start()
    return data[start : data.index(b"endobj", start) + 7]


def unpacked(obj):
    return zlib.decompress(obj[obj.index(b"stream\n") + 7 :])


def packed(obj, content):
    """The object with another content."""
    head = obj[: obj.index(b"stream\n")]
    stream = zlib.compress(content, 9)
    head = re.sub(rb"/Length \d+", b"/Length %d" % len(stream), head)
    return head + b"stream\n" + stream + b"\nendstream\nendobj\n"


def page_edited(data, *changes):
    content = unpacked(body(data, 14))
    for old, new in changes:
        if old not in content:
            raise ValueError(f"the page has no {old}")
        content = content.replace(old, new)
    return relaid(data, {14: packed(body(data, 14), content)})


def later(data, change, **options):
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False, **options)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def dictionary(**entries):
    return generic.DictionaryObject({NAME("/" + key): value for key, value in entries.items()})


def numbers(*values):
    return generic.ArrayObject(generic.FloatObject(v) for v in values)


def first_page(writer):
    return writer.root["/Pages"]["/Kids"][0]


def stream(writer, data, **entries):
    return writer.add_object(generic.StreamObject(dictionary(**entries), stream_data=data))


def font(writer):
    return writer.add_object(dictionary(Type=NAME("/Font"), Subtype=NAME("/Type1"), BaseFont=NAME("/Helvetica")))


def annotate(writer):
    page = first_page(writer)
    look = stream(writer, b"1 1 1 rg 0 0 240 50 re f 0 g BT /H 20 Tf 10 15 Td (Grand Prize) Tj ET", Type=NAME("/XObject"), Subtype=NAME("/Form"), BBox=numbers(0, 0, 240, 50), Resources=dictionary(Font=dictionary(H=font(writer))))
    note = writer.add_object(dictionary(Type=NAME("/Annot"), Subtype=NAME("/FreeText"), Rect=numbers(200, 380, 440, 430), F=generic.NumberObject(4), Contents=generic.TextStringObject("特等奖"), AP=dictionary(N=look)))
    page["/Annots"].append(note)
    writer.update_container(page["/Annots"])


def replace_page(writer):
    page = first_page(writer)
    page[NAME("/Contents")] = stream(writer, b"0.9 g 0 0 595 842 re f")
    writer.update_container(page)


def overlay(writer):
    page = first_page(writer)
    old = page["/Contents"] if isinstance(page["/Contents"], generic.ArrayObject) else [page.raw_get("/Contents")]
    page[NAME("/Contents")] = generic.ArrayObject(old)
    page["/Contents"].append(stream(writer, b"q 1 1 1 rg 190 375 260 60 re f Q"))
    writer.update_container(page)


def add_page(writer):
    pages = writer.root["/Pages"]
    page = writer.add_object(dictionary(Type=NAME("/Page"), Parent=writer.root.raw_get("/Pages"), MediaBox=numbers(0, 0, 595, 842), Resources=dictionary(), Contents=stream(writer, b"0 g 9 9 9 9 re f")))
    pages["/Kids"].append(page)
    pages[NAME("/Count")] = generic.NumberObject(2)
    writer.update_container(pages)


def swap_tree(writer):
    page = dictionary(Type=NAME("/Page"), MediaBox=numbers(0, 0, 595, 842), Resources=dictionary(), Contents=stream(writer, b"1 0 0 rg 0 0 595 842 re f"))
    tree = dictionary(Type=NAME("/Pages"), Count=generic.NumberObject(1))
    reference = writer.add_object(tree)
    page[NAME("/Parent")] = reference
    tree[NAME("/Kids")] = generic.ArrayObject([writer.add_object(page)])
    writer.root[NAME("/Pages")] = reference
    writer.update_root()


def add_field(writer):
    field = writer.add_object(dictionary(Type=NAME("/Annot"), Subtype=NAME("/Widget"), FT=NAME("/Tx"), T=generic.TextStringObject("level"), V=generic.TextStringObject("特等奖"), Rect=numbers(200, 380, 440, 430), F=generic.NumberObject(4)))
    form = writer.root["/AcroForm"]
    form["/Fields"].append(field)
    writer.update_container(form)


def add_validation(writer):
    writer.root[NAME("/DSS")] = writer.add_object(dictionary(Type=NAME("/DSS"), Certs=generic.ArrayObject([stream(writer, b"0")])))
    writer.update_root()


def add_signature(writer):
    value = writer.add_object(dictionary(Type=NAME("/Sig"), Filter=NAME("/Adobe.PPKLite"), SubFilter=NAME("/ETSI.CAdES.detached"), ByteRange=generic.ArrayObject(generic.NumberObject(n) for n in (0, 10, 20, 30)), Contents=generic.ByteStringObject(b"\0" * 64)))
    field = writer.add_object(dictionary(Type=NAME("/Annot"), Subtype=NAME("/Widget"), FT=NAME("/Sig"), T=generic.TextStringObject("Second"), V=value, Rect=numbers(0, 0, 0, 0)))
    form = writer.root["/AcroForm"]
    form["/Fields"].append(field)
    writer.update_container(form)


def touch(writer):
    writer.root[NAME("/Lang")] = generic.TextStringObject("en")
    writer.update_root()


def new_font(writer):
    page = first_page(writer)
    fonts = page["/Resources"]["/Font"]
    fonts[NAME("/F0")] = font(writer)
    writer.update_container(fonts)


def run(*command, out, data):
    """A program that rewrites a file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / out
        source.write_bytes(data)
        words = [str({"IN": source, "OUT": target}.get(word, word)) for word in command]
        subprocess.run(words, check=False, capture_output=True)
        return target.read_bytes()


def picture(data, dpi=110):
    return Image.open(io.BytesIO(rendered(data, dpi))).convert("RGB")


def rendered(data, dpi):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.pdf").write_bytes(data)
        subprocess.run(["pdftoppm", "-r", str(dpi), "-png", "-singlefile", f"{folder}/in.pdf", f"{folder}/page"], check=True)
        return (Path(folder) / "page.png").read_bytes()


def as_pdf(image):
    out = io.BytesIO()
    image.save(out, "PDF", quality=50, resolution=110)
    return out.getvalue()


def stripped(data, whole=True):
    pdf = pikepdf.open(io.BytesIO(data))
    if whole:
        del pdf.Root.AcroForm.Fields[0].V
    del pdf.Root.AcroForm
    del pdf.pages[0].Annots
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def mail_certificate(keys, leaf):
    """Signed by the issuer's root, for the issuer's name, but made for mail instead of documents."""
    root = cx509.load_pem_x509_certificate((keys / "lanhai" / "root.pem").read_bytes())
    root_key = serialization.load_pem_private_key((keys / "lanhai" / "root.key.pem").read_bytes(), None)
    like, key = cx509.load_der_x509_certificate(leaf.dump()), ec.generate_private_key(ec.SECP256R1())
    builder = cx509.CertificateBuilder(root.subject, like.subject, key.public_key(), 99, like.not_valid_before_utc, like.not_valid_after_utc)
    usage = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    builder = builder.add_extension(cx509.KeyUsage(digital_signature=True, content_commitment=True, **usage), True)
    builder = builder.add_extension(cx509.ExtendedKeyUsage([cx509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    made = builder.sign(root_key, hashes.SHA256())
    return hanko.Signer(key, hanko.certificate(made.public_bytes(serialization.Encoding.DER)))


def with_signature(data, signer, template=None):
    """The file signed by `signer` in the shape of the signature that it has, or that `template` has; the slot fits exactly."""
    like = template or SignedPdf(data).cms
    room = len(hanko.forge(like, b"", signer)) + (0 if signer.is_ed25519 else 3)
    number = next(n for n in range(1, 80) if re.search(rb"/Contents<[0-9a-f]", body_or_nothing(data, n)))
    slot = re.sub(rb"/Contents<[0-9a-f]*>", b"/Contents<" + b"0" * (2 * room) + b">", body(data, number))
    data = relaid(data, {number: slot})
    der = hanko.forge(like, SignedPdf(data).covered(), signer)
    return SignedPdf(data).with_cms(der.ljust(room, b"\0"))


def in_slot(data, slot, sign):
    """The file with a CMS in that place; signatures of ECDSA differ in length, so one that fits is made."""
    room = slot[1] - slot[0] - 2
    text = next(text for text in (sign().hex().encode() for _ in range(100)) if len(text) <= room)
    return data[: slot[0] + 1] + text.ljust(room, b"0") + data[slot[1] - 1 :]


def body_or_nothing(data, number):
    try:
        return body(data, number)
    except AttributeError:
        return b""


def small_pdf(objects, root=1, trailer=b""):
    """A PDF from the bodies of its objects, numbered from 1."""
    out, offsets = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + text + b"\nendobj\n"
    at = len(out)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + table + b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, trailer, at)


CATALOGUE, PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>"


def content(data, extra=b""):
    return b"<</Length %d%s>>stream\n" % (len(data), extra) + data + b"\nendstream"


def edited(base, other, foreign):
    two, one = b"<000700140002>", re.search(rb"/F0 34 Tf(<[0-9A-F]{12}>)Tj", unpacked(body(other, 14))).group(1)
    raised = page_edited(base, (two, one))
    case("text-level-raised.pdf", "altered", raised, ["content_differs", "real_number"], {"level": "differs", "holder": "same", "number": "same"})
    case("text-name-reordered.pdf", "altered", page_edited(base, (b"/X0 26 Tf<0001000200030004>", b"/X0 26 Tf<0003000400010002>")), ["content_differs"], {"holder": "differs"})
    own = re.search(rb"<([0-9A-F]{72})>Tj", unpacked(body(base, 14))).group(1)
    its = re.search(rb"<([0-9A-F]{72})>Tj", unpacked(body(other, 14))).group(1)
    renumbered = page_edited(base, (own, its))
    case("number-of-another.pdf", "altered", renumbered, ["number_of_another", "code_of_another", "content_differs"], {"number": "same", "holder": "differs"})
    case("number-of-nobody.pdf", "altered", page_edited(base, (own, own[:-4] + b"0025")), ["number_of_another"])
    case("date-changed.pdf", "altered", page_edited(base, (b"<0022002000220025002A", b"<0022002000220023002A")), ["content_differs"], {"issued_on": "differs"})
    modules = lambda data: max(re.findall(rb"(?:\d+ \d+ \d+ \d+ re\n?)+", unpacked(body(data, 14))), key=len)
    case("code-swapped.pdf", "altered", page_edited(base, (modules(base), modules(other))), ["code_of_another", "real_number"])
    broken = modules(base)[: len(modules(base)) // 2]
    case("code-spoilt.pdf", "altered", page_edited(base, (modules(base), broken)), ["real_number"])
    json = body(base, next(n for n in range(1, 80) if b'"format": "yinxin-certificate' in body_or_nothing(base, n)))
    number = int(json.split(b" ", 1)[0])
    case("facts-replaced.pdf", "altered", relaid(base, {number: json.replace("二等奖".encode(), "一等奖".encode())}))
    case("metadata-changed.pdf", "altered", base.replace("获奖证书 欧阳明远".encode(), "获奖证书 欧阳明近".encode(), 1))
    case("bit-flipped-in-font.pdf", "altered", base[:30000] + bytes([base[30000] ^ 4]) + base[30001:])
    case("object-twice.pdf", "altered", relaid(base, {14: body(base, 14) + packed(body(base, 14), unpacked(body(base, 14)).replace(two, one))}))
    return raised


def signed_by_others(base, other, foreign, raised, keys):
    leaf, foreign_leaf = hanko.signing_certificate(base), hanko.signing_certificate(foreign)
    case("signature-of-another-file.pdf", "altered", SignedPdf(base).with_cms(SignedPdf(other).cms.ljust((SignedPdf(base).slot[1] - SignedPdf(base).slot[0] - 2) // 2, b"\0")), ["real_number"])
    issuer = hanko.issuer_signer(keys, foreign_leaf)
    case("signed-by-another-issuer.pdf", "contradicts_itself", with_signature(raised, issuer, SignedPdf(foreign).cms), ["content_differs"], {"level": "differs"})
    case("imitated-root.pdf", "imitated_signer", with_signature(base, hanko.impostor(leaf)), ["real_number"])
    case("imitated-root-and-edited.pdf", "imitated_signer", with_signature(raised, hanko.impostor(leaf)), ["content_differs"], {"level": "differs"})
    name = cx509.Name([cx509.NameAttribute(cx509.NameOID.ORGANIZATION_NAME, "Certificates to Order")])
    key = ec.generate_private_key(ec.SECP256R1())
    like = cx509.load_der_x509_certificate(leaf.dump())
    draft = cx509.CertificateBuilder(name, name, key.public_key(), 7, like.not_valid_before_utc, like.not_valid_after_utc).sign(key, hashes.SHA256())
    stranger = hanko.impostor(hanko.certificate(draft.public_bytes(serialization.Encoding.DER)))
    case("signed-by-a-stranger.pdf", "other_signer", with_signature(base, stranger), ["real_number"])
    case("certificate-for-mail.pdf", "signer_not_valid", with_signature(raised, mail_certificate(keys, leaf)), ["content_differs"])
    pdf = SignedPdf(base)
    spoilt = bytearray(pdf.cms)
    spoilt[-9] ^= 1
    case("signature-value-changed.pdf", "signature_malformed", pdf.with_cms(bytes(spoilt)))
    case("slot-emptied.pdf", "signature_malformed", base[: pdf.slot[0] + 1] + b"0" * (pdf.slot[1] - pdf.slot[0] - 2) + base[pdf.slot[1] - 1 :])
    own = hanko.issuer_signer(keys, leaf)
    a, first, second, last = pdf.ranges
    for file, ranges in {
        "gap-behind-the-signature.pdf": (a, first, second + 50, last - 50),
        "gap-before-the-signature.pdf": (a, first - 50, second, last),
        "end-not-covered.pdf": (a, first, second, last - 20),
        "beginning-not-covered.pdf": (9, first - 9, second, last),
        "ranges-that-overlap.pdf": (a, second, first, len(base) - first),
    }.items():
        changed = SignedPdf(pdf.with_ranges(ranges))
        case(file, "not_whole_file", in_slot(changed.data, pdf.slot, lambda: hanko.forge(pdf.cms, changed.covered(), own)), ["real_number"])
    text = lambda value: base[: pdf.range_at[0]] + value.ljust(pdf.range_at[1] - pdf.range_at[0]) + base[pdf.range_at[1] :]
    case("range-is-null.pdf", "signature_malformed", text(b"/ByteRange null"))
    case("range-is-negative.pdf", "signature_malformed", text(b"/ByteRange[0 -1 9 9]"))
    case("signature-without-contents.pdf", "signature_malformed", re.sub(rb"/Contents(<[0-9a-f])", rb"/Kontents\1", base))
    # Wrapping: what was signed lies further back, where the byte range says; what is shown stands in its place.
    moved = page_edited(base, (b"<000700140002>", b"<000700010002>"))
    wrapped = moved[: SignedPdf(moved).slot[1]] + base[second:] + moved[SignedPdf(moved).slot[1] :]
    case("signature-wrapped.pdf", "not_whole_file", relaid_end(wrapped, moved))


def relaid_end(wrapped, moved):
    """`wrapped` with a table and an end of its own behind everything, and one end marker."""
    cut = wrapped.index(b"startxref")
    inner = wrapped[:cut].replace(b"%%EOF", b"")
    at = int(re.search(rb"startxref\s+(\d+)", moved).group(1))
    tail = moved[at:]
    begun = len(inner) + 1
    return inner + b"\n" + re.sub(rb"startxref\s+\d+", b"startxref\n%d" % begun, tail)


def revised(base):
    for file, reason, change in (
        ("later-annotation.pdf", "revised_annotation", annotate),
        ("later-page-content.pdf", "revised_page", replace_page),
        ("later-overlay.pdf", "revised_page", overlay),
        ("later-page-added.pdf", "revised_page", add_page),
        ("later-page-tree.pdf", "revised_page", swap_tree),
        ("later-font.pdf", "revised_page", new_font),
        ("later-form-field.pdf", "revised_form", add_field),
        ("later-validation-data.pdf", "revised_validation", add_validation),
        ("later-signature.pdf", "revised_signature", add_signature),
        ("later-language.pdf", "revised_other", touch),
    ):
        case(file, reason, later(base, change))
    case("two-certificates-in-one.pdf", "revised_signature", base + base)
    case("appended-line.pdf", "appended", base + b"\n")
    case("appended-garbage.pdf", "appended", base + bytes(range(256)) * 4)
    case("prepended-garbage.pdf", "prepended", b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + base)


def rewritten(base, raised):
    case("encrypted.pdf", "encrypted", run("qpdf", "--encrypt", "", "owner", "256", "--", "IN", "OUT", out="o.pdf", data=base))
    case("encrypted-with-password.pdf", "encrypted", run("qpdf", "--encrypt", "user", "owner", "256", "--", "IN", "OUT", out="o.pdf", data=base))
    case("encrypted-rc4.pdf", "encrypted", run("qpdf", "--allow-weak-crypto", "--encrypt", "", "o", "40", "--", "IN", "OUT", out="o.pdf", data=raised))
    case("linearised.pdf", "rewritten", run("qpdf", "--linearize", "IN", "OUT", out="o.pdf", data=base), ["real_number"])
    case("object-streams.pdf", "rewritten", run("qpdf", "--object-streams=generate", "IN", "OUT", out="o.pdf", data=base), ["real_number"])
    case("rewritten-by-qpdf.pdf", "not_whole_file", run("qpdf", "--object-streams=disable", "IN", "OUT", out="o.pdf", data=base), ["real_number"])
    case("rewritten-by-mutool.pdf", "not_whole_file", run("mutool", "clean", "IN", "OUT", out="o.pdf", data=base), ["real_number"])
    case("rewritten-by-ghostscript.pdf", "no_signature", ghostscript(base), ["real_number"])
    case("printed-to-pdf.pdf", "no_signature", run("pdftocairo", "-pdf", "IN", "OUT", out="o.pdf", data=raised), ["content_differs"], {"level": "differs"})
    case("signature-stripped.pdf", "signature_stripped", stripped(base), ["real_number"])
    case("signature-unhooked.pdf", "signature_malformed", stripped(base, whole=False), ["real_number"])
    case("signature-stripped-and-edited.pdf", "signature_stripped", stripped(raised), ["content_differs"], {"level": "differs"})


def ghostscript(data):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
        source.write_bytes(data)
        subprocess.run(["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", f"-sOutputFile={target}", source], check=True, capture_output=True)
        return target.read_bytes()


def pictures(base, raised):
    page = picture(base, 110)
    case("screenshot.pdf", "picture_only", as_pdf(page))
    covered = picture(raised, 110)
    ImageDraw.Draw(covered).rectangle((40, 960, 290, 1230), fill="white")
    case("screenshot-without-code.pdf", "picture_only", as_pdf(covered))
    jpeg = io.BytesIO()
    covered.resize((496, 702)).save(jpeg, "JPEG", quality=40)
    case("photograph.pdf", "code_not_found", jpeg.getvalue())
    case("cut-off-photograph.jpg", "damaged", jpeg.getvalue()[:5000])


def damaged(base):
    case("cut-by-six-bytes.pdf", "truncated", base[:-6], ["real_number"])
    case("cut-in-the-signature.pdf", "truncated", base[: SignedPdf(base).slot[0] + 700])
    case("cut-in-half.pdf", "truncated", base[: len(base) // 2])
    case("header-alone.pdf", "truncated", base[:9])
    case("nothing.pdf", "not_a_pdf", b"")
    case("text.pdf", "not_a_pdf", "获奖证书\n欧阳明远\n一等奖\n证书编号：LH14202500001\n".encode())
    case("page-of-html.pdf", "not_a_pdf", b"<!doctype html><title>404</title><p>LH14202500001")
    case("archive.pdf", "not_a_pdf", b"PK\x03\x04" + bytes(200))
    case("zeros.pdf", "not_a_pdf", bytes(4096))
    case("telephone-picture.pdf", "other_picture", b"\0\0\0\x18ftypheic" + bytes(300))


def hostile(base):
    drawing = content(b"0 g 9 9 99 99 re f")
    case("length-that-lies.pdf", "no_signature", small_pdf([CATALOGUE, PAGES, PAGE, b"<</Length 99999999999>>stream\n0 g 9 9 9 9 re f\nendstream"]))
    layer = zlib.compress(zlib.compress(zlib.compress(bytes(1 << 30), 9), 9), 9)
    case("bomb.pdf", "too_complex", small_pdf([CATALOGUE, PAGES, PAGE, content(layer, b"/Filter[/FlateDecode/FlateDecode/FlateDecode]")]))
    case("pages-in-a-circle.pdf", "damaged", small_pdf([CATALOGUE, b"<</Type/Pages/Count 1/Kids[2 0 R]>>", PAGE, drawing]))
    looped = small_pdf([CATALOGUE, PAGES, PAGE, drawing])
    at = int(re.search(rb"startxref\n(\d+)", looped).group(1))
    case("tables-in-a-circle.pdf", "no_signature", looped.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % at))
    case("nested-deeply.pdf", "no_signature", small_pdf([CATALOGUE, PAGES, PAGE, drawing, b"[" * 20000 + b"]" * 20000]))
    case("nested-in-the-root.pdf", "damaged", small_pdf([b"<</Type/Catalog/Pages " + b"[" * 50000 + b"]" * 50000 + b">>", PAGES, PAGE, drawing]))
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</A 5 0 R>>>>"
    inside = PAGE.replace(b"/Resources<<>>", b"/Resources<</XObject<</A 5 0 R>>>>")
    case("form-that-draws-itself.pdf", "no_signature", small_pdf([CATALOGUE, PAGES, inside, content(b"/A Do"), content(b"/A Do /A Do", form)]))
    forms = [content(b" ".join([b"/A Do"] * 30), form.replace(b"5 0 R", b"%d 0 R" % n)) for n in range(6, 14)]
    case("forms-that-multiply.pdf", "too_complex", small_pdf([CATALOGUE, PAGES, inside, content(b"/A Do"), *forms, content(b"0 g 1 1 9 9 re f", form)]))
    case("page-of-a-kilometre.pdf", "too_complex", small_pdf([CATALOGUE, PAGES, PAGE.replace(b"595 842", b"3000000 3000000"), drawing]))
    image = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode"
    large = small_pdf([CATALOGUE, PAGES, inside, content(b"500 0 0 700 9 9 cm /A Do"), content(zlib.compress(bytes(1 << 20), 9), image)])
    case("picture-of-gigapixels.pdf", "picture_only", large)
    many = small_pdf([CATALOGUE, PAGES, PAGE, content(zlib.compress(b"0 0 500 700 re f\n" * 2_000_000, 9), b"/Filter/FlateDecode")])
    case("instructions-without-end.pdf", "too_complex", many)
    stream_of_itself = b"<</Type/ObjStm/N 1/First 4/Extends 5 0 R/Length 6>>stream\n5 0 5 0\nendstream"
    case("object-stream-in-itself.pdf", "no_signature", small_pdf([CATALOGUE, PAGES, PAGE, drawing, stream_of_itself]))
    case("later-bomb.pdf", "revised_page", later(base, lambda w: replace_with(w, layer)), ["too_complex"])


def replace_with(writer, data):
    page = first_page(writer)
    page[NAME("/Contents")] = raw_stream(writer, data)
    writer.update_container(page)


def raw_stream(writer, data):
    made = generic.StreamObject(dictionary(Filter=generic.ArrayObject([NAME("/FlateDecode")] * 3)), encoded_data=data)
    return writer.add_object(made)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, type=Path)
    arguments = parser.parse_args()
    base, other, foreign = ((arguments.base / f"{n}.pdf").read_bytes() for n in ("LH14202500001", "LH14202500002", "XH03202500001"))
    for old in [*OUT.glob("*.pdf"), *OUT.glob("*.jpg")]:
        old.unlink()
    shutil.copy(arguments.base / "LH14202500001.pdf", OUT / "world" / "genuine.pdf")
    raised = edited(base, other, foreign)
    signed_by_others(base, other, foreign, raised, OUT / "world" / "keys")
    revised(base)
    rewritten(base, raised)
    pictures(base, raised)
    damaged(base)
    hostile(base)
    lines = ["# Made by tests/data/make_forged.py: the answer that each file must get. None is genuine.\n"]
    for file, reason, also, shows in CASES:
        lines.append(f'\n[[file]]\nname = "{file}"\nreason = "{reason}"\n')
        if also:
            lines.append("also = [" + ", ".join(f'"{a}"' for a in also) + "]\n")
        if shows:
            lines.append("fields = { " + ", ".join(f'{f} = "{o}"' for f, o in shows.items()) + " }\n")
    (OUT / "expected.toml").write_text("".join(lines), encoding="utf-8")
    total = sum((OUT / file).stat().st_size for file, *_ in CASES)
    print(f"{len(CASES)} files, {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
