#!/usr/bin/env python3
"""Checks a signed answer, or a number against a list of states, as docs/statements.md says.

    statement_checker.py statement LH14202400001.jws jwks.json
    statement_checker.py state LH14202400001 revocations.jws jwks.json

Needs PyJWT with `cryptography`, and nothing of Yinxin.
"""

import base64
import hashlib
import json
import sys
import time

import jwt

STATEMENT, STATES = "yinxin-statement+jwt", "yinxin-revocations+jwt"
SKEW = 300


class Refused(Exception):
    """The text is not to be believed."""


def require(holds, why):
    if not holds:
        raise Refused(why)


def unpadded(text):
    require(isinstance(text, str) and "=" not in text and not set(text) & set("+/ \n"), "base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(text, typ, key_set, now):
    """The payload: the page's steps 1 to 5, the signature by PyJWT."""
    header = json.loads(unpadded(text.split(".")[0]))
    require(set(header) == {"alg", "kid", "typ"} and header["alg"] == "EdDSA", "the header's members")
    require(header["typ"] == typ, f"the type {header['typ']!r} is not {typ}")
    keys = [key for key in key_set["keys"] if key["kid"] == header["kid"] and key.get("yinxin_use") == "statement"]
    require(len(keys) == 1, "a statement key has this name")
    require(hashlib.sha256(unpadded(keys[0]["x"])).hexdigest()[:16] == header["kid"], "the key's name is its own")
    options = {"verify_iat": False, "verify_aud": False}
    payload = jwt.decode(text, jwt.PyJWK(keys[0]), algorithms=["EdDSA"], options=options)
    require(isinstance(payload["iat"], int) and payload["iat"] <= now + SKEW, "it is from the future")
    return payload


def believed(check):
    """Any fault on the way is a refusal."""

    def checked(*arguments, **named):
        try:
            return check(*arguments, **named)
        except Refused:
            raise
        except Exception as fault:  # a strange text is a refused one
            raise Refused(f"{type(fault).__name__}: {fault}") from fault

    return checked


@believed
def statement(text, key_set, now=None):
    """What a statement says."""
    payload = opened(text.strip(), STATEMENT, key_set, now or time.time())
    require(set(payload) >= {"iss", "iat", "jti", "asked", "status", "answer"}, "the members of a statement")
    require(payload["status"] in (200, 404) and payload["asked"]["by"] in ("number", "name", "identity", "file", "list", "bulk", "notice"), "what was asked and answered")
    return payload


def entries(text):
    data = unpadded(text)
    found = [data[at : at + 8] for at in range(0, len(data), 8)]
    require(len(data) % 8 == 0 and all(a < b for a, b in zip(found, found[1:])), "whole entries in ascending order")
    return set(found)


@believed
def states(text, key_set, now=None):
    """(revoked, corrected, whether stale, the payload) of a list."""
    now = now or time.time()
    payload = opened(text.strip(), STATES, key_set, now)
    require(payload["hash"] == "sha-256/8", "how entries are made")
    revoked, corrected = entries(payload["revoked"]), entries(payload["corrected"])
    require(payload["counts"] == {"revoked": len(revoked), "corrected": len(corrected)}, "the counts")
    return revoked, corrected, now >= payload["next_update"], payload


def entry(number):
    return hashlib.sha256(number.encode("ascii")).digest()[:8]


def main():
    try:
        match sys.argv[1:]:
            case ["statement", path, keys]:
                with open(path, encoding="utf-8", errors="replace") as file, open(keys, encoding="utf-8") as key_set:
                    print(json.dumps(statement(file.read(), json.load(key_set)), ensure_ascii=False, indent=2))
            case ["state", number, path, keys]:
                with open(path, encoding="utf-8", errors="replace") as file, open(keys, encoding="utf-8") as key_set:
                    revoked, corrected, stale, payload = states(file.read(), json.load(key_set))
                state = "revoked" if entry(number) in revoked else "corrected" if entry(number) in corrected else "not listed"
                print(f"{state}; the list is {(time.time() - payload['iat']) / 60:.0f} minutes old{' and STALE' if stale else ''}")
            case _:
                raise SystemExit(__doc__)
    except Refused as why:
        raise SystemExit(f"REFUSED: {why}") from None


if __name__ == "__main__":
    main()
