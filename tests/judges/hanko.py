"""pyHanko as a judge in this process, and as the forger's workbench."""

import hashlib
import io
import logging
from datetime import datetime, timedelta, timezone

from asn1crypto import algos, cms, core, pem, tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from common import SignedPdf

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def certificate(path_or_bytes):
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else open(path_or_bytes, "rb").read()
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)


def judge(data, root):
    """(genuine, why not): one signature, whole, valid, from `root`, over the entire file."""
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=True)
        signatures = reader.embedded_signatures
        if len(signatures) != 1:
            return False, f"{len(signatures)} signatures"
        context = ValidationContext(trust_roots=[root], allow_fetching=False, revocation_mode="soft-fail")
        status = validate_pdf_signature(signatures[0], signer_validation_context=context)
        if not status.bottom_line:
            return False, status.summary()
        if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
            return False, f"covers {status.coverage.name}"
        return True, ""
    except Exception as fault:  # whatever a broken file does to the reader, it is not called genuine
        return False, f"{type(fault).__name__}: {fault}"


class Signer:
    """A key with its certificate chain: the issuer's own, or a forger's."""

    def __init__(self, key, leaf, root=None):
        self.key, self.leaf, self.root = key, leaf, root

    @property
    def is_ed25519(self):
        return isinstance(self.key, ed25519.Ed25519PrivateKey)

    def sign(self, message):
        return self.key.sign(message) if self.is_ed25519 else self.key.sign(message, ec.ECDSA(hashes.SHA256()))


def impostor(like):
    """Another person's key and root, with the very names and times of the certificate `like`."""
    new_key = (lambda: ed25519.Ed25519PrivateKey.generate()) if like.public_key.algorithm == "ed25519" else (lambda: ec.generate_private_key(ec.SECP256R1()))
    original = cx509.load_der_x509_certificate(like.dump())
    root_key, leaf_key = new_key(), new_key()
    digest = None if like.public_key.algorithm == "ed25519" else hashes.SHA256()

    def build(subject, key, extensions):
        builder = cx509.CertificateBuilder(original.issuer, subject, key.public_key(), original.serial_number, original.not_valid_before_utc, original.not_valid_after_utc)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return certificate(builder.sign(root_key, digest).public_bytes(serialization.Encoding.DER))

    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        False,
    )
    root = build(
        original.issuer,
        root_key,
        [(cx509.BasicConstraints(True, None), True), (cx509.KeyUsage(**{**usage, "key_cert_sign": True, "crl_sign": True}), True), (cx509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), False)],
    )
    leaf = build(
        original.subject,
        leaf_key,
        [(cx509.KeyUsage(**{**usage, "digital_signature": True, "content_commitment": True}), True), (cx509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)],
    )
    return Signer(leaf_key, leaf, root)


def forge(original_der, covered, signer):
    """The CMS `original_der` made anew by `signer` over `covered`: same shape and attributes, all of it consistent."""
    content = cms.ContentInfo.load(original_der)
    signed = content["content"].copy()
    info = signed["signer_infos"][0]
    attributes = []
    for attribute in info["signed_attrs"]:
        kind = attribute["type"].native
        if kind == "message_digest":
            digest = hashlib.new(info["digest_algorithm"]["algorithm"].native, covered).digest()
            attribute = cms.CMSAttribute({"type": "message_digest", "values": [core.OctetString(digest)]})
        elif kind == "signing_certificate_v2":
            bound = attribute["values"][0]["certs"][0]
            algorithm = bound["hash_algorithm"]["algorithm"].native if "hash_algorithm" in bound else "sha256"
            renewed = {"cert_hash": hashlib.new(algorithm, signer.leaf.dump()).digest()}
            if algorithm != "sha256":
                renewed["hash_algorithm"] = algos.DigestAlgorithm({"algorithm": algorithm})
            if bound["issuer_serial"].native is not None:
                renewed["issuer_serial"] = tsp.IssuerSerial({"issuer": [x509.GeneralName(name="directory_name", value=signer.leaf.issuer)], "serial_number": signer.leaf.serial_number})
            attribute = cms.CMSAttribute({"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2(renewed)]})]})
        attributes.append(attribute)
    attributes = cms.CMSAttributes(attributes)
    identifier = info["sid"]
    if identifier.name == "issuer_and_serial_number":
        identifier = cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber({"issuer": signer.leaf.issuer, "serial_number": signer.leaf.serial_number})})
    renewed = cms.SignerInfo({
        "version": info["version"], "sid": identifier, "digest_algorithm": info["digest_algorithm"], "signed_attrs": attributes,
        "signature_algorithm": info["signature_algorithm"], "signature": signer.sign(attributes.untag().dump() if hasattr(attributes, "untag") else attributes.dump()),
    })
    signed = cms.SignedData({
        "version": signed["version"], "digest_algorithms": signed["digest_algorithms"], "encap_content_info": signed["encap_content_info"],
        "certificates": [cms.CertificateChoices(name="certificate", value=signer.leaf)], "signer_infos": [renewed],
    })
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


def signing_certificate(data):
    """The certificate inside a signed file."""
    signed = cms.ContentInfo.load(SignedPdf(data).cms)["content"]
    return signed["certificates"][0].chosen


def issuer_signer(keys, leaf):
    """The issuer's own key below `keys`, found by the public key of `leaf`; None where it is sealed or kept elsewhere."""
    for path in sorted(keys.rglob("*")):
        if not path.is_file() or b"PRIVATE KEY" not in path.read_bytes():
            continue
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (ValueError, TypeError):
            continue
        spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        if spki == leaf.public_key.dump():
            return Signer(key, leaf)
    return None


def sample_chain(algorithm):
    """A root and a signing certificate of our own, for judging the judges."""
    key = ed25519.Ed25519PrivateKey.generate() if algorithm == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    name = cx509.Name([cx509.NameAttribute(cx509.NameOID.COMMON_NAME, "Sample issuer")])
    now = datetime.now(timezone.utc)
    draft = cx509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=2), now + timedelta(days=900))
    like = certificate(draft.sign(key, None if algorithm == "ed25519" else hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    return impostor(like)
