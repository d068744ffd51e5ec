//! Notices to people about what they handed in or wait for: each as a short text for a telephone and as a letter, Chinese and English. None
//! has anybody's name or number in it, since telephones show messages on locked screens.

use crate::domain::money::Fen;

/// What came of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// A verification was approved.
    Approved(Verified),
    /// A verification was returned, and can be corrected and sent again.
    Returned(Verified),
    /// An award certificate was released.
    CertificateReady {
        /// The short name of the contest.
        contest: String,
    },
    /// A claim of an ability certificate was sent back.
    ClaimReturned,
    /// A claim was refused.
    ClaimRefused,
    /// The ability certificate of a claim was issued.
    ClaimIssued,
    /// The staff decided what a holder had reported about a certificate or an award.
    ReportDecided,
    /// Somebody asks to move the account to another telephone.
    MoveAsked,
    /// The account has another telephone.
    Moved,
    /// An account is not moved.
    MoveRefused,
    /// A fee was paid.
    OrderPaid {
        /// How much.
        amount: Fen,
    },
    /// A fee was paid back.
    Refunded {
        /// How much.
        amount: Fen,
    },
    /// A fee was paid back by the gateway though nobody here asked for it: the claim is to be paid for anew.
    PaidBackUnasked {
        /// How much.
        amount: Fen,
    },
}

/// What is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// 实名认证.
    RealName,
    /// 学籍认证.
    Enrolment,
    /// 院校认证.
    School,
    /// 评价中心实名认证.
    Centre,
}

impl Verified {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::RealName => ("实名认证", "real-name verification"),
            Self::Enrolment => ("学籍认证", "enrolment verification"),
            Self::School => ("院校认证", "school verification"),
            Self::Centre => ("评价中心实名认证", "verification at the centre"),
        }
    }
}

impl Notification {
    /// For a telephone.
    pub(super) fn short(&self) -> (String, String) {
        match self {
            Self::Approved(what) => {
                let (zh, en) = what.words();
                (format!("您的{zh}已通过。"), format!("Your {en} was approved."))
            }
            Self::Returned(what) => {
                let (zh, en) = what.words();
                (format!("您的{zh}被退回，请登录查看原因并重新提交。"), format!("Your {en} was returned: sign in to see why."))
            }
            Self::CertificateReady { contest } => {
                let contest: String = contest.chars().take(20).collect();
                (format!("{contest}获奖证书已可下载，请登录查看。"), "Your certificate can be downloaded: sign in.".to_owned())
            }
            Self::ClaimReturned => {
                ("您的证书申领被退回，请登录查看原因。".to_owned(), "Your claim was sent back: sign in to see why.".to_owned())
            }
            Self::ClaimRefused => {
                ("您的证书申领未通过，已缴费用将退回，请登录查看。".to_owned(), "Your claim was refused; sign in to see why.".to_owned())
            }
            Self::ClaimIssued => {
                ("您申领的能力证书已签发，请登录查看。".to_owned(), "Your ability certificate was issued: sign in.".to_owned())
            }
            Self::ReportDecided => ("您反馈的问题已处理，请登录查看。".to_owned(), "Your report was decided: sign in.".to_owned()),
            Self::MoveAsked => (
                "有人申请把您的账号转到新手机号。非本人操作请登录并修改密码。".to_owned(),
                "Someone asks to move your account to a new number. Not you? Sign in.".to_owned(),
            ),
            Self::Moved => (
                "您的账号已改用新手机号登录。非本人操作请立即联系主办方。".to_owned(),
                "Your account has a new number. Not you? Tell the committee.".to_owned(),
            ),
            Self::MoveRefused => {
                ("您的换号申请未通过，请登录查看原因。".to_owned(), "Your account was not moved: sign in to see why.".to_owned())
            }
            Self::OrderPaid { amount } => (format!("证书申领费用 {amount} 已到账。"), format!("Your fee of {amount} was received.")),
            Self::Refunded { amount } => (format!("证书申领费用 {amount} 已退回。"), format!("Your fee of {amount} was paid back.")),
            Self::PaidBackUnasked { amount } => (
                format!("申领费用 {amount} 被支付机构退回，请登录重新缴费。"),
                format!("Your fee of {amount} came back: sign in and pay anew."),
            ),
        }
    }

    /// As a letter: subject, Chinese text, English text.
    pub(super) fn letter(&self) -> (String, String, String) {
        match self {
            Self::Approved(what) => {
                let (zh, en) = what.words();
                let subject = format!("{zh}已通过 / Approved");
                (subject, format!("您的{zh}已通过审核。登录后可查看：",), format!("Your {en} was approved. Sign in to see it:"))
            }
            Self::Returned(what) => {
                let (zh, en) = what.words();
                (
                    format!("{zh}被退回，请修改后重新提交 / Returned: please correct it"),
                    format!("您的{zh}被退回。已填写的内容都还在，请登录查看退回原因，修改后重新提交："),
                    format!(
                        "Your {en} was returned. What you entered is still there: sign in, see the reasons, correct it and send it again:"
                    ),
                )
            }
            Self::CertificateReady { contest } => (
                "证书可以下载了 / Your certificate can be downloaded".to_owned(),
                format!("您的“{contest}”获奖证书已经发布，登录后即可查看和下载："),
                format!("Your award certificate of “{contest}” was released. Sign in to see and download it:"),
            ),
            Self::ClaimReturned => (
                "证书申领被退回 / Your claim was sent back".to_owned(),
                "您的能力证书申领被退回。请登录查看原因，处理后重新提交，不需要再次缴费：".to_owned(),
                "Your claim of an ability certificate was sent back. Sign in to see why, put it right and send it in again; nothing is paid twice:".to_owned(),
            ),
            Self::ClaimRefused => (
                "证书申领未通过 / Your claim was refused".to_owned(),
                "您的能力证书申领未通过审核，已缴费用将原路退回。登录后可查看原因和退款进度：".to_owned(),
                "Your claim of an ability certificate was refused; what you paid is paid back. Sign in to see why and how far the refund is:".to_owned(),
            ),
            Self::ClaimIssued => (
                "能力证书已签发 / Your ability certificate was issued".to_owned(),
                "您申领的能力证书已经签发，登录后即可查看和下载：".to_owned(),
                "Your ability certificate was issued. Sign in to see and download it:".to_owned(),
            ),
            Self::ReportDecided => (
                "您反馈的问题已处理 / Your report was decided".to_owned(),
                "您就获奖信息或证书反馈的问题已处理，登录后可查看结果：".to_owned(),
                "What you reported about your award or certificate was decided. Sign in to see the result:".to_owned(),
            ),
            Self::MoveAsked => (
                "有人申请转移您的账号 / Someone asks to move your account".to_owned(),
                "有人用另一个手机号申请接管您的账号，审核员将核对身份。如非本人操作，请登录并修改密码：".to_owned(),
                "Someone at another number asks for your account; a reviewer will compare identities. If it is not you, sign in and change your password:".to_owned(),
            ),
            Self::Moved => (
                "您的账号已改用新手机号 / Your account has a new number".to_owned(),
                "您的账号已改用新手机号登录，原手机号不能再登录。如非本人操作，请立即联系主办方：".to_owned(),
                "Your account is signed in to with a new number; the old one does not open it any more. If it was not you, tell the committee at once:".to_owned(),
            ),
            Self::MoveRefused => (
                "换号申请未通过 / Your account was not moved".to_owned(),
                "您提交的换号申请未通过，登录后可查看原因：".to_owned(),
                "Your request to move an earlier account was refused. Sign in to see why:".to_owned(),
            ),
            Self::OrderPaid { amount } => (
                "费用已到账 / Your fee was received".to_owned(),
                format!("您的证书申领费用 {amount} 已到账，登录后可在“我的订单”下载收据，并查看申领进度："),
                format!("Your fee of {amount} was received. Sign in for the receipt under “My orders”, and to follow your claim:"),
            ),
            Self::Refunded { amount } => (
                "费用已退回 / Your fee was paid back".to_owned(),
                format!("您的证书申领费用 {amount} 已退回，登录后可在“我的订单”查看："),
                format!("Your fee of {amount} was paid back. Sign in to see it under “My orders”:"),
            ),
            Self::PaidBackUnasked { amount } => (
                "费用被退回，请重新缴费 / Your fee came back: please pay anew".to_owned(),
                format!("您的证书申领费用 {amount} 被支付机构退回，申领暂停办理。请在 14 天内登录，在申领页重新缴费；不再需要的，不必处理，申领到期自动关闭："),
                format!(
                    "The gateway paid your fee of {amount} back, and your claim waits. Sign in and pay anew on the claim’s page within 14 days; \
                     if you do not want it any more, do nothing, and it is closed then:"
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::messages::Text;

    #[test]
    fn each_fits_one_message_and_has_both_languages() {
        let contest = "第十四届蓝海杯全国大学生软件和信息技术专业人才大赛".to_owned();
        let verified = [Verified::RealName, Verified::Enrolment, Verified::School, Verified::Centre];
        let all = verified.iter().flat_map(|v| [Notification::Approved(*v), Notification::Returned(*v)]);
        for notification in all.chain([
            Notification::CertificateReady { contest },
            Notification::ReportDecided,
            Notification::ClaimReturned,
            Notification::ClaimRefused,
            Notification::ClaimIssued,
            Notification::OrderPaid { amount: Fen::MAX },
            Notification::Refunded { amount: Fen::MAX },
            Notification::PaidBackUnasked { amount: Fen::MAX },
            Notification::MoveAsked,
            Notification::Moved,
            Notification::MoveRefused,
        ]) {
            let (subject, zh, en) = notification.letter();
            assert!(subject.contains(" / ") && zh.ends_with('：') && en.ends_with(':'), "{notification:?}");
            let words = Text::Notice(notification).words();
            assert!(words.chars().count() <= 140 && words.ends_with('.') && words.contains('。'), "{words}");
        }
    }
}
