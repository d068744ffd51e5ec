//! What a certificate says of itself in its `certificate.json`, and whether that is proven. The signature over the file is
//! another matter, and comes first.

use crate::domain::certificate_json::{self, CertificateJsonError, NAME};
use crate::domain::claims::Claims;
use crate::domain::heading::Headings;
use crate::sealing::keyring::Trust;
use crate::sealing::proof::{self, ProofError};

use super::file::File;

/// Why a file's own facts are not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatedError {
    /// The file has no `certificate.json`, as a document that is no certificate has none.
    #[error("文件未附 certificate.json / the file carries no certificate.json")]
    Missing,
    /// It cannot be read, or its fields differ from its claims.
    #[error(transparent)]
    Json(#[from] CertificateJsonError),
    /// Its proof proves nothing.
    #[error("certificate.json 中的证明无效：{0} / its proof is wrong: {0}")]
    Proof(#[from] ProofError),
    /// Its proof is good, but over other facts, by another issuer, or by another key than it names.
    #[error("certificate.json 的事实与其证明不符 / the facts differ from what the proof is over")]
    Disagree,
}

impl StatedError {
    /// Whether the file contradicts itself, rather than that something is missing, here or there.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        !matches!(self, Self::Missing | Self::Proof(ProofError::UnknownKey))
    }
}

/// The facts that `pdf` states, proven by a key of `trust`.
///
/// # Errors
/// [`StatedError`] saying at which step they fail.
pub fn stated(pdf: &[u8], trust: &Trust) -> Result<Claims, StatedError> {
    Ok(stated_with_proof(pdf, trust)?.0)
}

/// The same with the text of the proof.
///
/// # Errors
/// As [`stated`].
pub fn stated_with_proof(pdf: &[u8], trust: &Trust) -> Result<(Claims, String), StatedError> {
    let json = File::read(pdf).ok().and_then(|file| file.attachment(NAME)).ok_or(StatedError::Missing)?;
    let stated = certificate_json::read(json)?;
    let proven = proof::check(&stated.proof, trust, &Headings::default())?;
    let agree = proven.claims.is_all_of(&stated.claims) && proven.issuer == stated.claims.issuer.id && proven.key == stated.proof_key;
    if agree { Ok((stated.claims, stated.proof)) } else { Err(StatedError::Disagree) }
}

/// The bytes of the `certificate.json` that `pdf` carries. Nothing of them has been checked.
#[must_use]
pub fn attached(pdf: &[u8]) -> Option<Vec<u8>> {
    File::read(pdf).ok()?.attachment(NAME).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::fonts::tests::library;
    use crate::document::plate::{Plate, PlateSettings};
    use crate::document::press::Face;
    use crate::document::template::Template;
    use crate::document::template::tests::files;
    use crate::domain::claims::tests::award_claims;
    use crate::domain::issuer::SignatureAlgorithm;
    use crate::domain::qr_claims::QrClaims;
    use crate::sealing::seal::seal;
    use crate::sealing::specimen::{Keys, document, now};
    use crate::sealing::verify::Verifier;

    /// A certificate of `award_claims` with the proof that `proven` has, said to be by the key `named`; signed as any other.
    fn certificate(plate: &Plate, keys: &Keys, proven: &Claims, named: [u8; 4]) -> Vec<u8> {
        let qr = proof::prove(&QrClaims::of(proven), &keys.proof, "https://yinxin.example").unwrap();
        let claims = award_claims();
        let face = Face { claims: &claims, qr: &qr, proof: &qr.whole(), proof_key: named, signed_at: now(), portrait: None };
        let checked = plate.press(&face).unwrap().check().unwrap();
        let sealed = seal(checked, &keys.signing).unwrap();
        sealed.read_back(&Verifier::new(&keys.trust).unwrap(), &keys.expected()).unwrap().into_parts().0
    }

    #[test]
    fn a_file_states_what_is_proven_and_nothing_else() {
        let keys = Keys::new(SignatureAlgorithm::Ed25519, 21);
        let template = Arc::new(Template::parse(&files("award")).unwrap());
        let settings = PlateSettings {
            issuer: keys.issuer.clone(),
            signature_bytes: keys.signing.signature_bytes(),
            algorithm: SignatureAlgorithm::Ed25519,
            seal: None,
        };
        let plate = Plate::make(template, library(), &settings).unwrap();
        let (claims, own) = (award_claims(), keys.proof.kid());
        let good = certificate(&plate, &keys, &claims, own);
        assert_eq!(stated(&good, &keys.trust), Ok(claims.clone()));

        let other = Claims { school: "别的大学".into(), ..claims.clone() };
        let files = [certificate(&plate, &keys, &other, own), certificate(&plate, &keys, &claims, [0; 4])];
        for file in files {
            assert_eq!(stated(&file, &keys.trust), Err(StatedError::Disagree));
        }
        let mut foreign = keys.trust.clone();
        foreign.proof_keys[0].issuer = "someone-else".parse().unwrap();
        assert_eq!(stated(&good, &foreign), Err(StatedError::Disagree), "the key of another issuer proves nothing of this one");
        assert!(StatedError::Disagree.is_contradiction());

        let unknown = stated(&good, &Trust { proof_keys: vec![], ..keys.trust.clone() }).unwrap_err();
        assert_eq!(unknown, StatedError::Proof(ProofError::UnknownKey));
        let none = seal(document(&keys.signing, 100), &keys.signing).unwrap();
        let none = none.read_back(&Verifier::new(&keys.trust).unwrap(), &keys.expected()).unwrap();
        assert_eq!(stated(none.bytes(), &keys.trust), Err(StatedError::Missing));
        assert!(!unknown.is_contradiction() && !StatedError::Missing.is_contradiction());
    }
}
