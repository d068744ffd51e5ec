"""Short codes by a key of the judge's own, made as docs/qr-code.md says: what the reader of codes in `certificate_json` is judged by."""

import hashlib
from itertools import count

import cbor2
from certificate_json import KINDS, Refused, UnknownHeading, code_facts, days, mark
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from states import unpadded

ADDRESS = "HTTPS://YINXIN.EXAMPLE/Q/"
# The example of the page, and its mark.
EXAMPLE, MARK = ["1d0f3c52", "award", "LH", 7, "", "一等奖", "蓝海杯", "2026-11-26"], "24504606"
WIDTHS = (0, 3, 5, 8, 10, 13, 15, 17)


def digits(data):
    groups = (data[at : at + 7] for at in range(0, len(data), 7))
    return ADDRESS + "".join(f"{int.from_bytes(group, 'big'):0{WIDTHS[len(group)]}}" for group in groups)


class Coiner:
    """A proof key, and codes by it."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid = hashlib.sha256(public).hexdigest()[:8]
        self.key_set = {"keys": [{"kid": self.kid, "x": unpadded(public), "issuer": "lanhai"}]}

    def heading(self, kind="award", before="LH14202", width=7, after="", achievement="一等奖", programme="蓝海杯", day="2026-11-26"):
        return [self.kid, kind, before, width, after, achievement, programme, day]

    def code(self, heading, differs, holder, other_spelling=False):
        """The bytes of a code; `differs` may be more than the heading's width holds."""
        _, kind, before, width, after, achievement, programme, day = heading
        number = before + (f"{differs:0{width}}" if width else "") + after
        payload = cbor2.dumps([2, number, list(KINDS).index(kind), holder, achievement, programme, days(day)])
        signature = self.key.sign(cbor2.dumps(["Signature1", bytes.fromhex("a10127"), b"", payload]))
        utf8, gb = holder.encode(), holder.encode("gb18030")
        is_gb = (len(gb) < len(utf8)) != other_spelling
        return bytes([0x20 + is_gb]) + mark(heading) + differs.to_bytes(3, "big") + (gb if is_gb else utf8) + signature

    def twins(self):
        """Two headings of one mark."""
        seen = {}
        for at in count():
            heading = self.heading(achievement=f"第{at}名")
            other = seen.setdefault(mark(heading), heading)
            if other is not heading:
                return other, heading


def verdict(text, headings, key_set):
    try:
        return code_facts(text, headings, key_set)
    except (Refused, UnknownHeading) as why:
        return type(why).__name__


def judge(checks):
    """The reader of codes: it believes what is right, and nothing else."""
    checks.equal(mark(EXAMPLE).hex(), MARK, "codes: the mark of the page's example")
    coiner, stranger = Coiner(), Coiner()
    ask = lambda data, headings: verdict(digits(data), headings, coiner.key_set)
    heading = coiner.heading()
    whole = coiner.heading(kind="ability", before="GXRCPJ", width=0, after="", achievement="工程师（中级）")
    headings = [heading, whole, stranger.heading()]
    for name, of, differs in (("李明", heading, 19), ("𬭎𬱖𠅤", heading, 9_999_999), ("Müller-Nguyễn Thị Ánh", whole, 0)):
        data = coiner.code(of, differs, name)
        said = ask(data, headings)
        wanted = {"number": of[2] + (f"{differs:07}" if of[3] else ""), "kind": of[1], "holder": name, "achievement": of[5], "programme": of[6], "day": days(of[7])}
        checks.equal(said, wanted, f"codes: {name} is proven")
        changed = [bytes([*data[:at], data[at] ^ bit, *data[at + 1 :]]) for at in range(len(data)) for bit in (1, 0x80)]
        checks.none((at for at, other in enumerate(changed) if isinstance(ask(other, headings), dict)), f"codes: {name}, none of {len(changed)} with a changed byte is")
        marked = {ask(other, headings) for other in changed[2:10]}
        checks.equal(marked, {"UnknownHeading"}, f"codes: {name}, of another mark nothing is known")
        checks.equal((ask(data[:-1], headings), ask(data[1:], headings), ask(data + b"\0", headings)), ("Refused",) * 3, f"codes: {name}, a byte less or more")
    spelled = [coiner.code(heading, 19, "李明", other_spelling=True), coiner.code(heading, 19, "Zoe", other_spelling=True)]
    checks.equal([ask(data, headings) for data in spelled], ["Refused"] * 2, "codes: a name in its other spelling")
    large = [coiner.code(heading, 10_000_000, "李明"), coiner.code(whole, 1, "李明")]
    checks.equal([ask(data, headings) for data in large], ["Refused"] * 2, "codes: a number too large for its width")
    other = coiner.heading(before="LH142022", width=6)
    checks.equal(ask(coiner.code(other, 19, "李明"), [other]), "Refused", "codes: a heading that leaves fewer digits to the code than is the rule")
    checks.equal(ask(stranger.code(stranger.heading(), 19, "李明"), headings), "Refused", "codes: a heading of an unknown key")
    one, two = coiner.twins()
    said = [ask(coiner.code(twin, 19, "李明"), [one, two])["achievement"] for twin in (one, two)]
    checks.equal(said, [one[5], two[5]], "codes: of two headings with one mark the signature tells which")
    checks.equal(ask(coiner.code(one, 19, "李明"), [two]), "Refused", "codes: and the other alone proves nothing")
