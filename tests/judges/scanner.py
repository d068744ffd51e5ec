#!/usr/bin/env python3
"""The scanner in Chromium: it reads a code from a camera, says what it states, checks it with the server stopped, and is fooled by nothing.

The camera is a film of a certificate's page on a desk. Keys and list of states come from the server; where a case needs another list or
other keys, a door between browser and server answers instead. Pictures of every answer are left in the work folder, to be looked at.
"""

import argparse
import json
import re
import shutil
import time
from pathlib import Path

import make_list
from browser import Browser, Door
from common import REPOSITORY, Checks, Server, each, make_data, tool
from film import certificate, changed, code_picture, film, page_picture, with_code
from framing import LANGUAGES, SIZES, button, headers_of
from scanner_page import KEYS, LIST, SIGNERS, Scanner, fresh, neither
from states import HOUR, Listed, Statements, published, tampered, unpadded, with_header

FILM = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
REASON = "姓名与证件不符，经核实撤回"
COMPARE = ("请与纸面逐项核对", "Compare with the paper")
READY = ("已可离线使用", "Ready for offline use")


def facts_of(row):
    return [row["number"], row["holder"], row["issued_on"]]


def camera_and_no_server(checks, scanner, rows, good, revoked):
    """A code from a camera, then the same with the server stopped; keys and list are the server's own."""
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
            checks.none((f for f in [*facts_of(row), "蓝海杯", row["achievement"], SIGNERS[at], COMPARE[at]] if f not in found), f"{what}: every fact of the certificate, and a word to compare")
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
        found = scanner.by_picture(revoked["picture"])
        scanner.says(found, "revoked", f"{what}, taken back before")
        checks.check(revoked["number"] in found and REASON not in found, f"{what}, taken back before: its facts, and no more than the list says")
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


def other_states(checks, scanner, rows, pictures, statements):
    """Each thing that a list may say, and no list at all."""
    door, codes, proofs = scanner.door, [row["code"] for row in rows], [row["proof"] for row in rows]
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
        "a heading of seven": statements.list(other={"headings": [*statements.headings, statements.headings[0][:7]]}),
        "a heading of eight digits": statements.list(other={"headings": [[*statements.headings[0][:3], 8, *statements.headings[0][4:]]]}),
        "headings that are no array": statements.list(other={"headings": {}}),
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
        scanner.says(scanner.by_text(proofs[1]), "missing", f"list, {what}, the longer form")
        scanner.look("state-missing-zh")
        scanner.says(scanner.by_text(codes[1]), "no-list", f"list, {what}")
    neither(checks, scanner, "no list")
    scanner.look("state-no-list-zh")
    door.instead[LIST] = statements.list()


def headings(checks, scanner, statements, rows, stranger):
    """Codes whose heading the list does not have, and lists that have it a little later."""
    door, (row, *_) = scanner.door, rows
    short, digits = row["code"], row["code"].rpartition("/")[2]
    asks = lambda: sum(LIST in line for line in door.asked)
    kinds = {"without headings": statements.list(other={"headings": []}), "made before there were any": statements.list(without=("headings",))}
    for language, (what, answer) in zip(LANGUAGES, kinds.items()):
        door.instead[LIST] = answer
        fresh(scanner, language, "phone" if language == "zh" else "desk")
        before = asks()
        found = scanner.by_text(short)
        scanner.says(found, "unknown-heading", f"a list {what}")
        neither(checks, scanner, f"a list {what}")
        checks.equal(asks() - before, 1, f"a list {what}: it is asked for once more before that is said")
        link = scanner.browser.run("document.querySelector('#outcome a').getAttribute('href')")
        checks.equal(link, f"/Q/{digits}", f"a list {what}: the way to this site's own page")
        scanner.look(f"unknown-heading-{language}")
        scanner.says(scanner.by_text(row["proof"]), "unlisted", f"a list {what}, the longer form")
        scanner.says(scanner.by_picture(row["picture"]), "unknown-heading", f"a list {what}, by a picture")
    door.instead[LIST] = statements.list()
    scanner.says(scanner.by_text(short), "unlisted", "a newer list has the heading: the scanner asks for it by itself")
    foreign = changed(short, len(short) - len(digits) + 5)
    door.close()
    found = scanner.by_text(foreign)
    scanner.says(found, "unknown-heading", "a mark that no heading has, server stopped")
    scanner.says(scanner.by_text(short), "unlisted", "and a known one all the same")
    door.open()
    scanner.says(scanner.by_text(stranger["code"]), "unknown", "another installation's code, its heading in the list: an unknown key")
    door.instead[LIST] = statements.list(other={"headings": [h for h in statements.headings if h[0] == statements.headings[0][0]]})
    fresh(scanner, "zh", "phone")
    scanner.says(scanner.by_text(stranger["code"]), "unknown-heading", "the same, not in the list")
    door.instead[LIST] = statements.list()


def not_genuine(checks, scanner, good, stranger, work):
    """What must not pass: pictures of forged codes, other codes, and pictures without one."""
    from PIL import Image

    cases = {
        "a digit changed": (changed(good["code"]), "signature"),
        "a digit of the longer form changed": (changed(good["proof"]), "signature"),
        "by an unknown key": (stranger["code"], "unknown"),
        "the longer form by an unknown key": (stranger["proof"], "unknown"),
        "a digit missing": (good["code"][:-1], "digits"),
        "other bytes": (good["code"].split("/Q/")[0] + "/Q/" + "0" * 17 * 20, "form"),
        "a web address": ("https://example.com/you-have-won?certificate=1", "other"),
        "a network's password": ("WIFI:T:WPA;S:hotel;P:12345678;;", "other"),
    }
    for language in LANGUAGES:
        scanner.page(language, "phone")
        for what, (text, wanted) in cases.items():
            found = scanner.by_picture(code_picture(text, work / "forged.png"))
            scanner.says(found, wanted, f"{what}, {language}")
            checks.none((w for w in (*SIGNERS, "Signature genuine", "签名属实") if w in found), f"{what}, {language}: nothing good is said of it")
            scanner.look(f"refused-{wanted}-{language}")
        checks.check(scanner.browser.run("document.querySelectorAll('#outcome a').length") == 0, f"a foreign code becomes no link, {language}")
        found = scanner.by_text("<img src=x onerror=alert(1)>")
        scanner.says(found, "other", f"markup is shown as text, {language}")
        Image.new("RGB", (800, 600), (240, 238, 230)).save(work / "blank.png")
        scanner.says(scanner.by_picture(work / "blank.png"), "no-code", f"a picture without a code, {language}")
    elsewhere = "HTTPS://YINXIN.EXAMPLE.EVIL.CN/Q/" + good["code"].split("/Q/")[1]
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


AGREE = """(async (texts) => {
  const at = (name) => import(document.querySelector('script[type=module]').src.replace('scan.js', name));
  const [{ check }, { readKeys, readList }, { gbLength }] = [await at('proof.js'), await at('states.js'), await at('gb18030.js')];
  const { proof, statement } = await readKeys(await (await fetch('/.well-known/jwks.json')).json());
  const { headings } = await readList(await (await fetch('/.well-known/revocations.jws')).text(), statement);
  const verdicts = [];
  for (const text of texts) verdicts.push((await check(text, proof, headings)).verdict);
  let lengths = '';
  for (let char = 0; char <= 0x10ffff; char += 1) if (char < 0xd800 || char > 0xdfff) lengths += gbLength(String.fromCodePoint(char)) ?? 0;
  return [verdicts, lengths];
})"""
# What `yinxin verify --qr` says to what the scanner calls by these names.
REASONS = {
    "digits": "digits of the code are missing or wrong", "form": "not a canonical proof", "unknown_heading": "is not at hand", "unknown_key": "unknown key", "signature": "signature is invalid",
    "not_a_token": "not the text of a certificate's QR code",
}


def same_verdicts(checks, scanner, yinxin, good, stranger, work):
    """The program, this browser and node (which tests/scanner compares with the program's own tables) say the same."""
    texts = [stranger["code"], stranger["proof"], "", "x"]
    for text in (good["code"], good["proof"]):
        front, digits = text.split("/Q/")
        texts += [text, text.lower(), digits, f" {digits[:7]} {digits[7:]}\n", front, f"{text}?", f"0{text}"]
        texts += [f"{front}/Q/{changed(digits, at)}" for at in range(3, len(digits), 9)]
    found, lengths = scanner.browser.run(f"{AGREE}({json.dumps(texts)})")
    wanted = [json.loads(answer.stdout) for answer in each(lambda text: yinxin.run("verify", "--json", "--qr", text), texts)]
    verdicts = {"proven": ("genuine", "revoked", "corrected"), "unknown_heading": ("unknown",)}
    agree = lambda f, w: w["verdict"] in verdicts.get(f, ("not-genuine",)) and REASONS.get(f, "") in w.get("reason", "")
    other = [(t[:60], f, w) for t, f, w in zip(texts, found, wanted) if not agree(f, w)]
    checks.check(len(set(found)) >= 5, f"{len(texts)} texts, among them {sorted(set(found))}")
    checks.none(other, "the program and the browser give the same verdict on each")
    modules = work / "modules"
    shutil.copytree(REPOSITORY / "src/web/static", modules)
    (modules / "package.json").write_text('{"type":"module"}')
    asked = json.dumps({"modules": str(modules), "keys": {}, "texts": []}).encode()
    by_node = json.loads(tool("node", REPOSITORY / "tests/scanner/agree.mjs", input=asked).stdout)["lengths"]
    checks.check(len(lengths) == 1_112_064 and lengths == by_node, "the browser knows the same GB 18030 as node, for every character")


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("scanner"), arguments.work / "scanner"
    yinxin, strangers = make_data(arguments.bin, work / "data"), make_data(arguments.bin, work / "strangers")
    for installation, seed in ((yinxin, 3), (strangers, 4)):
        make_list.write(work / "list.csv", make_list.rows(4, "第十四届蓝海杯大赛", seed))
        installation.must("import", work / "list.csv")
        installation.must("issue", "--out", work / f"out-{installation.data.name}")
    rows = [certificate(row, work / "out-data", work) for row in yinxin.list()]
    stranger = certificate(strangers.list()[0], work / "out-strangers", work)
    with Server(strangers) as server:
        of_strangers = Listed(server, work).headings
    revoked = rows[3]
    yinxin.must("revoke", revoked["number"], "--reason", REASON)
    good, pictures = rows[0]["code"], {row["number"]: row["picture"] for row in rows}
    seen = film(page_picture(rows[0]["pdf"], work), work / "good.y4m")
    forged_film = film(with_code(rows[0], changed(good), work), work / "forged.y4m")
    with Server(yinxin) as server:
        headers_of(checks, server)
        door = Door(server.port).open()
        with Browser(work / "profile", [*FILM, f"--use-file-for-fake-video-capture={seen}"]) as browser:
            scanner = Scanner(checks, browser, door, work)
            camera_and_no_server(checks, scanner, rows, good, revoked)
            # From here on the judge's own key signs the lists; the strangers' headings are in them too.
            of_ours = Listed(server, work).headings
            statements = Statements(of_ours + of_strangers)
            door.instead = {KEYS: published(server, statements), LIST: statements.list()}
            other_states(checks, scanner, rows, pictures, statements)
            headings(checks, scanner, statements, rows, stranger)
            not_genuine(checks, scanner, rows[0], stranger, work)
            other_browsers(checks, scanner, good, pictures[rows[0]["number"]])
            # The program knows its own headings.
            door.instead[LIST] = statements.list(other={"headings": of_ours})
            same_verdicts(checks, scanner, yinxin, rows[0], stranger, work)
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


if __name__ == "__main__":
    main()
