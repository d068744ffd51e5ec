//! Pages with sample data, to look at a template before anything is issued with it.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;

use crate::document::checks::CheckError;
use crate::document::fonts::FontLibrary;
use crate::document::plate::PlateSettings;
use crate::document::press::{Face, FaceProblem};
use crate::document::qr::QrText;
use crate::document::rehearsal::Rehearsal;
use crate::document::template::TemplateProblem;
use crate::domain::award::{AbilityLevel, Achievement, AwardLevel, CertificateKind, Role};
use crate::domain::claims::{Claims, Named};
use crate::domain::digest::Digest;
use crate::domain::issuer::{Issuer, SignatureAlgorithm};
use crate::domain::name::PersonName;
use crate::domain::time::Instant;

use super::award_list::sample::{SampleError, sample_portrait};
use super::library::{self, LibraryError};

/// A sample page.
pub struct SamplePage {
    /// A name for its file.
    pub name: &'static str,
    /// The unsigned file.
    pub pdf: Vec<u8>,
}

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub enum SamplePageError {
    /// Template or fonts cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The template has problems, all of them here.
    #[error("模板有 {} 处问题 / problems in the template:\n{}", .0.len(), lines(.0))]
    Template(Vec<TemplateProblem>),
    /// A sample does not fit.
    #[error("示例“{name}”无法排版 / the sample does not fit:\n{}", lines(.problems))]
    Face {
        /// Which sample.
        name: &'static str,
        /// Every problem.
        problems: Vec<FaceProblem>,
    },
    /// A sample failed its check.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The sample's own data cannot be made.
    #[error("示例数据 / sample data: {0}")]
    Data(String),
}

impl From<SampleError> for SamplePageError {
    fn from(error: SampleError) -> Self {
        Self::Data(error.to_string())
    }
}

fn lines<T: std::fmt::Display>(problems: &[T]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The names of the samples: ordinary, long, rare characters, Latin.
const NAMES: [(&str, &str); 4] =
    [("ordinary", "李明"), ("long", "阿卜杜热合曼·麦麦提依明"), ("rare", "𬭎𬱖"), ("latin", "Müller-Nguyễn Thị Ánh")];

/// Sample pages of the template in `folder`, of ordinary and of extreme length. A template that gives them has no problems.
///
/// # Errors
/// [`SamplePageError`] with every problem of the template at once.
pub fn pages(folder: &Path, fonts: &Path) -> Result<Vec<SamplePage>, SamplePageError> {
    pages_in(folder, &library::fonts(fonts)?)
}

/// The same with fonts that were read already.
///
/// # Errors
/// [`SamplePageError`] with every problem of the template at once.
pub fn pages_in(folder: &Path, fonts: &Arc<FontLibrary>) -> Result<Vec<SamplePage>, SamplePageError> {
    let files = library::template(folder)?;
    let issuer = Issuer {
        id: "sample".parse().map_err(data)?,
        name: "蓝海杯大赛组织委员会".into(),
        name_en: "Lanhai Cup Committee".into(),
        algorithm: SignatureAlgorithm::EcdsaP256,
    };
    let settings = PlateSettings { issuer: issuer.clone(), signature_bytes: 1_024, algorithm: issuer.algorithm };
    let mut rehearsal = Rehearsal::begin(&files, Arc::clone(fonts), &settings);
    let mut samples = Vec::new();
    let mut portrait = None;
    if let Some((kind, wants_portrait)) = rehearsal.template().map(|t| (t.kind(), t.wants_portrait())) {
        portrait = if wants_portrait { Some(sample_portrait(1, 0)?) } else { None };
        for (at, (name, holder)) in NAMES.into_iter().enumerate() {
            let claims = sample_claims(kind, &issuer, holder, AwardLevel::ALL[at], portrait.as_deref())?;
            rehearsal.try_sample(name, &claims);
            samples.push((name, claims));
        }
    }
    let plate = rehearsal.finish().map_err(SamplePageError::Template)?;
    let qr = QrText { prefix: "HTTPS://YINXIN.EXAMPLE/Q/".into(), digits: "0123456789".repeat(38) };
    let signed_at = Instant::start_of(date(2024, 1, 1)).map_err(data)?;
    let mut pages = Vec::new();
    for (name, claims) in &samples {
        let face = Face { claims, qr: &qr, signed_at, portrait: portrait.as_deref() };
        let draft = plate.press(&face).map_err(|problems| SamplePageError::Face { name, problems })?;
        pages.push(SamplePage { name, pdf: draft.check()?.fill(&[]).map_err(data)? });
    }
    Ok(pages)
}

fn data(error: impl std::fmt::Display) -> SamplePageError {
    SamplePageError::Data(error.to_string())
}

fn sample_claims(
    kind: CertificateKind,
    issuer: &Issuer,
    holder: &str,
    level: AwardLevel,
    portrait: Option<&[u8]>,
) -> Result<Claims, SamplePageError> {
    let person = |name: &str| PersonName::parse(name).map_err(data);
    let achievement = match kind {
        CertificateKind::Award => Achievement::Award {
            level,
            role: Role::Winner,
            category: "软件类".into(),
            subject: "C/C++程序设计".into(),
            work: "基于视觉的盲道障碍物识别系统".into(),
            team: vec![person("王小雨")?, person("欧阳娜娜")?],
            instructors: vec![person("陈志远")?],
        },
        CertificateKind::Ability => {
            Achievement::Ability { title: "区块链金融行业工程师".into(), level: AbilityLevel::Intermediate }
        }
    };
    Ok(Claims {
        number: "LH14202400001".parse().map_err(data)?,
        issuer: Named { id: issuer.id.clone(), name: issuer.name.clone(), name_en: issuer.name_en.clone() },
        programme: Named {
            id: "sample".parse().map_err(data)?,
            name: "第十四届蓝海杯全国大学生软件创新大赛".into(),
            name_en: "14th Lanhai Cup National Software Contest".into(),
        },
        short_name: "蓝海杯".into(),
        organisers: vec!["蓝海市人民政府".into()],
        holder: person(holder)?,
        school: "蓝海理工大学".into(),
        document_masked: if kind == CertificateKind::Ability { "110***********002X".into() } else { String::new() },
        achievement,
        portrait: portrait.map(Digest::of),
        issued_on: date(2024, 1, 1),
        verify_at: "https://yinxin.example".into(),
    })
}
