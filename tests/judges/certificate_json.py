#!/usr/bin/env python3
"""Checks a `certificate.json` as docs/certificate-json.md says: `certificate_json.py certificate.json proof-keys.json`. What a QR code says is
checked by `code_facts`, as docs/qr-code.md says.

Needs `cbor2` and `cryptography`, and nothing of Yinxin.
"""

import base64
import hashlib
import json
import re
import sys
from datetime import date, timedelta

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KINDS = {"award": ("获奖证书", "Award Certificate"), "ability": ("岗位能力评价证书", "Ability Certificate")}
AWARDS = {
    "grand": ("特等奖", "Grand Prize"), "first": ("一等奖", "First Prize"), "second": ("二等奖", "Second Prize"),
    "third": ("三等奖", "Third Prize"), "merit": ("优秀奖", "Merit Award"),
}
GRADES = {"junior": ("初级", "Junior"), "intermediate": ("中级", "Intermediate"), "senior": ("高级", "Senior")}
ROLES = {"winner": ("获奖选手", "Winner"), "co-creator": ("共同创作者", "Co-creator"), "instructor": ("指导教师", "Instructor")}
REST = {0: 0, 3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6}
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PROTECTED = bytes.fromhex("a10127")


class Refused(Exception):
    """The file is not to be believed."""


def require(holds, why):
    if not holds:
        raise Refused(why)


def unpadded(text):
    require("=" not in text and not set(text) & set("+/ \n"), "base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_claims(encoded):
    """The claims' bytes and the map in them: step 1."""
    data = unpadded(encoded)
    claims = cbor2.loads(data)
    require(isinstance(claims, dict) and cbor2.dumps(claims, canonical=True) == data, "the claims are canonical")
    require(claims.get(1) == 1 and all(type(key) is int for key in claims) and set(claims) <= set(range(1, 15)), "version and keys of the claims")
    return data, claims


def once(pairs):
    require(len({key for key, _ in pairs}) == len(pairs), "each field once")
    return dict(pairs)


def named(code, names, key):
    require(code in names, f"{key} {code!r}")
    return {key: code, f"{key}_zh": names[code][0], f"{key}_en": names[code][1]}


def someone(parts):
    return {key: value for key, value in zip(("id", "name", "name_en"), parts, strict=True) if value or key != "name_en"}


def plain(claims):
    """The plain fields that the claims call for."""
    achievement = claims[10]
    kind = "award" if 1 in achievement else "ability"
    fields = {"format": "yinxin-certificate/1"} | named(kind, KINDS, "kind")
    if kind == "award":
        require(set(achievement) <= set(range(1, 8)), "keys of an award")
        fields |= named(achievement[1], AWARDS, "level") | named(achievement[2], ROLES, "role")
        inner = {3: "category", 4: "subject", 5: "work", 6: "team", 7: "instructors"}
    else:
        require(set(achievement) == {11, 12}, "keys of an ability")
        fields |= named(achievement[12], GRADES, "level")
        inner = {11: "title"}
    fields |= {name: achievement[key] for key, name in inner.items() if key in achievement}
    outer = {2: "number", 5: "short_name", 6: "organisers", 7: "holder", 8: "school", 9: "document_masked", 12: "issued_on", 13: "verify_at", 14: "replaces"}
    fields |= {name: claims[key] for key, name in outer.items() if key in claims}
    if 11 in claims:
        fields["portrait_sha256"] = claims[11].hex()
    return fields | {"issuer": someone(claims[3]), "programme": someone(claims[4])}


def token(proof):
    """The bytes in the QR code's text: step 3."""
    digits = proof.rpartition("/Q/")[2]
    require(digits.isascii() and digits.isdigit() and len(digits) % 17 in REST, "digits of the proof")
    out = b""
    for at in range(0, len(digits), 17):
        group = digits[at : at + 17]
        length = 7 if len(group) == 17 else REST[len(group)]
        require(int(group) < 256**length, "a group of the proof's digits")
        out += int(group).to_bytes(length, "big")
    return out


def parts(data):
    """(the key's name, the payload, the signature) of the proof's bytes: step 4."""
    kinds, at = {0x10: 0, 0x11: 1}, 24
    require(data[0] in kinds, "the version of the proof")
    left, number = data[23], ""
    while left:
        count = min(left, 3)
        size = 1 if count == 1 else 2
        value, group = int.from_bytes(data[at : at + size], "big"), ""
        for _ in range(count):
            value, letter = divmod(value, 36)
            group = LETTERS[letter] + group
        require(value == 0, "a group of the number")
        number, left, at = number + group, left - count, at + size
    texts = []
    for _ in range(3):
        size, code = data[at] & 0x7F, "gb18030" if data[at] & 0x80 else "utf-8"
        texts.append(data[at + 1 : at + 1 + size].decode(code))
        at += 1 + size
    require(len(data) == at + 64, "64 bytes of signature at the end")
    day, digest = int.from_bytes(data[5:7], "big"), data[7:23]
    return data[1:5], [1, number, kinds[data[0]], *texts, day, digest], data[at:]


def is_signed(payload, signature, keys):
    """Whether one of the keys has signed the payload."""
    signed = cbor2.dumps(["Signature1", PROTECTED, b"", cbor2.dumps(payload)])
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(unpadded(key["x"])).verify(signature, signed)
            return True
        except InvalidSignature:
            continue
    return False


def proven(proof, proof_key, issuer, key_set):
    """The payload, signed by a key of the issuer: steps 4 to 6."""
    kid, payload, signature = parts(token(proof))
    require(kid.hex() == proof_key, "the key's name")
    keys = [key for key in key_set["keys"] if key["kid"] == proof_key and key["issuer"] == issuer]
    require(keys, "a key of the issuer has this name")
    require(is_signed(payload, signature, keys), "the signature")
    return payload


class UnknownHeading(Exception):
    """Nothing is known of the code, neither good nor bad."""


def days(day):
    return (date.fromisoformat(day) - date(1970, 1, 1)) // timedelta(days=1)


def mark(heading):
    """The mark of a row of the list's member `headings`."""
    key, kind, before, width, after, achievement, programme, day = heading
    named = [1, bytes.fromhex(key), list(KINDS).index(kind), before, width, after, achievement, programme, days(day)]
    return hashlib.sha256(cbor2.dumps(named)).digest()[:4]


def short_parts(data):
    """(the mark, the digits that differ as a number, the holder's name, the signature) of a short code's bytes: step 1 of docs/qr-code.md."""
    require(len(data) > 1 + 4 + 3 + 64, "the length of the code")
    text, code = data[8:-64], "gb18030" if data[0] == 0x21 else "utf-8"
    holder = text.decode(code)
    is_shorter = len(holder.encode("gb18030")) < len(holder.encode())
    require(holder.encode(code) == text and is_shorter == (data[0] == 0x21), "the name in its one spelling")
    return data[1:5], int.from_bytes(data[5:8], "big"), holder, data[-64:]


def under(heading, differs, holder):
    """(the key's name, the payload) of a short code under a heading; nothing where its number does not fit: step 3."""
    key, kind, before, width, after, achievement, programme, day = heading
    if differs >= 10**width:
        return []
    number = before + (f"{differs:0{width}}" if width else "") + after
    # Of the longest run of digits, of two as long the later, the last seven.
    run = max(re.finditer("[0-9]+", number), key=lambda run: (len(run[0]), run.start()), default=None)
    if (before, width, after) != ((number[: max(run.start(), run.end() - 7)], min(len(run[0]), 7), number[run.end() :]) if run else (number, 0, "")):
        return []
    return [(key, [2, number, list(KINDS).index(kind), holder, achievement, programme, days(day)])]


def code_facts(text, headings, key_set):
    """What a QR code states, long or short, as {number, kind, holder, achievement, programme, day}; `UnknownHeading` where the list does not
    have its heading, `Refused` for every other that is not proven."""
    try:
        data = token(text)
        if data[0] in (0x20, 0x21):
            named, differs, holder, signature = short_parts(data)
            found = [heading for heading in headings if mark(heading) == named]
            if not found:
                raise UnknownHeading(named.hex())
            stated = [fitting for heading in found for fitting in under(heading, differs, holder)]
            require(stated, "the number fits")
        else:
            key, payload, signature = parts(data)
            stated = [(key.hex(), payload)]
        keys_of = lambda name: [key for key in key_set["keys"] if key["kid"] == name and key.get("yinxin_use", "proof") == "proof"]
        require(any(keys_of(name) for name, _ in stated), "a key has this name")
        for name, payload in stated:
            if is_signed(payload, signature, keys_of(name)):
                facts = dict(zip(("number", "kind", "holder", "achievement", "programme", "day"), payload[1:7]))
                return facts | {"kind": list(KINDS)[facts["kind"]]}
        raise Refused("the signature")
    except (Refused, UnknownHeading):
        raise
    except Exception as fault:  # a strange code is a refused one
        raise Refused(f"{type(fault).__name__}: {fault}") from fault


def check(data, key_set):
    """The facts, if everything that the file says is proven; `Refused` otherwise, whatever is wrong with it."""
    try:
        stated = json.loads(data.decode("utf-8"), object_pairs_hook=once)
        bytes_of_claims, claims = read_claims(stated["claims"])
        facts = plain(claims)
        require({k: v for k, v in stated.items() if k not in ("claims", "proof", "proof_key")} == facts, "the fields are those of the claims")
        payload = proven(stated["proof"], stated["proof_key"], facts["issuer"]["id"], key_set)
        achievement = facts["level_zh"]
        if facts["kind"] == "ability":
            achievement = f"{facts['title']}（{facts['level_zh']}）"
        elif facts["role"] != "winner":
            achievement = f"{facts['level_zh']}（{facts['role_zh']}）"
        digest = hashlib.sha256(bytes_of_claims).digest()[:16]
        wanted = [1, facts["number"], list(KINDS).index(facts["kind"]), facts["holder"], achievement, facts["short_name"], days(facts["issued_on"]), digest]
        require(payload == wanted, "the payload is of these facts")
        return facts
    except Refused:
        raise
    except Exception as fault:  # a strange file is a refused one
        raise Refused(f"{type(fault).__name__}: {fault}") from fault


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with open(sys.argv[1], "rb") as file, open(sys.argv[2], encoding="utf-8") as keys:
        try:
            print(json.dumps(check(file.read(), json.load(keys)), ensure_ascii=False, indent=2))
        except Refused as why:
            raise SystemExit(f"REFUSED: {why}") from None


if __name__ == "__main__":
    main()
