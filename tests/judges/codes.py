#!/usr/bin/env python3
"""The QR code on the page, in the hands of people: its printed size, and whether zbarimg and zxing-cpp read it from poor pictures.

The page is drawn at 150 dpi, where a module of 1/50 inch has three pixels, and then made worse, each by itself:

* turned by 3 degrees, either way;
* saved as JPEG of quality 30;
* blurred with a sigma of 1 pixel;
* scaled by half, by each of the usual filters: a module then has one and a half pixels.

Turned and as JPEG, both readers read the code from the picture of the whole page, as it is. Blurred, zxing-cpp does so too. zbarimg
compares each pixel with the mean of a square of 256 pixels around it; on a page that is mostly white paper the mean is so light that
single light modules, grey by the blur, count as dark. It is therefore given what a telephone's frame has: the code with FRAME millimetres
around it. At half size both are given that, enlarged three times (bicubic), as apps for telephones do before they look for a code.

What the readers do with other designs was measured; see ARCHITECTURE.md. Each code that is read must be the one of the page's number,
and a picture with a finder pattern wiped out must not be read.
"""

import argparse
import io
import json
import subprocess
from pathlib import Path

import gallery
from certificate_json import Refused, parts, proven, token
from common import Checks, each, short, text_of, tool

DPI, FRAME, ENLARGED = 150, 10, 3
SIZE_MM = (22.0, 26.0)
INCH_MM = 25.4


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
    """What is done to a picture -> (how, whether zbarimg and zxing-cpp get the frame, how much it is enlarged)."""
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
    """A page at 150 dpi, its number, and where its code is."""

    def __init__(self, path, work):
        from PIL import Image

        stem = work / path.stem
        subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "-singlefile", path, stem], check=True, capture_output=True)
        with Image.open(stem.with_suffix(".png")) as image:
            self.image = image.convert("RGB")
        self.number, self.texts = path.stem, []
        found = codes_in(self.image)
        if len(found) == 1:
            self.texts = [found[0].text]
            corners = [getattr(found[0].position, c) for c in ("top_left", "top_right", "bottom_right", "bottom_left")]
            self.box = (min(c.x for c in corners), min(c.y for c in corners), max(c.x for c in corners), max(c.y for c in corners))

    def size_mm(self):
        """Width and height of the symbol without its light border, from the outermost dark pixels of the picture at 150 dpi."""
        from PIL import ImageOps

        around = 4
        left, top, right, bottom = self.box
        dark = ImageOps.invert(self.image.crop((left - around, top - around, right + around, bottom + around)).convert("L")).point(lambda v: 255 * (v > 127))
        box = dark.getbbox()
        return (box[2] - box[0]) * INCH_MM / DPI, (box[3] - box[1]) * INCH_MM / DPI

    def border(self):
        """The darkest of the four modules around the symbol: 255 where they are white."""
        module, around = 3, 4 * 3
        left, top, right, bottom = self.box
        outer = self.image.convert("L").crop((left - around, top - around, right + around, bottom + around))
        inner = (around - module, around - module, outer.width - around + module, outer.height - around + module)
        outer.paste(255, inner)
        return outer.getextrema()[0]

    def framed(self, image):
        room = FRAME * DPI / INCH_MM
        left, top, right, bottom = self.box
        scale = image.width / self.image.width
        return image.crop(tuple(round(edge * scale) for edge in (left - room, top - room, right + room, bottom + room)))


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
    image.paste("white", (left - 2, top - 2, left + 8 * 3, top + 8 * 3))
    return image


def proven_by_any(text, key_set):
    """The payload of a code's text, if a key of the set has signed it; else None."""
    name = parts(token(text))[0].hex()
    for issuer in {key["issuer"] for key in key_set["keys"]}:
        try:
            return proven(text, name, issuer, key_set)
        except Refused:
            continue
    return None


def judge(checks, yinxin, paths, work, what):
    pages = each(lambda path: Page(path, work), paths)
    checks.require(all(p.texts for p in pages), f"{what}: zxing-cpp finds one code on each of {len(pages)} pages")
    sizes = [side for page in pages for side in page.size_mm()]
    low, high = SIZE_MM
    checks.none((f"{s:.1f}" for s in sizes if not low <= s <= high), f"{what}: the code is {min(sizes):.1f} to {max(sizes):.1f} mm, within {low:.0f} and {high:.0f}")
    checks.none((f"{p.number}: {p.border()}" for p in pages if p.border() < 250), f"{what}: a white border of four modules surrounds it")
    key_set = json.loads((yinxin.public / "proof-keys.json").read_text(encoding="utf-8"))
    read_back = [(page, proven_by_any(page.texts[0], key_set)) for page in pages]
    wrong = [f"{p.number}: {payload}" for p, payload in read_back if not payload or payload[1] != p.number or payload[3] not in gallery.HOLDERS.values()]
    checks.none(wrong, f"{what}: what the codes say is signed, read from the description of their form")
    stranger = {"keys": [{**key, "x": other["x"]} for key, other in zip(key_set["keys"], reversed(key_set["keys"]))]}
    checks.none((p.number for p in pages if proven_by_any(p.texts[0], stranger)), f"{what}: and by no other key")
    for page in pages:
        done = yinxin.run("verify", "--qr", page.texts[0], "--trust", yinxin.public, "--json")
        if done.returncode or json.loads(done.stdout).get("number") != page.number:
            checks.check(False, f"{what}: the code of {page.number} is proved", short(text_of(done)))
    for name, (change, enlarged) in worsened().items():
        for reader in READERS:
            found = each(lambda page: read(page, reader, change, enlarged.get(reader), work), pages)
            given = "whole page" if reader not in enlarged else "framed" if enlarged[reader] == 1 else f"framed, enlarged {enlarged[reader]} times"
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
    for (template, algorithm), cases in files.items():
        paths = list(cases.values())[1:3] if arguments.smaller else list(cases.values())
        judge(checks, yinxin, paths, work, f"{template}, {algorithm}")
    checks.done()


if __name__ == "__main__":
    main()
