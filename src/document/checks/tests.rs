use std::sync::Arc;

use super::*;
use crate::document::fonts::tests::library;
use crate::document::plate::{Plate, PlateSettings};
use crate::document::portrait::{PortraitRule, intake};
use crate::document::press::{Face, FaceProblem};
use crate::document::qr::QrText;
use crate::document::template::tests::files;
use crate::domain::award::{Achievement, AwardLevel, CertificateKind, Role};
use crate::domain::claims::tests::{ability_claims, award_claims};
use crate::domain::claims::{Claims, Named};
use crate::domain::issuer::{Issuer, SignatureAlgorithm};
use crate::domain::name::PersonName;
use crate::domain::time::Instant;

pub(in crate::document) fn plate(kind: CertificateKind) -> Plate {
    plate_of(kind, &award_claims().issuer.name, "")
}

/// A plate whose seal says `name` along the rim and `line` below the star.
fn plate_of(kind: CertificateKind, name: &str, line: &str) -> Plate {
    let issuer = Named { name: name.to_owned(), ..award_claims().issuer };
    let settings = PlateSettings {
        issuer: Issuer { id: issuer.id, name: issuer.name, name_en: issuer.name_en, algorithm: SignatureAlgorithm::EcdsaP256 },
        seal: None,
        signature_bytes: 1200,
        algorithm: SignatureAlgorithm::EcdsaP256,
    };
    let mut files = files(kind.code());
    files.toml = files.toml.replace("[seal]\n", &format!("[seal]\nline = \"{line}\"\n"));
    let template = Template::parse(&files).unwrap();
    Plate::make(Arc::new(template), library(), &settings).unwrap()
}

pub(crate) fn qr() -> QrText {
    QrText { prefix: "HTTPS://CERT.LANHAI.EXAMPLE/Q/".into(), digits: "31415926535".repeat(32) }
}

fn portrait() -> Vec<u8> {
    use crate::document::portrait::tests::{picture, sent};
    intake(&sent(&picture(590, 826), image::ImageFormat::Png), &PortraitRule::of(CertificateKind::Award)).unwrap().jpeg
}

/// A share in an award as lists have it, with everything filled in.
pub(in crate::document) fn full_award(name: &str) -> Claims {
    let person = |n: &str| PersonName::parse(n).unwrap();
    Claims {
        holder: person(name),
        achievement: Achievement::Award {
            level: AwardLevel::First,
            role: Role::Winner,
            category: "软件类".into(),
            subject: "C/C++程序设计".into(),
            work: "星海：面向近海养殖的智能监测平台".into(),
            team: vec![person("李明"), person("欧阳娜娜"), person("阿卜杜热合曼·麦麦提依明")],
            instructors: vec![person("王建国"), person("Müller-Nguyễn Thị Ánh")],
        },
        ..award_claims()
    }
}

fn print(plate: &Plate, claims: &Claims, jpeg: Option<&[u8]>) -> Draft {
    let signed_at = Instant::from_millis(1_704_418_200_000).unwrap();
    plate.press(&Face { claims, qr: &qr(), proof: &qr().whole(), proof_key: [1, 2, 3, 4], signed_at, portrait: jpeg }).unwrap()
}

/// Two awards that differ in the holder, and an ability certificate with its portrait.
pub(crate) fn specimens() -> [Vec<u8>; 3] {
    let (award, ability, jpeg) = (plate(CertificateKind::Award), plate(CertificateKind::Ability), portrait());
    let file = |draft: Draft| draft.check().unwrap().fill(&[0xAB; 1190]).unwrap();
    let claims = Claims { portrait: Some(crate::domain::digest::Digest::of(&jpeg)), ..ability_claims() };
    [
        file(print(&award, &full_award("李明"), None)),
        file(print(&award, &full_award("𬭎𬱖𠅤"), None)),
        file(print(&ability, &claims, Some(&jpeg))),
    ]
}

/// The last has a character that only the last fallback face has.
const NAMES: [&str; 6] = ["李明", "欧阳娜娜", "阿卜杜热合曼·麦麦提依明", "Müller-Nguyễn Thị Ánh", "𬭎𬱖𠅤", "李𪚥"];

/// Set `YINXIN_KEEP` to a folder to look at the documents with other programs.
fn keep(name: &str, file: &[u8]) {
    if let Some(folder) = std::env::var_os("YINXIN_KEEP") {
        std::fs::write(std::path::Path::new(&folder).join(name), file).unwrap();
    }
}

#[test]
fn every_name_prints_passes_and_repeats() {
    let award = plate(CertificateKind::Award);
    let ability = plate(CertificateKind::Ability);
    let jpeg = portrait();
    for (index, name) in NAMES.into_iter().enumerate() {
        let claims = full_award(name);
        award.preflight(&claims).unwrap();
        let file = print(&award, &claims, None).check().unwrap().fill(&[0xAB; 1190]).unwrap();
        assert_eq!(file, print(&award, &claims, None).check().unwrap().fill(&[0xAB; 1190]).unwrap(), "{name}");
        assert!(file.len() <= 150 * 1024, "{} bytes", file.len());
        keep(&format!("award-{index}.pdf"), &file);
        let claims = Claims { holder: claims.holder, portrait: Some(crate::domain::digest::Digest::of(&jpeg)), ..ability_claims() };
        let file = print(&ability, &claims, Some(&jpeg)).check().unwrap().fill(&[0xAB; 1190]).unwrap();
        keep(&format!("ability-{index}.pdf"), &file);
    }
}

#[test]
fn seals_of_short_and_long_names_print() {
    let names = [
        "蓝海大学",
        "蓝海市教育局",
        "蓝海理工大学教务处",
        "蓝海杯大赛组织委员会办公室",
        "蓝海杯全国大学生软件创新大赛组织委员会",
        "中国蓝海杯全国大学生软件创新与创业大赛组织委员会办公室",
    ];
    let plain = plate_of(CertificateKind::Award, names[0], "");
    for (index, name) in names.into_iter().enumerate() {
        let plate = plate_of(CertificateKind::Award, name, if index % 2 == 0 { "证书专用章" } else { "" });
        let mut claims = full_award("李明");
        claims.issuer.name = name.to_owned();
        let file = print(&plate, &claims, None).check().unwrap().fill(&[0xAB; 1190]).unwrap();
        assert!(index == 0 || plate.prefix().bytes().len() > plain.prefix().bytes().len(), "{name} is not on the seal");
        keep(&format!("seal-{index}.pdf"), &file);
    }
}

#[test]
fn preflight_names_the_text_and_the_character() {
    let award = plate(CertificateKind::Award);
    let mut claims = full_award("李明");
    claims.school = "蓝海大学\u{E000}".into();
    let problems = award.preflight(&claims).unwrap_err();
    assert_eq!(problems, [FaceProblem::MissingGlyph { item: "school".into(), text: claims.school.clone(), character: '\u{E000}' }]);
    assert!(problems[0].to_string().contains("U+E000"));
    claims.school = "海".repeat(200);
    assert!(matches!(award.preflight(&claims).unwrap_err()[..], [FaceProblem::Overflow { .. }]));
    assert!(matches!(award.preflight(&ability_claims()).unwrap_err()[..], [FaceProblem::WrongKind { .. }]));
    let nobody = Claims { portrait: None, ..ability_claims() };
    assert_eq!(plate(CertificateKind::Ability).preflight(&nobody).unwrap_err(), [FaceProblem::MissingPortrait]);
}

#[test]
fn a_faulty_document_does_not_pass() {
    let award = plate(CertificateKind::Award);
    let draft = || print(&award, &full_award("李明"), None);
    let spoil = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        draft.check().map(|_| ())
    };
    assert_eq!(spoil(|_| ()), Ok(()));
    assert!(matches!(spoil(|d| d.evidence.shown -= 1), Err(CheckError::Glyphs { .. })));
    assert!(matches!(spoil(|d| d.evidence.placed[0].origins[0][0] -= 500.0), Err(CheckError::Overflow(_))));
    assert_eq!(spoil(|d| d.evidence.qr.push('1')), Err(CheckError::Qr));
    assert_eq!(spoil(|d| d.document.tail.push(b'\n')), Err(CheckError::Structure("first or last line")));
    assert_eq!(spoil(|d| d.document.slot.end += 1), Err(CheckError::Structure("slot not empty")));
    assert_eq!(spoil(|d| d.document.tail.insert(3, b' ')).map_err(|e| e.to_string().contains("structure")), Err(true));
    assert_eq!(draft().check().unwrap().fill(&[0; 1201]), Err(SlotError { der: 1201, slot: 1200 }));
}
