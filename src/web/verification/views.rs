//! What pages say of a case, in plain words.

use crate::domain::identity::DocumentKind;
use crate::domain::programme::Programme;
use crate::domain::proofing::{CaseKind, CaseState, Degree, Field, Funding, Proofed, SchoolLevel, Slot, Typed};
use crate::domain::time::Instant;
use crate::registry::Case;
use crate::service::proofing::{LEAST_LOGO, LEAST_SIDE, MAX_LOGO_BYTES, MAX_PICTURE_BYTES, PictureLink};
use crate::web::advice::Message;
use crate::web::language::Frame;
use crate::web::view::Moment;

/// A form of the overview.
pub struct StepView {
    pub kind: CaseKind,
    pub path: String,
    /// The class of its tag.
    pub class: &'static str,
    pub state: Message,
    pub next: Message,
    /// What its button says.
    pub button: Message,
    /// Whether it is what the reader should do now.
    pub wanted: bool,
}

impl StepView {
    /// `others` is whether every form before it was sent in.
    pub fn new(frame: &Frame, kind: CaseKind, case: Option<&Case>, now: Instant) -> Self {
        let look = || Message::new("查看", "Look at it");
        let (class, state, next, button, wanted) = match case.map(|case| &case.state) {
            None => {
                let next = match kind {
                    CaseKind::RealName => Message::new(
                        "填写姓名和证件号码，上传二寸证件照和证件两面的照片。",
                        "Name and document number, a 2-inch portrait, and pictures of both sides of the document.",
                    ),
                    CaseKind::Enrolment => Message::new(
                        "选择学校，填写学号、院系、学历和入学毕业时间，上传学生证照片。",
                        "School, student number, department, degree and dates, and a picture of the student card.",
                    ),
                    CaseKind::Centre => Message::new(
                        "填写姓名和证件号码，上传一寸证件照（白、蓝或红底）和证件两面的照片；实名认证时的照片可以直接提供给评价中心。",
                        "Name and document number, a 1-inch portrait on white, blue or red, and both sides of the document; pictures of the real-name verification can be handed on.",
                    ),
                    CaseKind::School => Message::new(
                        "选择学校，填写学校性质和组织机构代码，上传组织机构代码证或盖章的委托书。",
                        "School, its kind and its organisation code, and a picture of the code’s certificate or of the stamped letter.",
                    ),
                };
                ("", Message::new("未填写", "Not begun"), next, Message::new("开始填写", "Begin"), true)
            }
            Some(CaseState::Draft) => (
                "corrected",
                Message::new("草稿", "Draft"),
                Message::new("已保存，尚未提交。填完后请提交审核。", "It is saved and not sent in yet. Complete it and send it in."),
                Message::new("继续填写", "Go on"),
                true,
            ),
            Some(CaseState::Submitted { due, .. }) if *due <= now => (
                "corrected",
                Message::new("审核中", "In review"),
                Message::new(
                    "审核已超过时限，正在加紧处理；结果会发短信通知您。",
                    "It takes longer than it should; you will be told by SMS.",
                ),
                look(),
                false,
            ),
            Some(CaseState::Submitted { due, .. }) => {
                let at = frame.end(&Moment(*due));
                (
                    "corrected",
                    Message::new("审核中", "In review"),
                    Message::new(
                        format!("将在{at}前审核完毕，结果会发短信通知您。"),
                        format!("It is decided by {at}; you will be told by SMS."),
                    ),
                    look(),
                    false,
                )
            }
            Some(CaseState::Returned { .. }) => (
                "revoked",
                Message::new("被退回", "Sent back"),
                Message::new("请查看原因，改正后再次提交。", "See why, correct it and send it in again."),
                Message::new("查看原因并修改", "See why and correct"),
                true,
            ),
            Some(CaseState::Approved { at } | CaseState::Reopened { approved: at } | CaseState::Superseded { approved: at }) => {
                let day = frame.day_of(&Moment(*at));
                (
                    "good",
                    Message::new("已通过", "Verified"),
                    Message::new(format!("{day}审核通过。"), format!("Approved on {day}.")),
                    look(),
                    false,
                )
            }
        };
        Self { kind, path: path_of(kind), class, state, next, button, wanted }
    }
}

/// The deadline of a contest, for one account.
pub struct DeadlineView {
    pub name_zh: String,
    pub name_en: String,
    pub until: String,
    pub class: &'static str,
    pub word: Message,
}

/// The contests whose notices have opened and for which certificates can still be claimed.
pub fn deadlines(frame: &Frame, programmes: Vec<Programme>, proofed: &Proofed, now: Instant) -> Vec<DeadlineView> {
    let view = |programme: Programme| {
        let timeline = programme.contest()?.timeline;
        if now < timeline.notice.start() || now >= timeline.claim_deadline {
            return None;
        }
        let deadline = timeline.registration_deadline;
        let (class, word) = if proofed.is_in_time(deadline) {
            ("good", Message::new("已按时提交", "In time"))
        } else if now < deadline {
            ("corrected", Message::new("尚未完成", "Not yet"))
        } else {
            ("revoked", Message::new("已截止", "Over"))
        };
        Some(DeadlineView { name_zh: programme.name, name_en: programme.name_en, until: frame.end(&Moment(deadline)), class, word })
    };
    programmes.into_iter().filter_map(view).collect()
}

/// A picture that a form asks for.
pub struct SlotView {
    pub slot: Slot,
    /// Where it is shown, if it is there.
    pub link: Option<String>,
    /// Whether it was there and has been deleted.
    pub deleted: bool,
    /// What it is called in its form.
    pub name: Message,
    pub help: Message,
    /// What of the real-name verification can be handed on in its place.
    pub offer: Option<OfferView>,
    /// When its owner agreed that it came from there.
    pub agreed: Option<Moment>,
}

/// A picture of the real-name verification that can be handed to the centre.
pub struct OfferView {
    /// Where it is shown.
    pub link: String,
    /// Why the centre cannot take it, if so.
    pub refused: Option<Message>,
}

impl SlotView {
    pub fn new((kind, slot): (CaseKind, Slot), case: Option<&Case>, link: Option<String>) -> Self {
        let most = MAX_PICTURE_BYTES >> 20;
        let help = match slot {
            Slot::Portrait if kind == CaseKind::Centre => Message::new(
                format!("竖版彩色一寸证件照，白、蓝或红底，295×413 像素或按此比例更大；JPG 或 PNG，最大 {most} MB"),
                format!(
                    "Upright, in colour, on white, blue or red, 295×413 pixels or larger in that shape; JPEG or PNG, at most {most} MB"
                ),
            ),
            Slot::Portrait => Message::new(
                format!("竖版彩色二寸证件照，413×579 像素或按此比例更大；JPG 或 PNG，最大 {most} MB"),
                format!("Upright, in colour, 413×579 pixels or larger in that shape; JPEG or PNG, at most {most} MB"),
            ),
            Slot::AuthorisationLetter => Message::new(
                format!("没有组织机构代码证时，下载委托书，盖章后拍照上传；短边至少 {LEAST_SIDE} 像素，JPG 或 PNG，最大 {most} MB"),
                format!(
                    "Without the certificate: print the letter, have it stamped, and upload a picture of it; the shorter side {LEAST_SIDE} pixels or more, JPEG or PNG, at most {most} MB"
                ),
            ),
            Slot::Logo => Message::new(
                format!("可不上传；短边至少 {LEAST_LOGO} 像素，JPG 或 PNG，最大 {} MB", MAX_LOGO_BYTES >> 20),
                format!("If you like; the shorter side {LEAST_LOGO} pixels or more, JPEG or PNG, at most {} MB", MAX_LOGO_BYTES >> 20),
            ),
            Slot::CardFront | Slot::CardBack | Slot::StudentCard | Slot::CodeCertificate => Message::new(
                format!("拍清四角和文字，短边至少 {LEAST_SIDE} 像素；JPG 或 PNG，最大 {most} MB"),
                format!(
                    "All four corners and every word readable, the shorter side {LEAST_SIDE} pixels or more; JPEG or PNG, at most {most} MB"
                ),
            ),
        };
        let deleted = case.is_some_and(|case| case.files.iter().any(|file| file.slot == slot && file.deleted_at.is_some()));
        let name = Message::new(slot.zh(kind), slot.en(kind));
        Self { slot, link, deleted, name, help, offer: None, agreed: None }
    }
}

/// Where the owner's page of a kind is.
pub fn path_of(kind: CaseKind) -> String {
    match kind {
        CaseKind::School => "/account/school/verification".to_owned(),
        CaseKind::RealName | CaseKind::Enrolment | CaseKind::Centre => format!("{}/{}", home_of(kind), kind.code()),
    }
}

/// Where the owner's overview is.
pub fn home_of(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::School => "/account/school",
        CaseKind::RealName | CaseKind::Enrolment | CaseKind::Centre => "/account/verification",
    }
}

/// The path of a link of an account's own.
pub fn own_path(kind: CaseKind, slot: Slot, link: &PictureLink) -> String {
    format!("{}/pictures/{}/{}/{}", path_of(kind), slot.code(), link.until, link.code)
}

/// The path of a reviewer's link.
pub fn review_path(queue: &str, id: i64, slot: Slot, link: &PictureLink) -> String {
    format!("{queue}/{id}/pictures/{}/{}/{}", slot.code(), link.until, link.code)
}

/// What a field says, as it is read.
pub fn shown(frame: &Frame, typed: &Typed, field: Field) -> String {
    let text = typed.get(field);
    match field {
        Field::DocumentKind => {
            DocumentKind::from_code(text).map_or_else(|| text.to_owned(), |kind| frame.say(kind.zh(), kind.en()).to_owned())
        }
        Field::SchoolLevel => {
            SchoolLevel::from_code(text).map_or_else(|| text.to_owned(), |level| frame.say(level.zh(), level.en()).to_owned())
        }
        Field::SchoolFunding => {
            Funding::from_code(text).map_or_else(|| text.to_owned(), |funding| frame.say(funding.zh(), funding.en()).to_owned())
        }
        Field::Degree => Degree::from_code(text).map_or_else(|| text.to_owned(), |degree| frame.say(degree.zh(), degree.en()).to_owned()),
        _ => text.to_owned(),
    }
}
