//! New keys and certificates. The profile is RFC 5280's, with the document signing purpose of RFC 9336.

use std::time::Duration;

use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use der::{Decode, Encode, Tag};
use p256::ecdsa;
use p256::elliptic_curve::Generate;
use spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use crate::domain::issuer::{Issuer, SignatureAlgorithm};
use crate::domain::time::Instant;

use super::secret_text::Source;
use super::{KeyError, ProofKey, Random, RootIdentity, SecretKey, SigningIdentity, StatementKey};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
/// id-kp-documentSigning, RFC 9336.
const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");

const DAY_MILLIS: i64 = 86_400_000;
/// Twenty and ten years of 365.25 days.
const ROOT_DAYS: i64 = 7305;
const SIGNING_DAYS: i64 = 3653;

/// A certificate authority of `issuer`: P-256, 20 years, self-signed.
///
/// # Errors
/// [`KeyError::Make`] if X.509 cannot express the names or the time.
pub fn root(issuer: &Issuer, now: Instant, random: Random) -> Result<RootIdentity, KeyError> {
    let mut source = Source(random);
    let key = ecdsa::SigningKey::generate_from_rng(&mut source);
    let subject = name(&format!("{} Root", issuer.name), &issuer.name).map_err(make)?;
    let profile = Profile::Root { subject };
    let public = SubjectPublicKeyInfoOwned::from_key(key.verifying_key()).map_err(make)?;
    let builder = CertificateBuilder::new(profile, serial(&mut source)?, validity(now, ROOT_DAYS)?, public).map_err(make)?;
    let certificate = builder.build::<_, ecdsa::DerSignature>(&key).map_err(make)?;
    Ok(RootIdentity { certificate, key })
}

/// A key of the issuer's algorithm with a certificate from `root`, valid for 10 years.
///
/// # Errors
/// [`KeyError::Make`] if X.509 cannot express the names or the time.
pub fn signing(issuer: &Issuer, root: &RootIdentity, now: Instant, random: Random) -> Result<SigningIdentity, KeyError> {
    let mut source = Source(random);
    let key = match issuer.algorithm {
        SignatureAlgorithm::EcdsaP256 => SecretKey::P256(ecdsa::SigningKey::generate_from_rng(&mut source)),
        SignatureAlgorithm::Ed25519 => SecretKey::Ed25519(Box::new(ed25519_key(&mut source))),
    };
    let subject = name(&issuer.name, &issuer.name).map_err(make)?;
    let profile = Profile::Signing { subject, issuer: root.certificate.tbs_certificate().subject().clone() };
    let public = SubjectPublicKeyInfoOwned::from_der(key.public_key()?.as_bytes()).map_err(make)?;
    let builder = CertificateBuilder::new(profile, serial(&mut source)?, validity(now, SIGNING_DAYS)?, public).map_err(make)?;
    let certificate = builder.build::<_, ecdsa::DerSignature>(&root.key).map_err(make)?;
    SigningIdentity::new(issuer.id.clone(), key, certificate)
}

/// An Ed25519 key for the proofs in QR codes.
#[must_use]
pub fn proof(issuer: &Issuer, random: Random) -> ProofKey {
    ProofKey::new(issuer.id.clone(), ed25519_key(&mut Source(random)))
}

/// An Ed25519 key for what the service states.
#[must_use]
pub fn statement(random: Random) -> StatementKey {
    StatementKey::new(ed25519_key(&mut Source(random)))
}

fn ed25519_key(source: &mut Source) -> ed25519_dalek::SigningKey {
    let mut secret = Zeroizing::new([0; 32]);
    (source.0)(secret.as_mut_slice());
    ed25519_dalek::SigningKey::from_bytes(&secret)
}

fn make(error: impl std::fmt::Display) -> KeyError {
    KeyError::Make(error.to_string())
}

/// O, CN as UTF8String. RFC 5280 bounds both at 64 characters; longer names are cut, since the full one stands on the document.
fn name(common_name: &str, organisation: &str) -> der::Result<Name> {
    let mut sequence = RdnSequence::default();
    for (oid, text) in [(ORGANISATION, organisation), (COMMON_NAME, common_name)] {
        let bounded: String = text.chars().take(64).collect();
        let value = AttributeTypeAndValue { oid, value: Any::new(Tag::Utf8String, bounded.into_bytes())? };
        sequence.push(RelativeDistinguishedName::from(SetOfVec::try_from(vec![value])?));
    }
    Name::from_der(&sequence.to_der()?)
}

/// 136 random bits, positive (RFC 5280, 4.1.2.2).
fn serial(source: &mut Source) -> Result<SerialNumber, KeyError> {
    let mut bytes = [0; 18];
    (source.0)(&mut bytes[1..]);
    // A fixed first byte keeps the length and the sign whatever the random bytes are.
    bytes[0] = 1;
    SerialNumber::new(&bytes).map_err(make)
}

fn validity(now: Instant, days: i64) -> Result<Validity, KeyError> {
    let time = |at: Instant| -> Result<Time, KeyError> {
        let seconds = u64::try_from(at.millis().div_euclid(1000)).map_err(make)?;
        Ok(Time::from(der::DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(make)?))
    };
    Ok(Validity::new(time(now)?, time(now.plus_millis(days * DAY_MILLIS))?))
}

enum Profile {
    Root { subject: Name },
    Signing { subject: Name, issuer: Name },
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, subject: &Name) -> Name {
        match self {
            Self::Root { .. } => subject.clone(),
            Self::Signing { issuer, .. } => issuer.clone(),
        }
    }

    fn get_subject(&self) -> Name {
        match self {
            Self::Root { subject } | Self::Signing { subject, .. } => subject.clone(),
        }
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let subject = certificate.subject();
        let authority = SubjectKeyIdentifier::try_from(issuer_key)?;
        let (constraints, usage) = match self {
            Self::Root { .. } => (BasicConstraints { ca: true, path_len_constraint: Some(0) }, KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Self::Signing { .. } => {
                (BasicConstraints { ca: false, path_len_constraint: None }, KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
            }
        };
        let mut extensions = vec![
            (true, &constraints).to_extension(subject, &[])?,
            (true, &KeyUsage(usage)).to_extension(subject, &[])?,
            SubjectKeyIdentifier::try_from(key)?.to_extension(subject, &[])?,
            AuthorityKeyIdentifier { key_identifier: Some(authority.0), ..Default::default() }.to_extension(subject, &[])?,
        ];
        if matches!(self, Self::Signing { .. }) {
            extensions.push((false, &ExtendedKeyUsage(vec![DOCUMENT_SIGNING])).to_extension(subject, &[])?);
        }
        Ok(extensions)
    }
}
