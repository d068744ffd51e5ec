use super::*;
use crate::sealing::specimen::{self, issuer, source};

#[test]
fn keys_survive_their_text_forms() {
    let now = specimen::now();
    let mut random = source(1);
    let root = make::root(&issuer(SignatureAlgorithm::EcdsaP256), now, &mut random).unwrap();
    let again =
        RootIdentity::from_pem(&root.key_pem(Some("口令"), &mut random).unwrap(), &root.certificate_pem().unwrap(), Some("口令")).unwrap();
    assert_eq!(again.certificate().unwrap(), root.certificate().unwrap());
    for algorithm in [SignatureAlgorithm::EcdsaP256, SignatureAlgorithm::Ed25519] {
        let issuer = issuer(algorithm);
        let identity = make::signing(&issuer, &again, now, &mut random).unwrap();
        let certificate = identity.certificate_pem().unwrap();
        let read = |key: &str, passphrase| SigningIdentity::from_pem(issuer.id.clone(), key, &certificate, passphrase);
        let clear = identity.key_pem(None, &mut random).unwrap();
        let locked = identity.key_pem(Some("secret"), &mut random).unwrap();
        assert!(clear.starts_with("-----BEGIN PRIVATE KEY-----"));
        assert!(locked.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        assert_eq!(read(&clear, None).unwrap().fingerprint(), identity.fingerprint());
        assert_eq!(read(&locked, Some("secret")).unwrap().algorithm(), algorithm);
        assert_eq!(read(&locked, None).unwrap_err(), KeyError::PassphraseNeeded);
        assert_eq!(read(&locked, Some("Secret")).unwrap_err(), KeyError::WrongPassphrase);
        assert_eq!(read("hello", None).unwrap_err(), KeyError::NotAKey);
        let other = make::signing(&issuer, &again, now, &mut random).unwrap().key_pem(None, &mut random).unwrap();
        assert_eq!(read(&other, None).unwrap_err(), KeyError::Mismatch);
        assert!(format!("{identity:?}").contains("[elided]"));
    }
}

#[test]
fn trust_survives_its_text_form() {
    let keys = specimen::Keys::new(SignatureAlgorithm::EcdsaP256, 2);
    let (roots, proofs) = (keys.trust.roots_pem().unwrap(), keys.trust.proof_keys_json().unwrap());
    assert_eq!(Trust::parse(&roots, &proofs).unwrap(), keys.trust);
    assert_eq!(Trust::parse("", r#"{"keys":[]}"#).unwrap(), Trust::default());
    let kid = kid_of(&proofs);
    assert_eq!(Trust::parse(&roots, &proofs.replace(&kid, "00000000")), Err(TrustError::Key(1)));
    assert_eq!(Trust::parse("nothing", &proofs), Err(TrustError::Roots));
}

fn kid_of(json: &str) -> String {
    let (_, rest) = json.split_once("\"kid\": \"").unwrap();
    rest[..8].to_owned()
}
