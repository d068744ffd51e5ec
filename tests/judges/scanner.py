#!/usr/bin/env python3
"""The scanner in Chromium: it reads a code from a camera, says what it states, checks it with the server stopped, and is fooled by nothing.

The camera is a film of a certificate's page on a desk. Keys and list of states come from the server; where a case needs another list or
other keys, a door between browser and server answers instead. Pictures of every answer are left in the work folder, to be looked at.
"""

import argparse
import base64
import hashlib
import json
import math
import re
import time
from pathlib import Path

import make_list
from browser import Browser, Door
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from common import Checks, Server, make_data, tool

KEYS, LIST = "/.well-known/jwks.json", "/.well-known/revocations.jws"
FILM = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
HOUR = 3600
# Words of each answer, by language.
WORDS = {
    "unlisted": ("签名属实，未列入吊销名单", "Signature genuine, not listed as revoked"),
    "revoked": ("证书已吊销", "This certificate was revoked"),
    "corrected": ("证书已更正换发", "Replaced by a corrected certificate"),
    "outdated": ("名单太旧，不能确定", "whether it was revoked since is not known"),
    "missing": ("没有名单，不能确定", "whether it was revoked is not known"),
    "clock": ("本机时钟有误", "this device’s clock is wrong"),
    "signature": ("签名不符", "the signature does not fit"),
    "unknown": ("签发密钥未知", "signed by an unknown key"),
    "form": ("不是规范的证明", "not a proper proof"),
    "digits": ("数字不完整或有误", "digits are missing or wrong"),
    "other": ("这不是证书的二维码", "This is not the code of a certificate"),
    "no-keys": ("本机没有密钥", "no keys on this device"),
    "no-code": ("没有读到二维码", "No code could be read"),
    "no-camera": ("没有找到相机", "No camera was found"),
    "denied": ("没有相机权限", "The camera was not allowed"),
}
COMPARE = ("请与纸面逐项核对", "Compare with the paper")
READY = ("已可离线使用", "Ready for offline use")


def words(name, language):
    return WORDS[name][0 if language == "zh" else 1]


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Statements:
    """A service key of the judge's own, which signs lists of states."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid = hashlib.sha256(self.public).hexdigest()[:16]

    def jwk(self):
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": unpadded(self.public), "yinxin_use": "statement"}

    def list(self, age=0, revoked=(), corrected=(), other=None):
        entries = lambda numbers: b"".join(sorted(hashlib.sha256(n.encode()).digest()[:8] for n in numbers))
        made = int(time.time()) - age
        claims = {
            "iss": "https://yinxin.example", "iat": made, "next_update": made + HOUR, "hash": "sha-256/8",
            "revoked": unpadded(entries(revoked)), "corrected": unpadded(entries(corrected)),
            "counts": {"revoked": len(revoked), "corrected": len(corrected)}, **(other or {}),
        }
        head = {"alg": "EdDSA", "kid": self.kid, "typ": "yinxin-revocations+jwt"}
        text = ".".join(unpadded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        return 200, "application/jose", f"{text}.{unpadded(self.key.sign(text.encode()))}".encode()


def published(yinxin, statements):
    """The key set as the server publishes it, with the judge's own service key."""
    keys = json.loads((yinxin.public / "proof-keys.json").read_text())["keys"]
    for key in keys:
        name = key.pop("issuer_name")
        key["issuer"], key["yinxin_use"] = {"id": key["issuer"], "name": name, "name_en": ""}, "proof"
    return 200, "application/jwk-set+json", json.dumps({"keys": [*keys, statements.jwk()]}).encode()


# pictures of codes


def page_picture(pdf, work, dpi=200):
    from PIL import Image

    stem = work / pdf.stem
    tool("pdftoppm", "-r", dpi, "-png", "-singlefile", pdf, stem, check=True)
    return Image.open(f"{stem}.png").convert("RGB")


def code_in(picture):
    import zxingcpp

    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code


def drawn(text, scale, quiet):
    import zxingcpp
    from PIL import Image

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=scale, add_quiet_zones=quiet)
    return Image.frombytes("L", (code.shape[1], code.shape[0]), bytes(memoryview(code).tobytes())).convert("RGB")


def code_picture(text, path):
    """A code of its own, as a forger prints it."""
    from PIL import Image

    sheet = Image.new("RGB", (1200, 1600), (250, 248, 240))
    sheet.paste(drawn(text, 6, True), (200, 300))
    sheet.save(path)
    return path


def film(picture, path, width=1280, height=720, turn=4):
    """What a camera sees: the page on a desk, its code large, a little turned and not quite sharp; two pictures, over and over (YUV4MPEG2)."""
    from PIL import Image, ImageFilter

    place = code_in(picture).position
    x, y = (place.top_left.x + place.bottom_right.x) / 2, (place.top_left.y + place.bottom_right.y) / 2
    scale = math.hypot(place.top_right.x - place.top_left.x, place.top_right.y - place.top_left.y) / (0.5 * height)
    angle = math.radians(turn)
    a, b = scale * math.cos(angle), scale * math.sin(angle)
    matrix = (a, -b, x - a * width / 2 + b * height / 2, b, a, y - b * width / 2 - a * height / 2)
    with open(path, "wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420mpeg2\n".encode())
        for blur in (0.5, 0.9):
            seen = picture.transform((width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=(120, 105, 90))
            luma, blue, red = seen.filter(ImageFilter.GaussianBlur(blur)).convert("YCbCr").split()
            half = (width // 2, height // 2)
            out.write(b"FRAME\n" + luma.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes())
    return path


# what happens on the page


class Scanner:
    """The page in one browser, in a language and a size."""

    def __init__(self, checks, browser, door, work):
        self.checks, self.browser, self.door, self.work = checks, browser, door, work
        self.language = "zh"

    def page(self, language, size, before=None, name="/scan"):
        self.language = language
        width, height = SIZES[size]
        self.browser.ask("page", width=width, height=height, language=LANGUAGES[language], before=before, touch=size == "phone")
        opened = self.browser.ask("open", url=self.door.url + name)
        self.browser.wait("document.getElementById('ready')?.dataset.done === 'yes'")
        return opened

    def text(self, id):
        return self.browser.run(f"document.getElementById('{id}').innerText")

    def answered(self, seconds=20):
        return self.browser.wait("!document.getElementById('answer').hidden", seconds)

    def by_camera(self, seconds=20):
        self.browser.ask("click", selector="#start")
        return self.answered(seconds)

    def by_picture(self, path):
        self.browser.run("document.getElementById('answer').hidden || document.getElementById('other-door').click()")
        self.browser.ask("upload", selector="#picture", path=str(path))
        self.browser.wait("!document.getElementById('answer').hidden || document.querySelector('#picture-says .refused')")
        return self.text("answer") if self.answered(0.5) is True else self.text("picture-says")

    def by_text(self, text):
        self.browser.run("document.getElementById('answer').hidden || document.getElementById('other-door').click()")
        self.browser.run(f"document.getElementById('text').value = {json.dumps(text)}")
        self.browser.run("document.getElementById('paste').requestSubmit()")
        self.answered()
        return self.text("answer")

    def look(self, name):
        """A picture for people, and what axe-core finds."""
        self.browser.ask("shot", path=str(self.work / f"{name}.png"))
        self.checks.none(self.browser.ask("axe"), f"{name}: no violation by axe-core")

    def says(self, found, wanted, what):
        expected = words(wanted, self.language)
        self.checks.check(expected in found, f"{what}: {expected}", f"{found[:300]!r}")


def facts_of(row):
    return [row["number"], row["holder"], row["issued_on"]]


def camera_and_no_server(checks, scanner, rows, good):
    """Must show 1: a code from a camera, then the same with the server stopped."""
    browser, door = scanner.browser, scanner.door
    row = rows[0]
    for language in LANGUAGES:
        at = 0 if language == "zh" else 1
        for size in SIZES:
            what = f"camera, {language}, {size}"
            opened = scanner.page(language, size)
            checks.equal(opened["status"], 200, f"{what}: the page opens")
            checks.check(READY[at] in scanner.text("ready"), f"{what}: ready for offline use", scanner.text("ready"))
            scanner.look(f"start-{language}-{size}")
            browser.ask("requests", reset=True)
            before = len(door.asked)
            checks.check(scanner.by_camera() is True, f"{what}: a code is read from the camera's film")
            found = scanner.text("answer")
            scanner.says(found, "unlisted", what)
            checks.none((f for f in [*facts_of(row), "蓝海杯", row["achievement"], COMPARE[at]] if f not in found), f"{what}: every fact of the certificate, and a word to compare")
            checks.equal((browser.ask("requests"), door.asked[before:]), ([], []), f"{what}: nothing is asked of anybody for the check")
            scanner.look(f"answer-{language}-{size}")
            checks.equal(browser.ask("faults"), [], f"{what}: no error in the console")
    door.close()
    for language in LANGUAGES:
        opened = scanner.page(language, "phone", name=f"/scan?lang={language}")
        what = f"server stopped, {language}"
        checks.equal(opened, {"status": 200, "worker": True}, f"{what}: the page comes from the device")
        checks.equal(browser.run("document.documentElement.lang"), "zh-CN" if language == "zh" else "en", f"{what}: in its language")
        checks.check(scanner.by_camera() is True, f"{what}: a code is read")
        found = scanner.text("answer")
        scanner.says(found, "unlisted", what)
        checks.none((f for f in facts_of(row) if f not in found), f"{what}: every fact")
        scanner.says(scanner.by_text(changed(good)), "signature", f"{what}, forged")
        scanner.look(f"offline-{language}")
    opened = scanner.page("zh", "phone")
    checks.equal(browser.run("document.documentElement.lang"), "en", "server stopped, no language in the address: the one seen last")
    checks.check(opened["worker"] and scanner.by_camera() is True, "server stopped, third time: a code is read")
    # Nothing but the scanner is the service worker's business.
    try:
        other = scanner.browser.ask("open", url=door.url + "/verify")
    except Exception as error:  # noqa: BLE001  (what a browser says without a network)
        other = str(error)
    checks.check("ERR_CONNECTION_REFUSED" in str(other), "server stopped: every other page is as unreachable as it is", str(other))
    door.open()


def changed(text, at=-40):
    """The text of a code with one of its digits another one, so that it still has the right form."""
    at %= len(text)
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def other_states(checks, scanner, rows, pictures, statements):
    """Each thing that a list may say, and no list at all."""
    door, codes = scanner.door, [row["code"] for row in rows]
    number = rows[1]["number"]
    lists = {
        "revoked": statements.list(revoked=[number, "LH000000000001"]),
        "corrected": statements.list(corrected=[number]),
        "unlisted": statements.list(revoked=[rows[0]["number"]], corrected=[rows[2]["number"]]),
        "outdated": statements.list(age=3 * 24 * HOUR, revoked=[rows[0]["number"]]),
        "clock": statements.list(age=-4 * HOUR),
    }
    faulty = {
        "none there": (404, "text/plain", b"nothing"),
        "by another key": Statements().list(),
        "another kind of statement": with_header(statements, typ="yinxin-statement+jwt"),
        "one more header": with_header(statements, typ="yinxin-revocations+jwt", crit=["b64"]),
        "wrong order": statements.list(other={"revoked": unpadded(b"\2" * 8 + b"\1" * 8), "counts": {"revoked": 2, "corrected": 0}}),
        "not a list": (200, "text/html", b"<h1>Welcome to this hotel's network</h1>"),
        "its last letter changed": tampered(statements.list()),
    }
    for language in LANGUAGES:
        for name, answer in lists.items():
            door.instead[LIST] = answer
            fresh(scanner, language, "phone" if language == "zh" else "desk")
            scanner.says(scanner.by_picture(pictures[number]), name, f"list, {language}")
            scanner.look(f"state-{name}-{language}")
            if name == "outdated":
                scanner.says(scanner.by_text(codes[0]), "revoked", f"an old list that names the number, {language}")
    for what, answer in faulty.items():
        door.instead[LIST] = answer
        fresh(scanner, "zh", "phone")
        scanner.says(scanner.by_text(codes[1]), "missing", f"list, {what}")
    scanner.look("state-missing-zh")
    door.instead[LIST] = statements.list()


def fresh(scanner, language, size, before=None):
    """The page on a device that has kept nothing."""
    scanner.browser.ask("page")
    scanner.browser.ask("open", url=scanner.door.url + "/embed")
    scanner.browser.run(
        "Promise.all([caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name)))),"
        " navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) => one.unregister())))]).then(() => true)"
    )
    scanner.page(language, size, before)


def with_header(statements, **header):
    status, kind, body = statements.list()
    head = unpadded(json.dumps({"alg": "EdDSA", "kid": statements.kid, **header}).encode())
    text = f"{head}.{body.decode().split('.')[1]}"
    return status, kind, f"{text}.{unpadded(statements.key.sign(text.encode()))}".encode()


def tampered(answer):
    status, kind, body = answer
    head, payload, signature = body.decode().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["next_update"] += 10 * 365 * 24 * HOUR
    return status, kind, f"{head}.{unpadded(json.dumps(claims, separators=(',', ':')).encode())}.{signature}".encode()


def not_genuine(checks, scanner, good, stranger, work):
    """What must not pass: pictures of forged codes, other codes, and pictures without one."""
    from PIL import Image

    cases = {
        "a digit changed": (changed(good), "signature"),
        "by an unknown key": (stranger, "unknown"),
        "a digit missing": (good[:-1], "digits"),
        "other bytes": (good.split("/Q/")[0] + "/Q/" + "0" * 17 * 20, "form"),
        "a web address": ("https://example.com/you-have-won?certificate=1", "other"),
        "a network's password": ("WIFI:T:WPA;S:hotel;P:12345678;;", "other"),
    }
    for language in LANGUAGES:
        scanner.page(language, "phone")
        for what, (text, wanted) in cases.items():
            found = scanner.by_picture(code_picture(text, work / "forged.png"))
            scanner.says(found, wanted, f"{what}, {language}")
            checks.none((w for w in ("蓝海杯大赛组委会", "Signature genuine", "签名属实") if w in found), f"{what}, {language}: nothing good is said of it")
            scanner.look(f"refused-{wanted}-{language}")
        checks.check(scanner.browser.run("document.querySelectorAll('#outcome a').length") == 0, f"a foreign code becomes no link, {language}")
        found = scanner.by_text("<img src=x onerror=alert(1)>")
        scanner.says(found, "other", f"markup is shown as text, {language}")
        Image.new("RGB", (800, 600), (240, 238, 230)).save(work / "blank.png")
        scanner.says(scanner.by_picture(work / "blank.png"), "no-code", f"a picture without a code, {language}")
    elsewhere = "HTTPS://YINXIN.EXAMPLE.EVIL.CN/Q/" + good.split("/Q/")[1]
    found = scanner.by_text(elsewhere)
    checks.check("yinxin.example.evil.cn" in found and "not this site" in found, "a genuine proof under another address is told apart", found[:300])
    scanner.look("other-host-en")


WITHOUT_ED25519 = """
const known = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function importKey(form, key, algorithm, ...rest) {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
  return name === 'Ed25519' ? Promise.reject(new DOMException('unknown', 'NotSupportedError')) : known.call(this, form, key, algorithm, ...rest);
};
"""
WITH_DETECTOR = """
globalThis.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(['qr_code']); }
  detect() { globalThis.detected = (globalThis.detected ?? 0) + 1; return Promise.resolve([{ rawValue: CODE }]); }
};
"""
BROKEN_DETECTOR = """
globalThis.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(['qr_code']); }
  detect() { return Promise.reject(new DOMException('no service', 'NotSupportedError')); }
};
"""


def other_browsers(checks, scanner, good, picture):
    """Browsers that lack something, or have more than this one."""
    fresh(scanner, "zh", "phone", before=WITHOUT_ED25519)
    loaded = [r for r in scanner.browser.ask("requests") if "noble-ed25519" in r]
    checks.check(len(loaded) > 0, "without Ed25519 in WebCrypto the library is loaded")
    scanner.says(scanner.by_picture(picture), "unlisted", "without Ed25519 in WebCrypto")
    scanner.says(scanner.by_text(changed(good)), "signature", "without Ed25519 in WebCrypto, forged")
    scanner.page("zh", "phone")
    checks.equal([r for r in scanner.browser.ask("requests") if "noble-ed25519" in r], [], "with it the library is not loaded")
    scanner.page("zh", "phone", before=WITH_DETECTOR.replace("CODE", json.dumps(good)))
    scanner.says(scanner.by_picture(picture), "unlisted", "with the browser's own BarcodeDetector")
    checks.check(scanner.browser.run("globalThis.detected") >= 1, "the browser's own BarcodeDetector is asked")
    scanner.page("zh", "phone", before=BROKEN_DETECTOR)
    scanner.says(scanner.by_picture(picture), "unlisted", "with a BarcodeDetector that does not work")


def slow_and_new(checks, scanner, server, good):
    """A network that hardly answers, and a new version of the scanner."""
    browser, door = scanner.browser, scanner.door
    fresh(scanner, "en", "phone")
    door.delay = {KEYS: 8, LIST: 8}
    start = time.monotonic()
    scanner.page("en", "phone")
    took = time.monotonic() - start
    checks.check(took < 12, "a slow network: the device answers for it", f"{took:.1f} s")
    scanner.says(scanner.by_text(good), "unlisted", "a slow network")
    door.delay = {}
    before = browser.run("caches.keys()")
    worker = server.get("/sw.js")[2].decode()
    version = re.search(r"const VERSION = '([0-9a-f]{16})'", worker).group(1)
    checks.check(f"yinxin-scan-{version}" in before, "the version of the scanner names what is kept", str(before))
    door.instead["/sw.js"] = (200, "text/javascript", worker.replace(f"'{version}'", "'ffffffffffffffff'").encode())
    scanner.page("en", "phone")
    checks.check(
        browser.wait(f"caches.keys().then((names) => names.includes('yinxin-scan-ffffffffffffffff') && !names.includes('yinxin-scan-{version}'))", 60),
        "a new version takes the old one's place",
    )
    door.close()
    scanner.page("en", "phone")
    scanner.says(scanner.by_text(good), "unlisted", "the new version, server stopped")
    door.open()
    del door.instead["/sw.js"]


def no_keys(checks, scanner, good):
    keys = scanner.door.instead.pop(KEYS)
    scanner.door.instead[KEYS] = (503, "text/plain", b"")
    fresh(scanner, "en", "phone")
    scanner.says(scanner.by_text(good), "no-keys", "without keys")
    scanner.look("no-keys-en")
    scanner.door.instead[KEYS] = keys


def no_camera(checks, browser_flags, door, work, picture):
    """No camera, or none allowed: the picture does it."""
    for what, flags in browser_flags.items():
        with Browser(work / f"profile-{what}", flags) as browser:
            scanner = Scanner(checks, browser, door, work)
            scanner.page("en", "phone")
            browser.ask("click", selector="#start")
            browser.wait("document.querySelector('#camera-says .refused')")
            scanner.says(scanner.text("camera-says"), what, f"camera: {what}")
            scanner.look(f"camera-{what}")
            scanner.says(scanner.by_picture(picture), "unlisted", f"camera: {what}, by a picture of the whole page")


def headers_of(checks, server):
    page = server.get("/scan")
    policy = page[1]["content-security-policy"].split("; ")
    checks.none((r for r in ("default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'", "frame-ancestors 'none'") if r not in policy), "/scan: scripts, workers and questions from and to this site alone")
    checks.check("unsafe" not in page[1]["content-security-policy"] and page[1]["permissions-policy"].startswith("camera=(self)"), "/scan: the camera, nothing unsafe")
    for path in ("/", "/verify", "/embed", "/embed/guide"):
        headers = server.get(path)[1]
        checks.check("script-src" not in headers["content-security-policy"] and "camera=()" in headers["permissions-policy"], f"{path}: no script, no camera")
    framed = server.get("/embed")[1]
    checks.check("frame-ancestors *" in framed["content-security-policy"] and "x-frame-options" not in framed and "set-cookie" not in framed, "/embed may be framed, and sets no cookie")
    chosen = server.get("/embed", lang="en", number="LH014202600001")[1]
    checks.check("set-cookie" not in chosen, "/embed sets no cookie for a language either")
    for path in ("/", "/lookup", "/verify", "/c/LH014202600001", "/embed/guide", "/scan"):
        headers = server.get(path)[1]
        checks.check("frame-ancestors 'none'" in headers["content-security-policy"] and headers["x-frame-options"] == "DENY", f"{path} may not be framed")
    checks.equal(server.get("/sw.js")[1]["cache-control"], "no-cache", "the service worker is asked for anew each time")


def button(checks, scanner, server, row, work):
    """The button and the frame on another site: an origin of its own, with a strict policy."""
    import http.server
    import threading

    home, number = scanner.door.url, row["number"]
    body = f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>另一个网站</title></head><body><main><h1>优秀毕业生</h1>
<p><a id="plain" class="yinxin-verify" href="{home}/" data-number="{number[:5]} {number[5:]}">查验证书</a></p>
<p><a id="empty" class="yinxin-verify" href="{home}/" data-number="{number}" data-lang="en"></a></p>
<p><a id="foreign" class="yinxin-verify" href="https://elsewhere.example/" data-number="{number}">别处</a></p>
<p><a id="odd" class="yinxin-verify" href="{home}/" data-number="../../x?">坏编号</a></p>
<iframe id="frame" src="{home}/embed?number={number}" title="查验证书" width="400" height="160"></iframe>
<iframe id="answer" src="{home}/c/{number}" title="不应显示" width="400" height="150"></iframe></main>
<script src="{home}/embed.js" async></script></body></html>""".encode()

    class Other(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", f"default-src 'none'; script-src {home}; frame-src {home}; base-uri 'none'")
            self.end_headers()
            self.wfile.write(body)

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    browser = scanner.browser
    try:
        browser.ask("page", width=1280, height=900)
        browser.ask("open", url=f"http://localhost:{other.server_port}/")
        browser.wait("document.getElementById('plain').target === '_blank'")
        link = lambda id: browser.run(f"(({{href, target, rel, textContent}}) => [href, target, rel, textContent])(document.getElementById('{id}'))")
        checks.equal(link("plain"), [f"{home}/c/{number}", "_blank", "noopener", "查验证书"], "the button leads to the certificate in a tab of its own")
        checks.equal(link("empty"), [f"{home}/c/{number}?lang=en", "_blank", "noopener", "Verify this certificate"], "an empty button gets a text in its language")
        checks.equal(link("foreign")[:2], ["https://elsewhere.example/", ""], "a link that leads elsewhere is left alone")
        checks.equal(link("odd")[0], f"{home}/", "what is no number is not made an address")
        scanner.browser.ask("shot", path=str(work / "button.png"))
        faults = [f for f in browser.ask("faults") if "frame-ancestors" not in f and "ERR_BLOCKED_BY_RESPONSE" not in f]
        checks.equal(faults, [], "another site's strict policy is not violated by the button")
        checks.check(any("frame-ancestors" in f for f in browser.ask("faults")), "the browser refuses to show an answer inside another site")
        browser.run("document.getElementById('plain').click()")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not any(f"/c/{number}" in t for t in browser.ask("tabs")):
            time.sleep(0.1)
        checks.check(any(t == f"{home}/c/{number}" for t in browser.ask("tabs")), "the answer stands in a tab of its own", str(browser.ask("tabs")))
    finally:
        other.shutdown()
        other.server_close()
    for language in LANGUAGES:
        for size, (width, height) in SIZES.items():
            for name in ("/embed", "/embed/guide"):
                browser.ask("page", width=width, height=height, language=LANGUAGES[language])
                browser.ask("open", url=f"{home}{name}" + ("?number=" + number if name == "/embed" else ""))
                scanner.look(f"{name[1:].replace('/', '-')}-{language}-{size}")
                checks.check(browser.run("document.documentElement.scrollWidth <= innerWidth"), f"{name}, {language}, {size}: nothing to scroll sideways")
    without = server.get("/embed/guide")[2].decode()
    checks.check("/embed.js" in without and "<script src" not in without, "the guide shows the code and runs none")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("scanner"), arguments.work / "scanner"
    yinxin, strangers = make_data(arguments.bin, work / "data"), make_data(arguments.bin, work / "strangers")
    for installation, seed in ((yinxin, 3), (strangers, 4)):
        make_list.write(work / "list.csv", make_list.rows(3, "第十四届蓝海杯大赛", seed))
        installation.must("import", work / "list.csv")
        installation.must("issue", "--out", work / f"out-{installation.data.name}")
    rows = [certificate(row, work / "out-data", work) for row in yinxin.list()]
    stranger = certificate(strangers.list()[0], work / "out-strangers", work)["code"]
    good, pictures = rows[0]["code"], {row["number"]: row["picture"] for row in rows}
    statements = Statements()
    seen = film(page_picture(rows[0]["pdf"], work), work / "good.y4m")
    forged_film = film(with_code(rows[0], changed(good), work), work / "forged.y4m")
    with Server(yinxin) as server:
        headers_of(checks, server)
        door = Door(server.port).open()
        door.instead = {KEYS: published(yinxin, statements), LIST: statements.list()}
        with Browser(work / "profile", [*FILM, f"--use-file-for-fake-video-capture={seen}"]) as browser:
            scanner = Scanner(checks, browser, door, work)
            camera_and_no_server(checks, scanner, rows, good)
            other_states(checks, scanner, rows, pictures, statements)
            not_genuine(checks, scanner, good, stranger, work)
            other_browsers(checks, scanner, good, pictures[rows[0]["number"]])
            slow_and_new(checks, scanner, server, good)
            no_keys(checks, scanner, good)
            button(checks, scanner, server, rows[0], work)
        with Browser(work / "profile-forged", [*FILM, f"--use-file-for-fake-video-capture={forged_film}"]) as browser:
            scanner = Scanner(checks, browser, door, work)
            scanner.page("en", "phone")
            checks.check(scanner.by_camera() is True, "a forged code on a page is read from the camera's film")
            scanner.says(scanner.text("answer"), "signature", "camera, forged")
        no_camera(checks, {"no-camera": [], "denied": ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]}, door, work, pictures[rows[0]["number"]])
        door.close()
    checks.done()


def certificate(row, folder, work):
    """A row with what is needed to show it: the code's text, a picture of the page."""
    from PIL import Image

    pdf = folder / f"{row['number']}.pdf"
    page = page_picture(pdf, work)
    path = work / f"{row['number']}-{folder.name}.jpg"
    page.resize((page.width * 3 // 4, page.height * 3 // 4), Image.Resampling.BICUBIC).save(path, quality=85)
    return {**row, "pdf": pdf, "code": code_in(page).text, "picture": path}


def with_code(row, text, work):
    """The page with another code in the place of its own."""
    from PIL import Image

    page = page_picture(row["pdf"], work)
    place = code_in(page).position
    side = place.bottom_right.x - place.top_left.x
    page.paste(drawn(text, 4, False).resize((side, side), Image.Resampling.LANCZOS), (place.top_left.x, place.top_left.y))
    return page


if __name__ == "__main__":
    main()
