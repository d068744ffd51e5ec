//! Objections on the officer's side: read, with files that nobody else gets, decided, and deleted when their time is over.

use yinxin::domain::account::Office;

use crate::contests::{ISSUER, at, published, walk};
use crate::house::{Browser, House, hidden};
use crate::pictures::{WHITE, person, png};

const OFFICER: &str = "13700137020";
const PDF: &[u8] =
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// Objects by the public page, to an entry or to the whole list; answers the receipt's code.
pub async fn object(reader: &mut Browser<'_>, entry: &str) -> String {
    let path = "/notices/canghai-9/objection";
    let asked = if entry.is_empty() { path.to_owned() } else { format!("{path}?entry={entry}") };
    let form = reader.get(&asked).await;
    // The way to the other language keeps the entry.
    if !entry.is_empty() {
        assert!(form.page(200).contains(&format!("{path}?entry={entry}&#38;form=person&#38;lang=en")), "{}", form.text());
    }
    let nonce = hidden(form.page(200), "nonce");
    let signature = png(person(300, 120, WHITE, 4, 0));
    let texts = [
        ("form", "person"),
        ("nonce", nonce.as_str()),
        ("entry", entry),
        ("name", "慕容思齐"),
        ("document_kind", ""),
        ("identity_number", "440524199001010018"),
        ("workplace", "北溟造船厂"),
        ("telephone", "13912345678"),
        ("grounds", "作品与玄武湖畔的开源项目相同，见附件。"),
    ];
    let mut parts: Vec<(&str, Option<&str>, &[u8])> = texts.iter().map(|(name, text)| (*name, None, text.as_bytes())).collect();
    parts.push(("mark", Some("签名.png"), &signature));
    parts.push(("attachment", Some("证据<img>.pdf"), PDF));
    let receipt = reader.post_files(path, &parts).await;
    let page = receipt.page(200);
    page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| word.len() == 23 && word.matches('-').count() == 3)
        .map_or_else(|| panic!("no receipt: {page}"), str::to_owned)
}

pub fn links(page: &str) -> Vec<String> {
    let mut links: Vec<String> = page
        .split("href=\"/staff/objections/files/")
        .skip(1)
        .map(|rest| format!("/staff/objections/files/{}", rest.split_once('"').unwrap().0))
        .collect();
    links.dedup();
    links
}

#[tokio::test]
async fn an_objection_is_read_decided_and_deleted_in_the_end() {
    let house = House::open().await;
    house.service.clock().set(at("2023-11-20 10:00")).unwrap();
    let (mut clerk, clerk_secret) = house.staff(ISSUER, &[Office::Issuer], 1).await;
    published(&mut clerk).await;
    let mut reader = house.browser(30);
    house.service.clock().set(at("2023-11-25 09:00")).unwrap();
    reader.plainly = true;
    let receipt = object(&mut reader, "1").await;
    let list = object(&mut reader, "").await;
    assert_ne!(receipt, list);

    let (mut officer, secret) = house.staff(OFFICER, &[Office::ObjectionsOfficer], 2).await;
    let (mut colleague, _) = house.staff("13700137021", &[Office::ObjectionsOfficer], 3).await;
    let queue = officer.get("/staff/objections").await;
    for shown in ["第 1 条", "整个名单", "36 天", "第九届沧海杯"] {
        assert!(queue.page(200).contains(shown), "{shown}: {}", queue.text());
    }
    assert!(!queue.text().contains("慕容") && !queue.text().contains("玄武"), "the queue has nothing private");
    let case = officer.get("/staff/objections/1").await;
    for shown in ["慕容思齐", "440524199001010018", "北溟造船厂", "13912345678", "玄武湖畔的开源项目", "证据&#60;img&#62;.pdf", "欧阳明远"]
    {
        assert!(case.page(200).contains(shown), "{shown}: {}", case.text());
    }

    // Files: five minutes, this session, and a PDF is only ever saved.
    let files = links(case.text());
    assert_eq!(files.len(), 2, "{files:?}");
    officer.plainly = true;
    let picture = officer.get(&files[0]).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/jpeg"));
    let pdf = officer.get(&files[1]).await;
    assert_eq!((pdf.header("content-disposition"), pdf.body.as_slice()), ("attachment; filename=\"objection-1-2.pdf\"", PDF));
    for header in ["nosniff", "sandbox", "no-store"] {
        let all = format!("{:?}", pdf.headers);
        assert!(all.contains(header), "{header}: {all}");
    }
    officer.plainly = false;
    assert_eq!(colleague.get(&files[0]).await.status, 404, "a colleague has links of their own");
    assert_eq!(clerk_again(&mut clerk, &clerk_secret, &files[0]).await, 403);
    let other = files[1].replacen("/1-2-", "/2-2-", 1);
    assert_eq!(officer.get(&other).await.status, 404, "another objection's file");
    let now = house.service.clock().now().unwrap();
    house.service.clock().set(now.plus_millis(200_000)).unwrap();
    officer.plainly = true;
    assert_eq!(officer.get(&files[0]).await.status, 200);
    house.service.clock().set(now.plus_millis(301_000)).unwrap();
    officer.plainly = false;
    let expired = officer.get(&files[0]).await;
    assert!(expired.page(404).contains("链接已过期"));

    // Deciding: what is missing is said.
    let one = "/staff/objections/1";
    let nothing = officer.post_signed(one, &[]).await;
    assert!(nothing.page(400).contains("请选择处理结果") && nothing.text().contains("理由："));
    let same = officer.get(one).await;
    let value = |name: &str| {
        let (_, rest) = same.text().split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let (holder, school, work, subject) = (value("holder"), value("school"), value("work"), value("subject"));
    let facts = |level: &'static str| {
        vec![
            ("entry", "1"),
            ("decision", "change"),
            ("reason", "经查证属实，已更正。"),
            ("remark", "经异议核实，奖项更正"),
            ("level", level),
            ("role", "获奖选手"),
            ("category", "软件类"),
        ]
    };
    let mut unchanged = facts("一等奖");
    unchanged.extend([("holder", holder.as_str()), ("school", &school), ("work", &work), ("subject", &subject)]);
    assert_eq!(officer.post_signed(one, &unchanged).await.status, 400, "no change is none");
    let mut changed = facts("二等奖");
    changed.extend([("holder", holder.as_str()), ("school", &school), ("work", &work), ("subject", &subject)]);
    assert_eq!(officer.post_signed(one, &changed).await.location(), one);
    let case = officer.get(one).await;
    assert!(case.page(200).contains("经查证属实，已更正。") && !case.text().contains("作出处理"));
    let twice = [("decision", "reject"), ("reason", "再想一想")];
    assert!(officer.post_signed(one, &twice).await.page(400).contains("该异议已处理"));

    // Against the whole list: an entry is named first, and withdrawn.
    let two = "/staff/objections/2";
    assert!(officer.get(&format!("{two}?entry=99")).await.page(200).contains("名单中没有这一条"));
    assert!(officer.get(&format!("{two}?entry=3")).await.page(200).contains("取消第 3 条"));
    let withdrawn =
        [("entry", "3"), ("decision", "withdraw"), ("reason", "经查证属实，取消该奖项。"), ("remark", "经异议核实，取消获奖资格")];
    assert_eq!(officer.post_signed(two, &withdrawn).await.location(), two);
    for gone in ["/staff/objections/99", "/staff/objections/x"] {
        assert_eq!(officer.get(gone).await.status, 404, "{gone}");
    }
    let notice = reader.get("/notices/canghai-9").await;
    for shown in ["经异议核实，奖项更正", "经异议核实，取消获奖资格", "已取消", "已更正"] {
        assert!(notice.page(200).contains(shown), "{shown}");
    }
    let followed = reader.post("/objections", &[("code", &receipt)]).await;
    assert!(followed.page(200).contains("经查证属实，已更正。"));

    // Each reading is in the trail, by the account that read, and without what was read.
    let trail = house.trail().await;
    let count =
        |action: &str, subject: &str| trail.iter().filter(|e| e.action == action && e.subject == subject && e.actor.len() == 32).count();
    assert!(count("read objection", "1") >= 4 && count("read objection file", "1") == 3, "{trail:?}");
    for private in ["慕容", "玄武", "440524199001010018", "13912345678"] {
        assert!(!trail.iter().any(|e| format!("{e:?}").contains(private)), "{private}");
    }

    // The notice closes with what remained; three years after the decisions nothing private is left.
    house.service.clock().set(at("2023-12-01")).unwrap();
    clerk.again(ISSUER, &clerk_secret).await;
    assert_eq!(
        clerk.post_signed("/staff/contests/canghai-9/close", &[("contest", "canghai-9")]).await.location(),
        "/staff/contests/canghai-9"
    );
    let decided = at("2023-11-25 09:00");
    let due = decided.plus_millis(1_095 * 86_400_000);
    let vault = house.folder.path().join("vault");
    let before = walk(&vault);
    assert_eq!(house.service.sweep_objections(due).await.unwrap(), 0, "they were decided some minutes later");
    assert_eq!(house.service.sweep_objections(due.plus_millis(3_600_000)).await.unwrap(), 2);
    assert_eq!(walk(&vault), before - 4, "two pictures and two documents");
    assert_eq!(house.service.sweep_objections(due.plus_millis(7_200_000)).await.unwrap(), 0);
    officer.again(OFFICER, &secret).await;
    let case = officer.get(one).await;
    assert!(case.page(200).contains("已按保存期限删除") && !case.text().contains("慕容") && case.text().contains("已支持"));
    assert!(reader.post("/objections", &[("code", &receipt)]).await.page(200).contains("经查证属实"));
}

/// A clerk asks for a file of an objection: what status that has.
async fn clerk_again(clerk: &mut Browser<'_>, secret: &str, path: &str) -> u16 {
    clerk.again(ISSUER, secret).await;
    clerk.get(path).await.status.as_u16()
}
