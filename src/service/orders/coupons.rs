//! Coupons: made and given by the cashier, redeemed by students.

use std::net::IpAddr;

use crate::domain::coupon::{Coupon, CouponCode, CouponError};
use crate::domain::issuer::Slug;
use crate::domain::limit::Limit;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::{CouponRecord, Given, GrantRecord, OfferRecord, RegistryError};
use crate::service::access::{Cashier, Random, Student};
use crate::service::limits::{LimitedError, Policy};
use crate::service::{Service, ServiceError};

use super::OrderingError;

/// The most telephones that a coupon is given to at once.
pub const MOST_TELEPHONES: usize = 1_000;

const MINUTE: u32 = 60_000;
/// Codes that one account may try, and that may be tried from one address: nobody guesses a code of six characters at this pace.
const BY_ACCOUNT: Policy = Policy { name: "coupon by", limit: Limit::fixed(10, 5 * MINUTE) };
const FROM: Policy = Policy { name: "coupon from", limit: Limit::fixed(30, MINUTE) };

/// Why a code is not redeemed.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// Too many were tried.
    #[error(transparent)]
    Limited(#[from] LimitedError),
    /// The coupon does not allow it.
    #[error(transparent)]
    Ordering(#[from] OrderingError),
}

/// Why a coupon is not made.
#[derive(Debug, thiserror::Error)]
pub enum MakeCouponError {
    /// Something in it is wrong.
    #[error(transparent)]
    Coupon(#[from] CouponError),
    /// The code is another's.
    #[error("已有这个优惠码 / a coupon with this code exists already")]
    Taken,
    /// There is no such offer.
    #[error("没有证书项目 {0} / there is no offer {0}")]
    NoOffer(String),
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<RegistryError> for MakeCouponError {
    fn from(error: RegistryError) -> Self {
        Self::Service(error.into())
    }
}

/// The telephones of a list, one on each line.
#[derive(Debug, Clone)]
pub struct TelephoneList(Vec<Telephone>);

/// Why a list of telephones is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TelephoneListError {
    /// There is none.
    #[error("请填写手机号，每行一个 / enter telephone numbers, one a line")]
    Empty,
    /// Too many.
    #[error("一次至多 1,000 个手机号 / at most 1,000 at once")]
    TooMany,
    /// Lines that are no telephones.
    #[error("第 {} 行不是手机号 / lines that are no telephone numbers: {}", joined(.0), joined(.0))]
    Lines(Vec<usize>),
}

fn joined(lines: &[usize]) -> String {
    lines.iter().take(10).map(usize::to_string).collect::<Vec<_>>().join("、")
}

impl TelephoneList {
    /// Reads a list; a number that stands twice counts once.
    ///
    /// # Errors
    /// [`TelephoneListError`].
    pub fn parse(typed: &str) -> Result<Self, TelephoneListError> {
        let (mut all, mut bad): (Vec<Telephone>, Vec<usize>) = (Vec::new(), Vec::new());
        for (at, line) in (1..).zip(typed.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            match Telephone::parse(line) {
                Ok(telephone) if !all.contains(&telephone) => all.push(telephone),
                Ok(_) => {}
                Err(_) => bad.push(at),
            }
            if all.len() > MOST_TELEPHONES {
                return Err(TelephoneListError::TooMany);
            }
        }
        match (bad.is_empty(), all.is_empty()) {
            (false, _) => Err(TelephoneListError::Lines(bad)),
            (true, true) => Err(TelephoneListError::Empty),
            _ => Ok(Self(all)),
        }
    }
}

fn name(source: Random<'_>) -> String {
    let mut bytes = [0; 16];
    source(&mut bytes);
    crate::domain::digest::hexadecimal(&bytes)
}

impl Service {
    /// The student's coupons, the latest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn own_coupons(&self, student: &Student) -> Result<Vec<GrantRecord>, ServiceError> {
        Ok(self.registry.grants_of(student.visitor().id(), student.visitor().telephone()).await?)
    }

    /// Redeems a code for the student.
    ///
    /// # Errors
    /// [`RedeemError`].
    pub async fn redeem_coupon(
        &self,
        student: &Student,
        code: &CouponCode,
        from: IpAddr,
        now: Instant,
        source: Random<'_>,
    ) -> Result<(), RedeemError> {
        let visitor = student.visitor();
        self.take_from_address(FROM, from, now).await?;
        let bucket = self.registry.keys().secret_hash(BY_ACCOUNT.name, &[visitor.id().to_string().as_bytes()]);
        self.take_all(&bucket, BY_ACCOUNT, 1, now).await?;
        let redeemed = self.registry.redeem_coupon(code, (visitor.id(), visitor.telephone()), &name(source), now).await;
        Ok(redeemed.map_err(OrderingError::from)?)
    }

    /// Every coupon, the latest first.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn coupons(&self, _: &Cashier) -> Result<Vec<CouponRecord>, ServiceError> {
        Ok(self.registry.coupons().await?)
    }

    /// One coupon.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn coupon(&self, _: &Cashier, id: i64) -> Result<Option<CouponRecord>, ServiceError> {
        Ok(self.registry.coupon(id).await?)
    }

    /// The offers' ids with what they are called, Chinese and English.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn offer_names(&self) -> Result<Vec<(String, String, String)>, ServiceError> {
        let offers = self.registry.offers().await?;
        Ok(offers.into_iter().map(|record| (record.offer.programme.id.to_string(), record.offer.zh(), record.offer.en())).collect())
    }

    /// The offers that a coupon can be for alone.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn offers_with_fees(&self, _: &Cashier) -> Result<Vec<OfferRecord>, ServiceError> {
        Ok(self.registry.offers().await?)
    }

    /// Makes a coupon. Answers its number.
    ///
    /// # Errors
    /// [`MakeCouponError`].
    pub async fn make_coupon(&self, cashier: &Cashier, coupon: Coupon, now: Instant) -> Result<i64, MakeCouponError> {
        let coupon = coupon.check()?;
        if let Some(offer) = &coupon.offer {
            let known = match offer.parse::<Slug>() {
                Ok(id) => self.registry.offer(&id).await?.is_some(),
                Err(_) => false,
            };
            if !known {
                return Err(MakeCouponError::NoOffer(offer.clone()));
            }
        }
        self.registry.add_coupon(&coupon, &cashier.actor(), now).await?.ok_or(MakeCouponError::Taken)
    }

    /// Withdraws a coupon: grants that were not spent are void. `false` if it was before.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn withdraw_coupon(&self, cashier: &Cashier, id: i64, now: Instant) -> Result<bool, ServiceError> {
        Ok(self.registry.withdraw_coupon(id, &cashier.actor(), now).await?)
    }

    /// Gives a coupon to telephones; who has no account yet finds it after registering.
    ///
    /// # Errors
    /// [`OrderingError`].
    pub async fn give_coupon(
        &self,
        cashier: &Cashier,
        id: i64,
        to: TelephoneList,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Given, OrderingError> {
        let to: Vec<(Telephone, String)> = to.0.into_iter().map(|telephone| (telephone, name(source))).collect();
        Ok(self.registry.give_coupon(id, &to, &cashier.actor(), now).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_telephones_names_its_bad_lines() {
        assert_eq!(TelephoneList::parse("13800138000\n\n+86 138 0013 8000\n13800138001\n").unwrap().0.len(), 2);
        assert_eq!(TelephoneList::parse(" \n").unwrap_err(), TelephoneListError::Empty);
        assert_eq!(TelephoneList::parse("x\n13800138000\n12").unwrap_err(), TelephoneListError::Lines(vec![1, 3]));
    }
}
