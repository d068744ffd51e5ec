//! 沧海杯, a contest that requires registration, and what its winners and reviewers do again and again.

use yinxin::domain::proofing::{CaseKind, Slot};
use yinxin::domain::time::Instant;
use yinxin::registry::Ruling;
use yinxin::service::access::{Reviewer, Student};
use yinxin::service::entropy;

use crate::house::{House, card, identity_of, portrait, studies};

pub const CONTEST: &str = r#"
[[contest]]
id = "canghai-1"
issuer = "lanhai"
template = "award"
pattern = "CH{series:2}{year}{seq:5}"
series = 1
name = "首届沧海杯创意大赛"
short_name = "首届沧海杯"
notice_opens = "2026-11-21"
notice_closes = "2026-11-25 24:00"
registration = "required"
registration_closes = "2026-11-30 24:00"
release = "2026-12-01 08:00"
claims_close = "2026-12-31 24:00"
"#;

/// The documents of two winners.
pub const MING: &str = "11010519491231002X";
pub const LI: &str = "449900200101020031";

pub fn at(text: &str) -> Instant {
    Instant::parse_beijing(text).unwrap()
}

impl House {
    pub async fn picture(&self, student: &Student, place: (CaseKind, Slot), picture: Vec<u8>, now: Instant) {
        self.service.add_picture(&student.into(), place, picture, now, &mut entropy::fill).await.unwrap();
    }

    /// Real name and enrolment, sent in at one instant.
    pub async fn send_both(&self, student: &Student, (name, number): (&str, &str), school: &str, now: Instant) {
        for (slot, picture) in [(Slot::Portrait, portrait()), (Slot::CardFront, card()), (Slot::CardBack, card())] {
            self.picture(student, (CaseKind::RealName, slot), picture, now).await;
        }
        self.picture(student, (CaseKind::Enrolment, Slot::StudentCard), card(), now).await;
        self.service.send_in(&student.into(), CaseKind::RealName, &identity_of(name, number), now).await.unwrap();
        self.service.send_in(&student.into(), CaseKind::Enrolment, &studies(school), now).await.unwrap();
    }

    /// Approves whatever waits, and says how much it was.
    pub async fn approve_all(&self, reviewer: &Reviewer, now: Instant) -> usize {
        let mut approved = 0;
        while let Some(case) = self.service.next_case(reviewer, None, now).await.unwrap() {
            self.service.review_case(reviewer, case, now).await.unwrap();
            self.service.rule(reviewer, case, Ruling::Approve, now, &mut entropy::fill).await.unwrap();
            approved += 1;
        }
        approved
    }
}
