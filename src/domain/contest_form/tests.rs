//! The form from slips to a contest.

use super::*;

fn good() -> Typed {
    Typed {
        id: " canghai-2 ".into(),
        name: "第二届沧海杯（学生组）".into(),
        short_name: "第二届沧海杯".into(),
        organisers: "甲中心\n\n 乙协会 \n".into(),
        categories: "软件类\n数字内容类".into(),
        issuer: "lanhai".into(),
        template: "award".into(),
        pattern: "CH{series:2}{year}{seq:5}".into(),
        series: "2".into(),
        notice_opens: "2023-11-24".into(),
        notice_closes: "2023年11月30日24点".into(),
        registration_closes: "2023/12/31".into(),
        release: "2024-01-01 09：00".into(),
        claims_close: "2024-01-31 24:00".into(),
        ..Typed::default()
    }
}

#[test]
fn a_form_gives_a_contest_and_the_contest_its_form() {
    let programme = good().parse().unwrap();
    let contest = programme.contest().unwrap();
    assert_eq!(contest.organisers, ["甲中心", "乙协会"]);
    assert_eq!(contest.timeline.notice.end().rfc3339_beijing(), "2023-12-01T00:00:00+08:00");
    assert_eq!(contest.timeline.registration_deadline.rfc3339_beijing(), "2024-01-01T00:00:00+08:00", "a day alone counts in full");
    assert_eq!(contest.timeline.release.rfc3339_beijing(), "2024-01-01T09:00:00+08:00");
    let again = Typed::of(&programme, contest);
    assert_eq!((again.notice_closes.as_str(), again.release.as_str()), ("2023-11-30 24:00", "2024-01-01 09:00"));
    assert_eq!(again.parse().unwrap(), programme);
}

#[test]
fn instants_are_read_as_people_write_them() {
    let read = |typed: &str, edge| read_instant(typed, edge).map(Instant::rfc3339_beijing);
    for (typed, edge, at) in [
        ("2023-11-30", Edge::End, "2023-12-01T00:00:00+08:00"),
        ("2023-11-30", Edge::Start, "2023-11-30T00:00:00+08:00"),
        ("2023-11-30 24:00", Edge::End, "2023-12-01T00:00:00+08:00"),
        ("2023年11月30日 24时", Edge::End, "2023-12-01T00:00:00+08:00"),
        ("2023年1月3日9点5分", Edge::Start, "2023-01-03T09:05:00+08:00"),
        ("２０２３．１．３ 9:05:07", Edge::Start, "2023-01-03T09:05:07+08:00"),
        ("2023-11-30T18:00", Edge::End, "2023-11-30T18:00:00+08:00"),
    ] {
        assert_eq!(read(typed, edge).as_deref(), Ok(at), "{typed}");
    }
    for bad in ["", "2023", "2023-11-31", "2023-11-30 24:01", "2023-11-30 25:00", "30.11.2023", "明天", "2023-11-30 12:00 13:00"] {
        let error = read(bad, Edge::End).unwrap_err();
        assert!(bad.is_empty() || error.to_string().contains(bad), "{bad}: {error}");
    }
}

#[test]
fn every_field_that_is_wrong_is_named_at_once() {
    let typed = Typed {
        id: "沧海".into(),
        name: " ".into(),
        short_name: "第二届沧海杯大学生创意大赛".into(),
        categories: "软件类\n软件类".into(),
        pattern: "CH{year}".into(),
        series: "x".into(),
        notice_closes: "2023-11-23".into(),
        registration_closes: "2023-11-23".into(),
        release: "2023-11-22".into(),
        claims_close: "2023-11-20".into(),
        ..good()
    };
    let slips = typed.parse().unwrap_err();
    let fields: Vec<&str> = slips.iter().map(|(field, _)| field.code()).collect();
    let wrong =
        ["id", "name", "short_name", "categories", "pattern", "series", "notice_closes", "registration_closes", "release", "claims_close"];
    assert_eq!(fields, wrong, "{slips:?}");
    let slips = Typed { series: "100".into(), notice_opens: String::new(), ..good() }.parse().unwrap_err();
    assert_eq!(slips.iter().map(|(field, _)| field.code()).collect::<Vec<_>>(), ["series", "notice_opens"]);
}
