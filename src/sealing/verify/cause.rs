//! What happened to a file that is not genuine, as far as its bytes tell. Nothing here makes a file genuine: these are the words for
//! a verdict that stands already, so that searching is allowed.

use std::ops::Range;

use super::report::{Problem, Report};
use super::{Verifier, file};

/// Where a header may stand behind other bytes, as some readers tolerate it.
const MAX_BEFORE: usize = 64 * 1024;
/// How far from its end a file may have its end marker (ISO 32000-1, annex H: 1024 bytes, of one reader).
const MAX_BEHIND: usize = 1024;
/// Ends that are tried as that of the original: the first ones, since what a forger adds comes behind.
const MAX_ENDS: usize = 4;
/// How much of what was added is looked through.
const MAX_ADDED: usize = 1 << 20;

/// Why a file is not genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Larger than is looked at.
    TooLarge,
    /// No PDF.
    NotAPdf,
    /// Encrypted, which certificates never are.
    Encrypted,
    /// Its end is missing.
    Truncated,
    /// Something stands before the header.
    Prepended,
    /// Something stands behind the end that is no revision.
    Appended,
    /// Something was added in a later revision.
    Revised(Addition),
    /// Written anew by a program: the signature is not over these bytes.
    Rewritten,
    /// No signature.
    Unsigned,
    /// More than one signature.
    SeveralSignatures,
    /// The signature leaves out a part of the file.
    NotWholeFile,
    /// What the signature covers was changed, or the signature was taken from another file.
    Altered,
    /// The signature or its surroundings are not what an issuer makes.
    Malformed,
    /// Signed by someone who is no issuer here.
    OtherSigner,
    /// Signed by someone who is no issuer here but uses an issuer's name.
    ImitatedSigner,
    /// Signed with a certificate that was not valid for that.
    SignerNotValid,
}

/// What a later revision adds; where it adds several things, the first of these that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Addition {
    /// Another signature.
    Signature,
    /// Data for the validation of signatures (DSS).
    Validation,
    /// A note, stamp or drawing on the page.
    Annotation,
    /// Form fields or their values.
    Form,
    /// A page, or what is on one.
    Page,
    /// Metadata or anything else.
    Other,
}

/// The cause, and the genuine file that is still inside, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Why the file is not genuine.
    pub cause: Cause,
    /// The part of it that is genuine by itself: the original, before something was put around it.
    pub original: Option<Range<usize>>,
}

impl Verifier {
    /// Why `pdf` is not genuine; `report` is its own. `names` are those that issuers sign under.
    #[must_use]
    pub fn diagnose(&self, pdf: &[u8], report: &Report, names: &[&str]) -> Diagnosis {
        if report.problems().any(|p| p == Problem::TooLarge) {
            return Diagnosis { cause: Cause::TooLarge, original: None };
        }
        if let Some(original) = self.original(pdf) {
            let added = pdf.get(original.end..).unwrap_or_default();
            let cause = match original.start {
                0 if holds(added, b"startxref") => Cause::Revised(addition(added)),
                0 => Cause::Appended,
                _ => Cause::Prepended,
            };
            return Diagnosis { cause, original: Some(original) };
        }
        Diagnosis { cause: cause(pdf, report, names), original: None }
    }

    /// The first part of `pdf`, smaller than the whole, that is genuine by itself.
    fn original(&self, pdf: &[u8]) -> Option<Range<usize>> {
        let start = header(pdf)?;
        // Ends behind the beginning only: a file may have an end marker before it.
        let mut ends = memchr::memmem::find_iter(pdf.get(start..)?, b"%%EOF").map(|at| start + at + 5).take(MAX_ENDS);
        ends.find_map(|end| {
            let eol = match pdf.get(end..) {
                Some([b'\r', b'\n', ..]) => 2,
                Some([b'\r' | b'\n', ..]) => 1,
                _ => 0,
            };
            let mut parts = [start..end + eol, start..end].into_iter();
            let is_genuine = |part: &[u8]| part.len() < pdf.len() && self.verify(part).is_genuine();
            parts.find(|part| pdf.get(part.clone()).is_some_and(is_genuine))
        })
    }
}

fn header(pdf: &[u8]) -> Option<usize> {
    memchr::memmem::find(&pdf[..pdf.len().min(MAX_BEFORE)], b"%PDF-")
}

fn cause(pdf: &[u8], report: &Report, names: &[&str]) -> Cause {
    let has = |problem| report.problems().any(|p| p == problem);
    match header(pdf) {
        None => return Cause::NotAPdf,
        Some(1..) => return Cause::Prepended,
        Some(0) => {}
    }
    if has(Problem::Encrypted) || holds_key(pdf, b"/Encrypt") {
        return Cause::Encrypted;
    }
    if !holds(&pdf[pdf.len().saturating_sub(MAX_BEHIND)..], b"%%EOF") {
        return Cause::Truncated;
    }
    if file::unsigned(pdf) {
        return Cause::Unsigned;
    }
    if has(Problem::SeveralSignatures) {
        return Cause::SeveralSignatures;
    }
    if has(Problem::End) {
        return Cause::Appended;
    }
    if has(Problem::Revisions) {
        // A linearised file has two tables from the start.
        let linearised = holds(&pdf[..pdf.len().min(MAX_BEHIND)], b"/Linearized");
        let added = memchr::memmem::find(pdf, b"%%EOF").and_then(|at| pdf.get(at..)).unwrap_or_default();
        return if linearised { Cause::Rewritten } else { Cause::Revised(addition(added)) };
    }
    if has(Problem::Structure) {
        return Cause::Rewritten;
    }
    signature_cause(report, names)
}

/// The cause where the file can be read as far as its signature.
fn signature_cause(report: &Report, names: &[&str]) -> Cause {
    let has = |problem| report.problems().any(|p| p == problem);
    if has(Problem::Untrusted) {
        let named = report.signer.as_ref().is_some_and(|signer| names.contains(&signer.name.as_str()));
        return if named { Cause::ImitatedSigner } else { Cause::OtherSigner };
    }
    if has(Problem::ByteRange) {
        return Cause::NotWholeFile;
    }
    if has(Problem::MessageDigest) && !has(Problem::Signature) {
        return Cause::Altered;
    }
    if has(Problem::Purpose) || has(Problem::Validity) { Cause::SignerNotValid } else { Cause::Malformed }
}

fn addition(added: &[u8]) -> Addition {
    let added = &added[..added.len().min(MAX_ADDED)];
    let key = |name: &[u8]| holds_key(added, name);
    if key(b"/ByteRange") {
        Addition::Signature
    } else if key(b"/DSS") || key(b"/VRI") {
        Addition::Validation
    } else if key(b"/Annot") && !key(b"/Widget") {
        Addition::Annotation
    } else if key(b"/Widget") || key(b"/FT") {
        Addition::Form
    } else if [&b"/MediaBox"[..], b"/Kids", b"/BaseFont"].iter().any(|name| key(name)) {
        // Each page has the first, each tree of pages the second, each font the third.
        Addition::Page
    } else {
        Addition::Other
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// Whether this name stands in `bytes` and is not the beginning of a longer one.
fn holds_key(bytes: &[u8], name: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, name).any(|at| bytes.get(at + name.len()).is_none_or(|next| !next.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::issuer::SignatureAlgorithm;
    use crate::sealing::seal::seal;
    use crate::sealing::specimen::{Keys, document};
    use proptest::prelude::*;

    fn diagnosed(verifier: &Verifier, pdf: &[u8]) -> Diagnosis {
        verifier.diagnose(pdf, &verifier.verify(pdf), &[])
    }

    #[test]
    fn an_original_is_found_between_what_was_put_around_it() {
        let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 3);
        let verifier = Verifier::new(&keys.trust).unwrap();
        let sealed = seal(document(&keys.signing, 100), &keys.signing).unwrap();
        let original = sealed.read_back(&verifier, &keys.expected()).unwrap().bytes().to_vec();
        let length = original.len();
        for (before, behind, cause) in [
            (&b""[..], &b"x"[..], Cause::Appended),
            (b"", b"1 0 obj<</Type/Page/MediaBox[0 0 9 9]>>endobj\nstartxref\n0\n%%EOF\n", Cause::Revised(Addition::Page)),
            // An end marker before the beginning, as many as are tried and more.
            (b"%%EOF\n", b"", Cause::Prepended),
            (b"%%EOF %%EOF %%EOF %%EOF %%EOF\n", b"y", Cause::Prepended),
        ] {
            let found = diagnosed(&verifier, &[before, &original, behind].concat());
            assert_eq!(found, Diagnosis { cause, original: Some(before.len()..before.len() + length) });
        }
        assert_eq!(diagnosed(&verifier, b"%%EOF\n%PDF-1.7\n"), Diagnosis { cause: Cause::Prepended, original: None });
    }

    proptest! {
        #[test]
        fn any_order_of_the_marks_is_answered(parts in proptest::collection::vec("%PDF-1[.]7\n|%%EOF|startxref|/ByteRange|/Encrypt|[a-z\r\n]{0,9}", 0..12)) {
            let verifier = Verifier::new(&Keys::new(SignatureAlgorithm::Ed25519, 4).trust).unwrap();
            let _ = diagnosed(&verifier, parts.concat().as_bytes());
        }
    }
}
