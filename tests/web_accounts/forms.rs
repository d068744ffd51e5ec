//! Forms that another site sends for a signed-in reader do nothing.

use yinxin::domain::account::Office;
use yinxin::web::all_routes;

use crate::house::{House, form, hidden};

const ADMIN: &str = "13700137000";
const OFFICES: [Office; 6] =
    [Office::Administrator, Office::Issuer, Office::ObjectionsOfficer, Office::Reviewer, Office::CentreReviewer, Office::Cashier];

/// Forms of accounts and of the staff.
fn posts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let ours = ["/register", "/sign-", "/recover", "/account", "/staff"];
    all_routes().filter(move |(method, path)| *method == "post" && ours.iter().any(|start| path.starts_with(start)))
}

#[tokio::test]
async fn another_sites_form_does_nothing() {
    let house = House::open().await;
    let (mut admin, _) = house.staff(ADMIN, &OFFICES, 1).await;
    let id = house.appoint("13700137009", "李明", &[Office::Reviewer]).await;
    let token = admin.token().await;
    let events = house.trail().await;
    for (_, path) in posts() {
        let path = path.replace("{id}", &id).replace("{kind}", "real-name");
        let fields = [("token", token.as_str()), ("administrator", "1"), ("closed", "true"), ("query", "李明"), ("name", "x")];
        for elsewhere in
            [&[("sec-fetch-site", "cross-site")][..], &[("sec-fetch-site", "same-site")], &[("origin", "https://evil.example")]]
        {
            let answer = admin.send("POST", &path, elsewhere, form(&fields)).await;
            assert!(answer.page(403).contains("请求来自其他网站"), "{path} {elsewhere:?}");
        }
    }
    assert!(admin.is_in().await);
    assert_eq!(house.trail().await, events, "nothing was done");
}

#[tokio::test]
async fn a_form_without_the_sessions_token_does_nothing() {
    let house = House::open().await;
    let (mut admin, _) = house.staff(ADMIN, &OFFICES, 1).await;
    let (mut other, _) = house.staff("13700137001", &[Office::Administrator], 2).await;
    let theirs = other.token().await;
    let id = house.appoint("13700137009", "李明", &[Office::Reviewer]).await;
    let before = house.trail().await;
    let own = [
        "/sign-out",
        "/account/sessions/end",
        "/account/sessions/end-others",
        "/account/password",
        "/account/telephone",
        "/account/telephone/confirm",
        "/account/second-factor",
    ];
    // An upload is another kind of form: the test of imports sends one without a token.
    let others = ["/staff/reviews", "/staff/centre-reviews", "/staff/instructors"];
    let posts = posts().filter(|(_, path)| {
        own.contains(path) || (path.starts_with("/staff") && !path.ends_with("/import") && !others.iter().any(|of| path.starts_with(of)))
    });
    let (mut seen, began) = (0, house.service.clock().now().unwrap());
    for (_, path) in posts {
        // An account may send so many forms, and then one a second.
        house.service.clock().set(began.plus_millis(seen * 5_000)).unwrap();
        let path = path.replace("{id}", &id);
        for token in ["", "x", theirs.as_str()] {
            let fields = [
                ("token", token),
                ("administrator", "1"),
                ("closed", "true"),
                ("query", "李明"),
                ("name", "x"),
                ("old", "x"),
                ("new", "y"),
                ("code", "123456"),
                ("telephone", "13500135000"),
                ("password", "x"),
                ("ticket", "x"),
                ("programme", "lanhai-14"),
                ("kind", "issue"),
                ("verdict", "refuse"),
            ];
            let answer = admin.post(&path, &fields).await;
            assert!(answer.page(403).contains("表单已失效"), "{path} {token}");
        }
        seen += 1;
    }
    assert_eq!(seen, 56);
    assert!(admin.is_in().await);
    assert_eq!(house.trail().await, before, "nothing was done");

    // The token changes with the strength of the session.
    let mut student = house.registered("13800138000", "student", 3).await;
    let weak = student.token().await;
    student.enrol().await;
    assert_ne!(student.token().await, weak);
    // And every form of the pages has it.
    for path in ["/account", "/account/password", "/staff/accounts", &format!("/staff/accounts/{id}")] {
        let page = admin.get(path).await;
        let token = admin.token().await;
        let forms = page.page(200).matches("method=\"post\"").count();
        assert_eq!((hidden(page.text(), "token"), page.text().matches("name=\"token\"").count()), (token, forms), "{path}");
    }
}
