//! What one certificate costs: to print, to check, to seal, to read back. Times on shared machines mean little: the yardstick, SHA-256 over one megabyte,
//! is measured beside them, and their ratio is printed.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use rayon::prelude::*;

use common::{report, time};
use yinxin::document::fonts::FontLibrary;
use yinxin::document::plate::{Plate, PlateSettings};
use yinxin::document::press::Face;
use yinxin::document::qr::QrText;
use yinxin::document::template::{Template, TemplateFiles};
use yinxin::domain::award::{AbilityLevel, Achievement, AwardLevel, Role};
use yinxin::domain::claims::{Claims, Named};
use yinxin::domain::digest::Digest;
use yinxin::domain::heading::Headings;
use yinxin::domain::issuer::{Issuer, SignatureAlgorithm};
use yinxin::domain::name::PersonName;
use yinxin::domain::qr_claims::QrClaims;
use yinxin::domain::time::Instant;
use yinxin::sealing::keyring::{ProofKey, SigningIdentity, Trust, make};
use yinxin::sealing::proof;
use yinxin::sealing::seal::{Expected, seal};
use yinxin::sealing::verify::Verifier;

fn main() {
    let (signing, proof, trust) = keys();
    let fonts = fonts();
    let plate = plate("award", &fonts, signing.signature_bytes());
    let verifier = Verifier::new(&trust).unwrap();
    let people: Vec<Claims> = SURNAMES.chars().zip(GIVEN.chars().cycle()).map(|(s, g)| claims(&format!("{s}{g}"))).collect();
    let qr = QrText { prefix: "HTTPS://CERT.LANHAI.EXAMPLE/Q/".into(), digits: "3141592653589793".repeat(12) };
    let signed_at = Instant::from_millis(1_704_418_200_000).unwrap();
    let whole_proof = format!("HTTPS://CERT.LANHAI.EXAMPLE/Q/{}", "31415926535".repeat(32));
    let face = |n: usize| Face {
        claims: &people[n % people.len()],
        qr: &qr,
        proof: &whole_proof,
        proof_key: proof.kid(),
        signed_at,
        portrait: None,
    };
    let yardstick = common::yardstick();
    report("preflight", time(2000, |n| plate.preflight(face(n).claims).unwrap()), yardstick);
    report("press", time(2000, |n| drop(std::hint::black_box(plate.press(&face(n)).unwrap()))), yardstick);
    report("press and check", time(2000, |n| drop(std::hint::black_box(plate.press(&face(n)).unwrap().check().unwrap()))), yardstick);
    // Each document is made beforehand, outside the clock.
    let checked = |n: usize| plate.press(&face(n)).unwrap().check().unwrap();
    let mut ready: Vec<_> = (0..1000).map(checked).collect();
    report("seal", time(200, |_| drop(std::hint::black_box(seal(ready.pop().unwrap(), &signing).unwrap()))), yardstick);
    let expected = Expected { signer: signing.fingerprint(), signed_at };
    let mut sealed: Vec<_> = (0..1000).map(|n| seal(checked(n), &signing).unwrap()).collect();
    let read_back = |_| drop(std::hint::black_box(sealed.pop().unwrap().read_back(&verifier, &expected).unwrap()));
    report("read back", time(200, read_back), yardstick);
    ability(&self::plate("ability", &fonts, signing.signature_bytes()), (&qr, &proof, &signing), yardstick);
    let whole = |n: usize| drop(seal(checked(n), &signing).unwrap().read_back(&verifier, &expected).unwrap());
    let [one, two] = [1, 2].map(|threads| in_parallel(threads, whole));
    report("whole, one thread", one, yardstick);
    report("whole, two threads", two, yardstick);
    println!("two threads make {:.2} times as many as one", one.as_secs_f64() / two.as_secs_f64());
    let facts: Vec<QrClaims> = people.iter().map(QrClaims::of).collect();
    let prove = |n: usize| proof::prove(&facts[n % facts.len()], &proof, "https://cert.lanhai.example").unwrap();
    report("prove", time(2000, |n| drop(std::hint::black_box(prove(n)))), yardstick);
    let code = |n: usize| proof::code(&facts[n % facts.len()], &proof, "https://cert.lanhai.example").unwrap();
    report("code", time(2000, |n| drop(std::hint::black_box(code(n)))), yardstick);
    let headings: Headings = (0..facts.len()).map(|n| code(n).heading).collect();
    for (name, text) in [("check a proof", prove(0).whole()), ("check a code", code(0).text.whole())] {
        report(name, time(2000, |_| drop(std::hint::black_box(proof::check(&text, &trust, &headings).unwrap()))), yardstick);
    }
    let bytes = plate.press(&face(0)).unwrap().check().unwrap().fill(&[]).unwrap().len();
    println!("file: {bytes} bytes, of which the plate {}", plate.prefix().bytes().len());
}

/// An ability certificate with a portrait of 40 KB, pressed and signed.
fn ability(plate: &Plate, (qr, proof, signing): (&QrText, &ProofKey, &SigningIdentity), yardstick: Duration) {
    let jpeg = portrait();
    let achievement = Achievement::Ability { title: "区块链金融行业工程师".into(), level: AbilityLevel::Junior };
    let claims =
        Claims { achievement, portrait: Some(Digest::of(&jpeg)), document_masked: "110***********002X".into(), ..claims("李明") };
    let signed_at = Instant::from_millis(1_704_418_200_000).unwrap();
    let face = Face { claims: &claims, qr, proof: &qr.whole(), proof_key: proof.kid(), signed_at, portrait: Some(&jpeg) };
    let whole = |_| drop(std::hint::black_box(seal(plate.press(&face).unwrap().check().unwrap(), signing).unwrap()));
    report(&format!("ability, {} KB portrait: press to seal", jpeg.len() / 1000), time(1000, whole), yardstick);
}

/// A picture of one inch with so much grain that it has about 40 KB.
fn portrait() -> Vec<u8> {
    let mut seed = 1u32;
    let grain = image::RgbImage::from_fn(295, 413, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([200, 210, 220].map(|c: u8| c.wrapping_add(u8::try_from(seed >> 28).unwrap())))
    });
    let mut out = std::io::Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 97).encode_image(&grain).unwrap();
    out.into_inner()
}

/// Wall time for one of many, by so many threads.
fn in_parallel(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| time(1, |_| (0..2_000usize).into_par_iter().for_each(&work))) / 2_000
}

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗";
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰";

fn read(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file());
    files.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap())).collect()
}

/// Keys of the default algorithm, the same in each run.
fn keys() -> (SigningIdentity, ProofKey, Trust) {
    let mut next = 0u8;
    let mut random = |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            next = next.wrapping_mul(37).wrapping_add(11);
            next
        });
    };
    let (issuer, now) = (issuer(), Instant::from_millis(1_700_000_000_000).unwrap());
    let root = make::root(&issuer, now, &mut random).unwrap();
    let signing = make::signing(&issuer, &root, now, &mut random).unwrap();
    let proof = make::proof(&issuer, &mut random);
    let trust = Trust { roots: vec![root.certificate().unwrap()], proof_keys: vec![proof.public(&issuer.name)] };
    (signing, proof, trust)
}

fn issuer() -> Issuer {
    Issuer {
        id: "lanhai".parse().unwrap(),
        name: "蓝海杯大赛组委会".into(),
        name_en: "Lanhai Cup Committee".into(),
        algorithm: SignatureAlgorithm::EcdsaP256,
    }
}

fn fonts() -> Arc<FontLibrary> {
    let fonts = read("fonts").into_iter().filter(|(n, _)| n.ends_with(".ttf")).map(|(n, b)| (n, Arc::from(b))).collect();
    let start = Clock::now();
    let library = Arc::new(FontLibrary::new(fonts).unwrap());
    println!("fonts read in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    library
}

fn plate(template: &str, library: &Arc<FontLibrary>, signature_bytes: usize) -> Plate {
    let mut files: std::collections::BTreeMap<String, Vec<u8>> = read(&format!("certificate-templates/{template}")).into_iter().collect();
    let toml = String::from_utf8(files.remove("template.toml").unwrap()).unwrap();
    let template = Arc::new(Template::parse(&TemplateFiles { toml, files }).unwrap());
    let start = Clock::now();
    let settings = PlateSettings { issuer: issuer(), signature_bytes, algorithm: SignatureAlgorithm::EcdsaP256, seal: None };
    let plate = Plate::make(template, Arc::clone(library), &settings).unwrap();
    println!("plate made in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    plate
}

fn claims(name: &str) -> Claims {
    let person = |n: &str| PersonName::parse(n).unwrap();
    Claims {
        number: "LQB033202300001".parse().unwrap(),
        issuer: Named { id: "lanhai".parse().unwrap(), name: "蓝海杯大赛组委会".into(), name_en: "Lanhai Cup Committee".into() },
        programme: Named {
            id: "lanhai-14".parse().unwrap(), name: "第十四届蓝海杯大赛".into(), name_en: "14th Lanhai Cup".into()
        },
        short_name: "蓝海杯".into(),
        organisers: vec!["蓝海市人民政府".into()],
        holder: person(name),
        school: "蓝海大学".into(),
        document_masked: String::new(),
        achievement: Achievement::Award {
            level: AwardLevel::First,
            role: Role::Winner,
            category: "软件类".into(),
            subject: "C/C++程序设计".into(),
            work: "星海：面向近海养殖的智能监测平台".into(),
            team: vec![person("李明"), person("欧阳娜娜")],
            instructors: vec![person("王建国")],
        },
        portrait: None,
        issued_on: jiff::civil::date(2024, 1, 1),
        verify_at: "https://cert.lanhai.example".into(),
        replaces: None,
    }
}
