//! What a seal costs: signing, reading back, proving, checking; beside a fixed yardstick, since machines differ.

use yinxin::domain::issuer::SignatureAlgorithm;
use yinxin::sealing::seal::seal;
use yinxin::sealing::specimen::{Keys, document};
use yinxin::sealing::verify::Verifier;

/// The length of a usual certificate.
const WEIGHT: usize = 120_000;
const ALGORITHMS: [&str; 2] = ["p256", "ed25519"];

fn main() {
    divan::main();
}

fn keys(code: &str) -> Keys {
    Keys::new(SignatureAlgorithm::from_code(code).unwrap_or_default(), 1)
}

#[divan::bench]
fn yardstick_sha256_of_1_mb(bencher: divan::Bencher) {
    use sha2::Digest as _;
    let megabyte = vec![7u8; 1_000_000];
    bencher.bench(|| sha2::Sha256::digest(divan::black_box(&megabyte)));
}

#[divan::bench(args = ALGORITHMS)]
fn sealing(bencher: divan::Bencher, algorithm: &str) {
    let keys = keys(algorithm);
    bencher.with_inputs(|| document(&keys.signing, WEIGHT)).bench_values(|checked| seal(checked, &keys.signing));
}

#[divan::bench(args = ALGORITHMS)]
fn reading_back(bencher: divan::Bencher, algorithm: &str) {
    let keys = keys(algorithm);
    let verifier = Verifier::new(&keys.trust).ok();
    let expected = keys.expected();
    bencher.with_inputs(|| seal(document(&keys.signing, WEIGHT), &keys.signing)).bench_values(|sealed| {
        let verifier = verifier.as_ref()?;
        sealed.ok()?.read_back(verifier, &expected).ok()
    });
}
