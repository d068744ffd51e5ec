//! Coupons (优惠券): a code that an account redeems for a grant, and a grant that makes one order cheaper, once.

use std::fmt;
use std::str::FromStr;

use super::money::Fen;
use super::text::{fold_code, tidy};
use super::time::{Instant, Period};

/// Fewest and most characters of a code.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=20;
/// The most characters of a name.
const NAME_CHARS: usize = 40;
/// The most grants that a coupon or an account may have.
pub const MOST_GRANTS: u32 = 100_000;

/// The code of a coupon: 6 to 20 of `A`–`Z` and `0`–`9`. Whoever knows it may redeem it, so its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(String);

/// The text is no code of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("优惠码应为 6 至 20 位字母和数字 / a coupon’s code has 6 to 20 letters and digits")]
pub struct CouponCodeError;

impl CouponCode {
    /// Understands full-width and lower-case letters, spaces and hyphens.
    ///
    /// # Errors
    /// [`CouponCodeError`].
    pub fn parse_typed(typed: &str) -> Result<Self, CouponCodeError> {
        let short: String = typed.chars().take(100).collect();
        fold_code(&short).parse()
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CouponCode {
    type Err = CouponCodeError;

    fn from_str(text: &str) -> Result<Self, CouponCodeError> {
        let good = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if good && LENGTH.contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(CouponCodeError) }
    }
}

impl fmt::Debug for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CouponCode([elided])")
    }
}

/// What a coupon takes off a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// So much, or the whole price if that is less.
    Fixed(Fen),
    /// So many of a hundred, 1 to 100.
    Percent(u8),
}

impl Worth {
    /// What it takes off. A part of a hundred that is no whole number of fen is rounded up, in the payer's favour: nobody pays a fraction,
    /// and nobody pays more than the part that is left says.
    #[must_use]
    pub fn off(self, price: Fen) -> Fen {
        let off = match self {
            Self::Fixed(amount) => amount.min(price),
            Self::Percent(percent) => {
                let hundredths = price.get() * i64::from(percent.min(100));
                Fen::new((hundredths + 99) / 100).unwrap_or(price)
            }
        };
        off.min(price)
    }

    /// The name in records, with its number.
    #[must_use]
    pub fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Fixed(amount) => ("fixed", amount.get()),
            Self::Percent(percent) => ("percent", i64::from(percent)),
        }
    }

    /// The inverse of [`Worth::parts`].
    #[must_use]
    pub fn from_parts(kind: &str, number: i64) -> Option<Self> {
        match kind {
            "fixed" => Fen::new(number).ok().filter(|amount| !amount.is_zero()).map(Self::Fixed),
            "percent" => u8::try_from(number).ok().filter(|percent| (1..=100).contains(percent)).map(Self::Percent),
            _ => None,
        }
    }

    /// As people read it: `减 ¥50.00`, `减 20%`.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::Fixed(amount) => format!("减 {amount}"),
            Self::Percent(100) => "全免".to_owned(),
            Self::Percent(percent) => format!("减 {percent}%"),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> String {
        match self {
            Self::Fixed(amount) => format!("{amount} off"),
            Self::Percent(100) => "Free of charge".to_owned(),
            Self::Percent(percent) => format!("{percent}% off"),
        }
    }
}

/// A coupon as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Its code.
    pub code: CouponCode,
    /// What it is called: `早鸟优惠`.
    pub name: String,
    /// What it takes off.
    pub worth: Worth,
    /// When it may be redeemed and spent; the end is outside.
    pub period: Period,
    /// How many grants there may be; without a number any.
    pub most: Option<u32>,
    /// How many of them one account may have.
    pub per_account: u32,
    /// The id of the only offer that it is for.
    pub offer: Option<String>,
}

/// What is wrong with a coupon that is being made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CouponError {
    /// The name is missing or too long.
    #[error("名称应为 1 至 40 字 / a name has 1 to 40 characters")]
    Name,
    /// The worth is nothing, or no part of a hundred.
    #[error("优惠应为大于 0 的金额，或 1 至 100 的百分比 / an amount above nothing, or 1 to 100 per cent")]
    Worth,
    /// A limit is nothing or too large.
    #[error("数量应为 1 至 100,000 / a number from 1 to 100,000")]
    Limit,
    /// One account may have more than all accounts.
    #[error("每个账号的数量不能超过总数 / one account cannot have more than there are")]
    PerAccount,
}

impl Coupon {
    /// Checks what no single field can say.
    ///
    /// # Errors
    /// [`CouponError`].
    pub fn check(self) -> Result<Self, CouponError> {
        let name = tidy(&self.name);
        if !(1..=NAME_CHARS).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(CouponError::Name);
        }
        let (kind, number) = self.worth.parts();
        if Worth::from_parts(kind, number).is_none() {
            return Err(CouponError::Worth);
        }
        let fits = |n: u32| (1..=MOST_GRANTS).contains(&n);
        if !fits(self.per_account) || self.most.is_some_and(|most| !fits(most)) {
            return Err(CouponError::Limit);
        }
        if self.most.is_some_and(|most| self.per_account > most) {
            return Err(CouponError::PerAccount);
        }
        Ok(Self { name, ..self })
    }

    /// Whether it is for an offer.
    #[must_use]
    pub fn is_for(&self, offer: &str) -> bool {
        self.offer.as_deref().is_none_or(|only| only == offer)
    }
}

/// Why a coupon is not redeemed, or a grant not spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CouponRefusal {
    /// There is no coupon with the code; a withdrawn one is not told apart from that.
    #[error("没有这个优惠码，或已停用 / there is no such coupon, or it was withdrawn")]
    Unknown,
    /// Its period has not begun.
    #[error("优惠券尚未开始使用 / the coupon’s period has not begun")]
    Early,
    /// Its period is over.
    #[error("优惠券已过期 / the coupon has expired")]
    Over,
    /// All of its grants are given.
    #[error("优惠券已领完 / no more of this coupon are left")]
    Gone,
    /// The account has as many as one may have.
    #[error("您已领取过该优惠券 / you have this coupon already")]
    Had,
    /// The grant is not the account's, or was spent.
    #[error("优惠券不存在或已使用 / there is no such coupon of yours, or it was spent")]
    Spent,
    /// It is for another certificate.
    #[error("该优惠券不适用于这项证书 / the coupon is for another certificate")]
    OtherOffer,
}

/// Whether a coupon's period lets it be redeemed or spent at an instant.
///
/// # Errors
/// [`CouponRefusal::Early`], [`CouponRefusal::Over`].
pub fn in_period(period: Period, now: Instant) -> Result<(), CouponRefusal> {
    match (now < period.start(), now < period.end()) {
        (true, _) => Err(CouponRefusal::Early),
        (_, false) => Err(CouponRefusal::Over),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(n: i64) -> Fen {
        Fen::new(n).unwrap()
    }

    #[test]
    fn nobody_pays_a_fraction() {
        assert_eq!(Worth::Percent(33).off(fen(100)), fen(33));
        assert_eq!(Worth::Percent(33).off(fen(101)), fen(34), "33.33 fen");
        assert_eq!(Worth::Percent(100).off(fen(15_000)), fen(15_000));
        assert_eq!(Worth::Fixed(fen(20_000)).off(fen(15_000)), fen(15_000));
        assert_eq!((Worth::Percent(1).off(Fen::ZERO), Worth::Percent(99).off(Fen::MAX)), (Fen::ZERO, fen(99_000_000)));
    }

    #[test]
    fn a_coupon_is_whole() {
        let period = Period::new(Instant::EPOCH, Instant::EPOCH.plus_millis(10)).unwrap();
        let good = Coupon {
            code: CouponCode::parse_typed("early-2026").unwrap(),
            name: " 早鸟  优惠 ".into(),
            worth: Worth::Percent(20),
            period,
            most: Some(10),
            per_account: 1,
            offer: None,
        };
        assert_eq!(good.clone().check().unwrap().name, "早鸟 优惠");
        let wrong = |change: fn(&mut Coupon)| {
            let mut coupon = good.clone();
            change(&mut coupon);
            coupon.check().unwrap_err()
        };
        assert_eq!(wrong(|c| c.name = " ".into()), CouponError::Name);
        assert_eq!(wrong(|c| c.worth = Worth::Percent(0)), CouponError::Worth);
        assert_eq!(wrong(|c| c.worth = Worth::Fixed(Fen::ZERO)), CouponError::Worth);
        assert_eq!(wrong(|c| c.most = Some(0)), CouponError::Limit);
        assert_eq!(wrong(|c| c.per_account = 11), CouponError::PerAccount);
        for code in ["", "ABC", "ABC/123", "ABCDEFGHIJKLMNOPQRSTU"] {
            assert_eq!(CouponCode::parse_typed(code), Err(CouponCodeError), "{code}");
        }
        assert_eq!(format!("{:?}", good.code), "CouponCode([elided])");
        let at = |millis| Instant::EPOCH.plus_millis(millis);
        assert_eq!([-1, 0, 9, 10].map(|n| in_period(period, at(n))), [Err(CouponRefusal::Early), Ok(()), Ok(()), Err(CouponRefusal::Over)]);
    }

    proptest! {
        #[test]
        fn what_is_taken_off_is_whole_and_never_more_than_the_price(price in 0i64..=100_000_000, percent in 1u8..=100) {
            let off = Worth::Percent(percent).off(fen(price)).get();
            prop_assert!(off <= price);
            // The payer's share, rounded down to a fen.
            prop_assert_eq!(price - off, price * i64::from(100 - percent) / 100);
        }
    }
}
