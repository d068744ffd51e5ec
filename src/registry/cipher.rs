//! Keys of the personal data: keyed hashes for search, authenticated sealing for values and files.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::domain::api_key::{ApiKeyId, ApiSecret};
use crate::domain::award::Award;
use crate::domain::digest::{Digest, hexadecimal};
use crate::domain::identity::IdentityDocument;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use crate::domain::receipt::ReceiptCode;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;

/// Keys derived from one master key, one for each use.
#[derive(Clone, ZeroizeOnDrop)]
pub struct DataKeys {
    search: [u8; 32],
    field: [u8; 32],
    field_nonce: [u8; 32],
    vault: [u8; 32],
    vault_nonce: [u8; 32],
    link: [u8; 32],
}

/// The bytes were not sealed with these keys for this place, or were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密文无法打开：密钥不符或数据被改动 / the sealed bytes do not open: another key, or changed data")]
pub struct Unsealable;

/// A keyed digest of the code that was put on a certificate after its proof had been made and read back. A code with this mark is that very
/// code: its signature was found right then. Nobody can make a mark without the keys, whoever can write into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeMark([u8; 16]);

impl CodeMark {
    /// A mark that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// As it is kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

const NONCE: usize = 24;

impl DataKeys {
    /// Derives every key from the master key by HKDF-SHA-256 (RFC 5869).
    #[must_use]
    pub fn from_master(mut master: [u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"yinxin data keys 1"), &master);
        let derive = |label: &[u8]| {
            let mut key = [0u8; 32];
            // 32 bytes are far below HKDF's limit of 255 blocks; were it to fail, the zero key would open nothing.
            let _ = hkdf.expand(label, &mut key);
            key
        };
        let keys = Self {
            search: derive(b"search"),
            field: derive(b"field"),
            field_nonce: derive(b"field nonce"),
            vault: derive(b"vault"),
            vault_nonce: derive(b"vault nonce"),
            link: derive(b"link"),
        };
        master.zeroize();
        keys
    }

    /// The id of an award: the same for the same award in whatever list it comes.
    #[must_use]
    pub fn award_id(&self, award: &Award) -> String {
        hexadecimal(&mac(&self.search, &[b"award", &award.identity()])[..16])
    }

    /// What an identity document is searched by.
    #[must_use]
    pub fn document_hash(&self, document: &IdentityDocument) -> String {
        hexadecimal(&mac(&self.search, &[b"document", document.kind().code().as_bytes(), document.number().as_bytes()]))
    }

    /// What a telephone is searched by.
    #[must_use]
    pub fn telephone_hash(&self, telephone: &Telephone) -> String {
        hexadecimal(&mac(&self.search, &[b"telephone", telephone.as_str().as_bytes()]))
    }

    /// The search hash of a person's name.
    #[must_use]
    pub fn name_hash(&self, name: &PersonName) -> String {
        hexadecimal(&mac(&self.search, &[b"person name", name.search_key().as_bytes()]))
    }

    /// What a secret that a browser or a telephone holds is kept as: `kind` keeps the kinds apart.
    #[must_use]
    pub fn secret_hash(&self, kind: &str, secret: &[&[u8]]) -> String {
        let parts: Vec<&[u8]> = [b"secret", kind.as_bytes()].into_iter().chain(secret.iter().copied()).collect();
        hexadecimal(&mac(&self.link, &parts))
    }

    /// The bucket of whoever tries to get into the account with this telephone.
    #[must_use]
    pub fn telephone_bucket(&self, question: &str, telephone: &Telephone) -> String {
        hexadecimal(&mac(&self.search, &[b"telephone bucket", question.as_bytes(), telephone.as_str().as_bytes()])[..16])
    }

    /// The bucket of an address for one kind of question: the address itself is kept nowhere.
    #[must_use]
    pub fn address_hash(&self, question: &str, network: &[u8; 16]) -> String {
        hexadecimal(&mac(&self.search, &[b"address", question.as_bytes(), network])[..16])
    }

    /// The bucket of a key, by its id.
    #[must_use]
    pub fn key_bucket(&self, id: &ApiKeyId) -> String {
        hexadecimal(&mac(&self.search, &[b"key bucket", id.as_str().as_bytes()])[..16])
    }

    /// The bucket of a person who is asked for by a document. It is another hash than the one that the records are searched by, so that the
    /// buckets do not tell who was asked for.
    #[must_use]
    pub fn person_bucket(&self, document: &IdentityDocument) -> String {
        hexadecimal(&mac(&self.search, &[b"person", document.kind().code().as_bytes(), document.number().as_bytes()])[..16])
    }

    /// What the key of an integrator is found by.
    #[must_use]
    pub fn api_key_hash(&self, secret: &ApiSecret) -> String {
        hexadecimal(&mac(&self.search, &[b"api key", secret.reveal().as_bytes()]))
    }

    /// The bucket of names that are tried on one number, known to us or not.
    #[must_use]
    pub fn name_bucket(&self, number: &CertificateNumber) -> String {
        hexadecimal(&mac(&self.search, &[b"name", number.as_str().as_bytes()])[..16])
    }

    /// What a person is searched by who does not want to be found: a hash that no record has.
    #[must_use]
    pub(super) fn nobody_hash(&self, document: &IdentityDocument) -> String {
        hexadecimal(&mac(&self.search, &[b"nobody", document.kind().code().as_bytes(), document.number().as_bytes()]))
    }

    /// What the code on a certificate is known again by; `digits` is its text without the address.
    #[must_use]
    pub fn code_mark(&self, digits: &str) -> CodeMark {
        CodeMark(half(&mac(&self.search, &[b"code", digits.as_bytes()])))
    }

    /// The token of a shared link. It is as random as `nonce`, and whoever chooses the nonce does not choose the token.
    #[must_use]
    pub fn share_token(&self, number: &CertificateNumber, nonce: &[u8; 16]) -> [u8; 16] {
        half(&mac(&self.link, &[b"share", number.as_str().as_bytes(), nonce]))
    }

    /// What a shared link is searched by: the token itself is kept nowhere.
    #[must_use]
    pub fn share_hash(&self, token: &[u8; 16]) -> String {
        hexadecimal(&mac(&self.search, &[b"share", token]))
    }

    /// The bits of a receipt's code. They are as random as `nonce`, and whoever chooses the nonce does not choose the code.
    #[must_use]
    pub fn receipt_bits(&self, nonce: &[u8; 16]) -> [u8; 16] {
        half(&mac(&self.link, &[b"receipt", nonce]))
    }

    /// What a receipt is searched by: the code itself is kept nowhere.
    #[must_use]
    pub fn receipt_hash(&self, code: &ReceiptCode) -> String {
        hexadecimal(&mac(&self.search, &[b"receipt", code.as_str().as_bytes()]))
    }

    /// The code with which a reader who opened a shared link fetches what the page shows, until `until`.
    #[must_use]
    pub fn pass_mac(&self, token: &[u8; 16], until: Instant) -> [u8; 16] {
        half(&mac(&self.link, &[b"pass", token, &until.millis().to_be_bytes()]))
    }

    /// The code of a file that a page carries and hands back to be saved, so that nothing is saved that was not made here.
    #[must_use]
    pub fn parcel_mac(&self, name: &str, file: &[u8]) -> [u8; 16] {
        half(&mac(&self.link, &[b"parcel", name.as_bytes(), file]))
    }

    /// The code of a picture's address.
    #[must_use]
    pub fn picture_mac(&self, number: &CertificateNumber, expires: Instant) -> [u8; 16] {
        half(&mac(&self.link, &[b"picture", number.as_str().as_bytes(), &expires.millis().to_be_bytes()]))
    }

    /// The code in a download link: 128 bits that only the holder of the key can make.
    #[must_use]
    pub fn link_mac(&self, number: &CertificateNumber, expires: Instant) -> [u8; 16] {
        half(&mac(&self.link, &[number.as_str().as_bytes(), &expires.millis().to_be_bytes()]))
    }

    /// Seals a value for one place (table, column, row). The nonce is a keyed digest of place and value: the same value in the same
    /// place gives the same bytes, and different ones never share a nonce.
    #[must_use]
    pub fn seal_field(&self, place: &str, value: &str) -> Vec<u8> {
        let nonce = mac(&self.field_nonce, &[place.as_bytes(), value.as_bytes()]);
        seal(&self.field, &nonce, place.as_bytes(), value.as_bytes())
    }

    /// Opens what [`DataKeys::seal_field`] sealed for the same place.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn open_field(&self, place: &str, sealed: &[u8]) -> Result<String, Unsealable> {
        String::from_utf8(open(&self.field, place.as_bytes(), sealed)?).map_err(|_| Unsealable)
    }

    /// Seals a file under its digest, to the same bytes each time.
    #[must_use]
    pub fn seal_file(&self, digest: &Digest, file: &[u8]) -> Vec<u8> {
        seal(&self.vault, &mac(&self.vault_nonce, &[digest.as_bytes()]), digest.as_bytes(), file)
    }

    /// Opens what [`DataKeys::seal_file`] sealed.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn open_file(&self, digest: &Digest, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        open(&self.vault, digest.as_bytes(), sealed)
    }
}

/// HMAC-SHA-256 over the parts, each with its length before it.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn seal(key: &[u8; 32], nonce: &[u8; 32], place: &[u8], plain: &[u8]) -> Vec<u8> {
    let cipher = XChaCha20Poly1305::new(key.into());
    let mut bytes = [0u8; NONCE];
    bytes.copy_from_slice(&nonce[..NONCE]);
    let nonce = XNonce::from(bytes);
    let sealed = cipher.encrypt(&nonce, Payload { msg: plain, aad: place }).unwrap_or_default();
    let mut out = Vec::with_capacity(NONCE + sealed.len());
    out.extend_from_slice(&bytes);
    out.extend_from_slice(&sealed);
    out
}

fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Unsealable)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: place }).map_err(|_| Unsealable)
}

/// 128 bits of a code.
fn half(full: &[u8; 32]) -> [u8; 16] {
    let mut code = [0; 16];
    code.copy_from_slice(&full[..16]);
    code
}

impl std::fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKeys([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_for_one_place_and_one_key() {
        let keys = DataKeys::from_master([7; 32]);
        let sealed = keys.seal_field("award/document/1", "11010519491231002X");
        assert_eq!(sealed, keys.seal_field("award/document/1", "11010519491231002X"));
        assert_eq!(keys.open_field("award/document/1", &sealed).as_deref(), Ok("11010519491231002X"));
        assert_eq!(keys.open_field("award/document/2", &sealed), Err(Unsealable));
        assert_eq!(DataKeys::from_master([8; 32]).open_field("award/document/1", &sealed), Err(Unsealable));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open_field("award/document/1", &changed), Err(Unsealable));
        }
        assert!(!sealed.windows(4).any(|w| w == b"1949"));
    }

    #[test]
    fn links_differ_by_number_and_expiry() {
        let keys = DataKeys::from_master([7; 32]);
        let mac = |n: &str, t| keys.link_mac(&n.parse().unwrap(), Instant::from_millis(t).unwrap());
        assert_ne!(mac("ABC123", 1), mac("ABC123", 2));
        assert_ne!(mac("ABC123", 1), mac("ABC124", 1));
    }
}
