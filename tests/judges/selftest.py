#!/usr/bin/env python3
"""Judges the judges: a small PDF, signed here by pyHanko, passes; every attack on it is seen by pyHanko. A code made here is read; no other is."""

import io
import tempfile
from pathlib import Path

from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

import attacks
import code_samples
import hanko
import make_list
from common import Checks, SignedPdf, contiguous

NAME = generic.NameObject


def small_pdf(text):
    writer = PdfFileWriter(stream_xrefs=False)
    content = writer.add_object(generic.StreamObject(stream_data=text))
    box = generic.ArrayObject(generic.FloatObject(n) for n in (0, 0, 842, 595))
    page = generic.DictionaryObject({NAME("/Type"): NAME("/Page"), NAME("/MediaBox"): box, NAME("/Resources"): generic.DictionaryObject(), NAME("/Contents"): content})
    writer.insert_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sign(data, chain):
    der = chain.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    store = SimpleCertificateStore()
    store.register(chain.leaf)
    signer = signers.SimpleSigner(signing_cert=chain.leaf, signing_key=asn1_keys.PrivateKeyInfo.load(der), cert_registry=store)
    details = signers.PdfSignatureMetadata(field_name="Seal", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha512" if chain.is_ed25519 else "sha256", embed_validation_info=False)
    out = io.BytesIO()
    signers.sign_pdf(attacks.IncrementalPdfFileWriter(io.BytesIO(data)), details, signer=signer, output=out, bytes_reserved=8192)
    return out.getvalue()


def main():
    checks = Checks("selftest")
    checks.equal(make_list.check_character("11010519491231002"), "X", "the check character of GB 11643's own example")
    checks.equal(len({make_list.identity_number(n) for n in range(60_000)}), 60_000, "sixty thousand identity numbers, no two the same")
    checks.equal(contiguous(["A00001", "A00002", "A00003"]), [], "a whole series has no fault")
    checks.equal(len(contiguous(["A00001", "A00003", "A00003"])), 2, "a twin and a hole are two faults")
    code_samples.judge(checks)
    for algorithm in ("p256", "ed25519"):
        chain, stranger = hanko.sample_chain(algorithm), hanko.sample_chain(algorithm)
        data, other = (sign(small_pdf(text), chain) for text in (b"0 g 10 10 50 50 re f", b"0 g 90 10 50 50 re f"))
        genuine, why = hanko.judge(data, chain.root)
        checks.require(genuine, f"{algorithm}: the sample is genuine", why)
        checks.check(not hanko.judge(data, stranger.root)[0], f"{algorithm}: not under another root")
        pdf = SignedPdf(data)
        again = pdf.with_cms(hanko.forge(pdf.cms, pdf.covered(), chain))
        genuine, why = hanko.judge(again, chain.root)
        checks.check(genuine, f"{algorithm}: the workbench signs as the issuer would", why)
        forger = hanko.impostor(chain.leaf)
        forged = pdf.with_cms(hanko.forge(pdf.cms, pdf.covered(), forger))
        checks.check(hanko.judge(forged, forger.root)[0], f"{algorithm}: the forger's signature is whole under the forger's own root")
        # The sample's slot is padded with zeros that no digest covers; a file of ours has no such room.
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            cases = folder / "cases"
            attacks.judge_all(checks, None, attacks.random_changes(data, 60, 1, but=range(*pdf.slot)), chain.root, f"{algorithm}: one byte changed", cases)
            attacks.judge_all(checks, None, attacks.gapped(data, None), chain.root, f"{algorithm}: gaps", cases)
            attacks.judge_all(checks, None, attacks.gapped(data, chain), chain.root, f"{algorithm}: gaps, well signed", cases)
            attacks.judge_all(checks, None, attacks.structural(data, other, None, folder), chain.root, f"{algorithm}: structure", cases)
    checks.done()


if __name__ == "__main__":
    main()
