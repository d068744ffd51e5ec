//! Holders of the sample world: whose award the student's account has, an award that a reviewer must decide about, a mistake reported.

use crate::domain::account::{AccountId, Office};
use crate::domain::award::{Achievement, Award, Role};
use crate::domain::holding::Doubt;
use crate::domain::number::CertificateNumber;
use crate::domain::proofing::{CaseKind, RealName, Reasons, Slot};
use crate::domain::report::Report;
use crate::domain::status::Status;
use crate::domain::time::Instant;
use crate::service::access::Random;
use crate::service::award_list::sample::{SampleCard, sample_card, sample_portrait_two_inch};
use crate::service::proofing::{Applicant, ApplyError};
use crate::service::{Service, ServiceError};

use super::VerificationCaseError;
use super::verification::{Fate, HOUR};

/// A winner's telephone on the list, lost since: the account has another.
const OTHER_TELEPHONE: &str = "19900000021";
/// Certificates among which winners are looked for.
const LOOKED_AT: u32 = 120;

/// A winner with a certificate that stands.
pub(super) struct Winner {
    pub award: Award,
    pub award_id: String,
    pub number: CertificateNumber,
}

impl Service {
    /// Winners of the sample lists whose certificates stand, in the order of their numbers.
    pub(super) async fn sample_winners(&self) -> Result<Vec<Winner>, ServiceError> {
        let mut winners = Vec::new();
        for certificate in self.registry.certificates(None, LOOKED_AT).await? {
            let claims = &certificate.facts.claims;
            let is_winner = matches!(&claims.achievement, Achievement::Award { role: Role::Winner, .. });
            if !is_winner || !matches!(certificate.status, Status::Valid { .. }) {
                continue;
            }
            let (current, lineage) = (self.registry.correctable(&claims.number).await?, self.registry.lineage(&claims.number).await?);
            if let (Some(current), Some(lineage)) = (current, lineage)
                && current.award.holder.telephone.is_some()
            {
                winners.push(Winner { award: current.award, award_id: lineage.award_id, number: claims.number.clone() });
            }
        }
        Ok(winners)
    }

    /// A mistake that the student's account reports, and a verified account that has a winner's name and document with another telephone.
    /// Nothing happens if an earlier run made them.
    ///
    /// # Errors
    /// [`VerificationCaseError`].
    pub async fn show_holders(&self, now: Instant, source: Random<'_>) -> Result<bool, VerificationCaseError> {
        let winners = self.sample_winners().await.map_err(ApplyError::from)?;
        let [first, rest @ ..] = &winners[..] else { return Ok(false) };
        let Some((winner, document)) = rest.iter().find_map(|winner| Some((winner, winner.award.holder.document.clone()?))) else {
            return Ok(false);
        };
        let name = &winner.award.holder.name;
        let Some((id, name)) = self.sample_account(OTHER_TELEPHONE, name.as_str(), Office::Student, now, source).await? else {
            return Ok(false);
        };
        if let Some(student) = &first.award.holder.telephone
            && let Some(account) = self.registry.account_by_telephone(student).await.map_err(ApplyError::from)?
        {
            self.sample_report(first, account.id, now).await?;
        }
        let applicant = Applicant::of_student(id, name.clone());
        let why = Reasons::parse(CaseKind::RealName, ["portrait"], "").map_err(|_| VerificationCaseError::Invented)?;
        let pictures = vec![
            (Slot::Portrait, sample_portrait_two_inch(14, 5)?),
            (Slot::CardFront, sample_card(SampleCard::Front)?),
            (Slot::CardBack, sample_card(SampleCard::Back)?),
        ];
        let typed = RealName { name, document }.typed();
        let then = now.plus_millis(-20 * HOUR);
        self.sample_case((&applicant, CaseKind::RealName), (&typed, pictures), (Fate::Approved, why), then, source).await?;
        self.registry.note_doubts(id, &[(winner.award_id.clone(), Doubt::Telephone)], now).await.map_err(ApplyError::from)?;
        Ok(true)
    }

    async fn sample_report(&self, winner: &Winner, account: AccountId, now: Instant) -> Result<(), VerificationCaseError> {
        let school = format!("{}（东校区）", winner.award.holder.school);
        let report = Report::parse("", &school, "学校名称应写明校区（演示数据）").map_err(|_| VerificationCaseError::Invented)?;
        let place = (winner.award_id.as_str(), &winner.number);
        Ok(self.registry.add_report(place, account, &report, now.plus_millis(-2 * HOUR)).await.map_err(ApplyError::from)?)
    }
}
