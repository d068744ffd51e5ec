"""The text of a QR code, read from the description in `src/sealing/proof/packed.rs` alone: digits to bytes, bytes to the COSE_Sign1
message that was signed, and its signature checked with the issuer's public proof keys."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

REST = {0: 0, 3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6}
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def token(text):
    """The bytes behind the last `/Q/`: each 17 digits are 7 bytes, the highest first, and a rest is as many bytes as it has room for."""
    digits, out = text.rpartition("/Q/")[2], b""
    for at in range(0, len(digits), 17):
        group = digits[at : at + 17]
        out += int(group).to_bytes(7 if len(group) == 17 else REST[len(group)], "big")
    return out


def unpack(data):
    """(key's name, payload as a list, signature)."""
    kind, kid, day, digest, at = {0x10: 0, 0x11: 1}[data[0]], data[1:5], int.from_bytes(data[5:7], "big"), data[7:23], 24
    left, number = data[23], ""
    while left:
        count = min(left, 3)
        size = 1 if count == 1 else 2
        value, group = int.from_bytes(data[at : at + size], "big"), ""
        for _ in range(count):
            value, letter = divmod(value, 36)
            group = LETTERS[letter] + group
        if value:
            raise ValueError("a group of the number is too large")
        number, left, at = number + group, left - count, at + size
    texts = []
    for _ in range(3):
        size, code = data[at] & 0x7F, "gb18030" if data[at] & 0x80 else "utf-8"
        texts.append(data[at + 1 : at + 1 + size].decode(code))
        at += 1 + size
    if len(data) != at + 64:
        raise ValueError("no signature of 64 bytes at the end")
    return kid, [1, number, kind, *texts, day, digest], data[at:]


def cbor(value):
    """Deterministic CBOR (RFC 8949, 4.2.1) of what occurs here: arrays, text, bytes and natural numbers."""
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(4, len(value)) + b"".join(map(cbor, value))


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in range(4) if number < 1 << (8 << size))
    return bytes([major << 5 | 24 + size]) + number.to_bytes(1 << size, "big")


def proven(text, key_set):
    """The payload, if a key of the set has signed it; else None."""
    kid, payload, signature = unpack(token(text))
    signed = cbor(["Signature1", bytes.fromhex("a10127"), b"", cbor(payload)])
    for key in key_set["keys"]:
        if key["kid"] == kid.hex():
            try:
                Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "==")).verify(signature, signed)
                return payload
            except InvalidSignature:
                continue
    return None
