use super::*;
use crate::domain::claims::tests::{ability_claims, award_claims};
use crate::domain::issuer::SignatureAlgorithm;
use crate::domain::name::PersonName;
use crate::sealing::specimen::Keys;
use proptest::prelude::*;

/// Checks a proof that needs no heading.
fn whole(text: &str, trust: &Trust) -> Result<ProvenFacts, ProofError> {
    check(text, trust, &Headings::default())
}

fn proven() -> (Keys, QrClaims, QrText) {
    let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 5);
    let claims = QrClaims::of(&award_claims());
    let text = prove(&claims, &keys.proof, "https://zs.example.cn/").unwrap();
    (keys, claims, text)
}

#[test]
fn a_proof_is_understood_however_it_was_read() {
    let (keys, claims, text) = proven();
    assert_eq!(text.prefix, "HTTPS://ZS.EXAMPLE.CN/Q/");
    assert_eq!(text, prove(&claims, &keys.proof, "https://zs.example.cn").unwrap(), "deterministic");
    let spaced: String = text.digits.chars().enumerate().map(|(i, c)| if i % 5 == 4 { format!("{c} ") } else { c.into() }).collect();
    for read in [text.whole(), text.whole().to_lowercase(), text.digits.clone(), format!(" {spaced}\n")] {
        let facts = whole(&read, &keys.trust).unwrap();
        assert_eq!((facts.claims, facts.issuer, facts.issuer_name.as_str()), (claims.clone(), keys.issuer.id.clone(), "蓝海杯大赛组委会"));
    }
    let ability = prove(&QrClaims::of(&ability_claims()), &keys.proof, "https://zs.example.cn").unwrap();
    assert!(whole(&ability.whole(), &keys.trust).is_ok());
}

#[test]
fn what_is_signed_is_cose() {
    use coset::{CborSerializable, TaggedCborSerializable};
    let (keys, claims, text) = proven();
    let parts = Parts::unpack(&token::decode(text.digits.as_bytes()).unwrap()).unwrap();
    assert_eq!((parts.kid, &parts.claims), (keys.proof.kid(), &claims));
    // The whole message in its bytes: RFC 9052, 4.2.
    let whole = CoseSign1 { signature: parts.signature.to_vec(), ..message(parts.kid, &claims) }.to_tagged_vec().unwrap();
    let head = [&[0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27, 0xA1, 0x04, 0x44][..], &parts.kid].concat();
    assert_eq!(whole[..head.len()], head);
    assert_eq!(whole.len(), head.len() + 2 + claims.to_bytes().len() + 2 + 64);
    assert!(text.digits.len() * 7 < (whole.len() - 13) * 17, "the code has less than that");
    // And what the signature covers, with nothing from outside.
    let payload = claims.to_bytes();
    let covered = [&b"\x84\x6ASignature1\x43\xA1\x01\x27\x40\x58"[..], &[u8::try_from(payload.len()).unwrap()], &payload].concat();
    assert_eq!(signed(parts.kid, &claims), covered);
    assert!(CoseSign1::from_slice(&whole).is_err() && CoseSign1::from_tagged_slice(&whole).is_ok());
}

#[test]
fn any_changed_digit_fails() {
    let (keys, _, text) = proven();
    for at in 0..text.digits.len() {
        for by in [1, 5] {
            let mut digits = text.digits.clone().into_bytes();
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            assert!(whole(std::str::from_utf8(&digits).unwrap(), &keys.trust).is_err(), "digit {at}");
        }
    }
    assert!(whole(&text.digits[1..], &keys.trust).is_err());
    assert_eq!(whole(&text.digits, &Keys::new(SignatureAlgorithm::EcdsaP256, 6).trust), Err(ProofError::UnknownKey));
    assert_eq!(whole("https://zs.example.cn/c/LQB033202300001", &keys.trust), Err(ProofError::NotAToken));
    assert_eq!(whole("", &keys.trust), Err(ProofError::NotAToken));
}

/// Checks those texts together that state anything.
fn together(texts: &[&str], trust: &Trust) -> Vec<Result<ProvenFacts, ProofError>> {
    let read: Vec<_> = texts.iter().map(|text| Token::read(text).and_then(|token| token.stated(trust, &[]))).collect();
    let mut errors = Vec::new();
    let stated = read.into_iter().enumerate().filter_map(|(at, stated)| stated.map_err(|e| errors.push((at, e))).ok()).collect();
    let mut answers = check_all(stated);
    errors.into_iter().for_each(|(at, e)| answers.insert(at, Err(e)));
    answers
}

#[test]
fn many_are_answered_as_each_alone() {
    let (keys, claims, text) = proven();
    let other = prove(&QrClaims { number: "LQB033202300002".parse().unwrap(), ..claims.clone() }, &keys.proof, "https://x").unwrap();
    let stranger = prove(&claims, &Keys::new(SignatureAlgorithm::EcdsaP256, 6).proof, "https://x").unwrap();
    // The signature of another certificate's facts.
    let parts = |text: &QrText| Parts::unpack(&token::decode(text.digits.as_bytes()).unwrap()).unwrap();
    let forged = token::encode(&Parts { signature: parts(&other).signature, ..parts(&text) }.pack().unwrap());
    let good = [text.digits.as_str(), &other.digits];
    let bad = ["", "12a", "123", &stranger.digits, &forged];
    let alone = |texts: &[&str]| texts.iter().map(|text| whole(text, &keys.trust)).collect::<Vec<_>>();
    assert!(together(&good, &keys.trust).iter().all(Result::is_ok));
    assert_eq!(check_all(Vec::new()), []);
    for texts in
        [good.to_vec(), vec![good[0]], vec![&forged], bad.to_vec(), [&good[..], &bad[..]].concat(), [&bad[..4], &good[..]].concat()]
    {
        assert_eq!(together(&texts, &keys.trust), alone(&texts));
    }
    assert_eq!(whole(&forged, &keys.trust), Err(ProofError::Signature));
    // Two keys of one name: the same key under two issuers is as good.
    let twice = Trust { proof_keys: [&keys.trust.proof_keys[..], &keys.trust.proof_keys[..]].concat(), ..keys.trust.clone() };
    assert!(together(&good, &twice).iter().all(Result::is_ok));
    assert_eq!(together(&[&forged, good[0]], &twice)[0], Err(ProofError::Signature));
}

#[test]
fn a_code_is_vouched_for_only_where_one_key_has_its_name() {
    let (keys, claims, text) = proven();
    let read = |trust| Token::read(&format!(" {} ", text.whole())).unwrap().stated(trust, &[]).unwrap();
    assert_eq!((read(&keys.trust).digits(), read(&keys.trust).number()), (text.digits.as_str(), &claims.number));
    assert_eq!(read(&keys.trust).vouched(), whole(&text.digits, &keys.trust).ok());
    let twice = Trust { proof_keys: [&keys.trust.proof_keys[..], &keys.trust.proof_keys[..]].concat(), ..keys.trust.clone() };
    assert_eq!(read(&twice).vouched(), None);
}

#[test]
fn another_spelling_of_the_same_proof_is_refused() {
    let (keys, _, text) = proven();
    let bytes = token::decode(text.digits.as_bytes()).unwrap();
    // Another version, no first byte, a byte behind, the last text in UTF-8 though GB 18030 is shorter.
    let claims = Parts::unpack(&bytes).unwrap().claims;
    let gb = encoding_rs::GB18030.encode(&claims.programme).0.len();
    let at = bytes.len() - 64 - gb - 1;
    let utf8 =
        [&bytes[..at], &[u8::try_from(claims.programme.len()).unwrap()], claims.programme.as_bytes(), &bytes[bytes.len() - 64..]].concat();
    for other in [[&[0x30], &bytes[1..]].concat(), bytes[1..].to_vec(), [&bytes[..], &[0]].concat(), utf8] {
        assert_eq!(whole(&token::encode(&other), &keys.trust), Err(ProofError::Form));
    }
}

/// A code on a page: what it states, and what it needs.
fn printed() -> (Keys, QrClaims, Code) {
    let (keys, claims, _) = proven();
    let claims = QrClaims { holder: PersonName::parse("李明").unwrap(), ..claims };
    let code = code(&claims, &keys.proof, "https://zs.example.cn/").unwrap();
    (keys, claims.printed(), code)
}

#[test]
fn a_code_is_proven_under_its_heading() {
    let (keys, claims, code) = printed();
    let published = Headings::from_iter([code.heading.clone()]);
    let facts = check(&code.text.whole(), &keys.trust, &published).unwrap();
    assert_eq!((&facts.claims, &facts.issuer, facts.key), (&claims, &keys.issuer.id, keys.proof.kid()));
    let (_, _, long) = proven();
    assert!(check(&long.whole(), &keys.trust, &published).is_ok(), "a whole proof needs none");
    // 76 bytes for a name of two characters.
    assert_eq!((code.text.digits.len(), code.text.prefix.as_str()), (185, "HTTPS://ZS.EXAMPLE.CN/Q/"));
    assert_eq!(whole(&code.text.digits, &keys.trust), Err(ProofError::UnknownHeading));
    assert_eq!(check(&code.text.digits, &Keys::new(SignatureAlgorithm::EcdsaP256, 6).trust, &published), Err(ProofError::UnknownKey));
}

#[test]
fn any_changed_digit_of_a_code_fails() {
    let (keys, _, code) = printed();
    let published = Headings::from_iter([code.heading.clone()]);
    for at in 0..code.text.digits.len() {
        let mut digits = code.text.digits.clone().into_bytes();
        digits[at] = b'0' + (digits[at] - b'0' + 1) % 10;
        assert!(check(std::str::from_utf8(&digits).unwrap(), &keys.trust, &published).is_err(), "digit {at}");
    }
}

#[test]
fn no_other_heading_fits_a_code() {
    let (keys, _, code) = printed();
    let Heading { achievement, .. } = &code.heading;
    // One who could publish a heading of the same mark would still not change what was certified.
    let better = Heading { achievement: format!("特{achievement}"), ..code.heading.clone() };
    let token = Token::read(&code.text.digits).unwrap();
    let said = |headings: &[Heading]| token.stated(&keys.trust, headings).and_then(Stated::check).map(|facts| facts.claims.achievement);
    assert_eq!(said(std::slice::from_ref(&better)), Err(ProofError::Signature));
    assert_eq!(said(&[better.clone(), code.heading.clone()]).as_ref(), Ok(achievement));
    let narrow = Heading { width: 3, ..code.heading.clone() };
    assert_eq!(said(&[narrow]), Err(ProofError::Form));
    let stranger = Heading { proof_key: [0; 4], ..code.heading.clone() };
    assert_eq!(said(&[stranger]), Err(ProofError::UnknownKey));
    let two = [better, code.heading.clone()];
    assert_eq!(token.stated(&keys.trust, &two).unwrap().vouched(), None);
    let (one, both) = (token.stated(&keys.trust, &two[1..]).unwrap(), token.stated(&keys.trust, &two).unwrap());
    assert!(check_all(vec![one, both]).iter().all(Result::is_ok));
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let trust = Trust::default();
        prop_assert!(whole(&text, &trust).is_err());
        prop_assert!(whole(&token::encode(&bytes), &trust).is_err());
        for form in [0x10, 0x21] {
            prop_assert!(whole(&token::encode(&[&[form][..], &bytes].concat()), &trust).is_err());
        }
    }
}
