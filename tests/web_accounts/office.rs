//! The administrators' page, and what the desk tells of.

use yinxin::domain::account::Office;
use yinxin::domain::webhook::EndpointState;
use yinxin::service::desk::Mandate;
use yinxin::service::webhooks::TypedEndpoint;
use yinxin::service::{clock, entropy};

use crate::house::{House, PASSWORD, hidden};
use crate::shop::beside;

const ADMIN: &str = "13700137000";

/// Whoever may mend a stopped endpoint reads of it on the first page.
#[tokio::test]
async fn a_stopped_endpoint_is_told_of_on_the_desk() {
    let house = House::open().await;
    let (mut issuer, _) = house.staff("13700137001", &[Office::Issuer], 1).await;
    let (mut reviewer, _) = house.staff("13700137002", &[Office::Reviewer], 2).await;
    let now = clock::now().unwrap();
    let typed = TypedEndpoint { issuer: "lanhai", url: "https://hooks.example.cn/yinxin", events: &["claim.paid"] };
    let (id, _) = house.service.add_webhook(&Mandate::of_operator("test"), typed, &mut entropy::fill, now).await.unwrap();
    let words = "事件通知的接收地址已停用";
    assert!(!issuer.get("/staff").await.page(200).contains(words));
    // Paused by the staff is no fault.
    let registry = beside(&house.service).await;
    for (state, told) in [(EndpointState::Paused, false), (EndpointState::Stopped, true), (EndpointState::Active, false)] {
        registry.set_webhook_state(&id, state, "test", now).await.unwrap();
        let page = issuer.get("/staff").await;
        assert_eq!(page.page(200).contains(words), told, "{state:?}");
        if told {
            let (_, chore) = page.text().split_once("<li class=\"alarming\"><a href=\"/staff/webhooks\"><b>1</b>").unwrap();
            assert!(chore.split_once("</li>").unwrap().0.contains(words));
            assert!(!reviewer.get("/staff").await.page(200).contains(words));
        }
    }
}

#[tokio::test]
async fn an_administrator_finds_accounts_and_gives_roles() {
    let house = House::open().await;
    let (mut admin, _) = house.staff(ADMIN, &[Office::Administrator], 1).await;
    let mut student = house.registered("13800138000", "student", 2).await;

    // Found by the whole telephone or the name, and shown with a masked telephone.
    for query in ["138 0013 8000", "欧阳明远", "欧阳　明远"] {
        let page = admin.post_signed("/staff/accounts", &[("query", query)]).await;
        assert!(page.page(200).contains("138****8000") && page.text().contains("欧阳明远"), "{query}");
    }
    for query in ["13800138001", "欧阳", "明远"] {
        assert!(admin.post_signed("/staff/accounts", &[("query", query)]).await.page(200).contains("没有找到账号"), "{query}");
    }
    assert_eq!(admin.post_signed("/staff/accounts", &[("query", "8000")]).await.status, 400);
    let page = admin.post_signed("/staff/accounts", &[("query", "13800138000")]).await;
    let (_, rest) = page.text().split_once("href=\"/staff/accounts/").unwrap();
    let found = format!("/staff/accounts/{}", rest.split_once('"').unwrap().0);
    assert!(admin.get(&found).await.page(200).contains("138****8000"));

    // A student does not become one of the staff; their sessions can be ended, the account closed.
    let crossing = admin.post_signed(&format!("{found}/roles"), &[("reviewer", "1")]).await;
    assert!(crossing.page(400).contains("不能改为工作人员账号"));
    assert!(student.is_in().await);
    assert_eq!(admin.post_signed(&format!("{found}/sessions"), &[]).await.location(), found);
    assert!(!student.is_in().await);
    assert_eq!(admin.post_signed(&format!("{found}/second-factor"), &[]).await.status, 404, "it has none");
    assert_eq!(admin.post_signed(&format!("{found}/closed"), &[("closed", "true")]).await.location(), found);
    assert_eq!(student.sign_in("13800138000", PASSWORD).await.status, 400);
    assert_eq!(admin.post_signed(&format!("{found}/closed"), &[("closed", "false")]).await.location(), found);
    assert_eq!(student.sign_in("13800138000", PASSWORD).await.location(), "/account");
    assert_eq!(admin.post_signed(&format!("{found}/roles"), &[("school", "1")]).await.location(), found);
    assert!(!student.is_in().await, "a session with the old role has ended");

    // A new member of the staff sets a password by way of recovery.
    let new = [("telephone", "13600136000"), ("name", "阿依努尔·买买提"), ("reviewer", "1"), ("issuer", "1")];
    let made = admin.post_signed("/staff/accounts/new", &new).await.location().to_owned();
    assert!(admin.post_signed("/staff/accounts/new", &new).await.page(400).contains("已有账号"));
    assert!(admin.post_signed("/staff/accounts/new", &[("telephone", "1"), ("name", "李明")]).await.page(400).contains("手机号"));
    let mut member = house.browser(3);
    let page = member.post("/recover", &[("telephone", "13600136000")]).await;
    let (ticket, code) = (hidden(page.page(200), "ticket"), house.letters.code("13600136000"));
    let fields = [("telephone", "13600136000"), ("ticket", ticket.as_str()), ("code", code.as_str()), ("password", PASSWORD)];
    member.post("/recover/confirm", &fields).await.location();
    member.sign_in("13600136000", PASSWORD).await.location();
    let secret = member.enrol().await;
    member.sign_in("13600136000", PASSWORD).await.location();
    assert_eq!(member.show(&secret, &[]).await.location(), "/staff", "who signs in to work arrives at the desk");
    assert!(member.get("/account").await.page(200).contains("审核员、签发员"));
    assert_eq!(member.get("/staff/accounts").await.status, 403);

    // Roles given, and one's own not taken while nobody else has it.
    assert_eq!(admin.post_signed(&format!("{made}/second-factor"), &[]).await.location(), made);
    assert!(!member.is_in().await);
    let own = admin.get("/staff/accounts").await;
    let own = own.text().split("href=\"/staff/accounts/").find(|part| part.contains("137****7000")).unwrap();
    let own = format!("/staff/accounts/{}", own.split_once('"').unwrap().0);
    for (path, field) in [("roles", ("issuer", "1")), ("closed", ("closed", "true"))] {
        assert!(admin.post_signed(&format!("{own}/{path}"), &[field]).await.page(400).contains("最后一个管理员"), "{path}");
    }
    assert!(admin.is_in().await);
    assert_eq!(admin.post_signed(&format!("{made}/roles"), &[("administrator", "1")]).await.location(), made);
    for gone in ["/staff/accounts/00000000000000000000000000000000", "/staff/accounts/x"] {
        assert_eq!(admin.get(gone).await.status, 404, "{gone}");
    }

    // Each of it is in the trail, by the account that did it and without anybody's data.
    let trail = house.trail().await;
    let admin_id = own.rsplit('/').next().unwrap();
    for action in ["read account", "end sessions", "close account", "set roles", "add account", "remove second factor"] {
        assert!(trail.iter().any(|e| e.actor == admin_id && e.action == action), "{action}");
    }
    for private in ["13800138000", "13600136000", "欧阳", "阿依努尔"] {
        assert!(!trail.iter().any(|e| format!("{e:?}").contains(private)), "{private}");
    }
}
