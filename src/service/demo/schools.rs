//! Schools of the sample world: one in each state, and instructors of a verified one.

use crate::domain::account::Office;
use crate::domain::instructor::Instructor;
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::proofing::{CaseKind, Field, Reasons, Slot, Typed};
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::access::Random;
use crate::service::award_list::sample::{SampleCard, sample_card};
use crate::service::proofing::{Applicant, ApplyError};

use super::CONTESTS;
use super::verification::{Fate, HOUR, VerificationCaseError};

/// Telephone, person, school, organisation code, hours ago, and what becomes of the case. The last code's check character is wrong.
const SCHOOLS: [(&str, &str, &str, &str, i64, Fate); 4] = [
    ("19900000006", "林院长", "蓝海大学", "91350100M000100Y43", 120, Fate::Approved),
    ("19900000021", "沈一鸣", "云溪师范学院", "91350100M000100Y43", 40, Fate::Returned),
    ("19900000022", "韩雪", "青山理工大学", "M000100Y-4", 2, Fate::Draft),
    ("19900000023", "尤丽都孜·艾尼瓦尔", "星河工业大学", "91350100M000100Y44", 6, Fate::Waits),
];

/// Instructors of the award list that the verified school has entered.
const ENTERED: usize = 4;

impl Service {
    /// Makes schools with a case in each state, and enters instructors of the first: those of its awards, and one whom the list does not have.
    /// Answers how many schools were made; nothing happens if an earlier run made them.
    ///
    /// # Errors
    /// [`VerificationCaseError`] if it could not be done.
    pub async fn show_schools(&self, now: Instant, source: Random<'_>) -> Result<usize, VerificationCaseError> {
        let mut made = 0;
        for (telephone, person, school, code, hours, fate) in SCHOOLS {
            let number = Telephone::parse(telephone).map_err(|_| VerificationCaseError::Invented)?;
            let known = self.registry.account_by_telephone(&number).await.map_err(ApplyError::from)?;
            let account = match known {
                Some(account) => (account.id, account.name),
                None => match self.sample_account(telephone, person, Office::School, now, source).await? {
                    Some(account) => account,
                    None => continue,
                },
            };
            let applicant = Applicant::of_school(account.0, account.1);
            if self.own_case(&applicant, CaseKind::School).await?.is_some() {
                continue;
            }
            let then = now.plus_millis(-HOUR * hours);
            let paper = vec![(Slot::CodeCertificate, sample_card(SampleCard::Back)?)];
            let text = "委托书上没有学校公章，请盖章后重新上传（演示）。";
            let why = Reasons::parse(CaseKind::School, ["letter-stamp"], text).map_err(|_| VerificationCaseError::Invented)?;
            self.sample_case((&applicant, CaseKind::School), (&typed(school, code), paper), (fate, why), then, source).await?;
            if fate == Fate::Approved {
                self.sample_instructors(&applicant, school, then.plus_millis(HOUR)).await?;
            }
            made += 1;
        }
        Ok(made)
    }

    async fn sample_instructors(&self, applicant: &Applicant, school: &str, now: Instant) -> Result<(), VerificationCaseError> {
        let contest: Slug = CONTESTS[0].parse().map_err(|_| VerificationCaseError::Invented)?;
        let awards = self.registry.instructor_awards(&contest, school).await.map_err(ApplyError::from)?;
        let stranger = PersonName::parse("欧阳静水").map_err(|_| VerificationCaseError::Invented)?;
        let mut people: Vec<(PersonName, Option<Telephone>)> = Vec::new();
        for holder in awards.into_iter().map(|record| record.award.holder) {
            if people.len() < ENTERED && people.iter().all(|(name, _)| *name != holder.name) {
                people.push((holder.name, holder.telephone));
            }
        }
        people.push((stranger, None));
        let mut instructors = Vec::new();
        for (at, (name, telephone)) in people.into_iter().enumerate() {
            let invented = || Telephone::parse(&format!("199000001{at:02}"));
            let telephone = telephone.map_or_else(invented, Ok).map_err(|_| VerificationCaseError::Invented)?;
            instructors.push(Instructor { contest: contest.clone(), name, telephone, document: None });
        }
        let entered = self.match_all(school, instructors).await.map_err(ApplyError::from)?;
        self.registry.add_instructors(applicant.account(), school, &entered, now).await.map_err(ApplyError::from)?;
        Ok(())
    }
}

fn typed(school: &str, code: &str) -> Typed {
    let mut typed = Typed::default();
    for (field, text) in [
        (Field::School, school),
        (Field::SchoolLevel, "university"),
        (Field::SchoolFunding, "public"),
        (Field::OrganisationCode, code),
        (Field::Introduction, "演示用的虚构学校，以工科和信息类专业见长。"),
    ] {
        typed.set(field, text);
    }
    typed
}
