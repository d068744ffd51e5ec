"""The scanner's page in a browser, and the words of each of its answers."""

import json

from framing import LANGUAGES, SIZES

KEYS, LIST = "/.well-known/jwks.json", "/.well-known/revocations.jws"
SIGNERS = ("蓝海杯大赛组委会", "Lanhai Cup Committee")
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
    "unknown-heading": ("真伪未知：本机名单里还没有这类证书", "does not have this kind of certificate yet"),
    "no-list": ("本机没有名单", "no list on this device"),
    "form": ("不是规范的证明", "not a proper proof"),
    "digits": ("数字不完整或有误", "digits are missing or wrong"),
    "other": ("这不是证书的二维码", "This is not the code of a certificate"),
    "no-keys": ("本机没有密钥", "no keys on this device"),
    "no-code": ("没有读到二维码", "No code could be read"),
    "no-camera": ("没有找到相机", "No camera was found"),
    "denied": ("没有相机权限", "The camera was not allowed"),
}


def words(name, language):
    return WORDS[name][0 if language == "zh" else 1]


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


def fresh(scanner, language, size, before=None):
    """The page on a device that has kept nothing."""
    scanner.browser.ask("page")
    scanner.browser.ask("open", url=scanner.door.url + "/embed")
    scanner.browser.run(
        "Promise.all([caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name)))),"
        " navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) => one.unregister())))]).then(() => true)"
    )
    scanner.page(language, size, before)


def neither(checks, scanner, what):
    """The answer is shown as what is not known: neither as genuine nor as forged."""
    found = scanner.browser.run("Array.from(document.querySelectorAll('#outcome .state'), (one) => one.className)")
    checks.equal(found, ["state none"], f"{what}: neither genuine nor forged")
    text = scanner.text("answer")
    checks.none((w for w in (*SIGNERS, "签名属实", "Signature genuine", "不可信", "Do not trust") if w in text), f"{what}: neither a good word nor a bad one")
