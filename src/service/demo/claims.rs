//! Claims of the sample world: a contest whose winners may claim, a catalogue, claims in every state; and, for trials of many at once, as
//! many claims in review as are asked for.

use crate::config::Config;
use crate::domain::account::AccountId;
use crate::domain::award::{AbilityLevel, AwardLevel};
use crate::domain::claim::ClaimState;
use crate::domain::identity::IdentityDocument;
use crate::domain::issuer::Slug;
use crate::domain::money::Fen;
use crate::domain::name::PersonName;
use crate::domain::offer::{Offer, OfferState, Rule};
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::telephone::Telephone;
use crate::domain::time::{Instant, Period};
use crate::registry::{AwardRecord, RegistryError, Whose};
use crate::service::access::{ContestMandate, Random};
use crate::service::award_list::sample::{SampleError, award_csv_of_others};
use crate::service::contests::SaveError;
use crate::service::import::{ImportError, ListFile};
use crate::service::notice::PublishError;
use crate::service::{Service, ServiceError};

use super::SEED;
use super::applicants::real_name;
use super::verification::HOUR;

/// The contest whose winners claim.
const CONTEST: &str = "qiming-1";
/// Whoever is on the other lists is among the first so many people.
const OTHERS: usize = 100_000;
/// Winners on its list beside those who claim in bulk.
const WINNERS: usize = 24;
pub(super) const DAY: i64 = 24 * HOUR;

/// Id, title, level, series, fee in fen, and the levels of awards that entitle to it.
type Offered = (&'static str, &'static str, AbilityLevel, u32, i64, &'static [AwardLevel]);

const OFFERS: [Offered; 3] = [
    ("chain-junior", "区块链金融行业工程师", AbilityLevel::Junior, 101, 15_000, &[]),
    ("ai-intermediate", "人工智能训练工程师", AbilityLevel::Intermediate, 102, 20_000, &[AwardLevel::First, AwardLevel::Second]),
    ("twin-senior", "数字孪生应用工程师", AbilityLevel::Senior, 103, 0, &[AwardLevel::Grand, AwardLevel::First]),
];

/// What becomes of the sample claims, one for each winner: the state, and how many days ago the claim was made.
const FATES: [(ClaimState, i64); 10] = [
    (ClaimState::InReview, 70),
    (ClaimState::InReview, 3),
    (ClaimState::Issued, 30),
    (ClaimState::Returned, 12),
    (ClaimState::AwaitingVerification, 2),
    (ClaimState::AwaitingPayment, 1),
    (ClaimState::Submitted, 0),
    (ClaimState::Refused, 20),
    (ClaimState::Withdrawn, 9),
    (ClaimState::Issued, 40),
];

/// Why the sample world has no claims.
#[derive(Debug, thiserror::Error)]
pub enum ClaimCaseError {
    /// A picture cannot be drawn.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The contest, in the form of a file.
    #[error("{}", .0.join("\n"))]
    Contest(Vec<String>),
    /// Contest or offer cannot be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The list cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The notice cannot be held.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A name or number of the sample world is none.
    #[error("the sample world has a name or number that is none")]
    Invented,
}

impl From<RegistryError> for ClaimCaseError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// The account that the visitor signs in to as a student, with what the lists say of its holder.
struct SampleStudent {
    account: AccountId,
    telephone: Telephone,
    name: PersonName,
    document: IdentityDocument,
}

/// What the claims of the sample world are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownClaims {
    /// The contest and the offers whose certificates can be made.
    pub programmes: Vec<Slug>,
    /// How many claims there are.
    pub claims: usize,
}

impl Service {
    /// Makes a contest whose claims are open, a catalogue, claims in every state, and `many` claims in review besides; the sample student's
    /// account is verified and has an award to claim by. Nothing happens if an earlier run made them.
    ///
    /// # Errors
    /// [`ClaimCaseError`] if it could not be done.
    pub async fn show_claims(&self, many: usize, now: Instant, source: Random<'_>) -> Result<Option<ShownClaims>, ClaimCaseError> {
        let contest: Slug = CONTEST.parse().map_err(|_| ClaimCaseError::Invented)?;
        if self.contests().await?.iter().any(|record| record.programme.id == contest) {
            return Ok(None);
        }
        let student = self.sample_student_account().await?;
        self.claims_contest(student.as_ref(), WINNERS + many, now).await?;
        let offers = self.sample_offers(&contest, now).await?;
        let props = self.props(source).await?;
        let awards = self.registry.awards_without_certificate(&contest, Whose::Everybodys, 0, u32::MAX).await?;
        // Instructors have awards of their own.
        let is_winners = |award: &&AwardRecord| award.award.holder.telephone.is_some() && real_name(award).is_some();
        let mut claims = 0;
        for (at, award) in awards.iter().filter(is_winners).enumerate() {
            let holder = &award.award.holder;
            if let Some(student) = &student
                && holder.telephone.as_ref() == Some(&student.telephone)
            {
                self.verified_student(student.account, award, &props, now.plus_millis(-30 * DAY), source).await?;
                continue;
            }
            let fate = FATES.get(at).copied().or((at >= WINNERS).then_some((ClaimState::InReview, 1)));
            let Some((state, days)) = fate else { continue };
            let Some(offer) = offers.first() else { continue };
            let then = now.plus_millis(-days * DAY);
            // In bulk there is no time to draw and decide the first verification too.
            self.sample_claim(award, offer, (state, at >= WINNERS), &props, (then, now), source).await?;
            claims += 1;
        }
        let programmes = std::iter::once(contest).chain(offers.into_iter().map(|offer| offer.programme.id)).collect();
        Ok(Some(ShownClaims { programmes, claims }))
    }

    async fn sample_student_account(&self) -> Result<Option<SampleStudent>, ClaimCaseError> {
        for winner in self.sample_winners().await? {
            let holder = winner.award.holder;
            if let (Some(telephone), Some(document)) = (holder.telephone, holder.document)
                && let Some(account) = self.registry.account_by_telephone(&telephone).await?
            {
                return Ok(Some(SampleStudent { account: account.id, telephone, name: holder.name, document }));
            }
        }
        Ok(None)
    }

    /// A contest whose notice closed a month ago, with the sample student first among its winners.
    async fn claims_contest(&self, student: Option<&SampleStudent>, rows: usize, now: Instant) -> Result<(), ClaimCaseError> {
        let programme = Config::contest(&contest_text(now)).map_err(ClaimCaseError::Contest)?;
        let mandate = ContestMandate::of_operator("demo");
        let opened = now.plus_millis(-45 * DAY);
        self.save_contest(&programme, &mandate, opened).await?;
        let mut list = award_csv_of_others(SEED + 5, CONTEST, rows, OTHERS);
        if let Some(student) = student {
            let (name, number) = (student.name.as_str(), student.telephone.as_str());
            let (kind, card) = (student.document.kind().zh(), student.document.number());
            let line = format!(
                "\"0\",\"{CONTEST}\",\"软件类\",\"C/C++程序设计\",\"启明星图\",\"一等奖\",\"{name}\",\"{kind}\",\"{card}\",\"{number}\",\"蓝海大学\",\"\",\"\"\r\n"
            );
            list.extend_from_slice(line.as_bytes());
        }
        let file = ListFile { name: "启明杯获奖名单.csv", bytes: &list, programme: None, portraits: &|_| None };
        self.import(&file, &mandate, opened).await?;
        self.publish_notice(&programme.id, &mandate, opened).await?;
        self.close_notice(&programme.id, &mandate, now.plus_millis(-30 * DAY)).await?;
        Ok(())
    }

    async fn sample_offers(&self, contest: &Slug, now: Instant) -> Result<Vec<Offer>, ClaimCaseError> {
        let mandate = ContestMandate::of_operator("demo");
        let mut offers = Vec::new();
        for (id, title, level, series, fee, levels) in OFFERS {
            let slug = |text: &str| text.parse::<Slug>().map_err(|_| ClaimCaseError::Invented);
            let offer = Offer {
                programme: Programme {
                    id: slug(id)?,
                    issuer: slug("rencai")?,
                    template: slug("ability")?,
                    pattern: "GXRCPJ{series:3}{year}{seq:5}".parse().map_err(|_| ClaimCaseError::Invented)?,
                    series,
                    name: "信息化人才岗位能力评价".to_owned(),
                    name_en: "IT Talent Ability Evaluation".to_owned(),
                    short_name: "岗位能力评价".to_owned(),
                    kind: ProgrammeKind::Ability,
                },
                title: title.to_owned(),
                level,
                fee: Fen::new(fee).map_err(|_| ClaimCaseError::Invented)?,
                period: period(now).ok_or(ClaimCaseError::Invented)?,
                rules: vec![Rule {
                    contest: contest.clone(),
                    categories: vec![],
                    subjects: vec![],
                    levels: levels.to_vec(),
                    roles: vec![],
                }],
            };
            self.save_offer(&offer, &mandate, now.plus_millis(-80 * DAY)).await?;
            self.set_offer_state(&offer.programme.id, OfferState::Published, &mandate, now.plus_millis(-80 * DAY)).await?;
            offers.push(offer);
        }
        Ok(offers)
    }
}

/// Whole days: claims opened eighty days ago and end in sixty.
fn period(now: Instant) -> Option<Period> {
    let day = |days: i64| Instant::start_of(now.plus_millis(days * DAY).beijing_date()).ok();
    Period::new(day(-80)?, day(61)?).ok()
}

fn contest_text(now: Instant) -> String {
    let day = |days: i64| now.plus_millis(days * DAY).beijing_date();
    format!(
        "id = \"{CONTEST}\"\nissuer = \"lanhai\"\ntemplate = \"award\"\npattern = \"QM{{series:2}}{{year}}{{seq:5}}\"\nseries = 1\n\
         name = \"首届启明杯元宇宙创想与数字内容创作大赛（学生组）\"\nname_en = \"1st Qiming Cup Digital Content Contest (Students)\"\n\
         short_name = \"首届启明杯\"\nedition = \"首届\"\norganisers = [\"蓝海市信息化人才交流中心\"]\ngroups = [\"学生组\"]\n\
         registration = \"required\"\nnotice_first_day = \"{}\"\nnotice_last_day = \"{}\"\nregistration_last_day = \"{}\"\n\
         release_day = \"{}\"\nclaim_last_day = \"{}\"\n",
        day(-44),
        day(-38),
        day(20),
        day(-25),
        day(60),
    )
}
