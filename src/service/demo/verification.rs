//! Cases of the sample world: one in each state, and some that wait.

use crate::domain::account::{AccountId, Office, Offices};
use crate::domain::identity::{DocumentKind, IdentityDocument};
use crate::domain::name::PersonName;
use crate::domain::password::Password;
use crate::domain::proofing::{CaseKind, Field, Reason, Reasons, Slot, Typed};
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::{NewAccount, Ruling};
use crate::service::Service;
use crate::service::access::Random;
use crate::service::award_list::sample::{SampleCard, SampleError, sample_card, sample_portrait, sample_portrait_two_inch};
use crate::service::proofing::{Applicant, ApplyError};

pub(super) const HOUR: i64 = 3_600_000;

/// Why the sample world has no cases.
#[derive(Debug, thiserror::Error)]
pub enum VerificationCaseError {
    /// A picture cannot be drawn.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A case is not taken.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The list of schools.
    #[error(transparent)]
    Schools(#[from] crate::service::proofing::SchoolsError),
    /// A name or number of the sample world is none.
    #[error("the sample world has a name or number that is none")]
    Invented,
}

/// What becomes of a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Draft,
    Waits,
    Returned,
    Approved,
}

/// Telephone, name, the sequence in the invented document, school, hours ago, and what becomes of both forms and of the centre's.
type Person = (&'static str, &'static str, &'static str, &'static str, i64, Fate, Option<Fate>, Option<Fate>);

const PEOPLE: [Person; 6] = [
    ("19900000011", "林若曦", "011", "蓝海大学", 200, Fate::Approved, Some(Fate::Approved), Some(Fate::Approved)),
    ("19900000012", "古丽米热·阿卜力克木", "022", "青山理工大学", 170, Fate::Approved, Some(Fate::Waits), Some(Fate::Waits)),
    ("19900000013", "司马朝阳", "033", "星河工业大学", 150, Fate::Waits, Some(Fate::Waits), Some(Fate::Returned)),
    ("19900000014", "李𬭎", "044", "云溪师范学院", 3, Fate::Waits, Some(Fate::Draft), Some(Fate::Waits)),
    ("19900000015", "陈梓涵", "055", "蓝海大学", 50, Fate::Returned, None, None),
    ("19900000016", "赵怡宁", "066", "长风交通大学", 1, Fate::Draft, None, Some(Fate::Draft)),
];

impl Service {
    /// Imports the sample list of schools, and makes accounts with cases in each state: decided in the name of the sample world, the latest
    /// `now`. Nothing happens if an earlier run made them.
    ///
    /// # Errors
    /// [`VerificationCaseError`] if it could not be done.
    pub async fn show_cases_of_verification(&self, now: Instant, source: Random<'_>) -> Result<usize, VerificationCaseError> {
        if self.count_schools().await.map_err(ApplyError::from)? == 0 {
            self.import_schools(super::SCHOOLS.as_bytes(), "demo", now).await?;
        }
        let mut made = 0;
        for (at, person) in PEOPLE.iter().enumerate() {
            if let Some(applicant) = self.sample_student(person, now, source).await? {
                self.sample_cases(&applicant, person, at, now, source).await?;
                made += 1;
            }
        }
        Ok(made)
    }

    /// The account of an invented student, without a password that anybody knows.
    async fn sample_student(
        &self,
        (telephone, name, ..): &Person,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Option<Applicant>, VerificationCaseError> {
        let account = self.sample_account(telephone, name, Office::Student, now, source).await?;
        Ok(account.map(|(id, name)| Applicant::of_student(id, name)))
    }

    /// An account without a password that anybody knows; none if there is one with the telephone.
    pub(super) async fn sample_account(
        &self,
        telephone: &str,
        name: &str,
        office: Office,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Option<(AccountId, PersonName)>, VerificationCaseError> {
        let telephone = Telephone::parse(telephone).map_err(|_| VerificationCaseError::Invented)?;
        let name = PersonName::parse(name).map_err(|_| VerificationCaseError::Invented)?;
        let mut random = [0; 16];
        source(&mut random);
        let id = AccountId::new(random);
        let offices = Offices::new([office]).map_err(|_| VerificationCaseError::Invented)?;
        // Nobody knows the password: the account is opened by recovery alone.
        let mut secret = [0; 32];
        source(&mut secret);
        let (text, salt) = secret.split_at(16);
        let text: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
        let salt = salt.try_into().map_err(|_| VerificationCaseError::Invented)?;
        let chosen = Password::choose(&text, &telephone).map_err(|_| VerificationCaseError::Invented)?;
        let password = self.hash_password(chosen, salt).await.map_err(ApplyError::from)?;
        let account = NewAccount { id, telephone, name: name.clone(), password, offices };
        let added = self.registry.add_account(&account, now, "demo").await.map_err(ApplyError::from)?;
        Ok(added.then_some((id, name)))
    }

    async fn sample_cases(
        &self,
        applicant: &Applicant,
        person: &Person,
        at: usize,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), VerificationCaseError> {
        let (_, name, number, school, hours, first, second, centre) = person;
        let then = now.plus_millis(-HOUR * hours);
        let mut typed = Typed::default();
        typed.set(Field::Name, name);
        typed.set(Field::DocumentKind, DocumentKind::ResidentIdentityCard.code());
        typed.set(Field::DocumentNumber, &invented_number(number).ok_or(VerificationCaseError::Invented)?);
        let text = "背景有阴影，请在纯色墙前重新拍摄（演示）。";
        let why = Reasons::parse(CaseKind::RealName, ["portrait"], text).map_err(|_| VerificationCaseError::Invented)?;
        let portrait = sample_portrait_two_inch(14, at * 3)?;
        let pictures = [
            (Slot::Portrait, portrait),
            (Slot::CardFront, sample_card(SampleCard::Front)?),
            (Slot::CardBack, sample_card(SampleCard::Back)?),
        ];
        self.sample_case((applicant, CaseKind::RealName), (&typed, pictures.into()), (*first, why.clone()), then, source).await?;
        if let Some(fate) = centre {
            self.sample_centre(applicant, (&typed, at), (*fate, why.clone()), (then.plus_millis(HOUR), *first == Fate::Approved), source)
                .await?;
        }
        let Some(second) = second else { return Ok(()) };
        let mut typed = Typed::default();
        let year = i32::from(then.beijing_date().year()) - 2;
        for (field, text) in [
            (Field::School, (*school).to_owned()),
            (Field::StudentNumber, format!("{year}0{number}")),
            (Field::Department, "计算机学院".to_owned()),
            (Field::Degree, "bachelor".to_owned()),
            (Field::EnrolledOn, format!("{year}-09-01")),
            (Field::GraduatesOn, format!("{}-07-01", year + 4)),
        ] {
            typed.set(field, &text);
        }
        let pictures = vec![(Slot::StudentCard, sample_card(SampleCard::Student)?)];
        self.sample_case((applicant, CaseKind::Enrolment), (&typed, pictures), (*second, why), then.plus_millis(HOUR / 2), source).await
    }

    /// The centre's verification of somebody: with the pictures of the first one, where it is approved, or with others.
    async fn sample_centre(
        &self,
        applicant: &Applicant,
        (typed, at): (&Typed, usize),
        (fate, why): (Fate, Reasons),
        (then, reuses): (Instant, bool),
        source: Random<'_>,
    ) -> Result<(), VerificationCaseError> {
        let mut pictures = Vec::new();
        for slot in [Slot::Portrait, Slot::CardFront, Slot::CardBack] {
            match slot {
                _ if reuses => self.reuse_picture(applicant, slot, then, source).await?,
                Slot::Portrait => pictures.push((slot, sample_portrait(14, at * 3)?)),
                Slot::CardFront => pictures.push((slot, sample_card(SampleCard::Front)?)),
                _ => pictures.push((slot, sample_card(SampleCard::Back)?)),
            }
        }
        let why =
            Reasons::parse(CaseKind::Centre, why.listed().map(Reason::code), why.text()).map_err(|_| VerificationCaseError::Invented)?;
        self.sample_case((applicant, CaseKind::Centre), (typed, pictures), (fate, why), then, source).await
    }

    pub(super) async fn sample_case(
        &self,
        (applicant, kind): (&Applicant, CaseKind),
        (typed, pictures): (&Typed, Vec<(Slot, Vec<u8>)>),
        (fate, why): (Fate, Reasons),
        then: Instant,
        source: Random<'_>,
    ) -> Result<(), VerificationCaseError> {
        for (slot, picture) in pictures {
            self.add_picture(applicant, (kind, slot), picture, then, source).await?;
        }
        if fate == Fate::Draft {
            return Ok(self.fill_in(applicant, kind, typed, then).await?);
        }
        self.send_in(applicant, kind, typed, then).await?;
        let ruling = match fate {
            Fate::Approved => Ruling::Approve,
            Fate::Returned => Ruling::Return(why),
            Fate::Draft | Fate::Waits => return Ok(()),
        };
        let soon = then.plus_millis(HOUR / 4);
        // A lease of its own, and the case that was just sent in, which may not be the first that waits.
        let reviewer = AccountId::new([0; 16]);
        let case = self.own_case(applicant, kind).await?.ok_or(VerificationCaseError::Invented)?;
        self.registry.lease_case(case.id, reviewer, soon, soon.plus_millis(HOUR)).await.map_err(ApplyError::from)?;
        self.registry.rule(case.id, (&CaseKind::ALL, reviewer), ruling, soon).await.map_err(ApplyError::from)?;
        Ok(())
    }
}

/// A number of the region 119900, which GB/T 2260 assigns to no place, with its check character.
fn invented_number(last: &str) -> Option<String> {
    let body = format!("11990020040401{last}");
    ('0'..='9')
        .chain(['X'])
        .map(|check| format!("{body}{check}"))
        .find(|number| IdentityDocument::parse(DocumentKind::ResidentIdentityCard, number).is_ok())
}
