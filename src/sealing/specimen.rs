//! Keys and a document for tests and benches of this room, made without the document room. Never part of a release build.

use std::sync::Arc;

use crate::document::Prefix;
use crate::document::checks::Checked;
use crate::domain::issuer::{Issuer, SignatureAlgorithm};
use crate::domain::time::Instant;

use super::keyring::{KeyError, ProofKey, SigningIdentity, Trust, make};
use super::seal::Expected;

/// 2024-01-05 09:30:00 in Beijing.
#[must_use]
pub fn now() -> Instant {
    Instant::start_of(jiff::civil::date(2024, 1, 5)).map_or_else(|_| unreachable!(), |day| day.plus_millis(34_200_000))
}

/// Bytes that look random and are the same in each run.
pub fn source(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move |bytes| {
        for byte in bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state.to_le_bytes()[3];
        }
    }
}

/// An issuer.
#[must_use]
pub fn issuer(algorithm: SignatureAlgorithm) -> Issuer {
    let id = "lanhai".parse().unwrap_or_else(|_| unreachable!());
    Issuer { id, name: "蓝海杯大赛组委会".into(), name_en: "Lanhai Cup Committee".into(), algorithm }
}

/// All keys of an installation with one issuer.
#[derive(Debug)]
pub struct Keys {
    /// Whose they are.
    pub issuer: Issuer,
    /// For files.
    pub signing: SigningIdentity,
    /// For QR codes.
    pub proof: ProofKey,
    /// What a verifier needs.
    pub trust: Trust,
}

impl Keys {
    /// The same keys for the same seed.
    #[must_use]
    pub fn new(algorithm: SignatureAlgorithm, seed: u64) -> Self {
        Self::try_new(algorithm, seed).unwrap_or_else(|_| unreachable!())
    }

    fn try_new(algorithm: SignatureAlgorithm, seed: u64) -> Result<Self, KeyError> {
        let issuer = issuer(algorithm);
        let mut random = source(seed);
        let root = make::root(&issuer, now(), &mut random)?;
        let signing = make::signing(&issuer, &root, now(), &mut random)?;
        let proof = make::proof(&issuer, &mut random);
        let trust = Trust { roots: vec![root.certificate()?], proof_keys: vec![proof.public(&issuer.name)] };
        Ok(Self { issuer, signing, proof, trust })
    }

    /// What the record of a document of [`document`] says.
    #[must_use]
    pub fn expected(&self) -> Expected {
        Expected { signer: self.signing.fingerprint(), signed_at: now() }
    }
}

/// A PDF 2.0 file of about `weight` bytes, most of them in the prefix, with an empty signature field.
#[must_use]
pub fn document(identity: &SigningIdentity, weight: usize) -> Checked {
    let mut draft = Draft::default();
    draft.bytes.extend_from_slice(b"%PDF-2.0\n%\xE5\x8D\xB0\xE4\xBF\xA1\n");
    let extension = "/Extensions << /ISO_ [ << /Type /DeveloperExtensions /BaseVersion /2.0 /ExtensionLevel 32002 \
        /ExtensionRevision (:2022) /URL (https://www.iso.org/standard/45875.html) >> ] >>";
    let acro_form = "/AcroForm << /Fields [ 5 0 R ] /SigFlags 3 >>";
    draft.object(1, &format!("<< /Type /Catalog /Version /2.0 /Pages 2 0 R {acro_form} {extension} >>"));
    draft.object(2, "<< /Type /Pages /Kids [ 4 0 R ] /Count 1 >>");
    let mut noise = vec![0; weight];
    source(99)(&mut noise);
    draft.stream(3, &noise);
    let prefix = Arc::new(Prefix::of(std::mem::take(&mut draft.bytes)));
    draft.before = prefix.bytes().len();
    draft.object(4, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] /Resources << >> /Contents 7 0 R /Annots [ 5 0 R ] >>");
    let widget = "/Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /TU (Seal) /F 132 /Rect [ 0 0 0 0 ]";
    draft.object(5, &format!("<< {widget} /P 4 0 R /V 6 0 R >>"));
    let slot = draft.signature(6, identity.signature_bytes());
    draft.stream(7, b"0.9 g 50 50 200 200 re f");
    draft.finish(slot, prefix)
}

#[derive(Default)]
struct Draft {
    bytes: Vec<u8>,
    before: usize,
    offsets: Vec<usize>,
}

impl Draft {
    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn object(&mut self, number: usize, body: &str) {
        self.offsets.push(self.before + self.bytes.len());
        self.text(&format!("{number} 0 obj\n{body}\nendobj\n"));
    }

    fn stream(&mut self, number: usize, content: &[u8]) {
        self.offsets.push(self.before + self.bytes.len());
        self.text(&format!("{number} 0 obj\n<< /Length {} >>\nstream\n", content.len()));
        self.bytes.extend_from_slice(content);
        self.text("\nendstream\nendobj\n");
    }

    fn signature(&mut self, number: usize, reserved: usize) -> std::ops::Range<usize> {
        let head = "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20240105093000+08'00')";
        self.object(number, &format!("<< {head} /ByteRange [ 0 {0} {0} {0} ] /Contents <{1}> >>", "##########", "0".repeat(2 * reserved)));
        let open = self.bytes.iter().rposition(|b| *b == b'<').unwrap_or(0);
        let start = self.before + open;
        start..start + 2 * reserved + 2
    }

    fn finish(mut self, slot: std::ops::Range<usize>, prefix: Arc<Prefix>) -> Checked {
        let at = self.before + self.bytes.len();
        let count = self.offsets.len() + 1;
        self.text(&format!("xref\n0 {count}\n0000000000 65535 f \n"));
        for offset in std::mem::take(&mut self.offsets) {
            self.text(&format!("{offset:010} 00000 n \n"));
        }
        let id = "00112233445566778899aabbccddeeff";
        self.text(&format!("trailer\n<< /Size {count} /Root 1 0 R /ID [ <{id}> <{id}> ] >>\nstartxref\n{at}\n%%EOF\n"));
        let length = self.before + self.bytes.len();
        for value in [slot.start, slot.end, length - slot.end] {
            let place = self.bytes.windows(10).position(|w| w == b"##########").unwrap_or(0);
            self.bytes[place..place + 10].copy_from_slice(format!("{value:<10}").as_bytes());
        }
        Checked::specimen(prefix, self.bytes, slot)
    }
}
