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
use crate::domain::number::Series;
use crate::domain::offer::Offer;
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

/// What a sample tries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Facts {
    /// As most certificates are.
    Usual,
    /// No fact that may be missing.
    Fewest,
    /// Ten co-creators, a long work, a long school, another certificate that it replaces, and whatever else takes room.
    Most,
}

/// The samples: name, holder, level, facts.
const SAMPLES: [(&str, &str, AwardLevel, AbilityLevel, Facts); 6] = [
    ("ordinary", "李明", AwardLevel::First, AbilityLevel::Intermediate, Facts::Usual),
    ("long", "阿卜杜热合曼·麦麦提依明", AwardLevel::Grand, AbilityLevel::Senior, Facts::Usual),
    ("rare", "𬭎𬱖", AwardLevel::Second, AbilityLevel::Junior, Facts::Usual),
    ("latin", "Müller-Nguyễn Thị Ánh", AwardLevel::Third, AbilityLevel::Intermediate, Facts::Usual),
    ("team", "欧阳娜娜", AwardLevel::First, AbilityLevel::Senior, Facts::Most),
    ("bare", "王芳", AwardLevel::Merit, AbilityLevel::Junior, Facts::Fewest),
];

const TEAM: [&str; 10] =
    ["李明", "王小雨", "陈志远", "阿卜杜热合曼·麦麦提依明", "司马云帆", "刘思源", "Anna Müller", "赵一鸣", "古丽娜尔·艾合买提", "周子墨"];

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
        name: "蓝海杯全国大学生软件创新大赛组织委员会".into(),
        name_en: "Lanhai Cup Organising Committee".into(),
        algorithm: SignatureAlgorithm::EcdsaP256,
    };
    let settings = PlateSettings { issuer: issuer.clone(), signature_bytes: 1_024, algorithm: issuer.algorithm, seal: None };
    let mut rehearsal = Rehearsal::begin(&files, Arc::clone(fonts), &settings);
    let mut samples = Vec::new();
    let mut portrait = None;
    if let Some((kind, wants_portrait)) = rehearsal.template().map(|t| (t.kind(), t.wants_portrait())) {
        portrait = if wants_portrait { Some(sample_portrait(1, 0)?) } else { None };
        for (name, holder, award, ability, facts) in SAMPLES {
            let achievement = match kind {
                CertificateKind::Award => award_of(award, facts)?,
                CertificateKind::Ability => ability_of(ability, facts),
            };
            let claims = sample_claims((holder, facts), &issuer, achievement, portrait.as_deref())?;
            rehearsal.try_sample(name, &claims);
            samples.push((name, claims));
        }
    }
    let plate = rehearsal.finish().map_err(SamplePageError::Template)?;
    let qr = QrText { prefix: "HTTPS://YINXIN.EXAMPLE/Q/".into(), digits: "0123456789".repeat(38) };
    let signed_at = Instant::start_of(date(2024, 1, 1)).map_err(data)?;
    let mut pages = Vec::new();
    for (name, claims) in &samples {
        let face = Face { claims, qr: &qr, proof: &qr.whole(), proof_key: [0; 4], signed_at, portrait: portrait.as_deref() };
        let draft = plate.press(&face).map_err(|problems| SamplePageError::Face { name, problems })?;
        pages.push(SamplePage { name, pdf: draft.check()?.fill(&[]).map_err(data)? });
    }
    Ok(pages)
}

/// The unsigned sample of what is offered; its holder is called 样例, and its number is one that no series gives.
///
/// # Errors
/// [`SamplePageError`].
pub fn of_offer(folder: &Path, fonts: &Arc<FontLibrary>, issuer: &Issuer, offer: &Offer) -> Result<Vec<u8>, SamplePageError> {
    let settings = PlateSettings { issuer: issuer.clone(), signature_bytes: 1_024, algorithm: issuer.algorithm, seal: None };
    let rehearsal = Rehearsal::begin(&library::template(folder)?, Arc::clone(fonts), &settings);
    let wants_portrait = rehearsal.template().is_some_and(|template| template.wants_portrait());
    let portrait = if wants_portrait { Some(sample_portrait(1, 0)?) } else { None };
    let day = offer.period.start().beijing_date();
    let series =
        Series::new(offer.programme.pattern.clone(), offer.programme.series, u16::try_from(day.year()).unwrap_or(0)).map_err(data)?;
    let programme = &offer.programme;
    let claims = Claims {
        number: series.number(series.capacity()).map_err(data)?,
        issuer: Named { id: issuer.id.clone(), name: issuer.name.clone(), name_en: issuer.name_en.clone() },
        programme: Named { id: programme.id.clone(), name: programme.name.clone(), name_en: programme.name_en.clone() },
        short_name: programme.short_name.clone(),
        organisers: Vec::new(),
        holder: person("样例")?,
        school: String::new(),
        document_masked: "110***********002X".into(),
        achievement: offer.achievement(),
        portrait: portrait.as_deref().map(Digest::of),
        issued_on: day,
        verify_at: "https://yinxin.example".into(),
        replaces: None,
    };
    let plate = rehearsal.finish().map_err(SamplePageError::Template)?;
    let qr = QrText { prefix: "HTTPS://YINXIN.EXAMPLE/Q/".into(), digits: "0123456789".repeat(38) };
    let face = Face {
        claims: &claims,
        qr: &qr,
        proof: &qr.whole(),
        proof_key: [0; 4],
        signed_at: offer.period.start(),
        portrait: portrait.as_deref(),
    };
    let draft = plate.press(&face).map_err(|problems| SamplePageError::Face { name: "offer", problems })?;
    draft.check()?.fill(&[]).map_err(data)
}

fn data(error: impl std::fmt::Display) -> SamplePageError {
    SamplePageError::Data(error.to_string())
}

fn person(name: &str) -> Result<PersonName, SamplePageError> {
    PersonName::parse(name).map_err(data)
}

fn award_of(level: AwardLevel, facts: Facts) -> Result<Achievement, SamplePageError> {
    let people = |names: &[&str]| names.iter().map(|n| person(n)).collect::<Result<Vec<_>, _>>();
    let (role, work, team, instructors): (_, _, &[&str], &[&str]) = match facts {
        Facts::Usual => (Role::Winner, "基于视觉的盲道障碍物识别系统", &["王小雨", "欧阳娜娜"], &["陈志远"]),
        Facts::Fewest => (Role::Winner, "", &[], &[]),
        Facts::Most => {
            (Role::CoCreator, "星海智鉴：面向近海网箱养殖的多模态水质监测、赤潮预警与无人巡检一体化平台", &TEAM, &["王建国", "欧阳修远"])
        }
    };
    Ok(Achievement::Award {
        level,
        role,
        category: if facts == Facts::Fewest { String::new() } else { "软件类".into() },
        subject: if facts == Facts::Fewest { String::new() } else { "C/C++程序设计".into() },
        work: work.into(),
        team: people(team)?,
        instructors: people(instructors)?,
    })
}

fn ability_of(level: AbilityLevel, facts: Facts) -> Achievement {
    let title = if facts == Facts::Most {
        "智能网联汽车测试与车路协同系统运维工程师"
    } else {
        "区块链金融行业工程师"
    };
    Achievement::Ability { title: title.into(), level }
}

fn sample_claims(
    (holder, facts): (&str, Facts),
    issuer: &Issuer,
    achievement: Achievement,
    portrait: Option<&[u8]>,
) -> Result<Claims, SamplePageError> {
    let is_ability = matches!(achievement, Achievement::Ability { .. });
    let (name, name_en) = match (is_ability, facts) {
        (true, _) => ("信息化人才岗位能力评价", "IT Talent Ability Evaluation"),
        (false, Facts::Fewest) => ("第三届星河机器人挑战赛", ""),
        (false, _) => ("第十四届蓝海杯全国大学生软件创新大赛", "14th Lanhai Cup National Software Innovation Contest"),
    };
    let school = match facts {
        Facts::Usual => "蓝海理工大学",
        Facts::Fewest => "",
        Facts::Most => "蓝海海洋信息工程职业技术大学（滨海新区校区）人工智能与大数据学院",
    };
    let organisers: &[&str] = match facts {
        Facts::Usual => &["蓝海市信息化人才交流中心", "蓝海市人民政府"],
        Facts::Fewest => &[],
        Facts::Most => &["蓝海市信息化人才交流中心", "蓝海市人民政府", "中国蓝海软件行业协会", "蓝海理工大学"],
    };
    Ok(Claims {
        number: if is_ability { "GXRCPJ033202400001" } else { "LH14202400001" }.parse().map_err(data)?,
        issuer: Named { id: issuer.id.clone(), name: issuer.name.clone(), name_en: issuer.name_en.clone() },
        programme: Named { id: "sample".parse().map_err(data)?, name: name.into(), name_en: name_en.into() },
        short_name: "蓝海杯".into(),
        organisers: organisers.iter().map(|o| (*o).to_owned()).collect(),
        holder: person(holder)?,
        school: school.into(),
        document_masked: if is_ability && facts != Facts::Fewest { "110***********002X".into() } else { String::new() },
        achievement,
        portrait: portrait.map(Digest::of),
        issued_on: date(2024, 1, 1),
        verify_at: "https://yinxin.example".into(),
        replaces: if facts == Facts::Most {
            Some(if is_ability { "GXRCPJ033202300009" } else { "LH14202300009" }.parse().map_err(data)?)
        } else {
            None
        },
    })
}
