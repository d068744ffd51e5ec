#!/usr/bin/env python3
"""The QR code on the page, in the hands of people: its printed size, and whether zbarimg and zxing-cpp read it from poor pictures.

The page is drawn at 150 dpi, where a module of 0.7 mm has four pixels, and then made worse, each by itself:

* turned by 3 degrees, either way;
* saved as JPEG of quality 30;
* blurred with a sigma of 1 pixel;
* scaled by half, by each of the usual filters: a module then has two pixels.

Both readers read the code from the picture of the whole page, as it is. A name of more than 13 bytes needs a code of 41 modules on the same
width, and so smaller ones. zbarimg, which compares each pixel with the mean of a square of 256 pixels around it, is then given what a
telephone's frame has: the code with FRAME millimetres around it where it is blurred, and at half size that enlarged three times (bicubic),
as apps for telephones do before they look for a code. At half size zxing-cpp is given the same.

What the readers do with other designs was measured; see ARCHITECTURE.md. Each code that is read must state what the file inside the page
states, and be signed; a picture with a finder pattern wiped out must not be read.
"""

import argparse
import io
import json
import math
import subprocess
from pathlib import Path

import gallery
from certificate_json import Refused, UnknownHeading, code_facts
from common import Checks, Server, each, short, text_of, tool
from states import Listed

DPI, FRAME, ENLARGED = 150, 10, 3
SIZE_MM = (22.0, 26.0)
INCH_MM = 25.4
# Modules a side of the code of a usual name: QR version 5.
USUAL = 37


def by_zbar(image, path):
    image.save(path)
    found = tool("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path).stdout.decode().split()
    path.unlink()
    return found


def codes_in(image):
    import zxingcpp

    return list(zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode))


def by_zxing(image, _):
    return [code.text for code in codes_in(image)]


READERS = {"zbarimg": by_zbar, "zxing-cpp": by_zxing}


def as_jpeg(image):
    from PIL import Image

    held = io.BytesIO()
    image.save(held, "JPEG", quality=30)
    return Image.open(io.BytesIO(held.getvalue())).convert("RGB")


def worsened():
    """What is done to a picture -> (how, how much a code of more modules than usual is enlarged for each reader, framed; others get the page)."""
    from PIL import Image, ImageFilter

    sampling = Image.Resampling
    half = lambda how: lambda i: i.resize((i.width // 2, i.height // 2), how)
    ways = {
        "as it is": (lambda i: i, {}),
        "turned by 3°": (lambda i: i.rotate(3, sampling.BICUBIC, expand=True, fillcolor="white"), {}),
        "turned by -3°": (lambda i: i.rotate(-3, sampling.BICUBIC, expand=True, fillcolor="white"), {}),
        "as JPEG of quality 30": (as_jpeg, {}),
        "blurred with sigma 1": (lambda i: i.filter(ImageFilter.GaussianBlur(1)), {"zbarimg": 1}),
    }
    for name in ("BOX", "BILINEAR", "BICUBIC", "LANCZOS"):
        ways[f"scaled by half ({name.lower()})"] = (half(sampling[name]), {"zbarimg": ENLARGED, "zxing-cpp": ENLARGED})
    return ways


class Page:
    """A page at 150 dpi, its number, and where its code is, to the pixel."""

    def __init__(self, path, work):
        from PIL import Image

        stem = work / path.stem
        subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "-singlefile", path, stem], check=True, capture_output=True)
        with Image.open(stem.with_suffix(".png")) as image:
            self.image = image.convert("RGB")
        self.path, self.number, self.texts = path, path.stem, []
        found = codes_in(self.image)
        if len(found) == 1:
            self.texts = [found[0].text]
            self.modules = 17 + 4 * int(found[0].extra["Version"])
            corners = [getattr(found[0].position, c) for c in ("top_left", "top_right", "bottom_right", "bottom_left")]
            self.box = self.dark((min(c.x for c in corners), min(c.y for c in corners), max(c.x for c in corners), max(c.y for c in corners)))
            # Pixels of a module's side.
            self.module = (self.box[2] - self.box[0]) / self.modules

    def dark(self, found, around=4):
        """The outermost dark pixels of the symbol that was found."""
        from PIL import ImageOps

        left, top = found[0] - around, found[1] - around
        dark = ImageOps.invert(self.image.crop((left, top, found[2] + around, found[3] + around)).convert("L")).point(lambda v: 255 * (v > 127))
        box = dark.getbbox()
        return left + box[0], top + box[1], left + box[2], top + box[3]

    def size_mm(self):
        """Width and height of the symbol without its light border, from the outermost dark pixels of the picture at 150 dpi."""
        left, top, right, bottom = self.box
        return (right - left) * INCH_MM / DPI, (bottom - top) * INCH_MM / DPI

    def border(self):
        """The darkest of the four modules around the symbol, but for the pixels that its own edge and that of what is around them share: 255 where they are white."""
        outer, inner = math.floor(4 * self.module) - 1, 1
        left, top, right, bottom = self.box
        ring = self.image.convert("L").crop((left - outer, top - outer, right + outer, bottom + outer))
        ring.paste(255, (outer - inner, outer - inner, ring.width - outer + inner, ring.height - outer + inner))
        return ring.getextrema()[0]

    def framed(self, image):
        room = FRAME * DPI / INCH_MM
        left, top, right, bottom = self.box
        scale = image.width / self.image.width
        return image.crop(tuple(round(edge * scale) for edge in (left - room, top - room, right + room, bottom + room)))


def enlarging(page, reader, enlarged):
    """How much the framed code is enlarged for this reader, or None where it gets the whole page."""
    return enlarged.get(reader) if page.modules > USUAL else None


def read(page, reader, change, enlarged, work):
    from PIL import Image

    image = change(page.image)
    if enlarged:
        image = page.framed(image)
        image = image.resize((image.width * enlarged, image.height * enlarged), Image.Resampling.BICUBIC)
    return READERS[reader](image, work / f"{page.number}-{reader}.png")


def wiped(page):
    """The picture with the finder pattern at the top left in white."""
    image = page.image.copy()
    left, top, *_ = page.box
    side = math.ceil(8 * page.module)
    image.paste("white", (left - 2, top - 2, left + side, top + side))
    return image


def stated_inside(page):
    """The longer proof inside the file."""
    return json.loads(tool("qpdf", "--show-attachment=certificate.json", page.path, check=True).stdout)["proof"]


def verdict_on(text, headings, key_set):
    """The facts of a code's text, or the name of what is wrong with it."""
    try:
        return code_facts(text, headings, key_set)
    except (Refused, UnknownHeading) as why:
        return type(why).__name__


def judge_sizes(checks, pages, what):
    sizes = [side for page in pages for side in page.size_mm()]
    low, high, half = *SIZE_MM, INCH_MM / DPI / 2
    checks.none((f"{s:.2f}" for s in sizes if not low - half <= s <= high + half), f"{what}: the code is {min(sizes):.1f} to {max(sizes):.1f} mm, within {low:.0f} and {high:.0f}")
    checks.none((f"{p.number}: {p.border()}" for p in pages if p.border() < 250), f"{what}: a white border of four modules surrounds it")
    usual = {p.number: p.modules for p in pages if min(len(p.holder.encode(code)) for code in ("gb18030", "utf-8")) <= 13}
    checks.none((f"{n}: {m}" for n, m in usual.items() if m != USUAL), f"{what}: a usual name's code has {USUAL} modules ({len(usual)} of {len(pages)} pages)")


def judge_facts(checks, yinxin, pages, listed, what):
    """What the codes say: read from the description of their form, and by the program."""
    key_set = json.loads((yinxin.public / "proof-keys.json").read_text(encoding="utf-8"))
    said = {p: verdict_on(p.texts[0], listed.headings, key_set) for p in pages}
    wrong = [f"{p.number}: {f}" for p, f in said.items() if not isinstance(f, dict) or f["number"] != p.number or f["holder"] != p.holder]
    checks.none(wrong, f"{what}: what the codes say is signed, read from the description of their form")
    longer = {p: stated_inside(p) for p in pages}
    checks.none((p.number for p in pages if longer[p] == p.texts[0] or verdict_on(longer[p], [], key_set) != said[p]), f"{what}: the longer proof inside the file states the same facts")
    stranger = {"keys": [{**key, "x": other["x"]} for key, other in zip(key_set["keys"], reversed(key_set["keys"]))]}
    checks.none((p.number for p in pages if verdict_on(p.texts[0], listed.headings, stranger) != "Refused"), f"{what}: and by no other key")
    checks.none((p.number for p in pages if verdict_on(p.texts[0], [], key_set) != "UnknownHeading"), f"{what}: without its heading nothing is known of a code")
    for page in pages:
        done = yinxin.run("verify", "--qr", page.texts[0], "--trust", yinxin.public, "--revocations", listed.path, "--json")
        if done.returncode or json.loads(done.stdout).get("number") != page.number:
            checks.check(False, f"{what}: the code of {page.number} is proved", short(text_of(done)))


def judge(checks, yinxin, cases, listed, work, what):
    pages = each(lambda path: Page(path, work), cases.values())
    for page, holder in zip(pages, cases):
        page.holder = gallery.HOLDERS[holder]
    checks.require(all(p.texts for p in pages), f"{what}: zxing-cpp finds one code on each of {len(pages)} pages")
    judge_sizes(checks, pages, what)
    judge_facts(checks, yinxin, pages, listed, what)
    for name, (change, enlarged) in worsened().items():
        for reader in READERS:
            found = each(lambda page: read(page, reader, change, enlarging(page, reader, enlarged), work), pages)
            way = {None: "whole page", 1: "framed", ENLARGED: f"framed, enlarged {ENLARGED} times"}
            given = ", ".join(sorted({f"{p.modules} modules: {way[enlarging(p, reader, enlarged)]}" for p in pages}))
            checks.none((f"{p.number}: {short(repr(f), 80)}" for p, f in zip(pages, found) if f != p.texts), f"{what}: {reader} reads it {name} ({given})")
    for reader in READERS:
        seen = [p.number for p in pages if READERS[reader](wiped(p), work / f"{p.number}-wiped.png")]
        checks.none(seen, f"{what}: {reader} reads nothing where a finder pattern is missing")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true", help="two names instead of four")
    arguments = parser.parse_args()
    checks, work = Checks("codes"), arguments.work / "codes"
    work.mkdir(parents=True, exist_ok=True)
    yinxin, files = gallery.make(arguments.bin, work)
    with Server(yinxin) as server:
        listed = Listed(server, work)
    for (template, algorithm), cases in files.items():
        # One with 37 modules and one with 41.
        some = {name: path for name, path in cases.items() if name in ("long", "rare") or not arguments.smaller}
        judge(checks, yinxin, some, listed, work, f"{template}, {algorithm}")
    checks.done()


if __name__ == "__main__":
    main()
