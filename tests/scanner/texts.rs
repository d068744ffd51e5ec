//! Texts that a camera may read: proofs, proofs with one byte or digit changed, other spellings of proofs, anything.

use encoding_rs::GB18030;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use yinxin::domain::award::CertificateKind;
use yinxin::domain::issuer::{Issuer, SignatureAlgorithm};
use yinxin::domain::name::PersonName;
use yinxin::domain::qr_claims::{DIGEST_BYTES, QrClaims};
use yinxin::sealing::keyring::{ProofKey, Trust, make};
use yinxin::sealing::proof;

/// A key that is known, one that is not, and what the world knows.
pub struct Keys {
    pub known: ProofKey,
    pub unknown: ProofKey,
    pub trust: Trust,
    /// The key set as the site publishes it.
    pub published: Value,
}

/// Bytes that look random and are the same in each run.
pub struct Draw(pub u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

pub fn keys() -> Keys {
    let issuer = Issuer {
        id: "lanhai".parse().unwrap(),
        name: "蓝海杯大赛组委会".into(),
        name_en: "Lanhai Cup Committee".into(),
        algorithm: SignatureAlgorithm::Ed25519,
    };
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    let mut random = |bytes: &mut [u8]| bytes.fill_with(|| draw.next().to_le_bytes()[3]);
    let [known, retired, unknown] = std::array::from_fn(|_| make::proof(&issuer, &mut random));
    let trust = Trust { roots: Vec::new(), proof_keys: vec![retired.public(&issuer.name), known.public(&issuer.name)] };
    // The member that the published set has beside those of the one in the trust folder.
    let mut published: Value = serde_json::from_str(&trust.proof_keys_json().unwrap()).unwrap();
    for key in published["keys"].as_array_mut().unwrap() {
        key["yinxin_use"] = json!("proof");
    }
    Keys { known, unknown, trust, published }
}

fn claims(kind: CertificateKind, number: &str, holder: &str, achievement: &str, programme: &str, issued_on: Date) -> QrClaims {
    QrClaims {
        number: number.parse().unwrap(),
        kind,
        holder: PersonName::parse(holder).unwrap(),
        achievement: achievement.into(),
        programme: programme.into(),
        issued_on,
        claims_digest: Some([0xA5; DIGEST_BYTES]),
    }
}

/// Facts of certificates, usual and odd.
pub fn proven() -> Vec<QrClaims> {
    use CertificateKind::{Ability, Award};
    let long = "国".repeat(42);
    [
        (Award, "LHB033202300001", "李明", "一等奖（指导教师）", "第十四届蓝海杯", date(2024, 1, 5)),
        (Ability, "GXRCPJ033202000019", "阿卜杜热合曼·麦麦提依明", "区块链金融行业工程师（中级）", "岗位能力评价", date(2026, 11, 25)),
        (Award, "ABCDEF", "Müller-Nguyễn Thị Ánh", "Grand prize", "Lanhai Cup", date(1970, 1, 1)),
        (Ability, "Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9", "𬭎𬱖𠅤", "𠮷野家", "ḿǹ€—　", date(2149, 6, 6)),
        (Award, "0000000", "O'Brien, Seán Jr.", "", "", date(1970, 1, 24)),
        (
            Award,
            "0000001",
            "\u{F9DC}〇々",
            "\u{FEFF}a\u{E5E5}\u{E78D}\u{FE10}\u{9FB4}\u{E7C7}",
            "\u{0}\u{1}\u{7f}\u{80}é",
            date(1970, 9, 13),
        ),
        (Ability, "ABCDEFG12", &long[..120], &long, &long, date(2024, 2, 29)),
        (Award, "ABCDEFG1234", "Ὀδυσσεύς", "😀🏆", "مسابقة", date(2000, 1, 1)),
    ]
    .map(|(kind, number, holder, achievement, programme, day)| claims(kind, number, holder, achievement, programme, day))
    .to_vec()
}

/// Seven bytes as 17 digits, a rest as the fewest.
pub fn digits(bytes: &[u8]) -> String {
    let group = |group: &[u8]| {
        let value = group.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        let width = [0, 3, 5, 8, 10, 13, 15, 17][group.len()];
        format!("{value:0width$}")
    };
    bytes.chunks(7).map(group).collect()
}

pub fn bytes(digits: &str) -> Vec<u8> {
    let group = |group: &[u8]| {
        let length = [0, 3, 5, 8, 10, 13, 15, 17].iter().position(|width| *width == group.len()).unwrap();
        let value: u64 = std::str::from_utf8(group).unwrap().parse().unwrap();
        value.to_be_bytes()[8 - length..].to_vec()
    };
    digits.as_bytes().chunks(17).flat_map(group).collect()
}

/// Characters that one of the rules is about.
pub const ODD: [&str; 40] = [
    "李",
    "明",
    "欧阳",
    "〇",
    "々",
    "\u{F9DC}",
    "𬭎",
    "\u{2EBF0}",
    "a",
    "É",
    "e\u{301}",
    "Nguyễn",
    "ß",
    " ",
    "  ",
    "\u{3000}",
    "\u{85}",
    "\t",
    "·",
    "・",
    "•",
    "-",
    "'",
    "’",
    ".",
    ",",
    "1",
    "Ａ",
    "\u{200B}",
    "\u{FEFF}",
    "€",
    "\u{E5E5}",
    "\u{E78D}",
    "\u{FE10}",
    "ḿ",
    "\u{E7C7}",
    "한",
    "글",
    "\u{1100}\u{1161}",
    "ا",
];

/// A text as a proof carries it, in the right form or in another, and whether it is said to be in GB 18030.
pub fn gb_or_utf8(draw: &mut Draw, text: &str) -> (Vec<u8>, bool) {
    let (gb, _, _) = GB18030.encode(text);
    let right = gb.len() < text.len();
    let as_gb = if draw.below(8) == 0 { !right } else { right };
    let mut body = if as_gb { gb.to_vec() } else { text.as_bytes().to_vec() };
    body.truncate(127);
    match draw.below(40) {
        0 => body.push(0x80),
        1 => body.extend([0xA3, 0xA0]),
        2 => body.extend([0x82, 0x35, 0x91, 0x32]),
        3 => body.extend([0xC0, 0x80]),
        4 => body.extend([0xED, 0xA0, 0x80]),
        _ => {}
    }
    body.truncate(127);
    (body, as_gb)
}

/// The same behind its length, as the longer form has it.
fn packed_text(draw: &mut Draw, text: &str) -> Vec<u8> {
    let (body, as_gb) = gb_or_utf8(draw, text);
    let length = u8::try_from(body.len()).unwrap() | if as_gb { 0x80 } else { 0 };
    [&[length][..], &body].concat()
}

/// A proof of the right outline, with texts from the odd characters and a signature of nobody.
fn invented(draw: &mut Draw, kid: [u8; 4]) -> Vec<u8> {
    let mut out = vec![if draw.below(20) == 0 { 0x12 } else { 0x10 + u8::try_from(draw.below(2)).unwrap() }];
    out.extend(kid);
    out.extend([u8::try_from(draw.below(256)).unwrap(), u8::try_from(draw.below(256)).unwrap()]);
    out.extend([7; DIGEST_BYTES]);
    let length = [6, 7, 8, 32, 5, 33][if draw.below(6) == 0 { draw.below(6) } else { draw.below(4) }];
    out.push(length);
    for at in 0..length.div_ceil(3) {
        let count = (length - at * 3).min(3);
        let limit = 36usize.pow(u32::from(count)) + usize::from(draw.below(30) == 0);
        let value = u16::try_from(draw.below(limit)).unwrap().to_be_bytes();
        out.extend(&value[usize::from(count == 1)..]);
    }
    for field in 0..3 {
        let mut text: String = (0..draw.below(5)).map(|_| draw.pick(&ODD)).collect();
        if field == 0 && draw.below(3) > 0 {
            text = PersonName::parse(&text).map_or(text, |name| name.to_string());
        }
        out.extend(packed_text(draw, &text));
    }
    out.extend([9; 64]);
    if draw.below(30) == 0 {
        out.pop();
    }
    out
}

/// The texts, the same in each run.
pub fn texts(keys: &Keys) -> Vec<String> {
    let mut draw = Draw(7);
    let mut texts = Vec::new();
    for (at, claims) in proven().iter().enumerate() {
        let whole = proof::prove(claims, &keys.known, "https://zs.example.cn").unwrap();
        let stranger = proof::prove(claims, &keys.unknown, "https://zs.example.cn").unwrap();
        texts.extend([whole.whole(), whole.whole().to_lowercase(), whole.digits.clone(), stranger.whole()]);
        let held = bytes(&whole.digits);
        if at < 4 {
            for place in 0..held.len() {
                let by = if place % 3 == 0 { 0x80 } else { 1 };
                texts.push(digits(&changed(&held, place, by)));
            }
        }
        for place in (0..whole.digits.len()).step_by(7) {
            texts.push(digit_changed(&whole.digits, place));
        }
        texts.extend([digits(&held[1..]), digits(&[&held[..], &[0]].concat()), whole.digits[1..].to_owned(), format!("0{}", whole.digits)]);
    }
    let good = proof::prove(&proven()[0], &keys.known, "https://zs.example.cn").unwrap();
    let spaced: String = good.digits.chars().enumerate().map(|(i, c)| if i % 5 == 4 { format!("{c} ") } else { c.into() }).collect();
    texts.extend(around(&good.digits, &spaced));
    texts.extend((0..2_000).map(|_| digits(&invented(&mut draw, keys.known.kid()))));
    texts.extend((0..60).map(|_| (0..draw.below(200)).map(|_| draw.pick(&["0", "1", "7", "9", "/q/", " ", "１", "x"])).collect()));
    texts
}

pub fn changed(bytes: &[u8], at: usize, by: u8) -> Vec<u8> {
    bytes.iter().enumerate().map(|(i, byte)| if i == at { byte ^ by } else { *byte }).collect()
}

pub fn digit_changed(digits: &str, at: usize) -> String {
    digits.bytes().enumerate().map(|(i, d)| char::from(if i == at { b'0' + (d - b'0' + 1) % 10 } else { d })).collect()
}

/// What may stand around and among the digits.
fn around(good: &str, spaced: &str) -> Vec<String> {
    let ideographic = good.replace('0', "０");
    vec![
        format!(" {spaced}\n"),
        format!("\u{3000}\u{85}\u{2029}{good}\u{A0}"),
        format!("\u{FEFF}{good}"),
        format!("{}\u{B}{}", &good[..9], &good[9..]),
        format!("{}\u{C}\r\t{}", &good[..9], &good[9..]),
        format!("{}\u{3000}{}", &good[..9], &good[9..]),
        format!("HTTP://ELSEWHERE/q/1/Q/{good}"),
        format!("/Q/{good}?lang=en"),
        format!("/Q/{good}/"),
        format!("/Q/ {good}"),
        format!("Q/{good}"),
        format!("𐐀ß/q/{good}"),
        "https://zs.example.cn/c/LHB033202300001".to_owned(),
        "https://zs.example.cn/Q/".to_owned(),
        "WIFI:T:WPA;S:x;P:y;;".to_owned(),
        ideographic,
        String::new(),
        " \n".to_owned(),
        "0".repeat(7_089),
        "0".repeat(7_090),
        "1".to_owned(),
        "256".to_owned(),
        "72057594037927936".to_owned(),
    ]
}
