"""Lists of states for offline checkers, good and bad ones, and the key set beside them, as the site publishes both."""

import base64
import hashlib
import json
import time

import statement_checker
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HOUR = 3600


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Statements:
    """A service key of the judge's own, which signs lists of states with some headings."""

    def __init__(self, headings=()):
        self.headings = list(headings)
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid = hashlib.sha256(self.public).hexdigest()[:16]

    def jwk(self):
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": unpadded(self.public), "yinxin_use": "statement"}

    def list(self, age=0, revoked=(), corrected=(), other=None, without=()):
        entries = lambda numbers: b"".join(sorted(hashlib.sha256(n.encode()).digest()[:8] for n in numbers))
        made = int(time.time()) - age
        claims = {
            "iss": "https://yinxin.example", "iat": made, "next_update": made + HOUR, "hash": "sha-256/8",
            "revoked": unpadded(entries(revoked)), "corrected": unpadded(entries(corrected)),
            "counts": {"revoked": len(revoked), "corrected": len(corrected)}, "headings": self.headings, **(other or {}),
        }
        claims = {name: value for name, value in claims.items() if name not in without}
        head = {"alg": "EdDSA", "kid": self.kid, "typ": "yinxin-revocations+jwt"}
        text = ".".join(unpadded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        return 200, "application/jose", f"{text}.{unpadded(self.key.sign(text.encode()))}".encode()


class Listed:
    """What a service publishes for those who check codes with no network: its key set, and its list, whose signature is checked."""

    def __init__(self, server, folder):
        self.key_set = json.loads(server.get("/.well-known/jwks.json")[2])
        text = server.get("/.well-known/revocations.jws")[2].decode()
        self.headings = statement_checker.states(text, self.key_set)[3]["headings"]
        self.path = folder / "revocations.jws"
        self.path.write_text(text)


def published(server, statements):
    """The key set as the server publishes it, with the judge's own service key beside the server's."""
    _, headers, body = server.get("/.well-known/jwks.json")
    return 200, headers["content-type"], json.dumps({"keys": [*json.loads(body)["keys"], statements.jwk()]}).encode()


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
