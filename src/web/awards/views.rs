//! Awards and what stands in their way, as pages print them.

use crate::domain::award::{Achievement, Award};
use crate::domain::eligibility::{Held, NotYet};
use crate::domain::holding::{Doubt, Obstacle};
use crate::domain::status::Status;
use crate::registry::{ReportRecord, ReportState};
use crate::service::holdings::{AwardProgress, MaybeOwn, OwnAward};
use crate::web::advice::Message;
use crate::web::language::Frame;
use crate::web::view::Moment;

/// What an award is for, as the list has it.
pub struct FactsView {
    /// `一等奖（指导教师）`.
    pub phrase: Message,
    pub holder: String,
    pub school: String,
    pub category: String,
    pub subject: String,
    pub work: String,
}

impl FactsView {
    /// What was achieved, in a phrase: `一等奖（指导教师）`, `区块链金融行业工程师（初级）`.
    pub fn of_achievement(achievement: &Achievement) -> Message {
        match achievement {
            Achievement::Award { level, role, .. } => {
                Message::new(achievement.phrase_zh(), format!("{}, {}", level.en(), role.en().to_lowercase()))
            }
            Achievement::Ability { title, level } => Message::new(achievement.phrase_zh(), format!("{title}, {}", level.en())),
        }
    }

    pub fn of(award: &Award) -> Self {
        let phrase = Self::of_achievement(&award.achievement);
        let (category, subject, work) = match &award.achievement {
            Achievement::Award { category, subject, work, .. } => (category.clone(), subject.clone(), work.clone()),
            Achievement::Ability { .. } => (String::new(), String::new(), String::new()),
        };
        Self { phrase, holder: award.holder.name.to_string(), school: award.holder.school.clone(), category, subject, work }
    }
}

/// An award of the account.
pub struct AwardView {
    pub id: String,
    pub programme_zh: String,
    pub programme_en: String,
    pub facts: FactsView,
    /// The class of its tag.
    pub class: &'static str,
    /// How far it is, in a word.
    pub word: Message,
    /// What is in the way, and what to do about it.
    pub reasons: Vec<ReasonView>,
    /// The number of the certificate that can be had.
    pub number: Option<String>,
    /// Whether the certificate is made when its holder asks for it.
    pub can_ask: bool,
    /// Whether it is being made.
    pub being_made: bool,
    /// Whether it will never be had.
    pub never: bool,
}

/// Something in the way.
pub struct ReasonView {
    pub text: Message,
    /// Where the reader can do something about it.
    pub way: Option<&'static str>,
}

impl AwardView {
    pub fn of(frame: &Frame, own: OwnAward) -> Self {
        let (class, word) = match &own.progress {
            AwardProgress::Certified(certificate) if matches!(certificate.status, Status::Revoked { .. }) => {
                ("revoked", Message::new("证书已吊销", "Revoked"))
            }
            AwardProgress::Certified(_) => ("good", Message::new("证书可下载", "Certificate ready")),
            AwardProgress::BeingMade => ("", Message::new("证书制作中", "Being made")),
            AwardProgress::Ready => ("good", Message::new("可以领取", "Can be had")),
            AwardProgress::Waiting(obstacles) if obstacles.iter().any(is_final) => ("revoked", Message::new("不能领取", "Not available")),
            AwardProgress::Waiting(_) => ("corrected", Message::new("暂不能领取", "Not yet")),
        };
        let reasons = match &own.progress {
            AwardProgress::Waiting(obstacles) => obstacles.iter().map(|obstacle| reason(frame, obstacle)).collect(),
            _ => Vec::new(),
        };
        let number = match &own.progress {
            AwardProgress::Certified(certificate) => Some(certificate.facts.claims.number.to_string()),
            _ => None,
        };
        Self {
            can_ask: matches!(own.progress, AwardProgress::Ready),
            being_made: matches!(own.progress, AwardProgress::BeingMade),
            never: matches!(&own.progress, AwardProgress::Waiting(obstacles) if obstacles.iter().any(is_final)),
            facts: FactsView::of(&own.award),
            programme_zh: own.programme.as_ref().map_or_else(|| own.award.programme.to_string(), |p| p.name.clone()),
            programme_en: own.programme.map_or_else(String::new, |p| p.name_en),
            id: own.id,
            class,
            word,
            reasons,
            number,
        }
    }
}

fn is_final(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::TooLate { .. } | Obstacle::Held(Held::Withdrawn))
}

/// What stands in the way, and where the reader can do something about it.
pub fn reason(frame: &Frame, obstacle: &Obstacle) -> ReasonView {
    let by = |at| frame.end(&Moment(at));
    let (zh, en, way) = match obstacle {
        Obstacle::Held(Held::Withdrawn) => {
            ("该奖项经异议核实已取消。".to_owned(), "The award was withdrawn after an objection.".to_owned(), None)
        }
        Obstacle::Held(Held::ByObjection) => (
            "有人对该奖项提出异议，正在处理；处理完毕前不发证。".to_owned(),
            "An objection against this award is being decided; nothing is issued before.".to_owned(),
            None,
        ),
        Obstacle::NotYet(NotYet::NoticeOpen { until }) => {
            let at = by(*until);
            (format!("获奖名单正在公示，公示期至{at}。"), format!("The award list is before the public until {at}."), None)
        }
        Obstacle::NotYet(NotYet::NotPublished) => {
            ("获奖名单尚未公示。".to_owned(), "The award list was not put to public notice yet.".to_owned(), None)
        }
        Obstacle::NotYet(NotYet::ListDisputed { .. }) => {
            ("有人对整个名单提出异议，正在处理。".to_owned(), "An objection against the whole list is being decided.".to_owned(), None)
        }
        Obstacle::TooLate { deadline } => {
            let at = by(*deadline);
            (
                format!("注册认证已于{at}截止，此前没有收到完整的提交；按通知，逾期不补。"),
                format!("Registration ended at {at}, before everything had come in. By the notice there is no late entry."),
                None,
            )
        }
        Obstacle::NotVerified { real_name, enrolment, until: Some(until) } => {
            let (zh, en) = forms(*real_name, *enrolment);
            let at = by(*until);
            (format!("还需要完成{zh}，请在{at}之前提交。"), format!("{en} missing: send it in before {at}."), Some("/account/verification"))
        }
        Obstacle::NotVerified { real_name, enrolment, until: None } => {
            let (zh, en) = forms(*real_name, *enrolment);
            (
                format!("{zh}还没有通过审核；如被退回，请修改后重新提交。"),
                format!("{en} not approved yet; if it was sent back, correct it and send it again."),
                Some("/account/verification"),
            )
        }
        Obstacle::NotVouched { until } => {
            let at = by(*until);
            (
                format!("需要您所在的院校完成院校认证并添加您为指导教师，请在{at}之前联系院校办理。"),
                format!("Your school must be verified and enter you as an instructor before {at}: ask its office."),
                None,
            )
        }
        Obstacle::NotReleased { at } => {
            let at = frame.moment(&Moment(*at));
            (format!("证书自 {at}（北京时间）起可以下载。"), format!("Certificates can be downloaded from {at}, Beijing time."), None)
        }
    };
    ReasonView { text: Message::new(zh, en), way }
}

fn forms(real_name: bool, enrolment: bool) -> (&'static str, &'static str) {
    match (real_name, enrolment) {
        (true, false) => ("实名认证", "Real-name verification is"),
        (false, true) => ("学籍认证", "Enrolment verification is"),
        _ => ("实名认证和学籍认证", "Real-name and enrolment verification are"),
    }
}

/// An award that may be the account's.
pub struct MaybeView {
    pub programme: String,
    pub text: Message,
    pub refused: Option<String>,
}

impl MaybeView {
    pub fn of(maybe: MaybeOwn, is_verified: bool) -> Self {
        let why = maybe.doubt.map_or(("信息部分一致", "some of it agrees"), |doubt: Doubt| (doubt.zh(), doubt.en()));
        let text = match (&maybe.refused, is_verified) {
            (Some(_), _) => Message::new("经核对，该奖项不属于您的账号。", "It was found that this award is not your account’s."),
            (None, true) => {
                Message::new(format!("{}，已转人工核对，请耐心等待。", why.0), format!("We look at it by hand, since {}.", why.1))
            }
            (None, false) => Message::new(
                format!("{}。完成实名认证后会转人工核对。", why.0),
                format!("Once your real name is verified we look at it by hand, since {}.", why.1),
            ),
        };
        Self { programme: maybe.programme, text, refused: maybe.refused }
    }
}

/// What was reported about a certificate, and what came of it.
pub struct ReportView {
    pub at: Moment,
    pub name: Option<String>,
    pub school: Option<String>,
    pub text: String,
    /// The class of its tag.
    pub class: &'static str,
    pub word: Message,
    /// What its holder was told.
    pub answer: Option<String>,
}

impl ReportView {
    pub fn of(record: &ReportRecord) -> Self {
        let (class, word, answer) = match &record.state {
            ReportState::Open => ("corrected", Message::new("处理中", "Being looked at"), None),
            ReportState::Accepted { answer, .. } => ("good", Message::new("已更正", "Corrected"), Some(answer.clone())),
            ReportState::Refused { answer, .. } => ("revoked", Message::new("未予更正", "Not corrected"), Some(answer.clone())),
        };
        Self {
            at: Moment(record.at),
            name: record.report.name.as_ref().map(ToString::to_string),
            school: record.report.school.clone(),
            text: record.report.text.clone(),
            class,
            word,
            answer,
        }
    }
}
