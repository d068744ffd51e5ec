//! Sessions: their cookies, that they begin anew and really end, and where signing in leads.

use yinxin::domain::account::Office;

use crate::house::{House, PASSWORD, form};

const STUDENT: &str = "13800138000";

#[tokio::test]
async fn a_session_has_a_cookie_that_only_this_site_reads() {
    let house = House::open().await;
    let browser = house.registered(STUDENT, "student", 1).await;
    for name in ["__Host-session", "__Host-browser"] {
        let set = browser.set.iter().find(|c| c.starts_with(&format!("{name}="))).unwrap();
        let parts: Vec<&str> = set.split("; ").collect();
        for part in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"] {
            assert!(parts.contains(&part), "{set}");
        }
        assert!(!set.contains("Domain"), "{set}");
        assert_eq!(parts[0].len(), name.len() + 1 + 43, "256 bits: {set}");
    }
    // The staff's session ends with the browser.
    house.appoint("13700137000", "王敏", &[Office::Issuer]).await;
    let mut staff = house.browser(2);
    staff.sign_in("13700137000", PASSWORD).await.location();
    let set = staff.set.iter().find(|c| c.starts_with("__Host-session=")).unwrap();
    assert!(!set.contains("Max-Age"), "{set}");
}

#[tokio::test]
async fn a_secret_from_before_is_worth_nothing_after() {
    let house = House::open().await;
    let mut browser = house.registered(STUDENT, "student", 1).await;
    let registered = browser.session();

    // Somebody planted a cookie: signing in does not take it over.
    let planted = "A".repeat(43);
    let mut victim = house.browser(2).with_session(&planted);
    assert_eq!(victim.sign_in(STUDENT, PASSWORD).await.location(), "/account");
    assert_ne!(victim.session(), planted);
    assert!(!house.browser(3).with_session(&planted).is_in().await);
    assert!(victim.is_in().await && browser.is_in().await);

    // Signing in again ends the session that the browser had.
    let first = victim.session();
    victim.sign_in(STUDENT, PASSWORD).await.location();
    assert!(!house.browser(3).with_session(&first).is_in().await);

    // Neither does a cookie from before the second factor go on.
    let weak = browser.session();
    let secret = browser.enrol().await;
    assert_ne!(browser.session(), weak);
    assert!(!house.browser(3).with_session(&weak).is_in().await && !house.browser(3).with_session(&registered).is_in().await);
    // The other session owes it now.
    assert_eq!(victim.get("/account").await.location(), "/account/second-factor");
    let weak = victim.session();
    assert_eq!(victim.post_signed("/account/second-factor", &[("code", "000000")]).await.status, 400);
    assert_eq!(victim.show(&secret, &[]).await.location(), "/account");
    assert!(victim.is_in().await && !house.browser(3).with_session(&weak).is_in().await);

    // Nor one from before a new password.
    let old = browser.session();
    let refused = browser.post_signed("/account/password", &[("old", "wrong"), ("new", "correct horse battery")]).await;
    assert!(refused.page(400).contains("原密码不正确"));
    let changed = browser.post_signed("/account/password", &[("old", PASSWORD), ("new", "correct horse battery")]).await;
    assert_eq!(changed.location(), "/account");
    assert!(browser.get("/account").await.status == 200 && !house.browser(3).with_session(&old).is_in().await);
    assert!(!victim.is_in().await, "other devices' sessions have ended");
}

#[tokio::test]
async fn a_session_that_is_ended_has_ended() {
    let house = House::open().await;
    let mut here = house.registered(STUDENT, "student", 1).await;
    let agent = [("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")];
    let mut there = house.browser(2);
    there.send("POST", "/sign-in", &agent, form(&[("telephone", STUDENT), ("password", PASSWORD)])).await.location();
    let mut third = house.browser(3);
    third.sign_in(STUDENT, PASSWORD).await.location();
    let mut other = house.registered("13600136000", "school", 4).await;

    // The list has all three; its names end them, one's own alone.
    let page = here.get("/account").await;
    assert_eq!((page.page(200).matches("登录于").count(), page.text().matches("本次登录").count()), (3, 1));
    let li = page.text().split("<li>").find(|li| li.contains("Safari · iPhone")).unwrap().to_owned();
    let name = crate::house::hidden(&li, "name");
    assert_eq!(other.post_signed("/account/sessions/end", &[("name", &name)]).await.status, 404);
    assert!(there.is_in().await);
    assert_eq!(here.post_signed("/account/sessions/end", &[("name", &name)]).await.location(), "/account");
    assert!(!there.is_in().await && third.is_in().await && other.is_in().await);
    assert_eq!(here.post_signed("/account/sessions/end-others", &[]).await.location(), "/account");
    assert!(!third.is_in().await && here.is_in().await && other.is_in().await);

    let session = here.session();
    assert_eq!(here.post_signed("/sign-out", &[]).await.location(), "/sign-in");
    assert!(here.session().is_empty() && !here.is_in().await);
    assert!(!house.browser(9).with_session(&session).is_in().await, "not only the cookie is gone");
}

#[tokio::test]
async fn signing_in_leads_to_this_site_alone() {
    let house = House::open().await;
    house.registered(STUDENT, "student", 1).await;
    let mut browser = house.browser(2);
    assert_eq!(browser.get("/staff/accounts").await.location(), "/sign-in?next=/staff/accounts");
    assert_eq!(browser.get("/account/password").await.location(), "/sign-in");
    assert!(browser.get("/sign-in?next=/staff/accounts").await.page(200).contains("name=\"next\" value=\"/staff/accounts\""));
    let strange = ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/account\r\nX: y", "/c/X"];
    for next in strange {
        let page = browser.get(&format!("/sign-in?next={}", crate::site::encode(next))).await;
        assert!(page.page(200).contains("name=\"next\" value=\"/account\""), "{next}");
        let mut browser = house.browser(3);
        let answer = browser.post("/sign-in", &[("telephone", STUDENT), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(answer.location(), "/account", "{next}");
    }
    let known = [("telephone", STUDENT), ("password", PASSWORD), ("next", "/staff/accounts")];
    assert_eq!(house.browser(4).post("/sign-in", &known).await.location(), "/staff/accounts");
}
