//! From a signing certificate to a trusted root (RFC 5280): issued by it, made for signing documents, valid at the time.

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier};

use crate::domain::time::Instant;

use super::report::Problem;
use super::signature::PublicKey;

/// id-kp-documentSigning, RFC 9336.
const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");
/// Key usage, basic constraints, extended key usage: the extensions that are understood here, and may therefore be critical.
const UNDERSTOOD: [ObjectIdentifier; 3] =
    [ObjectIdentifier::new_unwrap("2.5.29.15"), ObjectIdentifier::new_unwrap("2.5.29.19"), ObjectIdentifier::new_unwrap("2.5.29.37")];

/// A trusted root.
#[derive(Debug)]
pub(super) struct Root {
    certificate: Certificate,
    key: PublicKey,
    validity: Validity,
}

/// First and last millisecond of a certificate, or of a chain of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    first: i64,
    last: i64,
}

impl Validity {
    fn of(certificate: &Certificate) -> Option<Self> {
        let validity = certificate.tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
        let first = seconds(validity.not_before)?.checked_mul(1000)?;
        // The last second belongs to it.
        let last = seconds(validity.not_after)?.checked_mul(1000)?.checked_add(999)?;
        Some(Self { first, last })
    }

    fn and(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    pub(super) fn contains(self, at: Instant) -> bool {
        (self.first..=self.last).contains(&at.millis())
    }
}

impl Root {
    /// A self-signed certificate authority; `None` if it is anything else.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let root = Self { key: PublicKey::of(&certificate)?, validity: Validity::of(&certificate)?, certificate };
        let authority = extension::<BasicConstraints>(&root.certificate)?.ca
            && extension::<KeyUsage>(&root.certificate)?.key_cert_sign()
            && only_understood(&root.certificate)
            && root.certificate.to_der().ok()? == der;
        (authority && root.has_signed(&root.certificate)).then_some(root)
    }

    fn has_signed(&self, certificate: &Certificate) -> bool {
        let tbs = certificate.tbs_certificate();
        let named = tbs.issuer() == self.certificate.tbs_certificate().subject() && tbs.signature() == certificate.signature_algorithm();
        let signed = match (tbs.to_der(), certificate.signature().as_bytes()) {
            (Ok(message), Some(signature)) if named => self.key.verifies(certificate.signature_algorithm(), &message, signature),
            _ => false,
        };
        // Extensions are read only of certificates that a trusted root has signed.
        let asked = || extension::<AuthorityKeyIdentifier>(certificate).and_then(|id| id.key_identifier);
        let own = || extension::<SubjectKeyIdentifier>(&self.certificate).map(|id| id.0);
        signed && asked().is_none_or(|asked| own() == Some(asked))
    }
}

/// When the chain of `certificate` to one of `roots` is valid.
pub(super) fn trace(certificate: &Certificate, roots: &[Root]) -> Result<Validity, Problem> {
    let root = roots.iter().find(|root| root.has_signed(certificate)).ok_or(Problem::Untrusted)?;
    let usage = extension::<KeyUsage>(certificate).ok_or(Problem::Purpose)?;
    let purposes = extension::<ExtendedKeyUsage>(certificate).ok_or(Problem::Purpose)?;
    let made_for_it = certificate.tbs_certificate().version() == Version::V3
        && usage.digital_signature()
        && usage.non_repudiation()
        && !usage.key_cert_sign()
        && purposes.0.contains(&DOCUMENT_SIGNING)
        && extension::<BasicConstraints>(certificate).is_none_or(|constraints| !constraints.ca)
        && only_understood(certificate);
    let validity = Validity::of(certificate).ok_or(Problem::Validity)?;
    if made_for_it { Ok(validity.and(root.validity)) } else { Err(Problem::Purpose) }
}

fn extension<'a, T: Decode<'a, Error = der::Error> + der::oid::AssociatedOid>(certificate: &'a Certificate) -> Option<T> {
    certificate.tbs_certificate().get_extension::<T>().ok().flatten().map(|(_, extension)| extension)
}

/// No extension twice, and no critical one that is not understood here.
fn only_understood(certificate: &Certificate) -> bool {
    let extensions = certificate.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    let mut ids: Vec<ObjectIdentifier> = extensions.iter().map(|e| e.extn_id).collect();
    ids.sort_unstable();
    ids.windows(2).all(|pair| pair[0] != pair[1]) && extensions.iter().all(|e| !e.critical || UNDERSTOOD.contains(&e.extn_id))
}
