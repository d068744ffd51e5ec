//! What the sample world has for the staff of contests: objections in each state, and a contest that is being prepared.

use std::net::{IpAddr, Ipv4Addr};

use crate::config::Config;
use crate::domain::identity::DocumentKind;
use crate::domain::issuer::Slug;
use crate::domain::objection::{DecisionReason, Form, Objection, Typed};
use crate::domain::receipt::ReceiptCode;
use crate::domain::time::Instant;
use crate::service::access::{ContestMandate, ObjectionsMandate};
use crate::service::award_list::sample::{sample_award_list, sample_signature};
use crate::service::import::ListFile;
use crate::service::objections::{Decision, Handed, SentFile};
use crate::service::{Service, entropy};

use super::{NoticeCaseError, SEED};

/// A contest whose list is imported and not published.
const DRAFT_CONTEST: &str = "canghai-2";

/// In which form, against which place, by whom, why.
const OBJECTIONS: [(Form, Option<i64>, &str, &str); 3] = [
    (Form::Person, Some(3), "示例异议人", "该作品与去年已公开发表的作品高度相似，请核实（演示数据）。"),
    (Form::Organisation, None, "示例联系人", "名单中我院两件作品的指导教师写成了他人，请逐一核对（演示数据）。"),
    (Form::Person, Some(5), "示例异议人乙", "该选手已毕业，不应列入学生组，请核实学籍（演示数据）。"),
];

impl Service {
    /// Three objections, the last of them decided. Answers the code on the receipt of the first.
    pub(super) async fn sample_objections(&self, contest: &Slug, now: Instant) -> Result<ReceiptCode, NoticeCaseError> {
        let mut codes = Vec::with_capacity(OBJECTIONS.len());
        for (form, place, name, grounds) in OBJECTIONS {
            codes.push(self.sample_objection(contest, (form, place), (name, grounds), now).await?);
        }
        let officer = ObjectionsMandate::of_operator("demo");
        if let Some(last) = self.objections(&officer, Some(contest), true, 0, 10).await?.last() {
            let told = |slip: crate::domain::objection::Slip| NoticeCaseError::Contest(vec![slip.to_string()]);
            let reason = DecisionReason::parse("经向学校核实，该选手报名时在籍，符合规则（演示数据）。").map_err(told)?;
            self.decide_objection(last.id, Decision::Reject, reason, &officer, now).await?;
        }
        codes.into_iter().next().ok_or_else(|| NoticeCaseError::Contest(Vec::new()))
    }

    async fn sample_objection(
        &self,
        contest: &Slug,
        (form, place): (Form, Option<i64>),
        (name, grounds): (&str, &str),
        now: Instant,
    ) -> Result<ReceiptCode, NoticeCaseError> {
        let typed = Typed {
            name: name.to_owned(),
            document_kind: DocumentKind::Passport.code().to_owned(),
            identity_number: "X00000000".to_owned(),
            workplace: "青山大学（示例）".to_owned(),
            organisation: "西海理工学院（示例）".to_owned(),
            telephone: "010-12345678".to_owned(),
            grounds: grounds.to_owned(),
            ..Typed::default()
        };
        let parsed = Objection::parse(form, &typed);
        let objection = parsed.map_err(|slips| NoticeCaseError::Contest(slips.into_iter().map(|(_, slip)| slip.to_string()).collect()))?;
        let mark = SentFile { name: "签名.jpg".to_owned(), bytes: sample_signature()? };
        let mut nonce = [0; 16];
        entropy::fill(&mut nonce);
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let handed = Handed { contest, place, objection: &objection, mark, attachments: Vec::new(), nonce, from };
        Ok(self.hand_in(handed, now).await?)
    }

    /// A contest that is being prepared: its list waits for publication.
    pub(super) async fn sample_draft(&self, mandate: &ContestMandate, now: Instant) -> Result<(), NoticeCaseError> {
        let text = notice_contest(DRAFT_CONTEST, now).replace("首届", "第二届").replace("1st", "2nd").replace("series = 1", "series = 2");
        let programme = Config::contest(&text).map_err(NoticeCaseError::Contest)?;
        self.save_contest(&programme, mandate, now).await?;
        let bytes = sample_award_list(SEED + 2, &[DRAFT_CONTEST])?;
        let file = ListFile { name: "待公示名单.xlsx", bytes: &bytes, programme: None, portraits: &|_| None };
        self.import(&file, mandate, now).await?;
        Ok(())
    }
}

/// Days of its notice: it opened two days ago and ends in five.
const NOTICE_DAYS: (i64, i64) = (-2, 5);

/// A contest's file, with dates about `now`.
pub(super) fn notice_contest(id: &str, now: Instant) -> String {
    let day = |days: i64| now.plus_millis(days * 86_400_000).beijing_date();
    format!(
        "id = \"{id}\"\nissuer = \"lanhai\"\ntemplate = \"award\"\npattern = \"CH{{series:2}}{{year}}{{seq:5}}\"\nseries = 1\n\
         name = \"首届沧海杯大学生创意大赛（学生组）\"\nname_en = \"1st Canghai Cup Student Creativity Contest\"\nshort_name = \"首届沧海杯\"\n\
         edition = \"首届\"\ndocument_number = \"沧海杯组委会字[{}]8号\"\norganisers = [\"蓝海市信息化人才交流中心\", \"沧海数字艺术协会\"]\n\
         groups = [\"学生组\"]\nnotice_first_day = \"{}\"\nnotice_last_day = \"{}\"\nregistration_last_day = \"{}\"\nrelease_day = \"{}\"\n\
         claim_last_day = \"{}\"\n",
        day(0).year(),
        day(NOTICE_DAYS.0),
        day(NOTICE_DAYS.1),
        day(30),
        day(31),
        day(61),
    )
}
