//! Applicants of the sample world: their accounts, their verifications, and how far their claims have come.

use zeroize::Zeroizing;

use crate::domain::account::{AccountId, Office, Offices};
use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState, Contact};
use crate::domain::digest::Digest;
use crate::domain::email::Email;
use crate::domain::offer::Offer;
use crate::domain::order::{OrderNumber, Received, Transaction};
use crate::domain::password::Password;
use crate::domain::proofing::{CaseKind, Field, RealName, Slot, Typed};
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::{
    Approval, AwardRecord, CouponChoice, NewAccount, NewClaim, NewOrder, NoticeKind, PaymentNotice, Ruling, Subject, Submission,
};
use crate::service::access::Random;
use crate::service::award_list::sample::{SampleCard, sample_card, sample_portrait, sample_portrait_two_inch};
use crate::service::{Service, ServiceError};

use super::claims::{ClaimCaseError, DAY};
use super::verification::HOUR;

/// What every sample applicant shares.
pub(super) struct Props {
    password: Zeroizing<String>,
    portrait: Vec<u8>,
    portrait_two_inch: Vec<u8>,
    front: Vec<u8>,
    back: Vec<u8>,
    student: Vec<u8>,
}

/// The seed of the drawn faces.
const SEED_OF_FACES: u64 = 14;

impl Service {
    pub(super) async fn props(&self, source: Random<'_>) -> Result<Props, ClaimCaseError> {
        let mut secret = [0; 32];
        source(&mut secret);
        let (text, salt) = secret.split_at(16);
        let text: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
        let anybody = Telephone::parse("19900000000").map_err(|_| ClaimCaseError::Invented)?;
        let chosen = Password::choose(&text, &anybody).map_err(|_| ClaimCaseError::Invented)?;
        let salt = salt.try_into().map_err(|_| ClaimCaseError::Invented)?;
        Ok(Props {
            // Nobody knows it: these accounts are opened by recovery alone.
            password: Zeroizing::new(self.hash_password(chosen, salt).await?),
            portrait: sample_portrait(SEED_OF_FACES, 1)?,
            portrait_two_inch: sample_portrait_two_inch(SEED_OF_FACES, 1)?,
            front: sample_card(SampleCard::Front)?,
            back: sample_card(SampleCard::Back)?,
            student: sample_card(SampleCard::Student)?,
        })
    }

    /// The sample student is verified in all three ways, so that claiming can be tried at once.
    pub(super) async fn verified_student(
        &self,
        account: AccountId,
        award: &AwardRecord,
        props: &Props,
        then: Instant,
        source: Random<'_>,
    ) -> Result<(), ClaimCaseError> {
        let real = real_name(award).ok_or(ClaimCaseError::Invented)?;
        let first = [(Slot::Portrait, &props.portrait_two_inch), (Slot::CardFront, &props.front), (Slot::CardBack, &props.back)];
        self.approved_case((account, CaseKind::RealName), (&real.typed(), Some(&real)), &first, then, source).await?;
        let mut studies = Typed::default();
        let year = then.beijing_date().year() - 2;
        for (field, text) in [
            (Field::School, award.award.holder.school.clone()),
            (Field::StudentNumber, format!("{year}0101")),
            (Field::Department, "计算机学院".to_owned()),
            (Field::Degree, "bachelor".to_owned()),
            (Field::EnrolledOn, format!("{year}-09-01")),
            (Field::GraduatesOn, format!("{}-07-01", year + 4)),
        ] {
            studies.set(field, &text);
        }
        self.approved_case((account, CaseKind::Enrolment), (&studies, None), &[(Slot::StudentCard, &props.student)], then, source).await
    }

    /// A case that was sent in and approved, with pictures that are right already.
    async fn approved_case(
        &self,
        (account, kind): (AccountId, CaseKind),
        (typed, real): (&Typed, Option<&RealName>),
        pictures: &[(Slot, &Vec<u8>)],
        then: Instant,
        source: Random<'_>,
    ) -> Result<(), ClaimCaseError> {
        for (slot, picture) in pictures {
            let file = self.put_veiled((*picture).clone(), then, source).await?;
            self.registry.attach_picture(account, kind, *slot, &file, then).await?;
        }
        let subject = real.map(|real| Subject::Document(&real.document));
        let sent = Submission { typed, subject, at: then, due: then.plus_millis(2 * DAY) };
        self.registry.save_draft(account, kind, typed, then).await?;
        self.registry.submit_case(account, kind, sent).await?;
        let (soon, reviewer) = (then.plus_millis(HOUR), AccountId::new([0; 16]));
        let case = self.registry.live_case(account, kind).await?.ok_or(ClaimCaseError::Invented)?;
        self.registry.lease_case(case.id, reviewer, soon, soon.plus_millis(HOUR)).await?;
        self.registry.rule(case.id, (&CaseKind::ALL, reviewer), Ruling::Approve, soon).await?;
        Ok(())
    }

    /// A claim of a winner that has come as far as `state`.
    pub(super) async fn sample_claim(
        &self,
        award: &AwardRecord,
        offer: &Offer,
        (state, in_bulk): (ClaimState, bool),
        props: &Props,
        (then, now): (Instant, Instant),
        source: Random<'_>,
    ) -> Result<(), ClaimCaseError> {
        let holder = &award.award.holder;
        let telephone = holder.telephone.clone().ok_or(ClaimCaseError::Invented)?;
        let mut random = [0; 16];
        source(&mut random);
        let account = AccountId::new(random);
        let offices = Offices::new([Office::Student]).map_err(|_| ClaimCaseError::Invented)?;
        let new = NewAccount {
            id: account,
            telephone: telephone.clone(),
            name: holder.name.clone(),
            password: props.password.to_string(),
            offices,
        };
        self.registry.add_account(&new, then, "demo").await?;
        let real = real_name(award).ok_or(ClaimCaseError::Invented)?;
        let before = then.plus_millis(-DAY);
        if !in_bulk {
            let first = [(Slot::Portrait, &props.portrait_two_inch), (Slot::CardFront, &props.front), (Slot::CardBack, &props.back)];
            self.approved_case((account, CaseKind::RealName), (&real.typed(), Some(&real)), &first, before, source).await?;
        }
        if state != ClaimState::AwaitingVerification {
            let centre = [(Slot::Portrait, &props.portrait), (Slot::CardFront, &props.front), (Slot::CardBack, &props.back)];
            let pictures = if in_bulk { &centre[..1] } else { &centre[..] };
            self.approved_case((account, CaseKind::Centre), (&real.typed(), Some(&real)), pictures, before, source).await?;
        }
        let email = Email::parse("student@example.com").map_err(|_| ClaimCaseError::Invented)?;
        let contact = Contact { telephone: telephone.clone(), email };
        let (offer_id, pay_until) = (&offer.programme.id, then.plus_millis(14 * DAY));
        let new = NewClaim { account, offer: offer_id, award: &award.id, fee: offer.fee, contact: &contact, pay_until, at: then };
        let claim = self.registry.add_claim(new).await?;
        self.sample_progress(claim, (account, &telephone), (offer, &real, award), state, (then, now, props), source).await
    }

    async fn sample_progress(
        &self,
        claim: ClaimId,
        (account, telephone): (AccountId, &Telephone),
        (offer, real, award): (&Offer, &RealName, &AwardRecord),
        state: ClaimState,
        (then, now, props): (Instant, Instant, &Props),
        source: Random<'_>,
    ) -> Result<(), ClaimCaseError> {
        match state {
            ClaimState::Submitted => return Ok(()),
            ClaimState::Withdrawn => return Ok(self.registry.withdraw_claim(account, claim, then.plus_millis(HOUR)).await?),
            _ => {}
        }
        let mut random = [0; 5];
        source(&mut random);
        let payee = self.config.issuers.iter().find(|issuer| issuer.id == offer.programme.issuer).map_or("", |issuer| &issuer.name);
        let order = self
            .registry
            .place_order(NewOrder {
                number: &OrderNumber::new(then, random),
                claim,
                account: (account, telephone),
                coupon: CouponChoice::Without,
                item: &offer.zh(),
                item_en: &offer.en(),
                payee,
                expires: then.plus_millis(7 * DAY),
                at: then,
            })
            .await?;
        if state == ClaimState::AwaitingPayment {
            return Ok(());
        }
        if !offer.fee.is_zero() {
            let paid_at = then.plus_millis(HOUR);
            let transaction = Transaction::parse(&format!("DEMO-{claim}")).map_err(|_| ClaimCaseError::Invented)?;
            let received = Received { provider: "offline".to_owned(), transaction, amount: offer.fee, paid_at };
            let number = order.number.to_string();
            let notice = PaymentNotice { message: format!("demo/{number}"), kind: NoticeKind::Paid, named: number, received };
            self.registry.take_notice(&notice, "demo", paid_at).await?;
        }
        let decided = then.plus_millis(5 * DAY);
        let decided = if decided < now { decided } else { now };
        match state {
            ClaimState::Returned => {
                let why = (ClaimEvent::Return, "证件照背景不均匀，请在评价中心重新认证后再次提交（演示）。");
                self.registry.decide_claim(claim, why, "demo", decided).await?;
            }
            ClaimState::Refused => {
                let why = (ClaimEvent::Refuse, "该赛项不在本期申领范围内，费用将退回（演示）。");
                self.registry.decide_claim(claim, why, "demo", decided).await?;
            }
            ClaimState::Issued => {
                let mut certified = award.award.clone();
                let portrait = Digest::of(&props.portrait);
                self.vault.put_many(vec![(portrait, props.portrait.clone())]).await.map_err(ServiceError::from)?;
                certified.programme = offer.programme.id.clone();
                certified.achievement = offer.achievement();
                certified.portrait = Some(portrait);
                certified.holder.document = Some(real.document.clone());
                self.registry.approve_claims(&[Approval { claim, award: certified }], "demo", decided).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// What a list says of a holder, where it says it.
pub(super) fn real_name(award: &AwardRecord) -> Option<RealName> {
    Some(RealName { name: award.award.holder.name.clone(), document: award.award.holder.document.clone()? })
}
