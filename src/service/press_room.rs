//! Where certificates are made: plates, signing keys and proof keys together. Without a press room nothing can be issued.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::config::Config;
use crate::document::checks::CheckError;
use crate::document::edition::Edition;
use crate::document::fonts::FontLibrary;
use crate::document::plate::{Plate, PlateSettings};
use crate::document::press::{Face, FaceProblem};
use crate::document::qr::QrText;
use crate::document::template::{Template, TemplateProblem};
use crate::domain::certificate::Facts;
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;
use crate::domain::heading::Heading;
use crate::domain::issuer::{Issuer, Slug};
use crate::domain::number::CertificateNumber;
use crate::domain::qr_claims::QrClaims;
use crate::domain::time::Instant;
use crate::sealing::keyring::ProofKey;
use crate::sealing::keyring::{Trust, TrustError};
use crate::sealing::proof::{self, Code, ProofError};
use crate::sealing::seal::{Expected, ReadBackError, Released, SealError, seal};
use crate::sealing::verify::Verifier;

use super::key_folder::{KeySet, KeySets};
use super::library::{self, LibraryError};

/// Plates, keys and the verifier that reads back.
pub struct PressRoom {
    fonts: Arc<FontLibrary>,
    keys: KeySets,
    verifier: Verifier,
    issuers: Vec<Issuer>,
    plates: Mutex<BTreeMap<(Digest, Digest), Arc<Plate>>>,
}

/// A certificate whose file is ready to be stored.
pub struct Made {
    /// Its number.
    pub number: CertificateNumber,
    /// Its file.
    pub released: Released,
    /// The digits of the code on it.
    pub code: String,
    /// What that code has in common with others.
    pub heading: Heading,
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// Fonts or templates on disk.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The trust anchors.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The template has problems.
    #[error("模板有 {} 处问题 / problems in the template:\n{}", .0.len(), lines(.0))]
    Template(Vec<TemplateProblem>),
    /// The template version that a record names is not in the registry.
    #[error("登记册中没有模板版本 {0} / the registry has no such template version")]
    NoTemplate(Digest),
    /// A font that a template version was frozen with is in neither the fonts folder nor the vault.
    #[error("字体 {0}（{1}）已不在字体文件夹和文件库中 / the font is in neither the fonts folder nor the vault")]
    NoFont(String, Digest),
    /// The signing key that a record names is not in the key folder.
    #[error("密钥文件夹中没有证书指纹为 {0} 的签名密钥 / no signing key with this fingerprint")]
    NoKey(Digest),
    /// The issuer has no keys.
    #[error("签发机构 {0} 没有密钥，请先运行 yinxin keys init / the issuer has no keys; run yinxin keys init")]
    NoIssuerKey(Slug),
    /// The facts do not fit the template.
    #[error("证书 {number} 无法排版 / the certificate cannot be composed:\n{}", lines(.problems))]
    Face {
        /// Which certificate.
        number: CertificateNumber,
        /// Every problem.
        problems: Vec<FaceProblem>,
    },
    /// The proof for the QR code cannot be made.
    #[error("证书 {number} 的二维码证明无法生成 / the proof for the QR code cannot be made: {source}")]
    Proof {
        /// Which certificate.
        number: CertificateNumber,
        /// Why.
        source: ProofError,
    },
    /// The check of the composed page failed.
    #[error("证书 {number} 未通过检查 / the certificate failed its check: {source}")]
    Check {
        /// Which certificate.
        number: CertificateNumber,
        /// What failed.
        source: CheckError,
    },
    /// The signature could not be made.
    #[error("证书 {number} 无法签名 / the certificate could not be signed: {source}")]
    Seal {
        /// Which certificate.
        number: CertificateNumber,
        /// What failed.
        source: SealError,
    },
    /// The signed file did not verify.
    #[error("证书 {number} 签名后复核未通过，未发布 / the signed file did not verify and is not released: {source}")]
    ReadBack {
        /// Which certificate.
        number: CertificateNumber,
        /// What failed.
        source: ReadBackError,
    },
}

fn lines<T: std::fmt::Display>(problems: &[T]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl PressRoom {
    /// Loads fonts and takes the keys.
    ///
    /// # Errors
    /// [`PressError`] if the fonts cannot be read.
    pub fn open(config: &Config, keys: KeySets, trust: &Trust) -> Result<Self, PressError> {
        Ok(Self {
            fonts: library::fonts(&config.fonts)?,
            keys,
            verifier: Verifier::new(trust)?,
            issuers: config.issuers.clone(),
            plates: Mutex::new(BTreeMap::new()),
        })
    }

    /// The keys that an issuer signs with today.
    ///
    /// # Errors
    /// [`PressError::NoIssuerKey`] if there are none.
    pub fn current_keys(&self, issuer: &Slug) -> Result<Arc<KeySet>, PressError> {
        self.keys.current(issuer).ok_or_else(|| PressError::NoIssuerKey(issuer.clone()))
    }

    /// Until when the certificate of each issuer that signs today is valid.
    #[must_use]
    pub fn valid_until(&self) -> Vec<(Issuer, Instant)> {
        let end = |issuer: &Issuer| Some((issuer.clone(), self.keys.current(&issuer.id)?.identity.valid_until()?));
        self.issuers.iter().filter_map(end).collect()
    }

    /// Today's fonts.
    #[must_use]
    pub fn fonts(&self) -> &Arc<FontLibrary> {
        &self.fonts
    }

    /// Today's fonts, if they are the very ones that the edition was frozen with.
    #[must_use]
    pub fn fonts_of(&self, edition: &Edition) -> Option<Arc<FontLibrary>> {
        let same = edition.fonts.iter().all(|(file, digest)| self.fonts.digest(file) == Some(*digest));
        same.then(|| Arc::clone(&self.fonts))
    }

    /// The plate of an edition for a signing key, made once.
    ///
    /// # Errors
    /// [`PressError`] naming the template's problems.
    pub fn plate(&self, edition: &Edition, fonts: Arc<FontLibrary>, keys: &KeySet, issuer: &Issuer) -> Result<Arc<Plate>, PressError> {
        let key = (edition.digest(), keys.identity.fingerprint());
        if let Some(plate) = self.kept(&key) {
            return Ok(plate);
        }
        let template = Arc::new(Template::parse(&edition.template).map_err(PressError::Template)?);
        let settings = PlateSettings {
            issuer: issuer.clone(),
            signature_bytes: keys.identity.signature_bytes(),
            algorithm: keys.identity.algorithm(),
            seal: edition.seal.clone(),
        };
        let plate = Arc::new(Plate::make(template, fonts, &settings).map_err(PressError::Template)?);
        if let Ok(mut plates) = self.plates.lock() {
            plates.insert(key, Arc::clone(&plate));
        }
        Ok(plate)
    }

    fn kept(&self, key: &(Digest, Digest)) -> Option<Arc<Plate>> {
        self.plates.lock().ok()?.get(key).cloned()
    }

    /// Whether the plate for these facts is at hand; if not, its edition has to be fetched and given to [`PressRoom::prepare`].
    #[must_use]
    pub fn has_plate(&self, facts: &Facts) -> bool {
        self.kept(&(facts.template, facts.signer)).is_some()
    }

    /// Makes the plate for facts that were recorded earlier, with the edition and the key that they name.
    ///
    /// # Errors
    /// [`PressError`] if the key is gone or the template has problems.
    pub fn prepare(&self, facts: &Facts, edition: &Edition, fonts: Arc<FontLibrary>) -> Result<(), PressError> {
        let keys = self.keys.by_fingerprint(&facts.signer).ok_or(PressError::NoKey(facts.signer))?;
        // The issuer's names as they were: what the plate prints must not change with today's configuration.
        let named = &facts.claims.issuer;
        let algorithm = self.issuers.iter().find(|i| i.id == named.id).map(|i| i.algorithm).unwrap_or_default();
        let issuer = Issuer { id: named.id.clone(), name: named.name.clone(), name_en: named.name_en.clone(), algorithm };
        self.plate(edition, fonts, &keys, &issuer).map(|_| ())
    }

    /// Prove, compose, check, seal, read back: the signed file of recorded facts, the same bytes each time.
    ///
    /// # Errors
    /// [`PressError`] naming the certificate and the step.
    pub fn make(&self, facts: &Facts, portrait: Option<&[u8]>) -> Result<Made, PressError> {
        let number = || facts.claims.number.clone();
        let plate = self.kept(&(facts.template, facts.signer)).ok_or(PressError::NoTemplate(facts.template))?;
        let keys = self.keys.by_fingerprint(&facts.signer).ok_or(PressError::NoKey(facts.signer))?;
        let (proof, code) = proven(&facts.claims, &keys.proof).map_err(|source| PressError::Proof { number: number(), source })?;
        let face = Face {
            claims: &facts.claims,
            qr: &code.text,
            proof: &proof.whole(),
            proof_key: keys.proof.kid(),
            signed_at: facts.reserved_at,
            portrait,
        };
        let draft = plate.press(&face).map_err(|problems| PressError::Face { number: number(), problems })?;
        let checked = draft.check().map_err(|source| PressError::Check { number: number(), source })?;
        let sealed = seal(checked, &keys.identity).map_err(|source| PressError::Seal { number: number(), source })?;
        let released = sealed.read_back(&self.verifier, &Expected::from(facts));
        let released = released.map_err(|source| PressError::ReadBack { number: number(), source })?;
        Ok(Made { number: number(), released, code: code.text.digits, heading: code.heading })
    }
}

/// The proof for a file, and the code for its page.
pub(super) fn proven(claims: &Claims, key: &ProofKey) -> Result<(QrText, Code), ProofError> {
    let facts = QrClaims::of(claims);
    Ok((proof::prove(&facts, key, &claims.verify_at)?, proof::code(&facts, key, &claims.verify_at)?))
}
