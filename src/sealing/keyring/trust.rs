//! What a verifier needs, and nothing secret: root certificates and the public keys of the QR proofs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use der::pem::LineEnding;
use der::{Decode, Encode, EncodePem};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use x509_cert::Certificate;

use crate::domain::digest::{Digest, hexadecimal};
use crate::domain::issuer::Slug;

/// Length of a proof key's name.
pub const KID_BYTES: usize = 4;

/// The trust anchors of a verifier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// Root certificates, each in DER.
    pub roots: Vec<Vec<u8>>,
    /// The keys of QR proofs, retired ones included.
    pub proof_keys: Vec<PublicProofKey>,
}

/// The public half of a proof key, with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicProofKey {
    /// The issuer's key in records.
    pub issuer: Slug,
    /// The name that a checker shows.
    pub issuer_name: String,
    /// The Ed25519 public key.
    pub key: VerifyingKey,
}

/// The texts are no trust anchors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The bundle has something that is no certificate.
    #[error("根证书文件不是 PEM 证书 / the root bundle is not PEM certificates")]
    Roots,
    /// The text is no JSON Web Key Set.
    #[error("证明公钥文件不是 JWKS：{0} / the proof keys are not a JWKS: {0}")]
    Json(String),
    /// A key of the set is not what its fields say.
    #[error("第 {0} 个证明公钥有误 / proof key {0} of the set is wrong")]
    Key(usize),
    /// A root certificate is no usable certificate authority.
    #[error("第 {0} 个根证书不可用 / root certificate {0} is not a usable certificate authority")]
    UnusableRoot(usize),
    /// A statement key of the set is not what its members say.
    #[error("公钥集中第 {0} 个公钥（声明公钥）有误 / key {0} of the set, a statement key, is wrong")]
    StatementKey(usize),
    /// The set has no key for statements.
    #[error("公钥集中没有声明公钥 / the key set has no statement key")]
    NoStatementKey,
}

/// The first bytes of SHA-256 of the raw public key.
pub(super) fn kid(key: &VerifyingKey) -> [u8; KID_BYTES] {
    let digest = Digest::of(key.as_bytes());
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

impl PublicProofKey {
    /// The key's name in proofs.
    #[must_use]
    pub fn kid(&self) -> [u8; KID_BYTES] {
        kid(&self.key)
    }
}

/// A JSON Web Key Set (RFC 7517) with Ed25519 keys (RFC 8037) and two members of our own.
#[derive(Serialize, Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Serialize, Deserialize)]
struct Key {
    kty: String,
    crv: String,
    alg: String,
    #[serde(rename = "use")]
    usage: String,
    kid: String,
    x: String,
    issuer: String,
    issuer_name: String,
}

impl Trust {
    /// The root certificates as a PEM bundle.
    ///
    /// # Errors
    /// [`TrustError::Roots`] if one of them is no certificate.
    pub fn roots_pem(&self) -> Result<String, TrustError> {
        self.roots.iter().try_fold(String::new(), |out, der| {
            let pem = Certificate::from_der(der).and_then(|c| c.to_pem(LineEnding::LF)).map_err(|_| TrustError::Roots)?;
            Ok(out + &pem)
        })
    }

    /// The proof keys as a JSON Web Key Set.
    ///
    /// # Errors
    /// [`TrustError::Json`] if encoding fails.
    pub fn proof_keys_json(&self) -> Result<String, TrustError> {
        let entry = |key: &PublicProofKey| Key {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            alg: "EdDSA".into(),
            usage: "sig".into(),
            kid: kid_text(key.kid()),
            x: URL_SAFE_NO_PAD.encode(key.key.as_bytes()),
            issuer: key.issuer.to_string(),
            issuer_name: key.issuer_name.clone(),
        };
        let keys = self.proof_keys.iter().map(entry).collect();
        serde_json::to_string_pretty(&KeySet { keys }).map_err(|e| TrustError::Json(e.to_string()))
    }

    /// Reads the texts that [`Trust::roots_pem`] and [`Trust::proof_keys_json`] give.
    ///
    /// # Errors
    /// [`TrustError`] naming the text or the key that is wrong.
    pub fn parse(roots_pem: &str, proof_keys_json: &str) -> Result<Self, TrustError> {
        let chain = if roots_pem.trim().is_empty() {
            Vec::new()
        } else {
            Certificate::load_pem_chain(roots_pem.as_bytes()).map_err(|_| TrustError::Roots)?
        };
        let roots = chain.iter().map(Encode::to_der).collect::<Result<_, _>>().map_err(|_| TrustError::Roots)?;
        let set: KeySet = serde_json::from_str(proof_keys_json).map_err(|e| TrustError::Json(e.to_string()))?;
        let keys = set.keys.iter().enumerate();
        let proof_keys = keys.map(|(i, key)| key.read().ok_or(TrustError::Key(i + 1))).collect::<Result<_, _>>()?;
        Ok(Self { roots, proof_keys })
    }
}

impl Key {
    fn read(&self) -> Option<PublicProofKey> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(&self.x).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())?;
        let named = self.kty == "OKP" && self.crv == "Ed25519" && self.alg == "EdDSA" && self.kid == kid_text(kid(&key));
        let issuer = self.issuer.parse().ok()?;
        named.then(|| PublicProofKey { issuer, issuer_name: self.issuer_name.clone(), key })
    }
}

pub(super) fn kid_text(kid: [u8; KID_BYTES]) -> String {
    hexadecimal(&kid)
}
