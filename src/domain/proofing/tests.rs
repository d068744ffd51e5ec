use jiff::civil::date;

use super::*;

fn at(millis: i64) -> Instant {
    Instant::from_millis(1_735_660_800_000 + millis).unwrap()
}

fn reasons() -> Reasons {
    Reasons::parse(CaseKind::RealName, ["portrait"], "").unwrap()
}

fn every_state() -> [CaseState; 6] {
    [
        CaseState::Draft,
        CaseState::Submitted { at: at(1), due: at(9) },
        CaseState::Returned { at: at(2), reasons: reasons() },
        CaseState::Approved { at: at(2) },
        CaseState::Reopened { approved: at(2) },
        CaseState::Superseded { approved: at(2) },
    ]
}

fn moved(state: CaseState, event: Event) -> Result<CaseState, NotPossible> {
    match event {
        Event::Submit => state.submit(at(3), at(9)),
        Event::Approve => state.approve(at(3)),
        Event::Return => state.send_back(at(3), reasons()),
        Event::Reopen => state.reopen(),
        Event::Supersede => state.supersede(),
    }
}

/// The page for operators has this table: a row for each state, a column for each event, `—` for what cannot be.
#[test]
fn the_documented_table_is_the_type() {
    let page = include_str!("../../../docs/verification.md");
    let head = format!("| state | {} |", Event::ALL.map(Event::code).join(" | "));
    assert!(page.contains(&head), "{head}");
    for state in every_state() {
        let cells = Event::ALL.map(|event| moved(state.clone(), event).map_or("—", |next| next.code()));
        let row = format!("| {} | {} |", state.code(), cells.join(" | "));
        assert!(page.contains(&row), "{row}");
    }
    assert_eq!(every_state().map(|state| state.code()), CaseState::CODES);
}

#[test]
fn what_cannot_be_is_named() {
    let error = CaseState::Draft.approve(at(3)).unwrap_err();
    assert_eq!((error.state, error.event), ("draft", Event::Approve));
    let back = CaseState::Submitted { at: at(1), due: at(9) }.send_back(at(3), reasons()).unwrap();
    assert!(back.is_open() && !CaseState::Approved { at: at(1) }.is_open());
}

/// The deadline of the notice, 2023-12-31 24:00 in Beijing, in whatever zone the machine is.
#[test]
fn in_time_is_before_the_deadline() {
    let deadline = Instant::start_of(date(2024, 1, 1)).unwrap();
    let both = |enrolment: Instant| Proofed {
        real_name: Standing { verified_since: None, first_submitted: Some(deadline.plus_millis(-86_400_000)) },
        enrolment: Standing { verified_since: None, first_submitted: Some(enrolment) },
        ..Proofed::default()
    };
    assert!(both(deadline.plus_millis(-1)).is_in_time(deadline));
    assert!(!both(deadline).is_in_time(deadline));
    assert!(!both(deadline.plus_millis(1)).is_in_time(deadline));
    let one = Proofed { enrolment: Standing::default(), ..both(deadline) };
    assert!(!one.is_in_time(deadline), "one form alone does not count");
    assert_eq!(deadline.display_beijing(), "2024-01-01 00:00:00");
}

#[test]
fn verified_is_both_and_since_the_later() {
    let standing = |since: Option<i64>| Standing { verified_since: since.map(at), first_submitted: None };
    let of = |a, b| {
        Proofed { real_name: standing(a), enrolment: standing(b), school: standing(Some(9)), centre: standing(Some(9)) }.verified_since()
    };
    assert_eq!(of(Some(1), Some(5)), Some(at(5)));
    assert_eq!((of(Some(1), None), of(None, Some(5))), (None, None));
}

fn typed(pairs: &[(Field, &str)]) -> Typed {
    let mut typed = Typed::default();
    pairs.iter().for_each(|(field, text)| typed.set(*field, text));
    typed
}

#[test]
fn every_slip_of_the_real_name_at_once() {
    let places = |slips: Vec<(Place, Slip)>| slips.into_iter().map(|(place, _)| place.code()).collect::<Vec<_>>();
    assert_eq!(places(RealName::parse(&Typed::default()).unwrap_err()), ["name", "document_kind", "document_number"]);
    let wrong = typed(&[(Field::Name, "李明"), (Field::DocumentKind, "resident"), (Field::DocumentNumber, "110105194912310021")]);
    assert_eq!(places(RealName::parse(&wrong).unwrap_err()), ["document_number"]);
    let right = typed(&[(Field::Name, " 李 明 "), (Field::DocumentKind, "resident"), (Field::DocumentNumber, "11010519491231002x")]);
    let read = RealName::parse(&right).unwrap();
    assert_eq!(RealName::parse(&read.typed()).unwrap(), read);
    assert_eq!(Typed::read(&read.typed().write()), Some(read.typed()));
    assert!(!format!("{read:?} {:?}", read.typed()).contains('李'));
}

#[test]
fn every_slip_of_the_enrolment_at_once() {
    let today = date(2026, 3, 2);
    let school = School::new("10001", "北京大学", "北京").unwrap();
    let good = [
        (Field::School, "北京大学"),
        (Field::StudentNumber, "２０２３-A01"),
        (Field::Department, "信息科学技术学院"),
        (Field::Degree, "bachelor"),
        (Field::EnrolledOn, "2023年9月1日"),
        (Field::GraduatesOn, "2027/7/1"),
    ];
    let read = Enrolment::parse(&typed(&good), Some(school.clone()), today).unwrap();
    assert_eq!((read.student_number.as_str(), read.enrolled_on, read.graduates_on), ("2023-A01", date(2023, 9, 1), date(2027, 7, 1)));
    assert_eq!(Enrolment::parse(&read.typed(), Some(school.clone()), today).unwrap(), read);
    assert_eq!(Enrolment::parse(&Typed::default(), None, today).unwrap_err().len(), 6);
    let slip = |field: Field, text: &str| {
        let mut typed = typed(&good);
        typed.set(field, text);
        let slips = Enrolment::parse(&typed, Some(school.clone()), today).unwrap_err();
        assert_eq!(slips.len(), 1, "{slips:?}");
        slips.into_iter().next().unwrap().1
    };
    assert_eq!(slip(Field::EnrolledOn, "2026-03-03"), Slip::EnrolledWhen(12));
    assert_eq!(slip(Field::EnrolledOn, "2013-12-31"), Slip::EnrolledWhen(12));
    assert_eq!(slip(Field::EnrolledOn, "2023-02-30"), Slip::NotADate);
    assert_eq!(slip(Field::GraduatesOn, "2023-09-01"), Slip::GraduatesBefore);
    assert_eq!(slip(Field::GraduatesOn, "2036-01-01"), Slip::TooLongStudies(12));
    assert_eq!(slip(Field::StudentNumber, "2023/01"), Slip::StudentNumber);
    assert_eq!(slip(Field::Degree, "professor"), Slip::Unchosen);
    let unknown = Enrolment::parse(&typed(&good), None, today).unwrap_err();
    assert_eq!(unknown, [(Place::Field(Field::School), Slip::School(SchoolError::Unknown))]);
}

#[test]
fn reasons_belong_to_the_kind_and_are_said() {
    let of = |codes: &[&str], text: &str| Reasons::parse(CaseKind::Enrolment, codes.iter().copied(), text);
    assert_eq!(of(&[], "text"), Err(ReasonsError::None));
    assert_eq!(of(&["portrait"], ""), Err(ReasonsError::Unknown), "of another kind");
    assert_eq!(of(&["other"], " \n"), Err(ReasonsError::Unsaid));
    assert_eq!(of(&["other"], &"字".repeat(501)), Err(ReasonsError::TooLong(501)));
    let both = of(&["other", "student-card-expired"], "  请补盖注册章 \n 再拍 ").unwrap();
    assert_eq!(both.text(), "请补盖注册章\n再拍");
    assert_eq!(Reasons::read(CaseKind::Enrolment, &both.write()), Some(both.clone()));
    assert_eq!(both.about(Place::Slot(Slot::StudentCard)).collect::<Vec<_>>(), [Reason::StudentCardExpired]);
    for kind in CaseKind::ALL {
        for reason in Reason::of(kind) {
            let here = |place: &Place| match place {
                Place::Field(field) => kind.fields().contains(field),
                Place::Slot(slot) => kind.slots().contains(slot),
            };
            assert!(reason.about().iter().all(here), "{reason:?}");
        }
    }
}
