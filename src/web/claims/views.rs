//! Claims and what can be claimed, as pages print them.

use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState};
use crate::domain::offer::{NotOpen, Offer};
use crate::domain::time::Instant;
use crate::registry::{ClaimMove, ClaimRecord};
use crate::service::claims::{ClaimStanding, Claimable};
use crate::web::advice::Message;
use crate::web::awards::{FactsView, reason};
use crate::web::language::Frame;
use crate::web::router::Site;
use crate::web::view::Moment;

/// What is offered.
pub struct OfferView {
    pub id: String,
    pub name: Message,
    pub issuer_zh: String,
    pub issuer_en: String,
    pub fee: String,
    pub is_free: bool,
}

impl OfferView {
    pub fn of(site: &Site, offer: &Offer) -> Self {
        let issuer = site.service.config().issuers.iter().find(|issuer| issuer.id == offer.programme.issuer);
        Self {
            id: offer.programme.id.to_string(),
            name: Message::new(offer.zh(), offer.en()),
            issuer_zh: issuer.map_or_else(|| offer.programme.issuer.to_string(), |issuer| issuer.name.clone()),
            issuer_en: issuer.map_or_else(String::new, |issuer| issuer.name_en.clone()),
            fee: offer.fee.to_string(),
            is_free: offer.fee.is_zero(),
        }
    }
}

/// A certificate that an award of the account entitles to.
pub struct ClaimableView {
    pub offer: OfferView,
    pub award: String,
    pub contest_zh: String,
    pub contest_en: String,
    pub facts: FactsView,
    pub class: &'static str,
    pub word: Message,
    /// What is missing, or when it opens or closes.
    pub notes: Vec<Note>,
    pub can_claim: bool,
    /// The claim that there is.
    pub claim: Option<ClaimId>,
}

/// A sentence, and where the reader can do something about it.
pub struct Note {
    pub text: Message,
    pub way: Option<&'static str>,
}

impl Note {
    fn plain(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { text: Message::new(zh, en), way: None }
    }
}

impl ClaimableView {
    pub fn of(site: &Site, frame: &Frame, one: &Claimable) -> Self {
        let (class, word) = match &one.standing {
            ClaimStanding::Open(_) => ("good", Message::new("可以申领", "Open")),
            ClaimStanding::NotOpen(NotOpen::Opens { .. }) => ("", Message::new("尚未开始", "Not open yet")),
            ClaimStanding::NotOpen(NotOpen::Closed { .. }) => ("revoked", Message::new("已截止", "Closed")),
            ClaimStanding::Claimed(claim) => (class(claim.state), Message::new(claim.state.zh(), claim.state.en())),
            ClaimStanding::Barred(_) | ClaimStanding::NotVerified => ("corrected", Message::new("暂不能申领", "Not yet")),
            ClaimStanding::Revoked => ("revoked", Message::new("不能申领", "Not available")),
        };
        let notes = match &one.standing {
            ClaimStanding::Open(before) => {
                let at = frame.end(&Moment(before.0));
                vec![Note::plain(format!("申领截止：{at}，过期不补。"), format!("Claims close at {at}; there are no late ones."))]
            }
            ClaimStanding::NotOpen(NotOpen::Opens { at }) => {
                let at = frame.moment(&Moment(*at));
                vec![Note::plain(format!("{at}（北京时间）起可以申领。"), format!("It can be claimed from {at}, Beijing time."))]
            }
            ClaimStanding::NotOpen(NotOpen::Closed { at }) => {
                let at = frame.end(&Moment(*at));
                vec![Note::plain(format!("申领已于{at}截止，过期不补。"), format!("Claims closed at {at}; there are no late ones."))]
            }
            ClaimStanding::Barred(obstacles) => {
                let note = |obstacle| {
                    let reason = reason(frame, obstacle);
                    Note { text: reason.text, way: reason.way }
                };
                obstacles.iter().map(note).collect()
            }
            ClaimStanding::NotVerified => vec![Note {
                text: Message::new("请先完成实名认证。", "Have your real name verified first."),
                way: Some("/account/verification"),
            }],
            ClaimStanding::Revoked => vec![Note::plain("该奖项的获奖证书已吊销。", "The certificate of this award was revoked.")],
            ClaimStanding::Claimed(_) => Vec::new(),
        };
        let programme = one.own.programme.as_ref();
        Self {
            offer: OfferView::of(site, &one.offer),
            award: one.own.id.clone(),
            contest_zh: programme.map_or_else(|| one.own.award.programme.to_string(), |p| p.name.clone()),
            contest_en: programme.map_or_else(String::new, |p| p.name_en.clone()),
            facts: FactsView::of(&one.own.award),
            class,
            word,
            notes,
            can_claim: matches!(one.standing, ClaimStanding::Open(_)),
            claim: if let ClaimStanding::Claimed(claim) = &one.standing { Some(claim.id) } else { None },
        }
    }
}

/// The class of a state's tag.
pub fn class(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Submitted | ClaimState::AwaitingPayment | ClaimState::AwaitingVerification | ClaimState::Returned => "corrected",
        ClaimState::InReview | ClaimState::Withdrawn => "",
        ClaimState::Approved | ClaimState::Issued => "good",
        ClaimState::Refused => "revoked",
    }
}

/// A claim in a list.
pub struct ClaimRow {
    pub id: ClaimId,
    pub offer: Message,
    pub class: &'static str,
    pub word: Message,
    pub submitted: Moment,
    /// Before when it is decided, while that is to come.
    pub due: Option<String>,
    pub is_late: bool,
    pub fee: String,
}

impl ClaimRow {
    pub fn of(frame: &Frame, claim: &ClaimRecord, offer: Option<&Offer>, now: Instant) -> Self {
        let is_open = claim.state == ClaimState::InReview;
        Self {
            id: claim.id,
            offer: offer.map_or_else(|| Message::new(claim.offer.as_str(), claim.offer.as_str()), |o| Message::new(o.zh(), o.en())),
            class: class(claim.state),
            word: Message::new(claim.state.zh(), claim.state.en()),
            submitted: Moment(claim.submitted),
            due: claim.due.filter(|_| is_open).map(|due| frame.end(&Moment(due))),
            is_late: is_open && claim.due.is_some_and(|due| due <= now),
            fee: claim.fee.to_string(),
        }
    }
}

/// A line of a claim's history.
pub struct MoveView {
    pub at: Moment,
    pub what: Message,
    pub reason: Option<String>,
}

impl MoveView {
    pub fn of(one: &ClaimMove) -> Self {
        let submitted = || Message::new("提交申领", "Claim sent in");
        Self {
            at: Moment(one.at),
            what: one.event.map_or_else(submitted, |event: ClaimEvent| Message::new(event.zh(), event.en())),
            reason: one.reason.clone(),
        }
    }
}

/// What its holder does with a claim whose fee went back without being asked for.
pub fn pay_anew(frame: &Frame, claim: &ClaimRecord) -> Message {
    let pay = frame.end(&Moment(claim.pay_until));
    Message::new(
        format!(
            "支付机构把费用退回了，申领暂停办理。请在{pay}之前重新缴费，申领随即继续；不需要的不必处理，到期自动关闭。原因请向支付机构查询。"
        ),
        format!(
            "The payment gateway paid your fee back, so the claim waits. Pay anew before {pay} and it goes on; if you do not want it any more, do \
             nothing, and it is closed then. The gateway can tell you why."
        ),
    )
}

/// What happens next with a claim, and when; `centre` is before when the centre decides on a verification that waits.
pub fn next(frame: &Frame, claim: &ClaimRecord, centre: Option<Instant>) -> Message {
    let pay = frame.end(&Moment(claim.pay_until));
    if let (ClaimState::AwaitingVerification, Some(due)) = (claim.state, centre) {
        let due = frame.end(&Moment(due));
        return Message::new(
            format!("缴费已完成，实名认证已提交，评价中心将在{due}前审核完毕。您不需要再做什么，结果会以短信通知。"),
            format!(
                "It is paid, and the centre decides on your verification before {due}. There is nothing for you to do: you hear by message."
            ),
        );
    }
    match claim.state {
        ClaimState::Submitted => Message::new(
            format!("下一步：缴费。请在{pay}之前完成，逾期未缴费的申领自动关闭。"),
            format!("Next: payment, before {pay}. A claim that is not paid by then is closed."),
        ),
        ClaimState::AwaitingPayment => Message::new(
            format!("订单已生成，等待缴费到账。请在{pay}之前完成。"),
            format!("An order is placed and waits for its payment, before {pay}."),
        ),
        ClaimState::AwaitingVerification => Message::new(
            "缴费已完成。下一步：在评价中心完成实名认证（1 寸证件照、身份证正反面），两个工作日内审核。",
            "It is paid. Next: the centre verifies your real name (1-inch portrait, both sides of the card) within two working days.",
        ),
        ClaimState::InReview => {
            let due = claim.due.map_or_else(String::new, |due| frame.end(&Moment(due)));
            Message::new(
                format!("材料已齐，评价中心正在审核，最迟于{due}之前完成。您不需要再做什么，结果会以短信通知。"),
                format!("Everything is there and the centre decides before {due}. There is nothing for you to do: you hear by message."),
            )
        }
        ClaimState::Returned => Message::new(
            "审核员退回了这份申领。请按下面的原因处理好之后，点击“重新提交”，不需要再次缴费。",
            "The reviewer sent it back. Put right what is named below, then send it in again; nothing is paid twice.",
        ),
        ClaimState::Approved => Message::new(
            "审核已通过，证书正在制作，通常几分钟内完成。",
            "It was approved and its certificate is being made, usually within minutes.",
        ),
        ClaimState::Issued => Message::new("证书已签发，可以下载。", "The certificate is issued and can be downloaded."),
        ClaimState::Refused => Message::new(
            "这份申领没有通过审核。已缴的费用会原路退回，进度见“我的订单”。",
            "It was refused. What you paid is paid back; see “My orders” for how far that is.",
        ),
        ClaimState::Withdrawn => {
            Message::new("这份申领已关闭。申领截止之前可以重新申领。", "It is closed. While claims are open it can be claimed again.")
        }
    }
}
