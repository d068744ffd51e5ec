//! Every role, and no session at all, at every route of the site: one table, which must have a row for each route.

use std::collections::BTreeSet;

use yinxin::domain::account::Office;
use yinxin::web::all_routes;

use crate::contests::{CONTEST, LIST, at, confirm, filled, followed, upload};
use crate::house::{Browser, House, PASSWORD};
use crate::objections::{links, object};

/// For whom a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Everybody, and the answer is the same for all of them.
    Public,
    /// Everybody.
    All,
    /// Whoever is signed in, the second factor shown or not.
    Entered,
    /// Whoever is signed in and owes nothing.
    Settled,
    /// Any of the staff.
    Staff,
    /// Whoever has the office.
    Has(Office),
}

/// Method, path, for whom.
const TABLE: &[(&str, &str, For)] = &[
    ("get", "/", For::Public),
    ("get", "/lookup", For::Public),
    ("post", "/lookup", For::Public),
    ("get", "/c/{number}/statement", For::Public),
    ("get", "/.well-known/jwks.json", For::Public),
    ("get", "/.well-known/revocations.jws", For::Public),
    ("get", "/c/{number}", For::Public),
    ("post", "/c/{number}", For::Public),
    ("get", "/q/{digits}", For::Public),
    ("get", "/Q/{digits}", For::Public),
    ("get", "/p/{token}", For::Public),
    ("get", "/d/{token}", For::Public),
    ("get", "/d/{token}/pdf", For::Public),
    ("get", "/d/{token}/png", For::Public),
    ("get", "/d/{token}/code", For::Public),
    ("get", "/d/{token}/sharing", For::Public),
    ("post", "/d/{token}/sharing", For::Public),
    ("post", "/d/{token}/sharing/{id}/end", For::Public),
    ("post", "/d/{token}/listing", For::Public),
    ("get", "/s/{token}", For::Public),
    ("post", "/s/{token}", For::Public),
    ("get", "/s/{token}/{pass}", For::Public),
    ("get", "/s/{token}/{pass}/pdf", For::Public),
    ("get", "/s/{token}/{pass}/png", For::Public),
    ("get", "/problems", For::Public),
    ("get", "/api", For::Public),
    ("get", "/api/v1/openapi.json", For::Public),
    ("get", "/api/v1/certificates/{number}", For::Public),
    ("post", "/api/v1/lookups", For::Public),
    ("get", "/api/v1/claims", For::Public),
    ("get", "/api/v1/claims/{claim}", For::Public),
    ("get", "/api/v1/issuances/{issuance}", For::Public),
    ("post", "/api/v1/issuances", For::Public),
    ("get", "/assets/{name}", For::Public),
    ("get", "/scan", For::Public),
    ("get", "/sw.js", For::Public),
    ("get", "/manifest.webmanifest", For::Public),
    ("get", "/assets/scan/{version}/{*path}", For::Public),
    ("get", "/embed", For::Public),
    ("get", "/embed.js", For::Public),
    ("get", "/embed/guide", For::Public),
    ("get", "/help", For::Public),
    ("get", "/help/{guide}", For::Public),
    ("get", "/favicon.ico", For::Public),
    ("get", "/healthz", For::Public),
    ("get", "/readyz", For::Public),
    ("get", "/verify", For::Public),
    ("post", "/verify", For::Public),
    ("post", "/api/v1/verifications", For::Public),
    ("get", "/notices", For::Public),
    ("get", "/notices/{contest}", For::Public),
    ("post", "/notices/{contest}/search", For::Public),
    ("get", "/notices/{contest}/pdf", For::Public),
    ("get", "/notices/{contest}/lists/{digest}", For::Public),
    ("get", "/notices/{contest}/statements/{seq}", For::Public),
    ("get", "/objections", For::Public),
    ("post", "/objections", For::Public),
    ("get", "/notices/{contest}/objection", For::Public),
    ("post", "/notices/{contest}/objection", For::Public),
    ("post", "/api/v1/lookups/bulk", For::Public),
    ("get", "/list", For::Public),
    ("post", "/list", For::Public),
    ("post", "/list/files", For::Public),
    ("get", "/register", For::All),
    ("post", "/register", For::All),
    ("post", "/register/confirm", For::All),
    ("get", "/sign-in", For::All),
    ("post", "/sign-in", For::All),
    ("post", "/sign-in/code", For::All),
    ("get", "/recover", For::All),
    ("post", "/recover", For::All),
    ("post", "/recover/confirm", For::All),
    ("post", "/sign-out", For::Entered),
    ("get", "/account", For::Settled),
    ("post", "/account/sessions/end", For::Settled),
    ("post", "/account/sessions/end-others", For::Settled),
    ("get", "/account/password", For::Settled),
    ("post", "/account/password", For::Settled),
    ("get", "/account/email", For::Settled),
    ("post", "/account/email", For::Settled),
    ("post", "/account/email/confirm", For::Settled),
    ("post", "/account/email/remove", For::Settled),
    ("get", "/account/telephone", For::Settled),
    ("post", "/account/telephone", For::Settled),
    ("post", "/account/telephone/confirm", For::Settled),
    ("get", "/account/telephone/move", For::Has(Office::Student)),
    ("post", "/account/telephone/move", For::Has(Office::Student)),
    ("get", "/staff/moves", For::Has(Office::Reviewer)),
    ("get", "/staff/moves/{id}", For::Has(Office::Reviewer)),
    ("post", "/staff/moves/{id}", For::Has(Office::Reviewer)),
    ("get", "/account/second-factor", For::Entered),
    ("post", "/account/second-factor", For::Entered),
    ("get", "/account/verification", For::Has(Office::Student)),
    ("get", "/account/verification/schools", For::Has(Office::Student)),
    ("get", "/account/verification/{kind}", For::Has(Office::Student)),
    ("post", "/account/verification/{kind}", For::Has(Office::Student)),
    ("post", "/account/verification/{kind}/anew", For::Has(Office::Student)),
    ("get", "/account/verification/{kind}/pictures/{slot}/{until}/{code}", For::Has(Office::Student)),
    ("get", "/account/awards", For::Has(Office::Student)),
    ("get", "/account/awards/{id}", For::Has(Office::Student)),
    ("post", "/account/awards/{id}/certificate", For::Has(Office::Student)),
    ("get", "/account/awards/{id}/report", For::Has(Office::Student)),
    ("post", "/account/awards/{id}/report", For::Has(Office::Student)),
    ("get", "/account/contests", For::Has(Office::Student)),
    ("get", "/account/certificates", For::Has(Office::Student)),
    ("get", "/account/claims", For::Has(Office::Student)),
    ("get", "/account/claims/new", For::Has(Office::Student)),
    ("post", "/account/claims", For::Has(Office::Student)),
    ("get", "/account/claims/{id}", For::Has(Office::Student)),
    ("post", "/account/claims/{id}/contact", For::Has(Office::Student)),
    ("post", "/account/claims/{id}/resubmit", For::Has(Office::Student)),
    ("post", "/account/claims/{id}/withdraw", For::Has(Office::Student)),
    ("get", "/certificates/samples/{offer}", For::Public),
    ("get", "/staff/claims", For::Has(Office::CentreReviewer)),
    ("post", "/staff/claims", For::Has(Office::CentreReviewer)),
    ("get", "/staff/claims/{id}", For::Has(Office::CentreReviewer)),
    ("post", "/staff/claims/{id}", For::Has(Office::CentreReviewer)),
    ("get", "/staff/catalogue", For::Has(Office::Issuer)),
    ("get", "/staff/catalogue/new", For::Has(Office::Issuer)),
    ("post", "/staff/catalogue/new", For::Has(Office::Issuer)),
    ("get", "/staff/catalogue/{offer}", For::Has(Office::Issuer)),
    ("get", "/staff/catalogue/{offer}/edit", For::Has(Office::Issuer)),
    ("post", "/staff/catalogue/{offer}/edit", For::Has(Office::Issuer)),
    ("post", "/staff/catalogue/{offer}/publish", For::Has(Office::Issuer)),
    ("post", "/staff/catalogue/{offer}/withdraw", For::Has(Office::Issuer)),
    ("get", "/staff/matches", For::Has(Office::Reviewer)),
    ("get", "/staff/matches/{id}", For::Has(Office::Reviewer)),
    ("post", "/staff/matches/{id}", For::Has(Office::Reviewer)),
    ("get", "/staff/reports", For::Has(Office::Issuer)),
    ("get", "/staff/reports/{id}", For::Has(Office::Issuer)),
    ("post", "/staff/reports/{id}", For::Has(Office::Issuer)),
    ("post", "/pay/callback/{provider}", For::Public),
    ("get", "/account/orders", For::Has(Office::Student)),
    ("post", "/account/orders", For::Has(Office::Student)),
    ("get", "/account/orders/{number}", For::Has(Office::Student)),
    ("post", "/account/orders/{number}/cancel", For::Has(Office::Student)),
    ("get", "/account/orders/{number}/pay", For::Has(Office::Student)),
    ("get", "/account/orders/{number}/return", For::Has(Office::Student)),
    ("get", "/account/orders/{number}/receipt", For::Has(Office::Student)),
    ("get", "/account/coupons", For::Has(Office::Student)),
    ("post", "/account/coupons", For::Has(Office::Student)),
    ("get", "/staff/orders", For::Has(Office::Cashier)),
    ("post", "/staff/orders/sheet", For::Has(Office::Cashier)),
    ("get", "/staff/orders/{number}", For::Has(Office::Cashier)),
    ("post", "/staff/orders/{number}/transfer", For::Has(Office::Cashier)),
    ("post", "/staff/orders/{number}/cancel", For::Has(Office::Cashier)),
    ("get", "/staff/orders/{number}/receipt", For::Has(Office::Cashier)),
    ("post", "/staff/payments/{payment}/back", For::Has(Office::Cashier)),
    ("get", "/staff/payments/{payment}/refund", For::Has(Office::Cashier)),
    ("get", "/staff/coupons", For::Has(Office::Cashier)),
    ("post", "/staff/coupons", For::Has(Office::Cashier)),
    ("get", "/staff/coupons/{coupon}", For::Has(Office::Cashier)),
    ("post", "/staff/coupons/{coupon}/give", For::Has(Office::Cashier)),
    ("post", "/staff/coupons/{coupon}/withdraw", For::Has(Office::Cashier)),
    ("get", "/staff", For::Staff),
    ("get", "/staff/issuing", For::Has(Office::Issuer)),
    ("post", "/staff/issuing", For::Has(Office::Issuer)),
    ("get", "/staff/issuing/{job}", For::Has(Office::Issuer)),
    ("get", "/staff/issuing/{job}/events", For::Has(Office::Issuer)),
    ("post", "/staff/issuing/{job}/stop", For::Has(Office::Issuer)),
    ("post", "/staff/issuing/{job}/problems", For::Has(Office::Issuer)),
    ("get", "/staff/certificates", For::Has(Office::Issuer)),
    ("post", "/staff/certificates", For::Has(Office::Issuer)),
    ("get", "/staff/certificates/{certificate}", For::Has(Office::Issuer)),
    ("get", "/staff/certificates/{certificate}/pdf", For::Has(Office::Issuer)),
    ("post", "/staff/certificates/{certificate}/revoke", For::Has(Office::Issuer)),
    ("get", "/staff/certificates/{certificate}/correct", For::Has(Office::Issuer)),
    ("post", "/staff/certificates/{certificate}/correct", For::Has(Office::Issuer)),
    ("get", "/staff/audit", For::Has(Office::Administrator)),
    ("post", "/staff/audit/check", For::Has(Office::Administrator)),
    ("get", "/staff/exports", For::Staff),
    ("post", "/staff/exports/certificates", For::Has(Office::Issuer)),
    ("post", "/staff/exports/awards", For::Has(Office::Issuer)),
    ("post", "/staff/exports/contest", For::Has(Office::Issuer)),
    ("get", "/staff/webhooks", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks", For::Has(Office::Issuer)),
    ("get", "/staff/webhooks/{endpoint}", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks/{endpoint}/secret", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks/{endpoint}/pause", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks/{endpoint}/resume", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks/{endpoint}/test", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks/{endpoint}/replay", For::Has(Office::Issuer)),
    ("post", "/staff/webhooks/{endpoint}/delete", For::Has(Office::Issuer)),
    ("post", "/staff/exports/accounts", For::Has(Office::Administrator)),
    ("post", "/staff/exports/audit", For::Has(Office::Administrator)),
    ("get", "/staff/contests", For::Has(Office::Issuer)),
    ("get", "/staff/contests/new", For::Has(Office::Issuer)),
    ("post", "/staff/contests/new", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/edit", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/edit", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/dates", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/dates", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/publish", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/publish", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/close", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/close", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/withdraw", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/withdraw", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/import", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/import", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/import/{draft}", For::Has(Office::Issuer)),
    ("post", "/staff/contests/{contest}/import/{draft}", For::Has(Office::Issuer)),
    ("get", "/staff/contests/{contest}/import/{draft}/problems.xlsx", For::Has(Office::Issuer)),
    ("get", "/staff/objections", For::Has(Office::ObjectionsOfficer)),
    ("get", "/staff/objections/{objection}", For::Has(Office::ObjectionsOfficer)),
    ("post", "/staff/objections/{objection}", For::Has(Office::ObjectionsOfficer)),
    ("get", "/staff/objections/files/{link}", For::Has(Office::ObjectionsOfficer)),
    ("get", "/account/school", For::Has(Office::School)),
    ("get", "/account/school/schools", For::Has(Office::School)),
    ("get", "/account/school/letter", For::Has(Office::School)),
    ("get", "/account/school/verification", For::Has(Office::School)),
    ("post", "/account/school/verification", For::Has(Office::School)),
    ("post", "/account/school/verification/anew", For::Has(Office::School)),
    ("get", "/account/school/verification/pictures/{slot}/{until}/{code}", For::Has(Office::School)),
    ("get", "/account/school/instructors", For::Has(Office::School)),
    ("post", "/account/school/instructors/search", For::Has(Office::School)),
    ("get", "/account/school/instructors/new", For::Has(Office::School)),
    ("post", "/account/school/instructors/new", For::Has(Office::School)),
    ("get", "/account/school/instructors/template", For::Has(Office::School)),
    ("get", "/account/school/instructors/list", For::Has(Office::School)),
    ("post", "/account/school/instructors/list", For::Has(Office::School)),
    ("post", "/account/school/instructors/list/confirm", For::Has(Office::School)),
    ("get", "/account/school/instructors/{id}", For::Has(Office::School)),
    ("post", "/account/school/instructors/{id}", For::Has(Office::School)),
    ("post", "/account/school/instructors/{id}/remove", For::Has(Office::School)),
    ("get", "/staff/instructors", For::Has(Office::Reviewer)),
    ("get", "/staff/instructors/{id}", For::Has(Office::Reviewer)),
    ("post", "/staff/instructors/{id}", For::Has(Office::Reviewer)),
    ("get", "/staff/centre-reviews", For::Has(Office::CentreReviewer)),
    ("post", "/staff/centre-reviews/next", For::Has(Office::CentreReviewer)),
    ("get", "/staff/centre-reviews/{id}", For::Has(Office::CentreReviewer)),
    ("post", "/staff/centre-reviews/{id}/approve", For::Has(Office::CentreReviewer)),
    ("post", "/staff/centre-reviews/{id}/return", For::Has(Office::CentreReviewer)),
    ("get", "/staff/centre-reviews/{id}/pictures/{slot}/{until}/{code}", For::Has(Office::CentreReviewer)),
    ("get", "/staff/reviews", For::Has(Office::Reviewer)),
    ("post", "/staff/reviews/next", For::Has(Office::Reviewer)),
    ("get", "/staff/reviews/{id}", For::Has(Office::Reviewer)),
    ("post", "/staff/reviews/{id}/approve", For::Has(Office::Reviewer)),
    ("post", "/staff/reviews/{id}/return", For::Has(Office::Reviewer)),
    ("get", "/staff/reviews/{id}/pictures/{slot}/{until}/{code}", For::Has(Office::Reviewer)),
    ("get", "/staff/accounts", For::Has(Office::Administrator)),
    ("post", "/staff/accounts", For::Has(Office::Administrator)),
    ("post", "/staff/accounts/new", For::Has(Office::Administrator)),
    ("get", "/staff/accounts/{id}", For::Has(Office::Administrator)),
    ("post", "/staff/accounts/{id}/roles", For::Has(Office::Administrator)),
    ("post", "/staff/accounts/{id}/sessions", For::Has(Office::Administrator)),
    ("post", "/staff/accounts/{id}/second-factor", For::Has(Office::Administrator)),
    ("post", "/staff/accounts/{id}/closed", For::Has(Office::Administrator)),
];

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    /// An administrator who has not shown the second factor.
    Owing,
    Holder(Office),
}

/// What comes back, as far as it is about permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// The handler ran, or refused the empty form.
    Open,
    SignIn,
    SecondFactor,
    Forbidden,
}

fn expected(for_whom: For, who: Who) -> Door {
    match (for_whom, who) {
        (For::Public | For::All, _) | (For::Entered, Who::Owing | Who::Holder(_)) | (For::Settled, Who::Holder(_)) => Door::Open,
        (_, Who::Nobody) => Door::SignIn,
        (_, Who::Owing) => Door::SecondFactor,
        (For::Staff, Who::Holder(office)) if office.is_staff() => Door::Open,
        (For::Has(needed), Who::Holder(office)) if needed == office => Door::Open,
        (For::Staff | For::Has(_), Who::Holder(_)) => Door::Forbidden,
    }
}

#[test]
fn the_table_has_a_row_for_each_route() {
    let rows: BTreeSet<(&str, &str)> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(rows.len(), TABLE.len(), "a row stands twice");
    assert_eq!(rows, all_routes().collect());
}

#[tokio::test]
async fn every_role_at_every_route() {
    let house = House::open().await;
    // While the notice of the sample contest runs.
    house.service.clock().set(at("2023-11-24 09:00")).unwrap();
    let mut visitors = vec![(Who::Nobody, house.browser(1))];
    for (last, office) in (2_u8..).zip(Office::ALL) {
        let telephone = format!("1370013700{last}");
        let browser = match office {
            Office::Student | Office::School => house.registered(&telephone, office.code(), last).await,
            _ => house.staff(&telephone, &[office], last).await.0,
        };
        visitors.push((Who::Holder(office), browser));
    }
    house.appoint("13700137050", "周全", &[Office::Administrator]).await;
    let mut owing = house.browser(50);
    owing.sign_in("13700137050", PASSWORD).await.location();
    visitors.push((Who::Owing, owing));
    // Somebody else's account, which nobody but an administrator may see.
    let id = house.appoint("13700137060", "他人", &[Office::Reviewer]).await;

    let (job, certificate) = house.issued().await;
    let objects = objects(&house, &mut visitors, id.clone()).await;

    let mut asked = 0;
    for (who, browser) in &mut visitors {
        for (method, path, for_whom) in TABLE {
            let path = path
                .replace("{kind}", "real-name")
                .replace("{slot}", "portrait")
                .replace("{until}", "1")
                .replace("{code}", "x")
                .replace("{offer}", "nothing");
            let path = path.replace("{job}", &job.to_string()).replace("{certificate}", &certificate);
            let path = if path.contains("reviews/") { path.replace("{id}", "1") } else { path };
            let path = objects.iter().fold(path, |path, (name, value)| path.replace(name, value));
            let path = path.replace("{id}", if path.contains("reviews/") || path.contains("/instructors/") { "1" } else { &id });
            let door = knock(browser, method, &path, *for_whom).await;
            assert_eq!(door, expected(*for_whom, *who), "{who:?} {method} {path}");
            asked += 1;
        }
        if *who != Who::Nobody {
            assert!(browser.is_in().await, "{who:?}: asking has ended nothing");
        }
    }
    println!("{asked} questions: {} visitors at {} routes", visitors.len(), TABLE.len());
}

/// What stands for the names in the table's paths, each of somebody: an account that is nobody's business but an administrator's, a contest,
/// a clerk's own list, an objection, an officer's own link to a file of it.
async fn objects(house: &House, visitors: &mut [(Who, Browser<'_>)], id: String) -> Vec<(&'static str, String)> {
    let of = |office| move |(who, _): &&mut (Who, Browser<'_>)| *who == Who::Holder(office);
    let (_, clerk) = visitors.iter_mut().find(of(Office::Issuer)).unwrap();
    clerk.post_signed("/staff/contests/new", &filled()).await.location();
    let draft = upload(clerk, "名单.csv", LIST.replace("二等奖", "十等奖").as_bytes()).await;
    followed(clerk, &draft).await;
    let good = upload(clerk, "名单.csv", LIST.as_bytes()).await;
    confirm(clerk, &good).await;
    clerk.post_signed(&format!("{CONTEST}/publish"), &[("contest", "canghai-9")]).await.location();
    let mut reader = house.browser(70);
    reader.plainly = true;
    object(&mut reader, "1").await;
    let (_, officer) = visitors.iter_mut().find(of(Office::ObjectionsOfficer)).unwrap();
    let link = links(officer.get("/staff/objections/1").await.page(200)).remove(0);
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    // Of the public's contests and objections there are none here with these names.
    vec![
        ("/staff/contests/{contest}", CONTEST.to_owned()),
        ("{draft}", last(&draft)),
        ("{objection}", "1".to_owned()),
        ("{link}", last(&link)),
        ("/staff/accounts/{id}", format!("/staff/accounts/{id}")),
    ]
}

/// Asks, with an empty form where it is one: what may be sent at all is refused as such a form, and changes nothing.
async fn knock(browser: &mut Browser<'_>, method: &str, path: &str, for_whom: For) -> Door {
    // A stranger's file has headers of its own.
    browser.plainly = for_whom == For::Public || path.starts_with("/staff/objections/files/");
    let answer = if method == "get" { browser.get(path).await } else { browser.post(path, &[]).await };
    browser.plainly = false;
    match (answer.status.as_u16(), answer.header("location")) {
        (303, to) if to.starts_with("/sign-in") => Door::SignIn,
        (303, "/account/second-factor") => Door::SecondFactor,
        (403, _) if answer.text().contains("没有这项权限") => Door::Forbidden,
        // What the public asks for is not here, is not understood, or was asked for too often: but it is answered.
        (200 | 303 | 308 | 400 | 401 | 404 | 413 | 415 | 422 | 429, _) if for_whom == For::Public => Door::Open,
        (200, _) if method == "get" => Door::Open,
        // A case that nobody has given to the reviewer, and links to pictures that have ended.
        (404 | 409, _) if method == "get" && (path.contains("reviews/") || path.contains("/pictures/")) => Door::Open,
        // An award, a claim or an order of somebody else, a match, a report, a move, an offer that is not there.
        (404, _)
            if [
                "/orders/",
                "/payments/",
                "/coupons/",
                "/awards/",
                "/matches/",
                "/reports/",
                "/claims/",
                "/catalogue/",
                "/moves/",
                "/webhooks/",
            ]
            .iter()
            .any(|part| path.contains(part)) =>
        {
            Door::Open
        }
        // An instructor that nobody has entered, and the letter of a school that was not chosen yet.
        (404, _) if method == "get" && path.contains("/instructors/") => Door::Open,
        (400, _) if method == "get" && path == "/account/school/letter" => Door::Open,
        // Nothing was chosen to be claimed.
        (303, "/account/claims") if path == "/account/claims/new" => Door::Open,
        // Who is signed in goes on from the page that signs in, who owes no second factor from the one that asks for it.
        (303, "/account") if matches!(path, "/sign-in" | "/account/second-factor") && method == "get" => Door::Open,
        (400, _) if method == "post" => Door::Open,
        other => panic!("{method} {path}: {other:?} {}", answer.text()),
    }
}
