use std::sync::Arc;

use super::*;
use crate::document::Prefix;
use crate::sealing::specimen::{self, Keys, document};
use crate::sealing::verify::{Problem, Report, Rule};
use proptest::prelude::*;

const ALGORITHMS: [SignatureAlgorithm; 2] = [SignatureAlgorithm::EcdsaP256, SignatureAlgorithm::Ed25519];

fn sealed(keys: &Keys) -> Vec<u8> {
    seal(document(&keys.signing, 3000), &keys.signing).unwrap().bytes
}

fn verifier(keys: &Keys) -> Verifier {
    Verifier::new(&keys.trust).unwrap()
}

fn find(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).position(|w| w == word).unwrap()
}

#[test]
fn a_sealed_document_is_released_after_it_reads_back() {
    for algorithm in ALGORITHMS {
        let keys = Keys::new(algorithm, 11);
        let verifier = verifier(&keys);
        let made = || seal(document(&keys.signing, 3000), &keys.signing).unwrap();
        let released = made().read_back(&verifier, &keys.expected()).unwrap();
        assert_eq!(released, made().read_back(&verifier, &keys.expected()).unwrap(), "same record, same bytes");
        assert_eq!(released.file().digest, Digest::of(released.bytes()));
        let report = verifier.verify(released.bytes());
        assert_eq!(report.verdict(), Verdict::Genuine, "{report:?}");
        assert_eq!(report.checks.iter().map(|c| c.rule).collect::<Vec<_>>(), Rule::ALL);
        assert_eq!(report.signer.unwrap().name, "蓝海杯大赛组委会");
        assert_eq!(report.signed_at, Some(specimen::now()));

        let other = Expected { signer: Digest::of(b"other"), ..keys.expected() };
        assert_eq!(made().read_back(&verifier, &other), Err(ReadBackError::Signer));
        let later = Expected { signed_at: specimen::now().plus_millis(1000), ..keys.expected() };
        assert_eq!(made().read_back(&verifier, &later), Err(ReadBackError::SignedAt));
        let within = Expected { signed_at: specimen::now().plus_millis(999), ..keys.expected() };
        assert!(made().read_back(&verifier, &within).is_ok());
    }
}

#[test]
fn a_slot_that_is_too_small_is_refused() {
    let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 11);
    let checked = Checked::specimen(Arc::new(Prefix::of(b"%PDF".to_vec())), b"<0000>".to_vec(), 4..10);
    assert!(matches!(seal(checked, &keys.signing), Err(SealError::Slot(SlotError { slot: 2, .. }))));
}

/// Every byte of the parts that people attack, and a spread over the rest: turned over, and with one bit flipped.
#[test]
fn no_byte_can_change() {
    for algorithm in ALGORITHMS {
        let keys = Keys::new(algorithm, 12);
        let verifier = verifier(&keys);
        let good = sealed(&keys);
        let mut random = specimen::source(7);
        let mut number = move || {
            let mut bytes = [0; 8];
            random(&mut bytes);
            usize::try_from(u64::from_le_bytes(bytes) >> 8).unwrap()
        };
        let slot = find(&good, b"/Contents <");
        let places = (0..250).map(|_| number() % good.len()).collect::<Vec<_>>();
        let in_slot = (0..250).map(|_| slot + number() % (2 * keys.signing.signature_bytes() + 12)).collect::<Vec<_>>();
        let places = places.into_iter().chain(in_slot);
        for at in places.chain(good.len() - 300..good.len() - 1) {
            for mask in [0xFF, 1 << (number() % 8), 0x20] {
                let mut bad = good.clone();
                bad[at] ^= mask;
                assert_ne!(verifier.verify(&bad).verdict(), Verdict::Genuine, "byte {at} ^ {mask:#x}");
            }
        }
    }
}

#[test]
fn every_length_but_one_is_refused() {
    let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 13);
    let verifier = verifier(&keys);
    let good = sealed(&keys);
    for length in (0..good.len()).step_by(37).chain(good.len() - 30..good.len()) {
        assert_ne!(verifier.verify(&good[..length]).verdict(), Verdict::Genuine, "{length}");
    }
    for more in [&b"\n"[..], b" ", b"%", b"%%EOF\n"] {
        assert_ne!(verifier.verify(&[&good, more].concat()).verdict(), Verdict::Genuine);
    }
}

fn problems(report: &Report) -> Vec<Problem> {
    report.problems().collect()
}

#[test]
fn attacks_are_named() {
    let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 14);
    let verifier = verifier(&keys);
    let good = sealed(&keys);
    let table = std::str::from_utf8(&good[good.len() - 30..]).unwrap().split('\n').rev().nth(2).unwrap().to_owned();

    // An appended revision that shows another page, with a table of its own.
    let page = good.len();
    let mut appended = good.clone();
    appended.extend_from_slice(b"4 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n");
    let at = appended.len();
    appended.extend_from_slice(format!("xref\n4 1\n{page:010} 00000 n \ntrailer\n<< /Size 8 /Root 1 0 R /Prev {table} >>\n").as_bytes());
    appended.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    assert_eq!(problems(&verifier.verify(&appended)), [Problem::Revisions]);

    // Trust anchors of somebody else, and somebody else's signature under the same names.
    let other = Keys::new(SignatureAlgorithm::EcdsaP256, 15);
    assert_eq!(problems(&super::Verifier::new(&other.trust).unwrap().verify(&good)), [Problem::Untrusted]);
    assert_eq!(problems(&verifier.verify(&sealed(&other))), [Problem::Untrusted]);

    // Changed content; the signature moved to another file.
    let mut changed = good.clone();
    let at = find(&good, b"/MediaBox [ 0 0 595");
    changed[at + 16] = b'6';
    assert_eq!(problems(&verifier.verify(&changed)), [Problem::MessageDigest]);

    // Upper-case digits say the same to a lenient reader.
    let slot = find(&good, b"/Contents <") + 11;
    let letter = slot + good[slot..].iter().position(u8::is_ascii_lowercase).unwrap();
    let mut upper = good.clone();
    upper[letter] = upper[letter].to_ascii_uppercase();
    assert_eq!(problems(&verifier.verify(&upper)), [Problem::Slot]);
}

/// A gap beside the signature that the byte range leaves out: signed so by the real key, refused all the same.
#[test]
fn a_byte_range_with_a_gap_is_refused() {
    let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 16);
    let checked = document(&keys.signing, 100);
    let (slot, mut bytes) = (checked.slot(), [checked.prefix().bytes(), checked.tail()].concat());
    let range = find(&bytes, b"/ByteRange");
    let old = format!("{:<10}", slot.end);
    let at = range + find(&bytes[range..], old.as_bytes());
    bytes[at..at + 10].copy_from_slice(format!("{:<10}", slot.end + 4).as_bytes());
    let length = bytes.len() - slot.end;
    let at = range + find(&bytes[range..], format!("{length:<10}").as_bytes());
    bytes[at..at + 10].copy_from_slice(format!("{:<10}", length - 4).as_bytes());
    let der = {
        let digest = sha2::Sha256::new().chain_update(&bytes[..slot.start]).chain_update(&bytes[slot.end + 4..]).finalize();
        keys.signing.frame().sign(&digest, keys.signing.key()).unwrap()
    };
    let file = Checked::specimen(Arc::new(Prefix::of(Vec::new())), bytes, slot).fill(&der).unwrap();
    assert_eq!(problems(&verifier(&keys).verify(&file)), [Problem::ByteRange]);
}

#[test]
fn other_files_get_their_own_answer() {
    let verifier = verifier(&Keys::new(SignatureAlgorithm::Ed25519, 17));
    let verdict = |bytes: &[u8]| verifier.verify(bytes).verdict();
    assert_eq!(verdict(b""), Verdict::NotAPdf);
    assert_eq!(verdict(b"PK\x03\x04 a spreadsheet"), Verdict::NotAPdf);
    assert_eq!(verdict(b"%PDF-1.7 whatever"), Verdict::NoSignature);
    assert_eq!(verdict(b"%PDF-1.7 /ByteRange [ 0 1 2 3 ]"), Verdict::NotGenuine(vec![Problem::End]));
    let small = super::Verifier::new(&Keys::new(SignatureAlgorithm::Ed25519, 17).trust).unwrap().with_max_bytes(10);
    assert_eq!(small.verify(b"%PDF-1.7 whatever").verdict(), Verdict::NotGenuine(vec![Problem::TooLarge]));
}

/// Objects that refer to themselves and to each other end in an answer.
#[test]
fn cycles_end() {
    let verifier = verifier(&Keys::new(SignatureAlgorithm::Ed25519, 18));
    for catalogue in ["1 0 R", "<< /AcroForm 1 0 R /Fields [ 1 0 R 1 0 R ] /FT /Sig /V 1 0 R /ByteRange 1 >>", "[ 1 0 R ]"] {
        let head = format!("%PDF-2.0\n1 0 obj\n{catalogue}\nendobj\n");
        let at = head.len();
        let file = format!("{head}xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Root 1 0 R >>\nstartxref\n{at}\n%%EOF");
        assert_ne!(verifier.verify(file.as_bytes()).verdict(), Verdict::Genuine);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0usize..4000, cut in 0usize..400) {
        thread_local!(static GOOD: (Verifier, Vec<u8>) = {
            let keys = Keys::new(SignatureAlgorithm::Ed25519, 19);
            (verifier(&keys), sealed(&keys))
        });
        GOOD.with(|(verifier, good)| {
            prop_assert_ne!(verifier.verify(&bytes).verdict(), Verdict::Genuine);
            let headed = [b"%PDF-2.0\n", &bytes[..]].concat();
            prop_assert_ne!(verifier.verify(&headed).verdict(), Verdict::Genuine);
            // A stretch of a good file replaced.
            let at = at.min(good.len());
            let spliced = [&good[..at], &bytes[..], &good[(at + cut).min(good.len())..]].concat();
            if spliced != *good {
                prop_assert_ne!(verifier.verify(&spliced).verdict(), Verdict::Genuine);
            }
            Ok(())
        })?;
    }
}

/// Writes sealed files and their roots for other people's verifiers into `YINXIN_JUDGES`.
#[test]
#[ignore = "writes files for a verification by hand; name the folder in YINXIN_JUDGES"]
fn files_for_other_judges() {
    let folder = std::path::PathBuf::from(std::env::var_os("YINXIN_JUDGES").expect("YINXIN_JUDGES names a folder"));
    for algorithm in ALGORITHMS {
        let keys = Keys::new(algorithm, 20);
        let name = |ending: &str| folder.join(format!("{}{ending}", algorithm.code()));
        std::fs::write(name(".pdf"), sealed(&keys)).unwrap();
        std::fs::write(name("-root.pem"), keys.trust.roots_pem().unwrap()).unwrap();
        std::fs::write(name("-signer.pem"), keys.signing.certificate_pem().unwrap()).unwrap();
        std::fs::write(name("-key.pem"), keys.signing.key_pem(Some("secret"), &mut specimen::source(1)).unwrap()).unwrap();
    }
}
