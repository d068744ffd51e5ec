use super::*;
use crate::domain::award::Holder;
use crate::domain::identity::DocumentKind;
use proptest::prelude::*;

const REASON: &str = "姓名用字有误";

fn award() -> Award {
    let name = |n: &str| PersonName::parse(n).unwrap();
    Award {
        programme: "lanhai-14".parse().unwrap(),
        holder: Holder { name: name("李名"), document: None, telephone: None, school: "蓝海大学".into() },
        achievement: Achievement::Award {
            level: AwardLevel::Second,
            role: Role::Winner,
            category: "软件类".into(),
            subject: String::new(),
            work: "星海".into(),
            team: vec![name("王芳")],
            instructors: vec![],
        },
        portrait: None,
    }
}

fn ability() -> Award {
    Award { achievement: Achievement::Ability { title: "区块链工程师".into(), level: AbilityLevel::Junior }, ..award() }
}

fn edits(edit: impl FnOnce(&mut Edits)) -> Edits {
    let mut edits = Edits::default();
    edit(&mut edits);
    edits
}

#[test]
fn what_is_typed_becomes_facts_and_the_rest_stays() {
    let card = IdentityDocument::parse(DocumentKind::ResidentIdentityCard, "11010519491231002X").unwrap();
    let typed = Edits {
        holder: Some(" 李　明 ".into()),
        level: Some("1等奖".into()),
        work: Some(String::new()),
        instructors: Some("陈志远、Anna Müller；陈志远".into()),
        document: Some(card.clone()),
        school: Some("蓝海大学".into()),
        ..Edits::default()
    };
    let correction = Correction::parse(&award(), &typed, " 姓名用字有误 ").unwrap();
    assert_eq!(correction.changed(), [Fact::Holder, Fact::Document, Fact::Level, Fact::Work, Fact::Instructors], "not the school");
    assert_eq!((correction.reason().as_str(), correction.document()), (REASON, Some(&card)));
    let corrected = correction.award();
    assert_eq!(corrected.holder.name.as_str(), "李明");
    let Achievement::Award { level, work, category, team, instructors, .. } = &corrected.achievement else { panic!("an award") };
    assert_eq!((*level, work.as_str(), category.as_str()), (AwardLevel::First, "", "软件类"));
    assert_eq!((team.len(), instructors.iter().map(PersonName::as_str).collect::<Vec<_>>()), (1, vec!["陈志远", "Anna Müller"]));
    let again = Correction::parse(corrected, &typed, REASON);
    assert_eq!(again, Err(vec![CorrectionError::Unchanged]));
}

#[test]
fn an_ability_has_title_and_grade() {
    let typed = edits(|e| (e.title, e.level) = (Some("区块链金融行业工程师".into()), Some("中级".into())));
    let correction = Correction::parse(&ability(), &typed, REASON).unwrap();
    assert_eq!(correction.changed(), [Fact::Level, Fact::Title]);
    assert_eq!(correction.document(), None);
    let portrait = Correction::parse(&ability(), &edits(|e| e.portrait = Some(Digest::of(b"new"))), REASON).unwrap();
    assert_eq!(portrait.changed(), [Fact::Portrait]);
}

#[test]
fn every_slip_is_named_at_once() {
    let typed = Edits {
        holder: Some("李明1".into()),
        level: Some("四等奖".into()),
        school: Some("大".repeat(121)),
        team: Some("张三 李四四 王五五".into()),
        instructors: Some("张三三 李四四".into()),
        title: Some("工程师".into()),
        subject: Some("C\u{7}".into()),
        ..Edits::default()
    };
    let slips = Correction::parse(&award(), &typed, " ").unwrap_err();
    let kind = CertificateKind::Award;
    let facts = [
        CorrectionError::Name { fact: Fact::Holder, source: NameError::Character('1') },
        CorrectionError::TooLong(121, Fact::School),
        CorrectionError::Word {
            fact: Fact::Level, text: "四等奖".into(), known: "特等奖、一等奖、二等奖、三等奖、优秀奖".into()
        },
        CorrectionError::Control(Fact::Subject),
        CorrectionError::UnclearNames { fact: Fact::Team, text: "张三 李四四 王五五".into() },
        CorrectionError::UnclearNames { fact: Fact::Instructors, text: "张三三 李四四".into() },
        CorrectionError::OtherKind { fact: Fact::Title, kind },
    ];
    assert_eq!(slips[..facts.len()], facts);
    assert!(matches!(slips[facts.len()..], [CorrectionError::Reason(_)]), "{slips:?}");
    let ability = Correction::parse(&ability(), &edits(|e| (e.role, e.title) = (Some("教师".into()), Some(" ".into()))), REASON);
    let kind = CertificateKind::Ability;
    assert_eq!(ability, Err(vec![CorrectionError::Empty(Fact::Title), CorrectionError::OtherKind { fact: Fact::Role, kind }]));
    let long = Correction::parse(&award(), &edits(|e| e.holder = Some("李明".into())), &"因".repeat(201));
    assert!(matches!(long.unwrap_err()[..], [CorrectionError::Reason(_)]));
}

proptest! {
    #[test]
    fn any_text_is_answered_and_a_change_is_real(holder in any::<String>(), work in any::<String>(), team in any::<String>()) {
        let typed = Edits { holder: Some(holder), work: Some(work), team: Some(team), ..Edits::default() };
        if let Ok(correction) = Correction::parse(&award(), &typed, REASON) {
            prop_assert!(!correction.changed().is_empty());
            prop_assert_ne!(correction.award(), &award());
        }
    }
}
