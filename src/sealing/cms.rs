//! The PAdES B-B signature (ETSI EN 319 142-1): CMS SignedData (RFC 5652) over a digest that was computed elsewhere.
//!
//! All that does not change from one signature to the next is encoded once for each signing identity; a signature then costs
//! the private key's operation and the copying of a kilobyte.

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Encode, Sequence};
use ed25519_dalek::Signer as _;
use p256::ecdsa;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::serial_number::SerialNumber;

use crate::domain::digest::Digest;
use crate::domain::issuer::SignatureAlgorithm;

use super::keyring::SecretKey;

const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER_ONE: [u8; 3] = [0x02, 0x01, 0x01];
const OCTET_STRING: u8 = 0x04;
/// `[0]`, constructed: signed attributes, certificates and the content of ContentInfo.
const CONTEXT_0: u8 = 0xA0;

/// The two INTEGERs of an ECDSA signature on P-256 have up to 33 bytes each.
const LONGEST_ECDSA: usize = 72;
const ED25519_BYTES: usize = 64;

/// The constant parts of an identity's signatures, encoded.
pub(super) struct Frame {
    /// contentType of ContentInfo.
    content_type: Vec<u8>,
    /// digestAlgorithms, encapContentInfo and certificates of SignedData, with its version before them.
    signed_data: Vec<u8>,
    /// version, sid and digestAlgorithm of SignerInfo.
    signer: Vec<u8>,
    /// The signed attributes as SET OF, with zeros in place of the message digest.
    attributes: Vec<u8>,
    /// Where the message digest goes.
    digest_at: usize,
    signature_algorithm: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

/// The parts do not fit together; cannot happen with a frame that [`Frame::new`] made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The digest has another length than the algorithm's.
    #[error("摘要长度与签名算法不符 / the digest's length is not the algorithm's")]
    Digest,
    /// The private key's operation failed.
    #[error("签名运算失败 / the signature operation failed")]
    Signature,
}

/// `ESSCertIDv2` (RFC 5035) with SHA-256, the default, and therefore absent, algorithm.
#[derive(Sequence)]
struct CertificateId<'a> {
    hash: &'a OctetStringRef,
    issuer_serial: IssuerSerial,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial: SerialNumber,
}

impl Frame {
    pub(super) fn new(certificate: &Certificate, certificate_der: &[u8], algorithm: SignatureAlgorithm) -> der::Result<Self> {
        let (digest, signature, digest_bytes) = match algorithm {
            SignatureAlgorithm::EcdsaP256 => (SHA256, ECDSA_WITH_SHA256, 32),
            SignatureAlgorithm::Ed25519 => (SHA512, ED25519, 64),
        };
        let digest_algorithm = tlv(SEQUENCE, &[&digest.to_der()?]);
        let tbs = certificate.tbs_certificate();
        let (issuer, serial) = (tbs.issuer().to_der()?, tbs.serial_number().to_der()?);

        let hash = Digest::of(certificate_der);
        let id = CertificateId {
            hash: OctetStringRef::new(hash.as_bytes())?,
            issuer_serial: IssuerSerial {
                issuer: vec![GeneralName::DirectoryName(tbs.issuer().clone())],
                serial: tbs.serial_number().clone(),
            },
        };
        // SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2 }
        let signing_certificate = tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&id.to_der()?])]);

        let attribute =
            |oid: ObjectIdentifier, value: &[u8]| -> der::Result<Vec<u8>> { Ok(tlv(SEQUENCE, &[&oid.to_der()?, &tlv(SET, &[value])])) };
        let message_digest = attribute(MESSAGE_DIGEST, &tlv(OCTET_STRING, &[&vec![0; digest_bytes]]))?;
        let mut all = [
            attribute(CONTENT_TYPE, &ID_DATA.to_der()?)?,
            message_digest.clone(),
            attribute(SIGNING_CERTIFICATE_V2, &signing_certificate)?,
        ];
        // DER sorts a SET OF by its encodings; they differ before the digest begins, so the order is the same for any digest.
        all.sort();
        let attributes = tlv(SET, &[&all[0], &all[1], &all[2]]);
        let before: usize = all.iter().take_while(|a| **a != message_digest).map(Vec::len).sum();
        let content_length = all.iter().map(Vec::len).sum::<usize>();
        let digest_at = attributes.len() - content_length + before + message_digest.len() - digest_bytes;

        Ok(Self {
            content_type: ID_SIGNED_DATA.to_der()?,
            signed_data: [
                INTEGER_ONE.to_vec(),
                tlv(SET, &[&digest_algorithm]),
                tlv(SEQUENCE, &[&ID_DATA.to_der()?]),
                tlv(CONTEXT_0, &[certificate_der]),
            ]
            .concat(),
            signer: [INTEGER_ONE.to_vec(), tlv(SEQUENCE, &[&issuer, &serial]), digest_algorithm].concat(),
            attributes,
            digest_at,
            signature_algorithm: tlv(SEQUENCE, &[&signature.to_der()?]),
            algorithm,
        })
    }

    /// The length of the longest signature that this frame can hold, in bytes of DER.
    pub(super) fn longest(&self) -> usize {
        let bytes = match self.algorithm {
            SignatureAlgorithm::EcdsaP256 => LONGEST_ECDSA,
            SignatureAlgorithm::Ed25519 => ED25519_BYTES,
        };
        self.assemble(&self.attributes, &[0; LONGEST_ECDSA][..bytes]).len()
    }

    /// The CMS signature, DER, over content with this `digest` (SHA-256 for P-256, SHA-512 for Ed25519).
    pub(super) fn sign(&self, digest: &[u8], key: &SecretKey) -> Result<Vec<u8>, SignError> {
        let mut attributes = self.attributes.clone();
        let length = match self.algorithm {
            SignatureAlgorithm::EcdsaP256 => 32,
            SignatureAlgorithm::Ed25519 => 64,
        };
        match attributes.get_mut(self.digest_at..self.digest_at + length) {
            Some(place) if place.len() == digest.len() => place.copy_from_slice(digest),
            _ => return Err(SignError::Digest),
        }
        // The signature is over the SET OF encoding; the message carries the same bytes under the tag [0] (RFC 5652, 5.4).
        Ok(match key {
            SecretKey::P256(key) => {
                // Deterministic by RFC 6979.
                let signature: ecdsa::DerSignature = key.try_sign(&attributes).map_err(|_| SignError::Signature)?;
                self.assemble(&attributes, signature.as_bytes())
            }
            SecretKey::Ed25519(key) => self.assemble(&attributes, &key.sign(&attributes).to_bytes()),
        })
    }

    fn assemble(&self, attributes: &[u8], signature: &[u8]) -> Vec<u8> {
        let mut implicit = attributes.to_vec();
        if let Some(tag) = implicit.first_mut() {
            *tag = CONTEXT_0;
        }
        let signature = tlv(OCTET_STRING, &[signature]);
        let signer = tlv(SEQUENCE, &[&self.signer, &implicit, &self.signature_algorithm, &signature]);
        let signed_data = tlv(SEQUENCE, &[&self.signed_data, &tlv(SET, &[&signer])]);
        tlv(SEQUENCE, &[&self.content_type, &tlv(CONTEXT_0, &[&signed_data])])
    }
}

/// Tag, DER length, and the parts as the content.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let bytes = length.to_be_bytes();
    let digits = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    match digits {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            // At most eight bytes of length.
            out.push(0x80 | long.iter().fold(0, |n: u8, _| n + 1));
            out.extend_from_slice(long);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::specimen::Keys;
    use cms::content_info::ContentInfo;
    use cms::signed_data::SignedData;
    use der::Decode;

    #[test]
    fn the_bytes_are_what_the_types_of_another_crate_encode() {
        for (algorithm, digest) in [(SignatureAlgorithm::EcdsaP256, &[7u8; 32][..]), (SignatureAlgorithm::Ed25519, &[7u8; 64][..])] {
            let keys = Keys::new(algorithm, 3);
            let identity = &keys.signing;
            let der = identity.frame().sign(digest, identity.key()).unwrap();
            assert!(der.len() <= identity.signature_bytes() && der.len() + 8 > identity.signature_bytes());
            assert_eq!(der, identity.frame().sign(digest, identity.key()).unwrap(), "deterministic");
            let info = ContentInfo::from_der(&der).unwrap();
            assert_eq!(info.to_der().unwrap(), der);
            let signed: SignedData = info.content.decode_as().unwrap();
            assert_eq!(signed.to_der().unwrap(), info.content.to_der().unwrap());
            let signer = &signed.signer_infos.0.as_slice()[0];
            assert_eq!(signer.signed_attrs.as_ref().unwrap().len(), 3);
            assert!(identity.frame().sign(&digest[1..], identity.key()).is_err());
        }
    }

    #[test]
    fn lengths_are_der() {
        for (length, head) in [(0, &[4, 0][..]), (127, &[4, 127]), (128, &[4, 0x81, 128]), (256, &[4, 0x82, 1, 0])] {
            let made = tlv(4, &[&vec![0; length]]);
            assert_eq!(&made[..head.len()], head);
            assert_eq!(made.len(), head.len() + length);
        }
    }
}
