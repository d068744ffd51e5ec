use super::*;

fn typed() -> Typed {
    Typed {
        form: "person".into(),
        name: "王 芳".into(),
        document_kind: String::new(),
        identity_number: "11010519491231002x".into(),
        workplace: " 蓝海大学 ".into(),
        organisation: "青山大学".into(),
        telephone: "010-8888 6666".into(),
        grounds: "作品与2021年的开源项目相同。\r\n\r\n  见附件。".into(),
    }
}

#[test]
fn both_forms_are_read_sealed_and_read_again() {
    for form in Form::ALL {
        let objection = Objection::parse(form, &typed()).unwrap();
        assert_eq!(Objection::read(&objection.write()), Some(objection.clone()));
        assert_eq!(objection.form(), form);
        assert!(!format!("{objection:?}").contains("王芳"));
        assert_eq!(objection.grounds.as_str(), "作品与2021年的开源项目相同。\n\n见附件。");
    }
    let Objector::Organisation { name, contact, telephone, .. } = Objection::parse(Form::Organisation, &typed()).unwrap().objector else {
        panic!("an organisation")
    };
    assert_eq!((name.as_str(), contact.as_str(), telephone.as_str()), ("青山大学", "王芳", "01088886666"));
    assert_eq!(Objection::read("{}"), None);
}

#[test]
fn every_slip_is_named_with_its_field() {
    let slips = |form, typed: &Typed| Objection::parse(form, typed).unwrap_err().into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    use Field::{Document, Grounds as Why, Name, Organisation, Telephone as Phone, Workplace};
    assert_eq!(slips(Form::Person, &Typed::default()), [Name, Document, Phone, Workplace, Why]);
    assert_eq!(slips(Form::Organisation, &Typed::default()), [Name, Document, Phone, Organisation, Why]);
    assert_eq!(slips(Form::Person, &Typed { document_kind: "x".into(), ..typed() }), [Document]);
    assert_eq!(slips(Form::Person, &Typed { grounds: "不服".into(), ..typed() }), [Why]);
    assert_eq!(slips(Form::Person, &Typed { grounds: "据".repeat(3_001), ..typed() }), [Why]);
    assert_eq!(slips(Form::Person, &Typed { grounds: "据实\u{7}反映情况请核查".into(), ..typed() }), [Why]);
    for (phone, good) in
        [("13800138000", true), ("(0571) 88886666", true), ("0571-8888666", true), ("88886666", false), ("0013800138000", false)]
    {
        assert_eq!(ContactTelephone::parse(phone).is_ok(), good, "{phone}");
    }
}

#[test]
fn an_objection_is_decided_once() {
    let (at, reason) = (Instant::EPOCH, DecisionReason::parse("经核实，情况不属实。").unwrap());
    let upheld = ObjectionState::Open.decide(true, at, reason.clone()).unwrap();
    assert_eq!(upheld.code(), "upheld");
    assert_eq!(upheld.decide(false, at, reason.clone()), Err(AlreadyDecided));
    assert_eq!(ObjectionState::Open.decide(false, at, reason).unwrap().code(), "rejected");
    assert!(DecisionReason::parse(" \n ").is_err() && DecisionReason::parse(&"因".repeat(501)).is_err());
}
