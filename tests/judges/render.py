#!/usr/bin/env python3
"""A certificate looks the same in every reader: poppler, MuPDF, Ghostscript, PDFium (the engine of Chromium's own viewer), pdf.js (the
viewer of Firefox, here inside Chromium) and `yinxin picture` draw the same page, and none of them has anything to remark.

Each page is drawn at 300 dpi, reduced to 100, and compared with poppler's picture. Drawn at 100 dpi at once, renderers fall into two
camps: poppler, MuPDF and Ghostscript thicken lines thinner than a pixel, of which the engraved frame is made, PDFium, pdf.js and ours
do not (mean difference up to 5 levels; so it is below 1.5). At the edges of letters they differ at any resolution: some put glyphs on whole or
quarter pixels. So both pictures are made grey and blurred with a sigma of BLUR pixels, and then

* the mean difference of all pixels must be at most MEAN of 255 levels: nothing large is missing, shifted or of another colour;
* the mean difference of each square of BLOCK pixels must be at most WORST levels: no character is missing or another.

Right pages were found to differ by 0.6 to 1.5 and 7 to 12 levels. That the limits tell a right page from a wrong one is shown each time:
a page whose number lacks its last digit (30 levels or more), and one with another text in a field, must be found different from every
renderer's picture of the right page. One digit for a similar one gives 10 to 16 levels: that is left to the judges that read the text.
"""

import argparse
import http.server
import io
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

import gallery
from common import REPOSITORY, Checks, Server, each, links, text_of, tool

DPI, REDUCED, BLUR, BLOCK, MEAN, WORST = 300, 3, 2.5, 8, 2.0, 15.0
PDFJS = REPOSITORY / "target" / "judges-npm" / "node_modules" / "pdfjs-dist"


class Refused(Exception):
    """A renderer gave no picture, or had something to remark."""


def grey(image):
    return image.convert("L").reduce(REDUCED)


def picture_of(command, picture):
    done = tool(*command)
    if done.returncode or done.stderr.strip() or not picture.is_file():
        raise Refused(f"{command[0]} gave {done.returncode}: {text_of(done)[-400:]}")
    with Image.open(picture) as image:
        return grey(image)


def poppler(path, out):
    return picture_of(["pdftoppm", "-r", DPI, "-png", "-singlefile", path, out.with_suffix("")], out)


def mupdf(path, out):
    # Debian builds it without colour profiles and it says so of each file that has one: -N is the same without the remark.
    return picture_of(["mutool", "draw", "-q", "-N", "-r", DPI, "-o", out, path], out)


def ghostscript(path, out):
    safe = ["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dPDFSTOPONERROR", "-dPDFSTOPONWARNING"]
    smooth = ["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"]
    done = tool("gs", *safe, *smooth, "-sDEVICE=png16m", f"-r{DPI}", f"-sOutputFile={out}", path)
    if done.returncode or done.stdout.strip() or done.stderr.strip():
        raise Refused(f"gs gave {done.returncode}: {text_of(done)[-400:]}")
    with Image.open(out) as image:
        return grey(image)


def pdfium(path, _):
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        document.init_forms()
        if len(document) != 1:
            raise Refused(f"{len(document)} pages")
        return grey(document[0].render(scale=DPI / 72, may_draw_forms=True).to_pil())
    finally:
        document.close()


PAGE = """<!doctype html><meta charset=utf-8><script type=module>
import * as pdfjs from "/build/pdf.mjs";
pdfjs.GlobalWorkerOptions.workerSrc = "/build/pdf.worker.mjs";
const said = [];
for (const level of ["warn", "error"]) console[level] = (...words) => said.push(words.join(" "));
console.log = (...words) => { const text = words.join(" "); if (/^(Warning|Error)/.test(text)) said.push(text); };
const post = (path, body) => fetch(path, { method: "POST", body });
try {
  for (const name of await (await fetch("/names")).json()) {
    const options = { url: "/pdf/" + name, cMapUrl: "/cmaps/", iccUrl: "/iccs/", wasmUrl: "/wasm/", standardFontDataUrl: "/standard_fonts/", verbosity: 1 };
    const page = await (await pdfjs.getDocument(options).promise).getPage(1);
    const viewport = page.getViewport({ scale: SCALE });
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.ceil(viewport.width - 0.01), height: Math.ceil(viewport.height - 0.01) });
    await page.render({ canvas, viewport, background: "white" }).promise;
    await post("/png/" + name, await new Promise((done) => canvas.toBlob(done, "image/png")));
  }
  await post("/end", said.join("\\n"));
} catch (error) { await post("/end", "no picture: " + error + "\\n" + said.join("\\n")); }
</script>"""


def pdfjs(files, work):
    """Stem -> picture of every file by pdf.js in Chromium, which sends the pictures back to a server of this process."""
    pictures, ended, said, asked = {}, threading.Event(), [], []
    by_name = {p.stem: p for p in files}

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, body, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            asked.append(self.path)
            name = self.path.rsplit("/", 1)[-1]
            beside = (PDFJS / self.path.lstrip("/")).resolve()
            if self.path == "/":
                self.answer(PAGE.replace("SCALE", repr(DPI / 72)).encode(), "text/html")
            elif self.path == "/names":
                self.answer(repr(sorted(by_name)).replace("'", '"').encode(), "application/json")
            elif self.path.startswith("/pdf/") and name in by_name:
                self.answer(by_name[name].read_bytes(), "application/pdf")
            elif beside.is_relative_to(PDFJS.resolve()) and beside.is_file():
                self.answer(beside.read_bytes(), "text/javascript" if name.endswith("mjs") else "application/octet-stream")
            else:
                self.send_error(404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/end":
                said.append(body.decode())
                ended.set()
            else:
                with Image.open(io.BytesIO(body)) as image:
                    pictures[self.path.rsplit("/", 1)[-1]] = grey(image)
            self.answer(b"", "text/plain")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    browser = subprocess.Popen(
        ["chromium", *quiet, f"--user-data-dir={work / 'chromium'}", "--remote-debugging-port=0", f"http://127.0.0.1:{server.server_port}/"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        ended.wait(120)
    finally:
        browser.terminate()
        browser.wait(20)
        server.shutdown()
    remarks = said[0] if said else f"no answer in two minutes; asked for {asked[-5:]}"
    # Whatever it had to fetch for a page besides the page itself is not in the file.
    lacking = [path for path in asked if re.match(r"/(cmaps|standard_fonts|iccs)/", path)]
    return pictures, remarks, lacking


def own(yinxin, number, out):
    return picture_of([*yinxin.command("picture", number, "--dpi", DPI, "--out", out)], out)


def difference(one, other):
    """(mean of all, mean of the worst block), in levels of 255."""
    if max(abs(one.width - other.width), abs(one.height - other.height)) > 1:
        raise Refused(f"{one.size} against {other.size} pixels")
    size = (min(one.width, other.width), min(one.height, other.height))
    soft = [i.crop((0, 0, *size)).filter(ImageFilter.GaussianBlur(BLUR)) for i in (one, other)]
    apart = ImageChops.difference(*soft)
    # Blocks at every half step, so that no fault is halved by an edge. A box filter has the mean of each.
    means = apart.filter(ImageFilter.BoxBlur(BLOCK / 2 - 0.5))
    mean = sum(level * count for level, count in enumerate(apart.histogram())) / (size[0] * size[1])
    return mean, float(means.getextrema()[1])


def same(one, other):
    mean, worst = difference(one, other)
    return mean <= MEAN and worst <= WORST


def controls(path, work):
    """The file with the last digit of its printed number missing, and with another text in a field: edited in the page's own content."""
    plain = work / f"{path.stem}.qdf"
    tool("qpdf", "--qdf", "--object-streams=disable", path, plain)
    data = plain.read_bytes()
    shape = lambda letters: [letters.index(letter) for letter in letters]
    glyphs = lambda text: [text[at : at + 4] for at in range(0, len(text), 4)]
    shown = list(re.finditer(rb"/([FX])\d+ [\d.]+ Tf<([0-9a-f]+)>Tj", data))
    # The number's glyphs are the same where its characters are.
    numbers = [m for m in shown if shape(glyphs(m.group(2))) == shape(list(path.stem))]
    if len(numbers) != 1:
        raise SystemExit(f"{path.stem}: {len(numbers)} texts look like the number")
    # The longest text in letters that the template does not bring along: backwards it is another.
    longest = max((m for m in shown if m.group(1) == b"X"), key=lambda m: len(m.group(2)))
    changes = {"lacks a digit": (numbers[0], glyphs(numbers[0].group(2))[:-1]), "has another text": (longest, glyphs(longest.group(2))[::-1])}
    made = {}
    for what, (text, instead) in changes.items():
        start, end = text.span(2)
        # The lengths of streams stay right: what is dropped is made up by spaces.
        changed = b"".join(instead) + b">Tj"
        made[what] = work / f"{path.stem}-{what.split()[-1]}.pdf"
        made[what].write_bytes(data[:start] + changed.ljust(end + 3 - start) + data[end + 3 :])
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true", help="four files instead of sixteen")
    arguments = parser.parse_args()
    checks, work = Checks("render"), arguments.work / "render"
    work.mkdir(parents=True, exist_ok=True)
    yinxin, files = gallery.make(arguments.bin, work)
    if arguments.smaller:
        paths = [files["award", "p256"]["long"], files["award", "ed25519"]["rare"], files["ability", "p256"]["ordinary"], files["ability", "ed25519"]["latin"]]
    else:
        paths = [path for cases in files.values() for path in cases.values()]
    judge(checks, yinxin, paths, work)
    holder(checks, yinxin, paths[0], work)
    checks.done()


def holder(checks, yinxin, path, work):
    """The picture on the page behind a download link."""
    wanted = work / "wanted.png"
    yinxin.must("picture", path.stem, "--out", wanted)
    link = links(yinxin, work / "links.csv")[path.stem]
    with Server(yinxin) as server:
        page = server.ask("GET", link)[2].decode()
        checks.check(f'<img src="{link}/png"' in page and f'href="{link}/png"' in page, "holder: the page shows the picture and offers it")
        status, headers, body = server.ask("GET", f"{link}/png")
        checks.equal((status, headers["content-type"], headers["cache-control"]), (200, "image/png", "private, no-store"), "holder: it comes as PNG that no cache keeps")
        checks.check(body == wanted.read_bytes(), "holder: it is the one that `yinxin picture` makes")
        # The first character of the code: the last one has bits that say nothing.
        at = link.rindex(".") + 1
        forged = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :]
        status, headers, body = server.ask("GET", f"{forged}/png")
        checks.check(status == 404 and not body.startswith(b"\x89PNG"), "holder: a link with another code shows nothing", str(status))
        # Many at once: each is answered, and the lookup page beside them at once.
        with ThreadPoolExecutor(max_workers=24) as pool:
            asked = [pool.submit(server.ask, "GET", f"{link}/png") for _ in range(24)]
            time.sleep(0.3)
            start = time.monotonic()
            beside, waited = server.get("/")[0], time.monotonic() - start
            answers = [one.result() for one in asked]
        checks.check(beside == 200 and waited < 2, f"holder: the start page comes in {waited:.2f} s while 24 pictures are asked for", str(beside))
        checks.none((a[0] for a in answers if a[2] != wanted.read_bytes()), "holder: all 24 come")


def judge(checks, yinxin, paths, work):
    def drawn(renderer, name):
        def one(path):
            try:
                return renderer(path, work / f"{path.stem}-{name}.png")
            except (Refused, OSError, ValueError) as fault:
                return f"{path.stem}: {fault}"

        return dict(zip((p.stem for p in paths), each(one, paths)))

    bad = [f"{p.stem}: {text_of(d)[-300:]}" for p, d in zip(paths, each(lambda p: tool("qpdf", "--check", p), paths)) if d.returncode or b"WARNING" in d.stdout + d.stderr]
    checks.none(bad, f"qpdf has no remark on {len(paths)} files")
    reference = drawn(poppler, "poppler")
    by = {name: drawn(renderer, name) for name, renderer in (("mupdf", mupdf), ("ghostscript", ghostscript), ("yinxin", lambda p, out: own(yinxin, p.stem, out)))}
    # PDFium's library may be used by one thread at a time.
    by["pdfium"] = {p.stem: pdfium(p, None) for p in paths}
    by["pdf.js"], remarks, lacking = pdfjs(paths, work)
    checks.equal(remarks, "", "pdf.js: no warning and no error")
    checks.equal(lacking, [], "pdf.js: asks for no font, character map or profile outside the files")
    checks.none((v for v in reference.values() if isinstance(v, str)), f"poppler: draws {len(paths)} pages without a remark")
    wrong = {path.stem: {what: poppler(bad, bad.with_suffix(".png")) for what, bad in controls(path, work).items()} for path in paths}
    for name, pictures in by.items():
        missing = [pictures.get(p.stem, f"{p.stem}: no picture") for p in paths if not isinstance(pictures.get(p.stem), Image.Image)]
        checks.none(missing, f"{name}: draws {len(paths)} pages without a remark")
        apart = {stem: difference(picture, reference[stem]) for stem, picture in pictures.items() if isinstance(picture, Image.Image)}
        if not apart:
            continue
        means, worst = max(m for m, _ in apart.values()), max(w for _, w in apart.values())
        said = f"{name}: looks as in poppler (mean difference {means:.2f} of at most {MEAN}, worst block {worst:.1f} of at most {WORST})"
        checks.none((f"{stem}: {m:.2f}, {w:.1f}" for stem, (m, w) in apart.items() if m > MEAN or w > WORST), said)
        unseen = [f"{stem} {what}" for stem, cases in wrong.items() for what, picture in cases.items() if stem in apart and same(pictures[stem], picture)]
        checks.none(unseen, f"{name}: a page that lacks a digit, or has another text, looks different")


if __name__ == "__main__":
    main()
