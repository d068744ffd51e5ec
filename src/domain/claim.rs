//! Claims (申领): a holder asks for the ability certificate that an award entitles to. `docs/claims.md` has the table of their states, made from this file.

use std::fmt;
use std::str::FromStr;

use jiff::Span;

use super::email::Email;
use super::telephone::Telephone;
use super::time::{Instant, OutOfRange};

/// For how long a claim waits to be paid from its submission on, or from when its fee was paid back unasked, in milliseconds: 14 days.
pub const PAY_WITHIN: i64 = 14 * 86_400_000;

/// The number of a claim, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimId(pub i64);

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ClaimId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where a claim is in its life (DOMAIN.md, S5 to S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimState {
    /// 已提交: it was sent in; how it is paid for is not settled.
    Submitted,
    /// 待缴费: an order is placed.
    AwaitingPayment,
    /// 待中心认证: it is paid, the centre has not verified its holder yet.
    AwaitingVerification,
    /// 审核中: everything is there, the centre decides.
    InReview,
    /// 已退回: its holder has something to put right.
    Returned,
    /// 已通过: its certificate is being made.
    Approved,
    /// 已发证.
    Issued,
    /// 未通过: what was paid is paid back.
    Refused,
    /// 已撤回: its holder took it back, or it was never paid for in time.
    Withdrawn,
}

impl ClaimState {
    /// Every state, in the order of a claim's usual life.
    pub const ALL: [Self; 9] = [
        Self::Submitted,
        Self::AwaitingPayment,
        Self::AwaitingVerification,
        Self::InReview,
        Self::Returned,
        Self::Approved,
        Self::Issued,
        Self::Refused,
        Self::Withdrawn,
    ];

    /// The name in records, addresses and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::AwaitingPayment => "awaiting-payment",
            Self::AwaitingVerification => "awaiting-verification",
            Self::InReview => "in-review",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Issued => "issued",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The inverse of [`ClaimState::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Submitted => "已提交",
            Self::AwaitingPayment => "待缴费",
            Self::AwaitingVerification => "待中心认证",
            Self::InReview => "审核中",
            Self::Returned => "已退回",
            Self::Approved => "已通过，制证中",
            Self::Issued => "已发证",
            Self::Refused => "未通过",
            Self::Withdrawn => "已撤回",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Submitted => "Submitted",
            Self::AwaitingPayment => "Awaiting payment",
            Self::AwaitingVerification => "Awaiting the centre’s verification",
            Self::InReview => "In review",
            Self::Returned => "Sent back",
            Self::Approved => "Approved, being made",
            Self::Issued => "Issued",
            Self::Refused => "Refused",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// Whether what was paid for it is there: an order of it is paid.
    #[must_use]
    pub fn is_paid(self) -> bool {
        matches!(self, Self::AwaitingVerification | Self::InReview | Self::Returned | Self::Approved | Self::Issued)
    }

    /// Whether nothing happens to it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Issued | Self::Refused | Self::Withdrawn)
    }

    /// The state after an event.
    ///
    /// # Errors
    /// [`NotPossible`] if nothing like that can happen in this state.
    pub fn after(self, event: ClaimEvent) -> Result<Self, NotPossible> {
        use ClaimEvent as E;
        let complete = |verified| if verified { Self::InReview } else { Self::AwaitingVerification };
        match (self, event) {
            (Self::Submitted, E::PlaceOrder) => Ok(Self::AwaitingPayment),
            (Self::AwaitingPayment, E::EndOrder) => Ok(Self::Submitted),
            (Self::AwaitingPayment, E::Pay { verified }) | (Self::Returned, E::Resubmit { verified }) => Ok(complete(verified)),
            (Self::AwaitingVerification | Self::InReview | Self::Returned, E::Unpay) => Ok(Self::Submitted),
            (Self::AwaitingVerification, E::Verify) => Ok(Self::InReview),
            (Self::InReview, E::Unverify) => Ok(Self::AwaitingVerification),
            (Self::InReview, E::Return) => Ok(Self::Returned),
            (Self::InReview, E::Approve) => Ok(Self::Approved),
            (Self::InReview, E::Refuse) => Ok(Self::Refused),
            (Self::Approved, E::Issue) => Ok(Self::Issued),
            (Self::Submitted | Self::AwaitingPayment, E::Lapse) => Ok(Self::Withdrawn),
            (Self::Submitted | Self::AwaitingPayment | Self::AwaitingVerification | Self::InReview | Self::Returned, E::Withdraw) => {
                Ok(Self::Withdrawn)
            }
            _ => Err(NotPossible { state: self, event }),
        }
    }
}

/// What happens to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimEvent {
    /// 下单: its holder chose how to pay.
    PlaceOrder,
    /// 订单关闭: the order was cancelled or ran out, unpaid.
    EndOrder,
    /// 缴费: the order is paid, or costs nothing.
    Pay {
        /// Whether the centre has verified the holder.
        verified: bool,
    },
    /// 缴费退回: what paid it went back without being asked for; it is paid for anew, or lapses.
    Unpay,
    /// 认证通过: the centre has verified the holder.
    Verify,
    /// 重新认证: the holder began another verification; the one before counts no more.
    Unverify,
    /// 退回: the reviewer sent it back, for reasons that the holder reads.
    Return,
    /// 重新提交: the holder has put right what was wrong.
    Resubmit {
        /// Whether the centre has verified the holder.
        verified: bool,
    },
    /// 通过: the reviewer approved it.
    Approve,
    /// 发证: its certificate is complete.
    Issue,
    /// 不通过: the reviewer refused it, for a reason that the holder reads.
    Refuse,
    /// 撤回: the holder took it back.
    Withdraw,
    /// 过期: it was not paid for in time.
    Lapse,
}

impl ClaimEvent {
    /// Every event.
    pub const ALL: [Self; 15] = [
        Self::PlaceOrder,
        Self::EndOrder,
        Self::Pay { verified: false },
        Self::Pay { verified: true },
        Self::Unpay,
        Self::Verify,
        Self::Unverify,
        Self::Return,
        Self::Resubmit { verified: false },
        Self::Resubmit { verified: true },
        Self::Approve,
        Self::Issue,
        Self::Refuse,
        Self::Withdraw,
        Self::Lapse,
    ];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PlaceOrder => "place order",
            Self::EndOrder => "end order",
            Self::Pay { .. } => "pay",
            Self::Unpay => "unpay",
            Self::Verify => "verify",
            Self::Unverify => "unverify",
            Self::Return => "return",
            Self::Resubmit { .. } => "resubmit",
            Self::Approve => "approve",
            Self::Issue => "issue",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Lapse => "lapse",
        }
    }

    /// As people read it in a claim's history.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::PlaceOrder => "生成订单",
            Self::EndOrder => "订单关闭",
            Self::Pay { .. } => "缴费完成",
            Self::Unpay => "缴费被支付机构退回",
            Self::Verify => "中心认证通过",
            Self::Unverify => "重新进行中心认证",
            Self::Return => "退回",
            Self::Resubmit { .. } => "重新提交",
            Self::Approve => "审核通过",
            Self::Issue => "发证",
            Self::Refuse => "审核未通过",
            Self::Withdraw => "撤回",
            Self::Lapse => "逾期未缴费",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::PlaceOrder => "Order placed",
            Self::EndOrder => "Order closed",
            Self::Pay { .. } => "Paid",
            Self::Unpay => "Paid back by the gateway",
            Self::Verify => "Verified by the centre",
            Self::Unverify => "Verification begun anew",
            Self::Return => "Sent back",
            Self::Resubmit { .. } => "Sent in again",
            Self::Approve => "Approved",
            Self::Issue => "Issued",
            Self::Refuse => "Refused",
            Self::Withdraw => "Withdrawn",
            Self::Lapse => "Not paid in time",
        }
    }

    /// Which event a record names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code() == code)
    }
}

/// A claim does not go that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "申领当前为“{}”，不能进行此操作，请刷新页面查看最新状态 / the claim is “{}”: this cannot be done with it; load the page again to see where it stands",
    .state.zh(), .state.en()
)]
pub struct NotPossible {
    /// Where it is.
    pub state: ClaimState,
    /// What was tried.
    pub event: ClaimEvent,
}

/// Where the applicant is reached about one claim: the only facts of it that can be typed (notice, appendix two, figure 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The telephone.
    pub telephone: Telephone,
    /// The e-mail address.
    pub email: Email,
}

/// Before when a claim is decided that is complete since `since`: two months later, at the end of that day in Beijing (notice, appendix two,
/// step three).
///
/// # Errors
/// [`OutOfRange`] at the very end of the calendar.
pub fn decided_before(since: Instant) -> Result<Instant, OutOfRange> {
    let day = since.beijing_date().checked_add(Span::new().months(2)).map_err(|_| OutOfRange)?;
    Instant::start_of(day.tomorrow().map_err(|_| OutOfRange)?)
}

/// The table of states and events, as `docs/claims.md` shows it.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| 状态 / state | 事件 / event | 之后 / then |\n| --- | --- | --- |\n");
    for state in ClaimState::ALL {
        for event in ClaimEvent::ALL {
            let Ok(then) = state.after(event) else { continue };
            let when = match event {
                ClaimEvent::Pay { verified: true } | ClaimEvent::Resubmit { verified: true } => "，中心已认证 / verified",
                ClaimEvent::Pay { verified: false } | ClaimEvent::Resubmit { verified: false } => "，中心未认证 / not verified",
                _ => "",
            };
            let line = format!(
                "| {} `{}` | {} `{}`{when} | {} `{}` |\n",
                state.zh(),
                state.code(),
                event.zh(),
                event.code(),
                then.zh(),
                then.code()
            );
            text.push_str(&line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documentation_has_the_table_of_the_types() {
        let document = include_str!("../../docs/claims.md");
        assert!(document.contains(&table()), "docs/claims.md needs this table:\n{}", table());
    }

    #[test]
    fn two_months_end_with_their_last_day() {
        let at = |text: &str| Instant::parse_beijing(text).unwrap();
        assert_eq!(decided_before(at("2024-01-05 09:00")).unwrap(), at("2024-03-05 24:00"));
        assert_eq!(decided_before(at("2023-12-31 23:59:59")).unwrap(), at("2024-02-29 24:00"));
    }

    /// What a claim has gone through, counted beside its state.
    #[derive(Default)]
    struct Told {
        orders: i32,
        paid: bool,
        approved: u32,
        issued: u32,
    }

    proptest! {
        /// Whatever is asked of a claim, in whatever order: what is refused changes nothing, an approval comes while a payment is kept, and
        /// there is one certificate at most.
        #[test]
        fn no_sequence_of_events_leaves_the_table(events in proptest::collection::vec(0..ClaimEvent::ALL.len(), 0..60)) {
            let (mut state, mut told) = (ClaimState::Submitted, Told::default());
            for event in events.into_iter().map(|at| ClaimEvent::ALL[at]) {
                let Ok(next) = state.after(event) else { continue };
                prop_assert!(!state.is_final(), "{state:?} is the end");
                match event {
                    ClaimEvent::PlaceOrder => told.orders += 1,
                    ClaimEvent::EndOrder => told.orders -= 1,
                    ClaimEvent::Pay { .. } => told.paid = true,
                    ClaimEvent::Unpay => (told.paid, told.orders) = (false, told.orders - 1),
                    ClaimEvent::Approve => told.approved += 1,
                    ClaimEvent::Issue => told.issued += 1,
                    _ => {}
                }
                state = next;
                prop_assert!((0..=1).contains(&told.orders));
                prop_assert_eq!(told.paid, state.is_paid() || (told.paid && state.is_final()));
                prop_assert!(told.approved <= 1 && told.issued <= told.approved);
                prop_assert_eq!(told.issued == 1, state == ClaimState::Issued);
                prop_assert!(told.approved == 0 || told.paid);
            }
        }
    }

    #[test]
    fn names_are_one_to_one() {
        for state in ClaimState::ALL {
            assert_eq!(ClaimState::from_code(state.code()), Some(state));
            let leaves = ClaimEvent::ALL.iter().any(|event| state.after(*event).is_ok());
            assert_eq!(leaves, !state.is_final(), "{state:?}");
        }
    }
}
