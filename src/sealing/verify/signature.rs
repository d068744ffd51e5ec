//! The CMS object of a PAdES B-B signature, read strictly: one spelling, one signer, one certificate, one algorithm.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::{DerSignature, VerifyingKey as P256Key, signature::Verifier as _};
use sha2::{Digest as _, Sha256, Sha512};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::serial_number::SerialNumber;

use crate::domain::digest::Digest;

use super::file::Covered;
use super::report::Problem;
use super::shape;

mod oid {
    use super::ObjectIdentifier;
    pub(super) const DATA: ObjectIdentifier = const_oid("1.2.840.113549.1.7.1");
    pub(super) const SIGNED_DATA: ObjectIdentifier = const_oid("1.2.840.113549.1.7.2");
    pub(super) const CONTENT_TYPE: ObjectIdentifier = const_oid("1.2.840.113549.1.9.3");
    pub(super) const MESSAGE_DIGEST: ObjectIdentifier = const_oid("1.2.840.113549.1.9.4");
    pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = const_oid("1.2.840.113549.1.9.16.2.47");
    pub(super) const SHA256: ObjectIdentifier = const_oid("2.16.840.1.101.3.4.2.1");
    pub(super) const SHA512: ObjectIdentifier = const_oid("2.16.840.1.101.3.4.2.3");
    pub(super) const ECDSA_SHA256: ObjectIdentifier = const_oid("1.2.840.10045.4.3.2");
    pub(super) const ED25519: ObjectIdentifier = const_oid("1.3.101.112");

    const fn const_oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }
}

/// A public key that can have signed a certificate's file.
#[derive(Debug, Clone)]
pub(super) enum PublicKey {
    P256(P256Key),
    Ed25519(Ed25519Key),
}

impl PublicKey {
    pub(super) fn of(certificate: &Certificate) -> Option<Self> {
        let der = certificate.tbs_certificate().subject_public_key_info().to_der().ok()?;
        let info = spki::SubjectPublicKeyInfoRef::from_der(&der).ok()?;
        if info.algorithm.oid == oid::ED25519 {
            return Ed25519Key::try_from(info).ok().filter(|key| !key.is_weak()).map(Self::Ed25519);
        }
        P256Key::try_from(info).ok().map(Self::P256)
    }

    /// Whether `signature` by this key, in the algorithm that `identifier` names, is over `message`.
    pub(super) fn verifies(&self, identifier: &AlgorithmIdentifierOwned, message: &[u8], signature: &[u8]) -> bool {
        if identifier.parameters.is_some() {
            return false;
        }
        match self {
            Self::P256(key) if identifier.oid == oid::ECDSA_SHA256 => DerSignature::from_bytes(signature)
                .is_ok_and(|parsed| parsed.as_bytes() == signature && key.verify(message, &parsed).is_ok()),
            Self::Ed25519(key) if identifier.oid == oid::ED25519 => {
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|parsed| key.verify_strict(message, &parsed).is_ok())
            }
            _ => false,
        }
    }
}

/// A signature whose form is right; nothing of it is verified yet.
pub(super) struct Signature {
    data: SignedData,
    certificate: Certificate,
    pub(super) certificate_der: Vec<u8>,
}

/// What the signature is over, and with what.
pub(super) struct Claim {
    /// The digest of the file that was signed.
    pub(super) message_digest: Vec<u8>,
    /// The signed attributes as SET OF: the signature's message.
    message: Vec<u8>,
    signature: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
}

impl Signature {
    /// Reads `der` and refuses all but the one encoding of what was read.
    pub(super) fn read(der: &[u8]) -> Result<Self, Problem> {
        if !shape::is_modest(der) {
            return Err(Problem::Cms);
        }
        let info = ContentInfo::from_der(der).map_err(|_| Problem::Cms)?;
        let data: SignedData = info.content.decode_as().map_err(|_| Problem::Cms)?;
        let again = ContentInfo { content_type: oid::SIGNED_DATA, content: Any::encode_from(&data).map_err(|_| Problem::Cms)? };
        if again.to_der().map_err(|_| Problem::Cms)? != der {
            return Err(Problem::Cms);
        }
        let certificates = data.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
        let [CertificateChoices::Certificate(certificate)] = certificates else { return Err(Problem::CmsForm) };
        let certificate = certificate.clone();
        let form = data.version == CmsVersion::V1
            && data.encap_content_info.econtent_type == oid::DATA
            && data.encap_content_info.econtent.is_none()
            && data.crls.is_none()
            && data.digest_algorithms.len() == 1
            && data.signer_infos.0.len() == 1;
        let certificate_der = certificate.to_der().map_err(|_| Problem::Cms)?;
        let signature = Self { data, certificate, certificate_der };
        if form && signature.signer_is_named() { Ok(signature) } else { Err(Problem::CmsForm) }
    }

    fn signer(&self) -> Result<&SignerInfo, Problem> {
        self.data.signer_infos.0.get(0).ok_or(Problem::CmsForm)
    }

    /// The signer is named by issuer and serial number of the one certificate, and has no unsigned attributes.
    fn signer_is_named(&self) -> bool {
        let tbs = self.certificate.tbs_certificate();
        self.signer().is_ok_and(|signer| {
            let named = matches!(&signer.sid, SignerIdentifier::IssuerAndSerialNumber(id)
                if id.issuer == *tbs.issuer() && id.serial_number == *tbs.serial_number());
            named && signer.version == CmsVersion::V1 && signer.unsigned_attrs.is_none()
        })
    }

    /// The certificate in the signature.
    pub(super) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The key, if one algorithm runs through all the places that name one: P-256 with SHA-256 (RFC 5753), or Ed25519 with
    /// SHA-512 (RFC 8419).
    pub(super) fn key(&self) -> Result<PublicKey, Problem> {
        let signer = self.signer()?;
        let key = PublicKey::of(&self.certificate).ok_or(Problem::Algorithms)?;
        let (digest, signature) = match &key {
            PublicKey::P256(_) => (oid::SHA256, oid::ECDSA_SHA256),
            PublicKey::Ed25519(_) => (oid::SHA512, oid::ED25519),
        };
        let is = |identifier: &AlgorithmIdentifierOwned, oid| identifier.oid == oid && identifier.parameters.is_none();
        let agree = self.data.digest_algorithms.iter().all(|a| is(a, digest))
            && is(&signer.digest_alg, digest)
            && is(&signer.signature_algorithm, signature);
        if agree { Ok(key) } else { Err(Problem::Algorithms) }
    }

    /// The three attributes of PAdES B-B, once each with one value, and no other (EN 319 142-1 forbids the signing time here).
    pub(super) fn claim(&self) -> Result<Claim, Problem> {
        let signer = self.signer()?;
        let attributes = signer.signed_attrs.as_ref().filter(|a| a.len() == 3).ok_or(Problem::Attributes)?;
        let value = |oid: ObjectIdentifier| -> Result<&Any, Problem> {
            let attribute = attributes.iter().find(|a| a.oid == oid).filter(|a| a.values.len() == 1);
            attribute.and_then(|a| a.values.get(0)).ok_or(Problem::Attributes)
        };
        let content_type: ObjectIdentifier = strict(value(oid::CONTENT_TYPE)?)?;
        let message_digest: OctetString = strict(value(oid::MESSAGE_DIGEST)?)?;
        let signing_certificate: SigningCertificate = strict(value(oid::SIGNING_CERTIFICATE_V2)?)?;
        if content_type != oid::DATA {
            return Err(Problem::Attributes);
        }
        if !signing_certificate.names(&self.certificate, &self.certificate_der) {
            return Err(Problem::CertificateBinding);
        }
        Ok(Claim {
            message_digest: message_digest.as_bytes().to_vec(),
            message: attributes.to_der().map_err(|_| Problem::Attributes)?,
            signature: signer.signature.as_bytes().to_vec(),
            algorithm: signer.signature_algorithm.clone(),
        })
    }
}

impl Claim {
    /// Whether the covered parts have the digest that was signed, and the SHA-256 of the whole file.
    pub(super) fn digests(&self, file: Covered, key: &PublicKey) -> (bool, Digest) {
        let Covered { before, slot, behind } = file;
        let start = Sha256::new_with_prefix(before);
        let whole = Digest::from_bytes(start.clone().chain_update(slot).chain_update(behind).finalize().into());
        let signed = match key {
            PublicKey::P256(_) => start.chain_update(behind).finalize()[..] == self.message_digest,
            PublicKey::Ed25519(_) => Sha512::new_with_prefix(before).chain_update(behind).finalize()[..] == self.message_digest,
        };
        (signed, whole)
    }

    pub(super) fn is_by(&self, key: &PublicKey) -> bool {
        key.verifies(&self.algorithm, &self.message, &self.signature)
    }
}

/// A value in its one DER encoding.
fn strict<'a, T>(any: &'a Any) -> Result<T, Problem>
where
    T: 'a + der::DecodeValue<'a, Error = der::Error> + der::FixedTag + der::EncodeValue,
{
    let value: T = any.decode_as().map_err(|_| Problem::Attributes)?;
    if value.to_der().ok() == any.to_der().ok() { Ok(value) } else { Err(Problem::Attributes) }
}

/// `SigningCertificateV2` (RFC 5035) without policies.
#[derive(Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateId>,
}

/// `ESSCertIDv2` with the default algorithm, SHA-256, which DER leaves out; another one does not parse here.
#[derive(Sequence)]
struct CertificateId {
    hash: OctetString,
    issuer_serial: IssuerSerial,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial: SerialNumber,
}

impl SigningCertificate {
    fn names(&self, certificate: &Certificate, der: &[u8]) -> bool {
        let tbs = certificate.tbs_certificate();
        match self.certificates.as_slice() {
            [id] => {
                id.hash.as_bytes() == &Sha256::digest(der)[..]
                    && id.issuer_serial.issuer == [GeneralName::DirectoryName(tbs.issuer().clone())]
                    && id.issuer_serial.serial == *tbs.serial_number()
            }
            _ => false,
        }
    }
}
