//! The key set that everyone may have: a JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037) with the statement keys and every issuer's
//! proof keys, past ones included. `docs/statements.md` describes it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::issuer::Issuer;

use super::statement::PublicStatementKey;
use super::trust::{Trust, TrustError, kid_text};

const STATEMENT: &str = "statement";
const PROOF: &str = "proof";

/// The public keys of a service's statements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementKeys(Vec<PublicStatementKey>);

impl From<Vec<PublicStatementKey>> for StatementKeys {
    fn from(keys: Vec<PublicStatementKey>) -> Self {
        Self(keys)
    }
}

#[derive(Serialize)]
struct Set<'a> {
    keys: Vec<Key<'a>>,
}

/// The set as it comes from anywhere: what is not ours stays unread.
#[derive(Deserialize)]
struct AnySet {
    keys: Vec<Value>,
}

#[derive(Serialize)]
struct Key<'a> {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: String,
    x: String,
    yinxin_use: &'static str,
    #[serde(flatten)]
    issuer: Option<Names<'a>>,
}

#[derive(Serialize)]
struct Names<'a> {
    issuer: &'a str,
    issuer_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    issuer_name_en: &'a str,
}

/// The members that a statement key must have.
#[derive(Deserialize)]
struct Members {
    kty: String,
    crv: String,
    kid: String,
    x: String,
}

impl<'a> Key<'a> {
    fn new(kid: String, bytes: &[u8; 32], yinxin_use: &'static str, issuer: Option<Names<'a>>) -> Self {
        Self { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid, x: URL_SAFE_NO_PAD.encode(bytes), yinxin_use, issuer }
    }
}

impl StatementKeys {
    /// The key with this name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&PublicStatementKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }

    /// The text of the key set: these keys, and the proof keys of `trust` with the English names that `issuers` knows.
    ///
    /// # Errors
    /// [`TrustError::Json`] if encoding fails.
    pub fn key_set_json(&self, trust: &Trust, issuers: &[Issuer]) -> Result<String, TrustError> {
        let statement = self.0.iter().map(|key| Key::new(key.kid().to_owned(), key.bytes(), STATEMENT, None));
        let proof = trust.proof_keys.iter().map(|key| {
            let issuer_name_en = issuers.iter().find(|i| i.id == key.issuer).map_or("", |i| i.name_en.as_str());
            let names = Names { issuer: key.issuer.as_str(), issuer_name: &key.issuer_name, issuer_name_en };
            Key::new(kid_text(key.kid()), key.key.as_bytes(), PROOF, Some(names))
        });
        serde_json::to_string_pretty(&Set { keys: statement.chain(proof).collect() }).map_err(|e| TrustError::Json(e.to_string()))
    }

    /// Reads the statement keys of a key set; other keys in it are passed over.
    ///
    /// # Errors
    /// [`TrustError`] if the text is no key set, has no statement key, or has one that is not what its members say.
    pub fn parse(json: &str) -> Result<Self, TrustError> {
        let set: AnySet = serde_json::from_str(json).map_err(|e| TrustError::Json(e.to_string()))?;
        let ours = set.keys.into_iter().enumerate().filter(|(_, key)| key.get("yinxin_use").and_then(Value::as_str) == Some(STATEMENT));
        let keys: Vec<_> = ours.map(|(i, key)| read(key).ok_or(TrustError::StatementKey(i + 1))).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(TrustError::NoStatementKey) } else { Ok(Self(keys)) }
    }
}

fn read(key: Value) -> Option<PublicStatementKey> {
    let members: Members = serde_json::from_value(key).ok()?;
    let key = PublicStatementKey::of_bytes(URL_SAFE_NO_PAD.decode(&members.x).ok()?.try_into().ok()?)?;
    (members.kty == "OKP" && members.crv == "Ed25519" && members.kid == key.kid()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::hexadecimal;
    use crate::domain::issuer::SignatureAlgorithm;
    use crate::sealing::keyring::make;
    use crate::sealing::specimen::{Keys, source};

    #[test]
    fn the_key_set_has_every_key_with_its_purpose() {
        let keys = Keys::new(SignatureAlgorithm::EcdsaP256, 3);
        let (old, new) = (make::statement(&mut source(4)), make::statement(&mut source(5)));
        let published = StatementKeys::from(vec![old.public(), new.public()]);
        let json = published.key_set_json(&keys.trust, std::slice::from_ref(&keys.issuer)).unwrap();
        assert_eq!(StatementKeys::parse(&json).unwrap(), published);
        assert_eq!(published.find(new.kid()), Some(&new.public()));
        assert_eq!(published.find("00000000"), None);
        let set: Value = serde_json::from_str(&json).unwrap();
        let proof = &set["keys"][2];
        let kid: String = hexadecimal(&keys.proof.kid());
        assert_eq!((proof["kid"].as_str(), proof["yinxin_use"].as_str()), (Some(kid.as_str()), Some("proof")));
        assert_eq!(proof["issuer_name_en"], "Lanhai Cup Committee");
        // Members that our names add are no reason for others to refuse it, and the other way round.
        let foreign = json.replacen("\"keys\": [", "\"keys\": [{\"kty\": \"RSA\", \"n\": \"AQAB\", \"e\": \"AQAB\"},", 1);
        assert_eq!(StatementKeys::parse(&foreign).unwrap(), published);
        assert_eq!(StatementKeys::parse(&json.replace(old.kid(), new.kid())), Err(TrustError::StatementKey(1)));
        assert_eq!(StatementKeys::parse(r#"{"keys": []}"#), Err(TrustError::NoStatementKey));
        assert!(matches!(StatementKeys::parse("[]"), Err(TrustError::Json(_))));
    }
}
